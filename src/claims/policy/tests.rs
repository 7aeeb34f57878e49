//! Laws over what a policy lets pass.

use proptest::prelude::*;

use super::*;
use crate::claims::problems::{Severity, of_policy};
use crate::project::ApiKey;

const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

fn draft(json: &str) -> Draft {
    Draft::from_json(json, NOW, &Zone::utc()).unwrap()
}

fn claims(json: &str) -> Claims {
    draft(json).claims(&ApiKey::dev(), NOW)
}

fn allowing(words: &[&str]) -> ProjectPolicy {
    let allow = words.iter().map(|word| Allowed::parse(word).unwrap()).collect();
    ProjectPolicy { allow: Some(allow), ..ProjectPolicy::default() }
}

/// The ids and the rows of what a policy says.
fn found(json: &str, policy: &ProjectPolicy) -> Vec<(&'static str, &'static str)> {
    let problems = of_policy(&claims(json), policy);
    problems.iter().map(|problem| (problem.rule.id, problem.path.unwrap_or(""))).collect()
}

#[test]
fn a_policy_that_says_nothing_forbids_nothing() {
    let all =
        r#"{"ttl": "99y", "video": {"roomAdmin": true, "roomJoin": true, "x": true}, "sip": {"call": true}}"#;
    assert_eq!(found(all, &ProjectPolicy::default()), []);
    assert!(ProjectPolicy::default().is_empty() && ProjectPolicy::default().badge().is_none());
}

#[test]
fn a_longer_life_than_allowed_is_an_error_to_the_second() {
    let policy = ProjectPolicy { max_ttl: Some(3_600), ..ProjectPolicy::default() };
    assert_eq!(found(r#"{"ttl": "1h"}"#, &policy), []);
    assert_eq!(found(r#"{"ttl": "3601s"}"#, &policy), [("policy-ttl", "exp")]);
    assert_eq!(found(r#"{"ttl": "until 2099-01-01"}"#, &policy), [("policy-ttl", "exp")]);
    let mut endless = claims(r#"{"ttl": "1h"}"#);
    endless.expires_at = None;
    let said = &of_policy(&endless, &policy)[0].message;
    assert_eq!(said, "valid without end; the project allows 1 h at most");
}

#[test]
fn what_is_a_yes_by_default_counts_as_granted() {
    let policy = allowing(&["video.roomJoin", "video.canSubscribe"]);
    let join = r#"{"video": {"roomJoin": true, "room": "r"}}"#;
    assert_eq!(
        found(join, &policy),
        [("policy-grant", "video.canPublish"), ("policy-grant", "video.canPublishData")]
    );
    assert_eq!(found(r#"{"video": {"roomJoin": true, "canPublish": false}}"#, &policy), []);
    let data = r#"{"video": {"roomJoin": true, "canPublish": false, "canPublishData": true}}"#;
    assert_eq!(found(data, &policy), [("policy-grant", "video.canPublishData")]);
    assert_eq!(found(join, &allowing(&["video"])), []);
    assert_eq!(found(join, &allowing(&["in-the-room"])), []);
    assert_eq!(found(r#"{"sip": {"call": true}}"#, &allowing(&["in-the-room", "telephony"])), []);
    assert_eq!(found(r#"{"sip": {"call": true}}"#, &allowing(&[])), [("policy-grant", "sip.call")]);
}

#[test]
fn a_field_that_roomkey_does_not_know_is_not_allowed_by_any_list() {
    let policy = allowing(&["video", "sip"]);
    for unknown in
        [r#"{"video": {"newPower": true}}"#, r#"{"newGrant": {"admin": true}}"#, r#"{"newPower": true}"#]
    {
        assert_eq!(found(unknown, &policy), [("policy-grant", "")], "{unknown}");
    }
    assert_eq!(found(r#"{"tenant": "blue", "seat": 7}"#, &policy), []);
    let production = ProjectPolicy { production: true, ..ProjectPolicy::default() };
    assert_eq!(production.asks_twice(&claims(r#"{"video": {"newPower": true}}"#)), ["video.newPower"]);
}

#[test]
fn a_kind_that_is_none_to_the_server_grants_nothing() {
    let policy = allowing(&["video"]);
    for (kind, found_there) in
        [("", &[][..]), ("standard", &[]), ("zebra", &[]), ("EGRESS", &[("policy-grant", "kind")])]
    {
        assert_eq!(found(&format!(r#"{{"kind": "{kind}"}}"#), &policy), found_there, "{kind}");
    }
}

#[test]
fn an_administrative_token_of_production_is_asked_for_twice_and_no_other() {
    let production = ProjectPolicy { production: true, ..ProjectPolicy::default() };
    let join = r#"{"video": {"roomJoin": true, "room": "r"}}"#;
    assert_eq!(production.asks_twice(&claims(join)), [""; 0]);
    let admin = r#"{"video": {"roomAdmin": true, "roomCreate": true}, "sip": {"admin": true}}"#;
    assert_eq!(production.asks_twice(&claims(admin)), ["video.roomAdmin", "video.roomCreate", "sip.admin"]);
    assert_eq!(found(admin, &production), [("policy-production", "")]);
    assert!(ProjectPolicy::default().asks_twice(&claims(admin)).is_empty());
}

#[test]
fn every_administrative_row_gives_power_over_more_than_its_holder() {
    let admin: Vec<&str> = ENTRIES.iter().filter(|e| e.power == Power::Admin).map(|e| e.path).collect();
    assert_eq!(
        admin,
        [
            "video.roomAdmin",
            "video.roomCreate",
            "video.roomList",
            "video.roomRecord",
            "video.ingressAdmin",
            "video.recorder",
            "sip.admin",
            "sip.call",
            "video.agent",
            "roomConfig.egress",
            "agent.admin",
            "agent.simulationAdmin",
            "agent.databaseAdmin",
            "agent.dispatchAdmin",
            "agentThread.all",
        ]
    );
}

/// A draft in which this row gives whatever it can.
fn giving(entry: &Entry) -> Draft {
    let mut draft = Draft::default();
    let value = match entry.field {
        Field::Flag(_) | Field::Choice(..) => "true",
        Field::OneOf(_, names) => names[2],
        Field::Json(_) => r#"{"room": {}}"#,
        _ => "x",
    };
    draft.set_entry(entry, value, NOW, &Zone::utc()).unwrap();
    draft
}

#[test]
fn no_row_that_grants_is_overlooked() {
    for entry in ENTRIES.iter().filter(|entry| entry.power != Power::None) {
        let claims = giving(entry).claims(&ApiKey::dev(), NOW);
        let paths: Vec<&str> = of_policy(&claims, &allowing(&[])).iter().filter_map(|p| p.path).collect();
        assert!(paths.contains(&entry.path), "{}", entry.path);
        assert!(entry.is_set(&giving(entry)));
        let object = entry.path.split('.').next().unwrap();
        for word in
            [entry.path, entry.group.word()].into_iter().chain(Allowed::all().find(|word| *word == object))
        {
            let left = of_policy(&claims, &allowing(&[word]));
            assert!(left.iter().all(|p| p.path != Some(entry.path)), "{word} does not cover {}", entry.path);
        }
    }
    let objects: std::collections::BTreeSet<&str> =
        Grants::default().undefined().into_iter().map(|(object, _)| object).collect();
    assert_eq!(objects, OBJECTS.into_iter().chain(["roomConfig"]).collect());
}

#[test]
fn every_word_is_read_back_and_told_apart() {
    let words: Vec<&str> = Allowed::all().collect();
    for word in &words {
        assert_eq!(Allowed::parse(word).unwrap().as_str(), *word);
        assert_eq!(words.iter().filter(|other| other == &word).count(), 1, "{word}");
    }
    for colour in Colour::ALL {
        assert_eq!(colour.to_string().parse(), Ok(colour));
    }
}

#[test]
fn what_cannot_be_in_a_policy_is_refused_with_a_cure() {
    let grant = |text| Allowed::parse(text).unwrap_err();
    assert_eq!(grant("roomJoin").hint(), "did you mean video.roomJoin?");
    assert_eq!(grant("video.room").to_string(), "video.room grants nothing, so it is always allowed");
    assert!(grant("zebra").hint().contains("in-the-room"));
    assert_eq!("rde".parse::<Colour>().unwrap_err().hint(), "did you mean red?");
    for text in ["0s", "until 18:00", "until 1960-01-01", "soon", "", "5"] {
        assert!(!max_ttl(text).unwrap_err().hint().is_empty(), "{text}");
    }
    assert_eq!(max_ttl("90m"), Ok(5_400));
    assert!(Label::parse(&"x".repeat(25)).is_err() && Label::parse("a\u{1b}b").is_err());
    assert_eq!(Label::parse(" eu west ").unwrap().as_str(), "eu west");
}

#[test]
fn a_badge_spells_production_out() {
    let badge = |label: &str, production| {
        let label = Label::parse(label).unwrap();
        ProjectPolicy { label, production, ..ProjectPolicy::default() }.badge()
    };
    assert_eq!(badge("", true).as_deref(), Some("PRODUCTION"));
    assert_eq!(badge("Production", true).as_deref(), Some("PRODUCTION"));
    assert_eq!(badge("eu", true).as_deref(), Some("PRODUCTION eu"));
    assert_eq!(badge("staging", false).as_deref(), Some("staging"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever passes is within the policy, counted another way: by what the server would let its holder do.
    #[test]
    fn what_passes_is_within_the_policy(
        rows in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        joins in any::<bool>(),
        off in any::<bool>(),
        words in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        seconds in 1_u64..10_000,
        most in prop::option::of(1_u64..10_000),
    ) {
        let grants: Vec<&Entry> = ENTRIES.iter().filter(|entry| entry.power != Power::None).collect();
        let all: Vec<&str> = Allowed::all().collect();
        let words: Vec<&str> = words.iter().map(|i| all[i.index(all.len())]).collect();
        let mut draft = Draft { ttl: Ttl::For(seconds), ..Draft::default() };
        draft.grants.video.room_join = joins;
        draft.grants.video.can_publish = off.then_some(false);
        let chosen: Vec<&Entry> = rows.iter().map(|i| grants[i.index(grants.len())]).collect();
        for entry in &chosen {
            let value = match entry.field {
                Field::Flag(_) | Field::Choice(..) => "true",
                Field::OneOf(_, names) => names[2],
                Field::Json(_) => "{}",
                _ => "x",
            };
            draft.set_entry(entry, value, NOW, &Zone::utc()).unwrap();
        }
        let policy = ProjectPolicy { max_ttl: most, ..allowing(&words) };
        let claims = draft.claims(&ApiKey::dev(), NOW);
        let passes = of_policy(&claims, &policy).iter().all(|p| p.rule.severity != Severity::Error);
        let covered = |path: &str| {
            let entry = crate::claims::catalog::entry(path).unwrap();
            words.iter().any(|w| path == *w || path.starts_with(&format!("{w}.")) || entry.group.word() == *w)
        };
        // Who does not join has permissions nowhere.
        let can = crate::claims::effect::permission(&claims).filter(|_| draft.grants.video.room_join);
        let may = |has: fn(&crate::claims::effect::Permission) -> bool| can.as_ref().is_some_and(has);
        let within = most.is_none_or(|most| seconds <= most)
            && chosen.iter().all(|entry| covered(entry.path))
            && (!draft.grants.video.room_join || covered("video.roomJoin"))
            && (!may(|can| can.can_publish) || covered("video.canPublish"))
            && (!may(|can| can.can_publish_data) || covered("video.canPublishData"))
            && (!may(|can| can.can_subscribe) || covered("video.canSubscribe"));
        prop_assert_eq!(passes, within, "{:?} {:?}", draft.grants, words);
    }
}
