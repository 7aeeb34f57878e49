//! JSON as the server's reader takes it, with where everything stood.
//!
//! `serde_json` forgets that a key was there twice and at which column a value began; the server's answer
//! depends on both. What Go's reader forgives is forgiven here: bytes that are no UTF-8 and halves of surrogate
//! pairs become U+FFFD.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde_json::{Map, Number, Value};

/// Nearly as deep as `serde_json` goes, so that what is read here can be written and read again, also inside the
/// object that is printed of it.
const DEEPEST: usize = 125;

/// More repeated keys than these are not named: their paths may be long.
const MOST_DUPLICATES: usize = 16;

/// A value, and the bytes it was read from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a value is. An object keeps every member, also those of the same key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
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

/// Reads one value and nothing behind it.
pub(super) fn parse(text: &str) -> Result<Node, Broken> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    let node = reader.value(0)?;
    reader.space();
    if reader.at < reader.bytes.len() { Err(reader.broken("something follows the value")) } else { Ok(node) }
}

impl Node {
    /// The value with the last of each key, objects of one key merged: what Go's reader ends up with.
    pub(super) fn merged(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(b) => Value::Bool(*b),
            Kind::Number(n) => Value::Number(n.clone()),
            Kind::Text(s) => Value::String(s.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Self::merged).collect()),
            Kind::Object(members) => {
                let mut map = Map::with_capacity(members.len());
                for (key, node) in members {
                    lay(&mut map, key.clone(), node.merged());
                }
                Value::Object(map)
            }
        }
    }

    /// As [`Node::merged`], of a value that is needed no more.
    pub(super) fn into_merged(self) -> Value {
        match self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(b) => Value::Bool(b),
            Kind::Number(n) => Value::Number(n),
            Kind::Text(s) => Value::String(s),
            Kind::List(items) => Value::Array(items.into_iter().map(Self::into_merged).collect()),
            Kind::Object(members) => {
                let mut map = Map::with_capacity(members.len());
                for (key, node) in members {
                    lay(&mut map, key, node.into_merged());
                }
                Value::Object(map)
            }
        }
    }

    /// Whether a number in it is beyond what a float can hold.
    pub(super) fn overflows(&self) -> bool {
        match &self.kind {
            Kind::Number(n) => n.as_f64().is_some_and(|n| n.abs() >= f64::MAX),
            Kind::List(items) => items.iter().any(Self::overflows),
            Kind::Object(members) => members.iter().any(|(_, node)| node.overflows()),
            _ => false,
        }
    }

    /// The paths of keys that stand in their object more than once, each named once, in order; the first
    /// [`MOST_DUPLICATES`] of them.
    pub(super) fn duplicates(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.find_duplicates(&mut Vec::new(), &mut found);
        found
    }

    fn find_duplicates<'a>(&'a self, path: &mut Vec<Cow<'a, str>>, found: &mut Vec<String>) {
        let mut enter = |step: Cow<'a, str>, node: &'a Self, again: bool| {
            if found.len() >= MOST_DUPLICATES {
                return;
            }
            path.push(step);
            if again {
                found.push(path.join("."));
            }
            node.find_duplicates(path, found);
            path.pop();
        };
        match &self.kind {
            Kind::Object(members) => {
                // Most objects are small, and a megabyte has room for many of them: a table for each costs more than
                // looking through the members before.
                let mut seen: HashMap<&str, usize> = HashMap::new();
                for (i, (key, node)) in members.iter().enumerate() {
                    let times = if members.len() <= 8 {
                        1 + members[..i].iter().filter(|(before, _)| before == key).count()
                    } else {
                        let times = seen.entry(key).or_insert(0);
                        *times += 1;
                        *times
                    };
                    enter(Cow::Borrowed(key), node, times == 2);
                }
            }
            Kind::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    enter(Cow::Owned(i.to_string()), item, false);
                }
            }
            _ => {}
        }
    }
}

/// Puts a value under its key: an object over an object is merged into it, anything else replaces.
pub(super) fn lay(map: &mut Map<String, Value>, key: String, value: Value) {
    match (map.get_mut(&key), value) {
        (Some(Value::Object(below)), Value::Object(above)) => {
            for (key, value) in above {
                lay(below, key, value);
            }
        }
        (Some(below), value) => *below = value,
        (None, value) => drop(map.insert(key, value)),
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

type Read<T> = Result<T, Broken>;

impl Reader<'_> {
    fn broken(&self, why: &'static str) -> Broken {
        Broken { at: self.at, why }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Read<Node> {
        if depth > DEEPEST {
            return Err(self.broken("nested too deep"));
        }
        self.space();
        let start = self.at;
        let kind = match self.peek() {
            None => return Err(self.broken("it ends too soon")),
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Kind::Text(self.string()?),
            Some(b't') => self.word("true", Kind::Bool(true))?,
            Some(b'f') => self.word("false", Kind::Bool(false))?,
            Some(b'n') => self.word("null", Kind::Null)?,
            Some(b'-' | b'0'..=b'9') => Kind::Number(self.number()?),
            Some(_) => return Err(self.broken("no value can begin like this")),
        };
        Ok(Node { kind, start, end: self.at })
    }

    fn word(&mut self, word: &'static str, kind: Kind) -> Read<Kind> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(kind)
        } else {
            Err(self.broken("no value can begin like this"))
        }
    }

    fn object(&mut self, depth: usize) -> Read<Kind> {
        self.at += 1;
        let mut members = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.broken("a key must be a text"));
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.broken("a colon must follow a key"));
            }
            self.at += 1;
            members.push((key, self.value(depth + 1)?));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.broken("a comma or } must follow a value")),
            }
        }
        self.at += 1;
        Ok(Kind::Object(members))
    }

    fn list(&mut self, depth: usize) -> Read<Kind> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.broken("a comma or ] must follow a value")),
            }
        }
        self.at += 1;
        Ok(Kind::List(items))
    }

    fn number(&mut self) -> Read<Number> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        // Beyond every range, the last number before it stands in.
        let end = if text.starts_with('-') { f64::MIN } else { f64::MAX };
        let number = text.parse().ok().or_else(|| Number::from_f64(end));
        number.ok_or_else(|| self.broken("not a number"))
    }

    fn digits(&mut self) -> Read<()> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.broken("not a number")) } else { Ok(()) }
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let mut out = String::new();
        let mut start = self.at;
        loop {
            match self.peek() {
                None => return Err(self.broken("a text has no end")),
                Some(b'"') => {
                    out.push_str(&self.text[start..self.at]);
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    out.push_str(&self.text[start..self.at]);
                    self.at += 1;
                    out.push(self.escape()?);
                    start = self.at;
                }
                Some(0..0x20) => return Err(self.broken("a control character stands in a text")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let c = match self.peek() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let first = self.hex()?;
                if (0xd800..0xdc00).contains(&first) && self.bytes[self.at..].starts_with(b"\\u") {
                    let back = self.at;
                    self.at += 2;
                    let second = self.hex()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let pair = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = back;
                }
                return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => return Err(self.broken("no such escape")),
        };
        self.at += 1;
        Ok(c)
    }

    fn hex(&mut self) -> Read<u32> {
        let digits = self.bytes.get(self.at..self.at + 4).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else { return Err(self.broken("no such escape")) };
        let value = digits.iter().filter_map(|d| char::from(*d).to_digit(16)).fold(0, |n, d| n * 16 + d);
        self.at += 4;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(parse(text).unwrap().merged(), theirs, "{text}");
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
            assert_eq!(parse(text).unwrap_err().at, at, "{text:?}");
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn of_several_the_last_wins_and_objects_are_merged() {
        let node = parse(r#"{"v":{"a":1,"b":1},"x":1,"v":{"b":2},"x":2,"l":[{"k":1,"k":2}]}"#).unwrap();
        assert_eq!(node.merged(), serde_json::json!({"v":{"a":1,"b":2},"x":2,"l":[{"k":2}]}));
        assert_eq!(node.duplicates(), ["v", "x", "l.0.k"]);
    }

    #[test]
    fn depth_is_bounded_and_half_a_surrogate_pair_is_forgiven() {
        let nest = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(parse(&nest(126)).is_ok());
        assert!(serde_json::from_str::<Value>(&format!("{{\"header\":{}}}", nest(126))).is_ok());
        assert_eq!(parse(&nest(127)).unwrap_err().why, "nested too deep");
        assert_eq!(parse(&nest(1_000_000)).unwrap_err().why, "nested too deep");
        assert_eq!(parse(r#""\ud800x""#).unwrap().kind, Kind::Text("\u{fffd}x".into()));
        assert_eq!(parse("1e999").unwrap().merged(), serde_json::json!(f64::MAX));
    }

    #[test]
    fn a_value_knows_its_bytes() {
        let Kind::Object(members) = parse(r#"{"emptyTimeout":"soon"}"#).unwrap().kind else { panic!() };
        assert_eq!((members[0].1.start, members[0].1.end), (16, 22));
    }
}
