//! `roomkey webhook`: what a LiveKit server posts, received, verified and made.

use clap::Subcommand;

use super::{Failure, Session};

mod listen;
mod send;
mod verify;

/// Receive and verify the webhooks of a LiveKit server, and send ones to test a receiver
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Webhook {
    Listen(listen::Listen),
    Verify(verify::Verify),
    Send(send::Send),
}

pub(super) fn run(session: &Session, command: &Webhook) -> Result<(), Failure> {
    match command {
        Webhook::Listen(args) => listen::run(session, args),
        Webhook::Verify(args) => verify::run(session, args),
        Webhook::Send(args) => send::run(session, args),
    }
}
