//! Projects in the operating system's keyring: the Secret Service on Linux, the keychain on macOS, the credential
//! manager on Windows.
//!
//! One entry a project: service `roomkey`, account `project:<name>`, and as its secret a small JSON of URL, key
//! and secret, so that the three can never be mixed up. The [index](super::index) lists them.
//!
//! In a save the entry comes first and the index second; in a removal the other way round. A crash between the
//! two leaves an entry that is not listed, which [`Keyring::status`] finds: never a listed one that is gone.

use std::path::PathBuf;

use keyring_core::Entry;
use zeroize::Zeroizing;

use super::index::Index;
use super::{Backend, Patience, Provider, Store, StoreError, record};
use crate::files::{Disk, Paths};
use crate::project::{Listing, Project, ProjectName};

mod native;
mod worker;

pub use self::worker::Canceller;

use self::native::{Failure, Service};
use self::worker::{Kind, Worker};

/// The account of every entry starts with it.
const ACCOUNT: &str = "project:";

/// The keyring. Connects at the first call that needs it; listing needs none.
pub struct Keyring {
    index: Index,
    worker: Worker,
}

impl Keyring {
    /// The keyring of this session; `patience` is the most that one call may take.
    #[must_use]
    pub fn new(paths: &Paths, patience: Patience, disk: Disk) -> Self {
        Self { index: Index::new(paths, disk), worker: Worker::new(patience.0) }
    }

    /// Compares the index with what is really in the keyring. May open the keyring's unlock dialog.
    ///
    /// # Errors
    /// What keeps the keyring from answering.
    pub fn status(&self) -> Result<Status, StoreError> {
        let provider = self.probe()?;
        let stored =
            self.worker.call(Kind::Read, Service::accounts)?.map_err(|failure| failure.into_error(None))?;
        let mut stored: Vec<ProjectName> = stored
            .iter()
            .filter_map(|account| ProjectName::parse(account.strip_prefix(ACCOUNT)?).ok())
            .collect();
        stored.sort();
        stored.dedup();
        let listed: Vec<ProjectName> = self.index.list()?.into_iter().map(|listing| listing.name).collect();
        Ok(Status {
            provider,
            index: self.index.path().to_owned(),
            unlisted: without(&stored, &listed),
            missing: without(&listed, &stored),
            listed,
        })
    }

    /// Puts a project that [`Status::unlisted`] named back into the index.
    ///
    /// # Errors
    /// [`StoreError::EntryMissing`] if the keyring does not have it, or what keeps it from answering.
    pub fn list_again(&mut self, name: &ProjectName) -> Result<Listing, StoreError> {
        let project = self.read(name)?;
        self.index.put(&project.listing)?;
        Ok(project.listing)
    }

    fn read(&self, name: &ProjectName) -> Result<Project, StoreError> {
        let account = account(name);
        let bytes = self
            .worker
            .call(Kind::Read, move |service| {
                service.with_entry(&account, None, |entry| entry.get_secret().map(Zeroizing::new))
            })?
            .map_err(|failure| failure.into_error(Some(name)))?;
        record::read_entry(name, &bytes)
            .map_err(|reason| StoreError::EntryUnreadable { name: name.clone(), reason })
    }
}

/// What is in `all` and not in `others`, both sorted.
fn without(all: &[ProjectName], others: &[ProjectName]) -> Vec<ProjectName> {
    all.iter().filter(|name| others.binary_search(name).is_err()).cloned().collect()
}

fn account(name: &ProjectName) -> String {
    format!("{ACCOUNT}{name}")
}

/// What a keyring really holds, next to what the index says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Who keeps the secrets.
    pub provider: Provider,
    /// Where the index is.
    pub index: PathBuf,
    /// What the index lists.
    pub listed: Vec<ProjectName>,
    /// In the keyring, but not in the index: a save or a removal was stopped in the middle.
    pub unlisted: Vec<ProjectName>,
    /// In the index, but not in the keyring: another program removed it.
    pub missing: Vec<ProjectName>,
}

impl Store for Keyring {
    fn backend(&self) -> Backend {
        Backend::Keyring
    }

    fn list(&self) -> Result<Vec<Listing>, StoreError> {
        self.index.list()
    }

    fn load(&self, name: &ProjectName) -> Result<Project, StoreError> {
        let listed = self.index.find(name)?;
        let project = self.read(name)?;
        if project.listing != listed {
            // A save was stopped between the two writes. The project is whole, so a list that cannot be
            // mended now does no harm.
            let _ = self.index.put(&project.listing);
        }
        Ok(project)
    }

    fn save(&mut self, project: &Project) -> Result<(), StoreError> {
        // Asked first: with an index that cannot be read, the entry would only be in the way.
        self.index.list()?;
        let name = &project.listing.name;
        let (account, label) = (account(name), format!("roomkey: {name}"));
        let secret = record::entry(project);
        self.worker
            .call(Kind::Write, move |service| {
                service.with_entry(&account, Some(&label), |entry| entry.set_secret(&secret))
            })?
            .map_err(|failure| failure.into_error(Some(name)))?;
        self.index.put(&project.listing)
    }

    fn remove(&mut self, name: &ProjectName) -> Result<(), StoreError> {
        let listing = self.index.find(name)?;
        self.index.remove(name)?;
        let account = account(name);
        let removed = self
            .worker
            .call(Kind::Write, move |service| service.with_entry(&account, None, Entry::delete_credential))
            .and_then(|removed| match removed {
                Ok(()) | Err(Failure::NoEntry) => Ok(()),
                Err(failure) => Err(failure.into_error(Some(name))),
            });
        removed.inspect_err(|_| {
            // Still there, so still listed. If that fails too, status() finds it.
            let _ = self.index.put(&listing);
        })
    }

    fn probe(&self) -> Result<Provider, StoreError> {
        // No dialog opens, so nobody needs time to answer one.
        self.worker.call_within(Patience::HEADLESS.0, Kind::Read, |_| native::state())?
    }

    fn canceller(&self) -> Option<Canceller> {
        Some(self.worker.canceller())
    }
}
