//! The one integration crate: every file beside this one is a module of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

mod architecture;
#[cfg(target_os = "linux")]
mod canaries;
mod check;
mod cli;
mod clipboard;
mod diff;
mod endpoint;
mod explain;
#[cfg(unix)]
mod forms;
#[path = "fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub, reason = "the same file is a crate, for the fuzzer")]
mod fuzz;
mod hostile;
#[cfg(target_os = "linux")]
mod keyring;
mod near_miss;
mod picture;
mod policy;
mod screens;
mod store;
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod vectors;
