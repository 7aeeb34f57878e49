//! Placeholders in the texts of a draft, for making many tokens of one: `{n}`, `{rand4}`, `{date}`, `{time}`, `{user}`.
//!
//! Anything else in braces stays as it is: metadata is usually JSON.

use std::fmt::Write as _;

use super::catalog::{ENTRIES, Field};
use super::draft::Draft;
use crate::clock::{Timestamp, Zone};

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
    /// What they are at `now`.
    #[must_use]
    pub fn at(now: Timestamp, zone: &Zone, user: String) -> Self {
        let time = zone.time_of_day(now);
        Self { date: zone.date(now), time: time.get(..5).unwrap_or_default().replace(':', "-"), user }
    }
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
