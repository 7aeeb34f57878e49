//! `roomkey env` and `roomkey keygen`: the commands that print a secret, and when they do not.

use std::process::Command;

use serde_json::Value;

use crate::support::home::{Home, finish, payload};
use crate::support::pty::Terminal;

/// No canary: it is to be printed.
const SECRET: &str = "fake-env-secret-0123456789-0123456789-abcd";

fn home() -> Home {
    let home = Home::with_vault();
    let args = ["project", "add", "acme", "--url", "a.example", "--api-key", "APIacme", "--api-secret-stdin"];
    assert_eq!(home.run_with(&args, SECRET).code, 0);
    home
}

#[test]
fn without_a_yes_nothing_is_printed_and_nobody_is_asked_without_a_terminal() {
    let home = home();
    home.run(&["env"]).failed(
        2,
        "printing a secret needs a yes, and there is no terminal to ask on",
        "--yes",
    );
    let run = home.run(&["env", "--yes", "--json"]);
    assert_eq!((run.code, &run.json()["LIVEKIT_API_SECRET"]), (0, &SECRET.into()), "{}", run.err);
    assert_eq!(run.err, "using acme (vault)\n");
}

#[test]
fn on_a_terminal_it_asks_and_only_a_yes_prints() {
    let home = home();
    let question = "Print the API secret of acme here, in the clear? [y/N] ";
    for (answer, code, printed) in [("", 1, false), ("n", 1, false), ("y", 0, true)] {
        let mut terminal = Terminal::asked(&home, &["env", "-p", "acme"]);
        terminal.answer(question, answer);
        let (ended, shown) = terminal.end();
        assert_eq!((ended, shown.contains(SECRET)), (code, printed), "{answer:?}: {shown}");
    }
}

#[test]
fn redacted_it_shows_all_but_the_secret_to_anybody_without_asking() {
    let home = home().set("CLAUDECODE", "1");
    let run = home.run(&["env", "--redacted"]);
    let lines = "LIVEKIT_URL=wss://a.example\nLIVEKIT_API_KEY=APIacme\nLIVEKIT_API_SECRET='(hidden)'\n";
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, lines, "using acme (vault)\n"));
    for format in ["dotenv", "export", "json", "docker", "keys"] {
        let run = home.run(&["env", "--redacted", "--format", format]);
        assert!(run.code == 0 && run.out.contains("(hidden)"), "{format}: {run:?}");
        assert!(!run.out.contains(SECRET) && !run.err.contains(SECRET), "{format}");
    }
    assert_eq!(home.run(&["env", "--redacted", "--json"]).json()["LIVEKIT_API_SECRET"], "(hidden)");
    home.run(&["env", "--redacted", "--yes"]).failed(
        2,
        "the argument '--redacted' cannot be used with",
        "usage",
    );
}

#[test]
fn shells_and_docker_read_back_what_is_printed() {
    let home = home();
    let script = home.write("export", home.run(&["env", "--yes", "--format", "export"]).out);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!(". {}; printf %s \"$LIVEKIT_API_SECRET\"", script.display()));
    assert_eq!(finish(shell, b"").out, SECRET);
    // A dotenv file is one for --env-file.
    let file = home.write(".env", home.run(&["env", "--yes"]).out);
    let run = Home::new().run(&["--env-file", file.to_str().unwrap(), "env", "--yes", "--format", "docker"]);
    assert_eq!(
        run.out,
        format!("LIVEKIT_URL=wss://a.example\nLIVEKIT_API_KEY=APIacme\nLIVEKIT_API_SECRET={SECRET}\n")
    );
}

#[test]
fn an_ai_agent_is_shown_no_secret_unless_that_is_allowed() {
    let home = home().set("CLAUDECODE", "1");
    for args in [&["env", "--yes"][..], &["keygen"], &["keygen", "--json"]] {
        let run = home.run(args);
        run.failed(2, "this would show a secret to Claude Code (CLAUDECODE is set)", "--allow-in-agent");
        assert_eq!(home.run(&[args, &["--allow-in-agent"]].concat()).code, 0);
    }
    // Tokens, programs and the store are another matter.
    assert_eq!(home.run(&["token", "create", "--list"]).code, 0);
    assert_eq!(home.run(&["run", "--", "true"]).code, 0);
    assert_eq!(home.run(&["keygen", "--save", "new", "--url", "n.example"]).code, 0);
}

#[test]
fn a_new_pair_signs_and_is_printed_with_the_lines_for_the_server() {
    let home = Home::new();
    let made = home.run(&["keygen", "--json"]).json();
    let (key, secret) = (made["api_key"].as_str().unwrap(), made["api_secret"].as_str().unwrap());
    let lines = made["livekit_yaml"].as_str().unwrap().replace('"', "");
    assert_eq!(lines, format!("keys:\n  {key}: {secret}\n"));
    let args = ["token", "create", "--list", "--url", "x.example", "--api-key", key, "--api-secret-stdin"];
    let run = home.run_with(&args, secret);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!run.err.contains("secret-short"), "{}", run.err);
    let text = home.run(&["keygen"]).out;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("API key     API") && lines[1].starts_with("API secret  "), "{text}");
    assert_eq!(lines[3..5], ["livekit.yaml:", "keys:"], "{text}");
    // In quotes where YAML would take it for a number.
    assert_eq!(lines[5].replace('"', ""), format!("  {}: {}", &lines[0][12..], &lines[1][12..]));
}

#[test]
fn a_saved_pair_is_not_printed_and_env_gives_the_lines_later() {
    let home = Home::with_vault();
    let run = home.run(&["keygen", "--save", "home", "--url", "wss://h.example", "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let key = run.json()["key"].as_str().unwrap().to_owned();
    let keys = home.run(&["env", "-p", "home", "--format", "keys", "--yes"]).out;
    let secret = keys.trim_end().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(keys, format!("keys:\n  {key}: {secret}\n"));
    assert!(!run.out.contains(&secret) && !run.err.contains(&secret));
    assert!(home.files_with(&secret).is_empty());
    assert_eq!(payload(&home.token(&["--list"]))["iss"], Value::from(key));
    home.run(&["keygen", "--save", "home", "--url", "wss://h.example"]).failed(
        2,
        "there is already a project home",
        "another name",
    );
    home.run(&["keygen", "--save", "x"]).failed(
        2,
        "the following required arguments were not provided: --url",
        "usage",
    );
}
