//! The screens: each its state and what acts on it, with its drawing beside it.

pub mod compose;
pub mod inspect;
pub mod ledger;
pub mod projects;
pub mod serve;
