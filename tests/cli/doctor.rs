//! `roomkey doctor`: what it finds, and that its words can be shown to anybody.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::displays::{Display, XServer};
use crate::support::have;
use crate::support::home::{CANARY, Home, Run};
#[cfg(target_os = "linux")]
use crate::support::secret_service::{Start, run as shell, with_bus};

/// What was found, by id: the result and the detail.
fn found(run: &Run) -> BTreeMap<String, (String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let json = run.json();
    let checks = json["checks"].as_array().unwrap().clone();
    for check in &checks {
        let wants_hint = ["failed", "warning"].contains(&check["result"].as_str().unwrap());
        assert_eq!(!text(&check["hint"]).is_empty(), wants_hint, "{check}");
    }
    checks
        .iter()
        .map(|check| (text(&check["id"]), (text(&check["result"]), text(&check["detail"]))))
        .collect()
}

fn add(home: &Home, url: &str) {
    let args = ["project", "add", "acme", "--url", url, "--api-key", "APIfake", "--api-secret-stdin"];
    let run = home.run_with(&args, CANARY);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn a_vault_is_proved_by_a_round_trip_that_leaves_nothing() {
    let home = Home::with_vault();
    add(&home, "wss://private.example");
    let run = home.run(&["doctor", "--offline", "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let found = found(&run);
    assert_eq!(found["store"].0, "ok");
    assert!(
        found["round trip"].1.starts_with("a made-up project was saved, read back and removed"),
        "{found:?}"
    );
    assert_eq!(found["server"], ("skipped".into(), "not asked: --offline".into()));
    assert_eq!(home.run(&["project", "list", "--json"]).json().as_array().unwrap().len(), 1);
    for private in ["acme", "private.example", "APIfake", home.path().to_str().unwrap()] {
        assert!(!run.out.contains(private) && !run.err.contains(private), "{private} is told: {}", run.out);
    }
}

#[test]
fn a_locked_vault_is_left_alone() {
    let home = Home::with_vault();
    add(&home, "wss://private.example");
    let home = home.set("ROOMKEY_VAULT_PASSPHRASE_FILE", "");
    let found = found(&home.run(&["doctor", "--json"]));
    assert_eq!(found["round trip"], ("skipped".into(), "the store is locked".into()));
    assert_eq!(found["server"].0, "skipped");
}

#[test]
fn what_is_wrong_is_told_with_its_cure_and_fails() {
    let home = Home::with_vault();
    add(&home, "wss://private.example");
    let settings = home.path().join("config/roomkey/settings.toml");
    std::fs::write(&settings, "mouse = maybe\n").unwrap();
    let run = home.run(&["doctor", "--offline", "--json"]);
    assert_eq!(run.code, 1);
    assert_eq!(found(&run)["settings"].0, "failed");
    std::fs::write(&settings, "mouze = true\n").unwrap();
    let text = home.run(&["doctor", "--offline"]).out;
    assert!(text.contains("! settings") && text.contains("did you mean mouse?"), "{text}");
}

#[test]
fn files_that_cannot_be_understood_are_told_by_their_place_alone() {
    let home = Home::with_vault();
    let at = |name: &str| home.path().join("config/roomkey").join(name);
    let run = home.run(&["doctor", "--offline", "--json"]);
    assert_eq!((&*found(&run)["policies"].0, &*found(&run)["presets"].0), ("ok", "ok"));
    home.run(&["preset", "save", "class", "--preset", "participant"]);
    add(&home, "wss://private.example");
    std::fs::write(at("policies.toml"), "[confidential-project]\nmax_ttl = \"soon\"\n").unwrap();
    let run = home.run(&["doctor", "--offline", "--json"]);
    let findings = found(&run);
    let (result, detail) = &findings["policies"];
    assert_eq!((run.code, &**result), (1, "failed"));
    assert!(detail.contains("policies.toml, line 2, column "), "{detail}");
    assert_eq!(findings["presets"].1, "1 of your own, readable");
    std::fs::write(at("presets.json"), "{\"confidential-preset\": 1}").unwrap();
    let run = home.run(&["doctor", "--offline"]);
    assert!(run.out.contains("✗ presets") && run.out.contains("roomkey preset list"), "{}", run.out);
    assert!(!run.out.contains("confidential"), "{}", run.out);
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_read_is_told_with_the_command_that_closes_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::with_vault();
    add(&home, "wss://private.example");
    std::fs::set_permissions(home.path().join("data/roomkey"), std::fs::Permissions::from_mode(0o755))
        .unwrap();
    let run = home.run(&["doctor", "--offline"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("✗ files") && run.out.contains("chmod 700 ~/"), "{}", run.out);
}

#[test]
fn the_server_is_asked_and_a_refusal_fails_without_a_name() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let home = Home::with_vault();
    add(&home, &format!("ws://{at}"));
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 4096];
        let read = stream.read(&mut asked).unwrap();
        let body = "invalid API key";
        let date = "Tue, 24 Nov 2026 12:00:00 GMT";
        write!(
            stream,
            "HTTP/1.1 401 Unauthorized\r\nDate: {date}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        String::from_utf8_lossy(&asked[..read]).into_owned()
    });
    let run = home.run(&["doctor", "--json"]);
    assert!(server.join().unwrap().starts_with("GET / HTTP/1.1"));
    assert_eq!(run.code, 1, "{}", run.out);
    let found = found(&run);
    assert_eq!(found["server"].0, "failed");
    assert!(found.contains_key("clock"), "{found:?}");
    // Nobody listens there any more.
    let run = home.run(&["doctor", "--json"]);
    assert_eq!((run.code, run.out.contains("127.0.0.1")), (1, false), "{}", run.out);
}

#[test]
fn the_clipboard_is_proved_when_it_is_empty_and_left_alone_when_it_is_not() {
    if !have(XServer::NEEDS, "the_clipboard_is_proved_when_it_is_empty_and_left_alone_when_it_is_not") {
        return;
    }
    let display = XServer::start();
    let home = Home::with_vault().set("DISPLAY", display.environment().display.unwrap());
    let clipboard = |args: &[&str]| {
        found(&home.run(&[&["doctor", "--offline", "--json"], args].concat()))["clipboard"].clone()
    };
    assert_eq!(clipboard(&[]), ("ok".into(), "X11: copied (X11, checked), and cleared again".into()));
    display.copy(b"somebody's text");
    assert_eq!(clipboard(&[]).0, "skipped");
    assert_eq!(display.paste().as_deref(), Some("somebody's text"));
    assert_eq!(clipboard(&["--clipboard"]).0, "ok");
}

#[cfg(target_os = "linux")]
#[test]
fn a_keyring_is_proved_by_a_round_trip_and_compared_with_its_list() {
    with_bus(Start::Unlocked, |desk| {
        let bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").unwrap();
        let home = Home::new().set("DBUS_SESSION_BUS_ADDRESS", bus);
        let run = home.run(&["doctor", "--offline", "--json"]);
        assert_eq!(run.code, 0, "{}", run.out);
        let all = found(&run);
        assert!(all["store"].1.contains("gnome-keyring, unlocked"), "{all:?}");
        assert_eq!((all["list"].0.as_str(), all["round trip"].0.as_str()), ("ok", "ok"));
        assert_eq!(shell("secret-tool", &["search", "--all", "service", "roomkey"]), "", "it left something");
        desk.lock_keyring();
        let locked = found(&home.run(&["doctor", "--offline", "--json", "--store", "keyring"]));
        assert_eq!(locked["round trip"], ("skipped".into(), "the store is locked".into()));
    });
}
