//! The state of the program, all of it. Data only: [`super::update`] changes it, [`super::view`] draws it.

use std::collections::HashMap;
use std::time::Duration;

use ratatui::layout::Size;

use crate::claims::placeholders::Moment;
use crate::claims::policy::ProjectPolicy;
use crate::claims::problems;
use crate::clipboard::Route;
use crate::clock::{Timestamp, Zone};
use crate::project::{Listing, ProjectName, ServerUrl};
use crate::settings::policies::Policies;
use crate::store::Backend;
use crate::text::Sensitive;
use crate::token::forms::{FormId, Made};

use super::asking::{Asking, Place};
use super::keymap::Context;
use super::message::import::Offer;
use super::message::{Ceiling, Failure, KnownPolicies, Ticket, Which};
use super::overlay::Overlay;
use super::presets::{OwnPresets, PresetWish};
use super::screens::compose::{Compose, Pane};
use super::screens::inspect::Inspect;
use super::screens::ledger::Ledger;
use super::screens::projects::Projects;
use super::screens::serve::{Choices, Serve};
use super::theme::Theme;

/// Which screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Nothing is stored: what to begin with.
    Welcome,
    /// The composer.
    Compose,
    /// The inspector.
    Inspect,
    /// What was issued.
    Ledger,
    /// The projects.
    Projects,
    /// What listens.
    Serve,
}

impl Screen {
    /// The screens that have a tab, in the order of their keys.
    pub const TABS: [(Self, &'static str); 5] = [
        (Self::Compose, "Compose"),
        (Self::Inspect, "Inspect"),
        (Self::Ledger, "Ledger"),
        (Self::Projects, "Projects"),
        (Self::Serve, "Serve"),
    ];
}

/// What the program was started with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// How things look.
    pub theme: Theme,
    /// Whether the mouse is ours from the start.
    pub mouse: bool,
    /// How long a copied token stays on the clipboard; `None` for good.
    pub hold: Option<Duration>,
    /// The project to begin with, by name; else the default one.
    pub project: Option<ProjectName>,
    /// The store to open; `None` as the settings say.
    pub backend: Option<Backend>,
    /// Where the Serve screen listens, and what it hands out.
    pub serve: Choices,
    /// Made-up projects, nothing is written.
    pub demo: bool,
    /// Who is at the keyboard; empty if that is not known.
    pub user: String,
    /// A number nobody has to guess, for names that are made up.
    pub seed: u64,
    /// Whether a shell could continue the program once it is stopped.
    pub shell: bool,
}

/// The store, as far as the screen knows it.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreState {
    /// It was not heard of yet.
    Opening,
    /// It answered.
    Open(Backend, Option<String>),
    /// It did not.
    Failed(Failure),
}

/// What a worker is asked for and has not answered yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// The question.
    pub ticket: Ticket,
    /// What is waited for.
    pub what: Waiting,
    /// Since when.
    pub since: Timestamp,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq)]
pub enum Waiting {
    /// The store to open or to unlock.
    Store,
    /// A token to be signed, and then copied.
    Token {
        /// As what it is copied.
        form: FormId,
        /// Where it is to be used.
        server: ServerUrl,
        /// What it is made of, to be kept beside it.
        draft: std::sync::Arc<crate::claims::draft::Draft>,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// Many tokens to be signed.
    Many,
    /// Projects to import to be looked for.
    Look,
    /// Projects to be read and compared with what is stored.
    Plan,
    /// Projects to be imported: leaving waits for it.
    Import,
    /// Secrets to be taken out of lk's file: leaving waits for it.
    Empty,
    /// A project to be saved: leaving waits for it.
    Save(ProjectName),
    /// A project to be removed: leaving waits for it.
    Remove(ProjectName),
    /// A project's policy or keys to be changed: leaving waits for it.
    Change(Change, ProjectName),
    /// A token to be compared with a secret.
    Verify,
    /// A question for a server to be made.
    Prepare(Place),
    /// A server to answer.
    Answer(Asking),
    /// The clipboard to be read.
    Read,
    /// The clipboard to be read, for the second of two tokens.
    ReadOther,
    /// A copy of the token.
    Copy,
    /// A copy of the token in another form, or of what makes it again.
    CopyForm(Box<CopiedForm>),
    /// A copy of tokens out of many.
    CopyMany(Box<CopiedMany>),
    /// A copy of something else, by its name.
    CopyText(&'static str),
    /// The clipboard to be cleared.
    Clear,
    /// Rows of the ledger to be removed.
    Purge,
    /// A preset to be saved, renamed or removed: leaving waits for it.
    Preset(PresetWish),
    /// The token endpoint to begin.
    Serve {
        /// Whose key signs.
        project: Listing,
        /// What it is started with.
        choices: Choices,
        /// The most that it hands out.
        ceiling: Ceiling,
    },
    /// The receiver of webhooks to begin.
    Hear {
        /// Whose key verifies.
        project: Listing,
    },
    /// One of them to end: leaving waits for it.
    Stop(Which),
}

/// What is changed of a project beside its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its policy.
    Policy,
    /// Its key, with the one before kept.
    Rotate,
    /// Its old key, forgotten.
    Forget,
}

/// What was copied with `Y`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedForm {
    /// As what.
    pub form: FormId,
    /// The text, and what is left out of it.
    pub made: Made,
}

/// What was copied of many tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedMany {
    /// As what: `50 tokens as csv`.
    pub said: String,
    /// The text.
    pub text: Sensitive,
}

impl Waiting {
    /// Whether something would be lost by leaving now.
    #[must_use]
    pub fn holds_the_door(&self) -> bool {
        matches!(
            self,
            Self::Save(_)
                | Self::Remove(_)
                | Self::Change(..)
                | Self::Import
                | Self::Empty
                | Self::Preset(_)
                | Self::Stop(_)
        )
    }

    /// Whether the store is asked for something that it loses nothing by not giving.
    #[must_use]
    pub fn is_a_read(&self) -> bool {
        matches!(
            self,
            Self::Store
                | Self::Token { .. }
                | Self::Many
                | Self::Plan
                | Self::Verify
                | Self::Prepare(_)
                | Self::Serve { .. }
                | Self::Hear { .. }
        )
    }
}

/// A word to the user, over the hint line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// What is said.
    pub text: String,
    /// Said behind it, dim: what to do.
    pub hint: String,
    /// How it looks.
    pub tone: Tone,
    /// When it was said.
    pub since: Timestamp,
    /// When it goes; a key pressed after two seconds sends it away before.
    pub until: Timestamp,
}

/// How a toast looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Done and checked.
    Good,
    /// Done as far as we know.
    Sent,
    /// Good to know.
    Plain,
    /// It did not work.
    Bad,
}

/// Our text on the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnClipboard {
    /// The way it went.
    pub route: Route,
    /// Whether it was read back.
    pub verified: bool,
    /// When it goes; `None` for never.
    pub until: Option<Timestamp>,
}

/// Everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What the program was started with.
    pub options: Options,
    /// The terminal's size.
    pub size: Size,
    /// The present second.
    pub now: Timestamp,
    /// The zone of this machine.
    pub zone: Zone,
    /// Which screen.
    pub screen: Screen,
    /// The store.
    pub store: StoreState,
    /// The project whose key signs.
    pub current: Listing,
    /// The composer.
    pub compose: Compose,
    /// The inspector.
    pub inspect: Inspect,
    /// What was issued.
    pub ledger: Ledger,
    /// The projects.
    pub projects: Projects,
    /// What may be signed for them.
    pub policies: KnownPolicies,
    /// What there is to import, once it was looked for.
    pub offers: Option<Vec<Offer>>,
    /// The presets of one's own.
    pub presets: OwnPresets,
    /// What listens, and what came to it.
    pub serve: Serve,
    /// What lies over the screen, the topmost last.
    pub overlays: Vec<Overlay>,
    /// A word to the user.
    pub toast: Option<Toast>,
    /// Our text on the clipboard.
    pub clipboard: Option<OnClipboard>,
    /// What is waited for.
    pub pending: Vec<Pending>,
    /// Room and identity of the tokens that still work, and until when: those of the ledger, and of this run.
    pub issued: HashMap<(String, String), Timestamp>,
    /// Why the token signed last is not in the ledger, until it is said.
    pub not_recorded: Option<Failure>,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// Whether leaving waits for a pending save.
    pub leaving: bool,
    tickets: u64,
}

impl Model {
    /// The program as it starts, before the store has answered.
    #[must_use]
    pub fn new(options: Options, size: Size, now: Timestamp, zone: Zone) -> Self {
        let current = Listing::local_dev();
        let mut compose = Compose::new(&current.key, now, &zone);
        compose.filling.seed = options.seed;
        if !options.user.is_empty() {
            compose.filling.user = options.user.as_str().into();
        }
        Self {
            compose,
            inspect: Inspect::default(),
            ledger: Ledger::default(),
            projects: Projects::default(),
            policies: Ok(Policies::default()),
            presets: OwnPresets::default(),
            serve: Serve { choices: options.serve.clone(), ..Serve::default() },
            screen: Screen::Compose,
            store: StoreState::Opening,
            current,
            offers: None,
            overlays: Vec::new(),
            toast: None,
            clipboard: None,
            pending: Vec::new(),
            issued: HashMap::new(),
            not_recorded: None,
            mouse: options.mouse,
            leaving: false,
            tickets: 0,
            options,
            size,
            now,
            zone,
        }
    }

    /// Notes that something is waited for, and names the question.
    pub fn wait_for(&mut self, what: Waiting) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.pending.push(Pending { ticket, what, since: self.now });
        ticket
    }

    /// The question that this answers, if it is still asked.
    pub fn answered(&mut self, ticket: Ticket) -> Option<Waiting> {
        let at = self.pending.iter().position(|pending| pending.ticket == ticket)?;
        Some(self.pending.remove(at).what)
    }

    /// Whether a text of the screen has the caret.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        match self.screen {
            Screen::Ledger => self.ledger.filter.is_some(),
            Screen::Serve => self.serve.filter.is_some(),
            _ => self.compose.editing.is_some() || self.compose.filter.is_some(),
        }
    }

    /// Whether the store is taking its time over something that can be given up.
    #[must_use]
    pub fn waits_for_store(&self) -> bool {
        !self.is_typing() && self.pending.iter().any(|pending| pending.what.is_a_read())
    }

    /// Whether a server is being asked, and nothing that is typed stands in front of giving it up.
    #[must_use]
    pub fn waits_for_server(&self) -> bool {
        !self.is_typing() && self.pending.iter().any(|pending| matches!(pending.what, Waiting::Answer(_)))
    }

    /// Gives up what the store was asked for; answers that still come are dropped.
    pub fn forget_waiting(&mut self) {
        self.pending.retain(|pending| !pending.what.is_a_read());
    }

    /// Where keys mean something now, the most particular first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        if let Some(overlay) = self.overlays.last() {
            return overlay.contexts();
        }
        match self.screen {
            Screen::Compose | Screen::Ledger if self.is_typing() => {
                return vec![Context::Text, Context::Signing, Context::Always];
            }
            Screen::Serve if self.is_typing() => return vec![Context::Text, Context::Always],
            _ => {}
        }
        vec![
            match self.screen {
                Screen::Welcome if matches!(self.store, StoreState::Failed(_)) => Context::Stranded,
                Screen::Welcome => Context::Welcome,
                Screen::Compose if self.compose.pane == Pane::Form => Context::Compose,
                Screen::Compose => Context::Pane,
                Screen::Inspect if self.inspect.explained.is_some() => Context::Explained,
                Screen::Inspect => Context::Inspect,
                Screen::Ledger => Context::Ledger,
                Screen::Projects => Context::Projects,
                Screen::Serve => Context::Serve,
            },
            Context::Global,
            Context::Always,
        ]
    }

    /// The policy of a project, as far as it is known.
    #[must_use]
    pub fn policy_of(&self, name: &ProjectName) -> &ProjectPolicy {
        static NONE: Policies = Policies::none();
        self.policies.as_ref().unwrap_or(&NONE).of(name)
    }

    /// What the placeholders of a draft are now.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment::at(self.now, &self.zone, &self.options.user)
    }

    /// Says something for a while.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>, hint: impl Into<String>) {
        let seconds = if tone == Tone::Bad { 12 } else { 6 };
        let (since, until) = (self.now, self.now.plus(seconds));
        self.toast = Some(Toast { text: text.into(), hint: hint.into(), tone, since, until });
    }

    /// Computes anew what the draft comes to.
    pub fn refresh(&mut self) {
        problems::drop_reuse(&mut self.compose.shown.preview.problems);
        problems::drop_policy(&mut self.compose.shown.preview.problems);
        if let Some(token) = &mut self.inspect.token {
            token.refresh(self.now, &self.zone);
        }
        self.compose.refresh(&self.current.key, self.now, &self.zone);
        let shown = &self.compose.shown.preview.claims;
        let found = match &self.policies {
            Ok(policies) => problems::of_policy(shown, policies.of(&self.current.name)),
            Err(failure) => problems::of_unreadable_policies(&failure.message),
        };
        self.compose.shown.preview.problems.extend(found);
        self.compose.shown.preview.problems.sort_by_key(|problem| problem.rule.severity);
        if self.compose.is_signed_as_shown() {
            // To copy the same token again is no second participant.
            return;
        }
        let draft = &self.compose.filled;
        let own = (draft.grants.video.room.clone(), draft.identity.clone());
        if self.issued.get(&own).is_none_or(|end| end.plus(crate::ledger::LEEWAY) <= self.now) {
            return;
        }
        let reused = problems::of_reuse(draft, &[(own.0.as_str(), own.1.as_str())]);
        self.compose.shown.preview.problems.extend(reused);
        self.compose.shown.preview.problems.sort_by_key(|problem| problem.rule.severity);
    }
}
