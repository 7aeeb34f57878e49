//! A list that typing filters: every word must be found, the best match first, matches marked.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

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

impl Picker {
    /// A picker over these items, all of them hits. The cursor is on the one marked `current`.
    #[must_use]
    pub fn new(purpose: Purpose, title: &'static str, items: Vec<Item>) -> Self {
        let hits = (0..items.len()).map(|index| Hit { index, marked: Vec::new() }).collect();
        let cursor = items.iter().position(|item| item.mark == "current").unwrap_or(0);
        Self { purpose, title, query: TextField::line(), cursor, items, hits }
    }

    /// Finds the hits anew after the query has changed.
    pub fn search(&mut self) {
        self.cursor = 0;
        let query = self.query.text().trim();
        if query.is_empty() {
            self.hits = (0..self.items.len()).map(|index| Hit { index, marked: Vec::new() }).collect();
            return;
        }
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = self
            .items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                // A hit in the title counts for more than one that needs the detail.
                let title = pattern.score(Utf32Str::new(&item.title, &mut buffer), &mut matcher);
                let score = title
                    .map(|s| s + 1_000)
                    .or_else(|| pattern.score(Utf32Str::new(&item.detail, &mut buffer), &mut matcher))?;
                Some((score, index))
            })
            .collect();
        scored.sort_by_key(|(score, index)| (std::cmp::Reverse(*score), *index));
        let mark = |index: usize, matcher: &mut Matcher, buffer: &mut Vec<char>| {
            let mut marked = Vec::new();
            let title = Utf32Str::new(&self.items[index].title, buffer);
            pattern.indices(title, matcher, &mut marked);
            marked.sort_unstable();
            marked.dedup();
            marked
        };
        // Marks are only looked at on the first screenful; for the rest the search would cost twice.
        self.hits = scored
            .into_iter()
            .enumerate()
            .map(|(at, (_, index))| Hit {
                index,
                marked: if at < 64 { mark(index, &mut matcher, &mut buffer) } else { Vec::new() },
            })
            .collect();
    }

    /// The hits, the best first.
    #[must_use]
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }

    /// All items.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The place of the hit under the cursor among the items.
    #[must_use]
    pub fn taken(&self) -> Option<usize> {
        self.hits.get(self.cursor).map(|hit| hit.index)
    }
}

#[cfg(test)]
mod tests {
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
    fn what_matched_is_marked() {
        let mut picker = picker(&["acme"]);
        found(&mut picker, "cm");
        assert_eq!(picker.hits()[0].marked, [1, 2]);
    }
}
