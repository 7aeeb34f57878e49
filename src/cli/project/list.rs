//! `roomkey project list`.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::super::{Failure, Ink, Session};
use super::{as_json, shown_policies};
use crate::project::Listing;
use crate::store::Store;
use crate::text::visible;

/// List the projects, without their secrets
///
/// A star marks the default one. The built-in project local dev is always there (-p \"local dev\" or --dev) and is not
/// listed.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey project list
  roomkey project list --json | jq -r '.[].name'
  roomkey --store vault project list

--json prints a list of {name, url, key, store, default, policy, old_key}.

Exit codes:
  0  listed, even if there are none
  2  the store did not answer; names that are known without it are printed all the same")]
pub(in super::super) struct List {}

pub(in super::super) fn run(session: &Session) -> Result<(), Failure> {
    let store = session.store()?;
    print(session, store.as_ref())?;
    // The names in a keyring are known without it. Whether their secrets can be had is another question, and the
    // one that the exit code answers.
    store.probe()?;
    Ok(())
}

fn print(session: &Session, store: &dyn Store) -> Result<(), Failure> {
    let listings = store.list()?;
    let default = session.ports.settings()?.default_project;
    let backend = store.backend().as_str();
    let console = session.console;
    let is_default = |name| default.as_ref() == Some(name);
    let policies = shown_policies(session);
    if session.global.json {
        let all: Vec<Value> = listings
            .iter()
            .map(|listing| as_json(listing, backend, is_default(&listing.name), policies.of(&listing.name)))
            .collect();
        return console.json(&Value::Array(all));
    }
    if listings.is_empty() {
        console.note(&format!("no projects in the {backend}; add one with roomkey project add NAME"));
        return Ok(());
    }
    let badge = |listing: &Listing| policies.of(&listing.name).badge();
    // Nobody who has none is shown an empty column.
    let labelled = listings.iter().any(|listing| badge(listing).is_some());
    let rows: Vec<Vec<String>> = listings
        .iter()
        .map(|listing| {
            let mark = if is_default(&listing.name) { "*" } else { " " };
            let name = format!("{mark} {}", visible(listing.name.as_str()));
            let mut row = vec![
                name,
                visible(&listing.url.ws()).into_owned(),
                listing.key.to_string(),
                backend.to_owned(),
            ];
            if labelled {
                row.insert(1, badge(listing).unwrap_or_default());
            }
            row
        })
        .collect();
    let mut heads = vec!["  NAME", "URL", "API KEY", "STORE"];
    if labelled {
        heads.insert(1, "LABEL");
    }
    let first: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let mut text = vec![console.paint(Ink::Strong, &line(&first, &rows, &heads))];
    text.extend(rows.iter().map(|row| line(row, &rows, &heads)));
    console.payload(&text.join("\n"))
}

/// A row with its cells as wide as the widest of their column.
fn line(row: &[String], all: &[Vec<String>], heads: &[&str]) -> String {
    let mut out = String::new();
    for (column, cell) in row.iter().enumerate() {
        let widest =
            all.iter().map(|row| row[column].width()).chain([heads[column].width()]).max().unwrap_or(0);
        out.push_str(cell);
        out.extend(std::iter::repeat_n(' ', widest - cell.width() + 2));
    }
    out.trim_end().to_owned()
}
