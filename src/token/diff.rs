//! Two tokens held against each other: their claims, what those come to on a server, and their times.
//!
//! Claims are compared by what they mean. In which order keys stand, how base64 was written and which of several
//! spellings a server takes is no difference; whether a value is absent, false or null is told, and said to be no
//! difference where a server makes none. Nothing here verifies a signature or reads a clock.

use std::io;

use serde_json::{Map, Value};

use crate::claims::effect::{self, JoinAnswer};
use crate::claims::{Claims, Held, WrongType, catalog};
use crate::text::visible;

use super::inspect::Inspection;

mod json;
mod path;
mod powers;
mod sentence;
mod shape;
mod table;
mod times;
mod walk;

pub use json::Summary;
pub use path::Path;
pub use table::{Entry, Section, Time, Told};
pub use times::{Life, State, Times};

use shape::Fields;

/// What is between two tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Diff {
    /// The difference in one sentence, without a full stop. Safe to show.
    pub sentence: String,
    /// Whether both allow the same, in the same room; `None` where a server cannot read one of them.
    pub same_permissions: Option<bool>,
    /// Why a server cannot read the claims of the first, and of the second.
    pub unreadable: [Option<WrongType>; 2],
    /// The claims but for the times, what matters most first: room, identity, permissions, the rest.
    pub rows: Vec<Row>,
    /// The header.
    pub header: Vec<Row>,
    /// What the server makes of the permissions: every name of `vectors.json`'s `effective`.
    pub effective: Vec<Effective>,
    /// The server's APIs that each opens, besides joining.
    pub can: Can,
    /// What the server says to a join with each; `None` for what it cannot read.
    pub join: [Option<JoinAnswer>; 2],
    /// When they live.
    pub times: Times,
    /// Their signatures.
    pub signature: Signatures,
    /// Whether they are the same text, byte for byte.
    same_text: bool,
}

/// A value in one token and in the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where.
    pub path: Path,
    /// The row of the catalogue that it belongs to.
    pub entry: Option<&'static str>,
    /// How the two compare.
    pub kind: Kind,
    rank: u16,
    a: Option<Held>,
    b: Option<Held>,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// They are the same.
    Same,
    /// A server takes them for the same: `false` for an absent flag, `"300"` for 300.
    SameMeaning,
    /// Both are there, and differ.
    Changed,
    /// The first token alone has it.
    OnlyA,
    /// The second token alone has it.
    OnlyB,
}

impl Kind {
    /// Whether it is a difference.
    #[must_use]
    pub fn differs(self) -> bool {
        !matches!(self, Self::Same | Self::SameMeaning)
    }

    /// Its word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::SameMeaning => "same_meaning",
            Self::Changed => "changed",
            Self::OnlyA => "only_a",
            Self::OnlyB => "only_b",
        }
    }
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// One of the server's permissions; `None` where there are none, or they cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    /// LiveKit's name: `canPublish`.
    pub name: String,
    /// In the first token.
    pub a: Option<Value>,
    /// In the second.
    pub b: Option<Value>,
}

impl Effective {
    /// Whether they differ. In what order sources are named is no difference.
    #[must_use]
    pub fn differs(&self) -> bool {
        match (&self.a, &self.b) {
            (Some(Value::Array(a)), Some(Value::Array(b))) => {
                a.iter().any(|one| !b.contains(one)) || b.iter().any(|one| !a.contains(one))
            }
            (a, b) => a != b,
        }
    }
}

/// APIs, in the words of [`effect::apis`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Can {
    /// Those that only the first opens.
    pub only_a: Vec<String>,
    /// Those that only the second opens.
    pub only_b: Vec<String>,
    /// Those that both open.
    pub both: Vec<String>,
}

/// How two signatures compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signatures {
    /// They are the same bytes.
    Same,
    /// They differ, as they must: they sign different texts.
    OfOtherTexts,
    /// They differ over the same text: made with another secret, or changed.
    Differ,
    /// The first token alone has one.
    OnlyA,
    /// The second token alone has one.
    OnlyB,
}

impl Signatures {
    /// Its word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::OfOtherTexts => "of_other_texts",
            Self::Differ => "differ",
            Self::OnlyA => "only_a",
            Self::OnlyB => "only_b",
        }
    }
}

/// Holds two tokens against each other. If a server cannot read one, what can be read is compared all the same.
#[must_use]
pub fn diff(a: &Inspection, b: &Inspection) -> Diff {
    let claims = [a.claims.as_ref().ok(), b.claims.as_ref().ok()];
    let (of_a, of_b) = (shape::folded(&a.payload), shape::folded(&b.payload));
    let can_publish = claims.map(|claims| claims.and_then(|c| c.grants.video.can_publish).unwrap_or(true));
    let times = Times { a: Life::of(of_a.root()), b: Life::of(of_b.root()) };
    let mut rows = walk::rows(Fields::Top, of_a.root(), of_b.root(), can_publish);
    rows.retain(|row| !row.is_told_by(&times));
    for row in &mut rows {
        row.forgive_copy(claims);
    }
    let signature = match (a.signature_part().is_empty(), b.signature_part().is_empty()) {
        (false, true) => Signatures::OnlyA,
        (true, false) => Signatures::OnlyB,
        _ if a.signature_bytes() == b.signature_bytes() => Signatures::Same,
        _ if a.signed_part() == b.signed_part() => Signatures::Differ,
        _ => Signatures::OfOtherTexts,
    };
    let mut diff = Diff {
        sentence: String::new(),
        same_permissions: None,
        unreadable: [&a.claims, &b.claims].map(|claims| claims.as_ref().err().cloned()),
        rows,
        header: walk::rows(Fields::Header, a.header.root(), b.header.root(), can_publish),
        effective: effective(claims),
        can: Can::of(claims),
        join: claims.map(|claims| claims.map(effect::join)),
        times,
        signature,
        same_text: a.token() == b.token(),
    };
    if let [Some(a), Some(b)] = claims {
        diff.same_permissions = Some(diff.allow_the_same(a, b));
    }
    diff.sentence = sentence::of(&diff, claims);
    diff
}

impl Diff {
    /// Whether nothing is between them but moments, spelling and signature: no claim, no permission, no header.
    /// That only one of them ends is more than a moment.
    #[must_use]
    pub fn is_same(&self) -> bool {
        !self.rows.iter().chain(&self.header).any(|row| row.kind.differs())
            && self.unreadable[0].is_some() == self.unreadable[1].is_some()
            && self.same_permissions != Some(false)
            && !self.times.one_has_no_end()
    }

    fn allow_the_same(&self, a: &Claims, b: &Claims) -> bool {
        let (one, other) = (&a.grants.video, &b.grants.video);
        let goes_somewhere =
            |claims: &Claims| claims.grants.video.room_join || claims.grants.video.room_admin;
        one.room_join == other.room_join
            && (one.room == other.room || !(goes_somewhere(a) || goes_somewhere(b)))
            && self.join[0] == self.join[1]
            && !self.effective.iter().any(Effective::differs)
            && self.can.only_a.is_empty()
            && self.can.only_b.is_empty()
            && powers::gained(a, b).is_empty()
            && powers::gained(b, a).is_empty()
            && a.grants.agent_endpoint == b.grants.agent_endpoint
            && a.grants.agent_thread == b.grants.agent_thread
            && a.grants.agent_database == b.grants.agent_database
    }
}

impl Row {
    /// The value in one of the tokens; `None` where it has none.
    #[must_use]
    pub fn value(&self, side: Side) -> Option<&Held> {
        match side {
            Side::B if self.kind != Kind::Same => self.b.as_ref(),
            _ => self.a.as_ref(),
        }
    }

    /// Both values as JSON in one line, safe to show, of about `most` characters at the most: of two long texts
    /// that begin alike what is about the first difference. An absent value is what the server does without it:
    /// `· yes by default`.
    #[must_use]
    pub fn said(&self, most: usize) -> [String; 2] {
        if self.kind == Kind::Changed
            && let (Some(a), Some(b)) =
                (self.a.as_ref().and_then(Held::as_str), self.b.as_ref().and_then(Held::as_str))
        {
            let skipped = common_start(a, b).saturating_sub(most / 3);
            if skipped > most / 3 {
                return [a, b].map(|text| {
                    let from = (0..=skipped.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
                    let written =
                        bounded(&Held::from(Value::from(clip(&text[from.unwrap_or(0)..], most))), most);
                    format!("…{}", written.strip_prefix('"').unwrap_or(&written))
                });
            }
        }
        [Side::A, Side::B].map(|side| {
            let Some(held) = self.value(side) else { return self.absent().into() };
            match self.is_words().then(|| held.value()) {
                Some(Value::Array(items)) => words(&items, most),
                _ => bounded(held, most),
            }
        })
    }

    /// Whether it is a list of words by nature.
    fn is_words(&self) -> bool {
        let field = self.entry.and_then(catalog::entry).map(|entry| entry.field);
        matches!(field, Some(catalog::Field::Sources(_) | catalog::Field::Words(..)))
    }

    /// What the server does where the value is absent, in a few words.
    fn absent(&self) -> &'static str {
        match self.entry.and_then(catalog::entry).map(|entry| entry.field) {
            Some(catalog::Field::Choice(_, default)) => match default {
                catalog::ServerDefault::Yes => "· yes by default",
                catalog::ServerDefault::No => "· no by default",
                catalog::ServerDefault::FollowsCanPublish => "· as canPublish",
            },
            Some(catalog::Field::Sources(_)) => "· all four",
            _ => "·",
        }
    }

    /// Whether the times say it already.
    fn is_told_by(&self, times: &Times) -> bool {
        let told = |a: Option<_>, b: Option<_>| {
            a.is_some() == self.value(Side::A).is_some_and(|held| !held.is_null())
                && b.is_some() == self.value(Side::B).is_some_and(|held| !held.is_null())
        };
        let (a, b) = (times.a, times.b);
        match self.path.only_key() {
            Some("iat") => told(a.issued_at, b.issued_at),
            Some("nbf") => told(a.not_before, b.not_before),
            Some("exp") => told(a.expires_at, b.expires_at),
            _ => false,
        }
    }

    /// Go's SDK writes the identity a second time; the server does not look at it.
    fn forgive_copy(&mut self, claims: [Option<&Claims>; 2]) {
        if self.kind.differs() && self.path.only_key() == Some("identity") {
            let copies = |value: &Option<Held>, claims: Option<&Claims>| match value {
                None => true,
                Some(value) => claims.is_some_and(|claims| value.as_str() == Some(&claims.identity)),
            };
            if copies(&self.a, claims[0]) && copies(&self.b, claims[1]) {
                self.kind = Kind::SameMeaning;
            }
        }
    }
}

impl Can {
    fn of(claims: [Option<&Claims>; 2]) -> Self {
        let [a, b] = claims.map(|claims| claims.map(effect::apis).unwrap_or_default());
        let (both, only_a): (Vec<String>, _) = a.into_iter().partition(|api| b.contains(api));
        let only_b = b.into_iter().filter(|api| !both.contains(api)).collect();
        Self { only_a, only_b, both }
    }
}

/// What the server makes of the permissions, side by side.
fn effective(claims: [Option<&Claims>; 2]) -> Vec<Effective> {
    let [mut a, mut b] =
        claims.map(|claims| match claims.and_then(effect::permission).map(serde_json::to_value) {
            Some(Ok(Value::Object(map))) => map,
            _ => Map::new(),
        });
    let names: Vec<String> = if a.is_empty() { &b } else { &a }.keys().cloned().collect();
    names.into_iter().map(|name| Effective { a: a.remove(&name), b: b.remove(&name), name }).collect()
}

/// `camera, microphone`; as JSON where that could be misread.
fn words(items: &[Value], most: usize) -> String {
    let plain =
        |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    let all: Option<Vec<&str>> = items.iter().map(|item| item.as_str().filter(plain)).take(most).collect();
    match all {
        Some(all) if !all.is_empty() => {
            let text = all.join(", ");
            let shown = clip(&text, most);
            format!("{shown}{}", if shown.len() < text.len() { "…" } else { "" })
        }
        _ => bounded(&Held::from(Value::Array(items.iter().take(most).cloned().collect())), most),
    }
}

/// How many bytes two texts share from their beginning.
fn common_start(a: &str, b: &str) -> usize {
    const STRIDE: usize = 4_096;
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let strides = a.chunks_exact(STRIDE).zip(b.chunks_exact(STRIDE)).take_while(|(a, b)| a == b).count();
    let whole = strides * STRIDE;
    whole + a[whole..].iter().zip(&b[whole..]).take_while(|(a, b)| a == b).count()
}

/// The first `most` characters.
fn clip(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at])
}

/// A value as JSON with everything unprintable written out, given up once it is longer than anybody looks at.
fn bounded(held: &Held, most: usize) -> String {
    struct Few {
        bytes: Vec<u8>,
        most: usize,
    }
    impl io::Write for Few {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.bytes.len() >= self.most {
                return Err(io::ErrorKind::WriteZero.into());
            }
            let fits = bytes.len().min(self.most - self.bytes.len());
            self.bytes.extend(&bytes[..fits]);
            Ok(fits)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    // A character has at most four bytes.
    let mut few = Few { bytes: Vec::new(), most: most.saturating_mul(4) };
    // What comes after is not even looked at.
    let whole = match held.as_str() {
        Some(text) => {
            let start = clip(text, most);
            serde_json::to_writer(&mut few, start).is_ok() && start.len() == text.len()
        }
        None => serde_json::to_writer(&mut few, held).is_ok(),
    };
    let text = String::from_utf8_lossy(&few.bytes);
    let text = if whole { &text } else { text.trim_end_matches('\u{fffd}') };
    let shown = clip(text, most);
    let cut = !whole || shown.len() < text.len();
    let mut out = visible(shown).into_owned();
    if cut {
        out.push('…');
    }
    out
}
