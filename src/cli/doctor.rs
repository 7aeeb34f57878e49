//! `roomkey doctor`: whether everything that roomkey stands on works here, with a cure for what does not.
//!
//! One function a finding, in the file of what it looks at. None prints, and none gives away what a bug report must not
//! have: no project's name, key or address, and the home folder as `~`.

use std::path::PathBuf;

use serde_json::json;

use super::{Failure, Ink, Session};
use crate::text::{redacted, visible};

mod desk;
mod machine;
mod server;

/// Find out what works on this machine, and what to do about what does not
///
/// Looks at the settings and the permissions of files, saves a made-up project in the store, reads it back and removes it,
/// looks at the clipboard and the terminal, and asks the default project's server (or that of -p) whether key and secret
/// are right and how far its clock is away. Nothing that is printed names a project, a key, a server or your home folder,
/// so it can go into a bug report as it is.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey doctor
  roomkey doctor --offline --json
  roomkey doctor --clipboard          replace what is on the clipboard, to prove that copying works

--json prints {version, system, checks: [{id, result, detail, hint}]}; result is ok, warning, failed or skipped.

Exit codes:
  0  nothing failed
  1  something failed
  2  could not look: wrong usage")]
pub(super) struct Doctor {
    /// Ask no server
    #[arg(long)]
    offline: bool,
    /// Prove the clipboard by copying to it, though something is on it
    #[arg(long)]
    clipboard: bool,
}

/// How one thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Ok,
    /// It works, but not as well as it could.
    Warning,
    Failed,
    /// It was not looked at; the detail says why.
    Skipped,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    fn mark(self) -> (Ink, &'static str) {
        match self {
            Self::Ok => (Ink::Good, "✓"),
            Self::Warning => (Ink::Caution, "!"),
            Self::Failed => (Ink::Bad, "✗"),
            Self::Skipped => (Ink::Faint, "·"),
        }
    }
}

/// What was found out about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    id: &'static str,
    outcome: Outcome,
    detail: String,
    /// What to do about it; empty if there is nothing to do.
    hint: String,
}

impl Finding {
    fn ok(id: &'static str, detail: impl Into<String>) -> Self {
        Self { id, outcome: Outcome::Ok, detail: detail.into(), hint: String::new() }
    }

    fn skipped(id: &'static str, why: impl Into<String>) -> Self {
        Self { id, outcome: Outcome::Skipped, detail: why.into(), hint: String::new() }
    }

    fn warning(id: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { id, outcome: Outcome::Warning, detail: detail.into(), hint: hint.into() }
    }

    fn failed(id: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { id, outcome: Outcome::Failed, detail: detail.into(), hint: hint.into() }
    }
}

pub(super) fn run(session: &Session, args: &Doctor) -> Result<(), Failure> {
    let mut findings = vec![machine::memory(), machine::terminal(session)];
    findings.extend(machine::files(session));
    findings.extend(desk::store(session));
    findings.push(desk::clipboard(session, args.clipboard));
    findings.extend(server::ask(session, args.offline));
    let home: PathBuf = std::env::home_dir().unwrap_or_default().components().collect();
    let home = home.to_string_lossy();
    for finding in &mut findings {
        for text in [&mut finding.detail, &mut finding.hint] {
            *text = shareable(text, &home);
        }
    }
    tell(session, &findings)?;
    let failed = findings.iter().any(|finding| finding.outcome == Outcome::Failed);
    if failed { Err(Failure::Refused) } else { Ok(()) }
}

/// The text as it may be shown to anybody.
fn shareable(text: &str, home: &str) -> String {
    let text = redacted(text);
    let text = if home.len() > 1 { text.replace(home, "~") } else { text.into_owned() };
    visible(&text).into_owned()
}

fn tell(session: &Session, findings: &[Finding]) -> Result<(), Failure> {
    let console = session.console;
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    if session.global.json {
        let checks: Vec<_> = findings
            .iter()
            .map(|found| {
                json!({"id": found.id, "result": found.outcome.word(), "detail": found.detail, "hint": found.hint})
            })
            .collect();
        return console.json(&json!({
            "version": env!("CARGO_PKG_VERSION"), "system": system, "checks": checks,
        }));
    }
    let widest = findings.iter().map(|found| found.id.len()).max().unwrap_or(0);
    let mut lines =
        vec![console.paint(Ink::Strong, &format!("roomkey {} on {system}", env!("CARGO_PKG_VERSION")))];
    for found in findings {
        let (ink, mark) = found.outcome.mark();
        lines.push(format!("{} {:<widest$}  {}", console.paint(ink, mark), found.id, found.detail));
        if !found.hint.is_empty() {
            lines.push(console.paint(Ink::Faint, &format!("  {:widest$}  {}", "", found.hint)));
        }
    }
    console.payload(&lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_can_be_shown_to_anybody() {
        let told = shareable("/home/ann/x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln \u{1b}[2J", "/home/ann");
        assert!(told.starts_with("~/x ") && !told.contains("eyJzdWIi") && !told.contains('\u{1b}'), "{told}");
        assert_eq!(shareable("/x", "/"), "/x", "a home at the root hides nothing");
    }

    #[test]
    fn each_outcome_has_a_word_and_a_mark_of_its_own() {
        let all = [Outcome::Ok, Outcome::Warning, Outcome::Failed, Outcome::Skipped];
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                assert_ne!((one.word(), one.mark().1), (other.word(), other.mark().1));
            }
        }
    }
}
