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
