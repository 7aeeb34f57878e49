//! The projects' policies: `policies.toml` of the configuration folder, a table for each project, without secrets.
//!
//! People edit this file too, and roomkey leaves their comments where they are. It is read anew each time something is
//! to be signed, and read strictly: a table, a key or a value that is not understood is an error with its place, for a
//! policy with a slip of the pen in it would guard nothing. Whoever signs must not go on without it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::claims::policy::{Allowed, Colour, Label, PolicyError, ProjectPolicy, max_ttl};
use crate::clock::Ttl;
use crate::files::{Disk, FileError, Others, Paths, read};
use crate::project::ProjectName;
use crate::text::{did_you_mean, visible};

mod patch;

/// Every policy there is, by the name of its project. A project without one has the empty policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies(BTreeMap<ProjectName, ProjectPolicy>);

impl Policies {
    /// No policy at all.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// The policy of a project.
    #[must_use]
    pub fn of(&self, name: &ProjectName) -> &ProjectPolicy {
        static NONE: ProjectPolicy = ProjectPolicy {
            label: Label::none(),
            colour: None,
            max_ttl: None,
            allow: None,
            production: false,
        };
        self.0.get(name).unwrap_or(&NONE)
    }

    /// Gives a project this policy; an empty one is none.
    pub fn set(&mut self, name: &ProjectName, policy: ProjectPolicy) {
        if policy.is_empty() {
            self.0.remove(name);
        } else {
            self.0.insert(name.clone(), policy);
        }
    }

    /// Reads the text of the file; `path` is for the errors.
    ///
    /// # Errors
    /// [`PoliciesError::Wrong`], with line and column.
    pub fn parse(text: &str, path: &Path) -> Result<Self, PoliciesError> {
        let at = At { text, path };
        let table = at.table()?;
        let mut policies = Self::default();
        for (key, value) in table.get_ref() {
            let name = ProjectName::parse(key.get_ref())
                .map_err(|error| at.wrong(&key.span(), error.to_string(), error.hint()))?;
            if name.as_str() != key.get_ref().as_ref() {
                let cure = format!("write [{}]", quoted(name.as_str()));
                return Err(at.wrong(&key.span(), "a project's name has no space around it".into(), cure));
            }
            let Some(table) = value.get_ref().as_table() else {
                let what = format!("{} is not a table with a project's policy", visible(key.get_ref()));
                return Err(at.wrong(
                    &key.span(),
                    what,
                    "begin each policy with a line like [acme-prod]".into(),
                ));
            };
            policies.0.insert(name, at.policy(table)?);
        }
        Ok(policies)
    }
}

/// One key of a policy: how it is read, and how it is written. `None` is not written.
struct Row {
    key: &'static str,
    read: fn(&mut ProjectPolicy, &DeValue<'_>) -> Result<(), Refused>,
    write: fn(&ProjectPolicy) -> Option<String>,
}

/// Why a value is not taken.
enum Refused {
    /// It is of the wrong kind; what it must be.
    Kind(&'static str),
    /// It says something impossible.
    Value(PolicyError),
}

impl From<PolicyError> for Refused {
    fn from(error: PolicyError) -> Self {
        Self::Value(error)
    }
}

fn text<'v>(value: &'v DeValue<'_>, wants: &'static str) -> Result<&'v str, Refused> {
    value.as_str().ok_or(Refused::Kind(wants))
}

/// Every key there is, in the order in which they are written.
const ROWS: [Row; 5] = [
    Row {
        key: "label",
        read: |p, v| {
            p.label = Label::parse(text(v, "a text in quotes")?)?;
            Ok(())
        },
        write: |p| (!p.label.as_str().is_empty()).then(|| quoted(p.label.as_str())),
    },
    Row {
        key: "colour",
        read: |p, v| {
            p.colour = Some(text(v, "the name of a colour, in quotes")?.parse()?);
            Ok(())
        },
        write: |p| p.colour.map(Colour::as_str).map(quoted),
    },
    Row {
        key: "max_ttl",
        read: |p, v| {
            p.max_ttl = Some(max_ttl(text(v, "a length of time in quotes, such as \"1h\"")?)?);
            Ok(())
        },
        write: |p| p.max_ttl.map(|seconds| quoted(&Ttl::For(seconds).to_string())),
    },
    Row {
        key: "allow",
        read: |p, v| {
            let wants = "a list of grants, such as [\"video.roomJoin\", \"sip\"]";
            let words = v.as_array().ok_or(Refused::Kind(wants))?.iter();
            let words = words.map(|word| Ok(Allowed::parse(text(word.get_ref(), wants)?)?));
            p.allow = Some(words.collect::<Result<_, Refused>>()?);
            Ok(())
        },
        write: |p| {
            let words: Vec<String> = p.allow.as_ref()?.iter().map(|word| quoted(word.as_str())).collect();
            Some(format!("[{}]", words.join(", ")))
        },
    },
    Row {
        key: "production",
        read: |p, v| {
            p.production = v.as_bool().ok_or(Refused::Kind("true or false"))?;
            Ok(())
        },
        write: |p| p.production.then(|| "true".to_owned()),
    },
];

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The file while it is read: turns a place in it into line and column.
struct At<'a> {
    text: &'a str,
    path: &'a Path,
}

impl At<'_> {
    fn wrong(&self, span: &Range<usize>, what: String, cure: String) -> PoliciesError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        PoliciesError::Wrong {
            path: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
            what,
            cure,
        }
    }

    fn table(&self) -> Result<Spanned<DeTable<'_>>, PoliciesError> {
        DeTable::parse(self.text).map_err(|error| {
            let what = visible(error.message()).replace('\n', ", ");
            self.wrong(&error.span().unwrap_or(0..0), what, "mend that line, or remove it".into())
        })
    }

    fn policy(&self, table: &DeTable<'_>) -> Result<ProjectPolicy, PoliciesError> {
        let mut policy = ProjectPolicy::default();
        for (key, value) in table {
            let Some(row) = ROWS.iter().find(|row| row.key == key.get_ref().as_ref()) else {
                let keys = || ROWS.iter().map(|row| row.key);
                let cure = match did_you_mean(key.get_ref(), keys()) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None => format!("a policy has {}", keys().collect::<Vec<_>>().join(", ")),
                };
                let what = format!("a policy has no key {}", visible(key.get_ref()));
                return Err(self.wrong(&key.span(), what, cure));
            };
            (row.read)(&mut policy, value.get_ref()).map_err(|refused| match refused {
                Refused::Kind(wants) => {
                    let cure = "mend that line, or remove it".into();
                    self.wrong(&value.span(), format!("{} must be {wants}", row.key), cure)
                }
                Refused::Value(error) => {
                    self.wrong(&value.span(), format!("{}: {error}", row.key), error.hint())
                }
            })?;
        }
        Ok(policy)
    }
}

/// The file of policies.
#[derive(Clone)]
pub struct PoliciesFile {
    path: PathBuf,
    disk: Disk,
}

impl PoliciesFile {
    /// `policies.toml` in the configuration folder. It need not exist.
    #[must_use]
    pub fn new(paths: &Paths, disk: Disk) -> Self {
        Self { path: paths.config.join("policies.toml"), disk }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says; nothing if there is none.
    ///
    /// # Errors
    /// [`PoliciesError`]: then nobody knows what may be signed, and nothing should be.
    pub fn read(&self) -> Result<Policies, PoliciesError> {
        Policies::parse(&self.text()?, &self.path)
    }

    /// Changes policies: reads them anew under the file's lock, lets `change` at them, and writes what it changed.
    /// Comments stay.
    ///
    /// # Errors
    /// [`PoliciesError`]; the file is then as it was.
    pub fn change(&self, change: impl Fn(&mut Policies)) -> Result<Policies, PoliciesError> {
        if !self.path.exists() {
            // No file is made, and no folder, for a change that is none.
            let mut after = Policies::default();
            change(&mut after);
            if after == Policies::default() {
                return Ok(after);
            }
        }
        let held = self.disk.hold(&self.path)?;
        let text = self.text()?;
        let before = Policies::parse(&text, &self.path)?;
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            held.replace(patch::patched(&text, &before, &after, &self.path)?.as_bytes())?;
        }
        Ok(after)
    }

    fn text(&self) -> Result<String, PoliciesError> {
        // What it says is obeyed: whoever else could write it could take the guard away.
        let bytes = read(&self.path, Others::MayRead)?.unwrap_or_default();
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(PoliciesError::NotText { path: self.path.clone() }),
        }
    }
}

/// Why the policies cannot be used. As long as they cannot, nothing is signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoliciesError {
    /// Something in it is not understood.
    #[error("{}, line {line}, column {column}: {what}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1 in characters.
        column: usize,
        /// What is wrong there.
        what: String,
        /// What to write instead.
        cure: String,
    },
    /// Not UTF-8.
    #[error("{} is not text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
}

impl PoliciesError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        const UNTIL: &str = "(nothing is signed until then)";
        match self {
            Self::Wrong { cure, .. } => format!("{cure} {UNTIL}"),
            Self::NotText { path } => format!("move it away: mv '{0}' '{0}.old' {UNTIL}", path.display()),
            Self::File(error) => format!("{} {UNTIL}", error.hint()),
        }
    }
}

#[cfg(test)]
mod tests;
