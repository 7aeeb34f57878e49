//! Why a store did not do as asked, and what to do about it.

use std::path::PathBuf;
use std::time::Duration;

use crate::files::FileError;
use crate::project::{ApiKey, ProjectName};
use crate::settings::{Backend, UnknownWord};
use crate::text::{are, visible};

/// Why a store did not do as asked. Holds no secret, so it may be shown, kept and compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No project of that name.
    #[error("there is no project {name}")]
    Unknown {
        /// The name asked for.
        name: ProjectName,
        /// The stored one that was probably meant.
        nearest: Option<ProjectName>,
    },
    /// A project of that name is there already.
    #[error("there is already a project {name}")]
    Duplicate {
        /// The name.
        name: ProjectName,
    },
    /// The store only reads.
    #[error("the projects of the store {backend} cannot be changed from here")]
    ReadOnly {
        /// Which store.
        backend: Backend,
    },
    /// `--store` or `ROOMKEY_STORE` is none.
    #[error("{given_by}: {wrong}")]
    NoSuchStore {
        /// Where the word stood.
        given_by: &'static str,
        /// The word.
        wrong: UnknownWord,
    },
    /// No store has been chosen, and the keyring, which would be the default, does not answer.
    #[error("no store has been chosen, and the keyring cannot be used: {why}")]
    NoStore {
        /// What is wrong with the keyring.
        why: Box<StoreError>,
    },

    /// Not all of `LIVEKIT_URL`, `LIVEKIT_API_KEY`, `LIVEKIT_API_SECRET` are set.
    #[error("{} not set in the environment", are(missing))]
    PartialEnvironment {
        /// Those that are not.
        missing: Vec<&'static str>,
    },
    /// One of the three cannot be right.
    #[error("{variable} in the environment: {reason}")]
    BadEnvironment {
        /// Which one.
        variable: &'static str,
        /// What is wrong with it.
        reason: String,
        /// What to give instead.
        cure: String,
    },

    /// No session bus to reach a keyring through.
    #[error("there is no keyring here: no D-Bus session bus ({reason})")]
    NoBus {
        /// Why it cannot be reached.
        reason: String,
    },
    /// A session bus, but nobody on it keeps secrets.
    #[error("there is no keyring here: nothing on D-Bus provides org.freedesktop.secrets")]
    NoSecretService,
    /// A keyring without a default collection to keep secrets in.
    #[error("the keyring has no default collection to keep secrets in")]
    NoCollection,
    /// The keyring is locked, and its dialog was dismissed or could not be shown.
    #[error("the keyring is locked, and its unlock dialog was dismissed or cannot be shown")]
    KeyringLocked,
    /// The keyring did not answer in time.
    #[error("the keyring did not answer within {} s", after.as_secs_f32().ceil())]
    KeyringTimedOut {
        /// The limit.
        after: Duration,
    },
    /// Too many calls are waiting for a keyring that does not answer.
    #[error("the keyring hangs: {} for its answer", if *calls == 1 { "an earlier call still waits".into() } else { format!("{calls} earlier calls still wait") })]
    KeyringStuck {
        /// How many.
        calls: usize,
    },
    /// The wait for the keyring was cancelled.
    #[error("stopped waiting for the keyring")]
    Cancelled,
    /// The keyring failed in another way.
    #[error("the keyring failed: {reason}")]
    KeyringFailed {
        /// Its own words.
        reason: String,
    },
    /// A project is listed, but the keyring has no entry for it.
    #[error("the keyring has no entry for {name} any more")]
    EntryMissing {
        /// The project.
        name: ProjectName,
    },
    /// The keyring's entry is not one that roomkey wrote.
    #[error("the keyring's entry for {name} cannot be read: {reason}")]
    EntryUnreadable {
        /// The project.
        name: ProjectName,
        /// What is wrong with it.
        reason: String,
    },
    /// Several entries claim to be this project.
    #[error("the keyring has several entries for {name}")]
    EntryAmbiguous {
        /// The project.
        name: ProjectName,
    },
    /// The list of what is in the keyring cannot be read.
    #[error("{} is damaged: {reason}", shown(path))]
    IndexDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// The vault wants its passphrase.
    #[error("the vault needs {} passphrase", if *new { "a new" } else { "its" })]
    NeedsPassphrase {
        /// Whether the vault is yet to be made, so that the passphrase is to be chosen (and typed twice).
        new: bool,
    },
    /// The passphrase is not the vault's.
    #[error("wrong passphrase for the vault {}", shown(path))]
    WrongPassphrase {
        /// The vault.
        path: PathBuf,
    },
    /// A passphrase that cannot be one.
    #[error("{source_of_it} {reason}")]
    BadPassphrase {
        /// `the passphrase`, or the variable it came through.
        source_of_it: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The vault is cut off, altered, or something else.
    #[error("the vault {} cannot be read: {reason}", shown(path))]
    VaultDamaged {
        /// The vault.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Opening the vault would take minutes and gigabytes.
    #[error("the vault {} asks for work factor {factor}; roomkey goes up to {most}", shown(path))]
    WorkFactorTooHigh {
        /// The vault.
        path: PathBuf,
        /// The binary logarithm of scrypt's N in the file.
        factor: u8,
        /// The highest that is accepted.
        most: u8,
    },
    /// The system gives not as much memory as the vault's work factor takes.
    #[error("there is no memory for the passphrase of the vault {}: it takes {mebibytes} MiB", shown(path))]
    NoRoom {
        /// The vault.
        path: PathBuf,
        /// What its work factor takes, in MiB.
        mebibytes: usize,
    },

    /// A migration from a store into itself.
    #[error("the projects are in the {backend} already")]
    SameStore {
        /// The store.
        backend: Backend,
    },
    /// A migration to where other projects of the same names are.
    #[error("{} there already, and not the same", are(names))]
    Differ {
        /// Their names.
        names: Vec<ProjectName>,
    },
    /// A second old key for a project.
    #[error("{name} keeps the old key {key} already")]
    OldKept {
        /// The project.
        name: ProjectName,
        /// The key that is kept.
        key: ApiKey,
    },
    /// An old key that is not there.
    #[error("{name} keeps no old key")]
    NoOld {
        /// The project.
        name: ProjectName,
    },
    /// A rotation to the key that signs already.
    #[error("{key} is the key that signs for {name} already")]
    SameKey {
        /// The project.
        name: ProjectName,
        /// Its key.
        key: ApiKey,
    },
    /// The operating system gave no random numbers.
    #[error("the operating system gives no random numbers: {why}")]
    NoRandom {
        /// Its words.
        why: String,
    },
    /// A copy that is not what was copied.
    #[error("{name} came back from the {backend} other than it went in")]
    NotReadBack {
        /// The project.
        name: ProjectName,
        /// Where it was copied to.
        backend: Backend,
    },

    /// A file could not be used.
    #[error(transparent)]
    File(#[from] FileError),
}

/// The way out of every trouble with the keyring.
const INSTEAD: &str =
    "keep projects in an encrypted file with --store vault, or for this run with --store memory";

impl StoreError {
    /// There is no project `name`; `others` are those there are.
    pub(crate) fn unknown<'a>(name: &ProjectName, others: impl IntoIterator<Item = &'a ProjectName>) -> Self {
        let others: Vec<&ProjectName> = others.into_iter().collect();
        let nearest = crate::text::did_you_mean(name.as_str(), others.iter().map(|other| other.as_str()));
        let nearest = others.iter().find(|other| Some(other.as_str()) == nearest);
        Self::Unknown { name: name.clone(), nearest: nearest.map(|other| (*other).clone()) }
    }

    /// What to do about it, where the stores to take instead are offered beside it. Empty if that is all.
    #[must_use]
    pub fn hint_beside_others(&self) -> String {
        let hint = self.hint();
        let own = hint.strip_suffix(INSTEAD).unwrap_or(&hint);
        [", or ", "; or "].iter().find_map(|or| own.strip_suffix(or)).unwrap_or(own).to_owned()
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { nearest: Some(nearest), .. } => format!("did you mean {nearest}?"),
            Self::Unknown { nearest: None, .. } => "roomkey project list shows those there are".into(),
            Self::Duplicate { .. } => "choose another name, or edit or remove that project first".into(),
            Self::ReadOnly { .. } => {
                "set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or use --store keyring or --store vault".into()
            }
            Self::NoSuchStore { wrong, .. } => wrong.hint(),
            Self::NoStore { why } => match why.as_ref() {
                Self::KeyringLocked | Self::KeyringTimedOut { .. } | Self::NoCollection => why.hint(),
                _ => INSTEAD.into(),
            },
            Self::PartialEnvironment { missing } if missing.len() == 3 => {
                "set all three, or choose another store or project".into()
            }
            Self::PartialEnvironment { .. } => {
                "set what is missing or unset the rest: the three are taken together or not at all".into()
            }
            Self::BadEnvironment { cure, .. } => cure.clone(),
            Self::NoBus { .. } | Self::NoSecretService => {
                format!("start a keyring such as gnome-keyring, or {INSTEAD}")
            }
            Self::NoCollection => {
                format!("create a keyring named login and make it the default (in seahorse, or by logging in to a desktop), or {INSTEAD}")
            }
            Self::KeyringLocked => {
                format!("unlock it (log in to the desktop, or run gnome-keyring-daemon --unlock), or {INSTEAD}")
            }
            Self::KeyringTimedOut { .. } | Self::KeyringStuck { .. } => {
                format!("answer its dialog if one is open, else restart the keyring; or {INSTEAD}")
            }
            Self::Cancelled => "try again when the keyring is unlocked".into(),
            Self::KeyringFailed { .. } => format!("try again; or {INSTEAD}"),
            Self::EntryMissing { name } => {
                format!("it was removed there: add {name} again, or remove it here too")
            }
            Self::EntryUnreadable { name, .. } => {
                format!("another program changed it: add {name} again with its URL, key and secret")
            }
            Self::EntryAmbiguous { name } => {
                format!("remove the foreign ones: secret-tool search --all service roomkey username 'project:{name}'")
            }
            Self::IndexDamaged { path, .. } => {
                format!(
                    "the secrets are safe in the keyring: mv '{0}' '{0}.old', then roomkey store status --repair",
                    shown(path)
                )
            }
            Self::NeedsPassphrase { .. } => {
                "run it in a terminal, or give it through ROOMKEY_VAULT_PASSPHRASE_FILE or ROOMKEY_VAULT_PASSPHRASE_FD"
                    .into()
            }
            Self::WrongPassphrase { .. } => {
                "try again; there is no way to open a vault without its passphrase".into()
            }
            Self::BadPassphrase { .. } => "a passphrase is one line of text".into(),
            Self::VaultDamaged { path, .. } => {
                format!("nothing was changed: restore it from a copy, or start a new one after mv '{0}' '{0}.old'", shown(path))
            }
            Self::WorkFactorTooHigh { path, .. } => {
                format!("encrypt it anew: age -d '{0}' | age -p > new.age, then put it in its place", shown(path))
            }
            Self::NoRoom { .. } => {
                "nothing was changed: end other programs, or raise the limit (ulimit -v, or the container's)".into()
            }
            Self::SameStore { .. } => "name another one with --to, or with --store where they come from".into(),
            Self::Differ { .. } => "nothing was changed: rename them on one side, or let --replace overwrite them there".into(),
            Self::OldKept { name, .. } => {
                format!("forget it first, once its tokens have expired: roomkey project rotate '{name}' --finish")
            }
            Self::NoOld { name } => format!("roomkey project show '{name}' says which keys it has"),
            Self::SameKey { name, .. } => {
                format!("a server knows a key by its name: give another, or only the secret: roomkey project edit '{name}' --ask-secret")
            }
            Self::NoRandom { .. } => "try again; a system just started may need a moment".into(),
            Self::NotReadBack { .. } => "nothing was removed; look at both with roomkey store status".into(),
            Self::File(error) => error.hint(),
        }
    }
}

fn shown(path: &std::path::Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_error() -> Vec<StoreError> {
        let name = ProjectName::local_dev;
        let path = || PathBuf::from("/x/vault.age");
        let wrong = "filr".parse::<Backend>().unwrap_err();
        vec![
            StoreError::Unknown { name: name(), nearest: None },
            StoreError::Duplicate { name: name() },
            StoreError::ReadOnly { backend: Backend::Environment },
            StoreError::NoSuchStore { given_by: "--store", wrong },
            StoreError::NoStore { why: Box::new(StoreError::NoSecretService) },
            StoreError::PartialEnvironment { missing: vec!["LIVEKIT_URL"] },
            StoreError::BadEnvironment {
                variable: "LIVEKIT_URL",
                reason: "the host is missing".into(),
                cure: "give the address of the server".into(),
            },
            StoreError::NoBus { reason: "connection refused".into() },
            StoreError::NoSecretService,
            StoreError::NoCollection,
            StoreError::KeyringLocked,
            StoreError::KeyringTimedOut { after: Duration::from_secs(3) },
            StoreError::KeyringStuck { calls: 1 },
            StoreError::KeyringStuck { calls: 4 },
            StoreError::Cancelled,
            StoreError::KeyringFailed { reason: "no reply".into() },
            StoreError::EntryMissing { name: name() },
            StoreError::EntryUnreadable { name: name(), reason: "it is not JSON".into() },
            StoreError::EntryAmbiguous { name: name() },
            StoreError::IndexDamaged { path: path(), reason: "it is not JSON".into() },
            StoreError::NeedsPassphrase { new: true },
            StoreError::NeedsPassphrase { new: false },
            StoreError::WrongPassphrase { path: path() },
            StoreError::BadPassphrase { source_of_it: "the passphrase", reason: "is empty".into() },
            StoreError::VaultDamaged { path: path(), reason: "it is empty".into() },
            StoreError::WorkFactorTooHigh { path: path(), factor: 23, most: 22 },
            StoreError::NoRoom { path: path(), mebibytes: 1024 },
            StoreError::SameStore { backend: Backend::Vault },
            StoreError::Differ { names: vec![name(), name()] },
            StoreError::OldKept { name: name(), key: ApiKey::dev() },
            StoreError::NoOld { name: name() },
            StoreError::SameKey { name: name(), key: ApiKey::dev() },
            StoreError::NoRandom { why: "not supported".into() },
            StoreError::NotReadBack { name: name(), backend: Backend::Vault },
            StoreError::File(FileError::NoHome),
        ]
    }

    #[test]
    fn beside_the_other_stores_a_hint_does_not_name_them_again() {
        let bus = || StoreError::NoBus { reason: "gone".into() };
        for (error, hint) in [
            (bus(), "start a keyring such as gnome-keyring"),
            (StoreError::NoStore { why: Box::new(bus()) }, ""),
            (StoreError::KeyringFailed { reason: "gone".into() }, "try again"),
            (StoreError::Cancelled, "try again when the keyring is unlocked"),
        ] {
            assert_eq!(error.hint_beside_others(), hint, "{error}");
        }
    }

    #[test]
    fn every_error_is_one_sentence_of_its_own_and_has_a_cure() {
        let mut seen = std::collections::HashSet::new();
        for error in every_error() {
            for sentence in [error.to_string(), error.hint()] {
                assert!(sentence.len() > 12 && !sentence.ends_with('.'), "{sentence}");
                assert!(!sentence.contains(['\n', '{', '}']) && !sentence.contains("  "), "{sentence}");
            }
            assert!(seen.insert(error.to_string()), "{error}");
        }
    }

    #[test]
    fn a_path_cannot_speak_to_the_terminal() {
        let error = StoreError::WrongPassphrase { path: PathBuf::from("/x/\u{1b}[2Jvault.age") };
        assert_eq!(error.to_string(), "wrong passphrase for the vault /x/\\u{1b}[2Jvault.age");
    }
}
