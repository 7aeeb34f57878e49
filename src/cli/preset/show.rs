//! `roomkey preset show NAME`.

use super::super::token::draft::preset_called;
use super::super::{Failure, Ink, Session};
use super::{as_json, source};
use crate::claims::catalog::ENTRIES;
use crate::claims::presets::Preset;
use crate::claims::{effect, placeholders};
use crate::project::ApiKey;

/// Show a preset: what it sets, and what its tokens could do now
///
/// Placeholders are shown as they stand; what a token can do is told with them filled in.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey preset show viewer
  roomkey preset show 'support guest' --json | jq .draft > draft.json

--json prints {name, title, summary, source, placeholders, draft}; draft is what --draft takes.

Exit codes:
  0  shown
  2  there is no such preset, or your own cannot be read")]
pub(in super::super) struct Show {
    /// The preset
    #[arg(value_name = "NAME")]
    name: String,
}

pub(in super::super) fn run(session: &Session, args: &Show) -> Result<(), Failure> {
    let preset = preset_called(&args.name, &session.ports.presets())?;
    let console = session.console;
    if session.global.json {
        return console.json(&as_json(&preset));
    }
    let mut text = vec![format!(
        "{}  {}",
        console.paint(Ink::Strong, &console.foreign(&preset.name)),
        console.paint(Ink::Faint, source(&preset))
    )];
    if !preset.summary.is_empty() {
        text.push(console.foreign(&preset.summary).into_owned());
    }
    text.push(String::new());
    text.extend(said(&preset).iter().map(|(path, value)| {
        format!("{}  {}", console.paint(Ink::Name, &format!("{path:<24}")), console.foreign(value))
    }));
    text.push(String::new());
    text.extend(can(session, &preset).into_iter().map(|line| {
        format!("{}  {}", console.paint(Ink::Good, &format!("{:<24}", "it can")), console.foreign(&line))
    }));
    console.payload(&text.join("\n"))
}

/// What it sets, a line each.
fn said(preset: &Preset) -> Vec<(&'static str, String)> {
    let line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let set = ENTRIES.iter().filter(|entry| entry.is_set(&preset.draft));
    let mut rows: Vec<(&str, String)> =
        set.map(|entry| (entry.path, line(preset.draft.typed(entry)))).collect();
    if !preset.draft.grants.unknown.is_empty() {
        let names: Vec<&str> = preset.draft.grants.unknown.keys().map(String::as_str).collect();
        rows.push(("other claims", names.join(", ")));
    }
    rows
}

/// What a token made of it now could do.
fn can(session: &Session, preset: &Preset) -> Vec<String> {
    let filled = placeholders::fill(&preset.draft, &session.moment(), 1, 0);
    let claims = filled.as_ref().unwrap_or(&preset.draft).claims(&ApiKey::dev(), session.now);
    let lines = effect::lines(&claims, session.now, &session.zone);
    lines.into_iter().filter(|line| line.allowed).map(|line| line.text).collect()
}
