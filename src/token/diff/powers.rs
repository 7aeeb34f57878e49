//! What a token lets its holder do, one thing a row, so that two tokens can be held against each other.

use crate::claims::Claims;
use crate::claims::effect::may_publish;
use crate::claims::grants::AgentDatabaseGrant;

/// One thing that a token may allow.
pub(super) struct Power {
    /// In the words of `b may also ...`.
    pub(super) said: &'static str,
    /// Whether it is worth nothing without joining a room.
    in_room: bool,
    held: fn(&Claims) -> bool,
}

macro_rules! powers {
    ($($where:ident: [ $($said:literal |$claims:ident| $held:expr;)+ ])+) => {
        &[$($(Power { said: $said, in_room: powers!(@ $where), held: |$claims| $held }),+),+]
    };
    (@ room) => { true };
    (@ anywhere) => { false };
}

/// Everything that a token may allow besides the join itself, as claims::effect tells it.
pub(super) const POWERS: &[Power] = powers! {
    room: [
        "publish camera" |c| may_publish(&c.grants.video, "camera");
        "publish microphone" |c| may_publish(&c.grants.video, "microphone");
        "publish screen_share" |c| may_publish(&c.grants.video, "screen_share");
        "publish screen_share_audio" |c| may_publish(&c.grants.video, "screen_share_audio");
        "publish tracks of no named source" |c| may_publish(&c.grants.video, "unknown");
        "hear and see the others" |c| c.grants.video.can_subscribe.unwrap_or(true);
        "send data" |c| c.grants.video.can_publish_data.or(c.grants.video.can_publish).unwrap_or(true);
        "change its own name and metadata" |c| c.grants.video.can_update_own_metadata == Some(true);
        "receive the others' metrics" |c| c.grants.video.can_subscribe_metrics == Some(true);
        "control an agent session" |c| c.grants.video.can_manage_agent_session == Some(true);
        "join unseen" |c| c.grants.video.hidden;
        "get every track as a recorder" |c| c.grants.video.recorder;
    ]
    anywhere: [
        "moderate its room" |c| moderates(c);
        "move participants to another room" |c| moderates(c) && !c.grants.video.destination_room.is_empty();
        "record any room" |c| c.grants.video.room_record;
        "list all rooms" |c| c.grants.video.room_list;
        "create and delete any room" |c| c.grants.video.room_create;
        "manage ingress" |c| c.grants.video.ingress_admin;
        "register as an agent worker" |c| c.grants.video.agent;
        "place phone calls" |c| c.grants.sip.call;
        "manage SIP trunks and dispatch rules" |c| c.grants.sip.admin;
        "manage agents" |c| c.grants.agent.admin;
        "run agent simulations" |c| c.grants.agent.simulation_admin;
        "use the agents' databases" |c| c.grants.agent.database_admin;
        "dispatch agents" |c| c.grants.agent.dispatch_admin;
        "call agents' endpoints" |c| c.grants.agent_endpoint.call;
        "do everything with agent threads" |c| c.grants.agent_thread.all;
        "list agent threads" |c| c.grants.agent_thread.list;
        "create agent threads" |c| c.grants.agent_thread.create;
        "write to agent threads" |c| c.grants.agent_thread.write;
        "read agent threads" |c| c.grants.agent_thread.read;
        "delete agent threads" |c| c.grants.agent_thread.delete;
        "query agent threads" |c| c.grants.agent_thread.sql;
        "list agent databases" |c| c.grants.agent_database.list;
        "create agent databases" |c| c.grants.agent_database.create;
        "write to agent databases" |c| of_databases(c, |d| d.write);
        "read agent databases" |c| of_databases(c, |d| d.read);
        "delete agent databases" |c| of_databases(c, |d| d.delete);
        "use LiveKit Inference" |c| c.grants.inference.perform;
        "send traces and logs" |c| c.grants.observability.write;
        "vouch for a body" |c| !c.grants.sha256.is_empty();
    ]
};

/// Whether it may do this with the databases that it names: with others, and so with none, it may not.
fn of_databases(claims: &Claims, may: impl Fn(&AgentDatabaseGrant) -> bool) -> bool {
    let database = &claims.grants.agent_database;
    may(database) && !database.database_ids.is_empty()
}

/// Whether it moderates the room that it names.
pub(super) fn moderates(claims: &Claims) -> bool {
    claims.grants.video.room_admin && !claims.grants.video.room.is_empty()
}

/// What the second may and the first may not. Rights inside a room count only where both are to join one.
pub(super) fn gained(a: &Claims, b: &Claims) -> Vec<&'static str> {
    let both_join = a.grants.video.room_join && b.grants.video.room_join;
    POWERS
        .iter()
        .filter(|power| both_join || !power.in_room)
        .filter(|power| (power.held)(b) && !(power.held)(a))
        .map(|power| power.said)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::catalog::{ENTRIES, Field};
    use crate::claims::draft::Draft;
    use crate::clock::Timestamp;
    use crate::project::ApiKey;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn claims(draft: &Draft) -> Claims {
        draft.claims(&ApiKey::dev(), NOW)
    }

    #[test]
    fn every_flag_and_choice_of_the_catalogue_is_a_power() {
        let mut start = Draft { identity: "a".into(), ..Draft::default() };
        start.lay_grant(r#"{"roomJoin": true, "room": "r", "destinationRoom": "s"}"#).unwrap();
        start.grants.agent_database.database_ids = vec!["DB_1".into()];
        for entry in ENTRIES {
            let mut draft = start.clone();
            match entry.field {
                Field::Flag(at) => *(at.get_mut)(&mut draft) = !*(at.get)(&start),
                Field::Choice(at, default) => {
                    *(at.get_mut)(&mut draft) = Some(default == crate::claims::catalog::ServerDefault::No);
                }
                _ => continue,
            }
            let (a, b) = (claims(&start), claims(&draft));
            // The join is told by itself, and how streams are played is no right.
            let told = !gained(&a, &b).is_empty() || !gained(&b, &a).is_empty();
            let exempt = ["video.roomJoin", "roomConfig.syncStreams"].contains(&entry.path);
            assert_eq!(told, !exempt, "{}", entry.path);
        }
    }

    #[test]
    fn what_cannot_be_used_is_not_gained() {
        let mut a = Draft { identity: "a".into(), ..Draft::default() };
        a.lay_grant(r#"{"roomJoin": true, "room": "r"}"#).unwrap();
        let mut b = a.clone();
        b.lay_grant(r#"{"roomJoin": false, "canUpdateOwnMetadata": true}"#).unwrap();
        b.grants.agent_database.read = true;
        assert_eq!(gained(&claims(&a), &claims(&b)), Vec::<&str>::new());
    }
}
