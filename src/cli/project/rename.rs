//! `roomkey project rename OLD NEW`.

use super::super::{Failure, Session};
use super::own_name;
use crate::ports::PortsError;
use crate::store::StoreError;

/// Give a project another name
///
/// A default project stays the default, and its policy stays with it.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project rename acme acme-staging
  roomkey project rename 'old name' 'new name'

Exit codes:
  0  renamed
  2  not renamed: there is no such project, the new name is taken, or the store failed")]
pub(in super::super) struct Rename {
    /// The project
    #[arg(value_name = "OLD")]
    old: String,
    /// Its new name
    #[arg(value_name = "NEW")]
    new: String,
}

pub(in super::super) fn run(session: &Session, args: &Rename) -> Result<(), Failure> {
    let (old, new) = (own_name(&args.old, "renamed")?, own_name(&args.new, "given to another project")?);
    let mut store = session.store()?;
    match session.ports.rename_project(store.as_mut(), &old, &new) {
        Err(PortsError::Store(StoreError::Duplicate { name })) => return Err(Failure::Taken { name }),
        done => done?,
    }
    if session.ports.settings()?.default_project.as_ref() == Some(&old) {
        session.ports.change_settings(|settings| settings.default_project = Some(new.clone()))?;
    }
    session.console.note(&format!("{old} is now {new}"));
    Ok(())
}
