//! A server's answer, in words for people. The command line and the screens say the same ones.

use std::borrow::Cow;

use super::reading::Received;
use super::{About, Reading, Skew};
use crate::text::{redact, visible};

/// The longest that a server's words are kept, in characters.
const LONGEST_WORDS: usize = 300;

/// A server's answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// What was asked.
    pub about: About,
    /// The HTTP status.
    pub status: u16,
    /// The server's words, cut short, without control characters and without a token. Of a web page its title, of a
    /// list nothing.
    pub words: String,
    /// From the start to the head of the answer, connecting included, in milliseconds.
    pub latency_ms: u64,
    /// How far the clocks are apart, if the server said its time.
    pub skew: Option<Skew>,
    /// What it means.
    pub reading: Reading,
}

impl CheckReport {
    /// Yes, no, or none of both: whether the server accepted what was sent.
    #[must_use]
    pub const fn accepted(&self) -> Option<bool> {
        self.reading.accepted()
    }

    /// The answer in one sentence, without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.reading.sentence(&self.about, &self.words)
    }

    /// The evidence behind the sentence: `200 OK, 12 ms, clock 0 s apart`.
    #[must_use]
    pub fn evidence(&self) -> String {
        let words = if self.words.is_empty() { String::new() } else { format!(" {}", self.words) };
        let skew = self.skew.map_or_else(String::new, |skew| format!(", {}", skew.said()));
        format!("{}{words}, {} ms{skew}", self.status, self.latency_ms)
    }

    /// What to do about it; empty for a yes.
    #[must_use]
    pub fn hint(&self) -> String {
        self.reading.hint().into()
    }

    /// What is to be said beside it where another answer was expected. Nothing where the answer is neither yes nor no.
    #[must_use]
    pub fn surprise(&self, expected: Expected) -> Option<&'static str> {
        Some(match (self.accepted()?, expected, &self.reading) {
            (true, Expected::WrongSecret, _) => {
                "roomkey expected a no: the secret that the server has is another than the stored one"
            }
            (true, Expected::No, _) => {
                "roomkey expected a no: the server is of another version, or its clock differs"
            }
            (false, Expected::Yes, Reading::UnknownKey) => {
                "roomkey expected a yes: the project has this key, the server asked does not"
            }
            (false, Expected::Yes, Reading::WrongSecret) => {
                "roomkey expected a yes: the secret that the server has is another than the stored one"
            }
            (false, Expected::Yes, Reading::Expired | Reading::NotYet) => {
                "roomkey expected a yes: by this machine's clock it is good, so compare the clocks"
            }
            (false, Expected::Yes, _) => {
                "roomkey expected a yes: the server knows a reason that the token does not show"
            }
            _ => return None,
        })
    }
}

/// What roomkey would have answered in the server's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Yes.
    Yes,
    /// No, since the stored secret did not make the signature.
    WrongSecret,
    /// No, for another reason.
    No,
}

/// The server's words, fit to be shown: without the token, without another token, one line.
pub(super) fn words(received: &Received<'_>, reading: &Reading, about: &About, token: &str) -> String {
    let list = !matches!(about, About::Key | About::Join);
    if list && *reading == Reading::Accepted {
        return String::new();
    }
    let message = match serde_json::from_str::<serde_json::Value>(received.body) {
        Ok(serde_json::Value::Object(object)) => {
            object.get("msg").and_then(serde_json::Value::as_str).map(str::to_owned)
        }
        _ => None,
    };
    let mut text: Cow<'_, str> = match message {
        Some(message) => message.into(),
        None if received.is_page() => title(received.body).into(),
        None => received.body.into(),
    };
    // Servers up to v1.13.5 repeat the token; its parts are as confidential as the whole.
    for part in std::iter::once(token).chain(token.split('.')).filter(|part| part.len() > 12) {
        if text.contains(part) {
            text = text.replace(part, "(hidden)").into();
        }
    }
    let text = redact(&text);
    let text = visible(text.trim());
    let mut short: String = text.chars().take(LONGEST_WORDS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The title of a page, if it has one.
fn title(page: &str) -> &str {
    let lower = page.to_ascii_lowercase();
    let begin = lower.find("<title>").map(|at| at + "<title>".len());
    let found = begin.and_then(|begin| Some(&page[begin..begin + lower[begin..].find("</title>")?]));
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(content_type: &str, body: &str, token: &str) -> String {
        let received = Received { status: 401, location: None, content_type, body };
        words(&received, &Reading::Refused, &About::Key, token)
    }

    #[test]
    fn an_echoed_token_is_hidden_whole_or_in_parts() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJjYW5hcnkifQ.ZmFrZS1jYW5hcnktc2ln";
        let body = format!("invalid token: {token}, error\x1b[2J ZmFrZS1jYW5hcnktc2ln");
        assert_eq!(said("text/plain", &body, token), "invalid token: (hidden), error\\u{1b}[2J (hidden)");
    }

    #[test]
    fn of_a_page_only_the_title_is_said_and_of_json_the_message() {
        assert_eq!(said("text/html", "<h1>x</h1>", "t"), "");
        assert_eq!(said("", "<!DOCTYPE html><TITLE>502 Bad\nGateway</title>", "t"), "502 Bad\\nGateway");
        assert_eq!(said("", r#"{"code":"x","msg":"permissions denied"}"#, "t"), "permissions denied");
    }

    #[test]
    fn what_was_not_expected_is_remarked_on_and_what_says_nothing_is_not() {
        let report = |reading| CheckReport {
            about: About::Join,
            status: 0,
            words: String::new(),
            latency_ms: 0,
            skew: None,
            reading,
        };
        let said = |reading, expected| report(reading).surprise(expected).unwrap_or_default();
        assert!(said(Reading::Accepted, Expected::No).contains("of another version"));
        assert!(said(Reading::Accepted, Expected::WrongSecret).contains("another than the stored one"));
        assert!(said(Reading::WrongSecret, Expected::Yes).contains("another than the stored one"));
        assert!(said(Reading::UnknownKey, Expected::Yes).contains("the server asked does not"));
        assert!(said(Reading::Expired, Expected::Yes).contains("compare the clocks"));
        assert!(said(Reading::NotPermitted, Expected::Yes).contains("does not show"));
        for (reading, expected) in [
            (Reading::Accepted, Expected::Yes),
            (Reading::Expired, Expected::No),
            (Reading::WrongSecret, Expected::WrongSecret),
            (Reading::Busy, Expected::Yes),
            (Reading::NotLooking, Expected::No),
        ] {
            assert_eq!(said(reading.clone(), expected), "", "{reading:?}");
        }
    }
}
