//! What keys do in the inspector.

use ratatui::layout::{Position, Rect};

use crate::claims::draft::Draft;
use crate::project::ProjectName;
use crate::text::Sensitive;
use crate::token::inspect::Compared;
use crate::token::near_miss::NearMiss;
use crate::tui::asking::Place;
use crate::tui::keymap::Action;
use crate::tui::layout::areas;
use crate::tui::message::{ClipboardJob, Effect, StoreJob};
use crate::tui::model::{Model, Screen, Tone, Waiting};
use crate::tui::overlay::Overlay;
use crate::tui::screens::inspect::Pane;
use crate::tui::screens::inspect::view::{Parts, explained, pane_height};

use super::moved;

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::ReadClipboard => {
            let ticket = model.wait_for(Waiting::Read);
            return vec![Effect::Clipboard(ClipboardJob::Read { ticket })];
        }
        Action::Next | Action::Previous if model.inspect.explained.is_none() => {
            let inspect = &mut model.inspect;
            inspect.pane = inspect.pane.step(action == Action::Next);
            inspect.scroll = 0;
            if inspect.pane != Pane::Checks {
                inspect.beside = inspect.pane;
            }
        }
        Action::Back if model.inspect.explained.take().is_some() => model.inspect.scroll = 0,
        Action::Back => model.inspect.pane = Pane::Checks,
        other if model.inspect.explained.is_some() && other != Action::Forget => {
            scroll_explained(model, other);
        }
        _ if model.inspect.token.is_none() && model.inspect.explained.is_none() => {
            model.say(Tone::Plain, "no token yet", "paste one, or r takes it from the clipboard");
        }
        Action::EditAndSign => edit_and_sign(model),
        Action::AskServer => return super::ask::token(model),
        Action::DiffToken => super::diff::open(model),
        Action::PickVerifier => {
            let current = model.inspect.token.as_ref().and_then(|token| token.compared.as_ref());
            let picker =
                Overlay::verifiers(&model.projects.rows(), current.map(|compared| compared.name.as_str()));
            model.overlays.push(picker);
        }
        Action::CopyClaims => return copy_claims(model),
        Action::Forget => {
            model.inspect = crate::tui::screens::inspect::Inspect::default();
            model.say(Tone::Plain, "the token is forgotten", "");
            return super::ask::call_off(model, |place| *place == Place::Inspect);
        }
        other => go(model, other),
    }
    Vec::new()
}

fn scroll_explained(model: &mut Model, action: Action) {
    let body = areas(Rect::new(0, 0, model.size.width, model.size.height)).body;
    let Some(explanation) = &model.inspect.explained else { return };
    let (lines, page) = explained::height(model, explanation, body);
    model.inspect.scroll = moved(model.inspect.scroll, action, lines.saturating_sub(page) + 1, page);
}

fn go(model: &mut Model, action: Action) {
    let pane = model.inspect.pane;
    let page = pane_height(model, pane);
    let Some(token) = &model.inspect.token else { return };
    match pane {
        Pane::Claims => model.inspect.line = moved(model.inspect.line, action, token.lines.len(), page),
        Pane::Problems => {
            if let (Action::Enter, Some(problem)) = (action, token.problems.get(model.inspect.problem)) {
                model.overlays.push(Overlay::Problem(Box::new(problem.clone())));
                return;
            }
            let rows = token.problems.len() + token.older.len();
            model.inspect.problem = moved(model.inspect.problem, action, rows, page);
        }
        Pane::Checks | Pane::Can => {
            // A check that failed takes several lines, so the end is found by drawing; a few too many do no harm.
            let count =
                if pane == Pane::Checks { token.report.checks.len() * 2 } else { token.can.len() * 2 };
            model.inspect.scroll = moved(model.inspect.scroll, action, count.saturating_sub(page) + 1, page);
        }
    }
}

/// Takes a text apart and asks the store for the secret that should have signed it.
pub(super) fn load(model: &mut Model, text: &str) -> Vec<Effect> {
    model.screen = Screen::Inspect;
    let Some(token) = model.inspect.load(text, model.now, &model.zone) else {
        if let Some((what, hint)) = &model.inspect.refused {
            let (what, hint) = (what.clone(), hint.clone());
            model.say(Tone::Bad, what, hint);
        }
        return Vec::new();
    };
    compare(model, token, None)
}

/// Asks the store for the secret. What a server is asked about another token, or for another project, is called off.
fn compare(model: &mut Model, token: Sensitive, project: Option<ProjectName>) -> Vec<Effect> {
    model.pending.retain(|pending| pending.what != Waiting::Verify);
    let mut effects = super::ask::call_off(model, |place| *place == Place::Inspect);
    let ticket = model.wait_for(Waiting::Verify);
    effects.push(Effect::Store(StoreJob::Verify { ticket, token, project }));
    effects
}

/// Verifies the token against this project, whatever key it names.
pub(super) fn verify_with(model: &mut Model, name: ProjectName) -> Vec<Effect> {
    let Some(token) = &mut model.inspect.token else { return Vec::new() };
    token.picked = Some(name.clone());
    token.answer = None;
    let text = token.inspection.token().clone();
    compare(model, text, Some(name))
}

/// The store has compared it.
pub(super) fn verified(model: &mut Model, compared: Option<Compared>, near_miss: Option<NearMiss>) {
    if let Some(token) = &mut model.inspect.token {
        token.verified(compared, near_miss);
    }
}

fn edit_and_sign(model: &mut Model) {
    let Some(token) = &model.inspect.token else { return };
    let claims = match &token.inspection.claims {
        Ok(claims) => claims,
        Err(wrong) => {
            let what = format!("its claims cannot be loaded: {wrong}");
            return model.say(Tone::Bad, what, "whoever signs it has to mend that first");
        }
    };
    let draft = Draft::of_claims(claims);
    let project = token.compared.as_ref().map(|compared| compared.name.clone());
    let row = model.projects.rows().into_iter().find(|row| Some(row.name.as_str()) == project.as_deref());
    model.compose.start_from_token(draft);
    if let Some(listing) = row {
        model.current = listing;
    }
    model.screen = Screen::Compose;
    model.compose.go_to("sub");
    model.say(Tone::Plain, "loaded its claims", "y signs them anew, u takes it back");
}

fn copy_claims(model: &mut Model) -> Vec<Effect> {
    let Some(token) = &model.inspect.token else { return Vec::new() };
    let json = serde_json::to_string_pretty(&token.inspection.payload).unwrap_or_default();
    let ticket = model.wait_for(Waiting::CopyText("claims"));
    vec![Effect::Clipboard(ClipboardJob::Copy { ticket, text: Sensitive::new(json), hold: None })]
}

pub(super) fn click(model: &mut Model, body: Rect, at: Position) {
    if model.inspect.explained.is_some() {
        return;
    }
    if let Some(pane) = Parts::of(body, model).at(at) {
        model.inspect.pane = pane;
        if pane != Pane::Checks {
            model.inspect.beside = pane;
        }
    }
}
