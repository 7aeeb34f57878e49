//! `lk token create`, from LiveKit's own command line.
//!
//! What it makes of its flags is from cmd/lk/token.go and utils.go of livekit-cli 2.18.3: `--grant` is read into the
//! video grant, whatever the flags said; it makes up an identity and a room that are not given; the name is the
//! identity if none is given; `%x` and the like in room, identity and name are templates; an agent counts only with
//! `--join`; attributes are split at commas and read as lines of a `.env` file.

use serde_json::{Map, Value, json};

use super::shell::{flag, speakable, word};
use super::{About, Made, left_out, object, text, undefined, wire};
use crate::claims::Pairs;
use crate::claims::draft::Draft;
use crate::claims::grants::{AgentDispatch, RoomConfig, SOURCES};
use crate::clock::Ttl;
use crate::text::Sensitive;

const SWITCHES: [(&str, &str); 6] = [
    ("roomJoin", "--join"),
    ("roomAdmin", "--admin"),
    ("roomCreate", "--create"),
    ("roomList", "--list"),
    ("roomRecord", "--egress"),
    ("ingressAdmin", "--ingress"),
];

pub(super) fn line(about: &About<'_>) -> Made {
    let draft = about.draft;
    let mut words = vec!["lk token create".to_owned()];
    let mut lacks = Vec::new();
    let mut left = wire(draft);
    let mut unspeakable = Vec::new();
    let mut say = |words: &mut Vec<String>, name: &str, text: &str, what: &str| {
        if speakable(text) { words.push(flag(name, text)) } else { unspeakable.push(what.to_owned()) }
    };

    let mut video = object(&mut left, "video");
    video.retain(|name, _| !draft.grants.video.unknown.contains_key(name));
    for (name, switch) in SWITCHES {
        if video.shift_remove(name).is_some() {
            words.push(switch.to_owned());
        }
    }
    // Without a room it would make one up; --grant has the last word.
    let room = text(&mut video, "room").unwrap_or_default();
    if room.is_empty() || is_template(&room) || !speakable(&room) {
        video.insert("room".into(), room.into());
    } else {
        words.push(flag("--room", &room));
    }
    match draft.identity.as_str() {
        "" => lacks.push("an identity is made up".into()),
        identity => {
            if is_template(identity) {
                lacks.push("a % in the identity is taken for a template".into());
            }
            say(&mut words, "--identity", identity, "the identity");
        }
    }
    match text(&mut left, "name") {
        Some(name) => {
            if is_template(&name) {
                lacks.push("a % in the name is taken for a template".into());
            }
            say(&mut words, "--name", &name, "name");
        }
        None => lacks.push("the identity becomes the name, too".into()),
    }
    words.push(flag("--valid-for", &valid_for(about, &mut lacks)));
    if let Some(metadata) = text(&mut left, "metadata") {
        say(&mut words, "--metadata", &metadata, "metadata");
    }
    if draft.grants.inference.perform {
        words.push("--inference".into());
    }
    left.shift_remove("inference");
    if video.get("canUpdateOwnMetadata") == Some(&json!(true)) {
        video.shift_remove("canUpdateOwnMetadata");
        words.push("--allow-update-metadata".into());
    }
    let sources = &draft.grants.video.can_publish_sources;
    if !sources.is_empty() && sources.iter().all(|source| SOURCES.contains(&source.as_str())) {
        video.shift_remove("canPublishSources");
        words.push(flag("--allow-source", &sources.join(",")));
    }
    if let Some(agent) = only_agent(draft) {
        left.shift_remove("roomConfig");
        say(&mut words, "--agent", &agent.agent_name, "roomConfig.agents");
        if !agent.deployment.is_empty() {
            say(&mut words, "--deployment", &agent.deployment, "the agent's deployment");
        }
        if !agent.metadata.is_empty() {
            say(&mut words, "--job-metadata", &agent.metadata, "the agent's metadata");
        }
    }
    left.shift_remove("attributes");
    let document = attributes(&draft.grants.attributes, &mut words);
    // Without any permission it asks for some.
    if !video.is_empty() || !words.iter().any(|word| is_permission(word)) {
        words.push(flag("--grant", &Value::Object(video).to_string()));
    }

    let defined: Vec<String> =
        left.keys().filter(|name| !draft.grants.unknown.contains_key(*name)).cloned().collect();
    lacks.extend(left_out(&defined, "lk has no flag"));
    let inside: Vec<String> = undefined(&draft.grants)
        .into_iter()
        .filter(|path| path.split('.').next().is_none_or(|first| !defined.iter().any(|name| name == first)))
        .collect();
    lacks.extend(left_out(&inside, "lk knows no such claim"));
    lacks.extend(left_out(&unspeakable, "a command line cannot carry a NUL"));
    let mut text = words.join(" ");
    if let Some(document) = document {
        text.push_str(&document);
    }
    Made { text: Sensitive::new(text), lacks }
}

fn is_permission(word: &str) -> bool {
    word == "--inference" || SWITCHES.iter().any(|(_, switch)| *switch == word)
}

fn valid_for(about: &About<'_>, lacks: &mut Vec<String>) -> String {
    let seconds = match about.draft.ttl {
        Ttl::For(0) => {
            lacks.push("a lifetime of 0 is taken for 6 h".into());
            0
        }
        Ttl::For(seconds) => seconds,
        Ttl::Until(at) => {
            lacks.push("the lifetime counts from when the line is run".into());
            u64::try_from(at.since(about.now)).unwrap_or(0)
        }
    };
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    match (hours, minutes, seconds) {
        (0, 0, s) => format!("{s}s"),
        (h, m, s) => [(h, "h"), (m, "m"), (s, "s")]
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, unit)| format!("{count}{unit}"))
            .collect::<Vec<String>>()
            .concat(),
    }
}

/// Whether it has one of the placeholders of pkg/util/templates.go.
fn is_template(text: &str) -> bool {
    text.split('%').skip(1).any(|after| after.starts_with(|c: char| "tTYmdHMSxUhp".contains(c)))
}

/// The one agent that flags can say: no other settings of the room, and nothing of it without a flag.
fn only_agent(draft: &Draft) -> Option<&AgentDispatch> {
    let config = &draft.grants.room_config;
    let [agent] = config.agents.as_slice() else { return None };
    let sayable = AgentDispatch {
        agent_name: agent.agent_name.clone(),
        deployment: agent.deployment.clone(),
        metadata: agent.metadata.clone(),
        ..AgentDispatch::default()
    };
    let alone = *config == RoomConfig { agents: vec![sayable], ..RoomConfig::default() };
    (alone && draft.grants.video.room_join && !agent.agent_name.is_empty()).then_some(agent)
}

/// Flags for the attributes if lk reads every one as it stands, else the document for its standard input.
fn attributes(pairs: &Pairs, words: &mut Vec<String>) -> Option<String> {
    if pairs.is_empty() {
        return None;
    }
    let plain = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    if pairs.iter().all(|(key, value)| plain(key, "_.") && plain(value, "_-./:@+")) {
        words.extend(pairs.iter().map(|(key, value)| flag("--attribute", &format!("{key}={value}"))));
        return None;
    }
    let map: Map<String, Value> =
        pairs.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
    words.push(format!("--attribute-file {}", word("/dev/stdin")));
    Some(format!(" <<'EOF'\n{}\nEOF", ascii(&Value::Object(map))))
}

/// JSON with everything outside ASCII escaped, so that a terminal obeys nothing of it.
fn ascii(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}
