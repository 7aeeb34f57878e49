//! `roomkey man`: the manual page, made from the same table as the help.

use std::fmt::Write as _;

use clap::CommandFactory;
use clap_mangen::Man;

use super::{Cli, Failure, Session};

/// Print the manual page
///
/// One page for all commands, in roff, made from the same text as --help.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roomkey man | man -l -
  roomkey man > ~/.local/share/man/man1/roomkey.1

Exit codes:
  0  printed")]
pub(super) struct ManPage {}

pub(super) fn run(session: &Session) -> Result<(), Failure> {
    session.console.payload_bytes(&page())
}

fn page() -> Vec<u8> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let mut page = Vec::new();
    let man = Man::new(root.clone());
    // Writing to memory cannot fail.
    drop(man.render(&mut page));
    section(&root, &mut page);
    page
}

/// The commands below, each with its options, as sections of the one page.
fn section(command: &clap::Command, page: &mut Vec<u8>) {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = sub.get_bin_name().unwrap_or(sub.get_name()).to_uppercase();
        let mut heading = String::new();
        let _ = writeln!(heading, ".SH \"{name}\"");
        if let Some(about) = sub.get_long_about().or(sub.get_about()) {
            let _ = writeln!(heading, "{}", roff(&about.to_string()));
        }
        page.extend(heading.into_bytes());
        let mut own = sub.clone().mut_args(|arg| {
            let inherited = arg.is_global_set();
            arg.hide(inherited)
        });
        if own.get_arguments().any(|arg| !arg.is_hide_set()) {
            own = own.disable_help_flag(true).disable_version_flag(true);
            let mut options = Vec::new();
            drop(Man::new(own).render_options_section(&mut options));
            let options = String::from_utf8_lossy(&options).replace(".SH OPTIONS", ".SS Options");
            page.extend(options.into_bytes());
        }
        if let Some(after) = sub.get_after_long_help() {
            let text: Vec<String> = after.to_string().lines().map(roff).collect();
            page.extend(format!(".nf\n{}\n.fi\n", text.join("\n")).into_bytes());
        }
        section(sub, page);
    }
}

/// Text as roff takes it: a backslash and a dash are escaped, and a line never starts as a command.
fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('-', "\\-").replace("\n\n", "\n.PP\n");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_knows_every_command_and_no_hidden_one() {
        let page = String::from_utf8(page()).unwrap();
        for heading in
            ["TOKEN CREATE", "TOKEN INSPECT", "PROJECT ADD", "PROJECT DEFAULT", "GRANTS", "COMPLETIONS"]
        {
            assert!(page.contains(&format!(".SH \"ROOMKEY {heading}\"")), "{heading}");
        }
        assert!(!page.to_lowercase().contains("clip\\-hold"));
        assert!(!page.contains("\\-\\-api\\-secret\\fR="));
    }
}
