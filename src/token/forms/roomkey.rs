//! The command line that makes the same draft again: `roomkey token create`.
//!
//! Flags where there are some, `--set` for the rest. Each `--set` is tried here; what does not come out the same (a
//! text that reads `unset`, a claim that LiveKit does not define) goes into one `--grant`, which takes everything.

use serde_json::{Map, Value, json};

use super::shell::{flag, speakable, word};
use super::{About, Made, left_out, wire};
use crate::claims::catalog::{ENTRIES, Entry, Field};
use crate::claims::draft::Draft;
use crate::clock::{Ttl, Zone};
use crate::project::ProjectName;
use crate::text::Sensitive;

/// Flags that switch a claim on.
const SWITCHES: [(&str, &str); 7] = [
    ("video.roomJoin", "--join"),
    ("video.roomAdmin", "--admin"),
    ("video.roomCreate", "--create"),
    ("video.roomList", "--list"),
    ("video.roomRecord", "--egress"),
    ("video.ingressAdmin", "--ingress"),
    ("inference.perform", "--inference"),
];

/// Flags that take a text as it is.
const TEXTS: [(&str, &str); 5] = [
    ("video.room", "--room"),
    ("sub", "--identity"),
    ("name", "--name"),
    ("metadata", "--metadata"),
    ("roomPreset", "--room-preset"),
];

pub(super) fn line(about: &About<'_>) -> Made {
    let draft = about.draft;
    let mut words = vec!["roomkey token create".to_owned()];
    match about.project {
        Some(name) if *name == ProjectName::local_dev() => words.push("--dev".into()),
        Some(name) => words.push(flag("--project", name.as_str())),
        None => {}
    }
    let mut lacks = Vec::new();
    match by_flags(about) {
        Some(flags) => words.extend(flags),
        None => words.extend(whole(draft, &mut lacks)),
    }
    Made { text: Sensitive::new(words.join(" ")), lacks }
}

/// A flag for each claim; `None` if they do not make the same draft, or a word cannot be spoken.
fn by_flags(about: &About<'_>) -> Option<Vec<String>> {
    let (draft, now) = (about.draft, about.now);
    let mut made = Draft::default();
    let mut words = Vec::new();
    let mut sets = Vec::new();
    for entry in ENTRIES.iter().filter(|entry| is_to_be_said(entry, draft)) {
        let typed = compact(entry, draft);
        if !speakable(&typed) {
            return None;
        }
        if let Some((_, switch)) = SWITCHES.iter().find(|(path, _)| *path == entry.path) {
            words.push((*switch).to_owned());
            made.set(entry.path, "true", now, &Zone::utc()).ok()?;
        } else if let (Some((_, name)), Field::Text(at) | Field::LongText(at)) =
            (TEXTS.iter().find(|(path, _)| *path == entry.path), entry.field)
        {
            words.push(flag(name, &typed));
            (at.get_mut)(&mut made).clone_from(&typed);
        } else if entry.path == "exp" {
            words.push(flag("--valid-for", &typed));
            // An end that has passed is none that can be asked for.
            made.ttl = Ttl::parse(&typed, now, &Zone::utc()).unwrap_or(draft.ttl);
        } else if let Field::Pairs(at) = entry.field
            && entry.path == "attributes"
            && (at.get)(draft).keys().all(|key| !key.is_empty() && !key.contains('='))
        {
            let pairs = (at.get)(draft);
            words.extend(pairs.iter().map(|(key, value)| flag("--attribute", &format!("{key}={value}"))));
            (at.get_mut)(&mut made).clone_from(pairs);
        } else {
            made.set(entry.path, &typed, now, &Zone::utc()).ok()?;
            sets.push(format!("--set {}", word(&format!("{}={typed}", entry.path))));
        }
    }
    words.extend(sets);
    (made == *draft).then_some(words)
}

fn is_to_be_said(entry: &Entry, draft: &Draft) -> bool {
    let empty_list = entry.path == "video.canPublishSources" && draft.grants.video.empty_sources;
    let lifetime = entry.path == "exp";
    lifetime || empty_list || entry.is_set(draft)
}

/// What one would type for the row, in one line.
fn compact(entry: &Entry, draft: &Draft) -> String {
    let typed = draft.typed(entry);
    match entry.field {
        Field::Sources(_) if typed.is_empty() => "[]".into(),
        Field::Pairs(_) | Field::Dispatches(_) | Field::Json(_) => {
            serde_json::from_str::<Value>(&typed).map_or(typed, |value| value.to_string())
        }
        // A list in words would lose a comma within a word.
        Field::Sources(at) | Field::Words(at, _) if (at.get)(draft).iter().any(|word| word.contains(',')) => {
            json!((at.get)(draft)).to_string()
        }
        _ => typed,
    }
}

/// All grants as one JSON, which carries any character. What stands outside the grants has no other way.
fn whole(draft: &Draft, lacks: &mut Vec<String>) -> Vec<String> {
    let mut words = Vec::new();
    if !draft.identity.is_empty() {
        if speakable(&draft.identity) {
            words.push(flag("--identity", &draft.identity));
        } else {
            lacks.extend(left_out(&["the identity".into()], "a command line cannot carry a NUL"));
        }
    }
    words.push(flag("--valid-for", &draft.ttl.to_string()));
    let mut grants: Map<String, Value> = wire(draft);
    // By this member the command knows that all of it is meant, and not the fields of a video grant.
    grants.entry("video").or_insert_with(|| json!({}));
    words.push(flag("--grant", &Value::Object(grants).to_string()));
    if draft.grants.video.empty_sources {
        words.push("--set 'video.canPublishSources=[]'".into());
    }
    words
}
