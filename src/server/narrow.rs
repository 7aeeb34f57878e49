//! From what a request asks for to a draft: the ceiling, narrowed. What the ceiling sets stays as it is, what it
//! leaves open a request may set where the policy lets it, and nothing that a request says allows more.

use super::asked::{Asked, Wish};
use super::pattern::Pattern;
use super::policy::{Policy, Settable};
use super::refusal::{Reason, Refusal, said};
use crate::claims::catalog::{ENTRIES, Entry, Field, ServerDefault};
use crate::claims::draft::Draft;
use crate::claims::grants::AgentDispatch;
use crate::claims::{Pairs, snake_case};
use crate::clock::{Ttl, length};

/// The draft that a request comes to. `subject` is who it was proved to come from, and then its identity; `nonce` is a number nobody guesses, for the names that are made up.
pub(super) fn narrow(
    asked: &mut Asked,
    policy: &Policy,
    subject: Option<&str>,
    nonce: u128,
) -> Result<Draft, Refusal> {
    let mut draft = policy.ceiling.clone();
    one_room(asked)?;
    draft.ttl = Ttl::For(ttl(asked.ttl, policy)?);
    for (entry, wish) in &asked.grants {
        grant(entry, wish, policy, &mut draft)?;
    }
    let joins = draft.grants.video.room_join;
    let low = || format!("{:012x}", nonce & 0xffff_ffff_ffff);
    let high = || format!("{:012x}", (nonce >> 64) & 0xffff_ffff_ffff);
    let set = &policy.ceiling.identity;
    draft.identity = match subject {
        Some(subject) => proved(subject, &asked.identity, policy)?,
        None => name(&asked.identity, set, policy, &IDENTITY, joins.then_some(&low))?,
    };
    let made_up = subject.is_none() && asked.identity.is_empty() && set.is_empty();
    if policy.unique_identities && !draft.identity.is_empty() && !(made_up && draft.identity.contains(&low()))
    {
        draft.identity = format!("{}-{}", draft.identity, low());
    }
    let fixed = &policy.ceiling.grants.video.room;
    draft.grants.video.room = name(&asked.room, fixed, policy, &ROOM, joins.then_some(&high))?;
    text(&asked.name, &mut draft.grants.name, "participant_name", Settable::Name, policy)?;
    text(&asked.metadata, &mut draft.grants.metadata, "participant_metadata", Settable::Metadata, policy)?;
    pairs(
        &asked.attributes,
        &mut draft.grants.attributes,
        "participant_attributes",
        Settable::Attributes,
        policy,
    )?;
    config(asked, policy, &mut draft)?;
    Ok(draft)
}

/// The two names that a policy has patterns for.
struct Named {
    called: &'static str,
    field: &'static str,
    reason: Reason,
    settable: Settable,
    made_up: &'static str,
    patterns: fn(&Policy) -> &[Pattern],
}

const IDENTITY: Named = Named {
    called: "identity",
    field: "participant_identity",
    reason: Reason::Identity,
    settable: Settable::Identity,
    made_up: "participant",
    patterns: |policy| &policy.identities,
};

const ROOM: Named = Named {
    called: "room",
    field: "room_name",
    reason: Reason::Room,
    settable: Settable::Room,
    made_up: "room",
    patterns: |policy| &policy.rooms,
};

/// The identity or the room: what the ceiling sets, else what is asked for, else one made up with `filling`.
fn name(
    asked: &str,
    fixed: &str,
    policy: &Policy,
    named: &Named,
    filling: Option<&dyn Fn() -> String>,
) -> Result<String, Refusal> {
    let Named { called, field, .. } = named;
    if !fixed.is_empty() {
        if asked.is_empty() || asked == fixed {
            return Ok(fixed.to_owned());
        }
        return Err(Refusal::new(named.reason, format!("the {called} {} is not allowed here", said(asked))));
    }
    let patterns = (named.patterns)(policy);
    if asked.is_empty() {
        return match (filling, patterns.first()) {
            (Some(filling), Some(first)) if policy.generate => Ok(first.example(named.made_up, &filling())),
            (Some(_), _) => Err(Refusal::new(Reason::Invalid, format!("{field} is missing"))),
            (None, _) => Ok(String::new()),
        };
    }
    if !policy.lets(named.settable) {
        return Err(not_settable(field));
    }
    if patterns.iter().any(|pattern| pattern.matches(asked)) {
        return Ok(asked.to_owned());
    }
    Err(Refusal::new(named.reason, format!("the {called} {} is not allowed here", said(asked))))
}

/// The identity of somebody who has logged in elsewhere: that, if it is allowed here, and nobody else's.
fn proved(subject: &str, asked: &str, policy: &Policy) -> Result<String, Refusal> {
    let set = &policy.ceiling.identity;
    let allowed = if set.is_empty() {
        policy.identities.iter().any(|pattern| pattern.matches(subject))
    } else {
        subject == set
    };
    if !allowed {
        return Err(Refusal::new(Reason::Identity, "the subject of the bearer token is not allowed here"));
    }
    if asked.is_empty() || asked == subject {
        return Ok(subject.to_owned());
    }
    let sentence = format!("the identity {} is not the subject of the bearer token", said(asked));
    Err(Refusal::new(Reason::Identity, sentence))
}

/// `video.room` is the same wish as `room_name`.
fn one_room(asked: &mut Asked) -> Result<(), Refusal> {
    for (entry, wish) in std::mem::take(&mut asked.grants) {
        match wish {
            Wish::Text(room) if entry.path == "video.room" => {
                if !asked.room.is_empty() && asked.room != room {
                    return Err(Refusal::new(Reason::Malformed, "room_name and video.room name two rooms"));
                }
                asked.room = room;
            }
            wish => asked.grants.push((entry, wish)),
        }
    }
    Ok(())
}

fn ttl(asked: Option<u64>, policy: &Policy) -> Result<u64, Refusal> {
    let Some(seconds) = asked else { return Ok(policy.ttl) };
    let cap = policy.cap();
    let words = |seconds: u64| length(i64::try_from(seconds).unwrap_or(i64::MAX));
    if seconds > cap {
        let sentence =
            format!("a ttl of {} is more than the {} that is allowed here", words(seconds), words(cap));
        return Err(Refusal::new(Reason::Ttl, sentence));
    }
    if policy.lets(Settable::Ttl) { Ok(seconds) } else { Err(not_settable("ttl")) }
}

fn not_settable(field: &str) -> Refusal {
    Refusal::new(Reason::Field, format!("a request may not set {field} here"))
}

fn beyond(entry: &Entry) -> Refusal {
    Refusal::new(Reason::Grant, format!("{} is not allowed here", entry.path))
}

/// One grant: off where the ceiling has it on, fewer where it has more, or the same.
fn grant(entry: &Entry, wish: &Wish, policy: &Policy, draft: &mut Draft) -> Result<(), Refusal> {
    let ceiling = &policy.ceiling;
    // Without a video grant everything in one is off already; a grant that only says so would be a grant all the same.
    if ceiling.grants.video.is_empty() && entry.path.starts_with("video.") {
        return match wish {
            Wish::Truth(false) => Ok(()),
            Wish::Words(words) if words.is_empty() => Ok(()),
            _ => Err(beyond(entry)),
        };
    }
    let narrower = match (entry.field, wish) {
        (Field::Flag(at), Wish::Truth(wanted)) => {
            if *wanted && !*(at.get)(ceiling) {
                return Err(beyond(entry));
            }
            let changed = *(at.get)(ceiling) != *wanted;
            *(at.get_mut)(draft) = *wanted;
            changed
        }
        (Field::Choice(at, default), Wish::Truth(wanted)) => {
            let allowed = (at.get)(ceiling).unwrap_or_else(|| by_default(default, ceiling));
            if *wanted && !allowed {
                return Err(beyond(entry));
            }
            *(at.get_mut)(draft) = Some(*wanted);
            allowed != *wanted
        }
        (Field::Sources(at), Wish::Words(words)) => {
            let most = (at.get)(ceiling);
            if !most.is_empty() && words.iter().any(|word| !most.contains(word)) {
                return Err(beyond(entry));
            }
            let changed = most != words;
            (at.get_mut)(draft).clone_from(words);
            changed
        }
        (Field::Words(at, _), Wish::Words(words)) => {
            let most = (at.get)(ceiling);
            if words.iter().any(|word| !most.contains(word)) {
                return Err(beyond(entry));
            }
            let changed = most != words;
            (at.get_mut)(draft).clone_from(words);
            changed
        }
        (Field::OneOf(at, _), Wish::Text(text)) => {
            let most = (at.get)(ceiling);
            let standard = most.is_empty() && text.eq_ignore_ascii_case("standard");
            if !standard && !most.eq_ignore_ascii_case(text) {
                return Err(beyond(entry));
            }
            false
        }
        (Field::Text(at) | Field::LongText(at), Wish::Text(text)) => {
            if (at.get)(ceiling) != text {
                return Err(beyond(entry));
            }
            false
        }
        _ => return Err(beyond(entry)),
    };
    if narrower && !policy.lets(Settable::Grants) {
        return Err(not_settable(entry.path));
    }
    // Without publishing, a list of sources is a contradiction, and not the request's.
    let video = &mut draft.grants.video;
    if video.can_publish == Some(false) && ceiling.grants.video.can_publish != Some(false) {
        video.can_publish_sources.clear();
    }
    Ok(())
}

/// What the server takes an unset choice for, under this ceiling.
fn by_default(default: ServerDefault, ceiling: &Draft) -> bool {
    match default {
        ServerDefault::Yes => true,
        ServerDefault::No => false,
        ServerDefault::FollowsCanPublish => ceiling.grants.video.can_publish.unwrap_or(true),
    }
}

/// A text that the ceiling may have set.
fn text(
    asked: &str,
    at: &mut String,
    field: &str,
    settable: Settable,
    policy: &Policy,
) -> Result<(), Refusal> {
    if asked.is_empty() || asked == *at {
        return Ok(());
    }
    if !at.is_empty() || !policy.lets(settable) {
        return Err(not_settable(field));
    }
    asked.clone_into(at);
    Ok(())
}

/// Pairs of which the ceiling may have set some.
fn pairs(
    asked: &Pairs,
    at: &mut Pairs,
    field: &str,
    settable: Settable,
    policy: &Policy,
) -> Result<(), Refusal> {
    for (key, value) in asked {
        match at.get(key) {
            Some(set) if set == value => {}
            None if policy.lets(settable) => {
                at.insert(key.clone(), value.clone());
            }
            None => return Err(not_settable(field)),
            Some(_) => {
                let sentence = format!("the key {} of {field} is set by this server", said(key));
                return Err(Refusal::new(Reason::Field, sentence));
            }
        }
    }
    Ok(())
}

/// The settings of the room that the join creates.
fn config(asked: &Asked, policy: &Policy, draft: &mut Draft) -> Result<(), Refusal> {
    if asked.config.is_empty() {
        return Ok(());
    }
    agents(&asked.config.agents, policy, draft)?;
    let wanted = Draft {
        grants: crate::claims::Grants { room_config: asked.config.clone(), ..Default::default() },
        ..Draft::default()
    };
    for entry in ENTRIES.iter().filter(|entry| entry.path.starts_with("roomConfig.") && entry.is_set(&wanted))
    {
        setting(entry, &wanted, policy, draft)?;
    }
    Ok(())
}

fn setting(entry: &Entry, wanted: &Draft, policy: &Policy, draft: &mut Draft) -> Result<(), Refusal> {
    let field = snake_case(entry.path);
    let allowed = |same: bool, free: bool, settable: Settable| {
        if same || (free && policy.lets(settable)) { Ok(()) } else { Err(not_settable(&field)) }
    };
    match entry.field {
        Field::Dispatches(_) => {}
        Field::Text(at) | Field::LongText(at) => {
            let (new, old) = ((at.get)(wanted), (at.get_mut)(draft));
            allowed(new == old, old.is_empty(), Settable::RoomConfig)?;
            new.clone_into(old);
        }
        Field::Count(at, _) => {
            let (new, old) = (*(at.get)(wanted), (at.get_mut)(draft));
            allowed(new == *old, *old == 0, Settable::RoomConfig)?;
            *old = new;
        }
        Field::Flag(at) => {
            let (new, old) = (*(at.get)(wanted), (at.get_mut)(draft));
            allowed(new == *old, !*old, Settable::RoomConfig)?;
            *old = new;
        }
        Field::Pairs(at) => {
            pairs((at.get)(wanted), (at.get_mut)(draft), &field, Settable::RoomConfig, policy)?;
        }
        Field::Json(at) => {
            let (new, old) = ((at.get)(wanted), (at.get_mut)(draft));
            allowed(new == old, old.is_none(), Settable::Egress)?;
            old.clone_from(new);
        }
        _ => return Err(not_settable(&field)),
    }
    Ok(())
}

/// Agents are added to those of the ceiling, which are dispatched in any case.
fn agents(asked: &[AgentDispatch], policy: &Policy, draft: &mut Draft) -> Result<(), Refusal> {
    let ours = &policy.ceiling.grants.room_config.agents;
    for wanted in asked {
        let mut wanted = wanted.clone();
        // Only what LiveKit defines is signed.
        wanted.unknown.clear();
        let known = ours.iter().find(|agent| agent.agent_name == wanted.agent_name);
        let bare = AgentDispatch { agent_name: wanted.agent_name.clone(), ..AgentDispatch::default() };
        if known.is_some_and(|agent| *agent == wanted || bare == wanted) {
            continue;
        }
        if !policy.lets(Settable::Agents) {
            return Err(not_settable("room_config.agents"));
        }
        let allowed = policy.agents.iter().any(|pattern| pattern.matches(&wanted.agent_name));
        if !allowed || known.is_some() {
            let sentence = format!("the agent {} is not allowed here", said(&wanted.agent_name));
            return Err(Refusal::new(Reason::Agent, sentence));
        }
        draft.grants.room_config.agents.push(wanted);
    }
    Ok(())
}
