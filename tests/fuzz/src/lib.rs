//! What no input may do to roomkey: panic, put a control byte on the terminal, or take its time.
//!
//! Here is what an input goes through, [`inspect`] without a screen and [`screen`] on one, and in [`inputs`] where
//! inputs come from. Three use it: the suite with some hundred inputs (`cargo test --test tests hostile`), a run of
//! 100,000 with figures (`cargo bench --bench inputs`), and two targets for a fuzzer that looks for its own:
//!
//! ```sh
//! rustup toolchain install nightly && cargo install cargo-fuzz
//! cargo run --manifest-path tests/fuzz/Cargo.toml --bin seeds
//! cargo +nightly fuzz run --fuzz-dir tests/fuzz inspect
//! cargo +nightly fuzz run --fuzz-dir tests/fuzz screen
//! ```

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use roomkey::claims::catalog::{ENTRIES, Group};
use roomkey::claims::draft::Draft;
use roomkey::claims::{effect, problems};
use roomkey::cli::inspected_in_words;
use roomkey::clock::{Timestamp, Zone};
use roomkey::explain::explain;
use roomkey::project::{ApiKey, ApiSecret, Project};
use roomkey::store::Backend;
use roomkey::text::{Pasted, is_unprintable, redact, visible_lines};
use roomkey::token::diff::diff;
use roomkey::token::inspect::{Credentials, Inspection, find_token, inspect as take_apart};
use roomkey::token::near_miss::near_miss;
use roomkey::tui::message::{Contents, Effect, Msg, Reply, StoreJob};
use roomkey::tui::model::{Model, Options, Screen};
use roomkey::tui::painter::Painter;
use roomkey::tui::{update, view};

pub mod inputs;
mod worked;

use worked::worked;

/// The sizes that the layout knows.
pub const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (40, 12)];

/// When it is: in the middle of the life of most tokens that are made here.
pub const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

/// No sentence about a token is longer than this, whatever is in the token.
const LONGEST_SENTENCE: usize = 2_000;

/// The steps of a way, each with the longest that this thread worked on one of its name.
#[derive(Clone, Debug, Default)]
pub struct Steps(pub Vec<(&'static str, Duration)>);

impl Steps {
    fn time<T>(&mut self, step: &'static str, work: impl FnOnce() -> T) -> T {
        let start = worked();
        let done = work();
        self.note(step, worked().saturating_sub(start));
        done
    }

    /// Keeps this if the step never took longer.
    pub fn note(&mut self, step: &'static str, took: Duration) {
        match self.0.iter_mut().find(|(known, _)| *known == step) {
            Some((_, longest)) => *longest = took.max(*longest),
            None => self.0.push((step, took)),
        }
    }

    /// The step that took longest.
    #[must_use]
    pub fn slowest(&self) -> (&'static str, Duration) {
        self.0.iter().copied().max_by_key(|(_, took)| *took).unwrap_or_default()
    }
}

/// What a fuzzer's bytes stand for: a payload, of which a token is made, if they begin like one; else a paste.
#[must_use]
pub fn paste_of(data: &[u8]) -> String {
    if data.first() != Some(&b'{') {
        return String::from_utf8_lossy(data).into_owned();
    }
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(data), "A".repeat(43))
}

#[track_caller]
fn printable(what: &str, text: &str) {
    let hostile = text.chars().find(|c| *c != '\n' && is_unprintable(*c));
    assert!(hostile.is_none(), "{hostile:?} in {what}: {text:?}");
}

#[track_caller]
fn sentence(what: &str, text: &str) {
    printable(what, text);
    assert!(text.len() <= LONGEST_SENTENCE, "{what} has {} bytes", text.len());
}

/// Everything that the library and the command line say of a text. Panics on what may not be.
pub fn inspect(text: &str) -> Steps {
    let mut steps = Steps::default();
    steps.time("find", || {
        let _ = find_token(text);
        let _ = redact(text);
    });
    steps.time("explain", || explained(text));
    let inspection = match steps.time("inspect", || take_apart(text)) {
        Ok(inspection) => inspection,
        Err(wrong) => {
            sentence("an error", &wrong.to_string());
            sentence("a hint", &wrong.hint());
            return steps;
        }
    };
    let dev = Project::local_dev();
    let other = ApiSecret::verbatim("fake-other-secret".into());
    let unchecked = steps.time("verify", || inspection.verify(None, NOW));
    let report = steps.time("verify", || inspection.verify(Some(Credentials::from(&dev)), NOW));
    for report in [&unchecked, &report] {
        sentence("the verdict", &report.sentence);
        for check in &report.checks {
            sentence(check.id, &check.detail);
        }
    }
    let miss = steps.time("near miss", || {
        near_miss(
            &inspection,
            Some(Credentials::from(&dev)),
            [Credentials { name: "other", key: &dev.listing.key, secret: &other, old: false }],
        )
    });
    if let Some(miss) = &miss {
        sentence("the near miss", &miss.sentence);
    }
    let found = steps.time("problems", || found(&inspection));
    for problem in &found {
        sentence(problem.rule.id, &problem.message);
    }
    let (json, shown) = steps.time("JSON", || {
        let summary = inspection.summary(&report, Some("local dev"), &found, miss.as_ref(), NOW);
        let json = serde_json::to_string(&summary).unwrap_or_else(|error| panic!("no JSON: {error}"));
        let shown = visible_lines(&json).into_owned();
        (json, shown)
    });
    printable("the JSON on a terminal", &shown);
    let read: serde_json::Value =
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("JSON that is none: {error}"));
    assert_eq!(read["verdict"], report.verdict.as_str());
    let words = steps
        .time("words", || inspected_in_words(&inspection, &report, &found, miss.as_ref(), NOW, &Zone::utc()));
    printable("the report", &words);
    differences(&inspection, &mut steps);
    if let Ok(claims) = &inspection.claims {
        steps.time("draft", || again(&Draft::of_claims(claims)));
    }
    steps
}

/// A token that is held against every other.
fn another() -> String {
    paste_of(br#"{"iss":"devkey","sub":"bob","exp":4102444800,"video":{"roomJoin":true,"room":"lobby"}}"#)
}

/// What is between it and another token, either way round.
fn differences(inspection: &Inspection, steps: &mut Steps) {
    let Ok(other) = take_apart(&another()) else { panic!("no token to compare with") };
    for (one, two) in [(inspection, &other), (&other, inspection)] {
        let (said, rows) = steps.time("difference", || {
            let there = diff(one, two);
            let entries = there.table(true).into_iter().flat_map(|section| section.entries);
            let rows: Vec<_> = entries.map(|entry| there.told(entry, 60, NOW, &Zone::utc())).collect();
            (there.sentence, rows)
        });
        sentence("what is between two tokens", &said);
        for told in rows {
            sentence("a row of the difference", &told.name);
            for value in told.values.iter().flatten() {
                sentence("a value of the difference", value);
            }
        }
    }
}

/// What is said of it as an error.
fn explained(text: &str) {
    let explanation = explain(text, NOW);
    if let Some(token) = &explanation.token {
        sentence("what is said of a token in an error", token);
    }
    for found in &explanation.matches {
        sentence(found.entry.id, &found.entry.cause);
        sentence(found.entry.id, &found.entry.cure);
    }
}

/// What is odd about it, now; and worked out a minute ago and brought to now, which must be the same.
fn found(inspection: &Inspection) -> Vec<problems::Problem> {
    let Ok(claims) = &inspection.claims else { return problems::of_algorithm(inspection.algorithm()) };
    let now = problems::of_claims(claims, None, NOW);
    let mut passed = problems::of_claims(claims, None, NOW.plus(-60));
    problems::pass(&mut passed, claims, None, NOW);
    assert_eq!(now, passed);
    let lines = effect::lines(claims, NOW, &Zone::utc());
    let mut passed = effect::lines(claims, NOW.plus(-60), &Zone::utc());
    effect::pass(&mut passed, claims, NOW, &Zone::utc());
    assert_eq!(lines, passed);
    for line in lines {
        sentence("what it may", &line.text);
    }
    now
}

/// What would be signed if the token were loaded into the composer.
fn again(draft: &Draft) {
    let preview = draft.preview(&ApiKey::dev(), NOW);
    for problem in &preview.problems {
        sentence(problem.rule.id, &problem.message);
    }
}

/// A program of this size with an open store and nothing in it.
fn program(size: (u16, u16)) -> Model {
    let options = Options { shell: true, ..Options::default() };
    let mut model = Model::new(options, Size::new(size.0, size.1), NOW, Zone::utc());
    for effect in update::start(&mut model) {
        if let Effect::Store(StoreJob::Open { ticket, .. }) = effect {
            let contents =
                Contents { backend: Backend::Memory, provider: None, projects: Vec::new(), default: None };
            update::update(&mut model, Msg::Reply(Reply::Listed { ticket, result: Ok(contents) }));
        }
    }
    model
}

struct Walk {
    model: Model,
    terminal: Painter<TestBackend>,
    steps: Steps,
}

impl Walk {
    fn new(size: (u16, u16)) -> Self {
        let Ok(terminal) = Painter::new(TestBackend::new(size.0, size.1));
        Self { model: program(size), terminal, steps: Steps::default() }
    }

    /// Gives the program a message, draws, and looks at every cell.
    fn give(&mut self, step: &'static str, msg: Msg) -> Vec<Effect> {
        let (model, terminal) = (&mut self.model, &mut self.terminal);
        let effects = self.steps.time(step, || {
            let effects = update::update(model, msg);
            let Ok(()) = terminal.draw(|frame| view::view(model, frame));
            effects
        });
        for cell in self.terminal.backend().buffer().content() {
            let hostile = cell.symbol().chars().find(|c| is_unprintable(*c));
            assert!(hostile.is_none(), "{hostile:?} on the screen after {step}");
        }
        effects
    }

    fn key(&mut self, step: &'static str, code: KeyCode) {
        self.give(step, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    fn keys(&mut self, step: &'static str, keys: &str) {
        for c in keys.chars() {
            self.key(
                step,
                match c {
                    '\t' => KeyCode::Tab,
                    '\n' => KeyCode::Enter,
                    '\x1b' => KeyCode::Esc,
                    other => KeyCode::Char(other),
                },
            );
        }
    }
}

/// Every screen that shows a token, with every pane and what lies over it. Panics on what may not be.
pub fn screen(text: &str, size: (u16, u16)) -> Steps {
    let mut walk = Walk::new(size);
    walk.keys("going to Inspect", "2");
    for effect in walk.give("the paste", Msg::Paste(Pasted::new(text.to_owned()))) {
        if let Effect::Store(StoreJob::Verify { ticket, .. }) = effect
            && let Some(token) = &walk.model.inspect.token
        {
            let (dev, inspection) = (Project::local_dev(), &token.inspection);
            let compared = inspection.compare((&dev).into());
            let near_miss = near_miss(inspection, Some(Credentials::from(&dev)), []);
            let reply = Reply::Verified { ticket, result: Ok(Some(compared)), near_miss };
            walk.give("the comparison", Msg::Reply(reply));
        }
    }
    if walk.model.inspect.token.is_none() {
        return walk.steps;
    }
    for _ in 0..4 {
        walk.keys("a pane", "jG");
        walk.key("a page", KeyCode::PageUp);
        walk.keys("the next pane", "g\t");
    }
    // The problems, one of them opened.
    walk.keys("a problem", "\t\t\t\n\x1b\x1b");
    walk.keys("the help", "?j\x1b");
    walk.keys("another project", "p\x1b");
    walk.keys("asking for another token", "d");
    walk.give("another token", Msg::Paste(Pasted::new(another())));
    walk.keys("the difference", "jGga");
    walk.keys("values of the difference", "G\n\x1b");
    walk.keys("leaving the difference", "s\x1b");
    walk.give("a second", Msg::Tick(NOW.plus(1)));
    walk.give("an hour", Msg::Tick(NOW.plus(3_700)));
    walk.keys("loading it", "e");
    if walk.model.screen != Screen::Compose {
        return walk.steps;
    }
    compose(&mut walk);
    walk.steps
}

/// The composer with a token loaded: every row opened, every pane beside the form.
fn compose(walk: &mut Walk) {
    walk.give("a second in the composer", Msg::Tick(NOW.plus(3_701)));
    // Every group closed, then open, and of every row that says something what edits it.
    walk.model.compose.open.clear();
    walk.keys("the closed groups", "G");
    walk.model.compose.open.extend(Group::ALL);
    for _ in 0..4 {
        walk.key("a page of the form", KeyCode::PageUp);
    }
    let draft = walk.model.compose.draft.clone();
    for entry in ENTRIES.iter().filter(|entry| entry.is_set(&draft)) {
        walk.model.compose.go_to(entry.path);
        walk.keys("editing a row", "\n\x1b");
    }
    walk.keys("leaving the form", "\x1b");
    for _ in 0..5 {
        walk.keys("a pane of the composer", "\tjG");
    }
}
