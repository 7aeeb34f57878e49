//! What a token is copied as: the token itself, what carries it, and what makes it again.
//!
//! One row a form in [`FORMS`]; the key `Y` and `--as` read that table. A form that makes the token again (a command
//! line, a program) says what of the draft it cannot say: nothing is left out silently. Programs and command lines
//! read key and secret from `LIVEKIT_API_KEY` and `LIVEKIT_API_SECRET`. What each SDK can say is from its source, at
//! the versions of semantics.md section 4 and, where newer: livekit-server-sdk 2.19.2 (npm), livekit-api 1.2.2
//! (PyPI), github.com/livekit/protocol 1.54.1, livekit-api 0.10.0 (crates.io), livekit-cli 2.18.3.

use serde_json::{Map, Value, json};

use super::{Token, link};
use crate::claims::Grants;
use crate::claims::draft::Draft;
use crate::clock::Timestamp;
use crate::project::{ProjectName, ServerUrl};
use crate::text::{Sensitive, visible};

mod go;
mod literal;
mod lk;
mod node;
mod python;
pub mod qr;
mod roomkey;
mod rust;
mod shell;

/// Names a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is a row of FORMS, which says what it is")]
pub enum FormId {
    Token,
    Link,
    Json,
    Env,
    Curl,
    Lk,
    Roomkey,
    Python,
    Node,
    Go,
    Rust,
    Qr,
}

/// What of a token is in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Nothing: it makes a token, wherever key and secret are. It may be shown to anyone who may see the draft.
    Nothing,
    /// The token.
    Token,
    /// The token, in an address: whatever opens that keeps it in its history.
    TokenInAddress,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Which.
    pub id: FormId,
    /// What `--as` takes.
    pub word: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What it is for, in a line.
    pub summary: &'static str,
    /// What of the token is in it.
    pub holds: Holds,
    /// Whether it names the server.
    pub names_server: bool,
}

macro_rules! forms {
    ($($id:ident $word:literal $name:literal $holds:ident $server:literal $summary:literal;)+) => {
        &[$(Form {
            id: FormId::$id, word: $word, name: $name, summary: $summary, holds: Holds::$holds, names_server: $server,
        }),+]
    };
}

/// Every form, in the order of the picker.
pub const FORMS: &[Form] = forms! {
    Token "token" "token" Token false "the token alone";
    Link "link" "join link" TokenInAddress true "opens the room in LiveKit Meet";
    Json "json" "JSON" Token true "server_url and participant_token, as token endpoints answer";
    Env "env" "LIVEKIT_TOKEN= line" Token false "a line for a .env file";
    Curl "curl" "curl" Token true "asks the server whether it would let the token join";
    Lk "lk" "lk command" Nothing false "lk token create, with LiveKit's own command line";
    Roomkey "roomkey" "roomkey command" Nothing false "roomkey token create, for a script";
    Python "python" "Python" Nothing false "a program with livekit-api";
    Node "node" "Node" Nothing false "a program with livekit-server-sdk";
    Go "go" "Go" Nothing false "a program with livekit/protocol";
    Rust "rust" "Rust" Nothing false "a program with livekit-api";
    Qr "qr" "QR code" TokenInAddress false "the join link for the camera of a phone";
};

impl FormId {
    /// Its row.
    ///
    /// # Panics
    /// Never: a test holds every id against the table.
    #[must_use]
    pub fn form(self) -> &'static Form {
        FORMS.iter().find(|form| form.id == self).unwrap_or(&FORMS[0])
    }
}

impl Form {
    /// Whether the draft has to be signed for it.
    #[must_use]
    pub fn needs_signature(&self) -> bool {
        self.holds != Holds::Nothing
    }

    /// What has to be known by whoever hands it on, if anything.
    #[must_use]
    pub fn warning(&self) -> Option<&'static str> {
        match self.holds {
            Holds::TokenInAddress => {
                Some("the token is in this address, and so in the history of whatever opens it")
            }
            Holds::Token | Holds::Nothing => None,
        }
    }
}

/// What a form is made of, besides the token.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// What was asked for.
    pub draft: &'a Draft,
    /// Where the token is to be used, if that is known.
    pub server: Option<&'a ServerUrl>,
    /// The project that signs: one of the store, or the built-in one.
    pub project: Option<&'a ProjectName>,
    /// The present.
    pub now: Timestamp,
}

/// A form, filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The text. Of the QR code, what it says.
    pub text: Sensitive,
    /// What of the draft is not in it, and why: one sentence each, without a full stop.
    pub lacks: Vec<String>,
}

/// Why a form cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// It holds a token, and there is none.
    #[error("{name} needs the signed token")]
    NotSigned {
        /// The form.
        name: &'static str,
    },
    /// It names the server, and none is known.
    #[error("{name} needs the address of the server")]
    NoServer {
        /// The form.
        name: &'static str,
    },
    /// The code cannot be drawn.
    #[error(transparent)]
    Qr(#[from] qr::QrError),
}

impl FormError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotSigned { .. } => "sign the draft first".into(),
            Self::NoServer { .. } => "use a project, or give --url URL".into(),
            Self::Qr(error) => error.hint(),
        }
    }
}

/// Fills in a form. Those that [need no signature](Form::needs_signature) take no notice of the token.
///
/// # Errors
/// [`FormError`] if the token or the server is needed and missing.
pub fn make(id: FormId, about: &About<'_>, token: Option<&Token>) -> Result<Made, FormError> {
    let form = id.form();
    match token {
        None if form.needs_signature() => Err(FormError::NotSigned { name: form.name }),
        _ => written(form, about, token.map_or("", Token::expose)),
    }
}

/// As [`make`], with a word in the place of the token: for showing what the form looks like.
///
/// # Errors
/// [`FormError::NoServer`].
pub fn preview(id: FormId, about: &About<'_>) -> Result<Made, FormError> {
    written(id.form(), about, "TOKEN")
}

fn written(form: &'static Form, about: &About<'_>, token: &str) -> Result<Made, FormError> {
    if form.names_server && about.server.is_none() {
        return Err(FormError::NoServer { name: form.name });
    }
    let draft = about.draft;
    let joins = draft.grants.video.room_join;
    // A token is letters, digits, `-`, `_` and dots: it needs no quoting anywhere.
    let plain = |text: String| Made { text: Sensitive::new(text), lacks: Vec::new() };
    Ok(match form.id {
        FormId::Token => plain(token.to_owned()),
        FormId::Link | FormId::Qr => match about.server {
            Some(server) if joins => Made { text: link::meet_with(server, token), lacks: Vec::new() },
            Some(server) if form.id == FormId::Link => Made {
                text: link::meet_with(server, token),
                lacks: vec!["this token has no roomJoin, so the link will not join".into()],
            },
            // A token that does not join is of use without Meet, or not at all.
            _ => plain(token.to_owned()),
        },
        FormId::Json => {
            let server = json!(about.server.map(ServerUrl::ws));
            plain(format!(r#"{{"server_url":{server},"participant_token":"{token}"}}"#))
        }
        FormId::Env => plain(format!("LIVEKIT_TOKEN={token}")),
        FormId::Curl => {
            let server = about.server.map(ServerUrl::http).unwrap_or_default();
            let address = shell::word(&format!("{server}/rtc/validate"));
            plain(format!("curl -i -H 'Authorization: Bearer {token}' {address}"))
        }
        FormId::Lk => lk::line(about),
        FormId::Roomkey => roomkey::line(about),
        FormId::Python => python::program(draft),
        FormId::Node => node::program(draft),
        FormId::Go => go::program(draft, about.now),
        FormId::Rust => rust::program(draft),
    })
}

/// The grants as they are written, to be taken out one by one: what is left is what nobody said.
fn wire(draft: &Draft) -> Map<String, Value> {
    match serde_json::to_value(&draft.grants) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// Takes a text out.
fn text(wire: &mut Map<String, Value>, name: &str) -> Option<String> {
    match wire.shift_remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Takes an object out; empty if it is not there.
fn object(wire: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match wire.shift_remove(name) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// The paths of everything in the grants that LiveKit does not define.
fn undefined(grants: &Grants) -> Vec<String> {
    let mut found: Vec<String> = grants.unknown.keys().cloned().collect();
    for (name, unknown) in grants.undefined() {
        found.extend(unknown.keys().map(|key| format!("{name}.{key}")));
    }
    for (i, agent) in grants.room_config.agents.iter().enumerate() {
        found.extend(agent.unknown.keys().map(|key| format!("roomConfig.agents.{i}.{key}")));
    }
    found
}

/// `kind and sip are left out: lk has no flag for them`. Names come from drafts, which come from anywhere.
fn left_out(paths: &[String], why: &str) -> Option<String> {
    let mut names: Vec<String> = paths
        .iter()
        .map(|path| {
            let shown = visible(path);
            if shown.chars().count() > 60 {
                shown.chars().take(59).chain(['…']).collect()
            } else {
                shown.into()
            }
        })
        .collect();
    let last = names.pop()?;
    Some(match names.len() {
        0 => format!("{last} is left out: {why}"),
        _ => format!("{} and {last} are left out: {why}", names.join(", ")),
    })
}

/// What the SDKs for Python, Node and Rust do not sign, if this draft is such.
fn refused(draft: &Draft, without_room: bool) -> Option<String> {
    let video = &draft.grants.video;
    let incomplete = draft.identity.is_empty() || (without_room && video.room.is_empty());
    let what = if without_room { "an identity and a room" } else { "an identity" };
    (video.room_join && incomplete).then(|| format!("the SDK refuses to sign a join without {what}"))
}

/// A program: what it lacks in comments, then the code.
fn commented(comment: &str, install: &str, lacks: Vec<String>, code: &str) -> Made {
    let mut out = format!("{comment} {install}\n");
    for lack in &lacks {
        out.push_str(&format!("{comment} Not as in the draft: {lack}.\n"));
    }
    out.push_str(code);
    Made { text: Sensitive::new(out), lacks }
}

/// A length of time as the largest unit that measures it exactly, of days, hours, minutes and seconds.
fn whole_units(seconds: u64) -> (u64, &'static str) {
    for (size, unit) in [(86_400, "days"), (3_600, "hours"), (60, "minutes")] {
        if seconds >= size && seconds.is_multiple_of(size) {
            return (seconds / size, unit);
        }
    }
    (seconds, "seconds")
}

#[cfg(test)]
mod tests;
