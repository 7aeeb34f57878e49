//! Posting a webhook to a receiver, once.

use std::io::Read;
use std::time::{Duration, Instant};

use ureq::Agent;

use super::tamper::Outgoing;
use super::{CONTENT_TYPE, USER_AGENT};
use crate::project::web_address;
use crate::text::{redact, visible};

/// The most that is read of an answer, in bytes.
const BODY_CAP: u64 = 64 * 1024;
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

/// Posts it, as a server does but once. Follows no redirect.
///
/// # Errors
/// [`SendError`]: there was no answer. An answer that says no is one.
pub fn send(to: &str, outgoing: &Outgoing, limit: Duration) -> Result<Answer, SendError> {
    let address = web_address(to).ok_or(SendError::NotAnAddress)?;
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(limit))
        .user_agent(USER_AGENT)
        .build();
    let agent = config.new_agent();
    let mut request = agent.post(&address).header("Content-Type", CONTENT_TYPE);
    if let Some(token) = &outgoing.authorization {
        let mut value = http::HeaderValue::from_str(token.expose()).map_err(|_| SendError::Unsendable)?;
        value.set_sensitive(true);
        request = request.header("Authorization", value);
    }
    let started = Instant::now();
    let mut response = request.send(&outgoing.body[..]).map_err(|error| told(&error, limit))?;
    let latency = started.elapsed();
    let mut body = Vec::new();
    // What it said is worth having; that the end of it is missing is not worth an error.
    drop(response.body_mut().as_reader().take(BODY_CAP).read_to_end(&mut body));
    let words: String = String::from_utf8_lossy(&body).trim().chars().take(LONGEST_WORDS).collect();
    Ok(Answer {
        status: response.status().as_u16(),
        words: visible(&redact(&words)).into_owned(),
        latency_ms: u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
    })
}

fn told(error: &ureq::Error, limit: Duration) -> SendError {
    match error {
        ureq::Error::Timeout(_) => SendError::Timeout { limit },
        ureq::Error::HostNotFound => SendError::NoSuchHost,
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => SendError::Refused,
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            SendError::Timeout { limit }
        }
        // The system's resolver has no kind of its own for it.
        ureq::Error::Io(error) if error.to_string().contains("lookup") => SendError::NoSuchHost,
        other => SendError::Failed { why: visible(&redact(&other.to_string())).into_owned() },
    }
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
    /// The token cannot be a header.
    #[error("the token cannot be sent as a header")]
    Unsendable,
    /// Anything else.
    #[error("the receiver could not be asked: {why}")]
    Failed {
        /// What the network said.
        why: String,
    },
}

impl SendError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotAnAddress => "for example --to http://localhost:3000/webhook",
            Self::NoSuchHost => "check the name for a slip",
            Self::Refused => "start the receiver, and check the port",
            Self::Timeout { .. } => {
                "see what the receiver does all that time, or give it more with --timeout"
            }
            Self::Unsendable => "this is a defect of roomkey; please report it",
            Self::Failed { .. } => {
                "check the address; an https:// receiver needs a certificate that is known"
            }
        }
        .into()
    }
}
