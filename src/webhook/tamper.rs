//! Webhooks with one thing wrong, to see that a receiver refuses them.

use super::{LIFE, claims, hash};
use crate::clock::Timestamp;
use crate::project::{ApiKey, ApiSecret};
use crate::token::{SignError, sign};

/// One thing wrong with a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tampering {
    /// The body is changed after it was signed.
    Body,
    /// The signature is that of another secret.
    Signature,
    /// The hash in the token is that of another body.
    Hash,
    /// The token has no hash.
    NoHash,
    /// The token expired two minutes ago.
    Expired,
    /// The token is valid in two minutes.
    Early,
    /// The token names a key that nobody has.
    Key,
    /// `Bearer` stands before the token.
    Bearer,
    /// There is no `Authorization`.
    NoHeader,
}

impl Tampering {
    /// All of them, with the word for each and what it is.
    pub const ALL: [(Self, &'static str, &'static str); 9] = [
        (Self::Body, "body", "the body is changed after it was signed"),
        (Self::Signature, "signature", "another secret made the signature"),
        (Self::Hash, "hash", "the token signs another body"),
        (Self::NoHash, "no-hash", "the token has no sha256"),
        (Self::Expired, "expired", "the token expired two minutes ago"),
        (Self::Early, "early", "the token is valid only in two minutes"),
        (Self::Key, "key", "the token names a key that nobody has"),
        (Self::Bearer, "bearer", "Bearer stands before the token"),
        (Self::NoHeader, "no-header", "there is no Authorization"),
    ];

    /// The one of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name, _)| *name == word).map(|(tampering, ..)| tampering)
    }

    /// What is wrong, in a few words.
    #[must_use]
    pub fn summary(self) -> &'static str {
        Self::ALL.into_iter().find(|(tampering, ..)| *tampering == self).map_or("", |(_, _, what)| what)
    }
}

/// A webhook ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The value of `Authorization`; `None` for none. A credential for five minutes, of use for nothing else.
    pub authorization: Option<crate::text::Sensitive>,
    /// The body.
    pub body: Vec<u8>,
}

/// Signs a body, with one thing wrong if asked to.
///
/// # Errors
/// [`SignError`], which is a defect.
pub fn outgoing(
    key: &ApiKey,
    secret: &ApiSecret,
    body: Vec<u8>,
    wrong: Option<Tampering>,
    now: Timestamp,
) -> Result<Outgoing, SignError> {
    let mut claims = claims(key, &body, now);
    let mut body = body;
    let other;
    let mut secret = secret;
    match wrong {
        Some(Tampering::Signature) => {
            other = ApiSecret::verbatim("fake-secret-that-nobody-has-0123456789".into());
            secret = &other;
        }
        Some(Tampering::Hash) => claims.grants.sha256 = hash(b"another body"),
        Some(Tampering::NoHash) => claims.grants.sha256.clear(),
        Some(Tampering::Expired) => {
            let then = now.plus(-LIFE - 120);
            (claims.issued_at, claims.not_before) = (Some(then), Some(then));
            claims.expires_at = Some(now.plus(-120));
        }
        Some(Tampering::Early) => {
            (claims.issued_at, claims.not_before) = (Some(now), Some(now.plus(120)));
            claims.expires_at = Some(now.plus(120 + LIFE));
        }
        Some(Tampering::Key) => "APIfakenobody".clone_into(&mut claims.issuer),
        // What a proxy does that writes JSON anew, and no eye sees.
        Some(Tampering::Body) => body.push(b'\n'),
        Some(Tampering::Bearer | Tampering::NoHeader) | None => {}
    }
    let token = sign(&claims, secret)?;
    let authorization = match wrong {
        Some(Tampering::NoHeader) => None,
        Some(Tampering::Bearer) => Some(crate::text::Sensitive::new(format!("Bearer {}", token.expose()))),
        _ => Some(token.to_sensitive()),
    };
    Ok(Outgoing { authorization, body })
}
