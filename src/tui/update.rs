//! The one place where state changes: a message goes in, orders come out.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;

use crate::claims::catalog::{self, Entry, Field};
use crate::project::{Listing, read_block};
use crate::store::Backend;
use crate::text::Pasted;
use crate::token::inspect::find_token;

use super::keymap::{self, Action, Context};
use super::layout;
use super::message::{ClipboardJob, Effect, Msg, StoreJob, TerminalJob};
use super::model::{Model, Screen, StoreState, Tone, Waiting};
use super::overlay::Overlay;
use super::screens::compose::{Pane, Row};
use super::screens::projects::ProjectForm;
use super::widgets::text_field::Edit;

mod ask;
mod compose;
mod copy_as;
mod diff;
mod guard;
mod import;
mod inspect;
mod ledger;
mod many;
mod overlays;
mod presets;
mod projects;
mod replies;
mod serve;

/// What is done before the first message: the store is opened.
#[must_use]
pub fn start(model: &mut Model) -> Vec<Effect> {
    let backend = model.options.backend;
    let mut effects = open_store(model, backend);
    if model.mouse {
        effects.push(Effect::Terminal(TerminalJob::Mouse(true)));
    }
    effects
}

/// Changes the model as the message says, and tells what is to be done in the world.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let effects = match msg {
        Msg::Key(key) if key.kind == KeyEventKind::Release => return Vec::new(),
        Msg::Key(key) => key_pressed(model, key),
        Msg::Paste(pasted) => paste(model, &pasted),
        Msg::Mouse(event) => mouse(model, event),
        Msg::Resized(size) => {
            model.size = size;
            diff::resized(model);
            Vec::new()
        }
        Msg::Tick(now) => {
            model.now = now;
            if model.toast.as_ref().is_some_and(|toast| toast.until <= now) {
                model.toast = None;
            }
            if model.clipboard.is_some_and(|copy| copy.until.is_some_and(|until| until <= now)) {
                model.clipboard = None;
            }
            serve::tick(model);
            ledger::tick(model)
        }
        Msg::Reply(reply) => replies::reply(model, reply),
    };
    model.refresh();
    effects
}

fn key_pressed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    // Whoever goes on working has read it.
    if model.toast.as_ref().is_some_and(|toast| model.now.since(toast.since) >= 2) {
        model.toast = None;
    }
    let contexts = model.contexts();
    match (keymap::action(&contexts, key), key) {
        (Some(action), _) => act(model, action),
        // Esc and the key of another screen in one breath, over a slow line say, reach a program as one.
        (None, KeyEvent { code: code @ KeyCode::Char('0'..='9'), modifiers: KeyModifiers::ALT, .. }) => {
            let mut effects = key_pressed(model, KeyCode::Esc.into());
            effects.extend(key_pressed(model, code.into()));
            effects
        }
        (None, _) => Vec::new(),
    }
}

/// Does what a person wants, wherever the key for it was.
fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit => return quit(model),
        Action::Suspend if !model.options.shell => {
            model.say(Tone::Plain, "there is no shell to come back from", "q quits");
            return Vec::new();
        }
        Action::Suspend => return vec![Effect::Terminal(TerminalJob::Suspend)],
        _ => {}
    }
    if !model.overlays.is_empty() {
        return overlays::act(model, action);
    }
    match action {
        Action::Help => open_help(model),
        Action::Palette => open_palette(model),
        Action::GoCompose => model.screen = Screen::Compose,
        Action::GoInspect => model.screen = Screen::Inspect,
        Action::GoLedger => return ledger::go(model),
        Action::GoProjects => go_to_projects(model),
        Action::GoServe => serve::go(model),
        Action::PickProject => {
            let rows = model.projects.rows();
            model.overlays.push(Overlay::projects(&rows, &model.current.name));
        }
        Action::ToggleMouse => {
            model.mouse = !model.mouse;
            let (word, hint) = if model.mouse {
                ("mouse on", "m gives it back to the terminal, for selecting text")
            } else {
                ("mouse off", "the terminal selects text again")
            };
            model.say(Tone::Plain, word, hint);
            return vec![Effect::Terminal(TerminalJob::Mouse(model.mouse))];
        }
        Action::ClearClipboard => return clear_clipboard(model),
        Action::Back if model.waits_for_server() => {
            model.say(Tone::Plain, "cancelled", "the server was not waited for");
            return ask::call_off(model, |_| true);
        }
        Action::Back if model.waits_for_store() => {
            model.forget_waiting();
            model.say(Tone::Plain, "cancelled", "");
            return vec![Effect::Store(StoreJob::Cancel)];
        }
        Action::Back if !model.is_typing() && model.toast.take().is_some() => {}
        Action::UseVault => return open_store(model, Some(Backend::Vault)),
        Action::UseMemory => return open_store(model, Some(Backend::Memory)),
        Action::Import => return import::open(model),
        Action::Add => model.overlays.push(match &model.store {
            // There is nowhere to save it yet.
            StoreState::Failed(failure) => Overlay::NoStore(failure.clone()),
            _ => Overlay::Project(ProjectForm::add()),
        }),
        other => {
            return match model.screen {
                Screen::Welcome => welcome(model, other),
                Screen::Compose => compose::act(model, other),
                Screen::Inspect => inspect::act(model, other),
                Screen::Ledger => ledger::act(model, other),
                Screen::Projects => projects::act(model, other),
                Screen::Serve => serve::act(model, other),
            };
        }
    }
    Vec::new()
}

/// The projects, or what there is to begin with when nothing is stored.
fn go_to_projects(model: &mut Model) {
    model.screen = if model.projects.stored.is_empty() { Screen::Welcome } else { Screen::Projects };
}

fn welcome(model: &mut Model, action: Action) -> Vec<Effect> {
    if action == Action::LocalDev {
        use_project(model, Listing::local_dev());
    }
    Vec::new()
}

/// Signs with this project's key from now on, and goes to the composer with the cursor on what is missing.
fn use_project(model: &mut Model, listing: Listing) {
    model.current = listing;
    model.screen = Screen::Compose;
    let missing = ["sub", "video.room"]
        .into_iter()
        .find(|path| catalog::entry(path).is_some_and(|entry| !entry.is_set(&model.compose.draft)));
    if let Some(path) = missing {
        model.compose.go_to(path);
    }
}

fn open_store(model: &mut Model, backend: Option<Backend>) -> Vec<Effect> {
    let ticket = model.wait_for(Waiting::Store);
    vec![Effect::Store(StoreJob::Open { ticket, backend })]
}

fn clear_clipboard(model: &mut Model) -> Vec<Effect> {
    if model.clipboard.is_none() {
        model.say(Tone::Plain, "nothing of ours is on the clipboard", "");
        return Vec::new();
    }
    let ticket = model.wait_for(Waiting::Clear);
    vec![Effect::Clipboard(ClipboardJob::Clear { ticket })]
}

fn quit(model: &mut Model) -> Vec<Effect> {
    if !model.leaving {
        let saves = model.pending.iter().any(|pending| pending.what.holds_the_door());
        let stops = serve::stop_all(model);
        if saves || !stops.is_empty() {
            model.leaving = true;
            let what = match (saves, stops.is_empty()) {
                (true, _) => "leaving as soon as the store has saved",
                (false, _) => "stopping what listens, then leaving",
            };
            model.say(Tone::Plain, what, "quit again leaves now");
            return stops;
        }
    }
    vec![Effect::Terminal(TerminalJob::Quit)]
}

/// The keys of what has them now.
fn open_help(model: &mut Model) {
    let contexts = model.contexts();
    model.overlays.push(Overlay::Help { contexts, scroll: 0 });
}

/// Every action that there is now, by name.
fn open_palette(model: &mut Model) {
    let contexts = model.contexts();
    model.overlays.push(Overlay::palette(&contexts));
}

fn paste(model: &mut Model, pasted: &Pasted) -> Vec<Effect> {
    let text = pasted.expose();
    if let Some(Overlay::Diff | Overlay::OtherToken { .. }) = model.overlays.last() {
        diff::load(model, text);
        return Vec::new();
    }
    if let Some(Overlay::Import(_)) = model.overlays.last() {
        return import::paste(model, text);
    }
    if let Some(top) = model.overlays.last_mut() {
        if let Overlay::Project(form) = top {
            if let Some(told) = form.paste(text) {
                model.say(Tone::Plain, told, "");
            }
        } else if let Some(field) = top.field_mut() {
            field.paste(text);
            overlays::after_typing(model);
        }
        return Vec::new();
    }
    if let Some(block) = read_block(text) {
        model.overlays.push(Overlay::Project(ProjectForm::of_block(&block)));
        model.say(Tone::Plain, "filled the form from the pasted block", "");
        return Vec::new();
    }
    let typing = model.screen == Screen::Compose && model.is_typing();
    if model.screen == Screen::Inspect || (!typing && find_token(text).is_some()) {
        return inspect::load(model, text);
    }
    if model.screen == Screen::Ledger
        && let Some(filter) = &mut model.ledger.filter
    {
        filter.paste(text);
        return ledger::follow_filter(model);
    }
    if model.screen == Screen::Serve
        && let Some(filter) = &mut model.serve.filter
    {
        filter.paste(text);
        model.serve.follow_filter();
        return Vec::new();
    }
    if model.screen != Screen::Compose {
        model.say(
            Tone::Plain,
            "nothing here takes a paste",
            "a .env block with LIVEKIT_ lines would add a project",
        );
        return Vec::new();
    }
    if let Some(filter) = &mut model.compose.filter {
        filter.paste(text);
        model.compose.cursor = 0;
        return Vec::new();
    }
    if model.compose.editing.is_none() {
        // A paste onto a row of text is what one would type there.
        let entry = model.compose.row().and_then(Row::entry);
        let takes_text = |e: &&Entry| model.compose.pane == Pane::Form && matches!(e.field, Field::Text(_));
        let Some(entry) = entry.filter(takes_text) else {
            model.say(Tone::Plain, "this row takes no paste", "move to a row of text, or paste a .env block");
            return Vec::new();
        };
        model.compose.edit(entry);
    }
    if let Some(editing) = &mut model.compose.editing {
        let changed = editing.field.paste(text);
        model.compose.follow_text(model.now, &model.zone);
        if changed {
            model.say(Tone::Plain, "took line breaks out of what was pasted", "");
        }
    }
    Vec::new()
}

fn mouse(model: &mut Model, event: MouseEvent) -> Vec<Effect> {
    let action = match event.kind {
        MouseEventKind::ScrollDown => Action::Down,
        MouseEventKind::ScrollUp => Action::Up,
        MouseEventKind::Down(_) => return click(model, event.column, event.row),
        _ => return Vec::new(),
    };
    if model.contexts().contains(&Context::Text) {
        return Vec::new();
    }
    act(model, action)
}

fn click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    let area = Rect::new(0, 0, model.size.width, model.size.height);
    let bands = layout::areas(area);
    let at = ratatui::layout::Position::new(column, row);
    if !model.overlays.is_empty() {
        many::click(model, bands.body, at);
        return Vec::new();
    }
    if bands.header.contains(at) {
        return match super::view::tab_at(model, column) {
            Some(Screen::Projects) => act(model, Action::GoProjects),
            Some(Screen::Inspect) => act(model, Action::GoInspect),
            Some(Screen::Ledger) => act(model, Action::GoLedger),
            Some(Screen::Serve) => act(model, Action::GoServe),
            Some(_) => act(model, Action::GoCompose),
            None => Vec::new(),
        };
    }
    match model.screen {
        Screen::Compose => return compose::click(model, bands.body, at),
        Screen::Inspect => inspect::click(model, bands.body, at),
        Screen::Ledger => return ledger::click(model, bands.body, at),
        Screen::Projects => projects::click(model, bands.body, at),
        Screen::Serve => serve::click(model, bands.body, at),
        Screen::Welcome => {}
    }
    Vec::new()
}

/// Types into the text that has the caret, wherever it is.
fn type_text(model: &mut Model, edit: Edit) {
    if !model.overlays.is_empty() {
        if guard::cycles(model, edit) {
            return;
        }
        if let Some(field) = model.overlays.last_mut().and_then(Overlay::field_mut)
            && field.edit(edit)
        {
            overlays::after_typing(model);
        }
        return;
    }
    if let Some(filter) = &mut model.compose.filter {
        filter.edit(edit);
        model.compose.cursor = 0;
        return;
    }
    if let Some(editing) = &mut model.compose.editing
        && editing.field.edit(edit)
    {
        model.compose.follow_text(model.now, &model.zone);
    }
}

/// Moves a cursor among `count` rows; `page` rows at a time for a page.
fn moved(cursor: usize, action: Action, count: usize, page: usize) -> usize {
    let last = count.saturating_sub(1);
    match action {
        Action::Up => cursor.saturating_sub(1),
        Action::Down => (cursor + 1).min(last),
        Action::PageUp => cursor.saturating_sub(page.max(1)),
        Action::PageDown => (cursor + page.max(1)).min(last),
        Action::First => 0,
        Action::Last => last,
        _ => cursor.min(last),
    }
}

#[cfg(test)]
mod tests;
