//! Taking the secrets out of lk's file, once they are kept safely elsewhere.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::yaml::{self, Node};
use super::{ImportError, candidate};
use crate::files::{Disk, Others, read};
use crate::project::Project;

/// What was done to lk's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blanked {
    /// How many secrets were taken out.
    pub count: usize,
    /// The file as it was, 0600. It has the secrets in it.
    pub backup: PathBuf,
}

/// Replaces the secrets of those projects for which `is_safe` says so with `""`, and leaves every other byte as it is.
/// The file as it was is kept beside it first.
///
/// # Errors
/// [`ImportError`]; the file is then as it was.
pub fn blank(path: &Path, disk: &Disk, is_safe: &dyn Fn(&Project) -> bool) -> Result<Blanked, ImportError> {
    let source_of_it = path.display().to_string();
    let kept = |why: &str| ImportError::NotBlanked { source_of_it: source_of_it.clone(), why: why.into() };
    let held = disk.hold(path)?;
    let bytes = read(path, Others::MayRead)?.ok_or_else(|| kept("it is gone"))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| kept("it is not text"))?;
    let (new, count) = blanked(text, is_safe).ok_or_else(|| kept("it is not written as lk writes it"))?;
    let backup = beside(path);
    if count > 0 {
        disk.hold(&backup)?.replace(text.as_bytes())?;
        held.replace(new.as_bytes())?;
    }
    Ok(Blanked { count, backup })
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".before-roomkey");
    path.with_file_name(name)
}

/// The text without these secrets, and how many there were. `None` if it could not be done without touching
/// anything else.
fn blanked(text: &str, is_safe: &dyn Fn(&Project) -> bool) -> Option<(String, usize)> {
    let node = yaml::parse(text).ok()?;
    let mut places: Vec<Range<usize>> = Vec::new();
    for project in node.get("projects")?.list() {
        let value = |name: &str| project.get(name).and_then(Node::text).unwrap_or_default();
        let found = candidate(value("name"), value("url"), value("api_key"), value("api_secret"), false);
        if let (Ok(found), Some(Node::Text(_, place))) = (found, project.get("api_secret"))
            && is_safe(&found.project)
        {
            places.push(place.clone());
        }
    }
    places.sort_by_key(|place| place.start);
    // One text that two projects refer to is taken out once.
    places.dedup();
    let mut new = text.to_owned();
    for place in places.iter().rev() {
        if new.get(place.clone())?.contains('\n') {
            return None;
        }
        new.replace_range(place.clone(), "\"\"");
    }
    yaml::parse(&new).ok()?;
    Some((new, places.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LK: &str = "default_project: acme\nprojects:\n    - name: acme\n      url: wss://acme.example\n      api_key: APIacme\n      api_secret: fake-one # mine\n    - {name: beta, url: wss://b.example, api_key: APIb, api_secret: 'fake-two'}\nusers: []\n";

    #[test]
    fn only_the_secrets_go_and_every_other_byte_stays() {
        let (new, count) = blanked(LK, &|_| true).unwrap();
        assert_eq!(count, 2);
        assert_eq!(new, LK.replace("fake-one", "\"\"").replace("'fake-two'", "\"\""));
        let (new, count) = blanked(LK, &|project| project.listing.name.as_str() == "beta").unwrap();
        assert_eq!((count, new.contains("fake-one"), new.contains("fake-two")), (1, true, false));
        assert_eq!(blanked("projects: []\n", &|_| true).unwrap().1, 0);
    }

    #[test]
    fn the_file_as_it_was_is_kept_and_a_failed_write_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cli-config.yaml");
        std::fs::write(&path, LK).unwrap();
        for step in crate::files::Step::ALL {
            let broken =
                Disk::interrupted(
                    move |at| if at == step { Err(std::io::Error::other("no")) } else { Ok(()) },
                );
            assert!(blank(&path, &broken, &|_| true).is_err(), "{step:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), LK, "{step:?}");
        }
        let done = blank(&path, &Disk::default(), &|_| true).unwrap();
        assert_eq!(done.count, 2);
        assert_eq!(std::fs::read_to_string(&done.backup).unwrap(), LK);
        assert!(!std::fs::read_to_string(&path).unwrap().contains("fake-"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&done.backup), mode(&path)), (0o600, 0o600));
        }
        // Once more there is nothing left to take out, and the backup stays what it was.
        assert_eq!(blank(&path, &Disk::default(), &|_| true).unwrap().count, 0);
        assert_eq!(std::fs::read_to_string(&done.backup).unwrap(), LK);
    }
}
