//! `roomkey keygen`: an API key and its secret, as the server makes them.

use zeroize::Zeroizing;

use serde_json::json;

use super::agent::AgentArgs;
use super::{Failure, Session, env, project};
use crate::project::{Listing, Project, ProjectName, ServerUrl};
use crate::store::make_pair;

/// Make an API key and its secret for a server of your own
///
/// They are of the kind that livekit-server generate-keys makes, from the operating system's random numbers. The
/// server learns them from its configuration: the lines for livekit.yaml are printed beside them. With --save they are
/// kept as a project instead, and the secret is not shown; roomkey env --format keys gives the lines later.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey keygen
  roomkey keygen --json | jq -r .livekit_yaml >> livekit.yaml
  roomkey keygen --save home --url wss://livekit.home.example
  roomkey env -p home --format keys --yes >> livekit.yaml

--json prints {api_key, api_secret, livekit_yaml}; with --save what project add prints.

Exit codes:
  0  made
  2  not made: an AI agent would see the secret, the name is taken, or the store failed")]
pub(super) struct Keygen {
    /// Keep them as a project of this name, and do not print the secret
    #[arg(long, value_name = "NAME", requires = "url")]
    save: Option<String>,
    /// Address of the server, for --save
    #[arg(long, value_name = "URL", requires = "save")]
    url: Option<String>,
    #[command(flatten)]
    agent: AgentArgs,
}

pub(super) fn run(session: &Session, args: &Keygen) -> Result<(), Failure> {
    if let (Some(name), Some(url)) = (&args.save, &args.url) {
        let name = project::own_name(name, "added")?;
        let url = super::credentials::told(session, ServerUrl::parse(url)?, "the URL");
        let (key, secret) = make_pair()?;
        let project = Project::new(Listing::new(name.clone(), url, key), secret);
        project::keep_new(session, &project)?;
        session.console.note(&format!(
            "the server needs them too: roomkey env -p '{name}' --format keys prints the lines for livekit.yaml"
        ));
        return Ok(());
    }
    args.agent.refuse(session)?;
    let (key, secret) = make_pair()?;
    let project = Project::new(Listing::new(ProjectName::local_dev(), ServerUrl::local_dev(), key), secret);
    let yaml = env::keys(&project);
    let Project { listing: Listing { key, .. }, secret, .. } = project;
    let console = session.console;
    #[expect(clippy::disallowed_methods, reason = "the user asked for it to be printed")]
    let secret = secret.expose();
    if session.global.json {
        return console.json(&json!({"api_key": key.as_str(), "api_secret": secret, "livekit_yaml": *yaml}));
    }
    console.payload(&Zeroizing::new(format!(
        "API key     {key}\nAPI secret  {secret}\n\nlivekit.yaml:\n{}",
        yaml.trim_end()
    )))
}
