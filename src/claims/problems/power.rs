//! What a token opens beside its room, and where that is too much or too little.

use super::{Report, Subject, some_of};

pub(super) fn no_grant(subject: &Subject<'_>, report: &mut Report<'_>) {
    let (grants, video) = (subject.grants(), subject.video());
    let opens_something = video.room_join
        || video.room_create
        || video.room_list
        || video.room_record
        || video.room_admin
        || video.ingress_admin
        || video.agent
        || grants.sip.admin
        || grants.sip.call
        || !grants.agent.is_empty()
        || !grants.agent_endpoint.is_empty()
        || !grants.agent_thread.is_empty()
        || !grants.inference.is_empty()
        || !grants.observability.is_empty();
    // A webhook's token signs a body and is meant to open nothing.
    if !opens_something && grants.sha256.is_empty() {
        report.say("video.roomJoin", "nothing is granted");
    }
}

pub(super) fn wide_record(subject: &Subject<'_>, report: &mut Report<'_>) {
    let video = subject.video();
    let wide = [
        ("video.roomRecord", "roomRecord", video.room_record),
        ("video.ingressAdmin", "ingressAdmin", video.ingress_admin),
        ("video.roomCreate", "roomCreate", video.room_create),
        ("video.roomList", "roomList", video.room_list),
        ("sip.admin", "sip.admin", subject.grants().sip.admin),
    ];
    let set = || wide.iter().filter(|(_, _, set)| *set);
    if subject.joins()
        && let Some((path, ..)) = set().next()
        && let Some(list) = some_of(set().map(|(_, name, _)| *name))
    {
        report.say(*path, format!("a participant would hold power over every room: {list}"));
    }
}

pub(super) fn admin_join(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.joins() && subject.video().room_admin {
        report.say("video.roomAdmin", "a participant would moderate the room it is in");
    }
}

pub(super) fn delete_needs_create(subject: &Subject<'_>, report: &mut Report<'_>) {
    let video = subject.video();
    if video.room_admin && !video.room_create {
        report.say("video.roomCreate", "roomAdmin cannot close the room: that takes roomCreate");
    }
}

pub(super) fn transfer_needs_both(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.grants().sip.call && !subject.video().room_admin {
        report.say("video.roomAdmin", "sip.call places calls; transferring one also takes roomAdmin");
    }
}

/// Whether the server makes rooms by itself is not in the token. Told only where the token has settings for the
/// room it would make, for it counts on making one; on every join token it would bury what matters.
pub(super) fn auto_create(subject: &Subject<'_>, report: &mut Report<'_>) {
    let grants = subject.grants();
    let settings = !grants.room_config.is_empty() || !grants.room_preset.is_empty();
    if subject.joins() && settings && !subject.video().room_create {
        report.say("video.roomCreate", "without roomCreate this join makes no room where auto_create is off");
    }
}

/// What a self-hosted server does not heed.
pub(super) fn cloud_only(subject: &Subject<'_>, report: &mut Report<'_>) {
    let (grants, config) = (subject.grants(), &subject.grants().room_config);
    let never = |agent: &crate::claims::grants::AgentDispatch| agent.restart_policy == "JRP_NEVER";
    let agent = &grants.agent;
    let cloud = [
        ("agent.admin", agent.admin),
        ("agent.simulationAdmin", agent.simulation_admin),
        ("agent.databaseAdmin", agent.database_admin),
        ("agent.dispatchAdmin", agent.dispatch_admin),
        ("agentEndpoint.call", !grants.agent_endpoint.is_empty()),
        ("agentThread.all", !grants.agent_thread.is_empty()),
        ("inference.perform", grants.inference.perform),
        ("observability.write", grants.observability.write),
        ("video.destinationRoom", !subject.video().destination_room.is_empty()),
        ("roomConfig.tags", !config.tags.is_empty()),
        ("roomConfig.agents", config.agents.iter().any(never)),
    ];
    let said = |path: &'static str| match path {
        "agentEndpoint.call" => "agentEndpoint",
        "agentThread.all" => "agentThread",
        "roomConfig.agents" => "restartPolicy",
        other => other.trim_start_matches("video."),
    };
    let set = || cloud.iter().filter(|(_, set)| *set).map(|(path, _)| *path);
    if let Some(path) = set().next()
        && let Some(list) = some_of(set().map(said))
    {
        report.say(path, format!("only LiveKit Cloud heeds {list}"));
    }
}

/// What the server leaves out when it signs a participant's token anew (server roommanager.go:1146-1181).
pub(super) fn refresh_loses(subject: &Subject<'_>, report: &mut Report<'_>) {
    let grants = subject.grants();
    let lost = [
        ("sip.call", "sip", !grants.sip.is_empty()),
        ("agent.admin", "agent", !grants.agent.is_empty()),
        ("agentEndpoint.call", "agentEndpoint", !grants.agent_endpoint.is_empty()),
        ("agentThread.all", "agentThread", !grants.agent_thread.is_empty()),
        ("inference.perform", "inference", !grants.inference.is_empty()),
        ("observability.write", "observability", !grants.observability.is_empty()),
        ("kindDetails", "kindDetails", !grants.kind_details.is_empty()),
    ];
    let set = || lost.iter().filter(|(_, _, set)| *set);
    if subject.joins()
        && let Some((path, ..)) = set().next()
        && let Some(list) = some_of(set().map(|(_, name, _)| *name))
    {
        report.say(*path, format!("lost when the server refreshes the token: {list}"));
    }
}

pub(super) fn sip_half(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.claims.half_sip {
        report.say("sip.admin", "sip has only one of its members admin and call");
    }
}
