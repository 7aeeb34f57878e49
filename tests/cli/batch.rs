//! `roomkey token batch`.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::home::{CANARY, Home, finish, payload};

const BATCH: [&str; 3] = ["token", "batch", "--dev"];

fn batch(home: &Home, args: &[&str]) -> crate::support::home::Run {
    home.run(&[&BATCH[..], args].concat())
}

/// The lines of standard output as JSON, with the payload of each token beside it.
#[track_caller]
fn minted(run: &crate::support::home::Run) -> Vec<(Value, Value)> {
    run.out
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let claims = payload(line["access_token"].as_str().unwrap());
            (line, claims)
        })
        .collect()
}

#[test]
fn a_row_is_laid_over_the_flags_and_every_line_says_whose_token_it_is() {
    let home = Home::new();
    home.write(
        "people.csv",
        "\u{feff}identity,room,name,video.canPublish,attributes.role,valid-for\r\n\
         alice,,\"Alice \"\"B.\"\"\",,host,5m\r\n\r\n\
         bob,other,,false,,\r\n",
    );
    let run = batch(&home, &["--from", "people.csv", "--room", "demo", "--attribute", "role=guest"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let minted = minted(&run);
    assert_eq!(minted.len(), 2);
    let (line, claims) = &minted[0];
    assert_eq!(
        (&line["identity"], &line["room"], &line["name"]),
        (&json!("alice"), &json!("demo"), &json!("Alice \"B.\""))
    );
    assert_eq!(claims["sub"], "alice");
    assert_eq!(claims["video"], json!({"roomJoin": true, "room": "demo"}));
    assert_eq!(claims["attributes"], json!({"role": "host"}));
    let (nbf, exp) = (claims["nbf"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    assert_eq!(exp - nbf, 300);
    assert_eq!(line["expires_at"], roomkey::clock::Timestamp::from_unix(exp).iso());
    let (_, claims) = &minted[1];
    assert_eq!(claims["video"], json!({"roomJoin": true, "room": "other", "canPublish": false}));
    assert_eq!(claims["attributes"], json!({"role": "guest"}));
    assert!(run.err.contains("signed 2 tokens in "), "{}", run.err);
    // A batch line and token create say the same.
    let one = home.token(&[
        "--dev",
        "--join",
        "-i",
        "bob",
        "-r",
        "other",
        "--set",
        "video.canPublish=false",
        "--attribute",
        "role=guest",
    ]);
    let without_times = |mut claims: Value| {
        for time in ["iat", "nbf", "exp"] {
            claims.as_object_mut().unwrap().shift_remove(time);
        }
        claims
    };
    assert_eq!(without_times(payload(&one)), without_times(claims.clone()));
}

#[test]
fn json_lines_are_rows_too() {
    let home = Home::new();
    let rows = "{\"identity\":\"a\",\"room\":\"r\",\"video\":{\"canPublish\":false,\"roomJoin\":true}}\n\n{\"sub\":\"b\",\"video.room\":\"r\",\"roomList\":true}";
    let args = [&BATCH[..], &["--from", "-", "--ignore", "roomList"]].concat();
    let run = home.run_with(&args, rows);
    assert_eq!(run.code, 0, "{}", run.err);
    let claims: Vec<Value> = minted(&run).into_iter().map(|(_, claims)| claims["video"].clone()).collect();
    assert_eq!(
        claims,
        [json!({"roomJoin": true, "room": "r", "canPublish": false}), json!({"roomJoin": true, "room": "r"})]
    );
}

#[test]
fn as_many_as_wanted_are_made_of_the_flags_alone() {
    let home = Home::new().set("USER", "kim");
    let run = batch(
        &home,
        &[
            "-n",
            "1200",
            "--identity",
            "load-{n}-{user}",
            "--room",
            "room-{rand4}",
            "--metadata",
            r#"{"seat":{n}}"#,
        ],
    );
    assert_eq!(run.code, 0, "{}", run.err);
    let minted = minted(&run);
    assert_eq!(minted.len(), 1200);
    for (i, (line, claims)) in minted.iter().enumerate() {
        assert_eq!(line["identity"], format!("load-{}-kim", i + 1));
        assert_eq!(claims["metadata"], format!("{{\"seat\":{}}}", i + 1));
    }
    let rooms: std::collections::HashSet<&str> =
        minted.iter().map(|(line, _)| line["room"].as_str().unwrap()).collect();
    assert!(rooms.len() > 1100 && rooms.iter().all(|room| room.len() == 9), "{}", rooms.len());
    let generated = batch(&home, &["-n", "2", "--generate"]);
    assert_eq!(generated.code, 0, "{}", generated.err);
    assert!(generated.out.contains("\"identity\":\"participant-"), "{}", generated.out);
}

#[test]
fn the_other_formats_carry_the_same_tokens() {
    let home = Home::new();
    let run = |format: &str| {
        let run = batch(&home, &["-n", "2", "--identity", "a{n}", "-r", "x,y", "--format", format]);
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
    };
    let csv = run("csv");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "identity,room,name,access_token,expires_at");
    assert!(lines[2].starts_with("a2,\"x,y\",,ey"), "{csv}");
    let env = run("env");
    assert!(env.lines().nth(1).unwrap().starts_with("LIVEKIT_TOKEN_2=ey"), "{env}");
    assert_eq!(payload(run("token").lines().nth(1).unwrap())["sub"], "a2");
}

#[test]
fn without_a_grant_it_joins_and_with_one_it_is_left_alone() {
    let home = Home::new();
    let video = |args: &[&str]| {
        let run = batch(&home, &[&["-n", "1", "--identity", "a", "--room", "r"], args].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        minted(&run)[0].1["video"].clone()
    };
    assert_eq!(video(&[]), json!({"roomJoin": true, "room": "r"}));
    assert_eq!(video(&["--admin"]), json!({"roomAdmin": true, "room": "r"}));
    assert_eq!(video(&["--preset", "viewer"])["canPublish"], false);
}

#[test]
fn what_is_wrong_stops_with_its_row_and_a_cure_and_what_was_signed_before_is_there() {
    let home = Home::new();
    home.write("bad.csv", "identity,room\nalice,demo\nbob,demo,more\ncarol,demo\n");
    let run = batch(&home, &["--from", "bad.csv"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("error: row 2 (line 3): it has 3 values, and the first line names 2"),
        "{}",
        run.err
    );
    assert!(run.err.contains("hint: put a value that has the separator in it in quotes"), "{}", run.err);
    assert_eq!(minted(&run).len(), 1);
    for (text, error, hint) in [
        ("identity,zebra\na,b\n", "line 1: column 2 is \"zebra\", which is no claim", "--ignore NAME"),
        ("\nidentiy\na\n", "line 2: column 1 is \"identiy\", which is no claim", "did you mean identity?"),
        ("", "bad.csv is empty", "identity,room,name"),
        ("identity\n\"alice\n", "a quote that opens in line 2 or below is never closed", "written twice"),
        ("identity,ttl\na,60\n", "row 1 (line 2): exp: 60 of what?", "write 60s"),
        ("identity\nalice\n", "row 1 (line 2): ", "room"),
        ("{\"identity\": 7}\n{\"identity\"\n", "row 1 (line 1): ", "room"),
    ] {
        home.write("bad.csv", text);
        batch(&home, &["--from", "bad.csv"]).failed(2, error, hint);
    }
    home.write("bad.csv", b"identity,room\n\xff,r\n");
    batch(&home, &["--from", "bad.csv"]).failed(2, "row 1 (line 2): it is not text (UTF-8)", "UTF-8");
    batch(&home, &["--from", "none.csv"]).failed(2, "none.csv cannot be read: no such file", "path");
    batch(&home, &["--from", "."]).failed(2, ". is a folder", "file");
    batch(&home, &[]).failed(2, "the following required arguments were not provided: --from <FILE>", "usage");
    batch(&home, &["-n", "0"]).failed(2, "invalid value '0' for '--count <N>'", "");
    home.run(&["token", "batch", "--from", "-", "--env-file", "-"]).failed(
        2,
        "both --from - and --env-file - would",
        "file",
    );
}

#[test]
fn bad_rows_can_be_skipped_and_are_told() {
    let home = Home::new();
    let mut text = String::from("identity,room\n");
    for n in 0..30 {
        text.push_str(if n % 2 == 0 { "a" } else { "" });
        text.push_str(&format!("{n},r\n", n = if n % 2 == 0 { n.to_string() } else { String::new() }));
    }
    home.write("some.csv", &text);
    let run = batch(&home, &["--from", "some.csv", "--skip-bad"]);
    assert_eq!((run.code, run.out.lines().count()), (1, 15), "{}", run.err);
    assert!(run.err.contains("warning: skipped: row 2 (line 3): "), "{}", run.err);
    assert!(run.err.contains("skipped 5 more rows") && run.err.contains(", skipped 15"), "{}", run.err);
    let forced = batch(&home, &["--from", "some.csv", "--force"]);
    assert_eq!((forced.code, forced.out.lines().count()), (0, 30), "{}", forced.err);
    assert!(forced.err.contains("row 2 and 14 more: "), "{}", forced.err);
}

#[test]
fn an_identity_twice_in_a_room_is_told() {
    let home = Home::new();
    home.write("twice.csv", "identity,room\na,x\na,y\nb,x\na,x\nb,x\n");
    let run = batch(&home, &["--from", "twice.csv"]);
    assert_eq!(run.code, 0);
    assert!(
        run.err.contains("warning: row 4: a has a token for the same room already, and 1 more row like it"),
        "{}",
        run.err
    );
    let quiet = batch(&home, &["--from", "twice.csv", "-q"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
}

#[test]
fn tokens_come_while_rows_are_still_being_written_and_a_closed_pipe_is_success() {
    let home = Home::new();
    let mut command = home.command();
    command.args(BATCH).args(["--from", "-", "--room", "demo"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut rows = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    rows.write_all(b"identity\n").unwrap();
    for name in ["alice", "bob"] {
        rows.write_all(format!("{name}\n").as_bytes()).unwrap();
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert!(line.contains(&format!("\"identity\":\"{name}\"")), "{line}");
    }
    drop(lines);
    for n in 0..10 {
        // It may have gone already.
        if rows.write_all(format!("p{n}\n").as_bytes()).is_err() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    // It ends though nobody closes its standard input.
    assert!(child.wait().unwrap().success());
    drop(rows);
}

#[test]
fn a_bad_row_ends_it_though_more_rows_may_come() {
    let home = Home::new();
    let mut command = home.command();
    command.args(BATCH).args(["--from", "-", "--room", "demo"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut rows = child.stdin.take().unwrap();
    rows.write_all(b"identity\na,b\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn the_order_is_that_of_the_rows_and_the_secret_is_nowhere() {
    let home = Home::new().with_triple();
    let mut text = String::from("room,identity\n");
    for n in 0..20_000 {
        text.push_str(&format!("r{},p{n}\n", n % 7));
    }
    home.write("many.csv", &text);
    let run = home.run(&["token", "batch", "--from", "many.csv"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let mut count = 0;
    for (n, line) in run.out.lines().enumerate() {
        assert!(line.starts_with(&format!("{{\"identity\":\"p{n}\",\"room\":\"r{}\"", n % 7)), "{line}");
        count += 1;
    }
    assert_eq!(count, 20_000);
    assert_eq!(home.files_with(CANARY), Vec::<PathBuf>::new());
    let token = serde_json::from_str::<Value>(run.out.lines().last().unwrap()).unwrap();
    let check = home.run_with(&["inspect", "--json", "-"], token["access_token"].as_str().unwrap());
    assert_eq!((check.code, &check.json()["signature"]), (0, &"valid".into()), "{}", check.err);
    assert_eq!(home.files_with("eyJ"), Vec::<PathBuf>::new());
}

#[test]
fn rows_that_are_mostly_alike_come_to_the_same_tokens_and_warnings_as_each_by_itself() {
    let home = Home::new();
    let mut text = String::from("identity,name,room,email\n");
    for n in 0..60 {
        let row = match n % 12 {
            3 => format!("會議{n},Ünïcode {n},demo,x"),
            4 => format!("p{n}@mail.example,,demo,x"),
            5 => "twice,Twice,demo,x".to_owned(),
            6 => format!("p{n},\"Quote \"\"{n}\"\"\",,x"),
            7 => ",nobody,demo,x".to_owned(),
            8 => format!("{},,demo,x", "a".repeat(250 + n)),
            9 => format!("p{n},{},demo,x", "b".repeat(230 + n)),
            10 => format!(" p{n},,de mo,x"),
            11 => format!("p{n},too,many,x,values"),
            _ => format!("p{n},Person {n},room-{},x", n % 3),
        };
        text.push_str(&row);
        text.push('\n');
    }
    home.write("people.csv", text);
    let args =
        ["--from", "people.csv", "--room", "lobby", "--attribute", "a=b", "--ignore", "email", "--skip-bad"];
    // What is written down is made one by one.
    let [each, alike] =
        [&[][..], &["--no-ledger"]].map(|more: &[&str]| batch(&home, &[&args[..], more].concat()));
    assert_eq!((each.code, alike.code), (1, 1), "{}", each.err);
    let claims = |run: &crate::support::home::Run| -> Vec<Value> {
        let times = ["iat", "nbf", "exp"];
        minted(run)
            .into_iter()
            .map(|(mut line, mut claims)| {
                for time in times {
                    claims.as_object_mut().unwrap().shift_remove(time);
                }
                line["access_token"] = claims;
                line["expires_at"] = Value::Null;
                line
            })
            .collect()
    };
    assert!(claims(&each).len() > 40);
    assert_eq!(claims(&each), claims(&alike));
    let said = |err: &str| {
        err.lines().filter(|line| !line.contains("signed ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(said(&each.err), said(&alike.err));
    assert!(each.err.contains("e-mail address") && each.err.contains("twice has a token"), "{}", each.err);
    let check = home.run_with(&["inspect", "--json", "-"], minted_token(&alike));
    assert_eq!(check.json()["signature"], "valid", "{}", check.err);
}

/// The last token of a batch.
fn minted_token(run: &crate::support::home::Run) -> String {
    let line: Value = serde_json::from_str(run.out.lines().last().unwrap()).unwrap();
    line["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn the_official_sdks_accept_a_sample() {
    let Some(python) = std::env::var_os("LIVEKIT_PY").filter(|python| std::path::Path::new(python).is_file())
    else {
        crate::support::holds(false, "livekit-api by LIVEKIT_PY", "batch: official verifier");
        return;
    };
    let home = Home::new();
    let run = batch(&home, &["-n", "500", "--identity", "p-{n}", "-r", "demo", "--format", "token"]);
    let mut lines = String::new();
    for token in run.out.lines().step_by(25) {
        lines.push_str(&format!("devkey secret {token}\n"));
    }
    let mut verify = std::process::Command::new(python);
    verify.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/verify.py"));
    let verified = finish(verify, lines.as_bytes());
    assert_eq!((verified.code, verified.out.matches("\"ok\": true").count()), (0, 20), "{}", verified.err);
}

#[cfg(unix)]
#[test]
fn progress_shows_on_a_terminal_and_is_gone_at_the_end() {
    let home = Home::new();
    let mut text = String::from("identity,room\n");
    for n in 0..30_000 {
        text.push_str(&format!("p{n},demo\n"));
    }
    home.write("many.csv", text);
    let mut shell = portable_pty::CommandBuilder::new("sh");
    shell.args(["-c", "\"$RK\" token batch --dev --from many.csv > out; echo done $?"]);
    let mut terminal = crate::support::pty::Terminal::run(
        shell,
        home.path(),
        &[("RK", env!("CARGO_BIN_EXE_roomkey"))],
        (100, 30),
    );
    terminal.wait_for("done 0");
    terminal.ended();
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(raw.contains("[#") && raw.contains(" a second"), "{raw}");
    let screen = terminal.screen();
    assert!(!screen.contains("[#") && screen.contains("signed 30,000 tokens in "), "{screen}");
    let out = std::fs::read_to_string(home.path().join("out")).unwrap();
    assert_eq!(out.lines().count(), 30_000);
    assert!(!raw.contains("eyJ"), "a token is on the terminal");
}

/// How many tokens each row of the ledger stands for, newest first.
fn counts(home: &Home) -> Vec<u64> {
    let list = home.run(&["ledger", "list", "--limit", "100000", "--json"]).json();
    list.as_array().unwrap().iter().map(|row| row["count"].as_u64().unwrap_or(1)).collect()
}

#[test]
fn each_token_of_a_batch_is_in_the_ledger_and_those_of_a_large_one_together() {
    let home = Home::new().with_triple();
    let batch = |n: &str, more: &[&str]| {
        let args =
            ["token", "batch", "-n", n, "--identity", "load-{n}", "--room", "demo", "--format", "token"];
        let run = home.run(&[&args[..], more].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
    };
    let tokens = batch("3", &[]);
    assert_eq!(counts(&home), [1, 1, 1]);
    for token in tokens.lines() {
        let shown = home.run(&["ledger", "show", token, "--json"]);
        assert_eq!((shown.code, shown.json()["project"].as_str()), (0, Some("environment")), "{}", shown.err);
    }
    batch("2", &["--no-ledger"]);
    assert_eq!(counts(&home).len(), 3);
    let tokens = batch("2500", &[]);
    let counts = counts(&home);
    assert_eq!(counts.iter().sum::<u64>(), 2_503);
    assert!(counts[0] >= 1_500 && counts[1..].iter().all(|count| *count == 1), "{:?}", &counts[..3]);
    let list = home.run(&["ledger", "list", "--limit", "1", "--json"]).json();
    assert_eq!(list[0]["last_identity"], "load-2500", "{list}");
    assert_eq!(tokens.lines().count(), 2_500);
    assert_eq!(home.files_with("eyJ"), Vec::<std::path::PathBuf>::new());
}

/// The most memory that a running process has had, in KiB.
#[cfg(target_os = "linux")]
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The peak of a batch of so many, once all but the last few are read; a file's rows come by standard input.
#[cfg(target_os = "linux")]
fn peak_of_batch(home: &Home, count: u64, from_file: bool) -> u64 {
    let mut command = home.command();
    command.args(BATCH).args(["--room", "demo", "-q"]);
    let number = count.to_string();
    if from_file {
        command.args(["--from", "-"]);
    } else {
        command.args(["-n", &number, "--identity", "load-{n}"]);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut rows = child.stdin.take().unwrap();
    // The other end of the pipe is kept open, so that the program waits for more instead of ending.
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        if from_file {
            rows.write_all(b"identity,name\n").unwrap();
            for n in 0..count {
                rows.write_all(format!("participant-{n},Participant {n}\n").as_bytes()).unwrap();
            }
        }
        let _ = wait.recv();
    });
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    // Without a file it would end once the pipe has room for the rest.
    let read = if from_file { count } else { count - 2_000 };
    let mut line = String::new();
    for _ in 0..read {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended early");
    }
    let peak = peak(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    drop(done);
    writer.join().unwrap();
    peak
}

#[cfg(target_os = "linux")]
#[test]
fn however_many_there_are_they_take_the_same_memory() {
    // Enough for the table of participants to be in use all over.
    const FEW: u64 = 20_000;
    const MANY: u64 = 100_000;
    for from_file in [false, true] {
        let home = Home::new();
        let few = peak_of_batch(&home, FEW, from_file);
        let many = peak_of_batch(&home, MANY, from_file);
        // Thirteen bytes a token would be more.
        assert!(many < few + 1_024, "from a file: {from_file}: {few} KiB for {FEW}, {many} KiB for {MANY}");
    }
}
