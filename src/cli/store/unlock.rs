//! `roomkey store unlock`.

use super::super::{Failure, Session};
use super::projects;
use crate::settings::Backend;
use crate::store::StoreError;

/// Unlock the store, to see that it can be
///
/// A keyring shows its own dialog, and stays unlocked for all programs until it is locked again. A vault is opened with its
/// passphrase for one command only, so this just says whether the passphrase is right.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey store unlock
  roomkey --store vault store unlock
  ROOMKEY_VAULT_PASSPHRASE_FILE=pass.txt roomkey --store vault store unlock

Exit codes:
  0  unlocked
  2  not unlocked: the dialog was dismissed, the passphrase is wrong, or the store did not answer")]
pub(in super::super) struct Unlock {}

pub(in super::super) fn run(session: &Session) -> Result<(), Failure> {
    let store = session.store()?;
    if let (Backend::Keyring, Some(keyring)) = (store.backend(), session.ports.keyring()) {
        // Looking for what is in it opens its dialog; listing what is known of it would not.
        keyring.status()?;
    }
    if store.probe()?.locked {
        return Err(StoreError::KeyringLocked.into());
    }
    let count = projects(store.list()?.len());
    session.console.note(&format!("the {} is unlocked; it holds {count}", store.backend()));
    Ok(())
}
