//! `roomkey doctor`: whether everything that roomkey stands on works here, with a cure for what does not.
//!
//! One function a finding, in the file of what it looks at. None prints, and none gives away what a bug report must not
//! have: no project's name, key or address, and the home folder as `~`.

use std::path::PathBuf;

use serde_json::json;

use super::{Failure, Session, findings};
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

pub(super) fn run(session: &Session, args: &Doctor) -> Result<(), Failure> {
    let mut findings = vec![machine::memory(), machine::terminal(session)];
    findings.extend(machine::files(session));
    let (of_the_store, store) = desk::store(session);
    findings.extend(of_the_store);
    findings.push(desk::clipboard(session, args.clipboard));
    findings.extend(server::ask(session, args.offline, store.as_deref()));
    let home: PathBuf = std::env::home_dir().unwrap_or_default().components().collect();
    let home = home.to_string_lossy();
    for finding in &mut findings {
        for text in [&mut finding.detail, &mut finding.hint] {
            *text = shareable(text, &home);
        }
    }
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    if session.global.json {
        let checks = findings::as_json(&findings);
        let version = env!("CARGO_PKG_VERSION");
        session.console.json(&json!({"version": version, "system": system, "checks": checks}))?;
    } else {
        let first = format!("roomkey {} on {system}", env!("CARGO_PKG_VERSION"));
        findings::print(session.console, &first, &findings)?;
    }
    findings::answer(&findings)
}

/// The text as it may be shown to anybody.
fn shareable(text: &str, home: &str) -> String {
    let text = redacted(text);
    let text = if home.len() > 1 { text.replace(home, "~") } else { text.into_owned() };
    visible(&text).into_owned()
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
}
