//! The events there are, and bodies as a server writes them.

use serde_json::{Map, Value, json};

use crate::claims::snake_case;
use crate::clock::Timestamp;
use crate::text::{did_you_mean, visible};

/// What an event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `room`.
    Room,
    /// `participant`.
    Participant,
    /// `track`.
    Track,
    /// `egressInfo`.
    Egress,
    /// `ingressInfo`.
    Ingress,
    /// `job`: an agent's.
    Job,
}

/// One kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name in `event`.
    pub name: &'static str,
    /// When it is sent.
    pub summary: &'static str,
    /// What is in it beside `event`, `id` and `createdAt`.
    pub parts: &'static [Part],
}

/// Every kind of event (protocol/webhook/consts.go), in the order in which a room lives.
pub static EVENTS: &[Event] = {
    use Part::{Egress, Ingress, Job, Participant, Room, Track};
    const fn row(name: &'static str, summary: &'static str, parts: &'static [Part]) -> Event {
        Event { name, summary, parts }
    }
    &[
        row("room_started", "the first participant came", &[Room]),
        row("room_finished", "the room was closed", &[Room]),
        row("participant_joined", "a participant is connected", &[Room, Participant]),
        row("participant_left", "a participant is gone", &[Room, Participant]),
        row("participant_connection_aborted", "a participant never came through", &[Room, Participant]),
        row("track_published", "a track is there to be received", &[Room, Participant, Track]),
        row("track_unpublished", "a track is gone", &[Room, Participant, Track]),
        row("egress_started", "a recording or stream began", &[Egress]),
        row("egress_updated", "a recording or stream changed its state", &[Egress]),
        row("egress_ended", "a recording or stream is over", &[Egress]),
        row("ingress_started", "somebody streams in", &[Ingress]),
        row("ingress_ended", "nobody streams in any more", &[Ingress]),
        row("agent_job_started", "an agent took a job", &[Job]),
        row("agent_job_ended", "an agent's job is over", &[Job]),
    ]
};

/// The event of this name.
///
/// # Errors
/// [`UnknownEvent`], with the one that was probably meant.
pub fn find(name: &str) -> Result<&'static Event, UnknownEvent> {
    let wanted = name.trim().to_lowercase().replace('-', "_");
    EVENTS.iter().find(|event| event.name == wanted).ok_or_else(|| UnknownEvent {
        name: name.chars().take(60).collect(),
        meant: did_you_mean(&wanted, EVENTS.iter().map(|event| event.name)).map(str::to_owned),
    })
}

/// No event has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no event \"{}\"", visible(name))]
pub struct UnknownEvent {
    /// The name as given, cut short.
    pub name: String,
    /// The one that was probably meant.
    pub meant: Option<String>,
}

impl UnknownEvent {
    /// What to give instead.
    #[must_use]
    pub fn hint(&self) -> String {
        if let Some(meant) = &self.meant {
            return format!("did you mean {meant}?");
        }
        let names: Vec<&str> = EVENTS.iter().map(|event| event.name).collect();
        format!("choose one of {}", names.join(", "))
    }
}

/// Who and where an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About<'a> {
    /// The room's name.
    pub room: &'a str,
    /// The participant's identity.
    pub identity: &'a str,
    /// Makes the ids: two events with the same one are the same event, sent again.
    pub nonce: u64,
}

/// The body of an event as protojson writes it: names in camelCase, 64-bit numbers as texts, nothing that is empty.
#[must_use]
pub fn body(event: &Event, about: &About<'_>, now: Timestamp) -> Map<String, Value> {
    let id = |prefix: &str| format!("{prefix}_fake{:08x}", about.nonce & 0xffff_ffff);
    let (seconds, nanoseconds) = (now.as_unix().to_string(), format!("{}000000000", now.as_unix()));
    let over = ["_ended", "_finished", "_left", "_aborted"].iter().any(|end| event.name.ends_with(end));
    let mut map = Map::new();
    map.insert("event".into(), event.name.into());
    for part in event.parts {
        let (name, value) = match part {
            Part::Room => (
                "room",
                json!({
                    "sid": id("RM"), "name": about.room, "emptyTimeout": 300, "departureTimeout": 20,
                    "creationTime": seconds, "creationTimeMs": format!("{seconds}000"),
                    "enabledCodecs": [{"mime": "audio/opus"}, {"mime": "video/VP8"}],
                    "numParticipants": u32::from(!over),
                }),
            ),
            Part::Participant => (
                "participant",
                json!({
                    "sid": id("PA"), "identity": about.identity, "name": about.identity,
                    "state": if over { "DISCONNECTED" } else { "ACTIVE" }, "joinedAt": seconds,
                    "joinedAtMs": format!("{seconds}000"), "version": 1,
                    "permission": {"canSubscribe": true, "canPublish": true, "canPublishData": true},
                }),
            ),
            Part::Track => (
                "track",
                json!({"sid": id("TR"), "type": "AUDIO", "source": "MICROPHONE", "name": "microphone", "mimeType": "audio/opus"}),
            ),
            Part::Egress => ("egressInfo", egress(event, about, &id, &nanoseconds)),
            Part::Ingress => (
                "ingressInfo",
                json!({
                    "ingressId": id("IN"), "name": about.identity, "streamKey": "fake-stream-key",
                    "url": "rtmp://ingress.example/live", "inputType": "RTMP_INPUT", "roomName": about.room,
                    "participantIdentity": about.identity, "reusable": true,
                    "state": {
                        "status": if over { "ENDPOINT_INACTIVE" } else { "ENDPOINT_PUBLISHING" },
                        "startedAt": nanoseconds,
                    },
                }),
            ),
            Part::Job => (
                "job",
                json!({
                    "id": id("AJ"), "dispatchId": id("AD"), "type": "JT_ROOM", "agentName": about.identity,
                    "room": {"sid": id("RM"), "name": about.room},
                }),
            ),
        };
        map.insert(name.into(), pruned(value));
    }
    map.insert("id".into(), id("EV").into());
    map.insert("createdAt".into(), seconds.into());
    map
}

fn egress(event: &Event, about: &About<'_>, id: &dyn Fn(&str) -> String, nanoseconds: &str) -> Value {
    let ended = event.name == "egress_ended";
    let status = match event.name {
        "egress_started" => "EGRESS_STARTING",
        "egress_updated" => "EGRESS_ACTIVE",
        _ => "EGRESS_COMPLETE",
    };
    json!({
        "egressId": id("EG"), "roomId": id("RM"), "roomName": about.room, "status": status,
        "startedAt": nanoseconds, "updatedAt": nanoseconds,
        "endedAt": if ended { nanoseconds } else { "" },
        "roomComposite": {
            "roomName": about.room, "layout": "grid",
            "fileOutputs": [{"fileType": "MP4", "filepath": "recordings/fake.mp4"}],
        },
        "fileResults": if ended { json!([{"filename": "recordings/fake.mp4", "duration": "60000000000", "size": "1000000"}]) } else { json!([]) },
    })
}

/// The object without what protojson does not write: empty texts, zeros and empty lists.
fn pruned(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    let kept = map.into_iter().filter(|(_, value)| match value {
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_u64() != Some(0),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    });
    Value::Object(kept.collect())
}

/// What a body says of itself. Texts are as they are in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// `event`.
    pub event: String,
    /// `id`.
    pub id: String,
    /// The name of the room, wherever it stands.
    pub room: String,
    /// The participant's identity.
    pub identity: String,
    /// `createdAt`.
    pub created_at: Option<Timestamp>,
}

/// Reads what a body says of itself; `None` if it is no JSON object. Takes names in camelCase and in snake_case.
#[must_use]
pub fn told(body: &[u8]) -> Option<Told> {
    let Value::Object(map) = serde_json::from_slice(body).ok()? else { return None };
    let room = object(&map, "room").map(|room| text(room, "name"));
    let media = object(&map, "egressInfo").or_else(|| object(&map, "ingressInfo"));
    let job = object(&map, "job").and_then(|job| object(job, "room"));
    let created =
        field(&map, "createdAt").and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()));
    Some(Told {
        event: text(&map, "event"),
        id: text(&map, "id"),
        room: room
            .or_else(|| media.map(|media| text(media, "roomName")))
            .or_else(|| job.map(|room| text(room, "name")))
            .unwrap_or_default(),
        identity: object(&map, "participant")
            .map(|participant| text(participant, "identity"))
            .unwrap_or_default(),
        created_at: created.map(Timestamp::from_unix),
    })
}

/// A field by its name in camelCase, which may be written in snake_case as well.
fn field<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).or_else(|| map.get(&snake_case(name)))
}

fn object<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    field(map, name)?.as_object()
}

fn text(map: &Map<String, Value>, name: &str) -> String {
    field(map, name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);
    const ABOUT: About<'_> = About { room: "demo", identity: "alice", nonce: 7 };

    #[test]
    fn names_are_unique_and_explained() {
        let names: BTreeSet<&str> = EVENTS.iter().map(|event| event.name).collect();
        assert_eq!(names.len(), EVENTS.len());
        for event in EVENTS {
            assert!(!event.summary.is_empty() && !event.summary.ends_with('.') && !event.parts.is_empty());
            assert_eq!(find(event.name), Ok(event));
            assert_eq!(find(&event.name.replace('_', "-").to_uppercase()), Ok(event));
        }
    }

    #[test]
    fn a_slip_in_a_name_is_answered_with_the_one_that_was_meant() {
        assert_eq!(find("room_start").unwrap_err().hint(), "did you mean room_started?");
        assert_eq!(find("x\u{1b}").unwrap_err().to_string(), "there is no event \"x\\u{1b}\"");
    }

    #[test]
    fn every_body_tells_what_it_is_about_and_writes_nothing_empty() {
        fn full(value: &Value) {
            match value {
                Value::Object(map) => map.values().for_each(full),
                Value::Array(items) => items.iter().for_each(full),
                Value::String(text) => assert!(!text.is_empty()),
                Value::Number(number) => assert_ne!(number.as_i64(), Some(0)),
                Value::Null => panic!("null"),
                Value::Bool(on) => assert!(on),
            }
        }
        for event in EVENTS {
            let body = Value::Object(body(event, &ABOUT, NOW));
            full(&body);
            let told = told(body.to_string().as_bytes()).unwrap();
            assert_eq!((told.event.as_str(), told.room.as_str()), (event.name, "demo"), "{body}");
            let somebody = event.parts.contains(&Part::Participant);
            assert_eq!(told.identity, if somebody { "alice" } else { "" }, "{body}");
            assert_eq!((told.created_at, told.id.as_str()), (Some(NOW), "EV_fake00000007"));
        }
    }

    #[test]
    fn what_is_no_event_tells_nothing_and_breaks_nothing() {
        assert_eq!(told(b"[]"), None);
        assert_eq!(told(b"\xff"), None);
        assert_eq!(told(br#"{"room": 7, "event": null, "createdAt": "x"}"#), Some(Told::default()));
        let numbers =
            told(br#"{"event": "room_started", "created_at": 5, "egress_info": {"room_name": "a"}}"#);
        assert_eq!(
            numbers.map(|told| (told.room, told.created_at)),
            Some(("a".into(), Some(Timestamp::from_unix(5))))
        );
    }
}
