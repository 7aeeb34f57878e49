//! The network's worker: asks one server at a time, and is called off from the main thread.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::check::{Asker, Canceller, Question, ask};
use crate::ports::Ports;
use crate::tui::message::{Msg, NetworkJob, Reply, Ticket};

/// The way to the worker.
pub(super) struct Network {
    questions: Sender<(Ticket, Question, Canceller)>,
    /// Of the question that was handed over last.
    canceller: Mutex<Option<Canceller>>,
}

impl Network {
    /// Starts it. Its answers go to `replies`.
    pub(super) fn start<M: From<Msg> + Send + 'static>(ports: &Ports, replies: &Sender<M>) -> Self {
        let (questions, asked) = channel::<(Ticket, Question, Canceller)>();
        let (ports, to) = (ports.clone(), replies.clone());
        thread::spawn(move || {
            let lookup = |name: &str| ports.variable(name).and_then(|value| value.into_string().ok());
            while let Ok((ticket, question, canceller)) = asked.recv() {
                let asker = Asker::from_environment(&lookup).called_off_by(canceller);
                let result = ask(&question, &asker);
                if to.send(Msg::Reply(Reply::Asked { ticket, result }).into()).is_err() {
                    return;
                }
            }
        });
        Self { questions, canceller: Mutex::new(None) }
    }

    /// Hands an order over. A new question ends the one before: only the last answer is waited for.
    pub(super) fn order(&self, job: NetworkJob) {
        let mut canceller = self.canceller.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = canceller.take() {
            last.cancel();
        }
        if let NetworkJob::Ask { ticket, question } = job {
            let fresh = Canceller::default();
            *canceller = Some(fresh.clone());
            // A worker that is gone has ended the program already.
            let _ = self.questions.send((ticket, *question, fresh));
        }
    }
}
