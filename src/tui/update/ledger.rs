//! What keys do in the ledger, and what its worker's news do.

use ratatui::layout::{Position, Rect};

use crate::claims::draft::Draft;
use crate::clock::Timestamp;
use crate::ledger::{Purge, Row};
use crate::project::Listing;
use crate::text::{Sensitive, grouped};
use crate::token::forms::FormId;
use crate::tui::keymap::Action;
use crate::tui::message::{ClipboardJob, Effect, LedgerJob, LedgerNews};
use crate::tui::model::{Model, Screen, Tone, Waiting};
use crate::tui::overlay::{Confirm, Overlay};
use crate::tui::screens::ledger::view::{self, Parts};
use crate::tui::screens::ledger::{Pane, State};
use crate::tui::widgets::text_field::TextField;

use super::{guard, moved, replies};

/// Goes to the ledger, and reads it or what is new in it.
pub(super) fn go(model: &mut Model) -> Vec<Effect> {
    model.screen = Screen::Ledger;
    vec![Effect::Ledger(LedgerJob::Read)]
}

/// Another second: what has expired moves down, and what others have issued comes in.
pub(super) fn tick(model: &mut Model) -> Vec<Effect> {
    model.ledger.tick(model.now);
    if model.screen == Screen::Ledger { vec![Effect::Ledger(LedgerJob::Read)] } else { Vec::new() }
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if model.ledger.filter.is_some() {
        return filtering(model, action);
    }
    match action {
        Action::Enter => open(model),
        Action::SignAndCopy => return issue_again(model),
        Action::CopyCommand => return copy_command(model),
        Action::Purge => purge(model),
        Action::SwitchLedger => return vec![Effect::Ledger(LedgerJob::Switch { on: !model.ledger.on })],
        Action::Filter => {
            model.ledger.pane = Pane::List;
            model.ledger.filter = Some(TextField::line());
        }
        Action::Next | Action::Previous => {
            model.ledger.pane = match model.ledger.pane {
                Pane::List => Pane::Details,
                Pane::Details => Pane::List,
            };
        }
        Action::Back if model.ledger.pane == Pane::Details => model.ledger.pane = Pane::List,
        Action::Back => model.screen = Screen::Compose,
        other => go_along(model, other),
    }
    Vec::new()
}

fn go_along(model: &mut Model, action: Action) {
    match model.ledger.pane {
        Pane::List => {
            let page = view::list_height(model);
            let count = model.ledger.shown();
            model.ledger.cursor = moved(model.ledger.cursor, action, count, page);
            model.ledger.scroll = 0;
        }
        Pane::Details => {
            let (lines, page) = view::details_height(model);
            let last = lines.saturating_sub(page);
            model.ledger.scroll = moved(model.ledger.scroll.min(last), action, lines, page).min(last);
        }
    }
}

fn filtering(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Text(edit) => {
            if let Some(filter) = &mut model.ledger.filter {
                filter.edit(edit);
            }
            return follow_filter(model);
        }
        Action::Next | Action::Previous => {
            let step = if action == Action::Next { Action::Down } else { Action::Up };
            model.ledger.cursor = moved(model.ledger.cursor, step, model.ledger.shown(), 1);
        }
        Action::Enter | Action::Back => {
            if model.ledger.is_filtered() && model.ledger.shown() == 0 && action == Action::Enter {
                model.say(Tone::Plain, "no row has that in it", "");
            }
            model.ledger.clear_filter(model.now);
            return onward(model);
        }
        Action::SignAndCopy => return issue_again(model),
        _ => {}
    }
    Vec::new()
}

/// Holds the rows against what is typed, as many as fit between two keys.
pub(super) fn follow_filter(model: &mut Model) -> Vec<Effect> {
    model.ledger.follow_filter(model.now);
    onward(model)
}

/// Asks to be called again if there is more to look at.
fn onward(model: &Model) -> Vec<Effect> {
    if model.ledger.is_looking() { vec![Effect::Ledger(LedgerJob::Onward)] } else { Vec::new() }
}

/// The project that a row was issued from: the one of its name, else one with its key.
fn project_of(model: &Model, row: &Row) -> Option<Listing> {
    let rows = model.projects.rows();
    let named = rows.iter().find(|listing| listing.name.as_str() == row.project);
    named.or_else(|| rows.iter().find(|listing| listing.knows(&row.key))).cloned()
}

/// The row under the cursor and what it was made from; says why there is none.
fn draft_of(model: &mut Model) -> Option<(Row, Draft)> {
    let Some(row) = model.ledger.selected().cloned() else {
        model.say(Tone::Plain, "there is no row", "");
        return None;
    };
    match row.draft(model.now, &model.zone) {
        Some(Ok(draft)) => return Some((row, draft)),
        Some(Err(wrong)) => model.say(Tone::Bad, format!("its draft cannot be read: {wrong}"), wrong.hint()),
        None => model.say(Tone::Plain, "its draft held a secret, and was not written down", ""),
    }
    None
}

fn open(model: &mut Model) {
    let Some((row, draft)) = draft_of(model) else { return };
    let project = project_of(model, &row);
    open_draft(model, &row, draft, project);
}

fn open_draft(model: &mut Model, row: &Row, draft: Draft, project: Option<Listing>) {
    model.compose.start_from_token(draft);
    model.screen = Screen::Compose;
    model.compose.go_to("sub");
    if let Some(listing) = project {
        model.current = listing;
        model.say(Tone::Plain, "opened its draft", "y signs it anew, u takes it back");
    } else {
        let what = format!("opened its draft; there is no project {} here", row.project);
        model.say(Tone::Plain, what, "p picks the one to sign with");
    }
}

/// Signs what the row was made from once more: the same project, the same length of life from now on.
fn issue_again(model: &mut Model) -> Vec<Effect> {
    let Some((row, draft)) = draft_of(model) else { return Vec::new() };
    let Some(listing) = project_of(model, &row) else {
        let what = format!("there is no project {} here, nor one with the key {}", row.project, row.key);
        model.say(Tone::Bad, what, "Enter opens the draft, to be signed with another");
        return Vec::new();
    };
    let preview = draft.preview(&listing.key, model.now);
    let of_policy = guard::judged(model, &draft, &listing);
    let forbidden = guard::forbidden(&of_policy);
    let blocking = forbidden.or(preview.signable().is_none().then(|| preview.problems.first()).flatten());
    if let Some(problem) = blocking {
        let hint = if forbidden.is_some() { problem.rule.cure } else { "! signs it in spite of that" };
        let message = problem.message.clone();
        open_draft(model, &row, draft, Some(listing));
        model.say(Tone::Bad, message, hint);
        return Vec::new();
    }
    guard::sign_for(model, listing, std::sync::Arc::new(draft), FormId::Token)
}

fn copy_command(model: &mut Model) -> Vec<Effect> {
    let command = model.ledger.selected().and_then(|row| row.revocation(model.now).command);
    let Some(command) = command else {
        model.say(Tone::Plain, "no command helps here", "the details say what does");
        return Vec::new();
    };
    let ticket = model.wait_for(Waiting::CopyText("the lk command"));
    vec![Effect::Clipboard(ClipboardJob::Copy { ticket, text: Sensitive::new(command), hold: None })]
}

fn purge(model: &mut Model) {
    match model.ledger.expired(model.now) {
        0 => model.say(Tone::Plain, "nothing has expired", "roomkey ledger purge --all removes every row"),
        count => model.overlays.push(Overlay::Confirm(Confirm::Purge(count))),
    }
}

/// The rows of expired tokens are to go.
pub(super) fn purge_expired(model: &mut Model) -> Vec<Effect> {
    let ticket = model.wait_for(Waiting::Purge);
    vec![Effect::Ledger(LedgerJob::Purge { ticket, which: Purge::Expired })]
}

/// Remembers that a token for this room and identity works until then.
pub(super) fn remember(model: &mut Model, room: String, identity: String, end: Timestamp) {
    let kept = model.issued.entry((room, identity)).or_insert(end);
    *kept = end.max(*kept);
}

pub(super) fn news(model: &mut Model, news: LedgerNews) -> Vec<Effect> {
    match news {
        LedgerNews::Alive(alive) => {
            // What was signed since the start is little beside what a ledger may have.
            for ((room, identity), end) in std::mem::replace(&mut model.issued, alive) {
                remember(model, room, identity, end);
            }
        }
        LedgerNews::Rows { anew, rows } => model.ledger.take(anew, rows, model.now),
        LedgerNews::End(damage) => {
            model.ledger.finish(damage);
            return onward(model);
        }
        LedgerNews::Added(rows) => {
            for row in rows.rows().iter().filter(|row| row.joins) {
                remember(model, row.room.clone(), row.identity.clone(), row.expires_at);
            }
            model.ledger.add(rows, model.now);
        }
        LedgerNews::On(on) => {
            if model.ledger.on != on && model.ledger.state != State::Unread {
                let (what, hint) = if on {
                    ("the ledger is on", "tokens are written down as they are issued")
                } else {
                    ("the ledger is off", "new tokens are not written down; what is there stays")
                };
                model.say(Tone::Plain, what, hint);
            }
            model.ledger.on = on;
        }
        LedgerNews::Failed(failure) => model.ledger.fail(failure),
        LedgerNews::Found { fingerprint, row } => {
            if let Some(token) = &mut model.inspect.token
                && token.fingerprint == fingerprint
            {
                token.issued = row;
            }
        }
        LedgerNews::Purged { ticket, result } => match (model.answered(ticket), result) {
            (Some(_), Ok(purged)) => {
                let rows = if purged.gone == 1 { "row" } else { "rows" };
                model.say(Tone::Good, format!("removed {} {rows}", grouped(purged.gone)), "");
            }
            (Some(_), Err(failure)) => return replies::failed(model, failure),
            (None, _) => {}
        },
        LedgerNews::NotSwitched(failure) => return replies::failed(model, failure),
        LedgerNews::NotRecorded(failure) => model.not_recorded = Some(failure),
        LedgerNews::Onward => {
            model.ledger.look(model.now);
            return onward(model);
        }
    }
    Vec::new()
}

/// Whether and when the token on the inspector's screen was issued here.
pub(super) fn look_up(model: &Model) -> Vec<Effect> {
    let token = model.inspect.token.as_ref();
    token
        .map(|token| Effect::Ledger(LedgerJob::Find { fingerprint: token.fingerprint }))
        .into_iter()
        .collect()
}

/// A click takes a row; one on the row under the cursor opens it.
pub(super) fn click(model: &mut Model, body: Rect, at: Position) -> Vec<Effect> {
    if model.ledger.filter.is_some() {
        return Vec::new();
    }
    let parts = Parts::of(body, model);
    let Some(pane) = parts.at(at) else { return Vec::new() };
    let had_focus = model.ledger.pane == pane;
    model.ledger.pane = pane;
    if let Some(row) = parts.row_at(model, at).filter(|row| *row < model.ledger.shown()) {
        if had_focus && row == model.ledger.cursor {
            open(model);
        } else {
            model.ledger.cursor = row;
        }
    }
    Vec::new()
}
