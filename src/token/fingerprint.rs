//! A token's fingerprint: enough to know a token by, and nothing to make one from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// The first 48 bits of the SHA-256 of a token in compact form, said as 12 hexadecimal digits. The same as
/// `printf %s "$TOKEN" | sha256sum | cut -c1-12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 6]);

impl Fingerprint {
    /// The fingerprint of a token in compact form, without anything around it.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let mut first = [0; 6];
        first.copy_from_slice(&Sha256::digest(token.as_bytes())[..6]);
        Self(first)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hex = String::with_capacity(12);
        for byte in self.0 {
            hex.extend(
                [byte >> 4, byte & 15].into_iter().filter_map(|digit| char::from_digit(digit.into(), 16)),
            );
        }
        f.pad(&hex)
    }
}

/// A text that is not 12 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is 12 hexadecimal digits")]
pub struct NoFingerprint;

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let digits: Vec<u8> = text
            .chars()
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()
            .filter(|digits: &Vec<u8>| digits.len() == 12)
            .ok_or(NoFingerprint)?;
        let mut bytes = [0; 6];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_sha256sum_says() {
        // printf %s abc | sha256sum
        assert_eq!(Fingerprint::of("abc").to_string(), "ba7816bf8f01");
    }

    #[test]
    fn what_is_said_is_read_back_and_nothing_else() {
        let fingerprint = Fingerprint::of("abc");
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert_eq!("BA7816BF8F01".parse(), Ok(fingerprint));
        for wrong in ["", "ba7816bf8f0", "ba7816bf8f012", "ba7816bf8f0g", "ba7816bf8f会"] {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(NoFingerprint), "{wrong}");
        }
    }
}
