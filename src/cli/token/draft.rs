//! The flags that describe a draft, for every command that makes tokens.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value};

use super::super::failure::beginning;
use super::super::{Failure, secret};
use crate::claims::draft::Draft;
use crate::claims::grants::AgentDispatch;
use crate::claims::presets::{self, Preset};
use crate::claims::{Pairs, catalog};
use crate::clock::{Timestamp, Zone};
use crate::error::Error;
use crate::settings::presets::{CalledError, Presets};
use crate::text::visible;

/// What a token is to say.
#[derive(Args, Debug, Default)]
pub(in super::super) struct DraftArgs {
    /// Identity of the participant: unique in its room
    #[arg(short, long, value_name = "ID", help_heading = "Who, where, how long", long_help = detail("sub"))]
    identity: Option<String>,
    /// Room to join or to moderate
    #[arg(short, long, value_name = "NAME", help_heading = "Who, where, how long", long_help = detail("video.room"))]
    room: Option<String>,
    /// Display name of the participant
    #[arg(short, long, value_name = "NAME", help_heading = "Who, where, how long", long_help = detail("name"))]
    name: Option<String>,
    /// How long it is accepted: 90m, 1h30m, 2 days, until 18:00 (default: 1h)
    #[arg(
        long, value_name = "TIME", help_heading = "Who, where, how long", allow_hyphen_values = true,
        long_help = format!("How long it is accepted: 90m, 1h30m, 2 days, until 18:00 (default: 1h)\n\n{}", more("exp"))
    )]
    valid_for: Option<String>,
    /// Make up an identity or a room that a join lacks
    #[arg(long, help_heading = "Who, where, how long")]
    pub(in super::super) generate: bool,

    #[arg(long, help_heading = "What it may do", help = brief("video.roomJoin"), long_help = detail("video.roomJoin"))]
    join: bool,
    #[arg(long, help_heading = "What it may do", help = brief("video.roomAdmin"), long_help = detail("video.roomAdmin"))]
    admin: bool,
    #[arg(long, help_heading = "What it may do", help = brief("video.roomCreate"), long_help = detail("video.roomCreate"))]
    create: bool,
    #[arg(long, help_heading = "What it may do", help = brief("video.roomList"), long_help = detail("video.roomList"))]
    list: bool,
    #[arg(long, help_heading = "What it may do", help = brief("video.roomRecord"), long_help = detail("video.roomRecord"))]
    egress: bool,
    #[arg(long, help_heading = "What it may do", help = brief("video.ingressAdmin"), long_help = detail("video.ingressAdmin"))]
    ingress: bool,
    #[arg(long, help_heading = "What it may do", help = brief("inference.perform"), long_help = detail("inference.perform"))]
    inference: bool,
    #[arg(
        long, help_heading = "What it may do", help = brief("video.canUpdateOwnMetadata"),
        long_help = detail("video.canUpdateOwnMetadata")
    )]
    allow_update_metadata: bool,
    /// Publish only this source; by commas or repeated
    #[arg(
        long, value_name = "SOURCE", value_delimiter = ',', help_heading = "What it may do",
        long_help = format!(
            "Publish only this source: camera, microphone, screen_share, screen_share_audio; by commas or repeated\n\n{}",
            more("video.canPublishSources")
        )
    )]
    allow_source: Vec<String>,

    /// Metadata of the participant, usually JSON
    #[arg(long, value_name = "TEXT", help_heading = "About the participant", long_help = detail("metadata"))]
    metadata: Option<String>,
    /// Attribute of the participant; may be repeated
    #[arg(
        long, value_name = "KEY=VALUE", help_heading = "About the participant",
        long_help = format!("Attribute of the participant, split at the first =; may be repeated\n\n{}", more("attributes"))
    )]
    attribute: Vec<String>,
    /// JSON file with more attributes, which count over --attribute
    #[arg(long, value_name = "FILE", help_heading = "About the participant")]
    attribute_file: Option<PathBuf>,

    /// Agent to dispatch when the join creates the room
    #[arg(long, value_name = "NAME", help_heading = "The room it creates", long_help = detail("roomConfig.agents"))]
    agent: Option<String>,
    /// Deployment of the agent; empty is production
    #[arg(short, long, value_name = "NAME", requires = "agent", help_heading = "The room it creates")]
    deployment: Option<String>,
    /// Metadata for the agent's job
    #[arg(long, value_name = "TEXT", requires = "agent", help_heading = "The room it creates")]
    job_metadata: Option<String>,
    /// Named settings of the room
    #[arg(long, value_name = "NAME", help_heading = "The room it creates", long_help = detail("roomPreset"))]
    room_preset: Option<String>,

    /// Start from a preset
    #[arg(long, value_name = "NAME", help_heading = "Anything else", long_help = presets_help())]
    preset: Option<String>,
    /// Start from a draft in JSON; - is standard input
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Anything else",
        long_help = "Start from a draft in JSON; - is standard input\n\nA draft has the claims' own shape, with identity (or sub) \
                     and ttl (\"90m\"). The payload of any token is one."
    )]
    draft: Option<PathBuf>,
    /// Lay the fields of a video grant over what the flags say
    #[arg(
        long,
        value_name = "JSON",
        help_heading = "Anything else",
        long_help = "Lay the fields of a video grant over what the flags say\n\nAs lk does; an object with video, sip, inference \
                     or roomConfig in it is taken whole. null takes a field back."
    )]
    grant: Option<String>,
    /// Set any claim; unset takes it back; may be repeated
    #[arg(
        long,
        value_name = "PATH=VALUE",
        help_heading = "Anything else",
        long_help = "Set any claim: video.canPublish=false, sip.call=true, roomConfig.maxParticipants=4; may be repeated\n\nThe \
                     value unset takes a claim back. roomkey grants lists every path and what it takes."
    )]
    set: Vec<String>,
}

/// Flags that fill a claim, an example of each, and the claim's path in the catalogue.
const CLAIMS: [(&str, &[&str], &str); 18] = [
    ("identity", &["--identity=x"], "sub"),
    ("room", &["--room=x"], "video.room"),
    ("name", &["--name=x"], "name"),
    ("valid_for", &["--valid-for=5m"], "exp"),
    ("join", &["--join"], "video.roomJoin"),
    ("admin", &["--admin"], "video.roomAdmin"),
    ("create", &["--create"], "video.roomCreate"),
    ("list", &["--list"], "video.roomList"),
    ("egress", &["--egress"], "video.roomRecord"),
    ("ingress", &["--ingress"], "video.ingressAdmin"),
    ("inference", &["--inference"], "inference.perform"),
    ("allow_update_metadata", &["--allow-update-metadata"], "video.canUpdateOwnMetadata"),
    ("allow_source", &["--allow-source=camera"], "video.canPublishSources"),
    ("metadata", &["--metadata=x"], "metadata"),
    ("attribute", &["--attribute=a=b"], "attributes"),
    ("agent", &["--agent=a"], "roomConfig.agents"),
    ("deployment", &["--agent=a", "--deployment=d"], "roomConfig.agents"),
    ("room_preset", &["--room-preset=x"], "roomPreset"),
];

/// How to set a claim here: by its flag, or by `--set`.
pub(super) fn flag(path: &str) -> String {
    match CLAIMS.iter().find(|(_, _, own)| *own == path) {
        Some((id, _, _)) => format!("--{}", id.replace('_', "-")),
        None => format!("--set {path}=…"),
    }
}

/// The claim that a flag fills, by the flag's name with or without its dashes: `valid-for`, `allow_source`.
pub(super) fn claim_of(flag: &str) -> Option<&'static str> {
    let id = flag.trim_start_matches('-').replace('-', "_").to_ascii_lowercase();
    // It says more about an agent that another flag names.
    let whole = |id: &str| id != "deployment";
    CLAIMS.iter().find(|(own, ..)| *own == id && whole(own)).map(|(_, _, path)| *path)
}

/// The names of all such flags.
pub(super) fn claim_flags() -> impl Iterator<Item = String> {
    CLAIMS.iter().map(|(id, ..)| id.replace('_', "-")).filter(|name| name != "deployment")
}

/// The catalogue's summary as a line of help.
fn brief(path: &str) -> String {
    catalog::entry(path).map_or_else(String::new, |entry| {
        let mut chars = entry.summary.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    })
}

/// What the catalogue has to say beyond that.
fn more(path: &str) -> String {
    catalog::entry(path).map_or_else(String::new, |entry| format!("{} (--set {path}=…)", entry.detail))
}

fn detail(path: &str) -> String {
    format!("{}\n\n{}", brief(path), more(path))
}

pub(in super::super) fn presets_help() -> String {
    let mut text =
        String::from("Start from a preset, one of your own (roomkey preset list) or one of these\n");
    for preset in presets::built_in() {
        text.push_str(&format!("\n{:<16} {}", preset.name, preset.summary));
    }
    text
}

impl DraftArgs {
    /// Whether the draft itself comes from standard input.
    pub(in super::super) fn reads_stdin(&self) -> bool {
        self.draft.as_ref().is_some_and(|path| path.as_os_str() == "-")
    }

    /// Whether something whole was named to start from.
    pub(super) fn starts_from_something(&self) -> bool {
        self.preset.is_some() || self.draft.is_some()
    }
}

/// Gives a join the identity and the room it lacks, and says which.
pub(super) fn generate(draft: &mut Draft) -> Vec<String> {
    let mut told = Vec::new();
    if draft.grants.video.room_join {
        if draft.identity.is_empty() {
            draft.identity = made_up("participant");
            told.push(format!("made up the identity {}", draft.identity));
        }
        if draft.grants.video.room.is_empty() {
            draft.grants.video.room = made_up("room");
            told.push(format!("made up the room {}", draft.grants.video.room));
        }
    }
    told
}

/// `room-7f3a2b90`. The hasher's keys come from the system's random numbers; nothing here has to be secret.
fn made_up(what: &str) -> String {
    format!("{what}-{:08x}", RandomState::new().build_hasher().finish() & 0xffff_ffff)
}

/// The preset of this name, built in or one of one's own.
pub(in super::super) fn preset_called(name: &str, presets: &Presets) -> Result<Preset, Failure> {
    presets.called(name).map_err(|error| match error {
        CalledError::Presets(error) => Error::from(error).into(),
        CalledError::Preset(error) => error.into(),
    })
}

/// Lays `--set PATH=VALUE` over a draft, one after the other.
pub(in super::super) fn assign(
    draft: &mut Draft,
    set: &[String],
    now: Timestamp,
    zone: &Zone,
) -> Result<(), Failure> {
    for given in set {
        let (path, value) =
            given.split_once('=').ok_or_else(|| Failure::NotAnAssignment { given: beginning(given) })?;
        draft.set(path.trim(), value, now, zone)?;
    }
    Ok(())
}

impl DraftArgs {
    /// The draft that the arguments describe. What needs a word is given to `tell`.
    pub(in super::super) fn draft(
        &self,
        tell: &dyn Fn(&str),
        presets: &Presets,
        now: Timestamp,
        zone: &Zone,
    ) -> Result<Draft, Failure> {
        let mut draft = match &self.preset {
            Some(name) => preset_called(name, presets)?.draft,
            None => Draft::default(),
        };
        if let Some(path) = &self.draft {
            draft.lay(&secret::file_or_stdin(path)?, now, zone)?;
        }
        self.lay_flags(&mut draft, tell, now, zone)?;
        if let Some(grant) = &self.grant {
            draft.lay_grant(grant)?;
        }
        assign(&mut draft, &self.set, now, zone)?;
        Ok(draft)
    }

    fn lay_flags(
        &self,
        draft: &mut Draft,
        tell: &dyn Fn(&str),
        now: Timestamp,
        zone: &Zone,
    ) -> Result<(), Failure> {
        let set = |at: &mut String, given: &Option<String>| {
            if let Some(text) = given {
                text.clone_into(at);
            }
        };
        set(&mut draft.identity, &self.identity);
        set(&mut draft.grants.name, &self.name);
        set(&mut draft.grants.metadata, &self.metadata);
        set(&mut draft.grants.room_preset, &self.room_preset);
        let video = &mut draft.grants.video;
        set(&mut video.room, &self.room);
        video.room_join |= self.join;
        video.room_admin |= self.admin;
        video.room_create |= self.create;
        video.room_list |= self.list;
        video.room_record |= self.egress;
        video.ingress_admin |= self.ingress;
        if self.allow_update_metadata {
            video.can_update_own_metadata = Some(true);
        }
        draft.grants.inference.perform |= self.inference;
        if !self.allow_source.is_empty() {
            draft.set("video.canPublishSources", &self.allow_source.join(","), now, zone)?;
        }
        if let Some(time) = &self.valid_for {
            draft.set("exp", time, now, zone)?;
        }
        if let Some(agent) = &self.agent {
            draft.grants.room_config.agents = vec![AgentDispatch {
                agent_name: agent.clone(),
                deployment: self.deployment.clone().unwrap_or_default(),
                metadata: self.job_metadata.clone().unwrap_or_default(),
                ..AgentDispatch::default()
            }];
        }
        for given in &self.attribute {
            match given.split_once('=') {
                Some((key, value)) if !key.is_empty() => {
                    draft.grants.attributes.insert(key.to_owned(), value.to_owned());
                }
                _ => return Err(Failure::NotAnAttribute { given: beginning(given) }),
            }
        }
        if let Some(path) = &self.attribute_file {
            let file = path.display().to_string();
            for (key, value) in attributes(&secret::file(path)?, &file)? {
                if let Some(before) = draft.grants.attributes.insert(key.clone(), value.clone())
                    && before != value
                {
                    tell(&format!("attribute {}: the one in {file} counts", visible(&key)));
                }
            }
        }
        Ok(())
    }
}

fn attributes(text: &str, file: &str) -> Result<Pairs, Failure> {
    let wrong = |why: String| Failure::NotAttributes { file: file.to_owned(), why };
    let map: Map<String, Value> = match serde_json::from_str(text) {
        Ok(Value::Object(map)) => map,
        Ok(_) => return Err(wrong("it holds something else".into())),
        Err(error) => return Err(wrong(error.to_string())),
    };
    map.into_iter()
        .map(|(key, value)| match value {
            Value::String(text) => Ok((key, text)),
            _ => Err(wrong(format!("the value of {} must be in quotes", beginning(&key)))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;
    use crate::claims::presets::own::Shelf;
    use crate::project::ApiKey;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        draft: DraftArgs,
        // These are everybody's in the real tree.
        #[arg(long)]
        project: Option<String>,
        #[arg(long)]
        json: bool,
    }

    fn given(args: &[&str]) -> DraftArgs {
        let alone = Alone::try_parse_from([&["draft"], args].concat()).unwrap();
        assert!(alone.project.is_none() && !alone.json);
        alone.draft
    }

    fn draft(args: &[&str]) -> Result<Draft, Failure> {
        given(args).draft(&|_| {}, &Presets::memory(Shelf::default()), NOW, &Zone::utc())
    }

    #[test]
    fn every_flag_that_names_a_claim_fills_it_and_nothing_else() {
        for (_, args, path) in CLAIMS {
            let entry = catalog::entry(path).unwrap_or_else(|| panic!("{path} is no path"));
            let mut filled = draft(args).unwrap();
            assert_ne!(filled, Draft::default(), "{args:?}");
            entry.unset(&mut filled);
            assert_eq!(filled, Draft::default(), "{args:?} sets more than {path}");
        }
    }

    #[test]
    fn help_and_flags_say_what_the_catalogue_says() {
        let command = <Alone as clap::CommandFactory>::command();
        for (id, _, path) in CLAIMS {
            let arg = command.get_arguments().find(|arg| arg.get_id() == id).unwrap();
            let long = arg.get_long_help().map(ToString::to_string).unwrap_or_default();
            if id != "deployment" {
                assert!(long.contains(catalog::entry(path).unwrap().detail), "{id}");
            }
        }
    }

    #[test]
    fn the_later_is_laid_over_the_earlier() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("draft.json");
        std::fs::write(
            &file,
            r#"{"identity": "draft", "name": "draft", "metadata": "draft", "video": {"room": "draft"}}"#,
        )
        .unwrap();
        let file = format!("--draft={}", file.display());
        let made = draft(&[
            &file,
            "--name=flag",
            "--room=flag",
            "--metadata=flag",
            r#"--grant={"room": "grant", "roomJoin": true}"#,
            "--set=metadata=set",
            "--set=video.canPublish=false",
            "--set=video.roomJoin=unset",
        ])
        .unwrap();
        let claims = made.claims(&ApiKey::dev(), NOW);
        assert_eq!(
            Value::Object(claims.to_json()),
            json!({"iss": "devkey", "sub": "draft", "iat": 1_795_531_327, "nbf": 1_795_531_327, "exp": 1_795_534_927,
                   "name": "flag", "metadata": "set", "video": {"room": "grant", "canPublish": false}})
        );
    }

    #[test]
    fn values_are_taken_literally() {
        let made = draft(&["--identity=unset", "--attribute=a.b= x=y ", "--name= n "]).unwrap();
        assert_eq!(made.identity, "unset");
        assert_eq!(made.grants.attributes["a.b"], " x=y ");
        assert_eq!(made.grants.name, " n ");
    }

    #[test]
    fn wrong_values_are_named_with_a_cure() {
        for (args, said) in [
            (&["--set=video.canPublish"][..], "--set takes PATH=VALUE, not \"video.canPublish\""),
            (&["--attribute=role"], "--attribute takes KEY=VALUE, not \"role\""),
            (&["--attribute==x"], "--attribute takes KEY=VALUE, not \"=x\""),
            (&["--grant=[]"], "a grant must be a JSON object"),
            (&["--valid-for=60"], "exp: 60 of what?"),
            (&["--preset=zebra"], "there is no preset \"zebra\""),
        ] {
            let failure = draft(args).unwrap_err();
            assert_eq!(failure.to_string(), said);
            assert!(!failure.hint().is_empty() && failure.exit_code() == 2);
        }
    }

    #[test]
    fn what_a_join_lacks_is_made_up_only_for_a_join() {
        let mut made = draft(&["--join"]).unwrap();
        assert_eq!(generate(&mut made).len(), 2);
        assert!(made.identity.starts_with("participant-") && made.grants.video.room.starts_with("room-"));
        let again = made.clone();
        assert!(generate(&mut made).is_empty());
        assert_eq!(made, again);
        let mut other = draft(&["--list"]).unwrap();
        assert!(generate(&mut other).is_empty() && other.identity.is_empty());
    }
}
