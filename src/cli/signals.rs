//! The signals that stop what listens. The first one does it in order, a second one where it is.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::flag::register_conditional_shutdown;

/// The exit code of a program that SIGINT ended.
const IMPATIENT: i32 = 130;

/// SIGINT, SIGTERM and SIGHUP, caught from when this is made.
pub(super) struct Stop {
    #[cfg(unix)]
    signals: signal_hook::iterator::Signals,
    #[cfg(not(unix))]
    told: Arc<AtomicBool>,
}

#[cfg(unix)]
impl Stop {
    /// From here on a signal does not end the program.
    pub(super) fn expect() -> io::Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        Ok(Self { signals: signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])? })
    }

    /// Waits for one, also for one that has come already.
    pub(super) fn wait(mut self) -> io::Result<()> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        if self.signals.forever().next().is_some() {
            let again = Arc::new(AtomicBool::new(true));
            for signal in [SIGINT, SIGTERM, SIGHUP] {
                register_conditional_shutdown(signal, IMPATIENT, again.clone())?;
            }
        }
        Ok(())
    }
}

#[cfg(not(unix))]
impl Stop {
    /// From here on a signal does not end the program.
    pub(super) fn expect() -> io::Result<Self> {
        let told = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            register_conditional_shutdown(signal, IMPATIENT, told.clone())?;
            signal_hook::flag::register(signal, told.clone())?;
        }
        Ok(Self { told })
    }

    /// Waits for one, also for one that has come already.
    pub(super) fn wait(self) -> io::Result<()> {
        while !self.told.load(std::sync::atomic::Ordering::Relaxed) {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Ok(())
    }
}
