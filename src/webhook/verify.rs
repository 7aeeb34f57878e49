//! Whether a receiver accepts a webhook, and if not, what was done to it.
//!
//! Every question of protocol/webhook/verifier.go and of the receivers of the SDKs is answered separately. A body that
//! is not the one that was signed is compared with what usually happens to bodies on the way: [`CHANGES`].

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::event::{self, Told};
use super::request::Request;
use super::{CONTENT_TYPE, hash};
use crate::clock::{Timestamp, relative};
use crate::text::{beginning, did_you_mean, visible};
use crate::token::inspect::{Check, Compared, Inspection, Signature, Verdict, inspect};

/// The seconds that Node's receiver allows, where the others allow 60 (node WebhookReceiver.ts).
const NODE_LEEWAY: i64 = 10;

/// A webhook, questioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Every question, in a fixed order.
    pub checks: Vec<Check>,
    /// Whether a receiver accepts it; unknown while the secret is not at hand.
    pub verdict: Verdict,
    /// The verdict for people, one sentence with a full stop, printable.
    pub sentence: String,
    /// What the official receivers say when they refuse it: the SDK, and its words. Empty when they accept.
    pub said: Vec<(&'static str, &'static str)>,
    /// What the body tells, if it is an event at all.
    pub told: Option<Told>,
    /// The API key that the token names; empty without one.
    pub key: String,
}

/// What the token of a request is, before a secret is looked for.
#[must_use]
pub fn token(request: &Request) -> Option<Inspection> {
    inspect(request.authorization.as_deref()?).ok()
}

/// Asks every question. `compared` is what came of comparing the token with the secret of the key it names.
#[must_use]
pub fn verify(
    request: &Request,
    token: Option<&Inspection>,
    compared: Option<&Compared>,
    now: Timestamp,
) -> Report {
    let mut checks = vec![header(request)];
    let of_token = token.map(|token| token.review(compared, now));
    match &of_token {
        // What a join is asked does not matter here: a webhook's token grants nothing.
        Some(report) => {
            checks.extend(report.checks.iter().filter(|check| TOKEN.contains(&check.id)).cloned());
        }
        None if request.authorization.is_some() => checks.push(Check {
            id: "parts",
            label: "three parts, readable",
            ok: Some(false),
            detail: "there is no token in Authorization".into(),
        }),
        None => {}
    }
    if let Some(check) = token.and_then(|token| for_node(token, now)) {
        checks.push(check);
    }
    let claims = token.and_then(|token| token.claims.as_ref().ok());
    let hashed = claims.map_or("", |claims| claims.grants.sha256.as_str());
    if let Some(claims) = claims {
        checks.push(claim(&claims.grants.sha256));
        checks.push(body(&request.body, &claims.grants.sha256));
    }
    let told = event::told(&request.body);
    checks.push(about(request, told.as_ref()));
    checks.extend(content_type(request));

    let refused = checks.iter().find(|check| check.ok == Some(false) && check.id != "event");
    let unknown = compared.is_none_or(|compared| compared.signature == Signature::Unchecked);
    let verdict = match (refused, unknown) {
        (Some(_), _) => Verdict::Refused,
        (None, true) => Verdict::Unknown,
        (None, false) => Verdict::Accepted,
    };
    let sentence = match (refused, verdict) {
        (Some(check), _) => refusal(check, of_token.as_ref(), hashed),
        (None, Verdict::Unknown) => format!(
            "Whether a receiver accepts this webhook is unknown: the secret of {} is not at hand to check the signature.",
            visible(token.map_or("", Inspection::issuer))
        ),
        (None, _) => accepted(told.as_ref(), now),
    };
    let said = refused.map_or_else(Vec::new, |check| words(check.id));
    let key = token.map_or("", Inspection::issuer).to_owned();
    Report { checks, verdict, sentence, said, told, key }
}

/// The questions about the token that a receiver asks too.
const TOKEN: [&str; 9] =
    ["parts", "json", "alg", "key", "signature", "types", "exp-present", "not-expired", "already-valid"];

fn header(request: &Request) -> Check {
    let (ok, detail) = match request.authorization.as_deref() {
        None => (false, "there is no Authorization header".to_owned()),
        Some("") => (false, "Authorization is empty".into()),
        Some(value) if value.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case("bearer")) => {
            (false, "Bearer stands before the token; LiveKit sends the token alone".into())
        }
        Some(value) if value.contains(|c: char| c.is_whitespace() || c == '"') => {
            (false, "there is more in Authorization than a token".into())
        }
        Some(_) => (true, "the token alone".into()),
    };
    Check { id: "header", label: "Authorization", ok: Some(ok), detail }
}

/// Between the leeway of Node and that of the others.
fn for_node(token: &Inspection, now: Timestamp) -> Option<Check> {
    let claims = token.claims.as_ref().ok()?;
    let late = claims.expires_at.map_or(0, |at| now.since(at));
    let early = claims.not_before.map_or(0, |at| at.since(now));
    let off = late.max(early);
    (off > NODE_LEEWAY && off < 60).then(|| Check {
        id: "node-leeway",
        label: "also for Node",
        ok: None,
        detail: format!("{off} s off; Node's receiver allows {NODE_LEEWAY} s, the others 60 s"),
    })
}

fn claim(hashed: &str) -> Check {
    let (ok, detail) = match hashed {
        "" => (false, "the token has no sha256, so it signs no body".to_owned()),
        text if STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32) => {
            (true, "standard base64".into())
        }
        text => (false, not_standard(text).into()),
    };
    Check { id: "sha256", label: "sha256 claim", ok: Some(ok), detail }
}

/// What a hash is written in that is not standard base64.
fn not_standard(text: &str) -> &'static str {
    let long_enough = |bytes: Result<Vec<u8>, _>| bytes.is_ok_and(|bytes: Vec<u8>| bytes.len() == 32);
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        "it is in hex; receivers expect standard base64"
    } else if long_enough(STANDARD_NO_PAD.decode(text)) {
        "its padding (=) is missing; receivers expect standard base64"
    } else if long_enough(URL_SAFE.decode(text)) || long_enough(URL_SAFE_NO_PAD.decode(text)) {
        "it is base64url; receivers expect standard base64"
    } else {
        "it is not the base64 of a SHA-256"
    }
}

/// The 32 bytes of a claim, however it is written.
fn hash_of(claim: &str) -> Option<Vec<u8>> {
    let decoded = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD];
    decoded.iter().find_map(|engine| engine.decode(claim).ok().filter(|bytes| bytes.len() == 32))
}

fn body(body: &[u8], claim: &str) -> Check {
    let (ok, detail) = if claim.is_empty() {
        (None, "there is no sha256 to compare it with".to_owned())
    } else if hash(body) == claim {
        (Some(true), format!("{} bytes, as they were signed", body.len()))
    } else if hash_of(claim).is_some_and(|bytes| STANDARD.encode(bytes) == hash(body)) {
        (Some(true), format!("{} bytes, as they were signed; only the claim is written wrongly", body.len()))
    } else {
        let change =
            CHANGES.iter().find(|change| (change.undo)(body).is_some_and(|before| hash(&before) == claim));
        (Some(false), change.map_or(ANOTHER, |change| change.said).to_owned())
    };
    Check { id: "body", label: "body", ok, detail }
}

/// What is said of a body to which nothing usual happened.
const ANOTHER: &str = "it is not the body that was signed";

/// What is said of one that was read and written again, with whichever spaces.
const REFORMATTED: &str =
    "it was parsed and written anew, so its spaces differ; hash the raw bytes, before they are parsed";

/// Something that usually happens to a body on the way.
pub struct Change {
    /// Names it. Stable.
    pub id: &'static str,
    /// What happened, for people.
    pub said: &'static str,
    /// The body as it was before, if that can have happened.
    undo: fn(&[u8]) -> Option<Vec<u8>>,
}

/// What usually happens to bodies, the most usual first.
pub static CHANGES: &[Change] = &[
    Change {
        id: "line-break-added",
        said: "a line break was added at its end; hash the raw bytes, before anything else touches them",
        undo: |body| body.strip_suffix(b"\n").map(|body| body.strip_suffix(b"\r").unwrap_or(body).to_vec()),
    },
    Change {
        id: "line-break-lost",
        said: "the line break at its end was lost; hash the raw bytes, before anything else touches them",
        undo: |body| Some([body, b"\n"].concat()),
    },
    Change {
        id: "reformatted",
        said: REFORMATTED,
        undo: |body| serde_json::from_slice::<Value>(body).ok()?.to_string().into_bytes().into(),
    },
    Change { id: "reformatted", said: REFORMATTED, undo: |body| spaced(body, ", ", ":") },
    Change { id: "reformatted", said: REFORMATTED, undo: |body| spaced(body, ", ", ": ") },
    Change {
        id: "crlf",
        said: "its line breaks were changed from LF to CRLF; hash the raw bytes",
        undo: |body| {
            let text = std::str::from_utf8(body).ok()?;
            text.contains("\r\n").then(|| text.replace("\r\n", "\n").into_bytes())
        },
    },
    Change {
        id: "bom",
        said: "a byte order mark was put before it; hash the raw bytes",
        undo: |body| body.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec),
    },
    Change {
        id: "quoted",
        said: "it is a JSON text with the body in it; hash what was received, not what was logged",
        undo: |body| serde_json::from_slice::<String>(body).ok().map(String::into_bytes),
    },
    Change {
        id: "empty",
        said: "it is not what was signed: an empty body was",
        undo: |body| (!body.is_empty()).then(Vec::new),
    },
];

/// The JSON in one line, with these between its parts, as Go and Python write it.
fn spaced(body: &[u8], comma: &str, colon: &str) -> Option<Vec<u8>> {
    fn write(value: &Value, comma: &str, colon: &str, out: &mut String) {
        match value {
            Value::Object(map) => {
                out.push('{');
                for (i, (key, value)) in map.iter().enumerate() {
                    out.push_str(if i > 0 { comma } else { "" });
                    out.push_str(&Value::from(key.as_str()).to_string());
                    out.push_str(colon);
                    write(value, comma, colon, out);
                }
                out.push('}');
            }
            Value::Array(items) => {
                out.push('[');
                for (i, value) in items.iter().enumerate() {
                    out.push_str(if i > 0 { comma } else { "" });
                    write(value, comma, colon, out);
                }
                out.push(']');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    let value = serde_json::from_slice::<Value>(body).ok()?;
    let mut out = String::with_capacity(body.len() + 64);
    write(&value, comma, colon, &mut out);
    Some(out.into_bytes())
}

fn about(request: &Request, told: Option<&Told>) -> Check {
    let (ok, detail) = match told {
        None if request.body.is_empty() => (Some(false), "the body is empty".to_owned()),
        None => (Some(false), "the body is no JSON object".into()),
        Some(told) if told.event.is_empty() => (Some(false), "the body names no event".into()),
        Some(told) => {
            if let Some(event) = event::EVENTS.iter().find(|event| event.name == told.event) {
                (Some(true), format!("{}: {}", event.name, event.summary))
            } else {
                let meant = did_you_mean(&told.event, event::EVENTS.iter().map(|event| event.name));
                let meant = meant.map_or_else(String::new, |meant| format!("; {meant} is one"));
                (None, format!("{} is no event that is known{meant}", shown(&told.event)))
            }
        }
    };
    Check { id: "event", label: "event", ok, detail }
}

fn content_type(request: &Request) -> Option<Check> {
    let given = request.content_type.as_deref()?;
    let plain = given.split(';').next().unwrap_or_default().trim();
    let (ok, detail) = if plain.eq_ignore_ascii_case(CONTENT_TYPE) {
        (Some(true), CONTENT_TYPE.to_owned())
    } else {
        (None, format!("{}; LiveKit sends {CONTENT_TYPE}", shown(given)))
    };
    Some(Check { id: "content-type", label: "Content-Type", ok, detail })
}

/// The first refusal, as one sentence.
fn refusal(check: &Check, of_token: Option<&crate::token::inspect::Report>, hashed: &str) -> String {
    // The inspector's sentence about the token says it best.
    let of_token = of_token.filter(|_| TOKEN.contains(&check.id));
    if let Some(why) =
        of_token.and_then(|report| report.sentence.strip_prefix("A server refuses this token: "))
    {
        return format!("A receiver refuses this webhook's token: {why}");
    }
    let why = match check.id {
        "sha256" if hashed.is_empty() => "its token has no sha256, so it signs no body".into(),
        "sha256" => format!("the sha256 in its token is written wrongly: {}", check.detail),
        "body" if check.detail == ANOTHER => "its body is not the one that was signed".into(),
        "body" => format!("its body is not the one that was signed: {}", check.detail),
        _ => check.detail.clone(),
    };
    format!("A receiver refuses this webhook: {why}.")
}

fn accepted(told: Option<&Told>, now: Timestamp) -> String {
    let Some(told) = told.filter(|told| !told.event.is_empty()) else {
        return "A receiver accepts this webhook, but its body is no event.".into();
    };
    let mut said = format!("A receiver accepts this webhook: {}", shown(&told.event));
    if !told.identity.is_empty() {
        said.push_str(&format!(", {}", shown(&told.identity)));
    }
    if !told.room.is_empty() {
        said.push_str(&format!(" in {}", shown(&told.room)));
    }
    if let Some(at) = told.created_at {
        said.push_str(&format!(", {}", relative(at, now)));
    }
    said.push('.');
    said
}

fn shown(text: &str) -> String {
    beginning(text, 60)
}

/// What the official receivers answer to what this check found (protocol/webhook/consts.go, node WebhookReceiver.ts,
/// python webhook.py, rust webhooks.rs).
fn words(id: &str) -> Vec<(&'static str, &'static str)> {
    match id {
        "header" => {
            vec![("Go", "authorization header could not be found"), ("Node", "authorization header is empty")]
        }
        "key" => vec![("Go", "API secret could not be found")],
        "sha256" => vec![
            ("Go", "could not verify authenticity of message"),
            ("Node", "sha256 checksum of body does not match"),
            ("Python", "sha256 was not found in the token"),
        ],
        "body" => vec![
            ("Go", "could not verify authenticity of message"),
            ("Node", "sha256 checksum of body does not match"),
            ("Python", "hash mismatch"),
            ("Rust", "invalid signature"),
        ],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{About, EVENTS};
    use super::super::tamper::{Tampering, outgoing};
    use super::*;
    use crate::project::{ApiKey, Project};
    use crate::token::inspect::Credentials;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn made(wrong: Option<Tampering>) -> Request {
        let body = event::body(&EVENTS[2], &About { room: "demo", identity: "alice", nonce: 1 }, NOW);
        let project = Project::local_dev();
        let body = Value::Object(body).to_string().into_bytes();
        let sent = outgoing(&project.listing.key, &project.secret, body, wrong, NOW).unwrap();
        Request {
            authorization: sent.authorization.map(|text| text.expose().to_owned()),
            content_type: Some(CONTENT_TYPE.into()),
            body: sent.body,
        }
    }

    fn verified(request: &Request, now: Timestamp) -> Report {
        let project = Project::local_dev();
        let token = token(request);
        let compared = token.as_ref().map(|token| token.compare(Credentials::from(&project)));
        verify(request, token.as_ref(), compared.as_ref(), now)
    }

    #[test]
    fn what_a_server_sends_is_accepted() {
        let report = verified(&made(None), NOW.plus(3));
        assert_eq!(
            report.sentence,
            "A receiver accepts this webhook: participant_joined, alice in demo, 3 s ago."
        );
        assert_eq!((report.verdict, report.said.len()), (Verdict::Accepted, 0));
        assert!(report.checks.iter().all(|check| check.ok == Some(true)), "{:?}", report.checks);
    }

    #[test]
    fn every_tampering_is_named() {
        for (tampering, _, _) in Tampering::ALL {
            let want = match tampering {
                Tampering::Body => {
                    "its body is not the one that was signed: a line break was added at its end"
                }
                Tampering::Signature => "TOKEN the secret of local dev did not make its signature",
                Tampering::Hash => "its body is not the one that was signed.",
                Tampering::NoHash => "its token has no sha256, so it signs no body",
                Tampering::Expired => "TOKEN it expired 2 min ago",
                Tampering::Early => "TOKEN it becomes valid in 2 min",
                Tampering::Key => "TOKEN its key APIfakenobody is not devkey, the key of local dev",
                Tampering::Bearer => "Bearer stands before the token",
                Tampering::NoHeader => "there is no Authorization header",
            };
            let report = verified(&made(Some(tampering)), NOW);
            assert_eq!(report.verdict, Verdict::Refused, "{tampering:?}");
            let want = match want.strip_prefix("TOKEN ") {
                Some(want) => format!("A receiver refuses this webhook's token: {want}"),
                None => format!("A receiver refuses this webhook: {want}"),
            };
            assert!(report.sentence.starts_with(&want), "{}", report.sentence);
            assert_eq!(
                Tampering::named(Tampering::ALL.iter().find(|row| row.0 == tampering).unwrap().1),
                Some(tampering)
            );
            assert!(!tampering.summary().is_empty());
        }
    }

    #[test]
    fn what_happened_to_a_body_is_named() {
        let sent = made(None);
        let json: Value = serde_json::from_slice(&sent.body).unwrap();
        let text = String::from_utf8(sent.body.clone()).unwrap();
        for (body, want) in [
            (format!("{text}\n"), "a line break was added at its end"),
            (format!("{text}\r\n"), "a line break was added at its end"),
            (serde_json::to_string_pretty(&json).unwrap(), "it was parsed and written anew"),
            (
                String::from_utf8(spaced(&sent.body, ", ", ": ").unwrap()).unwrap(),
                "it was parsed and written anew",
            ),
            (format!("\u{feff}{text}"), "a byte order mark was put before it"),
            (Value::from(text.as_str()).to_string(), "it is a JSON text with the body in it"),
            (text.replace("alice", "mallory"), "its body is not the one that was signed."),
        ] {
            let report = verified(&Request { body: body.into_bytes(), ..sent.clone() }, NOW);
            assert!(report.sentence.contains(want), "{want}: {}", report.sentence);
            assert_eq!(
                report.said.iter().find(|(sdk, _)| *sdk == "Python"),
                Some(&("Python", "hash mismatch"))
            );
        }
    }

    /// A body that was signed in one form comes in another.
    fn signed_and_received(signed: &str, received: &str) -> String {
        let project = Project::local_dev();
        let sent = outgoing(&project.listing.key, &project.secret, signed.into(), None, NOW).unwrap();
        let authorization = sent.authorization.map(|text| text.expose().to_owned());
        let request = Request { authorization, content_type: None, body: received.into() };
        verified(&request, NOW).sentence
    }

    #[test]
    fn what_was_lost_on_the_way_is_named_too() {
        let pretty = "{\n  \"event\": \"room_started\"\n}";
        for (signed, received, want) in [
            ("{}\n", "{}", "the line break at its end was lost"),
            (r#"{"a":1, "b":2}"#, r#"{"a":1,"b":2}"#, "it was parsed and written anew"),
            (r#"{"a": 1, "b": 2}"#, r#"{"a":1,"b":2}"#, "it was parsed and written anew"),
            (pretty, &pretty.replace('\n', "\r\n"), "from LF to CRLF"),
            ("", "{}", "an empty body was"),
        ] {
            let said = signed_and_received(signed, received);
            assert!(said.contains(want), "{want}: {said}");
        }
    }

    #[test]
    fn a_claim_that_is_not_standard_base64_is_named_by_what_it_is() {
        let project = Project::local_dev();
        let body = b"{\"event\":\"room_started\"}";
        let standard = hash(body);
        let bytes = STANDARD.decode(&standard).unwrap();
        let hex = bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        for (text, want) in [
            (hex, "it is in hex"),
            (standard.trim_end_matches('=').to_owned(), "its padding (=) is missing"),
            (URL_SAFE_NO_PAD.encode(vec![0xfb; 32]), "it is base64url"),
            ("abc".into(), "it is not the base64 of a SHA-256"),
        ] {
            let mut claims = super::super::claims(&ApiKey::dev(), body, NOW);
            claims.grants.sha256 = text;
            let token = crate::token::sign(&claims, &project.secret).unwrap();
            let authorization = Some(token.expose().to_owned());
            let report = verified(&Request { authorization, content_type: None, body: body.to_vec() }, NOW);
            assert!(report.sentence.contains(want), "{want}: {}", report.sentence);
        }
    }

    #[test]
    fn node_allows_less_time_than_the_others_and_that_is_told() {
        let request = made(None);
        let late = |seconds| verified(&request, NOW.plus(super::super::LIFE + seconds));
        let node = |report: &Report| report.checks.iter().any(|check| check.id == "node-leeway");
        assert!(!node(&late(5)));
        assert!(node(&late(30)));
        assert_eq!(late(30).verdict, Verdict::Accepted);
        assert_eq!(late(60).verdict, Verdict::Refused);
    }

    #[test]
    fn without_the_secret_only_a_refusal_is_certain() {
        let request = made(None);
        let token = token(&request);
        let report = verify(&request, token.as_ref(), None, NOW);
        assert_eq!((report.verdict, report.key.as_str()), (Verdict::Unknown, "devkey"));
        let changed = Request { body: b"{}".to_vec(), ..request };
        assert_eq!(verify(&changed, token.as_ref(), None, NOW).verdict, Verdict::Refused);
    }

    #[test]
    fn an_event_that_is_not_known_is_accepted_and_told() {
        let said = signed_and_received(r#"{"event":"room_stared"}"#, r#"{"event":"room_stared"}"#);
        assert_eq!(said, "A receiver accepts this webhook: room_stared.");
        let said = signed_and_received("hello", "hello");
        assert_eq!(said, "A receiver accepts this webhook, but its body is no event.");
    }

    #[test]
    fn nothing_of_it_speaks_to_the_terminal() {
        let body = "{\"event\":\"a\\u001b[2J\",\"room\":{\"name\":\"\\u202e\"}}";
        let report = verified(
            &Request {
                authorization: Some("x\u{1b}".into()),
                content_type: Some("\u{1b}[2J".into()),
                body: body.into(),
            },
            NOW,
        );
        let all: Vec<&str> = report.checks.iter().map(|check| check.detail.as_str()).collect();
        assert!(
            !format!("{}{}", all.concat(), report.sentence).contains(crate::text::is_unprintable),
            "{all:?}"
        );
    }
}
