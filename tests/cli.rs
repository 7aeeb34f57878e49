//! The command line, by running the real program in a home of its own.

mod bad_input;
mod batch;
#[cfg(unix)]
mod completions;
mod create;
mod diff;
mod doctor;
mod endpoint;
mod explain;
#[cfg(unix)]
mod forms;
mod grants;
mod help;
#[cfg(unix)]
mod import;
mod inspect;
mod ledger;
#[cfg(unix)]
mod listen;
mod peers;
mod policy;
mod preset;
mod project;
#[cfg(unix)]
mod prompts;
mod rotate;
#[cfg(unix)]
mod run;
#[cfg(unix)]
mod secrets_out;
mod store;
mod webhook;
