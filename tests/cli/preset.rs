//! `roomkey preset`, and presets of one's own wherever a preset is named.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::home::{CANARY, Home, payload};
use crate::support::pty::Terminal;

const GUEST: [&str; 12] = [
    "preset",
    "save",
    "guest",
    "--join",
    "--room",
    "desk-{date}",
    "--identity",
    "guest-{rand4}",
    "--valid-for",
    "30m",
    "--summary",
    "a caller",
];

fn with_guest() -> Home {
    let home = Home::new().set("USER", "kim");
    let run = home.run(&GUEST);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    home
}

fn file(home: &Home) -> PathBuf {
    home.path().join("config/roomkey/presets.json")
}

fn own(home: &Home) -> Value {
    home.run(&["preset", "list", "--own", "--json"]).json()
}

fn names(home: &Home) -> Vec<String> {
    own(home).as_array().unwrap().iter().map(|preset| preset["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_preset_is_saved_listed_shown_renamed_and_removed() {
    let home = with_guest();
    let preset = json!({
        "name": "guest", "title": "guest", "summary": "a caller", "source": "own",
        "placeholders": ["{date}", "{rand4}"],
        "draft": {"identity": "guest-{rand4}", "ttl": "30m", "video": {"roomJoin": true, "room": "desk-{date}"}},
    });
    assert_eq!(own(&home), json!([preset]));
    assert_eq!(home.run(&["preset", "show", "GUEST", "--json"]).json(), preset);
    insta::assert_snapshot!("preset-list", home.run(&["preset", "list"]).out.trim_end());
    let shown = home.run(&["preset", "show", "guest"]).out;
    for part in ["guest  own", "a caller", "sub                       guest-{rand4}", "as guest-", "it can"] {
        assert!(shown.contains(part), "no {part} in {shown}");
    }
    assert!(home.run(&["preset", "show", "viewer"]).out.contains("viewer  built-in"));
    insta::assert_snapshot!("preset-file", std::fs::read_to_string(file(&home)).unwrap().trim_end());

    let renamed = home.run(&["preset", "rename", "guest", "Front desk"]);
    assert_eq!((renamed.code, renamed.err.as_str()), (0, "guest is now Front desk\n"));
    home.run(&["preset", "remove", "front desk"]).failed(2, "removing Front desk needs a yes", "--yes");
    assert_eq!(home.run(&["preset", "remove", "front desk", "--yes"]).code, 0);
    assert_eq!(own(&home), json!([]));
    let none = home.run(&["preset", "list", "--own"]);
    assert!(none.code == 0 && none.err.contains("roomkey preset save NAME"), "{}", none.err);
    assert_eq!(home.run(&["preset", "export"]).code, 1);
}

#[test]
fn every_flag_of_token_create_shapes_it_and_it_starts_where_another_stands() {
    let home = with_guest();
    let args = [
        "preset",
        "save",
        "talker",
        "--from",
        "guest",
        "--valid-for",
        "1h",
        "--set",
        "video.canPublish=false",
    ];
    assert_eq!(home.run(&args).code, 0);
    let args = ["preset", "save", "agent", "--preset", "viewer", "--agent", "helper", "--attribute", "a={n}"];
    assert_eq!(home.run(&args).code, 0);
    let draft = |name: &str| home.run(&["preset", "show", name, "--json"]).json()["draft"].clone();
    assert_eq!(draft("talker")["ttl"], "1h");
    assert_eq!(draft("talker")["video"]["canPublish"], false);
    assert_eq!(draft("agent")["roomConfig"]["agents"][0]["agentName"], "helper");
    assert_eq!(draft("agent")["attributes"], json!({"a": "{n}"}));
    let generate = ["preset", "save", "g", "--join", "--generate"];
    home.run(&generate).failed(2, "--generate makes up names when a token is made", "{rand4}");
}

#[test]
fn a_token_made_from_it_has_its_placeholders_filled_in_and_that_is_told() {
    let home = with_guest();
    let run = home.run(&["token", "create", "--dev", "--preset", "Guest", "--token-only"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("filled in {date} and {rand4}"), "{}", run.err);
    let claims = payload(run.out.trim_end());
    let (room, identity) = (claims["video"]["room"].as_str().unwrap(), claims["sub"].as_str().unwrap());
    assert!(room.len() == 15 && room.starts_with("desk-2"), "{room}");
    assert!(identity.len() == 10 && !identity.contains('{'), "{identity}");
    assert_ne!(payload(&home.token(&["--dev", "--preset", "guest"]))["sub"], claims["sub"]);

    let literal = payload(&home.token(&["--dev", "--preset", "guest", "--literal"]));
    assert_eq!(literal["sub"], "guest-{rand4}");
    let flags =
        payload(&home.token(&["--dev", "--join", "-r", "{user}", "-i", "i-{n}", "--metadata", "{\"a\":{}}"]));
    assert_eq!((&flags["video"]["room"], &flags["sub"]), (&json!("kim"), &json!("i-1")));
    assert_eq!(flags["metadata"], "{\"a\":{}}");
    let unknown = home.run(&["token", "create", "--dev", "--join", "-r", "x", "-i", "i-{usr}"]);
    assert!(unknown.code == 0 && unknown.err.contains("did you mean {user}?"), "{}", unknown.err);
}

#[test]
fn batch_takes_it_and_numbers_it() {
    let home = with_guest();
    let save = ["preset", "save", "load", "--from", "guest", "--identity", "load-{n}"];
    assert_eq!(home.run(&save).code, 0);
    let run = home.run(&["token", "batch", "--dev", "-n", "3", "--preset", "load", "--format", "token"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let subs: Vec<Value> = run.out.lines().map(|token| payload(token)["sub"].clone()).collect();
    assert_eq!(subs, ["load-1", "load-2", "load-3"]);
}

#[test]
fn a_name_that_is_none_is_answered_with_the_one_that_was_meant_everywhere() {
    let home = with_guest();
    for command in
        [&["token", "create", "--dev"][..], &["token", "batch", "--dev", "-n", "2"], &["serve", "--dev"]]
    {
        let run = home.run(&[command, &["--preset", "guset"]].concat());
        run.failed(2, "there is no preset \"guset\"", "did you mean guest?");
    }
    home.run(&["preset", "show", "zebra"]).failed(
        2,
        "there is no preset \"zebra\"",
        "choose one of guest, participant",
    );
    home.run(&["preset", "remove", "veiwer"]).failed(
        2,
        "there is no preset \"veiwer\"",
        "did you mean viewer?",
    );
    home.run(&["preset", "edit", "viewer"]).failed(2, "viewer is a built-in preset", "a name of your own");
    home.run(&["preset", "rename", "guest", "Viewer"]).failed(
        2,
        "viewer is a built-in preset",
        "a name of your own",
    );
}

#[test]
fn a_taken_name_is_replaced_with_force_or_after_a_yes_and_never_else() {
    let home = with_guest();
    home.run(&["preset", "save", "Guest", "--join"]).failed(2, "there is a preset guest already", "--force");
    let again = home.run(&GUEST);
    assert!(again.code == 0 && again.err.contains("there already"), "{}", again.err);
    let mut terminal = Terminal::asked(&home, &["preset", "save", "guest", "--join"]);
    terminal.answer("Replace the preset guest?", "n");
    assert_eq!(terminal.end().0, 1);
    assert_eq!(own(&home)[0]["draft"]["identity"], "guest-{rand4}");
    let mut terminal = Terminal::asked(&home, &["preset", "save", "guest", "--list"]);
    terminal.answer("Replace the preset guest?", "y");
    assert_eq!(terminal.end().0, 0);
    assert_eq!(own(&home)[0]["draft"]["video"], json!({"roomList": true}));
    assert_eq!(own(&home)[0]["summary"], "a caller", "what it is for was not taken back");
    assert_eq!(home.run(&["preset", "save", "guest", "--join", "--force", "--summary", "s"]).code, 0);
    assert_eq!(own(&home)[0]["summary"], "s");
}

#[test]
fn no_secret_gets_into_the_file_by_any_way() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.ZmFrZQ";
    let egress = format!(
        "roomConfig.egress={{\"room\":{{\"fileOutputs\":[{{\"s3\":{{\"secret\":\"{CANARY}\"}}}}]}}}}"
    );
    // Known to be one by the environment, whatever it looks like.
    let home = Home::new().set("LIVEKIT_API_SECRET", CANARY);
    for (args, place) in [
        (&["--set", &egress][..], "roomConfig.egress.room.fileOutputs.0.s3.secret holds a storage secret"),
        (&["--metadata", jwt], "metadata holds a token"),
        (&["--attribute", &format!("password={CANARY}")], "attributes.password holds a password"),
        (&["--name", &format!("LIVEKIT_API_SECRET={CANARY}")], "name holds a secret"),
        (&["--summary", jwt], "the summary holds a token"),
        (&["-i", CANARY], "the draft holds the secret of LIVEKIT_API_SECRET"),
    ] {
        home.run(&[&["preset", "save", "x", "--join"], args].concat()).failed(2, place, "take it out");
    }
    let shared = json!({"name": "x", "draft": {"attributes": {"password": CANARY}}}).to_string();
    let imported = home.run_with(&["preset", "import", "-", "--yes"], &shared);
    imported.failed(2, "standard input, line 1 column", "take it out");
    let known = json!({"name": "x", "draft": {"name": CANARY}}).to_string();
    home.run_with(&["preset", "import", "-", "--yes"], known).failed(
        2,
        "the draft holds the secret of",
        "take it out",
    );
    assert_eq!(home.files_with(CANARY), Vec::<PathBuf>::new());
    // Nor is one read that somebody wrote into it by hand.
    assert_eq!(home.run(&["preset", "save", "y", "--join"]).code, 0);
    std::fs::write(file(&home), format!("{{\"version\": 1, \"presets\": [{shared}]}}")).unwrap();
    home.run(&["token", "create", "--dev", "--preset", "x"]).failed(2, "", "take it out");
}

#[test]
fn a_broken_file_is_told_with_its_place_is_left_alone_and_keeps_nobody_from_the_built_in_ones() {
    let home = with_guest();
    let broken = "{\n  \"version\": 1,\n  \"presets\": [,]\n}\n";
    std::fs::write(file(&home), broken).unwrap();
    let where_ = format!("{}, line 3 column 15: ", file(&home).display());
    for args in [
        &["token", "create", "--dev", "--preset", "guest"][..],
        &["preset", "save", "other", "--join"],
        &["preset", "remove", "guest", "--yes"],
        &["preset", "export"],
    ] {
        home.run(args).failed(2, &where_, "mend that line");
    }
    let list = home.run(&["preset", "list"]);
    assert!(list.code == 2 && list.out.contains("participant") && list.err.contains(&where_), "{list:?}");
    assert_eq!(home.run(&["token", "create", "--dev", "--preset", "viewer", "-i", "a", "-r", "b"]).code, 0);
    assert_eq!(std::fs::read_to_string(file(&home)).unwrap(), broken);
    std::fs::write(file(&home), "{\"version\": 1, \"presets\": []}").unwrap();
    std::fs::set_permissions(file(&home), std::fs::Permissions::from_mode(0o666)).unwrap();
    home.run(&["preset", "export"]).failed(2, "", "chmod");
}

#[test]
fn what_is_exported_is_imported_elsewhere_and_shown_first() {
    let home = with_guest();
    assert_eq!(home.run(&["preset", "save", "odd", "--join", "--summary", "会議"]).code, 0);
    let shared = home.run(&["preset", "export"]).out;
    assert_eq!(home.run(&["preset", "export", "odd", "ODD"]).out.matches("\"name\"").count(), 1);
    home.run(&["preset", "export", "viewer"]).failed(2, "viewer is a built-in preset", "");

    let other = Home::new();
    let path = other.write("shared.json", &shared).display().to_string();
    let dry = other.run(&["preset", "import", &path, "--dry-run"]);
    assert_eq!(
        (dry.code, dry.out.as_str()),
        (0, "NAME   CHANGE  SUMMARY\nguest  new     a caller\nodd    new     会議\n")
    );
    assert_eq!(names(&other), [""; 0]);
    other.run(&["preset", "import", &path]).failed(2, "importing needs a yes", "--yes");
    let done = other.run(&["preset", "import", &path, "--yes", "--json"]).json();
    assert_eq!((&done[0]["change"], &done[1]["done"]), (&json!("new"), &json!("saved")));
    assert_eq!(other.run(&["preset", "export"]).out, shared);
    let again = other.run_with(&["preset", "import", "-", "--yes"], &shared);
    assert!(again.code == 0 && again.err.contains("skipped guest: same"), "{}", again.err);

    let changed = shared.replace("30m", "45m");
    let conflict = |how: &[&str]| {
        other.run_with(&[&["preset", "import", "-", "--yes", "--only", "guest"], how].concat(), &changed)
    };
    conflict(&[]).failed(2, "guest is there already (differs: exp)", "--on-conflict");
    assert!(conflict(&["--on-conflict", "skip"]).err.contains("skipped guest: differs: exp"));
    assert!(conflict(&["--on-conflict", "rename"]).err.contains("saved guest as guest-2"));
    assert_eq!(names(&other), ["guest", "guest-2", "odd"]);
    assert!(conflict(&["--on-conflict", "replace"]).err.contains("replaced guest"));
    assert_eq!(own(&other)[0]["draft"]["ttl"], "45m");
    let nobody = other.run_with(&["preset", "import", "-", "--yes"], "{\"version\": 1, \"presets\": []}");
    assert!(nobody.code == 1 && nobody.err.contains("nothing to import"), "{}", nobody.err);
}

#[test]
fn an_import_is_asked_about_on_a_terminal_preset_by_preset() {
    let home = with_guest();
    let shared = home.run(&["preset", "export"]).out.replace("30m", "45m");
    let path = home.write("shared.json", shared).display().to_string();
    let mut terminal = Terminal::asked(&home, &["preset", "import", &path]);
    terminal.answer("guest is there already (differs: exp). [s]kip, [r]eplace or re[n]ame?", "r");
    terminal.answer("Import 1 preset? [y/N]", "n");
    let (code, said) = terminal.end();
    assert!(code == 1 && said.contains("nothing was imported"), "{said}");
    let mut terminal = Terminal::asked(&home, &["preset", "import", &path]);
    terminal.answer("re[n]ame?", "n");
    terminal.answer("Import 1 preset?", "y");
    assert_eq!(terminal.end().0, 0);
    assert_eq!(names(&home), ["guest", "guest-2"]);
}

#[test]
fn an_editor_changes_it_and_what_cannot_be_used_is_kept_for_another_try() {
    let home = with_guest()
        .set("TMPDIR", std::env::temp_dir())
        .set("EDITOR", "sed -i 's/30m/2h/; s/\"guest\"/\"desk\"/'");
    let run = home.run(&["preset", "edit", "guest"]);
    assert_eq!((run.code, run.err.as_str()), (0, "saved desk, which was guest\n"));
    assert_eq!((names(&home), own(&home)[0]["draft"]["ttl"].clone()), (vec!["desk".to_owned()], json!("2h")));
    let home = home.set("VISUAL", "true");
    assert_eq!(home.run(&["preset", "edit", "desk"]).err, "desk is as it was\n");
    let home = home.set("VISUAL", "sed -i 's/\"2h\"/2h/'");
    let broken = home.run(&["preset", "edit", "desk"]);
    broken.failed(2, "desk is as it was: what you wrote cannot be used", "--on-conflict replace");
    assert!(broken.err.contains(".json, line 6 column "), "{}", broken.err);
    let kept = broken.err.rsplit("it is kept in ").next().unwrap().split(';').next().unwrap();
    assert!(std::fs::read_to_string(kept).unwrap().contains("\"ttl\": 2h"));
    std::fs::remove_file(kept).unwrap();
    assert_eq!(own(&home)[0]["draft"]["ttl"], "2h");
    let home = home.set("VISUAL", "no-such-editor");
    home.run(&["preset", "edit", "desk"]).failed(
        2,
        "the editor no-such-editor cannot be found",
        "VISUAL or EDITOR",
    );

    // On a terminal one is asked, and what was written is there again.
    let script = home.write("editor", "#!/bin/sh\nif [ -e tried ]; then sed -i 's/oops/\"5m\"/' \"$1\"; else touch tried; sed -i 's/\"2h\"/oops/' \"$1\"; fi\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let home = home.set("VISUAL", &script);
    let mut terminal = Terminal::asked(&home, &["preset", "edit", "desk"]);
    terminal.answer("Edit it again? [Y/n]", "");
    assert_eq!(terminal.end().0, 0);
    assert_eq!(own(&home)[0]["draft"]["ttl"], "5m");
}

#[test]
fn a_preset_that_somebody_else_changes_meanwhile_is_not_written_over() {
    let home = with_guest().set("TMPDIR", std::env::temp_dir());
    let program = env!("CARGO_BIN_EXE_roomkey");
    let script = home.write(
        "editor",
        format!("#!/bin/sh\n{program} preset save guest --from guest --valid-for 3h --force\nsed -i 's/30m/2h/' \"$1\"\n"),
    );
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let home = home.set("EDITOR", script);
    let run = home.run(&["preset", "edit", "guest"]);
    assert!(run.code == 2 && run.err.contains("guest was changed meanwhile"), "{}", run.err);
    assert_eq!(own(&home)[0]["draft"]["ttl"], "3h");
    let kept = run.err.rsplit("it is kept in ").next().unwrap().split(';').next().unwrap();
    std::fs::remove_file(kept).unwrap();
}

#[test]
fn a_file_that_is_a_link_into_a_repository_stays_one() {
    let home = with_guest();
    let elsewhere = home.path().join("repository.json");
    std::fs::rename(file(&home), &elsewhere).unwrap();
    std::fs::set_permissions(&elsewhere, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink(&elsewhere, file(&home)).unwrap();
    assert_eq!(home.run(&["preset", "save", "two", "--join"]).code, 0);
    assert!(std::fs::symlink_metadata(file(&home)).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&elsewhere).unwrap().contains("\"two\""));
    assert_eq!(std::fs::metadata(&elsewhere).unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn many_at_once_lose_nothing() {
    let home = with_guest();
    let children: Vec<_> = (0..8)
        .map(|i| home.command().args(["preset", "save", &format!("p{i}"), "--join", "-q"]).spawn().unwrap())
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(names(&home).len(), 9);
}
