//! `roomkey preset rename OLD NEW`.

use super::super::{Failure, Session};
use super::change;

/// Give a preset of your own another name
#[derive(clap::Args, Debug)]
#[command(
    long_about = "Give a preset of your own another name\n\nWhat it says stays. The names of built-in presets are taken.",
    after_long_help = "\
Examples:
  roomkey preset rename guest support-guest
  roomkey preset rename support-guest 'Support guest'

Exit codes:
  0  renamed
  2  not renamed: there is no such preset, the new name is taken, or the file cannot be used"
)]
pub(in super::super) struct Rename {
    /// The preset
    #[arg(value_name = "OLD")]
    old: String,
    /// Its new name
    #[arg(value_name = "NEW")]
    new: String,
}

pub(in super::super) fn run(session: &Session, args: &Rename) -> Result<(), Failure> {
    change(session, |shelf| shelf.rename(&args.old, &args.new, None))?;
    session.console.note(&format!("{} is now {}", args.old.trim(), args.new.trim()));
    Ok(())
}
