//! What a keystroke costs at 200x60: `cargo bench --bench keystroke`, or one part of it `cargo bench --bench keystroke --
//! ledger`. First through `update` and `view`, then with what it takes to send the terminal what has changed: each the
//! median, and the 99th percentile, since the slow ones are what one feels.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement that cannot go on stops, and is printed"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
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
    Contents, Effect, LEDGER_PIECE, LedgerJob, LedgerNews, LedgerPiece, Msg, Reply, StoreJob,
};
use roomkey::tui::model::{Model, Options};
use roomkey::tui::painter::{Frame, Painter};
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

/// What steps took: through `update` and `view`, and with what it takes to find and send what has changed on the screen.
#[derive(Default)]
struct Steps {
    drawn: Vec<Duration>,
    sent: Vec<Duration>,
}

impl Steps {
    /// Changes the model, and draws it.
    fn take<T>(
        &mut self,
        model: &mut Model,
        terminal: &mut Painter<TestBackend>,
        change: impl FnOnce(&mut Model) -> T,
    ) -> T {
        let start = worked();
        let done = change(model);
        let draw = |frame: &mut Frame<'_>| {
            view::view(model, frame);
            self.drawn.push(worked().saturating_sub(start));
        };
        terminal.draw(draw).unwrap();
        self.sent.push(worked().saturating_sub(start));
        done
    }

    fn tell(&mut self, name: &str) {
        self.drawn.sort();
        self.sent.sort();
        let [(drawn, drawn_99), (sent, sent_99)] = [&self.drawn, &self.sent].map(|took| at(took));
        println!("{name:<46} {drawn:>9.1?} {drawn_99:>9.1?}   {sent:>9.1?} {sent_99:>9.1?}");
    }
}

/// The median and the 99th percentile of what is sorted.
fn at(took: &[Duration]) -> (Duration, Duration) {
    (took[took.len() / 2], took[took.len() * 99 / 100])
}

fn screen(model: &Model) -> Painter<TestBackend> {
    let mut terminal = Painter::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    terminal.draw(|frame| view::view(model, frame)).unwrap();
    terminal
}

/// Presses the keys over and over, drawing after each.
fn measure(name: &str, model: &mut Model, keys: &str, times: usize) {
    let mut terminal = screen(model);
    let mut steps = Steps::default();
    for key in keys.chars().cycle().take(times) {
        steps.take(model, &mut terminal, |model| press(model, &key.to_string()));
    }
    steps.tell(name);
}

/// What ratatui's own terminal and the painter take to draw nothing over nothing, and a page of letters over the same:
/// no frame is cheaper.
fn floor() {
    fn page(cells: &mut Buffer) {
        cells.content.iter_mut().for_each(|cell| _ = cell.set_symbol("a"));
    }
    fn time(name: &str, mut draw: impl FnMut()) {
        let mut took: Vec<Duration> = (0..2_000)
            .map(|_| {
                let start = worked();
                draw();
                worked().saturating_sub(start)
            })
            .collect();
        took.sort();
        let (median, p99) = at(&took);
        println!("{name:<46} {:>9} {:>9}   {median:>9.1?} {p99:>9.1?}", "", "");
    }
    let mut theirs = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    time("ratatui's terminal, an empty frame", || _ = theirs.draw(|_| {}).unwrap());
    time("ratatui's terminal, a full frame", || _ = theirs.draw(|frame| page(frame.buffer_mut())).unwrap());
    let mut ours = Painter::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    time("the painter, an empty frame", || ours.draw(|_| {}).unwrap());
    time("the painter, a full frame", || ours.draw(|frame| page(frame.buffer_mut())).unwrap());
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

/// Sends news to the model, with all that comes of them.
fn news(model: &mut Model, news: LedgerNews, steps: &mut Steps) {
    let mut terminal = screen(model);
    let mut next = Some(news);
    while let Some(news) = next.take() {
        let effects =
            steps.take(model, &mut terminal, |model| update::update(model, Msg::Reply(Reply::Ledger(news))));
        next = (effects == [Effect::Ledger(LedgerJob::Onward)]).then_some(LedgerNews::Onward);
    }
}

/// The ledger's first frame, which has the newest rows: they were read as the program started.
fn opening(ledger: &Ledger) {
    let (mut reading, mut steps) = (Vec::new(), Steps::default());
    let mut terminal = screen(&program(3));
    for _ in 0..400 {
        let mut model = program(3);
        let start = worked();
        let rows = ledger.newest_first().unwrap().next_rows().unwrap().unwrap();
        let rows = LedgerPiece::from(rows);
        reading.push(worked().saturating_sub(start));
        assert!(rows.rows().len() >= 40, "a screenful");
        update::update(&mut model, Msg::Reply(Reply::Ledger(LedgerNews::Rows { anew: true, rows })));
        terminal.draw(|frame| view::view(&model, frame)).unwrap();
        steps.take(&mut model, &mut terminal, |model| press(model, "3"));
    }
    steps.tell("ledger of 100,000 rows, opening");
    reading.sort();
    println!("{:<46} {:>9.1?}", "  reading a screenful, beside the loop", at(&reading).0);
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
    println!("{:<46} {:>9.1?} for {megabytes} MiB", "  reading all, beside the loop", start.elapsed());
    let start = Instant::now();
    let alive = ledger.alive(Timestamp::from_unix(1_795_531_327)).unwrap();
    println!("{:<46} {:>9.1?} for {}", "  reading those that still work", start.elapsed(), alive.len());

    let mut steps = Steps::default();
    let mut anew = true;
    for block in blocks {
        for piece in block.chunks(LEDGER_PIECE) {
            let rows = piece.to_vec().into();
            news(&mut model, LedgerNews::Rows { anew: std::mem::take(&mut anew), rows }, &mut steps);
        }
    }
    steps.tell("  each piece coming in");
    assert_eq!(model.ledger.total(), ROWS);
    news(&mut model, LedgerNews::End(Damage::default()), &mut steps);
    measure("  moving", &mut model, "jjjjjjjjjjkkkkkkkkkkGg", 2_000);
    press(&mut model, "/");
    measure("  typing what finds many", &mut model, "par\x08\x08\x08", 600);
    measure("  typing what finds few", &mut model, "zq4\x08\x08\x08", 600);
    press(&mut model, "participant-000123");
    let mut steps = Steps::default();
    news(&mut model, LedgerNews::Onward, &mut steps);
    assert_eq!(model.ledger.shown(), 1);
    steps.tell("  looking on, each piece");
    press(&mut model, "\x1b");
    let (mut steps, mut terminal) = (Steps::default(), screen(&model));
    for second in 1..200 {
        let now = Timestamp::from_unix(1_795_531_327 + second * 20);
        steps.take(&mut model, &mut terminal, |model| update::update(model, Msg::Tick(now)));
    }
    steps.tell("  a second in which some expire");
    let mut steps = Steps::default();
    for piece in rows(ROWS / 2).chunks(LEDGER_PIECE) {
        let rows = piece.to_vec().into();
        news(&mut model, LedgerNews::Added(rows), &mut steps);
    }
    steps.tell("  each piece that others add");
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
        println!("{:<46} {:>9.1?}", format!("{count} participants, signing"), start.elapsed());
        let result = Ok(Arc::new(Made { tokens, odd }));
        let start = Instant::now();
        update::update(&mut model, Msg::Reply(Reply::SignedMany { ticket, result }));
        println!("{:<46} {:>9.1?}", "  coming in", start.elapsed());
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
    press(&mut model, "/identity\n\n");
    measure("composer with 64 KiB of attributes, typing", &mut model, "alice\x08\x08\x08\x08\x08", 1_000);
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
    println!("{:<46} {:>9} {:>9}   {:>9} {:>9}", "", "drawn", "p99", "sent", "p99");
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    for (name, run) in parts {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            run();
        }
    }
}
