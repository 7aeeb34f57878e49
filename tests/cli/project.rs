//! `roomkey project`, on a vault: the only store that needs nothing installed.

use serde_json::json;

use crate::support::home::{CANARY, Home, Run};

fn add(home: &Home, name: &str) -> Run {
    let url = format!("https://{name}.example/");
    let key = format!("API{name}");
    home.run_with(&["project", "add", name, "--url", &url, "--api-key", &key, "--api-secret-stdin"], CANARY)
}

#[test]
fn a_project_is_added_listed_shown_changed_renamed_and_removed() {
    let home = Home::with_vault();
    let run = add(&home, "acme");
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    assert!(run.err.contains("added acme (wss://acme.example) to the vault"), "{}", run.err);
    assert!(run.err.contains("acme is the default project"), "{}", run.err);
    let run = add(&home, "beta");
    assert!(run.code == 0 && !run.err.contains("default project"), "{}", run.err);

    let acme = json!({"name": "acme", "url": "wss://acme.example", "key": "APIacme", "store": "vault", "default": true,
        "policy": null, "old_key": null});
    let list = home.run(&["project", "list", "--json"]);
    assert_eq!(list.json()[0], acme);
    assert_eq!(list.json().as_array().unwrap().len(), 2);
    insta::assert_snapshot!("project-list", home.run(&["project", "list"]).out.trim_end());
    assert_eq!(home.run(&["project", "show", "--json"]).json(), acme);
    insta::assert_snapshot!("project-show", home.run(&["project", "show", "beta"]).out.trim_end());

    let edit = home.run(&["project", "edit", "acme", "--url", "ws://10.0.0.5:7880"]);
    assert_eq!(edit.code, 0);
    assert!(edit.err.contains("[url-insecure]"), "{}", edit.err);
    assert_eq!(home.run(&["project", "show", "acme", "--json"]).json()["url"], "ws://10.0.0.5:7880");
    assert_eq!(home.run(&["project", "rename", "acme", "new acme"]).code, 0);
    assert_eq!(home.run(&["project", "default"]).out, "new acme\n");
    let token = home.token(&["--list"]);
    assert_eq!(crate::support::home::payload(&token)["iss"], "APIacme");

    assert_eq!(home.run(&["project", "remove", "new acme", "--yes"]).code, 0);
    assert_eq!(home.run(&["project", "list", "--json"]).json().as_array().unwrap().len(), 1);
    let none = home.run(&["project", "default"]);
    assert_eq!((none.code, none.out.as_str()), (1, ""));
    home.run(&["token", "create", "--list"]).failed(2, "none of your 1 projects is the default", "-p 'beta'");
    assert_eq!(home.run(&["project", "default", "beta"]).code, 0);
    assert_eq!(crate::support::home::payload(&home.token(&["--list"]))["iss"], "APIbeta");
    assert_eq!(home.files_with(CANARY), Vec::<std::path::PathBuf>::new());
}

#[test]
fn the_secret_is_cleaned_and_what_is_odd_is_told() {
    let home = Home::with_vault();
    let run = home.run_with(
        &["project", "add", "odd", "--url", "localhost", "--api-key", "\"key\"", "--api-secret-stdin"],
        "LIVEKIT_API_SECRET=APIfakeshort\r\n",
    );
    assert_eq!(run.code, 0, "{}", run.err);
    for told in [
        "took quotes around it off the API key",
        "took a line break at the end and LIVEKIT_API_SECRET= in front off the API secret",
        "[secret-short]",
        "[key-swap]",
        "[url-no-port]",
    ] {
        assert!(run.err.contains(told), "no {told} in {}", run.err);
    }
}

#[test]
fn names_that_are_taken_or_missing_are_errors_with_the_one_that_was_meant() {
    let home = Home::with_vault();
    assert_eq!(add(&home, "acme").code, 0);
    assert_eq!(add(&home, "beta").code, 0);
    add(&home, "acme").failed(2, "there is already a project acme", "roomkey project edit 'acme'");
    home.run(&["project", "rename", "beta", "acme"]).failed(
        2,
        "there is already a project acme",
        "another name",
    );
    for args in [
        &["project", "show", "acmee"][..],
        &["project", "remove", "acmee", "--yes"],
        &["project", "remove", "acmee"],
        &["project", "edit", "acmee", "--url", "x.example"],
        &["project", "rename", "acmee", "x"],
        &["project", "default", "acmee"],
        &["token", "create", "--list", "-p", "acmee"],
    ] {
        home.run(args).failed(2, "there is no project acmee", "did you mean acme?");
    }
    assert_eq!(home.run(&["project", "list", "--json"]).json().as_array().unwrap().len(), 2);
}

#[test]
fn removing_needs_a_yes() {
    let home = Home::with_vault();
    assert_eq!(add(&home, "acme").code, 0);
    home.run_with(&["project", "remove", "acme"], "y\n").failed(2, "removing acme needs a yes", "--yes");
    assert_eq!(home.run(&["project", "list", "--json"]).json().as_array().unwrap().len(), 1);
}

#[test]
fn the_built_in_project_is_there_and_stays_as_it_is() {
    let home = Home::with_vault();
    let shown = home.run(&["project", "show", "local dev", "--json"]).json();
    assert_eq!(
        (&shown["url"], &shown["key"], &shown["store"]),
        (&json!("ws://localhost:7880"), &json!("devkey"), &json!("built in"))
    );
    add(&home, "local dev").failed(2, "local dev is built in and cannot be added", "another name");
    home.run(&["project", "remove", "local dev", "--yes"]).failed(2, "local dev is built in", "another name");
    assert_eq!(home.run(&["project", "default", "local dev"]).code, 0);
    assert_eq!(crate::support::home::payload(&home.token(&["--list"]))["iss"], "devkey");
}

#[test]
fn nothing_is_asked_without_a_terminal() {
    let home = Home::with_vault();
    home.run(&["project", "add", "x"]).failed(
        2,
        "--url and --api-key are missing",
        "give --url and --api-key",
    );
    home.run(&["project", "add", "x", "--url", "x.example", "--api-key", "k"]).failed(
        2,
        "the API secret is missing, and there is no terminal to ask on",
        "--api-secret-file",
    );
    home.run(&["project", "edit", "x"]).failed(2, "nothing to change was given", "--ask-secret");
    let no_passphrase = Home::new().set("ROOMKEY_STORE", "vault");
    add(&no_passphrase, "x").failed(2, "the vault needs a new passphrase", "ROOMKEY_VAULT_PASSPHRASE_FILE");
}

#[test]
fn the_store_of_the_first_project_is_used_from_then_on() {
    let home = Home::new();
    let passphrase = home.write("passphrase", "fake-passphrase\n");
    let home = home.set("ROOMKEY_VAULT_PASSPHRASE_FILE", passphrase);
    let add = [
        "--store",
        "vault",
        "project",
        "add",
        "acme",
        "--url",
        "a.example",
        "--api-key",
        "k",
        "--api-secret-stdin",
    ];
    let run = home.run_with(&add, CANARY);
    assert!(run.err.contains("projects are kept in the vault from now on"), "{}", run.err);
    assert_eq!(home.run(&["project", "list", "--json"]).json()[0]["store"], "vault");
    let one_off = home.run(&["--store", "memory", "project", "list", "--json"]);
    assert_eq!((one_off.code, one_off.out.as_str()), (0, "[]\n"));
}

#[test]
fn without_a_keyring_the_message_says_so_and_names_the_other_stores() {
    let home = Home::new();
    let run = home.run(&["project", "list"]);
    run.failed(2, "no store has been chosen, and the keyring cannot be used: ", "--store vault");
    let run = home.run_with(
        &["project", "add", "x", "--url", "x.example", "--api-key", "k", "--api-secret-stdin"],
        CANARY,
    );
    run.failed(2, "no store has been chosen, and the keyring cannot be used: ", "--store memory");
}

#[test]
fn a_wrong_passphrase_and_a_broken_vault_lose_nothing() {
    let home = Home::with_vault();
    assert_eq!(add(&home, "acme").code, 0);
    let passphrase = home.path().join("passphrase");
    std::fs::write(&passphrase, "fake-other\n").unwrap();
    home.run(&["project", "list"]).failed(2, "wrong passphrase for the vault", "try again");
    add(&home, "beta").failed(2, "wrong passphrase for the vault", "try again");
    std::fs::write(&passphrase, "fake-passphrase\n").unwrap();
    assert_eq!(home.run(&["project", "list", "--json"]).json()[0]["name"], "acme");
}

#[test]
fn a_keyring_that_is_gone_is_told_when_its_projects_are_listed() {
    let run = Home::new().run(&["--store", "keyring", "project", "list", "--json"]);
    assert_eq!((run.code, run.out.as_str()), (2, "[]\n"), "{}", run.err);
    assert!(run.err.contains("error: there is no keyring here: no D-Bus session bus"), "{}", run.err);
    assert!(run.err.contains("hint: start a keyring such as gnome-keyring"), "{}", run.err);
}
