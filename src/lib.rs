//! The key desk for LiveKit rooms, as a library.
//!
//! What a token is: [`claims`] (what is in it, what it allows, what is wrong with it) and [`token`] (signing it and
//! taking it apart). Where credentials live: [`project`] and [`store`], and where they come from: [`import`]. Where a token goes: [`clipboard`]; what a
//! real server says of it: [`check`]. What people touch: [`cli`] and [`tui`], which know nothing of each other.
//! Whatever stands below: [`clock`], [`text`], [`files`], [`settings`], [`hardening`]. The outside world of one run
//! is [`ports`], everything that can go wrong in it [`error`].
//!
//! A module uses only what stands below it; the order is written down, and kept, in `tests/architecture.rs`.
pub mod check;
pub mod claims;
pub mod cli;
pub mod clipboard;
pub mod clock;
pub mod error;
pub mod files;
pub mod hardening;
pub mod import;
pub mod ports;
pub mod project;
pub mod settings;
pub mod store;
pub mod text;
pub mod token;
pub mod tui;
