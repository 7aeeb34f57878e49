//! A program for Rust's `livekit-api`, whose tokens are made by `livekit-token` 0.4.
//!
//! It has no `kindDetails`, `roomPreset`, `canSubscribeMetrics` and `canManageAgentSession`, and no way around.

use serde_json::{Map, Value};

use super::literal::Language;
use super::{Made, commented, left_out, object, refused, text, undefined, wire};
use crate::claims::Pairs;
use crate::claims::draft::Draft;
use crate::claims::grants::AgentDispatch;
use crate::claims::snake_case;
use crate::clock::Ttl;

const L: Language = Language::Rust;
const INDENT: &str = "        ";

/// Fields of the catalogue's `video` that the SDK has not.
const NOT_IN_VIDEO: [&str; 2] = ["canSubscribeMetrics", "canManageAgentSession"];

pub(super) fn program(draft: &Draft) -> Made {
    let grants = &draft.grants;
    let mut left = wire(draft);
    let mut lacks: Vec<String> = refused(draft, true).into_iter().collect();
    let mut missing: Vec<String> = ["kindDetails", "roomPreset", "agentDatabase"]
        .iter()
        .filter(|name| left.shift_remove(**name).is_some())
        .map(|n| (*n).into())
        .collect();
    let mut video = object(&mut left, "video");
    for name in NOT_IN_VIDEO {
        if video.shift_remove(name).is_some() {
            missing.push(format!("video.{name}"));
        }
    }
    let mut thread = object(&mut left, "agentThread");
    if thread.shift_remove("sql").is_some() {
        missing.push("agentThread.sql".into());
    }
    let inside_missing = |path: &String| path.starts_with("agentDatabase.");
    missing.extend(undefined(grants).into_iter().filter(|path| !inside_missing(path)));
    lacks.extend(left_out(&missing, "livekit-api has no setter"));

    let mut rust = Program::default();
    if !draft.identity.is_empty() {
        rust.call("with_identity", &L.text(&draft.identity));
    }
    if let Some(name) = text(&mut left, "name") {
        rust.call("with_name", &L.text(&name));
    }
    rust.call("with_ttl", &ttl(draft.ttl));
    for name in ["kind", "metadata", "sha256"] {
        if let Some(value) = text(&mut left, name) {
            rust.call(&format!("with_{name}"), &L.text(&value));
        }
    }
    if !grants.attributes.is_empty() {
        let pairs: Vec<String> = grants
            .attributes
            .iter()
            .map(|(key, value)| format!("({}, {})", L.text(key), L.text(value)))
            .collect();
        rust.call("with_attributes", &L.wrapped('[', &pairs, ']', INDENT));
    }
    for (class, method, mut fields, unknown) in [
        ("VideoGrants", "with_grants", video, &grants.video.unknown),
        ("SIPGrants", "with_sip_grants", object(&mut left, "sip"), &grants.sip.unknown),
        ("AgentGrants", "with_agent_grants", object(&mut left, "agent"), &grants.agent.unknown),
        (
            "AgentEndpointGrants",
            "with_agent_endpoint_grants",
            object(&mut left, "agentEndpoint"),
            &grants.agent_endpoint.unknown,
        ),
        ("AgentThreadGrants", "with_agent_thread_grants", thread, &grants.agent_thread.unknown),
    ] {
        fields.retain(|name, value| {
            !unknown.contains_key(name) && (class != "SIPGrants" || *value != Value::Bool(false))
        });
        if !fields.is_empty() {
            rust.token.push(class);
            rust.call(method, &grant(class, &fields));
        }
    }
    // These two are not to be built from their fields.
    if grants.inference.perform {
        rust.token.push("InferenceGrants");
        rust.call("with_inference_grants", "InferenceGrants::default().with_perform()");
    }
    if grants.observability.write {
        rust.token.push("ObservabilityGrants");
        rust.call("with_observability_grants", "ObservabilityGrants::default().with_write()");
    }
    let mut config = object(&mut left, "roomConfig");
    config.retain(|name, _| !grants.room_config.unknown.contains_key(name));
    let mut install = String::from("cargo add livekit-api --no-default-features --features access-token");
    if !config.is_empty() {
        install.push_str("; cargo add livekit-protocol");
        if config.contains_key("egress") {
            install.push_str(" serde_json");
        }
        rust.settings(&config, &grants.room_config.agents);
    }
    commented("//", &install, lacks, &rust.written(draft.ttl))
}

/// What is used, and the calls that make the token.
#[derive(Default)]
struct Program {
    /// From `livekit_api::access_token`, besides `AccessToken`.
    token: Vec<&'static str>,
    /// From `livekit_protocol`.
    protocol: Vec<&'static str>,
    calls: Vec<String>,
}

impl Program {
    fn call(&mut self, method: &str, argument: &str) {
        self.calls.push(format!("{INDENT}.{method}({argument})\n"));
    }

    fn settings(&mut self, config: &Map<String, Value>, agents: &[AgentDispatch]) {
        self.protocol.push("RoomConfiguration");
        if !agents.is_empty() {
            self.protocol.push("RoomAgentDispatch");
        }
        if agents.iter().any(|agent| agent.restart_policy == "JRP_NEVER") {
            self.protocol.push("JobRestartPolicy");
        }
        self.call("with_room_config", &room_config(config, agents));
    }

    fn written(mut self, lasting: Ttl) -> String {
        self.token.push("AccessToken");
        self.token.sort_unstable();
        self.protocol.sort_unstable();
        let times = match lasting {
            Ttl::For(_) => "Duration",
            Ttl::Until(_) => "{Duration, UNIX_EPOCH}",
        };
        let mut code =
            format!("use std::time::{times};\n\nuse livekit_api::access_token::{};\n", braced(&self.token));
        if !self.protocol.is_empty() {
            code.push_str(&format!("use livekit_protocol::{};\n", braced(&self.protocol)));
        }
        code.push_str(&format!(
            "\nfn main() -> Result<(), Box<dyn std::error::Error>> {{\n    \
             // Key and secret are read from LIVEKIT_API_KEY and LIVEKIT_API_SECRET.\n    \
             let token = AccessToken::new()?\n{}{INDENT}.to_jwt()?;\n    println!(\"{{token}}\");\n    Ok(())\n}}\n",
            self.calls.concat()
        ));
        code
    }
}

fn braced(names: &[&str]) -> String {
    match names {
        [one] => (*one).to_owned(),
        many => format!("{{{}}}", many.join(", ")),
    }
}

fn ttl(ttl: Ttl) -> String {
    match ttl {
        Ttl::For(seconds) => format!("Duration::from_secs({seconds})"),
        Ttl::Until(at) => {
            format!("Duration::from_secs({}).saturating_sub(UNIX_EPOCH.elapsed()?)", at.as_unix())
        }
    }
}

fn grant(class: &str, fields: &Map<String, Value>) -> String {
    // The wire's tri-states are the SDK's options.
    let choice = |name: &str| name.starts_with("can") && name != "canPublishSources";
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, value)| match value {
            Value::Bool(flag) if choice(name) => format!("{}: Some({flag})", snake_case(name)),
            value => format!("{}: {}", snake_case(name), plain(value)),
        })
        .collect();
    structure(class, fields, INDENT)
}

/// How many fields a struct has that may be given in full.
const FIELDS: [(&str, usize); 4] =
    [("SIPGrants", 2), ("AgentGrants", 4), ("AgentEndpointGrants", 3), ("AgentThreadGrants", 8)];

/// A struct from its fields and, unless that is all of them, its defaults: behind those there is no comma.
fn structure(class: &str, mut fields: Vec<String>, indent: &str) -> String {
    if !FIELDS.contains(&(class, fields.len())) {
        fields.push("..Default::default()".into());
    }
    let text = format!("{class} {}", L.wrapped('{', &fields, '}', indent));
    text.replace("..Default::default(),\n", "..Default::default()\n")
}

fn room_config(config: &Map<String, Value>, agents: &[AgentDispatch]) -> String {
    let inner = format!("{INDENT}    ");
    let mut fields = Vec::new();
    for (name, value) in config {
        let value = match (name.as_str(), value) {
            ("agents", _) => {
                let agents: Vec<String> =
                    agents.iter().map(|one| agent(one, &format!("{inner}    "))).collect();
                format!("vec!{}", L.wrapped('[', &agents, ']', &inner))
            }
            ("egress", egress) => format!("Some(serde_json::from_str({})?)", L.text(&egress.to_string())),
            ("tags", Value::Object(tags)) => {
                let tags: Pairs = tags
                    .iter()
                    .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
                    .collect();
                map(&tags, &inner)
            }
            (_, value) => plain(value),
        };
        fields.push(format!("{}: {value}", snake_case(name)));
    }
    structure("RoomConfiguration", fields, INDENT)
}

fn agent(agent: &AgentDispatch, indent: &str) -> String {
    let mut fields = Vec::new();
    for (name, value) in
        [("agent_name", &agent.agent_name), ("metadata", &agent.metadata), ("deployment", &agent.deployment)]
    {
        if !value.is_empty() {
            fields.push(format!("{name}: {}.into()", L.text(value)));
        }
    }
    if agent.restart_policy == "JRP_NEVER" {
        fields.push("restart_policy: JobRestartPolicy::JrpNever as i32".into());
    }
    if !agent.attributes.is_empty() {
        fields.push(format!("attributes: {}", map(&agent.attributes, &format!("{indent}    "))));
    }
    structure("RoomAgentDispatch", fields, indent)
}

fn map(pairs: &Pairs, indent: &str) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("({}.into(), {}.into())", L.text(key), L.text(value)))
        .collect();
    format!("{}.into()", L.wrapped('[', &pairs, ']', indent))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{}.into()", L.text(text)),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            format!("vec![{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}
