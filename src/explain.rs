//! What an error means, and what to do about it: by its id, or found in a text that somebody pasted.
//!
//! Ids are those of the problems ([`RULES`]), of the questions a server asks ([`QUESTIONS`]), of the near misses
//! ([`KINDS`]), and of messages that none of these stands for. All are read from their tables; what is here is who
//! says what in which words. Nothing of a pasted text is ever repeated, but for the names of claims and what the
//! inspector says of a token in it, with secrets taken out.

use std::borrow::Cow;

use crate::claims::catalog;
use crate::claims::problems::{Problem, RULES, Severity, of_claims};
use crate::clock::Timestamp;
use crate::text::{did_you_mean, redacted, visible};
use crate::token::inspect::{InspectError, LONGEST, QUESTIONS, Verdict, find_token, inspect};
use crate::token::near_miss::KINDS;

mod finder;
mod messages;
mod plain;
mod sayings;

use messages::MESSAGES;
use sayings::Weight;

/// What an id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A message of a server, an SDK, a client or the network.
    Message,
    /// A problem of a draft, a token or a project.
    Problem,
    /// A question that a server asks of a token.
    Check,
    /// A way for a signature to be nearly right.
    NearMiss,
}

impl Kind {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Message, Self::Check, Self::NearMiss, Self::Problem];

    /// `message`, `problem`, `check`, `near-miss`: as JSON says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Problem => "problem",
            Self::Check => "check",
            Self::NearMiss => "near-miss",
        }
    }

    /// What a list of them is headed with.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Message => "Messages of servers, SDKs, clients and the network",
            Self::Problem => "Problems of a draft, a token or a project",
            Self::Check => "Questions that a server asks of a token",
            Self::NearMiss => "Signatures that are nearly right",
        }
    }
}

/// One id: what it says, why, and what to do. Complete sentences but for the title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `token-refused`. Stable: people search for it.
    pub id: &'static str,
    /// What kind of id it is.
    pub kind: Kind,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// What comes of it or is behind it.
    pub cause: Cow<'static, str>,
    /// What to do.
    pub cure: Cow<'static, str>,
}

impl Entry {
    /// The wordings that mean it, each with who says it. `*` in one stands for anything.
    pub fn said(&self) -> impl Iterator<Item = Saying> + use<> {
        let id = self.id;
        let own = self.title;
        let said = finder::wordings().filter(move |(of, text, _)| *of == id && *text != own);
        said.map(|(_, text, by)| Saying { text, by })
    }
}

/// A wording and its speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saying {
    /// The wording; `*` stands for anything.
    pub text: &'static str,
    /// `the server, HTTP 401`.
    pub by: &'static str,
}

/// Every id, each once: by kind, then in the order of its table.
pub fn entries() -> impl Iterator<Item = Entry> {
    let messages = MESSAGES.iter().map(|message| Entry {
        id: message.id,
        kind: Kind::Message,
        title: message.title,
        cause: message.cause.into(),
        cure: message.cure.into(),
    });
    // `alg` is a question and a problem; the problem's words say both.
    let asked = QUESTIONS.iter().filter(|question| RULES.iter().all(|rule| rule.id != question.id));
    let checks = asked.map(|question| Entry {
        id: question.id,
        kind: Kind::Check,
        title: question.no,
        cause: question.why.into(),
        cure: question.cure.into(),
    });
    let misses = KINDS.iter().map(|kind| Entry {
        id: kind.id,
        kind: Kind::NearMiss,
        title: kind.what,
        cause: format!(
            "The secret that made the signature is not the stored one. A server answers 401 `{}`.",
            kind.answer()
        )
        .into(),
        cure: sentence(kind.hint).into(),
    });
    let problems = RULES.iter().map(|rule| Entry {
        id: rule.id,
        kind: Kind::Problem,
        title: rule.what,
        cause: rule.why.into(),
        cure: rule.cure.into(),
    });
    messages.chain(checks).chain(misses).chain(problems)
}

/// `Trim the secret when it is read.` of a hint.
fn sentence(hint: &str) -> String {
    let mut letters = hint.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

/// The entry of this id.
#[must_use]
pub fn entry(id: &str) -> Option<Entry> {
    entries().find(|entry| entry.id == id)
}

/// The id that was probably meant.
#[must_use]
pub fn nearest(id: &str) -> Option<&'static str> {
    did_you_mean(id, entries().map(|entry| entry.id))
}

/// Something in a text that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// What it means.
    pub entry: Entry,
    /// The wording that was found, as its table has it; `None` where it was found by its id.
    pub saying: Option<Saying>,
    /// The claim that the message names.
    pub claim: Option<&'static str>,
    /// Whether it stands for one cause; otherwise the token in the text may tell which.
    pub certain: bool,
}

/// A text, explained.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Explanation {
    /// What was found in it, the most telling first; nothing if nothing is known.
    pub matches: Vec<Match>,
    /// What the inspector says of a token in it, as far as that names a cause. Printable, without a secret.
    pub token: Option<String>,
}

/// Looks for whatever is known in a text: a log, a line of a browser's console, a server's answer, an id. Only the
/// beginning and the end of a very long one are looked at for messages.
#[must_use]
pub fn explain(text: &str, now: Timestamp) -> Explanation {
    explained(recognised(text), text, now)
}

/// As [`explain`], for a text that is worth explaining only if it says something known: `None` if it does not, and
/// then a token in it is not taken apart.
#[must_use]
pub fn explain_message(text: &str, now: Timestamp) -> Option<Explanation> {
    let matches = recognised(text);
    (!matches.is_empty()).then(|| explained(matches, text, now))
}

fn explained(matches: Vec<Match>, text: &str, now: Timestamp) -> Explanation {
    let token = about_token(text, now, &matches);
    Explanation { matches, token }
}

/// What is known in a text, the most telling first.
fn recognised(text: &str) -> Vec<Match> {
    let mut plain = plain::plain(text);
    if plain.trim().len() == 3 && plain.trim().bytes().all(|b| b.is_ascii_digit()) {
        // A number alone is a status; inside a text it may be anything.
        plain = format!("http {}", plain.trim());
    }
    let alone = plain.trim().trim_matches(['[', ']', '`', '"', '\'', '.']);
    let mut matches: Vec<Match> = Vec::new();
    if let Some(entry) = entry(alone) {
        matches.push(Match { entry, saying: None, claim: None, certain: true });
    } else {
        for found in finder::find(&plain) {
            let Some(entry) = entry(found.id) else { continue };
            let claim = (found.id == "types").then(|| claim_in(&plain)).flatten();
            let saying = Some(Saying { text: found.text, by: found.by });
            matches.push(Match { entry, saying, claim, certain: found.weight == Weight::Exact });
        }
        for entry in marked(&plain) {
            if matches.iter().all(|known| known.entry.id != entry.id) {
                matches.push(Match { entry, saying: None, claim: None, certain: true });
            }
        }
    }
    matches
}

/// Ids in brackets, as roomkey writes them behind a problem.
fn marked(plain: &str) -> Vec<Entry> {
    const MOST: usize = 8;
    let marks = plain.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    let ids = marks.map(|(id, _)| id).filter(|id| id.len() <= 40 && id.contains('-'));
    ids.filter_map(entry).take(MOST).collect()
}

/// The claim that a server's message is about: `claims.video.canpublish`, `field emptytimeout`.
fn claim_in(plain: &str) -> Option<&'static str> {
    let of = |start: &str, prefix: &str| {
        let (_, rest) = plain.split_once(start)?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
        let path = format!("{prefix}{}", &rest[..end]);
        let known = |path: &str| catalog::ENTRIES.iter().find(|entry| entry.path.eq_ignore_ascii_case(path));
        // `attributes.n` and `video.canPublishSources.0` are inside what the catalogue lists.
        known(&path).or_else(|| known(path.rsplit_once('.')?.0)).map(|entry| entry.path)
    };
    of("claims.", "")
        .or_else(|| of(" field ", "roomConfig."))
        .or_else(|| of("failed to parse ", "roomConfig."))
}

/// What the inspector says of the token in the text. An old log has an old token: that it is expired by now says
/// nothing where the message gives another reason.
fn about_token(text: &str, now: Timestamp, matches: &[Match]) -> Option<String> {
    let token = find_token(text)?;
    if token.len() > LONGEST {
        let wrong = InspectError::NobodyReads { bytes: token.len() };
        return Some(format!("Of the token in it: {wrong}; {}.", wrong.hint()));
    }
    let inspection = inspect(token).ok()?;
    let report = inspection.verify(None, now);
    let failed: Vec<_> = report.checks.iter().filter(|check| check.ok == Some(false)).collect();
    let told = matches.first().is_some_and(|first| first.certain && first.entry.id != "not-expired");
    if told && !failed.is_empty() && failed.iter().all(|check| check.id == "not-expired") {
        return None;
    }
    let said = if report.verdict == Verdict::Refused {
        report.sentence
    } else {
        let problems = of_claims(inspection.claims.as_ref().ok()?, None, now);
        // A field that nobody knows is most often the misspelt one that is missing.
        let misspelt = problems.iter().find(|problem| problem.rule.id == "unknown-field");
        let wrong = problems.iter().find(|problem| problem.rule.severity == Severity::Error);
        let said = |problem: &Problem| visible(&problem.message).into_owned();
        let failed = failed.first().map(|check| check.detail.clone());
        let said: Vec<String> =
            failed.or_else(|| wrong.map(said)).into_iter().chain(misspelt.map(said)).collect();
        if said.is_empty() {
            return None;
        }
        format!("A server can read it, but: {}.", said.join("; "))
    };
    Some(redacted(&said).into_owned())
}

#[cfg(test)]
mod tests;
