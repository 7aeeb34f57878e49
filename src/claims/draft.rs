//! A draft: what was asked for. The form, the command line and the token endpoint all only fill one.

use serde::Serialize;
use serde_json::{Map, Value};

use super::catalog::{self, Entry, Field};
use super::grants::{AgentDispatch, SOURCES};
use super::problems::{self, Problem, Severity};
use super::reader::{Fields, Style};
use super::{Claims, Grants, Pairs, WrongType};
use crate::clock::{Timestamp, Ttl, TtlError, Zone};
use crate::project::ApiKey;
use crate::text::visible;

/// What a token is to say. Everything but the key and the times of signing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Becomes `sub`.
    pub identity: String,
    /// Becomes `exp`.
    pub ttl: Ttl,
    /// Becomes the rest.
    pub grants: Grants,
}

/// What the signer writes itself, and nothing else should.
const SIGNERS: [&str; 3] = ["jti", "aud", "identity"];

/// A draft as it is written.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    identity: &'a str,
    ttl: String,
    #[serde(flatten)]
    grants: &'a Grants,
}

impl Default for Draft {
    fn default() -> Self {
        Self { identity: String::new(), ttl: Ttl::DEFAULT, grants: Grants::default() }
    }
}

impl Draft {
    /// What would be signed with this key at `now`.
    #[must_use]
    pub fn claims(&self, issuer: &ApiKey, now: Timestamp) -> Claims {
        self.clone().into_claims(issuer, now)
    }

    /// As [`Draft::claims`], of a draft that is not needed any more.
    #[must_use]
    pub fn into_claims(self, issuer: &ApiKey, now: Timestamp) -> Claims {
        Claims {
            issuer: issuer.as_str().to_owned(),
            identity: self.identity,
            issued_at: Some(now),
            not_before: Some(now),
            expires_at: Some(self.ttl.expiry(now)),
            has_video: !self.grants.video.is_empty(),
            half_sip: false,
            grants: self.grants,
        }
    }

    /// What would be signed, and what is wrong with it.
    #[must_use]
    pub fn preview(&self, issuer: &ApiKey, now: Timestamp) -> Preview {
        let claims = self.claims(issuer, now);
        let problems = problems::of_draft(self, &claims, now);
        Preview { claims, problems }
    }

    /// The draft that makes such a token again: same grants, same length of life.
    #[must_use]
    pub fn of_claims(claims: &Claims) -> Self {
        let mut grants = claims.grants.clone();
        for name in SIGNERS {
            grants.unknown.shift_remove(name);
        }
        Self { identity: claims.effective_identity().to_owned(), ttl: Self::lifetime(claims), grants }
    }

    /// How long a token with these claims lives from its start.
    fn lifetime(claims: &Claims) -> Ttl {
        let start = claims.not_before.or(claims.issued_at);
        let lasted = claims.expires_at.zip(start).map(|(end, start)| end.since(start));
        match lasted.and_then(|s| u64::try_from(s).ok()) {
            Some(seconds) if seconds > 0 && seconds <= Ttl::LONGEST => Ttl::For(seconds),
            _ => Ttl::DEFAULT,
        }
    }

    /// [`Draft::of_claims`] as [`Draft::to_json`] has it, written without making either.
    #[must_use]
    pub fn json_of_claims(claims: &Claims) -> String {
        let unknown = &claims.grants.unknown;
        if SIGNERS.iter().chain(&["ttl"]).any(|name| unknown.contains_key(*name)) {
            return Value::Object(Self::of_claims(claims).to_json()).to_string();
        }
        let written = Written {
            identity: claims.effective_identity(),
            ttl: Self::lifetime(claims).to_string(),
            grants: &claims.grants,
        };
        // Its keys are texts, and nothing in it fails to be written.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// Reads a draft from JSON: the claims' own shape, with `identity` (or `sub`) and `ttl` (`"90m"`).
    /// `iss`, `iat`, `nbf` and `exp` are the signer's business and are left out.
    ///
    /// # Errors
    /// [`DraftError`] for text that is no JSON object, or for a value of the wrong type.
    pub fn from_json(text: &str, now: Timestamp, zone: &Zone) -> Result<Self, DraftError> {
        let map = object(text, "a draft")?;
        let mut fields = Fields::new("", &map, Style::Go);
        let sub = fields.text("sub")?;
        let identity = fields.text("identity")?;
        let ttl = fields.text("ttl")?;
        for signers in ["iss", "iat", "nbf", "exp"] {
            fields.date(signers).ok();
        }
        let mut grants = Grants::read(&mut fields)?;
        grants.unknown = fields.rest();
        let ttl = match ttl.as_str() {
            "" => Ttl::DEFAULT,
            text => Ttl::parse(text, now, zone).map_err(|why| DraftError::Ttl { path: "ttl".into(), why })?,
        };
        Ok(Self { identity: if identity.is_empty() { sub } else { identity }, ttl, grants })
    }

    /// Lays another draft, in JSON as [`Draft::from_json`] reads it, over this one: what it does not name stays.
    ///
    /// # Errors
    /// As [`Draft::from_json`]; this draft is as before then.
    pub fn lay(&mut self, text: &str, now: Timestamp, zone: &Zone) -> Result<(), DraftError> {
        Self::from_json(text, now, zone)?;
        let mut over = object(text, "a draft")?;
        // Two names for one thing: the later of the two drafts counts, whichever it uses.
        if let Some(sub) = over.shift_remove("sub") {
            over.entry("identity").or_insert(sub);
        }
        let mut whole = self.to_json();
        lay_over(&mut whole, over);
        *self = Self::from_json(&Value::Object(whole).to_string(), now, zone)?;
        Ok(())
    }

    /// The draft as JSON, readable by [`Draft::from_json`].
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        if !self.identity.is_empty() {
            map.insert("identity".into(), self.identity.clone().into());
        }
        map.insert("ttl".into(), self.ttl.to_string().into());
        if let Ok(Value::Object(grants)) = serde_json::to_value(&self.grants) {
            map.extend(grants);
        }
        map
    }

    /// Lays a `video` object over the draft's own, as `lk token create --grant` does; fields it does not name
    /// stay. A whole payload with a `video` in it is taken too, all of it.
    ///
    /// # Errors
    /// [`DraftError`] for text that is no JSON object, or for a value of the wrong type.
    pub fn lay_grant(&mut self, text: &str) -> Result<(), DraftError> {
        let over = object(text, "a grant")?;
        let over =
            if over.keys().any(|key| matches!(key.as_str(), "video" | "sip" | "inference" | "roomConfig")) {
                over
            } else {
                Map::from_iter([("video".to_owned(), Value::Object(over))])
            };
        let mut whole = match serde_json::to_value(&self.grants) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        };
        lay_over(&mut whole, over);
        let mut fields = Fields::new("", &whole, Style::Go);
        let mut grants = Grants::read(&mut fields)?;
        grants.unknown = fields.rest();
        // An empty list is not written, so it was not in what was laid over.
        grants.video.empty_sources |= self.grants.video.empty_sources;
        self.grants = grants;
        Ok(())
    }

    /// Sets one row of the catalogue from text: `video.canPublish` to `false`, `attributes.role` to `host`,
    /// anything to `unset`.
    ///
    /// # Errors
    /// [`DraftError`] for a path that is none (with the one that was meant), or a value the row does not take.
    pub fn set(&mut self, path: &str, value: &str, now: Timestamp, zone: &Zone) -> Result<(), DraftError> {
        let alias = match path {
            "identity" => "sub",
            "ttl" => "exp",
            "room" => "video.room",
            other => other,
        };
        if let Some(entry) = catalog::entry(alias) {
            return self.set_entry(entry, value, now, zone);
        }
        if let Some((parent, key)) = path
            .split_once("attributes.")
            .map(|(_, key)| ("attributes", key))
            .or_else(|| path.strip_prefix("roomConfig.tags.").map(|key| ("roomConfig.tags", key)))
            && let Some(Entry { field: Field::Pairs(at), .. }) = catalog::entry(parent)
            && !key.is_empty()
        {
            let pairs = (at.get_mut)(self);
            if value == "unset" {
                pairs.remove(key);
            } else {
                pairs.insert(key.to_owned(), value.to_owned());
            }
            return Ok(());
        }
        Err(DraftError::UnknownPath {
            path: path.chars().take(60).collect(),
            meant: catalog::nearest(alias).map(str::to_owned),
        })
    }

    /// As [`Draft::set`], of a row already found.
    ///
    /// # Errors
    /// [`DraftError`] for a value the row does not take; the draft is as before then.
    pub fn set_entry(
        &mut self,
        entry: &Entry,
        value: &str,
        now: Timestamp,
        zone: &Zone,
    ) -> Result<(), DraftError> {
        let trimmed = value.trim();
        if trimmed == "unset" {
            entry.unset(self);
            return Ok(());
        }
        let wrong = || DraftError::Value {
            path: entry.path.to_owned(),
            takes: entry.takes(),
            given: value.chars().take(60).collect(),
        };
        match entry.field {
            Field::Flag(at) => *(at.get_mut)(self) = truth(trimmed).ok_or_else(wrong)?,
            Field::Choice(at, _) => *(at.get_mut)(self) = Some(truth(trimmed).ok_or_else(wrong)?),
            Field::Text(at) | Field::LongText(at) => value.clone_into((at.get_mut)(self)),
            Field::Count(at, _) => *(at.get_mut)(self) = trimmed.parse().map_err(|_| wrong())?,
            Field::Sources(at) => {
                let words = words(trimmed).ok_or_else(wrong)?;
                *(at.get_mut)(self) = words.into_iter().map(|w| source(&w)).collect();
                self.grants.video.empty_sources = trimmed.starts_with('[') && (at.get)(self).is_empty();
            }
            Field::Words(at, _) => *(at.get_mut)(self) = words(trimmed).ok_or_else(wrong)?,
            Field::OneOf(at, _) => trimmed.clone_into((at.get_mut)(self)),
            Field::Pairs(at) => *(at.get_mut)(self) = pairs(trimmed).ok_or_else(wrong)?,
            Field::Dispatches(at) => {
                *(at.get_mut)(self) = if trimmed.starts_with('[') {
                    dispatches(trimmed, entry.path)?
                } else {
                    let names = words(trimmed).ok_or_else(wrong)?;
                    names
                        .into_iter()
                        .map(|agent_name| AgentDispatch { agent_name, ..<_>::default() })
                        .collect()
                };
            }
            Field::Json(at) => {
                let json =
                    if trimmed.is_empty() { None } else { Some(Value::Object(object(trimmed, entry.path)?)) };
                *(at.get_mut)(self) = json;
            }
            Field::Lasting(at) => {
                let ttl = Ttl::parse(trimmed, now, zone)
                    .map_err(|why| DraftError::Ttl { path: entry.path.to_owned(), why })?;
                *(at.get_mut)(self) = ttl;
            }
        }
        Ok(())
    }

    /// What a person would type to get the row's present value: the inverse of [`Draft::set_entry`]. Empty
    /// where nothing is set.
    #[must_use]
    pub fn typed(&self, entry: &Entry) -> String {
        let json = |value: &dyn erased::Json| value.pretty();
        match entry.field {
            Field::Flag(at) => (at.get)(self).to_string(),
            Field::Choice(at, _) => (at.get)(self).map_or_else(String::new, |b| b.to_string()),
            Field::Text(at) | Field::LongText(at) | Field::OneOf(at, _) => (at.get)(self).clone(),
            Field::Count(at, _) => match (at.get)(self) {
                0 => String::new(),
                n => n.to_string(),
            },
            Field::Sources(at) | Field::Words(at, _) => (at.get)(self).join(", "),
            Field::Pairs(at) if (at.get)(self).is_empty() => String::new(),
            Field::Pairs(at) => json((at.get)(self)),
            Field::Dispatches(at) => {
                let agents = (at.get)(self);
                let named_only = |a: &AgentDispatch| {
                    !a.agent_name.is_empty()
                        && *a == AgentDispatch { agent_name: a.agent_name.clone(), ..<_>::default() }
                };
                if agents.iter().all(named_only) {
                    agents.iter().map(|a| a.agent_name.as_str()).collect::<Vec<_>>().join(", ")
                } else {
                    json(agents)
                }
            }
            Field::Json(at) => (at.get)(self).as_ref().map_or_else(String::new, |v| json(v)),
            Field::Lasting(at) => (at.get)(self).to_string(),
        }
    }
}

/// What a draft comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// Exactly what would be signed.
    pub claims: Claims,
    /// What is wrong with it, the worst first.
    pub problems: Vec<Problem>,
}

impl Preview {
    /// The claims, unless a problem is an error.
    #[must_use]
    pub fn signable(&self) -> Option<&Claims> {
        let broken = self.problems.iter().any(|problem| problem.rule.severity == Severity::Error);
        (!broken).then_some(&self.claims)
    }
}

/// `serde_json` without generics at the call.
mod erased {
    pub(super) trait Json {
        fn pretty(&self) -> String;
    }
    impl<T: serde::Serialize> Json for T {
        fn pretty(&self) -> String {
            serde_json::to_string_pretty(self).unwrap_or_default()
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" => Some(true),
        "false" | "off" | "no" => Some(false),
        _ => None,
    }
}

/// A JSON list of texts, or texts separated by commas.
fn words(text: &str) -> Option<Vec<String>> {
    if text.starts_with('[') {
        return serde_json::from_str(text).ok();
    }
    Some(text.split(',').map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect())
}

/// The wire's name of a source: `CAMERA`, `screen-share` and `mic` are understood, anything else is kept.
fn source(text: &str) -> String {
    let folded = text.to_ascii_lowercase().replace(['-', ' '], "_");
    let meant = match folded.as_str() {
        "mic" | "audio" => "microphone",
        "cam" | "video" => "camera",
        "screen" | "screenshare" => "screen_share",
        "screen_audio" | "screenshare_audio" => "screen_share_audio",
        other => other,
    };
    if SOURCES.contains(&meant) { meant.to_owned() } else { text.to_owned() }
}

/// A JSON object of texts, or `key=value` by commas or lines.
fn pairs(text: &str) -> Option<Pairs> {
    if text.starts_with('{') {
        return serde_json::from_str(text).ok();
    }
    text.split([',', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').map(|(k, v)| (k.trim().to_owned(), v.trim().to_owned())))
        .map(|pair| pair.filter(|(key, _)| !key.is_empty()))
        .collect()
}

fn dispatches(text: &str, path: &str) -> Result<Vec<AgentDispatch>, DraftError> {
    let list: Value = serde_json::from_str(text).map_err(|e| DraftError::not_json(path, &e))?;
    let map = Map::from_iter([("agents".to_owned(), list)]);
    Ok(Fields::new("roomConfig", &map, Style::Proto).objects("agents", AgentDispatch::read)?)
}

fn object(text: &str, what: &str) -> Result<Map<String, Value>, DraftError> {
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(DraftError::NotAnObject { what: what.to_owned() }),
        Err(e) => Err(DraftError::not_json(what, &e)),
    }
}

/// Lays `over` over `base`: objects are merged, anything else replaces, `null` removes.
fn lay_over(base: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        let name = base.keys().find(|k| k.eq_ignore_ascii_case(&key)).cloned().unwrap_or(key);
        match (base.get_mut(&name), value) {
            (_, Value::Null) => drop(base.shift_remove(&name)),
            (Some(Value::Object(inner)), Value::Object(over)) => lay_over(inner, over),
            (_, value) => drop(base.insert(name, value)),
        }
    }
}

/// Why a draft could not be filled as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// No row of the catalogue has this path.
    #[error("there is no claim {}", visible(path))]
    UnknownPath {
        /// The path as given, cut short.
        path: String,
        /// The one that was probably meant.
        meant: Option<String>,
    },
    /// The row takes another kind of value.
    #[error("{path} takes {takes}, not \"{}\"", visible(given))]
    Value {
        /// The row.
        path: String,
        /// What it takes.
        takes: String,
        /// The value as given, cut short.
        given: String,
    },
    /// A lifetime that cannot be read.
    #[error("{path}: {why}")]
    Ttl {
        /// Where it stood.
        path: String,
        /// What is wrong with it.
        why: TtlError,
    },
    /// Not JSON at all.
    #[error("{} is not JSON: {why}", visible(what))]
    NotJson {
        /// What was to be read.
        what: String,
        /// The reader's words, with line and column.
        why: String,
    },
    /// JSON, but no object.
    #[error("{} must be a JSON object", visible(what))]
    NotAnObject {
        /// What was to be read.
        what: String,
    },
    /// A claim of a type that the server would refuse.
    #[error(transparent)]
    WrongType(#[from] WrongType),
}

impl DraftError {
    fn not_json(what: &str, error: &serde_json::Error) -> Self {
        Self::NotJson { what: what.to_owned(), why: error.to_string() }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownPath { meant: Some(meant), .. } => format!("did you mean {meant}?"),
            Self::UnknownPath { meant: None, .. } => "see roomkey grants for every path".into(),
            Self::Value { path, .. } => format!("see roomkey grants {path}"),
            Self::Ttl { why, .. } => why.hint(),
            Self::NotJson { .. } | Self::NotAnObject { .. } => {
                r#"for example {"roomJoin": true, "room": "demo"}"#.into()
            }
            Self::WrongType(wrong) => match wrong.expected {
                "true or false" => "write true or false without quotes".into(),
                "a text" => "put it in quotes; JSON inside a text has its quotes escaped".into(),
                _ => format!(
                    "see roomkey grants {}",
                    wrong.path.split('.').take(2).collect::<Vec<_>>().join(".")
                ),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::catalog::ENTRIES;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn set(draft: &mut Draft, path: &str, value: &str) -> Result<(), DraftError> {
        draft.set(path, value, NOW, &Zone::utc())
    }

    #[test]
    fn a_draft_is_filled_by_path() {
        let mut draft = Draft::default();
        for (path, value) in [
            ("identity", "alice"),
            ("room", "demo"),
            ("video.canPublish", "off"),
            ("video.canPublishSources", "mic, SCREEN_SHARE"),
            ("attributes.role", "host"),
            ("roomConfig.maxParticipants", "4"),
            ("roomConfig.agents", "helper"),
            ("sip.call", "true"),
            ("exp", "90m"),
        ] {
            set(&mut draft, path, value).unwrap();
        }
        let json = Value::Object(draft.to_json());
        assert_eq!(
            json,
            serde_json::json!({
                "identity": "alice", "ttl": "1h30m", "attributes": {"role": "host"},
                "video": {"room": "demo", "canPublish": false, "canPublishSources": ["microphone", "screen_share"]},
                "sip": {"admin": false, "call": true},
                "roomConfig": {"maxParticipants": 4, "agents": [{"agentName": "helper"}]},
            })
        );
    }

    #[test]
    fn what_a_person_would_type_is_read_back_for_every_row() {
        let draft = Draft::from_json(include_str!("draft/full.json"), NOW, &Zone::utc()).unwrap();
        for entry in ENTRIES {
            assert!(entry.is_set(&draft), "full.json lacks {}", entry.path);
            let mut other = draft.clone();
            entry.unset(&mut other);
            other.set_entry(entry, &draft.typed(entry), NOW, &Zone::utc()).unwrap();
            assert_eq!(other, draft, "{}", entry.path);
        }
    }

    #[test]
    fn a_draft_survives_json_and_claims() {
        let draft = Draft::from_json(include_str!("draft/full.json"), NOW, &Zone::utc()).unwrap();
        let json = Value::Object(draft.to_json()).to_string();
        assert_eq!(Draft::from_json(&json, NOW, &Zone::utc()), Ok(draft.clone()));
        assert_eq!(Draft::of_claims(&draft.claims(&ApiKey::dev(), NOW)), draft);
    }

    #[test]
    fn claims_are_written_as_the_draft_that_makes_them_again() {
        let full = Draft::from_json(include_str!("draft/full.json"), NOW, &Zone::utc()).unwrap();
        let mut drafts = vec![Draft::default(), full.clone()];
        drafts.extend(crate::claims::presets::built_in().iter().map(|preset| preset.draft.clone()));
        for name in ["jti", "aud", "identity", "ttl", "later"] {
            let mut draft = full.clone();
            draft.grants.unknown.insert(name.into(), Value::from(7).into());
            drafts.push(draft);
        }
        for draft in drafts {
            let mut claims = draft.claims(&ApiKey::dev(), NOW);
            for end in [claims.expires_at, None] {
                claims.expires_at = end;
                let written = Draft::json_of_claims(&claims);
                assert_eq!(written, Value::Object(Draft::of_claims(&claims).to_json()).to_string());
            }
        }
    }

    #[test]
    fn a_wrong_path_or_value_is_named_with_a_cure_and_changes_nothing() {
        let mut draft = Draft::default();
        for (path, value, error, hint) in [
            ("video.roomName", "x", "there is no claim video.roomName", "did you mean video.room?"),
            ("zebra", "x", "there is no claim zebra", "see roomkey grants for every path"),
            (
                "video.canPublish",
                "maybe",
                "video.canPublish takes true, false or unset, not \"maybe\"",
                "see roomkey grants video.canPublish",
            ),
            (
                "roomConfig.maxParticipants",
                "-1",
                "roomConfig.maxParticipants takes a whole number of participants, not \"-1\"",
                "see roomkey grants roomConfig.maxParticipants",
            ),
            ("exp", "60", "exp: 60 of what?", "write 60s, 60m, 60h or 60d"),
            (
                "attributes",
                "{\"n\": 1}",
                "attributes takes key=value pairs, or a JSON object of texts, not \"{\"n\": 1}\"",
                "see roomkey grants attributes",
            ),
        ] {
            let wrong = set(&mut draft, path, value).unwrap_err();
            assert_eq!((wrong.to_string().as_str(), wrong.hint().as_str()), (error, hint));
        }
        assert_eq!(draft, Draft::default());
    }

    #[test]
    fn a_grant_is_laid_over_what_is_there() {
        let mut draft = Draft::default();
        set(&mut draft, "room", "demo").unwrap();
        draft.lay_grant(r#"{"roomJoin": true, "canPublish": false, "roomName": "kept"}"#).unwrap();
        draft.lay_grant(r#"{"video": {"hidden": true}, "sip": {"call": true}}"#).unwrap();
        assert_eq!(draft.grants.video.room, "demo");
        assert!(draft.grants.video.room_join && draft.grants.video.hidden && draft.grants.sip.call);
        assert_eq!(draft.grants.video.unknown["roomName"].as_str(), Some("kept"));
        let before = draft.clone();
        let wrong = draft.lay_grant(r#"{"canPublish": "false"}"#).unwrap_err();
        assert_eq!(wrong.to_string(), "video.canPublish must be true or false, not a text");
        assert_eq!(draft, before);
    }

    #[test]
    fn a_draft_is_laid_over_another_and_what_it_does_not_name_stays() {
        let mut draft = Draft { ttl: Ttl::For(60), ..Draft::default() };
        set(&mut draft, "identity", "alice").unwrap();
        set(&mut draft, "room", "demo").unwrap();
        draft.lay(r#"{"sub": "bob", "video": {"hidden": true}}"#, NOW, &Zone::utc()).unwrap();
        assert_eq!((draft.identity.as_str(), draft.ttl), ("bob", Ttl::For(60)));
        assert!(draft.grants.video.hidden && draft.grants.video.room == "demo");
        let before = draft.clone();
        assert!(draft.lay(r#"{"identity": 7}"#, NOW, &Zone::utc()).is_err());
        assert_eq!(draft, before);
    }

    #[test]
    fn text_that_is_no_json_says_where() {
        let wrong = Draft::from_json("{\n  identity: 1}", NOW, &Zone::utc()).unwrap_err();
        assert_eq!(wrong.to_string(), "a draft is not JSON: key must be a string at line 2 column 3");
        assert!(matches!(Draft::from_json("[]", NOW, &Zone::utc()), Err(DraftError::NotAnObject { .. })));
    }
}
