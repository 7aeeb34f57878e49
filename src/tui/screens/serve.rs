//! Serve: the token endpoint, the receiver of webhooks, and what came to each.
//!
//! Whatever comes in, the screen keeps a bounded number of rows and counts the rest: nothing that a client does makes
//! it slow or large.

use crate::clock::Timestamp;
use crate::project::Listing;
use crate::server::Reason;
use crate::server::counters::Counts;
use crate::server::listener::Row;
use crate::server::origin::{Origin, OriginError};
use crate::server::summary::Summary;
use crate::settings::serve as settings;
use crate::tui::message::{Ceiling, Failure, Which};
use crate::tui::widgets::text_field::TextField;
use crate::webhook::receive::Heard;

pub mod form;
pub mod table;
pub mod view;

use table::Table;

/// The parts of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// What is served. Only where there is room for one part has it the focus.
    About,
    /// The requests for tokens.
    #[default]
    Requests,
    /// The webhooks.
    Webhooks,
}

impl Pane {
    /// The table of this listener.
    #[must_use]
    pub fn of(which: Which) -> Self {
        match which {
            Which::Tokens => Self::Requests,
            Which::Webhooks => Self::Webhooks,
        }
    }
}

/// What the user chose.
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    /// The port of the token endpoint.
    pub port: u16,
    /// The port of the receiver of webhooks.
    pub webhook_port: u16,
    /// Origins whose pages may ask besides those of this machine.
    pub origins: Vec<Origin>,
    /// The policy file, whose word counts instead of the draft's.
    pub policy: Option<String>,
}

impl Default for Choices {
    fn default() -> Self {
        Self::of(&settings::Serve::default()).0
    }
}

impl Choices {
    /// What the settings say, and what is wrong with an origin among them.
    #[must_use]
    pub fn of(kept: &settings::Serve) -> (Self, Option<OriginError>) {
        let mut wrong = None;
        let origins = kept
            .origins
            .iter()
            .filter_map(|text| Origin::parse(text).map_err(|error| wrong = Some(error)).ok());
        let origins = origins.collect();
        let settings::Serve { port, webhook_port, policy, .. } = kept.clone();
        let policy = policy.filter(|path| !path.trim().is_empty());
        (Self { port, webhook_port, origins, policy }, wrong)
    }

    /// As the settings keep it.
    #[must_use]
    pub fn kept(&self) -> settings::Serve {
        let origins = self.origins.iter().map(|origin| origin.as_str().to_owned()).collect();
        let Self { port, webhook_port, policy, .. } = self.clone();
        settings::Serve { port, webhook_port, origins, policy }
    }
}

/// How a listener is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum State<T> {
    /// It does not run.
    #[default]
    Off,
    /// It could not be started.
    Failed(Failure),
    /// It runs.
    On(Box<T>),
}

impl<T> State<T> {
    /// What runs, if it does.
    #[must_use]
    pub fn on(&self) -> Option<&T> {
        match self {
            Self::On(running) => Some(running),
            Self::Off | Self::Failed(_) => None,
        }
    }

    /// As [`State::on`], to change it.
    pub fn on_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::On(running) => Some(running),
            Self::Off | Self::Failed(_) => None,
        }
    }
}

/// A token endpoint that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Serving {
    /// The address for clients.
    pub url: String,
    /// Whose key signs.
    pub project: Listing,
    /// What it was started with.
    pub choices: Choices,
    /// The most that it hands out.
    pub ceiling: Ceiling,
    /// What that comes to.
    pub summary: Summary,
    /// What is odd about it.
    pub odd: Vec<String>,
    /// Since when it runs.
    pub since: Timestamp,
    /// For what requests were refused.
    pub refusals: Vec<(Reason, u64)>,
    /// What it has done.
    pub pace: Pace,
    /// Why what it signs is not in the ledger.
    pub not_recorded: Option<(String, String)>,
}

/// A receiver of webhooks that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Hearing {
    /// Its address.
    pub url: String,
    /// Whose key verifies.
    pub project: Listing,
    /// Since when it runs.
    pub since: Timestamp,
    /// What it has done.
    pub pace: Pace,
}

/// What was done so far, and how fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// All of it.
    pub counts: Counts,
    /// How much of it in the second before.
    pub per_second: u64,
    before: u64,
}

impl Pace {
    /// Another second.
    pub fn tick(&mut self) {
        let now = self.counts.issued + self.counts.refused;
        self.per_second = now - self.before.min(now);
        self.before = now;
    }
}

/// The screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Serve {
    /// What the user chose.
    pub choices: Choices,
    /// The token endpoint.
    pub tokens: State<Serving>,
    /// The receiver of webhooks.
    pub webhooks: State<Hearing>,
    /// The requests for tokens, also those of an endpoint that has ended.
    pub requests: Table<Row>,
    /// The webhooks, also those of a receiver that has ended.
    pub heard: Table<Heard>,
    /// The part with the focus.
    pub pane: Pane,
    /// The filter being typed.
    pub filter: Option<TextField>,
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            choices: Choices::default(),
            tokens: State::default(),
            webhooks: State::default(),
            requests: Table::new(table::MOST),
            heard: Table::new(table::MOST_WEBHOOKS),
            pane: Pane::default(),
            filter: None,
        }
    }
}

impl Serve {
    /// Whether anything listens.
    #[must_use]
    pub fn listens(&self) -> bool {
        self.tokens.on().is_some() || self.webhooks.on().is_some()
    }

    /// How many rows the part with the focus shows.
    #[must_use]
    pub fn shown(&self) -> usize {
        match self.pane {
            Pane::About => 0,
            Pane::Requests => self.requests.shown(),
            Pane::Webhooks => self.heard.shown(),
        }
    }

    /// The row under the cursor of the part with the focus.
    #[must_use]
    pub fn cursor(&self) -> usize {
        match self.pane {
            Pane::About => 0,
            Pane::Requests => self.requests.cursor(),
            Pane::Webhooks => self.heard.cursor(),
        }
    }

    /// Puts the cursor of the part with the focus on a row.
    pub fn set_cursor(&mut self, at: usize) {
        match self.pane {
            Pane::About => {}
            Pane::Requests => self.requests.set_cursor(at),
            Pane::Webhooks => self.heard.set_cursor(at),
        }
    }

    /// Shows in both tables only the rows that have all words of the text being typed.
    pub fn follow_filter(&mut self) {
        let text = self.filter.as_ref().map_or("", TextField::text).to_lowercase();
        self.requests.find(&text);
        self.heard.find(&text);
    }
}

/// The line of code that a client asks with.
#[must_use]
pub fn client_line(url: &str) -> String {
    format!("TokenSource.endpoint(\"{url}\")")
}

/// The command line that asks once. A key, where one is wanted, has to be filled in.
#[must_use]
pub fn curl_line(serving: &Serving) -> String {
    let summary = &serving.summary;
    let key = if summary.keys.is_empty() && summary.issuer.is_none() {
        ""
    } else {
        " -H \"Authorization: Bearer $KEY\""
    };
    let room = match summary.rooms.first().map(String::as_str) {
        Some(room) if summary.room_is_fixed => serde_json::json!({ "room_name": room }).to_string(),
        Some(pattern) if !pattern.starts_with('*') => {
            serde_json::json!({ "room_name": pattern.replace('*', "1") }).to_string()
        }
        _ => r#"{"room_name": "demo"}"#.into(),
    };
    let body = room.replace('\'', r"'\''");
    format!("curl -d '{body}' -H 'Content-Type: application/json'{key} {}", serving.url)
}
