//! `roomkey webhook listen`, against what `webhook send` and the official SDK sign, and against what neither does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::peers::node_sdk;
use crate::endpoint::{ask, request};
use crate::support::home::{CANARY, Home};

/// A running listener, ended when the test is.
struct Listener {
    child: Child,
    err: BufReader<ChildStderr>,
    said: String,
    url: String,
    at: SocketAddr,
}

impl Listener {
    #[track_caller]
    fn start(home: &Home, args: &[&str]) -> Self {
        let mut command = home.command();
        command.args(["webhook", "listen", "--port", "0"]).args(args);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let port = loop {
            let mut line = String::new();
            assert!(err.read_line(&mut line).unwrap() > 0, "{said}");
            said.push_str(&line);
            if let Some((_, rest)) = line.split_once("http://localhost:") {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                break digits.parse::<u16>().unwrap();
            }
        };
        let url = format!("http://localhost:{port}/hook");
        Self { child, err, said, url, at: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    /// Waits for its end: exit code, standard output, all that was said. Nothing of it is a secret or a token.
    #[track_caller]
    fn ended(mut self) -> (i32, String, String) {
        self.err.read_to_string(&mut self.said).unwrap();
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let code = self.child.wait().unwrap().code().expect("ended by a signal");
        for never in [CANARY, "eyJ"] {
            assert!(!self.said.contains(never) && !out.contains(never), "{never} in {out} {}", self.said);
        }
        (code, out, std::mem::take(&mut self.said))
    }

    #[track_caller]
    fn stop(self, signal: Signal) -> (i32, String, String) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.ended()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn send(home: &Home, to: &Listener, args: &[&str]) -> (i32, Value) {
    let run = home.run(&[&["webhook", "send", "--json", "--to", &to.url], args].concat());
    (run.code, serde_json::from_str(&run.out).unwrap_or_default())
}

fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_a_server_sends_is_shown_and_every_tampering_is_refused_with_its_reason() {
    let home = Home::new().with_triple();
    let listener = Listener::start(&home, &[]);
    let (code, answer) = send(&home, &listener, &["--event", "participant_joined"]);
    assert_eq!((code, &answer["status"]), (0, &200.into()), "{answer}");
    for what in ["body", "signature", "hash", "no-hash", "expired", "early", "key", "bearer", "no-header"] {
        let (code, answer) = send(&home, &listener, &["--tamper", what]);
        assert_eq!((code, &answer["status"]), (0, &401.into()), "{what}: {answer}");
    }
    let (code, out, said) = listener.stop(Signal::TERM);
    assert_eq!(code, 0, "{said}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 10, "{out}");
    assert!(lines[0].contains(" ✓ participant_joined, demo, alice (created "), "{}", lines[0]);
    assert!(lines[1..].iter().all(|line| line.contains(" ✗ A receiver refuses this webhook")), "{out}");
    assert!(lines[1].contains("a line break was added at its end"), "{}", lines[1]);
    assert!(said.contains("stopped: 1 webhooks accepted, 9 refused"), "{said}");
}

#[test]
fn with_json_each_is_an_object_with_its_body_and_count_ends_it() {
    let home = Home::new().with_triple();
    let listener = Listener::start(&home, &["--json", "--count", "2"]);
    // What is no webhook is not counted.
    assert_eq!(ask(listener.at, &request("GET /hook HTTP/1.1", &[], "")).status, 405);
    send(&home, &listener, &["--event", "room_started", "--set", "room.metadata=\u{1b}[2J"]);
    send(&home, &listener, &["--event", "room_finished"]);
    let (code, out, said) = listener.ended();
    assert_eq!(code, 0, "{said}");
    let lines = lines(&out);
    let of = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("verdict"), ["refused", "accepted", "accepted"]);
    assert_eq!(of("event"), [Value::Null, "room_started".into(), "room_finished".into()]);
    assert_eq!((&lines[1]["path"], &lines[1]["forwarded"]), (&"/hook".into(), &Value::Null));
    let body: Value = serde_json::from_str(lines[1]["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["room"]["metadata"], &body["event"]), (&"\u{1b}[2J".into(), &"room_started".into()));
    assert!(!out.contains('\u{1b}'));
}

#[test]
fn once_says_no_for_a_refused_one_and_cannot_tell_when_nothing_came() {
    let home = Home::new().with_triple();
    let listener = Listener::start(&home, &["--once"]);
    send(&home, &listener, &["--tamper", "signature"]);
    assert_eq!(listener.ended().0, 1);
    for (args, code) in [(&["--once"][..], 2), (&[], 0)] {
        for signal in [Signal::INT, Signal::HUP] {
            let (ended, out, said) = Listener::start(&home, args).stop(signal);
            assert_eq!((ended, out.as_str()), (code, ""), "{said}");
        }
    }
}

#[test]
fn what_is_too_large_or_no_json_is_refused_and_nothing_breaks() {
    let home = Home::new().with_triple();
    let listener = Listener::start(&home, &["--body"]);
    let large = "x".repeat(300 * 1024);
    let answer = ask(listener.at, &request("POST / HTTP/1.1", &["Host: tunnel.example"], &large));
    assert_eq!((answer.status, answer.body.contains("the body is over 256 KiB")), (413, true), "{answer:?}");
    for (body, headers) in
        [("", &[][..]), ("\u{0}", &[]), ("{}", &["Authorization: nonsense"]), ("[]", &["Authorization: eyJ"])]
    {
        let answer = ask(listener.at, &request("POST / HTTP/1.1", headers, body));
        assert_eq!(answer.status, 401, "{body:?} {answer:?}");
    }
    let (code, out, _) = listener.stop(Signal::TERM);
    assert_eq!((code, out.matches(" ✗ ").count()), (0, 5), "{out}");
    assert!(out.contains("\n{}\n") && !out.contains('\u{0}'), "{out:?}");
}

#[test]
fn what_was_verified_is_passed_on_as_it_came_and_what_was_not_is_kept() {
    let home = Home::new().with_triple();
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("http://{}/webhook", receiver.local_addr().unwrap());
    let came = std::thread::spawn(move || {
        let (mut stream, _) = receiver.accept().unwrap();
        let asked = crate::support::server::request(&mut stream);
        stream
            .write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            .unwrap();
        drop(receiver);
        asked
    });
    let listener = Listener::start(&home, &["--forward", &to]);
    send(&home, &listener, &["--tamper", "body"]);
    let (_, sent) = send(&home, &listener, &["--set", "room.metadata=zoë"]);
    assert_eq!(sent["status"], 200);
    let asked = came.join().unwrap();
    // The receiver is gone: that is told, and the server is not made to try again for it.
    assert_eq!(send(&home, &listener, &[]).1["status"], 200);
    let (code, out, said) = listener.stop(Signal::TERM);
    assert_eq!(code, 0, "{said}");
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].contains('✗') && !lines[0].contains('→'), "{out}");
    assert!(lines[1].contains(" → 202 in "), "{out}");
    assert!(lines[2].contains(" → not passed on: "), "{out}");
    // What was passed on is accepted by whoever has the key.
    assert!(asked.starts_with("POST /webhook HTTP/1.1\r\n"), "{asked}");
    let verified = home.run_with(&["webhook", "verify"], asked.as_bytes());
    assert_eq!(verified.code, 0, "{} {asked}", verified.out);
}

#[test]
fn what_the_official_sdk_signed_is_accepted() {
    let Some(folder) = node_sdk("a webhook of the SDK, received") else { return };
    let home = Home::new().with_triple();
    let listener = Listener::start(&home, &["--once", "--json"]);
    let script = "const { AccessToken } = require('livekit-server-sdk');
        const { createHash } = require('node:crypto');
        const body = JSON.stringify({ event: 'room_finished', room: { name: 'zoë' }, createdAt: '1' });
        const token = new AccessToken(process.argv[1], process.argv[2], { ttl: 300 });
        token.sha256 = createHash('sha256').update(body).digest('base64');
        token.toJwt().then((jwt) => fetch(process.argv[3], {
          method: 'POST', body, headers: { Authorization: jwt, 'Content-Type': 'application/webhook+json' },
        })).then((answer) => process.stdout.write(String(answer.status)));";
    let output = Command::new("node")
        .args(["-e", script, "APIenv", CANARY, &listener.url])
        .current_dir(folder)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "200", "{output:?}");
    let (code, out, _) = listener.ended();
    let line = &lines(&out)[0];
    assert_eq!((code, &line["event"], &line["room"]), (0, &"room_finished".into(), &"zoë".into()));
}

#[test]
fn a_port_that_is_taken_and_an_address_that_is_none_are_told_with_their_cure() {
    let home = Home::new().with_triple();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    home.run(&["webhook", "listen", "--port", &port]).failed(2, &format!("port {port}"), "--port 0");
    home.run(&["webhook", "listen", "--forward", "nowhere"]).failed(2, "this is no address", "http");
    Home::new().run(&["webhook", "listen", "--port", "0"]).failed(2, "there is no project", "");
}
