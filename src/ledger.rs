//! What was issued, to whom, until when: the list of tokens, never the tokens.
//!
//! A file of JSON, one line a row, that only grows: `ledger.jsonl` in the state folder, 0600. A row is written in one
//! piece, under the file's lock, before the token is handed out. Whatever stops a program, all earlier rows are there;
//! what is cut off is passed over. Only [`Ledger::purge`] writes the file anew, and then leaves every line that stays
//! as it is, with whatever a newer roomkey put in it.
//!
//! A row holds what a token was made from, so that it can be made again: names, metadata and attributes are in it and
//! may be personal. A token, an API secret and a secret of `roomConfig` never are.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Timestamp;
use crate::files::{Disk, FileError, Paths};
use crate::project::ApiKey;
use crate::token::Fingerprint;

mod batch;
mod reading;
mod revocation;
mod row;

pub use batch::Batch;
pub use reading::{Damage, Mark, NewestFirst};
pub use revocation::Revocation;
pub use row::{By, LEEWAY, Row};

/// Where tokens that are issued are written down.
#[derive(Clone, Debug)]
pub struct Ledger {
    place: Place,
    on: bool,
}

#[derive(Clone)]
enum Place {
    File { path: PathBuf, disk: Disk },
    Memory(Arc<Mutex<Kept>>),
}

/// The rows of a ledger in memory, oldest first, and how often it was purged.
#[derive(Debug, Default)]
struct Kept {
    rows: Vec<Row>,
    purges: u64,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { path, .. } => f.debug_tuple("File").field(path).finish(),
            Self::Memory(_) => f.write_str("Memory"),
        }
    }
}

/// Which rows are to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    /// Those of tokens that no server takes any more.
    Expired,
    /// Those issued before this moment, alive or not.
    Before(Timestamp),
    /// All of them.
    All,
}

impl Purge {
    /// Whether this row is to go at `now`.
    #[must_use]
    pub fn takes(self, row: &Row, now: Timestamp) -> bool {
        match self {
            Self::Expired => !row.is_alive(now),
            Self::Before(moment) => row.at < moment,
            Self::All => true,
        }
    }
}

/// What a purge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Rows that are gone.
    pub gone: u64,
    /// Rows that stay.
    pub kept: u64,
}

impl Ledger {
    /// The file in the state folder. It need not exist.
    #[must_use]
    pub fn file(paths: &Paths, disk: Disk) -> Self {
        Self { place: Place::File { path: paths.state.join("ledger.jsonl"), disk }, on: true }
    }

    /// For this process only; copies of it share their rows, which are given oldest first.
    #[must_use]
    pub fn memory(rows: Vec<Row>) -> Self {
        Self { place: Place::Memory(Arc::new(Mutex::new(Kept { rows, purges: 0 }))), on: true }
    }

    /// Switched on or off. Off, nothing more is written; what is there can be read and purged.
    #[must_use]
    pub fn switched(self, on: bool) -> Self {
        Self { on, ..self }
    }

    /// Whether tokens are written down.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Where it is; `None` for one in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File { path, .. } => Some(path),
            Place::Memory(_) => None,
        }
    }

    /// Writes a row down, unless the ledger is off. Called after signing and before the token is handed out.
    ///
    /// # Errors
    /// Why it is not written down. That never keeps a token from being handed out; it is told.
    pub fn record(&self, row: &Row) -> Result<(), FileError> {
        self.record_all(std::slice::from_ref(row))
    }

    /// As [`Ledger::record`], for several at once: all of them in one write.
    ///
    /// A batch of many thousands should not fill a person's ledger: give it one [`Row::of_batch`] instead.
    ///
    /// # Errors
    /// As [`Ledger::record`].
    pub fn record_all(&self, rows: &[Row]) -> Result<(), FileError> {
        if !self.on || rows.is_empty() {
            return Ok(());
        }
        match &self.place {
            Place::File { path, disk } => {
                let mut lines = Vec::new();
                for row in rows {
                    row.write_line(&mut lines);
                }
                disk.hold(path)?.append(&lines)
            }
            Place::Memory(all) => {
                lock(all).rows.extend_from_slice(rows);
                Ok(())
            }
        }
    }

    /// The rows, newest first, block by block.
    ///
    /// # Errors
    /// What keeps the file from being read.
    pub fn newest_first(&self) -> Result<Reading, FileError> {
        Ok(match &self.place {
            Place::File { path, .. } => Reading::File(Box::new(NewestFirst::open(path)?)),
            Place::Memory(all) => {
                let all = lock(all);
                Reading::Memory { rows: Some(all.rows.clone()), mark: Mark::of_memory(&all) }
            }
        })
    }

    /// The rows that were added since `mark`, oldest first, and moves the mark behind them. `None` if the ledger was
    /// purged since: everything has to be read again.
    ///
    /// # Errors
    /// What keeps the file from being read.
    pub fn added_since(&self, mark: &mut Mark) -> Result<Option<Vec<Row>>, FileError> {
        match &self.place {
            Place::File { path, .. } => reading::added(path, mark),
            Place::Memory(all) => {
                let all = lock(all);
                let before = std::mem::replace(mark, Mark::of_memory(&all));
                Ok(before.added_in(&all))
            }
        }
    }

    /// The row of this token, the newest if there are several.
    ///
    /// # Errors
    /// What keeps the file from being read.
    pub fn find(&self, fingerprint: Fingerprint) -> Result<Option<Row>, FileError> {
        let mut reading = self.newest_first()?;
        while let Some(rows) = reading.next_rows()? {
            if let Some(row) = rows.into_iter().find(|row| row.fingerprint == fingerprint) {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Room, identity and end of every token that joins and that a server would still take at `now`.
    ///
    /// # Errors
    /// What keeps the file from being read.
    pub fn alive(&self, now: Timestamp) -> Result<Vec<(String, String, Timestamp)>, FileError> {
        match &self.place {
            Place::File { path, .. } => {
                let mut reading = NewestFirst::open(path)?;
                let mut alive = Vec::new();
                while let Some(lines) = reading.next_lines()? {
                    alive.extend(lines.iter().filter_map(|(_, line)| row::alive_participant(line, now)));
                }
                Ok(alive)
            }
            Place::Memory(all) => Ok(lock(all)
                .rows
                .iter()
                .filter(|row| row.joins && row.is_alive(now))
                .map(|row| (row.room.clone(), row.identity.clone(), row.expires_at))
                .collect()),
        }
    }

    /// How many tokens signed with this key a server that knows it would still take at `now`, and when the last of them
    /// ends.
    ///
    /// # Errors
    /// What keeps the file from being read.
    pub fn alive_under(&self, key: &ApiKey, now: Timestamp) -> Result<Option<(u64, Timestamp)>, FileError> {
        let mut alive: Option<(u64, Timestamp)> = None;
        let mut reading = self.newest_first()?;
        while let Some(rows) = reading.next_rows()? {
            for row in rows.iter().filter(|row| row.key == key.as_str() && row.is_alive(now)) {
                let (count, last) = alive.unwrap_or((0, row.expires_at));
                alive = Some((count + row.count.max(1), last.max(row.expires_at)));
            }
        }
        Ok(alive)
    }

    /// Removes rows. The lines that stay are as they were; those that were cut off go, those that cannot be read stay
    /// unless all are to go.
    ///
    /// # Errors
    /// What failed; the ledger is then as it was.
    pub fn purge(&self, which: Purge, now: Timestamp) -> Result<Purged, FileError> {
        let goes = |row: &Row| which.takes(row, now);
        match &self.place {
            Place::File { path, disk } => purge_file(path, disk, which == Purge::All, goes),
            Place::Memory(all) => {
                let mut all = lock(all);
                let before = all.rows.len() as u64;
                all.rows.retain(|row| !goes(row));
                all.purges += 1;
                let kept = all.rows.len() as u64;
                Ok(Purged { gone: before - kept, kept })
            }
        }
    }

    /// How many rows a purge would remove and leave.
    ///
    /// # Errors
    /// What keeps the file from being read.
    pub fn count(&self, which: Purge, now: Timestamp) -> Result<Purged, FileError> {
        let mut counted = Purged::default();
        let mut reading = self.newest_first()?;
        while let Some(rows) = reading.next_rows()? {
            for row in rows {
                *(if which.takes(&row, now) { &mut counted.gone } else { &mut counted.kept }) += 1;
            }
        }
        Ok(counted)
    }

    /// The number of the first line that is no row, counted from 1.
    #[must_use]
    pub fn first_damaged_line(&self, damage: Damage) -> Option<u64> {
        self.path().and_then(|path| reading::first_line(path, damage))
    }
}

fn lock(all: &Mutex<Kept>) -> std::sync::MutexGuard<'_, Kept> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

fn purge_file(
    path: &Path,
    disk: &Disk,
    everything: bool,
    goes: impl Fn(&Row) -> bool,
) -> Result<Purged, FileError> {
    if NewestFirst::open(path)?.is_empty() {
        return Ok(Purged::default());
    }
    let held = disk.hold(path)?;
    // Read under the lock: nothing is added meanwhile.
    let mut reading = NewestFirst::open(path)?;
    let mut fragments = 0_u64;
    let mut purged = Purged::default();
    let mut stay: Vec<Vec<u8>> = Vec::new();
    while let Some(lines) = reading.next_lines()? {
        for (_, line) in lines {
            match Row::of_line(&line) {
                Ok(row) if goes(&row) => purged.gone += 1,
                Ok(_) => {
                    purged.kept += 1;
                    stay.push(line);
                }
                Err(row::NoRow::Unreadable) if !everything => stay.push(line),
                Err(_) => fragments += 1,
            }
        }
    }
    if purged.gone + fragments == 0 {
        return Ok(purged);
    }
    let mut contents = Vec::with_capacity(stay.iter().map(|line| line.len() + 1).sum());
    for line in stay.iter().rev() {
        contents.extend_from_slice(line);
        contents.push(b'\n');
    }
    held.replace(&contents)?;
    Ok(purged)
}

/// The rows of a ledger, newest first, block by block.
#[derive(Debug)]
pub enum Reading {
    /// Of a file.
    File(Box<NewestFirst>),
    /// Of one in memory.
    Memory {
        /// All of them, oldest first, until they are taken.
        rows: Option<Vec<Row>>,
        /// Where what is added later begins.
        mark: Mark,
    },
}

impl Reading {
    /// The next rows, newest first; `None` when all have been read. There may be none of them before that.
    ///
    /// # Errors
    /// What keeps the file from being read.
    pub fn next_rows(&mut self) -> Result<Option<Vec<Row>>, FileError> {
        match self {
            Self::File(reading) => reading.next_rows(),
            Self::Memory { rows, .. } => Ok(rows.take().map(|rows| rows.into_iter().rev().collect())),
        }
    }

    /// The lines met so far that are no rows.
    #[must_use]
    pub fn damage(&self) -> Damage {
        match self {
            Self::File(reading) => reading.damage(),
            Self::Memory { .. } => Damage::default(),
        }
    }

    /// Where what is added from now on begins. Known once the first rows have been read.
    #[must_use]
    pub fn mark(&self) -> Mark {
        match self {
            Self::File(reading) => reading.mark(),
            Self::Memory { mark, .. } => mark.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
