//! `roomkey run` and `.roomkey`: other programs with the credentials, and nobody else.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use portable_pty::CommandBuilder;

use crate::support::home::{CANARY, Home, finish};
use crate::support::pty::Terminal;
use crate::support::{eventually, have, holds};

/// Long enough for every SDK, and no canary: the programs that are run here print it.
const SECRET: &str = "fake-run-secret-0123456789-0123456789-abcd";

fn home_with(names: &[&str]) -> Home {
    let home = Home::with_vault();
    for name in names {
        let (url, key) = (format!("wss://{name}.example"), format!("API{name}"));
        let args = ["project", "add", name, "--url", &url, "--api-key", &key, "--api-secret-stdin"];
        assert_eq!(home.run_with(&args, SECRET).code, 0);
    }
    home
}

const TRIPLE: &str = "echo $LIVEKIT_URL $LIVEKIT_API_KEY $LIVEKIT_API_SECRET";

#[test]
fn the_command_gets_the_three_variables_and_its_exit_code_is_passed_on() {
    let home = home_with(&["acme"]);
    let script = format!("{TRIPLE}; exit 7");
    let run = home.run(&["run", "-p", "acme", "--", "sh", "-c", &script]);
    assert_eq!((run.code, run.out.as_str()), (7, format!("wss://acme.example APIacme {SECRET}\n").as_str()));
    assert_eq!(run.err, "using acme (vault)\n");
    // Without the two dashes too, and quietly; the rest of the environment is as it was.
    let home = home.set("MINE", "kept");
    let run =
        home.run(&["-q", "run", "sh", "-c", "echo $MINE $LIVEKIT_API_KEY -q \"$@\"", "sh", "-p", "--json"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "kept APIacme -q -p --json\n", ""));
}

#[test]
fn the_chosen_project_counts_over_what_is_exported() {
    let home = home_with(&["acme"]).with_triple();
    let run = home.run(&["run", "-p", "acme", "--", "sh", "-c", TRIPLE]);
    assert_eq!(run.out, format!("wss://acme.example APIacme {SECRET}\n"));
    let run = home.run(&["run", "--dev", "--", "sh", "-c", TRIPLE]);
    assert_eq!(run.out, "ws://localhost:7880 devkey secret\n");
    let file = home.write(
        "fake.env",
        format!("LIVEKIT_URL=wss://f.example\nLIVEKIT_API_KEY=APIf\nLIVEKIT_API_SECRET={SECRET}\n"),
    );
    let mut command = home.command();
    for name in ["LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"] {
        command.env_remove(name);
    }
    command.args(["--env-file", file.to_str().unwrap(), "run", "--", "sh", "-c", TRIPLE]);
    assert_eq!(finish(command, b"").out, format!("wss://f.example APIf {SECRET}\n"));
}

#[test]
fn standard_input_and_output_are_the_commands() {
    let home = home_with(&["acme"]);
    let run = home.run_with(&["run", "--", "tr", "a-z", "A-Z"], "through\n");
    assert_eq!((run.code, run.out.as_str()), (0, "THROUGH\n"));
}

#[test]
fn what_cannot_be_run_is_told_as_a_shell_does() {
    let home = home_with(&["acme"]);
    home.run(&["run", "--", "no-such-command"]).failed(127, "there is no command no-such-command", "PATH");
    home.run(&["run", "--", "./no/such"]).failed(127, "there is no command ./no/such", "PATH");
    let file = home.write("plain", "#!/bin/sh\necho ran\n");
    home.run(&["run", "--", "./plain"]).failed(
        126,
        "./plain cannot be executed: permission denied",
        "chmod +x",
    );
    home.run(&["run", "--", "/"]).failed(126, "/ cannot be executed", "permissions");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(home.run(&["run", "--", "./plain"]).out, "ran\n");
    home.run(&["run"]).failed(2, "the following required arguments were not provided: <COMMAND>", "usage");
    home.run(&["run", "-p", "acmee", "--", "true"]).failed(2, "there is no project acmee", "acme");
    // A slip in an option is not taken for the command.
    home.run(&["run", "--porject", "acme", "--", "true"]).failed(
        2,
        "unexpected argument '--porject'",
        "--project",
    );
}

#[test]
fn a_signal_that_ends_the_command_ends_the_run_with_it() {
    let home = home_with(&["acme"]);
    let mut command = home.command();
    command.args(["run", "--", "sh", "-c", "kill -TERM $$"]);
    let status = command.stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.signal(), Some(15));
}

#[test]
fn limits_and_signals_are_as_without_it() {
    let home = home_with(&["acme"]);
    let script = "ulimit -c; ulimit -Hc; exec grep -E '^Sig(Blk|Ign)' /proc/self/status";
    let mut direct = std::process::Command::new("sh");
    direct.args(["-c", script]);
    let direct = finish(direct, b"").out;
    assert_eq!(home.run(&["run", "--", "sh", "-c", script]).out, direct);
}

/// What Linux shows of a process.
fn proc_file(pid: u32, file: &str) -> Option<String> {
    let bytes = std::fs::read(format!("/proc/{pid}/{file}")).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn until_the_command_takes_over_the_secret_is_in_no_environment_and_never_among_the_arguments() {
    let home = home_with(&["acme"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let pipe = elsewhere.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
    let mut command = home.command();
    command.env("ROOMKEY_VAULT_PASSPHRASE_FILE", &pipe);
    command.args(["run", "--", "sleep", "60"]).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let pid = child.id();
    let name = || proc_file(pid, "comm").unwrap_or_default();
    eventually("roomkey waits for the passphrase", || name() == "roomkey\n");
    // It waits at the pipe. Only root may look into a program that is not dumpable.
    let environ = || proc_file(pid, "environ");
    if holds(environ().is_some(), "root, to read /proc/PID/environ", "run: environ before exec") {
        // The system hangs it in a moment after the name.
        eventually("its environment", || environ().is_some_and(|all| all.contains("ROOMKEY_STORE=vault")));
        let environ = environ().unwrap();
        assert!(!environ.contains("LIVEKIT_API_SECRET") && !environ.contains(SECRET), "{environ}");
    }
    std::fs::OpenOptions::new().write(true).open(&pipe).unwrap().write_all(b"fake-passphrase\n").unwrap();
    let mut seen = Vec::new();
    eventually("the command runs", || {
        seen.push(proc_file(pid, "cmdline").unwrap_or_default());
        // Whatever roomkey's own environment is while it works.
        if name() == "roomkey\n" {
            let environ = proc_file(pid, "environ").unwrap_or_default();
            assert!(name() != "roomkey\n" || !environ.contains(SECRET));
        }
        name() == "sleep\n"
    });
    let given = format!("LIVEKIT_API_SECRET={SECRET}\0");
    eventually("it has the secret", || proc_file(pid, "environ").is_some_and(|all| all.contains(&given)));
    assert!(seen.iter().all(|arguments| !arguments.contains(SECRET)), "{seen:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(home.files_with(SECRET), Vec::<PathBuf>::new());
}

#[test]
fn ctrl_c_job_control_and_the_terminal_are_the_commands() {
    if !have(&["bash"], "run: job control") {
        return;
    }
    let home = home_with(&["acme"]);
    let passphrase = home.path().join("passphrase");
    let mut shell = CommandBuilder::new("bash");
    shell.args(["--norc", "--noprofile", "-i"]);
    let variables = [
        ("ROOMKEY_STORE", "vault"),
        ("ROOMKEY_VAULT_PASSPHRASE_FILE", passphrase.to_str().unwrap()),
        ("PS1", "ready> "),
        ("RK", env!("CARGO_BIN_EXE_roomkey")),
        ("HISTFILE", ""),
    ];
    let mut terminal = Terminal::run(shell, home.path(), &variables, (120, 40));
    terminal.wait_for("ready> ");
    terminal.press("$RK -q run -- sh -c 'test -t 0 && test -t 1 && echo ter\"\"minal; exec sleep 60'\r");
    terminal.wait_for("\nterminal");
    terminal.press("\x1a");
    terminal.wait_for("Stopped");
    terminal.press("fg\r");
    terminal.wait("it goes on", |screen| screen.matches("sleep 60").count() >= 3);
    std::thread::sleep(std::time::Duration::from_millis(300));
    terminal.press("\x03");
    terminal.wait("it has ended", |screen| screen.trim_end().ends_with("ready>") && screen.contains("^C"));
    terminal.press("echo code $?\r");
    terminal.wait_for("code 130");
    terminal.press("exit\r");
    terminal.ended();
}

#[test]
fn a_real_sdk_reads_the_three_variables() {
    let sdk = std::env::var_os("LIVEKIT_NODE_DIR").map(PathBuf::from);
    let sdk = sdk.filter(|folder| folder.join("node_modules/livekit-server-sdk").is_dir());
    if !holds(sdk.is_some(), "livekit-server-sdk in LIVEKIT_NODE_DIR", "run: the Node SDK") {
        return;
    }
    let home = home_with(&["acme"]);
    let script = "import('livekit-server-sdk').then(async ({ AccessToken, RoomServiceClient }) => {
        const token = new AccessToken(undefined, undefined, { identity: 'alice' });
        token.addGrant({ roomJoin: true, room: 'demo' });
        new RoomServiceClient(process.env.LIVEKIT_URL);
        console.log(await token.toJwt());
    })";
    let mut command = home.command();
    command.current_dir(sdk.unwrap()).args(["-p", "acme", "run", "--", "node", "-e", script]);
    let run = finish(command, b"");
    assert_eq!(run.code, 0, "{}", run.err);
    let verdict = home.run_with(&["inspect", "--json", "-"], run.out);
    assert_eq!((verdict.code, &verdict.json()["project"]), (0, &"acme".into()), "{}", verdict.err);
}

/// Runs in a folder of the home.
fn run_in(home: &Home, folder: &Path, args: &[&str]) -> crate::support::home::Run {
    let mut command = home.command();
    command.current_dir(folder).args(args);
    finish(command, b"")
}

#[test]
fn a_pin_names_the_project_of_a_folder_and_all_below_for_every_command() {
    let home = home_with(&["acme", "beta"]);
    let below = home.path().join("app/src");
    std::fs::create_dir_all(&below).unwrap();
    let pin = home.write("app/.roomkey", "beta\n");
    let issuer = |args: &[&str]| {
        let run = run_in(&home, &below, &[&["token", "create", "--list", "--token-only"], args].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        (crate::support::home::payload(run.out.trim_end())["iss"].as_str().unwrap().to_owned(), run.err)
    };
    let (key, told) = issuer(&[]);
    assert_eq!(key, "APIbeta");
    assert!(told.contains(&format!("using beta (vault), as {} says", pin.display())), "{told}");
    assert_eq!(issuer(&["-p", "acme"]).0, "APIacme");
    assert_eq!(run_in(&home, &below, &["run", "--", "sh", "-c", "echo $LIVEKIT_API_KEY"]).out, "APIbeta\n");
    assert_eq!(run_in(&home, &below, &["project", "show", "--json"]).json()["name"], "beta");
    assert_eq!(run_in(&home, home.path(), &["project", "show", "--json"]).json()["name"], "acme");
    // The environment and --env-file go before it.
    let home = home.with_triple();
    let run = run_in(&home, &below, &["token", "create", "--list", "--token-only"]);
    assert_eq!(crate::support::home::payload(run.out.trim_end())["iss"], "APIenv");
}

#[test]
fn a_pin_that_is_wrong_is_an_error_with_a_cure() {
    let home = home_with(&["acme"]);
    home.write(".roomkey", "zebra\n");
    let create = ["token", "create", "--list"];
    home.run(&create).failed(2, "there is no project zebra, which ", "roomkey project add 'zebra'");
    home.write(".roomkey", "acme\nbeta\n");
    home.run(&create).failed(2, "", ".roomkey must hold one line");
    home.write(".roomkey", format!("LIVEKIT_API_SECRET={CANARY}\n"));
    home.run(&create).failed(2, "", "keys and secrets belong in the store");
    home.run(&["project", "show"]).failed(2, "", "keys and secrets belong in the store");
    assert_eq!(home.run(&[&create[..], &["-p", "acme"]].concat()).code, 0);
    home.write(".roomkey", "local dev");
    assert_eq!(crate::support::home::payload(&home.token(&["--list"]))["iss"], "devkey");
}

#[test]
fn the_screens_begin_with_the_pinned_project() {
    let home = home_with(&["acme", "beta"]);
    home.write(".roomkey", "beta\n");
    let passphrase = home.path().join("passphrase");
    let variables =
        [("ROOMKEY_STORE", "vault"), ("ROOMKEY_VAULT_PASSPHRASE_FILE", passphrase.to_str().unwrap())];
    let terminal = Terminal::start(home.path(), &variables, &[], (100, 30));
    terminal.wait("beta in the first line", |screen| {
        screen.lines().next().is_some_and(|line| line.contains("beta"))
    });
}
