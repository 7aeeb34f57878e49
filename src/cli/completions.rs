//! `roomkey completions SHELL`: what a shell reads to complete roomkey's commands and options.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Failure, Session};

/// Print the completion script of a shell
///
/// The script goes to standard output; where it belongs depends on the shell.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roomkey completions bash > ~/.local/share/bash-completion/completions/roomkey
  roomkey completions zsh > ~/.zfunc/_roomkey
  roomkey completions fish > ~/.config/fish/completions/roomkey.fish

Exit codes:
  0  printed")]
pub(super) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(session: &Session, args: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "roomkey", &mut script);
    session.console.payload_bytes(&script)
}
