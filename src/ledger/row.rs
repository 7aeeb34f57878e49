//! One row: what was issued, to whom, until when. Never the token, never a secret.

use std::borrow::Cow;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::claims::draft::{Draft, DraftError};
use crate::claims::{Claims, effect, problems};
use crate::clock::{Timestamp, Zone};
use crate::project::{Project, ServerUrl};
use crate::text::token_spans;
use crate::token::Fingerprint;

/// A server takes a token for so many seconds more than it says (semantics.md section 3).
pub const LEEWAY: i64 = 60;

/// Who issued a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The screens.
    Screens,
    /// `roomkey token create`.
    Create,
    /// Many at once.
    Batch,
    /// The token endpoint.
    Endpoint,
    /// A newer roomkey, in a way that this one does not know.
    Other,
}

impl By {
    /// How it is written down.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Screens => "tui",
            Self::Create => "create",
            Self::Batch => "batch",
            Self::Endpoint => "serve",
            Self::Other => "other",
        }
    }

    /// How it is said behind "issued".
    #[must_use]
    pub const fn said(self) -> &'static str {
        match self {
            Self::Screens => "on the screen",
            Self::Create => "by token create",
            Self::Batch => "in a batch",
            Self::Endpoint => "by the token endpoint",
            Self::Other => "in another way",
        }
    }
}

impl FromStr for By {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Self::Screens, Self::Create, Self::Batch, Self::Endpoint];
        Ok(known.into_iter().find(|by| by.as_str() == text).unwrap_or(Self::Other))
    }
}

/// A token that was issued, or a batch of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When it was signed.
    pub at: Timestamp,
    /// What the project was called then: a name of the store, `environment`, `arguments` or `env file`.
    pub project: String,
    /// The project's server, `wss://…`.
    pub url: String,
    /// The API key that signed it.
    pub key: String,
    /// The room; empty if it names none.
    pub room: String,
    /// The identity; of a batch the first one.
    pub identity: String,
    /// The last identity of a batch; else empty.
    pub last: String,
    /// How many tokens the row stands for.
    pub count: u64,
    /// Whether it joins its room.
    pub joins: bool,
    /// What it allows in a few words: `join, publish`.
    pub grants: String,
    /// When it expires.
    pub expires_at: Timestamp,
    /// What the token is known by; of a batch the first one.
    pub fingerprint: Fingerprint,
    /// Who issued it.
    pub by: By,
    /// What it was made from, as [`Draft::to_json`] writes it, metadata and attributes included. `None` where that
    /// holds a secret, which is then not written down.
    pub draft: Option<Box<str>>,
}

impl Row {
    /// The row of a token that this project signed, by its fingerprint.
    #[must_use]
    pub fn of(project: &Project, claims: &Claims, fingerprint: Fingerprint, by: By) -> Self {
        let at = claims.issued_at.or(claims.not_before).unwrap_or_else(Timestamp::now);
        let draft = Draft::json_of_claims(claims);
        let spills = problems::hold_a_secret(claims)
            || token_spans(&draft).next().is_some()
            || project.secret.is_in(&draft)
            || project.old_secret.as_ref().is_some_and(|old| old.is_in(&draft));
        Self {
            at,
            project: project.listing.name.as_str().to_owned(),
            url: project.listing.url.ws(),
            key: claims.issuer.clone(),
            room: claims.grants.video.room.clone(),
            identity: claims.effective_identity().to_owned(),
            last: String::new(),
            count: 1,
            joins: claims.grants.video.room_join,
            grants: effect::short(claims),
            expires_at: claims.expires_at.unwrap_or(at),
            fingerprint,
            by,
            draft: (!spills).then(|| draft.into_boxed_str()),
        }
    }

    /// The row of a batch: that of its first token, with how many there are and the last one's identity.
    #[must_use]
    pub fn of_batch(first: Self, last: &str, count: u64) -> Self {
        Self { last: last.to_owned(), count, by: By::Batch, ..first }
    }

    /// Whether a server would still take it.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.expires_at.plus(LEEWAY) > now
    }

    /// `alice`, or `load-1 … load-50 (50)`.
    #[must_use]
    pub fn who(&self) -> Cow<'_, str> {
        match (self.count, self.last.is_empty()) {
            (..=1, _) => Cow::Borrowed(&self.identity),
            (count, true) => Cow::Owned(format!("{} ({count})", self.identity)),
            (count, false) => Cow::Owned(format!("{} … {} ({count})", self.identity, self.last)),
        }
    }

    /// Whether its server is LiveKit's Cloud.
    #[must_use]
    pub fn is_cloud(&self) -> bool {
        ServerUrl::parse(&self.url).is_ok_and(|url| url.value.is_cloud())
    }

    /// What it was made from.
    ///
    /// # Errors
    /// What in it this roomkey cannot read. `None` where it was not written down.
    #[must_use]
    pub fn draft(&self, now: Timestamp, zone: &Zone) -> Option<Result<Draft, DraftError>> {
        self.draft.as_deref().map(|text| Draft::from_json(text, now, zone))
    }
}

/// As it stands in the file. What a newer roomkey adds is left where it is: a line is never written again.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    at: Timestamp,
    #[serde(borrow)]
    project: Cow<'a, str>,
    #[serde(borrow, default)]
    url: Cow<'a, str>,
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    room: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    identity: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    last: Cow<'a, str>,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: u64,
    #[serde(default)]
    joins: bool,
    #[serde(borrow, default)]
    grants: Cow<'a, str>,
    exp: Timestamp,
    fingerprint: Fingerprint,
    #[serde(borrow, default)]
    by: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    draft: Option<&'a RawValue>,
}

const fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
const fn is_one(count: &u64) -> bool {
    *count == 1
}

/// Why a line is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRow {
    /// It ends in the middle: whoever wrote it was stopped.
    CutOff,
    /// It is something else.
    Unreadable,
}

impl Row {
    /// As a line of the file, with its line break, behind what is there already.
    pub(super) fn write_line(&self, out: &mut Vec<u8>) {
        let line = Line {
            at: self.at,
            project: (&self.project).into(),
            url: (&self.url).into(),
            key: (&self.key).into(),
            room: (&self.room).into(),
            identity: (&self.identity).into(),
            last: (&self.last).into(),
            count: self.count,
            joins: self.joins,
            grants: (&self.grants).into(),
            exp: self.expires_at,
            fingerprint: self.fingerprint,
            by: self.by.as_str().into(),
            draft: None,
        };
        // Texts and numbers alone: there is nothing in it that JSON cannot say, and memory takes it all.
        _ = serde_json::to_writer(&mut *out, &line);
        // The last member: it is JSON already, and need not be read to be written.
        if let Some(draft) = &self.draft {
            out.pop();
            out.extend_from_slice(b",\"draft\":");
            out.extend_from_slice(draft.as_bytes());
            out.push(b'}');
        }
        out.push(b'\n');
    }

    /// Reads a line, without its line break.
    pub(super) fn of_line(line: &[u8]) -> Result<Self, NoRow> {
        let line: Line<'_> = serde_json::from_slice(line)
            .map_err(|error| if error.is_eof() { NoRow::CutOff } else { NoRow::Unreadable })?;
        Ok(Self {
            at: line.at,
            project: line.project.into_owned(),
            url: line.url.into_owned(),
            key: line.key.into_owned(),
            room: line.room.into_owned(),
            identity: line.identity.into_owned(),
            last: line.last.into_owned(),
            count: line.count,
            joins: line.joins,
            grants: line.grants.into_owned(),
            expires_at: line.exp,
            fingerprint: line.fingerprint,
            by: line.by.parse().unwrap_or(By::Other),
            draft: line.draft.map(|raw| raw.get().into()),
        })
    }
}

/// Only what says whether a token is alive and whose it is: all of a long ledger is read for it at every start.
#[derive(Deserialize)]
struct Brief<'a> {
    #[serde(borrow, default)]
    room: Cow<'a, str>,
    #[serde(borrow, default)]
    identity: Cow<'a, str>,
    #[serde(default)]
    joins: bool,
    exp: Timestamp,
}

/// Room, identity and end of a token that joins and that a server would still take.
pub(super) fn alive_participant(line: &[u8], now: Timestamp) -> Option<(String, String, Timestamp)> {
    let brief: Brief<'_> = serde_json::from_slice(line).ok()?;
    (brief.joins && brief.exp.plus(LEEWAY) > now)
        .then(|| (brief.room.into_owned(), brief.identity.into_owned(), brief.exp))
}
