//! A program for Python's `livekit-api`.
//!
//! What it has no setter for goes into the payload through a subclass of its `Claims`, whose `asdict` is what the
//! SDK signs. Its tri-states `can_publish`, `can_subscribe` and `can_publish_data` are true unless they are given;
//! `None` is left out, so that is what unset becomes.

use serde_json::{Map, Value};

use super::literal::Language;
use super::{Made, commented, object, refused, text, whole_units, wire};
use crate::claims::draft::Draft;
use crate::claims::snake_case;
use crate::clock::Ttl;

const L: Language = Language::Python;

/// Tri-states that the SDK writes as true when nothing is said.
const TRUE_BY_DEFAULT: [&str; 3] = ["canPublish", "canSubscribe", "canPublishData"];

pub(super) fn program(draft: &Draft) -> Made {
    let grants = &draft.grants;
    let mut left = wire(draft);
    let mut chain = Vec::new();
    let mut call = |method: &str, argument: String| chain.push(format!("    .{method}({argument})\n"));
    if !draft.identity.is_empty() {
        call("with_identity", L.text(&draft.identity));
    }
    let with_text = |left: &mut Map<String, Value>, name| text(left, name).map(|text| L.text(&text));
    if let Some(name) = with_text(&mut left, "name") {
        call("with_name", name);
    }
    call("with_ttl", ttl(draft.ttl));
    for name in ["kind", "metadata", "sha256", "roomPreset"] {
        if let Some(argument) = with_text(&mut left, name) {
            call(&format!("with_{}", snake_case(name)), argument);
        }
    }
    if let Some(attributes) = left.shift_remove("attributes") {
        call("with_attributes", L.value(&attributes, "    "));
    }
    if grants.video.unknown.is_empty() && left.contains_key("video") {
        call("with_grants", video(&object(&mut left, "video")));
    }
    for (name, class, method, plain) in [
        ("sip", "SIPGrants", "with_sip_grants", grants.sip.unknown.is_empty()),
        ("inference", "InferenceGrants", "with_inference_grants", grants.inference.unknown.is_empty()),
        (
            "observability",
            "ObservabilityGrants",
            "with_observability_grants",
            grants.observability.unknown.is_empty(),
        ),
        ("agent", "AgentGrants", "with_agent_grants", grants.agent.unknown.is_empty()),
        (
            "agentEndpoint",
            "AgentEndpointGrants",
            "with_agent_endpoint_grants",
            grants.agent_endpoint.unknown.is_empty(),
        ),
        (
            "agentThread",
            "AgentThreadGrants",
            "with_agent_thread_grants",
            grants.agent_thread.unknown.is_empty() && !grants.agent_thread.sql,
        ),
    ] {
        if plain && left.contains_key(name) {
            call(method, nested(&format!("api.{class}"), &object(&mut left, name)));
        }
    }
    let config = &grants.room_config;
    let plain = config.unknown.is_empty()
        && config.egress.is_none()
        && config.agents.iter().all(|agent| agent.unknown.is_empty());
    if plain && left.contains_key("roomConfig") {
        call("with_room_config", nested("api.RoomConfiguration", &object(&mut left, "roomConfig")));
    }

    let mut code = String::from("# Key and secret are read from LIVEKIT_API_KEY and LIVEKIT_API_SECRET.\n");
    code.push_str(match draft.ttl {
        Ttl::For(_) => "from datetime import timedelta\n\n",
        Ttl::Until(_) => "from datetime import datetime, timezone\n\n",
    });
    code.push_str("from livekit import api\n");
    if !left.is_empty() {
        code.push_str("from livekit.api import access_token\n");
        let raw = L.value(&Value::Object(left.clone()), "        ");
        code.push_str(&format!(
            "\n\nclass Claims(access_token.Claims):\n    # What the SDK has no setter for.\n    def asdict(self):\n        return super().asdict() | {raw}\n\n"
        ));
    }
    code.push_str(&format!("\ntoken = (\n    api.AccessToken()\n{})\n", chain.concat()));
    if !left.is_empty() {
        code.push_str("token.claims = Claims(**vars(token.claims))\n");
    }
    code.push_str("print(token.to_jwt())\n");
    commented("#", "pip install 'livekit-api>=1.2.2'", refused(draft, true).into_iter().collect(), &code)
}

fn ttl(ttl: Ttl) -> String {
    match ttl {
        Ttl::For(seconds) => {
            let (count, unit) = whole_units(seconds);
            format!("timedelta({unit}={count})")
        }
        Ttl::Until(at) => {
            format!("datetime.fromtimestamp({}, timezone.utc) - datetime.now(timezone.utc)", at.as_unix())
        }
    }
}

fn video(fields: &Map<String, Value>) -> String {
    let mut arguments: Vec<String> =
        fields.iter().map(|(name, value)| argument(name, &L.value(value, "            "))).collect();
    let unset: Vec<String> = TRUE_BY_DEFAULT
        .iter()
        .filter(|name| !fields.contains_key(**name))
        .map(|name| argument(name, "None"))
        .collect();
    if unset.is_empty() {
        return nested("api.VideoGrants", fields);
    }
    arguments.extend(unset);
    let mut out = String::from("\n        api.VideoGrants(\n");
    let mut told = false;
    for one in arguments {
        if one.ends_with("=None") && !told {
            out.push_str("            # None is left to the server; without it the SDK writes True.\n");
            told = true;
        }
        out.push_str(&format!("            {one},\n"));
    }
    format!("{out}        )\n    ")
}

fn argument(name: &str, value: &str) -> String {
    format!("{}={value}", snake_case(name))
}

/// An argument that is an object: beside its method if it is short, else on lines of its own.
fn nested(class: &str, fields: &Map<String, Value>) -> String {
    let line = made(class, fields, "    ");
    if !line.contains('\n') {
        return line;
    }
    format!("\n        {}\n    ", made(class, fields, "        "))
}

/// An object made from the fields of the wire.
fn made(class: &str, fields: &Map<String, Value>, indent: &str) -> String {
    let inner = format!("{indent}    ");
    let arguments: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            let value = match (name.as_str(), value) {
                ("agents", Value::Array(agents)) => {
                    let agents: Vec<String> = agents
                        .iter()
                        .filter_map(Value::as_object)
                        .map(|agent| made("api.RoomAgentDispatch", agent, &format!("{inner}    ")))
                        .collect();
                    L.wrapped('[', &agents, ']', &inner)
                }
                ("restartPolicy", Value::String(policy)) => format!("api.{policy}"),
                (_, value) => L.value(value, &inner),
            };
            argument(name, &value)
        })
        .collect();
    called(class, &arguments, indent)
}

fn called(class: &str, arguments: &[String], indent: &str) -> String {
    format!("{class}{}", L.wrapped('(', arguments, ')', indent))
}
