//! What `protojson` says of a `roomConfig`: one wrong type anywhere inside makes the server refuse the whole
//! token (semantics.md section 1.6). Unknown fields and unknown names of an enum are dropped, `null` is absent.
//!
//! The texts are those of protobuf-go v1.36.11. What follows `proto:` there, a space or a no-break space, is
//! drawn once per build of the server; here it is the one that was measured.

use super::json::{Kind, Node};
use super::readers::{Refusal, said, trail};
use crate::claims::WrongType;

pub(in crate::token) mod schema;

use schema::{Field, Message, ROOM_CONFIGURATION};

/// Why the room's configuration makes the server refuse the token. `payload` is the text that `node` was read
/// from.
pub(super) fn refusal(node: Node<'_>, payload: &str) -> Option<Refusal> {
    Reader { text: &payload[node.start()..node.end()], base: node.start() }
        .message(ROOM_CONFIGURATION, node, "roomConfig")
        .err()
}

/// The fields of a room's configuration that the protocol does not define, by their paths; the first few of them.
/// Items of a list have the path of the list.
pub(super) fn unknown_fields(config: Node<'_>) -> Vec<String> {
    let mut found = Vec::new();
    find_unknown(ROOM_CONFIGURATION, config, "roomConfig", &mut found);
    found
}

fn find_unknown(message: &Message, value: Node<'_>, path: &str, found: &mut Vec<String>) {
    const MOST: usize = 8;
    let Kind::Object(members) = value.kind() else { return };
    for (key, value) in members {
        let key = &key.read();
        if found.len() >= MOST {
            return;
        }
        match message.field(key) {
            None => found.push(trail(path, key)),
            Some((name, Field::One(inner), _)) => find_unknown(inner, value, &trail(path, name), found),
            Some((name, Field::Many(inner), _)) => {
                if let Kind::List(items) = value.kind() {
                    items.for_each(|item| find_unknown(inner, item, &trail(path, name), found));
                }
            }
            Some(_) => {}
        }
    }
}

struct Reader<'a> {
    /// The configuration alone: the server counts lines and columns from its beginning.
    text: &'a str,
    base: usize,
}

/// What a field that is there twice must be, and what it is.
const ONCE: (&str, &str) = ("there once", "there twice");
/// The same of a field beside another that excludes it.
const ALONE: (&str, &str) = ("the only one of its kind", "one of two");

type Checked = Result<(), Refusal>;

impl Reader<'_> {
    fn message(&self, message: &Message, node: Node<'_>, path: &str) -> Checked {
        let Kind::Object(members) = node.kind() else {
            return Err(self.unexpected(node, path, "an object"));
        };
        let mut seen: Vec<&str> = Vec::new();
        let mut chosen: Vec<&str> = Vec::new();
        for (key, value) in members {
            let key = &key.read();
            let Some((name, field, one_of)) = message.field(key) else { continue };
            if seen.contains(&name) {
                let text = format!("duplicate field {}", quoted(key));
                return Err(self.refuse(self.key_start(value), &text, &trail(path, name), ONCE));
            }
            seen.push(name);
            if matches!(value.kind(), Kind::Null) {
                continue;
            }
            if !one_of.is_empty() {
                if chosen.contains(&one_of) {
                    let text = format!(
                        "error parsing {}, oneof livekit.{}.{one_of} is already set",
                        quoted(key),
                        message.name
                    );
                    return Err(self.refuse(self.key_start(value), &text, &trail(path, name), ALONE));
                }
                chosen.push(one_of);
            }
            self.field(name, field, value, &trail(path, name))?;
        }
        Ok(())
    }

    fn field(&self, name: &str, field: Field, node: Node<'_>, path: &str) -> Checked {
        match field {
            Field::One(message) => self.message(message, node, path),
            Field::Many(message) => {
                let Kind::List(mut items) = node.kind() else {
                    return Err(self.unexpected(node, path, "a list"));
                };
                items
                    .by_ref()
                    .enumerate()
                    .try_for_each(|(i, item)| self.message(message, item, &trail(path, &i.to_string())))
            }
            Field::Texts => {
                let Kind::List(mut items) = node.kind() else {
                    return Err(self.unexpected(node, path, "a list"));
                };
                items.by_ref().enumerate().try_for_each(|(i, item)| {
                    self.scalar(name, Field::Text, item, &trail(path, &i.to_string()))
                })
            }
            Field::Pairs => {
                let Kind::Object(members) = node.kind() else {
                    return Err(self.unexpected(node, path, "an object of texts"));
                };
                let mut seen = std::collections::HashSet::new();
                for (key, value) in members {
                    let key = &key.read();
                    if !seen.insert(key.clone()) {
                        let text = format!("duplicate map key {}", quoted(key));
                        return Err(self.refuse(self.key_start(value), &text, &trail(path, key), ONCE));
                    }
                    self.scalar("value", Field::Text, value, &trail(path, key))?;
                }
                Ok(())
            }
            scalar => self.scalar(name, scalar, node, path),
        }
    }

    fn scalar(&self, name: &str, field: Field, node: Node<'_>, path: &str) -> Checked {
        let (kind, expected, fits) = match field {
            Field::Flag => ("bool", "true or false", matches!(node.kind(), Kind::Bool(_))),
            Field::Count => (
                "uint32",
                "a whole number from 0 to 4294967295",
                number(node).is_some_and(|n| n.fract() == 0.0 && (0.0..=4_294_967_295.0).contains(&n)),
            ),
            Field::Int32 => ("int32", "a whole number", number(node).is_some_and(is_int32)),
            Field::Double => ("double", "a number", number(node).is_some()),
            Field::Enum => (
                "enum",
                "a name or a number",
                match node.kind() {
                    Kind::Text(_) => true,
                    Kind::Number(_) => number(node).is_some_and(is_int32),
                    _ => false,
                },
            ),
            _ => ("string", "a text", matches!(node.kind(), Kind::Text(_))),
        };
        if fits {
            return Ok(());
        }
        let text = format!("invalid value for {kind} field {name}: {}", self.token(node));
        Err(self.wrong(node, &text, path, expected))
    }

    /// The token that the server was at, as it writes it: an object or a list by its first bracket.
    fn token(&self, node: Node<'_>) -> &str {
        let whole = &self.text[node.start() - self.base..node.end() - self.base];
        match node.kind() {
            Kind::Object(_) | Kind::List(_) => &whole[..1],
            _ => whole,
        }
    }

    fn unexpected(&self, node: Node<'_>, path: &str, expected: &'static str) -> Refusal {
        let text = format!("unexpected token {}", self.token(node));
        let mut refusal = self.wrong(node, &text, path, expected);
        refusal.text = refusal.text.replacen("proto:\u{a0}", "proto:\u{a0}syntax error ", 1);
        refusal
    }

    fn wrong(&self, node: Node<'_>, text: &str, path: &str, expected: &'static str) -> Refusal {
        self.refuse(node.start() - self.base, text, path, (expected, &said(node)))
    }

    fn refuse(&self, at: usize, text: &str, path: &str, (expected, found): (&'static str, &str)) -> Refusal {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        let wrong = WrongType { path: path.to_owned(), expected, found: found.to_owned(), proto: true };
        Refusal { registered: false, text: format!("proto:\u{a0}(line {line}:{column}): {text}"), wrong }
    }

    /// Where the key of this value begins, seen from the value: before the colon and the spaces around it.
    fn key_start(&self, value: Node<'_>) -> usize {
        let before = &self.text[..value.start() - self.base];
        let before = before.trim_end();
        let before = before.strip_suffix(':').unwrap_or(before).trim_end();
        let inside = before.strip_suffix('"').unwrap_or(before);
        let mut at = inside.len();
        while let Some(quote) = inside[..at].rfind('"') {
            let escapes = inside[..quote].bytes().rev().take_while(|b| *b == b'\\').count();
            if escapes % 2 == 0 {
                return quote;
            }
            at = quote;
        }
        0
    }
}

/// A number, or the text of one; with a place behind the point only where that is a zero.
fn number(node: Node<'_>) -> Option<f64> {
    match node.kind() {
        Kind::Number(digits) => digits.number().as_f64(),
        Kind::Text(text) => text.read().parse::<serde_json::Number>().ok()?.as_f64(),
        _ => None,
    }
    .filter(|n| n.abs() < f64::MAX)
}

fn is_int32(n: f64) -> bool {
    n.fract() == 0.0 && (-2_147_483_648.0..=2_147_483_647.0).contains(&n)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
