//! Sending a question.
//!
//! The exchange runs on a thread of its own: resolving a name and a TLS handshake cannot be interrupted, so whoever
//! waits leaves instead, and the thread ends by the same limit.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use http::HeaderValue;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::answer::{self, CheckReport};
use super::reading::{self, Reading, Received};
use super::{About, Asker, CheckError, Question, Skew};
use crate::clock::Timestamp;
use crate::project::ServerUrl;
use crate::text::{Sensitive, visible};

/// The most that is read of a body, in bytes, beside the token that it may repeat.
const BODY_CAP: usize = 64 * 1024;
/// As much of a list as tells that it is one, in bytes.
const LIST_BEGIN: usize = 1024;
/// The most that is read of the head of an answer, in bytes.
const HEAD_CAP: usize = 32 * 1024;
/// The largest file of certificates, in bytes. Mozilla's has about 220,000.
const CA_FILE_CAP: u64 = 4 * 1024 * 1024;
/// How often whoever waits looks whether it was called off.
const LOOK: Duration = Duration::from_millis(50);
/// How long finding out whether a port speaks TLS may take.
const PROBE: Duration = Duration::from_secs(2);
/// What the control leaves of the limit, so that the answer to the question itself is still told.
const MARGIN: Duration = Duration::from_millis(150);

/// Asks, and gives the answer or why there is none. Blocks for no longer than the asker's limit.
///
/// # Errors
/// [`CheckError`]: there was no answer. An answer that says no is a report.
pub fn ask(question: &Question, asker: &Asker) -> Result<CheckReport, CheckError> {
    let (own_question, own_asker) = (question.clone(), asker.clone());
    within(&question.url, asker, move |deadline, begun| {
        Sender { question: &own_question, asker: &own_asker, deadline, begun }.exchange()
    })
}

/// Gives what `work` comes to, and leaves it alone at the limit or when it is called off, whatever it is doing then.
/// `work` is told when the limit is, and says when an answer has begun.
fn within<T: Send + 'static>(
    url: &ServerUrl,
    asker: &Asker,
    work: impl FnOnce(Instant, &AtomicBool) -> Result<T, CheckError> + Send + 'static,
) -> Result<T, CheckError> {
    if asker.canceller.is_cancelled() {
        return Err(CheckError::Cancelled);
    }
    let deadline = Instant::now() + asker.limit;
    let begun = Arc::new(AtomicBool::new(false));
    let (send, receive) = channel();
    let works = Arc::clone(&begun);
    let spawned = std::thread::Builder::new().name("check".into()).spawn(move || {
        // Whoever asked may have left.
        drop(send.send(work(deadline, &works)));
    });
    if let Err(error) = spawned {
        return Err(CheckError::Unreachable { at: at(url), why: error.to_string() });
    }
    loop {
        if asker.canceller.is_cancelled() {
            return Err(CheckError::Cancelled);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match receive.recv_timeout(left.min(LOOK)) {
            Ok(done) => return done,
            Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                return Err(CheckError::Timeout {
                    at: at(url),
                    limit: asker.limit,
                    begun: begun.load(Ordering::Relaxed),
                });
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(CheckError::Unreachable { at: at(url), why: "the asking thread ended".into() });
            }
        }
    }
}

/// Host and port as written.
pub(super) fn at(url: &ServerUrl) -> String {
    url.http().split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default().to_owned()
}

fn is_secure(url: &ServerUrl) -> bool {
    url.http().starts_with("https")
}

/// What one exchange goes by.
struct Sender<'a> {
    question: &'a Question,
    asker: &'a Asker,
    deadline: Instant,
    /// Whether the head of an answer has come.
    begun: &'a AtomicBool,
}

impl Sender<'_> {
    /// Asks, and believes a yes only when a wrong signature gets a no.
    fn exchange(&self) -> Result<CheckReport, CheckError> {
        let mut report = self.send(&self.question.token, Duration::ZERO)?;
        if report.accepted() == Some(true) {
            report.reading = self.control(report.reading);
        }
        Ok(report)
    }

    /// What a yes is worth: the same request with a token that no server can accept.
    fn control(&self, yes: Reading) -> Reading {
        match self.send(&self.question.control(), MARGIN).map(|report| (report.status, report.accepted())) {
            Ok((_, Some(false)) | (401 | 403, _)) => yes,
            // Whatever says 406 to everybody is no LiveKit server either.
            Ok((_, Some(true))) if yes == Reading::Unwell => Reading::NotLiveKit,
            Ok((_, Some(true))) => Reading::NotLooking,
            Ok(_) | Err(_) => Reading::Unconfirmed,
        }
    }

    /// Sends one request with this token, `margin` before the limit at the latest.
    fn send(&self, token: &Sensitive, margin: Duration) -> Result<CheckReport, CheckError> {
        let Self { question, asker, deadline, .. } = *self;
        let url = &question.url;
        let tls = TlsConfig::builder().root_certs(roots(asker)?).build();
        let left = deadline.saturating_duration_since(Instant::now()).saturating_sub(margin);
        if left.is_zero() {
            return Err(self.late(asker.limit));
        }
        let agent = agent(url, asker, left, tls, token.expose().len())?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .map_err(|_| CheckError::Unsendable)?;
        bearer.set_sensitive(true);
        let target = format!("{}{}", url.http(), question.about.path());
        let (before, started) = (Timestamp::now_millis(), Instant::now());
        let sent = match question.about.body() {
            None => agent.get(&target).header("Authorization", bearer).call(),
            Some(body) => agent
                .post(&target)
                .header("Authorization", bearer)
                .header("Content-Type", "application/json")
                .send(body.as_str()),
        };
        let latency = started.elapsed();
        let after = Timestamp::now_millis();
        let mut response = sent.map_err(|error| self.told(error))?;
        self.begun.store(true, Ordering::Relaxed);
        let status = response.status().as_u16();
        let list = !matches!(question.about, About::Key | About::Join);
        let cap = if status == 200 && list { LIST_BEGIN } else { BODY_CAP + token.expose().len() };
        let mut body = Vec::new();
        if let Err(error) = response.body_mut().as_reader().take(cap as u64).read_to_end(&mut body) {
            return Err(self.told(error.into()));
        }
        let header = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let body = String::from_utf8_lossy(&body);
        let received = Received {
            status,
            location: header("location"),
            content_type: header("content-type").unwrap_or_default(),
            body: &body,
        };
        if !is_secure(url) && status == 400 && (body.contains("HTTPS server") || body.contains("HTTPS port"))
        {
            return Err(CheckError::SpeaksTls { at: at(url) });
        }
        let reading = reading::read(&question.about, &received);
        let date = header("date").and_then(Timestamp::from_http_date);
        Ok(CheckReport {
            about: question.about.clone(),
            status,
            words: answer::words(&received, &reading, &question.about, token.expose()),
            latency_ms: u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
            skew: date.map(|date| Skew::measure(date, before, after)),
            reading,
        })
    }

    fn late(&self, limit: Duration) -> CheckError {
        CheckError::Timeout { at: at(&self.question.url), limit, begun: self.begun.load(Ordering::Relaxed) }
    }

    /// ureq's error as what happened.
    fn told(&self, error: ureq::Error) -> CheckError {
        let (url, asker) = (&self.question.url, self.asker);
        let (at, host) = (at(url), url.host().to_owned());
        // With a proxy in between it is the only one that is looked up and connected to.
        let proxy = asker.proxy(url).map(|proxy| proxy_place(proxy.expose()));
        let plain = match error {
            ureq::Error::HostNotFound => return no_such_host(host, proxy),
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                return self.late(asker.connect.min(asker.limit));
            }
            ureq::Error::Timeout(_) => return self.late(asker.limit),
            ureq::Error::LargeResponseHeader(..) => return CheckError::TooManyHeaders { at },
            ureq::Error::ConnectProxyFailed(why) if why.contains("407") => {
                return CheckError::ProxyPassword { proxy: proxy.unwrap_or_default() };
            }
            ureq::Error::ConnectProxyFailed(_) => return CheckError::Proxy { at },
            ureq::Error::InvalidProxyUrl => return CheckError::BadProxy,
            ureq::Error::Rustls(error) => return tls(&error, at, host),
            ureq::Error::Io(error) => {
                if let Some(error) = rustls_in(&error) {
                    return tls(error, at, host);
                }
                match (error.kind(), proxy) {
                    (io::ErrorKind::ConnectionRefused, Some(proxy)) => {
                        return CheckError::NoProxy { proxy, why: "the connection was refused".into() };
                    }
                    (io::ErrorKind::ConnectionRefused, None) => return CheckError::Refused { at },
                    (io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock, _) => {
                        return self.late(asker.limit);
                    }
                    (
                        io::ErrorKind::UnexpectedEof
                        | io::ErrorKind::ConnectionReset
                        | io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::BrokenPipe,
                        _,
                    ) => CheckError::ClosedEarly { at },
                    (_, proxy) if error.to_string().contains("lookup") => return no_such_host(host, proxy),
                    (_, Some(proxy)) => return CheckError::NoProxy { proxy, why: error.to_string() },
                    (_, None) => return CheckError::Unreachable { at, why: error.to_string() },
                }
            }
            _ => CheckError::NotHttp { at },
        };
        // A TLS server hangs up on HTTP, or answers with an alert: whether that was it, a handshake tells.
        if !is_secure(url) && speaks_tls(url, asker, self.deadline) {
            let (CheckError::ClosedEarly { at } | CheckError::NotHttp { at }) = plain else { return plain };
            return CheckError::SpeaksTls { at };
        }
        plain
    }
}

fn no_such_host(host: String, proxy: Option<String>) -> CheckError {
    match proxy {
        Some(proxy) => CheckError::NoProxy { proxy, why: "its name has no address".into() },
        None => CheckError::NoSuchHost { host },
    }
}

/// Host and port of a proxy, without its password.
fn proxy_place(proxy: &str) -> String {
    let uri: Option<http::Uri> = proxy.parse().ok();
    let authority = uri.as_ref().and_then(http::Uri::authority).map_or("", http::uri::Authority::as_str);
    visible(authority.rsplit('@').next().unwrap_or_default()).into_owned()
}

/// An agent for one request with a token of this length, in bytes.
fn agent(
    url: &ServerUrl,
    asker: &Asker,
    limit: Duration,
    tls: TlsConfig,
    token: usize,
) -> Result<Agent, CheckError> {
    let proxy = asker.proxy(url).map(|proxy| ureq::Proxy::new(proxy.expose())).transpose();
    let proxy = proxy.map_err(|_| CheckError::BadProxy)?;
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(limit))
        .timeout_connect(Some(asker.connect.min(limit)))
        .max_response_header_size(HEAD_CAP)
        // ureq wants room for a whole header at once.
        .output_buffer_size(token + HEAD_CAP)
        .user_agent(concat!("roomkey/", env!("CARGO_PKG_VERSION")))
        .proxy(proxy)
        .tls_config(tls)
        .build();
    Ok(config.new_agent())
}

/// Whom to trust: the file given, else Mozilla's list as it was when this program was built.
fn roots(asker: &Asker) -> Result<RootCerts, CheckError> {
    let Some(path) = &asker.ca_file else { return Ok(RootCerts::WebPki) };
    let wrong = |why: String| CheckError::CaFile { file: path.display().to_string(), why };
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

/// Whether a TLS handshake succeeds there. Sends no token, and so trusts anybody.
fn speaks_tls(url: &ServerUrl, asker: &Asker, deadline: Instant) -> bool {
    let limit = PROBE.min(deadline.saturating_duration_since(Instant::now()));
    if limit.is_zero() {
        return false;
    }
    let tls = TlsConfig::builder().disable_verification(true).build();
    let Ok(agent) = agent(url, asker, limit, tls, 0) else { return false };
    agent.get(format!("https://{}/", at(url))).call().is_ok()
}

fn rustls_in(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref::<rustls::Error>().or_else(|| inner.source()?.downcast_ref::<rustls::Error>())
}

fn tls(error: &rustls::Error, at: String, host: String) -> CheckError {
    use rustls::CertificateError as Wrong;
    use rustls::Error::{InvalidCertificate, InvalidMessage};
    match error {
        InvalidMessage(_) => CheckError::SpeaksPlain { at },
        InvalidCertificate(Wrong::Expired | Wrong::ExpiredContext { .. }) => {
            CheckError::CertificateTime { host, over: true }
        }
        InvalidCertificate(Wrong::NotValidYet | Wrong::NotValidYetContext { .. }) => {
            CheckError::CertificateTime { host, over: false }
        }
        InvalidCertificate(Wrong::NotValidForName | Wrong::NotValidForNameContext { .. }) => {
            CheckError::WrongName { host }
        }
        InvalidCertificate(Wrong::UnknownIssuer) => CheckError::UnknownAuthority { host },
        _ => CheckError::Tls { host, why: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hangs(_: Instant, _: &AtomicBool) -> Result<(), CheckError> {
        std::thread::sleep(Duration::from_secs(5));
        Err(CheckError::Unsendable)
    }

    #[test]
    fn whatever_it_is_doing_it_is_left_at_the_limit_and_when_called_off() {
        let url = ServerUrl::local_dev();
        let asker = Asker::default().within(Duration::from_millis(200));
        let started = Instant::now();
        let error = within(&url, &asker, hangs).unwrap_err();
        assert!(matches!(error, CheckError::Timeout { begun: false, .. }), "{error:?}");
        assert!(started.elapsed() < Duration::from_millis(700));

        let asker = Asker::default();
        let canceller = asker.canceller.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            canceller.cancel();
        });
        let started = Instant::now();
        assert_eq!(within(&url, &asker, hangs), Err(CheckError::Cancelled));
        assert!(started.elapsed() < Duration::from_millis(600));
    }

    #[test]
    fn a_proxy_is_named_without_its_password() {
        assert_eq!(proxy_place("http://user:fake@proxy.example:3128/x"), "proxy.example:3128");
        assert_eq!(proxy_place("proxy.example:3128"), "proxy.example:3128");
    }
}
