//! JSON as lines: keys, values and punctuation coloured, times in words, the last change marked.
//!
//! A line keeps as much of its key and its text as a terminal could show: a token of a megabyte in one text is no
//! more to draw than any other.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::clock::{Timestamp, Zone, relative};
use crate::text::visible;
use crate::token::inspect::json::{Items, Json, Kind as Is, Members, Node};
use crate::tui::theme::Theme;

/// The most characters of a key or a text that are kept: more than a line of any terminal has columns.
const LONGEST: usize = 512;

/// The most bytes of a path that are kept.
const LONGEST_PATH: usize = 256;

/// One line of a JSON document, with the path of the value that begins on it (empty for closing lines).
#[derive(Clone, Debug, PartialEq)]
pub struct JsonLine {
    /// `video.canPublish`. Of a path that is longer than any name the beginning, see [`short_path`].
    pub path: String,
    /// How deep it stands, in steps.
    depth: usize,
    /// In quotes and printable.
    key: Option<String>,
    /// Printable.
    text: Cow<'static, str>,
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
pub fn lines(json: &Json) -> Vec<JsonLine> {
    let mut out = Vec::new();
    write(String::new(), None, json.root(), 0, false, &mut out);
    out
}

/// A path as the lines have it: cut where it is longer than any that means something. Every line below a key of
/// a megabyte would else have that megabyte in its path.
#[must_use]
pub fn short_path(path: &str) -> Cow<'_, str> {
    if path.len() <= LONGEST_PATH {
        return Cow::Borrowed(path);
    }
    let end = (0..=LONGEST_PATH).rev().find(|at| path.is_char_boundary(*at)).unwrap_or(0);
    Cow::Owned(format!("{}…", &path[..end]))
}

/// The path of what is `depth` steps down. Nothing that means something stands deeper than some steps.
fn below(path: &str, name: &str, depth: usize) -> String {
    const DEEPEST: usize = 12;
    match path {
        "" => short_path(name).into_owned(),
        _ if path.ends_with('…') => path.to_owned(),
        _ if depth > DEEPEST => format!("{path}…"),
        _ if path.len() + name.len() < LONGEST_PATH => [path, ".", name].concat(),
        _ => short_path(&format!("{path}.{}", short_path(name))).into_owned(),
    }
}

/// Sets the time of a claim at the top, if it has a line.
pub fn set_time(lines: &mut [JsonLine], claim: &str, at: Timestamp) {
    if let Some(line) = lines.iter_mut().find(|line| line.depth == 1 && line.path == claim) {
        line.text = at.as_unix().to_string().into();
        line.kind = Kind::Time(at);
    }
}

/// A text in quotes, printable and cut.
fn quoted(text: &str) -> String {
    let end = if text.len() > LONGEST { text.char_indices().nth(LONGEST).map(|(end, _)| end) } else { None };
    let json = serde_json::to_string(&text[..end.unwrap_or(text.len())]).unwrap_or_default();
    let mut out = match visible(&json) {
        Cow::Borrowed(_) => json,
        Cow::Owned(visible) => visible,
    };
    if end.is_some() {
        out.pop();
        out.push('…');
    }
    out
}

/// A list of plain values in one line, as far as a line goes.
fn listed(items: Items<'_>) -> String {
    let mut out = String::from("[");
    for (i, item) in items.enumerate() {
        if out.len() > LONGEST {
            out.push('…');
            return out;
        }
        if i > 0 {
            out.push_str(", ");
        }
        match item.kind() {
            Is::Text(text) => out.push_str(&quoted(&text.read())),
            Is::Number(digits) => out.push_str(&digits.number().to_string()),
            Is::Bool(true) => out.push_str("true"),
            Is::Bool(false) => out.push_str("false"),
            Is::Null | Is::List(_) | Is::Object(_) => out.push_str("null"),
        }
    }
    out.push(']');
    out
}

fn opening(path: String, key: Option<&str>, text: impl Into<Cow<'static, str>>, depth: usize) -> JsonLine {
    JsonLine { path, depth, key: key.map(quoted), text: text.into(), comma: false, kind: Kind::Punctuation }
}

fn closing(text: &'static str, depth: usize, comma: bool) -> JsonLine {
    JsonLine {
        path: String::new(),
        depth,
        key: None,
        text: Cow::Borrowed(text),
        comma,
        kind: Kind::Punctuation,
    }
}

fn write_object(
    path: &str,
    key: Option<&str>,
    members: Members<'_>,
    depth: usize,
    comma: bool,
    out: &mut Vec<JsonLine>,
) {
    out.push(opening(path.to_owned(), key, "{", depth));
    let mut members = members.peekable();
    while let Some((name, inner)) = members.next() {
        let name = name.read();
        write(below(path, &name, depth), Some(&name), inner, depth + 1, members.peek().is_some(), out);
    }
    out.push(closing("}", depth, comma));
}

fn write(
    path: String,
    key: Option<&str>,
    value: Node<'_>,
    depth: usize,
    comma: bool,
    out: &mut Vec<JsonLine>,
) {
    let line = |path: String, text: Cow<'static, str>, kind| JsonLine {
        comma,
        kind,
        ..opening(path, key, text, depth)
    };
    match value.kind() {
        Is::Object(members) if members.clone().next().is_some() => {
            write_object(&path, key, members, depth, comma, out);
        }
        // A list of plain values reads best on one line.
        Is::List(items) if items.clone().any(|item| matches!(item.kind(), Is::Object(_) | Is::List(_))) => {
            out.push(opening(path.clone(), key, "[", depth));
            let mut items = items.enumerate().peekable();
            while let Some((i, inner)) = items.next() {
                let path = below(&path, &i.to_string(), depth);
                write(path, None, inner, depth + 1, items.peek().is_some(), out);
            }
            out.push(closing("]", depth, comma));
        }
        Is::List(items) => out.push(line(path, listed(items).into(), Kind::Text)),
        Is::Text(text) => out.push(line(path, quoted(&text.read()).into(), Kind::Text)),
        Is::Number(digits) => {
            let n = digits.number();
            let is_time = matches!(path.as_str(), "iat" | "nbf" | "exp");
            let kind = match n.as_f64().filter(|_| is_time) {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "`as` saturates, and a time is shown whole"
                )]
                Some(seconds) => Kind::Time(Timestamp::from_unix(seconds as i64)),
                None => Kind::Bare,
            };
            out.push(line(path, n.to_string().into(), kind));
        }
        Is::Object(_) => out.push(line(path, Cow::Borrowed("{}"), Kind::Bare)),
        Is::Bool(true) => out.push(line(path, Cow::Borrowed("true"), Kind::Bare)),
        Is::Bool(false) => out.push(line(path, Cow::Borrowed("false"), Kind::Bare)),
        Is::Null => out.push(line(path, Cow::Borrowed("null"), Kind::Bare)),
    }
}

impl JsonLine {
    /// The line as it is drawn. `changed` is the path to mark as the last change.
    #[must_use]
    pub fn draw(&self, theme: Theme, now: Timestamp, zone: &Zone, changed: Option<&str>) -> Line<'static> {
        let mut spans = vec![Span::raw("  ".repeat(self.depth))];
        if let Some(key) = &self.key {
            spans.push(Span::styled(key.clone(), theme.key()));
            spans.push(Span::styled(": ", theme.dim()));
        }
        let style = match self.kind {
            Kind::Punctuation => theme.dim(),
            Kind::Text => Style::new(),
            Kind::Bare | Kind::Time(_) => theme.good(),
        };
        spans.push(Span::styled(self.text.clone(), style));
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

    fn read(json: &str) -> Json {
        Json::of(&serde_json::from_str::<serde_json::Value>(json).unwrap())
    }

    fn drawn(json: &str, changed: Option<&str>) -> Vec<String> {
        let map = read(json);
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
    fn a_line_keeps_no_more_than_a_terminal_shows() {
        let (long, many) = ("é".repeat(1 << 20), vec!["\"v\""; 100_000].join(","));
        for json in [
            format!(r#"{{"k":"{long}"}}"#),
            format!(r#"{{"{long}":1}}"#),
            format!(r#"{{"k":[{many}]}}"#),
            format!(r#"{{"{long}":{{"{long}":{{"a":1}}}}}}"#),
        ] {
            let map = read(&json);
            for line in lines(&map) {
                let kept = line.path.len() + line.text.len() + line.key.as_ref().map_or(0, String::len);
                assert!(kept < 6 * LONGEST, "{kept} bytes");
            }
        }
        assert!(drawn(&format!(r#"{{"k":"{long}"}}"#), None)[1].ends_with("éé…"));
    }

    #[test]
    fn a_time_is_set_where_it_stands() {
        let map = read(r#"{"iat":1,"x":{"iat":1}}"#);
        let mut shown = lines(&map);
        set_time(&mut shown, "iat", Timestamp::from_unix(2));
        let map = read(r#"{"iat":2,"x":{"iat":1}}"#);
        assert_eq!(shown, lines(&map));
    }

    #[test]
    fn nothing_in_it_reaches_the_terminal_as_a_command() {
        let text = drawn("{\"\u{202e}k\":\"\\u001b[2J\u{9b}\"}", None).join("");
        assert!(!text.contains(crate::text::is_unprintable), "{text:?}");
    }
}
