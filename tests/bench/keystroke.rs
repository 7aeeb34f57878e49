//! What a keystroke costs, from the message to the drawn cells, at 200x60: `cargo bench --bench keystroke`, or of one
//! part of it `cargo bench --bench keystroke -- ledger`. Median and 99th percentile, since the slow ones are what one
//! feels.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement that cannot go on stops, and is printed"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use roomkey::claims::draft::Draft;
use roomkey::claims::placeholders::Chance;
use roomkey::claims::policy::ProjectPolicy;
use roomkey::clock::{Timestamp, Zone};
use roomkey::files::{Disk, Paths};
use roomkey::ledger::{By, Damage, Ledger, Row};
use roomkey::project::{ApiKey, ApiSecret, Listing, ProjectName, ServerUrl};
use roomkey::store::Backend;
use roomkey::text::Pasted;
use roomkey::token::{Fingerprint, Signer, sign};
use roomkey::tui::message::many::{Made, One, Unfit};
use roomkey::tui::message::{
    Contents, Effect, LEDGER_PIECE, LedgerJob, LedgerNews, Listed, Msg, Reply, StoreJob,
};
use roomkey::tui::model::{Model, Options};
use roomkey::tui::painter::Painter;
use roomkey::tui::{update, view};

mod big_tokens;
#[path = "../fuzz/src/worked.rs"]
#[allow(unreachable_pub, reason = "the same file is in a crate, for the fuzzer")]
mod worked;

use worked::worked;

const SIZE: (u16, u16) = (200, 60);

fn program(projects: usize) -> Model {
    let options = Options { shell: true, ..Options::default() };
    let now = Timestamp::from_unix(1_795_531_327);
    let mut model = Model::new(options, Size::new(SIZE.0, SIZE.1), now, Zone::utc());
    let effects = update::start(&mut model);
    let [Effect::Store(StoreJob::Open { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let listing = |i: usize| Listing {
        name: ProjectName::parse(&format!("project-{i:05}")).unwrap(),
        url: ServerUrl::parse("wss://acme.livekit.cloud").unwrap().value,
        key: ApiKey::parse("APIfake").unwrap().value,
        old: None,
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
    let mut terminal = Painter::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    terminal.draw(|frame| view::view(model, frame)).unwrap();
    let mut took: Vec<Duration> = keys
        .chars()
        .cycle()
        .take(times)
        .map(|key| {
            let start = worked();
            press(model, &key.to_string());
            terminal.draw(|frame| view::view(model, frame)).unwrap();
            worked().saturating_sub(start)
        })
        .collect();
    tell(name, &mut took);
}

/// What ratatui alone takes to draw nothing over nothing, and a page of letters over the same: no screen is cheaper.
fn floor() {
    let mut terminal = Painter::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    for (name, letters) in [("ratatui, an empty frame", false), ("ratatui, a full frame", true)] {
        let mut took: Vec<Duration> = (0..2_000)
            .map(|_| {
                let start = worked();
                terminal
                    .draw(|frame| {
                        if letters {
                            frame.buffer_mut().content.iter_mut().for_each(|cell| _ = cell.set_symbol("a"));
                        }
                    })
                    .unwrap();
                worked().saturating_sub(start)
            })
            .collect();
        tell(name, &mut took);
    }
}

fn tell(name: &str, took: &mut [Duration]) {
    took.sort();
    let at = |part: usize| took[took.len() * part / 1_000];
    println!("{name:<44} median {:>9.1?}   p99 {:>9.1?}", at(500), at(990));
}

/// As many rows as somebody makes in years, oldest first; every tenth still works.
fn rows(count: usize) -> Vec<Row> {
    let now = 1_795_531_327;
    (0..count)
        .map(|i| {
            let at = now - i64::try_from(count - i).unwrap() * 60;
            Row {
                at: Timestamp::from_unix(at),
                project: format!("acme-{}", i % 7),
                url: "wss://acme.livekit.cloud".into(),
                key: "APIfakeAcme".into(),
                room: format!("room-{}", i % 1_000),
                identity: format!("participant-{i:06}"),
                last: String::new(),
                count: 1,
                joins: true,
                grants: "join, publish".into(),
                expires_at: Timestamp::from_unix(if i % 10 == 0 { now + 3_600 } else { at + 3_600 }),
                fingerprint: Fingerprint::of(&i.to_string()),
                by: By::Create,
                draft: Some(
                    r#"{"identity":"participant","ttl":"1h","video":{"roomJoin":true,"room":"room"}}"#.into(),
                ),
            }
        })
        .collect()
}

/// Sends news to the model, with all that comes of them, and how long each took, drawn.
fn news(model: &mut Model, news: LedgerNews, took: &mut Vec<Duration>) {
    let mut terminal = Painter::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    terminal.draw(|frame| view::view(model, frame)).unwrap();
    let mut next = Some(news);
    while let Some(news) = next.take() {
        let start = Instant::now();
        let effects = update::update(model, Msg::Reply(Reply::Ledger(news)));
        terminal.draw(|frame| view::view(model, frame)).unwrap();
        took.push(start.elapsed());
        next = (effects == [Effect::Ledger(LedgerJob::Onward)]).then_some(LedgerNews::Onward);
    }
}

/// From the key to the ledger's frame, which has the newest rows: they were read as the program started.
fn opening(ledger: &Ledger) {
    let (mut reading, mut took) = (Vec::new(), Vec::new());
    let mut terminal = Painter::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    for _ in 0..400 {
        let mut model = program(3);
        let start = Instant::now();
        let rows = ledger.newest_first().unwrap().next_rows().unwrap().unwrap();
        let rows: Vec<Listed> = rows.into_iter().map(Listed::from).collect();
        reading.push(start.elapsed());
        assert!(rows.len() >= 40, "a screenful");
        update::update(&mut model, Msg::Reply(Reply::Ledger(LedgerNews::Rows { anew: true, rows })));
        terminal.draw(|frame| view::view(&model, frame)).unwrap();
        let start = Instant::now();
        press(&mut model, "3");
        terminal.draw(|frame| view::view(&model, frame)).unwrap();
        took.push(start.elapsed());
    }
    tell("ledger of 100,000 rows, opening", &mut took);
    tell("  reading a screenful, beside the loop", &mut reading);
}

fn ledger() {
    const ROWS: usize = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::file(&Paths::under(folder.path()), Disk::default());
    ledger.record_all(&rows(ROWS)).unwrap();
    let megabytes = std::fs::metadata(ledger.path().unwrap()).unwrap().len() >> 20;
    opening(&ledger);
    let mut model = program(3);
    press(&mut model, "3");

    // What the worker does, beside the thread that draws.
    let start = Instant::now();
    let mut reading = ledger.newest_first().unwrap();
    let mut blocks = Vec::new();
    while let Some(more) = reading.next_rows().unwrap() {
        blocks.push(more);
    }
    println!("{:<44} {:>9.1?} for all of {megabytes} MiB", "  reading, beside the loop", start.elapsed());
    let start = Instant::now();
    let alive = ledger.alive(Timestamp::from_unix(1_795_531_327)).unwrap();
    println!("{:<44} {:>9.1?} for {} that still work", "", start.elapsed(), alive.len());

    let mut took = Vec::new();
    let mut anew = true;
    for block in blocks {
        let listed: Vec<Listed> = block.into_iter().map(Listed::from).collect();
        for piece in listed.chunks(LEDGER_PIECE) {
            let rows = piece.to_vec();
            news(&mut model, LedgerNews::Rows { anew: std::mem::take(&mut anew), rows }, &mut took);
        }
    }
    tell("  each piece coming in, and drawn", &mut took);
    assert_eq!(model.ledger.total(), ROWS);
    took.clear();
    news(&mut model, LedgerNews::End(Damage::default()), &mut took);
    measure("  moving", &mut model, "jjjjjjjjjjkkkkkkkkkkGg", 2_000);
    press(&mut model, "/");
    measure("  typing what finds many", &mut model, "par\x08\x08\x08", 600);
    measure("  typing what finds few", &mut model, "zq4\x08\x08\x08", 600);
    press(&mut model, "participant-000123");
    took.clear();
    news(&mut model, LedgerNews::Onward, &mut took);
    assert_eq!(model.ledger.shown(), 1);
    tell("  looking on, each piece", &mut took);
    press(&mut model, "\x1b");
    took.clear();
    for second in 1..200 {
        let start = Instant::now();
        update::update(&mut model, Msg::Tick(Timestamp::from_unix(1_795_531_327 + second * 20)));
        took.push(start.elapsed());
    }
    tell("  a second in which some expire", &mut took);
    took.clear();
    for piece in rows(ROWS / 2).chunks(LEDGER_PIECE) {
        let rows = piece.iter().cloned().map(Listed::from).collect();
        news(&mut model, LedgerNews::Added(rows), &mut took);
    }
    tell("  each piece that others add, and drawn", &mut took);
}

/// The table of a thousand participants, and of as many as there can be.
fn many() {
    for count in [1_000, 10_000] {
        let mut model = program(3);
        press(&mut model, "/identity\n\nalice\n/room\n\ndemo\nN\x08\x08");
        press(&mut model, &format!("{count}\n\n"));
        let effects = update::update(&mut model, Msg::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)));
        let [Effect::Store(StoreJob::SignMany { ticket, ref many, .. })] = effects[..] else {
            panic!("{effects:?}")
        };
        let start = Instant::now();
        let mut signer = Signer::new(&ApiSecret::dev()).unwrap();
        let mut tokens = Vec::new();
        let key = ApiKey::parse("APIfake").unwrap().value;
        let odd = many
            .judge(&key, &ProjectPolicy::default(), &mut Chance::of(1), |n, claims| {
                let token = signer.sign(&claims).unwrap();
                tokens.push(One::of(n, &claims, token));
                Ok::<_, Unfit>(())
            })
            .unwrap();
        println!("{:<44} {:>9.1?}", format!("{count} participants, signing"), start.elapsed());
        let result = Ok(Arc::new(Made { tokens, odd }));
        let start = Instant::now();
        update::update(&mut model, Msg::Reply(Reply::SignedMany { ticket, result }));
        println!("{:<44} {:>9.1?}", "  coming in", start.elapsed());
        measure("  moving", &mut model, "jjjjjjjjjjkkkkkkkkkkGg", 2_000);
        press(&mut model, "/");
        measure("  typing what finds some", &mut model, "e-7\x08\x08\x08", 600);
    }
}

fn compose() {
    let mut model = program(3);
    measure("composer, moving", &mut model, "jjjjjjjjjjkkkkkkkkkk", 4_000);
    press(&mut model, "/identity\n\n");
    measure("composer, typing an identity", &mut model, "alice\x08\x08\x08\x08\x08", 4_000);

    let mut model = program(3);
    let pairs = (0..1_024).map(|i| (format!("key-{i:04}"), "v".repeat(56)));
    std::sync::Arc::make_mut(&mut model.compose.draft).grants.attributes.extend(pairs);
    measure("composer with 64 KiB of attributes, moving", &mut model, "jjjjjjjjjjkkkkkkkkkk", 1_000);
}

fn inspect() {
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
            measure(&format!("inspector with {what}, moving"), &mut model, "\tjjjjjjjjkkkkkkkk", 1_000);
            press(&mut model, "d");
        }
        measure(
            &format!("difference of two tokens of {what}, moving"),
            &mut model,
            "jjjjjjjjjjkkkkkkkkkk",
            1_000,
        );
        let start = Instant::now();
        press(&mut model, "gjjjj\n");
        println!("opening the values of a row: {:?}", start.elapsed() / 6);
    }
}

fn projects() {
    let mut model = program(10_000);
    press(&mut model, "p");
    measure("picker over 10,000 projects, typing", &mut model, "77\x08\x08", 400);
}

fn main() {
    let parts: [(&str, fn()); 7] = [
        ("floor", floor),
        ("compose", compose),
        ("inspect", inspect),
        ("projects", projects),
        ("many", many),
        ("ledger", ledger),
        ("tokens", big_tokens::run),
    ];
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    for (name, run) in parts {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            run();
        }
    }
}
