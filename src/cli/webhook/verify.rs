//! `roomkey webhook verify`.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::super::token::inspect::{VerifyWith, check_rows, verdict_row, verifier};
use super::super::{Failure, Ink, Session, secret};
use crate::clock::Timestamp;
use crate::token::inspect::Verdict;
use crate::webhook::request::Request;
use crate::webhook::verify::{Report, token, verify};

/// Say whether a receiver accepts a webhook, and if not, what was done to it
///
/// Reads the body as it came in, byte for byte, from a file or standard input, and the header from --authorization. Or reads
/// a whole saved request, headers and all, and finds both in it. Every rule of LiveKit's receivers is answered separately;
/// for a body that is not the one that was signed, roomkey tries what usually happens to bodies on the way: a line break
/// more or less, JSON that was parsed and written anew.
///
/// The secret to verify with is that of -p, of --api-key, of --env-file, or of the project whose key the token names.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey webhook verify body.json --authorization eyJhbGciOi...
  roomkey webhook verify request.http
  roomkey webhook verify --json - < request.http | jq .verdict

--json prints {verdict, message, checks: [{id, ok, detail}], key, event, room, identity, id, created_at, receivers};
receivers is what the official SDKs say when they refuse it.

Exit codes:
  0  a receiver accepts it
  1  a receiver refuses it
  2  could not tell: nothing to read, or no project at hand has its key")]
pub(in super::super) struct Verify {
    /// The body, or a whole request; - or nothing is standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The value of the Authorization header, as it came in
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    authorization: Option<String>,
    #[command(flatten)]
    with: VerifyWith,
}

pub(in super::super) fn run(session: &Session, args: &Verify) -> Result<(), Failure> {
    args.with.secret.refuse_argument()?;
    let request = request(session, args)?;
    let token = token(&request);
    let chosen = match &token {
        Some(token) => verifier(session, &args.with, token)?,
        None => None,
    };
    if let Some(chosen) = &chosen {
        session.console.note(&format!("verified with {}", chosen.source));
    }
    let compared =
        token.as_ref().zip(chosen.as_ref()).map(|(token, chosen)| token.compare(chosen.credentials(token)));
    let report = verify(&request, token.as_ref(), compared.as_ref(), session.now);
    if session.global.json {
        session.console.json(&as_json(&report))?;
    } else {
        session.console.payload(&in_words(session, &report))?;
    }
    match report.verdict {
        Verdict::Accepted => Ok(()),
        Verdict::Refused => Err(Failure::Refused),
        Verdict::Unknown => Err(Failure::CouldNotTell),
    }
}

/// The header and the body, or both out of a saved request.
fn request(session: &Session, args: &Verify) -> Result<Request, Failure> {
    let piped = args.file.as_ref().is_none_or(|file| file.as_os_str() == "-");
    secret::only_one_reads_stdin(&[
        ("the webhook", piped),
        ("--api-secret-stdin", args.with.secret.api_secret_stdin),
        ("--env-file -", session.env_file_is_stdin()),
    ])?;
    let bytes = match &args.file {
        Some(file) => secret::bytes_of(file)?,
        None => secret::bytes_of(std::path::Path::new("-"))?,
    };
    if let Some(saved) = Request::parse(&bytes) {
        let authorization = args.authorization.clone().or(saved.authorization);
        return Ok(Request { authorization, ..saved });
    }
    let Some(authorization) = args.authorization.clone() else { return Err(Failure::NoAuthorization) };
    Ok(Request { authorization: Some(authorization), content_type: None, body: bytes.to_vec() })
}

pub(super) fn as_json(report: &Report) -> Value {
    let told = report.told.as_ref();
    let text =
        |get: fn(&crate::webhook::event::Told) -> &String| told.map(get).filter(|text| !text.is_empty());
    json!({
        "verdict": report.verdict.as_str(),
        "message": report.sentence,
        "checks": report.checks.iter().map(|check| json!({"id": check.id, "ok": check.ok, "detail": check.detail})).collect::<Vec<_>>(),
        "key": report.key,
        "event": text(|told| &told.event),
        "room": text(|told| &told.room),
        "identity": text(|told| &told.identity),
        "id": text(|told| &told.id),
        "created_at": told.and_then(|told| told.created_at).map(Timestamp::iso),
        "receivers": report.said.iter().map(|(sdk, words)| ((*sdk).to_owned(), Value::from(*words))).collect::<serde_json::Map<_, _>>(),
    })
}

fn in_words(session: &Session, report: &Report) -> String {
    let console = session.console;
    let paint = |ink: Ink, text: &str| console.paint(ink, text);
    let mut lines = vec![verdict_row(&paint, report.verdict, &report.sentence)];
    for (sdk, words) in &report.said {
        lines.push(paint(Ink::Faint, &format!("  {sdk}'s receiver says: {words}")));
    }
    lines.push(format!("\n{}", paint(Ink::Strong, "Checks")));
    lines.extend(check_rows(&paint, &report.checks));
    lines.join("\n")
}
