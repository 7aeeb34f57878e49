//! `roomkey preset remove NAME`.

use super::super::{Failure, Session};
use super::{PresetFailure, change, own};
use crate::error::Error;
use crate::text::visible;

/// Remove a preset of your own
///
/// Asks first on a terminal; elsewhere --yes has to say it. Tokens that were made from it are not touched.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey preset remove support-guest
  roomkey preset export support-guest > kept.json && roomkey preset remove support-guest --yes

Exit codes:
  0  removed
  1  you said no
  2  not removed: there is no such preset, it is a built-in one, nobody to ask, or the file cannot be used")]
pub(in super::super) struct Remove {
    /// The preset
    #[arg(value_name = "NAME")]
    name: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(in super::super) fn run(session: &Session, args: &Remove) -> Result<(), Failure> {
    let name = own(session)?.own(&args.name).map_err(Error::from)?.name.clone();
    if !args.yes {
        if !session.can_ask() {
            return Err(PresetFailure::NoYes { name }.into());
        }
        if !session.ask(&format!("Remove the preset {}? [y/N] ", visible(&name)))? {
            return Err(PresetFailure::Kept { name }.into());
        }
    }
    change(session, |shelf| shelf.remove(&name))?;
    session.console.note(&format!("removed {name}"));
    Ok(())
}
