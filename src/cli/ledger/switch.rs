//! `roomkey ledger on` and `roomkey ledger off`.

use super::super::{Failure, Session};

/// Write down the tokens that are issued; this is the default
///
/// Sets ledger = true in the settings. One token can be left out with token create --no-ledger.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey ledger on

Exit codes:
  0  switched on
  2  the settings cannot be read or written")]
pub(in super::super) struct On {}

/// Write down no more tokens
///
/// Sets ledger = false in the settings. What was written down stays; roomkey ledger purge --all removes it.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey ledger off
  roomkey ledger off && roomkey ledger purge --all

Exit codes:
  0  switched off
  2  the settings cannot be read or written")]
pub(in super::super) struct Off {}

pub(in super::super) fn run(session: &Session, on: bool) -> Result<(), Failure> {
    session.ports.change_settings(|settings| settings.ledger = on)?;
    session.console.note(if on {
        "the ledger is on: tokens are written down as they are issued"
    } else {
        "the ledger is off; what was written down stays, roomkey ledger purge --all removes it"
    });
    Ok(())
}
