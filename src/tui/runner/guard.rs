//! What the store's worker lets be signed, and what it changes of policies and keys.

use crate::claims::Claims;
use crate::claims::policy::ProjectPolicy;
use crate::claims::problems::{Severity, of_policy};
use crate::clock::Timestamp;
use crate::project::{ApiKey, ApiSecret, ProjectName};
use crate::store::make_pair;
use crate::tui::message::{Failure, KnownPolicies, Reply};

use super::{StoreDesk, refused, words};

/// What the policy of a project lets be signed.
pub(super) struct Guard {
    name: ProjectName,
    /// As the file says now.
    pub(super) policy: ProjectPolicy,
    /// As the screens were told before.
    known: Option<ProjectPolicy>,
}

impl Guard {
    /// Whether the policy lets these claims be signed at all.
    pub(super) fn allows(&self, claims: &Claims) -> Result<(), Failure> {
        let problems = of_policy(claims, &self.policy);
        match problems.iter().find(|problem| problem.rule.severity == Severity::Error) {
            Some(problem) => {
                Err(words(&format!("not signed: {}", problem.message), problem.rule.cure.into()))
            }
            None => Ok(()),
        }
    }

    /// As [`Guard::allows`], for a token that is handed out: whether production was asked about, too.
    pub(super) fn lets_pass(&self, claims: &Claims) -> Result<(), Failure> {
        self.allows(claims)?;
        self.was_asked(claims)
    }

    /// Whether production was asked about, where it has to be. The screens have asked themselves already, by what they
    /// were told last; the file may say something else since.
    pub(super) fn was_asked(&self, claims: &Claims) -> Result<(), Failure> {
        let asked = self.known.as_ref().is_some_and(|known| !known.asks_twice(claims).is_empty());
        if !self.policy.asks_twice(claims).is_empty() && !asked {
            let what = format!("not signed: {} is production, and this token is administrative", self.name);
            return Err(words(&what, "sign it again, and type the project's name".into()));
        }
        Ok(())
    }
}

impl StoreDesk {
    /// Reads the policies anew, and tells the screens where they are others now.
    pub(super) fn read_policies(&mut self, tell: &dyn Fn(Reply)) -> KnownPolicies {
        let read = self.ports.policies().map_err(|error| words(&error.to_string(), error.hint()));
        if self.told.as_ref() != Some(&read) {
            self.told = Some(read.clone());
            tell(Reply::Policies(read.clone()));
        }
        read
    }

    /// What a project's policy is, and what the screens know of it.
    pub(super) fn guard(&mut self, name: &ProjectName, tell: &dyn Fn(Reply)) -> Result<Guard, Failure> {
        let known = self.told.clone().and_then(Result::ok).map(|policies| policies.of(name).clone());
        let policy = self.read_policies(tell)?.of(name).clone();
        Ok(Guard { name: name.clone(), policy, known })
    }

    pub(super) fn set_policy(
        &mut self,
        name: &ProjectName,
        policy: &ProjectPolicy,
        tell: &dyn Fn(Reply),
    ) -> Result<(), Failure> {
        let change = self.ports.change_policies(|policies| policies.set(name, policy.clone()));
        change.map_err(|error| words(&error.to_string(), error.hint()))?;
        self.read_policies(tell).map(drop)
    }

    pub(super) fn rotate(
        &mut self,
        name: &ProjectName,
        pair: Option<(ApiKey, ApiSecret)>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let (key, secret) = match pair {
            Some(pair) => pair,
            None => make_pair().map_err(|error| refused(&error))?,
        };
        self.opened()?.rotate(name, key, secret, now).map(drop).map_err(|error| refused(&error))
    }

    pub(super) fn forget_old(&mut self, name: &ProjectName) -> Result<(), Failure> {
        self.opened()?.forget_old(name).map(drop).map_err(|error| refused(&error))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::claims::draft::Draft;
    use crate::ports::Ports;
    use crate::project::Listing;
    use crate::tui::message::{StoreJob, Ticket};

    fn desk() -> StoreDesk {
        StoreDesk::open_for_test(&Ports::demo())
    }

    /// What the worker says to a wish to sign, and whether it told of other policies before.
    fn sign(desk: &mut StoreDesk, name: &str, change: impl Fn(&mut Draft)) -> (Result<(), String>, bool) {
        let name = ProjectName::parse(name).unwrap();
        let mut draft = Draft { identity: "a".into(), ..Draft::default() };
        change(&mut draft);
        let claims = Box::new(draft.claims(&ApiKey::dev(), Timestamp::now()));
        let told = RefCell::new(false);
        let job = StoreJob::Sign { ticket: Ticket(2), project: name, claims };
        let reply = desk.answer(job, &|reply| *told.borrow_mut() |= matches!(reply, Reply::Policies(_)));
        let Some(Reply::Signed { result, .. }) = reply else { panic!("{reply:?}") };
        (result.map(drop).map_err(|failure| failure.message), told.into_inner())
    }

    #[test]
    fn what_the_screens_did_not_know_of_a_policy_is_judged_before_signing_and_told() {
        let mut desk = desk();
        let ports = desk.ports.clone();
        let staging = ProjectName::parse("acme-staging").unwrap();
        assert_eq!(sign(&mut desk, "acme-staging", |_| {}), (Ok(()), false));
        let short = ProjectPolicy { max_ttl: Some(60), ..ProjectPolicy::default() };
        ports.change_policies(|policies| policies.set(&staging, short.clone())).unwrap();
        let (refused, told) = sign(&mut desk, "acme-staging", |_| {});
        assert_eq!(refused, Err("not signed: valid for 1 h; the project allows 1 min at most".into()));
        assert!(told);
        assert_eq!(sign(&mut desk, "home lab", |_| {}), (Ok(()), false));
    }

    #[test]
    fn a_project_that_became_production_meanwhile_is_asked_about_before_it_signs() {
        let mut desk = desk();
        let ports = desk.ports.clone();
        let admin = |draft: &mut Draft| draft.grants.video.room_create = true;
        // The screens were told of it, and so have asked.
        assert_eq!(sign(&mut desk, "acme-prod", admin), (Ok(()), false));
        let home = ProjectName::parse("home lab").unwrap();
        let production = ProjectPolicy { production: true, ..ProjectPolicy::default() };
        ports.change_policies(|policies| policies.set(&home, production.clone())).unwrap();
        let (refused, told) = sign(&mut desk, "home lab", admin);
        assert_eq!(
            refused,
            Err("not signed: home lab is production, and this token is administrative".into())
        );
        assert!(told);
        assert_eq!(sign(&mut desk, "home lab", admin), (Ok(()), false));
    }

    #[test]
    fn a_key_is_replaced_and_forgotten_by_the_worker_and_no_secret_comes_back() {
        let mut desk = desk();
        let name = ProjectName::parse("acme-prod").unwrap();
        let pair = Some((ApiKey::parse("APInew").unwrap().value, ApiSecret::verbatim("fake-canary".into())));
        let job =
            StoreJob::Rotate { ticket: Ticket(3), name: name.clone(), pair, now: Timestamp::from_unix(7) };
        let reply = desk.answer(job, &|_| {});
        assert!(!format!("{reply:?}").contains("canary"));
        let Some(Reply::Listed { result: Ok(contents), .. }) = reply else { panic!("{reply:?}") };
        let listing = contents.projects.iter().find(|listing| listing.name == name).unwrap();
        assert_eq!(
            (listing.key.as_str(), listing.old.as_ref().unwrap().key.as_str()),
            ("APInew", "APIfakeLive4")
        );
        let job = StoreJob::ForgetOld { ticket: Ticket(4), name };
        let Some(Reply::Listed { result: Ok(contents), .. }) = desk.answer(job, &|_| {}) else { panic!() };
        assert!(contents.projects.iter().all(|listing| listing.old.is_none()));
    }

    #[test]
    fn a_renamed_project_keeps_its_policy_and_its_old_key_and_a_removed_one_takes_its_policy_along() {
        let mut desk = desk();
        let (from, to) = (ProjectName::parse("acme-prod").unwrap(), ProjectName::parse("live").unwrap());
        let pair = Some((ApiKey::parse("APInew").unwrap().value, ApiSecret::verbatim("fake".into())));
        let job =
            StoreJob::Rotate { ticket: Ticket(3), name: from.clone(), pair, now: Timestamp::from_unix(7) };
        desk.answer(job, &|_| {});
        let listing = desk.load(&from).unwrap().listing;
        let listing = Listing { name: to.clone(), old: None, ..listing };
        let job = StoreJob::Save { ticket: Ticket(4), listing, secret: None, replaces: Some(from.clone()) };
        assert!(matches!(desk.answer(job, &|_| {}), Some(Reply::Listed { result: Ok(_), .. })));
        let policies = desk.ports.policies().unwrap();
        assert!(policies.of(&to).production && !policies.of(&from).production);
        assert!(desk.load(&to).unwrap().old_pair().is_some());
        desk.answer(StoreJob::Remove { ticket: Ticket(5), name: to.clone() }, &|_| {});
        assert!(desk.ports.policies().unwrap().of(&to).is_empty());
    }
}
