//! What a token says about the participant: metadata, attributes, kind.

use serde::de::IgnoredAny;

use super::{Report, Subject, quoted, some_of};
use crate::claims::grants::{KIND_DETAILS, KINDS};
use crate::claims::placeholders;
use crate::text::{did_you_mean, listed};

/// Of metadata, in bytes (server/pkg/config/config.go:556-567).
const MOST_METADATA: usize = 512 * 1024;
/// Of the keys and values of the attributes together, in bytes.
const MOST_ATTRIBUTES: usize = 64 * 1024;
/// Where proxies begin to refuse: nginx takes 8 KiB for the whole line of a request.
pub(super) const BIG_TOKEN: usize = 4 * 1024;

pub(super) fn metadata_big(subject: &Subject<'_>, report: &mut Report<'_>) {
    let bytes = subject.grants().metadata.len();
    if subject.joins() && bytes > MOST_METADATA {
        report.say("metadata", format!("metadata is {bytes} bytes; servers allow {MOST_METADATA}"));
    }
}

pub(super) fn attributes_big(subject: &Subject<'_>, report: &mut Report<'_>) {
    let bytes: usize = subject.grants().attributes.iter().map(|(key, value)| key.len() + value.len()).sum();
    if subject.joins() && bytes > MOST_ATTRIBUTES {
        report.say("attributes", format!("attributes are {bytes} bytes; servers allow {MOST_ATTRIBUTES}"));
    }
}

pub(super) fn token_big(subject: &Subject<'_>, report: &mut Report<'_>) {
    let bytes = subject.claims.signed_len();
    if bytes <= BIG_TOKEN {
        return;
    }
    let grants = subject.grants();
    let config = &grants.room_config;
    let largest = [
        ("metadata", grants.metadata.len()),
        ("attributes", grants.attributes.iter().map(|(key, value)| key.len() + value.len()).sum()),
        ("roomConfig.metadata", config.metadata.len()),
        ("roomConfig.agents", config.agents.iter().map(|agent| agent.metadata.len()).sum()),
    ];
    let path = largest.into_iter().filter(|(_, size)| *size > 0).max_by_key(|(_, size)| *size);
    let most =
        if bytes > 2 * BIG_TOKEN { "over 8192 most proxies refuse it" } else { "some proxies refuse it" };
    report.say(path.map(|(path, _)| path), format!("the token is {bytes} bytes; {most} in a URL"));
}

pub(super) fn metadata_not_json(subject: &Subject<'_>, report: &mut Report<'_>) {
    let metadata = &subject.grants().metadata;
    if !metadata.is_empty() && serde_json::from_str::<IgnoredAny>(metadata).is_err() {
        report.say("metadata", format!("metadata {} is not JSON", quoted(metadata)));
    }
}

/// Where a placeholder would have been filled in.
pub(super) fn placeholder_unknown(subject: &Subject<'_>, report: &mut Report<'_>) {
    let grants = subject.grants();
    let config = &grants.room_config;
    let agents =
        config.agents.iter().flat_map(|agent| [&agent.agent_name, &agent.metadata, &agent.deployment]);
    let texts = [
        ("sub", "identity", &subject.claims.identity),
        ("video.room", "room", &grants.video.room),
        ("name", "name", &grants.name),
        ("metadata", "metadata", &grants.metadata),
        ("roomPreset", "roomPreset", &grants.room_preset),
        ("roomConfig.metadata", "roomConfig.metadata", &config.metadata),
    ]
    .into_iter()
    .chain(grants.attributes.values().map(|text| ("attributes", "attributes", text)))
    .chain(agents.map(|text| ("roomConfig.agents", "roomConfig.agents", text)));
    let mut last = "";
    for (path, called, text) in texts {
        // One of a kind is enough: whoever looks there sees the others.
        if path != last
            && let Some(word) = placeholders::unknown(text)
        {
            last = path;
            let known = placeholders::ALL.map(|(name, _)| name);
            let bare = known.map(|name| name.trim_matches(['{', '}']));
            let meant = match did_you_mean(word.trim_matches(['{', '}']), bare) {
                Some(meant) => format!("did you mean {{{meant}}}?"),
                None => format!("there are {}", listed(&known, "and")),
            };
            report.say(path, format!("{called} has {word}, which is no placeholder: {meant}"));
        }
    }
}

pub(super) fn attr_empty(subject: &Subject<'_>, report: &mut Report<'_>) {
    let attributes = subject.grants().attributes.iter();
    let empty = attributes.filter(|(_, value)| value.is_empty()).map(|(key, _)| key.as_str());
    if let Some(list) = some_of(empty) {
        report.say("attributes", format!("attributes without a value: {list}"));
    }
}

pub(super) fn attr_reserved(subject: &Subject<'_>, report: &mut Report<'_>) {
    let keys = subject.grants().attributes.keys().map(String::as_str);
    let reserved = keys.filter(|key| ["sip.", "ingress.", "lk."].iter().any(|own| key.starts_with(own)));
    if let Some(list) = some_of(reserved) {
        report.say("attributes", format!("attributes that LiveKit sets itself: {list}"));
    }
}

/// Told only where the draft itself gives metadata or attributes: there a client is likely to have some too.
/// On every other join token it would be one line too many.
pub(super) fn update_own(subject: &Subject<'_>, report: &mut Report<'_>) {
    let grants = subject.grants();
    let about_itself = !grants.metadata.is_empty() || !grants.attributes.is_empty();
    if subject.joins() && about_itself && subject.video().can_update_own_metadata.is_none() {
        report.say(
            "video.canUpdateOwnMetadata",
            "canUpdateOwnMetadata is unset, so the participant cannot change its metadata or attributes",
        );
    }
}

pub(super) fn recorder(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.video().recorder {
        report.say("video.recorder", "joins as a recorder: recorder is set");
    } else if subject.is_kind("egress") {
        report.say("kind", "joins as a recorder: kind is egress");
    }
}

/// A worker's own token does not join and is as it should be.
pub(super) fn agent_flag(subject: &Subject<'_>, report: &mut Report<'_>) {
    if !subject.joins() {
        return;
    }
    if subject.video().agent {
        report.say("video.agent", "joins as an agent: agent is set");
    } else if subject.is_kind("agent") {
        report.say("kind", "joins as an agent: kind is agent");
    }
}

pub(super) fn kind_mismatch(subject: &Subject<'_>, report: &mut Report<'_>) {
    let video = subject.video();
    if subject.is_kind("agent") {
        if !video.agent {
            report.say("video.agent", "kind is agent, but agent is not set");
        }
    } else if video.agent && video.room_join {
        report.say("kind", "agent is set, but kind is not agent");
    }
    for kind in ["sip", "ingress", "egress"] {
        if subject.is_kind(kind) {
            report.say("kind", format!("kind {kind} is what LiveKit's own service sets"));
        }
    }
}

pub(super) fn kind_unknown(subject: &Subject<'_>, report: &mut Report<'_>) {
    let grants = subject.grants();
    if !grants.kind.is_empty()
        && let Some((kind, meant)) = unknown(&grants.kind, &KINDS)
    {
        report.say("kind", format!("kind {kind} is unknown: it counts as standard{meant}"));
    }
    if let Some((detail, meant)) = grants.kind_details.iter().find_map(|text| unknown(text, &KIND_DETAILS)) {
        report.say("kindDetails", format!("kindDetails {detail} is unknown: the server drops it{meant}"));
    }
}

/// A name that is none of the known ones in any case, in quotes, and a suggestion to append.
fn unknown(text: &str, known: &[&str]) -> Option<(String, String)> {
    if known.iter().any(|name| name.eq_ignore_ascii_case(text)) {
        return None;
    }
    let meant = did_you_mean(text, known.iter().copied());
    Some((quoted(text), meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"))))
}
