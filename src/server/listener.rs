//! The socket: takes connections, reads requests within limits, lets [`respond`](super::respond)'s gates decide, and
//! tells what came of it.
//!
//! Nothing a client does keeps others waiting: heads, bodies, idle connections and answers that nobody reads each
//! have a time, connections and requests a number, and a row of the log that nobody takes is dropped and counted.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::counters::Counters;
use super::{Outcome, Policy};
use crate::clock::Timestamp;
use crate::project::Project;

mod bind;
mod connection;
mod issued;
mod places;
mod rate;
mod tls;
mod tokens;
mod webhooks;

pub use bind::{Bound, ListenError, bind, loopback};
pub use issued::{Issued, IssuedReceiver, IssuedSender, issued};
pub use tls::{Tls, TlsError};

pub use webhooks::{Judge, Judged, Posted, Receiving, WEBHOOK_CAP};

use connection::{Service, Shared};
use tokens::Endpoint;

/// How much a client may take of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For the TLS handshake, for the head of a request, and for how long a connection may be idle.
    pub head: Duration,
    /// For the body.
    pub body: Duration,
    /// For anything at all to happen on a connection: ends those that do not take their answers.
    pub stall: Duration,
    /// Connections at a time.
    pub connections: usize,
    /// Requests a minute from one address; 0 is no limit.
    pub per_address: u32,
    /// Tokens a minute for one identity; 0 is no limit.
    pub per_identity: u32,
    /// How many proxies stand in front, each of which appends to `X-Forwarded-For` whom it heard from.
    pub proxies: usize,
}

impl Limits {
    /// The usual ones. On this machine everybody has the same address, and rates would only get in the way of tests.
    #[must_use]
    pub fn usual(loopback_only: bool) -> Self {
        let (per_address, per_identity) = if loopback_only { (0, 0) } else { (600, 60) };
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(5),
            stall: Duration::from_secs(30),
            connections: 1_024,
            per_address,
            per_identity,
            proxies: 0,
        }
    }
}

/// What an endpoint is to do.
pub struct Plan {
    /// What it hands out, and to whom. Its guard's addresses are filled in from the [`Bound`].
    pub policy: Policy,
    /// What it signs with.
    pub project: Project,
    /// How much a client may take of it.
    pub limits: Limits,
    /// What it proves itself with; plain HTTP without.
    pub tls: Option<Tls>,
    /// Where the rows of the log go. A full channel is never waited for.
    pub rows: Option<SyncSender<Row>>,
    /// Where what is signed is written down.
    pub issued: Option<IssuedSender>,
}

/// One row of the log: who asked for what, and what came of it. Has no token and no key in it, and text of the request
/// only cut short and without anything that looks like a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When it was answered.
    pub at: Timestamp,
    /// Who asked: behind proxies, whom they name.
    pub peer: IpAddr,
    /// The origin of the page; empty if no page asked.
    pub origin: String,
    /// `POST`.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    /// What came of it.
    pub outcome: Outcome,
    /// How long the answer took.
    pub took: Duration,
}

/// An endpoint that listens. Dropping it ends it at once.
#[derive(Debug)]
pub struct Listening {
    addresses: Vec<SocketAddr>,
    secure: bool,
    counters: Arc<Counters>,
    stop: watch::Sender<bool>,
    runtime: Option<Runtime>,
}

impl Bound {
    /// Begins to answer.
    ///
    /// # Errors
    /// [`ListenError::NeedsKey`] for an address that others can reach without a key in the policy;
    /// [`ListenError::Runtime`] if the system gives no threads.
    pub fn serve(self, mut plan: Plan) -> Result<Listening, ListenError> {
        self.check(&plan.policy)?;
        plan.policy.guard.bound = self.addresses().iter().map(SocketAddr::ip).collect();
        let counters = Arc::new(Counters::default());
        let (endpoint, limits, tls) = Endpoint::of(plan, counters.clone())
            .map_err(|error| ListenError::Runtime { why: error.to_string() })?;
        self.start(endpoint, limits, tls, counters)
    }

    fn start<S: Service>(
        self,
        service: S,
        limits: Limits,
        tls: Option<Tls>,
        counters: Arc<Counters>,
    ) -> Result<Listening, ListenError> {
        let failed = |error: std::io::Error| ListenError::Runtime { why: error.to_string() };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_name("endpoint")
            .enable_io()
            .enable_time()
            .build()
            .map_err(failed)?;
        let (stop, stopped) = watch::channel(false);
        let addresses = self.addresses().to_vec();
        let secure = tls.is_some();
        let shared = Arc::new(Shared::new(service, limits, tls, counters.clone()));
        for listener in self.listeners {
            let listener = {
                let _in_runtime = runtime.enter();
                tokio::net::TcpListener::from_std(listener).map_err(failed)?
            };
            runtime.spawn(connection::accept(listener, shared.clone(), stopped.clone()));
        }
        Ok(Listening { addresses, secure, counters, stop, runtime: Some(runtime) })
    }
}

impl Listening {
    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The address to put into a client: `http://localhost:7878/`, or the first address if it is not this machine's.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        match self.addresses.first() {
            Some(at) if at.ip().is_loopback() || at.ip().is_unspecified() => {
                format!("{scheme}://localhost:{}/", at.port())
            }
            Some(at) => format!("{scheme}://{at}/"),
            None => String::new(),
        }
    }

    /// Whether it speaks TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// What it has done so far.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        self.counters.clone()
    }

    /// Takes no more connections, answers what has been asked, and ends: when all is answered, or after `grace`.
    /// Whether all was answered.
    pub fn stop(mut self, grace: Duration) -> bool {
        let Some(runtime) = self.runtime.take() else { return true };
        let counters = self.counters.clone();
        // Without a receiver nobody is left to be told.
        _ = self.stop.send(true);
        let idle = runtime.block_on(async move {
            let all_answered = async {
                while counters.now().open > 0 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            tokio::time::timeout(grace, all_answered).await.is_ok()
        });
        runtime.shutdown_background();
        idle
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
