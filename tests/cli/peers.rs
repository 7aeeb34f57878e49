//! The official SDKs' verdict on what roomkey signs.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::create::{Numbers, random_case};
use crate::support::holds;
use crate::support::home::{CANARY, Home, finish};

/// The verifier of one SDK: the program, and the script for it.
struct Peer {
    name: &'static str,
    command: Command,
}

pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// `LIVEKIT_NODE_DIR`: a folder with livekit-server-sdk in its node_modules. `.ci/run` installs it and sets it.
pub(crate) fn node_sdk(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LIVEKIT_NODE_DIR").map(PathBuf::from);
    let folder = folder.filter(|folder| folder.join("node_modules/livekit-server-sdk").is_dir());
    holds(folder.is_some(), "livekit-server-sdk in LIVEKIT_NODE_DIR", test);
    folder
}

/// `LIVEKIT_PY`: a Python that has livekit-api. `.ci/run` installs it and sets it.
pub(crate) fn python_sdk(test: &str) -> Option<PathBuf> {
    let python = std::env::var_os("LIVEKIT_PY").map(PathBuf::from).filter(|python| python.is_file());
    holds(python.is_some(), "livekit-api by LIVEKIT_PY", test);
    python
}

/// The SDKs that are there, each with the script of this name in its language.
fn peers(test: &str, script: &str) -> Vec<Peer> {
    let mut found = Vec::new();
    if let Some(folder) = node_sdk(test) {
        let mut command = Command::new("node");
        command.arg(data(&format!("{script}.mjs"))).env("LIVEKIT_NODE_DIR", folder);
        found.push(Peer { name: "livekit-server-sdk (Node)", command });
    }
    if let Some(python) = python_sdk(test) {
        let mut command = Command::new(python);
        command.arg(data(&format!("{script}.py")));
        found.push(Peer { name: "livekit-api (Python)", command });
    }
    found
}

#[test]
fn the_official_sdks_accept_what_is_signed_with_the_claims_that_were_asked_for() {
    let peers = peers("official verifiers", "verify");
    if peers.is_empty() {
        return;
    }
    let home = Home::new().with_triple();
    let mut numbers = Numbers::new(7);
    let (mut lines, mut wanted) = (String::new(), Vec::new());
    for index in 0..40 {
        let (args, want) = random_case(&mut numbers, index);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        lines.push_str(&format!("APIenv {CANARY} {}\n", home.token(&args)));
        wanted.push(want);
    }
    for peer in peers {
        let run = finish(peer.command, lines.as_bytes());
        assert_eq!(run.code, 0, "{}: {} {}", peer.name, run.out, run.err);
        let answers: Vec<Value> = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answers.len(), wanted.len(), "{}", peer.name);
        for (answer, want) in answers.iter().zip(&wanted) {
            // Python's own claims are in its own shape; it hands the payload out beside them.
            let payload = answer.get("payload").unwrap_or(&answer["claims"]);
            for (name, value) in want.as_object().unwrap() {
                assert_eq!(&payload[name], value, "{}: {name}", peer.name);
            }
        }
    }
}

#[test]
fn what_the_official_sdks_really_say_is_explained() {
    let home = Home::new();
    for peer in peers("errors of the official SDKs", "errors") {
        let run = finish(peer.command, b"");
        assert_eq!(run.code, 0, "{}: {} {}", peer.name, run.out, run.err);
        let mut seen = 0;
        for line in run.out.lines() {
            let said: Value = serde_json::from_str(line).unwrap();
            let text = said["text"].as_str().unwrap();
            let json = home.run_with(&["explain", "--json", "-"], text).json();
            assert_eq!(json["explanations"][0]["id"], said["id"], "{}: {text}", peer.name);
            seen += 1;
        }
        assert!(seen >= 7, "{}: {seen}", peer.name);
    }
}
