//! `roomkey env`: the credentials of a project as text, for programs that read nothing else.

use clap::ValueEnum;
use serde_json::json;
use zeroize::Zeroizing;

use super::agent::AgentArgs;
use super::credentials::{self, Chosen, CredentialArgs};
use super::{Failure, Session};
use crate::project::{ApiKey, ApiSecret, Project};

/// Print LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET of a project
///
/// The secret is printed in the clear, so on a terminal it asks first, and without one it wants --yes. Where the three
/// are only needed by a command, roomkey run hands them over without printing them.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey env -p acme
  roomkey env -p acme --format dotenv --yes > .env.local
  roomkey env -p acme --redacted
  eval \"$(roomkey env -p acme --format export --yes)\"
  roomkey env -p home --format keys --yes >> livekit.yaml
  roomkey run -p acme -- npm start

--json is short for --format json.

Exit codes:
  0  printed
  1  you said no
  2  not printed: nobody could be asked, an AI agent would see it, no credentials, or the store failed")]
pub(super) struct Env {
    /// How they are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, conflicts_with = "json")]
    format: Format,
    /// Print without asking
    #[arg(short, long)]
    yes: bool,
    /// Print (hidden) in the place of the secret; asks nothing, and an AI agent may see it
    #[arg(long, conflicts_with = "yes")]
    redacted: bool,
    #[command(flatten)]
    agent: AgentArgs,
    #[command(flatten)]
    credentials: CredentialArgs,
}

/// `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// NAME=value, in quotes where .env files need them
    #[default]
    Dotenv,
    /// export NAME='value' for a shell
    Export,
    /// A JSON object
    Json,
    /// NAME=value as it is, for docker run --env-file
    Docker,
    /// The keys: lines of livekit.yaml, with the old key too while it is kept
    Keys,
}

pub(super) fn run(session: &Session, args: &Env) -> Result<(), Failure> {
    if !args.redacted {
        args.agent.refuse(session)?;
        if !args.yes && !session.can_ask() {
            return Err(Failure::NoYesToShow);
        }
    }
    let Chosen { mut project, .. } = credentials::choose(session, &args.credentials)?;
    if args.redacted {
        project.secret = ApiSecret::verbatim(HIDDEN.to_owned());
    } else if !args.yes {
        let question = format!("Print the API secret of {} here, in the clear? [y/N] ", project.listing.name);
        if !session.ask(&question)? {
            return Err(Failure::NotShown);
        }
    }
    let format = if session.global.json { Format::Json } else { args.format };
    session.console.payload(text(format, &project).trim_end())
}

/// What stands in the place of a secret.
const HIDDEN: &str = "(hidden)";

fn text(format: Format, project: &Project) -> Zeroizing<String> {
    let url = project.listing.url.ws();
    #[expect(clippy::disallowed_methods, reason = "the user asked for it to be printed")]
    let secret = project.secret.expose();
    let three = [
        ("LIVEKIT_URL", url.as_str()),
        ("LIVEKIT_API_KEY", project.listing.key.as_str()),
        ("LIVEKIT_API_SECRET", secret),
    ];
    let lines = |line: &dyn Fn(&str, &str) -> String| -> String {
        three.iter().map(|(name, value)| line(name, value)).collect()
    };
    Zeroizing::new(match format {
        Format::Dotenv => lines(&|name, value| format!("{name}={}\n", dotenv(value))),
        Format::Export => lines(&|name, value| format!("export {name}='{}'\n", value.replace('\'', r"'\''"))),
        Format::Docker => lines(&|name, value| format!("{name}={value}\n")),
        Format::Json => {
            let [url, key, secret] = three.map(|(_, value)| value);
            json!({"LIVEKIT_URL": url, "LIVEKIT_API_KEY": key, "LIVEKIT_API_SECRET": secret}).to_string()
        }
        Format::Keys => return keys(project),
    })
}

/// Letters, digits and what no reader gives a meaning.
fn is_plain(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./:+=@%".contains(&b))
}

/// A value as the readers of `.env` files agree on it: single quotes keep everything but themselves.
fn dotenv(value: &str) -> String {
    if is_plain(value) {
        value.to_owned()
    } else if value.contains('\'') {
        format!("\"{}\"", value.replace('\\', r"\\").replace('"', "\\\"").replace('$', "\\$"))
    } else {
        format!("'{value}'")
    }
}

/// The `keys:` of `livekit.yaml` with a project's pair in it, and the old one below as long as it is kept: until the last
/// token of it has expired, the server needs both.
pub(super) fn keys(project: &Project) -> Zeroizing<String> {
    let pairs = std::iter::once((&project.listing.key, &project.secret)).chain(project.old_pair());
    let mut lines = Zeroizing::new(String::with_capacity(2_048));
    lines.push_str("keys:\n");
    for (key, secret) in pairs {
        lines.push_str(&key_line(key, secret));
    }
    lines
}

/// One pair as a line under `keys:`.
fn key_line(key: &ApiKey, secret: &ApiSecret) -> Zeroizing<String> {
    // A text in JSON's quotes is one in YAML's too.
    let yaml = |value: &str| {
        let plain = value.bytes().all(|b| b.is_ascii_alphanumeric())
            // A number, in any of YAML's bases, has no other letters.
            && value.bytes().any(|b| b.is_ascii_alphabetic() && !b"abcdefox".contains(&b.to_ascii_lowercase()))
            && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
                .contains(&value.to_ascii_lowercase().as_str());
        if plain { value.to_owned() } else { json!(value).to_string() }
    };
    #[expect(clippy::disallowed_methods, reason = "the user asked for it to be printed")]
    let secret = secret.expose();
    Zeroizing::new(format!("  {}: {}\n", yaml(key.as_str()), yaml(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{Listing, ProjectName, ServerUrl};

    fn shown(format: Format, secret: &str) -> String {
        let listing = Listing {
            name: ProjectName::parse("acme").unwrap(),
            url: ServerUrl::parse("wss://a.example").unwrap().value,
            key: ApiKey::parse("APIacme").unwrap().value,
            old: None,
        };
        text(format, &Project::new(listing, ApiSecret::verbatim(secret.into()))).to_string()
    }

    #[test]
    fn plain_values_are_written_plain() {
        assert_eq!(
            shown(Format::Dotenv, "fakeSecret=="),
            "LIVEKIT_URL=wss://a.example\nLIVEKIT_API_KEY=APIacme\nLIVEKIT_API_SECRET=fakeSecret==\n"
        );
        assert_eq!(
            shown(Format::Export, "fake"),
            "export LIVEKIT_URL='wss://a.example'\nexport LIVEKIT_API_KEY='APIacme'\nexport LIVEKIT_API_SECRET='fake'\n"
        );
        assert_eq!(
            shown(Format::Json, "fake\"q"),
            r#"{"LIVEKIT_URL":"wss://a.example","LIVEKIT_API_KEY":"APIacme","LIVEKIT_API_SECRET":"fake\"q"}"#
        );
        assert_eq!(shown(Format::Keys, "fakeSecret1"), "keys:\n  APIacme: fakeSecret1\n");
        let mut rotated = Project::local_dev();
        let key = ApiKey::parse("APInew").unwrap().value;
        rotated.rotate(key, ApiSecret::verbatim("fakeSecret2".into()), crate::clock::Timestamp::from_unix(1));
        assert_eq!(*keys(&rotated), "keys:\n  APInew: fakeSecret2\n  devkey: secret\n");
    }

    #[test]
    fn odd_values_are_quoted_as_each_reader_wants() {
        let last = |format, secret| shown(format, secret).lines().last().unwrap().to_owned();
        assert_eq!(last(Format::Dotenv, "fake#$x"), "LIVEKIT_API_SECRET='fake#$x'");
        assert_eq!(last(Format::Dotenv, "fake'\"$"), r#"LIVEKIT_API_SECRET="fake'\"\$""#);
        assert_eq!(last(Format::Export, "fake'$x"), r"export LIVEKIT_API_SECRET='fake'\''$x'");
        assert_eq!(last(Format::Docker, "fake#'\"$"), "LIVEKIT_API_SECRET=fake#'\"$");
        for number in ["0123", "1e5", "0xfa", "0o17"] {
            assert_eq!(last(Format::Keys, number), format!("  APIacme: \"{number}\""));
        }
        assert_eq!(last(Format::Keys, "0fakeSecret"), "  APIacme: 0fakeSecret");
        assert_eq!(last(Format::Keys, "fake#: x\""), r#"  APIacme: "fake#: x\"""#);
    }
}
