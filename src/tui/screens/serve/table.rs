//! A table of what came last: so many rows and no more, the newest first.

use std::collections::VecDeque;
use std::fmt::Debug;

use crate::server::listener::Row;
use crate::webhook::receive::Heard;

/// The most requests that are kept.
pub const MOST: usize = 1_000;
/// The most webhooks that are kept.
pub const MOST_WEBHOOKS: usize = 500;
/// The most bytes of bodies that are kept; of what is older only its row stays.
const MOST_BYTES: usize = 8 << 20;

/// Something that came in.
pub trait Entry: Clone + Debug + PartialEq {
    /// Whether it has this in it, which is in small letters.
    fn has(&self, word: &str) -> bool;
    /// How much of it is worth forgetting, in bytes.
    fn bulk(&self) -> usize {
        0
    }
    /// Forgets that.
    fn forget_bulk(&mut self) {}
}

/// What came last.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<T> {
    /// The newest first.
    rows: VecDeque<T>,
    most: usize,
    bulk: usize,
    /// The places of those that match, if not all do.
    matching: Option<Vec<usize>>,
    wanted: String,
    cursor: usize,
    /// How many came and are not here: they were too many, or came too fast.
    forgotten: u64,
}

impl<T: Entry> Table<T> {
    /// An empty one for so many rows.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            rows: VecDeque::new(),
            most,
            bulk: 0,
            matching: None,
            wanted: String::new(),
            cursor: 0,
            forgotten: 0,
        }
    }

    /// Takes rows in, the newest last. The cursor stays on its row, or on the newest if it is there.
    pub fn take(&mut self, rows: Vec<T>) {
        let mut under = self.place(self.cursor).filter(|_| self.cursor > 0);
        for row in rows {
            self.bulk += row.bulk();
            self.rows.push_front(row);
            under = under.map(|at| at + 1);
        }
        while self.rows.len() > self.most {
            self.bulk -= self.rows.pop_back().map_or(0, |row| row.bulk());
            self.forgotten += 1;
        }
        let mut oldest = self.rows.iter_mut().rev();
        while self.bulk > MOST_BYTES
            && let Some(row) = oldest.next()
        {
            self.bulk -= row.bulk();
            row.forget_bulk();
        }
        self.look();
        self.cursor = match under {
            Some(at) => self.index_of(at),
            None => 0,
        };
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many came and are no longer kept.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// So many more came, and never got here.
    pub fn missed(&mut self, rows: u64) {
        self.forgotten += rows;
    }

    /// How many of them are shown.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.matching.as_ref().map_or(self.rows.len(), Vec::len)
    }

    /// Whether some are left out.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.matching.is_some()
    }

    /// The row shown at this place.
    #[must_use]
    pub fn row(&self, at: usize) -> Option<&T> {
        self.place(at).and_then(|place| self.rows.get(place))
    }

    /// The row under the cursor, among those that are shown.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The row under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<&T> {
        self.row(self.cursor)
    }

    /// Puts the cursor on a row.
    pub fn set_cursor(&mut self, at: usize) {
        self.cursor = at.min(self.shown().saturating_sub(1));
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        *self = Self::new(self.most);
    }

    /// Shows only the rows that have all of these words, in small letters. The cursor stays on its row if that does.
    pub fn find(&mut self, wanted: &str) {
        let wanted = wanted.trim();
        if self.wanted == wanted {
            return;
        }
        let under = self.place(self.cursor);
        wanted.clone_into(&mut self.wanted);
        self.look();
        self.cursor = under.map_or(0, |at| self.index_of(at));
    }

    fn look(&mut self) {
        let words: Vec<&str> = self.wanted.split_whitespace().collect();
        self.matching = (!words.is_empty()).then(|| {
            let matches = |row: &T| words.iter().all(|word| row.has(word));
            self.rows.iter().enumerate().filter(|(_, row)| matches(row)).map(|(at, _)| at).collect()
        });
    }

    fn place(&self, at: usize) -> Option<usize> {
        match &self.matching {
            Some(matching) => matching.get(at).copied(),
            None => (at < self.rows.len()).then_some(at),
        }
    }

    /// Where the row of this place is shown, or the one nearest to it.
    fn index_of(&self, place: usize) -> usize {
        let last = self.shown().saturating_sub(1);
        match &self.matching {
            Some(matching) => matching.partition_point(|at| *at < place).min(last),
            None => place.min(last),
        }
    }
}

fn contains(text: &str, word: &str) -> bool {
    text.to_lowercase().contains(word)
}

impl Entry for Row {
    fn has(&self, word: &str) -> bool {
        let outcome = &self.outcome;
        let reason = outcome.reason.map_or("signed", crate::server::Reason::as_str);
        [&self.origin, &outcome.identity, &outcome.room, &outcome.sentence, &self.path]
            .iter()
            .any(|text| contains(text, word))
            || contains(reason, word)
            || self.status.to_string().contains(word)
            || self.peer.to_string().contains(word)
            || outcome.key.as_ref().is_some_and(|key| contains(key, word))
    }
}

impl Entry for Heard {
    fn has(&self, word: &str) -> bool {
        let verdict = if self.accepted() { "verified" } else { "refused" };
        self.about().iter().any(|text| contains(text, word))
            || contains(self.why(), word)
            || verdict.contains(word)
            || self.peer.to_string().contains(word)
    }

    fn bulk(&self) -> usize {
        self.body.len()
    }

    fn forget_bulk(&mut self) {
        self.body = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Word(&'static str, usize);

    impl Entry for Word {
        fn has(&self, word: &str) -> bool {
            self.0.contains(word)
        }

        fn bulk(&self) -> usize {
            self.1
        }

        fn forget_bulk(&mut self) {
            self.1 = 0;
        }
    }

    fn words(names: &[&'static str]) -> Vec<Word> {
        names.iter().map(|name| Word(name, 0)).collect()
    }

    fn shown(table: &Table<Word>) -> Vec<&'static str> {
        (0..table.shown()).map(|at| table.row(at).unwrap().0).collect()
    }

    #[test]
    fn the_newest_is_on_top_and_what_is_too_much_is_counted() {
        let mut table = Table::new(3);
        table.take(words(&["a", "b"]));
        table.take(words(&["c", "d", "e"]));
        assert_eq!((shown(&table), table.forgotten()), (vec!["e", "d", "c"], 2));
    }

    #[test]
    fn the_cursor_stays_on_its_row_unless_it_is_on_the_newest() {
        let mut table = Table::new(4);
        table.take(words(&["a", "b", "c"]));
        table.take(words(&["d"]));
        assert_eq!(table.selected(), Some(&Word("d", 0)));
        table.set_cursor(2);
        table.take(words(&["e"]));
        assert_eq!(table.selected(), Some(&Word("b", 0)));
        table.take(words(&["f", "g", "h"]));
        assert_eq!(table.selected(), Some(&Word("e", 0)), "its row is gone, the oldest is nearest");
    }

    #[test]
    fn a_filter_holds_for_what_comes_later_too() {
        let mut table = Table::new(9);
        table.take(words(&["alice", "bob", "alina"]));
        table.set_cursor(2);
        table.find(" ali ");
        assert_eq!((shown(&table), table.selected()), (vec!["alina", "alice"], Some(&Word("alice", 0))));
        table.take(words(&["carol", "alan ali"]));
        assert_eq!(shown(&table), ["alan ali", "alina", "alice"]);
        assert_eq!(table.selected(), Some(&Word("alice", 0)));
        table.find("");
        assert_eq!((table.shown(), table.selected()), (5, Some(&Word("alice", 0))));
        table.find("zebra");
        assert_eq!((table.shown(), table.selected()), (0, None));
    }

    #[test]
    fn bodies_are_forgotten_before_rows_are() {
        let mut table = Table::new(9);
        let half = MOST_BYTES / 2;
        table.take(vec![Word("a", half), Word("b", half)]);
        assert_eq!(table.bulk, MOST_BYTES);
        table.take(vec![Word("c", 1)]);
        assert_eq!((table.len(), table.bulk, table.row(2)), (3, half + 1, Some(&Word("a", 0))));
        table.clear();
        assert_eq!((table.len(), table.bulk), (0, 0));
    }
}
