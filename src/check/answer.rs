//! What a server's answer means.

use std::borrow::Cow;

use super::About;
use crate::clock::{Timestamp, length};
use crate::text::{redact, visible};

/// The longest that a server's words are kept, in characters.
const LONGEST_WORDS: usize = 300;
/// What the server allows between its clock and the one that signed, in seconds (semantics.md section 3).
const LEEWAY: i64 = 60;
/// From here on a difference between clocks is worth a warning, in seconds.
const NOTABLE_SKEW: i64 = 10;

/// How far the server's clock is ahead of this machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// Seconds; negative if the server is behind. Zero if the difference is within the uncertainty.
    pub seconds: i64,
    /// How far off that may be, in milliseconds: `Date` has whole seconds, and was written at some point of the
    /// round trip.
    pub uncertainty_ms: i64,
}

impl Skew {
    /// From the server's `Date`, and this machine's clock before and after, in milliseconds since the epoch.
    #[must_use]
    pub fn measure(date: Timestamp, before_ms: i64, after_ms: i64) -> Self {
        let trip = after_ms.saturating_sub(before_ms).max(0);
        let apart = date
            .as_unix()
            .saturating_mul(1_000)
            .saturating_add(500)
            .saturating_sub(before_ms.saturating_add(trip / 2));
        let uncertainty_ms = 1_000 + trip / 2;
        let seconds = if apart.saturating_abs() <= uncertainty_ms { 0 } else { apart / 1_000 };
        Self { seconds, uncertainty_ms }
    }

    /// `clock 0 s apart`, `server's clock 3 min ahead`.
    #[must_use]
    pub fn said(self) -> String {
        match self.seconds {
            0 => "clock 0 s apart".into(),
            1.. => format!("server's clock {} ahead", length(self.seconds)),
            _ => format!("server's clock {} behind", length(self.seconds)),
        }
    }

    /// What follows from a difference that matters.
    #[must_use]
    pub fn warning(self) -> Option<String> {
        if self.seconds.abs() < NOTABLE_SKEW {
            return None;
        }
        let refused = if self.seconds.abs() <= LEEWAY {
            "tokens still work: servers allow 60 s"
        } else if self.seconds > 0 {
            "tokens signed here expire that much too early"
        } else {
            "tokens with nbf signed here are not valid yet, others live too long"
        };
        Some(format!("the {}; {refused}", self.said()))
    }
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Yes.
    Accepted,
    /// Key and secret are right, and the node says that it is not well.
    Unwell,
    /// The server has no such key.
    UnknownKey,
    /// The signature is not that of the key's secret.
    WrongSecret,
    /// Over for more than a minute.
    Expired,
    /// Not valid for more than a minute to come.
    NotYet,
    /// No `exp`.
    NoExpiry,
    /// A good token that does not allow this.
    NotPermitted,
    /// Not a token, or one with a claim that the server cannot read.
    Unreadable,
    /// The header did not arrive as it was sent.
    HeaderChanged,
    /// Refused for another reason, which the server's words tell.
    Refused,
    /// The answer is at another address, which was not asked.
    Redirected {
        /// The host there, as far as it is one.
        to: String,
    },
    /// The server has trouble of its own.
    Failed,
    /// Whatever answered, it was not LiveKit.
    NotLiveKit,
}

/// A server's answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// What was asked.
    pub about: About,
    /// The HTTP status.
    pub status: u16,
    /// The server's words, cut short, without control characters and without a token.
    pub words: String,
    /// From the start to the head of the answer, connecting included, in milliseconds.
    pub latency_ms: u64,
    /// How far the clocks are apart, if the server said its time.
    pub skew: Option<Skew>,
    /// What it means.
    pub reading: Reading,
}

impl CheckReport {
    /// Yes, no, or none of both: whether the server accepted what was sent.
    #[must_use]
    pub const fn accepted(&self) -> Option<bool> {
        match self.reading {
            Reading::Accepted | Reading::Unwell => Some(true),
            Reading::Failed | Reading::NotLiveKit | Reading::Redirected { .. } | Reading::HeaderChanged => {
                None
            }
            _ => Some(false),
        }
    }

    /// The answer in one sentence, without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        match (&self.reading, &self.about) {
            (Reading::Accepted, About::Key) => "key and secret are right".into(),
            (Reading::Accepted, About::Join) => "the server would let this token join".into(),
            (Reading::Accepted, about) => format!("the server answers {} with this token", about.said()),
            (Reading::Unwell, _) => {
                "key and secret are right, but the server says that it is not ready".into()
            }
            (Reading::UnknownKey, _) => "the server does not know this key".into(),
            (Reading::WrongSecret, _) => {
                "the secret is wrong: the server knows the key, not the signature".into()
            }
            (Reading::Expired, _) => "the token is expired by the server's clock".into(),
            (Reading::NotYet, _) => "the token is not valid yet by the server's clock".into(),
            (Reading::NoExpiry, _) => "the token has no exp, and this server wants one".into(),
            (Reading::NotPermitted, about) => format!("the token does not permit {}", about.said()),
            (Reading::Unreadable, _) => "the server cannot read this token".into(),
            (Reading::HeaderChanged, _) => "the Authorization header did not arrive as it was sent".into(),
            (Reading::Refused, _) => format!("the server refuses: {}", self.words),
            (Reading::Redirected { to }, _) => format!("the server points to {to}, which was not asked"),
            (Reading::Failed, _) => "the server has trouble of its own".into(),
            (Reading::NotLiveKit, _) => "what answers there is not a LiveKit server".into(),
        }
    }

    /// The evidence behind the sentence: `200 OK, 12 ms, clock 0 s apart`.
    #[must_use]
    pub fn evidence(&self) -> String {
        let words = if self.words.is_empty() { String::new() } else { format!(" {}", self.words) };
        let skew = self.skew.map_or_else(String::new, |skew| format!(", {}", skew.said()));
        format!("{}{words}, {} ms{skew}", self.status, self.latency_ms)
    }

    /// What to do about it; empty for a yes.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.reading {
            Reading::Accepted => "",
            Reading::Unwell => "look at the server's log and its load",
            Reading::UnknownKey => {
                "compare the key with `keys:` of this server; is it the server that you meant?"
            }
            Reading::WrongSecret => "copy the secret of this key again",
            Reading::Expired => "sign a new one, and compare the clocks",
            Reading::NotYet => "wait, or compare the clocks",
            Reading::NoExpiry => "sign a new one with a lifetime",
            Reading::NotPermitted => "sign one with the grant; roomkey grants says which",
            Reading::Unreadable => "roomkey inspect says what is wrong with it",
            Reading::HeaderChanged => "a proxy in front of the server changes headers",
            Reading::Refused => "roomkey inspect says what the token holds",
            Reading::Redirected { .. } => "if that is the server, make it the address",
            Reading::Failed => "look at the server's log, and ask again",
            Reading::NotLiveKit => "check the address: host, port and path",
        }
        .into()
    }
}

/// What came over the wire.
pub(super) struct Received<'a> {
    pub(super) status: u16,
    pub(super) location: Option<&'a str>,
    pub(super) body: &'a str,
}

/// What it means as an answer to this question.
pub(super) fn read(about: &About, received: &Received<'_>) -> Reading {
    let said = |text: &str| received.body.contains(text);
    match received.status {
        200 if accepts(about, received.body) => Reading::Accepted,
        300..=399 => Reading::Redirected { to: host_of(received.location.unwrap_or_default()) },
        406 if *about == About::Key => Reading::Unwell,
        401 if said("invalid API key") => Reading::UnknownKey,
        401 if said("signature is invalid") || said("error in cryptographic primitive") => {
            Reading::WrongSecret
        }
        401 if said("token is expired") => Reading::Expired,
        401 if said("token is not valid yet") || said("token not valid yet") => Reading::NotYet,
        401 if said("exp claim is required") => Reading::NoExpiry,
        401 if said("permissions denied") || said("no permissions to access the room") => {
            Reading::NotPermitted
        }
        401 if said("invalid authorization header") => Reading::HeaderChanged,
        401 if said("invalid authorization token") || said("invalid token") => Reading::Unreadable,
        400 if ["identity", "room name", "join_request"].iter().any(|text| said(text)) => Reading::Refused,
        404 if said("requested room does not exist") => Reading::Refused,
        503 if said("node has exceeded its configured limit") => Reading::Refused,
        500..=599 => Reading::Failed,
        _ => Reading::NotLiveKit,
    }
}

/// Whether the body of a 200 is LiveKit's.
fn accepts(about: &About, body: &str) -> bool {
    match about {
        About::Key => body.trim() == "OK",
        About::Join => body.trim() == "success",
        _ => serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(body).is_ok(),
    }
}

/// The host of a `Location`; what is behind it may hold anything.
fn host_of(location: &str) -> String {
    let uri: Option<http::Uri> = location.parse().ok();
    match uri.as_ref().and_then(http::Uri::authority) {
        // Before an @ stands a password.
        Some(authority) => visible(authority.as_str().rsplit('@').next().unwrap_or_default()).into_owned(),
        None => "another path of the same host".into(),
    }
}

/// The server's words, fit to be shown: without the token, without another token, one line.
pub(super) fn words(body: &str, token: &str) -> String {
    let mut text = Cow::Borrowed(body);
    // Servers up to v1.13.5 repeat the token; its parts are as confidential as the whole.
    for part in std::iter::once(token).chain(token.split('.').filter(|part| part.len() > 12)) {
        if !part.is_empty() && text.contains(part) {
            text = text.replace(part, "(hidden)").into();
        }
    }
    let text = redact(&text);
    let text = visible(text.trim());
    let mut short: String = text.chars().take(LONGEST_WORDS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_as_far_apart_as_can_be_known() {
        let at = |seconds| Skew::measure(Timestamp::from_unix(seconds), 100_000, 100_200);
        assert_eq!(at(100), Skew { seconds: 0, uncertainty_ms: 1_100 });
        assert_eq!(at(99).seconds, 0);
        assert_eq!(at(400).said(), "server's clock 5 min ahead");
        assert!(at(0).warning().unwrap().contains("not valid yet"));
        assert!(at(120).warning().unwrap().contains("still work"));
        assert!(at(400).warning().unwrap().contains("too early"));
        assert_eq!(Skew::measure(Timestamp::from_unix(i64::MAX), i64::MIN, i64::MAX).seconds.signum(), 1);
    }

    #[test]
    fn an_echoed_token_is_hidden_whole_or_in_parts() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJjYW5hcnkifQ.ZmFrZS1jYW5hcnktc2ln";
        let echoed = words(&format!("invalid token: {token}, error\x1b[2J ZmFrZS1jYW5hcnktc2ln"), token);
        assert_eq!(echoed, "invalid token: (hidden), error\\u{1b}[2J (hidden)");
    }
}
