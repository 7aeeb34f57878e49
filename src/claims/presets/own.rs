//! The presets of a user's own, and the text they are kept and shared as.
//!
//! The text is JSON, each preset as `assets/presets.json` has it and its draft as `--draft` takes it: what is saved is
//! read back the same, whatever is in it, and one form serves the file, export, import and the editor. One value a
//! line, presets by name, so that what two people add merges. It holds no secret: [`Preset::own`] makes none that
//! does, and reading goes through it.

use serde_json::{Map, Value, json};

use super::{Preset, PresetError, built_in_called, secrets};
use crate::claims::draft::Draft;
use crate::clock::{Timestamp, Ttl, Zone};
use crate::text::{is_unprintable, visible};

mod reading;

pub use reading::{TextError, read_one};

/// The form that is written. What a later one means is not guessed.
pub const VERSION: u64 = 1;

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 64;
/// The longest summary, in characters: a line.
pub const LONGEST_SUMMARY: usize = 120;

impl Preset {
    /// A preset of one's own: 1 to 64 printable characters that name no built-in one, a line about it, and a draft
    /// without a secret or a fixed end.
    ///
    /// # Errors
    /// [`OwnError`], which says where a secret is and never what.
    pub fn own(name: &str, summary: &str, mut draft: Draft) -> Result<Self, OwnError> {
        let name = own_name(name)?;
        let summary = summary.trim();
        if summary.chars().count() > LONGEST_SUMMARY {
            return Err(OwnError::LongSummary);
        }
        if let Some(character) = summary.chars().find(|c| is_unprintable(*c)) {
            return Err(OwnError::Unprintable { what: "summary", character });
        }
        if let Some(kind) = secrets::in_text(summary) {
            return Err(OwnError::Secret { place: "the summary".into(), kind });
        }
        if let Some((place, kind)) = secrets::in_draft(&draft) {
            return Err(OwnError::Secret { place, kind });
        }
        if let Ttl::Until(_) = draft.ttl {
            return Err(OwnError::FixedEnd);
        }
        // An empty list is no claim: only what one typed.
        draft.grants.video.empty_sources = false;
        let again = Draft::from_json(&Value::Object(draft.to_json()).to_string(), EPOCH, &Zone::utc());
        if again.as_ref() != Ok(&draft) {
            return Err(OwnError::NotKept);
        }
        Ok(Self { title: name.clone(), name, summary: summary.to_owned(), draft })
    }

    /// Where the preset has this text in it: a secret that is known to be one.
    #[must_use]
    pub fn holds(&self, secret: &str) -> bool {
        fn within(value: &Value, secret: &str) -> bool {
            match value {
                Value::String(text) => text.contains(secret),
                Value::Array(items) => items.iter().any(|item| within(item, secret)),
                Value::Object(map) => {
                    map.iter().any(|(key, value)| key.contains(secret) || within(value, secret))
                }
                _ => false,
            }
        }
        within(&self.to_json(), secret)
    }

    /// As it is written: `name`, `summary` if there is one, `draft`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("name".into(), self.name.clone().into());
        if !self.summary.is_empty() {
            map.insert("summary".into(), self.summary.clone().into());
        }
        map.insert("draft".into(), Value::Object(self.draft.to_json()));
        Value::Object(map)
    }

    /// Its text alone, to be edited.
    #[must_use]
    pub fn to_text(&self) -> String {
        lines(&self.to_json())
    }
}

/// Lifetimes in a preset are lengths, so neither the time nor the zone matters.
const EPOCH: Timestamp = Timestamp::from_unix(0);

/// A name that a preset of one's own may have.
///
/// # Errors
/// [`OwnError`], which says what to change.
pub fn own_name(text: &str) -> Result<String, OwnError> {
    let name = text.trim();
    if name.is_empty() {
        return Err(OwnError::NoName);
    }
    if name.starts_with('-') {
        return Err(OwnError::LooksLikeAnOption);
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(OwnError::LongName);
    }
    if let Some(character) = name.chars().find(|c| is_unprintable(*c)) {
        return Err(OwnError::Unprintable { what: "name", character });
    }
    if let Some(kind) = secrets::in_text(name) {
        return Err(OwnError::Secret { place: "the name".into(), kind });
    }
    match built_in_called(name) {
        Some(preset) => Err(OwnError::BuiltIn { name: preset.name.clone() }),
        None => Ok(name.to_owned()),
    }
}

/// The presets of one's own, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf(Vec<Preset>);

/// What saving a preset did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// There was none of its name.
    New,
    /// There was another of its name.
    Replaced,
    /// It was there already.
    Same,
}

impl Shelf {
    /// All of them, by name.
    #[must_use]
    pub fn all(&self) -> &[Preset] {
        &self.0
    }

    /// The one of this name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Preset> {
        self.0.iter().find(|preset| preset.is_called(name))
    }

    /// The one of this name, to be changed or removed.
    ///
    /// # Errors
    /// [`OwnError::BuiltIn`], or [`OwnError::Unknown`] with the one that was probably meant.
    pub fn own(&self, name: &str) -> Result<&Preset, OwnError> {
        if let Some(preset) = built_in_called(name) {
            return Err(OwnError::BuiltIn { name: preset.name.clone() });
        }
        self.get(name).ok_or_else(|| OwnError::Unknown(PresetError::of(name, &self.0)))
    }

    /// Puts a preset in. One of the same name gives way if it may be replaced.
    ///
    /// # Errors
    /// [`OwnError::Taken`].
    pub fn save(&mut self, preset: Preset, replace: bool) -> Result<Saved, OwnError> {
        match self.0.iter_mut().find(|other| other.is_called(&preset.name)) {
            Some(other) if *other == preset => Ok(Saved::Same),
            Some(other) if replace => {
                *other = preset;
                self.sort();
                Ok(Saved::Replaced)
            }
            Some(other) => Err(OwnError::Taken { name: other.name.clone() }),
            None => {
                self.0.push(preset);
                self.sort();
                Ok(Saved::New)
            }
        }
    }

    /// Gives a preset another name, and if wanted another summary.
    ///
    /// # Errors
    /// [`OwnError`] for a name that is none, is taken, or belongs to no preset.
    pub fn rename(&mut self, old: &str, new: &str, summary: Option<&str>) -> Result<(), OwnError> {
        let before = self.own(old)?.clone();
        let summary = summary.unwrap_or(&before.summary);
        let after = Preset::own(new, summary, before.draft.clone())?;
        self.replace(&before, after)
    }

    /// Puts `after` in the place of `before`, which may have had another name.
    ///
    /// # Errors
    /// [`OwnError::Changed`] if `before` is not there any more as it was, [`OwnError::Taken`].
    pub fn replace(&mut self, before: &Preset, after: Preset) -> Result<(), OwnError> {
        if self.get(&before.name) != Some(before) {
            return Err(OwnError::Changed { name: before.name.clone() });
        }
        if let Some(other) = self.get(&after.name).filter(|other| other.name != before.name) {
            return Err(OwnError::Taken { name: other.name.clone() });
        }
        self.0.retain(|preset| preset.name != before.name);
        self.0.push(after);
        self.sort();
        Ok(())
    }

    /// Takes a preset out.
    ///
    /// # Errors
    /// As [`Shelf::own`].
    pub fn remove(&mut self, name: &str) -> Result<Preset, OwnError> {
        let gone = self.own(name)?.clone();
        self.0.retain(|preset| preset.name != gone.name);
        Ok(gone)
    }

    fn sort(&mut self) {
        self.0.sort_by_cached_key(|preset| (preset.name.to_lowercase(), preset.name.clone()));
    }

    /// The text that is kept and shared.
    #[must_use]
    pub fn to_text(&self) -> String {
        let presets: Vec<Value> = self.0.iter().map(Preset::to_json).collect();
        lines(&json!({"version": VERSION, "presets": presets}))
    }
}

impl FromIterator<Preset> for Shelf {
    fn from_iter<I: IntoIterator<Item = Preset>>(presets: I) -> Self {
        let mut shelf = Self(presets.into_iter().collect());
        shelf.sort();
        shelf
    }
}

/// One value a line, so that a change is a line.
fn lines(json: &Value) -> String {
    let mut text = serde_json::to_string_pretty(json).unwrap_or_default();
    text.push('\n');
    text
}

/// Why a preset cannot be kept, or is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnError {
    /// Nothing but space.
    #[error("a preset needs a name")]
    NoName,
    /// Over [`LONGEST_NAME`] characters.
    #[error("a preset's name has at most {LONGEST_NAME} characters")]
    LongName,
    /// Starts with `-`.
    #[error("a preset's name cannot start with a dash")]
    LooksLikeAnOption,
    /// Over [`LONGEST_SUMMARY`] characters.
    #[error("a preset's summary has at most {LONGEST_SUMMARY} characters")]
    LongSummary,
    /// A control or invisible character.
    #[error("a preset's {what} cannot contain {}", character.escape_default())]
    Unprintable {
        /// `name` or `summary`.
        what: &'static str,
        /// The first such character.
        character: char,
    },
    /// The name of one that is part of the program.
    #[error("{name} is a built-in preset")]
    BuiltIn {
        /// It.
        name: String,
    },
    /// Another has the name.
    #[error("there is a preset {} already", visible(name))]
    Taken {
        /// Its name.
        name: String,
    },
    /// Somebody else has changed it since it was looked at.
    #[error("{} was changed meanwhile", visible(name))]
    Changed {
        /// Its name.
        name: String,
    },
    /// None has the name.
    #[error(transparent)]
    Unknown(PresetError),
    /// A secret, which a file for everybody cannot hold.
    #[error("{} holds {kind}, and a preset cannot hold any", visible(place))]
    Secret {
        /// Where it is: a path of the catalogue, or below one.
        place: String,
        /// What kind of secret it is.
        kind: &'static str,
    },
    /// An instant, after which nothing could be made of it.
    #[error("a preset cannot end at a fixed time")]
    FixedEnd,
    /// Claims that would be read back as something else.
    #[error("the draft has claims that a preset cannot keep")]
    NotKept,
}

impl OwnError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoName => "for example support-guest".into(),
            Self::LongName | Self::LongSummary => "shorten it".into(),
            Self::LooksLikeAnOption => "start it with a letter or a digit".into(),
            Self::Unprintable { .. } => "type it instead of pasting it".into(),
            Self::BuiltIn { .. } => {
                "built-in presets stay as they are; save it under a name of your own".into()
            }
            Self::Taken { name } => format!("choose another name, or replace {}", visible(name)),
            Self::Changed { .. } => "look at what it says now, and change that".into(),
            Self::Unknown(error) => error.hint(),
            Self::Secret { .. } => "take it out: a preset is for sharing; let your server keep it".into(),
            Self::FixedEnd => "give a length of life, such as 30m: it counts from each signing".into(),
            Self::NotKept => "take out the claims called identity, sub, ttl, iss, iat, nbf or exp".into(),
        }
    }
}

#[cfg(test)]
mod tests;
