//! `I`: projects from elsewhere. Their secrets stay with the store's worker; here is only what may be shown.

use crate::project::Listing;
use crate::text::Sensitive;
use crate::tui::keymap::Action;
use crate::tui::message::import::{Emptied, Imported, Offer, Plan, Wanted, Wish};
use crate::tui::message::{Cure, Effect, Failure, Reply, StoreJob};
use crate::tui::model::{Model, Screen, StoreState, Tone, Waiting};
use crate::tui::overlay::Overlay;
use crate::tui::overlay::import::{Import, Stage, possible};

use super::{moved, replies};

/// Shows where there are projects; asks for that anew, since files come and go.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if let StoreState::Failed(failure) = &model.store {
        // There is nowhere to save them yet.
        model.overlays.push(Overlay::NoStore(failure.clone()));
        return Vec::new();
    }
    model.overlays.push(Overlay::Import(Box::new(Import::places(model.offers.clone()))));
    look(model)
}

/// Asks what there is to import.
pub(super) fn look(model: &mut Model) -> Vec<Effect> {
    let ticket = model.wait_for(Waiting::Look);
    vec![Effect::Store(StoreJob::Look { ticket })]
}

/// What the worker says of an import.
pub(super) fn reply(model: &mut Model, reply: Reply) -> Vec<Effect> {
    match reply {
        Reply::Found { ticket, offers } if model.answered(ticket).is_some() => found(model, offers),
        Reply::Planned { ticket, result } => {
            return match (model.answered(ticket), result) {
                (Some(_), Ok(plan)) => planned(model, plan),
                (Some(_), Err(failure)) => failed(model, failure),
                // Nobody wants it any more, and its secrets are not to be kept for nothing.
                (None, _) => vec![Effect::Store(StoreJob::ForgetPlan)],
            };
        }
        Reply::Imported { ticket, result } => match (model.answered(ticket), result) {
            (Some(_), Ok(done)) => imported(model, done),
            (Some(_), Err(failure)) => return failed(model, failure),
            (None, _) => {}
        },
        Reply::Emptied { ticket, result } => match (model.answered(ticket), result) {
            (Some(_), Ok(done)) => emptied(model, done),
            (Some(_), Err(failure)) => return failed(model, failure),
            (None, _) => {}
        },
        _ => {}
    }
    Vec::new()
}

fn found(model: &mut Model, found: Vec<Offer>) {
    if let Some(import) = top(model)
        && let Stage::Places { offers, cursor } = &mut import.stage
    {
        *cursor = (*cursor).min(found.len().saturating_sub(1));
        *offers = Some(found.clone());
    }
    model.offers = Some(found);
}

fn top(model: &mut Model) -> Option<&mut Import> {
    model.overlays.iter_mut().rev().find_map(|overlay| match overlay {
        Overlay::Import(import) => Some(&mut **import),
        _ => None,
    })
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(import) = top(model) else { return Vec::new() };
    if action == Action::Back {
        return close(model);
    }
    if import.busy {
        return Vec::new();
    }
    match &mut import.stage {
        Stage::Places { offers, cursor } => {
            let offers = offers.as_deref().unwrap_or_default();
            if action == Action::Enter {
                let source = offers.get(*cursor).map(|offer| offer.source.clone());
                return source.map_or_else(Vec::new, |source| read(model, Wanted::Place(source)));
            }
            *cursor = moved(*cursor, action, offers.len(), 10);
        }
        Stage::Plan { .. } => return plan(model, action),
        Stage::Done { lk, emptied, .. } => match action {
            Action::EmptySource if lk.is_some() && emptied.is_none() => {
                import.busy = true;
                import.refused = None;
                let ticket = model.wait_for(Waiting::Empty);
                return vec![Effect::Store(StoreJob::EmptyLk { ticket })];
            }
            Action::Enter => return close(model),
            _ => {}
        },
    }
    Vec::new()
}

fn plan(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(import) = top(model) else { return Vec::new() };
    let Stage::Plan { plan, wishes, cursor } = &mut import.stage else { return Vec::new() };
    let Some(change) = plan.rows.get(*cursor).map(|row| &row.change) else {
        return if action == Action::Enter { close(model) } else { Vec::new() };
    };
    let possible = possible(change);
    let wish = match action {
        Action::Keep => Some(Wish::Skip),
        Action::Replace => Some(Wish::Replace),
        Action::Rename => Some(Wish::Rename),
        Action::Cycle => {
            let at = possible.iter().position(|wish| Some(*wish) == wishes[*cursor]);
            at.map_or(possible.first(), |at| possible.get((at + 1) % possible.len())).copied()
        }
        Action::Enter => match wishes.iter().position(Option::is_none) {
            Some(open) => {
                *cursor = open;
                let name = plan.rows[open].listing.name.clone();
                import.refused = None;
                model.say(
                    Tone::Plain,
                    format!("{name} is there already"),
                    "s keeps it, r replaces it, n saves the new one under another name",
                );
                return Vec::new();
            }
            None => return carry_out(model),
        },
        other => {
            *cursor = moved(*cursor, other, wishes.len(), 10);
            return Vec::new();
        }
    };
    if let Some(wish) = wish.filter(|wish| possible.contains(wish)) {
        wishes[*cursor] = Some(wish);
        // On to the next question.
        if action != Action::Cycle
            && let Some(open) = wishes.iter().position(Option::is_none)
        {
            *cursor = open;
        }
    }
    Vec::new()
}

/// What was pasted is read as a file would be.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let takes = top(model).is_some_and(|import| !import.busy && matches!(import.stage, Stage::Places { .. }));
    if !takes {
        return Vec::new();
    }
    read(model, Wanted::Pasted(Sensitive::new(text.to_owned())))
}

fn read(model: &mut Model, wanted: Wanted) -> Vec<Effect> {
    if let Some(import) = top(model) {
        import.busy = true;
        import.refused = None;
    }
    let ticket = model.wait_for(Waiting::Plan);
    vec![Effect::Store(StoreJob::Plan { ticket, wanted })]
}

fn carry_out(model: &mut Model) -> Vec<Effect> {
    let Some(import) = top(model) else { return Vec::new() };
    let Stage::Plan { wishes, .. } = &import.stage else { return Vec::new() };
    let wishes: Vec<Wish> = wishes.iter().copied().flatten().collect();
    import.busy = true;
    import.refused = None;
    let ticket = model.wait_for(Waiting::Import);
    vec![Effect::Store(StoreJob::Import { ticket, wishes })]
}

/// Closes it. What the worker has read and nobody saved is forgotten.
fn close(model: &mut Model) -> Vec<Effect> {
    let waits = model.pending.iter().any(|pending| pending.what == Waiting::Plan);
    model.pending.retain(|pending| pending.what != Waiting::Plan);
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::Import(_)));
    let mut effects = vec![Effect::Store(StoreJob::ForgetPlan)];
    if waits {
        effects.insert(0, Effect::Store(StoreJob::Cancel));
    }
    effects
}

fn planned(model: &mut Model, plan: Plan) -> Vec<Effect> {
    match top(model) {
        Some(import) => *import = Import::plan(plan),
        // Closed while it was read.
        None => return vec![Effect::Store(StoreJob::ForgetPlan)],
    }
    Vec::new()
}

fn imported(model: &mut Model, imported: Imported) {
    let contents = &imported.contents;
    model.store = StoreState::Open(contents.backend, contents.provider.clone());
    model.projects.stored.clone_from(&contents.projects);
    model.projects.default.clone_from(&contents.default);
    for (name, _) in &imported.saved {
        model.projects.answers.remove(name);
    }
    let rows = model.projects.rows();
    let find = |name: &crate::project::ProjectName| rows.iter().position(|row| row.name == *name);
    if let Some(at) = imported.saved.first().and_then(|(name, _)| find(name)) {
        model.projects.cursor = at;
    }
    // What is current may have another key now, or was only there for want of any.
    let current = find(&model.current.name).filter(|at| rows[*at].name != Listing::local_dev().name);
    let default = || contents.default.as_ref().and_then(find);
    if let Some(at) = current.or_else(default).or(Some(model.projects.cursor)) {
        model.current = rows.get(at).cloned().unwrap_or_else(Listing::local_dev);
    }
    if model.screen == Screen::Welcome && !model.projects.stored.is_empty() {
        model.screen = Screen::Projects;
    }
    let count = imported.saved.len();
    if let Some(import) = top(model) {
        let lk = match &import.stage {
            Stage::Plan { plan, .. } => match &plan.source {
                crate::import::Source::Lk(path) => Some(path.display().to_string()),
                _ => None,
            },
            _ => None,
        };
        *import = Import::done(imported, lk);
    } else {
        let projects = if count == 1 { "1 project".to_owned() } else { format!("{count} projects") };
        model.say(Tone::Good, format!("imported {projects}"), "");
    }
}

fn emptied(model: &mut Model, done: Emptied) {
    if let Some(import) = top(model)
        && let Stage::Done { emptied, .. } = &mut import.stage
    {
        *emptied = Some(done);
        import.busy = false;
    }
}

/// It did not work: said where it was asked for.
fn failed(model: &mut Model, failure: Failure) -> Vec<Effect> {
    if let Some(import) = top(model) {
        import.busy = false;
        if failure.cure == Cure::Words {
            import.refused = Some((failure.message, failure.hint));
            return Vec::new();
        }
    }
    replies::failed(model, failure)
}
