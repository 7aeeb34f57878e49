//! The near end of a [`hold`](super::hold): starting the program that holds a text, and talking to it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::hold::HOLD_COMMAND;
use super::{Environment, Route, bounded};
use crate::text::{Sensitive, visible};

/// Until a holder has said whether the text is there: its own limits add up to less.
const STARTS_WITHIN: Duration = Duration::from_secs(4);
const CLEARS_WITHIN: Duration = Duration::from_secs(4);

/// What a program on a clipboard's errand needs of our environment. The rest, which may hold LiveKit credentials, is
/// not passed on to one that lives longer than we do.
#[cfg(unix)]
const PASSED_ON: &[&str] = &[
    "HOME",
    "PATH",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "XAUTHORITY",
    "TMUX_PANE",
    "TMUX_TMPDIR",
];

/// A holder at work. Dropping this leaves it at work.
pub(super) struct Holder {
    pid: u32,
    stdin: ChildStdin,
    lines: Receiver<String>,
    /// Whether it left nothing of ours behind, once it has said so.
    last_word: Option<Result<(), String>>,
}

impl Holder {
    /// Starts one and waits until it has read the text back, or says why not.
    pub(super) fn start(
        program: &Path,
        environment: &Environment,
        route: Route,
        text: &Sensitive,
        hold: Option<Duration>,
    ) -> Result<Self, String> {
        let mut command = errand(program, environment, route);
        if route == Route::Tmux {
            command.arg("tmux");
        }
        match hold {
            Some(time) => command.arg(time.as_millis().min(u128::from(u64::MAX)).to_string()),
            None => command.arg("never"),
        };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("the holder could not be started: {error}"))?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bounded::end(&mut child);
            return Err("the holder has no pipes".into());
        };

        // Written elsewhere: a program that does not read would keep us here for ever.
        let framed = frame(text.expose());
        let (give_back, written) = mpsc::channel();
        thread::spawn(move || {
            if stdin.write_all(&framed).is_ok() {
                let _ = give_back.send(stdin);
            }
        });
        // Hears it to its end, and takes its status then, so that no zombie stays.
        let (tell, lines) = mpsc::channel();
        let (hand_over, adopted) = mpsc::channel();
        thread::spawn(move || {
            let mut said = BufReader::new(stdout).lines();
            let Some(Ok(first)) = said.next() else { return };
            let _ = tell.send(first);
            let Ok(mut child): Result<Child, _> = adopted.recv() else { return };
            for line in said.map_while(Result::ok) {
                let _ = tell.send(line);
            }
            let _ = child.wait();
        });

        let first = match lines.recv_timeout(STARTS_WITHIN) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                bounded::end(&mut child);
                return Err("no answer".into());
            }
            Err(RecvTimeoutError::Disconnected) => {
                bounded::end(&mut child);
                return Err("the holder ended without a word".into());
            }
        };
        let stdin = if first == "ok" { written.recv_timeout(STARTS_WITHIN).ok() } else { None };
        let Some(stdin) = stdin else {
            bounded::end(&mut child);
            return Err(
                visible(first.strip_prefix("err ").unwrap_or("the holder talks nonsense")).into_owned()
            );
        };
        let pid = child.id();
        let _ = hand_over.send(child);
        Ok(Self { pid, stdin, lines, last_word: None })
    }

    /// Its process id.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Has it clear the text now. One whose time was up has done so, or has said why not.
    pub(super) fn clear(&mut self) -> Result<(), String> {
        // Fails if it has ended.
        let _ = self.stdin.write_all(b"c");
        self.hear(CLEARS_WITHIN);
        self.last_word.clone().unwrap_or_else(|| Err("no answer".into()))
    }

    /// Whether it holds the text no longer. It may live on a little to see that the text does not come back.
    pub(super) fn is_done(&mut self) -> bool {
        self.hear(Duration::ZERO);
        self.last_word.is_some()
    }

    fn hear(&mut self, limit: Duration) {
        if self.last_word.is_none() {
            self.last_word = match self.lines.recv_timeout(limit) {
                Ok(line) => Some(match line.strip_prefix("err ") {
                    Some(why) => Err(visible(why).into_owned()),
                    None => Ok(()),
                }),
                Err(RecvTimeoutError::Disconnected) => Some(Ok(())),
                Err(RecvTimeoutError::Timeout) => None,
            };
        }
    }

    /// Has it end without clearing: the next holder has the clipboard.
    pub(super) fn let_go(mut self) {
        let _ = self.stdin.write_all(b"l");
    }
}

/// `program clip-hold ...` in an environment where the route's display is the only one.
pub(super) fn errand(program: &Path, environment: &Environment, route: Route) -> Command {
    let mut command = Command::new(program);
    command.arg(HOLD_COMMAND);
    #[cfg(unix)]
    {
        // It is not to keep a file system busy for as long as it lives.
        command.current_dir("/").env_clear();
        for name in PASSED_ON {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
    }
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        // CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP: neither a closing console nor its Ctrl-C is for the holder.
        command.creation_flags(0x0800_0000 | 0x0000_0200);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().to_ascii_uppercase().starts_with("LIVEKIT_") {
                command.env_remove(name);
            }
        }
    }
    let (name, value) = match route {
        Route::X11 => ("DISPLAY", &environment.display),
        Route::Wayland => ("WAYLAND_DISPLAY", &environment.wayland_display),
        Route::Tmux => ("TMUX", &environment.tmux),
        Route::System | Route::Osc52 | Route::Memory => return command,
    };
    if let Some(value) = value {
        command.env(name, value);
    }
    command
}

fn frame(text: &str) -> Zeroizing<Vec<u8>> {
    let head = format!("{}\n", text.len());
    let mut framed = Zeroizing::new(Vec::with_capacity(head.len() + text.len()));
    framed.extend_from_slice(head.as_bytes());
    framed.extend_from_slice(text.as_bytes());
    framed
}
