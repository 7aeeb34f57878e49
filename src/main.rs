//! The binary: everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    roomkey::hardening::protect();
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == roomkey::clipboard::HOLD_COMMAND) {
        return roomkey::clipboard::hold_main(arguments);
    }
    ExitCode::SUCCESS
}
