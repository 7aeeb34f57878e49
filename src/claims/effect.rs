//! What claims allow, computed as LiveKit's server computes it; never as an SDK's comment says.
//!
//! The sources are protocol/auth/grants.go (permissions), server/pkg/service/auth.go (which grant opens which
//! API) and server/pkg/service/utils.go:332-442 (the join). Nothing here knows a signature.

use std::fmt::Write as _;

use serde::Serialize;

use super::Claims;
use super::grants::{KIND_DETAILS, KINDS, SOURCES, VideoGrant};
use crate::clock::{Timestamp, Zone};
use crate::text::is_unprintable;

mod lines;
mod short;

/// The most bytes in an identity, and in a room's name (server/pkg/config/config.go:556-567).
pub const LONGEST_NAME: usize = 256;

/// One sentence about what a token lets its holder do, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whether it is allowed.
    pub allowed: bool,
    /// `send data`. Text from the token stands in it with everything unprintable written out.
    pub text: String,
    /// Why not, or why in spite of appearances: `switched off`, `off by default`. May be empty.
    pub reason: &'static str,
}

/// What the token lets its holder do, most important first, as sentences without a full stop.
///
/// Rights inside a room are listed as soon as `roomJoin` is on, also while the join itself still lacks
/// something; then its own line says what.
#[must_use]
pub fn lines(claims: &Claims, now: Timestamp, zone: &Zone) -> Vec<Line> {
    lines::of(claims, now, zone)
}

/// The grants in a few words, for a table: `join, publish, moderate`; `nothing` for a token that opens nothing.
#[must_use]
pub fn short(claims: &Claims) -> String {
    short::of(claims)
}

/// Brings [`lines`] of the same claims to another second: only the line of the join goes by the clock.
pub fn pass(lines: &mut [Line], claims: &Claims, now: Timestamp, zone: &Zone) {
    if claims.grants.video.room_join
        && let Some(first) = lines.first_mut()
    {
        *first = lines::joining(claims, now, zone);
    }
}

/// LiveKit's `ParticipantPermission`: what a participant may do in its room, as other clients see it and as
/// `UpdateParticipant` changes it (protocol/auth/grants.go:446-459).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the protocol's own names, described by the rows of catalog::ENTRIES")]
pub struct Permission {
    pub can_subscribe: bool,
    pub can_publish: bool,
    pub can_publish_data: bool,
    /// Names of the protocol's enum, upper case; empty is no restriction. Converted without regard to case,
    /// unlike [`may_publish`].
    pub can_publish_sources: Vec<&'static str>,
    pub hidden: bool,
    pub recorder: bool,
    pub can_update_metadata: bool,
    pub agent: bool,
    pub can_subscribe_metrics: bool,
    pub can_manage_agent_session: bool,
}

/// The participant's permissions; `None` for a token without a `video` object, which joins nothing.
#[must_use]
pub fn permission(claims: &Claims) -> Option<Permission> {
    claims.has_video.then(|| {
        let video = &claims.grants.video;
        Permission {
            can_subscribe: video.can_subscribe.unwrap_or(true),
            can_publish: can_publish(video),
            can_publish_data: video.can_publish_data.unwrap_or_else(|| can_publish(video)),
            can_publish_sources: video.can_publish_sources.iter().map(|name| source_of(name)).collect(),
            hidden: video.hidden,
            recorder: video.recorder,
            can_update_metadata: video.can_update_own_metadata.unwrap_or(false),
            agent: video.agent,
            can_subscribe_metrics: video.can_subscribe_metrics.unwrap_or(false),
            can_manage_agent_session: video.can_manage_agent_session.unwrap_or(false),
        }
    })
}

fn can_publish(video: &VideoGrant) -> bool {
    video.can_publish.unwrap_or(true)
}

/// Whether the server lets this source (`camera`, `unknown`) be published. Names are compared with regard to
/// case here (protocol/auth/grants.go:326-341), so `CAMERA` in a token shows as allowed and is not.
#[must_use]
pub fn may_publish(video: &VideoGrant, source: &str) -> bool {
    let listed = &video.can_publish_sources;
    can_publish(video) && (listed.is_empty() || listed.iter().any(|name| name == source))
}

/// The protocol's name of a source, `UNKNOWN` for what is none (protocol/auth/grants.go:667-672).
fn source_of(name: &str) -> &'static str {
    const PROTO: [&str; SOURCES.len()] = ["CAMERA", "MICROPHONE", "SCREEN_SHARE", "SCREEN_SHARE_AUDIO"];
    let known = PROTO.into_iter().find(|known| upper_eq(name, known));
    known.unwrap_or("UNKNOWN")
}

/// What sort of participant the server makes of `kind`: the protocol's name, `STANDARD` for what is none
/// (protocol/auth/grants.go:678-683).
#[must_use]
pub fn kind(claims: &Claims) -> &'static str {
    const PROTO: [&str; KINDS.len()] =
        ["STANDARD", "INGRESS", "EGRESS", "SIP", "AGENT", "CONNECTOR", "BRIDGE"];
    let known = PROTO.into_iter().find(|known| upper_eq(&claims.grants.kind, known));
    known.unwrap_or("STANDARD")
}

/// The protocol's names of `kindDetails`; what is none is dropped (protocol/auth/grants.go:693-701).
#[must_use]
pub fn kind_details(claims: &Claims) -> Vec<&'static str> {
    const PROTO: [&str; KIND_DETAILS.len()] =
        ["CLOUD_AGENT", "FORWARDED", "CONNECTOR_WHATSAPP", "CONNECTOR_TWILIO", "BRIDGE_RTSP", "SIMULATION"];
    let details = claims.grants.kind_details.iter();
    details.filter_map(|name| PROTO.into_iter().find(|known| upper_eq(name, known))).collect()
}

/// Go's `strings.ToUpper(name) == known`, for a `known` of ASCII: `ı` and `ſ` have upper cases in it.
fn upper_eq(name: &str, known: &str) -> bool {
    name.len() <= 2 * known.len() && name.chars().flat_map(char::to_uppercase).eq(known.chars())
}

/// Whether the participant counts as an agent or a recorder: not for `maxParticipants`, not for keeping the
/// room open, not for starting agents (server/pkg/rtc/participant.go:575-582).
#[must_use]
pub fn is_dependent(claims: &Claims) -> bool {
    let video = &claims.grants.video;
    video.agent || video.recorder || matches!(kind(claims), "AGENT" | "EGRESS")
}

/// The server's APIs that the token opens, besides joining: the grants of server/pkg/service/auth.go, in its
/// words and order. `roomAdmin` without a room opens nothing: it is compared with the room of the request.
#[must_use]
pub fn apis(claims: &Claims) -> Vec<String> {
    let (video, sip) = (&claims.grants.video, &claims.grants.sip);
    let room = go_quoted(&video.room);
    let moderates = video.room_admin && !video.room.is_empty();
    let mut can: Vec<String> = Vec::new();
    let mut opens = |granted: bool, what: &dyn Fn() -> String| {
        if granted {
            can.push(what());
        }
    };
    opens(video.room_create, &|| "CreateRoom+DeleteRoom (any room)".into());
    opens(video.room_list, &|| "ListRooms".into());
    opens(video.room_record, &|| "Egress.* (any room)".into());
    opens(video.ingress_admin, &|| "Ingress.* (any room)".into());
    opens(moderates, &|| format!("room admin APIs + AgentDispatch.* for room {room}"));
    opens(moderates, &|| format!("Forward/MoveParticipant {room} -> {}", go_quoted(&video.destination_room)));
    opens(video.agent, &|| "agent worker registration (/agent)".into());
    opens(sip.call && moderates, &|| format!("SIP.TransferSIPParticipant in room {room}"));
    opens(sip.admin, &|| "SIP trunks + dispatch rules".into());
    opens(sip.call, &|| "SIP.CreateSIPParticipant".into());
    can
}

/// Go's `%q`: in quotes, with quotes, backslashes and what cannot be printed written out.
fn go_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_control() => _ = write!(out, "\\x{:02x}", u32::from(c)),
            c if is_unprintable(c) && u32::from(c) > 0xffff => _ = write!(out, "\\U{:08x}", u32::from(c)),
            c if is_unprintable(c) => _ = write!(out, "\\u{:04x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What the server says to a join with a token that it has accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinAnswer {
    /// The HTTP status: 200, 400 or 401.
    pub status: u16,
    /// The body, which for 200 is that of `/rtc/validate`.
    pub text: &'static str,
}

/// What the server says to a join with these claims, in its order (server/pkg/service/utils.go:332-442). Room
/// and identity are measured in bytes.
#[must_use]
pub fn join(claims: &Claims) -> JoinAnswer {
    let (identity, room) = (claims.effective_identity(), claims.grants.video.room.as_str());
    let (status, text) = if !claims.has_video {
        (401, "no permissions to access the room")
    } else if !claims.grants.video.room_join {
        (401, "permissions denied")
    } else if identity.is_empty() {
        (400, "identity cannot be empty")
    } else if identity.len() > LONGEST_NAME {
        (400, "participant identity length exceeds limits: max length 256")
    } else if room.is_empty() {
        (400, "no room name")
    } else if room.len() > LONGEST_NAME {
        (400, "room name length exceeds limits: max length 256")
    } else {
        (200, "success")
    };
    JoinAnswer { status, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::draft::Draft;
    use crate::project::ApiKey;

    /// 2026-11-24 14:42:07 UTC.
    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn claims(json: &str) -> Claims {
        Draft::from_json(json, NOW, &Zone::utc()).unwrap().claims(&ApiKey::dev(), NOW)
    }

    /// `+ join "demo" as alice` and `- send data: follows canPublish`.
    fn said_at(json: &str, now: Timestamp) -> Vec<String> {
        let mark = |line: &Line| if line.allowed { '+' } else { '-' };
        lines(&claims(json), now, &Zone::utc())
            .iter()
            .map(|line| match line.reason {
                "" => format!("{} {}", mark(line), line.text),
                reason => format!("{} {}: {reason}", mark(line), line.text),
            })
            .collect()
    }

    fn said(json: &str) -> Vec<String> {
        said_at(json, NOW)
    }

    #[test]
    fn a_participants_lines_are_those_of_the_drawing() {
        let json = r#"{"identity":"alice-7f3a","ttl":"1h","video":{"roomJoin":true,"room":"demo","canPublishData":false}}"#;
        assert_eq!(
            said(json),
            [
                r#"+ join "demo" as alice-7f3a, until 15:42"#,
                "+ publish camera, microphone, screen, screen audio",
                "+ hear and see the others",
                "- send data: switched off",
                "- change its own name or metadata: off by default",
                "- moderate, record, list or create rooms",
            ]
        );
    }

    #[test]
    fn a_join_that_fails_says_what_it_lacks() {
        let long = "x".repeat(257);
        for (json, line) in [
            (r#"{"identity":"a","video":{"roomJoin":true}}"#.to_owned(), "- join a room as a: no room"),
            (r#"{"video":{"roomJoin":true,"room":"r"}}"#.to_owned(), r#"- join "r": no identity"#),
            (
                format!(r#"{{"identity":"{long}","video":{{"roomJoin":true,"room":"r"}}}}"#),
                r#"- join "r" as xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…: identity over 256 bytes"#,
            ),
        ] {
            assert_eq!(said(&json)[0], line);
        }
        let json = r#"{"identity":"a","video":{"roomJoin":true,"room":"r"}}"#;
        assert_eq!(said_at(json, NOW.plus(9_000))[0], r#"- join "r" as a: expired"#);
        assert_eq!(said_at(json, NOW.plus(-9_000))[0], r#"- join "r" as a: not valid yet"#);
    }

    #[test]
    fn sources_are_compared_as_the_server_compares_them() {
        let publish = |video: &str| {
            said(&format!(r#"{{"identity":"a","video":{{"roomJoin":true,"room":"r",{video}}}}}"#))[1].clone()
        };
        assert_eq!(publish(r#""canPublishSources":["microphone"]"#), "+ publish microphone only");
        assert_eq!(
            publish(r#""canPublishSources":["CAMERA"]"#),
            "- publish audio or video: no source by its right name"
        );
        assert_eq!(publish(r#""canPublish":false"#), "- publish audio or video: switched off");
        assert_eq!(
            publish(r#""canPublish":false,"canPublishSources":["camera"]"#),
            "- publish audio or video: canPublish is off; sources do not undo it"
        );
        let upper = claims(r#"{"video":{"canPublishSources":["CAMERA","webcam"]}}"#);
        assert_eq!(permission(&upper).unwrap().can_publish_sources, ["CAMERA", "UNKNOWN"]);
        assert!(!may_publish(&upper.grants.video, "camera"));
    }

    #[test]
    fn data_follows_publishing_unless_it_is_set() {
        let json = r#"{"identity":"a","video":{"roomJoin":true,"room":"r","canPublish":false}}"#;
        assert_eq!(said(json)[3], "- send data: follows canPublish");
        let json = r#"{"identity":"a","video":{"roomJoin":true,"room":"r","canPublish":false,"canPublishData":true}}"#;
        assert_eq!(said(json)[3], "+ send data");
    }

    #[test]
    fn rights_over_rooms_are_named_one_by_one() {
        assert_eq!(
            said(r#"{"video":{"roomAdmin":true,"room":"demo","roomRecord":true},"sip":{"call":true}}"#),
            [
                r#"+ moderate "demo": remove, mute, update participants"#,
                "+ record any room",
                "- list or create rooms",
                "+ place phone calls (SIP)",
                r#"+ transfer phone calls in "demo""#,
            ]
        );
    }

    #[test]
    fn databases_are_those_named_but_for_what_is_done_to_all() {
        let may = |json: &str| {
            let lines = said(&format!(r#"{{"agentDatabase":{json}}}"#));
            lines.into_iter().filter(|line| line.contains("database")).collect::<Vec<_>>()
        };
        assert_eq!(may(r#"{"read":true,"delete":true}"#), [""; 0], "none is named");
        assert_eq!(
            may(r#"{"read":true,"delete":true,"databaseIds":["DB_1"]}"#),
            ["+ read and delete agent database DB_1 (Cloud)"]
        );
        assert_eq!(
            may(r#"{"write":true,"databaseIds":["DB_1","DB_2"],"create":true,"list":true}"#),
            ["+ create and list agent databases (Cloud)", "+ write 2 agent databases (Cloud)"]
        );
    }

    #[test]
    fn moderating_without_a_room_opens_nothing() {
        let json = r#"{"video":{"roomAdmin":true}}"#;
        assert_eq!(said(json)[0], "- moderate a room: no room");
        assert_eq!(apis(&claims(json)), Vec::<String>::new());
    }

    #[test]
    fn without_a_grant_there_is_nothing() {
        assert_eq!(said(r#"{"identity":"a","metadata":"m"}"#), ["- nothing: no grant is set"]);
        assert_eq!(said(r#"{"video":{"canPublish":true}}"#), ["- nothing: no grant is set"]);
    }

    #[test]
    fn text_of_a_token_cannot_move_the_cursor() {
        let json =
            r#"{"identity":"a\u001b[2J","video":{"roomJoin":true,"room":"\u202edemo","roomAdmin":true}}"#;
        assert!(lines(&claims(json), NOW, &Zone::utc()).iter().all(|l| !l.text.contains(is_unprintable)));
        assert_eq!(apis(&claims(json))[0], r#"room admin APIs + AgentDispatch.* for room "\u202edemo""#);
    }

    #[test]
    fn an_agent_or_a_recorder_does_not_count_as_a_participant() {
        for (json, dependent) in [
            (r#"{"kind":"Agent"}"#, true),
            (r#"{"kind":"egress"}"#, true),
            (r#"{"video":{"recorder":true}}"#, true),
            (r#"{"kind":"sip"}"#, false),
            (r#"{"kind":"nonsense"}"#, false),
        ] {
            assert_eq!(is_dependent(&claims(json)), dependent, "{json}");
        }
    }

    #[test]
    fn lengths_are_measured_in_bytes() {
        let json = |room: &str| format!(r#"{{"identity":"a","video":{{"roomJoin":true,"room":"{room}"}}}}"#);
        assert_eq!(join(&claims(&json(&"é".repeat(128)))).status, 200);
        assert_eq!(
            join(&claims(&json(&"é".repeat(129)))),
            JoinAnswer { status: 400, text: "room name length exceeds limits: max length 256" }
        );
    }
}
