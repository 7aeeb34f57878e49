//! What keys do where a project's policy and its second key are changed, and where production asks for its name.

use std::sync::Arc;

use crate::claims::Claims;
use crate::claims::draft::Draft;
use crate::claims::problems::{self, Problem, Severity};
use crate::project::Listing;
use crate::token::forms::FormId;
use crate::tui::keymap::Action;
use crate::tui::message::{Effect, LedgerJob, StoreJob};
use crate::tui::model::{Change, Model, Tone, Waiting};
use crate::tui::overlay::guard::{PolicyForm, Production, RotateForm, Wish};
use crate::tui::overlay::{Confirm, Overlay};
use crate::tui::widgets::text_field::{Edit, TextField};

use super::{many, serve};

/// Opens the form with the policy of a project.
pub(super) fn open_policy(model: &mut Model, listing: &Listing) {
    match &model.policies {
        Ok(policies) => {
            let form = PolicyForm::of(&listing.name, policies.of(&listing.name));
            model.overlays.push(Overlay::Policy(form));
        }
        Err(failure) => {
            let failure = failure.clone();
            model.say(Tone::Bad, failure.message, failure.hint);
        }
    }
}

/// Opens the form that gives a project another key, unless it keeps an old one already.
pub(super) fn open_rotate(model: &mut Model, listing: &Listing) {
    match &listing.old {
        Some(old) => {
            let what = format!("{} is kept already", old.key);
            model.say(Tone::Plain, what, "F forgets it, once its tokens have expired");
        }
        None => model.overlays.push(Overlay::Rotate(RotateForm::of(listing))),
    }
}

/// Asks before the old key of a project is forgotten; the ledger is read for what still goes by it.
pub(super) fn ask_to_forget(model: &mut Model, listing: Listing) -> Vec<Effect> {
    if listing.old.is_none() {
        model.say(Tone::Plain, "it keeps no old key", "K gives it another key and keeps this one");
        return Vec::new();
    }
    model.overlays.push(Overlay::Confirm(Confirm::ForgetOld(listing)));
    vec![Effect::Ledger(LedgerJob::Read)]
}

pub(super) fn forget(model: &mut Model, listing: Listing) -> Vec<Effect> {
    let ticket = model.wait_for(Waiting::Change(Change::Forget, listing.name.clone()));
    vec![Effect::Store(StoreJob::ForgetOld { ticket, name: listing.name })]
}

/// Space in a row that is no text.
pub(super) fn cycles(model: &mut Model, edit: Edit) -> bool {
    match (edit, model.overlays.last_mut()) {
        (Edit::Insert(' '), Some(Overlay::Policy(form))) => form.cycle(),
        _ => false,
    }
}

pub(super) fn policy(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::Policy(form)) = model.overlays.last_mut() else { return Vec::new() };
    let at_end = form.at.step(true) == form.at;
    match action {
        Action::Back => return leave(model),
        Action::Next => form.at = form.at.step(true),
        Action::Previous => form.at = form.at.step(false),
        Action::Enter if !at_end => form.at = form.at.step(true),
        Action::Enter | Action::Accept if !form.saving => {
            if let Some(policy) = form.filled() {
                form.saving = true;
                let name = form.name.clone();
                let ticket = model.wait_for(Waiting::Change(Change::Policy, name.clone()));
                return vec![Effect::Store(StoreJob::SetPolicy { ticket, name, policy: Box::new(policy) })];
            }
        }
        _ => {}
    }
    Vec::new()
}

pub(super) fn rotate(model: &mut Model, action: Action) -> Vec<Effect> {
    let now = model.now;
    let Some(Overlay::Rotate(form)) = model.overlays.last_mut() else { return Vec::new() };
    match action {
        Action::Back => return leave(model),
        Action::Next => form.at_secret = true,
        Action::Previous => form.at_secret = false,
        Action::Reveal => form.field_mut().toggle_reveal(),
        Action::Enter if !form.at_secret => form.at_secret = true,
        Action::Enter | Action::Accept if !form.saving => {
            if let Some(pair) = form.filled() {
                form.saving = true;
                let name = form.listing.name.clone();
                let ticket = model.wait_for(Waiting::Change(Change::Rotate, name.clone()));
                return vec![Effect::Store(StoreJob::Rotate { ticket, name, pair, now })];
            }
        }
        _ => {}
    }
    Vec::new()
}

fn leave(model: &mut Model) -> Vec<Effect> {
    match model.overlays.pop() {
        Some(
            Overlay::Policy(PolicyForm { saving: true, .. })
            | Overlay::Rotate(RotateForm { saving: true, .. }),
        ) => {
            vec![Effect::Store(StoreJob::Cancel)]
        }
        _ => Vec::new(),
    }
}

/// What the policy of a project makes of a draft.
pub(super) fn judged(model: &Model, draft: &Draft, listing: &Listing) -> Vec<Problem> {
    match &model.policies {
        Ok(policies) => {
            problems::of_policy(&draft.claims(&listing.key, model.now), policies.of(&listing.name))
        }
        Err(failure) => problems::of_unreadable_policies(&failure.message),
    }
}

/// What nobody can decide to sign in spite of.
pub(super) fn forbidden(problems: &[Problem]) -> Option<&Problem> {
    problems
        .iter()
        .find(|problem| problem.rule.severity == Severity::Error && !problem.rule.can_be_overruled())
}

/// Orders the signature, or first asks for the project's name.
pub(super) fn sign_for(model: &mut Model, listing: Listing, draft: Arc<Draft>, form: FormId) -> Vec<Effect> {
    let claims = draft.claims(&listing.key, model.now);
    unless_production(model, listing, &claims, Wish::One(draft, form))
}

/// Orders what is wished, or first asks for the project's name, where it is production and these claims administrative.
pub(super) fn unless_production(
    model: &mut Model,
    listing: Listing,
    claims: &Claims,
    wish: Wish,
) -> Vec<Effect> {
    let powers = model.policy_of(&listing.name).asks_twice(claims);
    if powers.is_empty() {
        return order(model, listing, wish);
    }
    ask_production(model, listing, powers, wish);
    Vec::new()
}

/// Asks for the project's name before these powers are given.
pub(super) fn ask_production(model: &mut Model, listing: Listing, powers: Vec<String>, wish: Wish) {
    model.overlays.push(Overlay::Production(Box::new(Production {
        listing,
        powers,
        wish,
        field: TextField::line(),
        wrong: false,
    })));
}

pub(super) fn production(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::Production(asked)) = model.overlays.last_mut() else { return Vec::new() };
    match action {
        Action::Back => {
            let undone = match asked.wish {
                Wish::One(..) | Wish::Many(_) => "nothing was signed",
                Wish::Serve(..) => "nothing is served",
            };
            model.overlays.pop();
            model.say(Tone::Plain, undone, "");
        }
        Action::Enter if asked.field.text().trim() == asked.listing.name.as_str() => {
            if let Some(Overlay::Production(asked)) = model.overlays.pop() {
                return order(model, asked.listing, asked.wish);
            }
        }
        Action::Enter => asked.wrong = true,
        _ => {}
    }
    Vec::new()
}

fn order(model: &mut Model, listing: Listing, wish: Wish) -> Vec<Effect> {
    let (draft, form) = match wish {
        Wish::One(draft, form) => (draft, form),
        Wish::Many(many) => return many::order(model, listing, many),
        Wish::Serve(choices, ceiling) => return serve::order(model, listing, choices, ceiling, true),
    };
    let claims = draft.claims(&listing.key, model.now);
    let expires_at = claims.expires_at.unwrap_or(model.now);
    let ticket = model.wait_for(Waiting::Token { form, server: listing.url, draft, expires_at });
    vec![Effect::Store(StoreJob::Sign { ticket, project: listing.name, claims: Box::new(claims) })]
}
