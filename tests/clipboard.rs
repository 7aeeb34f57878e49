//! The clipboard against real X11, real Wayland and real tmux, with the real `roomkey clip-hold`.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use roomkey::clipboard::{Clipboard, ClipboardError, Environment, Route, System};
use roomkey::text::{Pasted, Sensitive};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::displays::{Compositor, Display, Tmux, XServer};
use crate::support::{eventually, have};

/// Long enough to look at the clipboard first, on a slow machine too.
const HOLD: Duration = Duration::from_millis(2500);
const TEXT: &str = "fake-token.é.会議";

fn text(text: &str) -> Sensitive {
    Sensitive::new(text.into())
}

fn holder() -> PathBuf {
    env!("CARGO_BIN_EXE_roomkey").into()
}

fn system(environment: Environment) -> System {
    System::with_holder(environment, holder())
}

/// Whether a process of that id lives. One that only waits to be reaped does not.
fn lives(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(") ").next().unwrap_or_default().starts_with('Z'))
}

fn ended(pid: u32) {
    eventually("the holder ends", || !lives(pid));
}

/// Runs the check on each kind of display that this machine has, side by side.
fn on_each_display(test: &str, check: impl Fn(Route, &mut dyn Display) + Sync) {
    std::thread::scope(|scope| {
        if have(XServer::NEEDS, &format!("{test} on X11")) {
            scope.spawn(|| check(Route::X11, &mut XServer::start()));
        }
        if have(Compositor::NEEDS, &format!("{test} on Wayland")) {
            scope.spawn(|| check(Route::Wayland, &mut Compositor::start()));
        }
    });
}

#[test]
fn a_copy_is_checked_and_marked_and_cleared_in_its_time() {
    on_each_display("a_copy_is_checked_and_marked_and_cleared_in_its_time", |route, display| {
        let mut clipboard = system(display.environment());
        let begun = Instant::now();
        let copied = clipboard.copy(&text(TEXT), Some(HOLD)).unwrap();
        assert_eq!((copied.route, copied.verified), (route, true));
        assert_eq!((copied.clears_after, copied.write, copied.fallback_reason), (Some(HOLD), None, None));
        assert_eq!(display.paste().as_deref(), Some(TEXT));
        assert!(display.targets().contains("x-kde-passwordManagerHint"), "{}", display.targets());
        eventually("it is cleared", || display.paste().is_none());
        assert!(begun.elapsed() >= HOLD, "cleared too early: {:?}", begun.elapsed());
        let holder = clipboard.holder().unwrap();
        eventually("no zombie is left", || !Path::new(&format!("/proc/{holder}")).exists());
    });
}

#[test]
fn a_text_somebody_else_copied_meanwhile_is_left_alone() {
    on_each_display("a_text_somebody_else_copied_meanwhile_is_left_alone", |_, display| {
        let mut clipboard = system(display.environment());
        clipboard.copy(&text(TEXT), Some(HOLD)).unwrap();
        display.copy("other");
        // It has nothing to hold any longer, so it ends before its time, and has done no harm.
        ended(clipboard.holder().unwrap());
        assert_eq!(display.paste().as_deref(), Some("other"));
        clipboard.clear().unwrap();
        assert_eq!(display.paste().as_deref(), Some("other"));
    });
}

#[test]
fn a_second_copy_replaces_the_first_and_has_its_own_time() {
    on_each_display("a_second_copy_replaces_the_first_and_has_its_own_time", |_, display| {
        // Also when it is the same text, which the first holder would take for its own.
        for second in ["fake-second", TEXT] {
            let mut clipboard = system(display.environment());
            let short = Duration::from_millis(700);
            clipboard.copy(&text(TEXT), Some(short)).unwrap();
            let first_holder = clipboard.holder().unwrap();
            let begun = Instant::now();
            clipboard.copy(&text(second), Some(HOLD)).unwrap();
            while begun.elapsed() < short + Duration::from_millis(500) {
                let pasted = display.paste();
                if begun.elapsed() < HOLD {
                    assert_eq!(pasted.as_deref(), Some(second));
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            ended(first_holder);
            eventually("it is cleared", || display.paste().is_none());
            assert!(begun.elapsed() >= HOLD, "cleared too early: {:?}", begun.elapsed());
        }
    });
}

#[test]
fn a_manager_that_takes_the_same_text_over_does_not_keep_it_from_being_cleared() {
    on_each_display(
        "a_manager_that_takes_the_same_text_over_does_not_keep_it_from_being_cleared",
        |_, display| {
            let mut clipboard = system(display.environment());
            clipboard.copy(&text(TEXT), Some(HOLD)).unwrap();
            display.copy(TEXT);
            assert!(!display.targets().contains("x-kde-passwordManagerHint"), "the other program has it");
            eventually("it is cleared", || display.paste().is_none());
            ended(clipboard.holder().unwrap());
        },
    );
}

#[test]
fn a_manager_that_brings_the_text_back_is_overruled() {
    on_each_display("a_manager_that_brings_the_text_back_is_overruled", |_, display| {
        let mut clipboard = system(display.environment());
        clipboard.copy(&text(TEXT), Some(HOLD)).unwrap();
        eventually("it is cleared", || display.paste().is_none());
        display.copy(TEXT);
        eventually("it is overwritten", || display.paste().as_deref() != Some(TEXT));
        ended(clipboard.holder().unwrap());
        assert_ne!(display.paste().as_deref(), Some(TEXT));
    });
}

#[test]
fn a_copy_without_a_time_stays_until_it_is_replaced() {
    on_each_display("a_copy_without_a_time_stays_until_it_is_replaced", |_, display| {
        let mut clipboard = system(display.environment());
        let copied = clipboard.copy(&text(TEXT), None).unwrap();
        assert_eq!(copied.clears_after, None);
        let holder = clipboard.holder().unwrap();
        // roomkey is gone; that is no reason to let go.
        drop(clipboard);
        assert_eq!(display.paste().as_deref(), Some(TEXT));
        display.copy("other");
        ended(holder);
        assert_eq!(display.paste().as_deref(), Some("other"));
    });
}

#[test]
fn a_copy_can_be_cleared_at_once() {
    on_each_display("a_copy_can_be_cleared_at_once", |_, display| {
        let mut clipboard = system(display.environment());
        clipboard.copy(&text(TEXT), None).unwrap();
        clipboard.clear().unwrap();
        assert_eq!(display.paste(), None);
        // The same by SIGTERM, which a session that ends sends to everybody.
        clipboard.copy(&text(TEXT), Some(Duration::from_mins(10))).unwrap();
        let holder = clipboard.holder().unwrap();
        kill_process(Pid::from_raw(holder.cast_signed()).unwrap(), Signal::TERM).unwrap();
        eventually("it is cleared", || display.paste().is_none());
        ended(holder);
        assert_eq!(clipboard.clear(), Ok(()), "nothing of ours is left to clear");
    });
}

#[test]
fn a_holder_does_not_outlive_its_display() {
    on_each_display("a_holder_does_not_outlive_its_display", |_, display| {
        let mut timed = system(display.environment());
        timed.copy(&text("fake-first"), Some(HOLD)).unwrap();
        let mut clipboard = system(display.environment());
        clipboard.copy(&text(TEXT), None).unwrap();
        display.kill();
        ended(timed.holder().unwrap());
        ended(clipboard.holder().unwrap());
        assert_eq!(clipboard.clear(), Ok(()), "the text died with the display");
    });
}

#[test]
fn what_another_program_copied_is_read() {
    on_each_display("what_another_program_copied_is_read", |_, display| {
        let mut clipboard = system(display.environment());
        assert_eq!(clipboard.read(), Err(ClipboardError::Empty));
        display.copy(TEXT);
        assert_eq!(clipboard.read(), Ok(Pasted::new(TEXT.into())));
    });
}

#[test]
fn a_program_that_owns_the_clipboard_and_hangs_does_not_hang_us() {
    on_each_display("a_program_that_owns_the_clipboard_and_hangs_does_not_hang_us", |_, display| {
        let mut clipboard = system(display.environment());
        let owner = display.copy_by("other");
        owner.signal(Signal::STOP);
        let begun = Instant::now();
        let error = clipboard.read().unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        assert!(error.to_string().contains("answer"), "{error}");
        assert_eq!(error.hint(), "paste it into the terminal instead");
        // One can still copy.
        clipboard.copy(&text(TEXT), None).unwrap();
        assert_eq!(display.paste().as_deref(), Some(TEXT));
        clipboard.clear().unwrap();
    });
}

#[test]
fn a_mebibyte_arrives_whole() {
    on_each_display("a_mebibyte_arrives_whole", |_, display| {
        let mut clipboard = system(display.environment());
        let long = "fake-0123456789.".repeat(64 * 1024);
        clipboard.copy(&text(&long), None).unwrap();
        assert!(display.paste().as_deref() == Some(&long), "it is not the same");
        assert_eq!(clipboard.read(), Ok(Pasted::new(long)));
        clipboard.clear().unwrap();
    });
}

/// Not a test by itself: a roomkey that copies and ends, in a process and a terminal of its own.
#[test]
#[ignore = "run by other tests, in a process of its own"]
fn copying_session() {
    let Some(report) = std::env::var_os("ROOMKEY_TEST_REPORT") else { return };
    let environment = Environment { terminal: false, ..Environment::current() };
    let mut clipboard = system(environment);
    let copied = clipboard.copy(&text(TEXT), Some(HOLD)).unwrap();
    let report = Path::new(&report);
    let half = report.with_extension("half");
    fs::write(&half, format!("{} {} {}", std::process::id(), clipboard.holder().unwrap(), copied.route))
        .unwrap();
    fs::rename(half, report).unwrap();
    // Until the terminal is closed.
    if std::env::var_os("ROOMKEY_TEST_LINGER").is_some() {
        std::thread::sleep(Duration::from_mins(1));
    }
}

/// The arguments that make this very program the session above.
fn session_arguments() -> [String; 4] {
    [
        std::env::current_exe().unwrap().to_str().unwrap().to_owned(),
        "--exact".into(),
        "--ignored".into(),
        "clipboard::copying_session".into(),
    ]
}

/// The process that copied, its holder, and the route.
fn report(path: &Path) -> (u32, u32, String) {
    eventually("the session has copied", || path.exists());
    let report = fs::read_to_string(path).unwrap();
    let mut words = report.splitn(3, ' ');
    let mut next = || words.next().unwrap().to_owned();
    (next().parse().unwrap(), next().parse().unwrap(), next())
}

#[test]
fn a_copy_outlives_roomkey_and_its_terminal() {
    let test = "a_copy_outlives_roomkey_and_its_terminal";
    if !have(Tmux::NEEDS, test) {
        return;
    }
    on_each_display(test, |route, display| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let terminal = Tmux::start();
        let environment = display.environment();
        let show = |variable: Option<std::ffi::OsString>| variable.unwrap_or_default().into_string().unwrap();
        let variables = [
            format!("DISPLAY={}", show(environment.display)),
            format!("WAYLAND_DISPLAY={}", show(environment.wayland_display)),
            "SSH_CONNECTION=".into(),
            "ROOMKEY_TEST_LINGER=1".into(),
            "LIVEKIT_API_SECRET=fake-canary".into(),
            format!("ROOMKEY_TEST_REPORT={}", path.display()),
        ];
        let command: Vec<_> =
            ["env".to_owned()].into_iter().chain(variables).chain(session_arguments()).collect();
        terminal.window(&command.iter().map(String::as_str).collect::<Vec<_>>());
        let (session, holder, taken) = report(&path);
        assert_eq!(taken, route.to_string());
        assert!(lives(session));
        terminal.kill();
        ended(session);
        assert_eq!(display.paste().as_deref(), Some(TEXT));
        assert!(!canary_shows(holder), "the holder has credentials in its environment");
        // It is in no terminal, leads a session of its own, and would not hear of a closing one (proc(5), stat).
        let stat = fs::read_to_string(format!("/proc/{holder}/stat")).unwrap();
        let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        assert_eq!(fields[3..5], [holder.to_string().as_str(), "0"], "its session and its terminal");
        for signal in [Signal::HUP, Signal::INT] {
            kill_process(Pid::from_raw(holder.cast_signed()).unwrap(), signal).unwrap();
        }
        assert_eq!(display.paste().as_deref(), Some(TEXT));
        eventually("it is cleared", || display.paste().is_none());
        ended(holder);
    });
}

/// Whether the canary of the session's environment, or the text, is in what the system tells about a process.
fn canary_shows(pid: u32) -> bool {
    ["cmdline", "environ"].iter().any(|file| {
        let shown = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let shown = String::from_utf8_lossy(&shown);
        shown.contains("fake")
    })
}

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
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("wayland-hung");
    let _accepts_and_says_nothing = UnixListener::bind(&socket).unwrap();
    let environment = Environment {
        wayland_display: Some(socket.into()),
        terminal: true,
        term: Some("foot".into()),
        ..Environment::default()
    };
    let mut clipboard = system(environment);
    let begun = Instant::now();
    assert!(matches!(clipboard.read(), Err(ClipboardError::Unreadable { .. })));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    let copied = clipboard.copy(&text(TEXT), Some(HOLD)).unwrap();
    assert_eq!(copied.route, Route::Osc52);
    assert_eq!(copied.fallback_reason.as_deref(), Some("Wayland: no answer"));
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
        assert_eq!(clipboard.clear(), Ok(()), "with its holder the text is gone");
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

#[test]
fn a_holder_keeps_its_memory_to_itself() {
    let test = "a_holder_keeps_its_memory_to_itself";
    if !have(XServer::NEEDS, test) {
        return;
    }
    let display = XServer::start();
    // Root may read everything and owns everything: as root, let it be somebody else's process.
    let folder = tempfile::tempdir().unwrap();
    let mut program = holder();
    if rustix::process::geteuid().is_root() {
        if !have(&["setpriv"], test) {
            return;
        }
        let copy = folder.path().join("roomkey");
        fs::copy(&program, &copy).unwrap();
        program = folder.path().join("as-nobody");
        let script = format!(
            "#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups {} \"$@\"\n",
            copy.display()
        );
        fs::write(&program, script).unwrap();
        for path in [folder.path(), &copy, &program] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    let mut clipboard = System::with_holder(display.environment(), program);
    clipboard.copy(&text(TEXT), Some(Duration::from_mins(10))).unwrap();
    let pid = clipboard.holder().unwrap();
    let proc = |file: &str| PathBuf::from(format!("/proc/{pid}/{file}"));

    let limits = fs::read_to_string(proc("limits")).unwrap();
    let cores = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(cores.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{cores}");
    // The kernel gives the files of a process that is not dumpable to root (proc(5)).
    let status = fs::read_to_string(proc("status")).unwrap();
    let user = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
    assert_ne!(user.split_whitespace().nth(1), Some("0"), "{user}");
    assert_eq!(fs::metadata(proc("environ")).unwrap().uid(), 0);

    assert!(!canary_shows(pid));
    let arguments = fs::read(proc("cmdline")).unwrap();
    assert!(String::from_utf8_lossy(&arguments).ends_with("clip-hold\u{0}600000\u{0}"), "{arguments:?}");
    clipboard.clear().unwrap();
}
