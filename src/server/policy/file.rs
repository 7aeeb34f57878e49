//! The policy file: TOML, every key of it known, a wrong one refused with its line. `assets/policy.toml` is the
//! reference, and a test keeps it in step.

use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::{Policy, Settable};
use crate::claims::Grants;
use crate::claims::draft::Draft;
use crate::claims::presets;
use crate::clock::{Timestamp, Ttl, Zone};
use crate::server::origin::Origin;
use crate::server::pattern::Pattern;
use crate::text::{did_you_mean, visible};

type Texts = Vec<Spanned<String>>;

/// The file, key for key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    preset: Option<Spanned<String>>,
    ttl: Option<Spanned<String>>,
    max_ttl: Option<Spanned<String>>,
    rooms: Option<Texts>,
    identities: Option<Texts>,
    agents: Option<Texts>,
    may_set: Option<Texts>,
    generate: Option<bool>,
    unique_identities: Option<bool>,
    compat: Option<bool>,
    allow_origins: Option<Texts>,
    allow_hosts: Option<Texts>,
    token: Option<Spanned<toml::Table>>,
}

/// The keys, for guessing which one was meant.
const KEYS: [&str; 13] = [
    "preset",
    "ttl",
    "max_ttl",
    "rooms",
    "identities",
    "agents",
    "may_set",
    "generate",
    "unique_identities",
    "compat",
    "allow_origins",
    "allow_hosts",
    "token",
];

/// The draft of a preset, or what is wrong with its name and what to do about it.
pub type Found = Result<Draft, (String, String)>;

/// Reads a policy file called `name`.
///
/// # Errors
/// [`PolicyError`], with the line and what to write there.
pub fn parse(text: &str, name: &str, now: Timestamp) -> Result<Policy, PolicyError> {
    parse_with(text, name, now, &|preset| match presets::find(preset) {
        Ok(preset) => Ok(preset.draft.clone()),
        Err(error) => Err((error.to_string(), error.hint())),
    })
}

/// As [`parse`], with presets from elsewhere: `find` looks for one by its name.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(
    text: &str,
    name: &str,
    now: Timestamp,
    find: &dyn Fn(&str) -> Found,
) -> Result<Policy, PolicyError> {
    let at = At { text, name };
    let file: File = toml::from_str(text).map_err(|error| at.reader(&error))?;
    let mut policy = Policy::default();
    let mut ceiling = Draft { ttl: policy.ceiling.ttl, ..policy.ceiling };
    if let Some(preset) = &file.preset {
        let found = find(preset.get_ref()).map_err(|(what, cure)| at.wrong(&preset.span(), what, cure))?;
        ceiling = Draft { ttl: ceiling.ttl, ..found };
    }
    if let Some(token) = &file.token {
        at.lay(token, &mut ceiling, now)?;
    }
    if let Some(ttl) = &file.ttl {
        policy.ttl = at.seconds(ttl, now)?;
    }
    let cap = match &file.max_ttl {
        Some(most) => at.seconds(most, now)?,
        None => policy.ttl,
    };
    ceiling.ttl = Ttl::For(cap);
    policy.ceiling = ceiling;
    for (texts, patterns) in [
        (&file.rooms, &mut policy.rooms),
        (&file.identities, &mut policy.identities),
        (&file.agents, &mut policy.agents),
    ] {
        if let Some(texts) = texts {
            let pattern = |text: &Spanned<String>| {
                Pattern::parse(text.get_ref()).map_err(|e| at.wrong(&text.span(), e.to_string(), e.hint()))
            };
            *patterns = texts.iter().map(pattern).collect::<Result<_, _>>()?;
        }
    }
    if let Some(fields) = &file.may_set {
        policy.may_set = fields.iter().map(|field| at.settable(field)).collect::<Result<_, _>>()?;
    }
    policy.generate = file.generate.unwrap_or(policy.generate);
    policy.unique_identities = file.unique_identities.unwrap_or_default();
    policy.guard.compat = file.compat.unwrap_or_default();
    for origin in file.allow_origins.iter().flatten() {
        let parsed = Origin::parse(origin.get_ref());
        policy.guard.origins.push(parsed.map_err(|e| at.wrong(&origin.span(), e.to_string(), e.hint()))?);
    }
    policy.guard.hosts =
        file.allow_hosts.into_iter().flatten().map(|host| host.into_inner().to_lowercase()).collect();
    Ok(policy)
}

/// The file while it is read: turns a place in it into its line.
struct At<'a> {
    text: &'a str,
    name: &'a str,
}

impl At<'_> {
    fn wrong(&self, span: &Range<usize>, what: String, cure: String) -> PolicyError {
        let before = &self.text[..span.start.min(self.text.len())];
        PolicyError { file: self.name.to_owned(), line: before.matches('\n').count() + 1, what, cure }
    }

    /// What the TOML reader says, and for an unknown key the one that was probably meant.
    fn reader(&self, error: &toml::de::Error) -> PolicyError {
        let span = error.span().unwrap_or(0..0);
        let message = visible(error.message()).replace('\n', ", ");
        let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
        match unknown {
            Some(key) => {
                let meant = did_you_mean(key, KEYS);
                let cure = meant.map_or_else(
                    || format!("the keys are {}", KEYS.join(", ")),
                    |m| format!("did you mean {m}?"),
                );
                self.wrong(&span, format!("there is no key {key}"), cure)
            }
            None => self.wrong(&span, message, "mend that line, or remove it".into()),
        }
    }

    fn seconds(&self, text: &Spanned<String>, now: Timestamp) -> Result<u64, PolicyError> {
        match Ttl::parse(text.get_ref(), now, &Zone::utc()) {
            Ok(Ttl::For(seconds)) if seconds > 0 => Ok(seconds),
            Ok(_) => Err(self.wrong(
                &text.span(),
                "a lifetime here is a length of time".into(),
                "write 15m, 1h or 2h30m".into(),
            )),
            Err(error) => Err(self.wrong(&text.span(), error.to_string(), error.hint())),
        }
    }

    fn settable(&self, text: &Spanned<String>) -> Result<Settable, PolicyError> {
        let known = || Settable::ALL.map(Settable::as_str);
        Settable::parse(text.get_ref()).ok_or_else(|| {
            let cure = match did_you_mean(text.get_ref(), known()) {
                Some(meant) => format!("did you mean {meant}?"),
                None => format!("a request can set {}", known().join(", ")),
            };
            self.wrong(&text.span(), format!("there is no field {}", visible(text.get_ref())), cure)
        })
    }

    /// Lays the `[token]` table, which has the claims' own shape, over the ceiling.
    fn lay(
        &self,
        token: &Spanned<toml::Table>,
        ceiling: &mut Draft,
        now: Timestamp,
    ) -> Result<(), PolicyError> {
        let mut probe = Draft::default();
        let json = serde_json::to_value(token.get_ref()).unwrap_or(Value::Null).to_string();
        let failed = |error: &crate::claims::draft::DraftError| {
            let message = error.to_string();
            let key = message.split([' ', ':']).next().unwrap_or_default();
            self.wrong(
                &self.line_with(token, key.rsplit('.').next().unwrap_or(key)),
                message.clone(),
                error.hint(),
            )
        };
        probe.lay(&json, now, &Zone::utc()).map_err(|error| failed(&error))?;
        for entry in ["iss", "iat", "nbf", "exp", "ttl"] {
            if token.get_ref().contains_key(entry) {
                let cure = "the times are ttl and max_ttl of the file, the key is the project's".into();
                return Err(self.wrong(
                    &self.line_with(token, entry),
                    format!("a token's {entry} is not set here"),
                    cure,
                ));
            }
        }
        if let Some((path, key)) = unknown(&probe.grants) {
            let cure = match crate::claims::catalog::nearest(&path) {
                Some(meant) => format!("did you mean {meant}?"),
                None => "roomkey grants lists every claim".into(),
            };
            return Err(self.wrong(
                &self.line_with(token, key),
                format!("there is no claim {}", visible(&path)),
                cure,
            ));
        }
        ceiling.lay(&json, now, &Zone::utc()).map_err(|error| failed(&error))
    }

    /// Where a key of the `[token]` table stands; the table itself if it cannot be found.
    fn line_with(&self, token: &Spanned<toml::Table>, key: &str) -> Range<usize> {
        let start = token.span().start.min(self.text.len());
        let mut offset = start;
        for line in self.text[start..].split_inclusive('\n') {
            let words = line.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')));
            if !key.is_empty()
                && !line.trim_start().starts_with('#')
                && words.into_iter().any(|word| word == key)
            {
                return offset..offset;
            }
            offset += line.len();
        }
        token.span()
    }
}

/// The first field that LiveKit does not define: its path, and its own name.
fn unknown(grants: &Grants) -> Option<(String, &str)> {
    let own = std::iter::once((String::new(), &grants.unknown));
    let objects = grants.undefined().into_iter().map(|(object, fields)| (format!("{object}."), fields));
    let dispatches =
        grants.room_config.agents.iter().map(|agent| ("roomConfig.agents.".to_owned(), &agent.unknown));
    let mut all = own.chain(objects).chain(dispatches);
    all.find_map(|(object, fields)| fields.keys().next().map(|key| (format!("{object}{key}"), key.as_str())))
}

/// What is wrong with a policy file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {what}")]
pub struct PolicyError {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
    cure: String,
}

impl PolicyError {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> String {
        self.cure.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ApiKey;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);
    const REFERENCE: &str = include_str!("../../../assets/policy.toml");

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(parse("", "policy.toml", NOW), Ok(Policy::default()));
    }

    #[test]
    fn the_reference_is_read_says_the_defaults_and_names_every_key() {
        let policy = parse(REFERENCE, "policy.toml", NOW).unwrap();
        assert_eq!(policy, Policy::default());
        for key in KEYS.into_iter().chain(Settable::ALL.map(Settable::as_str)) {
            assert!(REFERENCE.contains(key), "{key}");
        }
        // What is commented out is an example that works.
        let all: String = REFERENCE
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n");
        let policy = parse(&all, "policy.toml", NOW).unwrap();
        assert_ne!(policy, Policy::default());
        policy.check(&ApiKey::dev(), NOW).unwrap();
    }

    #[test]
    fn every_key_is_obeyed() {
        let text = r#"
            preset = "viewer"
            ttl = "10m"
            max_ttl = "2h"
            rooms = ["a", "b-*"]
            identities = ["guest-*"]
            agents = []
            may_set = ["room", "egress"]
            generate = false
            unique_identities = true
            compat = true
            allow_origins = ["https://app.example.com"]
            allow_hosts = ["Tokens.example.com"]
            [token]
            metadata = "m"
            [token.video]
            canUpdateOwnMetadata = true
            [token.roomConfig]
            maxParticipants = 4
        "#;
        let policy = parse(text, "policy.toml", NOW).unwrap();
        assert_eq!((policy.ttl, policy.cap()), (600, 7_200));
        let video = &policy.ceiling.grants.video;
        assert_eq!(
            (video.can_publish, video.can_update_own_metadata, video.room_join),
            (Some(false), Some(true), true)
        );
        assert_eq!(
            (policy.ceiling.grants.metadata.as_str(), policy.ceiling.grants.room_config.max_participants),
            ("m", 4)
        );
        assert_eq!(policy.rooms.iter().map(Pattern::as_str).collect::<Vec<_>>(), ["a", "b-*"]);
        assert!(
            policy.agents.is_empty() && !policy.generate && policy.unique_identities && policy.guard.compat
        );
        assert_eq!(policy.may_set, [Settable::Room, Settable::Egress]);
        assert_eq!(policy.guard.origins[0].as_str(), "https://app.example.com");
        assert_eq!(policy.guard.hosts, ["tokens.example.com"]);
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_line_and_a_cure() {
        for (text, error, hint) in [
            ("\nroms = []", "p.toml, line 2: there is no key roms", "did you mean rooms?"),
            ("zebra = 1", "p.toml, line 1: there is no key zebra", "the keys are preset, "),
            (
                "generate = 1",
                "p.toml, line 1: invalid type: integer `1`, expected a boolean",
                "mend that line",
            ),
            ("ttl = \"15m\"\nttl = \"1h\"", "p.toml, line 2: duplicate key", "mend that line"),
            ("rooms = [\n\"a\",\n\"\"]", "p.toml, line 3: a pattern is empty", "support-*"),
            ("ttl = \"15\"", "p.toml, line 1: 15 of what?", "write 15s"),
            ("max_ttl = \"until 18:00\"", "p.toml, line 1: a lifetime here is a length of time", "write 15m"),
            ("preset = \"veiwer\"", "p.toml, line 1: there is no preset \"veiwer\"", "did you mean viewer?"),
            (
                "may_set = [\"idenity\"]",
                "p.toml, line 1: there is no field idenity",
                "did you mean identity?",
            ),
            ("allow_origins = [\"*\"]", "p.toml, line 1: * would let every page", "https://app.example.com"),
            (
                "[token]\nname = \"x\"\n[token.video]\n# canPublsh\ncanPublsh = true",
                "p.toml, line 5: there is no claim video.canPublsh",
                "did you mean video.canPublish?",
            ),
            (
                "[token.roomConfig]\nmaxParticipant = 4",
                "p.toml, line 2: there is no claim roomConfig.maxParticipant",
                "did you mean roomConfig.maxParticipants?",
            ),
            (
                "[token.video]\nroomJoin = true\ncanPublish = \"no\"",
                "p.toml, line 3: video.canPublish must be true or false, not a text",
                "",
            ),
            ("[token]\nttl = \"1h\"", "p.toml, line 2: a token's ttl is not set here", "ttl and max_ttl"),
        ] {
            let wrong = parse(text, "p.toml", NOW).unwrap_err();
            assert!(wrong.to_string().starts_with(error), "{wrong}");
            assert!(wrong.hint().contains(hint), "{}", wrong.hint());
        }
    }
}
