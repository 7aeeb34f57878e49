//! The screens in a real terminal, with real servers.

use std::time::{Duration, Instant};

use super::token;
use crate::support::home::{CANARY, Home};
use crate::support::pty::Terminal;
use crate::support::server::{http, is_control, livekit, serve, then_hangs};

const NO_BUS: (&str, &str) = ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");

/// A program with the project acme in its vault, whose server listens at this port.
fn start(home: &Home, port: u16) -> Terminal {
    let server = format!("ws://127.0.0.1:{port}");
    let add = ["project", "add", "acme", "--url", &server, "--api-key", "devkey", "--api-secret-stdin"];
    assert_eq!(home.run_with(&add, CANARY).code, 0);
    let passphrase = home.path().join("passphrase");
    let variables =
        [NO_BUS, ("ROOMKEY_STORE", "vault"), ("ROOMKEY_VAULT_PASSPHRASE_FILE", passphrase.to_str().unwrap())];
    let terminal = Terminal::start(home.path(), &variables, &[], (120, 40));
    terminal.wait_for("acme · vault");
    terminal
}

/// The screen in one line, for sentences that are broken across several.
fn flat(screen: &str) -> String {
    screen.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_screen_asks_and_shows_what_the_server_says() {
    let home = Home::with_vault();
    let answers: crate::support::server::Script = std::sync::Arc::new(|stream, request| {
        let body = if request.starts_with("GET /rtc/validate ") { "success" } else { "OK" };
        livekit(http("200 OK", "Date: Tue, 24 Nov 2020 14:42:07 GMT\r\n", body))(stream, request);
    });
    let (port, requests) = serve(answers);
    let mut terminal = start(&home, port);
    terminal.press("4c");
    terminal.wait("a key check", |screen| flat(screen).contains("says: key and secret are right"));
    terminal.wait("the clocks", |screen| flat(screen).contains("set the clock that is wrong"));

    let (text, _) = token(|claims| {
        claims.grants.video.room_join = true;
        claims.grants.video.room = "demo".into();
    });
    terminal.press("2");
    terminal.paste(&text);
    terminal.wait_for("project: acme");
    terminal.press("c");
    terminal.wait("a join", |screen| flat(screen).contains("says: the server would let this token join"));
    // The stored secret did not make it, this server takes it all the same.
    terminal.wait("a surprise", |screen| {
        flat(screen).contains("roomkey expected a no: the secret that the server has is another")
    });

    terminal.press("1");
    terminal.press("/identity\r\ralice\r");
    terminal.wait_for("\"sub\": \"alice\"");
    terminal.press("/room\r\rdemo\r");
    terminal.wait_for("join \"demo\" as alice");
    terminal.press("c");
    terminal.wait_for("the server would let this token join");
    terminal.press("\x1b");
    terminal.wait("closed", |screen| !screen.contains("the server would let"));
    let asked: Vec<String> = requests.try_iter().collect();
    assert_eq!(asked.iter().filter(|request| is_control(request)).count(), 3);
    assert_eq!(asked.len(), 6);
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(!raw.contains(CANARY) && !raw.contains("]52;"), "the secret, or a copy");
    terminal.press("q");
    assert!(terminal.ended().0.success());
}

#[test]
fn a_server_that_hangs_stops_neither_typing_nor_escape_nor_leaving() {
    let home = Home::with_vault();
    let (port, requests) = serve(then_hangs(""));
    let mut terminal = start(&home, port);
    terminal.press("4c");
    terminal.wait_for(&format!("asking 127.0.0.1:{port}"));
    terminal.wait_for("Esc cancels");
    requests.recv_timeout(Duration::from_secs(10)).unwrap();
    let started = Instant::now();
    terminal.press("\x1b");
    terminal.wait_for("cancelled");
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert!(!terminal.screen().contains("asking"));

    // Asked again: the worker is free, although the server has not let go.
    terminal.press("c");
    terminal.wait_for("asking");
    requests.recv_timeout(Duration::from_secs(10)).unwrap();
    terminal.press("1");
    terminal.press("/identity\r\r");
    let started = Instant::now();
    terminal.press("typed-meanwhile");
    terminal.wait_for("\"sub\": \"typed-meanwhile\"");
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    terminal.press("\r");
    terminal.press("q");
    let (status, took) = terminal.ended();
    assert!(status.success() && took < Duration::from_secs(1), "{status:?} after {took:?}");
    assert!(!terminal.is_taken());
}

#[test]
fn the_demo_asks_nobody() {
    let home = Home::new();
    let mut terminal = Terminal::start(home.path(), &[NO_BUS], &["--demo"], (120, 40));
    terminal.wait_for("demo");
    terminal.press("4c");
    terminal.wait_for("the demo asks no server");
    terminal.press("q");
    assert!(terminal.ended().0.success());
}
