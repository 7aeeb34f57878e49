//! Words that stand for a choice, in the settings and on the command line.

use std::fmt;
use std::str::FromStr;

use crate::text::{did_you_mean, visible};

/// Which kind of store projects are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// The operating system's keyring.
    Keyring,
    /// One file, encrypted with a passphrase.
    Vault,
    /// This run only.
    Memory,
    /// `LIVEKIT_URL`, `LIVEKIT_API_KEY`, `LIVEKIT_API_SECRET`; read-only.
    Environment,
}

impl Backend {
    /// All of them, the most usual first.
    pub const ALL: [Self; 4] = [Self::Keyring, Self::Vault, Self::Memory, Self::Environment];

    /// Its name on the command line, in the settings and in the header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::Vault => "vault",
            Self::Memory => "memory",
            Self::Environment => "env",
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::Keyring => "the operating system's keyring",
            Self::Vault => "one file, encrypted with a passphrase",
            Self::Memory => "this run only, nothing is kept",
            Self::Environment => "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, read-only",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Backend {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        find(&Self::ALL, text, Self::as_str)
    }
}

/// The colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// The terminal's own sixteen, on its own background.
    #[default]
    Terminal,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// Black, white and bold.
    HighContrast,
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Terminal, Self::Dark, Self::Light, Self::HighContrast];

    /// Its name in the settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
        }
    }
}

impl FromStr for Theme {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        find(&Self::ALL, text, Self::as_str)
    }
}

fn find<T: Copy>(all: &[T], text: &str, word: fn(T) -> &'static str) -> Result<T, UnknownWord> {
    let words = || all.iter().map(|item| word(*item));
    all.iter().copied().find(|item| word(*item).eq_ignore_ascii_case(text.trim())).ok_or_else(|| {
        UnknownWord {
            given: text.chars().take(40).collect(),
            known: words().collect(),
            nearest: did_you_mean(text, words()),
        }
    })
}

/// A word that stands for nothing roomkey knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is none of {}", visible(given), known.join(", "))]
pub struct UnknownWord {
    /// The word, cut short.
    pub given: String,
    /// What could have been there.
    pub known: Vec<&'static str>,
    /// What was probably meant.
    pub nearest: Option<&'static str>,
}

impl UnknownWord {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.nearest {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => format!("use one of {}", self.known.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_is_named_as_on_the_command_line() {
        for backend in Backend::ALL {
            assert_eq!(backend.to_string().parse(), Ok(backend));
        }
        let error = "valt".parse::<Backend>().unwrap_err();
        assert_eq!(error.to_string(), "valt is none of keyring, vault, memory, env");
        assert_eq!(error.hint(), "did you mean vault?");
    }
}
