//! The routes of a session without a display of its own: tmux's buffer, and the terminal through OSC 52.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use roomkey::clipboard::{Clipboard, ClipboardError, Environment, Route};
use roomkey::text::Pasted;

use super::{HOLD, TEXT, canary_shows, ended, lives, report, session_arguments, system, text};
use crate::support::displays::Tmux;
use crate::support::{eventually, have};

#[test]
fn over_ssh_a_copy_goes_to_tmux_and_is_cleared_after_roomkey_has_ended() {
    let test = "over_ssh_a_copy_goes_to_tmux_and_is_cleared_after_roomkey_has_ended";
    if !have(Tmux::NEEDS, test) {
        return;
    }
    let tmux = Tmux::start();
    tmux.set_buffer("mine", "untouched");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    let [program, arguments @ ..] = session_arguments();
    let begun = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .env("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")
        .env("DISPLAY", ":0")
        .env("TMUX", tmux.variable())
        .env("ROOMKEY_TEST_REPORT", &path)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let (session, holder, route) = report(&path);
    assert_eq!(route, "tmux");
    assert!(!lives(session));
    assert_eq!(tmux.buffer("roomkey").as_deref(), Some(TEXT));
    assert!(!canary_shows(holder));
    eventually("the buffer is deleted", || tmux.buffer("roomkey").is_none());
    assert!(begun.elapsed() >= HOLD);
    assert_eq!(tmux.buffer("mine").as_deref(), Some("untouched"));
    ended(holder);
}

#[test]
fn a_copy_in_tmux_reaches_the_terminal_around_it() {
    if !have(Tmux::NEEDS, "a_copy_in_tmux_reaches_the_terminal_around_it") {
        return;
    }
    // A terminal that can be asked what arrived: another tmux.
    let terminal = Tmux::start();
    terminal.run(&["set-option", "-s", "set-clipboard", "on"]).unwrap();
    let tmux = Tmux::start();
    tmux.attach_in(&terminal);
    let mut clipboard = system(tmux.remote_environment());
    clipboard.copy(&text(TEXT), Some(HOLD)).unwrap();
    eventually("the terminal has it", || terminal.run(&["show-buffer"]).as_deref() == Some(TEXT));
}

#[test]
fn what_else_is_put_into_tmuxs_buffer_is_left_alone() {
    if !have(Tmux::NEEDS, "what_else_is_put_into_tmuxs_buffer_is_left_alone") {
        return;
    }
    let tmux = Tmux::start();
    let mut clipboard = system(tmux.remote_environment());
    let copied = clipboard.copy(&text(TEXT), Some(Duration::from_millis(500))).unwrap();
    assert_eq!((copied.route, copied.verified), (Route::Tmux, true));
    tmux.set_buffer("roomkey", "other");
    ended(clipboard.holder().unwrap());
    assert_eq!(tmux.buffer("roomkey").as_deref(), Some("other"));

    // Cleared at once, or for ever there; in both cases by comparing first.
    clipboard.copy(&text(TEXT), None).unwrap();
    clipboard.clear().unwrap();
    assert_eq!(tmux.buffer("roomkey"), None);
    clipboard.copy(&text(TEXT), None).unwrap();
    let holder = clipboard.holder().unwrap();
    drop(clipboard);
    ended(holder);
    assert_eq!(tmux.buffer("roomkey").as_deref(), Some(TEXT), "nobody asked to clear it");
}

#[test]
fn in_tmux_the_newest_buffer_is_read() {
    if !have(Tmux::NEEDS, "in_tmux_the_newest_buffer_is_read") {
        return;
    }
    let tmux = Tmux::start();
    let mut clipboard = system(tmux.remote_environment());
    assert_eq!(clipboard.read(), Err(ClipboardError::Empty));
    tmux.set_buffer("first", "older");
    tmux.run(&["set-buffer", TEXT]).unwrap();
    assert_eq!(clipboard.read(), Ok(Pasted::new(TEXT.into())));
    tmux.kill();
    let error = clipboard.read().unwrap_err();
    assert!(
        matches!(&error, ClipboardError::Unreadable { reason } if reason.starts_with("tmux: ")),
        "{error}"
    );
}

#[test]
fn a_tmux_that_is_gone_is_told_and_the_terminal_is_asked_instead() {
    if !have(Tmux::NEEDS, "a_tmux_that_is_gone_is_told_and_the_terminal_is_asked_instead") {
        return;
    }
    let tmux = Tmux::start();
    let environment =
        Environment { terminal: true, term: Some("tmux-256color".into()), ..tmux.remote_environment() };
    tmux.kill();
    let mut clipboard = system(environment);
    let copied = clipboard.copy(&text(TEXT), Some(HOLD)).unwrap();
    assert_eq!((copied.route, copied.verified, copied.clears_after), (Route::Osc52, false, None));
    let reason = copied.fallback_reason.unwrap();
    assert!(reason.starts_with("tmux: "), "{reason}");
    assert!(clipboard.clear().unwrap_err().to_string().contains("OSC 52"));
}

#[test]
fn what_is_sent_by_osc_52_lands_in_a_terminal_that_knows_it() {
    if !have(Tmux::NEEDS, "what_is_sent_by_osc_52_lands_in_a_terminal_that_knows_it") {
        return;
    }
    let environment =
        Environment { terminal: true, term: Some("xterm-256color".into()), ..Environment::default() };
    let mut clipboard = system(environment);
    let copied = clipboard.copy(&text(TEXT), Some(HOLD)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sequence");
    fs::write(&file, copied.write.unwrap().expose()).unwrap();
    let tmux = Tmux::start();
    tmux.run(&["set-option", "-s", "set-clipboard", "on"]).unwrap();
    tmux.window(&["sh", "-c", &format!("cat {}; sleep 600", file.display())]);
    eventually("it is in tmux's newest buffer", || tmux.run(&["show-buffer"]).as_deref() == Some(TEXT));
}
