//! The binary: it only wires.

use std::ffi::OsString;
use std::process::ExitCode;

use roomkey::cli::{self, Global, Next};
use roomkey::{clipboard, hardening};

fn main() -> ExitCode {
    hardening::protect();
    hardening::redact_panics();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == clipboard::HOLD_COMMAND) {
        return clipboard::hold_main(arguments.into_iter().skip(2));
    }
    match cli::run(arguments) {
        Next::Exit(code) => code,
        Next::Screens(options) => screens(&options),
    }
}

/// Opens the screens.
fn screens(options: &Global) -> ExitCode {
    cli::help(options.color)
}
