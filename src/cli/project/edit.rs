//! `roomkey project edit NAME`.

use super::super::credentials::told;
use super::super::secret::{self, SecretArgs};
use super::super::{Failure, Session};
use super::{own_name, warn};
use crate::project::{ApiKey, ServerUrl};

/// Change a project's URL, API key or secret
///
/// What is not given stays. --ask-secret asks for a new secret on the terminal, masked.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project edit acme --url wss://new.acme.example
  roomkey project edit acme --api-key APInew --ask-secret
  roomkey project edit acme --api-secret-file ./secret

Exit codes:
  0  changed
  2  not changed: there is no such project, nothing to change, or the store failed")]
pub(in super::super) struct Edit {
    /// The project
    #[arg(value_name = "NAME")]
    name: String,
    /// New address of its server
    #[arg(long, value_name = "URL", help_heading = "Credentials")]
    url: Option<String>,
    /// New API key
    #[arg(long, value_name = "KEY", help_heading = "Credentials")]
    api_key: Option<String>,
    #[command(flatten)]
    secret: SecretArgs,
    /// Ask for the new secret on the terminal
    #[arg(long, conflicts_with_all = ["api_secret_stdin", "api_secret_file"], help_heading = "Credentials")]
    ask_secret: bool,
}

pub(in super::super) fn run(session: &Session, args: &Edit) -> Result<(), Failure> {
    args.secret.refuse_argument()?;
    let name = own_name(&args.name, "changed")?;
    if args.url.is_none() && args.api_key.is_none() && !args.secret.given() && !args.ask_secret {
        return Err(Failure::NothingToChange);
    }
    let url = args.url.as_deref().map(ServerUrl::parse).transpose()?;
    let key = args.api_key.as_deref().map(ApiKey::parse).transpose()?;
    let mut store = session.store()?;
    let mut project = store.load(&name)?;
    if let Some(url) = url {
        project.listing.url = told(session, url, "the URL");
    }
    if let Some(key) = key {
        project.listing.key = told(session, key, "the API key");
    }
    if args.ask_secret {
        project.secret = secret::ask(session.console)?;
    } else if let Some(secret) = args.secret.read(session.console)? {
        project.secret = secret;
    }
    store.save(&project)?;
    session.console.note(&format!("changed {name} in the {}", store.backend()));
    warn(session, &project);
    Ok(())
}
