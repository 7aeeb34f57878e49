//! One table of drafts and policies, put to the command line, the screens and the endpoint: they refuse the same.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use roomkey::claims::draft::Draft;
use roomkey::clock::{Timestamp, Ttl, Zone};
use roomkey::project::{Listing, Project, ProjectName};
use roomkey::server::{Head, Policy, Request, respond};
use roomkey::settings::policies::Policies;
use roomkey::tui::message::{Effect, Msg, Reply, StoreJob};
use roomkey::tui::model::{Model, Options};
use roomkey::tui::update::update;

use crate::support::home::Home;

const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

/// The name of the built-in project, whose secret needs no store.
const NAME: &str = "local dev";

/// The lines of a policy, a draft, and the problem that keeps it from being signed.
const CASES: [(&str, &str, Option<&str>); 13] = [
    ("", r#"{"ttl": "30 days", "video": {"roomCreate": true}}"#, None),
    ("max_ttl = \"1h\"", r#"{"ttl": "1h", "video": {"roomJoin": true, "room": "r"}}"#, None),
    ("max_ttl = \"1h\"", r#"{"ttl": "3601s", "video": {"roomJoin": true, "room": "r"}}"#, Some("policy-ttl")),
    ("allow = [\"video\"]", r#"{"video": {"roomJoin": true, "room": "r", "hidden": true}}"#, None),
    ("allow = [\"in-the-room\"]", r#"{"video": {"roomJoin": true, "room": "r"}}"#, None),
    ("allow = [\"in-the-room\"]", r#"{"video": {"roomAdmin": true, "room": "r"}}"#, Some("policy-grant")),
    ("allow = [\"video\"]", r#"{"sip": {"call": true}}"#, Some("policy-grant")),
    ("allow = [\"video.roomJoin\"]", r#"{"video": {"roomJoin": true, "room": "r"}}"#, Some("policy-grant")),
    (
        "allow = [\"video.roomJoin\"]",
        r#"{"video": {"roomJoin": true, "room": "r", "canPublish": false, "canSubscribe": false}}"#,
        None,
    ),
    (
        "allow = [\"video\"]",
        r#"{"video": {"roomJoin": true, "room": "r", "newPower": true}}"#,
        Some("policy-grant"),
    ),
    ("allow = []", r#"{"video": {"roomList": true}}"#, Some("policy-grant")),
    ("production = true", r#"{"video": {"roomJoin": true, "room": "r"}}"#, None),
    ("production = true", r#"{"video": {"roomAdmin": true, "room": "r"}}"#, Some("policy-production")),
];

fn file(lines: &str) -> String {
    if lines.is_empty() { String::new() } else { format!("[\"{NAME}\"]\n{lines}\n") }
}

fn policies(lines: &str) -> Policies {
    Policies::parse(&file(lines), std::path::Path::new("policies.toml")).unwrap()
}

fn draft(json: &str) -> Draft {
    let mut draft = Draft::from_json(json, NOW, &Zone::utc()).unwrap();
    draft.identity = "alice".into();
    draft
}

/// Puts policies where the program looks for them.
fn keep(home: &Home, text: &str) {
    let folder = home.path().join("config/roomkey");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("policies.toml"), text).unwrap();
}

#[test]
fn the_command_line_refuses_what_the_policy_forbids_and_force_does_not_help() {
    let home = Home::new();
    for (lines, json, problem) in CASES {
        keep(&home, &file(lines));
        let file = home.write("draft.json", serde_json::Value::Object(draft(json).to_json()).to_string());
        let file = file.to_str().unwrap();
        for more in [&[][..], &["--force"]] {
            let args = [&["token", "create", "--dev", "--no-ledger", "--token-only", "--draft", file], more]
                .concat();
            let run = home.run(&args);
            assert_eq!(
                (run.code, run.out.is_empty()),
                (problem.map_or(0, |_| 2), problem.is_some()),
                "{json}: {}",
                run.err
            );
            if let Some(id) = problem {
                assert!(run.err.contains(&format!("[{id}]")), "{}", run.err);
            }
        }
    }
}

#[test]
fn the_screens_refuse_what_the_policy_forbids_and_the_exclamation_mark_does_not_help() {
    for (lines, json, problem) in CASES {
        for key in ['y', '!'] {
            let options = Options { hold: Some(Duration::from_secs(45)), ..Options::default() };
            let mut model = Model::new(options, ratatui::layout::Size::new(120, 40), NOW, Zone::utc());
            update(&mut model, Msg::Reply(Reply::Policies(Ok(policies(lines)))));
            model.compose.start_from_token(draft(json));
            model.refresh();
            let ids: Vec<&str> =
                model.compose.shown.preview.problems.iter().map(|problem| problem.rule.id).collect();
            if let Some(id) = problem {
                assert!(ids.contains(&id), "{json}: {ids:?}");
            }
            let effects = update(&mut model, Msg::Key(crossterm::event::KeyCode::Char(key).into()));
            let signs = matches!(effects[..], [Effect::Store(StoreJob::Sign { .. })]);
            assert_eq!(signs, problem.is_none(), "{key} {json}: {effects:?}");
        }
    }
}

#[test]
fn the_endpoint_refuses_what_the_policy_forbids_at_its_start_and_at_each_request() {
    let (project, name) = (Project::local_dev(), ProjectName::parse(NAME).unwrap());
    for (lines, json, problem) in CASES {
        let ceiling = draft(json);
        let Ttl::For(ttl) = ceiling.ttl else { panic!("{json}") };
        let policy = Policy { ttl, ceiling, project: policies(lines).of(&name).clone(), ..Policy::default() };
        let refused_at_start = match policy.check(&project.listing.key, NOW) {
            Err(fault) => Some(fault.to_string()),
            Ok(_) => None,
        };
        let asked = !policy.asks_twice(&project.listing.key, NOW).is_empty();
        match problem {
            Some("policy-production") => assert!(asked && refused_at_start.is_none(), "{json}"),
            Some(id) => assert!(
                refused_at_start.as_ref().is_some_and(|told| told.contains(id)),
                "{json}: {refused_at_start:?}"
            ),
            None => assert!(!asked && refused_at_start.is_none(), "{json}: {refused_at_start:?}"),
        }
        // However it came to be started: nothing is signed that the policy forbids.
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("localhost:7878"));
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let head = Head { method: Method::POST, target: "/".parse().unwrap(), headers };
        let response = respond(&Request { head, body: b"{}".to_vec(), nonce: 7 }, &policy, &project, NOW);
        assert_eq!(response.outcome.issued, problem.is_none(), "{json}: {}", response.outcome.sentence);
        if problem.is_some() {
            assert_eq!(response.status, 403, "{json}");
            assert!(!response.outcome.sentence.is_empty());
        }
    }
}

#[test]
fn an_unreadable_file_lets_nothing_be_signed_for_any_project() {
    let home = Home::new().with_triple();
    keep(&home, "[other]\nmax-ttl = \"1h\"\n");
    let join = ["--join", "-r", "demo", "-i", "alice"];
    for start in
        [&["token", "create", "--dev", "--force"][..], &["token", "create"], &["token", "batch", "-n", "2"]]
    {
        let join = if start.contains(&"batch") { &join[..3] } else { &join[..] };
        let run = home.run(&[start, join].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
        for told in ["policies.toml, line 2, column 1: a policy has no key max-ttl", "did you mean max_ttl?"]
        {
            assert!(run.err.contains(told), "{}", run.err);
        }
    }
    let serve = home.run(&["serve", "--dev", "--port", "0"]);
    assert!(serve.code == 2 && serve.err.contains("nothing is signed until then"), "{}", serve.err);
    // What signs nothing goes on, and says what is wrong.
    let show = home.run(&["project", "show", NAME]);
    assert!(show.code == 0 && show.err.contains("a policy has no key max-ttl"), "{}", show.err);
    let set = home.run(&["project", "policy", NAME, "--production"]);
    assert!(set.code == 2 && set.err.contains("did you mean max_ttl?"), "{}", set.err);

    let mut model = Model::new(Options::default(), ratatui::layout::Size::new(120, 40), NOW, Zone::utc());
    let failure = roomkey::tui::message::Failure {
        message: "policies.toml, line 2, column 1: a policy has no key max-ttl".into(),
        hint: "did you mean max_ttl?".into(),
        cure: roomkey::tui::message::Cure::Words,
    };
    update(&mut model, Msg::Reply(Reply::Policies(Err(failure))));
    model.compose.start_from_token(draft(r#"{"video": {"roomJoin": true, "room": "r"}}"#));
    for key in ['y', '!', 'c'] {
        let effects = update(&mut model, Msg::Key(crossterm::event::KeyCode::Char(key).into()));
        assert!(effects.is_empty(), "{key}: {effects:?}");
        let toast = model.toast.clone().unwrap().text;
        assert!(toast.contains("line 2, column 1"), "{toast}");
    }
    assert_eq!(model.current, Listing::local_dev());
}
