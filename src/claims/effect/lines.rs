//! The plain-English lines: what a token can, in words that need no manual.

use super::{Line, can_publish, is_dependent, join, kind, may_publish};
use crate::claims::Claims;
use crate::claims::grants::{AgentDatabaseGrant, AgentDispatch, SOURCES, VideoGrant};
use crate::clock::{Timestamp, Zone};
use crate::text::{beginning, listed};

const SWITCHED_OFF: &str = "switched off";
const OFF_BY_DEFAULT: &str = "off by default";

/// Seconds by which servers let a clock be wrong.
const LEEWAY: i64 = 60;

/// Texts of tokens longer than this are cut in a line.
const LONGEST_SHOWN: usize = 40;

pub(super) fn of(claims: &Claims, now: Timestamp, zone: &Zone) -> Vec<Line> {
    let mut out = Lines(Vec::new());
    if claims.grants.video.room_join {
        out.0.push(joining(claims, now, zone));
        out.media(&claims.grants.video);
        out.presence(claims);
    }
    out.rooms(&claims.grants.video);
    out.telephony(claims);
    if claims.grants.video.room_join {
        out.set_up(claims);
    }
    out.cloud(claims);
    out.may(!claims.grants.sha256.is_empty(), || "vouch for a body, as webhooks do (sha256)".into());
    if out.0.iter().any(|line| line.allowed)
        || claims.grants.video.room_join
        || claims.grants.video.room_admin
    {
        return out.0;
    }
    vec![Line { allowed: false, text: "nothing".into(), reason: "no grant is set" }]
}

pub(super) fn joining(claims: &Claims, now: Timestamp, zone: &Zone) -> Line {
    let room = &claims.grants.video.room;
    let identity = claims.effective_identity();
    let mut text = if room.is_empty() { "join a room".to_owned() } else { format!("join {}", quoted(room)) };
    if !identity.is_empty() {
        text.push_str(" as ");
        text.push_str(&shown(identity));
    }
    let refusal = match join(claims).text {
        "success" => None,
        _ if identity.is_empty() => Some("no identity"),
        _ if identity.len() > super::LONGEST_NAME => Some("identity over 256 bytes"),
        _ if room.is_empty() => Some("no room"),
        _ => Some("room over 256 bytes"),
    };
    let refusal = refusal.or(match (claims.not_before, claims.expires_at) {
        (_, None) => Some("it has no exp"),
        (_, Some(end)) if end.plus(LEEWAY) <= now => Some("expired"),
        (Some(start), _) if start.plus(-LEEWAY) > now => Some("not valid yet"),
        _ => None,
    });
    if let (None, Some(end)) = (refusal, claims.expires_at) {
        text.push_str(", until ");
        text.push_str(&zone.said(end, now));
    }
    Line { allowed: refusal.is_none(), text, reason: refusal.unwrap_or("") }
}

/// `alice-7f3a`: printable, and cut where it would fill the line.
fn shown(text: &str) -> String {
    beginning(text, LONGEST_SHOWN)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text))
}

struct Lines(Vec<Line>);

impl Lines {
    fn may(&mut self, granted: bool, text: impl FnOnce() -> String) {
        if granted {
            self.0.push(Line { allowed: true, text: text(), reason: "" });
        }
    }

    fn choice(&mut self, allowed: bool, text: &str, why_not: &'static str) {
        self.0.push(Line { allowed, text: text.to_owned(), reason: if allowed { "" } else { why_not } });
    }

    /// What it may send and receive.
    fn media(&mut self, video: &VideoGrant) {
        const SAID: [&str; SOURCES.len()] = ["camera", "microphone", "screen", "screen audio"];
        let open: Vec<&str> = SOURCES
            .into_iter()
            .zip(SAID)
            .filter(|(source, _)| may_publish(video, source))
            .map(|(_, said)| said)
            .collect();
        let text = match open.len() {
            0 => "publish audio or video".to_owned(),
            4 => format!("publish {}", SAID.join(", ")),
            _ => format!("publish {} only", listed(&open, "and")),
        };
        let why_not = match video.can_publish {
            Some(false) if video.can_publish_sources.is_empty() => SWITCHED_OFF,
            Some(false) => "canPublish is off; sources do not undo it",
            _ => "no source by its right name",
        };
        self.choice(!open.is_empty(), &text, why_not);
        self.choice(video.can_subscribe.unwrap_or(true), "hear and see the others", SWITCHED_OFF);
        let why_not = if video.can_publish_data.is_some() { SWITCHED_OFF } else { "follows canPublish" };
        self.choice(video.can_publish_data.unwrap_or_else(|| can_publish(video)), "send data", why_not);
        let why_not = if video.can_update_own_metadata.is_some() { SWITCHED_OFF } else { OFF_BY_DEFAULT };
        let own = video.can_update_own_metadata.unwrap_or(false);
        self.choice(own, "change its own name or metadata", why_not);
        self.may(video.can_subscribe_metrics == Some(true), || "receive the others' metrics".into());
        self.may(video.can_manage_agent_session == Some(true), || "control an agent session".into());
    }

    /// How the others see it.
    fn presence(&mut self, claims: &Claims) {
        let video = &claims.grants.video;
        let kind = kind(claims);
        self.may(video.hidden, || "join unseen (hidden)".into());
        let recorder = video.recorder || kind == "EGRESS";
        self.may(recorder, || "get every track, shown as recording".into());
        self.may(is_dependent(claims), || {
            let what = if recorder { "a recorder" } else { "an agent" };
            format!("count as {what}, not as a participant")
        });
        self.may(!matches!(kind, "STANDARD" | "EGRESS" | "AGENT"), || {
            format!("appear as kind {}", kind.to_ascii_lowercase())
        });
    }

    /// What it may do to rooms from outside.
    fn rooms(&mut self, video: &VideoGrant) {
        let room = quoted(&video.room);
        let moderates = video.room_admin && !video.room.is_empty();
        self.may(moderates, || format!("moderate {room}: remove, mute, update participants"));
        self.may(moderates && !video.destination_room.is_empty(), || {
            format!("move participants to {} (Cloud)", quoted(&video.destination_room))
        });
        if video.room_admin && !moderates {
            self.choice(false, "moderate a room", "no room");
        }
        self.may(video.room_record, || "record any room".into());
        self.may(video.room_list, || "list all rooms".into());
        self.may(video.room_create, || "create and delete any room".into());
        self.may(video.ingress_admin, || "manage ingress".into());
        self.may(video.agent, || "register as an agent worker".into());
        let withheld: Vec<&str> = [
            (video.room_admin, "moderate"),
            (video.room_record, "record"),
            (video.room_list, "list"),
            (video.room_create, "create"),
        ]
        .into_iter()
        .filter_map(|(granted, word)| (!granted).then_some(word))
        .collect();
        if !withheld.is_empty() {
            self.choice(false, &format!("{} rooms", listed(&withheld, "or")), "");
        }
    }

    fn telephony(&mut self, claims: &Claims) {
        let (video, sip) = (&claims.grants.video, &claims.grants.sip);
        self.may(sip.call, || "place phone calls (SIP)".into());
        self.may(sip.call && video.room_admin && !video.room.is_empty(), || {
            format!("transfer phone calls in {}", quoted(&video.room))
        });
        self.may(sip.admin, || "manage SIP trunks and dispatch rules".into());
    }

    /// What its join brings about if it is the one that creates the room.
    fn set_up(&mut self, claims: &Claims) {
        let config = &claims.grants.room_config;
        let mut names = config.agents.iter().map(|a| a.agent_name.as_str()).filter(|name| !name.is_empty());
        let named: Vec<String> = names.by_ref().take(4).map(shown).collect();
        match (named.as_slice(), names.count()) {
            ([], _) => {}
            ([one], _) => self.may(true, || format!("start agent {one} in a new room")),
            (some, 0) => self.may(true, || format!("start agents {} in a new room", some.join(", "))),
            (some, more) => {
                self.may(true, || format!("start agents {} and {more} more in a new room", some.join(", ")));
            }
        }
        let unnamed = |agent: &AgentDispatch| agent.agent_name.is_empty();
        self.may(config.agents.iter().any(unnamed), || "start every unnamed agent in a new room".into());
        self.may(config.has_settings() || !claims.grants.room_preset.is_empty(), || {
            "choose the settings of a new room".into()
        });
    }

    /// What a server of one's own never asks for.
    fn cloud(&mut self, claims: &Claims) {
        let grants = &claims.grants;
        for (granted, what) in [
            (grants.agent.admin, "manage agents"),
            (grants.agent.simulation_admin, "run agent simulations"),
            (grants.agent.database_admin, "use the agents' databases"),
            (grants.agent.dispatch_admin, "dispatch agents"),
        ] {
            self.may(granted, || format!("{what} (Cloud)"));
        }
        self.may(grants.agent_endpoint.call, || match grants.agent_endpoint.agent_name.as_str() {
            "" => "call any agent's endpoint (Cloud)".into(),
            name => format!("call the endpoint of agent {} (Cloud)", shown(name)),
        });
        let thread = &grants.agent_thread;
        let verbs = granted(&[
            (thread.list, "list"),
            (thread.create, "create"),
            (thread.write, "write"),
            (thread.read, "read"),
            (thread.delete, "delete"),
            (thread.sql, "query"),
        ]);
        self.may(!verbs.is_empty(), || {
            let which = if thread.all { "all agent threads" } else { "agent threads" };
            format!("{} {which} (Cloud)", listed(&verbs, "and"))
        });
        self.databases(&grants.agent_database);
        self.may(grants.inference.perform, || "use LiveKit Inference (Cloud)".into());
        self.may(grants.observability.write, || "send traces and logs (Cloud)".into());
    }

    /// Databases are the named ones, or those of the project.
    fn databases(&mut self, database: &AgentDatabaseGrant) {
        let all = granted(&[(database.create, "create"), (database.list, "list")]);
        self.may(!all.is_empty(), || format!("{} agent databases (Cloud)", listed(&all, "and")));
        let named =
            granted(&[(database.write, "write"), (database.read, "read"), (database.delete, "delete")]);
        let which = || match &database.database_ids[..] {
            [one] => format!("agent database {}", shown(one)),
            several => format!("{} agent databases", several.len()),
        };
        self.may(!named.is_empty() && !database.database_ids.is_empty(), || {
            format!("{} {} (Cloud)", listed(&named, "and"), which())
        });
    }
}

fn granted(verbs: &[(bool, &'static str)]) -> Vec<&'static str> {
    verbs.iter().filter_map(|(granted, verb)| granted.then_some(*verb)).collect()
}
