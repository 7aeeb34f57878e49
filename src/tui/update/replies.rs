//! What the workers' answers do.

use crate::clipboard::{Copied, Route};
use crate::clock::length;
use crate::project::{Listing, ProjectName};
use crate::token::Token;
use crate::token::forms::FormId;
use crate::tui::asking::Place;
use crate::tui::message::{
    ClipboardJob, Contents, Cure, Effect, Failure, LedgerJob, Reply, StoreJob, TerminalJob,
};
use crate::tui::model::{Change, Model, OnClipboard, Screen, StoreState, Tone, Waiting};
use crate::tui::overlay::guard::{PolicyForm, RotateForm};
use crate::tui::overlay::{Overlay, Passphrase};
use crate::tui::screens::compose::Signed;

use super::copy_as;

pub(super) fn reply(model: &mut Model, reply: Reply) -> Vec<Effect> {
    let mut effects = match reply {
        Reply::Listed { ticket, result } => match (model.answered(ticket), result) {
            (Some(asked), Ok(contents)) => listed(model, &asked, contents),
            (Some(asked), Err(failure)) => not_listed(model, &asked, failure),
            (None, _) => Vec::new(),
        },
        of_import @ (Reply::Found { .. }
        | Reply::Planned { .. }
        | Reply::Imported { .. }
        | Reply::Emptied { .. }) => super::import::reply(model, of_import),
        Reply::Signed { ticket, result } => match (model.answered(ticket), result) {
            (Some(asked), Ok(token)) => signed(model, asked, token),
            (Some(_), Err(failure)) => failed(model, failure),
            (None, _) => Vec::new(),
        },
        Reply::SignedMany { ticket, result } => match (model.answered(ticket), result) {
            (Some(_), Ok(made)) => super::many::signed(model, made),
            (Some(_), Err(failure)) => super::many::not_signed(model, failure),
            (None, _) => Vec::new(),
        },
        Reply::Verified { ticket, result, near_miss } => match (model.answered(ticket), result) {
            (Some(_), Ok(compared)) => {
                super::inspect::verified(model, compared, near_miss);
                super::ledger::look_up(model)
            }
            (Some(_), Err(failure)) => {
                failed(model, failure);
                super::ledger::look_up(model)
            }
            (None, _) => Vec::new(),
        },
        Reply::Prepared { ticket, result } => match (model.answered(ticket), result) {
            (Some(Waiting::Prepare(place)), Ok(question)) => super::ask::prepared(model, place, *question),
            (Some(_), Err(failure)) => failed(model, failure),
            (_, Ok(_)) | (None, _) => Vec::new(),
        },
        Reply::Asked { ticket, result } => {
            if let Some(Waiting::Answer(asking)) = model.answered(ticket) {
                super::ask::answered(model, asking, result);
            }
            Vec::new()
        }
        Reply::Read { ticket, result } => match (model.answered(ticket), result) {
            (Some(Waiting::ReadOther), Ok(pasted)) => {
                super::diff::load(model, pasted.expose());
                Vec::new()
            }
            (Some(_), Ok(pasted)) => super::inspect::load(model, pasted.expose()),
            (Some(_), Err(failure)) => failed(model, failure),
            (None, _) => Vec::new(),
        },
        Reply::Cleared { ticket, result } => match (model.answered(ticket), result) {
            (Some(_), Ok(())) => {
                model.clipboard = None;
                model.say(Tone::Good, "the clipboard is cleared", "");
                Vec::new()
            }
            (Some(_), Err(failure)) => failed(model, failure),
            (None, _) => Vec::new(),
        },
        Reply::Policies(policies) => {
            model.policies = policies;
            Vec::new()
        }
        Reply::Ledger(news) => super::ledger::news(model, news),
        Reply::Presets(news) => super::presets::news(model, news),
        Reply::Server(news) => super::serve::news(model, news),
        Reply::Copied { ticket, result } => match (model.answered(ticket), result) {
            (Some(Waiting::CopyText(what)), Ok(copied)) => {
                model.say(Tone::Good, format!("{what}: {}", copied.headline()), "");
                copied
                    .write
                    .map(|sequence| Effect::Terminal(TerminalJob::Write(sequence)))
                    .into_iter()
                    .collect()
            }
            (Some(Waiting::CopyText(_)), Err(failure)) => failed(model, failure),
            (Some(Waiting::CopyForm(asked)), Ok(copied)) => copy_as::has_copied(model, &asked, copied),
            (Some(Waiting::CopyForm(asked)), Err(failure)) => copy_as::not_copied(model, *asked, failure),
            (Some(Waiting::CopyMany(asked)), Ok(copied)) => super::many::has_copied(model, &asked, copied),
            (Some(Waiting::CopyMany(asked)), Err(failure)) => super::many::not_copied(model, *asked, failure),
            (Some(_), Ok(copied)) => has_copied(model, copied),
            (Some(_), Err(failure)) => {
                model.overlays.push(Overlay::Token);
                model.say(Tone::Bad, failure.message, failure.hint);
                Vec::new()
            }
            (None, _) => Vec::new(),
        },
    };
    let held = model.pending.iter().any(|pending| pending.what.holds_the_door());
    if model.leaving && !held {
        effects.push(Effect::Terminal(TerminalJob::Quit));
    }
    effects
}

fn listed(model: &mut Model, asked: &Waiting, contents: Contents) -> Vec<Effect> {
    // A store that asked for its passphrase, or took the place of one that failed, begins anew.
    let first = !matches!(model.store, StoreState::Open(..));
    model.store = StoreState::Open(contents.backend, contents.provider);
    model.projects.stored = contents.projects;
    model.projects.default = contents.default;
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::Passphrase(_) | Overlay::NoStore(_)));
    let find =
        |model: &Model, name: &ProjectName| model.projects.rows().into_iter().find(|row| row.name == *name);
    let mut effects = forget_answers(model, asked);
    match asked {
        Waiting::Save(name) => {
            model.overlays.retain(|overlay| !matches!(overlay, Overlay::Project(_)));
            if let Some(listing) = find(model, name) {
                select(model, &listing);
                model.current = listing;
            }
            if model.screen == Screen::Welcome {
                model.screen = Screen::Compose;
                model.compose.go_to("sub");
            }
            let place = model.store_name();
            model.say(Tone::Good, format!("saved {name}"), format!("in the {place}"));
        }
        Waiting::Change(change, name) => {
            let listing = find(model, name);
            if let Some(listing) = listing.as_ref().filter(|listing| listing.name == model.current.name) {
                model.current = listing.clone();
            }
            model.overlays.retain(|overlay| !matches!(overlay, Overlay::Policy(_) | Overlay::Rotate(_)));
            let key = listing.map(|listing| listing.key.to_string()).unwrap_or_default();
            let (what, hint) = match change {
                Change::Policy => (format!("changed the policy of {name}"), String::new()),
                Change::Rotate => (
                    format!("{key} signs for {name} now"),
                    format!("roomkey env -p '{name}' --format keys has the server's lines for both"),
                ),
                Change::Forget => (format!("forgot the old key of {name}"), String::new()),
            };
            model.say(Tone::Good, what, hint);
        }
        Waiting::Remove(name) => {
            if model.current.name == *name {
                model.current = model
                    .projects
                    .default
                    .clone()
                    .and_then(|name| find(model, &name))
                    .or_else(|| model.projects.stored.first().cloned())
                    .unwrap_or_else(Listing::local_dev);
            }
            model.projects.cursor = model.projects.cursor.min(model.projects.rows().len().saturating_sub(1));
            if model.projects.stored.is_empty() && model.screen == Screen::Projects {
                model.screen = Screen::Welcome;
            }
            model.say(Tone::Good, format!("removed {name}"), "");
        }
        _ => {
            let wanted = if first { model.options.project.clone() } else { None };
            let chosen = wanted.clone().or_else(|| model.projects.default.clone());
            match chosen.and_then(|name| find(model, &name)) {
                Some(listing) => {
                    select(model, &listing);
                    if first || !model.projects.rows().contains(&model.current) {
                        model.current = listing;
                    }
                }
                None if first || !model.projects.rows().contains(&model.current) => {
                    let other = model.projects.stored.first().cloned();
                    model.current = other.unwrap_or_else(Listing::local_dev);
                }
                None => {}
            }
            if let Some(name) = wanted
                && model.current.name != name
            {
                model.say(Tone::Bad, format!("there is no project {name}"), "p picks another");
            }
            if first && model.projects.stored.is_empty() && model.options.project.is_none() {
                model.screen = Screen::Welcome;
                effects.extend(super::import::look(model));
            }
        }
    }
    effects.extend(save_again(model));
    effects
}

/// What a server said of a project that is another now, or none, is no answer any more.
fn forget_answers(model: &mut Model, asked: &Waiting) -> Vec<Effect> {
    let (Waiting::Save(name) | Waiting::Remove(name) | Waiting::Change(Change::Rotate, name)) = asked else {
        return Vec::new();
    };
    model.projects.answers.remove(name);
    let rows = model.projects.rows();
    model.projects.answers.retain(|name, _| rows.iter().any(|row| row.name == *name));
    super::ask::call_off(model, |place| match place {
        Place::Project(of) => of == name || rows.iter().all(|row| row.name != *of),
        Place::Compose | Place::Inspect => false,
    })
}

/// Saves the form that had to wait for the vault's passphrase.
fn save_again(model: &mut Model) -> Vec<Effect> {
    match model.overlays.last_mut() {
        Some(Overlay::Project(form)) if form.waits_for_passphrase => {
            form.waits_for_passphrase = false;
            super::overlays::save(model)
        }
        _ => Vec::new(),
    }
}

fn select(model: &mut Model, listing: &Listing) {
    let at = model.projects.rows().iter().position(|row| row == listing);
    model.projects.cursor = at.unwrap_or(model.projects.cursor);
}

fn not_listed(model: &mut Model, asked: &Waiting, failure: Failure) -> Vec<Effect> {
    for overlay in &mut model.overlays {
        match overlay {
            Overlay::Project(form) if form.saving => {
                form.saving = false;
                form.waits_for_passphrase = matches!(failure.cure, Cure::Passphrase { .. });
                if !form.waits_for_passphrase {
                    form.refused = Some((failure.message, failure.hint));
                    return Vec::new();
                }
            }
            Overlay::Policy(PolicyForm { saving, refused, .. })
            | Overlay::Rotate(RotateForm { saving, refused, .. })
                if *saving =>
            {
                *saving = false;
                if failure.cure == Cure::Words {
                    *refused = Some((failure.message, failure.hint));
                    return Vec::new();
                }
            }
            Overlay::Passphrase(passphrase) if passphrase.opening => {
                passphrase.opening = false;
                passphrase.refuse(failure.message);
                return Vec::new();
            }
            _ => {}
        }
    }
    let opening = matches!(asked, Waiting::Store) && model.store == StoreState::Opening;
    if opening {
        model.store = StoreState::Failed(failure.clone());
        if !matches!(failure.cure, Cure::Passphrase { .. }) {
            // The welcome says what is the matter and what else there is.
            model.screen = Screen::Welcome;
            return Vec::new();
        }
    }
    failed(model, failure)
}

/// Shows a failure with whatever can be done about it here.
pub(super) fn failed(model: &mut Model, failure: Failure) -> Vec<Effect> {
    match failure.cure {
        Cure::Passphrase { new } => model.overlays.push(Overlay::Passphrase(Passphrase::ask(new))),
        Cure::AnotherStore => model.overlays.push(Overlay::NoStore(failure)),
        Cure::Words => model.say(Tone::Bad, failure.message, failure.hint),
        Cure::Cancelled => model.say(Tone::Plain, "cancelled", ""),
    }
    Vec::new()
}

fn signed(model: &mut Model, asked: Waiting, token: Token) -> Vec<Effect> {
    let Waiting::Token { form, server, draft, expires_at } = asked else { return Vec::new() };
    let text = token.to_sensitive();
    if draft.grants.video.room_join {
        let (room, identity) = (draft.grants.video.room.clone(), draft.identity.clone());
        super::ledger::remember(model, room, identity, expires_at);
    }
    if draft == model.compose.filled {
        model.compose.spend();
    }
    if form != FormId::Token {
        let effects = copy_as::signed(model, form, &draft, &server, &token);
        model.compose.signed = Some(Signed { token, draft, expires_at });
        return effects;
    }
    model.compose.signed = Some(Signed { token, draft, expires_at });
    let hold = model.options.hold;
    let ticket = model.wait_for(Waiting::Copy);
    let mut effects = vec![Effect::Clipboard(ClipboardJob::Copy { ticket, text, hold })];
    if model.screen == Screen::Ledger {
        // Its row is there already.
        effects.push(Effect::Ledger(LedgerJob::Read));
    }
    effects
}

pub(super) fn has_copied(model: &mut Model, copied: Copied) -> Vec<Effect> {
    let until =
        copied.clears_after.map(|after| model.now.plus(i64::try_from(after.as_secs()).unwrap_or(i64::MAX)));
    model.clipboard = Some(OnClipboard { route: copied.route, verified: copied.verified, until });
    let tone = if copied.verified { Tone::Good } else { Tone::Sent };
    let text = match &copied.fallback_reason {
        Some(why) => format!("{}, since {why}", copied.headline()),
        None => copied.headline(),
    };
    let hint = match copied.clears_after {
        Some(after) => format!("clears in {}", length(i64::try_from(after.as_secs()).unwrap_or(i64::MAX))),
        None if copied.route == Route::Osc52 => {
            "it stays there: a terminal's clipboard cannot be cleared".into()
        }
        None => "it stays there until something else is copied".into(),
    };
    if let Some(failure) = model.not_recorded.take() {
        model.say(Tone::Bad, format!("{text}, but not in the ledger: {}", failure.message), failure.hint);
    } else {
        model.say(tone, text, hint);
    }
    copied.write.map(|sequence| Effect::Terminal(TerminalJob::Write(sequence))).into_iter().collect()
}

/// The passphrase that was typed, on its way to the store.
pub(super) fn unlock(model: &mut Model, passphrase: String) -> Vec<Effect> {
    let ticket = model.wait_for(Waiting::Store);
    vec![Effect::Store(StoreJob::Unlock { ticket, passphrase: crate::text::Sensitive::new(passphrase) })]
}
