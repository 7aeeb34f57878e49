//! `roomkey store`: looking at the store, moving out of it, and a new passphrase for it.

use serde_json::json;

use crate::support::home::{CANARY, Home, Run};
#[cfg(target_os = "linux")]
use crate::support::secret_service::{Desk, Start, run as shell, with_bus};

fn add(home: &Home, name: &str, store: &str) {
    let args = ["--store", store, "project", "add", name, "--url", "wss://a.example", "--api-key", "APIfake"];
    let run = home.run_with(&[&args[..], &["--api-secret-stdin"]].concat(), CANARY);
    assert_eq!(run.code, 0, "{}", run.err);
}

fn names(run: &Run) -> Vec<String> {
    let list = run.json();
    list.as_array().unwrap().iter().map(|project| project["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_vault_says_where_it_is_and_is_not_opened_for_it() {
    let home = Home::with_vault();
    let none = home.run(&["store", "status", "--json"]).json();
    assert_eq!((&none["projects"], &none["locked"]), (&json!(0), &json!(false)));
    add(&home, "acme", "vault");
    let status = home.run(&["store", "status", "--json"]);
    assert_eq!(status.code, 0, "{}", status.err);
    let file = home.path().join("data/roomkey/vault.age");
    let want = json!({
        "store": "vault", "chosen_by": "ROOMKEY_STORE", "provider": file, "locked": true, "file": file,
        "projects": null, "unlisted": [], "missing": [],
    });
    assert_eq!(status.json(), want);
    let text = home.run(&["store", "status"]).out.replace(&*home.path().to_string_lossy(), "~");
    insta::assert_snapshot!("store-status-vault", text.trim_end());
}

#[test]
fn unlocking_a_vault_says_whether_the_passphrase_is_right() {
    let home = Home::with_vault();
    add(&home, "acme", "vault");
    let run = home.run(&["store", "unlock"]);
    assert_eq!((run.code, run.err.as_str()), (0, "the vault is unlocked; it holds 1 project\n"));
    home.write("passphrase", "fake-wrong\n");
    home.run(&["store", "unlock"]).failed(2, "wrong passphrase for the vault", "try again");
}

#[test]
fn a_new_passphrase_opens_the_vault_and_the_old_one_does_no_more() {
    let home = Home::with_vault();
    add(&home, "acme", "vault");
    let run = home.run_with(&["store", "passphrase", "--new-passphrase-file", "-"], "fake-new-passphrase\n");
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    home.run(&["store", "unlock"]).failed(2, "wrong passphrase for the vault", "try again");
    home.write("passphrase", "fake-new-passphrase\n");
    assert_eq!(names(&home.run(&["project", "list", "--json"])), ["acme"]);
    assert_eq!(home.token(&["-p", "acme", "--list"]).split('.').count(), 3, "its secret came along");
}

#[test]
fn a_passphrase_that_cannot_be_changed_is_an_error_with_a_cure() {
    let home = Home::with_vault();
    let new = home.write("new", "fake-new\n");
    let args = ["store", "passphrase", "--new-passphrase-file", new.to_str().unwrap()];
    home.run(&args).failed(2, "there is no vault at ", "roomkey project add NAME --store vault");
    add(&home, "acme", "vault");
    home.write("new", "two\nlines\n");
    home.run(&args).failed(2, "the passphrase has several lines", "one line of text");
    home.run(&["store", "passphrase"]).failed(2, "the vault needs a new passphrase", "run it in a terminal");
    home.write("passphrase", "fake-wrong\n");
    home.run(&args).failed(2, "wrong passphrase for the vault", "try again");
    home.write("passphrase", "fake-passphrase\n");
    assert_eq!(home.run(&["store", "unlock"]).code, 0, "the old one still opens it");
}

#[test]
fn the_environment_moves_into_a_vault_and_is_not_deleted() {
    let home = Home::with_vault().with_triple();
    let args = ["--store", "env", "store", "migrate", "--to", "vault"];
    let deleting = home.run(&[&args[..], &["--delete-source"]].concat());
    deleting.failed(2, "the projects of the store env cannot be changed from here", "LIVEKIT_URL");
    let dry = home.run(&[&args[..], &["--dry-run", "--json"]].concat());
    assert_eq!(dry.code, 0, "{}", dry.err);
    let name = dry.json()["projects"][0]["name"].as_str().unwrap().to_owned();
    assert_eq!(dry.json()["projects"][0]["action"], "copied");
    assert!(!home.path().join("data/roomkey/vault.age").exists(), "a dry run wrote");
    assert_eq!(home.run(&args).code, 0);
    assert_eq!(names(&home.run(&["--store", "vault", "project", "list", "--json"])), [name]);
    let again = home.run(&[&args[..], &["--json"]].concat());
    assert_eq!(again.json()["projects"][0]["action"], "same");
    home.run(&["--store", "vault", "store", "migrate", "--to", "vault"]).failed(
        2,
        "the projects are in the vault already",
        "--to",
    );
}

#[test]
fn another_project_of_the_same_name_is_not_overwritten_unless_asked_to() {
    let home = Home::with_vault().with_triple();
    let migrate = ["--store", "env", "store", "migrate", "--to", "vault"];
    let name = home.run(&[&migrate[..], &["--dry-run", "--json"]].concat()).json();
    let name = name["projects"][0]["name"].as_str().unwrap().to_owned();
    add(&home, &name, "vault");
    let dry = home.run(&[&migrate[..], &["--dry-run"]].concat());
    assert_eq!((dry.code, dry.out.contains("differs")), (1, true), "{}", dry.out);
    home.run(&migrate).failed(2, &format!("{name} is there already, and not the same"), "--replace");
    let url = |home: &Home| home.run(&["project", "show", &name, "--json"]).json()["url"].clone();
    assert_eq!(url(&home), "wss://a.example");
    assert_eq!(home.run(&[&migrate[..], &["--replace"]].concat()).code, 0);
    assert_eq!(url(&home), "wss://env.example");
}

/// The program on the bus of the test.
#[cfg(target_os = "linux")]
fn on_bus(desk: &Desk) -> Home {
    let passphrase = desk.home().join("passphrase");
    std::fs::write(&passphrase, "fake-passphrase\n").unwrap();
    Home::new()
        .set("DBUS_SESSION_BUS_ADDRESS", std::env::var_os("DBUS_SESSION_BUS_ADDRESS").unwrap())
        .set("ROOMKEY_VAULT_PASSPHRASE_FILE", passphrase)
}

#[cfg(target_os = "linux")]
#[test]
fn projects_move_from_the_keyring_to_a_vault_and_back() {
    with_bus(Start::Unlocked, |desk| {
        let home = on_bus(desk);
        add(&home, "acme", "keyring");
        add(&home, "beta", "keyring");
        let moved = home.run(&["store", "migrate", "--to", "vault"]);
        assert_eq!(moved.code, 0, "{}", moved.err);
        assert!(
            moved.err.contains("2 projects copied from the keyring to the vault and compared"),
            "{}",
            moved.err
        );
        assert!(moved.err.contains("projects are kept in the vault from now on"), "{}", moved.err);
        let seen = || shell("secret-tool", &["search", "--all", "service", "roomkey"]);
        assert!(seen().contains("project:acme"), "nothing was to be removed yet");
        let gone = home.run(&["--store", "keyring", "store", "migrate", "--to", "vault", "--delete-source"]);
        assert_eq!((gone.code, seen().as_str()), (0, ""), "{}", gone.err);
        assert_eq!(names(&home.run(&["project", "list", "--json"])), ["acme", "beta"]);

        let back = home.run(&["store", "migrate", "--to", "keyring", "--delete-source", "--json"]);
        assert_eq!(back.code, 0, "{}", back.err);
        assert_eq!((&back.json()["deleted"], seen().contains("project:beta")), (&json!(true), true));
        let status = home.run(&["store", "status", "--json"]).json();
        assert_eq!((&status["store"], &status["projects"]), (&json!("keyring"), &json!(2)));
        assert_eq!(status["chosen_by"], "the settings");
        assert_eq!(home.files_with(CANARY), Vec::<std::path::PathBuf>::new());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_keyring_has_and_the_list_has_not_is_found_and_put_back() {
    with_bus(Start::Unlocked, |desk| {
        let home = on_bus(desk);
        for name in ["acme", "beta"] {
            add(&home, name, "keyring");
        }
        assert_eq!(home.run(&["store", "status"]).code, 0);
        std::fs::remove_file(home.path().join("data/roomkey/keyring.json")).unwrap();
        let status = home.run(&["store", "status"]);
        assert_eq!(status.code, 1, "{}", status.err);
        let text = status.out.replace(&*home.path().to_string_lossy(), "~");
        insta::assert_snapshot!("store-status-unlisted", text.trim_end());
        assert!(status.err.contains("roomkey store status --repair"), "{}", status.err);
        let repaired = home.run(&["store", "status", "--repair"]);
        assert_eq!(repaired.code, 0, "{}", repaired.err);
        assert_eq!(names(&home.run(&["project", "list", "--json"])), ["acme", "beta"]);

        shell("secret-tool", &["clear", "service", "roomkey", "username", "project:beta"]);
        let status = home.run(&["store", "status", "--json"]);
        assert_eq!((status.code, &status.json()["missing"]), (1, &json!(["beta"])));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_locked_keyring_that_cannot_ask_is_told_with_what_helps() {
    with_bus(Start::Unlocked, |desk| {
        let home = on_bus(desk);
        add(&home, "acme", "keyring");
        desk.lock_keyring();
        for args in [&["store", "unlock"][..], &["store", "status"]] {
            let run = home.run(args);
            run.failed(2, "the keyring is locked", "gnome-keyring-daemon --unlock");
        }
    });
}
