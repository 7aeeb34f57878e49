//! Secrets in `roomConfig`. Looks wider than Go's signer, which misses image outputs, the deprecated single
//! outputs, session tokens, external ids and proxies (protocol/auth/grants.go:57-159). Names where a secret is,
//! never what it is.

use serde_json::{Map, Value};

use super::{Report, Subject, short};

/// So many are named one by one.
const MOST: usize = 8;

pub(super) fn config_secret(subject: &Subject<'_>, report: &mut Report<'_>) {
    let config = &subject.grants().room_config;
    let mut found = Vec::new();
    if let Some(egress) = &config.egress {
        value("roomConfig.egress", egress, &mut found);
    }
    // A server ignores what it does not know, but whoever holds the token can read it all the same.
    for (key, held) in &config.unknown {
        member("roomConfig", key, &held.value(), &mut found);
    }
    let more = found.len().saturating_sub(MOST);
    for (path, kind) in found.into_iter().take(MOST) {
        report.say("roomConfig.egress", format!("{path} holds {kind}"));
    }
    if more > 0 {
        report.say("roomConfig.egress", format!("{more} more secrets in roomConfig"));
    }
}

/// Where a JSON value has what goes by the name of a secret, wherever in a draft it stands, and what it is.
pub(in crate::claims) fn named(path: &str, it: &Value) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    value(path, it, &mut found);
    found
}

type Found = Vec<(String, &'static str)>;

fn value(path: &str, it: &Value, found: &mut Found) {
    match it {
        Value::Object(map) => object(path, map, found),
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                value(&format!("{path}.{i}"), item, found);
            }
        }
        Value::String(text) if has_password(text) => found.push((path.to_owned(), "a URL with a password")),
        _ => {}
    }
}

fn object(path: &str, map: &Map<String, Value>, found: &mut Found) {
    for (key, it) in map {
        member(path, key, it, found);
    }
}

fn member(path: &str, key: &str, it: &Value, found: &mut Found) {
    let path = format!("{path}.{}", short(key));
    // protojson takes both spellings.
    let name: String = key.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).take(64).collect();
    match name.as_str() {
        "streamoutputs" | "stream" => streams(&path, it, found),
        // The object's own labels at the storage, for everyone who may see it there.
        "metadata" => {}
        _ => match (secret(&name), it) {
            (Some(kind), Value::String(text)) if !text.is_empty() => found.push((path, kind)),
            _ => value(&path, it, found),
        },
    }
}

fn secret(name: &str) -> Option<&'static str> {
    Some(match name {
        "secret" | "accountkey" | "secretkey" | "secretaccesskey" => "a storage secret",
        "credentials" => "storage credentials",
        "sessiontoken" => "a storage session token",
        "assumeroleexternalid" => "the external id of a storage role",
        "password" => "a password",
        "signingkey" => "a webhook's signing key",
        _ => return None,
    })
}

/// A stream's address ends in its key. Go refuses every stream output, so one without an address is named too.
fn streams(path: &str, it: &Value, found: &mut Found) {
    let one = |path: &str, output: &Value, found: &mut Found| {
        let before = found.len();
        if let Some(Value::Array(urls)) = output.get("urls") {
            for (i, url) in urls.iter().enumerate() {
                if url.as_str().is_some_and(|url| !url.is_empty()) {
                    found.push((format!("{path}.urls.{i}"), "a stream's address with its key"));
                }
            }
        }
        found.len() > before
    };
    match it {
        Value::Array(outputs) => {
            for (i, output) in outputs.iter().enumerate() {
                let path = format!("{path}.{i}");
                if !one(&path, output, found) {
                    found.push((path, "a stream output, which Go's signer refuses"));
                }
            }
        }
        output => drop(one(path, output, found)),
    }
}

/// `scheme://user:password@host`.
pub(in crate::claims) fn has_password(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(egress: &Value) -> Vec<String> {
        let mut found = Vec::new();
        value("e", egress, &mut found);
        found.into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn every_output_and_every_kind_of_secret_is_seen() {
        for (egress, path) in [
            (
                json!({"room": {"fileOutputs": [{"s3": {"secret": "fake"}}]}}),
                "e.room.fileOutputs.0.s3.secret",
            ),
            (
                json!({"room": {"segmentOutputs": [{"azure": {"accountKey": "fake"}}]}}),
                "e.room.segmentOutputs.0.azure.accountKey",
            ),
            (
                json!({"room": {"imageOutputs": [{"gcp": {"credentials": "fake"}}]}}),
                "e.room.imageOutputs.0.gcp.credentials",
            ),
            (json!({"room": {"file": {"aliOSS": {"secret": "fake"}}}}), "e.room.file.aliOSS.secret"),
            (
                json!({"room": {"segments": {"s3": {"session_token": "fake"}}}}),
                "e.room.segments.s3.session_token",
            ),
            (json!({"room": {"stream": {"urls": ["rtmp://x/fake"]}}}), "e.room.stream.urls.0"),
            (
                json!({"room": {"streamOutputs": [{"urls": ["rtmp://x/fake"]}]}}),
                "e.room.streamOutputs.0.urls.0",
            ),
            (json!({"room": {"stream_outputs": [{"protocol": "RTMP"}]}}), "e.room.stream_outputs.0"),
            (
                json!({"room": {"webhooks": [{"url": "https://x", "signingKey": "fake"}]}}),
                "e.room.webhooks.0.signingKey",
            ),
            (
                json!({"participant": {"fileOutputs": [{"s3": {"assumeRoleExternalId": "fake"}}]}}),
                "e.participant.fileOutputs.0.s3.assumeRoleExternalId",
            ),
            (json!({"tracks": {"s3": {"proxy": {"password": "fake"}}}}), "e.tracks.s3.proxy.password"),
            (
                json!({"tracks": {"gcp": {"proxy": {"url": "http://u:fake@proxy:3128"}}}}),
                "e.tracks.gcp.proxy.url",
            ),
        ] {
            assert_eq!(paths(&egress), [path]);
        }
    }

    #[test]
    fn settings_without_a_secret_pass() {
        let egress = json!({
            "room": {"layout": "grid", "customBaseUrl": "https://x/@me:1", "fileOutputs": [{"filepath": "a", "s3": {
                "accessKey": "AKIA", "secret": "", "bucket": "b", "metadata": {"secret": "label"},
                "proxy": {"url": "http://proxy:3128"}
            }}], "streamOutputs": [], "webhooks": [{"url": "https://x"}]},
            "tracks": {"filepath": "x", "s3": {"bucket": "b", "assumeRoleArn": "arn:x"}},
        });
        assert_eq!(paths(&egress), [""; 0]);
    }
}
