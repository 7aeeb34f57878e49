//! What the store's worker lets be signed, and what it changes of policies and keys.

use crate::claims::Claims;
use crate::claims::policy::ProjectPolicy;
use crate::claims::problems::{Severity, of_policy};
use crate::clock::Timestamp;
use crate::project::{ApiKey, ApiSecret, ProjectName};
use crate::store::make_pair;
use crate::tui::message::{Failure, KnownPolicies, Reply};

use super::{StoreDesk, refused, words};

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

    /// Whether the project's policy lets these claims be signed at all.
    pub(super) fn allows(
        &mut self,
        name: &ProjectName,
        claims: &Claims,
        tell: &dyn Fn(Reply),
    ) -> Result<(), Failure> {
        let policies = self.read_policies(tell)?;
        let problems = of_policy(claims, policies.of(name));
        match problems.iter().find(|problem| problem.rule.severity == Severity::Error) {
            Some(problem) => {
                Err(words(&format!("not signed: {}", problem.message), problem.rule.cure.into()))
            }
            None => Ok(()),
        }
    }

    /// As [`StoreDesk::allows`], for a token that is handed out: whether production was asked about, too. The screens have asked themselves already, by what they were
    /// told last; the file may say something else since.
    pub(super) fn lets_pass(
        &mut self,
        name: &ProjectName,
        claims: &Claims,
        tell: &dyn Fn(Reply),
    ) -> Result<(), Failure> {
        let before = self.told.clone();
        self.allows(name, claims, tell)?;
        let policies = self.read_policies(tell)?;
        let asked = before
            .is_some_and(|before| before.is_ok_and(|before| !before.of(name).asks_twice(claims).is_empty()));
        if !policies.of(name).asks_twice(claims).is_empty() && !asked {
            let what = format!("not signed: {name} is production, and this token is administrative");
            return Err(words(&what, "sign it again, and type the project's name".into()));
        }
        Ok(())
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
