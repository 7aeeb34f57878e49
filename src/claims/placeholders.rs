//! Placeholders in the texts of a draft, for making many tokens of one: `{n}`, `{rand4}`, `{date}`, `{time}`, `{user}`.
//!
//! Anything else in braces stays as it is: metadata is usually JSON. They are filled in here and nowhere else:
//! with [`fill`] for one token, with a [`DraftTemplate`] for many.

use std::fmt::Write as _;

use super::catalog::{ENTRIES, Field};
use super::draft::Draft;
use crate::clock::{Timestamp, Zone};

/// Every placeholder, in the order in which people are told of them, with what it becomes.
pub const ALL: [(&str, &str); 5] = [
    ("{user}", "who is at the keyboard"),
    ("{date}", "the day it is signed, 2026-11-24"),
    ("{time}", "the time it is signed, 14-42"),
    ("{rand4}", "four letters or digits by chance"),
    ("{n}", "the number of the token; 1 if it is one alone"),
];

/// What is the same for every token of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// `{date}`: `2026-11-24`.
    pub date: String,
    /// `{time}`: `14-42`.
    pub time: String,
    /// `{user}`: who is at the keyboard.
    pub user: String,
}

impl Moment {
    /// What the placeholders are at `now`.
    #[must_use]
    pub fn at(now: Timestamp, zone: &Zone, user: &str) -> Self {
        Self {
            date: zone.date(now),
            time: zone.time_of_day(now).get(..5).unwrap_or_default().replace(':', "-"),
            user: user.to_owned(),
        }
    }
}

/// The draft of one token alone, the `n`th: every placeholder filled in. The same `seed` gives the same `{rand4}`.
/// `None` if there is none to fill in.
#[must_use]
pub fn fill(draft: &Draft, moment: &Moment, n: u64, seed: u64) -> Option<Draft> {
    if used(draft).is_empty() {
        return None;
    }
    let mut chance = Chance::of(seed);
    Some(DraftTemplate::read(draft.clone(), moment).fill(n, &mut || chance.number()))
}

/// The placeholders that the draft has, in the order of [`ALL`].
#[must_use]
pub fn used(draft: &Draft) -> Vec<&'static str> {
    let mut found = [false; ALL.len()];
    read_texts(draft, &mut |text| {
        // Most texts have no brace.
        if text.contains('{') {
            for ((name, _), found) in ALL.iter().zip(&mut found) {
                *found |= text.contains(name);
            }
        }
    });
    ALL.iter().zip(found).filter_map(|((name, _), found)| found.then_some(*name)).collect()
}

/// The first word in braces that looks like a placeholder and is none: `{usr}`.
#[must_use]
pub fn unknown(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        rest = &rest[at..];
        if let Some(end) = rest.find('}') {
            let (whole, word) = (&rest[..=end], &rest[1..end]);
            let is_word = (1..=20).contains(&word.len())
                && word.starts_with(|c: char| c.is_ascii_alphabetic())
                && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
            if is_word && !ALL.iter().any(|(name, _)| *name == whole) {
                return Some(whole);
            }
        }
        rest = &rest[1..];
    }
    None
}

/// Numbers that need not be secret, one after the other (SplitMix64, Steele and others 2014).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The same seed gives the same numbers.
    #[must_use]
    pub const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// The next one.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// `{n}`
    Number,
    /// `{rand4}`
    Random,
}

/// A text with what is the same for all tokens filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

impl Template {
    /// Reads a text.
    #[must_use]
    pub fn read(text: &str, moment: &Moment) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            add(&mut parts, &rest[..at]);
            rest = &rest[at..];
            let name = rest.find('}').map_or("", |end| &rest[..=end]);
            let mut read = name.len();
            match name {
                "{date}" => add(&mut parts, &moment.date),
                "{time}" => add(&mut parts, &moment.time),
                "{user}" => add(&mut parts, &moment.user),
                "{n}" => parts.push(Part::Number),
                "{rand4}" => parts.push(Part::Random),
                _ => {
                    add(&mut parts, "{");
                    read = 1;
                }
            }
            rest = &rest[read..];
        }
        add(&mut parts, rest);
        Self(parts)
    }

    /// Whether it differs from token to token.
    #[must_use]
    pub fn varies(&self) -> bool {
        self.0.iter().any(|part| !matches!(part, Part::Text(_)))
    }

    /// Whether no two numbers give the same text: it has `{n}` in it, and all else is as long in each.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.0.contains(&Part::Number)
    }

    /// The text of the `n`th token. `random` gives a number for each `{rand4}`.
    pub fn fill(&self, n: u64, random: &mut dyn FnMut() -> u64, into: &mut String) {
        into.clear();
        for part in &self.0 {
            match part {
                Part::Text(text) => into.push_str(text),
                Part::Number => {
                    // A string never refuses.
                    let _ = write!(into, "{n}");
                }
                Part::Random => into.extend(four(random())),
            }
        }
    }
}

fn add(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

/// Four of 32 letters and digits that are not taken for one another.
fn four(number: u64) -> impl Iterator<Item = char> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let bits = number.to_le_bytes();
    (0..4).map(move |i| char::from(LETTERS[usize::from(bits[i]) % LETTERS.len()]))
}

/// The texts of a draft as templates.
#[derive(Clone, Debug)]
pub struct DraftTemplate {
    base: Draft,
    /// One for each text of the draft, in the order of [`texts`]; none of those that do not vary.
    templates: Vec<Option<Template>>,
    varies: bool,
    /// Identity, name and room, unless anything else varies.
    names: Option<[Template; 3]>,
}

impl DraftTemplate {
    /// Reads every text of the draft: those of the catalogue's rows, the values of pairs, the agents'.
    #[must_use]
    pub fn read(mut draft: Draft, moment: &Moment) -> Self {
        let mut templates = Vec::new();
        let named = [&draft.identity, &draft.grants.name, &draft.grants.video.room]
            .map(|text| Template::read(text, moment));
        texts(&mut draft, &mut |text| {
            if !text.contains('{') {
                return templates.push(None);
            }
            let template = Template::read(text, moment);
            if template.varies() {
                templates.push(Some(template));
            } else {
                template.fill(0, &mut || 0, text);
                templates.push(None);
            }
        });
        let varies = templates.iter().any(Option::is_some);
        let varying = templates.iter().filter(|template| template.is_some()).count();
        let names = (named.iter().filter(|template| template.varies()).count() == varying).then_some(named);
        Self { base: draft, templates, varies, names }
    }

    /// Writes the identity, the name and the room of the `n`th token, where nothing else differs from token to token;
    /// else says that it is not so.
    pub fn fill_names(&self, n: u64, random: &mut dyn FnMut() -> u64, into: &mut [String; 3]) -> bool {
        let Some(names) = &self.names else { return false };
        for (template, text) in names.iter().zip(into) {
            template.fill(n, random, text);
        }
        true
    }

    /// The draft of the `n`th token.
    pub fn fill(&self, n: u64, random: &mut dyn FnMut() -> u64) -> Draft {
        let mut draft = self.base.clone();
        if self.varies {
            let mut templates = self.templates.iter();
            texts(&mut draft, &mut |text| {
                if let Some(Some(template)) = templates.next() {
                    template.fill(n, random, text);
                }
            });
        }
        draft
    }
}

/// Goes through every free text of a draft, always in the same order.
fn texts(draft: &mut Draft, look: &mut dyn FnMut(&mut String)) {
    for entry in ENTRIES {
        match entry.field {
            Field::Text(at) | Field::LongText(at) => look((at.get_mut)(draft)),
            Field::Pairs(at) => (at.get_mut)(draft).values_mut().for_each(&mut *look),
            Field::Dispatches(at) => {
                for agent in (at.get_mut)(draft) {
                    look(&mut agent.agent_name);
                    look(&mut agent.metadata);
                    look(&mut agent.deployment);
                }
            }
            _ => {}
        }
    }
}

/// As [`texts`], to be read only.
fn read_texts(draft: &Draft, look: &mut dyn FnMut(&str)) {
    for entry in ENTRIES {
        match entry.field {
            Field::Text(at) | Field::LongText(at) => look((at.get)(draft)),
            Field::Pairs(at) => (at.get)(draft).values().for_each(|text| look(text)),
            Field::Dispatches(at) => {
                for agent in (at.get)(draft) {
                    look(&agent.agent_name);
                    look(&agent.metadata);
                    look(&agent.deployment);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment() -> Moment {
        Moment { date: "2026-11-24".into(), time: "14-42".into(), user: "kim".into() }
    }

    fn filled(text: &str) -> String {
        let mut out = String::new();
        Template::read(text, &moment()).fill(7, &mut || 0, &mut out);
        out
    }

    #[test]
    fn the_five_are_filled_in_and_all_other_braces_stay() {
        for (text, want) in [
            ("load-{n}", "load-7"),
            ("{n}{n}-{date}-{time}-{user}-{rand4}", "77-2026-11-24-14-42-kim-aaaa"),
            (r#"{"seat": {n}, "of": "{user}"}"#, r#"{"seat": 7, "of": "kim"}"#),
            ("{m} {N} {} { {n", "{m} {N} {} { {n"),
            ("{{n}}", "{7}"),
            ("rec/{room_name}/{n}", "rec/{room_name}/7"),
            ("", ""),
        ] {
            assert_eq!(filled(text), want, "{text}");
        }
    }

    #[test]
    fn only_the_number_and_chance_vary() {
        for (text, varies) in [("{date}{time}{user}", false), ("{n}", true), ("{rand4}", true), ("n", false)]
        {
            assert_eq!(Template::read(text, &moment()).varies(), varies, "{text}");
        }
        let four: String = four(0xffff_ffff).collect();
        assert_eq!(four, "9999");
    }

    #[test]
    fn the_names_alone_are_filled_in_where_nothing_else_varies() {
        let mut draft = Draft { identity: "a{n}".into(), ..Draft::default() };
        draft.grants.name = "{user}".into();
        draft.grants.metadata = "{date} {x}".into();
        let mut names: [String; 3] = Default::default();
        let template = DraftTemplate::read(draft.clone(), &moment());
        assert!(template.fill_names(7, &mut || 0, &mut names));
        assert_eq!(names, ["a7", "kim", ""].map(str::to_owned));
        draft.grants.metadata = "{n}".into();
        assert!(!DraftTemplate::read(draft, &moment()).fill_names(7, &mut || 0, &mut names));
    }

    #[test]
    fn a_word_in_braces_that_is_none_of_the_five_is_found_and_json_is_not() {
        for (text, found) in [
            ("guest-{usr}", Some("{usr}")),
            ("{user} {User}", Some("{User}")),
            ("{{room_name}}", Some("{room_name}")),
            (r#"{"a": "{who}"}"#, Some("{who}")),
            (r#"{"a": {"b": 1}}"#, None),
            ("{user}{date}{time}{rand4}{n}", None),
            ("{} {4} {a b} {", None),
            ("{a-word-that-is-longer-than-any}", None),
        ] {
            assert_eq!(unknown(text), found, "{text}");
        }
    }

    #[test]
    fn one_alone_is_filled_the_same_way_with_the_same_seed() {
        let mut draft = Draft { identity: "{user}-{rand4}-{n}".into(), ..Draft::default() };
        draft.grants.name = "{rand4}".into();
        assert_eq!(used(&draft), ["{user}", "{rand4}", "{n}"]);
        let one = fill(&draft, &moment(), 1, 7).unwrap();
        assert!(one.identity.starts_with("kim-") && one.identity.ends_with("-1"), "{}", one.identity);
        assert_eq!(fill(&draft, &moment(), 1, 7), Some(one.clone()));
        assert_ne!(fill(&draft, &moment(), 1, 8), Some(one.clone()));
        assert!(one.identity[4..8] != one.grants.name, "chance is drawn anew for each place");
        assert_eq!(fill(&one, &moment(), 1, 7), None);
        assert_eq!(fill(&Draft { identity: "{usr} {".into(), ..Draft::default() }, &moment(), 1, 7), None);
    }

    #[test]
    fn a_moment_is_the_day_and_the_minute_here() {
        let now = crate::clock::Timestamp::from_unix(1_795_531_327);
        assert_eq!(Moment::at(now, &crate::clock::Zone::utc(), "kim"), moment());
    }

    #[test]
    fn every_text_of_a_draft_is_looked_at() {
        let now = crate::clock::Timestamp::from_unix(0);
        let mut draft = Draft::default();
        for (path, text) in [
            ("sub", "{n}"),
            ("name", "No {n}"),
            ("metadata", "{\"n\":{n}}"),
            ("video.room", "{user}"),
            ("attributes.seat", "{n}"),
            ("roomConfig.agents", "agent-{n}"),
            ("video.canPublish", "false"),
        ] {
            draft.set(path, text, now, &crate::clock::Zone::utc()).unwrap();
        }
        let mut read = Vec::new();
        read_texts(&draft, &mut |text| read.push(text.to_owned()));
        let mut written = Vec::new();
        texts(&mut draft.clone(), &mut |text| written.push(text.clone()));
        assert_eq!(read, written);
        let made = DraftTemplate::read(draft, &moment()).fill(3, &mut || 0);
        assert_eq!(made.identity, "3");
        assert_eq!(made.grants.name, "No 3");
        assert_eq!(made.grants.metadata, "{\"n\":3}");
        assert_eq!(made.grants.video.room, "kim");
        assert_eq!(made.grants.attributes["seat"], "3");
        assert_eq!(made.grants.room_config.agents[0].agent_name, "agent-3");
        assert_eq!(made.grants.video.can_publish, Some(false));
    }
}
