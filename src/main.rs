//! The binary: it only wires.

use std::ffi::OsString;
use std::process::ExitCode;

use roomkey::cli::{self, Global, Next};
use roomkey::project::ProjectName;
use roomkey::settings::pin::Found;
use roomkey::tui::{self, Ending, Launch};
use roomkey::{clipboard, hardening};

fn main() -> ExitCode {
    hardening::protect();
    hardening::redact_panics();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == clipboard::HOLD_COMMAND) {
        hardening::protect_for_good();
        return clipboard::hold_main(arguments.into_iter().skip(2));
    }
    match cli::run(arguments) {
        Next::Exit(code) => code,
        Next::Screens(options) => screens(&options),
    }
}

/// Opens the screens, and ends as they ended.
fn screens(options: &Global) -> ExitCode {
    let ending = cli::ports(options).and_then(|ports| {
        let project = match &options.project {
            Some(name) => Some(ProjectName::parse(name)?),
            None => match ports.pin()? {
                Found::Pin(pin) => Some(pin.project),
                Found::Nothing | Found::Foreign(_) => None,
            },
        };
        Ok(tui::run(&ports, Launch { project, plain: !options.color.wanted() })?)
    });
    match ending {
        Ok(Ending::Quit) => ExitCode::SUCCESS,
        Ok(Ending::Signal(signal)) => {
            tui::die_of(signal);
            ExitCode::FAILURE
        }
        Err(error) => cli::complain(options.color, &error),
    }
}
