//! When two tokens live: told as how long, and how far apart.

use serde::Serialize;
use serde_json::Number;

use crate::clock::{Timestamp, length, relative};
use crate::token::inspect::json::{Kind, Node};
use crate::token::inspect::readers::folds_to;

/// Seconds by which servers let a clock be wrong.
const LEEWAY: i64 = 60;

/// The three times of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// `iat`. The server ignores it.
    pub issued_at: Option<Timestamp>,
    /// `nbf`.
    pub not_before: Option<Timestamp>,
    /// `exp`.
    pub expires_at: Option<Timestamp>,
}

/// What a clock says to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is accepted.
    Alive,
    /// It is accepted only because a server lets clocks be wrong by 60 s.
    Leeway,
    /// Not yet.
    NotYet,
    /// Not any more.
    Expired,
    /// It has no `exp`: current servers refuse it.
    NoEnd,
}

impl Life {
    /// Reads the times of a payload in which each claim is there once. What is no time is none.
    pub(super) fn of(payload: Node<'_>) -> Self {
        let mut life = Self::default();
        for (key, value) in payload.members().into_iter().flatten() {
            let key = key.read();
            let of = |name| folds_to(&key, name);
            let place = match () {
                () if of("iat") => &mut life.issued_at,
                () if of("nbf") => &mut life.not_before,
                () if of("exp") => &mut life.expires_at,
                () => continue,
            };
            *place = date(value);
        }
        life
    }

    /// When it begins: `nbf`, or without it `iat`.
    #[must_use]
    pub fn start(&self) -> Option<Timestamp> {
        self.not_before.or(self.issued_at)
    }

    /// Seconds from its beginning to its end.
    #[must_use]
    pub fn seconds(&self) -> Option<i64> {
        Some(self.expires_at?.since(self.start()?))
    }

    /// What a clock that shows `now` says to it.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        match (self.not_before, self.expires_at) {
            (_, None) => State::NoEnd,
            (_, Some(end)) if end.plus(LEEWAY) <= now => State::Expired,
            (Some(start), _) if start.plus(-LEEWAY) > now => State::NotYet,
            (_, Some(end)) if end <= now => State::Leeway,
            (Some(start), _) if start > now => State::Leeway,
            _ => State::Alive,
        }
    }

    /// `is good for another 57 min`, `expired 3 min ago`.
    fn said(&self, now: Timestamp) -> String {
        let end = self.expires_at.map(|end| relative(end, now)).unwrap_or_default();
        match (self.state(now), self.expires_at, self.not_before) {
            (State::NoEnd, ..) => "has no exp, so servers refuse it".into(),
            (State::Expired, ..) => format!("expired {end}"),
            (State::Leeway, Some(at), _) if at <= now => format!("expired {end}, within the leeway of 60 s"),
            (State::NotYet | State::Leeway, _, Some(start)) => format!("begins {}", relative(start, now)),
            (_, Some(at), _) => format!("is good for another {}", length(at.since(now))),
            _ => String::new(),
        }
    }
}

/// A NumericDate, as a number or as its text.
fn date(value: Node<'_>) -> Option<Timestamp> {
    let number = match value.kind() {
        Kind::Number(digits) => digits.number(),
        Kind::Text(text) => text.read().parse::<Number>().ok()?,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, as the reader of claims does")]
    number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64)).map(Timestamp::from_unix)
}

/// The times of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Those of the first token.
    pub a: Life,
    /// Those of the second.
    pub b: Life,
}

impl Times {
    /// Whether anything differs.
    #[must_use]
    pub fn differ(&self) -> bool {
        self.a != self.b
    }

    /// Whether one has an end and the other has none.
    #[must_use]
    pub fn one_has_no_end(&self) -> bool {
        self.a.expires_at.is_some() != self.b.expires_at.is_some()
    }

    /// Whether both live equally long; `None` where one of the lengths is not known.
    #[must_use]
    pub fn same_length(&self) -> Option<bool> {
        Some(self.a.seconds()? == self.b.seconds()?)
    }

    /// By how many seconds the second begins later than the first, or where a beginning is not known ends later;
    /// negative for earlier.
    #[must_use]
    pub fn later(&self) -> Option<i64> {
        match (self.a.start(), self.b.start()) {
            (Some(a), Some(b)) => Some(b.since(a)),
            _ => Some(self.b.expires_at?.since(self.a.expires_at?)),
        }
    }

    /// Whether the second is the first moved along the clock, with every time moved alike.
    #[must_use]
    pub fn only_moved(&self) -> bool {
        let pairs = [
            (self.a.issued_at, self.b.issued_at),
            (self.a.not_before, self.b.not_before),
            (self.a.expires_at, self.b.expires_at),
        ];
        let mut by = pairs.iter().filter_map(|(a, b)| Some(b.as_ref()?.since((*a)?)));
        let first = by.next();
        pairs.iter().all(|(a, b)| a.is_some() == b.is_some()) && by.all(|by| Some(by) == first)
    }

    /// `same lifetime of 1 h, b is 1 min later`; `a lives 1 h, b 6 h`. Empty if nothing differs.
    #[must_use]
    pub fn sentence(&self) -> String {
        if !self.differ() {
            return String::new();
        }
        let moved = |verb: &str| match self.later() {
            Some(0) | None => String::new(),
            Some(by @ 1..) => format!("b {verb} {} later", length(by)),
            Some(by) => format!("b {verb} {} earlier", length(by)),
        };
        let parts = match (self.a.expires_at, self.b.expires_at) {
            (Some(_), None) => vec!["b has no exp".to_owned(), String::new()],
            (None, Some(_)) => vec!["a has no exp".to_owned(), String::new()],
            _ => match (self.a.seconds(), self.b.seconds()) {
                (Some(a), Some(b)) if a == b && self.later() == Some(0) => vec![],
                (Some(a), Some(b)) if a == b => vec![format!("same lifetime of {}", length(a)), moved("is")],
                (Some(a), Some(b)) => {
                    vec![format!("a lives {}, b {}", length(a), length(b)), moved("begins")]
                }
                _ => vec![moved("ends")],
            },
        };
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { "another iat or nbf".into() } else { parts.join(", ") }
    }

    /// What the clock says to both: `a expired 3 min ago, b is good for another 57 min`.
    #[must_use]
    pub fn now(&self, now: Timestamp) -> String {
        format!("a {}, b {}", self.a.said(now), self.b.said(now))
    }
}
