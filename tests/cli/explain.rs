//! `roomkey explain` with the real binary.

use crate::support::home::{CANARY, Home};

#[test]
fn every_id_is_listed_and_each_of_them_is_explained() {
    let home = Home::new();
    insta::assert_snapshot!("explain", home.run(&["explain"]).out.trim_end());
    insta::assert_snapshot!("explain-id", home.run(&["explain", "not-expired"]).out.trim_end());
    let all = home.run(&["explain", "--json"]).json();
    let all = all.as_array().unwrap();
    assert!(all.len() > 150, "{}", all.len());
    for entry in all.iter().step_by(20) {
        let one = home.run(&["explain", "--json", entry["id"].as_str().unwrap()]).json();
        let one = &one["explanations"][0];
        for field in ["id", "kind", "title", "cause", "cure", "said"] {
            assert_eq!(one[field], entry[field]);
        }
        assert!(one["found"].is_null() && one["claim"].is_null());
    }
}

#[test]
fn a_log_is_explained_and_its_token_taken_apart_and_never_shown() {
    let home = Home::new();
    let token = home.token(&["--dev", "--join", "-r", "demo", "-i", "alice", "--valid-for", "1m"]);
    let log = format!(
        "\u{1b}[31mERROR\u{1b}[0m could not establish signal connection\n  invalid token: {token}, error: \
         go-jose/go-jose: error in cryptographic primitive\nLIVEKIT_API_SECRET={CANARY}\nDUPLICATE_IDENTITY\n"
    );
    let run = home.run_with(&["explain", "-"], &log);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.starts_with("signature  another secret made the signature\n"), "{}", run.out);
    assert!(run.out.contains("Also in this text\n  identity-reuse"), "{}", run.out);
    assert!(!run.out.contains("eyJ") && !run.out.contains("signal-failed"), "{}", run.out);
    let json = home.run_with(&["explain", "--json", "-"], &log).json();
    assert_eq!(json["explanations"][0]["id"], "signature");
    assert_eq!(json["explanations"][0]["found"]["by"], "the server before v1.13.0, HTTP 401");
    assert!(!json.to_string().contains("eyJ"));
}

#[test]
fn what_is_wrong_with_the_token_is_said_where_the_message_does_not_say_it() {
    let home = Home::new();
    let token = home.token(&["--dev", "--list"]);
    let run = home.run(&["explain", &format!("no permissions to access the room ?access_token={token}")]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.out.contains("The token in this text\n  A server can read it, but: off: it joins no room."),
        "{}",
        run.out
    );
    let alone = home.run(&["explain", &token]);
    assert!(alone.out.starts_with("The token in this text"), "{}", alone.out);
}

#[test]
fn words_without_quotes_are_one_text() {
    let run = Home::new().run(&["explain", "invalid", "API", "key"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.starts_with("key  "), "{}", run.out);
}

#[test]
fn what_is_not_known_is_said_with_a_cure_and_never_repeated() {
    let home = Home::new();
    home.run(&["explain", "ttl-lnog"]).failed(2, "nothing has this id", "did you mean ttl-long?");
    home.run(&["explain", "zebra"]).failed(2, "nothing has this id", "roomkey explain lists every id");
    home.run(&["explain", "it just does not work"]).failed(
        2,
        "nothing in this text is known",
        "roomkey token check",
    );
    let token = home.token(&["--dev", "--join", "-r", "demo", "-i", "alice"]);
    home.run(&["explain", &token]).failed(
        2,
        "nothing in this text is known to roomkey but a token",
        "roomkey inspect",
    );
    for text in
        [CANARY, &format!("my secret is {CANARY}"), "", " \n", "\u{202e}\x1b[2J", &"x".repeat(100_000)]
    {
        let run = home.run_with(&["explain", "-"], text);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
        assert!(run.err.contains("error: ") && run.err.contains("hint: "), "{}", run.err);
        assert!(!run.err.contains('\x1b') && !run.err.contains('\u{202e}'), "{:?}", run.err);
    }
}

#[test]
fn a_log_that_is_no_utf_8_is_read_all_the_same() {
    let run = Home::new().run_with(&["explain", "-"], b"\xff\xfe bad \xc3 invalid API key \x00");
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.starts_with("key  "), "{}", run.out);
}
