//! macOS and Windows: the store that the `keyring` crate sets up, which cannot fail to start there.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::Error;
use keyring_core::api::CredentialStore;

use super::Attributes;
use crate::store::{Provider, StoreError};

pub(super) fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
    match keyring::Entry::store_status() {
        Ok(()) => keyring_core::get_default_store().ok_or(Error::NoDefaultStore),
        Err(_) => Err(Error::NoDefaultStore),
    }
}

/// On Windows an entry would by default roam with a domain's user.
pub(super) fn modifiers(_: Option<&str>) -> HashMap<&'static str, &str> {
    if cfg!(windows) { HashMap::from([("persistence", "Local")]) } else { HashMap::new() }
}

/// Windows names an entry `account.service`, and searches by a pattern over that.
pub(super) fn everything() -> Attributes {
    if cfg!(windows) {
        HashMap::from([("pattern", r"\.roomkey$")])
    } else {
        HashMap::from([("service", "roomkey")])
    }
}

/// These open with the user's session.
pub(in super::super) fn state() -> Result<Provider, StoreError> {
    let name = if cfg!(windows) { "Windows Credential Manager" } else { "macOS keychain" };
    match connect() {
        Ok(_) => Ok(Provider { name: name.into(), locked: false }),
        Err(error) => Err(StoreError::KeyringFailed { reason: error.to_string() }),
    }
}
