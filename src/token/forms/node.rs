//! A program for Node's `livekit-server-sdk`, as an ES module.
//!
//! What it has no setter for is put where the setters put theirs: `grants`, which is private in TypeScript only.
//! `canPublishSources` are numbers of an enum to it; another text makes it throw.

use serde_json::{Map, Value};

use super::literal::Language;
use super::{Made, commented, object, refused, text, whole_units, wire};
use crate::claims::draft::Draft;
use crate::claims::grants::SOURCES;
use crate::clock::Ttl;

const L: Language = Language::JavaScript;

pub(super) fn program(draft: &Draft) -> Made {
    let mut left = wire(draft);
    let mut lacks: Vec<String> = refused(draft, false).into_iter().collect();
    for (name, value) in &left {
        if is_too_exact(value) {
            lacks.push(format!("{} has a number that JavaScript rounds", crate::text::visible(name)));
        }
    }
    if left.shift_remove("__proto__").is_some() {
        lacks.push("__proto__ is left out: in JavaScript it is no name".into());
    }
    let mut options = Vec::new();
    if !draft.identity.is_empty() {
        options.push(format!("identity: {}", L.text(&draft.identity)));
    }
    if let Some(name) = text(&mut left, "name") {
        options.push(format!("name: {}", L.text(&name)));
    }
    options.push(format!("ttl: {}", ttl(draft.ttl)));
    for name in ["metadata", "attributes"] {
        if let Some(value) = left.shift_remove(name) {
            options.push(format!("{name}: {}", L.value(&value, "  ")));
        }
    }
    let mut statements = String::new();
    for name in ["kind", "sha256", "roomPreset"] {
        if let Some(value) = text(&mut left, name) {
            statements.push_str(&format!("token.{name} = {};\n", L.text(&value)));
        }
    }
    let video = object(&mut left, "video");
    if !video.is_empty() {
        statements.push_str(&format!("token.addGrant({});\n", grant(&video, &mut lacks)));
    }
    for (name, method) in [
        ("sip", "addSIPGrant"),
        ("inference", "addInferenceGrant"),
        ("observability", "addObservabilityGrant"),
    ] {
        if let Some(value) = left.shift_remove(name) {
            statements.push_str(&format!("token.{method}({});\n", L.value(&value, "")));
        }
    }
    if let Some(config) = left.shift_remove("roomConfig") {
        statements.push_str(
            "// As JSON: the class RoomConfiguration would write all its defaults into the token.\n",
        );
        statements.push_str(&format!("token.roomConfig = {};\n", L.value(&config, "")));
    }
    if !left.is_empty() {
        statements.push_str("// What the SDK has no setter for; in TypeScript (token as any).grants.\n");
        statements
            .push_str(&format!("Object.assign(token.grants, {});\n", L.value(&Value::Object(left), "")));
    }

    let sources = if video.contains_key("canPublishSources") { ", TrackSource" } else { "" };
    let code = format!(
        "import {{ AccessToken{sources} }} from 'livekit-server-sdk';\n\n\
         const token = new AccessToken(process.env.LIVEKIT_API_KEY, process.env.LIVEKIT_API_SECRET, {});\n\
         {statements}console.log(await token.toJwt());\n",
        options_of(&options)
    );
    commented("//", "npm install livekit-server-sdk; save as token.mjs", lacks, &code)
}

fn options_of(options: &[String]) -> String {
    let lines: Vec<String> = options.iter().map(|option| format!("  {option},\n")).collect();
    format!("{{\n{}}}", lines.concat())
}

fn ttl(ttl: Ttl) -> String {
    match ttl {
        Ttl::For(seconds) => {
            let (count, unit) = whole_units(seconds);
            L.text(&format!("{count}{}", &unit[..1]))
        }
        Ttl::Until(at) => {
            format!("Math.round((Date.parse({}) - Date.now()) / 1000)", L.text(&at.iso()))
        }
    }
}

fn grant(video: &Map<String, Value>, lacks: &mut Vec<String>) -> String {
    let fields: Vec<String> = video
        .iter()
        .map(|(name, value)| match (name.as_str(), value) {
            ("canPublishSources", Value::Array(words)) => {
                let words: Vec<String> =
                    words.iter().filter_map(Value::as_str).map(|word| source(word, lacks)).collect();
                format!("{name}: {}", L.wrapped('[', &words, ']', "  "))
            }
            _ => L.pair(name, value, "  "),
        })
        .collect();
    L.wrapped('{', &fields, '}', "")
}

/// A source as the SDK's enum has it. One that it has not would widen the grant if it were left out: the program
/// rather throws.
fn source(word: &str, lacks: &mut Vec<String>) -> String {
    if SOURCES.contains(&word) {
        return format!("TrackSource.{}", word.to_ascii_uppercase());
    }
    lacks.push(format!("the SDK refuses the source {}", crate::text::visible(word)));
    "TrackSource.UNKNOWN".into()
}

/// Whether a whole number in it is beyond what a double holds.
fn is_too_exact(value: &Value) -> bool {
    const MOST: u64 = 1 << 53;
    match value {
        Value::Number(number) => {
            number.as_u64().or(number.as_i64().map(i64::unsigned_abs)).is_some_and(|whole| whole > MOST)
        }
        Value::Array(items) => items.iter().any(is_too_exact),
        Value::Object(map) => map.values().any(is_too_exact),
        _ => false,
    }
}
