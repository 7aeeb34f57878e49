//! What `roomkey serve` signs is in the ledger: all of it, whatever ends the program, and never the token.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use roomkey::token::Fingerprint;

use super::program::Server;
use super::{connect, request};
use crate::support::eventually;
use crate::support::home::Home;

fn rows(home: &Home) -> Vec<Value> {
    home.run(&["ledger", "list", "--json"]).json().as_array().unwrap().clone()
}

fn body(identity: &str) -> String {
    format!(r#"{{"room_name":"demo","participant_identity":"{identity}"}}"#)
}

/// Asks for tokens on one connection, one after the other, until it is cut. How many were answered.
fn ask_until_cut(at: std::net::SocketAddr, name: &str, most: usize) -> usize {
    let mut stream = connect(at);
    let mut answered = 0;
    let mut part = [0; 8_192];
    for number in 0..most {
        let text =
            String::from_utf8(request("POST / HTTP/1.1", &[], &body(&format!("{name}-{number}")))).unwrap();
        let keep = text.replace("Connection: close\r\n", "");
        if stream.write_all(keep.as_bytes()).is_err() {
            break;
        }
        let mut seen = String::new();
        while !seen.contains("\"}") {
            match stream.read(&mut part) {
                Ok(n @ 1..) => seen.push_str(&String::from_utf8_lossy(&part[..n])),
                _ => return answered,
            }
        }
        answered += 1;
    }
    answered
}

#[test]
fn every_token_has_a_row_and_no_row_has_the_token() {
    let home = Home::new().with_triple();
    let server = Server::start(&home, &["--valid-for", "10m", "--set", "video.canPublish=false"]);
    let token = server.post(&body("alice"), &[]).token();
    let other = server.post(&body("bob"), &[]).token();
    server.post("{}", &["Content-Type: text/plain"]).refused(415, "JSON");
    let (code, said) = server.stop(Signal::TERM);
    assert_eq!(code, Some(0), "{said}");
    let rows = rows(&home);
    assert_eq!(rows.len(), 2, "{rows:?}");
    let row = &rows[1];
    for (name, value) in [
        ("by", "serve"),
        ("project", "environment"),
        ("key", "APIenv"),
        ("room", "demo"),
        ("identity", "alice"),
        ("fingerprint", &Fingerprint::of(&token).to_string()),
    ] {
        assert_eq!(row[name], value, "{name} of {row}");
    }
    assert!(row["grants"].as_str().unwrap().contains("join"), "{row}");
    for token in [token, other] {
        assert_eq!(home.files_with(token.rsplit('.').next().unwrap()), Vec::<std::path::PathBuf>::new());
    }
}

#[test]
fn what_is_not_to_be_written_down_is_not() {
    let home = Home::new().with_triple();
    let server = Server::start(&home, &["--no-ledger"]);
    server.post(&body("alice"), &[]).token();
    server.stop(Signal::TERM);
    std::fs::create_dir_all(home.path().join("config/roomkey")).unwrap();
    std::fs::write(home.path().join("config/roomkey/settings.toml"), "ledger = false\n").unwrap();
    let server = Server::start(&home, &[]);
    server.post(&body("alice"), &[]).token();
    let (_, said) = server.stop(Signal::TERM);
    assert!(!said.contains("ledger"), "{said}");
    assert!(!home.path().join("state/roomkey/ledger.jsonl").exists());
}

#[test]
fn a_ledger_that_cannot_be_written_is_told_once_counted_and_keeps_nobody_from_a_token() {
    for json in [false, true] {
        let home = Home::new().with_triple();
        // No file, and nothing that could be made one.
        std::fs::create_dir_all(home.path().join("state/roomkey/ledger.jsonl")).unwrap();
        let server = Server::start(&home, if json { &["--metrics", "--json"] } else { &["--metrics"] });
        for name in ["a", "b", "c"] {
            server.post(&body(name), &[]).token();
            std::thread::sleep(Duration::from_millis(60));
        }
        let metrics = || {
            let answer = super::ask(server.at, &request("GET /metrics HTTP/1.1", &[], ""));
            answer.body.lines().any(|line| line == "roomkey_ledger_rows_lost_total 3")
        };
        eventually("the metrics tell it", metrics);
        let (code, said) = server.stop(Signal::TERM);
        assert_eq!(code, Some(0), "{said}");
        let (told, end) = if json {
            ("\"event\":\"ledger_failed\"", "\"not_recorded\":3")
        } else {
            ("tokens are handed out, but not in the ledger: ", "; 3 of them are not in the ledger")
        };
        assert_eq!(said.matches(told).count(), 1, "{said}");
        assert!(said.contains(end), "{said}");
    }
}

#[test]
fn under_load_nothing_is_lost_when_it_is_stopped() {
    let home = Home::new().with_triple();
    let server = Server::start(&home, &["--json"]);
    let at = server.at;
    let clients: Vec<_> = (0..4)
        .map(|client| std::thread::spawn(move || ask_until_cut(at, &format!("c{client}"), 10_000)))
        .collect();
    std::thread::sleep(Duration::from_millis(700));
    let (code, said) = server.stop(Signal::TERM);
    assert_eq!(code, Some(0));
    let answered: usize = clients.into_iter().map(|client| client.join().unwrap()).sum();
    let end: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!((&end["all_recorded"], &end["not_recorded"]), (&true.into(), &0.into()), "{end}");
    let written = std::fs::read_to_string(home.path().join("state/roomkey/ledger.jsonl")).unwrap();
    assert_eq!(Some(written.lines().count() as u64), end["issued"].as_u64(), "{end}");
    assert!(written.lines().count() >= answered && answered > 20, "{answered}");
}

#[test]
fn killed_in_the_middle_it_leaves_whole_rows_and_all_but_the_last_moment() {
    let home = Home::new().with_triple();
    let mut server = Server::start(&home, &["--json"]);
    let at = server.at;
    let first = server.post(&body("the-first"), &[]).token();
    let path = home.path().join("state/roomkey/ledger.jsonl");
    eventually("the first row", || path.exists());
    let client = std::thread::spawn(move || ask_until_cut(at, "c", 10_000));
    let until = Instant::now() + Duration::from_millis(400);
    while Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let answered = client.join().unwrap();
    let rows = rows(&home);
    assert_eq!(rows.last().unwrap()["fingerprint"], Fingerprint::of(&first).to_string());
    assert!(rows.len() > 1 && answered > 1, "{} of {answered}", rows.len());
    // The next one goes on where this one was cut.
    let server = Server::start(&home, &[]);
    server.post(&body("the-next"), &[]).token();
    server.stop(Signal::TERM);
    let after = self::rows(&home);
    assert_eq!((after.len(), after[0]["identity"].as_str()), (rows.len() + 1, Some("the-next")));
}
