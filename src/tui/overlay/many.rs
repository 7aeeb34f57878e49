//! Many participants: how many tokens of the draft, and then the table of them.

use std::sync::Arc;

use crate::claims::draft::Draft;
use crate::claims::placeholders::{Chance, Moment, Template};
use crate::token::lines::Format;
use crate::tui::message::many::{Made, One};
use crate::tui::widgets::text_field::{Kind, TextField};

use super::picker::{Item, Picker};
use super::{Overlay, Purpose};

pub mod view;

/// More are for `roomkey token batch`: nobody looks for one among them.
pub const MOST: u64 = 10_000;

/// The fields of the question, in the order of Tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// How many.
    Count,
    /// The identity, with placeholders.
    Identity,
    /// The display name, with placeholders.
    Name,
}

impl Part {
    /// All of them, in the order of Tab.
    pub const ALL: [Self; 3] = [Self::Count, Self::Identity, Self::Name];

    /// What it is called.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Count => "How many",
            Self::Identity => "Identity",
            Self::Name => "Name",
        }
    }
}

/// Asks how many tokens, and for whom.
#[derive(Clone, Debug, PartialEq)]
pub struct HowMany {
    fields: [TextField; 3],
    /// The field with the caret.
    pub at: usize,
    /// Whether they are being signed.
    pub signing: bool,
    /// Why they were not signed, and what to do about it.
    pub refused: Option<(String, String)>,
}

/// A complete answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How many.
    pub count: u64,
    /// The identity, with placeholders.
    pub identity: String,
    /// The display name, with placeholders.
    pub name: String,
}

impl HowMany {
    /// The question, with what the draft has filled in: a number is put behind an identity that has none.
    #[must_use]
    pub fn of(draft: &Draft) -> Self {
        let varies = Template::read(&draft.identity, &Moment::default()).varies();
        let identity = match draft.identity.as_str() {
            "" => "participant-{n}".to_owned(),
            own if varies => own.to_owned(),
            own => format!("{own}-{{n}}"),
        };
        let fields = ["10", &identity, &draft.grants.name].map(|text| TextField::new(Kind::Line, text));
        Self { fields, at: 0, signing: false, refused: None }
    }

    /// The field of this part.
    #[must_use]
    pub fn field(&self, part: Part) -> &TextField {
        &self.fields[part as usize]
    }

    /// The field with the caret.
    pub fn field_mut(&mut self) -> &mut TextField {
        self.refused = None;
        &mut self.fields[self.at.min(Part::ALL.len() - 1)]
    }

    /// How many, if that is a number that can be had; else what is wrong with it.
    fn count(&self) -> Result<u64, &'static str> {
        match self.field(Part::Count).text().trim().replace(['_', ',', ' '], "").parse() {
            Ok(count @ 1..=MOST) => Ok(count),
            Ok(0) => Err("at least one"),
            Ok(_) => Err("at most 10,000 here; roomkey token batch makes any number"),
            Err(_) => Err("write a number such as 50"),
        }
    }

    /// What is to be said under a field, and whether it is wrong.
    #[must_use]
    pub fn remark(&self, part: Part, moment: &Moment) -> Option<(bool, String)> {
        let text = self.field(part).text();
        match part {
            Part::Count => self.count().err().map(|wrong| (true, wrong.to_owned())),
            Part::Identity if text.is_empty() => Some((true, "write one such as load-{n}".into())),
            Part::Identity => {
                let count = self.count().unwrap_or(1);
                if count > 1 && !Template::read(text, moment).varies() {
                    let alike = "all alike: each that joins puts the one before out; {n} tells them apart";
                    return Some((true, alike.into()));
                }
                Some((false, sample(text, moment, count)))
            }
            Part::Name if text.is_empty() => None,
            Part::Name => Some((false, sample(text, moment, self.count().unwrap_or(1)))),
        }
    }

    /// The answer, if it is complete; else the caret goes to what is wrong.
    pub fn wanted(&mut self, moment: &Moment) -> Option<Wanted> {
        let wrong = |part: &Part| self.remark(*part, moment).is_some_and(|(wrong, _)| wrong);
        if let Some(part) = Part::ALL.into_iter().find(wrong) {
            self.at = part as usize;
            return None;
        }
        let text = |part| self.field(part).text().to_owned();
        Some(Wanted { count: self.count().ok()?, identity: text(Part::Identity), name: text(Part::Name) })
    }
}

/// `load-1 … load-50`.
fn sample(text: &str, moment: &Moment, count: u64) -> String {
    let template = Template::read(text, moment);
    let mut chance = Chance::of(0);
    let mut of = |n| {
        let mut text = String::new();
        template.fill(n, &mut || chance.number(), &mut text);
        text
    };
    let first = of(1);
    if count == 1 || !template.varies() { first } else { format!("{first} … {}", of(count)) }
}

/// Many tokens, one a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The tokens.
    pub made: Arc<Made>,
    /// What is to be said of all of them: what is odd.
    pub said: Vec<String>,
    /// Whose they are: the project.
    pub project: String,
    /// The row under the cursor, among [`Table::shown`].
    pub cursor: usize,
    /// What they are filtered by, while that is typed.
    pub filter: Option<TextField>,
    /// Whether the token under the cursor is shown.
    pub revealed: bool,
    /// The rows that the filter leaves; `None` without one.
    hits: Option<Vec<usize>>,
}

impl Table {
    /// A table of these.
    #[must_use]
    pub fn of(made: Arc<Made>, said: Vec<String>, project: String) -> Self {
        Self { made, said, project, cursor: 0, filter: None, revealed: false, hits: None }
    }

    /// How many rows are shown.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.hits.as_ref().map_or(self.made.tokens.len(), Vec::len)
    }

    /// The row at this place among those shown.
    #[must_use]
    pub fn row(&self, at: usize) -> Option<&One> {
        let index = match &self.hits {
            Some(hits) => *hits.get(at)?,
            None => at,
        };
        self.made.tokens.get(index)
    }

    /// The row under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<&One> {
        self.row(self.cursor)
    }

    /// Leaves the rows that have what is typed in them.
    pub fn follow_filter(&mut self) {
        let wanted = self.filter.as_ref().map(|field| field.text().trim().to_lowercase()).unwrap_or_default();
        let has = |(at, one): (usize, &One)| one.words.contains(&wanted).then_some(at);
        let all = self.made.tokens.iter().enumerate();
        self.hits = if wanted.is_empty() { None } else { Some(all.filter_map(has).collect()) };
        self.cursor = 0;
    }

    /// Shows all again, with the cursor where it was.
    pub fn clear_filter(&mut self) {
        let at = self.hits.as_ref().and_then(|hits| hits.get(self.cursor).copied());
        self.filter = None;
        self.hits = None;
        self.cursor = at.unwrap_or(0);
    }
}

impl Overlay {
    /// How to write many tokens.
    #[must_use]
    pub fn lines() -> Self {
        let item = |format: &Format| Item {
            title: format.name().to_owned(),
            detail: format.summary().to_owned(),
            mark: String::new(),
        };
        Self::Pick(Picker::new(Purpose::Lines, "Copy all as", Format::ALL.iter().map(item).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(mut form: HowMany, part: Part, text: &str) -> HowMany {
        form.fields[part as usize].replace(text);
        form
    }

    fn moment() -> Moment {
        Moment { date: "2026-11-24".into(), time: "14-42".into(), user: "kim".into() }
    }

    #[test]
    fn a_number_is_put_behind_an_identity_that_has_none() {
        for (own, offered) in [
            ("", "participant-{n}"),
            ("alice", "alice-{n}"),
            ("load-{n}", "load-{n}"),
            ("{user}", "{user}-{n}"),
            ("guest-{rand4}", "guest-{rand4}"),
        ] {
            let draft = Draft { identity: own.into(), ..Draft::default() };
            assert_eq!(HowMany::of(&draft).field(Part::Identity).text(), offered);
        }
    }

    #[test]
    fn what_comes_of_it_is_shown_and_what_is_wrong_is_said() {
        let form = HowMany::of(&Draft::default());
        assert_eq!(
            form.remark(Part::Identity, &moment()),
            Some((false, "participant-1 … participant-10".into()))
        );
        let named = typed(form.clone(), Part::Name, "{user} {n}");
        assert_eq!(named.remark(Part::Name, &moment()), Some((false, "kim 1 … kim 10".into())));
        for (part, text, said) in [
            (Part::Count, "0", "at least one"),
            (Part::Count, "10001", "at most 10,000 here"),
            (Part::Count, "many", "write a number"),
            (Part::Count, "", "write a number"),
            (Part::Identity, "", "load-{n}"),
            (Part::Identity, "alice", "all alike"),
        ] {
            let mut form = typed(form.clone(), part, text);
            let (wrong, remark) = form.remark(part, &moment()).unwrap();
            assert!(wrong && remark.contains(said), "{remark}");
            assert_eq!((form.wanted(&moment()), form.at), (None, part as usize));
        }
        let mut form = typed(typed(form, Part::Count, " 1,000 "), Part::Identity, "a{n}");
        let wanted = Wanted { count: 1_000, identity: "a{n}".into(), name: String::new() };
        assert_eq!(form.wanted(&moment()), Some(wanted));
    }
}
