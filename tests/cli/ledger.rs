//! The ledger on the command line, and that whatever happens to a process, no row of another is lost.

use std::fs;
use std::path::{Path, PathBuf};

use roomkey::clock::Timestamp;
use roomkey::files::{Disk, Paths};
use roomkey::ledger::{By, Ledger, Purge, Row};
use roomkey::token::Fingerprint;

use crate::support::home::{CANARY, Home};
use crate::support::process::{again, role, test_of};

fn file(home: &Home) -> PathBuf {
    home.path().join("state/roomkey/ledger.jsonl")
}

fn fingerprint(token: &str) -> String {
    Fingerprint::of(token).to_string()
}

#[test]
fn a_token_that_is_created_is_in_the_ledger_by_its_fingerprint_and_neither_it_nor_the_secret_is() {
    let home = Home::new().with_triple();
    let token = home.token(&["--join", "-r", "demo", "-i", "alice", "--metadata", "{\"team\":\"blue\"}"]);
    let run = home.run(&["ledger", "list", "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let rows = run.json();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    let row = &rows[0];
    for (name, value) in [
        ("project", "environment"),
        ("project_url", "wss://env.example"),
        ("key", "APIenv"),
        ("room", "demo"),
        ("identity", "alice"),
        ("grants", "join, publish"),
        ("by", "create"),
        ("fingerprint", &fingerprint(&token)),
    ] {
        assert_eq!(row[name], value, "{name}");
    }
    assert_eq!((&row["alive"], &row["count"]), (&true.into(), &1.into()));
    assert_eq!(row["draft"]["metadata"], "{\"team\":\"blue\"}");

    // The draft makes such a token again.
    let again = home.run_with(&["token", "create", "--token-only", "--draft", "-"], row["draft"].to_string());
    assert_eq!(again.code, 0, "{}", again.err);
    let claims = crate::support::home::payload(again.out.trim());
    assert_eq!((&claims["sub"], &claims["metadata"]), (&"alice".into(), &"{\"team\":\"blue\"}".into()));

    let text = fs::read_to_string(file(&home)).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert!(!text.contains("eyJ"), "{text}");
    assert_eq!(home.files_with(CANARY), Vec::<PathBuf>::new());
    let signature = token.rsplit('.').next().unwrap();
    assert_eq!(home.files_with(signature), Vec::<PathBuf>::new());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file(&home)), mode(file(&home).parent().unwrap())), (0o600, 0o700));
    }
}

#[test]
fn what_still_works_is_answered_for_a_project_a_room_a_key_and_an_identity() {
    let home = Home::new().with_triple();
    home.token(&["--join", "-r", "demo", "-i", "alice"]);
    home.token(&["--join", "-r", "other", "-i", "bob"]);
    home.token(&["--dev", "--join", "-r", "demo", "-i", "carol"]);
    home.token(&["--dev", "--join", "-r", "demo", "-i", "gone", "--valid-for", "0s"]);
    // Older than the leeway.
    let text = fs::read_to_string(file(&home)).unwrap();
    let gone = text.lines().last().unwrap();
    let exp = serde_json::from_str::<serde_json::Value>(gone).unwrap()["exp"].as_i64().unwrap();
    let gone = gone.replace(&format!("\"exp\":{exp}"), &format!("\"exp\":{}", exp - 100));
    let rest: Vec<&str> = text.lines().take(3).collect();
    fs::write(file(&home), format!("{}\n{gone}\n", rest.join("\n"))).unwrap();

    for (args, expected) in [
        (&[][..], &["gone", "carol", "bob", "alice"][..]),
        (&["--alive"], &["carol", "bob", "alice"]),
        (&["-p", "local dev"], &["gone", "carol"]),
        (&["--room", "demo", "--alive"], &["carol", "alice"]),
        (&["--key", "APIenv"], &["bob", "alice"]),
        (&["--identity", "bob"], &["bob"]),
        (&["--limit", "2"], &["gone", "carol"]),
        (&["--limit", "0"], &[]),
        (&["--room", "nowhere"], &[]),
    ] {
        let run = home.run(&[&["ledger", "list", "--json"], args].concat());
        assert_eq!(run.code, 0, "{args:?}: {}", run.err);
        let rows = run.json();
        let names: Vec<&str> =
            rows.as_array().unwrap().iter().map(|r| r["identity"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{args:?}");
    }
    let run = home.run(&["ledger", "list"]);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 5, "{}", run.out);
    assert!(lines[0].starts_with("ISSUED") && lines[0].ends_with("FINGERPRINT"), "{}", run.out);
    let an_hour = ["59 min", " 1 h "].iter().any(|left| lines[2].contains(left));
    assert!(lines[1].contains("expired") && an_hour, "{}", run.out);
    assert!(run.err.contains("3 still work"), "{}", run.err);
    let none = home.run(&["ledger", "list", "--room", "nowhere"]);
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert!(none.err.contains("no token that was issued here matches"), "{}", none.err);
}

#[test]
fn one_token_is_shown_with_the_truth_about_taking_it_back() {
    let home = Home::new().with_triple();
    let token = home.token(&["--join", "-r", "demo", "-i", "alice"]);
    home.token(&["--join", "-r", "other", "-i", "bob"]);
    let shown = home.run(&["ledger", "show", &fingerprint(&token)]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    for part in [
        "A self-hosted server cannot take it back: it works until it expires",
        "every token of APIenv",
        "APIenv (2 tokens of it still work)",
        "lk --url wss://env.example --api-key APIenv room participants remove --room=demo alice",
    ] {
        assert!(shown.out.contains(part), "no {part:?} in {}", shown.out);
    }
    // The token itself leads there too, with whatever stands around it.
    let piped = home.run_with(&["ledger", "show", "-", "--json"], format!("Bearer {token}\n"));
    let json = piped.json();
    assert_eq!(json["fingerprint"], fingerprint(&token));
    assert_eq!(json["same_key_alive"], 2);
    assert!(json["revocation"]["command"].as_str().unwrap().starts_with("lk "));
    assert!(json["revocation"]["sentences"].as_array().unwrap().len() > 1);

    let other = home.run(&["ledger", "show", "000000000000"]);
    assert_eq!((other.code, other.out.as_str()), (1, ""));
    assert!(other.err.contains("no token 000000000000 was issued here"), "{}", other.err);
    home.run(&["ledger", "show", "alice"]).failed(
        2,
        "that is neither a fingerprint nor a token",
        "12 hexadecimal digits",
    );
}

#[test]
fn switched_off_nothing_is_written_down_and_the_list_says_so() {
    let home = Home::new();
    home.token(&["--dev", "--join", "-r", "demo", "-i", "alice", "--no-ledger"]);
    assert!(!file(&home).exists());
    let off = home.run(&["ledger", "off"]);
    assert_eq!(off.code, 0, "{}", off.err);
    home.token(&["--dev", "--join", "-r", "demo", "-i", "bob"]);
    assert!(!file(&home).exists());
    let list = home.run(&["ledger", "list"]);
    assert!(list.err.contains("the ledger is off"), "{}", list.err);
    assert_eq!(home.run(&["ledger", "on"]).code, 0);
    home.token(&["--dev", "--join", "-r", "demo", "-i", "carol"]);
    assert_eq!(home.run(&["ledger", "list", "--json"]).json()[0]["identity"], "carol");
}

#[test]
fn a_ledger_that_cannot_be_written_keeps_nobody_from_having_the_token() {
    let create = ["token", "create", "--dev", "--join", "-r", "demo", "-i", "alice"];
    let home = Home::new();
    home.token(&create[2..]);
    let path = file(&home);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let run = home.run(&create);
        assert_eq!((run.code, run.out.trim().split('.').count()), (0, 3), "{}", run.err);
        assert!(
            run.err.contains("warning: not in the ledger: ") && run.err.contains("chmod 600"),
            "{}",
            run.err
        );
        home.run(&["ledger", "list"]).failed(2, &path.display().to_string(), "chmod 600");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::remove_dir_all(home.path().join("state")).unwrap();
    home.write("state", "a file in the place of the folder");
    let run = home.run(&create);
    assert_eq!((run.code, run.out.trim().split('.').count()), (0, 3), "{}", run.err);
    assert!(run.err.contains("warning: not in the ledger: cannot create"), "{}", run.err);

    // Whether it is switched off cannot be told: then nothing is written down.
    let home = Home::new();
    fs::create_dir_all(home.path().join("config/roomkey")).unwrap();
    home.write("config/roomkey/settings.toml", "ledger = \"off\"\n");
    let run = home.run(&create);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err.contains("not in the ledger") && run.err.contains("line 1: ledger must be true or false")
    );
    assert!(!file(&home).exists());
}

#[test]
fn a_line_that_is_no_row_is_told_and_the_rest_is_listed() {
    let home = Home::new();
    home.token(&["--dev", "--join", "-r", "demo", "-i", "alice"]);
    let mut text = fs::read_to_string(file(&home)).unwrap();
    text.push_str("half of a\n");
    fs::write(file(&home), text).unwrap();
    home.token(&["--dev", "--join", "-r", "demo", "-i", "bob"]);
    let run = home.run(&["ledger", "list", "--json"]);
    assert_eq!((run.code, run.json().as_array().unwrap().len()), (0, 2));
    assert!(run.err.contains("warning: line 2 of ") && run.err.contains("is no row"), "{}", run.err);
    assert!(run.err.contains("sed -n 2p"), "{}", run.err);
}

#[test]
fn a_purge_needs_a_yes_and_takes_what_it_says() {
    let home = Home::new();
    home.token(&["--dev", "--join", "-r", "demo", "-i", "alice"]);
    let list = |home: &Home| home.run(&["ledger", "list", "--json"]).json().as_array().unwrap().len();
    let nothing = home.run(&["ledger", "purge"]);
    assert_eq!(nothing.code, 0, "{}", nothing.err);
    assert!(nothing.err.contains("nothing to remove; 1 stay"), "{}", nothing.err);
    home.run(&["ledger", "purge", "--all"]).failed(2, "removing 1 row needs a yes", "--yes");
    home.run(&["ledger", "purge", "--before", "soon"]).failed(2, "--before takes a moment", "30d");
    assert_eq!(home.run(&["ledger", "purge", "--before", "1d", "--yes"]).code, 0);
    assert_eq!(list(&home), 1);
    let done = home.run(&["ledger", "purge", "--all", "--yes"]);
    assert!(done.code == 0 && done.err.contains("removed 1 row; 0 stay"), "{}", done.err);
    assert_eq!(list(&home), 0);
}

#[cfg(unix)]
#[test]
fn on_a_terminal_a_purge_asks() {
    use crate::support::pty::Terminal;
    let home = Home::new();
    home.token(&["--dev", "--join", "-r", "demo", "-i", "alice"]);
    for (answer, code, left) in [("n", 1, 1), ("y", 0, 0)] {
        let mut terminal = Terminal::start(home.path(), &[], &["ledger", "purge", "--all"], (100, 10));
        terminal.wait_for("Remove 1 row from the ledger? 0 stay. The tokens work on. [y/N]");
        terminal.press(&format!("{answer}\r"));
        assert_eq!(terminal.ended().0.exit_code(), code);
        let rows = home.run(&["ledger", "list", "--json"]).json();
        assert_eq!(rows.as_array().unwrap().len(), left);
    }
}

#[test]
fn the_demo_has_a_ledger_of_its_own_and_writes_none() {
    let home = Home::new();
    let run = home.run(&["--demo", "ledger", "list", "--alive"]);
    assert!(run.code == 0 && run.out.contains("guest-k2p9") && !run.out.contains("recorder"), "{run:?}");
    assert_eq!(home.run(&["--demo", "token", "create", "--join", "-r", "demo", "-i", "alice"]).code, 0);
    assert_eq!(home.run(&["--demo", "ledger", "purge", "--all", "--yes"]).code, 0);
    assert!(!home.path().join("state").exists());
}

fn ledger_in(folder: &Path) -> Ledger {
    Ledger::file(&Paths::under(folder), Disk::default())
}

fn numbered(who: &str, number: usize) -> Row {
    Row {
        at: Timestamp::from_unix(1_795_531_327),
        project: who.to_owned(),
        url: "wss://acme.example".into(),
        key: "APIfake".into(),
        room: "demo".into(),
        identity: format!("{who}-{number}"),
        last: String::new(),
        count: 1,
        joins: true,
        grants: "join, publish".into(),
        expires_at: Timestamp::from_unix(1_795_534_927),
        fingerprint: Fingerprint::of(&format!("{who}-{number}")),
        by: By::Create,
        draft: Some(format!("{{\"identity\":\"{}\"}}", "x".repeat(number % 700)).into()),
    }
}

/// The numbers of the rows of one writer, oldest first; no line of the file may be anything but a row.
fn numbers(ledger: &Ledger, who: &str) -> Vec<usize> {
    let mut reading = ledger.newest_first().unwrap();
    let mut all = Vec::new();
    while let Some(rows) = reading.next_rows().unwrap() {
        all.extend(
            rows.iter()
                .filter(|row| row.project == who)
                .map(|row| row.identity.rsplit('-').next().unwrap().parse::<usize>().unwrap()),
        );
    }
    assert_eq!(reading.damage().unreadable, 0);
    all.reverse();
    all
}

const FOLDER: &str = "ROOMKEY_TEST_LEDGER";

#[test]
fn two_processes_at_once_lose_nothing_even_while_a_third_purges() {
    const ROWS: usize = 500;
    if let Some(who) = role() {
        let ledger = ledger_in(Path::new(&std::env::var_os(FOLDER).unwrap()));
        if who == "purge" {
            for _ in 0..40 {
                // Removes the rows that are there for it, and writes all others anew.
                ledger.record(&Row { expires_at: Timestamp::from_unix(0), ..numbered("old", 0) }).unwrap();
                ledger.purge(Purge::Expired, Timestamp::from_unix(1_795_531_327)).unwrap();
            }
            return;
        }
        (0..ROWS).for_each(|number| ledger.record(&numbered(&who, number)).unwrap());
        return;
    }
    let test = test_of(&two_processes_at_once_lose_nothing_even_while_a_third_purges);
    let folder = tempfile::tempdir().unwrap();
    let children: Vec<_> = ["one", "two", "purge"]
        .into_iter()
        .map(|who| {
            again(&test, who).env(FOLDER, folder.path()).stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let ledger = ledger_in(folder.path());
    for who in ["one", "two"] {
        assert_eq!(numbers(&ledger, who), (0..ROWS).collect::<Vec<_>>(), "{who}");
    }
    assert_eq!(numbers(&ledger, "old"), Vec::<usize>::new());
}

#[cfg(unix)]
#[test]
fn a_process_killed_while_it_appends_costs_no_earlier_row_and_no_later_one() {
    if let Some(from) = role() {
        let ledger = ledger_in(Path::new(&std::env::var_os(FOLDER).unwrap()));
        for number in from.parse::<usize>().unwrap().. {
            ledger.record(&numbered("one", number)).unwrap();
        }
    }
    let test = test_of(&a_process_killed_while_it_appends_costs_no_earlier_row_and_no_later_one);
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger_in(folder.path());
    let mut next = 0;
    for round in 0..12 {
        let mut child = again(&test, &next.to_string())
            .env(FOLDER, folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let path = ledger.path().unwrap().to_owned();
        let before = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        crate::support::eventually("it appends", || {
            fs::metadata(&path).is_ok_and(|metadata| metadata.len() > before)
        });
        std::thread::sleep(std::time::Duration::from_micros(700 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let there = numbers(&ledger, "one");
        assert_eq!(there, (0..there.len()).collect::<Vec<_>>(), "round {round}");
        assert!(there.len() > next, "round {round}");
        next = there.len();
    }
}
