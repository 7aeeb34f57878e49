//! `roomkey project check [NAME]`.

use super::super::check::{AskArgs, put};
use super::super::credentials::{self, CredentialArgs};
use super::super::{Failure, Session};
use crate::check::Question;
use crate::project::ProjectName;
use crate::store::StoreError;

/// Ask a project's server whether key and secret are right
///
/// Signs a token that allows nothing and lives a minute, and asks GET / with it: a LiveKit server refuses a bad key or
/// secret on any path. A yes is believed only if the same request with a wrong signature gets a no. Says the server's
/// words, how long it took, and how far the clocks are apart. Without a name: the project of -p, else LIVEKIT_URL,
/// LIVEKIT_API_KEY and LIVEKIT_API_SECRET, else --env-file, else the default project.
/// HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are honoured; proxies are asked to CONNECT, as LiveKit's clients do.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project check
  roomkey project check acme --json | jq .clock_skew_seconds
  roomkey project check acme --ca-file company-ca.pem --timeout 3
  roomkey project check acme --old
  roomkey project check --dev

Exit codes:
  0  key and secret are right
  1  the server refuses them
  2  could not tell: no answer, no LiveKit server, no such project, or the store failed")]
pub(in super::super) struct Check {
    /// The project
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Check livekit-server --dev: ws://localhost:7880, devkey, secret
    #[arg(long, conflicts_with_all = ["name", "project"])]
    dev: bool,
    /// Ask about the key that is kept for verifying: a no means that the server has forgotten it
    #[arg(long, conflicts_with = "dev")]
    old: bool,
    #[command(flatten)]
    ask: AskArgs,
}

pub(in super::super) fn run(session: &Session, args: &Check) -> Result<(), Failure> {
    let chosen = match &args.name {
        Some(name) => credentials::stored(session, &ProjectName::parse(name)?)?,
        None => credentials::choose(session, &CredentialArgs { dev: args.dev, ..CredentialArgs::default() })?,
    };
    let mut chosen = chosen;
    if args.old {
        let name = chosen.project.listing.name.clone();
        let old = chosen.project.old_pair().map(|(key, secret)| (key.clone(), secret.clone()));
        let (key, secret) = old.ok_or(StoreError::NoOld { name })?;
        session.console.note(&format!("about the old key {key}"));
        (chosen.project.listing.key, chosen.project.secret) = (key, secret);
    }
    let question = Question::of_project(&chosen.project, session.now)?;
    // The secret is not kept while the network is waited for.
    drop(chosen);
    put(session, &args.ask, &question)
}
