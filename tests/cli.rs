//! The command line, by running the real program in a home of its own.

mod bad_input;
mod create;
mod diff;
mod doctor;
mod endpoint;
mod explain;
#[cfg(unix)]
mod forms;
mod grants;
mod help;
mod inspect;
mod ledger;
mod peers;
mod project;
#[cfg(unix)]
mod prompts;
mod store;
mod webhook;
