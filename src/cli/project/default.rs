//! `roomkey project default [NAME]`.

use serde_json::json;

use super::super::{Failure, Session};
use crate::project::ProjectName;
use crate::store::StoreError;

/// Show or choose the default project
///
/// It is used by every command that is given no other credentials. \"local dev\" can be it, too.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project default
  roomkey project default acme
  roomkey project default 'local dev'

Exit codes:
  0  shown or chosen
  1  there is none
  2  there is no such project, or the store failed")]
pub(in super::super) struct Default {
    /// The project to make the default
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(in super::super) fn run(session: &Session, args: &Default) -> Result<(), Failure> {
    let console = session.console;
    let Some(name) = &args.name else {
        let default = session.ports.settings()?.default_project;
        if session.global.json {
            console.json(&json!({"default": default.as_ref().map(ProjectName::as_str)}))?;
        } else if let Some(name) = &default {
            console.payload(name.as_str())?;
        } else {
            console.note("there is no default project; choose one with roomkey project default NAME");
        }
        return if default.is_some() { Ok(()) } else { Err(Failure::Refused) };
    };
    let name = ProjectName::parse(name)?;
    if name != ProjectName::local_dev() {
        let listings = session.store()?.list()?;
        if !listings.iter().any(|listing| listing.name == name) {
            return Err(StoreError::unknown(&name, listings.iter().map(|listing| &listing.name)).into());
        }
    }
    session.ports.change_settings(|settings| settings.default_project = Some(name.clone()))?;
    console.note(&format!("{name} is the default project"));
    Ok(())
}
