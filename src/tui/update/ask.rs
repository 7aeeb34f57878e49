//! Asking a server: what about, and what its answer does.
//!
//! One question at a time. The token of a draft, and that of a key check, are made by the store's worker and pass through
//! here unseen, on their way to the network's.

use ratatui::layout::Rect;

use crate::check::{About, CheckError, CheckReport, Expected, Question};
use crate::claims::Claims;
use crate::project::Listing;
use crate::token::inspect::{Report, Signature, Verdict};
use crate::tui::asking::{Answered, Asking, Place};
use crate::tui::layout::{Room, areas};
use crate::tui::message::{Effect, NetworkJob, StoreJob};
use crate::tui::model::{Model, Screen, Tone, Waiting};
use crate::tui::overlay::Overlay;

/// Asks the project's server whether key and secret are right.
pub(super) fn key(model: &mut Model, listing: &Listing) -> Vec<Effect> {
    prepare(model, Place::Project(listing.name.clone()), listing, None)
}

/// Signs the draft without copying it, and asks the project's server what it makes of it.
pub(super) fn draft(model: &mut Model) -> Vec<Effect> {
    model.refresh();
    if super::compose::is_blocked(model) {
        return Vec::new();
    }
    let listing = model.current.clone();
    let claims = Box::new(model.compose.filled.claims(&listing.key, model.now));
    prepare(model, Place::Compose, &listing, Some(claims))
}

/// Asks the server of the token's project what it makes of the token on the screen. No other server gets to see it.
pub(super) fn token(model: &mut Model) -> Vec<Effect> {
    let Some(token) = &model.inspect.token else { return Vec::new() };
    let name = match (&token.picked, &token.compared) {
        (Some(picked), _) => Some(picked.as_str()),
        (None, Some(compared)) => Some(compared.name.as_str()),
        (None, None) => None,
    };
    let listing = model.projects.rows().into_iter().find(|row| Some(row.name.as_str()) == name);
    let Some(listing) = listing else {
        let (what, hint) = if token.asked {
            ("no project has its key, so there is no server to ask", "p picks a project whose server to ask")
        } else {
            ("its project is not found yet", "c again in a moment")
        };
        model.say(Tone::Plain, what, hint);
        return Vec::new();
    };
    let claims = token.inspection.claims.as_ref().ok();
    let question = Question::of_token(listing.url.clone(), token.inspection.token().clone(), claims);
    let mut effects = begin(model);
    effects.extend(send(model, Place::Inspect, question));
    effects
}

/// Has the store's worker make the question.
fn prepare(model: &mut Model, place: Place, listing: &Listing, claims: Option<Box<Claims>>) -> Vec<Effect> {
    let mut effects = begin(model);
    if model.options.demo {
        return effects;
    }
    let ticket = model.wait_for(Waiting::Prepare(place));
    let (project, now) = (listing.name.clone(), model.now);
    effects.push(Effect::Store(StoreJob::Question { ticket, project, claims, now }));
    effects
}

/// The store's worker has made the question.
pub(super) fn prepared(model: &mut Model, place: Place, question: Question) -> Vec<Effect> {
    send(model, place, question)
}

fn send(model: &mut Model, place: Place, question: Question) -> Vec<Effect> {
    if model.options.demo {
        return Vec::new();
    }
    let host = question.host();
    let ticket = model.wait_for(Waiting::Answer(Asking { place, host }));
    vec![Effect::Network(NetworkJob::Ask { ticket, question: Box::new(question) })]
}

/// Makes way for a question: the one before is called off. In the demo it says that no server is asked.
fn begin(model: &mut Model) -> Vec<Effect> {
    // What is waited for is shown where a toast would be.
    model.toast = None;
    if model.options.demo {
        model.say(Tone::Plain, CheckError::Demo.to_string(), CheckError::Demo.hint());
    }
    call_off(model, |_| true)
}

/// Calls off what is asked from these places; an answer that still comes is dropped.
pub(super) fn call_off(model: &mut Model, of: impl Fn(&Place) -> bool) -> Vec<Effect> {
    let mut asked = false;
    model.pending.retain(|pending| match &pending.what {
        Waiting::Prepare(place) => !of(place),
        Waiting::Answer(asking) if of(&asking.place) => {
            asked = true;
            false
        }
        _ => true,
    });
    if asked { vec![Effect::Network(NetworkJob::Cancel)] } else { Vec::new() }
}

/// An answer has come, or the reason why there is none: it is shown where it was asked for.
pub(super) fn answered(model: &mut Model, asking: Asking, result: Result<CheckReport, CheckError>) {
    let Asking { place, host } = asking;
    let mut answer = Answered { host, at: model.now, result, expected: None };
    match &place {
        Place::Compose => {}
        Place::Inspect => {
            if let Some(token) = &mut model.inspect.token {
                answer.expected = answer.result.as_ref().ok().and_then(|r| expected(&token.report, &r.about));
                token.answer = Some(Box::new(answer.clone()));
            }
        }
        Place::Project(name) => _ = model.projects.answers.insert(name.clone(), answer.clone()),
    }
    let (screen, elsewhere) = match &place {
        Place::Compose => (Screen::Compose, String::new()),
        Place::Inspect => (Screen::Inspect, "2 shows it all".into()),
        Place::Project(name) => (Screen::Projects, format!("the details of {name} show it all")),
    };
    let is_there = model.screen == screen
        && match &place {
            Place::Project(name) => model.projects.selected().is_some_and(|row| row.name == *name),
            Place::Compose | Place::Inspect => true,
        };
    if is_there && place != Place::Compose && has_room(model) {
        return;
    }
    if is_there && model.overlays.is_empty() && !model.is_typing() {
        model.overlays.push(Overlay::Answer(Box::new(answer)));
        return;
    }
    // An overlay that opens under somebody's fingers would take what they type.
    let tone = match answer.accepted() {
        Some(true) => Tone::Good,
        Some(false) => Tone::Bad,
        None => Tone::Plain,
    };
    let hint = if elsewhere.is_empty() { answer.hint() } else { elsewhere };
    let text = match &answer.result {
        Ok(_) => format!("{}: {}", answer.host, answer.sentence()),
        Err(_) => answer.sentence(),
    };
    model.say(tone, text, hint);
}

/// Whether the screens have a place for an answer: the projects no details on a low screen, the verdict's box none on
/// a narrow one.
fn has_room(model: &Model) -> bool {
    let area = Rect::new(0, 0, model.size.width, model.size.height);
    Room::of(area) != Room::Narrow && areas(area).body.height >= 14
}

/// What roomkey expects a server to say when it is asked this, or nothing where the signature is not known.
fn expected(report: &Report, about: &About) -> Option<Expected> {
    let joins = || report.server.as_ref().is_some_and(|server| server.status == 200);
    match (report.verdict, about) {
        (Verdict::Unknown, _) => None,
        (Verdict::Refused, _) if report.signature == Signature::Invalid => Some(Expected::WrongSecret),
        (Verdict::Refused, _) => Some(Expected::No),
        (Verdict::Accepted, About::Join) if !joins() => Some(Expected::No),
        (Verdict::Accepted, _) => Some(Expected::Yes),
    }
}
