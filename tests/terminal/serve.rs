//! The endpoint and the webhooks on the screen: real requests, a real flood, and the way out.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Home, start};
use crate::endpoint::{ask, request};
use crate::support::eventually;
use crate::support::home::payload;
use crate::support::pty::Terminal;

/// From the welcome to the screen, with ports that are free.
fn open(terminal: &mut Terminal) {
    terminal.wait_for("keys for LiveKit rooms");
    terminal.press("d");
    terminal.wait_for("needed");
    terminal.press("\x1b");
    std::thread::sleep(Duration::from_millis(200));
    terminal.press("5");
    terminal.wait_for("hands out tokens of local dev");
    terminal.press("e");
    terminal.wait_for("Policy file");
    // Ctrl-U empties the field.
    terminal.press("\x150\r\r\r\x150\r");
    terminal.wait_for("on any port that is free");
}

/// Starts, and says where it listens.
fn serve(terminal: &mut Terminal) -> SocketAddr {
    open(terminal);
    terminal.press("s");
    terminal.wait_for("TokenSource.endpoint(\"http://localhost:");
    at(terminal, "TokenSource.endpoint(\"http://localhost:")
}

fn at(terminal: &Terminal, before: &str) -> SocketAddr {
    let screen = terminal.screen();
    let (_, rest) = screen.split_once(before).unwrap();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    SocketAddr::from(([127, 0, 0, 1], digits.parse().unwrap()))
}

#[test]
fn tokens_are_handed_out_seen_and_written_down_until_the_program_is_left() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &[]);
    let at = serve(&mut terminal);
    let body = r#"{"room_name":"demo","participant_identity":"alice-7f3a"}"#;
    let answer = ask(at, &request("POST / HTTP/1.1", &["Origin: http://localhost:3000"], body));
    assert_eq!(payload(&answer.token())["iss"], "devkey");
    terminal.wait("the row", |screen| screen.contains("alice-7f3a") && screen.contains("1 signed"));
    ask(at, &request("POST / HTTP/1.1", &["Origin: https://evil.example"], body))
        .refused(403, "evil.example");
    terminal.wait_for("403 origin");
    terminal.press("\r");
    terminal.wait_for("If the page is yours");
    terminal.press("\x1b");
    terminal.wait("the row is closed", |screen| !screen.contains("If the page is yours"));
    terminal.wait_for("Refused    origin 1");
    // On another screen it goes on, and the header says so.
    terminal.press("1");
    terminal.wait_for("5 Serve ●");
    ask(at, &request("POST / HTTP/1.1", &[], body)).token();
    terminal.press("3");
    terminal.wait_for("2 still work, 2 in all");
    terminal.wait_for("by the token endpoint");
    terminal.press("q");
    let (status, took) = terminal.ended();
    assert!(status.success() && took < Duration::from_secs(4), "{status:?} after {took:?}");
    assert!(TcpStream::connect(at).is_err());
    let rows = home.run(&["ledger", "list", "--json"]).json();
    assert_eq!(rows.as_array().unwrap().len(), 2, "{rows}");
}

#[test]
fn webhooks_are_verified_and_their_body_is_shown() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &[]);
    open(&mut terminal);
    terminal.press("w");
    terminal.wait_for("webhooks of local dev at http://localhost:");
    let to = format!("http://{}/", at(&terminal, "webhooks of local dev at http://localhost:"));
    let send = |args: &[&str]| home.run(&[&["webhook", "send", "--dev", "--to", &to], args].concat());
    assert_eq!(send(&["--event", "participant_joined", "--identity", "zoë-1"]).code, 0);
    terminal.wait("the row", |screen| screen.contains("zoë-1") && screen.contains("verified"));
    terminal.press("\r");
    terminal.wait_for("\"identity\": \"zoë-1\"");
    terminal.press("\x1b");
    assert_eq!(send(&["--tamper", "body"]).code, 0);
    terminal.wait_for("a line break was added");
    terminal.wait_for("1 verified, 1 refused");
    terminal.press("w");
    terminal.wait_for("receives a server's webhooks");
    terminal.press("q");
    assert!(terminal.ended().0.success());
}

#[test]
fn a_port_that_is_taken_is_told_with_its_cure() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut terminal = start(&home, &[], &[]);
    open(&mut terminal);
    terminal.press(&format!("e\x15{port}\x13"));
    terminal.wait_for(&format!("http://localhost:{port}/"));
    terminal.press("s");
    terminal.wait_for(&format!("port {port} of 127.0.0.1 is taken"));
    terminal.wait_for("e chooses another port");
    drop(taken);
    terminal.press("s");
    terminal.wait_for("handing out tokens");
}

/// Megabytes of memory that the program has in use.
fn megabytes(terminal: &Terminal) -> u64 {
    let path = format!("/proc/{}/status", terminal.pid().as_raw_nonzero());
    let status = std::fs::read_to_string(path).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
}

#[test]
fn a_flood_slows_no_key_and_takes_no_more_memory_than_it_may() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &[]);
    let at = serve(&mut terminal);
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..6)
        .map(|client| {
            let (stop, answered) = (stop.clone(), answered.clone());
            std::thread::spawn(move || {
                let body = format!(r#"{{"room_name":"flood","participant_identity":"c{client}"}}"#);
                let text = String::from_utf8(request("POST / HTTP/1.1", &[], &body)).unwrap();
                let text = text.replace("Connection: close\r\n", "");
                let mut stream = TcpStream::connect(at).unwrap();
                let mut part = [0; 8_192];
                while !stop.load(Ordering::Relaxed) && stream.write_all(text.as_bytes()).is_ok() {
                    let mut seen = Vec::new();
                    while !seen.ends_with(b"\"}") {
                        match stream.read(&mut part) {
                            Ok(n @ 1..) => seen.extend_from_slice(&part[..n]),
                            _ => return,
                        }
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    // One that says nothing, and one that never ends its request.
    let mute = TcpStream::connect(at).unwrap();
    let mut slow = TcpStream::connect(at).unwrap();
    slow.write_all(b"POST / HTTP/1.1\r\nHost: loc").unwrap();
    eventually("the table is full", || terminal.screen().contains("Requests 1000"));
    terminal.wait_for("not shown");
    let before = megabytes(&terminal);
    let mut slowest = Duration::ZERO;
    for round in 0..12 {
        let (key, seen) = if round % 2 == 0 { ("?", "Everywhere") } else { ("\x1b", "May ask") };
        let pressed = Instant::now();
        terminal.press(key);
        terminal.wait("the key is answered", |screen| {
            screen.contains(seen) != (round % 2 == 1 && screen.contains("In a text"))
        });
        slowest = slowest.max(pressed.elapsed());
        std::thread::sleep(Duration::from_millis(150));
    }
    assert!(slowest < Duration::from_secs(1), "a key took {slowest:?}");
    let bytes = terminal.raw().len();
    std::thread::sleep(Duration::from_secs(1));
    let drawn = terminal.raw().len() - bytes;
    assert!(drawn < 400_000, "{drawn} bytes were drawn in a second");
    let after = megabytes(&terminal);
    assert!(after < before + 24, "{before} MB before, {after} MB after");
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    drop((mute, slow));
    let answered = answered.load(Ordering::Relaxed);
    assert!(answered > 1_000, "{answered}");
    terminal.signal(Signal::TERM);
    terminal.ended();
    // Also this way out writes down all that was signed.
    let ledger = std::fs::read_to_string(home.path().join("state/roomkey/ledger.jsonl")).unwrap();
    assert_eq!(ledger.lines().count() as u64, answered);
}
