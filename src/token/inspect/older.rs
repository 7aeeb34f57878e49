//! What servers of other versions make of a token, where it makes a difference: the last table of semantics.md
//! section 3, a row for each. A current server's answer is [`super::Report`]'s business.

use super::{Inspection, Report, proto, readers};
use crate::claims::Claims;
use crate::text::visible;

/// What older servers do with this token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Older {
    /// The last version that does it: `v1.9.0`.
    pub until: &'static str,
    /// The first that does not; `None` where none is released.
    pub from: Option<&'static str>,
    /// What it does, without a full stop. Printable.
    pub detail: String,
}

/// The most that a server up to v1.13.1 takes of metadata and of attributes in an update, in bytes. At a join it looked
/// at neither (pkg/config/config.go and pkg/service/roommanager.go at v1.13.1).
const OLD_MOST: usize = 64_000;
/// The same from v1.13.2 on, also at a join.
const MOST_METADATA: usize = 512 << 10;
const MOST_ATTRIBUTES: usize = 64 << 10;

/// A change between two versions.
struct Change {
    until: &'static str,
    from: Option<&'static str>,
    /// What the older ones do with this token, if it is one that makes a difference.
    told: fn(&Inspection, &Report) -> Vec<String>,
}

/// The versions are the tags of livekit/livekit.
static CHANGES: &[Change] = &[
    Change { until: "v1.9.0", from: Some("v1.9.1"), told: room_of_the_address },
    Change { until: "v1.11.0", from: Some("v1.12.0"), told: fields_of_v1_12 },
    Change { until: "v1.12.0", from: Some("v1.13.0"), told: go_jose },
    Change { until: "v1.13.1", from: Some("v1.13.2"), told: sizes },
    Change { until: "v1.13.5", from: None, told: endless },
];

impl Inspection {
    /// What older servers do otherwise with this token, the oldest first.
    #[must_use]
    pub fn older_servers(&self, report: &Report) -> Vec<Older> {
        let of = |change: &'static Change| {
            let Change { until, from, told } = *change;
            told(self, report).into_iter().map(move |detail| Older { until, from, detail })
        };
        CHANGES.iter().flat_map(of).collect()
    }

    fn readable(&self) -> Option<&Claims> {
        self.claims.as_ref().ok().filter(|_| self.parts.broken.is_none())
    }
}

/// `a`, `a and b`, `a, b and 3 more`.
fn listed(names: &[String]) -> String {
    let shown = |name: &String| visible(name).chars().take(60).collect::<String>();
    match names {
        [] => String::new(),
        [one] => shown(one),
        [one, other] => format!("{} and {}", shown(one), shown(other)),
        [one, other, more @ ..] => format!("{}, {} and {} more", shown(one), shown(other), more.len()),
    }
}

fn is_are(names: &[String]) -> &'static str {
    if names.len() == 1 { "is" } else { "are" }
}

fn room_of_the_address(token: &Inspection, _: &Report) -> Vec<String> {
    let joins_any = token
        .readable()
        .is_some_and(|claims| claims.grants.video.room_join && claims.grants.video.room.is_empty());
    joins_any
        .then(|| "without a room it joins any room that the client asks for".to_owned())
        .into_iter()
        .collect()
}

fn fields_of_v1_12(token: &Inspection, _: &Report) -> Vec<String> {
    let unknown = token.payload.get("roomConfig").map(proto::unknown_fields).unwrap_or_default();
    let mut told = Vec::new();
    if !unknown.is_empty() {
        told.push(format!("the whole token is refused: {} {} unknown", listed(&unknown), is_are(&unknown)));
    }
    if token.readable().is_some_and(|claims| claims.grants.video.can_manage_agent_session.is_some()) {
        told.push("canManageAgentSession is not known and does nothing".to_owned());
    }
    told
}

/// go-jose read tokens before golang-jwt did: any HMAC, names spelt exactly, each once.
fn go_jose(token: &Inspection, _: &Report) -> Vec<String> {
    let mut told = Vec::new();
    if matches!(token.algorithm(), "HS384" | "HS512") {
        told.push(format!("{} is taken too", token.algorithm()));
    }
    let odd = readers::other_case(token.payload.root());
    if !odd.is_empty() {
        told.push(format!("{} {} not read: names have to be spelt exactly", listed(&odd), is_are(&odd)));
    }
    if !token.duplicates.is_empty() {
        let twice = &token.duplicates;
        told.push(format!("the whole token is refused: {} {} there twice", listed(twice), is_are(twice)));
    }
    told
}

fn sizes(token: &Inspection, _: &Report) -> Vec<String> {
    let Some(claims) = token.readable().filter(|claims| claims.grants.video.room_join) else {
        return Vec::new();
    };
    let attributes = claims.grants.attributes.iter().map(|(key, value)| key.len() + value.len()).sum();
    let both = [
        ("metadata", claims.grants.metadata.len(), MOST_METADATA),
        ("attributes", attributes, MOST_ATTRIBUTES),
    ];
    let told = both.into_iter().filter_map(|(what, bytes, most)| match bytes {
        _ if bytes > most => {
            Some(format!("the join takes {bytes} bytes of {what}: it does not look at their size"))
        }
        _ if bytes > OLD_MOST => {
            Some(format!("updates take at most 64000 bytes of {what}; this has {bytes}"))
        }
        _ => None,
    });
    told.collect()
}

fn endless(token: &Inspection, report: &Report) -> Vec<String> {
    let mut told = Vec::new();
    if token.readable().is_some_and(|claims| claims.expires_at.is_none()) {
        told.push("without exp it is accepted and never expires".to_owned());
    }
    let answer =
        report.server.as_ref().filter(|answer| answer.status == 401).map(|answer| answer.text.as_str());
    // What is refused for want of an exp is not refused there.
    let answer = answer.filter(|text| !text.contains("exp claim is required"));
    let repeated = match answer {
        Some("invalid API key") => "the key: `invalid API key: ...`",
        Some(text) if text.starts_with("invalid authorization token: ") => {
            "the whole token: `invalid token: ..., error: ...`"
        }
        _ => return told,
    };
    told.push(format!("the refusal repeats {repeated}"));
    told
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::clock::Timestamp;
    use crate::token::inspect::inspect;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    /// What is said of a token with this header and payload, as `until: detail`.
    fn said(header: &str, text: &str) -> Vec<String> {
        let token = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(text));
        let inspection = inspect(&token).unwrap();
        let older = inspection.older_servers(&inspection.verify(None, NOW));
        older.into_iter().map(|older| format!("{}: {}", older.until, older.detail)).collect()
    }

    const HS256: &str = r#"{"alg":"HS256"}"#;

    /// A join that is good in every version, with these further members.
    fn join(more: &str, video: &str) -> String {
        format!(r#"{{"iss":"K","sub":"a","exp":4102444800,"video":{{"roomJoin":true{video}}}{more}}}"#)
    }

    const ROOM: &str = r#","room":"demo""#;

    #[test]
    fn a_token_that_is_the_same_everywhere_has_no_notes() {
        assert_eq!(said(HS256, &join("", ROOM)), Vec::<String>::new());
        assert_eq!(
            said(HS256, &join(r#","roomConfig":{"empty_timeout":3,"agents":[{"agentName":"x"}]}"#, ROOM)),
            Vec::<String>::new()
        );
    }

    #[test]
    fn up_to_v1_9_0_a_join_without_a_room_joins_any() {
        assert_eq!(
            said(HS256, &join("", "")),
            ["v1.9.0: without a room it joins any room that the client asks for"]
        );
    }

    #[test]
    fn before_v1_12_0_unknown_room_settings_refuse_the_token_and_a_newer_grant_does_nothing() {
        let config = r#","roomConfig":{"nope":1,"agents":[{"agentName":"x","odd":{}}],"egress":{"room":{"fileOutputs":[{"s3":{"new":1}}]}}}"#;
        assert_eq!(
            said(HS256, &join(config, ROOM)),
            [
                "v1.11.0: the whole token is refused: roomConfig.nope, roomConfig.agents.odd and 1 more are unknown"
            ]
        );
        let one = r#","roomConfig":{"nope":1}"#;
        assert_eq!(
            said(HS256, &join(one, ROOM)),
            ["v1.11.0: the whole token is refused: roomConfig.nope is unknown"]
        );
        assert_eq!(
            said(HS256, &join("", r#","room":"demo","canManageAgentSession":false"#)),
            ["v1.11.0: canManageAgentSession is not known and does nothing"]
        );
    }

    #[test]
    fn before_v1_13_0_other_hmacs_pass_and_names_count_exactly_and_once() {
        assert_eq!(
            said(r#"{"alg":"HS384"}"#, &join("", ROOM)),
            [
                "v1.12.0: HS384 is taken too",
                "v1.13.5: the refusal repeats the whole token: `invalid token: ..., error: ...`"
            ]
        );
        let odd = r#"{"iss":"K","SUB":"a","exp":4102444800,"Video":{"ROOMJOIN":true,"room":"demo"}}"#;
        assert_eq!(
            said(HS256, odd),
            ["v1.12.0: SUB, Video and 1 more are not read: names have to be spelt exactly"]
        );
        let twice = join(r#","name":"a","name":"b""#, ROOM);
        assert_eq!(said(HS256, &twice), ["v1.12.0: the whole token is refused: name is there twice"]);
    }

    #[test]
    fn before_v1_13_2_a_join_is_not_measured_and_updates_take_less() {
        let of = |bytes: usize| said(HS256, &join(&format!(r#","metadata":"{}""#, "x".repeat(bytes)), ROOM));
        assert_eq!(of(64_000), Vec::<String>::new());
        assert_eq!(of(64_001), ["v1.13.1: updates take at most 64000 bytes of metadata; this has 64001"]);
        assert_eq!(
            of(524_289),
            ["v1.13.1: the join takes 524289 bytes of metadata: it does not look at their size"]
        );
        let of = |bytes: usize| {
            said(HS256, &join(&format!(r#","attributes":{{"k":"{}"}}"#, "x".repeat(bytes - 1)), ROOM))
        };
        assert_eq!(of(64_001), ["v1.13.1: updates take at most 64000 bytes of attributes; this has 64001"]);
        assert_eq!(
            of(65_537),
            ["v1.13.1: the join takes 65537 bytes of attributes: it does not look at their size"]
        );
    }

    #[test]
    fn up_to_v1_13_5_a_token_without_an_end_never_expires_and_a_refusal_repeats_it() {
        let endless = r#"{"iss":"K","sub":"a","video":{"roomJoin":true,"room":"demo"}}"#;
        assert_eq!(said(HS256, endless), ["v1.13.5: without exp it is accepted and never expires"]);
        let over = r#"{"iss":"K","sub":"a","exp":1}"#;
        assert_eq!(
            said(HS256, over),
            ["v1.13.5: the refusal repeats the whole token: `invalid token: ..., error: ...`"]
        );
        let nobody = r#"{"sub":"a","exp":4102444800}"#;
        assert_eq!(said(HS256, nobody), ["v1.13.5: the refusal repeats the key: `invalid API key: ...`"]);
    }

    #[test]
    fn the_changes_are_in_the_order_of_their_versions_and_hostile_names_are_shown_escaped() {
        let number = |version: &str| -> Vec<u32> {
            version[1..].split('.').map(|part| part.parse().unwrap()).collect()
        };
        for pair in CHANGES.windows(2) {
            assert!(number(pair[0].until) < number(pair[1].until));
        }
        assert!(CHANGES.iter().all(|c| c.from.is_none_or(|from| number(c.until) < number(from))));
        let told = said(HS256, &join(r#","roomConfig":{"\u001b[2J":1}"#, ROOM));
        assert_eq!(told, [r"v1.11.0: the whole token is refused: roomConfig.\u{1b}[2J is unknown"]);
    }
}
