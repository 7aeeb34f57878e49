//! What is in the keyring, without the secrets: names, URLs and API keys, in `keyring.json` of the data folder.
//!
//! A keyring can be slow, locked or hung, and lists its entries differently on every system; this file answers
//! at once. The keyring is the truth, this is the list of it.

use std::path::{Path, PathBuf};

use super::{StoreError, record};
use crate::files::{Disk, Others, Paths, read};
use crate::project::{Listing, ProjectName};

/// The list.
pub(super) struct Index {
    path: PathBuf,
    disk: Disk,
}

impl Index {
    pub(super) fn new(paths: &Paths, disk: Disk) -> Self {
        Self { path: paths.data.join("keyring.json"), disk }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Every project, sorted by name; none if there is no file yet.
    pub(super) fn list(&self) -> Result<Vec<Listing>, StoreError> {
        let Some(bytes) = read(&self.path, Others::Nothing)? else { return Ok(Vec::new()) };
        record::read_listings(&bytes)
            .map_err(|reason| StoreError::IndexDamaged { path: self.path.clone(), reason })
    }

    /// One project.
    pub(super) fn find(&self, name: &ProjectName) -> Result<Listing, StoreError> {
        let mut all = self.list()?;
        match all.binary_search_by(|listing| listing.name.cmp(name)) {
            Ok(at) => Ok(all.swap_remove(at)),
            Err(_) => Err(StoreError::unknown(name, all.iter().map(|listing| &listing.name))),
        }
    }

    /// Adds a project, or replaces the one of its name.
    pub(super) fn put(&self, listing: &Listing) -> Result<(), StoreError> {
        self.edit(|all| match all.binary_search_by(|other| other.name.cmp(&listing.name)) {
            Ok(at) => all[at] = listing.clone(),
            Err(at) => all.insert(at, listing.clone()),
        })
    }

    /// Takes a project off.
    pub(super) fn remove(&self, name: &ProjectName) -> Result<(), StoreError> {
        self.edit(|all| all.retain(|listing| listing.name != *name))
    }

    fn edit(&self, edit: impl FnOnce(&mut Vec<Listing>)) -> Result<(), StoreError> {
        let held = self.disk.hold(&self.path)?;
        let before = self.list()?;
        let mut after = before.clone();
        edit(&mut after);
        if after != before {
            held.replace(&record::listings(&after))?;
        }
        Ok(())
    }
}
