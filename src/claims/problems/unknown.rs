//! Claims and fields that LiveKit does not define: servers ignore them, so a slip of the pen goes unnoticed.

use super::{Report, Subject, quoted, short};
use crate::claims::Unknown;
use crate::claims::catalog::ENTRIES;
use crate::text::did_you_mean;

/// So many are named one by one, with what was probably meant.
const MOST: usize = 8;

const AGENTS: &str = "roomConfig.agents";
/// What one of [`AGENTS`] has; the catalogue has a single row for the whole list.
const AGENT_FIELDS: [&str; 5] = ["agentName", "metadata", "restartPolicy", "deployment", "attributes"];

pub(super) fn unknown_field(subject: &Subject<'_>, report: &mut Report<'_>) {
    let grants = subject.grants();
    let objects = grants.undefined();
    let agents = grants.room_config.agents.iter().map(|agent| (AGENTS, &agent.unknown));
    let all = || {
        objects.iter().copied().chain(agents.clone()).flat_map(|(object, unknown): (_, &Unknown)| {
            unknown.keys().map(move |key| (object, key.as_str()))
        })
    };
    for (object, key) in all().take(MOST) {
        let name = format!("{object}.{}", short(key));
        if object == AGENTS {
            report.say(AGENTS, said(&name, did_you_mean(key, AGENT_FIELDS)));
            continue;
        }
        let meant = nearest(object, key);
        report.say(meant, said(&name, meant));
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

/// The row that a name was probably meant to be: one of that name elsewhere, else a near one of the same object.
/// None for a name that is longer than any slip of the pen: comparing it takes time.
fn nearest(object: &str, key: &str) -> Option<&'static str> {
    if key.len() > 40 {
        return None;
    }
    let rows =
        || ENTRIES.iter().map(|entry| (entry.path.rsplit('.').next().unwrap_or(entry.path), entry.path));
    let own =
        || rows().filter(|(_, path)| path.strip_prefix(object).is_some_and(|rest| rest.starts_with('.')));
    let path_of = |wanted: &str| own().chain(rows()).find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let near = || match object {
        "" => did_you_mean(key, rows().map(|(name, _)| name)),
        _ => did_you_mean(key, own().map(|(name, _)| name)),
    };
    path_of(key).or_else(|| path_of(near()?)).map(|(_, path)| path)
}
