//! What the server's worker is asked, and what it says.

use std::sync::Arc;

use crate::claims::draft::Draft;
use crate::ports::serving::{Ended, Recording};
use crate::project::ProjectName;
use crate::server::Reason;
use crate::server::counters::Counts;
use crate::server::listener::Row;
use crate::server::origin::Origin;
use crate::server::summary::Summary;
use crate::settings::serve::Serve;
use crate::webhook::receive::Heard;

use super::{Failure, Ticket};

/// What there can be one of at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The token endpoint.
    Tokens,
    /// The receiver of webhooks.
    Webhooks,
}

/// Orders to the server's worker.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerJob {
    /// Begins to hand out tokens. The secret goes from the store to the listener.
    Serve {
        /// The question.
        ticket: Ticket,
        /// Whose key signs.
        project: ProjectName,
        /// What is handed out, and where.
        terms: Box<Terms>,
    },
    /// Begins to receive webhooks.
    Hear {
        /// The question.
        ticket: Ticket,
        /// Whose key has signed them.
        project: ProjectName,
        /// Where; 0 is any port that is free.
        port: u16,
    },
    /// Ends one, in order. Answered even if it does not run.
    Stop {
        /// The question.
        ticket: Ticket,
        /// Which.
        which: Which,
    },
    /// Keeps what was chosen, in the settings.
    Keep(Box<Serve>),
    /// The rows that came last are on the screen: more may come.
    Seen(Which),
}

/// What an endpoint hands out, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// The port; 0 is any that is free.
    pub port: u16,
    /// Origins whose pages may ask besides those of this machine.
    pub origins: Vec<Origin>,
    /// The most that is handed out.
    pub ceiling: Ceiling,
    /// Whether production was asked about what is administrative in it.
    pub production_meant: bool,
}

/// The most that is handed out.
#[derive(Clone, Debug, PartialEq)]
pub enum Ceiling {
    /// What the composer's draft allows.
    Draft(Arc<Draft>),
    /// What a policy file says.
    File(String),
}

/// An endpoint that has begun to answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// The address for clients.
    pub url: String,
    /// What it hands out.
    pub summary: Summary,
    /// What is odd about the tokens that come of it.
    pub odd: Vec<String>,
}

/// What an endpoint has done so far, and what it did last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requests {
    /// The newest last. Not all of them, if there were many.
    pub rows: Vec<Row>,
    /// All of them, counted.
    pub counts: Counts,
    /// For what requests were refused.
    pub refusals: Vec<(Reason, u64)>,
}

/// What the server's worker says.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerNews {
    /// The endpoint answers.
    Serving {
        /// The question.
        ticket: Ticket,
        /// What it does; or why it does not.
        result: Result<Box<Begun>, Failure>,
    },
    /// The endpoint does not answer yet: the project is production, and has to be asked about these powers first.
    Production {
        /// The question.
        ticket: Ticket,
        /// The administrative grants that tokens could have.
        powers: Vec<String>,
    },
    /// The receiver of webhooks listens.
    Hearing {
        /// The question.
        ticket: Ticket,
        /// Its address; or why it does not.
        result: Result<String, Failure>,
    },
    /// Requests for tokens were answered.
    Requests(Box<Requests>),
    /// Webhooks came in.
    Heard {
        /// The newest last. Not all of them, if there were many.
        heard: Vec<Heard>,
        /// All of them, counted.
        counts: Counts,
    },
    /// What was chosen could not be kept in the settings.
    NotKept(Failure),
    /// Something is to be said of the ledger.
    Recording(Recording),
    /// One has ended.
    Stopped {
        /// The question.
        ticket: Ticket,
        /// Which.
        which: Which,
        /// How.
        ended: Ended,
    },
}
