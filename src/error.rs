//! Everything that can go wrong below the command line and the screens, as one type.

use crate::check::CheckError;
use crate::claims::draft::DraftError;
use crate::claims::policy::PolicyError;
use crate::claims::presets::PresetError;
use crate::claims::presets::own::OwnError;
use crate::clipboard::ClipboardError;
use crate::clock::TtlError;
use crate::files::FileError;
use crate::import::ImportError;
use crate::ports::PortsError;
use crate::project::{CredentialError, NameError, UrlError};
use crate::server::ServeError;
use crate::settings::SettingsError;
use crate::settings::pin::PinError;
use crate::settings::policies::PoliciesError;
use crate::settings::presets::PresetsError;
use crate::store::StoreError;
use crate::token::SignError;
use crate::token::forms::FormError;
use crate::token::inspect::InspectError;
use crate::webhook::event::UnknownEvent;
use crate::webhook::send::SendError;

/// What went wrong, in the words of the module where it did. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each is the error of the module it is named after")]
pub enum Error {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Url(#[from] UrlError),
    #[error(transparent)]
    Credential(#[from] CredentialError),
    #[error(transparent)]
    Ttl(#[from] TtlError),
    #[error(transparent)]
    Draft(#[from] DraftError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(transparent)]
    Preset(#[from] PresetError),
    #[error(transparent)]
    Presets(#[from] PresetsError),
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error(transparent)]
    Form(#[from] FormError),
    #[error(transparent)]
    Inspect(#[from] InspectError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Pin(#[from] PinError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Clipboard(#[from] ClipboardError),
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error(transparent)]
    Event(#[from] UnknownEvent),
    #[error(transparent)]
    Send(#[from] SendError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] std::io::Error),
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Name(error) => error.hint(),
            Self::Url(error) => error.hint(),
            Self::Credential(error) => error.hint(),
            Self::Ttl(error) => error.hint(),
            Self::Draft(error) => error.hint(),
            Self::Policy(error) => error.hint(),
            Self::Policies(error) => error.hint(),
            Self::Preset(error) => error.hint(),
            Self::Presets(error) => error.hint(),
            Self::Sign(error) => error.hint(),
            Self::Form(error) => error.hint(),
            Self::Inspect(error) => error.hint(),
            Self::File(error) => error.hint(),
            Self::Settings(error) => error.hint(),
            Self::Import(error) => error.hint(),
            Self::Pin(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Clipboard(error) => error.hint(),
            Self::Check(error) => error.hint(),
            Self::Event(error) => error.hint(),
            Self::Send(error) => error.hint(),
            Self::Serve(error) => error.hint(),
            Self::Terminal(_) => "the same is to be had without a screen: see roomkey --help".into(),
        }
    }

    /// The exit code: 2, could not tell. That an answer is no (1) is never an error here.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        2
    }
}

impl From<OwnError> for Error {
    fn from(error: OwnError) -> Self {
        Self::Presets(error.into())
    }
}

impl From<PortsError> for Error {
    fn from(error: PortsError) -> Self {
        match error {
            PortsError::Store(error) => Self::Store(error),
            PortsError::Settings(error) => Self::Settings(error),
            PortsError::Policies(error) => Self::Policies(error),
        }
    }
}
