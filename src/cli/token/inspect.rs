//! `roomkey token inspect`.

use super::super::{Failure, Session};

/// Take a token apart
#[derive(clap::Args, Debug)]
pub(in super::super) struct Inspect {}

pub(in super::super) fn run(_: &Session, _: &Inspect) -> Result<(), Failure> {
    Ok(())
}
