//! Routes: which path and method asks in which shape, and how the answer is written for it.
//!
//! LiveKit's own endpoint is a `POST` to any path. The shapes of older samples are served only on request.

use http::Method;
use serde::Serializer;

use super::guard::Guard;
use crate::text::Sensitive;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// A token.
    Token(Shape),
    /// What a browser asks before it sends anything.
    Preflight,
    /// Whether the server is alive.
    Health,
    /// The counters.
    Metrics,
}

/// How a token is asked for and handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// LiveKit's standard: protocol/protobufs/livekit_token_source.proto, as `TokenSource.endpoint` and
    /// `TokenSource.sandboxTokenServer` of livekit-client send it.
    Standard,
    /// `GET ?identity&name&metadata&roomName`, answered with `{accessToken}`: `useToken` of components-react.
    UseToken,
    /// `/api/connection-details`: the starter apps before the standard.
    ConnectionDetails,
    /// `POST /token {roomName, participantName}`, answered with `{token}`: the server samples.
    PlainToken,
    /// `POST /livekit/token {user_id, room}`, answered with `{token, url}`: the backend samples for FastAPI and
    /// Express.
    UserToken,
}

impl Route {
    pub(super) fn of(method: &Method, path: &str, guard: &Guard) -> Option<Self> {
        let reads = method == Method::GET;
        if method == Method::OPTIONS {
            return Some(Self::Preflight);
        }
        if (reads || method == Method::HEAD) && path == "/healthz" {
            return Some(Self::Health);
        }
        if reads && path == "/metrics" && guard.metrics {
            return Some(Self::Metrics);
        }
        if !reads && method != Method::POST {
            return None;
        }
        if guard.compat {
            let shape = match (path, reads) {
                ("/api/connection-details", _) => Shape::ConnectionDetails,
                ("/token", false) => Shape::PlainToken,
                ("/livekit/token", false) => Shape::UserToken,
                (_, true) => Shape::UseToken,
                (_, false) => Shape::Standard,
            };
            return Some(Self::Token(shape));
        }
        (!reads).then_some(Self::Token(Shape::Standard))
    }
}

/// What an answer says.
pub(super) struct Handed<'a> {
    pub(super) url: &'a str,
    pub(super) token: &'a str,
    pub(super) room: &'a str,
    pub(super) name: &'a str,
}

impl Shape {
    /// The status of an answer: the standard says 201, the samples answer 200.
    pub(super) fn status(self) -> u16 {
        if self == Self::Standard { 201 } else { 200 }
    }

    /// The answer's body, written at once: no other copy of the token is left behind.
    pub(super) fn body(self, handed: &Handed<'_>) -> Sensitive {
        let Handed { url, token, room, name } = *handed;
        let pairs: &[(&str, &str)] = match self {
            Self::Standard => &[
                ("server_url", url),
                ("participant_token", token),
                ("room_name", room),
                ("participant_name", name),
            ],
            Self::UseToken => &[("accessToken", token)],
            Self::ConnectionDetails => &[
                ("serverUrl", url),
                ("roomName", room),
                ("participantName", name),
                ("participantToken", token),
            ],
            Self::PlainToken => &[("token", token)],
            Self::UserToken => &[("token", token), ("url", url)],
        };
        let mut bytes = Vec::with_capacity(256 + token.len() + 2 * (url.len() + room.len() + name.len()));
        let written = serde_json::Serializer::new(&mut bytes).collect_map(pairs.iter().copied());
        // Text always serialises, and as text.
        Sensitive::new(written.ok().and_then(|()| String::from_utf8(bytes).ok()).unwrap_or_default())
    }
}
