//! What `roomkey token diff --json` prints, field by field as it is documented.

use serde::Serialize;
use serde_json::Value;

use super::{Diff, Kind, Life, Row, Side, State};
use crate::claims::Held;
use crate::claims::effect::JoinAnswer;
use crate::clock::Timestamp;

/// A difference as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary<'a> {
    same: bool,
    same_permissions: Option<bool>,
    sentence: &'a str,
    unreadable: Sides<Option<String>>,
    claims: Vec<Told<'a>>,
    header: Vec<Told<'a>>,
    effective: Vec<Permitted<'a>>,
    can: Apis<'a>,
    join: Sides<Option<Joined>>,
    times: Moments,
    signature: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Sides<T> {
    a: T,
    b: T,
}

/// A value that is absent has no key.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Told<'a> {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<&'a Held>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<&'a Held>,
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Permitted<'a> {
    name: &'a str,
    a: Option<&'a Value>,
    b: Option<&'a Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Apis<'a> {
    only_a: &'a [String],
    only_b: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    both: Option<&'a [String]>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Joined {
    status: u16,
    text: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Moments {
    differ: bool,
    same_lifetime: Option<bool>,
    later_by_seconds: Option<i64>,
    a: Moment,
    b: Moment,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Moment {
    issued_at: Option<Timestamp>,
    not_before: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    lifetime_seconds: Option<i64>,
    state: State,
}

impl Diff {
    /// Everything there is to say, for JSON; what differs or is written differently, or `all`. Times are Unix seconds.
    #[must_use]
    pub fn summary(&self, all: bool, now: Timestamp) -> Summary<'_> {
        let moment = |life: &Life| Moment {
            issued_at: life.issued_at,
            not_before: life.not_before,
            expires_at: life.expires_at,
            lifetime_seconds: life.seconds(),
            state: life.state(now),
        };
        let joined = |answer: Option<JoinAnswer>| {
            answer.map(|answer| Joined { status: answer.status, text: answer.text })
        };
        Summary {
            same: self.is_same(),
            same_permissions: self.same_permissions,
            sentence: &self.sentence,
            unreadable: {
                let said = |side: usize| self.unreadable[side].as_ref().map(ToString::to_string);
                Sides { a: said(0), b: said(1) }
            },
            claims: told(&self.rows, all),
            header: told(&self.header, all),
            effective: self
                .effective
                .iter()
                .filter(|one| all || one.differs())
                .map(|one| Permitted { name: &one.name, a: one.a.as_ref(), b: one.b.as_ref() })
                .collect(),
            can: Apis {
                only_a: &self.can.only_a,
                only_b: &self.can.only_b,
                both: all.then_some(&self.can.both[..]),
            },
            join: Sides { a: joined(self.join[0]), b: joined(self.join[1]) },
            times: Moments {
                differ: self.times.differ(),
                same_lifetime: self.times.same_length(),
                later_by_seconds: self.times.later(),
                a: moment(&self.times.a),
                b: moment(&self.times.b),
            },
            signature: self.signature.as_str(),
        }
    }
}

fn told(rows: &[Row], all: bool) -> Vec<Told<'_>> {
    rows.iter()
        .filter(|row| all || row.kind != Kind::Same)
        .map(|row| Told {
            path: row.path.to_string(),
            a: row.value(Side::A),
            b: row.value(Side::B),
            kind: row.kind.as_str(),
        })
        .collect()
}
