//! Claims and fields that LiveKit does not define: servers ignore them, so a slip of the pen goes unnoticed.

use serde_json::{Map, Value};

use super::{Report, Subject, quoted, short};
use crate::claims::catalog;

/// So many are named one by one, with what was probably meant.
const MOST: usize = 8;

pub(super) fn unknown_field(subject: &Subject<'_>, report: &mut Report<'_>) {
    let grants = subject.grants();
    let config = &grants.room_config;
    let objects = [
        ("video", &grants.video.unknown),
        ("sip", &grants.sip.unknown),
        ("agent", &grants.agent.unknown),
        ("agentEndpoint", &grants.agent_endpoint.unknown),
        ("agentThread", &grants.agent_thread.unknown),
        ("inference", &grants.inference.unknown),
        ("observability", &grants.observability.unknown),
        ("roomConfig", &config.unknown),
    ];
    let agents = config.agents.iter().map(|agent| ("roomConfig.agents", &agent.unknown));
    let all = || {
        objects.iter().copied().chain(agents.clone()).flat_map(|(object, unknown): (_, &Map<String, Value>)| {
            unknown.keys().map(move |key| (object, key.as_str()))
        })
    };
    for (object, key) in all().take(MOST) {
        let meant = nearest(object, key);
        report.say(meant, said(&format!("{object}.{}", short(key)), meant));
    }
    let more = all().skip(MOST).count();
    if more > 0 {
        report.say(None, format!("{more} more fields that LiveKit does not define"));
    }
}

pub(super) fn unknown_claim(subject: &Subject<'_>, report: &mut Report<'_>) {
    let claims = subject.claims;
    let unknown = || {
        claims.grants.unknown.iter().filter(|(name, value)| match name.as_str() {
            // RFC 7519's own; the server takes jti for the identity where sub is missing.
            "jti" | "aud" => false,
            // Go's SDK and lk write a copy of sub.
            "identity" => value.as_str() != Some(&claims.identity),
            _ => true,
        })
    };
    for (name, value) in unknown().take(MOST) {
        if name == "identity" {
            let copy = value.as_str().map_or_else(String::new, |text| format!(" {}", quoted(text)));
            report.say("sub", format!("the claim identity{copy} is ignored: servers go by sub"));
            continue;
        }
        let meant = nearest("", name);
        report.say(meant, said(&short(name), meant));
    }
    let more = unknown().skip(MOST).count();
    if more > 0 {
        report.say(None, format!("{more} more claims that LiveKit does not define"));
    }
}

pub(super) fn audience(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.grants().unknown.contains_key("aud") {
        report.say(None, "there is an aud");
    }
}

fn said(name: &str, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("LiveKit does not define {name}; did you mean {meant}?"),
        None => format!("LiveKit does not define {name}"),
    }
}

/// No suggestion for names that are longer than any slip of the pen: comparing them takes time.
fn nearest(object: &str, key: &str) -> Option<&'static str> {
    let agents = object == "roomConfig.agents";
    (key.len() <= 40 && !agents).then(|| {
        if object.is_empty() { catalog::nearest(key) } else { catalog::nearest(&format!("{object}.{key}")) }
    })?
}
