//! The presets of one's own, as far as the screens know them.

use std::sync::Arc;

use crate::claims::presets::{Preset, built_in};
use crate::text::visible;

use super::message::Failure;

/// The presets of one's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnPresets {
    /// All that could be read last, by name.
    pub own: Arc<[Preset]>,
    /// Why they cannot be read now.
    pub trouble: Option<Failure>,
}

impl OwnPresets {
    /// The presets to start from, in the order in which they are shown: one's own, then the built-in ones.
    pub fn all(&self) -> impl Iterator<Item = &Preset> {
        self.own.iter().chain(built_in())
    }

    /// The one at this place of [`OwnPresets::all`].
    #[must_use]
    pub fn at(&self, index: usize) -> Option<&Preset> {
        self.all().nth(index)
    }

    /// The one of one's own of this name.
    #[must_use]
    pub fn called(&self, name: &str) -> Option<&Preset> {
        self.own.iter().find(|preset| preset.is_called(name))
    }
}

/// What is to become of a preset.
#[derive(Clone, Debug, PartialEq)]
pub enum PresetWish {
    /// It is saved.
    Save(Box<Preset>),
    /// It gets another name or summary.
    Rename {
        /// What it is called.
        old: String,
        /// What it is to be called.
        new: String,
    },
    /// It is removed.
    Remove(String),
}

impl PresetWish {
    /// What is waited for.
    #[must_use]
    pub fn said(&self) -> String {
        match self {
            Self::Save(preset) => format!("saving the preset {}", visible(&preset.name)),
            Self::Rename { old, .. } => format!("renaming the preset {}", visible(old)),
            Self::Remove(name) => format!("deleting the preset {}", visible(name)),
        }
    }
}
