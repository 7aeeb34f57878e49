//! The outside world of one run: the store, the clipboard, the ledger and the settings, either the real ones or those
//! of `--demo`. Shared by the command line and the screens, and cheap to hand to whichever thread opens the store.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use crate::claims::policy::ProjectPolicy;
use crate::claims::presets::Preset;
use crate::claims::presets::own::OwnError;
use crate::clipboard::{self, Clipboard};
use crate::clock::{Timestamp, Zone};
use crate::files::{Disk, FileError, Paths};
use crate::ledger::Ledger;
use crate::project::ProjectName;
use crate::settings::pin::{self, PinError};
use crate::settings::policies::{Policies, PoliciesError, PoliciesFile};
use crate::settings::presets::Presets;
use crate::settings::{Settings, SettingsError, SettingsFile};
use crate::store::{self, Choice, Patience, Store, StoreError, Surroundings};

mod demo;
pub mod serving;

/// The time zone of this machine. Where `TZ` is not set, `/etc/localtime` says it in one read, and the first frame
/// does not wait for a search.
#[must_use]
pub fn zone() -> Zone {
    let named = std::env::var_os("TZ").is_some();
    let file = if named { None } else { std::fs::read("/etc/localtime").ok() };
    file.and_then(|contents| Zone::of_file(&contents)).unwrap_or_else(Zone::local)
}

/// This machine's address in the network that it reaches others through. Asks the system for the way there and
/// sends nothing: 192.0.2.1 is nobody's (RFC 5737).
#[must_use]
pub fn lan_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// Where the store, the clipboard and the settings come from.
#[derive(Clone)]
pub struct Ports {
    world: World,
}

#[derive(Clone)]
enum World {
    System {
        paths: Paths,
        choice: Choice,
        interactive: bool,
    },
    /// Nothing leaves the process; the settings, the ledger and the presets live as long as it.
    Demo {
        settings: Arc<Mutex<Settings>>,
        policies: Arc<Mutex<Policies>>,
        ledger: Ledger,
        presets: Presets,
    },
}

impl Ports {
    /// The real ones. Touches nothing yet: no file is read and no keyring asked before somebody wants something
    /// of them.
    ///
    /// # Errors
    /// [`FileError::NoHome`] when the system knows no home folder.
    pub fn system(choice: Choice, interactive: bool) -> Result<Self, FileError> {
        Ok(Self { world: World::System { paths: Paths::of_user()?, choice, interactive } })
    }

    /// Made-up projects in memory; writes nothing.
    #[must_use]
    pub fn demo() -> Self {
        let settings = Settings {
            default_project: demo::projects().into_iter().next().map(|project| project.listing.name),
            ..Settings::default()
        };
        let ledger = Ledger::memory(demo::issued(Timestamp::now()));
        let (settings, policies) = (Arc::new(Mutex::new(settings)), Arc::new(Mutex::new(demo::policies())));
        let presets = Presets::memory(demo::presets());
        Self { world: World::Demo { settings, policies, ledger, presets } }
    }

    /// Whether these are the made-up ones.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        matches!(self.world, World::Demo { .. })
    }

    /// Which store was asked for.
    #[must_use]
    pub fn choice(&self) -> Choice {
        match self.world {
            World::System { choice, .. } => choice,
            World::Demo { .. } => Choice::Named(store::Backend::Memory),
        }
    }

    /// Opens the store. May wait for the keyring, as [`store::open`] says.
    ///
    /// # Errors
    /// What keeps it from being opened, or the settings from being read.
    pub fn open_store(&self) -> Result<Box<dyn Store>, PortsError> {
        match &self.world {
            World::System { paths, choice, interactive } => {
                let chosen = self.settings()?.store;
                let lookup = |name: &str| std::env::var_os(name);
                let surroundings = Surroundings {
                    paths,
                    chosen,
                    interactive: *interactive,
                    lookup: &lookup,
                    disk: Disk::default(),
                };
                Ok(store::open(*choice, &surroundings)?)
            }
            World::Demo { .. } => Ok(Box::new(store::Memory::with(demo::projects()))),
        }
    }

    /// The keyring itself, for what only a keyring can be asked; none in the demo.
    #[must_use]
    pub fn keyring(&self) -> Option<store::Keyring> {
        match &self.world {
            World::System { paths, interactive, .. } => {
                Some(store::Keyring::new(paths, Patience::new(*interactive), Disk::default()))
            }
            World::Demo { .. } => None,
        }
    }

    /// The vault itself, for what only a vault can be asked; none in the demo.
    #[must_use]
    pub fn vault(&self) -> Option<store::Vault> {
        Some(store::Vault::new(self.paths()?, Disk::default()))
    }

    /// Where files are; nowhere in the demo.
    #[must_use]
    pub fn paths(&self) -> Option<&Paths> {
        match &self.world {
            World::System { paths, .. } => Some(paths),
            World::Demo { .. } => None,
        }
    }

    /// The same world with another store in it.
    #[must_use]
    pub fn with_store(&self, backend: store::Backend) -> Self {
        let mut other = self.clone();
        if let World::System { choice, .. } = &mut other.world {
            *choice = Choice::Named(backend);
        }
        other
    }

    /// The clipboard.
    #[must_use]
    pub fn clipboard(&self) -> Box<dyn Clipboard> {
        match self.world {
            World::System { .. } => Box::new(clipboard::System::new(clipboard::Environment::current())),
            World::Demo { .. } => Box::new(clipboard::Memory::new()),
        }
    }

    /// The settings as they are now.
    ///
    /// # Errors
    /// What is wrong with the file, with its line.
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        match &self.world {
            World::System { paths, .. } => SettingsFile::new(paths, Disk::default()).read(),
            World::Demo { settings, .. } => {
                Ok(settings.lock().unwrap_or_else(PoisonError::into_inner).clone())
            }
        }
    }

    /// Changes settings, and leaves all others as they are.
    ///
    /// # Errors
    /// What is wrong with the file; it is then as it was.
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) -> Result<Settings, SettingsError> {
        match &self.world {
            World::System { paths, .. } => SettingsFile::new(paths, Disk::default()).change(change),
            World::Demo { settings, .. } => {
                let mut settings = settings.lock().unwrap_or_else(PoisonError::into_inner);
                change(&mut settings);
                Ok(settings.clone())
            }
        }
    }

    /// The projects' policies as they are now.
    ///
    /// # Errors
    /// What is wrong with the file, with its place. Nothing may be signed then: nobody knows what is allowed.
    pub fn policies(&self) -> Result<Policies, PoliciesError> {
        match &self.world {
            World::System { paths, .. } => PoliciesFile::new(paths, Disk::default()).read(),
            World::Demo { policies, .. } => {
                Ok(policies.lock().unwrap_or_else(PoisonError::into_inner).clone())
            }
        }
    }

    /// The policy of a project as it is now.
    ///
    /// # Errors
    /// As [`Ports::policies`].
    pub fn policy(&self, name: &ProjectName) -> Result<ProjectPolicy, PoliciesError> {
        Ok(self.policies()?.of(name).clone())
    }

    /// Changes policies, and leaves all others as they are.
    ///
    /// # Errors
    /// What is wrong with the file; it is then as it was.
    pub fn change_policies(&self, change: impl Fn(&mut Policies)) -> Result<Policies, PoliciesError> {
        match &self.world {
            World::System { paths, .. } => PoliciesFile::new(paths, Disk::default()).change(change),
            World::Demo { policies, .. } => {
                let mut policies = policies.lock().unwrap_or_else(PoisonError::into_inner);
                change(&mut policies);
                Ok(policies.clone())
            }
        }
    }

    /// Gives a project another name. Its policy follows it, and is there under both names before the project is under
    /// one: stopped in the middle, nothing is unguarded.
    ///
    /// # Errors
    /// What keeps it from being renamed, or the policies from being changed; it then has its old name.
    pub fn rename_project(
        &self,
        store: &mut dyn Store,
        from: &ProjectName,
        to: &ProjectName,
    ) -> Result<(), PortsError> {
        let before = self.policies()?;
        let policy = before.of(from);
        let follows = from != to && !policy.is_empty();
        if follows && !store.list()?.iter().any(|listing| listing.name == *to) {
            self.change_policies(|policies| policies.set(to, policy.clone()))?;
        }
        if let Err(error) = store.rename(from, to) {
            self.change_policies(|policies| policies.set(to, before.of(to).clone()))?;
            return Err(error.into());
        }
        if follows && self.keeps_policies_of(store) {
            self.change_policies(|policies| policies.set(from, ProjectPolicy::default()))?;
        }
        Ok(())
    }

    /// Removes a project, and then its policy, unless the keyring has another project of that name. Why the policy could
    /// not be removed, if it could not: the project is gone all the same.
    ///
    /// # Errors
    /// What keeps it from being removed.
    pub fn remove_project(
        &self,
        store: &mut dyn Store,
        name: &ProjectName,
    ) -> Result<Option<PoliciesError>, StoreError> {
        store.remove(name)?;
        let elsewhere = || {
            let keyring = self.keyring().filter(|_| store.backend() != store::Backend::Keyring);
            let listed = keyring.and_then(|keyring| keyring.list().ok()).unwrap_or_default();
            listed.iter().any(|listing| listing.name == *name)
        };
        if !self.keeps_policies_of(store) || elsewhere() {
            return Ok(None);
        }
        Ok(self.change_policies(|policies| policies.set(name, ProjectPolicy::default())).err())
    }

    /// Whether a policy goes when its project goes from this store. What lives for one run only leaves the rest alone.
    fn keeps_policies_of(&self, store: &dyn Store) -> bool {
        self.is_demo() || matches!(store.backend(), store::Backend::Keyring | store::Backend::Vault)
    }

    /// The ledger, switched on or off as the settings say.
    ///
    /// # Errors
    /// What is wrong with the settings: as long as they cannot be read, nothing is written down that was perhaps not
    /// to be.
    pub fn ledger(&self) -> Result<Ledger, SettingsError> {
        let on = self.settings()?.ledger;
        Ok(match &self.world {
            World::System { paths, .. } => Ledger::file(paths, Disk::default()),
            World::Demo { ledger, .. } => ledger.clone(),
        }
        .switched(on))
    }

    /// The presets of the user's own.
    #[must_use]
    pub fn presets(&self) -> Presets {
        match &self.world {
            World::System { paths, .. } => Presets::file(paths, Disk::default()),
            World::Demo { presets, .. } => presets.clone(),
        }
    }

    /// Whether a preset has a secret in it that this process knows to be one: that of `LIVEKIT_API_SECRET`. What looks
    /// like a secret never gets into a preset; this finds one that does not.
    ///
    /// # Errors
    /// [`OwnError::Secret`].
    pub fn refuse_known_secret(&self, preset: &Preset) -> Result<(), OwnError> {
        /// `secret`, which `livekit-server --dev` has, is a word like any other.
        const SHORT: usize = 12;
        let known = self.variable("LIVEKIT_API_SECRET").and_then(|secret| secret.into_string().ok());
        match known.map(Zeroizing::new) {
            Some(secret) if secret.len() >= SHORT && preset.holds(&secret) => {
                Err(OwnError::Secret { place: "the draft".into(), kind: "the secret of LIVEKIT_API_SECRET" })
            }
            _ => Ok(()),
        }
    }

    /// What a `.roomkey` in this folder or above says; nothing in the demo.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn pin(&self) -> Result<pin::Found, PinError> {
        match (&self.world, std::env::current_dir()) {
            (World::System { .. }, Ok(folder)) => pin::find(&folder),
            _ => Ok(pin::Found::Nothing),
        }
    }

    /// An environment variable; none in the demo, so that it shows the same everywhere.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<OsString> {
        match self.world {
            World::System { .. } => std::env::var_os(name),
            World::Demo { .. } => None,
        }
    }

    /// Where projects may be that could be imported. In the demo nowhere.
    #[must_use]
    pub fn where_projects_may_be<'a>(
        &self,
        lookup: &'a dyn Fn(&str) -> Option<OsString>,
    ) -> crate::import::Surroundings<'a> {
        let home = ["HOME", "USERPROFILE"].iter().find_map(|name| lookup(name)).map(Into::into);
        let folder = std::env::current_dir().ok().filter(|_| !self.is_demo());
        crate::import::Surroundings { home, folder, lookup }
    }

    /// Who is at the keyboard, as the system calls them; `somebody` where it does not say.
    #[must_use]
    pub fn user(&self) -> String {
        ["USER", "LOGNAME", "USERNAME"]
            .iter()
            .find_map(|name| self.variable(name).and_then(|value| value.into_string().ok()))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "somebody".into())
    }

    /// Whether the locale's encoding is UTF-8. Without a locale nothing is known, and today's terminals draw it.
    #[must_use]
    pub fn draws_utf8(&self) -> bool {
        let set = |name| self.variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        locale.is_none_or(|locale| {
            let locale = locale.to_string_lossy().to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
    }
}

/// Why the store could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortsError {
    /// The store itself.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The settings, which say which store it is.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The policies, which follow their projects.
    #[error(transparent)]
    Policies(#[from] PoliciesError),
}

impl PortsError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Store(error) => error.hint(),
            Self::Settings(error) => error.hint(),
            Self::Policies(error) => error.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_to_the_zone_leads_where_the_long_one_does() {
        let months = (0..24).map(|month| Timestamp::from_unix(1_795_531_327).plus(month * 2_592_000));
        for at in months {
            assert_eq!(zone().time_of_day(at), Zone::local().time_of_day(at));
        }
    }

    #[test]
    fn the_demo_has_projects_a_default_and_a_clipboard_of_its_own() {
        let ports = Ports::demo();
        let store = ports.open_store().unwrap();
        let names: Vec<String> = store.list().unwrap().iter().map(|l| l.name.to_string()).collect();
        assert_eq!(names, ["acme-prod", "acme-staging", "home lab"]);
        let default = ports.settings().unwrap().default_project.unwrap();
        assert!(store.load(&default).is_ok());
        assert_eq!(ports.variable("PATH"), None);
        assert!(ports.clipboard().read().is_err());
    }

    #[test]
    fn the_demo_has_issued_tokens_some_of_which_still_work_and_keeps_new_ones_in_memory() {
        let ports = Ports::demo();
        let now = Timestamp::now();
        let ledger = ports.ledger().unwrap();
        let counted = ledger.count(crate::ledger::Purge::Expired, now).unwrap();
        assert!(counted.gone > 0 && counted.kept > 1, "{counted:?}");
        ledger.record(&demo::issued(now)[0]).unwrap();
        let again = ports.clone().ledger().unwrap().count(crate::ledger::Purge::All, now).unwrap();
        assert_eq!(again.gone, counted.gone + counted.kept + 1);
        ports.change_settings(|settings| settings.ledger = false).unwrap();
        assert!(!ports.ledger().unwrap().is_on());
    }

    #[test]
    fn the_demo_has_presets_and_keeps_new_ones_in_memory() {
        let ports = Ports::demo();
        assert_eq!(ports.presets().read().unwrap().all().len(), 2);
        ports.presets().change(|shelf| shelf.remove("load test")).unwrap();
        assert_eq!(ports.clone().presets().read().unwrap().all().len(), 1);
    }

    #[test]
    fn the_demos_settings_are_changed_in_memory() {
        let ports = Ports::demo();
        ports.change_settings(|settings| settings.mouse = true).unwrap();
        assert!(ports.clone().settings().unwrap().mouse);
    }
}
