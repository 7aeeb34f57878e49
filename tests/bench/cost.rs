//! What things cost: `cargo bench --bench cost`. Medians of one run are to be compared with each other, not with those of
//! another machine.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement that cannot go on stops, and is printed"
)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use divan::{Bencher, black_box};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use roomkey::claims::Claims;
use roomkey::claims::draft::Draft;
use roomkey::claims::effect;
use roomkey::clock::{Timestamp, Zone};
use roomkey::project::{ApiKey, ApiSecret};
use roomkey::token::diff::diff;
use roomkey::token::inspect::{Inspection, inspect};
use roomkey::token::{sign, sign_many};

const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

fn main() {
    #[cfg(target_os = "linux")]
    batch();
    divan::main();
}

/// Seconds of processor time that this process has used, and those that it has waited for (proc_pid_stat(5)).
#[cfg(target_os = "linux")]
fn worked() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // The name before may have spaces in it.
    let fields: Vec<f64> = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0.0))
        .collect();
    // The kernel counts in hundredths, whatever its own clock.
    ((fields[11] + fields[12]) / 100.0, (fields[13] + fields[14]) / 100.0)
}

/// What the program uses for each of a million tokens, and what the same tokens need of HMAC-SHA256 and base64.
#[cfg(target_os = "linux")]
fn batch() {
    const COUNT: u32 = 1_000_000;
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_roomkey"));
        command
            .env_clear()
            .env("HOME", home.path())
            .args(["token", "batch", "--dev", "--room", "demo"])
            .args(args);
        command.args(["--format", "token", "-q"]).stderr(std::process::Stdio::null());
        command
    };
    let one = run(&["-n", "1", "--identity", "load-123456"]).output().unwrap().stdout;
    let token = String::from_utf8(one).unwrap();
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let before = worked().0;
    let keyed = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
    let mut total = 0;
    for _ in 0..COUNT {
        let mut text = String::with_capacity(512);
        URL_SAFE_NO_PAD.encode_string(br#"{"typ":"JWT","alg":"HS256"}"#, &mut text);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(black_box(&payload), &mut text);
        let mut mac = keyed.clone();
        mac.update(text.as_bytes());
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(mac.finalize().into_bytes(), &mut text);
        total += black_box(text).len();
    }
    let bare = worked().0 - before;
    println!("bare HMAC-SHA256 and base64 of {} bytes: {:.2} us a token", total / COUNT as usize, bare);
    let rows: String = (0..COUNT).fold("identity,name\n".to_owned(), |mut rows, n| {
        rows.push_str(&format!("participant-{n},Participant {n}\n"));
        rows
    });
    let file = home.path().join("people.csv");
    std::fs::write(&file, rows).unwrap();
    for (what, args) in [
        ("batch -n", &["-n", "1000000", "--identity", "load-{n}"][..]),
        ("batch --from people.csv", &["--from", file.to_str().unwrap()]),
    ] {
        let before = worked().1;
        let status = run(args).stdout(std::process::Stdio::null()).status().unwrap();
        assert!(status.success());
        let took = worked().1 - before;
        println!("{what}: {took:.2} us a token, {:.2} times as much", took / bare);
    }
}

/// A participant with a name, metadata and two attributes.
fn typical() -> Draft {
    let mut draft = Draft { identity: "alice-7f3a".into(), ..Draft::default() };
    draft.lay_grant(r#"{"roomJoin": true, "room": "demo", "canPublishData": false}"#).unwrap();
    draft.grants.name = "Alice".into();
    draft.grants.metadata = r#"{"team":"blue"}"#.into();
    draft.grants.attributes.extend([("role".into(), "host".into()), ("seat".into(), "7".into())]);
    draft
}

/// The same with 64 KiB of attributes.
fn heavy() -> Draft {
    let mut draft = typical();
    draft.grants.attributes.extend((0..1_024).map(|i| (format!("key-{i:04}"), "v".repeat(56))));
    draft
}

fn claims() -> Claims {
    typical().claims(&ApiKey::dev(), NOW)
}

fn secret() -> ApiSecret {
    ApiSecret::verbatim("fake-secret-0123456789-0123456789-abcdefghi".into())
}

/// The least a signature can cost: HMAC-SHA256 over the encoded text, and base64 of all three parts.
#[divan::bench]
fn sign_bare_hmac_and_base64(bencher: Bencher<'_, '_>) {
    let payload = serde_json::to_vec(&claims()).unwrap();
    bencher.bench_local(|| {
        let mut text = URL_SAFE_NO_PAD.encode(br#"{"typ":"JWT","alg":"HS256"}"#);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(black_box(&payload), &mut text);
        let mut mac = Hmac::<Sha256>::new_from_slice(b"fake-secret-0123456789-0123456789-abcdefghi").unwrap();
        mac.update(text.as_bytes());
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(mac.finalize().into_bytes(), &mut text);
        text
    });
}

#[divan::bench]
fn sign_json_alone(bencher: Bencher<'_, '_>) {
    let claims = claims();
    bencher.bench_local(|| serde_json::to_vec(black_box(&claims)).unwrap());
}

#[divan::bench]
fn sign_one(bencher: Bencher<'_, '_>) {
    let (claims, secret) = (claims(), secret());
    bencher.bench_local(|| sign(black_box(&claims), &secret).unwrap());
}

#[divan::bench]
fn sign_a_thousand(bencher: Bencher<'_, '_>) {
    let (claims, secret) = (vec![claims(); 1_000], secret());
    bencher.bench_local(|| {
        sign_many(black_box(&claims), &secret).map(|token| token.unwrap().len()).sum::<usize>()
    });
}

#[divan::bench(args = ["typical", "64 KiB of attributes"])]
fn preview(bencher: Bencher<'_, '_>, which: &str) {
    let draft = if which == "typical" { typical() } else { heavy() };
    let key = ApiKey::dev();
    bencher.bench_local(|| black_box(&draft).preview(&key, NOW));
}

#[divan::bench]
fn effect_lines(bencher: Bencher<'_, '_>) {
    let claims = claims();
    bencher.bench_local(|| effect::lines(black_box(&claims), NOW, &Zone::utc()));
}

#[divan::bench(args = ["typical", "64 KiB of attributes"])]
fn inspect_and_verify(bencher: Bencher<'_, '_>, which: &str) {
    let draft = if which == "typical" { typical() } else { heavy() };
    let token = sign(&draft.claims(&ApiKey::dev(), NOW), &ApiSecret::dev()).unwrap();
    let project = roomkey::project::Project::local_dev();
    bencher.bench_local(|| inspect(black_box(token.expose())).unwrap().verify(Some((&project).into()), NOW));
}

/// A token with these claims besides the typical ones, read and ready to be held against another.
fn read(change: impl FnOnce(&mut Draft)) -> Inspection {
    let mut draft = typical();
    change(&mut draft);
    inspect(sign(&draft.claims(&ApiKey::dev(), NOW), &secret()).unwrap().expose()).unwrap()
}

#[divan::bench]
fn diff_two_typical(bencher: Bencher<'_, '_>) {
    let (a, b) = (read(|_| {}), read(|draft| draft.identity = "bob".into()));
    bencher.bench_local(|| diff(black_box(&a), black_box(&b)));
}

#[divan::bench]
fn diff_a_mebibyte_of_attributes(bencher: Bencher<'_, '_>) {
    let of = |value: &'static str| {
        read(|draft| {
            draft.grants.attributes.extend((0..60_000).map(|i| (format!("k{i:05}"), value.to_owned())));
        })
    };
    let (a, b) = (of("a"), of("b"));
    bencher.bench_local(|| diff(black_box(&a), black_box(&b)));
}

#[divan::bench]
fn diff_a_mebibyte_of_metadata(bencher: Bencher<'_, '_>) {
    let of = |end: &'static str| read(|draft| draft.grants.metadata = "x".repeat(780_000) + end);
    let (a, b) = (of("a"), of("b"));
    bencher.bench_local(|| diff(black_box(&a), black_box(&b)));
}
