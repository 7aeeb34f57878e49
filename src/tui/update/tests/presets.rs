//! Presets: two keys to start from one, and none lost, overwritten or forgotten on the way.

use std::sync::Arc;

use super::*;
use crate::claims::draft::Draft;
use crate::claims::presets::Preset;
use crate::tui::message::{PresetsJob, PresetsNews};
use crate::tui::overlay::presets::Part;
use crate::tui::presets::PresetWish;

fn own(name: &str, json: &str) -> Preset {
    let draft = Draft::from_json(json, NOW, &Zone::utc()).unwrap();
    Preset::own(name, "a summary", draft).unwrap()
}

fn two() -> Arc<[Preset]> {
    let guest = r#"{"identity": "guest-{rand4}", "ttl": "30m", "video": {"roomJoin": true, "room": "support-{date}"}}"#;
    [own("Guest", guest), own("Watcher", r#"{"video": {"roomJoin": true, "hidden": true}}"#)].into()
}

fn news(model: &mut Model, news: PresetsNews) -> Vec<Effect> {
    update(model, Msg::Reply(Reply::Presets(news)))
}

/// A program that has heard of two presets.
fn heard() -> Model {
    let mut model = program(&["acme"]);
    assert_eq!(news(&mut model, PresetsNews::Read(Ok(two()))), []);
    model
}

fn toast(model: &Model) -> (&str, Tone) {
    model.toast.as_ref().map_or(("", Tone::Plain), |toast| (toast.text.as_str(), toast.tone))
}

#[test]
fn two_keys_start_from_any_of_the_first_nine() {
    let mut model = heard();
    assert_eq!(press(&mut model, "o"), [Effect::Presets(PresetsJob::Read)]);
    assert_eq!(press(&mut model, "1"), []);
    assert!(model.overlays.is_empty());
    assert_eq!(model.compose.draft.identity, "guest-{rand4}");
    assert_eq!(model.compose.shown.preview.claims.grants.video.room, "support-2026-11-24");
    assert_eq!(&*model.compose.origin.title, "Guest");
    press(&mut model, "u");
    assert_eq!((model.compose.draft.identity.as_str(), &*model.compose.origin.title), ("", "Participant"));
    // Behind one's own come the built-in ones.
    press(&mut model, "o4");
    assert_eq!(&*model.compose.origin.title, "Viewer");
    press(&mut model, "o<enter>");
    assert_eq!(&*model.compose.origin.title, "Guest");
}

#[test]
fn once_something_is_typed_a_digit_is_a_letter() {
    let mut model = heard();
    press(&mut model, "og1");
    let Some(Overlay::Pick(picker)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!((picker.query.text(), picker.hits().len()), ("g1", 0));
    press(&mut model, "<bs><enter>");
    assert_eq!(&*model.compose.origin.title, "Guest");
}

#[test]
fn what_is_signed_is_what_is_shown_and_signing_again_is_for_somebody_else() {
    let mut model = heard();
    press(&mut model, "o1");
    let sign = |model: &mut Model| {
        let effects = press(model, "y");
        let [Effect::Store(StoreJob::Sign { ticket, claims, .. })] = &effects[..] else {
            panic!("{effects:?}")
        };
        assert_eq!(claims.identity, model.compose.shown.preview.claims.identity);
        let token = token::sign(claims, &ApiSecret::parse(&"fake".repeat(10)).unwrap().value).unwrap();
        update(model, Msg::Reply(Reply::Signed { ticket: *ticket, result: Ok(token) }));
        assert!(model.compose.is_signed_as_shown());
        claims.identity.clone()
    };
    let shown = model.compose.shown.preview.claims.identity.clone();
    assert!(shown.starts_with("guest-") && !shown.contains('{'), "{shown}");
    let first = sign(&mut model);
    assert_eq!(first, shown);
    let second = sign(&mut model);
    assert_ne!(second, first);
    // The claims are asked for in another form: it is the same token.
    press(&mut model, "Y");
    assert_eq!(model.compose.filled.identity, second);
}

#[test]
fn the_draft_is_saved_under_a_name_and_knows_it_then() {
    let mut model = program(&["acme"]);
    press(&mut model, "s<enter>");
    let Some(Overlay::Preset(form)) = model.overlays.last() else { panic!() };
    assert_eq!((form.at, form.wrong.as_ref().unwrap().0.as_str()), (Part::Name, "a preset needs a name"));
    press(&mut model, "viewer<enter>");
    let Some(Overlay::Preset(form)) = model.overlays.last() else { panic!() };
    assert_eq!(form.wrong.as_ref().unwrap().0, "viewer is a built-in preset");
    press(&mut model, " two<enter>for two");
    let effects = press(&mut model, "<enter>");
    let [Effect::Presets(PresetsJob::Save { ticket, preset, replace: false })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((preset.name.as_str(), preset.summary.as_str()), ("viewer two", "for two"));
    assert_eq!(preset.draft, *model.compose.draft);
    assert_eq!(press(&mut model, "<enter>"), [], "it is under way");
    let all: Arc<[Preset]> = [(**preset).clone()].into();
    news(&mut model, PresetsNews::Done { ticket: *ticket, result: Ok(all) });
    assert!(model.overlays.is_empty());
    assert_eq!(toast(&model), ("saved viewer two", Tone::Good));
    assert_eq!((&*model.compose.origin.title, model.compose.is_changed()), ("viewer two", false));
    assert_eq!(press(&mut model, "s"), []);
    let Some(Overlay::Preset(form)) = model.overlays.last() else { panic!() };
    assert_eq!(form.field(Part::Summary).text(), "for two", "one's own is saved again as itself");
}

#[test]
fn identity_and_room_are_saved_with_it_or_left_out() {
    let mut model = program(&["acme"]);
    model.compose.change(None, |draft| {
        draft.identity = "alice".into();
        draft.grants.video.room = "demo".into();
    });
    let saved = |model: &mut Model, keys: &str| {
        let effects = press(model, keys);
        let [Effect::Presets(PresetsJob::Save { ticket, preset, .. })] = &effects[..] else {
            panic!("{effects:?}")
        };
        news(model, PresetsNews::Done { ticket: *ticket, result: Ok(Arc::new([])) });
        (preset.draft.identity.clone(), preset.draft.grants.video.room.clone())
    };
    assert_eq!(saved(&mut model, "sone<enter><enter>"), ("alice".into(), "demo".into()));
    assert_eq!(saved(&mut model, "s<c-t>two<c-s>"), (String::new(), String::new()));
    assert_eq!(model.compose.draft.identity, "alice", "the draft itself keeps them");
}

#[test]
fn a_preset_is_replaced_only_after_a_yes() {
    let mut model = heard();
    press(&mut model, "sguest");
    assert_eq!(press(&mut model, "<c-s>"), []);
    assert_eq!(model.overlays.last(), Some(&Overlay::Confirm(Confirm::ReplacePreset("Guest".into()))));
    press(&mut model, "<esc>");
    let Some(Overlay::Preset(form)) = model.overlays.last() else { panic!() };
    assert_eq!(form.field(Part::Name).text(), "guest", "nothing typed is lost");
    press(&mut model, "<c-s>");
    let effects = press(&mut model, "y");
    assert!(matches!(effects[..], [Effect::Presets(PresetsJob::Save { replace: true, .. })]), "{effects:?}");
}

#[test]
fn one_that_somebody_else_saved_meanwhile_is_asked_about_too() {
    let mut model = program(&["acme"]);
    let effects = press(&mut model, "sguest<c-s>");
    let [Effect::Presets(PresetsJob::Save { ticket, replace: false, .. })] = effects[..] else { panic!() };
    let read = news(&mut model, PresetsNews::Taken { ticket, name: "Guest".into() });
    assert_eq!(read, [Effect::Presets(PresetsJob::Read)]);
    news(&mut model, PresetsNews::Read(Ok(two())));
    assert_eq!(model.overlays.last(), Some(&Overlay::Confirm(Confirm::ReplacePreset("Guest".into()))));
    let effects = press(&mut model, "y");
    assert!(matches!(effects[..], [Effect::Presets(PresetsJob::Save { replace: true, .. })]), "{effects:?}");
}

#[test]
fn a_secret_is_refused_with_its_place_and_a_full_disk_with_its_cure_and_the_form_stays() {
    let mut model = program(&["acme"]);
    model.compose.change(None, |draft| draft.grants.metadata = "LIVEKIT_API_SECRET=fake-canary".into());
    assert_eq!(press(&mut model, "sx<c-s>"), []);
    let Some(Overlay::Preset(form)) = model.overlays.last() else { panic!() };
    let (what, hint) = form.wrong.clone().unwrap();
    assert_eq!(what, "metadata holds a secret, and a preset cannot hold any");
    assert!(hint.contains("take it out") && !format!("{:?}", form.wrong).contains("canary"));
    press(&mut model, "<esc>");
    model.compose.undo();
    let effects = press(&mut model, "sx<enter>my words<enter>");
    let [Effect::Presets(PresetsJob::Save { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    news(&mut model, PresetsNews::Done { ticket, result: Err(failure(Cure::Words)) });
    let Some(Overlay::Preset(form)) = model.overlays.last() else { panic!() };
    assert_eq!(form.wrong, Some(("it failed".into(), "try again".into())));
    assert_eq!(form.field(Part::Summary).text(), "my words");
    let again = press(&mut model, "<enter>");
    assert!(matches!(again[..], [Effect::Presets(PresetsJob::Save { .. })]), "{again:?}");
}

#[test]
fn a_failure_that_comes_after_the_form_was_left_is_said() {
    let mut model = program(&["acme"]);
    let effects = press(&mut model, "sx<c-s>");
    let [Effect::Presets(PresetsJob::Save { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    press(&mut model, "<esc>");
    news(&mut model, PresetsNews::Done { ticket, result: Err(failure(Cure::Words)) });
    assert_eq!(toast(&model), ("it failed", Tone::Bad));
}

#[test]
fn one_of_ones_own_is_renamed_edited_and_deleted_and_a_built_in_one_is_not() {
    let mut model = heard();
    press(&mut model, "o<c-r>s<enter>");
    let effects = press(&mut model, "<enter>");
    let [Effect::Presets(PresetsJob::Rename { ticket, old, new, summary })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((old.as_str(), new.as_str(), summary.as_str()), ("Guest", "Guests", "a summary"));
    let mut all = two().to_vec();
    all[0] = Preset { name: "Guests".into(), title: "Guests".into(), ..all[0].clone() };
    news(&mut model, PresetsNews::Done { ticket: *ticket, result: Ok(all.into()) });
    let Some(Overlay::Pick(picker)) = model.overlays.last() else { panic!("the list is still there") };
    assert_eq!(picker.items()[0].title, "Guests");

    press(&mut model, "<down><c-d>");
    assert_eq!(model.overlays.last(), Some(&Overlay::Confirm(Confirm::RemovePreset("Watcher".into()))));
    let effects = press(&mut model, "y");
    let [Effect::Presets(PresetsJob::Remove { ticket, name })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(name, "Watcher");
    news(&mut model, PresetsNews::Done { ticket: *ticket, result: Ok(two()[..1].into()) });
    assert_eq!(toast(&model), ("deleted Watcher", Tone::Good));

    press(&mut model, "<c-d>");
    assert_eq!(toast(&model), ("Participant is built in", Tone::Plain));
    assert!(matches!(model.overlays.last(), Some(Overlay::Pick(_))));
    press(&mut model, "<esc>");

    model.compose.change(None, |draft| draft.grants.name = "Alice".into());
    press(&mut model, "o<c-e>");
    assert!(model.overlays.is_empty());
    assert_eq!(*model.compose.draft, two()[0].draft, "nothing of the draft before is in it");
    press(&mut model, "s");
    let Some(Overlay::Preset(form)) = model.overlays.last() else { panic!() };
    assert_eq!(form.field(Part::Name).text(), "Guest");
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_takes_nothing_away() {
    let mut model = heard();
    news(&mut model, PresetsNews::Read(Err(failure(Cure::Words))));
    assert!(model.toast.is_none(), "whoever does not look at presets wants to know nothing of it");
    press(&mut model, "o");
    news(&mut model, PresetsNews::Read(Err(failure(Cure::Words))));
    assert_eq!(toast(&model), ("it failed", Tone::Bad));
    press(&mut model, "1");
    assert_eq!(&*model.compose.origin.title, "Guest");
    press(&mut model, "o");
    news(&mut model, PresetsNews::Read(Ok(two())));
    assert_eq!(model.presets.trouble, None);
}

#[test]
fn an_open_list_follows_what_others_save_and_keeps_the_cursor() {
    let mut model = program(&["acme"]);
    press(&mut model, "o<down>");
    news(&mut model, PresetsNews::Read(Ok(two())));
    let Some(Overlay::Pick(picker)) = model.overlays.last() else { panic!() };
    assert_eq!((picker.items().len(), picker.cursor), (12, 3));
    press(&mut model, "<enter>");
    assert_eq!(&*model.compose.origin.title, "Viewer");
}

#[test]
fn leaving_waits_for_a_preset_to_be_saved() {
    let mut model = program(&["acme"]);
    let effects = press(&mut model, "sx<c-s>");
    let [Effect::Presets(PresetsJob::Save { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let held = &model.pending.last().unwrap().what;
    assert!(matches!(held, Waiting::Preset(PresetWish::Save(_))));
    assert_eq!(press(&mut model, "<c-c>"), []);
    let effects = news(&mut model, PresetsNews::Done { ticket, result: Ok(two()) });
    assert_eq!(effects, [Effect::Terminal(TerminalJob::Quit)]);
}
