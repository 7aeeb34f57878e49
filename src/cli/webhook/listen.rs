//! `roomkey webhook listen`.

use std::net::IpAddr;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::super::check::asker;
use super::super::credentials::{self, Chosen, CredentialArgs};
use super::super::serve::{known, unstarted};
use super::super::signals::Stop;
use super::super::{Failure, Ink, Session};
use super::verify::as_json;
use crate::clock::relative;
use crate::ports::serving;
use crate::project::web_address;
use crate::server::counters::Counters;
use crate::server::listener::{self, Listening};
use crate::text::{visible, visible_lines};
use crate::token::inspect::Verdict;
use crate::webhook::receive::Heard;
use crate::webhook::send::{Answer, SendError, send};
use crate::webhook::tamper::Outgoing;

/// How many webhooks may wait to be shown. Each may hold a body.
const ROOM: usize = 256;
/// How long requests that have begun are waited for at the end.
const GRACE: Duration = Duration::from_secs(5);
/// How long a receiver has that a webhook is passed on to.
const FORWARD: Duration = Duration::from_secs(10);

/// Receive webhooks on this machine, verify them, and show them
///
/// A receiver as a LiveKit server expects it, on any path: what was signed with the project's key, and for this body, is
/// answered with 200, all else with 401 and why. One line each goes to standard output.
///
/// A server in a container or in the cloud reaches this machine by --addr 0.0.0.0 or through a tunnel. Nobody is asked for
/// more than the signature.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey webhook listen --dev
  roomkey webhook listen -p acme --forward http://localhost:3000/webhook
  roomkey webhook listen -p acme --once --json | jq .event
  roomkey webhook send --dev --event room_started --to http://localhost:7879/

livekit-server posts to it with this in its configuration:
  webhook: {api_key: devkey, urls: [\"http://localhost:7879/\"]}

--json prints an object a line: what webhook verify prints, and {time, peer, path, body, forwarded: {status, text,
latency_ms, error}}.

Exit codes:
  0  stopped, as asked; with --once and --count: all that were waited for came, and were verified
  1  with --once and --count: one was refused
  2  not started: wrong usage, no credentials, a port that is taken; or stopped before all came")]
pub(in super::super) struct Listen {
    /// Port to listen on; 0 is any that is free
    #[arg(long, value_name = "PORT", default_value_t = 7879)]
    port: u16,
    /// Address to listen on instead of 127.0.0.1 and ::1; may be repeated
    #[arg(long, value_name = "IP")]
    addr: Vec<IpAddr>,
    /// Pass what was verified on to this address, header and body as they came
    #[arg(long, value_name = "URL")]
    forward: Option<String>,
    /// Print each body, too
    #[arg(long)]
    body: bool,
    /// Stop after so many webhooks
    #[arg(long, value_name = "N", conflicts_with = "once", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Stop after one webhook
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    credentials: CredentialArgs,
}

pub(in super::super) fn run(session: &Session, args: &Listen) -> Result<(), Failure> {
    args.credentials.secret.refuse_argument()?;
    if args.forward.as_deref().is_some_and(|to| web_address(to).is_none()) {
        return Err(Failure::from(SendError::NotAnAddress));
    }
    let bound = if args.addr.is_empty() {
        known(listener::loopback(args.port))?
    } else {
        known(listener::bind(&args.addr, args.port))?
    };
    let Chosen { project, .. } = credentials::choose(session, &args.credentials)?;
    let key = project.listing.key.clone();
    let (send, rows) = sync_channel(ROOM);
    // Before anybody can know that it listens: a signal that comes early is one to stop in order, too.
    let stop = Stop::expect().map_err(unstarted)?;
    let listening = known(serving::receive(bound, vec![project], send))?;
    tell(session, &listening, key.as_str());
    until_done(session, args, stop, listening, rows)
}

fn tell(session: &Session, listening: &Listening, key: &str) {
    let console = session.console;
    let url = listening.url();
    let addresses: Vec<String> = listening.addresses().iter().map(ToString::to_string).collect();
    if session.global.json {
        let started = json!({ "event": "listening", "url": url, "addresses": addresses, "key": key });
        return console.note(&started.to_string());
    }
    let at = addresses.join(", ");
    console.marked(Ink::Good, "listening", &format!("for webhooks at {url} ({at})"));
    console.marked(Ink::Name, "    key:", key);
    console.marked(Ink::Name, "    try:", &format!("roomkey webhook send --to {url}"));
}

/// What ends it.
enum Ended {
    /// A signal.
    Told,
    /// So many came, of which some were refused.
    All { refused: u64 },
    /// Nobody reads any more.
    Closed,
    /// They could not be written.
    Failed(Failure),
}

/// Shows what comes until a signal does, or until enough came; then lets the listener finish what it has begun.
fn until_done(
    session: &Session,
    args: &Listen,
    stop: Stop,
    listening: Listening,
    rows: Receiver<Heard>,
) -> Result<(), Failure> {
    let (ends, end) = channel();
    let told = ends.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            // Signals that cannot be waited for end the program as they always do.
            drop(stop.wait());
            drop(told.send(Ended::Told));
        })
        .map_err(unstarted)?;
    let wanted = if args.once { Some(1) } else { args.count };
    let counters = listening.counters();
    let (of_writer, by_writer) = (&counters, &ends);
    let (ended, answered) = std::thread::scope(|scope| {
        let writer = scope.spawn(move || write_all(session, args, wanted, &rows, (of_writer, by_writer)));
        // Without a sender there is nothing to wait for.
        let ended = end.recv().unwrap_or(Ended::Told);
        let answered = listening.stop(GRACE);
        drop(writer.join());
        (ended, answered)
    });
    let counts = counters.now();
    let cut = if answered { "" } else { "; some were still being answered" };
    let text = format!("stopped: {} webhooks accepted, {} refused{cut}", counts.issued, counts.refused);
    if session.global.json {
        let line = json!({ "event": "stopped", "accepted": counts.issued, "refused": counts.refused });
        session.console.note(&line.to_string());
    } else {
        session.console.note(&text);
    }
    match ended {
        Ended::Told if wanted.is_some() => Err(Failure::CouldNotTell),
        Ended::All { refused: 1.. } => Err(Failure::Refused),
        Ended::Failed(failure) => Err(failure),
        Ended::Told | Ended::All { .. } | Ended::Closed => Ok(()),
    }
}

/// Writes a line for each, and says when it is enough. Ends when the listener does, which holds the other end.
fn write_all(
    session: &Session,
    args: &Listen,
    wanted: Option<u64>,
    rows: &Receiver<Heard>,
    (counters, ends): (&Counters, &Sender<Ended>),
) {
    let (mut came, mut refused, mut dropped) = (0, 0, 0);
    while let Ok(heard) = rows.recv() {
        let forwarded =
            args.forward.as_deref().filter(|_| heard.accepted()).map(|to| pass_on(session, to, &heard));
        let line = if session.global.json {
            json_of(&heard, forwarded.as_ref()).to_string()
        } else {
            in_words(session, args, &heard, forwarded.as_ref())
        };
        let end = match session.console.row(&line) {
            Ok(true) => None,
            Ok(false) => Some(Ended::Closed),
            Err(failure) => Some(Ended::Failed(failure)),
        };
        if let Some(end) = end {
            drop(ends.send(end));
            return;
        }
        let now = counters.now().rows_dropped;
        if now > dropped {
            let more = now - dropped;
            session.console.warning(&format!("{more} came faster than they could be shown"), None);
            dropped = now;
        }
        // What is no webhook at all is not what was waited for.
        if heard.report.is_ok() {
            came += 1;
            refused += u64::from(!heard.accepted());
            if wanted == Some(came) {
                drop(ends.send(Ended::All { refused }));
                return;
            }
        }
    }
}

fn pass_on(session: &Session, to: &str, heard: &Heard) -> Result<Answer, SendError> {
    let outgoing = Outgoing { authorization: heard.authorization.clone(), body: heard.body.clone() };
    send(to, &outgoing, &asker(session).within(FORWARD))
}

fn json_of(heard: &Heard, forwarded: Option<&Result<Answer, SendError>>) -> Value {
    let mut line = match &heard.report {
        Ok(report) => as_json(report),
        Err(why) => json!({ "verdict": Verdict::Refused.as_str(), "message": why }),
    };
    if let Value::Object(line) = &mut line {
        line.insert("time".into(), heard.at.iso().into());
        line.insert("peer".into(), heard.peer.to_string().into());
        line.insert("path".into(), heard.path.as_str().into());
        line.insert("body".into(), String::from_utf8_lossy(&heard.body).into());
        let forwarded = forwarded.map(|forwarded| match forwarded {
            Ok(answer) => {
                json!({ "status": answer.status, "text": answer.words, "latency_ms": answer.latency_ms })
            }
            Err(error) => json!({ "error": error.to_string() }),
        });
        line.insert("forwarded".into(), forwarded.into());
    }
    line
}

/// `2026-11-24T14:42:07Z ✓ room_started, demo (EV_x, created 1 s ago)`.
fn in_words(
    session: &Session,
    args: &Listen,
    heard: &Heard,
    forwarded: Option<&Result<Answer, SendError>>,
) -> String {
    let console = session.console;
    let [event, room, identity] = heard.about();
    let parts: Vec<&str> = [event, room, identity].into_iter().filter(|part| !part.is_empty()).collect();
    let mut about = if parts.is_empty() { "no event".to_owned() } else { parts.join(", ") };
    let told = heard.report.as_ref().ok().and_then(|report| report.told.as_ref());
    let created = told.and_then(|told| told.created_at).map(|at| relative(at, heard.at));
    if let (true, Some(created)) = (heard.accepted(), created) {
        about.push_str(&format!(" (created {created})"));
    }
    let (ink, mark) = if heard.accepted() { (Ink::Good, "✓") } else { (Ink::Bad, "✗") };
    let text = if heard.accepted() {
        about
    } else {
        format!("{} ({about}, POST {} from {})", heard.sentence(), heard.path, heard.peer)
    };
    let mut line = format!(
        "{} {} {}",
        console.paint(Ink::Faint, &heard.at.iso()),
        console.paint(ink, mark),
        // A line is a line: what comes from a request cannot begin another.
        visible(&text)
    );
    match forwarded {
        Some(Ok(answer)) => {
            let ink = if answer.accepted() { Ink::Good } else { Ink::Bad };
            let said = format!(" → {} in {} ms", answer.status, answer.latency_ms);
            line.push_str(&console.paint(ink, &said));
        }
        Some(Err(error)) => line.push_str(&console.paint(Ink::Bad, &format!(" → not passed on: {error}"))),
        None => {}
    }
    if args.body && !heard.body.is_empty() {
        let text = String::from_utf8_lossy(&heard.body);
        let pretty = serde_json::from_str::<Value>(&text)
            .ok()
            .and_then(|value| serde_json::to_string_pretty(&value).ok());
        line.push('\n');
        line.push_str(&visible_lines(pretty.as_deref().unwrap_or(&text)));
    }
    line
}
