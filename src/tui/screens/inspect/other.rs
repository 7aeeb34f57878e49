//! The token that the inspected one is held against.

use crate::token::diff::{Diff, Entry, Section, diff};
use crate::token::inspect::Inspection;

/// Another token, and the difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// The other token taken apart.
    pub inspection: Inspection,
    /// What is between the two.
    pub diff: Diff,
    /// Whether the other one is the first of the two.
    pub swapped: bool,
    /// Whether what is the same is shown, too.
    pub all: bool,
    /// The entry under the cursor.
    pub cursor: usize,
    /// The table.
    pub sections: Vec<Section>,
    tally: (usize, usize),
}

impl Other {
    /// Holds `inspected` and `other` against each other.
    #[must_use]
    pub fn new(inspected: &Inspection, other: Inspection) -> Self {
        let diff = diff(inspected, &other);
        let mut new = Self {
            inspection: other,
            diff,
            swapped: false,
            all: false,
            cursor: 0,
            sections: Vec::new(),
            tally: (0, 0),
        };
        new.lay_out();
        new
    }

    /// Lets the two change places.
    pub fn swap(&mut self, inspected: &Inspection) {
        self.swapped = !self.swapped;
        self.diff =
            if self.swapped { diff(&self.inspection, inspected) } else { diff(inspected, &self.inspection) };
        self.lay_out();
    }

    /// Shows what is the same, or not any more; the cursor stays on its entry where that is still there.
    pub fn toggle_all(&mut self) {
        let under = self.under_cursor();
        self.all = !self.all;
        self.lay_out();
        let at = self.entries().position(|entry| Some(entry) == under);
        self.cursor = at.unwrap_or(0);
    }

    fn lay_out(&mut self) {
        self.sections = self.diff.table(self.all);
        self.cursor = self.cursor.min(self.count().saturating_sub(1));
        let rows = || self.diff.rows.iter().chain(&self.diff.header);
        let differ = rows().filter(|row| row.kind.differs()).count();
        self.tally = (differ, rows().count() - differ);
    }

    /// How many entries there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sections.iter().map(|section| section.entries.len()).sum()
    }

    /// Every entry, in order.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.sections.iter().flat_map(|section| section.entries.iter().copied())
    }

    /// The entry under the cursor.
    #[must_use]
    pub fn under_cursor(&self) -> Option<Entry> {
        let mut at = self.cursor;
        for section in &self.sections {
            match section.entries.get(at) {
                Some(entry) => return Some(*entry),
                None => at -= section.entries.len(),
            }
        }
        None
    }

    /// How many claims differ, and how many do not: those that only look different are of the latter.
    #[must_use]
    pub fn tally(&self) -> (usize, usize) {
        self.tally
    }
}
