//! `roomkey project remove NAME`.

use std::io::{BufRead, IsTerminal, Write};

use super::super::{Failure, Session};
use super::own_name;
use crate::project::ProjectName;
use crate::store::StoreError;

/// Remove a project and its secret
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
        confirm(&name, store.backend().as_str())?;
    }
    store.remove(&name)?;
    session.console.note(&format!("removed {name} from the {}", store.backend()));
    if session.ports.settings()?.default_project.as_ref() == Some(&name) {
        session.ports.change_settings(|settings| settings.default_project = None)?;
        session.console.note("there is no default project now; choose one with roomkey project default NAME");
    }
    Ok(())
}

fn confirm(name: &ProjectName, store: &str) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::NoYes { name: name.clone() });
    }
    let mut err = std::io::stderr().lock();
    drop(
        write!(err, "Remove {name}? Its key and secret leave the {store}. [y/N] ").and_then(|()| err.flush()),
    );
    let mut answer = String::new();
    // An end of input is no yes.
    drop(std::io::stdin().lock().read_line(&mut answer));
    let yes = matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes");
    if yes { Ok(()) } else { Err(Failure::Kept { name: name.clone() }) }
}
