//! `roomkey project import`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::home::{CANARY, Home, payload};
use crate::support::pty::Terminal;

/// As lk writes it: three projects, one with odd characters, one twice; and what roomkey does not know.
fn lk() -> String {
    format!(
        "default_project: beta\ndefault_user: \"\"\nprojects:\n    - name: acme\n      project_id: p_1\n      url: wss://acme.livekit.cloud\n      api_key: APIacme\n      api_secret: {CANARY}\n    - name: beta\n      url: http://10.0.0.5:7880\n      api_key: APIbeta\n      api_secret: fake-beta-secret-0123456789-0123456789\n    - name: \"--\\u202eodd\\u0007  name \"\n      url: wss://odd.example\n      api_key: APIodd\n      api_secret: fake-odd-secret-0123456789-01234567890\n    - name: acme\n      project_id: p_1\n      url: wss://acme.livekit.cloud\n      api_key: APIacme\n      api_secret: {CANARY}\nusers: []\ndevice_name: box\ntheme: livekit # mine\n"
    )
}

fn home_with_lk() -> (Home, PathBuf) {
    let home = Home::with_vault();
    std::fs::create_dir(home.path().join(".livekit")).unwrap();
    let path = home.write(".livekit/cli-config.yaml", lk());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    (home, path)
}

/// All files with the canary but these.
fn leaks(home: &Home, known: &[&Path]) -> Vec<PathBuf> {
    home.files_with(CANARY).into_iter().filter(|path| !known.contains(&path.as_path())).collect()
}

fn names(home: &Home) -> Vec<String> {
    let list = home.run(&["project", "list", "--json"]).json();
    list.as_array().unwrap().iter().map(|project| project["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn lks_projects_are_previewed_imported_and_its_file_is_left_as_it_is() {
    let (home, path) = home_with_lk();
    let listed = home.run(&["project", "import"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    assert!(
        listed.out.contains("lk's ") && listed.out.contains("roomkey project import --from lk"),
        "{}",
        listed.out
    );
    let shown = home.run(&["project", "import", "--from", "lk", "--dry-run"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    insta::assert_snapshot!("import-preview", shown.out.trim_end());
    assert!(shown.err.contains("becomes odd name"), "{}", shown.err);
    assert_eq!(names(&home), Vec::<String>::new());

    home.run(&["project", "import", "--from", "lk"]).failed(2, "importing needs a yes", "--dry-run");
    let done = home.run(&["project", "import", "--from", "lk", "--yes", "--json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let all = done.json();
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert_eq!(
        (&all[0]["name"], &all[0]["change"], &all[0]["done"]),
        (&json!("acme"), &json!("new"), &json!("saved"))
    );
    assert_eq!(all[2]["name"], "odd name");
    assert_eq!(names(&home), ["acme", "beta", "odd name"]);
    assert!(done.err.contains("beta is the default project"), "{}", done.err);
    assert!(done.err.contains("still in the clear in "), "{}", done.err);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), lk());
    assert_eq!(payload(&home.token(&["--list"]))["iss"], "APIbeta");
    assert_eq!(leaks(&home, &[&path]), Vec::<PathBuf>::new());

    let again = home.run(&["project", "import", "--from", "lk", "--json"]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(
        again
            .json()
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["change"] == "same" && row["done"] == "skipped")
    );
}

#[test]
fn the_secrets_in_lks_file_are_blanked_only_when_asked_and_a_copy_is_kept() {
    let (home, path) = home_with_lk();
    let done = home.run(&["project", "import", "--from", "lk", "--yes", "--only", "acme", "--blank-source"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let backup = path.with_file_name("cli-config.yaml.before-roomkey");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), lk().replace(CANARY, "\"\""));
    assert_eq!(std::fs::read_to_string(&backup).unwrap(), lk());
    assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(done.err.contains("took 2 secrets out of "), "{}", done.err);
    assert!(done.err.contains("with the secrets in it"), "{}", done.err);
    assert_eq!(leaks(&home, &[&backup]), Vec::<PathBuf>::new());
    assert_eq!(payload(&home.token(&["--list", "-p", "acme"]))["iss"], "APIacme");
}

#[test]
fn a_conflict_is_settled_by_the_flag_or_on_the_terminal_and_never_silently() {
    let (home, _) = home_with_lk();
    let add = ["project", "add", "acme", "--url", "a.example", "--api-key", "APIacme", "--api-secret-stdin"];
    assert_eq!(home.run_with(&add, "fake-other-secret-0123456789-0123456789").code, 0);
    let import = |more: &[&str]| {
        home.run(&[&["project", "import", "--from", "lk", "--yes", "--only", "acme"], more].concat())
    };
    import(&[]).failed(
        2,
        "acme is there already (differs: URL, secret)",
        "--on-conflict skip, replace or rename",
    );
    assert_eq!(import(&["--on-conflict", "skip", "--json"]).json()[0]["done"], "skipped");
    assert_eq!(import(&["--on-conflict", "rename", "--json"]).code, 0);
    assert_eq!(names(&home), ["acme", "acme 2"]);
    assert_eq!(home.run(&["project", "show", "acme", "--json"]).json()["url"], "wss://a.example");
    assert_eq!(home.run(&["project", "remove", "acme 2", "--yes"]).code, 0);

    let mut terminal = Terminal::asked(&home, &["project", "import", "--from", "lk", "--only", "acme"]);
    terminal.answer("[s]kip, [r]eplace or re[n]ame? ", "maybe");
    terminal.answer("[s]kip, [r]eplace or re[n]ame? ", "r");
    terminal.answer("Import 1 project into the vault? [y/N] ", "n");
    let (code, shown) = terminal.end();
    assert!(code == 1 && shown.contains("nothing was imported"), "{shown}");
    let mut terminal = Terminal::asked(&home, &["project", "import", "--from", "lk", "--only", "acme"]);
    terminal.answer("[s]kip, [r]eplace or re[n]ame? ", "r");
    terminal.answer("[y/N] ", "y");
    let (code, shown) = terminal.end();
    assert!(code == 0 && shown.contains("replaced acme (wss://acme.livekit.cloud)"), "{shown}");
    assert_eq!(home.run(&["project", "show", "acme", "--json"]).json()["url"], "wss://acme.livekit.cloud");
}

#[test]
fn env_files_servers_the_environment_and_a_pasted_block_are_sources_too() {
    let home = Home::with_vault();
    let three = |name: &str| {
        format!(
            "LIVEKIT_URL=wss://{name}.example\nLIVEKIT_API_KEY=API{name}\nLIVEKIT_API_SECRET=\"{CANARY}\"\n"
        )
    };
    std::fs::create_dir(home.path().join("shop")).unwrap();
    let env = home.write("shop/.env.local", three("shop"));
    let server = home.write("shop/livekit.yaml", format!("port: 7890\nkeys:\n  APIone: {CANARY}\n"));
    let done = |run: crate::support::home::Run| {
        assert_eq!(run.code, 0, "{}", run.err);
        run.json()[0].clone()
    };
    let json = ["project", "import", "--yes", "--json"];
    let row = done(home.run(&[&json[..], &["shop/.env.local"]].concat()));
    assert_eq!((&row["name"], &row["url"]), (&json!("shop"), &json!("wss://shop.example")));
    let row = done(home.run(&[&json[..], &["shop/livekit.yaml", "--name", "own"]].concat()));
    assert_eq!(
        (&row["name"], &row["url"], &row["key"]),
        (&json!("own"), &json!("ws://localhost:7890"), &json!("APIone"))
    );
    let row =
        done(home.run(&[&json[..], &["shop/livekit.yaml", "--url", "lk.example", "--name", "far"]].concat()));
    assert_eq!(row["url"], "wss://lk.example");
    let row = done(home.run_with(&[&json[..], &["-"]].concat(), three("pasted")));
    assert_eq!((&row["name"], &row["source"]), (&json!("pasted"), &json!("the pasted text")));
    let home = home.with_triple().set("LIVEKIT_KEYS", format!("APIk: {CANARY}"));
    let run = home.run(&[&json[..], &["--from", "env"]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let sources: Vec<Value> =
        run.json().as_array().unwrap().iter().map(|row| row["source"].clone()).collect();
    assert_eq!(sources, ["the environment", "LIVEKIT_KEYS"]);
    assert_eq!(leaks(&home, &[&env, &server]), Vec::<PathBuf>::new());
}

#[test]
fn what_cannot_be_imported_is_told_with_a_cure() {
    let home = Home::with_vault();
    home.write("notes.txt", "hello");
    home.write("broken.yaml", "projects: [\n");
    home.write("half.env", "LIVEKIT_URL=wss://a.example\nLIVEKIT_API_KEY=APIa\n");
    home.write(
        "two.yaml",
        "projects:\n- {name: a, url: a.example, api_key: APIa, api_secret: fake-a}\n- {name: b, url: b.example, api_key: APIb, api_secret: fake-b}\n",
    );
    let import = |args: &[&str]| home.run(&[&["project", "import", "--yes"], args].concat());
    import(&["notes.txt"]).failed(2, "there are no LiveKit credentials in notes.txt", "cli-config.yaml");
    import(&["broken.yaml"]).failed(2, "broken.yaml, line 1: this is not YAML", "mend that line");
    import(&["none.env"]).failed(2, "none.env cannot be read: no such file", "path");
    import(&["--from", "lk"]).failed(
        2,
        "there is no configuration of lk in ~/.livekit",
        "roomkey project import",
    );
    import(&["--from", "env"]).failed(
        2,
        "there is no LIVEKIT_ variable with credentials",
        "roomkey project import",
    );
    import(&["two.yaml", "--name", "x"]).failed(
        2,
        "--name is for one project, and there are 2",
        "--only NAME",
    );
    import(&["two.yaml", "--only", "c"]).failed(2, "there is no project c to import", "");
    import(&["two.yaml", "--only", "a", "--name", "local dev"]).failed(
        2,
        "local dev is built in",
        "another name",
    );
    let half = import(&["half.env"]);
    assert_eq!(half.code, 1);
    assert!(
        half.err.contains("it has no API secret") && half.err.contains("there is nothing to import"),
        "{}",
        half.err
    );
    let nothing = Home::new().run(&["project", "import"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (1, ""));
    assert!(nothing.err.contains("found nothing: "), "{}", nothing.err);
}
