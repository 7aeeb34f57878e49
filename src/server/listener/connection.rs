//! One connection: requests in, answers out, each within its time. What is answered is a [`Service`]'s business.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;
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
use super::{Limits, Tls};
use crate::server::counters::Counters;
use crate::server::{Head, Reason, Refusal, Response, too_big};
use crate::text::Sensitive;

/// The most headers of a request; browsers send about twenty.
const HEADERS: usize = 64;
/// The largest head of a request, in bytes.
const HEAD_CAP: usize = 16 * 1024;
/// How long to wait when the system has no descriptors left.
const BREATH: Duration = Duration::from_millis(50);

/// What answers requests: all else is the same for every listener.
pub(super) trait Service: Send + Sync + 'static {
    /// The answer to one request. It reads the body, or as much of it as it wants.
    fn answer(&self, head: Head, body: Incoming, peer: IpAddr) -> impl Future<Output = Response> + Send;
}

/// What all connections of a listener share.
pub(super) struct Shared<S> {
    service: S,
    limits: Limits,
    tls: Option<TlsAcceptor>,
    counters: Arc<Counters>,
    places: Arc<Places>,
}

impl<S: Service> Shared<S> {
    pub(super) fn new(service: S, limits: Limits, tls: Option<Tls>, counters: Arc<Counters>) -> Self {
        Self {
            service,
            tls: tls.map(|tls| TlsAcceptor::from(tls.0)),
            places: Arc::new(Places::new(limits.connections, limits.proxies == 0, counters.clone())),
            counters,
            limits,
        }
    }
}

/// Takes connections until told to stop.
pub(super) async fn accept<S: Service>(
    listener: TcpListener,
    shared: Arc<Shared<S>>,
    mut stop: watch::Receiver<bool>,
) {
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

async fn connected<S: Service>(
    stream: TcpStream,
    peer: SocketAddr,
    shared: Arc<Shared<S>>,
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

async fn serve<S: Service>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    shared: &Arc<Shared<S>>,
    mut stop: watch::Receiver<bool>,
) {
    let progress = Arc::new(AtomicU64::new(0));
    let service = service_fn(|request| {
        progress.fetch_add(1, Ordering::Relaxed);
        answered(request, peer.ip(), shared)
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

async fn answered<S: Service>(
    request: http::Request<Incoming>,
    peer: IpAddr,
    shared: &Shared<S>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let head = Head { method: parts.method, target: parts.uri, headers: parts.headers };
    Ok(written(shared.service.answer(head, body, peer).await))
}

/// The whole body, up to `cap` bytes of it and within `limit`.
pub(super) async fn read(body: Incoming, cap: usize, limit: Duration) -> Result<Vec<u8>, Refusal> {
    if body.size_hint().lower() > cap as u64 {
        return Err(too_big(cap));
    }
    match timeout(limit, Limited::new(body, cap).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes().into()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_big(cap)),
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
    #[test]
    fn the_answer_to_one_too_many_is_as_long_as_it_says() {
        // A body of another length would be waited for.
        assert_eq!(r#"{"error":"too many connections, try again"}"#.len(), 43);
    }
}
