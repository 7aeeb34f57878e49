//! The webhook receiver's side of a listener: reads what is posted within limits, and lets somebody judge it.
//!
//! Who may post is decided by the signature of what is posted, and by nothing else: a LiveKit server reaches a receiver
//! under whatever name, through whatever tunnel.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use http::header::{ALLOW, AUTHORIZATION, CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use hyper::body::Incoming;

use super::connection::{Service, read};
use super::rate::{Rate, asker};
use super::{Bound, Limits, ListenError, Listening};
use crate::clock::Timestamp;
use crate::server::counters::Counters;
use crate::server::{Head, Reason, Refusal, Response};
use crate::text::{Sensitive, redacted};

/// The largest body that is read, in bytes: the events of egress list every file.
pub const WEBHOOK_CAP: usize = 256 * 1024;

/// What came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    /// When.
    pub at: Timestamp,
    /// From whom.
    pub peer: IpAddr,
    /// The path, without the query, cut short and without anything that looks like a token.
    pub path: String,
    /// The value of `Authorization`, as it came.
    pub authorization: Option<Sensitive>,
    /// The value of `Content-Type`.
    pub content_type: Option<String>,
    /// The body, byte for byte; or why there is none.
    pub body: Result<Vec<u8>, Refusal>,
}

/// What somebody made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Whether it is a webhook of a server that is known here.
    pub accepted: bool,
    /// Why not, in one sentence; or what it is.
    pub sentence: String,
    /// Whether a row about it found no place.
    pub row_dropped: bool,
}

/// Judges what came in. It is called by several threads at a time, and must not wait for anything.
pub type Judge = Box<dyn Fn(Posted) -> Judged + Send + Sync>;

/// What a receiver is to do.
pub struct Receiving {
    /// How much a client may take of it.
    pub limits: Limits,
    /// What it makes of a webhook.
    pub judge: Judge,
}

impl Bound {
    /// Begins to receive webhooks. What is accepted is answered with 200, all else with why not: a LiveKit server tries
    /// again for any other status.
    ///
    /// # Errors
    /// [`ListenError::Runtime`] if the system gives no threads.
    pub fn receive(self, receiving: Receiving) -> Result<Listening, ListenError> {
        let Receiving { limits, judge } = receiving;
        let counters = Arc::new(Counters::default());
        let by_address = Rate::per_minute(limits.per_address);
        let receiver = Receiver { limits, judge, by_address, counters: counters.clone() };
        self.start(receiver, limits, None, counters)
    }
}

struct Receiver {
    limits: Limits,
    judge: Judge,
    by_address: Option<Rate<IpAddr>>,
    counters: Arc<Counters>,
}

impl Service for Receiver {
    async fn answer(&self, head: Head, body: Incoming, peer: IpAddr) -> Response {
        let started = Instant::now();
        let is_health = matches!(head.method, Method::GET | Method::HEAD) && head.target.path() == "/healthz";
        if is_health {
            return Response::plain(200, "ok\n", "text/plain", None);
        }
        let body = match self.refused(&head, peer, started) {
            Some(refusal) => Err(refusal),
            None => read(body, WEBHOOK_CAP, self.limits.body).await,
        };
        let (reason, wait) = body.as_ref().map_or_else(
            |refusal| (refusal.reason, refusal.retry_after),
            // What was read is refused for its signature, which is the key here.
            |_| (Reason::Key, 0),
        );
        let unread = body.is_err();
        let text = |name| head.header(&name).map(str::to_owned);
        let judged = (self.judge)(Posted {
            at: Timestamp::now(),
            peer,
            path: redacted(head.target.path()).chars().take(120).collect(),
            authorization: text(AUTHORIZATION).map(Sensitive::new),
            content_type: text(CONTENT_TYPE),
            body,
        });
        if judged.row_dropped {
            self.counters.dropped_row();
        }
        let refused = (!judged.accepted).then_some(reason);
        self.counters.answered(judged.accepted, refused, started.elapsed());
        let Some(reason) = refused else {
            return Response::plain(
                200,
                &format!("{}\n", judged.sentence),
                "text/plain; charset=utf-8",
                None,
            );
        };
        let mut response = Response::refusal(Refusal::new(reason, judged.sentence).after(wait), None);
        if unread {
            // What is left of the body is not waited for.
            response.headers.push((CONNECTION, HeaderValue::from_static("close")));
        }
        if reason == Reason::Method {
            response.headers.push((ALLOW, HeaderValue::from_static("POST")));
        }
        response
    }
}

impl Receiver {
    fn refused(&self, head: &Head, peer: IpAddr, now: Instant) -> Option<Refusal> {
        if let Some(Err(wait)) = self.by_address.as_ref().map(|rate| rate.take(asker(peer), now)) {
            let sentence = format!("too many requests; try again in {wait} s");
            return Some(Refusal::new(Reason::Rate, sentence).after(wait));
        }
        let sentence = "webhooks are posted; this is no page to look at";
        (head.method != Method::POST).then(|| Refusal::new(Reason::Method, sentence))
    }
}
