//! What keys do while two tokens are held against each other.

use crate::token::inspect::inspect;
use crate::tui::keymap::Action;
use crate::tui::message::{ClipboardJob, Effect};
use crate::tui::model::{Model, Tone, Waiting};
use crate::tui::overlay::Overlay;
use crate::tui::overlay::diff::{Values, height, values_height};
use crate::tui::screens::inspect::other::Other;

use super::moved;

/// Shows the difference from the other token; asks for that as long as there is none.
pub(super) fn open(model: &mut Model) {
    let known = model.inspect.other.is_some();
    model.overlays.push(if known { Overlay::Diff } else { Overlay::OtherToken { refused: None } });
}

/// The other token is being asked for.
pub(super) fn ask(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::ReadClipboard => return read_clipboard(model),
        Action::Back => _ = model.overlays.pop(),
        _ => {}
    }
    Vec::new()
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Back => _ = model.overlays.pop(),
        Action::ReadClipboard => return read_clipboard(model),
        Action::DiffToken => model.overlays.push(Overlay::OtherToken { refused: None }),
        Action::Help => super::open_help(model),
        Action::Palette => super::open_palette(model),
        Action::GoCompose | Action::GoInspect | Action::GoProjects | Action::PickProject => {
            model.overlays.pop();
            return super::act(model, action);
        }
        Action::ToggleMouse | Action::ClearClipboard => {
            let kept = std::mem::take(&mut model.overlays);
            let effects = super::act(model, action);
            model.overlays = kept;
            return effects;
        }
        other => go(model, other),
    }
    Vec::new()
}

fn go(model: &mut Model, action: Action) {
    let page = height(model);
    let size = model.size;
    let (now, zone) = (model.now, model.zone.clone());
    let (Some(token), Some(other)) = (&model.inspect.token, &mut model.inspect.other) else { return };
    match action {
        Action::Swap => other.swap(&token.inspection),
        Action::ShowAll => other.toggle_all(),
        Action::Enter => {
            if let Some(entry) = other.under_cursor() {
                let values = Values::of(&other.diff, entry, size, now, &zone);
                model.overlays.push(Overlay::Values(values));
            }
        }
        other_action => other.cursor = moved(other.cursor, other_action, other.count(), page),
    }
}

fn read_clipboard(model: &mut Model) -> Vec<Effect> {
    let ticket = model.wait_for(Waiting::ReadOther);
    vec![Effect::Clipboard(ClipboardJob::Read { ticket })]
}

/// Holds the inspected token against the one in this text.
pub(super) fn load(model: &mut Model, text: &str) {
    let asked = matches!(model.overlays.last(), Some(Overlay::OtherToken { .. }));
    // Whoever has gone on to something else wants no answer.
    if !asked && !matches!(model.overlays.last(), Some(Overlay::Diff)) {
        return;
    }
    let Some(token) = &model.inspect.token else { return };
    match (inspect(text), model.overlays.last_mut()) {
        (Ok(inspection), _) => {
            let told = inspection.told();
            model.inspect.other = Some(Box::new(Other::new(&token.inspection, inspection)));
            model.overlays.retain(|overlay| !matches!(overlay, Overlay::OtherToken { .. } | Overlay::Diff));
            model.overlays.push(Overlay::Diff);
            if let Some(told) = told {
                model.say(Tone::Plain, told, "");
            }
        }
        (Err(wrong), Some(Overlay::OtherToken { refused })) => {
            *refused = Some((wrong.to_string(), wrong.hint()));
        }
        (Err(wrong), _) => model.say(Tone::Bad, wrong.to_string(), wrong.hint()),
    }
}

/// Both values of a row are being read.
pub(super) fn read(model: &mut Model, action: Action) {
    let height = values_height(model.size);
    match (action, model.overlays.last_mut()) {
        (Action::Back | Action::Enter | Action::Help, _) => _ = model.overlays.pop(),
        (_, Some(Overlay::Values(values))) => {
            let last = values.count().saturating_sub(height);
            values.scroll = moved(values.scroll.min(last), action, last + 1, height);
        }
        _ => {}
    }
}

/// What is read is broken into lines again when the terminal has another size.
pub(super) fn resized(model: &mut Model) {
    let size = model.size;
    if let Some(Overlay::Values(values)) = model.overlays.last_mut() {
        values.wrap(size);
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use ratatui::backend::TestBackend;
    use ratatui::layout::Size;

    use super::*;
    use crate::claims::draft::Draft;
    use crate::clock::{Timestamp, Zone};
    use crate::project::{ApiKey, ApiSecret};
    use crate::text::Pasted;
    use crate::token::sign;
    use crate::tui::message::{Cure, Failure, Msg, Reply, Ticket};
    use crate::tui::model::{Options, Screen};
    use crate::tui::painter::Painter;
    use crate::tui::update::update;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn token(identity: &str, video: &str) -> String {
        let mut draft = Draft { identity: identity.into(), ..Draft::default() };
        draft.lay_grant(video).unwrap();
        sign(&draft.claims(&ApiKey::dev(), NOW), &ApiSecret::dev()).unwrap().expose().to_owned()
    }

    fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for c in keys.chars() {
            let code = match c {
                '\n' => KeyCode::Enter,
                '\x1b' => KeyCode::Esc,
                c => KeyCode::Char(c),
            };
            effects = update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        }
        effects
    }

    fn paste(model: &mut Model, text: &str) {
        update(model, Msg::Paste(Pasted::new(text.into())));
    }

    /// A program with alice's token on the inspector's screen.
    fn inspecting() -> Model {
        let options = Options { shell: true, ..Options::default() };
        let mut model = Model::new(options, Size::new(120, 40), NOW, Zone::utc());
        paste(&mut model, &token("alice", r#"{"roomJoin": true, "room": "demo"}"#));
        assert_eq!(model.screen, Screen::Inspect);
        model
    }

    fn comparing() -> Model {
        let mut model = inspecting();
        press(&mut model, "d");
        paste(&mut model, &token("bob", r#"{"roomJoin": true, "room": "lobby"}"#));
        model
    }

    fn sentence(model: &Model) -> &str {
        &model.inspect.other.as_ref().unwrap().diff.sentence
    }

    fn inspected(model: &Model) -> &str {
        &model.inspect.token.as_ref().unwrap().inspection.claims.as_ref().unwrap().identity
    }

    #[test]
    fn d_asks_for_the_other_token_and_a_paste_answers() {
        let mut model = inspecting();
        press(&mut model, "d");
        assert_eq!(model.overlays, [Overlay::OtherToken { refused: None }]);
        paste(&mut model, &format!("Bearer {}", token("bob", r#"{"roomJoin": true, "room": "lobby"}"#)));
        assert_eq!(model.overlays, [Overlay::Diff]);
        assert!(sentence(&model).starts_with("a joins demo, b joins lobby"), "{}", sentence(&model));
        assert_eq!(model.toast.as_ref().unwrap().text, "took Bearer in front off the token");
    }

    #[test]
    fn without_a_token_there_is_nothing_to_hold_against_another() {
        let mut model = inspecting();
        press(&mut model, "xd");
        assert!(model.overlays.is_empty());
        assert_eq!(model.toast.as_ref().unwrap().text, "no token yet");
    }

    #[test]
    fn what_is_no_token_is_said_where_it_was_asked_for() {
        let mut model = inspecting();
        press(&mut model, "d");
        paste(&mut model, "hello");
        let Some(Overlay::OtherToken { refused: Some((what, _)) }) = model.overlays.last() else { panic!() };
        assert!(what.contains("three parts"), "{what}");
        let mut model = comparing();
        paste(&mut model, "hello");
        assert_eq!(model.overlays, [Overlay::Diff]);
        assert!(sentence(&model).starts_with("a joins demo, b joins lobby"));
        assert!(model.toast.as_ref().unwrap().text.contains("three parts"));
    }

    #[test]
    fn the_clipboard_is_read_for_the_other_token_and_not_for_the_inspected_one() {
        let read = |model: &mut Model| {
            let effects = press(model, "r");
            let [Effect::Clipboard(ClipboardJob::Read { ticket })] = effects[..] else {
                panic!("{effects:?}")
            };
            ticket
        };
        let reply = |model: &mut Model, ticket: Ticket| {
            let result = Ok(Pasted::new(token("carol", r#"{"roomJoin": true, "room": "attic"}"#)));
            update(model, Msg::Reply(Reply::Read { ticket, result }));
        };
        let mut model = inspecting();
        press(&mut model, "d");
        let ticket = read(&mut model);
        reply(&mut model, ticket);
        assert!(sentence(&model).contains("b joins attic"));
        assert_eq!(inspected(&model), "alice");
        // Whoever closes the question wants no answer.
        let mut model = inspecting();
        press(&mut model, "d");
        let ticket = read(&mut model);
        press(&mut model, "\x1b");
        reply(&mut model, ticket);
        assert_eq!((model.inspect.other.is_none(), inspected(&model)), (true, "alice"));
        assert!(model.overlays.is_empty());
        // A clipboard that cannot be read leaves the question open.
        press(&mut model, "d");
        let ticket = read(&mut model);
        let failure = Failure { message: "no clipboard".into(), hint: "paste it".into(), cure: Cure::Words };
        update(&mut model, Msg::Reply(Reply::Read { ticket, result: Err(failure) }));
        assert_eq!(model.overlays, [Overlay::OtherToken { refused: None }]);
        assert_eq!(model.toast.as_ref().unwrap().text, "no clipboard");
    }

    #[test]
    fn s_swaps_and_escape_goes_back_to_the_first_with_both_kept() {
        let mut model = comparing();
        press(&mut model, "s");
        assert!(sentence(&model).starts_with("a joins lobby, b joins demo"));
        press(&mut model, "\x1b");
        assert_eq!((model.overlays.len(), inspected(&model)), (0, "alice"));
        press(&mut model, "d");
        assert_eq!(model.overlays, [Overlay::Diff]);
        press(&mut model, "s");
        assert!(sentence(&model).starts_with("a joins demo, b joins lobby"));
        // Another one takes the place of the second.
        press(&mut model, "d");
        assert_eq!(model.overlays.len(), 2);
        paste(&mut model, &token("carol", r#"{"roomJoin": true, "room": "attic"}"#));
        assert_eq!(model.overlays, [Overlay::Diff]);
        assert!(sentence(&model).starts_with("a joins demo, b joins attic"));
    }

    #[test]
    fn another_token_to_inspect_forgets_the_second() {
        let mut model = comparing();
        press(&mut model, "\x1b");
        paste(&mut model, &token("carol", r#"{"roomJoin": true, "room": "attic"}"#));
        assert!(model.inspect.other.is_none());
    }

    #[test]
    fn showing_all_keeps_the_cursor_on_its_row_and_enter_shows_it_whole() {
        let mut model = comparing();
        press(&mut model, "j");
        let under = |model: &Model| {
            let other = model.inspect.other.as_ref().unwrap();
            other.diff.row(other.under_cursor().unwrap()).map(|row| row.path.to_string())
        };
        assert_eq!(under(&model).as_deref(), Some("sub"));
        let before = model.inspect.other.as_ref().unwrap().count();
        press(&mut model, "a");
        assert_eq!(under(&model).as_deref(), Some("sub"));
        assert!(model.inspect.other.as_ref().unwrap().count() > before);
        press(&mut model, "\n");
        assert!(matches!(model.overlays[..], [Overlay::Diff, Overlay::Values(_)]));
        press(&mut model, "\x1b");
        assert_eq!(model.overlays, [Overlay::Diff]);
        press(&mut model, "Ga");
        let other = model.inspect.other.as_ref().unwrap();
        assert!(other.cursor < other.count());
    }

    #[test]
    fn the_screens_and_the_mouse_are_a_key_away() {
        let mut model = comparing();
        assert_eq!(press(&mut model, "m").len(), 1);
        assert_eq!(model.overlays, [Overlay::Diff]);
        press(&mut model, "?");
        assert!(matches!(model.overlays.last(), Some(Overlay::Help { .. })));
        press(&mut model, "\x1b:swap\n");
        assert!(sentence(&model).starts_with("a joins lobby"));
        press(&mut model, "1");
        assert_eq!((model.screen, model.overlays.len()), (Screen::Compose, 0));
    }

    #[test]
    fn any_keys_at_any_size_leave_something_that_can_be_drawn() {
        use proptest::prelude::*;
        let keys = prop::collection::vec(
            prop::sample::select("jkgG sadr?\n\x1b:2m".chars().collect::<Vec<_>>()),
            1..40,
        );
        let size =
            prop::sample::select(vec![(120, 40), (100, 12), (80, 24), (60, 12), (40, 12), (41, 13), (20, 5)]);
        let odd = "{\"roomJoin\":true,\"\u{202e}\\u001b\":[[],{}],\"room\":\"会議室会議室会議室会議室会議室会議室\"}";
        proptest!(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() }, |(keys in keys, size in size)| {
            let mut model = comparing();
            paste(&mut model, &token("\u{1b}[2J", odd));
            for key in keys {
                press(&mut model, &key.to_string());
                update(&mut model, Msg::Resized(Size::new(size.0, size.1)));
                let mut terminal = Painter::new(TestBackend::new(size.0, size.1)).unwrap();
                terminal.draw(|frame| crate::tui::view::view(&model, frame)).unwrap();
                for cell in terminal.backend().buffer().content() {
                    prop_assert!(!cell.symbol().contains(crate::text::is_unprintable), "{:?}", cell.symbol());
                }
            }
        });
    }
}
