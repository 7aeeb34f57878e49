//! What the process asks of the operating system before it touches a secret.

/// Keeps the memory of this process to itself: no core dump, and no other process of the same user may attach to it
/// or read its memory. Neither survives an `exec`, so every program of ours calls this first, the
/// [clipboard's helper](crate::clipboard::hold_main) too.
///
/// Root reads everything all the same. Where the system knows no such thing, or refuses, nothing happens: the
/// program is as useful, and a warning would help nobody.
pub fn protect() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // The kernel does not apply the limit when cores go to a program instead of a file (core(5)): hence both.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
