//! The server's truth, recorded: tokens of every official SDK with what LiveKit's own Go code made of them
//! (data/vectors.json), and payloads chosen for the ways of being wrong (data/go-verifier.json, made by
//! protocol/auth at d74e7cdb with Go 1.27.3). Fake keys only.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use roomkey::claims::draft::Draft;
use roomkey::claims::effect;
use roomkey::clock::{Timestamp, Zone};
use roomkey::project::{ApiKey, ApiSecret};
use roomkey::text::is_unprintable;
use roomkey::token::inspect::{Credentials, InspectError, Report, Verdict, inspect};

/// Seconds after the tokens were made, before those with a default lifetime expired.
const NOW: Timestamp = Timestamp::from_unix(1_795_502_600);

fn data(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn verify(token: &str, key: &str, secret: &str) -> Report {
    let key = ApiKey::parse(key).unwrap().value;
    let secret = ApiSecret::verbatim(secret.to_owned());
    let credentials = Credentials { name: "test", key: &key, secret: &secret, old: false };
    inspect(token).unwrap_or_else(|e| panic!("{token}: {e}")).verify(Some(credentials), NOW)
}

#[test]
fn every_recorded_token_is_judged_as_the_server_judged_it() {
    let mut seen = 0;
    for vector in data("vectors.json") {
        let Some(token) = vector["token"].as_str() else { continue };
        let name = vector["name"].as_str().unwrap();
        let text = |field: &str| vector[field].as_str().unwrap();
        let inspection = inspect(token).unwrap_or_else(|e| panic!("{name}: {e}"));
        let report = verify(token, text("key"), text("secret"));
        let answer = report.server.as_ref().unwrap();
        let go = vector["verify"]["go"].as_str().unwrap();
        let server = &vector["server"];
        assert_eq!(Value::Object(inspection.payload.to_map()), vector["decoded_payload"], "{name}");
        if go == "ok" {
            let claims = inspection.claims.as_ref().unwrap();
            assert_eq!(report.verdict, Verdict::Accepted, "{name}: {}", report.sentence);
            let said = json!({"status": answer.status, "text": answer.text});
            assert_eq!(said["status"], server["join"]["status"], "{name}");
            assert_eq!(said["text"], server["join"]["text"], "{name}");
            assert_eq!(json!(claims.effective_identity()), server["identity"], "{name}");
            assert_eq!(json!(effect::kind(claims)), server["kind"], "{name}");
            assert_eq!(json!(effect::kind_details(claims)), server["kindDetails"], "{name}");
            assert_eq!(json!(effect::permission(claims)), server["effective"], "{name}");
            assert_eq!(json!(effect::apis(claims)), server["can"], "{name}");
            if let Value::Object(sources) = &server["publishSource"] {
                for (source, may) in sources {
                    let ours = effect::may_publish(&claims.grants.video, source);
                    assert_eq!(Some(ours), may.as_bool(), "{name} {source}");
                }
            }
        } else {
            assert_eq!(report.verdict, Verdict::Refused, "{name}");
            assert_eq!(answer.text, go, "{name}");
            assert_eq!(json!(answer.status), server["http_status"], "{name}");
            assert_eq!(json!(answer.text), server["text"], "{name}");
            assert!(report.sentence.starts_with("A server refuses this token: "), "{name}");
        }
        seen += 1;
    }
    assert_eq!(seen, 89);
}

/// What the first sentence has to name, taken from what the server was recorded to say and from the recorded token,
/// never from our own words.
fn recorded_cause(vector: &Value) -> Vec<String> {
    let server = vector["server"]["text"].as_str().unwrap();
    let token = vector["token"].as_str().unwrap();
    let payload = &vector["decoded_payload"];
    let between = |from: &str, to: &str| {
        let rest = &server[server.find(from).unwrap() + from.len()..];
        rest.split(to).next().unwrap().to_owned()
    };
    let found = |kind: &str| match kind {
        "string" => "is the text",
        "number" => "is the number",
        "object" => "is an object",
        other => panic!("{other}"),
    };
    let said = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    if server == "invalid API key" {
        return match payload["iss"].as_str() {
            Some(iss) => said(&[iss, "is not", vector["key"].as_str().unwrap()]),
            None => said(&["no API key", "iss"]),
        };
    }
    if server == "invalid authorization token" {
        // The server gives no reason here, so it is read off the token.
        return match payload["sub"].as_i64() {
            Some(number) => said(&["sub is the number", &number.to_string()]),
            None if token.ends_with('=') => said(&["padding", "="]),
            None if token.starts_with("Bearer") => said(&["Bearer", "in front"]),
            None => panic!("{token}"),
        };
    }
    if server.contains("signing method none") {
        return said(&["not signed", "none", "HS256"]);
    }
    if server.contains("signing method") {
        return said(&["signed with", &between("signing method ", " "), "HS256"]);
    }
    if server.ends_with("signature is invalid: signature is invalid") {
        return said(&["secret", "signature"]);
    }
    if server.contains("cannot unmarshal") {
        let claim = between("Claims.", " ");
        let claim = claim.strip_prefix("video.").unwrap_or(&claim);
        let expected = match server.rsplit(' ').next().unwrap() {
            "bool" => "not true or false",
            "string" => "not a text",
            other => panic!("{other}"),
        };
        return said(&[claim, found(&between("cannot unmarshal ", " ")), expected]);
    }
    if server.contains("invalid value for") {
        let value = server.rsplit(": ").next().unwrap();
        let value = if value == "{" { "an object" } else { value };
        return said(&["roomConfig", &between(" field ", ":"), value]);
    }
    match server.rsplit(": ").next().unwrap() {
        "exp claim is required" => said(&["no exp"]),
        "token is expired" => said(&["expired"]),
        "token is not valid yet" => said(&["becomes valid in"]),
        other => panic!("{other}"),
    }
}

/// The words in the topmost box of a screen, its lines joined.
fn verdict_on(screen: &str) -> String {
    let lines = screen.lines().map(|line| line.trim_matches('"'));
    let inside =
        lines.skip_while(|line| !line.starts_with('╭')).skip(1).take_while(|line| line.starts_with('│'));
    let words = inside.flat_map(|line| line.trim_matches('│').split_whitespace());
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_first_sentence_of_each_refused_token_names_the_recorded_cause_also_on_the_screen() {
    let mut seen = 0;
    for vector in data("vectors.json") {
        if vector["server"]["text"].is_null() {
            continue;
        }
        let text = |field: &str| vector[field].as_str().unwrap();
        let (name, token) = (text("name"), text("token"));
        let sentence = verify(token, text("key"), text("secret")).sentence;
        let screen = verdict_on(&crate::near_miss::on_the_screen(
            token,
            &ApiKey::parse(text("key")).unwrap().value,
            &ApiSecret::verbatim(text("secret").to_owned()),
            None,
        ));
        assert!(sentence.starts_with("A server refuses this token: "), "{name}: {sentence}");
        for word in recorded_cause(&vector) {
            assert!(sentence.contains(&word), "{name}: {word:?} is not in {sentence}");
            assert!(screen.contains(&word), "{name}: {word:?} is not in {screen}");
        }
        assert!(screen.starts_with("✗ A server refuses this token: "), "{name}: {screen}");
        seen += 1;
    }
    assert_eq!(seen, 20);
}

#[test]
fn no_accepted_token_is_called_refused_on_the_screen() {
    let mut seen = 0;
    for vector in data("vectors.json") {
        let (Some(token), true) = (vector["token"].as_str(), vector["server"]["text"].is_null()) else {
            continue;
        };
        let text = |field: &str| vector[field].as_str().unwrap();
        // Those with a default lifetime are over by the screen's clock.
        if text("name").ends_with("-default-ttl") {
            continue;
        }
        let key = ApiKey::parse(text("key")).unwrap().value;
        let secret = ApiSecret::verbatim(text("secret").to_owned());
        let screen = verdict_on(&crate::near_miss::on_the_screen(token, &key, &secret, None));
        assert!(screen.contains("A server accepts this token"), "{}: {screen}", text("name"));
        seen += 1;
    }
    assert_eq!(seen, 68);
}

fn signed(header: &str, payload: &str, secret: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[test]
fn every_way_of_being_wrong_gets_the_servers_own_words() {
    let mut wrong = Vec::new();
    for row in data("go-verifier.json") {
        let text = |field: &str| row[field].as_str().unwrap();
        let mut token = signed(text("header"), text("payload"), "fake");
        match row["around"].as_str() {
            None => {}
            Some(around @ ("T=" | "Bearer.T" | "T." | "T.x")) => token = around.replace('T', &token),
            // Space, quotes and `Bearer ` are taken off here, as people paste them; a server is never given them.
            Some(_) => continue,
        }
        let ours = match inspect(&token) {
            // A header or payload that is no object shows nothing, and a server takes no such token.
            Err(InspectError::NotAnObject { .. } | InspectError::NotBase64 { .. }) => {
                assert_ne!(text("text"), "ok");
                continue;
            }
            Err(e) => panic!("{}: {e}", text("payload")),
            Ok(_) => verify(&token, "K", "fake"),
        };
        let said = match ours.verdict {
            Verdict::Accepted => "ok".to_owned(),
            _ => ours.server.unwrap().text,
        };
        if said != text("text") {
            wrong.push(format!("{}\n  ours {said}\n  go   {}", text("payload"), text("text")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Vectors whose `params` leave out what the token was made of.
const NOT_ALL_IS_IN_PARAMS: [&str; 6] = [
    "node-join-agent-kind",
    "node-webhook-sha256",
    "node-roomconfig-full",
    "node-roomconfig-s3-secret",
    "node-all-grants",
    "go-full",
];

#[test]
fn every_set_of_parameters_gives_the_sdks_claims_but_for_the_documented_differences() {
    let mut seen = 0;
    for vector in data("vectors.json") {
        let name = vector["name"].as_str().unwrap();
        let Value::Object(recorded) = &vector["decoded_payload"] else { continue };
        let sdk = vector["sdk"].as_str().unwrap();
        if sdk == "raw" || NOT_ALL_IS_IN_PARAMS.contains(&name) {
            continue;
        }
        let asked = asked_for(vector["params"].as_object().unwrap());
        let start = Timestamp::from_unix(recorded["nbf"].as_i64().unwrap());
        let draft = Draft::from_json(&Value::Object(asked.clone()).to_string(), start, &Zone::utc()).unwrap();
        let key = ApiKey::parse(vector["key"].as_str().unwrap()).unwrap().value;
        let ours = Value::Object(draft.claims(&key, start).to_json());
        assert_eq!(ours, Value::Object(as_roomkey_writes(recorded.clone(), sdk, &asked)), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 37);
}

/// The parameters of an SDK, as a draft in JSON.
fn asked_for(params: &Map<String, Value>) -> Map<String, Value> {
    let mut asked = params.clone();
    if let Some(Value::Object(opts)) = asked.remove("opts") {
        asked.extend(opts);
    }
    if let Some(name) = asked.remove("displayName") {
        asked.insert("name".into(), name);
    }
    // Node, 6 h when nothing is said (section 4, default TTL); the others give seconds.
    let seconds = asked.remove("ttlSeconds").or(asked.remove("ttl_seconds"));
    let ttl = seconds.and_then(|s| s.as_f64()).map(|s| json!(format!("{s:.0}s")));
    if let Some(ttl) = ttl {
        asked.insert("ttl".into(), ttl);
    }
    asked.entry("ttl").or_insert(json!("6h"));
    asked.remove("allowSensitive");
    if let Some(Value::Object(video)) = asked.remove("video") {
        let mut camel = Map::new();
        for (key, mut value) in video {
            // Node names sources by the numbers of the enum.
            if let Value::Array(items) = &mut value {
                for item in items.iter_mut().filter(|i| i.is_u64()) {
                    let n = usize::try_from(item.as_u64().unwrap()).unwrap();
                    *item =
                        json!(["unknown", "camera", "microphone", "screen_share", "screen_share_audio"][n]);
                }
            }
            camel.insert(from_snake(&key), value);
        }
        asked.insert("video".into(), Value::Object(camel));
    }
    asked
}

fn from_snake(name: &str) -> String {
    let mut parts = name.split('_');
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        out.push_str(&part[..1].to_uppercase());
        out.push_str(&part[1..]);
    }
    out
}

/// What roomkey writes instead of what an SDK wrote: each step is a row of semantics.md section 4.
fn as_roomkey_writes(
    mut payload: Map<String, Value>,
    sdk: &str,
    asked: &Map<String, Value>,
) -> Map<String, Value> {
    // `iat`: only Go writes it. roomkey always does, as now.
    payload.insert("iat".into(), payload["nbf"].clone());
    // The `identity` copy: only Go writes it, every server ignores it.
    payload.shift_remove("identity");
    // `sub` when empty: Python and Rust write it. Rust 0.6.2 writes other empty texts, lists and maps, and null.
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(s) => s.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    payload.retain(|_, value| !empty(value));
    // Absent tri-states: Python writes three as true, Rust 0.6.2 all; roomkey writes what was asked.
    // Explicit false of a plain bool: Rust 0.6.2 writes it, absent and false are the same.
    let asked_video = asked.get("video").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(Value::Object(video)) = payload.get_mut("video")
        && matches!(sdk, "python" | "rust")
    {
        video.retain(|key, value| !empty(value) && (asked_video.contains_key(key) || !value.is_boolean()));
    }
    // `sip` has both members or is not there (Rust 0.6.2 cannot read one alone, and writes it always).
    if let Some(Value::Object(sip)) = payload.get_mut("sip") {
        sip.entry("admin").or_insert(json!(false));
        sip.entry("call").or_insert(json!(false));
        if sip.values().all(|v| v == false) {
            payload.shift_remove("sip");
        }
    }
    payload.retain(|_, value| !empty(value));
    payload
}

fn printable(text: &str) -> bool {
    !text.contains(is_unprintable)
}

/// Everything that is shown of an inspection, asked of hostile input.
fn look_at(text: &str) {
    match inspect(text) {
        Err(e) => assert!(printable(&e.to_string()) && printable(&e.hint()), "{e}"),
        Ok(inspection) => {
            let (key, secret) = (ApiKey::dev(), ApiSecret::dev());
            let credentials = Credentials { name: "local dev", key: &key, secret: &secret, old: false };
            for credentials in [None, Some(credentials)] {
                let report = inspection.verify(credentials, NOW);
                assert!(!report.sentence.is_empty() && printable(&report.sentence), "{}", report.sentence);
                for check in &report.checks {
                    assert!(printable(&check.detail), "{check:?}");
                }
                for older in inspection.older_servers(&report) {
                    assert!(printable(&older.detail), "{older:?}");
                }
                let summary = inspection.summary(&report, None, &[], None, NOW);
                assert!(serde_json::to_string(&summary).is_ok());
            }
            if let Ok(claims) = &inspection.claims {
                for line in effect::lines(claims, NOW, &Zone::utc()) {
                    assert!(printable(&line.text), "{}", line.text);
                }
            }
            assert!(!format!("{inspection:?}").contains(inspection.token().expose()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_mangled_token_brings_anything_down(
        which in 0_usize..200,
        at in any::<prop::sample::Index>(),
        with in "[\\x00-\\x7f\u{80}-\u{ff}\u{202e}é=. \n\"{]{0,6}",
        cut in 0_usize..8,
    ) {
        let tokens: Vec<&'static str> = TOKENS.iter().map(String::as_str).collect();
        let token = tokens[which % tokens.len()];
        let from = at.index(token.len());
        look_at(&format!("{}{with}{}", &token[..from], &token[(from + cut).min(token.len())..]));
    }

    #[test]
    fn no_mangled_payload_brings_anything_down(
        which in 0_usize..400,
        at in any::<prop::sample::Index>(),
        with in "[\\x00-\\x7f\u{202e}é\\\\\"{}\\[\\],:0-9a-z]{0,6}",
        cut in 0_usize..6,
    ) {
        let payload = &PAYLOADS[which % PAYLOADS.len()];
        let chars: Vec<char> = payload.chars().collect();
        let from = at.index(chars.len());
        let after: String = chars[(from + cut).min(chars.len())..].iter().collect();
        let before: String = chars[..from].iter().collect();
        look_at(&signed(r#"{"alg":"HS256"}"#, &format!("{before}{with}{after}"), "secret"));
    }
}

static TOKENS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
    data("vectors.json").iter().filter_map(|v| v["token"].as_str().map(str::to_owned)).collect()
});

static PAYLOADS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
    data("go-verifier.json").iter().map(|row| row["payload"].as_str().unwrap().to_owned()).collect()
});

#[test]
fn a_token_of_a_mebibyte_is_read_and_judged() {
    let payload = json!({"iss": "devkey", "exp": 4_102_444_800_i64, "metadata": "x".repeat(780_000)});
    let report = verify(&signed(r#"{"alg":"HS256"}"#, &payload.to_string(), "secret"), "devkey", "secret");
    assert_eq!(report.verdict, Verdict::Accepted);
}

#[test]
fn a_hostile_mebibyte_takes_no_longer_than_a_friendly_one() {
    let siblings = "\"a\":{},".repeat(60_000);
    let payload = format!(r#"{{"iss":"devkey","{}":{{{siblings}"b":{{}}}}}}"#, "k".repeat(300_000));
    let start = std::time::Instant::now();
    look_at(&signed(r#"{"alg":"HS256"}"#, &payload, "secret"));
    look_at(&"eyJ.".repeat(250_000));
    look_at(&format!("x {}", "eyJhbGciOiJIUzI1NiJ9\n".repeat(50_000)));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
