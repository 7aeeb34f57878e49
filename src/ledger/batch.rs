//! What of many tokens made at once is written down: a row for each of the first thousand, and one for all others.

use super::{Ledger, Row};
use crate::files::FileError;

/// Writes the rows of tokens that are made at once, as they are made.
#[derive(Debug)]
pub struct Batch {
    ledger: Ledger,
    /// The first token that has no row of its own, the last one's identity, and how many they are.
    rest: Option<(Row, String, u64)>,
}

impl Batch {
    /// So many tokens have a row each. A list of a million would help nobody, and take longer than the signing.
    pub const EACH: u64 = 1_000;

    /// Writes into this ledger.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        Self { ledger, rest: None }
    }

    /// Takes `count` tokens, before they are handed out: a row for each, or only that of the first, and the identity
    /// of the last. Once there was no row for each, there is none for those that follow.
    ///
    /// # Errors
    /// As [`Ledger::record`].
    pub fn take(&mut self, rows: Vec<Row>, count: u64, last: &str) -> Result<(), FileError> {
        if rows.len() as u64 == count && self.rest.is_none() {
            return self.ledger.record_all(&rows);
        }
        match (&mut self.rest, rows.into_iter().next()) {
            (Some((_, of_all, so_far)), _) => {
                last.clone_into(of_all);
                *so_far += count;
            }
            (rest @ None, Some(first)) => *rest = Some((first, last.to_owned(), count)),
            (None, None) => {}
        }
        Ok(())
    }

    /// Writes the row of all that have none of their own.
    ///
    /// # Errors
    /// As [`Ledger::record`].
    pub fn finish(&mut self) -> Result<(), FileError> {
        let Some((first, last, count)) = self.rest.take() else { return Ok(()) };
        self.ledger.record(&Row::of_batch(first, &last, count))
    }
}
