//! `roomkey endpoint`: token endpoints, as clients see them.

use clap::Subcommand;

use super::{Failure, Session};

mod check;

/// Look at a token endpoint as LiveKit's clients see it
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Endpoint {
    Check(check::Check),
}

pub(super) fn run(session: &Session, command: &Endpoint) -> Result<(), Failure> {
    match command {
        Endpoint::Check(args) => check::run(session, args),
    }
}
