//! The contract of every store, and the vault: what others can read of it, and what becomes of it when things go
//! wrong.

use std::fs;
use std::io;
use std::path::Path;

use roomkey::clock::Timestamp;
use roomkey::files::{Disk, FileError, Paths, Step};
use roomkey::project::{ApiKey, ApiSecret, Listing, Project, ProjectName, ServerUrl};
use roomkey::settings::SettingsFile;
use roomkey::store::{Environment, Memory, Passphrase, Store, StoreError, Vault, Wanted, unlock_from};

#[cfg(target_os = "linux")]
mod room;

use crate::support;
use crate::support::process::{deadly_disk, fatal_step, files_with, killed_at_each_step, test_of};

pub(crate) fn name(text: &str) -> ProjectName {
    ProjectName::parse(text).unwrap()
}

pub(crate) fn project(name: &str, secret: &str) -> Project {
    let listing = Listing {
        name: ProjectName::parse(name).unwrap(),
        url: ServerUrl::parse("wss://acme.example:7880/path").unwrap().value,
        key: ApiKey::parse("APIacme").unwrap().value,
        old: None,
    };
    Project::new(listing, ApiSecret::verbatim(secret.into()))
}

fn names(store: &dyn Store) -> Vec<String> {
    store.list().unwrap().iter().map(|listing| listing.name.to_string()).collect()
}

/// What every store that can be written to does. It must be empty, and is left empty.
pub(crate) fn store_contract(store: &mut dyn Store) {
    assert_eq!(store.list(), Ok(Vec::new()));
    assert_eq!(store.load(&name("a")), Err(StoreError::Unknown { name: name("a"), nearest: None }));
    assert_eq!(store.remove(&name("a")), Err(StoreError::Unknown { name: name("a"), nearest: None }));

    // Sorted, and back as it went in, whatever is in the name and the secret.
    let odd = "zé \"quoted\" \\ / 会議 👩\u{200d}💻";
    let longest = "n".repeat(ProjectName::LONGEST);
    let secrets = ["fake-secret-0123456789", "fake=\"'`\\{}[]:,==", &"fake".repeat(64)];
    let projects = [project(odd, secrets[1]), project(&longest, secrets[2]), project("acme", secrets[0])];
    for project in &projects {
        store.save(project).unwrap();
    }
    assert_eq!(names(store), ["acme", longest.as_str(), odd]);
    for project in &projects {
        assert_eq!(store.load(&project.listing.name).unwrap(), *project);
        assert!(store.list().unwrap().contains(&project.listing));
    }

    // A second save replaces all of it; an add refuses.
    let mut changed = project("acme", "fake-another");
    changed.listing.url = ServerUrl::local_dev();
    changed.listing.key = ApiKey::dev();
    assert_eq!(store.add(&changed), Err(StoreError::Duplicate { name: name("acme") }));
    assert_eq!(store.load(&name("acme")).unwrap(), projects[2]);
    store.save(&changed).unwrap();
    assert_eq!(store.load(&name("acme")).unwrap(), changed);
    assert!(store.list().unwrap().contains(&changed.listing));

    // A slip of the fingers is understood.
    let slip = StoreError::Unknown { name: name("acmee"), nearest: Some(name("acme")) };
    assert_eq!(slip.hint(), "did you mean acme?");
    assert_eq!(store.load(&name("acmee")), Err(slip.clone()));
    assert_eq!(store.remove(&name("acmee")), Err(slip.clone()));
    assert_eq!(store.rename(&name("acmee"), &name("b")), Err(slip));

    // A renaming takes nobody else's name.
    assert_eq!(store.rename(&name("acme"), &name(odd)), Err(StoreError::Duplicate { name: name(odd) }));
    store.rename(&name("acme"), &name("acme")).unwrap();
    store.rename(&name("acme"), &name("b")).unwrap();
    assert_eq!(names(store), ["b", longest.as_str(), odd]);
    assert_eq!(store.load(&name("b")).unwrap().secret, changed.secret);

    // A second key: the first one is kept beside it, whatever else happens, and until it is forgotten.
    let now = Timestamp::from_unix(1_795_531_327);
    let (key, secret) =
        (ApiKey::parse("APInew").unwrap().value, ApiSecret::verbatim("fake-\"new\"-secret".into()));
    let rotated = store.rotate(&name("b"), key.clone(), secret.clone(), now).unwrap();
    assert_eq!((&rotated.listing.key, &rotated.secret), (&key, &secret));
    assert_eq!(rotated.old_pair(), Some((&changed.listing.key, &changed.secret)));
    store.forget();
    assert_eq!(store.load(&name("b")).unwrap(), rotated);
    assert!(store.list().unwrap().contains(&rotated.listing) && rotated.listing.old.is_some());
    assert!(matches!(
        store.rotate(&name("b"), key.clone(), secret.clone(), now),
        Err(StoreError::OldKept { .. })
    ));
    store.rename(&name("b"), &name("c")).unwrap();
    assert_eq!(store.load(&name("c")).unwrap().old_pair(), rotated.old_pair());
    store.rename(&name("c"), &name("b")).unwrap();
    assert_eq!(store.forget_old(&name("b")).unwrap().key, changed.listing.key);
    assert_eq!(store.forget_old(&name("b")), Err(StoreError::NoOld { name: name("b") }));
    assert_eq!(store.load(&name("b")).unwrap().old_pair(), None);
    let same = store.rotate(&name("b"), key.clone(), secret, now);
    assert_eq!(same, Err(StoreError::SameKey { name: name("b"), key }));

    for name in [name("b"), name(&longest), name(odd)] {
        store.remove(&name).unwrap();
        assert!(matches!(store.load(&name), Err(StoreError::Unknown { .. })));
    }
    assert_eq!(store.list(), Ok(Vec::new()));
}

#[test]
fn memory_keeps_the_contract() {
    store_contract(&mut Memory::new());
    assert_eq!(names(&Memory::with([project("b", "fake"), project("a", "fake")])), ["a", "b"]);
}

#[test]
fn the_environment_reads_and_never_writes() {
    let lookup = |name: &str| {
        let value = match name {
            "LIVEKIT_URL" => "acme.example",
            "LIVEKIT_API_KEY" => "APIacme",
            "LIVEKIT_API_SECRET" => "fake-secret",
            _ => return None,
        };
        Some(value.into())
    };
    let mut store = Environment::require(&lookup).unwrap();
    assert_eq!(names(&store), ["environment"]);
    assert_eq!(store.load(&name("environment")).unwrap().secret, ApiSecret::verbatim("fake-secret".into()));
    let slip = StoreError::Unknown { name: name("enviroment"), nearest: Some(name("environment")) };
    assert_eq!(store.load(&name("enviroment")), Err(slip));
    for refused in [
        store.save(&project("environment", "fake")),
        store.remove(&name("environment")),
        store.rename(&name("environment"), &name("b")),
    ] {
        assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
    }
}

fn passphrase() -> Passphrase {
    Passphrase::parse("fake correct horse").unwrap()
}

fn vault(folder: &Path) -> Vault {
    let mut vault = Vault::new(&Paths::under(folder), Disk::default());
    vault.unlock(passphrase()).unwrap();
    vault
}

/// A folder whose vault has the project `old` in it.
fn folder_with_a_vault() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    vault(folder.path()).save(&project("old", "fake-canary-old")).unwrap();
    let path = Vault::path(&Paths::under(folder.path()));
    (folder, path)
}

#[test]
fn the_vault_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    store_contract(&mut vault(folder.path()));
}

#[test]
fn the_first_save_makes_the_vault_and_asks_for_a_new_passphrase_first() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::under(folder.path());
    let mut store = Vault::new(&paths, Disk::default());
    assert_eq!(store.wants_passphrase(), Some(Wanted::New));
    assert_eq!(store.list(), Ok(Vec::new()));
    let needs = StoreError::NeedsPassphrase { new: true };
    assert_eq!(store.save(&project("acme", "fake")), Err(needs.clone()));
    assert_eq!(unlock_from(&mut store, &|_| None), Err(needs));

    let file = folder.path().join("pp");
    fs::write(&file, "fake-pass\n").unwrap();
    let lookup =
        |name: &str| (name == "ROOMKEY_VAULT_PASSPHRASE_FILE").then(|| file.clone().into_os_string());
    unlock_from(&mut store, &lookup).unwrap();
    assert!(!Vault::path(&paths).exists(), "nothing was saved yet");
    store.save(&project("acme", "fake-canary")).unwrap();
    assert_eq!(store.wants_passphrase(), None);

    // Another run must be told it again, and then finds everything.
    let mut later = Vault::new(&paths, Disk::default());
    assert_eq!(later.wants_passphrase(), Some(Wanted::Existing));
    let needs = StoreError::NeedsPassphrase { new: false };
    assert_eq!(later.list(), Err(needs.clone()));
    assert_eq!(later.load(&name("acme")), Err(needs.clone()));
    assert_eq!(later.save(&project("b", "fake")), Err(needs.clone()));
    assert_eq!(later.remove(&name("acme")), Err(needs));
    assert!(later.probe().unwrap().locked);
    unlock_from(&mut later, &lookup).unwrap();
    assert!(!later.probe().unwrap().locked);
    assert_eq!(later.load(&name("acme")).unwrap(), project("acme", "fake-canary"));
    for hidden in ["canary", "acme", "fake-pass"] {
        assert_eq!(files_with(&paths.data, hidden), Vec::<std::path::PathBuf>::new());
    }
}

#[cfg(unix)]
#[test]
fn a_vault_that_others_can_read_is_refused_until_it_is_closed() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = folder_with_a_vault();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let mut store = Vault::new(&Paths::under(folder.path()), Disk::default());
    let error = store.unlock(passphrase()).unwrap_err();
    assert_eq!(error.to_string(), format!("{} is open to other users (mode 644)", path.display()));
    assert_eq!(error.hint(), format!("chmod 600 '{}'", path.display()));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    store.unlock(passphrase()).unwrap();
    assert_eq!(names(&store), ["old"]);
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_changes_nothing() {
    let (folder, path) = folder_with_a_vault();
    let before = fs::read(&path).unwrap();
    let mut store = Vault::new(&Paths::under(folder.path()), Disk::default());
    let wrong = Passphrase::parse("fake-canary-guess").unwrap();
    let error = store.unlock(wrong).unwrap_err();
    assert_eq!(error, StoreError::WrongPassphrase { path: path.clone() });
    assert_eq!(error.to_string(), format!("wrong passphrase for the vault {}", path.display()));
    assert_eq!(store.wants_passphrase(), Some(Wanted::Existing), "it may be tried again");
    assert!(store.save(&project("new", "fake")).is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_vault_is_told_apart_from_a_wrong_passphrase_and_never_written_over() {
    let (folder, path) = folder_with_a_vault();
    let whole = fs::read(&path).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    // Another letter of base64: any other character would make it no age file at all.
    let other_letter = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        bytes
    };
    let header_end = whole.windows(5).position(|part| part == b"\n--- ").unwrap();
    let to_a_key = age::encrypt(&age::x25519::Identity::generate().to_public(), b"x").unwrap();
    for (bytes, told) in [
        (Vec::new(), "it is empty"),
        (b"hello".to_vec(), "it is"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n".to_vec(), "armored"),
        (whole[..40].to_vec(), "it is"),
        (whole[..whole.len() - 1].to_vec(), "cut off"),
        (flipped(whole.len() - 1), "cut off or altered"),
        (other_letter(header_end + 10), "header was altered"),
        (to_a_key, "encrypted to keys"),
        (vec![0xff; 1 << 20], "it is"),
    ] {
        fs::write(&path, &bytes).unwrap();
        let mut store = Vault::new(&Paths::under(folder.path()), Disk::default());
        let error = store.unlock(passphrase()).unwrap_err();
        let StoreError::VaultDamaged { reason, .. } = &error else { panic!("{told}: {error}") };
        assert!(reason.contains(told), "{told}: {error}");
        assert!(error.hint().contains("nothing was changed"), "{error}");
        assert!(store.save(&project("new", "fake")).is_err());
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_vault_damaged_while_it_is_open_is_not_written_over() {
    let (folder, path) = folder_with_a_vault();
    let mut store = vault(folder.path());
    fs::write(&path, "").unwrap();
    assert!(matches!(store.save(&project("new", "fake")), Err(StoreError::VaultDamaged { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"");
}

#[test]
fn a_vault_that_would_take_minutes_to_open_is_refused_at_once() {
    let (folder, path) = folder_with_a_vault();
    let mut bytes = fs::read(&path).unwrap();
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let end = line + bytes[line..].iter().position(|byte| *byte == b'\n').unwrap();
    assert_eq!(&bytes[end - 3..end], b" 17");
    bytes[end - 2..end].copy_from_slice(b"23");
    fs::write(&path, &bytes).unwrap();
    let mut store = Vault::new(&Paths::under(folder.path()), Disk::default());
    let error = store.unlock(passphrase()).unwrap_err();
    assert_eq!(error, StoreError::WorkFactorTooHigh { path, factor: 23, most: 22 });
}

#[test]
fn two_roomkeys_at_once_lose_nothing() {
    let (folder, path) = folder_with_a_vault();
    let writers: Vec<_> = ["a", "b"]
        .into_iter()
        .map(|writer| {
            let mut store = vault(folder.path());
            std::thread::spawn(move || {
                for number in 0..3 {
                    store.save(&project(&format!("{writer}{number}"), "fake")).unwrap();
                }
                names(&store)
            })
        })
        .collect();
    for writer in writers {
        assert!(writer.join().unwrap().contains(&"old".to_owned()));
    }
    assert_eq!(names(&vault(folder.path())), ["a0", "a1", "a2", "b0", "b1", "b2", "old"]);
    assert!(path.exists());
}

/// Runs `age` in a terminal, for it takes a passphrase nowhere else; answers each prompt with `answer`.
#[cfg(unix)]
fn age(arguments: &[&str], answer: &str, prompts: usize) -> String {
    use std::io::{Read, Write};
    let pty = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).unwrap();
    let mut command = portable_pty::CommandBuilder::new("age");
    command.args(arguments);
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut writer = pty.master.take_writer().unwrap();
    let mut seen = String::new();
    let mut answered = 0;
    let mut bytes = [0; 4096];
    // A pty whose other end is closed reads as an error.
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
        if answered < prompts
            && seen.matches("passphrase").count() > answered
            && seen.trim_end().ends_with(':')
        {
            answered += 1;
            writeln!(writer, "{answer}").unwrap();
        }
    }
    assert!(child.wait().unwrap().success(), "{seen}");
    seen
}

#[cfg(unix)]
#[test]
fn age_opens_the_vault_without_roomkey() {
    let test = test_of(&age_opens_the_vault_without_roomkey);
    if !support::have(&["age"], &test) {
        return;
    }
    let (folder, path) = folder_with_a_vault();
    let out = folder.path().join("plain.json");
    age(&["-d", "-o", out.to_str().unwrap(), path.to_str().unwrap()], "fake correct horse", 1);
    let plain = fs::read_to_string(out).unwrap();
    assert_eq!(
        plain,
        r#"{"version":1,"projects":[{"name":"old","url":"wss://acme.example:7880/path","key":"APIacme","secret":"fake-canary-old"}]}"#
    );
}

#[cfg(unix)]
#[test]
fn a_vault_made_by_age_opens_and_its_greater_work_factor_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let test = test_of(&a_vault_made_by_age_opens_and_its_greater_work_factor_is_kept);
    if !support::have(&["age"], &test) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::under(folder.path());
    fs::create_dir_all(&paths.data).unwrap();
    let (plain, path) = (folder.path().join("plain.json"), Vault::path(&paths));
    let json = r#"{"projects":[{"secret":"fake-hand","name":"hand made","key":"APIhand","url":"hand.example"}],"version":1}"#;
    fs::write(&plain, json).unwrap();
    age(&["-p", "-o", path.to_str().unwrap(), plain.to_str().unwrap()], "fake correct horse", 2);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();

    let mut store = vault(folder.path());
    assert_eq!(store.load(&name("hand made")).unwrap().listing.url.ws(), "wss://hand.example");
    let factor = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        let header = String::from_utf8_lossy(&bytes).lines().nth(1).unwrap().to_owned();
        header.rsplit(' ').next().unwrap().to_owned()
    };
    let before = factor(&path);
    assert!(before.parse::<u8>().unwrap() > 17, "age's own default is greater");
    store.save(&project("new", "fake")).unwrap();
    assert_eq!(factor(&path), before);
    assert_eq!(names(&vault(folder.path())), ["hand made", "new"]);
}

#[cfg(unix)]
#[test]
fn killed_at_any_moment_of_a_save_the_vault_has_the_old_or_the_new_projects() {
    let test = test_of(&killed_at_any_moment_of_a_save_the_vault_has_the_old_or_the_new_projects);
    if let Some((step, folder)) = fatal_step() {
        let mut store = Vault::new(&Paths::under(&folder), deadly_disk(step));
        store.unlock(passphrase()).unwrap();
        let outcome = store.save(&project("new", "fake"));
        unreachable!("it was to be killed, but got {outcome:?}");
    }
    let (folder, path) = folder_with_a_vault();
    let first = fs::read(&path).unwrap();
    killed_at_each_step(&test, folder.path(), |step| {
        let expected: &[&str] = if step == Step::FlushFolder { &["new", "old"] } else { &["old"] };
        assert_eq!(names(&vault(folder.path())), expected, "{step:?}");
        if step != Step::FlushFolder {
            assert_eq!(fs::read(&path).unwrap(), first, "{step:?}");
        }
    });
    // What the killed ones left is cleared away by the next save.
    vault(folder.path()).save(&project("last", "fake")).unwrap();
    let mut left: Vec<_> =
        fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".vault.age.lock", "vault.age"]);
}

#[cfg(unix)]
#[test]
fn killed_at_any_moment_of_a_change_the_settings_are_the_old_or_the_new() {
    let test = test_of(&killed_at_any_moment_of_a_change_the_settings_are_the_old_or_the_new);
    if let Some((step, folder)) = fatal_step() {
        let file = SettingsFile::new(&Paths::under(&folder), deadly_disk(step));
        let outcome = file.change(|settings| settings.mouse = true);
        unreachable!("it was to be killed, but got {outcome:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = SettingsFile::new(&Paths::under(folder.path()), Disk::default());
    file.change(|settings| settings.ascii = Some(true)).unwrap();
    killed_at_each_step(&test, folder.path(), |step| {
        let settings = file.read().unwrap();
        assert_eq!((settings.ascii, settings.mouse), (Some(true), step == Step::FlushFolder), "{step:?}");
    });
}

#[test]
fn a_save_that_fails_at_any_step_says_why_and_leaves_the_vault_usable() {
    let (folder, path) = folder_with_a_vault();
    for (kind, told) in [
        (io::ErrorKind::StorageFull, "the disk is full"),
        (io::ErrorKind::PermissionDenied, "permission denied"),
        (io::ErrorKind::ReadOnlyFilesystem, "the file system is read-only"),
    ] {
        let disk = Disk::interrupted(move |step| if step == Step::Write { Err(kind.into()) } else { Ok(()) });
        let mut store = Vault::new(&Paths::under(folder.path()), disk);
        store.unlock(passphrase()).unwrap();
        let error = store.save(&project("new", "fake")).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot write {}: {told}", path.display()));
        assert!(!error.hint().is_empty());
        assert_eq!(names(&store), ["old"], "what is shown is what is stored");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_nothing_is_lost() {
    use std::process::Command;
    let test = test_of(&on_a_full_disk_nothing_is_lost);
    let folder = tempfile::tempdir().unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs"]).arg(folder.path());
    let mounted = mount.output().is_ok_and(|output| output.status.success());
    if !support::holds(mounted, "the right to mount a small file system", &test) {
        return;
    }
    let outcome = std::panic::catch_unwind(|| {
        vault(folder.path()).save(&project("old", "fake")).unwrap();
        let settings = SettingsFile::new(&Paths::under(folder.path()), Disk::default());
        settings.change(|settings| settings.ascii = Some(true)).unwrap();
        assert!(fs::write(folder.path().join("filler"), vec![0; 1 << 20]).is_err());

        let full = |error: &FileError| {
            assert!(error.to_string().ends_with(": the disk is full"), "{error}");
            assert!(error.hint().starts_with("make room"), "{}", error.hint());
        };
        match vault(folder.path()).save(&project("new", "fake")) {
            Err(StoreError::File(error)) => full(&error),
            other => panic!("{other:?}"),
        }
        match settings.change(|settings| settings.mouse = true) {
            Err(roomkey::settings::SettingsError::File(error)) => full(&error),
            other => panic!("{other:?}"),
        }
        assert_eq!(names(&vault(folder.path())), ["old"]);
        assert_eq!(settings.read().unwrap().ascii, Some(true));
        fs::remove_file(folder.path().join("filler")).unwrap();
        vault(folder.path()).save(&project("new", "fake")).unwrap();
        assert_eq!(names(&vault(folder.path())), ["new", "old"]);
    });
    assert!(Command::new("umount").arg(folder.path()).status().unwrap().success());
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}
