//! What keys do on the Serve screen, and what the server's worker's news do.

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::ports::serving::Recording;
use crate::project::Listing;
use crate::server::Policy;
use crate::text::Sensitive;
use crate::tui::keymap::Action;
use crate::tui::message::{
    Begun, Ceiling, ClipboardJob, Cure, Effect, Failure, Requests, ServerJob, ServerNews, Terms, Ticket,
    Which,
};
use crate::tui::model::{Model, Screen, Tone, Waiting};
use crate::tui::overlay::Overlay;
use crate::tui::overlay::guard::Wish;
use crate::tui::overlay::serve::Shown;
use crate::tui::screens::serve::form::{Part, ServeForm};
use crate::tui::screens::serve::view::{self, Parts};
use crate::tui::screens::serve::{Choices, Hearing, Pace, Pane, Serving, State, client_line, curl_line};
use crate::tui::widgets::text_field::TextField;

use super::{guard, moved, replies};

/// Goes to the screen; where there is room for one part at a time, to the one that says what to do.
pub(super) fn go(model: &mut Model) {
    model.screen = Screen::Serve;
    let serve = &model.serve;
    let fresh = !serve.listens() && serve.requests.is_empty() && serve.heard.is_empty();
    if fresh && view::is_one_at_a_time(model) {
        model.serve.pane = Pane::About;
    }
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if model.serve.filter.is_some() {
        filtering(model, action);
        return Vec::new();
    }
    match action {
        Action::StartStop => return start_or_stop(model, Which::Tokens),
        Action::Webhooks => return start_or_stop(model, Which::Webhooks),
        Action::ServeSettings => model.overlays.push(Overlay::Serve(ServeForm::of(&model.serve.choices))),
        Action::CopyClient => {
            let text = model.serve.tokens.on().map(|serving| client_line(&serving.url));
            return copy(model, "the client line", text);
        }
        Action::CopyCurl => {
            let text = model.serve.tokens.on().map(curl_line);
            return copy(model, "the curl line", text);
        }
        Action::Enter => open(model),
        Action::Forget => match model.serve.pane {
            Pane::Requests => model.serve.requests.clear(),
            Pane::Webhooks => model.serve.heard.clear(),
            Pane::About => {}
        },
        Action::Filter => {
            if model.serve.pane == Pane::About {
                model.serve.pane = Pane::Requests;
            }
            model.serve.filter = Some(TextField::line());
        }
        Action::Next | Action::Previous => step(model, action == Action::Next),
        Action::Back => model.screen = Screen::Compose,
        other => go_along(model, other, view::list_height(model)),
    }
    Vec::new()
}

fn step(model: &mut Model, forward: bool) {
    let panes: &[Pane] = if view::is_one_at_a_time(model) {
        &[Pane::About, Pane::Requests, Pane::Webhooks]
    } else {
        &[Pane::Requests, Pane::Webhooks]
    };
    let at = panes.iter().position(|pane| *pane == model.serve.pane).unwrap_or(0);
    let step = if forward { 1 } else { panes.len() - 1 };
    model.serve.pane = panes[(at + step) % panes.len()];
}

fn go_along(model: &mut Model, action: Action, page: usize) {
    let at = moved(model.serve.cursor(), action, model.serve.shown(), page);
    model.serve.set_cursor(at);
}

fn filtering(model: &mut Model, action: Action) {
    match action {
        Action::Text(edit) => {
            if let Some(filter) = &mut model.serve.filter {
                filter.edit(edit);
            }
            model.serve.follow_filter();
        }
        Action::Next => go_along(model, Action::Down, 1),
        Action::Previous => go_along(model, Action::Up, 1),
        Action::Enter | Action::Back => {
            if action == Action::Enter && model.serve.requests.is_filtered() && model.serve.shown() == 0 {
                model.say(Tone::Plain, "no row has that in it", "");
            }
            model.serve.filter = None;
            model.serve.follow_filter();
        }
        _ => {}
    }
}

fn waits(model: &Model, which: Which) -> bool {
    model.pending.iter().any(|pending| {
        matches!(&pending.what, Waiting::Serve { .. } if which == Which::Tokens)
            || matches!(&pending.what, Waiting::Hear { .. } if which == Which::Webhooks)
            || pending.what == Waiting::Stop(which)
    })
}

fn start_or_stop(model: &mut Model, which: Which) -> Vec<Effect> {
    if waits(model, which) {
        model.say(Tone::Plain, "one moment", "it is being started or stopped");
        return Vec::new();
    }
    let runs = match which {
        Which::Tokens => model.serve.tokens.on().is_some(),
        Which::Webhooks => model.serve.webhooks.on().is_some(),
    };
    if runs {
        return stop(model, which).into_iter().collect();
    }
    if model.serve.pane != Pane::About {
        model.serve.pane = Pane::of(which);
    }
    match which {
        Which::Tokens => start(model),
        Which::Webhooks => hear(model),
    }
}

fn start(model: &mut Model) -> Vec<Effect> {
    let choices = model.serve.choices.clone();
    let ceiling = match &choices.policy {
        Some(path) => Ceiling::File(path.clone()),
        None => Ceiling::Draft(Arc::clone(&model.compose.draft)),
    };
    if let Ceiling::Draft(draft) = &ceiling
        && let Err(fault) = Policy::under((**draft).clone()).check(&model.current.key, model.now)
    {
        let failure = Failure { message: fault.to_string(), hint: fault.hint(), cure: Cure::Words };
        not_serving(model, failure);
        return Vec::new();
    }
    order(model, model.current.clone(), choices, ceiling, false)
}

/// Has it started.
pub(super) fn order(
    model: &mut Model,
    project: Listing,
    choices: Choices,
    ceiling: Ceiling,
    production_meant: bool,
) -> Vec<Effect> {
    let terms = Terms {
        port: choices.port,
        origins: choices.origins.clone(),
        ceiling: ceiling.clone(),
        production_meant,
    };
    let ticket = model.wait_for(Waiting::Serve { project: project.clone(), choices, ceiling });
    model.serve.tokens = State::Off;
    vec![Effect::Server(ServerJob::Serve { ticket, project: project.name, terms: Box::new(terms) })]
}

fn hear(model: &mut Model) -> Vec<Effect> {
    let (project, port) = (model.current.clone(), model.serve.choices.webhook_port);
    let ticket = model.wait_for(Waiting::Hear { project: project.clone() });
    model.serve.webhooks = State::Off;
    vec![Effect::Server(ServerJob::Hear { ticket, project: project.name, port })]
}

fn stop(model: &mut Model, which: Which) -> Option<Effect> {
    if model.pending.iter().any(|pending| pending.what == Waiting::Stop(which)) {
        return None;
    }
    let ticket = model.wait_for(Waiting::Stop(which));
    Some(Effect::Server(ServerJob::Stop { ticket, which }))
}

/// Ends in order whatever listens, as the program is to end.
pub(super) fn stop_all(model: &mut Model) -> Vec<Effect> {
    let mut all = Vec::new();
    if model.serve.tokens.on().is_some() {
        all.extend(stop(model, Which::Tokens));
    }
    if model.serve.webhooks.on().is_some() {
        all.extend(stop(model, Which::Webhooks));
    }
    all
}

/// Another second.
pub(super) fn tick(model: &mut Model) {
    if let Some(serving) = model.serve.tokens.on_mut() {
        serving.pace.tick();
    }
    if let Some(hearing) = model.serve.webhooks.on_mut() {
        hearing.pace.tick();
    }
}

fn copy(model: &mut Model, what: &'static str, text: Option<String>) -> Vec<Effect> {
    let Some(text) = text else {
        model.say(Tone::Plain, "nothing is served yet", "s starts it");
        return Vec::new();
    };
    let ticket = model.wait_for(Waiting::CopyText(what));
    vec![Effect::Clipboard(ClipboardJob::Copy { ticket, text: Sensitive::new(text), hold: None })]
}

fn open(model: &mut Model) {
    let shown = match model.serve.pane {
        Pane::Requests => model.serve.requests.selected().cloned().map(Shown::request),
        Pane::Webhooks => model.serve.heard.selected().cloned().map(Shown::webhook),
        Pane::About => None,
    };
    match shown {
        Some(shown) => model.overlays.push(Overlay::Arrived(Box::new(shown))),
        None => model.say(Tone::Plain, "there is no row", "Tab goes to the other table"),
    }
}

/// Keys while a row is looked at.
pub(super) fn read(model: &mut Model, action: Action) {
    let (size, now) = (model.size, model.now);
    let zone = model.zone.clone();
    let theme = model.options.theme;
    match (action, model.overlays.last_mut()) {
        (Action::Back | Action::Help | Action::Enter, _) => _ = model.overlays.pop(),
        (_, Some(Overlay::Arrived(shown))) => {
            let (lines, height) = shown.height(size, theme, (now, &zone));
            let last = lines.saturating_sub(height);
            shown.scroll = moved(shown.scroll.min(last), action, lines, height).min(last);
        }
        _ => {}
    }
}

/// Keys in the form.
pub(super) fn form(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::Serve(form)) = model.overlays.last_mut() else { return Vec::new() };
    let at_end = form.at.step(true) == form.at;
    match action {
        Action::Back => _ = model.overlays.pop(),
        Action::Next => form.at = form.at.step(true),
        Action::Previous => form.at = form.at.step(false),
        Action::Enter if !at_end => form.at = form.at.step(true),
        Action::Enter | Action::Accept => {
            if let Some(choices) = form.filled() {
                model.overlays.pop();
                return choose(model, choices);
            } else if let Some(wrong) = Part::ALL.into_iter().find(|part| form.wrong(*part).is_some()) {
                form.at = wrong;
            }
        }
        _ => {}
    }
    Vec::new()
}

fn choose(model: &mut Model, choices: Choices) -> Vec<Effect> {
    let kept = Box::new(choices.kept());
    let changed = choices != model.serve.choices;
    model.serve.choices = choices;
    if matches!(model.serve.tokens, State::Failed(_)) {
        model.serve.tokens = State::Off;
    }
    if matches!(model.serve.webhooks, State::Failed(_)) {
        model.serve.webhooks = State::Off;
    }
    if changed && model.serve.listens() {
        model.say(Tone::Plain, "this holds from the next start", "s stops it, and s starts it again");
    }
    if changed { vec![Effect::Server(ServerJob::Keep(kept))] } else { Vec::new() }
}

fn not_serving(model: &mut Model, failure: Failure) {
    model.say(Tone::Bad, failure.message.clone(), failure.hint.clone());
    model.serve.tokens = State::Failed(failure);
}

pub(super) fn news(model: &mut Model, news: ServerNews) -> Vec<Effect> {
    match news {
        ServerNews::Serving { ticket, result } => return serving(model, ticket, result),
        ServerNews::Production { ticket, powers } => {
            if let Some(Waiting::Serve { project, choices, ceiling }) = model.answered(ticket) {
                guard::ask_production(model, project, powers, Wish::Serve(choices, ceiling));
            }
        }
        ServerNews::Hearing { ticket, result } => return hearing(model, ticket, result),
        ServerNews::Requests(requests) => {
            let Requests { rows, counts, refusals } = *requests;
            model.serve.requests.take(rows);
            if let Some(serving) = model.serve.tokens.on_mut() {
                serving.pace.counts = counts;
                serving.refusals = refusals;
            }
            return vec![Effect::Server(ServerJob::Seen(Which::Tokens))];
        }
        ServerNews::Heard { heard, counts } => {
            model.serve.heard.take(heard);
            if let Some(hearing) = model.serve.webhooks.on_mut() {
                hearing.pace.counts = counts;
            }
            return vec![Effect::Server(ServerJob::Seen(Which::Webhooks))];
        }
        ServerNews::Recording(recording) => recorded(model, recording),
        ServerNews::NotKept(failure) => {
            let said = format!("it holds for this run only: {}", failure.message);
            model.say(Tone::Bad, said, failure.hint);
        }
        ServerNews::Stopped { ticket, which, ended } => {
            if model.answered(ticket).is_none() {
                return Vec::new();
            }
            let what = match which {
                Which::Tokens => {
                    let dropped = model.serve.tokens.on().map_or(0, |on| on.pace.counts.rows_dropped);
                    model.serve.requests.missed(dropped);
                    model.serve.tokens = State::Off;
                    "the token endpoint has stopped"
                }
                Which::Webhooks => {
                    let dropped = model.serve.webhooks.on().map_or(0, |on| on.pace.counts.rows_dropped);
                    model.serve.heard.missed(dropped);
                    model.serve.webhooks = State::Off;
                    "the receiver of webhooks has stopped"
                }
            };
            let hint = match (ended.answered, ended.recorded) {
                (true, true) => "",
                (false, _) => "some requests were cut off",
                (true, false) => "the last tokens are not in the ledger",
            };
            model.say(Tone::Plain, what, hint);
        }
    }
    Vec::new()
}

fn recorded(model: &mut Model, recording: Recording) {
    match recording {
        Recording::Failed { message, hint } => {
            let said = format!("tokens are handed out, but not in the ledger: {message}");
            model.say(Tone::Bad, said, hint.clone());
            if let Some(serving) = model.serve.tokens.on_mut() {
                serving.not_recorded = Some((message, hint));
            }
        }
        Recording::Again { lost } => {
            model.say(Tone::Plain, format!("tokens are in the ledger again; {lost} are missing"), "");
            if let Some(serving) = model.serve.tokens.on_mut() {
                serving.not_recorded = None;
            }
        }
    }
}

fn serving(model: &mut Model, ticket: Ticket, result: Result<Box<Begun>, Failure>) -> Vec<Effect> {
    match (model.answered(ticket), result) {
        (Some(Waiting::Serve { project, choices, ceiling }), Ok(begun)) => {
            let Begun { url, summary, odd } = *begun;
            model.say(Tone::Good, format!("serving at {url}"), "y copies the line for a client");
            model.serve.tokens = State::On(Box::new(Serving {
                url,
                project,
                choices,
                ceiling,
                summary,
                odd,
                since: model.now,
                refusals: Vec::new(),
                pace: Pace::default(),
                not_recorded: None,
            }));
            Vec::new()
        }
        (Some(_), Err(failure)) => {
            if failure.cure == Cure::Words {
                not_serving(model, failure);
                return Vec::new();
            }
            replies::failed(model, failure)
        }
        // Nobody waits for it any more.
        (_, Ok(_)) => stop(model, Which::Tokens).into_iter().collect(),
        (None, Err(_)) => Vec::new(),
    }
}

fn hearing(model: &mut Model, ticket: Ticket, result: Result<String, Failure>) -> Vec<Effect> {
    match (model.answered(ticket), result) {
        (Some(Waiting::Hear { project }), Ok(url)) => {
            let key = project.key.as_str().to_owned();
            model.say(Tone::Good, format!("listening for webhooks at {url}"), format!("signed with {key}"));
            let hearing = Hearing { url, project, since: model.now, pace: Pace::default() };
            model.serve.webhooks = State::On(Box::new(hearing));
            Vec::new()
        }
        (Some(_), Err(failure)) => {
            if failure.cure == Cure::Words {
                model.say(Tone::Bad, failure.message.clone(), failure.hint.clone());
                model.serve.webhooks = State::Failed(failure);
                return Vec::new();
            }
            replies::failed(model, failure)
        }
        (_, Ok(_)) => stop(model, Which::Webhooks).into_iter().collect(),
        (None, Err(_)) => Vec::new(),
    }
}

/// A click takes a row; one on the row under the cursor opens it.
pub(super) fn click(model: &mut Model, body: Rect, at: Position) {
    if model.serve.filter.is_some() {
        return;
    }
    let parts = Parts::of(body, model);
    if let Some(pane) = parts.pane_at(model, at) {
        model.serve.pane = pane;
    }
    let Some(row) = parts.row_at(model, at).filter(|row| *row < model.serve.shown()) else { return };
    if row == model.serve.cursor() {
        open(model);
    } else {
        model.serve.set_cursor(row);
    }
}
