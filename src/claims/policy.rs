//! A project's policy: how it is marked, and the most that may be signed with its key.
//!
//! What a policy makes of claims is said by three rows of the problems (`policy-ttl`, `policy-grant`,
//! `policy-production`); this is what they go by. It is no lock: whoever has the secret can sign anything elsewhere. It
//! keeps people from handing out by mistake what they did not mean to. Where policies are kept is
//! [`crate::settings::policies`]' business.

use std::fmt;
use std::str::FromStr;

use super::catalog::{ENTRIES, Entry, Field, Group, Power, ServerDefault};
use super::draft::Draft;
use super::grants::OBJECTS;
use super::{Claims, Grants};
use crate::clock::{Timestamp, Ttl, TtlError, Zone};
use crate::text::{did_you_mean, is_unprintable, visible};

/// What may be signed for a project, and how it is marked. The [default](Default) marks and limits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectPolicy {
    /// A word or two shown beside the project's name: `staging`. Empty is none.
    pub label: Label,
    /// The colour of the name and the label; never the only sign of anything.
    pub colour: Option<Colour>,
    /// The longest life of a token, in seconds; `None` is any.
    pub max_ttl: Option<u64>,
    /// What may be granted; `None` is anything, an empty list nothing.
    pub allow: Option<Vec<Allowed>>,
    /// Whether people depend on it: an administrative token is asked for twice.
    pub production: bool,
}

impl ProjectPolicy {
    /// Whether it says nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is shown beside the project's name: the label, and `PRODUCTION` spelled out.
    #[must_use]
    pub fn badge(&self) -> Option<String> {
        let label = self.label.as_str();
        match (self.production, label.is_empty() || label.eq_ignore_ascii_case("production")) {
            (true, true) => Some("PRODUCTION".into()),
            (true, false) => Some(format!("PRODUCTION {label}")),
            (false, _) if label.is_empty() => None,
            (false, _) => Some(label.to_owned()),
        }
    }

    /// Why signing these claims is asked for twice: the administrative grants in them, where the project is
    /// production. Empty where it is not.
    #[must_use]
    pub fn asks_twice(&self, claims: &Claims) -> Vec<String> {
        if !self.production {
            return Vec::new();
        }
        let mut powers: Vec<String> = granted(claims)
            .into_iter()
            .filter(|given| given.entry.power == Power::Admin)
            .map(|given| given.entry.path.to_owned())
            .collect();
        powers.extend(unknown(&claims.grants));
        powers
    }

    /// Whether this row of the catalogue may be granted.
    #[must_use]
    pub fn allows(&self, entry: &Entry) -> bool {
        self.allow.as_ref().is_none_or(|allowed| allowed.iter().any(|word| word.covers(entry)))
    }

    /// What of the claims may not be granted: the rows, and the fields that roomkey does not know, which with a list of
    /// what is allowed are not allowed either.
    pub(super) fn beyond(&self, claims: &Claims) -> (Vec<Given>, Vec<String>) {
        if self.allow.is_none() {
            return (Vec::new(), Vec::new());
        }
        let rows = granted(claims).into_iter().filter(|given| !self.allows(given.entry)).collect();
        (rows, unknown(&claims.grants))
    }

    /// How much longer than allowed the claims last: their life and the most there may be, in seconds. A life without
    /// an end is `None`.
    pub(super) fn too_long(&self, claims: &Claims) -> Option<(Option<i64>, u64)> {
        let most = self.max_ttl?;
        let start = claims.not_before.or(claims.issued_at);
        let lasts = claims.expires_at.zip(start).map(|(end, start)| end.since(start));
        match lasts {
            Some(seconds) if i64::try_from(most).is_ok_and(|most| seconds <= most) => None,
            lasts => Some((lasts, most)),
        }
    }
}

/// A row of the catalogue that claims give something by.
pub(super) struct Given {
    /// The row.
    pub(super) entry: &'static Entry,
    /// Whether it is because nothing is said: the server takes that for a yes.
    pub(super) by_default: bool,
}

/// Every row by which the claims give something, as the server counts it.
fn granted(claims: &Claims) -> Vec<Given> {
    // What only says something can be large, and is not looked at.
    let grants = &claims.grants;
    let draft = Draft {
        grants: Grants {
            name: String::new(),
            metadata: String::new(),
            attributes: super::Pairs::new(),
            unknown: super::Unknown::new(),
            kind: grants.kind.clone(),
            kind_details: grants.kind_details.clone(),
            video: grants.video.clone(),
            sip: grants.sip.clone(),
            agent: grants.agent.clone(),
            agent_endpoint: grants.agent_endpoint.clone(),
            agent_thread: grants.agent_thread.clone(),
            agent_database: grants.agent_database.clone(),
            inference: grants.inference.clone(),
            observability: grants.observability.clone(),
            room_config: grants.room_config.clone(),
            room_preset: grants.room_preset.clone(),
            sha256: String::new(),
        },
        ..Draft::default()
    };
    let video = &draft.grants.video;
    let publishes = video.can_publish.unwrap_or(true);
    let of = |entry: &'static Entry| {
        let (gives, by_default) = match entry.field {
            Field::Choice(at, default) => match (at.get)(&draft) {
                Some(said) => (*said, false),
                None => match default {
                    ServerDefault::Yes => (video.room_join, true),
                    ServerDefault::FollowsCanPublish => (video.room_join && publishes, true),
                    ServerDefault::No => (false, false),
                },
            },
            // An unknown kind is standard to the server, and so is an unset one.
            Field::OneOf(at, names) => {
                let text = (at.get)(&draft);
                (names.iter().skip(1).any(|name| name.eq_ignore_ascii_case(text)), false)
            }
            _ => (entry.is_set(&draft), false),
        };
        gives.then_some(Given { entry, by_default })
    };
    ENTRIES.iter().filter(|entry| entry.power != Power::None).filter_map(of).collect()
}

/// Fields that roomkey does not know and that a server may take for a grant: any inside an object of grants, and at the
/// top an object or a `true`.
fn unknown(grants: &Grants) -> Vec<String> {
    const MOST: usize = 4;
    let inside = grants
        .undefined()
        .into_iter()
        .flat_map(|(object, fields)| fields.keys().map(move |key| format!("{object}.{}", visible(key))));
    let top = grants.unknown.iter().filter(|(_, value)| value.is_object() || value.is_true());
    inside.chain(top.map(|(name, _)| visible(name).into_owned())).take(MOST).collect()
}

/// A word or two beside a project's name: at most 24 printable characters, no space at either end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// The longest, in characters.
    pub const LONGEST: usize = 24;

    /// Reads a label. An empty one is none.
    ///
    /// # Errors
    /// [`PolicyError`], which says what to change.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let text = text.trim();
        if text.chars().count() > Self::LONGEST {
            return Err(PolicyError::LongLabel);
        }
        match text.chars().find(|c| is_unprintable(*c)) {
            Some(character) => Err(PolicyError::Unprintable { character }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// No label.
    #[must_use]
    pub const fn none() -> Self {
        Self(String::new())
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One thing that may be granted: a path of the catalogue, an object of the payload, or a group of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed(&'static str);

impl Allowed {
    /// Every word there is: the paths that grant something, the objects they stand in, the groups of the form.
    pub fn all() -> impl Iterator<Item = &'static str> {
        let grants = || ENTRIES.iter().filter(|entry| entry.power != Power::None);
        let objects = OBJECTS.into_iter().chain(["roomConfig"]);
        let groups = Group::ALL.into_iter().filter(|group| group.entries().any(|e| e.power != Power::None));
        grants().map(|entry| entry.path).chain(objects).chain(groups.map(Group::word))
    }

    /// Reads a word.
    ///
    /// # Errors
    /// [`PolicyError::NotAGrant`] with what was probably meant.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let text = text.trim();
        if let Some(word) = Self::all().find(|word| *word == text) {
            return Ok(Self(word));
        }
        let last = |word: &&str| word.rsplit('.').next().is_some_and(|l| l.eq_ignore_ascii_case(text));
        let says_only = ENTRIES.iter().any(|entry| entry.path == text);
        let meant = Self::all().find(last).or_else(|| did_you_mean(text, Self::all()));
        Err(PolicyError::NotAGrant { given: text.chars().take(40).collect(), says_only, meant })
    }

    /// Whether the row is what it names, or stands in it.
    #[must_use]
    pub fn covers(self, entry: &Entry) -> bool {
        let inside =
            entry.path.strip_prefix(self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        inside || entry.group.word() == self.0
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl Group {
    /// What a policy calls the group: its heading in small letters, `in-the-room`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::InTheRoom => "in-the-room",
            Self::Participant => "about-the-participant",
            Self::Moderate => "moderate",
            Self::Rooms => "rooms",
            Self::RecordAndIngest => "record-and-ingest",
            Self::Telephony => "telephony",
            Self::Agents => "agents",
            Self::RoomSettings => "room-settings",
            Self::Cloud => "cloud",
            Self::Webhook => "webhook",
        }
    }
}

macro_rules! colours {
    ($($name:ident $word:literal;)+) => {
        /// One of a terminal's sixteen colours.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is the colour it is named after")]
        pub enum Colour { $($name),+ }

        impl Colour {
            /// All of them, as terminals number them.
            pub const ALL: [Self; 16] = [$(Self::$name),+];

            /// `bright-red`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

colours! {
    Black "black";
    Red "red";
    Green "green";
    Yellow "yellow";
    Blue "blue";
    Magenta "magenta";
    Cyan "cyan";
    White "white";
    BrightBlack "bright-black";
    BrightRed "bright-red";
    BrightGreen "bright-green";
    BrightYellow "bright-yellow";
    BrightBlue "bright-blue";
    BrightMagenta "bright-magenta";
    BrightCyan "bright-cyan";
    BrightWhite "bright-white";
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Colour {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let words = || Self::ALL.iter().map(|colour| colour.as_str());
        let text = text.trim();
        Self::ALL.into_iter().find(|colour| colour.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
            PolicyError::NoColour {
                given: text.chars().take(40).collect(),
                meant: did_you_mean(text, words()),
            }
        })
    }
}

/// Reads the longest life of a token: a length of time of a second or more, in seconds.
///
/// # Errors
/// [`PolicyError`], which says how to write it.
pub fn max_ttl(text: &str) -> Result<u64, PolicyError> {
    match Ttl::parse(text, Timestamp::from_unix(0), &Zone::utc()) {
        Ok(Ttl::For(seconds)) if seconds > 0 => Ok(seconds),
        Ok(_) | Err(TtlError::Past { .. }) => Err(PolicyError::NoLength),
        Err(error) => Err(PolicyError::Ttl(error)),
    }
}

/// Why something is no part of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Over [`Label::LONGEST`] characters.
    #[error("a label has at most 24 characters")]
    LongLabel,
    /// A control or invisible character in a label.
    #[error("a label cannot contain {}", character.escape_default())]
    Unprintable {
        /// The first such character.
        character: char,
    },
    /// A colour that terminals have no name for.
    #[error("{} is none of a terminal's sixteen colours", visible(given))]
    NoColour {
        /// As given, cut short.
        given: String,
        /// The one meant.
        meant: Option<&'static str>,
    },
    /// No length of time.
    #[error("{0}")]
    Ttl(TtlError),
    /// A fixed end, or nothing.
    #[error("the longest life of a token is a length of time, of a second or more")]
    NoLength,
    /// A word that names nothing that could be granted.
    #[error("{} {}", visible(given), if *says_only { "grants nothing, so it is always allowed" } else { "is no grant" })]
    NotAGrant {
        /// As given, cut short.
        given: String,
        /// Whether it is a path of the catalogue, of a row that only says something.
        says_only: bool,
        /// The one meant.
        meant: Option<&'static str>,
    },
}

impl PolicyError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::LongLabel => "shorten it".into(),
            Self::Unprintable { .. } => "type it instead of pasting it".into(),
            Self::NoColour { meant: Some(meant), .. }
            | Self::NotAGrant { meant: Some(meant), says_only: false, .. } => {
                format!("did you mean {meant}?")
            }
            Self::NoColour { .. } => "for example red, yellow, bright-blue".into(),
            Self::Ttl(_) | Self::NoLength => "write a length such as 1h or 30m".into(),
            Self::NotAGrant { says_only: true, .. } => "leave it out".into(),
            Self::NotAGrant { .. } => {
                "give a path of roomkey grants (video.roomJoin), an object (sip) or a group (in-the-room)"
                    .into()
            }
        }
    }
}

#[cfg(test)]
mod tests;
