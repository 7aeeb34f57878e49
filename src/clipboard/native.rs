//! The clipboard of the display: X11, Wayland, macOS, Windows, through arboard. Runs in the helper only: arboard
//! talks on standard error in debug builds, hands text to clipboard managers when it goes, and can wait for ever on
//! a program that owns the clipboard and does not answer.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use arboard::Clipboard;
use zeroize::Zeroizing;

use super::hold::{Event, Now, Place};

/// How long the owner of the clipboard may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1500);
/// The same, where the answer is worth less.
const ANSWERS_SOON: Duration = Duration::from_millis(300);

/// What to put over a text that a clipboard manager keeps bringing back.
const HARMLESS: &str = " ";

pub(super) struct Native {
    text: Zeroizing<String>,
    /// Kept for the whole life: the last one to go takes the connection along.
    clipboard: Option<Clipboard>,
}

impl Native {
    pub(super) fn new(text: Zeroizing<String>) -> Self {
        Self { text, clipboard: None }
    }

    fn clipboard(&mut self) -> Result<&mut Clipboard, String> {
        if self.clipboard.is_none() {
            self.clipboard = Some(connect()?);
        }
        self.clipboard.as_mut().ok_or_else(|| "there is no connection".into())
    }

    /// Takes the same text of an earlier copy away: read back, it would pass for the new one, which may never
    /// arrive.
    fn make_room(&mut self) -> Result<(), String> {
        self.clipboard()?;
        let deadline = Instant::now() + ANSWERS_SOON;
        while matches!(get_text(ANSWERS_SOON), Reading::Text(text) if text == self.text)
            && Instant::now() < deadline
        {
            self.clear()?;
        }
        Ok(())
    }
}

impl Place for Native {
    #[cfg(not(any(target_os = "macos", windows)))]
    fn offer(&mut self, tell: &Sender<Event>) -> Result<(), String> {
        use arboard::SetExtLinux as _;
        self.make_room()?;
        let mut serving = connect()?;
        // arboard wants a text of its own, which it does not wipe. This process ends soon, and cannot be read.
        let text = self.text.as_str().to_owned();
        let tell = tell.clone();
        // `wait` alone serves the text on Wayland; `wait_until` does nothing there (arboard 3.7).
        thread::spawn(move || {
            let ended = serving.set().exclude_from_history().wait().text(text);
            let _ = tell.send(match ended {
                Ok(()) => Event::Replaced,
                Err(error) => Event::Failed(reason(&error)),
            });
        });
        Ok(())
    }

    #[cfg(target_os = "macos")]
    fn offer(&mut self, _tell: &Sender<Event>) -> Result<(), String> {
        use arboard::SetExtApple as _;
        let text = self.text.as_str().to_owned();
        self.clipboard()?.set().exclude_from_history().text(text).map_err(|error| reason(&error))
    }

    #[cfg(windows)]
    fn offer(&mut self, _tell: &Sender<Event>) -> Result<(), String> {
        use arboard::SetExtWindows as _;
        let text = self.text.as_str().to_owned();
        self.clipboard()?
            .set()
            .exclude_from_monitoring()
            .exclude_from_cloud()
            .exclude_from_history()
            .text(text)
            .map_err(|error| reason(&error))
    }

    fn now(&mut self) -> Now {
        match get_text(ANSWERS_WITHIN) {
            Reading::Text(text) if text == self.text => Now::Ours,
            Reading::Text(_) | Reading::NotUtf8 => Now::Other,
            Reading::Nothing => Now::Empty,
            Reading::NoAnswer => Now::Unknown,
            Reading::Unreachable(why) => Now::Unreachable(why),
        }
    }

    fn clear(&mut self) -> Result<(), String> {
        self.clipboard()?.clear().map_err(|error| reason(&error))
    }

    fn overwrite(&mut self) -> Result<(), String> {
        // Without the mark that keeps it out of histories: the manager is to take it.
        self.clipboard()?.set().text(HARMLESS).map_err(|error| reason(&error))
    }

    fn dies_with_us(&self) -> bool {
        cfg!(not(any(target_os = "macos", windows)))
    }
}

enum Reading {
    Text(Zeroizing<String>),
    NotUtf8,
    /// Empty, or no text.
    Nothing,
    NoAnswer,
    Unreachable(String),
}

/// Asks on a thread of its own, which is left behind when the owner of the clipboard does not answer.
fn get_text(limit: Duration) -> Reading {
    let (tell, answer) = mpsc::channel();
    thread::spawn(move || {
        let reading = match connect() {
            Err(why) => Reading::Unreachable(why),
            Ok(mut clipboard) => match clipboard.get_text() {
                Ok(text) => Reading::Text(Zeroizing::new(text)),
                Err(arboard::Error::ContentNotAvailable) => Reading::Nothing,
                Err(arboard::Error::ConversionFailure) => Reading::NotUtf8,
                Err(error) => Reading::Unreachable(reason(&error)),
            },
        };
        let _ = tell.send(reading);
    });
    answer.recv_timeout(limit).unwrap_or(Reading::NoAnswer)
}

/// `clip-hold read`: `ok` and the text, or `empty`, or `err WHY`.
pub(super) fn print_text() -> ExitCode {
    let mut stdout = io::stdout().lock();
    let written = match get_text(ANSWERS_WITHIN) {
        Reading::Text(text) => stdout.write_all(b"ok\n").and_then(|()| stdout.write_all(text.as_bytes())),
        Reading::Nothing => stdout.write_all(b"empty\n"),
        Reading::NotUtf8 => stdout.write_all(b"err it holds text that is not UTF-8\n"),
        Reading::NoAnswer => stdout.write_all(b"err the program that owns it does not answer\n"),
        Reading::Unreachable(why) => writeln!(stdout, "err {}", why.replace('\n', " ")),
    };
    if written.and_then(|()| stdout.flush()).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn connect() -> Result<Clipboard, String> {
    Clipboard::new().map_err(|error| unreachable_display().unwrap_or_else(|| reason(&error)))
}

/// arboard says the same ("X11 server connection timed out") of every display that it cannot use, so the reason is
/// found here. The one who starts the helper names one display only.
#[cfg(not(any(target_os = "macos", windows)))]
fn unreachable_display() -> Option<String> {
    use std::path::Path;
    let show = |name: std::ffi::OsString| crate::text::visible(&name.to_string_lossy()).into_owned();
    if let Some(name) = std::env::var_os("WAYLAND_DISPLAY") {
        let socket = Path::new(&std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default()).join(&name);
        let answers = std::os::unix::net::UnixStream::connect(socket).is_ok();
        let name = show(name);
        return Some(if answers {
            format!(
                "the compositor at {name} lets no program use its clipboard (it has no data-control protocol)"
            )
        } else {
            format!("no compositor answers at {name}")
        });
    }
    std::env::var_os("DISPLAY").map(|name| format!("no X server answers at {}", show(name)))
}

#[cfg(any(target_os = "macos", windows))]
fn unreachable_display() -> Option<String> {
    None
}

/// arboard's own words, without its preamble.
fn reason(error: &arboard::Error) -> String {
    match error {
        arboard::Error::Unknown { description } => description.trim_end_matches('.').to_owned(),
        other => other.to_string().trim_end_matches('.').to_owned(),
    }
}
