//! Reading claims out of JSON as LiveKit's server does: Go's `encoding/json` for claims and grants, `protojson`
//! for `roomConfig` (semantics.md sections 1.6 and 1.8).

use serde_json::{Map, Value};

use super::{Held, Pairs, Unknown};
use crate::clock::Timestamp;
use crate::text::beginning;

/// A claim whose type makes the server refuse the whole token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} must be {expected}, not {}", beginning(path, 128), beginning(found, 128))]
pub struct WrongType {
    /// Where, from the top: `video.canPublish`, `video.canPublishSources.0`.
    pub path: String,
    /// What it must be, with an article: `true or false`, `a text`.
    pub expected: &'static str,
    /// What it is: `a text`, `a number`, or for a bad number the number itself.
    pub found: String,
    /// Whether `protojson` is the reader that refuses it.
    pub proto: bool,
}

/// Whose rules an object is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Keys match without regard to case.
    Go,
    /// Keys match in lowerCamelCase or snake_case; numbers may be text.
    Proto,
}

/// The fields of one object that have not been read yet.
pub(crate) struct Fields<'a> {
    path: String,
    style: Style,
    left: Vec<(&'a String, &'a Value)>,
}

type Read<T> = Result<T, WrongType>;

impl<'a> Fields<'a> {
    pub(crate) fn new(path: &str, object: &'a Map<String, Value>, style: Style) -> Self {
        Self { path: path.to_owned(), style, left: object.iter().collect() }
    }

    fn matches(&self, key: &str, name: &str) -> bool {
        match self.style {
            Style::Go => key.eq_ignore_ascii_case(name),
            Style::Proto => key == name || is_snake_case(key, name),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(key, value)| self.matches(key, name) && !value.is_null())
    }

    /// Whether an object of this name is there and lacks one of `members`.
    pub(crate) fn has_object_without(&self, name: &str, members: &[&str]) -> bool {
        self.left.iter().any(|(key, value)| {
            let lacks = |map: &'a Map<String, Value>| {
                let inner = Self::new(name, map, self.style);
                members.iter().any(|member| !inner.has(member))
            };
            self.matches(key, name) && value.as_object().is_some_and(lacks)
        })
    }

    /// Whether a list of this name is there and empty.
    pub(crate) fn has_empty_list(&self, name: &str) -> bool {
        self.left
            .iter()
            .any(|(key, value)| self.matches(key, name) && value.as_array().is_some_and(Vec::is_empty))
    }

    /// The last value under this name that is not `null`. All of that name are used up.
    pub(crate) fn take(&mut self, name: &str) -> Option<&'a Value> {
        let mut found = None;
        let mut left = std::mem::take(&mut self.left);
        left.retain(|(key, value)| {
            let hit = self.matches(key, name);
            if hit && !value.is_null() {
                found = Some(*value);
            }
            !hit
        });
        self.left = left;
        found
    }

    fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn wrong(&self, name: &str, expected: &'static str, found: &Value) -> WrongType {
        WrongType { path: self.at(name), expected, found: said(found), proto: self.style == Style::Proto }
    }

    pub(crate) fn flag(&mut self, name: &str) -> Read<bool> {
        Ok(self.choice(name)?.unwrap_or(false))
    }

    pub(crate) fn choice(&mut self, name: &str) -> Read<Option<bool>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(*b)),
            Some(other) => Err(self.wrong(name, "true or false", other)),
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> Read<String> {
        match self.take(name) {
            None => Ok(String::new()),
            Some(Value::String(s)) => Ok(s.clone()),
            Some(other) => Err(self.wrong(name, "a text", other)),
        }
    }

    /// The items of a list; none where there is no list.
    fn items(&mut self, name: &str) -> Read<&'a [Value]> {
        match self.take(name) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(self.wrong(name, "a list", other)),
        }
    }

    pub(crate) fn texts(&mut self, name: &str) -> Read<Vec<String>> {
        self.items(name)?
            .iter()
            .enumerate()
            .map(|(i, item)| match item {
                Value::String(s) => Ok(s.clone()),
                Value::Null if self.style == Style::Go => Ok(String::new()),
                other => Err(self.wrong(&format!("{name}.{i}"), "a text", other)),
            })
            .collect()
    }

    pub(crate) fn pairs(&mut self, name: &str) -> Read<Pairs> {
        let map = match self.take(name) {
            None => return Ok(Pairs::new()),
            Some(Value::Object(map)) => map,
            Some(other) => return Err(self.wrong(name, "an object of texts", other)),
        };
        map.iter()
            .map(|(key, value)| match value {
                Value::String(s) => Ok((key.clone(), s.clone())),
                Value::Null if self.style == Style::Go => Ok((key.clone(), String::new())),
                other => Err(self.wrong(&format!("{name}.{key}"), "a text", other)),
            })
            .collect()
    }

    /// NumericDate: seconds, whole or broken, as a number or as its text.
    pub(crate) fn date(&mut self, name: &str) -> Read<Option<Timestamp>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = match value {
            Value::Number(number) => Some(number.clone()),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let seconds = number.and_then(|n| n.as_i64().or_else(|| n.as_f64().map(whole)));
        match seconds {
            Some(seconds) => Ok(Some(Timestamp::from_unix(seconds))),
            None => Err(self.wrong(name, "a time in seconds", value)),
        }
    }

    /// `uint32` as `protojson` reads it: a whole number, or its text.
    pub(crate) fn count(&mut self, name: &str) -> Read<u32> {
        let Some(value) = self.take(name) else { return Ok(0) };
        let number = match value {
            Value::Number(number) => Some(number.clone()),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let whole = number.and_then(|n| {
            n.as_u64().or_else(|| {
                n.as_f64().filter(|f| f.fract() == 0.0 && *f >= 0.0).map(|f| whole(f).unsigned_abs())
            })
        });
        whole.and_then(|n| u32::try_from(n).ok()).ok_or_else(|| {
            let mut wrong = self.wrong(name, "a whole number from 0 to 4294967295", value);
            if !value.is_object() && !value.is_array() {
                wrong.found = value.to_string();
            }
            wrong
        })
    }

    /// An enum as `protojson` reads it: its name, or its number. Unknown ones are dropped.
    pub(crate) fn named(&mut self, name: &str, names: &[&str]) -> Read<String> {
        match self.take(name) {
            None => Ok(String::new()),
            Some(Value::String(s)) => {
                let known = names.iter().position(|n| n == s);
                Ok(known.map(|_| s.clone()).unwrap_or_default())
            }
            Some(Value::Number(n)) => {
                let index = n.as_u64().and_then(|i| usize::try_from(i).ok());
                Ok(index.and_then(|i| names.get(i)).map(|s| (*s).to_owned()).unwrap_or_default())
            }
            Some(other) => Err(self.wrong(name, "a name or a number", other)),
        }
    }

    /// An object with fields of its own, read by the same rules.
    pub(crate) fn object<T: Default>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'a>) -> Read<T>,
    ) -> Read<T> {
        self.object_by(name, self.style, read)
    }

    /// An object with fields of its own, read by `protojson`.
    pub(crate) fn proto_object<T: Default>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'a>) -> Read<T>,
    ) -> Read<T> {
        self.object_by(name, Style::Proto, read)
    }

    fn object_by<T: Default>(
        &mut self,
        name: &str,
        style: Style,
        read: impl FnOnce(&mut Fields<'a>) -> Read<T>,
    ) -> Read<T> {
        match self.take(name) {
            None => Ok(T::default()),
            Some(Value::Object(map)) => read(&mut Fields::new(&self.at(name), map, style)),
            Some(other) => {
                Err(WrongType { proto: style == Style::Proto, ..self.wrong(name, "an object", other) })
            }
        }
    }

    /// A list of objects with fields of their own.
    pub(crate) fn objects<T>(
        &mut self,
        name: &str,
        read: impl Fn(&mut Fields<'a>) -> Read<T>,
    ) -> Read<Vec<T>> {
        self.items(name)?
            .iter()
            .enumerate()
            .map(|(i, item)| match item {
                Value::Object(map) => {
                    read(&mut Fields::new(&self.at(&format!("{name}.{i}")), map, self.style))
                }
                other => Err(self.wrong(&format!("{name}.{i}"), "an object", other)),
            })
            .collect()
    }

    /// Any object, kept as it is.
    pub(crate) fn json(&mut self, name: &str) -> Read<Option<Value>> {
        match self.take(name) {
            None => Ok(None),
            Some(value @ Value::Object(_)) => Ok(Some(value.clone())),
            Some(other) => Err(self.wrong(name, "an object", other)),
        }
    }

    /// What nobody asked for, `null`s left out.
    pub(crate) fn rest(&mut self) -> Unknown {
        let left = std::mem::take(&mut self.left);
        left.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), Held::from(v))).collect()
    }
}

/// Towards zero; dates beyond the range of `i64` become its ends.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what the range check needs")]
fn whole(f: f64) -> i64 {
    f as i64
}

fn said(value: &Value) -> String {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
    .into()
}

/// Whether a key is [`snake_case`] of a name.
fn is_snake_case(key: &str, name: &str) -> bool {
    let mut left = key.bytes();
    let goes_on = name.bytes().all(|b| {
        (!b.is_ascii_uppercase() || left.next() == Some(b'_')) && left.next() == Some(b.to_ascii_lowercase())
    });
    goes_on && left.next().is_none()
}

/// `emptyTimeout` to `empty_timeout`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::catalog::ENTRIES;

    #[test]
    fn a_name_in_snake_case_is_known_without_making_it() {
        let names = || ENTRIES.iter().flat_map(|entry| entry.path.split('.'));
        for name in names() {
            let snake = snake_case(name);
            assert!(is_snake_case(&snake, name), "{name}");
            for other in
                [&snake[1..], &format!("{snake}_"), &snake.to_uppercase(), "", &snake.replace('_', "")]
            {
                assert_eq!(is_snake_case(other, name), other == snake, "{other} {name}");
            }
        }
        assert!(names().any(|name| name != snake_case(name)));
    }
}
