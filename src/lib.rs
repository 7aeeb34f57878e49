//! The key desk for LiveKit rooms, as a library.
//!
//! What a token is: [`claims`] (what is in it, what it allows, what is wrong with it) and [`token`] (signing it and
//! taking it apart); what an error about one means: [`explain`]. Where credentials live: [`project`] and [`store`], and
//! where they come from: [`import`]. Where a token goes: [`clipboard`]; the list of those that were issued: [`ledger`];
//! what a real server says of one: [`check`]. Who hands tokens out on request: [`server`] here, [`endpoint`] elsewhere;
//! what a LiveKit server tells in its turn: [`webhook`]; whatever they ask over HTTP goes through [`exchange`]. What people touch: [`cli`] and [`tui`], which know nothing of
//! each other. Whatever stands below: [`clock`], [`text`], [`finding`], [`files`], [`settings`], [`hardening`]. The
//! outside world of one run is [`ports`], everything that can go wrong in it [`error`].
//!
//! A module uses only what stands below it; the order is written down, and kept, in `tests/architecture.rs`.
pub mod check;
pub mod claims;
pub mod cli;
pub mod clipboard;
pub mod clock;
pub mod endpoint;
pub mod error;
pub mod exchange;
pub mod explain;
pub mod files;
pub mod finding;
pub mod hardening;
pub mod import;
pub mod ledger;
pub mod ports;
pub mod project;
pub mod server;
pub mod settings;
pub mod store;
pub mod text;
pub mod token;
pub mod tui;
pub mod webhook;
