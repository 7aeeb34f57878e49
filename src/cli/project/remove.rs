//! `roomkey project remove NAME`.

use super::super::{Failure, Session};
use super::own_name;
use crate::project::ProjectName;
use crate::store::StoreError;

/// Remove a project, its secret and its policy
///
/// Asks first on a terminal; elsewhere --yes has to say it. Tokens that were signed with it stay valid until they expire:
/// only a new key on the server ends them.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project remove acme
  roomkey project remove acme --yes

Exit codes:
  0  removed
  1  you said no
  2  not removed: there is no such project, nobody to ask, or the store failed")]
pub(in super::super) struct Remove {
    /// The project
    #[arg(value_name = "NAME")]
    name: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(in super::super) fn run(session: &Session, args: &Remove) -> Result<(), Failure> {
    let name = own_name(&args.name, "removed")?;
    let mut store = session.store()?;
    let listings = store.list()?;
    if !listings.iter().any(|listing| listing.name == name) {
        return Err(StoreError::unknown(&name, listings.iter().map(|listing| &listing.name)).into());
    }
    if !args.yes {
        confirm(session, &name, store.backend().as_str())?;
    }
    let left = session.ports.remove_project(store.as_mut(), &name)?;
    session.console.note(&format!("removed {name} from the {}", store.backend()));
    if let Some(error) = left {
        session.console.warning(&format!("its policy is still there: {error}"), Some(&error.hint()));
    }
    if session.ports.settings()?.default_project.as_ref() == Some(&name) {
        session.ports.change_settings(|settings| settings.default_project = None)?;
        session.console.note("there is no default project now; choose one with roomkey project default NAME");
    }
    Ok(())
}

fn confirm(session: &Session, name: &ProjectName, store: &str) -> Result<(), Failure> {
    if !session.can_ask() {
        return Err(Failure::NoYes { name: name.clone() });
    }
    let yes = session.ask(&format!("Remove {name}? Its key and secret leave the {store}. [y/N] "))?;
    if yes { Ok(()) } else { Err(Failure::Kept { name: name.to_string() }) }
}
