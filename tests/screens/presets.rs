//! The list of presets, and the form that saves one.

use roomkey::claims::presets::Preset;
use roomkey::tui::message::PresetsNews;

use super::*;

fn own(name: &str, summary: &str, json: &str) -> Preset {
    Preset::own(name, summary, Draft::from_json(json, NOW, &Zone::utc()).unwrap()).unwrap()
}

fn two() -> Vec<Preset> {
    let guest = r#"{"identity": "guest-{rand4}", "ttl": "30m", "video": {"roomJoin": true, "room": "desk-{date}", "canPublishSources": ["microphone"]}}"#;
    vec![
        own("会議ゲスト", "", r#"{"video": {"roomJoin": true, "hidden": true}}"#),
        own("Support guest", "a caller of the support desk, in today's room", guest),
    ]
}

fn tell(model: &mut Model, news: PresetsNews) {
    update::update(model, Msg::Reply(Reply::Presets(news)));
}

/// A program that has heard of two presets, in which these keys have been pressed.
fn heard(keys: &'static str) -> impl Fn((u16, u16)) -> Model {
    move |size| {
        let mut model = filled(size);
        tell(&mut model, PresetsNews::Read(Ok(two().into())));
        press(&mut model, keys);
        model
    }
}

#[test]
fn ones_own_stand_first_and_what_each_would_change_beside_them() {
    snapshots("presets", heard("o<down>"));
    snapshots("presets_found", heard("ohid"));
    snapshots("presets_started", heard("o2"));
}

#[test]
fn a_file_that_cannot_be_read_is_told_where_presets_are_shown() {
    snapshots("presets_broken", |size| {
        let mut model = filled(size);
        press(&mut model, "o");
        let failure = Failure {
            message: "/home/kim/.config/roomkey/presets.json, line 7 column 3: there is no field sumary"
                .into(),
            hint: "did you mean summary?".into(),
            cure: Cure::Words,
        };
        tell(&mut model, PresetsNews::Read(Err(failure)));
        model
    });
}

#[test]
fn the_form_says_what_is_saved_and_what_is_in_the_way() {
    snapshots("preset_save", heard("sTeam<enter>for the team"));
    snapshots("preset_save_without_names", heard("sTeam<c-t>"));
    snapshots("preset_save_taken", heard("ssupport guest"));
    snapshots("preset_replace", heard("ssupport guest<c-s>"));
    snapshots("preset_save_secret", |size| {
        let mut model = heard("/metadata<enter><enter>LIVEKIT_API_SECRET=fake-canary<enter>sTeam<c-s>")(size);
        assert!(!format!("{:?}", model.overlays).contains("canary"));
        model.toast = None;
        model
    });
    snapshots("preset_rename", heard("o<down><c-r>"));
    snapshots("preset_remove", heard("o<down><c-d>"));
}
