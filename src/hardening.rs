//! What the process asks of the operating system before it touches a secret, and what it says when it breaks.

use std::io::Write;
use std::panic::{self, PanicHookInfo};

use crate::text::{redacted, visible_lines};

/// Keeps the memory of this process to itself: no core dump, and no other process of the same user may attach to it
/// or read its memory. The second does not survive an `exec`, so every program of ours calls this first.
///
/// Root reads everything all the same. Where the system knows no such thing, or refuses, nothing happens: the
/// program is as useful, and a warning would help nobody.
pub fn protect() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let before = getrlimit(Resource::Core);
        // The kernel does not apply the limit when cores go to a program instead of a file (core(5)): hence both.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: before.maximum });
        let _ = BEFORE.set(before.current);
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// As [`protect`], and the limit cannot be raised again: for a program that will never become another, as the
/// [clipboard's helper](crate::clipboard::hold_main).
pub fn protect_for_good() {
    protect();
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

/// Gives back the limit on core dumps that [`protect`] found: limits outlive an `exec`, and the program that takes
/// this one's place is to have what it would have had without us.
pub fn release() {
    #[cfg(unix)]
    if let Some(current) = BEFORE.get() {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: *current, ..getrlimit(Resource::Core) });
    }
}

/// The limit on core dumps that this process began with; `None` inside is no limit.
#[cfg(unix)]
static BEFORE: std::sync::OnceLock<Option<u64>> = std::sync::OnceLock::new();

/// Replaces Rust's report of a panic with one that hides whatever looks like a token or a secret. Nothing else of
/// the program's memory is in it.
pub fn redact_panics() {
    panic::set_hook(Box::new(|info| {
        let report = report(said(info), info.location().map(ToString::to_string).as_deref());
        // With standard error gone there is nobody to tell.
        drop(writeln!(std::io::stderr().lock(), "{report}"));
    }));
}

fn said<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = info.payload();
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("")
}

fn report(message: &str, place: Option<&str>) -> String {
    format!(
        "error: roomkey broke at {}: {}\nhint: this is a defect; please report these two lines and what you did",
        place.unwrap_or("an unknown place"),
        visible_lines(&redacted(message)).replace('\n', " ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_hides_tokens_and_secrets() {
        let message = "bad eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl and \"fakeSecret0123456789abcdefghijklmnop\"";
        assert_eq!(
            report(message, Some("src/x.rs:1:2")),
            "error: roomkey broke at src/x.rs:1:2: bad (hidden) and \"(hidden)\"\n\
             hint: this is a defect; please report these two lines and what you did"
        );
    }
}
