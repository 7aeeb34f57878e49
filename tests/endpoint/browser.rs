//! LiveKit's own client in a real browser, on a page of another origin, against the real program.

use std::path::PathBuf;
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;

use super::clients::{client, data, verified_with};
use super::program::Server;
use crate::support::holds;
use crate::support::home::{CANARY, Home, finish, payload};

const KEY: &str = "fake-bearer-key-0123456789abcdef";

/// Chromium by one of its names, or the test is skipped.
fn chromium(test: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| std::env::split_paths(&folders).map(move |folder| folder.join(name)))
        .find(|program| program.is_file());
    holds(found.is_some(), "chromium", test);
    found
}

#[test]
fn a_page_of_another_origin_gets_its_tokens_in_a_real_browser_and_is_shown_why_it_does_not() {
    const TEST: &str = "livekit-client in a browser";
    let (Some(folder), Some(chromium)) = (client(TEST), chromium(TEST)) else { return };
    let driver = folder.join("node_modules/playwright-core").is_dir();
    if !holds(driver, "playwright-core in LIVEKIT_NODE_DIR", TEST) {
        return;
    }
    let home = Home::new().with_triple();
    let keys = home.write("keys", format!("web = {KEY}\n"));
    let narrow = ["--room", "demo", "--agent", "helper", "--metrics"];
    let open = Server::start(&home, &narrow);
    let guarded = Server::start(&home, &[&narrow[..], &["--key-file", keys.to_str().unwrap()]].concat());

    let mut command = Command::new("node");
    let url = |server: &Server| format!("http://localhost:{}", server.at.port());
    command.arg(data("browser.mjs")).args([url(&open), url(&guarded), KEY.to_owned()]);
    command.env("LIVEKIT_NODE_DIR", folder).env("CHROMIUM", chromium);
    let run = finish(command, b"");
    assert_eq!(run.code, 0, "{} {}", run.out, run.err);
    let seen = run.json();

    // The page of this machine: another port is another origin.
    let got = |name: &str| seen["here"]["got"][name].clone();
    let token = |name: &str| {
        let got = got(name);
        got["value"]["participantToken"].as_str().unwrap_or_else(|| panic!("{name}: {got}")).to_owned()
    };
    let claims = payload(&token("first"));
    for (path, value) in [
        ("/sub", json!("zoë")),
        ("/name", json!("Zoë")),
        ("/attributes/role", json!("host")),
        ("/video/room", json!("demo")),
        ("/roomConfig/agents/0/agentName", json!("helper")),
    ] {
        assert_eq!(claims.pointer(path), Some(&value), "{path}");
    }
    assert_eq!(got("first")["value"]["serverUrl"], "wss://env.example");
    assert_eq!(token("again"), token("first"));
    assert_eq!(payload(&token("other"))["sub"], "bob");
    assert_eq!(payload(&token("forced"))["sub"], "bob");
    assert_eq!(payload(&token("sandbox"))["video"]["room"], "demo");
    assert_eq!(payload(&token("keyed"))["sub"], "zoë");
    // The second fetch asked nobody; changed options and force did.
    let posts = seen["here"]["posts"].as_array().unwrap();
    assert_eq!(posts.len(), 10, "{posts:?}");
    assert_eq!(posts[3], "/api/v2/sandbox/connection-details");
    verified_with("APIenv", &["first", "other", "forced", "sandbox", "keyed"].map(token));

    // Refusals, in our words, readable by the page.
    for (name, status, sentence) in [
        ("room", 403, r#"the room \"forbidden\" is not allowed here"#),
        ("agent", 403, r#"the agent \"spy\" is not allowed here"#),
        ("keyless", 401, "this endpoint wants a key: send Authorization: Bearer and the key"),
    ] {
        let said = got(name)["error"].as_str().unwrap_or_else(|| panic!("{name}: {}", got(name))).to_owned();
        assert!(said.ends_with(&format!("received {status} / {{\"error\":\"{sentence}\"}}")), "{said}");
    }
    assert_eq!(got("wider")["value"], r#"403 {"error":"video.roomAdmin is not allowed here"}"#);
    let simple = got("simple")["value"].as_str().unwrap().to_owned();
    assert!(simple.starts_with("415 ") && simple.contains("the body must be JSON"), "{simple}");

    // The page of somebody else learns nothing at all, not even why: that stands in the log.
    let foreign = &seen["foreign"]["got"];
    for (name, got) in foreign.as_object().unwrap() {
        assert!(
            got["error"].as_str().is_some_and(|said| said.starts_with("TypeError: Failed to fetch")),
            "{name}: {got}"
        );
    }
    let console = seen["foreign"]["console"].to_string();
    assert!(console.contains("CORS policy") && !console.contains("eyJ"), "{console}");

    let (_, said) = open.stop(Signal::TERM);
    assert!(said.contains("stopped: 4 tokens handed out"), "{said}");
    assert!(
        said.contains("refused (origin): the origin \"http://evil.example:")
            && said.contains("is not allowed; whoever runs this server can allow it with --allow-origin"),
        "{said}"
    );
    let origin = seen["origin"].as_str().unwrap();
    assert!(said.contains(&format!("zoë in demo (POST / from {origin} at ")), "{said}");
    let (_, said) = guarded.stop(Signal::TERM);
    assert!(said.contains("stopped: 1 tokens handed out") && said.contains(", key web, "), "{said}");
    assert!(home.files_with(CANARY).is_empty());
}
