//! The workers: one thread for each port, each a loop over its orders. A keyring that waits for its dialog keeps
//! no copy waiting.

use std::ffi::OsString;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::check::Question;
use crate::claims::Claims;
use crate::clock::Timestamp;
use crate::ledger::{By, Row};
use crate::ports::{Ports, PortsError};
use crate::project::{Listing, Project, ProjectName};
use crate::store::{Backend, Canceller, Passphrase, Store, StoreError, unlock_from};
use crate::text::Sensitive;
use crate::token::inspect::{Compared, Credentials, Signature, inspect};
use crate::token::near_miss::{NearMiss, near_miss};
use crate::token::{self, Token};

use super::message::{
    ClipboardJob, Contents, Cure, Failure, KnownPolicies, LedgerJob, LedgerNews, Msg, NetworkJob, PresetsJob,
    Reply, ServerJob, ServerNews, StoreJob,
};

mod guard;
mod import;
mod ledger;
mod many;
mod network;
mod presets;
mod server;

use import::Planning;
use ledger::LedgerDesk;
use network::Network;
use server::{Order, Server};

/// The way to the workers.
pub struct Workers {
    store: Sender<StoreJob>,
    clipboard: Sender<ClipboardJob>,
    ledger: Sender<LedgerJob>,
    presets: Sender<PresetsJob>,
    network: Network,
    server: Server,
    canceller: Arc<Mutex<Option<Canceller>>>,
}

impl Workers {
    /// Starts them. Their answers go to `replies`.
    #[must_use]
    pub fn start<M: From<Msg> + Send + 'static>(ports: &Ports, replies: &Sender<M>) -> Self {
        let (store, store_jobs) = channel();
        let (clipboard, clipboard_jobs) = channel();
        let (ledger, ledger_jobs) = channel();
        let (presets, presets_jobs) = channel();
        let canceller = Arc::new(Mutex::new(None));
        let server = Server::start(ports, replies);
        let mut desk = StoreDesk {
            ports: ports.clone(),
            store: None,
            canceller: Arc::clone(&canceller),
            built_in: Listing::local_dev(),
            told: None,
            planning: Planning::default(),
            server: server.orders(),
        };
        let to = replies.clone();
        thread::spawn(move || {
            let send = |reply| to.send(Msg::Reply(reply).into()).is_ok();
            answer_all(&store_jobs, |job| desk.answer(job, &|reply| _ = send(reply)), send);
        });
        let mut desk = LedgerDesk::new(ports.clone());
        let to = replies.clone();
        thread::spawn(move || {
            desk.work(&ledger_jobs, &|news| to.send(Msg::Reply(Reply::Ledger(news)).into()).is_ok());
        });
        let (desk, to) = (ports.clone(), replies.clone());
        thread::spawn(move || {
            presets::work(&desk, &presets_jobs, &|news| {
                to.send(Msg::Reply(Reply::Presets(news)).into()).is_ok()
            });
        });
        let network = Network::start(ports, replies);
        let (ports, to) = (ports.clone(), replies.clone());
        thread::spawn(move || {
            let mut clipboard = ports.clipboard();
            answer_all(
                &clipboard_jobs,
                |job| Some(copy(clipboard.as_mut(), job)),
                |reply| to.send(Msg::Reply(reply).into()).is_ok(),
            );
        });
        Self { store, clipboard, ledger, presets, network, server, canceller }
    }

    /// Hands an order to the store's worker; a cancellation reaches it while it waits.
    pub fn store(&self, job: StoreJob) {
        if job == StoreJob::Cancel {
            if let Some(canceller) = self.canceller.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
                canceller.cancel();
            }
            return;
        }
        // A worker that is gone has ended the program already.
        let _ = self.store.send(job);
    }

    /// Hands an order to the ledger's worker.
    pub fn ledger(&self, job: LedgerJob) {
        let _ = self.ledger.send(job);
    }

    /// Hands an order to the worker for presets.
    pub fn presets(&self, job: PresetsJob) {
        let _ = self.presets.send(job);
    }

    /// Hands an order to the network's worker; it is called off at once.
    pub fn network(&self, job: NetworkJob) {
        self.network.order(job);
    }

    /// Hands an order to the server's worker; where it needs a secret, by way of the store's.
    pub fn server(&self, job: ServerJob) {
        if let Some(job) = self.server.order(job) {
            self.store(StoreJob::Lend(job));
        }
    }

    /// Ends in order whatever listens, and waits for it. For the end of the program.
    pub fn close(&self) {
        self.server.close();
    }

    /// Hands an order to the clipboard's worker.
    pub fn clipboard(&self, job: ClipboardJob) {
        let _ = self.clipboard.send(job);
    }
}

fn words(message: &str, hint: String) -> Failure {
    Failure { message: message.to_owned(), hint, cure: Cure::Words }
}

fn answer_all<J>(
    jobs: &Receiver<J>,
    mut answer: impl FnMut(J) -> Option<Reply>,
    send: impl Fn(Reply) -> bool,
) {
    while let Ok(job) = jobs.recv() {
        if let Some(reply) = answer(job)
            && !send(reply)
        {
            return;
        }
    }
}

fn copy(clipboard: &mut dyn crate::clipboard::Clipboard, job: ClipboardJob) -> Reply {
    let failure = |error: crate::clipboard::ClipboardError| Failure {
        message: error.to_string(),
        hint: error.hint(),
        cure: Cure::Words,
    };
    match job {
        ClipboardJob::Copy { ticket, text, hold } => {
            Reply::Copied { ticket, result: clipboard.copy(&text, hold).map_err(failure) }
        }
        ClipboardJob::Read { ticket } => Reply::Read { ticket, result: clipboard.read().map_err(failure) },
        ClipboardJob::Clear { ticket } => {
            Reply::Cleared { ticket, result: clipboard.clear().map_err(failure) }
        }
    }
}

/// The store's worker.
struct StoreDesk {
    ports: Ports,
    store: Option<Box<dyn Store>>,
    canceller: Arc<Mutex<Option<Canceller>>>,
    built_in: Listing,
    /// The policies that the screens were told last.
    told: Option<KnownPolicies>,
    planning: Planning,
    server: Sender<Order>,
}

impl StoreDesk {
    /// One with an open store, whose server answers nobody. The screens know the policies.
    #[cfg(test)]
    fn open_for_test(ports: &Ports) -> Self {
        let mut desk = Self {
            ports: ports.clone(),
            store: None,
            canceller: Arc::default(),
            built_in: Listing::local_dev(),
            told: None,
            planning: Planning::default(),
            server: std::sync::mpsc::channel().0,
        };
        let opened =
            desk.answer(StoreJob::Open { ticket: super::message::Ticket(1), backend: None }, &|_| {});
        assert!(matches!(opened, Some(Reply::Listed { result: Ok(_), .. })), "{opened:?}");
        desk
    }

    /// `tell` is for what nobody asked: other policies, a token that was signed and could not be written down.
    fn answer(&mut self, job: StoreJob, tell: &dyn Fn(Reply)) -> Option<Reply> {
        // What signs compares them with what the screens knew, and reads them itself.
        if !matches!(job, StoreJob::Cancel | StoreJob::Sign { .. } | StoreJob::SignMany { .. }) {
            // What is wrong with them is told with them.
            let _ = self.read_policies(tell);
        }
        Some(match job {
            StoreJob::Cancel => return None,
            StoreJob::Lend(job) => return self.lend(job),
            StoreJob::Open { ticket, backend } => {
                Reply::Listed { ticket, result: self.open(backend).and_then(|()| self.contents()) }
            }
            StoreJob::Unlock { ticket, passphrase } => {
                Reply::Listed { ticket, result: self.unlock(&passphrase).and_then(|()| self.contents()) }
            }
            StoreJob::Sign { ticket, project, claims } => {
                let lets_pass = self.guard(&project, tell).and_then(|guard| guard.lets_pass(&claims));
                let result = lets_pass.and_then(|()| self.load(&project)).and_then(|project| {
                    let token = token::sign(&claims, &project.secret)
                        .map_err(|error| words(&error.to_string(), error.hint()))?;
                    // Before it is handed out: a token that is out there is in the ledger.
                    if let Err(failure) = self.record(&project, &claims, &token) {
                        tell(Reply::Ledger(LedgerNews::NotRecorded(failure)));
                    }
                    Ok(token)
                });
                Reply::Signed { ticket, result }
            }
            StoreJob::Look { ticket } => Reply::Found { ticket, offers: self.look() },
            StoreJob::Plan { ticket, wanted } => Reply::Planned { ticket, result: self.plan(wanted) },
            StoreJob::Import { ticket, wishes } => Reply::Imported { ticket, result: self.import(&wishes) },
            StoreJob::EmptyLk { ticket } => Reply::Emptied { ticket, result: self.empty_lk() },
            StoreJob::ForgetPlan => {
                self.planning = Planning::default();
                return None;
            }
            StoreJob::SignMany { ticket, project, many } => {
                Reply::SignedMany { ticket, result: self.sign_many(&project, &many, tell) }
            }
            StoreJob::Verify { ticket, token, project } => {
                let (result, near_miss) = match self.compare(&token, project.as_ref()) {
                    Ok((compared, near_miss)) => (Ok(compared), near_miss),
                    Err(failure) => (Err(failure), None),
                };
                Reply::Verified { ticket, result, near_miss }
            }
            StoreJob::Question { ticket, project, claims, now } => {
                let lets_pass = match &claims {
                    Some(claims) => self.guard(&project, tell).and_then(|guard| guard.allows(claims)),
                    None => Ok(()),
                };
                let result =
                    lets_pass.and_then(|()| self.question(&project, claims.as_deref(), now)).map(Box::new);
                Reply::Prepared { ticket, result }
            }
            StoreJob::Save { ticket, listing, secret, replaces } => {
                let saved = self.save(listing, secret, replaces.as_ref());
                let _ = self.read_policies(tell);
                Reply::Listed { ticket, result: saved.and_then(|()| self.contents()) }
            }
            StoreJob::Remove { ticket, name } => {
                let removed = self.remove(&name);
                let _ = self.read_policies(tell);
                Reply::Listed { ticket, result: removed.and_then(|()| self.contents()) }
            }
            StoreJob::SetPolicy { ticket, name, policy } => {
                let set = self.set_policy(&name, &policy, tell);
                Reply::Listed { ticket, result: set.and_then(|()| self.contents()) }
            }
            StoreJob::Rotate { ticket, name, pair, now } => {
                let rotated = self.rotate(&name, pair, now);
                Reply::Listed { ticket, result: rotated.and_then(|()| self.contents()) }
            }
            StoreJob::ForgetOld { ticket, name } => {
                let forgot = self.forget_old(&name);
                Reply::Listed { ticket, result: forgot.and_then(|()| self.contents()) }
            }
            StoreJob::SetDefault { ticket, name } => {
                let set = self.change_default(Some(name));
                Reply::Listed { ticket, result: set.and_then(|()| self.contents()) }
            }
        })
    }

    /// Hands a project with its secret to the server's worker, and tells only if it cannot.
    fn lend(&mut self, job: ServerJob) -> Option<Reply> {
        let name = match &job {
            ServerJob::Serve { project, .. } | ServerJob::Hear { project, .. } => project.clone(),
            ServerJob::Stop { .. } | ServerJob::Keep(_) | ServerJob::Seen(_) => return None,
        };
        match self.load(&name) {
            Ok(project) => {
                // A worker that is gone has ended the program already.
                if let Some(order) = Order::of(job, project) {
                    drop(self.server.send(order));
                }
                None
            }
            Err(failure) => Some(Reply::Server(match job {
                ServerJob::Hear { ticket, .. } => ServerNews::Hearing { ticket, result: Err(failure) },
                ServerJob::Serve { ticket, .. } | ServerJob::Stop { ticket, .. } => {
                    ServerNews::Serving { ticket, result: Err(failure) }
                }
                ServerJob::Keep(_) | ServerJob::Seen(_) => return None,
            })),
        }
    }

    fn record(&self, project: &Project, claims: &Claims, token: &Token) -> Result<(), Failure> {
        let ledger = self.ports.ledger().map_err(|error| Failure {
            message: error.to_string(),
            hint: error.hint(),
            cure: Cure::Words,
        })?;
        if !ledger.is_on() {
            return Ok(());
        }
        let row = Row::of(project, claims, token.fingerprint(), By::Screens);
        ledger.record(&row).map_err(|error| ledger::failure(&error))
    }

    fn open(&mut self, backend: Option<Backend>) -> Result<(), Failure> {
        if let Some(backend) = backend {
            self.ports = self.ports.with_store(backend);
        }
        let mut store = self.ports.open_store().map_err(|error| match error {
            PortsError::Store(error) => refused(&error),
            PortsError::Settings(_) | PortsError::Policies(_) => words(&error.to_string(), error.hint()),
        })?;
        *self.canceller.lock().unwrap_or_else(PoisonError::into_inner) = store.canceller();
        let ports = self.ports.clone();
        let lookup = move |name: &str| -> Option<OsString> { ports.variable(name) };
        // A vault that is not made yet asks when it is: with the first save.
        let unlocked = match unlock_from(store.as_mut(), &lookup) {
            Err(StoreError::NeedsPassphrase { new: true }) => Ok(()),
            other => other,
        };
        self.store = Some(store);
        unlocked.map_err(|error| refused(&error))
    }

    fn opened(&mut self) -> Result<&mut Box<dyn Store>, Failure> {
        self.store.as_mut().ok_or_else(|| Failure {
            message: "no store is open".into(),
            hint: String::new(),
            cure: Cure::AnotherStore,
        })
    }

    fn unlock(&mut self, passphrase: &Sensitive) -> Result<(), Failure> {
        let passphrase = Passphrase::parse(passphrase.expose()).map_err(|error| refused(&error))?;
        self.opened()?.unlock(passphrase).map_err(|error| refused(&error))
    }

    fn contents(&mut self) -> Result<Contents, Failure> {
        let default = self.ports.settings().ok().and_then(|settings| settings.default_project);
        let store = self.opened()?;
        let backend = store.backend();
        // A vault that is yet to be made has nothing in it.
        let projects = match store.list() {
            Err(StoreError::NeedsPassphrase { new: true }) => Vec::new(),
            listed => listed.map_err(|error| refused(&error))?,
        };
        // While there is nothing to show, there is time to ask whether anything could be kept.
        let provider = if projects.is_empty() {
            Some(store.probe().map_err(|error| refused(&error))?.to_string())
        } else {
            None
        };
        Ok(Contents { backend, provider, projects, default })
    }

    fn load(&mut self, name: &ProjectName) -> Result<Project, Failure> {
        let built_in = *name == ProjectName::local_dev();
        match self.store.as_ref().map(|store| store.load(name)) {
            Some(Ok(project)) => Ok(project),
            _ if built_in => Ok(Project::local_dev()),
            Some(Err(error)) => Err(refused(&error)),
            None => self.opened().map(|_| Project::local_dev()),
        }
    }

    /// A question for the project's server, with a token that only it is shown.
    fn question(
        &mut self,
        project: &ProjectName,
        claims: Option<&Claims>,
        now: Timestamp,
    ) -> Result<Question, Failure> {
        let project = self.load(project)?;
        let made = match claims {
            None => Question::of_project(&project, now),
            Some(claims) => token::sign(claims, &project.secret).map(|token| {
                Question::of_token(project.listing.url.clone(), token.to_sensitive(), Some(claims))
            }),
        };
        made.map_err(|error| words(&error.to_string(), error.hint()))
    }

    /// Compares a token with the secret of this project, or of the one whose key it names. Where that did not make the
    /// signature, looks for what did.
    fn compare(
        &mut self,
        token: &Sensitive,
        project: Option<&ProjectName>,
    ) -> Result<(Option<Compared>, Option<NearMiss>), Failure> {
        // The screen has read it already.
        let Ok(inspection) = inspect(token.expose()) else { return Ok((None, None)) };
        let listed = self.store.as_ref().and_then(|store| store.list().ok()).unwrap_or_default();
        let by_key = || {
            let key = inspection.issuer();
            let mut rows = listed.iter().chain(std::iter::once(&self.built_in));
            let present = rows.find(|listing| listing.key.as_str() == key);
            present.or_else(|| listed.iter().find(|listing| listing.had(key))).map(|l| l.name.clone())
        };
        let project = match project.cloned().or_else(by_key) {
            Some(name) => Some(self.load(&name)?),
            None => None,
        };
        let own = project.as_ref().map(|project| Credentials::of(project, inspection.issuer()));
        let compared = own.map(|own| inspection.compare(own));
        if compared.as_ref().is_some_and(|compared| compared.signature == Signature::Valid) {
            return Ok((compared, None));
        }
        let others: Vec<Project> =
            listed.iter().filter_map(|listing| self.store.as_ref()?.load(&listing.name).ok()).collect();
        let others = others
            .iter()
            .flat_map(Credentials::all_of)
            .filter(|other| own.is_none_or(|own| (own.name, own.key) != (other.name, other.key)));
        Ok((compared, near_miss(&inspection, own, others)))
    }

    fn save(
        &mut self,
        listing: crate::project::Listing,
        secret: Option<crate::project::ApiSecret>,
        replaces: Option<&ProjectName>,
    ) -> Result<(), Failure> {
        let ports = self.ports.clone();
        let store = self.opened()?;
        let no_secret = || Failure {
            message: "the project has no secret".into(),
            hint: "type its API secret".into(),
            cure: Cure::Words,
        };
        let name = listing.name.clone();
        match replaces {
            None => {
                let project = Project::new(listing, secret.ok_or_else(no_secret)?);
                store.add(&project).map_err(|error| refused(&error))?;
            }
            Some(old) => {
                // What the form has no field for stays: the key that is kept for verifying.
                let mut project = store.load(old).map_err(|error| refused(&error))?;
                if *old != name {
                    ports.rename_project(store.as_mut(), old, &name).map_err(|error| match error {
                        PortsError::Store(error) => refused(&error),
                        other => words(&other.to_string(), other.hint()),
                    })?;
                }
                project.listing = Listing { old: project.listing.old.take(), ..listing };
                project.secret = secret.unwrap_or(project.secret);
                store.save(&project).map_err(|error| refused(&error))?;
            }
        }
        self.remember(name, replaces)
    }

    /// The first project is the default one, and the one that takes its place; the store that holds it is the chosen one
    /// from now on.
    fn remember(&mut self, name: ProjectName, replaces: Option<&ProjectName>) -> Result<(), Failure> {
        let backend = self.opened()?.backend();
        let settings = self.ports.settings().unwrap_or_default();
        let first = settings.default_project.is_none();
        if first || settings.default_project.as_ref() == replaces {
            self.change_default(Some(name))?;
        }
        if settings.store.is_none() && matches!(backend, Backend::Keyring | Backend::Vault) {
            self.change_settings(|settings| settings.store = Some(backend))?;
        }
        Ok(())
    }

    fn remove(&mut self, name: &ProjectName) -> Result<(), Failure> {
        let ports = self.ports.clone();
        let left = ports.remove_project(self.opened()?.as_mut(), name).map_err(|error| refused(&error))?;
        if let Some(error) = left {
            return Err(words(&format!("{name} is removed, its policy is not: {error}"), error.hint()));
        }
        let default = self.ports.settings().ok().and_then(|settings| settings.default_project);
        if default.as_ref() == Some(name) {
            self.change_default(None)?;
        }
        Ok(())
    }

    fn change_default(&mut self, name: Option<ProjectName>) -> Result<(), Failure> {
        self.change_settings(|settings| settings.default_project = name)
    }

    fn change_settings(&self, change: impl FnOnce(&mut crate::settings::Settings)) -> Result<(), Failure> {
        // What lives for one run only leaves no trace in the settings.
        if self.store.as_ref().is_some_and(|store| store.backend() == Backend::Memory)
            && !self.ports.is_demo()
        {
            return Ok(());
        }
        self.ports.change_settings(change).map(drop).map_err(|error| Failure {
            message: error.to_string(),
            hint: error.hint(),
            cure: Cure::Words,
        })
    }
}

/// A store's error, and what the screen can offer.
fn refused(error: &StoreError) -> Failure {
    let cure = match error {
        StoreError::NeedsPassphrase { new } => Cure::Passphrase { new: *new },
        StoreError::Cancelled => Cure::Cancelled,
        StoreError::NoStore { .. }
        | StoreError::NoBus { .. }
        | StoreError::NoSecretService
        | StoreError::NoCollection
        | StoreError::KeyringLocked
        | StoreError::KeyringTimedOut { .. }
        | StoreError::KeyringStuck { .. }
        | StoreError::KeyringFailed { .. } => Cure::AnotherStore,
        _ => Cure::Words,
    };
    let hint = if cure == Cure::AnotherStore { error.hint_beside_others() } else { error.hint() };
    Failure { message: error.to_string(), hint, cure }
}
