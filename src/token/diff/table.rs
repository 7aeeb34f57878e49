//! The difference as a table of entries in sections: for the command line and for the screen.

use serde_json::Value;

use super::{Diff, Effective, Kind, Life, Row};
use crate::clock::{Timestamp, Zone, length};
use crate::text::visible;

/// Entries that stand together.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// What stands in it.
    pub entries: Vec<Entry>,
}

/// One line of the table, by where it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A claim.
    Claim(usize),
    /// What a join is answered.
    Join,
    /// A permission.
    Permission(usize),
    /// An API that only the first opens.
    OnlyA(usize),
    /// An API that only the second opens.
    OnlyB(usize),
    /// An API that both open.
    Both(usize),
    /// One of the times.
    Time(Time),
    /// Of the header.
    Header(usize),
}

/// What is told of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// From the beginning to the end.
    Lifetime,
    /// `iat`.
    IssuedAt,
    /// `nbf`.
    NotBefore,
    /// `exp`.
    ExpiresAt,
}

/// An entry in words, safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// How the two compare.
    pub kind: Kind,
    /// What it is.
    pub name: String,
    /// What stands in the first and in the second; an API has only a name.
    pub values: Option<[String; 2]>,
    /// What one might not see: `the same to a server`. May be empty.
    pub remark: String,
}

impl Diff {
    /// What differs or is written differently, or `all`, in sections; empty ones are left out.
    #[must_use]
    pub fn table(&self, all: bool) -> Vec<Section> {
        let rows = |rows: &[Row], entry: fn(usize) -> Entry| -> Vec<Entry> {
            let shown = rows.iter().enumerate().filter(|(_, row)| all || row.kind != Kind::Same);
            shown.map(|(at, _)| entry(at)).collect()
        };
        let mut server = Vec::new();
        if all || self.join[0] != self.join[1] {
            server.push(Entry::Join);
        }
        // What cannot be read is not less than the other.
        let readable = self.unreadable.iter().all(Option::is_none);
        let differs = |one: &Effective| readable && one.differs();
        let permissions = self.effective.iter().enumerate().filter(|(_, one)| all || differs(one));
        server.extend(permissions.map(|(at, _)| Entry::Permission(at)));
        let mut apis: Vec<Entry> = (0..self.can.only_a.len()).map(Entry::OnlyA).collect();
        apis.extend((0..self.can.only_b.len()).map(Entry::OnlyB));
        if all {
            apis.extend((0..self.can.both.len()).map(Entry::Both));
        }
        let sections = [
            ("Claims", rows(&self.rows, Entry::Claim)),
            ("What a server makes of it", server),
            ("APIs it opens", apis),
            ("Times", times(self, all)),
            ("Header", rows(&self.header, Entry::Header)),
        ];
        sections
            .into_iter()
            .filter(|(_, entries)| !entries.is_empty())
            .map(|(title, entries)| Section { title, entries })
            .collect()
    }

    /// The claim or header that an entry is.
    #[must_use]
    pub fn row(&self, entry: Entry) -> Option<&Row> {
        match entry {
            Entry::Claim(at) => self.rows.get(at),
            Entry::Header(at) => self.header.get(at),
            _ => None,
        }
    }

    /// An entry in words; of values about `most` characters.
    #[must_use]
    pub fn told(&self, entry: Entry, most: usize, now: Timestamp, zone: &Zone) -> Told {
        let api = |kind, all: &[String], at: usize| Told {
            kind,
            name: all.get(at).map(|api| visible(api).into_owned()).unwrap_or_default(),
            values: None,
            remark: match kind {
                Kind::OnlyA => "only a",
                Kind::OnlyB => "only b",
                _ => "both",
            }
            .into(),
        };
        match entry {
            Entry::OnlyA(at) => api(Kind::OnlyA, &self.can.only_a, at),
            Entry::OnlyB(at) => api(Kind::OnlyB, &self.can.only_b, at),
            Entry::Both(at) => api(Kind::Same, &self.can.both, at),
            Entry::Time(time) => self.time(time, now, zone),
            Entry::Join => {
                let values = self.join.map(|answer| match answer {
                    Some(answer) => format!("{} {}", answer.status, answer.text),
                    None => "cannot be read".into(),
                });
                let kind = if values[0] == values[1] { Kind::Same } else { Kind::Changed };
                Told { kind, name: "join".into(), values: Some(values), remark: String::new() }
            }
            Entry::Permission(at) => {
                let said = |value: Option<&Value>| match value {
                    None => "·".to_owned(),
                    Some(Value::Array(names)) if names.is_empty() => "· no restriction".into(),
                    Some(Value::Array(names)) => super::words(names, most),
                    Some(value) => value.to_string(),
                };
                let one = self.effective.get(at);
                let (a, b) = (one.and_then(|one| one.a.as_ref()), one.and_then(|one| one.b.as_ref()));
                let differs = one.is_some_and(Effective::differs);
                Told {
                    kind: if differs { kind(a, b) } else { Kind::Same },
                    name: one.map(|one| one.name.clone()).unwrap_or_default(),
                    values: Some([said(a), said(b)]),
                    remark: String::new(),
                }
            }
            Entry::Claim(_) | Entry::Header(_) => {
                let row = self.row(entry);
                let kind = row.map_or(Kind::Same, |row| row.kind);
                let path = row.map(|row| row.path.to_string()).unwrap_or_default();
                let wrong = self.unreadable.iter().flatten().any(|wrong| wrong.path == path);
                let remark = match kind {
                    _ if wrong => "no server reads it",
                    Kind::SameMeaning => "the same to a server",
                    _ => "",
                };
                Told { kind, name: path, values: row.map(|row| row.said(most)), remark: remark.into() }
            }
        }
    }

    fn time(&self, time: Time, now: Timestamp, zone: &Zone) -> Told {
        let seconds = |at: Option<Timestamp>| at.map(Timestamp::as_unix);
        let of = |life: &Life| match time {
            Time::Lifetime => life.seconds(),
            Time::IssuedAt => seconds(life.issued_at),
            Time::NotBefore => seconds(life.not_before),
            Time::ExpiresAt => seconds(life.expires_at),
        };
        let name = match time {
            Time::Lifetime => "lifetime",
            Time::IssuedAt => "iat",
            Time::NotBefore => "nbf",
            Time::ExpiresAt => "exp",
        };
        let said = |value: Option<i64>| match value {
            None => "·".to_owned(),
            Some(seconds) if time == Time::Lifetime => length(seconds),
            Some(seconds) => zone.said_exactly(Timestamp::from_unix(seconds), now),
        };
        let (a, b) = (of(&self.times.a), of(&self.times.b));
        let kind = kind(a.as_ref(), b.as_ref());
        let remark = match (time, self.times.a.expires_at, self.times.b.expires_at) {
            (Time::ExpiresAt, Some(a), Some(b)) if a < b => format!("b is {} later", length(b.since(a))),
            (Time::ExpiresAt, Some(a), Some(b)) if b < a => format!("b is {} earlier", length(a.since(b))),
            _ => String::new(),
        };
        Told { kind, name: name.into(), values: Some([a, b].map(said)), remark }
    }
}

fn kind<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> Kind {
    match (a, b) {
        _ if a == b => Kind::Same,
        (Some(_), None) => Kind::OnlyA,
        (None, Some(_)) => Kind::OnlyB,
        _ => Kind::Changed,
    }
}

/// How long, and when; the single times only where they say more than that.
fn times(diff: &Diff, all: bool) -> Vec<Entry> {
    let times = &diff.times;
    if !times.differ() && !all {
        return Vec::new();
    }
    let mut told = vec![Time::Lifetime];
    let differ = |of: fn(&Life) -> Option<Timestamp>| of(&times.a) != of(&times.b);
    if all || (!times.only_moved() && differ(|life| life.issued_at)) {
        told.push(Time::IssuedAt);
    }
    if all || (!times.only_moved() && differ(|life| life.not_before)) {
        told.push(Time::NotBefore);
    }
    if all || differ(|life| life.expires_at) {
        told.push(Time::ExpiresAt);
    }
    told.into_iter().map(Entry::Time).collect()
}
