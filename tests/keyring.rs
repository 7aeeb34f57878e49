//! The keyring store against a real gnome-keyring on a bus of its own, and everything that can be wrong with one.

use std::time::{Duration, Instant};

use roomkey::files::{Disk, Step};
use roomkey::project::ApiSecret;
use roomkey::store::{Backend, Choice, Keyring, Patience, Store, StoreError, Surroundings, open};
use rustix::process::Signal;

use crate::store::{name, project, store_contract};
use crate::support::eventually;
use crate::support::process::{deadly_disk, fatal_step, files_with, killed_at_each_step, test_of};
use crate::support::secret_service::{Desk, Start, end, run, with_bus, with_bus_for};

const SHORT: Duration = Duration::from_millis(700);

fn keyring(desk: &Desk) -> Keyring {
    Keyring::new(&desk.paths(), Patience::HEADLESS, Disk::default())
}

fn impatient(desk: &Desk) -> Keyring {
    Keyring::new(&desk.paths(), Patience(SHORT), Disk::default())
}

/// The error of everything that needs the keyring; what needs only the list must still work.
fn error_of_all(store: &mut Keyring) -> StoreError {
    let listed = store.list().unwrap();
    assert_eq!(listed.iter().map(|listing| listing.name.as_str()).collect::<Vec<_>>(), ["acme"]);
    let error = store.load(&name("acme")).unwrap_err();
    assert_eq!(store.save(&project("new", "fake-new")), Err(error.clone()));
    assert_eq!(store.save(&project("acme", "fake-new")), Err(error.clone()));
    assert_eq!(store.remove(&name("acme")), Err(error.clone()));
    assert_eq!(store.list().unwrap(), listed, "what could not be removed is still listed");
    assert!(error.hint().contains("--store vault"), "{}", error.hint());
    error
}

#[test]
fn the_keyring_keeps_the_contract() {
    with_bus(Start::Unlocked, |desk| {
        let mut store = keyring(desk);
        assert_eq!(store.backend(), Backend::Keyring);
        store_contract(&mut store);
        assert_eq!(run("secret-tool", &["search", "--all", "service", "roomkey"]), "", "secrets are left");
    });
}

#[test]
fn an_entry_is_seen_by_other_tools_and_its_secret_is_nowhere_else() {
    with_bus(Start::Unlocked, |desk| {
        keyring(desk).save(&project("acme staging", "fake-canary-0123456789")).unwrap();
        let seen = run("secret-tool", &["search", "--all", "service", "roomkey"]);
        for line in [
            "label = roomkey: acme staging",
            "attribute.username = project:acme staging",
            r#"secret = {"url":"wss://acme.example:7880/path","key":"APIacme","secret":"fake-canary-0123456789"}"#,
        ] {
            assert!(seen.contains(line), "{seen}");
        }
        assert_eq!(files_with(desk.home(), "canary"), Vec::<std::path::PathBuf>::new());

        // Another run finds it, and knows who keeps it.
        let later = keyring(desk);
        assert_eq!(
            later.load(&name("acme staging")).unwrap(),
            project("acme staging", "fake-canary-0123456789")
        );
        assert_eq!(later.probe().unwrap().to_string(), "gnome-keyring, unlocked");
    });
}

#[test]
fn what_other_programs_did_to_an_entry_is_told_and_never_repeated() {
    with_bus(Start::Unlocked, |desk| {
        let mut store = keyring(desk);
        for text in ["removed", "altered", "doubled"] {
            store.save(&project(text, "fake-secret")).unwrap();
        }
        run("secret-tool", &["clear", "service", "roomkey", "username", "project:removed"]);
        let shell = |script: &str| run("sh", &["-c", script]);
        shell("printf fake-canary | secret-tool store --label x service roomkey username project:altered");
        shell(
            "printf fake-canary | secret-tool store --label x service roomkey username project:doubled more x",
        );

        assert_eq!(store.load(&name("removed")), Err(StoreError::EntryMissing { name: name("removed") }));
        let altered = store.load(&name("altered")).unwrap_err();
        assert!(matches!(altered, StoreError::EntryUnreadable { .. }), "{altered}");
        assert!(!format!("{altered} {altered:?} {}", altered.hint()).contains("canary"));
        assert_eq!(store.load(&name("doubled")), Err(StoreError::EntryAmbiguous { name: name("doubled") }));

        let status = store.status().unwrap();
        assert_eq!((status.missing, status.unlisted), (vec![name("removed")], vec![]));
        // The cures that the hints name work.
        store.remove(&name("removed")).unwrap();
        store.save(&project("altered", "fake-again")).unwrap();
        assert_eq!(store.load(&name("altered")).unwrap().secret, ApiSecret::verbatim("fake-again".into()));
    });
}

#[test]
fn an_entry_that_is_not_listed_is_found_and_listed_again() {
    with_bus(Start::Unlocked, |desk| {
        let mut store = keyring(desk);
        store.save(&project("acme", "fake-secret")).unwrap();
        std::fs::remove_file(desk.paths().data.join("keyring.json")).unwrap();
        assert_eq!(store.list(), Ok(vec![]));
        assert_eq!(store.status().unwrap().unlisted, [name("acme")]);
        assert_eq!(store.list_again(&name("acme")).unwrap(), project("acme", "").listing);
        assert_eq!(store.load(&name("acme")).unwrap(), project("acme", "fake-secret"));
        assert_eq!(store.list_again(&name("none")), Err(StoreError::EntryMissing { name: name("none") }));
    });
}

/// In a process that is to be killed: does `act` with a keyring whose disk kills it. Else: on a bus with the
/// project `old` in the keyring, lets `check` look at what each of those processes left.
fn killed<T>(
    test: &str,
    act: impl FnOnce(&mut Keyring) -> Result<T, StoreError>,
    check: impl FnOnce(&str, &Desk),
) {
    if let Some((step, folder)) = fatal_step() {
        let paths = roomkey::files::Paths::under(&folder);
        let outcome = act(&mut Keyring::new(&paths, Patience::HEADLESS, deadly_disk(step)));
        unreachable!("it was to be killed, but succeeded: {}", outcome.is_ok());
    }
    with_bus_for(test, Start::Unlocked, |desk| check(test, desk));
}

#[test]
fn killed_at_any_moment_of_a_save_no_project_is_lost() {
    let test = test_of(&killed_at_any_moment_of_a_save_no_project_is_lost);
    let save = |store: &mut Keyring| store.save(&project("new", "fake-new"));
    killed(&test, save, |test, desk| {
        let mut store = keyring(desk);
        store.save(&project("old", "fake-old")).unwrap();
        killed_at_each_step(test, &desk.home().join("roomkey"), |step| {
            let status = store.status().unwrap();
            let (listed, unlisted) = match step {
                Step::FlushFolder => (vec![name("new"), name("old")], vec![]),
                _ => (vec![name("old")], vec![name("new")]),
            };
            assert_eq!(
                (status.listed, status.unlisted, status.missing),
                (listed, unlisted, vec![]),
                "{step:?}"
            );
            assert_eq!(store.load(&name("old")).unwrap(), project("old", "fake-old"), "{step:?}");
        });
        assert_eq!(store.list_again(&name("new")).unwrap().name, name("new"));
        assert_eq!(store.load(&name("new")).unwrap(), project("new", "fake-new"));
    });
}

#[test]
fn killed_at_any_moment_of_a_removal_the_project_is_listed_or_found() {
    let test = test_of(&killed_at_any_moment_of_a_removal_the_project_is_listed_or_found);
    killed(
        &test,
        |store| store.remove(&name("old")),
        |test, desk| {
            let mut store = keyring(desk);
            store.save(&project("old", "fake-old")).unwrap();
            killed_at_each_step(test, &desk.home().join("roomkey"), |step| {
                let status = store.status().unwrap();
                let (listed, unlisted) = match step {
                    Step::FlushFolder => (vec![], vec![name("old")]),
                    _ => (vec![name("old")], vec![]),
                };
                assert_eq!(
                    (status.listed, status.unlisted, status.missing),
                    (listed, unlisted, vec![]),
                    "{step:?}"
                );
            });
            store.list_again(&name("old")).unwrap();
            assert_eq!(store.load(&name("old")).unwrap(), project("old", "fake-old"));
        },
    );
}

#[test]
fn a_removal_stopped_anywhere_leaves_the_project_or_an_entry_that_is_found() {
    with_bus(Start::Unlocked, |desk| {
        for failing in Step::ALL {
            keyring(desk).save(&project("acme", "fake-secret")).unwrap();
            let disk = Disk::interrupted(move |step| match step {
                step if step == failing => Err(std::io::ErrorKind::StorageFull.into()),
                _ => Ok(()),
            });
            let mut store = Keyring::new(&desk.paths(), Patience::HEADLESS, disk);
            assert!(matches!(store.remove(&name("acme")), Err(StoreError::File(_))), "{failing:?}");
            let status = store.status().unwrap();
            let found = status.listed.iter().chain(&status.unlisted).collect::<Vec<_>>();
            assert_eq!(found, [&name("acme")], "{failing:?}");
            assert_eq!(status.missing, [], "{failing:?}");
        }
    });
}

#[test]
fn a_change_stopped_between_keyring_and_list_is_whole_and_mends_the_list() {
    with_bus(Start::Unlocked, |desk| {
        keyring(desk).save(&project("acme", "fake-old")).unwrap();
        let full = Disk::interrupted(|_| Err(std::io::ErrorKind::StorageFull.into()));
        let mut changed = project("acme", "fake-new");
        changed.listing.key = roomkey::project::ApiKey::parse("APInew").unwrap().value;
        assert!(Keyring::new(&desk.paths(), Patience::HEADLESS, full).save(&changed).is_err());
        let store = keyring(desk);
        assert_eq!(store.list().unwrap()[0].key.as_str(), "APIacme");
        assert_eq!(store.load(&name("acme")).unwrap(), changed, "key and secret belong together");
        assert_eq!(store.list().unwrap()[0].key.as_str(), "APInew");
    });
}

#[test]
fn without_a_bus_the_error_says_so_at_once() {
    with_bus(Start::NoBus, |desk| {
        let start = Instant::now();
        let error = keyring(desk).save(&project("acme", "fake")).unwrap_err();
        assert!(matches!(error, StoreError::NoBus { .. }), "{error}");
        assert!(error.to_string().starts_with("there is no keyring here: no D-Bus session bus ("), "{error}");
        assert_eq!(keyring(desk).probe(), Err(error.clone()));
        assert!(start.elapsed() < Duration::from_secs(1));
        assert_eq!(keyring(desk).list(), Ok(vec![]));

        let paths = desk.paths();
        let surroundings = Surroundings {
            paths: &paths,
            chosen: None,
            interactive: true,
            lookup: &|_| None,
            disk: Disk::default(),
        };
        let refused = open(Choice::Auto, &surroundings).err().unwrap();
        assert_eq!(refused, StoreError::NoStore { why: Box::new(error) });
        assert!(
            refused
                .to_string()
                .starts_with("no store has been chosen, and the keyring cannot be used: there is no")
        );
        assert!(refused.hint().contains("--store vault") && refused.hint().contains("--store memory"));
        assert!(!paths.data.exists(), "nothing was written instead");
    });
}

#[test]
fn a_bus_on_which_nobody_keeps_secrets_is_told_apart() {
    with_bus(Start::Alone, |desk| {
        let mut store = keyring(desk);
        assert_eq!(store.probe(), Err(StoreError::NoSecretService));
        assert_eq!(store.save(&project("acme", "fake")), Err(StoreError::NoSecretService));
        // A keyring that starts later is found without starting roomkey again.
        let daemon = desk.start_keyring(Some("pw"));
        store.save(&project("acme", "fake")).unwrap();
        assert_eq!(store.load(&name("acme")).unwrap(), project("acme", "fake"));
        end(daemon);
    });
}

#[test]
fn a_keyring_without_a_collection_is_told_apart() {
    with_bus(Start::Empty, |desk| {
        let mut store = keyring(desk);
        assert_eq!(store.probe(), Err(StoreError::NoCollection));
        assert_eq!(store.save(&project("acme", "fake")), Err(StoreError::NoCollection));
        assert_eq!(store.list(), Ok(vec![]));
    });
}

#[test]
fn a_locked_keyring_that_cannot_show_its_dialog_is_told_apart() {
    with_bus(Start::Unlocked, |desk| {
        let mut store = keyring(desk);
        store.save(&project("acme", "fake")).unwrap();
        desk.lock_keyring();
        assert_eq!(store.probe().unwrap().to_string(), "gnome-keyring, locked");
        assert_eq!(error_of_all(&mut store), StoreError::KeyringLocked);

        let paths = desk.paths();
        let display = |name: &str| (name == "DISPLAY").then(|| ":0".into());
        let nothing = |_: &str| None;
        let auto = |interactive, lookup: &dyn Fn(&str) -> Option<std::ffi::OsString>| {
            let disk = Disk::default();
            open(Choice::Auto, &Surroundings { paths: &paths, chosen: None, interactive, lookup, disk })
        };
        let refused = StoreError::NoStore { why: Box::new(StoreError::KeyringLocked) };
        assert_eq!(auto(true, &nothing).err(), Some(refused.clone()));
        assert_eq!(auto(false, &display).err(), Some(refused));
        assert_eq!(auto(true, &display).unwrap().backend(), Backend::Keyring, "its dialog can be answered");
    });
}

#[test]
fn auto_is_the_keyring_when_it_answers() {
    with_bus(Start::Unlocked, |desk| {
        let paths = desk.paths();
        let surroundings = Surroundings {
            paths: &paths,
            chosen: None,
            interactive: false,
            lookup: &|_| None,
            disk: Disk::default(),
        };
        let mut store = open(Choice::Auto, &surroundings).unwrap();
        store.save(&project("acme", "fake")).unwrap();
        assert!(run("secret-tool", &["search", "service", "roomkey"]).contains("project:acme"));
    });
}

#[test]
fn a_killed_keyring_is_told_and_a_new_one_is_found() {
    with_bus(Start::Unlocked, |desk| {
        let mut store = keyring(desk);
        store.save(&project("acme", "fake")).unwrap();
        desk.signal_keyring(Signal::KILL);
        assert_eq!(error_of_all(&mut store), StoreError::NoSecretService);
        // The new one knows nothing of our old session.
        let daemon = desk.start_keyring(Some("pw"));
        assert_eq!(store.load(&name("acme")).unwrap(), project("acme", "fake"));
        store.save(&project("acme", "fake-2")).unwrap();
        desk.signal_keyring(Signal::KILL);
        let daemon_2 = desk.start_keyring(Some("pw"));
        store.save(&project("acme", "fake-3")).unwrap();
        assert_eq!(store.load(&name("acme")).unwrap(), project("acme", "fake-3"));
        end(daemon);
        end(daemon_2);
    });
}

#[test]
fn a_keyring_that_the_bus_starts_anew_is_locked_and_told_so() {
    with_bus(Start::Restarting, |desk| {
        let mut store = keyring(desk);
        store.save(&project("acme", "fake")).unwrap();
        desk.signal_keyring(Signal::KILL);
        assert_eq!(error_of_all(&mut store), StoreError::KeyringLocked);
    });
}

#[test]
fn a_hung_keyring_is_given_up_in_time_and_used_again_when_it_answers() {
    with_bus(Start::Unlocked, |desk| {
        let mut store = impatient(desk);
        store.save(&project("acme", "fake")).unwrap();
        desk.signal_keyring(Signal::STOP);
        let start = Instant::now();
        let error = store.load(&name("acme")).unwrap_err();
        assert_eq!(error, StoreError::KeyringTimedOut { after: SHORT });
        assert_eq!(error.to_string(), "the keyring did not answer within 1 s");
        assert!(start.elapsed() < SHORT * 2, "{:?}", start.elapsed());
        assert_eq!(store.list().unwrap().len(), 1, "listing does not wait");
        assert_eq!(store.remove(&name("acme")), Err(error));
        assert_eq!(store.list().unwrap().len(), 1);
        desk.signal_keyring(Signal::CONT);
        // The removal that was given up may come through now; until then nothing else is written.
        let later = project("acme", "fake-later");
        eventually("an answer", || store.save(&later).is_ok());
        assert_eq!(store.load(&name("acme")).unwrap(), later);
    });
}

#[test]
fn a_wait_for_a_hung_keyring_can_be_cancelled_and_does_not_keep_the_process() {
    with_bus(Start::Unlocked, |desk| {
        let mut store = Keyring::new(&desk.paths(), Patience::INTERACTIVE, Disk::default());
        store.save(&project("acme", "fake")).unwrap();
        desk.signal_keyring(Signal::STOP);
        let canceller = store.canceller().unwrap();
        let other = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            canceller.cancel();
        });
        let start = Instant::now();
        assert_eq!(store.load(&name("acme")), Err(StoreError::Cancelled));
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        other.join().unwrap();
        // The keyring stays stopped: this process must end with a call to it still waiting, or `with_bus` fails.
    });
}

#[test]
fn a_dialog_that_nobody_answers_is_given_up_in_time() {
    with_bus(Start::Silent, |desk| {
        let mut store = impatient(desk);
        store.save(&project("acme", "fake")).unwrap();
        desk.lock_keyring();
        assert_eq!(store.probe().unwrap().to_string(), "gnome-keyring, locked", "asking opens no dialog");
        let start = Instant::now();
        assert_eq!(store.load(&name("acme")), Err(StoreError::KeyringTimedOut { after: SHORT }));
        assert!(start.elapsed() < SHORT * 2, "{:?}", start.elapsed());
    });
}

#[test]
fn a_damaged_or_open_list_is_told_with_its_cure_and_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    with_bus(Start::Unlocked, |desk| {
        let mut store = keyring(desk);
        store.save(&project("acme", "fake")).unwrap();
        let index = desk.paths().data.join("keyring.json");
        let whole = std::fs::read(&index).unwrap();
        assert_eq!(std::fs::metadata(&index).unwrap().permissions().mode() & 0o777, 0o600);
        for bytes in [
            &b""[..],
            b"{",
            &whole[..whole.len() / 2],
            b"[]",
            b"{\"version\":9,\"projects\":[]}",
            b"\xff\xfe",
        ] {
            std::fs::write(&index, bytes).unwrap();
            for error in [
                store.list().unwrap_err(),
                store.load(&name("acme")).unwrap_err(),
                store.save(&project("new", "fake")).unwrap_err(),
                store.remove(&name("acme")).unwrap_err(),
            ] {
                assert!(matches!(error, StoreError::IndexDamaged { .. }), "{error}");
                assert!(error.hint().contains("safe in the keyring"), "{}", error.hint());
            }
            assert_eq!(std::fs::read(&index).unwrap(), bytes);
        }
        let new = run("secret-tool", &["search", "service", "roomkey", "username", "project:new"]);
        assert!(!new.contains("project:new"), "a save that failed left an entry: {new}");

        std::fs::write(&index, &whole).unwrap();
        std::fs::set_permissions(&index, std::fs::Permissions::from_mode(0o664)).unwrap();
        let error = store.list().unwrap_err();
        assert_eq!(error.hint(), format!("chmod 600 '{}'", index.display()));
        std::fs::set_permissions(&index, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(store.load(&name("acme")).unwrap(), project("acme", "fake"));
    });
}
