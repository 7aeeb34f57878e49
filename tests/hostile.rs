//! Inputs that mean harm, through everything that looks at a token. What they are and what they go through is in
//! tests/fuzz; the run of 100,000 with figures is `cargo bench --bench inputs`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::fuzz::inputs::{Inputs, payloads, tokens};
use super::fuzz::{SIZES, inspect, paste_of, screen};

/// Runs each and names the first that fails, so that it can be given a test of its own.
fn each(inputs: impl Iterator<Item = String>, run: impl Fn(usize, &str)) {
    for (i, input) in inputs.enumerate() {
        let done = catch_unwind(AssertUnwindSafe(|| run(i, &input)));
        assert!(done.is_ok(), "input {i} failed: {input:?}");
    }
}

#[test]
fn no_input_harms_what_judges_a_token() {
    let all = tokens().into_iter().chain(payloads().into_iter().map(|json| paste_of(json.as_bytes())));
    each(all.chain(Inputs::new(11).take(2_500)), |_, input| _ = inspect(input));
}

#[test]
fn no_input_harms_a_screen_that_shows_a_token() {
    each(Inputs::new(12).take(180), |i, input| _ = screen(input, SIZES[i % SIZES.len()]));
}
