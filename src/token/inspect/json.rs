//! JSON as the server's reader takes it, with where everything stood.
//!
//! `serde_json` forgets that a key was there twice and at which column a value began; the server's answer
//! depends on both. What Go's reader forgives is forgiven here: bytes that are no UTF-8 and halves of surrogate
//! pairs become U+FFFD.
//!
//! A text is read into one list of cells, each with where it stands: a token of a megabyte may have some hundred
//! thousand values in it, and to give each its own place in memory would take longer than all the rest.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Number, Value};

use crate::claims::Held;

mod merge;
mod reader;

pub(in crate::token) use merge::Kept;
pub(super) use merge::{Gathered, lay};
use merge::{close, settle};
use reader::Reader;

/// Nearly as deep as `serde_json` goes, so that what is read here can be written and read again, also inside the
/// object that is printed of it.
const DEEPEST: usize = 125;

/// More repeated keys than these are not named: their paths may be long.
const MOST_DUPLICATES: usize = 16;

/// JSON, read: a text, and where everything stands in it. Two are equal if they are written alike, but for spaces.
#[derive(Clone)]
pub struct Json {
    text: Arc<String>,
    cells: Arc<Vec<Cell>>,
}

impl Json {
    /// What this is as JSON; an empty object of what is none.
    pub fn of(value: &impl Serialize) -> Self {
        let text = serde_json::to_string(value).unwrap_or_default();
        // What was written here is as deep as it is.
        Self::read(text, usize::MAX).unwrap_or_default()
    }

    /// Reads one value and nothing behind it.
    pub(super) fn parse(text: String) -> Result<Self, Broken> {
        Self::read(text, DEEPEST)
    }

    fn read(text: String, deepest: usize) -> Result<Self, Broken> {
        let cells = Vec::with_capacity(text.len() / 16);
        let mut reader = Reader::new(&text, cells, deepest);
        if u32::try_from(text.len()).is_err() {
            return Err(reader.broken("it is too long"));
        }
        reader.value(0)?;
        reader.space();
        if reader.at < text.len() {
            return Err(reader.broken("something follows the value"));
        }
        let cells = Arc::new(reader.cells);
        Ok(Self { text: Arc::new(text), cells })
    }

    /// The value that all others are in.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node { text: &self.text, cells: &self.cells, at: 0 }
    }

    /// The value at a place of this document.
    pub(crate) fn node(&self, at: At) -> Node<'_> {
        Node { at: at.0 as usize, ..self.root() }
    }

    /// The key of the value at a place, which must be in an object: it stands right before it.
    pub(crate) fn key(&self, at: At) -> Text<'_> {
        Node { at: (at.0 as usize).saturating_sub(1), ..self.root() }.written()
    }

    /// The value of a key at the top.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Node<'_>> {
        let Kind::Object(mut members) = self.root().kind() else { return None };
        members.find(|(name, _)| name.read() == key).map(|(_, node)| node)
    }

    /// The object that it is, to look into and to change; empty of anything else.
    #[must_use]
    pub fn to_map(&self) -> Map<String, Value> {
        match self.root().merged() {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// The same with each key of an object once: of several the last, objects merged.
    pub(super) fn settled(self, has_duplicates: bool) -> Self {
        if !has_duplicates {
            return self;
        }
        let mut cells = Vec::with_capacity(self.cells.len());
        settle(&[self.root()], &mut cells);
        Self { cells: Arc::new(cells), ..self }
    }

    /// An object of some members of this one.
    pub(in crate::token) fn of_members(&self, members: &[Kept<'_>]) -> Self {
        let mut cells = Vec::with_capacity(self.cells.len());
        let root = self.cells[0];
        cells.push(Cell { start: 0, end: 0, ..root });
        for member in members {
            member.put(&mut cells);
        }
        close(&mut cells, 0);
        Self { text: self.text.clone(), cells: Arc::new(cells) }
    }
}

impl Default for Json {
    fn default() -> Self {
        let cells = vec![Cell { tag: Tag::Object, start: 0, end: 2, after: 1, repeats: false }];
        Self { text: Arc::new("{}".into()), cells: Arc::new(cells) }
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        let alike = self.cells == other.cells && self.text == other.text;
        alike || serde_json::to_string(&self.root()).ok() == serde_json::to_string(&other.root()).ok()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.root().serialize(serializer)
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.kind() {
            Kind::Null => serializer.serialize_unit(),
            Kind::Bool(b) => serializer.serialize_bool(b),
            Kind::Number(digits) => digits.number().serialize(serializer),
            Kind::Text(text) => serializer.serialize_str(&text.read()),
            Kind::List(items) => serializer.collect_seq(items),
            Kind::Object(members) => {
                let mut map = serializer.serialize_map(None)?;
                for (key, node) in members {
                    map.serialize_entry(&*key.read(), &node)?;
                }
                map.end()
            }
        }
    }
}

/// One value, or the key of one, in the order of the text. A key stands right before its value, what is in a list
/// or an object right behind that.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    tag: Tag,
    /// The bytes it was read from; of a text with its quotes.
    start: u32,
    end: u32,
    /// The first cell that is not in it.
    after: u32,
    /// Whether a key is there more than once, in it or deeper. Mostly none is, and then nobody need look again.
    repeats: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Null,
    True,
    False,
    Number,
    Text,
    /// A text with a backslash in it.
    Escaped,
    List,
    Object,
}

/// The place of a value, see [`Json::node`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct At(u32);

/// A value in a document.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    text: &'t str,
    cells: &'t [Cell],
    at: usize,
}

/// What a value is. An object gives every member, also those of the same key.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Digits<'t>),
    /// A text.
    Text(Text<'t>),
    /// A list.
    List(Items<'t>),
    /// An object.
    Object(Members<'t>),
}

/// A number as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Digits<'t>(&'t str);

impl Digits<'_> {
    /// The number; beyond every range, the last number before it stands in.
    #[must_use]
    pub fn number(self) -> Number {
        let end = if self.0.starts_with('-') { f64::MIN } else { f64::MAX };
        self.0.parse().ok().or_else(|| Number::from_f64(end)).unwrap_or_else(|| Number::from(0))
    }
}

/// A text as it is written, between its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Text<'t> {
    raw: &'t str,
    escaped: bool,
}

impl<'t> Text<'t> {
    /// What it says.
    #[must_use]
    pub fn read(self) -> Cow<'t, str> {
        self.beginning(usize::MAX)
    }

    /// What it says; of a text of more than `most` bytes perhaps only somewhat more than those.
    #[must_use]
    pub fn beginning(self, most: usize) -> Cow<'t, str> {
        if !self.escaped {
            return Cow::Borrowed(self.raw);
        }
        let mut out = String::with_capacity(self.raw.len().min(most));
        let mut reader = Reader::new(self.raw, Vec::new(), 0);
        // Escapes may follow each other closely; to look for the next byte by byte is then the quickest.
        while let Some(escape) = self.raw.as_bytes()[reader.at..].iter().position(|b| *b == b'\\') {
            out.push_str(&self.raw[reader.at..reader.at + escape]);
            reader.at += escape + 1;
            // It was read before, so nothing is wrong with it.
            out.push(reader.escape().unwrap_or(char::REPLACEMENT_CHARACTER));
            if out.len() > most {
                return Cow::Owned(out);
            }
        }
        out.push_str(&self.raw[reader.at..]);
        Cow::Owned(out)
    }

    /// Whether both say the same. Looks no further than to where they differ.
    fn is(self, other: Self) -> bool {
        match (self.escaped, other.escaped) {
            (false, false) => self.raw == other.raw,
            (a, b) => (a == b && self.raw == other.raw) || self.letters().eq(other.letters()),
        }
    }

    /// What it says, one character after the other.
    fn letters(self) -> impl Iterator<Item = char> {
        let mut reader = Reader::new(self.raw, Vec::new(), 0);
        std::iter::from_fn(move || {
            let letter = self.raw[reader.at..].chars().next()?;
            reader.at += letter.len_utf8();
            if letter == '\\' && self.escaped {
                return Some(reader.escape().unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(letter)
        })
    }
}

/// The items of a list.
#[derive(Clone, Copy, Debug)]
pub struct Items<'t> {
    next: Node<'t>,
    end: usize,
}

#[expect(clippy::copy_iterator, reason = "looked through again and again, from the same beginning")]
impl<'t> Iterator for Items<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let node = self.next;
        (node.at < self.end).then(|| {
            self.next.at = node.cell().after as usize;
            node
        })
    }
}

/// The members of an object.
#[derive(Clone, Copy, Debug)]
pub struct Members<'t>(Items<'t>);

#[expect(clippy::copy_iterator, reason = "looked through again and again, from the same beginning")]
impl<'t> Iterator for Members<'t> {
    type Item = (Text<'t>, Node<'t>);

    fn next(&mut self) -> Option<(Text<'t>, Node<'t>)> {
        let key = self.0.next()?;
        Some((key.written(), self.0.next()?))
    }
}

impl Members<'_> {
    /// Most objects are small, and a megabyte has room for many of them: a table for each costs more than looking
    /// through the members before.
    const SMALL: usize = 8;

    fn are_small(mut self) -> bool {
        self.nth(Self::SMALL).is_none()
    }

    fn have_the_same(mut self, mut other: Self) -> bool {
        // Mostly the keys stand in the same order.
        loop {
            let (rest, others) = (self, other);
            match (self.next(), other.next()) {
                (None, None) => return true,
                (Some((key, a)), Some((of, b))) if key.is(of) => {
                    if !a.is(b) {
                        return false;
                    }
                }
                (Some(_), Some(_)) => {
                    let by_key: HashMap<_, _> = others.map(|(key, node)| (key.read(), node)).collect();
                    let is_there = |(key, node): (Text<'_>, Node<'_>)| {
                        by_key.get(&key.read()).is_some_and(|of| node.is(*of))
                    };
                    return rest.count() == by_key.len() && { rest }.all(is_there);
                }
                _ => return false,
            }
        }
    }

    /// Whether every key is there once.
    fn are_distinct(mut self) -> bool {
        let all = self;
        if self.nth(1).is_none() {
            return true;
        }
        all.have_no_key_twice()
    }

    fn have_no_key_twice(self) -> bool {
        if self.are_small() {
            return self.enumerate().all(|(i, (key, _))| self.take(i).all(|(before, _)| !before.is(key)));
        }
        let keys = || self.map(|(key, _)| key.read());
        // What was written from a sorted map needs no memory of the keys before.
        if keys().is_sorted_by(|one, next| one < next) {
            return true;
        }
        let mut seen = HashSet::new();
        keys().all(|key| seen.insert(key))
    }
}

/// Why a text is no JSON, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) at: usize,
    pub(super) why: &'static str,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.why, self.at + 1)
    }
}

impl<'t> Node<'t> {
    fn cell(self) -> Cell {
        self.cells[self.at]
    }

    /// Puts its key down. It must be in an object.
    fn put_key(self, out: &mut Vec<Cell>) {
        out.push(Cell { after: small(out.len() + 1), ..self.cells[self.at - 1] });
    }

    /// Puts it and its key down.
    fn put_member(self, out: &mut Vec<Cell>) {
        self.put_key(out);
        self.put(out);
    }

    /// Puts it down with all that is in it.
    fn put(self, out: &mut Vec<Cell>) {
        let to = small(out.len());
        let cells = &self.cells[self.at..self.cell().after as usize];
        out.extend(cells.iter().map(|cell| Cell { after: cell.after - small(self.at) + to, ..*cell }));
    }

    fn repeats(self) -> bool {
        self.cell().repeats
    }

    /// The text that it was read from; empty where it is put together from several.
    fn source(self) -> &'t str {
        &self.text[self.start()..self.end()]
    }

    /// Whether two values are the same, in whatever order keys stand. Keys must be there once.
    pub(in crate::token) fn is(self, other: Self) -> bool {
        let (source, others) = (self.source(), other.source());
        if !source.is_empty() && source == others {
            return true;
        }
        match (self.kind(), other.kind()) {
            (Kind::Null, Kind::Null) => true,
            (Kind::Bool(a), Kind::Bool(b)) => a == b,
            (Kind::Number(a), Kind::Number(b)) => a.number() == b.number(),
            (Kind::Text(a), Kind::Text(b)) => a.is(b),
            (Kind::List(mut a), Kind::List(mut b)) => loop {
                match (a.next(), b.next()) {
                    (None, None) => return true,
                    (Some(a), Some(b)) if a.is(b) => {}
                    _ => return false,
                }
            },
            (Kind::Object(a), Kind::Object(b)) => a.have_the_same(b),
            _ => false,
        }
    }

    /// Its place in the document.
    pub(crate) fn place(self) -> At {
        At(small(self.at))
    }

    /// The byte that it begins at.
    pub(super) fn start(self) -> usize {
        self.cell().start as usize
    }

    /// The byte after it.
    pub(super) fn end(self) -> usize {
        self.cell().end as usize
    }

    /// The text that it and all around it was read from.
    pub(super) fn whole_text(self) -> &'t str {
        self.text
    }

    /// The text between the quotes.
    fn written(self) -> Text<'t> {
        let Cell { tag, start, end, .. } = self.cell();
        Text { raw: &self.text[start as usize + 1..end as usize - 1], escaped: tag == Tag::Escaped }
    }

    fn inside(self) -> Items<'t> {
        Items { next: Node { at: self.at + 1, ..self }, end: self.cell().after as usize }
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind<'t> {
        match self.cell().tag {
            Tag::Null => Kind::Null,
            Tag::True => Kind::Bool(true),
            Tag::False => Kind::Bool(false),
            Tag::Number => Kind::Number(Digits(&self.text[self.start()..self.end()])),
            Tag::Text | Tag::Escaped => Kind::Text(self.written()),
            Tag::List => Kind::List(self.inside()),
            Tag::Object => Kind::Object(Members(self.inside())),
        }
    }

    /// Its members, if it is an object.
    #[must_use]
    pub fn members(self) -> Option<Members<'t>> {
        match self.kind() {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The value, to be kept without the document. Keys must be there once.
    pub(in crate::token) fn held(self) -> Held {
        let written = match self.kind() {
            Kind::List(_) | Kind::Object(_) => Held::written(&self),
            _ => None,
        };
        written.unwrap_or_else(|| Held::from(self.merged()))
    }

    /// The value with the last of each key, objects of one key merged: what Go's reader ends up with.
    pub(in crate::token) fn merged(self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool(b) => Value::Bool(b),
            Kind::Number(digits) => Value::Number(digits.number()),
            Kind::Text(text) => Value::String(text.read().into_owned()),
            Kind::List(items) => Value::Array(items.map(Self::merged).collect()),
            Kind::Object(members) => {
                let mut map = Map::with_capacity(members.count());
                for (key, node) in members {
                    lay(&mut map, key.read().into_owned(), node.merged());
                }
                Value::Object(map)
            }
        }
    }

    /// Whether a number in it is beyond what a float can hold.
    pub(super) fn overflows(self) -> bool {
        let cells = &self.cells[self.at..self.cell().after as usize];
        let numbers = (self.at..).zip(cells).filter(|(_, cell)| cell.tag == Tag::Number);
        numbers.into_iter().any(|(at, _)| match (Node { at, ..self }).kind() {
            Kind::Number(digits) => digits.number().as_f64().is_some_and(|n| n.abs() >= f64::MAX),
            _ => false,
        })
    }

    /// The paths of keys that stand in their object more than once, each named once, in order; the first
    /// [`MOST_DUPLICATES`] of them.
    pub(super) fn duplicates(self) -> Vec<String> {
        let mut found = Vec::new();
        self.find_duplicates(&mut Vec::new(), &mut found);
        found
    }

    fn find_duplicates(self, path: &mut Vec<Step<'t>>, found: &mut Vec<String>) {
        if !self.repeats() {
            return;
        }
        let mut enter = |step: Step<'t>, node: Self, again: bool| {
            if found.len() >= MOST_DUPLICATES {
                return;
            }
            path.push(step);
            if again {
                let steps: Vec<Cow<'_, str>> = path.iter().map(|step| step.read()).collect();
                found.push(steps.join("."));
            }
            node.find_duplicates(path, found);
            path.pop();
        };
        match self.kind() {
            Kind::Object(members) => {
                let small = members.are_small();
                let mut seen: HashMap<Cow<'t, str>, usize> = HashMap::new();
                for (i, (key, node)) in members.enumerate() {
                    let times = if small {
                        1 + members.take(i).filter(|(before, _)| before.is(key)).count()
                    } else {
                        let times = seen.entry(key.read()).or_insert(0);
                        *times += 1;
                        *times
                    };
                    enter(Step::Key(key), node, times == 2);
                }
            }
            Kind::List(items) => {
                for (i, item) in items.enumerate() {
                    enter(Step::Item(i), item, false);
                }
            }
            _ => {}
        }
    }
}

/// One step of a path.
#[derive(Clone, Copy)]
enum Step<'t> {
    Key(Text<'t>),
    Item(usize),
}

impl<'t> Step<'t> {
    fn read(self) -> Cow<'t, str> {
        match self {
            Self::Key(key) => key.read(),
            Self::Item(at) => Cow::Owned(at.to_string()),
        }
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.read())
    }
}

/// A place in a text that is no longer than such a number counts.
fn small(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::merge::Merged;
    use super::*;

    fn parse(text: &str) -> Result<Json, Broken> {
        Json::parse(text.to_owned())
    }

    #[test]
    fn good_json_is_read_as_serde_json_reads_it() {
        for text in [
            r#"{"a":[1,-2.5e3,true,false,null,"x\n\u00e9\ud83c\udfa5\"\/"],"b":{"c":{}}}"#,
            " [ ] ",
            "0",
            "\"\"",
            "18446744073709551615",
        ] {
            let theirs: Value = serde_json::from_str(text).unwrap();
            assert_eq!(parse(text).unwrap().root().merged(), theirs, "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused_with_the_place() {
        for (text, at) in [
            ("", 0),
            ("{", 1),
            ("{}x", 2),
            ("{\"a\" 1}", 5),
            ("{a:1}", 1),
            ("[1,]", 3),
            ("[1", 2),
            ("01", 1),
            ("1.", 2),
            ("-", 1),
            ("\"\\x\"", 2),
            ("\"\\u12\"", 3),
            ("\"a\nb\"", 2),
            ("\"a", 2),
            ("tru", 0),
            ("+1", 0),
        ] {
            assert_eq!(parse(text).err().unwrap().at, at, "{text:?}");
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn of_several_the_last_wins_and_objects_are_merged() {
        let document = parse(r#"{"v":{"a":1,"b":1},"x":1,"v":{"b":2},"x":2,"l":[{"k":1,"k":2}]}"#).unwrap();
        let node = document.root();
        assert_eq!(node.merged(), serde_json::json!({"v":{"a":1,"b":2},"x":2,"l":[{"k":2}]}));
        assert_eq!(node.duplicates(), ["v", "x", "l.0.k"]);
    }

    #[test]
    fn what_is_written_is_what_is_merged() {
        for text in [
            r#"{"v":{"a":1,"b":1},"x":1,"v":{"b":2},"x":2,"l":[{"k":1,"k":{"n":1}}],"\u0078":[ "\u0022", 1e3 ]}"#,
            r#"{"v":{"a":{"x":1},"a":5,"a":{"y":2}},"v":{"a":{"z":-0}},"w":{"a":{}},"w":null,"w":{"b":true}}"#,
            &format!(
                "{{{}}}",
                (0..40).map(|i| format!("\"k{}\": {i}", i % 20)).collect::<Vec<_>>().join(",")
            ),
            // The ninth and the tenth key, however they are spelled, among few and among many.
            &format!(
                "{{{}}}",
                (0..33)
                    .map(|i| format!("\"\\u006b{}\": {i},\"k{}\":0", i % 11, i % 9))
                    .collect::<Vec<_>>()
                    .join(",")
            ),
            r#"[{},[],"",false,null]"#,
        ] {
            let document = parse(text).unwrap();
            let written = serde_json::to_string(&Merged(&[document.root()])).unwrap();
            assert_eq!(written, document.root().merged().to_string(), "{text}");
            let settled = document.settled(true);
            assert_eq!(serde_json::to_string(&settled).unwrap(), written, "{text}");
            assert_eq!(settled, parse(&written).unwrap());
        }
    }

    #[test]
    fn texts_are_the_same_however_they_are_spelled() {
        let document =
            parse(r#"["aé\n","a\u00e9\u000a","aé","aé\n\n","\u0061é\nb","","\ud800","\ufffd"]"#).unwrap();
        let Kind::List(items) = document.root().kind() else { panic!() };
        for (a, b) in items.flat_map(|a| items.map(move |b| (a.written(), b.written()))) {
            assert_eq!(a.is(b), a.read() == b.read(), "{a:?} {b:?}");
        }
    }

    #[test]
    fn depth_is_bounded_and_half_a_surrogate_pair_is_forgiven() {
        let nest = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(parse(&nest(126)).is_ok());
        assert!(serde_json::from_str::<Value>(&format!("{{\"header\":{}}}", nest(126))).is_ok());
        assert_eq!(parse(&nest(127)).err().unwrap().why, "nested too deep");
        assert_eq!(parse(&nest(1_000_000)).err().unwrap().why, "nested too deep");
        assert_eq!(parse(r#""\ud800x""#).unwrap().root().merged(), "\u{fffd}x");
        assert_eq!(parse("1e999").unwrap().root().merged(), serde_json::json!(f64::MAX));
    }

    #[test]
    fn a_value_knows_its_bytes() {
        let document = parse(r#"{"emptyTimeout":"soon"}"#).unwrap();
        let Kind::Object(mut members) = document.root().kind() else { panic!() };
        let (key, value) = members.next().unwrap();
        assert_eq!((&*key.read(), value.start(), value.end()), ("emptyTimeout", 16, 22));
        assert!(members.next().is_none());
    }
}
