//! `roomkey token inspect`: a token taken apart, judged as a server would, and explained.

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal};

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::super::credentials::{self, Chosen};
use super::super::secret::{self, SecretArgs};
use super::super::{Failure, Ink, Session};
use crate::claims::problems::{self, Problem, Severity};
use crate::clock::{Timestamp, Zone, relative};
use crate::project::{ApiKey, ApiSecret, Listing, Project, ProjectName, ServerUrl};
use crate::store::Environment;
use crate::store::Store as _;
use crate::text::{beginning, visible};
use crate::token::inspect::json::{Kind, Node};
use crate::token::inspect::{
    Check, Compared, Credentials, Inspection, Older, Report, Signature, Verdict, inspect,
};
use crate::token::near_miss::{NearMiss, near_miss};

/// Take a token apart, and say what a server makes of it
///
/// Reads the token from the argument, from standard input, or from the clipboard when neither is there. Bearer,
/// quotes, line breaks, a URL, JSON or a log line around it do no harm.
///
/// The secret to verify with is that of -p, of --api-key, of --env-file, or of the project whose key the token names in
/// iss. Without one everything else is still answered, and the verdict is unknown. Nothing leaves this machine.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey inspect eyJhbGciOi...
  pbpaste | roomkey inspect
  roomkey token inspect --json - < token.txt | jq .verdict
  roomkey inspect TOKEN --api-key APIxxxx --api-secret-file secret.txt

Exit codes:
  0  a server accepts it
  1  a server refuses it
  2  could not tell: it is no token, or no project at hand has its key")]
pub(in super::super) struct Inspect {
    /// The token, or - for standard input; without it standard input or the clipboard
    #[arg(value_name = "TOKEN")]
    token: Option<String>,
    #[command(flatten)]
    with: VerifyWith,
}

/// Which key and secret to verify with, if it is not to be the project that the token names.
#[derive(Args, Debug)]
pub(in super::super) struct VerifyWith {
    /// Verify with this key and its secret
    #[arg(long, value_name = "KEY", help_heading = "Credentials", conflicts_with = "project")]
    api_key: Option<String>,
    #[command(flatten)]
    pub(in super::super) secret: SecretArgs,
}

pub(in super::super) fn run(session: &Session, args: &Inspect) -> Result<(), Failure> {
    args.with.secret.refuse_argument()?;
    let text = read(session, args.token.as_deref(), args.with.secret.api_secret_stdin)?;
    let inspection = inspect(&text)?;
    let chosen = verifier(session, &args.with, &inspection)?;
    let compared = chosen.as_ref().map(|chosen| inspection.compare(chosen.credentials(&inspection)));
    let mut report = inspection.review(compared.as_ref(), session.now);
    let mut problems = found(&inspection, session.now);
    problems.extend(compared.iter().flat_map(Compared::problems));
    problems.sort_by_key(|problem| problem.rule.severity);
    let miss = missed(session, args, &inspection, &report, chosen.as_ref());
    if miss.as_ref().is_some_and(NearMiss::leaks_secret) {
        report.conceal(inspection.issuer());
    }
    if session.global.json {
        // A key given on the spot is nobody's project.
        let known = chosen.as_ref().filter(|_| args.with.api_key.is_none());
        let project = known.map(|chosen| chosen.project.listing.name.as_str());
        let summary = inspection.summary(&report, project, &problems, miss.as_ref(), session.now);
        session.console.json(&serde_json::to_value(summary).unwrap_or_default())?;
    } else {
        if let Some(told) = inspection.told() {
            session.console.note(&told);
        }
        if let Some(chosen) = &chosen {
            let old =
                if compared.as_ref().is_some_and(|compared| compared.old) { "the old key of " } else { "" };
            session.console.note(&format!("verified with {old}{}", chosen.source));
        }
        let paint = |ink, text: &str| session.console.paint(ink, text);
        let page = Page { paint: &paint, now: session.now, zone: &session.zone };
        session.console.payload(&in_words(&page, &inspection, &report, &problems, miss.as_ref()))?;
    }
    match report.verdict {
        Verdict::Accepted => Ok(()),
        Verdict::Refused => Err(Failure::Refused),
        Verdict::Unknown => Err(Failure::CouldNotTell),
    }
}

/// The text to look at: the argument, standard input, or the clipboard.
pub(super) fn read(
    session: &Session,
    token: Option<&str>,
    secret_on_stdin: bool,
) -> Result<Zeroizing<String>, Failure> {
    let piped = match token {
        Some(token) => token == "-",
        None => !io::stdin().is_terminal() && !secret_on_stdin,
    };
    secret::only_one_reads_stdin(&[
        ("the token", piped),
        ("--api-secret-stdin", secret_on_stdin),
        ("--env-file -", session.env_file_is_stdin()),
    ])?;
    match token {
        Some("-") => secret::stdin(),
        Some(text) => Ok(Zeroizing::new(text.to_owned())),
        None if piped => secret::stdin(),
        None => match session.ports.clipboard().read() {
            Ok(pasted) => Ok(Zeroizing::new(pasted.expose().to_owned())),
            Err(error) => Err(Failure::NoToken { why: error.to_string() }),
        },
    }
}

/// Whose secret to verify with: the key given, the project named, or whoever has the key that the token names.
pub(in super::super) fn verifier(
    session: &Session,
    with: &VerifyWith,
    inspection: &Inspection,
) -> Result<Option<Chosen>, Failure> {
    if let Some(key) = &with.api_key {
        let key = ApiKey::parse(key)?.value;
        let secret = with.secret.read_or_ask(session.console)?;
        return Ok(Some(given(key, secret)?));
    }
    if with.secret.given() {
        return Err(Failure::Partial {
            missing: "--api-key is".into(),
            from: "a key and its secret are taken together".into(),
            cure: "give --api-key KEY too".into(),
        });
    }
    if let Some(name) = session.named()? {
        return credentials::stored(session, &name).map(Some);
    }
    if let Some(path) = &session.global.env_file {
        return credentials::from_env_file(session, path).map(Some);
    }
    let key = inspection.issuer();
    let lookup = |name: &str| session.ports.variable(name);
    // An incomplete environment is no reason not to look at a token.
    if let Ok(Some(environment)) = Environment::detect(&lookup) {
        for listing in environment.list()? {
            if listing.key.as_str() == key {
                let project = environment.load(&listing.name)?;
                return Ok(Some(Chosen {
                    project,
                    source: "LIVEKIT_API_KEY and its secret (environment)".into(),
                }));
            }
        }
    }
    let stored = session.store().and_then(|store| {
        let listed = store.list()?;
        match by_key(listed, key) {
            Some(listing) => {
                let project = store.load(&listing.name)?;
                let source = format!("{} ({})", listing.name, store.backend());
                Ok(Some(Chosen { project, source }))
            }
            None => Ok(None),
        }
    });
    match stored {
        Ok(Some(chosen)) => Ok(Some(chosen)),
        _ if key == ApiKey::dev().as_str() => {
            credentials::stored(session, &ProjectName::local_dev()).map(Some)
        }
        Ok(None) => Ok(None),
        Err(failure) => {
            session.console.warning(&format!("no project was asked: {failure}"), Some(&failure.hint()));
            Ok(None)
        }
    }
}

/// Whose key it is; whose old one, if it is nobody's present one.
pub(in super::super) fn by_key(listings: Vec<Listing>, key: &str) -> Option<Listing> {
    let old = listings.iter().find(|listing| listing.had(key)).cloned();
    listings.into_iter().find(|listing| listing.key.as_str() == key).or(old)
}

impl Chosen {
    /// Those of the project's credentials that the token names.
    pub(in super::super) fn credentials(&self, token: &Inspection) -> Credentials<'_> {
        Credentials::of(&self.project, token.issuer())
    }
}

/// A key and a secret without a project around them.
fn given(key: ApiKey, secret: ApiSecret) -> Result<Chosen, Failure> {
    let source = format!("the given key {key}");
    let name = ProjectName::parse("the given key")?;
    // Verifying asks no server, so any address does.
    let listing = Listing::new(name, ServerUrl::local_dev(), key);
    Ok(Chosen { project: Project::new(listing, secret), source })
}

/// What made the signature, where the right secret did not: the same secret mangled, or another project's.
fn missed(
    session: &Session,
    args: &Inspect,
    inspection: &Inspection,
    report: &Report,
    chosen: Option<&Chosen>,
) -> Option<NearMiss> {
    if report.signature == Signature::Valid {
        return None;
    }
    // With a key given by hand the stores are none of the question's business.
    let others = if args.with.api_key.is_some() { Vec::new() } else { stored(session) };
    let own = chosen.map(|chosen| chosen.credentials(inspection));
    let others = others
        .iter()
        .flat_map(Credentials::all_of)
        .filter(|other| own.is_none_or(|own| (own.name, own.key) != (other.name, other.key)));
    near_miss(inspection, own, others)
}

/// Every stored project that can be had; a store that cannot be opened has been told of already.
fn stored(session: &Session) -> Vec<Project> {
    let Ok(store) = session.store() else { return Vec::new() };
    let listed = store.list().unwrap_or_default();
    listed.iter().filter_map(|listing| store.load(&listing.name).ok()).collect()
}

/// What is odd about it, as far as its claims can be read.
fn found(inspection: &Inspection, now: Timestamp) -> Vec<Problem> {
    let mut found = match &inspection.claims {
        Ok(claims) => problems::of_claims(claims, None, now),
        Err(_) => Vec::new(),
    };
    if inspection.algorithm() != "HS256" {
        found.splice(0..0, problems::of_algorithm(inspection.algorithm()));
    }
    found
}

/// What `roomkey token inspect` prints of a token, without colours.
#[must_use]
pub fn inspected_in_words(
    inspection: &Inspection,
    report: &Report,
    problems: &[Problem],
    miss: Option<&NearMiss>,
    now: Timestamp,
    zone: &Zone,
) -> String {
    let page = Page { paint: &|_, text| text.to_owned(), now, zone };
    in_words(&page, inspection, report, problems, miss)
}

/// Where the report is written: in which colours, and when.
struct Page<'a> {
    paint: Paint<'a>,
    now: Timestamp,
    zone: &'a Zone,
}

/// How a piece of text is put in ink, or left as it is.
type Paint<'a> = &'a dyn Fn(Ink, &str) -> String;

/// The verdict in its colour, with its sign.
pub(in super::super) fn verdict_row(paint: Paint<'_>, verdict: Verdict, sentence: &str) -> String {
    let (ink, mark) = match verdict {
        Verdict::Accepted => (Ink::Good, "✓"),
        Verdict::Refused => (Ink::Bad, "✗"),
        Verdict::Unknown => (Ink::Caution, "?"),
    };
    paint(ink, &format!("{mark} {sentence}"))
}

/// A row for each check: its sign, what it asks, what was found.
pub(in super::super) fn check_rows(paint: Paint<'_>, checks: &[Check]) -> impl Iterator<Item = String> {
    let labels = checks.iter().map(|check| check.label.len()).max().unwrap_or(0);
    checks.iter().map(move |check| {
        let (ink, mark) = match check.ok {
            Some(true) => (Ink::Good, "✓"),
            Some(false) => (Ink::Bad, "✗"),
            None => (Ink::Faint, "·"),
        };
        format!("  {} {:labels$}  {}", paint(ink, mark), check.label, check.detail)
    })
}

/// The report for people: the verdict first, then what it rests on.
fn in_words(
    page: &Page<'_>,
    inspection: &Inspection,
    report: &Report,
    problems: &[Problem],
    miss: Option<&NearMiss>,
) -> String {
    // A token is longer than what it says, and a text that grows step by step is copied at each.
    let mut out = String::with_capacity(inspection.token().expose().len());
    let mut line = |text: fmt::Arguments<'_>| {
        // A text takes whatever is written to it.
        _ = out.write_fmt(text);
        out.push('\n');
    };
    line(format_args!("{}", verdict_row(page.paint, report.verdict, &report.sentence)));
    if let Some(server) = &report.server {
        let said = format!("  a join is answered {} {}", server.status, beginning(&server.text, 512));
        line(format_args!("{}", (page.paint)(Ink::Faint, &said)));
    }

    if let Some(miss) = miss {
        line(format_args!("{}", (page.paint)(Ink::Caution, &format!("  {}", miss.sentence))));
        line(format_args!("{}", (page.paint)(Ink::Faint, &format!("  {}", miss.hint))));
    }

    line(format_args!("\n{}", (page.paint)(Ink::Strong, "Checks")));
    check_rows(page.paint, &report.checks).for_each(|row| line(format_args!("{row}")));

    line(format_args!("\n{}", (page.paint)(Ink::Strong, "Claims")));
    let payload = inspection.shown_payload(miss.is_some_and(NearMiss::leaks_secret));
    let mut json = Vec::with_capacity(inspection.token().expose().len());
    pretty(payload.root(), 0, &mut json);
    // JSON is UTF-8.
    for text in String::from_utf8(json).unwrap_or_default().lines() {
        line(format_args!("  {}{}", visible(text), when(page, text)));
    }

    if let Ok(claims) = &inspection.claims {
        line(format_args!("\n{}", (page.paint)(Ink::Strong, "It would let its holder")));
        for may in crate::claims::effect::lines(claims, page.now, page.zone) {
            let (ink, mark) = if may.allowed { (Ink::Good, "✓") } else { (Ink::Faint, "✗") };
            let reason = if may.reason.is_empty() { String::new() } else { format!("  ({})", may.reason) };
            line(format_args!(
                "  {} {}{}",
                (page.paint)(ink, mark),
                may.text,
                (page.paint)(Ink::Faint, &reason)
            ));
        }
    }
    if !problems.is_empty() {
        line(format_args!("\n{}", (page.paint)(Ink::Strong, "Problems")));
        let ids = problems.iter().map(|problem| problem.rule.id.len()).max().unwrap_or(0);
        for problem in problems {
            let (ink, mark) = match problem.rule.severity {
                Severity::Error => (Ink::Bad, "✗"),
                Severity::Warning => (Ink::Caution, "!"),
                Severity::Note => (Ink::Faint, "·"),
            };
            let id = (page.paint)(Ink::Name, &format!("{:ids$}", problem.rule.id));
            line(format_args!("  {} {id}  {}", (page.paint)(ink, mark), visible(&problem.message)));
            let cure = format!("    {:ids$}  {}", "", problem.rule.cure);
            line(format_args!("{}", (page.paint)(Ink::Faint, &cure)));
        }
    }
    let older = inspection.older_servers(report);
    if !older.is_empty() {
        line(format_args!("\n{}", (page.paint)(Ink::Strong, "On older servers")));
        for Older { until, detail, .. } in older {
            line(format_args!("  {} {until:8} {detail}", (page.paint)(Ink::Faint, "up to")));
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// How deep JSON is indented. What is deeper stands in one line: in steps, a token of 64 KiB could fill megabytes.
const DEEPEST: usize = 12;

/// JSON as `serde_json` indents it, down to [`DEEPEST`].
fn pretty(node: Node<'_>, depth: usize, out: &mut Vec<u8>) {
    match node.kind() {
        Kind::Object(members) if depth < DEEPEST && members.clone().next().is_some() => {
            out.push(b'{');
            for (i, (key, inner)) in members.enumerate() {
                break_line(i > 0, depth + 1, out);
                write(&*key.read(), out);
                out.extend(b": ");
                pretty(inner, depth + 1, out);
            }
            break_line(false, depth, out);
            out.push(b'}');
        }
        Kind::List(items) if depth < DEEPEST && items.clone().next().is_some() => {
            out.push(b'[');
            for (i, inner) in items.enumerate() {
                break_line(i > 0, depth + 1, out);
                pretty(inner, depth + 1, out);
            }
            break_line(false, depth, out);
            out.push(b']');
        }
        _ => write(&node, out),
    }
}

fn break_line(comma: bool, depth: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(if comma { b",\n" } else { b"\n" });
    out.extend(std::iter::repeat_n(b"  ", depth).flatten());
}

fn write(json: &(impl Serialize + ?Sized), out: &mut Vec<u8>) {
    // Neither a list of bytes nor JSON has a reason to fail.
    serde_json::to_writer(out, json).ok();
}

/// Behind a line of the claims that is a time: the time in words.
fn when(page: &Page<'_>, line: &str) -> String {
    let Some(line) = line.strip_prefix("  \"") else { return String::new() };
    let number = ["exp\": ", "nbf\": ", "iat\": "].into_iter().find_map(|name| line.strip_prefix(name));
    let Some(Ok(seconds)) = number.map(|number| number.trim_end_matches(',').parse::<i64>()) else {
        return String::new();
    };
    let at = Timestamp::from_unix(seconds);
    let said = format!("   {}, {}", page.zone.said(at, page.now), relative(at, page.now));
    (page.paint)(Ink::Faint, &said)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::token::inspect::json::Json;

    fn indented(value: &Value) -> String {
        let mut out = Vec::new();
        pretty(Json::of(value).root(), 0, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_is_indented_as_everywhere() {
        let value = json!({"a": {"b": [1, "x\u{1b}", {}, [], {"c": null}]}, "": true});
        assert_eq!(indented(&value), serde_json::to_string_pretty(&value).unwrap());
    }

    #[test]
    fn what_is_nested_deep_grows_no_faster_than_it_is_long() {
        let nest = |deep: usize| (0..deep).fold(json!([]), |inner, _| json!([inner]));
        let value = Value::Array((0..200).map(|_| nest(100)).collect());
        let plain = value.to_string().len();
        assert!(indented(&value).len() < 8 * plain, "{} of {plain}", indented(&value).len());
    }
}
