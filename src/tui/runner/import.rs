//! Projects from elsewhere, by the store's worker: it reads their secrets, and keeps them to itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::files::Disk;
use crate::import::{self, Found, ImportError, OnConflict, Planned, Source, Step};
use crate::project::{Project, ProjectName};
use crate::store::StoreError;
use crate::tui::message::Failure;
use crate::tui::message::import::{Emptied, Imported, Offer, Plan, PlanRow, Wanted, Wish};

use super::{StoreDesk, refused, words};

/// What was planned last, until it is carried out or given up.
#[derive(Default)]
pub(super) struct Planning {
    source: Option<Source>,
    planned: Vec<Planned>,
    /// What is saved already, by its row: not once more if what comes after it failed.
    saved: BTreeMap<usize, (ProjectName, bool)>,
}

fn unreadable(error: &ImportError) -> Failure {
    words(&error.to_string(), error.hint())
}

impl StoreDesk {
    /// What there is to import on this machine.
    pub(super) fn look(&self) -> Vec<Offer> {
        let lookup = |name: &str| self.ports.variable(name);
        let found = self.ports.where_projects_may_be(&lookup).find();
        found
            .into_iter()
            .map(|found| Offer {
                source: found.source,
                names: found.candidates.into_iter().map(|one| one.project.listing.name).collect(),
            })
            .collect()
    }

    /// Reads the projects of a place or a text, and compares them with what is stored.
    pub(super) fn plan(&mut self, wanted: Wanted) -> Result<Plan, Failure> {
        let found = self.read(wanted)?;
        let left_out = found.unusable.into_iter().map(|one| (one.name, one.why)).collect();
        let store = self.opened()?;
        let stored = match store.list() {
            Err(StoreError::NeedsPassphrase { new: true }) => Vec::new(),
            listed => listed.map_err(|error| refused(&error))?,
        };
        let planned = import::plan(found.candidates, &stored, &mut |name: &ProjectName| store.load(name))
            .map_err(|error| refused(&error))?;
        let rows = planned
            .iter()
            .map(|Planned { candidate, change }| PlanRow {
                listing: candidate.project.listing.clone(),
                is_default: candidate.is_default,
                change: change.clone(),
                notes: candidate.notes.clone(),
            })
            .collect();
        self.planning = Planning { source: Some(found.source.clone()), planned, saved: BTreeMap::new() };
        Ok(Plan { source: found.source, rows, left_out })
    }

    fn read(&self, wanted: Wanted) -> Result<Found, Failure> {
        match wanted {
            Wanted::Pasted(text) => {
                import::read_text(text.expose(), None, None).map_err(|error| unreadable(&error))
            }
            Wanted::Place(Source::Lk(path) | Source::Dotenv(path) | Source::Server(path)) => {
                import::read_file(&path, None).map_err(|error| unreadable(&error))
            }
            Wanted::Place(source) => {
                let lookup = |name: &str| self.ports.variable(name);
                let found = self.ports.where_projects_may_be(&lookup).environment(None);
                let gone =
                    || words(&format!("there is nothing in {source} any more"), "paste a block".into());
                found.into_iter().find(|found| found.source == source).ok_or_else(gone)
            }
        }
    }

    /// Saves what was planned, each as it is wished.
    pub(super) fn import(&mut self, wishes: &[Wish]) -> Result<Imported, Failure> {
        let planned = self.planning.planned.clone();
        let mut saved = std::mem::take(&mut self.planning.saved);
        let result = self.save_all(&planned, wishes, &mut saved);
        self.planning.saved = saved;
        result?;
        let named = |(row, (name, _)): (&usize, &(ProjectName, bool))| {
            planned.get(*row).is_some_and(|planned| planned.candidate.is_default).then(|| name.clone())
        };
        let saved = &self.planning.saved;
        // The default there is the default here, if there is none yet.
        let default =
            saved.iter().find_map(named).or_else(|| saved.values().next().map(|(name, _)| name.clone()));
        if let Some(name) = default {
            self.remember(name, None)?;
        }
        let contents = self.contents()?;
        // What the secrets may be taken out of is still to be known.
        self.planning.planned.clear();
        let saved: Vec<(ProjectName, bool)> =
            std::mem::take(&mut self.planning.saved).into_values().collect();
        Ok(Imported { contents, skipped: planned.len() - saved.len(), saved })
    }

    fn save_all(
        &mut self,
        planned: &[Planned],
        wishes: &[Wish],
        saved: &mut BTreeMap<usize, (ProjectName, bool)>,
    ) -> Result<(), Failure> {
        let store = self.opened()?;
        let listed = match store.list() {
            Err(StoreError::NeedsPassphrase { new: true }) => Vec::new(),
            listed => listed.map_err(|error| refused(&error))?,
        };
        let mut taken: Vec<ProjectName> = listed.into_iter().map(|listing| listing.name).collect();
        for (row, (planned, wish)) in planned.iter().zip(wishes).enumerate() {
            if saved.contains_key(&row) {
                continue;
            }
            let step = match wish {
                Wish::Skip => continue,
                Wish::Replace => planned.step(OnConflict::Replace, &mut taken),
                Wish::Save | Wish::Rename => planned.step(OnConflict::Rename, &mut taken),
            };
            let mut project = planned.candidate.project.clone();
            match &step {
                Step::Skip => continue,
                Step::Replace => store.save(&project),
                Step::Save => store.add(&project),
                Step::SaveAs(name) => {
                    project.listing.name = name.clone();
                    store.add(&project)
                }
            }
            .map_err(|error| refused(&error))?;
            saved.insert(row, (project.listing.name, step == Step::Replace));
        }
        Ok(())
    }

    /// Takes out of lk's file the secrets that the store has by now.
    pub(super) fn empty_lk(&mut self) -> Result<Emptied, Failure> {
        let path: Option<PathBuf> = match &self.planning.source {
            Some(Source::Lk(path)) => Some(path.clone()),
            _ => None,
        };
        let Some(path) = path else {
            return Err(words("nothing came from lk's file", "only that one can be emptied".into()));
        };
        let store = self.opened()?;
        // Read back, so that nothing is taken out that cannot be had from here.
        let mut kept: Vec<Project> = Vec::new();
        for listing in store.list().map_err(|error| refused(&error))? {
            kept.push(store.load(&listing.name).map_err(|error| refused(&error))?);
        }
        let done = import::blank(&path, &Disk::default(), &|project| import::is_among(project, &kept))
            .map_err(|error| unreadable(&error))?;
        Ok(Emptied { count: done.count, backup: done.backup.display().to_string() })
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::import::Change;
    use crate::ports::Ports;

    const LK: &str = "default_project: beta\nprojects:\n    - name: acme-prod\n      url: wss://other.example\n      api_key: APIother\n      api_secret: fake-canary-one\n    - {name: beta, url: wss://b.example, api_key: APIb, api_secret: fake-canary-two}\n    - {name: bad, url: wss://c.example, api_key: APIc, api_secret: ''}\n";

    fn desk() -> StoreDesk {
        StoreDesk::open_for_test(&Ports::demo())
    }

    fn lk(folder: &tempfile::TempDir) -> Wanted {
        let path = folder.path().join("cli-config.yaml");
        std::fs::write(&path, LK).unwrap();
        Wanted::Place(Source::Lk(path))
    }

    #[test]
    fn the_plan_says_what_would_change_and_nothing_of_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let plan = desk().plan(lk(&folder)).unwrap();
        assert_eq!(plan.rows[0].change, Change::Differs { url: true, key: true, secret: true });
        assert_eq!((&plan.rows[1].change, plan.rows[1].is_default), (&Change::New, true));
        assert_eq!(plan.left_out, [("bad".to_owned(), "it has no API secret".to_owned())]);
        assert!(!format!("{plan:?}").contains("canary"));
    }

    #[test]
    fn each_is_saved_as_it_is_wished_and_lks_file_is_emptied_only_on_request() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = desk();
        desk.plan(lk(&folder)).unwrap();
        let imported = desk.import(&[Wish::Rename, Wish::Save]).unwrap();
        let saved: Vec<String> =
            imported.saved.iter().map(|(name, replaced)| format!("{name} {replaced}")).collect();
        assert_eq!(saved, ["acme-prod 2 false", "beta false"]);
        assert!(imported.contents.projects.iter().any(|listing| listing.name.as_str() == "acme-prod 2"));
        let file = folder.path().join("cli-config.yaml");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), LK);
        let emptied = desk.empty_lk().unwrap();
        assert_eq!(emptied.count, 2);
        assert!(!std::fs::read_to_string(&file).unwrap().contains("canary"));
        assert_eq!(std::fs::read_to_string(&emptied.backup).unwrap(), LK);
        assert!(!format!("{imported:?}{emptied:?}").contains("canary"));
    }

    #[test]
    fn what_is_kept_stays_and_a_secret_that_is_not_stored_is_not_taken_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = desk();
        desk.plan(lk(&folder)).unwrap();
        let imported = desk.import(&[Wish::Skip, Wish::Replace]).unwrap();
        assert_eq!((imported.saved.len(), imported.skipped), (1, 1));
        assert_eq!(desk.empty_lk().unwrap().count, 1);
        let text = std::fs::read_to_string(folder.path().join("cli-config.yaml")).unwrap();
        assert!(text.contains("fake-canary-one") && !text.contains("fake-canary-two"));
    }

    #[test]
    fn a_conflict_can_replace_what_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = desk();
        desk.plan(lk(&folder)).unwrap();
        let imported = desk.import(&[Wish::Replace, Wish::Skip]).unwrap();
        assert_eq!(imported.saved, [(ProjectName::parse("acme-prod").unwrap(), true)]);
        let stored = desk.load(&ProjectName::parse("acme-prod").unwrap()).unwrap();
        assert_eq!(stored.listing.key.as_str(), "APIother");
    }

    #[test]
    fn a_pasted_block_is_read_and_what_is_none_is_refused() {
        let mut desk = desk();
        let paste = |text: &str| Wanted::Pasted(crate::text::Sensitive::new(text.to_owned()));
        let block =
            "LIVEKIT_URL=wss://p.example\nLIVEKIT_API_KEY=APIp\nLIVEKIT_API_SECRET=fake-canary-paste\n";
        let plan = desk.plan(paste(block)).unwrap();
        assert_eq!((plan.rows.len(), &plan.source), (1, &Source::Pasted));
        let failure = desk.plan(paste("nothing of ours")).unwrap_err();
        assert!(failure.message.contains("no LiveKit credentials") && !failure.hint.is_empty());
        let failure = desk.plan(Wanted::Place(Source::Environment)).unwrap_err();
        assert!(failure.message.contains("nothing in the environment"));
        assert!(desk.empty_lk().unwrap_err().message.contains("nothing came from lk"));
    }
}
