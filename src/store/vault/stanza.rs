//! The passphrase's part of an age file: the one stanza that holds the file's key, as
//! [age specifies it](https://c2sp.org/age#scrypt-recipient-stanza).
//!
//! age has the same, but keeps all of scrypt's table, and derives a key more to see how fast the machine is.

use std::collections::HashSet;
use std::io::{self, Write};

use age::{DecryptError, EncryptError};
use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use age_core::primitives::{aead_decrypt, aead_encrypt};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use roomkey_scrypt::{NoRoom, scrypt};
use secrecy::ExposeSecret;
use zeroize::{Zeroize, Zeroizing};

use super::super::Passphrase;

const TAG: &str = "scrypt";
const LABEL: &[u8; 28] = b"age-encryption.org/v1/scrypt";
const SALT: usize = 16;
/// The file's key and the 16 bytes that prove it.
const BODY: usize = FILE_KEY_BYTES + 16;

/// Opens a file that the passphrase encrypts.
pub(super) struct Opening<'a> {
    pub(super) passphrase: &'a Passphrase,
    /// The highest work factor that is taken on.
    pub(super) most: u8,
}

/// Encrypts a file with the passphrase, and nothing beside it.
struct Sealing<'a> {
    passphrase: &'a Passphrase,
    factor: u8,
}

/// The text as an age file that the passphrase opens. (`age::encrypt` would panic where this is an error.)
pub(super) fn seal(passphrase: &Passphrase, factor: u8, plain: &[u8]) -> Result<Vec<u8>, EncryptError> {
    let sealing = Sealing { passphrase, factor };
    let mut file = Vec::new();
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&sealing as &dyn age::Recipient))?;
    let mut writer = encryptor.wrap_output(&mut file)?;
    writer.write_all(plain)?;
    writer.finish()?;
    Ok(file)
}

/// That there was no memory for scrypt, if that is the error.
pub(super) fn no_room(error: &io::Error) -> Option<NoRoom> {
    error.get_ref()?.downcast_ref().copied()
}

impl age::Identity for Opening<'_> {
    // That there is but one such stanza, and none beside it, age has seen to when it read the header.
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        (stanza.tag == TAG).then(|| self.unwrap(stanza))
    }
}

impl Opening<'_> {
    fn unwrap(&self, stanza: &Stanza) -> Result<FileKey, DecryptError> {
        let [salt, factor] = &stanza.args[..] else { return Err(DecryptError::InvalidHeader) };
        let (Some(salt), Some(factor)) = (read_salt(salt), read_factor(factor)) else {
            return Err(DecryptError::InvalidHeader);
        };
        if stanza.body.len() != BODY {
            return Err(DecryptError::InvalidHeader);
        }
        if factor > self.most {
            return Err(DecryptError::ExcessiveWork { required: factor, target: super::WORK_FACTOR });
        }
        let key = wrapping_key(self.passphrase, &salt, factor)?;
        let mut plain = aead_decrypt(&key, FILE_KEY_BYTES, &stanza.body)?;
        Ok(FileKey::init_with_mut(|file_key| {
            file_key.copy_from_slice(&plain);
            plain.zeroize();
        }))
    }
}

impl age::Recipient for Sealing<'_> {
    fn wrap_file_key(&self, file_key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let mut salt = [0; SALT];
        let mut label = [0; 24];
        getrandom::fill(&mut salt).and_then(|()| getrandom::fill(&mut label)).map_err(io::Error::other)?;
        let key = wrapping_key(self.passphrase, &salt, self.factor)?;
        let stanza = Stanza {
            tag: TAG.to_owned(),
            args: vec![STANDARD_NO_PAD.encode(salt), self.factor.to_string()],
            body: aead_encrypt(&key, file_key.expose_secret()),
        };
        // No other recipient has this label, so none can be beside this one.
        Ok((vec![stanza], HashSet::from([STANDARD_NO_PAD.encode(label)])))
    }
}

fn wrapping_key(
    passphrase: &Passphrase,
    salt: &[u8; SALT],
    factor: u8,
) -> Result<Zeroizing<[u8; 32]>, io::Error> {
    let salt = [&LABEL[..], salt].concat();
    let mut key = Zeroizing::new([0; 32]);
    scrypt(passphrase.bytes(), &salt, factor, &mut key)
        .map_err(|none| io::Error::new(io::ErrorKind::OutOfMemory, none))?;
    Ok(key)
}

fn read_salt(text: &str) -> Option<[u8; SALT]> {
    STANDARD_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// Digits alone, and no zero before them: one number is written in one way.
fn read_factor(text: &str) -> Option<u8> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use age::secrecy::SecretString;
    use age::{Identity, Recipient};

    use super::*;

    fn passphrase() -> Passphrase {
        Passphrase::parse("fake correct horse").unwrap()
    }

    fn for_age() -> SecretString {
        "fake correct horse".to_owned().into()
    }

    fn sealed(factor: u8) -> Vec<u8> {
        seal(&passphrase(), factor, b"fake plain").unwrap()
    }

    #[test]
    fn what_age_writes_is_opened_and_what_is_written_opens_in_age() {
        for factor in [1, 2, 10, 15, 17] {
            let mut recipient = age::scrypt::Recipient::new(for_age());
            recipient.set_work_factor(factor);
            let theirs = age::encrypt(&recipient, b"fake plain").unwrap();
            let opening = Opening { passphrase: &passphrase(), most: 17 };
            assert_eq!(age::decrypt(&opening, &theirs).unwrap(), b"fake plain", "{factor}");

            let mut identity = age::scrypt::Identity::new(for_age());
            identity.set_max_work_factor(17);
            let ours = sealed(factor);
            assert_eq!(age::decrypt(&identity, &ours).unwrap(), b"fake plain", "{factor}");
            assert_eq!(ours.len(), theirs.len(), "{factor}");
        }
    }

    #[test]
    fn every_file_has_a_salt_and_a_key_of_its_own() {
        assert_ne!(sealed(1)[..80], sealed(1)[..80]);
    }

    #[test]
    fn it_stands_alone_in_the_file() {
        let (passphrase, other) = (passphrase(), age::x25519::Identity::generate().to_public());
        let sealing = Sealing { passphrase: &passphrase, factor: 1 };
        for beside in [&other as &dyn Recipient, &sealing] {
            for recipients in [[&sealing as &dyn Recipient, beside], [beside, &sealing]] {
                let mixed = age::Encryptor::with_recipients(recipients.into_iter());
                assert!(matches!(mixed, Err(EncryptError::MixedRecipientAndPassphrase)));
            }
        }
        let file = sealed(1);
        let stanza = &file[b"age-encryption.org/v1\n".len()..];
        let stanza = &stanza[..=stanza.windows(4).position(|part| part == b"\n---").unwrap()];
        let twice = [&b"age-encryption.org/v1\n"[..], stanza, &file[22..]].concat();
        let opening = Opening { passphrase: &passphrase, most: 17 };
        assert!(matches!(age::decrypt(&opening, &twice), Err(DecryptError::InvalidHeader)));
    }

    #[test]
    fn a_stanza_that_is_not_written_as_specified_is_no_stanza() {
        let passphrase = passphrase();
        let opening = Opening { passphrase: &passphrase, most: 3 };
        let (mut stanzas, _) = Sealing { passphrase: &passphrase, factor: 3 }
            .wrap_file_key(&FileKey::new(Box::new([7; FILE_KEY_BYTES])))
            .unwrap();
        let good = stanzas.remove(0);
        let with = |change: fn(&mut Stanza)| {
            let mut stanza =
                Stanza { tag: good.tag.clone(), args: good.args.clone(), body: good.body.clone() };
            change(&mut stanza);
            opening.unwrap_stanza(&stanza)
        };
        assert_eq!(with(|_| ()).unwrap().unwrap().expose_secret(), &[7; FILE_KEY_BYTES]);
        assert!(with(|stanza| stanza.tag = "X25519".into()).is_none());
        let changes: [fn(&mut Stanza); 17] = [
            |stanza| stanza.args.truncate(1),
            |stanza| stanza.args.push("3".into()),
            |stanza| stanza.args[0].push('='),
            |stanza| stanza.args[0].truncate(21),
            |stanza| stanza.args[0].push_str("AA"),
            |stanza| stanza.args[0] = "AAAAAAAAAAAAAAAAAAAAAB".into(),
            |stanza| stanza.args[0] = "-_-_AAAAAAAAAAAAAAAAAA".into(),
            |stanza| stanza.args[0].clear(),
            |stanza| stanza.args[1] = "03".into(),
            |stanza| stanza.args[1] = "+3".into(),
            |stanza| stanza.args[1] = "3x".into(),
            |stanza| stanza.args[1] = "0".into(),
            |stanza| stanza.args[1] = "256".into(),
            |stanza| stanza.args[1] = "٣".into(),
            |stanza| stanza.args[1].clear(),
            |stanza| stanza.body.truncate(BODY - 1),
            |stanza| stanza.body.push(0),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let outcome = with(change).unwrap();
            assert!(matches!(outcome, Err(DecryptError::InvalidHeader)), "{number}");
        }
        let outcome = with(|stanza| stanza.args[1] = "4".into()).unwrap();
        assert!(matches!(outcome, Err(DecryptError::ExcessiveWork { required: 4, .. })));
        let outcome = with(|stanza| stanza.body[0] ^= 1).unwrap();
        assert!(matches!(outcome, Err(DecryptError::DecryptionFailed)));
        let outcome = with(|stanza| stanza.args[1] = "2".into()).unwrap();
        assert!(matches!(outcome, Err(DecryptError::DecryptionFailed)));
    }

    #[test]
    fn without_memory_for_it_there_is_an_error_and_no_abort() {
        let passphrase = passphrase();
        let error = seal(&passphrase, 60, b"fake").unwrap_err();
        assert!(matches!(error, EncryptError::Io(error) if no_room(&error) == Some(NoRoom { log_n: 60 })));
        let file = String::from_utf8_lossy(&sealed(1)[..60]).into_owned();
        let salt = file.split(' ').nth(2).unwrap().to_owned();
        let stanza = Stanza { tag: TAG.into(), args: vec![salt, "60".into()], body: vec![0; BODY] };
        let outcome = Opening { passphrase: &passphrase, most: 60 }.unwrap_stanza(&stanza).unwrap();
        assert!(
            matches!(outcome, Err(DecryptError::Io(error)) if no_room(&error) == Some(NoRoom { log_n: 60 }))
        );
        assert_eq!(no_room(&io::ErrorKind::OutOfMemory.into()), None);
    }
}
