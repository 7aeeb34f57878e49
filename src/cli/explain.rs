//! `roomkey explain`: what an error means, by its id or found in a pasted text.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Failure, Ink, Session, secret};
use crate::explain::{self, Entry, Explanation, Kind, Match};
use crate::text::visible;
use crate::token::inspect::find_token;

/// Say what an error means and what to do about it
///
/// Takes an id, as roomkey shows them (ttl-long, not-expired), or the text of an error: of a LiveKit server, old or
/// new, of an SDK, a client, a browser's console, a proxy. A whole log will do; colours, JSON and tokens in it do no
/// harm. Several messages in one text: the most telling comes first.
///
/// Nothing of the text is repeated, and nothing leaves this machine. Of a token in it roomkey says what is wrong with it.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey explain
  roomkey explain ttl-long
  roomkey explain 'invalid API key'
  docker logs livekit 2>&1 | roomkey explain -
  roomkey explain --json 'could not establish signal connection' | jq -r '.explanations[0].cure'

Exit codes:
  0  explained
  2  could not tell: there is no such id, or nothing in the text is known")]
pub(super) struct Explain {
    /// An id, an error text, or - for standard input; without it every id is listed
    #[arg(value_name = "ID|TEXT")]
    text: Vec<String>,
}

pub(super) fn run(session: &Session, args: &Explain) -> Result<(), Failure> {
    let console = session.console;
    let text = match args.text.as_slice() {
        [] if session.global.json => return console.json(&explain::entries().map(|e| as_json(&e)).collect()),
        [] => return console.payload(&table(session)),
        [one] if one == "-" => {
            secret::only_one_reads_stdin(&[
                ("the text", true),
                ("--env-file -", session.env_file_is_stdin()),
            ])?;
            secret::stdin_lossy()?
        }
        // Quotes around an error are easily forgotten.
        words => Zeroizing::new(words.join(" ")),
    };
    let explanation = explain::explain(&text, session.now);
    if explanation.matches.is_empty() && explanation.token.is_none() {
        return Err(unknown(&text));
    }
    if session.global.json {
        return console.json(&json!({
            "explanations": explanation.matches.iter().map(found_as_json).collect::<Value>(),
            "token": explanation.token,
        }));
    }
    console.payload(&in_words(session, &explanation))
}

/// The text is never repeated: whoever pastes the wrong thing may have pasted a secret.
fn unknown(text: &str) -> Failure {
    let word = text.trim();
    if find_token(text).is_some() {
        Failure::OnlyAToken
    } else if !word.is_empty() && word.len() <= 40 && !word.contains(char::is_whitespace) {
        Failure::UnknownId { meant: explain::nearest(word) }
    } else {
        Failure::NotExplained
    }
}

fn as_json(entry: &Entry) -> Value {
    json!({
        "id": entry.id,
        "kind": entry.kind.as_str(),
        "title": entry.title,
        "cause": entry.cause,
        "cure": entry.cure,
        "said": entry.said().map(|said| json!({"text": said.text, "by": said.by})).collect::<Value>(),
    })
}

fn found_as_json(found: &Match) -> Value {
    let mut entry = as_json(&found.entry);
    entry["found"] = found.saying.map(|said| json!({"text": said.text, "by": said.by})).into();
    entry["claim"] = found.claim.into();
    entry
}

fn table(session: &Session) -> String {
    let console = session.console;
    let widest = explain::entries().map(|entry| entry.id.len()).max().unwrap_or(0);
    let mut blocks = Vec::new();
    for kind in Kind::ALL {
        let mut lines = vec![console.paint(Ink::Strong, kind.title())];
        lines.extend(explain::entries().filter(|entry| entry.kind == kind).map(|entry| {
            let id = console.paint(Ink::Name, &format!("{:widest$}", entry.id));
            format!("  {id}  {}", entry.title)
        }));
        blocks.push(lines.join("\n"));
    }
    blocks.join("\n\n")
}

fn in_words(session: &Session, explanation: &Explanation) -> String {
    let console = session.console;
    let mut lines = Vec::new();
    let mut matches = explanation.matches.iter();
    if let Some(first) = matches.next() {
        lines.extend(full(session, first));
    }
    let others: Vec<&Match> = matches.collect();
    if !others.is_empty() {
        let widest = others.iter().map(|other| other.entry.id.len()).max().unwrap_or(0);
        lines.push(format!("\n{}", console.paint(Ink::Strong, "Also in this text")));
        lines.extend(others.iter().map(|other| {
            let id = console.paint(Ink::Name, &format!("{:widest$}", other.entry.id));
            format!("  {id}  {}", other.entry.title)
        }));
    }
    if let Some(token) = &explanation.token {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(console.paint(Ink::Strong, "The token in this text"));
        lines.extend(wrapped(token, 2, 78));
        lines.push(console.paint(Ink::Faint, "  roomkey inspect says more, and checks the signature"));
    }
    lines.join("\n")
}

fn full(session: &Session, found: &Match) -> Vec<String> {
    let console = session.console;
    let entry = &found.entry;
    let faint = |text: &str| console.paint(Ink::Faint, text);
    let mut lines = vec![
        format!("{}  {}", console.paint(Ink::Name, entry.id), console.paint(Ink::Strong, entry.title)),
        String::new(),
    ];
    if let Some(claim) = found.claim {
        lines.push(format!("  {} {}", faint("claim"), visible(claim)));
    }
    let mut row = |label: &str, text: &str| {
        let mut text = wrapped(text, 9, 78).into_iter();
        let first = text.next().unwrap_or_default();
        lines.push(format!("  {} {}", faint(&format!("{label:<6}")), first.trim_start()));
        lines.extend(text);
    };
    row("why", &entry.cause);
    row("cure", &entry.cure);
    if let Some(said) = found.saying {
        row("found", &format!("{} ({})", said.text, said.by));
        return lines;
    }
    let said: Vec<_> = entry.said().collect();
    if !said.is_empty() {
        lines.push(String::new());
        lines.push(format!("  {}", faint("said as")));
        let widest = said.iter().map(|said| said.by.len()).max().unwrap_or(0);
        lines.extend(
            said.iter().map(|said| format!("    {}  {}", faint(&format!("{:widest$}", said.by)), said.text)),
        );
    }
    lines
}

/// At spaces, each line indented and, where a word allows it, no longer than `width`.
fn wrapped(text: &str, indent: usize, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{:indent$}{word}", "")),
        }
    }
    lines
}
