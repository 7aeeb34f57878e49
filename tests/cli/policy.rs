//! `roomkey project policy`, and that a policy follows its project.

use serde_json::json;

use crate::support::home::Home;

#[test]
fn a_policy_is_set_shown_changed_in_part_and_cleared() {
    let home = Home::new();
    let none = home.run(&["project", "policy", "local dev"]);
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert!(none.err.contains("local dev has no policy"), "{}", none.err);
    let set = home.run(&[
        "project",
        "policy",
        "local dev",
        "--production",
        "--label",
        "eu",
        "--colour",
        "bright-red",
        "--max-ttl",
        "2h",
        "--allow",
        "in-the-room,sip.call",
    ]);
    assert_eq!(set.code, 0, "{}", set.err);
    insta::assert_snapshot!("project-policy", set.out.trim_end());
    home.run(&["project", "policy", "local dev", "--max-ttl", "none", "--no-production"]);
    let shown = home.run(&["project", "policy", "-p", "local dev", "--json"]).json();
    let policy = json!({"label": "eu", "colour": "bright-red", "max_ttl_seconds": null,
        "allow": ["in-the-room", "sip.call"], "production": false});
    assert_eq!(shown, json!({"name": "local dev", "policy": policy}));
    assert_eq!(home.run(&["project", "show", "local dev", "--json"]).json()["policy"], policy);
    let show = home.run(&["project", "show", "local dev"]).out;
    assert!(show.contains("label     eu\n") && show.contains("allowed   in-the-room, sip.call"), "{show}");
    assert_eq!(
        home.run(&["project", "policy", "local dev", "--clear", "--json"]).json()["policy"],
        json!(null)
    );
    assert_eq!(home.files_with("bright-red"), Vec::<std::path::PathBuf>::new());
}

#[test]
fn what_cannot_be_a_policy_is_refused_with_a_cure() {
    let home = Home::new();
    for (flags, error, hint) in [
        (&["--allow", "roomJoin"][..], "roomJoin is no grant", "did you mean video.roomJoin?"),
        (&["--allow", "video.room"], "video.room grants nothing", "leave it out"),
        (&["--colour", "rde"], "rde is none of a terminal's sixteen colours", "did you mean red?"),
        (&["--max-ttl", "until 18:00"], "the longest life of a token is a length of time", "1h"),
        (&["--label", "a label that is much too long"], "a label has at most 24 characters", "shorten"),
    ] {
        home.run(&[&["project", "policy", "local dev"], flags].concat()).failed(2, error, hint);
    }
    let home = Home::with_vault();
    home.run(&["project", "policy", "acmee", "--production"]).failed(2, "there is no project acmee", "");
    assert_eq!(home.files_with("production"), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_policy_follows_its_project_through_renaming_and_goes_with_it() {
    let home = Home::with_vault();
    assert_eq!(home.add("acme").code, 0);
    assert_eq!(home.run(&["project", "policy", "acme", "--production"]).code, 0);
    assert_eq!(home.run(&["project", "rename", "acme", "acme prod"]).code, 0);
    let listed = home.run(&["project", "list"]).out;
    assert!(listed.contains("LABEL") && listed.contains("* acme prod  PRODUCTION"), "{listed}");
    let path = home.path().join("config/roomkey/policies.toml");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "[\"acme prod\"]\nproduction = true\n");
    let admin = ["token", "create", "-p", "acme prod", "--admin", "-r", "demo"];
    home.run(&admin).failed(2, "acme prod is production and this gives video.roomAdmin", "--yes-production");
    assert_eq!(home.run(&["project", "remove", "acme prod", "--yes"]).code, 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
}

#[test]
fn rows_of_a_batch_are_held_to_the_policy_one_by_one() {
    let home = Home::new();
    home.run(&["project", "policy", "local dev", "--max-ttl", "1h", "--production"]);
    let rows = "identity,valid-for,video.roomAdmin\nalice,30m,\nbob,2h,\ncarol,,true\n";
    let batch = ["token", "batch", "--dev", "--from", "-", "-r", "demo", "--no-ledger", "--format", "token"];
    let run = home.run_with(&[&batch[..], &["--force"]].concat(), rows);
    assert_eq!((run.code, run.out.lines().count()), (2, 1), "{}", run.err);
    let told = "row 2 (line 3): valid for 2 h; the project allows 1 h at most [policy-ttl]";
    assert!(run.err.contains(told), "{}", run.err);
    let run = home.run_with(&[&batch[..], &["--skip-bad"]].concat(), rows);
    assert_eq!((run.code, run.out.lines().count()), (1, 1), "{}", run.err);
    assert!(run.err.contains("row gives video.roomAdmin"), "{}", run.err);
    let run = home.run_with(&[&batch[..], &["--skip-bad", "--yes-production"]].concat(), rows);
    assert_eq!((run.code, run.out.lines().count()), (1, 2), "{}", run.err);
}

#[test]
fn the_endpoint_is_not_started_over_the_policy() {
    let home = Home::new();
    home.run(&["project", "policy", "local dev", "--max-ttl", "10m", "--production"]);
    let serve = ["serve", "--dev", "--port", "0"];
    home.run(&serve).failed(
        2,
        "more than the project's own policy allows: valid for 15 min; the project allows 10 min at most",
        "--valid-for",
    );
    let admin = [&serve[..], &["--valid-for", "5m", "--set", "video.roomAdmin=true"]].concat();
    home.run(&admin).failed(2, "local dev is production and this gives video.roomAdmin", "--yes-production");
}

#[cfg(unix)]
#[test]
fn production_asks_for_the_projects_name_on_a_terminal() {
    use crate::support::pty::Terminal;
    let home = Home::new();
    home.run(&["project", "policy", "local dev", "--production"]);
    let args = ["token", "create", "--dev", "--admin", "-r", "demo", "--token-only", "--no-ledger"];
    for (typed, code, told) in [("local dev", 0, "eyJ"), ("y", 1, "that is not the project's name")] {
        let mut terminal = Terminal::asked(&home, &args);
        terminal.answer("Type the project's name to sign it: ", typed);
        let (exit, seen) = terminal.end();
        assert_eq!(exit, code, "{seen}");
        assert!(seen.contains(told), "{seen}");
    }
}
