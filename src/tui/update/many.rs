//! `N`: a token for each of many participants, and the table of them.

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::claims::draft::Draft;
use crate::claims::problems::Severity;
use crate::clipboard::Copied;
use crate::project::Listing;
use crate::text::Sensitive;
use crate::token::lines::Format;
use crate::tui::keymap::Action;
use crate::tui::message::many::{Made, Many};
use crate::tui::message::{ClipboardJob, Cure, Effect, Failure, StoreJob};
use crate::tui::model::{CopiedMany, Model, Tone, Waiting};
use crate::tui::overlay::Overlay;
use crate::tui::overlay::guard::Wish;
use crate::tui::overlay::many::view::{height, row_at};
use crate::tui::overlay::many::{HowMany, Part, Table};
use crate::tui::widgets::text_field::TextField;

use super::{guard, ledger, moved, replies};

/// Asks how many, and for whom.
pub(super) fn open(model: &mut Model) {
    model.overlays.push(Overlay::HowMany(HowMany::of(&model.compose.draft)));
}

pub(super) fn form(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::HowMany(form)) = model.overlays.last_mut() else { return Vec::new() };
    let last = Part::ALL.len() - 1;
    match action {
        Action::Back => {
            let signing = form.signing;
            model.overlays.pop();
            if signing {
                model.pending.retain(|pending| pending.what != Waiting::Many);
                return vec![Effect::Store(StoreJob::Cancel)];
            }
        }
        Action::Next => form.at = (form.at + 1).min(last),
        Action::Previous => form.at = form.at.saturating_sub(1),
        Action::Enter if form.at < last => form.at += 1,
        Action::Enter | Action::Accept if !form.signing => return sign(model),
        _ => {}
    }
    Vec::new()
}

/// Signs them, unless the first of them could not be.
fn sign(model: &mut Model) -> Vec<Effect> {
    let moment = model.moment();
    let policy = match &model.policies {
        Ok(policies) => policies.of(&model.current.name).clone(),
        Err(failure) => return not_signed(model, failure.clone()),
    };
    let Some(Overlay::HowMany(form)) = model.overlays.last_mut() else { return Vec::new() };
    let Some(wanted) = form.wanted(&moment) else { return Vec::new() };
    let mut draft = Draft::clone(&model.compose.draft);
    draft.identity = wanted.identity;
    draft.grants.name = wanted.name;
    let many = Many { draft: Arc::new(draft), count: wanted.count, moment, now: model.now };
    match many.first(&model.current.key, &policy) {
        Err(unfit) => {
            form.refused = Some((unfit.what, unfit.cure));
            Vec::new()
        }
        // What the others allow is no other: placeholders stand in texts alone.
        Ok(claims) => {
            let listing = model.current.clone();
            guard::unless_production(model, listing, &claims, Wish::Many(Box::new(many)))
        }
    }
}

/// Has them signed.
pub(super) fn order(model: &mut Model, listing: Listing, many: Box<Many>) -> Vec<Effect> {
    if let Some(Overlay::HowMany(form)) = model.overlays.last_mut() {
        form.signing = true;
    }
    let ticket = model.wait_for(Waiting::Many);
    vec![Effect::Store(StoreJob::SignMany { ticket, project: listing.name, many })]
}

/// They are signed: the table takes the place of the question.
pub(super) fn signed(model: &mut Model, made: Arc<Made>) -> Vec<Effect> {
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::HowMany(_)));
    let mut said = Vec::new();
    if let Some((n, count)) = made.repeated() {
        said.push(format!("token {n}{} for an identity that has one already", and_more(count as u64, "is")));
    }
    let again = |room: &str, identity: &str| {
        let end = model.issued.get(&(room.to_owned(), identity.to_owned()));
        end.is_some_and(|end| end.plus(crate::ledger::LEEWAY) > model.now)
    };
    let known = made.tokens.iter().filter(|one| one.joins && again(&one.room, &one.identity)).count();
    if known > 0 {
        let have = if known == 1 { "has" } else { "have" };
        said.push(format!(
            "{known} of them {have} a token already that still works: who joins second puts the first out"
        ));
    }
    let warnings = made.odd.iter().filter(|(problem, ..)| problem.rule.severity == Severity::Warning);
    said.extend(
        warnings.map(|(problem, count, n)| format!("token {n}{}: {}", and_more(*count, ""), problem.message)),
    );
    for one in made.tokens.iter().filter(|one| one.joins) {
        ledger::remember(model, one.room.clone(), one.identity.clone(), one.expires_at);
    }
    let count = made.tokens.len();
    let project = model.current.name.to_string();
    model.overlays.push(Overlay::Table(Box::new(Table::of(made, said, project))));
    match model.not_recorded.take() {
        Some(failure) => {
            let text = format!("signed {}, but not in the ledger: {}", tokens(count), failure.message);
            model.say(Tone::Bad, text, failure.hint);
        }
        None => model.say(Tone::Good, format!("signed {}", tokens(count)), "y copies one, a copies all"),
    }
    Vec::new()
}

/// `1 token`, `50 tokens`.
fn tokens(count: usize) -> String {
    if count == 1 { "1 token".into() } else { format!("{count} tokens") }
}

/// ` and 3 more`, with the word for one behind it where there is one.
fn and_more(count: u64, is: &str) -> String {
    match (count, is) {
        (..=1, "") => String::new(),
        (..=1, is) => format!(" {is}"),
        (count, "") => format!(" and {} more", count - 1),
        (count, _) => format!(" and {} more are", count - 1),
    }
}

/// They are not: the question says why, and can be answered again.
pub(super) fn not_signed(model: &mut Model, failure: Failure) -> Vec<Effect> {
    for overlay in &mut model.overlays {
        if let Overlay::HowMany(form) = overlay {
            form.signing = false;
            if failure.cure == Cure::Words {
                form.refused = Some((failure.message, failure.hint));
                return Vec::new();
            }
        }
    }
    replies::failed(model, failure)
}

pub(super) fn table(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::Table(table)) = model.overlays.last() else { return Vec::new() };
    let page = height(model, table);
    let Some(Overlay::Table(table)) = model.overlays.last_mut() else { return Vec::new() };
    if table.filter.is_some() {
        match action {
            Action::Enter if table.shown() > 0 => table.clear_filter(),
            Action::Back => table.clear_filter(),
            Action::Next => table.cursor = moved(table.cursor, Action::Down, table.shown(), 1),
            Action::Previous => table.cursor = moved(table.cursor, Action::Up, table.shown(), 1),
            Action::SignAndCopy => return copy_one(model),
            _ => {}
        }
        return Vec::new();
    }
    match action {
        Action::Back => {
            model.overlays.pop();
            model.say(Tone::Plain, "closed the table", "the tokens go on working; N makes others");
        }
        Action::SignAndCopy => return copy_one(model),
        Action::CopyAll => model.overlays.push(Overlay::lines()),
        Action::Reveal => table.revealed = !table.revealed,
        Action::Filter => table.filter = Some(TextField::line()),
        Action::Help => super::open_help(model),
        Action::Palette => super::open_palette(model),
        Action::ToggleMouse | Action::ClearClipboard => {
            let kept = std::mem::take(&mut model.overlays);
            let effects = super::act(model, action);
            model.overlays = kept;
            return effects;
        }
        other => table.cursor = moved(table.cursor, other, table.shown(), page),
    }
    Vec::new()
}

/// A click takes a row.
pub(super) fn click(model: &mut Model, body: Rect, at: Position) {
    if let Some(Overlay::Table(table)) = model.overlays.last_mut()
        && let Some(row) = row_at(body, table, at)
    {
        table.cursor = row;
    }
}

fn copy_one(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Table(table)) = model.overlays.last() else { return Vec::new() };
    let Some(one) = table.selected() else { return Vec::new() };
    let said = format!("token {}, {}", one.n, one.identity);
    let text = one.token.to_sensitive();
    copy(model, said, text)
}

/// The format under the cursor of the picker is wanted for all of them, whatever the filter leaves.
pub(super) fn copy_all(model: &mut Model, index: usize) -> Vec<Effect> {
    let Some(Overlay::Table(table)) = model.overlays.last() else { return Vec::new() };
    let Some(format) = Format::ALL.get(index) else { return Vec::new() };
    let said = format!("{} as {}", tokens(table.made.tokens.len()), format.name());
    let text = table.made.text(*format);
    copy(model, said, text)
}

fn copy(model: &mut Model, said: String, text: Sensitive) -> Vec<Effect> {
    let hold = model.options.hold;
    let ticket = model.wait_for(Waiting::CopyMany(Box::new(CopiedMany { said, text: text.clone() })));
    vec![Effect::Clipboard(ClipboardJob::Copy { ticket, text, hold })]
}

pub(super) fn has_copied(model: &mut Model, asked: &CopiedMany, copied: Copied) -> Vec<Effect> {
    let effects = replies::has_copied(model, copied);
    if let Some(toast) = &mut model.toast
        && let Some((verb, rest)) = toast.text.split_once(' ')
    {
        toast.text = format!("{verb} {} {rest}", asked.said);
    }
    effects
}

/// There is no clipboard: the text is shown, to be selected.
pub(super) fn not_copied(model: &mut Model, asked: CopiedMany, failure: Failure) -> Vec<Effect> {
    model.overlays.push(Overlay::Text(asked.text));
    model.say(Tone::Bad, failure.message, failure.hint);
    Vec::new()
}
