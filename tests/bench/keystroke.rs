//! What a keystroke costs, from the message to the drawn cells, at 200x60: `cargo bench --bench keystroke`.
//! Median and 99th percentile, since the slow ones are what one feels.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement that cannot go on stops, and is printed"
)]

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use roomkey::claims::draft::Draft;
use roomkey::clock::{Timestamp, Zone};
use roomkey::project::{ApiKey, ApiSecret, Listing, ProjectName, ServerUrl};
use roomkey::store::Backend;
use roomkey::text::Pasted;
use roomkey::token::sign;
use roomkey::tui::message::{Contents, Effect, Msg, Reply, StoreJob};
use roomkey::tui::model::{Model, Options};
use roomkey::tui::theme::Theme;
use roomkey::tui::{update, view};

const SIZE: (u16, u16) = (200, 60);

fn program(projects: usize) -> Model {
    let options = Options {
        theme: Theme::default(),
        mouse: false,
        hold: None,
        project: None,
        backend: None,
        demo: false,
        shell: true,
    };
    let now = Timestamp::from_unix(1_795_531_327);
    let mut model = Model::new(options, Size::new(SIZE.0, SIZE.1), now, Zone::utc());
    let effects = update::start(&mut model);
    let [Effect::Store(StoreJob::Open { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let listing = |i: usize| Listing {
        name: ProjectName::parse(&format!("project-{i:05}")).unwrap(),
        url: ServerUrl::parse("wss://acme.livekit.cloud").unwrap().value,
        key: ApiKey::parse("APIfake").unwrap().value,
    };
    let contents = Contents {
        backend: Backend::Keyring,
        provider: None,
        projects: (0..projects).map(listing).collect(),
        default: None,
    };
    update::update(&mut model, Msg::Reply(Reply::Listed { ticket, result: Ok(contents) }));
    model
}

fn press(model: &mut Model, keys: &str) {
    for c in keys.chars() {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\x1b' => KeyCode::Esc,
            '\x08' => KeyCode::Backspace,
            other => KeyCode::Char(other),
        };
        update::update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

/// Presses the keys over and over, drawing after each.
fn measure(name: &str, model: &mut Model, keys: &str, times: usize) {
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    terminal.draw(|frame| view::view(model, frame)).unwrap();
    let mut took: Vec<Duration> = keys
        .chars()
        .cycle()
        .take(times)
        .map(|key| {
            let start = Instant::now();
            press(model, &key.to_string());
            terminal.draw(|frame| view::view(model, frame)).unwrap();
            start.elapsed()
        })
        .collect();
    took.sort();
    let at = |part: usize| took[took.len() * part / 1_000];
    println!("{name:<44} median {:>9.1?}   p99 {:>9.1?}", at(500), at(990));
}

fn main() {
    let mut model = program(3);
    measure("composer, moving", &mut model, "jjjjjjjjjjkkkkkkkkkk", 4_000);
    press(&mut model, "/identity\n\n");
    measure("composer, typing an identity", &mut model, "alice\x08\x08\x08\x08\x08", 4_000);

    let mut model = program(3);
    let pairs = (0..1_024).map(|i| (format!("key-{i:04}"), "v".repeat(56)));
    model.compose.draft.grants.attributes.extend(pairs);
    measure("composer with 64 KiB of attributes, moving", &mut model, "jjjjjjjjjjkkkkkkkkkk", 1_000);

    for (what, size) in [("2 KiB", 1), ("1 MiB", 512)] {
        let mut model = program(3);
        for (value, end) in [("a", "a"), ("b", "b")] {
            let mut draft = Draft { identity: "alice".into(), ..Draft::default() };
            draft.grants.metadata = "x".repeat(size * 750) + end;
            let pairs = (0..size * 40).map(|i| (format!("k{i:05}"), value.into()));
            draft.grants.attributes.extend(pairs);
            let claims = draft.claims(&ApiKey::parse("APIfake").unwrap().value, model.now);
            let token = sign(&claims, &ApiSecret::dev()).unwrap();
            update::update(&mut model, Msg::Paste(Pasted::new(token.expose().to_owned())));
            measure(&format!("inspector with {what}, moving"), &mut model, "\tjjjjjjjjkkkkkkkk", 100);
            press(&mut model, "d");
        }
        measure(
            &format!("difference of two tokens of {what}, moving"),
            &mut model,
            "jjjjjjjjjjkkkkkkkkkk",
            200,
        );
        let start = Instant::now();
        press(&mut model, "gjjjj\n");
        println!("opening the values of a row: {:?}", start.elapsed() / 6);
    }

    let mut model = program(10_000);
    press(&mut model, "p");
    measure("picker over 10,000 projects, typing", &mut model, "77\x08\x08", 400);
}
