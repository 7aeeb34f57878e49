//! The grants, field for field as they are on the wire: protocol/auth/grants.go, and for [`RoomConfig`]
//! protocol/protobufs/livekit_room.proto. A field is its wire name in snake case; what it means is in
//! [`catalog`](super::catalog).
//!
//! A `bool` is for fields where absent and false are the same, an `Option<bool>` where they are three states.

use serde::Serialize;
use serde_json::Value;

use super::reader::{Fields, WrongType};
use super::{Pairs, Unknown};

/// Track sources as `canPublishSources` names them (protobufs/livekit_models.proto:216-222, lower case).
pub const SOURCES: [&str; 4] = ["camera", "microphone", "screen_share", "screen_share_audio"];

/// Kinds of participant, in the order of the protocol's enum (protobufs/livekit_models.proto:146-162).
pub const KINDS: [&str; 7] = ["standard", "ingress", "egress", "sip", "agent", "connector", "bridge"];

/// Finer kinds (protobufs/livekit_models.proto:163-171).
pub const KIND_DETAILS: [&str; 6] =
    ["cloud_agent", "forwarded", "connector_whatsapp", "connector_twilio", "bridge_rtsp", "simulation"];

/// When a dispatched agent's job is started again; the protocol's enum in order.
pub const RESTART_POLICIES: [&str; 2] = ["JRP_ON_FAILURE", "JRP_NEVER"];

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde's skip_serializing_if asks for"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde's skip_serializing_if asks for"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_default_policy(policy: &str) -> bool {
    policy.is_empty() || policy == RESTART_POLICIES[0]
}

/// The claims that are objects of grants, in the order in which they are written.
pub const OBJECTS: [&str; 8] =
    ["video", "sip", "agent", "agentEndpoint", "agentThread", "agentDatabase", "inference", "observability"];

macro_rules! emptiness {
    ($($name:ident),+) => {$(
        impl $name {
            /// Whether nothing is set, so that nothing is written.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                *self == Self::default()
            }
        }
    )+};
}
emptiness!(
    SipGrant,
    AgentGrant,
    AgentEndpointGrant,
    AgentThreadGrant,
    AgentDatabaseGrant,
    InferenceGrant,
    ObservabilityGrant,
    RoomConfig
);

/// `video`: rooms and media.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "every field is described by its row in catalog::ENTRIES")]
pub struct VideoGrant {
    #[serde(skip_serializing_if = "is_false")]
    pub room_create: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub room_list: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub room_record: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub room_admin: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub room_join: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub room: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub destination_room: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_publish: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub can_publish_sources: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_publish_data: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_subscribe: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_update_own_metadata: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_subscribe_metrics: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_manage_agent_session: Option<bool>,
    #[serde(skip_serializing_if = "is_false")]
    pub ingress_admin: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub hidden: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub recorder: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub agent: bool,
    /// Whether an empty `canPublishSources` was given. Servers take it for none given, and it is not written;
    /// but who gives one usually means something else.
    #[serde(skip)]
    pub empty_sources: bool,
    /// Fields that LiveKit does not define. Kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl VideoGrant {
    /// Whether nothing is set, so that nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self { empty_sources: self.empty_sources, ..Self::default() }
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self {
            empty_sources: fields.has_empty_list("canPublishSources"),
            room_create: fields.flag("roomCreate")?,
            room_list: fields.flag("roomList")?,
            room_record: fields.flag("roomRecord")?,
            room_admin: fields.flag("roomAdmin")?,
            room_join: fields.flag("roomJoin")?,
            room: fields.text("room")?,
            destination_room: fields.text("destinationRoom")?,
            can_publish: fields.choice("canPublish")?,
            can_publish_sources: fields.texts("canPublishSources")?,
            can_publish_data: fields.choice("canPublishData")?,
            can_subscribe: fields.choice("canSubscribe")?,
            can_update_own_metadata: fields.choice("canUpdateOwnMetadata")?,
            can_subscribe_metrics: fields.choice("canSubscribeMetrics")?,
            can_manage_agent_session: fields.choice("canManageAgentSession")?,
            ingress_admin: fields.flag("ingressAdmin")?,
            hidden: fields.flag("hidden")?,
            recorder: fields.flag("recorder")?,
            agent: fields.flag("agent")?,
            unknown: fields.rest(),
        })
    }
}

/// `sip`: telephony. Both members are written, or none: Rust's livekit-api 0.6.2 cannot read one alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "every field is described by its row in catalog::ENTRIES")]
pub struct SipGrant {
    pub admin: bool,
    pub call: bool,
    /// Fields that LiveKit does not define. Kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl SipGrant {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self { admin: fields.flag("admin")?, call: fields.flag("call")?, unknown: fields.rest() })
    }
}

/// `agent`: Cloud Agents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "every field is described by its row in catalog::ENTRIES")]
pub struct AgentGrant {
    #[serde(skip_serializing_if = "is_false")]
    pub admin: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub simulation_admin: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub database_admin: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub dispatch_admin: bool,
    /// Fields that LiveKit does not define. Kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl AgentGrant {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self {
            admin: fields.flag("admin")?,
            simulation_admin: fields.flag("simulationAdmin")?,
            database_admin: fields.flag("databaseAdmin")?,
            dispatch_admin: fields.flag("dispatchAdmin")?,
            unknown: fields.rest(),
        })
    }
}

/// `agentEndpoint`: calling an agent's endpoint. An empty name or deployment means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "every field is described by its row in catalog::ENTRIES")]
pub struct AgentEndpointGrant {
    #[serde(skip_serializing_if = "is_false")]
    pub call: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub agent_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub deployment: String,
    /// Fields that LiveKit does not define. Kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl AgentEndpointGrant {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self {
            call: fields.flag("call")?,
            agent_name: fields.text("agentName")?,
            deployment: fields.text("deployment")?,
            unknown: fields.rest(),
        })
    }
}

/// `agentThread`: an agent's threads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "every field is described by its row in catalog::ENTRIES")]
pub struct AgentThreadGrant {
    #[serde(skip_serializing_if = "is_false")]
    pub all: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thread_ids: Vec<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub list: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub create: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub write: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub read: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub delete: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub sql: bool,
    /// Fields that LiveKit does not define. Kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl AgentThreadGrant {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self {
            all: fields.flag("all")?,
            scope: fields.text("scope")?,
            thread_ids: fields.texts("threadIds")?,
            list: fields.flag("list")?,
            create: fields.flag("create")?,
            write: fields.flag("write")?,
            read: fields.flag("read")?,
            delete: fields.flag("delete")?,
            sql: fields.flag("sql")?,
            unknown: fields.rest(),
        })
    }
}

/// `agentDatabase`: agents' databases that belong to no thread. Reading, writing and deleting is of those named,
/// creating and listing of the project (protocol 1.54.1, auth/grants.go).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "every field is described by its row in catalog::ENTRIES")]
pub struct AgentDatabaseGrant {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub database_ids: Vec<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub read: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub write: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub delete: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub create: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub list: bool,
    /// Fields that LiveKit does not define. Kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl AgentDatabaseGrant {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self {
            database_ids: fields.texts("databaseIds")?,
            read: fields.flag("read")?,
            write: fields.flag("write")?,
            delete: fields.flag("delete")?,
            create: fields.flag("create")?,
            list: fields.flag("list")?,
            unknown: fields.rest(),
        })
    }
}

/// `inference`: LiveKit Inference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "every field is described by its row in catalog::ENTRIES")]
pub struct InferenceGrant {
    #[serde(skip_serializing_if = "is_false")]
    pub perform: bool,
    /// Fields that LiveKit does not define. Kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl InferenceGrant {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self { perform: fields.flag("perform")?, unknown: fields.rest() })
    }
}

/// `observability`: traces and logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "every field is described by its row in catalog::ENTRIES")]
pub struct ObservabilityGrant {
    #[serde(skip_serializing_if = "is_false")]
    pub write: bool,
    /// Fields that LiveKit does not define. Kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl ObservabilityGrant {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self { write: fields.flag("write")?, unknown: fields.rest() })
    }
}

/// `roomConfig`: LiveKit's `RoomConfiguration`, applied only when this join creates the room. Numbers are
/// `uint32`; zero is the server's default and is not written. `egress` is kept as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "every field is described by its row in catalog::ENTRIES")]
pub struct RoomConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub empty_timeout: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub departure_timeout: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub max_participants: u32,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub min_playout_delay: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub max_playout_delay: u32,
    #[serde(skip_serializing_if = "is_false")]
    pub sync_streams: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<AgentDispatch>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    pub tags: Pairs,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress: Option<Value>,
    /// Fields that LiveKit does not define. Kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl RoomConfig {
    /// Whether something is set that LiveKit defines, besides the agents.
    #[must_use]
    pub fn has_settings(&self) -> bool {
        let Self {
            name,
            empty_timeout,
            departure_timeout,
            max_participants,
            metadata,
            min_playout_delay,
            max_playout_delay,
            sync_streams,
            agents: _,
            tags,
            egress,
            unknown: _,
        } = self;
        let counts =
            [empty_timeout, departure_timeout, max_participants, min_playout_delay, max_playout_delay];
        let texts = !name.is_empty() || !metadata.is_empty();
        texts || counts.iter().any(|n| **n > 0) || *sync_streams || !tags.is_empty() || egress.is_some()
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self {
            name: fields.text("name")?,
            empty_timeout: fields.count("emptyTimeout")?,
            departure_timeout: fields.count("departureTimeout")?,
            max_participants: fields.count("maxParticipants")?,
            metadata: fields.text("metadata")?,
            min_playout_delay: fields.count("minPlayoutDelay")?,
            max_playout_delay: fields.count("maxPlayoutDelay")?,
            sync_streams: fields.flag("syncStreams")?,
            agents: fields.objects("agents", AgentDispatch::read)?,
            tags: fields.pairs("tags")?,
            egress: fields.json("egress")?,
            unknown: fields.rest(),
        })
    }
}

/// One row of `roomConfig.agents`: LiveKit's `RoomAgentDispatch`. An empty name dispatches every worker that
/// registered without one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentDispatch {
    /// The name that the agent's worker registered under.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub agent_name: String,
    /// Given to the job.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    /// One of [`RESTART_POLICIES`]; empty and the first are the default. Cloud only.
    #[serde(skip_serializing_if = "is_default_policy")]
    pub restart_policy: String,
    /// At most 64 bytes, no `_`, no white space (protocol/agent/environment.go:5-24).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub deployment: String,
    /// Given to the agent's participant.
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    pub attributes: Pairs,
    /// Fields that LiveKit does not define. Kept as they are.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl AgentDispatch {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, WrongType> {
        Ok(Self {
            agent_name: fields.text("agentName")?,
            metadata: fields.text("metadata")?,
            restart_policy: fields.named("restartPolicy", &RESTART_POLICIES)?,
            deployment: fields.text("deployment")?,
            attributes: fields.pairs("attributes")?,
            unknown: fields.rest(),
        })
    }
}
