//! Laws of the file: nothing that was written is lost, whatever happens to a later line.

use std::fs;
use std::io::Write;

use super::*;
use crate::claims::draft::Draft;
use crate::clock::Zone;
use crate::project::{ApiSecret, Project};
use crate::token::sign;

pub(super) const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

/// A row of a join of "demo", issued now.
pub(super) fn row(identity: &str, lasts: i64) -> Row {
    Row {
        at: NOW,
        project: "acme".into(),
        url: "wss://acme.livekit.cloud".into(),
        key: "APIfake".into(),
        room: "demo".into(),
        identity: identity.into(),
        last: String::new(),
        count: 1,
        joins: true,
        grants: "join, publish".into(),
        expires_at: NOW.plus(lasts),
        fingerprint: Fingerprint::of(identity),
        by: By::Create,
        draft: Some(r#"{"identity":"x","ttl":"1h"}"#.into()),
    }
}

fn line_of(row: &Row) -> Vec<u8> {
    let mut line = Vec::new();
    row.write_line(&mut line);
    line
}

struct Folder {
    _folder: tempfile::TempDir,
    ledger: Ledger,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::file(&Paths::under(folder.path()), Disk::default());
        Self { _folder: folder, ledger }
    }

    fn with(text: &[u8]) -> Self {
        let new = Self::new();
        new.ledger.record(&row("first", 60)).unwrap();
        fs::write(new.path(), text).unwrap();
        new
    }

    fn path(&self) -> &Path {
        self.ledger.path().unwrap()
    }
}

fn all(ledger: &Ledger) -> (Vec<Row>, Damage) {
    let mut reading = ledger.newest_first().unwrap();
    let mut rows = Vec::new();
    while let Some(more) = reading.next_rows().unwrap() {
        rows.extend(more);
    }
    (rows, reading.damage())
}

fn identities(ledger: &Ledger) -> Vec<String> {
    all(ledger).0.into_iter().map(|row| row.identity).collect()
}

#[test]
fn what_is_recorded_is_read_newest_first() {
    let new = Folder::new();
    assert_eq!(all(&new.ledger), (Vec::new(), Damage::default()));
    assert!(!new.path().exists(), "reading makes no file");
    for rows in [vec![row("a", 60)], vec![row("b", 60), row("会 \"\\\n\u{202e}", -5)]] {
        new.ledger.record_all(&rows).unwrap();
    }
    assert_eq!(all(&new.ledger).0, [row("会 \"\\\n\u{202e}", -5), row("b", 60), row("a", 60)]);
    assert_eq!(fs::read_to_string(new.path()).unwrap().lines().count(), 3);
}

#[test]
fn switched_off_nothing_more_is_written_and_what_is_there_is_read() {
    let new = Folder::new();
    new.ledger.record(&row("a", 60)).unwrap();
    let off = new.ledger.clone().switched(false);
    off.record(&row("b", 60)).unwrap();
    assert_eq!(identities(&off), ["a"]);
}

#[test]
fn killed_while_appending_at_any_byte_all_earlier_rows_are_there_and_later_ones_too() {
    let line = line_of(&row("third", 60));
    for cut in 0..=line.len() {
        let new = Folder::new();
        new.ledger.record_all(&[row("first", 60), row("second", 60)]).unwrap();
        fs::OpenOptions::new().append(true).open(new.path()).unwrap().write_all(&line[..cut]).unwrap();
        // All but the line break is there: so is the row.
        let whole = cut + 1 >= line.len();
        let expected: &[&str] = if whole { &["third", "second", "first"] } else { &["second", "first"] };
        assert_eq!(identities(&new.ledger), expected, "after {cut} bytes");
        assert_eq!(all(&new.ledger).1.lines(), 0, "a line being written is no damage");

        new.ledger.record(&row("fourth", 60)).unwrap();
        let (rows, damage) = all(&new.ledger);
        let names: Vec<&str> = rows.iter().map(|row| row.identity.as_str()).collect();
        assert_eq!(names, [&["fourth"], expected].concat(), "after {cut} bytes and one row");
        assert_eq!(damage.cut_off, u64::from(cut > 0 && !whole), "after {cut} bytes");
        assert_eq!(damage.unreadable, 0);

        let purged = new.ledger.purge(Purge::Expired, NOW).unwrap();
        assert_eq!(purged.gone, 0);
        assert_eq!(all(&new.ledger).1.lines(), 0, "what was cut off goes with a purge");
        assert_eq!(identities(&new.ledger), names);
    }
}

#[test]
fn a_line_that_is_no_row_is_told_by_its_number_and_is_not_fatal() {
    let good = |name| String::from_utf8(line_of(&row(name, 60))).unwrap();
    for bad in ["not JSON", "[]", "{}", "{\"at\": \"yesterday\"}", "\u{1b}[2J", "42"] {
        let new = Folder::with(format!("{}\n{}{bad}\n{}", good("a"), good("b"), good("c")).as_bytes());
        let (rows, damage) = all(&new.ledger);
        assert_eq!(rows.len(), 3, "{bad}");
        assert_eq!((damage.lines(), new.ledger.first_damaged_line(damage)), (1, Some(4)), "{bad}");
        // What cannot be read may be another program's: it stays, until all goes.
        new.ledger.purge(Purge::Expired, NOW.plus(3_600)).unwrap();
        assert_eq!(fs::read_to_string(new.path()).unwrap(), format!("{bad}\n"));
        new.ledger.purge(Purge::All, NOW).unwrap();
        assert_eq!(fs::read_to_string(new.path()).unwrap(), "");
    }
    let new = Folder::with(&[&line_of(&row("a", 60))[..], b"\xff\xfe\n"].concat());
    assert_eq!(all(&new.ledger).1.unreadable, 1);
}

#[test]
fn what_a_newer_roomkey_added_is_read_over_and_kept() {
    let text = String::from_utf8(line_of(&row("a", 3_600))).unwrap();
    let newer = text.replacen('{', "{\"future\":{\"x\":[1]},", 1).replace("\"create\"", "\"hologram\"");
    let new =
        Folder::with(format!("{}{newer}", String::from_utf8(line_of(&row("b", 60))).unwrap()).as_bytes());
    assert_eq!(all(&new.ledger).0[0], Row { by: By::Other, ..row("a", 3_600) });
    let purged = new.ledger.purge(Purge::Expired, NOW.plus(600)).unwrap();
    assert_eq!(purged, Purged { gone: 1, kept: 1 });
    assert_eq!(fs::read_to_string(new.path()).unwrap(), newer);
}

#[test]
fn lines_are_found_wherever_the_blocks_end() {
    // Lines of every length around the sizes of the blocks, and one longer than any.
    for padding in [1, 500, 65_000, 65_400, 65_500, 1_100_000, 2_300_000] {
        let new = Folder::new();
        let big = Row { grants: "x".repeat(padding), ..row("big", 60) };
        for name in ["a", "b"] {
            new.ledger.record_all(&[row(name, 60), big.clone(), row("small", 60)]).unwrap();
        }
        assert_eq!(identities(&new.ledger), ["small", "big", "b", "small", "big", "a"], "{padding}");
    }
    let new = Folder::new();
    let many: Vec<Row> = (0..5_000).map(|i| row(&format!("p{i}"), i)).collect();
    new.ledger.record_all(&many).unwrap();
    assert_eq!(all(&new.ledger).0, many.iter().rev().cloned().collect::<Vec<_>>());
}

#[test]
fn what_is_added_is_read_by_itself_and_a_purge_is_noticed() {
    let new = Folder::new();
    for ledger in [new.ledger.clone(), Ledger::memory(Vec::new())] {
        ledger.record(&row("a", 60)).unwrap();
        let mut reading = ledger.newest_first().unwrap();
        while reading.next_rows().unwrap().is_some() {}
        let mut mark = reading.mark();
        assert_eq!(ledger.added_since(&mut mark).unwrap(), Some(Vec::new()));
        ledger.record_all(&[row("b", 60), row("c", 7_200)]).unwrap();
        assert_eq!(ledger.added_since(&mut mark).unwrap(), Some(vec![row("b", 60), row("c", 7_200)]));
        assert_eq!(ledger.added_since(&mut mark).unwrap(), Some(Vec::new()));
        ledger.purge(Purge::Expired, NOW.plus(600)).unwrap();
        assert_eq!(ledger.added_since(&mut mark).unwrap(), None);
        assert_eq!(identities(&ledger), ["c"]);
    }
}

#[test]
fn a_line_that_is_being_written_is_added_once_it_is_whole() {
    let new = Folder::new();
    new.ledger.record(&row("a", 60)).unwrap();
    let line = line_of(&row("b", 60));
    let (begin, end) = line.split_at(40);
    let append = |bytes: &[u8]| {
        fs::OpenOptions::new().append(true).open(new.path()).unwrap().write_all(bytes).unwrap();
    };
    append(begin);
    let mut reading = new.ledger.newest_first().unwrap();
    while reading.next_rows().unwrap().is_some() {}
    let mut mark = reading.mark();
    assert_eq!(new.ledger.added_since(&mut mark).unwrap(), Some(Vec::new()));
    append(end);
    assert_eq!(new.ledger.added_since(&mut mark).unwrap(), Some(vec![row("b", 60)]));
}

#[test]
fn a_purge_takes_what_it_says_and_a_failed_one_nothing() {
    let old = Row { at: NOW.plus(-10_000), ..row("old", 3_600) };
    let rows = [old, row("short", 30), row("long", 3_600)];
    let later = NOW.plus(91);
    for (which, left) in
        [(Purge::Expired, &["long", "old"][..]), (Purge::Before(NOW), &["long", "short"]), (Purge::All, &[])]
    {
        let new = Folder::new();
        new.ledger.record_all(&rows).unwrap();
        let counted = new.ledger.count(which, later).unwrap();
        assert_eq!(new.ledger.purge(which, later).unwrap(), counted);
        assert_eq!(counted.kept, left.len() as u64);
        assert_eq!(identities(&new.ledger), left, "{which:?}");
    }
    for step in crate::files::Step::ALL.into_iter().filter(|step| *step != crate::files::Step::FlushFolder) {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::under(folder.path());
        Ledger::file(&paths, Disk::default()).record_all(&rows).unwrap();
        let disk =
            Disk::interrupted(
                move |at| {
                    if at == step { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
                },
            );
        let failing = Ledger::file(&paths, disk);
        let error = failing.purge(Purge::All, later).unwrap_err();
        assert!(error.to_string().ends_with("the disk is full"), "{step:?}: {error}");
        assert_eq!(identities(&failing), ["long", "short", "old"], "{step:?}");
    }
}

#[test]
fn purging_what_is_not_there_makes_no_file() {
    let new = Folder::new();
    assert_eq!(new.ledger.purge(Purge::All, NOW).unwrap(), Purged::default());
    assert!(!new.path().parent().unwrap().exists());
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_refused_with_the_cure_and_is_made_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let new = Folder::new();
    new.ledger.record(&row("a", 60)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(new.path()), mode(new.path().parent().unwrap())), (0o600, 0o700));
    fs::set_permissions(new.path(), fs::Permissions::from_mode(0o644)).unwrap();
    let cure = format!("chmod 600 '{}'", new.path().display());
    assert_eq!(new.ledger.record(&row("b", 60)).unwrap_err().hint(), cure);
    assert_eq!(new.ledger.newest_first().unwrap_err().hint(), cure);
    assert_eq!(new.ledger.purge(Purge::All, NOW).unwrap_err().hint(), cure);
}

#[test]
fn a_folder_in_its_place_is_an_error_and_nothing_hangs() {
    let new = Folder::new();
    fs::create_dir_all(new.path()).unwrap();
    assert!(matches!(new.ledger.newest_first(), Err(FileError::NotAFile { .. })));
    assert!(matches!(new.ledger.record(&row("a", 60)), Err(FileError::NotAFile { .. })));
}

fn issued(grant: &str, metadata: &str) -> (Row, Draft) {
    let mut draft =
        Draft { identity: "alice".into(), ttl: crate::clock::Ttl::For(5_400), ..Draft::default() };
    draft.lay_grant(grant).unwrap();
    draft.grants.metadata = metadata.into();
    let mut project = Project::local_dev();
    project.secret = ApiSecret::verbatim("fake-secret-0123456789-0123456789-abc".into());
    let claims = draft.claims(&project.listing.key, NOW);
    let token = sign(&claims, &project.secret).unwrap();
    let row = Row::of(&project, &claims, token.fingerprint(), By::Screens);
    assert_eq!(row.fingerprint, Fingerprint::of(token.expose()));
    let line = String::from_utf8(line_of(&row)).unwrap();
    assert!(!line.contains(token.expose()) && !line.contains("fake-secret"), "{line}");
    assert!(!line.contains(token.expose().rsplit('.').next().unwrap()), "{line}");
    (row, draft)
}

#[test]
fn a_row_says_what_was_issued_and_holds_the_draft_to_make_it_again() {
    let (row, draft) =
        issued(r#"{"roomJoin": true, "room": "demo", "canPublish": false}"#, "{\"team\":\"blue\"}");
    assert_eq!(
        (
            row.project.as_str(),
            row.key.as_str(),
            row.room.as_str(),
            row.identity.as_str(),
            row.grants.as_str()
        ),
        ("local dev", "devkey", "demo", "alice", "join, listen")
    );
    assert_eq!((row.at, row.expires_at, row.by, row.joins), (NOW, NOW.plus(5_400), By::Screens, true));
    let read = Row::of_line(&line_of(&row)).unwrap();
    assert_eq!(read, row);
    assert_eq!(read.draft(NOW, &Zone::utc()).unwrap().unwrap(), draft);
}

#[test]
fn a_draft_that_holds_a_secret_or_a_token_is_not_written_down() {
    let plain = r#"{"roomJoin": true, "room": "demo"}"#;
    assert!(issued(plain, "").0.draft.is_some());
    assert!(issued(plain, "fake-secret-0123456789-0123456789-abc").0.draft.is_none());
    assert!(issued(plain, "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJkZXZrZXkifQ.x").0.draft.is_none());
    let storage = r#"{"video": {"roomJoin": true, "room": "demo"},
        "roomConfig": {"egress": {"tracks": {"s3": {"secret": "fake-storage-secret", "bucket": "b"}}}}}"#;
    assert!(issued(storage, "").0.draft.is_none());
}

#[test]
fn the_alive_ones_are_those_that_join_and_that_a_server_would_still_take() {
    let rows = vec![
        row("gone", -60),
        row("leeway", -59),
        Row { joins: false, ..row("api", 60) },
        row("alive", 3_600),
    ];
    let new = Folder::new();
    new.ledger.record_all(&rows).unwrap();
    for ledger in [new.ledger.clone(), Ledger::memory(rows)] {
        let mut alive = ledger.alive(NOW).unwrap();
        alive.sort();
        let expected = [("alive", 3_600), ("leeway", -59)];
        assert_eq!(alive, expected.map(|(name, lasts)| ("demo".into(), name.into(), NOW.plus(lasts))));
        assert_eq!(ledger.find(Fingerprint::of("leeway")).unwrap().unwrap().identity, "leeway");
        assert_eq!(ledger.find(Fingerprint::of("nobody")).unwrap(), None);
    }
}

#[test]
fn a_batch_is_one_row_that_says_how_many() {
    let batch = Row::of_batch(row("load-1", 60), "load-50", 50);
    assert_eq!(batch.who(), "load-1 … load-50 (50)");
    assert_eq!(Row::of_line(&line_of(&batch)).unwrap(), batch);
    assert_eq!(row("a", 60).who(), "a");
}
