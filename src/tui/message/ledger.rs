//! What the ledger's worker is asked, and what it says.

use std::collections::HashMap;
use std::fmt::Write;

use crate::clock::Timestamp;
use crate::ledger::{Damage, Purge, Purged, Row};
use crate::token::Fingerprint;

use super::{Failure, Ticket};

/// Orders to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerJob {
    /// Reads the rows, or what has changed since they were read. Answered only by what is news.
    Read,
    /// Looks for the row of a token.
    Find {
        /// The token's fingerprint.
        fingerprint: Fingerprint,
    },
    /// Removes rows.
    Purge {
        /// The question.
        ticket: Ticket,
        /// Which.
        which: Purge,
    },
    /// Switches the ledger on or off, in the settings.
    Switch {
        /// Which of both.
        on: bool,
    },
    /// Comes back as [`LedgerNews::Onward`], so that long work is done in pieces, with room for keys between them.
    Onward,
}

/// So many rows at most are in one piece of news: what the screen makes of them has to fit between two keys.
pub const LEDGER_PIECE: usize = 1_000;

/// Rows, with what is asked of all of them at once lying side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LedgerPiece {
    rows: Vec<Row>,
    until: Vec<Timestamp>,
    /// Project, room, identity and so on of one row after the other, in small letters.
    words: String,
    /// Where in them those of each row end, in bytes.
    ends: Vec<usize>,
}

impl LedgerPiece {
    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// When each of them expires.
    #[must_use]
    pub fn until(&self) -> &[Timestamp] {
        &self.until
    }

    /// What the row at this place is found by; nothing if there is none.
    #[must_use]
    pub fn words(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(at).and_then(|end| self.words.get(start..*end)).unwrap_or_default()
    }
}

impl From<Vec<Row>> for LedgerPiece {
    fn from(rows: Vec<Row>) -> Self {
        let mut words = String::with_capacity(rows.len() * 96);
        let mut ends = Vec::with_capacity(rows.len());
        for row in &rows {
            for part in [&row.project, &row.room, &row.identity, &row.last, &row.grants, &row.key] {
                words.extend(part.chars().flat_map(char::to_lowercase));
                words.push('\n');
            }
            let _ = write!(words, "{}", row.fingerprint);
            ends.push(words.len());
        }
        let until = rows.iter().map(|row| row.expires_at).collect();
        Self { rows, until, words, ends }
    }
}

/// What the ledger's worker says. Its news follow each other: each holds for the ledger as the ones before left it.
#[derive(Clone, Debug, PartialEq)]
pub enum LedgerNews {
    /// Whose tokens join and still work as the program starts, and until when: by room and identity.
    Alive(HashMap<(String, String), Timestamp>),
    /// Rows, newest first, older than those before, a piece of them.
    Rows {
        /// Whether they are the newest: whatever was there is out of date.
        anew: bool,
        /// The rows.
        rows: LedgerPiece,
    },
    /// All rows have been read.
    End(Damage),
    /// Rows that were added since, oldest first, a piece of them.
    Added(LedgerPiece),
    /// Whether tokens are written down.
    On(bool),
    /// The ledger cannot be read.
    Failed(Failure),
    /// Whether a token was issued here.
    Found {
        /// The token's fingerprint.
        fingerprint: Fingerprint,
        /// Its row.
        row: Option<Box<Row>>,
    },
    /// Rows were removed.
    Purged {
        /// The question.
        ticket: Ticket,
        /// How many.
        result: Result<Purged, Failure>,
    },
    /// The ledger could not be switched.
    NotSwitched(Failure),
    /// A token that was signed could not be written down.
    NotRecorded(Failure),
    /// [`LedgerJob::Onward`] came back.
    Onward,
}
