//! `roomkey preset export`.

use super::super::{Failure, Session};
use super::own;
use crate::claims::presets::Preset;
use crate::claims::presets::own::Shelf;
use crate::error::Error;

/// Print presets of your own, to be shared
///
/// What is printed is what roomkey preset import reads. There is no secret in it.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey preset export > presets.json
  roomkey preset export support-guest load-test | ssh colleague roomkey preset import - --yes

Exit codes:
  0  printed
  1  there are none
  2  there is no such preset, it is a built-in one, or the file cannot be used")]
pub(in super::super) struct Export {
    /// Only these
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

pub(in super::super) fn run(session: &Session, args: &Export) -> Result<(), Failure> {
    let mut shelf = own(session)?;
    if !args.names.is_empty() {
        let mut chosen: Vec<Preset> = Vec::new();
        for name in &args.names {
            let preset = shelf.own(name).map_err(Error::from)?;
            if !chosen.contains(preset) {
                chosen.push(preset.clone());
            }
        }
        shelf = chosen.into_iter().collect::<Shelf>();
    }
    if shelf.all().is_empty() {
        session.console.note("there are no presets of your own");
        return Err(Failure::Refused);
    }
    session.console.payload(shelf.to_text().trim_end())
}
