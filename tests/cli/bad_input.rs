//! Whatever is wrong with what is typed, piped or stored: a sentence, a cure, exit code 2, nothing lost.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::support::home::{CANARY, Home, finish};

/// `token create` for local dev with these arguments fails like this.
#[track_caller]
fn refused(args: &[&str], error: &str, hint: &str) {
    Home::new().run(&[&["token", "create", "--dev"], args].concat()).failed(2, error, hint);
}

#[test]
fn a_secret_as_an_argument_is_refused_and_never_repeated() {
    let home = Home::new();
    let glued = format!("--api-secret={CANARY}");
    for args in [
        &["token", "create", "--list", "--url", "x.example", "--api-key", "k", "--api-secret", CANARY][..],
        &["token", "create", "--list", &glued],
        &["project", "add", "x", "--url", "x.example", "--api-key", "k", "--api-secret", CANARY],
        &["project", "edit", "x", "--api-secret", CANARY],
        &["inspect", "--api-key", "k", "--api-secret", CANARY, "a.b.c"],
    ] {
        home.run(args).failed(2, "a secret cannot be an argument", "--api-secret-stdin");
    }
    home.run(&["project", "add", "x", CANARY]).failed(2, "there is a word too many", "usage: ");
    home.run(&["token", "create", &format!("--api-secrte={CANARY}")]).failed(
        2,
        "unexpected argument '--api-secrte'",
        "--api-secret",
    );
}

#[test]
fn wrong_values_are_named_with_the_cure() {
    refused(&["--jion"], "unexpected argument '--jion' found", "a similar argument exists: '--join'");
    refused(&["--set", "video.roomName=x"], "there is no claim video.roomName", "did you mean video.room?");
    refused(&["--set", "zebra=x"], "there is no claim zebra", "see roomkey grants");
    refused(
        &["--set", "video.canPublish=maybe"],
        "video.canPublish takes true, false or unset",
        "roomkey grants video.canPublish",
    );
    refused(&["--set", "x"], "--set takes PATH=VALUE", "--set video.canPublish=false");
    refused(
        &["--grant", r#"{"canPublish": "false"}"#],
        "video.canPublish must be true or false, not a text",
        "without quotes",
    );
    refused(
        &["--grant", r#"{"roomJoin": 1}"#],
        "video.roomJoin must be true or false, not a number",
        "without quotes",
    );
    refused(&["--grant", "[]"], "a grant must be a JSON object", "for example");
    refused(&["--grant", "{"], "a grant is not JSON: ", "for example");
    refused(&["--grant", ""], "a grant is not JSON: ", "for example");
    refused(&["--valid-for", "60"], "exp: 60 of what?", "write 60s, 60m, 60h or 60d");
    refused(&["--valid-for", "-5m"], "exp: a lifetime cannot be negative", "write 90m");
    refused(&["--valid-for", "soon"], "exp: \"soon\" is not a length of time", "write 90m");
    refused(&["--valid-for", ""], "exp: no lifetime given", "write 90m");
    refused(&["--attribute", "role"], "--attribute takes KEY=VALUE", "--attribute role=host");
    refused(&["--preset", "viewr"], "there is no preset \"viewr\"", "did you mean viewer?");
    refused(&["--open", "zoom"], "invalid value 'zoom' for '--open <APP>'", "possible values: meet");
    refused(
        &["--deployment", "x"],
        "the following required arguments were not provided: --agent <NAME>",
        "usage: ",
    );
    refused(&["--allow-source", "webcam"], "not signed", "--force");
    refused(
        &["--json", "--token-only"],
        "the argument '--json' cannot be used with '--token-only'",
        "usage: ",
    );
    Home::new().run(&["--store", "file", "project", "list"]).failed(
        2,
        "invalid value 'file' for '--store <STORE>'",
        "keyring",
    );
    Home::new().set("ROOMKEY_STORE", "valut").run(&["project", "list"]).failed(
        2,
        "ROOMKEY_STORE: valut is none of",
        "did you mean vault?",
    );
    Home::new().run(&["tokn"]).failed(2, "unrecognized subcommand 'tokn'", "token");
}

#[test]
fn files_that_are_missing_folders_binary_or_something_else_are_named() {
    let home = Home::new();
    home.write("binary", [0xff, 0xfe, 0x00]);
    home.write("list.json", "[1]");
    home.write("number.json", r#"{"seat": 7}"#);
    home.write("wrong.json", r#"{"video": {"roomJoin": "yes"}}"#);
    home.write("empty.json", "");
    for (flag, file, error) in [
        ("--attribute-file", "none.json", "none.json cannot be read: no such file or directory"),
        ("--attribute-file", ".", ". is a folder"),
        ("--attribute-file", "binary", "binary is not text (UTF-8)"),
        ("--attribute-file", "list.json", "list.json must be a JSON object of texts"),
        (
            "--attribute-file",
            "number.json",
            "number.json must be a JSON object of texts: the value of seat must be in quotes",
        ),
        ("--attribute-file", "empty.json", "empty.json must be a JSON object of texts"),
        ("--draft", "list.json", "a draft must be a JSON object"),
        ("--draft", "wrong.json", "video.roomJoin must be true or false, not a text"),
        ("--draft", "empty.json", "a draft is not JSON"),
        ("--draft", "binary", "binary is not text (UTF-8)"),
        ("--env-file", "none.env", "none.env cannot be read"),
        ("--api-secret-file", "none", "none cannot be read"),
    ] {
        let credentials: &[&str] = match flag {
            "--env-file" => &[],
            "--api-secret-file" => &["--url", "x.example", "--api-key", "k"],
            _ => &["--dev"],
        };
        let run = home.run(&[&["token", "create", "--list", flag, file], credentials].concat());
        run.failed(2, error, "");
    }
}

#[test]
fn arguments_that_are_not_text_are_refused_in_words() {
    let bad = OsStr::from_bytes(b"caf\xe9");
    for args in [&["token", "create", "--dev", "--room"][..], &["grants"], &["project", "show"], &["-p"]] {
        let home = Home::new();
        let mut command = home.command();
        command.args(args).arg(bad);
        finish(command, b"").failed(2, "an argument is not valid UTF-8", "UTF-8");
    }
    let home = Home::new();
    let mut command = home.command();
    command.args(["token", "create", "--dev", "--draft"]).arg(bad);
    finish(command, b"").failed(2, "caf\u{fffd} cannot be read", "check the path");
    Home::new().set("LIVEKIT_URL", bad).run(&["token", "create", "--list"]).failed(
        2,
        "LIVEKIT_URL in the environment: it is not text",
        "set it again",
    );
}

#[test]
fn what_a_terminal_would_obey_is_written_out_in_errors() {
    let home = Home::new();
    for args in [
        &["grants", "\x1b[2Jx\u{202e}"][..],
        &["token", "create", "--dev", "--set", "\x1b[2Jx\u{202e}=1"],
        &["token", "create", "--dev", "--preset", "\x1b[2Jx\u{202e}"],
        &["token", "create", "--dev", "--\x1b[2Jx\u{202e}"],
        &["token", "create", "--dev", "--draft", "\x1b[2Jx\u{202e}"],
        &["token", "create", "--dev", "--set", "kind=\x1b[2Jx\u{202e}", "--join"],
        &["project", "add", "\x1b[2Jx\u{202e}", "--url", "x.example", "--api-key", "k", "--api-secret-stdin"],
        &["project", "add", "x", "--url", "\x1b[2Jx\u{202e}", "--api-key", "k", "--api-secret-stdin"],
        &["-p", "\x1b[2Jx\u{202e}", "token", "create", "--list"],
    ] {
        let run = home.run_with(args, "fake");
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?} {}", run.err);
        assert!(!run.err.contains(['\x1b', '\u{202e}']), "{args:?}: {:?}", run.err);
    }
}

#[test]
fn huge_input_is_answered_shortly() {
    let home = Home::new();
    let megabyte = "x".repeat(1 << 20);
    let argument = "x".repeat(100 << 10);
    for args in [
        &["grants", &argument][..],
        &["token", "create", "--dev", "--grant", &argument],
        &["token", "create", "--dev", "--set", &argument],
        &["token", "create", "--dev", "--valid-for", &argument],
        &["token", "create", "--dev", "--preset", &argument],
        &["token", "create", "--dev", &format!("--{argument}")],
        &["-p", &argument, "token", "create", "--list"],
        &["token", "create", "--dev", "--join", "-r", &argument, "-i", "a"],
        &["token", "create", "--dev", "--draft", "-"],
        &["project", "add", "x", "--url", "x.example", "--api-key", "k", "--api-secret-stdin"],
    ] {
        let run = home.run_with(args, &megabyte);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{:.40}", run.err);
        assert!(
            run.err.len() < 3_000 && run.err.contains("hint: "),
            "{} bytes: {:.200}",
            run.err.len(),
            run.err
        );
    }
    let draft =
        format!(r#"{{"sub": "a", "metadata": "{megabyte}", "video": {{"roomJoin": true, "room": "r"}}}}"#);
    let run = home.run_with(&["token", "create", "--dev", "--draft", "-"], &draft);
    assert!(run.code == 2 && run.err.contains("[metadata-big]"), "{}", run.err);
    let forced =
        home.run_with(&["token", "create", "--dev", "--draft", "-", "--force", "--token-only"], &draft);
    assert!(forced.code == 0 && forced.out.len() > megabyte.len());
}

#[test]
fn standard_input_is_read_once() {
    let home = Home::new();
    let args =
        ["token", "create", "--draft", "-", "--url", "x.example", "--api-key", "k", "--api-secret-stdin"];
    home.run(&args).failed(
        2,
        "both --draft - and --api-secret-stdin would read standard input",
        "from a file",
    );
}

#[test]
fn a_secret_that_cannot_be_one_is_refused_without_repeating_it() {
    let home = Home::with_vault();
    for (secret, error) in [
        (String::new(), "an API secret cannot be empty"),
        (format!("{CANARY}\n{CANARY}"), "an API secret cannot have a line break inside"),
        (format!("{CANARY} {CANARY}"), "an API secret cannot have a space or an odd character"),
        (CANARY.repeat(20), "an API secret of 800 bytes cannot be right"),
    ] {
        let args = ["project", "add", "x", "--url", "x.example", "--api-key", "k", "--api-secret-stdin"];
        home.run_with(&args, secret).failed(2, error, "");
    }
    assert_eq!(home.run(&["project", "list", "--json"]).out, "[]\n");
}

#[test]
fn addresses_that_are_none_are_refused_with_the_one_to_give() {
    let home = Home::with_vault();
    for (url, error, hint) in [
        (
            "https://cloud.livekit.io/projects/p_x",
            "cloud.livekit.io is not a LiveKit server",
            "wss://NAME.livekit.cloud",
        ),
        ("ftp://x", "ftp:// is not an address", "for example"),
        ("wss://user:fake@host", "an address cannot carry a user name", "fields of their own"),
        ("", "a project needs the address", "for example"),
    ] {
        home.run_with(&["project", "add", "x", "--url", url, "--api-key", "k", "--api-secret-stdin"], CANARY)
            .failed(2, error, hint);
    }
}

#[test]
fn broken_settings_are_named_with_their_line() {
    let home = Home::with_vault();
    std::fs::create_dir_all(home.path().join("config/roomkey")).unwrap();
    home.write("config/roomkey/settings.toml", "mouse = true\nstore = \"file\"\n");
    let run = home.run(&["token", "create", "--list"]);
    run.failed(2, "", "");
    assert!(run.err.contains("settings.toml, line 2: store must be"), "{}", run.err);
    assert_eq!(home.run(&["token", "create", "--dev", "--list"]).code, 0, "--dev needs no settings");
}
