//! What the worker for presets is asked, and what it says.

use std::sync::Arc;

use crate::claims::presets::Preset;

use super::{Failure, Ticket};

/// Orders about the presets of one's own.
#[derive(Clone, Debug, PartialEq)]
pub enum PresetsJob {
    /// Reads them.
    Read,
    /// Saves one.
    Save {
        /// The question.
        ticket: Ticket,
        /// It.
        preset: Box<Preset>,
        /// Whether another of its name gives way.
        replace: bool,
    },
    /// Gives one another name and summary.
    Rename {
        /// The question.
        ticket: Ticket,
        /// What it is called.
        old: String,
        /// What it is to be called.
        new: String,
        /// What it is to be for.
        summary: String,
    },
    /// Removes one.
    Remove {
        /// The question.
        ticket: Ticket,
        /// Its name.
        name: String,
    },
}

/// What the worker for presets says.
#[derive(Clone, Debug, PartialEq)]
pub enum PresetsNews {
    /// What there is, by name.
    Read(Result<Arc<[Preset]>, Failure>),
    /// What there is once it was done as asked.
    Done {
        /// The question.
        ticket: Ticket,
        /// All of them.
        result: Result<Arc<[Preset]>, Failure>,
    },
    /// Another has the name, and was not to be replaced.
    Taken {
        /// The question.
        ticket: Ticket,
        /// The name.
        name: String,
    },
}
