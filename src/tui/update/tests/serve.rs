//! The Serve screen: what is ordered, what is told, and what a client cannot do to it.

use super::*;
use crate::ports::serving::{Ended, Recording};
use crate::server::counters::Counts;
use crate::server::listener::Row;
use crate::server::summary::Summary;
use crate::server::{Outcome, Policy, Reason};
use crate::tui::message::{Begun, Ceiling, Requests, ServerJob, ServerNews, Which};
use crate::tui::screens::serve::{Pane, State, table};
use crate::webhook::receive::Heard;

const DONE: Ended = Ended { answered: true, recorded: true };

fn tell(model: &mut Model, news: ServerNews) -> Vec<Effect> {
    update(model, Msg::Reply(Reply::Server(news)))
}

fn begun() -> Box<Begun> {
    let summary = Summary::of(&Policy::default(), &listing("acme"), NOW, &Zone::utc());
    Box::new(Begun { url: "http://localhost:7878/".into(), summary, odd: Vec::new() })
}

/// Presses `s`, and gives the question.
#[track_caller]
fn asked_to_serve(model: &mut Model) -> Ticket {
    match &press(model, "s")[..] {
        [Effect::Server(ServerJob::Serve { ticket, .. })] => *ticket,
        other => panic!("{other:?}"),
    }
}

/// A program that serves.
fn serving() -> Model {
    let mut model = program(&["acme", "other"]);
    press(&mut model, "5");
    let ticket = asked_to_serve(&mut model);
    assert_eq!(tell(&mut model, ServerNews::Serving { ticket, result: Ok(begun()) }), []);
    model
}

fn row(identity: &str, reason: Option<Reason>) -> Row {
    let sentence = if reason.is_some() { "not allowed here".into() } else { String::new() };
    Row {
        at: NOW,
        peer: "127.0.0.1".parse().unwrap(),
        origin: "http://localhost:3000".into(),
        method: "POST".into(),
        path: "/".into(),
        status: reason.map_or(201, Reason::status),
        outcome: Outcome {
            issued: reason.is_none(),
            reason,
            sentence,
            identity: identity.into(),
            ..Outcome::default()
        },
        took: Duration::from_micros(400),
    }
}

fn requests(rows: Vec<Row>, counts: Counts) -> ServerNews {
    ServerNews::Requests(Box::new(Requests { rows, counts, refusals: Vec::new() }))
}

fn heard(body: &str) -> Heard {
    let request = crate::webhook::request::Request { body: body.as_bytes().to_vec(), ..Default::default() };
    Heard {
        at: NOW,
        peer: "127.0.0.1".parse().unwrap(),
        path: "/".into(),
        authorization: None,
        report: Ok(crate::webhook::receive::judge(&request, &[], NOW)),
        body: request.body,
    }
}

/// Rows with whatever a client may send.
pub(super) fn take_hostile_rows(model: &mut Model) {
    let hostile = "\u{1b}[2J\u{202e}会\n".to_owned();
    let mut one = row(&hostile, Some(Reason::Room));
    one.origin.clone_from(&hostile);
    one.path.clone_from(&hostile);
    one.outcome.room.clone_from(&hostile);
    one.outcome.sentence.clone_from(&hostile);
    one.outcome.key = Some(hostile.clone());
    tell(model, requests(vec![one], Counts::default()));
    let body = serde_json::json!({ "event": hostile, "room": { "name": hostile } }).to_string();
    tell(model, ServerNews::Heard { heard: vec![heard(&body), heard(&hostile)], counts: Counts::default() });
}

#[test]
fn production_has_its_name_typed_before_it_serves_what_is_administrative() {
    let mut model = program(&["acme", "other"]);
    press(&mut model, "5");
    let ticket = asked_to_serve(&mut model);
    let powers = vec!["video.roomAdmin".to_owned()];
    assert_eq!(tell(&mut model, ServerNews::Production { ticket, powers }), []);
    assert!(matches!(&model.overlays[..], [Overlay::Production(_)]), "{:?}", model.overlays);
    assert_eq!(press(&mut model, "acm<enter>"), []);
    match &press(&mut model, "e<enter>")[..] {
        [Effect::Server(ServerJob::Serve { project, terms, .. })] => {
            assert!(project.as_str() == "acme" && terms.production_meant);
        }
        other => panic!("{other:?}"),
    }
    assert!(model.overlays.is_empty());
    // Esc leaves it unserved, and a late word about a start that was called off opens nothing.
    let mut model = program(&["acme"]);
    press(&mut model, "5");
    let ticket = asked_to_serve(&mut model);
    tell(&mut model, ServerNews::Production { ticket, powers: vec!["video.roomAdmin".into()] });
    assert_eq!(press(&mut model, "<esc>"), []);
    assert!(model.overlays.is_empty() && model.serve.tokens.on().is_none());
    tell(&mut model, ServerNews::Production { ticket, powers: Vec::new() });
    assert!(model.overlays.is_empty());
}

#[test]
fn s_serves_what_the_draft_allows_with_the_present_project() {
    let mut model = program(&["acme", "other"]);
    fill(&mut model);
    let effects = press(&mut model, "5s");
    let [Effect::Server(ServerJob::Serve { project, terms, .. })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((project.as_str(), terms.port, terms.origins.len()), ("acme", 7_878, 0));
    let Ceiling::Draft(draft) = &terms.ceiling else { panic!("{terms:?}") };
    assert_eq!((draft.identity.as_str(), draft.grants.video.room.as_str()), ("alice", "demo"));
    // It is being started: once more is no second one.
    assert_eq!(press(&mut model, "s"), []);
}

#[test]
fn a_draft_that_no_request_could_meet_is_told_before_anything_is_started() {
    let mut model = program(&["acme"]);
    press(&mut model, "/valid<enter><enter><c-u>until 2026-11-24 18:00<enter>");
    assert_eq!(press(&mut model, "5s"), []);
    assert!(toast(&model).contains("a lifetime that is a length"), "{}", toast(&model));
    let State::Failed(failure) = &model.serve.tokens else { panic!("{:?}", model.serve.tokens) };
    assert!(failure.hint.contains("15m"));
}

#[test]
fn it_goes_on_serving_when_the_screen_is_left_and_s_stops_it() {
    let mut model = serving();
    assert!(toast(&model).contains("serving at http://localhost:7878/"));
    press(&mut model, "1");
    assert!(model.serve.listens() && model.screen == Screen::Compose);
    let effects = press(&mut model, "5s");
    let [Effect::Server(ServerJob::Stop { ticket, which: Which::Tokens })] = effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(tell(&mut model, ServerNews::Stopped { ticket, which: Which::Tokens, ended: DONE }), []);
    assert_eq!((toast(&model), model.serve.listens()), ("the token endpoint has stopped", false));
}

#[test]
fn leaving_stops_what_listens_first_and_a_second_time_leaves_at_once() {
    let mut model = serving();
    let effects = press(&mut model, "q");
    let [Effect::Server(ServerJob::Stop { ticket, which: Which::Tokens })] = effects[..] else {
        panic!("{effects:?}")
    };
    assert!(toast(&model).contains("stopping what listens"));
    let mut impatient = model.clone();
    assert_eq!(press(&mut impatient, "q"), [Effect::Terminal(TerminalJob::Quit)]);
    let stopped = ServerNews::Stopped { ticket, which: Which::Tokens, ended: DONE };
    assert_eq!(tell(&mut model, stopped), [Effect::Terminal(TerminalJob::Quit)]);
}

#[test]
fn a_port_that_is_taken_stays_on_the_screen_with_its_cure_until_it_is_changed() {
    let mut model = program(&["acme"]);
    press(&mut model, "5");
    let ticket = asked_to_serve(&mut model);
    let result = Err(failure(Cure::Words));
    tell(&mut model, ServerNews::Serving { ticket, result });
    assert_eq!(toast(&model), "it failed");
    assert!(matches!(&model.serve.tokens, State::Failed(failure) if failure.hint == "try again"));
    let kept = press(&mut model, "e<c-u>0<c-s>");
    assert!(matches!(&kept[..], [Effect::Server(ServerJob::Keep(kept))] if kept.port == 0), "{kept:?}");
    assert_eq!((model.serve.choices.port, &model.serve.tokens), (0, &State::Off));
    let effects = press(&mut model, "s");
    let [Effect::Server(ServerJob::Serve { terms, .. })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(terms.port, 0);
}

#[test]
fn a_store_that_is_locked_asks_for_its_passphrase_and_a_lost_one_offers_another() {
    for (cure, passphrase) in [(Cure::Passphrase { new: false }, true), (Cure::AnotherStore, false)] {
        let mut model = program(&["acme"]);
        press(&mut model, "5");
        let ticket = asked_to_serve(&mut model);
        tell(&mut model, ServerNews::Serving { ticket, result: Err(failure(cure)) });
        let asks = matches!(model.overlays.last(), Some(Overlay::Passphrase(_)));
        assert_eq!((asks, model.overlays.len(), &model.serve.tokens), (passphrase, 1, &State::Off));
    }
}

#[test]
fn a_start_that_was_given_up_is_stopped_when_it_comes_after_all() {
    let mut model = program(&["acme"]);
    press(&mut model, "5");
    let ticket = asked_to_serve(&mut model);
    assert_eq!(press(&mut model, "<esc>"), [Effect::Store(StoreJob::Cancel)]);
    let effects = tell(&mut model, ServerNews::Serving { ticket, result: Ok(begun()) });
    assert!(matches!(effects[..], [Effect::Server(ServerJob::Stop { which: Which::Tokens, .. })]));
    assert!(!model.serve.listens());
}

#[test]
fn the_form_refuses_what_is_no_port_and_no_origin_and_goes_there() {
    let mut model = program(&["acme"]);
    press(&mut model, "5e<c-u>70000<enter>*<enter>/etc/policy.toml<enter><enter>");
    let Some(Overlay::Serve(form)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!(form.wrong(form.at).unwrap().0, "this is no port");
    press(&mut model, "<c-u>9000<enter><c-u>https://app.example.com<c-s>");
    assert!(model.overlays.is_empty());
    let effects = press(&mut model, "s");
    let [Effect::Server(ServerJob::Serve { terms, .. })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((terms.port, terms.origins[0].as_str()), (9_000, "https://app.example.com"));
    assert_eq!(terms.ceiling, Ceiling::File("/etc/policy.toml".into()));
}

#[test]
fn what_is_changed_while_it_serves_is_said_to_hold_from_the_next_start() {
    let mut model = serving();
    press(&mut model, "e<c-u>9000<c-s>");
    assert_eq!(toast(&model), "this holds from the next start");
    assert_eq!(model.serve.tokens.on().unwrap().url, "http://localhost:7878/");
}

#[test]
fn the_lines_for_a_client_are_copied() {
    let mut model = program(&["acme"]);
    assert_eq!(press(&mut model, "5y"), []);
    assert_eq!(toast(&model), "nothing is served yet");
    let mut model = serving();
    for (key, expected) in [
        ("y", r#"TokenSource.endpoint("http://localhost:7878/")"#),
        (
            "Y",
            r#"curl -d '{"room_name": "demo"}' -H 'Content-Type: application/json' http://localhost:7878/"#,
        ),
    ] {
        let effects = press(&mut model, key);
        let [Effect::Clipboard(ClipboardJob::Copy { text, hold: None, .. })] = &effects[..] else {
            panic!("{effects:?}")
        };
        assert_eq!(text.expose(), expected);
    }
}

#[test]
fn rows_are_seen_counted_and_bounded_however_many_come() {
    let mut model = serving();
    for piece in 0..50 {
        let rows = (0..512).map(|i| row(&format!("p{piece}-{i}"), None)).collect();
        let counts =
            Counts { issued: 600 * (piece + 1), rows_dropped: 88 * (piece + 1), ..Counts::default() };
        let effects = tell(&mut model, requests(rows, counts));
        assert_eq!(effects, [Effect::Server(ServerJob::Seen(Which::Tokens))]);
    }
    assert_eq!(model.serve.requests.len(), table::MOST);
    assert_eq!(model.serve.requests.selected().unwrap().outcome.identity, "p49-511");
    let shown = model.serve.requests.forgotten() + 50 * 88;
    assert_eq!(shown, 50 * 600 - table::MOST as u64);
    let stopped = |model: &mut Model| {
        let effects = press(model, "s");
        let [Effect::Server(ServerJob::Stop { ticket, which })] = effects[..] else { panic!("{effects:?}") };
        tell(model, ServerNews::Stopped { ticket, which, ended: DONE });
    };
    let mut other = model.clone();
    stopped(&mut other);
    assert_eq!(other.serve.requests.forgotten(), shown, "what was not shown stays not shown");
    update(&mut model, Msg::Tick(NOW.plus(1)));
    tell(&mut model, requests(Vec::new(), Counts { issued: 30_007, ..Counts::default() }));
    update(&mut model, Msg::Tick(NOW.plus(2)));
    assert_eq!(model.serve.tokens.on().unwrap().pace.per_second, 7);
}

#[test]
fn a_row_is_found_opened_and_cleared() {
    let mut model = serving();
    let rows = vec![row("alice", None), row("bob", Some(Reason::Room)), row("carol", None)];
    tell(&mut model, requests(rows, Counts::default()));
    press(&mut model, "/room");
    assert_eq!((model.serve.requests.shown(), model.is_typing()), (1, true));
    press(&mut model, "<enter>");
    assert_eq!(model.serve.requests.selected().unwrap().outcome.identity, "bob");
    press(&mut model, "<enter>");
    assert!(matches!(model.overlays.last(), Some(Overlay::Arrived(_))));
    press(&mut model, "<esc>x");
    assert!(model.overlays.is_empty() && model.serve.requests.is_empty());
    press(&mut model, "<enter>");
    assert_eq!(toast(&model), "there is no row");
}

#[test]
fn w_listens_for_webhooks_and_shows_them_with_their_body() {
    let mut model = program(&["acme"]);
    let effects = press(&mut model, "5w");
    let [Effect::Server(ServerJob::Hear { ticket, ref project, port: 7_879 })] = effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((project.as_str(), model.serve.pane), ("acme", Pane::Webhooks));
    let url = "http://localhost:7879/".to_owned();
    tell(&mut model, ServerNews::Hearing { ticket, result: Ok(url) });
    let counts = Counts { refused: 1, ..Counts::default() };
    let came = vec![heard(r#"{"event":"room_started","room":{"name":"demo"}}"#)];
    let effects = tell(&mut model, ServerNews::Heard { heard: came, counts });
    assert_eq!(effects, [Effect::Server(ServerJob::Seen(Which::Webhooks))]);
    assert_eq!(model.serve.heard.selected().unwrap().about(), ["room_started", "demo", ""]);
    model.size = Size::new(80, 12);
    press(&mut model, "<enter>jjjjjjjjjjjjjjjjjjjjjjjjjjjjjj");
    let Some(Overlay::Arrived(shown)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert!((1..30).contains(&shown.scroll), "{}", shown.scroll);
    let effects = press(&mut model, "<esc>w");
    assert!(matches!(effects[..], [Effect::Server(ServerJob::Stop { which: Which::Webhooks, .. })]));
}

#[test]
fn a_ledger_that_cannot_be_written_is_told_and_stays_on_the_screen_until_it_can() {
    let mut model = serving();
    let failed = Recording::Failed { message: "the disk is full".into(), hint: "make room".into() };
    tell(&mut model, ServerNews::Recording(failed));
    assert!(toast(&model).contains("not in the ledger: the disk is full"));
    assert!(model.serve.tokens.on().unwrap().not_recorded.is_some());
    tell(&mut model, ServerNews::Recording(Recording::Again { lost: 3 }));
    assert!(toast(&model).contains("3 are missing"));
    assert_eq!(model.serve.tokens.on().unwrap().not_recorded, None);
}

#[test]
fn another_project_is_picked_without_leaving_the_screen_and_the_endpoint_keeps_its_own() {
    let mut model = serving();
    press(&mut model, "poth<enter>");
    assert_eq!((model.screen, model.current.name.as_str()), (Screen::Serve, "other"));
    assert_eq!(model.serve.tokens.on().unwrap().project.name.as_str(), "acme");
}
