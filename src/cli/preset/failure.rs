//! Why a command about presets did not do as asked.

use crate::text::visible;

/// What only `preset` says.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum PresetFailure {
    /// A name that is taken, and nobody to ask.
    #[error("there is a preset {} already", visible(name))]
    Taken {
        /// The name.
        name: String,
    },
    /// The user said no.
    #[error("{} was kept as it is", visible(name))]
    Kept {
        /// The name.
        name: String,
    },
    /// `preset remove` without a terminal and without `--yes`.
    #[error("removing {} needs a yes, and there is no terminal to ask on", visible(name))]
    NoYes {
        /// The name.
        name: String,
    },
    /// `preset save --generate`.
    #[error("--generate makes up names when a token is made, and a preset is none")]
    Generate,
    /// A preset to be imported, another of its name, and nobody to ask.
    #[error("{} is there already ({how}), and there is no terminal to ask on", visible(name))]
    Conflict {
        /// The name.
        name: String,
        /// `differs: exp`.
        how: String,
    },
    /// No name is free for a preset that is to be imported under another.
    #[error("no name like {} is free", visible(name))]
    NoFreeName {
        /// The name.
        name: String,
    },
    /// The editor could not be started, or failed.
    #[error("the editor {} {why}", visible(editor))]
    Editor {
        /// The command.
        editor: String,
        /// `cannot be started: not found`.
        why: String,
    },
    /// What came back from the editor cannot be kept.
    #[error("{} is as it was: what you wrote cannot be used", visible(name))]
    Unusable {
        /// The preset.
        name: String,
        /// The file with what was written.
        file: String,
    },
}

impl PresetFailure {
    /// What to do about it.
    pub(in super::super) fn hint(&self) -> String {
        match self {
            Self::Taken { .. } => "replace it with --force, or choose another name".into(),
            Self::Kept { .. } => String::new(),
            Self::NoYes { .. } => "say it with --yes".into(),
            Self::Generate => {
                "write {rand4} where each token is to differ, as in --identity 'guest-{rand4}'".into()
            }
            Self::Conflict { .. } => "say what to do with --on-conflict skip, replace or rename".into(),
            Self::NoFreeName { .. } => "rename one of them first, with roomkey preset rename".into(),
            Self::Editor { .. } => "set VISUAL or EDITOR to the command that starts your editor".into(),
            Self::Unusable { file, .. } => {
                format!(
                    "it is kept in {}; mend it there, and import it with --on-conflict replace",
                    visible(file)
                )
            }
        }
    }

    /// 1 for a no, 2 for everything else.
    pub(in super::super) fn exit_code(&self) -> u8 {
        if matches!(self, Self::Kept { .. }) { 1 } else { 2 }
    }
}
