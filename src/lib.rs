//! The key desk for LiveKit rooms, as a library.
pub mod claims;
pub mod clipboard;
pub mod clock;
pub mod project;
pub mod store;
pub mod text;
pub mod token;
