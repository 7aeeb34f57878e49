//! What is different between two drafts, row by row of the catalogue: what a preset would change.

use crate::claims::catalog::{ENTRIES, Entry};
use crate::claims::draft::Draft;
use crate::text::beginning;

/// One row that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The catalogue's path; `other claims` for what has no row.
    pub path: &'static str,
    /// What it was, in a line; `None` if unset.
    pub before: Option<String>,
    /// What it is now.
    pub after: Option<String>,
}

/// So much of a value is shown.
const MOST: usize = 60;

/// The rows in which two drafts differ, in the order of the catalogue.
#[must_use]
pub fn differences(before: &Draft, after: &Draft) -> Vec<Difference> {
    let said = |draft: &Draft, entry: &Entry| {
        let typed = entry.is_set(draft).then(|| draft.typed(entry))?;
        let line: Vec<&str> = typed.split_whitespace().collect();
        Some(beginning(&line.join(" "), MOST))
    };
    let differs = |entry: &&Entry| {
        entry.is_set(before) != entry.is_set(after)
            || (entry.is_set(before) && before.typed(entry) != after.typed(entry))
    };
    let mut found: Vec<Difference> = ENTRIES
        .iter()
        .filter(differs)
        .map(|entry| Difference { path: entry.path, before: said(before, entry), after: said(after, entry) })
        .collect();
    let mut rest = [before.clone(), after.clone()];
    for entry in ENTRIES {
        for draft in &mut rest {
            entry.unset(draft);
        }
    }
    let [rest, other] = rest;
    if rest != other {
        found.push(Difference { path: "other claims", before: None, after: Some("differ".into()) });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Timestamp, Zone};

    fn draft(json: &str) -> Draft {
        Draft::from_json(json, Timestamp::from_unix(0), &Zone::utc()).unwrap()
    }

    #[test]
    fn every_row_that_differs_is_named_and_no_other() {
        let one =
            draft(r#"{"identity": "a", "ttl": "1h", "video": {"roomJoin": true, "hidden": true}, "x": 1}"#);
        let two = draft(r#"{"identity": "b", "video": {"roomJoin": true, "canPublish": false}, "x": 2}"#);
        let found: Vec<(&str, Option<String>, Option<String>)> =
            differences(&one, &two).into_iter().map(|d| (d.path, d.before, d.after)).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                ("sub", some("a"), some("b")),
                ("video.canPublish", None, some("false")),
                ("video.hidden", some("true"), None),
                ("other claims", None, some("differ")),
            ]
        );
        assert_eq!(differences(&one, &one), []);
    }
}
