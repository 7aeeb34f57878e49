//! What of a batch goes into the ledger: a row for each of the first thousand tokens, and one for all others.

use crate::cli::Session;
use crate::ledger::{Ledger, Row};

use super::super::super::Console;
use super::mint::Minted;

/// So many tokens have a row each. A list of a million would help nobody, and take longer than the signing.
pub(super) const EACH: u64 = 1_000;

/// Writes the rows of a batch.
pub(super) struct Recorder {
    console: Console,
    /// None once it cannot be written, or is not to be.
    ledger: Option<Ledger>,
    /// The first token that has no row of its own, the last one's identity, and how many they are.
    rest: Option<(Row, String, u64)>,
}

impl Recorder {
    /// The ledger of this run, if it is on.
    pub(super) fn new(session: &Session, wanted: bool) -> Self {
        let console = session.console;
        let mut recorder = Self { console, ledger: None, rest: None };
        match session.ports.ledger() {
            _ if !wanted => {}
            Ok(ledger) if ledger.is_on() => recorder.ledger = Some(ledger),
            Ok(_) => {}
            Err(error) => recorder.failed(&error.to_string(), &error.hint()),
        }
        recorder
    }

    /// Whether anything is to be written down.
    pub(super) fn is_on(&self) -> bool {
        self.ledger.is_some()
    }

    /// Takes what was signed, before it is handed out.
    pub(super) fn take(&mut self, minted: &mut Minted) {
        let rows = std::mem::take(&mut minted.issued);
        let Some(ledger) = &self.ledger else { return };
        if rows.len() as u64 == minted.count && self.rest.is_none() {
            if let Err(error) = ledger.record_all(&rows) {
                self.failed(&error.to_string(), &error.hint());
            }
            return;
        }
        let last = std::mem::take(&mut minted.last);
        match (&mut self.rest, rows.into_iter().next()) {
            (Some((_, of_all, count)), _) => (*of_all, *count) = (last, *count + minted.count),
            (rest @ None, Some(first)) => *rest = Some((first, last, minted.count)),
            (None, None) => {}
        }
    }

    /// The row of all that have none of their own.
    pub(super) fn finish(&mut self) {
        let (Some(ledger), Some((first, last, count))) = (&self.ledger, self.rest.take()) else { return };
        if let Err(error) = ledger.record(&Row::of_batch(first, &last, count)) {
            self.failed(&error.to_string(), &error.hint());
        }
    }

    /// Said once: the tokens are signed all the same.
    fn failed(&mut self, why: &str, hint: &str) {
        self.ledger = None;
        self.console.warning(&format!("not in the ledger: {why}"), Some(hint));
    }
}
