//! Tokens: signing them here, taking them apart in [`inspect`].
//!
//! HS256 and nothing else: LiveKit refuses every other algorithm.

use std::sync::Once;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult};
use jsonwebtoken::signature::{self, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::claims::Claims;
use crate::project::ApiSecret;
use crate::text::Sensitive;

pub mod diff;
mod fingerprint;
pub mod forms;
pub mod inspect;
pub mod lines;
pub mod link;
pub mod mould;
pub mod near_miss;

use mould::{Mould, Names};

pub use fingerprint::{Fingerprint, NoFingerprint};

/// A signed access token, in compact form. Whoever holds it can use it, so it is never shown unasked, never
/// logged, and wiped when dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(Sensitive);

impl Token {
    /// The token itself, for the clipboard, standard output, or the screen when asked.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The token on its way to the clipboard.
    #[must_use]
    pub fn to_sensitive(&self) -> Sensitive {
        self.0.clone()
    }

    /// What it is known by without being shown.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.expose())
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.expose().len()
    }

    /// Never true of a signed token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Signs the claims as they are. Whether they make sense is [`crate::claims::problems`]' business.
///
/// # Errors
/// [`SignError`] if the claims cannot be written as JSON.
#[expect(clippy::disallowed_methods, reason = "the signer is what a secret is for")]
pub fn sign(claims: &Claims, secret: &ApiSecret) -> Result<Token, SignError> {
    install_provider();
    let key = EncodingKey::from_secret(secret.expose().as_bytes());
    encode(claims, &key)
}

/// Signs many with one key schedule, lazily.
pub fn sign_many<'a>(
    claims: impl IntoIterator<Item = &'a Claims> + 'a,
    secret: &ApiSecret,
) -> impl Iterator<Item = Result<Token, SignError>> + 'a {
    let mut signer = Signer::new(secret);
    claims.into_iter().map(move |claims| match &mut signer {
        Ok(signer) => signer.sign(claims),
        Err(error) => Err(error.clone()),
    })
}

/// A secret made ready to sign many claims: the same tokens as [`sign`], without its work for each one that is the
/// same for all.
#[derive(Clone)]
pub struct Signer {
    hmac: Hs256,
    payload: Zeroizing<Vec<u8>>,
}

impl Signer {
    /// Makes the secret ready.
    ///
    /// # Errors
    /// None is known: HMAC takes keys of any length.
    #[expect(clippy::disallowed_methods, reason = "the signer is what a secret is for")]
    pub fn new(secret: &ApiSecret) -> Result<Self, SignError> {
        let hmac =
            Hs256::new(secret.expose().as_bytes()).map_err(|error| SignError { why: error.to_string() })?;
        Ok(Self { hmac, payload: Zeroizing::default() })
    }

    /// Signs the claims.
    ///
    /// # Errors
    /// [`SignError`] if the claims cannot be written as JSON.
    pub fn sign(&mut self, claims: &Claims) -> Result<Token, SignError> {
        let mut compact = String::with_capacity(claims.signed_len());
        self.append(claims, &mut compact)?;
        Ok(Token(Sensitive::new(compact)))
    }

    /// Signs the claims, and appends the token to a text.
    ///
    /// # Errors
    /// [`SignError`] if the claims cannot be written as JSON; the text is then as it was.
    pub fn append(&mut self, claims: &Claims, out: &mut String) -> Result<(), SignError> {
        self.payload.clear();
        serde_json::to_writer(&mut *self.payload, claims)
            .map_err(|error| SignError { why: error.to_string() })?;
        self.hmac.append(&self.payload, out);
        Ok(())
    }

    /// Signs the claims that a mould makes for names that fit it, and appends the token to a text.
    pub fn append_of(&mut self, mould: &Mould, names: &Names<'_>, out: &mut String) {
        self.payload.clear();
        mould.write(names, &mut self.payload);
        self.hmac.append(&self.payload, out);
    }

    /// Signs a payload, and appends the token to a text. Many threads may do so at a time.
    pub fn append_payload(&self, payload: &Payload, out: &mut String) {
        self.hmac.append(&payload.0, out);
    }
}

/// Claims as they stand in a token, before they are signed: so that the length of the token is known, and what it is
/// written into is as large from the start. What grows leaves copies behind.
pub struct Payload(Vec<u8>);

impl Payload {
    /// Writes the claims as JSON.
    ///
    /// # Errors
    /// [`SignError`] if they cannot be.
    pub fn of(claims: &Claims) -> Result<Self, SignError> {
        let mut payload = Vec::with_capacity(512);
        serde_json::to_writer(&mut payload, claims).map_err(|error| SignError { why: error.to_string() })?;
        Ok(Self(payload))
    }

    /// The length of the token, in bytes.
    #[must_use]
    pub fn signed_len(&self) -> usize {
        HEADER.len() + 1 + (self.0.len() * 4).div_ceil(3) + 1 + SIGNATURE_LEN
    }
}

/// The length of a signature, 32 bytes in base64url.
const SIGNATURE_LEN: usize = 43;

/// `{"typ":"JWT","alg":"HS256"}`, the header of every token signed here, in base64url.
const HEADER: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9";

/// As `jsonwebtoken::encode` does it, but in one text: that makes the header anew for each token, and joins the parts
/// out of texts of their own.
fn encode(claims: &Claims, key: &EncodingKey) -> Result<Token, SignError> {
    let failed = |error: &dyn std::fmt::Display| SignError { why: error.to_string() };
    let mut payload = Vec::with_capacity(512);
    serde_json::to_writer(&mut payload, claims).map_err(|error| failed(&error))?;
    let mut compact = String::with_capacity(HEADER.len() + payload.len().div_ceil(3) * 4 + 45);
    compact.push_str(HEADER);
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(&payload, &mut compact);
    let signature = jsonwebtoken::crypto::sign(compact.as_bytes(), key, Algorithm::HS256)
        .map_err(|error| failed(&error))?;
    compact.push('.');
    compact.push_str(&signature);
    Ok(Token(Sensitive::new(compact)))
}

/// Whether `signature` (base64url, unpadded) is the one that `secret` makes over `message`
/// (`header.payload` as it stands in the token). Compared in constant time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "verifying needs the secret as signing does")]
pub fn signature_matches(message: &str, signature: &str, secret: &ApiSecret) -> bool {
    key_matches(message, signature, secret.expose().as_bytes())
}

/// The same for bytes, which a decoded secret may be.
fn key_matches(message: &str, signature: &str, key: &[u8]) -> bool {
    install_provider();
    let key = DecodingKey::from_secret(key);
    jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, Algorithm::HS256).unwrap_or(false)
}

/// Claims that cannot be written as JSON. No claims of this crate's are known to cause it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claims could not be signed: {why}")]
pub struct SignError {
    why: String,
}

impl SignError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        "this is a defect of roomkey; please report it with the claims, without the secret".into()
    }
}

/// `jsonwebtoken` leaves the cryptography to its caller. Its own `rust_crypto` feature brings RSA and elliptic
/// curves for algorithms that LiveKit refuses, so HMAC-SHA256 alone stands behind it here.
static HS256_ONLY: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        hs256(*algorithm, key.family())?;
        Ok(Box::new(Hs256::new(key.as_bytes())?))
    },
    verifier_factory: |algorithm, key| {
        hs256(*algorithm, key.family())?;
        Ok(Box::new(Hs256::new(key.try_get_as_bytes()?)?))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

fn install_provider() {
    static ONCE: Once = Once::new();
    // An error means that a provider is there already: ours, from another caller of this library.
    ONCE.call_once(|| _ = HS256_ONLY.install_default());
}

fn hs256(algorithm: Algorithm, family: AlgorithmFamily) -> JwtResult<()> {
    match (algorithm, family) {
        (Algorithm::HS256, AlgorithmFamily::Hmac) => Ok(()),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

#[derive(Clone)]
struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(key: &[u8]) -> JwtResult<Self> {
        Hmac::new_from_slice(key).map(Self).map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }

    /// Appends the token of a payload.
    fn append(&self, payload: &[u8], out: &mut String) {
        let start = out.len();
        out.push_str(HEADER);
        out.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, out);
        let signature = self.over(&out.as_bytes()[start..]).finalize().into_bytes();
        out.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, out);
    }

    fn over(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(message);
        mac
    }
}

impl signature::Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.over(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.over(message).verify_slice(signature).map_err(signature::Error::from_source)
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::draft::Draft;
    use crate::clock::Timestamp;
    use crate::project::ApiKey;

    fn token(secret: &str) -> Token {
        let claims = Draft::default().claims(&ApiKey::dev(), Timestamp::from_unix(1_795_531_327));
        sign(&claims, &ApiSecret::verbatim(secret.into())).unwrap()
    }

    #[test]
    fn a_token_is_signed_as_rfc_7515_says() {
        // Computed with OpenSSL: printf %s "$HEADER.$PAYLOAD" | openssl dgst -sha256 -hmac secret -binary | basenc --base64url
        assert_eq!(
            token("secret").expose(),
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJkZXZrZXkiLCJpYXQiOjE3OTU1MzEzMjcsIm5iZiI6MTc5NTUzMTMyNywiZXhwIjoxNzk1NTM0OTI3fQ.HgTn4LVW4v3MeO1fxTEsr5LrKqy9TSS8s5NqOLp0bpo"
        );
    }

    #[test]
    fn the_header_is_that_of_jsonwebtoken() {
        let header = serde_json::to_vec(&jsonwebtoken::Header::new(Algorithm::HS256)).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(header), HEADER);
    }

    #[test]
    fn the_length_is_known_before_it_is_signed() {
        for metadata in ["", "a", "ab", "abc", "\"\u{1b}会"] {
            let mut draft = Draft::default();
            metadata.clone_into(&mut draft.grants.metadata);
            let claims = draft.claims(&ApiKey::dev(), Timestamp::from_unix(1_795_531_327));
            assert_eq!(claims.signed_len(), sign(&claims, &ApiSecret::dev()).unwrap().len(), "{metadata:?}");
        }
    }

    #[test]
    fn only_the_same_secret_verifies() {
        let token = token("fake-secret");
        let (message, signature) = token.expose().rsplit_once('.').unwrap();
        assert!(signature_matches(message, signature, &ApiSecret::verbatim("fake-secret".into())));
        assert!(!signature_matches(message, signature, &ApiSecret::verbatim("fake-secret\n".into())));
        assert!(!signature_matches(message, "!", &ApiSecret::verbatim("fake-secret".into())));
    }

    #[test]
    fn other_algorithms_are_not_to_be_had() {
        install_provider();
        let key = EncodingKey::from_secret(b"fake");
        assert!(jsonwebtoken::crypto::sign(b"", &key, Algorithm::HS384).is_err());
    }

    #[test]
    fn many_are_signed_like_one() {
        let claims = Draft::default().claims(&ApiKey::dev(), Timestamp::from_unix(1_795_531_327));
        let many: Vec<Token> = sign_many([&claims, &claims], &ApiSecret::dev()).map(Result::unwrap).collect();
        assert_eq!(many, [token("secret"), token("secret")]);
        // Behind other text, and after other claims.
        let mut signer = Signer::new(&ApiSecret::dev()).unwrap();
        let mut out = String::from("token: ");
        signer.append(&Claims { identity: "会議".repeat(40), ..claims.clone() }, &mut String::new()).unwrap();
        signer.append(&claims, &mut out).unwrap();
        assert_eq!(out, format!("token: {}", token("secret").expose()));
        let payload = Payload::of(&claims).unwrap();
        assert_eq!(payload.signed_len(), token("secret").len());
        let mut out = String::new();
        signer.append_payload(&payload, &mut out);
        assert_eq!(out, token("secret").expose());
    }
}
