//! A list that typing filters: every word must be found, the best match first, matches marked.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use unicode_width::UnicodeWidthStr;

use super::Purpose;
use crate::tui::widgets::text_field::TextField;

/// A row to pick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What is matched and shown first.
    pub title: String,
    /// Shown beside it, dim; matched too.
    pub detail: String,
    /// Shown at the right edge: a key, or `current`.
    pub mark: String,
}

/// A picker.
#[derive(Clone, Debug, PartialEq)]
pub struct Picker {
    /// What it is for.
    pub purpose: Purpose,
    /// Its heading.
    pub title: &'static str,
    /// What is typed.
    pub query: TextField,
    /// The hit under the cursor.
    pub cursor: usize,
    items: Vec<Item>,
    /// Of each item the letters of its title and of its detail.
    letters: Vec<[Letters; 2]>,
    widest: Widest,
    /// What was found for the query and, before it, for its beginnings: with each letter less is looked through, and
    /// taking one back finds what was there.
    found: Vec<Found>,
}

/// The widest of each part of the items, in columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Widest {
    /// The titles.
    pub title: usize,
    /// The details.
    pub detail: usize,
    /// The marks.
    pub mark: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    query: String,
    hits: Vec<Hit>,
}

/// A row that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its place among the items.
    pub index: usize,
    /// The characters of the title that matched.
    pub marked: Vec<u32>,
}

impl Hit {
    fn unmarked(index: usize) -> Self {
        Self { index, marked: Vec::new() }
    }
}

impl Picker {
    /// A picker over these items, all of them hits. The cursor is on the one marked `current`.
    #[must_use]
    pub fn new(purpose: Purpose, title: &'static str, items: Vec<Item>) -> Self {
        let hits = (0..items.len()).map(Hit::unmarked).collect();
        let found = vec![Found { query: String::new(), hits }];
        let cursor = items.iter().position(|item| item.mark == "current").unwrap_or(0);
        let widest = items.iter().fold(Widest::default(), |widest, item| Widest {
            title: widest.title.max(item.title.width()),
            detail: widest.detail.max(item.detail.width()),
            mark: widest.mark.max(item.mark.width()),
        });
        let letters =
            items.iter().map(|item| [&item.title, &item.detail].map(|text| Letters::of(text))).collect();
        Self { purpose, title, query: TextField::line(), cursor, items, letters, widest, found }
    }

    /// Finds the hits anew after the query has changed.
    pub fn search(&mut self) {
        self.cursor = 0;
        let query = self.query.text().trim();
        // The first is for no query, which every query begins with.
        let kept = self.found.iter().rposition(|found| narrows(&found.query, query)).unwrap_or(0);
        self.found.truncate(kept + 1);
        if self.found[kept].query == query {
            return;
        }
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
        let letters = if query.contains(SIGNS) { Letters::default() } else { Letters::asked_by(query) };
        let mut buffer = Vec::new();
        let mut score = |text: &str, has: Letters| {
            has.contains(letters).then(|| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher))?
        };
        let mut scored: Vec<(u32, usize)> = self.found[kept]
            .hits
            .iter()
            .filter_map(|hit| {
                let (item, [title, detail]) = (&self.items[hit.index], self.letters[hit.index]);
                // A hit in the title counts for more than one that needs the detail.
                let score = score(&item.title, title)
                    .map(|score| score + 1_000)
                    .or_else(|| score(&item.detail, detail))?;
                Some((score, hit.index))
            })
            .collect();
        scored.sort_unstable_by_key(|(score, index)| (std::cmp::Reverse(*score), *index));
        let mut hits: Vec<Hit> = scored.into_iter().map(|(_, index)| Hit::unmarked(index)).collect();
        // Marks are only looked at on the first screenful; for the rest the search would cost twice.
        for hit in hits.iter_mut().take(64) {
            let title = Utf32Str::new(&self.items[hit.index].title, &mut buffer);
            pattern.indices(title, &mut matcher, &mut hit.marked);
            hit.marked.sort_unstable();
            hit.marked.dedup();
        }
        self.found.push(Found { query: query.to_owned(), hits });
    }

    /// The hits, the best first.
    #[must_use]
    pub fn hits(&self) -> &[Hit] {
        self.found.last().map_or(&[], |found| &found.hits)
    }

    /// How wide the items are.
    #[must_use]
    pub fn widest(&self) -> Widest {
        self.widest
    }

    /// All items.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The place of the hit under the cursor among the items.
    #[must_use]
    pub fn taken(&self) -> Option<usize> {
        self.hits().get(self.cursor).map(|hit| hit.index)
    }
}

/// Whether whatever has `query` in it has its beginning in it. Not so for the signs that the matcher obeys: `!prod` is
/// what has no `prod`, and in `a$b` the end of `a$` is none any more.
fn narrows(beginning: &str, query: &str) -> bool {
    beginning.is_empty() || beginning == query || (query.starts_with(beginning) && !query.contains(SIGNS))
}

/// What the matcher obeys instead of looking for it.
const SIGNS: [char; 5] = ['!', '^', '$', '\'', '\\'];

/// Which letters and digits are in a text: whoever lacks one that is looked for need not be matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Letters(u64);

impl Letters {
    /// Of a text that is looked through. The matcher takes `u` for found in `ü`, so what is not ASCII may have them all.
    fn of(text: &str) -> Self {
        if text.is_ascii() { Self::asked_by(text) } else { Self(u64::MAX) }
    }

    /// Of a text that is looked for.
    fn asked_by(text: &str) -> Self {
        let bit = |byte: u8| match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => 1 << (letter - b'a'),
            digit @ b'0'..=b'9' => 1 << (26 + digit - b'0'),
            _ => 0,
        };
        Self(text.bytes().fold(0, |all, byte| all | bit(byte)))
    }

    fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert_eq, proptest};

    use super::*;

    fn picker(titles: &[&str]) -> Picker {
        let item =
            |title: &&str| Item { title: (*title).into(), detail: "wss://x".into(), mark: String::new() };
        Picker::new(Purpose::Project, "Project", titles.iter().map(item).collect())
    }

    fn found(picker: &mut Picker, query: &str) -> Vec<String> {
        picker.query.replace(query);
        picker.search();
        picker.hits().iter().map(|hit| picker.items()[hit.index].title.clone()).collect()
    }

    #[test]
    fn typing_narrows_and_the_best_comes_first() {
        let mut picker = picker(&["acme-staging", "acme-prod", "local dev", "Zürich"]);
        assert_eq!(found(&mut picker, "prod"), ["acme-prod"]);
        assert_eq!(found(&mut picker, "acs"), ["acme-staging"]);
        assert_eq!(found(&mut picker, "zurich"), ["Zürich"]);
        assert_eq!(found(&mut picker, "zebra"), Vec::<String>::new());
        assert_eq!(found(&mut picker, "").len(), 4);
    }

    #[test]
    fn letter_by_letter_as_at_once_every_row_is_found_that_the_matcher_finds() {
        let query = proptest::collection::vec(
            proptest::sample::select(vec!["a", "B", "7", " ", "!", "$", "^", "'", "\\", "ü"]),
            0..6,
        );
        proptest!(|(titles in proptest::collection::vec("[abüÄ7$! -]{0,5}", 1..12), queries in proptest::collection::vec(query, 1..4))| {
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            let mut typed = picker(&titles);
            for letters in queries {
                for end in 0..=letters.len() {
                    let query = letters[..end].concat();
                    let mut at_once = found(&mut picker(&titles), &query);
                    prop_assert_eq!(&found(&mut typed, &query), &at_once, "{:?}", query);
                    let pattern = Pattern::parse(query.trim(), CaseMatching::Ignore, Normalization::Smart);
                    let (mut matcher, mut buffer) = (Matcher::new(Config::DEFAULT), Vec::new());
                    let mut has = |text| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher).is_some();
                    let mut every: Vec<&str> = titles.iter().copied().filter(|title| has(title) || has("wss://x")).collect();
                    every.sort_unstable();
                    at_once.sort_unstable();
                    prop_assert_eq!(at_once, every, "{:?}", query);
                }
            }
        });
    }

    #[test]
    fn what_matched_is_marked() {
        let mut picker = picker(&["acme"]);
        found(&mut picker, "cm");
        assert_eq!(picker.hits()[0].marked, [1, 2]);
    }
}
