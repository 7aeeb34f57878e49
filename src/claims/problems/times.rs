//! When a token begins and ends.

use super::{Report, Subject};
use crate::clock::{Timestamp, Ttl, length};

/// In seconds this is the year 5138; in milliseconds, March 1973.
const MILLISECONDS: i64 = 100_000_000_000;

fn is_milliseconds(at: Timestamp) -> bool {
    at.as_unix() > MILLISECONDS
}

/// How many seconds the token lives; `None` where it has no end, or one that is no time at all.
fn lifetime(subject: &Subject<'_>) -> Option<i64> {
    if let Some(Ttl::For(seconds)) = subject.ttl {
        return i64::try_from(seconds).ok();
    }
    let claims = subject.claims;
    let start = claims.not_before.or(claims.issued_at).unwrap_or(subject.now);
    let end = claims.expires_at.filter(|end| !is_milliseconds(*end))?;
    Some(end.since(start))
}

pub(super) fn ttl_long(subject: &Subject<'_>, report: &mut Report<'_>) {
    if let Some(seconds) = lifetime(subject).filter(|seconds| *seconds > 86_400) {
        report.say("exp", format!("valid for {}; nobody can take it back before", length(seconds)));
    }
}

/// A client's TokenSource fetches anew from 60 s before the end, so 60 s themselves are too short already.
pub(super) fn ttl_short(subject: &Subject<'_>, report: &mut Report<'_>) {
    if let Some(seconds) = lifetime(subject).filter(|seconds| (1..=60).contains(seconds)) {
        report.say("exp", format!("valid for {} only", length(seconds)));
    }
}

/// No error: servers allow 60 s more, so it works for that long.
pub(super) fn ttl_zero(subject: &Subject<'_>, report: &mut Report<'_>) {
    if lifetime(subject) == Some(0) {
        report.say("exp", "ends the moment it begins");
    }
}

pub(super) fn ttl_past(subject: &Subject<'_>, report: &mut Report<'_>) {
    if let Some(seconds) = lifetime(subject).filter(|seconds| *seconds < 0) {
        report.say("exp", format!("ends {} before it begins", length(seconds)));
    }
}

pub(super) fn no_exp(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.claims.expires_at.is_none() {
        report.say("exp", "there is no exp");
    }
}

pub(super) fn no_nbf(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.claims.not_before.is_none() {
        report.say(None, "there is no nbf");
    }
}

pub(super) fn exp_ms(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (path, name, at) in
        [(Some("exp"), "exp", subject.claims.expires_at), (None, "nbf", subject.claims.not_before)]
    {
        if let Some(at) = at.filter(|at| is_milliseconds(*at)) {
            report.say(path, format!("{name} {} counts milliseconds, not seconds", at.as_unix()));
        }
    }
}

pub(super) fn clock(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (name, at) in [("nbf", subject.claims.not_before), ("iat", subject.claims.issued_at)] {
        let ahead = at.filter(|at| !is_milliseconds(*at)).map_or(0, |at| at.since(subject.now));
        if ahead > 0 {
            report.say(None, format!("{name} is {} ahead of this machine's clock", length(ahead)));
        }
    }
}

pub(super) fn no_iss(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.claims.issuer.is_empty() {
        report.say(None, "there is no iss");
    }
}
