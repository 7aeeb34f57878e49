//! What of a batch goes into the ledger.

use crate::cli::Session;
use crate::files::FileError;
use crate::ledger::Batch;

use super::super::super::Console;
use super::mint::Minted;

/// Writes the rows of a batch.
pub(super) struct Recorder {
    console: Console,
    /// None once it cannot be written, or is not to be.
    batch: Option<Batch>,
}

impl Recorder {
    /// The ledger of this run, if it is on.
    pub(super) fn new(session: &Session, wanted: bool) -> Self {
        let mut recorder = Self { console: session.console, batch: None };
        match session.ports.ledger() {
            _ if !wanted => {}
            Ok(ledger) if ledger.is_on() => recorder.batch = Some(Batch::new(ledger)),
            Ok(_) => {}
            Err(error) => recorder.failed(&error.to_string(), &error.hint()),
        }
        recorder
    }

    /// Whether anything is to be written down.
    pub(super) fn is_on(&self) -> bool {
        self.batch.is_some()
    }

    /// Takes what was signed, before it is handed out.
    pub(super) fn take(&mut self, minted: &mut Minted) {
        let rows = std::mem::take(&mut minted.issued);
        let taken = self.batch.as_mut().map(|batch| batch.take(rows, minted.count, &minted.last));
        self.written(taken);
    }

    /// The row of all that have none of their own.
    pub(super) fn finish(&mut self) {
        let finished = self.batch.as_mut().map(Batch::finish);
        self.written(finished);
    }

    fn written(&mut self, done: Option<Result<(), FileError>>) {
        if let Some(Err(error)) = done {
            self.failed(&error.to_string(), &error.hint());
        }
    }

    /// Said once: the tokens are signed all the same.
    fn failed(&mut self, why: &str, hint: &str) {
        self.batch = None;
        self.console.warning(&format!("not in the ledger: {why}"), Some(hint));
    }
}
