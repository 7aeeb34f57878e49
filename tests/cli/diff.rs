//! `roomkey token diff` with the real binary.

use serde_json::{Value, json};

use crate::support::home::Home;

/// Two tokens: alice in demo, and bob in lobby who may also moderate it.
fn two(home: &Home) -> (String, String) {
    let a = home.token(&["--dev", "--join", "-r", "demo", "-i", "alice"]);
    let b = home.token(&["--dev", "--join", "-r", "lobby", "-i", "bob", "--set", "video.roomAdmin=true"]);
    (a, b)
}

#[test]
fn the_sentence_comes_first_and_the_exit_code_says_whether_they_differ() {
    let home = Home::new();
    let (a, b) = two(&home);
    let done = home.run(&["token", "diff", &a, &b]);
    assert_eq!((done.code, done.err.as_str()), (1, ""), "{}", done.out);
    let lines: Vec<&str> = done.out.lines().collect();
    assert!(
        lines[0].starts_with("~ a joins demo, b joins lobby; b may also moderate its room; identity"),
        "{}",
        lines[0]
    );
    assert_eq!(
        lines[2..6],
        [
            "Claims             a        b",
            "~ video.room       \"demo\"   \"lobby\"",
            "~ sub              \"alice\"  \"bob\"",
            "+ video.roomAdmin  ·        true",
        ],
        "{}",
        done.out
    );
    assert!(
        done.out.contains("+ room admin APIs + AgentDispatch.* for room \"lobby\"  only b"),
        "{}",
        done.out
    );
    assert!(!done.out.contains("= iss"), "{}", done.out);
    let all = home.run(&["token", "diff", "--all", &a, &b]);
    assert!(all.out.contains("= iss") && all.out.contains("= canPublish "), "{}", all.out);
}

#[test]
fn moments_and_signatures_are_no_difference() {
    let home = Home::new();
    let (a, _) = two(&home);
    let longer = home.token(&["--dev", "--join", "-r", "demo", "-i", "alice", "--valid-for", "7h"]);
    let done = home.run(&["token", "diff", &a, &longer]);
    assert_eq!(done.code, 0, "{}", done.out);
    assert!(done.out.starts_with("= Same claims; a lives 1 h, b 7 h"), "{}", done.out);
    let other = format!("{}.AAAA", a.rsplit_once('.').unwrap().0);
    let done = home.run(&["token", "diff", "--json", &a, &other]);
    assert_eq!((done.code, &done.json()["signature"]), (0, &"differ".into()), "{}", done.out);
    assert_eq!(home.run(&["token", "diff", &a, &a]).out, "= The same token twice\n");
}

#[test]
fn the_json_has_the_documented_fields() {
    let home = Home::new();
    let (a, b) = two(&home);
    let done = home.run(&["token", "diff", "--json", &a, &b]);
    let json = done.json();
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "same",
            "same_permissions",
            "sentence",
            "unreadable",
            "claims",
            "header",
            "effective",
            "can",
            "join",
            "times",
            "signature"
        ]
    );
    assert_eq!(json["same_permissions"], false);
    assert_eq!(
        json["claims"],
        json!([
            {"path": "video.room", "a": "demo", "b": "lobby", "kind": "changed"},
            {"path": "sub", "a": "alice", "b": "bob", "kind": "changed"},
            {"path": "video.roomAdmin", "b": true, "kind": "only_b"},
        ])
    );
    assert_eq!((&json["effective"], &json["can"]["only_a"]), (&json!([]), &json!([])));
    assert_eq!(json["can"]["only_b"][0], "room admin APIs + AgentDispatch.* for room \"lobby\"");
    assert_eq!(json["times"]["same_lifetime"], true);
    assert_eq!(json["times"]["a"]["lifetime_seconds"], 3_600);
    assert_eq!(json["join"]["b"], json!({"status": 200, "text": "success"}));
    let all = home.run(&["token", "diff", "--json", "--all", &a, &b]).json();
    assert_eq!(all["effective"].as_array().unwrap().len(), 10);
    assert!(all["claims"].as_array().unwrap().iter().any(|row| row["kind"] == "same"));
}

#[test]
fn tokens_come_from_arguments_files_and_standard_input_with_whatever_stands_around_them() {
    let home = Home::new();
    let (a, b) = two(&home);
    home.write("a.txt", format!("Authorization: Bearer {a}\n"));
    home.write("b.txt", format!("{{\"token\": \"{b}\"}}"));
    let both = format!("his: {a}\nmine: {b}\n");
    for (args, stdin) in [
        (vec!["@a.txt", "@b.txt"], ""),
        (vec![a.as_str(), "-"], b.as_str()),
        (vec!["-", b.as_str()], a.as_str()),
        (vec!["@a.txt"], b.as_str()),
        (vec!["-"], both.as_str()),
        (vec![], both.as_str()),
    ] {
        let done = home.run_with(&[&["token", "diff", "--json"], &args[..]].concat(), stdin);
        assert_eq!(done.code, 1, "{args:?}: {}", done.err);
        assert_eq!(done.json()["claims"][1]["a"], "alice", "{args:?}");
        assert_eq!(done.json()["claims"][1]["b"], "bob", "{args:?}");
    }
}

#[test]
fn less_or_more_than_two_tokens_is_an_error_that_says_how() {
    let home = Home::new();
    let (a, b) = two(&home);
    let three = format!("{a}\n{b}\n{a}\n");
    for (args, stdin, error) in [
        (vec![], "", "standard input has no token"),
        (vec!["-"], a.as_str(), "standard input has only one"),
        (vec![], three.as_str(), "standard input has more than two"),
        (vec!["-", "-"], a.as_str(), "both A and B would read standard input"),
        (vec![a.as_str(), "hello fake-canary"], "", "B: there is no token in this text"),
        (vec!["hello", a.as_str()], "", "A: "),
        (vec![a.as_str()], "", "B: there is no token: the text is empty"),
        (vec!["@nowhere.txt", a.as_str()], "", "nowhere.txt cannot be read"),
    ] {
        let done = home.run_with(&[&["token", "diff"], &args[..]].concat(), stdin);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{args:?}: {}", done.err);
        assert!(done.err.contains(error) && done.err.contains("hint: "), "{args:?}: {}", done.err);
        assert!(!done.err.contains("canary") && !done.err.contains(&a), "{}", done.err);
    }
}

#[test]
fn what_a_server_cannot_read_is_compared_as_far_as_it_can_be() {
    let home = Home::new();
    let vectors: Value = serde_json::from_str(include_str!("../data/vectors.json")).unwrap();
    let of = |name: &str| {
        let found = vectors.as_array().unwrap().iter().find(|v| v["name"] == name).unwrap();
        found["token"].as_str().unwrap().to_owned()
    };
    let done = home.run(&["token", "diff", "--json", &of("raw-ok"), &of("raw-canpublish-string")]);
    let json = done.json();
    assert_eq!((done.code, &json["same_permissions"]), (1, &Value::Null), "{}", done.out);
    assert!(json["unreadable"]["b"].as_str().unwrap().starts_with("video.canPublish must be true or false"));
    let row = json["claims"].as_array().unwrap().iter().find(|row| row["path"] == "video.canPublish");
    assert_eq!(row.unwrap()["b"], "false", "{json}");
}

#[test]
fn nothing_of_a_token_reaches_the_output_as_a_command() {
    use base64::Engine as _;
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let token = |payload: &str| format!("{}.{}.c2ln", encode(r#"{"alg":"HS256"}"#), encode(payload));
    let home = Home::new();
    let (a, b) = (
        token(
            "{\"sub\":\"\\u001b[2J\\u009b\u{202e}x\",\"\u{202e}\\u001bkey\":1,\"video\":{\"roomJoin\":true,\"room\":\"\u{7f}\u{2066}\"}}",
        ),
        token("{\"video\":{\"roomJoin\":true,\"room\":\"\\u0007r\",\"roomAdmin\":true}}"),
    );
    for args in [vec!["token", "diff", &a, &b], vec!["token", "diff", "--all", &b, &a]] {
        let done = home.run(&args);
        let text = done.out + &done.err;
        assert!(!text.contains(|c: char| c != '\n' && roomkey::text::is_unprintable(c)), "{text:?}");
    }
}

#[cfg(unix)]
mod in_a_terminal {
    use super::*;
    use crate::support::displays::{Display as _, XServer};
    use crate::support::have;
    use crate::support::pty::Terminal;

    #[test]
    fn without_the_other_token_the_clipboard_is_asked_and_values_are_cut_to_fit() {
        let home = Home::new();
        let (a, _) = two(&home);
        let long = "x".repeat(300);
        let b = home.token(&["--dev", "--join", "-r", "demo", "-i", "alice", "--metadata", &long]);
        let args = ["token", "diff", "@a.txt"];
        home.write("a.txt", &a);
        let mut alone = Terminal::start(home.path(), &[], &args, (80, 24));
        let (status, _) = alone.ended();
        let screen = alone.screen();
        assert_eq!(status.exit_code(), 2, "{screen}");
        assert!(
            screen.contains("a difference is between two tokens, and the clipboard has none"),
            "{screen}"
        );

        let test = "without_the_other_token_the_clipboard_is_asked";
        if !have(XServer::NEEDS, test) {
            return;
        }
        let server = XServer::start();
        let _owner = server.copy_by(&format!("Bearer {b}"));
        let display = server.environment().display.unwrap();
        let variables = [("DISPLAY", display.to_str().unwrap())];
        let mut terminal = Terminal::start(home.path(), &variables, &args, (80, 24));
        let (status, _) = terminal.ended();
        let screen = terminal.screen();
        assert_eq!(status.exit_code(), 1, "{screen}");
        assert!(screen.contains("~ Same permissions; metadata"), "{screen}");
        assert!(screen.contains("xxx…") && !screen.contains(&"x".repeat(80)), "{screen}");
        assert!(String::from_utf8_lossy(&terminal.raw()).contains("\x1b[32m+"), "{screen}");
    }

    #[test]
    fn two_pasted_tokens_are_shown_side_by_side_and_escape_goes_back_to_the_first() {
        let home = Home::new();
        let (a, b) = two(&home);
        let mut terminal = Terminal::start(home.path(), &[], &["--demo"], (120, 40));
        terminal.wait_for("Compose");
        terminal.paste(&a);
        terminal.wait_for("It would let its holder");
        terminal.press("d");
        terminal.wait_for("Hold it against which token?");
        terminal.paste(&b);
        terminal.wait_for("a  the inspected one");
        let screen = terminal.screen();
        assert!(screen.contains("a joins demo, b joins lobby; b may also moderate its room"), "{screen}");
        assert!(screen.contains("~ video.room") && screen.contains("\"lobby\""), "{screen}");
        terminal.press("s");
        terminal.wait_for("a joins lobby, b joins demo");
        terminal.resize((40, 12));
        terminal.wait_for("a other, b inspected");
        terminal.press("\x1b");
        terminal.wait("the first token is on the screen", |screen| !screen.contains("a other, b inspected"));
        terminal.resize((120, 40));
        terminal.wait_for("join \"demo\" as alice");
        terminal.press("q");
        assert!(terminal.ended().0.success());
    }
}
