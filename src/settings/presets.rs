//! Where the presets of a user's own are kept: `presets.json` in the configuration folder, or memory in the demo.
//!
//! What is in the file is [`Shelf`]'s business. A change reads it anew under its lock, so two roomkeys at once lose
//! nothing; a file that cannot be read is told with its line and never written over. Others may read it: there is
//! nothing to hide, and it may be a link into a repository. Nobody else may write it, since what it says is signed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::claims::presets::own::{OwnError, Shelf, TextError};
use crate::claims::presets::{self, Preset, PresetError};
use crate::files::{Disk, FileError, Others, Paths, read};

/// The presets of a user's own.
#[derive(Clone)]
pub struct Presets {
    place: Place,
}

#[derive(Clone)]
enum Place {
    File { path: PathBuf, disk: Disk },
    Memory(Arc<Mutex<Shelf>>),
}

impl Presets {
    /// `presets.json` in the configuration folder. It need not exist.
    #[must_use]
    pub fn file(paths: &Paths, disk: Disk) -> Self {
        Self { place: Place::File { path: paths.config.join("presets.json"), disk } }
    }

    /// In memory, shared by all clones.
    #[must_use]
    pub fn memory(shelf: Shelf) -> Self {
        Self { place: Place::Memory(Arc::new(Mutex::new(shelf))) }
    }

    /// The file; none in the demo.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File { path, .. } => Some(path),
            Place::Memory(_) => None,
        }
    }

    /// What is there now.
    ///
    /// # Errors
    /// [`PresetsError`], with line and column.
    pub fn read(&self) -> Result<Shelf, PresetsError> {
        match &self.place {
            Place::File { path, .. } => contents(path),
            Place::Memory(shelf) => Ok(shelf.lock().unwrap_or_else(PoisonError::into_inner).clone()),
        }
    }

    /// The preset of this name: a built-in one, which no trouble with the file keeps from being used, or one of these.
    ///
    /// # Errors
    /// [`CalledError`].
    pub fn called(&self, name: &str) -> Result<Preset, CalledError> {
        if let Some(preset) = presets::built_in_called(name) {
            return Ok(preset.clone());
        }
        Ok(presets::find_among(name, self.read()?.all())?.clone())
    }

    /// Reads anew, lets `change` at it, and writes what has changed. Nothing is written if `change` fails.
    ///
    /// # Errors
    /// [`PresetsError`]; everything is then as it was.
    pub fn change<T>(
        &self,
        change: impl FnOnce(&mut Shelf) -> Result<T, OwnError>,
    ) -> Result<T, PresetsError> {
        match &self.place {
            Place::File { path, disk } => {
                let held = disk.hold(path)?;
                let mut shelf = contents(path)?;
                let before = shelf.clone();
                let done = change(&mut shelf)?;
                if shelf != before {
                    held.replace_shared(shelf.to_text().as_bytes())?;
                }
                Ok(done)
            }
            Place::Memory(shelf) => {
                let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
                let mut after = shelf.clone();
                let done = change(&mut after)?;
                *shelf = after;
                Ok(done)
            }
        }
    }
}

fn contents(path: &Path) -> Result<Shelf, PresetsError> {
    let bytes = read(path, Others::MayRead)?.unwrap_or_default();
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Shelf::read(text, &path.display().to_string())?),
        Err(_) => Err(PresetsError::NotText { path: path.to_owned() }),
    }
}

/// Why presets cannot be read or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresetsError {
    /// A text that holds no presets.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A preset that cannot be kept, or is not there.
    #[error(transparent)]
    Own(#[from] OwnError),
    /// Not UTF-8.
    #[error("{} is not text (UTF-8)", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Why there is no preset of a name.
#[derive(Debug, thiserror::Error)]
pub enum CalledError {
    /// The file cannot be read.
    #[error(transparent)]
    Presets(#[from] PresetsError),
    /// None is called so.
    #[error(transparent)]
    Preset(#[from] PresetError),
}

impl CalledError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Presets(error) => error.hint(),
            Self::Preset(error) => error.hint(),
        }
    }
}

impl PresetsError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Text(error) => error.hint(),
            Self::Own(error) => error.hint(),
            Self::NotText { path } => format!("move it away: mv '{0}' '{0}.old'", path.display()),
            Self::File(error) => error.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::draft::Draft;
    use crate::claims::presets::own::Saved;
    use crate::files::Step;

    fn preset(name: &str) -> Preset {
        Preset::own(name, "a summary", Draft { identity: "guest-{rand4}".into(), ..Draft::default() })
            .unwrap()
    }

    fn folder() -> (tempfile::TempDir, Presets) {
        let folder = tempfile::tempdir().unwrap();
        let presets = Presets::file(&Paths::under(folder.path()), Disk::default());
        (folder, presets)
    }

    fn save(presets: &Presets, name: &str) -> Result<Saved, PresetsError> {
        presets.change(|shelf| shelf.save(preset(name), false))
    }

    #[test]
    fn no_file_means_no_presets_and_reading_makes_none() {
        let (_folder, presets) = folder();
        assert_eq!(presets.read(), Ok(Shelf::default()));
        assert!(!presets.path().unwrap().exists());
    }

    #[test]
    fn what_is_saved_is_read_back_one_value_a_line_and_by_name() {
        let (_folder, presets) = folder();
        assert_eq!(save(&presets, "zebra"), Ok(Saved::New));
        assert_eq!(save(&presets, "Ape"), Ok(Saved::New));
        assert_eq!(save(&presets, "zebra"), Ok(Saved::Same));
        let names: Vec<String> = presets.read().unwrap().all().iter().map(|p| p.name.clone()).collect();
        assert_eq!(names, ["Ape", "zebra"]);
        let text = std::fs::read_to_string(presets.path().unwrap()).unwrap();
        assert!(
            text.starts_with(
                "{\n  \"version\": 1,\n  \"presets\": [\n    {\n      \"name\": \"Ape\",\n      \"summary\": \"a summary\",\n      \"draft\": {\n        \"identity\": \"guest-{rand4}\",\n        \"ttl\": \"1h\"\n      }\n    },\n"
            ),
            "{text}"
        );
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn a_broken_file_is_named_with_line_and_column_and_never_written_over() {
        let (_folder, presets) = folder();
        save(&presets, "one").unwrap();
        let path = presets.path().unwrap().to_owned();
        for broken in
            ["{\n  \"version\": 1,\n  \"presets\": [}\n", "{\"version\": 2, \"presets\": []}", "\u{0}"]
        {
            std::fs::write(&path, broken).unwrap();
            assert!(presets.read().is_err(), "{broken}");
            let error = save(&presets, "two").unwrap_err();
            assert!(error.to_string().contains("line ") && error.to_string().contains("column "), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
        }
        std::fs::write(&path, b"\xff").unwrap();
        assert!(save(&presets, "two").unwrap_err().hint().starts_with("move it away"));
    }

    #[test]
    fn two_at_once_lose_nothing() {
        let (folder, _) = folder();
        let paths = Paths::under(folder.path());
        std::thread::scope(|scope| {
            for one in 0..4 {
                let presets = Presets::file(&paths, Disk::default());
                scope.spawn(move || {
                    for i in 0..10 {
                        save(&presets, &format!("p-{one}-{i}")).unwrap();
                    }
                });
            }
        });
        assert_eq!(Presets::file(&paths, Disk::default()).read().unwrap().all().len(), 40);
    }

    #[test]
    fn a_save_that_fails_at_any_step_leaves_the_old_or_the_new() {
        for failing in Step::ALL {
            let (folder, presets) = folder();
            save(&presets, "old").unwrap();
            let disk = Disk::interrupted(move |step| {
                if step == failing { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
            });
            let error = save(&Presets::file(&Paths::under(folder.path()), disk), "new").unwrap_err();
            assert!(error.to_string().ends_with("the disk is full"), "{error}");
            let count = presets.read().unwrap().all().len();
            assert_eq!(count, if failing == Step::FlushFolder { 2 } else { 1 }, "{failing:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_the_file_and_nobody_else_may_write_it() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, presets) = folder();
        save(&presets, "one").unwrap();
        let path = presets.path().unwrap();
        let set = |mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        set(0o644);
        save(&presets, "two").unwrap();
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o644);
        set(0o666);
        assert!(matches!(presets.read(), Err(PresetsError::File(FileError::TooOpen { .. }))));
    }

    #[test]
    fn the_demos_are_shared_in_memory_and_a_change_that_fails_changes_nothing() {
        let presets = Presets::memory(Shelf::default());
        save(&presets.clone(), "one").unwrap();
        let failed = presets.change(|shelf| {
            shelf.save(preset("two"), false)?;
            shelf.remove("three")
        });
        assert!(failed.unwrap_err().hint().starts_with("choose one of one, two, participant, "));
        assert_eq!(presets.read().unwrap().all().len(), 1);
    }
}
