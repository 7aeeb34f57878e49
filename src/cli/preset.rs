//! `roomkey preset`: the presets of one's own, beside those that are built in.

use clap::Subcommand;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::{Failure, Session};
use crate::claims::placeholders;
use crate::claims::presets::Preset;
use crate::claims::presets::own::{OwnError, Shelf};
use crate::error::Error;
use crate::text::visible;

mod edit;
mod export;
mod failure;
mod import;
mod list;
mod remove;
mod rename;
mod save;
mod show;

pub(super) use failure::PresetFailure;

/// Keep drafts of tokens under a name, to start from and to share
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum PresetCommand {
    List(list::List),
    Show(show::Show),
    Save(Box<save::Save>),
    Edit(edit::Edit),
    Rename(rename::Rename),
    Remove(remove::Remove),
    Import(import::Import),
    Export(export::Export),
}

pub(super) fn run(session: &Session, command: &PresetCommand) -> Result<(), Failure> {
    match command {
        PresetCommand::List(args) => list::run(session, args),
        PresetCommand::Show(args) => show::run(session, args),
        PresetCommand::Save(args) => save::run(session, args),
        PresetCommand::Edit(args) => edit::run(session, args),
        PresetCommand::Rename(args) => rename::run(session, args),
        PresetCommand::Remove(args) => remove::run(session, args),
        PresetCommand::Import(args) => import::run(session, args),
        PresetCommand::Export(args) => export::run(session, args),
    }
}

/// The presets of one's own.
fn own(session: &Session) -> Result<Shelf, Failure> {
    Ok(session.ports.presets().read().map_err(Error::from)?)
}

/// Changes them; nothing is changed if `change` fails.
fn change<T>(
    session: &Session,
    change: impl FnOnce(&mut Shelf) -> Result<T, OwnError>,
) -> Result<T, Failure> {
    Ok(session.ports.presets().change(change).map_err(Error::from)?)
}

/// One preset for `--json`.
fn as_json(preset: &Preset) -> Value {
    json!({
        "name": preset.name,
        "title": preset.title,
        "summary": preset.summary,
        "source": source(preset),
        "placeholders": placeholders::used(&preset.draft),
        "draft": preset.draft.to_json(),
    })
}

fn source(preset: &Preset) -> &'static str {
    if preset.is_built_in() { "built-in" } else { "own" }
}

/// The name as it is typed on a command line.
fn typed(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", visible(name).replace('\'', r"'\''"))
    }
}

/// Rows of cells as lines, each cell as wide as the widest of its column.
fn lines<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let widest: [usize; N] =
        std::array::from_fn(|at| rows.iter().map(|row| row[at].width()).max().unwrap_or(0));
    let line = |row: &[String; N]| {
        let cells = row
            .iter()
            .zip(widest)
            .map(|(cell, widest)| format!("{cell}{}  ", " ".repeat(widest.saturating_sub(cell.width()))));
        cells.collect::<String>().trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
