//! Inspect: a token taken apart, every question a server asks of it, and what it lets its holder do.

use serde_json::Value;

use crate::claims::catalog;
use crate::claims::effect;
use crate::claims::problems::{self, Problem};
use crate::clock::{Timestamp, Zone};
use crate::project::ProjectName;
use crate::text::Sensitive;
use crate::token::inspect::{Compared, Inspection, Report, inspect};
use crate::token::near_miss::NearMiss;
use crate::tui::layout::step_around;
use crate::tui::widgets::json::{self, JsonLine};

pub mod other;
pub mod view;

use other::Other;

/// The parts of the screen, in the order of Tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pane {
    /// The questions and their answers.
    Checks,
    /// The claims, line by line.
    Claims,
    /// What it lets its holder do.
    Can,
    /// What is odd about it.
    Problems,
}

impl Pane {
    /// All of them, in the order of Tab.
    pub const ALL: [Self; 4] = [Self::Checks, Self::Claims, Self::Can, Self::Problems];

    /// The next one, or the one before.
    #[must_use]
    pub fn step(self, forward: bool) -> Self {
        step_around(&Self::ALL, self, forward)
    }
}

/// A token on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspected {
    /// The token taken apart.
    pub inspection: Inspection,
    /// The project to verify against, if one was picked; else the one whose key it names.
    pub picked: Option<ProjectName>,
    /// What came of comparing it with a project's secret; `None` as long as none was found.
    pub compared: Option<Compared>,
    /// Whether the store has answered.
    pub asked: bool,
    /// What made the signature, where that secret did not.
    pub near_miss: Option<NearMiss>,
    /// The answers at this second.
    pub report: Report,
    /// What it lets its holder do.
    pub can: Vec<effect::Line>,
    /// What is odd about it.
    pub problems: Vec<Problem>,
    /// The claims as lines.
    pub lines: Vec<JsonLine>,
}

impl Inspected {
    fn new(inspection: Inspection, now: Timestamp, zone: &Zone) -> Self {
        let report = inspection.verify(None, now);
        let lines = json::lines(&inspection.payload);
        let mut inspected = Self {
            inspection,
            picked: None,
            compared: None,
            asked: false,
            near_miss: None,
            report,
            can: Vec::new(),
            problems: Vec::new(),
            lines,
        };
        inspected.refresh(now, zone);
        inspected
    }

    /// Asks every question again: another second, another answer.
    pub fn refresh(&mut self, now: Timestamp, zone: &Zone) {
        self.report = self.inspection.review(self.compared.as_ref(), now);
        let claims = self.inspection.claims.as_ref().ok();
        self.can = claims.map(|claims| effect::lines(claims, now, zone)).unwrap_or_default();
        self.problems = claims.map(|claims| problems::of_claims(claims, None, now)).unwrap_or_default();
        if self.inspection.algorithm() != "HS256" {
            self.problems.splice(0..0, problems::of_algorithm(self.inspection.algorithm()));
        }
    }
}

/// The screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspect {
    /// The token, if one was given.
    pub token: Option<Box<Inspected>>,
    /// The token that it was held against last.
    pub other: Option<Box<Other>>,
    /// What was given and is no token: why, and what to give instead.
    pub refused: Option<(String, String)>,
    /// The pane with the focus.
    pub pane: Pane,
    /// The pane beside the checks where there is room for one only.
    pub beside: Pane,
    /// The line of the claims under the cursor.
    pub line: usize,
    /// The problem under the cursor.
    pub problem: usize,
    /// The first line shown of the checks and of what it may do.
    pub scroll: usize,
}

impl Default for Inspect {
    fn default() -> Self {
        Self {
            token: None,
            other: None,
            refused: None,
            pane: Pane::Checks,
            beside: Pane::Claims,
            line: 0,
            problem: 0,
            scroll: 0,
        }
    }
}

impl Inspect {
    /// Takes a text apart. The token to ask the store about, if it is one.
    pub fn load(&mut self, text: &str, now: Timestamp, zone: &Zone) -> Option<Sensitive> {
        match inspect(text) {
            Ok(inspection) => {
                let token = inspection.token().clone();
                let inspected = Inspected::new(inspection, now, zone);
                *self = Self { token: Some(Box::new(inspected)), ..Self::default() };
                Some(token)
            }
            Err(wrong) => {
                self.refused = Some((wrong.to_string(), wrong.hint()));
                None
            }
        }
    }

    /// What one has to know about the line of the claims under the cursor: its path and a sentence.
    #[must_use]
    pub fn about(&self) -> Option<(String, String)> {
        let token = self.token.as_ref()?;
        let path = &token.lines.get(self.line)?.path;
        if path.is_empty() {
            return None;
        }
        if let Err(wrong) = &token.inspection.claims
            && wrong.path == *path
        {
            return Some((path.clone(), format!("A server refuses the whole token for it: {wrong}.")));
        }
        Some((path.clone(), explained(path, &token.inspection)))
    }
}

/// What a claim means: the catalogue's words, or those for the claims that the signer writes.
fn explained(path: &str, inspection: &Inspection) -> String {
    const REGISTERED: [(&str, &str); 6] = [
        ("iss", "The API key that signed it. A server that does not know the key refuses the token."),
        ("iat", "When it was made. The server ignores it; Python's SDK refuses one more than 60 s ahead."),
        ("nbf", "Not accepted before, with 60 s of leeway."),
        ("jti", "An identifier. The server never checks it for reuse; without sub it is the identity."),
        (
            "aud",
            "An audience. The server ignores it; Python's and Rust's SDKs refuse any token that has one.",
        ),
        ("identity", "A copy of sub that Go's SDK writes. The server ignores it."),
    ];
    // Items of a list and members of a map are explained by what holds them.
    let mut at = path;
    loop {
        if let Some((_, text)) = REGISTERED.iter().find(|(name, _)| *name == at) {
            return (*text).to_owned();
        }
        if let Some(entry) = catalog::entry(at) {
            return entry.sentence();
        }
        match at.rsplit_once('.') {
            Some((parent, _)) => at = parent,
            None => break,
        }
    }
    let object = path
        .split('.')
        .try_fold(&Value::Object(inspection.payload.clone()), |value, key| value.get(key))
        .is_some_and(Value::is_object);
    let grants =
        ["video", "sip", "agent", "agentEndpoint", "agentThread", "inference", "observability", "roomConfig"];
    if object && grants.contains(&path) {
        return "A group of grants.".into();
    }
    match catalog::nearest(path) {
        Some(meant) => format!("LiveKit does not know it and ignores it. Was {meant} meant?"),
        None => "LiveKit does not know it and ignores it.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::draft::Draft;
    use crate::project::{ApiKey, ApiSecret, Project};
    use crate::token::sign;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn loaded() -> Inspect {
        let mut draft = Draft { identity: "alice".into(), ..Draft::default() };
        draft.lay_grant(r#"{"roomJoin": true, "room": "demo", "roomName": "x"}"#).unwrap();
        let token = sign(&draft.claims(&ApiKey::dev(), NOW), &ApiSecret::dev()).unwrap();
        let mut inspect = Inspect::default();
        assert!(inspect.load(&format!("Bearer {}\n", token.expose()), NOW, &Zone::utc()).is_some());
        inspect
    }

    #[test]
    fn a_token_that_was_accepted_expires_before_ones_eyes() {
        let mut inspect = loaded();
        let token = inspect.token.as_mut().unwrap();
        let project = Project::local_dev();
        token.compared = Some(token.inspection.compare((&project).into()));
        token.refresh(NOW, &Zone::utc());
        assert_eq!(token.report.verdict.as_str(), "accepted");
        token.refresh(NOW.plus(3_600 + 61), &Zone::utc());
        assert_eq!(token.report.verdict.as_str(), "refused");
        assert!(token.report.sentence.contains("expired 1 min 1 s ago"), "{}", token.report.sentence);
    }

    #[test]
    fn every_line_of_the_claims_is_explained() {
        let mut inspect = loaded();
        let lines = inspect.token.as_ref().unwrap().lines.len();
        let mut told = Vec::new();
        for line in 0..lines {
            inspect.line = line;
            told.extend(inspect.about());
        }
        let of = |path: &str| told.iter().find(|(p, _)| p == path).map(|(_, text)| text.as_str()).unwrap();
        assert!(of("iss").starts_with("The API key"));
        assert!(of("video.roomJoin").starts_with("Join the room."));
        assert_eq!(of("video.roomName"), "LiveKit does not know it and ignores it. Was video.room meant?");
        assert_eq!(of("video"), "A group of grants.");
    }

    #[test]
    fn what_is_no_token_says_why_and_leaves_the_last_one_on_the_screen() {
        let mut inspect = loaded();
        assert!(inspect.load("hello", NOW, &Zone::utc()).is_none());
        assert!(inspect.refused.is_some() && inspect.token.is_some());
    }
}
