//! Linux and the BSDs: the Secret Service over D-Bus, in pure Rust.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use keyring_core::api::CredentialStore;
use zbus::blocking::Connection;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use super::{Attributes, SERVICE};
use crate::store::{Provider, StoreError};
use crate::text::visible;

const NAME: &str = "org.freedesktop.secrets";

/// How long is waited before a keyring without a default collection is believed.
const SECOND_LOOK: Duration = Duration::from_millis(100);

/// Made directly: the facade makes its store once, and a first start without a bus fails for ever.
pub(super) fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

/// The label is what a keyring manager shows people.
pub(super) fn modifiers(label: Option<&str>) -> HashMap<&'static str, &str> {
    label.map(|label| ("label", label)).into_iter().collect()
}

pub(super) fn everything() -> Attributes {
    HashMap::from([("service", SERVICE)])
}

/// Who keeps the secrets, and whether the collection that new entries go to is locked. Opens no dialog.
pub(in super::super) fn state() -> Result<Provider, StoreError> {
    let bus = Connection::session().map_err(|error| StoreError::NoBus { reason: in_words(&error) })?;
    let default = || -> Result<OwnedObjectPath, StoreError> {
        let service = "/org/freedesktop/secrets";
        call(&bus, service, "org.freedesktop.Secret.Service", "ReadAlias", &("default",))
    };
    let is_none = |path: &OwnedObjectPath| path.as_str() == "/";
    let mut default_path = default()?;
    if is_none(&default_path) {
        // gnome-keyring was seen to know no default for a moment, just after it had saved an entry there.
        std::thread::sleep(SECOND_LOOK);
        default_path = default()?;
    }
    if is_none(&default_path) {
        return Err(StoreError::NoCollection);
    }
    let property = ("org.freedesktop.Secret.Collection", "Locked");
    let locked: OwnedValue =
        call(&bus, default_path.as_str(), "org.freedesktop.DBus.Properties", "Get", &property)?;
    Ok(Provider { name: provider(&bus), locked: bool::try_from(locked).unwrap_or(false) })
}

fn call<T>(
    bus: &Connection,
    path: &str,
    interface: &str,
    method: &str,
    arguments: &(impl serde::Serialize + zbus::zvariant::DynamicType),
) -> Result<T, StoreError>
where
    T: for<'d> zbus::zvariant::DynamicDeserialize<'d>,
{
    let failed = |error: &zbus::Error| match error {
        zbus::Error::MethodError(name, ..)
            if name.ends_with(".ServiceUnknown")
                || name.ends_with(".NameHasNoOwner")
                || name.contains(".Spawn.") =>
        {
            StoreError::NoSecretService
        }
        error => StoreError::KeyringFailed { reason: in_words(error) },
    };
    let reply = bus
        .call_method(Some(NAME), path, Some(interface), method, arguments)
        .map_err(|error| failed(&error))?;
    reply.body().deserialize().map_err(|error| failed(&error))
}

/// The program behind the name, as people know it.
fn provider(bus: &Connection) -> String {
    let dbus = "org.freedesktop.DBus";
    let process = bus
        .call_method(Some(dbus), "/org/freedesktop/DBus", Some(dbus), "GetConnectionUnixProcessID", &(NAME,))
        .and_then(|reply| reply.body().deserialize::<u32>());
    let command = process.ok().and_then(|id| std::fs::read_to_string(format!("/proc/{id}/comm")).ok());
    match command.as_deref().map(str::trim) {
        // The kernel keeps 15 characters.
        Some(command) if command.starts_with("gnome-keyring") => "gnome-keyring".into(),
        Some(command) if command.starts_with("kwallet") || command.starts_with("ksecret") => "KWallet".into(),
        Some("keepassxc") => "KeePassXC".into(),
        Some(command) if !command.is_empty() => visible(command).into_owned(),
        _ => "Secret Service".into(),
    }
}

fn in_words(error: &zbus::Error) -> String {
    let text: String = error.to_string().chars().take(300).collect();
    visible(&text).replace(" (os error 2)", "").replace(" (os error 111)", "")
}
