//! `roomkey serve`: the token endpoint, in the foreground, until it is told to stop.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::credentials::{self, Chosen, CredentialArgs};
use super::production::ProductionArgs;
use super::secret::Dropped;
use super::signals::Stop;
use super::token::draft;
use super::{Failure, Ink, Session, secret};
use crate::claims::draft::Draft;
use crate::claims::problems;
use crate::clock::Ttl;
use crate::ports::serving::Serving;
use crate::server::issuer::Issuer;
use crate::server::keys::Keys;
use crate::server::listener::{self, Limits, Listening, Plan, Row, Tls};
use crate::server::origin::Origin;
use crate::server::pattern::Pattern;
use crate::server::policy::{self, Filling, Settable};
use crate::server::summary::{Summary, any_of};
use crate::server::{Policy, ServeError};

mod log;

/// Where bearer keys are looked for when no flag names them.
const KEYS_VARIABLE: &str = "ROOMKEY_SERVE_KEYS";
/// How many rows of the log may wait to be written.
const ROWS: usize = 1_024;
/// How many of them are written at once.
const BATCH: usize = ROWS;
/// How long they may gather.
const GATHER: Duration = Duration::from_millis(10);
/// How long requests that have begun are waited for at the end.
const GRACE: Duration = Duration::from_secs(5);

/// Hand out tokens over HTTP
///
/// A token endpoint as LiveKit's clients call it (TokenSource.endpoint, and TokenSource.sandboxTokenServer with
/// baseUrl): POST a room and an identity to any path, get {server_url, participant_token}. It listens to this machine
/// alone unless --addr says otherwise, and then it wants a key.
///
/// What a token allows at most is laid together as in token create: --preset (participant), --draft, --set. A request can
/// ask for less, never for more. --policy FILE says all of this, and more, in one file.
///
/// What is signed is written into the ledger, never the token itself; roomkey ledger list shows it.
///
/// The log goes to standard error, one line a request, without tokens; with --json each line is an object. Many of them
/// stand beside each other behind any balancer: nothing is shared, and limits are counted by each alone.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey serve --dev
  roomkey serve -p acme --preset viewer --room 'demo-*' --valid-for 10m
  roomkey serve -p acme --allow-origin https://app.example.com --set video.canPublishData=false
  roomkey serve --policy policy.toml --addr 0.0.0.0 --key-file keys --tls-cert cert.pem --tls-key key.pem
  curl -d '{\"room_name\":\"demo\"}' -H 'Content-Type: application/json' http://localhost:7878/

In a web app: const source = TokenSource.endpoint(\"http://localhost:7878/\")

Exit codes:
  0  stopped, as asked (Ctrl-C, SIGTERM)
  1  not started: you did not type the name of the production project
  2  not started: wrong usage, no credentials, a port that is taken, a policy that cannot be met,
     or more than the project's own policy allows")]
pub(super) struct Serve {
    /// Port to listen on; 0 is any that is free
    #[arg(long, value_name = "PORT", default_value_t = 7878, help_heading = "Where")]
    port: u16,
    /// Address to listen on instead of 127.0.0.1 and ::1; others need a key; may be repeated
    #[arg(long, value_name = "IP", help_heading = "Where")]
    addr: Vec<IpAddr>,
    /// Certificate with its chain, in PEM: serve HTTPS
    #[arg(long, value_name = "FILE", requires = "tls_key", help_heading = "Where")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = "Where")]
    tls_key: Option<PathBuf>,

    /// Read what may be handed out from a TOML file
    #[arg(
        long, value_name = "FILE", conflicts_with_all = ["preset", "draft"], help_heading = "What it hands out",
        long_help = "Read what may be handed out from a TOML file\n\nEvery key is explained in assets/policy.toml. The flags below \
                     count over it."
    )]
    policy: Option<PathBuf>,
    /// Start from a preset (default: participant)
    #[arg(long, value_name = "NAME", help_heading = "What it hands out", long_help = draft::presets_help())]
    preset: Option<String>,
    /// Start from a draft in JSON; - is standard input
    #[arg(long, value_name = "FILE", help_heading = "What it hands out")]
    draft: Option<PathBuf>,
    /// Set any claim; no request changes it; may be repeated
    #[arg(long, value_name = "PATH=VALUE", help_heading = "What it hands out")]
    set: Vec<String>,
    /// How long a token lives: 10m, 1h30m (default: 15m)
    #[arg(long, value_name = "TIME", help_heading = "What it hands out")]
    valid_for: Option<String>,
    /// The longest life that a request may ask for (default: as --valid-for)
    #[arg(long, value_name = "TIME", help_heading = "What it hands out")]
    max_valid_for: Option<String>,
    /// Room that may be asked for, with * for any text; may be repeated (default: any)
    #[arg(short, long, value_name = "PATTERN", help_heading = "What it hands out")]
    room: Vec<String>,
    /// Identity that may be asked for, with * for any text; may be repeated (default: any)
    #[arg(short, long, value_name = "PATTERN", help_heading = "What it hands out")]
    identity: Vec<String>,
    /// Agent that may be asked for; may be repeated; none allows none (default: any)
    #[arg(long, value_name = "PATTERN", help_heading = "What it hands out")]
    agent: Vec<String>,
    /// Field that a request may set, by commas or repeated
    #[arg(
        long, value_name = "FIELD", value_delimiter = ',', help_heading = "What it hands out",
        value_parser = Settable::ALL.map(Settable::as_str),
        long_help = "Field that a request may set, by commas or repeated\n\nWithout it all but room_config and egress. ttl and grants \
                     let a request ask for less."
    )]
    may_set: Vec<String>,
    /// Refuse a request without an identity or a room instead of making one up
    #[arg(long, help_heading = "What it hands out")]
    no_generate: bool,
    /// Give every identity an ending of its own, so that nobody takes another's place
    #[arg(long, help_heading = "What it hands out")]
    unique_identities: bool,
    /// Serve the routes of older samples, too
    #[arg(
        long,
        help_heading = "What it hands out",
        long_help = "Serve the routes of older samples, too\n\nGET ?identity&name&metadata&roomName answers {accessToken}; GET and POST \
                     /api/connection-details {serverUrl, roomName, participantName, participantToken}; POST /token {roomName, \
                     participantName} {token}; POST /livekit/token {user_id, room} {token, url}."
    )]
    compat: bool,

    /// Origin whose pages may ask, such as https://app.example.com; may be repeated
    #[arg(
        long,
        value_name = "ORIGIN",
        help_heading = "Who may ask",
        long_help = "Origin whose pages may ask, such as https://app.example.com; may be repeated\n\nPages of this machine \
                     (localhost on any port) may as long as the endpoint listens to this machine alone."
    )]
    allow_origin: Vec<String>,
    /// Name that the endpoint is reached by, such as tokens.example.com; may be repeated
    #[arg(long, value_name = "NAME", help_heading = "Who may ask")]
    allow_host: Vec<String>,
    /// File of bearer keys, one name = key a line
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "key_stdin",
        help_heading = "Who may ask",
        long_help = "File of bearer keys, one name = key a line\n\nIn the place of a key may stand sha256: and its hash. \
                     ROOMKEY_SERVE_KEYS holds the same. Who asks sends Authorization: Bearer and the key."
    )]
    key_file: Option<PathBuf>,
    /// Read the bearer keys from standard input
    #[arg(long, help_heading = "Who may ask")]
    key_stdin: bool,
    /// Believe the bearer tokens of this issuer, the iss of a login; needs --jwks
    #[arg(
        long,
        value_name = "ISS",
        requires = "jwks",
        help_heading = "Who may ask",
        long_help = "Believe the bearer tokens of this issuer, the iss of a login; needs --jwks\n\nWho brings one gets its subject as \
                     identity, and no other. RS256, ES256 and EdDSA are verified; exp, nbf, iss and sub count."
    )]
    trust_issuer: Option<String>,
    /// File of the issuer's public keys (JWKS), as its jwks_uri answers
    #[arg(long, value_name = "FILE", requires = "trust_issuer", help_heading = "Who may ask")]
    jwks: Option<PathBuf>,
    /// What the issuer's tokens must be for, their aud (default: anything)
    #[arg(long, value_name = "AUD", requires = "trust_issuer", help_heading = "Who may ask")]
    audience: Option<String>,
    /// Refused: arguments can be read by everyone
    #[arg(
        long = "key", value_name = "KEY", hide = true, num_args = 0..=1, allow_hyphen_values = true,
        default_missing_value = "", value_parser = Dropped
    )]
    refused_key: Option<()>,

    /// Requests a minute from one address; 0 is no limit (default: 600, on this machine none)
    #[arg(long, value_name = "N", help_heading = "Limits")]
    rate: Option<u32>,
    /// Tokens a minute for one identity; 0 is no limit (default: 60, on this machine none)
    #[arg(long, value_name = "N", help_heading = "Limits")]
    identity_rate: Option<u32>,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = 1024, help_heading = "Limits", value_parser = connections())]
    connections: u32,
    /// Proxies in front that append to X-Forwarded-For whom they hear from
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Limits")]
    proxies: u8,
    /// Do not write what is signed into the ledger
    #[arg(long, help_heading = "Limits")]
    no_ledger: bool,
    /// Serve counters for Prometheus at /metrics
    #[arg(long, help_heading = "Limits")]
    metrics: bool,

    #[command(flatten)]
    credentials: CredentialArgs,
    #[command(flatten)]
    production: ProductionArgs,
}

fn connections() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=65_536)
}

pub(super) fn run(session: &Session, args: &Serve) -> Result<(), Failure> {
    args.credentials.secret.refuse_argument()?;
    if args.refused_key.is_some() {
        return Err(Failure::KeyAsArgument);
    }
    secret::only_one_reads_stdin(&[
        ("--draft -", args.draft.as_deref() == Some(Path::new("-"))),
        ("--policy -", args.policy.as_deref() == Some(Path::new("-"))),
        ("--key-stdin", args.key_stdin),
        ("--key-file -", args.key_file.as_deref() == Some(Path::new("-"))),
        ("--api-secret-stdin", args.credentials.secret.api_secret_stdin),
        ("--env-file -", session.env_file_is_stdin()),
    ])?;
    let mut policy = args.policy(session)?;
    let tls = args.tls()?;
    let bound = if args.addr.is_empty() {
        known(listener::loopback(args.port))?
    } else {
        known(listener::bind(&args.addr, args.port))?
    };
    known(bound.check(&policy))?;
    let Chosen { project, .. } = credentials::choose(session, &args.credentials)?;
    policy.project = session.ports.policy(&project.listing.name)?;
    let mut told = known(policy.check(&project.listing.key, session.now))?;
    told.extend(problems::of_project(&project));
    for problem in &told {
        session.console.problem(problem, None);
    }
    let powers = policy.asks_twice(&project.listing.key, session.now);
    args.production.ask(session, &project.listing.name, &powers)?;
    policy.production_meant = true;
    let mut limits = Limits::usual(bound.addresses().iter().all(|at| at.ip().is_loopback()));
    limits.per_address = args.rate.unwrap_or(limits.per_address);
    limits.per_identity = args.identity_rate.unwrap_or(limits.per_identity);
    limits.connections = usize::try_from(args.connections).unwrap_or(limits.connections);
    limits.proxies = args.proxies.into();
    let (send, rows) = sync_channel(ROWS);
    let summary = Summary::of(&policy, &project.listing, session.now, &session.zone);
    let plan = Plan { policy, project, limits, tls, rows: Some(send), issued: None };
    // Before anybody can know that it listens: a signal that comes early is one to stop in order, too.
    let stop = Stop::expect().map_err(unstarted)?;
    let (console, as_json) = (session.console, session.global.json);
    let told = move |news| log::write_recording(console, &news, as_json);
    let serving = known(session.ports.serve(bound, plan, !args.no_ledger, told))?;
    tell(session, &summary, serving.listening());
    until_told_to_stop(session, stop, serving, rows)
}

pub(super) fn known<T, E: Into<ServeError>>(result: Result<T, E>) -> Result<T, Failure> {
    result.map_err(|error| Failure::from(error.into()))
}

/// What the system would not give.
#[expect(clippy::needless_pass_by_value, reason = "the signature that map_err asks for")]
pub(super) fn unstarted(error: std::io::Error) -> Failure {
    Failure::from(ServeError::from(listener::ListenError::Runtime { why: error.to_string() }))
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, Failure> {
    known(texts.iter().map(|text| Pattern::parse(text)).collect::<Result<_, _>>())
}

impl Serve {
    /// The policy file, and the flags over it.
    fn policy(&self, session: &Session) -> Result<Policy, Failure> {
        let mut policy = match &self.policy {
            Some(path) => {
                let text = secret::file_or_stdin(path)?;
                let own = |name: &str| {
                    let found = draft::preset_called(name, &session.ports.presets());
                    found.map(|preset| preset.draft).map_err(|error| (error.to_string(), error.hint()))
                };
                known(policy::parse_with(&text, &path.display().to_string(), session.now, &own))?
            }
            None => Policy::default(),
        };
        policy.filling = Some(Filling { user: session.ports.user(), zone: session.zone.clone() });
        let length = policy.ceiling.ttl;
        if let Some(name) = &self.preset {
            // A preset's lifetime is for a token made by hand.
            policy.ceiling =
                Draft { ttl: length, ..draft::preset_called(name, &session.ports.presets())?.draft };
        }
        if let Some(path) = &self.draft {
            policy.ceiling.lay(&secret::file_or_stdin(path)?, session.now, &session.zone)?;
        }
        draft::assign(&mut policy.ceiling, &self.set, session.now, &session.zone)?;
        if policy.ceiling.ttl != length
            && let Ttl::For(seconds) = policy.ceiling.ttl
        {
            policy.ttl = seconds;
        }
        if let Some(time) = &self.valid_for {
            let seconds = self.seconds(session, time)?;
            policy.ttl = seconds;
            if self.policy.is_none() || policy.cap() < seconds {
                policy.ceiling.ttl = Ttl::For(seconds);
            }
        }
        if let Some(time) = &self.max_valid_for {
            policy.ceiling.ttl = Ttl::For(self.seconds(session, time)?);
        }
        for (given, at) in [(&self.room, &mut policy.rooms), (&self.identity, &mut policy.identities)] {
            if !given.is_empty() {
                *at = patterns(given)?;
            }
        }
        match self.agent.as_slice() {
            [] => {}
            [none] if none == "none" => policy.agents.clear(),
            given => policy.agents = patterns(given)?,
        }
        if !self.may_set.is_empty() {
            policy.may_set = self.may_set.iter().filter_map(|word| Settable::parse(word)).collect();
        }
        policy.generate &= !self.no_generate;
        policy.unique_identities |= self.unique_identities;
        let guard = &mut policy.guard;
        guard.compat |= self.compat;
        guard.metrics = self.metrics;
        for origin in &self.allow_origin {
            guard.origins.push(known(Origin::parse(origin))?);
        }
        guard.hosts.extend(self.allow_host.iter().map(|host| host.to_lowercase()));
        if let Some(keys) = self.keys(session)? {
            guard.keys = keys;
        }
        if let (Some(issuer), Some(jwks)) = (&self.trust_issuer, &self.jwks) {
            let jwks = secret::file(jwks)?;
            guard.issuer = Some(known(Issuer::parse(issuer, self.audience.as_deref(), &jwks))?);
        }
        Ok(policy)
    }

    fn seconds(&self, session: &Session, time: &str) -> Result<u64, Failure> {
        match Ttl::parse(time, session.now, &session.zone)? {
            Ttl::For(seconds) => Ok(seconds),
            Ttl::Until(_) => known(Err(policy::PolicyFault::NoLength)),
        }
    }

    fn keys(&self, session: &Session) -> Result<Option<Keys>, Failure> {
        let text = if self.key_stdin {
            secret::stdin()?
        } else if let Some(path) = &self.key_file {
            secret::file_or_stdin(path)?
        } else {
            match session.ports.variable(KEYS_VARIABLE).map(std::ffi::OsString::into_string) {
                None => return Ok(None),
                Some(Ok(text)) => text.into(),
                Some(Err(_)) => return Err(Failure::NotUtf8),
            }
        };
        known(Keys::parse(&text)).map(Some)
    }

    fn tls(&self) -> Result<Option<Tls>, Failure> {
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else { return Ok(None) };
        known(Tls::from_pem(&secret::file(certificate)?, &secret::file(key)?)).map(Some)
    }
}

/// Says what listens, what it hands out and to whom.
fn tell(session: &Session, summary: &Summary, listening: &Listening) {
    let console = session.console;
    let others = listening.addresses().iter().any(|at| !at.ip().is_loopback());
    if others && !listening.is_secure() {
        console.warning(
            "others can reach this, and keys and tokens travel in the open",
            Some("give --tls-cert and --tls-key, or let a proxy in front do TLS"),
        );
    }
    let url = listening.url();
    let addresses: Vec<String> = listening.addresses().iter().map(ToString::to_string).collect();
    if session.global.json {
        let started = json!({
            "event": "listening", "url": url, "addresses": addresses, "server_url": summary.server,
            "rooms": summary.rooms, "identities": summary.identities, "agents": summary.agents,
            "ttl_seconds": summary.ttl, "max_ttl_seconds": summary.cap, "keys": summary.keys, "issuer": summary.issuer, "origins": summary.origins,
            "can": summary.can,
        });
        return console.note(&started.to_string());
    }
    let names = [("rooms", &summary.rooms), ("identities", &summary.identities), ("agents", &summary.agents)];
    let names = names.map(|(what, names)| format!("{what}: {}", any_of(names))).join("; ");
    let at = addresses.join(", ");
    console.marked(Ink::Good, "serving", &format!("tokens for {} at {url} ({at})", summary.server));
    for (mark, text) in [
        ("  paste:", format!("TokenSource.endpoint(\"{url}\")")),
        ("    who:", format!("{}; pages of: {}", summary.who(), summary.pages(!others))),
        ("  names:", names),
        ("   life:", summary.life()),
        (" it can:", summary.can.join("; ")),
    ] {
        console.marked(Ink::Name, mark, &text);
    }
}

/// Writes the log until a signal comes; then lets the endpoint finish what it has begun.
fn until_told_to_stop(
    session: &Session,
    stop: Stop,
    serving: Serving,
    rows: Receiver<Row>,
) -> Result<(), Failure> {
    let (console, as_json) = (session.console, session.global.json);
    let counters = serving.listening().counters();
    let of_log = counters.clone();
    let writer = std::thread::Builder::new().name("log".into()).spawn(move || {
        let (mut lines, mut dropped) = (log::Lines::new(console, as_json), 0);
        // Ends when the endpoint does: it holds the other end.
        while let Ok(row) = rows.recv() {
            // Whatever waits is written at once: a line each costs more than the answers do.
            lines.add(&row);
            for row in rows.try_iter().take(BATCH) {
                lines.add(&row);
            }
            lines.write();
            // A moment in which rows gather: to be woken for each would cost the endpoint more than to answer.
            std::thread::sleep(GATHER);
            let now = of_log.now().rows_dropped;
            if now > dropped {
                log::write_dropped(console, now - dropped, as_json);
                dropped = now;
            }
        }
    });
    let writer = writer.map_err(unstarted)?;
    let waited = stop.wait();
    let ended = serving.stop(GRACE);
    // The log's last rows. A writer that nobody reads from any more is not waited for.
    let until = std::time::Instant::now() + Duration::from_secs(1);
    while !writer.is_finished() && std::time::Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    let counts = counters.now();
    log::write_end(console, counts, ended, as_json);
    waited.map_err(unstarted)
}
