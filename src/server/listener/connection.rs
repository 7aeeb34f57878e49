//! One connection: requests in, answers out, each within its time.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::convert::Infallible;
use std::hash::BuildHasher;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, Instant};

use http::header::{CONNECTION, ORIGIN};
use http::{HeaderValue, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::places::{Place, Places};
use super::rate::{Rate, asker};
use super::{Limits, Row, Tls};
use crate::clock::Timestamp;
use crate::server::counters::Counters;
use crate::server::{
    Admitted, BODY_CAP, Gate, Head, Issuing, Outcome, Policy, Reason, Refusal, Request, Response, admit,
    grant, too_big,
};
use crate::text::{Sensitive, redact, redacted};

/// The most headers of a request; browsers send about twenty.
const HEADERS: usize = 64;
/// The largest head of a request, in bytes.
const HEAD_CAP: usize = 16 * 1024;
/// How long to wait when the system has no descriptors left.
const BREATH: Duration = Duration::from_millis(50);

/// What all connections of an endpoint share.
pub(super) struct Shared {
    policy: Policy,
    issuing: Issuing,
    limits: Limits,
    tls: Option<TlsAcceptor>,
    rows: Option<SyncSender<Row>>,
    counters: Arc<Counters>,
    places: Arc<Places>,
    by_address: Option<Rate<IpAddr>>,
    by_identity: Option<Rate<String>>,
}

impl Shared {
    pub(super) fn new(
        policy: Policy,
        issuing: Issuing,
        limits: Limits,
        tls: Option<Tls>,
        rows: Option<SyncSender<Row>>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            policy,
            issuing,
            tls: tls.map(|tls| TlsAcceptor::from(tls.0)),
            rows,
            places: Arc::new(Places::new(limits.connections, limits.proxies == 0, counters.clone())),
            counters,
            by_address: Rate::per_minute(limits.per_address),
            by_identity: Rate::per_minute(limits.per_identity),
            limits,
        }
    }
}

/// Takes connections until told to stop.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        match accepted {
            Ok((stream, peer)) => match shared.places.take(peer.ip()) {
                Some(place) => {
                    drop(tokio::spawn(connected(stream, peer, shared.clone(), stop.clone(), place)));
                }
                None => turn_away(&stream),
            },
            // Out of descriptors or memory: what is open has to end first.
            Err(_) => sleep(BREATH).await,
        }
    }
}

/// Says no at once, as far as the system takes it.
fn turn_away(stream: &TcpStream) {
    const BUSY: &[u8] =
        b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\n\
        connection: close\r\ncontent-length: 43\r\n\r\n{\"error\":\"too many connections, try again\"}";
    // What does not fit into an empty buffer would not be read either.
    drop(stream.try_write(BUSY));
}

async fn connected(
    stream: TcpStream,
    peer: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Receiver<bool>,
    place: Place,
) {
    // Answers are one write each: waiting for more to send only costs time.
    drop(stream.set_nodelay(true));
    match &shared.tls {
        None => serve(stream, peer, &shared, stop).await,
        Some(acceptor) => match timeout(shared.limits.head, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => serve(stream, peer, &shared, stop).await,
            Ok(Err(_)) | Err(_) => shared.counters.broke(),
        },
    }
    drop(place);
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    shared: &Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let progress = Arc::new(AtomicU64::new(0));
    let service = service_fn(|request| {
        progress.fetch_add(1, Ordering::Relaxed);
        answer(request, peer.ip(), shared)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.limits.head)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_CAP)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut look = interval(shared.limits.stall);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    look.tick().await;
    let mut stopping = *stop.borrow();
    if stopping {
        connection.as_mut().graceful_shutdown();
    }
    let mut before = u64::MAX;
    loop {
        tokio::select! {
            // Almost always it is the connection that has something to do.
            biased;
            done = connection.as_mut() => {
                // An idle connection whose time is over ends in order.
                if done.is_err_and(|error| !error.is_timeout()) {
                    shared.counters.broke();
                }
                return;
            }
            _ = stop.changed(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            // Heads, bodies and idle connections have shorter times, so it is the answers that are not taken.
            _ = look.tick() => {
                let now = progress.load(Ordering::Relaxed);
                if now == before {
                    return shared.counters.broke();
                }
                before = now;
            }
        }
    }
}

async fn answer(
    request: http::Request<Incoming>,
    peer: IpAddr,
    shared: &Shared,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let head = Head { method: parts.method, target: parts.uri, headers: parts.headers };
    let peer = client(&head, peer, shared.limits.proxies);
    let allowed = shared.by_address.as_ref().map_or(Ok(()), |rate| rate.take(asker(peer), started));
    let (head, mut response) = match (admit(&head, &shared.policy.guard, Timestamp::now()), allowed) {
        (Gate::Open(admitted), Ok(())) => shared.token(&admitted, head, body, started).await,
        (Gate::Open(admitted), Err(wait)) => (head, admitted.refused(too_often(wait))),
        (Gate::Closed(response), Err(wait)) if response.outcome.reason.is_some() => {
            // Whether a key was right is not to be learnt faster than this.
            (head, Response::refusal(too_often(wait), None))
        }
        (Gate::Closed(response), _) => (head, *response),
        (Gate::Metrics, _) => {
            (head, Response::plain(200, &shared.counters.prometheus(), "text/plain; version=0.0.4", None))
        }
    };
    let outcome = std::mem::take(&mut response.outcome);
    shared.tell(&head, peer, response.status, outcome, started.elapsed());
    Ok(written(response))
}

impl Shared {
    /// A request that may ask: reads its body, and answers it.
    async fn token(
        &self,
        admitted: &Admitted,
        head: Head,
        body: Incoming,
        started: Instant,
    ) -> (Head, Response) {
        let body = match read(body, self.limits.body).await {
            Ok(body) => body,
            Err(refusal) => {
                let mut response = admitted.refused(refusal);
                // What is left of the body is not waited for.
                response.headers.push((CONNECTION, HeaderValue::from_static("close")));
                return (head, response);
            }
        };
        let request = Request { head, body, nonce: nonce() };
        let granted = grant(admitted, &request, &self.policy, &self.issuing.key, Timestamp::now());
        let granted = granted.and_then(|granted| match &self.by_identity {
            Some(rate) if !granted.asker.is_empty() => {
                rate.take(granted.asker.clone(), started).map(|()| granted).map_err(too_often)
            }
            _ => Ok(granted),
        });
        let response = match granted {
            Ok(granted) => granted.sign(admitted, &self.issuing),
            Err(refusal) => admitted.refused(refusal),
        };
        (request.head, response)
    }

    /// Counts, and puts a row into the log if somebody takes it. What only asks whether the server is there is not
    /// worth one.
    fn tell(&self, head: &Head, peer: IpAddr, status: u16, mut outcome: Outcome, took: Duration) {
        self.counters.answered(outcome.issued, outcome.reason, took);
        let Some(rows) = self.rows.as_ref().filter(|_| outcome.issued || outcome.reason.is_some()) else {
            return;
        };
        for text in [&mut outcome.identity, &mut outcome.room] {
            if let Cow::Owned(hidden) = redact(text) {
                *text = hidden;
            }
        }
        let row = Row {
            at: Timestamp::now(),
            peer,
            origin: short(&redacted(head.header(&ORIGIN).unwrap_or_default())),
            method: short(head.method.as_str()),
            path: short(&redacted(head.target.path())),
            status,
            outcome,
            took,
        };
        if let Err(TrySendError::Full(_)) = rows.try_send(row) {
            self.counters.dropped_row();
        }
    }
}

fn short(text: &str) -> String {
    const MOST: usize = 120;
    // Never more characters than bytes.
    if text.len() <= MOST { text.to_owned() } else { text.chars().take(MOST).collect() }
}

fn too_often(wait: u32) -> Refusal {
    let mut refusal = Refusal::new(Reason::Rate, format!("too many requests; try again in {wait} s"));
    refusal.retry_after = wait;
    refusal
}

/// Two numbers of the standard library's, which seeds them from the system's random ones. They have to be unlikely to
/// come twice, not secret.
fn nonce() -> u128 {
    let number = || u128::from(RandomState::new().hash_one(0));
    (number() << 64) | number()
}

/// Whom the outermost of our own proxies heard from: what stands before it in `X-Forwarded-For` anybody can write.
fn client(head: &Head, peer: IpAddr, proxies: usize) -> IpAddr {
    let Some(back) = proxies.checked_sub(1) else { return peer };
    let chain = head.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = chain.flat_map(|value| value.split(',')).map(str::trim).collect();
    let named = hops.len().checked_sub(1 + back).and_then(|at| hops.get(at));
    named.and_then(|hop| hop.parse().ok()).unwrap_or(peer)
}

async fn read(body: Incoming, limit: Duration) -> Result<Vec<u8>, Refusal> {
    if body.size_hint().lower() > BODY_CAP as u64 {
        return Err(too_big());
    }
    match timeout(limit, Limited::new(body, BODY_CAP).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes().into()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_big()),
        Ok(Err(_)) => Err(Refusal::new(Reason::Malformed, "the body ended early")),
        Err(_) => Err(Refusal::new(Reason::TooSlow, "the body took too long")),
    }
}

/// Text that is wiped once it has been handed to the system.
struct Wiped(Sensitive);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

fn written(response: Response) -> http::Response<Full<Bytes>> {
    let mut out = http::Response::new(Full::new(Bytes::from_owner(Wiped(response.body))));
    *out.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    out.headers_mut().extend(response.headers);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::tests::head;

    #[test]
    fn only_what_our_own_proxies_wrote_is_believed() {
        let peer: IpAddr = "192.0.2.9".parse().unwrap();
        let of = |headers: &[(&str, &str)], proxies| {
            client(&head(http::Method::POST, "/", headers), peer, proxies).to_string()
        };
        let forged = [("x-forwarded-for", "10.9.9.9, 203.0.113.1"), ("x-forwarded-for", "192.0.2.8")];
        assert_eq!(of(&forged, 0), "192.0.2.9");
        assert_eq!(of(&forged, 1), "192.0.2.8");
        assert_eq!(of(&forged, 2), "203.0.113.1");
        assert_eq!(of(&forged, 4), "192.0.2.9");
        assert_eq!(of(&[("x-forwarded-for", "unknown")], 1), "192.0.2.9");
        assert_eq!(of(&[], 1), "192.0.2.9");
    }

    #[test]
    fn the_answer_to_one_too_many_is_as_long_as_it_says() {
        // A body of another length would be waited for.
        assert_eq!(r#"{"error":"too many connections, try again"}"#.len(), 43);
    }

    #[test]
    fn numbers_for_names_do_not_come_twice() {
        let seen: std::collections::HashSet<u128> = (0..10_000).map(|_| nonce()).collect();
        assert_eq!(seen.len(), 10_000);
        let low: std::collections::HashSet<u128> = seen.iter().map(|n| n & 0xffff_ffff_ffff).collect();
        assert_eq!(low.len(), 10_000);
    }
}
