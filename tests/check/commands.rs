//! The two commands: exit codes, JSON, limits, certificates, and nothing confidential anywhere.

use std::time::{Duration, Instant};

use crate::support::home::{CANARY, Home, Run};
use crate::support::server::{
    Script, free_port, http, livekit, says, serve, serve_tls, then_drips, then_hangs,
};

/// A home with one project, of the environment, whose server is at this address.
fn home_with(server: &str) -> Home {
    Home::new()
        .set("ROOMKEY_STORE", "env")
        .set("LIVEKIT_URL", server)
        .set("LIVEKIT_API_KEY", "APIacme")
        .set("LIVEKIT_API_SECRET", CANARY)
}

fn on(script: Script) -> String {
    format!("ws://127.0.0.1:{}", serve(script).0)
}

/// No token is in what a run said; that the secret is not, every run looks for itself.
#[track_caller]
fn silent(run: &Run) {
    assert!(!run.out.contains("eyJ") && !run.err.contains("eyJ"), "{run:?}");
}

#[test]
fn a_yes_is_0_a_no_is_1_and_no_answer_is_2() {
    let cases: Vec<(Script, i32, &str)> = vec![
        (livekit(http("200 OK", "", "OK")), 0, "✓ key and secret are right (200 OK, "),
        (
            livekit(http("401 Unauthorized", "", "invalid API key")),
            1,
            "✗ the server does not know this key (401 invalid API key, ",
        ),
        (says(http("200 OK", "", "OK")), 2, "? what answers there says yes to a wrong signature too"),
        (
            says(http("502 Bad Gateway", "", "<html>")),
            2,
            "? a proxy answers: it reaches no server behind it (502, ",
        ),
        (
            says(http("301 Moved", "Location: https://other.example/\r\n", "")),
            2,
            "? the server points to https://other.example, which was not asked (301, ",
        ),
    ];
    for (script, code, said) in cases {
        let run = home_with(&on(script)).run(&["project", "check"]);
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.out.starts_with(said) && run.out.lines().count() == 1, "{run:?}");
        assert!(run.err.contains("asking ws://127.0.0.1:"), "{run:?}");
        assert_eq!(run.err.contains("hint: "), code != 0, "{run:?}");
        silent(&run);
    }
    let run = home_with(&format!("ws://127.0.0.1:{}", free_port())).run(&["project", "check"]);
    run.failed(2, "nothing listens at 127.0.0.1:", "livekit-server listens on 7880");
    silent(&run);
}

#[test]
fn a_token_is_asked_about_wherever_it_comes_from() {
    let home = home_with(&on(livekit(http("200 OK", "", "success"))));
    let token = home.token(&["-p", "environment", "--join", "--room", "demo", "--identity", "alice"]);
    for run in [
        home.run(&["token", "check", &token]),
        home.run_with(&["token", "check"], format!("Bearer {token}\n")),
        home.run_with(&["token", "check", "-", "-p", "environment"], &token),
    ] {
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.out.starts_with("✓ the server would let this token join (200 success, "), "{run:?}");
        silent(&run);
    }
    // A server up to v1.13.5 repeats the token that it refuses.
    let words = format!("invalid token: {token}, error: token has invalid claims: token is expired");
    let refusing = on(livekit(http("401 Unauthorized", "", &words)));
    let run = home.run(&["token", "check", &token, "--url", &refusing]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.out.starts_with("✗ the token is expired by the server's clock (401 invalid token: (hidden), ")
    );
    silent(&run);
}

#[test]
fn json_has_the_same_shape_for_a_yes_a_no_and_neither_and_a_shorter_one_without_an_answer() {
    const ANSWERED: [&str; 10] = [
        "accepted",
        "asked",
        "clock_skew_seconds",
        "clock_skew_uncertainty_ms",
        "hint",
        "latency_ms",
        "message",
        "status",
        "text",
        "url",
    ];
    const UNANSWERED: [&str; 5] = ["accepted", "asked", "hint", "message", "url"];
    let date = "Date: Tue, 24 Nov 2020 14:42:07 GMT\r\n";
    let cases: Vec<(Script, i32, Option<bool>)> = vec![
        (livekit(http("200 OK", date, "OK")), 0, Some(true)),
        (says(http("401 Unauthorized", "", "invalid API key")), 1, Some(false)),
        (says(http("429 Too Many Requests", "", "")), 2, None),
    ];
    let keys = |run: &Run| -> Vec<String> {
        let mut keys: Vec<String> = run.json().as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    for (script, code, accepted) in cases {
        let server = on(script);
        let run = home_with(&server).run(&["project", "check", "environment", "--json"]);
        let json = run.json();
        assert_eq!((run.code, json["accepted"].as_bool()), (code, accepted), "{run:?}");
        assert_eq!(keys(&run), ANSWERED);
        assert_eq!((json["url"].as_str(), json["asked"].as_str()), (Some(server.as_str()), Some("GET /")));
        let skewed = json["clock_skew_seconds"].as_i64();
        assert_eq!(skewed.is_some_and(|seconds| seconds < -86_400), code == 0, "{run:?}");
        silent(&run);
    }
    let run = home_with(&format!("ws://127.0.0.1:{}", free_port())).run(&["project", "check", "--json"]);
    assert_eq!((run.code, keys(&run)), (2, UNANSWERED.map(str::to_owned).to_vec()), "{run:?}");
    assert!(run.json()["accepted"].is_null());
}

#[test]
fn a_wrong_clock_is_warned_of_whatever_the_answer() {
    for (body, status) in [("OK", "200 OK"), ("invalid API key", "401 Unauthorized")] {
        let script = livekit(http(status, "Date: Tue, 24 Nov 2099 14:42:07 GMT\r\n", body));
        let run = home_with(&on(script)).run(&["project", "check"]);
        assert!(run.err.contains("warning: the server's clock is "), "{run:?}");
        assert!(run.err.contains("ahead; tokens signed here expire that much too early"), "{run:?}");
    }
}

#[test]
fn the_limit_holds_whatever_the_server_does() {
    let body = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    for script in [then_hangs(""), then_drips("HTTP/1.1 200 OK\r\nX-Long: "), then_drips(body)] {
        let home = home_with(&on(script));
        let started = Instant::now();
        let run = home.run(&["project", "check", "--timeout", "1"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{run:?}");
        assert!(run.err.contains("within 1 s"), "{run:?}");
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    }
    let home = home_with("ws://127.0.0.1:1");
    for wrong in ["0", "601", "soon"] {
        assert_eq!(home.run(&["project", "check", "--timeout", wrong]).code, 2, "{wrong}");
    }
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let server = serve_tls(&["localhost"], (2020, 2090), livekit(http("200 OK", "", "OK")));
    let address = format!("wss://localhost:{}", server.port);
    let ca = server.ca.to_str().unwrap();
    let home = home_with(&address);
    home.run(&["project", "check"]).failed(
        2,
        "the certificate of localhost is from an authority that is not trusted here",
        "SSL_CERT_FILE or --ca-file",
    );
    assert_eq!(home.run(&["project", "check", "--ca-file", ca]).code, 0);
    assert_eq!(home.set("SSL_CERT_FILE", ca).run(&["project", "check"]).code, 0);
    let run = home_with(&address).run(&["project", "check", "--ca-file", "nowhere.pem"]);
    run.failed(2, "the certificates in nowhere.pem cannot be used", "PEM");
}

#[test]
fn a_proxy_of_the_environment_is_used_and_its_password_told_to_nobody() {
    let (port, requests) = crate::support::server::serve_proxy("407 Proxy Authentication Required", 0);
    let home = home_with("wss://rooms.example")
        .set("HTTPS_PROXY", format!("http://someone:fake-proxy-password@127.0.0.1:{port}"));
    let run = home.run(&["project", "check"]);
    run.failed(
        2,
        &format!("the proxy 127.0.0.1:{port} wants a name and a password"),
        "http://name:password@",
    );
    assert!(!run.err.contains("fake-proxy-password"), "{run:?}");
    assert!(requests.recv().unwrap().starts_with("CONNECT rooms.example:443 "));
}

#[test]
fn dev_is_the_local_server_and_nothing_else() {
    let home = home_with("ws://127.0.0.1:1");
    let token = home.token(&["-p", "environment", "--join", "--room", "demo", "--identity", "alice"]);
    for args in [&["project", "check", "--dev"][..], &["token", "check", &token, "--dev"]] {
        let run = home.run(args);
        // Whether one listens there is this machine's business; which was asked is not.
        assert!(run.err.contains("asking ws://localhost:7880: GET /"), "{run:?}");
        assert!(matches!(run.code, 0..=2));
        silent(&run);
    }
    for args in [
        &["project", "check", "environment", "--dev"][..],
        &["token", "check", "x", "--dev", "--url", "ws://a"],
    ] {
        let run = home.run(args);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.err.contains("cannot be used with"), "{run:?}");
    }
}

#[test]
fn the_demo_asks_nobody() {
    let run = Home::new().run(&["--demo", "project", "check"]);
    run.failed(2, "the demo asks no server", "without --demo");
}

#[test]
fn a_project_of_the_store_is_asked_with_its_own_secret() {
    let home = Home::with_vault();
    let server = on(livekit(http("200 OK", "", "OK")));
    let add = ["project", "add", "acme", "--url", &server, "--api-key", "APIacme", "--api-secret-stdin"];
    assert_eq!(home.run_with(&add, CANARY).code, 0);
    for args in [&["project", "check"][..], &["project", "check", "acme"]] {
        let run = home.run(args);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.err.contains(&format!("asking {server}: GET /")), "{run:?}");
        silent(&run);
    }
    home.run(&["project", "check", "nobody"]).failed(2, "there is no project nobody", "");
}

#[test]
fn a_token_of_a_key_that_nobody_has_is_sent_nowhere() {
    let (port, requests) = serve(livekit(http("200 OK", "", "success")));
    let home = home_with(&format!("ws://127.0.0.1:{port}"));
    let stranger = home_with("ws://127.0.0.1:1").set("LIVEKIT_API_KEY", "APIstranger");
    let token = stranger.token(&["--join", "--room", "demo", "--identity", "alice"]);
    home.run(&["token", "check", &token]).failed(2, "", "--url");
    home.run(&["token", "check", "no token"]).failed(2, "", "");
    assert!(requests.try_recv().is_err());
}
