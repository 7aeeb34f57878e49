//! What an import would change.

use super::{Candidate, same_credentials};
use crate::project::{Listing, Project, ProjectName};

/// What saving a candidate would do to what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is none of its name.
    New,
    /// It is stored already, under this name.
    Same(ProjectName),
    /// There is another of its name: with another of these.
    Differs {
        /// The address.
        url: bool,
        /// The API key.
        key: bool,
        /// The API secret.
        secret: bool,
    },
}

impl Change {
    /// `new`, `same` or `differs`: as `--json` says it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Same(_) => "same",
            Self::Differs { .. } => "differs",
        }
    }

    /// `differs: URL and secret`.
    #[must_use]
    pub fn said(&self, own: &ProjectName) -> String {
        match self {
            Self::New => "new".into(),
            Self::Same(name) if name == own => "same".into(),
            Self::Same(name) => format!("same as {name}"),
            Self::Differs { url, key, secret } => {
                let parts: Vec<&str> = [(*url, "URL"), (*key, "API key"), (*secret, "secret")]
                    .into_iter()
                    .filter_map(|(differs, what)| differs.then_some(what))
                    .collect();
                format!("differs: {}", parts.join(", "))
            }
        }
    }
}

/// A candidate, and what saving it would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The candidate.
    pub candidate: Candidate,
    /// What it would change.
    pub change: Change,
}

/// What to do with a candidate whose name is taken by another project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// Leave the stored one as it is.
    Skip,
    /// Replace the stored one.
    Replace,
    /// Save the new one under another name.
    Rename,
}

/// What is done with a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Saved under its own name.
    Save,
    /// Saved in the place of the one of its name.
    Replace,
    /// Saved under this name.
    SaveAs(ProjectName),
    /// Left where it is.
    Skip,
}

impl Planned {
    /// What is done with it. `how` settles a conflict; `taken` are the names that are no longer free, and gets its own.
    pub fn step(&self, how: OnConflict, taken: &mut Vec<ProjectName>) -> Step {
        let name = &self.candidate.project.listing.name;
        let names: Vec<&ProjectName> = taken.iter().collect();
        // Two sources may have one name.
        let anew = || free_name(name, &names).map_or(Step::Save, Step::SaveAs);
        let step = match (&self.change, how) {
            (Change::Same(_), _) | (Change::Differs { .. }, OnConflict::Skip) => Step::Skip,
            (Change::Differs { .. }, OnConflict::Replace) => Step::Replace,
            (Change::New, _) | (Change::Differs { .. }, OnConflict::Rename) => anew(),
        };
        match &step {
            Step::Save => taken.push(name.clone()),
            Step::SaveAs(other) => taken.push(other.clone()),
            Step::Replace | Step::Skip => {}
        }
        step
    }
}

/// Whether the very same credentials are among these, under whatever name.
#[must_use]
pub fn is_among(project: &Project, kept: &[Project]) -> bool {
    kept.iter().any(|kept| same_credentials(kept, project))
}

/// Compares candidates with what is stored. Only projects of the same name or the same key are loaded.
///
/// # Errors
/// What `load` says.
pub fn plan<E>(
    candidates: Vec<Candidate>,
    stored: &[Listing],
    load: &mut dyn FnMut(&ProjectName) -> Result<Project, E>,
) -> Result<Vec<Planned>, E> {
    candidates
        .into_iter()
        .map(|candidate| {
            let own = &candidate.project.listing;
            let mut change = Change::New;
            if stored.iter().any(|listing| listing.name == own.name) {
                let other = load(&own.name)?;
                change = if same_credentials(&other, &candidate.project) {
                    Change::Same(own.name.clone())
                } else {
                    Change::Differs {
                        url: other.listing.url != own.url,
                        key: other.listing.key != own.key,
                        secret: other.secret != candidate.project.secret,
                    }
                };
            }
            if !matches!(change, Change::Same(_)) {
                for listing in
                    stored.iter().filter(|listing| listing.key == own.key && listing.url == own.url)
                {
                    if load(&listing.name)?.secret == candidate.project.secret {
                        change = Change::Same(listing.name.clone());
                        break;
                    }
                }
            }
            Ok(Planned { candidate, change })
        })
        .collect()
}

/// `acme 2` if `acme` is taken, and so on; `None` if it is free.
#[must_use]
pub fn free_name(name: &ProjectName, taken: &[&ProjectName]) -> Option<ProjectName> {
    if !taken.contains(&name) {
        return None;
    }
    (2..).find_map(|number: u32| {
        let ending = format!(" {number}");
        let room = ProjectName::LONGEST - ending.len();
        let start: String = name.as_str().chars().take(room).collect();
        let next = ProjectName::parse(&format!("{}{ending}", start.trim_end())).ok()?;
        (!taken.contains(&&next)).then_some(next)
    })
}
