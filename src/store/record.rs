//! A project as bytes: the one place where a store takes a secret out of a project or puts one in.
//!
//! Errors say where and what kind of thing is wrong, in fixed words: a JSON reader's own words may repeat what
//! it read.

use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::project::{ApiKey, ApiSecret, Listing, OldKey, Project, ProjectName, ServerUrl};

/// What may be shown of a project, as it is written.
#[derive(Serialize, Deserialize)]
pub(super) struct Row {
    name: String,
    url: String,
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old: Option<OldRow>,
}

/// What may be shown of a key that is kept for verifying.
#[derive(Serialize, Deserialize)]
struct OldRow {
    key: String,
    since: i64,
}

impl From<&Listing> for Row {
    fn from(listing: &Listing) -> Self {
        let old = |old: &OldKey| OldRow { key: old.key.to_string(), since: old.since.as_unix() };
        Self {
            name: listing.name.to_string(),
            url: listing.url.ws(),
            key: listing.key.to_string(),
            old: listing.old.as_ref().map(old),
        }
    }
}

impl TryFrom<Row> for Listing {
    type Error = &'static str;

    fn try_from(row: Row) -> Result<Self, &'static str> {
        let name = ProjectName::parse(&row.name).map_err(|_| "a project's name is not valid")?;
        let mut listing = listing(name, &row.url, &row.key)?;
        listing.old = row.old.map(|old| old_key(&old.key, old.since)).transpose()?;
        Ok(listing)
    }
}

fn old_key(key: &str, since: i64) -> Result<OldKey, &'static str> {
    let key = ApiKey::parse(key).map_err(|_| "a project's old API key is not valid")?.value;
    Ok(OldKey { key, since: Timestamp::from_unix(since) })
}

fn listing(name: ProjectName, url: &str, key: &str) -> Result<Listing, &'static str> {
    let url = ServerUrl::parse(url).map_err(|_| "a project's URL is not valid")?.value;
    let key = ApiKey::parse(key).map_err(|_| "a project's API key is not valid")?.value;
    Ok(Listing::new(name, url, key))
}

/// Text that is wiped when dropped.
struct Hidden(Zeroizing<String>);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text)))
    }
}

impl Hidden {
    fn into_secret(self) -> Result<ApiSecret, &'static str> {
        if self.0.is_empty() { Err("a secret is empty") } else { Ok(ApiSecret::verbatim(self.0.to_string())) }
    }
}

/// The only version there has been of an old pair. A roomkey from before there were any passes over it.
const OLD_VERSION: u32 = 1;

/// A pair that signs no more, as it is written beside the one that does.
#[derive(Serialize)]
struct OldOut<'a> {
    v: u32,
    key: &'a str,
    secret: &'a str,
    since: i64,
}

#[derive(Deserialize)]
struct OldIn {
    v: u32,
    key: String,
    secret: Hidden,
    since: i64,
}

impl<'a> OldOut<'a> {
    #[expect(clippy::disallowed_methods, reason = "the stores are where secrets are kept")]
    fn of(project: &'a Project) -> Option<Self> {
        let (key, secret) = project.old_pair()?;
        let since = project.listing.old.as_ref()?.since.as_unix();
        Some(Self { v: OLD_VERSION, key: key.as_str(), secret: secret.expose(), since })
    }
}

#[derive(Serialize)]
struct EntryOut<'a> {
    url: String,
    key: &'a str,
    secret: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<OldOut<'a>>,
}

#[derive(Deserialize)]
struct EntryIn {
    url: String,
    key: String,
    secret: Hidden,
    #[serde(default)]
    old: Option<OldIn>,
}

impl EntryIn {
    fn into_project(self, name: ProjectName) -> Result<Project, &'static str> {
        let mut project = Project::new(listing(name, &self.url, &self.key)?, self.secret.into_secret()?);
        if let Some(old) = self.old {
            if old.v != OLD_VERSION {
                return Err("its old key was kept by a newer roomkey");
            }
            project.listing.old = Some(old_key(&old.key, old.since)?);
            project.old_secret = Some(old.secret.into_secret()?);
        }
        Ok(project)
    }
}

/// Bytes of the secrets in a project.
fn secrets(project: &Project) -> usize {
    project.secret.len() + project.old_secret.as_ref().map_or(0, ApiSecret::len)
}

/// `{"url":..,"key":..,"secret":..}`, and with an old pair `"old":{"v":1,"key":..,"secret":..,"since":..}`: what a
/// keyring keeps under a project's name.
#[expect(clippy::disallowed_methods, reason = "the keyring is where secrets are kept")]
pub(super) fn entry(project: &Project) -> Zeroizing<Vec<u8>> {
    let listing = &project.listing;
    json(
        secrets(project),
        &EntryOut {
            url: listing.url.ws(),
            key: listing.key.as_str(),
            secret: project.secret.expose(),
            old: OldOut::of(project),
        },
    )
}

/// Reads what [`entry`] wrote.
pub(super) fn read_entry(name: &ProjectName, bytes: &[u8]) -> Result<Project, String> {
    Ok(parse::<EntryIn>(bytes)?.into_project(name.clone())?)
}

/// The only version there has been of the two files with projects in them.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document<R> {
    version: u32,
    projects: Vec<R>,
}

#[derive(Serialize)]
struct ProjectOut<'a> {
    name: &'a str,
    url: String,
    key: &'a str,
    secret: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<OldOut<'a>>,
}

#[derive(Deserialize)]
struct ProjectIn {
    name: String,
    url: String,
    key: String,
    secret: Hidden,
    #[serde(default)]
    old: Option<OldIn>,
}

/// The projects with their secrets, as the vault keeps them.
#[expect(clippy::disallowed_methods, reason = "the vault is where secrets are kept")]
pub(super) fn projects(projects: &[Project]) -> Zeroizing<Vec<u8>> {
    let bytes: usize = projects.iter().map(secrets).sum();
    let rows = projects.iter().map(|project| ProjectOut {
        name: project.listing.name.as_str(),
        url: project.listing.url.ws(),
        key: project.listing.key.as_str(),
        secret: project.secret.expose(),
        old: OldOut::of(project),
    });
    json(bytes + projects.len() * 1024, &Document { version: VERSION, projects: rows.collect() })
}

/// Reads what [`projects`] wrote; sorted by name.
pub(super) fn read_projects(bytes: &[u8]) -> Result<Vec<Project>, String> {
    let document: Document<ProjectIn> = parse(bytes)?;
    let rows = check_version(document)?.into_iter().map(|ProjectIn { name, url, key, secret, old }| {
        let name = ProjectName::parse(&name).map_err(|_| "a project's name is not valid")?;
        EntryIn { url, key, secret, old }.into_project(name)
    });
    let projects = rows.collect::<Result<Vec<Project>, &'static str>>()?;
    sorted_by_name(projects, |project| &project.listing.name)
}

/// The projects without their secrets, as the keyring's index keeps them.
pub(super) fn listings(listings: &[Listing]) -> Vec<u8> {
    let document = Document { version: VERSION, projects: listings.iter().map(Row::from).collect() };
    let mut bytes = json(listings.len() * 1024, &document);
    bytes.push(b'\n');
    std::mem::take(&mut bytes)
}

/// Reads what [`listings`] wrote; sorted by name.
pub(super) fn read_listings(bytes: &[u8]) -> Result<Vec<Listing>, String> {
    let document: Document<Row> = parse(bytes)?;
    let rows = check_version(document)?.into_iter().map(Listing::try_from);
    let listings = rows.collect::<Result<Vec<Listing>, &'static str>>()?;
    sorted_by_name(listings, |listing| &listing.name)
}

fn check_version<R>(document: Document<R>) -> Result<Vec<R>, String> {
    match document.version {
        VERSION => Ok(document.projects),
        newer => Err(format!("it is of version {newer}, made by a newer roomkey")),
    }
}

fn sorted_by_name<T>(mut items: Vec<T>, name: fn(&T) -> &ProjectName) -> Result<Vec<T>, String> {
    items.sort_by(|a, b| name(a).cmp(name(b)));
    match items.windows(2).find(|pair| name(&pair[0]) == name(&pair[1])) {
        Some(pair) => Err(format!("it has two projects named {}", name(&pair[0]))),
        None => Ok(items),
    }
}

/// Room for every secret from the start: a buffer that grows leaves copies behind.
#[expect(clippy::expect_used, reason = "structs of strings and numbers always become JSON")]
fn json(room: usize, value: &impl Serialize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(room * 2 + 4096));
    serde_json::to_writer(&mut *bytes, value).expect("strings become JSON");
    bytes
}

fn parse<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "something is missing or of the wrong kind",
            serde_json::error::Category::Eof => "it ends too early",
            _ => "it is not JSON",
        };
        format!("{what} (line {}, column {})", error.line(), error.column())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(name: &str, secret: &str) -> Project {
        let listing = Listing { name: ProjectName::parse(name).unwrap(), ..Listing::local_dev() };
        Project::new(listing, ApiSecret::verbatim(secret.into()))
    }

    fn rotated(name: &str) -> Project {
        let mut project = project(name, "fake-old");
        let key = ApiKey::parse("APInew").unwrap().value;
        project.rotate(key, ApiSecret::verbatim("fake-new".into()), Timestamp::from_unix(1_795_531_327));
        project
    }

    #[test]
    fn projects_come_back_as_they_went_in() {
        let odd = project("会議 \"x\" \\", "fake=\"quotes\"\\==");
        assert_eq!(read_entry(&odd.listing.name, &entry(&odd)).unwrap(), odd);
        let both = [project("a", "fake-1"), rotated("b"), odd];
        assert_eq!(read_entry(&both[1].listing.name, &entry(&both[1])).unwrap(), both[1]);
        assert_eq!(read_projects(&projects(&both)).unwrap(), both);
        let shown: Vec<Listing> = both.iter().map(|p| p.listing.clone()).collect();
        assert_eq!(read_listings(&listings(&shown)).unwrap(), shown);
    }

    #[test]
    fn what_was_written_before_there_were_old_pairs_is_read_and_one_without_is_written_the_same() {
        let name = ProjectName::parse("a").unwrap();
        let before = br#"{"url":"ws://localhost:7880","key":"devkey","secret":"fake-1"}"#;
        let read = read_entry(&name, before).unwrap();
        assert_eq!((&read, read.old_pair()), (&project("a", "fake-1"), None));
        assert_eq!(*entry(&read), before.to_vec());
        let before =
            br#"{"version":1,"projects":[{"name":"a","url":"ws://localhost:7880","key":"devkey","secret":"fake-1"}]}"#;
        assert_eq!(read_projects(before).unwrap(), std::slice::from_ref(&read));
        assert_eq!(*projects(&[read]), before.to_vec());
        let index = br#"{"version":1,"projects":[{"name":"a","url":"ws://localhost:7880","key":"devkey"}]}"#;
        assert_eq!(read_listings(index).unwrap(), [project("a", "x").listing]);
    }

    #[test]
    fn an_old_pair_of_a_newer_roomkey_is_refused_and_one_that_is_broken_too() {
        let name = ProjectName::parse("a").unwrap();
        for (old, told) in [
            (r#"{"v":2,"key":"k","secret":"fake-canary","since":1}"#, "kept by a newer roomkey"),
            (r#"{"v":1,"key":"k k","secret":"fake-canary","since":1}"#, "old API key is not valid"),
            (r#"{"v":1,"key":"k","secret":"","since":1}"#, "a secret is empty"),
            (r#"{"v":1,"key":"k","since":1}"#, "something is missing"),
        ] {
            let entry = format!(r#"{{"url":"wss://x","key":"k","secret":"fake","old":{old}}}"#);
            let error = read_entry(&name, entry.as_bytes()).unwrap_err();
            assert!(error.contains(told) && !error.contains("canary"), "{error}");
        }
    }

    /// Windows takes 2,560 bytes for a credential (CRED_MAX_CREDENTIAL_BLOB_SIZE).
    #[test]
    fn the_longest_pairs_fit_what_windows_takes_beside_a_long_address() {
        let key = |c: &str| ApiKey::parse(&c.repeat(256)).unwrap().value;
        let secret = |c: &str| ApiSecret::parse(&c.repeat(256)).unwrap().value;
        let host = format!("{}.example", ["a".repeat(60).as_str(); 4].join("."));
        let url = ServerUrl::parse(&format!("wss://{host}:7880")).unwrap().value;
        let mut project =
            Project::new(Listing::new(ProjectName::parse("a").unwrap(), url, key("k")), secret("s"));
        project.rotate(key("K"), secret("S"), Timestamp::from_unix(i64::from(u32::MAX)));
        assert!(entry(&project).len() < 2_560, "{}", entry(&project).len());
    }

    #[test]
    fn an_error_says_what_is_wrong_without_repeating_what_is_there() {
        let name = ProjectName::parse("a").unwrap();
        for (bytes, told) in [
            (&b"\xff\xfefake-canary"[..], "it is not JSON"),
            (br#"{"url":"wss://x","key":"k","secret":"fake-canary"#, "it ends too early"),
            (br#"{"url":"wss://x","key":"fake-canary","secret":7}"#, "of the wrong kind"),
            (br#"{"url":"","key":"k","secret":"fake-canary"}"#, "URL is not valid"),
            (br#"{"url":"wss://x","key":"k k","secret":"fake-canary"}"#, "API key is not valid"),
            (br#"{"url":"wss://x","key":"k","secret":""}"#, "a secret is empty"),
            (b"\"fake-canary\"", "of the wrong kind"),
        ] {
            let error = read_entry(&name, bytes).unwrap_err();
            assert!(error.contains(told), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_newer_file_and_a_name_twice_are_refused() {
        let error = read_projects(br#"{"version":2,"projects":[]}"#).unwrap_err();
        assert_eq!(error, "it is of version 2, made by a newer roomkey");
        let twice = [project("a", "fake-1"), project("a", "fake-2")];
        assert_eq!(read_projects(&projects(&twice)).unwrap_err(), "it has two projects named a");
    }
}
