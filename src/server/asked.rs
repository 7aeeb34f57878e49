//! What a request asks for: its body read as proto3 JSON, in snake_case or camelCase. Empty text is unset, unknown
//! keys are ignored, a wrong type is an error that names the key.
//!
//! Besides LiveKit's fields a request may ask for less than the ceiling, in the claims' own shape: `ttl` (`"10m"`, or
//! seconds), `kind`, `video`, `sip` and so on.

use serde_json::{Map, Value};

use super::refusal::{Reason, Refusal};
use super::route::Shape;
use crate::claims::catalog::{ENTRIES, Entry, Field};
use crate::claims::grants::{OBJECTS, RoomConfig};
use crate::claims::{Fields, Pairs, Style, WrongType, snake_case};
use crate::clock::{Timestamp, Ttl, Zone};

/// What was asked for. Empty and `None` are: not.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) identity: String,
    pub(super) room: String,
    pub(super) name: String,
    pub(super) metadata: String,
    pub(super) attributes: Pairs,
    /// Seconds.
    pub(super) ttl: Option<u64>,
    pub(super) config: RoomConfig,
    /// Rows of the catalogue that have no field of their own.
    pub(super) grants: Vec<(&'static Entry, Wish)>,
}

/// What a row of the catalogue was asked to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Truth(bool),
    Words(Vec<String>),
    Text(String),
}

/// Claims outside of any object that may be asked for and have no field of LiveKit's.
const ALONE: [&str; 4] = ["kind", "kindDetails", "roomPreset", "sha256"];

impl Asked {
    /// Reads the body of a request in this shape. An empty body asks for nothing in particular.
    pub(super) fn read(body: &[u8], shape: Shape, now: Timestamp) -> Result<Self, Refusal> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Self::of(&Map::new(), shape, now);
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => Self::of(&map, shape, now),
            Ok(_) => Err(Refusal::new(Reason::Malformed, "the body must be a JSON object")),
            Err(error) => {
                let place = format!("line {} column {}", error.line(), error.column());
                Err(Refusal::new(Reason::Malformed, format!("the body is not JSON ({place})")))
            }
        }
    }

    /// Reads the query of a `GET`.
    pub(super) fn read_query(query: &str, shape: Shape, now: Timestamp) -> Result<Self, Refusal> {
        let decode = |text: &str| {
            decoded(text)
                .ok_or_else(|| Refusal::new(Reason::Malformed, "the query is not percent-encoded text"))
        };
        let mut map = Map::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            map.insert(decode(key)?, decode(value)?.into());
        }
        Self::of(&map, shape, now)
    }

    fn of(map: &Map<String, Value>, shape: Shape, now: Timestamp) -> Result<Self, Refusal> {
        let mut fields = Fields::new("", map, Style::Proto);
        let read = match shape {
            Shape::UserToken => Self::user(&mut fields),
            Shape::UseToken => Self::use_token(&mut fields),
            Shape::Standard | Shape::ConnectionDetails | Shape::PlainToken => Self::standard(&mut fields),
        };
        let mut asked = read.map_err(|wrong| told(&wrong))?;
        if shape == Shape::PlainToken && asked.identity.is_empty() {
            // The samples know no identity: the name is both.
            asked.identity.clone_from(&asked.name);
        }
        if shape != Shape::UseToken {
            asked.ttl = ttl(&mut fields, now)?;
        }
        Ok(asked)
    }

    fn standard(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        let mut asked = Self {
            room: fields.text("roomName")?,
            name: fields.text("participantName")?,
            identity: fields.text("participantIdentity")?,
            metadata: fields.text("participantMetadata")?,
            attributes: fields.pairs("participantAttributes")?,
            config: fields.object("roomConfig", RoomConfig::read)?,
            ..Self::default()
        };
        for name in ALONE {
            if let Some(entry) = crate::claims::catalog::entry(name)
                && let Some(wish) = wish(entry, name, fields)?
            {
                asked.grants.push((entry, wish));
            }
        }
        for object in OBJECTS {
            asked.grants.extend(fields.object(object, |fields| wishes(object, fields))?);
        }
        // agents: [{}] is what an empty agentName of a client becomes, and so is nobody.
        asked.config.agents.retain(|agent| *agent != crate::claims::grants::AgentDispatch::default());
        Ok(asked)
    }

    fn user(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self { identity: fields.text("userId")?, room: fields.text("room")?, ..Self::default() })
    }

    fn use_token(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self {
            identity: fields.text("identity")?,
            name: fields.text("name")?,
            metadata: fields.text("metadata")?,
            room: fields.text("roomName")?,
            ..Self::default()
        })
    }
}

/// The rows below an object of claims that a request has a wish for.
fn wishes(object: &str, fields: &mut Fields<'_>) -> Result<Vec<(&'static Entry, Wish)>, WrongType> {
    let mut found = Vec::new();
    for entry in ENTRIES {
        if let Some(name) = entry.path.strip_prefix(object).and_then(|rest| rest.strip_prefix('.'))
            && let Some(wish) = wish(entry, name, fields)?
        {
            found.push((entry, wish));
        }
    }
    Ok(found)
}

fn wish(entry: &Entry, name: &str, fields: &mut Fields<'_>) -> Result<Option<Wish>, WrongType> {
    Ok(match entry.field {
        Field::Flag(_) | Field::Choice(..) => fields.choice(name)?.map(Wish::Truth),
        Field::Sources(_) | Field::Words(..) => {
            Some(fields.texts(name)?).filter(|words| !words.is_empty()).map(Wish::Words)
        }
        Field::Text(_) | Field::LongText(_) | Field::OneOf(..) => {
            Some(fields.text(name)?).filter(|text| !text.is_empty()).map(Wish::Text)
        }
        Field::Count(..) | Field::Pairs(_) | Field::Dispatches(_) | Field::Json(_) | Field::Lasting(_) => {
            None
        }
    })
}

/// `ttl`: whole seconds, or text as `--valid-for` takes it.
fn ttl(fields: &mut Fields<'_>, now: Timestamp) -> Result<Option<u64>, Refusal> {
    let wrong = || Refusal::new(Reason::Malformed, "ttl must be seconds, or a length such as \"10m\"");
    let seconds = match fields.take("ttl") {
        None => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::Number(number)) => number.as_u64().ok_or_else(wrong)?,
        Some(Value::String(text)) => {
            let end = Ttl::parse(text, now, &Zone::utc()).map_err(|_| wrong())?.expiry(now);
            u64::try_from(end.since(now)).map_err(|_| wrong())?
        }
        Some(_) => return Err(wrong()),
    };
    if seconds == 0 { Err(wrong()) } else { Ok(Some(seconds)) }
}

/// `participant_metadata must be a text, not an object`.
fn told(wrong: &WrongType) -> Refusal {
    let WrongType { path, expected, found, .. } = wrong;
    let path: String = snake_case(path).chars().take(80).collect();
    let sentence = format!("{path} must be {expected}, not {found}");
    Refusal::new(Reason::Malformed, crate::text::visible(&sentence).into_owned())
}

/// `application/x-www-form-urlencoded`, decoded.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn read(body: &str) -> Result<Asked, Refusal> {
        Asked::read(body.as_bytes(), Shape::Standard, NOW)
    }

    #[test]
    fn both_spellings_are_read_and_empty_null_and_unknown_are_unset() {
        for body in [
            r#"{"room_name":"r","participant_name":"n","participant_identity":"i","participant_metadata":"m",
                "participant_attributes":{"k":"v"},"room_config":{"max_participants":4,"agents":[{"agent_name":"a"}]}}"#,
            r#"{"roomName":"r","participantName":"n","participantIdentity":"i","participantMetadata":"m","later":[1],
                "participantAttributes":{"k":"v"},"roomConfig":{"maxParticipants":"4","agents":[{"agentName":"a"},{}]}}"#,
        ] {
            let asked = read(body).unwrap();
            assert_eq!([&asked.room, &asked.name, &asked.identity, &asked.metadata], ["r", "n", "i", "m"]);
            assert_eq!((asked.attributes["k"].as_str(), asked.config.max_participants), ("v", 4));
            assert_eq!(asked.config.agents.len(), 1);
        }
        for nothing in
            ["", " \n", "{}", r#"{"room_name":"","participant_name":null,"room_config":{"agents":[{}]}}"#]
        {
            let asked = read(nothing).unwrap();
            assert!(asked.room.is_empty() && asked.name.is_empty() && asked.config.is_empty(), "{nothing}");
        }
    }

    #[test]
    fn what_is_asked_in_the_claims_own_shape_is_a_wish() {
        let asked = read(
            r#"{"ttl":"10m","kind":"agent","video":{"hidden":true,"can_publish":false,"canPublishSources":["camera"],"room":"x"},"sip":{"call":true}}"#,
        )
        .unwrap();
        assert_eq!(asked.ttl, Some(600));
        let wishes: Vec<(&str, Wish)> = asked.grants.iter().map(|(e, w)| (e.path, w.clone())).collect();
        assert!(wishes.contains(&("video.hidden", Wish::Truth(true))));
        assert!(wishes.contains(&("video.canPublish", Wish::Truth(false))));
        assert!(wishes.contains(&("video.canPublishSources", Wish::Words(vec!["camera".into()]))));
        assert!(wishes.contains(&("video.room", Wish::Text("x".into()))));
        assert!(wishes.contains(&("kind", Wish::Text("agent".into()))));
        assert_eq!(wishes.len(), 6);
    }

    #[test]
    fn a_wrong_type_is_named_as_it_is_written_on_the_wire() {
        for (body, sentence) in [
            ("{", "the body is not JSON (line 1 column 1)"),
            ("[]", "the body must be a JSON object"),
            (r#"{"room_name":7}"#, "room_name must be a text, not a number"),
            (r#"{"participantMetadata":{"a":1}}"#, "participant_metadata must be a text, not an object"),
            (
                r#"{"participant_attributes":{"n":1}}"#,
                "participant_attributes.n must be a text, not a number",
            ),
            (r#"{"room_config":[]}"#, "room_config must be an object, not a list"),
            (
                r#"{"room_config":{"agents":[{"agent_name":1}]}}"#,
                "room_config.agents.0.agent_name must be a text, not a number",
            ),
            (r#"{"video":{"roomJoin":"true"}}"#, "video.room_join must be true or false, not a text"),
            (r#"{"ttl":-1}"#, "ttl must be seconds, or a length such as \"10m\""),
            (r#"{"ttl":0}"#, "ttl must be seconds, or a length such as \"10m\""),
            (r#"{"ttl":"soon"}"#, "ttl must be seconds, or a length such as \"10m\""),
        ] {
            let refusal = read(body).unwrap_err();
            assert_eq!((refusal.reason, refusal.sentence.as_str()), (Reason::Malformed, sentence), "{body}");
        }
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(Asked::read(b"{\"room_name\":\"\xff\"}", Shape::Standard, NOW).is_err());
    }

    #[test]
    fn each_older_shape_is_read_by_its_own_names() {
        let user = Asked::read(br#"{"user_id":"u","room":"r"}"#, Shape::UserToken, NOW).unwrap();
        assert_eq!((user.identity.as_str(), user.room.as_str()), ("u", "r"));
        let user = Asked::read(br#"{"userId":"u","room":"r"}"#, Shape::UserToken, NOW).unwrap();
        assert_eq!(user.identity, "u");
        let plain =
            Asked::read(br#"{"roomName":"r","participantName":"n"}"#, Shape::PlainToken, NOW).unwrap();
        assert_eq!((plain.identity.as_str(), plain.name.as_str()), ("n", "n"));
        let query =
            Asked::read_query("identity=zo%C3%AB&name=a+b&roomName=r&metadata=%7B%7D", Shape::UseToken, NOW)
                .unwrap();
        assert_eq!([&query.identity, &query.name, &query.room, &query.metadata], ["zoë", "a b", "r", "{}"]);
        for wrong in ["identity=%", "identity=%zz", "identity=%ff"] {
            assert!(Asked::read_query(wrong, Shape::UseToken, NOW).is_err(), "{wrong}");
        }
    }
}
