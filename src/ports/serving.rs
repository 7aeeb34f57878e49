//! Endpoints that run: a listener, and the thread that writes down what it signs.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Ports;
use crate::ledger::{By, Ledger, Row};
use crate::project::Project;
use crate::server::counters::Counters;
use crate::server::listener::{
    self, Bound, Issued, IssuedReceiver, Judged, Limits, ListenError, Listening, Plan, Posted, Receiving,
};
use crate::text::redact;
use crate::webhook::receive::{Heard, judge};
use crate::webhook::request::Request;

/// How long rows gather before they are written: to be woken for each would cost the endpoint more than to sign.
const GATHER: Duration = Duration::from_millis(10);
/// With so many at once there is no need to wait for more, and soon no place for them.
const MANY: usize = 256;
/// How often the settings are asked whether the ledger is on.
const LOOK: Duration = Duration::from_secs(1);
/// How long the last rows are waited for at the end.
const LAST_ROWS: Duration = Duration::from_secs(2);

/// What there is to say about writing down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// It does not work. Said once, until it works again; tokens are signed all the same.
    Failed {
        /// What happened.
        message: String,
        /// What to do about it.
        hint: String,
    },
    /// It works again, and so many tokens are missing.
    Again {
        /// How many.
        lost: u64,
    },
}

/// A token endpoint, and what writes its tokens down.
#[derive(Debug)]
pub struct Serving {
    listening: Listening,
    recorder: Option<JoinHandle<()>>,
}

/// How an endpoint ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whether all that had been asked was answered.
    pub answered: bool,
    /// Whether all that was signed is written down, or known not to be.
    pub recorded: bool,
}

impl Ports {
    /// Begins to answer, and to write down what is signed, if `record`. Only [`Plan::issued`] is filled in.
    ///
    /// # Errors
    /// As [`Bound::serve`].
    pub fn serve(
        &self,
        bound: Bound,
        mut plan: Plan,
        record: bool,
        tell: impl Fn(Recording) + Send + 'static,
    ) -> Result<Serving, ListenError> {
        if !record {
            return Ok(Serving { listening: bound.serve(plan)?, recorder: None });
        }
        let (send, issued) = listener::issued();
        plan.issued = Some(send);
        let project = plan.project.clone();
        let listening = bound.serve(plan)?;
        let (ports, counters) = (self.clone(), listening.counters());
        let recorder = thread::Builder::new().name("recorder".into()).spawn(move || {
            let open = move || ports.ledger().map_err(|error| (error.to_string(), error.hint()));
            Recorder::new(open, counters, tell).work(&project, issued);
        });
        let recorder = recorder.map_err(|error| ListenError::Runtime { why: error.to_string() })?;
        Ok(Serving { listening, recorder: Some(recorder) })
    }
}

impl Serving {
    /// The listener.
    #[must_use]
    pub fn listening(&self) -> &Listening {
        &self.listening
    }

    /// Takes no more connections, answers what has been asked, writes down what was signed, and ends.
    pub fn stop(self, grace: Duration) -> Ended {
        let answered = self.listening.stop(grace);
        let until = Instant::now() + LAST_ROWS;
        // It ends when the last connection is gone, which holds the other end.
        while self.recorder.as_ref().is_some_and(|recorder| !recorder.is_finished()) && Instant::now() < until
        {
            thread::sleep(Duration::from_millis(5));
        }
        Ended { answered, recorded: self.recorder.is_none_or(|recorder| recorder.is_finished()) }
    }
}

/// Writes down what an endpoint signs.
struct Recorder<O, T> {
    open: O,
    tell: T,
    counters: Arc<Counters>,
    ledger: Option<(Ledger, Instant)>,
    /// How many are missing since it failed, once it has.
    lost: Option<u64>,
}

impl<O, T> Recorder<O, T>
where
    O: Fn() -> Result<Ledger, (String, String)>,
    T: Fn(Recording),
{
    fn new(open: O, counters: Arc<Counters>, tell: T) -> Self {
        Self { open, tell, counters, ledger: None, lost: None }
    }

    /// Writes until the endpoint is gone.
    fn work(&mut self, project: &Project, mut issued: IssuedReceiver) {
        let mut taken = Vec::new();
        while issued.wait(&mut taken) {
            let few = taken.len() < MANY;
            self.take(project, &mut taken);
            if few {
                thread::sleep(GATHER);
            }
        }
    }

    fn take(&mut self, project: &Project, taken: &mut Vec<Issued>) {
        let count = taken.len() as u64;
        match self.write(project, taken) {
            Ok(()) => {
                if let Some(lost) = self.lost.take() {
                    (self.tell)(Recording::Again { lost });
                }
            }
            Err((message, hint)) => {
                self.counters.not_recorded(count);
                if self.lost.is_none() {
                    (self.tell)(Recording::Failed { message, hint });
                }
                *self.lost.get_or_insert(0) += count;
            }
        }
        taken.clear();
    }

    fn write(&mut self, project: &Project, taken: &[Issued]) -> Result<(), (String, String)> {
        if self.ledger.as_ref().is_none_or(|(_, since)| since.elapsed() >= LOOK) {
            self.ledger = Some(((self.open)()?, Instant::now()));
        }
        let Some((ledger, _)) = self.ledger.as_ref().filter(|(ledger, _)| ledger.is_on()) else {
            return Ok(());
        };
        let row = |one: &Issued| Row::of(project, &one.claims, one.fingerprint, By::Endpoint);
        let rows: Vec<Row> = taken.iter().map(row).collect();
        ledger.record_all(&rows).map_err(|error| (error.to_string(), error.hint()))
    }
}

/// Begins to receive webhooks, and to verify them with the keys of these projects. A row that finds no place is
/// counted in the listener's counters.
///
/// # Errors
/// As [`Bound::receive`].
pub fn receive(
    bound: Bound,
    projects: Vec<Project>,
    rows: SyncSender<Heard>,
) -> Result<Listening, ListenError> {
    let loopback = bound.addresses().iter().all(|at| at.ip().is_loopback());
    // Each may hold a body.
    let limits = Limits { connections: 256, ..Limits::usual(loopback) };
    let judge = move |posted: Posted| {
        let heard = hear(posted, &projects);
        let (accepted, sentence) = (heard.accepted(), redact(heard.sentence()).into_owned());
        Judged { accepted, sentence, row_dropped: rows.try_send(heard).is_err() }
    };
    bound.receive(Receiving { limits, judge: Box::new(judge) })
}

fn hear(posted: Posted, projects: &[Project]) -> Heard {
    let Posted { at, peer, path, authorization, content_type, body } = posted;
    let (body, report) = match body {
        Ok(body) => {
            let header = authorization.as_ref().map(|value| value.expose().to_owned());
            let request = Request { authorization: header, content_type, body };
            let report = judge(&request, projects, at);
            (request.body, Ok(report))
        }
        Err(refusal) => (Vec::new(), Err(refusal.sentence)),
    };
    Heard { at, peer, path, authorization, body, report }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;
    use crate::claims::Claims;
    use crate::clock::Timestamp;
    use crate::files::{Disk, Paths, Step};
    use crate::token::Fingerprint;

    fn issued(identity: &str) -> Issued {
        let now = Timestamp::from_unix(1_795_531_327);
        let claims = Claims {
            identity: identity.into(),
            issuer: "devkey".into(),
            issued_at: Some(now),
            expires_at: Some(now.plus(900)),
            ..Claims::default()
        };
        Issued { claims: Box::new(claims), fingerprint: Fingerprint::of(identity) }
    }

    fn identities(ledger: &Ledger) -> Vec<String> {
        let mut reading = ledger.newest_first().unwrap();
        let mut all = Vec::new();
        while let Some(rows) = reading.next_rows().unwrap() {
            all.extend(rows.into_iter().map(|row| format!("{} {}", row.by.as_str(), row.identity)));
        }
        all
    }

    #[test]
    fn a_full_disk_is_told_once_and_counted_and_told_again_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let full = Arc::new(std::sync::atomic::AtomicBool::new(true));
        let is_full = full.clone();
        let disk = Disk::interrupted(move |step| match step {
            Step::Write if is_full.load(std::sync::atomic::Ordering::Relaxed) => {
                Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
            }
            _ => Ok(()),
        });
        let ledger = Ledger::file(&Paths::under(folder.path()), disk);
        let told = RefCell::new(Vec::new());
        let counters = Arc::new(Counters::default());
        let project = Project::local_dev();
        let mut recorder =
            Recorder::new(|| Ok(ledger.clone()), counters.clone(), |news| told.borrow_mut().push(news));
        for name in ["a", "b", "c"] {
            recorder.take(&project, &mut vec![issued(name), issued("x")]);
        }
        assert_eq!(counters.now().not_recorded, 6);
        full.store(false, std::sync::atomic::Ordering::Relaxed);
        recorder.take(&project, &mut vec![issued("d"), issued("e")]);
        let told = told.take();
        let [Recording::Failed { message, hint }, Recording::Again { lost: 6 }] = &told[..] else {
            panic!("{told:?}")
        };
        assert!(message.contains("ledger.jsonl") && !hint.is_empty(), "{message}: {hint}");
        assert_eq!(identities(&ledger), ["serve e", "serve d"]);
        assert_eq!(counters.now().not_recorded, 6);
    }

    #[test]
    fn a_ledger_that_is_switched_off_stays_as_it_is_and_nothing_is_lost() {
        let ledger = Ledger::memory(Vec::new());
        let on = Cell::new(false);
        let counters = Arc::new(Counters::default());
        let open = || Ok(ledger.clone().switched(on.get()));
        let mut recorder = Recorder::new(open, counters.clone(), |news| panic!("{news:?}"));
        recorder.take(&Project::local_dev(), &mut vec![issued("a")]);
        on.set(true);
        recorder.ledger = None;
        recorder.take(&Project::local_dev(), &mut vec![issued("b")]);
        assert_eq!(identities(&ledger), ["serve b"]);
        assert_eq!(counters.now().not_recorded, 0);
    }

    #[test]
    fn every_token_of_an_endpoint_is_in_the_ledger_when_it_has_ended() {
        use std::io::{Read, Write};
        let ports = Ports::demo();
        let before = identities(&ports.ledger().unwrap()).len();
        let plan = Plan {
            policy: crate::server::Policy::default(),
            project: Project::local_dev(),
            limits: Limits::usual(true),
            tls: None,
            rows: None,
            issued: None,
        };
        let serving =
            ports.serve(listener::loopback(0).unwrap(), plan, true, |news| panic!("{news:?}")).unwrap();
        let at = serving.listening().addresses()[0];
        let mut stream = std::net::TcpStream::connect(at).unwrap();
        let body = r#"{"room_name":"demo","participant_identity":"alice"}"#;
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        for _ in 0..20 {
            stream.write_all(request.as_bytes()).unwrap();
            let mut head = [0; 12];
            stream.read_exact(&mut head).unwrap();
            assert_eq!(&head, b"HTTP/1.1 201");
            let mut rest = [0; 4_096];
            assert!(stream.read(&mut rest).unwrap() > 0);
        }
        assert_eq!(serving.stop(Duration::from_secs(2)), Ended { answered: true, recorded: true });
        let after = identities(&ports.ledger().unwrap());
        assert_eq!(after.len(), before + 20);
        assert_eq!(after[0], "serve alice");
    }
}
