//! What is published and received, as the server works it out (protocol/auth/grants.go:319-388).

use super::{Report, Subject, quoted, some_of};
use crate::claims::grants::{SOURCES, VideoGrant};
use crate::text::did_you_mean;

const SOURCES_PATH: &str = "video.canPublishSources";

fn publishes_tracks(video: &VideoGrant) -> bool {
    video.can_publish != Some(false)
}

fn publishes_data(video: &VideoGrant) -> bool {
    video.can_publish_data.unwrap_or(publishes_tracks(video))
}

pub(super) fn grant_unused(subject: &Subject<'_>, report: &mut Report<'_>) {
    let (grants, video) = (subject.grants(), subject.video());
    let of_the_room = [
        ("video.canPublish", video.can_publish.is_some()),
        (SOURCES_PATH, !video.can_publish_sources.is_empty()),
        ("video.canPublishData", video.can_publish_data.is_some()),
        ("video.canSubscribe", video.can_subscribe.is_some()),
        ("video.canUpdateOwnMetadata", video.can_update_own_metadata.is_some()),
        ("video.canSubscribeMetrics", video.can_subscribe_metrics.is_some()),
        ("video.canManageAgentSession", video.can_manage_agent_session.is_some()),
        ("video.hidden", video.hidden),
        ("video.recorder", video.recorder),
        ("roomPreset", !grants.room_preset.is_empty()),
    ];
    let unused = || of_the_room.iter().filter(|(_, set)| *set).map(|(path, _)| *path);
    if !subject.joins()
        && let Some(first) = unused().next()
        && let Some(list) = some_of(unused().map(|path| path.trim_start_matches("video.")))
    {
        report.say(first, format!("without roomJoin this has no effect: {list}"));
    }
    if !video.destination_room.is_empty() && !video.room_admin {
        report.say("video.destinationRoom", "without roomAdmin destinationRoom has no effect");
    }
}

/// An error although the server takes the token: nobody who lists sources means that none may be published.
pub(super) fn sources_vs_publish(subject: &Subject<'_>, report: &mut Report<'_>) {
    let video = subject.video();
    if !publishes_tracks(video)
        && let Some(list) = some_of(video.can_publish_sources.iter().map(String::as_str))
    {
        report.say("video.canPublish", format!("canPublish is off, so none of {list} can be published"));
    }
}

pub(super) fn sources_empty(subject: &Subject<'_>, report: &mut Report<'_>) {
    let video = subject.video();
    if video.empty_sources && video.can_publish_sources.is_empty() && publishes_tracks(video) {
        report.say(SOURCES_PATH, "an empty canPublishSources allows every source, not none");
    }
}

/// Compared with regard to case, unlike everything else (protocol/auth/grants.go:334-339).
pub(super) fn sources_unknown(subject: &Subject<'_>, report: &mut Report<'_>) {
    let mut unknown =
        subject.video().can_publish_sources.iter().filter(|source| !SOURCES.contains(&source.as_str()));
    let Some(first) = unknown.next() else { return };
    let meant = did_you_mean(first, SOURCES);
    let more = unknown.count();
    let mut message = format!("{} is not a source", quoted(first));
    if let Some(meant) = meant {
        message.push_str("; did you mean ");
        message.push_str(meant);
        message.push('?');
    }
    if more > 0 {
        message.push_str(&format!(" ({more} more are none either)"));
    }
    report.say(SOURCES_PATH, message);
}

pub(super) fn data_follows(subject: &Subject<'_>, report: &mut Report<'_>) {
    let video = subject.video();
    if subject.joins() && !publishes_tracks(video) && video.can_publish_data.is_none() {
        report.say("video.canPublishData", "canPublishData is unset, so it is off with canPublish");
    }
}

pub(super) fn hidden_publish(subject: &Subject<'_>, report: &mut Report<'_>) {
    let video = subject.video();
    if !subject.joins() || !video.hidden {
        return;
    }
    match (publishes_tracks(video), publishes_data(video)) {
        (true, _) => report.say("video.hidden", "hidden, but it may publish tracks"),
        (false, true) => report.say("video.hidden", "hidden, but it may send data"),
        (false, false) => {}
    }
}
