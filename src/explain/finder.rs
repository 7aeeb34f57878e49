//! Finding wordings in a text: one walk over its words, each looked up once.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::plain::boundary;
use super::sayings::{SAYINGS, STATUS_FORMS, Saying, Weight, reason};
use crate::token::near_miss::KINDS;

/// How far the parts of a wording may stand apart, in bytes.
const GAP: usize = 300;

/// How often a wording with a gap is tried in one text: a text full of beginnings costs no more than that.
const TRIES: u32 = 32;

/// A wording found in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) id: &'static str,
    pub(super) weight: Weight,
    /// The wording as its table has it.
    pub(super) text: &'static str,
    pub(super) by: &'static str,
    /// How much of it had to be there, in bytes.
    length: usize,
    start: usize,
    end: usize,
}

struct Wording {
    id: &'static str,
    weight: Weight,
    text: &'static str,
    by: &'static str,
    /// In small letters, in the order in which they must be there.
    parts: Vec<String>,
    length: usize,
}

struct Index {
    wordings: Vec<Wording>,
    /// By the word that a wording begins with.
    by_word: HashMap<String, Vec<usize>>,
    /// For each first letter the lengths that such a word has, as bits: most words of a text need no closer look.
    lengths: [u64; 128],
}

impl Index {
    /// The wordings that begin with this word.
    fn of(&self, word: &str) -> &[usize] {
        let first = usize::from(word.as_bytes()[0]);
        if word.len() >= 64 || self.lengths[first] & (1 << word.len()) == 0 {
            return &[];
        }
        self.by_word.get(word).map_or(&[], Vec::as_slice)
    }
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut wordings = Vec::new();
    for Saying { id, weight, by, texts } in SAYINGS {
        for text in *texts {
            for form in forms(text) {
                wordings.push(Wording::new(id, *weight, text, by, &form));
            }
        }
    }
    for kind in KINDS {
        wordings.push(Wording::new(kind.id, Weight::Exact, kind.what, "roomkey", kind.what));
    }
    let mut by_word: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, wording) in wordings.iter().enumerate() {
        by_word.entry(word_at(&wording.parts[0], 0).to_owned()).or_default().push(i);
    }
    let mut lengths = [0; 128];
    for word in by_word.keys() {
        lengths[usize::from(word.as_bytes()[0])] |= 1 << word.len();
    }
    Index { wordings, by_word, lengths }
});

impl Wording {
    fn new(id: &'static str, weight: Weight, text: &'static str, by: &'static str, form: &str) -> Self {
        let parts: Vec<String> = form.split('*').map(str::to_ascii_lowercase).collect();
        let length = parts.iter().map(String::len).sum();
        Self { id, weight, text, by, parts, length }
    }

    /// Where it ends, if it stands at this place.
    fn end_at(&self, text: &str, start: usize) -> Option<usize> {
        let mut parts = self.parts.iter();
        let first = parts.next()?;
        if !text.as_bytes()[start..].starts_with(first.as_bytes()) {
            return None;
        }
        let mut end = start + first.len();
        for part in parts {
            let reach = boundary(text, end + GAP);
            end += text.get(end..reach)?.find(part.as_str())? + part.len();
        }
        // A word goes on to its end: `no room named x` does not say `no room name`.
        let whole = !self.parts.last()?.ends_with(in_word) || !text[end..].starts_with(in_word);
        whole.then_some(end)
    }
}

/// The ways of writing it: one, but for a status.
fn forms(text: &str) -> Vec<String> {
    let Some(status) = text.strip_prefix("HTTP ").filter(|status| status.bytes().all(|b| b.is_ascii_digit()))
    else {
        // It is looked up by its first word; what stands in front of that tells nothing.
        return vec![text.trim_start_matches(['"', '\'', '[']).to_owned()];
    };
    let reason = reason(status);
    let named = [format!("{status} {reason}"), format!("{status} ({reason})"), reason.to_owned()];
    // A single word such as Unauthorized is too common to stand alone.
    let named = named.into_iter().filter(|form| form.contains(' '));
    STATUS_FORMS.iter().map(|form| form.replace("{}", status)).chain(named).collect()
}

fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The run of word characters from `at` on.
fn word_at(text: &str, at: usize) -> &str {
    let mut end = at;
    while text.as_bytes().get(end).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
        end += 1;
    }
    &text[at..end]
}

/// Every wording in a [plain](super::plain::plain) text, the one that says most first; of one id the best, and none
/// that is only a piece of a better one.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found: Vec<Option<Found>> = vec![None; INDEX.wordings.len()];
    let mut tries = vec![0_u32; INDEX.wordings.len()];
    let mut at = 0;
    while at < text.len() {
        let word = word_at(text, at);
        if word.is_empty() {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        for &i in INDEX.of(word) {
            let wording = &INDEX.wordings[i];
            if found[i].is_some() || tries[i] >= TRIES {
                continue;
            }
            if let Some(end) = wording.end_at(text, at) {
                let Wording { id, weight, text, by, length, .. } = *wording;
                found[i] = Some(Found { id, weight, text, by, length, start: at, end });
            } else if wording.parts.len() > 1 && text[at..].starts_with(wording.parts[0].as_str()) {
                tries[i] += 1;
            }
        }
        at += word.len();
    }
    best(found.into_iter().flatten().collect())
}

fn best(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|found| (found.weight, std::cmp::Reverse(found.length), found.start));
    let mut kept: Vec<Found> = Vec::new();
    for one in found {
        let covers = |better: &Found| {
            better.id == one.id
                || (better.start <= one.start && one.end <= better.end && better.length > one.length)
        };
        // What only says that it failed is no news beside the reason.
        let news = one.weight < Weight::Wrapper || kept.is_empty();
        if news && !kept.iter().any(covers) {
            kept.push(one);
        }
    }
    kept
}

/// Every wording, with its id: for the tables and their laws.
pub(super) fn wordings() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let said =
        SAYINGS.iter().flat_map(|saying| saying.texts.iter().map(|text| (saying.id, *text, saying.by)));
    said.chain(KINDS.iter().map(|kind| (kind.id, kind.what, "roomkey")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::plain::plain;

    fn ids(text: &str) -> Vec<&'static str> {
        find(&plain(text)).iter().map(|found| found.id).collect()
    }

    #[test]
    fn every_wording_begins_with_a_word_and_is_found_in_itself() {
        for (id, text, _) in wordings() {
            for form in forms(text) {
                assert!(form.starts_with(in_word), "{form}");
                assert!(!form.contains("**") && !form.ends_with(' ') && !form.contains("  "), "{form}");
                let whole = form.replace('*', "x");
                assert_eq!(
                    ids(&format!("2026-11-24 ERROR [{whole}] at app.js:1")).first(),
                    Some(&id),
                    "{whole}"
                );
            }
        }
    }

    #[test]
    fn a_wording_belongs_to_one_id_alone() {
        let mut seen = HashMap::new();
        for (id, text, _) in wordings() {
            let before = seen.insert(text.to_ascii_lowercase(), id);
            assert!(before.is_none(), "{text}: {before:?} and {id}");
        }
    }

    #[test]
    fn a_piece_of_a_better_wording_and_a_wrapper_are_left_out() {
        assert_eq!(ids("room name length exceeds limits: max length 256"), ["room-long"]);
        assert_eq!(ids("could not establish signal connection: invalid API key"), ["key"]);
        assert_eq!(ids("could not establish signal connection"), ["signal-failed"]);
        assert_eq!(ids("no room named x"), Vec::<&str>::new());
    }

    #[test]
    fn a_status_is_known_however_it_is_written() {
        for text in [
            "HTTP/1.1 431",
            "431 (Request Header Fields Too Large)",
            "Unexpected server response: 431",
            "status code 431",
        ] {
            assert_eq!(ids(text), ["token-big"], "{text}");
        }
        assert_eq!(ids("port 4310, 431 ms"), Vec::<&str>::new());
    }
}
