//! `roomkey preset import FILE`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::{Failure, Ink, Session, secret};
use super::{PresetFailure, change, lines, own};
use crate::claims::presets::own::{LONGEST_NAME, Saved, Shelf};
use crate::claims::presets::{Preset, differences};
use crate::error::Error;
use crate::import::OnConflict;
use crate::settings::presets::PresetsError;
use crate::text::visible;

/// Import presets that somebody shared
///
/// Shows what would change, asks, and saves them among your own. Reads what roomkey preset export prints, a list of presets,
/// or one alone. A preset of the same name that says something else is a conflict: asked about on a terminal, or settled
/// by --on-conflict. Look at what you import: whoever starts from a preset grants what it says.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey preset import team/presets.json
  roomkey preset import team/presets.json --dry-run
  curl -s https://example.com/presets.json | roomkey preset import - --yes --on-conflict skip

--json prints a list of {name, summary, change, differs, done}; change is new, same or differs, done is saved, replaced,
skipped or none.

Exit codes:
  0  imported, or all of them were there
  1  you said no, or there is nothing in the file
  2  not imported: a conflict that nobody settled, a file that cannot be used, or a secret in it")]
pub(in super::super) struct Import {
    /// The file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only the preset of this name; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// What to do with a preset whose name is taken by another
    #[arg(long, value_name = "HOW", value_enum)]
    on_conflict: Option<OnConflict>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// A preset of the file, and what there is of its name.
struct Planned {
    preset: Preset,
    change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    New,
    Same,
    /// The paths of the claims, or `summary`.
    Differs(Vec<&'static str>),
}

impl Change {
    fn said(&self) -> String {
        match self {
            Self::New => "new".into(),
            Self::Same => "same".into(),
            Self::Differs(paths) => format!("differs: {}", paths.join(", ")),
        }
    }
}

/// What is done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Save,
    Replace,
    SaveAs(String),
    Skip,
}

pub(in super::super) fn run(session: &Session, args: &Import) -> Result<(), Failure> {
    let name =
        if args.file.as_os_str() == "-" { "standard input".into() } else { args.file.display().to_string() };
    let text = secret::file_or_stdin(&args.file)?;
    let read = Shelf::read_shared(&text, &name).map_err(|error| Error::from(PresetsError::from(error)))?;
    let stored = own(session)?;
    let planned = plan(session, args, &read, &stored)?;
    if planned.is_empty() {
        session.console.note("there is nothing to import");
        return Err(Failure::Refused);
    }
    if args.dry_run {
        return preview(session, &planned);
    }
    session.console.lines(&table(&planned).join("\n"));
    let steps = settle(session, args, &planned, &stored)?;
    let count = steps.iter().filter(|step| **step != Step::Skip).count();
    if count > 0 && !confirmed(session, args, count)? {
        return Err(Failure::NothingImported);
    }
    let done = carry_out(session, &planned, &steps)?;
    if session.global.json {
        let all = planned.iter().zip(&done).map(|(planned, done)| as_json(planned, done));
        return session.console.json(&all.collect());
    }
    Ok(())
}

fn plan(session: &Session, args: &Import, read: &Shelf, stored: &Shelf) -> Result<Vec<Planned>, Failure> {
    let mut chosen: Vec<&Preset> = read.all().iter().collect();
    if !args.only.is_empty() {
        for name in &args.only {
            read.own(name).map_err(Error::from)?;
        }
        chosen.retain(|preset| args.only.iter().any(|name| preset.is_called(name)));
    }
    let mut planned = Vec::new();
    for preset in chosen {
        session.ports.refuse_known_secret(preset).map_err(Error::from)?;
        let change = match stored.get(&preset.name) {
            None => Change::New,
            Some(there) if there == preset => Change::Same,
            Some(there) => {
                let mut paths: Vec<&str> =
                    differences(&there.draft, &preset.draft).iter().map(|found| found.path).collect();
                if there.summary != preset.summary {
                    paths.push("summary");
                }
                if there.name != preset.name {
                    paths.push("name");
                }
                Change::Differs(paths)
            }
        };
        planned.push(Planned { preset: preset.clone(), change });
    }
    Ok(planned)
}

fn table(planned: &[Planned]) -> Vec<String> {
    let mut rows = vec![["NAME", "CHANGE", "SUMMARY"].map(str::to_owned)];
    rows.extend(planned.iter().map(|Planned { preset, change }| {
        [preset.name.as_str(), &change.said(), &preset.summary].map(|text| visible(text).into_owned())
    }));
    lines(&rows)
}

fn preview(session: &Session, planned: &[Planned]) -> Result<(), Failure> {
    let console = session.console;
    if session.global.json {
        return console.json(&planned.iter().map(|planned| as_json(planned, "none")).collect());
    }
    let mut text = table(planned);
    text[0] = console.paint(Ink::Strong, &text[0]);
    console.payload(&text.join("\n"))
}

/// Decides about each, asking where it must.
fn settle(
    session: &Session,
    args: &Import,
    planned: &[Planned],
    stored: &Shelf,
) -> Result<Vec<Step>, Failure> {
    let mut taken: Shelf = stored.all().iter().chain(planned.iter().map(|p| &p.preset)).cloned().collect();
    let mut steps = Vec::new();
    for Planned { preset, change } in planned {
        let step = match change {
            Change::Same => Step::Skip,
            Change::New => Step::Save,
            Change::Differs(_) => {
                let how = match args.on_conflict {
                    Some(how) => how,
                    None => ask(session, &preset.name, &change.said())?,
                };
                match how {
                    OnConflict::Skip => Step::Skip,
                    OnConflict::Replace => Step::Replace,
                    OnConflict::Rename => {
                        let name = free_name(&preset.name, &taken)?;
                        let other = Preset { name: name.clone(), title: name.clone(), ..preset.clone() };
                        taken = taken.all().iter().chain([&other]).cloned().collect();
                        Step::SaveAs(name)
                    }
                }
            }
        };
        steps.push(step);
    }
    Ok(steps)
}

/// `guest-2`, or the next number that is free.
fn free_name(name: &str, taken: &Shelf) -> Result<String, Failure> {
    (2..1_000)
        .map(|number| format!("{name}-{number}"))
        .find(|other| taken.get(other).is_none() && other.chars().count() <= LONGEST_NAME)
        .ok_or_else(|| PresetFailure::NoFreeName { name: name.to_owned() }.into())
}

fn ask(session: &Session, name: &str, how: &str) -> Result<OnConflict, Failure> {
    if !session.can_ask() {
        return Err(PresetFailure::Conflict { name: name.to_owned(), how: how.to_owned() }.into());
    }
    loop {
        let question = format!("{} is there already ({how}). [s]kip, [r]eplace or re[n]ame? ", visible(name));
        match secret::asked(&question)?.trim().to_ascii_lowercase().as_str() {
            "s" | "skip" => return Ok(OnConflict::Skip),
            "r" | "replace" => return Ok(OnConflict::Replace),
            "n" | "rename" => return Ok(OnConflict::Rename),
            _ => {}
        }
    }
}

fn confirmed(session: &Session, args: &Import, count: usize) -> Result<bool, Failure> {
    if args.yes {
        return Ok(true);
    }
    if !session.can_ask() {
        return Err(Failure::NoYesToImport);
    }
    let presets = if count == 1 { "1 preset".to_owned() } else { format!("{count} presets") };
    session.ask(&format!("Import {presets}? [y/N] "))
}

/// Saves all of them at once, or none, and gives what was done with each.
fn carry_out(session: &Session, planned: &[Planned], steps: &[Step]) -> Result<Vec<&'static str>, Failure> {
    let done = change(session, |shelf| {
        let mut done = Vec::new();
        for (Planned { preset, .. }, step) in planned.iter().zip(steps) {
            let saved = match step {
                Step::Skip => None,
                Step::Save => Some(shelf.save(preset.clone(), false)?),
                Step::Replace => Some(shelf.save(preset.clone(), true)?),
                Step::SaveAs(name) => {
                    let other = Preset::own(name, &preset.summary, preset.draft.clone())?;
                    Some(shelf.save(other, false)?)
                }
            };
            done.push(match saved {
                None | Some(Saved::Same) => "skipped",
                Some(Saved::Replaced) => "replaced",
                Some(Saved::New) => "saved",
            });
        }
        Ok(done)
    })?;
    for ((Planned { preset, change }, step), done) in planned.iter().zip(steps).zip(&done) {
        let note = match step {
            Step::SaveAs(name) => format!("{done} {} as {name}", preset.name),
            Step::Skip => format!("{done} {}: {}", preset.name, change.said()),
            _ => format!("{done} {}", preset.name),
        };
        session.console.note(&note);
    }
    Ok(done)
}

fn as_json(planned: &Planned, done: &str) -> Value {
    let (change, differs) = match &planned.change {
        Change::New => ("new", &[][..]),
        Change::Same => ("same", &[][..]),
        Change::Differs(paths) => ("differs", paths.as_slice()),
    };
    json!({
        "name": planned.preset.name,
        "summary": planned.preset.summary,
        "change": change,
        "differs": differs,
        "done": done,
    })
}
