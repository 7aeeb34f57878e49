//! Many tokens of one draft: what is asked of the store's worker, and what it made.

use std::collections::HashSet;
use std::sync::Arc;

use crate::claims::Claims;
use crate::claims::draft::Draft;
use crate::claims::placeholders::{Chance, DraftTemplate, Moment};
use crate::claims::policy::ProjectPolicy;
use crate::claims::problems::{Problem, Severity, of_policy};
use crate::clock::Timestamp;
use crate::project::ApiKey;
use crate::text::Sensitive;
use crate::token::lines::{Format, Lines, Whose};
use crate::token::{Fingerprint, Token};

/// So many tokens of a draft, with its placeholders filled in for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Many {
    /// The draft, with placeholders in its texts.
    pub draft: Arc<Draft>,
    /// How many.
    pub count: u64,
    /// What the other placeholders are.
    pub moment: Moment,
    /// When they begin.
    pub now: Timestamp,
}

/// Why one of them cannot be signed: its number, what is wrong, and the cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Which.
    pub n: u64,
    /// What is wrong with it.
    pub what: String,
    /// What to do about it.
    pub cure: String,
}

/// What is odd about them: the problem, how many have it, and the first that has.
pub type Odd = (Problem, u64, u64);

impl Many {
    /// The claims of each, judged one by one, by the server's rules and the project's policy: `each` is told its number and claims. What is odd about them.
    ///
    /// # Errors
    /// The first that has an error, or what `each` says. Those before it have been told.
    pub fn judge<E: From<Unfit>>(
        &self,
        issuer: &ApiKey,
        policy: &ProjectPolicy,
        chance: &mut Chance,
        mut each: impl FnMut(u64, Claims) -> Result<(), E>,
    ) -> Result<Vec<Odd>, E> {
        let template = DraftTemplate::read(Draft::clone(&self.draft), &self.moment);
        let mut odd: Vec<Odd> = Vec::new();
        for n in 1..=self.count {
            let preview = template.fill(n, &mut || chance.number()).preview(issuer, self.now);
            for problem in preview.problems.into_iter().chain(of_policy(&preview.claims, policy)) {
                if problem.rule.severity == Severity::Error {
                    return Err(Unfit { n, what: problem.message, cure: problem.rule.cure.into() }.into());
                }
                match odd.iter_mut().find(|(other, ..)| other.rule == problem.rule) {
                    Some((_, count, _)) => *count += 1,
                    None => odd.push((problem, 1, n)),
                }
            }
            each(n, preview.claims)?;
        }
        odd.sort_by_key(|(problem, ..)| problem.rule.severity);
        Ok(odd)
    }

    /// The claims of the first.
    ///
    /// # Errors
    /// What keeps it from being signed.
    pub fn first(&self, issuer: &ApiKey, policy: &ProjectPolicy) -> Result<Claims, Unfit> {
        let mut first = Claims::default();
        let one = Self { count: 1, ..self.clone() };
        one.judge(issuer, policy, &mut Chance::of(0), |_, claims| {
            first = claims;
            Ok::<_, Unfit>(())
        })?;
        Ok(first)
    }
}

/// One of the tokens, and whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct One {
    /// Counted from 1.
    pub n: u64,
    /// Who joins with it.
    pub identity: String,
    /// The room.
    pub room: String,
    /// The display name.
    pub name: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether it joins its room.
    pub joins: bool,
    /// What it is known by.
    pub fingerprint: Fingerprint,
    /// The token.
    pub token: Token,
    /// Number, identity, name and fingerprint in small letters: what it is found by.
    pub words: Box<str>,
}

impl One {
    /// A token and the claims in it.
    #[must_use]
    pub fn of(n: u64, claims: &Claims, token: Token) -> Self {
        let fingerprint = token.fingerprint();
        let identity = claims.effective_identity().to_owned();
        let name = claims.grants.name.clone();
        let words = format!("{n}\n{}\n{}\n{fingerprint}", identity.to_lowercase(), name.to_lowercase());
        Self {
            n,
            identity,
            room: claims.grants.video.room.clone(),
            name,
            expires_at: claims.expires_at.unwrap_or(Timestamp::from_unix(0)),
            joins: claims.grants.video.room_join,
            fingerprint,
            token,
            words: words.into(),
        }
    }
}

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The tokens, in the order of their numbers.
    pub tokens: Vec<One>,
    /// What is odd about them, the worst first.
    pub odd: Vec<Odd>,
}

impl Made {
    /// All of them as text.
    #[must_use]
    pub fn text(&self, format: Format) -> Sensitive {
        // Room for all, so that no copy is left behind in a text that was too small.
        let room =
            self.tokens.iter().map(|one| one.token.len() + one.words.len() + one.room.len() + 160).sum();
        let mut text = String::with_capacity(room);
        text.push_str(Lines::header(format));
        let mut lines = Lines::new(format);
        for one in &self.tokens {
            let whose = Whose {
                identity: &one.identity,
                room: &one.room,
                name: &one.name,
                expires_at: one.expires_at,
            };
            let written: Result<(), std::convert::Infallible> =
                lines.write(one.n, &whose, &mut text, |out| {
                    out.push_str(one.token.expose());
                    Ok(())
                });
            let Ok(()) = written;
        }
        Sensitive::new(text)
    }

    /// The first that has the room and identity of one before it, and how many do. Who joins second puts the first out.
    #[must_use]
    pub fn repeated(&self) -> Option<(u64, usize)> {
        let mut seen = HashSet::with_capacity(self.tokens.len());
        let mut again = self
            .tokens
            .iter()
            .filter(|one| one.joins && !seen.insert((one.room.as_str(), one.identity.as_str())))
            .map(|one| one.n);
        let first = again.next()?;
        Some((first, again.count() + 1))
    }
}
