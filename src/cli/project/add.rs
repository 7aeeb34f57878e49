//! `roomkey project add NAME`.

use std::io::IsTerminal;

use super::super::credentials::told;
use super::super::secret::{SecretArgs, asked};
use super::super::{Failure, Session};
use super::{own_name, remember, warn};
use crate::project::{ApiKey, Listing, Project, ServerUrl};
use crate::store::{Store, StoreError};

/// Add a project
///
/// The secret is asked for on the terminal, masked, unless --api-secret-stdin or --api-secret-file gives it; it is never
/// an argument. With those, --url and --api-key, nothing is asked. What a paste brought along (quotes, line breaks,
/// NAME=) is taken off, and told.
///
/// The first project becomes the default one, and its store the one that is used from then on.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project add acme --url wss://acme.livekit.cloud --api-key APIxxxx
  pass livekit/acme | roomkey project add acme --url acme.livekit.cloud --api-key APIxxxx --api-secret-stdin
  roomkey project add acme --store vault --url wss://livekit.acme.example --api-key APIxxxx \\
      --api-secret-file ./secret

Exit codes:
  0  added
  2  not added: the name is taken, something cannot be right, or the store failed")]
pub(in super::super) struct Add {
    /// What to call it
    #[arg(value_name = "NAME")]
    name: String,
    /// Address of its server: a host, ws(s):// or http(s)://
    #[arg(long, value_name = "URL", help_heading = "Credentials")]
    url: Option<String>,
    /// Its API key
    #[arg(long, value_name = "KEY", help_heading = "Credentials")]
    api_key: Option<String>,
    #[command(flatten)]
    secret: SecretArgs,
}

pub(in super::super) fn run(session: &Session, args: &Add) -> Result<(), Failure> {
    args.secret.refuse_argument()?;
    let name = own_name(&args.name, "added")?;
    let asks = std::io::stdin().is_terminal() && !args.secret.given();
    let missing = || {
        let missing: Vec<&str> = [("--url", &args.url), ("--api-key", &args.api_key)]
            .into_iter()
            .filter_map(|(flag, value)| value.is_none().then_some(flag))
            .collect();
        Failure::Partial {
            missing: format!("{} {}", missing.join(" and "), if missing.len() == 1 { "is" } else { "are" }),
            from: "a project has a URL, an API key and an API secret".into(),
            cure: format!("give {}", missing.join(" and ")),
        }
    };
    if !asks && (args.url.is_none() || args.api_key.is_none()) {
        return Err(missing());
    }
    let url = match &args.url {
        Some(url) => url.clone(),
        None => asked("URL: ")?,
    };
    let url = told(session, ServerUrl::parse(&url)?, "the URL");
    let key = match &args.api_key {
        Some(key) => key.clone(),
        None => asked("API key: ")?,
    };
    let key = told(session, ApiKey::parse(&key)?, "the API key");
    let mut store = session.ports.open_store()?;
    session.unlock_to_write(store.as_mut())?;
    // Looked up before the secret is asked for: nobody wants to type one for nothing.
    if store.list()?.iter().any(|listing| listing.name == name) {
        return Err(Failure::Taken { name });
    }
    let secret = args.secret.read_or_ask(session.console)?;
    keep(session, store.as_mut(), &Project::new(Listing::new(name, url, key), secret))
}

/// Adds a project to an unlocked store, and says so.
pub(super) fn keep(session: &Session, store: &mut dyn Store, project: &Project) -> Result<(), Failure> {
    match store.add(project) {
        Err(StoreError::Duplicate { name }) => return Err(Failure::Taken { name }),
        done => done?,
    }
    let (console, backend, name) = (session.console, store.backend(), &project.listing.name);
    console.note(&format!("added {name} ({}) to the {backend}", project.listing.url));
    warn(session, project);
    remember(session, backend, name)?;
    if session.global.json {
        let (listing, policies) = (&project.listing, super::shown_policies(session));
        let is_default = is_default(session, project)?;
        console.json(&super::as_json(listing, backend.as_str(), is_default, policies.of(name)))
    } else {
        Ok(())
    }
}

fn is_default(session: &Session, project: &Project) -> Result<bool, Failure> {
    Ok(session.ports.settings()?.default_project.as_ref() == Some(&project.listing.name))
}
