#![expect(clippy::disallowed_methods, reason = "what was read is compared with what was written")]

use super::*;

fn read(text: &str) -> Found {
    read_text(text, None, None).unwrap()
}

/// `name url key secret`, with a star for the default.
fn rows(found: &Found) -> Vec<String> {
    let row = |candidate: &Candidate| {
        let Listing { name, url, key, .. } = &candidate.project.listing;
        let star = if candidate.is_default { "*" } else { "" };
        format!("{name}{star} {url} {key} {}", candidate.project.secret.expose())
    };
    found.candidates.iter().map(row).collect()
}

#[test]
fn lks_file_gives_all_projects_and_the_default() {
    let found = read(
        "default_project: beta\nprojects:\n  - name: acme\n    project_id: p_1\n    url: wss://acme.livekit.cloud\n    api_key: APIacme\n    api_secret: fake-one\n  - name: beta\n    url: https://b.example/\n    api_key: \"APIb\"\n    api_secret: 'fake two'\n  - name: beta\n    url: wss://c.example\n    api_key: APIc\n    api_secret: fake-three\n  - name: \"od\\u001bd  \\u202e name \"\n    url: wss://d.example\n    api_key: APId\n    api_secret: fake-four\n  - name: acme\n    url: wss://acme.livekit.cloud\n    api_key: APIacme\n    api_secret: fake-one\n  - name: local dev\n    url: wss://e.example\n    api_key: APIe\n    api_secret: fake-five\n  - name: empty\n    url: wss://f.example\n    api_key: APIf\n    api_secret: \"\"\ndevice_name: x\n",
    );
    assert_eq!(
        rows(&found),
        [
            "acme wss://acme.livekit.cloud APIacme fake-one",
            "beta* wss://c.example APIc fake-three",
            "od d name wss://d.example APId fake-four",
            "local dev 2 wss://e.example APIe fake-five",
        ]
    );
    let unusable: Vec<&str> = found.unusable.iter().map(|entry| entry.why.as_str()).collect();
    assert_eq!(
        unusable,
        ["an API secret cannot have a space or an odd character in it", "it has no API secret"]
    );
    assert_eq!(found.candidates[2].notes, ["the name \"od\\u{1b}d  \\u{202e} name \" becomes od d name"]);
    assert_eq!(found.candidates[3].notes, ["the name \"local dev\" becomes local dev 2"]);
}

#[test]
fn two_of_one_name_are_told_apart_and_the_default_is_marked() {
    let found = read(
        "default_project: a\nprojects:\n- {name: a, url: x.example, api_key: APIx, api_secret: fake-x}\n- {name: a, url: y.example, api_key: APIy, api_secret: fake-y}\n",
    );
    assert_eq!(rows(&found)[0], "a* wss://x.example APIx fake-x");
    assert_eq!(found.candidates[1].notes, ["there are two called a; the second becomes a 2"]);
}

#[test]
fn a_servers_keys_are_projects_on_this_machine_unless_an_address_is_given() {
    let one = read("port: 7890\nkeys:\n  APIone: fake-one\n");
    assert_eq!(rows(&one), ["livekit ws://localhost:7890 APIone fake-one"]);
    let url = ServerUrl::parse("wss://s.example").unwrap().value;
    let two = read_text("keys: {APIone: fake-one, APItwo: fake-two}\n", None, Some(&url)).unwrap();
    assert_eq!(
        rows(&two),
        ["livekit APIone wss://s.example APIone fake-one", "livekit APItwo wss://s.example APItwo fake-two"]
    );
    let folder = tempfile::tempdir().unwrap();
    let server = folder.path().join("livekit.yaml");
    std::fs::write(&server, "key_file: keys.yaml\n").unwrap();
    let missing = read_file(&server, None).unwrap();
    assert!(missing.unusable[0].why.ends_with("keys.yaml cannot be read"), "{missing:?}");
    std::fs::write(folder.path().join("keys.yaml"), "APIone: fake-one\n").unwrap();
    assert_eq!(read_file(&server, None).unwrap().candidates.len(), 1);
    let keys = read_file(&folder.path().join("keys.yaml"), None).unwrap();
    assert!(matches!(keys.source, Source::Server(_)) && keys.candidates.len() == 1);
}

#[test]
fn env_files_are_named_by_their_folder_and_blocks_by_their_host() {
    let folder = tempfile::tempdir().unwrap();
    let app = folder.path().join("shop");
    std::fs::create_dir(&app).unwrap();
    let text = "LIVEKIT_URL=wss://acme.livekit.cloud\nLIVEKIT_API_KEY=APIa\nLIVEKIT_API_SECRET=\"fake-a\"\n";
    for (file, name) in [(".env", "shop"), (".env.local", "shop"), (".env.staging", "shop-staging")] {
        std::fs::write(app.join(file), text).unwrap();
        let found = read_file(&app.join(file), None).unwrap();
        assert_eq!(rows(&found), [format!("{name} wss://acme.livekit.cloud APIa fake-a")]);
    }
    assert_eq!(rows(&read(text)), ["acme wss://acme.livekit.cloud APIa fake-a"]);
    assert_eq!(rows(&read("wss://b.example\nAPIb\nfake-b\n")), ["b wss://b.example APIb fake-b"]);
    let half = read("LIVEKIT_URL=wss://a.example\nLIVEKIT_API_KEY=APIa\n");
    assert_eq!(half.unusable[0].why, "it has no API secret");
}

#[test]
fn what_is_there_is_found_and_examples_are_not() {
    let home = tempfile::tempdir().unwrap();
    let text = "LIVEKIT_URL=wss://a.example\nLIVEKIT_API_KEY=APIa\nLIVEKIT_API_SECRET=fake-a\n";
    for file in [".env", ".env.example", ".env.local"] {
        std::fs::write(home.path().join(file), text).unwrap();
    }
    std::fs::create_dir(home.path().join(".livekit")).unwrap();
    let lk = "projects: [{name: a, url: a.example, api_key: APIa, api_secret: fake-a}]";
    std::fs::write(home.path().join(".livekit/cli-config.yaml"), lk).unwrap();
    std::fs::write(home.path().join("livekit.yaml"), "keys: [broken\n").unwrap();
    let lookup = |name: &str| match name {
        "LIVEKIT_KEYS" => Some(OsString::from("APIk: fake-k")),
        "LIVEKIT_URL" => Some("wss://env.example".into()),
        "LIVEKIT_API_KEY" => Some("APIenv".into()),
        "LIVEKIT_API_SECRET" => Some("fake-env\n".into()),
        _ => None,
    };
    let surroundings =
        Surroundings { home: Some(home.path().into()), folder: Some(home.path().into()), lookup: &lookup };
    let found = surroundings.find();
    let sources: Vec<String> = found.iter().map(|found| found.source.to_string()).collect();
    assert_eq!(found.len(), 5, "{sources:?}");
    assert!(
        sources[0].starts_with("lk's ")
            && sources[1].ends_with("/.env")
            && sources[2].ends_with(".env.local")
    );
    assert_eq!(sources[3..], ["the environment", "LIVEKIT_KEYS"]);
    assert_eq!(rows(&found[3]), ["env wss://env.example APIenv fake-env"]);
    assert_eq!(rows(&found[4]), ["livekit ws://localhost:7880 APIk fake-k"]);
}

#[test]
fn what_has_no_credentials_is_an_error_with_a_cure_that_repeats_nothing() {
    for (text, path, said) in [
        ("hello fake-canary", None, "there are no LiveKit credentials in the pasted text"),
        ("", None, "there are no LiveKit credentials"),
        ("a: [fake-canary", Some("x/livekit.yaml"), "x/livekit.yaml, line "),
        ("port: 7880\n", Some("livekit.yaml"), "there are no LiveKit credentials in livekit.yaml"),
    ] {
        let error = read_text(text, path.map(Path::new), None).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        assert!(!error.to_string().contains("canary") && !error.hint().is_empty());
    }
    let missing = read_file(Path::new("/nowhere/x.yaml"), None).unwrap_err();
    assert_eq!(missing.to_string(), "/nowhere/x.yaml cannot be read: no such file or directory");
}

#[test]
fn the_plan_says_what_is_new_the_same_and_different() {
    let found = read(
        "projects:\n- {name: new, url: n.example, api_key: APIn, api_secret: fake-n}\n- {name: same, url: s.example, api_key: APIs, api_secret: fake-s}\n- {name: other, url: o.example, api_key: APIo, api_secret: fake-o}\n- {name: moved, url: m.example, api_key: APIm, api_secret: fake-m}\n",
    );
    let mut stored: Vec<Project> =
        found.candidates.iter().map(|candidate| candidate.project.clone()).collect();
    stored.remove(0);
    stored[1].secret = ApiSecret::verbatim("fake-else".into());
    stored[1].listing.url = ServerUrl::parse("p.example").unwrap().value;
    stored[2].listing.name = ProjectName::parse("kept as").unwrap();
    let listings: Vec<Listing> = stored.iter().map(|project| project.listing.clone()).collect();
    let mut load =
        |name: &ProjectName| stored.iter().find(|project| project.listing.name == *name).cloned().ok_or(());
    let planned = plan(found.candidates, &listings, &mut load).unwrap();
    let said: Vec<String> =
        planned.iter().map(|planned| planned.change.said(&planned.candidate.project.listing.name)).collect();
    assert_eq!(said, ["new", "same", "differs: URL, secret", "same as kept as"]);
}

#[test]
fn a_free_name_has_a_number_behind_it() {
    let name = |text: &str| ProjectName::parse(text).unwrap();
    let (a, a2, long) = (name("a"), name("a 2"), name(&"x".repeat(64)));
    assert_eq!(free_name(&a, &[]), None);
    assert_eq!(free_name(&a, &[&a, &a2]), Some(name("a 3")));
    assert_eq!(free_name(&long, &[&long]), Some(name(&format!("{} 2", "x".repeat(62)))));
}
