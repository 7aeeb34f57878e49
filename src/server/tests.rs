//! Laws over [`respond`]: whatever a request says, the answer allows no more than the policy.

use http::{HeaderMap, Method};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Map, Value, json};

use super::pattern::Pattern;
use super::policy::Settable;
use super::*;
use crate::claims::catalog::{ENTRIES, Field};
use crate::claims::{draft::Draft, effect, presets};
use crate::clock::Ttl;
use crate::project::ApiSecret;
use crate::token::inspect::inspect;

const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);
const NONCE: u128 = 0x0000_1234_5678_9abc_0000_cafe_f00d_beef;

pub(super) fn head(method: Method, target: &str, headers: &[(&str, &str)]) -> Head {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap());
    }
    Head { method, target: target.parse().unwrap(), headers: map }
}

pub(super) const USUAL: [(&str, &str); 2] =
    [("host", "localhost:7878"), ("content-type", "application/json")];

fn project() -> Project {
    Project {
        secret: ApiSecret::verbatim("fake-secret-of-the-endpoint-0123456789".into()),
        ..Project::local_dev()
    }
}

fn post(body: &str, policy: &Policy) -> Response {
    let request = Request { head: head(Method::POST, "/", &USUAL), body: body.into(), nonce: NONCE };
    respond(&request, policy, &project(), NOW)
}

/// The claims that were signed.
#[track_caller]
fn claims(response: &Response) -> Claims {
    assert!(response.outcome.issued, "{}: {}", response.status, response.outcome.sentence);
    let body: Value = serde_json::from_str(response.body.expose()).unwrap();
    let payload = inspect(body["participant_token"].as_str().unwrap()).unwrap().payload.to_map();
    Claims::read(&payload).unwrap()
}

/// The status, the reason and the sentence of a refusal, which has no token in it.
#[track_caller]
fn refused(response: &Response) -> (u16, &'static str, &str) {
    assert!(
        !response.outcome.issued && !response.body.expose().contains("eyJ"),
        "{}",
        response.body.expose()
    );
    let body: Value = serde_json::from_str(response.body.expose()).unwrap();
    assert_eq!(body, json!({ "error": response.outcome.sentence }));
    (response.status, response.outcome.reason.unwrap().as_str(), &response.outcome.sentence)
}

fn policy(draft: &Value, change: impl FnOnce(&mut Policy)) -> Policy {
    let ceiling = Draft::from_json(&draft.to_string(), NOW, &crate::clock::Zone::utc()).unwrap();
    let mut policy =
        Policy { ttl: ceiling.ttl.expiry(NOW).since(NOW).unsigned_abs(), ceiling, ..Policy::default() };
    change(&mut policy);
    policy.check(&project().listing.key, NOW).unwrap();
    policy
}

#[test]
fn a_request_for_nothing_in_particular_gets_a_participant_for_a_quarter_of_an_hour() {
    let response = post("{}", &Policy::default());
    assert_eq!((response.status, response.header("content-type")), (201, Some("application/json")));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let body: Value = serde_json::from_str(response.body.expose()).unwrap();
    assert_eq!(body["server_url"], "ws://localhost:7880");
    assert_eq!(
        (&body["room_name"], &body["participant_name"]),
        (&json!("room-123456789abc"), &json!("participant-cafef00dbeef"))
    );
    let claims = claims(&response);
    assert_eq!((claims.not_before, claims.expires_at), (Some(NOW), Some(NOW.plus(900))));
    assert_eq!(claims.identity, "participant-cafef00dbeef");
    assert_eq!(effect::join(&claims).status, 200);
    assert!(!format!("{response:?}").contains("eyJ"));
}

#[test]
fn everything_of_the_standard_request_ends_in_the_token() {
    let response = post(
        r#"{"room_name":"r","participant_name":"n","participant_identity":"zoë","participant_metadata":"{\"a\":1}",
            "participant_attributes":{"k":"v"},"room_config":{"agents":[{"agent_name":"ag","metadata":"m","deployment":"d"}]}}"#,
        &Policy::default(),
    );
    let claims = claims(&response);
    assert_eq!((claims.identity.as_str(), claims.grants.video.room.as_str()), ("zoë", "r"));
    assert_eq!((claims.grants.name.as_str(), claims.grants.metadata.as_str()), ("n", "{\"a\":1}"));
    assert_eq!(claims.grants.attributes["k"], "v");
    let agent = &claims.grants.room_config.agents[0];
    assert_eq!([&agent.agent_name, &agent.metadata, &agent.deployment], ["ag", "m", "d"]);
    assert_eq!((response.outcome.identity.as_str(), response.outcome.room.as_str()), ("zoë", "r"));
}

#[test]
fn a_refused_request_is_known_by_what_it_asked_for() {
    let policy = policy(&json!({"ttl": "15m", "video": {"roomJoin": true}}), |policy| {
        policy.rooms = vec![Pattern::parse("demo-*").unwrap()];
    });
    let long = "x".repeat(1_000);
    for (body, identity, room) in [
        (json!({"participant_identity": "alice", "room_name": "other"}), "alice", "other"),
        (json!({"participant_identity": "alice", "video": {"room": "other"}}), "alice", "other"),
        (json!({"participant_identity": long, "room_name": "r"}), &*format!("{}…", "x".repeat(60)), "r"),
        (json!({"participant_identity": 7, "room_name": "other"}), "", ""),
    ] {
        let response = post(&body.to_string(), &policy);
        refused(&response);
        assert_eq!([&*response.outcome.identity, &*response.outcome.room], [identity, room], "{body}");
    }
}

#[test]
fn every_widening_request_is_refused_in_a_sentence_and_nothing_is_signed() {
    let policy = policy(
        &json!({"ttl": "15m", "metadata": "ours", "attributes": {"plan": "free"},
            "video": {"roomJoin": true, "canPublishSources": ["microphone"], "canPublishData": false},
            "roomConfig": {"maxParticipants": 4, "agents": [{"agentName": "house"}]}}),
        |policy| {
            policy.rooms = vec![Pattern::parse("demo-*").unwrap()];
            policy.identities = vec![Pattern::parse("guest-*").unwrap()];
            policy.agents = vec![Pattern::parse("helper").unwrap()];
        },
    );
    for (body, reason, sentence) in [
        (r#"{"ttl":"1h"}"#, "ttl", "a ttl of 1 h is more than the 15 min that is allowed here"),
        (r#"{"ttl":901}"#, "ttl", "a ttl of 15 min 1 s is more than the 15 min that is allowed here"),
        (r#"{"room_name":"other"}"#, "room", "the room \"other\" is not allowed here"),
        (r#"{"video":{"room":"other"}}"#, "room", "the room \"other\" is not allowed here"),
        (r#"{"participant_identity":"root"}"#, "identity", "the identity \"root\" is not allowed here"),
        (r#"{"video":{"hidden":true}}"#, "grant", "video.hidden is not allowed here"),
        (r#"{"video":{"recorder":true}}"#, "grant", "video.recorder is not allowed here"),
        (r#"{"video":{"agent":true}}"#, "grant", "video.agent is not allowed here"),
        (r#"{"video":{"roomAdmin":true}}"#, "grant", "video.roomAdmin is not allowed here"),
        (r#"{"video":{"room_record":true}}"#, "grant", "video.roomRecord is not allowed here"),
        (
            r#"{"video":{"canPublishSources":["camera"]}}"#,
            "grant",
            "video.canPublishSources is not allowed here",
        ),
        (r#"{"video":{"canPublishData":true}}"#, "grant", "video.canPublishData is not allowed here"),
        (
            r#"{"video":{"canUpdateOwnMetadata":true}}"#,
            "grant",
            "video.canUpdateOwnMetadata is not allowed here",
        ),
        (r#"{"video":{"destinationRoom":"x"}}"#, "grant", "video.destinationRoom is not allowed here"),
        (r#"{"sip":{"call":true}}"#, "grant", "sip.call is not allowed here"),
        (r#"{"inference":{"perform":true}}"#, "grant", "inference.perform is not allowed here"),
        (r#"{"kind":"agent"}"#, "grant", "kind is not allowed here"),
        (r#"{"kind_details":["cloud_agent"]}"#, "grant", "kindDetails is not allowed here"),
        (r#"{"roomPreset":"big"}"#, "grant", "roomPreset is not allowed here"),
        (
            r#"{"room_config":{"agents":[{"agent_name":"other"}]}}"#,
            "agent",
            "the agent \"other\" is not allowed here",
        ),
        (r#"{"room_config":{"agents":[{"metadata":"any"}]}}"#, "agent", "the agent \"\" is not allowed here"),
        (
            r#"{"room_config":{"agents":[{"agent_name":"house","metadata":"x"}]}}"#,
            "agent",
            "the agent \"house\" is not allowed here",
        ),
        (
            r#"{"room_config":{"max_participants":5}}"#,
            "field",
            "a request may not set room_config.max_participants here",
        ),
        (
            r#"{"room_config":{"empty_timeout":9}}"#,
            "field",
            "a request may not set room_config.empty_timeout here",
        ),
        (
            r#"{"room_config":{"egress":{"tracks":{"filepath":"x"}}}}"#,
            "field",
            "a request may not set room_config.egress here",
        ),
        (r#"{"participant_metadata":"mine"}"#, "field", "a request may not set participant_metadata here"),
        (
            r#"{"participant_attributes":{"plan":"paid"}}"#,
            "field",
            "the key \"plan\" of participant_attributes is set by this server",
        ),
    ] {
        assert_eq!(refused(&post(body, &policy)), (403, reason, sentence), "{body}");
    }
    for narrowing in [
        r#"{"ttl":"10m","room_name":"demo-1","participant_identity":"guest-1","participant_attributes":{"plan":"free","seat":"7"}}"#,
        r#"{"video":{"canPublish":false,"canSubscribe":false,"canPublishSources":["microphone"],"hidden":false},"kind":"Standard"}"#,
        r#"{"room_config":{"max_participants":4,"agents":[{"agent_name":"house"},{"agent_name":"helper","metadata":"m"}]}}"#,
    ] {
        let claims = claims(&post(narrowing, &policy));
        assert_eq!(claims.grants.room_config.agents[0].agent_name, "house");
        assert_eq!(
            (claims.grants.metadata.as_str(), claims.grants.attributes["plan"].as_str()),
            ("ours", "free")
        );
    }
}

#[test]
fn storage_secrets_are_refused_even_where_recording_may_be_asked_for() {
    let policy = Policy { may_set: Settable::ALL.to_vec(), ..Policy::default() };
    let body = r#"{"room_config":{"egress":{"room":{"file_outputs":[{"filepath":"x","s3":{"access_key":"a","secret":"fake-storage-secret"}}]}}}}"#;
    let response = post(body, &policy);
    let (status, reason, sentence) = refused(&response);
    assert_eq!((status, reason), (403, "secret"));
    assert!(
        sentence.contains("s3.secret holds a storage secret") && !sentence.contains("fake"),
        "{sentence}"
    );
    let without =
        post(r#"{"room_config":{"empty_timeout":9,"egress":{"tracks":{"filepath":"x"}}}}"#, &policy);
    assert_eq!(claims(&without).grants.room_config.empty_timeout, 9);
}

#[test]
fn what_a_request_may_not_set_is_refused_by_its_name_on_the_wire() {
    let policy = Policy { may_set: Vec::new(), ..Policy::default() };
    for (body, field) in [
        (r#"{"room_name":"x"}"#, "room_name"),
        (r#"{"participant_identity":"x"}"#, "participant_identity"),
        (r#"{"participant_name":"x"}"#, "participant_name"),
        (r#"{"participant_metadata":"x"}"#, "participant_metadata"),
        (r#"{"participant_attributes":{"a":"b"}}"#, "participant_attributes"),
        (r#"{"room_config":{"agents":[{"agent_name":"a"}]}}"#, "room_config.agents"),
        (r#"{"room_config":{"tags":{"a":"b"}}}"#, "room_config.tags"),
        (r#"{"ttl":60}"#, "ttl"),
        (r#"{"video":{"canPublish":false}}"#, "video.canPublish"),
    ] {
        let sentence = format!("a request may not set {field} here");
        assert_eq!(refused(&post(body, &policy)), (403, "field", sentence.as_str()));
    }
    assert!(post("{}", &policy).outcome.issued);
}

#[test]
fn an_identity_with_an_ending_of_its_own_is_nobody_elses() {
    let unique = Policy { unique_identities: true, ..Policy::default() };
    assert_eq!(claims(&post(r#"{"participant_identity":"alice"}"#, &unique)).identity, "alice-cafef00dbeef");
    assert_eq!(claims(&post("{}", &unique)).identity, "participant-cafef00dbeef");
    let long = format!(r#"{{"participant_identity":"{}"}}"#, "x".repeat(250));
    assert_eq!(refused(&post(&long, &unique)), (400, "invalid", "identity is 263 bytes; servers allow 256"));
    let one = policy(
        &json!({"ttl": "5m", "identity": "kiosk", "video": {"roomJoin": true, "room": "lobby"}}),
        |_| {},
    );
    let kiosk = claims(&post("{}", &one));
    assert_eq!((kiosk.identity.as_str(), kiosk.grants.video.room.as_str()), ("kiosk", "lobby"));
    assert_eq!(refused(&post(r#"{"participant_identity":"boss"}"#, &one)).1, "identity");
}

#[test]
fn who_logged_in_elsewhere_gets_a_token_for_himself_and_nobody_else() {
    let login = issuer::tests::Login::new("one");
    let mut policy = Policy { identities: vec![Pattern::parse("al*").unwrap()], ..Policy::default() };
    policy.guard.issuer = Some(login.issuer());
    let bearer = |subject: &str| {
        let claims = issuer::tests::claims(json!({ "sub": subject }));
        format!("Bearer {}", login.sign(&json!({"alg": "ES256", "kid": "one"}), &claims))
    };
    let ask = |policy: &Policy, authorization: &str, body: &str| {
        let headers = [&USUAL[..], &[("authorization", authorization)]].concat();
        let request = Request { head: head(Method::POST, "/", &headers), body: body.into(), nonce: NONCE };
        respond(&request, policy, &project(), NOW)
    };
    let alice = ask(&policy, &bearer("alice"), "{}");
    assert_eq!(claims(&alice).identity, "alice");
    assert_eq!(alice.outcome.key.as_deref(), Some("https://login.example.com/"));
    assert_eq!(
        claims(&ask(&policy, &bearer("alice"), r#"{"participant_identity":"alice"}"#)).identity,
        "alice"
    );
    for (authorization, body, expected) in [
        (
            bearer("alice"),
            r#"{"participant_identity":"alan"}"#,
            (403, "identity", "the identity \"alan\" is not the subject of the bearer token"),
        ),
        (bearer("bob"), "{}", (403, "identity", "the subject of the bearer token is not allowed here")),
        (
            "Bearer a.b.c".into(),
            "{}",
            (401, "key", "the bearer token is not accepted: its header cannot be read"),
        ),
        ("Bearer fake".into(), "{}", (401, "key", "the key is not known here")),
        (bearer("alice").replace("Bearer", "Basic"), "{}", (401, "key", "the key is not known here")),
    ] {
        assert_eq!(refused(&ask(&policy, &authorization, body)), expected);
    }
    policy.unique_identities = true;
    assert_eq!(claims(&ask(&policy, &bearer("alice"), "{}")).identity, "alice-cafef00dbeef");
}

#[test]
fn nothing_is_made_up_unless_the_policy_says_so() {
    let strict = Policy { generate: false, ..Policy::default() };
    assert_eq!(
        refused(&post(r#"{"room_name":"r"}"#, &strict)),
        (400, "invalid", "participant_identity is missing")
    );
    assert_eq!(
        refused(&post(r#"{"participant_identity":"i"}"#, &strict)),
        (400, "invalid", "room_name is missing")
    );
}

#[test]
fn the_older_shapes_answer_as_the_samples_do_and_only_on_request() {
    let mut policy = Policy::default();
    let ask = |policy: &Policy, method: Method, target: &str, body: &str| {
        let request = Request { head: head(method, target, &USUAL), body: body.into(), nonce: NONCE };
        let response = respond(&request, policy, &project(), NOW);
        let body: Value = serde_json::from_str(response.body.expose()).unwrap();
        (response.status, body.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" "))
    };
    let cases = [
        (Method::GET, "/?identity=i&roomName=r", "", "accessToken"),
        (Method::GET, "/api/token?identity=i&name=n&metadata=m&roomName=r", "", "accessToken"),
        (Method::GET, "/api/connection-details", "", "serverUrl roomName participantName participantToken"),
        (
            Method::POST,
            "/api/connection-details",
            "{}",
            "serverUrl roomName participantName participantToken",
        ),
        (Method::POST, "/token", r#"{"roomName":"r","participantName":"n"}"#, "token"),
        (Method::POST, "/livekit/token", r#"{"user_id":"u","room":"r"}"#, "token url"),
    ];
    for (method, target, body, _) in &cases {
        let expected = if *method == Method::GET {
            (405, "error".to_owned())
        } else {
            (201, "server_url participant_token room_name participant_name".to_owned())
        };
        assert_eq!(ask(&policy, method.clone(), target, body), expected);
    }
    policy.guard.compat = true;
    for (method, target, body, keys) in cases {
        assert_eq!(ask(&policy, method, target, body), (200, keys.to_owned()), "{target}");
    }
    let standard = ask(&policy, Method::POST, "/api/v2/sandbox/connection-details", "{}");
    assert_eq!(standard, (201, "server_url participant_token room_name participant_name".to_owned()));
}

/// Whether what `inner` allows in a room and of the server is all allowed by `outer`, seen as the server sees it.
fn is_within(inner: &Claims, outer: &Claims) -> bool {
    let (Some(a), Some(b)) = (effect::permission(inner), effect::permission(outer)) else {
        return !inner.has_video;
    };
    let flags = [
        (a.can_subscribe, b.can_subscribe),
        (a.can_publish, b.can_publish),
        (a.can_publish_data, b.can_publish_data),
        (a.hidden, b.hidden),
        (a.recorder, b.recorder),
        (a.can_update_metadata, b.can_update_metadata),
        (a.agent, b.agent),
        (a.can_subscribe_metrics, b.can_subscribe_metrics),
        (a.can_manage_agent_session, b.can_manage_agent_session),
        (inner.grants.video.room_join, outer.grants.video.room_join),
    ];
    let sources = ["camera", "microphone", "screen_share", "screen_share_audio", "unknown"];
    let within = |source: &&str| {
        !effect::may_publish(&inner.grants.video, source) || effect::may_publish(&outer.grants.video, source)
    };
    flags.iter().all(|(inner, outer)| *outer || !inner)
        && sources.iter().all(within)
        && effect::apis(inner).iter().all(|api| effect::apis(outer).contains(api))
        && effect::kind(inner) == effect::kind(outer)
        && effect::kind_details(inner) == effect::kind_details(outer)
        // What a room is like is nobody's permission.
        && ENTRIES.iter().filter(|entry| !entry.path.starts_with("roomConfig.")).all(|entry| match entry.field {
            Field::Flag(at) => !*(at.get)(&Draft::of_claims(inner)) || *(at.get)(&Draft::of_claims(outer)),
            _ => true,
        })
}

/// Any row of the catalogue, with a value that it takes.
fn wish() -> impl Strategy<Value = (String, Value)> {
    (0..ENTRIES.len(), any::<bool>(), 0..5_usize, any::<bool>()).prop_map(|(index, truth, choice, snake)| {
        let entry = &ENTRIES[index];
        let value = match entry.field {
            Field::Flag(_) | Field::Choice(..) => truth.into(),
            Field::Sources(_) => {
                let all = [json!([]), json!(["camera"]), json!(["microphone", "screen_share"])];
                all[choice % all.len()].clone()
            }
            Field::Words(_, names) => names.get(choice).map_or_else(|| json!([]), |name| json!([name])),
            Field::OneOf(_, names) => names.get(choice).copied().unwrap_or_default().into(),
            Field::Text(_) if choice == 0 => "x".into(),
            _ => Value::Null,
        };
        (if snake { crate::claims::snake_case(entry.path) } else { entry.path.to_owned() }, value)
    })
}

fn body() -> impl Strategy<Value = Map<String, Value>> {
    let name = || prop_oneof![3 => Just(String::new()), 3 => "a[a0-9]{0,4}", 1 => "[a-z0-9*?-]{0,12}"];
    let (text, ttl) = ("[a-z]{0,3}", prop::option::weighted(0.3, 0_u64..2_000));
    let standard = (name(), name(), text, text, ttl, name());
    (standard, prop::collection::vec(wish(), 0..4)).prop_map(
        |((room, identity, name, metadata, ttl, agent), wishes)| {
            let mut map = Map::new();
            map.insert("room_name".into(), room.into());
            map.insert("participantIdentity".into(), identity.into());
            map.insert("participant_name".into(), name.into());
            map.insert("participant_metadata".into(), metadata.into());
            map.insert("room_config".into(), json!({ "agents": [{ "agent_name": agent }] }));
            if let Some(ttl) = ttl {
                map.insert("ttl".into(), ttl.into());
            }
            for (path, value) in wishes {
                let (object, name) = path.split_once('.').unwrap_or(("", &path));
                if object.is_empty() {
                    map.insert(name.to_owned(), value);
                } else if let Value::Object(inner) = map.entry(object).or_insert_with(|| json!({})) {
                    inner.insert(name.to_owned(), value);
                }
            }
            map
        },
    )
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let preset = 0..presets::built_in().len();
    let may_set = prop_oneof![3 => Just(Settable::ALL.to_vec()), 1 => prop::sample::subsequence(Settable::ALL.to_vec(), 0..=10)];
    let sources = prop::sample::subsequence(vec!["camera", "microphone", "screen_share"], 0..=3);
    let choices = prop::collection::vec(prop::option::of(any::<bool>()), 6);
    (preset, may_set, 1_u64..5_000, any::<bool>(), any::<bool>(), sources, choices).prop_map(
        |(preset, may_set, ttl, narrow_rooms, unique, sources, choices)| {
            let mut ceiling = Draft { ttl: Ttl::For(ttl), ..presets::built_in()[preset].draft.clone() };
            let rows = ENTRIES.iter().filter_map(|entry| match entry.field {
                Field::Choice(at, _) => Some(at),
                _ => None,
            });
            for (at, choice) in rows.zip(choices) {
                let choice = (at.get)(&ceiling).or(choice);
                *(at.get_mut)(&mut ceiling) = choice;
            }
            if ceiling.grants.video.can_publish != Some(false) {
                ceiling.grants.video.can_publish_sources = sources.into_iter().map(str::to_owned).collect();
            }
            let some = |text: &str| vec![Pattern::parse(text).unwrap()];
            Policy {
                ceiling,
                ttl: ttl.min(900),
                may_set,
                rooms: if narrow_rooms { some("a*") } else { some("*") },
                identities: if narrow_rooms { some("*0*") } else { some("*") },
                agents: if narrow_rooms { Vec::new() } else { some("a*") },
                unique_identities: unique,
                ..Policy::default()
            }
        },
    )
}

#[test]
fn a_fair_part_of_the_requests_that_the_law_is_tried_with_get_a_token() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut issued = 0;
    for _ in 0..400 {
        let case = (any_policy(), body()).new_tree(&mut runner).unwrap().current();
        issued += u32::from(post(&Value::Object(case.1).to_string(), &case.0).outcome.issued);
    }
    assert!((80..360).contains(&issued), "{issued} of 400");
}

#[test]
fn less_than_no_video_grant_is_no_video_grant() {
    let ceiling =
        Draft::from_json(r#"{"sip": {"admin": false, "call": true}}"#, NOW, &crate::clock::Zone::utc())
            .unwrap();
    let policy = Policy { ceiling, ..Policy::default() };
    let off = post(r#"{"video": {"canPublish": false, "hidden": false, "canPublishSources": []}}"#, &policy);
    assert_eq!((off.status, claims(&off).has_video), (201, false));
    for more in [r#"{"canPublish": true}"#, r#"{"canPublishSources": ["camera"]}"#, r#"{"roomJoin": true}"#] {
        let refused = post(&format!(r#"{{"video": {more}}}"#), &policy);
        assert_eq!((refused.status, refused.outcome.issued), (403, false), "{more}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_no_more_is_signed_than_the_policy_allows(policy in any_policy(), body in body()) {
        let response = post(&Value::Object(body).to_string(), &policy);
        if !response.outcome.issued {
            prop_assert!(response.status >= 400 && !response.body.expose().contains("eyJ"));
            return Ok(());
        }
        let claims = claims(&response);
        let mut ceiling = policy.ceiling.clone();
        ceiling.grants.video.room.clone_from(&claims.grants.video.room);
        let ceiling = ceiling.claims(&project().listing.key, NOW);
        prop_assert!(is_within(&claims, &ceiling), "{:?} under {:?}", claims, ceiling);
        let life = claims.expires_at.unwrap().since(NOW).unsigned_abs();
        prop_assert!((1..=policy.cap()).contains(&life));
        prop_assert_eq!(claims.not_before, Some(NOW));
        let identity = claims.identity.strip_suffix("-cafef00dbeef").filter(|_| policy.unique_identities).unwrap_or(&claims.identity);
        if !claims.identity.is_empty() {
            prop_assert!(policy.identities.iter().any(|p| p.matches(identity) || p.matches(&claims.identity)), "{}", claims.identity);
        }
        let room = &claims.grants.video.room;
        prop_assert!(room.is_empty() || policy.rooms.iter().any(|p| p.matches(room)), "{}", room);
        for agent in &claims.grants.room_config.agents {
            let known = policy.ceiling.grants.room_config.agents.contains(agent);
            prop_assert!(known || policy.agents.iter().any(|p| p.matches(&agent.agent_name)));
        }
        prop_assert!(claims.grants.unknown.is_empty() && claims.grants.video.unknown.is_empty());
    }

    #[test]
    fn whatever_bytes_come_the_answer_is_a_token_or_a_sentence(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let request = Request { head: head(Method::POST, "/x", &USUAL), body: bytes, nonce: NONCE };
        let response = respond(&request, &Policy::default(), &project(), NOW);
        prop_assert!(response.outcome.issued || response.status == 400, "{}", response.status);
        let body: Value = serde_json::from_str(response.body.expose()).unwrap();
        prop_assert!(body.is_object());
    }
}
