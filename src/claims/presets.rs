//! Named drafts: the built-in ones.

use super::draft::Draft;

/// A named draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// `participant`: what `--preset` takes.
    pub name: String,
    /// `Participant`: what the form shows.
    pub title: String,
    /// What it is for, in a few words.
    pub summary: String,
    /// The draft, without identity and room.
    pub draft: Draft,
}

/// The built-in presets, Participant first.
#[must_use]
pub fn built_in() -> &'static [Preset] {
    &[]
}
