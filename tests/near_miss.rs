//! A token signed with a mangled secret, for every way of mangling one: what the library, the command line and the
//! screen say of it.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde_json::json;

use roomkey::project::{ApiKey, ApiSecret};
use roomkey::token::inspect::{Credentials, inspect};
use roomkey::token::near_miss::{KINDS, near_miss};
use roomkey::tui::message::{Effect, Msg, Reply, StoreJob};
use roomkey::tui::update;

use crate::screens::{drawn, paste, program};
use crate::support::home::Home;

/// With both signs of plain base64 and padding, and of both cases.
const SECRET: &str = "fakeSecret+With/Both0123456789abcdefghijkw==";
/// What hex makes of `fake-secret-as-hex`.
const HEX: &str = "66616b652d7365637265742d61732d686578";
/// With something that a URL's decoder changes.
const PERCENT: &str = "fakeSecret%2BWith%2FEscapes+0123456789";
/// With something that JSON escapes.
const BACKSLASH: &str = "fakeSecret\\With\"Both-0123456789-abcdef";

/// A kind, the secret that is right, the key that signed, and what is to be said of it.
#[expect(clippy::too_many_lines, reason = "one row for each case")]
fn cases() -> Vec<(&'static str, &'static str, Vec<u8>, &'static str)> {
    let with = |before: &str, after: &str| format!("{before}{SECRET}{after}").into_bytes();
    let trailing = "it was signed with this secret and a line break behind it";
    let space = "it was signed with this secret and a space or a tab beside it";
    let quoted = "it was signed with this secret in quotes";
    let both = "it was signed with this secret in quotes and a line break behind them";
    let invisible = "it was signed with this secret and an invisible character beside it";
    let url = "it was signed with this secret encoded for a URL (%2B for +)";
    let decoded = "it was signed with this secret decoded as if it came from a URL";
    let base64 = "it was signed with this secret encoded as base64";
    let named = "it was signed with this secret and its variable's name in front";
    let twice = "it was signed with this secret twice over, as if pasted twice";
    let padded = "it was signed with this secret and = added at its end";
    let placeholder = "it was signed with a placeholder in place of a secret";
    vec![
        ("line-break", SECRET, with("", "\n"), trailing),
        ("line-break", SECRET, with("", "\r\n"), trailing),
        ("space", SECRET, with("", " "), space),
        ("space", SECRET, with(" ", ""), space),
        ("space", SECRET, with("", "\t"), space),
        (
            "byte-order-mark",
            SECRET,
            with("\u{feff}", ""),
            "it was signed with this secret and a byte order mark in front of it",
        ),
        ("invisible", SECRET, with("", "\u{200b}"), invisible),
        ("invisible", SECRET, with("\u{200b}", ""), invisible),
        ("quoted", SECRET, with("\"", "\""), quoted),
        ("quoted", SECRET, with("'", "'"), quoted),
        ("quoted-line-break", SECRET, with("\"", "\"\n"), both),
        ("quoted-line-break", SECRET, with("'", "'\r\n"), both),
        ("variable-name", SECRET, with("LIVEKIT_API_SECRET=", ""), named),
        ("variable-name", SECRET, with("API_SECRET=", ""), named),
        (
            "json-escaped",
            BACKSLASH,
            BACKSLASH.replace('\\', "\\\\").replace('"', "\\\"").into_bytes(),
            "it was signed with this secret as JSON escapes it",
        ),
        (
            "json-escaped",
            SECRET,
            SECRET.replace('/', "\\/").into_bytes(),
            "it was signed with this secret as JSON escapes it",
        ),
        (
            "url-encoded",
            SECRET,
            SECRET.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D").into_bytes(),
            url,
        ),
        ("url-decoded", PERCENT, PERCENT.replace("%2B", "+").replace("%2F", "/").into_bytes(), decoded),
        ("url-decoded", SECRET, SECRET.replace('+', " ").into_bytes(), decoded),
        (
            "padding-lost",
            SECRET,
            SECRET.trim_end_matches('=').into(),
            "it was signed with this secret without the = at its end",
        ),
        ("padding-added", PERCENT, format!("{PERCENT}=").into_bytes(), padded),
        ("padding-added", PERCENT, format!("{PERCENT}==").into_bytes(), padded),
        (
            "base64-decoded",
            SECRET,
            STANDARD.decode(SECRET).unwrap(),
            "it was signed with what this secret is when decoded from base64",
        ),
        ("base64-encoded", SECRET, STANDARD.encode(SECRET).into_bytes(), base64),
        ("base64-encoded", SECRET, URL_SAFE_NO_PAD.encode(SECRET).into_bytes(), base64),
        ("base64-encoded", SECRET, STANDARD.encode(format!("{SECRET}\n")).into_bytes(), base64),
        (
            "hex-decoded",
            HEX,
            b"fake-secret-as-hex".to_vec(),
            "it was signed with what this secret is when decoded from hex",
        ),
        ("hex-encoded", "fake-secret-as-hex", HEX.into(), "it was signed with this secret encoded as hex"),
        (
            "hex-encoded",
            "fake-secret-as-hex",
            HEX.to_uppercase().into(),
            "it was signed with this secret encoded as hex",
        ),
        ("upper-case", SECRET, SECRET.to_uppercase().into(), "it was signed with this secret in capitals"),
        (
            "lower-case",
            SECRET,
            SECRET.to_lowercase().into(),
            "it was signed with this secret in small letters",
        ),
        ("doubled", SECRET, SECRET.repeat(2).into(), twice),
        ("doubled", SECRET, format!("{SECRET}\n{SECRET}").into(), twice),
        (
            "first-lost",
            SECRET,
            SECRET[1..].into(),
            "it was signed with this secret without its first character",
        ),
        (
            "last-lost",
            PERCENT,
            PERCENT[..PERCENT.len() - 1].into(),
            "it was signed with this secret without its last character",
        ),
        (
            "key-as-secret",
            SECRET,
            b"APIfakeKey".to_vec(),
            "it was signed with the API key in place of the secret",
        ),
        (
            "dev-secret",
            SECRET,
            b"secret".to_vec(),
            "it was signed with secret, the secret of livekit-server --dev",
        ),
        ("not-filled-in", SECRET, b"undefined".to_vec(), placeholder),
        ("not-filled-in", SECRET, b"${LIVEKIT_API_SECRET}".to_vec(), placeholder),
        ("empty", SECRET, Vec::new(), "it was signed with an empty secret"),
    ]
}

/// Kinds that need more than one key beside the right secret: each has a test of its own below.
const APART: [&str; 5] = ["trimmed", "swapped", "secret-as-issuer", "other-project", "half-rotated"];

fn signed(issuer: &str, key: &[u8]) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let payload =
        json!({"iss": issuer, "exp": 4_102_444_800_i64, "video": {"roomJoin": true, "room": "demo"}});
    let message = format!("{}.{}", part(json!({"alg": "HS256"})), part(payload));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// What the screen of 120 columns shows of the token once the store has compared it.
pub(crate) fn on_the_screen(
    token: &str,
    key: &ApiKey,
    secret: &ApiSecret,
    other: Option<Credentials<'_>>,
) -> String {
    let mut model = program((120, 40));
    let effects = paste(&mut model, token);
    let [Effect::Store(StoreJob::Verify { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let inspection = inspect(token).unwrap();
    let credentials = Credentials { name: "acme", key, secret, old: false };
    let compared = Some(inspection.compare(credentials));
    let near_miss = near_miss(&inspection, Some(credentials), other);
    update::update(&mut model, Msg::Reply(Reply::Verified { ticket, result: Ok(compared), near_miss }));
    drawn(&model)
}

#[test]
fn every_kind_is_tried() {
    let tried: HashSet<&str> = cases().iter().map(|case| case.0).chain(APART).collect();
    let kinds: HashSet<&str> = KINDS.iter().map(|kind| kind.id).collect();
    assert_eq!(tried, kinds);
}

#[test]
fn every_mangled_secret_is_named_by_the_library_and_on_the_screen() {
    let key = ApiKey::parse("APIfakeKey").unwrap().value;
    for (kind, right, with, said) in cases() {
        let token = signed("APIfakeKey", &with);
        let secret = ApiSecret::verbatim(right.to_owned());
        let credentials = Credentials { name: "acme", key: &key, secret: &secret, old: false };
        let miss =
            near_miss(&inspect(&token).unwrap(), Some(credentials), []).unwrap_or_else(|| panic!("{kind}"));
        assert_eq!((miss.kind, miss.sentence.as_str()), (kind, said));
        let screen = on_the_screen(&token, &key, &secret, None);
        assert!(screen.contains(said) && screen.contains(miss.hint), "{kind}:\n{screen}");
        assert!(!screen.contains(right), "{kind}");
    }
}

#[test]
fn every_mangled_secret_is_named_on_the_command_line() {
    let home = Home::new();
    for (kind, right, with, said) in cases() {
        let token = signed("APIfakeKey", &with);
        let run = home.run_with(&["inspect", "--api-key", "APIfakeKey", "--api-secret-stdin", &token], right);
        assert_eq!(run.code, 1, "{kind}: {}", run.err);
        let lines: Vec<&str> = run.out.lines().map(str::trim).collect();
        assert!(lines.contains(&said), "{kind}: {}", run.out);
        assert!(!run.out.contains(right) && !run.err.contains(right), "{kind}");
    }
}

#[test]
fn a_secret_that_is_kept_with_space_around_it_is_named() {
    let (key, secret) =
        (ApiKey::parse("APIfakeKey").unwrap().value, ApiSecret::verbatim(format!(" {SECRET}\n")));
    let token = signed("APIfakeKey", SECRET.as_bytes());
    let screen = on_the_screen(&token, &key, &secret, None);
    assert!(screen.contains("it was signed with this secret without the space around it"), "{screen}");
}

#[test]
fn a_token_that_carries_the_secret_as_its_key_says_so_and_does_not_show_it() {
    let home = Home::new();
    let secret = "fake-secret-abcdefghij-0123456789";
    for (kind, with, said) in [
        ("swapped", "APIfakeKey", "API key and secret are swapped: whoever sees this token has the secret"),
        ("secret-as-issuer", secret, "its iss is the API secret: whoever sees this token can sign others"),
    ] {
        let token = signed(secret, with.as_bytes());
        let args = ["inspect", "--api-key", "APIfakeKey", "--api-secret-stdin", &token];
        let run = home.run_with(&args, secret);
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(run.out.lines().any(|line| line.trim() == said), "{kind}: {}", run.out);
        assert!(run.out.contains("(hidden: it is a secret)"), "{}", run.out);
        assert!(!run.out.contains(secret) && !run.err.contains(secret), "{kind}: {}", run.out);
        let (key, secret_typed) =
            (ApiKey::parse("APIfakeKey").unwrap().value, ApiSecret::verbatim(secret.into()));
        let screen = on_the_screen(&token, &key, &secret_typed, None);
        assert!(screen.contains(said) && !screen.contains(secret), "{kind}:\n{screen}");
    }
}

#[test]
fn a_stored_project_is_named_whose_secret_it_is_or_whose_pair_was_swapped() {
    let home = Home::with_vault();
    let (acme, other) = ("fake-acme-secret-0123456789-0123456789", "fake-other-secret-0123456789-0123456789");
    for (name, secret) in [("acme", acme), ("other", other)] {
        let key = format!("API{name}");
        let args =
            ["project", "add", name, "--url", "wss://x.example", "--api-key", &key, "--api-secret-stdin"];
        assert_eq!(home.run_with(&args, secret).code, 0);
    }
    for (issuer, with, said) in [
        ("APIacme", other, "it was signed with other's secret"),
        (
            other,
            "APIother",
            "API key and secret of other are swapped: whoever sees this token has the secret",
        ),
        (other, other, "its iss is the API secret of other: whoever sees this token can sign others"),
    ] {
        let run = home.run_with(&["inspect"], signed(issuer, with.as_bytes()));
        assert!(run.out.lines().any(|line| line.trim() == said), "{}{}", run.out, run.err);
        assert!(!run.out.contains(other) && !run.err.contains(other), "{}", run.out);
    }
    let (key, secret) = (ApiKey::parse("APIacme").unwrap().value, ApiSecret::verbatim(acme.into()));
    let other_secret = ApiSecret::verbatim(other.into());
    let credentials = Credentials { name: "other", key: &key, secret: &other_secret, old: false };
    let screen = on_the_screen(&signed("APIacme", other.as_bytes()), &key, &secret, Some(credentials));
    assert!(screen.contains("it was signed with other's secret"), "{screen}");
}

#[test]
fn a_key_and_a_secret_of_two_times_are_told_and_an_old_pair_verifies() {
    use roomkey::clock::Timestamp;
    use roomkey::project::{Listing, Project};
    let secret = |text: &str| ApiSecret::verbatim(text.to_owned());
    let mut project = Project::new(Listing::local_dev(), secret("fake-old-secret-0123456789"));
    let key = ApiKey::parse("APIfakeNew").unwrap().value;
    project.rotate(key, secret("fake-new-secret-0123456789"), Timestamp::from_unix(1_795_531_327));
    for (issuer, with, said) in [
        ("APIfakeNew", "fake-new-secret-0123456789", None),
        ("devkey", "fake-old-secret-0123456789", None),
        (
            "APIfakeNew",
            "fake-old-secret-0123456789",
            Some("it has the present key of local dev, and was signed with the old secret"),
        ),
        (
            "devkey",
            "fake-new-secret-0123456789",
            Some("it has the old key of local dev, and was signed with the present secret"),
        ),
    ] {
        let inspection = inspect(&signed(issuer, with.as_bytes())).unwrap();
        let own = Credentials::of(&project, issuer);
        assert_eq!(own.old, issuer == "devkey");
        let others = Credentials::all_of(&project).filter(|other| other.key != own.key);
        let miss = near_miss(&inspection, Some(own), others);
        assert_eq!(miss.as_ref().map(|miss| miss.sentence.as_str()), said, "{issuer} {with}");
        assert!(miss.is_none_or(|miss| miss.kind == "half-rotated"));
        let compared = inspection.compare(own);
        let ids: Vec<&str> = compared.problems().iter().map(|problem| problem.rule.id).collect();
        assert_eq!(ids.contains(&"old-key"), said.is_none() && own.old, "{issuer} {with}");
    }
}
