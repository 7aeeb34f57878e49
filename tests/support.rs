//! What the tests need of the machine.

use std::time::{Duration, Instant};

pub(crate) mod displays;
pub(crate) mod home;

/// Whether all programs are installed. If not, says which test is skipped for want of what, or fails when
/// `ROOMKEY_TEST_REQUIRE=all` says that nothing may be skipped.
pub(crate) fn have(programs: &[&str], test: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing: Vec<_> = programs
        .iter()
        .filter(|program| !std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
        .copied()
        .collect();
    if missing.is_empty() {
        return true;
    }
    let words = format!("{test}: needs {}", missing.join(", "));
    assert!(std::env::var("ROOMKEY_TEST_REQUIRE").as_deref() != Ok("all"), "{words}");
    eprintln!("SKIPPED {words}");
    false
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
