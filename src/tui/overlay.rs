//! What lies over a screen: pickers, questions, editors. Each as small as its content; `Esc` closes the topmost.

use crate::claims::catalog::{self, Field};
use crate::claims::draft::Draft;
use crate::claims::grants::{AgentDispatch, RESTART_POLICIES, SOURCES};
use crate::claims::problems::Problem;
use crate::project::{Listing, ProjectName};
use crate::text::Sensitive;
use crate::token::forms::qr::{Qr, QrError};

use super::asking::Answered;
use super::keymap::{Action, BINDINGS, Context};
use super::message::Failure;
use super::screens::projects::ProjectForm;
use super::screens::serve::form::ServeForm;
use super::widgets::text_field::{Kind, TextField};

pub mod diff;
mod forms;
pub mod guard;
pub mod import;
pub mod many;
pub mod picker;
pub mod presets;
pub mod serve;
pub mod view;

use import::{Import, Stage};
use many::{HowMany, Table};
use picker::{Item, Picker};
use presets::PresetForm;

/// One thing over the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    /// This screen's keys.
    Help {
        /// The screen's contexts.
        contexts: Vec<Context>,
        /// The first line shown.
        scroll: usize,
    },
    /// A list that typing filters.
    Pick(Picker),
    /// A list of known words, each on or off.
    Checklist {
        /// The catalogue's row.
        path: &'static str,
        /// The word under the cursor.
        cursor: usize,
    },
    /// Text keys with text values.
    Pairs(PairsEditor),
    /// Agents to dispatch.
    Agents(AgentsEditor),
    /// A text of several lines.
    LongText(LongText),
    /// A project to add or change.
    Project(ProjectForm),
    /// A project's policy to change.
    Policy(guard::PolicyForm),
    /// Another key for a project.
    Rotate(guard::RotateForm),
    /// Production asks for its name.
    Production(Box<guard::Production>),
    /// A preset to be saved, or to get another name.
    Preset(PresetForm),
    /// A question.
    Confirm(Confirm),
    /// Why a problem is one, and what to do.
    Problem(Box<Problem>),
    /// What a server answered.
    Answer(Box<Answered>),
    /// The vault wants its passphrase.
    Passphrase(Passphrase),
    /// The store could not be opened: what else there is.
    NoStore(Failure),
    /// The token, to be selected with the mouse.
    Token,
    /// What is between the inspected token and another one; it is kept with them.
    Diff,
    /// Which token the inspected one is to be held against.
    OtherToken {
        /// What was given and is no token: why, and what to give instead.
        refused: Option<(String, String)>,
    },
    /// The two values of a row of the difference.
    Values(diff::Values),
    /// Projects to import.
    Import(Box<Import>),
    /// How many tokens of the draft, and whose.
    HowMany(HowMany),
    /// Many tokens.
    Table(Box<Table>),
    /// Where the endpoint listens and what it hands out.
    Serve(ServeForm),
    /// A request or a webhook that came in.
    Arrived(Box<serve::Shown>),
    /// A text to be selected with the mouse.
    Text(Sensitive),
    /// A QR code.
    Qr {
        /// The code, or why there is none.
        code: Result<Qr, QrError>,
        /// Whether it says a link; else the token.
        link: bool,
        /// Whether the server of that link is this machine.
        unreachable: bool,
    },
}

/// What a picker is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Another project.
    Project,
    /// The project to verify a token against.
    Verifier,
    /// A preset to start from.
    Preset,
    /// A form to copy the token as.
    Form,
    /// How to write many tokens.
    Lines,
    /// Any action.
    Palette,
    /// A name for the row of this path.
    Name(&'static str),
}

impl Overlay {
    /// Where keys mean something while this lies on top.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        let own: &[Context] = match self {
            Self::Help { .. }
            | Self::Problem(_)
            | Self::Answer(_)
            | Self::Token
            | Self::Values(_)
            | Self::Arrived(_)
            | Self::Text(_)
            | Self::Qr { .. } => &[Context::Reading, Context::Global],
            Self::Pick(picker) if picker.purpose == Purpose::Preset => match picker.query.text() {
                "" => &[Context::Presets, Context::Numbers, Context::Picker, Context::Text],
                _ => &[Context::Presets, Context::Picker, Context::Text],
            },
            Self::Pick(_) => &[Context::Picker, Context::Text],
            Self::Preset(_) => &[Context::PresetForm, Context::Form, Context::Text],
            Self::Pairs(editor) if editor.field.is_some() => &[Context::Text],
            Self::Agents(editor) if editor.form.is_some() => &[Context::Form, Context::Text],
            Self::Checklist { .. } => &[Context::Checklist, Context::Global],
            Self::Pairs(_) | Self::Agents(_) => &[Context::List, Context::Global],
            Self::LongText(_) => &[Context::Lines, Context::Text],
            Self::Project(_)
            | Self::Passphrase(_)
            | Self::Policy(_)
            | Self::Rotate(_)
            | Self::HowMany(_)
            | Self::Serve(_) => &[Context::Form, Context::Text],
            Self::Production(_) => &[Context::Text],
            Self::Import(import) => match import.stage {
                Stage::Places { .. } => &[Context::Places, Context::Global],
                Stage::Plan { .. } => &[Context::Plan, Context::Global],
                Stage::Done { .. } => &[Context::Imported, Context::Global],
            },
            Self::Table(table) if table.filter.is_some() => &[Context::Text, Context::Signing],
            Self::Table(_) => &[Context::Table, Context::Global],
            Self::Confirm(_) => &[Context::Confirm, Context::Global],
            Self::NoStore(_) => &[Context::NoStore, Context::Global],
            Self::Diff => &[Context::Diff, Context::Global],
            Self::OtherToken { .. } => &[Context::OtherToken, Context::Global],
        };
        own.iter().copied().chain([Context::Always]).collect()
    }

    /// The text that is being typed into, if one is.
    pub fn field_mut(&mut self) -> Option<&mut TextField> {
        match self {
            Self::Pick(picker) => Some(&mut picker.query),
            Self::Pairs(editor) => editor.field.as_mut(),
            Self::Agents(editor) => editor.form.as_mut().map(AgentForm::field_mut),
            Self::LongText(text) => Some(&mut text.field),
            Self::Project(form) => Some(form.field_mut()),
            Self::Preset(form) => Some(form.field_mut()),
            Self::Passphrase(passphrase) => Some(passphrase.field_mut()),
            Self::Policy(form) => form.field_mut(),
            Self::Rotate(form) => Some(form.field_mut()),
            Self::Production(asked) => {
                asked.wrong = false;
                Some(&mut asked.field)
            }
            Self::HowMany(form) => Some(form.field_mut()),
            Self::Table(table) => table.filter.as_mut(),
            Self::Serve(form) => Some(form.field_mut()),
            _ => None,
        }
    }

    /// The projects, to switch between.
    #[must_use]
    pub fn projects(rows: &[Listing], current: &ProjectName) -> Self {
        let item = |listing: &Listing| Item {
            title: listing.name.as_str().to_owned(),
            detail: listing.url.ws(),
            mark: if listing.name == *current { "current" } else { "" }.into(),
        };
        Self::Pick(Picker::new(Purpose::Project, "Project", rows.iter().map(item).collect()))
    }

    /// The projects, to verify a token against.
    #[must_use]
    pub fn verifiers(rows: &[Listing], current: Option<&str>) -> Self {
        let item = |listing: &Listing| Item {
            title: listing.name.as_str().to_owned(),
            detail: listing.key.as_str().to_owned(),
            mark: if Some(listing.name.as_str()) == current { "current" } else { "" }.into(),
        };
        Self::Pick(Picker::new(Purpose::Verifier, "Verify against", rows.iter().map(item).collect()))
    }

    /// Every action that means something in these contexts, by name.
    #[must_use]
    pub fn palette(contexts: &[Context]) -> Self {
        let items = palette_rows(contexts)
            .into_iter()
            .map(|(_, help, key)| Item { title: help.to_owned(), detail: String::new(), mark: key })
            .collect();
        Self::Pick(Picker::new(Purpose::Palette, "Actions", items))
    }

    /// The editor that belongs to a row that is not edited in its line; `None` for those that are.
    #[must_use]
    pub fn editor(path: &'static str, draft: &Draft) -> Option<Self> {
        let entry = catalog::entry(path)?;
        match entry.field {
            Field::Sources(_) => Some(Self::Checklist { path, cursor: 0 }),
            Field::Words(_, known) if !known.is_empty() => Some(Self::Checklist { path, cursor: 0 }),
            Field::OneOf(_, names) => {
                let current = draft.typed(entry);
                let item = |name: &&str| Item {
                    title: (*name).to_owned(),
                    detail: String::new(),
                    mark: if **name == current { "current" } else { "" }.into(),
                };
                Some(Self::Pick(Picker::new(
                    Purpose::Name(path),
                    entry.label,
                    names.iter().map(item).collect(),
                )))
            }
            Field::Pairs(_) => Some(Self::Pairs(PairsEditor { path, cursor: 0, field: None, wrong: None })),
            Field::Dispatches(_) => Some(Self::Agents(AgentsEditor { path, cursor: 0, form: None })),
            Field::LongText(_) | Field::Json(_) => Some(Self::LongText(LongText {
                path,
                said: said(&draft.typed(entry)),
                field: TextField::new(Kind::Lines, &draft.typed(entry)),
                wrong: None,
            })),
            _ => None,
        }
    }
}

/// The words of a checklist.
#[must_use]
pub fn checklist(path: &str) -> &'static [&'static str] {
    match catalog::entry(path).map(|entry| entry.field) {
        Some(Field::Sources(_)) => &SOURCES,
        Some(Field::Words(_, known)) => known,
        _ => &[],
    }
}

/// The actions of the palette, with what they do and their key.
#[must_use]
pub fn palette_rows(contexts: &[Context]) -> Vec<(Action, &'static str, String)> {
    BINDINGS
        .iter()
        .filter(|b| contexts.contains(&b.context) && !b.help.is_empty() && b.action != Action::Palette)
        .map(|b| (b.action, b.help, b.keys[0].said()))
        .collect()
}

/// Edits `attributes` or `tags`.
#[derive(Clone, Debug, PartialEq)]
pub struct PairsEditor {
    /// The catalogue's row.
    pub path: &'static str,
    /// The pair under the cursor; behind the last one is a line that adds.
    pub cursor: usize,
    /// The pair being typed, as `key=value`.
    pub field: Option<TextField>,
    /// What is wrong with it.
    pub wrong: Option<String>,
}

/// Edits `roomConfig.agents`.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentsEditor {
    /// The catalogue's row.
    pub path: &'static str,
    /// The agent under the cursor; behind the last one is a line that adds.
    pub cursor: usize,
    /// The agent being typed.
    pub form: Option<AgentForm>,
}

/// The fields of one agent.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentForm {
    fields: [TextField; 4],
    /// The field with the caret.
    pub at: usize,
    /// What was there before and has no field here.
    kept: AgentDispatch,
}

impl AgentForm {
    /// What the fields are called.
    pub const LABELS: [&'static str; 4] = ["agentName", "metadata", "deployment", "restartPolicy"];

    /// A form filled with an agent.
    #[must_use]
    pub fn of(agent: &AgentDispatch) -> Self {
        let texts = [&agent.agent_name, &agent.metadata, &agent.deployment, &agent.restart_policy];
        Self { fields: texts.map(|text| TextField::new(Kind::Line, text)), at: 0, kept: agent.clone() }
    }

    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &[TextField; 4] {
        &self.fields
    }

    /// The field with the caret.
    pub fn field_mut(&mut self) -> &mut TextField {
        &mut self.fields[self.at.min(3)]
    }

    /// What is wrong with a field, or what one has to know about it.
    #[must_use]
    pub fn remark(&self, at: usize) -> Option<(bool, &'static str)> {
        let text = self.fields[at].text();
        let bad_deployment =
            text.len() > 64 || text.contains(|c: char| c == '_' || c.is_whitespace() || c.is_control());
        match at {
            0 if text.is_empty() => Some((false, "empty dispatches every worker without a name")),
            2 if bad_deployment => Some((true, "at most 64 bytes, no _ and no space")),
            3 if text.is_empty() => Some((false, "JRP_ON_FAILURE or JRP_NEVER; Cloud only")),
            3 if !RESTART_POLICIES.contains(&text) => Some((true, "JRP_ON_FAILURE or JRP_NEVER")),
            _ => None,
        }
    }

    /// The agent as typed, unless a field is wrong.
    #[must_use]
    pub fn agent(&self) -> Option<AgentDispatch> {
        if (0..4).any(|at| self.remark(at).is_some_and(|(wrong, _)| wrong)) {
            return None;
        }
        let [agent_name, metadata, deployment, restart_policy] =
            [0, 1, 2, 3].map(|at| self.fields[at].text().to_owned());
        Some(AgentDispatch { agent_name, metadata, restart_policy, deployment, ..self.kept.clone() })
    }
}

/// Edits metadata or JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct LongText {
    /// The catalogue's row.
    pub path: &'static str,
    /// The text.
    pub field: TextField,
    /// Why the row does not take it, and how to write it.
    pub wrong: Option<(String, String)>,
    /// What the text is: whether it is JSON, and how long.
    pub said: String,
}

impl LongText {
    /// Looks at the text again, which is another one now.
    pub fn follow(&mut self) {
        self.said = said(self.field.text());
    }
}

/// What a long text is.
fn said(text: &str) -> String {
    let bytes = text.len();
    let kind = match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        _ if text.trim().is_empty() => "empty".into(),
        Ok(_) => "JSON".to_owned(),
        Err(_) if !text.trim_start().starts_with(['{', '[']) => "plain text".into(),
        Err(why) => format!("not JSON: {why}"),
    };
    format!("{kind}, {bytes} bytes")
}

/// A question with a consequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// Remove a project.
    Remove(ProjectName),
    /// Forget the old key of this project.
    ForgetOld(Listing),
    /// Sign in spite of errors.
    SignAnyway(Vec<String>),
    /// Replace the preset of this name, which was already there.
    ReplacePreset(String),
    /// Remove a preset.
    RemovePreset(String),
    /// Remove so many rows of expired tokens from the ledger.
    Purge(usize),
}

/// The vault's passphrase, twice if it is a new one.
#[derive(Clone, Debug, PartialEq)]
pub struct Passphrase {
    first: TextField,
    again: TextField,
    /// Whether the vault does not exist yet.
    pub new: bool,
    /// Whether the caret is in the second field.
    pub at_again: bool,
    /// What is wrong.
    pub wrong: Option<String>,
    /// Whether the vault is being opened.
    pub opening: bool,
}

impl Passphrase {
    /// Asks for the present passphrase, or for a new one.
    #[must_use]
    pub fn ask(new: bool) -> Self {
        let empty = TextField::new(Kind::Secret, "");
        Self { first: empty.clone(), again: empty, new, at_again: false, wrong: None, opening: false }
    }

    /// The store did not take it: the fields are empty again.
    pub fn refuse(&mut self, why: String) {
        *self = Self { wrong: Some(why), ..Self::ask(self.new) };
    }

    /// Both fields.
    #[must_use]
    pub fn fields(&self) -> [&TextField; 2] {
        [&self.first, &self.again]
    }

    /// The field with the caret.
    pub fn field_mut(&mut self) -> &mut TextField {
        self.wrong = None;
        if self.at_again { &mut self.again } else { &mut self.first }
    }

    /// The passphrase, if it is complete; else what is missing is said and the caret goes there.
    pub fn complete(&mut self) -> Option<String> {
        if self.first.text().is_empty() {
            self.at_again = false;
            self.wrong = Some("type the passphrase".into());
        } else if self.new && !self.at_again && self.again.text().is_empty() {
            self.at_again = true;
        } else if self.new && self.first.text() != self.again.text() {
            self.again.replace("");
            self.at_again = true;
            self.wrong = Some("the two differ; type it again".into());
        } else {
            return Some(self.first.text().to_owned());
        }
        None
    }
}
