//! The server's worker: starts and stops what listens, and tells the screen what came, no faster than it can be read.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::claims::problems;
use crate::clock::Timestamp;
use crate::files;
use crate::ports::serving::{self, Ended, Serving};
use crate::ports::{self, Ports};
use crate::project::Project;
use crate::server::keys::Keys;
use crate::server::listener::{self, Limits, ListenError, Listening, Plan};
use crate::server::policy::{self, Filling};
use crate::server::summary::Summary;
use crate::server::{Policy, ServeError};
use crate::settings::serve::Serve;
use crate::tui::message::{
    Begun, Ceiling, Failure, Msg, Reply, Requests, ServerJob, ServerNews, Terms, Ticket, Which,
};

use super::words;

/// Where bearer keys are looked for.
const KEYS_VARIABLE: &str = "ROOMKEY_SERVE_KEYS";
/// How many rows may wait to be told. What has no place is counted.
const ROOM: usize = 512;
/// The same for webhooks, each of which may hold a body.
const WEBHOOK_ROOM: usize = 64;
/// The screen is told this often at most.
const FRAME: Duration = Duration::from_millis(100);
/// How often it is told what was only counted.
const COUNTED: Duration = Duration::from_secs(1);
/// How long requests that have begun are waited for at the end.
const GRACE: Duration = Duration::from_secs(2);
/// How long the end of the program waits for all of that.
const LAST: Duration = Duration::from_secs(5);

/// An order that has its secret with it.
pub(super) enum Order {
    Serve { ticket: Ticket, project: Project, terms: Box<Terms> },
    Hear { ticket: Ticket, project: Project, port: u16 },
    Stop { ticket: Ticket, which: Which },
    Keep(Box<Serve>),
    Close(Sender<()>),
}

impl Order {
    /// The order for a job, with the project whose secret it needs. `None` for a job that needs none.
    pub(super) fn of(job: ServerJob, project: Project) -> Option<Self> {
        match job {
            ServerJob::Serve { ticket, terms, .. } => Some(Self::Serve { ticket, project, terms }),
            ServerJob::Hear { ticket, port, .. } => Some(Self::Hear { ticket, project, port }),
            ServerJob::Stop { .. } | ServerJob::Keep(_) | ServerJob::Seen(_) => None,
        }
    }
}

/// Whether the screen has seen what it was told last.
#[derive(Default)]
struct Credit {
    seen: Mutex<bool>,
    turned: Condvar,
}

impl Credit {
    fn give(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.turned.notify_all();
    }

    /// Waits until it has, and takes it back.
    fn spend(&self) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = self.turned.wait_while(seen, |seen| !*seen).unwrap_or_else(PoisonError::into_inner);
        *seen = false;
    }
}

/// The way to the worker.
pub(super) struct Server {
    orders: Sender<Order>,
    tokens: Arc<Credit>,
    webhooks: Arc<Credit>,
}

impl Server {
    /// Starts it. What it says goes to `replies`.
    pub(super) fn start<M: From<Msg> + Send + 'static>(ports: &Ports, replies: &Sender<M>) -> Self {
        let (orders, given) = channel();
        let server = Self { orders, tokens: Arc::default(), webhooks: Arc::default() };
        let mut desk = ServerDesk {
            ports: ports.clone(),
            tell: Tell::to(replies),
            credits: [server.tokens.clone(), server.webhooks.clone()],
            tokens: None,
            webhooks: None,
        };
        thread::spawn(move || desk.work(&given));
        server
    }

    /// The way for whoever has the secrets.
    pub(super) fn orders(&self) -> Sender<Order> {
        self.orders.clone()
    }

    /// Hands over an order that needs no secret; gives back one that does.
    pub(super) fn order(&self, job: ServerJob) -> Option<ServerJob> {
        match job {
            ServerJob::Seen(Which::Tokens) => self.tokens.give(),
            ServerJob::Seen(Which::Webhooks) => self.webhooks.give(),
            ServerJob::Stop { ticket, which } => drop(self.orders.send(Order::Stop { ticket, which })),
            ServerJob::Keep(serve) => drop(self.orders.send(Order::Keep(serve))),
            other => return Some(other),
        }
        None
    }

    /// Ends in order whatever listens, as the program ends.
    pub(super) fn close(&self) {
        let (done, told) = channel();
        if self.orders.send(Order::Close(done)).is_ok() {
            // A worker that takes longer is not waited for.
            let _ = told.recv_timeout(LAST);
        }
    }
}

/// Says something to the screen. Whether somebody listens.
#[derive(Clone)]
struct Tell(Arc<dyn Fn(ServerNews) -> bool + Send + Sync>);

impl Tell {
    fn to<M: From<Msg> + Send + 'static>(replies: &Sender<M>) -> Self {
        let to = Mutex::new(replies.clone());
        Self(Arc::new(move |news| {
            let to = to.lock().unwrap_or_else(PoisonError::into_inner);
            to.send(Msg::Reply(Reply::Server(news)).into()).is_ok()
        }))
    }

    fn say(&self, news: ServerNews) -> bool {
        (self.0)(news)
    }
}

/// Why there is no endpoint.
enum Unserved {
    /// Production has to be asked about these powers first.
    Production(Vec<String>),
    /// It cannot be.
    Failed(Failure),
}

impl From<Failure> for Unserved {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

struct ServerDesk {
    ports: Ports,
    tell: Tell,
    credits: [Arc<Credit>; 2],
    tokens: Option<Serving>,
    webhooks: Option<Listening>,
}

impl ServerDesk {
    fn work(&mut self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            let news = match order {
                Order::Serve { ticket, project, terms } => match self.serve(project, &terms) {
                    Ok(begun) => ServerNews::Serving { ticket, result: Ok(Box::new(begun)) },
                    Err(Unserved::Production(powers)) => ServerNews::Production { ticket, powers },
                    Err(Unserved::Failed(failure)) => ServerNews::Serving { ticket, result: Err(failure) },
                },
                Order::Hear { ticket, project, port } => {
                    ServerNews::Hearing { ticket, result: self.hear(project, port) }
                }
                Order::Stop { ticket, which } => {
                    ServerNews::Stopped { ticket, which, ended: self.stop(which) }
                }
                Order::Keep(serve) => {
                    let Err(error) = self.ports.change_settings(|settings| settings.serve = *serve) else {
                        continue;
                    };
                    ServerNews::NotKept(words(&error.to_string(), error.hint()))
                }
                Order::Close(done) => {
                    self.stop(Which::Tokens);
                    self.stop(Which::Webhooks);
                    let _ = done.send(());
                    return;
                }
            };
            if !self.tell.say(news) {
                return;
            }
        }
    }

    fn stop(&mut self, which: Which) -> Ended {
        match which {
            Which::Tokens => self.tokens.take().map(|serving| serving.stop(GRACE)),
            Which::Webhooks => self
                .webhooks
                .take()
                .map(|listening| Ended { answered: listening.stop(GRACE), recorded: true }),
        }
        .unwrap_or(Ended { answered: true, recorded: true })
    }

    fn serve(&mut self, project: Project, terms: &Terms) -> Result<Begun, Unserved> {
        self.stop(Which::Tokens);
        let now = Timestamp::now();
        let mut policy = self.policy(terms, now)?;
        policy.project = self
            .ports
            .policy(&project.listing.name)
            .map_err(|error| words(&error.to_string(), error.hint()))?;
        let found = policy.check(&project.listing.key, now).map_err(|fault| failure(&fault.into()))?;
        let powers = policy.asks_twice(&project.listing.key, now);
        if !powers.is_empty() && !terms.production_meant {
            return Err(Unserved::Production(powers));
        }
        policy.production_meant = terms.production_meant;
        let odd = found.into_iter().chain(problems::of_project(&project)).map(|odd| odd.message).collect();
        let summary = Summary::of(&policy, &project.listing, now, &ports::zone());
        let bound = listener::loopback(terms.port).map_err(|error| failure(&error.into()))?;
        let (send, rows) = sync_channel(ROOM);
        let limits = Limits::usual(true);
        let plan = Plan { policy, project, limits, tls: None, rows: Some(send), issued: None };
        let tell = self.tell.clone();
        let recording = move |news| _ = tell.say(ServerNews::Recording(news));
        let serving =
            self.ports.serve(bound, plan, true, recording).map_err(|error| failure(&error.into()))?;
        let url = serving.listening().url();
        let (counters, tell) = (serving.listening().counters(), self.tell.clone());
        pump(rows, self.credits[0].clone(), move |rows, idle| {
            let counts = counters.now();
            (!idle.is_some_and(|before| before == counts)).then(|| {
                let refusals = counters.refusals();
                tell.say(ServerNews::Requests(Box::new(Requests { rows, counts, refusals })));
                counts
            })
        });
        self.tokens = Some(serving);
        Ok(Begun { url, summary, odd })
    }

    fn hear(&mut self, project: Project, port: u16) -> Result<String, Failure> {
        self.stop(Which::Webhooks);
        let bound = listener::loopback(port).map_err(|error| failure(&error.into()))?;
        let (send, rows) = sync_channel(WEBHOOK_ROOM);
        let listening =
            serving::receive(bound, vec![project], send).map_err(|error| failure(&error.into()))?;
        let url = listening.url();
        let (counters, tell) = (listening.counters(), self.tell.clone());
        pump(rows, self.credits[1].clone(), move |heard, idle| {
            let counts = counters.now();
            (!idle.is_some_and(|before| before == counts)).then(|| {
                tell.say(ServerNews::Heard { heard, counts });
                counts
            })
        });
        self.webhooks = Some(listening);
        Ok(url)
    }

    fn policy(&self, terms: &Terms, now: Timestamp) -> Result<Policy, Failure> {
        let mut policy = match &terms.ceiling {
            Ceiling::Draft(draft) => Policy::under((**draft).clone()),
            Ceiling::File(path) => {
                let text = self.read(path)?;
                let own = |name: &str| {
                    let found = self.ports.presets().called(name);
                    found.map(|preset| preset.draft).map_err(|error| (error.to_string(), error.hint()))
                };
                policy::parse_with(&text, path, now, &own).map_err(|error| failure(&error.into()))?
            }
        };
        policy.filling = Some(Filling { user: self.ports.user(), zone: ports::zone() });
        policy.guard.origins.extend(terms.origins.iter().cloned());
        if let Some(keys) = self.ports.variable(KEYS_VARIABLE) {
            let unreadable =
                || words(&format!("{KEYS_VARIABLE} is not text"), "one name = key a line, in UTF-8".into());
            let text = keys.into_string().map_err(|_| unreadable())?;
            policy.guard.keys = Keys::parse(&text).map_err(|error| failure(&error.into()))?;
        }
        Ok(policy)
    }

    fn read(&self, path: &str) -> Result<String, Failure> {
        let home = path.strip_prefix("~/").and_then(|rest| {
            let home = self.ports.variable("HOME")?;
            Some(PathBuf::from(home).join(rest))
        });
        let path = home.unwrap_or_else(|| PathBuf::from(path));
        let said = |what: &str, hint: &str| words(&format!("{} {what}", path.display()), hint.to_owned());
        let bytes = match files::read(&path, files::Others::MayRead) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err(said("is not there", "e names another policy file, or none")),
            Err(error) => {
                return Err(words(&error.to_string(), error.hint()));
            }
        };
        let text =
            std::str::from_utf8(&bytes).map_err(|_| said("is not text (UTF-8)", "write it in TOML"))?;
        Ok(text.to_owned())
    }
}

/// Why there is no listener, with what to do about it on this screen.
fn failure(error: &ServeError) -> Failure {
    let hint = match error {
        ServeError::Listen(ListenError::Taken { .. }) => {
            "another one may be running; e chooses another port, 0 is any that is free".into()
        }
        ServeError::Listen(ListenError::Denied { .. }) => "e chooses a port from 1024 on".into(),
        other => other.hint(),
    };
    words(&error.to_string(), hint)
}

/// Tells what comes until nothing more can: at once if little does, and else at most every [`FRAME`], and never before
/// what was told last has been seen. `tell` is given the rows and, if there are none, what it answered the last time;
/// it answers nothing if there was nothing to tell.
fn pump<T: Send + 'static, C: Copy + Send + 'static>(
    rows: Receiver<T>,
    credit: Arc<Credit>,
    mut tell: impl FnMut(Vec<T>, Option<C>) -> Option<C> + Send + 'static,
) {
    credit.give();
    thread::spawn(move || {
        let mut told = None::<Instant>;
        let mut last = None;
        loop {
            let first = match rows.recv_timeout(COUNTED) {
                Ok(row) => Some(row),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if let Some(rest) = told.and_then(|told| FRAME.checked_sub(told.elapsed())) {
                thread::sleep(rest);
            }
            credit.spend();
            let came: Vec<T> = first.into_iter().chain(rows.try_iter().take(ROOM)).collect();
            let before = if came.is_empty() { last } else { None };
            match tell(came, before) {
                Some(counted) => last = Some(counted),
                None => credit.give(),
            }
            told = Some(Instant::now());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::policy::{Allowed, ProjectPolicy};
    use crate::server::origin::Origin;

    struct Bench {
        server: Server,
        news: Receiver<Msg>,
    }

    impl Bench {
        fn new(ports: &Ports) -> Self {
            let (to, news) = channel();
            Self { server: Server::start(ports, &to), news }
        }

        fn serve(&self, port: u16, ceiling: Ceiling) -> ServerNews {
            self.serve_for(Project::local_dev(), port, ceiling, false)
        }

        fn serve_for(
            &self,
            project: Project,
            port: u16,
            ceiling: Ceiling,
            production_meant: bool,
        ) -> ServerNews {
            let origins = vec![Origin::parse("https://app.example.com").unwrap()];
            let terms = Box::new(Terms { port, origins, ceiling, production_meant });
            let order = Order::Serve { ticket: Ticket(1), project, terms };
            self.server.orders().send(order).unwrap();
            self.next()
        }

        fn next(&self) -> ServerNews {
            match self.news.recv_timeout(Duration::from_secs(20)).unwrap() {
                Msg::Reply(Reply::Server(news)) => news,
                other => panic!("{other:?}"),
            }
        }
    }

    fn draft() -> Ceiling {
        Ceiling::Draft(Arc::new(Policy::default().ceiling))
    }

    #[track_caller]
    fn begun(news: ServerNews) -> Begun {
        match news {
            ServerNews::Serving { ticket: Ticket(1), result: Ok(begun) } => *begun,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn refused(news: ServerNews) -> (String, String) {
        match news {
            ServerNews::Serving { result: Err(failure), .. } => (failure.message, failure.hint),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_serves_what_the_draft_allows_until_it_is_told_to_stop() {
        let bench = Bench::new(&Ports::demo());
        let begun = begun(bench.serve(0, draft()));
        assert!(begun.url.starts_with("http://localhost:"), "{}", begun.url);
        assert_eq!(begun.summary.origins, ["https://app.example.com"]);
        let port: u16 = begun.url.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        let other = Bench::new(&Ports::demo());
        let (message, hint) = refused(other.serve(port, draft()));
        assert!(message.contains("is taken") && hint.contains("e chooses"), "{message}: {hint}");
        assert_eq!(bench.server.order(ServerJob::Stop { ticket: Ticket(7), which: Which::Tokens }), None);
        let ended = Ended { answered: true, recorded: true };
        assert_eq!(bench.next(), ServerNews::Stopped { ticket: Ticket(7), which: Which::Tokens, ended });
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }

    #[test]
    fn a_port_for_others_is_told_with_what_to_do_on_the_screen() {
        let at = "127.0.0.1:80".parse().unwrap();
        for error in [ListenError::Denied { at }, ListenError::Taken { at }] {
            let failure = failure(&error.into());
            assert!(failure.hint.contains("e chooses") && !failure.hint.contains("--port"), "{failure:?}");
        }
    }

    #[test]
    fn a_policy_file_that_is_wrong_or_missing_is_told_with_its_cure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        let bench = Bench::new(&Ports::demo());
        let file = || Ceiling::File(path.display().to_string());
        let (message, hint) = refused(bench.serve(0, file()));
        assert!(message.contains("is not there") && hint.contains('e'), "{message}: {hint}");
        for (text, what) in
            [("rooms = 3\n", "policy.toml"), ("roms = []\n", "roms"), ("rooms = []\n", "no room")]
        {
            std::fs::write(&path, text).unwrap();
            let (message, hint) = refused(bench.serve(0, file()));
            assert!(message.contains(what) && !hint.is_empty(), "{text}: {message}: {hint}");
        }
        std::fs::write(&path, "rooms = [\"demo-*\"]\nttl = \"10m\"\n").unwrap();
        let begun = begun(bench.serve(0, file()));
        assert_eq!((begun.summary.rooms, begun.summary.ttl), (vec!["demo-*".to_owned()], 600));
    }

    #[test]
    fn what_was_chosen_is_in_the_settings_for_the_next_run() {
        let ports = Ports::demo();
        let bench = Bench::new(&ports);
        let chosen = Serve { port: 9_000, policy: Some("policy.toml".into()), ..Serve::default() };
        assert_eq!(bench.server.order(ServerJob::Keep(Box::new(chosen.clone()))), None);
        // Orders are obeyed one after the other.
        begun(bench.serve(0, draft()));
        assert_eq!(ports.settings().unwrap().serve, chosen);
    }

    #[test]
    fn a_screen_that_does_not_look_is_told_nothing_and_holds_nothing_up() {
        let (send, rows) = sync_channel(4);
        let (to, told) = channel();
        let credit = Arc::new(Credit::default());
        pump(rows, credit.clone(), move |rows: Vec<u32>, _: Option<()>| {
            drop(to.send(rows));
            Some(())
        });
        let next = || told.recv_timeout(Duration::from_secs(10));
        send.send(0).unwrap();
        assert_eq!(next(), Ok(vec![0]));
        let mut dropped = 0;
        for row in 1..100 {
            dropped += u32::from(send.try_send(row).is_err());
        }
        assert!(dropped >= 90, "{dropped}");
        assert!(told.recv_timeout(3 * FRAME).is_err());
        credit.give();
        assert_eq!(next().unwrap()[0], 1);
    }

    #[test]
    fn under_a_flood_the_screen_is_told_ten_times_a_second_and_not_more() {
        let (send, rows) = sync_channel(ROOM);
        let (to, told) = channel();
        let credit = Arc::new(Credit::default());
        let eager = credit.clone();
        pump(rows, credit, move |rows: Vec<u32>, _: Option<()>| {
            eager.give();
            let _ = to.send(rows.len());
            Some(())
        });
        let until = Instant::now() + Duration::from_millis(550);
        while Instant::now() < until {
            let _ = send.try_send(0);
        }
        drop(send);
        let pieces: Vec<usize> = told.iter().collect();
        assert!(
            (2..=8).contains(&pieces.len()) && pieces.iter().all(|piece| *piece <= ROOM + 1),
            "{pieces:?}"
        );
    }

    #[test]
    fn the_end_of_the_program_ends_what_listens() {
        let bench = Bench::new(&Ports::demo());
        let begun = begun(bench.serve(0, draft()));
        let port: u16 = begun.url.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        bench.server.close();
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }

    #[test]
    fn a_policy_holds_for_what_is_served_and_production_is_asked_first() {
        let ports = Ports::demo();
        let bench = Bench::new(&ports);
        let project = Project::local_dev();
        let name = project.listing.name.clone();
        let policy = ProjectPolicy { production: true, max_ttl: Some(86_400), ..ProjectPolicy::default() };
        ports.change_policies(|policies| policies.set(&name, policy.clone())).unwrap();
        // What joins alone is no matter of production.
        assert!(matches!(bench.serve(0, draft()), ServerNews::Serving { result: Ok(_), .. }));
        let mut admin = Policy::default().ceiling;
        admin.grants.video.room_admin = true;
        let admin = Ceiling::Draft(Arc::new(admin));
        let asked = bench.serve_for(project.clone(), 0, admin.clone(), false);
        assert_eq!(
            asked,
            ServerNews::Production { ticket: Ticket(1), powers: vec!["video.roomAdmin".into()] }
        );
        let begun = bench.serve_for(project.clone(), 0, admin, true);
        assert!(matches!(begun, ServerNews::Serving { result: Ok(_), .. }), "{begun:?}");
        // A ceiling over the policy is refused whatever was asked.
        let mut listens = Policy::default().ceiling;
        listens.grants.video.can_publish = Some(false);
        let allow = Allowed::parse("video.roomJoin").unwrap();
        let policy = ProjectPolicy { allow: Some(vec![allow]), ..policy.clone() };
        ports.change_policies(|policies| policies.set(&name, policy.clone())).unwrap();
        let refused = bench.serve_for(project, 0, Ceiling::Draft(Arc::new(listens)), true);
        let ServerNews::Serving { result: Err(failure), .. } = refused else { panic!("{refused:?}") };
        assert!(failure.message.contains("the project"), "{failure:?}");
    }
}
