//! `roomkey grants [PATH]`: the catalogue of claims, as a table or one row in full.

use serde_json::{Value, json};

use super::failure::beginning;
use super::{Failure, Ink, Session};
use crate::claims::catalog::{self, ENTRIES, Entry, Field, Group, nearest};
use crate::claims::draft::Draft;
use crate::claims::effect;
use crate::clock::{Timestamp, Zone};
use crate::project::ApiKey;

/// List every claim and grant a token can carry, or explain one
///
/// The paths are what --set takes. The table has the groups and the order of the form; a path (or the last word of one)
/// shows all there is to know about it: what it takes, what unset means to the server, and which APIs it opens.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey grants
  roomkey grants video.canPublishData
  roomkey grants roomAdmin
  roomkey grants --json | jq -r '.[].path'

Exit codes:
  0  printed
  2  there is no such claim")]
pub(super) struct Grants {
    /// A claim: video.canPublish, or its last word
    #[arg(value_name = "PATH")]
    path: Option<String>,
}

pub(super) fn run(session: &Session, args: &Grants) -> Result<(), Failure> {
    let console = session.console;
    let Some(path) = &args.path else {
        if session.global.json {
            return console.json(&ENTRIES.iter().map(as_json).collect());
        }
        return console.payload(&table(session));
    };
    let entry = find(path)?;
    if session.global.json { console.json(&as_json(entry)) } else { console.payload(&full(session, entry)) }
}

/// By its path, by one of the names `--set` knows besides, or by its last word if only one has it.
fn find(path: &str) -> Result<&'static Entry, Failure> {
    let alias = match path {
        "identity" => "sub",
        "ttl" => "exp",
        "room" => "video.room",
        other => other,
    };
    if let Some(entry) = catalog::entry(alias) {
        return Ok(entry);
    }
    let mut same = ENTRIES.iter().filter(|entry| entry.path.rsplit('.').next() == Some(path));
    match (same.next(), same.next()) {
        (Some(entry), None) => Ok(entry),
        _ => Err(Failure::UnknownClaim { path: beginning(path), meant: nearest(path) }),
    }
}

/// What the form calls the kind of value.
fn kind(field: Field) -> &'static str {
    match field {
        Field::Flag(_) => "flag",
        Field::Choice(..) => "choice",
        Field::Text(_) | Field::LongText(_) | Field::OneOf(..) => "text",
        Field::Count(..) => "number",
        Field::Sources(_) | Field::Words(..) => "list",
        Field::Pairs(_) => "pairs",
        Field::Dispatches(_) => "agents",
        Field::Json(_) => "json",
        Field::Lasting(_) => "time",
    }
}

/// What the server makes of it when it is not set.
fn unset(entry: &Entry) -> &'static str {
    match entry.field {
        Field::Choice(_, default) => default.said(),
        Field::Flag(_) => "no",
        Field::Sources(_) => "all four sources",
        Field::Lasting(_) => "1 h",
        Field::Count(..) => "the server's default",
        _ => "nothing",
    }
}

/// A value that `--set` takes for it.
fn example(entry: &Entry) -> &'static str {
    match entry.path {
        "sub" => "alice",
        "name" => "'Alice B.'",
        "video.room" | "video.destinationRoom" => "demo",
        "metadata" | "roomConfig.metadata" => "'{\"team\":\"blue\"}'",
        "attributes" | "roomConfig.tags" => "role=host,seat=7",
        "sha256" => "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        _ => match entry.field {
            Field::Choice(..) => "false",
            Field::Flag(_) => "true",
            Field::Sources(_) => "camera,microphone",
            Field::Words(_, [first, ..]) => first,
            Field::OneOf(_, names) => names.last().copied().unwrap_or("standard"),
            Field::Count(..) => "20",
            Field::Dispatches(_) => "helper",
            Field::Json(_) => "'{\"tracks\":{\"filepath\":\"rec/{room_name}\"}}'",
            Field::Lasting(_) => "90m",
            Field::Text(_) | Field::LongText(_) | Field::Words(..) | Field::Pairs(_) => "x",
        },
    }
}

/// The server's APIs that this row alone opens, asked of the same code that judges tokens.
fn opens(entry: &Entry) -> Vec<String> {
    let now = Timestamp::from_unix(0);
    let with = |rows: &[(&str, &str)]| {
        let mut draft = Draft::default();
        for (path, value) in rows {
            // Rows of the catalogue with values it takes.
            drop(draft.set(path, value, now, &Zone::utc()));
        }
        effect::apis(&draft.claims(&ApiKey::dev(), now))
    };
    if !matches!(entry.field, Field::Flag(_)) {
        return Vec::new();
    }
    let room = ("video.room", "NAME");
    let mut apis = with(&[room, (entry.path, "true")]);
    if entry.path == "video.roomJoin" {
        apis.push("join a room (/rtc), WHIP".into());
    }
    apis
}

fn as_json(entry: &Entry) -> Value {
    json!({
        "path": entry.path,
        "group": entry.group.title(),
        "summary": entry.summary,
        "detail": entry.detail,
        "type": kind(entry.field),
        "takes": entry.takes(),
        "unset": unset(entry),
        "opens": opens(entry),
        "example": format!("{}={}", entry.path, example(entry).trim_matches('\'')),
    })
}

fn table(session: &Session) -> String {
    let console = session.console;
    let widest = ENTRIES.iter().map(|entry| entry.path.len()).max().unwrap_or(0);
    let mut blocks = Vec::new();
    for group in Group::ALL {
        let mut lines = vec![console.paint(Ink::Strong, group.title())];
        lines.extend(group.entries().map(|entry| {
            let path = console.paint(Ink::Name, &format!("{:widest$}", entry.path));
            let kind = console.paint(Ink::Faint, &format!("{:<7}", kind(entry.field)));
            format!("  {path}  {kind} {}", entry.summary)
        }));
        blocks.push(lines.join("\n"));
    }
    blocks.join("\n\n")
}

fn full(session: &Session, entry: &Entry) -> String {
    let console = session.console;
    let row =
        |label: &str, text: &str| format!("  {} {text}", console.paint(Ink::Faint, &format!("{label:<8}")));
    let mut lines = vec![
        format!("{}  {}", console.paint(Ink::Name, entry.path), console.paint(Ink::Strong, entry.summary)),
        String::new(),
    ];
    lines.extend(wrapped(entry.detail, 78).into_iter().map(|line| format!("  {line}")));
    lines.extend([
        String::new(),
        row("group", entry.group.title()),
        row("takes", &entry.takes()),
        row("unset", unset(entry)),
    ]);
    let opens = opens(entry);
    if !opens.is_empty() {
        lines.push(row("opens", &opens.join(", ")));
    }
    lines.push(row("set it", &format!("--set {}={}", entry.path, example(entry))));
    lines.join("\n")
}

/// At spaces, so that no line is longer than `width` where a word allows it.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_taken_and_changes_the_draft() {
        let now = Timestamp::from_unix(1_795_531_327);
        for entry in ENTRIES {
            let mut draft = Draft::default();
            draft.set(entry.path, example(entry).trim_matches('\''), now, &Zone::utc()).unwrap();
            assert_ne!(draft, Draft::default(), "{}", entry.path);
        }
    }

    #[test]
    fn a_claim_is_found_by_its_path_its_name_or_a_last_word_that_is_its_alone() {
        for (asked, path) in [
            ("video.canPublish", "video.canPublish"),
            ("identity", "sub"),
            ("ttl", "exp"),
            ("roomAdmin", "video.roomAdmin"),
            ("perform", "inference.perform"),
        ] {
            assert_eq!(find(asked).unwrap().path, path);
        }
        for asked in ["admin", "video.roomName", "zebra", ""] {
            assert!(matches!(find(asked), Err(Failure::UnknownClaim { .. })), "{asked}");
        }
    }

    #[test]
    fn what_opens_an_api_says_which() {
        let of = |path| opens(catalog::entry(path).unwrap());
        assert_eq!(of("video.roomList"), ["ListRooms"]);
        assert_eq!(of("video.roomCreate"), ["CreateRoom+DeleteRoom (any room)"]);
        assert!(of("video.roomAdmin")[0].contains("NAME"));
        assert!(of("video.hidden").is_empty());
    }
}
