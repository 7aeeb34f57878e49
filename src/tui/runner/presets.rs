//! The worker for the presets of one's own.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::claims::presets::Preset;
use crate::claims::presets::own::OwnError;
use crate::ports::Ports;
use crate::settings::presets::PresetsError;
use crate::tui::message::{Cure, Failure, PresetsJob, PresetsNews, Ticket};

/// Says what there is, and then does as it is asked until nobody listens any more.
pub(super) fn work(ports: &Ports, jobs: &Receiver<PresetsJob>, tell: &dyn Fn(PresetsNews) -> bool) {
    if !tell(PresetsNews::Read(read(ports))) {
        return;
    }
    while let Ok(job) = jobs.recv() {
        if !tell(answer(ports, job)) {
            return;
        }
    }
}

fn answer(ports: &Ports, job: PresetsJob) -> PresetsNews {
    let presets = ports.presets();
    match job {
        PresetsJob::Read => PresetsNews::Read(read(ports)),
        PresetsJob::Save { ticket, preset, replace } => {
            let saved = ports.refuse_known_secret(&preset).map_err(PresetsError::from);
            let saved = saved.and_then(|()| presets.change(|shelf| shelf.save(*preset, replace)));
            match saved {
                Err(PresetsError::Own(OwnError::Taken { name })) => PresetsNews::Taken { ticket, name },
                saved => done(ports, ticket, saved.map(drop)),
            }
        }
        PresetsJob::Rename { ticket, old, new, summary } => {
            done(ports, ticket, presets.change(|shelf| shelf.rename(&old, &new, Some(&summary))))
        }
        PresetsJob::Remove { ticket, name } => {
            done(ports, ticket, presets.change(|shelf| shelf.remove(&name)).map(drop))
        }
    }
}

fn done(ports: &Ports, ticket: Ticket, done: Result<(), PresetsError>) -> PresetsNews {
    let result = done.map_err(|error| failure(&error)).and_then(|()| read(ports));
    PresetsNews::Done { ticket, result }
}

fn read(ports: &Ports) -> Result<Arc<[Preset]>, Failure> {
    match ports.presets().read() {
        Ok(shelf) => Ok(shelf.all().into()),
        Err(error) => Err(failure(&error)),
    }
}

fn failure(error: &PresetsError) -> Failure {
    Failure { message: error.to_string(), hint: error.hint(), cure: Cure::Words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::draft::Draft;

    fn names(news: &PresetsNews) -> Vec<String> {
        let (PresetsNews::Read(Ok(all)) | PresetsNews::Done { result: Ok(all), .. }) = news else {
            panic!("{news:?}")
        };
        all.iter().map(|preset| preset.name.clone()).collect()
    }

    #[test]
    fn presets_are_saved_renamed_and_removed_and_a_taken_name_is_asked_about() {
        let ports = Ports::demo();
        let ticket = Ticket(7);
        assert_eq!(names(&answer(&ports, PresetsJob::Read)), ["Load test", "Support guest"]);
        let save = |name: &str, replace| PresetsJob::Save {
            ticket,
            preset: Box::new(Preset::own(name, "s", Draft::default()).unwrap()),
            replace,
        };
        assert_eq!(names(&answer(&ports, save("a", false))), ["a", "Load test", "Support guest"]);
        let taken = answer(&ports, save("load TEST", false));
        assert_eq!(taken, PresetsNews::Taken { ticket, name: "Load test".into() });
        assert_eq!(names(&answer(&ports, save("load TEST", true))), ["a", "load TEST", "Support guest"]);
        let (old, new, summary) = ("a".to_owned(), "z".to_owned(), "t".to_owned());
        assert_eq!(
            names(&answer(&ports, PresetsJob::Rename { ticket, old, new, summary })),
            ["load TEST", "Support guest", "z"]
        );
        let remove = |name: &str| PresetsJob::Remove { ticket, name: name.into() };
        assert_eq!(names(&answer(&ports, remove("z"))), ["load TEST", "Support guest"]);
        let PresetsNews::Done { result: Err(failure), .. } = answer(&ports, remove("z")) else { panic!() };
        assert!(failure.message.contains("no preset") && !failure.hint.is_empty());
    }

    #[test]
    fn what_there_is_is_told_before_anybody_asks() {
        let (jobs, orders) = std::sync::mpsc::channel();
        jobs.send(PresetsJob::Read).unwrap();
        drop(jobs);
        let told = std::cell::RefCell::new(0);
        work(&Ports::demo(), &orders, &|_| {
            *told.borrow_mut() += 1;
            true
        });
        assert_eq!(*told.borrow(), 2);
    }
}
