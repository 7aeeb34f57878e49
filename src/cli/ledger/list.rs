//! `roomkey ledger list`.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::super::{Failure, Ink, Session};
use super::{as_json, left, tell_damage};
use crate::ledger::Row;
use crate::text::visible;

/// List what was issued, newest first
///
/// Only rows that match all of the options given: -p NAME for those of a project, --room, --key, --identity. --alive
/// leaves out the tokens that no server takes any more.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey ledger list --alive
  roomkey ledger list -p acme-prod --room support-4711
  roomkey ledger list --limit 1 --json | jq -r '.[0].fingerprint'
  roomkey ledger list --limit 1 --json | jq '.[0].draft' | roomkey token create --draft -

--json prints a list of {issued_at, project, project_url, key, room, identity, count, grants, expires_at,
expires_in_seconds, alive, fingerprint, by, draft}; draft is null where it held a secret and was not written down.

Exit codes:
  0  listed, even if there are none
  2  the ledger cannot be read")]
pub(in super::super) struct List {
    /// Only tokens that a server would still take
    #[arg(long)]
    alive: bool,
    /// Only tokens of this room
    #[arg(long, value_name = "NAME")]
    room: Option<String>,
    /// Only tokens that this API key signed
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Only tokens of this identity
    #[arg(long, value_name = "ID")]
    identity: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

pub(in super::super) fn run(session: &Session, args: &List) -> Result<(), Failure> {
    let ledger = session.ports.ledger()?;
    let mut reading = ledger.newest_first()?;
    let limit = args.limit.unwrap_or(usize::MAX);
    let mut rows: Vec<Row> = Vec::new();
    while rows.len() < limit
        && let Some(more) = reading.next_rows()?
    {
        rows.extend(more.into_iter().filter(|row| wanted(session, args, row)).take(limit - rows.len()));
    }
    let console = session.console;
    if session.global.json {
        let all: Vec<Value> = rows.iter().map(|row| as_json(row, session.now)).collect();
        console.json(&Value::Array(all))?;
    } else if !rows.is_empty() {
        console.payload(&table(session, &rows))?;
    }
    let alive: u64 = rows.iter().filter(|row| row.is_alive(session.now)).map(|row| row.count).sum();
    console.note(&match (rows.len(), alive) {
        (0, _) => "no token that was issued here matches".to_owned(),
        (_, 0) => "none of them still works".to_owned(),
        (_, 1) => "1 still works; roomkey ledger show FINGERPRINT says what can be done about it".to_owned(),
        (_, n) => format!("{n} still work; roomkey ledger show FINGERPRINT says what can be done about one"),
    });
    if !ledger.is_on() {
        console.note("the ledger is off: new tokens are not written down; roomkey ledger on switches it on");
    }
    tell_damage(session, &ledger, &reading);
    Ok(())
}

fn wanted(session: &Session, args: &List, row: &Row) -> bool {
    let is = |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
    is(&session.global.project, &row.project)
        && is(&args.room, &row.room)
        && is(&args.key, &row.key)
        && is(&args.identity, &row.identity)
        && (!args.alive || row.is_alive(session.now))
}

const HEADS: [&str; 7] = ["ISSUED", "PROJECT", "ROOM", "IDENTITY", "MAY", "LEFT", "FINGERPRINT"];

fn table(session: &Session, rows: &[Row]) -> String {
    let cells: Vec<[String; 7]> = rows
        .iter()
        .map(|row| {
            [
                session.zone.said(row.at, session.now),
                visible(&row.project).into_owned(),
                visible(&row.room).into_owned(),
                visible(&row.who()).into_owned(),
                visible(&row.grants).into_owned(),
                left(row, session.now),
                row.fingerprint.to_string(),
            ]
        })
        .collect();
    let widths: [usize; 7] = std::array::from_fn(|column| {
        cells.iter().map(|row| row[column].width()).max().unwrap_or(0).max(HEADS[column].width())
    });
    let heads = line(&HEADS.map(str::to_owned), &widths);
    let mut lines = vec![session.console.paint(Ink::Strong, &heads)];
    for (row, cells) in rows.iter().zip(&cells) {
        let text = line(cells, &widths);
        lines.push(if row.is_alive(session.now) { text } else { session.console.paint(Ink::Faint, &text) });
    }
    lines.join("\n")
}

fn line(cells: &[String; 7], widths: &[usize; 7]) -> String {
    let mut out = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        out.push_str(cell);
        out.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
    }
    out.trim_end().to_owned()
}
