//! The forms of a token, held against what reads them: the official SDKs, a shell, a decoder of QR codes.

use std::path::{Path, PathBuf};
use std::process::Command;

use ratatui::backend::TestBackend;
use ratatui::style::Color;
use serde_json::{Map, Value, json};

use roomkey::claims::draft::Draft;
use roomkey::claims::grants::OBJECTS;
use roomkey::claims::presets;
use roomkey::clock::{Timestamp, Ttl, Zone};
use roomkey::project::{ApiKey, ApiSecret, ServerUrl};
use roomkey::token::forms::qr::Qr;
use roomkey::token::forms::{About, FormId, Made, make};
use roomkey::token::{Token, link, sign};
use roomkey::tui::message::{Effect, Msg, Reply, StoreJob};
use roomkey::tui::painter::Painter;
use roomkey::tui::{update, view};

use crate::screens::{press, program};
use crate::support::home::{CANARY, finish, payload};
use crate::support::{have, holds, qr};

fn drafted(json: &Value) -> Draft {
    Draft::from_json(&json.to_string(), Timestamp::now(), &Zone::utc()).unwrap()
}

fn made(id: FormId, draft: &Draft, token: Option<&Token>) -> Made {
    let server = ServerUrl::parse("wss://acme.example").unwrap().value;
    make(id, &About { draft, server: Some(&server), project: None, now: Timestamp::now() }, token).unwrap()
}

fn signed(draft: &Draft) -> Token {
    sign(&draft.claims(&ApiKey::dev(), Timestamp::now()), &ApiSecret::dev()).unwrap()
}

/// The ten presets with what their users fill in, and drafts that are anything but ordinary.
fn drafts() -> Vec<(String, Draft)> {
    let mut all = filled_presets();
    all.extend(odd_drafts().into_iter().map(|(name, json)| (name.to_owned(), drafted(&json))));
    let full = include_str!("../src/claims/draft/full.json");
    all.push(("everything".into(), drafted(&serde_json::from_str(full).unwrap())));
    all
}

fn filled_presets() -> Vec<(String, Draft)> {
    let mut all = Vec::new();
    for preset in presets::built_in() {
        let mut draft = preset.draft.clone();
        let video = &mut draft.grants.video;
        if video.room_join {
            draft.identity = "alice".into();
        }
        if video.room_join || video.room_admin {
            video.room = "demo".into();
        }
        all.push((preset.name.clone(), draft));
    }
    assert_eq!(all.len(), 10);
    all
}

fn odd_drafts() -> Vec<(&'static str, Value)> {
    let odd = "a\"b'c`d\\e\nf\tg\r${x}{0}%s#{y} é会\u{1f600}\u{202e}\u{0}\u{e0001}\"#'''\"\"\"";
    vec![
        (
            "texts",
            json!({
                "identity": odd, "name": odd, "metadata": odd, "roomPreset": odd, "sha256": odd,
                "attributes": {odd: odd, "": "", "__proto__": "x", "constructor": "y", "1": "2", "class": "None"},
                "video": {"roomJoin": true, "room": odd, "destinationRoom": odd}
            }),
        ),
        ("nothing", json!({})),
        ("identity alone", json!({"identity": "a"})),
        (
            "all off",
            json!({
                "identity": "a",
                "video": {
                    "roomJoin": true, "room": "r", "canPublish": false, "canPublishData": false, "canSubscribe": false,
                    "canUpdateOwnMetadata": false, "canSubscribeMetrics": false, "canManageAgentSession": false
                }
            }),
        ),
        (
            "all on",
            json!({
                "identity": "a",
                "video": {
                    "roomJoin": true, "room": "r", "canPublish": true, "canPublishData": true, "canSubscribe": true,
                    "canUpdateOwnMetadata": true, "canSubscribeMetrics": true, "canManageAgentSession": true
                }
            }),
        ),
        (
            "sources",
            json!({
                "identity": "a",
                "video": {
                    "roomJoin": true, "room": "r",
                    "canPublishSources": ["screen_share_audio", "screen_share", "microphone", "camera"]
                }
            }),
        ),
        ("kinds", json!({"identity": "a", "kind": "Weird", "kindDetails": ["simulation", "later"]})),
        (
            "room settings",
            json!({
                "identity": "a", "video": {"roomJoin": true, "room": "r"},
                "roomConfig": {
                    "maxParticipants": 4_294_967_295_u32, "syncStreams": true, "tags": {"k": odd, "l": "m"},
                    "metadata": odd,
                    "agents": [
                        {}, {"agentName": "helper", "restartPolicy": "JRP_NEVER", "attributes": {"a": odd}},
                        {"metadata": odd, "deployment": "staging"}
                    ]
                }
            }),
        ),
        (
            "secrets in the settings",
            json!({"roomConfig": {"egress": {"tracks": {
                "filepath": "x", "s3": {"accessKey": "fake", "secret": "fake", "bucket": odd}
            }}}}),
        ),
        ("half a sip", json!({"sip": {"admin": true}, "inference": {"perform": true}})),
        (
            "cloud",
            json!({
                "observability": {"write": true}, "agent": {"databaseAdmin": true},
                "agentEndpoint": {"call": true, "deployment": odd},
                "agentThread": {"threadIds": [odd, "b"], "read": true, "sql": true},
                "agentDatabase": {"databaseIds": [odd, "DB_1"], "read": true, "list": true}
            }),
        ),
        (
            "not LiveKit's",
            json!({
                "a-b": {"n": null, "list": [1, -2, 2.5, true, {"deep": odd}]}, "jti": "x", "class": false, odd: odd,
                "video": {"roomList": true, "later": {"x": null}}, "sip": {"call": true, "later": 1},
                "agent": {"later": 1}, "inference": {"later": 1}, "observability": {"later": 1, "write": true},
                "agentEndpoint": {"later": 1}, "agentThread": {"later": 1}, "agentDatabase": {"later": 1},
                "roomConfig": {"later": [1], "agents": [{"later": odd}]}
            }),
        ),
        ("no time", json!({"ttl": "0s"})),
        ("45 seconds", json!({"ttl": "45s"})),
        ("91 minutes", json!({"ttl": "91m"})),
        ("100 days", json!({"ttl": "100d"})),
        ("a fixed end", json!({"ttl": "until 2099-01-01T00:00:00Z"})),
        ("a name like a package's", json!({"identity": "livekit.RoomEgress", "name": "2 * time.Hour"})),
        (
            "only what is not LiveKit's",
            json!({"roomConfig": {"later": 1}, "video": {"later": 1}, "sip": {"later": 1}}),
        ),
    ]
}

/// The claims that the draft comes to, without the times.
fn claims(draft: &Draft) -> Map<String, Value> {
    timeless(Value::Object(draft.claims(&ApiKey::parse("APIenv").unwrap().value, Timestamp::now()).to_json()))
}

fn timeless(claims: Value) -> Map<String, Value> {
    let Value::Object(mut map) = claims else { panic!("{claims}") };
    for time in ["iat", "nbf", "exp"] {
        map.shift_remove(time);
    }
    map
}

/// The token lives as long as the draft says, give or take what the test takes.
#[track_caller]
fn same_life(name: &str, draft: &Draft, token: &Value) {
    let (from, to) = (token["nbf"].as_i64().unwrap(), token["exp"].as_i64().unwrap());
    let wanted = draft.ttl.expiry(Timestamp::from_unix(from)).as_unix();
    assert!(wanted.abs_diff(to) <= 2, "{name}: ends {} s off", wanted.abs_diff(to));
}

fn variable(name: &str, has: &str, test: &str) -> Option<PathBuf> {
    let dir = std::env::var_os(name).map(PathBuf::from).filter(|dir| dir.join(has).exists());
    holds(dir.is_some(), &format!("{has} in {name}"), test).then(|| dir.unwrap())
}

/// Writes the programs into a folder, one file each, and gives their names.
fn written(folder: &Path, id: FormId, ending: &str, drafts: &[(String, Draft)]) -> Vec<PathBuf> {
    let write = |(i, (_, draft)): (usize, &(String, Draft))| {
        let path = folder.join(format!("program{i}.{ending}"));
        std::fs::write(&path, made(id, draft, None).text.expose()).unwrap();
        path
    };
    drafts.iter().enumerate().map(write).collect()
}

/// Runs the command, which runs all programs, and gives what each printed.
fn tokens(mut command: Command) -> Vec<Value> {
    command.env("LIVEKIT_API_KEY", "APIenv").env("LIVEKIT_API_SECRET", CANARY);
    let run = finish(command, b"");
    assert_eq!(run.code, 0, "{}", run.err);
    run.out.lines().map(payload).collect()
}

#[test]
fn python_programs_make_the_same_claims_with_the_official_sdk() {
    let test = "forms::python_programs_make_the_same_claims_with_the_official_sdk";
    let python = std::env::var_os("LIVEKIT_PY").map(PathBuf::from).filter(|python| python.is_file());
    if !holds(python.is_some(), "livekit-api by LIVEKIT_PY", test) {
        return;
    }
    let python = python.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let drafts = drafts();
    let mut command = Command::new(&python);
    let each = "import runpy, sys\nfor path in sys.argv[1:]: runpy.run_path(path, run_name='__main__')";
    command.args(["-W", "ignore", "-c", each]).args(written(folder.path(), FormId::Python, "py", &drafts));
    let made_by = tokens(command);
    assert_eq!(made_by.len(), drafts.len());
    for ((name, draft), token) in drafts.iter().zip(made_by) {
        same_life(name, draft, &token);
        let mut theirs = timeless(token);
        // Written empty, which servers read as none.
        if theirs["sub"] == "" {
            theirs.shift_remove("sub");
        }
        // Plain booleans, of which false and none are the same: the SDK writes all of an object.
        for object in ["agent", "agentEndpoint", "agentThread"] {
            if let Some(Value::Object(object)) = theirs.get_mut(object) {
                object.retain(|_, value| *value != false);
            }
        }
        assert_eq!(theirs, claims(draft), "{name}");
        assert_eq!(made(FormId::Python, draft, None).lacks, [""; 0], "{name}");
    }
}

#[test]
fn node_programs_make_the_same_claims_with_the_official_sdk() {
    let test = "forms::node_programs_make_the_same_claims_with_the_official_sdk";
    let Some(dir) = variable("LIVEKIT_NODE_DIR", "node_modules/livekit-server-sdk", test) else { return };
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(dir.join("node_modules"), folder.path().join("node_modules")).unwrap();
    let drafts = drafts();
    let mut command = Command::new("node");
    let each = "for (const path of process.argv.slice(1)) await import(path);";
    command
        .args(["--input-type=module", "-e", each, "--"])
        .args(written(folder.path(), FormId::Node, "mjs", &drafts))
        .current_dir(folder.path());
    let made_by = tokens(command);
    assert_eq!(made_by.len(), drafts.len());
    for ((name, draft), token) in drafts.iter().zip(made_by) {
        same_life(name, draft, &token);
        assert_eq!(timeless(token), claims(draft), "{name}");
        assert_eq!(made(FormId::Node, draft, None).lacks, [""; 0], "{name}");
    }
}

/// What a program of Go or Rust makes of the draft: what it says it leaves out is gone, and both members of `sip` are
/// not written by either.
fn expected(draft: &Draft, gone: &[&str]) -> Map<String, Value> {
    let mut ours = claims(draft);
    let undefined: Vec<String> = draft.grants.unknown.keys().cloned().collect();
    for path in undefined.iter().map(String::as_str).chain(gone.iter().copied()) {
        ours.shift_remove(path);
    }
    let inside = |object: &str, name: &str| gone.contains(&format!("{object}.{name}").as_str());
    for object in OBJECTS.into_iter().chain(["roomConfig"]) {
        let Some(Value::Object(map)) = ours.get_mut(object) else { continue };
        map.retain(|name, value| {
            name != "later" && !inside(object, name) && (object != "sip" || *value != false)
        });
        for agent in map.get_mut("agents").and_then(Value::as_array_mut).into_iter().flatten() {
            agent.as_object_mut().unwrap().shift_remove("later");
        }
        if map.is_empty() {
            ours.shift_remove(object);
        }
    }
    ours
}

#[test]
fn go_programs_make_the_same_claims_with_the_official_module() {
    let test = "forms::go_programs_make_the_same_claims_with_the_official_module";
    if !have(&["go", "gofmt"], test) {
        return;
    }
    let Some(dir) = variable("LIVEKIT_GO_DIR", "go.sum", test) else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in ["go.mod", "go.sum"] {
        std::fs::copy(dir.join(name), folder.path().join(name)).unwrap();
    }
    let mut drafts = drafts();
    // Go takes it for 6 h, and says so.
    drafts.retain(|(_, draft)| draft.ttl != Ttl::For(0));
    // One program to link: each is a package of it.
    let (mut imports, mut calls) = (String::new(), String::new());
    for (i, (name, draft)) in drafts.iter().enumerate() {
        let program = made(FormId::Go, draft, None).text.expose().to_owned();
        let mut gofmt = Command::new("gofmt");
        gofmt.arg("-d");
        let formatted = finish(gofmt, program.as_bytes());
        // Among the keys of a map it aligns no long one with a short one.
        if !matches!(name.as_str(), "texts" | "room settings") {
            assert_eq!((formatted.code, formatted.out.as_str()), (0, ""), "{name}: {}", formatted.err);
        }
        let package = program.replacen("package main\n", &format!("package p{i}\n"), 1).replacen(
            "func main() {",
            "func Main() {",
            1,
        );
        std::fs::create_dir(folder.path().join(format!("p{i}"))).unwrap();
        std::fs::write(folder.path().join(format!("p{i}/program.go")), package).unwrap();
        imports.push_str(&format!("import \"snippets/p{i}\"\n"));
        calls.push_str(&format!("\tp{i}.Main()\n"));
    }
    let main = format!("package main\n\n{imports}\nfunc main() {{\n{calls}}}\n");
    std::fs::write(folder.path().join("main.go"), main).unwrap();
    let go = |args: &[&str]| {
        let mut go = Command::new("go");
        go.args(args).current_dir(folder.path()).env("GOFLAGS", "-mod=mod");
        go
    };
    let vetted = finish(go(&["vet", "./..."]), b"");
    assert_eq!(vetted.code, 0, "{}", vetted.err);
    let made_by = tokens(go(&["run", "."]));
    assert_eq!(made_by.len(), drafts.len());
    for ((name, draft), token) in drafts.iter().zip(made_by) {
        same_life(name, draft, &token);
        let mut theirs = timeless(token);
        // A copy of `sub` that servers ignore.
        theirs.shift_remove("identity");
        assert_eq!(theirs, expected(draft, &["agent.databaseAdmin"]), "{name}");
    }
}

#[test]
fn rust_programs_make_the_same_claims_with_the_official_crate() {
    let test = "forms::rust_programs_make_the_same_claims_with_the_official_crate";
    let Some(dir) = variable("LIVEKIT_RUST_DIR", "Cargo.lock", test) else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in ["Cargo.toml", "Cargo.lock"] {
        std::fs::copy(dir.join(name), folder.path().join(name)).unwrap();
    }
    std::fs::create_dir(folder.path().join("src")).unwrap();
    let drafts = drafts();
    let (mut modules, mut calls) = (String::new(), String::new());
    for (i, (_, draft)) in drafts.iter().enumerate() {
        let program = made(FormId::Rust, draft, None).text.expose().replacen("fn main()", "pub fn main()", 1);
        std::fs::write(folder.path().join(format!("src/p{i}.rs")), program).unwrap();
        modules.push_str(&format!("mod p{i};\n"));
        calls.push_str(&format!("    p{i}::main()?;\n"));
    }
    let main =
        format!("{modules}\nfn main() -> Result<(), Box<dyn std::error::Error>> {{\n{calls}    Ok(())\n}}\n");
    std::fs::write(folder.path().join("src/main.rs"), main).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["run", "--quiet", "--offline", "--target-dir"])
        .arg(dir.join("target"))
        .current_dir(folder.path());
    let made_by = tokens(cargo);
    assert_eq!(made_by.len(), drafts.len());
    let gone = [
        "kindDetails",
        "roomPreset",
        "video.canSubscribeMetrics",
        "video.canManageAgentSession",
        "agentThread.sql",
        "agentDatabase",
    ];
    for ((name, draft), token) in drafts.iter().zip(made_by) {
        same_life(name, draft, &token);
        assert_eq!(timeless(token), expected(draft, &gone), "{name}");
    }
}

#[test]
fn the_sdks_refuse_what_their_programs_say_they_refuse() {
    let incomplete = drafted(&json!({"video": {"roomJoin": true}}));
    let unknown = drafted(&json!({"video": {"canPublishSources": ["webcam"]}}));
    let folder = tempfile::tempdir().unwrap();
    let test = "forms::the_sdks_refuse_what_their_programs_say_they_refuse";
    if let Some(dir) = variable("LIVEKIT_NODE_DIR", "node_modules/livekit-server-sdk", test) {
        std::os::unix::fs::symlink(dir.join("node_modules"), folder.path().join("node_modules")).unwrap();
        for (draft, error) in [
            (&incomplete, "identity is required for join but not set"),
            (&unknown, "Cannot convert TrackSource"),
        ] {
            let path =
                written(folder.path(), FormId::Node, "mjs", &[(String::new(), draft.clone())]).remove(0);
            let mut node = Command::new("node");
            node.arg(path).env("LIVEKIT_API_KEY", "APIenv").env("LIVEKIT_API_SECRET", CANARY);
            let run = finish(node, b"");
            assert!(run.code != 0 && run.err.contains(error), "{}", run.err);
            assert!(!made(FormId::Node, draft, None).lacks.is_empty());
        }
    }
    let python = std::env::var_os("LIVEKIT_PY").map(PathBuf::from).filter(|python| python.is_file());
    if holds(python.is_some(), "livekit-api by LIVEKIT_PY", test) {
        let path =
            written(folder.path(), FormId::Python, "py", &[(String::new(), incomplete.clone())]).remove(0);
        let mut command = Command::new(python.unwrap());
        command.arg(path).env("LIVEKIT_API_KEY", "APIenv").env("LIVEKIT_API_SECRET", CANARY);
        let run = finish(command, b"");
        assert!(run.code != 0 && run.err.contains("identity and room must be set"), "{}", run.err);
        assert!(!made(FormId::Python, &incomplete, None).lacks.is_empty());
    }
}

/// What a program of this name on `PATH` is given when a shell runs the line, and what it finds on standard input.
fn given_by_sh(line: &str, program: &str) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let fake = folder.path().join(program);
    std::fs::write(&fake, "#!/bin/sh\nprintf '%s\\0' \"$@\" >given\n[ -t 0 ] || cat >stdin\n").unwrap();
    let mut permissions = std::fs::metadata(&fake).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    std::fs::set_permissions(&fake, permissions).unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", line])
        .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
        .current_dir(folder.path());
    let run = finish(shell, b"");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let given = std::fs::read_to_string(folder.path().join("given")).unwrap();
    let stdin = std::fs::read_to_string(folder.path().join("stdin")).unwrap();
    (given.split_terminator('\0').map(str::to_owned).collect(), stdin)
}

#[test]
fn a_shell_gives_curl_the_header_and_the_address() {
    let draft = drafted(&json!({"identity": "it's", "video": {"roomJoin": true, "room": "$x"}}));
    let token = signed(&draft);
    let (given, _) = given_by_sh(made(FormId::Curl, &draft, Some(&token)).text.expose(), "curl");
    let header = format!("Authorization: Bearer {}", token.expose());
    assert_eq!(given, ["-i", "-H", &header, "https://acme.example/rtc/validate"]);
}

#[test]
fn a_shell_gives_lk_every_text_as_it_stands() {
    let odd = "it's \"$x\" `id` \\ \u{1b}[0m\ttab\nline é\u{202e} -- %q";
    let draft = drafted(&json!({
        "identity": odd, "name": "-n", "metadata": odd, "attributes": {odd: odd},
        "video": {"roomJoin": true, "room": odd, "canPublish": false}
    }));
    let made = made(FormId::Lk, &draft, None);
    assert_eq!(made.lacks, [""; 0]);
    let (given, stdin) = given_by_sh(made.text.expose(), "lk");
    let want = [
        "token",
        "create",
        "--join",
        "--room",
        odd,
        "--identity",
        odd,
        "--name=-n",
        "--valid-for",
        "1h",
        "--metadata",
        odd,
        "--attribute-file",
        "/dev/stdin",
        "--grant",
        r#"{"canPublish":false}"#,
    ];
    assert_eq!(given, want);
    assert_eq!(serde_json::from_str::<Value>(&stdin).unwrap(), json!({odd: odd}));
}

/// lk itself is installed by hand: `LIVEKIT_LK` is its path, and `cargo test -- --ignored` runs this.
#[test]
#[ignore = "needs LiveKit's own command line, by LIVEKIT_LK"]
fn lk_makes_the_same_claims_of_its_line_but_for_what_it_lacks() {
    let lk = PathBuf::from(std::env::var_os("LIVEKIT_LK").expect("LIVEKIT_LK"));
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(lk, folder.path().join("lk")).unwrap();
    let mut agent = drafted(&json!({
        "identity": "a", "name": "it's $n", "ttl": "1h1m1s", "attributes": {"role": "host", "url": "wss://x:1/y@z"},
        "video": {"roomJoin": true, "room": "r 100%"},
        "roomConfig": {"agents": [{"agentName": "a b", "metadata": "{}", "deployment": "staging"}]}
    }));
    let mut all = drafts();
    all.push(("an agent".into(), agent.clone()));
    agent.grants.attributes.insert("quoted".into(), "$HOME, #\"'\\n".into());
    all.push(("odd attributes".into(), agent));
    for (name, draft) in all.iter().filter(|(_, draft)| draft.ttl != Ttl::For(0)) {
        let made = made(FormId::Lk, draft, None);
        let line = made.text.expose().replacen("lk token create", "lk token create --token-only", 1);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &line])
            .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
            .env("LIVEKIT_API_KEY", "APIenv")
            .env("LIVEKIT_API_SECRET", CANARY);
        let run = finish(shell, b"");
        assert_eq!(run.code, 0, "{name}: {line}: {}", run.err);
        let token = payload(run.out.trim_end());
        same_life(name, draft, &token);
        let mut theirs = timeless(token);
        let mut ours = expected(draft, &[]);
        let told = made.lacks.join("\n");
        let left_out = |what| told.lines().any(|lack| lack.contains("left out") && lack.contains(what));
        for part in [
            "kind",
            "kindDetails",
            "sip",
            "agent",
            "agentEndpoint",
            "agentThread",
            "agentDatabase",
            "observability",
        ] {
            if ours.shift_remove(part).is_some() {
                assert!(left_out(part), "{name}: {part} is gone without a word");
            }
        }
        for part in ["roomPreset", "sha256", "roomConfig", "name", "metadata"] {
            if left_out(part) {
                ours.shift_remove(part);
            }
        }
        // What it makes up, and the copy of the identity that servers ignore.
        theirs.shift_remove("identity");
        if told.contains("an identity is made up") || left_out("the identity") {
            theirs.shift_remove("sub");
            ours.shift_remove("sub");
        }
        if told.contains("the identity becomes the name") || left_out("name") {
            theirs.shift_remove("name");
        }
        if theirs["video"] == json!({}) {
            theirs.shift_remove("video");
        }
        assert_eq!(theirs, ours, "{name}: {line}\n{told}");
    }
}

#[test]
fn a_decoder_reads_the_same_link_back_from_every_drawing() {
    for metadata in ["", "a", &"m".repeat(300), &"会".repeat(200)] {
        let draft = drafted(
            &json!({"identity": "alice", "metadata": metadata, "video": {"roomJoin": true, "room": "demo"}}),
        );
        let link = made(FormId::Qr, &draft, Some(&signed(&draft))).text;
        assert!(
            link.expose()
                .starts_with("https://meet.livekit.io/custom?liveKitUrl=wss%3A%2F%2Facme.example&token=ey")
        );
        let code = Qr::of(&link).unwrap();
        let (columns, rows) = code.least_size();
        for inverted in [false, true] {
            for (columns, rows) in [(columns, rows), (columns + 10, rows + 10)] {
                let lines = code.lines(columns, rows, inverted).unwrap();
                assert_eq!(qr::read(&lines, inverted), link.expose());
            }
        }
    }
}

#[test]
fn a_decoder_reads_the_link_off_the_screen_too() {
    let mut model = program((120, 40));
    press(&mut model, "/identity<enter><enter>alice<enter>/room<enter><enter>demo<enter>");
    let effects = press(&mut model, "Yqr<enter>");
    let [Effect::Store(StoreJob::Sign { ticket, ref claims, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    let token = sign(claims, &ApiSecret::dev()).unwrap();
    let link = link::meet(&model.current.url, &token);
    update::update(&mut model, Msg::Reply(Reply::Signed { ticket, result: Ok(token) }));
    let mut terminal = Painter::new(TestBackend::new(120, 40)).unwrap();
    terminal.draw(|frame| view::view(&model, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let cell = |x, y| &buffer[(x, y)];
    // Below the header and the words above the code, above the hints.
    let lines: Vec<String> =
        (2..39).map(|y| (0..120).map(|x| cell(x, y).symbol()).collect::<String>()).collect();
    assert_eq!(qr::read(&lines, false), link.expose());
    assert_eq!((cell(60, 20).fg, cell(60, 20).bg), (Color::Black, Color::White));
}

#[test]
fn programs_look_like_this() {
    let now = Timestamp::from_unix(1_795_531_327);
    let simple = drafted(&json!({"identity": "alice", "video": {"roomJoin": true, "room": "demo"}}));
    let mut ending = simple.clone();
    ending.ttl = Ttl::Until(now.plus(86_400));
    let full: Value = serde_json::from_str(include_str!("../src/claims/draft/full.json")).unwrap();
    let full = drafted(&full);
    for id in [FormId::Python, FormId::Node, FormId::Go, FormId::Rust] {
        let of = |draft: &Draft| made(id, draft, None).text.expose().to_owned();
        let all = [of(&simple), of(&ending), of(&full)].join("\n---\n\n");
        insta::assert_snapshot!(format!("program_{}", id.form().word), all);
    }
}
