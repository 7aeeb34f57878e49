//! The one integration crate: every file beside this one is a module of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod architecture;
mod clipboard;
mod support;
