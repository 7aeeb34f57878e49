//! Posting a webhook to a receiver, once.

use std::time::Duration;

use http::{HeaderValue, Method};

use super::tamper::Outgoing;
use super::{CONTENT_TYPE, USER_AGENT};
use crate::exchange::{Asker, NoAnswer, Place, Request, within};
use crate::project::web_address;
use crate::text::{redact, visible};

/// The most that is read of an answer, in bytes.
const BODY_CAP: usize = 64 * 1024;
/// What reading leaves of the limit, so that an answer without an end is still told.
const MARGIN: Duration = Duration::from_millis(50);
/// The longest that a receiver's words are kept, in characters.
const LONGEST_WORDS: usize = 300;

/// What a receiver answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its words, cut short, printable, without a token.
    pub words: String,
    /// From the start to the head of the answer, in milliseconds.
    pub latency_ms: u64,
}

impl Answer {
    /// Whether the receiver took it. LiveKit tries again for every other status.
    #[must_use]
    pub const fn accepted(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// Posts it, as a server does but once. Follows no redirect. Blocks for no longer than the asker's limit.
///
/// # Errors
/// [`SendError`]: there was no answer. An answer that says no is one.
pub fn send(to: &str, outgoing: &Outgoing, asker: &Asker) -> Result<Answer, SendError> {
    let address = web_address(to).ok_or(SendError::NotAnAddress)?;
    let mut headers = vec![("Content-Type", HeaderValue::from_static(CONTENT_TYPE))];
    if let Some(token) = &outgoing.authorization {
        let mut value = HeaderValue::from_str(token.expose()).map_err(|_| NoAnswer::Unsendable)?;
        value.set_sensitive(true);
        headers.push(("Authorization", value));
    }
    let (place, body) = (Place::of_address(&address), outgoing.body.clone());
    let answer = within(&place, asker, move |line| {
        let request = Request {
            method: Method::POST,
            url: &address.to_string(),
            user_agent: USER_AGENT,
            headers,
            body: &body,
            cap: &|_| BODY_CAP,
        };
        line.send(&request, MARGIN)
    })?;
    // What it said is worth having; that the end of it is missing is not worth an error.
    let words: String = String::from_utf8_lossy(&answer.body).trim().chars().take(LONGEST_WORDS).collect();
    Ok(Answer {
        status: answer.status,
        words: visible(&redact(&words)).into_owned(),
        latency_ms: u64::try_from(answer.latency.as_millis()).unwrap_or(u64::MAX),
    })
}

/// Why there was no answer. Holds nothing of the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// `--to` is no address.
    #[error("this is no address to post to")]
    NotAnAddress,
    /// The name has no address.
    #[error("the receiver's name has no address")]
    NoSuchHost,
    /// Nothing listens there.
    #[error("nothing listens there: the connection was refused")]
    Refused,
    /// No whole answer in time.
    #[error("the receiver gave no answer within {} s", limit.as_secs_f32())]
    Timeout {
        /// The limit that passed.
        limit: Duration,
    },
    /// Anything else.
    #[error(transparent)]
    NoAnswer(NoAnswer),
}

impl From<NoAnswer> for SendError {
    fn from(error: NoAnswer) -> Self {
        match error {
            NoAnswer::NoSuchHost { .. } => Self::NoSuchHost,
            NoAnswer::Refused { .. } => Self::Refused,
            NoAnswer::Timeout { limit, .. } => Self::Timeout { limit },
            other => Self::NoAnswer(other),
        }
    }
}

impl SendError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotAnAddress => "for example --to http://localhost:3000/webhook".into(),
            Self::NoSuchHost => "check the name for a slip".into(),
            Self::Refused => "start the receiver, and check the port".into(),
            Self::Timeout { .. } => {
                "see what the receiver does all that time, or give it more with --timeout".into()
            }
            Self::NoAnswer(error) => error.hint(),
        }
    }
}
