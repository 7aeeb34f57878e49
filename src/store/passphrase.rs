//! The passphrase of a vault, and where it comes from when nobody is there to type it.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{Store, StoreError, Wanted};
use crate::files::FileError;

/// What opens a vault: one line of text. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// Takes a passphrase as typed, or as a file delivers it: one line break at the end is cut off, all else
    /// counts.
    ///
    /// # Errors
    /// [`StoreError::BadPassphrase`] if it is empty or more than one line.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        Self::parse_from("the passphrase", text)
    }

    fn parse_from(source_of_it: &'static str, text: &str) -> Result<Self, StoreError> {
        let bad = |reason: &str| StoreError::BadPassphrase { source_of_it, reason: reason.to_owned() };
        let line = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        if line.is_empty() {
            return Err(bad("is empty"));
        }
        if line.contains(['\n', '\r', '\0']) {
            return Err(bad("has several lines"));
        }
        Ok(Self(line.to_owned().into()))
    }

    /// For scrypt alone.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(hidden)")
    }
}

impl PartialEq for Passphrase {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for Passphrase {}

const FILE: &str = "ROOMKEY_VAULT_PASSPHRASE_FILE";
const DESCRIPTOR: &str = "ROOMKEY_VAULT_PASSPHRASE_FD";

/// If the store wants a passphrase, hands in the one that `ROOMKEY_VAULT_PASSPHRASE_FILE` (a path) or
/// `ROOMKEY_VAULT_PASSPHRASE_FD` (the number of an open file) leads to.
///
/// # Errors
/// [`StoreError::NeedsPassphrase`] if neither is set: then somebody has to be asked. Else what is wrong with the
/// source, the passphrase or the vault.
pub fn unlock_from(
    store: &mut dyn Store,
    lookup: &dyn Fn(&str) -> Option<OsString>,
) -> Result<(), StoreError> {
    let Some(wanted) = store.wants_passphrase() else { return Ok(()) };
    match read(lookup)? {
        Some(passphrase) => store.unlock(passphrase),
        None => Err(StoreError::NeedsPassphrase { new: wanted == Wanted::New }),
    }
}

fn read(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Option<Passphrase>, StoreError> {
    let set = |name| lookup(name).filter(|value| !value.is_empty());
    if let Some(path) = set(FILE) {
        return read_file(FILE, Path::new(&path)).map(Some);
    }
    let Some(number) = set(DESCRIPTOR) else { return Ok(None) };
    match number.to_str().and_then(|number| number.parse::<u32>().ok()) {
        Some(number) => read_file(DESCRIPTOR, Path::new(&format!("/dev/fd/{number}"))).map(Some),
        None => Err(StoreError::BadPassphrase {
            source_of_it: DESCRIPTOR,
            reason: "is not the number of an open file".into(),
        }),
    }
}

/// Of any kind of file: people hand over pipes, and mounted secrets that everyone in a container may read.
fn read_file(source_of_it: &'static str, path: &Path) -> Result<Passphrase, StoreError> {
    const MOST: u64 = 4096;
    let bad = |reason: &str| StoreError::BadPassphrase { source_of_it, reason: reason.to_owned() };
    let failed = |error| FileError::failed("read the passphrase from", path, &error);
    let mut bytes = Zeroizing::new(Vec::with_capacity(4097));
    File::open(path).map_err(failed)?.take(MOST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST {
        return Err(bad("leads to more than 4096 bytes"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| bad("leads to something that is not text"))?;
    Passphrase::parse_from(source_of_it, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(name: &'static str, value: &Path) -> Result<Option<Passphrase>, StoreError> {
        read(&|asked| (asked == name).then(|| value.as_os_str().to_owned()))
    }

    #[test]
    fn one_line_break_at_the_end_is_not_part_of_it() {
        for text in ["fake pass ", "fake pass \n", "fake pass \r\n"] {
            assert_eq!(Passphrase::parse(text).unwrap(), Passphrase(String::from("fake pass ").into()));
        }
        assert_eq!(format!("{:?}", Passphrase::parse("fake-canary").unwrap()), "Passphrase(hidden)");
        for (text, told) in [
            ("", "the passphrase is empty"),
            ("\n", "the passphrase is empty"),
            ("fake\ncanary", "the passphrase has several lines"),
        ] {
            assert_eq!(Passphrase::parse(text).unwrap_err().to_string(), told);
        }
    }

    #[test]
    fn a_file_delivers_it_and_an_empty_huge_binary_or_missing_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pp");
        std::fs::write(&path, "fake-pass\n").unwrap();
        assert_eq!(from(FILE, &path), Ok(Some(Passphrase::parse("fake-pass").unwrap())));
        for (bytes, told) in [
            (vec![], "ROOMKEY_VAULT_PASSPHRASE_FILE is empty"),
            (b"\n".to_vec(), "ROOMKEY_VAULT_PASSPHRASE_FILE is empty"),
            (vec![b'x'; 5000], "ROOMKEY_VAULT_PASSPHRASE_FILE leads to more than 4096 bytes"),
            (vec![0xff, 0xfe], "ROOMKEY_VAULT_PASSPHRASE_FILE leads to something that is not text"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(from(FILE, &path).unwrap_err().to_string(), told);
        }
        let error = from(FILE, &folder.path().join("none")).unwrap_err();
        assert!(error.to_string().starts_with("cannot read the passphrase from "), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn an_open_file_delivers_it_by_its_number() {
        use std::io::Write;
        use std::os::fd::AsRawFd;
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"fake-pass\n").unwrap();
        drop(writer);
        let number = reader.as_raw_fd().to_string();
        assert_eq!(from(DESCRIPTOR, Path::new(&number)), Ok(Some(Passphrase::parse("fake-pass").unwrap())));
        for wrong in ["three", "-1", "3x"] {
            let error = from(DESCRIPTOR, Path::new(wrong)).unwrap_err();
            assert!(error.to_string().ends_with("is not the number of an open file"), "{error}");
        }
    }

    #[test]
    fn with_no_source_there_is_none() {
        assert_eq!(read(&|_| None), Ok(None));
        assert_eq!(read(&|_| Some(OsString::new())), Ok(None));
    }
}
