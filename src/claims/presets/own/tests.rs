use proptest::prelude::*;

use super::*;
use crate::claims::catalog::{ENTRIES, Field};
use crate::claims::grants::AgentDispatch;

const FULL: &str = include_str!("../../draft/full.json");

fn draft(json: &str) -> Draft {
    Draft::from_json(json, EPOCH, &Zone::utc()).unwrap()
}

fn preset(name: &str) -> Preset {
    Preset::own(name, "", Draft::default()).unwrap()
}

#[test]
fn every_claim_of_a_draft_is_read_back_the_same_alone_and_among_others() {
    let whole = Preset::own("whole", "everything at once", draft(FULL)).unwrap();
    assert_eq!(read_one(&whole.to_text(), "x"), Ok(whole.clone()));
    let shelf: Shelf = [whole, preset("a")].into_iter().collect();
    assert_eq!(Shelf::read(&shelf.to_text(), "x"), Ok(shelf.clone()));
    assert_eq!(Shelf::read_shared(&shelf.to_text(), "x"), Ok(shelf.clone()));
    let list: Vec<Value> = shelf.all().iter().map(Preset::to_json).collect();
    assert_eq!(Shelf::read_shared(&Value::Array(list).to_string(), "x"), Ok(shelf.clone()));
    assert_eq!(Shelf::read_shared(&shelf.all()[0].to_text(), "x").unwrap().all(), &shelf.all()[..1]);
    assert_eq!(Shelf::read("", "x"), Ok(Shelf::default()));
}

#[test]
fn a_name_is_printable_short_and_nobody_elses() {
    for (name, said) in [
        ("", "a preset needs a name"),
        ("  ", "a preset needs a name"),
        ("-p", "a preset's name cannot start with a dash"),
        (&"x".repeat(65), "a preset's name has at most 64 characters"),
        ("a\u{202e}b", "a preset's name cannot contain \\u{202e}"),
        ("Viewer", "viewer is a built-in preset"),
        ("moderator / room admin", "moderator is a built-in preset"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmYWtlIn0", "the name holds a token, and a preset cannot hold any"),
    ] {
        let error = own_name(name).unwrap_err();
        assert_eq!(error.to_string(), said);
        assert!(!error.hint().is_empty());
    }
    assert_eq!(own_name(" Gäste 会議 "), Ok("Gäste 会議".into()));
}

#[test]
fn a_secret_a_fixed_end_and_claims_that_would_change_are_refused_with_their_place() {
    let refused = |json: &str| Preset::own("x", "", draft(json)).unwrap_err();
    let secret = refused(r#"{"roomConfig": {"egress": {"tracks": {"s3": {"secret": "fake-canary"}}}}}"#);
    assert_eq!(
        secret.to_string(),
        "roomConfig.egress.tracks.s3.secret holds a storage secret, and a preset cannot hold any"
    );
    let until = Draft { ttl: Ttl::Until(Timestamp::from_unix(9)), ..Draft::default() };
    assert_eq!(Preset::own("x", "", until), Err(OwnError::FixedEnd));
    let mut odd = Draft::default();
    odd.grants.unknown.insert("ttl".into(), serde_json::Value::from("5m").into());
    assert_eq!(Preset::own("x", "", odd), Err(OwnError::NotKept));
    let summary = Preset::own("x", "password: fake-canary", Draft::default()).unwrap_err();
    assert_eq!(summary.to_string(), "the summary holds a secret, and a preset cannot hold any");
    assert_eq!(Preset::own("x", &"y".repeat(121), Draft::default()), Err(OwnError::LongSummary));
}

#[test]
fn what_is_wrong_with_a_text_is_told_with_line_column_and_cure() {
    let one = |row: &str| format!("{{\n  \"version\": 1,\n  \"presets\": [\n    {row}\n  ]\n}}\n");
    for (text, said, cure) in [
        ("[".into(), "line 1 column 1: EOF while parsing a list", "mend that line"),
        (" [1, []]".into(), "line 1 column 2: it must be a JSON object", "a file has version and presets"),
        (one("[\"a\", \"\", {}]"), "line 4 column 5: it must be a JSON object", "a preset has name"),
        ("{\"version\": 1}".into(), "line 1 column 14: missing field `presets`", "write it"),
        (
            "{\"version\": 7, \"presets\": []}".into(),
            "line 1 column 2: it is written in form 7, and this roomkey knows 1",
            "newer",
        ),
        ("{\"verison\": 1}".into(), "line 1 column 10: there is no field verison", "did you mean version?"),
        (
            one("{\"name\": \"a\"}"),
            "line 4 column 17: missing field `draft`",
            "a preset has name, summary and draft",
        ),
        (
            one("{\"name\": \"a\", \"zebra\": 1}"),
            "line 4 column 25: there is no field zebra",
            "what a token says stands in draft",
        ),
        (
            one("{\"name\": \"a\",\n \"draft\": {\"video\": {\"roomJoin\": 1}}}"),
            "line 5 column 22: a: video.roomJoin must be true or false",
            "without quotes",
        ),
        (
            one("{\"name\": \"a\", \"draft\": {\"ttl\": \"60\"}}"),
            "line 4 column 29: a: ttl: 60 of what?",
            "60s",
        ),
        (
            one("{\"name\": \"a\", \"draft\": {\"ttl\": \"until 2030-01-01\"}}"),
            "line 4 column 29: a: a preset cannot end at a fixed time",
            "30m",
        ),
        (
            one("{\"name\": \"a\", \"draft\": []}"),
            "line 4 column 28: a: a draft must be a JSON object",
            "roomJoin",
        ),
        (
            one("{\"name\": \"viewer\", \"draft\": {}}"),
            "line 4 column 6: viewer: viewer is a built-in preset",
            "a name of your own",
        ),
        (
            one("{\"name\": \"a\", \"draft\": {}}, {\"name\": \"A\", \"draft\": {}}"),
            "line 4 column 33: a is there twice",
            "keep one",
        ),
        (
            one("{\"name\": \"a\", \"draft\": {\n\"attributes\": {\"password\": \"fake-canary\"}}}"),
            "line 5 column 16: a: attributes.password holds a password",
            "take it out",
        ),
        (one("\n<<<<<<< ours\n{}"), "line 5 column 1: two versions of it were merged", "settle the conflict"),
        (
            one("{\"name\": \"fake\" \"fake-canary\"}"),
            "line 4 column 21: expected `,` or `}`",
            "mend that line",
        ),
    ] {
        let error = Shelf::read(&text, "p.json").unwrap_err();
        assert!(error.to_string().starts_with(&format!("p.json, {said}")), "{text}: {error}");
        assert!(error.hint().contains(cure), "{text}: {}", error.hint());
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn a_preset_is_replaced_only_on_purpose_and_names_are_the_same_in_any_case() {
    let mut shelf = Shelf::default();
    let other = Preset::own("Guest", "another", Draft::default()).unwrap();
    assert_eq!(shelf.save(preset("guest"), false), Ok(Saved::New));
    assert_eq!(shelf.save(other.clone(), false), Err(OwnError::Taken { name: "guest".into() }));
    assert_eq!(shelf.save(other.clone(), true), Ok(Saved::Replaced));
    assert_eq!(shelf.save(other, false), Ok(Saved::Same));
    assert_eq!(shelf.all().len(), 1);
    assert_eq!(shelf.get(" GUEST ").unwrap().summary, "another");
}

#[test]
fn renaming_and_removing_take_ones_own_only() {
    let mut shelf: Shelf = [preset("a"), preset("b")].into_iter().collect();
    assert_eq!(shelf.rename("a", "b", None), Err(OwnError::Taken { name: "b".into() }));
    assert_eq!(shelf.rename("a", "viewer", None), Err(OwnError::BuiltIn { name: "viewer".into() }));
    assert_eq!(shelf.rename("viewer", "c", None), Err(OwnError::BuiltIn { name: "viewer".into() }));
    assert!(shelf.remove("zz").unwrap_err().hint().starts_with("choose one of a, b, participant"));
    shelf.rename("a", "A", Some("new words")).unwrap();
    assert_eq!(shelf.all()[0].summary, "new words");
    shelf.rename("A", "z", None).unwrap();
    assert_eq!(shelf.remove("Z").unwrap().name, "z");
    assert_eq!(shelf.all(), [preset("b")]);
}

/// Texts as people write them, placeholders and what JSON has to escape among them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("guest-{rand4}".to_owned()),
        Just("{\"a\": \"{user}\"}".to_owned()),
        "[a-zA-Z0-9 {}\"\\\\\u{e9}\u{4f1a}\n\t.:/-]{0,12}",
    ]
}

/// Any draft with a length of life: each row of the catalogue set to something, or not.
fn any_draft() -> impl Strategy<Value = Draft> {
    let row = (any::<bool>(), text(), any::<bool>(), any::<u32>());
    (proptest::collection::vec(row, ENTRIES.len()), 1_u64..10_000_000).prop_map(|(rows, ttl)| {
        let mut draft = Draft { ttl: Ttl::For(ttl), ..Draft::default() };
        for (entry, (set, text, yes, number)) in ENTRIES.iter().zip(rows) {
            if !set {
                continue;
            }
            match entry.field {
                Field::Flag(at) => *(at.get_mut)(&mut draft) = yes,
                Field::Choice(at, _) => *(at.get_mut)(&mut draft) = Some(yes),
                Field::Text(at) | Field::LongText(at) | Field::OneOf(at, _) => {
                    *(at.get_mut)(&mut draft) = text;
                }
                Field::Count(at, _) => *(at.get_mut)(&mut draft) = number,
                Field::Sources(at) => *(at.get_mut)(&mut draft) = vec!["camera".into()],
                Field::Words(at, _) => *(at.get_mut)(&mut draft) = vec![text],
                Field::Pairs(at) => drop((at.get_mut)(&mut draft).insert(text.clone(), text)),
                Field::Dispatches(at) => {
                    *(at.get_mut)(&mut draft) =
                        vec![AgentDispatch { agent_name: text.clone(), metadata: text, ..<_>::default() }];
                }
                Field::Json(at) => {
                    *(at.get_mut)(&mut draft) = Some(json!({"a": [null, number, {"b": text}]}));
                }
                Field::Lasting(_) => {}
            }
        }
        draft
    })
}

/// The texts of a draft that a row of the catalogue holds.
fn plant(draft: &mut Draft, row: usize, secret: &str) -> bool {
    let secret = secret.to_owned();
    match ENTRIES[row % ENTRIES.len()].field {
        Field::Text(at) | Field::LongText(at) if ENTRIES[row % ENTRIES.len()].path != "sha256" => {
            *(at.get_mut)(draft) = secret;
        }
        Field::Pairs(at) => drop((at.get_mut)(draft).insert("k".into(), secret)),
        Field::Dispatches(at) => {
            (at.get_mut)(draft).push(AgentDispatch { metadata: secret, ..<_>::default() });
        }
        Field::Json(at) => *(at.get_mut)(draft) = Some(json!({"room": [{"deep": secret}]})),
        Field::Words(at, _) => (at.get_mut)(draft).push(secret),
        _ => return false,
    }
    true
}

proptest! {
    #[test]
    fn any_draft_without_a_secret_is_read_back_equal(draft in any_draft()) {
        // What a text of chance looks like is not this law's business.
        if let Ok(preset) = Preset::own("p", "s", draft.clone()) {
            prop_assert_eq!(&preset.draft, &draft);
            let shelf: Shelf = [preset].into_iter().collect();
            prop_assert_eq!(Shelf::read(&shelf.to_text(), "x"), Ok(shelf));
        } else {
            prop_assert!(secrets::in_draft(&draft).is_some());
        }
    }

    #[test]
    fn no_secret_gets_into_the_text_wherever_it_is_planted(draft in any_draft(), row in 0..ENTRIES.len(), which in 0..3_usize) {
        let secret = [
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.ZmFrZQ",
            "fakeTSfgZkYKSTYh1234ePfUaWzRq8dlEo6wYdm7fake",
            "rtmp://fake:canary@live.example/app",
        ][which];
        let mut draft = draft;
        if plant(&mut draft, row, secret) {
            let refused = Preset::own("p", "s", draft);
            prop_assert!(matches!(refused, Err(OwnError::Secret { .. })), "{:?}", refused);
        }
    }

    #[test]
    fn no_text_makes_reading_fall_over(text in "[\\[\\]{}\":,a-z0-9\n ]{0,60}") {
        for text in [text.clone(), format!("{{\"version\": 1, \"presets\": [{text}]}}")] {
            let _ = Shelf::read(&text, "x");
            let _ = Shelf::read_shared(&text, "x");
        }
    }
}
