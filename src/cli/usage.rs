//! What clap has to say about arguments it could not use, in roomkey's words and without repeating a secret.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::failure::beginning;
use super::{Colors, Console, Failure};
use crate::text::redacted;

/// The console that the arguments ask for, read before they are known to be sound.
pub(super) fn console(arguments: &[OsString]) -> Console {
    let words = || arguments.iter().skip(1).map_while(|word| word.to_str()).take_while(|word| *word != "--");
    let glued = words().find_map(|word| word.strip_prefix("--color="));
    let apart = words().skip_while(|word| *word != "--color").nth(1);
    let colors = glued.or(apart).and_then(|word| Colors::from_str(word, true).ok()).unwrap_or_default();
    Console::new(colors, false)
}

/// Prints help where it was asked for (exit code 0), or else what is wrong (exit code 2).
pub(super) fn answer(console: Console, error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match console.help(&error.render()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => fail(console, &failure),
        },
        ErrorKind::InvalidUtf8 => fail(console, &Failure::NotUtf8),
        _ => {
            let (what, hint) = said(error);
            console.error(&what, &hint);
            ExitCode::from(2)
        }
    }
}

fn fail(console: Console, failure: &Failure) -> ExitCode {
    console.error(&failure.to_string(), &failure.hint());
    ExitCode::from(failure.exit_code())
}

/// clap's message and its tips or its usage line.
fn said(error: &clap::Error) -> (String, String) {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    let stray = error.kind() == ErrorKind::UnknownArgument && !argument.starts_with('-');
    let rendered = error.render().to_string();
    let mut lines = rendered.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let rest: Vec<String> = lines.map(str::to_owned).collect();
    // A word too many may well be a secret, so it is not repeated.
    let what = if stray {
        "there is a word too many among the arguments".to_owned()
    } else {
        let listed: Vec<&str> = rest
            .iter()
            .map(String::as_str)
            .take_while(|line| {
                !line.starts_with("tip:") && !line.starts_with("Usage:") && !line.starts_with('[')
            })
            .filter(|line| !line.starts_with("For more"))
            .collect();
        [&[first.as_str()], listed.as_slice()].concat().join(" ")
    };
    let tips: Vec<&str> =
        rest.iter().filter_map(|line| line.strip_prefix("tip: ")).filter(|_| !stray).collect();
    let possible = rest.iter().find(|line| line.starts_with("[possible values")).cloned();
    let usage = rest.iter().find(|line| line.starts_with("Usage:")).cloned();
    let hint = if let Some(tip) = tips.first() {
        (*tip).to_owned()
    } else if let Some(possible) = possible {
        possible.trim_matches(['[', ']']).to_owned()
    } else {
        usage.map_or_else(
            || "see roomkey --help".to_owned(),
            |usage| format!("{} (more with --help)", usage.to_lowercase_first()),
        )
    };
    (short(&redacted(&what)), short(&redacted(&hint)))
}

fn short(text: &str) -> String {
    const MOST: usize = 400;
    if text.len() <= MOST { text.to_owned() } else { beginning(text) }
}

trait LowercaseFirst {
    fn to_lowercase_first(&self) -> String;
}

impl LowercaseFirst for String {
    /// `Usage: roomkey …` to `usage: roomkey …`.
    fn to_lowercase_first(&self) -> String {
        let mut chars = self.chars();
        chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
    }
}
