//! Inspect: a token taken apart, every question a server asks of it, and what it lets its holder do.

use crate::claims::catalog;
use crate::claims::effect;
use crate::claims::grants::OBJECTS;
use crate::claims::problems::{self, Problem};
use crate::clock::{Timestamp, Zone, relative};
use crate::explain::{Explanation, explain_message};
use crate::ledger::Row;
use crate::project::ProjectName;
use crate::text::Sensitive;
use crate::token::Fingerprint;
use crate::token::inspect::json::{Kind, Node};
use crate::token::inspect::{Compared, Inspection, Older, Report, inspect};
use crate::token::near_miss::NearMiss;
use crate::tui::asking::Answered;
use crate::tui::layout::step_around;
use crate::tui::widgets::json::{self, Lines};

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
    /// What the ledger knows it by.
    pub fingerprint: Fingerprint,
    /// Its row, if it was issued here.
    pub issued: Option<Box<Row>>,
    /// What the project's server said of it.
    pub answer: Option<Box<Answered>>,
    /// The answers at this second.
    pub report: Report,
    /// What it lets its holder do.
    pub can: Vec<effect::Line>,
    /// What is odd about it.
    pub problems: Vec<Problem>,
    /// What older servers do otherwise with it.
    pub older: Vec<Older>,
    /// The claims as lines.
    pub lines: Lines,
    /// The second that the answers are of; `None` once it was compared with another secret.
    of: Option<Timestamp>,
}

impl Inspected {
    fn new(inspection: Inspection, now: Timestamp, zone: &Zone) -> Self {
        let report = inspection.review(None, now);
        let claims = inspection.claims.as_ref().ok();
        let can = claims.map(|claims| effect::lines(claims, now, zone)).unwrap_or_default();
        let mut problems = claims.map(|claims| problems::of_claims(claims, None, now)).unwrap_or_default();
        problems.splice(0..0, problems::of_algorithm(inspection.algorithm()));
        Self {
            picked: None,
            compared: None,
            asked: false,
            near_miss: None,
            answer: None,
            fingerprint: Fingerprint::of(inspection.token().expose()),
            issued: None,
            can,
            problems,
            older: inspection.older_servers(&report),
            lines: Lines::of(inspection.payload.clone()),
            of: Some(now),
            report,
            inspection,
        }
    }

    /// `you issued this 3 h ago from acme-prod`, if so.
    #[must_use]
    pub fn issued_said(&self, now: Timestamp) -> Option<String> {
        let row = self.issued.as_ref()?;
        Some(format!("you issued this {} from {}", relative(row.at, now), row.project))
    }

    /// Takes what came of comparing it with a project's secret; [`Self::refresh`] asks everything again.
    pub fn verified(&mut self, compared: Option<Compared>, near_miss: Option<NearMiss>) {
        self.asked = true;
        self.problems.retain(|problem| problem.rule.id != "old-key");
        self.problems.extend(compared.iter().flat_map(Compared::problems));
        self.problems.sort_by_key(|problem| problem.rule.severity);
        self.compared = compared;
        let leaks = |miss: &Option<NearMiss>| miss.as_ref().is_some_and(NearMiss::leaks_secret);
        if leaks(&near_miss) != leaks(&self.near_miss) {
            self.lines = Lines::of(self.inspection.shown_payload(leaks(&near_miss)).into_owned());
        }
        self.near_miss = near_miss;
        self.of = None;
    }

    /// Asks again what may have another answer: by the clock, or by another secret. However long the token is,
    /// the clock alone takes no longer.
    pub fn refresh(&mut self, now: Timestamp, zone: &Zone) {
        if self.of == Some(now) {
            return;
        }
        let anew = self.of.replace(now).is_none();
        let claims = self.inspection.claims.as_ref().ok();
        // Where a server cannot read the claims, nothing goes by the clock.
        if claims.is_none() && !anew {
            return;
        }
        let before = self.report.server.take();
        self.report = self.inspection.review(self.compared.as_ref(), now);
        if self.near_miss.as_ref().is_some_and(NearMiss::leaks_secret) {
            self.report.conceal(self.inspection.issuer());
        }
        if anew || self.report.server != before {
            self.older = self.inspection.older_servers(&self.report);
        }
        if let Some(claims) = claims {
            effect::pass(&mut self.can, claims, now, zone);
            problems::pass(&mut self.problems, claims, None, now);
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
    /// What was given and is no token, but an error that is known. Shown in the place of all else.
    pub explained: Option<Box<Explanation>>,
    /// The pane with the focus.
    pub pane: Pane,
    /// The pane beside the checks where there is room for one only.
    pub beside: Pane,
    /// The line of the claims under the cursor.
    pub line: usize,
    /// The problem under the cursor; behind the last one, a note about older servers.
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
            explained: None,
            pane: Pane::Checks,
            beside: Pane::Claims,
            line: 0,
            problem: 0,
            scroll: 0,
        }
    }
}

impl Inspect {
    /// Takes a text apart. The token to ask the store about, if it is one; a known error is explained instead.
    pub fn load(&mut self, text: &str, now: Timestamp, zone: &Zone) -> Option<Sensitive> {
        match inspect(text) {
            Ok(inspection) => {
                let token = inspection.token().clone();
                let inspected = Inspected::new(inspection, now, zone);
                *self = Self { token: Some(Box::new(inspected)), ..Self::default() };
                Some(token)
            }
            Err(wrong) => {
                self.explained = explain_message(text, now).map(Box::new);
                if self.explained.is_some() {
                    self.refused = None;
                    self.scroll = 0;
                    return None;
                }
                self.refused = Some((wrong.to_string(), wrong.hint()));
                None
            }
        }
    }

    /// What one has to know about the line of the claims under the cursor: its path and a sentence.
    #[must_use]
    pub fn about(&self) -> Option<(String, String)> {
        let token = self.token.as_ref()?;
        let path = token.lines.get(self.line)?.path;
        if path.is_empty() {
            return None;
        }
        if let Err(wrong) = &token.inspection.claims
            && json::short_path(&wrong.path) == path
        {
            return Some((path, format!("A server refuses the whole token for it: {wrong}.")));
        }
        let said = explained(&path, &token.inspection);
        Some((path, said))
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
    let groups = OBJECTS.contains(&path) || path == "roomConfig";
    if groups && matches!(inspection.payload.get(path).map(Node::kind), Some(Kind::Object(_))) {
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
        token.verified(Some(token.inspection.compare((&project).into())), None);
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

    #[test]
    fn an_error_that_is_known_is_explained_and_the_next_paste_takes_its_place() {
        let mut inspect = loaded();
        assert!(inspect.load("ERROR: token is expired", NOW, &Zone::utc()).is_none());
        let explained = inspect.explained.as_ref().unwrap();
        assert_eq!(explained.matches[0].entry.id, "not-expired");
        assert!(inspect.refused.is_none() && inspect.token.is_some());
        assert!(inspect.load("hello", NOW, &Zone::utc()).is_none());
        assert!(inspect.explained.is_none() && inspect.refused.is_some());
    }
}
