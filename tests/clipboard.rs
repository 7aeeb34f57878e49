//! The clipboard against real X11, real Wayland and real tmux, with the real `roomkey clip-hold`.

mod failures;
mod terminal;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
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
        display.copy(b"other");
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
            display.copy(TEXT.as_bytes());
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
        display.copy(TEXT.as_bytes());
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
        display.copy(b"other");
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
        assert_eq!(clipboard.clear(), Ok(()), "once more does no harm");
        // Nor does a new copy of the same text, which the first holder must not take for the old one come back.
        let first_holder = clipboard.holder().unwrap();
        clipboard.copy(&text(TEXT), None).unwrap();
        ended(first_holder);
        assert_eq!(display.paste().as_deref(), Some(TEXT));
        clipboard.clear().unwrap();
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
        display.copy(TEXT.as_bytes());
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
