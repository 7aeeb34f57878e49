//! The access log: one line a request on standard error, as text or as JSON. Has no token and no key in it.

use serde_json::{Value, json};

use super::super::{Console, Ink};
use crate::clock::Timestamp;
use crate::ports::serving::{Ended, Recording};
use crate::server::counters::Counts;
use crate::server::listener::Row;
use crate::text::visible;

/// The line of a request.
pub(super) fn line(console: Console, row: &Row, as_json: bool) -> String {
    if as_json {
        // JSON has written out what a terminal would obey, and the texts in it are visible.
        return json_of(row).to_string();
    }
    let ink = if row.outcome.issued { Ink::Good } else { Ink::Bad };
    console.marked_line(ink, &format!("{} {}", row.at.iso(), row.status), &text_of(row))
}

/// `alice in demo (POST / from http://localhost:3000, key web, 0.4 ms)`.
fn text_of(row: &Row) -> String {
    let outcome = &row.outcome;
    let what = match outcome.reason {
        None => {
            let who = if outcome.identity.is_empty() { "nobody" } else { &outcome.identity };
            let room = if outcome.room.is_empty() { String::new() } else { format!(" in {}", outcome.room) };
            format!("{who}{room}")
        }
        Some(reason) => format!("refused ({}): {}", reason.as_str(), outcome.sentence),
    };
    let from =
        if row.origin.is_empty() { row.peer.to_string() } else { format!("{} at {}", row.origin, row.peer) };
    let key = outcome.key.as_ref().map_or_else(String::new, |key| format!(", key {key}"));
    let took = row.took.as_secs_f64() * 1_000.0;
    let line = format!("{what} ({} {} from {from}{key}, {took:.1} ms)", row.method, row.path);
    // A line is a line: what comes from a request cannot begin another.
    visible(&line).into_owned()
}

fn json_of(row: &Row) -> Value {
    let outcome = &row.outcome;
    let text = |text: &str| Some(visible(text).into_owned()).filter(|text| !text.is_empty());
    json!({
        "event": if outcome.issued { "issued" } else { "refused" },
        "time": row.at.iso(),
        "status": row.status,
        "reason": outcome.reason.map(crate::server::Reason::as_str),
        "message": text(&outcome.sentence),
        "identity": text(&outcome.identity),
        "room": text(&outcome.room),
        "key": outcome.key.as_deref().and_then(text),
        "method": text(&row.method),
        "path": text(&row.path),
        "origin": text(&row.origin),
        "peer": row.peer.to_string(),
        "micros": u64::try_from(row.took.as_micros()).unwrap_or(u64::MAX),
    })
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

    use super::*;
    use crate::server::{Outcome, Reason};

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
