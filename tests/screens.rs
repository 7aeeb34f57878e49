//! Every screen and every overlay, as text, at the three sizes that the layout knows.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use roomkey::claims::draft::Draft;
use roomkey::clipboard::{Copied, Route};
use roomkey::clock::{Timestamp, Zone};
use roomkey::ledger::{By, Damage, Row};
use roomkey::project::{ApiKey, ApiSecret, Listing, Project, ProjectName, ServerUrl};
use roomkey::store::Backend;
use roomkey::text::Pasted;
use roomkey::token;
use roomkey::tui::message::{
    ClipboardJob, Contents, Cure, Effect, Failure, LedgerNews, LedgerPiece, Msg, Reply, StoreJob, Ticket,
};
use roomkey::tui::model::{Model, Options};
use roomkey::tui::painter::Painter;
use roomkey::tui::theme::{Palette, Theme};
use roomkey::tui::{update, view};

macro_rules! screens {
    ($($name:ident: $at:expr;)+) => {$(
        #[test]
        fn $name() {
            snapshots(stringify!($name), $at);
        }
    )+};
}

mod asking;
mod desk;
mod guard;
mod presets;
mod serve;

/// 2026-11-24 14:42:07 UTC.
const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (40, 12)];

fn listing(name: &str, url: &str, key: &str) -> Listing {
    Listing {
        name: ProjectName::parse(name).unwrap(),
        url: ServerUrl::parse(url).unwrap().value,
        key: ApiKey::parse(key).unwrap().value,
        old: None,
    }
}

fn three() -> Vec<Listing> {
    vec![
        listing("acme-prod", "wss://acme.livekit.cloud", "APIfakeProd"),
        listing("acme-staging", "wss://acme-staging.livekit.cloud", "APIfakeStaging"),
        listing("home", "ws://10.0.0.5:7880", "APIfakeHome"),
    ]
}

/// A program of this size, before the store has answered.
fn opening(size: (u16, u16), theme: Theme) -> (Model, Ticket) {
    let options = Options { theme, hold: Some(Duration::from_secs(45)), shell: true, ..Options::default() };
    let mut model = Model::new(options, Size::new(size.0, size.1), NOW, Zone::utc());
    let effects = update::start(&mut model);
    let [Effect::Store(StoreJob::Open { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    (model, ticket)
}

fn listed(model: &mut Model, ticket: Ticket, result: Result<Contents, Failure>) -> Vec<Effect> {
    update::update(model, Msg::Reply(Reply::Listed { ticket, result }))
}

/// A program with projects.
pub(crate) fn program(size: (u16, u16)) -> Model {
    let (mut model, ticket) = opening(size, Theme::default());
    let default = Some(ProjectName::parse("acme-staging").unwrap());
    listed(
        &mut model,
        ticket,
        Ok(Contents { backend: Backend::Keyring, provider: None, projects: three(), default }),
    );
    model
}

/// A program with none.
fn empty(size: (u16, u16)) -> Model {
    let (mut model, ticket) = opening(size, Theme::default());
    listed(
        &mut model,
        ticket,
        Ok(Contents {
            backend: Backend::Keyring,
            provider: Some("gnome-keyring, unlocked".into()),
            projects: Vec::new(),
            default: None,
        }),
    );
    model
}

fn failure(cure: Cure) -> Failure {
    Failure {
        message: "there is no keyring here: no D-Bus session bus".into(),
        hint: "start a keyring such as gnome-keyring".into(),
        cure,
    }
}

pub(crate) fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|r| r.split_once('>'));
        let (key, len) = match named {
            Some((name, _)) => {
                let code = match name {
                    "enter" => KeyCode::Enter,
                    "esc" => KeyCode::Esc,
                    "tab" => KeyCode::Tab,
                    "down" => KeyCode::Down,
                    "left" => KeyCode::Left,
                    other => KeyCode::Char(other.chars().last().unwrap()),
                };
                let control = name.starts_with("c-");
                let modifiers = if control { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
                (KeyEvent::new(code, modifiers), name.len() + 2)
            }
            None => (KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), c.len_utf8()),
        };
        effects = update::update(model, Msg::Key(key));
        rest = &rest[len..];
    }
    effects
}

pub(crate) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    update::update(model, Msg::Paste(Pasted::new(text.into())))
}

fn filled(size: (u16, u16)) -> Model {
    let mut model = program(size);
    press(&mut model, "/identity<enter><enter>alice-7f3a<enter>");
    press(&mut model, "/name<enter><enter>Alice<enter>");
    press(&mut model, "/room<enter><enter>demo<enter>");
    press(&mut model, "/canPublishData<enter>  ");
    model
}

fn signed(size: (u16, u16)) -> Model {
    let mut model = filled(size);
    sign(&mut model);
    model
}

/// Presses `y`, and answers for the store and the clipboard.
pub(crate) fn sign(model: &mut Model) {
    let effects = press(model, "y");
    let [Effect::Store(StoreJob::Sign { ticket, ref claims, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    let token = token::sign(claims, &ApiSecret::dev()).unwrap();
    let effects = update::update(model, Msg::Reply(Reply::Signed { ticket, result: Ok(token) }));
    let [Effect::Clipboard(ClipboardJob::Copy { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let copied = Copied {
        route: Route::X11,
        verified: true,
        clears_after: Some(Duration::from_secs(45)),
        write: None,
        fallback_reason: None,
    };
    update::update(model, Msg::Reply(Reply::Copied { ticket, result: Ok(copied) }));
}

/// A program with a token of acme-staging on the inspector's screen: its `video` grant, and when it begins and ends as
/// seen from now.
fn inspected(size: (u16, u16), grant: &str, begins: i64, ends: i64) -> Model {
    let mut draft = Draft { identity: "alice".into(), ..Draft::default() };
    draft.lay_grant(grant).unwrap();
    let listing = three().remove(1);
    let mut claims = draft.claims(&listing.key, NOW.plus(begins));
    claims.expires_at = Some(NOW.plus(ends));
    let token = token::sign(&claims, &ApiSecret::dev()).unwrap();
    let mut model = program(size);
    let effects = update::update(&mut model, Msg::Paste(Pasted::new(format!("Bearer {}\n", token.expose()))));
    let [Effect::Store(StoreJob::Verify { ticket, ref token, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    let project = Project::new(listing, ApiSecret::dev());
    let compared = token::inspect::inspect(token.expose()).unwrap().compare((&project).into());
    update::update(
        &mut model,
        Msg::Reply(Reply::Verified { ticket, result: Ok(Some(compared)), near_miss: None }),
    );
    model
}

/// A row of a project, as it was issued so many seconds ago for an hour.
fn issued(project: usize, identity: &str, grant: &str, ago: i64) -> Row {
    let mut draft = Draft { identity: identity.into(), ..Draft::default() };
    draft.lay_grant(grant).unwrap();
    let project = Project::new(three().remove(project), ApiSecret::dev());
    let claims = draft.claims(&project.listing.key, NOW.plus(-ago));
    let token = token::sign(&claims, &project.secret).unwrap();
    Row::of(&project, &claims, token.fingerprint(), By::Screens)
}

fn news(model: &mut Model, news: LedgerNews) {
    update::update(model, Msg::Reply(Reply::Ledger(news)));
}

/// A program that shows the ledger of a few days.
fn with_ledger(size: (u16, u16)) -> Model {
    let join = r#"{"roomJoin": true, "room": "demo"}"#;
    let rows = vec![
        issued(1, "alice-7f3a", join, 9),
        issued(0, "guest-k2p9", r#"{"roomJoin": true, "room": "support-4711", "canPublish": false}"#, 1_965),
        Row::of_batch(issued(2, "load-1", join, 3_400), "load-50", 50),
        issued(
            0,
            "会議室のホスト",
            r#"{"roomJoin": true, "roomAdmin": true, "room": "\u001b[2J\u202e"}"#,
            3_630,
        ),
        issued(1, "bob", join, 9_000),
        issued(1, "recorder", r#"{"roomRecord": true, "room": "demo"}"#, 90_000),
        issued(0, "guest", r#"{"roomJoin": true, "room": "an-old-room"}"#, 700_000),
    ];
    let mut model = program(size);
    press(&mut model, "3");
    news(&mut model, LedgerNews::Rows { anew: true, rows: rows.into() });
    news(&mut model, LedgerNews::End(Damage::default()));
    model
}

/// A program whose ledger is read and empty.
fn empty_ledger(size: (u16, u16)) -> Model {
    let mut model = program(size);
    press(&mut model, "3");
    news(&mut model, LedgerNews::Rows { anew: true, rows: LedgerPiece::default() });
    news(&mut model, LedgerNews::End(Damage::default()));
    model
}

/// Video grants as text, signed: who, and when it begins and ends as seen from now.
fn token(grant: &str, identity: &str, begins: i64, ends: i64) -> String {
    let mut draft = Draft { identity: identity.into(), ..Draft::default() };
    draft.lay_grant(grant).unwrap();
    draft.grants.metadata = match identity {
        "alice" => String::new(),
        other => format!("{{\"about\": \"{}\"}}", format!("{other} and so on, ").repeat(20)),
    };
    let mut claims = draft.claims(&three()[1].key, NOW.plus(begins));
    claims.expires_at = Some(NOW.plus(ends));
    token::sign(&claims, &ApiSecret::dev()).unwrap().expose().to_owned()
}

/// `{"iss":"APIfakeStaging","sub":"alice","exp":1795534327,"video":{"roomJoin":true,"room":"demo","canPublish":"false"}}`.
const UNREADABLE: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJBUElmYWtlU3RhZ2luZyIsInN1YiI6ImFsaWNlIiwiZXhwIjoxNzk1NTM0MzI3LCJ2aWRlbyI6eyJyb29tSm9pbiI6dHJ1ZSwicm9vbSI6ImRlbW8iLCJjYW5QdWJsaXNoIjoiZmFsc2UifX0.c2ln";

/// A program in which two tokens are held against each other.
fn compared(size: (u16, u16)) -> Model {
    let mut model = inspected(
        size,
        r#"{"roomJoin": true, "room": "demo", "canPublishSources": ["camera", "microphone"], "hidden": false}"#,
        -600,
        3_000,
    );
    press(&mut model, "d");
    let other = r#"{"roomJoin": true, "room": "lobby", "canPublishSources": ["camera", "microphone", "screen_share"], "canSubscribe": false, "roomAdmin": true, "canPublishData": true}"#;
    paste(&mut model, &format!("Bearer {}", token(other, "bob", -4_000, -192)));
    model.toast = None;
    model
}

/// The screen as text, with the caret marked where there is one.
pub(crate) fn drawn(model: &Model) -> String {
    let mut terminal = Painter::new(TestBackend::new(model.size.width, model.size.height)).unwrap();
    terminal.draw(|frame| view::view(model, frame)).unwrap();
    terminal.backend().to_string()
}

/// Holds the screen against its snapshot at every size.
fn snapshots(name: &str, at: impl Fn((u16, u16)) -> Model) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        for size in SIZES {
            insta::assert_snapshot!(format!("{name}@{}x{}", size.0, size.1), drawn(&at(size)));
        }
    });
}

/// A program in which these keys have been pressed.
fn after(keys: &'static str) -> impl Fn((u16, u16)) -> Model {
    move |size| {
        let mut model = filled(size);
        press(&mut model, keys);
        model
    }
}

screens! {
    welcome: empty;
    welcome_without_a_keyring: |size| {
        let (mut model, ticket) = opening(size, Theme::default());
        listed(&mut model, ticket, Err(failure(Cure::AnotherStore)));
        model
    };
    compose_fresh: program;
    compose_filled: filled;
    compose_signed: signed;
    compose_revealed: |size| {
        let mut model = signed(size);
        press(&mut model, "v");
        model
    };
    compose_refused: |size| {
        let mut model = program(size);
        press(&mut model, "y");
        model
    };
    compose_editing: after("/identity<enter><enter>-会議室");
    compose_wrong_text: after("/valid<enter><enter><c-u>soon");
    compose_finding: after("/room");
    compose_claims: after("<tab><tab>");
    compose_problems: |size| {
        let mut model = program(size);
        press(&mut model, "<tab><tab><tab>");
        model
    };
    compose_everything_open: after("GkkkklGkkkl");
    compose_waiting: |size| {
        let mut model = filled(size);
        press(&mut model, "y");
        update::update(&mut model, Msg::Tick(NOW.plus(3)));
        model
    };
    help: after("?");
    palette: after("<c-p>");
    palette_found: after("<c-p>life");
    pick_project: after("p");
    pick_project_found: after("psta");
    pick_preset: after("o");
    pick_kind: after("/kind<enter><enter>");
    sources: after("/canPublishSources<enter><enter> j ");
    attributes: after("/attributes<enter><enter>arole=host<enter>alang=en<enter>");
    attribute_edited: after("/attributes<enter><enter>arole=host<enter><enter>");
    agents: after("/dispatch<enter><enter>ahelper<tab>{}<enter><enter><enter>");
    agent_edited: after("/dispatch<enter><enter>ahelper<tab><tab>my_stage");
    metadata: after("/metadata<enter><enter>{\"team\": \"blue\"");
    problem: |size| {
        let mut model = program(size);
        press(&mut model, "<tab><tab><tab><enter>");
        model
    };
    sign_anyway: |size| {
        let mut model = program(size);
        press(&mut model, "!");
        model
    };
    token_to_select: |size| {
        let mut model = filled(size);
        let effects = press(&mut model, "y");
        let [Effect::Store(StoreJob::Sign { ticket, ref claims, .. })] = effects[..] else { panic!("{effects:?}") };
        let token = token::sign(claims, &ApiSecret::dev()).unwrap();
        let effects = update::update(&mut model, Msg::Reply(Reply::Signed { ticket, result: Ok(token) }));
        let [Effect::Clipboard(ClipboardJob::Copy { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
        let nowhere = Failure {
            message: "no clipboard can be reached from here".into(),
            hint: "select it with the mouse".into(),
            cure: Cure::Words,
        };
        update::update(&mut model, Msg::Reply(Reply::Copied { ticket, result: Err(nowhere) }));
        model
    };
    inspect_invitation: after("2");
    inspect_no_token: |size| {
        let mut model = filled(size);
        press(&mut model, "2");
        paste(&mut model, "hello");
        model
    };
    inspect_explained: |size| {
        let mut model = program(size);
        press(&mut model, "2");
        paste(&mut model, "\u{1b}[31mERROR\u{1b}[0m could not establish signal connection\n\
                           token is malformed: could not JSON decode claim: json: cannot unmarshal string into Go \
                           struct field Claims.video.canPublish of type bool\nDUPLICATE_IDENTITY");
        model
    };
    inspect_older_servers: |size| {
        let mut draft = Draft { identity: "alice".into(), ..Draft::default() };
        draft.lay_grant(r#"{"roomJoin": true, "room": "demo", "canManageAgentSession": true}"#).unwrap();
        draft.grants.metadata = "x".repeat(70_000);
        let mut claims = draft.claims(&ApiKey::dev(), NOW);
        claims.expires_at = None;
        let mut model = program(size);
        paste(&mut model, token::sign(&claims, &ApiSecret::dev()).unwrap().expose());
        press(&mut model, "<tab><tab><tab>G");
        model
    };
    inspect_accepted: |size| inspected(size, r#"{"roomJoin": true, "room": "demo"}"#, -600, 3_000);
    inspect_refused: |size| inspected(size, r#"{"roomJoin": true, "room": "demo", "roomName": "x"}"#, -4_000, -192);
    inspect_claims: |size| {
        let mut model = inspected(size, r#"{"roomJoin": true, "room": "demo", "roomName": "x"}"#, -600, 3_000);
        press(&mut model, "<tab>jjjjjjjj");
        model
    };
    inspect_problems: |size| {
        let mut model = inspected(size, r#"{"roomJoin": true, "room": "demo", "roomName": "x"}"#, -600, 3_000);
        press(&mut model, "<tab><tab><tab>");
        model
    };
    inspect_picking: |size| {
        let mut model = inspected(size, r#"{"roomJoin": true, "room": "demo"}"#, -600, 3_000);
        press(&mut model, "p");
        model
    };
    inspect_issued_here: |size| {
        let mut model = inspected(size, r#"{"roomJoin": true, "room": "demo"}"#, -600, 3_000);
        let row = issued(1, "alice", r#"{"roomJoin": true, "room": "demo"}"#, 600);
        let fingerprint = model.inspect.token.as_ref().unwrap().fingerprint;
        news(&mut model, LedgerNews::Found { fingerprint, row: Some(Box::new(row)) });
        model
    };
    ledger: with_ledger;
    ledger_details: |size| {
        let mut model = with_ledger(size);
        press(&mut model, "j<tab>");
        model
    };
    ledger_expired: |size| {
        let mut model = with_ledger(size);
        press(&mut model, "G");
        model
    };
    ledger_finding: |size| {
        let mut model = with_ledger(size);
        press(&mut model, "/demo");
        model
    };
    ledger_finding_nothing: |size| {
        let mut model = with_ledger(size);
        press(&mut model, "/zebra");
        model
    };
    ledger_empty: empty_ledger;
    ledger_off: |size| {
        let mut model = empty_ledger(size);
        news(&mut model, LedgerNews::On(false));
        model
    };
    ledger_off_with_rows: |size| {
        let mut model = with_ledger(size);
        news(&mut model, LedgerNews::On(false));
        update::update(&mut model, Msg::Tick(NOW.plus(30)));
        model
    };
    ledger_unreadable: |size| {
        let mut model = with_ledger(size);
        let failure = Failure {
            message: "/home/alice/.local/state/roomkey/ledger.jsonl is open to other users (mode 644)".into(),
            hint: "chmod 600 '/home/alice/.local/state/roomkey/ledger.jsonl'".into(),
            cure: Cure::Words,
        };
        news(&mut model, LedgerNews::Failed(failure));
        model
    };
    ledger_purge: |size| {
        let mut model = with_ledger(size);
        press(&mut model, "D");
        model
    };
    diff_asking: |size| {
        let mut model = inspected(size, r#"{"roomJoin": true, "room": "demo"}"#, -600, 3_000);
        press(&mut model, "d");
        model
    };
    diff_no_token: |size| {
        let mut model = inspected(size, r#"{"roomJoin": true, "room": "demo"}"#, -600, 3_000);
        press(&mut model, "d");
        paste(&mut model, "hello");
        model
    };
    diff: compared;
    diff_all: |size| {
        let mut model = compared(size);
        press(&mut model, "a");
        model
    };
    diff_swapped_end: |size| {
        let mut model = compared(size);
        press(&mut model, "sG");
        model
    };
    diff_values: |size| {
        let mut model = compared(size);
        press(&mut model, "jjjj<enter>");
        model
    };
    diff_same: |size| {
        let mut model = inspected(size, r#"{"roomJoin": true, "room": "demo"}"#, -600, 3_000);
        press(&mut model, "d");
        paste(&mut model, &token(r#"{"roomJoin": true, "room": "demo"}"#, "alice", -540, 3_060));
        model
    };
    diff_unreadable: |size| {
        let mut model = inspected(size, r#"{"roomJoin": true, "room": "demo"}"#, -600, 3_000);
        press(&mut model, "d");
        paste(&mut model, UNREADABLE);
        model
    };
    diff_help: |size| {
        let mut model = compared(size);
        press(&mut model, "?");
        model
    };
    projects: after("4");
    project_add: after("4a");
    project_add_wrong: |size| {
        let mut model = program(size);
        press(&mut model, "4ahome<tab>https://cloud.livekit.io/projects/p_x<tab>two words<tab>");
        paste(&mut model, "APIfake-secret\n");
        model
    };
    project_add_pasted: |size| {
        let mut model = empty(size);
        paste(&mut model, "LIVEKIT_URL=wss://acme.livekit.cloud\nLIVEKIT_API_KEY=APIfake\nLIVEKIT_API_SECRET=\"fake-secret-0123456789-0123456789-abc\"\n");
        model
    };
    copy_as: after("Y");
    copy_as_curl: after("Ycurl");
    copy_as_program: after("Ynode");
    qr: |size| {
        let mut model = filled(size);
        let effects = press(&mut model, "Yqr<enter>");
        let [Effect::Store(StoreJob::Sign { ticket, ref claims, .. })] = effects[..] else { panic!("{effects:?}") };
        let token = token::sign(claims, &ApiSecret::dev()).unwrap();
        update::update(&mut model, Msg::Reply(Reply::Signed { ticket, result: Ok(token) }));
        model
    };
    no_clipboard_for_a_program: |size| {
        let mut model = filled(size);
        let effects = press(&mut model, "Ygo<enter>");
        let [Effect::Clipboard(ClipboardJob::Copy { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
        let result = Err(failure(Cure::Words));
        update::update(&mut model, Msg::Reply(Reply::Copied { ticket, result }));
        model
    };
    project_change: after("4e");
    project_remove: after("4d");
    passphrase: |size| {
        let (mut model, ticket) = opening(size, Theme::default());
        listed(&mut model, ticket, Err(failure(Cure::Passphrase { new: false })));
        press(&mut model, "fake");
        model
    };
    passphrase_new: |size| {
        let mut model = empty(size);
        paste(&mut model, "LIVEKIT_URL=wss://acme.livekit.cloud\nLIVEKIT_API_KEY=APIfake\nLIVEKIT_API_SECRET=fake-secret-0123456789-0123456789-abc\n");
        let effects = press(&mut model, "<c-s>");
        let [Effect::Store(StoreJob::Save { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
        listed(&mut model, ticket, Err(failure(Cure::Passphrase { new: true })));
        press(&mut model, "fake<enter>other<enter>");
        model
    };
    no_keyring: |size| {
        let mut model = filled(size);
        let effects = press(&mut model, "y");
        let [Effect::Store(StoreJob::Sign { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
        update::update(&mut model, Msg::Reply(Reply::Signed { ticket, result: Err(failure(Cure::AnotherStore)) }));
        model
    };
}

#[test]
fn too_small_says_so() {
    for size in [(39, 12), (80, 11), (1, 1)] {
        let text = drawn(&program(size));
        assert!(size.0 < 30 || text.contains("enlarge"), "{text}");
    }
}

#[test]
fn ascii_means_ascii() {
    let (mut model, ticket) = opening((120, 40), Theme { ascii: true, ..Theme::default() });
    listed(
        &mut model,
        ticket,
        Ok(Contents { backend: Backend::Keyring, provider: None, projects: three(), default: None }),
    );
    for keys in ["", "?", "<esc><c-p>", "<esc>p", "<esc>o", "<esc>3", "<esc>4", "a", "<esc>d", "<esc>1y"] {
        press(&mut model, keys);
        let text = drawn(&model);
        assert!(text.is_ascii(), "after {keys}: {:?}", text.chars().find(|c| !c.is_ascii()));
    }
}

#[test]
fn without_colours_there_are_none() {
    let (mut model, ticket) = opening((120, 40), Theme { palette: Palette::Plain, ascii: false });
    listed(&mut model, ticket, Err(failure(Cure::AnotherStore)));
    press(&mut model, "d");
    for keys in ["", "?", "<esc>4", "<esc>1<esc>y"] {
        press(&mut model, keys);
        let mut terminal = Painter::new(TestBackend::new(120, 40)).unwrap();
        terminal.draw(|frame| view::view(&model, frame)).unwrap();
        let coloured =
            terminal.backend().buffer().content().iter().any(|cell| {
                cell.fg != ratatui::style::Color::Reset || cell.bg != ratatui::style::Color::Reset
            });
        assert!(!coloured, "after {keys}");
    }
}

#[test]
fn the_background_is_the_terminals_own() {
    for palette in [Palette::Dark, Palette::Light, Palette::HighContrast] {
        let (mut model, ticket) = opening((120, 40), Theme { palette, ascii: false });
        listed(&mut model, ticket, Err(failure(Cure::AnotherStore)));
        for keys in ["", "d", "?", "<esc>p"] {
            press(&mut model, keys);
            let mut terminal = Painter::new(TestBackend::new(120, 40)).unwrap();
            terminal.draw(|frame| view::view(&model, frame)).unwrap();
            assert!(
                terminal
                    .backend()
                    .buffer()
                    .content()
                    .iter()
                    .all(|cell| cell.bg == ratatui::style::Color::Reset)
            );
        }
    }
}
