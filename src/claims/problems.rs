//! What can be wrong with a draft, a token or a project: one row for each problem, with its cause and its cure.
//!
//! The rows are in [`RULES`]; each names the check that finds it, so a row cannot be without one and a check
//! reports nothing but its own row. What the checks know about LiveKit is from semantics.md; the ids are those
//! of its section 9.

use std::fmt;

use super::Claims;
use super::Grants;
use super::draft::Draft;
use super::grants::VideoGrant;
use super::policy::ProjectPolicy;
use crate::clock::{Timestamp, Ttl};
use crate::project::Project;
use crate::text::beginning;

mod config;
mod joining;
mod media;
mod outside;
mod participant;
mod policy;
mod power;
mod rules;
pub(super) mod secrets;
mod times;
mod unknown;

pub use rules::RULES;

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
    /// What is wrong here, in one line without a full stop, with the values at hand. Never a secret.
    pub message: String,
    /// The catalogue's path of the row to look at, if there is one.
    pub path: Option<&'static str>,
}

/// One row of the list of problems. Two are equal when their ids are.
pub struct Rule {
    /// `join-no-room`. Stable: people search for it.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub what: &'static str,
    /// What comes of it: one to three sentences.
    pub why: &'static str,
    /// What to do: one or two sentences.
    pub cure: &'static str,
    check: Check,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({})", self.id)
    }
}

/// Where a rule looks, and how.
#[derive(Clone, Copy)]
enum Check {
    /// At the claims of a draft or of a token. What is found stays true as time goes by.
    Claims(fn(&Subject<'_>, &mut Report<'_>)),
    /// At the same beside the clock: what is found may be over in a second.
    Times(fn(&Subject<'_>, &mut Report<'_>)),
    /// At a project.
    Project(fn(&Project, &mut Report<'_>)),
    /// At a draft, and the room and identity of every token that is still alive.
    Issued(fn(&Draft, &[(&str, &str)], &mut Report<'_>)),
    /// At what had to be taken off a pasted token.
    Paste(fn(&[&str], &mut Report<'_>)),
    /// At the algorithm that a token's header names.
    Algorithm(fn(&str, &mut Report<'_>)),
    /// At claims, and the policy of the project that would sign them.
    Policy(fn(&Claims, &ProjectPolicy, &mut Report<'_>)),
    /// At what is wrong with the file of policies.
    Policies(fn(&str, &mut Report<'_>)),
    /// At the name of the project whose old key made a signature.
    OldKey(fn(&str, &mut Report<'_>)),
}

impl Rule {
    /// Whether signing in spite of it is the user's to decide. What a project's policy forbids is not: its owner has
    /// decided, and changes the policy to decide anew.
    #[must_use]
    pub fn can_be_overruled(&self) -> bool {
        !matches!(self.check, Check::Policy(_) | Check::Policies(_))
    }
}

/// The row of this id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// What is wrong with a draft that comes to these claims at `now`, the worst first.
#[must_use]
pub fn of_draft(draft: &Draft, claims: &Claims, now: Timestamp) -> Vec<Problem> {
    of_claims(claims, Some(draft.ttl), now)
}

/// What is wrong with claims, the worst first. `ttl` is the lifetime that was asked for, where that is known;
/// without it, it is counted from the claims.
#[must_use]
pub fn of_claims(claims: &Claims, ttl: Option<Ttl>, now: Timestamp) -> Vec<Problem> {
    let subject = Subject { claims, ttl, now };
    gather(|check, report| {
        if let Check::Claims(look) | Check::Times(look) = check {
            look(&subject, report);
        }
    })
}

/// The first error among what [`of_claims`] finds, without looking for anything else.
#[must_use]
pub fn first_error(claims: &Claims, ttl: Option<Ttl>, now: Timestamp) -> Option<Problem> {
    first(&Subject { claims, ttl, now }, |rule| rule.severity == Severity::Error)
}

/// The first problem that one of these rules finds in claims.
fn first(subject: &Subject<'_>, of: impl Fn(&Rule) -> bool) -> Option<Problem> {
    let mut problems = Vec::new();
    for rule in RULES.iter().filter(|rule| of(rule)) {
        if let Check::Claims(look) | Check::Times(look) = rule.check {
            look(subject, &mut Report { rule, problems: &mut problems });
        }
        if !problems.is_empty() {
            return Some(problems.swap_remove(0));
        }
    }
    None
}

/// Brings what [`of_claims`] found in the same claims to another second, without looking at all of them again.
pub fn pass(problems: &mut Vec<Problem>, claims: &Claims, ttl: Option<Ttl>, now: Timestamp) {
    let subject = Subject { claims, ttl, now };
    let found = gather(|check, report| {
        if let Check::Times(look) = check {
            look(&subject, report);
        }
    });
    problems.retain(|problem| !matches!(problem.rule.check, Check::Times(_)));
    problems.extend(found);
    // What is wrong with the header stands before all else, in the order of the table or not.
    let place = |problem: &Problem| match problem.rule.check {
        Check::Algorithm(_) => None,
        _ => RULES.iter().position(|rule| rule == problem.rule),
    };
    problems.sort_by_key(|problem| (problem.rule.severity, place(problem)));
}

/// Takes out what [`of_reuse`] found: it goes by what else was issued.
pub fn drop_reuse(problems: &mut Vec<Problem>) {
    problems.retain(|problem| !matches!(problem.rule.check, Check::Issued(_)));
}

/// What is wrong with a project: its key, its secret, where it points.
#[must_use]
pub fn of_project(project: &Project) -> Vec<Problem> {
    gather(|check, report| {
        if let Check::Project(look) = check {
            look(project, report);
        }
    })
}

/// What is wrong with issuing a draft beside the tokens that are still alive, each given as its room and its
/// identity.
#[must_use]
pub fn of_reuse(draft: &Draft, issued: &[(&str, &str)]) -> Vec<Problem> {
    gather(|check, report| {
        if let Check::Issued(look) = check {
            look(draft, issued, report);
        }
    })
}

/// What is wrong with a token's text as it was pasted. `removed` says what had to be taken off before it could
/// be read: `the word Bearer`, `quotes around it`.
#[must_use]
pub fn of_paste(removed: &[&str]) -> Vec<Problem> {
    gather(|check, report| {
        if let Check::Paste(look) = check {
            look(removed, report);
        }
    })
}

/// What is wrong with the `alg` of a token's header.
#[must_use]
pub fn of_algorithm(alg: &str) -> Vec<Problem> {
    gather(|check, report| {
        if let Check::Algorithm(look) = check {
            look(alg, report);
        }
    })
}

/// What the policy of the project that would sign these claims says to them. Of claims without an error here may be
/// signed whatever the policy is about; nothing else may.
#[must_use]
pub fn of_policy(claims: &Claims, policy: &ProjectPolicy) -> Vec<Problem> {
    if policy.is_empty() {
        return Vec::new();
    }
    gather(|check, report| {
        if let Check::Policy(look) = check {
            look(claims, policy, report);
        }
    })
}

/// That the policies cannot be read, and why: nothing is signed then.
#[must_use]
pub fn of_unreadable_policies(why: &str) -> Vec<Problem> {
    gather(|check, report| {
        if let Check::Policies(look) = check {
            look(why, report);
        }
    })
}

/// That a token was signed with the old key of this project.
#[must_use]
pub fn of_old_key(project: &str) -> Vec<Problem> {
    gather(|check, report| {
        if let Check::OldKey(look) = check {
            look(project, report);
        }
    })
}

/// Takes out what [`of_policy`] and [`of_unreadable_policies`] found: another project has another policy.
pub fn drop_policy(problems: &mut Vec<Problem>) {
    problems.retain(|problem| problem.rule.can_be_overruled());
}

/// Whether no rule can have anything to say of an identity or a room because of this text: letters, digits and a few
/// signs, not too long. Whether there is one is another question.
#[must_use]
pub fn is_plain_name(text: &str) -> bool {
    is_short_name(text)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether no rule can have anything to say of a display name because of this text: they only look at how long it is.
#[must_use]
pub const fn is_short_name(text: &str) -> bool {
    text.len() <= joining::LONGEST_NAME
}

/// Whether no rule can have anything to say of the size of a token with so many bytes of JSON in it.
#[must_use]
pub const fn is_small_payload(bytes: usize) -> bool {
    // Header and signature are some 80 characters.
    bytes / 3 * 4 + 100 < participant::BIG_TOKEN
}

/// Whether claims hold a secret of some storage, stream or webhook.
#[must_use]
pub fn hold_a_secret(claims: &Claims) -> bool {
    let subject = Subject { claims, ttl: None, now: Timestamp::from_unix(0) };
    first(&subject, |rule| rule.id == "config-secret").is_some()
}

/// Runs through the table and sorts what is found: by severity, then in the order of the table.
fn gather(mut look: impl FnMut(Check, &mut Report<'_>)) -> Vec<Problem> {
    let mut problems = Vec::new();
    for rule in RULES {
        look(rule.check, &mut Report { rule, problems: &mut problems });
    }
    problems.sort_by_key(|problem| problem.rule.severity);
    problems
}

/// Where a check says what it found. It can only speak for its own rule.
struct Report<'a> {
    rule: &'static Rule,
    problems: &'a mut Vec<Problem>,
}

impl Report<'_> {
    fn say(&mut self, path: impl Into<Option<&'static str>>, message: impl Into<String>) {
        self.problems.push(Problem { rule: self.rule, message: message.into(), path: path.into() });
    }
}

/// The claims looked at.
struct Subject<'a> {
    claims: &'a Claims,
    ttl: Option<Ttl>,
    now: Timestamp,
}

impl<'a> Subject<'a> {
    fn grants(&self) -> &'a Grants {
        &self.claims.grants
    }

    fn video(&self) -> &'a VideoGrant {
        &self.claims.grants.video
    }

    fn joins(&self) -> bool {
        self.video().room_join
    }

    /// Kinds match without regard to case (protocol/auth/grants.go:678-683).
    fn is_kind(&self, kind: &str) -> bool {
        self.grants().kind.eq_ignore_ascii_case(kind)
    }
}

/// Text from outside as a message shows it: in quotes, cut short, with nothing hidden in it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", short(text))
}

/// As [`quoted`], without the quotes: for names of fields.
fn short(text: &str) -> String {
    beginning(text, 40)
}

/// `a, b, c and 4 more`; `None` of none.
fn some_of<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const SHOWN: usize = 4;
    let mut names = names.into_iter();
    let shown: Vec<String> = names.by_ref().take(SHOWN).map(short).collect();
    if shown.is_empty() {
        return None;
    }
    let list = shown.join(", ");
    Some(match names.count() {
        0 => list,
        more => format!("{list} and {more} more"),
    })
}

/// Of claims given as path, name and whether they are set: the path of the first that is, and the list of all.
fn set_ones(claims: &[(&'static str, &str, bool)]) -> Option<(&'static str, String)> {
    let set = || claims.iter().filter(|(_, _, set)| *set);
    let (path, ..) = set().next()?;
    Some((path, some_of(set().map(|(_, name, _)| *name))?))
}

#[cfg(test)]
mod tests;
