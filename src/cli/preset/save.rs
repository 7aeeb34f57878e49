//! `roomkey preset save NAME`.

use clap::{Args, FromArgMatches};

use super::super::token::draft::DraftArgs;
use super::super::{Failure, Session, secret};
use super::{PresetFailure, change, own, typed};
use crate::claims::placeholders;
use crate::claims::presets::Preset;
use crate::claims::presets::own::{Saved, own_name};
use crate::claims::problems::Severity;
use crate::error::Error;
use crate::project::ApiKey;
use crate::text::{listed, visible};

/// Save a draft as a preset of your own
#[derive(Args, Debug)]
#[command(
    long_about = concat!(
        "Save a draft as a preset of your own\n\nThe flags are those of token create. Texts may have placeholders, \
         filled in when a token is signed: {user} is who is at the keyboard, {date} and {time} are those of now, \
         {rand4} is four letters or digits, {\u{1b}[0mn} is the number of a token in a batch and else 1.\n\nA preset \
         holds no secret, so that its file can be shared: what looks like one is refused, with its place."
    ),
    after_long_help = "\
Examples:
  roomkey preset save support-guest --join --room 'support-{date}' --identity 'guest-{rand4}' --valid-for 30m
  roomkey preset save mute-viewer --from viewer --set video.hidden=true --summary 'watches unseen'
  roomkey token create --preset support-guest
  roomkey preset save support-guest --from support-guest --valid-for 1h --force

Exit codes:
  0  saved, or there already
  1  you said no
  2  not saved: a secret in it, a name that is taken, wrong usage, or the file cannot be used"
)]
pub(in super::super) struct Save {
    /// What to call it: any name but that of a built-in preset
    #[arg(value_name = "NAME")]
    preset_name: String,
    /// What it is for, in a line
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,
    /// Replace the preset of this name
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    draft: Flags,
}

/// The flags of a draft, of which `--preset` is `--from` here and `--generate` makes no sense.
#[derive(Debug)]
struct Flags(DraftArgs);

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        DraftArgs::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

fn shaped(command: clap::Command) -> clap::Command {
    command
        .mut_arg("preset", |preset| preset.long("from").alias("preset"))
        .mut_arg("generate", |generate| generate.hide(true))
}

impl Args for Flags {
    fn augment_args(command: clap::Command) -> clap::Command {
        shaped(DraftArgs::augment_args(command))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        shaped(DraftArgs::augment_args_for_update(command))
    }
}

pub(in super::super) fn run(session: &Session, args: &Save) -> Result<(), Failure> {
    let console = session.console;
    if args.draft.0.generate {
        return Err(PresetFailure::Generate.into());
    }
    secret::only_one_reads_stdin(&[
        ("--draft -", args.draft.0.reads_stdin()),
        ("--env-file -", session.env_file_is_stdin()),
    ])?;
    let name = own_name(&args.preset_name).map_err(Error::from)?;
    let tell = |text: &str| console.note(text);
    let draft = args.draft.0.draft(&tell, &session.ports.presets(), session.now, &session.zone)?;
    let there = own(session)?;
    let before = there.get(&name);
    // Who changes a preset's claims has not taken back what it is for.
    let summary =
        args.summary.as_deref().or(before.map(|preset| preset.summary.as_str())).unwrap_or_default();
    let preset = Preset::own(&name, summary, draft).map_err(Error::from)?;
    session.ports.refuse_known_secret(&preset).map_err(Error::from)?;
    warn(session, &preset);
    let mut replace = args.force;
    if let Some(before) = before
        && *before != preset
        && !replace
    {
        if !session.can_ask() {
            return Err(PresetFailure::Taken { name: before.name.clone() }.into());
        }
        replace = session.ask(&format!("Replace the preset {}? [y/N] ", visible(&before.name)))?;
        if !replace {
            return Err(PresetFailure::Kept { name: before.name.clone() }.into());
        }
    }
    let used = placeholders::used(&preset.draft);
    let saved = change(session, |shelf| shelf.save(preset, replace))?;
    let word = match saved {
        Saved::New => "saved",
        Saved::Replaced => "replaced",
        Saved::Same => "there already:",
    };
    let filled = match used.as_slice() {
        [] => String::new(),
        used => format!(", which fills in {}", listed(used, "and")),
    };
    console.note(&format!("{word} {name}; roomkey token create --preset {}{filled}", typed(&name)));
    Ok(())
}

/// What is odd about it, but for what its user fills in later.
fn warn(session: &Session, preset: &Preset) {
    const LATER: [&str; 3] = ["join-no-room", "join-no-identity", "admin-no-room"];
    for problem in preset.draft.preview(&ApiKey::dev(), session.now).problems {
        if problem.rule.severity != Severity::Note && !LATER.contains(&problem.rule.id) {
            session.console.problem(&problem, None);
        }
    }
}
