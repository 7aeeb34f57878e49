//! The command line: the tree of commands, what all of them share, and the way from arguments to an exit code.
//!
//! One file a command, named as it is typed, in [`cli/`](self). A command fills a draft or asks a store; what a
//! claim means, what is wrong with it and how it is signed stands below.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::claims::placeholders::Moment;
use crate::clock::{Timestamp, Zone};
use crate::error::Error;
use crate::ports::{self, Ports};
use crate::project::ProjectName;
use crate::settings::pin::{Found, Pin};
use crate::store::{Choice, Passphrase, Store, StoreError, Wanted, unlock_from};

mod agent;
mod check;
mod completions;
mod console;
mod credentials;
mod doctor;
mod endpoint;
mod env;
mod explain;
mod failure;
mod findings;
mod grants;
mod keygen;
mod ledger;
mod man;
mod preset;
mod production;
mod project;
mod run;
mod secret;
mod serve;
mod signals;
mod store;
mod token;
mod usage;
mod webhook;

pub use console::Colors;
use console::{Console, Ink};
use failure::Failure;
pub use token::inspect::inspected_in_words;

/// The key desk for LiveKit rooms
///
/// Keeps LiveKit projects (URL, API key, API secret) in the keyring of the operating system, composes access tokens,
/// says what they really allow, signs and copies them, and takes any token apart.
///
/// Without a command, in a terminal, the screens open.
#[derive(Debug, Parser)]
#[command(
    name = "roomkey",
    version,
    arg_required_else_help = false,
    subcommand_required = false,
    disable_help_subcommand = false,
    max_term_width = 100,
    after_long_help = "\
Examples:
  roomkey                                   open the screens
  roomkey token create --dev --join --room demo --identity alice
  roomkey project add acme --url wss://acme.livekit.cloud --api-key APIxxxx
  pbpaste | roomkey inspect

Credentials come from one source, never mixed, the first of these that is there:
  -p NAME, --url with --api-key and a secret, LIVEKIT_URL with LIVEKIT_API_KEY and LIVEKIT_API_SECRET,
  --env-file, the project that a .roomkey in this folder or above names, the default project. Which one it was is
  told on standard error.

Exit codes:
  0  yes: done
  1  no: a token is refused, or you said no
  2  could not tell: wrong usage, or the store, a file or the clipboard failed

The payload goes to standard output, everything else to standard error. With --json standard output is
JSON or empty. A closed pipe is success. Nothing prompts unless standard input is a terminal."
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every command takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// Use this project
    #[arg(short, long, global = true, value_name = "NAME", help_heading = "Everywhere")]
    pub project: Option<String>,

    /// Where projects are kept
    ///
    /// auto is the store chosen before, else the keyring; it never falls back to another by itself. vault is one
    /// file encrypted with a passphrase. memory forgets. env is LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.
    /// ROOMKEY_STORE says the same for all commands.
    #[arg(
        long, global = true, value_name = "STORE", help_heading = "Everywhere",
        value_parser = ["auto", "keyring", "vault", "memory", "env"]
    )]
    pub store: Option<String>,

    /// Read LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET from a .env file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub env_file: Option<PathBuf>,

    /// Print JSON on standard output
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub json: bool,

    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        help_heading = "Everywhere"
    )]
    pub color: Colors,

    /// Silence notes and warnings, never errors
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub quiet: bool,

    /// Work on made-up projects in memory; write nothing
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub demo: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(subcommand)]
    Token(token::Token),
    Inspect(token::inspect::Inspect),
    #[command(subcommand)]
    Project(project::Project),
    #[command(subcommand)]
    Preset(preset::PresetCommand),
    #[command(subcommand)]
    Store(store::StoreCommand),
    Run(run::Run),
    Env(env::Env),
    Keygen(keygen::Keygen),
    Grants(grants::Grants),
    #[command(subcommand)]
    Endpoint(endpoint::Endpoint),
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    Doctor(doctor::Doctor),
    Explain(explain::Explain),
    Serve(Box<serve::Serve>),
    Completions(completions::Completions),
    Man(man::ManPage),
}

/// What is left to do once the arguments have been looked at.
#[derive(Debug)]
pub enum Next {
    /// Nothing: the command has run.
    Exit(ExitCode),
    /// Open the screens with these options.
    Screens(Global),
}

/// Runs the command that the arguments (the program's name first) name.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Next {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let early = usage::console(&arguments);
    let parsed =
        Cli::command().try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return Next::Exit(usage::answer(early, &error)),
    };
    let Some(command) = cli.command else {
        if std::io::stdin().is_terminal() && early.terminal {
            return Next::Screens(cli.global);
        }
        return Next::Exit(help(cli.global.color));
    };
    let console = Console::new(cli.global.color, cli.global.quiet);
    let done = Session::new(console, cli.global).and_then(|session| dispatch(&session, &command));
    Next::Exit(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !matches!(failure, Failure::Refused | Failure::CouldNotTell) {
                console.error(&failure.to_string(), &failure.hint());
            }
            ExitCode::from(failure.exit_code())
        }
    })
}

/// Prints the help: there was no command, and no terminal for the screens. The exit code says that nothing was done.
#[must_use]
pub fn help(colors: Colors) -> ExitCode {
    // Help that cannot be written cannot be complained about either.
    drop(Console::new(colors, false).help(&Cli::command().render_help()));
    ExitCode::from(2)
}

/// Says on standard error what went wrong outside the commands, and gives its exit code.
#[must_use]
pub fn complain(colors: Colors, error: &Error) -> ExitCode {
    Console::new(colors, false).error(&error.to_string(), &error.hint());
    ExitCode::from(error.exit_code())
}

fn dispatch(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Token(token) => token::run(session, token),
        Command::Inspect(inspect) => token::inspect::run(session, inspect),
        Command::Project(project) => project::run(session, project),
        Command::Preset(preset) => preset::run(session, preset),
        Command::Store(store) => store::run(session, store),
        Command::Env(args) => env::run(session, args),
        Command::Keygen(args) => keygen::run(session, args),
        Command::Run(run) => run::run(session, run),
        Command::Grants(grants) => grants::run(session, grants),
        Command::Endpoint(endpoint) => endpoint::run(session, endpoint),
        Command::Webhook(webhook) => webhook::run(session, webhook),
        Command::Doctor(doctor) => doctor::run(session, doctor),
        Command::Ledger(ledger) => ledger::run(session, ledger),
        Command::Explain(explain) => explain::run(session, explain),
        Command::Serve(serve) => serve::run(session, serve),
        Command::Completions(completions) => completions::run(session, completions),
        Command::Man(_) => man::run(session),
    }
}

/// One run of one command.
struct Session {
    console: Console,
    global: Global,
    ports: Ports,
    now: Timestamp,
    zone: Zone,
}

impl Session {
    fn new(console: Console, global: Global) -> Result<Self, Failure> {
        let ports = ports(&global)?;
        Ok(Self { console, global, ports, now: Timestamp::now(), zone: ports::zone() })
    }

    /// What the placeholders of a draft are filled with.
    fn moment(&self) -> Moment {
        Moment::at(self.now, &self.zone, &self.ports.user())
    }

    /// Whether `--env-file` is standard input.
    fn env_file_is_stdin(&self) -> bool {
        self.global.env_file.as_ref().is_some_and(|path| path.as_os_str() == "-")
    }

    /// The project named by `-p`, if it is a name.
    fn named(&self) -> Result<Option<ProjectName>, Failure> {
        Ok(self.global.project.as_deref().map(ProjectName::parse).transpose()?)
    }

    /// Whether somebody can be asked.
    fn can_ask(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    /// Asks something whose answer is yes or no. An end of input is no yes.
    fn ask(&self, question: &str) -> Result<bool, Failure> {
        let answer = match secret::asked(question) {
            Err(Failure::NotAnswered) => String::new(),
            answer => answer?,
        };
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// The project that a `.roomkey` in this folder or above asks for. One that is not obeyed is told.
    fn pin(&self) -> Result<Option<Pin>, Failure> {
        match self.ports.pin()? {
            Found::Nothing => Ok(None),
            Found::Pin(pin) => Ok(Some(pin)),
            Found::Foreign(path) => {
                self.console.warning(
                    &format!("{} belongs to another user and is not obeyed", path.display()),
                    Some("name a project with -p, or make the file yours"),
                );
                Ok(None)
            }
        }
    }

    /// Opens the store, and unlocks it if it wants a passphrase and holds anything: reading an absent vault needs
    /// none.
    fn store(&self) -> Result<Box<dyn Store>, Failure> {
        let mut store = self.ports.open_store()?;
        if store.wants_passphrase() == Some(Wanted::Existing) {
            self.unlock(store.as_mut(), false)?;
        }
        Ok(store)
    }

    /// Unlocks a store for writing: the passphrase of a vault yet to be made is chosen now.
    fn unlock_to_write(&self, store: &mut dyn Store) -> Result<(), Failure> {
        match store.wants_passphrase() {
            Some(wanted) => self.unlock(store, wanted == Wanted::New),
            None => Ok(()),
        }
    }

    fn unlock(&self, store: &mut dyn Store, new: bool) -> Result<(), Failure> {
        match unlock_from(store, &|name| self.ports.variable(name)) {
            Err(StoreError::NeedsPassphrase { .. }) if std::io::stdin().is_terminal() => {
                let passphrase = if new {
                    new_passphrase()?
                } else {
                    Passphrase::parse(&secret::masked("Passphrase of the vault (not shown): ")?)?
                };
                Ok(store.unlock(passphrase)?)
            }
            done => Ok(done?),
        }
    }
}

/// A passphrase that is being chosen, asked for twice.
fn new_passphrase() -> Result<Passphrase, Failure> {
    let first = secret::masked("New passphrase for the vault (not shown): ")?;
    if *secret::masked("The same again: ")? != *first {
        return Err(Failure::PassphrasesDiffer);
    }
    Ok(Passphrase::parse(&first)?)
}

/// The outside world that the options ask for.
///
/// # Errors
/// A store that there is none of, or no home folder.
pub fn ports(global: &Global) -> Result<Ports, Error> {
    if global.demo {
        return Ok(Ports::demo());
    }
    let choice = Choice::from_flag(global.store.as_deref(), &|name| std::env::var_os(name))?;
    Ok(Ports::system(choice, std::io::stdin().is_terminal())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_argument_is_explained_in_a_line_and_every_command_has_examples_and_exit_codes() {
        fn walk(command: &clap::Command, path: &str) {
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_empty(), "{path} {} is not explained", arg.get_id());
                assert!(help.len() <= 90 && !help.ends_with('.'), "{path} {}: {help}", arg.get_id());
            }
            let leaf = command.get_subcommands().next().is_none();
            if leaf && !command.is_hide_set() && command.get_name() != "help" {
                let after = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
                assert!(after.contains("Examples:") && after.contains("Exit codes:"), "{path}");
                assert!(command.get_long_about().is_some(), "{path} has no long description");
            }
            for sub in command.get_subcommands() {
                walk(sub, &format!("{path} {}", sub.get_name()));
            }
        }
        let mut root = Cli::command().disable_help_subcommand(true);
        root.build();
        walk(&root, "roomkey");
    }
}
