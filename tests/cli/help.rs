//! What the program says of itself.

use crate::support::home::Home;

/// Every command, as typed.
const COMMANDS: &[&str] = &[
    "",
    "token",
    "token create",
    "token batch",
    "token inspect",
    "token check",
    "token diff",
    "inspect",
    "project",
    "project add",
    "project list",
    "project show",
    "project edit",
    "project rename",
    "project remove",
    "project default",
    "project check",
    "project import",
    "preset",
    "preset list",
    "preset show",
    "preset save",
    "preset edit",
    "preset rename",
    "preset remove",
    "preset import",
    "preset export",
    "run",
    "env",
    "keygen",
    "grants",
    "explain",
    "store",
    "store status",
    "store migrate",
    "store unlock",
    "store passphrase",
    "ledger",
    "ledger list",
    "ledger show",
    "ledger purge",
    "ledger on",
    "ledger off",
    "serve",
    "endpoint",
    "endpoint check",
    "webhook",
    "webhook verify",
    "webhook send",
    "doctor",
    "completions",
    "man",
];

#[test]
fn every_command_teaches_itself() {
    let home = Home::new();
    for command in COMMANDS {
        let words: Vec<&str> = command.split_whitespace().collect();
        let run = home.run(&[&words[..], &["--help"]].concat());
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{command}");
        let name = if command.is_empty() { "roomkey".to_owned() } else { command.replace(' ', "-") };
        insta::assert_snapshot!(format!("help-{name}"), run.out.trim_end());
    }
}

#[test]
fn without_a_terminal_and_without_a_command_the_help_comes_with_exit_code_2() {
    let run = Home::new().run(&[]);
    assert_eq!((run.code, run.err.as_str()), (2, ""));
    assert!(run.out.starts_with("The key desk for LiveKit rooms"));
}

#[test]
fn the_version_is_the_packages() {
    let run = Home::new().run(&["--version"]);
    assert_eq!((run.code, run.out.trim_end()), (0, concat!("roomkey ", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn help_is_coloured_only_when_asked() {
    let home = Home::new();
    assert!(!home.run(&["grants", "--help"]).out.contains('\x1b'));
    assert!(home.run(&["--color", "always", "grants", "--help"]).out.contains('\x1b'));
    assert!(home.run(&["grants", "--color=always"]).out.contains('\x1b'));
}

#[test]
fn every_shell_gets_completions_and_the_shell_takes_them() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = home.run(&["completions", shell]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{shell}");
        assert!(run.out.contains("allow-update-metadata"), "{shell}");
        assert!(!run.out.contains("clip-hold"), "{shell} completes a hidden command");
    }
    if crate::support::have(&["bash"], "bash completions") {
        let script = home.write("completions.bash", home.run(&["completions", "bash"]).out);
        let checked = std::process::Command::new("bash").arg("-n").arg(script).status().unwrap();
        assert!(checked.success());
    }
    home.run(&["completions", "qqqq"]).failed(
        2,
        "invalid value 'qqqq' for '<SHELL>'",
        "possible values: bash",
    );
}

#[test]
fn the_manual_page_is_one_that_man_reads() {
    let home = Home::new();
    let run = home.run(&["man"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains(".TH roomkey 1"));
    if crate::support::have(&["groff"], "man page") {
        let page = home.write("roomkey.1", &run.out);
        let output = std::process::Command::new("groff")
            .args(["-K", "utf8", "-man", "-Tutf8", "-ww"])
            .arg(page)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}
