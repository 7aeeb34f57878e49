//! The access log: one line a request on standard error, as text or as JSON. Has no token and no key in it.

use std::borrow::Cow;
use std::fmt::Write;
use std::net::IpAddr;

use serde::Serialize;
use serde_json::json;

use super::super::{Console, Ink};
use crate::clock::Timestamp;
use crate::ports::serving::{Ended, Recording};
use crate::server::Reason;
use crate::server::counters::Counts;
use crate::server::listener::Row;
use crate::text::visible;

/// Makes the lines of requests. What one line has in common with the last one, and the room for both, it keeps.
pub(super) struct Lines {
    console: Console,
    as_json: bool,
    /// The last second, as it is written.
    second: (Timestamp, String),
    /// A line as it is being put together.
    text: String,
    /// The lines that were not written yet.
    waiting: String,
}

impl Lines {
    pub(super) fn new(console: Console, as_json: bool) -> Self {
        let second = Timestamp::from_unix(0);
        Self { console, as_json, second: (second, second.iso()), text: String::new(), waiting: String::new() }
    }

    /// Adds the line of a request.
    pub(super) fn add(&mut self, row: &Row) {
        if self.second.0 != row.at {
            self.second = (row.at, row.at.iso());
        }
        let Self { console, second, text, waiting, .. } = self;
        if self.as_json {
            // JSON has written out what a terminal would obey, and the texts in it are visible. It always serialises.
            _ = write!(waiting, "{}", serde_json::to_string(&Line::of(row, &second.1)).unwrap_or_default());
        } else {
            let ink = if row.outcome.issued { Ink::Good } else { Ink::Bad };
            text.clear();
            push_text(row, text);
            // A line is a line: what comes from a request cannot begin another.
            console.push_marked(ink, format_args!("{} {}", second.1, row.status), &visible(text), waiting);
        }
        waiting.push('\n');
    }

    /// Writes the lines that wait, all at once.
    pub(super) fn write(&mut self) {
        self.console.lines(&self.waiting);
        self.waiting.clear();
    }
}

/// `alice in demo (POST / from http://localhost:3000, key web, 0.4 ms)`.
fn push_text(row: &Row, out: &mut String) {
    let outcome = &row.outcome;
    match outcome.reason {
        None => {
            out.push_str(if outcome.identity.is_empty() { "nobody" } else { &outcome.identity });
            if !outcome.room.is_empty() {
                out.push_str(" in ");
                out.push_str(&outcome.room);
            }
        }
        Some(reason) => _ = write!(out, "refused ({}): {}", reason.as_str(), outcome.sentence),
    }
    for part in [" (", &row.method, " ", &row.path, " from "] {
        out.push_str(part);
    }
    if !row.origin.is_empty() {
        out.push_str(&row.origin);
        out.push_str(" at ");
    }
    _ = write!(out, "{}", row.peer);
    if let Some(key) = &outcome.key {
        out.push_str(", key ");
        out.push_str(key);
    }
    let tenths = (row.took.as_micros() + 50) / 100;
    _ = write!(out, ", {}.{} ms)", tenths / 10, tenths % 10);
}

/// A line as JSON.
#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    time: &'a str,
    status: u16,
    reason: Option<&'static str>,
    message: Option<Cow<'a, str>>,
    identity: Option<Cow<'a, str>>,
    room: Option<Cow<'a, str>>,
    key: Option<Cow<'a, str>>,
    method: Option<Cow<'a, str>>,
    path: Option<Cow<'a, str>>,
    origin: Option<Cow<'a, str>>,
    peer: IpAddr,
    micros: u64,
}

impl<'a> Line<'a> {
    fn of(row: &'a Row, time: &'a str) -> Self {
        let outcome = &row.outcome;
        let text = |text: &'a str| Some(visible(text)).filter(|text| !text.is_empty());
        Self {
            event: if outcome.issued { "issued" } else { "refused" },
            time,
            status: row.status,
            reason: outcome.reason.map(Reason::as_str),
            message: text(&outcome.sentence),
            identity: text(&outcome.identity),
            room: text(&outcome.room),
            key: outcome.key.as_deref().and_then(text),
            method: text(&row.method),
            path: text(&row.path),
            origin: text(&row.origin),
            peer: row.peer,
            micros: u64::try_from(row.took.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

/// Rows that came faster than they could be written.
pub(super) fn write_dropped(console: Console, number: u64, as_json: bool) {
    if as_json {
        let line = json!({ "event": "rows_dropped", "time": Timestamp::now().iso(), "rows": number });
        console.note(&line.to_string());
    } else {
        console.warning(&format!("{number} requests came faster than this log could be written"), None);
    }
}

/// What is written down, or is not.
pub(super) fn write_recording(console: Console, news: &Recording, as_json: bool) {
    match news {
        Recording::Failed { message, hint } if as_json => {
            let line = json!({
                "event": "ledger_failed", "time": Timestamp::now().iso(), "message": visible(message), "hint": visible(hint),
            });
            console.note(&line.to_string());
        }
        Recording::Failed { message, hint } => {
            console.warning(&format!("tokens are handed out, but not in the ledger: {message}"), Some(hint));
        }
        Recording::Again { lost } if as_json => {
            let line = json!({ "event": "ledger_again", "time": Timestamp::now().iso(), "lost": lost });
            console.note(&line.to_string());
        }
        Recording::Again { lost } => {
            console.note(&format!("tokens are in the ledger again; {lost} are missing"));
        }
    }
}

/// The last line.
pub(super) fn write_end(console: Console, counts: Counts, ended: Ended, as_json: bool) {
    if as_json {
        let line = json!({
            "event": "stopped", "time": Timestamp::now().iso(), "issued": counts.issued, "refused": counts.refused,
            "all_answered": ended.answered, "all_recorded": ended.recorded && counts.not_recorded == 0,
            "not_recorded": counts.not_recorded,
        });
        return console.note(&line.to_string());
    }
    let mut cut = if ended.answered { String::new() } else { "; some were still being answered".into() };
    match counts.not_recorded {
        0 if ended.recorded => {}
        0 => cut.push_str("; the last ones are not in the ledger"),
        lost => cut.push_str(&format!("; {lost} of them are not in the ledger")),
    }
    console.note(&format!(
        "stopped: {} tokens handed out, {} requests refused{cut}",
        counts.issued, counts.refused
    ));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::cli::Colors;
    use crate::server::Outcome;

    /// The line of a request, behind its time and its status.
    fn text_of(row: &Row) -> String {
        let mut lines = Lines::new(Console::new(Colors::Never, false), false);
        lines.add(row);
        let line = lines.waiting.strip_suffix('\n').unwrap();
        line.strip_prefix(&format!("2026-11-24T14:42:07Z {} ", row.status))
            .unwrap_or_else(|| panic!("{line}"))
            .to_owned()
    }

    fn json_of(row: &Row) -> Value {
        let mut lines = Lines::new(Console::new(Colors::Never, false), true);
        lines.add(row);
        serde_json::from_str(&lines.waiting).unwrap()
    }

    fn row(outcome: Outcome, origin: &str) -> Row {
        Row {
            at: Timestamp::from_unix(1_795_531_327),
            peer: "127.0.0.1".parse().unwrap(),
            origin: origin.into(),
            method: "POST".into(),
            path: "/".into(),
            status: if outcome.issued { 201 } else { 403 },
            outcome,
            took: Duration::from_micros(420),
        }
    }

    #[test]
    fn a_row_says_who_got_what_and_who_did_not() {
        let issued = Outcome {
            issued: true,
            identity: "alice".into(),
            room: "demo".into(),
            key: Some("web".into()),
            ..Outcome::default()
        };
        assert_eq!(
            text_of(&row(issued.clone(), "http://localhost:3000")),
            "alice in demo (POST / from http://localhost:3000 at 127.0.0.1, key web, 0.4 ms)"
        );
        let refused = Outcome {
            reason: Some(Reason::Room),
            sentence: "the room \"x\" is not allowed here".into(),
            ..Outcome::default()
        };
        assert_eq!(
            text_of(&row(refused, "")),
            "refused (room): the room \"x\" is not allowed here (POST / from 127.0.0.1, 0.4 ms)"
        );
        let line = json_of(&row(issued, ""));
        assert_eq!(
            (&line["event"], &line["identity"], &line["micros"]),
            (&json!("issued"), &json!("alice"), &json!(420))
        );
        assert_eq!((&line["origin"], &line["reason"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn text_of_a_request_begins_no_line_of_its_own_and_commands_no_terminal() {
        let hostile = Outcome {
            issued: true,
            identity: "a\n2026 201 root\u{1b}[2J".into(),
            room: "\u{202e}r".into(),
            ..Outcome::default()
        };
        let text = text_of(&row(hostile.clone(), ""));
        assert!(text.starts_with("a\\n2026 201 root\\u{1b}[2J in \\u{202e}r"), "{text}");
        assert!(!json_of(&row(hostile, "")).to_string().contains('\u{202e}'));
    }
}
