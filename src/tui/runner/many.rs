//! Many tokens at once, by the store's worker.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use crate::claims::placeholders::Chance;
use crate::ledger::{Batch, By, Row};
use crate::project::ProjectName;
use crate::token::Signer;
use crate::tui::message::many::{Made, Many, One, Unfit};
use crate::tui::message::{Cure, Failure, LedgerNews, Reply};

use super::{StoreDesk, words};

impl From<Unfit> for Failure {
    fn from(unfit: Unfit) -> Self {
        Self { message: format!("token {}: {}", unfit.n, unfit.what), hint: unfit.cure, cure: Cure::Words }
    }
}

impl StoreDesk {
    /// Signs them all, and writes them down before they are handed out; the screens are told if that fails.
    pub(super) fn sign_many(
        &mut self,
        project: &ProjectName,
        many: &Many,
        tell: &dyn Fn(Reply),
    ) -> Result<Arc<Made>, Failure> {
        let guard = self.guard(project, tell)?;
        let project = self.load(project)?;
        let not_recorded = |failure| tell(Reply::Ledger(LedgerNews::NotRecorded(failure)));
        let mut signer =
            Signer::new(&project.secret).map_err(|error| words(&error.to_string(), error.hint()))?;
        let batch = match self.ports.ledger() {
            Ok(ledger) => ledger.is_on().then(|| Batch::new(ledger)),
            Err(error) => {
                not_recorded(words(&error.to_string(), error.hint()));
                None
            }
        };
        let (mut tokens, mut rows) = (Vec::new(), Vec::new());
        let mut chance = Chance::of(RandomState::new().build_hasher().finish());
        let odd = many.judge(&project.listing.key, &guard.policy, &mut chance, |n, claims| {
            guard.was_asked(&claims)?;
            let token = signer.sign(&claims).map_err(|error| words(&error.to_string(), error.hint()))?;
            if batch.is_some() && n <= Batch::EACH + 1 {
                rows.push(Row::of(&project, &claims, token.fingerprint(), By::Batch));
            }
            tokens.push(One::of(n, &claims, token));
            Ok::<_, Failure>(())
        })?;
        if let Some(mut batch) = batch {
            let each = rows.len().min(usize::try_from(Batch::EACH).unwrap_or(usize::MAX));
            let rest = rows.split_off(each);
            let last = tokens.last().map_or("", |one: &One| one.identity.as_str());
            let written = batch
                .take(rows, each as u64, "")
                .and_then(|()| batch.take(rest, (tokens.len() - each) as u64, last))
                .and_then(|()| batch.finish());
            if let Err(error) = written {
                not_recorded(super::ledger::failure(&error));
            }
        }
        Ok(Arc::new(Made { tokens, odd }))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::claims::draft::Draft;
    use crate::claims::placeholders::Moment;
    use crate::claims::policy::ProjectPolicy;
    use crate::clock::Timestamp;
    use crate::ports::Ports;
    use crate::token::inspect::inspect;
    use crate::tui::message::{StoreJob, Ticket};

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn many(count: u64, identity: &str) -> Many {
        let mut draft = Draft { identity: identity.into(), ..Draft::default() };
        draft.grants.video.room_join = true;
        draft.grants.video.room = "demo".into();
        draft.grants.name = "No {n}".into();
        let moment = Moment { user: "kim".into(), ..Moment::default() };
        Many { draft: Arc::new(draft), count, moment, now: NOW }
    }

    fn administrative(count: u64, identity: &str) -> Many {
        let mut many = many(count, identity);
        Arc::make_mut(&mut many.draft).grants.video.room_admin = true;
        many
    }

    fn set(ports: &Ports, name: &ProjectName, policy: &ProjectPolicy) {
        ports.change_policies(|policies| policies.set(name, policy.clone())).unwrap();
    }

    fn sign(desk: &mut StoreDesk, many: &Many) -> Result<Arc<Made>, Failure> {
        let name = ProjectName::parse("acme-prod").unwrap();
        desk.sign_many(&name, many, &|reply| assert!(matches!(reply, Reply::Policies(_)), "{reply:?}"))
    }

    #[test]
    fn each_is_the_draft_with_its_number_and_is_in_the_ledger() {
        let ports = Ports::demo();
        let before = ports.ledger().unwrap().newest_first().unwrap().next_rows().unwrap().unwrap().len();
        let made = sign(&mut StoreDesk::open_for_test(&ports), &many(1_200, "{user}-{n}")).unwrap();
        assert_eq!(made.tokens.len(), 1_200);
        for (one, n) in made.tokens.iter().zip(1..) {
            assert_eq!((one.n, one.identity.as_str()), (n, format!("kim-{n}").as_str()));
            let read = inspect(one.token.expose()).unwrap();
            assert_eq!(read.claims.unwrap().grants.name, format!("No {n}"));
            assert_eq!(one.fingerprint, one.token.fingerprint());
        }
        let rows = ports.ledger().unwrap().newest_first().unwrap().next_rows().unwrap().unwrap();
        // A thousand each, and one for the two hundred that are left.
        assert_eq!(rows.len(), before + 1_001);
        assert_eq!((rows[0].count, rows[0].last.as_str()), (200, "kim-1200"));
        assert_eq!(
            (rows[0].fingerprint, rows[1].identity.as_str()),
            (made.tokens[1_000].fingerprint, "kim-1000")
        );
        assert!(rows[1..=1_000].iter().all(|row| row.count == 1 && row.by == By::Batch));
    }

    #[test]
    fn the_first_that_a_server_would_refuse_stops_all_and_nothing_is_written_down() {
        let ports = Ports::demo();
        let before = ports.ledger().unwrap().newest_first().unwrap().next_rows().unwrap().unwrap().len();
        let mut bad = many(3, "a{n}");
        Arc::make_mut(&mut bad.draft).grants.video.room = String::new();
        let failure = sign(&mut StoreDesk::open_for_test(&ports), &bad).unwrap_err();
        assert!(failure.message.starts_with("token 1: ") && !failure.hint.is_empty(), "{failure:?}");
        let after = ports.ledger().unwrap().newest_first().unwrap().next_rows().unwrap().unwrap().len();
        assert_eq!(after, before);
    }

    #[test]
    fn a_ledger_that_is_off_gets_no_rows() {
        let ports = Ports::demo();
        ports.change_settings(|settings| settings.ledger = false).unwrap();
        let before = ports.ledger().unwrap().newest_first().unwrap().next_rows().unwrap().unwrap().len();
        assert_eq!(sign(&mut StoreDesk::open_for_test(&ports), &many(2, "a{n}")).unwrap().tokens.len(), 2);
        let after = ports.ledger().unwrap().newest_first().unwrap().next_rows().unwrap().unwrap().len();
        assert_eq!(after, before);
    }

    #[test]
    fn the_policy_that_the_file_holds_now_decides() {
        let ports = Ports::demo();
        let name = ProjectName::parse("acme-prod").unwrap();
        let mut desk = StoreDesk::open_for_test(&ports);
        set(&ports, &name, &ProjectPolicy { max_ttl: Some(60), ..ProjectPolicy::default() });
        let failure = sign(&mut desk, &many(2, "a{n}")).unwrap_err();
        assert!(failure.message.starts_with("token 1: ") && failure.message.contains("1 min"), "{failure:?}");
        set(&ports, &name, &ProjectPolicy { production: true, ..ProjectPolicy::default() });
        let admin = administrative(2, "a{n}");
        let failure = sign(&mut desk, &admin).unwrap_err();
        assert!(failure.message.contains("production"), "{failure:?}");
        // Told of it now, the screens ask, and the worker believes that they did.
        assert_eq!(sign(&mut desk, &admin).unwrap().tokens.len(), 2);
    }

    #[test]
    fn production_that_the_screens_did_not_know_of_is_not_taken_as_asked() {
        let ports = Ports::demo();
        let name = ProjectName::parse("home lab").unwrap();
        let mut desk = StoreDesk::open_for_test(&ports);
        set(&ports, &name, &ProjectPolicy { production: true, ..ProjectPolicy::default() });
        let admin = administrative(2, "a{n}");
        let job = StoreJob::SignMany { ticket: Ticket(7), project: name, many: Box::new(admin) };
        let Some(Reply::SignedMany { result: Err(failure), .. }) = desk.answer(job, &|_| {}) else {
            panic!("signed without a question")
        };
        assert!(failure.message.contains("production"), "{failure:?}");
    }

    #[test]
    fn nobody_s_secret_is_asked_for_in_vain() {
        let told = RefCell::new(0);
        let name = ProjectName::parse("nobody").unwrap();
        let result = StoreDesk::open_for_test(&Ports::demo())
            .sign_many(&name, &many(2, "a{n}"), &|_| *told.borrow_mut() += 1);
        assert!(result.unwrap_err().message.contains("nobody"));
        assert_eq!(*told.borrow(), 0);
    }
}
