//! What keeps a preset from being shared: a secret anywhere in it. Names where it is, never what it is.
//!
//! Looks wider than [`config-secret`](crate::claims::problems): a preset is kept in a file that goes to others, and
//! nobody looks at it again.

use serde_json::Value;

use crate::claims::draft::Draft;
use crate::claims::problems::secrets::{has_password, named};
use crate::text::{beginning, token_spans};

/// A secret in a preset: where, and what kind.
pub(super) type Found = (String, &'static str);

/// The first secret in a draft.
pub(super) fn in_draft(draft: &Draft) -> Option<Found> {
    let json = Value::Object(draft.to_json());
    // The catalogue's own rows first: they have the better words.
    let by_name = named("", &json).into_iter().next();
    by_name.map(|(path, kind)| (bare(&path), kind)).or_else(|| in_value("", &json))
}

/// The kind of secret that a text looks like or has in it.
pub(super) fn in_text(text: &str) -> Option<&'static str> {
    let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '/' | '=' | '.');
    let mut words = text.split(|c| !in_word(c));
    if token_spans(text).next().is_some() || words.clone().any(begins_like_a_token) {
        return Some("a token");
    }
    if text.split_whitespace().any(has_password) {
        return Some("a URL with a password");
    }
    if is_assigned(text) {
        return Some("a secret");
    }
    words.any(looks_made_up).then_some("what looks like a secret")
}

fn in_value(path: &str, value: &Value) -> Option<Found> {
    match value {
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            let path = format!("{path}.{}", beginning(key, 40));
            // A hash of a body is no secret, and looks like one.
            if path == ".sha256" {
                return None;
            }
            in_text(key).map(|kind| (bare(&path), kind)).or_else(|| in_value(&path, value))
        }),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| in_value(&format!("{path}.{at}"), item))
        }
        Value::String(text) => in_json(path, text).or_else(|| in_text(text).map(|kind| (bare(path), kind))),
        _ => None,
    }
}

/// Metadata is usually JSON in a text.
fn in_json(path: &str, text: &str) -> Option<Found> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let by_name = named(path, &value).into_iter().next().map(|(path, kind)| (bare(&path), kind));
    by_name.or_else(|| in_value(path, &value))
}

fn bare(path: &str) -> String {
    path.trim_start_matches('.').to_owned()
}

fn begins_like_a_token(word: &str) -> bool {
    word.find("eyJ").is_some_and(|at| word.len() - at >= 16)
}

/// `LIVEKIT_API_SECRET=...`, `"password": "..."`: a name of a secret with something behind it.
fn is_assigned(text: &str) -> bool {
    let folded: String =
        text.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    ["apisecret", "secretkey", "accesskeysecret", "password", "passphrase"].iter().any(|name| {
        folded.match_indices(name).any(|(at, name)| {
            let behind = folded[at + name.len()..].trim_start_matches(['"', '\'', '\\', ' ']);
            let value = behind.strip_prefix(['=', ':']).map(|rest| rest.trim_matches(['"', '\'', '\\', ' ']));
            value.is_some_and(|value| !value.is_empty() && !value.starts_with([',', '}']))
        })
    })
}

/// Random letters and digits as `livekit-server generate-keys`, `openssl rand` and storages make them. A UUID and a
/// name of several words are shorter in each of their parts.
fn looks_made_up(word: &str) -> bool {
    let has = |part: &str, what: fn(&u8) -> bool| part.bytes().any(|b| what(&b));
    let mixed = |part: &str| has(part, u8::is_ascii_digit) && has(part, u8::is_ascii_alphabetic);
    let long = |part: &str| part.len() >= 20 && mixed(part);
    let wild = |part: &str| {
        part.len() >= 8
            && mixed(part)
            && has(part, u8::is_ascii_uppercase)
            && has(part, u8::is_ascii_lowercase)
    };
    let mut parts = word.split(['-', '_', '.', '=', '/', '+']);
    parts.clone().any(long) || (word.len() >= 32 && parts.any(wild))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::{Timestamp, Zone};

    fn found(draft: &Value) -> Option<Found> {
        in_draft(&Draft::from_json(&draft.to_string(), Timestamp::from_unix(0), &Zone::utc()).unwrap())
    }

    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.ZmFrZQ";
    /// As `livekit-server generate-keys` makes them, and as `openssl rand -hex 32` does.
    const SECRETS: [&str; 3] = [
        "fakeTSfgZkYKSTYh1234ePfUaWzRq8dlEo6wYdm7fake",
        "fa4e5d8c2b1a09f7e6d5c4b3a2918070fa4e5d8c2b1a09f7e6d5c4b3a2918070",
        "fake-Qx7_Zr2YwV9uT4sR1qP-0oN3mL5kJ6hGfake88",
    ];

    #[test]
    fn a_secret_is_found_wherever_it_stands_and_its_place_is_named() {
        for (draft, path, kind) in [
            (json!({"identity": JWT}), "identity", "a token"),
            (json!({"metadata": format!("Bearer {JWT}")}), "metadata", "a token"),
            (json!({"attributes": {"t": "eyJhbGciOiJIUzI1NiJ9"}}), "attributes.t", "a token"),
            (json!({"attributes": {"password": "fake"}}), "attributes.password", "a password"),
            (
                json!({"attributes": {SECRETS[0]: "x"}}),
                &format!("attributes.{}…", &SECRETS[0][..40]),
                "what looks like a secret",
            ),
            (json!({"metadata": "{\"a\": {\"secret\": \"fake\"}}"}), "metadata.a.secret", "a storage secret"),
            (json!({"metadata": "{\"a\": [\"https://u:fake@h\"]}"}), "metadata.a.0", "a URL with a password"),
            (json!({"name": "LIVEKIT_API_SECRET = fake"}), "name", "a secret"),
            (json!({"video": {"room": SECRETS[1]}}), "video.room", "what looks like a secret"),
            (json!({"custom": {"password": "fake"}}), "custom.password", "a password"),
            (json!({"video": {"signing_key": "fake"}}), "video.signing_key", "a webhook's signing key"),
            (
                json!({"roomConfig": {"egress": {"room": {"fileOutputs": [{"s3": {"secret": "fake"}}]}}}}),
                "roomConfig.egress.room.fileOutputs.0.s3.secret",
                "a storage secret",
            ),
            (
                json!({"roomConfig": {"egress": {"tracks": {"s3": {"metadata": {"x": SECRETS[2]}}}}}}),
                "roomConfig.egress.tracks.s3.metadata.x",
                "what looks like a secret",
            ),
            (
                json!({"roomConfig": {"agents": [{"metadata": SECRETS[0]}]}}),
                "roomConfig.agents.0.metadata",
                "what looks like a secret",
            ),
            (
                json!({"roomConfig": {"tags": {"a": SECRETS[2]}}}),
                "roomConfig.tags.a",
                "what looks like a secret",
            ),
        ] {
            assert_eq!(found(&draft), Some((path.to_owned(), kind)), "{draft}");
        }
    }

    #[test]
    fn names_ids_hashes_and_words_about_secrets_pass() {
        for draft in [
            json!({"identity": "support-desk-for-customers-in-europe-2", "video": {"room": "room-{date}-{time}-{rand4}"}}),
            json!({"identity": "550e8400-e29b-41d4-a716-446655440000", "name": "Supercalifragilisticexpialidocious"}),
            json!({"sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}),
            json!({"metadata": "{\"password\": \"\", \"note\": \"reset your password\"}"}),
            json!({"attributes": {"role": "host", "lk.agent.state": "listening"}}),
            json!({"roomConfig": {"egress": {"tracks": {"filepath": "x/{room_name}", "s3": {"bucket": "b"}}}}}),
        ] {
            assert_eq!(found(&draft), None, "{draft}");
        }
    }
}
