//! The ledger's worker.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;

use crate::clock::Timestamp;
use crate::files::FileError;
use crate::ledger::{Ledger, Mark, Reading, Row};
use crate::ports::Ports;
use crate::tui::message::{Cure, Failure, LEDGER_PIECE, LedgerJob, LedgerNews, LedgerPiece};

/// What the worker knows of what the screen knows.
pub(super) struct LedgerDesk {
    ports: Ports,
    /// The screen has the newest rows; here are those before them.
    begun: Option<Reading>,
    /// How far the screen has the rows; `None` before it has all.
    seen: Option<Mark>,
    on: bool,
    failed: Option<Failure>,
}

impl LedgerDesk {
    pub(super) fn new(ports: Ports) -> Self {
        Self { ports, begun: None, seen: None, on: true, failed: None }
    }

    /// Says what is newest and what is alive, and then does as it is asked until nobody listens any more.
    pub(super) fn work(&mut self, jobs: &Receiver<LedgerJob>, tell: &dyn Fn(LedgerNews) -> bool) {
        if !self.begin(tell) {
            return;
        }
        // Whoever looks at the ledger is told why it cannot be read; nobody else wants to know.
        let alive = self.ports.ledger().ok().and_then(|ledger| ledger.alive(Timestamp::now()).ok());
        let mut ends = HashMap::new();
        for (room, identity, end) in alive.into_iter().flatten() {
            let last = ends.entry((room, identity)).or_insert(end);
            *last = end.max(*last);
        }
        if !ends.is_empty() && !tell(LedgerNews::Alive(ends)) {
            return;
        }
        while let Ok(job) = jobs.recv() {
            if !self.answer(job, tell) {
                return;
            }
        }
    }

    /// Tells the newest rows, so that the first frame of the ledger has them.
    fn begin(&mut self, tell: &dyn Fn(LedgerNews) -> bool) -> bool {
        let Ok(ledger) = self.ports.ledger() else { return true };
        let Ok(mut reading) = ledger.newest_first() else { return true };
        let Ok(Some(rows)) = reading.next_rows() else { return true };
        let goes_on = self.switched(&ledger, tell) && tell_rows(rows, &mut true, tell);
        self.begun = Some(reading);
        goes_on
    }

    /// Tells whether tokens are written down, if that has changed.
    fn switched(&mut self, ledger: &Ledger, tell: &dyn Fn(LedgerNews) -> bool) -> bool {
        let before = std::mem::replace(&mut self.on, ledger.is_on());
        before == self.on || tell(LedgerNews::On(self.on))
    }

    fn answer(&mut self, job: LedgerJob, tell: &dyn Fn(LedgerNews) -> bool) -> bool {
        match job {
            LedgerJob::Read => self.read(tell),
            LedgerJob::Find { fingerprint } => {
                let ledger = self.ports.ledger().ok();
                let row = ledger.and_then(|ledger| ledger.find(fingerprint).ok().flatten()).map(Box::new);
                tell(LedgerNews::Found { fingerprint, row })
            }
            LedgerJob::Purge { ticket, which } => {
                let purged = self.ledger().and_then(|ledger| {
                    ledger.purge(which, Timestamp::now()).map_err(|error| failure(&error))
                });
                tell(LedgerNews::Purged { ticket, result: purged }) && self.read(tell)
            }
            LedgerJob::Switch { on } => match self.ports.change_settings(|settings| settings.ledger = on) {
                Ok(_) => self.read(tell),
                Err(error) => tell(LedgerNews::NotSwitched(Failure {
                    message: error.to_string(),
                    hint: error.hint(),
                    cure: Cure::Words,
                })),
            },
            LedgerJob::Onward => tell(LedgerNews::Onward),
        }
    }

    fn ledger(&self) -> Result<Ledger, Failure> {
        self.ports.ledger().map_err(|error| Failure {
            message: error.to_string(),
            hint: error.hint(),
            cure: Cure::Words,
        })
    }

    /// Tells what is new since the last time.
    fn read(&mut self, tell: &dyn Fn(LedgerNews) -> bool) -> bool {
        match self.ledger().and_then(|ledger| self.read_from(&ledger, tell)) {
            Ok(goes_on) => {
                self.failed = None;
                goes_on
            }
            Err(failure) => {
                self.seen = None;
                // Once is enough.
                if self.failed.as_ref() == Some(&failure) {
                    return true;
                }
                self.failed = Some(failure.clone());
                tell(LedgerNews::Failed(failure))
            }
        }
    }

    fn read_from(&mut self, ledger: &Ledger, tell: &dyn Fn(LedgerNews) -> bool) -> Result<bool, Failure> {
        if !self.switched(ledger, tell) {
            return Ok(false);
        }
        if let Some(reading) = self.begun.take()
            && !self.read_on(reading, false, tell)?
        {
            return Ok(false);
        }
        if let Some(mark) = &mut self.seen {
            match ledger.added_since(mark).map_err(|error| failure(&error))? {
                Some(rows) => return Ok(pieces(rows).all(|rows| tell(LedgerNews::Added(rows)))),
                None => self.seen = None,
            }
        }
        let reading = ledger.newest_first().map_err(|error| failure(&error))?;
        self.read_on(reading, true, tell)
    }

    /// Tells all rows that have not been read yet. `anew` if the screen has none of them.
    fn read_on(
        &mut self,
        mut reading: Reading,
        mut anew: bool,
        tell: &dyn Fn(LedgerNews) -> bool,
    ) -> Result<bool, Failure> {
        while let Some(rows) = reading.next_rows().map_err(|error| failure(&error))? {
            if !tell_rows(rows, &mut anew, tell) {
                return Ok(false);
            }
        }
        self.seen = Some(reading.mark());
        Ok((!anew || tell(LedgerNews::Rows { anew, rows: LedgerPiece::default() }))
            && tell(LedgerNews::End(reading.damage())))
    }
}

fn tell_rows(rows: Vec<Row>, anew: &mut bool, tell: &dyn Fn(LedgerNews) -> bool) -> bool {
    pieces(rows).all(|rows| tell(LedgerNews::Rows { anew: std::mem::take(anew), rows }))
}

/// The rows as the screen takes them.
fn pieces(rows: Vec<Row>) -> impl Iterator<Item = LedgerPiece> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let piece: Vec<Row> = rows.by_ref().take(LEDGER_PIECE).collect();
        (!piece.is_empty()).then(|| piece.into())
    })
}

pub(super) fn failure(error: &FileError) -> Failure {
    Failure { message: error.to_string(), hint: error.hint(), cure: Cure::Words }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::ledger::Purge;
    use crate::tui::message::Ticket;

    /// What the worker says to a job, in short.
    fn said(desk: &mut LedgerDesk, job: LedgerJob) -> Vec<String> {
        let said = RefCell::new(Vec::new());
        assert!(desk.answer(job, &|news| {
            said.borrow_mut().push(match news {
                LedgerNews::Rows { anew, rows } => format!("rows {anew} {}", rows.rows().len()),
                LedgerNews::End(damage) => format!("end {}", damage.lines()),
                LedgerNews::Added(rows) => format!("added {}", rows.rows().len()),
                LedgerNews::On(on) => format!("on {on}"),
                LedgerNews::Found { row, .. } => format!("found {}", row.is_some()),
                LedgerNews::Purged { result, .. } => format!("purged {}", result.unwrap().gone),
                other => format!("{other:?}"),
            });
            true
        }));
        said.into_inner()
    }

    #[test]
    fn only_what_is_news_is_told() {
        let ports = Ports::demo();
        let ledger = ports.ledger().unwrap();
        let mut desk = LedgerDesk::new(ports.clone());
        assert_eq!(said(&mut desk, LedgerJob::Read), ["rows true 6", "end 0"]);
        assert_eq!(said(&mut desk, LedgerJob::Read), <[&str; 0]>::default());

        let mut rows = ledger.newest_first().unwrap().next_rows().unwrap().unwrap();
        let like = rows.pop().unwrap();
        ledger.record_all(&vec![like.clone(); 2_500]).unwrap();
        assert_eq!(said(&mut desk, LedgerJob::Read), ["added 1000", "added 1000", "added 500"]);
        assert_eq!(said(&mut desk, LedgerJob::Find { fingerprint: like.fingerprint }), ["found true"]);

        let purge = LedgerJob::Purge { ticket: Ticket(1), which: Purge::Before(Timestamp::from_unix(0)) };
        let told = said(&mut desk, purge);
        assert_eq!(told, ["purged 0", "rows true 1000", "rows false 1000", "rows false 506", "end 0"]);

        assert_eq!(said(&mut desk, LedgerJob::Switch { on: false }), ["on false"]);
        assert_eq!(said(&mut desk, LedgerJob::Read), <[&str; 0]>::default());
        ledger.purge(Purge::All, Timestamp::now()).unwrap();
        assert_eq!(said(&mut desk, LedgerJob::Read), ["rows true 0", "end 0"]);
    }

    #[test]
    fn what_was_told_before_anybody_looked_is_not_told_again() {
        let ports = Ports::demo();
        let ledger = ports.ledger().unwrap();
        let mut desk = LedgerDesk::new(ports.clone());
        let told = RefCell::new(0);
        assert!(desk.begin(&|news| {
            assert!(
                matches!(&news, LedgerNews::Rows { anew: true, rows } if rows.rows().len() == 6),
                "{news:?}"
            );
            *told.borrow_mut() += 1;
            true
        }));
        assert_eq!(told.into_inner(), 1);
        let like = ledger.newest_first().unwrap().next_rows().unwrap().unwrap().remove(0);
        ledger.record_all(&[like]).unwrap();
        assert_eq!(said(&mut desk, LedgerJob::Read), ["end 0", "added 1"]);

        let mut desk = LedgerDesk::new(ports.clone());
        assert!(desk.begin(&|_| true));
        ledger.purge(Purge::All, Timestamp::now()).unwrap();
        assert_eq!(said(&mut desk, LedgerJob::Read), ["end 0", "rows true 0", "end 0"]);
    }

    #[test]
    fn whoever_stops_listening_ends_the_worker() {
        let (jobs, orders) = std::sync::mpsc::channel();
        jobs.send(LedgerJob::Read).unwrap();
        jobs.send(LedgerJob::Read).unwrap();
        let told = RefCell::new(0);
        LedgerDesk::new(Ports::demo()).work(&orders, &|_| {
            *told.borrow_mut() += 1;
            *told.borrow() < 2
        });
        assert_eq!(*told.borrow(), 2);
    }
}
