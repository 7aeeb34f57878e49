//! `roomkey project policy NAME`.

use clap::Args;
use serde_json::{Value, json};

use super::super::{Failure, Ink, Session, credentials};
use crate::claims::policy::{Allowed, Colour, Label, ProjectPolicy, max_ttl};
use crate::clock::length;
use crate::project::ProjectName;
use crate::store::StoreError;

/// Show or change what may be signed for a project, and how it is marked
///
/// The composer, token create, token batch and the token endpoint all keep to it, and --force does not overrule it.
/// Without flags it is shown. With some those are changed and the rest stays. No secret is needed, so the keyring is not
/// asked. It stands in policies.toml of the configuration folder, a table for each project, to be edited by hand as well;
/// while that file cannot be read nothing is signed for any project. It follows a project that is renamed, and goes
/// with one that is removed.
///
/// --allow takes paths of roomkey grants (video.roomJoin), objects (video, sip) and groups of the form (in-the-room,
/// moderate, telephony). What the server takes for a yes when it is unset, as canPublish, has to be allowed or set to
/// off. For a project marked with --production an administrative token is asked for twice: the project's name has to be
/// typed. Administrative is what gives power over others or over the whole project, such as roomAdmin, roomCreate,
/// roomRecord or sip.admin.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project policy acme-prod
  roomkey project policy acme-prod --production --colour red --max-ttl 2h
  roomkey project policy support --label support --allow in-the-room --max-ttl 30m
  roomkey project policy support --allow all --max-ttl none
  roomkey project policy acme-prod --clear

--json prints {name, policy: {label, colour, max_ttl_seconds, allow, production}}; policy is null if there is none.

Exit codes:
  0  shown or changed
  2  there is no such project, something cannot be right, or the store or the file of policies failed")]
pub(in super::super) struct Policy {
    /// The project; without it the one of -p, else the default one
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// A word or two beside its name, at most 24 characters; none takes it off
    #[arg(long, value_name = "TEXT", help_heading = "Mark")]
    label: Option<String>,
    /// One of a terminal's sixteen colours for its name: red, bright-blue; none takes it off
    #[arg(long, value_name = "COLOUR", help_heading = "Mark")]
    colour: Option<String>,
    /// Mark it as production: an administrative token is asked for twice
    #[arg(long, help_heading = "Mark")]
    production: bool,
    /// Take the mark off
    #[arg(long, conflicts_with = "production", help_heading = "Mark")]
    no_production: bool,
    /// The longest life of a token: 30m, 2h; none is any
    #[arg(long, value_name = "TIME", help_heading = "Limits")]
    max_ttl: Option<String>,
    /// What may be granted, by commas or repeated, in place of the list before; all is anything
    #[arg(long, value_name = "GRANT", value_delimiter = ',', help_heading = "Limits")]
    allow: Vec<String>,
    /// Take the whole policy away
    #[arg(
        long,
        conflicts_with_all = ["label", "colour", "production", "no_production", "max_ttl", "allow"]
    )]
    clear: bool,
}

pub(in super::super) fn run(session: &Session, args: &Policy) -> Result<(), Failure> {
    let named = match &args.name {
        Some(name) => Some(ProjectName::parse(name)?),
        None => session.named()?,
    };
    let name = match named {
        Some(name) => name,
        None => credentials::unnamed(session)?.ok_or(Failure::NoProject { why: None })?,
    };
    // Read before the store is asked: what is wrong with a flag should cost nobody a passphrase.
    let change = args.change()?;
    known(session, &name)?;
    let policy = if change.is_empty() {
        session.ports.policy(&name)?
    } else {
        let after = session.ports.change_policies(|policies| {
            let mut policy = policies.of(&name).clone();
            for change in &change {
                change(&mut policy);
            }
            policies.set(&name, policy);
        })?;
        session.console.note(&format!("changed the policy of {name}"));
        after.of(&name).clone()
    };
    let console = session.console;
    if session.global.json {
        return console.json(&json!({"name": name.as_str(), "policy": as_json(&policy)}));
    }
    if policy.is_empty() {
        console.note(&format!("{name} has no policy: anything may be signed for it"));
        return Ok(());
    }
    let rows = rows(&policy);
    let text: Vec<String> = rows
        .iter()
        .map(|(label, value)| {
            format!("{}  {}", console.paint(Ink::Faint, &format!("{label:<10}")), console.foreign(value))
        })
        .collect();
    console.payload(&text.join("\n"))
}

/// A policy for a name that is none would guard nothing.
fn known(session: &Session, name: &ProjectName) -> Result<(), Failure> {
    if *name == ProjectName::local_dev() {
        return Ok(());
    }
    let listings = session.store()?.list()?;
    if listings.iter().any(|listing| listing.name == *name) {
        return Ok(());
    }
    Err(StoreError::unknown(name, listings.iter().map(|listing| &listing.name)).into())
}

type Change = Box<dyn Fn(&mut ProjectPolicy)>;

impl Policy {
    /// What the flags change.
    fn change(&self) -> Result<Vec<Change>, Failure> {
        let mut changes: Vec<Change> = Vec::new();
        if self.clear {
            changes.push(Box::new(|policy| *policy = ProjectPolicy::default()));
        }
        if let Some(text) = &self.label {
            let label = if text == "none" { Label::none() } else { Label::parse(text)? };
            changes.push(Box::new(move |policy| policy.label = label.clone()));
        }
        if let Some(text) = &self.colour {
            let colour = if text == "none" { None } else { Some(text.parse()?) };
            changes.push(Box::new(move |policy| policy.colour = colour));
        }
        if let Some(text) = &self.max_ttl {
            let most = if text == "none" { None } else { Some(max_ttl(text)?) };
            changes.push(Box::new(move |policy| policy.max_ttl = most));
        }
        if !self.allow.is_empty() {
            let allow = match self.allow.as_slice() {
                [all] if all == "all" => None,
                [none] if none == "none" => Some(Vec::new()),
                words => Some(words.iter().map(|word| Allowed::parse(word)).collect::<Result<_, _>>()?),
            };
            changes.push(Box::new(move |policy| policy.allow.clone_from(&allow)));
        }
        if self.production || self.no_production {
            let production = self.production;
            changes.push(Box::new(move |policy| policy.production = production));
        }
        Ok(changes)
    }
}

/// What a policy says, for people: label and value.
pub(super) fn rows(policy: &ProjectPolicy) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if let Some(badge) = policy.badge() {
        rows.push(("label", badge));
    }
    if let Some(colour) = policy.colour {
        rows.push(("colour", colour.to_string()));
    }
    if let Some(most) = policy.max_ttl {
        rows.push(("lifetime", format!("at most {}", length(i64::try_from(most).unwrap_or(i64::MAX)))));
    }
    if let Some(allowed) = &policy.allow {
        let words: Vec<&str> = allowed.iter().map(|word| word.as_str()).collect();
        rows.push(("allowed", if words.is_empty() { "nothing".into() } else { words.join(", ") }));
    }
    if policy.production {
        rows.push(("asks", "twice for an administrative token".into()));
    }
    rows
}

/// A policy for `--json`; null if it says nothing.
pub(super) fn as_json(policy: &ProjectPolicy) -> Value {
    if policy.is_empty() {
        return Value::Null;
    }
    let allow = policy.allow.as_ref();
    json!({
        "label": policy.label.as_str(),
        "colour": policy.colour.map(Colour::as_str),
        "max_ttl_seconds": policy.max_ttl,
        "allow": allow.map(|words| words.iter().map(|word| word.as_str()).collect::<Vec<_>>()),
        "production": policy.production,
    })
}
