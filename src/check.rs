//! Asking a real server: is this key good, would this token join.
//!
//! A [`Question`] is a request that changes nothing on the server: `GET /` for key and secret, `GET /rtc/validate`
//! for a join (it never joins), a list call for an admin token. [`ask`] sends it, follows no redirect, and ends
//! within the limits of its [`Asker`]. A yes is not believed before the same request with a wrong signature got a no:
//! many things answer OK to everything. What the answer means is in `reading`, its words in `answer`; it is sent
//! through [`exchange`](crate::exchange), with the surroundings (proxies, certificates) in [`Asker`]. The token travels in the `Authorization` header only,
//! so that no access log has it, and is in no error, answer or `{:?}`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::claims::{Claims, Grants};
use crate::clock::Timestamp;
use crate::exchange::Place;
use crate::project::{Project, ServerUrl};
use crate::text::Sensitive;
use crate::token::{SignError, sign};

mod answer;
mod reading;
mod skew;
mod wire;

pub use crate::exchange::{Asker, Canceller, NoAnswer as CheckError};
pub use answer::{CheckReport, Expected};
pub use reading::Reading;
pub use skew::Skew;
pub use wire::ask;

/// How long the token of a key check lives, in seconds.
const KEY_CHECK_LIFE: i64 = 60;
/// When the token with the wrong signature ends: so late that nothing but its signature is wrong.
const CONTROL_ENDS: Timestamp = Timestamp::from_unix(4_102_444_800);

/// What is asked for. Each needs other grants (semantics.md section 2); none changes anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// `GET /`: needs no grant, and refuses a bad token all the same.
    Key,
    /// `GET /rtc/validate`: what a join is answered, without joining.
    Join,
    /// RoomService.ListRooms: roomList.
    ListRooms,
    /// RoomService.ListParticipants: roomAdmin of this room.
    ListParticipants {
        /// The room of the token.
        room: String,
    },
    /// Egress.ListEgress: roomRecord.
    ListEgress,
    /// Ingress.ListIngress: ingressAdmin.
    ListIngress,
    /// SIP.ListSIPInboundTrunk: sip.admin.
    ListTrunks,
}

impl About {
    /// The question that says most about a token with these claims.
    #[must_use]
    pub fn of(claims: &Claims) -> Self {
        let video = &claims.grants.video;
        if video.room_join {
            Self::Join
        } else if video.room_admin && !video.room.is_empty() {
            Self::ListParticipants { room: video.room.clone() }
        } else if video.room_list {
            Self::ListRooms
        } else if video.room_record {
            Self::ListEgress
        } else if video.ingress_admin {
            Self::ListIngress
        } else if claims.grants.sip.admin {
            Self::ListTrunks
        } else {
            Self::Key
        }
    }

    /// Path below the address of the server.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        match self {
            Self::Key => "/",
            Self::Join => "/rtc/validate",
            Self::ListRooms => "/twirp/livekit.RoomService/ListRooms",
            Self::ListParticipants { .. } => "/twirp/livekit.RoomService/ListParticipants",
            Self::ListEgress => "/twirp/livekit.Egress/ListEgress",
            Self::ListIngress => "/twirp/livekit.Ingress/ListIngress",
            Self::ListTrunks => "/twirp/livekit.SIP/ListSIPInboundTrunk",
        }
    }

    /// The JSON to post, or none for a `GET`.
    #[must_use]
    pub fn body(&self) -> Option<String> {
        match self {
            Self::Key | Self::Join => None,
            Self::ListParticipants { room } => Some(serde_json::json!({ "room": room }).to_string()),
            _ => Some("{}".into()),
        }
    }

    /// As one says it: `GET /rtc/validate`, `ListRooms`.
    #[must_use]
    pub fn said(&self) -> &'static str {
        match self {
            Self::Key => "GET /",
            Self::Join => "GET /rtc/validate",
            _ => self.path().rsplit('/').next().unwrap_or_default(),
        }
    }
}

/// One question to one server, with the token that asks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked for.
    pub about: About,
    /// Where.
    pub url: ServerUrl,
    token: Sensitive,
    /// The issuer of the token, for the control.
    key: String,
}

impl Question {
    /// Whether the server knows this key and its secret. Signs a token without grants that lives a minute.
    ///
    /// # Errors
    /// [`SignError`], which is a defect.
    pub fn of_project(project: &Project, now: Timestamp) -> Result<Self, SignError> {
        let claims = Claims {
            issuer: project.listing.key.as_str().to_owned(),
            expires_at: Some(now.plus(KEY_CHECK_LIFE)),
            grants: Grants::default(),
            ..Claims::default()
        };
        let token = sign(&claims, &project.secret)?.to_sensitive();
        Ok(Self { about: About::Key, url: project.listing.url.clone(), token, key: claims.issuer })
    }

    /// What the server makes of this token: the call that its claims are for, or `GET /` if they cannot be read.
    #[must_use]
    pub fn of_token(url: ServerUrl, token: Sensitive, claims: Option<&Claims>) -> Self {
        let key = claims.map(|claims| claims.issuer.clone()).unwrap_or_default();
        Self { about: claims.map_or(About::Key, About::of), url, token, key }
    }

    /// Host and port as written, fit to be shown.
    #[must_use]
    pub fn host(&self) -> String {
        crate::text::visible(Place::of_server(&self.url).at()).into_owned()
    }

    /// A token of the same key with a signature that nobody made. It shares nothing else with the token of the
    /// question: servers up to v1.13.5 write a token that they refuse into their log, whole.
    fn control(&self) -> Sensitive {
        let claims = serde_json::json!({ "iss": self.key, "exp": CONTROL_ENDS.as_unix() });
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let header = part(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signature = URL_SAFE_NO_PAD.encode([0; 32]);
        Sensitive::new(format!("{header}.{}.{signature}", part(&claims.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ApiSecret;

    #[test]
    fn a_token_is_asked_for_what_it_is_for() {
        let mut claims = Claims::default();
        assert_eq!(About::of(&claims), About::Key);
        claims.grants.video.room_list = true;
        assert_eq!(About::of(&claims).said(), "ListRooms");
        claims.grants.video.room_admin = true;
        assert_eq!(About::of(&claims).said(), "ListRooms");
        claims.grants.video.room = "a\"b".into();
        assert_eq!(About::of(&claims).body().as_deref(), Some(r#"{"room":"a\"b"}"#));
        claims.grants.video.room_join = true;
        assert_eq!(About::of(&claims), About::Join);
    }

    #[test]
    fn a_key_check_signs_a_token_of_a_minute_that_allows_nothing_and_shows_nowhere() {
        let secret = ApiSecret::verbatim("fake-secret".into());
        let project = Project { secret, ..Project::local_dev() };
        let now = Timestamp::from_unix(1_000);
        let question = Question::of_project(&project, now).unwrap();
        let payload = crate::token::inspect::inspect(question.token.expose()).unwrap().payload;
        assert_eq!(serde_json::json!(payload), serde_json::json!({"iss": "devkey", "exp": 1_060}));
        assert!(!format!("{question:?}").contains("eyJ"));
    }

    #[test]
    fn the_control_is_of_the_same_key_and_takes_nothing_else_along() {
        let claims = Claims { issuer: "APIx\"".into(), identity: "alice".into(), ..Claims::default() };
        let token = sign(&claims, &ApiSecret::verbatim("fake-secret".into())).unwrap();
        let url = ServerUrl::local_dev();
        let control = Question::of_token(url, token.to_sensitive(), Some(&claims)).control();
        let read = crate::token::inspect::inspect(control.expose()).unwrap();
        assert_eq!(read.issuer(), "APIx\"");
        assert_eq!(read.payload.to_map().keys().collect::<Vec<_>>(), ["iss", "exp"]);
        assert_eq!(read.claims.unwrap().grants, Grants::default());
        assert!(!token.expose().contains(control.expose().rsplit('.').next().unwrap()));
    }
}
