//! `roomkey ledger`: what was issued, to whom, and what of it still works.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{Failure, Session};
use crate::claims::Claims;
use crate::clock::{Timestamp, length};
use crate::ledger::{By, Ledger as Book, Reading, Row};
use crate::project::Project;
use crate::token::Token;

mod list;
mod purge;
mod show;
mod switch;

/// What was issued, and what of it still works
///
/// Every token that roomkey signs leaves a row here: when, with which project and key, for which room and identity,
/// what it may, until when, and a fingerprint to know it by. Never the token, never a secret. A row also holds what the
/// token was made from, metadata and attributes included, so that it can be made again. The file is ledger.jsonl in the
/// state folder, for its owner alone.
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Ledger {
    List(list::List),
    Show(show::Show),
    Purge(purge::Purge),
    On(switch::On),
    Off(switch::Off),
}

pub(super) fn run(session: &Session, ledger: &Ledger) -> Result<(), Failure> {
    match ledger {
        Ledger::List(args) => list::run(session, args),
        Ledger::Show(args) => show::run(session, args),
        Ledger::Purge(args) => purge::run(session, args),
        Ledger::On(_) => switch::run(session, true),
        Ledger::Off(_) => switch::run(session, false),
    }
}

/// Writes down a token that was signed. That it could not be is told, and keeps nobody from having the token.
pub(super) fn record(session: &Session, project: &Project, claims: &Claims, token: &Token, by: By) {
    let recorded = match session.ports.ledger() {
        Ok(ledger) if !ledger.is_on() => Ok(()),
        Ok(ledger) => ledger
            .record(&Row::of(project, claims, token.fingerprint(), by))
            .map_err(|error| (error.to_string(), error.hint())),
        Err(error) => Err((error.to_string(), error.hint())),
    };
    if let Err((why, hint)) = recorded {
        session.console.warning(&format!("not in the ledger: {why}"), Some(&hint));
    }
}

/// One row for `--json`.
fn as_json(row: &Row, now: Timestamp) -> Value {
    let draft: Value =
        row.draft.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| drop(map.insert(name.to_owned(), value));
    put("issued_at", row.at.iso().into());
    put("project", row.project.as_str().into());
    put("project_url", row.url.as_str().into());
    put("key", row.key.as_str().into());
    put("room", row.room.as_str().into());
    put("identity", row.identity.as_str().into());
    if row.count > 1 {
        put("last_identity", row.last.as_str().into());
    }
    put("count", row.count.into());
    put("grants", row.grants.as_str().into());
    put("expires_at", row.expires_at.iso().into());
    put("expires_in_seconds", row.expires_at.since(now).into());
    put("alive", row.is_alive(now).into());
    put("fingerprint", row.fingerprint.to_string().into());
    put("by", row.by.as_str().into());
    put("draft", draft);
    json!(map)
}

/// `59 min 51 s`, `leeway 12 s` while a server still takes what has expired, `expired`.
fn left(row: &Row, now: Timestamp) -> String {
    match row.expires_at.since(now) {
        left @ 1.. => length(left),
        over if row.is_alive(now) => format!("leeway {}", length(crate::ledger::LEEWAY + over)),
        _ => "expired".into(),
    }
}

/// Says which lines could not be read, if any.
fn tell_damage(session: &Session, ledger: &Book, reading: &Reading) {
    let damage = reading.damage();
    let (Some(line), Some(path)) = (ledger.first_damaged_line(damage), ledger.path()) else { return };
    let path = path.display();
    let more = match damage.lines() {
        0 => return,
        1 => String::new(),
        lines => format!(", and {} more", lines - 1),
    };
    let cut_off = if damage.unreadable == 0 { "was cut off while it was written" } else { "is no row" };
    session.console.warning(
        &format!("line {line} of {path} {cut_off}{more}; it was passed over"),
        Some(&format!(
            "look at it with sed -n {line}p '{path}'; roomkey ledger purge drops what was cut off"
        )),
    );
}
