//! Making an API key and its secret, as the server makes them.

use zeroize::Zeroizing;

use super::StoreError;
use crate::project::{ApiKey, ApiSecret};

/// As protocol/utils/guid/id.go: letters and digits that are not taken for one another.
const KEY_LETTERS: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const KEY_LENGTH: usize = 12;
/// Letters and digits: 43 of them have as much chance in them as 32 bytes.
const SECRET_LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_LENGTH: usize = 43;

/// A new key and its secret, from the operating system's random numbers.
///
/// # Errors
/// [`StoreError::NoRandom`].
pub fn make_pair() -> Result<(ApiKey, ApiSecret), StoreError> {
    let id = letters(KEY_LETTERS, KEY_LENGTH)?;
    let made = ApiKey::parse(&format!("API{}", *id));
    let key = made.map_err(|error| StoreError::NoRandom { why: error.to_string() })?.value;
    Ok((key, ApiSecret::verbatim(letters(SECRET_LETTERS, SECRET_LENGTH)?.to_string())))
}

/// Letters of the alphabet, each as likely as any other.
fn letters(alphabet: &[u8], count: usize) -> Result<Zeroizing<String>, StoreError> {
    // Beyond the last whole multiple some letters would come more often than others.
    let usable = 256 / alphabet.len() * alphabet.len();
    let mut out = Zeroizing::new(String::with_capacity(count));
    let mut bytes = Zeroizing::new([0; 64]);
    while out.len() < count {
        getrandom::fill(&mut *bytes).map_err(|error| StoreError::NoRandom { why: error.to_string() })?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < usable);
        let missing = count - out.len();
        out.extend(fair.take(missing).map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    Ok(out)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "what was made is looked at")]
mod tests {
    use super::*;

    #[test]
    fn pairs_have_the_shape_of_the_servers_own_and_differ() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..200 {
            let (key, secret) = make_pair().unwrap();
            assert!(key.as_str().len() == 15 && key.as_str().starts_with("API"), "{key}");
            assert!(key.as_str()[3..].bytes().all(|b| KEY_LETTERS.contains(&b)));
            assert_eq!(secret.len(), 43);
            assert!(secret.expose().bytes().all(|b| b.is_ascii_alphanumeric()));
            assert!(seen.insert(key.to_string()) && seen.insert(secret.expose().to_owned()));
        }
    }

    #[test]
    fn every_letter_comes_about_as_often() {
        let text = letters(SECRET_LETTERS, 62_000).unwrap();
        for letter in SECRET_LETTERS {
            let count = text.bytes().filter(|byte| byte == letter).count();
            // A thousand, give or take seven standard deviations.
            assert!((780..1_220).contains(&count), "{}: {count}", char::from(*letter));
        }
    }
}
