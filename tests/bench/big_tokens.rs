//! Tokens of 2 KiB, 64 KiB and 1 MiB on the screen: what pasting one costs, a keystroke in every pane, a second
//! going by, and the same in the composer once it is loaded there.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::backend::TestBackend;

use roomkey::clock::Timestamp;
use roomkey::project::Project;
use roomkey::text::Pasted;
use roomkey::token::inspect::inspect;
use roomkey::token::near_miss::near_miss;
use roomkey::token::sign;
use roomkey::tui::message::{Effect, Msg, Reply, StoreJob};
use roomkey::tui::model::{Model, Screen};
use roomkey::tui::painter::Painter;
use roomkey::tui::{update, view};

use super::worked::worked;
use super::{SIZE, press, program};

/// Longer than this no case is measured: what takes a second a key needs no thousand of them.
const MOST: Duration = Duration::from_millis(1_500);

/// A claim that makes the payload about `bytes` long, by what it is made of.
fn shapes(bytes: usize) -> Vec<(&'static str, String)> {
    let mut attributes = String::new();
    for i in 0..bytes / 40 {
        write!(attributes, r#","key-{i:07}":"{}""#, "v".repeat(24)).unwrap();
    }
    let mut agents = String::new();
    for i in 0..bytes / 48 {
        write!(agents, r#",{{"agentName":"agent-{i:07}","metadata":"{{}}"}}"#).unwrap();
    }
    let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
    let nested = vec![deep; bytes / 601].join(",");
    vec![
        ("metadata", format!(r#""metadata":"{}""#, "m".repeat(bytes))),
        ("attributes", format!(r#""attributes":{{{}}}"#, attributes.trim_start_matches(','))),
        ("agents", format!(r#""roomConfig":{{"agents":[{}]}}"#, agents.trim_start_matches(','))),
        ("nested", format!(r#""x":[{nested}]"#)),
        ("empty lists", format!(r#""x":[{}]"#, vec!["[]"; bytes / 3].join(","))),
        ("escapes", format!(r#""metadata":"{}""#, r"\u202e".repeat(bytes / 6))),
        ("one key", format!(r#""{}":1"#, "k".repeat(bytes))),
        ("wrong type", format!(r#""attributes":{{"{}":1}}"#, "k".repeat(bytes))),
        ("identity", format!(r#""sub":"{}","name":""#, "i".repeat(bytes)) + "n\""),
    ]
}

fn token(claim: &str) -> String {
    let sub = if claim.contains("\"sub\"") { "" } else { r#""sub":"alice","# };
    let payload = format!(
        r#"{{"iss":"devkey",{sub}"iat":1795531327,"nbf":1795531327,"exp":1795534927,"video":{{"roomJoin":true,"room":"demo"}},{claim}}}"#
    );
    format!(
        "{}.{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
        URL_SAFE_NO_PAD.encode(payload),
        "A".repeat(43)
    )
}

struct Bench {
    model: Model,
    terminal: Painter<TestBackend>,
}

impl Bench {
    fn timed(&mut self, change: impl FnOnce(&mut Model)) -> Duration {
        let start = worked();
        change(&mut self.model);
        self.terminal.draw(|frame| view::view(&self.model, frame)).unwrap();
        worked().saturating_sub(start)
    }

    /// Does these things over and over, each with a frame after it: the median and the 99th percentile.
    fn measure(&mut self, changes: &[fn(&mut Model)]) -> String {
        let began = Instant::now();
        let mut took: Vec<Duration> = Vec::new();
        // Whole rounds, so that nothing stays open.
        while took.len() < 2_000 && (took.is_empty() || began.elapsed() < MOST) {
            took.extend(changes.iter().map(|change| self.timed(change)));
        }
        took.sort();
        format!("{:>9.1?} {:>9.1?}", took[took.len() / 2], took[took.len() * 99 / 100])
    }
}

fn key(model: &mut Model, code: KeyCode) {
    update::update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
}

const MOVES: [fn(&mut Model); 14] = [
    |m| press(m, "j"),
    |m| press(m, "j"),
    |m| key(m, KeyCode::PageDown),
    |m| key(m, KeyCode::PageDown),
    |m| press(m, "k"),
    |m| press(m, "G"),
    |m| press(m, "k"),
    |m| key(m, KeyCode::PageUp),
    |m| press(m, "g"),
    |m| press(m, "?"),
    |m| press(m, "j"),
    |m| press(m, "\x1b"),
    |m| key(m, KeyCode::Tab),
    |m| press(m, "v"),
];

const TICK: [fn(&mut Model); 1] = [|m| {
    let next = Timestamp::from_unix(m.now.as_unix() + 1);
    update::update(m, Msg::Tick(next));
}];

fn case(name: &str, bytes: usize, claim: &str) {
    let token = token(claim);
    let mut bench =
        Bench { model: program(3), terminal: Painter::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap() };
    bench.timed(|_| {});
    let mut pasted: Vec<Duration> = (0..5)
        .map(|_| {
            let text = Pasted::new(token.clone());
            bench.timed(|model| {
                let effects = update::update(model, Msg::Paste(text));
                let Some(Effect::Store(StoreJob::Verify { ticket, .. })) = effects.first() else {
                    panic!("it was not taken for a token")
                };
                let compared =
                    model.inspect.token.as_ref().unwrap().inspection.compare((&Project::local_dev()).into());
                let reply = Reply::Verified { ticket: *ticket, result: Ok(Some(compared)), near_miss: None };
                update::update(model, Msg::Reply(reply));
            })
        })
        .collect();
    pasted.sort();
    let keys = bench.measure(&MOVES);
    let ticks = bench.measure(&TICK);
    let mut loaded = Duration::ZERO;
    let (mut compose, mut seconds, mut typing) = (String::new(), String::new(), String::new());
    if bench.model.inspect.token.as_ref().unwrap().inspection.claims.is_ok() {
        loaded = bench.timed(|model| press(model, "e"));
        assert_eq!(bench.model.screen, Screen::Compose);
        // Signed, so that there is something to reveal.
        bench.sign();
        compose = bench.measure(&MOVES);
        seconds = bench.measure(&TICK);
        bench.model.compose.pane = roomkey::tui::screens::compose::Pane::Form;
        bench.model.compose.go_to("name");
        press(&mut bench.model, "\n");
        typing = bench.measure(&[|m| press(m, "a"), |m| press(m, "\x08")]);
    }
    println!(
        "{name:<12} {:>8} {:>9.1?} | {keys} | {ticks} | {loaded:>9.1?} | {compose:>19} | {seconds:>19} | {typing:>19}",
        bytes, pasted[2]
    );
}

impl Bench {
    fn sign(&mut self) {
        self.timed(|model| {
            let effects =
                update::update(model, Msg::Key(KeyEvent::new(KeyCode::Char('y'), KeyModifiers::NONE)));
            if let Some(Effect::Store(StoreJob::Sign { ticket, claims, .. })) = effects.first() {
                let token = sign(claims, &roomkey::project::ApiSecret::dev()).unwrap();
                update::update(model, Msg::Reply(Reply::Signed { ticket: *ticket, result: Ok(token) }));
            }
            model.toast = None;
            model.pending.clear();
        });
    }
}

pub(crate) fn run() {
    println!(
        "\n{:<12} {:>8} {:>9} | {:>19} | {:>19} | {:>9} | {:>19} | {:>19} | {:>19}",
        "token",
        "bytes",
        "paste",
        "inspect: keys, p99",
        "second, p99",
        "e",
        "compose: keys, p99",
        "second, p99",
        "typing, p99"
    );
    for bytes in [2 << 10, 64 << 10, 1 << 20] {
        for (name, claim) in shapes(bytes) {
            case(name, bytes, &claim);
        }
    }
    let project = Project::local_dev();
    println!("\n{:<12} {:>8} {:>9} {:>9} {:>9}", "token", "bytes", "inspect", "compare", "near miss");
    for (name, claim) in shapes(1 << 20) {
        let token = token(&claim);
        let start = worked();
        let inspection = inspect(&token).unwrap();
        let inspected = worked().saturating_sub(start);
        let start = worked();
        let _ = inspection.compare((&project).into());
        let compared = worked().saturating_sub(start);
        let start = worked();
        let _ = near_miss(&inspection, Some((&project).into()), []);
        println!(
            "{name:<12} {:>8} {inspected:>9.1?} {compared:>9.1?} {:>9.1?}",
            1 << 20,
            worked().saturating_sub(start)
        );
    }
    // The same wrapped over many lines, with text in front: what a log or a mail makes of it.
    let token = token(&shapes(1 << 20)[0].1);
    let lines: Vec<&str> =
        token.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let start = worked();
    let found = inspect(&format!("token: {}", lines.join("\n"))).is_ok();
    println!(
        "wrapped at 76 columns behind a word: {:?}, {}",
        worked().saturating_sub(start),
        if found { "found" } else { "not found" }
    );
}
