//! `roomkey webhook`, against receivers built on the official SDKs, and against itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;

use super::peers::{data, node_sdk, python_sdk};
use crate::support::home::{CANARY, Home, Run};
use crate::support::server::{http, says, serve_proxy, serve_tls};
use crate::support::{have, holds};

const EVENTS: [&str; 14] = [
    "room_started",
    "room_finished",
    "participant_joined",
    "participant_left",
    "participant_connection_aborted",
    "track_published",
    "track_unpublished",
    "egress_started",
    "egress_updated",
    "egress_ended",
    "ingress_started",
    "ingress_ended",
    "agent_job_started",
    "agent_job_ended",
];
const TAMPERINGS: [&str; 9] =
    ["body", "signature", "hash", "no-hash", "expired", "early", "key", "bearer", "no-header"];

/// A receiver that runs until it is dropped.
struct Receiver {
    child: Child,
    stdin: Option<ChildStdin>,
    url: String,
}

impl Receiver {
    fn start(mut command: Command) -> Self {
        let mut child =
            command.args(["APIenv", CANARY]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let stdin = child.stdin.take();
        Self { child, stdin, url: format!("http://127.0.0.1:{}/webhook", port.trim()) }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.stdin.take();
        let _ = self.child.wait();
    }
}

fn receivers(test: &str) -> Vec<(&'static str, Receiver)> {
    let mut all = Vec::new();
    if let Some(folder) = node_sdk(test) {
        let mut command = Command::new("node");
        command.arg(data("receiver.mjs")).env("LIVEKIT_NODE_DIR", folder);
        all.push(("Node", Receiver::start(command)));
    }
    if let Some(python) = python_sdk(test) {
        let mut command = Command::new(python);
        command.arg(data("receiver.py"));
        all.push(("Python", Receiver::start(command)));
    }
    all.extend(rust_receiver(test).map(|command| ("Rust", Receiver::start(command))));
    all.extend(go_receiver(test).map(|command| ("Go", Receiver::start(command))));
    all
}

/// The folder that a variable names, which `.ci/run` makes and sets.
fn folder(variable: &str, has: &str, test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.join(has).is_file());
    holds(folder.is_some(), &format!("{variable} with {has}"), test);
    folder
}

/// The receiver of livekit-api, built.
fn rust_receiver(test: &str) -> Option<Command> {
    let peer = folder("LIVEKIT_RUST_DIR", "Cargo.lock", test)?;
    let built = tempfile::tempdir().unwrap();
    let manifest = std::fs::read_to_string(peer.join("Cargo.toml")).unwrap();
    // Another name than that of the other programs, which are built in the same folder.
    let manifest = manifest.replacen("name = \"snippets\"", "name = \"receiver\"", 1);
    std::fs::write(built.path().join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(peer.join("Cargo.lock"), built.path().join("Cargo.lock")).unwrap();
    std::fs::create_dir(built.path().join("src")).unwrap();
    std::fs::copy(data("receiver.rs"), built.path().join("src/main.rs")).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--offline", "--target-dir"]).arg(peer.join("target"));
    let done = cargo.current_dir(built.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(Command::new(peer.join("target/debug/receiver")))
}

/// The receiver of LiveKit's module for Go, built.
fn go_receiver(test: &str) -> Option<Command> {
    if !have(&["go"], test) {
        return None;
    }
    let peer = folder("LIVEKIT_GO_DIR", "go.sum", test)?;
    let built = tempfile::tempdir().unwrap();
    for name in ["go.mod", "go.sum"] {
        std::fs::copy(peer.join(name), built.path().join(name)).unwrap();
    }
    std::fs::copy(data("receiver.go"), built.path().join("main.go")).unwrap();
    let program = peer.join("receiver");
    let mut go = Command::new("go");
    go.args(["build", "-o"]).arg(&program).arg(".").env("GOFLAGS", "-mod=mod").env("GOPROXY", "off");
    let done = go.current_dir(built.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(Command::new(program))
}

#[test]
fn the_official_receivers_accept_every_event_and_refuse_every_tampering() {
    let home = Home::new().with_triple();
    for (sdk, receiver) in receivers("webhook receivers") {
        for event in EVENTS {
            let run = home.run(&["webhook", "send", "--event", event, "--to", &receiver.url, "--json"]);
            assert_eq!(run.code, 0, "{sdk} {event}: {} {}", run.out, run.err);
            let text = run.json()["text"].as_str().unwrap().to_owned();
            assert!(text.starts_with(&format!("{event} EV_fake")), "{sdk}: {text}");
            assert!(text.ends_with(" application/webhook+json"), "{sdk}: {text}");
        }
        for what in TAMPERINGS {
            let run = home.run(&["webhook", "send", "--to", &receiver.url, "--tamper", what, "--json"]);
            assert_eq!(run.code, 0, "{sdk} {what}: {} {}", run.out, run.err);
            let json = run.json();
            assert_eq!((&json["status"], &json["as_it_should"]), (&401.into(), &true.into()), "{sdk} {what}");
        }
    }
}

/// A request as `webhook send` would send it.
fn printed(home: &Home, args: &[&str]) -> String {
    let run = home.run(&[&["webhook", "send"], args].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    run.out
}

#[test]
fn what_is_sent_is_verified_and_every_tampering_is_named() {
    let home = Home::new().with_triple();
    for event in EVENTS {
        let request = printed(&home, &["--event", event, "--room", "demo"]);
        let run = home.run_with(&["webhook", "verify"], &request);
        assert_eq!(run.code, 0, "{event}: {}", run.out);
        assert!(run.out.starts_with(&format!("✓ A receiver accepts this webhook: {event}")), "{}", run.out);
    }
    let mut said = std::collections::BTreeSet::new();
    for what in TAMPERINGS {
        let request = printed(&home, &["--tamper", what]);
        let run = home.run_with(&["webhook", "verify", "--json", "-"], &request);
        // A key that is in no project is one that nobody can verify with.
        let (code, verdict) = if what == "key" { (2, "unknown") } else { (1, "refused") };
        assert_eq!((run.code, run.json()["verdict"].as_str()), (code, Some(verdict)), "{what}: {}", run.out);
        assert!(said.insert(run.json()["message"].as_str().unwrap().to_owned()), "{what} is told as another");
    }
}

#[test]
fn a_body_and_its_header_are_verified_from_a_file() {
    let home = Home::new().with_triple();
    let sent: Value =
        serde_json::from_str(&printed(&home, &["--event", "track_published", "--json"])).unwrap();
    let (token, body) = (sent["authorization"].as_str().unwrap(), sent["body"].as_str().unwrap());
    let file = home.write("body.json", body);
    let verify =
        |file: &PathBuf| home.run(&["webhook", "verify", file.to_str().unwrap(), "--authorization", token]);
    let good = verify(&file);
    assert_eq!(good.code, 0, "{}", good.out);
    // What goes by the clock is left out.
    let by_the_clock =
        |line: &&str| !["not expired", "already valid", "has an end"].iter().any(|of| line.contains(of));
    let text: Vec<&str> = good.out.lines().filter(by_the_clock).collect();
    let text = text.join("\n").replace(|c: char| c.is_ascii_digit(), "0").replace("0 s ago", "now");
    insta::assert_snapshot!("webhook-verify", text.trim_end());
    home.write("body.json", format!("{body}\n"));
    let bad = verify(&file);
    assert_eq!(bad.code, 1);
    assert!(bad.out.contains("a line break was added at its end"), "{}", bad.out);
    assert!(bad.out.contains("Node's receiver says: sha256 checksum of body does not match"), "{}", bad.out);
    home.run(&["webhook", "verify", file.to_str().unwrap()]).failed(
        2,
        "the Authorization header is missing",
        "--authorization",
    );
}

#[test]
fn a_token_that_the_official_sdk_signed_for_a_body_is_accepted() {
    let Some(folder) = node_sdk("a webhook signed by the SDK") else { return };
    let script = "const { AccessToken } = require('livekit-server-sdk');
        const { createHash } = require('node:crypto');
        const body = JSON.stringify({ event: 'room_finished', room: { name: 'zoë' }, createdAt: '1' });
        const token = new AccessToken(process.argv[1], process.argv[2], { ttl: 300 });
        token.sha256 = createHash('sha256').update(body).digest('base64');
        token.toJwt().then((jwt) => process.stdout.write(JSON.stringify({ jwt, body })));";
    let output =
        Command::new("node").args(["-e", script, "APIenv", CANARY]).current_dir(folder).output().unwrap();
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    let home = Home::new().with_triple();
    let args = ["webhook", "verify", "--authorization", made["jwt"].as_str().unwrap(), "--json"];
    let run = home.run_with(&args, made["body"].as_str().unwrap());
    assert_eq!(run.code, 0, "{}", run.out);
    assert_eq!((&run.json()["event"], &run.json()["room"]), (&"room_finished".into(), &"zoë".into()));
}

#[test]
fn what_is_set_is_in_the_body_and_a_body_of_ones_own_is_sent_as_it_is() {
    let home = Home::new().with_triple();
    let body = |args: &[&str]| {
        let sent: Value = serde_json::from_str(&printed(&home, &[args, &["--json"]].concat())).unwrap();
        sent["body"].as_str().unwrap().to_owned()
    };
    let set = body(&["--set", "room.metadata=hello", "--set", "numDropped=3", "--set", "a.b={\"c\":1}"]);
    let set: Value = serde_json::from_str(&set).unwrap();
    assert_eq!(set["room"]["metadata"], "hello");
    assert_eq!((&set["numDropped"], &set["a"]["b"]["c"]), (&3.into(), &1.into()));
    let file = home.write("own", "not json\r\n");
    assert_eq!(body(&["--body", file.to_str().unwrap()]), "not json\r\n");
    home.run(&["webhook", "send", "--set", "nothing"]).failed(2, "--set takes PATH=VALUE", "");
    home.run(&["webhook", "send", "--event", "room_start"]).failed(2, "there is no event", "room_started?");
}

/// A receiver that reads a request and answers this.
fn answering(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?a=b", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = vec![0; 65_536];
        let mut read = stream.read(&mut asked).unwrap();
        while !String::from_utf8_lossy(&asked[..read]).contains("createdAt") {
            read += stream.read(&mut asked[read..]).unwrap();
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8_lossy(&asked[..read]).into_owned()
    });
    (url, thread)
}

fn send(to: &str, more: &[&str]) -> Run {
    Home::new().with_triple().run(&[&["webhook", "send", "--to", to, "--timeout", "2"], more].concat())
}

#[test]
fn a_receiver_that_says_no_is_told_in_its_words_without_the_token() {
    let (url, thread) = answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 14\r\n\r\nno \u{1b}[2Jthanks!");
    let run = send(&url, &[]);
    let asked = thread.join().unwrap();
    assert!(asked.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{asked}");
    assert!(asked.to_lowercase().contains("user-agent: livekit\r\n"), "{asked}");
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.starts_with("✗ the receiver refused it (403 in "), "{}", run.out);
    assert!(!run.out.contains('\u{1b}') && !run.out.contains("eyJ") && !run.err.contains("eyJ"), "{run:?}");
}

#[test]
fn a_receiver_that_takes_a_tampered_one_fails_the_test() {
    let (url, thread) = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let run = send(&url, &["--tamper", "signature"]);
    thread.join().unwrap();
    assert_eq!(run.code, 1);
    assert!(run.out.contains("accepted it, although another secret made the signature"), "{}", run.out);
}

#[test]
fn a_redirect_is_an_answer_and_is_not_followed() {
    let (url, thread) =
        answering("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    let run = send(&url, &[]);
    thread.join().unwrap();
    assert!(run.code == 1 && run.out.contains("(302 in "), "{}", run.out);
}

#[test]
fn a_receiver_that_does_not_answer_is_an_error_with_a_cure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    send(&format!("http://{at}/"), &[]).failed(2, "the receiver gave no answer within 2 s", "--timeout");
    drop(listener);
    send(&format!("http://{at}/"), &[]).failed(2, "nothing listens there", "start the receiver");
    send("not an address", &[]).failed(2, "this is no address to post to", "http://localhost:3000/webhook");
    send("http://nobody.invalid/", &[]).failed(2, "the receiver's name has no address", "slip");
}

#[test]
fn a_receiver_over_tls_is_trusted_by_a_file_of_ones_own_and_reached_through_a_proxy() {
    let server = serve_tls(&["hooks.example", "localhost"], (2020, 2090), says(http("200 OK", "", "thanks")));
    let (ca, port) = (server.ca.to_str().unwrap(), server.port);
    let local = format!("https://localhost:{port}/");
    let unknown = send(&local, &[]);
    unknown.failed(
        2,
        "the certificate of localhost is from an authority that is not trusted here",
        "--ca-file",
    );
    let trusted = send(&local, &["--ca-file", ca]);
    assert!(
        trusted.code == 0 && trusted.out.contains("(200 in ") && trusted.out.contains("thanks"),
        "{trusted:?}"
    );
    send(&format!("http://localhost:{port}/"), &[]).failed(
        2,
        &format!("localhost:{port} speaks TLS, and the address says http://"),
        "write https:// instead of http://",
    );
    send(&local, &["--ca-file", "/nowhere"]).failed(
        2,
        "the certificates in /nowhere cannot be used",
        "--ca-file",
    );

    let (proxy, requests) = serve_proxy("200 Connection established", port);
    let proxied = |no_proxy: &str| {
        let home = Home::new()
            .with_triple()
            .set("HTTPS_PROXY", format!("http://someone:fake-password@127.0.0.1:{proxy}"))
            .set("NO_PROXY", no_proxy);
        home.run(&["webhook", "send", "--to", "https://hooks.example/x", "--ca-file", ca, "--timeout", "5"])
    };
    let through = proxied("");
    assert!(through.code == 0 && through.out.contains("thanks"), "{through:?}");
    let asked = requests.recv().unwrap();
    assert!(asked.starts_with("CONNECT hooks.example:443 ") && !asked.contains("eyJ"), "{asked}");
    let past = proxied("hooks.example");
    assert!(past.code == 2 && requests.try_recv().is_err(), "{past:?}");
    for run in [through, past] {
        assert!(!run.out.contains("fake-password") && !run.err.contains("fake-password"), "{run:?}");
    }
    let gone = Home::new().with_triple().set("HTTPS_PROXY", "http://127.0.0.1:1");
    let gone = gone.run(&["webhook", "send", "--to", "https://hooks.example/x"]);
    gone.failed(2, "the proxy 127.0.0.1:1 cannot be reached: the connection was refused", "HTTPS_PROXY");
}
