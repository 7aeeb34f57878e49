//! Everything that can keep an endpoint from being started.

use super::issuer::IssuerError;
use super::keys::KeysError;
use super::listener::{ListenError, TlsError};
use super::origin::OriginError;
use super::pattern::PatternError;
use super::policy::{PolicyError, PolicyFault};

/// Why there is no endpoint, in the words of the part that knows. No variant holds a key.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "each is the error of the part it is named after")]
pub enum ServeError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Fault(#[from] PolicyFault),
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error(transparent)]
    Origin(#[from] OriginError),
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Listen(#[from] ListenError),
}

impl ServeError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Policy(error) => error.hint(),
            Self::Fault(error) => error.hint(),
            Self::Pattern(error) => error.hint(),
            Self::Origin(error) => error.hint(),
            Self::Issuer(error) => error.hint(),
            Self::Keys(error) => error.hint(),
            Self::Tls(error) => error.hint(),
            Self::Listen(error) => error.hint(),
        }
    }
}
