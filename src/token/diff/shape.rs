//! What a value means where it stands: which spellings of a key are one, which values are the same to a server,
//! and how much a difference matters. The rows are the catalogue's; inside `roomConfig` they are the protocol's.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Number, Value};

use crate::claims::catalog::{ENTRIES, Field, Group, ServerDefault};
use crate::claims::grants::{OBJECTS, RESTART_POLICIES};
use crate::token::inspect::json::{Json, Kept, Kind as Is, Members, Node, Text};
use crate::token::inspect::proto::schema::{self, Message, ROOM_CONFIGURATION};
use crate::token::inspect::readers::folds_to;

/// What may stand somewhere.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Text,
    Flag,
    Choice(ServerDefault),
    /// A number, or the text of one.
    Count,
    /// Of an enum: names in the order of their numbers, as far as roomkey knows them.
    Named(&'static [&'static str]),
    /// A list in which neither order nor number count.
    Set,
    Pairs,
    Date,
    /// A text, or a list of texts.
    Audience,
    /// `typ` in the header.
    Type,
    /// A grant, by its name.
    Grant(&'static str),
    Message(&'static Message),
    Messages(&'static Message),
    Any,
}

/// What is known of a place.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) shape: Shape,
    /// Whether nothing and the zero of its type are the same.
    pub(super) zero: bool,
    /// The less, the more it matters.
    pub(super) rank: u16,
    /// The row of the catalogue.
    pub(super) entry: Option<&'static str>,
}

impl Place {
    pub(super) const UNKNOWN: Self = Self { shape: Shape::Any, zero: false, rank: 900, entry: None };
}

/// From here on down it is no matter of what the token allows.
pub(super) const REST: u16 = 200;

/// Whose members are looked at.
#[derive(Clone, Copy)]
pub(super) enum Fields {
    Header,
    Top,
    Grant(&'static str),
    Message(&'static Message, Place),
    Pairs(Place),
    Any(Place),
}

struct Known {
    grant: &'static str,
    name: &'static str,
    place: Place,
}

/// Those of a grant whose names begin like this key.
fn known(grant: &str, key: &str) -> &'static [Known] {
    /// A grant, and what is known of it by its first letter.
    type Group = (&'static str, [Vec<Known>; 128]);
    static KNOWN: OnceLock<Vec<Group>> = OnceLock::new();
    let groups = KNOWN.get_or_init(|| {
        let mut groups: Vec<Group> = Vec::new();
        for known in all_known() {
            if groups.iter().all(|(grant, _)| *grant != known.grant) {
                groups.push((known.grant, std::array::from_fn(|_| Vec::new())));
            }
            let group = groups.iter_mut().find(|(grant, _)| *grant == known.grant);
            if let Some((_, by_letter)) = group {
                by_letter[usize::from(known.name.as_bytes()[0].to_ascii_lowercase())].push(known);
            }
        }
        groups
    });
    let first = match key.chars().next() {
        Some('\u{17f}') => 's',
        Some('\u{212a}') => 'k',
        Some(c) => c.to_ascii_lowercase(),
        None => return &[],
    };
    let group = groups.iter().find(|(name, _)| *name == grant);
    group.and_then(|(_, by_letter)| by_letter.get(first as usize)).map_or(&[], Vec::as_slice)
}

fn all_known() -> Vec<Known> {
    {
        let mut all = Vec::new();
        for (at, entry) in ENTRIES.iter().enumerate() {
            let (grant, name) = entry.path.split_once('.').unwrap_or(("", entry.path));
            if grant == "roomConfig" {
                continue;
            }
            let shape = match entry.field {
                Field::Flag(_) => Shape::Flag,
                Field::Choice(_, default) => Shape::Choice(default),
                Field::Text(_) | Field::LongText(_) | Field::OneOf(..) => Shape::Text,
                Field::Count(..) => Shape::Count,
                Field::Sources(_) | Field::Words(..) => Shape::Set,
                Field::Pairs(_) => Shape::Pairs,
                Field::Lasting(_) => Shape::Date,
                Field::Dispatches(_) | Field::Json(_) => Shape::Any,
            };
            let place = Place { shape, zero: true, rank: rank(at), entry: Some(entry.path) };
            all.push(Known { grant, name, place });
        }
        let grant = |name: &'static str, shape| Known {
            grant: "",
            name,
            place: Place { shape, zero: true, rank: 5, entry: None },
        };
        all.extend(OBJECTS.map(|name| grant(name, Shape::Grant(name))));
        let config = Known {
            grant: "",
            name: "roomConfig",
            place: Place {
                shape: Shape::Message(ROOM_CONFIGURATION),
                zero: true,
                rank: 400,
                entry: Some("roomConfig"),
            },
        };
        all.push(config);
        for (at, (name, shape)) in [
            ("iss", Shape::Text),
            ("iat", Shape::Date),
            ("nbf", Shape::Date),
            ("jti", Shape::Text),
            ("identity", Shape::Text),
            ("aud", Shape::Audience),
        ]
        .into_iter()
        .enumerate()
        {
            let rank = if at == 0 { REST } else { 500 + u16::try_from(at).unwrap_or(0) };
            all.push(Known { grant: "", name, place: Place { shape, zero: true, rank, entry: None } });
        }
        all
    }
}

/// Room and identity first, then what the token allows, then the rest, each in the catalogue's order.
fn rank(at: usize) -> u16 {
    let entry = &ENTRIES[at];
    let at = u16::try_from(at).unwrap_or(0);
    match (entry.path, entry.group) {
        ("video.room", _) => 0,
        ("sub", _) => 1,
        ("name", _) => REST + 1,
        ("roomConfig.agents", _) => REST + 2,
        (_, Group::Token | Group::Participant | Group::RoomSettings) => REST + 10 + at,
        _ => 10 + at,
    }
}

impl Shape {
    /// Whose members stand in an object here, if objects are looked into.
    pub(super) fn fields(self, place: Place) -> Option<Fields> {
        match self {
            Self::Grant(name) => Some(Fields::Grant(name)),
            Self::Message(message) => Some(Fields::Message(message, place)),
            Self::Pairs => Some(Fields::Pairs(place)),
            _ => None,
        }
    }
}

impl Fields {
    /// The proper name of a key, if it is known and so may be spelled otherwise; and what is known of the place.
    fn place(self, key: &str) -> (Option<&'static str>, Place) {
        let of_grant = |grant: &'static str| {
            let found = known(grant, key).iter().find(|known| folds_to(key, known.name));
            found.map_or((None, Place::UNKNOWN), |known| (Some(known.name), known.place))
        };
        match self {
            Self::Header if key == "typ" => (None, Place { shape: Shape::Type, ..Place::UNKNOWN }),
            Self::Header => (None, Place::UNKNOWN),
            Self::Top => of_grant(""),
            Self::Grant(name) => of_grant(name),
            Self::Message(message, around) => match message.field(key) {
                Some((name, field, one_of)) => (Some(name), inside(name, field, one_of, around)),
                None => (None, Place::UNKNOWN),
            },
            // Whether a pair is there or empty is two things.
            Self::Pairs(around) => (None, Place { shape: Shape::Text, zero: false, ..around }),
            Self::Any(around) => (None, Place { shape: Shape::Any, zero: false, ..around }),
        }
    }

    /// The members under their proper names, in the order of those; of several of one name the last that is
    /// something.
    pub(super) fn members(self, object: Option<Members<'_>>) -> Vec<(Cow<'_, str>, Place, Node<'_>)> {
        let mut members: Vec<_> = object
            .into_iter()
            .flatten()
            .map(|(key, value)| {
                let key = key.read();
                let (name, place) = self.place(&key);
                (name.map_or(key, Cow::Borrowed), place, value)
            })
            .collect();
        members.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        members.dedup_by(|(later, _, value), (name, _, kept)| {
            let twice = later == name;
            if twice && !matches!(value.kind(), Is::Null) {
                *kept = *value;
            }
            twice
        });
        members
    }
}

/// A field of a message of the protocol; where it is a row of the catalogue, with that row's rank.
fn inside(name: &'static str, field: schema::Field, one_of: &str, around: Place) -> Place {
    let shape = match field {
        schema::Field::Text => Shape::Text,
        schema::Field::Flag => Shape::Flag,
        schema::Field::Count | schema::Field::Int32 | schema::Field::Double => Shape::Count,
        schema::Field::Enum if name == "restartPolicy" => Shape::Named(&RESTART_POLICIES),
        schema::Field::Enum => Shape::Named(&[]),
        schema::Field::Texts => Shape::Any,
        schema::Field::Pairs => Shape::Pairs,
        schema::Field::One(message) => Shape::Message(message),
        schema::Field::Many(message) => Shape::Messages(message),
    };
    // A message inside another says something by being there; so does whichever of several is chosen.
    let zero = one_of.is_empty() && !matches!(field, schema::Field::One(_));
    if around.entry != Some("roomConfig") {
        return Place { shape, zero, ..around };
    }
    let path = |entry: &&crate::claims::catalog::Entry| entry.path.strip_prefix("roomConfig.") == Some(name);
    match ENTRIES.iter().position(|entry| path(&entry)) {
        Some(at) => Place { shape, zero, rank: rank(at), entry: Some(ENTRIES[at].path) },
        None => Place { shape, zero, ..around },
    }
}

/// The payload with each claim and each field of a grant once, under whichever of its spellings, and grants that were
/// there under several made one: as the server's reader takes them.
pub(super) fn folded(payload: &Json) -> Cow<'_, Json> {
    let Some(members) = payload.root().members() else { return Cow::Borrowed(payload) };
    let twice = |fields: Fields, members: Members<'_>| {
        let mut seen: Vec<&str> = Vec::new();
        let mut names = members.into_iter().filter_map(|(key, _)| fields.place(&key.read()).0);
        names.any(|name| {
            let again = seen.contains(&name);
            seen.push(name);
            again
        })
    };
    let in_a_grant = |(key, value): (Text<'_>, Node<'_>)| match (
        Fields::Top.place(&key.read()).1.shape,
        value.members(),
    ) {
        (Shape::Grant(grant), Some(members)) => twice(Fields::Grant(grant), members),
        _ => false,
    };
    if !twice(Fields::Top, members) && !{ members }.any(in_a_grant) {
        return Cow::Borrowed(payload);
    }
    let kept = once(Fields::Top, members).into_iter().filter_map(|(shape, nodes)| {
        let last = *nodes.last()?;
        let Shape::Grant(grant) = shape else { return Some(Kept::Whole(last)) };
        if last.members().is_none() {
            return Some(Kept::Whole(last));
        }
        let members = nodes.iter().filter_map(|node| node.members()).flatten();
        let of_grant = once(Fields::Grant(grant), members);
        let of_grant = of_grant.into_iter().filter_map(|(_, nodes)| nodes.last().copied());
        Some(Kept::Object(last, of_grant.collect()))
    });
    let kept: Vec<Kept<'_>> = kept.collect();
    Cow::Owned(payload.of_members(&kept))
}

/// The values that count of each name, in order: one, or the objects of a grant that are merged.
fn once<'t>(
    fields: Fields,
    members: impl Iterator<Item = (Text<'t>, Node<'t>)>,
) -> Vec<(Shape, Vec<Node<'t>>)> {
    let mut places: Vec<(&str, usize)> = Vec::new();
    let mut out: Vec<(Shape, Vec<Node<'_>>)> = Vec::new();
    for (key, value) in members {
        let (name, place) = fields.place(&key.read());
        let known = name.and_then(|name| places.iter().find(|(known, _)| *known == name));
        let Some((_, at)) = known else {
            places.extend(name.map(|name| (name, out.len())));
            out.push((place.shape, vec![value]));
            continue;
        };
        let nodes = &mut out[*at].1;
        match (value.kind(), place.shape) {
            (Is::Object(_), Shape::Grant(_)) => nodes.retain(|node| node.members().is_some()),
            // Only what is a pointer there is taken back by null.
            (Is::Null, Shape::Text | Shape::Flag) => continue,
            _ => nodes.clear(),
        }
        nodes.push(value);
    }
    out
}

/// Whether a server takes two values that differ for the same. `can_publish` is what the two tokens come to
/// there.
pub(super) fn mean_the_same(
    place: Place,
    (a, b): (Option<Node<'_>>, Option<Node<'_>>),
    can_publish: [bool; 2],
) -> bool {
    match place.shape {
        Shape::Set | Shape::Audience => {
            // One that is empty needs no look at the other's words.
            is_empty(a) == is_empty(b)
                && alike(place, (a.map(Node::merged), b.map(Node::merged)), can_publish)
        }
        Shape::Pairs | Shape::Grant(_) | Shape::Message(_) | Shape::Messages(_) => {
            // An empty video is what turns one refusal of a join into another.
            place.zero && !matches!(place.shape, Shape::Grant("video")) && is_empty(a) && is_empty(b)
        }
        _ => alike(place, (a.map(plain), b.map(plain)), can_publish),
    }
}

/// Whether there is nothing in a list or an object, or none.
fn is_empty(value: Option<Node<'_>>) -> bool {
    match value.map(Node::kind) {
        None | Some(Is::Null) => true,
        Some(Is::Object(mut members)) => members.next().is_none(),
        Some(Is::List(mut items)) => items.next().is_none(),
        Some(_) => false,
    }
}

/// A value without what is in it.
fn plain(value: Node<'_>) -> Value {
    match value.kind() {
        Is::List(_) => Value::Array(Vec::new()),
        Is::Object(_) => Value::Object(serde_json::Map::new()),
        _ => value.merged(),
    }
}

fn alike(place: Place, (a, b): (Option<Value>, Option<Value>), can_publish: [bool; 2]) -> bool {
    let (a, b) = (a.as_ref(), b.as_ref());
    let zero = place.zero;
    let both = |same: Option<bool>| same.unwrap_or(false);
    match place.shape {
        Shape::Text => both(pair(text(a, zero), text(b, zero))),
        Shape::Type => {
            let jwt = |value: Option<&Value>| match value {
                None => true,
                Some(value) => value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("JWT")),
            };
            jwt(a) && jwt(b)
        }
        Shape::Flag => both(pair(flag(a, zero), flag(b, zero))),
        Shape::Choice(default) => {
            let [one, other] = can_publish.map(|can_publish| match default {
                ServerDefault::Yes => true,
                ServerDefault::No => false,
                ServerDefault::FollowsCanPublish => can_publish,
            });
            let choice = |value: Option<&Value>, default| match value {
                None | Some(Value::Null) => Some(default),
                Some(value) => value.as_bool(),
            };
            both(pair(choice(a, one), choice(b, other)))
        }
        Shape::Count => match (number(a, zero), number(b, zero)) {
            (Some(a), Some(b)) => are_equal(&a, &b),
            _ => false,
        },
        Shape::Named(names) => both(pair(named(a, names, zero), named(b, names, zero))),
        Shape::Set => both(pair(set(a, false), set(b, false))),
        Shape::Audience => both(pair(set(a, true), set(b, true))),
        _ => match (a, b) {
            (Some(Value::Number(a)), Some(Value::Number(b))) => are_equal(a, b),
            _ => false,
        },
    }
}

fn pair<T: PartialEq>(a: Option<T>, b: Option<T>) -> Option<bool> {
    Some(a? == b?)
}

/// A text; where nothing is the same as an empty one, that. `None` for what is no text.
fn text(value: Option<&Value>, zero: bool) -> Option<&str> {
    match value {
        None if zero => Some(""),
        // `null` is read as an empty text wherever it is read at all.
        Some(Value::Null) => Some(""),
        Some(value) => value.as_str(),
        None => None,
    }
}

fn flag(value: Option<&Value>, zero: bool) -> Option<bool> {
    match value {
        None | Some(Value::Null) if zero => Some(false),
        Some(value) => value.as_bool(),
        None => None,
    }
}

fn number(value: Option<&Value>, zero: bool) -> Option<Number> {
    match value {
        None | Some(Value::Null) if zero => Some(0.into()),
        Some(Value::Number(number)) => Some(number.clone()),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    }
}

fn are_equal(a: &Number, b: &Number) -> bool {
    a == b || (!(whole(a) && whole(b)) && a.as_f64() == b.as_f64())
}

fn whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64()
}

/// The name that an enum's value has; numbers of which no name is known stay numbers.
fn named<'v>(value: Option<&'v Value>, names: &[&'v str], zero: bool) -> Option<Cow<'v, str>> {
    let first = || Cow::Borrowed(names.first().copied().unwrap_or("0"));
    match value {
        Some(Value::String(text)) if names.is_empty() || names.contains(&text.as_str()) => {
            Some(Cow::Borrowed(text))
        }
        // A name that is none is dropped.
        None | Some(Value::Null | Value::String(_)) if zero => Some(first()),
        Some(Value::Number(number)) => {
            let at = number.as_u64().and_then(|at| usize::try_from(at).ok());
            let name = at.and_then(|at| names.get(at)).map(|name| Cow::Borrowed(*name));
            Some(name.unwrap_or_else(|| Cow::Owned(number.to_string())))
        }
        _ => None,
    }
}

/// The words of a list; `one` also takes a text for the list of it.
fn set(value: Option<&Value>, one: bool) -> Option<BTreeSet<&str>> {
    match value {
        None | Some(Value::Null) => Some(BTreeSet::new()),
        Some(Value::String(word)) if one => Some(BTreeSet::from([word.as_str()])),
        Some(Value::Array(items)) => {
            let word = |item| text(Some(item), true);
            items.iter().map(word).collect()
        }
        Some(_) => None,
    }
}
