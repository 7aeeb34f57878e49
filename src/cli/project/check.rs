//! `roomkey project check [NAME]`.

use super::super::check::{AskArgs, put};
use super::super::{Failure, Session, credentials};
use crate::check::Question;
use crate::project::ProjectName;

/// Ask a project's server whether key and secret are right
///
/// Signs a token that allows nothing and lives a minute, and asks GET / with it: a LiveKit server refuses a bad key or
/// secret on any path. Says the server's words, how long it took, and how far the clocks are apart. Without a name: the
/// project of -p, else the default one. HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are honoured.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project check
  roomkey project check acme --json | jq .clock_skew_seconds
  roomkey project check acme --ca-file company-ca.pem --timeout 3

Exit codes:
  0  key and secret are right
  1  the server refuses them
  2  could not tell: no answer, no LiveKit server, no such project, or the store failed")]
pub(in super::super) struct Check {
    /// The project
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    ask: AskArgs,
}

pub(in super::super) fn run(session: &Session, args: &Check) -> Result<(), Failure> {
    let named = match &args.name {
        Some(name) => Some(ProjectName::parse(name)?),
        None => session.named()?,
    };
    let name = match named {
        Some(name) => Some(name),
        None => credentials::unnamed(session)?,
    };
    let chosen = credentials::stored(session, &name.ok_or(Failure::NoProject { why: None })?)?;
    let question = Question::of_project(&chosen.project, session.now)?;
    // The secret is not kept while the network is waited for.
    drop(chosen);
    put(session, &args.ask, &question)
}
