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
        Self { purpose, title, query: TextField::line(), cursor, items, widest, found }
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
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = self.found[kept]
            .hits
            .iter()
            .filter_map(|hit| {
                let item = &self.items[hit.index];
                // A hit in the title counts for more than one that needs the detail.
                let title = pattern.score(Utf32Str::new(&item.title, &mut buffer), &mut matcher);
                let score = title
                    .map(|s| s + 1_000)
                    .or_else(|| pattern.score(Utf32Str::new(&item.detail, &mut buffer), &mut matcher))?;
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
    beginning.is_empty()
        || beginning == query
        || (query.starts_with(beginning) && !query.contains(['!', '^', '$', '\'', '\\']))
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
    fn letter_by_letter_the_same_is_found_as_at_once() {
        let query = proptest::collection::vec(
            proptest::sample::select(vec!["a", "b", " ", "!", "$", "^", "'", "\\", "ü"]),
            0..6,
        );
        proptest!(|(titles in proptest::collection::vec("[abü$! ]{0,5}", 1..12), queries in proptest::collection::vec(query, 1..4))| {
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            let mut typed = picker(&titles);
            for letters in queries {
                for end in 0..=letters.len() {
                    let query = letters[..end].concat();
                    prop_assert_eq!(found(&mut typed, &query), found(&mut picker(&titles), &query), "{:?}", query);
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
