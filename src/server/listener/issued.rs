//! The way of what was signed to whoever writes it down: bounded, and never waited for long.

use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

use crate::claims::Claims;
use crate::token::Fingerprint;

/// How many tokens may wait to be written down. Claims may be as large as a body, so it is a bound on memory, too.
const ROOM: usize = 1_024;
/// How long an answer is held back for a place. Whoever writes may wait for the disk or for another roomkey; a client
/// is not to wait for that.
const PATIENCE: Duration = Duration::from_secs(1);

/// A token that was signed, as it is known without being shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Issued {
    /// What is in it.
    pub claims: Box<Claims>,
    /// What it is known by.
    pub fingerprint: Fingerprint,
}

/// The endpoint's end.
#[derive(Clone, Debug)]
pub struct IssuedSender(Sender<Issued>);

/// The writer's end.
#[derive(Debug)]
pub struct IssuedReceiver(Receiver<Issued>);

/// Both ends.
#[must_use]
pub fn issued() -> (IssuedSender, IssuedReceiver) {
    let (to, from) = channel(ROOM);
    (IssuedSender(to), IssuedReceiver(from))
}

impl IssuedSender {
    /// Hands it over, and waits for a place if there is none. Whether it was taken.
    pub(super) async fn take(&self, issued: Issued) -> bool {
        match self.0.try_send(issued) {
            Ok(()) => true,
            Err(tokio::sync::mpsc::error::TrySendError::Full(issued)) => {
                matches!(timeout(PATIENCE, self.0.send(issued)).await, Ok(Ok(())))
            }
            Err(tokio::sync::mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

impl IssuedReceiver {
    /// Waits for the next ones, and adds all that are there. Whether there can be more: not once every sender is gone.
    pub fn wait(&mut self, into: &mut Vec<Issued>) -> bool {
        self.0.blocking_recv_many(into, ROOM) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: usize) -> Issued {
        Issued { claims: Box::default(), fingerprint: Fingerprint::of(&name.to_string()) }
    }

    #[test]
    fn what_has_no_place_is_waited_for_and_then_told_to_be_lost() {
        let (send, mut receive) = issued();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let taken = runtime.block_on(async {
            let mut taken = 0;
            for name in 0..=ROOM {
                taken += usize::from(send.take(of(name)).await);
            }
            taken
        });
        assert_eq!(taken, ROOM);
        let mut got = Vec::new();
        assert!(receive.wait(&mut got));
        assert_eq!((got.len(), got[0].fingerprint), (ROOM, of(0).fingerprint));
        let waits = std::thread::spawn(move || {
            let mut got = Vec::new();
            (receive.wait(&mut got), got.len(), receive.wait(&mut got))
        });
        assert!(runtime.block_on(send.take(of(1))));
        drop(send);
        assert_eq!(waits.join().unwrap(), (true, 1, false));
    }
}
