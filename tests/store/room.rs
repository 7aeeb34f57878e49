//! How much memory a vault takes, and what becomes of it where there is not so much. Each in a process of its own.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use roomkey::files::{Disk, Paths};
use roomkey::store::{Passphrase, Store, StoreError, Vault};

use super::{folder_with_a_vault, names, passphrase, project, vault};
use crate::support::process::{again, kilobytes, output, peak, role, test_of};

/// The folder of the vault, in the process that [`again`] starts.
fn folder() -> Option<PathBuf> {
    role().map(PathBuf::from)
}

/// What the test says in a process of its own, where [`folder`] is this one.
fn said(test: &str, folder: &Path) -> String {
    output(&mut again(test, folder.to_str().unwrap()))
}

#[test]
fn a_vault_is_opened_written_and_given_another_passphrase_with_one_small_table() {
    if let Some(folder) = folder() {
        let before = peak("self");
        let mapped = kilobytes("self", "RssFile:");
        let mut store = vault(&folder);
        store.save(&project("new", "fake")).unwrap();
        store.change_passphrase(Passphrase::parse("fake another").unwrap()).unwrap();
        // Pages of this program's own file are not what is measured.
        let mapped = kilobytes("self", "RssFile:").saturating_sub(mapped);
        println!("took {} KB", peak("self") - before - mapped);
        return;
    }
    let (folder, path) = folder_with_a_vault();
    let said = said(
        &test_of(&a_vault_is_opened_written_and_given_another_passphrase_with_one_small_table),
        folder.path(),
    );
    let (_, figure) = said.split_once("took ").unwrap_or_else(|| panic!("{said}"));
    let figure: u64 = figure.split(' ').next().unwrap().parse().unwrap();
    assert!((20_000..40_000).contains(&figure), "{figure} KB");
    let file = fs::read(path).unwrap();
    assert!(file[..100].windows(4).any(|part| part == b" 17\n"), "of the usual work factor");
}

#[test]
fn where_there_is_no_memory_for_its_work_factor_a_vault_stays_closed_and_whole() {
    if let Some(folder) = folder() {
        // Half of what 2^22 takes, beside what this process has taken.
        let most = (kilobytes("self", "VmSize:") << 10) + (512 << 20);
        setrlimit(Resource::As, Rlimit { current: Some(most), ..getrlimit(Resource::As) }).unwrap();
        let mut store = Vault::new(&Paths::under(&folder), Disk::default());
        println!("{}", store.unlock(passphrase()).unwrap_err());
        return;
    }
    let (folder, path) = folder_with_a_vault();
    let mut file = fs::read(&path).unwrap();
    let before = file.clone();
    let at = file.windows(4).position(|part| part == b" 17\n").unwrap();
    file[at..at + 3].copy_from_slice(b" 22");
    fs::write(&path, &file).unwrap();
    let said = said(
        &test_of(&where_there_is_no_memory_for_its_work_factor_a_vault_stays_closed_and_whole),
        folder.path(),
    );
    let error = StoreError::NoRoom { path: path.clone(), mebibytes: 1024 };
    assert!(said.contains(&error.to_string()), "{said}");
    assert_eq!(fs::read(&path).unwrap(), file);
    fs::write(&path, before).unwrap();
    assert_eq!(names(&vault(folder.path())), ["old"]);
}
