//! What the server's reader makes of a payload: Go's `encoding/json` over protocol/auth's `tokenClaims`, with
//! `protojson` for `roomConfig`. Checked against the real one, see tests/data/go-verifier.json.
//!
//! The reader goes through the payload in its own order and the first wrong type decides the text. Keys match
//! without regard to case, of several the last wins, objects of one key are merged.

use serde_json::{Map, Value};

use super::json::{self, Gathered, Kind, Members, Node};
use super::proto;
use crate::claims::{Claims, Unknown, WrongType};
use crate::text::beginning;

/// What a claim holds.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Flag,
    /// A pointer in Go: `null` takes it back.
    Choice,
    Texts,
    Pairs,
    Date,
    Audience,
    /// The name of its type in Go, and its fields.
    Grant(&'static str, &'static [(&'static str, Shape)]),
    RoomConfig,
    /// Newer than the server: read by roomkey, of no type to the server.
    Newer,
}

/// golang-jwt's `RegisteredClaims`. They are read by themselves first, to know the key.
const REGISTERED: [&str; 7] = ["iss", "sub", "jti", "aud", "exp", "nbf", "iat"];

/// protocol/auth/accesstoken.go:27-30 and grants.go:161-181.
const CLAIMS: &[(&str, Shape)] = &[
    ("iss", Shape::Text),
    ("sub", Shape::Text),
    ("jti", Shape::Text),
    ("aud", Shape::Audience),
    ("exp", Shape::Date),
    ("nbf", Shape::Date),
    ("iat", Shape::Date),
    ("identity", Shape::Text),
    ("name", Shape::Text),
    ("kind", Shape::Text),
    ("kindDetails", Shape::Texts),
    ("video", Shape::Grant("auth.VideoGrant", VIDEO)),
    ("sip", Shape::Grant("auth.SIPGrant", &[("admin", Shape::Flag), ("call", Shape::Flag)])),
    ("agent", Shape::Grant("auth.AgentGrant", AGENT)),
    ("agentEndpoint", Shape::Newer),
    ("agentThread", Shape::Newer),
    ("agentDatabase", Shape::Newer),
    ("inference", Shape::Grant("auth.InferenceGrant", &[("perform", Shape::Flag)])),
    ("observability", Shape::Grant("auth.ObservabilityGrant", &[("write", Shape::Flag)])),
    ("roomConfig", Shape::RoomConfig),
    ("roomPreset", Shape::Text),
    ("sha256", Shape::Text),
    ("metadata", Shape::Text),
    ("attributes", Shape::Pairs),
];

const VIDEO: &[(&str, Shape)] = &[
    ("roomCreate", Shape::Flag),
    ("roomList", Shape::Flag),
    ("roomRecord", Shape::Flag),
    ("roomAdmin", Shape::Flag),
    ("roomJoin", Shape::Flag),
    ("room", Shape::Text),
    ("destinationRoom", Shape::Text),
    ("canPublish", Shape::Choice),
    ("canPublishSources", Shape::Texts),
    ("canPublishData", Shape::Choice),
    ("canSubscribe", Shape::Choice),
    ("canUpdateOwnMetadata", Shape::Choice),
    ("canSubscribeMetrics", Shape::Choice),
    ("canManageAgentSession", Shape::Choice),
    ("ingressAdmin", Shape::Flag),
    ("hidden", Shape::Flag),
    ("recorder", Shape::Flag),
    ("agent", Shape::Flag),
];

const AGENT: &[(&str, Shape)] = &[
    ("admin", Shape::Flag),
    ("simulationAdmin", Shape::Flag),
    ("databaseAdmin", Shape::Flag),
    ("dispatchAdmin", Shape::Newer),
];

/// A type that makes the server refuse the whole token.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    /// Whether it is one of [`REGISTERED`], for which the server gives no reason.
    pub(super) registered: bool,
    /// The reason that the server gives otherwise.
    pub(super) text: String,
    pub(super) wrong: WrongType,
}

/// The first type that makes the server refuse the token, if there is one.
pub(super) fn refusal(payload: Node<'_>) -> Option<Refusal> {
    let Kind::Object(members) = payload.kind() else { return None };
    let checker = Checker { text: payload.whole_text() };
    let known = || {
        members.filter_map(|(key, node)| {
            let key = key.read();
            let (name, shape) = field(CLAIMS, &key)?;
            Some((key, name, shape, node))
        })
    };
    let first = known().filter(|(_, name, ..)| REGISTERED.contains(name));
    let second = known().filter(|(_, name, ..)| !REGISTERED.contains(name));
    first.chain(second).find_map(|(key, name, shape, node)| checker.check(shape, name, &key, node).err()).map(
        |refusal| {
            let registered = REGISTERED.contains(&refusal.wrong.path.split('.').next().unwrap_or(""));
            Refusal { registered, ..refusal }
        },
    )
}

/// The claims that the server ends up with: those that are read, under their proper names, and those that are not.
#[derive(Default)]
pub(super) struct View<'t> {
    pub(super) known: Map<String, Value>,
    unknown: Gathered<'t>,
    /// The fields of a grant that are not read, with the grant's name.
    of_grants: Vec<(&'static str, Gathered<'t>)>,
}

/// The claims that the server ends up with.
pub(super) fn view(payload: Node<'_>) -> View<'_> {
    let mut view = View::default();
    if let Kind::Object(members) = payload.kind() {
        let View { known, unknown, of_grants } = &mut view;
        absorb(known, CLAIMS, members, unknown, of_grants);
    }
    view
}

impl View<'_> {
    /// Gives claims that were read of what is known what is not.
    pub(super) fn add_unknown(&self, claims: &mut Claims) {
        claims.grants.unknown.extend(kept(&self.unknown));
        for (name, fields) in &self.of_grants {
            if let Some(unknown) = claims.grants.undefined_mut(name) {
                unknown.extend(kept(fields));
            }
        }
    }
}

/// What there is of it; `null` is nothing.
fn kept(gathered: &Gathered<'_>) -> Unknown {
    gathered.members().map(|(key, held)| (key.into_owned(), held)).collect()
}

/// The keys of a payload, and of the grants in it, that are a claim's but for the case of their letters; the first few
/// of them, as they are written.
pub(super) fn other_case(payload: Node<'_>) -> Vec<String> {
    const MOST: usize = 8;
    let mut found = Vec::new();
    let Kind::Object(members) = payload.kind() else { return found };
    for (key, value) in members {
        let key = key.read();
        let Some((name, shape)) = field(CLAIMS, &key) else { continue };
        if key != name {
            found.push(key.to_string());
        }
        if let (Shape::Grant(_, fields), Kind::Object(members)) = (shape, value.kind()) {
            let odd = members
                .map(|(inner, _)| inner.read())
                .filter(|inner| field(fields, inner).is_some_and(|(name, _)| name != inner));
            found.extend(odd.take(MOST).map(|inner| trail(&key, &inner)));
        }
        found.truncate(MOST);
    }
    found
}

fn absorb<'t>(
    map: &mut Map<String, Value>,
    fields: &[(&'static str, Shape)],
    members: Members<'t>,
    unknown: &mut Gathered<'t>,
    of_grants: &mut Vec<(&'static str, Gathered<'t>)>,
) {
    for (key, node) in members {
        let Some((name, shape)) = field(fields, &key.read()) else {
            unknown.add(key, node);
            continue;
        };
        match (shape, node.kind()) {
            (Shape::Text | Shape::Flag, Kind::Null) => {}
            (Shape::Grant(..), Kind::Null) => {
                map.shift_remove(name);
                of_grants.retain(|(grant, _)| *grant != name);
            }
            (_, Kind::Null) => drop(map.shift_remove(name)),
            (Shape::Grant(_, inner), Kind::Object(members)) => {
                let mut grant = match map.get_mut(name) {
                    Some(Value::Object(grant)) => std::mem::take(grant),
                    _ => Map::new(),
                };
                let at = of_grants.iter().position(|(grant, _)| *grant == name).unwrap_or_else(|| {
                    of_grants.push((name, Gathered::default()));
                    of_grants.len() - 1
                });
                let mut rest = std::mem::take(&mut of_grants[at].1);
                // No grant is in a grant.
                absorb(&mut grant, inner, members, &mut rest, of_grants);
                of_grants[at].1 = rest;
                map.insert(name.to_owned(), Value::Object(grant));
            }
            (Shape::Pairs, Kind::Object(_)) => json::lay(map, name.to_owned(), node.merged()),
            _ => drop(map.insert(name.to_owned(), node.merged())),
        }
    }
}

fn field(fields: &[(&'static str, Shape)], key: &str) -> Option<(&'static str, Shape)> {
    fields.iter().copied().find(|(name, _)| folds_to(key, name))
}

/// Go's folding of keys: ASCII letters, and the two others whose lower case is one.
pub(in crate::token) fn folds_to(key: &str, name: &str) -> bool {
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    key.len() <= 3 * name.len() && key.chars().map(fold).eq(name.chars().map(fold))
}

struct Checker<'a> {
    text: &'a str,
}

type Checked = Result<(), Refusal>;

impl Checker<'_> {
    /// `path` is the claim's proper one, `written` as it stands in the token.
    fn check(&self, shape: Shape, path: &str, written: &str, node: Node<'_>) -> Checked {
        let (go, expected) = match (shape, node.kind()) {
            (Shape::Newer, _)
            | (_, Kind::Null)
            | (Shape::Text | Shape::Audience, Kind::Text(_))
            | (Shape::Flag | Shape::Choice, Kind::Bool(_)) => return Ok(()),
            (Shape::Text, _) => ("string", "a text"),
            (Shape::Flag | Shape::Choice, _) => ("bool", "true or false"),
            (Shape::Texts, Kind::List(items)) => return Self::texts(path, written, items),
            (Shape::Texts, _) => ("[]string", "a list of texts"),
            (Shape::Pairs, Kind::Object(mut members)) => {
                // Only of one that is refused the path is needed, and there may be very many.
                let good = |node: Node<'_>| matches!(node.kind(), Kind::Null | Kind::Text(_));
                return members.find(|(_, value)| !good(*value)).map_or(Ok(()), |(key, value)| {
                    let key = key.read();
                    self.check(Shape::Text, &trail(path, &key), &trail(written, &key), value)
                });
            }
            (Shape::Pairs, _) => ("map[string]string", "an object of texts"),
            (Shape::Grant(_, fields), Kind::Object(mut members)) => {
                return members.try_for_each(|(key, value)| {
                    let key = key.read();
                    match field(fields, &key) {
                        Some((name, shape)) => {
                            self.check(shape, &trail(path, name), &trail(written, &key), value)
                        }
                        None => Ok(()),
                    }
                });
            }
            (Shape::Grant(go, _), _) => (go, "an object"),
            (Shape::RoomConfig, _) => return proto::refusal(node, self.text).map_or(Ok(()), Err),
            (Shape::Date, _) if is_date(node) => return Ok(()),
            (Shape::Date, _) => ("jwt.NumericDate", "a time in seconds"),
            (Shape::Audience, Kind::List(items))
                if items.into_iter().all(|item| matches!(item.kind(), Kind::Text(_))) =>
            {
                return Ok(());
            }
            (Shape::Audience, _) => ("jwt.ClaimStrings", "a text or a list of texts"),
        };
        let place = format!("Go struct field Claims.{written}");
        Err(refuse(&place, go, expected, path, node))
    }

    fn texts(path: &str, written: &str, items: json::Items<'_>) -> Checked {
        for (i, item) in items.enumerate() {
            if !matches!(item.kind(), Kind::Text(_) | Kind::Null) {
                let place = format!("Claims.{written}.{i}");
                return Err(refuse(&place, "string", "a text", &trail(path, &i.to_string()), item));
            }
        }
        Ok(())
    }
}

fn refuse(place: &str, go: &str, expected: &'static str, path: &str, node: Node<'_>) -> Refusal {
    let found = match node.kind() {
        Kind::Null => "null",
        Kind::Bool(_) => "bool",
        Kind::Number(_) => "number",
        Kind::Text(_) => "string",
        Kind::List(_) => "array",
        Kind::Object(_) => "object",
    };
    let wrong = WrongType { path: path.to_owned(), expected, found: said(node), proto: false };
    let text = format!("json: cannot unmarshal {found} into {place} of type {go}");
    Refusal { registered: false, text, wrong }
}

/// Seconds as a number, or as the text of one (golang-jwt's `NumericDate`).
fn is_date(node: Node<'_>) -> bool {
    match node.kind() {
        Kind::Number(digits) => digits.number().as_f64().is_some_and(|n| n.abs() < f64::MAX),
        Kind::Text(text) => text.read().parse::<serde_json::Number>().is_ok(),
        _ => false,
    }
}

pub(super) fn trail(path: &str, name: &str) -> String {
    format!("{path}.{name}")
}

/// `the text "false"`, `the number 1`, `a list`: what stands there, for people.
pub(super) fn said(node: Node<'_>) -> String {
    match node.kind() {
        Kind::Null => "null".into(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(digits) => format!("the number {}", digits.number()),
        Kind::Text(text) => {
            format!("the text \"{}\"", beginning(&text.read(), 40))
        }
        Kind::List(_) => "a list".into(),
        Kind::Object(_) => "an object".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::catalog::{ENTRIES, Field};

    fn read(text: &str) -> (Option<Refusal>, Value) {
        let document = json::Json::parse(text.to_owned()).unwrap();
        let view = view(document.root());
        let mut known = view.known.clone();
        known.extend(view.unknown.members().map(|(key, held)| (key.into_owned(), held.value())));
        (refusal(document.root()), Value::Object(known))
    }

    #[test]
    fn every_row_of_the_catalogue_has_its_type_here() {
        for entry in ENTRIES {
            let mut parts = entry.path.split('.');
            let (top, inner) = (parts.next().unwrap(), parts.next());
            let (_, mut shape) = field(CLAIMS, top).unwrap_or_else(|| panic!("no {top}"));
            if let (Shape::Grant(_, fields), Some(inner)) = (shape, inner) {
                shape = field(fields, inner).unwrap_or_else(|| panic!("no {}", entry.path)).1;
            }
            let fits = match shape {
                Shape::Newer | Shape::RoomConfig => true,
                Shape::Text => {
                    matches!(entry.field, Field::Text(_) | Field::LongText(_) | Field::OneOf(..))
                }
                Shape::Flag => matches!(entry.field, Field::Flag(_)),
                Shape::Choice => matches!(entry.field, Field::Choice(..)),
                Shape::Texts => matches!(entry.field, Field::Sources(_) | Field::Words(..)),
                Shape::Pairs => matches!(entry.field, Field::Pairs(_)),
                Shape::Date => matches!(entry.field, Field::Lasting(_)),
                Shape::Audience | Shape::Grant(..) => false,
            };
            assert!(fits, "{}", entry.path);
        }
    }

    #[test]
    fn null_takes_back_what_is_a_pointer_and_nothing_else() {
        let (refusal, view) = read(
            r#"{"name":"a","name":null,"video":{"room":"r","room":null,"canPublish":false,"canPublish":null}}"#,
        );
        assert_eq!(refusal, None);
        assert_eq!(view, serde_json::json!({"name": "a", "video": {"room": "r"}}));
        assert_eq!(read(r#"{"video":{"room":"r"},"video":null}"#).1, serde_json::json!({}));
    }

    #[test]
    fn what_is_newer_than_the_server_may_be_anything() {
        let newer = r#"{"agentEndpoint":"x","agentThread":[],"agentDatabase":5,"agent":{"dispatchAdmin":1}}"#;
        assert_eq!(read(newer).0, None);
        assert!(read(r#"{"agent":{"databaseAdmin":1}}"#).0.is_some());
    }

    #[test]
    fn grants_under_several_spellings_are_one() {
        let (_, view) = read(r#"{"video":{"roomJoin":true},"VIDEO":{"Hidden":true},"ſub":"s"}"#);
        assert_eq!(view, serde_json::json!({"video": {"roomJoin": true, "hidden": true}, "sub": "s"}));
    }
}
