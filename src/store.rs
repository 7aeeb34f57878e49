//! Where projects live: one trait, four backends, and the choice between them.
//!
//! Nothing here draws or prompts. What a backend needs from a person (a passphrase, patience) comes back as a
//! [`StoreError`] that says so, and is handed in by [`Store::unlock`] or waited for on another thread.

use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::files::{Disk, Paths};
use crate::project::{ApiKey, ApiSecret, Listing, OldKey, Project, ProjectName};

mod environment;
mod error;
mod index;
mod keyring;
mod memory;
pub mod migrate;
mod pair;
mod passphrase;
mod record;
mod vault;

pub use self::environment::Environment;
pub use self::error::StoreError;
pub use self::keyring::{Canceller, Keyring, Status};
pub use self::memory::Memory;
pub use self::pair::make_pair;
pub use self::passphrase::{Passphrase, unlock_from};
pub use self::vault::Vault;
pub use crate::settings::Backend;

/// A place where projects are kept. One contract, run against every backend by the tests.
pub trait Store: Send {
    /// Which kind this is.
    fn backend(&self) -> Backend;

    /// Every project, sorted by name, without secrets. Never waits for a keyring; a vault must be
    /// [unlocked](Self::unlock).
    ///
    /// # Errors
    /// What keeps the store from answering.
    fn list(&self) -> Result<Vec<Listing>, StoreError>;

    /// One project with its secret.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if there is none of that name, or what keeps the store from answering.
    fn load(&self, name: &ProjectName) -> Result<Project, StoreError>;

    /// Adds the project, or replaces the one of its name. Either the old or the new one is there afterwards.
    ///
    /// # Errors
    /// What kept it from being saved.
    fn save(&mut self, project: &Project) -> Result<(), StoreError>;

    /// Removes a project and its secret.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if there is none of that name, or what kept it from being removed.
    fn remove(&mut self, name: &ProjectName) -> Result<(), StoreError>;

    /// Saves a project whose name must be new.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`], or what kept it from being saved.
    fn add(&mut self, project: &Project) -> Result<(), StoreError> {
        refuse_taken(self.list()?, &project.listing.name)?;
        self.save(project)
    }

    /// Gives a project another name. Stopped in the middle it is there under both, never under none.
    ///
    /// # Errors
    /// [`StoreError::Unknown`], [`StoreError::Duplicate`], or what kept it from being renamed.
    fn rename(&mut self, from: &ProjectName, to: &ProjectName) -> Result<(), StoreError> {
        let mut project = self.load(from)?;
        if from == to {
            return Ok(());
        }
        refuse_taken(self.list()?, to)?;
        project.listing.name = to.clone();
        self.save(&project)?;
        self.remove(from)
    }

    /// Signs for a project with this pair from `now` on, and keeps the present one for verifying. Both are written in
    /// one step.
    ///
    /// # Errors
    /// [`StoreError::Unknown`], [`StoreError::OldKept`], [`StoreError::SameKey`], or what kept it from being saved.
    fn rotate(
        &mut self,
        name: &ProjectName,
        key: ApiKey,
        secret: ApiSecret,
        now: Timestamp,
    ) -> Result<Project, StoreError> {
        let mut project = self.load(name)?;
        may_rotate(&project.listing)?;
        if project.listing.key == key {
            return Err(StoreError::SameKey { name: name.clone(), key });
        }
        project.rotate(key, secret, now);
        self.save(&project)?;
        Ok(project)
    }

    /// Forgets the pair that a project keeps for verifying, and says which key it was.
    ///
    /// # Errors
    /// [`StoreError::Unknown`], [`StoreError::NoOld`], or what kept it from being saved.
    fn forget_old(&mut self, name: &ProjectName) -> Result<OldKey, StoreError> {
        let mut project = self.load(name)?;
        let Some(old) = project.listing.old.clone() else {
            return Err(StoreError::NoOld { name: name.clone() });
        };
        project.forget_old();
        self.save(&project)?;
        Ok(old)
    }

    /// Asks whether the store could hand out a secret now, and who would do it. A keyring is really asked, so
    /// this may wait; no dialog opens.
    ///
    /// # Errors
    /// What keeps it from doing so.
    fn probe(&self) -> Result<Provider, StoreError>;

    /// Which passphrase the store wants before it can do anything with a secret.
    fn wants_passphrase(&self) -> Option<Wanted> {
        None
    }

    /// Hands in the passphrase. One for a vault that is yet to be made is kept for the first save.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], or what is wrong with the vault.
    fn unlock(&mut self, _: Passphrase) -> Result<(), StoreError> {
        Ok(())
    }

    /// Forgets what was read, so that the next call reads it anew from where it is kept.
    fn forget(&mut self) {}

    /// By which another thread ends a wait for this store; `None` if it never waits.
    fn canceller(&self) -> Option<Canceller> {
        None
    }
}

/// Whether a project's key can be replaced: one old key is kept at a time.
///
/// # Errors
/// [`StoreError::OldKept`].
pub fn may_rotate(listing: &Listing) -> Result<(), StoreError> {
    match &listing.old {
        Some(old) => Err(StoreError::OldKept { name: listing.name.clone(), key: old.key.clone() }),
        None => Ok(()),
    }
}

fn refuse_taken(taken: Vec<Listing>, name: &ProjectName) -> Result<(), StoreError> {
    match taken.into_iter().find(|listing| listing.name == *name) {
        Some(listing) => Err(StoreError::Duplicate { name: listing.name }),
        None => Ok(()),
    }
}

/// Which passphrase is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// That of the vault there is.
    Existing,
    /// One to be chosen, for the vault that the first save makes: worth asking for twice.
    New,
}

/// Who keeps the secrets, and whether they are locked away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// `gnome-keyring`, `KeePassXC`, the path of the vault...
    pub name: String,
    /// Whether a password will be asked for before a secret comes out.
    pub locked: bool,
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.name, if self.locked { "locked" } else { "unlocked" })
    }
}

/// Which store is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The one chosen in the settings, else the keyring if it answers.
    #[default]
    Auto,
    /// This one.
    Named(Backend),
}

impl Choice {
    /// What `--store` says; without it what `ROOMKEY_STORE` says; without that `auto`.
    ///
    /// # Errors
    /// [`StoreError::NoSuchStore`].
    pub fn from_flag(
        flag: Option<&str>,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, StoreError> {
        const VARIABLE: &str = "ROOMKEY_STORE";
        let (given_by, word) = match flag {
            Some(word) => ("--store", word.to_owned()),
            None => match lookup(VARIABLE).filter(|value| !value.is_empty()) {
                Some(value) => (VARIABLE, value.to_string_lossy().into_owned()),
                None => return Ok(Self::Auto),
            },
        };
        word.parse().map_err(|wrong| StoreError::NoSuchStore { given_by, wrong })
    }
}

impl FromStr for Choice {
    type Err = crate::settings::UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        text.parse().map(Self::Named).map_err(|mut wrong: Self::Err| {
            wrong.known.insert(0, "auto");
            wrong
        })
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.pad("auto"),
            Self::Named(backend) => backend.fmt(f),
        }
    }
}

/// How long a keyring may take. People need time to answer its dialog; a script has nobody to answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub Duration);

impl Patience {
    /// Without a terminal.
    pub const HEADLESS: Self = Self(Duration::from_secs(3));
    /// With one.
    pub const INTERACTIVE: Self = Self(Duration::from_secs(60));

    /// The one of the two that fits.
    #[must_use]
    pub fn new(interactive: bool) -> Self {
        if interactive { Self::INTERACTIVE } else { Self::HEADLESS }
    }
}

/// What is needed to open a store.
pub struct Surroundings<'a> {
    /// Where files are.
    pub paths: &'a Paths,
    /// `store` of the settings.
    pub chosen: Option<Backend>,
    /// Whether a person sits in front of it.
    pub interactive: bool,
    /// Reads an environment variable.
    pub lookup: &'a dyn Fn(&str) -> Option<OsString>,
    /// The disk.
    pub disk: Disk,
}

impl Surroundings<'_> {
    /// Whether a desktop could show the keyring's dialog to somebody.
    fn dialogs_can_show(&self) -> bool {
        let set = |name| (self.lookup)(name).is_some_and(|value| !value.is_empty());
        let display = cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY");
        self.interactive && display
    }
}

/// Opens the store that is wanted. Only an `auto` for which nothing is chosen asks the keyring, and may wait for
/// it; all others come back at once. Never falls back to another store: what to do without a keyring is the
/// user's to say.
///
/// # Errors
/// [`StoreError::NoStore`] with the reason, when the choice falls on a keyring that cannot be used;
/// [`StoreError::PartialEnvironment`] and the like from the environment.
pub fn open(choice: Choice, surroundings: &Surroundings<'_>) -> Result<Box<dyn Store>, StoreError> {
    let keyring = || {
        let patience = Patience::new(surroundings.interactive);
        Keyring::new(surroundings.paths, patience, surroundings.disk.clone())
    };
    let named = match choice {
        Choice::Named(backend) => Some(backend),
        Choice::Auto => surroundings.chosen,
    };
    Ok(match named {
        Some(Backend::Keyring) => Box::new(keyring()),
        Some(Backend::Vault) => Box::new(Vault::new(surroundings.paths, surroundings.disk.clone())),
        Some(Backend::Memory) => Box::new(Memory::new()),
        Some(Backend::Environment) => Box::new(Environment::require(surroundings.lookup)?),
        None => {
            let keyring = keyring();
            match keyring.probe() {
                Ok(provider) if provider.locked && !surroundings.dialogs_can_show() => {
                    return Err(StoreError::NoStore { why: Box::new(StoreError::KeyringLocked) });
                }
                Ok(_) => Box::new(keyring),
                Err(StoreError::Cancelled) => return Err(StoreError::Cancelled),
                Err(why) => return Err(StoreError::NoStore { why: Box::new(why) }),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_comes_before_the_variable_and_both_before_auto() {
        let set = |_: &str| Some(OsString::from("vault"));
        let unset = |_: &str| None;
        assert_eq!(Choice::from_flag(Some("memory"), &set), Ok(Choice::Named(Backend::Memory)));
        assert_eq!(Choice::from_flag(None, &set), Ok(Choice::Named(Backend::Vault)));
        assert_eq!(Choice::from_flag(None, &unset), Ok(Choice::Auto));
        assert_eq!(Choice::from_flag(Some("auto"), &set), Ok(Choice::Auto));
        let error = Choice::from_flag(Some("file"), &unset).unwrap_err();
        assert_eq!(error.to_string(), "--store: file is none of auto, keyring, vault, memory, env");
    }

    /// Memory that cannot do one of the two.
    struct Broken {
        memory: Memory,
        saves: bool,
        removes: bool,
    }

    impl Store for Broken {
        fn backend(&self) -> Backend {
            Backend::Memory
        }

        fn list(&self) -> Result<Vec<Listing>, StoreError> {
            self.memory.list()
        }

        fn load(&self, name: &ProjectName) -> Result<Project, StoreError> {
            self.memory.load(name)
        }

        fn save(&mut self, project: &Project) -> Result<(), StoreError> {
            if self.saves { self.memory.save(project) } else { Err(StoreError::KeyringLocked) }
        }

        fn remove(&mut self, name: &ProjectName) -> Result<(), StoreError> {
            if self.removes { self.memory.remove(name) } else { Err(StoreError::KeyringLocked) }
        }

        fn probe(&self) -> Result<Provider, StoreError> {
            self.memory.probe()
        }
    }

    #[test]
    fn a_renaming_stopped_in_the_middle_leaves_the_project_under_the_old_name_or_both() {
        let name = |text| ProjectName::parse(text).unwrap();
        for (saves, removes, left) in
            [(false, true, &["local dev"][..]), (true, false, &["local dev", "new"]), (true, true, &["new"])]
        {
            let mut store = Broken { memory: Memory::with([Project::local_dev()]), saves, removes };
            assert_eq!(store.rename(&name("local dev"), &name("new")).is_ok(), saves && removes);
            let listed: Vec<String> =
                store.list().unwrap().iter().map(|listing| listing.name.to_string()).collect();
            assert_eq!(listed, left);
            for name in &listed {
                let project = store.load(&ProjectName::parse(name).unwrap()).unwrap();
                assert_eq!(project.secret, Project::local_dev().secret);
            }
        }
    }

    #[test]
    fn a_chosen_store_opens_without_asking_the_keyring() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::under(folder.path());
        for backend in [Backend::Keyring, Backend::Vault, Backend::Memory] {
            let surroundings = Surroundings {
                paths: &paths,
                chosen: Some(backend),
                interactive: false,
                lookup: &|_| None,
                disk: Disk::default(),
            };
            let store = open(Choice::Auto, &surroundings).unwrap();
            assert_eq!(store.backend(), backend);
            assert_eq!(store.list(), Ok(Vec::new()));
            let missing = open(Choice::Named(Backend::Environment), &surroundings).err().unwrap();
            assert!(matches!(missing, StoreError::PartialEnvironment { .. }), "{missing}");
        }
        assert!(!paths.data.exists(), "opening and listing wrote files");
    }
}
