//! `roomkey token create`: fills a draft from the arguments, signs it, and hands the token out.

use std::hash::{BuildHasher, Hasher, RandomState};

use clap::Args;
use serde_json::{Value, json};

use super::super::credentials::{self, CredentialArgs};
use super::super::production::ProductionArgs;
use super::super::{Failure, Ink, Session, ledger, secret};
use super::draft::{DraftArgs, flag, generate};
use super::problems_json;
use crate::claims::draft::Draft;
use crate::claims::problems::{self, Problem, Severity};
use crate::claims::{Claims, effect, placeholders};
use crate::clock::{Timestamp, relative};
use crate::ledger::By;
use crate::project::{ApiKey, ServerUrl};
use crate::text::{Sensitive, listed};
use crate::token::forms::About;
use crate::token::{Token, link, sign};

mod forms;
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
  roomkey token create --preset viewer -r demo -i alice --as python > token.py
  roomkey token create -p acme --join -r demo -i phone --qr

Every path for --set is listed by roomkey grants.

Exit codes:
  0  signed
  1  you did not type the name of the production project
  2  not signed: wrong usage, no credentials, an error that only --force would overrule, or one that the project's
     policy makes and nothing overrules")]
pub(in super::super) struct Create {
    #[command(flatten)]
    draft: DraftArgs,

    /// Leave {user}, {date}, {time} and {rand4} as they are
    #[arg(
        long, help_heading = "Output",
        long_help = literal_help()
    )]
    literal: bool,
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
        long_help = "Put the token on the clipboard, too, or with --as that form of it\n\nA token stays there for 45 s \
                     (clear_token_seconds in the settings), unless something else is copied before."
    )]
    copy: bool,
    /// Do not write the token down in the ledger
    #[arg(long, help_heading = "Output")]
    no_ledger: bool,
    /// Print another form of the token, or what makes it again
    #[arg(
        long = "as", value_name = "FORM", value_parser = forms::parser(), conflicts_with_all = ["json", "token_only"],
        help_heading = "Output",
        long_help = "Print another form of the token, or what makes it again\n\nCommands and programs hold no token: they read \
                     LIVEKIT_API_KEY and LIVEKIT_API_SECRET where they run, so no project is needed here. What they cannot say \
                     of the draft is told on standard error and, in programs, in a comment."
    )]
    form: Option<String>,
    /// Draw a QR code of the join link
    #[arg(
        long, conflicts_with_all = ["form", "json", "token_only"], help_heading = "Output",
        long_help = "Draw a QR code of the join link\n\nOf the token itself if it is not for joining. It says what width it needs \
                     where the terminal is too narrow."
    )]
    qr: bool,
    /// Open the room with this token in LiveKit Meet
    #[arg(
        long, value_name = "APP", value_parser = ["meet"], help_heading = "Output",
        long_help = "Open the room with this token in LiveKit Meet\n\nThe address has the token in it, so it is in the history of \
                     the browser. It is printed on standard error, and opened if there is a display."
    )]
    open: Option<String>,

    #[command(flatten)]
    production: ProductionArgs,
    #[command(flatten)]
    credentials: CredentialArgs,
}

fn literal_help() -> String {
    "Leave {user}, {date}, {time} and {rand4} as they are\n\nElse they are filled in wherever a text of the draft has them: \
     who is at the keyboard, the day, the minute, four letters or digits. Other words in braces always stay."
        .into()
}

pub(in super::super) fn run(session: &Session, args: &Create) -> Result<(), Failure> {
    args.credentials.secret.refuse_argument()?;
    secret::only_one_reads_stdin(&[
        ("--draft -", args.draft.reads_stdin()),
        ("--api-secret-stdin", args.credentials.secret.api_secret_stdin),
        ("--env-file -", session.env_file_is_stdin()),
    ])?;
    let console = session.console;
    let tell = |text: &str| console.note(text);
    let mut draft = args.draft.draft(&tell, &session.ports.presets(), session.now, &session.zone)?;
    if args.draft.generate {
        for told in generate(&mut draft) {
            console.note(&told);
        }
    }
    if !args.literal {
        draft = filled(session, draft);
    }
    let form = args.form();
    // What makes a token again holds none; to open one it has to be made.
    let chosen = if form.is_some_and(|form| !form.needs_signature()) && args.open.is_none() {
        None
    } else {
        Some(credentials::choose(session, &args.credentials)?.project)
    };
    let key = chosen.as_ref().map_or_else(ApiKey::dev, |project| project.listing.key.clone());
    let preview = draft.preview(&key, session.now);
    let signable = preview.signable().is_some();
    let mut problems = preview.problems;
    problems.extend(chosen.iter().flat_map(problems::of_project));
    let project = forms::named(session, args)?;
    // What makes the token again is made for the project that was named.
    let signer = chosen.as_ref().map(|project| &project.listing.name).or(project.as_ref());
    let policy = signer.map(|name| session.ports.policy(name)).transpose()?.unwrap_or_default();
    problems.extend(problems::of_policy(&preview.claims, &policy));
    problems.sort_by_key(|problem| problem.rule.severity);
    report(session, args, &problems);
    let forbidden =
        |problem: &Problem| problem.rule.severity == Severity::Error && !problem.rule.can_be_overruled();
    if let Some(name) = signer.filter(|_| problems.iter().any(forbidden)) {
        return Err(Failure::AgainstPolicy { name: name.clone() });
    }
    if !signable && !args.force {
        let count = problems.iter().filter(|problem| problem.rule.severity == Severity::Error).count();
        let lacks = |id| problems.iter().any(|problem| problem.rule.id == id);
        let generate = lacks("join-no-identity") || lacks("join-no-room");
        return Err(Failure::NotSignable { count, generate });
    }
    if let Some(project) = &chosen {
        let powers = policy.asks_twice(&preview.claims);
        args.production.ask(session, &project.listing.name, &powers)?;
    }
    let about = About {
        draft: &draft,
        server: chosen.as_ref().map(|project| &project.listing.url),
        project: project.as_ref(),
        now: session.now,
    };
    let token = chosen.as_ref().map(|project| sign(&preview.claims, &project.secret)).transpose()?;
    // Before it is handed out: a token that is out there is in the ledger.
    if let (Some(project), Some(token), false) = (&chosen, &token, args.no_ledger) {
        ledger::record(session, project, &preview.claims, token, By::Create);
    }
    let copied = match (form, &token) {
        (Some(form), token) => {
            let made = forms::make(session, args, form, &about, token.as_ref())?;
            if form.needs_signature() {
                summarise(session, &preview.claims);
            }
            forms::print(session, form, &about, &made)?;
            Some((made.text, form.needs_signature()))
        }
        (None, Some(token)) => {
            if session.global.json {
                let url = about.server.map(ToString::to_string).unwrap_or_default();
                console.json(&as_json(&preview.claims, token, &url, &problems))?;
            } else {
                if !args.token_only {
                    summarise(session, &preview.claims);
                }
                console.payload(token.expose())?;
            }
            Some((token.to_sensitive(), true))
        }
        (None, None) => None,
    };
    if let (Some(_), Some(token), Some(server)) = (&args.open, &token, about.server) {
        open(session, server, token);
    }
    match copied {
        Some((text, secret)) if args.copy => copy(session, &text, secret),
        _ => Ok(()),
    }
}

/// The draft with its placeholders filled in, which is told: they may have been meant as they stood.
fn filled(session: &Session, draft: Draft) -> Draft {
    let seed = RandomState::new().build_hasher().finish();
    match placeholders::fill(&draft, &session.moment(), 1, seed) {
        Some(made) => {
            let used = placeholders::used(&draft);
            session.console.note(&format!("filled in {}", listed(&used, "and")));
            made
        }
        None => draft,
    }
}

fn open(session: &Session, server: &ServerUrl, token: &Token) {
    let address = link::meet(server, token);
    session.console.warning(
        "the token is in this address, and so in the history of whatever opens it",
        Some("do not pass it on; it works until the token expires"),
    );
    session.console.aside(address.expose());
    opener::open(session, &address);
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

/// Copies; a secret is cleared after a while.
fn copy(session: &Session, text: &Sensitive, secret: bool) -> Result<(), Failure> {
    let hold = if secret { session.ports.settings()?.clear_token_after } else { None };
    let copied = session.ports.clipboard().copy(text, hold)?;
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
