//! Where roomkey's files live, how they are read, and the two ways in which they are written.
//!
//! A file is replaced whole or not at all: written beside the old one, flushed, renamed over it, and the folder
//! flushed. Whatever stops the program, the old or the new contents are there. Or it only grows, by whole lines.
//! Either way under its lock. Files are 0600 in folders of 0700.
//! What is in them is the business of whoever calls.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use etcetera::BaseStrategy;
use zeroize::Zeroizing;

use crate::text::visible;

mod append;

/// The folders of this user that roomkey keeps files in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Settings and presets: what a user may edit.
    pub config: PathBuf,
    /// The vault, and the list of what is in the keyring.
    pub data: PathBuf,
    /// The ledger: what may be lost without harm.
    pub state: PathBuf,
}

impl Paths {
    /// `$XDG_CONFIG_HOME/roomkey`, `$XDG_DATA_HOME/roomkey`, `$XDG_STATE_HOME/roomkey`, with the usual defaults
    /// in the home folder; on Windows, the roaming application data.
    ///
    /// # Errors
    /// [`FileError::NoHome`] when the system knows no home folder.
    pub fn of_user() -> Result<Self, FileError> {
        let base = etcetera::choose_base_strategy().map_err(|_| FileError::NoHome)?;
        Ok(Self {
            config: base.config_dir().join("roomkey"),
            data: base.data_dir().join("roomkey"),
            state: base.state_dir().unwrap_or_else(|| base.data_dir()).join("roomkey"),
        })
    }

    /// All three below one folder.
    #[must_use]
    pub fn under(root: &Path) -> Self {
        Self { config: root.join("config"), data: root.join("data"), state: root.join("state") }
    }
}

/// Who besides the owner may do what with a file before roomkey refuses to use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Neither read nor write it.
    Nothing,
    /// Read it: there is nothing in it to hide, but what it says is obeyed.
    MayRead,
}

/// What can be written: the largest file that is read back.
const LARGEST: u64 = 64 << 20;

/// Opens a file to be read; `None` if there is none.
///
/// # Errors
/// [`FileError`] if it is no regular file, too open, or cannot be opened.
pub fn open(path: &Path, others: Others) -> Result<Option<File>, FileError> {
    let failed = |error: io::Error| FileError::failed("read", path, &error);
    // Asked before it is opened: opening a pipe would wait for its writer.
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err(FileError::NotAFile { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    refuse_if_too_open(path, &file.metadata().map_err(failed)?, others)?;
    Ok(Some(file))
}

/// Reads a file whole; `None` if there is none.
///
/// # Errors
/// As [`open`], and if it is too large.
pub fn read(path: &Path, others: Others) -> Result<Option<Zeroizing<Vec<u8>>>, FileError> {
    let failed = |error: io::Error| FileError::failed("read", path, &error);
    let Some(file) = open(path, others)? else { return Ok(None) };
    let length = file.metadata().map_err(failed)?.len();
    if length > LARGEST {
        return Err(FileError::TooLarge { path: path.to_owned(), bytes: length });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1));
    file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

#[cfg(unix)]
fn refuse_if_too_open(path: &Path, metadata: &fs::Metadata, others: Others) -> Result<(), FileError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    let refused = match others {
        Others::Nothing => 0o077,
        Others::MayRead => 0o022,
    };
    if mode & refused == 0 {
        return Ok(());
    }
    Err(FileError::TooOpen { path: path.to_owned(), mode, folder: metadata.is_dir() })
}

#[cfg(not(unix))]
fn refuse_if_too_open(_: &Path, _: &fs::Metadata, _: Others) -> Result<(), FileError> {
    Ok(())
}

/// One step of [replacing](Held::replace) a file, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Making the folder, if it is missing, and taking the lock.
    Hold,
    /// Making the new file beside the old one.
    Create,
    /// Writing the first half.
    Write,
    /// Writing the second half.
    WriteRest,
    /// Flushing the new file to the disk.
    Flush,
    /// Renaming it over the old one.
    Rename,
    /// Flushing the folder, so that the renaming lasts.
    FlushFolder,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Hold,
        Self::Create,
        Self::Write,
        Self::WriteRest,
        Self::Flush,
        Self::Rename,
        Self::FlushFolder,
    ];
}

type Before = dyn Fn(Step) -> io::Result<()> + Send + Sync;

/// The disk that files are written to. The [default](Default) is the real one.
#[derive(Clone, Default)]
pub struct Disk {
    before: Option<Arc<Before>>,
}

impl Disk {
    /// The real disk, but `before` is asked ahead of each step: an error it returns is what the step fails with,
    /// and it may end the process there. This is how tests stop a save at every point.
    #[must_use]
    pub fn interrupted(before: impl Fn(Step) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self { before: Some(Arc::new(before)) }
    }

    fn before(&self, step: Step) -> io::Result<()> {
        self.before.as_ref().map_or(Ok(()), |before| before(step))
    }

    /// Takes the lock of a file that is to be read, changed and replaced, so that no other roomkey does so in
    /// between. Makes its folder if need be.
    ///
    /// # Errors
    /// [`FileError::Busy`] when another process keeps the lock for five seconds, or what failed.
    pub fn hold(&self, path: &Path) -> Result<Held, FileError> {
        self.hold_within(path, Duration::from_secs(5))
    }

    fn hold_within(&self, path: &Path, patience: Duration) -> Result<Held, FileError> {
        let failed = |error: io::Error| FileError::failed("write", path, &error);
        self.before(Step::Hold).map_err(failed)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        make_folder(folder)?;
        let lock = beside(path, "lock");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        private(&mut options);
        let file = options.open(&lock).map_err(|error| FileError::failed("open", &lock, &error))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if start.elapsed() < patience => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(FileError::Busy { path: path.to_owned(), seconds: patience.as_secs() });
                }
                Err(TryLockError::Error(error)) => return Err(FileError::failed("lock", &lock, &error)),
            }
        }
        Ok(Held { disk: self.clone(), path: path.to_owned(), _lock: file })
    }
}

/// A file whose lock we have. It is let go when dropped, and by the system when the process ends.
pub struct Held {
    disk: Disk,
    path: PathBuf,
    _lock: File,
}

impl Held {
    /// Replaces the file, or makes it. A link is followed, so that a file kept elsewhere stays there.
    ///
    /// # Errors
    /// What failed. Before the renaming the old contents stand; after it the new ones.
    pub fn replace(&self, contents: &[u8]) -> Result<(), FileError> {
        self.put(contents, false)
    }

    /// As [`Held::replace`], but whoever could read the old file can read the new one: for what has nothing to hide
    /// and may be shared. A file that was not there is 0600 all the same.
    ///
    /// # Errors
    /// As [`Held::replace`].
    pub fn replace_shared(&self, contents: &[u8]) -> Result<(), FileError> {
        self.put(contents, true)
    }

    fn put(&self, contents: &[u8], keep_mode: bool) -> Result<(), FileError> {
        let failed = |error: io::Error| FileError::failed("write", &self.path, &error);
        let target = match fs::canonicalize(&self.path) {
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.path.clone(),
            Err(error) => return Err(failed(error)),
        };
        let folder = target.parent().unwrap_or(Path::new("."));
        let prefix = format!(".{}.", file_name(&target));
        remove_leftovers(folder, &prefix);

        self.disk.before(Step::Create).map_err(failed)?;
        let mut new = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(LEFTOVER)
            .tempfile_in(folder)
            .map_err(|error| FileError::failed("create a file in", folder, &error))?;
        if keep_mode && let Ok(old) = fs::metadata(&target) {
            new.as_file().set_permissions(old.permissions()).map_err(failed)?;
        }
        let (first, rest) = contents.split_at(contents.len() / 2);
        self.disk.before(Step::Write).and_then(|()| new.write_all(first)).map_err(failed)?;
        self.disk.before(Step::WriteRest).and_then(|()| new.write_all(rest)).map_err(failed)?;
        self.disk.before(Step::Flush).and_then(|()| new.as_file().sync_all()).map_err(failed)?;
        self.disk.before(Step::Rename).map_err(failed)?;
        new.persist(&target).map_err(|error| failed(error.error))?;
        self.disk.before(Step::FlushFolder).and_then(|()| flush_folder(folder)).map_err(failed)
    }
}

/// How the new files of [`Held::replace`] end, so that those of a killed process are known by it.
const LEFTOVER: &str = ".tmp";

/// Removes what killed processes left. We have the lock, so nobody is writing any of these.
fn remove_leftovers(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(prefix) && name.ends_with(LEFTOVER)) {
            // One that stays does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn file_name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

fn beside(path: &Path, what: &str) -> PathBuf {
    path.with_file_name(format!(".{}.{what}", file_name(path)))
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn private(_: &mut OpenOptions) {}

fn make_folder(folder: &Path) -> Result<(), FileError> {
    let failed = |error: io::Error| FileError::failed("create", folder, &error);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder).map_err(failed)?;
    let metadata = fs::metadata(folder).map_err(failed)?;
    // Whoever may write in the folder may replace what is in it.
    refuse_if_too_open(folder, &metadata, Others::MayRead)
}

#[cfg(unix)]
fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows cannot open a folder to flush it; its renaming is journaled.
#[cfg(not(unix))]
fn flush_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Why a file could not be used. Names the file; never repeats what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Others on this machine may read or change it.
    #[error("{} is open to other users (mode {mode:03o})", shown(path))]
    TooOpen {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// Whether it is a folder.
        folder: bool,
    },
    /// A folder, a pipe or a device stands in its place.
    #[error("{} is not a regular file", shown(path))]
    NotAFile {
        /// What stands there.
        path: PathBuf,
    },
    /// Larger than anything roomkey writes.
    #[error("{} has {bytes} bytes, more than roomkey ever writes", shown(path))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// Another process keeps its lock.
    #[error("another roomkey has been writing {} for {seconds} s", shown(path))]
    Busy {
        /// The file.
        path: PathBuf,
        /// How long we waited.
        seconds: u64,
    },
    /// There is no home folder to keep files in.
    #[error("the home folder is not known")]
    NoHome,
    /// The system said no.
    #[error("cannot {doing} {}: {}", shown(path), in_words(*kind, reason))]
    Failed {
        /// `read`, `write`, `create`...
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Which kind of no.
        kind: io::ErrorKind,
        /// The system's own words.
        reason: String,
    },
}

impl FileError {
    pub(crate) fn failed(doing: &'static str, path: &Path, error: &io::Error) -> Self {
        Self::Failed { doing, path: path.to_owned(), kind: error.kind(), reason: error.to_string() }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::TooOpen { path, folder, .. } => {
                format!("chmod {} '{}'", if *folder { "700" } else { "600" }, shown(path))
            }
            Self::NotAFile { path } => format!("move it away: mv '{0}' '{0}.old'", shown(path)),
            Self::TooLarge { .. } => "something else wrote it; move it away".into(),
            Self::Busy { .. } => "end the other roomkey, or wait for it and try again".into(),
            Self::NoHome => "set HOME, or XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_STATE_HOME".into(),
            Self::Failed { kind, path, .. } => match kind {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "make room and try again; what was there before is untouched".into()
                }
                io::ErrorKind::PermissionDenied => {
                    format!("look at who owns it: ls -ld '{}'", shown(path.parent().unwrap_or(path)))
                }
                io::ErrorKind::ReadOnlyFilesystem => {
                    "point XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_STATE_HOME at a place that can be written"
                        .into()
                }
                _ => "what was there before is untouched; mend the cause and try again".into(),
            },
        }
    }
}

fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

fn in_words(kind: io::ErrorKind, reason: &str) -> String {
    match kind {
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::QuotaExceeded => "your share of the disk is used up".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        _ => visible(reason.split(" (os error").next().unwrap_or(reason)).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn contents(path: &Path) -> Option<String> {
        read(path, Others::Nothing).unwrap().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }

    fn replace(disk: &Disk, path: &Path, text: &str) -> Result<(), FileError> {
        disk.hold(path)?.replace(text.as_bytes())
    }

    #[test]
    fn the_steps_are_taken_in_the_order_that_makes_them_safe() {
        let folder = folder();
        let path = folder.path().join("a/b/file");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let disk = Disk::interrupted(move |step| {
            log.lock().unwrap().push(step);
            Ok(())
        });
        replace(&disk, &path, "new").unwrap();
        assert_eq!(*seen.lock().unwrap(), Step::ALL);
        assert_eq!(contents(&path).as_deref(), Some("new"));
    }

    #[test]
    fn a_failure_at_any_step_leaves_the_old_or_the_new_and_no_litter() {
        for failing in Step::ALL {
            let folder = folder();
            let path = folder.path().join("file");
            replace(&Disk::default(), &path, "old").unwrap();
            let disk = Disk::interrupted(move |step| match step {
                step if step == failing => Err(io::ErrorKind::StorageFull.into()),
                _ => Ok(()),
            });
            let error = replace(&disk, &path, "new").unwrap_err();
            assert_eq!(error.to_string(), format!("cannot write {}: the disk is full", path.display()));
            let expected = if failing == Step::FlushFolder { "new" } else { "old" };
            assert_eq!(contents(&path).as_deref(), Some(expected), "{failing:?}");
            let mut names: Vec<_> =
                fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
            names.sort();
            assert_eq!(names, [".file.lock", "file"], "{failing:?}");
        }
    }

    #[test]
    fn what_a_killed_process_left_is_removed_by_the_next_save() {
        let folder = folder();
        let path = folder.path().join("file");
        fs::write(folder.path().join(".file.x1y2.tmp"), "half").unwrap();
        fs::write(folder.path().join(".other.x1y2.tmp"), "not ours").unwrap();
        replace(&Disk::default(), &path, "new").unwrap();
        assert!(!folder.path().join(".file.x1y2.tmp").exists());
        assert!(folder.path().join(".other.x1y2.tmp").exists());
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_the_owner_alone_and_wider_ones_are_refused_with_the_cure() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        let path = folder.path().join("sub/file");
        replace(&Disk::default(), &path, "x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("sub/.file.lock")), 0o600);
        assert_eq!(mode(&folder.path().join("sub")), 0o700);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read(&path, Others::MayRead).is_ok());
        let error = read(&path, Others::Nothing).unwrap_err();
        assert!(error.to_string().ends_with("sub/file is open to other users (mode 640)"), "{error}");
        assert_eq!(error.hint(), format!("chmod 600 '{}'", path.display()));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o620)).unwrap();
        assert!(read(&path, Others::MayRead).is_err());

        fs::set_permissions(folder.path().join("sub"), fs::Permissions::from_mode(0o777)).unwrap();
        let error = replace(&Disk::default(), &path, "y").unwrap_err();
        assert_eq!(error.hint(), format!("chmod 700 '{}'", folder.path().join("sub").display()));
    }

    #[cfg(unix)]
    #[test]
    fn a_shared_file_stays_as_readable_as_it_was_and_a_new_one_is_for_the_owner() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        let path = folder.path().join("file");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        Disk::default().hold(&path).unwrap().replace_shared(b"a").unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        Disk::default().hold(&path).unwrap().replace_shared(b"b").unwrap();
        assert_eq!(mode(), 0o644);
        Disk::default().hold(&path).unwrap().replace(b"c").unwrap();
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn a_file_that_another_process_is_changing_is_waited_for_and_then_given_up() {
        let folder = folder();
        let path = folder.path().join("file");
        let held = Disk::default().hold(&path).unwrap();
        let start = Instant::now();
        let error = Disk::default().hold_within(&path, Duration::from_millis(60)).err().unwrap();
        assert!(matches!(error, FileError::Busy { .. }), "{error}");
        assert!(start.elapsed() >= Duration::from_millis(60));
        drop(held);
        assert!(Disk::default().hold_within(&path, Duration::from_millis(60)).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_what_it_points_to_is_replaced() {
        let folder = folder();
        let (elsewhere, link) = (folder.path().join("dotfiles"), folder.path().join("file"));
        replace(&Disk::default(), &elsewhere, "old").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        replace(&Disk::default(), &link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(contents(&elsewhere).as_deref(), Some("new"));
    }

    #[test]
    fn a_folder_in_the_place_of_a_file_is_named_and_nothing_hangs() {
        let folder = folder();
        let error = read(folder.path(), Others::Nothing).unwrap_err();
        assert!(matches!(error, FileError::NotAFile { .. }), "{error}");
        assert_eq!(contents(&folder.path().join("none")), None);
    }
}
