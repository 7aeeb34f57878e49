//! LiveKit's own client against the endpoint, and LiveKit's own verifiers on what it got.

use std::path::{Path, PathBuf};
use std::process::Command;

use roomkey::server::keys::Keys;
use roomkey::server::listener::Limits;
use roomkey::server::pattern::Pattern;
use roomkey::server::{Guard, Policy};
use serde_json::{Value, json};

use super::Endpoint;
use crate::support::home::{CANARY, finish, payload};
use crate::support::{have, holds};

pub(super) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The folder with livekit-client in it, or the test is skipped.
pub(super) fn client(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LIVEKIT_NODE_DIR").map(PathBuf::from);
    let folder = folder.filter(|dir| dir.join("node_modules/livekit-client").is_dir());
    let met = have(&["node"], test) && holds(folder.is_some(), "livekit-client in LIVEKIT_NODE_DIR", test);
    folder.filter(|_| met)
}

fn policy(guard: Guard) -> Policy {
    let allowed = ["demo", "room-*"].map(|text| Pattern::parse(text).unwrap());
    Policy { rooms: allowed.to_vec(), guard, ..Policy::default() }
}

/// What the client says it got.
fn fetched(folder: &Path, endpoint: &Endpoint, key: Option<&str>) -> Value {
    let mut command = Command::new("node");
    command.arg(data("token_source.mjs")).arg(endpoint.listening.url().trim_end_matches('/')).args(key);
    command.env("LIVEKIT_NODE_DIR", folder);
    let run = finish(command, b"");
    assert_eq!(run.code, 0, "{}", run.err);
    run.json()
}

#[test]
fn the_real_client_gets_what_it_asks_for_caches_it_and_shows_why_it_was_refused() {
    let Some(folder) = client("livekit-client") else { return };
    let endpoint = Endpoint::new(policy(Guard::default()), Limits::usual(true));
    let got = fetched(&folder, &endpoint, None);
    let token = |name: &str| {
        got[name]["participantToken"].as_str().unwrap_or_else(|| panic!("{name} in {got}")).to_owned()
    };
    assert_eq!(got["first"]["serverUrl"], "ws://localhost:7880");
    let claims = payload(&token("first"));
    for (path, value) in [
        ("/sub", json!("zoë")),
        ("/name", json!("Zoë")),
        ("/metadata", json!("{\"a\":1}")),
        ("/attributes/role", json!("host")),
        ("/video/room", json!("demo")),
        ("/video/roomJoin", json!(true)),
        ("/roomConfig/agents/0/agentName", json!("helper")),
        ("/roomConfig/agents/0/metadata", json!("m")),
    ] {
        assert_eq!(claims.pointer(path), Some(&value), "{path}");
    }
    assert_eq!(got["cached"], true);
    assert_eq!(payload(&token("other"))["sub"], "bob");
    assert_eq!(payload(&token("forced"))["sub"], "bob");
    for name in ["bare", "empty"] {
        let claims = payload(&token(name));
        assert!(claims["sub"].as_str().unwrap().starts_with("participant-"), "{claims}");
        assert_eq!(claims.get("roomConfig"), None, "{name}");
    }
    assert_eq!(payload(&token("sandbox"))["video"]["room"], "demo");
    assert_eq!(payload(&token("development"))["video"]["room"], "demo");
    let refused = got["refused"].as_str().unwrap();
    assert!(
        refused.ends_with(r#"received 403 / {"error":"the room \"forbidden\" is not allowed here"}"#),
        "{refused}"
    );
    // The second fetch came from the client's cache.
    assert_eq!(endpoint.issued(), 7);
    verified(&["first", "other", "forced", "bare", "empty", "sandbox", "development"].map(token));
}

#[test]
fn the_real_client_brings_its_key() {
    let Some(folder) = client("livekit-client with a key") else { return };
    let key = "fake-bearer-key-0123456789abcdef";
    let guard = Guard { keys: Keys::parse(key).unwrap(), ..Guard::default() };
    let endpoint = Endpoint::new(policy(guard), Limits::usual(true));
    let got = fetched(&folder, &endpoint, Some(key));
    assert_eq!(got["cached"], true);
    let refused = got["keyless"].as_str().unwrap();
    assert!(
        refused.contains("received 401 / ") && refused.contains("send Authorization: Bearer"),
        "{refused}"
    );
}

/// LiveKit's verifiers for Node and Python accept these tokens.
fn verified(tokens: &[String]) {
    verified_with("devkey", tokens);
}

/// The same of tokens of this key.
pub(super) fn verified_with(key: &str, tokens: &[String]) {
    let lines: Vec<String> = tokens.iter().map(|token| format!("{key} {CANARY} {token}")).collect();
    let lines = lines.join("\n");
    let mut node = Command::new("node");
    node.arg(data("verify.mjs"));
    let mut verifiers = vec![node];
    let python = std::env::var_os("LIVEKIT_PY").map(PathBuf::from).filter(|python| python.is_file());
    if holds(python.is_some(), "livekit-api by LIVEKIT_PY", "tokens of the endpoint")
        && let Some(python) = python
    {
        let mut command = Command::new(python);
        command.arg(data("verify.py"));
        verifiers.push(command);
    }
    for verifier in verifiers {
        let run = finish(verifier, lines.as_bytes());
        assert_eq!(run.code, 0, "{} {}", run.out, run.err);
        assert_eq!(
            run.out
                .lines()
                .filter(|line| line.contains("\"ok\": true") || line.contains("\"ok\":true"))
                .count(),
            tokens.len()
        );
    }
}
