//! `roomkey webhook send`.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use super::super::check::AskArgs;
use super::super::credentials::{self, Chosen, CredentialArgs};
use super::super::{Failure, Ink, Session, secret};
use crate::text::visible_lines;
use crate::webhook::event::{self, About, EVENTS};
use crate::webhook::send::send;
use crate::webhook::tamper::{Outgoing, Tampering, outgoing};
use crate::webhook::{CONTENT_TYPE, USER_AGENT};

/// Send a webhook as a LiveKit server does, to test a receiver
///
/// Makes the body of an event, signs it with a project's key and posts it, once. --tamper sends one with one thing wrong,
/// which a receiver must refuse. Without --to the request is printed and not sent.
#[derive(Args, Debug)]
#[command(after_long_help = after())]
pub(in super::super) struct Send {
    /// Which event
    #[arg(long, value_name = "EVENT", default_value = "room_started")]
    event: String,
    /// Address of the receiver
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Name of the room
    #[arg(short, long, value_name = "NAME", default_value = "demo")]
    room: String,
    /// Identity of the participant
    #[arg(short, long, value_name = "ID", default_value = "alice")]
    identity: String,
    /// Set a field of the body: room.metadata=hello; may be repeated
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Send this body instead; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["event", "room", "identity", "set"])]
    body: Option<PathBuf>,
    /// Send it with one thing wrong
    #[arg(long, value_name = "WHAT", value_parser = Tampering::ALL.map(|(_, word, _)| word))]
    tamper: Option<String>,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    credentials: CredentialArgs,
}

fn after() -> String {
    let mut text = String::from(
        "\
Examples:
  roomkey webhook send --dev --event participant_joined --to http://localhost:3000/webhook
  roomkey webhook send -p acme --to http://localhost:3000/webhook --tamper body
  roomkey webhook send --dev --event room_started --set room.metadata=hello > request.http

Events:
",
    );
    for event in EVENTS {
        text.push_str(&format!("  {:<32}{}\n", event.name, event.summary));
    }
    text.push_str("\nWhat can be wrong with it:\n");
    for (_, word, what) in Tampering::ALL {
        text.push_str(&format!("  {word:<32}{what}\n"));
    }
    text.push_str(
        "
Exit codes:
  0  the receiver accepted it, or refused one that was tampered with
  1  the receiver refused it, or accepted one that was tampered with
  2  could not tell: no answer, wrong usage, or no credentials",
    );
    text
}

pub(in super::super) fn run(session: &Session, args: &Send) -> Result<(), Failure> {
    args.credentials.secret.refuse_argument()?;
    secret::only_one_reads_stdin(&[
        ("--body -", args.body.as_ref().is_some_and(|path| path.as_os_str() == "-")),
        ("--api-secret-stdin", args.credentials.secret.api_secret_stdin),
        ("--env-file -", session.env_file_is_stdin()),
    ])?;
    let body = match &args.body {
        Some(path) => secret::bytes_of(path)?.to_vec(),
        None => made(session, args)?.to_string().into_bytes(),
    };
    let Chosen { project, .. } = credentials::choose(session, &args.credentials)?;
    let wrong = args.tamper.as_deref().and_then(Tampering::named);
    let outgoing = outgoing(&project.listing.key, &project.secret, body, wrong, session.now)?;
    drop(project);
    match &args.to {
        None => print(session, &outgoing),
        Some(to) => post(session, args, to, &outgoing, wrong),
    }
}

/// The body of the event, with what was set in it.
fn made(session: &Session, args: &Send) -> Result<Value, Failure> {
    let event = event::find(&args.event)?;
    let nonce = u64::from(std::process::id()) << 20 ^ session.now.as_unix().unsigned_abs();
    let about = About { room: &args.room, identity: &args.identity, nonce };
    let mut body = event::body(event, &about, session.now);
    for given in &args.set {
        let (path, value) = given
            .split_once('=')
            .filter(|(path, _)| !path.is_empty())
            .ok_or_else(|| Failure::NotAnAssignment { given: given.chars().take(60).collect() })?;
        // What is JSON is taken as such; everything else is a text.
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        set(&mut body, path, value);
    }
    Ok(Value::Object(body))
}

/// Sets a field by its path; objects on the way are made.
fn set(map: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            map.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = map.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

/// The request as it would go over the wire.
fn print(session: &Session, outgoing: &Outgoing) -> Result<(), Failure> {
    let body = String::from_utf8_lossy(&outgoing.body);
    if session.global.json {
        return session.console.json(&json!({
            "authorization": outgoing.authorization.as_ref().map(|token| token.expose().to_owned()),
            "content_type": CONTENT_TYPE,
            "body": body,
        }));
    }
    let mut head = format!("POST / HTTP/1.1\r\nContent-Type: {CONTENT_TYPE}\r\nUser-Agent: {USER_AGENT}\r\n");
    if let Some(token) = &outgoing.authorization {
        head.push_str(&format!("Authorization: {}\r\n", token.expose()));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", outgoing.body.len()));
    if session.console.terminal {
        return session.console.payload(&visible_lines(&format!("{}{body}", head.replace('\r', ""))));
    }
    session.console.payload_bytes(&[head.as_bytes(), &outgoing.body].concat())
}

fn post(
    session: &Session,
    args: &Send,
    to: &str,
    outgoing: &Outgoing,
    wrong: Option<Tampering>,
) -> Result<(), Failure> {
    let answer = send(to, outgoing, &args.ask.asker(session))?;
    let good = answer.accepted() == wrong.is_none();
    let sentence = match (wrong, answer.accepted()) {
        (None, true) => "the receiver accepted it".to_owned(),
        (None, false) => "the receiver refused it".into(),
        (Some(wrong), true) => format!("the receiver accepted it, although {}", wrong.summary()),
        (Some(wrong), false) => format!("the receiver refused it, as it should: {}", wrong.summary()),
    };
    if session.global.json {
        session.console.json(&json!({
            "event": event::told(&outgoing.body).map(|told| told.event),
            "tampered": args.tamper,
            "accepted": answer.accepted(),
            "as_it_should": good,
            "message": sentence,
            "status": answer.status,
            "text": answer.words,
            "latency_ms": answer.latency_ms,
        }))?;
    } else {
        let (ink, mark) = if good { (Ink::Good, "✓") } else { (Ink::Bad, "✗") };
        let words = if answer.words.is_empty() { String::new() } else { format!(": {}", answer.words) };
        let said = session.console.paint(ink, &format!("{mark} {sentence}"));
        session.console.payload(&format!("{said} ({} in {} ms{words})", answer.status, answer.latency_ms))?;
    }
    if good { Ok(()) } else { Err(Failure::Refused) }
}
