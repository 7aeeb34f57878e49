//! Bearer keys: who may ask this endpoint at all. Kept as SHA-256 only, compared in constant time.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::text::visible;

/// The shortest key, in characters: 24 of hexadecimal are 96 bits.
const SHORTEST: usize = 24;
/// The longest name of a key, in characters.
const LONGEST_NAME: usize = 64;

/// The keys that are known, by name.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keys(Vec<Key>);

#[derive(Clone, PartialEq, Eq)]
struct Key {
    name: String,
    hash: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.name)).finish()
    }
}

impl Keys {
    /// Reads one key a line: `name = key`, or the key alone, which is then called by its line. In the place of a key
    /// may stand `sha256:` and its hash in hexadecimal, so that a file need not hold what it checks. Empty lines and
    /// lines that start with `#` are skipped.
    ///
    /// # Errors
    /// [`KeysError`], with the line; it never repeats a key.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let mut keys = Self::default();
        for (index, line) in text.lines().enumerate() {
            let (number, line) = (index + 1, line.trim());
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, key) = match line.split_once([' ', '=']) {
                // Base64 ends in =, and no name does.
                Some((name, rest)) if !rest.trim_matches(['=', ' ']).is_empty() => {
                    (name.trim().to_owned(), rest.trim_start_matches([' ', '=']).trim())
                }
                _ => (format!("key-{number}"), line),
            };
            if name.is_empty() || name.chars().count() > LONGEST_NAME {
                return Err(KeysError::Name { line: number });
            }
            if keys.0.iter().any(|known| known.name == name) {
                return Err(KeysError::Twice { line: number, name });
            }
            let hash = match key.strip_prefix("sha256:") {
                Some(hex) => unhex(hex).ok_or(KeysError::Hash { line: number })?,
                None if key.len() < SHORTEST => return Err(KeysError::Short { line: number }),
                None if !key.bytes().all(|b| b.is_ascii_graphic()) => {
                    return Err(KeysError::Odd { line: number });
                }
                None => Sha256::digest(key.as_bytes()).into(),
            };
            keys.0.push(Key { name, hash });
        }
        if keys.0.is_empty() { Err(KeysError::None) } else { Ok(keys) }
    }

    /// Whether there are none, so that none is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.name.as_str())
    }

    /// The name of the key that this is. Takes the same time whichever it is, and if it is none.
    #[must_use]
    pub fn name_of(&self, key: &str) -> Option<&str> {
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let mut found = u64::MAX;
        for (index, known) in (0_u64..).zip(&self.0) {
            let same: Choice = known.hash.ct_eq(&hash);
            found.conditional_assign(&index, same);
        }
        let index = usize::try_from(found).ok()?;
        self.0.get(index).map(|key| key.name.as_str())
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(hash)
}

/// Why the bearer keys cannot be used. No variant holds a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// Not a single one.
    #[error("there is no bearer key in what was given")]
    None,
    /// So short that it can be guessed.
    #[error("line {line} of the bearer keys: a key has at least {SHORTEST} characters")]
    Short {
        /// The line, counted from 1.
        line: usize,
    },
    /// Something that no header can carry.
    #[error("line {line} of the bearer keys: a key is printable ASCII without spaces")]
    Odd {
        /// The line, counted from 1.
        line: usize,
    },
    /// `sha256:` and no hash.
    #[error("line {line} of the bearer keys: sha256: is followed by 64 hexadecimal digits")]
    Hash {
        /// The line, counted from 1.
        line: usize,
    },
    /// A name that is none.
    #[error("line {line} of the bearer keys: a name has 1 to {LONGEST_NAME} characters")]
    Name {
        /// The line, counted from 1.
        line: usize,
    },
    /// Two keys of one name.
    #[error("line {line} of the bearer keys: there is already a key called {}", visible(name))]
    Twice {
        /// The line, counted from 1.
        line: usize,
        /// The name.
        name: String,
    },
}

impl KeysError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Twice { .. } => "give each key a name of its own; the log tells them apart by it".into(),
            _ => "write one key a line as name = key; make one with openssl rand -hex 32".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "fake-key-one-0123456789abcdef";
    const TWO: &str = "fake-key-two-0123456789abcdef";

    #[test]
    fn each_key_is_known_by_its_name_and_no_other_text_is() {
        // printf %s fake-key-two-0123456789abcdef | sha256sum
        let hash = "a40e80f26d037a633f1f06f58fad8cc8e8e46c8b4b84133f127380cb94b0e07a";
        let keys =
            Keys::parse(&format!("# ours\n\nweb = {ONE}\nios sha256:{hash}\nfake-base64-0123456789abcd==\n"))
                .unwrap();
        assert_eq!(keys.names().collect::<Vec<_>>(), ["web", "ios", "key-5"]);
        assert_eq!(keys.name_of(ONE), Some("web"));
        assert_eq!(keys.name_of(TWO), Some("ios"));
        assert_eq!(keys.name_of("fake-base64-0123456789abcd=="), Some("key-5"));
        for wrong in ["", "web", &ONE[1..], &format!("{ONE} "), hash] {
            assert_eq!(keys.name_of(wrong), None, "{wrong}");
        }
        let shown = format!("{keys:?}");
        assert_eq!(shown, r#"["web", "ios", "key-5"]"#);
    }

    #[test]
    fn what_is_no_key_names_the_line_and_never_repeats_it() {
        for (text, error) in [
            ("", KeysError::None),
            ("# nothing\n", KeysError::None),
            ("\nshort-fake", KeysError::Short { line: 2 }),
            ("web = short-fake", KeysError::Short { line: 1 }),
            ("web = fake-with-a-\u{e9}-0123456789abcdef", KeysError::Odd { line: 1 }),
            ("web = sha256:12", KeysError::Hash { line: 1 }),
            (
                "web = fake-key-one-0123456789abcdef\nweb = fake-key-two-0123456789abcdef",
                KeysError::Twice { line: 2, name: "web".into() },
            ),
        ] {
            let wrong = Keys::parse(text).unwrap_err();
            assert_eq!(wrong, error, "{text}");
            assert!(!wrong.hint().is_empty() && !wrong.to_string().contains("fake"), "{wrong}");
        }
    }
}
