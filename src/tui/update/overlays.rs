//! What keys do in whatever lies over the screen.

use crate::claims::catalog::{self, Field};
use crate::claims::draft::Draft;
use crate::claims::grants::AgentDispatch;
use crate::store::Backend;
use crate::token::forms::FormId;
use crate::tui::keymap::Action;
use crate::tui::message::{Effect, StoreJob};
use crate::tui::model::{Model, Screen, Waiting};
use crate::tui::overlay::{AgentForm, Confirm, Overlay, PairsEditor, Purpose, checklist, palette_rows};
use crate::tui::widgets::text_field::{Edit, Kind, TextField};

use super::{
    compose, copy_as, diff, guard, import, many, moved, open_store, presets, replies, serve, type_text,
    use_project,
};

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Action::Text(edit) = action {
        type_text(model, edit);
        return Vec::new();
    }
    match model.overlays.last() {
        Some(Overlay::Help { .. }) => reading(model, action),
        Some(
            Overlay::Problem(_) | Overlay::Answer(_) | Overlay::Token | Overlay::Text(_) | Overlay::Qr { .. },
        ) => return read_one(model, action),
        Some(Overlay::Pick(picker)) if picker.purpose == Purpose::Preset => {
            return presets::pick(model, action);
        }
        Some(Overlay::Pick(_)) => return pick(model, action),
        Some(Overlay::Preset(_)) => return presets::form(model, action),
        Some(Overlay::Checklist { .. }) => check(model, action),
        Some(Overlay::Pairs(_)) => pairs(model, action),
        Some(Overlay::Agents(_)) => agents(model, action),
        Some(Overlay::LongText(_)) => long_text(model, action),
        Some(Overlay::Project(_)) => return project(model, action),
        Some(Overlay::Policy(_)) => return guard::policy(model, action),
        Some(Overlay::Rotate(_)) => return guard::rotate(model, action),
        Some(Overlay::Production(_)) => return guard::production(model, action),
        Some(Overlay::Confirm(_)) => return confirm(model, action),
        Some(Overlay::Passphrase(_)) => return passphrase(model, action),
        Some(Overlay::NoStore(_)) => return no_store(model, action),
        Some(Overlay::Diff) => return diff::act(model, action),
        Some(Overlay::OtherToken { .. }) => return diff::ask(model, action),
        Some(Overlay::Values(_)) => diff::read(model, action),
        Some(Overlay::Import(_)) => return import::act(model, action),
        Some(Overlay::HowMany(_)) => return many::form(model, action),
        Some(Overlay::Table(_)) => return many::table(model, action),
        Some(Overlay::Serve(_)) => return serve::form(model, action),
        Some(Overlay::Arrived(_)) => serve::read(model, action),
        None => {}
    }
    Vec::new()
}

/// A search follows its text; a text of several lines is checked as it is typed.
pub(super) fn after_typing(model: &mut Model) {
    match model.overlays.last_mut() {
        Some(Overlay::Pick(picker)) => picker.search(),
        Some(Overlay::LongText(text)) => {
            text.follow();
            // A row of text takes any.
            if let Some(entry) = catalog::entry(text.path)
                && !matches!(entry.field, Field::LongText(_))
            {
                let mut draft = Draft::clone(&model.compose.draft);
                let set = draft.set_entry(entry, text.field.text(), model.now, &model.zone);
                text.wrong = set.err().map(|wrong| (wrong.to_string(), wrong.hint()));
            }
        }
        Some(Overlay::Pairs(editor)) => editor.wrong = None,
        Some(Overlay::Table(table)) => table.follow_filter(),
        Some(Overlay::Preset(form)) => form.wrong = None,
        _ => {}
    }
}

fn reading(model: &mut Model, action: Action) {
    match (action, model.overlays.last_mut()) {
        (Action::Back | Action::Enter | Action::Help, _) => _ = model.overlays.pop(),
        (_, Some(Overlay::Help { contexts, scroll })) => {
            let lines = crate::tui::overlay::view::help_rows(contexts).len();
            let height = crate::tui::overlay::view::help_height(model.size);
            let last = lines.saturating_sub(height);
            *scroll = moved((*scroll).min(last), action, lines, height).min(last);
        }
        _ => {}
    }
}

fn read_one(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Enter => {
            if let Some(Overlay::Problem(problem)) = model.overlays.pop()
                && let Some(path) = problem.path
                && model.screen == Screen::Compose
            {
                model.compose.go_to(path);
            }
        }
        Action::Back | Action::Help => _ = model.overlays.pop(),
        _ => {}
    }
    Vec::new()
}

pub(super) fn pick(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::Pick(picker)) = model.overlays.last_mut() else { return Vec::new() };
    match action {
        Action::Back => _ = model.overlays.pop(),
        Action::Enter => {
            let (purpose, taken) = (picker.purpose, picker.taken());
            model.overlays.pop();
            if let Some(index) = taken {
                return take(model, purpose, index);
            }
        }
        // In a picker Tab goes along the list, as it does in shells.
        Action::Next => picker.cursor = moved(picker.cursor, Action::Down, picker.hits().len(), 1),
        Action::Previous => picker.cursor = moved(picker.cursor, Action::Up, picker.hits().len(), 1),
        other => picker.cursor = moved(picker.cursor, other, picker.hits().len(), 10),
    }
    Vec::new()
}

fn take(model: &mut Model, purpose: Purpose, index: usize) -> Vec<Effect> {
    match purpose {
        Purpose::Project => {
            if let Some(listing) = model.projects.rows().get(index) {
                let screen = model.screen;
                use_project(model, listing.clone());
                if matches!(screen, Screen::Projects | Screen::Serve) {
                    model.screen = screen;
                }
            }
        }
        Purpose::Verifier => {
            if let Some(listing) = model.projects.rows().get(index) {
                return super::inspect::verify_with(model, listing.name.clone());
            }
        }
        Purpose::Preset => presets::start_from(model, index),
        Purpose::Form => return copy_as::take(model, index),
        Purpose::Lines => return many::copy_all(model, index),
        Purpose::Palette => {
            let contexts = model.contexts();
            if let Some((action, _, _)) = palette_rows(&contexts).get(index) {
                return super::act(model, *action);
            }
        }
        Purpose::Name(path) => {
            if let Some(entry) = catalog::entry(path)
                && let Field::OneOf(at, names) = entry.field
                && let Some(name) = names.get(index)
            {
                model.compose.change(Some(path), |draft| (*name).clone_into((at.get_mut)(draft)));
            }
        }
    }
    Vec::new()
}

fn check(model: &mut Model, action: Action) {
    let Some(Overlay::Checklist { path, cursor }) = model.overlays.last_mut() else { return };
    let words = checklist(path);
    match action {
        Action::Back => _ = model.overlays.pop(),
        Action::Cycle | Action::Enter => {
            let (path, word) = (*path, words[(*cursor).min(words.len() - 1)]);
            let Some(entry) = catalog::entry(path) else { return };
            if let Field::Sources(at) | Field::Words(at, _) = entry.field {
                model.compose.change(Some(path), |draft| {
                    let chosen = (at.get_mut)(draft);
                    if let Some(i) = chosen.iter().position(|have| have == word) {
                        chosen.remove(i);
                    } else {
                        chosen.push(word.to_owned());
                        // In the protocol's order, whatever the order of choosing.
                        chosen.sort_by_key(|have| words.iter().position(|w| w == have));
                    }
                });
            }
        }
        Action::Remove => {
            let Some(entry) = catalog::entry(path) else { return };
            let path = *path;
            model.compose.change(Some(path), |draft| entry.unset(draft));
        }
        other => *cursor = moved(*cursor, other, words.len(), 4),
    }
}

fn pairs(model: &mut Model, action: Action) {
    let Some(Overlay::Pairs(PairsEditor { path, cursor, field, wrong })) = model.overlays.last_mut() else {
        return;
    };
    let path = *path;
    let Some(Field::Pairs(at)) = catalog::entry(path).map(|entry| entry.field) else { return };
    let pairs = (at.get)(&model.compose.draft);
    let under = pairs.iter().nth(*cursor).map(|(k, v)| (k.clone(), v.clone()));
    let count = pairs.len() + 1;
    if field.is_some() {
        match action {
            Action::Back => *field = None,
            Action::Enter | Action::Next => {
                let text = field.as_ref().map(|f| f.text().to_owned()).unwrap_or_default();
                match text.split_once('=').map(|(k, v)| (k.trim().to_owned(), v.trim_start().to_owned())) {
                    Some((key, value)) if !key.is_empty() => {
                        *field = None;
                        let at_key = key.clone();
                        model.compose.change(Some(path), |draft| {
                            let pairs = (at.get_mut)(draft);
                            if let Some((old, _)) = under {
                                pairs.remove(&old);
                            }
                            pairs.insert(key, value);
                        });
                        let place = (at.get)(&model.compose.draft).keys().position(|k| *k == at_key);
                        if let Some(Overlay::Pairs(editor)) = model.overlays.last_mut() {
                            editor.cursor = place.unwrap_or(0);
                        }
                    }
                    _ => *wrong = Some("write key=value".into()),
                }
            }
            _ => {}
        }
        return;
    }
    match action {
        Action::Back => _ = model.overlays.pop(),
        Action::Add => {
            *cursor = count - 1;
            *field = Some(TextField::line());
        }
        Action::Enter | Action::Cycle => {
            let text = under.map(|(k, v)| format!("{k}={v}")).unwrap_or_default();
            *field = Some(TextField::new(Kind::Line, &text));
        }
        Action::Remove => {
            if let Some((key, _)) = under {
                *cursor = cursor.saturating_sub(usize::from(*cursor + 2 == count));
                model.compose.change(Some(path), |draft| drop((at.get_mut)(draft).remove(&key)));
            }
        }
        other => *cursor = moved(*cursor, other, count, 10),
    }
}

fn agents(model: &mut Model, action: Action) {
    let Some(Overlay::Agents(editor)) = model.overlays.last_mut() else { return };
    let path = editor.path;
    let Some(Field::Dispatches(at)) = catalog::entry(path).map(|entry| entry.field) else { return };
    let agents = (at.get)(&model.compose.draft);
    let count = agents.len() + 1;
    let cursor = editor.cursor;
    if let Some(form) = &mut editor.form {
        match action {
            Action::Back => editor.form = None,
            Action::Next => form.at = (form.at + 1).min(3),
            Action::Previous => form.at = form.at.saturating_sub(1),
            Action::Enter if form.at < 3 => form.at += 1,
            Action::Enter | Action::Accept => {
                if let Some(agent) = form.agent() {
                    editor.form = None;
                    model.compose.change(Some(path), |draft| {
                        let agents = (at.get_mut)(draft);
                        match agents.get_mut(cursor) {
                            Some(old) => *old = agent,
                            None => agents.push(agent),
                        }
                    });
                } else if let Some(wrong) = (0..4).find(|i| form.remark(*i).is_some_and(|(bad, _)| bad)) {
                    form.at = wrong;
                }
            }
            _ => {}
        }
        return;
    }
    match action {
        Action::Back => _ = model.overlays.pop(),
        Action::Add => {
            editor.cursor = count - 1;
            editor.form = Some(AgentForm::of(&AgentDispatch::default()));
        }
        Action::Enter | Action::Cycle => {
            let agent = agents.get(cursor).cloned().unwrap_or_default();
            editor.form = Some(AgentForm::of(&agent));
        }
        Action::Remove if cursor + 1 < count => {
            editor.cursor = cursor.saturating_sub(usize::from(cursor + 2 == count));
            model.compose.change(Some(path), |draft| drop((at.get_mut)(draft).remove(cursor)));
        }
        other => editor.cursor = moved(cursor, other, count, 10),
    }
}

fn long_text(model: &mut Model, action: Action) {
    let Some(Overlay::LongText(text)) = model.overlays.last_mut() else { return };
    match action {
        Action::Back => _ = model.overlays.pop(),
        Action::LineBreak => type_text(model, Edit::Insert('\n')),
        Action::Accept | Action::Enter => {
            let Some(entry) = catalog::entry(text.path) else { return };
            let (typed, path) = (text.field.text().to_owned(), text.path);
            let mut draft = Draft::clone(&model.compose.draft);
            let set = match entry.field {
                // In a text field `unset` is a text like any other.
                Field::LongText(at) => {
                    typed.clone_into((at.get_mut)(&mut draft));
                    Ok(())
                }
                _ => draft.set_entry(entry, &typed, model.now, &model.zone),
            };
            match set {
                Ok(()) => {
                    model.overlays.pop();
                    model.compose.change(Some(path), |present| *present = draft);
                }
                Err(wrong) => text.wrong = Some((wrong.to_string(), wrong.hint())),
            }
        }
        _ => {}
    }
}

fn project(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::Project(form)) = model.overlays.last_mut() else { return Vec::new() };
    let at_end = form.at.step(true) == form.at;
    match action {
        Action::Back => {
            let saving = form.saving;
            model.overlays.pop();
            if saving {
                return vec![Effect::Store(StoreJob::Cancel)];
            }
        }
        Action::Next => form.at = form.at.step(true),
        Action::Previous => form.at = form.at.step(false),
        Action::Reveal => form.field_mut().toggle_reveal(),
        Action::Enter if !at_end => form.at = form.at.step(true),
        Action::Enter | Action::Accept if !form.saving => return save(model),
        _ => {}
    }
    Vec::new()
}

/// Saves the project of the topmost form, if it is complete.
pub(super) fn save(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Project(form)) = model.overlays.last_mut() else { return Vec::new() };
    let Some(filled) = form.filled(&model.projects.stored) else { return Vec::new() };
    form.saving = true;
    let replaces = form.changes.clone();
    let ticket = model.wait_for(Waiting::Save(filled.listing.name.clone()));
    vec![Effect::Store(StoreJob::Save { ticket, listing: filled.listing, secret: filled.secret, replaces })]
}

fn confirm(model: &mut Model, action: Action) -> Vec<Effect> {
    if !matches!(action, Action::Confirm | Action::Back) {
        return Vec::new();
    }
    match (action, model.overlays.pop()) {
        (Action::Confirm, Some(Overlay::Confirm(Confirm::Remove(name)))) => {
            let ticket = model.wait_for(Waiting::Remove(name.clone()));
            vec![Effect::Store(StoreJob::Remove { ticket, name })]
        }
        (Action::Confirm, Some(Overlay::Confirm(Confirm::ForgetOld(listing)))) => {
            guard::forget(model, listing)
        }
        (Action::Confirm, Some(Overlay::Confirm(Confirm::Purge(_)))) => super::ledger::purge_expired(model),
        (Action::Confirm, Some(Overlay::Confirm(Confirm::ReplacePreset(_)))) => presets::send(model, true),
        (Action::Confirm, Some(Overlay::Confirm(Confirm::RemovePreset(name)))) => {
            presets::remove(model, name)
        }
        (Action::Confirm, Some(Overlay::Confirm(Confirm::SignAnyway(_)))) => {
            compose::sign_as(model, FormId::Token)
        }
        _ => Vec::new(),
    }
}

fn passphrase(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::Passphrase(passphrase)) = model.overlays.last_mut() else { return Vec::new() };
    match action {
        Action::Back => {
            model.overlays.pop();
            if model.store == crate::tui::model::StoreState::Opening {
                model.screen = Screen::Welcome;
            }
        }
        Action::Next | Action::Previous if passphrase.new => passphrase.at_again = !passphrase.at_again,
        Action::Reveal => passphrase.field_mut().toggle_reveal(),
        Action::Enter | Action::Accept if !passphrase.opening => {
            if let Some(text) = passphrase.complete() {
                passphrase.opening = true;
                return replies::unlock(model, text);
            }
        }
        _ => {}
    }
    Vec::new()
}

fn no_store(model: &mut Model, action: Action) -> Vec<Effect> {
    let backend = match action {
        Action::UseVault => Backend::Vault,
        Action::UseMemory => Backend::Memory,
        Action::Back => {
            model.overlays.pop();
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    model.overlays.pop();
    open_store(model, Some(backend))
}
