//! `roomkey token create`: what is signed, with whose key, and what is said besides.

use serde_json::{Map, Value, json};

use crate::support::home::{CANARY, Home, payload};

/// The claims without the times.
fn claims(token: &str) -> Value {
    let mut claims = payload(token);
    for time in ["iat", "nbf", "exp"] {
        claims.as_object_mut().unwrap().remove(time);
    }
    claims
}

#[test]
fn the_token_alone_is_on_standard_output() {
    let home = Home::new();
    let args = ["token", "create", "--dev", "--join", "--room", "demo", "--identity", "alice"];
    let run = home.run(&args);
    assert_eq!(run.code, 0);
    assert_eq!(run.out.lines().count(), 1);
    assert_eq!(
        claims(run.out.trim_end()),
        json!({"iss": "devkey", "sub": "alice", "video": {"roomJoin": true, "room": "demo"}})
    );
    let lines: Vec<&str> = run.err.lines().collect();
    assert_eq!(lines[0], "using local dev (built in; everybody knows its secret)");
    assert!(lines[1].starts_with("it can join \"demo\" as alice, until "), "{}", lines[1]);
    assert!(lines[2].starts_with("it expires ") && lines[2].contains(", in 1 h ("), "{}", lines[2]);
    let quiet = home.run(&[&args[..], &["-q"]].concat());
    assert_eq!((quiet.code, quiet.err.as_str(), quiet.out.lines().count()), (0, "", 1));
}

#[test]
fn times_are_now_and_the_end_is_as_long_after_as_was_asked() {
    let token = Home::new().token(&["--dev", "--list", "--valid-for", "90m"]);
    let claims = payload(&token);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 5_400);
    assert_eq!(claims["iat"], claims["nbf"]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(claims["iat"].as_u64().unwrap().abs_diff(now) < 30);
}

#[test]
fn json_has_what_lk_prints_and_the_problems() {
    let run = Home::new().run(&[
        "token", "create", "--dev", "--join", "--admin", "-r", "demo", "-i", "alice", "-n", "Alice", "--json",
    ]);
    assert_eq!(run.code, 0);
    let json = run.json();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["access_token", "project_url", "identity", "name", "room", "grants", "expires_at", "problems"]
    );
    assert_eq!(json["project_url"], "ws://localhost:7880");
    assert_eq!(
        (&json["identity"], &json["name"], &json["room"]),
        (&json!("alice"), &json!("Alice"), &json!("demo"))
    );
    assert_eq!(
        json["grants"],
        json!({"name": "Alice", "video": {"roomAdmin": true, "roomJoin": true, "room": "demo"}})
    );
    let problem = json["problems"].as_array().unwrap().iter().find(|p| p["id"] == "admin-join").unwrap();
    assert_eq!(problem["severity"], "warning");
    assert!(problem["message"].is_string() && problem["hint"].is_string());
    assert!(json["expires_at"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn every_source_of_a_claim_is_laid_over_the_one_before() {
    let home = Home::new();
    let attributes = home.write("attributes.json", r#"{"seat": "7", "role": "file"}"#);
    let draft =
        r#"{"sub": "draft", "ttl": "5m", "metadata": "draft", "video": {"room": "draft", "hidden": true}}"#;
    let run = home.run_with(
        &[
            "token",
            "create",
            "--dev",
            "--token-only",
            "--preset",
            "viewer",
            "--draft",
            "-",
            "--metadata",
            "flag",
            "--attribute",
            "role=flag",
            "--attribute",
            "a.b=c = d",
            "--attribute-file",
            attributes.to_str().unwrap(),
            "--grant",
            r#"{"canPublishData": true}"#,
            "--set",
            "sub=set",
            "--set",
            "video.hidden=unset",
            "--force",
        ],
        draft,
    );
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("attribute role: the one in "), "{}", run.err);
    let claims = payload(run.out.trim_end());
    assert_eq!(claims["sub"], "set");
    assert_eq!(claims["metadata"], "flag");
    assert_eq!(claims["attributes"], json!({"a.b": "c = d", "role": "file", "seat": "7"}));
    assert_eq!(
        claims["video"],
        json!({"roomJoin": true, "room": "draft", "canPublish": false, "canPublishData": true})
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 300);
}

#[test]
fn an_agent_is_dispatched_with_its_deployment_and_metadata() {
    let token = Home::new().token(&[
        "--dev",
        "--join",
        "-r",
        "demo",
        "-i",
        "a",
        "--agent",
        "helper",
        "--deployment",
        "staging",
        "--job-metadata",
        "{}",
        "--room-preset",
        "big",
    ]);
    let claims = claims(&token);
    assert_eq!(
        claims["roomConfig"],
        json!({"agents": [{"agentName": "helper", "metadata": "{}", "deployment": "staging"}]})
    );
    assert_eq!(claims["roomPreset"], "big");
}

#[test]
fn what_lk_drops_silently_is_told() {
    let home = Home::new();
    let run = home.run(&["token", "create", "--dev", "--list", "--agent", "helper"]);
    assert!(run.err.contains("[agents-no-join]"), "{}", run.err);
    let run = home.run(&["token", "create", "--dev", "--list", "--grant", r#"{"roomName": "x"}"#]);
    assert!(run.err.contains("did you mean video.room?"), "{}", run.err);
}

#[test]
fn errors_block_signing_until_forced() {
    let home = Home::new();
    let run = home.run(&["token", "create", "--dev", "--join"]);
    run.failed(2, "not signed: the 2 errors above stand in the way", "--generate");
    assert!(run.err.contains("[join-no-room]") && run.err.contains("(--room)"), "{}", run.err);
    assert!(run.err.contains("[join-no-identity]") && run.err.contains("(--identity)"), "{}", run.err);
    let quiet = home.run(&["token", "create", "--dev", "--join", "-q"]);
    assert!(quiet.err.contains("[join-no-room]") && !quiet.err.contains("using"), "{}", quiet.err);
    let forced = home.run(&["token", "create", "--dev", "--join", "--force"]);
    assert_eq!(forced.code, 0);
    assert_eq!(claims(forced.out.trim_end()), json!({"iss": "devkey", "video": {"roomJoin": true}}));
}

#[test]
fn what_is_missing_is_made_up_when_asked_and_told() {
    let run = Home::new().run(&["token", "create", "--dev", "--join", "--generate", "--token-only"]);
    assert_eq!(run.code, 0);
    let claims = claims(run.out.trim_end());
    for (what, name) in [("identity", &claims["sub"]), ("room", &claims["video"]["room"])] {
        assert!(run.err.contains(&format!("made up the {what} {}", name.as_str().unwrap())), "{}", run.err);
    }
}

#[test]
fn credentials_come_from_one_source_in_a_fixed_order_and_it_is_told() {
    let home = Home::with_vault().with_triple();
    let file = home.write(
        "staging.env",
        format!("LIVEKIT_URL=wss://file.example\nexport LIVEKIT_API_KEY=\"APIfile\"\nLIVEKIT_API_SECRET={CANARY} # mine\n"),
    );
    let file = file.to_str().unwrap();
    let add =
        ["project", "add", "acme", "--url", "acme.example", "--api-key", "APIacme", "--api-secret-stdin"];
    assert_eq!(home.run_with(&add, CANARY).code, 0);
    let secret = home.write("secret", CANARY);
    let secret = secret.to_str().unwrap();
    let issuer = |home: &Home, args: &[&str], told: &str| {
        let run = home.run(&[&["token", "create", "--list"], args].concat());
        assert_eq!(run.code, 0, "{args:?}: {}", run.err);
        assert!(run.err.starts_with(&format!("using {told}\n")), "{}", run.err);
        payload(run.out.trim_end())["iss"].as_str().unwrap().to_owned()
    };
    let environment = "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET (environment)";
    let dev = "local dev (built in; everybody knows its secret)";
    assert_eq!(issuer(&home, &["-p", "acme", "--env-file", file], "acme (vault)"), "APIacme");
    assert_eq!(issuer(&home, &["-p", "local dev"], dev), "devkey");
    assert_eq!(issuer(&home, &["--dev"], dev), "devkey");
    let flags = ["--url", "wss://flag.example", "--api-key", "APIflag", "--api-secret-file", secret];
    assert_eq!(issuer(&home, &flags, "--url, --api-key and their secret (arguments)"), "APIflag");
    assert_eq!(issuer(&home, &["--env-file", file], environment), "APIenv");
    let without = Home::with_vault();
    let copied = without.write("copy.env", std::fs::read(file).unwrap());
    let copied = copied.to_str().unwrap();
    assert_eq!(issuer(&without, &["--env-file", copied], &format!("{copied} (env file)")), "APIfile");
    assert_eq!(without.run_with(&add, CANARY).code, 0);
    assert_eq!(issuer(&without, &[], "acme (vault)"), "APIacme");
}

#[test]
fn sources_are_never_mixed() {
    let home = Home::new().set("LIVEKIT_URL", "wss://env.example").set("LIVEKIT_API_SECRET", CANARY);
    home.run(&["token", "create", "--list"]).failed(
        2,
        "LIVEKIT_API_KEY is missing: LIVEKIT_URL and LIVEKIT_API_SECRET are set in the environment",
        "set LIVEKIT_API_KEY too; or unset LIVEKIT_URL LIVEKIT_API_SECRET",
    );
    home.run(&["token", "create", "--list", "--api-key", "APIflag"]).failed(
        2,
        "--url is missing: --url, --api-key and the secret are taken together",
        "give all of them",
    );
    home.run(&["token", "create", "--list", "--url", "a.example", "--api-key", "APIflag"]).failed(
        2,
        "the API secret is missing, and there is no terminal to ask on",
        "--api-secret-stdin",
    );
    let home = Home::new();
    let file = home.write("half.env", "LIVEKIT_URL=wss://a.example\nLIVEKIT_API_KEY=\n");
    home.run(&["token", "create", "--list", "--env-file", file.to_str().unwrap()]).failed(
        2,
        "LIVEKIT_API_KEY and LIVEKIT_API_SECRET are missing: ",
        "to the file",
    );
    for args in
        [["--dev", "-p", "acme"].as_slice(), &["-p", "acme", "--url", "x"], &["--dev", "--api-key", "x"]]
    {
        home.run(&[&["token", "create", "--list"], args].concat()).failed(2, "the argument", "usage: ");
    }
}

#[test]
fn without_any_credentials_the_four_ways_are_named() {
    let run = Home::new().run(&["token", "create", "--list"]);
    run.failed(2, "there is no project to work with", "roomkey project add NAME");
    for way in ["LIVEKIT_API_SECRET", "--env-file", "--dev"] {
        assert!(run.err.contains(way), "{}", run.err);
    }
}

#[test]
fn what_a_paste_left_in_the_environment_is_cleaned_and_told() {
    let home = Home::new()
        .set("LIVEKIT_URL", "https://env.example/")
        .set("LIVEKIT_API_KEY", " APIenv")
        .set("LIVEKIT_API_SECRET", format!("\"{CANARY}\"\n"));
    let run = home.run(&["token", "create", "--list", "--json"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.json()["project_url"], "wss://env.example");
    assert!(run.err.contains("took space around it off LIVEKIT_API_KEY"), "{}", run.err);
    assert!(
        run.err.contains("took a line break at the end and quotes around it off LIVEKIT_API_SECRET"),
        "{}",
        run.err
    );
}

#[test]
fn a_demo_signs_copies_and_writes_nothing() {
    let home = Home::new().with_triple();
    let run =
        home.run(&["--demo", "token", "create", "--preset", "viewer", "-r", "demo", "-i", "a", "--copy"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err.contains("using acme-staging (memory)")
            && run.err.contains("copied (demo: within roomkey only)")
    );
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_copy_that_goes_nowhere_is_an_error_and_the_token_is_there_all_the_same() {
    let run = Home::new().run(&["token", "create", "--dev", "--list", "--token-only", "--copy"]);
    assert_eq!(run.code, 2);
    assert_eq!(payload(run.out.trim_end())["iss"], "devkey");
    assert!(run.err.contains("error: no clipboard can be reached from here\nhint: "), "{}", run.err);
}

#[test]
fn a_link_comes_with_its_warning_and_is_only_printed_where_there_is_no_display() {
    let run = Home::new()
        .run(&["token", "create", "--dev", "--join", "-r", "d", "-i", "a", "--open", "meet", "-q"]);
    assert_eq!(run.code, 0);
    let link = format!(
        "https://meet.livekit.io/custom?liveKitUrl=ws%3A%2F%2Flocalhost%3A7880&token={}",
        run.out.trim_end()
    );
    assert_eq!(run.err.trim_end(), link);
    let run =
        Home::new().run(&["token", "create", "--dev", "--join", "-r", "d", "-i", "a", "--open", "meet"]);
    assert!(run.err.contains("warning: the token is in this address"), "{}", run.err);
    assert!(run.err.contains("no display here"), "{}", run.err);
}

#[test]
fn a_link_is_opened_where_there_is_a_display() {
    let home = Home::new();
    std::fs::create_dir(home.path().join("bin")).unwrap();
    let opener =
        home.write("bin/xdg-open", "#!/bin/sh\nprintf %s \"$1\" >opened.part && mv opened.part opened\n");
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(opener, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:/usr/bin:/bin", home.path().join("bin").display());
    let opened = home.path().join("opened");
    let home = home.set("PATH", path).set("DISPLAY", ":99");
    let token = home.token(&["--dev", "--join", "-r", "d", "-i", "a", "--open", "meet"]);
    crate::support::eventually("the link is opened", || opened.exists());
    assert!(std::fs::read_to_string(opened).unwrap().ends_with(&token));
}

#[test]
fn a_reader_that_leaves_early_is_success() {
    let home = Home::new();
    for args in [&["grants"][..], &["token", "create", "--dev", "--list"], &["man"], &["--help"]] {
        let mut command = home.command();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.args(args).stdin(std::process::Stdio::null()).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_full_disk_is_an_error() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let full = std::fs::File::create("/dev/full").unwrap();
    let home = Home::new();
    let mut command = home.command();
    let output = command.arg("grants").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: standard output cannot be written"));
}

/// Numbers that look random and are the same in every run (Numerical Recipes' generator).
pub(super) struct Numbers(u32);

impl Numbers {
    pub(super) fn new(seed: u32) -> Self {
        Self(seed)
    }

    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % end
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

/// A random parameter set: the arguments, and the claims that must come of them.
pub(super) fn random_case(numbers: &mut Numbers, index: u32) -> (Vec<String>, Value) {
    const ROOMS: [&str; 7] = ["demo", "Raum 7", "会議室", "room/one", "emoji 🎥", "x=y&z", "\"quoted\""];
    const FLAGS: [&str; 7] =
        ["roomCreate", "roomList", "roomRecord", "roomAdmin", "ingressAdmin", "hidden", "agent"];
    const CHOICES: [&str; 6] = [
        "canPublish",
        "canSubscribe",
        "canPublishData",
        "canUpdateOwnMetadata",
        "canSubscribeMetrics",
        "canManageAgentSession",
    ];
    let identity = format!("id-{index}-é");
    let room = ROOMS[numbers.below(7) as usize];
    let mut video = Map::new();
    for name in FLAGS {
        if numbers.chance(20) {
            video.insert(name.into(), true.into());
        }
    }
    for name in CHOICES {
        match numbers.below(10) {
            0..=2 => drop(video.insert(name.into(), true.into())),
            3..=5 => drop(video.insert(name.into(), false.into())),
            _ => {}
        }
    }
    if numbers.chance(30) && video.get("canPublish") != Some(&Value::Bool(false)) {
        video.insert("canPublishSources".into(), json!(["microphone", "camera"]));
    }
    let mut args: Vec<String> =
        ["--join", "--force", "--identity", &identity, "--room", room].map(str::to_owned).into();
    if index.is_multiple_of(2) {
        args.extend(["--grant".into(), Value::Object(video.clone()).to_string()]);
    } else {
        for (name, value) in &video {
            let value = match value {
                Value::Array(_) => "microphone,camera".to_owned(),
                other => other.to_string(),
            };
            args.extend(["--set".into(), format!("video.{name}={value}")]);
        }
    }
    video.insert("roomJoin".into(), true.into());
    video.insert("room".into(), room.into());
    let mut claims = json!({"sub": identity, "video": video});
    if numbers.chance(40) {
        let metadata = json!({"k": index, "s": "ü"}).to_string();
        args.extend(["--metadata".into(), metadata.clone()]);
        claims["metadata"] = metadata.into();
    }
    if numbers.chance(40) {
        args.extend(["--attribute", "a.b=c", "--attribute", "k=v = 1"].map(str::to_owned));
        claims["attributes"] = json!({"a.b": "c", "k": "v = 1"});
    }
    if numbers.chance(30) {
        args.extend(["--name".into(), format!("Näme {index}")]);
        claims["name"] = format!("Näme {index}").into();
    }
    if numbers.chance(20) {
        args.extend(["--set", "sip.admin=true", "--set", "sip.call=true"].map(str::to_owned));
        claims["sip"] = json!({"admin": true, "call": true});
    }
    (args, claims)
}

#[test]
fn random_parameter_sets_come_out_as_they_went_in() {
    let home = Home::new();
    let mut numbers = Numbers::new(1);
    for index in 0..60 {
        let (args, mut want) = random_case(&mut numbers, index);
        want["iss"] = "devkey".into();
        let args: Vec<&str> = ["--dev"].into_iter().chain(args.iter().map(String::as_str)).collect();
        assert_eq!(claims(&home.token(&args)), want, "{args:?}");
    }
}
