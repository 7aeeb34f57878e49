//! Completion of names, in the shells themselves.

use std::os::unix::fs::symlink;

use portable_pty::CommandBuilder;

use crate::support::have;
use crate::support::home::{CANARY, Home};
use crate::support::pty::Terminal;

/// With a project whose name has a space in it. What is in a vault is not known without its passphrase; the default is.
fn home() -> Home {
    let home = Home::with_vault();
    assert_eq!(home.add("my acme").code, 0);
    std::fs::create_dir(home.path().join("bin")).unwrap();
    symlink(env!("CARGO_BIN_EXE_roomkey"), home.path().join("bin/roomkey")).unwrap();
    home
}

/// A shell at its prompt, in which roomkey is to be completed.
fn shell(home: &Home, program: &str, args: &[&str], setup: &str) -> Terminal {
    let mut command = CommandBuilder::new(program);
    command.args(args);
    let path = format!("{}:{}", home.path().join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let variables =
        [("PATH", path.as_str()), ("PS1", "ready> "), ("ROOMKEY_STORE", "vault"), ("HISTFILE", "")];
    let mut terminal = Terminal::run(command, home.path(), &variables, (100, 24));
    terminal.press(&format!("{setup}; echo set\"\"up\r"));
    terminal.wait_for("\nsetup");
    terminal
}

/// Types the beginning of a line and Tab, and waits for what becomes of it.
#[track_caller]
fn completes(terminal: &mut Terminal, typed: &str, becomes: &str) {
    terminal.press(&format!("{typed}\t"));
    terminal.wait(becomes, |screen| screen.lines().any(|line| line.contains(becomes)));
    // Whatever is on the line goes.
    terminal.press("\x15");
}

#[test]
fn names_come_from_lists_that_need_no_secret() {
    let home = home();
    let names = |kind: &str| home.run(&["completions", "bash", "--names", kind]);
    assert_eq!((names("projects").code, names("projects").out.as_str()), (0, "local dev\nmy acme\n"));
    assert_eq!(names("stored").out, "my acme\n");
    // Neither the vault nor its passphrase is looked at.
    std::fs::remove_file(home.path().join("passphrase")).unwrap();
    let run = names("projects");
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "local dev\nmy acme\n", ""));
    assert_eq!(
        home.run(&["--demo", "completions", "fish", "--names", "stored"]).out,
        "acme-prod\nacme-staging\nhome lab\n"
    );
    // Presets: the user's own, and with those that are built in.
    assert_eq!(names("own-presets").out, "");
    assert_eq!(home.run(&["preset", "save", "caller", "--join", "--room", "demo"]).code, 0);
    assert_eq!(names("own-presets").out, "caller\n");
    let all = names("presets").out;
    assert!(all.starts_with("caller\n") && all.contains("\nviewer\n"), "{all}");
    // A keyring that nobody has is not asked either.
    let fresh = Home::new();
    let run = fresh.run(&["completions", "zsh", "--names", "stored"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
    assert!(home.files_with(CANARY).is_empty());
}

#[test]
fn bash_completes_names() {
    if !have(&["bash"], "completion of names in bash") {
        return;
    }
    let home = home();
    let script = home.write("completions.bash", home.run(&["completions", "bash"]).out);
    let setup = format!("PS1='ready> '; . {}", script.display());
    let mut terminal = shell(&home, "bash", &["--norc", "--noprofile", "-i"], &setup);
    completes(&mut terminal, "roomkey -p my", r"roomkey -p my\ acme");
    completes(&mut terminal, "roomkey token create --project lo", r"--project local\ dev");
    completes(&mut terminal, "roomkey --project=my", r"--project=my\ acme");
    completes(&mut terminal, "roomkey project remove m", r"project remove my\ acme");
    // All else is as the script has it.
    completes(&mut terminal, "roomkey project ren", "roomkey project rename");
    completes(&mut terminal, "roomkey token create --allow-upd", "--allow-update-metadata");
}

#[test]
fn zsh_completes_names() {
    if !have(&["zsh"], "completion of names in zsh") {
        return;
    }
    let home = home();
    std::fs::create_dir(home.path().join("functions")).unwrap();
    home.write("functions/_roomkey", home.run(&["completions", "zsh"]).out);
    let setup = "PS1='ready> '; fpath=($HOME/functions $fpath); autoload -U compinit; compinit -u -D";
    let mut terminal = shell(&home, "zsh", &["-f", "-i"], setup);
    completes(&mut terminal, "roomkey -p my", r"roomkey -p my\ acme");
    completes(&mut terminal, "roomkey token create --project lo", r"--project local\ dev");
    completes(&mut terminal, "roomkey --project=my", r"--project=my\ acme");
    completes(&mut terminal, "roomkey project remove m", r"project remove my\ acme");
    completes(&mut terminal, "roomkey project ren", "roomkey project rename");
    completes(&mut terminal, "roomkey token create --allow-upd", "--allow-update-metadata");
}

#[test]
fn fish_completes_names() {
    if !have(&["fish"], "completion of names in fish") {
        return;
    }
    let home = home();
    let script = home.write("roomkey.fish", home.run(&["completions", "fish"]).out);
    let setup = format!("source {}", script.display());
    let mut terminal = shell(&home, "fish", &["--no-config", "-i"], &setup);
    completes(&mut terminal, "roomkey -p my", r"roomkey -p my\ acme");
    completes(&mut terminal, "roomkey token create --project lo", r"--project local\ dev");
    completes(&mut terminal, "roomkey --project=my", r"--project=my\ acme");
    completes(&mut terminal, "roomkey project remove m", r"project remove my\ acme");
    completes(&mut terminal, "roomkey project ren", "roomkey project rename");
    completes(&mut terminal, "roomkey token create --allow-upd", "--allow-update-metadata");
}
