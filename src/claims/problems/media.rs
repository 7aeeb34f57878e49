//! What is published and received, as the server works it out (protocol/auth/grants.go:319-388).

use super::{Report, Subject, set_ones, some_of};
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
    // A list of agents without a join has a rule of its own.
    let config = !grants.room_config.is_empty() && grants.room_config.agents.is_empty();
    let of_the_room = [
        ("video.canPublish", "canPublish", video.can_publish.is_some()),
        (SOURCES_PATH, "canPublishSources", !video.can_publish_sources.is_empty()),
        ("video.canPublishData", "canPublishData", video.can_publish_data.is_some()),
        ("video.canSubscribe", "canSubscribe", video.can_subscribe.is_some()),
        ("video.canUpdateOwnMetadata", "canUpdateOwnMetadata", video.can_update_own_metadata.is_some()),
        ("video.canSubscribeMetrics", "canSubscribeMetrics", video.can_subscribe_metrics.is_some()),
        ("video.canManageAgentSession", "canManageAgentSession", video.can_manage_agent_session.is_some()),
        ("video.hidden", "hidden", video.hidden),
        ("video.recorder", "recorder", video.recorder),
        ("roomPreset", "roomPreset", !grants.room_preset.is_empty()),
        ("roomConfig.maxParticipants", "roomConfig", config),
    ];
    if !subject.joins()
        && let Some((path, list)) = set_ones(&of_the_room)
    {
        report.say(path, format!("without roomJoin this has no effect: {list}"));
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
    let sources = subject.video().can_publish_sources.iter().map(String::as_str);
    let mut unknown = sources.filter(|source| !SOURCES.contains(source)).peekable();
    let Some(first) = unknown.peek().copied() else { return };
    let meant = did_you_mean(first, SOURCES).map_or_else(String::new, |m| format!("; did you mean {m}?"));
    if let Some(list) = some_of(unknown) {
        report.say(SOURCES_PATH, format!("no such source: {list}{meant}"));
    }
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
