//! The store and the clipboard, by using them.

use std::time::{Duration, Instant};

use super::super::{Failure, Session};
use crate::clipboard::{ClipboardError, Environment, Route};
use crate::finding::Finding;
use crate::project::{ApiKey, ApiSecret, Listing, Project, ProjectName, ServerUrl};
use crate::settings::Backend;
use crate::store::{Provider, Store, StoreError, Wanted, unlock_from};
use crate::text::Sensitive;

/// Whether the store answers, whether what it lists is there, and whether it keeps what it is given. Gives the store as
/// well, if it is open.
pub(super) fn store(session: &Session) -> (Vec<Finding>, Option<Box<dyn Store>>) {
    let (mut store, provider) = match opened(session) {
        Ok(opened) => opened,
        Err(error) => return (vec![Finding::failed("store", error.to_string(), error.hint())], None),
    };
    let backend = store.backend();
    let kept_by = if backend == Backend::Keyring { format!(": {provider}") } else { String::new() };
    let mut findings = vec![Finding::ok("store", format!("{backend}, {}{kept_by}", backend.summary()))];
    if backend == Backend::Keyring {
        findings.push(list(session, provider.locked));
    }
    findings.push(round_trip(store.as_mut(), provider.locked));
    (findings, (!provider.locked).then_some(store))
}

/// The store, unlocked if a passphrase is at hand: nobody is asked for one.
fn opened(session: &Session) -> Result<(Box<dyn Store>, Provider), Failure> {
    let mut store = session.ports.open_store()?;
    match unlock_from(store.as_mut(), &|name| session.ports.variable(name)) {
        Ok(()) | Err(StoreError::NeedsPassphrase { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let provider = store.probe()?;
    Ok((store, provider))
}

/// Whether roomkey's list and the keyring agree.
fn list(session: &Session, locked: bool) -> Finding {
    let Some(keyring) = session.ports.keyring() else { return Finding::skipped("list", "the demo has none") };
    if locked {
        return Finding::skipped("list", "the keyring is locked; roomkey store unlock unlocks it");
    }
    match keyring.status() {
        Err(error) => Finding::failed("list", error.to_string(), error.hint()),
        Ok(status) if !status.unlisted.is_empty() => Finding::failed(
            "list",
            format!("{} in the keyring, but not on the list", status.unlisted.len()),
            "roomkey store status --repair",
        ),
        Ok(status) if !status.missing.is_empty() => Finding::failed(
            "list",
            format!("{} on the list, but not in the keyring", status.missing.len()),
            "roomkey store status says which",
        ),
        Ok(status) => Finding::ok("list", format!("{} listed, all in the keyring", status.listed.len())),
    }
}

/// Saves a project that is nobody's, reads it back, and removes it.
fn round_trip(store: &mut dyn Store, locked: bool) -> Finding {
    const ID: &str = "round trip";
    if locked {
        return Finding::skipped(ID, "the store is locked");
    }
    match (store.backend(), store.wants_passphrase()) {
        (Backend::Environment, _) => return Finding::skipped(ID, "the environment cannot be written"),
        (_, Some(Wanted::New)) => {
            return Finding::skipped(ID, "there is no vault yet; the first project makes it");
        }
        _ => {}
    }
    let started = Instant::now();
    let Some(project) = nobodys() else { return Finding::skipped(ID, "no name is free for it") };
    let name = &project.listing.name;
    let trip = store.add(&project).and_then(|()| {
        store.forget();
        let read = store.load(name);
        // Removed whatever came of the reading.
        store.remove(name).and(read)
    });
    match trip {
        Err(error) => Finding::failed(ID, error.to_string(), error.hint()),
        Ok(read) if read != project => {
            Finding::failed(ID, "what was saved came back changed", "do not keep secrets in this store")
        }
        Ok(_) => {
            let ms = started.elapsed().as_millis();
            Finding::ok(ID, format!("a made-up project was saved, read back and removed in {ms} ms"))
        }
    }
}

/// A project under a name that nobody has: with the number of this process in it.
fn nobodys() -> Option<Project> {
    Some(Project {
        listing: Listing {
            name: ProjectName::parse(&format!("roomkey doctor {}", std::process::id())).ok()?,
            url: ServerUrl::parse("wss://doctor.invalid").ok()?.value,
            key: ApiKey::parse("APIfakedoctor").ok()?.value,
            old: None,
        },
        secret: ApiSecret::verbatim("fake-secret-of-roomkey-doctor-0123456789".into()),
        old_secret: None,
    })
}

/// The ways a copy would take, and with `replace` whether the first one works.
pub(super) fn clipboard(session: &Session, replace: bool) -> Finding {
    const ID: &str = "clipboard";
    if session.ports.is_demo() {
        return Finding::skipped(ID, "the demo has one of its own");
    }
    let routes = Environment::current().routes();
    if routes.is_empty() {
        let error = ClipboardError::Nowhere;
        return Finding::warning(ID, error.to_string(), error.hint());
    }
    let ways: Vec<String> = routes.iter().map(Route::to_string).collect();
    let ways = ways.join(", then ");
    if routes[0] == Route::Osc52 {
        let hint =
            "whether the terminal obeys can be seen by pasting: roomkey token create --dev --list --copy";
        return Finding::warning(ID, format!("{ways}: sent to the terminal, which does not answer"), hint);
    }
    let mut clipboard = session.ports.clipboard();
    if !replace && clipboard.read() != Err(ClipboardError::Empty) {
        let why = format!("{ways}; not tried, for something is on it: --clipboard replaces it");
        return Finding::skipped(ID, why);
    }
    let copied = clipboard.copy(&Sensitive::new("roomkey doctor".into()), Some(Duration::from_secs(5)));
    let cleared = clipboard.clear();
    match copied {
        Err(error) => Finding::failed(ID, format!("{ways}: {error}"), error.hint()),
        Ok(copied) if !copied.verified => {
            let why = copied.fallback_reason.as_ref().map_or(String::new(), |why| format!(" ({why})"));
            Finding::warning(
                ID,
                format!("{ways}: {}, not read back{why}", copied.headline()),
                "see by pasting whether it arrived",
            )
        }
        Ok(copied) => match cleared {
            Ok(()) => Finding::ok(ID, format!("{ways}: {}, and cleared again", copied.headline())),
            Err(error) => {
                Finding::warning(ID, format!("{ways}: {}, but {error}", copied.headline()), error.hint())
            }
        },
    }
}
