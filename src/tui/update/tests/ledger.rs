//! The ledger's screen, and what the rest of the program knows from it.

use super::*;
use crate::claims::draft::Draft;
use crate::ledger::{By, Damage, Purge, Purged, Row};
use crate::project::Project;
use crate::token::Fingerprint;
use crate::tui::message::{LEDGER_PIECE, LedgerJob, LedgerNews};
use crate::tui::model::Waiting;

/// A row of acme, signed so many seconds ago for an hour.
fn row(identity: &str, ago: i64) -> Row {
    let mut draft = Draft { identity: identity.into(), ..Draft::default() };
    draft.lay_grant(r#"{"roomJoin": true, "room": "demo", "canPublish": false}"#).unwrap();
    let project = Project::new(listing("acme"), ApiSecret::dev());
    let claims = draft.claims(&project.listing.key, NOW.plus(-ago));
    let token = token::sign(&claims, &project.secret).unwrap();
    Row::of(&project, &claims, token.fingerprint(), By::Create)
}

fn tell(model: &mut Model, news: LedgerNews) -> Vec<Effect> {
    update(model, Msg::Reply(Reply::Ledger(news)))
}

/// A program that shows these rows, newest first.
fn ledger(rows: Vec<Row>) -> Model {
    let mut model = program(&["acme", "other"]);
    assert_eq!(press(&mut model, "3"), [Effect::Ledger(LedgerJob::Read)]);
    let rows = rows.into();
    assert_eq!(tell(&mut model, LedgerNews::Rows { anew: true, rows }), []);
    assert_eq!(tell(&mut model, LedgerNews::End(Damage::default())), []);
    model
}

/// Rows with whatever a file may say.
pub(super) fn take_hostile_rows(model: &mut Model) {
    let hostile = "\u{1b}[2J\u{202e}会\n".to_owned();
    let row = Row {
        project: hostile.clone(),
        url: hostile.clone(),
        key: hostile.clone(),
        room: hostile.clone(),
        identity: hostile.clone(),
        grants: hostile,
        ..row("alice", 0)
    };
    let far =
        Row { at: Timestamp::from_unix(i64::MIN), expires_at: Timestamp::from_unix(i64::MAX), ..row.clone() };
    let past =
        Row { at: Timestamp::from_unix(i64::MAX), expires_at: Timestamp::from_unix(i64::MIN), ..row.clone() };
    let rows = vec![row, far, past].into();
    tell(model, LedgerNews::Rows { anew: true, rows });
    tell(model, LedgerNews::End(Damage::default()));
}

#[test]
fn enter_opens_the_draft_with_the_rows_project_and_undo_brings_the_other_back() {
    let mut model = ledger(vec![row("bob", 60), row("alice", 600)]);
    model.current = listing("other");
    let before = model.compose.draft.clone();
    assert_eq!(press(&mut model, "j<enter>"), []);
    assert_eq!((model.screen, model.current.name.as_str()), (Screen::Compose, "acme"));
    assert_eq!(model.compose.draft.identity, "alice");
    assert_eq!(model.compose.draft.grants.video.can_publish, Some(false));
    press(&mut model, "u");
    assert_eq!(model.compose.draft, before);
}

#[test]
fn y_issues_the_same_again_from_the_same_project_with_new_times() {
    let mut model = ledger(vec![row("alice", 600)]);
    model.current = listing("other");
    let effects = press(&mut model, "y");
    let [Effect::Store(StoreJob::Sign { ticket, project, claims })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(project.as_str(), "acme");
    assert_eq!((claims.identity.as_str(), claims.expires_at), ("alice", Some(NOW.plus(3_600))));
    let token = token::sign(claims, &ApiSecret::dev()).unwrap();
    let text = token.to_sensitive();
    let reply = Reply::Signed { ticket: *ticket, result: Ok(token) };
    // Copied, and its row is fetched at once.
    let effects = update(&mut model, Msg::Reply(reply));
    let [Effect::Clipboard(ClipboardJob::Copy { text: copied, .. }), Effect::Ledger(LedgerJob::Read)] =
        &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(*copied, text);
    assert_eq!((model.screen, model.current.name.as_str()), (Screen::Ledger, "other"));
}

#[test]
fn a_project_that_has_another_name_now_is_known_by_its_key_and_one_that_is_gone_is_named() {
    let renamed = Row { project: "old-name".into(), ..row("alice", 0) };
    let gone = Row { key: "APIgone".into(), ..renamed.clone() };
    let mut model = ledger(vec![renamed, gone]);
    assert!(
        matches!(&press(&mut model, "y")[..], [Effect::Store(StoreJob::Sign { project, .. })] if project.as_str() == "acme")
    );
    assert_eq!(press(&mut model, "jy"), []);
    assert_eq!(toast(&model), "there is no project old-name here, nor one with the key APIgone");
    assert_eq!(press(&mut model, "<enter>"), []);
    assert_eq!(model.compose.draft.identity, "alice");
    assert!(toast(&model).contains("there is no project old-name here"));
}

#[test]
fn a_row_without_a_draft_says_why_and_one_that_cannot_be_signed_is_opened() {
    let bare = Row { draft: None, ..row("alice", 0) };
    let broken =
        Row { draft: Some(r#"{"identity": "", "video": {"roomJoin": true}}"#.into()), ..row("bob", 0) };
    let newer = Row { draft: Some(r#"{"identity": ["a"]}"#.into()), ..row("carol", 0) };
    let mut model = ledger(vec![bare, broken, newer]);
    for keys in ["y", "<enter>"] {
        assert_eq!(press(&mut model, keys), []);
        assert_eq!(toast(&model), "its draft held a secret, and was not written down");
    }
    press(&mut model, "jjy");
    assert!(toast(&model).starts_with("its draft cannot be read"), "{}", toast(&model));
    assert_eq!(press(&mut model, "ky"), []);
    assert_eq!(model.screen, Screen::Compose);
    assert_eq!(toast(&model), "roomJoin needs a room");
}

#[test]
fn the_command_that_helps_is_copied_whole() {
    let mut model = ledger(vec![
        Row { room: "my  room".into(), ..row("alice", 0) },
        Row { joins: false, ..row("api", 0) },
    ]);
    let effects = press(&mut model, "Y");
    let [Effect::Clipboard(ClipboardJob::Copy { text, hold: None, .. })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        text.expose(),
        "lk --url wss://acme.livekit.cloud --api-key APIfakeAcme room participants remove --room='my  room' alice"
    );
    assert_eq!(press(&mut model, "jY"), []);
    assert_eq!(toast(&model), "no command helps here");
}

#[test]
fn a_purge_asks_and_says_how_many_rows_went() {
    let mut model = ledger(vec![row("alice", 0)]);
    press(&mut model, "D");
    assert_eq!((toast(&model), model.overlays.len()), ("nothing has expired", 0));

    let mut model = ledger(vec![row("alice", 0), row("bob", 9_000)]);
    press(&mut model, "D");
    assert_eq!(model.overlays, [Overlay::Confirm(Confirm::Purge(1))]);
    assert_eq!(press(&mut model, "<esc>"), []);
    let effects = press(&mut model, "Dy");
    let [Effect::Ledger(LedgerJob::Purge { ticket, which: Purge::Expired })] = effects[..] else {
        panic!("{effects:?}")
    };
    assert!(model.pending.iter().any(|pending| pending.what == Waiting::Purge));
    tell(&mut model, LedgerNews::Purged { ticket, result: Ok(Purged { gone: 1, kept: 1 }) });
    assert_eq!((toast(&model), model.pending.len()), ("removed 1 row", 0));
    let effects = press(&mut model, "Dy");
    let [Effect::Ledger(LedgerJob::Purge { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    tell(&mut model, LedgerNews::Purged { ticket, result: Err(failure(Cure::Words)) });
    assert_eq!(toast(&model), "it failed");
}

#[test]
fn the_filter_narrows_as_it_is_typed_and_enter_stays_on_the_row() {
    let mut model = ledger(vec![row("alice", 0), row("bob", 60), row("carol", 120)]);
    press(&mut model, "/car");
    assert_eq!((model.ledger.shown(), model.ledger.selected().unwrap().identity.as_str()), (1, "carol"));
    assert!(model.is_typing());
    press(&mut model, "<enter>");
    assert!(!model.is_typing());
    assert_eq!((model.ledger.shown(), model.ledger.cursor), (3, 2));
    press(&mut model, "/zebra");
    assert_eq!(model.ledger.shown(), 0);
    press(&mut model, "<enter>");
    assert_eq!((toast(&model), model.ledger.shown()), ("no row has that in it", 3));
    press(&mut model, "/");
    paste(&mut model, "bob");
    assert_eq!(model.ledger.selected().unwrap().identity, "bob");
    press(&mut model, "<esc>");
    assert_eq!(model.ledger.shown(), 3);
}

#[test]
fn a_long_ledger_is_filtered_in_pieces_with_room_for_keys_between() {
    let mut model = ledger(Vec::new());
    let like = row("x", 0);
    let one = |i| Row { identity: format!("p{i}"), ..like.clone() };
    let many: Vec<Row> = (0..20_000).map(one).collect();
    for (i, rows) in many.chunks(LEDGER_PIECE).enumerate() {
        tell(&mut model, LedgerNews::Rows { anew: i == 0, rows: rows.to_vec().into() });
    }
    tell(&mut model, LedgerNews::End(Damage::default()));
    let onward = [Effect::Ledger(LedgerJob::Onward)];
    assert_eq!(press(&mut model, "/p19999"), onward);
    let mut pieces = 1;
    while tell(&mut model, LedgerNews::Onward) == onward {
        pieces += 1;
    }
    assert!(pieces > 2);
    assert_eq!((model.ledger.shown(), model.ledger.selected().unwrap().identity.as_str()), (1, "p19999"));
}

#[test]
fn what_others_issue_comes_in_with_the_second_while_one_looks() {
    let mut model = ledger(vec![row("alice", 0)]);
    assert_eq!(update(&mut model, Msg::Tick(NOW.plus(1))), [Effect::Ledger(LedgerJob::Read)]);
    tell(&mut model, LedgerNews::Added(vec![row("bob", -1)].into()));
    assert_eq!(model.ledger.total(), 2);
    press(&mut model, "1");
    assert_eq!(update(&mut model, Msg::Tick(NOW.plus(2))), []);
}

#[test]
fn the_living_of_the_ledger_warn_of_a_second_participant_until_they_expire() {
    let mut model = program(&["acme"]);
    let warned = |model: &Model| {
        model.compose.shown.preview.problems.iter().any(|problem| problem.rule.id == "identity-reuse")
    };
    tell(&mut model, LedgerNews::Alive([(("demo".into(), "alice".into()), NOW.plus(30))].into()));
    fill(&mut model);
    assert!(warned(&model));
    update(&mut model, Msg::Tick(NOW.plus(89)));
    assert!(warned(&model), "a server still takes it");
    update(&mut model, Msg::Tick(NOW.plus(90)));
    assert!(!warned(&model));
    tell(&mut model, LedgerNews::Added(vec![Row { joins: false, ..row("alice", 0) }].into()));
    assert!(!warned(&model));
    tell(&mut model, LedgerNews::Added(vec![row("alice", 0)].into()));
    assert!(warned(&model));
}

#[test]
fn what_was_issued_before_the_living_were_counted_is_remembered_with_them() {
    let mut model = ledger(vec![row("alice", 0)]);
    tell(&mut model, LedgerNews::Added(vec![row("bob", 0)].into()));
    let demo = |identity: &str| ("demo".to_owned(), identity.to_owned());
    let (bob, carol) = (model.issued[&demo("bob")], NOW.plus(30));
    tell(&mut model, LedgerNews::Alive([(demo("bob"), NOW.plus(1)), (demo("carol"), carol)].into()));
    assert_eq!(model.issued, [(demo("bob"), bob), (demo("carol"), carol)].into());
}

#[test]
fn a_token_that_was_issued_here_is_known_in_the_inspector() {
    let mut model = program(&["acme"]);
    let issued = row("alice", 10_800);
    let mut draft = Draft { identity: "alice".into(), ..Draft::default() };
    draft.lay_grant(r#"{"roomJoin": true, "room": "demo", "canPublish": false}"#).unwrap();
    let claims = draft.claims(&listing("acme").key, NOW.plus(-10_800));
    let token = token::sign(&claims, &ApiSecret::dev()).unwrap();
    let effects = update(&mut model, Msg::Paste(Pasted::new(format!("Bearer {}", token.expose()))));
    let [Effect::Store(StoreJob::Verify { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let fingerprint = issued.fingerprint;
    for result in [Ok(None), Err(failure(Cure::Words))] {
        model.pending.clear();
        let ticket = if result.is_ok() { model.wait_for(Waiting::Verify) } else { ticket };
        model.pending.push(crate::tui::model::Pending { ticket, what: Waiting::Verify, since: NOW });
        let reply = Reply::Verified { ticket, result, near_miss: None };
        assert_eq!(
            update(&mut model, Msg::Reply(reply)),
            [Effect::Ledger(LedgerJob::Find { fingerprint })],
            "whatever the store says"
        );
    }
    // The answer to a question about another token is dropped.
    let other =
        LedgerNews::Found { fingerprint: Fingerprint::of("other"), row: Some(Box::new(issued.clone())) };
    tell(&mut model, other);
    assert_eq!(model.inspect.token.as_ref().unwrap().issued, None);
    tell(&mut model, LedgerNews::Found { fingerprint, row: Some(Box::new(issued)) });
    let said = model.inspect.token.as_ref().unwrap().issued_said(NOW);
    assert_eq!(said.as_deref(), Some("you issued this 3 h ago from acme"));
}

#[test]
fn a_token_that_could_not_be_written_down_is_copied_all_the_same_and_that_is_said() {
    let mut model = program(&["acme"]);
    fill(&mut model);
    let effects = press(&mut model, "y");
    let [Effect::Store(StoreJob::Sign { ticket, claims, .. })] = &effects[..] else { panic!("{effects:?}") };
    let full = Failure { message: "the disk is full".into(), hint: "make room".into(), cure: Cure::Words };
    assert_eq!(tell(&mut model, LedgerNews::NotRecorded(full)), []);
    let token = token::sign(claims, &ApiSecret::dev()).unwrap();
    let effects = update(&mut model, Msg::Reply(Reply::Signed { ticket: *ticket, result: Ok(token) }));
    let [Effect::Clipboard(ClipboardJob::Copy { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let copied =
        Copied { route: Route::X11, verified: true, clears_after: None, write: None, fallback_reason: None };
    update(&mut model, Msg::Reply(Reply::Copied { ticket, result: Ok(copied) }));
    assert_eq!(toast(&model), "copied (X11, checked), but not in the ledger: the disk is full");
    assert_eq!(model.not_recorded, None);
}

#[test]
fn a_ledger_that_cannot_be_read_is_shown_with_its_cure_and_nothing_hidden_is_acted_upon() {
    let mut model = ledger(vec![row("alice", 0)]);
    tell(&mut model, LedgerNews::Failed(failure(Cure::Words)));
    for keys in ["y", "<enter>", "Y", "D"] {
        assert_eq!(press(&mut model, keys), [], "{keys}");
        assert_eq!((model.screen, model.overlays.len()), (Screen::Ledger, 0));
    }
    tell(&mut model, LedgerNews::Rows { anew: true, rows: vec![row("alice", 0)].into() });
    assert_eq!(model.ledger.shown(), 1);
}

#[test]
fn the_ledger_is_switched_off_and_on_and_says_so() {
    let mut model = ledger(vec![row("alice", 0)]);
    assert_eq!(press(&mut model, "O"), [Effect::Ledger(LedgerJob::Switch { on: false })]);
    tell(&mut model, LedgerNews::On(false));
    assert_eq!((toast(&model), model.ledger.on), ("the ledger is off", false));
    assert_eq!(press(&mut model, "O"), [Effect::Ledger(LedgerJob::Switch { on: true })]);
    tell(&mut model, LedgerNews::NotSwitched(failure(Cure::Words)));
    assert_eq!((toast(&model), model.ledger.on), ("it failed", false));
}

#[test]
fn a_click_takes_a_row_and_another_opens_it() {
    use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
    let mut model = ledger(vec![row("alice", 0), row("bob", 60)]);
    let click = |model: &mut Model, column, row| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        update(model, Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
    };
    click(&mut model, 20, 30);
    assert_eq!(model.ledger.pane, crate::tui::screens::ledger::Pane::Details);
    // The heads are on the third line of the terminal.
    click(&mut model, 20, 4);
    assert_eq!(model.ledger.selected().unwrap().identity, "bob");
    click(&mut model, 20, 20);
    assert_eq!(model.ledger.selected().unwrap().identity, "bob", "there is no row");
    click(&mut model, 20, 4);
    assert_eq!((model.screen, model.compose.draft.identity.as_str()), (Screen::Compose, "bob"));
}

#[test]
fn the_details_scroll_where_they_do_not_fit() {
    let mut model = ledger(vec![row("alice", 0)]);
    update(&mut model, Msg::Resized(Size::new(40, 12)));
    press(&mut model, "<tab>G");
    let (lines, page) = crate::tui::screens::ledger::view::details_height(&model);
    assert!(lines > page);
    assert_eq!(model.ledger.scroll, lines - page);
    press(&mut model, "j");
    assert_eq!(model.ledger.scroll, lines - page);
    press(&mut model, "<esc>");
    assert_eq!(model.screen, Screen::Ledger);
    press(&mut model, "<esc>");
    assert_eq!(model.screen, Screen::Compose);
}
