//! `roomkey webhook`: what a LiveKit server posts, verified and made.

use clap::Subcommand;

use super::{Failure, Session};

mod send;
mod verify;

/// Verify the webhooks of a LiveKit server, and send ones to test a receiver
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Webhook {
    Verify(verify::Verify),
    Send(send::Send),
}

pub(super) fn run(session: &Session, command: &Webhook) -> Result<(), Failure> {
    match command {
        Webhook::Verify(args) => verify::run(session, args),
        Webhook::Send(args) => send::run(session, args),
    }
}
