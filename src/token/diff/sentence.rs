//! The difference in one sentence.

use super::{Diff, Row, powers};
use crate::claims::effect;
use crate::claims::{Claims, WrongType};
use crate::text::{self, visible};

/// Texts of tokens are cut here.
const LONGEST_SHOWN: usize = 40;

/// More than so many things are counted, not named.
const MOST_NAMED: usize = 3;

/// How the table of powers calls tracks that are of none of the four sources.
const UNNAMED: &str = "tracks of no named source";

/// In order of weight: what cannot be read, where it leads, what it allows, what else differs. Without a full stop.
pub(super) fn of(diff: &Diff, claims: [Option<&Claims>; 2]) -> String {
    let mut clauses: Vec<String> = Vec::new();
    match claims {
        [Some(a), Some(b)] => clauses.extend(compared(diff, a, b)),
        _ => clauses.push(unreadable(diff)),
    }
    let differing = differing(diff);
    let times = diff.times.differ();
    let no_clause = clauses.is_empty();
    // What allows something differs, and what is allowed does not.
    let moot = diff.rows.iter().any(|row| row.kind.differs() && word(row).is_none());
    if no_clause && differing.is_empty() && !moot {
        return alike(diff);
    }
    if no_clause {
        clauses.push("Same permissions".into());
    }
    let mut words = differing;
    if no_clause && moot {
        words.insert(0, "claims without effect");
    }
    if times {
        words.push("times");
    }
    if let Some(said) = differ(&words) {
        clauses.push(said);
    }
    clauses.join("; ")
}

/// Nothing but times and spelling is between them.
fn alike(diff: &Diff) -> String {
    if diff.times.differ() {
        return format!("Same claims; {}", diff.times.sentence());
    }
    let spelled = diff.rows.iter().chain(&diff.header).any(|row| row.kind == super::Kind::SameMeaning);
    match (diff.same_text, diff.signature) {
        (true, _) => "The same token twice".into(),
        (_, super::Signatures::Differ) => {
            "Same claims, another signature: one of them was signed with another secret, or changed".into()
        }
        (_, super::Signatures::OnlyA) => "Same claims; b has no signature".into(),
        (_, super::Signatures::OnlyB) => "Same claims; a has no signature".into(),
        _ if spelled => "Same claims to a server, written differently".into(),
        _ => "Same claims, in another order or spelling".into(),
    }
}

/// Which of them no server can read, and why.
fn unreadable(diff: &Diff) -> String {
    let said = |name: &str, why: &Option<WrongType>| {
        why.as_ref().map(|why| format!("a server cannot read {name} ({})", visible(&why.to_string())))
    };
    let parts: Vec<String> =
        [said("a", &diff.unreadable[0]), said("b", &diff.unreadable[1])].into_iter().flatten().collect();
    let text = parts.join(", ");
    format!("A{}, so permissions cannot be compared", text.strip_prefix('a').unwrap_or(&text))
}

/// Where they lead, and what only one of them allows.
fn compared(diff: &Diff, a: &Claims, b: &Claims) -> Vec<String> {
    let mut clauses = Vec::new();
    let (one, other) = (&a.grants.video, &b.grants.video);
    let rooms = one.room != other.room;
    match (one.room_join, other.room_join) {
        (true, true) if rooms => {
            clauses.push(format!("a joins {}, b joins {}", room(&one.room), room(&other.room)));
        }
        (true, false) => clauses.push(format!("b can no longer join {}", room(&one.room))),
        (false, true) => clauses.push(format!("b may also join {}", room(&other.room))),
        _ if rooms && powers::moderates(a) && powers::moderates(b) => {
            clauses.push(format!("a moderates {}, b moderates {}", room(&one.room), room(&other.room)));
        }
        _ => {}
    }
    let joined = (effect::join(a), effect::join(b));
    if one.room_join
        && other.room_join
        && joined.0 != joined.1
        && !(one.room.is_empty() || other.room.is_empty())
    {
        let refused = |name, answer: effect::JoinAnswer| {
            (answer.status != 200).then(|| format!("{name} is refused the join ({})", answer.text))
        };
        let said: Vec<String> =
            [refused("a", joined.0), refused("b", joined.1)].into_iter().flatten().collect();
        clauses.push(said.join(", "));
    }
    let gained = powers::gained(a, b);
    let lost = powers::gained(b, a);
    if !gained.is_empty() {
        clauses.push(format!("b may also {}", listed(&gained)));
    }
    if !lost.is_empty() {
        let b = if gained.is_empty() { "b" } else { "it" };
        clauses.push(format!("{b} can no longer {}", listed(&lost)));
    }
    match clauses.as_slice() {
        [] if diff.same_permissions == Some(false) => clauses.push("Permissions differ in detail".into()),
        [only] if rooms && only.starts_with("a ") => clauses.push("otherwise the same permissions".into()),
        _ => {}
    }
    clauses
}

/// What differs that is no permission, in words, each once, in the order of the rows.
fn differing(diff: &Diff) -> Vec<&'static str> {
    let mut words = Vec::new();
    let rows = diff.rows.iter().filter(|row| row.kind.differs());
    for word in rows.filter_map(word) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if diff.header.iter().any(|row| row.kind.differs()) {
        words.push("header");
    }
    words
}

/// What a row is called in the sentence; nothing for permissions, which have been told.
fn word(row: &Row) -> Option<&'static str> {
    if row.rank < super::shape::REST && row.entry != Some("sub") {
        return None;
    }
    Some(match row.entry {
        Some("sub") => "identity",
        Some("name") => "name",
        Some("metadata") => "metadata",
        Some("attributes") => "attributes",
        Some("kind" | "kindDetails") => "kind",
        Some("roomConfig.agents") => "dispatched agents",
        Some(path) if path.starts_with("room") => "room settings",
        _ if row.rank == super::shape::REST => "key",
        _ => "other claims",
    })
}

/// `identity and times differ`.
fn differ(words: &[&str]) -> Option<String> {
    let (last, first) = words.split_last()?;
    Some(match (first, *last) {
        (
            [],
            one @ ("times"
            | "attributes"
            | "claims without effect"
            | "room settings"
            | "dispatched agents"
            | "other claims"),
        ) => {
            format!("{one} differ")
        }
        ([], one) => format!("{one} differs"),
        _ => format!("{} differ", text::listed(words, "and")),
    })
}

/// `a`, `a and b`, `a, b, c and 4 more`; what is published in one go: `publish camera and microphone, and list all
/// rooms`.
fn listed(all: &[&str]) -> String {
    let sources: Vec<&str> = all.iter().filter_map(|said| said.strip_prefix("publish ")).collect();
    let others = &all[sources.len()..];
    // What has no name matters only by itself.
    let named = &sources[..sources.len() - usize::from(sources.len() > 1 && sources.ends_with(&[UNNAMED]))];
    let publish = match named {
        [] => None,
        [_, _, _, _] => Some("publish anything".to_owned()),
        some => Some(format!("publish {}", enumerated(some))),
    };
    let comma = if named.len() > 1 && named.len() < 4 { "," } else { "" };
    match (publish, others) {
        (Some(publish), []) => publish,
        (Some(publish), [one]) => format!("{publish}{comma} and {one}"),
        (Some(publish), others) => format!("{publish}, {}", enumerated(others)),
        (None, others) => enumerated(others),
    }
}

fn enumerated(all: &[&str]) -> String {
    match all {
        some if some.len() > MOST_NAMED + 1 => {
            format!("{} and {} more", some[..MOST_NAMED].join(", "), some.len() - MOST_NAMED)
        }
        few => text::listed(few, "and"),
    }
}

/// A room as one says it: in quotes only where it would not be told from the words around it.
fn room(name: &str) -> String {
    if name.is_empty() {
        return "no room".into();
    }
    let mut shown: String = name.chars().take(LONGEST_SHOWN).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    let plain = shown.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '@' | '…'));
    let shown = visible(&shown);
    if plain { shown.into_owned() } else { format!("\"{shown}\"") }
}
