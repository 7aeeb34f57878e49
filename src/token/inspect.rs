//! Taking a token apart, and asking it every question that a server asks.
//!
//! [`inspect`] finds the token in whatever was pasted and reads it; [`Inspection::verify`] asks the questions.
//! Nothing here trusts the token, and nothing panics on one. What a server would trip over is kept as it is and
//! judged; what only surrounds a token is taken off and told.

use std::borrow::Cow;

use serde_json::Value;

use crate::claims::{Claims, WrongType};
use crate::text::{Sensitive, first_that_is_not, listed, visible};

mod checks;
pub mod json;
mod older;
mod paste;
pub(in crate::token) mod proto;
mod questions;
pub(in crate::token) mod readers;
mod summary;

use json::{Json, Kind};

pub use checks::{Answer, CONCEALED, Check, Compared, Credentials, Report, Signature, Verdict};
pub use older::Older;
pub use paste::{Removed, find_token};
pub use questions::{QUESTIONS, Question};
pub use summary::Summary;

use readers::Refusal;

/// The longest token that is taken apart, in bytes. Go's `net/http` reads at most 1 MiB of a request's line and headers
/// (`DefaultMaxHeaderBytes`) and a token comes to a server in one of them; twice that leaves room for every doubt.
pub const LONGEST: usize = 2 << 20;

/// A token taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// The header, as it stands in the token.
    pub header: Json,
    /// The payload, as it stands in the token; of keys that are there twice the last, objects merged.
    pub payload: Json,
    /// The claims as the server reads them, or the first type that makes it refuse them.
    pub claims: Result<Claims, WrongType>,
    /// What was taken off to get at the token, in the order it came off.
    pub removed: Vec<Removed>,
    /// Paths of keys that are in the header or the payload more than once.
    pub duplicates: Vec<String>,
    /// The token as a server would be given it.
    given: Sensitive,
    parts: Parts,
    refusal: Option<Refusal>,
    algorithm: String,
    issuer: String,
}

/// Where the parts stand in what was given, and what is wrong with that.
#[derive(Clone, Debug, PartialEq)]
struct Parts {
    header: (usize, usize),
    payload: (usize, usize),
    signature: Option<(usize, usize)>,
    /// Why a server finds no token in it.
    broken: Option<String>,
}

/// Takes a token apart. Accepts what people paste: `Bearer` and quotes around it, wrapped lines, an address,
/// JSON or a log line with a token in it, padding, a missing signature.
///
/// # Errors
/// [`InspectError`] for text that cannot be read as a token at all. It never repeats the text.
pub fn inspect(text: &str) -> Result<Inspection, InspectError> {
    let (given, removed) = paste::extract(text)?;
    if given.len() > LONGEST {
        return Err(InspectError::NobodyReads { bytes: given.len() });
    }
    taken_apart(given, removed)
}

/// Takes apart what was found, however long it is.
pub(in crate::token) fn taken_apart(
    given: String,
    removed: Vec<Removed>,
) -> Result<Inspection, InspectError> {
    let given = Sensitive::new(given);
    let mut parts = divide(given.expose())?;
    let part = |(from, to): (usize, usize)| &given.expose()[from..to];
    let header = decoded(part(parts.header), "the header")?;
    let read_header = object(header, "the header")?;
    let payload_text = decoded(part(parts.payload), "the payload")?;
    let read_payload = object(payload_text, "the payload")?;
    let (header, payload) = (read_header.root(), read_payload.root());
    if parts.broken.is_none() && header.overflows() {
        parts.broken = Some("its header has a number that is too large".into());
    }
    let duplicates = [header.duplicates(), payload.duplicates()];
    let twice = [!duplicates[0].is_empty(), !duplicates[1].is_empty()];
    let refusal = readers::refusal(payload);
    let claims = match &refusal {
        Some(refusal) => Err(refusal.wrong.clone()),
        None => read_claims(readers::view(payload)),
    };
    let (header, payload) = (read_header.settled(twice[0]), read_payload.settled(twice[1]));
    let algorithm = named(&header, "alg");
    let issuer = match &claims {
        Ok(claims) => claims.issuer.clone(),
        Err(_) => named(&payload, "iss"),
    };
    let duplicates = duplicates.concat();
    Ok(Inspection { header, payload, claims, removed, duplicates, given, parts, refusal, algorithm, issuer })
}

impl Inspection {
    /// The API key it names in `iss`; empty if it names none.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The algorithm that its header names; empty if it names none.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// The token as a server would be given it.
    #[must_use]
    pub fn token(&self) -> &Sensitive {
        &self.given
    }

    /// `header.payload` as it stands in the token: what was signed.
    #[must_use]
    pub fn signed_part(&self) -> &str {
        &self.given.expose()[self.parts.header.0..self.parts.payload.1]
    }

    /// The signature as it stands in the token; empty without one.
    #[must_use]
    pub fn signature_part(&self) -> &str {
        self.parts.signature.map_or("", |(from, to)| &self.given.expose()[from..to])
    }

    /// The payload as it may be shown: without the `iss` where that turned out to be a secret.
    #[must_use]
    pub fn shown_payload(&self, issuer_is_secret: bool) -> Cow<'_, Json> {
        if !issuer_is_secret {
            return Cow::Borrowed(&self.payload);
        }
        let mut payload = self.payload.to_map();
        payload.insert("iss".into(), CONCEALED.into());
        Cow::Owned(Json::of(&payload))
    }

    /// The signature's bytes, however base64 wrote them; nothing without one, or where it is no base64.
    pub(in crate::token) fn signature_bytes(&self) -> Vec<u8> {
        paste::decode(self.signature_part()).unwrap_or_default()
    }

    /// `took line breaks inside it and Bearer in front off the token`; `None` if nothing was taken off.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        let parts: Vec<String> = self.removed.iter().map(ToString::to_string).collect();
        (!parts.is_empty()).then(|| format!("took {} off the token", listed(&parts, "and")))
    }
}

/// Finds header, payload and signature among the parts, and says what a server would find wrong with them.
fn divide(given: &str) -> Result<Parts, InspectError> {
    let mut spans = Vec::new();
    let mut start = 0;
    for piece in given.split('.') {
        spans.push((start, start + piece.len()));
        start += piece.len() + 1;
    }
    let piece = |i: usize| spans.get(i).map(|(from, to)| &given[*from..*to]);
    let is_header = |(from, to): &(usize, usize)| {
        paste::decode(&given[*from..*to]).is_some_and(|bytes| bytes.trim_ascii_start().starts_with(b"{"))
    };
    let first = spans.iter().position(is_header).ok_or(InspectError::NotBase64 { part: "the header" })?;
    if spans.len() == 3 && first == 1 && !is_header(&spans[2]) {
        return Err(InspectError::NotAnObject { part: "the header" });
    }
    let payload = *spans.get(first + 1).ok_or(InspectError::OnePart)?;
    let signature = spans.get(first + 2).copied();
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let broken = if spans.len() != 3 {
        let why = match (piece(0), spans.len()) {
            (Some(word), _) if first > 0 && word.eq_ignore_ascii_case("bearer") => {
                ": Bearer is left in front"
            }
            (_, 2) => ": the signature is missing",
            _ if first > 0 => ": something is left in front",
            _ => "",
        };
        Some(format!("it has {} parts, not 3{why}", spans.len()))
    } else if first > 0 {
        Some("its first part is no header".into())
    } else if let Some(odd) =
        first_that_is_not(given.as_bytes(), |b| alphabet(b) || b == b'.').map(|at| given.as_bytes()[at])
    {
        Some(match odd {
            b'=' => "padding (=) is left in it".into(),
            odd => format!("it has {} in it, which is not base64url", char::from(odd)),
        })
    } else {
        let cut = spans.iter().position(|(from, to)| (to - from) % 4 == 1);
        cut.map(|i| format!("{} is cut short", ["its header", "its payload", "its signature"][i]))
    };
    Ok(Parts { header: spans[first], payload, signature, broken })
}

/// The text under a key at the top; empty where there is none.
fn named(object: &Json, key: &str) -> String {
    match object.get(key).map(json::Node::kind) {
        Some(Kind::Text(text)) => text.read().into_owned(),
        _ => String::new(),
    }
}

/// The text that a part is in base64.
fn decoded(part: &str, name: &'static str) -> Result<String, InspectError> {
    let bytes = paste::decode(part).ok_or(InspectError::NotBase64 { part: name })?;
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// Reads a part that must be a JSON object.
fn object(text: String, name: &'static str) -> Result<Json, InspectError> {
    let document =
        Json::parse(text).map_err(|broken| InspectError::NotJson { part: name, why: broken.to_string() })?;
    match document.root().kind() {
        Kind::Object(_) => Ok(document),
        _ => Err(InspectError::NotAnObject { part: name }),
    }
}

/// Reads what the server has no objection to. Grants that are newer than the server may have any type for it;
/// if they are not what they are to be, they are left out.
fn read_claims(mut view: readers::View<'_>) -> Result<Claims, WrongType> {
    let mut claims = Claims::read(&view.known).or_else(|_| {
        view.known.shift_remove("agentEndpoint");
        view.known.shift_remove("agentThread");
        view.known.shift_remove("agentDatabase");
        if let Some(Value::Object(agent)) = view.known.get_mut("agent") {
            agent.shift_remove("dispatchAdmin");
        }
        Claims::read(&view.known)
    })?;
    view.add_unknown(&mut claims);
    Ok(claims)
}

/// Why a text cannot be taken apart. Never repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// Nothing, or nothing but what is taken off.
    #[error("there is no token: the text is empty")]
    Empty,
    /// Over 8 MiB.
    #[error("a text of {bytes} bytes is too long to be a token")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Over [`LONGEST`], and so of no use to anybody.
    #[error("a token of {bytes} bytes is not taken apart: no server reads more than 1 MiB of it")]
    NobodyReads {
        /// Its length.
        bytes: usize,
    },
    /// Text, but no token in it.
    #[error("there is no token in this text")]
    NoToken,
    /// JSON without a token in it.
    #[error("this is JSON without a token in it")]
    OnlyJson,
    /// A word, or a header without a payload.
    #[error("a token has three parts with dots between them; this has one")]
    OnePart,
    /// A part that base64 cannot have made.
    #[error("{part} is not base64")]
    NotBase64 {
        /// `the header` or `the payload`.
        part: &'static str,
    },
    /// A part that is no JSON.
    #[error("{part} is not JSON: {}", visible(why))]
    NotJson {
        /// As above.
        part: &'static str,
        /// What is wrong, and at which byte of the decoded part.
        why: String,
    },
    /// JSON, but no object.
    #[error("{part} is no JSON object")]
    NotAnObject {
        /// As above.
        part: &'static str,
    },
}

impl InspectError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Empty | Self::NoToken => "paste the whole token; it begins with eyJ and has two dots in it",
            Self::TooLong { .. } => "give the token alone; servers take at most 1 MiB",
            Self::NobodyReads { .. } => {
                "put less into it and sign it anew; large data belongs in the room, not in its tokens"
            }
            Self::OnlyJson => "to sign these claims, give them to roomkey token create --draft",
            Self::OnePart => "paste all of it: header, payload and signature",
            Self::NotBase64 { .. } | Self::NotJson { .. } | Self::NotAnObject { .. } => {
                "it was cut or changed on the way; copy it again, whole"
            }
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::draft::Draft;
    use crate::clock::{Timestamp, Zone};
    use crate::project::{ApiKey, ApiSecret, Project};
    use crate::token::sign;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn token() -> String {
        let json = r#"{"identity":"alice","ttl":"1h","video":{"roomJoin":true,"room":"demo"}}"#;
        let draft = Draft::from_json(json, NOW, &Zone::utc()).unwrap();
        sign(&draft.claims(&ApiKey::dev(), NOW), &ApiSecret::dev()).unwrap().expose().to_owned()
    }

    fn report(text: &str, now: Timestamp) -> Report {
        inspect(text).unwrap().verify(Some(Credentials::from(&Project::local_dev())), now)
    }

    fn answers(report: &Report) -> Vec<(&'static str, Option<bool>)> {
        report.checks.iter().map(|check| (check.id, check.ok)).collect()
    }

    #[test]
    fn a_token_that_no_server_reads_is_told_its_length_and_not_taken_apart() {
        let of = |bytes: usize| {
            let start = "eyJhbGciOiJIUzI1NiJ9.eyJuYW1lIjoi";
            format!("Bearer {start}{}.", "AAAA".repeat((bytes - start.len()) / 4))
        };
        assert!(!matches!(inspect(&of(LONGEST)), Err(InspectError::NobodyReads { .. })));
        let wrong = inspect(&of(LONGEST + 8)).unwrap_err();
        assert!(matches!(wrong, InspectError::NobodyReads { bytes } if bytes > LONGEST), "{wrong:?}");
        assert!(wrong.to_string().contains("no server reads more than 1 MiB"), "{wrong}");
    }

    #[test]
    fn a_good_token_passes_every_check() {
        let report = report(&token(), NOW);
        let passed = [
            "parts",
            "json",
            "alg",
            "key",
            "signature",
            "types",
            "exp-present",
            "not-expired",
            "already-valid",
            "video",
            "room-join",
            "identity",
            "identity-length",
            "room",
            "room-length",
        ];
        assert_eq!(answers(&report), passed.map(|id| (id, Some(true))));
        assert_eq!(QUESTIONS.iter().map(|question| question.id).collect::<Vec<_>>(), passed);
        assert_eq!(report.sentence, "A server accepts this token for another 1 h: it joins demo as alice.");
        assert_eq!(report.server, Some(Answer { status: 200, text: "success".into() }));
    }

    #[test]
    fn every_refusal_is_one_sentence_that_names_its_cause() {
        let token = token();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        for (text, now, said) in [
            (token.clone(), NOW.plus(3_792), "it expired 3 min 12 s ago (60 s of leeway are over)"),
            (token.clone(), NOW.plus(-7_200), "it becomes valid in 2 h (60 s of leeway do not reach)"),
            (format!("{signed}.AAAA"), NOW, "the secret of local dev did not make its signature"),
            (signed.to_owned(), NOW, "it has 2 parts, not 3: the signature is missing"),
            (format!("{signed}."), NOW, "its signature is missing"),
            (format!("{token}="), NOW, "padding (=) is left in it"),
            (format!("Bearer.{token}"), NOW, "it has 4 parts, not 3: Bearer is left in front"),
            (format!("{signed}.+{}", &signature[1..]), NOW, "it has + in it, which is not base64url"),
        ] {
            let report = report(&text, now);
            assert_eq!(report.sentence, format!("A server refuses this token: {said}."));
            assert_eq!(report.verdict, Verdict::Refused);
            assert_eq!(report.server.unwrap().status, 401);
        }
    }

    #[test]
    fn the_minute_of_leeway_is_measured() {
        assert_eq!(report(&token(), NOW.plus(3_659)).verdict, Verdict::Accepted);
        assert_eq!(report(&token(), NOW.plus(3_660)).verdict, Verdict::Refused);
        assert_eq!(report(&token(), NOW.plus(-60)).verdict, Verdict::Accepted);
        assert_eq!(report(&token(), NOW.plus(-61)).verdict, Verdict::Refused);
    }

    #[test]
    fn one_failure_does_not_hide_the_others() {
        let token = token();
        let (signed, _) = token.rsplit_once('.').unwrap();
        let report = report(&format!("{signed}.AAAA"), NOW.plus(9_000));
        let failed: Vec<_> = answers(&report).into_iter().filter(|(_, ok)| *ok == Some(false)).collect();
        assert_eq!(failed, [("signature", Some(false)), ("not-expired", Some(false))]);
        assert_eq!(report.signature, Signature::Invalid);
    }

    #[test]
    fn without_the_secret_only_a_refusal_is_certain() {
        let inspection = inspect(&token()).unwrap();
        let fresh = inspection.verify(None, NOW);
        assert_eq!((fresh.verdict, fresh.signature), (Verdict::Unknown, Signature::Unchecked));
        assert_eq!(fresh.server, None);
        assert!(fresh.sentence.contains("the secret of devkey is not at hand"), "{}", fresh.sentence);
        assert_eq!(inspection.verify(None, NOW.plus(9_000)).verdict, Verdict::Refused);
    }

    #[test]
    fn a_wrong_type_is_named_with_what_stands_there() {
        use base64::Engine as _;
        let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        for (payload, said) in [
            (
                r#"{"iss":"devkey","video":{"canPublish":"false"}}"#,
                r#"canPublish is the text "false", not true or false"#,
            ),
            (r#"{"iss":"devkey","metadata":{"a":1}}"#, "metadata is an object, not a text"),
            (r#"{"iss":"devkey","sub":42}"#, "sub is the number 42, not a text"),
            (
                r#"{"iss":"devkey","attributes":{"\u001b[2J":1}}"#,
                r"attributes.\u{1b}[2J is the number 1, not a text",
            ),
            (
                r#"{"iss":"devkey","roomConfig":{"name":"a","name":"b"}}"#,
                "roomConfig.name is there twice, not there once",
            ),
        ] {
            let text = format!("{}.{}.AAAA", encode(r#"{"alg":"HS256"}"#), encode(payload));
            assert_eq!(report(&text, NOW).sentence, format!("A server refuses this token: {said}."));
        }
    }

    #[test]
    fn a_repeated_key_is_told_and_the_last_counts() {
        use base64::Engine as _;
        let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        let payload = r#"{"iss":"devkey","video":{"room":"a"},"video":{"room":"b","roomJoin":true}}"#;
        let inspection = inspect(&format!("{}.{}.", encode(r#"{"alg":"HS256"}"#), encode(payload))).unwrap();
        assert_eq!(inspection.duplicates, ["video"]);
        assert_eq!(inspection.claims.unwrap().grants.video.room, "b");
    }

    #[test]
    fn the_summary_has_the_documented_fields_in_their_order() {
        let inspection = inspect(&token()).unwrap();
        let report = inspection.verify(Some(Credentials::from(&Project::local_dev())), NOW);
        let json =
            serde_json::to_value(inspection.summary(&report, Some("local dev"), &[], None, NOW)).unwrap();
        let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "header",
                "claims",
                "project",
                "signature",
                "checks",
                "verdict",
                "server",
                "identity",
                "effective",
                "can",
                "problems",
                "issued_at",
                "not_before",
                "expires_at",
                "expires_in_seconds",
                "near_miss",
                "older_servers",
            ]
        );
        assert_eq!(json["expires_in_seconds"], 3_600);
        assert!(json["near_miss"].is_null());
    }

    #[test]
    fn text_that_is_no_token_gets_a_cure() {
        for text in ["", "hello", "eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9.!!!.x", "eyJ9.eyJ9.x", "{}"] {
            assert!(!inspect(text).unwrap_err().hint().is_empty(), "{text}");
        }
    }
}
