//! `roomkey store status`.

use serde_json::{Value, json};

use super::super::{Failure, Ink, Session};
use super::projects;
use crate::project::ProjectName;
use crate::settings::Backend;
use crate::store::{Choice, Keyring};

/// Say where projects are kept, and whether all is well there
///
/// Asks the store itself. A keyring is compared with roomkey's own list of what is in it: a project that is in the keyring
/// but not on the list is left over from a save or a removal that was stopped in the middle, and --repair puts it back. One
/// that is on the list but not in the keyring was removed by another program. The keyring may ask to be unlocked.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey store status
  roomkey store status --repair
  roomkey --store vault store status --json

--json prints {store, chosen_by, provider, locked, file, projects, unlisted, missing}; projects is null while a
vault is locked.

Exit codes:
  0  all is well
  1  the list and the keyring differ
  2  the store did not answer")]
pub(in super::super) struct Status {
    /// Put projects that the keyring has and the list has not back on the list
    #[arg(long)]
    repair: bool,
}

/// What is told, whichever store it is.
struct Report {
    backend: Backend,
    provider: String,
    locked: bool,
    file: Option<String>,
    projects: Option<usize>,
    unlisted: Vec<ProjectName>,
    missing: Vec<ProjectName>,
}

pub(in super::super) fn run(session: &Session, args: &Status) -> Result<(), Failure> {
    let store = session.ports.open_store()?;
    let report = match (store.backend(), session.ports.keyring()) {
        (Backend::Keyring, Some(keyring)) => of_keyring(session, keyring, args.repair)?,
        (backend, _) => {
            let provider = store.probe()?;
            let file = (backend == Backend::Vault).then(|| provider.name.clone());
            // A passphrase is not asked for: that the vault is there and locked is the answer.
            let projects = if provider.locked { None } else { Some(store.list().map_or(0, |all| all.len())) };
            let (provider, locked) = (provider.name, provider.locked);
            Report { backend, provider, locked, file, projects, unlisted: Vec::new(), missing: Vec::new() }
        }
    };
    tell(session, &report)?;
    if report.unlisted.is_empty() && report.missing.is_empty() { Ok(()) } else { Err(Failure::Refused) }
}

fn of_keyring(session: &Session, mut keyring: Keyring, repair: bool) -> Result<Report, Failure> {
    let mut status = keyring.status()?;
    if repair && !status.unlisted.is_empty() {
        for name in &status.unlisted {
            keyring.list_again(name)?;
            session.console.note(&format!("{name} is on the list again"));
        }
        status = keyring.status()?;
    }
    Ok(Report {
        backend: Backend::Keyring,
        provider: status.provider.name,
        locked: status.provider.locked,
        file: Some(status.index.display().to_string()),
        projects: Some(status.listed.len()),
        unlisted: status.unlisted,
        missing: status.missing,
    })
}

fn tell(session: &Session, report: &Report) -> Result<(), Failure> {
    let console = session.console;
    let chosen_by = chosen_by(session)?;
    if session.global.json {
        return console.json(&json!({
            "store": report.backend.as_str(),
            "chosen_by": chosen_by,
            "provider": report.provider,
            "locked": report.locked,
            "file": report.file,
            "projects": report.projects.map_or(Value::Null, Value::from),
            "unlisted": texts(&report.unlisted),
            "missing": texts(&report.missing),
        }));
    }
    let row =
        |label: &str, text: &str| format!("{}{text}", console.paint(Ink::Faint, &format!("{label:<10}")));
    let locked = if report.locked { "locked" } else { "unlocked" };
    let mut lines = vec![row("store", &format!("{} ({chosen_by})", report.backend))];
    match report.backend {
        Backend::Keyring => {
            lines.push(row("kept by", &format!("{}, {locked}", console.foreign(&report.provider))));
        }
        Backend::Vault => {
            lines.push(row("kept by", &format!("a file encrypted with a passphrase, {locked}")));
        }
        Backend::Memory | Backend::Environment => lines.push(row("kept by", report.backend.summary())),
    }
    if let Some(file) = &report.file {
        lines.push(row(
            if report.backend == Backend::Vault { "file" } else { "list" },
            &console.foreign(file),
        ));
    }
    let count = report.projects.map_or_else(|| "not known while it is locked".into(), projects);
    lines.push(row("holds", &count));
    for (names, mark, what) in [
        (&report.unlisted, "unlisted", "in the keyring, but not on the list"),
        (&report.missing, "missing", "on the list, but not in the keyring"),
    ] {
        lines.extend(names.iter().map(|name| {
            let mark = console.paint(Ink::Bad, &format!("{mark:<10}"));
            format!("{mark}{}  {what}", console.foreign(name.as_str()))
        }));
    }
    console.payload(&lines.join("\n"))?;
    if !report.unlisted.is_empty() {
        console.marked(
            Ink::Name,
            "hint:",
            "roomkey store status --repair puts what is unlisted back on the list",
        );
    }
    if let Some(name) = report.missing.first() {
        let again = format!("add it again, or take it off the list with roomkey project remove '{name}'");
        console.marked(Ink::Name, "hint:", &again);
    }
    Ok(())
}

/// Who says that it is this store.
fn chosen_by(session: &Session) -> Result<&'static str, Failure> {
    Ok(match session.ports.choice() {
        Choice::Named(_) if session.ports.is_demo() => "the demo",
        Choice::Named(_) if session.global.store.is_some() => "--store",
        Choice::Named(_) => "ROOMKEY_STORE",
        Choice::Auto if session.ports.settings()?.store.is_some() => "the settings",
        Choice::Auto => "nothing chosen yet",
    })
}

fn texts(names: &[ProjectName]) -> Vec<&str> {
    names.iter().map(ProjectName::as_str).collect()
}
