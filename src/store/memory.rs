//! Projects for this run only.

use super::{Backend, Provider, Store, StoreError};
use crate::project::{Listing, Project, ProjectName};

/// Keeps projects as long as it lives, and nowhere else.
#[derive(Default)]
pub struct Memory {
    /// Sorted by name.
    projects: Vec<Project>,
}

impl Memory {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One with projects in it; of two with one name the later is kept.
    #[must_use]
    pub fn with(projects: impl IntoIterator<Item = Project>) -> Self {
        let mut memory = Self::new();
        for project in projects {
            put(&mut memory.projects, project);
        }
        memory
    }
}

impl Store for Memory {
    fn backend(&self) -> Backend {
        Backend::Memory
    }

    fn list(&self) -> Result<Vec<Listing>, StoreError> {
        Ok(self.projects.iter().map(|project| project.listing.clone()).collect())
    }

    fn load(&self, name: &ProjectName) -> Result<Project, StoreError> {
        Ok(self.projects[position(&self.projects, name)?].clone())
    }

    fn save(&mut self, project: &Project) -> Result<(), StoreError> {
        put(&mut self.projects, project.clone());
        Ok(())
    }

    fn remove(&mut self, name: &ProjectName) -> Result<(), StoreError> {
        let at = position(&self.projects, name)?;
        self.projects.remove(at);
        Ok(())
    }

    fn probe(&self) -> Result<Provider, StoreError> {
        Ok(Provider { name: "memory".into(), locked: false })
    }
}

/// Adds a project to a list sorted by name, or replaces the one of its name.
pub(super) fn put(projects: &mut Vec<Project>, project: Project) {
    match projects.binary_search_by(|other| other.listing.name.cmp(&project.listing.name)) {
        Ok(at) => projects[at] = project,
        Err(at) => projects.insert(at, project),
    }
}

/// Where a project is in a list sorted by name.
pub(super) fn position(projects: &[Project], name: &ProjectName) -> Result<usize, StoreError> {
    projects
        .binary_search_by(|project| project.listing.name.cmp(name))
        .map_err(|_| StoreError::unknown(name, projects.iter().map(|project| &project.listing.name)))
}
