//! Projects in one file, encrypted with a passphrase: for SSH, containers, and any machine without a keyring.
//!
//! The file is plain [age](https://age-encryption.org/v1) with an scrypt passphrase around a small JSON, so that
//! `age -d vault.age` opens it without roomkey. It is decrypted once; after that only when another process has
//! changed it.

use std::cell::{Ref, RefCell};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use self::stanza::{Opening, no_room, seal};
use super::memory::{position, put};
use super::{Backend, Passphrase, Provider, Store, StoreError, Wanted, record, refuse_taken};
use crate::files::{Disk, FileError, Held, Others, Paths, read};
use crate::project::{Listing, Project, ProjectName};

mod stanza;

/// The binary logarithm of scrypt's N for what roomkey writes: 128 MiB for whoever guesses fast, here 32 MiB and
/// about 0.5 s. age would calibrate it to the machine, and then refuse on a slow machine what a fast one wrote.
const WORK_FACTOR: u8 = 17;
/// The highest that is accepted: 1 GiB and some 17 s.
const MOST_WORK: u8 = 22;

/// An encrypted file of projects.
pub struct Vault {
    path: PathBuf,
    disk: Disk,
    passphrase: Option<Passphrase>,
    /// What the file said when it was last read.
    known: RefCell<Known>,
}

#[derive(Default)]
struct Known {
    /// The encrypted bytes, to see by them whether the file has changed. Empty: there was no file.
    file: Vec<u8>,
    /// Sorted by name.
    projects: Vec<Project>,
}

impl Vault {
    /// `vault.age` in the data folder. It need not exist: the first save makes it.
    #[must_use]
    pub fn new(paths: &Paths, disk: Disk) -> Self {
        Self { path: Self::path(paths), disk, passphrase: None, known: RefCell::default() }
    }

    /// Where the vault is.
    #[must_use]
    pub fn path(paths: &Paths) -> PathBuf {
        paths.data.join("vault.age")
    }

    /// Encrypts the vault anew, with another passphrase. It must be [unlocked](Store::unlock) and be there. The old
    /// passphrase opens it until the very moment in which the new one does.
    ///
    /// # Errors
    /// [`StoreError::NeedsPassphrase`] while it is locked or not there yet, or what kept it from being written; it is
    /// then as it was.
    pub fn change_passphrase(&mut self, new: Passphrase) -> Result<(), StoreError> {
        if self.file()?.is_none() {
            return Err(StoreError::NeedsPassphrase { new: true });
        }
        let held = self.disk.hold(&self.path)?;
        let projects = self.projects()?.clone();
        let factor = self.factor();
        self.write(&held, projects, &new, factor)?;
        self.passphrase = Some(new);
        Ok(())
    }

    fn file(&self) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        Ok(read(&self.path, Others::Nothing)?)
    }

    /// The projects in the file as it is now.
    fn projects(&self) -> Result<Ref<'_, Vec<Project>>, StoreError> {
        match self.file()? {
            None => *self.known.borrow_mut() = Known::default(),
            Some(file) if !file.is_empty() && *file == self.known.borrow().file => {}
            Some(file) => {
                let passphrase =
                    self.passphrase.as_ref().ok_or(StoreError::NeedsPassphrase { new: false })?;
                let projects = decrypt(&self.path, &file, passphrase)?;
                *self.known.borrow_mut() = Known { file: file.to_vec(), projects };
            }
        }
        Ok(Ref::map(self.known.borrow(), |known| &known.projects))
    }

    /// Changes the projects under the file's lock, so that two roomkeys at once lose nothing.
    fn change<T>(
        &mut self,
        change: impl FnOnce(&mut Vec<Project>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(passphrase) = self.passphrase.clone() else {
            return Err(StoreError::NeedsPassphrase { new: self.file()?.is_none() });
        };
        let held = self.disk.hold(&self.path)?;
        let mut projects = self.projects()?.clone();
        let outcome = change(&mut projects)?;
        let factor = self.factor();
        self.write(&held, projects, &passphrase, factor)?;
        Ok(outcome)
    }

    /// What the next write takes: as much work as the file has now, if that is more than usual.
    fn factor(&self) -> u8 {
        work_factor(&self.known.borrow().file).unwrap_or(0).clamp(WORK_FACTOR, MOST_WORK)
    }

    fn write(
        &self,
        held: &Held,
        projects: Vec<Project>,
        passphrase: &Passphrase,
        factor: u8,
    ) -> Result<(), StoreError> {
        let plain = record::projects(&projects);
        let file = seal(passphrase, factor, &plain).map_err(|error| match error {
            age::EncryptError::Io(error) => without_room(&self.path, &error)
                .unwrap_or_else(|| FileError::failed("encrypt", &self.path, &error).into()),
            error => FileError::failed("encrypt", &self.path, &io::Error::other(error.to_string())).into(),
        })?;
        held.replace(&file)?;
        *self.known.borrow_mut() = Known { file, projects };
        Ok(())
    }
}

impl Store for Vault {
    fn backend(&self) -> Backend {
        Backend::Vault
    }

    fn list(&self) -> Result<Vec<Listing>, StoreError> {
        Ok(self.projects()?.iter().map(|project| project.listing.clone()).collect())
    }

    fn load(&self, name: &ProjectName) -> Result<Project, StoreError> {
        let projects = self.projects()?;
        Ok(projects[position(&projects, name)?].clone())
    }

    fn save(&mut self, project: &Project) -> Result<(), StoreError> {
        self.change(|projects| {
            put(projects, project.clone());
            Ok(())
        })
    }

    fn remove(&mut self, name: &ProjectName) -> Result<(), StoreError> {
        position(&self.projects()?, name)?;
        self.change(|projects| {
            projects.remove(position(projects, name)?);
            Ok(())
        })
    }

    fn add(&mut self, project: &Project) -> Result<(), StoreError> {
        self.change(|projects| {
            let taken = projects.iter().map(|project| project.listing.clone()).collect();
            refuse_taken(taken, &project.listing.name)?;
            put(projects, project.clone());
            Ok(())
        })
    }

    fn rename(&mut self, from: &ProjectName, to: &ProjectName) -> Result<(), StoreError> {
        position(&self.projects()?, from)?;
        self.change(|projects| {
            let at = position(projects, from)?;
            if from == to {
                return Ok(());
            }
            if position(projects, to).is_ok() {
                return Err(StoreError::Duplicate { name: to.clone() });
            }
            let mut project = projects.remove(at);
            project.listing.name = to.clone();
            put(projects, project);
            Ok(())
        })
    }

    fn probe(&self) -> Result<Provider, StoreError> {
        let locked = self.file()?.is_some() && self.passphrase.is_none();
        Ok(Provider { name: self.path.display().to_string(), locked })
    }

    fn wants_passphrase(&self) -> Option<Wanted> {
        match self.passphrase {
            Some(_) => None,
            None if self.path.exists() => Some(Wanted::Existing),
            None => Some(Wanted::New),
        }
    }

    fn unlock(&mut self, passphrase: Passphrase) -> Result<(), StoreError> {
        if let Some(file) = self.file()? {
            let projects = decrypt(&self.path, &file, &passphrase)?;
            *self.known.borrow_mut() = Known { file: file.to_vec(), projects };
        }
        self.passphrase = Some(passphrase);
        Ok(())
    }

    fn forget(&mut self) {
        *self.known.borrow_mut() = Known::default();
    }
}

fn decrypt(path: &Path, file: &[u8], passphrase: &Passphrase) -> Result<Vec<Project>, StoreError> {
    let damaged =
        |reason: &str| StoreError::VaultDamaged { path: path.to_owned(), reason: reason.to_owned() };
    if file.is_empty() {
        return Err(damaged("it is empty"));
    }
    if file.starts_with(b"-----BEGIN AGE") {
        return Err(damaged("it is armored; decrypt it with age -d and encrypt it with age -p, without -a"));
    }
    let identity = Opening { passphrase, most: MOST_WORK };
    // Room for all of it from the start: a buffer that grows leaves copies behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(file.len()));
    let read = age::Decryptor::new_buffered(file)
        .and_then(|decryptor| decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)))
        .and_then(|mut reader| Ok(reader.read_to_end(&mut plain)?));
    read.map_err(|error| match error {
        age::DecryptError::DecryptionFailed => StoreError::WrongPassphrase { path: path.to_owned() },
        age::DecryptError::ExcessiveWork { required, .. } => {
            StoreError::WorkFactorTooHigh { path: path.to_owned(), factor: required, most: MOST_WORK }
        }
        age::DecryptError::NoMatchingKeys => damaged("it is encrypted to keys, not with a passphrase"),
        age::DecryptError::InvalidMac => damaged("its header was altered"),
        age::DecryptError::Io(error) => {
            without_room(path, &error).unwrap_or_else(|| damaged("it is cut off or altered"))
        }
        _ => damaged("it is not an age file"),
    })?;
    record::read_projects(&plain).map_err(|reason| damaged(&reason))
}

/// What to say if the error is that there was no memory for scrypt.
fn without_room(path: &Path, error: &io::Error) -> Option<StoreError> {
    let mebibytes = roomkey_scrypt::bytes(no_room(error)?.log_n)?.div_ceil(1 << 20);
    Some(StoreError::NoRoom { path: path.to_owned(), mebibytes })
}

/// The work factor in the header of an age file, so that a save never lowers one that the user chose.
fn work_factor(file: &[u8]) -> Option<u8> {
    let header = file.get(..256).unwrap_or(file);
    let line = header.split(|byte| *byte == b'\n').nth(1)?;
    let mut words = std::str::from_utf8(line).ok()?.strip_prefix("-> scrypt ")?.split(' ');
    words.nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_factor_is_read_from_the_header() {
        let file = b"age-encryption.org/v1\n-> scrypt ZG9uJ3QgbG9vaw 18\nbody\n--- mac\n\xff\xfe";
        assert_eq!(work_factor(file), Some(18));
        assert_eq!(work_factor(b"age-encryption.org/v1\n-> X25519 abc\n"), None);
        assert_eq!(work_factor(b""), None);
    }
}
