//! `roomkey token create --as`, `--qr` and `--open`: what is printed, and what is said besides.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::support::home::{CANARY, Home};
use crate::support::pty::Terminal;
use crate::support::{eventually, qr};

const JOIN: [&str; 8] = ["token", "create", "--join", "-r", "demo", "-i", "alice", "--dev"];
const LINK: &str = "https://meet.livekit.io/custom?liveKitUrl=ws%3A%2F%2Flocalhost%3A7880&token=";

fn join<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&JOIN[..], more].concat()
}

#[test]
fn what_makes_a_token_again_needs_no_project_and_holds_no_secret() {
    let home = Home::new();
    for (form, part) in [
        ("python", "from livekit import api\n"),
        ("node", "import { AccessToken } from 'livekit-server-sdk';\n"),
        ("go", "\t\"github.com/livekit/protocol/auth\"\n"),
        ("rust", "use livekit_api::access_token::{AccessToken, VideoGrants};\n"),
        ("lk", "lk token create --join --room demo --identity alice --name Alice --valid-for 1h\n"),
        ("roomkey", "roomkey token create --identity alice --name Alice --room demo --valid-for 1h --join\n"),
    ] {
        let run = home.run(&[&JOIN[..7], &["-n", "Alice", "--as", form]].concat());
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{form}");
        assert!(run.out.contains(part) && !run.out.contains("eyJ"), "{form}: {}", run.out);
        assert!(run.out.ends_with('\n') && !run.out.ends_with("\n\n"), "{form}: {:?}", run.out);
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn what_holds_the_token_is_the_payload_and_nothing_else() {
    let home = Home::new();
    let out = |form: &str| {
        let run = home.run(&join(&["--as", form, "-q"]));
        assert_eq!((run.code, run.err.as_str(), run.out.lines().count()), (0, "", 1), "{form}");
        run.out.trim_end().to_owned()
    };
    assert!(out("token").starts_with("eyJ"));
    assert!(out("link").starts_with(&format!("{LINK}eyJ")));
    assert!(out("env").starts_with("LIVEKIT_TOKEN=eyJ"));
    assert!(out("curl").starts_with("curl -i -H 'Authorization: Bearer eyJ"));
    let answer: serde_json::Value = serde_json::from_str(&out("json")).unwrap();
    assert_eq!(answer["server_url"], "ws://localhost:7880");
    assert_eq!(answer.as_object().unwrap().keys().collect::<Vec<_>>(), ["server_url", "participant_token"]);
}

#[test]
fn a_link_comes_with_a_warning_and_a_token_without() {
    let home = Home::new();
    let link = home.run(&join(&["--as", "link"]));
    assert!(link.err.contains("warning: the token is in this address"), "{}", link.err);
    assert!(link.err.contains("it can join \"demo\" as alice") && link.err.contains("it expires "));
    assert!(!home.run(&join(&["--as", "env"])).err.contains("warning"));
    let dead = home.run(&["token", "create", "--dev", "--list", "--as", "link"]);
    assert!(dead.err.contains("warning: join link: this token has no roomJoin"), "{}", dead.err);
}

#[test]
fn what_is_left_out_is_told() {
    let run = Home::new().run(&join(&["--room-preset", "big", "--set", "kind=egress", "--as", "rust"]));
    assert_eq!(run.code, 0);
    let told = "warning: Rust: roomPreset is left out: livekit-api has no setter\n";
    assert!(run.err.contains(told), "{}", run.err);
    assert!(
        run.out.contains("\n// Not as in the draft: roomPreset is left out: livekit-api has no setter.\n")
    );
}

#[test]
fn the_line_of_roomkey_names_the_project_and_makes_the_same_token() {
    let home = Home::with_vault();
    let add = [
        "project",
        "add",
        "it's acme",
        "--url",
        "acme.example",
        "--api-key",
        "APIacme",
        "--api-secret-stdin",
    ];
    assert_eq!(home.run_with(&add, CANARY).code, 0);
    let draft = json!({
        "identity": "it's $me", "metadata": "{\"a\": \"`b`\"}", "attributes": {"a=b": "c"}, "custom": [1],
        "video": {"roomJoin": true, "room": "a b", "canPublish": false}
    });
    let named = ["-p", "it's acme", "token", "create", "--draft", "-"];
    let line = home.run_with(&[&named[..], &["--as", "roomkey"]].concat(), draft.to_string());
    assert_eq!(line.code, 0, "{}", line.err);
    let mut shell = home.command();
    let program = std::path::Path::new(shell.get_program()).parent().unwrap().display().to_string();
    shell = {
        let mut sh = std::process::Command::new("sh");
        sh.env_clear().envs(shell.get_envs().filter_map(|(name, value)| Some((name, value?))));
        sh.env("PATH", format!("{program}:/usr/bin:/bin")).current_dir(home.path());
        sh.args(["-c", &format!("{} --json", line.out.trim_end())]);
        sh
    };
    let again = crate::support::home::finish(shell, b"").json();
    let direct = home.run_with(&[&named[..], &["--json"]].concat(), draft.to_string()).json();
    for part in ["identity", "grants", "room", "project_url"] {
        assert_eq!(again[part], direct[part], "{part}");
    }
    assert_eq!(again["project_url"], "wss://acme.example");
}

#[test]
fn credentials_given_on_the_spot_are_not_in_the_line_and_that_is_told() {
    let run = Home::new().run(&[&JOIN[..7], &["--url", "a.example", "--as", "roomkey"]].concat());
    assert_eq!(run.code, 0);
    assert!(run.err.contains("--url and --api-key are not in the line"), "{}", run.err);
    assert!(!run.out.contains("a.example"));
}

#[test]
fn a_draft_that_no_server_takes_is_copied_in_no_form_unless_forced() {
    let home = Home::new();
    home.run(&["token", "create", "--join", "--as", "python"]).failed(
        2,
        "not signed: the 2 errors above",
        "--generate",
    );
    let forced = home.run(&["token", "create", "--join", "--as", "python", "--force"]);
    assert_eq!(forced.code, 0);
    assert!(forced.err.contains("warning: Python: the SDK refuses to sign a join without"), "{}", forced.err);
}

#[test]
fn forms_are_words_of_the_table_and_one_at_a_time() {
    let home = Home::new();
    home.run(&join(&["--as", "php"])).failed(2, "invalid value 'php' for '--as <FORM>'", "python");
    for more in [["--qr", "--as", "env"].as_slice(), &["--as", "env", "--json"], &["--qr", "--token-only"]] {
        home.run(&join(more)).failed(2, "the argument", "usage: ");
    }
    let help = home.run(&["token", "create", "--help"]).out;
    for form in roomkey::token::forms::FORMS {
        assert!(help.contains(form.summary), "{}", form.word);
    }
}

#[test]
fn a_form_is_copied_as_it_is_printed() {
    let home = Home::new();
    let demo = ["--demo", "token", "create", "--join", "-r", "d", "-i", "a", "--as", "curl", "--copy"];
    let run = home.run(&demo);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err.contains("copied (demo: within roomkey only)") && run.out.starts_with("curl "),
        "{}",
        run.err
    );
    let run = home.run(&join(&["--as", "env", "--copy"]));
    assert_eq!(run.code, 2);
    assert!(
        run.out.starts_with("LIVEKIT_TOKEN=eyJ") && run.err.contains("error: no clipboard can be reached")
    );
}

#[test]
fn a_qr_code_in_a_pipe_is_read_back_and_says_what_a_phone_cannot_reach() {
    let home = Home::new();
    let run = home.run(&join(&["--qr"]));
    assert_eq!(run.code, 0, "{}", run.err);
    let lines: Vec<String> = run.out.lines().map(str::to_owned).collect();
    assert!(qr::read(&lines, true).starts_with(&format!("{LINK}eyJ")));
    assert!(run.err.contains("warning: the token is in this address"), "{}", run.err);
    assert!(
        run.err.contains("warning: a phone does not reach the server of this link: localhost"),
        "{}",
        run.err
    );
    assert!(run.err.contains("connects to wss:// only"), "{}", run.err);
    // The same by its other name, in colours: dark on light.
    let run = home.run(&join(&["--as", "qr", "--color", "always"]));
    let plain = |line: &str| line.replace("\u{1b}[30;107m", "").replace("\u{1b}[0m", "");
    let lines: Vec<String> = run.out.lines().map(plain).collect();
    assert!(qr::read(&lines, false).starts_with(LINK));
    // A server that others reach needs no such words, and what does not join is the token itself.
    let home = Home::new().with_triple();
    let run = home.run(&[&JOIN[..7], &["--qr"]].concat());
    assert!(!run.err.contains("localhost"), "{}", run.err);
    let run = home.run(&["token", "create", "--list", "--qr"]);
    let lines: Vec<String> = run.out.lines().map(str::to_owned).collect();
    assert!(qr::read(&lines, true).starts_with("eyJ"));
    assert!(!run.err.contains("warning: the token is in this address"), "{}", run.err);
}

#[test]
fn a_terminal_too_narrow_for_the_code_is_told_what_it_needs() {
    let home = Home::new();
    let narrow = Terminal::start(home.path(), &[], &join(&["--qr", "-q"]), (60, 24));
    narrow.wait_for("error: the QR code needs 6");
    narrow.wait_for("hint: enlarge the terminal or take a smaller font");
    let wide = Terminal::start(home.path(), &[("NO_COLOR", "1")], &join(&["--qr", "-q"]), (100, 60));
    wide.wait_for("▀▄");
    wide.wait("the whole code", |screen| {
        let lines: Vec<String> = screen.lines().map(str::to_owned).collect();
        lines.len() > 30 && qr::read(&lines, true).starts_with(LINK)
    });
}

#[test]
fn more_than_a_code_holds_is_an_error_with_a_cure() {
    let metadata = "m".repeat(4_000);
    Home::new().run(&join(&["--qr", "-q", "--metadata", &metadata])).failed(
        2,
        "5",
        "make the token smaller: metadata and attributes cost most",
    );
}

#[test]
fn meet_is_opened_beside_any_form_and_the_link_is_printed_where_nothing_opens_it() {
    let home = Home::new();
    std::fs::create_dir(home.path().join("bin")).unwrap();
    let opener =
        home.write("bin/xdg-open", "#!/bin/sh\nprintf %s \"$1\" >opened.part && mv opened.part opened\n");
    std::fs::set_permissions(opener, std::fs::Permissions::from_mode(0o755)).unwrap();
    let bin = home.path().join("bin").display().to_string();
    let opened = home.path().join("opened");
    let home = home.set("DISPLAY", ":99").set("PATH", format!("{bin}:/usr/bin:/bin"));
    // A program holds no token; to open one it is made.
    let run = home.run(&join(&["--as", "node", "--open", "meet"]));
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.out.starts_with("// npm install") && run.err.contains("warning: the token is in this address")
    );
    eventually("the link is opened", || opened.exists());
    let link = std::fs::read_to_string(&opened).unwrap();
    assert!(link.starts_with(LINK) && run.err.contains(&link));
    // Without a program that opens it, and without a display, the link is there to be opened by hand.
    let home = home.set("PATH", "/nowhere");
    let run = home.run(&join(&["--open", "meet"]));
    assert_eq!(run.code, 0);
    assert!(run.err.contains("xdg-open could not be started: open the address above"), "{}", run.err);
    assert!(run.err.contains(LINK));
    let run = home.set("SSH_CONNECTION", "a 1 b 2").run(&join(&["--open", "meet"]));
    assert!(run.err.contains("no display here: open the address above in a browser"), "{}", run.err);
}
