//! What can be wrong with a draft, a token or a project: one row for each problem, with its cause and its cure.

use super::Claims;
use super::draft::Draft;
use crate::clock::{Timestamp, Ttl};
use crate::project::{ApiKey, Project};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Will not work: blocks signing unless forced.
    Error,
    /// Probably not meant, or unsafe.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// `error`, `warning`, `note`: as JSON and the command line say it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A problem found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The row it comes from.
    pub rule: &'static Rule,
    /// What is wrong here, in one line, with the values at hand.
    pub message: String,
    /// The catalogue's path of the row to look at, if there is one.
    pub path: Option<&'static str>,
}

/// One row of the list of problems.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// `join-no-room`. Stable: people search for it.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub what: &'static str,
    /// What comes of it: one or two sentences.
    pub why: &'static str,
    /// What to do: one sentence.
    pub cure: &'static str,
}

/// What is wrong with a draft that would be signed with this key.
#[must_use]
pub fn of_draft(draft: &Draft, claims: &Claims, issuer: &ApiKey, now: Timestamp) -> Vec<Problem> {
    let _ = (draft, claims, issuer, now);
    Vec::new()
}

/// What is wrong with a project: its key, its secret, where it points.
#[must_use]
pub fn of_project(project: &Project) -> Vec<Problem> {
    let _ = project;
    Vec::new()
}

/// What is wrong with a token's claims that a draft cannot have wrong (no `exp`, milliseconds, a clock ahead)
/// and that it can.
#[must_use]
pub fn of_claims(claims: &Claims, ttl: Option<Ttl>, now: Timestamp) -> Vec<Problem> {
    let _ = (claims, ttl, now);
    Vec::new()
}
