//! `Y`: copying the token in another form, or what makes it again.

use crate::claims::draft::Draft;
use crate::clipboard::Copied;
use crate::project::ServerUrl;
use crate::text::Sensitive;
use crate::token::Token;
use crate::token::forms::qr::Qr;
use crate::token::forms::{self, About, FORMS, FormError, FormId, Made};
use crate::tui::message::{ClipboardJob, Effect, Failure};
use crate::tui::model::{CopiedForm, Model, Tone, Waiting};
use crate::tui::overlay::Overlay;

use super::{compose, replies};

/// The form under the cursor of the picker is wanted: it is signed if it holds the token, else copied.
pub(super) fn take(model: &mut Model, index: usize) -> Vec<Effect> {
    let Some(form) = FORMS.get(index) else { return Vec::new() };
    if compose::is_blocked(model) {
        return Vec::new();
    }
    if form.needs_signature() {
        return compose::sign_as(model, form.id);
    }
    let draft = model.compose.filled.clone();
    let url = model.current.url.clone();
    match made(model, form.id, &draft, &url, None) {
        Ok(made) => copy(model, form.id, made),
        Err(error) => refused(model, &error),
    }
}

fn made(
    model: &Model,
    id: FormId,
    draft: &Draft,
    server: &ServerUrl,
    token: Option<&Token>,
) -> Result<Made, FormError> {
    let about = About { draft, server: Some(server), project: Some(&model.current.name), now: model.now };
    forms::make(id, &about, token)
}

/// The token that the form holds is signed: it is copied in that form, or drawn.
pub(super) fn signed(
    model: &mut Model,
    id: FormId,
    draft: &Draft,
    server: &ServerUrl,
    token: &Token,
) -> Vec<Effect> {
    match made(model, id, draft, server, Some(token)) {
        Ok(made) if id == FormId::Qr => {
            let link = made.text.expose().starts_with("http");
            let unreachable = link && server.is_loopback();
            model.overlays.push(Overlay::Qr { code: Qr::of(&made.text), link, unreachable });
            Vec::new()
        }
        Ok(made) => copy(model, id, made),
        Err(error) => refused(model, &error),
    }
}

fn refused(model: &mut Model, error: &FormError) -> Vec<Effect> {
    model.say(Tone::Bad, error.to_string(), error.hint());
    Vec::new()
}

/// What holds no token may stay on the clipboard.
fn copy(model: &mut Model, form: FormId, made: Made) -> Vec<Effect> {
    let hold = if form.form().needs_signature() { model.options.hold } else { None };
    let text: Sensitive = made.text.clone();
    let ticket = model.wait_for(Waiting::CopyForm(Box::new(CopiedForm { form, made })));
    vec![Effect::Clipboard(ClipboardJob::Copy { ticket, text, hold })]
}

/// It is on the clipboard. What is left out of it is said instead of how long it stays.
pub(super) fn has_copied(model: &mut Model, asked: &CopiedForm, copied: Copied) -> Vec<Effect> {
    let form = asked.form.form();
    let effects = replies::has_copied(model, copied);
    if !form.needs_signature() {
        // Whatever was ours there is gone, and this is nothing to be cleared.
        model.clipboard = None;
    }
    if let Some(toast) = &mut model.toast {
        // "copied (X11, checked)" as "copied as curl (X11, checked)"
        if let Some((verb, rest)) = toast.text.split_once(' ') {
            toast.text = format!("{verb} as {} {rest}", form.name);
        }
        if !asked.made.lacks.is_empty() {
            toast.hint = asked.made.lacks.join("; ");
        } else if form.warning().is_some() {
            // How long it stays is said at the edge once this is gone.
            toast.hint = "whoever has the link has the token".into();
        }
    }
    effects
}

/// There is no clipboard: the text is shown, to be selected.
pub(super) fn not_copied(model: &mut Model, asked: CopiedForm, failure: Failure) -> Vec<Effect> {
    model.overlays.push(Overlay::Text(asked.made.text));
    model.say(Tone::Bad, failure.message, failure.hint);
    Vec::new()
}
