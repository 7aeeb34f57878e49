//! Every rule is tried on the least that is wrong and on the neighbouring case that is right.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::claims::catalog;
use crate::clock::Zone;
use crate::project::{ApiKey, ApiSecret, Listing, ServerUrl};

mod cases;

use cases::{DRAFTS, SECTION_9, TOKENS};

const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

fn draft(json: &str) -> Draft {
    Draft::from_json(json, NOW, &Zone::utc()).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn in_draft(draft: &Draft) -> Vec<Problem> {
    draft.preview(&ApiKey::dev(), NOW).problems
}

fn in_payload(json: &str) -> Vec<Problem> {
    let Ok(Value::Object(map)) = serde_json::from_str(json) else { panic!("{json}") };
    of_claims(&Claims::read(&map).unwrap(), None, NOW)
}

fn messages<'a>(problems: &'a [Problem], id: &str) -> Vec<&'a str> {
    problems.iter().filter(|p| p.rule.id == id).map(|p| p.message.as_str()).collect()
}

#[test]
fn every_rule_fires_on_its_case_and_not_on_the_neighbouring_one() {
    for (id, wrong, message, right) in DRAFTS {
        assert_eq!(messages(&in_draft(&draft(wrong)), id), [*message], "{wrong}");
        assert_eq!(messages(&in_draft(&draft(right)), id), [""; 0], "{right}");
    }
    for (id, wrong, message, right) in TOKENS {
        assert_eq!(messages(&in_payload(wrong), id), [*message], "{wrong}");
        assert_eq!(messages(&in_payload(right), id), [""; 0], "{right}");
    }
}

#[test]
fn the_first_error_is_the_first_error_of_all_that_is_found() {
    let mut errors = 0;
    for (_, wrong, _, right) in DRAFTS {
        for json in [wrong, right] {
            let draft = draft(json);
            let claims = draft.claims(&ApiKey::dev(), NOW);
            let all = of_draft(&draft, &claims, NOW);
            let first = all.iter().find(|problem| problem.rule.severity == Severity::Error);
            assert_eq!(first_error(&claims, Some(draft.ttl), NOW).as_ref(), first, "{json}");
            errors += usize::from(first.is_some());
        }
    }
    assert!(errors >= 8, "{errors}");
}

/// Makes the text in question so many bytes long.
type Fill = fn(&mut Draft, usize);

/// Rules whose cases are too long to write down: bytes that are allowed, and the message for one byte more.
#[test]
fn limits_count_bytes_and_the_last_allowed_one_passes() {
    let join = draft(r#"{"identity": "a", "video": {"roomJoin": true, "room": "r"}}"#);
    let cases: [(&str, usize, Fill, &str); 7] = [
        ("identity-long", 256, |d, n| d.identity = "x".repeat(n), "identity is 257 bytes; servers allow 256"),
        (
            "room-long",
            256,
            |d, n| d.grants.video.room = "x".repeat(n),
            "room is 257 bytes; servers allow 256",
        ),
        (
            "name-long",
            256,
            |d, n| d.grants.name = "x".repeat(n),
            "name is 257 bytes; servers allow 256 in an update",
        ),
        (
            "metadata-big",
            524_288,
            |d, n| d.grants.metadata = "1".repeat(n),
            "metadata is 524289 bytes; servers allow 524288",
        ),
        (
            "attributes-big",
            65_536,
            |d, n| drop(d.grants.attributes.insert("key".into(), "x".repeat(n - 3))),
            "attributes are 65537 bytes; servers allow 65536",
        ),
        (
            "deployment",
            64,
            |d, n| {
                let agent =
                    crate::claims::grants::AgentDispatch { deployment: "x".repeat(n), ..Default::default() };
                d.grants.room_config.agents = vec![agent];
            },
            "roomConfig.agents.0.deployment is 65 bytes; servers allow 64",
        ),
        (
            "identity-long",
            85 * 3,
            |d, n| d.identity = "会".repeat(n.div_ceil(3)),
            "identity is 258 bytes; servers allow 256",
        ),
    ];
    for (id, most, fill, message) in cases {
        for (length, expected) in [(most, &[][..]), (most + 1, &[message][..])] {
            let mut draft = join.clone();
            fill(&mut draft, length);
            assert_eq!(messages(&in_draft(&draft), id), expected, "{length}");
        }
    }
}

#[test]
fn a_big_token_is_measured_as_it_will_be_signed() {
    let mut draft = draft(r#"{"video": {"roomList": true}}"#);
    let bare = draft.claims(&ApiKey::dev(), NOW).signed_len();
    draft.grants.metadata = "1".repeat((4_096 - bare) / 4 * 3 - 20);
    assert!(messages(&in_draft(&draft), "token-big").is_empty());
    draft.grants.metadata.push_str(&"1".repeat(60));
    let size = draft.claims(&ApiKey::dev(), NOW).signed_len();
    let problems = in_draft(&draft);
    assert_eq!(
        messages(&problems, "token-big"),
        [format!("the token is {size} bytes; some proxies refuse it in a URL")]
    );
    assert_eq!(problems.iter().find(|p| p.rule.id == "token-big").unwrap().path, Some("metadata"));
    draft.grants.metadata.push_str(&"1".repeat(6_000));
    assert!(
        messages(&in_draft(&draft), "token-big")[0].ends_with("over 8192 most proxies refuse it in a URL")
    );
}

#[test]
fn an_end_that_has_passed_is_an_error_and_an_end_that_is_now_a_warning() {
    let mut past = draft(r#"{"identity": "a", "video": {"roomJoin": true, "room": "r"}}"#);
    past.ttl = Ttl::Until(NOW.plus(-192));
    assert_eq!(messages(&in_draft(&past), "ttl-past"), ["ends 3 min 12 s before it begins"]);
    assert!(past.preview(&ApiKey::dev(), NOW).signable().is_none());
    past.ttl = Ttl::Until(NOW);
    assert!(messages(&in_draft(&past), "ttl-past").is_empty());
    assert_eq!(messages(&in_draft(&past), "ttl-zero").len(), 1);
}

#[test]
fn a_sip_with_one_member_is_no_problem_in_a_draft_because_both_are_signed() {
    assert!(messages(&in_draft(&draft(r#"{"sip": {"call": true}}"#)), "sip-half").is_empty());
}

fn project(url: &str, key: &str, secret: &str) -> Project {
    Project {
        listing: Listing {
            url: ServerUrl::parse(url).unwrap().value,
            key: ApiKey::parse(key).unwrap().value,
            ..Listing::local_dev()
        },
        secret: ApiSecret::verbatim(secret.into()),
        old_secret: None,
    }
}

const SECRET: &str = "fake-secret-of-thirty-two-bytes!";

#[test]
fn a_project_is_told_what_is_wrong_with_its_key_its_secret_and_its_address() {
    let cloud = "wss://acme.livekit.cloud";
    for (id, wrong, message, right) in [
        (
            "secret-short",
            project(cloud, "APIfake", &SECRET[1..]),
            "the secret is 31 bytes; it should be at least 32",
            project(cloud, "APIfake", SECRET),
        ),
        (
            "secret-space",
            project(cloud, "APIfake", &format!("{SECRET}\n")),
            "the secret starts or ends with a space or a line break",
            project(cloud, "APIfake", "fake secret with spaces inside it, only"),
        ),
        (
            "dev-key",
            project("ws://10.0.0.5:7880", "devkey", "secret"),
            "everyone knows devkey and its secret, and 10.0.0.5 is not this machine",
            Project::local_dev(),
        ),
        (
            "key-swap",
            project(cloud, "fakekey", SECRET),
            "the key \"fakekey\" does not start with API",
            project(cloud, "APIfake", SECRET),
        ),
        (
            "key-swap",
            project(cloud, SECRET, "APIfake"),
            "the secret starts with API, as keys do",
            Project::local_dev(),
        ),
        (
            "url-insecure",
            project("ws://10.0.0.5:7880", "APIfake", SECRET),
            "ws:// to another machine sends tokens in clear; use wss:// if the server has TLS",
            project("wss://10.0.0.5:7880", "APIfake", SECRET),
        ),
        (
            "url-no-port",
            project("ws://localhost", "APIfake", SECRET),
            "no port given: livekit-server listens on 7880 by default",
            Project::local_dev(),
        ),
        (
            "url-tls-loopback",
            project("wss://localhost:7880", "APIfake", SECRET),
            "wss:// to this machine: livekit-server --dev speaks ws://",
            Project::local_dev(),
        ),
    ] {
        assert_eq!(messages(&of_project(&wrong), id), [message]);
        assert!(messages(&of_project(&right), id).is_empty(), "{id}");
    }
    assert_eq!(of_project(&Project::local_dev()), []);
    assert_eq!(of_project(&project(cloud, "APIfake", SECRET)), []);
}

#[test]
fn an_identity_is_in_use_when_a_living_token_has_it_in_the_same_room() {
    let draft = draft(r#"{"identity": "alice", "video": {"roomJoin": true, "room": "demo"}}"#);
    assert_eq!(
        messages(&of_reuse(&draft, &[("x", "y"), ("demo", "alice")]), "identity-reuse"),
        ["a token for \"alice\" in room \"demo\" is still alive"]
    );
    assert_eq!(of_reuse(&draft, &[("lobby", "alice"), ("demo", "Alice")]), []);
    assert_eq!(of_reuse(&Draft::default(), &[("", "")]), []);
}

#[test]
fn what_was_taken_off_a_pasted_token_and_a_wrong_algorithm_are_named() {
    assert_eq!(
        messages(&of_paste(&["the word Bearer", "quotes"]), "bearer-paste"),
        ["taken off to read the token: the word Bearer, quotes"]
    );
    assert_eq!(of_paste(&[]), []);
    assert_eq!(messages(&of_algorithm("HS384"), "alg"), ["the header names HS384, not HS256"]);
    assert_eq!(messages(&of_algorithm("hs256"), "alg"), ["the header names hs256, not HS256"]);
    assert_eq!(messages(&of_algorithm(""), "alg"), ["the header names no algorithm, not HS256"]);
    assert_eq!(of_algorithm("HS256"), []);
}

#[test]
fn every_id_of_the_specification_has_its_row_with_its_severity() {
    for (id, severity) in SECTION_9 {
        let rule = rule(id).unwrap_or_else(|| panic!("no row {id}"));
        let letter = match rule.severity {
            Severity::Error => 'E',
            Severity::Warning => 'W',
            Severity::Note => 'I',
        };
        assert_eq!(letter, severity, "{id}");
    }
}

#[test]
fn every_row_is_told_apart_and_explained() {
    let mut ids = BTreeSet::new();
    for rule in RULES {
        assert!(ids.insert(rule.id), "{} twice", rule.id);
        assert!(rule.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", rule.id);
        assert!(!rule.what.is_empty() && rule.what.len() <= 60 && !rule.what.ends_with('.'), "{}", rule.id);
        assert!(rule.why.ends_with('.') && rule.cure.ends_with('.'), "{}", rule.id);
        assert!(rule.cure.starts_with(|c: char| c.is_uppercase()), "{}", rule.id);
    }
}

#[test]
fn every_row_about_claims_has_its_case_here() {
    let limits = ["identity-long", "room-long", "name-long", "metadata-big", "attributes-big", "token-big"];
    let cases = || DRAFTS.iter().chain(TOKENS).map(|(id, ..)| *id).chain(limits);
    for rule in RULES.iter().filter(|rule| matches!(rule.check, Check::Claims(_) | Check::Times(_))) {
        assert!(cases().any(|id| id == rule.id), "no case for {}", rule.id);
    }
}

#[test]
fn every_path_is_a_row_of_the_catalogue_and_every_message_one_line() {
    let drafts =
        DRAFTS.iter().flat_map(|(_, wrong, _, right)| [in_draft(&draft(wrong)), in_draft(&draft(right))]);
    let tokens = TOKENS.iter().map(|(_, wrong, ..)| in_payload(wrong));
    for problem in drafts.chain(tokens).flatten() {
        if let Some(path) = problem.path {
            assert!(catalog::entry(path).is_some(), "{path} of {}", problem.rule.id);
        }
        assert!(!problem.message.is_empty() && !problem.message.ends_with('.'), "{}", problem.message);
        assert!(!problem.message.contains(crate::text::is_unprintable), "{}", problem.message);
    }
}

#[test]
fn the_worst_comes_first_and_the_table_orders_the_rest() {
    let problems =
        in_draft(&draft(r#"{"kind": "x", "ttl": "40h", "video": {"roomJoin": true, "canPublish": false}}"#));
    let ids: Vec<&str> = problems.iter().map(|p| p.rule.id).collect();
    assert_eq!(ids, ["join-no-room", "join-no-identity", "kind-unknown", "ttl-long", "data-follows"]);
}

#[test]
fn a_plain_join_token_has_nothing_to_say() {
    assert_eq!(
        in_draft(&draft(r#"{"identity": "a", "name": "A", "video": {"roomJoin": true, "room": "r"}}"#)),
        []
    );
}

#[test]
fn a_secret_is_located_but_never_repeated() {
    for (_, wrong, ..) in DRAFTS.iter().filter(|(id, ..)| *id == "config-secret") {
        assert!(!format!("{:?}", in_draft(&draft(wrong))).contains("canary"));
    }
    let canary = "fake-canary-secret-of-thirty-two-bytes ";
    assert!(!format!("{:?}", of_project(&project("ws://10.0.0.5", "fakekey", canary))).contains("canary"));
}

#[test]
fn text_from_outside_is_shown_and_not_obeyed() {
    let hostile = r#"{"identity": "a\u001b[2J\u202e", "kind": "\u0007", "metadata": "\u001b]0;x\u0007", "roomPreset": "\n",
        "attributes": {"sip.\u001b": ""}, "\u001b[H": 1,
        "video": {"roomJoin": true, "\u202ex": 1, "canPublishSources": ["\u001b"]},
        "roomConfig": {"agents": [{"deployment": "\u001b"}], "egress": {"\u001b": {"secret": "fake"}}}}"#;
    let problems = in_draft(&draft(hostile));
    assert!(problems.len() > 10);
    for problem in problems {
        assert!(!problem.message.contains(crate::text::is_unprintable), "{:?}", problem.message);
    }
}

#[test]
fn a_thousand_unknown_fields_and_secrets_are_counted_not_listed() {
    let mut draft = draft("{}");
    for i in 0..1_000 {
        draft.grants.video.unknown.insert(format!("zebra{i}"), Value::Null.into());
        draft.grants.unknown.insert(format!("zebra{i}"), Value::Null.into());
    }
    let outputs: Vec<Value> = (0..1_000).map(|_| serde_json::json!({"s3": {"secret": "fake"}})).collect();
    draft.grants.room_config.egress = Some(serde_json::json!({"room": {"fileOutputs": outputs}}));
    let problems = in_draft(&draft);
    assert!(problems.len() < 40, "{}", problems.len());
    for (id, last) in [
        ("unknown-field", "992 more fields that LiveKit does not define"),
        ("unknown-claim", "992 more claims that LiveKit does not define"),
        ("config-secret", "992 more secrets in roomConfig"),
    ] {
        assert_eq!(messages(&problems, id).last(), Some(&last));
    }
}

#[test]
fn a_second_later_the_problems_are_those_of_that_second() {
    let tokens = TOKENS.iter().map(|(_, wrong, ..)| {
        let Ok(Value::Object(map)) = serde_json::from_str(wrong) else { panic!("{wrong}") };
        Claims::read(&map).unwrap()
    });
    let drafts = DRAFTS.iter().map(|(_, wrong, ..)| draft(wrong).claims(&ApiKey::dev(), NOW));
    for claims in tokens.chain(drafts) {
        let mut problems = of_claims(&claims, None, NOW);
        for later in [1, 59, 61, 3_600, 400_000, -7_200] {
            pass(&mut problems, &claims, None, NOW.plus(later));
            assert_eq!(problems, of_claims(&claims, None, NOW.plus(later)));
        }
    }
}

#[test]
fn an_empty_list_of_sources_is_remembered_until_the_row_is_unset() {
    let mut draft = draft(r#"{"video": {"roomJoin": true}}"#);
    draft.set("video.canPublishSources", "[]", NOW, &Zone::utc()).unwrap();
    assert_eq!(messages(&in_draft(&draft), "sources-empty").len(), 1);
    draft.set("video.canPublishSources", "unset", NOW, &Zone::utc()).unwrap();
    assert!(messages(&in_draft(&draft), "sources-empty").is_empty());
    draft.lay_grant(r#"{"canPublishSources": []}"#).unwrap();
    draft.lay_grant(r#"{"canSubscribe": true}"#).unwrap();
    assert_eq!(messages(&in_draft(&draft), "sources-empty").len(), 1);
    let written = &draft.claims(&ApiKey::dev(), NOW).to_json()["video"];
    assert_eq!(*written, serde_json::json!({"roomJoin": true, "canSubscribe": true}));
}
