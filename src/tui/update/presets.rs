//! What keys do with presets, and what their worker's news do.

use crate::claims::draft::Draft;
use crate::claims::presets::Preset;
use crate::claims::presets::own::own_name;
use crate::tui::keymap::Action;
use crate::tui::message::{Effect, PresetsJob, PresetsNews};
use crate::tui::model::{Model, Tone, Waiting};
use crate::tui::overlay::picker::Picker;
use crate::tui::overlay::presets::{Part, PresetForm, Task};
use crate::tui::overlay::{Confirm, Overlay, Purpose};
use crate::tui::presets::PresetWish;

use super::{overlays, type_text};
use crate::tui::widgets::text_field::Edit;

/// Shows the presets, and looks whether somebody else has changed them.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.overlays.push(Overlay::presets(&model.presets));
    vec![Effect::Presets(PresetsJob::Read)]
}

/// Asks how to call the draft.
pub(super) fn save(model: &mut Model) {
    // Whoever began with one of their own probably means that.
    let own = model.presets.called(&model.compose.origin.title);
    model.overlays.push(Overlay::Preset(PresetForm::save(own, &model.compose.draft)));
}

/// Starts from the preset at this place of the list.
pub(super) fn start_from(model: &mut Model, index: usize) {
    let Some(preset) = model.presets.at(index).cloned() else { return };
    model.compose.start_from(&preset);
    model.say(Tone::Plain, format!("started from {}", preset.title), "u takes it back");
}

pub(super) fn pick(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::Pick(picker)) = model.overlays.last() else { return Vec::new() };
    match action {
        Action::Nth(number) => {
            let index = usize::from(number).saturating_sub(1);
            if index < picker.items().len() {
                model.overlays.pop();
                start_from(model, index);
            } else if let Some(digit) = char::from_digit(number.into(), 10) {
                type_text(model, Edit::Insert(digit));
            }
            Vec::new()
        }
        Action::EditPreset | Action::RenamePreset | Action::Remove => {
            let Some(preset) = picker.taken().and_then(|index| model.presets.at(index)).cloned() else {
                return Vec::new();
            };
            if preset.is_built_in() {
                let hint = "Enter starts from it, s saves what you make of it under a name of your own";
                model.say(Tone::Plain, format!("{} is built in", preset.title), hint);
                return Vec::new();
            }
            match action {
                Action::EditPreset => {
                    model.overlays.pop();
                    model.compose.edit_preset(&preset);
                    let what = format!("editing {}: this is the preset itself", preset.title);
                    model.say(Tone::Plain, what, "s saves it, u goes back to your draft");
                }
                Action::RenamePreset => model.overlays.push(Overlay::Preset(PresetForm::rename(&preset))),
                _ => model.overlays.push(Overlay::Confirm(Confirm::RemovePreset(preset.name))),
            }
            Vec::new()
        }
        other => overlays::pick(model, other),
    }
}

pub(super) fn form(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::Preset(form)) = model.overlays.last_mut() else { return Vec::new() };
    match action {
        Action::Back => _ = model.overlays.pop(),
        Action::Next => form.at = Part::Summary,
        Action::Previous => form.at = Part::Name,
        Action::KeepNames => form.keep_names(),
        Action::Enter if form.at == Part::Name => {
            // An empty or impossible name is better said before one goes on.
            match own_name(form.field(Part::Name).text()) {
                Ok(_) => form.at = Part::Summary,
                Err(error) => form.wrong = Some((error.to_string(), error.hint())),
            }
        }
        Action::Enter | Action::Accept if !form.saving => return send(model, false),
        _ => {}
    }
    Vec::new()
}

/// Sends what the form says to its worker, unless a preset would have to give way: then that is asked first.
pub(super) fn send(model: &mut Model, replace: bool) -> Vec<Effect> {
    let draft = model.compose.draft.clone();
    let Some(Overlay::Preset(form)) = model.overlays.last_mut() else { return Vec::new() };
    let (name, summary) = (form.field(Part::Name).text(), form.field(Part::Summary).text());
    let made = match &form.task {
        Task::Save => Preset::own(name, summary, form.kept(&draft)),
        Task::Rename(old) => match model.presets.called(old) {
            Some(preset) => Preset::own(name, summary, preset.draft.clone()),
            None => Preset::own(name, summary, Draft::default()),
        },
    };
    let preset = match made {
        Ok(preset) => preset,
        Err(error) => {
            form.wrong = Some((error.to_string(), error.hint()));
            return Vec::new();
        }
    };
    let there = model.presets.called(&preset.name);
    if form.task == Task::Save
        && !replace
        && let Some(there) = there.filter(|there| **there != preset)
    {
        let name = there.name.clone();
        model.overlays.push(Overlay::Confirm(Confirm::ReplacePreset(name)));
        return Vec::new();
    }
    form.wrong = None;
    form.saving = true;
    let task = form.task.clone();
    let wish = match &task {
        Task::Save => PresetWish::Save(Box::new(preset.clone())),
        Task::Rename(old) => PresetWish::Rename { old: old.clone(), new: preset.name.clone() },
    };
    let ticket = model.wait_for(Waiting::Preset(wish));
    vec![Effect::Presets(match task {
        Task::Save => PresetsJob::Save { ticket, preset: Box::new(preset), replace },
        Task::Rename(old) => PresetsJob::Rename { ticket, old, new: preset.name, summary: preset.summary },
    })]
}

/// A preset is to go.
pub(super) fn remove(model: &mut Model, name: String) -> Vec<Effect> {
    let ticket = model.wait_for(Waiting::Preset(PresetWish::Remove(name.clone())));
    vec![Effect::Presets(PresetsJob::Remove { ticket, name })]
}

pub(super) fn news(model: &mut Model, news: PresetsNews) -> Vec<Effect> {
    match news {
        PresetsNews::Read(Ok(own)) => take(model, own),
        PresetsNews::Read(Err(failure)) => {
            // Those that could be read before stay: to start from them does no harm.
            if is_listed(model) {
                model.say(Tone::Bad, failure.message.clone(), failure.hint.clone());
            }
            model.presets.trouble = Some(failure);
        }
        PresetsNews::Done { ticket, result } => match (model.answered(ticket), result) {
            (Some(Waiting::Preset(wish)), Ok(own)) => {
                take(model, own);
                done(model, &wish);
            }
            (Some(_), Err(failure)) => match form_of(model) {
                Some(form) => {
                    form.saving = false;
                    form.wrong = Some((failure.message, failure.hint));
                }
                None => model.say(Tone::Bad, failure.message, failure.hint),
            },
            (Some(_), Ok(own)) => take(model, own),
            (None, _) => {}
        },
        PresetsNews::Taken { ticket, name } => {
            let asked = model.answered(ticket);
            if let Some(form) = form_of(model) {
                form.saving = false;
                model.overlays.push(Overlay::Confirm(Confirm::ReplacePreset(name)));
            } else if asked.is_some() {
                let what = format!("not saved: there is a preset {name} already");
                model.say(Tone::Bad, what, "s asks again, and whether to replace it");
            }
            // Somebody else has saved it since the list was read.
            return vec![Effect::Presets(PresetsJob::Read)];
        }
    }
    Vec::new()
}

fn done(model: &mut Model, wish: &PresetWish) {
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::Preset(form) if form.saving));
    match wish {
        PresetWish::Save(preset) => {
            model.compose.is_now(preset);
            let place = model.presets.own.iter().position(|own| own.name == preset.name);
            let how = match place {
                Some(place @ 0..9) => format!("o and {} starts from it", place + 1),
                _ => "o starts from it".into(),
            };
            model.say(Tone::Good, format!("saved {}", preset.name), how);
        }
        PresetWish::Rename { old, new } => {
            if model.compose.origin.title.as_ref() == old
                && let Some(preset) = model.presets.called(new).cloned()
            {
                model.compose.is_now(&preset);
            }
            let what = if old == new { format!("saved {new}") } else { format!("{old} is now {new}") };
            model.say(Tone::Good, what, "");
        }
        PresetWish::Remove(name) => {
            model.say(Tone::Good, format!("deleted {name}"), "s saves the draft again, if it is still here");
        }
    }
}

/// What there is now. An open list keeps what is typed and what is under its cursor.
fn take(model: &mut Model, own: std::sync::Arc<[Preset]>) {
    model.presets.trouble = None;
    if model.presets.own == own {
        return;
    }
    model.presets.own = own;
    let presets = &model.presets;
    for overlay in &mut model.overlays {
        if let Overlay::Pick(picker) = overlay
            && picker.purpose == Purpose::Preset
        {
            let under = picker.taken().map(|index| picker.items()[index].title.clone());
            let mut anew: Picker = Overlay::preset_picker(presets);
            anew.query = picker.query.clone();
            anew.search();
            let found = under
                .and_then(|title| anew.hits().iter().position(|hit| anew.items()[hit.index].title == title));
            anew.cursor = found.unwrap_or(picker.cursor.min(anew.hits().len().saturating_sub(1)));
            *picker = anew;
        }
    }
}

fn is_listed(model: &Model) -> bool {
    let is_list = |overlay: &Overlay| matches!(overlay, Overlay::Pick(p) if p.purpose == Purpose::Preset);
    model.overlays.iter().any(is_list)
}

/// The form that waits for its preset to be saved.
fn form_of(model: &mut Model) -> Option<&mut PresetForm> {
    model.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Preset(form) if form.saving => Some(form),
        _ => None,
    })
}
