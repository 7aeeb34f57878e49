//! What the program asks on a terminal, and that what is typed there stays hidden.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

use crate::support::home::{CANARY, Home};

/// The program on a terminal of its own.
pub(super) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    pub(super) fn start(home: &Home, args: &[&str]) -> Self {
        let pty = native_pty_system().openpty(PtySize { rows: 24, cols: 120, ..PtySize::default() }).unwrap();
        let like = home.command();
        let mut command = CommandBuilder::new(like.get_program());
        command.args(args);
        command.env_clear();
        command.cwd(home.path());
        for (name, value) in like.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        let child = pty.slave.spawn_command(command).unwrap();
        let keys = pty.master.take_writer().unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            // Kept open as long as it is read.
            let _master = pty.master;
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keys, output, seen: String::new() }
    }

    /// Waits for a question, and answers it with a line.
    #[track_caller]
    pub(super) fn answer(&mut self, question: &str, line: &str) {
        self.wait_for(question);
        self.seen.clear();
        // The terminal still echoes for a moment after the question is shown; a person is slower than that.
        std::thread::sleep(Duration::from_millis(200));
        self.keys.write_all(format!("{line}\r").as_bytes()).unwrap();
    }

    #[track_caller]
    pub(super) fn wait_for(&mut self, text: &str) {
        let limit = Instant::now() + Duration::from_secs(20);
        while !self.seen.contains(text) {
            let left = limit.saturating_duration_since(Instant::now());
            let bytes =
                self.output.recv_timeout(left).unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.seen));
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
            assert!(!self.seen.contains(CANARY), "the secret shows: {}", self.seen);
        }
    }

    /// Waits for the end, and gives its exit code and what was shown since the last answer.
    pub(super) fn end(mut self) -> (u32, String) {
        let code = self.child.wait().unwrap().exit_code();
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(500)) {
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        assert!(!self.seen.contains(CANARY), "the secret shows: {}", self.seen);
        (code, self.seen)
    }
}

#[test]
fn what_is_missing_of_a_project_is_asked_for_and_the_secret_is_masked() {
    let home = Home::with_vault();
    let mut terminal = Terminal::start(&home, &["project", "add", "acme"]);
    terminal.answer("URL: ", "acme.example");
    terminal.answer("API key: ", "APIacme");
    terminal.answer("API secret (not shown): ", CANARY);
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("added acme (wss://acme.example) to the vault"), "{shown}");
    assert_eq!(home.run(&["project", "list", "--json"]).json()[0]["key"], "APIacme");
}

#[test]
fn a_new_vault_asks_for_its_passphrase_twice_and_then_once() {
    let home = Home::new().set("ROOMKEY_STORE", "vault");
    let add = ["project", "add", "acme", "--url", "acme.example", "--api-key", "APIacme"];
    let mut terminal = Terminal::start(&home, &add);
    terminal.answer("New passphrase for the vault (not shown): ", "fake-passphrase");
    terminal.answer("The same again: ", "fake-passphrsae");
    let (code, shown) = terminal.end();
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("the two passphrases differ"), "{shown}");
    let mut terminal = Terminal::start(&home, &add);
    terminal.answer("New passphrase for the vault (not shown): ", "fake-passphrase");
    terminal.answer("The same again: ", "fake-passphrase");
    terminal.answer("API secret (not shown): ", CANARY);
    assert_eq!(terminal.end().0, 0);
    let mut terminal = Terminal::start(&home, &["project", "list"]);
    terminal.answer("Passphrase of the vault (not shown): ", "fake-passphrase");
    let (code, shown) = terminal.end();
    assert!(code == 0 && shown.contains("* acme"), "{shown}");
}

#[test]
fn removing_asks_and_only_a_yes_removes() {
    let home = Home::with_vault();
    let add = ["project", "add", "acme", "--url", "a.example", "--api-key", "k", "--api-secret-stdin"];
    assert_eq!(home.run_with(&add, CANARY).code, 0);
    let mut terminal = Terminal::start(&home, &["project", "remove", "acme"]);
    terminal.answer("Remove acme? Its key and secret leave the vault. [y/N] ", "");
    let (code, shown) = terminal.end();
    assert!(code == 1 && shown.contains("acme was kept"), "{code} {shown}");
    let mut terminal = Terminal::start(&home, &["project", "remove", "acme"]);
    terminal.answer("[y/N] ", "y");
    let (code, shown) = terminal.end();
    assert!(code == 0 && shown.contains("removed acme from the vault"), "{code} {shown}");
}

#[test]
fn a_new_passphrase_is_asked_for_twice_after_the_present_one() {
    let home = Home::with_vault();
    let add = ["project", "add", "acme", "--url", "a.example", "--api-key", "k", "--api-secret-stdin"];
    assert_eq!(home.run_with(&add, CANARY).code, 0);
    let home = home.set("ROOMKEY_VAULT_PASSPHRASE_FILE", "");
    let mut terminal = Terminal::start(&home, &["store", "passphrase"]);
    terminal.answer("Passphrase of the vault (not shown): ", "fake-passphrase");
    terminal.answer("New passphrase for the vault (not shown): ", "fake-other");
    terminal.answer("The same again: ", "fake-other");
    let (code, shown) = terminal.end();
    assert!(code == 0 && shown.contains("the vault has a new passphrase"), "{code} {shown}");
    let mut terminal = Terminal::start(&home, &["store", "unlock"]);
    terminal.answer("Passphrase of the vault (not shown): ", "fake-other");
    assert_eq!(terminal.end().0, 0);
}
