//! Secrets and other things that come from a person, a pipe or a file; never from an argument.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::{Console, Failure};
use crate::project::ApiSecret;

/// Where an API secret comes from.
#[derive(Args, Debug, Default)]
pub(super) struct SecretArgs {
    /// Read the API secret from standard input
    #[arg(long, conflicts_with = "api_secret_file", help_heading = "Credentials")]
    pub(super) api_secret_stdin: bool,
    /// Read the API secret from a file
    #[arg(long, value_name = "FILE", help_heading = "Credentials")]
    pub(super) api_secret_file: Option<PathBuf>,
    /// Refused: arguments can be read by everyone
    #[arg(
        long = "api-secret", value_name = "SECRET", hide = true, num_args = 0..=1, require_equals = false,
        allow_hyphen_values = true, default_missing_value = "", value_parser = Dropped
    )]
    refused: Option<()>,
}

/// Takes the value of an argument that must not be given, and lets go of it.
#[derive(Clone)]
pub(super) struct Dropped;

impl clap::builder::TypedValueParser for Dropped {
    type Value = ();

    fn parse_ref(
        &self,
        _: &clap::Command,
        _: Option<&clap::Arg>,
        _: &std::ffi::OsStr,
    ) -> Result<(), clap::Error> {
        Ok(())
    }
}

impl SecretArgs {
    /// The error that a secret among the arguments is.
    pub(super) fn refuse_argument(&self) -> Result<(), Failure> {
        if self.refused.is_some() { Err(Failure::SecretAsArgument) } else { Ok(()) }
    }

    /// Whether standard input or a file is to give it.
    pub(super) fn given(&self) -> bool {
        self.api_secret_stdin || self.api_secret_file.is_some()
    }

    /// The secret from where the flags say; `None` if they say nothing. What was cleaned off it is told.
    pub(super) fn read(&self, console: Console) -> Result<Option<ApiSecret>, Failure> {
        self.refuse_argument()?;
        let text = if self.api_secret_stdin {
            if io::stdin().is_terminal() {
                return ask(console).map(Some);
            }
            stdin()?
        } else if let Some(path) = &self.api_secret_file {
            file(path)?
        } else {
            return Ok(None);
        };
        cleaned(&text, console).map(Some)
    }

    /// As [`SecretArgs::read`], and when the flags say nothing whoever sits at the terminal is asked.
    pub(super) fn read_or_ask(&self, console: Console) -> Result<ApiSecret, Failure> {
        match self.read(console)? {
            Some(secret) => Ok(secret),
            None if io::stdin().is_terminal() => ask(console),
            None => Err(Failure::NoSecret),
        }
    }
}

/// Asks for an API secret on the terminal, masked.
pub(super) fn ask(console: Console) -> Result<ApiSecret, Failure> {
    cleaned(&masked("API secret (not shown): ")?, console)
}

fn cleaned(text: &str, console: Console) -> Result<ApiSecret, Failure> {
    let secret = ApiSecret::parse(text)?;
    if let Some(told) = secret.told("the API secret") {
        console.note(&told);
    }
    Ok(secret.value)
}

/// Asks for something that may show.
pub(super) fn asked(prompt: &str) -> Result<String, Failure> {
    let mut err = io::stderr().lock();
    drop(write!(err, "{prompt}").and_then(|()| err.flush()));
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(read) if read > 0 => Ok(line),
        _ => Err(Failure::NotAnswered),
    }
}

/// Asks for something that must not show. The terminal itself is used, so standard output stays clean.
pub(super) fn masked(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|_| Failure::NotAnswered)
}

/// Standard input can be read once. `readers` are what could read it, and whether it will.
pub(super) fn only_one_reads_stdin(readers: &[(&'static str, bool)]) -> Result<(), Failure> {
    let mut reading = readers.iter().filter(|(_, reads)| *reads).map(|(what, _)| *what);
    match (reading.next(), reading.next()) {
        (Some(one), Some(other)) => Err(Failure::StdinTwice(one, other)),
        _ => Ok(()),
    }
}

/// The most that is read from anywhere.
const MOST: u64 = 16 << 20;

/// Everything from standard input, as text.
pub(super) fn stdin() -> Result<Zeroizing<String>, Failure> {
    text(io::stdin().lock(), "standard input")
}

/// As [`stdin`], for a log: what is no UTF-8 in it is replaced.
pub(super) fn stdin_lossy() -> Result<Zeroizing<String>, Failure> {
    let bytes = bytes(io::stdin().lock(), "standard input")?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// A whole file, or standard input for `-`.
pub(super) fn file_or_stdin(path: &Path) -> Result<Zeroizing<String>, Failure> {
    if path.as_os_str() == "-" { stdin() } else { file(path) }
}

/// A whole file, as text.
pub(super) fn file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let name = path.display().to_string();
    text(open(path)?, &name)
}

/// A whole file, or standard input for `-`, byte for byte.
pub(super) fn bytes_of(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if path.as_os_str() == "-" {
        return bytes(io::stdin().lock(), "standard input");
    }
    bytes(open(path)?, &path.display().to_string())
}

fn open(path: &Path) -> Result<File, Failure> {
    let what = path.display().to_string();
    let failed = |error: &io::Error| Failure::Unreadable {
        what: what.clone(),
        why: format!("cannot be read: {}", plain(error)),
        cure: "check the path and its permissions",
    };
    let opened = File::open(path).map_err(|error| failed(&error))?;
    if opened.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(Failure::Unreadable { what, why: "is a folder".into(), cure: "give a file" });
    }
    Ok(opened)
}

fn text(from: impl Read, what: &str) -> Result<Zeroizing<String>, Failure> {
    let bytes = bytes(from, what)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.trim_start_matches('\u{feff}').to_owned())),
        Err(_) => Err(unreadable(what, "is not text (UTF-8)", "save it as UTF-8")),
    }
}

fn bytes(from: impl Read, what: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    from.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| {
        unreadable(what, format!("cannot be read: {}", plain(&error)), "check the path and its permissions")
    })?;
    if bytes.len() as u64 > MOST {
        return Err(unreadable(what, "has more than 16 MiB", "give what is needed and no more"));
    }
    Ok(bytes)
}

fn unreadable(what: &str, why: impl Into<String>, cure: &'static str) -> Failure {
    Failure::Unreadable { what: what.to_owned(), why: why.into(), cure }
}

/// The system's words without Rust's number behind them.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
