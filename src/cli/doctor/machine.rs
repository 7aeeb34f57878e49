//! The process, its terminal and its files.

use std::io::IsTerminal;
use std::path::Path;

use super::super::Session;
use crate::finding::Finding;
use crate::settings::policies::{Policies, PoliciesError};
use crate::settings::presets::PresetsError;

/// Whether other programs can look into this one.
pub(super) fn memory() -> Finding {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};
        let hidden = dumpable_behavior().is_ok_and(|now| now == DumpableBehavior::NotDumpable);
        let no_core = getrlimit(Resource::Core).current == Some(0);
        if hidden && no_core {
            return Finding::ok("memory", "no core dump, and no other program of yours can read it");
        }
        Finding::warning(
            "memory",
            "other programs of yours can read it",
            "the system refused what protects it; secrets are in it only while something is signed",
        )
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    Finding::skipped("memory", "not known how to find out on this system")
}

/// What the screens would be drawn on.
pub(super) fn terminal(session: &Session) -> Finding {
    let set = |name: &str| {
        session.ports.variable(name).and_then(|v| v.into_string().ok()).filter(|v| !v.is_empty())
    };
    let term = set("TERM").unwrap_or_default();
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Finding::skipped("terminal", "there is none here, so the screens would not open");
    }
    let size = crossterm::terminal::size().unwrap_or((0, 0));
    let mut said = vec![if term.is_empty() { "TERM is not set".into() } else { term.clone() }];
    said.push(format!("{} x {}", size.0, size.1));
    if let Some(program) = set("TERM_PROGRAM") {
        said.push(program);
    }
    for (name, word) in [("TMUX", "in tmux"), ("SSH_CONNECTION", "over SSH"), ("NO_COLOR", "without colours")]
    {
        if set(name).is_some() {
            said.push(word.into());
        }
    }
    let ascii = !session.ports.draws_utf8();
    if ascii {
        said.push("not UTF-8".into());
    }
    let said = said.join(", ");
    if size.0 < 40 || size.1 < 12 {
        return Finding::warning("terminal", said, "the screens need 40 columns and 12 rows");
    }
    if term == "dumb" {
        return Finding::warning(
            "terminal",
            said,
            "the screens need a terminal that moves its cursor; the commands do not",
        );
    }
    if ascii {
        return Finding::warning(
            "terminal",
            said,
            "borders are drawn with + - |; a UTF-8 locale draws lines",
        );
    }
    Finding::ok("terminal", said)
}

/// The folders and the settings.
pub(super) fn files(session: &Session) -> Vec<Finding> {
    let Some(paths) = session.ports.paths() else {
        return vec![Finding::skipped("files", "the demo keeps nothing in files")];
    };
    let folders =
        [(&paths.config, 0o022, "changed"), (&paths.data, 0o077, "read"), (&paths.state, 0o077, "read")];
    let open =
        folders.iter().find(|(folder, refused, _)| mode(folder).is_some_and(|mode| mode & refused != 0));
    let files = match open {
        Some((folder, _, done)) => {
            let folder = folder.display();
            Finding::failed(
                "files",
                format!("{folder} can be {done} by others"),
                format!("chmod 700 {folder}"),
            )
        }
        None if folders.iter().any(|(folder, ..)| folder.is_dir()) => {
            Finding::ok("files", "nobody but you can change them, or read what is private")
        }
        None => Finding::ok("files", "there are none yet"),
    };
    vec![files, settings(session), policies(session), presets(session)]
}

/// The permissions of a folder, where there are any.
fn mode(folder: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        folder.metadata().ok().map(|metadata| metadata.permissions().mode())
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

fn settings(session: &Session) -> Finding {
    match session.ports.settings() {
        Err(error) => Finding::failed("settings", error.to_string(), error.hint()),
        Ok(settings) => match settings.unknown.first() {
            None => Finding::ok("settings", "readable"),
            Some(unknown) => Finding::warning(
                "settings",
                format!("line {}: there is no setting {}", unknown.line, unknown.key),
                unknown.nearest.map_or("remove it".into(), |nearest| format!("did you mean {nearest}?")),
            ),
        },
    }
}

/// Whether it is known what may be signed. What is wrong in the file may name a project, so only its place is told.
fn policies(session: &Session) -> Finding {
    const ID: &str = "policies";
    match session.ports.policies() {
        Ok(policies) if policies == Policies::none() => Finding::ok(ID, "there are none"),
        Ok(_) => Finding::ok(ID, "readable"),
        Err(PoliciesError::Wrong { path, line, column, .. }) => Finding::failed(
            ID,
            format!("{}, line {line}, column {column}: not understood", path.display()),
            "roomkey project policy NAME says what is wrong there; nothing is signed until it is mended",
        ),
        Err(error) => Finding::failed(ID, error.to_string(), error.hint()),
    }
}

/// Whether presets of one's own can be read. As [`policies`], it tells nothing of what is in them.
fn presets(session: &Session) -> Finding {
    const ID: &str = "presets";
    match session.ports.presets().read() {
        Ok(shelf) if shelf.all().is_empty() => Finding::ok(ID, "none of your own"),
        Ok(shelf) => Finding::ok(ID, format!("{} of your own, readable", shelf.all().len())),
        Err(error @ (PresetsError::File(_) | PresetsError::NotText { .. })) => {
            Finding::failed(ID, error.to_string(), error.hint())
        }
        Err(PresetsError::Text(_) | PresetsError::Own(_)) => {
            Finding::failed(ID, "the file is not understood", "roomkey preset list says where and why")
        }
    }
}
