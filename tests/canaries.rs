//! One secret and its tokens, carried through every command; and then looked for wherever they have no business.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::support::eventually;
use crate::support::home::Home;
use crate::support::process::{again, role};
use crate::support::pty::Terminal;
use crate::support::server::{Conversation, serve};

/// Letters and digits, as the server makes them, so that it looks like a secret where one is looked for.
const SECRET: &str = "fakeCanarySecret0123456789abcdefghijklmnopq";
const TEST: &str = "canaries::a_secret_and_its_tokens_are_nowhere_after_all_commands";

/// What is looked for, in every form that it might have, by its name.
#[derive(Default)]
struct Needles(Vec<(String, Vec<u8>)>);

impl Needles {
    fn add(&mut self, what: &str, text: &str) {
        let mut add = |form: &str, bytes: &[u8]| self.0.push((format!("{what}, {form}"), bytes.to_vec()));
        add("as it is", text.as_bytes());
        let hex = text.bytes().fold(String::new(), |mut hex, byte| {
            _ = write!(hex, "{byte:02x}");
            hex
        });
        add("in hex", hex.as_bytes());
        add("in capital hex", hex.to_uppercase().as_bytes());
        add("backwards", text.chars().rev().collect::<String>().as_bytes());
        // In the middle of something else, at each of the three places it can have in base64.
        for shift in 0..3 {
            let padded = format!("{}{text}", "x".repeat(shift));
            for coded in [STANDARD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
                let coded = coded.trim_end_matches('=');
                // The letters at both ends depend on what is beside it.
                add("in base64", &coded.as_bytes()[if shift == 0 { 0 } else { 4 }..coded.len() - 2]);
            }
        }
    }

    /// A token: its signature is what makes it one.
    fn add_token(&mut self, token: &str) {
        let parts: Vec<&str> = token.trim().split('.').collect();
        assert_eq!(parts.len(), 3, "no token: {token}");
        self.add("a token's signature", parts[2]);
    }

    /// The name of the first that is in there.
    fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
        self.0.iter().find_map(|(name, needle)| has(needle).then_some(name.as_str()))
    }

    #[track_caller]
    fn are_not_in(&self, place: &str, bytes: &[u8]) {
        if let Some(name) = self.found_in(bytes) {
            panic!("{name}: found in {place}: {}", String::from_utf8_lossy(bytes));
        }
    }

    fn are_in_no_file(&self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                self.are_in_no_file(&path);
            } else if path.is_file() {
                self.are_not_in(&path.display().to_string(), &std::fs::read(&path).unwrap());
            }
        }
    }

    /// What the system shows of a running program.
    #[track_caller]
    fn are_not_shown(&self, pid: u32) {
        for file in ["cmdline", "environ", "comm"] {
            // The environment only root may see; the arguments everybody.
            if let Ok(bytes) = std::fs::read(format!("/proc/{pid}/{file}")) {
                self.are_not_in(&format!("/proc/PID/{file}"), &bytes);
            }
        }
    }
}

/// Everything that the commands said, each with what it was.
#[derive(Default)]
struct Said(Vec<(String, Vec<u8>)>);

impl Said {
    /// Runs a command and keeps all it says. Exit code and standard output.
    #[track_caller]
    fn run(&mut self, mut command: Command, stdin: &str) -> (i32, String) {
        let what = format!("{:?}", command.get_args().collect::<Vec<_>>());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let stdin = stdin.to_owned();
        let writer = std::thread::spawn(move || drop(pipe.write_all(stdin.as_bytes())));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        self.0.push((format!("standard error of {what}"), output.stderr));
        self.0.push((format!("standard output of {what}"), output.stdout));
        (output.status.code().unwrap(), out)
    }

    /// The same, for a command whose standard output is the token.
    #[track_caller]
    fn payload(&mut self, home: &Home, args: &[&str]) -> String {
        let mut command = home.command();
        command.args(args);
        let (code, out) = self.run(command, "");
        assert_eq!(code, 0, "{args:?}: {}", self.last_error());
        self.0.pop();
        out
    }

    fn last_error(&self) -> String {
        let error = self.0.iter().rev().find(|(what, _)| what.starts_with("standard error"));
        error.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    }
}

/// A program that runs until it is looked at.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Encrypts the vault anew with next to no work, so that the many commands that only read it take no time.
fn make_quick(home: &Home) {
    let path = ["data/roomkey/vault.age", "data/vault.age"].map(|name| home.path().join(name));
    let path = path.into_iter().find(|path| path.is_file()).unwrap();
    let passphrase = || age::secrecy::SecretString::from("fake-passphrase".to_owned());
    let identity = age::scrypt::Identity::new(passphrase());
    let plain = age::decrypt(&identity, &std::fs::read(&path).unwrap()).unwrap();
    let mut recipient = age::scrypt::Recipient::new(passphrase());
    recipient.set_work_factor(1);
    std::fs::write(path, age::encrypt(&recipient, &plain).unwrap()).unwrap();
}

/// The token endpoint, and the port it listens at.
fn endpoint(home: &Home) -> (Running, u16, std::thread::JoinHandle<Vec<u8>>) {
    let mut command = home.command();
    command.args(["serve", "--port", "0", "--room", "demo"]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    let port = loop {
        let start = said.len();
        assert!(err.read_line(&mut said).unwrap() > 0, "{said}");
        if let Some((_, rest)) = said[start..].split_once("http://localhost:") {
            break rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap();
        }
    };
    let rest = std::thread::spawn(move || {
        let mut all = said.into_bytes();
        let _ = err.read_to_end(&mut all);
        all
    });
    (Running(child), port, rest)
}

fn post(port: u16, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// The part of a JSON text that a token is.
fn token_in(text: &str) -> String {
    let start = text.find("eyJ").unwrap_or_else(|| panic!("no token in {text}"));
    text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story: each step works on what the ones before left behind")]
fn a_secret_and_its_tokens_are_nowhere_after_all_commands() {
    if role().is_some() {
        roomkey::hardening::redact_panics();
        let token = std::env::var("FAKE_TOKEN").unwrap();
        panic!("it broke over {token} and {SECRET}");
    }
    let home = Home::with_vault();
    // What is imported has the secret in it, and stays where it is: elsewhere.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut needles = Needles::default();
    needles.add("the secret", SECRET);
    let mut said = Said::default();
    let command = |args: &[&str]| {
        let mut command = home.command();
        command.args(args);
        command
    };
    // Whether a command that asks others says yes or no is not the question here.
    let runs = |said: &mut Said, args: &[&str], stdin: &str, codes: &[i32]| {
        let (code, out) = said.run(command(args), stdin);
        assert!(codes.contains(&code), "{args:?}: {code}: {out}{}", said.last_error());
        out
    };

    // A server that is asked about the project and about a token, and knows neither.
    let (port, requests) = serve(Arc::new(|stream: &mut dyn Conversation, _: &str| {
        let _ = stream
            .write_all(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 7\r\nConnection: close\r\n\r\ninvalid");
    }));

    // Into the store, in every way that there is.
    let url = format!("ws://localhost:{port}");
    let add = ["project", "add", "acme", "--url", &url, "--api-key", "APIfakeAcme", "--api-secret-stdin"];
    runs(&mut said, &add, SECRET, &[0]);
    let lk = elsewhere.path().join("cli-config.yaml");
    let entry =
        format!("  - {{name: lk one, url: wss://l.example, api_key: APIfakeLk, api_secret: {SECRET}}}\n");
    std::fs::write(&lk, format!("default_project: lk one\nprojects:\n{entry}")).unwrap();
    runs(&mut said, &["project", "import", lk.to_str().unwrap(), "--dry-run"], "", &[0]);
    runs(&mut said, &["project", "import", lk.to_str().unwrap(), "--yes", "--blank-source"], "", &[0]);
    let block =
        format!("LIVEKIT_URL=wss://p.example\nLIVEKIT_API_KEY=APIfakeP\nLIVEKIT_API_SECRET={SECRET}\n");
    runs(&mut said, &["project", "import", "-", "--yes", "--name", "pasted"], &block, &[0]);
    let mut from_env = command(&["--store", "env", "store", "migrate", "--to", "vault"]);
    from_env
        .env("LIVEKIT_URL", "wss://e.example")
        .env("LIVEKIT_API_KEY", "APIfakeE")
        .env("LIVEKIT_API_SECRET", SECRET);
    let (code, _) = said.run(from_env, "");
    assert_eq!(code, 0, "{}", said.last_error());
    for args in [
        &["project", "edit", "pasted", "--url", "wss://q.example"][..],
        &["project", "rename", "pasted", "other"],
        &["project", "default", "acme"],
        &["project", "remove", "other", "--yes"],
        &["keygen", "--save", "made", "--url", "wss://m.example"],
    ] {
        runs(&mut said, args, "", &[0]);
    }
    make_quick(&home);
    for args in [
        &["store", "status", "--json"][..],
        &["store", "unlock"],
        &["env", "--redacted"],
        &["env", "--redacted", "--format", "keys"],
        &["project", "list"],
        &["project", "list", "--json"],
        &["project", "show", "acme", "--json"],
    ] {
        runs(&mut said, args, "", &[0]);
    }
    runs(&mut said, &["env"], "", &[2]);
    runs(&mut said, &["token", "create", "--api-secret", SECRET], "", &[2]);

    // Tokens. What they are printed as is theirs, and nothing else is.
    let join = ["--join", "--room", "demo", "--identity", "alice"];
    let mut tokens = Vec::new();
    for more in
        [&["--token-only"][..], &["--json"], &[], &["--as", "curl"], &["--as", "env"], &["--as", "link"]]
    {
        tokens.push(token_in(&said.payload(&home, &[&["token", "create"], &join[..], more].concat())));
    }
    // Programs and commands that make a token have none in them.
    for form in ["python", "node", "go", "rust", "lk", "roomkey"] {
        runs(&mut said, &[&["token", "create"], &join[..], &["--as", form]].concat(), "", &[0]);
    }
    let batch = ["token", "batch", "--room", "demo"];
    for more in [
        &["-n", "3", "--identity", "load-{n}", "--format", "token"][..],
        &["-n", "2", "--generate", "--format", "csv"],
    ] {
        let out = said.payload(&home, &[&batch[..], more].concat());
        tokens.extend(out.lines().filter(|line| line.contains("eyJ")).map(token_in));
    }
    let token = tokens[0].clone();
    let other = tokens.last().unwrap().clone();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let bad = format!("{signed}.{flipped}{}", &signature[1..]);
    for (args, stdin, codes) in [
        (&["inspect", "-"][..], token.as_str(), &[0][..]),
        (&["inspect", "--json", "-"], &token, &[0]),
        (&["token", "inspect", &bad], "", &[1]),
        (&["token", "diff", &token, &other], "", &[0, 1]),
        (&["token", "diff", "--json", &token, &other], "", &[0, 1]),
        (&["explain", &format!("could not parse token {token}: invalid")], "", &[0, 1, 2]),
        (&["explain", "no permissions to access the room"], "", &[0, 1, 2]),
        (&["ledger", "list", "--json"], "", &[0]),
        (&["ledger", "show", &token], "", &[0]),
        (&["ledger", "off"], "", &[0]),
        (&["ledger", "on"], "", &[0]),
        (&["grants"], "", &[0]),
        (&["man"], "", &[0]),
        (&["completions", "bash"], "", &[0]),
        (&["completions", "bash", "--names", "projects"], "", &[0]),
        (&["doctor", "--json"], "", &[0, 1, 2]),
        (&["--demo", "project", "list"], "", &[0]),
        // What is wrong with a command line is told without what is on it.
        (&["token", "create", "--zebra", &token], "", &[2]),
    ] {
        runs(&mut said, args, stdin, codes);
    }

    // The server.
    runs(&mut said, &["project", "check", "acme"], "", &[0, 1, 2]);
    runs(&mut said, &["token", "check", &token], "", &[0, 1, 2]);
    assert!(requests.try_iter().count() > 0, "nobody was asked");

    // A webhook, with a receiver that takes its time: meanwhile the program is looked at.
    let (port, _requests) = serve(Arc::new(|stream: &mut dyn Conversation, _: &str| {
        std::thread::sleep(Duration::from_millis(400));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }));
    let hook = format!("http://127.0.0.1:{port}/hook");
    let mut sender = command(&["webhook", "send", "--to", &hook]);
    let mut sender =
        sender.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while sender.try_wait().unwrap().is_none() {
        needles.are_not_shown(sender.id());
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = sender.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    said.0.push(("webhook send".into(), [output.stdout, output.stderr].concat()));
    // A webhook that is printed has its token in it; one that is verified shows none.
    let printed = said.payload(&home, &["webhook", "send", "--event", "room_started"]);
    tokens.push(token_in(&printed));
    runs(&mut said, &["webhook", "verify", "-"], &printed, &[0]);

    // The endpoint, one request, and the checklist of it.
    let (server, port, rest) = endpoint(&home);
    let answer = post(port, r#"{"room_name": "demo", "participant_identity": "bob"}"#);
    tokens.push(token_in(&answer));
    runs(&mut said, &["endpoint", "check", &format!("http://localhost:{port}")], "", &[0, 1]);
    needles.are_not_shown(server.0.id());
    drop(server);
    said.0.push(("serve".into(), rest.join().unwrap()));

    // A program that waits for its rows, and one that has become another.
    let mut waiting = command(&[&batch[..], &["--from", "-"]].concat());
    let mut waiting =
        Running(waiting.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    waiting.0.stdin.as_mut().unwrap().write_all(b"identity\ncarol\n").unwrap();
    let mut line = String::new();
    BufReader::new(waiting.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    tokens.push(token_in(&line));
    needles.are_not_shown(waiting.0.id());
    drop(waiting);
    let mut sleeper = command(&["run", "--", "sleep", "60"]);
    let sleeper = Running(sleeper.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let file = |name: &str| std::fs::read(format!("/proc/{}/{name}", sleeper.0.id())).unwrap_or_default();
    eventually("the command has taken over", || file("comm") == b"sleep\n");
    needles.are_not_in("the arguments of run's command", &file("cmdline"));
    drop(sleeper);
    runs(&mut said, &["run", "--", "true"], "", &[0]);

    // The screens: every tab, what there is to import, many tokens that nobody copies.
    let mut terminal = Terminal::asked(&home, &[]);
    terminal.wait_for("Compose");
    terminal.wait_for("vault");
    terminal.press("4");
    terminal.wait_for("Details");
    terminal.press("I");
    terminal.wait_for("Import projects");
    terminal.paste(&block);
    terminal.wait_for("Import from the pasted text");
    terminal.press("\x1b");
    terminal.wait("the plan is closed", |screen| !screen.contains("Import from"));
    terminal.press("3");
    terminal.wait_for(" in all ");
    terminal.press("1/room\r\rdemo\r");
    terminal.wait("the room is there", |screen| screen.contains("join \"demo\"") || screen.contains("demo"));
    terminal.press("N");
    terminal.wait_for("Many participants");
    terminal.press("\x13");
    terminal.wait_for("10 tokens for acme");
    terminal.press("\x1b");
    terminal.wait("the table is closed", |screen| !screen.contains("10 tokens for"));
    terminal.press("q");
    let raw = {
        terminal.ended();
        terminal.raw()
    };
    assert!(!String::from_utf8_lossy(&raw).contains("eyJ"), "a token is on the screen");
    said.0.push(("the screens".into(), raw));

    // A crash.
    let mut crash = again(TEST, "crash");
    crash.env("HOME", home.path()).env("FAKE_TOKEN", &token).env_remove("RUST_BACKTRACE");
    let output = crash.current_dir(home.path()).stdin(Stdio::null()).output().unwrap();
    let report = [output.stdout, output.stderr].concat();
    assert!(String::from_utf8_lossy(&report).contains("error: roomkey broke at"), "there was no crash");
    said.0.push(("a crash".into(), report));

    runs(&mut said, &["ledger", "purge", "--all", "--yes"], "", &[0, 2]);

    for token in &tokens {
        needles.add_token(token);
    }
    assert!(tokens.len() > 12 && said.0.len() > 80, "{} {}", tokens.len(), said.0.len());
    // Whoever looks for nothing finds nothing.
    assert!(needles.found_in(format!("x{SECRET}").as_bytes()).is_some());
    assert!(needles.found_in(STANDARD.encode(format!("ab{SECRET}c")).as_bytes()).is_some());
    assert!(needles.found_in(token.as_bytes()).is_some());
    for (what, bytes) in &said.0 {
        needles.are_not_in(what, bytes);
    }
    needles.are_in_no_file(home.path());
    // And where it was imported from it is only in the copy that was made on request.
    let text = std::fs::read_to_string(&lk).unwrap();
    assert!(!text.contains(SECRET) && text.contains("APIfakeLk"), "{text}");
}
