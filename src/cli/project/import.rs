//! `roomkey project import`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::super::{Failure, Ink, Session, credentials, secret};
use super::{remember, warn};
use crate::files::Disk;
use crate::import::{self, Candidate, Change, Found, ImportError, Planned, Source, Surroundings, free_name};
use crate::project::{Listing, Project, ProjectName, ServerUrl};
use crate::store::Store;
use crate::text::visible;

/// Import projects from lk, .env files, a livekit.yaml or the environment
///
/// Without arguments it looks for all of these and lists what is there. Given files, or a place with --from, it shows
/// what would change, asks, and saves the projects in the store. What is read is left as it is: lk's file keeps its
/// secrets in the clear unless --blank-source takes them out, with a copy beside it first.
///
/// A project of the same name with other credentials is a conflict: asked about on a terminal, or settled by
/// --on-conflict. The keys of a server's own configuration come without an address; it is this machine unless --url says
/// otherwise.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project import
  roomkey project import --from lk
  roomkey project import --from lk --dry-run
  roomkey project import ../shop/.env.local --name shop
  roomkey project import /etc/livekit.yaml --url wss://livekit.example.com
  pbpaste | roomkey project import - --yes --name acme
  roomkey project import --from lk --yes --on-conflict rename --blank-source

--json prints a list of {name, url, key, source, change, differs, done, notes}; change is new, same or differs, done is
saved, replaced, skipped or none.

Exit codes:
  0  imported, or nothing was left to import
  1  you said no, or there is nothing to import
  2  not imported: a conflict that nobody settled, a file that cannot be used, or the store failed")]
pub(in super::super) struct Import {
    /// Files to read, of any known form; - is standard input
    #[arg(value_name = "FILE", conflicts_with = "from")]
    files: Vec<PathBuf>,
    /// Read from where this is usually kept
    #[arg(long, value_name = "PLACE", value_enum)]
    from: Option<Place>,
    /// Only the project of this name; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// What to call it, if it is one
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Address of the server, for keys that come without one
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// What to do with a project whose name is taken by another
    #[arg(long, value_name = "HOW", value_enum)]
    on_conflict: Option<OnConflict>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Take the imported secrets out of lk's file, and keep a copy of it
    #[arg(long, conflicts_with = "dry_run")]
    blank_source: bool,
}

/// `--from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Place {
    /// ~/.livekit/cli-config.yaml
    Lk,
    /// LIVEKIT_URL with its key and secret, and LIVEKIT_KEYS
    Env,
    /// .env and .env.* in this folder
    Dotenv,
    /// livekit.yaml in this folder
    LivekitYaml,
    /// Standard input
    #[value(name = "-")]
    Stdin,
}

/// `--on-conflict`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in super::super) enum OnConflict {
    /// Leave the one that is there as it is
    Skip,
    /// Replace the one that is there
    Replace,
    /// Save the new one under another name
    Rename,
}

/// What is done with a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Save,
    Replace,
    SaveAs(ProjectName),
    Skip,
}

pub(in super::super) fn run(session: &Session, args: &Import) -> Result<(), Failure> {
    let url = args.url.as_deref().map(ServerUrl::parse).transpose()?;
    let url = url.map(|url| credentials::told(session, url, "--url"));
    if args.files.is_empty() && args.from.is_none() {
        return list(session);
    }
    let mut found = sources(session, args, url.as_ref())?;
    for unusable in found.iter().flat_map(|found| &found.unusable) {
        session.console.warning(&format!("left out {}: {}", unusable.name, visible(&unusable.why)), None);
    }
    choose(args, &mut found)?;
    let candidates: Vec<(String, Candidate)> = found
        .iter()
        .flat_map(|found| {
            found.candidates.iter().map(|candidate| (found.source.to_string(), candidate.clone()))
        })
        .collect();
    if candidates.is_empty() {
        session.console.note("there is nothing to import");
        return Err(Failure::Refused);
    }
    let mut store = session.ports.open_store()?;
    session.unlock_to_write(store.as_mut())?;
    let stored = store.list()?;
    let (named, candidates): (Vec<String>, Vec<Candidate>) = candidates.into_iter().unzip();
    let mut load = |name: &ProjectName| store.load(name);
    let planned = import::plan(candidates, &stored, &mut load)?;
    let rows: Vec<(&String, &Planned)> = named.iter().zip(&planned).collect();
    if args.dry_run {
        return preview(session, &rows);
    }
    show(session, &rows);
    let steps = settle(session, args, &planned, &stored)?;
    if steps.iter().any(|step| *step != Step::Skip) && !confirmed(session, args, &steps, store.as_ref())? {
        return Err(Failure::NothingImported);
    }
    let done = carry_out(session, store.as_mut(), &planned, &steps)?;
    if args.blank_source {
        blank(session, &found, store.as_ref())?;
    } else if let Some(Source::Lk(path)) =
        found.iter().map(|found| &found.source).find(|source| is_lk(source))
    {
        session.console.note(&format!(
            "the secrets are still in the clear in {}; --blank-source takes them out",
            path.display()
        ));
    }
    if session.global.json {
        let all: Vec<Value> =
            rows.iter().zip(&done).map(|((source, planned), done)| as_json(source, planned, done)).collect();
        return session.console.json(&Value::Array(all));
    }
    Ok(())
}

fn is_lk(source: &Source) -> bool {
    matches!(source, Source::Lk(_))
}

/// What there is on this machine.
fn list(session: &Session) -> Result<(), Failure> {
    let lookup = |name: &str| session.ports.variable(name);
    let found = surroundings(session, &lookup).find();
    let console = session.console;
    if session.global.json {
        let all = found.iter().flat_map(|found| {
            found.candidates.iter().map(|candidate| {
                let listing = &candidate.project.listing;
                json!({"name": listing.name.as_str(), "url": listing.url.ws(), "key": listing.key.as_str(),
                       "source": found.source.to_string(), "notes": candidate.notes})
            })
        });
        return console.json(&all.collect());
    }
    if found.is_empty() {
        console.note(
            "found nothing: no configuration of lk, no .env or livekit.yaml in this folder, no LIVEKIT_ variables",
        );
        return Err(Failure::Refused);
    }
    let mut lines = Vec::new();
    for found in &found {
        lines.push(console.paint(Ink::Strong, &console.foreign(&found.source.to_string())));
        for candidate in &found.candidates {
            let Listing { name, url, key } = &candidate.project.listing;
            lines.push(console.foreign(&format!("  {name}  {}  {key}", url.ws())).into_owned());
        }
        lines.push(console.paint(Ink::Faint, &format!("  roomkey project import {}", how(&found.source))));
    }
    console.payload(&lines.join("\n"))
}

/// What to type to import from there.
fn how(source: &Source) -> String {
    match source {
        Source::Lk(_) => "--from lk".into(),
        Source::Dotenv(path) | Source::Server(path) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            visible(&name).into_owned()
        }
        Source::Environment | Source::Keys => "--from env".into(),
        Source::Pasted => "-".into(),
    }
}

fn surroundings<'a>(
    session: &Session,
    lookup: &'a dyn Fn(&str) -> Option<std::ffi::OsString>,
) -> Surroundings<'a> {
    let real = !session.ports.is_demo();
    let home = ["HOME", "USERPROFILE"].iter().find_map(|name| lookup(name)).map(PathBuf::from);
    Surroundings { home, folder: std::env::current_dir().ok().filter(|_| real), lookup }
}

fn sources(session: &Session, args: &Import, url: Option<&ServerUrl>) -> Result<Vec<Found>, Failure> {
    let lookup = |name: &str| session.ports.variable(name);
    let around = surroundings(session, &lookup);
    let there = |paths: Vec<PathBuf>, what: &str| -> Result<Vec<PathBuf>, Failure> {
        let there: Vec<PathBuf> = paths.into_iter().filter(|path| path.exists()).collect();
        if there.is_empty() { Err(Failure::NothingThere { what: what.to_owned() }) } else { Ok(there) }
    };
    let files = match args.from {
        None => args.files.clone(),
        Some(Place::Stdin) => vec!["-".into()],
        Some(Place::Lk) => there(around.lk().into_iter().collect(), "configuration of lk in ~/.livekit")?,
        Some(Place::Dotenv) => there(around.dotenvs(), ".env file in this folder")?,
        Some(Place::LivekitYaml) => there(around.servers(), "livekit.yaml in this folder")?,
        Some(Place::Env) => {
            let found = around.environment(url);
            if found.is_empty() {
                return Err(Failure::NothingThere { what: "LIVEKIT_ variable with credentials".into() });
            }
            return Ok(found);
        }
    };
    files
        .iter()
        .map(|path| {
            if path.as_os_str() == "-" {
                return Ok(import::read_text(&secret::stdin()?, None, url)?);
            }
            Ok(import::read_file(path, url)?)
        })
        // A place may have files that are about something else.
        .filter(|found: &Result<Found, Failure>| {
            let nothing = matches!(
                found,
                Err(Failure::Known(crate::error::Error::Import(ImportError::Nothing { .. })))
            );
            !(nothing && args.from.is_some() && files.len() > 1)
        })
        .collect()
}

/// Keeps what was asked for by name, and gives it the name that was asked for.
fn choose(args: &Import, found: &mut [Found]) -> Result<(), Failure> {
    let has = |candidate: &Candidate, name: &str| candidate.project.listing.name.as_str() == name.trim();
    for name in &args.only {
        if !found.iter().flat_map(|found| &found.candidates).any(|candidate| has(candidate, name)) {
            return Err(Failure::NothingThere { what: format!("project {} to import", visible(name)) });
        }
    }
    if !args.only.is_empty() {
        for found in found.iter_mut() {
            found.candidates.retain(|candidate| args.only.iter().any(|name| has(candidate, name)));
        }
    }
    if let Some(name) = &args.name {
        let name = super::own_name(name, "added")?;
        let mut all: Vec<&mut Candidate> = found.iter_mut().flat_map(|found| &mut found.candidates).collect();
        match &mut all[..] {
            [one] => {
                one.notes.retain(|note| !note.starts_with("the name "));
                one.project.listing.name = name;
            }
            several => return Err(Failure::OneNameForSeveral { count: several.len() }),
        }
    }
    Ok(())
}

/// The plan as the payload.
fn preview(session: &Session, rows: &[(&String, &Planned)]) -> Result<(), Failure> {
    if session.global.json {
        let all = rows.iter().map(|(source, planned)| as_json(source, planned, "none"));
        return session.console.json(&all.collect());
    }
    session.console.payload(&session.console.foreign(&table(session, rows)))?;
    for note in rows.iter().flat_map(|(_, planned)| &planned.candidate.notes) {
        session.console.note(note);
    }
    Ok(())
}

/// The plan, for whoever is to say yes to it.
fn show(session: &Session, rows: &[(&String, &Planned)]) {
    session.console.note(&table(session, rows));
    for note in rows.iter().flat_map(|(_, planned)| &planned.candidate.notes) {
        session.console.note(note);
    }
}

fn table(session: &Session, rows: &[(&String, &Planned)]) -> String {
    let home =
        session.ports.variable("HOME").and_then(|home| home.into_string().ok()).filter(|home| home.len() > 1);
    let short =
        |source: &str| home.as_ref().map_or_else(|| source.to_owned(), |home| source.replace(home, "~"));
    let cells: Vec<[String; 5]> = rows
        .iter()
        .map(|(source, planned)| {
            let Listing { name, url, key } = &planned.candidate.project.listing;
            let star = if planned.candidate.is_default { "*" } else { " " };
            let shown = [
                format!("{star} {name}"),
                url.ws(),
                key.to_string(),
                short(source),
                planned.change.said(name),
            ];
            shown.map(|text| visible(&text).into_owned())
        })
        .collect();
    let heads = ["  NAME", "URL", "API KEY", "FROM", "CHANGE"].map(str::to_owned);
    let all: Vec<&[String; 5]> = std::iter::once(&heads).chain(&cells).collect();
    let widest: Vec<usize> =
        (0..5).map(|at| all.iter().map(|row| row[at].width()).max().unwrap_or(0)).collect();
    let line = |row: &[String; 5]| {
        let cells = row
            .iter()
            .zip(&widest)
            .map(|(cell, widest)| format!("{cell}{}  ", " ".repeat(widest - cell.width())));
        cells.collect::<String>().trim_end().to_owned()
    };
    all.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Decides about every candidate, asking where it must.
fn settle(
    session: &Session,
    args: &Import,
    planned: &[Planned],
    stored: &[Listing],
) -> Result<Vec<Step>, Failure> {
    let mut taken: Vec<ProjectName> = stored.iter().map(|listing| listing.name.clone()).collect();
    let mut steps = Vec::new();
    for Planned { candidate, change } in planned {
        let name = &candidate.project.listing.name;
        let free = || {
            let names: Vec<&ProjectName> = taken.iter().collect();
            free_name(name, &names)
        };
        let step = match change {
            Change::Same(_) => Step::Skip,
            // Two sources may have one name.
            Change::New => free().map_or(Step::Save, Step::SaveAs),
            Change::Differs { .. } => {
                let how = match args.on_conflict {
                    Some(how) => how,
                    None => ask(session, name, &change.said(name))?,
                };
                match how {
                    OnConflict::Skip => Step::Skip,
                    OnConflict::Replace => Step::Replace,
                    OnConflict::Rename => free().map_or(Step::Save, Step::SaveAs),
                }
            }
        };
        match &step {
            Step::Save => taken.push(name.clone()),
            Step::SaveAs(other) => taken.push(other.clone()),
            Step::Replace | Step::Skip => {}
        }
        steps.push(step);
    }
    Ok(steps)
}

fn ask(session: &Session, name: &ProjectName, how: &str) -> Result<OnConflict, Failure> {
    if !session.can_ask() {
        return Err(Failure::Conflict { name: name.clone(), how: how.to_owned() });
    }
    loop {
        let answer =
            secret::asked(&format!("{name} is there already ({how}). [s]kip, [r]eplace or re[n]ame? "))?;
        match answer.trim().to_ascii_lowercase().as_str() {
            "s" | "skip" => return Ok(OnConflict::Skip),
            "r" | "replace" => return Ok(OnConflict::Replace),
            "n" | "rename" => return Ok(OnConflict::Rename),
            _ => {}
        }
    }
}

fn confirmed(session: &Session, args: &Import, steps: &[Step], store: &dyn Store) -> Result<bool, Failure> {
    if args.yes {
        return Ok(true);
    }
    if !session.can_ask() {
        return Err(Failure::NoYesToImport);
    }
    let count = steps.iter().filter(|step| **step != Step::Skip).count();
    let projects = if count == 1 { "1 project".to_owned() } else { format!("{count} projects") };
    session.ask(&format!("Import {projects} into the {}? [y/N] ", store.backend()))
}

/// Saves, and gives what was done with each: `saved`, `replaced`, `skipped`.
fn carry_out(
    session: &Session,
    store: &mut dyn Store,
    planned: &[Planned],
    steps: &[Step],
) -> Result<Vec<&'static str>, Failure> {
    let backend = store.backend();
    let mut done = Vec::new();
    let mut saved: Vec<(&Candidate, ProjectName)> = Vec::new();
    for (Planned { candidate, change }, step) in planned.iter().zip(steps) {
        let mut project = candidate.project.clone();
        let word = match step {
            Step::Skip => {
                let name = &project.listing.name;
                session.console.note(&format!("skipped {name}: {}", change.said(name)));
                done.push("skipped");
                continue;
            }
            Step::Replace => {
                store.save(&project)?;
                "replaced"
            }
            Step::Save => {
                store.add(&project)?;
                "saved"
            }
            Step::SaveAs(name) => {
                project.listing.name = name.clone();
                store.add(&project)?;
                "saved"
            }
        };
        let Project { listing: Listing { name, url, .. }, .. } = &project;
        session.console.note(&format!("{word} {name} ({url}) in the {backend}"));
        warn(session, &project);
        saved.push((candidate, name.clone()));
        done.push(word);
    }
    // The default there is the default here, if there is none yet.
    let first = saved.iter().find(|(candidate, _)| candidate.is_default).or(saved.first());
    if let Some((_, name)) = first {
        remember(session, backend, name)?;
    }
    Ok(done)
}

/// Takes out of lk's file what the store has by now.
fn blank(session: &Session, found: &[Found], store: &dyn Store) -> Result<(), Failure> {
    let paths: Vec<&Path> = found
        .iter()
        .filter_map(|found| if let Source::Lk(path) = &found.source { Some(path.as_path()) } else { None })
        .collect();
    if paths.is_empty() {
        session.console.warning("only lk's file can be blanked, and nothing came from it", None);
    }
    // Read back, so that nothing is taken out that cannot be had from here.
    let mut kept: Vec<Project> = Vec::new();
    for listing in store.list()? {
        kept.push(store.load(&listing.name)?);
    }
    let is_safe = |project: &Project| {
        kept.iter().any(|kept| {
            kept.listing.key == project.listing.key
                && kept.listing.url == project.listing.url
                && kept.secret == project.secret
        })
    };
    for path in paths {
        let done = import::blank(path, &Disk::default(), &is_safe)?;
        let secrets = if done.count == 1 { "1 secret".to_owned() } else { format!("{} secrets", done.count) };
        session.console.note(&format!("took {secrets} out of {}", path.display()));
        if done.count > 0 {
            session.console.warning(
                &format!("the file as it was is {}, with the secrets in it", done.backup.display()),
                Some("remove it once lk is not needed any more, or lk gets them by roomkey run -- lk ..."),
            );
        }
    }
    Ok(())
}

fn as_json(source: &str, planned: &Planned, done: &str) -> Value {
    let Listing { name, url, key } = &planned.candidate.project.listing;
    let differs: Vec<&str> = match planned.change {
        Change::Differs { url, key, secret } => [(url, "url"), (key, "key"), (secret, "secret")]
            .into_iter()
            .filter_map(|(differs, what)| differs.then_some(what))
            .collect(),
        _ => Vec::new(),
    };
    json!({
        "name": name.as_str(),
        "url": url.ws(),
        "key": key.as_str(),
        "source": source,
        "change": planned.change.as_str(),
        "differs": differs,
        "done": done,
        "notes": planned.candidate.notes,
    })
}
