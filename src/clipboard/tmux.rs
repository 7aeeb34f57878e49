//! tmux's paste buffer `roomkey`. A buffer of its own name can be found again and deleted without touching what the
//! user copied; `-w` also passes the text to the terminal around tmux, with tmux's default settings.

use std::ffi::OsStr;
use std::process::Command;
use std::sync::mpsc::Sender;
use std::time::Duration;

use zeroize::Zeroizing;

use super::bounded::{self, Finished};
use super::hold::{Event, Now, Place};

const BUFFER: &str = "roomkey";
const ANSWERS_WITHIN: Duration = Duration::from_millis(1500);

pub(super) struct Tmux {
    text: Zeroizing<String>,
}

impl Tmux {
    pub(super) fn new(text: Zeroizing<String>) -> Self {
        Self { text }
    }
}

/// The tmux of the environment's `TMUX`.
fn tmux(arguments: &[&str], input: &[u8]) -> Result<Finished, String> {
    let mut command = Command::new("tmux");
    command.args(arguments);
    bounded::run(command, input, ANSWERS_WITHIN).map_err(|failure| failure.to_string())
}

fn complaint(done: &Finished) -> String {
    if done.complaint.is_empty() { "tmux failed without a word".into() } else { done.complaint.clone() }
}

impl Place for Tmux {
    fn offer(&mut self, _tell: &Sender<Event>) -> Result<(), String> {
        let done = tmux(&["load-buffer", "-b", BUFFER, "-w", "-"], self.text.as_bytes())?;
        if done.success {
            return Ok(());
        }
        // Before 3.2 there was no -w; the buffer alone is worth having.
        let older = tmux(&["load-buffer", "-b", BUFFER, "-"], self.text.as_bytes())?;
        if older.success { Ok(()) } else { Err(complaint(&done)) }
    }

    fn now(&mut self) -> Now {
        match tmux(&["show-buffer", "-b", BUFFER], b"") {
            Ok(done) if done.success && done.output.as_slice() == self.text.as_bytes() => Now::Ours,
            Ok(done) if done.success => Now::Other,
            Ok(done) if done.complaint.starts_with("no buffer") => Now::Empty,
            Ok(done) => Now::Unreachable(complaint(&done)),
            Err(_) => Now::Unknown,
        }
    }

    fn clear(&mut self) -> Result<(), String> {
        let done = tmux(&["delete-buffer", "-b", BUFFER], b"")?;
        if done.success { Ok(()) } else { Err(complaint(&done)) }
    }

    fn overwrite(&mut self) -> Result<(), String> {
        self.clear()
    }

    fn dies_with_us(&self) -> bool {
        false
    }
}

/// What the user copied last in the tmux of this socket, if anything.
pub(super) fn newest_buffer(socket: &OsStr, limit: Duration) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
    let mut command = Command::new("tmux");
    command.arg("show-buffer").env("TMUX", socket);
    let done = bounded::run(command, b"", limit).map_err(|failure| failure.to_string())?;
    if done.success {
        Ok(Some(done.output))
    } else if done.complaint.starts_with("no buffer") {
        Ok(None)
    } else {
        Err(complaint(&done))
    }
}
