//! `roomkey token check [TOKEN|-]`.

use super::super::check::{AskArgs, put};
use super::super::{Failure, Session, credentials};
use super::inspect;
use crate::check::Question;
use crate::project::{ApiKey, Listing, ServerUrl};
use crate::token::inspect::inspect as take_apart;

/// Ask a real server what it makes of a token, without joining
///
/// A token for a join asks GET /rtc/validate, one for an API a call that only lists, any other GET /. Nobody joins and
/// nothing is changed. The token is sent to the server of --url or -p, else of the project whose key it names in iss; to
/// no other, and in a header, so that it is in no access log. A server up to v1.13.5 writes a token that it refuses into
/// its own log. A yes is believed only if the same request with another token and a wrong signature gets a no.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey token create --join --room demo --identity alice --token-only | roomkey token check
  roomkey token check eyJhbGciOi... --url wss://acme.livekit.cloud
  pbpaste | roomkey token check - -p acme --json | jq .text

Exit codes:
  0  the server accepts it
  1  the server refuses it
  2  could not tell: no answer, no LiveKit server, no token, or no server to ask")]
pub(in super::super) struct Check {
    /// The token, or - for standard input; without it standard input or the clipboard
    #[arg(value_name = "TOKEN", allow_hyphen_values = true)]
    token: Option<String>,
    /// The server to ask
    #[arg(long, value_name = "URL", conflicts_with = "project")]
    url: Option<String>,
    /// Ask livekit-server --dev: ws://localhost:7880
    #[arg(long, conflicts_with_all = ["url", "project"])]
    dev: bool,
    #[command(flatten)]
    ask: AskArgs,
}

pub(in super::super) fn run(session: &Session, args: &Check) -> Result<(), Failure> {
    let text = inspect::read(session, args.token.as_deref(), false)?;
    let inspection = take_apart(&text)?;
    let url = match &args.url {
        _ if args.dev => Listing::local_dev().url,
        Some(url) => credentials::told(session, ServerUrl::parse(url)?, "the address"),
        None => server_of(session, inspection.issuer())?,
    };
    let question = Question::of_token(url, inspection.token().clone(), inspection.claims.as_ref().ok());
    put(session, &args.ask, &question)
}

/// The server of -p, or of whoever has the key.
fn server_of(session: &Session, key: &str) -> Result<ServerUrl, Failure> {
    if let Some(name) = session.named()? {
        return Ok(credentials::stored(session, &name)?.project.listing.url);
    }
    let variable = |name: &str| session.ports.variable(name).and_then(|value| value.into_string().ok());
    if !key.is_empty()
        && variable("LIVEKIT_API_KEY").as_deref() == Some(key)
        && let Some(url) = variable("LIVEKIT_URL")
    {
        return Ok(ServerUrl::parse(&url)?.value);
    }
    if key == ApiKey::dev().as_str() {
        return Ok(Listing::local_dev().url);
    }
    let listed = session.store()?.list()?;
    match inspect::by_key(listed, key) {
        Some(listing) => Ok(listing.url),
        None => Err(Failure::NoServer),
    }
}
