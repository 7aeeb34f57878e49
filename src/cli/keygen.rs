//! `roomkey keygen`: an API key and its secret, as the server makes them.

use zeroize::Zeroizing;

use serde_json::json;

use super::agent::AgentArgs;
use super::{Failure, Session, env, project};
use crate::project::{ApiKey, ApiSecret, Listing, Project, ServerUrl};

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
        let (key, secret) = pair()?;
        let project = Project::new(Listing::new(name.clone(), url, key), secret);
        project::keep_new(session, &project)?;
        session.console.note(&format!(
            "the server needs them too: roomkey env -p '{name}' --format keys prints the lines for livekit.yaml"
        ));
        return Ok(());
    }
    args.agent.refuse(session)?;
    let (key, secret) = pair()?;
    let yaml = env::keys(&key, &secret);
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

/// As protocol/utils/guid/id.go: letters and digits that are not taken for one another.
const KEY_LETTERS: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const KEY_LENGTH: usize = 12;
/// Letters and digits: 43 of them have as much chance in them as 32 bytes.
const SECRET_LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_LENGTH: usize = 43;

fn pair() -> Result<(ApiKey, ApiSecret), Failure> {
    let id = letters(KEY_LETTERS, KEY_LENGTH)?;
    let key = ApiKey::parse(&format!("API{}", *id))?.value;
    Ok((key, ApiSecret::verbatim(letters(SECRET_LETTERS, SECRET_LENGTH)?.to_string())))
}

/// Letters of the alphabet, each as likely as any other.
fn letters(alphabet: &[u8], count: usize) -> Result<Zeroizing<String>, Failure> {
    // Beyond the last whole multiple some letters would come more often than others.
    let usable = 256 / alphabet.len() * alphabet.len();
    let mut out = Zeroizing::new(String::with_capacity(count));
    let mut bytes = Zeroizing::new([0; 64]);
    while out.len() < count {
        getrandom::fill(&mut *bytes).map_err(|error| Failure::NoRandom { why: error.to_string() })?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < usable);
        let missing = count - out.len();
        out.extend(fair.take(missing).map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    Ok(out)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "what was made is looked at")]
mod tests {
    use super::*;

    #[test]
    fn pairs_have_the_shape_of_the_servers_own_and_differ() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..200 {
            let (key, secret) = pair().unwrap();
            assert!(key.as_str().len() == 15 && key.as_str().starts_with("API"), "{key}");
            assert!(key.as_str()[3..].bytes().all(|b| KEY_LETTERS.contains(&b)));
            assert_eq!(secret.len(), 43);
            assert!(secret.expose().bytes().all(|b| b.is_ascii_alphanumeric()));
            assert!(seen.insert(key.to_string()) && seen.insert(secret.expose().to_owned()));
        }
    }

    #[test]
    fn every_letter_comes_about_as_often() {
        let text = letters(SECRET_LETTERS, 62_000).unwrap();
        for letter in SECRET_LETTERS {
            let count = text.bytes().filter(|byte| byte == letter).count();
            // A thousand, give or take seven standard deviations.
            assert!((780..1_220).contains(&count), "{}: {count}", char::from(*letter));
        }
    }
}
