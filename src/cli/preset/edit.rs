//! `roomkey preset edit NAME`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::{Failure, Session, secret};
use super::{PresetFailure, change, own};
use crate::claims::presets::Preset;
use crate::claims::presets::own::read_one;
use crate::error::Error;
use crate::files::FileError;
use crate::settings::presets::PresetsError;

/// Edit a preset of your own as text
///
/// Opens the preset in the editor that VISUAL or EDITOR names. What comes back is checked before it takes the preset's
/// place; if it cannot be used, the preset stays as it was and the text is there for another try. A new name in the text
/// renames the preset.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey preset edit support-guest
  EDITOR='code --wait' roomkey preset edit support-guest

Exit codes:
  0  saved, or nothing was changed
  2  not saved: there is no such preset, it is a built-in one, the text cannot be used, or the editor failed")]
pub(in super::super) struct Edit {
    /// The preset
    #[arg(value_name = "NAME")]
    name: String,
}

pub(in super::super) fn run(session: &Session, args: &Edit) -> Result<(), Failure> {
    let console = session.console;
    let before = own(session)?.own(&args.name).map_err(Error::from)?.clone();
    let file = Draft::new(&before.to_text())?;
    loop {
        file.edit(&editor(session))?;
        let text = secret::file(&file.path)?;
        if *text == before.to_text() {
            file.remove();
            console.note(&format!("{} is as it was", before.name));
            return Ok(());
        }
        match keep(session, &before, &text, &file.path) {
            Ok(name) => {
                file.remove();
                console.note(&if name == before.name {
                    format!("saved {name}")
                } else {
                    format!("saved {name}, which was {}", before.name)
                });
                return Ok(());
            }
            Err(error) => console.error(&error.to_string(), &error.hint()),
        }
        if !session.can_ask() || !again()? {
            let file = file.path.display().to_string();
            return Err(PresetFailure::Unusable { name: before.name, file }.into());
        }
    }
}

/// Whether to open the editor once more: yes, unless it is said otherwise.
fn again() -> Result<bool, Failure> {
    let answer = match secret::asked("Edit it again? [Y/n] ") {
        Err(Failure::NotAnswered) => return Ok(false),
        answer => answer?,
    };
    Ok(!matches!(answer.trim().to_ascii_lowercase().as_str(), "n" | "no"))
}

/// Puts what was written in the preset's place, and gives its name.
fn keep(session: &Session, before: &Preset, text: &str, path: &Path) -> Result<String, Failure> {
    let written = |error| Error::from(PresetsError::from(error));
    let after = read_one(text, &path.display().to_string()).map_err(written)?;
    session.ports.refuse_known_secret(&after).map_err(Error::from)?;
    let name = after.name.clone();
    change(session, |shelf| shelf.replace(before, after))?;
    Ok(name)
}

fn editor(session: &Session) -> String {
    let set = |name| session.ports.variable(name).and_then(|value| value.into_string().ok());
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(set).find(|value| !value.trim().is_empty());
    named.unwrap_or_else(|| if cfg!(windows) { "notepad" } else { "vi" }.to_owned())
}

/// The text while it is edited: a file of its own, since an editor that saves badly must not harm the real one.
struct Draft {
    path: PathBuf,
    /// What it had in it at first.
    text: String,
}

impl Draft {
    fn new(text: &str) -> Result<Self, Failure> {
        let folder = std::env::temp_dir();
        let failed = |error: &std::io::Error| Error::from(FileError::failed("write", &folder, error));
        let mut file = tempfile::Builder::new()
            .prefix("roomkey-preset-")
            .suffix(".json")
            .tempfile_in(&folder)
            .map_err(|error| failed(&error))?;
        file.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
        // It stays if what is written in it cannot be used.
        let (_, path) = file.keep().map_err(|error| failed(&error.error))?;
        Ok(Self { path, text: text.to_owned() })
    }

    fn edit(&self, editor: &str) -> Result<(), Failure> {
        // A shell takes it apart, as it does for git: it may have arguments and quotes.
        #[cfg(unix)]
        let status =
            Command::new("sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(&self.path).status();
        #[cfg(not(unix))]
        let status = Command::new(editor).arg(&self.path).status();
        let failed = |mut why: String| {
            // What was written before it failed may be worth something.
            if std::fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
                self.remove();
            } else {
                why.push_str(&format!("; what was written is in {}", self.path.display()));
            }
            Failure::from(PresetFailure::Editor { editor: editor.to_owned(), why })
        };
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(failed(match status.code() {
                Some(127) => "cannot be found".into(),
                Some(code) => format!("ended with {code}; nothing was changed"),
                None => "was ended; nothing was changed".into(),
            })),
            Err(error) => Err(failed(format!("cannot be started: {}", secret::plain(&error)))),
        }
    }

    fn remove(&self) {
        // One that stays is for this user alone.
        let _ = std::fs::remove_file(&self.path);
    }
}
