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

    /// As [`Guard::allows`], for a token that is handed out: whether production was asked about, too. The screens
    /// have asked themselves already, by what they were told last; the file may say something else since.
    pub(super) fn lets_pass(&self, claims: &Claims) -> Result<(), Failure> {
        self.allows(claims)?;
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
