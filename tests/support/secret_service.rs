//! A private session bus with a real gnome-keyring on it, with its own home and runtime folders.
//!
//! The bus is found through the environment, which belongs to a whole process. So a test that needs one runs in a
//! process of its own: [`with_bus`] starts the bus, starts the test again with the environment set, and there
//! runs the body.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use zbus::blocking::connection::Builder;

use super::process::{again, output, role, test_of};
use super::{eventually, have};

/// How the bus of a test starts out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// With an unlocked keyring.
    Unlocked,
    /// With the same, which the bus starts anew when it is gone (locked, as a new one is).
    Restarting,
    /// With the same, whose unlock dialog is shown by a program that never says a word.
    Silent,
    /// With a keyring that has no collection yet.
    Empty,
    /// With nobody who keeps secrets.
    Alone,
    /// There is no bus.
    NoBus,
}

/// The environment of the test's body.
pub(crate) struct Desk {
    home: PathBuf,
}

const ADDRESS: &str = "DBUS_SESSION_BUS_ADDRESS";
const SERVICE: &str = "org.freedesktop.secrets";

/// Runs `body` in a process with such a bus; skips the test by name if the components are missing.
pub(crate) fn with_bus<F: FnOnce(&Desk)>(start: Start, body: F) {
    with_bus_for(&test_of(&body), start, body);
}

/// The same, where the body does not stand in the test itself.
pub(crate) fn with_bus_for(test: &str, start: Start, body: impl FnOnce(&Desk)) {
    if role().is_some() {
        body(&Desk { home: PathBuf::from(std::env::var_os("HOME").unwrap()) });
        return;
    }
    if !have(&["dbus-daemon", "gnome-keyring-daemon", "secret-tool"], test) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let run = home.join("run");
    std::fs::create_dir(&run).unwrap();
    let mut child = again(test, "inside");
    child
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", &run)
        .env("XDG_DATA_HOME", home.join(".local/share"))
        .env(ADDRESS, format!("unix:path={}", home.join("bus").display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for gone in ["DISPLAY", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
        child.env_remove(gone);
    }
    let mut bus = (start != Start::NoBus).then(|| start_bus(home, start));
    if bus.is_some() {
        // Its socket is there a moment before it listens.
        eventually("a bus", || UnixStream::connect(home.join("bus")).is_ok());
    }
    let desk = Desk { home: home.to_owned() };
    let daemon = match start {
        Start::Unlocked | Start::Restarting | Start::Silent => Some(desk.start_keyring(Some("pw"))),
        Start::Empty => Some(desk.start_keyring(None)),
        Start::Alone | Start::NoBus => None,
    };
    let mut child = child.spawn().unwrap();
    let outputs = [read_all(child.stdout.take().unwrap()), read_all(child.stderr.take().unwrap())];
    let start = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if start.elapsed() > Duration::from_secs(60) => {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    if let Some(mut daemon) = daemon {
        let _ = daemon.kill();
        let _ = daemon.wait();
    }
    if let Some(bus) = &mut bus {
        let _ = bus.kill();
        let _ = bus.wait();
    }
    let [stdout, stderr] = outputs.map(|output| output.join().unwrap());
    assert!(status.is_some_and(|status| status.success()), "{status:?}\n{stdout}\n{stderr}");
    assert!(stdout.contains("test result: ok. 1 passed"), "{stdout}");
}

fn read_all(mut from: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn start_bus(home: &Path, start: Start) -> Child {
    let services = match start {
        Start::Restarting => "<standard_session_servicedirs/>".to_owned(),
        Start::Silent => {
            // The bus holds back what is sent to a service until the program it starts answers for it.
            let silent = "[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=/bin/sleep 3\n";
            std::fs::write(home.join("silent.service"), silent).unwrap();
            format!("<servicedir>{}</servicedir>", home.display())
        }
        _ => String::new(),
    };
    let config = format!(
        "<!DOCTYPE busconfig PUBLIC '-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN'
          'http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd'>
        <busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>{services}
        <policy context='default'><allow send_destination='*'/><allow receive_sender='*'/><allow own='*'/></policy>
        </busconfig>",
        home.join("bus").display()
    );
    let path = home.join("bus.conf");
    std::fs::write(&path, config).unwrap();
    let mut command = Command::new("dbus-daemon");
    command.arg("--nofork").arg(format!("--config-file={}", path.display()));
    surround(&mut command, home);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn surround(command: &mut Command, home: &Path) {
    command
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env("XDG_DATA_HOME", home.join(".local/share"))
        .env(ADDRESS, format!("unix:path={}", home.join("bus").display()))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY");
}

impl Desk {
    /// The test's home folder.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// roomkey's folders.
    pub(crate) fn paths(&self) -> roomkey::files::Paths {
        roomkey::files::Paths::under(&self.home.join("roomkey"))
    }

    /// Starts a keyring: with a password it makes or unlocks the collection `login`, without one it does not.
    pub(crate) fn start_keyring(&self, password: Option<&str>) -> Child {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        command.arg(if password.is_some() { "--unlock" } else { "--start" });
        surround(&mut command, &self.home);
        let stdin = if password.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = command.stdin(stdin).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        if let (Some(password), Some(mut stdin)) = (password, child.stdin.take()) {
            stdin.write_all(password.as_bytes()).unwrap();
        }
        eventually("a keyring on the bus", || self.keyring_is_there());
        child
    }

    fn bus(&self) -> zbus::blocking::Connection {
        let address = format!("unix:path={}", self.home.join("bus").display());
        Builder::address(address.as_str()).unwrap().build().unwrap()
    }

    fn ask(&self, method: &str) -> zbus::Result<zbus::Message> {
        let dbus = "org.freedesktop.DBus";
        self.bus().call_method(Some(dbus), "/org/freedesktop/DBus", Some(dbus), method, &(SERVICE,))
    }

    fn keyring_is_there(&self) -> bool {
        self.ask("NameHasOwner").unwrap().body().deserialize::<bool>().unwrap()
    }

    fn keyring(&self) -> Pid {
        let id = self.ask("GetConnectionUnixProcessID").unwrap().body().deserialize::<u32>().unwrap();
        Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
    }

    /// Sends the keyring a signal.
    pub(crate) fn signal_keyring(&self, signal: Signal) {
        rustix::process::kill_process(self.keyring(), signal).unwrap();
        if signal == Signal::KILL {
            eventually("the end of the keyring", || !self.keyring_is_there());
        }
    }

    /// Locks what the keyring keeps secrets in.
    pub(crate) fn lock_keyring(&self) {
        let login =
            zbus::zvariant::ObjectPath::try_from("/org/freedesktop/secrets/collection/login").unwrap();
        let interface = Some("org.freedesktop.Secret.Service");
        self.bus()
            .call_method(Some(SERVICE), "/org/freedesktop/secrets", interface, "Lock", &(vec![login],))
            .unwrap();
    }
}

/// Runs a command in this environment and gives what it wrote.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    output(Command::new(program).args(arguments))
}

/// Ends a process that the test started.
pub(crate) fn end(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}
