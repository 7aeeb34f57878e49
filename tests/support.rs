//! What the tests need of the machine.

use std::io::Write;
use std::time::{Duration, Instant};

pub(crate) mod displays;
pub(crate) mod home;
#[cfg(target_os = "linux")]
pub(crate) mod livekit_server;
pub(crate) mod process;
#[cfg(unix)]
pub(crate) mod pty;
#[cfg(unix)]
pub(crate) mod qr;
#[cfg(target_os = "linux")]
pub(crate) mod secret_service;
pub(crate) mod server;

/// Whether all programs are installed. If not, says which test is skipped for want of what, or fails when
/// `ROOMKEY_TEST_REQUIRE=all` says that nothing may be skipped.
pub(crate) fn have(programs: &[&str], test: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing: Vec<_> = programs
        .iter()
        .filter(|program| !std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
        .copied()
        .collect();
    holds(missing.is_empty(), &missing.join(", "), test)
}

/// As [`have`], for something that is no program.
pub(crate) fn holds(met: bool, what: &str, test: &str) -> bool {
    if !met {
        let words = format!("{test}: needs {what}");
        assert!(std::env::var("ROOMKEY_TEST_REQUIRE").as_deref() != Ok("all"), "{words}");
        // Not by eprintln!, which the test harness would keep to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED {words}");
    }
    met
}

/// Waits until it is so. The limit is generous on purpose: it is there to end a test that fails.
#[track_caller]
pub(crate) fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(20);
    while !so() {
        assert!(Instant::now() < limit, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
