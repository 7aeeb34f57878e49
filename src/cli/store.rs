//! `roomkey store`: the place where projects are kept.

use clap::Subcommand;

use super::{Failure, Session};

mod migrate;
mod passphrase;
mod status;
mod unlock;

/// Look at the place where projects are kept, move them, change its passphrase
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum StoreCommand {
    Status(status::Status),
    Migrate(migrate::Migrate),
    Unlock(unlock::Unlock),
    Passphrase(passphrase::ChangePassphrase),
}

pub(super) fn run(session: &Session, command: &StoreCommand) -> Result<(), Failure> {
    match command {
        StoreCommand::Status(args) => status::run(session, args),
        StoreCommand::Migrate(args) => migrate::run(session, args),
        StoreCommand::Unlock(_) => unlock::run(session),
        StoreCommand::Passphrase(args) => passphrase::run(session, args),
    }
}

/// `3 projects`.
fn projects(count: usize) -> String {
    format!("{count} {}", if count == 1 { "project" } else { "projects" })
}
