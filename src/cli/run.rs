//! `roomkey run -- COMMAND`: another program with the credentials of a project.

use std::ffi::OsString;
use std::process::Command;

use super::credentials::{self, Chosen, CredentialArgs};
use super::{Failure, Session};
use crate::hardening;

/// Run a command with LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET set
///
/// The command, and nothing else, gets the three variables in its environment; all else it has as if it had been typed
/// without roomkey. On Unix it takes roomkey's place: signals, job control, the terminal and the exit code are its own.
/// Which project it was is told on standard error first; -q keeps that quiet.
///
/// A secret in an environment can be read by the command, by whatever it starts, and by other programs of the same user.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey run -- lk room list
  roomkey run -p acme -- npm run dev
  roomkey run --dev -- python agent.py dev
  roomkey run -q -- sh -c 'echo $LIVEKIT_URL'

A file .roomkey in a folder names the project for it and all below:
  echo acme > .roomkey

Exit codes:
  those of the command; besides
  2    not started: wrong usage, no credentials, or the store failed
  126  not started: it is there but cannot be executed
  127  not started: there is no such command")]
pub(super) struct Run {
    #[command(flatten)]
    credentials: CredentialArgs,
    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, value_parser = clap::value_parser!(OsString))]
    command: Vec<OsString>,
}

pub(super) fn run(session: &Session, args: &Run) -> Result<(), Failure> {
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Failure::CommandNotFound { name: String::new() });
    };
    let Chosen { project, .. } = credentials::choose(session, &args.credentials)?;
    let mut command = Command::new(program);
    command.args(arguments);
    command.env("LIVEKIT_URL", project.listing.url.ws());
    command.env("LIVEKIT_API_KEY", project.listing.key.as_str());
    #[expect(clippy::disallowed_methods, reason = "the user asked for it to be given to this command")]
    command.env("LIVEKIT_API_SECRET", project.secret.expose());
    hardening::release();
    let error = become_it(command);
    let name = program.to_string_lossy().into_owned();
    Err(match error.kind() {
        std::io::ErrorKind::NotFound => Failure::CommandNotFound { name },
        _ => Failure::CommandNotExecutable { name, why: super::secret::plain(&error) },
    })
}

/// Only returns if it could not be started.
#[cfg(unix)]
fn become_it(mut command: Command) -> std::io::Error {
    use std::os::unix::process::CommandExt;
    command.exec()
}

/// Where no program can take another's place it is waited for, and its exit code passed on.
#[cfg(not(unix))]
fn become_it(mut command: Command) -> std::io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}
