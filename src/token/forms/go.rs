//! A program for Go's `github.com/livekit/protocol`, as gofmt writes it, but for maps that have keys of over 40 characters.
//!
//! It says every claim that LiveKit defines, but for one that the module has dropped, and none besides. Its signer refuses
//! secrets in `roomConfig` unless told otherwise, takes a lifetime of 0 for 6 hours, and adds a copy of `sub` named
//! `identity` that servers ignore.

use serde_json::{Map, Value};

use super::literal::Language;
use super::{Made, commented, left_out, object, text, undefined, whole_units, wire};
use crate::claims::draft::Draft;
use crate::claims::grants::{KIND_DETAILS, KINDS};
use crate::clock::{Timestamp, Ttl};
use crate::project::ApiKey;

const L: Language = Language::Go;

/// A pointer in Go, so set through a method.
const CHOICES: [&str; 6] = [
    "canPublish",
    "canPublishData",
    "canSubscribe",
    "canUpdateOwnMetadata",
    "canSubscribeMetrics",
    "canManageAgentSession",
];

/// The statements around the token, and the calls that make it.
#[derive(Default)]
struct Program {
    before: String,
    calls: Vec<String>,
    after: String,
    /// Whether the package with the protocol's types is used, and the one that reads JSON into them.
    livekit: bool,
    protojson: bool,
}

impl Program {
    fn call(&mut self, method: &str, argument: &str) {
        self.calls.push(format!(".\n\t\t{method}({argument})"));
    }

    fn call_with_text(&mut self, method: &str, text: Option<String>) {
        if let Some(text) = text {
            self.call(method, &L.text(&text));
        }
    }

    fn written(self) -> String {
        let Self { before, calls, after, livekit, protojson } = self;
        let mut code =
            String::from("package main\n\nimport (\n\t\"fmt\"\n\t\"log\"\n\t\"os\"\n\t\"time\"\n\n");
        code.push_str("\t\"github.com/livekit/protocol/auth\"\n");
        if livekit {
            code.push_str("\t\"github.com/livekit/protocol/livekit\"\n");
        }
        if protojson {
            code.push_str("\t\"google.golang.org/protobuf/encoding/protojson\"\n");
        }
        code.push_str(&format!(")\n\nfunc main() {{\n{before}"));
        code.push_str(
            "\ttoken := auth.NewAccessToken(os.Getenv(\"LIVEKIT_API_KEY\"), os.Getenv(\"LIVEKIT_API_SECRET\"))",
        );
        code.push_str(&format!("{}\n{after}", calls.concat()));
        code.push_str("\tjwt, err := token.ToJWT()\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n\tfmt.Println(jwt)\n}\n");
        code
    }
}

pub(super) fn program(draft: &Draft, now: Timestamp) -> Made {
    let mut left = wire(draft);
    let mut lacks = Vec::new();
    lacks.extend(left_out(&undefined(&draft.grants), "livekit/protocol knows no such claim"));
    for (name, unknown) in draft.grants.undefined() {
        if let Some(Value::Object(fields)) = left.get_mut(name) {
            fields.retain(|field, _| !unknown.contains_key(field));
        }
    }
    if let Some(Value::Object(agent)) = left.get_mut("agent")
        && agent.shift_remove("databaseAdmin").is_some()
    {
        let gone = ["agent.databaseAdmin".into()];
        lacks.extend(left_out(&gone, "livekit/protocol has no field for it since 1.54.1"));
    }
    if draft.ttl == Ttl::For(0) {
        lacks.push("a lifetime of 0 is taken for 6 h".into());
    }
    let mut go = Program::default();
    if !draft.identity.is_empty() {
        go.call("SetIdentity", &L.text(&draft.identity));
    }
    go.call_with_text("SetName", text(&mut left, "name"));
    let lasting = ttl(draft.ttl);
    if lasting.contains('*') {
        // How gofmt spaces a product depends on what is called before and behind it.
        go.before.push_str(&format!("\tconst validFor = {lasting}\n"));
        go.call("SetValidFor", "validFor");
    } else {
        go.call("SetValidFor", &lasting);
    }
    kinds(&mut go, text(&mut left, "kind"), &texts(left.shift_remove("kindDetails")));
    go.call_with_text("SetMetadata", text(&mut left, "metadata"));
    let attributes = object(&mut left, "attributes");
    if !attributes.is_empty() {
        go.call("SetAttributes", &map(&attributes, "\t\t"));
    }
    let video = object(&mut left, "video");
    if !video.is_empty() {
        go.before.push_str(&grant(&video));
        go.call("SetVideoGrant", "grant");
    }
    for (name, kind) in [
        ("sip", "SIP"),
        ("agent", "Agent"),
        ("agentEndpoint", "AgentEndpoint"),
        ("agentThread", "AgentThread"),
        ("agentDatabase", "AgentDatabase"),
        ("inference", "Inference"),
        ("observability", "Observability"),
    ] {
        let fields: Vec<(String, String)> = object(&mut left, name)
            .iter()
            .filter(|(_, value)| **value != Value::Bool(false))
            .map(|(field, value)| (exported(field), plain(value)))
            .collect();
        if !fields.is_empty() {
            go.call(&format!("Set{kind}Grant"), &structure(&format!("&auth.{kind}Grant"), &fields, "\t\t"));
        }
    }
    go.call_with_text("SetRoomPreset", text(&mut left, "roomPreset"));
    go.call_with_text("SetSha256", text(&mut left, "sha256"));
    let config = object(&mut left, "roomConfig");
    if !config.is_empty() {
        settings(&mut go, draft, &config, now);
    }
    commented("//", "go get github.com/livekit/protocol@latest", lacks, &go.written())
}

/// Kinds that the protocol's enums have are set by those, others as the texts they are.
fn kinds(go: &mut Program, kind: Option<String>, details: &[String]) {
    let named = |name: &str| format!("livekit.ParticipantInfo_{}", name.to_ascii_uppercase());
    match kind {
        Some(kind) if KINDS.contains(&kind.as_str()) => {
            go.livekit = true;
            go.call("SetKind", &named(&kind));
        }
        Some(kind) => go.after.push_str(&format!("\ttoken.GetGrants().Kind = {}\n", L.text(&kind))),
        None => {}
    }
    if details.is_empty() {
        return;
    }
    if details.iter().all(|detail| KIND_DETAILS.contains(&detail.as_str())) {
        go.livekit = true;
        let names: Vec<String> = details.iter().map(|detail| named(detail)).collect();
        go.call("SetKindDetail", &names.join(", "));
    } else {
        go.after.push_str(&format!("\ttoken.GetGrants().KindDetails = {}\n", strings(details)));
    }
}

fn settings(go: &mut Program, draft: &Draft, config: &Map<String, Value>, now: Timestamp) {
    go.livekit = true;
    if let Some(egress) = config.get("egress") {
        go.protojson = true;
        go.before.push_str(&format!(
            "\tegress := &livekit.RoomEgress{{}}\n\
             \tif err := protojson.Unmarshal([]byte({}), egress); err != nil {{\n\t\tlog.Fatal(err)\n\t}}\n",
            L.text(&egress.to_string())
        ));
    }
    go.call("SetRoomConfig", &room_config(draft, config));
    let preview = draft.preview(&ApiKey::dev(), now);
    if preview.problems.iter().any(|problem| problem.rule.id == "config-secret") {
        go.call("SetAllowSensitiveCredentials", "true");
    }
}

fn ttl(ttl: Ttl) -> String {
    match ttl {
        Ttl::For(seconds) => {
            let (count, unit) = match whole_units(seconds) {
                (days, "days") => (days * 24, "Hour"),
                (count, "hours") => (count, "Hour"),
                (count, "minutes") => (count, "Minute"),
                (count, _) => (count, "Second"),
            };
            if count == 1 { format!("time.{unit}") } else { format!("{count} * time.{unit}") }
        }
        Ttl::Until(at) => format!("time.Until(time.Unix({}, 0))", at.as_unix()),
    }
}

fn grant(video: &Map<String, Value>) -> String {
    let fields: Vec<(String, String)> = video
        .iter()
        .filter(|(name, _)| !CHOICES.contains(&name.as_str()))
        .map(|(name, value)| (exported(name), plain(value)))
        .collect();
    let mut out = format!("\tgrant := {}\n", structure("&auth.VideoGrant", &fields, "\t"));
    for name in CHOICES {
        if let Some(Value::Bool(choice)) = video.get(name) {
            out.push_str(&format!("\tgrant.Set{}({choice})\n", exported(name)));
        }
    }
    out
}

fn room_config(draft: &Draft, config: &Map<String, Value>) -> String {
    let room = &draft.grants.room_config;
    let mut fields = Vec::new();
    for (name, value) in config {
        let value = match (name.as_str(), value) {
            ("agents", _) => {
                let agents: Vec<String> = room.agents.iter().map(agent).collect();
                format!("[]*livekit.RoomAgentDispatch{}", L.wrapped('{', &agents, '}', "\t\t\t"))
            }
            ("egress", _) => "egress".into(),
            ("tags", Value::Object(tags)) => map(tags, "\t\t\t"),
            (_, value) => plain(value),
        };
        fields.push((exported(name), value));
    }
    structure("&livekit.RoomConfiguration", &fields, "\t\t")
}

fn agent(agent: &crate::claims::grants::AgentDispatch) -> String {
    let mut fields = Vec::new();
    for (name, value) in
        [("AgentName", &agent.agent_name), ("Metadata", &agent.metadata), ("Deployment", &agent.deployment)]
    {
        if !value.is_empty() {
            fields.push((name.to_owned(), L.text(value)));
        }
    }
    if agent.restart_policy == "JRP_NEVER" {
        fields.push(("RestartPolicy".into(), "livekit.JobRestartPolicy_JRP_NEVER".into()));
    }
    if !agent.attributes.is_empty() {
        let pairs: Map<String, Value> =
            agent.attributes.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
        fields.push(("Attributes".into(), map(&pairs, "\t\t\t\t\t")));
    }
    structure("", &fields, "\t\t\t\t")
}

/// The field of a wire name: `threadIds` is `ThreadIDs`, as Go writes initials.
fn exported(name: &str) -> String {
    match name {
        "threadIds" => return "ThreadIDs".into(),
        "databaseIds" => return "DatabaseIDs".into(),
        "sql" => return "SQL".into(),
        _ => {}
    }
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => L.text(text),
        Value::Array(_) => strings(&texts(Some(value.clone()))),
        other => other.to_string(),
    }
}

fn texts(value: Option<Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn strings(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| L.text(text)).collect();
    format!("[]string{{{}}}", texts.join(", "))
}

fn map(pairs: &Map<String, Value>, indent: &str) -> String {
    let pairs: Vec<(String, String)> = pairs.iter().map(|(key, value)| (L.text(key), plain(value))).collect();
    structure("map[string]string", &pairs, indent)
}

/// A composite of keys and values as gofmt has it: in one line, or a line each with the values of neighbours aligned.
/// What takes several lines itself stands outside of that.
fn structure(head: &str, fields: &[(String, String)], indent: &str) -> String {
    let line: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let line = format!("{head}{{{}}}", line.join(", "));
    if line.len() <= 90 && !line.contains('\n') && !head.ends_with("VideoGrant") {
        return line;
    }
    if fields.is_empty() {
        return format!("{head}{{}}");
    }
    let broken = |field: &(String, String)| field.1.contains('\n');
    let mut out = format!("{head}{{\n");
    for section in fields.chunk_by(|one, next| !broken(one) && !broken(next)) {
        let widest = section.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in section {
            let pad = " ".repeat(widest - name.chars().count());
            out.push_str(&format!("{indent}\t{name}:{pad} {value},\n"));
        }
    }
    format!("{out}{indent}}}")
}
