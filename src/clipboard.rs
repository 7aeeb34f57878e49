//! Putting text on the clipboard, honestly: by which route, whether it was read back, and when it will be gone.

use std::time::Duration;

use crate::text::{Pasted, Sensitive};

/// The way a text takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The desktop's clipboard on X11.
    X11,
    /// The desktop's clipboard on Wayland.
    Wayland,
    /// The clipboard of macOS or Windows.
    System,
    /// tmux's paste buffer `roomkey`, which also reaches the outer terminal.
    Tmux,
    /// The OSC 52 escape sequence: the terminal does the rest, or ignores it.
    Osc52,
}

/// What became of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The way it went.
    pub route: Route,
    /// Whether reading the clipboard back gave the text. Only then may one say "copied"; else "sent".
    pub verified: bool,
    /// When it will be cleared, if it will be.
    pub clears_after: Option<Duration>,
    /// For [`Route::Osc52`]: the bytes that the owner of the terminal is to write.
    pub write: Option<Sensitive>,
}

/// A clipboard.
pub trait Clipboard: Send {
    /// Copies; with `hold` the text is cleared after that time if it is still there.
    ///
    /// # Errors
    /// Why no route was open.
    fn copy(&mut self, text: &Sensitive, hold: Option<Duration>) -> Result<Copied, ClipboardError>;

    /// What the clipboard holds.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&mut self) -> Result<Pasted, ClipboardError>;

    /// Clears what the last copy put there, if it is still there.
    ///
    /// # Errors
    /// Why it could not be cleared.
    fn clear(&mut self) -> Result<(), ClipboardError>;
}

/// Why a clipboard did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClipboardError {
    /// No display and no terminal.
    #[error("no clipboard can be reached from here")]
    Nowhere,
}
