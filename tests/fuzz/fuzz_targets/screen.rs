//! Whatever is pasted, on every screen that shows a token.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = roomkey_fuzz::paste_of(data);
    for size in roomkey_fuzz::SIZES {
        roomkey_fuzz::screen(&text, size);
    }
});
