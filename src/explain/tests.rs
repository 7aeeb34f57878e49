use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::claims::draft::Draft;
use crate::project::{ApiKey, ApiSecret};
use crate::token::sign;

const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

/// The texts of semantics.md section 3, each with the id that is to explain it.
const SERVER_TEXTS: &[(&str, &str)] = &[
    // The token itself, HTTP 401.
    ("invalid authorization header. Must start with Bearer ", "header-not-bearer"),
    ("invalid authorization token", "token-unreadable"),
    ("invalid API key", "key"),
    ("invalid authorization token: token signature is invalid: signing method HS384 is invalid", "alg"),
    ("invalid authorization token: token signature is invalid: signing method none is invalid", "alg"),
    ("invalid authorization token: token signature is invalid: signature is invalid", "signature"),
    (
        "invalid authorization token: token is malformed: could not JSON decode claim: json: cannot unmarshal string into Go struct field Claims.video.canPublish of type bool",
        "types",
    ),
    (
        "invalid authorization token: token has invalid claims: token is missing required claim: exp claim is required",
        "exp-present",
    ),
    ("invalid authorization token: token has invalid claims: token is expired", "not-expired"),
    ("invalid authorization token: token has invalid claims: token is not valid yet", "already-valid"),
    // The join.
    ("no permissions to access the room", "no-room-permission"),
    ("join_request is required", "join-request-missing"),
    ("permissions denied", "permissions-denied"),
    ("identity cannot be empty", "join-no-identity"),
    ("participant identity length exceeds limits: max length 256", "identity-long"),
    ("no room name", "join-no-room"),
    ("room name length exceeds limits: max length 256", "room-long"),
    ("requested room does not exist", "room-not-found"),
    ("node has exceeded its configured limit", "node-full"),
    ("connection closed by media", "session-failed"),
    ("JOIN_FAILURE", "room-full"),
    // WHIP.
    (r#"{"error":"room name cannot be empty"}"#, "join-no-room"),
    (r#"{"error":"identity cannot be empty"}"#, "join-no-identity"),
    (r#"{"error":"participant identity cannot be empty"}"#, "join-no-identity"),
    (r#"{"error":"no permissions to access the room"}"#, "no-room-permission"),
    // Twirp, section 2.
    (r#"{"code":"unauthenticated","msg":"permissions denied"}"#, "permissions-denied"),
    // After the join.
    ("DUPLICATE_IDENTITY", "identity-reuse"),
    // At the server's start.
    ("secret is too short, should be at least 32 characters for security", "secret-short"),
    ("credentials found in token", "config-secret"),
    ("InsecureKeyLengthWarning", "secret-short"),
    ("431", "token-big"),
    ("took 431 ms", ""),
    ("HTTP/1.1 431 Request Header Fields Too Large", "token-big"),
    ("414 Request-URI Too Large", "token-big"),
    // Up to v1.13.5.
    ("invalid API key: APIfakeRoomkey1", "key"),
    ("invalid token: TOKEN, error: token has invalid claims: token is expired", "not-expired"),
    ("invalid token: TOKEN, error: token signature is invalid: signature is invalid", "signature"),
    ("invalid token: TOKEN, error: ", "token-refused"),
    // Before v1.13.0.
    ("invalid token: TOKEN, error: go-jose/go-jose: error in cryptographic primitive", "signature"),
    ("invalid token: TOKEN, error: square/go-jose: error in cryptographic primitive", "signature"),
    (
        "invalid token: TOKEN, error: go-jose/go-jose/jwt: validation failed, token is expired (exp)",
        "not-expired",
    ),
    (
        "invalid token: TOKEN, error: go-jose/go-jose/jwt: validation failed, token not valid yet (nbf)",
        "already-valid",
    ),
    // Before v1.12.0, livekit/livekit#3898.
    ("invalid token: TOKEN, error: proto:\u{a0}(line 1:17): unknown field \"metadata\"", "unknown-field"),
];

/// What SDKs, clients and networks say, as their programs printed it.
const OTHER_TEXTS: &[(&str, &str)] = &[
    ("JWTExpired [ERR_JWT_EXPIRED]: \"exp\" claim timestamp check failed", "not-expired"),
    ("JWTClaimValidationFailed: missing required \"exp\" claim", "exp-present"),
    ("JWTClaimValidationFailed: missing required \"iss\" claim", "no-iss"),
    ("JWTClaimValidationFailed: unexpected \"iss\" claim value", "unknown-api-key"),
    ("JWTClaimValidationFailed: \"nbf\" claim timestamp check failed", "already-valid"),
    ("JWSSignatureVerificationFailed: signature verification failed", "signature"),
    ("JWSInvalid: Invalid Compact JWS", "not-a-jwt"),
    (
        "TypeError: Key for the none algorithm must be one of type KeyObject, CryptoKey, or JSON Web Key.",
        "alg",
    ),
    ("Error: api-key and api-secret must be set", "keys-missing"),
    ("Error: identity is required for join but not set", "join-no-identity"),
    ("TypeError: Cannot convert TrackSource camera to string", "source-as-text"),
    ("TypeError: Invalid time period format", "ttl-format"),
    ("JWTInvalid: JWTs must use Compact JWS serialization, JWT must be a string", "forgot-await"),
    (r#"{"token":{}}"#, "forgot-await"),
    ("Error: sha256 checksum of body does not match", "webhook-body"),
    ("Error: authorization header is empty", "webhook-no-header"),
    ("jwt.exceptions.ExpiredSignatureError: Signature has expired", "not-expired"),
    ("jwt.exceptions.MissingRequiredClaimError: Token is missing the \"exp\" claim", "exp-present"),
    ("jwt.exceptions.MissingRequiredClaimError: Token is missing the \"iss\" claim", "no-iss"),
    ("jwt.exceptions.InvalidIssuerError: Invalid issuer", "unknown-api-key"),
    ("jwt.exceptions.ImmatureSignatureError: The token is not yet valid (nbf)", "already-valid"),
    ("jwt.exceptions.ImmatureSignatureError: The token is not yet valid (iat)", "clock"),
    ("jwt.exceptions.InvalidSubjectError: Subject must be a string", "types"),
    ("jwt.exceptions.InvalidAlgorithmError: The specified alg value is not allowed", "alg"),
    ("jwt.exceptions.InvalidSignatureError: Signature verification failed", "signature"),
    ("jwt.exceptions.InvalidAudienceError: Invalid audience", "aud"),
    ("jwt.exceptions.DecodeError: Invalid header padding", "not-a-jwt"),
    ("AttributeError: 'NoneType' object has no attribute 'items'", "types"),
    (
        "google.protobuf.json_format.ParseError: Failed to parse emptyTimeout field: invalid literal for int() with base 10: 'soon'.",
        "types",
    ),
    (
        "InsecureKeyLengthWarning: The HMAC key is 6 bytes long, which is below the minimum recommended length of 32 bytes for SHA256.",
        "secret-short",
    ),
    ("ValueError: identity and room must be set when joining a room", "identity-or-room-missing"),
    ("ValueError: api_key and api_secret must be set", "keys-missing"),
    ("ValueError: url must be set", "url-missing"),
    ("ServerError(code=unauthenticated, message=permissions denied, status=401)", "permissions-denied"),
    (
        "Cannot connect to host 127.0.0.1:1 ssl:default [Connect call failed ('127.0.0.1', 1)]",
        "connection-refused",
    ),
    (
        "Error: InvalidClaims(\"token grants room_join but doesn't have an identity or room\")",
        "identity-or-room-missing",
    ),
    (
        "invalid claims: token grants room_join but doesn't have an identity or room",
        "identity-or-room-missing",
    ),
    ("Error(ExpiredSignature)", "not-expired"),
    ("Invalid API Key or Secret Key", "keys-missing"),
    ("JSON error: missing field `call` at line 1 column 9", "sip-half"),
    ("failed to verify the authorization: InvalidSignature", "signature"),
    ("signal failure: client error: 401 - no permissions to access the room", "no-room-permission"),
    ("room configuration should not contain sensitive credentials", "config-secret"),
    ("missing API key or secret key", "keys-missing"),
    ("could not verify authenticity of message", "webhook-body"),
    (
        "Error generating token from endpoint http://localhost:3000/token: received 403 / {\"error\":\"ttl above 1h\"}",
        "endpoint-refused",
    ),
    (
        "ConnectionError: could not establish signal connection: room connection has timed out (signal)",
        "signal-timeout",
    ),
    ("ConnectionError: could not establish pc connection", "media-failed"),
    ("Could not fetch region settings: Unauthorized", "regions-failed"),
    ("v1 RTC path not found. Consider upgrading your LiveKit server version", "server-too-old"),
    ("WebSocket connection to 'wss://acme.livekit.cloud/rtc?access_token=TOKEN' failed:", "signal-failed"),
    (
        "SecurityError: Failed to construct 'WebSocket': An insecure WebSocket connection may not be initiated from a page loaded over HTTPS.",
        "insecure-from-secure-page",
    ),
    ("POST http://localhost:3000/token net::ERR_CONNECTION_REFUSED", "connection-refused"),
    ("TypeError: fetch failed { cause: Error: connect ECONNREFUSED 127.0.0.1:7880 }", "connection-refused"),
    ("dial tcp: lookup acme.livekit.clod: no such host", "host-not-found"),
    ("tls: first record does not look like a TLS handshake", "tls-to-plain"),
    ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1016)", "tls-to-plain"),
    ("Client sent an HTTP request to an HTTPS server.", "plain-to-tls"),
    ("invalid peer certificate: UnknownIssuer", "certificate"),
    (
        "Access to fetch at 'http://localhost:7878/token' from origin 'http://localhost:5173' has been blocked by CORS policy",
        "endpoint-unreachable",
    ),
    ("Unexpected server response: 401", "unauthorized"),
    ("PublishTrackError: failed to publish track, insufficient permissions", "publish-denied"),
    ("does not have permission to update own metadata", "update-own"),
    ("WebSocket is closed before the connection is established.", "client-left"),
    ("DisconnectReason.PARTICIPANT_REMOVED", "participant-removed"),
];

fn token() -> String {
    let mut draft = Draft { identity: "alice".into(), ..Draft::default() };
    draft.lay_grant(r#"{"roomJoin": true, "room": "demo"}"#).unwrap();
    let key = ApiKey::parse("APIfakeRoomkey1").unwrap().value;
    sign(&draft.claims(&key, NOW), &ApiSecret::dev()).unwrap().expose().to_owned()
}

/// Everything that is shown of an explanation.
fn shown(explanation: &Explanation) -> String {
    let mut out = format!("{:?}", explanation.token);
    for found in &explanation.matches {
        out.push_str(&format!("{found:?}{:?}", found.entry.said().collect::<Vec<_>>()));
    }
    out
}

#[test]
fn every_text_of_the_server_and_of_others_is_explained_by_its_cause() {
    for (text, id) in SERVER_TEXTS.iter().chain(OTHER_TEXTS) {
        let text = text.replace("TOKEN", &token());
        let explanation = explain(&text, NOW);
        let first = explanation.matches.first().map_or("", |first| first.entry.id);
        assert_eq!(first, *id, "{text}");
        assert!(!shown(&explanation).contains("eyJ"), "{text}");
    }
}

#[test]
fn every_id_of_every_table_is_explained_once_with_cause_and_cure() {
    let mut seen = HashSet::new();
    for entry in entries() {
        assert!(seen.insert(entry.id), "{} is there twice", entry.id);
        assert!(
            entry.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{}",
            entry.id
        );
        assert!(!entry.title.is_empty() && !entry.title.ends_with('.'), "{}", entry.id);
        for sentence in [&entry.cause, &entry.cure] {
            assert!(sentence.ends_with('.') && sentence.len() > 8, "{}: {sentence}", entry.id);
        }
    }
    let rules = RULES.iter().map(|rule| rule.id);
    let ids = rules.chain(QUESTIONS.iter().map(|q| q.id)).chain(KINDS.iter().map(|k| k.id));
    for id in ids.chain(MESSAGES.iter().map(|message| message.id)) {
        let explanation = explain(id, NOW);
        assert_eq!(explanation.matches[0].entry.id, id);
        assert_eq!(explanation.matches.len(), 1, "{id}");
    }
}

#[test]
fn every_message_is_said_by_somebody_and_every_wording_has_its_entry() {
    for (id, text, by) in finder::wordings() {
        assert!(entry(id).is_some(), "{text} is explained by {id}, which is not there");
        assert!(!by.is_empty());
    }
    for message in MESSAGES {
        assert!(entry(message.id).unwrap().said().next().is_some(), "nobody says {}", message.id);
    }
}

#[test]
fn a_slip_in_an_id_is_understood() {
    assert_eq!(nearest("ttl-lnog"), Some("ttl-long"));
    assert_eq!(nearest("notexpired"), Some("not-expired"));
    assert_eq!(nearest("zebra"), None);
    assert_eq!(explain("[TTL-long]", NOW).matches[0].entry.id, "ttl-long");
    assert!(explain("", NOW).matches.is_empty());
}

#[test]
fn of_several_messages_the_most_telling_comes_first() {
    let log = "\u{1b}[2m10:00:01\u{1b}[0m INFO connecting\n\
               10:00:02 WARN WebSocket connection to 'wss://x/rtc' failed:\n\
               10:00:02 ERROR ConnectionError: could not establish signal connection\n\
               GET https://x/rtc/validate 401 (Unauthorized)\n\
               no permissions to access the room\n\
               invalid authorization token: token has invalid claims:\n  token is expired\n\
               warning: it is valid for 30 days [ttl-long]";
    let ids: Vec<&str> = explain(log, NOW).matches.iter().map(|found| found.entry.id).collect();
    assert_eq!(ids, ["not-expired", "no-room-permission", "ttl-long"]);
}

#[test]
fn json_inside_json_is_read() {
    let text = r#"{"level":"error","err":"{\"code\":\"unauthenticated\",\"msg\":\"permissions denied\"}"}"#;
    assert_eq!(explain(text, NOW).matches[0].entry.id, "permissions-denied");
}

#[test]
fn the_claim_that_a_message_names_is_named() {
    for (text, claim) in [
        (
            "json: cannot unmarshal string into Go struct field Claims.video.canPublish of type bool",
            Some("video.canPublish"),
        ),
        (
            "json: cannot unmarshal number into Go struct field Claims.attributes.n of type string",
            Some("attributes"),
        ),
        (
            "json: cannot unmarshal number into Claims.video.canPublishSources.0 of type string",
            Some("video.canPublishSources"),
        ),
        (
            "proto: (line 1:17): invalid value for uint32 field emptyTimeout: \"soon\"",
            Some("roomConfig.emptyTimeout"),
        ),
        ("json: cannot unmarshal string into Go struct field Claims.fakeSecret of type bool", None),
    ] {
        let explanation = explain(text, NOW);
        assert_eq!(
            (explanation.matches[0].entry.id, explanation.matches[0].claim),
            ("types", claim),
            "{text}"
        );
    }
}

#[test]
fn a_token_in_the_text_is_taken_apart_where_it_names_the_cause() {
    let said = |text: String, now: Timestamp| explain(&text, now).token;
    let expired = said(format!("invalid token: {}, error: ", token()), NOW.plus(9_000)).unwrap();
    assert!(expired.contains("it expired 1 h 30 min ago"), "{expired}");
    // An old log's token is expired by now, which was not why.
    let other = "error: token signature is invalid: signature is invalid";
    assert_eq!(said(format!("invalid token: {}, {other}", token()), NOW.plus(90_000)), None);
    assert_eq!(said(format!("permissions denied {}", token()), NOW), None);
    let mut draft = Draft { identity: "alice".into(), ..Draft::default() };
    draft.lay_grant(r#"{"roomJoin": true, "roomName": "demo"}"#).unwrap();
    let misspelt = sign(&draft.claims(&ApiKey::dev(), NOW), &ApiSecret::dev()).unwrap();
    let said = said(format!("no room name ?access_token={}", misspelt.expose()), NOW).unwrap();
    assert!(said.contains("no room; ") && said.contains("roomName"), "{said}");
}

#[test]
fn no_token_and_no_secret_comes_out_whatever_goes_in() {
    let secret = "fakeSecret0123456789abcdefghijklmnopqrstuv";
    let key = ApiKey::parse(secret).unwrap().value;
    let mut draft = Draft { identity: secret.into(), ..Draft::default() };
    draft.lay_grant(&format!(r#"{{"roomJoin": true, "{secret}": "x"}}"#)).unwrap();
    let token = sign(&draft.claims(&key, NOW), &ApiSecret::dev()).unwrap();
    for text in [
        format!("invalid token: {}, error: x", token.expose()),
        format!("invalid API key: {secret}"),
        format!("LIVEKIT_API_SECRET={secret}\npermissions denied\n{}", token.expose()),
        format!("{} JOIN_FAILURE [{secret}] Claims.{secret}", token.expose()),
    ] {
        for now in [NOW, NOW.plus(90_000)] {
            let shown = shown(&explain(&text, now));
            assert!(!shown.contains(secret) && !shown.contains("eyJ"), "{shown}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_and_mutated_texts_never_panic_and_never_show_a_token(
        which in any::<prop::sample::Index>(),
        noise in "\\PC{0,200}",
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        at in any::<prop::sample::Index>(),
        times in 1_usize..60,
    ) {
        let texts = [SERVER_TEXTS, OTHER_TEXTS].concat();
        let text = texts[which.index(texts.len())].0.replace("TOKEN", &token());
        let cut = (0..=at.index(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let bytes = String::from_utf8_lossy(&bytes);
        let mut mutated = format!("{}{noise}{bytes}{}\u{1b}[31m", &text[..cut], &text[cut..]).repeat(times);
        let end = (0..=mutated.len().min(64 << 10)).rev().find(|at| mutated.is_char_boundary(*at)).unwrap();
        mutated.truncate(end);
        let explanation = explain(&mutated, NOW);
        prop_assert!(!shown(&explanation).contains("eyJ"));
        if let Some(token) = &explanation.token {
            prop_assert!(!token.contains(crate::text::is_unprintable));
        }
    }
}

#[test]
fn of_a_token_that_no_server_reads_it_is_told_why_and_what_to_do() {
    let token = format!("eyJhbGciOiJIUzI1NiJ9.eyJuYW1lIjoi{}.c2ln", "AAAA".repeat(1 << 19));
    let said = explain(&format!("ERROR {token}"), NOW).token.unwrap();
    assert!(said.contains("no server reads more than 1 MiB") && said.contains("put less into it"), "{said}");
}
