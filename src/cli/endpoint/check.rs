//! `roomkey endpoint check`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::super::check::AskArgs;
use super::super::{Failure, Session, findings, secret};
use crate::endpoint::wire::observe;
use crate::endpoint::{Target, judge};
use crate::finding::Outcome;
use crate::project::web_address;
use crate::text::Sensitive;

/// Check a token endpoint: would a client and a browser get a token from it?
///
/// Asks as TokenSource.endpoint and a browser do: the preflight, a POST with room and identity, an empty one, and a
/// preflight from a page that has no business there. Says of each answer whether it is right, and what to do if it is not:
/// CORS, status, fields under another name, a token that was not awaited, times that clients keep for ever, grants that no
/// participant should have. The endpoint signs two tokens for it; nobody joins with them, and they are not shown.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey endpoint check http://localhost:7878/
  roomkey endpoint check https://app.example/api/token --origin https://app.example
  roomkey endpoint check https://app.example/api/token --bearer-file session.txt --json

--json prints {url, origin, checks: [{id, result, detail, hint}]}; result is ok, warning, failed or skipped.

Exit codes:
  0  nothing failed
  1  something failed
  2  could not tell: it did not answer, or wrong usage")]
pub(in super::super) struct Check {
    /// Address of the endpoint, as a client is given it
    #[arg(value_name = "URL")]
    url: String,
    /// Origin of the page that asks
    #[arg(long, value_name = "ORIGIN", default_value = "http://localhost:3000")]
    origin: String,
    /// Room to ask for
    #[arg(short, long, value_name = "NAME", default_value = "roomkey-check")]
    room: String,
    /// Identity to ask for
    #[arg(short, long, value_name = "ID", default_value = "roomkey-check")]
    identity: String,
    /// Send Authorization: Bearer with the key in this file; - is standard input
    #[arg(long, value_name = "FILE")]
    bearer_file: Option<PathBuf>,
    #[command(flatten)]
    ask: AskArgs,
}

pub(in super::super) fn run(session: &Session, args: &Check) -> Result<(), Failure> {
    let url = web_address(&args.url).ok_or(Failure::NotAnEndpoint)?;
    let bearer = match &args.bearer_file {
        Some(path) => Some(Sensitive::new(secret::file_or_stdin(path)?.trim().to_owned())),
        None => None,
    };
    let target = Target {
        url,
        origin: args.origin.trim_end_matches('/').to_owned(),
        room: args.room.clone(),
        identity: args.identity.clone(),
    };
    session.console.note(&format!("asking {} as a page of {}", target.url, target.origin));
    let observed = observe(&target, bearer.as_ref(), &args.ask.asker(session));
    let found = judge(&target, &observed, session.now);
    if session.global.json {
        session.console.json(&json!({
            "url": target.url.to_string(), "origin": target.origin, "checks": findings::as_json(&found),
        }))?;
    } else {
        let wrong = found.iter().filter(|finding| finding.outcome == Outcome::Failed).count();
        let first = match wrong {
            0 => "A client gets a token from it.".to_owned(),
            1 => "One thing keeps clients from it.".to_owned(),
            many => format!("{many} things keep clients from it."),
        };
        findings::print(session.console, &first, &found)?;
    }
    if observed.post.is_err() {
        return Err(Failure::CouldNotTell);
    }
    findings::answer(&found)
}
