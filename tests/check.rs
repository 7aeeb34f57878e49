//! Asking real servers on loopback: what each does is told in one sentence, nothing hangs, no token shows.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use roomkey::check::{Asker, CheckError, CheckReport, Question, Reading, ask};
use roomkey::claims::Claims;
use roomkey::clock::Timestamp;
use roomkey::project::{ApiKey, ApiSecret, Listing, Project, ServerUrl};
use roomkey::text::Sensitive;
use roomkey::token::sign;

use crate::support::home::{CANARY, Home};

/// What a scripted server does with a connection once it has read the request.
type Script = Box<dyn Fn(&mut dyn Conversation) + Send>;
trait Conversation: Read + Write {}
impl<T: Read + Write> Conversation for T {}

fn serve(answer: Script) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = send.send(request(&mut stream));
            answer(&mut stream);
        }
    });
    (port, requests)
}

/// The whole request: closing a connection with bytes unread resets it, and the answer is lost.
fn request(stream: &mut dyn Conversation) -> String {
    let mut all = Vec::new();
    let mut buffer = [0; 16_384];
    loop {
        let read = stream.read(&mut buffer).unwrap_or(0);
        all.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&all).into_owned();
        let length = |head: &str| {
            let head = head.to_lowercase();
            let value = head.split("content-length: ").nth(1)?.split_whitespace().next()?;
            value.parse::<usize>().ok()
        };
        let complete =
            text.split_once("\r\n\r\n").is_some_and(|(head, body)| body.len() >= length(head).unwrap_or(0));
        // What is no HTTP is a TLS greeting that came to a plain port.
        if read == 0 || complete || all.first().is_some_and(|byte| !byte.is_ascii_uppercase()) {
            return text;
        }
    }
}

fn says(text: impl Into<Vec<u8>>) -> Script {
    let text = text.into();
    Box::new(move |stream| {
        let _ = stream.write_all(&text);
    })
}

fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
}

fn url(scheme: &str, host: &str, port: u16) -> ServerUrl {
    ServerUrl::parse(&format!("{scheme}://{host}:{port}")).unwrap().value
}

fn key_question(url: ServerUrl) -> Question {
    let listing = Listing { url, key: ApiKey::dev(), ..Listing::local_dev() };
    let project = Project { listing, secret: ApiSecret::verbatim(CANARY.into()) };
    Question::of_project(&project, Timestamp::now()).unwrap()
}

fn token(change: impl FnOnce(&mut Claims)) -> (String, Claims) {
    let mut claims =
        Claims { issuer: "devkey".into(), identity: "canary-identity".into(), ..Claims::default() };
    claims.expires_at = Some(Timestamp::now().plus(600));
    change(&mut claims);
    (sign(&claims, &ApiSecret::dev()).unwrap().expose().to_owned(), claims)
}

fn join_question(url: ServerUrl) -> (Question, String) {
    let (token, claims) = token(|claims| {
        claims.grants.video.room_join = true;
        claims.grants.video.room = "demo".into();
    });
    (Question::of_token(url, Sensitive::new(token.clone()), Some(&claims)), token)
}

fn asker(limit_ms: u64) -> Asker {
    Asker::default().within(Duration::from_millis(limit_ms))
}

/// Asks a plain server that gives this answer.
fn answered(answer: Script) -> Result<CheckReport, CheckError> {
    ask(&key_question(url("ws", "127.0.0.1", serve(answer).0)), &asker(5_000))
}

#[test]
fn a_join_is_asked_with_the_header_and_never_in_the_address() {
    let (port, requests) = serve(says(http("200 OK", "", "success")));
    let (question, token) = join_question(url("ws", "127.0.0.1", port));
    let report = ask(&question, &asker(5_000)).unwrap();
    assert_eq!((report.accepted(), report.words.as_str()), (Some(true), "success"));
    let request = requests.recv().unwrap();
    assert!(request.starts_with("GET /rtc/validate HTTP/1.1\r\n"), "{request}");
    assert!(request.to_lowercase().contains(&format!("authorization: bearer {}", token.to_lowercase())));
}

#[test]
fn an_admin_token_only_lists() {
    let (port, requests) = serve(says(http("200 OK", "", r#"{"participants":[]}"#)));
    let (token, claims) = token(|claims| {
        claims.grants.video.room_admin = true;
        claims.grants.video.room = "demo".into();
    });
    let server = url("ws", "127.0.0.1", port);
    let question = Question::of_token(server, Sensitive::new(token), Some(&claims));
    assert_eq!(ask(&question, &asker(5_000)).unwrap().accepted(), Some(true));
    let request = requests.recv().unwrap();
    assert!(request.starts_with("POST /twirp/livekit.RoomService/ListParticipants "), "{request}");
}

#[test]
fn every_refusal_of_the_server_is_told_by_its_cause() {
    let prefix = "invalid authorization token: token";
    for (status, text, reading) in [
        (
            "401 Unauthorized",
            "invalid authorization header. Must start with Bearer ".to_owned(),
            Reading::HeaderChanged,
        ),
        ("401 Unauthorized", "invalid authorization token".into(), Reading::Unreadable),
        ("401 Unauthorized", "invalid API key".into(), Reading::UnknownKey),
        (
            "401 Unauthorized",
            format!("{prefix} signature is invalid: signature is invalid"),
            Reading::WrongSecret,
        ),
        (
            "401 Unauthorized",
            format!("{prefix} is malformed: could not JSON decode claim: x"),
            Reading::Unreadable,
        ),
        (
            "401 Unauthorized",
            format!("{prefix} has invalid claims: token is missing required claim: exp claim is required"),
            Reading::NoExpiry,
        ),
        ("401 Unauthorized", format!("{prefix} has invalid claims: token is expired"), Reading::Expired),
        ("401 Unauthorized", format!("{prefix} has invalid claims: token is not valid yet"), Reading::NotYet),
        ("401 Unauthorized", "no permissions to access the room".into(), Reading::NotPermitted),
        (
            "401 Unauthorized",
            r#"{"code":"unauthenticated","msg":"permissions denied"}"#.into(),
            Reading::NotPermitted,
        ),
        ("400 Bad Request", "identity cannot be empty".into(), Reading::Refused),
        ("400 Bad Request", "no room name".into(), Reading::Refused),
        ("404 Not Found", "requested room does not exist".into(), Reading::Refused),
        ("503 Service Unavailable", "node has exceeded its configured limit".into(), Reading::Refused),
        ("406 Not Acceptable", "Not Ready".into(), Reading::Unwell),
        ("502 Bad Gateway", "<html>nginx".into(), Reading::Failed),
        ("200 OK", "<html>welcome".into(), Reading::NotLiveKit),
        ("404 Not Found", "nothing here".into(), Reading::NotLiveKit),
    ] {
        let report = answered(says(http(status, "", &text))).unwrap();
        assert_eq!(report.reading, reading, "{text}");
        assert!(!report.hint().is_empty() && report.sentence().lines().count() == 1, "{text}");
    }
}

#[test]
fn an_old_server_that_repeats_the_token_shows_none_of_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (question, token) = join_question(url("ws", "127.0.0.1", listener.local_addr().unwrap().port()));
    let echo = token.clone();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        request(&mut stream);
        let body =
            format!("invalid token: {echo}, error: go-jose/go-jose: error in cryptographic primitive\x1b[2J");
        stream.write_all(http("401 Unauthorized", "", &body).as_bytes()).unwrap();
    });
    let report = ask(&question, &asker(5_000)).unwrap();
    assert_eq!(report.reading, Reading::WrongSecret);
    let shown = format!("{report:?} {} {} {question:?}", report.sentence(), report.evidence());
    for part in token.split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
    assert!(!shown.contains('\x1b'), "{shown}");
}

#[test]
fn a_wrong_clock_is_told_with_what_follows() {
    let report = answered(says(http("200 OK", "Date: Tue, 24 Nov 2020 14:42:07 GMT\r\n", "OK"))).unwrap();
    let skew = report.skew.unwrap();
    assert!(skew.seconds < -86_400 && skew.uncertainty_ms >= 1_000);
    assert!(skew.warning().unwrap().contains("behind"));
    assert_eq!(answered(says(http("200 OK", "Date: soon\r\n", "OK"))).unwrap().skew, None);
}

#[test]
fn a_redirect_is_told_and_not_followed() {
    let (target, requests) = serve(says(http("200 OK", "", "OK")));
    let location = format!("Location: http://user:fake@localhost:{target}/x?y=z\r\n");
    let report = answered(says(http("302 Found", &location, ""))).unwrap();
    assert_eq!(report.reading, Reading::Redirected { to: format!("localhost:{target}") });
    assert_eq!(report.accepted(), None);
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_server_that_says_nothing_or_drips_is_left_at_the_limit() {
    let drips: Script = Box::new(|stream| {
        for byte in b"HTTP/1.1 200 OK\r\nX-Long: ".iter().chain(std::iter::repeat_n(&b'x', 200)) {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    });
    let silent: Script = Box::new(|_| std::thread::sleep(Duration::from_secs(4)));
    for script in [drips, silent] {
        let question = key_question(url("ws", "127.0.0.1", serve(script).0));
        let started = Instant::now();
        let error = ask(&question, &asker(600)).unwrap_err();
        assert!(matches!(error, CheckError::Timeout { .. }), "{error:?}");
        assert!(started.elapsed() < Duration::from_millis(1_500));
    }
}

#[test]
fn a_question_is_called_off_within_half_a_second() {
    let question = key_question(url(
        "ws",
        "127.0.0.1",
        serve(Box::new(|_| std::thread::sleep(Duration::from_secs(4)))).0,
    ));
    let asker = asker(10_000);
    let canceller = asker.canceller.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        canceller.cancel();
    });
    let started = Instant::now();
    assert_eq!(ask(&question, &asker), Err(CheckError::Cancelled));
    assert!(started.elapsed() < Duration::from_millis(700));
}

#[test]
fn what_is_no_answer_is_told_apart() {
    let closes = answered(says("HTTP/1.1 200 OK\r\nContent-Le")).unwrap_err();
    assert!(matches!(closes, CheckError::ClosedEarly { .. }), "{closes:?}");
    let garbage = answered(says("\x07SSH-2.0-x\r\n\r\n")).unwrap_err();
    assert!(matches!(garbage, CheckError::NotHttp { .. }), "{garbage:?}");
    let flood =
        format!("HTTP/1.1 200 OK\r\n{}\r\n", format!("X-Flood: {}\r\n", "x".repeat(1_000)).repeat(200));
    let flood = answered(says(flood)).unwrap_err();
    assert!(matches!(flood, CheckError::TooManyHeaders { .. }), "{flood:?}");
    let huge = answered(says(http("200 OK", "", &"x".repeat(4_000_000)))).unwrap();
    assert!(huge.reading == Reading::NotLiveKit && huge.words.len() < 400);

    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = ask(&key_question(url("ws", "127.0.0.1", free)), &asker(5_000)).unwrap_err();
    assert!(matches!(refused, CheckError::Refused { .. }), "{refused:?}");
    let nobody = ask(&key_question(url("ws", "nobody.invalid", 7_880)), &asker(8_000)).unwrap_err();
    assert!(matches!(nobody, CheckError::NoSuchHost { .. } | CheckError::Timeout { .. }), "{nobody:?}");
    for error in [closes, garbage, flood, refused, nobody] {
        assert!(!error.hint().is_empty() && error.to_string().lines().count() == 1);
    }
}

/// A TLS server with a certificate for these names, from an authority whose certificate is the file.
fn serve_tls(names: &[&str], until: i32) -> (u16, tempfile::TempDir, PathBuf) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = rcgen::CertificateParams::new(names).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority_certificate.pem()).unwrap();

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream: rustls::StreamOwned<_, TcpStream> =
                rustls::StreamOwned::new(connection, stream.unwrap());
            if !request(&mut stream).is_empty() {
                let _ = stream.write_all(http("200 OK", "", "OK").as_bytes());
                stream.conn.send_close_notify();
            }
            let _ = stream.flush();
            let _ = stream.conn.complete_io(&mut stream.sock);
        }
    });
    (port, folder, file)
}

#[test]
fn tls_is_trusted_with_the_right_authority_name_and_time_only() {
    let (port, _folder, file) = serve_tls(&["localhost"], 2090);
    let trusting = |file: &PathBuf| asker(5_000).trusting(file);
    let question = key_question(url("wss", "localhost", port));
    assert_eq!(ask(&question, &trusting(&file)).unwrap().reading, Reading::Accepted);
    let unknown = ask(&question, &asker(5_000)).unwrap_err();
    assert!(matches!(unknown, CheckError::UnknownAuthority { .. }), "{unknown:?}");
    let name = ask(&key_question(url("wss", "127.0.0.1", port)), &trusting(&file)).unwrap_err();
    assert!(matches!(name, CheckError::WrongName { .. }), "{name:?}");
    let (port, _folder, file) = serve_tls(&["localhost"], 2021);
    let over = ask(&key_question(url("wss", "localhost", port)), &trusting(&file)).unwrap_err();
    assert!(matches!(over, CheckError::CertificateTime { over: true, .. }), "{over:?}");
    for wrong in ["", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&file, wrong).unwrap();
        let error = ask(&question, &trusting(&file)).unwrap_err();
        assert!(matches!(error, CheckError::CaFile { .. }), "{error:?}");
    }
}

#[test]
fn the_wrong_scheme_is_told_both_ways() {
    let (port, _folder, _file) = serve_tls(&["localhost"], 2090);
    let tls = ask(&key_question(url("ws", "127.0.0.1", port)), &asker(5_000)).unwrap_err();
    assert!(matches!(tls, CheckError::SpeaksTls { .. }), "{tls:?}");
    let go = http("400 Bad Request", "", "Client sent an HTTP request to an HTTPS server.\n");
    assert!(matches!(answered(says(go)), Err(CheckError::SpeaksTls { .. })));
    let (port, _) = serve(says(http("400 Bad Request", "", "")));
    let plain = ask(&key_question(url("wss", "127.0.0.1", port)), &asker(5_000)).unwrap_err();
    assert!(matches!(plain, CheckError::SpeaksPlain { .. }), "{plain:?}");
}

#[test]
fn a_proxy_of_the_environment_is_asked_to_connect_and_its_refusal_is_told() {
    let (proxy, requests) = serve(says(http("403 Forbidden", "", "")));
    let asker =
        Asker::from_environment(&|name| (name == "HTTPS_PROXY").then(|| format!("http://127.0.0.1:{proxy}")));
    let question = key_question(url("wss", "nobody.invalid", 443));
    let error = ask(&question, &asker.within(Duration::from_secs(5))).unwrap_err();
    assert!(matches!(error, CheckError::Proxy { .. }), "{error:?}");
    let request = requests.recv().unwrap();
    assert!(request.starts_with("CONNECT nobody.invalid:443 ") && !request.contains("eyJ"), "{request}");
}

#[test]
fn the_commands_answer_with_their_exit_code() {
    let home = Home::with_vault();
    let (port, _) = serve(says(http("200 OK", "", "OK")));
    let server = format!("ws://127.0.0.1:{port}");
    let add = ["project", "add", "acme", "--url", &server, "--api-key", "APIacme", "--api-secret-stdin"];
    assert_eq!(home.run_with(&add, CANARY).code, 0);
    let run = home.run(&["project", "check"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.starts_with("✓ key and secret are right (200 OK, "), "{}", run.out);

    let (refusing, _) = serve(says(http("401 Unauthorized", "", "invalid API key")));
    let token = home.token(&["-p", "acme", "--join", "--room", "demo", "--identity", "alice"]);
    let refusing = format!("ws://127.0.0.1:{refusing}");
    let run = home.run(&["token", "check", &token, "--url", &refusing, "--json"]);
    assert_eq!((run.code, run.json()["accepted"].as_bool()), (1, Some(false)), "{}", run.err);
    assert!(!run.out.contains(&token) && !run.err.contains(&token));

    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("ws://127.0.0.1:{free}");
    let run = home.run(&["token", "check", &token, "--url", &nobody]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("nothing listens at"), "{}", run.err);
}
