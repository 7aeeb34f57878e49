//! `roomkey project`: the projects in the store.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Failure, Session};
use crate::claims::policy::ProjectPolicy;
use crate::claims::problems::of_project;
use crate::project::{Listing, Project as Stored, ProjectName};
use crate::settings::Backend;
use crate::settings::policies::Policies;

mod add;
mod check;
mod default;
mod edit;
pub(super) mod import;
mod list;
mod policy;
mod remove;
mod rename;
mod rotate;
mod show;

/// Keep LiveKit projects: URL, API key and API secret
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Project {
    Add(add::Add),
    List(list::List),
    Show(show::Show),
    Edit(edit::Edit),
    Policy(policy::Policy),
    Rotate(rotate::Rotate),
    Rename(rename::Rename),
    Remove(remove::Remove),
    Default(default::Default),
    Check(check::Check),
    Import(import::Import),
}

pub(super) fn run(session: &Session, project: &Project) -> Result<(), Failure> {
    match project {
        Project::Add(args) => add::run(session, args),
        Project::List(_) => list::run(session),
        Project::Show(args) => show::run(session, args),
        Project::Edit(args) => edit::run(session, args),
        Project::Policy(args) => policy::run(session, args),
        Project::Rotate(args) => rotate::run(session, args),
        Project::Rename(args) => rename::run(session, args),
        Project::Remove(args) => remove::run(session, args),
        Project::Default(args) => default::run(session, args),
        Project::Check(args) => check::run(session, args),
        Project::Import(args) => import::run(session, args),
    }
}

/// A name that may be stored: any but that of the built-in project.
pub(super) fn own_name(text: &str, done: &'static str) -> Result<ProjectName, Failure> {
    let name = ProjectName::parse(text)?;
    if name == ProjectName::local_dev() { Err(Failure::BuiltIn { name, done }) } else { Ok(name) }
}

/// Adds a project that was made here.
pub(super) fn keep_new(session: &Session, project: &Stored) -> Result<(), Failure> {
    let mut store = session.ports.open_store()?;
    session.unlock_to_write(store.as_mut())?;
    add::keep(session, store.as_mut(), project)
}

/// One project for `--json`. Never its secret.
fn as_json(listing: &Listing, store: &str, default: bool, policy: &ProjectPolicy) -> Value {
    let old = listing.old.as_ref();
    json!({
        "name": listing.name.as_str(),
        "url": listing.url.ws(),
        "key": listing.key.as_str(),
        "store": store,
        "default": default,
        "policy": policy::as_json(policy),
        "old_key": old.map(|old| json!({"key": old.key.as_str(), "since": old.since.iso()})),
    })
}

/// The policies, where they are only shown: a broken file is told, and as if there were none.
fn shown_policies(session: &Session) -> Policies {
    session.ports.policies().unwrap_or_else(|error| {
        session.console.warning(&error.to_string(), Some(&error.hint()));
        Policies::default()
    })
}

/// What is odd about a project, as warnings.
fn warn(session: &Session, project: &Stored) {
    for problem in of_project(project) {
        session.console.problem(&problem, None);
    }
}

/// Remembers what a first project chooses: the store it went to, and itself as the default. Says what it chose.
fn remember(session: &Session, store: Backend, name: &ProjectName) -> Result<(), Failure> {
    let before = session.ports.settings()?;
    let chooses_store = before.store.is_none() && matches!(store, Backend::Keyring | Backend::Vault);
    let chooses_default = before.default_project.is_none();
    if !chooses_store && !chooses_default {
        return Ok(());
    }
    session.ports.change_settings(|settings| {
        if settings.store.is_none() && chooses_store {
            settings.store = Some(store);
        }
        if settings.default_project.is_none() {
            settings.default_project = Some(name.clone());
        }
    })?;
    if chooses_store {
        session
            .console
            .note(&format!("projects are kept in the {store} from now on; --store says otherwise"));
    }
    if chooses_default {
        session.console.note(&format!("{name} is the default project"));
    }
    Ok(())
}
