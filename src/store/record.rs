//! A project as bytes: the one place where a store takes a secret out of a project or puts one in.
//!
//! Errors say where and what kind of thing is wrong, in fixed words: a JSON reader's own words may repeat what
//! it read.

use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::project::{ApiKey, ApiSecret, Listing, Project, ProjectName, ServerUrl};

/// What may be shown of a project, as it is written.
#[derive(Serialize, Deserialize)]
pub(super) struct Row {
    name: String,
    url: String,
    key: String,
}

impl From<&Listing> for Row {
    fn from(listing: &Listing) -> Self {
        Self { name: listing.name.to_string(), url: listing.url.ws(), key: listing.key.to_string() }
    }
}

impl TryFrom<Row> for Listing {
    type Error = &'static str;

    fn try_from(row: Row) -> Result<Self, &'static str> {
        let name = ProjectName::parse(&row.name).map_err(|_| "a project's name is not valid")?;
        listing(name, &row.url, &row.key)
    }
}

fn listing(name: ProjectName, url: &str, key: &str) -> Result<Listing, &'static str> {
    let url = ServerUrl::parse(url).map_err(|_| "a project's URL is not valid")?.value;
    let key = ApiKey::parse(key).map_err(|_| "a project's API key is not valid")?.value;
    Ok(Listing { name, url, key })
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

#[derive(Serialize)]
struct EntryOut<'a> {
    url: String,
    key: &'a str,
    secret: &'a str,
}

#[derive(Deserialize)]
struct EntryIn {
    url: String,
    key: String,
    secret: Hidden,
}

/// `{"url":..,"key":..,"secret":..}`: what a keyring keeps under a project's name.
#[expect(clippy::disallowed_methods, reason = "the keyring is where secrets are kept")]
pub(super) fn entry(project: &Project) -> Zeroizing<Vec<u8>> {
    let Project { listing, secret } = project;
    json(
        secret.len(),
        &EntryOut { url: listing.url.ws(), key: listing.key.as_str(), secret: secret.expose() },
    )
}

/// Reads what [`entry`] wrote.
pub(super) fn read_entry(name: &ProjectName, bytes: &[u8]) -> Result<Project, String> {
    let EntryIn { url, key, secret } = parse(bytes)?;
    Ok(Project { listing: listing(name.clone(), &url, &key)?, secret: secret.into_secret()? })
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
}

#[derive(Deserialize)]
struct ProjectIn {
    name: String,
    url: String,
    key: String,
    secret: Hidden,
}

/// The projects with their secrets, as the vault keeps them.
#[expect(clippy::disallowed_methods, reason = "the vault is where secrets are kept")]
pub(super) fn projects(projects: &[Project]) -> Zeroizing<Vec<u8>> {
    let secrets: usize = projects.iter().map(|project| project.secret.len()).sum();
    let rows = projects.iter().map(|Project { listing, secret }| ProjectOut {
        name: listing.name.as_str(),
        url: listing.url.ws(),
        key: listing.key.as_str(),
        secret: secret.expose(),
    });
    json(secrets + projects.len() * 1024, &Document { version: VERSION, projects: rows.collect() })
}

/// Reads what [`projects`] wrote; sorted by name.
pub(super) fn read_projects(bytes: &[u8]) -> Result<Vec<Project>, String> {
    let document: Document<ProjectIn> = parse(bytes)?;
    let rows = check_version(document)?.into_iter().map(|row| {
        let name = ProjectName::parse(&row.name).map_err(|_| "a project's name is not valid")?;
        Ok(Project { listing: listing(name, &row.url, &row.key)?, secret: row.secret.into_secret()? })
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
        Project { listing, secret: ApiSecret::verbatim(secret.into()) }
    }

    #[test]
    fn projects_come_back_as_they_went_in() {
        let odd = project("会議 \"x\" \\", "fake=\"quotes\"\\==");
        assert_eq!(read_entry(&odd.listing.name, &entry(&odd)).unwrap(), odd);
        let both = [project("a", "fake-1"), odd];
        assert_eq!(read_projects(&projects(&both)).unwrap(), both);
        let shown: Vec<Listing> = both.iter().map(|p| p.listing.clone()).collect();
        assert_eq!(read_listings(&listings(&shown)).unwrap(), shown);
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
