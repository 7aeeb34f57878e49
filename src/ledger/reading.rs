//! Reading the file: from its end, since what one asks for is new; and what has been added since.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::row::NoRow;
use super::{Kept, Row};
use crate::files::{self, FileError, Others};

/// The first block is small, so that the first screenful is there at once: some fifty rows.
const FIRST_BLOCK: u64 = 16 << 10;
const BLOCK: u64 = 1 << 20;

/// Lines without their line breaks, and where in the file each begins.
pub(super) type Lines = Vec<(u64, Vec<u8>)>;

/// Lines of the file that are no rows. They are passed over, and told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// Lines that end in the middle: whoever wrote them was stopped.
    pub cut_off: u64,
    /// Lines that are something else.
    pub unreadable: u64,
    /// Where in the file the earliest of them begins, in bytes.
    first: Option<u64>,
}

impl Damage {
    /// How many there are.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.cut_off + self.unreadable
    }

    fn note(&mut self, at: u64, why: NoRow) {
        match why {
            NoRow::CutOff => self.cut_off += 1,
            NoRow::Unreadable => self.unreadable += 1,
        }
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
    }
}

/// How much of the file has been read, so that what is added later can be read by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The file's number, or how often a ledger in memory was purged.
    file: Option<u64>,
    /// In bytes, or in rows.
    end: u64,
}

impl Mark {
    pub(super) fn of_memory(kept: &Kept) -> Self {
        Self { file: Some(kept.purges), end: kept.rows.len() as u64 }
    }

    /// The rows that this mark does not have yet; `None` if some of those that it has are gone.
    pub(super) fn added_in(&self, kept: &Kept) -> Option<Vec<Row>> {
        if self.file != Some(kept.purges) {
            return None;
        }
        usize::try_from(self.end).ok().and_then(|end| kept.rows.get(end..)).map(<[Row]>::to_vec)
    }
}

/// Which file it is: a purge puts another one in its place. Where that cannot be told, a file that became shorter
/// is another one.
#[cfg(unix)]
fn number_of(metadata: &std::fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.ino()
}

#[cfg(not(unix))]
fn number_of(_: &std::fs::Metadata) -> u64 {
    0
}

/// The rows of a file, newest first, block by block.
#[derive(Debug)]
pub struct NewestFirst {
    path: PathBuf,
    file: Option<File>,
    /// Everything from here on has been read.
    from: u64,
    /// The end of a line whose beginning has not been read yet.
    rest: Vec<u8>,
    /// Whether the last line of the file is still to come.
    at_end: bool,
    mark: Mark,
    damage: Damage,
}

impl NewestFirst {
    /// Nothing is read yet; no file is no rows.
    pub(super) fn open(path: &Path) -> Result<Self, FileError> {
        let file = files::open(path, Others::Nothing)?;
        let metadata = file.as_ref().map(File::metadata).transpose();
        let metadata = metadata.map_err(|error| FileError::failed("read", path, &error))?;
        let from = metadata.as_ref().map_or(0, std::fs::Metadata::len);
        let mark = Mark { file: metadata.as_ref().map(number_of), end: from };
        Ok(Self {
            path: path.to_owned(),
            file,
            from,
            rest: Vec::new(),
            at_end: true,
            mark,
            damage: Damage::default(),
        })
    }

    /// Whether there is nothing in the file.
    pub(super) fn is_empty(&self) -> bool {
        self.from == 0 && self.rest.is_empty()
    }

    /// The next lines, newest first, with where each begins; `None` at the beginning of the file. Between the two
    /// there may be no lines, when one is longer than a block.
    pub(super) fn next_lines(&mut self) -> Result<Option<Lines>, FileError> {
        if self.is_empty() {
            return Ok(None);
        }
        let Some(file) = &mut self.file else { return Ok(None) };
        let size = if self.at_end && self.rest.is_empty() { FIRST_BLOCK } else { BLOCK };
        let start = self.from.saturating_sub(size);
        let mut block = vec![0; usize::try_from(self.from - start).unwrap_or(0)];
        file.seek(SeekFrom::Start(start))
            .and_then(|_| file.read_exact(&mut block))
            .map_err(|error| FileError::failed("read", &self.path, &error))?;
        block.append(&mut self.rest);
        self.from = start;
        // The line that the block begins with may have begun before it.
        let whole = if start == 0 {
            0
        } else if let Some(at) = block.iter().position(|byte| *byte == b'\n') {
            at + 1
        } else {
            self.rest = block;
            return Ok(Some(Vec::new()));
        };
        let mut lines = Vec::new();
        let mut end = block.len();
        while end > whole || (self.at_end && end == whole && end > 0) {
            let text = &block[whole..end];
            let begin = whole + text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let line = &block[begin..end];
            let at = start + begin as u64;
            if std::mem::take(&mut self.at_end) {
                // What has no line break yet is being written, or whoever did so was killed. If all of it is there it
                // counts; if not, it is read when the rest is.
                if line.is_empty() || Row::of_line(line).is_err() {
                    self.mark.end = at;
                } else {
                    lines.push((at, line.to_vec()));
                }
            } else if !line.is_empty() {
                lines.push((at, line.to_vec()));
            }
            if begin == whole {
                break;
            }
            end = begin - 1;
        }
        self.rest = block;
        self.rest.truncate(whole);
        Ok(Some(lines))
    }

    /// The next rows, newest first; `None` when all have been read. There may be none of them before that.
    ///
    /// # Errors
    /// What keeps the file from being read.
    pub fn next_rows(&mut self) -> Result<Option<Vec<Row>>, FileError> {
        let Some(lines) = self.next_lines()? else { return Ok(None) };
        let mut rows = Vec::with_capacity(lines.len());
        for (at, line) in lines {
            match Row::of_line(&line) {
                Ok(row) => rows.push(row),
                Err(why) => self.damage.note(at, why),
            }
        }
        Ok(Some(rows))
    }

    /// The lines met so far that are no rows.
    #[must_use]
    pub fn damage(&self) -> Damage {
        self.damage
    }

    /// Where what is added from now on begins.
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.mark.clone()
    }
}

/// What has been added since a mark, oldest first; `None` if another file stands there now.
pub(super) fn added(path: &Path, mark: &mut Mark) -> Result<Option<Vec<Row>>, FileError> {
    let failed = |error: io::Error| FileError::failed("read", path, &error);
    let Some(mut file) = files::open(path, Others::Nothing)? else {
        return Ok((*mark == Mark::default()).then(Vec::new));
    };
    let metadata = file.metadata().map_err(failed)?;
    if metadata.len() < mark.end || mark.file != Some(number_of(&metadata)) {
        return Ok(None);
    }
    if metadata.len() == mark.end {
        return Ok(Some(Vec::new()));
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(mark.end)).and_then(|_| file.read_to_end(&mut bytes)).map_err(failed)?;
    let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') else { return Ok(Some(Vec::new())) };
    mark.end += last as u64 + 1;
    Ok(Some(bytes[..last].split(|byte| *byte == b'\n').filter_map(|line| Row::of_line(line).ok()).collect()))
}

/// The number of the first line that is no row, counted from 1.
pub(super) fn first_line(path: &Path, damage: Damage) -> Option<u64> {
    let file = files::open(path, Others::Nothing).ok()??;
    let mut before = file.take(damage.first?);
    let (mut lines, mut block) = (1, vec![0; 64 << 10]);
    loop {
        match before.read(&mut block) {
            Ok(0) => return Some(lines),
            Ok(count) => lines += block[..count].split(|byte| *byte == b'\n').count() as u64 - 1,
            Err(_) => return None,
        }
    }
}
