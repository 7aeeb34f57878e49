//! What a project's owner lets pass, and which of its keys it was.

use super::{Report, some_of};
use crate::claims::Claims;
use crate::claims::policy::ProjectPolicy;
use crate::clock::length;
use crate::text::visible;

pub(super) fn ttl(claims: &Claims, policy: &ProjectPolicy, report: &mut Report<'_>) {
    let Some((lasts, most)) = policy.too_long(claims) else { return };
    let most = length(i64::try_from(most).unwrap_or(i64::MAX));
    let lasts = lasts.map_or_else(|| "valid without end".to_owned(), |s| format!("valid for {}", length(s)));
    report.say("exp", format!("{lasts}; the project allows {most} at most"));
}

pub(super) fn grant(claims: &Claims, policy: &ProjectPolicy, report: &mut Report<'_>) {
    let (rows, unknown) = policy.beyond(claims);
    for given in rows {
        let path = given.entry.path;
        let message = if given.by_default {
            format!("{path} is a yes unless it is set to off, and the project does not allow it")
        } else {
            format!("the project does not allow {path}")
        };
        report.say(path, message);
    }
    if let Some(fields) = some_of(unknown.iter().map(String::as_str)) {
        report.say(None, format!("the project does not allow what roomkey does not know: {fields}"));
    }
}

pub(super) fn production(claims: &Claims, policy: &ProjectPolicy, report: &mut Report<'_>) {
    let powers = policy.asks_twice(claims);
    if let Some(list) = some_of(powers.iter().map(String::as_str)) {
        report.say(None, format!("an administrative token for production: {list}"));
    }
}

pub(super) fn unreadable(why: &str, report: &mut Report<'_>) {
    report.say(None, format!("nothing is signed while the policies cannot be read: {}", visible(why)));
}

pub(super) fn old_key(project: &str, report: &mut Report<'_>) {
    report.say(None, format!("signed with the old key of {}", visible(project)));
}
