//! The server of the default project, and the clock by it.

use std::time::Duration;

use super::super::{Failure, Session, credentials};
use crate::check::{Asker, CheckReport, Question, ask as put};
use crate::finding::Finding;
use crate::project::{Project, ProjectName};
use crate::store::Store;

/// The longest that a server may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Whether the server takes key and secret, and how far its clock is away.
/// `store` is the one that was looked at, if it is open.
pub(super) fn ask(session: &Session, offline: bool, store: Option<&dyn Store>) -> Vec<Finding> {
    const SERVER: &str = "server";
    if offline || session.ports.is_demo() {
        let why = if offline { "not asked: --offline" } else { "not asked: the demo's do not exist" };
        return vec![Finding::skipped(SERVER, why)];
    }
    let question = match question(session, store) {
        Ok(Some(question)) => question,
        Ok(None) => {
            return vec![Finding::skipped(SERVER, "not asked: there is no default project; -p names one")];
        }
        Err(error) => return vec![Finding::skipped(SERVER, format!("not asked: {error}"))],
    };
    let lookup = |name: &str| session.ports.variable(name).and_then(|value| value.into_string().ok());
    match put(&question, &Asker::from_environment(&lookup).within(LIMIT)) {
        // Its words may name the host, which is nobody's business.
        Err(error) => {
            let host = question.url.host();
            let told = |text: String| if host.is_empty() { text } else { text.replace(host, "it") };
            vec![Finding::failed(SERVER, told(error.to_string()), told(error.hint()))]
        }
        Ok(report) => vec![answered(&report), clock(&report)],
    }
}

fn question(session: &Session, store: Option<&dyn Store>) -> Result<Option<Question>, Failure> {
    let name = match session.named()? {
        Some(name) => Some(name),
        None => credentials::unnamed(session)?,
    };
    let project = match (name, store) {
        (None, _) => return Ok(None),
        (Some(name), _) if name == ProjectName::local_dev() => Project::local_dev(),
        (Some(name), Some(store)) => store.load(&name)?,
        (Some(_), None) => {
            return Err(Failure::NoProject { why: Some("the store is locked or does not answer".into()) });
        }
    };
    Ok(Some(Question::of_project(&project, session.now)?))
}

fn answered(report: &CheckReport) -> Finding {
    let said = format!("{} ({})", report.sentence(), report.evidence());
    match report.accepted() {
        Some(true) => Finding::ok("server", said),
        Some(false) => Finding::failed("server", said, report.hint()),
        None => Finding::warning("server", said, report.hint()),
    }
}

fn clock(report: &CheckReport) -> Finding {
    match report.skew {
        None => Finding::skipped("clock", "the server did not say its time"),
        Some(skew) => match skew.warning() {
            None => Finding::ok("clock", skew.said().trim_start_matches("clock ").to_owned()),
            Some(warning) => Finding::warning("clock", warning, "set the clock that is wrong, best by NTP"),
        },
    }
}
