//! Claims: exactly what is in a token's payload, and what LiveKit's server makes of it.
//!
//! The wire is in [`grants`], one row for each field in [`catalog`], what was asked for in [`draft`], what is
//! wrong with it in [`problems`], what it allows in [`effect`], what a project's owner
//! lets pass in [`policy`]. Nothing here signs, and nothing knows a secret.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::clock::Timestamp;

pub mod catalog;
pub mod draft;
pub mod effect;
pub mod grants;
mod held;
pub mod placeholders;
pub mod policy;
pub mod presets;
pub mod problems;
mod reader;

use grants::{
    AgentDatabaseGrant, AgentEndpointGrant, AgentGrant, AgentThreadGrant, InferenceGrant, ObservabilityGrant,
    RoomConfig, SipGrant, VideoGrant,
};
pub use held::{Held, Unknown};
pub use reader::WrongType;
pub(crate) use reader::{Fields, Style, snake_case};

/// Text keys with text values, sorted by key: `attributes` and `tags`.
pub type Pairs = BTreeMap<String, String>;

/// The payload of an access token.
///
/// Serialising writes the shape that every SDK and server reads alike (semantics.md section 4): no `null`, no
/// empty text, booleans only when true, tri-states only when set, nothing that only repeats a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// `iss`: the API key that signs.
    #[serde(rename = "iss", skip_serializing_if = "String::is_empty")]
    pub issuer: String,
    /// `sub`: who the participant is; unique in a room.
    #[serde(rename = "sub", skip_serializing_if = "String::is_empty")]
    pub identity: String,
    /// `iat`: when it was made. The server ignores it.
    #[serde(rename = "iat", skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Timestamp>,
    /// `nbf`: not accepted more than 60 s before.
    #[serde(rename = "nbf", skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// `exp`: not accepted more than 60 s after.
    #[serde(rename = "exp", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether a `video` object is there at all: the server words its refusal of a join differently without.
    #[serde(skip)]
    pub has_video: bool,
    /// Whether a `sip` object was there with less than both its members. Never so in what is signed here.
    #[serde(skip)]
    pub half_sip: bool,
    /// Everything else.
    #[serde(flatten)]
    pub grants: Grants,
}

/// What a token says besides who signed it, for whom and for how long: LiveKit's `ClaimGrants`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Grants {
    /// Display name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What sort of participant; empty is `standard`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// A finer kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kind_details: Vec<String>,
    /// Free text given to every client.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    /// Pairs shown to every client.
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    pub attributes: Pairs,
    /// Rooms and media.
    #[serde(skip_serializing_if = "VideoGrant::is_empty")]
    pub video: VideoGrant,
    /// Telephony.
    #[serde(skip_serializing_if = "SipGrant::is_empty")]
    pub sip: SipGrant,
    /// Cloud Agents.
    #[serde(skip_serializing_if = "AgentGrant::is_empty")]
    pub agent: AgentGrant,
    /// Calling an agent's endpoint; newer than the server pinned in semantics.md.
    #[serde(skip_serializing_if = "AgentEndpointGrant::is_empty")]
    pub agent_endpoint: AgentEndpointGrant,
    /// An agent's threads; newer than the server pinned in semantics.md.
    #[serde(skip_serializing_if = "AgentThreadGrant::is_empty")]
    pub agent_thread: AgentThreadGrant,
    /// Agents' databases; newer than the server pinned in semantics.md.
    #[serde(skip_serializing_if = "AgentDatabaseGrant::is_empty")]
    pub agent_database: AgentDatabaseGrant,
    /// LiveKit Inference.
    #[serde(skip_serializing_if = "InferenceGrant::is_empty")]
    pub inference: InferenceGrant,
    /// Traces and logs.
    #[serde(skip_serializing_if = "ObservabilityGrant::is_empty")]
    pub observability: ObservabilityGrant,
    /// Settings of the room, if this join creates it.
    #[serde(skip_serializing_if = "RoomConfig::is_empty")]
    pub room_config: RoomConfig,
    /// Named settings of the room, if this join creates it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub room_preset: String,
    /// Standard base64 of the SHA-256 of the body this token signs: webhooks.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// Claims that LiveKit does not define. Kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Claims {
    /// Reads a payload as the server's JSON reader does: `null` is absent, keys match without regard to case,
    /// the last of several wins, unknown claims are kept (semantics.md section 1.8).
    ///
    /// # Errors
    /// [`WrongType`] for the first claim whose type makes the server refuse the whole token.
    pub fn read(payload: &Map<String, Value>) -> Result<Self, WrongType> {
        let mut fields = Fields::new("", payload, Style::Go);
        let mut claims = Self {
            issuer: fields.text("iss")?,
            identity: fields.text("sub")?,
            issued_at: fields.date("iat")?,
            not_before: fields.date("nbf")?,
            expires_at: fields.date("exp")?,
            has_video: fields.has("video"),
            half_sip: fields.has_object_without("sip", &["admin", "call"]),
            grants: Grants::read(&mut fields)?,
        };
        claims.grants.unknown = fields.rest();
        Ok(claims)
    }

    /// The payload as JSON, as it is signed.
    ///
    /// # Panics
    /// Never: all keys are text and all values are JSON.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }

    /// The length in bytes of the token that these claims become: header, payload and signature in base64url,
    /// with two dots between.
    #[must_use]
    pub fn signed_len(&self) -> usize {
        struct Length(usize);
        impl std::io::Write for Length {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0 += bytes.len();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        const HEADER: usize = 36;
        const SIGNATURE: usize = 43;
        let mut payload = Length(0);
        // Claims always serialise, and counting cannot fail.
        serde_json::to_writer(&mut payload, self).ok();
        HEADER + 1 + (payload.0 * 4).div_ceil(3) + 1 + SIGNATURE
    }

    /// Who the server takes the participant for: `sub`, or without it `jti` (protocol/auth/verifier.go:45-52).
    #[must_use]
    pub fn effective_identity(&self) -> &str {
        match self.grants.unknown.get("jti").and_then(Held::as_str) {
            Some(jti) if self.identity.is_empty() => jti,
            _ => &self.identity,
        }
    }
}

impl Grants {
    /// The fields that LiveKit does not define, by the object they stand in: `video`, `roomConfig`, ... Those of the
    /// dispatched agents and of the top stand elsewhere.
    pub(crate) fn undefined(&self) -> [(&'static str, &Unknown); 9] {
        [
            ("video", &self.video.unknown),
            ("sip", &self.sip.unknown),
            ("agent", &self.agent.unknown),
            ("agentEndpoint", &self.agent_endpoint.unknown),
            ("agentThread", &self.agent_thread.unknown),
            ("agentDatabase", &self.agent_database.unknown),
            ("inference", &self.inference.unknown),
            ("observability", &self.observability.unknown),
            ("roomConfig", &self.room_config.unknown),
        ]
    }

    /// Those of a grant, by its name.
    pub(crate) fn undefined_mut(&mut self, name: &str) -> Option<&mut Unknown> {
        Some(match name {
            "video" => &mut self.video.unknown,
            "sip" => &mut self.sip.unknown,
            "agent" => &mut self.agent.unknown,
            "inference" => &mut self.inference.unknown,
            "observability" => &mut self.observability.unknown,
            _ => return None,
        })
    }

    /// Reads the grants out of `fields`, leaving behind what is no grant.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self {
            name: fields.text("name")?,
            kind: fields.text("kind")?,
            kind_details: fields.texts("kindDetails")?,
            metadata: fields.text("metadata")?,
            attributes: fields.pairs("attributes")?,
            video: fields.object("video", VideoGrant::read)?,
            sip: fields.object("sip", SipGrant::read)?,
            agent: fields.object("agent", AgentGrant::read)?,
            agent_endpoint: fields.object("agentEndpoint", AgentEndpointGrant::read)?,
            agent_thread: fields.object("agentThread", AgentThreadGrant::read)?,
            agent_database: fields.object("agentDatabase", AgentDatabaseGrant::read)?,
            inference: fields.object("inference", InferenceGrant::read)?,
            observability: fields.object("observability", ObservabilityGrant::read)?,
            room_config: fields.proto_object("roomConfig", RoomConfig::read)?,
            room_preset: fields.text("roomPreset")?,
            sha256: fields.text("sha256")?,
            unknown: Unknown::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Claims, WrongType> {
        let Ok(Value::Object(map)) = serde_json::from_str(json) else { panic!("{json}") };
        Claims::read(&map)
    }

    fn written(json: &str) -> String {
        serde_json::to_string(&read(json).unwrap()).unwrap()
    }

    #[test]
    fn unset_is_never_written_and_false_is_kept_where_it_is_a_state() {
        assert_eq!(
            written(
                r#"{"iss":"K","video":{"roomJoin":true,"hidden":false,"canPublish":false,"canSubscribe":true,"canPublishSources":[]},"sip":{},"attributes":{},"roomConfig":{"emptyTimeout":0}}"#
            ),
            r#"{"iss":"K","video":{"roomJoin":true,"canPublish":false,"canSubscribe":true}}"#
        );
    }

    #[test]
    fn unknown_claims_and_unknown_fields_are_kept() {
        let json = r#"{"iss":"K","video":{"roomJoin":true,"later":[1]},"roomConfig":{"maxParticipants":4,"agents":[{"agentName":"a","later":true}],"later":{}},"custom":{"a":1}}"#;
        assert_eq!(written(json), json);
    }

    #[test]
    fn keys_match_without_regard_to_case_and_null_is_absent() {
        assert_eq!(
            written(r#"{"ISS":"K","VIDEO":{"ROOMJOIN":true,"room":"a","Room":"b","canPublish":null}}"#),
            r#"{"iss":"K","video":{"roomJoin":true,"room":"b"}}"#
        );
    }

    #[test]
    fn both_members_of_sip_are_written_or_none() {
        assert_eq!(written(r#"{"sip":{"call":true}}"#), r#"{"sip":{"admin":false,"call":true}}"#);
    }

    #[test]
    fn room_settings_are_read_as_protojson_reads_them() {
        assert_eq!(
            written(
                r#"{"roomConfig":{"empty_timeout":"300","agents":[{"agent_name":"a","restartPolicy":1}]}}"#
            ),
            r#"{"roomConfig":{"emptyTimeout":300,"agents":[{"agentName":"a","restartPolicy":"JRP_NEVER"}]}}"#
        );
    }

    #[test]
    fn the_first_claim_of_a_wrong_type_is_named() {
        for (json, path) in [
            (r#"{"sub":42}"#, "sub"),
            (r#"{"video":{"canPublish":"false"}}"#, "video.canPublish"),
            (r#"{"video":{"roomJoin":1}}"#, "video.roomJoin"),
            (r#"{"video":[]}"#, "video"),
            (r#"{"metadata":{"a":1}}"#, "metadata"),
            (r#"{"attributes":{"n":1}}"#, "attributes.n"),
            (r#"{"video":{"canPublishSources":[1]}}"#, "video.canPublishSources.0"),
            (r#"{"roomConfig":{"maxParticipants":-1}}"#, "roomConfig.maxParticipants"),
            (r#"{"roomConfig":{"emptyTimeout":"soon"}}"#, "roomConfig.emptyTimeout"),
            (r#"{"exp":"soon"}"#, "exp"),
        ] {
            assert_eq!(read(json).unwrap_err().path, path, "{json}");
        }
    }

    #[test]
    fn what_is_said_of_a_wrong_type_is_printable_and_short() {
        let key = format!("\\u202e{}", "k".repeat(1 << 20));
        let wrong = read(&format!(r#"{{"attributes":{{"{key}":1}}}}"#)).unwrap_err().to_string();
        assert!(wrong.starts_with("attributes.\\u{202e}kkk"), "{}", &wrong[..40]);
        assert!(wrong.len() < 300 && !wrong.contains(crate::text::is_unprintable));
    }

    #[test]
    fn dates_are_read_in_every_form_the_server_takes() {
        let exp = |json| read(json).unwrap().expires_at.map(Timestamp::as_unix);
        assert_eq!(exp(r#"{"exp":2426222585.5}"#), Some(2_426_222_585));
        assert_eq!(exp(r#"{"exp":"123"}"#), Some(123));
        assert_eq!(exp(r#"{"exp":99999999999999}"#), Some(99_999_999_999_999));
        assert_eq!(exp(r#"{"exp":null}"#), None);
    }

    #[test]
    fn without_a_subject_the_token_id_is_the_identity() {
        assert_eq!(read(r#"{"jti":"j"}"#).unwrap().effective_identity(), "j");
        assert_eq!(read(r#"{"jti":"j","sub":"s"}"#).unwrap().effective_identity(), "s");
    }
}
