//! The token endpoint on a real socket: what clients get, and what attackers do not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use roomkey::project::{ApiSecret, Project};
use roomkey::server::Policy;
use roomkey::server::listener::{Limits, Listening, Plan, Row, Tls, loopback};
use serde_json::Value;

use crate::support::home::CANARY;

mod attacks;
#[cfg(unix)]
mod browser;
mod clients;
#[cfg(unix)]
mod deploy;
mod ledger;
mod limits;
#[cfg(unix)]
mod program;

/// An endpoint of this process, and the rows of its log.
pub(crate) struct Endpoint {
    pub(crate) listening: Listening,
    pub(crate) rows: Receiver<Row>,
}

/// What a client read of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) fn project() -> Project {
    Project { secret: ApiSecret::verbatim(CANARY.into()), ..Project::local_dev() }
}

/// Short times, so that a test that waits for one of them is short.
pub(crate) fn hasty() -> Limits {
    Limits {
        head: Duration::from_millis(600),
        body: Duration::from_millis(600),
        stall: Duration::from_millis(600),
        ..Limits::usual(true)
    }
}

impl Endpoint {
    pub(crate) fn new(policy: Policy, limits: Limits) -> Self {
        Self::with(policy, limits, None, 1_024)
    }

    pub(crate) fn with(policy: Policy, limits: Limits, tls: Option<Tls>, room_for_rows: usize) -> Self {
        let (send, rows) = sync_channel(room_for_rows);
        let plan = Plan { policy, project: project(), limits, tls, rows: Some(send), issued: None };
        Self { listening: loopback(0).unwrap().serve(plan).unwrap(), rows }
    }

    pub(crate) fn at(&self) -> SocketAddr {
        self.listening.addresses()[0]
    }

    pub(crate) fn issued(&self) -> u64 {
        self.listening.counters().now().issued
    }

    /// Posts a body with these headers besides the usual ones.
    pub(crate) fn post(&self, body: &str, headers: &[&str]) -> Answer {
        ask(self.at(), &request("POST / HTTP/1.1", headers, body))
    }

    /// Nothing was signed, and no row of the log has anything in it that must not be seen.
    #[track_caller]
    pub(crate) fn signed_nothing(&self) {
        assert_eq!(self.issued(), 0);
        for row in self.rows.try_iter() {
            let shown = format!("{row:?}");
            assert!(!shown.contains("eyJ") && !shown.contains(CANARY) && !row.outcome.issued, "{shown}");
        }
    }
}

/// A request with the usual headers, unless others of the same name are given; one for each connection.
pub(crate) fn request(line: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("{line}\r\n");
    let usual = [
        "Host: localhost".to_owned(),
        "Content-Type: application/json".to_owned(),
        "Connection: close".to_owned(),
        format!("Content-Length: {}", body.len()),
    ];
    let name = |header: &str| header.split(':').next().unwrap_or_default().to_ascii_lowercase();
    for header in usual.iter().filter(|usual| !headers.iter().any(|given| name(given) == name(usual))) {
        text.push_str(&format!("{header}\r\n"));
    }
    // A header without a value stands for leaving the usual one out.
    for header in headers.iter().filter(|header| !header.ends_with(':')) {
        text.push_str(&format!("{header}\r\n"));
    }
    format!("{text}\r\n{body}").into_bytes()
}

pub(crate) fn connect(at: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends, and reads to the end of the connection.
#[track_caller]
pub(crate) fn ask(at: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = connect(at);
    // A server that has refused the head may have gone while the rest is written.
    let _ = stream.write_all(bytes);
    let text = read_to_end(&mut stream);
    answer(&text).unwrap_or_else(|| panic!("no answer: {text:?}"))
}

/// Sends the head of a request, and waits until the server asks for its body.
pub(crate) fn begin(stream: &mut TcpStream, headers: &[&str]) {
    let headers = [&["Expect: 100-continue", "Connection: keep-alive"], headers].concat();
    stream.write_all(&request("POST / HTTP/1.1", &headers, "")).unwrap();
    let mut text = [0; 25];
    stream.read_exact(&mut text).unwrap();
    assert_eq!(text, *b"HTTP/1.1 100 Continue\r\n\r\n");
}

/// What comes until the connection ends, however it ends.
pub(crate) fn read_to_end(stream: &mut impl Read) -> String {
    let (mut all, mut part) = (Vec::new(), [0; 4_096]);
    while let Ok(n @ 1..) = stream.read(&mut part) {
        all.extend_from_slice(&part[..n]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// The first answer in a text.
pub(crate) fn answer(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn token(&self) -> String {
        assert_eq!(self.status, 201, "{self:?}");
        self.json()["participant_token"].as_str().unwrap().to_owned()
    }

    /// Refused with this status and a sentence in which this stands; no token in it.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, sentence: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.json()["error"].as_str().unwrap().contains(sentence), "{self:?}");
        assert!(!self.body.contains("eyJ"), "{self:?}");
    }
}

#[test]
fn a_request_on_a_socket_gets_a_token_for_what_it_asked() {
    let endpoint = Endpoint::new(Policy::default(), Limits::usual(true));
    for at in endpoint.listening.addresses() {
        let answer = ask(
            *at,
            &request("POST /any/path HTTP/1.1", &[], r#"{"room_name":"r","participant_identity":"zoë"}"#),
        );
        let claims = crate::support::home::payload(&answer.token());
        assert_eq!((&claims["sub"], &claims["video"]["room"]), (&"zoë".into(), &"r".into()));
        assert_eq!(answer.json()["server_url"], "ws://localhost:7880");
    }
    let row = endpoint.rows.recv().unwrap();
    assert_eq!((row.status, row.path.as_str(), row.outcome.identity.as_str()), (201, "/any/path", "zoë"));
    assert!(endpoint.listening.url().starts_with("http://localhost:"));
}

#[test]
fn a_connection_carries_one_request_after_the_other() {
    let endpoint = Endpoint::new(Policy::default(), Limits::usual(true));
    let mut stream = connect(endpoint.at());
    let keep = request("POST / HTTP/1.1", &["Connection: keep-alive"], "{}");
    for _ in 0..3 {
        stream.write_all(&keep).unwrap();
        let mut text = String::new();
        while !text.ends_with('}') {
            let mut part = [0; 4_096];
            let n = stream.read(&mut part).unwrap();
            assert!(n > 0, "{text}");
            text.push_str(std::str::from_utf8(&part[..n]).unwrap());
        }
        answer(&text).unwrap().token();
    }
    assert_eq!(endpoint.issued(), 3);
}

#[test]
fn two_endpoints_stand_beside_each_other_with_their_own_policies() {
    let strict = Policy {
        rooms: vec![roomkey::server::pattern::Pattern::parse("lobby").unwrap()],
        ..Policy::default()
    };
    let (open, strict) =
        (Endpoint::new(Policy::default(), Limits::usual(true)), Endpoint::new(strict, Limits::usual(true)));
    let body = r#"{"room_name":"demo"}"#;
    open.post(body, &[]).token();
    strict.post(body, &[]).refused(403, "the room \"demo\" is not allowed here");
    assert!(open.listening.stop(Duration::from_secs(5)));
    strict.post(r#"{"room_name":"lobby"}"#, &[]).token();
}

#[test]
fn what_was_begun_is_answered_and_nothing_new_is_taken_when_it_stops() {
    let Endpoint { listening, rows: _rows } = Endpoint::new(Policy::default(), Limits::usual(true));
    let at = listening.addresses()[0];
    let body = r#"{"room_name":"r"}"#;
    let mut stream = connect(at);
    begin(&mut stream, &[&format!("Content-Length: {}", body.len())]);
    let idle = connect(at);
    let counters = listening.counters();
    crate::support::eventually("both are connected", || counters.now().open == 2);
    let stopping = std::thread::spawn(move || listening.stop(Duration::from_secs(10)));
    crate::support::eventually("nothing new is taken", || TcpStream::connect(at).is_err());
    stream.write_all(body.as_bytes()).unwrap();
    answer(&read_to_end(&mut stream)).unwrap().token();
    assert!(stopping.join().unwrap());
    drop(idle);
}

#[test]
fn a_request_that_never_ends_does_not_keep_it_from_stopping() {
    let endpoint = Endpoint::new(Policy::default(), Limits::usual(true));
    let mut stream = connect(endpoint.at());
    begin(&mut stream, &["Content-Length: 100"]);
    let begun = std::time::Instant::now();
    assert!(!endpoint.listening.stop(Duration::from_millis(300)));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}
