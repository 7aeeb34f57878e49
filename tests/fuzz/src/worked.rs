//! How long something took, on a machine that has other things to do.

use std::time::Duration;

/// The time that this thread has worked, where that can be asked: what else the machine does meanwhile, it does not
/// count.
#[cfg(target_os = "linux")]
pub fn worked() -> Duration {
    let at = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(at.tv_sec.try_into().unwrap_or(0), at.tv_nsec.try_into().unwrap_or(0))
}

/// The time that has passed.
#[cfg(not(target_os = "linux"))]
pub fn worked() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
