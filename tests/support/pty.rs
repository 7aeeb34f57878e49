//! The real program in a real pty, and what a person would see there.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use super::home::{CANARY, Home};

/// A program in a terminal.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    // Kept open: a pty whose master is closed hangs up.
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    seen: Arc<Mutex<Seen>>,
    /// How much of what came out was there when the last question was answered.
    answered: usize,
}

/// What came out of it.
struct Seen {
    screen: vt100::Parser,
    raw: Vec<u8>,
    over: bool,
}

/// As bracketed paste delivers it.
const PASTE: (&str, &str) = ("\x1b[200~", "\x1b[201~");

impl Terminal {
    /// Starts the program with these arguments, in an environment of nothing but a home and what is given.
    pub(crate) fn start(home: &Path, variables: &[(&str, &str)], args: &[&str], size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_roomkey"));
        command.args(args);
        Self::run(command, home, variables, size)
    }

    /// Starts the program in the environment of a home, without colours, to be asked by it.
    pub(crate) fn asked(home: &Home, args: &[&str]) -> Self {
        let like = home.command();
        let text = |value: &std::ffi::OsStr| value.to_str().unwrap().to_owned();
        let own: Vec<(String, String)> =
            like.get_envs().filter_map(|(name, value)| Some((text(name), text(value?)))).collect();
        let mut variables: Vec<(&str, &str)> =
            own.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        variables.push(("NO_COLOR", "1"));
        Self::start(home.path(), &variables, args, (120, 24))
    }

    /// Starts any program in that environment.
    pub(crate) fn run(
        mut command: CommandBuilder,
        home: &Path,
        variables: &[(&str, &str)],
        size: (u16, u16),
    ) -> Self {
        command.env_clear();
        command.cwd(home);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, folder) in [
            ("HOME", "."),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
        ] {
            command.env(name, home.join(folder));
        }
        for (name, value) in
            [("TERM", "xterm-256color"), ("TZ", "UTC"), ("LANG", "C.UTF-8")].iter().chain(variables)
        {
            command.env(name, value);
        }
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let seen = Arc::new(Mutex::new(Seen {
            screen: vt100::Parser::new(nonzero(size.1), nonzero(size.0), 0),
            raw: Vec::new(),
            over: false,
        }));
        let to = Arc::clone(&seen);
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let mut seen = to.lock().unwrap();
                seen.screen.process(&buffer[..count]);
                seen.raw.extend(&buffer[..count]);
            }
            to.lock().unwrap().over = true;
        });
        Self { child, master: pair.master, writer, seen, answered: 0 }
    }

    /// The screen as text.
    pub(crate) fn screen(&self) -> String {
        self.seen.lock().unwrap().screen.screen().contents()
    }

    /// Every byte that came out so far.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.seen.lock().unwrap().raw.clone()
    }

    /// What came out since the last question was answered. The canary is never in it.
    fn shown(&self) -> String {
        let shown = String::from_utf8_lossy(&self.raw()[self.answered..]).into_owned();
        assert!(!shown.contains(CANARY), "the secret shows: {shown}");
        shown
    }

    /// Waits for a question, and answers it with a line.
    #[track_caller]
    pub(crate) fn answer(&mut self, question: &str, line: &str) {
        self.wait(question, |_| self.shown().contains(question));
        self.answered = self.raw().len();
        // The terminal still echoes for a moment after the question is shown; a person is slower than that.
        thread::sleep(Duration::from_millis(200));
        self.press(&format!("{line}\r"));
    }

    /// Waits for the end, and gives its exit code and what came out since the last answer.
    #[track_caller]
    pub(crate) fn end(mut self) -> (u32, String) {
        let (status, _) = self.ended();
        super::eventually("the terminal is closed", || self.seen.lock().unwrap().over);
        (status.exit_code(), self.shown())
    }

    /// Whether the alternate screen, bracketed paste or a hidden cursor is left behind.
    pub(crate) fn is_taken(&self) -> bool {
        let seen = self.seen.lock().unwrap();
        let screen = seen.screen.screen();
        screen.alternate_screen() || screen.bracketed_paste() || screen.hide_cursor()
    }

    /// Waits until it can be read on the screen.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait(text, |screen| screen.contains(text));
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, so: impl Fn(&str) -> bool) {
        let limit = Instant::now() + Duration::from_secs(20);
        loop {
            let screen = self.screen();
            if so(&screen) {
                return;
            }
            assert!(Instant::now() < limit, "never happened: {what}\n{screen}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Types, byte for byte.
    pub(crate) fn press(&mut self, keys: &str) {
        self.press_bytes(keys.as_bytes());
    }

    /// Types bytes that need not be text.
    pub(crate) fn press_bytes(&mut self, keys: &[u8]) {
        // A program that has ended reads nothing more.
        let _ = self.writer.write_all(keys).and_then(|()| self.writer.flush());
    }

    /// Pastes as a terminal does.
    pub(crate) fn paste(&mut self, text: &str) {
        self.press(&format!("{}{text}{}", PASTE.0, PASTE.1));
    }

    pub(crate) fn resize(&self, size: (u16, u16)) {
        self.seen.lock().unwrap().screen.screen_mut().set_size(nonzero(size.1), nonzero(size.0));
        self.master.resize(pty_size(size)).unwrap();
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits for its end, and how long that took.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // What it wrote last is still on its way through the pty.
                thread::sleep(Duration::from_millis(50));
                return (status, start.elapsed());
            }
            assert!(start.elapsed() < Duration::from_secs(20), "it does not end:\n{}", self.screen());
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn nonzero(n: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(n).unwrap()
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}
