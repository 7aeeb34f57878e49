//! `roomkey project rotate`: a second key, and what the first one signed.

use crate::support::home::{CANARY, Home, finish, payload};

const NEW: &str = "fake-new-secret-0123456789-abcdefghijklm";

#[test]
fn a_key_is_replaced_its_tokens_are_verified_and_it_is_forgotten() {
    let home = Home::with_vault();
    assert_eq!(home.add("acme").code, 0);
    let old = home.token(&["--join", "-r", "demo", "-i", "alice"]);

    let rotate = ["project", "rotate", "acme", "--api-key", "APInew", "--api-secret-stdin"];
    let run = home.run_with(&rotate, NEW);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    assert!(
        run.err.contains("APInew signs for acme now; APIfake is kept in the vault for verifying"),
        "{}",
        run.err
    );
    home.run_with(&rotate, NEW).failed(2, "acme keeps the old key APIfake already", "--finish");

    let new = home.token(&["--join", "-r", "demo", "-i", "alice"]);
    assert_eq!(payload(&new)["iss"], "APInew");
    for (token, with) in
        [(&new, "verified with acme (vault)"), (&old, "verified with the old key of acme (vault)")]
    {
        let run = home.run(&["inspect", token]);
        assert!(run.code == 0 && run.err.contains(with), "{}\n{}", run.out, run.err);
        assert_eq!(run.out.contains("signed with the old key of acme"), token == &old, "{}", run.out);
    }
    assert_eq!(home.run(&["inspect", &old, "-p", "acme", "--json"]).json()["problems"][0]["id"], "old-key");

    let show = home.run(&["project", "show", "acme"]).out;
    assert!(show.contains("old key   APIfake, kept for verifying for "), "{show}");
    assert!(show.contains("1 token signed with it still works, the last until "), "{show}");
    let json = home.run(&["project", "show", "acme", "--json"]).json();
    assert_eq!((json["key"].as_str(), json["old_key"]["key"].as_str()), (Some("APInew"), Some("APIfake")));

    // What is changed and renamed keeps it; its secrets are in no file.
    assert_eq!(home.run(&["project", "rename", "acme", "beta"]).code, 0);
    assert_eq!(home.run(&["project", "edit", "beta", "--url", "wss://b.example"]).code, 0);
    assert_eq!(home.run(&["project", "show", "beta", "--json"]).json()["old_key"]["key"], "APIfake");
    for secret in [CANARY, NEW] {
        assert_eq!(home.files_with(secret), Vec::<std::path::PathBuf>::new());
    }

    let finish = ["project", "rotate", "beta", "--finish"];
    home.run(&finish).failed(2, "forgetting the old key of beta needs a yes", "--yes");
    let run = home.run(&[&finish[..], &["--yes"]].concat());
    assert!(run.code == 0 && run.err.contains("forgot APIfake"), "{}", run.err);
    home.run(&finish).failed(2, "beta keeps no old key", "project show");
    assert_eq!(home.run(&["inspect", &old]).code, 2, "nobody at hand has its key");
}

/// No canary: it is to be printed.
const SHOWN: &str = "fakeShownSecret0123456789abcdefghijklmnop";

#[test]
fn a_pair_that_is_made_comes_with_the_servers_lines_for_both_and_only_on_a_yes() {
    let home = Home::with_vault();
    let add =
        ["project", "add", "acme", "--url", "wss://x.example", "--api-key", "APIold", "--api-secret-stdin"];
    assert_eq!(home.run_with(&add, SHOWN).code, 0);
    let generate = ["project", "rotate", "acme", "--generate"];
    home.run(&generate).failed(2, "printing a secret needs a yes", "--yes");
    let mut in_agent = home.command();
    in_agent.args(generate).arg("--yes").env("CLAUDECODE", "1");
    finish(in_agent, b"").failed(2, "this would show a secret to Claude Code", "--allow-in-agent");
    assert_eq!(home.run(&["project", "show", "acme", "--json"]).json()["old_key"], serde_json::Value::Null);

    let run = home.run(&[&generate[..], &["--yes"]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let lines: Vec<&str> = run.out.lines().collect();
    let [keys, new, old] = lines[..] else { panic!("{}", run.out) };
    assert!(
        keys == "keys:" && new.starts_with("  API") && old == format!("  APIold: {SHOWN}"),
        "{}",
        run.out
    );
    // The same lines later, as long as the server needs both.
    assert_eq!(home.run(&["env", "-p", "acme", "--format", "keys", "--yes"]).out, run.out);
    assert_eq!(home.run(&["project", "rotate", "acme", "--finish"]).code, 0, "no token of it is about");
    let key = new.trim().split(':').next().unwrap();
    home.run_with(&["project", "rotate", "acme", "--api-key", key, "--api-secret-stdin"], NEW).failed(
        2,
        &format!("{key} is the key that signs for acme already"),
        "--ask-secret",
    );
}
