//! What keys do among the projects.

use ratatui::layout::{Position, Rect};

use crate::tui::keymap::Action;
use crate::tui::message::{Effect, StoreJob};
use crate::tui::model::{Model, Screen, Tone, Waiting};
use crate::tui::overlay::{Confirm, Overlay};
use crate::tui::screens::projects::ProjectForm;
use crate::tui::screens::projects::view;

use super::{moved, use_project};

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let rows = model.projects.rows();
    let selected = model.projects.selected();
    match (action, selected) {
        (Action::Enter, Some(listing)) => use_project(model, listing),
        (Action::EditProject | Action::Remove | Action::RotateKey, Some(listing))
            if model.projects.is_built_in(&listing) =>
        {
            model.say(Tone::Plain, "the built-in project stays as it is", "a adds one of your own");
        }
        (Action::EditPolicy, Some(listing)) => super::guard::open_policy(model, &listing),
        (Action::RotateKey, Some(listing)) => super::guard::open_rotate(model, &listing),
        (Action::ForgetOldKey, Some(listing)) => return super::guard::ask_to_forget(model, listing),
        (Action::EditProject, Some(listing)) => {
            model.overlays.push(Overlay::Project(ProjectForm::change(&listing)));
        }
        (Action::Remove, Some(listing)) => {
            model.overlays.push(Overlay::Confirm(Confirm::Remove(listing.name)));
        }
        (Action::AskServer, Some(listing)) => return super::ask::key(model, &listing),
        (Action::MakeDefault, Some(listing)) => {
            let ticket = model.wait_for(Waiting::Store);
            return vec![Effect::Store(StoreJob::SetDefault { ticket, name: listing.name })];
        }
        (Action::Back, _) => model.screen = Screen::Compose,
        _ => model.projects.cursor = moved(model.projects.cursor, action, rows.len(), 10),
    }
    Vec::new()
}

pub(super) fn click(model: &mut Model, body: Rect, at: Position) {
    let count = model.projects.rows().len();
    if let Some(row) = view::row_at(model, body, at).filter(|row| *row < count) {
        model.projects.cursor = row;
    }
}
