//! Values of claims that roomkey does not look into.

use std::ops::{Deref, DerefMut};

use indexmap::IndexMap;
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// Fields that LiveKit does not define, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unknown(IndexMap<String, Held>);

impl Unknown {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Deref for Unknown {
    type Target = IndexMap<String, Held>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Unknown {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl FromIterator<(String, Held)> for Unknown {
    fn from_iter<I: IntoIterator<Item = (String, Held)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl Extend<(String, Held)> for Unknown {
    fn extend<I: IntoIterator<Item = (String, Held)>>(&mut self, fields: I) {
        self.0.extend(fields);
    }
}

impl IntoIterator for Unknown {
    type Item = (String, Held);
    type IntoIter = indexmap::map::IntoIter<String, Held>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Unknown {
    type Item = (&'a String, &'a Held);
    type IntoIter = indexmap::map::Iter<'a, String, Held>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

/// A value that is kept as it is. Lists and objects are kept as their text: there may be a megabyte of them, and
/// nobody asks what is inside.
#[derive(Clone, Debug)]
pub struct Held(Inner);

#[derive(Clone, Debug)]
enum Inner {
    /// Neither list nor object.
    Plain(Value),
    /// A list or an object, without a space that means nothing.
    Text(Box<RawValue>),
}

impl Held {
    /// A list or an object, as it is written; `None` of what cannot be.
    pub(crate) fn written(value: &impl Serialize) -> Option<Self> {
        to_raw_value(value).ok().map(|text| Self(Inner::Text(text)))
    }

    /// The text that it is, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Inner::Plain(value) => value.as_str(),
            Inner::Text(_) => None,
        }
    }

    /// Whether it is the `true` of JSON.
    #[must_use]
    pub fn is_true(&self) -> bool {
        matches!(self.0, Inner::Plain(Value::Bool(true)))
    }

    /// Whether it is an object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(&self.0, Inner::Text(text) if text.get().starts_with('{'))
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.0, Inner::Plain(Value::Null))
    }

    /// The value, read.
    #[must_use]
    pub fn value(&self) -> Value {
        match &self.0 {
            Inner::Plain(value) => value.clone(),
            Inner::Text(text) => serde_json::from_str(text.get()).unwrap_or_default(),
        }
    }
}

impl From<&Value> for Held {
    fn from(value: &Value) -> Self {
        let text = match value {
            Value::Array(_) | Value::Object(_) => to_raw_value(value).ok(),
            _ => None,
        };
        Self(text.map_or_else(|| Inner::Plain(value.clone()), Inner::Text))
    }
}

impl From<Value> for Held {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Inner::Plain(a), Inner::Plain(b)) => a == b,
            (Inner::Text(a), Inner::Text(b)) => a.get() == b.get() || self.value() == other.value(),
            _ => false,
        }
    }
}

impl Eq for Held {}

impl Serialize for Held {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Inner::Plain(value) => value.serialize(serializer),
            Inner::Text(text) => text.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_held_is_written_as_it_was_given() {
        for value in [
            json!({"b": [1, {"a": "x\"\u{1b}"}], "a": null}),
            json!([]),
            json!("text"),
            json!(1.5),
            json!(true),
        ] {
            let held = Held::from(&value);
            assert_eq!(held.value(), value);
            assert_eq!(serde_json::to_string(&held).unwrap(), value.to_string());
            assert_eq!(serde_json::to_value(&held).unwrap(), value);
            if value.is_array() || value.is_object() {
                assert_eq!(Held::written(&value).unwrap(), held);
            }
        }
        assert!(Held::from(json!({"a": 1, "b": 2})) == Held::from(json!({"b": 2, "a": 1})));
        assert!(Held::from(json!([1])) != Held::from(json!([2])));
    }
}
