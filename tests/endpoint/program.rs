//! `roomkey serve` as a program: what it says, what it refuses to start with, how it ends.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStderr, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::limits::{certificate, post_over_tls};
use super::{Answer, ask, request};
use crate::support::home::{CANARY, Home, payload};

/// A running `roomkey serve`, ended when the test is.
pub(super) struct Server {
    pub(super) child: Child,
    err: BufReader<ChildStderr>,
    said: String,
    pub(super) at: SocketAddr,
}

impl Server {
    /// Starts it on a free port, and waits until it says where it listens.
    #[track_caller]
    pub(super) fn start(home: &Home, args: &[&str]) -> Self {
        let mut command = home.command();
        command.args(["serve", "--port", "0"]).args(args);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let port = loop {
            let mut line = String::new();
            assert!(err.read_line(&mut line).unwrap() > 0, "{said}");
            said.push_str(&line);
            let ours = ["http://localhost:", "https://localhost:"];
            if let Some((_, rest)) = ours.iter().find_map(|scheme| line.split_once(scheme)) {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                break digits.parse::<u16>().unwrap();
            }
        };
        Self { child, err, said, at: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    pub(super) fn post(&self, body: &str, headers: &[&str]) -> Answer {
        ask(self.at, &request("POST / HTTP/1.1", headers, body))
    }

    /// Sends a signal, and gives the exit code and all that was said. Nothing of it is a secret.
    #[track_caller]
    pub(super) fn stop(mut self, signal: Signal) -> (Option<i32>, String) {
        let begun = Instant::now();
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.err.read_to_string(&mut self.said).unwrap();
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let code = self.child.wait().unwrap().code();
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        assert_eq!(out, "", "standard output is for nobody");
        for never in [CANARY, "eyJ", "fake-bearer"] {
            assert!(!self.said.contains(never), "{never} in {}", self.said);
        }
        (code, std::mem::take(&mut self.said))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The passphrase of a vault takes more memory than all else does, and a container may have no more than 64 MB.
#[cfg(target_os = "linux")]
#[test]
fn opening_a_vault_takes_32_megabytes_beside_what_serving_takes() {
    use crate::support::process::peak;
    let home = Home::with_vault();
    assert_eq!(home.add("acme").code, 0);
    let file = std::fs::read(home.path().join("data/roomkey/vault.age")).unwrap();
    assert!(file[..100].windows(4).any(|part| part == b" 17\n"), "of the usual work factor");
    let without = Server::start(&Home::new(), &["--dev", "--room", "demo"]);
    let with = Server::start(&home, &["--room", "demo"]);
    let [without, with] = [without, with].map(|server| peak(&server.child.id().to_string()));
    assert!((20_000..40_000).contains(&(with - without)), "{with} and {without} KB");
    // A program that was not optimised is larger by itself.
    assert!(with < 60_000 || cfg!(debug_assertions), "{with} KB");
}

#[test]
fn it_says_where_it_is_what_it_gives_and_who_came_and_ends_in_order() {
    let home = Home::new().with_triple();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let server = Server::start(&home, &["--preset", "viewer", "--room", "demo-*"]);
        let token = server
            .post(
                r#"{"room_name":"demo-1","participant_identity":"alice"}"#,
                &["Origin: http://localhost:3000"],
            )
            .token();
        let claims = payload(&token);
        assert_eq!((&claims["iss"], &claims["video"]["canPublish"]), (&"APIenv".into(), &false.into()));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 900);
        server.post(r#"{"room_name":"other"}"#, &[]).refused(403, "the room \"other\"");
        server.post("{}", &["Host: evil.example"]).refused(403, "evil.example");
        let at = server.at;
        let (code, said) = server.stop(signal);
        assert_eq!(code, Some(0), "{said}");
        for part in [
            "using LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET (environment)",
            &format!("serving tokens for wss://env.example at http://localhost:{}/", at.port()),
            &format!("paste: TokenSource.endpoint(\"http://localhost:{}/\")", at.port()),
            "names: rooms: demo-*; identities: any; agents: any",
            "it can: join; hear and see the others",
            " 201 alice in demo-1 (POST / from http://localhost:3000 at 127.0.0.1, ",
            " 403 refused (room): the room \"other\" is not allowed here (POST / from 127.0.0.1, ",
            " 403 refused (host): the host \"evil.example\" is not served here",
            "stopped: 1 tokens handed out, 2 requests refused",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
    }
    assert_eq!(home.files_with("eyJ"), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_preset_of_ones_own_is_a_ceiling_and_its_placeholders_are_filled_in_for_each_token() {
    let home = Home::new().set("USER", "kim");
    let save = [
        "preset",
        "save",
        "desk",
        "--join",
        "-r",
        "desk-{date}-{user}",
        "-i",
        "guest-{rand4}",
        "--valid-for",
        "2h",
    ];
    assert_eq!(home.run(&save).code, 0);
    let policy = home.write("policy.toml", "preset = \"desk\"\n");
    let policy = policy.display().to_string();
    for named in [&["--preset", "DESK"][..], &["--policy", &policy]] {
        let server = Server::start(&home, &[&["--dev"][..], named].concat());
        let claims =
            [0, 1].map(|_| payload(&server.post(r#"{"participant_metadata":"{user}"}"#, &[]).token()));
        let room = claims[0]["video"]["room"].as_str().unwrap();
        assert!(room.starts_with("desk-2") && room.ends_with("-kim"), "{room}");
        let guests = claims.each_ref().map(|claims| claims["sub"].as_str().unwrap());
        assert!(guests[0] != guests[1] && guests.iter().all(|guest| guest.len() == 10), "{guests:?}");
        assert_eq!(claims[0]["metadata"], "{user}", "what a request says is not looked at");
        server.post(r#"{"room_name":"other"}"#, &[]).refused(403, "the room \"other\"");
    }
}

#[test]
fn a_preset_that_moderates_says_so_and_warns() {
    let server = Server::start(&Home::new(), &["--dev", "--preset", "moderator", "--room", "demo-*"]);
    let (_, said) = server.stop(Signal::TERM);
    assert!(
        said.contains("moderate \"demo-*\"") && said.contains("warning: ") && said.contains("[admin-join]"),
        "{said}"
    );
}

#[test]
fn with_json_every_line_of_the_log_is_an_object() {
    let server = Server::start(&Home::new(), &["--dev", "--json"]);
    server.post(r#"{"participant_identity":"a\nb\u202e"}"#, &[]).token();
    server.post("{}", &["Content-Type: text/plain"]).refused(415, "JSON");
    let (code, said) = server.stop(Signal::TERM);
    assert_eq!(code, Some(0));
    let lines: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["listening", "issued", "refused", "stopped"], "{said}");
    assert_eq!((&lines[1]["status"], &lines[1]["identity"]), (&201.into(), &"a\\nb\\u{202e}".into()));
    assert_eq!((&lines[2]["reason"], &lines[2]["peer"]), (&"content_type".into(), &"127.0.0.1".into()));
    assert_eq!((&lines[3]["issued"], &lines[3]["refused"]), (&1.into(), &1.into()));
}

#[test]
fn keys_come_from_a_file_the_environment_or_standard_input_and_never_from_an_argument() {
    const KEY: &str = "fake-bearer-key-0123456789abcdef";
    let bearer = format!("Authorization: Bearer {KEY}");
    let home = Home::new().set("ROOMKEY_SERVE_KEYS", format!("env = {KEY}"));
    let file = home.write("keys", format!("# of the web app\nweb = {KEY}\n"));
    for (args, name) in [(&["--dev"][..], "env"), (&["--dev", "--key-file", file.to_str().unwrap()], "web")] {
        let server = Server::start(&home, args);
        server.post("{}", &[]).refused(401, "wants a key");
        server.post("{}", &[&bearer]).token();
        let (_, said) = server.stop(Signal::TERM);
        assert!(said.contains(&format!(", key {name}, ")), "{said}");
    }
    let home = Home::new();
    for args in [&["--key", KEY][..], &[&format!("--key={KEY}")]] {
        let run = home.run(&[&["serve", "--dev", "--port", "0"], args].concat());
        run.failed(2, "a key cannot be an argument", "--key-file");
        assert!(!run.err.contains("fake-bearer"));
    }
    let run = home.run_with(&["serve", "--dev", "--port", "0", "--key-stdin"], "web = fake-short");
    run.failed(2, "line 1 of the bearer keys: a key has at least 24 characters", "openssl rand");
    assert!(!run.err.contains("fake-short"));
    let both = home.run_with(&["serve", "--dev", "--key-stdin", "--draft", "-"], "");
    both.failed(2, "both --draft - and --key-stdin would read standard input", "from a file");
}

#[test]
fn what_cannot_be_served_is_refused_before_anything_listens() {
    let home = Home::new();
    home.write("policy.toml", "ttl = \"15m\"\n[token.video]\ncanPublsh = true\n");
    home.write("contradiction.toml", "ttl = \"2h\"\nmax_ttl = \"1h\"\n");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (pem, _, folder) = certificate();
    let other = certificate().2;
    let (own, foreign) = (folder.path().join("cert.pem"), other.path().join("key.pem"));
    assert!(pem.contains("CERTIFICATE"));
    for (args, error, hint) in [
        (
            &["--policy", "policy.toml"][..],
            "policy.toml, line 3: there is no claim video.canPublsh",
            "did you mean video.canPublish?",
        ),
        (&["--policy", "contradiction.toml"], "tokens live 2 h unless asked otherwise", "max_ttl"),
        (&["--policy", "missing.toml"], "missing.toml cannot be read", "check the path"),
        (&["--port", &port], &format!("port {port} of 127.0.0.1 is taken"), "--port 0"),
        (&["--addr", "0.0.0.0"], "0.0.0.0 can be reached by others, and no bearer key is set", "--key-file"),
        (&["--addr", "192.0.2.1"], "this machine does not have the address 192.0.2.1", "0.0.0.0"),
        (&["--preset", "veiwer"], "there is no preset \"veiwer\"", "did you mean viewer?"),
        (
            &["--set", "video.canPublish=maybe"],
            "video.canPublish takes true, false or unset",
            "roomkey grants",
        ),
        (
            &["--set", "exp=until 23:59"],
            "tokens handed out over time need a lifetime that is a length",
            "15m",
        ),
        (
            &["--valid-for", "until 23:59"],
            "tokens handed out over time need a lifetime that is a length",
            "15m",
        ),
        (
            &["--valid-for", "2h", "--max-valid-for", "1h"],
            "tokens live 2 h unless asked otherwise",
            "--max-valid-for",
        ),
        (
            &["--allow-origin", "*"],
            "* would let every page that a visitor opens ask for tokens",
            "https://app.example.com",
        ),
        (
            &["--trust-issuer", "https://login.example.com/", "--jwks", "policy.toml"],
            "the JWKS file cannot be used",
            "jwks_uri",
        ),
        (&["--room", ""], "a pattern is empty", "support-*"),
        (
            &["--tls-cert", own.to_str().unwrap(), "--tls-key", foreign.to_str().unwrap()],
            "the TLS private key is not the key of the certificate",
            "made with",
        ),
    ] {
        let free: &[&str] = if args.contains(&"--port") { &[] } else { &["--port", "0"] };
        let all = [&["serve", "--dev"], free, args].concat();
        home.run(&all).failed(2, error, hint);
    }
    home.run(&["serve", "--port", "0"]).failed(2, "there is no project to work with", "--dev");
}

#[test]
fn flags_count_over_the_policy_file() {
    let home = Home::new();
    let policy = home.write("policy.toml", "ttl = \"10m\"\nrooms = [\"a\"]\n[token]\nmetadata = \"ours\"\n");
    let server = Server::start(
        &home,
        &[
            "--dev",
            "--policy",
            policy.to_str().unwrap(),
            "--room",
            "b",
            "--set",
            "video.canPublishData=false",
            "--max-valid-for",
            "1h",
        ],
    );
    let claims = payload(&server.post(r#"{"room_name":"b","ttl":"1h"}"#, &[]).token());
    assert_eq!((&claims["metadata"], &claims["video"]["canPublishData"]), (&"ours".into(), &false.into()));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 3_600);
    server.post(r#"{"room_name":"a"}"#, &[]).refused(403, "the room \"a\"");
    server.stop(Signal::TERM);
}

#[test]
fn the_routes_of_the_samples_are_there_on_request() {
    let server = Server::start(&Home::new(), &["--dev", "--compat"]);
    let sample =
        ask(server.at, &request("POST /livekit/token HTTP/1.1", &[], r#"{"user_id":"u1","room":"r"}"#));
    let (sample_url, token) =
        (sample.json()["url"].clone(), sample.json()["token"].as_str().unwrap().to_owned());
    assert_eq!((sample_url, &payload(&token)["sub"]), ("ws://localhost:7880".into(), &"u1".into()));
    let get = ask(server.at, &request("GET /?identity=i&roomName=r&name=n HTTP/1.1", &[], ""));
    assert_eq!(payload(get.json()["accessToken"].as_str().unwrap())["name"], "n");
    server.stop(Signal::TERM);
}

#[test]
fn over_tls_the_program_serves_what_its_files_say() {
    let (pem, _, folder) = certificate();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let server = Server::start(
        &Home::new(),
        &["--dev", "--tls-cert", &path("cert.pem"), "--tls-key", &path("key.pem")],
    );
    let body = post_over_tls(server.at.port(), &pem, r#"{"room_name":"r"}"#).unwrap();
    assert!(body.contains("participant_token"));
    let (_, said) = server.stop(Signal::TERM);
    assert!(said.contains("TokenSource.endpoint(\"https://localhost:"), "{said}");
}

#[test]
fn a_log_that_is_not_read_keeps_nobody_waiting_nor_the_end() {
    let server = Server::start(&Home::new(), &["--dev"]);
    // More than a pipe and the rows that may wait hold, all on a few connections.
    let keep = request("POST / HTTP/1.1", &["Connection: keep-alive"], "{}");
    let last = request("POST / HTTP/1.1", &[], "{}");
    for _ in 0..4 {
        let mut stream = super::connect(server.at);
        let mut reader = stream.try_clone().unwrap();
        let reading = std::thread::spawn(move || super::read_to_end(&mut reader));
        for _ in 0..800 {
            std::io::Write::write_all(&mut stream, &keep).unwrap();
        }
        std::io::Write::write_all(&mut stream, &last).unwrap();
        assert_eq!(reading.join().unwrap().matches("participant_token").count(), 801);
    }
    let (code, said) = server.stop(Signal::TERM);
    assert_eq!(code, Some(0));
    assert!(
        said.contains("requests came faster than this log could be written"),
        "{}",
        &said[said.len() - 400..]
    );
}

#[test]
fn secrets_stay_where_they_are_while_it_runs() {
    let home = Home::with_vault();
    let add = [
        "project",
        "add",
        "acme",
        "--url",
        "wss://acme.example",
        "--api-key",
        "APIacme",
        "--api-secret-stdin",
    ];
    assert_eq!(home.run_with(&add, CANARY).code, 0);
    let server = Server::start(&home, &["-p", "acme"]);
    let token = server.post("{}", &[]).token();
    assert_eq!(payload(&token)["iss"], "APIacme");
    server.stop(Signal::TERM);
    assert!(home.files_with(CANARY).is_empty() && home.files_with(&token).is_empty());
}

#[test]
fn a_login_of_somebody_elses_is_believed_and_gets_its_own_identity() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
    let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let point = pair.public_key().as_ref();
    let jwk = serde_json::json!({"kty": "EC", "crv": "P-256", "x": encoded(&point[1..33]), "y": encoded(&point[33..])});
    let bearer = |subject: &str| {
        let claims = serde_json::json!({"iss": "https://login.example.com/", "sub": subject, "exp": 4_102_444_800_i64});
        let signed = format!("{}.{}", encoded(br#"{"alg":"ES256"}"#), encoded(claims.to_string().as_bytes()));
        let signature = pair.sign(&random, signed.as_bytes()).unwrap();
        format!("Authorization: Bearer {signed}.{}", encoded(signature.as_ref()))
    };
    let home = Home::new();
    home.write("jwks.json", serde_json::json!({ "keys": [jwk] }).to_string());
    let issuer = ["--trust-issuer", "https://login.example.com/", "--jwks", "jwks.json"];
    let server = Server::start(&home, &[&["--dev"], &issuer[..]].concat());
    let token = server.post(r#"{"room_name":"r"}"#, &[&bearer("alice")]).token();
    assert_eq!(payload(&token)["sub"], "alice");
    let refused = server.post(r#"{"participant_identity":"bob"}"#, &[&bearer("alice")]);
    refused.refused(403, "the identity \"bob\" is not the subject of the bearer token");
    let (alice, bob) = (bearer("alice"), bearer("bob"));
    let forged = format!("{}.{}", bob.rsplit_once('.').unwrap().0, alice.rsplit_once('.').unwrap().1);
    server.post("{}", &[&forged]).refused(401, "its signature is wrong");
    server.post("{}", &[]).refused(401, "wants a key");
    let (_, said) = server.stop(Signal::TERM);
    assert!(said.contains("who: whoever https://login.example.com/ knows"), "{said}");
    assert!(
        said.contains("201 alice in r (POST / from 127.0.0.1, key https://login.example.com/, "),
        "{said}"
    );
}
