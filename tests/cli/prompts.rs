//! What the program asks on a terminal, and that what is typed there stays hidden.

use crate::support::home::{CANARY, Home};
use crate::support::pty::Terminal;

#[test]
fn what_is_missing_of_a_project_is_asked_for_and_the_secret_is_masked() {
    let home = Home::with_vault();
    let mut terminal = Terminal::asked(&home, &["project", "add", "acme"]);
    terminal.answer("URL: ", "acme.example");
    terminal.answer("API key: ", "APIacme");
    terminal.answer("API secret (not shown): ", CANARY);
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("added acme (wss://acme.example) to the vault"), "{shown}");
    assert_eq!(home.run(&["project", "list", "--json"]).json()[0]["key"], "APIacme");
}

#[test]
fn a_new_vault_asks_for_its_passphrase_twice_and_then_once() {
    let home = Home::new().set("ROOMKEY_STORE", "vault");
    let add = ["project", "add", "acme", "--url", "acme.example", "--api-key", "APIacme"];
    let mut terminal = Terminal::asked(&home, &add);
    terminal.answer("New passphrase for the vault (not shown): ", "fake-passphrase");
    terminal.answer("The same again: ", "fake-passphrsae");
    let (code, shown) = terminal.end();
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("the two passphrases differ"), "{shown}");
    let mut terminal = Terminal::asked(&home, &add);
    terminal.answer("New passphrase for the vault (not shown): ", "fake-passphrase");
    terminal.answer("The same again: ", "fake-passphrase");
    terminal.answer("API secret (not shown): ", CANARY);
    assert_eq!(terminal.end().0, 0);
    let mut terminal = Terminal::asked(&home, &["project", "list"]);
    terminal.answer("Passphrase of the vault (not shown): ", "fake-passphrase");
    let (code, shown) = terminal.end();
    assert!(code == 0 && shown.contains("* acme"), "{shown}");
}

#[test]
fn removing_asks_and_only_a_yes_removes() {
    let home = Home::with_vault();
    let add = ["project", "add", "acme", "--url", "a.example", "--api-key", "k", "--api-secret-stdin"];
    assert_eq!(home.run_with(&add, CANARY).code, 0);
    let mut terminal = Terminal::asked(&home, &["project", "remove", "acme"]);
    terminal.answer("Remove acme? Its key and secret leave the vault. [y/N] ", "");
    let (code, shown) = terminal.end();
    assert!(code == 1 && shown.contains("acme was kept"), "{code} {shown}");
    let mut terminal = Terminal::asked(&home, &["project", "remove", "acme"]);
    terminal.answer("[y/N] ", "y");
    let (code, shown) = terminal.end();
    assert!(code == 0 && shown.contains("removed acme from the vault"), "{code} {shown}");
}

#[test]
fn a_new_passphrase_is_asked_for_twice_after_the_present_one() {
    let home = Home::with_vault();
    let add = ["project", "add", "acme", "--url", "a.example", "--api-key", "k", "--api-secret-stdin"];
    assert_eq!(home.run_with(&add, CANARY).code, 0);
    let home = home.set("ROOMKEY_VAULT_PASSPHRASE_FILE", "");
    let mut terminal = Terminal::asked(&home, &["store", "passphrase"]);
    terminal.answer("Passphrase of the vault (not shown): ", "fake-passphrase");
    terminal.answer("New passphrase for the vault (not shown): ", "fake-other");
    terminal.answer("The same again: ", "fake-other");
    let (code, shown) = terminal.end();
    assert!(code == 0 && shown.contains("the vault has a new passphrase"), "{code} {shown}");
    let mut terminal = Terminal::asked(&home, &["store", "unlock"]);
    terminal.answer("Passphrase of the vault (not shown): ", "fake-other");
    assert_eq!(terminal.end().0, 0);
}
