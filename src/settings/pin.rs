//! `.roomkey`: a file in a folder that names the project to use there and below. It holds a name and nothing else,
//! so it can be shared and put under version control.

use std::fs;
use std::path::{Path, PathBuf};

use crate::files::FileError;
use crate::project::{NameError, ProjectName};
use crate::text::{redacted, visible};

/// The name of the file.
pub const FILE: &str = ".roomkey";

/// A project that a folder asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The project.
    pub project: ProjectName,
    /// The file that says so.
    pub path: PathBuf,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// No folder on the way up has one.
    Nothing,
    /// This one counts: the first on the way up.
    Pin(Pin),
    /// One that is not obeyed, because another user could choose the project by it.
    Foreign(PathBuf),
}

/// Looks in the folder and then in each above it.
///
/// # Errors
/// [`PinError`] for the first that is there, if it is not one name.
pub fn find(folder: &Path) -> Result<Found, PinError> {
    for folder in folder.ancestors() {
        let path = folder.join(FILE);
        match fs::metadata(&path) {
            Ok(about) if !about.is_file() => {}
            Ok(about) if !is_ours(&about) => return Ok(Found::Foreign(path)),
            Ok(_) => return read(path).map(Found::Pin),
            // What cannot be looked at is not there for us.
            Err(_) => {}
        }
    }
    Ok(Found::Nothing)
}

/// Whether the file is this user's or root's. In a folder that all may write to, anybody could leave one.
#[cfg(unix)]
fn is_ours(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    about.uid() == 0 || about.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_ours(_: &fs::Metadata) -> bool {
    true
}

/// More than any name and the white space around it.
const LONGEST: u64 = 4096;

fn read(path: PathBuf) -> Result<Pin, PinError> {
    use std::io::Read;
    let failed = |error| FileError::failed("read", &path, &error);
    let mut bytes = Vec::new();
    fs::File::open(&path).map_err(failed)?.take(LONGEST).read_to_end(&mut bytes).map_err(failed)?;
    let Ok(text) = std::str::from_utf8(&bytes) else { return Err(PinError::NotText { path }) };
    match parse(text) {
        Ok(project) => Ok(Pin { project, path }),
        Err(Wrong::Lines) => Err(PinError::Lines { path }),
        Err(Wrong::NotAName) => Err(PinError::NotAName { path }),
        Err(Wrong::Name(why)) => Err(PinError::Name { path, why }),
    }
}

enum Wrong {
    Lines,
    NotAName,
    Name(NameError),
}

fn parse(text: &str) -> Result<ProjectName, Wrong> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.contains(['\n', '\r']) {
        return Err(Wrong::Lines);
    }
    // A secret in the wrong place must not be repeated as the name of a project that there is not.
    if text.contains('=') || redacted(text) != text {
        return Err(Wrong::NotAName);
    }
    ProjectName::parse(text).map_err(Wrong::Name)
}

/// Why a `.roomkey` cannot be used. Never repeats what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// More than one line.
    #[error("{} must hold one line, the name of a project", visible(&path.display().to_string()))]
    Lines {
        /// The file.
        path: PathBuf,
    },
    /// An assignment, a token or a secret.
    #[error("{} holds something else than the name of a project", visible(&path.display().to_string()))]
    NotAName {
        /// The file.
        path: PathBuf,
    },
    /// Not UTF-8.
    #[error("{} is not text", visible(&path.display().to_string()))]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A name that no project can have.
    #[error("{}: {why}", visible(&path.display().to_string()))]
    Name {
        /// The file.
        path: PathBuf,
        /// What is wrong with the name.
        why: NameError,
    },
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
}

impl PinError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotAName { .. } => {
                "write the name that roomkey project list shows into it, or remove it; keys and secrets belong in the \
                 store: roomkey project add NAME"
                    .into()
            }
            Self::Lines { .. } | Self::NotText { .. } | Self::Name { .. } => {
                "write the name that roomkey project list shows into it, or remove it; -p NAME goes before it".into()
            }
            Self::File(error) => error.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pinned(folder: &Path) -> String {
        match find(folder) {
            Ok(Found::Pin(pin)) => format!("{} by {}", pin.project, pin.path.display()),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_nearest_on_the_way_up_counts() {
        let root = tempfile::tempdir().unwrap();
        let below = root.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        let upper = root.path().join(FILE);
        fs::write(&upper, "\u{feff}acme staging\r\n").unwrap();
        assert_eq!(pinned(&below), format!("acme staging by {}", upper.display()));
        // A folder of that name is no pin.
        fs::create_dir(below.join(FILE)).unwrap();
        assert_eq!(pinned(&below), format!("acme staging by {}", upper.display()));
        let lower = root.path().join("a").join(FILE);
        fs::write(&lower, "beta").unwrap();
        assert_eq!(pinned(&below), format!("beta by {}", lower.display()));
    }

    #[test]
    fn what_is_not_one_name_is_an_error_with_a_cure_and_is_not_repeated() {
        let root = tempfile::tempdir().unwrap();
        for (text, said) in [
            ("", "a project needs a name"),
            ("\n\n", "a project needs a name"),
            ("-p", "cannot start with a dash"),
            ("acme\nbeta\n", "must hold one line"),
            ("LIVEKIT_API_SECRET=fake-canary", "something else than the name"),
            ("fakecanarysecret0123456789abcdefghij", "something else than the name"),
            ("a\u{202e}b", "cannot contain \\u{202e}"),
        ] {
            fs::write(root.path().join(FILE), text).unwrap();
            let error = find(root.path()).unwrap_err();
            assert!(error.to_string().contains(said), "{text:?}: {error}");
            assert!(!error.to_string().contains("canary") && !error.hint().is_empty());
        }
        fs::write(root.path().join(FILE), [0xff]).unwrap();
        assert!(find(root.path()).unwrap_err().to_string().ends_with("is not text"));
    }

    #[cfg(unix)]
    #[test]
    fn one_that_another_user_left_is_not_obeyed() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(FILE);
        fs::write(&path, "acme").unwrap();
        // Only root can give a file away, and root obeys its own only.
        if std::os::unix::fs::chown(&path, Some(65_534), None).is_ok() {
            assert_eq!(find(root.path()), Ok(Found::Foreign(path)));
        }
    }
}
