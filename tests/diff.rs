//! Two tokens held against each other: laws over all of them, and what single pairs come to.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};

use roomkey::claims::Held;
use roomkey::claims::catalog::{ENTRIES, Entry, Field};
use roomkey::claims::draft::Draft;
use roomkey::claims::grants::AgentDispatch;
use roomkey::clock::{Timestamp, Ttl};
use roomkey::project::{ApiKey, ApiSecret};
use roomkey::text::is_unprintable;
use roomkey::token::diff::{Diff, Kind, Side, Signatures, diff};
use roomkey::token::inspect::inspect;
use roomkey::token::sign;

/// 2026-11-24 14:42:07 UTC.
const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

fn encoded(header: &str, payload: &str) -> String {
    format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}

fn of(a: &str, b: &str) -> Diff {
    diff(&inspect(a).unwrap(), &inspect(b).unwrap())
}

/// The difference of two payloads.
fn between(a: &str, b: &str) -> Diff {
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    of(&encoded(header, a), &encoded(header, b))
}

/// The difference of two `video` grants of the same person.
fn videos(a: &str, b: &str) -> Diff {
    let payload = |video: &str| {
        format!(
            r#"{{"iss":"APIfake","sub":"alice","nbf":1795531327,"exp":1795534927,"video":{{"roomJoin":true,"room":"demo"{video}}}}}"#
        )
    };
    between(&payload(a), &payload(b))
}

/// `~ video.room "demo" "lobby"`: every row that is not the same.
fn told(diff: &Diff) -> Vec<String> {
    diff.rows
        .iter()
        .filter(|row| row.kind != Kind::Same)
        .map(|row| {
            let [a, b] = row.said(40);
            format!("{} {} {a} | {b}", row.kind.as_str(), row.path)
        })
        .collect()
}

#[test]
fn the_sentence_says_what_matters_first() {
    for (a, b, sentence) in [
        ("", "", "The same token twice"),
        (
            r#","canPublishSources":["camera","microphone"]"#,
            r#","canPublishSources":["camera","microphone","screen_share"]"#,
            "b may also publish screen_share",
        ),
        (
            "",
            r#","canPublishData":false,"hidden":true"#,
            "b may also join unseen; it can no longer send data",
        ),
        ("", r#","canPublish":false"#, "b can no longer publish anything and send data"),
        (
            "",
            r#","canPublishSources":["camera"],"canPublishData":false"#,
            "b can no longer publish microphone, screen_share and screen_share_audio, and send data",
        ),
        (
            "",
            r#","canPublishSources":["camera","microphone","screen_share","screen_share_audio"]"#,
            "b can no longer publish tracks of no named source",
        ),
        ("", r#","roomAdmin":true,"roomList":true"#, "b may also moderate its room and list all rooms"),
        ("", r#","room":"lobby""#, "a joins demo, b joins lobby; otherwise the same permissions"),
        (
            "",
            r#","room":"my lobby","canSubscribe":false"#,
            "a joins demo, b joins \"my lobby\"; b can no longer hear and see the others",
        ),
        ("", r#","roomJoin":false"#, "b can no longer join demo"),
        (r#","roomJoin":false"#, "", "b may also join demo"),
        ("", r#","canPublish":true"#, "Same claims to a server, written differently"),
        ("", r#","later":1"#, "Same permissions; other claims differ"),
        (
            r#","canPublish":false"#,
            r#","canPublish":false,"canPublishSources":["camera"]"#,
            "Permissions differ in detail",
        ),
        (r#","destinationRoom":"x""#, "", "Same permissions; claims without effect differ"),
    ] {
        assert_eq!(videos(a, b).sentence, sentence, "{a} | {b}");
    }
    for (a, b, sentence) in [
        (
            r#"{"sub":"alice","exp":1}"#,
            r#"{"sub":"bob","exp":9}"#,
            "Same permissions; identity and times differ",
        ),
        (
            r#"{"iss":"K","metadata":"x"}"#,
            r#"{"iss":"L","name":"y"}"#,
            "Same permissions; key, name and metadata differ",
        ),
        (
            r#"{"video":{"roomJoin":true,"room":"r"}}"#,
            r#"{"sub":"a","video":{"roomJoin":true,"room":"r"}}"#,
            "a is refused the join (identity cannot be empty); identity differs",
        ),
        (
            r#"{"video":{"canPublish":"false"}}"#,
            r#"{"video":{"canPublish":false}}"#,
            "A server cannot read a (video.canPublish must be true or false, not the text \"false\"), so permissions cannot be compared",
        ),
        (
            r#"{"sub":1}"#,
            r#"{"sub":2}"#,
            "A server cannot read a (sub must be a text, not the number 1), a server cannot read b (sub must be a text, not the number 2), so permissions cannot be compared; identity differs",
        ),
        (
            r#"{"nbf":0,"exp":3600}"#,
            r#"{"nbf":60,"exp":3660}"#,
            "Same claims; same lifetime of 1 h, b is 1 min later",
        ),
        (r#"{"nbf":0,"exp":3600}"#, r#"{"nbf":0,"exp":21600}"#, "Same claims; a lives 1 h, b 6 h"),
        (r#"{"nbf":0,"exp":3600}"#, r#"{"nbf":0}"#, "Same claims; b has no exp"),
        (r#"{"exp":3600}"#, r#"{"exp":3000}"#, "Same claims; b ends 10 min earlier"),
        (r#"{"iat":5,"nbf":0,"exp":3600}"#, r#"{"nbf":0,"exp":3600}"#, "Same claims; another iat or nbf"),
    ] {
        assert_eq!(between(a, b).sentence, sentence, "{a} | {b}");
    }
}

#[test]
fn two_tokens_a_minute_apart_differ_in_one_thing_only() {
    let draft = Draft { identity: "alice".into(), ..Draft::default() };
    let at = |now| sign(&draft.claims(&ApiKey::dev(), now), &ApiSecret::dev()).unwrap();
    let diff = of(at(NOW).expose(), at(NOW.plus(60)).expose());
    assert_eq!(told(&diff), Vec::<String>::new());
    assert!(diff.is_same() && diff.times.only_moved());
    assert_eq!((diff.times.same_length(), diff.times.later()), (Some(true), Some(60)));
    assert_eq!(diff.sentence, "Same claims; same lifetime of 1 h, b is 1 min later");
}

#[test]
fn absent_false_and_null_are_told_and_are_one_to_a_server() {
    assert_eq!(
        told(&videos(r#","hidden":false"#, r#","recorder":null"#)),
        ["same_meaning video.hidden false | ·", "same_meaning video.recorder · | null"]
    );
    assert_eq!(
        told(&videos("", r#","canPublish":false"#)),
        ["only_b video.canPublish · yes by default | false"]
    );
    assert_eq!(
        told(&videos(r#","canPublish":null"#, r#","canPublish":false"#)),
        ["changed video.canPublish null | false"]
    );
    // Unset data follows what publishing comes to in its own token.
    assert_eq!(
        told(&videos(r#","canPublish":false"#, r#","canPublishData":false"#)),
        [
            "only_a video.canPublish false | · yes by default",
            "same_meaning video.canPublishData · as canPublish | false"
        ]
    );
    // No server reads it, but somebody may.
    assert_eq!(told(&between(r#"{"x":null}"#, "{}")), ["only_a x null | ·"]);
}

#[test]
fn order_spelling_and_base64_are_no_difference() {
    let proper = r#"{"iss":"K","sub":"a","video":{"roomJoin":true,"room":"r","canPublishSources":["camera","microphone"]},"roomConfig":{"emptyTimeout":300,"agents":[{"agentName":"x","restartPolicy":"JRP_NEVER"}],"egress":{"room":{"audioOnly":true}}}}"#;
    let odd = r#"{"roomConfig":{"egress":{"room":{"audio_only":true,"layout":""}},"agents":[{"restart_policy":1,"agent_name":"x"}],"empty_timeout":"300"},"VIDEO":{"canPublishSources":["microphone","camera"],"Room":"r","ROOMJOIN":true},"sub":"a","Iss":"K"}"#;
    let diff = between(proper, odd);
    assert!(diff.is_same(), "{:?}", told(&diff));
    assert_eq!(diff.same_permissions, Some(true));
    assert_eq!(
        told(&diff),
        [
            "same_meaning video.canPublishSources camera, microphone | microphone, camera",
            r#"same_meaning roomConfig.agents.0.restartPolicy "JRP_NEVER" | 1"#,
            r#"same_meaning roomConfig.emptyTimeout 300 | "300""#,
            r#"same_meaning roomConfig.egress.room.layout · | """#,
        ]
    );
    let padded = |text: &str| STANDARD.encode(text);
    let (header, payload) = (r#"{"alg":"HS256"}"#, r#"{"sub":"??>>"}"#);
    let plain = encoded(header, payload);
    let odd = format!("{}.{}.c2ln", padded(header), padded(payload));
    assert_ne!(plain, odd);
    let diff = of(&plain, &odd);
    assert!(diff.is_same());
    assert_eq!(
        (diff.signature, diff.sentence.as_str()),
        (Signatures::Same, "Same claims, in another order or spelling")
    );
    // A type in the header says nothing to a server; another algorithm does.
    assert!(
        of(&encoded(r#"{"alg":"HS256","typ":"JWT"}"#, "{}"), &encoded(r#"{"alg":"HS256"}"#, "{}")).is_same()
    );
    let diff = of(&encoded(r#"{"alg":"HS256"}"#, "{}"), &encoded(r#"{"alg":"none"}"#, "{}"));
    assert_eq!((diff.is_same(), diff.sentence.as_str()), (false, "Same permissions; header differs"));
}

#[test]
fn lists_and_maps_are_compared_item_by_item() {
    assert_eq!(
        told(&between(
            r#"{"attributes":{"role":"host","lk.x":"1"},"custom":[1,2,3],"roomConfig":{"agents":[{"agentName":"x"}]}}"#,
            r#"{"attributes":{"role":"guest","seat":""},"custom":[1,9,2,3],"roomConfig":{"agents":[{"agentName":"y","metadata":"m"},{}]}}"#
        )),
        [
            r#"changed roomConfig.agents.0.agentName "x" | "y""#,
            r#"only_b roomConfig.agents.0.metadata · | "m""#,
            "only_b roomConfig.agents.1 · | {}",
            r#"only_a attributes["lk.x"] "1" | ·"#,
            r#"changed attributes.role "host" | "guest""#,
            r#"only_b attributes.seat · | """#,
            "only_b custom.1 · | 9",
        ]
    );
    // Of another type nothing is told apart inside.
    assert_eq!(told(&between(r#"{"x":{"0":1}}"#, r#"{"x":[1]}"#)), [r#"changed x {"0":1} | [1]"#]);
}

#[test]
fn the_room_and_the_identity_come_first_and_what_nobody_knows_last() {
    let diff = between(
        r#"{"aaa":1,"attributes":{"k":"v"},"iss":"K","video":{"canPublish":false,"room":"a","roomJoin":true},"sub":"a","roomPreset":"p","metadata":"m","name":"n","jti":"j"}"#,
        r#"{"sub":"b","video":{"room":"b"}}"#,
    );
    let paths: Vec<String> = diff.rows.iter().map(|row| row.path.to_string()).collect();
    assert_eq!(
        paths,
        [
            "video.room",
            "sub",
            "video.roomJoin",
            "video.canPublish",
            "iss",
            "name",
            "metadata",
            "attributes.k",
            "roomPreset",
            "jti",
            "aaa"
        ]
    );
}

#[test]
fn a_video_that_is_there_and_empty_is_more_than_none() {
    let diff = between(r#"{"video":{}}"#, "{}");
    assert_eq!(told(&diff), ["only_a video {} | ·"]);
    assert_eq!(diff.same_permissions, Some(false));
    assert_eq!(told(&between(r#"{"sip":{}}"#, "{}")), ["same_meaning sip {} | ·"]);
}

#[test]
fn the_servers_permissions_and_apis_are_compared_under_its_names() {
    let diff = videos(
        r#","roomCreate":true,"roomAdmin":true"#,
        r#","roomAdmin":true,"roomList":true,"canPublish":false"#,
    );
    let differing: Vec<&str> =
        diff.effective.iter().filter(|one| one.differs()).map(|one| one.name.as_str()).collect();
    assert_eq!(differing, ["canPublish", "canPublishData"]);
    assert_eq!(diff.can.only_a, ["CreateRoom+DeleteRoom (any room)"]);
    assert_eq!(diff.can.only_b, ["ListRooms"]);
    assert_eq!(diff.can.both[0], "room admin APIs + AgentDispatch.* for room \"demo\"");
}

#[test]
fn a_copy_of_the_identity_is_no_difference_and_another_text_is() {
    assert!(between(r#"{"sub":"a","identity":"a"}"#, r#"{"sub":"a"}"#).is_same());
    assert!(!between(r#"{"sub":"a","identity":"b"}"#, r#"{"sub":"a"}"#).is_same());
}

#[test]
fn another_signature_over_the_same_text_is_named() {
    let draft = Draft::default();
    let claims = draft.claims(&ApiKey::dev(), NOW);
    let with = |secret: &str| sign(&claims, &ApiSecret::verbatim(secret.into())).unwrap();
    let diff = of(with("fake").expose(), with("fake\n").expose());
    assert_eq!(diff.signature, Signatures::Differ);
    assert!(diff.is_same() && diff.sentence.contains("another secret"), "{}", diff.sentence);
}

#[test]
fn a_time_that_is_none_is_a_claim_like_any_other() {
    let diff = between(r#"{"exp":"soon"}"#, r#"{"exp":5}"#);
    assert_eq!(told(&diff), [r#"changed exp "soon" | 5"#]);
    assert!(!diff.is_same());
}

#[test]
fn of_long_texts_the_place_where_they_part_is_shown() {
    let text = |end: &str| format!(r#"{{"metadata":"{}{end}"}}"#, "é".repeat(300));
    let diff = between(&text("one"), &text("two"));
    let [a, b] = diff.rows[0].said(30);
    assert!(a.starts_with('…') && a.ends_with("one\"") && b.ends_with("two\""), "{a} {b}");
    assert!(a.chars().count() <= 32, "{a}");
}

// ---- laws

/// Another value than any that the row has.
fn change(entry: &Entry, draft: &mut Draft, salt: u8) {
    match entry.field {
        Field::Flag(at) => *(at.get_mut)(draft) = !*(at.get)(draft),
        Field::Choice(at, _) => {
            *(at.get_mut)(draft) = Some((at.get)(draft).map_or(salt.is_multiple_of(2), |set| !set));
        }
        Field::Text(at) | Field::LongText(at) => (at.get_mut)(draft).push_str(&format!("changed {salt}")),
        Field::OneOf(at, names) => {
            let next = usize::from((at.get)(draft) == names[1]) + 1;
            *(at.get_mut)(draft) = names[next].into();
        }
        Field::Count(at, _) => *(at.get_mut)(draft) += 1 + u32::from(salt),
        Field::Sources(at) => {
            let sources = (at.get_mut)(draft);
            let word = if sources.contains(&"camera".to_owned()) { "microphone" } else { "camera" };
            sources.push(word.into());
            sources.dedup();
        }
        Field::Words(at, _) => (at.get_mut)(draft).push(format!("word {salt}")),
        Field::Pairs(at) => drop((at.get_mut)(draft).insert(format!("k{salt}"), format!("v{salt}."))),
        Field::Dispatches(at) => (at.get_mut)(draft)
            .push(AgentDispatch { agent_name: format!("a{salt}"), ..AgentDispatch::default() }),
        Field::Json(at) => *(at.get_mut)(draft) = Some(json!({"room": {"layout": format!("grid {salt}")}})),
        Field::Lasting(at) => *(at.get_mut)(draft) = Ttl::For(60 + u64::from(salt)),
    }
}

fn drafts() -> impl Strategy<Value = Draft> {
    prop::collection::vec((0..ENTRIES.len(), any::<u8>()), 0..12).prop_map(|changes| {
        let mut draft = Draft::default();
        for (at, salt) in changes {
            change(&ENTRIES[at], &mut draft, salt);
        }
        draft
    })
}

fn token(draft: &Draft) -> String {
    sign(&draft.claims(&ApiKey::dev(), NOW), &ApiSecret::dev()).unwrap().expose().to_owned()
}

/// Values of JSON that reach every branch: known keys in odd spellings, unknown ones, all types.
fn payloads() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "video",
        "VIDEO",
        "sip",
        "room",
        "Room",
        "roomJoin",
        "canPublish",
        "canPublishData",
        "canPublishSources",
        "hidden",
        "roomConfig",
        "agents",
        "agentName",
        "agent_name",
        "egress",
        "emptyTimeout",
        "empty_timeout",
        "attributes",
        "sub",
        "iss",
        "exp",
        "nbf",
        "aud",
        "jti",
        "identity",
        "metadata",
        "",
        "a.b",
        "\u{202e}",
        "0",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..4).prop_map(Value::from),
        prop::sample::select(vec![1.0_f64, 0.0, 2.5, 1e300]).prop_map(Value::from),
        prop::sample::select(vec!["", "a", "0", "300", "camera", "\u{1b}[2J\u{202e}", "é"])
            .prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|members| {
                Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    });
    let keys = vec![
        "video",
        "Video",
        "sip",
        "roomConfig",
        "attributes",
        "sub",
        "Sub",
        "iss",
        "exp",
        "nbf",
        "iat",
        "aud",
        "identity",
        "kindDetails",
        "custom",
        "a.b",
    ];
    prop::collection::vec((prop::sample::select(keys), value), 0..8).prop_map(|members| {
        Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    })
}

/// What must be true of any two tokens.
fn laws(a: &str, b: &str) {
    let (Ok(a), Ok(b)) = (inspect(a), inspect(b)) else { return };
    let there = diff(&a, &b);
    let back = diff(&b, &a);
    let own = diff(&a, &a);
    assert!(own.is_same() && own.rows.iter().all(|row| row.kind == Kind::Same), "{own:?}");
    assert!(!own.times.differ() && own.can.only_a.is_empty() && own.can.only_b.is_empty());
    assert!(own.sentence == "The same token twice" || own.unreadable[0].is_some(), "{}", own.sentence);

    assert_eq!(there.is_same(), back.is_same());
    assert_eq!(there.same_permissions, back.same_permissions);
    assert_eq!((&there.can.only_a, &there.can.only_b), (&back.can.only_b, &back.can.only_a));
    assert_eq!(there.times.later(), back.times.later().map(|by| 0_i64.saturating_sub(by)));
    let mirrored = |kind| match kind {
        Kind::OnlyA => Kind::OnlyB,
        Kind::OnlyB => Kind::OnlyA,
        other => other,
    };
    let rows = |diff: &Diff, swapped: bool| -> Vec<(String, Kind, Option<Held>, Option<Held>)> {
        let rows = diff.rows.iter().chain(&diff.header).filter(|row| row.kind != Kind::Same);
        rows.map(|row| {
            let (a, b) = (row.value(Side::A).cloned(), row.value(Side::B).cloned());
            if swapped {
                (row.path.to_string(), mirrored(row.kind), b, a)
            } else {
                (row.path.to_string(), row.kind, a, b)
            }
        })
        .collect()
    };
    assert_eq!(rows(&there, false), rows(&back, true));

    let mut shown = format!("{}{}{}", there.sentence, there.times.sentence(), there.times.now(NOW));
    for row in there.rows.iter().chain(&there.header) {
        shown.extend([row.path.to_string(), row.said(7).concat(), row.said(1_000).concat()]);
    }
    assert!(!shown.contains(is_unprintable), "{shown:?}");
    let json = serde_json::to_string(&there.summary(true, NOW)).unwrap();
    assert!(!json.contains(|c: char| c < ' '), "{json:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold_for_drafts(a in drafts(), b in drafts()) {
        laws(&token(&a), &token(&b));
    }

    #[test]
    fn the_laws_hold_for_any_payload(a in payloads(), b in payloads()) {
        let header = r#"{"alg":"HS256"}"#;
        laws(&encoded(header, &a.to_string()), &encoded(header, &b.to_string()));
    }

    #[test]
    fn the_laws_hold_for_mutated_tokens(
        draft in drafts(),
        at in any::<prop::sample::Index>(),
        with in "[\\x00-\\x7f\u{80}-\u{ff}\u{202e}{}\\[\\],:\"0-9a-z]{0,6}",
        cut in 0_usize..6,
    ) {
        let claims = draft.claims(&ApiKey::dev(), NOW);
        let payload: Vec<char> = serde_json::to_string(&claims).unwrap().chars().collect();
        let from = at.index(payload.len());
        let text: String = payload[..from].iter().copied().chain(with.chars())
            .chain(payload[(from + cut).min(payload.len())..].iter().copied()).collect();
        laws(&token(&draft), &encoded(r#"{"alg":"HS256"}"#, &text));
        let compact = token(&draft);
        let from = at.index(compact.len());
        laws(&compact, &format!("{}{with}{}", &compact[..from], &compact[(from + cut).min(compact.len())..]));
    }

    #[test]
    fn every_changed_entry_shows_under_its_path(a in drafts(), at in 0..ENTRIES.len(), salt in any::<u8>()) {
        let entry = &ENTRIES[at];
        let mut b = a.clone();
        change(entry, &mut b, salt);
        prop_assume!(b.claims(&ApiKey::dev(), NOW) != a.claims(&ApiKey::dev(), NOW));
        let diff = of(&token(&a), &token(&b));
        let hit = |row: &&roomkey::token::diff::Row| {
            let path = row.path.to_string();
            path.strip_prefix(entry.path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if entry.path == "exp" {
            prop_assert!(diff.times.differ() && diff.rows.iter().all(|row| row.kind == Kind::Same));
        } else {
            prop_assert!(diff.rows.iter().filter(hit).any(|row| row.kind != Kind::Same), "{:?}", told(&diff));
            // And nothing else does, but that a video is there at all.
            let others =
                diff.rows.iter().filter(|row| !hit(row) && row.kind.differs() && row.path.to_string() != "video");
            prop_assert_eq!(others.count(), 0, "{:?}", told(&diff));
        }
    }
}
