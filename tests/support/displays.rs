//! Displays of a test's own: an X server, a Wayland compositor, a tmux server. Each ends with the value.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use roomkey::clipboard::Environment;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::eventually;

/// A child that is killed with the value.
pub(crate) struct Owned(pub(crate) Child);

impl Owned {
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn feed(mut command: Command, text: &[u8]) -> Child {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    child
}

/// What it prints, if it succeeds.
fn printed(mut command: Command) -> Option<String> {
    let done = command.stdin(Stdio::null()).output().unwrap();
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
}

/// A display with a clipboard, as other programs use it.
pub(crate) trait Display {
    fn environment(&self) -> Environment;
    /// What another program would paste.
    fn paste(&self) -> Option<String>;
    /// Has another program copy; it serves the text in the background, until it is replaced.
    fn copy(&self, text: &[u8]);
    /// As [`Display::copy`], by a program that can be stopped.
    fn copy_by(&self, text: &str) -> Owned;
    /// The kinds of contents on offer.
    fn targets(&self) -> String;
    fn kill(&mut self);
    /// From now on it is there and does not answer.
    fn hang(&self);
}

/// A virtual X server on a free display.
pub(crate) struct XServer {
    server: Owned,
    name: String,
}

impl XServer {
    pub(crate) const NEEDS: &[&str] = &["Xvfb", "xclip"];

    pub(crate) fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "320x200x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = server.stdout.take().unwrap();
        let server = Owned(server);
        let mut number = String::new();
        BufReader::new(stdout).read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb found no free display");
        Self { server, name: format!(":{}", number.trim()) }
    }

    fn xclip(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("xclip");
        command.args(["-selection", "clipboard"]).args(arguments);
        command.env("DISPLAY", &self.name).env_remove("WAYLAND_DISPLAY");
        command
    }
}

impl Display for XServer {
    fn environment(&self) -> Environment {
        Environment { display: Some(self.name.clone().into()), ..Environment::default() }
    }

    fn paste(&self) -> Option<String> {
        // Named: for an empty clipboard xclip falls back to STRING, and complains of that.
        printed(self.xclip(&["-o", "-t", "UTF8_STRING"]))
    }

    fn copy(&self, text: &[u8]) {
        assert!(feed(self.xclip(&["-i"]), text).wait().unwrap().success());
    }

    fn copy_by(&self, text: &str) -> Owned {
        let owner = Owned(feed(self.xclip(&["-i", "-quiet"]), text.as_bytes()));
        eventually("xclip owns the clipboard", || self.paste().as_deref() == Some(text));
        owner
    }

    fn targets(&self) -> String {
        printed(self.xclip(&["-o", "-t", "TARGETS"])).unwrap_or_default()
    }

    fn kill(&mut self) {
        self.server.signal(Signal::KILL);
        self.server.0.wait().unwrap();
    }

    fn hang(&self) {
        self.server.signal(Signal::STOP);
    }
}

/// A Wayland compositor without a screen.
pub(crate) struct Compositor {
    server: Owned,
    folder: TempDir,
    socket: PathBuf,
}

impl Compositor {
    pub(crate) const NEEDS: &[&str] = &["sway", "setpriv", "wl-copy", "wl-paste"];
    /// `nobody`: sway refuses to run as root.
    const PLAIN_USER: u32 = 65534;

    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("roomkey-sway").tempdir().unwrap();
        let mut command = if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(folder.path(), Some(Self::PLAIN_USER), Some(Self::PLAIN_USER)).unwrap();
            let mut command = Command::new("setpriv");
            command.args([
                &format!("--reuid={}", Self::PLAIN_USER),
                &format!("--regid={}", Self::PLAIN_USER),
                "--clear-groups",
                "sway",
            ]);
            command
        } else {
            Command::new("sway")
        };
        let server = command
            .args(["-c", "/dev/null"])
            .env("XDG_RUNTIME_DIR", folder.path())
            .env("HOME", folder.path())
            .env("WLR_BACKENDS", "headless")
            .env("WLR_LIBINPUT_NO_DEVICES", "1")
            .env("WLR_RENDERER", "pixman")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut started = Self { server: Owned(server), folder, socket: PathBuf::new() };
        eventually("sway listens", || {
            let socket =
                fs::read_dir(started.folder.path()).unwrap().map(|entry| entry.unwrap()).find(|entry| {
                    let name = entry.file_name().into_string().unwrap();
                    name.starts_with("wayland-") && !name.contains(".lock")
                });
            started.socket = socket.map(|entry| entry.path()).unwrap_or_default();
            // It listens before its seat is there.
            !started.socket.as_os_str().is_empty()
                && started.command("wl-copy", &["--clear"]).status().unwrap().success()
        });
        started
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env("WAYLAND_DISPLAY", &self.socket).env_remove("DISPLAY");
        command.stderr(Stdio::null());
        command
    }
}

impl Display for Compositor {
    fn environment(&self) -> Environment {
        Environment { wayland_display: Some(self.socket.clone().into()), ..Environment::default() }
    }

    fn paste(&self) -> Option<String> {
        printed(self.command("wl-paste", &["-n"]))
    }

    fn copy(&self, text: &[u8]) {
        assert!(feed(self.command("wl-copy", &[]), text).wait().unwrap().success());
    }

    fn copy_by(&self, text: &str) -> Owned {
        let owner = Owned(feed(self.command("wl-copy", &["--foreground"]), text.as_bytes()));
        eventually("wl-copy owns the clipboard", || self.paste().as_deref() == Some(text));
        owner
    }

    fn targets(&self) -> String {
        printed(self.command("wl-paste", &["-l"])).unwrap_or_default()
    }

    fn kill(&mut self) {
        self.server.signal(Signal::KILL);
        self.server.0.wait().unwrap();
    }

    fn hang(&self) {
        self.server.signal(Signal::STOP);
    }
}

/// A tmux server with one session, its own socket and no configuration.
pub(crate) struct Tmux {
    folder: TempDir,
}

impl Tmux {
    pub(crate) const NEEDS: &[&str] = &["tmux"];

    pub(crate) fn start() -> Self {
        let started = Self { folder: tempfile::Builder::new().prefix("roomkey-tmux").tempdir().unwrap() };
        started.run(&["new-session", "-d", "-x", "80", "-y", "24", "sleep 600"]).unwrap();
        started
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(self.folder.path().join("socket")).args(["-f", "/dev/null"]).env_remove("TMUX");
        command
    }

    /// What the tmux command prints, if it succeeds.
    pub(crate) fn run(&self, arguments: &[&str]) -> Option<String> {
        let mut command = self.command();
        command.args(arguments);
        printed(command)
    }

    /// Runs the program in a window of its own.
    pub(crate) fn window(&self, command: &[&str]) {
        let mut arguments = vec!["new-window", "-d"];
        arguments.extend(command);
        self.run(&arguments).unwrap();
    }

    /// Shows its session in a window of another tmux, which is then its terminal.
    pub(crate) fn attach_in(&self, terminal: &Tmux) {
        let socket = self.folder.path().join("socket");
        terminal.window(&["env", "-u", "TMUX", "tmux", "-S", socket.to_str().unwrap(), "attach-session"]);
        eventually("the session is attached", || {
            self.run(&["list-clients", "-F", "#{client_name}"]).is_some_and(|clients| !clients.is_empty())
        });
    }

    /// Puts text into a buffer, as the user would.
    pub(crate) fn set_buffer(&self, name: &str, text: &str) {
        self.run(&["set-buffer", "-b", name, text]).unwrap();
    }

    /// What the buffer holds.
    pub(crate) fn buffer(&self, name: &str) -> Option<String> {
        self.run(&["show-buffer", "-b", name])
    }

    /// The value of `TMUX` in its windows.
    pub(crate) fn variable(&self) -> OsString {
        self.run(&["display-message", "-p", "#{socket_path},#{pid},0"]).unwrap().trim().into()
    }

    /// A session over SSH in one of its windows.
    pub(crate) fn remote_environment(&self) -> Environment {
        Environment {
            ssh_connection: Some("192.0.2.1 50000 192.0.2.2 22".into()),
            display: Some(":0".into()),
            tmux: Some(self.variable()),
            ..Environment::default()
        }
    }

    pub(crate) fn kill(&self) {
        let _ = self.run(&["kill-server"]);
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.kill();
    }
}
