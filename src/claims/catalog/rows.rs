//! The rows. Facts about the server are from semantics of protocol/auth/grants.go and livekit/pkg/service at the
//! commits named in the README's section on sources.

use super::{Entry, Field, Group, Lens, Power, ServerDefault};
use crate::claims::grants::{KIND_DETAILS, KINDS};

macro_rules! at {
    ($($place:ident).+) => {
        Lens { get: |draft| &draft.$($place).+, get_mut: |draft| &mut draft.$($place).+ }
    };
}

/// A row without a mark in front of it says something and allows nothing; `grant` and `admin` are marks.
macro_rules! power {
    () => {
        Power::None
    };
    (grant) => {
        Power::Grant
    };
    (admin) => {
        Power::Admin
    };
}

macro_rules! rows {
    ($($group:ident: [ $($($power:ident)? $path:literal $label:literal $field:expr, $summary:literal, $detail:literal;)+ ])+) => {
        &[$($(Entry {
            path: $path, label: $label, group: Group::$group, summary: $summary, detail: $detail, field: $field,
            power: power!($($power)?),
        }),+),+]
    };
}

/// Every claim and grant, in the order of the form.
pub const ENTRIES: &[Entry] = rows! {
    Token: [
        "sub" "Identity" Field::Text(at!(identity)),
            "who the participant is",
            "Unique in a room: a second join with the same identity removes the first. At most 256 bytes. It shows in logs and to everyone in the room, so it is no place for personal data.";
        "name" "Name" Field::Text(at!(grants.name)),
            "what others see",
            "The display name. Its length is not checked at the join, but updates over 256 bytes are refused.";
        "video.room" "Room" Field::Text(at!(grants.video.room)),
            "the one room that roomJoin and roomAdmin are for",
            "Compared exactly: no wildcards, no prefixes, and a space more is another room. At most 256 bytes. The room is made by the first join unless the server says otherwise.";
        "exp" "Valid for" Field::Lasting(at!(ttl)),
            "how long the token is accepted",
            "Counted from the moment it is signed; the server allows 60 s more. Nobody is disconnected when it ends, and a self-hosted server cannot take a token back before.";
    ]
    InTheRoom: [
        grant "video.roomJoin" "roomJoin" Field::Flag(at!(grants.video.room_join)),
            "join the room",
            "Needs a room and an identity. Without it the rows below have no effect.";
        grant "video.canPublish" "canPublish" Field::Choice(at!(grants.video.can_publish), ServerDefault::Yes),
            "publish tracks",
            "Unset means yes. Off wins over canPublishSources, whatever the SDKs' comments say.";
        "video.canPublishSources" "canPublishSources" Field::Sources(at!(grants.video.can_publish_sources)),
            "publish only these sources",
            "None chosen means all four. It only narrows: with canPublish off nothing can be published. Data is not affected.";
        grant "video.canPublishData" "canPublishData" Field::Choice(at!(grants.video.can_publish_data), ServerDefault::FollowsCanPublish),
            "send chat and other data messages",
            "Unset follows canPublish. Python's SDK and Rust's before 0.4 write it as true instead, so their tokens keep data on where canPublish is off.";
        grant "video.canSubscribe" "canSubscribe" Field::Choice(at!(grants.video.can_subscribe), ServerDefault::Yes),
            "receive the others' tracks",
            "Unset means yes.";
        grant "video.canUpdateOwnMetadata" "canUpdateOwnMetadata" Field::Choice(at!(grants.video.can_update_own_metadata), ServerDefault::No),
            "change its own name, metadata and attributes",
            "Unset means no. A client that sends metadata or attributes while joining gets 401 without it.";
        grant "video.canSubscribeMetrics" "canSubscribeMetrics" Field::Choice(at!(grants.video.can_subscribe_metrics), ServerDefault::No),
            "receive the participants' metrics",
            "Unset means no.";
        grant "video.hidden" "hidden" Field::Flag(at!(grants.video.hidden)),
            "others do not see this participant",
            "Tracks it publishes still reach subscribers, who never hear of a participant; its data messages carry no sender. Best with canPublish off.";
    ]
    Participant: [
        "metadata" "metadata" Field::LongText(at!(grants.metadata)),
            "text given to every client",
            "Any text; many apps expect JSON. Over 512 KiB the session fails, and from about 3 KiB the token outgrows what proxies let through in a URL.";
        "attributes" "attributes" Field::Pairs(at!(grants.attributes)),
            "pairs shown to every client",
            "Text keys, text values, 64 KiB in all. Keys that start with sip., ingress. or lk. are LiveKit's own. An empty value stays at the join but means delete in a later update.";
        grant "kind" "kind" Field::OneOf(at!(grants.kind), &KINDS),
            "what sort of participant this is",
            "Unset is standard; an unknown one too, silently. ingress, egress, sip and agent are what LiveKit's own services set: agent and egress are not counted as participants.";
        "kindDetails" "kindDetails" Field::Words(at!(grants.kind_details), &KIND_DETAILS),
            "a finer kind",
            "Unknown ones are dropped. Refreshed tokens lose them.";
    ]
    Moderate: [
        admin "video.roomAdmin" "roomAdmin" Field::Flag(at!(grants.video.room_admin)),
            "moderate the room",
            "List, remove, mute and update participants, send data, change room metadata and dispatch agents: in the one room of Room. It cannot close the room; that is roomCreate.";
        grant "video.destinationRoom" "destinationRoom" Field::Text(at!(grants.video.destination_room)),
            "where participants may be forwarded or moved to",
            "With roomAdmin. LiveKit Cloud only: a self-hosted server answers that it is not implemented.";
    ]
    Rooms: [
        admin "video.roomCreate" "roomCreate" Field::Flag(at!(grants.video.room_create)),
            "create and delete any room",
            "Not bound to Room. Also lets a join create its room where the server does not do that by itself.";
        admin "video.roomList" "roomList" Field::Flag(at!(grants.video.room_list)),
            "list all rooms",
            "Not bound to Room.";
    ]
    RecordAndIngest: [
        admin "video.roomRecord" "roomRecord" Field::Flag(at!(grants.video.room_record)),
            "start, stop and list recordings and streams",
            "Every egress call, for any room.";
        admin "video.ingressAdmin" "ingressAdmin" Field::Flag(at!(grants.video.ingress_admin)),
            "create, change, list and delete ingresses",
            "Every ingress call, for any room.";
        admin "video.recorder" "recorder" Field::Flag(at!(grants.video.recorder)),
            "join as a recorder (deprecated: kind egress)",
            "Others see that the room is being recorded. It gets every track whatever its publisher allowed, is not counted and does not keep the room open.";
    ]
    Telephony: [
        admin "sip.admin" "sip.admin" Field::Flag(at!(grants.sip.admin)),
            "manage SIP trunks and dispatch rules",
            "For the whole project.";
        admin "sip.call" "sip.call" Field::Flag(at!(grants.sip.call)),
            "place calls",
            "Create SIP participants. Transferring a call also needs roomAdmin on its room.";
    ]
    Agents: [
        admin "video.agent" "agent" Field::Flag(at!(grants.video.agent)),
            "register as an agent worker",
            "A worker serves the whole project. In a room the participant counts as an agent: it may speak as others in text, and is not counted.";
        grant "video.canManageAgentSession" "canManageAgentSession" Field::Choice(at!(grants.video.can_manage_agent_session), ServerDefault::No),
            "control an agent's session remotely",
            "Unset means no. Clients see it; a self-hosted server does not check it.";
        grant "roomConfig.agents" "dispatch" Field::Dispatches(at!(grants.room_config.agents)),
            "agents that join when this join creates the room",
            "Without any, every worker that has no name is dispatched. With some, only those. Ignored when the room already exists.";
    ]
    RoomSettings: [
        grant "roomPreset" "roomPreset" Field::Text(at!(grants.room_preset)),
            "named settings of the room",
            "Fills what the rows below leave unset. A name that the server does not know fails the join that would create the room.";
        "roomConfig.maxParticipants" "maxParticipants" Field::Count(at!(grants.room_config.max_participants), "participants"),
            "how many may be in the room",
            "Unset is the server's default, usually no limit. All rows of this group count only when this join creates the room.";
        "roomConfig.emptyTimeout" "emptyTimeout" Field::Count(at!(grants.room_config.empty_timeout), "seconds"),
            "close the room when nobody came for so long",
            "Unset is the server's default, 300 s.";
        "roomConfig.departureTimeout" "departureTimeout" Field::Count(at!(grants.room_config.departure_timeout), "seconds"),
            "close the room so long after the last one left",
            "Unset is the server's default, 20 s.";
        "roomConfig.metadata" "room metadata" Field::LongText(at!(grants.room_config.metadata)),
            "text of the room, given to every client",
            "Its size is not checked at the join.";
        "roomConfig.minPlayoutDelay" "minPlayoutDelay" Field::Count(at!(grants.room_config.min_playout_delay), "milliseconds"),
            "the least delay of playback",
            "In milliseconds.";
        "roomConfig.maxPlayoutDelay" "maxPlayoutDelay" Field::Count(at!(grants.room_config.max_playout_delay), "milliseconds"),
            "the most delay of playback",
            "In milliseconds.";
        "roomConfig.syncStreams" "syncStreams" Field::Flag(at!(grants.room_config.sync_streams)),
            "keep audio and video of a participant together",
            "Best with a playout delay.";
        "roomConfig.tags" "tags" Field::Pairs(at!(grants.room_config.tags)),
            "pairs for LiveKit Cloud's reports",
            "Unused by a self-hosted server.";
        admin "roomConfig.egress" "egress" Field::Json(at!(grants.room_config.egress)),
            "record or stream from the start",
            "LiveKit's RoomEgress as JSON. Storage secrets, stream keys and passwords in it are readable by whoever holds the token.";
        "roomConfig.name" "config name" Field::Text(at!(grants.room_config.name)),
            "a name for these settings",
            "Not used by a self-hosted server.";
    ]
    Cloud: [
        grant "inference.perform" "inference.perform" Field::Flag(at!(grants.inference.perform)),
            "use LiveKit Inference",
            "Hosted models. LiveKit Cloud only; refreshed tokens lose it.";
        grant "observability.write" "observability.write" Field::Flag(at!(grants.observability.write)),
            "send traces and logs",
            "LiveKit Cloud only; refreshed tokens lose it.";
        admin "agent.admin" "agent.admin" Field::Flag(at!(grants.agent.admin)),
            "create, update and delete Cloud Agents",
            "LiveKit Cloud only.";
        admin "agent.simulationAdmin" "simulationAdmin" Field::Flag(at!(grants.agent.simulation_admin)),
            "run simulations and scenarios",
            "LiveKit Cloud only.";
        admin "agent.databaseAdmin" "databaseAdmin" Field::Flag(at!(grants.agent.database_admin)),
            "manage the project's agent databases",
            "LiveKit Cloud only. Since protocol 1.54.1 agentDatabase is in its place.";
        admin "agent.dispatchAdmin" "dispatchAdmin" Field::Flag(at!(grants.agent.dispatch_admin)),
            "dispatch agents",
            "LiveKit Cloud only, and newer than livekit-server 1.13.";
        grant "agentEndpoint.call" "agentEndpoint.call" Field::Flag(at!(grants.agent_endpoint.call)),
            "call an agent's endpoint",
            "LiveKit Cloud only, and newer than livekit-server 1.13.";
        "agentEndpoint.agentName" "  of agent" Field::Text(at!(grants.agent_endpoint.agent_name)),
            "only this agent's endpoint",
            "Unset is all.";
        "agentEndpoint.deployment" "  of deployment" Field::Text(at!(grants.agent_endpoint.deployment)),
            "only this deployment's endpoint",
            "Unset is all.";
        admin "agentThread.all" "agentThread.all" Field::Flag(at!(grants.agent_thread.all)),
            "everything with an agent's threads",
            "LiveKit Cloud only, and newer than livekit-server 1.13.";
        "agentThread.scope" "  scope" Field::Text(at!(grants.agent_thread.scope)),
            "only threads of this scope",
            "Newer than livekit-server 1.13.";
        "agentThread.threadIds" "  threadIds" Field::Words(at!(grants.agent_thread.thread_ids), &[]),
            "only these threads",
            "Newer than livekit-server 1.13.";
        grant "agentThread.list" "  list" Field::Flag(at!(grants.agent_thread.list)),
            "list threads",
            "Newer than livekit-server 1.13.";
        grant "agentThread.create" "  create" Field::Flag(at!(grants.agent_thread.create)),
            "create threads",
            "Newer than livekit-server 1.13.";
        grant "agentThread.write" "  write" Field::Flag(at!(grants.agent_thread.write)),
            "write to threads",
            "Newer than livekit-server 1.13.";
        grant "agentThread.read" "  read" Field::Flag(at!(grants.agent_thread.read)),
            "read threads",
            "Newer than livekit-server 1.13.";
        grant "agentThread.delete" "  delete" Field::Flag(at!(grants.agent_thread.delete)),
            "delete threads",
            "Newer than livekit-server 1.13.";
        grant "agentThread.sql" "  sql" Field::Flag(at!(grants.agent_thread.sql)),
            "query the databases of threads",
            "Newer than livekit-server 1.13.";
        grant "agentDatabase.list" "agentDatabase.list" Field::Flag(at!(grants.agent_database.list)),
            "list the project's agent databases",
            "LiveKit Cloud only, and newer than livekit-server 1.13.";
        grant "agentDatabase.create" "  create" Field::Flag(at!(grants.agent_database.create)),
            "create agent databases",
            "Newer than livekit-server 1.13.";
        "agentDatabase.databaseIds" "  databaseIds" Field::Words(at!(grants.agent_database.database_ids), &[]),
            "the databases to read, write and delete",
            "Unset is none. A thread's database goes by agentThread.sql.";
        grant "agentDatabase.read" "  read" Field::Flag(at!(grants.agent_database.read)),
            "read these databases",
            "Newer than livekit-server 1.13.";
        grant "agentDatabase.write" "  write" Field::Flag(at!(grants.agent_database.write)),
            "write to these databases",
            "Newer than livekit-server 1.13.";
        grant "agentDatabase.delete" "  delete" Field::Flag(at!(grants.agent_database.delete)),
            "delete these databases",
            "Newer than livekit-server 1.13.";
    ]
    Webhook: [
        "sha256" "sha256" Field::Text(at!(grants.sha256)),
            "the hash of the body this token signs",
            "Standard base64, with padding, of the SHA-256 of a webhook's raw body. Only webhook receivers look at it.";
    ]
};
