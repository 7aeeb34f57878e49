//! Whatever a server was recorded to say, and whatever roomkey itself says, is explained by its cause.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::Value;

use roomkey::check::{About, CheckError, CheckReport, Reading};
use roomkey::clock::Timestamp;
use roomkey::explain::{Explanation, explain};
use roomkey::project::{ApiKey, ApiSecret};
use roomkey::store::StoreError;
use roomkey::token::inspect::{InspectError, inspect};
use roomkey::token::near_miss::KINDS;

const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

fn first(text: &str) -> &'static str {
    explain(text, NOW).matches.first().map_or("", |found| found.entry.id)
}

#[test]
fn every_recorded_text_of_the_server_is_explained_in_both_wordings() {
    let Value::Array(vectors) = serde_json::from_str(include_str!("data/vectors.json")).unwrap() else {
        panic!("vectors.json is a list")
    };
    let mut seen = 0;
    for vector in vectors {
        let Some(text) = vector["server"]["text"].as_str() else { continue };
        let token = vector["token"].as_str().unwrap();
        let id = expected(text);
        assert_eq!(first(text), id, "{text}");
        // Up to v1.13.5 the whole token stood in the answer.
        if let Some(reason) = text.strip_prefix("invalid authorization token: ") {
            let echoed = format!("invalid token: {token}, error: {reason}");
            assert_eq!(first(&echoed), id, "{echoed}");
            let said = everything(&explain(&echoed, NOW));
            assert!(
                token.split('.').filter(|part| part.len() > 12).all(|part| !said.contains(part)),
                "{said}"
            );
        }
        seen += 1;
    }
    assert_eq!(seen, 20);
}

/// The id for a recorded text: the last words decide, as the server puts them.
fn expected(text: &str) -> &'static str {
    let table = [
        ("exp claim is required", "exp-present"),
        ("token is not valid yet", "already-valid"),
        ("invalid API key", "key"),
        ("signing method", "alg"),
        ("signature is invalid: signature is invalid", "signature"),
        ("could not JSON decode claim", "types"),
        ("invalid authorization token", "token-unreadable"),
    ];
    table.into_iter().find(|(words, _)| text.contains(words)).unwrap_or_else(|| panic!("{text}")).1
}

fn everything(explanation: &Explanation) -> String {
    format!("{explanation:?}")
}

#[test]
fn every_refusal_of_an_sdk_to_sign_is_explained() {
    let Value::Array(vectors) = serde_json::from_str(include_str!("data/vectors.json")).unwrap() else {
        panic!("vectors.json is a list")
    };
    let errors: Vec<&str> = vectors.iter().filter_map(|vector| vector["mint_error"].as_str()).collect();
    assert_eq!(errors.len(), 6);
    for error in errors {
        assert_ne!(first(error), "", "{error}");
    }
}

#[test]
fn what_each_verifier_said_of_a_recorded_token_is_explained() {
    let Value::Array(vectors) = serde_json::from_str(include_str!("data/vectors.json")).unwrap() else {
        panic!("vectors.json is a list")
    };
    let mut unexplained = std::collections::BTreeSet::new();
    for vector in &vectors {
        let Value::Object(verdicts) = &vector["verify"] else { continue };
        for (who, said) in verdicts {
            let said = said.as_str().unwrap();
            if said != "ok" && first(said).is_empty() {
                unexplained.insert(format!("{who}: {said}"));
            }
        }
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}

#[test]
fn what_roomkey_says_of_asking_a_server_is_explained() {
    let at = || "acme.example:443".to_owned();
    let host = at;
    for error in [
        CheckError::NoSuchHost { host: host() },
        CheckError::Refused { at: at() },
        CheckError::Unreachable { at: at(), why: "no route to host".into() },
        CheckError::Timeout { at: at(), limit: Duration::from_secs(10), begun: false },
        CheckError::Timeout { at: at(), limit: Duration::from_secs(10), begun: true },
        CheckError::NoProxy { proxy: "p.example:3128".into(), why: "no route to host".into() },
        CheckError::ProxyPassword { proxy: "p.example:3128".into() },
        CheckError::Demo,
        CheckError::ClosedEarly { at: at() },
        CheckError::NotHttp { at: at() },
        CheckError::TooManyHeaders { at: at() },
        CheckError::SpeaksTls { at: at(), scheme: "ws" },
        CheckError::SpeaksPlain { at: at(), scheme: "wss" },
        CheckError::UnknownAuthority { host: host() },
        CheckError::CertificateTime { host: host(), over: true },
        CheckError::CertificateTime { host: host(), over: false },
        CheckError::WrongName { host: host() },
        CheckError::Tls { host: host(), why: "x".into() },
        CheckError::Proxy { at: at() },
        CheckError::BadProxy,
        CheckError::CaFile { file: "x.pem".into(), why: "x".into() },
        CheckError::Unsendable,
    ] {
        assert_ne!(first(&format!("error: {error}")), "", "{error}");
    }
    for reading in [
        Reading::Unwell,
        Reading::UnknownKey,
        Reading::WrongSecret,
        Reading::Expired,
        Reading::NotYet,
        Reading::NoExpiry,
        Reading::NotPermitted,
        Reading::Unreadable,
        Reading::HeaderChanged,
        Reading::ServiceOff,
        Reading::NotLooking,
        Reading::Unconfirmed,
        Reading::WrongAlgorithm,
        Reading::WrongClaim,
        Reading::TooLong,
        Reading::Redirected { to: "x".into() },
        Reading::Guarded,
        Reading::Busy,
        Reading::Failed,
        Reading::NoServerBehind,
        Reading::Unavailable,
        Reading::NoSuchPath,
        Reading::WrongMethod,
        Reading::OtherProtocol,
        Reading::WebPage,
        Reading::NotLiveKit,
    ] {
        let report = CheckReport {
            about: About::Join,
            status: 401,
            words: String::new(),
            latency_ms: 1,
            skew: None,
            reading,
        };
        assert_ne!(first(&report.sentence()), "", "{}", report.sentence());
    }
}

#[test]
fn what_roomkey_says_of_a_token_and_of_a_store_is_explained() {
    for text in ["", "hello there", r#"{"iss":"K"}"#, "eyJhbGciOiJIUzI1NiJ9", "aaaa.bbbb.cccc", "eyJ9.eyJ9.x"]
    {
        let error: InspectError = inspect(text).unwrap_err();
        assert_ne!(first(&error.to_string()), "", "{error}");
    }
    for kind in KINDS {
        assert_eq!(first(&format!("  {}", kind.what)), kind.id);
    }
    for error in [
        StoreError::NoBus { reason: "x".into() },
        StoreError::NoSecretService,
        StoreError::NoCollection,
        StoreError::KeyringLocked,
        StoreError::KeyringTimedOut { after: Duration::from_secs(3) },
        StoreError::KeyringStuck { calls: 1 },
        StoreError::KeyringFailed { reason: "no reply".into() },
        StoreError::NeedsPassphrase { new: false },
        StoreError::WrongPassphrase { path: "/x/vault.age".into() },
        StoreError::VaultDamaged { path: "/x/vault.age".into(), reason: "it is empty".into() },
        StoreError::PartialEnvironment { missing: vec!["LIVEKIT_URL"] },
    ] {
        assert_ne!(first(&error.to_string()), "", "{error}");
    }
    assert_ne!(first(&ApiKey::parse("a b").unwrap_err().to_string()), "");
    assert_ne!(first(&ApiSecret::parse("").unwrap_err().to_string()), "");
}

/// What 64 KiB may take: 10 ms, and in a build without optimisation as much more as that is slower.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 10 });

/// The time that this thread has had a processor, where the system tells it: the machine may be busy with other tests.
fn worked() -> Option<Duration> {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(said.split(' ').next()?.parse().ok()?))
}

/// How long it takes to explain a text, on average of a few runs.
fn took(text: &str) -> Duration {
    const RUNS: u32 = 3;
    let (start, before) = (Instant::now(), worked());
    for _ in 0..RUNS {
        std::hint::black_box(explain(text, NOW));
    }
    let whole = match (before, worked()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => start.elapsed(),
    };
    whole / RUNS
}

#[test]
fn hostile_texts_of_64_kib_are_explained_in_10_ms() {
    // The tables are built once, on the first use.
    assert!(explain("", NOW).matches.is_empty());
    for piece in [
        "invalid token: ",
        "could not could ",
        "json: cannot unmarshal ",
        "the certificate of ",
        "the vault the keyring's entry for ",
        "\\u001b[",
        "\u{1b}[1;",
        "eyJhbGciOiJIUzI1NiJ9.",
        "[ttl-",
        "[ttl-long]",
        "\\\\\\",
        "a.",
        "{\"a\":",
        "é",
        "cannot connect to error generating token from endpoint ",
    ] {
        let took = took(&piece.repeat((64 << 10) / piece.len()));
        assert!(took < LIMIT, "{piece}: {took:?}");
    }
    // A longer text costs no more than its beginning and its end.
    let took = took(&"invalid token: could not ".repeat(100_000));
    assert!(took < LIMIT * 3, "{took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_and_mutated_texts_of_64_kib_are_explained_in_10_ms(
        text in "(invalid token: |could not |exp\" claim |[\\\\\"\u{1b}\\[ ]|\\PC){1,60}",
    ) {
        let long = text.repeat((64 << 10) / text.len());
        let took = took(&long);
        prop_assert!(took < LIMIT, "{:?} for {} bytes", took, long.len());
    }
}
