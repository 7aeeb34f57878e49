//! The key desk for LiveKit rooms, as a library.
pub mod clipboard;
pub mod clock;
pub mod hardening;
pub mod project;
pub mod store;
pub mod text;
pub mod token;
