//! Where projects live: one trait, four backends, and the choice between them.
//!
//! Nothing here draws or prompts. What a backend needs from a person (a passphrase, patience) comes back as a
//! [`StoreError`] that says so.

use crate::project::{Listing, Project, ProjectName};

/// Which kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// The operating system's keyring.
    Keyring,
    /// One file, encrypted with a passphrase.
    Vault,
    /// This run only.
    Memory,
    /// `LIVEKIT_URL`, `LIVEKIT_API_KEY`, `LIVEKIT_API_SECRET`; read-only.
    Environment,
}

/// A place where projects are kept. One contract, run against every backend by the tests.
pub trait Store: Send {
    /// Which kind this is.
    fn backend(&self) -> Backend;

    /// Every project, sorted by name, without secrets.
    ///
    /// # Errors
    /// What keeps the store from answering.
    fn list(&self) -> Result<Vec<Listing>, StoreError>;

    /// One project with its secret.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if there is none of that name, or what keeps the store from answering.
    fn load(&self, name: &ProjectName) -> Result<Project, StoreError>;

    /// Adds the project, or replaces the one of its name. Either the old or the new one is there afterwards.
    ///
    /// # Errors
    /// What kept it from being saved.
    fn save(&mut self, project: &Project) -> Result<(), StoreError>;

    /// Removes a project and its secret.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if there is none of that name, or what kept it from being removed.
    fn remove(&mut self, name: &ProjectName) -> Result<(), StoreError>;
}

/// Why a store did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No project of that name.
    #[error("there is no project {name}")]
    Unknown {
        /// The name asked for.
        name: ProjectName,
    },
}
