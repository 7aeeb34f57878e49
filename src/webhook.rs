//! Webhooks: what a LiveKit server posts when something happens in a room.
//!
//! [`event`] makes the bodies that a server would send, [`sign`] their `Authorization`, [`send`] posts them;
//! [`verify`](verify::verify) takes one that came in apart and says whether a receiver accepts it. The rules are those
//! of protocol/webhook (url_notifier.go, verifier.go) and semantics.md section 5.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::claims::{Claims, Grants};
use crate::clock::Timestamp;
use crate::project::{ApiKey, ApiSecret};
use crate::token::{SignError, Token, sign as sign_claims};

pub mod event;
pub mod receive;
pub mod request;
pub mod send;
pub mod tamper;
pub mod verify;

/// What a server sends as `Content-Type`; most receivers do not look at it.
pub const CONTENT_TYPE: &str = "application/webhook+json";
/// What a server sends as `User-Agent`.
pub const USER_AGENT: &str = "LiveKit";
/// How long the token of a webhook lives, in seconds.
pub const LIFE: i64 = 300;

/// The `sha256` claim of a body: standard base64, with padding, of the SHA-256 of its bytes as they are sent.
#[must_use]
pub fn hash(body: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(body))
}

/// The claims that a server signs a body with: no grant and no identity, five minutes, and the hash.
#[must_use]
pub fn claims(key: &ApiKey, body: &[u8], now: Timestamp) -> Claims {
    Claims {
        issuer: key.as_str().to_owned(),
        issued_at: Some(now),
        not_before: Some(now),
        expires_at: Some(now.plus(LIFE)),
        grants: Grants { sha256: hash(body), ..Grants::default() },
        ..Claims::default()
    }
}

/// The `Authorization` of a body, as a server writes it: the token alone, without `Bearer`.
///
/// # Errors
/// [`SignError`], which is a defect.
pub fn sign(key: &ApiKey, secret: &ApiSecret, body: &[u8], now: Timestamp) -> Result<Token, SignError> {
    sign_claims(&claims(key, body, now), secret)
}
