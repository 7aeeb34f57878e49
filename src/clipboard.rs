//! Putting text on the clipboard, honestly: by which route, whether it was read back, and when it will be gone.
//!
//! [`System`] is the real clipboard, [`Memory`] the one of `--demo` and of tests. On X11 and Wayland the contents of
//! the clipboard die with the program that put them there, so `System` starts a small program that holds them:
//! `roomkey clip-hold`, whose whole life is in `hold`. What belongs to a single route is in the file of its name.

use std::fmt;
use std::time::Duration;

use crate::text::{Pasted, Sensitive};

mod bounded;
mod environment;
mod hold;
mod holder;
mod memory;
mod native;
mod osc52;
mod system;
mod tmux;

pub use environment::Environment;
pub use hold::{HOLD_COMMAND, hold_main};
pub use memory::{Memory, MemoryLog};
pub use osc52::OSC52_LIMIT;
pub use system::System;

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
    /// Nowhere outside this process: the clipboard of `--demo`.
    Memory,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::X11 => "X11",
            Self::Wayland => "Wayland",
            Self::System => "system clipboard",
            Self::Tmux => "tmux",
            Self::Osc52 => "OSC 52",
            Self::Memory => "demo",
        })
    }
}

/// What became of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The way it went.
    pub route: Route,
    /// Whether reading the clipboard back gave the text. Only then may one say "copied"; else "sent".
    pub verified: bool,
    /// When it will be cleared, if it will be. For [`Route::Tmux`] this is tmux's buffer: what tmux passed on to
    /// the terminal around it cannot be taken back.
    pub clears_after: Option<Duration>,
    /// For [`Route::Osc52`]: the bytes that the owner of the terminal is to write.
    pub write: Option<Sensitive>,
    /// Why a better route was not taken, if one was tried in vain: `X11: no X server answers at :7`.
    pub fallback_reason: Option<String>,
}

impl Copied {
    /// The words for a person, without the time: `copied (X11, checked)`, `sent to your terminal (OSC 52)`.
    #[must_use]
    pub fn headline(&self) -> String {
        match self.route {
            Route::Memory => "copied (demo: within roomkey only)".into(),
            Route::Osc52 => format!("sent to your terminal ({})", self.route),
            Route::Tmux if self.verified => "copied (tmux buffer roomkey, checked)".into(),
            route if self.verified => format!("copied ({route}, checked)"),
            route => format!("sent ({route})"),
        }
    }
}

/// A clipboard.
pub trait Clipboard: Send {
    /// Copies; with `hold` the text is cleared after that time if it is still there. May take some seconds when a
    /// display does not answer.
    ///
    /// # Errors
    /// Why no route was open. The caller then shows the text, to be selected by hand.
    fn copy(&mut self, text: &Sensitive, hold: Option<Duration>) -> Result<Copied, ClipboardError>;

    /// What the clipboard holds. Takes four seconds at the most.
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

/// Why a clipboard did not do as asked. No variant holds any of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClipboardError {
    /// No display, no tmux and no terminal that could pass it on.
    #[error("no clipboard can be reached from here")]
    Nowhere,
    /// There are routes, and none worked.
    #[error("the text could not be copied ({reason})")]
    Failed {
        /// What each route said.
        reason: String,
    },
    /// More than a terminal takes by OSC 52. Terminals drop such a sequence without a word.
    #[error("{bytes} bytes are too many for OSC 52: terminals take {limit} at the most")]
    TooLong {
        /// The length of the text.
        bytes: usize,
        /// The most that is sent.
        limit: usize,
    },
    /// Nothing is on the clipboard, or nothing that is text.
    #[error("there is no text on the clipboard")]
    Empty,
    /// It could not be read.
    #[error("the clipboard could not be read ({reason})")]
    Unreadable {
        /// What each route said.
        reason: String,
    },
    /// The text is there still, or may be.
    #[error("the clipboard could not be cleared ({reason})")]
    NotCleared {
        /// What stood in the way.
        reason: String,
    },
}

impl ClipboardError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Nowhere | Self::Failed { .. } => {
                "select the text with the mouse and copy it with the terminal's own key"
            }
            Self::TooLong { .. } => "write it to a file instead",
            Self::Empty => "copy it again where it comes from, or paste it into the terminal",
            Self::Unreadable { .. } => "paste it into the terminal instead",
            Self::NotCleared { .. } => "copy something else over it",
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_read_back_is_called_copied() {
        let mut copied = Copied {
            route: Route::X11,
            verified: true,
            clears_after: None,
            write: None,
            fallback_reason: None,
        };
        assert_eq!(copied.headline(), "copied (X11, checked)");
        copied.verified = false;
        assert_eq!(copied.headline(), "sent (X11)");
        copied.route = Route::Osc52;
        assert_eq!(copied.headline(), "sent to your terminal (OSC 52)");
    }

    #[test]
    fn every_error_says_what_to_do() {
        let reason = || "X11: no X server answers at :7".to_owned();
        for error in [
            ClipboardError::Nowhere,
            ClipboardError::Failed { reason: reason() },
            ClipboardError::TooLong { bytes: 2, limit: 1 },
            ClipboardError::Empty,
            ClipboardError::Unreadable { reason: reason() },
            ClipboardError::NotCleared { reason: reason() },
        ] {
            assert!(!error.hint().is_empty() && !error.to_string().ends_with('.'), "{error}");
        }
    }
}
