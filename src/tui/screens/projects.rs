//! Projects: what is stored, and the form that adds and changes it.

use std::collections::BTreeMap;

use crate::claims::problems::{self, Problem};
use crate::project::{ApiKey, ApiSecret, Block, Listing, Project, ProjectName, ServerUrl, read_block};
use crate::tui::asking::Answered;
use crate::tui::widgets::text_field::{Kind, TextField};

pub mod view;

/// The list of projects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projects {
    /// What the store has, sorted by name.
    pub stored: Vec<Listing>,
    /// The default project.
    pub default: Option<ProjectName>,
    /// The row under the cursor, among [`Projects::rows`].
    pub cursor: usize,
    /// What each project's server said last, in this run.
    pub answers: BTreeMap<ProjectName, Answered>,
}

impl Projects {
    /// Every row: what is stored, and the built-in project unless one of its name is stored.
    #[must_use]
    pub fn rows(&self) -> Vec<Listing> {
        let mut rows = self.stored.clone();
        if !rows.iter().any(|listing| listing.name == ProjectName::local_dev()) {
            rows.push(Listing::local_dev());
        }
        rows
    }

    /// The row under the cursor.
    #[must_use]
    pub fn selected(&self) -> Option<Listing> {
        self.rows().get(self.cursor).cloned()
    }

    /// Whether the row is the built-in project, which is not stored.
    #[must_use]
    pub fn is_built_in(&self, listing: &Listing) -> bool {
        !self.stored.contains(listing)
    }
}

/// The fields of the form, in the order of Tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The name.
    Name,
    /// The server's address.
    Url,
    /// The API key.
    Key,
    /// The API secret.
    Secret,
}

impl Part {
    /// All of them, in the order of Tab.
    pub const ALL: [Self; 4] = [Self::Name, Self::Url, Self::Key, Self::Secret];

    /// What it is called.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Url => "URL",
            Self::Key => "API key",
            Self::Secret => "API secret",
        }
    }

    /// The next one, or the one before; the same at the ends.
    #[must_use]
    pub fn step(self, forward: bool) -> Self {
        let at = Self::ALL.iter().position(|part| *part == self).unwrap_or(0);
        let next = if forward { at + 1 } else { at.wrapping_sub(1) };
        Self::ALL.get(next).copied().unwrap_or(self)
    }
}

/// What is to be said under a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// It cannot be saved like this; and the cure.
    Wrong(String, String),
    /// It can, but.
    Warning(String),
    /// What was cleaned.
    Cleaned(String),
    /// Nothing is missing.
    Fine(String),
}

/// The form that adds or changes a project.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectForm {
    /// The project being changed; `None` adds one.
    pub changes: Option<ProjectName>,
    name: TextField,
    url: TextField,
    key: TextField,
    secret: TextField,
    /// The field with the caret.
    pub at: Part,
    /// Whether saving was tried: only then is an empty field wrong.
    pub tried: bool,
    /// Whether the store is saving it.
    pub saving: bool,
    /// Whether it is to be saved once the vault has its passphrase.
    pub waits_for_passphrase: bool,
    /// What the store said.
    pub refused: Option<(String, String)>,
}

/// What a complete form comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// All but the secret.
    pub listing: Listing,
    /// The secret; `None` keeps the present one.
    pub secret: Option<ApiSecret>,
}

impl ProjectForm {
    /// An empty form.
    #[must_use]
    pub fn add() -> Self {
        Self {
            changes: None,
            name: TextField::line(),
            url: TextField::line(),
            key: TextField::line(),
            secret: TextField::new(Kind::Secret, ""),
            at: Part::Name,
            tried: false,
            saving: false,
            waits_for_passphrase: false,
            refused: None,
        }
    }

    /// A form filled with a project; an empty secret keeps the present one.
    #[must_use]
    pub fn change(listing: &Listing) -> Self {
        Self {
            changes: Some(listing.name.clone()),
            name: TextField::new(Kind::Line, listing.name.as_str()),
            url: TextField::new(Kind::Line, &listing.url.ws()),
            key: TextField::new(Kind::Line, listing.key.as_str()),
            ..Self::add()
        }
    }

    /// A form filled from a pasted block, with the caret where something is missing.
    #[must_use]
    pub fn of_block(block: &Block) -> Self {
        let mut form = Self::add();
        form.fill(block);
        form
    }

    /// The field of this part.
    #[must_use]
    pub fn field(&self, part: Part) -> &TextField {
        match part {
            Part::Name => &self.name,
            Part::Url => &self.url,
            Part::Key => &self.key,
            Part::Secret => &self.secret,
        }
    }

    /// The field with the caret.
    pub fn field_mut(&mut self) -> &mut TextField {
        self.refused = None;
        match self.at {
            Part::Name => &mut self.name,
            Part::Url => &mut self.url,
            Part::Key => &mut self.key,
            Part::Secret => &mut self.secret,
        }
    }

    /// Pastes: a block of `LIVEKIT_…` lines fills every field it names, anything else goes to the caret.
    /// Returns what to tell.
    pub fn paste(&mut self, text: &str) -> Option<String> {
        if let Some(block) = read_block(text) {
            let count = self.fill(&block);
            return Some(format!("filled {count} fields from the block"));
        }
        // Line breaks are kept in the field until it is read, so that their removal is told.
        let field = self.field_mut();
        field.paste(text);
        None
    }

    fn fill(&mut self, block: &Block) -> usize {
        let mut count = 0;
        self.refused = None;
        if let Some(url) = &block.url {
            self.url.replace(url);
            count += 1;
            if self.name.text().is_empty()
                && let Ok(cleaned) = ServerUrl::parse(url)
            {
                self.name.replace(&name_from(&cleaned.value));
            }
        }
        if let Some(key) = &block.key {
            self.key.replace(key);
            count += 1;
        }
        if let Some(secret) = &block.secret {
            self.secret.replace(secret);
            count += 1;
        }
        let missing = Part::ALL.into_iter().find(|part| self.field(*part).text().is_empty());
        self.at = missing.unwrap_or(Part::Name);
        count
    }

    /// What is to be said under a field as it stands. `others` are the names that are taken.
    #[must_use]
    pub fn remark(&self, part: Part, others: &[Listing]) -> Option<Remark> {
        let text = self.field(part).text();
        if text.trim().is_empty() {
            let kept = part == Part::Secret && self.changes.is_some();
            return match () {
                () if kept => Some(Remark::Fine("empty keeps the present one".into())),
                () if self.tried => Some(missing(part)),
                () => None,
            };
        }
        match part {
            Part::Name => match ProjectName::parse(text) {
                Err(wrong) => Some(Remark::Wrong(wrong.to_string(), wrong.hint())),
                Ok(name) if self.is_taken(&name, others) => Some(Remark::Wrong(
                    format!("there is a project {name} already"),
                    "choose another name".into(),
                )),
                Ok(_) => None,
            },
            Part::Url => match ServerUrl::parse(text) {
                Err(wrong) => Some(Remark::Wrong(wrong.to_string(), wrong.hint())),
                Ok(cleaned) => match cleaned.value.notes().first() {
                    Some(note) => Some(Remark::Warning(note.to_string())),
                    None => cleaned.told("the URL").map(Remark::Cleaned).or_else(|| {
                        let (ws, http) = (cleaned.value.ws(), cleaned.value.http());
                        Some(Remark::Fine(if text.starts_with("http") { ws } else { http }))
                    }),
                },
            },
            Part::Key => match ApiKey::parse(text) {
                Err(wrong) => Some(Remark::Wrong(wrong.to_string(), wrong.hint())),
                Ok(cleaned) => cleaned.told("the API key").map(Remark::Cleaned),
            },
            Part::Secret => match ApiSecret::parse(text) {
                Err(wrong) => Some(Remark::Wrong(wrong.to_string(), wrong.hint())),
                Ok(cleaned) => match self.problems().first() {
                    Some(problem) => Some(Remark::Warning(problem.message.clone())),
                    None => Some(cleaned.told("the API secret").map_or_else(
                        || Remark::Fine(format!("{} characters", cleaned.value.len())),
                        Remark::Cleaned,
                    )),
                },
            },
        }
    }

    fn is_taken(&self, name: &ProjectName, others: &[Listing]) -> bool {
        self.changes.as_ref() != Some(name) && others.iter().any(|listing| listing.name == *name)
    }

    /// What is odd about the project as typed, the secret included.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        match (
            ServerUrl::parse(self.url.text()),
            ApiKey::parse(self.key.text()),
            ApiSecret::parse(self.secret.text()),
        ) {
            (Ok(url), Ok(key), Ok(secret)) => problems::of_project(&Project::new(
                Listing::new(ProjectName::local_dev(), url.value, key.value),
                secret.value,
            )),
            _ => Vec::new(),
        }
    }

    /// The project, if every field is in order; else the caret goes to the first that is not.
    pub fn filled(&mut self, others: &[Listing]) -> Option<Filled> {
        self.tried = true;
        let wrong = |part: &Part| matches!(self.remark(*part, others), Some(Remark::Wrong(..)));
        if let Some(part) = Part::ALL.into_iter().find(wrong) {
            self.at = part;
            return None;
        }
        let name = ProjectName::parse(self.name.text()).ok()?;
        let url = ServerUrl::parse(self.url.text()).ok()?.value;
        let key = ApiKey::parse(self.key.text()).ok()?.value;
        let secret = match self.secret.text().trim() {
            "" => None,
            text => Some(ApiSecret::parse(text).ok()?.value),
        };
        Some(Filled { listing: Listing::new(name, url, key), secret })
    }
}

/// What is wrong with an empty field.
fn missing(part: Part) -> Remark {
    let wrong = match part {
        Part::Name => ProjectName::parse("").err().map(|e| (e.to_string(), e.hint())),
        Part::Url => ServerUrl::parse("").err().map(|e| (e.to_string(), e.hint())),
        Part::Key => ApiKey::parse("").err().map(|e| (e.to_string(), e.hint())),
        Part::Secret => ApiSecret::parse("").err().map(|e| (e.to_string(), e.hint())),
    };
    let (what, hint) = wrong.unwrap_or_default();
    Remark::Wrong(what, hint)
}

/// A name to begin with: the first label of the host.
fn name_from(url: &ServerUrl) -> String {
    if url.is_loopback() {
        return "local".into();
    }
    let host = url.host();
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    if is_address { host.to_owned() } else { host.split('.').next().unwrap_or(host).to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "LIVEKIT_URL=wss://acme.livekit.cloud\nLIVEKIT_API_KEY=APIfake\nLIVEKIT_API_SECRET=fake-secret-0123456789-0123456789-abc\n";

    #[test]
    fn a_pasted_block_fills_all_fields_and_suggests_a_name() {
        let mut form = ProjectForm::add();
        assert_eq!(form.paste(BLOCK).unwrap(), "filled 3 fields from the block");
        assert_eq!(form.field(Part::Name).text(), "acme");
        let filled = form.filled(&[]).unwrap();
        assert_eq!(filled.listing.url.ws(), "wss://acme.livekit.cloud");
        assert!(filled.secret.is_some());
    }

    #[test]
    fn a_form_that_lacks_something_says_so_and_goes_there() {
        let mut form = ProjectForm::add();
        assert_eq!(form.remark(Part::Name, &[]), None);
        assert!(form.filled(&[]).is_none());
        assert_eq!(form.at, Part::Name);
        assert!(matches!(form.remark(Part::Secret, &[]), Some(Remark::Wrong(..))));
    }

    #[test]
    fn a_taken_name_is_refused_but_not_ones_own() {
        let taken = [Listing::local_dev()];
        let mut form = ProjectForm::add();
        form.paste("local dev");
        assert!(matches!(form.remark(Part::Name, &taken), Some(Remark::Wrong(..))));
        let own = ProjectForm::change(&taken[0]);
        assert_eq!(own.remark(Part::Name, &taken), None);
    }

    #[test]
    fn changing_a_project_keeps_its_secret_unless_one_is_typed() {
        let mut form = ProjectForm::change(&Listing::local_dev());
        assert_eq!(form.filled(&[]).unwrap().secret, None);
    }

    #[test]
    fn a_pasted_secret_says_what_was_cleaned_and_never_debugs() {
        let mut form = ProjectForm::add();
        form.at = Part::Secret;
        form.paste("fake-canary-secret-0123456789-0123456789\n");
        assert_eq!(
            form.remark(Part::Secret, &[]),
            Some(Remark::Cleaned("took a line break at the end off the API secret".into()))
        );
        assert!(!format!("{form:?}").contains("canary"));
    }
}
