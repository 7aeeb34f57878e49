//! The catalogue: one row for each claim and grant that a token can carry. The form, the help, `--set`,
//! `roomkey grants` and the problems' jump marks all read this table.

use serde_json::Value;

use super::Pairs;
use super::draft::Draft;
use super::grants::{AgentDispatch, SOURCES};
use crate::clock::Ttl;

mod rows;

pub use rows::ENTRIES;

/// A place in a draft, to read and to write.
pub struct Lens<T: 'static> {
    /// Reads.
    pub get: fn(&Draft) -> &T,
    /// Writes.
    pub get_mut: fn(&mut Draft) -> &mut T,
}

impl<T> Clone for Lens<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Lens<T> {}

/// What the server takes an unset choice for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerDefault {
    /// Allowed.
    Yes,
    /// Not allowed.
    No,
    /// Whatever `canPublish` comes to (protocol/auth/grants.go:355-360).
    FollowsCanPublish,
}

impl ServerDefault {
    /// `yes`, where there is no room for more.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::FollowsCanPublish => "as canPublish",
        }
    }

    /// `yes by default`, as the form shows it.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Self::Yes => "yes by default",
            Self::No => "no by default",
            Self::FollowsCanPublish => "as canPublish",
        }
    }
}

/// What a row holds, and where.
#[derive(Clone, Copy)]
pub enum Field {
    /// Absent and false are the same.
    Flag(Lens<bool>),
    /// Absent, true and false are three states.
    Choice(Lens<Option<bool>>, ServerDefault),
    /// Free text.
    Text(Lens<String>),
    /// Free text that is usually JSON and may have several lines.
    LongText(Lens<String>),
    /// A whole number; zero is the server's default. With its unit.
    Count(Lens<u32>, &'static str),
    /// Some of [`SOURCES`]; none is all.
    Sources(Lens<Vec<String>>),
    /// A list of texts; with the known ones, or none where anything goes.
    Words(Lens<Vec<String>>, &'static [&'static str]),
    /// One of some names, or empty.
    OneOf(Lens<String>, &'static [&'static str]),
    /// Text keys with text values.
    Pairs(Lens<Pairs>),
    /// Agents to dispatch.
    Dispatches(Lens<Vec<AgentDispatch>>),
    /// A JSON object, kept as it is.
    Json(Lens<Option<Value>>),
    /// How long the token lives.
    Lasting(Lens<Ttl>),
}

/// How much a row gives its holder, as a project's policy counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Power {
    /// It says something: a name, a text, a setting.
    None,
    /// It allows something that is the holder's own.
    Grant,
    /// Power over others in the room, or over the whole project.
    Admin,
}

/// Rows that stand together in the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Who, where and how long: always in view.
    Token,
    /// What the participant does in the room.
    InTheRoom,
    /// What others see of the participant.
    Participant,
    /// Power over others in the room.
    Moderate,
    /// Power over all rooms.
    Rooms,
    /// Egress and ingress.
    RecordAndIngest,
    /// SIP.
    Telephony,
    /// Agents in the room.
    Agents,
    /// Settings of the room that the join creates.
    RoomSettings,
    /// What only LiveKit Cloud heeds.
    Cloud,
    /// Tokens that sign a body.
    Webhook,
}

impl Group {
    /// Every group, in the order of the form.
    pub const ALL: [Self; 11] = [
        Self::Token,
        Self::InTheRoom,
        Self::Participant,
        Self::Moderate,
        Self::Rooms,
        Self::RecordAndIngest,
        Self::Telephony,
        Self::Agents,
        Self::RoomSettings,
        Self::Cloud,
        Self::Webhook,
    ];

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Token => "Token",
            Self::InTheRoom => "In the room",
            Self::Participant => "About the participant",
            Self::Moderate => "Moderate",
            Self::Rooms => "Rooms",
            Self::RecordAndIngest => "Record and ingest",
            Self::Telephony => "Telephony",
            Self::Agents => "Agents",
            Self::RoomSettings => "Room settings",
            Self::Cloud => "Cloud",
            Self::Webhook => "Webhook",
        }
    }

    /// Its rows.
    pub fn entries(self) -> impl Iterator<Item = &'static Entry> {
        ENTRIES.iter().filter(move |entry| entry.group == self)
    }
}

/// One claim or grant.
pub struct Entry {
    /// Its place in the payload: `video.canPublish`. Unique.
    pub path: &'static str,
    /// What the form calls it: the wire name, or for the four rows everybody fills in a word.
    pub label: &'static str,
    /// Where it stands.
    pub group: Group,
    /// What it does, in a few words without a full stop.
    pub summary: &'static str,
    /// What one has to know about it: sentences, with the server's own behaviour.
    pub detail: &'static str,
    /// What it holds.
    pub field: Field,
    /// How much it gives.
    pub power: Power,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entry({})", self.path)
    }
}

/// The row of this path.
#[must_use]
pub fn entry(path: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.path == path)
}

/// The row that a path was probably meant to name.
#[must_use]
pub fn nearest(path: &str) -> Option<&'static str> {
    let paths = || ENTRIES.iter().map(|entry| entry.path);
    if let Some(folded) = paths().find(|p| p.eq_ignore_ascii_case(path)) {
        return Some(folded);
    }
    let last = path.rsplit('.').next().unwrap_or(path);
    let by_last = |p: &&str| p.rsplit('.').next().is_some_and(|l| l.eq_ignore_ascii_case(last));
    paths().find(by_last).or_else(|| crate::text::did_you_mean(path, paths())).or_else(|| {
        let lasts = paths().map(|p| p.rsplit('.').next().unwrap_or(p));
        let near = crate::text::did_you_mean(last, lasts)?;
        paths().find(|p| p.rsplit('.').next() == Some(near))
    })
}

impl Entry {
    /// Whether the draft says anything here. The lifetime always does.
    #[must_use]
    pub fn is_set(&self, draft: &Draft) -> bool {
        match self.field {
            Field::Flag(at) => *(at.get)(draft),
            Field::Choice(at, _) => (at.get)(draft).is_some(),
            Field::Text(at) | Field::LongText(at) | Field::OneOf(at, _) => !(at.get)(draft).is_empty(),
            Field::Count(at, _) => *(at.get)(draft) != 0,
            Field::Sources(at) | Field::Words(at, _) => !(at.get)(draft).is_empty(),
            Field::Pairs(at) => !(at.get)(draft).is_empty(),
            Field::Dispatches(at) => !(at.get)(draft).is_empty(),
            Field::Json(at) => (at.get)(draft).is_some(),
            Field::Lasting(_) => true,
        }
    }

    /// Takes back whatever the draft says here; the lifetime becomes [`Ttl::DEFAULT`].
    pub fn unset(&self, draft: &mut Draft) {
        match self.field {
            Field::Flag(at) => *(at.get_mut)(draft) = false,
            Field::Choice(at, _) => *(at.get_mut)(draft) = None,
            Field::Text(at) | Field::LongText(at) | Field::OneOf(at, _) => (at.get_mut)(draft).clear(),
            Field::Count(at, _) => *(at.get_mut)(draft) = 0,
            Field::Sources(at) => {
                (at.get_mut)(draft).clear();
                draft.grants.video.empty_sources = false;
            }
            Field::Words(at, _) => (at.get_mut)(draft).clear(),
            Field::Pairs(at) => (at.get_mut)(draft).clear(),
            Field::Dispatches(at) => (at.get_mut)(draft).clear(),
            Field::Json(at) => *(at.get_mut)(draft) = None,
            Field::Lasting(at) => *(at.get_mut)(draft) = Ttl::DEFAULT,
        }
    }

    /// The next state of a flag (off, on), a choice (unset, on, off) or a name out of few; `false` for rows that
    /// have no next state.
    pub fn cycle(&self, draft: &mut Draft) -> bool {
        match self.field {
            Field::Flag(at) => {
                let flag = (at.get_mut)(draft);
                *flag = !*flag;
            }
            Field::Choice(at, _) => {
                let choice = (at.get_mut)(draft);
                *choice = match *choice {
                    None => Some(true),
                    Some(true) => Some(false),
                    Some(false) => None,
                };
            }
            Field::OneOf(at, names) => {
                let text = (at.get_mut)(draft);
                let next = match names.iter().position(|name| name == text) {
                    None => names.first().copied(),
                    Some(i) => names.get(i + 1).copied(),
                };
                next.unwrap_or_default().clone_into(text);
            }
            _ => return false,
        }
        true
    }

    /// Summary and detail as running text.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut chars = self.summary.chars();
        let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}. {}", chars.as_str(), self.detail)
    }

    /// What kind of value it takes, for errors and for the reference: `true, false or unset`.
    #[must_use]
    pub fn takes(&self) -> String {
        match self.field {
            Field::Flag(_) => "true or false".into(),
            Field::Choice(..) => "true, false or unset".into(),
            Field::Text(_) | Field::LongText(_) => "text".into(),
            Field::Count(_, unit) => format!("a whole number of {unit}"),
            Field::Sources(_) => format!("some of {}", SOURCES.join(", ")),
            Field::Words(_, []) => "texts, separated by commas".into(),
            Field::Words(_, known) => format!("some of {}", known.join(", ")),
            Field::OneOf(_, names) => format!("one of {}", names.join(", ")),
            Field::Pairs(_) => "key=value pairs, or a JSON object of texts".into(),
            Field::Dispatches(_) => "agent names, separated by commas, or a JSON list".into(),
            Field::Json(_) => "a JSON object".into(),
            Field::Lasting(_) => "90m, 1h30m, 2 days or until 18:00".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::claims::Grants;
    use crate::claims::grants::*;
    use crate::clock::Timestamp;
    use crate::project::ApiKey;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    /// Another value than any that the row has, written into the draft.
    fn change(entry: &Entry, draft: &mut Draft) {
        match entry.field {
            Field::Flag(at) => *(at.get_mut)(draft) = !*(at.get)(draft),
            Field::Choice(at, _) => *(at.get_mut)(draft) = Some((at.get)(draft) != &Some(true)),
            Field::Text(at) | Field::LongText(at) => (at.get_mut)(draft).push_str("changed"),
            Field::OneOf(at, names) => *(at.get_mut)(draft) = names[1].into(),
            Field::Count(at, _) => *(at.get_mut)(draft) += 7,
            Field::Sources(at) => *(at.get_mut)(draft) = vec!["camera".into()],
            Field::Words(at, _) => (at.get_mut)(draft).push("forwarded".into()),
            Field::Pairs(at) => drop((at.get_mut)(draft).insert("k".into(), "v".into())),
            Field::Dispatches(at) => {
                (at.get_mut)(draft)
                    .push(AgentDispatch { agent_name: "a".into(), ..AgentDispatch::default() });
            }
            Field::Json(at) => *(at.get_mut)(draft) = Some(serde_json::json!({"room": {"layout": "grid"}})),
            Field::Lasting(at) => *(at.get_mut)(draft) = Ttl::For(60),
        }
    }

    fn leaves(prefix: &str, value: &Value, into: &mut BTreeSet<(String, String)>) {
        match value {
            Value::Object(map) if entry(prefix).is_none() => {
                for (key, value) in map {
                    let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                    leaves(&path, value, into);
                }
            }
            leaf => drop(into.insert((prefix.to_owned(), leaf.to_string()))),
        }
    }

    fn payload(draft: &Draft) -> BTreeSet<(String, String)> {
        let claims = draft.claims(&ApiKey::dev(), NOW);
        let mut out = BTreeSet::new();
        leaves("", &Value::Object(claims.to_json()), &mut out);
        out
    }

    /// A draft in which every row is set, so that no object appears or vanishes with the row under test.
    fn full() -> Draft {
        let mut draft = Draft::default();
        for entry in ENTRIES {
            change(entry, &mut draft);
        }
        draft
    }

    #[test]
    fn setting_an_entry_changes_the_preview_at_its_own_path_and_nowhere_else() {
        for entry in ENTRIES {
            for start in [Draft::default(), full()] {
                let mut draft = start.clone();
                change(entry, &mut draft);
                if draft == start {
                    entry.unset(&mut draft);
                }
                let (before, after) = (payload(&start), payload(&draft));
                let differing: BTreeSet<&str> = before
                    .symmetric_difference(&after)
                    .map(|(path, _)| path.as_str())
                    // The two members of sip are written together.
                    .filter(|path| *path == entry.path || !path.starts_with("sip."))
                    .collect();
                assert_eq!(differing.into_iter().collect::<Vec<_>>(), [entry.path]);
            }
        }
    }

    #[test]
    fn unsetting_every_entry_leaves_an_empty_draft() {
        let mut draft = full();
        for entry in ENTRIES {
            entry.unset(&mut draft);
        }
        assert_eq!(draft, Draft::default());
    }

    #[test]
    fn every_row_is_told_apart_and_explained() {
        let mut seen = BTreeSet::new();
        for entry in ENTRIES {
            assert!(seen.insert(entry.path), "{} twice", entry.path);
            assert!(!entry.summary.is_empty() && !entry.summary.ends_with('.'), "{}", entry.path);
            assert!(entry.summary.len() <= 60, "{} is {} long", entry.path, entry.summary.len());
            assert!(entry.detail.ends_with(['.', ')']), "{}", entry.path);
            assert!(entry.label.len() <= 22, "{}", entry.path);
        }
        for group in Group::ALL {
            assert!(group.entries().next().is_some(), "{group:?} is empty");
        }
    }

    #[test]
    fn rows_of_a_group_stand_together() {
        let groups: Vec<Group> = ENTRIES.iter().map(|e| e.group).collect();
        assert!(groups.is_sorted());
    }

    /// Destructures without `..`: a new field of the struct stops this from compiling until it is listed here,
    /// and then fails until it has a row.
    macro_rules! every_field_has_a_row {
        ($prefix:literal, $name:ident { $($field:ident),+ } but $($other:ident),*) => {{
            let $name { $($field: _,)+ $($other: _),* } = $name::default();
            for field in [$(stringify!($field)),+] {
                let mut camel = String::new();
                for part in field.split('_') {
                    match camel.is_empty() {
                        true => camel.push_str(part),
                        false => {
                            camel.push_str(&part[..1].to_uppercase());
                            camel.push_str(&part[1..]);
                        }
                    }
                }
                let path = format!("{}{camel}", $prefix);
                assert!(entry(&path).is_some(), "no row for {path}");
            }
        }};
    }

    #[test]
    fn every_field_of_every_grant_has_a_row() {
        every_field_has_a_row!("", Grants { name, kind, kind_details, metadata, attributes, room_preset, sha256 }
            but video, sip, agent, agent_endpoint, agent_thread, agent_database, inference, observability, room_config, unknown);
        every_field_has_a_row!("video.", VideoGrant { room_create, room_list, room_record, room_admin, room_join,
            room, destination_room, can_publish, can_publish_sources, can_publish_data, can_subscribe,
            can_update_own_metadata, can_subscribe_metrics, can_manage_agent_session, ingress_admin, hidden,
            recorder, agent } but empty_sources, unknown);
        every_field_has_a_row!("sip.", SipGrant { admin, call } but unknown);
        every_field_has_a_row!("agent.", AgentGrant { admin, simulation_admin, database_admin, dispatch_admin }
            but unknown);
        every_field_has_a_row!("agentEndpoint.", AgentEndpointGrant { call, agent_name, deployment } but unknown);
        every_field_has_a_row!("agentThread.", AgentThreadGrant { all, scope, thread_ids, list, create, write,
            read, delete, sql } but unknown);
        every_field_has_a_row!("agentDatabase.", AgentDatabaseGrant { database_ids, read, write, delete, create,
            list } but unknown);
        every_field_has_a_row!("inference.", InferenceGrant { perform } but unknown);
        every_field_has_a_row!("observability.", ObservabilityGrant { write } but unknown);
        every_field_has_a_row!("roomConfig.", RoomConfig { name, empty_timeout, departure_timeout,
            max_participants, metadata, min_playout_delay, max_playout_delay, sync_streams, agents, tags, egress }
            but unknown);
    }

    #[test]
    fn cycling_comes_back_to_where_it_began() {
        for entry in ENTRIES {
            let mut draft = Draft::default();
            if !entry.cycle(&mut draft) {
                assert_eq!(draft, Draft::default());
                continue;
            }
            assert!(entry.is_set(&draft), "{}", entry.path);
            for _ in 0..16 {
                if draft == Draft::default() {
                    break;
                }
                entry.cycle(&mut draft);
            }
            assert_eq!(draft, Draft::default(), "{}", entry.path);
        }
    }

    #[test]
    fn a_slip_in_a_path_finds_the_row_that_was_meant() {
        for (typed, meant) in [
            ("canPublish", "video.canPublish"),
            ("video.can_publish", "video.canPublish"),
            ("video.roomName", "video.room"),
            ("VIDEO.CANPUBLISH", "video.canPublish"),
            ("sip.cal", "sip.call"),
            ("roomConfig.maxParticipant", "roomConfig.maxParticipants"),
        ] {
            assert_eq!(nearest(typed), Some(meant), "{typed}");
        }
        assert_eq!(nearest("zebra.crossing"), None);
    }

    #[test]
    fn the_lists_of_known_names_are_what_the_rows_offer() {
        assert!(matches!(entry("kind").unwrap().field, Field::OneOf(_, names) if names == KINDS));
        assert!(
            matches!(entry("kindDetails").unwrap().field, Field::Words(_, names) if names == KIND_DETAILS)
        );
    }
}
