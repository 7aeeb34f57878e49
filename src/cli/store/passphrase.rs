//! `roomkey store passphrase`.

use std::path::PathBuf;

use super::super::{Failure, Session, new_passphrase, secret};
use crate::store::{Passphrase, Store, StoreError, Wanted};

/// Change the passphrase of the vault
///
/// The vault is encrypted anew and replaced in one step: until then the old passphrase opens it, from then on the new one. A
/// copy of the old file still opens with the old passphrase.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey store passphrase
  ROOMKEY_VAULT_PASSPHRASE_FILE=old.txt roomkey store passphrase --new-passphrase-file new.txt

The present passphrase comes from the prompt, ROOMKEY_VAULT_PASSPHRASE_FILE or ROOMKEY_VAULT_PASSPHRASE_FD.

Exit codes:
  0  changed
  2  not changed: there is no vault, a passphrase is wrong or missing, or the file cannot be written")]
pub(in super::super) struct ChangePassphrase {
    /// Read the new passphrase from a file; - is standard input
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
}

pub(in super::super) fn run(session: &Session, args: &ChangePassphrase) -> Result<(), Failure> {
    let Some(mut vault) = session.ports.vault() else { return Err(Failure::NoVault { file: None }) };
    if vault.wants_passphrase() != Some(Wanted::Existing) {
        return Err(Failure::NoVault { file: Some(vault.probe()?.name) });
    }
    session.unlock(&mut vault, false)?;
    let new = match &args.new_passphrase_file {
        Some(path) => Passphrase::parse(&secret::file_or_stdin(path)?)?,
        None if std::io::IsTerminal::is_terminal(&std::io::stdin()) => new_passphrase()?,
        None => return Err(StoreError::NeedsPassphrase { new: true }.into()),
    };
    vault.change_passphrase(new)?;
    session
        .console
        .note("the vault has a new passphrase; copies of the old file still open with the old one");
    Ok(())
}
