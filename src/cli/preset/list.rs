//! `roomkey preset list`.

use serde_json::Value;

use super::super::{Failure, Ink, Session};
use super::{as_json, lines, own, source};
use crate::claims::presets::own::Shelf;
use crate::claims::presets::{Preset, built_in};

/// List the presets: your own, then the built-in ones
///
/// Your own are kept in presets.json of the configuration folder (~/.config/roomkey), a text file without secrets that can
/// be shared and put under version control.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey preset list
  roomkey preset list --own --json | jq -r '.[].name'

--json prints a list of {name, title, summary, source, placeholders, draft}; source is own or built-in.

Exit codes:
  0  listed, even if there are none
  2  your own cannot be read; the built-in ones are listed all the same")]
pub(in super::super) struct List {
    /// Only your own
    #[arg(long)]
    own: bool,
}

pub(in super::super) fn run(session: &Session, args: &List) -> Result<(), Failure> {
    let own = own(session);
    let ours = own.as_ref().map(Shelf::all).unwrap_or_default();
    let others: &[Preset] = if args.own { &[] } else { built_in() };
    let all: Vec<&Preset> = ours.iter().chain(others).collect();
    print(session, &all)?;
    own.map(drop)
}

fn print(session: &Session, all: &[&Preset]) -> Result<(), Failure> {
    let console = session.console;
    if session.global.json {
        return console.json(&all.iter().map(|preset| as_json(preset)).collect::<Value>());
    }
    if all.is_empty() {
        console.note(
            "no presets of your own; save one with roomkey preset save NAME and the flags of token create",
        );
        return Ok(());
    }
    let mut rows = vec![["NAME", "SOURCE", "SUMMARY"].map(str::to_owned)];
    rows.extend(all.iter().map(|preset| {
        [&preset.name, source(preset), &preset.summary].map(|text| console.foreign(text).into_owned())
    }));
    let mut text = lines(&rows);
    text[0] = console.paint(Ink::Strong, &text[0]);
    console.payload(&text.join("\n"))
}
