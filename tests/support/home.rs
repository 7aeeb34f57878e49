//! A home of its own for one test, and the real program run in it.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// A secret that must show up nowhere. Every run in a [`Home`] looks for it in both outputs.
pub(crate) const CANARY: &str = "fake-canary-secret-0123456789-abcdefghij";

/// Folders that nobody else uses, and an environment with nothing in it but them.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    variables: Vec<(OsString, OsString)>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// With projects kept in a vault whose passphrase is at hand: the only store that needs nothing installed.
    pub(crate) fn with_vault() -> Self {
        let home = Self::new();
        let passphrase = home.write("passphrase", "fake-passphrase\n");
        home.set("ROOMKEY_STORE", "vault").set("ROOMKEY_VAULT_PASSPHRASE_FILE", passphrase)
    }

    pub(crate) fn set(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// With `LIVEKIT_*` set to a project of the environment.
    pub(crate) fn with_triple(self) -> Self {
        self.set("LIVEKIT_URL", "wss://env.example")
            .set("LIVEKIT_API_KEY", "APIenv")
            .set("LIVEKIT_API_SECRET", CANARY)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The program with this environment, ready to be started.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roomkey"));
        command.env_clear().current_dir(self.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, folder) in [
            ("HOME", "."),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
        ] {
            command.env(name, self.path().join(folder));
        }
        command.envs(self.variables.iter().cloned()).env("TZ", "UTC");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, "")
    }

    #[track_caller]
    pub(crate) fn run_with(&self, args: &[&str], stdin: impl AsRef<[u8]>) -> Run {
        let mut command = self.command();
        command.args(args);
        finish(command, stdin.as_ref())
    }

    /// Adds a project, whose secret is the canary.
    pub(crate) fn add(&self, name: &str) -> Run {
        let args = ["project", "add", name, "--url", "wss://x.example", "--api-key", "APIfake"];
        self.run_with(&[&args[..], &["--api-secret-stdin"]].concat(), CANARY)
    }

    /// Runs, and takes the token that it must print.
    #[track_caller]
    pub(crate) fn token(&self, args: &[&str]) -> String {
        let run = self.run(&[&["token", "create", "--token-only"], args].concat());
        assert_eq!(run.code, 0, "{args:?}: {}", run.err);
        run.out.trim_end().to_owned()
    }

    /// Every file below this home that has the text in it.
    pub(crate) fn files_with(&self, text: &str) -> Vec<PathBuf> {
        fn look(folder: &Path, text: &[u8], found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    look(&path, text, found);
                } else if std::fs::read(&path).unwrap().windows(text.len()).any(|part| part == text) {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        look(self.path(), text.as_bytes(), &mut found);
        found
    }
}

#[track_caller]
pub(crate) fn finish(mut command: Command, stdin: &[u8]) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let stdin = stdin.to_owned();
    // A program that reads nothing closes the pipe under the writer.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&stdin)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let run = Run {
        code: output.status.code().expect("ended by a signal"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY), "the canary is out: {command:?}");
    run
}

/// The payload of a token, unchecked.
#[track_caller]
pub(crate) fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

impl Run {
    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Standard output is empty, and standard error has the error and the hint.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, error: &str, hint: &str) {
        assert_eq!(self.code, code, "{}", self.err);
        assert_eq!(self.out, "");
        assert!(self.err.contains(&format!("error: {error}")), "no {error:?} in {}", self.err);
        assert!(self.err.contains("hint: ") && self.err.contains(hint), "no {hint:?} in {}", self.err);
    }
}
