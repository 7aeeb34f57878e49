//! The system's keyring as it is: connecting, entries, and what its errors mean. Every call here may block.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyring_core::api::CredentialStore;
use keyring_core::{Entry, Error};

use crate::project::ProjectName;
use crate::store::StoreError;
use crate::text::visible;

#[cfg(not(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))))]
mod elsewhere;
#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
mod secret_service;

#[cfg(not(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))))]
use self::elsewhere as platform;
#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
use self::secret_service as platform;

pub(super) use self::platform::state;

/// The service of every entry.
const SERVICE: &str = "roomkey";

/// The connection, made at the first call. Lives on the keyring's thread.
#[derive(Default)]
pub(super) struct Service {
    store: Option<Arc<CredentialStore>>,
    /// Set when nobody waits for the running call any more.
    pub(super) given_up: Arc<AtomicBool>,
}

/// Why a call failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The keyring is open and has no such entry.
    NoEntry,
    /// It has several.
    Ambiguous,
    /// It has one that is none.
    Unreadable,
    /// The keyring itself failed.
    Store(StoreError),
}

impl Failure {
    /// The same as an error about the project `name`.
    pub(super) fn into_error(self, name: Option<&ProjectName>) -> StoreError {
        match (self, name.cloned()) {
            (Self::Store(error), _) => error,
            (Self::NoEntry, Some(name)) => StoreError::EntryMissing { name },
            (Self::Ambiguous, Some(name)) => StoreError::EntryAmbiguous { name },
            (Self::Unreadable, Some(name)) => {
                StoreError::EntryUnreadable { name, reason: "its bytes are not what was stored".into() }
            }
            (_, None) => StoreError::KeyringFailed { reason: "it cannot be searched".into() },
        }
    }
}

impl Service {
    /// Runs `call` on the entry of an account. A connection that has died since the last call is made anew,
    /// once: a restarted keyring knows nothing of the old session.
    pub(super) fn with_entry<T>(
        &mut self,
        account: &str,
        label: Option<&str>,
        call: impl Fn(&Entry) -> keyring_core::Result<T>,
    ) -> Result<T, Failure> {
        self.with_store(|store| {
            let modifiers = platform::modifiers(label);
            store.build(SERVICE, account, Some(&modifiers)).and_then(|entry| call(&entry))
        })
    }

    /// The accounts of all entries of the service. May open the unlock dialog.
    pub(super) fn accounts(&mut self) -> Result<Vec<String>, Failure> {
        let entries = self.with_store(|store| store.search(&platform::everything()))?;
        let specifiers = entries.iter().filter_map(Entry::get_specifiers);
        Ok(specifiers.filter(|(service, _)| service == SERVICE).map(|(_, account)| account).collect())
    }

    fn with_store<T>(
        &mut self,
        call: impl Fn(&CredentialStore) -> keyring_core::Result<T>,
    ) -> Result<T, Failure> {
        let fresh = self.store.is_none();
        let mut outcome = self.connect().and_then(|store| call(&*store));
        // A call that was given up and fails now must not be made again: its time is over.
        if !fresh && !self.is_given_up() && matches!(outcome, Err(Error::PlatformFailure(_))) {
            self.store = None;
            outcome = self.connect().and_then(|store| call(&*store));
        }
        outcome.map_err(|error| {
            if matches!(error, Error::PlatformFailure(_)) {
                self.store = None;
            }
            failure(&error)
        })
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::SeqCst)
    }

    fn connect(&mut self) -> keyring_core::Result<Arc<CredentialStore>> {
        if let Some(store) = &self.store {
            return Ok(store.clone());
        }
        Ok(self.store.insert(platform::connect()?).clone())
    }
}

/// What an error means. Its variants differ from version to version of what lies below, so the keyring's state
/// is asked where they say too little. Never its `{:?}`: that may hold the secret.
fn failure(error: &Error) -> Failure {
    let state = || platform::state().map_err(Failure::Store);
    match error {
        // Some keyrings hide what is in them while they are locked.
        Error::NoEntry => match state() {
            Ok(provider) if provider.locked => Failure::Store(StoreError::KeyringLocked),
            Ok(_) => Failure::NoEntry,
            Err(failure) => failure,
        },
        Error::Ambiguous(_) => Failure::Ambiguous,
        Error::BadEncoding(_) | Error::BadDataFormat(..) => Failure::Unreadable,
        Error::NoStorageAccess(_) => match state() {
            Ok(_) => Failure::Store(StoreError::KeyringLocked),
            Err(failure) => failure,
        },
        other => match state() {
            Ok(_) => {
                let reason: String = other.to_string().chars().take(300).collect();
                Failure::Store(StoreError::KeyringFailed { reason: visible(&reason).into_owned() })
            }
            Err(failure) => failure,
        },
    }
}

type Attributes = HashMap<&'static str, &'static str>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_never_repeats_the_bytes_it_is_about() {
        let secret = b"fake-canary".to_vec();
        let cause = || Box::new(std::io::Error::other("cause"));
        let name = ProjectName::parse("acme").unwrap();
        for error in [Error::BadEncoding(secret.clone()), Error::BadDataFormat(secret, cause())] {
            let error = failure(&error).into_error(Some(&name));
            assert!(matches!(error, StoreError::EntryUnreadable { .. }));
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }
}
