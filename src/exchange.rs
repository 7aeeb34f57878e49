//! One HTTP exchange with somebody else's server: a request out, an answer or the reason why there is none back.
//!
//! Everything that asks over HTTP asks through here: the same limits, proxies, certificates, ways to call it off and
//! words for what went wrong. No redirect is followed, whatever a server sends is read up to a cap, and what a request
//! carries is in no error. What an answer means is the business of whoever asks.
//!
//! The exchange runs on a thread of its own: resolving a name and a TLS handshake cannot be interrupted, so whoever
//! waits leaves instead, and the thread ends by the same limit.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, Method, Uri};
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::project::{ServerUrl, is_loopback_host};
use crate::text::visible;

mod asker;
mod error;

pub use asker::{Asker, Canceller};
pub use error::NoAnswer;

/// What this program calls itself.
pub const USER_AGENT: &str = concat!("roomkey/", env!("CARGO_PKG_VERSION"));

/// The most that is read of the head of an answer, in bytes.
const HEAD_CAP: usize = 32 * 1024;
/// The largest file of certificates, in bytes. Mozilla's has about 220,000.
const CA_FILE_CAP: u64 = 4 * 1024 * 1024;
/// How often whoever waits looks whether it was called off.
const LOOK: Duration = Duration::from_millis(50);
/// How long finding out whether a port speaks TLS may take.
const PROBE: Duration = Duration::from_secs(2);

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The scheme, as whoever named the place writes it: `http`, `https`, `ws` or `wss`.
    scheme: &'static str,
    /// The host, without brackets.
    host: String,
    /// Host and port as written.
    at: String,
}

impl Place {
    /// The place of an address of the web.
    #[must_use]
    pub fn of_address(url: &Uri) -> Self {
        let scheme = if url.scheme_str() == Some("https") { "https" } else { "http" };
        let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let authority = url.authority().map_or("", http::uri::Authority::as_str);
        let at = authority.rsplit('@').next().unwrap_or_default().to_owned();
        Self { scheme, host: host.to_owned(), at }
    }

    /// The place of a LiveKit server.
    #[must_use]
    pub fn of_server(url: &ServerUrl) -> Self {
        let scheme = if url.ws().starts_with("wss") { "wss" } else { "ws" };
        let at = url
            .http()
            .split("://")
            .nth(1)
            .unwrap_or_default()
            .split('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        Self { scheme, host: url.host().to_owned(), at }
    }

    /// Host and port as written.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Whether the way there is encrypted.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        matches!(self.scheme, "https" | "wss")
    }

    fn is_loopback(&self) -> bool {
        is_loopback_host(&self.host)
    }
}

/// What is sent.
pub struct Request<'a> {
    /// `GET`, `POST`, `OPTIONS`.
    pub method: Method,
    /// The whole address, `http://` or `https://`.
    pub url: &'a str,
    /// What the sender calls itself.
    pub user_agent: &'static str,
    /// The other headers. What must not be seen is marked as sensitive.
    pub headers: Vec<(&'static str, HeaderValue)>,
    /// The body of a `POST`.
    pub body: &'a [u8],
    /// The most that is read of the answer's body, in bytes, by its status.
    pub cap: &'a dyn Fn(u16) -> usize,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// As much of the body as was asked for.
    pub body: Vec<u8>,
    /// Why there is no more of it, if it broke off.
    pub broken: Option<NoAnswer>,
    /// From the start to the head of the answer.
    pub latency: Duration,
}

impl Answer {
    /// The text of a header; empty without it.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Gives what `work` comes to, and leaves it alone at the limit or when it is called off, whatever it is doing then.
/// What it sends over its [`Line`] ends by the same limit.
///
/// # Errors
/// [`NoAnswer`], from `work` or because it was left.
pub fn within<T: Send + 'static>(
    place: &Place,
    asker: &Asker,
    work: impl FnOnce(&Line) -> Result<T, NoAnswer> + Send + 'static,
) -> Result<T, NoAnswer> {
    if asker.canceller.is_cancelled() {
        return Err(NoAnswer::Cancelled);
    }
    let deadline = Instant::now() + asker.limit;
    let begun = Arc::new(AtomicBool::new(false));
    let line = Line { place: place.clone(), asker: asker.clone(), deadline, begun: Arc::clone(&begun) };
    let (send, receive) = channel();
    let spawned = std::thread::Builder::new().name("exchange".into()).spawn(move || {
        // Whoever asked may have left.
        drop(send.send(work(&line)));
    });
    let at = || place.at.clone();
    if let Err(error) = spawned {
        return Err(NoAnswer::Unreachable { at: at(), why: error.to_string() });
    }
    loop {
        if asker.canceller.is_cancelled() {
            return Err(NoAnswer::Cancelled);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match receive.recv_timeout(left.min(LOOK)) {
            Ok(done) => return done,
            Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                return Err(NoAnswer::Timeout {
                    at: at(),
                    limit: asker.limit,
                    begun: begun.load(Ordering::Relaxed),
                });
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(NoAnswer::Unreachable { at: at(), why: "the asking thread ended".into() });
            }
        }
    }
}

/// The way to one place, as long as there is time.
pub struct Line {
    place: Place,
    asker: Asker,
    deadline: Instant,
    /// Whether the head of an answer has come.
    begun: Arc<AtomicBool>,
}

impl Line {
    /// Sends a request, `margin` before the limit at the latest.
    ///
    /// # Errors
    /// [`NoAnswer`]: no head of an answer came.
    pub fn send(&self, request: &Request<'_>, margin: Duration) -> Result<Answer, NoAnswer> {
        let tls = TlsConfig::builder().root_certs(roots(&self.asker)?).build();
        let left = self.deadline.saturating_duration_since(Instant::now()).saturating_sub(margin);
        if left.is_zero() {
            return Err(self.late(self.asker.limit));
        }
        let headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let agent = self.agent(left, tls, headers, request.user_agent)?;
        let mut asked = http::Request::builder().method(request.method.clone()).uri(request.url);
        for (name, value) in &request.headers {
            asked = asked.header(*name, value);
        }
        let unsendable = |_| NoAnswer::Unsendable;
        let started = Instant::now();
        let sent = if request.method == Method::POST {
            agent.run(asked.body(request.body).map_err(unsendable)?)
        } else {
            agent.run(asked.body(()).map_err(unsendable)?)
        };
        let latency = started.elapsed();
        let mut response = sent.map_err(|error| self.told(error))?;
        self.begun.store(true, Ordering::Relaxed);
        let status = response.status().as_u16();
        let mut body = Vec::new();
        let read = response.body_mut().as_reader().take((request.cap)(status) as u64).read_to_end(&mut body);
        Ok(Answer {
            status,
            headers: response.headers().clone(),
            broken: read.err().map(|error| self.told(error.into())),
            body,
            latency,
        })
    }

    fn late(&self, limit: Duration) -> NoAnswer {
        NoAnswer::Timeout { at: self.place.at.clone(), limit, begun: self.begun.load(Ordering::Relaxed) }
    }

    /// ureq's error as what happened.
    fn told(&self, error: ureq::Error) -> NoAnswer {
        let Self { place, asker, .. } = self;
        let (at, host) = (place.at.clone(), place.host.clone());
        // With a proxy in between it is the only one that is looked up and connected to.
        let proxy = asker.proxy(place).map(|proxy| proxy_place(proxy.expose()));
        let plain = match error {
            ureq::Error::HostNotFound => return no_such_host(host, proxy),
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                return self.late(asker.connect.min(asker.limit));
            }
            ureq::Error::Timeout(_) => return self.late(asker.limit),
            ureq::Error::LargeResponseHeader(..) => return NoAnswer::TooManyHeaders { at },
            ureq::Error::ConnectProxyFailed(why) if why.contains("407") => {
                return NoAnswer::ProxyPassword { proxy: proxy.unwrap_or_default() };
            }
            ureq::Error::ConnectProxyFailed(_) => return NoAnswer::Proxy { at },
            ureq::Error::InvalidProxyUrl => return NoAnswer::BadProxy,
            ureq::Error::Rustls(error) => return self.tls(&error),
            ureq::Error::Io(error) => {
                if let Some(error) = rustls_in(&error) {
                    return self.tls(error);
                }
                match (error.kind(), proxy) {
                    (io::ErrorKind::ConnectionRefused, Some(proxy)) => {
                        return NoAnswer::NoProxy { proxy, why: "the connection was refused".into() };
                    }
                    (io::ErrorKind::ConnectionRefused, None) => return NoAnswer::Refused { at },
                    (io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock, _) => {
                        return self.late(asker.limit);
                    }
                    (
                        io::ErrorKind::UnexpectedEof
                        | io::ErrorKind::ConnectionReset
                        | io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::BrokenPipe,
                        _,
                    ) => NoAnswer::ClosedEarly { at },
                    // The system's resolver has no kind of its own for it.
                    (_, proxy) if error.to_string().contains("lookup") => return no_such_host(host, proxy),
                    (_, Some(proxy)) => return NoAnswer::NoProxy { proxy, why: error.to_string() },
                    (_, None) => return NoAnswer::Unreachable { at, why: error.to_string() },
                }
            }
            _ => NoAnswer::NotHttp { at },
        };
        // A TLS server hangs up on HTTP, or answers with an alert: whether that was it, a handshake tells.
        if !place.is_secure() && self.speaks_tls() {
            let (NoAnswer::ClosedEarly { at } | NoAnswer::NotHttp { at }) = plain else { return plain };
            return NoAnswer::SpeaksTls { at, scheme: place.scheme };
        }
        plain
    }

    /// An agent for one request whose headers have this length, in bytes.
    fn agent(
        &self,
        limit: Duration,
        tls: TlsConfig,
        headers: usize,
        user_agent: &'static str,
    ) -> Result<Agent, NoAnswer> {
        let asker = &self.asker;
        let proxy = asker.proxy(&self.place).map(|proxy| ureq::Proxy::new(proxy.expose())).transpose();
        let proxy = proxy.map_err(|_| NoAnswer::BadProxy)?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(limit))
            .timeout_connect(Some(asker.connect.min(limit)))
            .max_response_header_size(HEAD_CAP)
            // ureq wants room for a whole header at once.
            .output_buffer_size(headers + HEAD_CAP)
            .user_agent(user_agent)
            .proxy(proxy)
            .tls_config(tls)
            .build();
        Ok(config.new_agent())
    }

    /// Whether a TLS handshake succeeds there. Sends nothing of the request, and so trusts anybody.
    fn speaks_tls(&self) -> bool {
        let limit = PROBE.min(self.deadline.saturating_duration_since(Instant::now()));
        if limit.is_zero() {
            return false;
        }
        let tls = TlsConfig::builder().disable_verification(true).build();
        let Ok(agent) = self.agent(limit, tls, 0, USER_AGENT) else { return false };
        agent.get(format!("https://{}/", self.place.at)).call().is_ok()
    }

    fn tls(&self, error: &rustls::Error) -> NoAnswer {
        use rustls::CertificateError as Wrong;
        use rustls::Error::{InvalidCertificate, InvalidMessage};
        let host = self.place.host.clone();
        match error {
            InvalidMessage(_) => {
                NoAnswer::SpeaksPlain { at: self.place.at.clone(), scheme: self.place.scheme }
            }
            InvalidCertificate(Wrong::Expired | Wrong::ExpiredContext { .. }) => {
                NoAnswer::CertificateTime { host, over: true }
            }
            InvalidCertificate(Wrong::NotValidYet | Wrong::NotValidYetContext { .. }) => {
                NoAnswer::CertificateTime { host, over: false }
            }
            InvalidCertificate(Wrong::NotValidForName | Wrong::NotValidForNameContext { .. }) => {
                NoAnswer::WrongName { host }
            }
            InvalidCertificate(Wrong::UnknownIssuer) => NoAnswer::UnknownAuthority { host },
            _ => NoAnswer::Tls { host, why: error.to_string() },
        }
    }
}

fn no_such_host(host: String, proxy: Option<String>) -> NoAnswer {
    match proxy {
        Some(proxy) => NoAnswer::NoProxy { proxy, why: "its name has no address".into() },
        None => NoAnswer::NoSuchHost { host },
    }
}

/// Host and port of a proxy, without its password.
fn proxy_place(proxy: &str) -> String {
    let uri: Option<Uri> = proxy.parse().ok();
    let authority = uri.as_ref().and_then(Uri::authority).map_or("", http::uri::Authority::as_str);
    visible(authority.rsplit('@').next().unwrap_or_default()).into_owned()
}

/// Whom to trust: the file given, else Mozilla's list as it was when this program was built.
fn roots(asker: &Asker) -> Result<RootCerts, NoAnswer> {
    let Some(path) = &asker.ca_file else { return Ok(RootCerts::WebPki) };
    let wrong = |why: String| NoAnswer::CaFile { file: path.display().to_string(), why };
    let mut pem = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(CA_FILE_CAP).read_to_end(&mut pem))
        .map_err(|error| wrong(error.to_string()))?;
    let mut found: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(wrong("it is not PEM".into())),
        }
    }
    if found.is_empty() {
        return Err(wrong("there is no certificate in it".into()));
    }
    Ok(RootCerts::new_with_certs(&found))
}

fn rustls_in(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref::<rustls::Error>().or_else(|| inner.source()?.downcast_ref::<rustls::Error>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hangs(_: &Line) -> Result<(), NoAnswer> {
        std::thread::sleep(Duration::from_secs(5));
        Err(NoAnswer::Unsendable)
    }

    #[test]
    fn whatever_it_is_doing_it_is_left_at_the_limit_and_when_called_off() {
        let place = Place::of_server(&ServerUrl::local_dev());
        let asker = Asker::default().within(Duration::from_millis(200));
        let started = Instant::now();
        let error = within(&place, &asker, hangs).unwrap_err();
        assert!(matches!(error, NoAnswer::Timeout { begun: false, .. }), "{error:?}");
        assert!(started.elapsed() < Duration::from_millis(700));

        let asker = Asker::default();
        let canceller = asker.canceller.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            canceller.cancel();
        });
        let started = Instant::now();
        assert_eq!(within(&place, &asker, hangs), Err(NoAnswer::Cancelled));
        assert!(started.elapsed() < Duration::from_millis(600));
    }

    #[test]
    fn a_proxy_is_named_without_its_password() {
        assert_eq!(proxy_place("http://user:fake@proxy.example:3128/x"), "proxy.example:3128");
        assert_eq!(proxy_place("proxy.example:3128"), "proxy.example:3128");
    }

    #[test]
    fn a_place_is_host_and_port_without_what_stands_around_them() {
        for (url, scheme, host, at) in [
            ("http://a.example/x?y", "http", "a.example", "a.example"),
            ("https://user:fake@[::1]:8443/", "https", "::1", "[::1]:8443"),
        ] {
            let place = Place::of_address(&url.parse().unwrap());
            assert_eq!((place.scheme, place.host.as_str(), place.at()), (scheme, host, at));
        }
        let place = Place::of_server(&ServerUrl::parse("wss://a.example:1/path").unwrap().value);
        assert_eq!((place.scheme, place.host.as_str(), place.at()), ("wss", "a.example", "a.example:1"));
        let secure = |url: &str| Place::of_server(&ServerUrl::parse(url).unwrap().value).is_secure();
        assert!(secure("wss://a.example") && !secure("ws://a.example") && !place.is_loopback());
    }
}
