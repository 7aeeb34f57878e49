//! What a token opens beside its room, and where that is too much or too little.

use super::{Report, Subject, set_ones};
use crate::claims::grants::RESTART_POLICIES;

pub(super) fn no_grant(subject: &Subject<'_>, report: &mut Report<'_>) {
    let (grants, video) = (subject.grants(), subject.video());
    let (agent, thread) = (&grants.agent, &grants.agent_thread);
    let in_rooms = video.room_join || video.room_admin || video.room_create || video.room_list;
    let media =
        video.room_record || video.ingress_admin || video.agent || grants.sip.admin || grants.sip.call;
    let agents = agent.admin || agent.simulation_admin || agent.database_admin || agent.dispatch_admin;
    let threads = thread.all
        || thread.list
        || thread.create
        || thread.write
        || thread.read
        || thread.delete
        || thread.sql;
    let database = &grants.agent_database;
    let databases = database.list || database.create || database.write || database.read || database.delete;
    let cloud =
        databases || grants.agent_endpoint.call || grants.inference.perform || grants.observability.write;
    let opens_something = in_rooms || media || agents || threads || cloud;
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
    if subject.joins()
        && let Some((path, list)) = set_ones(&wide)
    {
        report.say(path, format!("a participant would hold power over every room: {list}"));
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
    let restarts = config.agents.iter().any(|agent| agent.restart_policy == RESTART_POLICIES[1]);
    let agent = &grants.agent;
    let cloud = [
        ("agent.admin", "agent.admin", agent.admin),
        ("agent.simulationAdmin", "agent.simulationAdmin", agent.simulation_admin),
        ("agent.databaseAdmin", "agent.databaseAdmin", agent.database_admin),
        ("agent.dispatchAdmin", "agent.dispatchAdmin", agent.dispatch_admin),
        ("agentEndpoint.call", "agentEndpoint", !grants.agent_endpoint.is_empty()),
        ("agentThread.all", "agentThread", !grants.agent_thread.is_empty()),
        ("agentDatabase.list", "agentDatabase", !grants.agent_database.is_empty()),
        ("inference.perform", "inference", grants.inference.perform),
        ("observability.write", "observability", grants.observability.write),
        ("video.destinationRoom", "destinationRoom", !subject.video().destination_room.is_empty()),
        ("roomConfig.tags", "roomConfig.tags", !config.tags.is_empty()),
        ("roomConfig.agents", "restartPolicy", restarts),
    ];
    if let Some((path, list)) = set_ones(&cloud) {
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
        ("agentDatabase.list", "agentDatabase", !grants.agent_database.is_empty()),
        ("inference.perform", "inference", !grants.inference.is_empty()),
        ("observability.write", "observability", !grants.observability.is_empty()),
        ("kindDetails", "kindDetails", !grants.kind_details.is_empty()),
    ];
    if subject.joins()
        && let Some((path, list)) = set_ones(&lost)
    {
        report.say(path, format!("lost when the server refreshes the token: {list}"));
    }
}

pub(super) fn sip_half(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.claims.half_sip {
        report.say("sip.admin", "sip does not have both admin and call");
    }
}
