//! A file that only grows: whole lines at its end, with one write for all of them.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::{FileError, Held, Others, Step, private, refuse_if_too_open};

impl Held {
    /// Adds lines (each with its line break) at the end of the file, or makes it. They are handed to the system in
    /// one write, so that whatever stops the program leaves all that was there before, and of the new ones a
    /// beginning. What a killed process left of a line is closed by a line break first, so that it spoils no other.
    ///
    /// The disk is not flushed: a loss of power may take the lines of the last seconds with it, never earlier ones.
    ///
    /// # Errors
    /// [`FileError`] if the file is too open or cannot be written; it is then as long as before.
    pub fn append(&self, lines: &[u8]) -> Result<(), FileError> {
        let failed = |error: io::Error| FileError::failed("write", &self.path, &error);
        let mut options = OpenOptions::new();
        options.create(true).append(true).read(true);
        private(&mut options);
        let mut file = match std::fs::metadata(&self.path) {
            Ok(metadata) if !metadata.is_file() => {
                return Err(FileError::NotAFile { path: self.path.clone() });
            }
            _ => options.open(&self.path).map_err(failed)?,
        };
        let metadata = file.metadata().map_err(failed)?;
        refuse_if_too_open(&self.path, &metadata, Others::Nothing)?;
        let before = metadata.len();
        let mut last = *b"\n";
        if before > 0 {
            file.seek(SeekFrom::End(-1)).and_then(|_| file.read_exact(&mut last)).map_err(failed)?;
        }
        let healed;
        let lines = if last == *b"\n" {
            lines
        } else {
            healed = [b"\n", lines].concat();
            &healed
        };
        self.disk.before(Step::Write).and_then(|()| file.write_all(lines)).map_err(|error| {
            // Half a line helps nobody. If it cannot be taken back, the next one begins behind it.
            let _ = file.set_len(before);
            failed(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Disk;
    use super::*;

    #[test]
    fn what_a_killed_process_left_of_a_line_spoils_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let append = |line: &str| Disk::default().hold(&path).unwrap().append(line.as_bytes());
        append("one\n").unwrap();
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"tw").unwrap();
        append("three\n").unwrap();
        append("four\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntw\nthree\nfour\n");
    }

    #[test]
    fn a_full_disk_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        Disk::default().hold(&path).unwrap().append(b"one\n").unwrap();
        let full = Disk::interrupted(|step| match step {
            Step::Write => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        });
        let error = full.hold(&path).unwrap().append(b"two\n").unwrap_err();
        assert_eq!(error.to_string(), format!("cannot write {}: the disk is full", path.display()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_the_owner_alone_and_a_wider_one_is_refused_with_the_cure() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/log");
        let append = || Disk::default().hold(&path).unwrap().append(b"line\n");
        append().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(append().unwrap_err().hint(), format!("chmod 600 '{}'", path.display()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "line\n");
    }
}
