//! Taking off what a copy brings along: line breaks, quotes, byte order marks, `NAME=`.

use std::fmt;

use super::{Guarded, visible};

/// A value, and what was taken off to get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned<T> {
    /// What is left.
    pub value: T,
    /// What was taken off, outermost first.
    pub removed: Vec<Removed>,
}

impl<T> Cleaned<T> {
    /// The same cleaning, of another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Cleaned<U> {
        Cleaned { value: f(self.value), removed: self.removed }
    }

    /// `took a line break at the end and quotes around it off the API secret`; `None` if nothing was taken off.
    #[must_use]
    pub fn told(&self, what: &str) -> Option<String> {
        let parts: Vec<String> = self.removed.iter().map(ToString::to_string).collect();
        (!parts.is_empty()).then(|| format!("took {} off {what}", crate::text::listed(&parts, "and")))
    }
}

/// One thing that a copy brought along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removed {
    /// `\n`, `\r\n` or `\r` behind it.
    LineBreak,
    /// Spaces or tabs around it.
    Space,
    /// `"…"`, `'…'` or `` `…` ``.
    Quotes,
    /// A byte order mark or characters of no width.
    Invisible,
    /// `NAME=` or `export NAME=` in front: the name.
    Assignment(String),
    /// A lone `=` in front.
    Equals,
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineBreak => f.write_str("a line break at the end"),
            Self::Space => f.write_str("space around it"),
            Self::Quotes => f.write_str("quotes around it"),
            Self::Invisible => f.write_str("invisible characters"),
            Self::Assignment(name) => write!(f, "{}= in front", visible(name)),
            Self::Equals => f.write_str("a = in front"),
        }
    }
}

/// Takes off, again and again until nothing is left to take off, everything in [`Removed`].
pub(super) fn clean(text: &str) -> Cleaned<Guarded> {
    let mut removed = Vec::new();
    let mut note = |what: Removed| {
        if !removed.contains(&what) {
            removed.push(what);
        }
    };
    let invisible = |c: char| matches!(c, '\u{FEFF}' | '\u{200B}' | '\u{2060}' | '\u{00AD}');
    let text: Guarded = if text.contains(invisible) {
        note(Removed::Invisible);
        text.replace(invisible, "").into()
    } else {
        text.to_owned().into()
    };
    let mut rest: &str = &text;
    loop {
        let before = rest;
        let trimmed = rest.trim_end_matches(['\n', '\r']);
        if trimmed.len() < rest.len() {
            note(Removed::LineBreak);
            rest = trimmed;
        }
        if rest.trim().len() < rest.len() {
            note(Removed::Space);
            rest = rest.trim();
        }
        if let Some((name, value)) = assignment(rest) {
            note(Removed::Assignment(name.to_owned()));
            rest = value;
        }
        if let Some(value) = rest.strip_prefix('=') {
            note(Removed::Equals);
            rest = value;
        }
        if let Some(inner) = quoted(rest) {
            note(Removed::Quotes);
            rest = inner;
        }
        if rest.len() == before.len() {
            break;
        }
    }
    let value: Guarded = rest.to_owned().into();
    Cleaned { value, removed }
}

/// `NAME=value` or `export NAME=value`, where NAME is an upper-case environment variable's name. A secret in
/// base64 may end in `=`, so something must follow.
pub(super) fn assignment(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix("export ").map_or(text, str::trim_start);
    let (name, value) = text.split_once('=')?;
    let name = name.trim_end();
    let is_name =
        name.contains('_') && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    (is_name && !value.trim().is_empty()).then_some((name, value))
}

fn quoted(text: &str) -> Option<&str> {
    ['"', '\'', '`'].into_iter().find_map(|q| text.strip_prefix(q)?.strip_suffix(q))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_a_copy_brings_along_comes_off() {
        for dirty in [
            "v\n",
            " v ",
            "\"v\"",
            "'v'",
            "`v`",
            "\u{feff}v",
            "=v",
            "LIVEKIT_API_KEY=v",
            "export LIVEKIT_API_KEY = \"v\" \r\n",
        ] {
            let cleaned = clean(dirty);
            assert_eq!(cleaned.value.as_str(), "v", "{dirty:?}");
            assert!(cleaned.told("it").is_some(), "{dirty:?}");
        }
    }

    #[test]
    fn what_belongs_to_the_value_stays() {
        for clean_already in ["v", "abc==", "a=b", "it's", "\"", "A_B="] {
            let cleaned = clean(clean_already);
            assert_eq!(cleaned.value.as_str(), clean_already);
            assert_eq!(cleaned.told("it"), None);
        }
    }
}
