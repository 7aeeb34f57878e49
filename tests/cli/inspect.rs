//! `roomkey token inspect` with the real binary.

use serde_json::Value;

use crate::support::home::Home;

fn vectors() -> Vec<Value> {
    let Value::Array(vectors) = serde_json::from_str(include_str!("../data/vectors.json")).unwrap() else {
        panic!("vectors.json is a list")
    };
    vectors
}

fn vector(name: &str) -> Value {
    vectors().into_iter().find(|v| v["name"] == name).unwrap_or_else(|| panic!("no vector {name}"))
}

#[test]
fn the_exit_code_and_the_json_say_what_the_server_said() {
    let home = Home::new();
    for (name, code) in
        [("raw-recipe-full", 0), ("raw-canpublish-string", 1), ("raw-secret-trailing-newline", 1)]
    {
        let v = vector(name);
        let (key, token) = (v["key"].as_str().unwrap(), v["token"].as_str().unwrap());
        let args = ["token", "inspect", "--json", "--api-key", key, "--api-secret-stdin", token];
        let done = home.run_with(&args, v["secret"].as_str().unwrap());
        assert_eq!(done.code, code, "{name}: {}", done.err);
        let json: Value = serde_json::from_str(&done.out).unwrap();
        assert_eq!(json["verdict"], if code == 0 { "accepted" } else { "refused" }, "{name}");
        if code == 0 {
            assert_eq!(json["effective"], v["server"]["effective"]);
            assert_eq!(json["can"], v["server"]["can"]);
            assert_eq!(json["server"]["status"], v["server"]["join"]["status"]);
        } else {
            assert_eq!(json["server"]["status"], 401);
        }
    }
}

#[test]
fn a_minted_token_is_recognised_from_a_pipe_with_whatever_stands_around_it() {
    let home = Home::new();
    let token = home.token(&["--dev", "--join", "-r", "demo", "-i", "alice"]);
    for around in [
        format!("Bearer {token}\n"),
        format!("{{\"token\": \"{token}\"}}"),
        format!("https://x.example/?access_token={token}&y=1"),
    ] {
        let done = home.run_with(&["inspect"], &around);
        let said = done.out;
        assert_eq!(done.code, 0, "{said}{}", done.err);
        assert!(said.starts_with("✓ A server accepts this token"), "{said}");
        assert!(said.contains("✓ join \"demo\" as alice"), "{said}");
    }
}

#[test]
fn an_unknown_key_is_no_verdict() {
    let home = Home::new();
    let v = vector("raw-ok");
    let done = home.run(&["--store", "memory", "inspect", "--json", v["token"].as_str().unwrap()]);
    assert_eq!(done.code, 2, "{}", done.err);
    let json: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(
        (&json["verdict"], &json["signature"], &json["server"]),
        (&"unknown".into(), &"unchecked".into(), &Value::Null)
    );
}

#[test]
fn what_older_servers_do_otherwise_is_said_in_words_and_in_json() {
    let home = Home::new();
    let v = vector("raw-no-exp");
    let of = |name: &str| v[name].as_str().unwrap();
    let args = ["inspect", "--api-key", of("key"), "--api-secret-stdin", of("token")];
    let words = home.run_with(&args, of("secret"));
    assert!(
        words.out.contains("On older servers\n  up to v1.13.5  without exp it is accepted and never expires"),
        "{}",
        words.out
    );
    let json = home.run_with(&[&args[..], &["--json"]].concat(), of("secret")).json();
    assert_eq!(
        json["older_servers"][0],
        serde_json::json!({"until": "v1.13.5", "from": null, "detail": "without exp it is accepted and never expires"})
    );
    let v = vector("raw-roomconfig-unknown-field");
    let json = home.run(&["inspect", "--json", v["token"].as_str().unwrap()]).json();
    let older = &json["older_servers"][0];
    assert_eq!((&older["until"], &older["from"]), (&"v1.11.0".into(), &"v1.12.0".into()), "{json}");
    let good = vector("raw-recipe-min");
    let json = home.run(&["inspect", "--json", good["token"].as_str().unwrap()]).json();
    assert_eq!(json["older_servers"], serde_json::json!([]));
}

#[test]
fn what_is_no_token_is_an_error_with_a_cure_and_is_never_repeated() {
    let home = Home::new();
    for input in ["", "hello fake-canary", "a.b.c", "\u{202e}\x1b[2J", &"x".repeat(1 << 20), "eyJ.eyJ."] {
        let done = home.run_with(&["inspect", "-"], input);
        let said = done.err;
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{said}");
        assert!(said.contains("error: ") && said.contains("hint: "), "{said}");
        assert!(!said.contains("canary") && !said.contains('\x1b') && !said.contains('\u{202e}'), "{said:?}");
    }
}

#[test]
fn a_key_needs_its_secret_and_a_secret_its_key() {
    let home = Home::new();
    let token = vector("raw-ok")["token"].as_str().unwrap().to_owned();
    let done = home.run_with(&["inspect", "--api-secret-stdin", &token], "fake");
    assert_eq!(done.code, 2, "{}", done.err);
    assert!(done.err.contains("--api-key"), "{}", done.err);
    let done = home.run_with(&["inspect", "--api-key", "APIx", "--api-secret-stdin", "-"], "fake");
    assert!(done.err.contains("both the token and --api-secret-stdin"), "{}", done.err);
}

#[test]
fn an_env_file_verifies_and_a_given_key_is_no_project() {
    let home = Home::new();
    let v = vector("raw-recipe-min");
    let of = |name: &str| v[name].as_str().unwrap();
    let (key, secret, token) = (of("key"), of("secret"), of("token"));
    let file = home.write(
        "x.env",
        format!("LIVEKIT_URL=wss://x.example\nLIVEKIT_API_KEY={key}\nLIVEKIT_API_SECRET={secret}\n"),
    );
    let done = home.run(&["inspect", "--json", "--env-file", file.to_str().unwrap(), token]);
    assert_eq!((done.code, &done.json()["signature"]), (0, &"valid".into()), "{}", done.err);
    let done = home.run_with(&["inspect", "--json", "--api-key", key, "--api-secret-stdin", token], secret);
    assert_eq!((done.code, &done.json()["project"]), (0, &Value::Null), "{}", done.err);
    home.run_with(&["inspect", "--env-file", "-"], token).failed(
        2,
        "both the token and --env-file - would",
        "a file",
    );
}

#[test]
fn a_slip_in_an_option_is_not_taken_for_a_token() {
    Home::new().run(&["inspect", "--jsno"]).failed(2, "unexpected argument '--jsno' found", "--json");
}

#[test]
fn a_mangled_secret_is_named() {
    let home = Home::new();
    let secret = "fake-secret-abcdefghij-0123456789";
    let sign = |secret: &str, issuer: &str| {
        let key = roomkey::project::ApiKey::parse(issuer).unwrap().value;
        let claims = roomkey::claims::draft::Draft::default().claims(&key, roomkey::clock::Timestamp::now());
        roomkey::token::sign(&claims, &roomkey::project::ApiSecret::verbatim(secret.into())).unwrap()
    };
    for (with, issuer, kind) in [
        (format!("{secret}\n"), "APIfake", "line-break"),
        (format!("\"{secret}\""), "APIfake", "quoted"),
        ("secret".to_owned(), "APIfake", "dev-secret"),
        ("APIfake".to_owned(), secret, "swapped"),
    ] {
        let token = sign(&with, issuer);
        let args = ["inspect", "--json", "--api-key", "APIfake", "--api-secret-stdin", token.expose()];
        let done = home.run_with(&args, secret);
        assert_eq!(done.code, 1, "{}", done.err);
        assert_eq!(done.json()["near_miss"]["kind"], kind, "{with:?}");
        assert!(!done.out.replace(token.expose(), "").contains(secret) || kind == "swapped");
    }
    let right = sign(secret, "APIfake");
    let done = home.run_with(
        &["inspect", "--json", "--api-key", "APIfake", "--api-secret-stdin", right.expose()],
        secret,
    );
    assert_eq!((done.code, &done.json()["near_miss"]), (0, &Value::Null));
}

#[test]
fn another_projects_secret_is_recognised() {
    let home = Home::with_vault();
    for (name, key, secret) in [
        ("acme", "APIacme", "fake-acme-secret-0123456789-0123456789"),
        ("other", "APIother", "fake-other-secret-0123456789-0123456789"),
    ] {
        let args =
            ["project", "add", name, "--url", "wss://x.example", "--api-key", key, "--api-secret-stdin"];
        assert_eq!(home.run_with(&args, secret).code, 0);
    }
    let key = roomkey::project::ApiKey::parse("APIacme").unwrap().value;
    let claims = roomkey::claims::draft::Draft::default().claims(&key, roomkey::clock::Timestamp::now());
    let secret = roomkey::project::ApiSecret::verbatim("fake-other-secret-0123456789-0123456789".into());
    let token = roomkey::token::sign(&claims, &secret).unwrap();
    let done = home.run(&["inspect", token.expose()]);
    assert_eq!(done.code, 1);
    assert!(done.out.contains("it was signed with other's secret"), "{}", done.out);
}
