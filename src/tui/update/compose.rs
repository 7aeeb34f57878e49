//! What keys do in the composer.

use ratatui::layout::{Position, Rect};

use crate::claims::catalog::{Field, Group};
use crate::claims::draft::Draft;
use crate::token::forms::FormId;
use crate::tui::keymap::Action;
use crate::tui::layout::Room;
use crate::tui::message::Effect;
use crate::tui::model::{Model, Tone};
use crate::tui::overlay::{Confirm, Overlay};
use crate::tui::screens::compose::view::{self, Panes};
use crate::tui::screens::compose::{Pane, Row};
use crate::tui::widgets::text_field::TextField;

use super::{moved, type_text};

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if model.compose.filter.is_some() {
        filtering(model, action);
        return Vec::new();
    }
    if model.compose.editing.is_some() {
        return editing(model, action);
    }
    match action {
        Action::SignAndCopy => return sign(model),
        Action::SignAnyway => return sign_anyway(model),
        Action::AskServer => return super::ask::draft(model),
        Action::CopyAs => model.overlays.push(Overlay::forms()),
        Action::Many => super::many::open(model),
        Action::Presets => return super::presets::open(model),
        Action::SavePreset => super::presets::save(model),
        Action::NewDraft => {
            model.compose.start_anew();
            model.compose.go_to("sub");
            model.say(Tone::Plain, "a new draft", "u brings the last one back");
        }
        Action::Undo if !model.compose.undo() => model.say(Tone::Plain, "nothing to take back", ""),
        Action::Redo if !model.compose.redo() => model.say(Tone::Plain, "nothing to make again", ""),
        Action::Longer | Action::Shorter => {
            let now = model.now;
            let longer = action == Action::Longer;
            model.compose.change(Some("exp"), |draft| draft.ttl = draft.ttl.step(longer, now));
        }
        Action::Reveal => {
            if model.compose.signed.is_none() {
                model.say(Tone::Plain, "nothing is signed yet", "y signs and copies");
            } else {
                model.compose.revealed = !model.compose.revealed;
                if Room::of(Rect::new(0, 0, model.size.width, model.size.height)) != Room::Wide {
                    show_beside(model, Pane::Signed);
                }
            }
        }
        Action::Filter => {
            model.compose.pane = Pane::Form;
            model.compose.filter = Some(TextField::line());
            model.compose.cursor = 0;
        }
        Action::Back => model.compose.pane = Pane::Form,
        Action::Next | Action::Previous => next_pane(model, action == Action::Next),
        other if model.compose.pane == Pane::Form => return form(model, other),
        other => beside(model, other),
    }
    Vec::new()
}

/// Moves the focus to the next pane that can have it; the pane beside the form follows it.
fn next_pane(model: &mut Model, forward: bool) {
    let next = model.compose.pane.step(forward);
    model.compose.pane = next;
    if next != Pane::Form {
        model.compose.beside = next;
    }
}

/// Shows a pane beside the form without taking the focus from it, or in its place where there is room for one.
fn show_beside(model: &mut Model, pane: Pane) {
    model.compose.beside = pane;
    if Room::of(Rect::new(0, 0, model.size.width, model.size.height)) == Room::Narrow {
        model.compose.pane = pane;
    }
}

fn form(model: &mut Model, action: Action) -> Vec<Effect> {
    let rows = model.compose.rows();
    let row = model.compose.row();
    match (action, row) {
        (Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::First | Action::Last, _) => {
            let page = view::form_height(model);
            model.compose.cursor = moved(model.compose.cursor, action, rows.len(), page);
        }
        (Action::Enter, Some(Row::Preset)) => return super::presets::open(model),
        (Action::Enter | Action::Cycle, Some(Row::Group(group))) => toggle(model, group),
        (Action::Open, Some(Row::Group(group))) => _ = model.compose.open.insert(group),
        (Action::Close, Some(Row::Group(group))) => _ = model.compose.open.remove(&group),
        (Action::Close, Some(Row::Entry(entry))) if entry.group != Group::Token => {
            model.compose.open.remove(&entry.group);
            let heading = |row: &Row| matches!(row, Row::Group(group) if *group == entry.group);
            model.compose.cursor = model.compose.rows().iter().position(heading).unwrap_or(0);
        }
        (Action::Enter, Some(Row::Entry(entry))) => match entry.field {
            Field::Flag(_) | Field::Choice(..) => cycle(model),
            _ => match Overlay::editor(entry.path, &model.compose.draft) {
                Some(editor) => model.overlays.push(editor),
                None => model.compose.edit(entry),
            },
        },
        (Action::Cycle, Some(Row::Entry(_))) => cycle(model),
        (Action::Unset, Some(Row::Entry(entry))) => {
            model.compose.change(Some(entry.path), |draft| entry.unset(draft));
        }
        _ => {}
    }
    Vec::new()
}

fn toggle(model: &mut Model, group: Group) {
    if !model.compose.open.remove(&group) {
        model.compose.open.insert(group);
    }
}

/// The next state of the row under the cursor; rows that have none are edited instead.
fn cycle(model: &mut Model) {
    let Some(entry) = model.compose.row().and_then(Row::entry) else { return };
    let mut cycles = false;
    model.compose.change(Some(entry.path), |draft: &mut Draft| cycles = entry.cycle(draft));
    if !cycles {
        match Overlay::editor(entry.path, &model.compose.draft) {
            Some(editor) => model.overlays.push(editor),
            None => model.compose.edit(entry),
        }
    }
}

fn beside(model: &mut Model, action: Action) {
    let pane = model.compose.pane;
    let count = match pane {
        Pane::Can => model.compose.shown.can.len(),
        Pane::Claims => model.compose.shown.claims.len(),
        Pane::Problems => model.compose.shown.preview.problems.len(),
        Pane::Form | Pane::Signed => return,
    };
    if pane == Pane::Problems {
        if action == Action::Enter && count > 0 {
            let problem = model.compose.shown.preview.problems[model.compose.problem].clone();
            model.overlays.push(Overlay::Problem(Box::new(problem)));
        } else {
            model.compose.problem = moved(model.compose.problem, action, count, 5);
        }
        return;
    }
    let at = Pane::ALL.iter().position(|p| *p == pane).unwrap_or(0);
    let page = view::pane_height(model, pane);
    let last = count.saturating_sub(page);
    model.compose.scroll[at] = moved(model.compose.scroll[at].min(last), action, count, page).min(last);
}

fn editing(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Text(edit) => type_text(model, edit),
        Action::Enter | Action::Next if model.compose.accept() => down(model),
        Action::Previous if model.compose.accept() => {
            model.compose.cursor = model.compose.cursor.saturating_sub(1);
        }
        Action::Enter | Action::Next | Action::Previous => {
            let wrong = model.compose.editing.as_ref().and_then(|editing| editing.wrong.clone());
            let (what, hint) = wrong.unwrap_or_default();
            model.say(Tone::Bad, what, hint);
        }
        Action::SignAndCopy if model.compose.accept() => return sign(model),
        Action::Back => model.compose.abandon(),
        _ => {}
    }
    Vec::new()
}

fn down(model: &mut Model) {
    let rows = model.compose.rows().len();
    model.compose.cursor = moved(model.compose.cursor, Action::Down, rows, 1);
}

fn filtering(model: &mut Model, action: Action) {
    match action {
        Action::Text(edit) => type_text(model, edit),
        Action::Next | Action::Previous => {
            let rows = model.compose.rows().len();
            let step = if action == Action::Next { Action::Down } else { Action::Up };
            model.compose.cursor = moved(model.compose.cursor, step, rows, 1);
        }
        Action::Enter => {
            if let Some(entry) = model.compose.row().and_then(Row::entry) {
                model.compose.go_to(entry.path);
            } else {
                model.compose.filter = None;
                model.compose.cursor = 1;
                model.say(Tone::Plain, "no row has that in its name", "");
            }
        }
        Action::Back => {
            model.compose.filter = None;
            model.compose.cursor = 1;
        }
        _ => {}
    }
}

/// Signs what is shown and copies it, unless an error keeps it from being signed.
pub(super) fn sign(model: &mut Model) -> Vec<Effect> {
    if is_blocked(model) { Vec::new() } else { sign_as(model, FormId::Token) }
}

/// Whether an error keeps the draft from being signed. If so, says it and goes to its row.
pub(super) fn is_blocked(model: &mut Model) -> bool {
    model.refresh();
    let Some(problem) = model.compose.blocking() else { return false };
    let (message, cure, path) = (problem.message.clone(), problem.rule.cure, problem.path);
    let entry = path.filter(|path| model.compose.go_to(path)).and_then(crate::claims::catalog::entry);
    // A text that is missing is what one wants to type next.
    if let Some(entry) = entry
        && matches!(entry.field, Field::Text(_))
        && !entry.is_set(&model.compose.draft)
    {
        model.compose.edit(entry);
    }
    model.say(Tone::Bad, message, cure);
    true
}

fn sign_anyway(model: &mut Model) -> Vec<Effect> {
    model.refresh();
    if let Some(problem) = super::guard::forbidden(&model.compose.shown.preview.problems) {
        let (message, path) = (problem.message.clone(), problem.path);
        if let Some(path) = path {
            model.compose.go_to(path);
        }
        model.say(Tone::Bad, message, "! does not overrule a policy; P among the projects changes it");
        return Vec::new();
    }
    let errors: Vec<String> = model
        .compose
        .shown
        .preview
        .problems
        .iter()
        .filter(|problem| problem.rule.severity == crate::claims::problems::Severity::Error)
        .map(|problem| problem.message.clone())
        .collect();
    if errors.is_empty() {
        return sign_as(model, FormId::Token);
    }
    model.overlays.push(Overlay::Confirm(Confirm::SignAnyway(errors)));
    Vec::new()
}

/// Signs the draft as it is, to be copied in this form; production asks for its name first.
pub(super) fn sign_as(model: &mut Model, form: FormId) -> Vec<Effect> {
    if form == FormId::Token || !model.compose.is_signed_as_shown() {
        model.compose.draw_anew();
    }
    model.refresh();
    super::guard::sign_for(model, model.current.clone(), model.compose.filled.clone(), form)
}

/// A click takes a row; one on the row under the cursor opens it.
pub(super) fn click(model: &mut Model, body: Rect, at: Position) -> Vec<Effect> {
    if model.is_typing() {
        return Vec::new();
    }
    let panes = Panes::of(body, model);
    let Some(pane) = panes.at(at) else { return Vec::new() };
    let had_focus = model.compose.pane == pane;
    model.compose.pane = pane;
    if pane != Pane::Form {
        model.compose.beside = pane;
        return Vec::new();
    }
    let rows = model.compose.rows().len();
    if let Some(row) = panes.form_row_at(model, at).filter(|row| *row < rows) {
        if had_focus && model.compose.cursor == row {
            return form(model, Action::Enter);
        }
        model.compose.cursor = row;
    }
    Vec::new()
}
