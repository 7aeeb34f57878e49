//! What servers said, on every screen that shows it.

use roomkey::check::{About, CheckError, CheckReport, Reading, Skew};
use roomkey::tui::message::NetworkJob;

use super::*;

fn report(about: About, status: u16, words: &str, reading: Reading, seconds: i64) -> CheckReport {
    let skew = Some(Skew { seconds, uncertainty_ms: 1_000 });
    CheckReport { about, status, words: words.into(), latency_ms: 41, skew, reading }
}

/// Presses the keys, plays the store's worker, and leaves the question with the network.
fn ask(model: &mut Model, keys: &str) -> Ticket {
    let mut effects = press(model, keys);
    if let [Effect::Store(StoreJob::Question { ticket, ref project, ref claims, now })] = effects[..] {
        let listing = three().into_iter().find(|listing| listing.name == *project).unwrap();
        let project = Project::new(listing, ApiSecret::dev());
        let question = match claims {
            None => roomkey::check::Question::of_project(&project, now).unwrap(),
            Some(claims) => {
                let token = token::sign(claims, &project.secret).unwrap().to_sensitive();
                roomkey::check::Question::of_token(project.listing.url.clone(), token, Some(claims))
            }
        };
        let reply = Reply::Prepared { ticket, result: Ok(Box::new(question)) };
        effects = update::update(model, Msg::Reply(reply));
    }
    let [Effect::Network(NetworkJob::Ask { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    ticket
}

fn said(model: &mut Model, keys: &str, result: Result<CheckReport, CheckError>) {
    let ticket = ask(model, keys);
    update::update(model, Msg::Reply(Reply::Asked { ticket, result }));
}

const JOIN: &str = r#"{"roomJoin": true, "room": "demo"}"#;

#[test]
fn a_server_is_waited_for() {
    snapshots("ask_waiting", |size| {
        let mut model = inspected(size, JOIN, -600, 3_000);
        ask(&mut model, "c");
        update::update(&mut model, Msg::Tick(NOW.plus(3)));
        model
    });
}

#[test]
fn the_inspector_shows_what_the_server_says() {
    snapshots("ask_inspect_accepted", |size| {
        let mut model = inspected(size, JOIN, -600, 3_000);
        said(&mut model, "c", Ok(report(About::Join, 200, "success", Reading::Accepted, 0)));
        model
    });
    snapshots("ask_inspect_surprise", |size| {
        let mut model = inspected(size, JOIN, -600, 3_000);
        let words = "invalid authorization token: token has invalid claims: token is expired";
        said(&mut model, "c", Ok(report(About::Join, 401, words, Reading::Expired, 7_200)));
        press(&mut model, if size.0 < 60 { "<esc>" } else { "" });
        model
    });
    snapshots("ask_inspect_hostile", |size| {
        let mut model = inspected(size, JOIN, -600, 3_000);
        let words = "\x1b[2J\u{202e}".repeat(40);
        said(&mut model, "c", Ok(report(About::Join, 400, &words, Reading::Refused, 0)));
        model
    });
}

#[test]
fn the_projects_show_their_last_check() {
    snapshots("ask_project", |size| {
        let mut model = program(size);
        said(&mut model, "4c", Ok(report(About::Key, 200, "OK", Reading::Accepted, 0)));
        model
    });
    snapshots("ask_project_no_answer", |size| {
        let mut model = program(size);
        let at = "acme-staging.livekit.cloud".into();
        said(&mut model, "4c", Err(CheckError::Timeout { at, limit: Duration::from_secs(10), begun: false }));
        model
    });
}

#[test]
fn the_composer_shows_the_whole_report_over_it() {
    snapshots("ask_compose", |size| {
        let mut model = filled(size);
        let reading = Reading::NotPermitted;
        said(&mut model, "c", Ok(report(About::Join, 401, "permissions denied", reading, 0)));
        model
    });
}

#[test]
fn that_escape_cancels_is_said_only_where_it_does() {
    let mut model = filled((120, 40));
    ask(&mut model, "c");
    assert!(drawn(&model).contains("Esc cancels"));
    // In a text it leaves the text first, and an overlay before anything else.
    for keys in ["/name<enter><enter>", "?"] {
        let mut model = model.clone();
        press(&mut model, keys);
        let screen = drawn(&model);
        assert!(
            screen.contains("asking acme-staging.livekit.cloud") && !screen.contains("Esc cancels"),
            "{screen}"
        );
    }
}
