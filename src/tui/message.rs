//! Everything that reaches the model, and everything the model asks for: data, so that tests compare it.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::layout::Size;

use crate::check::{CheckError, CheckReport, Question};
use crate::claims::Claims;
use crate::claims::policy::ProjectPolicy;
use crate::clipboard::Copied;
use crate::clock::Timestamp;
use crate::project::{ApiKey, ApiSecret, Listing, ProjectName};
use crate::settings::policies::Policies;
use crate::store::Backend;
use crate::text::{Pasted, Sensitive};
use crate::token::Token;
use crate::token::inspect::Compared;
use crate::token::near_miss::NearMiss;

pub mod import;
mod ledger;
pub mod many;
mod presets;
mod server;

use import::{Emptied, Imported, Offer, Plan, Wanted, Wish};
pub use ledger::{LEDGER_PIECE, LedgerJob, LedgerNews, LedgerPiece};
use many::{Made, Many};
pub use presets::{PresetsJob, PresetsNews};
pub use server::{Begun, Ceiling, Requests, ServerJob, ServerNews, Terms, Which};

/// Names a question, so that an answer nobody waits for any more is known and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(pub u64);

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(Pasted),
    /// The mouse was used; only while it is switched on.
    Mouse(MouseEvent),
    /// The terminal has another size.
    Resized(Size),
    /// The second changed.
    Tick(Timestamp),
    /// A worker answered.
    Reply(Reply),
}

/// What the model wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// By the store's worker.
    Store(StoreJob),
    /// By the clipboard's worker.
    Clipboard(ClipboardJob),
    /// By the ledger's worker.
    Ledger(LedgerJob),
    /// By the worker for presets.
    Presets(PresetsJob),
    /// By the network's worker.
    Network(NetworkJob),
    /// By the server's worker.
    Server(ServerJob),
    /// By the owner of the terminal.
    Terminal(TerminalJob),
}

/// Orders to the store.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreJob {
    /// Opens the store that the settings name, or the one given, and lists it.
    Open {
        /// The question.
        ticket: Ticket,
        /// Which; `None` as the settings say.
        backend: Option<Backend>,
    },
    /// Gives the vault its passphrase and lists it.
    Unlock {
        /// The question.
        ticket: Ticket,
        /// The passphrase.
        passphrase: Sensitive,
    },
    /// Loads the project's secret, signs, and forgets the secret.
    Sign {
        /// The question.
        ticket: Ticket,
        /// Whose secret.
        project: ProjectName,
        /// What to sign.
        claims: Box<Claims>,
    },
    /// Loads the project's secret, signs many, and forgets the secret.
    SignMany {
        /// The question.
        ticket: Ticket,
        /// Whose secret.
        project: ProjectName,
        /// What to sign.
        many: Box<Many>,
    },
    /// Finds the project whose key the token names, and compares the token with its secret.
    Verify {
        /// The question.
        ticket: Ticket,
        /// The token.
        token: Sensitive,
        /// The project to compare with, whatever the token names.
        project: Option<ProjectName>,
    },
    /// Makes a question for a project's server: whether it knows key and secret, or what it makes of these claims once
    /// they are signed. The secret stays where it is.
    Question {
        /// The question.
        ticket: Ticket,
        /// Whose server, key and secret.
        project: ProjectName,
        /// What to sign; `None` asks about key and secret.
        claims: Option<Box<Claims>>,
        /// The present second.
        now: Timestamp,
    },
    /// Saves a project.
    Save {
        /// The question.
        ticket: Ticket,
        /// All but the secret.
        listing: Listing,
        /// The secret; `None` keeps the one of `replaces`.
        secret: Option<ApiSecret>,
        /// The project that this one takes the place of.
        replaces: Option<ProjectName>,
    },
    /// Removes a project.
    Remove {
        /// The question.
        ticket: Ticket,
        /// Which.
        name: ProjectName,
    },
    /// Changes a project's policy.
    SetPolicy {
        /// The question.
        ticket: Ticket,
        /// Whose.
        name: ProjectName,
        /// What it is from now on.
        policy: Box<ProjectPolicy>,
    },
    /// Signs with another key from now on, and keeps the present one for verifying.
    Rotate {
        /// The question.
        ticket: Ticket,
        /// Which project.
        name: ProjectName,
        /// The new pair; `None` has one made.
        pair: Option<(ApiKey, ApiSecret)>,
        /// The present second.
        now: Timestamp,
    },
    /// Forgets the key that is kept for verifying.
    ForgetOld {
        /// The question.
        ticket: Ticket,
        /// Which project.
        name: ProjectName,
    },
    /// Makes a project the default.
    SetDefault {
        /// The question.
        ticket: Ticket,
        /// Which.
        name: ProjectName,
    },
    /// Looks for projects to import.
    Look {
        /// The question.
        ticket: Ticket,
    },
    /// Reads projects, and compares them with what is stored. They stay with the worker.
    Plan {
        /// The question.
        ticket: Ticket,
        /// What to read.
        wanted: Wanted,
    },
    /// Saves what was planned.
    Import {
        /// The question.
        ticket: Ticket,
        /// What to do with each row of the plan.
        wishes: Vec<Wish>,
    },
    /// Takes the secrets that were imported out of lk's file.
    EmptyLk {
        /// The question.
        ticket: Ticket,
    },
    /// Forgets what was planned.
    ForgetPlan,
    /// Loads a project's secret for the server's worker, and hands it over there.
    Lend(ServerJob),
    /// Stops waiting for whatever the store is waiting for.
    Cancel,
}

/// Orders to the clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClipboardJob {
    /// Copies.
    Copy {
        /// The question.
        ticket: Ticket,
        /// What.
        text: Sensitive,
        /// For how long; `None` for good.
        hold: Option<Duration>,
    },
    /// Reads what is there.
    Read {
        /// The question.
        ticket: Ticket,
    },
    /// Clears what was copied, if it is still there.
    Clear {
        /// The question.
        ticket: Ticket,
    },
}

/// Orders to the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkJob {
    /// Asks a server. The question before is called off.
    Ask {
        /// The question's name.
        ticket: Ticket,
        /// The question.
        question: Box<Question>,
    },
    /// Calls off what is asked.
    Cancel,
}

/// Orders to the owner of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalJob {
    /// Ends the program.
    Quit,
    /// Stops the program until `fg`.
    Suspend,
    /// Writes an escape sequence (OSC 52).
    Write(Sensitive),
    /// Switches mouse reports on or off.
    Mouse(bool),
}

/// What a store has in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Which store.
    pub backend: Backend,
    /// Who keeps it, and whether it is locked; only asked when there are no projects.
    pub provider: Option<String>,
    /// Its projects, sorted by name.
    pub projects: Vec<Listing>,
    /// The default project, if one is set.
    pub default: Option<ProjectName>,
}

/// What the projects' policies say, or why nobody knows: then nothing is signed.
pub type KnownPolicies = Result<Policies, Failure>;

/// Why a worker did not do as asked, in words for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// What the screen offers.
    pub cure: Cure,
}

/// What a person can do about a [`Failure`] right here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// Read the hint.
    Words,
    /// Type the vault's passphrase: the present one, or a new one.
    Passphrase {
        /// Whether the vault does not exist yet.
        new: bool,
    },
    /// Choose another store.
    AnotherStore,
    /// Nothing: it was cancelled on request.
    Cancelled,
}

/// What a worker answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A store was opened, unlocked or changed, and has this in it.
    Listed {
        /// The question.
        ticket: Ticket,
        /// The contents.
        result: Result<Contents, Failure>,
    },
    /// Projects to import were looked for.
    Found {
        /// The question.
        ticket: Ticket,
        /// The places that have some.
        offers: Vec<Offer>,
    },
    /// Projects were read, and compared with what is stored.
    Planned {
        /// The question.
        ticket: Ticket,
        /// What would change.
        result: Result<Plan, Failure>,
    },
    /// What was planned is saved.
    Imported {
        /// The question.
        ticket: Ticket,
        /// What came of it.
        result: Result<Imported, Failure>,
    },
    /// The secrets are out of lk's file.
    Emptied {
        /// The question.
        ticket: Ticket,
        /// How it went.
        result: Result<Emptied, Failure>,
    },
    /// A token was signed.
    Signed {
        /// The question.
        ticket: Ticket,
        /// The token.
        result: Result<Token, Failure>,
    },
    /// Many tokens were signed.
    SignedMany {
        /// The question.
        ticket: Ticket,
        /// The tokens.
        result: Result<Arc<Made>, Failure>,
    },
    /// A token was compared with a project's secret; `None` if no project has its key.
    Verified {
        /// The question.
        ticket: Ticket,
        /// What came of it.
        result: Result<Option<Compared>, Failure>,
        /// What made the signature, where that secret did not.
        near_miss: Option<NearMiss>,
    },
    /// A question was made for a server.
    Prepared {
        /// The question.
        ticket: Ticket,
        /// What to ask.
        result: Result<Box<Question>, Failure>,
    },
    /// A server was asked.
    Asked {
        /// The question.
        ticket: Ticket,
        /// Its answer, or why there is none.
        result: Result<CheckReport, CheckError>,
    },
    /// The clipboard was read.
    Read {
        /// The question.
        ticket: Ticket,
        /// What is on it.
        result: Result<Pasted, Failure>,
    },
    /// The clipboard was cleared.
    Cleared {
        /// The question.
        ticket: Ticket,
        /// How it went.
        result: Result<(), Failure>,
    },
    /// The policies are others than those told last. Comes before the answer that made them so.
    Policies(KnownPolicies),
    /// News of the ledger.
    Ledger(LedgerNews),
    /// News of the presets of one's own.
    Presets(PresetsNews),
    /// News of what listens.
    Server(ServerNews),
    /// A text was copied.
    Copied {
        /// The question.
        ticket: Ticket,
        /// How it went.
        result: Result<Copied, Failure>,
    },
}
