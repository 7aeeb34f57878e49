//! The one thread that talks to the keyring, so that nobody else ever waits for it without a limit.
//!
//! A keyring call can block for ever: a dialog that nobody answers, a service that hangs. D-Bus calls here have no
//! time limit of their own and cannot be broken off. So a call that takes too long, or is cancelled, leaves its
//! thread behind, and the next call gets a new one. A thread left behind ends when its call does, or with the
//! process, which never waits for it.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use super::native::Service;
use crate::store::StoreError;

/// How many calls may be left waiting before the keyring counts as hung.
const MOST_LEFT_BEHIND: usize = 4;

type Job = Box<dyn FnOnce(&mut Service) + Send>;
type Wake = Box<dyn Fn() + Send>;

/// The thread, and the calls to it.
pub(super) struct Worker {
    limit: Duration,
    thread: RefCell<Option<mpsc::Sender<Job>>>,
    canceller: Canceller,
    left_behind: Arc<LeftBehind>,
}

/// Whether a call changes what is in the keyring.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

/// How many calls still run that nobody waits for.
#[derive(Default)]
struct LeftBehind {
    reads: AtomicUsize,
    writes: AtomicUsize,
}

impl LeftBehind {
    fn of(&self, kind: Kind) -> &AtomicUsize {
        match kind {
            Kind::Read => &self.reads,
            Kind::Write => &self.writes,
        }
    }

    /// How many there are, if that keeps a new call from being made. A write left behind may still take effect:
    /// one made after it could be undone by it.
    fn in_the_way_of(&self, kind: Kind) -> Option<usize> {
        let [reads, writes] = [&self.reads, &self.writes].map(|count| count.load(Ordering::SeqCst));
        let calls = reads + writes;
        (calls >= MOST_LEFT_BEHIND || kind == Kind::Write && writes > 0).then_some(calls)
    }
}

/// Ends the wait for a keyring from another thread: the waiting call returns [`StoreError::Cancelled`].
#[derive(Clone, Default)]
pub struct Canceller {
    waiting: Arc<Mutex<Option<Wake>>>,
}

impl Canceller {
    /// Cancels the call that waits now. Without one it does nothing: the next call is not affected.
    pub fn cancel(&self) {
        if let Some(wake) = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            wake();
        }
    }

    fn set(&self, wake: Option<Wake>) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = wake;
    }
}

enum Event<T> {
    Answered(T),
    Cancelled,
    Panicked,
}

impl Worker {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            thread: RefCell::new(None),
            canceller: Canceller::default(),
            left_behind: Arc::default(),
        }
    }

    pub(super) fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// Runs `job` on the thread and waits for what it returns, up to the limit.
    pub(super) fn call<T: Send + 'static>(
        &self,
        kind: Kind,
        job: impl FnOnce(&mut Service) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        self.call_within(self.limit, kind, job)
    }

    /// The same, but no longer than `most`.
    pub(super) fn call_within<T: Send + 'static>(
        &self,
        most: Duration,
        kind: Kind,
        job: impl FnOnce(&mut Service) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let limit = self.limit.min(most);
        if let Some(calls) = self.left_behind.in_the_way_of(kind) {
            return Err(StoreError::KeyringStuck { calls });
        }
        let (answer, answered) = mpsc::channel();
        let wake = answer.clone();
        self.canceller.set(Some(Box::new(move || {
            let _ = wake.send(Event::Cancelled);
        })));
        let ended = Arc::new(AtomicBool::new(false));
        let event =
            self.send(self.job(kind, job, answer, ended.clone())).map(|()| answered.recv_timeout(limit));
        self.canceller.set(None);
        match event? {
            Ok(Event::Answered(value)) => Ok(value),
            Ok(Event::Panicked) | Err(mpsc::RecvTimeoutError::Disconnected) => {
                self.thread.take();
                Err(StoreError::KeyringFailed { reason: "its thread ended by itself".into() })
            }
            Ok(Event::Cancelled) => {
                self.leave_behind(kind, &ended);
                Err(StoreError::Cancelled)
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                self.leave_behind(kind, &ended);
                Err(StoreError::KeyringTimedOut { after: limit })
            }
        }
    }

    fn job<T: Send + 'static>(
        &self,
        kind: Kind,
        job: impl FnOnce(&mut Service) -> T + Send + 'static,
        answer: mpsc::Sender<Event<T>>,
        ended: Arc<AtomicBool>,
    ) -> Job {
        let left_behind = self.left_behind.clone();
        Box::new(move |service| {
            service.given_up = ended.clone();
            let event = match catch_unwind(AssertUnwindSafe(|| job(service))) {
                Ok(value) => Event::Answered(value),
                Err(_) => Event::Panicked,
            };
            // Nobody may be waiting any more; a secret in the answer is then wiped here.
            let _ = answer.send(event);
            if ended.swap(true, Ordering::SeqCst) {
                left_behind.of(kind).fetch_sub(1, Ordering::SeqCst);
            }
        })
    }

    /// Gives the running call up. Of its two ends, caller and thread, the one that comes second sets `ended`
    /// again, and sees by it that nothing is left behind any more.
    fn leave_behind(&self, kind: Kind, ended: &AtomicBool) {
        self.thread.take();
        let count = self.left_behind.of(kind);
        count.fetch_add(1, Ordering::SeqCst);
        if ended.swap(true, Ordering::SeqCst) {
            count.fetch_sub(1, Ordering::SeqCst);
        }
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let mut thread = self.thread.borrow_mut();
        let job = match thread.take() {
            Some(jobs) => match jobs.send(job) {
                Ok(()) => {
                    *thread = Some(jobs);
                    return Ok(());
                }
                Err(mpsc::SendError(job)) => job,
            },
            None => job,
        };
        let failed = |reason: String| StoreError::KeyringFailed { reason };
        let (jobs, queue) = mpsc::channel::<Job>();
        thread::Builder::new()
            .name("keyring".into())
            .spawn(move || {
                let mut service = Service::default();
                for job in queue {
                    job(&mut service);
                }
            })
            .map_err(|error| failed(format!("its thread cannot be started: {error}")))?;
        jobs.send(job).map_err(|_| failed("its thread ended by itself".into()))?;
        *thread = Some(jobs);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn worker(limit: u64) -> Worker {
        Worker::new(Duration::from_millis(limit))
    }

    fn blocked() -> (mpsc::Sender<()>, impl FnOnce(&mut Service) -> u8 + Send + 'static) {
        let (release, wait) = mpsc::channel::<()>();
        (release, move |_: &mut Service| {
            let _ = wait.recv();
            1
        })
    }

    #[test]
    fn a_call_that_takes_too_long_is_left_and_the_next_one_works() {
        let worker = worker(50);
        let (release, job) = blocked();
        let start = Instant::now();
        let error = worker.call(Kind::Read, job).unwrap_err();
        assert_eq!(error, StoreError::KeyringTimedOut { after: Duration::from_millis(50) });
        assert!(start.elapsed() < Duration::from_secs(2));
        assert_eq!(worker.call(Kind::Read, |_| 7), Ok(7));
        assert_eq!(count(&worker), 1);
        drop(release);
        wait_until(|| count(&worker) == 0);
    }

    #[test]
    fn calls_share_one_thread() {
        let worker = worker(5_000);
        let first = worker.call(Kind::Read, |_| thread::current().id()).unwrap();
        assert_eq!(worker.call(Kind::Read, |_| thread::current().id()), Ok(first));
        assert_ne!(first, thread::current().id());
    }

    #[test]
    fn another_thread_cancels_a_wait_and_an_idle_cancel_is_nothing() {
        let worker = worker(60_000);
        let canceller = worker.canceller();
        canceller.cancel();
        assert_eq!(worker.call(Kind::Read, |_| 7), Ok(7));
        let (_release, job) = blocked();
        let other = thread::spawn(move || {
            // Until the call below waits, cancelling does nothing.
            for _ in 0..500 {
                canceller.cancel();
                thread::sleep(Duration::from_millis(2));
            }
        });
        assert_eq!(worker.call(Kind::Read, job), Err(StoreError::Cancelled));
        other.join().unwrap();
        assert_eq!(worker.call(Kind::Read, |_| 7), Ok(7));
    }

    #[test]
    fn a_keyring_that_never_answers_is_given_up_instead_of_piling_up_threads() {
        let worker = worker(10);
        let mut releases = Vec::new();
        for _ in 0..MOST_LEFT_BEHIND {
            let (release, job) = blocked();
            releases.push(release);
            assert!(worker.call(Kind::Read, job).is_err());
        }
        assert_eq!(worker.call(Kind::Read, |_| 7), Err(StoreError::KeyringStuck { calls: MOST_LEFT_BEHIND }));
        releases.clear();
        wait_until(|| count(&worker) == 0);
        assert_eq!(worker.call(Kind::Read, |_| 7), Ok(7));
    }

    #[test]
    fn a_panic_in_the_keyring_is_an_error_and_the_next_call_works() {
        let worker = worker(5_000);
        let error = worker.call(Kind::Read, |_| -> u8 { panic!("on purpose") }).unwrap_err();
        assert_eq!(error.to_string(), "the keyring failed: its thread ended by itself");
        assert_eq!(worker.call(Kind::Read, |_| 7), Ok(7));
    }

    #[test]
    fn no_write_is_made_while_an_older_one_may_still_take_effect() {
        let worker = worker(50);
        let (release, job) = blocked();
        assert!(worker.call(Kind::Write, job).is_err());
        assert_eq!(worker.call(Kind::Write, |_| 7), Err(StoreError::KeyringStuck { calls: 1 }));
        assert_eq!(worker.call(Kind::Read, |_| 7), Ok(7));
        drop(release);
        wait_until(|| count(&worker) == 0);
        assert_eq!(worker.call(Kind::Write, |_| 7), Ok(7));
    }

    #[test]
    fn a_call_knows_when_nobody_waits_for_it_any_more() {
        let worker = worker(50);
        let (report, reported) = mpsc::channel();
        let (release, wait) = mpsc::channel::<()>();
        let job = move |service: &mut Service| {
            let before = service.is_given_up();
            let _ = wait.recv();
            let _ = report.send((before, service.is_given_up()));
        };
        assert!(worker.call(Kind::Read, job).is_err());
        drop(release);
        assert_eq!(reported.recv(), Ok((false, true)));
    }

    fn count(worker: &Worker) -> usize {
        worker.left_behind.reads.load(Ordering::SeqCst) + worker.left_behind.writes.load(Ordering::SeqCst)
    }

    fn wait_until(condition: impl Fn() -> bool) {
        let start = Instant::now();
        while !condition() {
            assert!(start.elapsed() < Duration::from_secs(5), "it never happened");
            thread::sleep(Duration::from_millis(1));
        }
    }
}
