//! Problems that are not in the claims: of projects, of what else was issued, of a token's text.

use super::{Report, quoted, short};
use crate::claims::draft::Draft;
use crate::project::{ApiKey, ApiSecret, Project, UrlNote};

/// Below this the server logs an error at its start (server/pkg/config/config.go:778-783).
const SHORT_SECRET: usize = 32;

/// `livekit-server --dev` has a short secret and says nothing about it.
pub(super) fn secret_short(project: &Project, report: &mut Report<'_>) {
    let bytes = project.secret.len();
    let local = project.listing.url.is_loopback() && is_dev(project);
    if bytes < SHORT_SECRET && !local {
        report.say(None, format!("the secret is {bytes} bytes; it should be at least {SHORT_SECRET}"));
    }
}

pub(super) fn secret_space(project: &Project, report: &mut Report<'_>) {
    if project.secret.has_space_around() {
        report.say(None, "the secret starts or ends with a space or a line break");
    }
}

fn is_dev(project: &Project) -> bool {
    project.listing.key == ApiKey::dev() && project.secret == ApiSecret::dev()
}

pub(super) fn dev_key(project: &Project, report: &mut Report<'_>) {
    let url = &project.listing.url;
    if is_dev(project) && !url.is_loopback() {
        report.say(
            None,
            format!("everyone knows devkey and its secret, and {} is not this machine", url.host()),
        );
    }
}

pub(super) fn key_swap(project: &Project, report: &mut Report<'_>) {
    let key = project.listing.key.as_str();
    match (key.starts_with("API"), project.secret.looks_like_a_key()) {
        (_, true) => report.say(None, "the secret starts with API, as keys do"),
        (false, false) if !is_dev(project) => {
            report.say(None, format!("the key {} does not start with API", quoted(key)));
        }
        _ => {}
    }
}

fn url_note(project: &Project, which: UrlNote, report: &mut Report<'_>) {
    if project.listing.url.notes().contains(&which) {
        report.say(None, which.to_string());
    }
}

pub(super) fn url_insecure(project: &Project, report: &mut Report<'_>) {
    url_note(project, UrlNote::InsecureRemote, report);
}

pub(super) fn url_no_port(project: &Project, report: &mut Report<'_>) {
    url_note(project, UrlNote::LoopbackWithoutPort, report);
}

pub(super) fn url_tls_loopback(project: &Project, report: &mut Report<'_>) {
    url_note(project, UrlNote::SecureLoopback, report);
}

pub(super) fn identity_reuse(draft: &Draft, issued: &[(&str, &str)], report: &mut Report<'_>) {
    let video = &draft.grants.video;
    let own = (video.room.as_str(), draft.identity.as_str());
    if video.room_join && !own.0.is_empty() && !own.1.is_empty() && issued.contains(&own) {
        report.say("sub", format!("a token for {} in room {} is still alive", quoted(own.1), quoted(own.0)));
    }
}

pub(super) fn bearer_paste(removed: &[&str], report: &mut Report<'_>) {
    if !removed.is_empty() {
        report.say(None, format!("taken off to read the token: {}", removed.join(", ")));
    }
}

/// Compared exactly, as golang-jwt does.
pub(super) fn alg(alg: &str, report: &mut Report<'_>) {
    if alg != "HS256" {
        let named = if alg.is_empty() { "no algorithm".to_owned() } else { short(alg) };
        report.say(None, format!("the header names {named}, not HS256"));
    }
}
