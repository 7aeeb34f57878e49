//! Why a command did not do as asked, beyond what the modules below it say themselves.

use crate::error::Error;
use crate::project::ProjectName;
use crate::text::visible;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// What a module below says.
    #[error(transparent)]
    Known(Error),

    /// A secret among the arguments. Its value is dropped unread.
    #[error(
        "a secret cannot be an argument: every program of this machine can read those, and your shell keeps them"
    )]
    SecretAsArgument,
    /// A bearer key among the arguments. Its value is dropped unread.
    #[error(
        "a key cannot be an argument: every program of this machine can read those, and your shell keeps them"
    )]
    KeyAsArgument,
    /// No secret, and nobody to ask.
    #[error("the API secret is missing, and there is no terminal to ask on")]
    NoSecret,
    /// Two things are to be read from standard input.
    #[error("both {0} and {1} would read standard input")]
    StdinTwice(&'static str, &'static str),
    /// Standard input or a file could not be read as text.
    #[error("{what} {why}")]
    Unreadable {
        /// `standard input`, or the file.
        what: String,
        /// `is not text (UTF-8)`.
        why: String,
        /// What to do about it.
        cure: &'static str,
    },
    /// Some of a unit of three.
    #[error("{missing} missing: {from}")]
    Partial {
        /// `LIVEKIT_URL is`.
        missing: String,
        /// Where they were looked for.
        from: String,
        /// What to do about it.
        cure: String,
    },
    /// Not a single source of credentials.
    #[error("there is no project to work with{}", why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default())]
    NoProject {
        /// Why the store could not be asked.
        why: Option<String>,
    },
    /// Projects, but none that is the default.
    #[error("none of your {count} projects is the default")]
    NoDefault {
        /// How many there are.
        count: usize,
        /// One of them.
        example: ProjectName,
    },
    /// The default is gone.
    #[error("the default project {name} is not in the {store}")]
    DefaultGone {
        /// Its name.
        name: ProjectName,
        /// Where it was looked for.
        store: &'static str,
    },
    /// A `.roomkey` that names a project that there is not.
    #[error("there is no project {name}, which {} names", visible(path))]
    PinGone {
        /// The name.
        name: ProjectName,
        /// The file.
        path: String,
    },
    /// `project import` of something that is not there.
    #[error("there is no {what}")]
    NothingThere {
        /// `.env file in this folder`.
        what: String,
    },
    /// `project import --name` of more or less than one project.
    #[error("--name is for one project, and there are {count}")]
    OneNameForSeveral {
        /// How many.
        count: usize,
    },
    /// A project to be imported, and another of its name, and nobody to ask.
    #[error("{name} is there already ({how}), and there is no terminal to ask on")]
    Conflict {
        /// The name.
        name: ProjectName,
        /// `differs: secret`.
        how: String,
    },
    /// `project import` without a terminal and without `--yes`.
    #[error("importing needs a yes, and there is no terminal to ask on")]
    NoYesToImport,
    /// The user said no.
    #[error("nothing was imported")]
    NothingImported,
    /// A secret would be shown to an AI agent.
    #[error("this would show a secret to {who} ({variable} is set)")]
    InAgent {
        /// The variable that gives it away.
        variable: &'static str,
        /// Who it is.
        who: &'static str,
    },
    /// `env` without a terminal and without `--yes`.
    #[error("printing a secret needs a yes, and there is no terminal to ask on")]
    NoYesToShow,
    /// The user said no.
    #[error("nothing was printed")]
    NotShown,
    /// What only `preset` says.
    #[error(transparent)]
    Preset(#[from] super::preset::PresetFailure),
    /// A row of `token batch`; row 0 is the header or the file as a whole.
    #[error("{}{what}", place(*row, *line))]
    Row {
        /// Its number, from 1.
        row: u64,
        /// Its line in the file.
        line: Option<u64>,
        /// What is wrong.
        what: String,
        /// What to do about it.
        cure: String,
    },
    /// `run` of a command that is nowhere.
    #[error("there is no command {}", visible(name))]
    CommandNotFound {
        /// As given.
        name: String,
    },
    /// `run` of something that is no program.
    #[error("{} cannot be executed: {why}", visible(name))]
    CommandNotExecutable {
        /// As given.
        name: String,
        /// The system's words.
        why: String,
    },
    /// The name of a project that is always there.
    #[error("{name} is built in and cannot be {done}")]
    BuiltIn {
        /// The name.
        name: ProjectName,
        /// `changed`.
        done: &'static str,
    },
    /// A name that is taken.
    #[error("there is already a project {name}")]
    Taken {
        /// The name.
        name: ProjectName,
    },
    /// `project edit` with nothing to change.
    #[error("nothing to change was given")]
    NothingToChange,
    /// `project remove` without a terminal and without `--yes`.
    #[error("removing {name} needs a yes, and there is no terminal to ask on")]
    NoYes {
        /// The name.
        name: ProjectName,
    },
    /// The user said no.
    #[error("{name} was kept")]
    Kept {
        /// The project's name, or what else was not removed.
        name: String,
    },
    /// An old key with tokens that still work, and nobody to ask.
    #[error(
        "forgetting the old key of {name} needs a yes, since tokens of it still work, and there is no terminal to ask on"
    )]
    OldStillAlive {
        /// The project.
        name: ProjectName,
    },
    /// A passphrase is to be changed, and there is no vault.
    #[error("there is no vault{}", file.as_ref().map(|file| format!(" at {}", visible(file))).unwrap_or_default())]
    NoVault {
        /// Where it would be.
        file: Option<String>,
    },
    /// Two passphrases that differ.
    #[error("the two passphrases differ")]
    PassphrasesDiffer,
    /// A prompt that got no answer.
    #[error("the prompt was not answered")]
    NotAnswered,

    /// `--set` without `=`.
    #[error("--set takes PATH=VALUE, not \"{}\"", visible(given))]
    NotAnAssignment {
        /// As given, cut short.
        given: String,
    },
    /// `--attribute` without `=`, or without a key.
    #[error("--attribute takes KEY=VALUE, not \"{}\"", visible(given))]
    NotAnAttribute {
        /// As given, cut short.
        given: String,
    },
    /// `--attribute-file` that holds something else.
    #[error("{} must be a JSON object of texts: {why}", visible(file))]
    NotAttributes {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A draft that no server would accept.
    #[error("not signed: {}", if *count == 1 { "the error above stands in the way".to_owned() } else { format!("the {count} errors above stand in the way") })]
    NotSignable {
        /// How many errors.
        count: usize,
        /// Whether `--generate` would make up what is missing.
        generate: bool,
    },
    /// What the project's policy forbids.
    #[error("not signed: the policy of {name} does not allow it")]
    AgainstPolicy {
        /// The project.
        name: ProjectName,
    },
    /// An administrative token of a production project, and nobody to ask.
    #[error(
        "{name} is production and this gives {powers}: that needs the project's name, and there is no terminal to ask on"
    )]
    ProductionUnasked {
        /// The project.
        name: ProjectName,
        /// `video.roomAdmin and sip.admin`.
        powers: String,
    },
    /// Another name was typed, or none.
    #[error("nothing was signed: that is not the project's name")]
    ProductionKept,
    /// `grants PATH` of a path that is none.
    #[error("there is no claim {}", visible(path))]
    UnknownClaim {
        /// As given, cut short.
        path: String,
        /// The one meant.
        meant: Option<&'static str>,
    },
    /// An address that cannot be asked.
    #[error("this is no address of an endpoint")]
    NotAnEndpoint,
    /// A webhook's body without its header.
    #[error("the Authorization header is missing")]
    NoAuthorization,
    /// `ledger show` of something else.
    #[error("that is neither a fingerprint nor a token")]
    NotAFingerprint,
    /// `ledger purge --before` of no moment.
    #[error("--before takes a moment, not \"{}\"", visible(given))]
    NotAMoment {
        /// As given, cut short.
        given: String,
    },
    /// `ledger purge` without a terminal and without `--yes`.
    #[error("removing {rows} needs a yes, and there is no terminal to ask on")]
    PurgeNoYes {
        /// `4 rows`.
        rows: String,
    },
    /// The user said no.
    #[error("the ledger was left as it is")]
    LedgerKept,
    /// `explain ID` of an id that is none. It is not repeated.
    #[error("nothing has this id, and it is no error that roomkey knows")]
    UnknownId {
        /// The one meant.
        meant: Option<&'static str>,
    },
    /// `explain TEXT` of a text in which nothing is known.
    #[error("nothing in this text is known to roomkey")]
    NotExplained,
    /// `explain TEXT` of a text with a token and nothing else that is known.
    #[error("nothing in this text is known to roomkey but a token, and that has no fault by itself")]
    OnlyAToken,
    /// Nothing to inspect, anywhere.
    #[error("no token was given, and the clipboard has none ({why})")]
    NoToken {
        /// What the clipboard said.
        why: String,
    },
    /// Less than the two tokens that a difference is between, or more.
    #[error("a difference is between two tokens, and {why}")]
    OneToken {
        /// `standard input has only one`.
        why: String,
    },
    /// One of two texts is no token.
    #[error("{name}: {error}")]
    NotAToken {
        /// `A` or `B`.
        name: String,
        /// What is wrong with it.
        error: crate::token::inspect::InspectError,
    },
    /// A token whose key no project at hand has.
    #[error("no project at hand has the key that this token names, so there is no server to ask")]
    NoServer,
    /// Standard output cannot be written.
    #[error("standard output cannot be written: {why}")]
    Output {
        /// The system's words.
        why: String,
    },
    /// Arguments that are not text.
    #[error("an argument is not valid UTF-8")]
    NotUtf8,

    /// Not a failure: the answer is no, and has been given.
    #[error("refused")]
    Refused,
    /// Not a failure: the question was answered with "cannot tell".
    #[error("could not tell")]
    CouldNotTell,
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Known(error.into())
    }
}

impl Failure {
    /// What to do about it.
    pub(super) fn hint(&self) -> String {
        match self {
            Self::Known(error) => error.hint(),
            Self::Preset(failure) => failure.hint(),
            Self::SecretAsArgument => {
                "give it through --api-secret-stdin, --api-secret-file FILE or LIVEKIT_API_SECRET, or leave it out and be \
                 asked; the one just typed should be considered known"
                    .into()
            }
            Self::KeyAsArgument => {
                "give it through --key-file FILE, --key-stdin or ROOMKEY_SERVE_KEYS; the one just typed should be \
                 considered known"
                    .into()
            }
            Self::NoSecret => "give it through --api-secret-stdin or --api-secret-file FILE".into(),
            Self::StdinTwice(..) => "read one of them from a file".into(),
            Self::Unreadable { cure, .. } => (*cure).into(),
            Self::Partial { cure, .. } | Self::Row { cure, .. } => cure.clone(),
            Self::NoProject { .. } => "add one with roomkey project add NAME, or set LIVEKIT_URL, LIVEKIT_API_KEY and \
                                       LIVEKIT_API_SECRET, or give --env-file FILE, or use --dev for livekit-server --dev"
                .into(),
            Self::NoDefault { example, .. } => {
                format!("choose one: -p '{example}', or for good: roomkey project default '{example}'")
            }
            Self::DefaultGone { .. } => {
                "choose another with roomkey project default NAME, or name one with -p".into()
            }
            Self::PinGone { name, .. } => {
                format!("add it with roomkey project add '{name}', correct the file, or name another with -p")
            }
            Self::NothingThere { .. } => "roomkey project import lists what is found; or name a file".into(),
            Self::OneNameForSeveral { .. } => "choose one with --only NAME".into(),
            Self::Conflict { .. } => "say what to do with --on-conflict skip, replace or rename".into(),
            Self::NoYesToImport => "say it with --yes; --dry-run shows what would change".into(),
            Self::InAgent { .. } => {
                "run it in a terminal of your own, or hand the secret to a program with roomkey run; if it is to be \
                 seen all the same: --allow-in-agent"
                    .into()
            }
            Self::NoYesToShow => "say it with --yes; a command gets them without printing by roomkey run -- COMMAND".into(),
            Self::CommandNotFound { .. } => {
                "check its name and PATH; what the shell itself knows needs one: roomkey run -- sh -c '...'".into()
            }
            Self::CommandNotExecutable { .. } => "check that it is a program and its permissions: chmod +x".into(),
            Self::BuiltIn { .. } => "it is for livekit-server --dev; add a project of your own under another name".into(),
            Self::Taken { name } => format!("change it with roomkey project edit '{name}', or choose another name"),
            Self::NothingToChange => {
                "give --url, --api-key or a secret: --api-secret-stdin, --api-secret-file FILE or --ask-secret".into()
            }
            Self::NoVault { .. } => {
                "the first project makes one: roomkey project add NAME --store vault; or move yours there with roomkey store \
                 migrate --to vault"
                    .into()
            }
            Self::NotAFingerprint => "a fingerprint is 12 hexadecimal digits; roomkey ledger list shows them".into(),
            Self::NotAMoment { .. } => "for example 2026-11-01, '2026-11-01 18:00', or 30d for 30 days ago".into(),
            Self::NoYes { .. } | Self::PurgeNoYes { .. } | Self::OldStillAlive { .. } => "say it with --yes".into(),
            Self::Kept { .. }
            | Self::LedgerKept
            | Self::NotShown
            | Self::NothingImported
            | Self::ProductionKept
            | Self::Refused
            | Self::CouldNotTell => String::new(),
            Self::PassphrasesDiffer | Self::NotAnswered => "try again".into(),
            Self::NotAnAssignment { .. } => "for example --set video.canPublish=false; roomkey grants lists the paths".into(),
            Self::NotAnAttribute { .. } => "for example --attribute role=host".into(),
            Self::NotAttributes { .. } => r#"for example {"role": "host", "seat": "7"}"#.into(),
            Self::NotSignable { generate: true, .. } => {
                "set what is missing, let --generate make it up, or sign all the same with --force".into()
            }
            Self::NotSignable { .. } => "change the draft, or sign all the same with --force".into(),
            Self::AgainstPolicy { name } => {
                format!("change the draft, or the policy: roomkey project policy '{name}'; --force does not overrule it")
            }
            Self::ProductionUnasked { .. } => "leave the administrative grants out, or say --yes-production".into(),
            Self::UnknownClaim { meant: Some(meant), .. } => format!("did you mean {meant}?"),
            Self::UnknownClaim { meant: None, .. } => "roomkey grants lists every path".into(),
            Self::NotAnEndpoint => "for example http://localhost:7878/".into(),
            Self::NoAuthorization => {
                "give its value with --authorization, or give a whole saved request, headers and all".into()
            }
            Self::UnknownId { meant: Some(meant) } => format!("did you mean {meant}? roomkey explain lists every id"),
            Self::UnknownId { meant: None } => "roomkey explain lists every id; of an error give the whole line".into(),
            Self::NotExplained => {
                "give the line with the server's own words; roomkey token check asks the server for them".into()
            }
            Self::OnlyAToken => "roomkey inspect checks its signature; give the error's own line too".into(),
            Self::NoToken { .. } => "give the token as an argument, pipe it in, or copy it first".into(),
            Self::OneToken { .. } => {
                "give both as arguments, one of them as @FILE or - for standard input, or put both into standard input".into()
            }
            Self::NotAToken { error, .. } => error.hint(),
            Self::NoServer => "name the server with --url URL or -p NAME".into(),
            Self::Output { .. } => "nothing of use was written; free space or choose another file".into(),
            Self::NotUtf8 => "type it again; roomkey reads UTF-8 only".into(),
        }
    }

    /// 1 for a no, 2 for everything that kept us from telling; 126 and 127 for a command that could not be run.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Known(error) => error.exit_code(),
            Self::Preset(failure) => failure.exit_code(),
            Self::Refused
            | Self::Kept { .. }
            | Self::LedgerKept
            | Self::NotShown
            | Self::NothingImported
            | Self::ProductionKept => 1,
            // As a shell says it (POSIX, Shell Command Language, 2.8.2).
            Self::CommandNotExecutable { .. } => 126,
            Self::CommandNotFound { .. } => 127,
            _ => 2,
        }
    }
}

/// `row 17 (line 18): `.
fn place(row: u64, line: Option<u64>) -> String {
    match (row, line) {
        (0, Some(line)) => format!("line {line}: "),
        (0, None) => String::new(),
        (row, Some(line)) => format!("row {row} (line {line}): "),
        (row, None) => format!("row {row}: "),
    }
}

/// Text of an argument for an error: its beginning.
pub(super) fn beginning(text: &str) -> String {
    const MOST: usize = 60;
    let mut short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
