//! What a policy comes to, in words: for whoever starts an endpoint, before anybody asks it for anything.

use super::Policy;
use super::pattern::Pattern;
use super::policy::Settable;
use crate::claims::effect;
use crate::clock::{Timestamp, Zone, length};
use crate::project::Listing;

/// What an endpoint hands out, and to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The server that the tokens are for.
    pub server: String,
    /// Rooms that may be asked for, as patterns.
    pub rooms: Vec<String>,
    /// Identities that may be asked for, as patterns.
    pub identities: Vec<String>,
    /// Agents that may be asked for, as patterns.
    pub agents: Vec<String>,
    /// Whether the room is one that no request changes.
    pub room_is_fixed: bool,
    /// Whether the identity is one that no request changes.
    pub identity_is_fixed: bool,
    /// How long a token lives unless something else is asked for, in seconds.
    pub ttl: u64,
    /// The longest life that may be asked for, in seconds.
    pub cap: u64,
    /// What a request may set.
    pub may_set: Vec<Settable>,
    /// The names of the keys, one of which must be given.
    pub keys: Vec<String>,
    /// Whose bearer tokens are believed.
    pub issuer: Option<String>,
    /// Origins whose pages may ask, besides those of this machine.
    pub origins: Vec<String>,
    /// What a token allows at most.
    pub can: Vec<String>,
}

impl Summary {
    /// What this policy comes to for tokens of this project.
    #[must_use]
    pub fn of(policy: &Policy, listing: &Listing, now: Timestamp, zone: &Zone) -> Self {
        let list = |patterns: &[Pattern], fixed: &str| match fixed {
            "" => patterns.iter().map(ToString::to_string).collect(),
            fixed => vec![fixed.to_owned()],
        };
        let ceiling = &policy.ceiling;
        let (room, identity) = (&ceiling.grants.video.room, &ceiling.identity);
        let mut claims = ceiling.claims(&listing.key, now);
        if let (true, Some(first)) = (claims.grants.video.room.is_empty(), policy.rooms.first()) {
            // What is bound to a room is allowed in each that may be asked for.
            first.as_str().clone_into(&mut claims.grants.video.room);
        }
        let lines = effect::lines(&claims, now, zone);
        // The line about joining names a room and an identity, which every token has its own of.
        let joins = claims.grants.video.room_join.then(|| "join".to_owned());
        let rest = lines.iter().skip(usize::from(joins.is_some())).filter(|line| line.allowed);
        Self {
            server: listing.url.ws(),
            rooms: list(&policy.rooms, room),
            identities: list(&policy.identities, identity),
            agents: list(&policy.agents, ""),
            room_is_fixed: !room.is_empty(),
            identity_is_fixed: !identity.is_empty(),
            ttl: policy.ttl,
            cap: policy.cap(),
            may_set: policy.may_set.clone(),
            keys: policy.guard.keys.names().map(str::to_owned).collect(),
            issuer: policy.guard.issuer.as_ref().map(|issuer| issuer.name().to_owned()),
            origins: policy.guard.origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
            can: joins.into_iter().chain(rest.map(|line| line.text.clone())).collect(),
        }
    }

    /// `1 h`, or `15 min, at most 1 h`.
    #[must_use]
    pub fn life(&self) -> String {
        let words = |seconds: u64| length(i64::try_from(seconds).unwrap_or(i64::MAX));
        let mut life = words(self.ttl);
        if self.cap > self.ttl {
            life.push_str(&format!(", at most {}", words(self.cap)));
        }
        life
    }

    /// `this machine`, or `whoever has a key (web)`.
    #[must_use]
    pub fn who(&self) -> String {
        let mut who = Vec::new();
        if !self.keys.is_empty() {
            who.push(format!("whoever has a key ({})", self.keys.join(", ")));
        }
        who.extend(self.issuer.as_ref().map(|issuer| format!("whoever {issuer} knows")));
        if who.is_empty() { "this machine".into() } else { who.join(", ") }
    }

    /// `localhost, https://app.example.com`.
    #[must_use]
    pub fn pages(&self, loopback_only: bool) -> String {
        let own = loopback_only.then_some("localhost");
        let all: Vec<&str> = own.into_iter().chain(self.origins.iter().map(String::as_str)).collect();
        any_of(&all)
    }
}

/// `none`, `any`, or the names.
#[must_use]
pub fn any_of<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => "none".to_owned(),
        [any] if any.as_ref() == "*" => "any".to_owned(),
        names => names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::draft::Draft;
    use crate::clock::Ttl;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn summary(change: impl FnOnce(&mut Policy)) -> Summary {
        let mut policy = Policy::default();
        change(&mut policy);
        Summary::of(&policy, &Listing::local_dev(), NOW, &Zone::utc())
    }

    #[test]
    fn the_usual_policy_hands_anybody_of_this_machine_a_participant_of_any_room() {
        let usual = summary(|_| {});
        assert_eq!((any_of(&usual.rooms), any_of(&usual.identities)), ("any".into(), "any".into()));
        assert_eq!(
            (usual.who().as_str(), usual.pages(true).as_str(), usual.pages(false).as_str()),
            ("this machine", "localhost", "none")
        );
        assert_eq!((usual.life().as_str(), usual.can[0].as_str()), ("15 min", "join"));
        assert!(!usual.room_is_fixed && !usual.identity_is_fixed);
    }

    #[test]
    fn what_the_ceiling_sets_is_the_only_one_there_is() {
        let fixed = summary(|policy| {
            let mut ceiling =
                Draft { identity: "alice".into(), ttl: Ttl::For(3_600), ..policy.ceiling.clone() };
            ceiling.grants.video.room = "demo".into();
            policy.ceiling = ceiling;
        });
        assert_eq!((any_of(&fixed.rooms), any_of(&fixed.identities)), ("demo".into(), "alice".into()));
        assert!(fixed.room_is_fixed && fixed.identity_is_fixed);
        assert_eq!(fixed.life(), "15 min, at most 1 h");
    }
}
