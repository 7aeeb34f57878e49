//! What an answer says: the status and the words of a server as one [`Reading`].
//!
//! The texts are those of semantics.md section 3 and of livekit-server v1.13.5, which repeats the token in front of
//! them; they are looked for anywhere in the body.

use super::About;
use crate::text::visible;

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Yes.
    Accepted,
    /// Key and secret are right, and the node says that it is not well.
    Unwell,
    /// The token permits it, and the server runs without that service.
    ServiceOff,
    /// Yes, but a wrong signature is answered with yes as well.
    NotLooking,
    /// Yes, but a wrong signature got no answer that could be compared.
    Unconfirmed,
    /// The server has no such key.
    UnknownKey,
    /// The signature is not that of the key's secret.
    WrongSecret,
    /// Signed with something else than HS256.
    WrongAlgorithm,
    /// Over for more than a minute.
    Expired,
    /// Not valid for more than a minute to come.
    NotYet,
    /// No `exp`.
    NoExpiry,
    /// A good token that does not allow this.
    NotPermitted,
    /// A claim of a type that the server cannot read.
    WrongClaim,
    /// Not a token.
    Unreadable,
    /// The header did not arrive as it was sent.
    HeaderChanged,
    /// More than the server, or what is in front of it, takes in a header.
    TooLong,
    /// Refused for another reason, which the server's words tell.
    Refused,
    /// The answer is at another address, which was not asked.
    Redirected {
        /// Scheme, host and port there, as far as they are ones.
        to: String,
    },
    /// Something in front of the server, or instead of it, refuses it.
    Guarded,
    /// Too many requests.
    Busy,
    /// The server has an error of its own.
    Failed,
    /// A proxy answers that it has no server.
    NoServerBehind,
    /// Not available now.
    Unavailable,
    /// Nothing at this path.
    NoSuchPath,
    /// Something is there that does not take this kind of request.
    WrongMethod,
    /// Something that wants another protocol.
    OtherProtocol,
    /// A page for people.
    WebPage,
    /// Whatever answered, it was not LiveKit.
    NotLiveKit,
}

impl Reading {
    /// Yes, no, or none of both: whether the server accepted what was sent.
    #[must_use]
    pub const fn accepted(&self) -> Option<bool> {
        match self {
            Self::Accepted | Self::Unwell | Self::ServiceOff => Some(true),
            Self::UnknownKey
            | Self::WrongSecret
            | Self::WrongAlgorithm
            | Self::Expired
            | Self::NotYet
            | Self::NoExpiry
            | Self::NotPermitted
            | Self::WrongClaim
            | Self::Unreadable
            | Self::TooLong
            | Self::Refused => Some(false),
            _ => None,
        }
    }

    /// The answer in one sentence, without a full stop. `words` are the server's.
    #[must_use]
    pub fn sentence(&self, about: &About, words: &str) -> String {
        let said = about.said();
        match (self, about) {
            (Self::Accepted, About::Key) => "key and secret are right",
            (Self::Accepted, About::Join) => "the server would let this token join",
            (Self::Accepted, _) => return format!("the server answers {said} with this token"),
            (Self::Unwell, _) => "key and secret are right, but the server says that it is not ready",
            (Self::ServiceOff, _) => {
                return format!("the token permits {said}, but this server runs without that service");
            }
            (Self::NotLooking, _) => {
                "what answers there says yes to a wrong signature too: it does not look at tokens"
            }
            (Self::Unconfirmed, _) => {
                "the server says yes, but a wrong signature got no clear no: that proves nothing"
            }
            (Self::UnknownKey, _) => "the server does not know this key",
            (Self::WrongSecret, _) => "the secret is wrong: the server knows the key, not the signature",
            (Self::WrongAlgorithm, _) => {
                "the token is not signed with HS256, and a server takes nothing else"
            }
            (Self::Expired, _) => "the token is expired by the server's clock",
            (Self::NotYet, _) => "the token is not valid yet by the server's clock",
            (Self::NoExpiry, _) => "the token has no exp, and this server wants one",
            (Self::NotPermitted, _) => return format!("the token does not permit {said}"),
            (Self::WrongClaim, _) => "a claim of this token has a type that the server cannot read",
            (Self::Unreadable, _) => "the server cannot read this token",
            (Self::HeaderChanged, _) => "the Authorization header did not arrive as it was sent",
            (Self::TooLong, _) => "the token is too long for the server, or for the proxy in front of it",
            (Self::Refused, _) => return format!("the server refuses: {words}"),
            (Self::Redirected { to }, _) => {
                return format!("the server points to {to}, which was not asked");
            }
            (Self::Guarded, _) => {
                "something in front of the server refuses it, in words that are not LiveKit's"
            }
            (Self::Busy, _) => "the server is asked too often: it wants a pause",
            (Self::Failed, _) => "the server has an error of its own",
            (Self::NoServerBehind, _) => "a proxy answers: it reaches no server behind it",
            (Self::Unavailable, _) => "the server is not available now",
            (Self::NoSuchPath, _) => {
                return format!("there is no {said} at this address: it is not a LiveKit server's");
            }
            (Self::WrongMethod, _) => {
                return format!("what answers there does not take {said}: it is not a LiveKit server");
            }
            (Self::OtherProtocol, _) => {
                "what answers there wants another protocol: it is not a LiveKit server's API"
            }
            (Self::WebPage, _) => "what answers there is a web page, not a LiveKit server",
            (Self::NotLiveKit, _) => "what answers there is not a LiveKit server",
        }
        .into()
    }

    /// What to do about it; empty for a yes.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Accepted => "",
            Self::Unwell => "look at the server's log and its load",
            Self::ServiceOff => "egress, ingress and SIP want a server with Redis",
            Self::NotLooking => "check the address: a proxy, a mock or a landing page answers there",
            Self::Unconfirmed => "ask again",
            Self::UnknownKey => "compare the key with keys: of this server; is it the server that you meant?",
            Self::WrongSecret => "copy the secret of this key again",
            Self::WrongAlgorithm => "sign it with HS256",
            Self::Expired => "sign a new one, and compare the clocks",
            Self::NotYet => "wait, or compare the clocks",
            Self::NoExpiry => "sign a new one with a lifetime",
            Self::NotPermitted => "sign one with the grant; roomkey grants says which",
            Self::WrongClaim | Self::Unreadable => "inspect it: the checks say what is wrong with it",
            Self::HeaderChanged => "a proxy in front of the server changes headers",
            Self::TooLong => "shorten metadata and attributes, or raise the proxy's limit for headers",
            Self::Refused => "inspect it: the checks say what it lacks",
            Self::Redirected { .. } => "if that is the server, make it the address",
            Self::Guarded => "look at the firewall or the proxy in front of it",
            Self::Busy => "ask again in a minute",
            Self::Failed | Self::Unavailable => "look at the server's log, and ask again",
            Self::NoServerBehind => "start the server, or mend the proxy's way to it",
            Self::NoSuchPath | Self::WrongMethod | Self::OtherProtocol | Self::WebPage | Self::NotLiveKit => {
                "check the address: host, port and path"
            }
        }
    }
}

/// What came over the wire.
#[derive(Clone, Copy)]
pub(super) struct Received<'a> {
    pub(super) status: u16,
    pub(super) location: Option<&'a str>,
    pub(super) content_type: &'a str,
    pub(super) body: &'a str,
}

impl Received<'_> {
    /// Whether it is a page for people, whatever it is said to be.
    pub(super) fn is_page(&self) -> bool {
        let start: String = self.body.trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
        self.content_type.starts_with("text/html")
            || start.starts_with("<!doctype html")
            || start.starts_with("<html")
    }
}

/// The server's texts of a refusal with 401, the more particular first.
const REFUSALS: &[(&str, Reading)] = &[
    ("invalid API key", Reading::UnknownKey),
    ("signing method", Reading::WrongAlgorithm),
    ("unexpected signature algorithm", Reading::WrongAlgorithm),
    ("signature is invalid", Reading::WrongSecret),
    ("error in cryptographic primitive", Reading::WrongSecret),
    ("token is expired", Reading::Expired),
    ("token is not valid yet", Reading::NotYet),
    ("token not valid yet", Reading::NotYet),
    ("exp claim is required", Reading::NoExpiry),
    ("could not JSON decode claim", Reading::WrongClaim),
    ("permissions denied", Reading::NotPermitted),
    ("no permissions to access the room", Reading::NotPermitted),
    ("invalid authorization header", Reading::HeaderChanged),
    ("invalid authorization token", Reading::Unreadable),
    ("invalid token", Reading::Unreadable),
    ("identity cannot be empty", Reading::Refused),
    ("room name cannot be empty", Reading::Refused),
];

/// What it means as an answer to this question.
pub(super) fn read(about: &About, received: &Received<'_>) -> Reading {
    let said = |text: &str| received.body.contains(text);
    match received.status {
        200 if accepts(about, received.body) => Reading::Accepted,
        300..=399 => Reading::Redirected { to: place_of(received.location.unwrap_or_default()) },
        401 => match REFUSALS.iter().find(|(text, _)| said(text)) {
            Some((_, reading)) => reading.clone(),
            None => Reading::Guarded,
        },
        400 if ["identity", "room name", "join_request"].iter().any(|text| said(text)) => Reading::Refused,
        404 if said("requested room does not exist") => Reading::Refused,
        403 if said("permission_denied") => Reading::NotPermitted,
        406 if *about == About::Key => Reading::Unwell,
        500..=599 if said("not connected (redis required)") => Reading::ServiceOff,
        502 | 504 => Reading::NoServerBehind,
        503 if said("node has exceeded its configured limit") => Reading::Refused,
        503 => Reading::Unavailable,
        500..=599 => Reading::Failed,
        413 | 414 | 431 => Reading::TooLong,
        426 => Reading::OtherProtocol,
        429 => Reading::Busy,
        _ if received.is_page() => Reading::WebPage,
        403 => Reading::Guarded,
        404 => Reading::NoSuchPath,
        405 => Reading::WrongMethod,
        _ => Reading::NotLiveKit,
    }
}

/// Whether the body of a 200 is LiveKit's. A list may be longer than what was read of it.
fn accepts(about: &About, body: &str) -> bool {
    let body = body.trim();
    match about {
        About::Key => body == "OK",
        About::Join => body == "success",
        _ => {
            body.strip_prefix('{').map(str::trim_start).is_some_and(|members| members.starts_with(['"', '}']))
        }
    }
}

/// Scheme, host and port of a `Location`; what is behind them may hold anything.
fn place_of(location: &str) -> String {
    let uri: Option<http::Uri> = location.parse().ok();
    match uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?))) {
        // Before an @ stands a password.
        Some((scheme, authority)) => {
            let host = authority.as_str().rsplit('@').next().unwrap_or_default();
            visible(&format!("{scheme}://{host}")).into_owned()
        }
        None => "another path of the same host".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(about: &About, status: u16, body: &str) -> Reading {
        read(about, &Received { status, location: None, content_type: "", body })
    }

    #[test]
    fn a_list_is_understood_from_its_beginning() {
        for body in [r#"{"rooms":[]}"#, "{}", r#" { "rooms": [{"sid": "RM_x", "na"#] {
            assert_eq!(of(&About::ListRooms, 200, body), Reading::Accepted, "{body}");
        }
        for body in ["", "[]", "OK", "{ rooms }", "<html>{}"] {
            assert_ne!(of(&About::ListRooms, 200, body), Reading::Accepted, "{body}");
        }
    }

    #[test]
    fn a_service_that_is_off_has_been_permitted_first() {
        let body =
            r#"{"code":"internal","msg":"twirp error unknown: egress not connected (redis required)"}"#;
        let reading = of(&About::ListEgress, 500, body);
        assert_eq!((reading.accepted(), reading), (Some(true), Reading::ServiceOff));
    }

    #[test]
    fn an_algorithm_is_not_taken_for_a_wrong_secret() {
        let tail = "error: token signature is invalid: signing method HS384 is invalid";
        assert_eq!(of(&About::Key, 401, tail), Reading::WrongAlgorithm);
        let tail = "error: token signature is invalid: signature is invalid";
        assert_eq!(of(&About::Key, 401, tail), Reading::WrongSecret);
    }

    #[test]
    fn a_location_is_told_without_its_password_and_its_query() {
        assert_eq!(place_of("https://user:fake@a.example:8443/x?t=y"), "https://a.example:8443");
        assert_eq!(place_of("/login"), "another path of the same host");
        assert_eq!(place_of("\u{202e}"), "another path of the same host");
    }
}
