//! `roomkey token create`: fills a draft from the arguments, signs it, and hands the token out.

use clap::Args;
use serde_json::{Value, json};

use super::super::credentials::{self, Chosen, CredentialArgs};
use super::super::{Failure, Ink, Session, secret};
use super::draft::{DraftArgs, flag, generate};
use super::problems_json;
use crate::claims::problems::{self, Problem, Severity};
use crate::claims::{Claims, effect};
use crate::clock::{Timestamp, relative};
use crate::token::{Token, link, sign};

mod opener;

/// Make a signed access token
///
/// Prints the token on standard output, and on standard error which project signed it, what it lets its holder do,
/// until when, and what is odd about it. A draft that a server would refuse is not signed, unless --force says so.
///
/// What is asked for is laid together in this order, the later over the earlier: --preset, --draft, the flags, --grant,
/// --set. What nobody asked for is not written: absent, true and false are three states.
#[derive(Args, Debug, Default)]
#[command(after_long_help = "\
Examples:
  roomkey token create --dev --join --room demo --identity alice --token-only
  roomkey token create -p acme --preset viewer -r support-4711 -i guest --valid-for 30m --copy
  roomkey token create --join -r demo -i alice --set video.canPublishData=false --attribute role=host
  roomkey token create --draft draft.json --set sub=bob --json | jq -r .access_token

Every path for --set is listed by roomkey grants.

Exit codes:
  0  signed
  2  not signed: wrong usage, no credentials, or an error that only --force would overrule")]
pub(in super::super) struct Create {
    #[command(flatten)]
    draft: DraftArgs,

    /// Sign in spite of errors
    #[arg(
        long,
        help_heading = "Output",
        long_help = "Sign in spite of errors\n\nThey are what a server would refuse, not what keeps roomkey from signing."
    )]
    force: bool,
    /// Print the token and warnings only, no summary
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    token_only: bool,
    /// Put the token on the clipboard, too
    #[arg(
        long,
        help_heading = "Output",
        long_help = "Put the token on the clipboard, too\n\nIt stays there for 45 s (clear_token_seconds in the settings), unless \
                     something else is copied before."
    )]
    copy: bool,
    /// Open the room with this token in LiveKit Meet
    #[arg(
        long, value_name = "APP", value_parser = ["meet"], help_heading = "Output",
        long_help = "Open the room with this token in LiveKit Meet\n\nThe address has the token in it, so it is in the history of \
                     the browser. It is printed on standard error, and opened if there is a display."
    )]
    open: Option<String>,

    #[command(flatten)]
    credentials: CredentialArgs,
}

pub(in super::super) fn run(session: &Session, args: &Create) -> Result<(), Failure> {
    args.credentials.secret.refuse_argument()?;
    secret::only_one_reads_stdin(&[
        ("--draft -", args.draft.reads_stdin()),
        ("--api-secret-stdin", args.credentials.secret.api_secret_stdin),
        ("--env-file -", session.env_file_is_stdin()),
    ])?;
    let console = session.console;
    let mut draft = args.draft.draft(&|text| console.note(text), session.now, &session.zone)?;
    if args.draft.generate {
        for told in generate(&mut draft) {
            console.note(&told);
        }
    }
    let Chosen { project, .. } = credentials::choose(session, &args.credentials)?;
    let preview = draft.preview(&project.listing.key, session.now);
    let signable = preview.signable().is_some();
    let mut problems = preview.problems;
    problems.extend(problems::of_project(&project));
    problems.sort_by_key(|problem| problem.rule.severity);
    report(session, args, &problems);
    if !signable && !args.force {
        let count = problems.iter().filter(|problem| problem.rule.severity == Severity::Error).count();
        let lacks = |id| problems.iter().any(|problem| problem.rule.id == id);
        let generate = lacks("join-no-identity") || lacks("join-no-room");
        return Err(Failure::NotSignable { count, generate });
    }
    let token = sign(&preview.claims, &project.secret)?;
    if session.global.json {
        console.json(&as_json(&preview.claims, &token, &project.listing.url.ws(), &problems))?;
    } else {
        if !args.token_only {
            summarise(session, &preview.claims);
        }
        console.payload(token.expose())?;
    }
    if args.open.is_some() {
        let address = link::meet(&project.listing.url, &token);
        console.warning(
            "the token is in this address, and so in the history of whatever opens it",
            Some("do not pass it on; it works until the token expires"),
        );
        console.aside(address.expose());
        opener::open(session, &address);
    }
    if args.copy { copy(session, &token) } else { Ok(()) }
}

/// The problems, each with its cure. With `--token-only` the notes are left out: only what may be wrong is told.
fn report(session: &Session, args: &Create, problems: &[Problem]) {
    let least = if args.token_only { Severity::Warning } else { Severity::Note };
    for problem in problems.iter().filter(|problem| problem.rule.severity <= least) {
        session.console.problem(problem, problem.path.map(flag).as_deref());
    }
}

/// What the token lets its holder do, and until when.
fn summarise(session: &Session, claims: &Claims) {
    let lines = effect::lines(claims, session.now, &session.zone);
    let can: Vec<&str> = lines.iter().filter(|line| line.allowed).map(|line| line.text.as_str()).collect();
    let can = if can.is_empty() { "nothing".to_owned() } else { can.join("; ") };
    session.console.marked(Ink::Good, "it can", &can);
    if let Some(end) = claims.expires_at {
        let said = session.zone.said(end, session.now);
        session.console.marked(
            Ink::Faint,
            "it expires",
            &format!("{said}, {} ({})", relative(end, session.now), end.iso()),
        );
    }
}

fn as_json(claims: &Claims, token: &Token, url: &str, problems: &[Problem]) -> Value {
    let mut grants = claims.to_json();
    for signers in ["iss", "sub", "iat", "nbf", "exp"] {
        grants.shift_remove(signers);
    }
    json!({
        "access_token": token.expose(),
        "project_url": url,
        "identity": claims.identity,
        "name": claims.grants.name,
        "room": claims.grants.video.room,
        "grants": grants,
        "expires_at": claims.expires_at.map(Timestamp::iso),
        "problems": problems_json(problems),
    })
}

fn copy(session: &Session, token: &Token) -> Result<(), Failure> {
    let hold = session.ports.settings()?.clear_token_after;
    let copied = session.ports.clipboard().copy(&token.to_sensitive(), hold)?;
    if let Some(bytes) = &copied.write {
        session.console.to_terminal(bytes.expose().as_bytes());
    }
    let mut told = copied.headline();
    if let Some(after) = copied.clears_after {
        told.push_str(&format!(", clears in {} s", after.as_secs()));
    }
    if let Some(why) = &copied.fallback_reason {
        told.push_str(&format!("; {why}"));
    }
    session.console.note(&told);
    Ok(())
}
