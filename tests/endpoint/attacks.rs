//! Attacks on a listening endpoint: each is refused, signs nothing, and leaves nothing in the log.

use std::io::Write;
use std::time::Duration;

use roomkey::server::keys::Keys;
use roomkey::server::listener::{Limits, ListenError, Plan, bind};
use roomkey::server::policy::Settable;
use roomkey::server::{Guard, Policy};

use super::{Endpoint, answer, ask, connect, project, read_to_end, request};

const KEY: &str = "fake-bearer-key-0123456789abcdef";

fn usual() -> Endpoint {
    Endpoint::new(Policy::default(), Limits::usual(true))
}

#[test]
fn pages_of_other_origins_get_nothing_and_are_allowed_to_read_nothing() {
    let endpoint = usual();
    for headers in [
        &["Origin: https://evil.example"][..],
        &["Origin: null"],
        &["Origin: http://localhost.evil.example"],
        &["Origin: http://localhost:3000", "Origin: https://evil.example"],
        &["Sec-Fetch-Site: cross-site"],
    ] {
        let refused = endpoint.post("{}", headers);
        assert_eq!(refused.status, 403, "{headers:?}");
        assert!(!refused.head.contains("access-control"), "{headers:?}: {}", refused.head);
    }
    let preflight = request(
        "OPTIONS / HTTP/1.1",
        &["Origin: https://evil.example", "Access-Control-Request-Method: POST"],
        "",
    );
    let refused = ask(endpoint.at(), &preflight);
    assert_eq!(refused.status, 403);
    assert!(!refused.head.contains("access-control"));
    endpoint.signed_nothing();
}

#[test]
fn a_page_of_this_machine_is_answered_after_its_preflight() {
    let endpoint = usual();
    let headers = [
        "Origin: http://localhost:5173",
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: content-type, x-sandbox-id",
        "Access-Control-Request-Private-Network: true",
    ];
    let preflight = ask(endpoint.at(), &request("OPTIONS /x HTTP/1.1", &headers, ""));
    assert_eq!((preflight.status, preflight.body.as_str()), (204, ""));
    for header in [
        "access-control-allow-origin: http://localhost:5173",
        "access-control-allow-methods: post, options",
        "access-control-allow-headers: content-type, x-sandbox-id",
        "access-control-max-age: 600",
        "access-control-allow-private-network: true",
        "vary: origin",
    ] {
        assert!(preflight.head.contains(header), "{header} in {}", preflight.head);
    }
    let posted = endpoint.post("{}", &headers[..1]);
    posted.token();
    assert!(posted.head.contains("access-control-allow-origin: http://localhost:5173"));
    assert!(!posted.head.contains("access-control-allow-origin: *"));
}

#[test]
fn a_rebinding_host_gets_nothing() {
    let endpoint = usual();
    for host in ["Host: evil.example", "Host: evil.example:80", "Host: 127.0.0.1.nip.io", "Host:"] {
        let answer = endpoint.post("{}", &[host]);
        assert_eq!(answer.status, 403, "{host}");
    }
    let absolute = request("POST http://evil.example/ HTTP/1.1", &[], "{}");
    ask(endpoint.at(), &absolute).refused(403, "the host \"evil.example\" is not served here");
    endpoint.post("{}", &["Host: localhost", "Host: evil.example"]);
    endpoint.signed_nothing();
}

#[test]
fn what_a_browser_sends_without_a_preflight_gets_nothing() {
    let endpoint = usual();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        endpoint
            .post("{}", &[&format!("Content-Type:{}{kind}", if kind.is_empty() { "" } else { " " })])
            .refused(415, "application/json");
    }
    ask(endpoint.at(), &request("GET /?roomName=r HTTP/1.1", &[], "")).refused(405, "POST");
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT"] {
        let line = format!("{method} {} HTTP/1.1", if method == "CONNECT" { "localhost:80" } else { "/" });
        assert_eq!(ask(endpoint.at(), &request(&line, &[], "{}")).status, 405, "{method}");
    }
    endpoint.signed_nothing();
}

#[test]
fn wrong_and_missing_keys_get_nothing_and_are_in_no_row() {
    let guard =
        Guard { keys: Keys::parse(&format!("web = {KEY}")).unwrap(), metrics: true, ..Guard::default() };
    let endpoint = Endpoint::new(Policy { guard, ..Policy::default() }, Limits::usual(true));
    let wrong = KEY.replace("0123", "3210");
    for header in [
        "X-None: x".to_owned(),
        format!("Authorization: Bearer {wrong}"),
        format!("Authorization: Basic {KEY}"),
        "Authorization: Bearer".into(),
    ] {
        let refused = endpoint.post("{}", &[&header]);
        refused.refused(401, "key");
        assert!(refused.head.contains("www-authenticate: bearer") && !refused.body.contains("fake"));
    }
    assert_eq!(ask(endpoint.at(), &request("GET /metrics HTTP/1.1", &[], "")).status, 401);
    assert_eq!(endpoint.issued(), 0);
    let right = format!("Authorization: Bearer {KEY}");
    endpoint.post("{}", &[&right]).token();
    let rows: Vec<_> = endpoint.rows.try_iter().collect();
    assert_eq!(rows.last().unwrap().outcome.key.as_deref(), Some("web"));
    assert!(rows.iter().all(|row| !format!("{row:?}").contains("fake-bearer")), "{rows:?}");
    let metrics = ask(endpoint.at(), &request("GET /metrics HTTP/1.1", &[&right], ""));
    assert!(metrics.body.contains("roomkey_tokens_issued_total 1\n"), "{}", metrics.body);
    assert!(metrics.body.contains("roomkey_requests_refused_total{reason=\"key\"} 5\n"), "{}", metrics.body);
}

#[test]
fn every_widening_request_is_refused_on_the_socket_too() {
    let policy = Policy {
        rooms: vec![roomkey::server::pattern::Pattern::parse("demo-*").unwrap()],
        agents: Vec::new(),
        may_set: Settable::ALL.to_vec(),
        ..Policy::default()
    };
    let endpoint = Endpoint::new(policy, Limits::usual(true));
    for (body, sentence) in [
        (r#"{"ttl":"16m"}"#, "a ttl of 16 min is more than the 15 min"),
        (r#"{"ttl":9007199254740993}"#, "is more than the 15 min"),
        (r#"{"room_name":"admin"}"#, "the room \"admin\""),
        (r#"{"video":{"roomAdmin":true}}"#, "video.roomAdmin"),
        (r#"{"video":{"hidden":true}}"#, "video.hidden"),
        (r#"{"video":{"recorder":true}}"#, "video.recorder"),
        (r#"{"video":{"agent":true}}"#, "video.agent"),
        (r#"{"video":{"canUpdateOwnMetadata":true}}"#, "video.canUpdateOwnMetadata"),
        (r#"{"kind":"egress"}"#, "kind"),
        (r#"{"sip":{"admin":true}}"#, "sip.admin"),
        (r#"{"room_config":{"agents":[{"agent_name":"spy"}]}}"#, "the agent \"spy\""),
        (
            r#"{"room_config":{"egress":{"tracks":{"filepath":"x","s3":{"secret":"fake-s3-secret"}}}}}"#,
            "a storage secret",
        ),
    ] {
        let refused = endpoint.post(body, &[]);
        refused.refused(403, sentence);
        assert!(!refused.body.contains("fake"), "{refused:?}");
    }
    endpoint.signed_nothing();
}

#[test]
fn text_of_a_request_that_looks_like_a_token_is_not_logged() {
    let endpoint = usual();
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJmYWtlIn0.c2lnbmF0dXJl";
    let path = format!("POST /rtc/{token}?access_token={token} HTTP/1.1");
    ask(
        endpoint.at(),
        &request(&path, &[], &format!(r#"{{"participant_identity":"{token}","room_name":"{token}"}}"#)),
    );
    ask(endpoint.at(), &request(&path, &[&format!("Origin: https://{token}")], "{}"));
    let rows: Vec<String> = endpoint.rows.iter().take(2).map(|row| format!("{row:?}")).collect();
    assert!(rows.iter().all(|row| !row.contains("eyJpc3")), "{rows:?}");
}

#[test]
fn nonsense_is_answered_or_dropped_and_the_next_one_is_served() {
    let endpoint = usual();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = connect(endpoint.at());
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let text = read_to_end(&mut stream);
        assert!(text.is_empty() || answer(&text).is_some_and(|answer| answer.status >= 400), "{text}");
    }
    for body in ["{", "[]", "7", r#"{"room_name":7}"#, &"[".repeat(60_000)] {
        endpoint.post(body, &[]).refused(400, "");
    }
    endpoint.signed_nothing();
    endpoint.post("{}", &[]).token();
}

#[test]
fn two_lengths_for_one_body_are_not_believed() {
    let endpoint = usual();
    let smuggled = request("POST / HTTP/1.1", &["Content-Length: 2", "Content-Length: 40"], "{}");
    assert_eq!(ask(endpoint.at(), &smuggled).status, 400);
    let bad = request("POST / HTTP/1.1", &["Content-Length: -1"], "{}");
    assert_eq!(ask(endpoint.at(), &bad).status, 400);
    let unknown = request("POST / HTTP/1.1", &["Content-Length:", "Transfer-Encoding: identity, gzip"], "{}");
    assert!(ask(endpoint.at(), &unknown).status >= 400);
    endpoint.signed_nothing();
}

#[test]
fn what_others_can_reach_is_not_served_without_a_key() {
    let plan = |policy| Plan {
        policy,
        project: project(),
        limits: Limits::usual(false),
        tls: None,
        rows: None,
        issued: None,
    };
    let open = bind(&["0.0.0.0".parse().unwrap()], 0).unwrap();
    let error = open.serve(plan(Policy::default())).unwrap_err();
    assert!(matches!(error, ListenError::NeedsKey { .. }), "{error:?}");
    assert!(error.hint().contains("--key-file"));
    let guard = Guard { keys: Keys::parse(KEY).unwrap(), ..Guard::default() };
    let open = bind(&["0.0.0.0".parse().unwrap()], 0).unwrap();
    let listening = open.serve(plan(Policy { guard, ..Policy::default() })).unwrap();
    let mut at = listening.addresses()[0];
    at.set_ip("127.0.0.1".parse().unwrap());
    ask(at, &request("POST / HTTP/1.1", &[], "{}")).refused(401, "wants a key");
    let page = ["Origin: http://localhost:3000", &format!("Authorization: Bearer {KEY}")];
    ask(at, &request("POST / HTTP/1.1", &page, "{}")).refused(403, "--allow-origin");
    ask(at, &request("POST / HTTP/1.1", &page[1..], "{}")).token();
    listening.stop(Duration::from_secs(5));
}
