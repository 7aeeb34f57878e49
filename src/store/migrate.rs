//! Moving projects from one store to another: copied, read back and compared, and only then removed.

use super::{Store, StoreError};
use crate::project::{Project, ProjectName};

/// What becomes of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The other store does not have it yet.
    Copied,
    /// The other store has the very same.
    Same,
    /// The other store has another project of this name.
    Differs,
}

/// What a migration would do, project by project in the order of their names. Reads every secret, and changes nothing.
///
/// # Errors
/// [`StoreError::SameStore`], or what keeps one of the two from answering.
pub fn plan(from: &dyn Store, to: &dyn Store) -> Result<Vec<(ProjectName, Fate)>, StoreError> {
    if from.backend() == to.backend() {
        return Err(StoreError::SameStore { backend: from.backend() });
    }
    let there = listed(to)?;
    from.list()?
        .into_iter()
        .map(|listing| {
            let name = listing.name;
            let fate = if !there.contains(&name) {
                Fate::Copied
            } else if to.load(&name)? == from.load(&name)? {
                Fate::Same
            } else {
                Fate::Differs
            };
            Ok((name, fate))
        })
        .collect()
}

/// Does what [`plan`] says: copies, reads everything back from where it is kept now, and compares. The first store is
/// left as it is. Projects that differ are replaced if `replace` says so.
///
/// # Errors
/// [`StoreError::Differ`] before anything is written; [`StoreError::NotReadBack`] for a project that came back another;
/// or what keeps one of the two from answering. Whatever was copied by then stays.
pub fn copy(
    from: &dyn Store,
    to: &mut dyn Store,
    plan: &[(ProjectName, Fate)],
    replace: bool,
) -> Result<(), StoreError> {
    let differing: Vec<ProjectName> =
        plan.iter().filter(|(_, fate)| *fate == Fate::Differs).map(|(name, _)| name.clone()).collect();
    if !differing.is_empty() && !replace {
        return Err(StoreError::Differ { names: differing });
    }
    let projects: Vec<Project> = plan.iter().map(|(name, _)| from.load(name)).collect::<Result<_, _>>()?;
    for (project, (_, fate)) in projects.iter().zip(plan) {
        if *fate != Fate::Same {
            to.save(project)?;
        }
    }
    to.forget();
    for project in &projects {
        let name = &project.listing.name;
        if to.load(name)? != *project {
            return Err(StoreError::NotReadBack { name: name.clone(), backend: to.backend() });
        }
    }
    Ok(())
}

/// Removes what was copied from where it came from.
///
/// # Errors
/// What kept one of them from being removed; those before it are gone.
pub fn remove_source(from: &mut dyn Store, plan: &[(ProjectName, Fate)]) -> Result<(), StoreError> {
    plan.iter().try_for_each(|(name, _)| from.remove(name))
}

/// The names in a store. A vault that is yet to be made has none.
fn listed(store: &dyn Store) -> Result<Vec<ProjectName>, StoreError> {
    match store.list() {
        Ok(listings) => Ok(listings.into_iter().map(|listing| listing.name).collect()),
        Err(StoreError::NeedsPassphrase { new: true }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Backend, Memory, Passphrase, Provider, Vault};
    use super::*;
    use crate::files::{Disk, Paths};
    use crate::project::{ApiKey, ApiSecret, Listing, ServerUrl};

    fn project(name: &str, secret: &str) -> Project {
        Project {
            listing: Listing {
                name: ProjectName::parse(name).unwrap(),
                url: ServerUrl::parse("wss://acme.example").unwrap().value,
                key: ApiKey::parse("APIfake").unwrap().value,
                old: None,
            },
            secret: ApiSecret::verbatim(secret.into()),
            old_secret: None,
        }
    }

    fn names(plan: &[(ProjectName, Fate)]) -> Vec<(&str, Fate)> {
        plan.iter().map(|(name, fate)| (name.as_str(), *fate)).collect()
    }

    fn vault(folder: &tempfile::TempDir) -> Vault {
        let mut vault = Vault::new(&Paths::under(folder.path()), Disk::default());
        vault.unlock(Passphrase::parse("fake-passphrase").unwrap()).unwrap();
        vault
    }

    #[test]
    fn projects_are_copied_compared_and_only_then_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut from = Memory::with([project("a", "fake-a"), project("b", "fake-b")]);
        let mut to = vault(&folder);
        let first = plan(&from, &to).unwrap();
        assert_eq!(names(&first), [("a", Fate::Copied), ("b", Fate::Copied)]);
        copy(&from, &mut to, &first, false).unwrap();
        assert_eq!(vault(&folder).load(&first[1].0).unwrap(), project("b", "fake-b"));
        let again = plan(&from, &to).unwrap();
        assert_eq!(names(&again), [("a", Fate::Same), ("b", Fate::Same)]);
        remove_source(&mut from, &again).unwrap();
        assert_eq!(from.list().unwrap(), []);
        assert_eq!(to.list().unwrap().len(), 2);
    }

    #[test]
    fn the_key_that_is_kept_for_verifying_moves_too_and_counts_as_a_difference() {
        let folder = tempfile::tempdir().unwrap();
        let (mut from, mut to) = (Memory::with([project("a", "fake-old")]), vault(&folder));
        to.save(&project("a", "fake-new")).unwrap();
        let (name, key) = (ProjectName::parse("a").unwrap(), ApiKey::parse("APInew").unwrap().value);
        let now = crate::clock::Timestamp::from_unix(1);
        let rotated = from.rotate(&name, key, ApiSecret::verbatim("fake-new".into()), now).unwrap();
        let planned = plan(&from, &to).unwrap();
        assert_eq!(names(&planned), [("a", Fate::Differs)]);
        copy(&from, &mut to, &planned, true).unwrap();
        assert_eq!(vault(&folder).load(&name).unwrap(), rotated);
    }

    #[test]
    fn what_differs_is_replaced_only_on_request_and_nothing_is_written_before() {
        let folder = tempfile::tempdir().unwrap();
        let from = Memory::with([project("a", "fake-new"), project("z", "fake-z")]);
        let mut to = vault(&folder);
        to.save(&project("a", "fake-old")).unwrap();
        let planned = plan(&from, &to).unwrap();
        assert_eq!(names(&planned), [("a", Fate::Differs), ("z", Fate::Copied)]);
        let error = copy(&from, &mut to, &planned, false).unwrap_err();
        assert_eq!(error, StoreError::Differ { names: vec![planned[0].0.clone()] });
        assert_eq!(to.list().unwrap().len(), 1, "z was written before a was looked at");
        copy(&from, &mut to, &planned, true).unwrap();
        assert_eq!(to.load(&planned[0].0).unwrap().secret, ApiSecret::verbatim("fake-new".into()));
    }

    #[test]
    fn a_store_is_not_moved_into_itself() {
        let memory = Memory::new();
        let error = plan(&memory, &Memory::new()).unwrap_err();
        assert_eq!(error, StoreError::SameStore { backend: Backend::Memory });
    }

    /// Takes everything, and gives back another secret.
    struct Forgetful(Memory);

    impl Store for Forgetful {
        fn backend(&self) -> Backend {
            Backend::Keyring
        }

        fn list(&self) -> Result<Vec<Listing>, StoreError> {
            self.0.list()
        }

        fn load(&self, name: &ProjectName) -> Result<Project, StoreError> {
            self.0.load(name).map(|read| Project { secret: ApiSecret::verbatim("fake-other".into()), ..read })
        }

        fn save(&mut self, project: &Project) -> Result<(), StoreError> {
            self.0.save(project)
        }

        fn remove(&mut self, name: &ProjectName) -> Result<(), StoreError> {
            self.0.remove(name)
        }

        fn probe(&self) -> Result<Provider, StoreError> {
            self.0.probe()
        }
    }

    #[test]
    fn what_comes_back_another_is_an_error_and_the_source_is_kept() {
        let from = Memory::with([project("a", "fake-a")]);
        let mut to = Forgetful(Memory::new());
        let planned = plan(&from, &to).unwrap();
        let error = copy(&from, &mut to, &planned, false).unwrap_err();
        assert_eq!(error, StoreError::NotReadBack { name: planned[0].0.clone(), backend: Backend::Keyring });
        assert_eq!(from.list().unwrap().len(), 1);
    }
}
