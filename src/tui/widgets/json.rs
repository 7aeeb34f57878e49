//! JSON as lines: keys, values and punctuation coloured, times in words, the last change marked.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use serde_json::{Map, Value};

use crate::clock::{Timestamp, Zone, relative};
use crate::text::visible;
use crate::tui::theme::Theme;

/// One line of a JSON document, with the path of the value that begins on it (empty for closing lines).
#[derive(Clone, Debug, PartialEq)]
pub struct JsonLine {
    /// `video.canPublish`.
    pub path: String,
    /// How deep it stands, in steps.
    depth: usize,
    key: Option<String>,
    text: String,
    comma: bool,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Punctuation,
    Text,
    Bare,
    Time(Timestamp),
}

/// The document as lines, in the order of its keys.
#[must_use]
pub fn lines(object: &Map<String, Value>) -> Vec<JsonLine> {
    let mut out = Vec::new();
    write("", None, &Value::Object(object.clone()), 0, false, &mut out);
    out
}

fn write(path: &str, key: Option<&str>, value: &Value, depth: usize, comma: bool, out: &mut Vec<JsonLine>) {
    let line = |text: String, comma, kind| JsonLine {
        path: path.to_owned(),
        depth,
        key: key.map(str::to_owned),
        text,
        comma,
        kind,
    };
    let closing = |text: &str, comma| JsonLine {
        path: String::new(),
        key: None,
        ..line(text.into(), comma, Kind::Punctuation)
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push(line("{".into(), false, Kind::Punctuation));
            for (i, (name, inner)) in map.iter().enumerate() {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                write(&path, Some(name), inner, depth + 1, i + 1 < map.len(), out);
            }
            out.push(closing("}", comma));
        }
        // A list of plain values reads best on one line.
        Value::Array(items) if items.iter().any(|v| v.is_object() || v.is_array()) => {
            out.push(line("[".into(), false, Kind::Punctuation));
            for (i, inner) in items.iter().enumerate() {
                write(&format!("{path}.{i}"), None, inner, depth + 1, i + 1 < items.len(), out);
            }
            out.push(closing("]", comma));
        }
        Value::Array(items) => {
            let inner: Vec<String> = items.iter().map(ToString::to_string).collect();
            out.push(line(format!("[{}]", inner.join(", ")), comma, Kind::Text));
        }
        Value::String(_) => out.push(line(value.to_string(), comma, Kind::Text)),
        Value::Number(n) => {
            let is_time = matches!(path, "iat" | "nbf" | "exp");
            let kind = match n.as_f64().filter(|_| is_time) {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "`as` saturates, and a time is shown whole"
                )]
                Some(seconds) => Kind::Time(Timestamp::from_unix(seconds as i64)),
                None => Kind::Bare,
            };
            out.push(line(n.to_string(), comma, kind));
        }
        other => out.push(line(other.to_string(), comma, Kind::Bare)),
    }
}

impl JsonLine {
    /// The line as it is drawn. `changed` is the path to mark as the last change.
    #[must_use]
    pub fn draw(&self, theme: Theme, now: Timestamp, zone: &Zone, changed: Option<&str>) -> Line<'static> {
        let mut spans = vec![Span::raw("  ".repeat(self.depth))];
        if let Some(key) = &self.key {
            spans.push(Span::styled(
                visible(&Value::from(key.as_str()).to_string()).into_owned(),
                theme.key(),
            ));
            spans.push(Span::styled(": ", theme.dim()));
        }
        let style = match self.kind {
            Kind::Punctuation => theme.dim(),
            Kind::Text => Style::new(),
            Kind::Bare | Kind::Time(_) => theme.good(),
        };
        spans.push(Span::styled(visible(&self.text).into_owned(), style));
        if self.comma {
            spans.push(Span::styled(",", theme.dim()));
        }
        let mut line = Line::from(spans);
        if let Kind::Time(at) = self.kind {
            // One column for all three times, whatever their width.
            let pad = 22_usize.saturating_sub(line.width()).max(2);
            let said = match self.path.as_str() {
                "exp" => format!("{} {} {}", zone.said(at, now), theme.dot(), relative(at, now)),
                _ => zone.time_of_day(at),
            };
            line.push_span(Span::styled(format!("{}{said}", " ".repeat(pad)), theme.dim()));
        } else if changed.is_some_and(|path| path == self.path) {
            line.push_span(Span::styled(format!("  {} changed", theme.arrow()), theme.warning()));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(json: &str, changed: Option<&str>) -> Vec<String> {
        let Ok(Value::Object(map)) = serde_json::from_str(json) else { panic!("{json}") };
        let now = Timestamp::from_unix(1_795_531_327);
        lines(&map).iter().map(|l| l.draw(Theme::default(), now, &Zone::utc(), changed).to_string()).collect()
    }

    #[test]
    fn the_document_reads_as_json_with_times_in_words() {
        assert_eq!(
            drawn(
                r#"{"iss":"K","exp":1795534927,"video":{"roomJoin":true,"canPublishSources":["camera"]},"a":[{}]}"#,
                Some("video.roomJoin")
            ),
            [
                "{",
                "  \"iss\": \"K\",",
                "  \"exp\": 1795534927,  15:42 · in 1 h",
                "  \"video\": {",
                "    \"roomJoin\": true,  ← changed",
                "    \"canPublishSources\": [\"camera\"]",
                "  },",
                "  \"a\": [",
                "    {}",
                "  ]",
                "}",
            ]
        );
    }

    #[test]
    fn nothing_in_it_reaches_the_terminal_as_a_command() {
        let text = drawn("{\"\u{202e}k\":\"\\u001b[2J\u{9b}\"}", None).join("");
        assert!(!text.contains(crate::text::is_unprintable), "{text:?}");
    }
}
