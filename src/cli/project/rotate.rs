//! `roomkey project rotate NAME`.

use serde_json::json;

use super::super::agent::AgentArgs;
use super::super::credentials::told;
use super::super::secret::{SecretArgs, asked};
use super::super::{Failure, Session, env};
use super::{own_name, warn};
use crate::clock::length;
use crate::project::{ApiKey, Project, ProjectName};
use crate::store::{Store, StoreError, make_pair, may_rotate};

/// Give a project another key, and keep the old one for verifying
///
/// From now on the new key signs. The old key and its secret stay in the store: roomkey inspect goes on verifying what
/// they signed, and says so. A server needs both until the last of those tokens has expired; project show says how many
/// there are, and project check --old whether the server still knows the key. Then --finish forgets it.
///
/// The new pair is given as in project edit (--api-key, and the secret by a prompt, standard input or a file), or made
/// with --generate. A pair that is made has to reach the server, so the livekit.yaml lines for both keys are printed:
/// with their secrets, so on a terminal it asks first, and without one it wants --yes.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project rotate acme --api-key APInew
  pass livekit/acme-new | roomkey project rotate acme --api-key APInew --api-secret-stdin
  roomkey project rotate home --generate --yes > keys.yaml
  roomkey project show home
  roomkey project rotate home --finish

--json prints {name, key, old_key}, and with --generate livekit_yaml too.

Exit codes:
  0  the new key signs, or the old one is forgotten
  1  you said no
  2  nothing was changed: an old key is kept already or none is, something cannot be right, nobody could be asked, an
     AI agent would see the secrets, or the store failed")]
pub(in super::super) struct Rotate {
    /// The project
    #[arg(value_name = "NAME")]
    name: String,
    /// The new API key
    #[arg(long, value_name = "KEY", help_heading = "Credentials", conflicts_with = "generate")]
    api_key: Option<String>,
    #[command(flatten)]
    secret: SecretArgs,
    /// Make the new pair here, and print the livekit.yaml lines for both keys
    #[arg(long, conflicts_with_all = ["api_secret_stdin", "api_secret_file"], help_heading = "Credentials")]
    generate: bool,
    /// Forget the old key and its secret
    #[arg(
        long, visible_alias = "drop-old",
        conflicts_with_all = ["api_key", "generate", "api_secret_stdin", "api_secret_file"]
    )]
    finish: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    agent: AgentArgs,
}

pub(in super::super) fn run(session: &Session, args: &Rotate) -> Result<(), Failure> {
    args.secret.refuse_argument()?;
    let name = own_name(&args.name, "changed")?;
    if args.finish {
        return finish(session, args, &name);
    }
    if args.generate {
        args.agent.refuse(session)?;
        if !args.yes && !session.can_ask() {
            return Err(Failure::NoYesToShow);
        }
    }
    let asks = session.can_ask() && !args.secret.given();
    if !args.generate && args.api_key.is_none() && !asks {
        return Err(Failure::Partial {
            missing: "--api-key is".into(),
            from: "another key has a name and a secret of its own".into(),
            cure: "give --api-key, or let a pair be made with --generate".into(),
        });
    }
    let mut store = session.store()?;
    // Looked at before anything is asked: nobody wants to type a secret for nothing.
    let listings = store.list()?;
    let listing = listings.iter().find(|listing| listing.name == name);
    let listing = listing.ok_or_else(|| StoreError::unknown(&name, listings.iter().map(|l| &l.name)))?;
    may_rotate(listing)?;
    let (key, secret) = if args.generate {
        if !args.yes {
            let question = format!("Print the API secrets of both keys of {name} here, in the clear? [y/N] ");
            if !session.ask(&question)? {
                return Err(Failure::NotShown);
            }
        }
        make_pair()?
    } else {
        let key = match &args.api_key {
            Some(key) => key.clone(),
            None => asked("New API key: ")?,
        };
        let key = told(session, ApiKey::parse(&key)?, "the API key");
        (key, args.secret.read_or_ask(session.console)?)
    };
    let project = store.rotate(&name, key, secret, session.now)?;
    report(session, args, store.as_ref(), &project)
}

fn report(session: &Session, args: &Rotate, store: &dyn Store, project: &Project) -> Result<(), Failure> {
    let (console, listing) = (session.console, &project.listing);
    let old = listing.old.as_ref().map(|old| old.key.as_str()).unwrap_or_default();
    let name = &listing.name;
    console.note(&format!(
        "{} signs for {name} now; {old} is kept in the {} for verifying",
        listing.key,
        store.backend()
    ));
    console.note(&format!(
        "the server needs both until its tokens have expired; then: roomkey project rotate '{name}' --finish"
    ));
    warn(session, project);
    if session.global.json {
        let mut said = json!({"name": name.as_str(), "key": listing.key.as_str(), "old_key": old});
        if args.generate {
            said["livekit_yaml"] = env::keys(project).as_str().into();
        }
        return console.json(&said);
    }
    if args.generate { console.payload(env::keys(project).trim_end()) } else { Ok(()) }
}

fn finish(session: &Session, args: &Rotate, name: &ProjectName) -> Result<(), Failure> {
    let mut store = session.store()?;
    let listed = store.list()?.into_iter().find(|listing| listing.name == *name);
    let old = listed.and_then(|listing| listing.old);
    // That tokens still work is known before anything is asked; that they are verified no more is the consequence.
    if let Some(old) = &old
        && let Some((count, last)) = session.ports.ledger()?.alive_under(&old.key, session.now)?
    {
        let (tokens, work) = if count == 1 { ("token", "works") } else { ("tokens", "work") };
        let left = length(last.since(session.now));
        let told = format!("{count} {tokens} signed with {} still {work}, the last for {left}", old.key);
        session.console.warning(&told, Some("a server that forgets the key refuses them"));
        if !args.yes {
            if !session.can_ask() {
                return Err(Failure::OldStillAlive { name: name.clone() });
            }
            if !session.ask(&format!("Forget the old key of {name} all the same? [y/N] "))? {
                return Err(Failure::Kept { name: format!("the old key of {name}") });
            }
        }
    }
    let old = store.forget_old(name)?;
    session.console.note(&format!("forgot {}, which signed for {name} before", old.key));
    if session.global.json {
        let listing = store.list()?.into_iter().find(|listing| listing.name == *name);
        let key = listing.map(|listing| listing.key.to_string());
        return session.console.json(&json!({"name": name.as_str(), "key": key, "old_key": null}));
    }
    Ok(())
}
