//! Routes: which path and method asks in which shape, and how the answer is written for it.
//!
//! LiveKit's own endpoint is a `POST` to any path. The shapes of older samples are served only on request.

use http::Method;

use super::guard::Guard;
use crate::text::Sensitive;
use crate::token::{Fingerprint, Payload, Signer};

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

/// What an answer says, beside the token.
pub(super) struct Handed<'a> {
    /// The server's address, as JSON.
    pub(super) url: &'a str,
    pub(super) room: &'a str,
    pub(super) name: &'a str,
}

/// What stands in one field of an answer.
#[derive(Clone, Copy)]
enum Part {
    Url,
    Token,
    Room,
    Name,
}

impl Shape {
    /// The status of an answer: the standard says 201, the samples answer 200.
    pub(super) fn status(self) -> u16 {
        if self == Self::Standard { 201 } else { 200 }
    }

    fn fields(self) -> &'static [(&'static str, Part)] {
        match self {
            Self::Standard => &[
                ("{\"server_url\":", Part::Url),
                (",\"participant_token\":", Part::Token),
                (",\"room_name\":", Part::Room),
                (",\"participant_name\":", Part::Name),
            ],
            Self::UseToken => &[("{\"accessToken\":", Part::Token)],
            Self::ConnectionDetails => &[
                ("{\"serverUrl\":", Part::Url),
                (",\"roomName\":", Part::Room),
                (",\"participantName\":", Part::Name),
                (",\"participantToken\":", Part::Token),
            ],
            Self::PlainToken => &[("{\"token\":", Part::Token)],
            Self::UserToken => &[("{\"token\":", Part::Token), (",\"url\":", Part::Url)],
        }
    }

    /// The answer's body, and what the token in it is known by. It is signed into the body, so that there is no other
    /// copy of it.
    pub(super) fn body(
        self,
        handed: &Handed<'_>,
        signer: &Signer,
        payload: &Payload,
    ) -> (Sensitive, Fingerprint) {
        // Every byte of a name becomes six at most.
        let names = 6 * (handed.room.len() + handed.name.len());
        let mut out = String::with_capacity(96 + payload.signed_len() + handed.url.len() + names);
        let mut token = 0..0;
        for (key, part) in self.fields() {
            out.push_str(key);
            match part {
                Part::Url => out.push_str(handed.url),
                Part::Token => {
                    out.push('"');
                    let start = out.len();
                    signer.append_payload(payload, &mut out);
                    token = start..out.len();
                    out.push('"');
                }
                Part::Room => push_json(handed.room, &mut out),
                Part::Name => push_json(handed.name, &mut out),
            }
        }
        out.push('}');
        let fingerprint = Fingerprint::of(&out[token]);
        (Sensitive::new(out), fingerprint)
    }
}

/// Appends a text as JSON.
pub(super) fn push_json(text: &str, out: &mut String) {
    let plain = text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
    if plain {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Claims;
    use crate::project::ApiSecret;

    #[test]
    fn an_answer_is_json_of_its_shape_in_a_text_that_never_grew() {
        let signer = Signer::new(&ApiSecret::dev()).unwrap();
        let hostile = "\"\\\n\u{1}\u{7f}é会".repeat(20);
        for (room, name) in [("demo", "Zoë"), ("", ""), (hostile.as_str(), hostile.as_str())] {
            let claims = Claims { identity: room.to_owned(), ..Claims::default() };
            let payload = Payload::of(&claims).unwrap();
            let mut token = String::new();
            signer.append_payload(&payload, &mut token);
            for (shape, keys) in [
                (Shape::Standard, "server_url participant_token room_name participant_name"),
                (Shape::UseToken, "accessToken"),
                (Shape::ConnectionDetails, "serverUrl roomName participantName participantToken"),
                (Shape::PlainToken, "token"),
                (Shape::UserToken, "token url"),
            ] {
                let (body, fingerprint) =
                    shape.body(&Handed { url: "\"ws://a\"", room, name }, &signer, &payload);
                assert_eq!(fingerprint, Fingerprint::of(&token));
                let read: serde_json::Map<String, serde_json::Value> =
                    serde_json::from_str(body.expose()).unwrap();
                assert_eq!(read.keys().map(String::as_str).collect::<Vec<_>>().join(" "), keys);
                for (key, value) in &read {
                    let wanted = match key.to_lowercase().replace('_', "").as_str() {
                        "serverurl" | "url" => "ws://a",
                        "roomname" => room,
                        "participantname" => name,
                        _ => &token,
                    };
                    assert_eq!(value, wanted, "{key}");
                }
                let room_for_names = 6 * (room.len() + name.len());
                assert!(body.expose().len() <= 96 + token.len() + 8 + room_for_names, "{shape:?}");
            }
        }
    }
}
