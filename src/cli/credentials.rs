//! URL, key and secret: from one source, as a unit, and told which.

use std::path::Path;

use clap::Args;
use zeroize::Zeroizing;

use super::secret::{self, SecretArgs};
use super::{Failure, Session};
use crate::import::value_of;
use crate::project::{ApiKey, ApiSecret, Cleaned, Listing, Project, ProjectName, ServerUrl};
use crate::settings::pin::Pin;
use crate::store::{Environment, Store};
use crate::text::are;

/// A server and a key given on the spot.
#[derive(Args, Debug, Default)]
pub(super) struct CredentialArgs {
    /// Address of the server; needs --api-key and a secret
    #[arg(long, value_name = "URL", help_heading = "Credentials", conflicts_with_all = ["project", "dev"])]
    pub(super) url: Option<String>,
    /// API key; needs --url and a secret
    #[arg(long, value_name = "KEY", help_heading = "Credentials", conflicts_with_all = ["project", "dev"])]
    pub(super) api_key: Option<String>,
    #[command(flatten)]
    pub(super) secret: SecretArgs,
    /// Use livekit-server --dev: ws://localhost:7880, devkey, secret
    #[arg(long, help_heading = "Credentials", conflicts_with = "project")]
    pub(super) dev: bool,
}

/// A project, and where it came from in words.
pub(super) struct Chosen {
    pub(super) project: Project,
    pub(super) source: String,
}

impl Chosen {
    fn new(project: Project, source: impl Into<String>) -> Self {
        Self { project, source: source.into() }
    }
}

const VARIABLES: [&str; 3] = ["LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"];

/// The first source that is there, whole: `-p` (and `--dev`), the arguments, the environment, `--env-file`, the
/// `.roomkey`, the default project. It is told on standard error.
pub(super) fn choose(session: &Session, args: &CredentialArgs) -> Result<Chosen, Failure> {
    args.secret.refuse_argument()?;
    let chosen = find(session, args)?;
    session.console.note(&format!("using {}", chosen.source));
    Ok(chosen)
}

fn find(session: &Session, args: &CredentialArgs) -> Result<Chosen, Failure> {
    if args.dev {
        return Ok(built_in());
    }
    if let Some(name) = session.named()? {
        return stored(session, &name);
    }
    if args.url.is_some() || args.api_key.is_some() || args.secret.given() {
        return from_arguments(session, args);
    }
    if let Some(chosen) = from_environment(session)? {
        return Ok(chosen);
    }
    if let Some(path) = &session.global.env_file {
        return from_env_file(session, path);
    }
    if let Some(pin) = session.pin()? {
        return pinned(session, &pin);
    }
    default(session)
}

fn built_in() -> Chosen {
    Chosen::new(Project::local_dev(), "local dev (built in; everybody knows its secret)")
}

/// A project of the store by its name, or the built-in one.
pub(super) fn stored(session: &Session, name: &ProjectName) -> Result<Chosen, Failure> {
    if *name == ProjectName::local_dev() {
        return Ok(built_in());
    }
    let store = session.store()?;
    load(store.as_ref(), name)
}

/// The project that a `.roomkey` names.
fn pinned(session: &Session, pin: &Pin) -> Result<Chosen, Failure> {
    match stored(session, &pin.project) {
        Ok(chosen) => {
            Ok(Chosen { source: format!("{}, as {} says", chosen.source, pin.path.display()), ..chosen })
        }
        Err(Failure::Known(crate::error::Error::Store(crate::store::StoreError::Unknown { .. }))) => {
            Err(Failure::PinGone { name: pin.project.clone(), path: pin.path.display().to_string() })
        }
        Err(other) => Err(other),
    }
}

/// The project of commands that name none: what `.roomkey` says, else the default.
pub(super) fn unnamed(session: &Session) -> Result<Option<ProjectName>, Failure> {
    if let Some(pin) = session.pin()? {
        session.console.note(&format!("{} says {}", pin.path.display(), pin.project));
        return Ok(Some(pin.project));
    }
    Ok(session.ports.settings()?.default_project)
}

fn load(store: &dyn Store, name: &ProjectName) -> Result<Chosen, Failure> {
    let project = store.load(name)?;
    Ok(Chosen::new(project, format!("{name} ({})", store.backend())))
}

fn from_arguments(session: &Session, args: &CredentialArgs) -> Result<Chosen, Failure> {
    let missing: Vec<&str> = [("--url", args.url.is_some()), ("--api-key", args.api_key.is_some())]
        .into_iter()
        .filter_map(|(flag, there)| (!there).then_some(flag))
        .collect();
    let (Some(url), Some(key)) = (&args.url, &args.api_key) else {
        return Err(Failure::Partial {
            missing: are(&missing),
            from: "--url, --api-key and the secret are taken together".into(),
            cure: "give all of them, or none and let the environment or a project do it".into(),
        });
    };
    let url = told(session, ServerUrl::parse(url)?, "--url");
    let key = told(session, ApiKey::parse(key)?, "--api-key");
    let secret = args.secret.read_or_ask(session.console)?;
    let listing = Listing::new(unstored("arguments")?, url, key);
    Ok(Chosen::new(Project::new(listing, secret), "--url, --api-key and their secret (arguments)"))
}

fn from_environment(session: &Session) -> Result<Option<Chosen>, Failure> {
    let lookup = |name: &str| session.ports.variable(name);
    let Some(environment) = Environment::detect(&lookup).map_err(|error| why_unused(session, error))? else {
        return Ok(None);
    };
    for name in VARIABLES {
        if let Some(value) = lookup(name).and_then(|value| value.into_string().ok().map(Zeroizing::new)) {
            let removed = match name {
                "LIVEKIT_URL" => ServerUrl::parse(&value)?.told(name),
                "LIVEKIT_API_KEY" => ApiKey::parse(&value)?.told(name),
                _ => ApiSecret::parse(&value)?.told(name),
            };
            if let Some(told) = removed {
                session.console.note(&told);
            }
        }
    }
    let Some(listing) = environment.list()?.into_iter().next() else { return Ok(None) };
    let project = environment.load(&listing.name)?;
    Ok(Some(Chosen::new(project, "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET (environment)")))
}

/// An incomplete environment stands in the way of the default project and of `--env-file`; that is worth saying.
fn why_unused(session: &Session, error: crate::store::StoreError) -> Failure {
    match error {
        crate::store::StoreError::PartialEnvironment { missing } => {
            let set: Vec<&str> = VARIABLES.into_iter().filter(|name| !missing.contains(name)).collect();
            let other = if session.global.env_file.is_some() {
                "for --env-file to count"
            } else {
                "for the default project"
            };
            Failure::Partial {
                missing: are(&missing),
                from: format!("{} set in the environment, and the three are taken together", are(&set)),
                cure: format!(
                    "set {} too; or unset {} {other}; or name a project with -p",
                    missing.join(" and "),
                    set.join(" ")
                ),
            }
        }
        other => other.into(),
    }
}

/// The project of a `.env` file.
pub(super) fn from_env_file(session: &Session, path: &Path) -> Result<Chosen, Failure> {
    let text = secret::file_or_stdin(path)?;
    let name = path.display();
    let values = VARIABLES.map(|variable| value_of(&text, variable));
    let [Some(url), Some(key), Some(secret)] = values else {
        let missing: Vec<&str> = VARIABLES
            .into_iter()
            .zip(&values)
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| name)
            .collect();
        return Err(Failure::Partial {
            missing: are(&missing),
            from: format!("{name} must have {}", VARIABLES.join(", ")),
            cure: format!("add {} to the file", missing.join(" and ")),
        });
    };
    let listing = Listing {
        name: unstored("env file")?,
        url: told(session, ServerUrl::parse(&url)?, "LIVEKIT_URL"),
        key: told(session, ApiKey::parse(&key)?, "LIVEKIT_API_KEY"),
        old: None,
    };
    let secret = told(session, ApiSecret::parse(&secret)?, "LIVEKIT_API_SECRET");
    Ok(Chosen::new(Project::new(listing, secret), format!("{name} (env file)")))
}

fn default(session: &Session) -> Result<Chosen, Failure> {
    let default = session.ports.settings()?.default_project;
    if let Some(name) = default {
        if name == ProjectName::local_dev() {
            return Ok(built_in());
        }
        let store = session.store()?;
        return match load(store.as_ref(), &name) {
            Err(Failure::Known(crate::error::Error::Store(crate::store::StoreError::Unknown { .. }))) => {
                Err(Failure::DefaultGone { name, store: store.backend().as_str() })
            }
            done => done,
        };
    }
    // Nothing was ever chosen, so a store that does not answer is a detail and not the cause.
    let listings = match session.store().and_then(|store| Ok(store.list()?)) {
        Ok(listings) => listings,
        Err(failure) => return Err(Failure::NoProject { why: Some(failure.to_string()) }),
    };
    match listings.first() {
        Some(first) => Err(Failure::NoDefault { count: listings.len(), example: first.name.clone() }),
        None => Err(Failure::NoProject { why: None }),
    }
}

/// Takes the value out, and says what was cleaned off it.
pub(super) fn told<T>(session: &Session, cleaned: Cleaned<T>, what: &str) -> T {
    if let Some(told) = cleaned.told(what) {
        session.console.note(&told);
    }
    cleaned.value
}

/// A name for a project that is in no store.
fn unstored(name: &str) -> Result<ProjectName, Failure> {
    Ok(ProjectName::parse(name)?)
}
