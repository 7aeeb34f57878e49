//! Refusals: why a request gets no token, as a status, a word for the counters and one sentence for a person.

/// What a request was refused for. The word and the status of each are fixed, so that a client, a log and a counter
/// agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The `Host` header names somebody else: a page that got its name to point here.
    Host,
    /// A page of an origin that was not allowed.
    Origin,
    /// Neither a path nor a method of this server.
    Method,
    /// No bearer key, or one that is not known.
    Key,
    /// Not JSON by its `Content-Type`: a form or a simple request of another page.
    ContentType,
    /// A body over the limit.
    TooBig,
    /// A body that did not come in time.
    TooSlow,
    /// A body that is not what the endpoint reads.
    Malformed,
    /// A field that no request may set here.
    Field,
    /// A longer life than allowed.
    Ttl,
    /// A grant beyond the ceiling.
    Grant,
    /// A room that is not allowed.
    Room,
    /// An identity that is not allowed.
    Identity,
    /// An agent that is not allowed.
    Agent,
    /// A storage secret in the room's settings, which everybody with the token could read.
    Secret,
    /// Claims that a LiveKit server would refuse.
    Invalid,
    /// Too many requests.
    Rate,
    /// Too many connections.
    Busy,
    /// A defect of ours.
    Failed,
}

impl Reason {
    /// Every reason there is.
    pub const ALL: [Self; 19] = [
        Self::Host,
        Self::Origin,
        Self::Method,
        Self::Key,
        Self::ContentType,
        Self::TooBig,
        Self::TooSlow,
        Self::Malformed,
        Self::Field,
        Self::Ttl,
        Self::Grant,
        Self::Room,
        Self::Identity,
        Self::Agent,
        Self::Secret,
        Self::Invalid,
        Self::Rate,
        Self::Busy,
        Self::Failed,
    ];

    /// `origin`: in logs and counters. Stable.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Origin => "origin",
            Self::Method => "method",
            Self::Key => "key",
            Self::ContentType => "content_type",
            Self::TooBig => "too_big",
            Self::TooSlow => "too_slow",
            Self::Malformed => "malformed",
            Self::Field => "field",
            Self::Ttl => "ttl",
            Self::Grant => "grant",
            Self::Room => "room",
            Self::Identity => "identity",
            Self::Agent => "agent",
            Self::Secret => "secret",
            Self::Invalid => "invalid",
            Self::Rate => "rate",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }

    /// What to do about it: for whoever asked, or for whoever runs the endpoint.
    #[must_use]
    pub const fn cure(self) -> &'static str {
        match self {
            Self::Host => {
                "Ask the endpoint by the address it shows. If the name is really its own, allow it: --allow-host, or allow_hosts in the policy file."
            }
            Self::Origin => {
                "If the page is yours, allow its origin as the address bar has it, without a path: --allow-origin, allow_origins in the policy file, or e on this screen. If not, a page that somebody visits asked for a token here, and did not get one."
            }
            Self::Method => "Ask with POST and a JSON body; to see whether it runs, GET /healthz.",
            Self::Key => {
                "Send Authorization: Bearer and one of the keys that the endpoint was started with, or a fresh token of the login that it trusts."
            }
            Self::ContentType => {
                "Send Content-Type: application/json. A form, or fetch without that header, is what any page can send."
            }
            Self::TooBig => "Send less: metadata and attributes are for a few kilobytes.",
            Self::TooSlow => {
                "Send the body at once. A connection that is this slow is cut, so that others are not kept waiting."
            }
            Self::Malformed => {
                "Send a JSON object with room_name and participant_identity, as TokenSource.endpoint does; roomkey endpoint check tries it."
            }
            Self::Field => {
                "Leave the field out, or let requests set it: --may-set, or may_set in the policy file."
            }
            Self::Ttl => {
                "Ask for a shorter life, or allow a longer one: --max-valid-for, or max_ttl in the policy file."
            }
            Self::Grant => {
                "Ask for less, or raise the ceiling: a request may only take away from what the policy allows. What it allows stands at the top of this screen."
            }
            Self::Room => {
                "Ask for a room that is allowed, or allow this one: --room, or rooms in the policy file."
            }
            Self::Identity => {
                "Ask for an identity that is allowed, or allow this one: --identity, or identities in the policy file."
            }
            Self::Agent => {
                "Ask for an agent that is allowed, or allow this one: --agent, or agents in the policy file."
            }
            Self::Secret => {
                "Take the storage secret out of room_config: everybody who has the token can read it. Recording is started by a server."
            }
            Self::Invalid => {
                "Change what is asked for: a LiveKit server would refuse this token when it is used."
            }
            Self::Rate => {
                "Wait as long as the answer says. Let a client keep its token until it expires instead of asking for each use."
            }
            Self::Busy => {
                "Try again. If it goes on, more connections are open than the endpoint takes: --connections."
            }
            Self::Failed => "This is a defect of roomkey; please report it.",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::Invalid => 400,
            Self::Key => 401,
            Self::Host
            | Self::Origin
            | Self::Field
            | Self::Ttl
            | Self::Grant
            | Self::Room
            | Self::Identity
            | Self::Agent
            | Self::Secret => 403,
            Self::Method => 405,
            Self::TooSlow => 408,
            Self::TooBig => 413,
            Self::ContentType => 415,
            Self::Rate => 429,
            Self::Failed => 500,
            Self::Busy => 503,
        }
    }
}

/// A request that gets no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For what.
    pub reason: Reason,
    /// One sentence, without a full stop, that a client may show to a person.
    pub sentence: String,
    /// After how many seconds it is worth asking again; 0 if it is not.
    pub retry_after: u32,
    /// The identity that was asked for, as far as that was read: its beginning. For the log, not for the client.
    pub identity: String,
    /// The room that was asked for, likewise.
    pub room: String,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, sentence: impl Into<String>) -> Self {
        Self {
            reason,
            sentence: sentence.into(),
            retry_after: 0,
            identity: String::new(),
            room: String::new(),
        }
    }

    /// The same, and after so many seconds it is worth asking again.
    pub(crate) fn after(self, seconds: u32) -> Self {
        Self { retry_after: seconds, ..self }
    }

    /// The same, of a request for this.
    pub(super) fn of(self, identity: &str, room: &str) -> Self {
        Self { identity: beginning(identity), room: beginning(room), ..self }
    }
}

/// Text of a request for a sentence: its beginning, with everything unprintable written out.
pub(super) fn said(text: &str) -> String {
    format!("\"{}\"", crate::text::redact(&crate::text::visible(&beginning(text))))
}

fn beginning(text: &str) -> String {
    const MOST: usize = 60;
    let mut short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_has_a_word_of_its_own_and_a_status_that_is_an_error() {
        let words: HashSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
        assert!(Reason::ALL.iter().all(|reason| (400..600).contains(&reason.status())));
        let cures: HashSet<&str> = Reason::ALL.iter().map(|reason| reason.cure()).collect();
        assert_eq!(cures.len(), Reason::ALL.len());
        assert!(cures.iter().all(|cure| cure.ends_with('.')));
    }

    #[test]
    fn text_of_a_request_is_cut_and_cannot_command_a_terminal() {
        assert_eq!(said("a\u{1b}[2Jb"), "\"a\\u{1b}[2Jb\"");
        assert_eq!(said(&"x".repeat(100)).chars().count(), 63);
        assert!(!said("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln").contains("eyJpc3"));
    }
}
