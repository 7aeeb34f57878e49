//! Reading presets from text, and saying where it is wrong.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{EPOCH, LONGEST_NAME, OwnError, Preset, Shelf, VERSION};
use crate::claims::draft::{Draft, DraftError};
use crate::clock::Zone;
use crate::text::{did_you_mean, redacted, visible};

impl Shelf {
    /// Reads the text of a file called `file`: what [`Shelf::to_text`] writes, and nothing else.
    ///
    /// # Errors
    /// [`TextError`], with line and column.
    pub fn read(text: &str, file: &str) -> Result<Self, TextError> {
        let at = At { text, file };
        if text.trim_start_matches('\u{feff}').trim().is_empty() {
            return Ok(Self::default());
        }
        let whole: Whole<'_> = at.object(text)?;
        at.whole(&whole)
    }

    /// As [`Shelf::read`], of what somebody else may have written: also a bare list of presets, or one alone.
    ///
    /// # Errors
    /// As [`Shelf::read`].
    pub fn read_shared(text: &str, file: &str) -> Result<Self, TextError> {
        let at = At { text, file };
        let begins = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
        if begins.starts_with('[') {
            let list: Vec<&RawValue> = at.part(text)?;
            return at.shelf(&list);
        }
        // Only asked which of the two it is; what is wrong with it is said below.
        let keys: Map<String, Value> = at.part(text)?;
        if keys.contains_key("draft") || keys.contains_key("name") {
            return Ok(Self(vec![read_one(text, file)?]));
        }
        let whole: Whole<'_> = at.object(text)?;
        at.whole(&whole)
    }
}

/// Reads one preset alone, as [`Preset::to_text`] writes it.
///
/// # Errors
/// [`TextError`], with line and column.
pub fn read_one(text: &str, file: &str) -> Result<Preset, TextError> {
    At { text, file }.preset(text)
}

/// The file, key for key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole<'a> {
    version: u64,
    #[serde(borrow)]
    presets: Vec<&'a RawValue>,
}

/// One preset, key for key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row<'a> {
    name: String,
    #[serde(default)]
    summary: String,
    #[serde(borrow)]
    draft: &'a RawValue,
}

const KEYS: [&str; 5] = ["version", "presets", "name", "summary", "draft"];

/// A text while it is read: turns a place in it into line and column.
struct At<'a> {
    text: &'a str,
    file: &'a str,
}

impl<'a> At<'a> {
    fn whole(&self, whole: &Whole<'a>) -> Result<Shelf, TextError> {
        if whole.version != VERSION {
            let at = self.text.find("\"version\"").unwrap_or(0);
            let what = format!("it is written in form {}, and this roomkey knows {VERSION}", whole.version);
            return Err(self.wrong(at, what, "use the roomkey that wrote it, or a newer one".into()));
        }
        self.shelf(&whole.presets)
    }

    fn shelf(&self, list: &[&'a RawValue]) -> Result<Shelf, TextError> {
        let mut shelf = Shelf::default();
        for row in list {
            let preset = self.preset(row.get())?;
            if let Some(other) = shelf.get(&preset.name) {
                let what = format!("{} is there twice", visible(&other.name));
                return Err(self.wrong(self.offset(row.get()), what, "keep one of the two".into()));
            }
            shelf.0.push(preset);
        }
        shelf.sort();
        Ok(shelf)
    }

    fn preset(&self, text: &'a str) -> Result<Preset, TextError> {
        let row: Row<'a> = self.object(text)?;
        let called = visible(&row.name.chars().take(LONGEST_NAME).collect::<String>()).into_owned();
        let draft = Draft::from_json(row.draft.get(), EPOCH, &Zone::utc()).map_err(|error| {
            let path = match &error {
                DraftError::Ttl { path, .. } | DraftError::Value { path, .. } => path.as_str(),
                DraftError::WrongType(wrong) => wrong.path.as_str(),
                _ => "",
            };
            let hint = match &error {
                // Said of a grant on the command line.
                DraftError::NotAnObject { .. } => {
                    "write an object, such as {\"video\": {\"roomJoin\": true}}".into()
                }
                other => other.hint(),
            };
            self.wrong(
                self.place_of(row.draft.get(), path),
                format!("{called}: {}", redacted(&error.to_string())),
                hint,
            )
        })?;
        Preset::own(&row.name, &row.summary, draft).map_err(|error| {
            let at = match &error {
                OwnError::Secret { place, .. } => self.place_of(row.draft.get(), place),
                OwnError::FixedEnd => self.place_of(row.draft.get(), "ttl"),
                _ => self.place_of(text, "name"),
            };
            self.wrong(at, format!("{called}: {error}"), error.hint())
        })
    }

    /// Reads an object. A list of its values is none, though the reader would take one.
    fn object<T: Deserialize<'a>>(&self, part: &'a str) -> Result<T, TextError> {
        let bare = part.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
        if bare.starts_with('{') {
            return self.part(part);
        }
        // What is no JSON at all has better words of its own.
        let _: serde::de::IgnoredAny = self.part(part)?;
        let cure = "a file has version and presets, a preset has name, summary and draft";
        Err(self.wrong(self.offset(bare), "it must be a JSON object".into(), cure.into()))
    }

    /// Reads a part of the text.
    fn part<T: Deserialize<'a>>(&self, part: &'a str) -> Result<T, TextError> {
        let start = self.offset(part);
        let bare = part.trim_start_matches('\u{feff}');
        serde_json::from_str(bare).map_err(|error| {
            let (line, column) = self.line_and_column(start);
            let (line, column) = match error.line() {
                0 | 1 => (line, column + error.column().saturating_sub(1)),
                // The break of a line counts as column 0 of the next.
                more => (line + more - 1, error.column().max(1)),
            };
            let said = error.to_string();
            let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
            let (what, cure) = self.in_words(said);
            TextError { file: self.file.to_owned(), line, column, what, cure }
        })
    }

    /// The reader's words in ours. What it quotes from the text may be anything.
    fn in_words(&self, said: &str) -> (String, String) {
        if self.text.lines().any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) {
            return (
                "two versions of it were merged and do not fit".into(),
                "settle the conflict that git has marked in it".into(),
            );
        }
        let quoted = |prefix: &str| said.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
        if let Some(key) = quoted("unknown field `") {
            let cure = did_you_mean(key, KEYS).map_or_else(
                || "a preset has name, summary and draft; what a token says stands in draft".into(),
                |meant| format!("did you mean {meant}?"),
            );
            return (format!("there is no field {}", visible(&redacted(key))), cure);
        }
        let what = visible(&redacted(said)).into_owned();
        let cure = if quoted("missing field `").is_some() {
            "write it: a file has version and presets, a preset has name, summary and draft"
        } else {
            "mend that line; nothing is changed until it can be read"
        };
        (what, cure.into())
    }

    fn wrong(&self, at: usize, what: String, cure: String) -> TextError {
        let (line, column) = self.line_and_column(at);
        TextError { file: self.file.to_owned(), line, column, what, cure }
    }

    /// Where a part of the text begins in it.
    fn offset(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len())
    }

    /// Where the last key of a path stands in a part of the text; its beginning, if that is not found.
    fn place_of(&self, part: &str, path: &str) -> usize {
        let last = path.split('.').rev().find(|key| key.parse::<usize>().is_err()).unwrap_or_default();
        let key = serde_json::to_string(last).unwrap_or_default();
        let alias = if last == "ttl" || last == "exp" { "\"ttl\"" } else { key.as_str() };
        self.offset(part) + part.find(alias).unwrap_or(0)
    }

    fn line_and_column(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }
}

/// Why a text holds no presets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}, line {line} column {column}: {what}", visible(file))]
pub struct TextError {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// What is wrong there. Never a secret.
    pub what: String,
    cure: String,
}

impl TextError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        self.cure.clone()
    }
}
