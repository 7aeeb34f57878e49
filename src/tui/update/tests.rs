//! The program as a pure machine: messages in, orders out.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;

use super::*;
use crate::clipboard::{Copied, Route};
use crate::clock::{Timestamp, Zone};
use crate::project::{ApiKey, ApiSecret, ProjectName, ServerUrl};
use crate::text::Sensitive;
use crate::token;
use crate::tui::keymap::{Action, hints};
use crate::tui::message::{Contents, Cure, Failure, Reply, Ticket};
use crate::tui::model::Options;
use crate::tui::overlay::Confirm;

mod asking;
mod copy_as;
mod guard;
mod import;
mod ledger;
mod many;
mod presets;
mod serve;

const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

fn options() -> Options {
    Options { hold: Some(Duration::from_secs(45)), shell: true, ..Options::default() }
}

fn listing(name: &str) -> Listing {
    Listing {
        name: ProjectName::parse(name).unwrap(),
        url: ServerUrl::parse("wss://acme.livekit.cloud").unwrap().value,
        key: ApiKey::parse("APIfakeAcme").unwrap().value,
        old: None,
    }
}

/// A program whose store has answered with these projects.
fn program(names: &[&str]) -> Model {
    let mut model = Model::new(options(), Size::new(120, 40), NOW, Zone::utc());
    let effects = start(&mut model);
    let [Effect::Store(StoreJob::Open { ticket, backend: None })] = effects[..] else {
        panic!("{effects:?}")
    };
    answer(&mut model, ticket, Ok(contents(names)));
    model
}

fn contents(names: &[&str]) -> Contents {
    let projects: Vec<Listing> = names.iter().map(|name| listing(name)).collect();
    Contents {
        backend: Backend::Keyring,
        provider: None,
        default: projects.first().map(|p| p.name.clone()),
        projects,
    }
}

fn answer(model: &mut Model, ticket: Ticket, result: Result<Contents, Failure>) -> Vec<Effect> {
    update(model, Msg::Reply(Reply::Listed { ticket, result }))
}

fn failure(cure: Cure) -> Failure {
    Failure { message: "it failed".into(), hint: "try again".into(), cure }
}

/// Presses keys: a letter each, and by name in angle brackets: `<enter>`, `<esc>`, `<c-y>`.
fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let (code, modifiers, len) = match rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
            Some((name, _)) => {
                let (code, modifiers) = match name {
                    "enter" => (KeyCode::Enter, KeyModifiers::NONE),
                    "esc" => (KeyCode::Esc, KeyModifiers::NONE),
                    "tab" => (KeyCode::Tab, KeyModifiers::NONE),
                    "bs" => (KeyCode::Backspace, KeyModifiers::NONE),
                    "down" => (KeyCode::Down, KeyModifiers::NONE),
                    _ => (KeyCode::Char(name.chars().last().unwrap()), KeyModifiers::CONTROL),
                };
                (code, modifiers, name.len() + 2)
            }
            None => (KeyCode::Char(c), KeyModifiers::NONE, c.len_utf8()),
        };
        effects = update(model, Msg::Key(KeyEvent::new(code, modifiers)));
        rest = &rest[len..];
    }
    effects
}

fn paste(model: &mut Model, text: &str) {
    assert_eq!(update(model, Msg::Paste(Pasted::new(text.into()))), []);
}

fn toast(model: &Model) -> &str {
    model.toast.as_ref().map_or("", |toast| toast.text.as_str())
}

/// Fills in identity and room.
fn fill(model: &mut Model) {
    press(model, "/identity<enter><enter>alice<enter>");
    press(model, "/room<enter><enter>demo<enter>");
}

#[test]
fn nothing_stored_is_a_welcome_and_d_leads_to_what_is_missing() {
    let mut model = program(&[]);
    assert_eq!(model.screen, Screen::Welcome);
    press(&mut model, "d");
    assert_eq!(model.screen, Screen::Compose);
    assert_eq!(model.current, Listing::local_dev());
    assert_eq!(model.compose.row().and_then(Row::entry).unwrap().path, "sub");
}

#[test]
fn the_default_project_is_the_one_to_begin_with() {
    let model = program(&["acme", "other"]);
    assert_eq!((model.screen, model.current.name.as_str()), (Screen::Compose, "acme"));
}

#[test]
fn filling_two_fields_and_y_signs_with_the_projects_key() {
    let mut model = program(&["acme"]);
    fill(&mut model);
    let effects = press(&mut model, "y");
    let [Effect::Store(StoreJob::Sign { project, claims, .. })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(project.as_str(), "acme");
    assert_eq!(
        serde_json::to_value(claims).unwrap(),
        serde_json::json!({
            "iss": "APIfakeAcme", "sub": "alice", "iat": 1_795_531_327, "nbf": 1_795_531_327, "exp": 1_795_534_927,
            "video": {"roomJoin": true, "room": "demo"},
        })
    );
}

/// Presses `y` and answers for the store; gives the order to the clipboard.
fn sign(model: &mut Model) -> Vec<Effect> {
    let effects = press(model, "y");
    let [Effect::Store(StoreJob::Sign { ticket, claims, .. })] = &effects[..] else { panic!("{effects:?}") };
    let token = token::sign(claims, &ApiSecret::dev()).unwrap();
    update(model, Msg::Reply(Reply::Signed { ticket: *ticket, result: Ok(token) }))
}

#[test]
fn a_signed_token_is_copied_and_the_toast_says_what_was_proved() {
    let mut model = program(&["acme"]);
    fill(&mut model);
    let effects = sign(&mut model);
    let [Effect::Clipboard(ClipboardJob::Copy { ticket, text, hold })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(text, &model.compose.signed.as_ref().unwrap().token.to_sensitive());
    assert_eq!(*hold, Some(Duration::from_secs(45)));
    let copied = |route, verified, write| Copied {
        route,
        verified,
        clears_after: verified.then(|| Duration::from_secs(45)),
        write,
        fallback_reason: None,
    };
    let ticket = *ticket;
    let reply = Reply::Copied { ticket, result: Ok(copied(Route::X11, true, None)) };
    assert_eq!(update(&mut model, Msg::Reply(reply)), []);
    assert_eq!(toast(&model), "copied (X11, checked)");
    update(&mut model, Msg::Tick(NOW.plus(45)));
    assert_eq!(model.clipboard, None);

    let effects = sign(&mut model);
    let [Effect::Clipboard(ClipboardJob::Copy { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let sequence = Sensitive::new("osc".into());
    let reply = Reply::Copied { ticket, result: Ok(copied(Route::Osc52, false, Some(sequence.clone()))) };
    assert_eq!(update(&mut model, Msg::Reply(reply)), [Effect::Terminal(TerminalJob::Write(sequence))]);
    assert!(toast(&model).starts_with("sent to your terminal"));
}

#[test]
fn without_a_clipboard_the_token_is_shown_to_be_selected() {
    let mut model = program(&["acme"]);
    fill(&mut model);
    let effects = sign(&mut model);
    let [Effect::Clipboard(ClipboardJob::Copy { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    update(&mut model, Msg::Reply(Reply::Copied { ticket, result: Err(failure(Cure::Words)) }));
    assert_eq!(model.overlays, [Overlay::Token]);
    press(&mut model, "<esc>");
    assert_eq!(model.overlays, []);
}

#[test]
fn what_keeps_it_from_being_signed_is_said_and_the_caret_goes_there() {
    let mut model = program(&["acme"]);
    assert_eq!(press(&mut model, "y"), []);
    assert_eq!(model.compose.editing.as_ref().unwrap().path, "sub");
    assert!(toast(&model).contains("identity"));
    press(&mut model, "alice<enter>");
    assert_eq!(press(&mut model, "y"), []);
    assert_eq!(model.compose.editing.as_ref().unwrap().path, "video.room");
    // Typed and signed in one go.
    let effects = press(&mut model, "demo<c-y>");
    assert!(matches!(effects[..], [Effect::Store(StoreJob::Sign { .. })]), "{effects:?}");
}

#[test]
fn errors_are_signed_in_spite_of_only_when_asked_twice() {
    let mut model = program(&["acme"]);
    assert_eq!(press(&mut model, "!"), []);
    assert!(matches!(model.overlays[..], [Overlay::Confirm(Confirm::SignAnyway(_))]));
    assert_eq!(press(&mut model, "<esc>"), []);
    assert_eq!(model.overlays, []);
    let effects = press(&mut model, "!y");
    assert!(matches!(effects[..], [Effect::Store(StoreJob::Sign { .. })]), "{effects:?}");
}

#[test]
fn an_answer_to_a_question_no_longer_asked_is_dropped() {
    let mut model = program(&["acme"]);
    fill(&mut model);
    let effects = press(&mut model, "y");
    let [Effect::Store(StoreJob::Sign { ticket, ref claims, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    let token = token::sign(claims, &ApiSecret::dev()).unwrap();
    assert_eq!(press(&mut model, "<esc>"), [Effect::Store(StoreJob::Cancel)]);
    let before = model.clone();
    assert_eq!(update(&mut model, Msg::Reply(Reply::Signed { ticket, result: Ok(token) })), []);
    assert_eq!(model, before);
}

#[test]
fn quitting_waits_for_a_save_and_never_for_a_read() {
    let mut model = program(&["acme"]);
    fill(&mut model);
    press(&mut model, "y");
    assert_eq!(press(&mut model, "q"), [Effect::Terminal(TerminalJob::Quit)]);

    let mut model = program(&["acme"]);
    let effects = press(&mut model, "4dy");
    let [Effect::Store(StoreJob::Remove { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(press(&mut model, "q"), []);
    assert!(toast(&model).contains("as soon as"));
    assert_eq!(answer(&mut model, ticket, Ok(contents(&[]))), [Effect::Terminal(TerminalJob::Quit)]);
}

#[test]
fn a_second_quit_leaves_at_once() {
    let mut model = program(&["acme"]);
    press(&mut model, "4dyq");
    assert_eq!(press(&mut model, "<c-c>"), [Effect::Terminal(TerminalJob::Quit)]);
}

#[test]
fn in_a_text_q_is_a_letter_and_escape_never_quits() {
    let mut model = program(&["acme"]);
    assert_eq!(press(&mut model, "<enter>q<esc><esc><esc>"), []);
    assert_eq!(press(&mut model, "q"), [Effect::Terminal(TerminalJob::Quit)]);
}

#[test]
fn a_pasted_block_opens_the_form_filled_and_saving_it_hands_the_secret_over() {
    let mut model = program(&[]);
    paste(
        &mut model,
        "LIVEKIT_URL=wss://acme.livekit.cloud\nLIVEKIT_API_KEY=APIfake\nLIVEKIT_API_SECRET=fake-secret-0123456789-0123456789-abc\n",
    );
    let Some(Overlay::Project(_)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert!(!format!("{model:?}").contains("fake-secret"));
    let effects = press(&mut model, "<c-s>");
    let [Effect::Store(StoreJob::Save { ticket, listing, secret: Some(secret), replaces: None })] =
        &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(listing.name.as_str(), "acme");
    assert_eq!(secret.len(), 37);
    let ticket = *ticket;
    answer(&mut model, ticket, Ok(contents(&["acme"])));
    assert_eq!(model.overlays, []);
    assert_eq!((model.screen, model.current.name.as_str()), (Screen::Compose, "acme"));
}

#[test]
fn a_refused_save_keeps_the_form_with_everything_typed() {
    let mut model = program(&["acme"]);
    press(&mut model, "4anew<tab>wss://new.example<tab>APIfake<tab>fake-secret-0123456789-0123456789-abc");
    let effects = press(&mut model, "<enter>");
    let [Effect::Store(StoreJob::Save { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    answer(&mut model, ticket, Err(failure(Cure::Words)));
    let Some(Overlay::Project(form)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!(form.refused, Some(("it failed".into(), "try again".into())));
    assert!(!form.saving);
    assert!(matches!(press(&mut model, "<enter>")[..], [Effect::Store(StoreJob::Save { .. })]));
}

#[test]
fn a_new_vault_asks_for_its_passphrase_twice_and_then_saves() {
    let mut model = program(&[]);
    paste(
        &mut model,
        "LIVEKIT_URL=wss://acme.livekit.cloud\nLIVEKIT_API_KEY=APIfake\nLIVEKIT_API_SECRET=fake-secret-0123456789-0123456789-abc\n",
    );
    let effects = press(&mut model, "<c-s>");
    let [Effect::Store(StoreJob::Save { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    answer(&mut model, ticket, Err(failure(Cure::Passphrase { new: true })));
    assert!(matches!(model.overlays[..], [Overlay::Project(_), Overlay::Passphrase(_)]));
    assert_eq!(press(&mut model, "open<enter>oops<enter>"), []);
    let Some(Overlay::Passphrase(asked)) = model.overlays.last() else { panic!() };
    assert_eq!(asked.wrong.as_deref(), Some("the two differ; type it again"));
    let effects = press(&mut model, "open<enter>");
    let [Effect::Store(StoreJob::Unlock { ticket, passphrase })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(passphrase.expose(), "open");
    let ticket = *ticket;
    let effects = answer(&mut model, ticket, Ok(contents(&[])));
    assert!(matches!(effects[..], [Effect::Store(StoreJob::Save { .. })]), "{effects:?}");
}

#[test]
fn a_wrong_passphrase_is_asked_for_again() {
    let mut model = Model::new(options(), Size::new(120, 40), NOW, Zone::utc());
    let effects = start(&mut model);
    let [Effect::Store(StoreJob::Open { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    answer(&mut model, ticket, Err(failure(Cure::Passphrase { new: false })));
    let effects = press(&mut model, "wrong<enter>");
    let [Effect::Store(StoreJob::Unlock { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    answer(&mut model, ticket, Err(failure(Cure::Words)));
    let Some(Overlay::Passphrase(asked)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!(asked.wrong.as_deref(), Some("it failed"));
    assert_eq!(asked.fields()[0].text(), "");
}

#[test]
fn without_a_keyring_the_welcome_says_so_and_offers_others() {
    let mut model = Model::new(options(), Size::new(120, 40), NOW, Zone::utc());
    let effects = start(&mut model);
    let [Effect::Store(StoreJob::Open { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    answer(&mut model, ticket, Err(failure(Cure::AnotherStore)));
    assert_eq!(model.screen, Screen::Welcome);
    assert!(matches!(model.store, StoreState::Failed(_)));
    let effects = press(&mut model, "m");
    assert!(
        matches!(effects[..], [Effect::Store(StoreJob::Open { backend: Some(Backend::Memory), .. })]),
        "{effects:?}"
    );
}

#[test]
fn a_keyring_that_fails_later_offers_others_too() {
    let mut model = program(&["acme"]);
    fill(&mut model);
    let effects = press(&mut model, "y");
    let [Effect::Store(StoreJob::Sign { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    update(&mut model, Msg::Reply(Reply::Signed { ticket, result: Err(failure(Cure::AnotherStore)) }));
    assert!(matches!(model.overlays[..], [Overlay::NoStore(_)]));
    let effects = press(&mut model, "v");
    assert!(matches!(effects[..], [Effect::Store(StoreJob::Open { backend: Some(Backend::Vault), .. })]));
}

#[test]
fn removing_the_current_project_falls_back_to_another() {
    let mut model = program(&["acme", "other"]);
    let effects = press(&mut model, "4dy");
    let [Effect::Store(StoreJob::Remove { ticket, name })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(name.as_str(), "acme");
    let ticket = *ticket;
    answer(&mut model, ticket, Ok(contents(&["other"])));
    assert_eq!(model.current.name.as_str(), "other");
}

#[test]
fn the_built_in_project_can_be_used_but_not_changed() {
    let mut model = program(&["acme"]);
    assert_eq!(press(&mut model, "4Gd"), []);
    assert_eq!(model.overlays, []);
    assert!(toast(&model).contains("built-in"));
    press(&mut model, "<enter>");
    assert_eq!(model.current, Listing::local_dev());
}

#[test]
fn the_same_identity_for_the_same_room_is_remarked_on() {
    let mut model = program(&["acme"]);
    fill(&mut model);
    let reused = |model: &Model| {
        model.compose.shown.preview.problems.iter().any(|problem| problem.rule.id == "identity-reuse")
    };
    assert!(!reused(&model));
    sign(&mut model);
    assert!(!reused(&model), "it is that very token");
    press(&mut model, "]");
    assert!(reused(&model));
}

#[test]
fn attributes_are_added_changed_and_removed() {
    let mut model = program(&["acme"]);
    press(&mut model, "/attributes<enter><enter>a");
    press(&mut model, "role=host<enter>");
    press(&mut model, "alang = en<enter>");
    let pairs = |model: &Model| {
        model.compose.draft.grants.attributes.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>()
    };
    assert_eq!(pairs(&model), ["lang=en", "role=host"]);
    press(&mut model, "<enter><bs><bs>de<enter>");
    assert_eq!(pairs(&model), ["lang=de", "role=host"]);
    press(&mut model, "d<esc>");
    assert_eq!(pairs(&model), ["role=host"]);
    press(&mut model, "u");
    assert_eq!(pairs(&model), ["lang=de", "role=host"]);
}

#[test]
fn a_pair_without_an_equals_sign_stays_to_be_mended() {
    let mut model = program(&["acme"]);
    press(&mut model, "/attributes<enter><enter>arole<enter>");
    let Some(Overlay::Pairs(editor)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!(editor.wrong.as_deref(), Some("write key=value"));
    assert_eq!(editor.field.as_ref().unwrap().text(), "role");
}

#[test]
fn sources_agents_metadata_and_kind_have_editors_of_their_own() {
    let mut model = program(&["acme"]);
    press(&mut model, "/canPublishSources<enter><enter>j <down> <esc>");
    assert_eq!(model.compose.draft.grants.video.can_publish_sources, ["microphone", "screen_share"]);
    press(&mut model, "/dispatch<enter><enter>ahelper<tab>{}<enter><enter><enter><esc>");
    let agent = &model.compose.draft.grants.room_config.agents[0];
    assert_eq!((agent.agent_name.as_str(), agent.metadata.as_str()), ("helper", "{}"));
    press(&mut model, "/metadata<enter><enter>{\"a\":1}<enter>");
    assert_eq!(model.compose.draft.grants.metadata, "{\"a\":1}");
    press(&mut model, "/kind<enter><enter>egr<enter>");
    assert_eq!(model.compose.draft.grants.kind, "egress");
}

#[test]
fn json_that_is_none_stays_in_its_editor() {
    let mut model = program(&["acme"]);
    press(&mut model, "/egress<enter>");
    model.compose.go_to("roomConfig.egress");
    press(&mut model, "<enter>{\"room\":<enter>");
    let Some(Overlay::LongText(text)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert!(text.wrong.is_some());
    assert_eq!(text.field.text(), "{\"room\":");
    press(&mut model, "{}}<enter>");
    assert_eq!(model.overlays, []);
    assert!(model.compose.draft.grants.room_config.egress.is_some());
}

#[test]
fn every_action_of_the_palette_can_be_taken_from_it() {
    let count = Overlay::palette(&[Context::Compose, Context::Global, Context::Always]);
    let Overlay::Pick(picker) = &count else { panic!() };
    for index in 0..picker.items().len() {
        let mut model = program(&["acme"]);
        press(&mut model, "<c-p>");
        for _ in 0..index {
            press(&mut model, "<down>");
        }
        press(&mut model, "<enter>");
        assert!(
            !matches!(model.overlays.last(), Some(Overlay::Pick(p)) if p == picker),
            "{index} does nothing"
        );
    }
}

#[test]
fn no_key_in_any_order_panics_or_leaks() {
    use proptest::prelude::*;
    let key = prop_oneof![
        any::<char>().prop_map(KeyCode::Char),
        prop::sample::select("adehijklmnopqsuvwxyGDYO12345/?:*!C[] ".chars().collect::<Vec<_>>())
            .prop_map(KeyCode::Char),
        prop::sample::select(vec![
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::Tab,
            KeyCode::BackTab,
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::Left,
            KeyCode::Right,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::PageUp,
            KeyCode::PageDown,
            KeyCode::Backspace,
            KeyCode::Delete,
        ]),
    ];
    let modifiers = prop::sample::select(vec![KeyModifiers::NONE, KeyModifiers::CONTROL, KeyModifiers::ALT]);
    let size = prop::sample::select(vec![(120, 40), (80, 24), (40, 12), (20, 5), (200, 60)]);
    proptest!(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() }, |(keys in prop::collection::vec((key, modifiers), 1..120), size in size)| {
        let mut model = program(&["acme", "other"]);
        ledger::take_hostile_rows(&mut model);
        serve::take_hostile_rows(&mut model);
        update(&mut model, Msg::Resized(Size::new(size.0, size.1)));
        let mut terminal = crate::tui::painter::Painter::new(ratatui::backend::TestBackend::new(size.0, size.1)).unwrap();
        for (code, modifiers) in keys {
            update(&mut model, Msg::Key(KeyEvent::new(code, modifiers)));
            terminal.draw(|frame| crate::tui::view::view(&model, frame)).unwrap();
        }
        for cell in terminal.backend().buffer().content() {
            prop_assert!(!cell.symbol().contains(crate::text::is_unprintable), "{:?}", cell.symbol());
        }
    });
}

#[test]
fn a_click_takes_a_row_and_another_opens_it() {
    use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
    let mut model = program(&["acme"]);
    assert_eq!(press(&mut model, "m"), [Effect::Terminal(TerminalJob::Mouse(true))]);
    let click = |model: &mut Model, column, row| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        update(model, Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
    };
    // The row of Room is the fifth line of the terminal.
    click(&mut model, 10, 5);
    assert_eq!(model.compose.row().and_then(Row::entry).unwrap().path, "video.room");
    click(&mut model, 10, 5);
    assert_eq!(model.compose.editing.as_ref().unwrap().path, "video.room");
    press(&mut model, "<esc>");
    click(&mut model, 35, 0);
    assert_eq!(model.screen, Screen::Ledger);
    click(&mut model, 45, 0);
    assert_eq!(model.screen, Screen::Projects);
    click(&mut model, 58, 0);
    assert_eq!(model.screen, Screen::Serve);
    click(&mut model, 12, 0);
    assert_eq!(model.screen, Screen::Compose);
    click(&mut model, 100, 20);
    assert_eq!(model.compose.pane, Pane::Claims);
}

/// A token of the project acme, signed with this secret.
fn token_of(secret: &str) -> String {
    let mut draft = crate::claims::draft::Draft { identity: "alice".into(), ..<_>::default() };
    draft.lay_grant(r#"{"roomJoin": true, "room": "demo"}"#).unwrap();
    let claims = draft.claims(&listing("acme").key, NOW);
    token::sign(&claims, &ApiSecret::verbatim(secret.into())).unwrap().expose().to_owned()
}

#[test]
fn a_token_pasted_anywhere_is_taken_apart_and_the_store_asked_for_its_secret() {
    let mut model = program(&["acme"]);
    let text = token_of("fake-secret");
    let effects = update(&mut model, Msg::Paste(Pasted::new(format!("Bearer {text}\n"))));
    let [Effect::Store(StoreJob::Verify { ticket, token, project: None })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((model.screen, token.expose()), (Screen::Inspect, text.as_str()));
    assert!(!format!("{model:?}").contains(&text));
    let inspection = crate::token::inspect::inspect(&text).unwrap();
    let secret = ApiSecret::verbatim("fake-secret".into());
    let project = crate::project::Project::new(listing("acme"), secret);
    let result = Ok(Some(inspection.compare((&project).into())));
    update(&mut model, Msg::Reply(Reply::Verified { ticket: *ticket, result, near_miss: None }));
    let verdict = |model: &Model| model.inspect.token.as_ref().unwrap().report.verdict.as_str();
    assert_eq!(verdict(&model), "accepted");
    update(&mut model, Msg::Tick(NOW.plus(3_661)));
    assert_eq!(verdict(&model), "refused");
}

#[test]
fn a_known_error_is_explained_and_esc_goes_back_to_the_token() {
    let mut model = program(&["acme"]);
    update(&mut model, Msg::Paste(Pasted::new(token_of("fake-secret"))));
    model.size = Size::new(40, 12);
    let effects = update(&mut model, Msg::Paste(Pasted::new("401 (Unauthorized)\ninvalid API key\n".into())));
    assert_eq!((effects, model.screen), (Vec::new(), Screen::Inspect));
    let explained = |model: &Model| model.inspect.explained.as_ref().map(|known| known.matches[0].entry.id);
    assert_eq!((explained(&model), model.inspect.refused.is_some()), (Some("key"), false));
    // What would do nothing to an error is not offered.
    let offered: Vec<Action> = hints(&model.contexts()).map(|binding| binding.action).collect();
    assert!(offered.starts_with(&[Action::Back, Action::ReadClipboard]), "{offered:?}");
    assert!(
        !offered
            .iter()
            .any(|action| [Action::EditAndSign, Action::DiffToken, Action::AskServer].contains(action))
    );
    press(&mut model, "jjjjjjjjjjjjjjjjjjjjjjjj");
    let furthest = model.inspect.scroll;
    assert!((2..24).contains(&furthest), "{furthest}");
    press(&mut model, "k<tab>");
    assert_eq!((explained(&model), model.inspect.scroll), (Some("key"), furthest - 1));
    // The first stops waiting for the store, the second takes the word for it away.
    press(&mut model, "<esc><esc><esc>");
    assert_eq!((explained(&model), model.inspect.token.is_some()), (None, true));
    update(&mut model, Msg::Paste(Pasted::new("JOIN_FAILURE".into())));
    update(&mut model, Msg::Paste(Pasted::new(token_of("fake-secret"))));
    assert_eq!(explained(&model), None);
}

#[test]
fn a_token_is_loaded_into_the_composer_and_signed_again() {
    let mut model = program(&["acme"]);
    update(&mut model, Msg::Paste(Pasted::new(token_of("fake-secret"))));
    press(&mut model, "e");
    assert_eq!(model.screen, Screen::Compose);
    assert_eq!(
        (model.compose.draft.identity.as_str(), model.compose.draft.grants.video.room.as_str()),
        ("alice", "demo")
    );
    assert!(matches!(press(&mut model, "y")[..], [Effect::Store(StoreJob::Sign { .. })]));
    press(&mut model, "<esc>u");
    assert_eq!(model.compose.draft.identity, "");
}

#[test]
fn the_clipboard_is_read_only_when_asked() {
    let mut model = program(&["acme"]);
    assert_eq!(press(&mut model, "2"), []);
    let effects = press(&mut model, "r");
    let [Effect::Clipboard(ClipboardJob::Read { ticket })] = effects[..] else { panic!("{effects:?}") };
    let pasted = Pasted::new("no token".into());
    update(&mut model, Msg::Reply(Reply::Read { ticket, result: Ok(pasted) }));
    assert!(model.inspect.refused.is_some());
    let effects = press(&mut model, "r");
    let [Effect::Clipboard(ClipboardJob::Read { ticket })] = effects[..] else { panic!("{effects:?}") };
    update(&mut model, Msg::Reply(Reply::Read { ticket, result: Err(failure(Cure::Words)) }));
    assert_eq!(toast(&model), "it failed");
}

#[test]
fn another_project_can_be_verified_against() {
    let mut model = program(&["acme", "other"]);
    update(&mut model, Msg::Paste(Pasted::new(token_of("fake-secret"))));
    let effects = press(&mut model, "poth<enter>");
    let [Effect::Store(StoreJob::Verify { project: Some(name), .. })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(name.as_str(), "other");
}

#[test]
fn a_token_pasted_into_a_field_stays_in_the_field() {
    let mut model = program(&["acme"]);
    press(&mut model, "<enter>");
    paste(&mut model, &token_of("fake-secret"));
    assert_eq!(model.screen, Screen::Compose);
    assert!(model.compose.draft.identity.starts_with("eyJ"));
}

#[test]
fn esc_and_the_key_of_a_screen_in_one_breath_are_both_obeyed() {
    let mut one = program(&["acme"]);
    let mut other = program(&["acme"]);
    for model in [&mut one, &mut other] {
        press(model, "/identity<enter><enter>ali");
        assert!(model.is_typing());
    }
    let at_once = update(&mut one, Msg::Key(KeyEvent::new(KeyCode::Char('3'), KeyModifiers::ALT)));
    assert_eq!((at_once, one.screen), (press(&mut other, "<esc>3"), Screen::Ledger));
    assert_eq!(one.compose.draft, other.compose.draft);
    // What is no screen's key is not guessed at: in a text, Alt and a letter mean what a shell does with it.
    press(&mut one, "1/identity<enter><enter>");
    assert_eq!(update(&mut one, Msg::Key(KeyEvent::new(KeyCode::Char('d'), KeyModifiers::ALT))), []);
    assert!(one.is_typing());
}
