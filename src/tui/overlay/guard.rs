//! A project's policy, its second key, and the question that production asks: the forms, and drawing them.
//!
//! ```text
//! ╭ Policy of acme-prod ─────────────────────────────────────────╮
//! │ Label          eu┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈ │
//! │ Colour         red                                            │
//! │ ...                                                           │
//! │ Production     ● yes: an administrative token is asked twice  │
//! ╰───────────────────────────────────────────────────────────────╯
//! ```

use std::sync::Arc;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::claims::draft::Draft;
use crate::claims::policy::{Allowed, Colour, Label, PolicyError, ProjectPolicy, max_ttl};
use crate::clock::{Ttl, length};
use crate::project::{ApiKey, ApiSecret, Listing, ProjectName};
use crate::text::{listed, visible};
use crate::token::forms::FormId;
use crate::tui::message::Ceiling;
use crate::tui::message::many::Many;
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::screens::serve::Choices;
use crate::tui::view::cut;
use crate::tui::widgets::lines::draw_line;
use crate::tui::widgets::text_field::{Kind, TextField};

use super::view::{labelled, open, words};

/// The rows of the policy's form, in the order of Tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyPart {
    /// The label.
    Label,
    /// The colour.
    Colour,
    /// The longest life of a token.
    Life,
    /// What may be granted.
    Allow,
    /// Whether it is production.
    Production,
}

impl PolicyPart {
    /// All of them, in the order of Tab.
    pub const ALL: [Self; 5] = [Self::Label, Self::Colour, Self::Life, Self::Allow, Self::Production];

    const fn label(self) -> &'static str {
        match self {
            Self::Label => "Label",
            Self::Colour => "Colour",
            Self::Life => "Longest life",
            Self::Allow => "Allowed",
            Self::Production => "Production",
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

/// The form that changes a project's policy.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyForm {
    /// Whose.
    pub name: ProjectName,
    fields: [TextField; 4],
    production: bool,
    /// The row with the caret.
    pub at: PolicyPart,
    /// Whether it is being saved.
    pub saving: bool,
    /// Why it was not saved.
    pub refused: Option<(String, String)>,
}

impl PolicyForm {
    /// A form filled with a project's policy.
    #[must_use]
    pub fn of(name: &ProjectName, policy: &ProjectPolicy) -> Self {
        let allow = policy.allow.as_ref().map(|words| match words.as_slice() {
            [] => "none".to_owned(),
            words => words.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", "),
        });
        let texts = [
            policy.label.as_str().to_owned(),
            policy.colour.map(|colour| colour.to_string()).unwrap_or_default(),
            policy.max_ttl.map(|seconds| Ttl::For(seconds).to_string()).unwrap_or_default(),
            allow.unwrap_or_default(),
        ];
        Self {
            name: name.clone(),
            fields: texts.map(|text| TextField::new(Kind::Line, &text)),
            production: policy.production,
            at: PolicyPart::Label,
            saving: false,
            refused: None,
        }
    }

    fn field(&self, part: PolicyPart) -> Option<&TextField> {
        self.fields.get(part as usize)
    }

    /// The text with the caret; production is no text.
    pub fn field_mut(&mut self) -> Option<&mut TextField> {
        self.refused = None;
        self.fields.get_mut(self.at as usize)
    }

    /// The next state of the row with the caret: yes or no, or the next colour. Whether it has one.
    pub fn cycle(&mut self) -> bool {
        match self.at {
            PolicyPart::Production => self.production = !self.production,
            PolicyPart::Colour => {
                let field = &mut self.fields[PolicyPart::Colour as usize];
                let now = Colour::ALL.iter().position(|colour| colour.as_str() == field.text().trim());
                let next = now.map_or(0, |at| at + 1);
                field.replace(Colour::ALL.get(next).map_or("", |colour| colour.as_str()));
            }
            _ => return false,
        }
        true
    }

    /// What the row says, or what is wrong with it.
    fn remark(&self, part: PolicyPart) -> Result<String, PolicyError> {
        let text = self.field(part).map_or("", TextField::text).trim();
        Ok(match part {
            PolicyPart::Label => {
                Label::parse(text)?;
                "a word or two beside the name, such as staging".into()
            }
            PolicyPart::Colour if text.is_empty() => {
                "red, bright-blue…; Space goes through all sixteen".into()
            }
            PolicyPart::Colour => {
                text.parse::<Colour>()?;
                "of the name and the label".into()
            }
            PolicyPart::Life if text.is_empty() => "any length".into(),
            PolicyPart::Life => format!("no token lives longer than {}", length(seconds(max_ttl(text)?))),
            PolicyPart::Allow if text.is_empty() => {
                "anything; or a list: video.roomJoin, sip, in-the-room".into()
            }
            PolicyPart::Allow => match allowed(text)?.len() {
                0 => "nothing".into(),
                _ => "and nothing else".into(),
            },
            PolicyPart::Production => {
                let said = if self.production {
                    "an administrative token asks for the project's name"
                } else {
                    "nothing is asked"
                };
                said.into()
            }
        })
    }

    /// The policy, if every row is in order; else the caret goes to the first that is not.
    pub fn filled(&mut self) -> Option<ProjectPolicy> {
        if let Some(wrong) = PolicyPart::ALL.into_iter().find(|part| self.remark(*part).is_err()) {
            self.at = wrong;
            return None;
        }
        let [label, colour, life, allow] = [0, 1, 2, 3].map(|at: usize| self.fields[at].text().trim());
        Some(ProjectPolicy {
            label: Label::parse(label).ok()?,
            colour: if colour.is_empty() { None } else { Some(colour.parse().ok()?) },
            max_ttl: if life.is_empty() { None } else { Some(max_ttl(life).ok()?) },
            allow: if allow.is_empty() { None } else { Some(allowed(allow).ok()?) },
            production: self.production,
        })
    }
}

fn seconds(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// Words separated by commas or spaces; `none` is none of them.
fn allowed(text: &str) -> Result<Vec<Allowed>, PolicyError> {
    if text == "none" {
        return Ok(Vec::new());
    }
    text.split([',', ' ']).filter(|word| !word.is_empty()).map(Allowed::parse).collect()
}

/// The form that gives a project another key.
#[derive(Clone, Debug, PartialEq)]
pub struct RotateForm {
    /// The project as it is.
    pub listing: Listing,
    key: TextField,
    secret: TextField,
    /// Whether the caret is in the secret.
    pub at_secret: bool,
    /// Whether it is being saved.
    pub saving: bool,
    /// What is wrong, and what to do about it.
    pub refused: Option<(String, String)>,
}

impl RotateForm {
    /// An empty form for this project.
    #[must_use]
    pub fn of(listing: &Listing) -> Self {
        Self {
            listing: listing.clone(),
            key: TextField::line(),
            secret: TextField::new(Kind::Secret, ""),
            at_secret: false,
            saving: false,
            refused: None,
        }
    }

    /// The field with the caret.
    pub fn field_mut(&mut self) -> &mut TextField {
        self.refused = None;
        if self.at_secret { &mut self.secret } else { &mut self.key }
    }

    /// The pair as typed, or `None` for one that is to be made. If it is neither, says why and goes there.
    pub fn filled(&mut self) -> Option<Option<(ApiKey, ApiSecret)>> {
        if self.key.text().trim().is_empty() && self.secret.text().is_empty() {
            return Some(None);
        }
        let key = ApiKey::parse(self.key.text());
        let secret = ApiSecret::parse(self.secret.text());
        match (key, secret) {
            (Ok(key), Ok(_)) if key.value == self.listing.key => {
                self.at_secret = false;
                let hint = "another key has another name; e changes the secret alone";
                self.refused = Some((format!("{} signs already", key.value), hint.into()));
                None
            }
            (Ok(key), Ok(secret)) => Some(Some((key.value, secret.value))),
            (Err(wrong), _) => {
                self.at_secret = false;
                self.refused = Some((wrong.to_string(), wrong.hint()));
                None
            }
            (Ok(_), Err(wrong)) => {
                self.at_secret = true;
                self.refused = Some((wrong.to_string(), wrong.hint()));
                None
            }
        }
    }
}

/// What production is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// A token of this draft, copied in this form.
    One(Arc<Draft>, FormId),
    /// A token for each of many.
    Many(Box<Many>),
    /// An endpoint with this ceiling.
    Serve(Choices, Ceiling),
}

/// An administrative token for production, or many of them, signed once the project's name was typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Production {
    /// The project.
    pub listing: Listing,
    /// The administrative grants.
    pub powers: Vec<String>,
    /// What waits for the name.
    pub wish: Wish,
    /// The name as typed.
    pub field: TextField,
    /// Whether another name was accepted.
    pub wrong: bool,
}

pub(super) fn policy(model: &Model, form: &PolicyForm, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let title = format!("Policy of {}", visible(form.name.as_str()));
    let inner = open(model, &title, 78, 14, frame, body);
    let mut cure = None;
    for (i, part) in PolicyPart::ALL.into_iter().enumerate() {
        let spot = Rect { y: inner.y + u16::try_from(i * 2).unwrap_or(0), ..inner };
        let here = form.at == part;
        let remark = form.remark(part);
        if let (Err(wrong), true) = (&remark, here) {
            cure = Some(wrong.hint());
        }
        let said = match remark {
            Ok(said) => Span::styled(said, theme.dim()),
            Err(wrong) => Span::styled(wrong.to_string(), theme.bad()),
        };
        if let Some(field) = form.field(part) {
            labelled(frame, theme, spot, part.label(), field, here, Some(Line::from(said)));
            continue;
        }
        let style = if here { theme.strong() } else { theme.dim() };
        let (sign, word) = if form.production { (theme.on(), "yes") } else { (theme.off(), "no") };
        let line = Line::from(vec![
            Span::styled(format!("{:<15}", part.label()), style),
            Span::raw(format!("{sign} {word:<5}")),
            said,
        ]);
        let row = Rect { height: 1, ..spot }.intersection(body);
        draw_line(frame, &cut(line, row.width, theme), row);
        if here {
            frame.set_cursor_position((spot.x + 15, spot.y));
        }
    }
    let usual = "the command line and the token endpoint keep to it, too";
    let note = note(model, form.refused.as_ref(), form.saving, cure.as_deref().unwrap_or(usual));
    let spot = Rect { y: inner.y + 11, height: 1, ..inner }.intersection(body);
    draw_line(frame, &cut(note, spot.width, theme), spot);
}

pub(super) fn rotate(model: &Model, form: &RotateForm, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let title = format!("Another key for {}", visible(form.listing.name.as_str()));
    let inner = open(model, &title, 78, 9, frame, body);
    let said = format!("{} signs now; it is kept to verify what it signed", form.listing.key);
    draw_line(
        frame,
        &cut(Line::from(Span::styled(said, theme.dim())), inner.width, theme),
        Rect { height: 1, ..inner },
    );
    for (i, (label, field)) in [("API key", &form.key), ("API secret", &form.secret)].into_iter().enumerate()
    {
        let at_secret = i == 1;
        let spot = Rect { y: inner.y + 2 + u16::from(at_secret) * 2, ..inner };
        let empty = form.key.text().is_empty() && form.secret.text().is_empty() && !at_secret;
        let remark = empty.then(|| Line::from(Span::styled("both empty: a new pair is made", theme.dim())));
        labelled(frame, theme, spot, label, field, form.at_secret == at_secret, remark);
    }
    let usual = "the server needs both keys until the tokens of the old one have expired";
    let spot = Rect { y: inner.y + 6, height: 1, ..inner }.intersection(body);
    draw_line(frame, &cut(note(model, form.refused.as_ref(), form.saving, usual), spot.width, theme), spot);
}

fn note(model: &Model, refused: Option<&(String, String)>, saving: bool, usual: &str) -> Line<'static> {
    let theme = model.options.theme;
    match refused {
        Some((what, hint)) => Line::from(vec![
            Span::styled(visible(what).into_owned(), theme.bad()),
            Span::styled(format!(" {} {}", theme.dot(), visible(hint)), theme.dim()),
        ]),
        None if saving => Line::from(Span::styled("saving…", theme.dim())),
        None => Line::from(Span::styled(usual.to_owned(), theme.dim())),
    }
}

pub(super) fn production(model: &Model, asked: &Production, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let name = visible(asked.listing.name.as_str()).into_owned();
    let (title, gives) = match &asked.wish {
        Wish::One(..) => ("An administrative token for production", "This token gives"),
        Wish::Many(_) => ("Administrative tokens for production", "Each of these gives"),
        Wish::Serve(..) => ("An administrative endpoint for production", "Who asks may get"),
    };
    let inner = open(model, title, 66, 9, frame, body);
    let colour = theme.of_project(model.policy_of(&asked.listing.name));
    let line = |y: u16| Rect { y: inner.y + y, height: 1, ..inner };
    let first = Line::from(vec![
        Span::styled(name.clone(), colour),
        Span::raw(format!(" is in use by people. {gives}")),
    ]);
    draw_line(frame, &cut(first, inner.width, theme), line(0));
    let powers = Line::from(Span::styled(listed(&asked.powers, "and"), theme.warning()));
    draw_line(frame, &cut(powers, inner.width, theme), line(1));
    let remark = if asked.wrong {
        Span::styled(format!("that is not {name}"), theme.bad())
    } else {
        let wish = match &asked.wish {
            Wish::One(..) => "sign it",
            Wish::Many(_) => "sign them",
            Wish::Serve(..) => "serve it",
        };
        Span::styled(format!("type {name} to {wish}, Esc to leave it"), theme.dim())
    };
    labelled(frame, theme, line(3), "Project", &asked.field, true, Some(Line::from(remark)));
}

/// The question before an old key is forgotten.
pub(super) fn forget(
    model: &Model,
    listing: &Listing,
    keys: Line<'static>,
    frame: &mut Frame<'_>,
    body: Rect,
) {
    let theme = model.options.theme;
    let Some(old) = &listing.old else { return };
    let alive = model.ledger.alive_under(&old.key, model.now);
    let told = match alive {
        Some(0) => Span::styled("The ledger knows of no token of it that still works.", theme.dim()),
        Some(1) => Span::styled("1 token of it still works.", theme.warning()),
        Some(count) => Span::styled(format!("{count} tokens of it still work."), theme.warning()),
        None => Span::styled("roomkey project show says how many tokens of it still work.", theme.dim()),
    };
    let lines = vec![
        Line::from(format!("{} signed until {}.", old.key, model.zone.said(old.since, model.now))),
        Line::from("What it signed is verified no more."),
        Line::from(told),
        Line::default(),
        keys,
    ];
    words(model, &format!("Forget the old key of {}?", visible(listing.name.as_str())), lines, frame, body);
}
