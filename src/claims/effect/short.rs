//! Grants in a few words, for a row of a table.

use super::super::Claims;
use super::can_publish;

pub(super) fn of(claims: &Claims) -> String {
    let (grants, video) = (&claims.grants, &claims.grants.video);
    let mut words: Vec<&str> = Vec::new();
    if video.room_join {
        words.push("join");
        // Whoever publishes hears and sees too, unless it was switched off; that is worth a word only by itself.
        if can_publish(video) {
            words.push("publish");
        } else if video.can_subscribe.unwrap_or(true) {
            words.push("listen");
        }
        if !can_publish(video) && video.can_publish_data == Some(true) {
            words.push("send data");
        }
        if video.hidden {
            words.push("hidden");
        }
    }
    let others = [
        (video.room_admin, "moderate"),
        (video.room_create, "create rooms"),
        (video.room_list, "list rooms"),
        (video.room_record, "record"),
        (video.ingress_admin, "ingest"),
        (video.agent, "agent"),
        (grants.sip.call, "call"),
        (grants.sip.admin, "trunks"),
        (grants.agent.admin, "agents"),
        (grants.inference.perform, "inference"),
        (grants.observability.write, "observe"),
    ];
    words.extend(others.into_iter().filter_map(|(granted, word)| granted.then_some(word)));
    if words.is_empty() { "nothing".into() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use crate::claims::draft::Draft;
    use crate::clock::Timestamp;
    use crate::project::ApiKey;

    fn short(grant: &str) -> String {
        let mut draft = Draft::default();
        draft.lay_grant(grant).unwrap();
        super::of(&draft.claims(&ApiKey::dev(), Timestamp::from_unix(1_795_531_327)))
    }

    #[test]
    fn grants_are_said_in_a_few_words() {
        for (grant, said) in [
            ("{}", "nothing"),
            (r#"{"roomJoin": true}"#, "join, publish"),
            (r#"{"roomJoin": true, "canPublish": false}"#, "join, listen"),
            (r#"{"roomJoin": true, "canPublish": false, "canSubscribe": false}"#, "join"),
            (r#"{"roomJoin": true, "canPublish": false, "canPublishData": true}"#, "join, listen, send data"),
            (r#"{"roomJoin": true, "hidden": true, "roomAdmin": true}"#, "join, publish, hidden, moderate"),
            (r#"{"canPublish": true}"#, "nothing"),
            (
                r#"{"roomCreate": true, "roomList": true, "roomRecord": true}"#,
                "create rooms, list rooms, record",
            ),
            (r#"{"sip": {"call": true}}"#, "call"),
        ] {
            assert_eq!(short(grant), said, "{grant}");
        }
    }
}
