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
        Action::Help => {
            let contexts = model.contexts();
            model.overlays.push(Overlay::Help { contexts, scroll: 0 });
        }
        Action::Palette => {
            let contexts = model.contexts();
            model.overlays.push(Overlay::palette(&contexts));
        }
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
