//! What a client makes of the answer.

use serde_json::{Map, Value};

use super::{Asked, Exchange, Target, token};
use crate::clock::Timestamp;
use crate::finding::Finding;
use crate::project::ServerUrl;
use crate::text::{beginning, redacted, visible};

/// The field of a token, in both of its spellings.
pub(super) const TOKEN: [&str; 2] = ["participant_token", "participantToken"];
/// The field of the server.
const SERVER: [&str; 2] = ["server_url", "serverUrl"];
/// Names under which samples and older starters answer a token. A client does not look there.
const OTHER_TOKENS: [&str; 5] = ["token", "accessToken", "access_token", "jwt", "participantJwt"];
const OTHER_SERVERS: [&str; 5] = ["url", "serverURL", "wsUrl", "livekitUrl", "ws_url"];

/// Whether the status is a yes.
pub(super) fn status(target: &Target, post: &Exchange) -> Finding {
    const ID: &str = "answer";
    let said = || {
        let words: String = post.body.trim().chars().take(160).collect();
        if words.is_empty() { String::new() } else { format!(": {}", visible(&redacted(&words))) }
    };
    match post.status {
        200..=299 => {
            let documented =
                if post.status == 201 { "" } else { "; the documentation says 201, clients take any 2xx" };
            Finding::ok(ID, format!("{} in {} ms{documented}", post.status, post.latency_ms))
        }
        300..=399 => {
            let to = beginning(post.header("location").unwrap_or("nowhere"), 100);
            Finding::failed(
                ID,
                format!("{} to {}: a redirect loses the POST", post.status, to),
                "give clients the address it leads to, often one with a slash more or less",
            )
        }
        401 | 403 => Finding::failed(
            ID,
            format!("{}{}", post.status, said()),
            format!("give what it asks for with --bearer-file, or allow {} there", target.origin),
        ),
        404 | 405 => Finding::failed(
            ID,
            format!("{}{}", post.status, said()),
            "a client sends POST to the very address it is given; answer it there",
        ),
        415 => Finding::failed(ID, format!("415{}", said()), "take Content-Type: application/json"),
        500..=599 => Finding::failed(ID, format!("{}{}", post.status, said()), "see the endpoint's own log"),
        other => Finding::failed(ID, format!("{other}{}", said()), "see the endpoint's own log"),
    }
}

/// The fields of the body, and the token in it.
pub(super) fn fields(target: &Target, post: &Exchange, now: Timestamp) -> Vec<Finding> {
    let map = match object(&post.body) {
        Ok(map) => map,
        Err((detail, hint)) => return vec![Finding::failed("body", detail, hint)],
    };
    let mut findings = vec![Finding::ok("body", "a JSON object")];
    findings.push(server(target, &map));
    match text(&map, TOKEN, OTHER_TOKENS) {
        Field::Is(name, token) => {
            findings.push(Finding::ok(TOKEN[0], format!("in {name}")));
            findings.extend(token::judge(target, token, now));
        }
        Field::Unawaited(name) => findings.push(Finding::failed(
            TOKEN[0],
            format!("{name} is an empty object: a promise that was not awaited"),
            "write await token.toJwt() in the endpoint",
        )),
        field => findings.push(missing(TOKEN[0], &field)),
    }
    findings
}

fn server(target: &Target, map: &Map<String, Value>) -> Finding {
    const ID: &str = SERVER[0];
    let given = match text(map, SERVER, OTHER_SERVERS) {
        Field::Is(_, given) => given,
        field => return missing(ID, &field),
    };
    let url = match ServerUrl::parse(given) {
        Ok(url) => url.value,
        Err(error) => return Finding::failed(ID, error.to_string(), error.hint()),
    };
    let shown = beginning(given, 100);
    if !given.contains("://") {
        return Finding::failed(ID, format!("{shown} has no scheme"), format!("answer {}", url.ws()));
    }
    if given.starts_with("http") {
        return Finding::warning(
            ID,
            format!("{shown}: not every client takes http"),
            format!("answer {}", url.ws()),
        );
    }
    if url.ws().starts_with("ws://") && !url.is_loopback() && target.is_secure() {
        return Finding::failed(
            ID,
            format!("{shown}: a page over https:// cannot connect to it"),
            "serve LiveKit over wss://",
        );
    }
    Finding::ok(ID, shown)
}

/// What stands in a field.
enum Field<'a> {
    /// A text, under this name.
    Is(&'static str, &'a str),
    /// `{}`.
    Unawaited(String),
    /// Something that is no text.
    WrongType(&'static str),
    /// Nothing there, but under a name that clients do not read.
    Elsewhere(&'static str),
    /// Nothing at all.
    Missing,
}

fn text<'a>(map: &'a Map<String, Value>, names: [&'static str; 2], others: [&'static str; 5]) -> Field<'a> {
    for name in names {
        match map.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.is_empty() => {}
            Some(Value::String(text)) => return Field::Is(name, text),
            Some(Value::Object(inner)) if inner.is_empty() => return Field::Unawaited(name.into()),
            Some(_) => return Field::WrongType(name),
        }
    }
    match others.into_iter().find(|name| map.contains_key(*name)) {
        Some(name) if map[name].as_object().is_some_and(Map::is_empty) => Field::Unawaited(name.into()),
        Some(name) => Field::Elsewhere(name),
        None => Field::Missing,
    }
}

fn missing(wanted: &'static str, field: &Field<'_>) -> Finding {
    let answer = format!("answer it as {wanted}");
    match field {
        Field::Elsewhere(name) => Finding::failed(
            wanted,
            format!(
                "it is answered as {name}, where a client does not look; it finds nothing and says nothing"
            ),
            answer,
        ),
        Field::WrongType(name) => {
            Finding::failed(wanted, format!("{name} is no text, so clients fail"), answer)
        }
        Field::Unawaited(name) => Finding::failed(wanted, format!("{name} is an empty object"), answer),
        Field::Missing | Field::Is(..) => {
            Finding::failed(wanted, "it is missing; a client says nothing and fails when it connects", answer)
        }
    }
}

/// The body as an object, or why it is none and what to do about it.
fn object(body: &str) -> Result<Map<String, Value>, (String, &'static str)> {
    const ANSWER: &str = "answer {\"server_url\": \"wss://...\", \"participant_token\": \"...\"}";
    let trimmed = body.trim();
    if trimmed.is_empty() {
        return Err(("it is empty, so clients fail".into(), ANSWER));
    }
    match serde_json::from_str(trimmed) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(Value::String(text)) if text.contains("eyJ") => {
            Err(("it is the token alone, as a JSON text".into(), ANSWER))
        }
        Ok(_) => Err(("it is JSON, but no object".into(), ANSWER)),
        Err(_) if trimmed.starts_with("eyJ") => {
            Err(("it is the token alone, so clients fail".into(), ANSWER))
        }
        Err(_) if trimmed.starts_with('<') => Err((
            "it is a web page, not JSON".into(),
            "the address is that of a page; give that of the endpoint",
        )),
        Err(_) => Err(("it is not JSON, so clients fail".into(), ANSWER)),
    }
}

/// What a client without options gets.
pub(super) fn empty(asked: &Asked) -> Finding {
    const ID: &str = "no options";
    match asked {
        Err(silence) => Finding::skipped(ID, silence.why.clone()),
        Ok(answer) if answer.is_success() => Finding::ok(ID, "an empty request gets a token too"),
        Ok(answer) if answer.status >= 500 => Finding::warning(
            ID,
            format!("an empty request ({{}}) is answered {}", answer.status),
            "every field is optional: make up a room and an identity, or answer 400 with a sentence",
        ),
        Ok(answer) => Finding::ok(ID, format!("an empty request is refused with {}", answer.status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_is_named_by_what_it_is() {
        for (body, want) in [
            ("", "it is empty"),
            ("eyJhbGciOiJIUzI1NiJ9.e30.x", "it is the token alone, so"),
            ("\"eyJhbGciOiJIUzI1NiJ9.e30.x\"", "as a JSON text"),
            ("<!doctype html>", "a web page"),
            ("[]", "no object"),
            ("hello", "not JSON"),
        ] {
            let (detail, hint) = object(body).unwrap_err();
            assert!(detail.contains(want) && !hint.is_empty(), "{body}: {detail}");
        }
        assert!(object(" {} ").is_ok());
    }
}
