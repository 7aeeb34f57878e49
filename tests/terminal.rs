//! The screens with the real program in a real terminal: the whole main job, and every way out.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portable_pty::CommandBuilder;
use rustix::process::Signal;

use crate::support::displays::{Display, Tmux, XServer};
use crate::support::home::{CANARY, Home, payload};
use crate::support::process::{again, role};
use crate::support::pty::Terminal;
use crate::support::secret_service::{Desk, Start, run, with_bus};
use crate::support::{eventually, have};

mod ledger;
mod presets;
mod serve;

const SIZE: (u16, u16) = (120, 40);

/// A session bus that nobody listens to, so that no keyring of the machine is met.
const NO_BUS: (&str, &str) = ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");

fn start(home: &Home, variables: &[(&str, &str)], args: &[&str]) -> Terminal {
    let variables: Vec<_> = [NO_BUS].iter().chain(variables).copied().collect();
    Terminal::start(home.path(), &variables, args, SIZE)
}

/// From the welcome to a draft that can be signed.
fn fill(terminal: &mut Terminal) {
    terminal.wait_for("keys for LiveKit rooms");
    terminal.press("d");
    terminal.wait_for("needed");
    terminal.press("\ralice-7f3a\r");
    terminal.wait_for("\"sub\": \"alice-7f3a\"");
    terminal.press("j\rdemo-room\r");
    terminal.wait_for("join \"demo-room\" as alice-7f3a");
}

/// The texts that went to the terminal's clipboard by OSC 52.
fn osc52(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    text.split("\x1b]52;c;")
        .skip(1)
        .filter_map(|rest| rest.split(['\x1b', '\x07']).next())
        .filter_map(|base64| STANDARD.decode(base64).ok())
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .collect()
}

/// A token of the local dev project with what [`fill`] typed in it.
#[track_caller]
fn assert_token(token: &str) {
    let claims = payload(token);
    assert_eq!((&claims["iss"], &claims["sub"]), (&"devkey".into(), &"alice-7f3a".into()));
    assert_eq!(claims["video"], serde_json::json!({"roomJoin": true, "room": "demo-room"}));
}

#[test]
fn an_empty_machine_gives_a_token_through_the_terminal() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &[]);
    terminal.wait_for("keyring");
    terminal.wait_for("encrypted file");
    fill(&mut terminal);
    terminal.press("y");
    terminal.wait_for("sent to your terminal");
    let sent = osc52(&terminal.raw());
    assert_eq!(sent.len(), 1);
    assert_token(&sent[0]);
    assert!(terminal.is_taken());
    terminal.press("q");
    let (status, took) = terminal.ended();
    assert!(status.success() && took < Duration::from_secs(1), "{status:?} after {took:?}");
    assert!(!terminal.is_taken());
    // What was issued is known, and nothing else is left behind.
    let mut left = files(&home.path().join("state/roomkey"));
    left.sort();
    let names: Vec<_> = left.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, [".ledger.jsonl.lock", "ledger.jsonl"]);
    assert_eq!(files(home.path()).len(), 2);
    assert_eq!(home.files_with(&sent[0]), Vec::<PathBuf>::new());
}

#[test]
fn the_token_outlives_the_program_on_x11_and_is_gone_in_time() {
    if !have(XServer::NEEDS, "the_token_outlives_the_program_on_x11_and_is_gone_in_time") {
        return;
    }
    let server = XServer::start();
    let home = Home::new();
    std::fs::create_dir_all(home.path().join("config/roomkey")).unwrap();
    let settings = home.path().join("config/roomkey/settings.toml");
    std::fs::write(settings, "clear_token_seconds = 3\n").unwrap();
    let display = server.environment().display.unwrap().into_string().unwrap();
    let mut terminal = start(&home, &[("DISPLAY", &display)], &[]);
    fill(&mut terminal);
    terminal.press("y");
    terminal.wait_for("copied (X11, checked)");
    terminal.press("q");
    assert!(terminal.ended().0.success());
    drop(terminal);
    assert_token(server.paste().unwrap().trim());
    eventually("the token is gone", || server.paste().is_none_or(|text| text.is_empty()));
}

#[test]
fn over_ssh_in_tmux_the_token_is_in_tmuxs_buffer() {
    if !have(Tmux::NEEDS, "over_ssh_in_tmux_the_token_is_in_tmuxs_buffer") {
        return;
    }
    let tmux = Tmux::start();
    let home = Home::new();
    let variable = tmux.variable().into_string().unwrap();
    let remote = [("TMUX", variable.as_str()), ("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")];
    let mut terminal = start(&home, &remote, &[]);
    fill(&mut terminal);
    terminal.press("y");
    terminal.wait_for("tmux");
    eventually("the buffer", || tmux.buffer("roomkey").is_some());
    assert_token(tmux.buffer("roomkey").unwrap().trim());
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The program on the bus of this process.
fn on_bus(desk: &Desk, args: &[&str]) -> Terminal {
    let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap();
    Terminal::start(desk.home(), &[("DBUS_SESSION_BUS_ADDRESS", &bus)], args, SIZE)
}

fn paste_block(terminal: &mut Terminal) {
    terminal.paste(&format!(
        "LIVEKIT_URL=https://acme.livekit.cloud\nLIVEKIT_API_KEY=APIfakeAcme\nLIVEKIT_API_SECRET=\"{CANARY}\"\n"
    ));
    terminal.wait_for("took quotes around it off the API secret");
}

#[test]
fn a_project_lives_in_the_keyring_and_its_secret_nowhere_else() {
    with_bus(Start::Unlocked, |desk| {
        let mut terminal = on_bus(desk, &[]);
        terminal.wait_for("Your keyring: ");
        paste_block(&mut terminal);
        terminal.press("\x13");
        terminal.wait_for("saved acme");
        let found = run("secret-tool", &["search", "--all", "service", "roomkey"]);
        assert!(found.contains("roomkey: acme") && found.contains(CANARY), "{found}");
        let pid = terminal.pid().as_raw_nonzero();
        for what in ["cmdline", "environ"] {
            let bytes = std::fs::read(format!("/proc/{pid}/{what}")).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&bytes).contains(CANARY), "{what}");
        }
        assert!(!String::from_utf8_lossy(&terminal.raw()).contains(CANARY));
        terminal.press("q");
        assert!(terminal.ended().0.success());
        let own = ["config", "data", "state", "cache"].map(|name| desk.home().join(name));
        let leaks: Vec<_> = own
            .iter()
            .filter(|folder| folder.exists())
            .flat_map(|folder| crate::support::process::files_with(folder, CANARY))
            .collect();
        assert_eq!(leaks, Vec::<PathBuf>::new());

        // It is there after a new start, and signs.
        let mut terminal = on_bus(desk, &[]);
        terminal.wait_for("acme · keyring");
        terminal.press("\ralice-7f3a\rj\rdemo-room\r");
        terminal.wait_for("join \"demo-room\"");
        terminal.press("y");
        terminal.wait_for("sent to your terminal");
        assert_eq!(payload(&osc52(&terminal.raw())[0])["iss"], "APIfakeAcme");
    });
}

#[test]
fn a_keyring_that_hangs_stops_neither_typing_nor_leaving() {
    with_bus(Start::Unlocked, |desk| {
        let mut terminal = on_bus(desk, &[]);
        terminal.wait_for("Your keyring: ");
        paste_block(&mut terminal);
        terminal.press("\x13");
        terminal.wait_for("saved acme");
        desk.signal_keyring(Signal::STOP);
        terminal.press("\ralice-7f3a\rj\rdemo-room\r");
        terminal.wait_for("join \"demo-room\"");
        terminal.press("y");
        terminal.wait_for("waiting for the keyring");
        terminal.press("/name\r\rAlice\r");
        terminal.wait_for("\"name\": \"Alice\"");
        terminal.press("\x1b");
        terminal.wait_for("cancelled");
        terminal.press("y");
        terminal.wait_for("waiting for the keyring");
        terminal.press("q");
        let (status, took) = terminal.ended();
        desk.signal_keyring(Signal::CONT);
        assert!(status.success() && took < Duration::from_secs(1), "{status:?} after {took:?}");
    });
}

#[test]
fn a_keyring_that_is_locked_or_gone_is_named_and_others_are_offered() {
    with_bus(Start::Unlocked, |desk| {
        let mut terminal = on_bus(desk, &[]);
        terminal.wait_for("Your keyring: ");
        paste_block(&mut terminal);
        terminal.press("\x13");
        terminal.wait_for("saved acme");
        terminal.press("\ralice-7f3a\rj\rdemo-room\r");
        terminal.wait_for("join \"demo-room\"");
        desk.lock_keyring();
        terminal.press("y");
        terminal.wait_for("No keyring");
        terminal.wait_for("locked");
        terminal.wait_for("encrypted file");
        terminal.press("\x1b");
        terminal.wait("the question is gone", |screen| !screen.contains("No keyring"));
        desk.signal_keyring(Signal::KILL);
        terminal.press("y");
        terminal.wait_for("org.freedesktop.secrets");
        terminal.press("m");
        terminal.wait_for("local dev");
        terminal.press("q");
        let (status, took) = terminal.ended();
        assert!(status.success() && took < Duration::from_secs(1), "{status:?} after {took:?}");
    });
}

#[test]
fn a_vault_is_made_by_the_first_save_and_asked_for_once_a_start() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &[]);
    terminal.wait_for("encrypted file");
    terminal.press("v");
    terminal.wait_for("kept in your vault");
    paste_block(&mut terminal);
    terminal.press("\x13");
    terminal.wait_for("A passphrase for the new vault");
    terminal.press("fake-pass\rfake-pass\r");
    terminal.wait_for("saved acme");
    terminal.press("q");
    assert!(terminal.ended().0.success());
    assert_eq!(home.files_with(CANARY), Vec::<PathBuf>::new());

    let mut terminal = start(&home, &[], &[]);
    terminal.wait_for("The vault's passphrase");
    terminal.press("wrong\r");
    terminal.wait("another try", |screen| screen.contains("passphrase") && screen.contains("wrong"));
    terminal.press("fake-pass\r");
    terminal.wait_for("acme · vault");
    terminal.press("4");
    terminal.wait_for("in the vault");
    terminal.press("q");
    assert!(terminal.ended().0.success());

    let passphrase = home.write("passphrase", "fake-pass\n");
    let home = home.set("ROOMKEY_VAULT_PASSPHRASE_FILE", passphrase);
    assert_eq!(payload(&home.token(&["-p", "acme", "--list"]))["iss"], "APIfakeAcme");
}

#[test]
fn every_signal_gives_the_terminal_back_and_is_what_it_dies_of() {
    for (signal, name) in [(Signal::TERM, "Terminated"), (Signal::HUP, "Hangup"), (Signal::INT, "Interrupt")]
    {
        let home = Home::new();
        let mut terminal = start(&home, &[], &["--demo"]);
        terminal.wait_for("acme-staging");
        terminal.signal(signal);
        let (status, took) = terminal.ended();
        assert_eq!(status.signal(), Some(name));
        assert!(took < Duration::from_secs(1), "{took:?}");
        assert!(!terminal.is_taken(), "{name}");
    }
    let home = Home::new();
    let mut terminal = start(&home, &[], &["--demo"]);
    terminal.wait_for("acme-staging");
    terminal.press("\x03");
    assert!(terminal.ended().0.success());
    assert!(!terminal.is_taken());
}

#[test]
fn it_stops_and_comes_back_under_a_shell() {
    if !have(&["bash"], "it_stops_and_comes_back_under_a_shell") {
        return;
    }
    let home = Home::new();
    let mut bash = CommandBuilder::new("bash");
    bash.args(["--norc", "-i"]);
    let mut terminal = Terminal::run(bash, home.path(), &[NO_BUS, ("PS1", "ready> ")], SIZE);
    terminal.wait_for("ready>");
    // Readline takes bracketed paste for itself.
    terminal.press("bind 'set enable-bracketed-paste off'\r");
    terminal.press("stty -g > before\r");
    terminal.press(&format!("{} --demo\r", env!("CARGO_BIN_EXE_roomkey")));
    terminal.wait_for("This token can");
    terminal.press("\x1a");
    terminal.wait_for("Stopped");
    assert!(!terminal.is_taken());
    terminal.press("stty -g > stopped; echo wri''tten\r");
    terminal.wait_for("written");
    terminal.press("fg\r");
    terminal.wait_for("This token can");
    terminal.wait("a full redraw", |screen| screen.contains("Problems") && !screen.contains("written"));
    assert!(terminal.is_taken());
    // Stopped without a word, and continued by the shell.
    let pid = run("pgrep", &["-P", &terminal.pid().as_raw_nonzero().to_string()]);
    run("kill", &["-STOP", pid.trim()]);
    terminal.wait_for("Stopped");
    terminal.press("echo wri''tten again; fg\r");
    terminal.wait("a full redraw", |screen| screen.contains("Problems") && !screen.contains("written"));
    terminal.press("?");
    terminal.wait_for("start from a preset");
    terminal.press("\x1b");
    terminal.wait("no help", |screen| !screen.contains("start from a preset"));
    terminal.press("q");
    terminal.wait_for("ready>");
    terminal.press("stty -g > after; echo do''ne\r");
    terminal.wait_for("done");
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    assert_eq!((read("before"), read("before")), (read("stopped"), read("after")));
}

#[test]
fn a_stop_that_cannot_be_caught_is_drawn_over_afterwards() {
    let home = Home::new();
    let terminal = start(&home, &[], &["--demo"]);
    // The store has answered, so whoever waits for signals is up.
    terminal.wait_for("acme-staging · demo");
    terminal.signal(Signal::STOP);
    std::thread::sleep(Duration::from_millis(100));
    let before = terminal.raw().len();
    terminal.signal(Signal::CONT);
    eventually("everything drawn anew", || {
        String::from_utf8_lossy(&terminal.raw()[before..]).contains("This token can")
    });
}

#[test]
fn any_size_at_any_time() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &["--demo"]);
    terminal.wait_for("This token can");
    for (size, seen) in
        [((80, 24), "Can"), ((39, 11), "enlarge"), ((40, 12), "Token"), ((200, 60), "This token can")]
    {
        terminal.resize(size);
        terminal.press("jk");
        terminal.wait_for(seen);
    }
    for step in 0_u16..60 {
        terminal.resize((30 + step * 3, 8 + step));
        terminal.press(if step % 2 == 0 { "j" } else { "\t" });
    }
    terminal.resize(SIZE);
    terminal.press("1");
    terminal.wait_for("This token can");
}

#[test]
fn garbage_breaks_nothing() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &["--demo"]);
    terminal.wait_for("This token can");
    let garbage: Vec<u8> =
        (0..4_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0] | 0x80).collect();
    terminal.press_bytes(&garbage);
    terminal.press_bytes(b"\x1b[999;999H\x1b]0;title\x07\x1bP\x1b\\\x1b[<0;1;1M\x00\x1b\x1b\x1b");
    std::thread::sleep(Duration::from_millis(100));
    terminal.press("\x1b\x1b\x1b\x1b");
    std::thread::sleep(Duration::from_millis(300));
    terminal.press("1");
    terminal.wait_for("This token can");
    terminal.press("/identity\r\r");
    terminal.paste(&"é🎥\n".repeat(40_000));
    terminal.wait_for("line breaks");
    terminal.press("\x1b");
    terminal.press("\x03");
    let (status, _) = terminal.ended();
    assert!(status.success(), "{status:?}");
}

#[test]
fn the_demo_writes_nothing() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &["--demo"]);
    terminal.wait_for("acme-staging · demo");
    terminal.press("\ralice\rj\rdemo\ry");
    terminal.wait_for("demo: within roomkey only");
    terminal.press("4a");
    terminal.wait_for("Add a project");
    terminal.press("mine\twss://mine.example\tAPIfake\tfake-secret-0123456789-0123456789-abc\r");
    terminal.wait_for("saved mine");
    terminal.press("q");
    assert!(terminal.ended().0.success());
    assert_eq!(files(home.path()), Vec::<PathBuf>::new());
}

#[test]
fn idle_means_idle() {
    let home = Home::new();
    let terminal = start(&home, &[], &["--demo"]);
    terminal.wait_for("acme-staging · demo");
    let pid = terminal.pid().as_raw_nonzero();
    // How often any of its threads has gone to sleep, and so been woken.
    let sleeps = || -> u64 {
        let of = |thread: std::io::Result<std::fs::DirEntry>| -> u64 {
            let status = std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            line.unwrap().trim().parse().unwrap()
        };
        std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().map(of).sum()
    };
    let ticks = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<u64> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .filter_map(|field| field.parse().ok())
            .collect();
        // utime and stime are the 14th and 15th fields; the state, a letter, does not parse.
        fields[10] + fields[11]
    };
    std::thread::sleep(Duration::from_millis(500));
    let (slept, worked, written) = (sleeps(), ticks(), terminal.raw().len());
    std::thread::sleep(Duration::from_secs(3));
    // Nothing wakes it but the clock's seconds, three or four. What a frame costs is measured in bench/start.py: here
    // it is only that nothing goes round and round, which would take 300 ticks.
    assert!(sleeps() - slept <= 8, "woken {} times in 3 s", sleeps() - slept);
    assert!(ticks() - worked <= 30, "{} ticks in 3 s", ticks() - worked);
    let written = terminal.raw().len() - written;
    // The clock's seconds and the three times of the claims, three or four times.
    assert!(written > 0 && written < 4_000, "{written} bytes in 3 s");
}

#[test]
fn a_project_named_on_the_command_line_is_the_one_to_begin_with() {
    let home = Home::with_vault();
    for name in ["acme", "other"] {
        assert_eq!(home.add(name).code, 0);
    }
    let passphrase = home.path().join("passphrase");
    let vault = [("ROOMKEY_STORE", "vault"), ("ROOMKEY_VAULT_PASSPHRASE_FILE", passphrase.to_str().unwrap())];
    let terminal = start(&home, &vault, &["-p", "other"]);
    terminal.wait_for("other · vault");
    let terminal = start(&home, &vault, &[]);
    terminal.wait_for("acme · vault");
    let terminal = start(&home, &vault, &["-p", "nobody"]);
    terminal.wait_for("there is no project nobody");
}

#[test]
fn killed_while_saving_the_list_is_the_old_or_the_new_one() {
    let home = Home::with_vault();
    assert_eq!(home.add("first").code, 0);
    let passphrase = home.path().join("passphrase");
    let vault = [("ROOMKEY_STORE", "vault"), ("ROOMKEY_VAULT_PASSPHRASE_FILE", passphrase.to_str().unwrap())];
    for round in 0..6_u32 {
        let mut terminal = start(&home, &vault, &[]);
        terminal.wait_for("first · vault");
        terminal.press(&format!("4aproject-{round}\twss://x.example\tAPIfake\t{CANARY}"));
        terminal.wait_for(&format!("project-{round}"));
        terminal.press("\r");
        let deadline = Instant::now() + Duration::from_millis(u64::from(round) * 120);
        while Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        terminal.signal(Signal::KILL);
        terminal.ended();
        let listed = home.run(&["project", "list", "--json"]);
        assert_eq!(listed.code, 0, "{}", listed.err);
        assert!(listed.out.contains("\"first\""), "round {round}: {}", listed.out);
    }
}

#[test]
fn a_signal_that_comes_at_once_gives_the_terminal_back_too() {
    for _ in 0..5 {
        let home = Home::new();
        let mut terminal = start(&home, &[], &["--demo"]);
        eventually("the terminal is taken", || terminal.is_taken());
        terminal.signal(Signal::TERM);
        let (status, _) = terminal.ended();
        assert_eq!(status.signal(), Some("Terminated"));
        assert!(!terminal.is_taken());
    }
}

#[test]
fn without_a_shell_ctrl_z_says_so_and_stops_nothing() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &["--demo"]);
    terminal.wait_for("acme-staging · demo");
    terminal.press("\x1a");
    terminal.wait_for("no shell to come back from");
    terminal.press("q");
    assert!(terminal.ended().0.success());
}

#[test]
fn a_terminal_that_is_closed_ends_it_as_a_hangup() {
    if !have(Tmux::NEEDS, "a_terminal_that_is_closed_ends_it_as_a_hangup") {
        return;
    }
    let home = Home::new();
    let tmux = Tmux::start();
    let code = home.path().join("code");
    // The shell outlives the terminal, to tell how roomkey ended.
    let script = format!(
        "trap '' HUP; HOME={} {} --demo; echo $? > {}",
        home.path().display(),
        env!("CARGO_BIN_EXE_roomkey"),
        code.display()
    );
    tmux.run(&["new-session", "-d", "-s", "closed", "-x", "80", "-y", "24", "bash", "-c", &script]).unwrap();
    eventually("the screen", || {
        tmux.run(&["capture-pane", "-p", "-t", "closed"])
            .is_some_and(|screen| screen.contains("acme-staging"))
    });
    tmux.kill();
    eventually("its end", || std::fs::read_to_string(&code).is_ok_and(|code| !code.trim().is_empty()));
    assert_eq!(std::fs::read_to_string(&code).unwrap().trim(), "129");
}

#[test]
fn a_panic_of_any_thread_gives_the_terminal_back_and_hides_what_looks_like_a_token() {
    const TEST: &str =
        "terminal::a_panic_of_any_thread_gives_the_terminal_back_and_hides_what_looks_like_a_token";
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJmYWtlIn0.ZmFrZS1zaWduYXR1cmU";
    if role().is_some() {
        // As the program does it, in the same order.
        roomkey::hardening::redact_panics();
        roomkey::tui::terminal::restore_on_panic();
        let mut screen = roomkey::tui::terminal::Screen::enter().unwrap();
        screen.draw(|frame| frame.render_widget("taken", frame.area())).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        let _ = std::thread::spawn(|| panic!("a worker broke over {TOKEN}")).join();
        std::process::exit(0);
    }
    let home = Home::new();
    let again = again(TEST, "panicking");
    let mut command = CommandBuilder::new(again.get_program());
    command.args(again.get_args());
    let variables: Vec<(String, String)> = again
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value?.to_str()?.to_owned())))
        .collect();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut terminal = Terminal::run(command, home.path(), &variables, SIZE);
    eventually("the terminal is taken", || terminal.is_taken());
    let (status, _) = terminal.ended();
    assert_eq!(status.exit_code(), 101);
    assert!(!terminal.is_taken());
    let screen = terminal.screen();
    assert!(screen.contains("a worker broke over"), "{screen}");
    assert!(!String::from_utf8_lossy(&terminal.raw()).contains("ZmFrZS1zaWduYXR1cmU"));
}
