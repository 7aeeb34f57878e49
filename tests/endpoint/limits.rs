//! Clients that are slow, large or many: each is ended or refused in time, and nobody else notices.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use roomkey::server::Policy;
use roomkey::server::listener::{Limits, Tls};

use super::{Endpoint, answer, ask, connect, hasty, read_to_end, request};
use crate::support::eventually;

/// Reads until the server ends the connection; it must do so within a few of the hasty limits.
#[track_caller]
fn ended(stream: &mut TcpStream) -> String {
    let begun = Instant::now();
    let text = read_to_end(stream);
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    text
}

#[test]
fn an_oversized_body_is_refused_before_it_is_read() {
    let endpoint = Endpoint::new(Policy::default(), hasty());
    let claimed = request("POST / HTTP/1.1", &["Content-Length: 65537"], "");
    ask(endpoint.at(), &claimed).refused(413, "64 KiB");
    let huge = request("POST / HTTP/1.1", &["Content-Length: 18446744073709551615"], "");
    assert!(ask(endpoint.at(), &huge).status >= 400);
    let mut stream = connect(endpoint.at());
    stream
        .write_all(&request("POST / HTTP/1.1", &["Content-Length:", "Transfer-Encoding: chunked"], ""))
        .unwrap();
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(4_096));
    let sent = (0..50_000).take_while(|_| stream.write_all(chunk.as_bytes()).is_ok()).count();
    assert!(sent < 50_000, "all of an endless body was taken");
    endpoint.signed_nothing();
    let body = format!(r#"{{"participant_metadata":"{}"}}"#, "x".repeat(60_000));
    endpoint.post(&body, &[]).token();
}

#[test]
fn a_slow_body_is_given_up_and_a_body_that_ends_early_signs_nothing() {
    let endpoint = Endpoint::new(Policy::default(), hasty());
    let mut stream = connect(endpoint.at());
    stream
        .write_all(&request("POST / HTTP/1.1", &["Content-Length: 20", "Connection: keep-alive"], "{"))
        .unwrap();
    answer(&ended(&mut stream)).unwrap().refused(408, "took too long");
    let mut stream = connect(endpoint.at());
    stream.write_all(&request("POST / HTTP/1.1", &["Content-Length: 20"], "{}")).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    ended(&mut stream);
    endpoint.signed_nothing();
}

#[test]
fn a_slow_head_and_an_idle_connection_are_ended_and_others_are_served_meanwhile() {
    let endpoint = Endpoint::new(Policy::default(), hasty());
    let mut slow = connect(endpoint.at());
    let mut idle = connect(endpoint.at());
    let begun = Instant::now();
    let mut alive = true;
    while alive && begun.elapsed() < Duration::from_secs(10) {
        alive = slow.write_all(b"x").is_ok();
        endpoint.post("{}", &[]).token();
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!alive, "a head of one byte at a time was waited for");
    assert!(answer(&ended(&mut idle)).is_none());
    let counters = endpoint.listening.counters();
    eventually("all are closed", || counters.now().open == 0);
}

#[test]
fn a_flood_of_headers_is_refused() {
    let endpoint = Endpoint::new(Policy::default(), hasty());
    let many: Vec<String> = (0..1_000).map(|n| format!("X-{n}: {n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(endpoint.post("{}", &many).status, 431);
    let long = format!("X-Long: {}", "x".repeat(100_000));
    let mut stream = connect(endpoint.at());
    let _ = stream.write_all(&request("POST / HTTP/1.1", &[&long], "{}"));
    let text = read_to_end(&mut stream);
    assert!(text.is_empty() || answer(&text).unwrap().status == 431, "{text}");
    let target = format!("POST /{} HTTP/1.1", "x".repeat(100_000));
    let mut stream = connect(endpoint.at());
    let _ = stream.write_all(&request(&target, &[], "{}"));
    let text = read_to_end(&mut stream);
    assert!(text.is_empty() || answer(&text).unwrap().status >= 400, "{text}");
    endpoint.signed_nothing();
    endpoint.post("{}", &[]).token();
}

#[test]
fn a_client_that_takes_no_answers_is_ended() {
    let endpoint = Endpoint::new(Policy::default(), hasty());
    let mut stream = connect(endpoint.at());
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let many = request("POST / HTTP/1.1", &["Connection: keep-alive"], "{}").repeat(100);
    // Until neither side's buffers take any more: a machine that is only slow still answers meanwhile.
    let (mut at, mut answered) = (0, 0);
    loop {
        match stream.write(&many[at..]) {
            Ok(n) => at = (at + n) % many.len(),
            Err(_) if answered < endpoint.issued() => answered = endpoint.issued(),
            Err(_) => break,
        }
    }
    let counters = endpoint.listening.counters();
    eventually("it is ended", || counters.now().open == 0);
    assert_eq!(counters.now().broken, 1);
    endpoint.post("{}", &[]).token();
}

#[test]
fn one_connection_too_many_is_told_so_and_a_place_that_is_left_is_given_again() {
    let endpoint =
        Endpoint::new(Policy::default(), Limits { connections: 2, head: Duration::from_secs(20), ..hasty() });
    let (first, second) = (connect(endpoint.at()), connect(endpoint.at()));
    let counters = endpoint.listening.counters();
    eventually("both have a place", || counters.now().open == 2);
    let mut third = connect(endpoint.at());
    answer(&ended(&mut third)).unwrap().refused(503, "too many connections");
    assert_eq!(counters.now().turned_away, 1);
    drop(first);
    eventually("a place is left", || counters.now().open == 1);
    endpoint.post("{}", &[]).token();
    drop(second);
}

#[test]
fn asking_too_often_is_refused_by_address_and_by_identity() {
    let limits = Limits { per_identity: 4, ..Limits::usual(true) };
    let endpoint = Endpoint::new(Policy::default(), limits);
    let alice = r#"{"participant_identity":"alice"}"#;
    endpoint.post(alice, &[]).token();
    let refused = endpoint.post(alice, &[]);
    refused.refused(429, "too many requests; try again in 15 s");
    assert!(refused.head.contains("retry-after: 15"), "{}", refused.head);
    endpoint.post(r#"{"participant_identity":"bob"}"#, &[]).token();
    assert_eq!(endpoint.issued(), 2);

    let limits = Limits { per_address: 4, ..Limits::usual(true) };
    let endpoint = Endpoint::new(Policy::default(), limits);
    endpoint.post("{}", &["Host: evil.example"]).refused(403, "");
    for _ in 0..3 {
        endpoint.post("{}", &[]).refused(429, "too many requests");
    }
    endpoint.post("{}", &["Host: evil.example"]).refused(429, "too many requests");
    assert_eq!(ask(endpoint.at(), &request("GET /healthz HTTP/1.1", &[], "")).status, 200);
    endpoint.signed_nothing();
}

#[test]
fn behind_a_proxy_each_client_has_a_rate_of_its_own() {
    let limits = Limits { per_address: 4, proxies: 1, ..Limits::usual(true) };
    let endpoint = Endpoint::new(Policy::default(), limits);
    endpoint.post("{}", &["X-Forwarded-For: 10.0.0.1, 203.0.113.1"]).token();
    endpoint.post("{}", &["X-Forwarded-For: 10.0.0.2, 203.0.113.1"]).refused(429, "too many");
    endpoint.post("{}", &["X-Forwarded-For: 203.0.113.2"]).token();
    assert_eq!(endpoint.rows.recv().unwrap().peer.to_string(), "203.0.113.1");
}

#[test]
fn a_log_that_nobody_reads_loses_rows_and_keeps_nobody_waiting() {
    let endpoint = Endpoint::with(Policy::default(), Limits::usual(true), None, 4);
    for _ in 0..20 {
        endpoint.post("{}", &[]).token();
    }
    assert_eq!(endpoint.listening.counters().now().rows_dropped, 16);
    assert_eq!(endpoint.rows.try_iter().count(), 4);
    endpoint.post("{}", &[]).token();
    assert_eq!(endpoint.rows.try_iter().count(), 1);
}

#[test]
fn clients_cut_off_in_the_middle_leave_nothing_behind() {
    let endpoint = Endpoint::new(Policy::default(), hasty());
    let text = request("POST / HTTP/1.1", &[], r#"{"room_name":"r"}"#);
    for cut in 0..text.len() {
        let mut stream = connect(endpoint.at());
        stream.write_all(&text[..cut]).unwrap();
    }
    let counters = endpoint.listening.counters();
    eventually("all are closed", || counters.now().open == 0);
    endpoint.signed_nothing();
    endpoint.post("{}", &[]).token();
}

/// A certificate for localhost, its key, and a file with the certificate for who is to trust it.
pub(super) fn certificate() -> (String, String, tempfile::TempDir) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    (certificate.pem(), key.serialize_pem(), folder)
}

/// Posts over TLS, trusting this certificate alone.
pub(super) fn post_over_tls(port: u16, certificate: &str, body: &str) -> Result<String, ureq::Error> {
    let trusted = ureq::tls::Certificate::from_pem(certificate.as_bytes()).unwrap();
    let tls =
        ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::new_with_certs(&[trusted])).build();
    let agent = ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .new_agent();
    let mut answer = agent
        .post(format!("https://localhost:{port}/"))
        .header("Content-Type", "application/json")
        .send(body)?;
    answer.body_mut().read_to_string()
}

#[test]
fn over_tls_a_token_is_fetched_and_who_speaks_plainly_or_not_at_all_is_ended() {
    let (certificate, key, _folder) = certificate();
    let tls = Tls::from_pem(&certificate, &key).unwrap();
    let endpoint = Endpoint::with(Policy::default(), hasty(), Some(tls), 64);
    assert!(endpoint.listening.url().starts_with("https://localhost:"));
    let body = post_over_tls(endpoint.at().port(), &certificate, r#"{"room_name":"r"}"#).unwrap();
    assert!(body.contains("participant_token"), "{body}");
    let mut silent = connect(endpoint.at());
    let mut plain = connect(endpoint.at());
    plain.write_all(&request("POST / HTTP/1.1", &[], "{}")).unwrap();
    assert!(answer(&ended(&mut plain)).is_none());
    assert_eq!(ended(&mut silent), "");
    let mut one = [0; 1];
    assert_eq!(silent.read(&mut one).unwrap_or(0), 0);
    post_over_tls(endpoint.at().port(), &certificate, "{}").unwrap();
    assert_eq!(endpoint.issued(), 2);
}
