//! What `project check` and `token check` share: the limits, the sending and the report.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::{Failure, Ink, Session};
use crate::check::{Asker, CheckError, CheckReport, Question, Skew, ask};

/// How somebody else's server is asked.
#[derive(clap::Args, Debug)]
pub(super) struct AskArgs {
    /// The longest to wait for a whole answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
    /// Trust the certificates in this PEM file instead of Mozilla's; SSL_CERT_FILE says the same
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl AskArgs {
    /// The environment's proxies and certificates, and the flags over them.
    pub(super) fn asker(&self, session: &Session) -> Asker {
        let asker = asker(session).within(Duration::from_secs(self.timeout));
        match &self.ca_file {
            Some(file) => asker.trusting(file),
            None => asker,
        }
    }
}

/// Asks as the environment says: by its proxies, trusting its certificates.
pub(super) fn asker(session: &Session) -> Asker {
    let lookup = |name: &str| session.ports.variable(name).and_then(|value| value.into_string().ok());
    Asker::from_environment(&lookup)
}

/// Asks and reports. The exit code is the server's answer.
pub(super) fn put(session: &Session, args: &AskArgs, question: &Question) -> Result<(), Failure> {
    let asker = args.asker(session);
    if session.ports.is_demo() {
        return unanswered(session, question, CheckError::Demo);
    }
    session.console.note(&format!("asking {}: {}", question.url, question.about.said()));
    for note in question.url.notes() {
        session.console.warning(&note.to_string(), None);
    }
    match ask(question, &asker) {
        Ok(report) => answered(session, question, &report),
        Err(error) => unanswered(session, question, error),
    }
}

fn answered(session: &Session, question: &Question, report: &CheckReport) -> Result<(), Failure> {
    let console = session.console;
    if session.global.json {
        console.json(&json!({
            "url": question.url.ws(),
            "asked": report.about.said(),
            "accepted": report.accepted(),
            "message": report.sentence(),
            "hint": report.hint(),
            "status": report.status,
            "text": report.words,
            "latency_ms": report.latency_ms,
            "clock_skew_seconds": report.skew.map(|skew| skew.seconds),
            "clock_skew_uncertainty_ms": report.skew.map(|skew| skew.uncertainty_ms),
        }))?;
    } else {
        let (ink, mark) = match report.accepted() {
            Some(true) => (Ink::Good, "✓"),
            Some(false) => (Ink::Bad, "✗"),
            None => (Ink::Caution, "?"),
        };
        let said = console.paint(ink, &format!("{mark} {}", report.sentence()));
        console.payload(&format!("{said} ({})", report.evidence()))?;
        if !report.hint().is_empty() {
            console.marked(Ink::Name, "hint:", &report.hint());
        }
    }
    if let Some(warning) = report.skew.and_then(Skew::warning) {
        console.warning(&warning, Some(Skew::cure()));
    }
    match report.accepted() {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::Refused),
        None => Err(Failure::CouldNotTell),
    }
}

fn unanswered(session: &Session, question: &Question, error: CheckError) -> Result<(), Failure> {
    if session.global.json {
        session.console.json(&json!({
            "url": question.url.ws(),
            "asked": question.about.said(),
            "accepted": null,
            "message": error.to_string(),
            "hint": error.hint(),
        }))?;
    }
    Err(error.into())
}
