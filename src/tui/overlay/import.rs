//! Importing projects: where there are some, what saving them would change, and what came of it.

use crate::import::Change;
use crate::tui::message::import::{Emptied, Imported, Offer, Plan, Wish};

pub mod view;

/// How far it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// What is shown.
    pub stage: Stage,
    /// Whether the worker is at it.
    pub busy: bool,
    /// What went wrong, and what to do about it.
    pub refused: Option<(String, String)>,
}

/// What is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// The places that have projects; not known at first.
    Places {
        /// The places.
        offers: Option<Vec<Offer>>,
        /// The one under the cursor.
        cursor: usize,
    },
    /// What would change.
    Plan {
        /// The plan.
        plan: Plan,
        /// What is to be done with each row; conflicts are not settled at first.
        wishes: Vec<Option<Wish>>,
        /// The row under the cursor.
        cursor: usize,
    },
    /// What was saved.
    Done {
        /// What was saved.
        imported: Imported,
        /// lk's file, if that is where it came from: the secrets are still in it.
        lk: Option<String>,
        /// What was taken out of it.
        emptied: Option<Emptied>,
    },
}

impl Import {
    /// The places, as far as they are known.
    #[must_use]
    pub fn places(offers: Option<Vec<Offer>>) -> Self {
        Self { stage: Stage::Places { offers, cursor: 0 }, busy: false, refused: None }
    }

    /// The plan: what is new is wished for, what is there already is not, a conflict is to be settled.
    #[must_use]
    pub fn plan(plan: Plan) -> Self {
        let wishes: Vec<Option<Wish>> = plan
            .rows
            .iter()
            .map(|row| match row.change {
                Change::New => Some(Wish::Save),
                Change::Same(_) => Some(Wish::Skip),
                Change::Differs { .. } => None,
            })
            .collect();
        let cursor = wishes.iter().position(Option::is_none).unwrap_or(0);
        Self { stage: Stage::Plan { plan, wishes, cursor }, busy: false, refused: None }
    }

    /// What was saved.
    #[must_use]
    pub fn done(imported: Imported, lk: Option<String>) -> Self {
        Self { stage: Stage::Done { imported, lk, emptied: None }, busy: false, refused: None }
    }
}

/// The wishes that a change leaves open, in the order of Space.
#[must_use]
pub const fn possible(change: &Change) -> &'static [Wish] {
    match change {
        Change::New => &[Wish::Save, Wish::Skip],
        Change::Same(_) => &[Wish::Skip],
        Change::Differs { .. } => &[Wish::Skip, Wish::Replace, Wish::Rename],
    }
}
