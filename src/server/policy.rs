//! The policy: the most that a request can get, and what it may say.

use std::borrow::Cow;

use super::guard::Guard;
use super::pattern::Pattern;
use crate::claims::draft::Draft;
use crate::claims::placeholders::{self, Moment};
use crate::claims::policy::ProjectPolicy;
use crate::claims::presets;
use crate::claims::problems::{self, Problem, Severity};
use crate::clock::{Timestamp, Ttl, Zone, length};
use crate::project::ApiKey;

mod file;

pub use file::{Found, PolicyError, parse, parse_with};

/// How long a token lives unless somebody says otherwise, in seconds: as LiveKit Cloud's own development server has
/// it.
pub const DEFAULT_TTL: u64 = 900;

macro_rules! settable {
    ($($name:ident $word:literal $what:literal;)+) => {
        /// What a request may set. The words are those of the policy file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Settable {
            $(#[doc = $what] $name,)+
        }

        impl Settable {
            /// Every field there is.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$name),+];

            /// `room_config`, as the policy file has it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

// The usual ones first.
settable! {
    Identity "identity" "`participant_identity`.";
    Room "room" "`room_name`.";
    Name "name" "`participant_name`.";
    Metadata "metadata" "`participant_metadata`.";
    Attributes "attributes" "`participant_attributes`.";
    Agents "agents" "`room_config.agents`, of those that the policy allows.";
    Ttl "ttl" "A shorter life, or a longer one up to the cap.";
    Grants "grants" "Fewer grants.";
    RoomConfig "room_config" "The rest of `room_config` but for `egress`.";
    Egress "egress" "`room_config.egress`: recording the room.";
}

impl Settable {
    /// What a request may set unless the policy says otherwise: who, where, and less than the ceiling.
    pub const USUAL: &'static [Self] = Self::ALL.split_at(8).0;

    /// The field of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }
}

/// What a request can get.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The most that a token allows. What it sets, no request changes; its lifetime is the longest there is.
    pub ceiling: Draft,
    /// How long a token lives that was asked for without a lifetime, in seconds.
    pub ttl: u64,
    /// Rooms that may be asked for, unless the ceiling sets one.
    pub rooms: Vec<Pattern>,
    /// Identities that may be asked for, unless the ceiling sets one.
    pub identities: Vec<Pattern>,
    /// Agents that may be asked for; those of the ceiling are dispatched in any case.
    pub agents: Vec<Pattern>,
    /// What a request may set.
    pub may_set: Vec<Settable>,
    /// Whether an identity or a room is made up where a join lacks it.
    pub generate: bool,
    /// Whether every identity gets an ending of its own, so that nobody takes another's place in a room.
    pub unique_identities: bool,
    /// What may be signed for the project at all, whatever the rest of this policy says.
    pub project: ProjectPolicy,
    /// Whether somebody has said that administrative tokens of a production project are meant.
    pub production_meant: bool,
    /// Who may ask.
    pub guard: Guard,
    /// What the placeholders of the ceiling are filled with, anew for each token; `None` leaves them.
    pub filling: Option<Filling>,
}

/// Whose words and whose clock the placeholders are.
#[derive(Clone, Debug, PartialEq)]
pub struct Filling {
    /// `{user}`: who runs the endpoint.
    pub user: String,
    /// Where `{date}` and `{time}` are told.
    pub zone: Zone,
}

impl Default for Policy {
    /// A participant of any room, for 15 minutes, asked for from this machine.
    fn default() -> Self {
        let preset = presets::built_in().first().map(|preset| preset.draft.clone()).unwrap_or_default();
        Self {
            ceiling: Draft { ttl: Ttl::For(DEFAULT_TTL), ..preset },
            ttl: DEFAULT_TTL,
            rooms: vec![Pattern::any()],
            identities: vec![Pattern::any()],
            agents: vec![Pattern::any()],
            may_set: Settable::USUAL.to_vec(),
            generate: true,
            unique_identities: false,
            project: ProjectPolicy::default(),
            production_meant: false,
            guard: Guard::default(),
            filling: None,
        }
    }
}

impl Policy {
    /// The usual policy under another ceiling: a token lives as long as the draft says, and no longer.
    #[must_use]
    pub fn under(ceiling: Draft) -> Self {
        let ttl = match ceiling.ttl {
            Ttl::For(seconds) => seconds,
            Ttl::Until(_) => DEFAULT_TTL,
        };
        Self { ceiling, ttl, ..Self::default() }
    }

    /// The longest life that may be asked for, in seconds. A ceiling with a fixed end has none.
    #[must_use]
    pub fn cap(&self) -> u64 {
        match self.ceiling.ttl {
            Ttl::For(seconds) => seconds,
            Ttl::Until(_) => 0,
        }
    }

    /// The policy for one token at `now`, with the placeholders of its ceiling filled in. What a request says is never
    /// looked at for any.
    #[must_use]
    pub fn filled(&self, now: Timestamp, seed: u64) -> Cow<'_, Self> {
        let made = self.filling.as_ref().and_then(|filling| {
            placeholders::fill(&self.ceiling, &Moment::at(now, &filling.zone, &filling.user), 1, seed)
        });
        match made {
            Some(ceiling) => Cow::Owned(Self { ceiling, ..self.clone() }),
            None => Cow::Borrowed(self),
        }
    }

    /// Whether a request may set this.
    #[must_use]
    pub fn lets(&self, field: Settable) -> bool {
        self.may_set.contains(&field)
    }

    /// Whether any request at all can be answered, and what is odd about the tokens that come of it.
    ///
    /// # Errors
    /// [`PolicyFault`]: no request could, or not all that the policy says could be so.
    pub fn check(&self, issuer: &ApiKey, now: Timestamp) -> Result<Vec<Problem>, PolicyFault> {
        let cap = match self.ceiling.ttl {
            Ttl::For(seconds) if seconds > 0 => seconds,
            _ => return Err(PolicyFault::NoLength),
        };
        if self.ttl == 0 || self.ttl > cap {
            return Err(PolicyFault::TtlOverCap { ttl: self.ttl, cap });
        }
        let video = &self.ceiling.grants.video;
        let joins = video.room_join;
        for (what, fixed, patterns, settable) in [
            ("identity", &self.ceiling.identity, &self.identities, Settable::Identity),
            ("room", &video.room, &self.rooms, Settable::Room),
        ] {
            if !fixed.is_empty() {
                continue;
            }
            if patterns.is_empty() || (joins && !self.generate && !self.lets(settable)) {
                return Err(PolicyFault::Nobody { what });
            }
        }
        let mut sample = self.ceiling.clone();
        sample.ttl = Ttl::For(self.ttl);
        let fill = |at: &mut String, patterns: &[Pattern], word: &str| {
            if let (true, Some(first)) = (at.is_empty(), patterns.first()) {
                *at = first.example(word, "0");
            }
        };
        if joins {
            fill(&mut sample.identity, &self.identities, "participant");
        }
        if joins || video.room_admin {
            fill(&mut sample.grants.video.room, &self.rooms, "room");
        }
        let mut problems = sample.preview(issuer, now).problems;
        if let Some(error) = problems.iter().find(|problem| problem.rule.severity == Severity::Error) {
            return Err(PolicyFault::Unsignable { problem: Box::new(error.clone()) });
        }
        // The most that may be asked for, not only what is given unasked.
        sample.ttl = Ttl::For(cap);
        let claims = sample.claims(issuer, now);
        let of_project = problems::of_policy(&claims, &self.project);
        if let Some(error) = of_project.iter().find(|problem| problem.rule.severity == Severity::Error) {
            return Err(PolicyFault::Project { problem: Box::new(error.clone()) });
        }
        problems.extend(of_project);
        Ok(problems)
    }

    /// Which administrative grants a token of this policy can have, where the project is production and so is asked
    /// about. Empty where nothing is to be asked.
    #[must_use]
    pub fn asks_twice(&self, issuer: &ApiKey, now: Timestamp) -> Vec<String> {
        let mut powers = self.project.asks_twice(&self.ceiling.claims(issuer, now));
        let egress = "roomConfig.egress";
        if self.project.production && self.lets(Settable::Egress) && !powers.iter().any(|has| has == egress) {
            powers.push(egress.to_owned());
        }
        powers
    }
}

/// Why no request could be answered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PolicyFault {
    /// A lifetime that is an end, or nothing.
    #[error("tokens handed out over time need a lifetime that is a length of time")]
    NoLength,
    /// A default over the cap.
    #[error(
        "tokens live {} unless asked otherwise, which is more than the most that may be asked for, {}",
        words(*ttl),
        words(*cap)
    )]
    TtlOverCap {
        /// The default, in seconds.
        ttl: u64,
        /// The most, in seconds.
        cap: u64,
    },
    /// A join that lacks something which nobody can give.
    #[error("every request would be refused: no {what} may be asked for, set or made up")]
    Nobody {
        /// `room`.
        what: &'static str,
    },
    /// More than may be signed for the project.
    #[error("more than the project's own policy allows: {} [{}]", problem.message, problem.rule.id)]
    Project {
        /// What is too much.
        problem: Box<Problem>,
    },
    /// A ceiling that a LiveKit server would refuse.
    #[error("no token of this policy would be accepted: {} [{}]", problem.message, problem.rule.id)]
    Unsignable {
        /// What it would be refused for.
        problem: Box<Problem>,
    },
}

fn words(seconds: u64) -> String {
    length(i64::try_from(seconds).unwrap_or(i64::MAX))
}

impl PolicyFault {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoLength => "write a length such as 15m".into(),
            Self::TtlOverCap { .. } => {
                "raise the most (--max-valid-for, max_ttl) or lower the default (--valid-for, ttl)".into()
            }
            Self::Nobody { what } => format!("set a {what}, or a pattern for it, or let it be made up"),
            Self::Project { problem } if problem.rule.id == "policy-ttl" => {
                "lower the most (--valid-for, --max-valid-for, max_ttl), or change the policy with roomkey project policy"
                    .into()
            }
            Self::Project { problem } => match problem.path {
                Some(path) => format!("leave it out (--set {path}=false), or change the policy with roomkey project policy"),
                None => "leave it out, or change the policy with roomkey project policy".into(),
            },
            Self::Unsignable { problem } => problem.rule.cure.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn fault(change: impl FnOnce(&mut Policy)) -> PolicyFault {
        let mut policy = Policy::default();
        change(&mut policy);
        let fault = policy.check(&ApiKey::dev(), NOW).unwrap_err();
        assert!(!fault.hint().is_empty());
        fault
    }

    #[test]
    fn the_policy_of_nobody_in_particular_can_be_answered_without_a_word() {
        assert_eq!(Policy::default().check(&ApiKey::dev(), NOW), Ok(Vec::new()));
    }

    #[test]
    fn a_policy_that_no_request_could_meet_is_refused() {
        assert_eq!(fault(|p| p.ceiling.ttl = Ttl::Until(NOW.plus(60))), PolicyFault::NoLength);
        assert_eq!(fault(|p| p.ceiling.ttl = Ttl::For(0)), PolicyFault::NoLength);
        assert_eq!(fault(|p| p.ttl = 901), PolicyFault::TtlOverCap { ttl: 901, cap: 900 });
        assert_eq!(fault(|p| p.rooms.clear()), PolicyFault::Nobody { what: "room" });
        let silent = fault(|p| {
            p.generate = false;
            p.may_set.retain(|field| *field != Settable::Identity);
        });
        assert_eq!(silent, PolicyFault::Nobody { what: "identity" });
        let broken = fault(|p| {
            p.ceiling.grants.video.can_publish = Some(false);
            p.ceiling.grants.video.can_publish_sources = vec!["camera".into()];
        });
        assert!(broken.to_string().ends_with("[sources-vs-publish]"), "{broken}");
        let secret = fault(|p| {
            p.ceiling.grants.room_config.egress =
                Some(serde_json::json!({"tracks": {"s3": {"secret": "fake"}}}));
        });
        assert!(secret.to_string().ends_with("[config-secret]") && !secret.to_string().contains("fake"));
    }

    #[test]
    fn a_ceiling_over_the_projects_policy_is_refused_at_the_start_and_one_under_it_is_not() {
        let project = |policy: ProjectPolicy| move |p: &mut Policy| p.project = policy.clone();
        let short = ProjectPolicy { max_ttl: Some(600), ..ProjectPolicy::default() };
        let told = fault(project(short.clone())).to_string();
        assert!(told.ends_with("valid for 15 min; the project allows 10 min at most [policy-ttl]"), "{told}");
        let listen = ProjectPolicy {
            allow: Some(vec!["video.roomJoin", "video.canSubscribe"].into_iter().map(allowed).collect()),
            ..ProjectPolicy::default()
        };
        assert!(fault(project(listen.clone())).hint().contains("--set video.canPublish=false"));
        let mut under =
            Policy { project: ProjectPolicy { max_ttl: Some(900), ..listen }, ..Policy::default() };
        under.ceiling.grants.video.can_publish = Some(false);
        assert!(under.check(&ApiKey::dev(), NOW).is_ok());
    }

    fn allowed(word: &str) -> crate::claims::policy::Allowed {
        crate::claims::policy::Allowed::parse(word).unwrap()
    }

    #[test]
    fn production_asks_about_what_a_request_could_have_and_no_more() {
        let mut policy = Policy::default();
        policy.project.production = true;
        assert_eq!(policy.asks_twice(&ApiKey::dev(), NOW), [""; 0]);
        policy.may_set.push(Settable::Egress);
        assert_eq!(policy.asks_twice(&ApiKey::dev(), NOW), ["roomConfig.egress"]);
        policy.ceiling.grants.video.room_admin = true;
        assert_eq!(policy.asks_twice(&ApiKey::dev(), NOW), ["video.roomAdmin", "roomConfig.egress"]);
        policy.project.production = false;
        assert_eq!(policy.asks_twice(&ApiKey::dev(), NOW), [""; 0]);
    }

    #[test]
    fn every_field_has_a_word_and_the_usual_ones_are_among_them() {
        for field in Settable::ALL {
            assert_eq!(Settable::parse(field.as_str()), Some(field));
        }
        assert!(!Settable::USUAL.contains(&Settable::Egress) && Settable::parse("hidden").is_none());
    }
}
