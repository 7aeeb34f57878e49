//! Every way in which a clipboard can fail, forced.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use roomkey::clipboard::{Clipboard, ClipboardError, Environment, OSC52_LIMIT, Route, System};
use rustix::process::{Pid, Signal, kill_process};

use super::{HOLD, TEXT, ended, holder, on_each_display, system, text};
use crate::support::displays::{Display, Tmux, XServer};
use crate::support::have;

#[test]
fn without_any_route_the_answer_is_quick() {
    let begun = Instant::now();
    let mut clipboard = system(Environment::default());
    assert_eq!(clipboard.copy(&text(TEXT), Some(HOLD)), Err(ClipboardError::Nowhere));
    let error = clipboard.read().unwrap_err();
    assert!(error.to_string().contains("no display and no tmux"), "{error}");
    assert_eq!(clipboard.clear(), Ok(()));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[test]
fn a_display_that_cannot_be_reached_is_named_and_the_next_route_taken() {
    let dead = Environment {
        wayland_display: Some("/nowhere/wayland-7".into()),
        display: Some(":9753".into()),
        ..Environment::default()
    };
    let begun = Instant::now();
    let said = "Wayland: no compositor answers at /nowhere/wayland-7; X11: no X server answers at :9753";
    let error = system(dead.clone()).copy(&text(TEXT), Some(HOLD)).unwrap_err();
    assert_eq!(error, ClipboardError::Failed { reason: said.into() });
    let error = system(dead.clone()).read().unwrap_err();
    assert_eq!(error, ClipboardError::Unreadable { reason: said.into() });
    let terminal = Environment { terminal: true, term: Some("foot".into()), ..dead };
    let copied = system(terminal).copy(&text(TEXT), Some(HOLD)).unwrap();
    assert_eq!((copied.route, copied.fallback_reason.as_deref()), (Route::Osc52, Some(said)));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn a_display_that_hangs_costs_some_seconds_and_no_more() {
    let hung = |route: Route, environment: Environment| {
        let environment = Environment { terminal: true, term: Some("foot".into()), ..environment };
        let mut clipboard = system(environment);
        let begun = Instant::now();
        assert!(matches!(clipboard.read(), Err(ClipboardError::Unreadable { .. })));
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        let copied = clipboard.copy(&text(TEXT), Some(HOLD)).unwrap();
        assert_eq!(copied.route, Route::Osc52);
        assert_eq!(copied.fallback_reason, Some(format!("{route}: no answer")));
        assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    };
    // One that accepts and says nothing needs no installed display.
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("wayland-hung");
    let _listener = UnixListener::bind(&socket).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            hung(
                Route::Wayland,
                Environment { wayland_display: Some(socket.into()), ..Environment::default() },
            );
        });
        on_each_display("a_display_that_hangs_costs_some_seconds_and_no_more", |route, display| {
            display.hang();
            hung(route, display.environment());
        });
    });
}

#[test]
fn what_is_too_long_for_a_terminal_is_refused() {
    let terminal = Environment { terminal: true, term: Some("foot".into()), ..Environment::default() };
    let long = text(&"x".repeat(OSC52_LIMIT + 1));
    let refused = ClipboardError::TooLong { bytes: OSC52_LIMIT + 1, limit: OSC52_LIMIT };
    assert_eq!(system(terminal.clone()).copy(&long, Some(HOLD)), Err(refused.clone()));
    // With a better route that failed, both are told.
    let dead = Environment { display: Some(":9753".into()), ..terminal };
    let reason = format!("X11: no X server answers at :9753; OSC 52: {refused}");
    assert_eq!(system(dead).copy(&long, Some(HOLD)), Err(ClipboardError::Failed { reason }));
}

#[test]
fn what_is_not_utf_8_is_no_text_to_read() {
    let test = "what_is_not_utf_8_is_no_text_to_read";
    let said = |route| format!("the clipboard could not be read ({route}: it holds text that is not UTF-8)");
    if have(XServer::NEEDS, test) {
        let display = XServer::start();
        display.copy(b"\xff\xfe");
        assert_eq!(system(display.environment()).read().unwrap_err().to_string(), said(Route::X11));
    }
    if have(Tmux::NEEDS, test) {
        let tmux = Tmux::start();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bytes");
        fs::write(&file, b"\xff\xfe").unwrap();
        tmux.run(&["load-buffer", file.to_str().unwrap()]).unwrap();
        assert_eq!(system(tmux.remote_environment()).read().unwrap_err().to_string(), said(Route::Tmux));
    }
}

/// A program that is no holder, but plays one.
fn impostor(folder: &Path, script: &str) -> PathBuf {
    let program = folder.join(format!("holder-{}", script.len()));
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    program
}

#[test]
fn a_holder_that_fails_is_an_error_and_never_a_copy() {
    let folder = tempfile::tempdir().unwrap();
    let display = Environment { display: Some(":9753".into()), ..Environment::default() };
    for (script, reason) in [
        // Says nothing, reads nothing.
        ("exec sleep 60", "no answer"),
        ("exit 0", "the holder ended without a word"),
        ("echo nonsense", "the holder talks nonsense"),
        ("printf 'err broken\\033[2J\\n'; sleep 60", "broken\\u{1b}[2J"),
    ] {
        let program = folder.path().join("holder");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        let error =
            System::with_holder(display.clone(), program.clone()).copy(&text(TEXT), None).unwrap_err();
        assert_eq!(error, ClipboardError::Failed { reason: format!("X11: {reason}") }, "{script}");
        fs::remove_file(program).unwrap();
    }
    let missing = System::with_holder(display, folder.path().join("missing")).copy(&text(TEXT), None);
    assert!(missing.unwrap_err().to_string().contains("the holder could not be started"));
}

#[test]
fn what_could_not_be_cleared_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (script, reason) in [
        ("echo ok; echo 'err it would not'; exec sleep 60", "it would not"),
        ("echo ok; exec sleep 60", "no answer"),
    ] {
        let display = Environment { display: Some(":9753".into()), ..Environment::default() };
        let mut clipboard = System::with_holder(display, impostor(folder.path(), script));
        clipboard.copy(&text(TEXT), None).unwrap();
        assert_eq!(clipboard.clear(), Err(ClipboardError::NotCleared { reason: reason.into() }));
        kill_process(Pid::from_raw(clipboard.holder().unwrap().cast_signed()).unwrap(), Signal::KILL)
            .unwrap();
        ended(clipboard.holder().unwrap());
    }
}

#[test]
fn nobody_starts_a_holder_by_hand() {
    for arguments in
        [&["clip-hold"][..], &["clip-hold", "soon"], &["clip-hold", "tmux"], &["clip-hold", "a", "b"]]
    {
        let done = Command::new(holder()).args(arguments).output().unwrap();
        assert_eq!(done.status.code(), Some(2), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&done.stderr), "error: clip-hold is started by roomkey itself\n");
    }
    // Nor with a text that is not whole.
    let mut done = Command::new(holder());
    done.args(["clip-hold", "1000"]).stdin(std::process::Stdio::null());
    let done = done.output().unwrap();
    assert!(String::from_utf8_lossy(&done.stdout).starts_with("err the text did not arrive"));
    assert_eq!(done.status.code(), Some(1));
}
