//! Whatever is pasted, through everything that judges a token without a screen.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    roomkey_fuzz::inspect(&roomkey_fuzz::paste_of(data));
});
