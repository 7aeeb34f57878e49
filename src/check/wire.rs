//! Sending a question, once.
//!
//! The exchange runs on a thread of its own: resolving a name and a TLS handshake cannot be interrupted, so whoever
//! waits leaves instead, and the thread ends by the same limit.

use std::io::{self, Read};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use http::HeaderValue;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::answer::{self, CheckReport, Received, Skew};
use super::{Asker, CheckError, Question};
use crate::clock::Timestamp;
use crate::project::ServerUrl;

/// The most that is read of a body, in bytes.
const BODY_CAP: u64 = 64 * 1024;
/// The most that is read of the head of an answer, in bytes.
const HEAD_CAP: usize = 32 * 1024;
/// The largest file of certificates, in bytes. Mozilla's has about 220,000.
const CA_FILE_CAP: u64 = 4 * 1024 * 1024;
/// How often whoever waits looks whether it was called off.
const LOOK: Duration = Duration::from_millis(50);
/// How long finding out whether a port speaks TLS may take.
const PROBE: Duration = Duration::from_secs(2);

/// Asks once, and gives the answer or why there is none. Blocks for no longer than the asker's limit.
///
/// # Errors
/// [`CheckError`]: there was no answer. An answer that says no is a report.
pub fn ask(question: &Question, asker: &Asker) -> Result<CheckReport, CheckError> {
    let deadline = Instant::now() + asker.limit;
    let late = || CheckError::Timeout { at: at(&question.url), limit: asker.limit };
    let (send, receive) = channel();
    let (own_question, own_asker) = (question.clone(), asker.clone());
    let spawned = std::thread::Builder::new().name("check".into()).spawn(move || {
        // Whoever asked may have left.
        drop(send.send(exchange(&own_question, &own_asker, deadline)));
    });
    if let Err(error) = spawned {
        return Err(CheckError::Unreachable { at: at(&question.url), why: error.to_string() });
    }
    loop {
        if asker.canceller.is_cancelled() {
            return Err(CheckError::Cancelled);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match receive.recv_timeout(left.min(LOOK)) {
            Ok(done) => return done,
            Err(RecvTimeoutError::Timeout) if left.is_zero() => return Err(late()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(CheckError::Unreachable {
                    at: at(&question.url),
                    why: "the asking thread ended".into(),
                });
            }
        }
    }
}

/// Host and port as written.
fn at(url: &ServerUrl) -> String {
    url.http().split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default().to_owned()
}

fn is_secure(url: &ServerUrl) -> bool {
    url.http().starts_with("https")
}

fn exchange(question: &Question, asker: &Asker, deadline: Instant) -> Result<CheckReport, CheckError> {
    let url = &question.url;
    let tls = TlsConfig::builder().root_certs(roots(asker)?).build();
    let agent = agent(url, asker, asker.limit, tls)?;
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", question.token.expose()))
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
    let mut response = match sent {
        Ok(response) => response,
        Err(error) => return Err(told(error, url, asker, deadline)),
    };
    let mut body = Vec::new();
    if let Err(error) = response.body_mut().as_reader().take(BODY_CAP).read_to_end(&mut body) {
        return Err(told(error.into(), url, asker, deadline));
    }
    let header = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let body = String::from_utf8_lossy(&body);
    let received = Received { status: response.status().as_u16(), location: header("location"), body: &body };
    if !is_secure(url)
        && received.status == 400
        && (body.contains("HTTPS server") || body.contains("HTTPS port"))
    {
        return Err(CheckError::SpeaksTls { at: at(url) });
    }
    let reading = answer::read(&question.about, &received);
    let date = header("date").and_then(Timestamp::from_http_date);
    Ok(CheckReport {
        about: question.about.clone(),
        status: received.status,
        words: answer::words(&body, question.token.expose()),
        latency_ms: u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
        skew: date.map(|date| Skew::measure(date, before, after)),
        reading,
    })
}

fn agent(url: &ServerUrl, asker: &Asker, limit: Duration, tls: TlsConfig) -> Result<Agent, CheckError> {
    let proxy = asker.proxy(url).map(|proxy| ureq::Proxy::new(proxy.expose())).transpose();
    let proxy = proxy.map_err(|_| CheckError::BadProxy)?;
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(limit))
        .timeout_connect(Some(asker.connect.min(limit)))
        .max_response_header_size(HEAD_CAP)
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

/// ureq's error as what happened.
fn told(error: ureq::Error, url: &ServerUrl, asker: &Asker, deadline: Instant) -> CheckError {
    let (at, host) = (at(url), url.host().to_owned());
    let plain = match error {
        ureq::Error::HostNotFound => return CheckError::NoSuchHost { host },
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
            return CheckError::Timeout { at, limit: asker.connect.min(asker.limit) };
        }
        ureq::Error::Timeout(_) => return CheckError::Timeout { at, limit: asker.limit },
        ureq::Error::LargeResponseHeader(..) => return CheckError::TooManyHeaders { at },
        ureq::Error::ConnectProxyFailed(_) => return CheckError::Proxy { at },
        ureq::Error::InvalidProxyUrl => return CheckError::BadProxy,
        ureq::Error::Rustls(error) => return tls(&error, at, host),
        ureq::Error::Io(error) => {
            if let Some(error) = rustls_in(&error) {
                return tls(error, at, host);
            }
            match error.kind() {
                io::ErrorKind::ConnectionRefused => return CheckError::Refused { at },
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                    return CheckError::Timeout { at, limit: asker.limit };
                }
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => CheckError::ClosedEarly { at },
                _ if error.to_string().contains("lookup") => return CheckError::NoSuchHost { host },
                _ => return CheckError::Unreachable { at, why: error.to_string() },
            }
        }
        _ => CheckError::NotHttp { at },
    };
    // A TLS server hangs up on HTTP, or answers with an alert: whether that was it, a handshake tells.
    if !is_secure(url) && speaks_tls(url, asker, deadline) {
        let (CheckError::ClosedEarly { at } | CheckError::NotHttp { at }) = plain else { return plain };
        return CheckError::SpeaksTls { at };
    }
    plain
}

/// Whether a TLS handshake succeeds there. Sends no token, and so trusts anybody.
fn speaks_tls(url: &ServerUrl, asker: &Asker, deadline: Instant) -> bool {
    let limit = PROBE.min(deadline.saturating_duration_since(Instant::now()));
    if limit.is_zero() {
        return false;
    }
    let tls = TlsConfig::builder().disable_verification(true).build();
    let Ok(agent) = agent(url, asker, limit, tls) else { return false };
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
