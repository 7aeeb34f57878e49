//! `roomkey project show NAME`.

use super::super::{Failure, Ink, Session, credentials};
use super::{as_json, policy, shown_policies};
use crate::clock::length;
use crate::project::{Listing, OldKey, ProjectName};
use crate::store::StoreError;

/// Show a project, without its secret
///
/// Without a name: the one of -p, else the default one. Both forms of the address are shown: clients connect to ws(s)://,
/// server SDKs call http(s)://.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project show acme
  roomkey project show --json | jq -r .url
  roomkey project show 'local dev'

--json prints {name, url, key, store, default, policy, old_key}.

Exit codes:
  0  shown
  2  there is no such project, or the store failed")]
pub(in super::super) struct Show {
    /// The project
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(in super::super) fn run(session: &Session, args: &Show) -> Result<(), Failure> {
    let default = session.ports.settings()?.default_project;
    let named = match &args.name {
        Some(name) => Some(ProjectName::parse(name)?),
        None => session.named()?,
    };
    let name = match named {
        Some(name) => name,
        None => credentials::unnamed(session)?.ok_or(Failure::NoProject { why: None })?,
    };
    let (listing, store) = find(session, &name)?;
    let is_default = default.as_ref() == Some(&listing.name);
    let console = session.console;
    let policies = shown_policies(session);
    let policy = policies.of(&name);
    if session.global.json {
        return console.json(&as_json(&listing, store, is_default, policy));
    }
    let mut rows = vec![
        ("name", format!("{}{}", listing.name, if is_default { " (default)" } else { "" })),
        ("clients", listing.url.ws()),
        ("servers", listing.url.http()),
        ("API key", listing.key.to_string()),
        ("secret", format!("kept in: {store}")),
    ];
    if let Some(old) = &listing.old {
        let kept = length(session.now.since(old.since));
        rows.push(("old key", format!("{}, kept for verifying for {kept} now", old.key)));
        rows.push(("", alive(session, old)?));
    }
    rows.extend(policy::rows(policy));
    let text: Vec<String> = rows
        .iter()
        .map(|(label, value)| {
            format!("{}  {}", console.paint(Ink::Faint, &format!("{label:<8}")), console.foreign(value))
        })
        .collect();
    console.payload(&text.join("\n"))?;
    for note in listing.url.notes() {
        console.warning(&note.to_string(), None);
    }
    Ok(())
}

/// How many tokens of the old key are still about, as far as the ledger knows.
fn alive(session: &Session, old: &OldKey) -> Result<String, Failure> {
    Ok(match session.ports.ledger()?.alive_under(&old.key, session.now)? {
        None => "the ledger knows of no token signed with it that still works".into(),
        Some((count, last)) => {
            let (tokens, work) = if count == 1 { ("token", "works") } else { ("tokens", "work") };
            let last = session.zone.said(last, session.now);
            format!("{count} {tokens} signed with it still {work}, the last until {last}")
        }
    })
}

fn find(session: &Session, name: &ProjectName) -> Result<(Listing, &'static str), Failure> {
    if *name == ProjectName::local_dev() {
        return Ok((Listing::local_dev(), "built in"));
    }
    let store = session.store()?;
    let listings = store.list()?;
    match listings.iter().find(|listing| listing.name == *name) {
        Some(listing) => Ok((listing.clone(), store.backend().as_str())),
        None => Err(StoreError::unknown(name, listings.iter().map(|listing| &listing.name)).into()),
    }
}
