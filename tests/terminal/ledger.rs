//! What is signed on the screen is in the ledger, on the screen and on the command line.

use roomkey::clock::Timestamp;
use roomkey::files::{Disk, Paths};
use roomkey::ledger::{By, Ledger, Row};
use roomkey::token::Fingerprint;

use super::{Home, PathBuf, fill, osc52, start};
use crate::support::pty::Terminal;

/// Signs, and gives the token that went to the terminal.
fn sign(terminal: &mut Terminal) -> String {
    let before = osc52(&terminal.raw()).len();
    terminal.press("y");
    crate::support::eventually("the token is sent", || osc52(&terminal.raw()).len() > before);
    osc52(&terminal.raw()).pop().unwrap()
}

#[test]
fn a_token_signed_on_the_screen_is_in_the_ledger_and_can_be_issued_again() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &[]);
    fill(&mut terminal);
    let token = sign(&mut terminal);
    terminal.press("3");
    terminal
        .wait("the row", |screen| screen.contains("1 still works, 1 in all") && screen.contains("demo-room"));
    let fingerprint = Fingerprint::of(&token).to_string();
    terminal.wait_for(&fingerprint);
    // The same again: another second, another token.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let again = sign(&mut terminal);
    assert_ne!(token, again);
    terminal.wait_for("2 still work, 2 in all");
    // What another program issues comes in by itself.
    home.token(&["--dev", "--join", "-r", "elsewhere", "-i", "carol"]);
    terminal.wait_for("elsewhere");
    // In the inspector it is known.
    terminal.paste(&token);
    terminal.wait_for("you issued this");
    terminal.wait_for("from local dev");
    terminal.press("q");
    assert!(terminal.ended().0.success());

    let rows = home.run(&["ledger", "list", "--json"]).json();
    let named: Vec<(&str, &str, &str)> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap();
            (text("fingerprint"), text("identity"), text("by"))
        })
        .collect();
    let second = Fingerprint::of(&again).to_string();
    assert_eq!(named[1..], [(&*second, "alice-7f3a", "tui"), (&*fingerprint, "alice-7f3a", "tui")]);
    assert_eq!((named[0].1, named[0].2), ("carol", "create"));
    for token in [&token, &again] {
        let signature = token.rsplit('.').next().unwrap();
        assert_eq!(home.files_with(signature), Vec::<PathBuf>::new());
    }

    // The next run knows whom a second token would throw out.
    let mut terminal = start(&home, &[], &[]);
    fill(&mut terminal);
    terminal.wait_for("identity-reuse");
    terminal.press("q");
    assert!(terminal.ended().0.success());
}

/// A ledger of more rows than one block of its file, `p0` the oldest.
fn long(home: &Home) {
    let paths = Paths { state: home.path().join("state/roomkey"), ..Paths::under(home.path()) };
    let row = |i: i64| Row {
        at: Timestamp::now().plus(i - 300),
        project: "acme".into(),
        url: "wss://acme.livekit.cloud".into(),
        key: "APIfake".into(),
        room: "demo".into(),
        identity: format!("p{i}"),
        last: String::new(),
        count: 1,
        joins: true,
        grants: "join, publish".into(),
        expires_at: Timestamp::now().plus(3_600),
        fingerprint: Fingerprint::of(&i.to_string()),
        by: By::Create,
        draft: Some(format!(r#"{{"identity":"p{i}","video":{{"roomJoin":true,"room":"demo"}}}}"#).into()),
    };
    let rows: Vec<Row> = (0..300).map(row).collect();
    Ledger::file(&paths, Disk::default()).record_all(&rows).unwrap();
}

#[test]
fn all_of_a_long_ledger_is_there_each_row_once_and_what_came_since_the_start_too() {
    let home = Home::new();
    long(&home);
    let mut terminal = start(&home, &[], &[]);
    terminal.wait_for("keys for LiveKit rooms");
    home.token(&["--dev", "--join", "-r", "elsewhere", "-i", "carol"]);
    terminal.press("3");
    terminal.wait("every row", |screen| {
        screen.contains("301 still work, 301 in all ") && screen.contains("elsewhere")
    });
    terminal.press("G");
    terminal.wait_for("p0 ");
    terminal.press("q");
    assert!(terminal.ended().0.success());
}

#[test]
fn what_was_purged_before_anybody_looked_is_not_shown() {
    let home = Home::new();
    long(&home);
    let mut terminal = start(&home, &[], &[]);
    terminal.wait_for("keys for LiveKit rooms");
    home.run(&["ledger", "purge", "--all", "--yes"]);
    terminal.press("3");
    terminal.wait_for("Nothing yet");
    terminal.press("q");
    assert!(terminal.ended().0.success());
}

#[test]
fn switched_off_the_screen_writes_nothing_down() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &[]);
    terminal.wait_for("keys for LiveKit rooms");
    terminal.press("3");
    terminal.wait_for("Nothing yet");
    terminal.press("O");
    terminal.wait_for("The ledger is off");
    terminal.press("4");
    fill(&mut terminal);
    sign(&mut terminal);
    terminal.press("q");
    assert!(terminal.ended().0.success());
    assert!(!home.path().join("state").exists());
    let settings = std::fs::read_to_string(home.path().join("config/roomkey/settings.toml")).unwrap();
    assert_eq!(settings, "ledger = false\n");
}

#[test]
fn a_ledger_that_cannot_be_written_is_told_and_the_token_is_there_all_the_same() {
    let home = Home::new();
    std::fs::create_dir_all(home.path().join("state/roomkey/ledger.jsonl")).unwrap();
    let mut terminal = start(&home, &[], &[]);
    fill(&mut terminal);
    let token = sign(&mut terminal);
    super::assert_token(&token);
    terminal.wait_for("but not in the ledger");
    terminal.press("3");
    terminal.wait_for("The ledger cannot be read");
    terminal.wait_for("move it away");
    std::fs::remove_dir(home.path().join("state/roomkey/ledger.jsonl")).unwrap();
    terminal.wait_for("Nothing yet");
    terminal.press("q");
    assert!(terminal.ended().0.success());
}
