//! LiveKit projects: a name, a server, an API key and its secret; and the cleaning of what people paste.
//!
//! Everything that arrives from outside goes through [`FromStr`](std::str::FromStr)-like `parse` functions that
//! clean it, say what they cleaned, and refuse what cannot work. Where projects are kept is [`crate::store`]'s
//! business.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::text::{is_unprintable, visible};

mod block;
mod cleaning;
mod url;

pub use block::{Block, read_block};
pub use cleaning::{Cleaned, Removed};
pub use url::{ServerUrl, UrlError, UrlNote, is_loopback_host, web_address};

/// What a user calls a project: 1 to 64 characters, printable, no space at either end, not starting with `-`
/// (it would read as an option). Names differ when their bytes differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectName(String);

impl ProjectName {
    /// The longest name, in characters.
    pub const LONGEST: usize = 64;

    /// Reads a name.
    ///
    /// # Errors
    /// [`NameError`], which says what to change.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        match text {
            "" => Err(NameError::Empty),
            _ if text.starts_with('-') => Err(NameError::LooksLikeAnOption),
            _ if text.chars().count() > Self::LONGEST => Err(NameError::TooLong),
            _ => match text.chars().find(|c| is_unprintable(*c)) {
                Some(c) => Err(NameError::Unprintable { character: c }),
                None => Ok(Self(text.to_owned())),
            },
        }
    }

    /// The built-in project for `livekit-server --dev`: `local dev`.
    #[must_use]
    pub fn local_dev() -> Self {
        Self("local dev".into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ProjectName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for ProjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a text is no project name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but space.
    #[error("a project needs a name")]
    Empty,
    /// Over [`ProjectName::LONGEST`] characters.
    #[error("a project name has at most 64 characters")]
    TooLong,
    /// Starts with `-`.
    #[error("a project name cannot start with a dash")]
    LooksLikeAnOption,
    /// Has a control or invisible character in it.
    #[error("a project name cannot contain {}", character.escape_default())]
    Unprintable {
        /// The first such character.
        character: char,
    },
}

impl NameError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Empty => "for example acme-staging",
            Self::TooLong => "shorten it",
            Self::LooksLikeAnOption => "start it with a letter or a digit",
            Self::Unprintable { .. } => "type the name instead of pasting it",
        }
        .into()
    }
}

/// The public half of a credential: the `iss` of every token it signs. Printable ASCII without spaces, at most
/// 256 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key of `livekit-server --dev`.
    #[must_use]
    pub fn dev() -> Self {
        Self("devkey".into())
    }

    /// Reads a key, after cleaning it.
    ///
    /// # Errors
    /// [`CredentialError`], which says what to change.
    pub fn parse(text: &str) -> Result<Cleaned<Self>, CredentialError> {
        let cleaned = cleaning::clean(text);
        check_credential(&cleaned.value, "an API key")?;
        Ok(cleaned.map(|text| Self(text.to_string())))
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The private half of a credential. Wiped when dropped; never shown, never serialised. Its bytes are the HMAC
/// key as they stand: LiveKit does not base64-decode them.
#[derive(Clone)]
pub struct ApiSecret(SecretString);

impl ApiSecret {
    /// The secret of `livekit-server --dev`, known to everyone.
    #[must_use]
    pub fn dev() -> Self {
        Self("secret".to_owned().into())
    }

    /// Reads a secret, after cleaning it. No SDK trims one, so a newline kept here would break every signature.
    ///
    /// # Errors
    /// [`CredentialError`], which never repeats the text.
    pub fn parse(text: &str) -> Result<Cleaned<Self>, CredentialError> {
        let cleaned = cleaning::clean(text);
        check_credential(&cleaned.value, "an API secret")?;
        Ok(cleaned.map(|text| Self(text.as_str().to_owned().into())))
    }

    /// Takes the bytes of a secret exactly as given, for asking whether a mangled one made a signature.
    #[must_use]
    pub fn verbatim(text: String) -> Self {
        Self(text.into())
    }

    /// The secret itself. Callers are listed by clippy's `disallowed-methods`: the signer, the stores, and what
    /// the user asked to be handed out.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Its length in bytes, for warning about short ones.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.expose_secret().len()
    }

    /// Never true of a parsed secret.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it stands in a text that is to be kept. One too short to be told from an ordinary word counts as not.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        const SHORTEST: usize = 12;
        self.len() >= SHORTEST && text.contains(self.0.expose_secret())
    }

    /// Whether white space stands at either end: such a secret makes no signature that a server takes. Never
    /// true of a parsed secret.
    #[must_use]
    pub fn has_space_around(&self) -> bool {
        let text = self.0.expose_secret();
        text.trim().len() != text.len()
    }

    /// Whether it starts as LiveKit's API *keys* do, so that the two were probably swapped.
    #[must_use]
    pub fn looks_like_a_key(&self) -> bool {
        self.0.expose_secret().starts_with("API")
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiSecret(hidden)")
    }
}

impl PartialEq for ApiSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for ApiSecret {}

/// The longest key or secret, in bytes. LiveKit's own secrets have about 43.
const LONGEST_CREDENTIAL: usize = 256;

fn check_credential(text: &str, what: &'static str) -> Result<(), CredentialError> {
    if text.is_empty() {
        return Err(CredentialError::Empty { what });
    }
    if text.len() > LONGEST_CREDENTIAL {
        return Err(CredentialError::TooLong { what, bytes: text.len() });
    }
    if text.contains(['\n', '\r']) {
        return Err(CredentialError::SeveralLines { what });
    }
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(CredentialError::OddCharacters { what });
    }
    Ok(())
}

/// Why a text is no key or secret. Never repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Nothing, or nothing but what cleaning takes off.
    #[error("{what} cannot be empty")]
    Empty {
        /// `an API key` or `an API secret`.
        what: &'static str,
    },
    /// Over 256 bytes.
    #[error("{what} of {bytes} bytes cannot be right: LiveKit's have about 43")]
    TooLong {
        /// As above.
        what: &'static str,
        /// Length in bytes.
        bytes: usize,
    },
    /// A line break inside.
    #[error("{what} cannot have a line break inside")]
    SeveralLines {
        /// As above.
        what: &'static str,
    },
    /// A space, a control character or a letter beyond ASCII inside.
    #[error("{what} cannot have a space or an odd character in it")]
    OddCharacters {
        /// As above.
        what: &'static str,
    },
}

impl CredentialError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Empty { .. } => "copy it from the server's `keys:` or from the project's settings page",
            Self::TooLong { .. } => "paste one value; a whole .env block goes into the add form of the TUI",
            Self::SeveralLines { .. } | Self::OddCharacters { .. } => {
                "copy it again, without what stands around it"
            }
        }
        .into()
    }
}

/// What may be shown of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Unique in a store.
    pub name: ProjectName,
    /// Where its server is.
    pub url: ServerUrl,
    /// The key that signs its tokens.
    pub key: ApiKey,
    /// The key before that, if it is kept for verifying.
    pub old: Option<OldKey>,
}

/// A key that signs no more, and is kept to verify what it signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldKey {
    /// The key.
    pub key: ApiKey,
    /// When another took its place.
    pub since: Timestamp,
}

impl Listing {
    /// A project that has had one key so far.
    #[must_use]
    pub fn new(name: ProjectName, url: ServerUrl, key: ApiKey) -> Self {
        Self { name, url, key, old: None }
    }

    /// Whether this is its key, the present one or the old.
    #[must_use]
    pub fn knows(&self, key: &str) -> bool {
        self.key.as_str() == key || self.had(key)
    }

    /// Whether this is its old key, and not the present one.
    #[must_use]
    pub fn had(&self, key: &str) -> bool {
        self.key.as_str() != key && self.old.as_ref().is_some_and(|old| old.key.as_str() == key)
    }

    /// The built-in project for `livekit-server --dev`: `ws://localhost:7880`, key `devkey`.
    #[must_use]
    pub fn local_dev() -> Self {
        Self::new(ProjectName::local_dev(), ServerUrl::local_dev(), ApiKey::dev())
    }
}

/// A project with its secret: what a store saves and a signer needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// All but the secret.
    pub listing: Listing,
    /// The secret of `listing.key`.
    pub secret: ApiSecret,
    /// The secret of `listing.old`; there if that is.
    pub old_secret: Option<ApiSecret>,
}

impl Project {
    /// A project that has had one key so far.
    #[must_use]
    pub fn new(listing: Listing, secret: ApiSecret) -> Self {
        Self { listing, secret, old_secret: None }
    }

    /// The key that signs no more and its secret, if they are kept.
    #[must_use]
    pub fn old_pair(&self) -> Option<(&ApiKey, &ApiSecret)> {
        self.listing.old.as_ref().map(|old| &old.key).zip(self.old_secret.as_ref())
    }

    /// Signs with this pair from `now` on, and keeps the present one for verifying. One that was kept so far is
    /// forgotten.
    pub fn rotate(&mut self, key: ApiKey, secret: ApiSecret, now: Timestamp) {
        let before = std::mem::replace(&mut self.listing.key, key);
        self.listing.old = Some(OldKey { key: before, since: now });
        self.old_secret = Some(std::mem::replace(&mut self.secret, secret));
    }

    /// Keeps the old pair no longer.
    pub fn forget_old(&mut self) {
        self.listing.old = None;
        self.old_secret = None;
    }

    /// The built-in project for `livekit-server --dev`. Its secret is public, so it is for this machine only.
    #[must_use]
    pub fn local_dev() -> Self {
        Self::new(Listing::local_dev(), ApiSecret::dev())
    }
}

/// Text that may be a secret, as `clean` hands it on.
type Guarded = Zeroizing<String>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_people_write_and_nothing_a_terminal_obeys() {
        for good in ["acme", "acme staging", "Ünïcode-会議室", "a/b", " trimmed "] {
            assert!(ProjectName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "  ", "-p", "a\nb", "a\u{202e}b", "a\0b", &"x".repeat(65)] {
            let error = ProjectName::parse(bad).unwrap_err();
            assert!(!error.hint().is_empty(), "{bad:?}");
        }
    }

    #[test]
    fn a_secret_is_cleaned_and_the_cleaning_is_told() {
        let cleaned = ApiSecret::parse("LIVEKIT_API_SECRET=\"fake-secret-0123\"\r\n").unwrap();
        assert_eq!(cleaned.value, ApiSecret::verbatim("fake-secret-0123".into()));
        let told: Vec<String> = cleaned.removed.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["a line break at the end", "LIVEKIT_API_SECRET= in front", "quotes around it"]);
    }

    #[test]
    fn a_secret_never_shows_in_debug_or_in_an_error() {
        let secret = ApiSecret::verbatim("fake-canary".into());
        let project = Project { secret, ..Project::local_dev() };
        assert!(!format!("{project:?}").contains("canary"));
        let error = ApiSecret::parse("fake canary\nfake").unwrap_err();
        assert!(!error.to_string().contains("canary"));
    }

    #[test]
    fn a_secret_with_a_line_break_inside_is_refused() {
        assert_eq!(
            ApiSecret::parse("fake\nsecret"),
            Err(CredentialError::SeveralLines { what: "an API secret" })
        );
    }
}
