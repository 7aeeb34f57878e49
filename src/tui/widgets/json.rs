//! JSON as lines: keys, values and punctuation coloured, times in words, the last change marked.
//!
//! A line keeps as much of its key and its text as a terminal could show: a token of a megabyte in one text is no
//! more to draw than any other.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::clock::{Timestamp, Zone, relative};
use crate::text::visible;
use crate::token::inspect::json::{At, Items, Json, Kind as Is, Node, Text};
use crate::tui::theme::Theme;

/// The most characters of a key or a text that are kept: more than a line of any terminal has columns.
const LONGEST: usize = 512;

/// The bytes of that many characters and more.
const MOST_BYTES: usize = 4 * (LONGEST + 1);

/// The most bytes of a path that are kept.
const LONGEST_PATH: usize = 256;

/// A JSON document as lines, in the order of its keys. Only where each stands is kept: a token of a megabyte may have
/// some hundred thousand of them, and what nobody looks at is never laid out.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    json: Json,
    places: Vec<Place>,
    /// Times that were set, each with the line that it is on.
    times: Vec<(usize, Timestamp)>,
}

/// Where a line stands in the document.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    /// The value's; of a closing line that which it closes.
    node: At,
    /// The line that what it is in begins on.
    around: u32,
    step: Step,
    depth: u16,
    comma: bool,
    what: What,
}

/// The last step of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Root,
    Key,
    Item(u32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    /// A value on one line.
    Whole,
    Opens,
    Closes,
}

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

impl Lines {
    /// The lines of a document.
    #[must_use]
    pub fn of(json: Json) -> Self {
        let mut places = Vec::new();
        let node = json.root().place();
        let place = Place { node, around: 0, step: Step::Root, depth: 0, comma: false, what: What::Whole };
        find(json.root(), place, &mut places);
        Self { json, places, times: Vec::new() }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// One of them, laid out.
    #[must_use]
    pub fn get(&self, line: usize) -> Option<JsonLine> {
        let place = *self.places.get(line)?;
        let mut laid = self.laid(place);
        if let Some((_, at)) = self.times.iter().find(|(of, _)| *of == line) {
            laid.text = at.as_unix().to_string().into();
            laid.kind = Kind::Time(*at);
        }
        Some(laid)
    }

    /// From this one on, laid out as they are asked for.
    pub fn from(&self, first: usize) -> impl Iterator<Item = JsonLine> + '_ {
        (first..self.len()).map_while(|line| self.get(line))
    }

    /// Sets the time of a claim at the top, if it has a line.
    pub fn set_time(&mut self, claim: &str, at: Timestamp) {
        if let Some(line) = self.position(claim) {
            self.times.retain(|(of, _)| *of != line);
            self.times.push((line, at));
        }
    }

    /// The line of this path.
    #[must_use]
    pub fn position(&self, path: &str) -> Option<usize> {
        let deepest = path.split('.').count();
        self.places.iter().position(|place| {
            let ends_like_it = || match self.key(*place) {
                Some(key) => path.ends_with(&*key.beginning(LONGEST_PATH)),
                None => matches!(place.step, Step::Item(_)),
            };
            let may_be = place.what != What::Closes && (1..=deepest).contains(&place.depth.into());
            may_be && ends_like_it() && self.path(*place) == path
        })
    }

    fn key(&self, place: Place) -> Option<Text<'_>> {
        (place.step == Step::Key).then(|| self.json.key(place.node))
    }

    /// The path of the value at a place: down from the root, as far as paths go.
    fn path(&self, place: Place) -> String {
        let mut steps = Vec::with_capacity(usize::from(place.depth));
        let mut at = place;
        while at.depth > 0 {
            steps.push(at);
            at = self.places[at.around as usize];
        }
        let mut path = String::new();
        for step in steps.iter().rev() {
            let depth = usize::from(step.depth) - 1;
            path = match (self.key(*step), step.step) {
                (Some(key), _) => below(&path, &key.beginning(LONGEST_PATH), depth),
                (None, Step::Item(nth)) => below(&path, &nth.to_string(), depth),
                (None, _) => path,
            };
            if path.ends_with('…') {
                break;
            }
        }
        path
    }

    fn laid(&self, place: Place) -> JsonLine {
        let node = self.json.node(place.node);
        if place.what == What::Closes {
            let text = if matches!(node.kind(), Is::Object(_)) { "}" } else { "]" };
            return JsonLine {
                path: String::new(),
                depth: place.depth.into(),
                key: None,
                text: Cow::Borrowed(text),
                comma: place.comma,
                kind: Kind::Punctuation,
            };
        }
        let path = self.path(place);
        let (text, kind) = match node.kind() {
            Is::Object(_) if place.what == What::Opens => (Cow::Borrowed("{"), Kind::Punctuation),
            Is::List(_) if place.what == What::Opens => (Cow::Borrowed("["), Kind::Punctuation),
            Is::List(items) => (listed(items).into(), Kind::Text),
            Is::Text(text) => (quoted(&text.beginning(MOST_BYTES)).into(), Kind::Text),
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
                (n.to_string().into(), kind)
            }
            Is::Object(_) => (Cow::Borrowed("{}"), Kind::Bare),
            Is::Bool(true) => (Cow::Borrowed("true"), Kind::Bare),
            Is::Bool(false) => (Cow::Borrowed("false"), Kind::Bare),
            Is::Null => (Cow::Borrowed("null"), Kind::Bare),
        };
        JsonLine {
            path,
            depth: place.depth.into(),
            key: self.key(place).map(|key| quoted(&key.beginning(MOST_BYTES))),
            text,
            // What opens goes on.
            comma: place.comma && place.what == What::Whole,
            kind,
        }
    }
}

/// Two are equal that look alike.
impl PartialEq for Lines {
    fn eq(&self, other: &Self) -> bool {
        self.from(0).eq(other.from(0))
    }
}

/// Finds the lines of a value. A list of plain values reads best on one line.
fn find(node: Node<'_>, place: Place, out: &mut Vec<Place>) {
    let line = u32::try_from(out.len()).unwrap_or(u32::MAX);
    let within = |node: Node<'_>, step: Step, comma: bool| Place {
        node: node.place(),
        around: line,
        step,
        depth: place.depth.saturating_add(1),
        comma,
        what: What::Whole,
    };
    match node.kind() {
        Is::Object(members) if members.clone().next().is_some() => {
            out.push(Place { what: What::Opens, ..place });
            let mut members = members.peekable();
            while let Some((_, inner)) = members.next() {
                find(inner, within(inner, Step::Key, members.peek().is_some()), out);
            }
            out.push(Place { what: What::Closes, ..place });
        }
        Is::List(items) if items.clone().any(|item| matches!(item.kind(), Is::Object(_) | Is::List(_))) => {
            out.push(Place { what: What::Opens, ..place });
            let mut items = (0..).zip(items).peekable();
            while let Some((nth, inner)) = items.next() {
                find(inner, within(inner, Step::Item(nth), items.peek().is_some()), out);
            }
            out.push(Place { what: What::Closes, ..place });
        }
        _ => out.push(place),
    }
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
            Is::Text(text) => out.push_str(&quoted(&text.beginning(MOST_BYTES))),
            Is::Number(digits) => out.push_str(&digits.number().to_string()),
            Is::Bool(true) => out.push_str("true"),
            Is::Bool(false) => out.push_str("false"),
            Is::Null | Is::List(_) | Is::Object(_) => out.push_str("null"),
        }
    }
    out.push(']');
    out
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
        let now = Timestamp::from_unix(1_795_531_327);
        Lines::of(read(json))
            .from(0)
            .map(|l| l.draw(Theme::default(), now, &Zone::utc(), changed).to_string())
            .collect()
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
            for line in Lines::of(read(&json)).from(0) {
                let kept = line.path.len() + line.text.len() + line.key.as_ref().map_or(0, String::len);
                assert!(kept < 6 * LONGEST, "{kept} bytes");
            }
        }
        assert!(drawn(&format!(r#"{{"k":"{long}"}}"#), None)[1].ends_with("éé…"));
    }

    #[test]
    fn any_line_is_laid_out_alone_and_found_by_its_path() {
        let items: Vec<String> = (0..1_000).map(|n| format!(r#"{{"k":{n}}},["x",[2]]"#)).collect();
        let lines = Lines::of(read(&format!(r#"{{"a":[{}],"a.1998.k":{{"\u0062":1}}}}"#, items.join(","))));
        let at = lines.position("a.1998.k").unwrap();
        assert_eq!(lines.get(at).unwrap().text, "999");
        for path in ["a", "a.1999.1", "a.1998.k.b"] {
            let at = lines.position(path).unwrap();
            assert_eq!(
                (lines.get(at).unwrap().path, lines.from(at).next()),
                (path.to_owned(), lines.get(at))
            );
        }
        assert_eq!(lines.position("a.2000"), None);
        assert_eq!(lines.get(lines.len() - 1).unwrap().text, "}");
        assert_eq!((lines.get(lines.len()), lines.from(0).count()), (None, lines.len()));
    }

    #[test]
    fn a_time_is_set_where_it_stands() {
        let mut shown = Lines::of(read(r#"{"iat":1,"x":{"iat":1}}"#));
        shown.set_time("iat", Timestamp::from_unix(7));
        shown.set_time("iat", Timestamp::from_unix(2));
        shown.set_time("exp", Timestamp::from_unix(3));
        let laid = |lines: &Lines| lines.from(0).collect::<Vec<_>>();
        assert_eq!(laid(&shown), laid(&Lines::of(read(r#"{"iat":2,"x":{"iat":1}}"#))));
    }

    #[test]
    fn nothing_in_it_reaches_the_terminal_as_a_command() {
        let text = drawn("{\"\u{202e}k\":\"\\u001b[2J\u{9b}\"}", None).join("");
        assert!(!text.contains(crate::text::is_unprintable), "{text:?}");
    }
}
