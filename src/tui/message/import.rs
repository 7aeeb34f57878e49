//! Projects from elsewhere: what is asked of the store's worker, and what it found. The secrets it reads stay with it.

use crate::import::{Change, Source};
use crate::project::{Listing, ProjectName};
use crate::text::Sensitive;

use super::Contents;

/// A place that has projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The place.
    pub source: Source,
    /// What they are called there.
    pub names: Vec<ProjectName>,
}

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A place that was found.
    Place(Source),
    /// A pasted block.
    Pasted(Sensitive),
}

/// What an import would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where it comes from.
    pub source: Source,
    /// The projects.
    pub rows: Vec<PlanRow>,
    /// Entries that cannot be used: what they are called there, and why.
    pub left_out: Vec<(String, String)>,
}

/// A project that could be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// All but its secret.
    pub listing: Listing,
    /// Whether it is the default one there.
    pub is_default: bool,
    /// What saving it would change.
    pub change: Change,
    /// What was done to make it fit.
    pub notes: Vec<String>,
}

/// What a person wants done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Saved; a name that is taken meanwhile gets a number.
    Save,
    /// Left where it is.
    Skip,
    /// Saved in the place of the one of its name.
    Replace,
    /// Saved under another name.
    Rename,
}

/// What was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What the store has in it now.
    pub contents: Contents,
    /// What was saved, by the name it has now, and whether another one had that before.
    pub saved: Vec<(ProjectName, bool)>,
    /// How many were left where they are.
    pub skipped: usize,
}

/// The secrets are out of lk's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emptied {
    /// How many they were.
    pub count: usize,
    /// The file as it was, with the secrets in it.
    pub backup: String,
}
