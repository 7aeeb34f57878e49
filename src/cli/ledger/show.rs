//! `roomkey ledger show`.

use serde_json::json;

use super::super::{Failure, Ink, Session, secret};
use super::as_json;
use crate::clock::relative;
use crate::ledger::{Ledger, Row};
use crate::text::visible;
use crate::token::Fingerprint;
use crate::token::inspect::inspect;

/// Show one token that was issued, and what can be done about it
///
/// The token is named by its fingerprint, or given itself: its fingerprint is the beginning of its SHA-256. A self-hosted
/// server cannot take a token back; LiveKit Cloud can. Which it is, until when the token works and which command of
/// LiveKit's lk helps is said here. roomkey itself asks no server.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey ledger show 3f9a0c1b22d4
  pbpaste | roomkey ledger show -
  roomkey ledger show 3f9a0c1b22d4 --json | jq -r .revocation.command

--json prints what ledger list --json does of a row, with revocation: {sentences, command} and same_key_alive, the
number of tokens of the same API key that still work.

Exit codes:
  0  shown
  1  no token of this fingerprint was issued here
  2  the ledger cannot be read, or that is neither a fingerprint nor a token")]
pub(in super::super) struct Show {
    /// A fingerprint, or a token; - is standard input
    #[arg(value_name = "FINGERPRINT|TOKEN|-")]
    what: String,
}

pub(in super::super) fn run(session: &Session, args: &Show) -> Result<(), Failure> {
    let text = if args.what == "-" { secret::stdin()? } else { args.what.clone().into() };
    let fingerprint = match text.trim().parse::<Fingerprint>() {
        Ok(fingerprint) => fingerprint,
        Err(_) => match inspect(&text) {
            Ok(inspection) => Fingerprint::of(inspection.token().expose()),
            Err(_) => return Err(Failure::NotAFingerprint),
        },
    };
    let ledger = session.ports.ledger()?;
    let Some(row) = ledger.find(fingerprint)? else {
        session.console.aside(&format!("no token {fingerprint} was issued here"));
        return Err(Failure::Refused);
    };
    let same = same_key_alive(session, &ledger, &row)?;
    let revocation = row.revocation(session.now);
    let console = session.console;
    if session.global.json {
        let mut value = as_json(&row, session.now);
        value["revocation"] = json!({"sentences": revocation.sentences, "command": revocation.command});
        value["same_key_alive"] = same.into();
        return console.json(&value);
    }
    let mut lines = fields(session, &row, same);
    lines.push(String::new());
    lines.extend(revocation.sentences.iter().map(|sentence| visible(sentence).into_owned()));
    if let Some(command) = &revocation.command {
        lines.push(String::new());
        lines.push(console.paint(Ink::Name, &visible(command)));
    }
    console.payload(&lines.join("\n"))
}

fn fields(session: &Session, row: &Row, same: u64) -> Vec<String> {
    let (now, zone) = (session.now, &session.zone);
    let issued = format!("{} ({}), {}", zone.said(row.at, now), relative(row.at, now), row.by.said());
    let end = format!(
        "{} ({}, {})",
        zone.said(row.expires_at, now),
        relative(row.expires_at, now),
        row.expires_at.iso()
    );
    let key = match same {
        0 => row.key.clone(),
        1 => format!("{} (1 token of it still works)", row.key),
        n => format!("{} ({n} tokens of it still work)", row.key),
    };
    [
        ("Fingerprint", row.fingerprint.to_string()),
        ("Issued", issued),
        ("Project", format!("{}, {}", row.project, row.url)),
        ("API key", key),
        ("Room", row.room.clone()),
        ("Identity", row.who().into_owned()),
        ("May", row.grants.clone()),
        ("Expires", end),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(label, value)| {
        format!("{} {}", session.console.paint(Ink::Faint, &format!("{label:<12}")), visible(&value))
    })
    .collect()
}

/// How many tokens of the same key a server would still take: what a new key would end.
fn same_key_alive(session: &Session, ledger: &Ledger, like: &Row) -> Result<u64, Failure> {
    let mut count = 0;
    let mut reading = ledger.newest_first()?;
    while let Some(rows) = reading.next_rows()? {
        let alive = rows.iter().filter(|row| row.key == like.key && row.is_alive(session.now));
        count += alive.map(|row| row.count).sum::<u64>();
    }
    Ok(count)
}
