//! Projects from where people keep them today: lk's configuration, `.env` files, a server's `livekit.yaml`, the
//! environment, a pasted block.
//!
//! Sources are read and never changed, but for [`blank`], which takes lk's secrets out of its file on request. Where
//! the projects go is the caller's business: [`plan`] only says what each would change.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::files::FileError;
use crate::project::{ApiKey, ApiSecret, Listing, Project, ProjectName, ServerUrl, read_block};
use crate::text::{is_unprintable, visible};

mod blank;
mod dotenv;
mod plan;
mod yaml;

pub use blank::{Blanked, blank};
pub use dotenv::value_of;
pub use plan::{Change, OnConflict, Planned, Step, free_name, is_among, plan};

use yaml::Node;

/// Where projects come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The configuration of lk, with all its projects and a default.
    Lk(PathBuf),
    /// A `.env` file with the three variables.
    Dotenv(PathBuf),
    /// A server's configuration or key file.
    Server(PathBuf),
    /// `LIVEKIT_URL`, `LIVEKIT_API_KEY` and `LIVEKIT_API_SECRET`.
    Environment,
    /// `LIVEKIT_KEYS`.
    Keys,
    /// Text of any of these forms.
    Pasted,
}

impl Source {
    /// Whether it is lk's file, whose secrets can be taken out.
    #[must_use]
    pub const fn is_lk(&self) -> bool {
        matches!(self, Self::Lk(_))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lk(path) => write!(f, "lk's {}", visible(&path.display().to_string())),
            Self::Dotenv(path) | Self::Server(path) => f.write_str(&visible(&path.display().to_string())),
            Self::Environment => f.write_str("the environment"),
            Self::Keys => f.write_str("LIVEKIT_KEYS"),
            Self::Pasted => f.write_str("the pasted text"),
        }
    }
}

/// A project that could be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What it would be saved as.
    pub project: Project,
    /// Whether it is the default one there.
    pub is_default: bool,
    /// What was done to make it fit: a cleaned name, quotes taken off a secret. Nothing of a secret.
    pub notes: Vec<String>,
}

/// An entry that cannot be used, and why. Nothing of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// What it is called there.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

/// What a source has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The source.
    pub source: Source,
    /// What can be imported, in the order of the source.
    pub candidates: Vec<Candidate>,
    /// What cannot.
    pub unusable: Vec<Unusable>,
}

/// Why a source cannot be read at all. Nothing of its text is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Not YAML where it should be.
    #[error("{}, line {line}: this is not YAML", visible(source_of_it))]
    NotYaml {
        /// What was read.
        source_of_it: String,
        /// Counted from 1.
        line: usize,
    },
    /// Nothing in it that is known.
    #[error("there are no LiveKit credentials in {}", visible(source_of_it))]
    Nothing {
        /// What was read.
        source_of_it: String,
    },
    /// Not UTF-8.
    #[error("{} is not text", visible(source_of_it))]
    NotText {
        /// What was read.
        source_of_it: String,
    },
    /// A file that others may read where the server would refuse it.
    #[error("{} cannot be read: {why}", visible(source_of_it))]
    Unreadable {
        /// What was read.
        source_of_it: String,
        /// The system's words.
        why: String,
    },
    /// lk's file changed while it was worked on, or could not be blanked without harm.
    #[error("the secrets in {} were left as they are: {why}", visible(source_of_it))]
    NotBlanked {
        /// The file.
        source_of_it: String,
        /// Why.
        why: String,
    },
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl ImportError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotYaml { .. } => "mend that line, or import another file".into(),
            Self::Nothing { .. } => {
                "give lk's cli-config.yaml, a .env file with LIVEKIT_URL, LIVEKIT_API_KEY and \
                                     LIVEKIT_API_SECRET, or a livekit.yaml with keys:"
                    .into()
            }
            Self::NotText { .. } => "save it as UTF-8".into(),
            Self::Unreadable { .. } => "check the path and its permissions".into(),
            Self::NotBlanked { .. } => "remove them by hand: lk project remove NAME".into(),
            Self::File(error) => error.hint(),
        }
    }
}

/// Where to look, and what is there.
pub struct Surroundings<'a> {
    /// The home folder.
    pub home: Option<PathBuf>,
    /// The folder that the user is in.
    pub folder: Option<PathBuf>,
    /// Reads an environment variable.
    pub lookup: &'a dyn Fn(&str) -> Option<OsString>,
}

impl Surroundings<'_> {
    /// lk's configuration.
    #[must_use]
    pub fn lk(&self) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(".livekit/cli-config.yaml"))
    }

    /// `.env` and `.env.*` here, but for examples.
    #[must_use]
    pub fn dotenvs(&self) -> Vec<PathBuf> {
        let Some(folder) = &self.folder else { return Vec::new() };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> = entries
            .filter(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let example =
                    ["example", "sample", "template", "dist"].iter().any(|word| name.ends_with(word));
                (name == ".env" || name.starts_with(".env.")) && !example
            })
            .map(|entry| entry.path())
            .collect();
        found.sort();
        found
    }

    /// A server's configuration here.
    #[must_use]
    pub fn servers(&self) -> Vec<PathBuf> {
        let folder = self.folder.iter();
        folder.flat_map(|folder| ["livekit.yaml", "livekit.yml"].map(|name| folder.join(name))).collect()
    }

    /// Everything that is there, without what cannot be read.
    #[must_use]
    pub fn find(&self) -> Vec<Found> {
        let files = self.lk().into_iter().chain(self.dotenvs()).chain(self.servers());
        let files = files.filter(|path| path.is_file()).filter_map(|path| read_file(&path, None).ok());
        files.chain(self.environment(None)).filter(|found| !found.candidates.is_empty()).collect()
    }

    /// What the environment has: the three variables, and `LIVEKIT_KEYS`.
    #[must_use]
    pub fn environment(&self, url: Option<&ServerUrl>) -> Vec<Found> {
        let variable = |name: &str| {
            let value = (self.lookup)(name)?.into_string().ok().map(Zeroizing::new)?;
            (!value.trim().is_empty()).then_some(value)
        };
        let mut found = Vec::new();
        let three = ["LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"].map(variable);
        if let [Some(address), Some(key), Some(secret)] = three {
            let mut reader = Reader::new(Source::Environment);
            let name = host_name(&address).unwrap_or_else(|| "environment".into());
            reader.take(&name, &address, &key, &secret, false);
            found.push(reader.found);
        }
        if let Some(keys) = variable("LIVEKIT_KEYS") {
            let mut reader = Reader::new(Source::Keys);
            // `key: secret`, and yaml for several (livekit-server config.go:1063-1077).
            if let Ok(node) = yaml::parse(&keys) {
                reader.keys(&node, "livekit", &default_url(url, None));
            }
            found.push(reader.found);
        }
        found
    }
}

/// More than any configuration.
const LARGEST: u64 = 4 << 20;

/// Reads a file of any known form. `url` is the server of keys that come without one.
///
/// # Errors
/// [`ImportError`] if it cannot be read or has no credentials in it.
pub fn read_file(path: &Path, url: Option<&ServerUrl>) -> Result<Found, ImportError> {
    use std::io::Read;
    let source_of_it = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        let text = error.to_string();
        let why = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
        ImportError::Unreadable { source_of_it: source_of_it.clone(), why }
    };
    let mut bytes = Zeroizing::new(Vec::new());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| ImportError::NotText { source_of_it: source_of_it.clone() })?;
    read_text(text, Some(path), url)
}

/// Reads text of any known form; `path` is where it came from, if it came from a file.
///
/// # Errors
/// [`ImportError`] if it has no credentials in it.
pub fn read_text(text: &str, path: Option<&Path>, url: Option<&ServerUrl>) -> Result<Found, ImportError> {
    let text = text.trim_start_matches('\u{feff}');
    let source = |of: fn(PathBuf) -> Source| path.map_or(Source::Pasted, |path| of(path.to_owned()));
    let is_named_yaml =
        path.is_some_and(|path| path.extension().is_some_and(|end| end == "yaml" || end == "yml"));
    let parsed = yaml::parse(text);
    let found = match &parsed {
        Ok(node) if node.get("projects").is_some() => {
            let mut reader = Reader::new(source(Source::Lk));
            reader.lk(node);
            reader.found
        }
        Ok(node) if node.get("keys").is_some() || node.get("key_file").is_some() => {
            let mut reader = Reader::new(source(Source::Server));
            reader.server(node, path, url);
            reader.found
        }
        Err(yaml::NotYaml { line }) if is_named_yaml => {
            let source_of_it = path.unwrap_or(Path::new("")).display().to_string();
            return Err(ImportError::NotYaml { source_of_it, line: *line });
        }
        _ => {
            let mut reader = Reader::new(source(Source::Dotenv));
            reader.dotenv(text, path);
            if reader.found.is_empty()
                && let Ok(node) = &parsed
                && is_key_file(node)
            {
                reader = Reader::new(source(Source::Server));
                reader.keys(
                    node,
                    &folder_name(path).unwrap_or_else(|| "livekit".into()),
                    &default_url(url, None),
                );
            }
            reader.found
        }
    };
    if found.is_empty() {
        let source_of_it = path.map_or_else(|| "the pasted text".into(), |path| path.display().to_string());
        return Err(ImportError::Nothing { source_of_it });
    }
    Ok(found)
}

/// A map of `API...: secret`: a server's key file.
fn is_key_file(node: &Node) -> bool {
    let pairs = node.pairs();
    !pairs.is_empty() && pairs.iter().all(|(key, value)| key.starts_with("API") && value.text().is_some())
}

/// Where a server with keys and nothing else is: on this machine.
fn default_url(given: Option<&ServerUrl>, port: Option<&str>) -> String {
    match given {
        Some(url) => url.ws(),
        None => format!("ws://localhost:{}", port.unwrap_or("7880")),
    }
}

/// `acme` of `wss://acme.livekit.cloud`.
fn host_name(url: &str) -> Option<String> {
    let rest = url.trim().split_once("://").map_or(url.trim(), |(_, rest)| rest);
    let host = rest.split(['/', ':']).next()?;
    let is_address = host.starts_with('[') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let label = if is_address { host } else { host.split('.').next()? };
    (!label.is_empty()).then(|| label.to_owned())
}

/// The folder that a file is in: mostly the name of what it is for.
fn folder_name(path: Option<&Path>) -> Option<String> {
    let path = path?;
    let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = whole.parent()?.file_name()?.to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

/// Collects what a source has.
struct Reader {
    found: Found,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.candidates.is_empty() && self.unusable.is_empty()
    }
}

impl Reader {
    fn new(source: Source) -> Self {
        Self { found: Found { source, candidates: Vec::new(), unusable: Vec::new() } }
    }

    /// lk's configuration (livekit-cli pkg/config/config.go:28-42).
    fn lk(&mut self, node: &Node) {
        let default = node.get("default_project").and_then(Node::text).unwrap_or_default();
        for project in node.get("projects").map(Node::list).unwrap_or_default() {
            let text = |name: &str| project.get(name).and_then(Node::text).unwrap_or_default();
            let name = text("name");
            self.take(
                name,
                text("url"),
                text("api_key"),
                text("api_secret"),
                !name.is_empty() && name == default,
            );
        }
    }

    /// A server's configuration: `keys:`, and the file that `key_file:` names (livekit-server config.go:751-772).
    fn server(&mut self, node: &Node, path: Option<&Path>, url: Option<&ServerUrl>) {
        let name = folder_name(path).unwrap_or_else(|| "livekit".into());
        let url = default_url(url, node.get("port").and_then(Node::text));
        if let Some(keys) = node.get("keys") {
            self.keys(keys, &name, &url);
        }
        if let Some(file) = node.get("key_file").and_then(Node::text) {
            let place = path.and_then(Path::parent).map_or_else(|| file.into(), |folder| folder.join(file));
            let text = std::fs::read_to_string(&place).map(Zeroizing::new);
            match text.ok().and_then(|text| yaml::parse(&text).ok()) {
                Some(keys) => self.keys(&keys, &name, &url),
                None => self.found.unusable.push(Unusable {
                    name: "key_file".into(),
                    why: format!("{} cannot be read", visible(&place.display().to_string())),
                }),
            }
        }
    }

    /// A map of keys and secrets.
    fn keys(&mut self, node: &Node, name: &str, url: &str) {
        let pairs = node.pairs();
        for (key, secret) in pairs {
            let own = if pairs.len() == 1 { name.to_owned() } else { format!("{name} {key}") };
            self.take(&own, url, key, secret.text().unwrap_or_default(), false);
        }
    }

    /// A `.env` file, or a pasted block.
    fn dotenv(&mut self, text: &str, path: Option<&Path>) {
        let three = ["LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"].map(|name| value_of(text, name));
        let (url, key, secret) = match three {
            [Some(url), Some(key), Some(secret)] => (url, key, secret),
            _ => match read_block(text) {
                Some(block) => (
                    Zeroizing::new(block.url.unwrap_or_default()),
                    Zeroizing::new(block.key.unwrap_or_default()),
                    block.secret.unwrap_or_default(),
                ),
                None => return,
            },
        };
        let ending = path
            .and_then(|path| path.file_name()?.to_str()?.strip_prefix(".env."))
            .filter(|ending| *ending != "local")
            .map_or_else(String::new, |ending| format!("-{ending}"));
        let name = folder_name(path)
            .map(|folder| format!("{folder}{ending}"))
            .or_else(|| host_name(&url))
            .unwrap_or_else(|| "pasted".into());
        self.take(&name, &url, &key, &secret, false);
    }

    /// Takes one entry, cleaned; or notes why it cannot be used.
    fn take(&mut self, name: &str, url: &str, key: &str, secret: &str, is_default: bool) {
        match candidate(name, url, key, secret, is_default) {
            Ok(mut candidate) => {
                let twin = self
                    .found
                    .candidates
                    .iter()
                    .find(|other| same_credentials(&other.project, &candidate.project));
                if let Some(twin) = twin
                    && twin.project.listing.name == candidate.project.listing.name
                {
                    return;
                }
                let taken: Vec<&ProjectName> =
                    self.found.candidates.iter().map(|other| &other.project.listing.name).collect();
                let own = &mut candidate.project.listing.name;
                if let Some(free) = free_name(own, &taken) {
                    candidate.notes.push(format!("there are two called {own}; the second becomes {free}"));
                    *own = free;
                }
                self.found.candidates.push(candidate);
            }
            Err(why) => self.found.unusable.push(Unusable { name: visible(name).into_owned(), why }),
        }
    }
}

fn same_credentials(one: &Project, other: &Project) -> bool {
    one.listing.url == other.listing.url && one.listing.key == other.listing.key && one.secret == other.secret
}

fn candidate(name: &str, url: &str, key: &str, secret: &str, is_default: bool) -> Result<Candidate, String> {
    let missing: Vec<&str> = [("URL", url), ("API key", key), ("API secret", secret)]
        .into_iter()
        .filter_map(|(what, value)| value.trim().is_empty().then_some(what))
        .collect();
    if !missing.is_empty() {
        return Err(format!("it has no {}", missing.join(" and no ")));
    }
    let mut notes = Vec::new();
    let fitting = fitting_name(name, url);
    if fitting.as_str() != name.trim() {
        notes.push(format!("the name \"{}\" becomes {fitting}", visible(name)));
    }
    let url = ServerUrl::parse(url).map_err(|error| error.to_string())?;
    let key = ApiKey::parse(key).map_err(|error| error.to_string())?;
    let secret = ApiSecret::parse(secret).map_err(|error| error.to_string())?;
    notes.extend(
        [url.told("the URL"), key.told("the API key"), secret.told("the API secret")].into_iter().flatten(),
    );
    let listing = Listing::new(fitting, url.value, key.value);
    Ok(Candidate { project: Project::new(listing, secret.value), is_default, notes })
}

/// The name with what no name can have taken off; of the host if nothing is left.
fn fitting_name(name: &str, url: &str) -> ProjectName {
    let clean = |text: &str| {
        let text: String = text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect();
        let words: Vec<&str> = text.split_whitespace().collect();
        let text: String =
            words.join(" ").trim_start_matches('-').chars().take(ProjectName::LONGEST).collect();
        ProjectName::parse(&text).ok()
    };
    // Untouched if it is a name: two spaces in a row are somebody's choice.
    let own = ProjectName::parse(name).ok().or_else(|| clean(name)).or_else(|| clean(&host_name(url)?));
    match own {
        Some(name) if name == ProjectName::local_dev() => free_name(&name, &[&name]).unwrap_or(name),
        Some(name) => name,
        None => clean("imported").unwrap_or_else(ProjectName::local_dev),
    }
}

#[cfg(test)]
mod tests;
