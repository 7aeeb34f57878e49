//! `roomkey completions SHELL`: what a shell reads to complete roomkey's commands, options and names.
//!
//! The commands and options are written into the script. Names come from roomkey when they are wanted: the script asks
//! `roomkey completions SHELL --names KIND`, which reads lists and no secret, and never asks anything.

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

use super::{Cli, Failure, Session};
use crate::claims::presets;
use crate::project::ProjectName;
use crate::store::{Backend, Choice};
use crate::text::is_unprintable;

/// Print the completion script of a shell
///
/// The script goes to standard output; where it belongs depends on the shell. In bash, zsh and fish it completes the
/// names of projects and presets, too.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roomkey completions bash > ~/.local/share/bash-completion/completions/roomkey
  roomkey completions zsh > ~/.zfunc/_roomkey
  roomkey completions fish > ~/.config/fish/completions/roomkey.fish

Exit codes:
  0  printed")]
pub(super) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
    /// Print the names of this kind, one a line, for the scripts
    #[arg(long, value_name = "KIND", value_enum, hide = true)]
    names: Option<Names>,
}

/// A kind of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Names {
    /// Of projects, without the one that is built in.
    Stored,
    /// Of all projects.
    Projects,
    /// Of the presets of one's own.
    OwnPresets,
    /// Of all presets.
    Presets,
}

/// Where names of one kind are completed.
struct Place {
    names: Names,
    /// Options that take one, with their dashes.
    options: &'static [&'static str],
    /// Commands whose first argument is one.
    commands: &'static [&'static str],
}

/// Every place where a name is completed.
const PLACES: &[Place] = &[
    Place {
        names: Names::Projects,
        options: &["-p", "--project"],
        commands: &["project default", "project show", "project policy"],
    },
    Place {
        names: Names::Stored,
        options: &[],
        commands: &["project check", "project edit", "project remove", "project rename", "project rotate"],
    },
    Place { names: Names::Presets, options: &["--preset"], commands: &["preset show", "preset export"] },
    Place {
        names: Names::OwnPresets,
        options: &[],
        commands: &["preset edit", "preset rename", "preset remove"],
    },
];

impl Names {
    fn word(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Projects => "projects",
            Self::OwnPresets => "own-presets",
            Self::Presets => "presets",
        }
    }

    /// The names, as far as they are known without a secret. What goes wrong is no business of somebody who has pressed
    /// Tab.
    fn list(self, session: &Session) -> Vec<String> {
        match self {
            Self::Stored | Self::Projects => self.of_projects(session),
            Self::OwnPresets | Self::Presets => self.of_presets(session),
        }
    }

    fn of_presets(self, session: &Session) -> Vec<String> {
        let own = session.ports.presets().read().unwrap_or_default();
        let built_in = if self == Self::Presets { presets::built_in() } else { &[] };
        own.all().iter().chain(built_in).map(|preset| preset.name.clone()).collect()
    }

    fn of_projects(self, session: &Session) -> Vec<String> {
        let ports = &session.ports;
        let settings = ports.settings().unwrap_or_default();
        let backend = match ports.choice() {
            Choice::Named(backend) => Some(backend),
            Choice::Auto => settings.store,
        };
        let listed = match backend {
            _ if ports.is_demo() => {
                ports.open_store().and_then(|store| Ok(store.list()?)).unwrap_or_default()
            }
            // Its list is a file of its own: the keyring itself is not asked.
            None | Some(Backend::Keyring) => ports
                .keyring()
                .and_then(|keyring| crate::store::Store::list(&keyring).ok())
                .unwrap_or_default(),
            // What is in a vault only its passphrase tells.
            Some(Backend::Vault | Backend::Memory | Backend::Environment) => Vec::new(),
        };
        let mut names: Vec<ProjectName> = listed.into_iter().map(|listing| listing.name).collect();
        names.extend(settings.default_project);
        if self == Self::Projects {
            names.push(ProjectName::local_dev());
        }
        names.sort();
        names.dedup();
        names.iter().map(ToString::to_string).filter(|name| !name.contains(is_unprintable)).collect()
    }
}

pub(super) fn run(session: &Session, args: &Completions) -> Result<(), Failure> {
    if let Some(names) = args.names {
        let names = names.list(session);
        return if names.is_empty() { Ok(()) } else { session.console.payload(&names.join("\n")) };
    }
    let shell = args.shell;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "roomkey", &mut script);
    let script = String::from_utf8_lossy(&script);
    let script = match shell {
        Shell::Bash => format!("{script}{}", bash()),
        Shell::Zsh => zsh(&script),
        Shell::Fish => format!("{script}{}", fish()),
        _ => script.into_owned(),
    };
    session.console.payload_bytes(script.as_bytes())
}

/// A function around the generated one, which knows no names.
fn bash() -> String {
    let mut cases = String::new();
    for place in PLACES {
        let kind = place.names.word();
        if !place.options.is_empty() {
            let options = place.options.join("|");
            cases.push_str(&format!("        {options}) _roomkey_names {kind} \"$cur\"; return ;;\n"));
        }
    }
    let mut commands = String::new();
    for place in PLACES {
        let kind = place.names.word();
        let words: Vec<String> = place.commands.iter().map(|command| format!("\"{command}\"")).collect();
        commands.push_str(&format!(
            "        {}) [[ $COMP_CWORD -eq 3 && $cur != -* ]] && {{ _roomkey_names {kind} \"$cur\"; return; }} ;;\n",
            words.join("|")
        ));
    }
    format!(
        r#"
_roomkey_names() {{
    local name
    COMPREPLY=()
    while IFS= read -r name; do
        [[ $name == "$2"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
    done < <(roomkey completions bash --names "$1" 2>/dev/null </dev/null)
}}

_roomkey_with_names() {{
    local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}"
    # --project=acme is three words here.
    if [[ $cur == "=" ]]; then
        cur=""
    elif [[ $prev == "=" ]]; then
        prev="${{COMP_WORDS[COMP_CWORD-2]}}"
    fi
    cur="${{cur//\\/}}"
    case "$prev" in
{cases}    esac
    case "${{COMP_WORDS[1]}} ${{COMP_WORDS[2]}}" in
{commands}    esac
    _roomkey "$@"
}}

complete -F _roomkey_with_names -o bashdefault -o default roomkey
"#
    )
}

/// The same, before the lines that call the function.
fn zsh(script: &str) -> String {
    let mut cases = String::new();
    for place in PLACES {
        let kind = place.names.word();
        if !place.options.is_empty() {
            let options = place.options.join("|");
            cases.push_str(&format!(
                "    if [[ ${{words[CURRENT-1]}} == ({options}) ]]; then _roomkey_names {kind}; return; fi\n"
            ));
        }
        for option in place.options.iter().filter(|option| option.starts_with("--")) {
            cases.push_str(&format!(
                "    if compset -P '{option}='; then _roomkey_names {kind}; return; fi\n"
            ));
        }
        for command in place.commands {
            cases.push_str(&format!(
                "    if [[ $CURRENT -eq 4 && \"${{words[2]}} ${{words[3]}}\" == '{command}' && ${{words[CURRENT]}} != -* ]]; \
                 then _roomkey_names {kind}; return; fi\n"
            ));
        }
    }
    let own = format!(
        "\
_roomkey_names() {{
    local -a names
    names=(${{(f)\"$(roomkey completions zsh --names $1 2>/dev/null </dev/null)\"}})
    compadd -a names
}}

functions[_roomkey_without_names]=$functions[_roomkey]
_roomkey() {{
{cases}    _roomkey_without_names \"$@\"
}}

"
    );
    match script.rfind(ZSH_END) {
        Some(at) => format!("{}{own}{}", &script[..at], &script[at..]),
        None => script.to_owned(),
    }
}

/// Where the generated script has its functions behind it.
const ZSH_END: &str = "if [ \"$funcstack[1]\" = \"_roomkey\" ]; then";

fn fish() -> String {
    let mut lines = String::from("\n");
    for place in PLACES {
        let names =
            format!("(roomkey completions fish --names {} 2>/dev/null </dev/null)", place.names.word());
        let options: Vec<String> = place
            .options
            .iter()
            .map(|option| match option.strip_prefix("--") {
                Some(long) => format!("-l {long}"),
                None => format!("-s {}", option.trim_start_matches('-')),
            })
            .collect();
        if !options.is_empty() {
            lines.push_str(&format!("complete -c roomkey {} -x -a \"{names}\"\n", options.join(" ")));
        }
        for command in place.commands {
            let seen: Vec<String> =
                command.split(' ').map(|word| format!("__fish_seen_subcommand_from {word}")).collect();
            lines
                .push_str(&format!("complete -c roomkey -n \"{}\" -f -a \"{names}\"\n", seen.join("; and ")));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anywhere(command: &clap::Command, has: &dyn Fn(&clap::Arg) -> bool) -> bool {
        command.get_arguments().any(has) || command.get_subcommands().any(|command| anywhere(command, has))
    }

    #[test]
    fn every_place_of_a_name_is_an_option_or_a_command_that_takes_one() {
        let mut root = Cli::command();
        root.build();
        for place in PLACES {
            assert_eq!(Names::from_str(place.names.word(), false), Ok(place.names));
            for option in place.options {
                let has = |arg: &clap::Arg| match option.strip_prefix("--") {
                    Some(long) => arg.get_long() == Some(long),
                    None => arg.get_short() == option.chars().nth(1),
                };
                assert!(anywhere(&root, &has), "{option}");
            }
            for path in place.commands {
                let mut command = &root;
                for word in path.split(' ') {
                    command = command.find_subcommand(word).unwrap_or_else(|| panic!("{path}"));
                }
                assert!(command.get_positionals().next().is_some(), "{path}");
            }
        }
    }

    #[test]
    fn the_generated_zsh_script_ends_as_it_is_taken_to() {
        let mut script = Vec::new();
        clap_complete::generate(Shell::Zsh, &mut Cli::command(), "roomkey", &mut script);
        let script = String::from_utf8(script).unwrap();
        assert_eq!(script.matches(ZSH_END).count(), 1);
        assert!(zsh(&script).contains("_roomkey_without_names"));
    }
}
