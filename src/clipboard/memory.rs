//! A clipboard that nobody else sees.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Clipboard, ClipboardError, Copied, Route};
use crate::text::{Pasted, Sensitive};

/// The clipboard of `--demo`, and of tests, which see through [`Memory::log`] what was copied.
#[derive(Debug, Default)]
pub struct Memory {
    log: MemoryLog,
}

/// What a [`Memory`] was asked to do. Stays readable after the clipboard has moved to another thread.
#[derive(Clone, Debug, Default)]
pub struct MemoryLog(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    copies: Vec<(Sensitive, Option<Duration>)>,
    holds: Option<Pasted>,
    refusal: Option<ClipboardError>,
}

impl Memory {
    /// An empty clipboard.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A view of it that outlives the move into a worker.
    #[must_use]
    pub fn log(&self) -> MemoryLog {
        self.log.clone()
    }
}

impl MemoryLog {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything copied so far, oldest first, with the time it was to be held.
    #[must_use]
    pub fn copies(&self) -> Vec<(Sensitive, Option<Duration>)> {
        self.state().copies.clone()
    }

    /// What the clipboard holds now.
    #[must_use]
    pub fn holds(&self) -> Option<Pasted> {
        self.state().holds.clone()
    }

    /// Puts text there, as another program would.
    pub fn put(&self, text: Pasted) {
        self.state().holds = Some(text);
    }

    /// From now on everything fails with this error, until `None` mends it.
    pub fn refuse(&self, error: Option<ClipboardError>) {
        self.state().refusal = error;
    }
}

impl Clipboard for Memory {
    fn copy(&mut self, text: &Sensitive, hold: Option<Duration>) -> Result<Copied, ClipboardError> {
        let mut state = self.log.state();
        if let Some(error) = &state.refusal {
            return Err(error.clone());
        }
        state.copies.push((text.clone(), hold));
        state.holds = Some(Pasted::new(text.expose().to_owned()));
        Ok(Copied {
            route: Route::Memory,
            verified: true,
            clears_after: None,
            write: None,
            fallback_reason: None,
        })
    }

    fn read(&mut self) -> Result<Pasted, ClipboardError> {
        let state = self.log.state();
        match &state.refusal {
            Some(error) => Err(error.clone()),
            None => state.holds.clone().ok_or(ClipboardError::Empty),
        }
    }

    fn clear(&mut self) -> Result<(), ClipboardError> {
        let mut state = self.log.state();
        if let Some(error) = &state.refusal {
            return Err(error.clone());
        }
        let ours = state.copies.last().map(|(text, _)| Pasted::new(text.expose().to_owned()));
        if state.holds == ours {
            state.holds = None;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake(text: &str) -> Sensitive {
        Sensitive::new(text.into())
    }

    #[test]
    fn what_was_copied_can_be_read_until_it_is_cleared() {
        let mut clipboard = Memory::new();
        assert_eq!(clipboard.read(), Err(ClipboardError::Empty));
        let copied = clipboard.copy(&fake("fake"), Some(Duration::from_secs(45))).unwrap();
        assert_eq!(copied.route, Route::Memory);
        assert_eq!(clipboard.read(), Ok(Pasted::new("fake".into())));
        clipboard.clear().unwrap();
        assert_eq!(clipboard.read(), Err(ClipboardError::Empty));
        assert_eq!(clipboard.log().copies(), [(fake("fake"), Some(Duration::from_secs(45)))]);
    }

    #[test]
    fn clearing_spares_what_somebody_else_put_there() {
        let mut clipboard = Memory::new();
        clipboard.copy(&fake("fake"), None).unwrap();
        clipboard.log().put(Pasted::new("other".into()));
        clipboard.clear().unwrap();
        assert_eq!(clipboard.read(), Ok(Pasted::new("other".into())));
    }

    #[test]
    fn it_fails_on_demand() {
        let mut clipboard = Memory::new();
        clipboard.log().refuse(Some(ClipboardError::Nowhere));
        assert_eq!(clipboard.copy(&fake("fake"), None), Err(ClipboardError::Nowhere));
        assert_eq!(clipboard.read(), Err(ClipboardError::Nowhere));
        assert_eq!(clipboard.clear(), Err(ClipboardError::Nowhere));
        assert!(clipboard.log().copies().is_empty());
        clipboard.log().refuse(None);
        assert!(clipboard.copy(&fake("fake"), None).is_ok());
    }
}
