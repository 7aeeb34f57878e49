//! Ledger: what was issued, the living first, each part newest first.
//!
//! A ledger may have a hundred thousand rows, so nothing here goes through all of them between two keys: they are
//! looked through in pieces, as they come in or as a filter is typed, and only those in view are drawn.

use std::collections::VecDeque;

use memchr::memmem::Finder;

use crate::clock::Timestamp;
use crate::ledger::{Damage, LEEWAY, Row};
use crate::project::ApiKey;
use crate::tui::message::{Failure, LedgerPiece};
use crate::tui::widgets::text_field::TextField;

pub mod view;

/// How far reading is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum State {
    /// Nobody has looked yet.
    #[default]
    Unread,
    /// Rows are coming in.
    Reading,
    /// All are there.
    Read(Damage),
    /// The ledger cannot be read.
    Failed(Failure),
}

/// The parts of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// The rows.
    #[default]
    List,
    /// The row under the cursor.
    Details,
}

/// Names a row: the newest has the smallest.
type Id = i64;

/// So many rows are looked through for a filter between two keys: what nobody has looked at for a while has to come
/// from far away in memory, which takes many times longer than looking.
const LOOK: usize = 1_000;

/// Rows as they came in: none of them is moved when more come.
#[derive(Clone, Debug, Default, PartialEq)]
struct Pieces {
    /// Each with the place of its first row among all of them.
    pieces: Vec<(usize, LedgerPiece)>,
}

impl Pieces {
    fn push(&mut self, piece: LedgerPiece) {
        if !piece.rows().is_empty() {
            self.pieces.push((self.len(), piece));
        }
    }

    fn len(&self) -> usize {
        self.pieces.last().map_or(0, |(first, piece)| first + piece.rows().len())
    }

    /// The piece with this row, and the row's place in it.
    fn find(&self, at: usize) -> Option<(&LedgerPiece, usize)> {
        let piece = self.pieces.partition_point(|(first, _)| *first <= at).checked_sub(1)?;
        let (first, piece) = &self.pieces[piece];
        (at - first < piece.rows().len()).then(|| (piece, at - first))
    }
}

/// The screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// How far reading is.
    pub state: State,
    /// Whether tokens are written down.
    pub on: bool,
    /// As they were read, newest first: ids from 0 up.
    older: Pieces,
    /// As they were added since, oldest first: ids from -1 down.
    newer: Pieces,
    /// Rows that are not shown any more. To free a hundred thousand takes longer than a keystroke may, so one piece
    /// is freed at a time.
    outdated: Vec<(usize, LedgerPiece)>,
    /// Those that match and still work, by id.
    alive: VecDeque<Id>,
    /// Those that match and have expired, by id.
    gone: VecDeque<Id>,
    /// All rows with a smaller id have been looked at.
    looked: Id,
    /// When the next of the living expires for good.
    next_end: Option<Timestamp>,
    /// The row under the cursor, among those that are shown.
    pub cursor: usize,
    /// The filter being typed.
    pub filter: Option<TextField>,
    /// What it says, in small letters.
    wanted: String,
    /// The pane with the focus.
    pub pane: Pane,
    /// The first line shown of the details.
    pub scroll: usize,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            state: State::default(),
            on: true,
            older: Pieces::default(),
            newer: Pieces::default(),
            outdated: Vec::new(),
            alive: VecDeque::new(),
            gone: VecDeque::new(),
            looked: 0,
            next_end: None,
            cursor: 0,
            filter: None,
            wanted: String::new(),
            pane: Pane::List,
            scroll: 0,
        }
    }
}

impl Ledger {
    /// The piece with this row, and the row's place in it.
    fn find(&self, id: Id) -> Option<(&LedgerPiece, usize)> {
        match usize::try_from(id) {
            Ok(at) => self.older.find(at),
            Err(_) => self.newer.find(usize::try_from(-(id + 1)).ok()?),
        }
    }

    /// When the row expires.
    fn end_of(&self, id: Id) -> Option<Timestamp> {
        self.find(id).map(|(piece, at)| piece.until()[at])
    }

    fn pieces(&self) -> impl Iterator<Item = &LedgerPiece> {
        self.older.pieces.iter().chain(&self.newer.pieces).map(|(_, piece)| piece)
    }

    fn first_id(&self) -> Id {
        -Id::try_from(self.newer.len()).unwrap_or(Id::MAX)
    }

    fn end_id(&self) -> Id {
        Id::try_from(self.older.len()).unwrap_or(Id::MAX)
    }

    /// How many rows there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.older.len() + self.newer.len()
    }

    /// How many of those shown still work.
    #[must_use]
    pub fn alive(&self) -> usize {
        self.alive.len()
    }

    /// How many rows are shown.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.alive.len() + self.gone.len()
    }

    /// How many rows there are of tokens that no server takes any more, shown or not.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> usize {
        self.pieces().flat_map(LedgerPiece::until).filter(|end| end.plus(LEEWAY) <= now).count()
    }

    /// How many tokens signed with this key still work; `None` while the rows are not all there.
    #[must_use]
    pub fn alive_under(&self, key: &ApiKey, now: Timestamp) -> Option<u64> {
        if !matches!(self.state, State::Read(_)) {
            return None;
        }
        let rows = self.pieces().flat_map(LedgerPiece::rows);
        let alive = rows.filter(|row| row.key == key.as_str() && row.is_alive(now));
        Some(alive.map(|row| row.count.max(1)).sum())
    }

    /// Whether there are rows that have not been looked at yet.
    #[must_use]
    pub fn is_looking(&self) -> bool {
        self.looked < self.end_id()
    }

    /// Whether some rows are left out.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.wanted.is_empty()
    }

    fn id_at(&self, at: usize) -> Option<Id> {
        self.alive.get(at).or_else(|| self.gone.get(at.checked_sub(self.alive.len())?)).copied()
    }

    /// The row shown at this place.
    #[must_use]
    pub fn row(&self, at: usize) -> Option<&Row> {
        self.id_at(at).and_then(|id| self.find(id)).map(|(piece, at)| &piece.rows()[at])
    }

    /// The row under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<&Row> {
        self.row(self.cursor)
    }

    /// Takes rows in that are older than those before; `anew` forgets those first.
    pub fn take(&mut self, anew: bool, rows: LedgerPiece, now: Timestamp) {
        if anew {
            let cursor = self.cursor;
            for rows in [&mut self.older, &mut self.newer] {
                self.outdated.append(&mut std::mem::take(rows).pieces);
            }
            self.start_over();
            self.cursor = cursor;
        }
        self.state = State::Reading;
        self.older.push(rows);
        self.look(now);
        self.outdated.pop();
    }

    /// Takes rows in that are newer than all others, the newest last.
    pub fn add(&mut self, rows: LedgerPiece, now: Timestamp) {
        let wanted = finders(&self.wanted);
        let before = self.first_id();
        self.newer.push(rows);
        for id in (self.first_id()..before).rev() {
            let Some(end) = self.end_if_wanted(id, &wanted) else { continue };
            let under = self.id_at(self.cursor).filter(|_| self.cursor > 0);
            if end.plus(LEEWAY) > now {
                self.alive.push_front(id);
                self.note_end(end);
            } else {
                self.gone.push_front(id);
            }
            if let Some(under) = under {
                self.go_to(under);
            }
        }
    }

    fn note_end(&mut self, end: Timestamp) {
        let end = end.plus(LEEWAY);
        self.next_end = Some(self.next_end.map_or(end, |next| next.min(end)));
    }

    /// When the row expires, if it has all that is wanted.
    fn end_if_wanted(&self, id: Id, wanted: &[Finder<'_>]) -> Option<Timestamp> {
        let (piece, at) = self.find(id)?;
        let has = |word: &Finder<'_>| word.find(piece.words(at).as_bytes()).is_some();
        wanted.iter().all(has).then(|| piece.until()[at])
    }

    fn start_over(&mut self) {
        self.alive.clear();
        self.gone.clear();
        self.looked = self.first_id();
        self.next_end = None;
        self.cursor = 0;
        self.scroll = 0;
    }

    /// Looks at the next piece of the rows.
    pub fn look(&mut self, now: Timestamp) {
        let wanted = finders(&self.wanted);
        let end = self.end_id().min(self.looked.saturating_add(Id::try_from(LOOK).unwrap_or(Id::MAX)));
        for id in self.looked..end {
            let Some(end) = self.end_if_wanted(id, &wanted) else { continue };
            if end.plus(LEEWAY) > now {
                self.alive.push_back(id);
                self.note_end(end);
            } else {
                self.gone.push_back(id);
            }
        }
        self.looked = self.looked.max(end);
    }

    /// Shows only the rows that have all words of the text being typed.
    pub fn follow_filter(&mut self, now: Timestamp) {
        let text = self.filter.as_ref().map_or("", TextField::text);
        let wanted: String = text.trim().chars().flat_map(char::to_lowercase).collect();
        if wanted == self.wanted {
            return;
        }
        self.wanted = wanted;
        self.start_over();
        self.look(now);
    }

    /// Shows all rows again, with the cursor on the one it is on.
    pub fn clear_filter(&mut self, now: Timestamp) {
        let under = self.id_at(self.cursor);
        self.filter = None;
        if self.is_filtered() {
            self.follow_filter(now);
            if let Some(id) = under {
                // The row may be further down than the first piece reaches.
                while self.is_looking() && self.looked <= id {
                    self.look(now);
                }
                self.go_to(id);
            }
        }
    }

    fn go_to(&mut self, id: Id) {
        let gone = || self.gone.binary_search(&id).map(|at| self.alive.len() + at);
        if let Ok(at) = self.alive.binary_search(&id).or_else(|_| gone()) {
            self.cursor = at;
        }
    }

    /// Moves what has expired behind what still works. The cursor stays on its row.
    pub fn tick(&mut self, now: Timestamp) {
        self.outdated.pop();
        if self.next_end.is_none_or(|end| end > now) {
            return;
        }
        let under = self.id_at(self.cursor);
        let ids = std::mem::take(&mut self.alive);
        self.next_end = None;
        let mut expired = Vec::new();
        for id in ids {
            match self.end_of(id) {
                Some(end) if end.plus(LEEWAY) > now => {
                    self.alive.push_back(id);
                    self.note_end(end);
                }
                _ => expired.push(id),
            }
        }
        self.gone.extend(expired);
        #[expect(
            clippy::stable_sort_primitive,
            reason = "it merges two runs that are sorted already in one pass"
        )]
        self.gone.make_contiguous().sort();
        if let Some(id) = under {
            self.go_to(id);
        }
    }

    /// The ledger cannot be read: what is not shown any more is not acted upon either.
    pub fn fail(&mut self, failure: Failure) {
        *self = Self { on: self.on, state: State::Failed(failure), ..Self::default() };
    }

    /// All rows are there.
    pub fn finish(&mut self, damage: Damage) {
        self.state = State::Read(damage);
        self.cursor = self.cursor.min(self.shown().saturating_sub(1));
    }
}

/// What looks for each word of a filter.
fn finders(wanted: &str) -> Vec<Finder<'static>> {
    wanted.split_whitespace().map(|word| Finder::new(word).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::By;
    use crate::token::Fingerprint;
    use crate::tui::widgets::text_field::Kind;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn row(identity: &str, lasts: i64) -> Row {
        Row {
            at: NOW,
            project: "acme-prod".into(),
            url: "wss://acme.livekit.cloud".into(),
            key: "APIfake".into(),
            room: format!("room-of-{identity}"),
            identity: identity.into(),
            last: String::new(),
            count: 1,
            joins: true,
            grants: "join, publish".into(),
            expires_at: NOW.plus(lasts),
            fingerprint: Fingerprint::of(identity),
            by: By::Screens,
            draft: None,
        }
    }

    fn shown(ledger: &Ledger) -> Vec<&str> {
        (0..ledger.shown()).map(|at| ledger.row(at).unwrap().identity.as_str()).collect()
    }

    fn with(rows: &[(&str, i64)]) -> Ledger {
        let mut ledger = Ledger::default();
        ledger.take(true, rows.iter().map(|(name, lasts)| row(name, *lasts)).collect::<Vec<_>>().into(), NOW);
        ledger.finish(Damage::default());
        ledger
    }

    fn type_filter(ledger: &mut Ledger, text: &str) {
        ledger.filter = Some(TextField::new(Kind::Line, text));
        ledger.follow_filter(NOW);
    }

    #[test]
    fn the_living_come_first_each_part_newest_first() {
        let mut ledger = with(&[("e", -100), ("d", 60), ("c", -59), ("b", -60)]);
        ledger.take(false, vec![row("a", 10)].into(), NOW);
        assert_eq!(shown(&ledger), ["d", "c", "a", "e", "b"]);
        assert_eq!(ledger.alive(), 3);
        ledger.add(vec![row("f", 60), row("g", -100), row("h", 5)].into(), NOW);
        assert_eq!(shown(&ledger), ["h", "f", "d", "c", "a", "g", "e", "b"]);
        ledger.take(true, vec![row("x", 60)].into(), NOW);
        assert_eq!(shown(&ledger), ["x"]);
    }

    #[test]
    fn what_expires_moves_behind_the_living_and_the_cursor_stays_on_its_row() {
        let mut ledger = with(&[("c", 10), ("b", 60), ("a", -100)]);
        ledger.cursor = 0;
        ledger.tick(NOW.plus(69));
        assert_eq!(shown(&ledger), ["c", "b", "a"]);
        ledger.tick(NOW.plus(70));
        assert_eq!(shown(&ledger), ["b", "c", "a"]);
        assert_eq!(ledger.selected().unwrap().identity, "c");
        ledger.tick(NOW.plus(1_000));
        assert_eq!((shown(&ledger), ledger.alive()), (vec!["c", "b", "a"], 0));
        assert_eq!(ledger.next_end, None);
    }

    #[test]
    fn a_new_row_leaves_the_cursor_on_its_row_unless_it_is_at_the_top() {
        let mut ledger = with(&[("b", 60), ("a", 60)]);
        ledger.add(vec![row("c", 60)].into(), NOW);
        assert_eq!(ledger.selected().unwrap().identity, "c");
        ledger.cursor = 2;
        ledger.add(vec![row("d", 60), row("e", 60)].into(), NOW);
        assert_eq!(ledger.selected().unwrap().identity, "a");
    }

    #[test]
    fn a_filter_takes_all_words_anywhere_and_leaves_the_cursor_on_the_match() {
        let mut ledger = with(&[("carol", 60), ("Bob", -100), ("alice", 60)]);
        for (text, expected) in [
            ("BOB", &["Bob"][..]),
            ("acme room-of", &["carol", "alice", "Bob"]),
            ("acme ali", &["alice"]),
            ("apifake", &["carol", "alice", "Bob"]),
            ("zebra", &[]),
            (&Fingerprint::of("alice").to_string(), &["alice"]),
        ] {
            type_filter(&mut ledger, text);
            assert_eq!(shown(&ledger), expected, "{text}");
        }
        ledger.add(vec![row("dave", 60)].into(), NOW);
        assert_eq!(shown(&ledger), ["alice"], "a new row is held against the filter too");
        ledger.clear_filter(NOW);
        assert_eq!(shown(&ledger), ["dave", "carol", "alice", "Bob"]);
        assert_eq!(ledger.selected().unwrap().identity, "alice");
    }

    #[test]
    fn a_hundred_thousand_rows_are_looked_through_in_pieces() {
        let mut ledger = Ledger::default();
        let total = 100_000;
        for piece in 0..total / LOOK {
            let rows: Vec<Row> = (0..LOOK).map(|i| row(&format!("p{}", piece * LOOK + i), 60)).collect();
            ledger.take(piece == 0, rows.into(), NOW);
        }
        ledger.finish(Damage::default());
        assert_eq!((ledger.total(), ledger.shown()), (total, total));
        type_filter(&mut ledger, "p99999");
        assert!(ledger.is_looking() && ledger.shown() == 0);
        let mut pieces = 1;
        while ledger.is_looking() {
            ledger.look(NOW);
            pieces += 1;
        }
        assert_eq!((pieces, shown(&ledger)), (total / LOOK, vec!["p99999"]));
        ledger.clear_filter(NOW);
        assert_eq!(ledger.selected().unwrap().identity, "p99999");
    }
}
