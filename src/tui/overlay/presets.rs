//! The list of presets with what the one under the cursor would change, and the form that saves one.
//!
//! ```text
//! ╭ Start from ─────╮╭ Support guest ────────────────────╮
//! │ > type to find  ││ a caller of the support desk      │
//! │                 ││                                   │
//! │   Support gue 1 ││ changes                           │
//! │   Participant 2 ││   video.canPublish  unset → false │
//! ╰─────────────────╯╰───────────────────────────────────╯
//! ```

use std::borrow::Cow;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::claims::catalog;
use crate::claims::draft::Draft;
use crate::claims::effect;
use crate::claims::placeholders::{self, Moment};
use crate::claims::presets::{Preset, differences};
use crate::text::{beginning, listed, visible};
use crate::tui::layout::centred;
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::presets::OwnPresets;
use crate::tui::view::{cut, paragraph};
use crate::tui::widgets::lines::draw_line;
use crate::tui::widgets::text_field::{Kind, TextField};

use super::forms::beside;
use super::picker::{Item, Picker};
use super::view::{labelled, open, pick, pick_in};
use super::{Overlay, Purpose};

/// Columns of the list beside what a preset changes.
const LIST: u16 = 31;
/// Rows of both, where there are so many.
const HEIGHT: u16 = 24;
/// Columns from which there is room for both.
const WIDE_ENOUGH: u16 = 60;

impl Overlay {
    /// The presets, to start from.
    #[must_use]
    pub fn presets(presets: &OwnPresets) -> Self {
        Self::Pick(Self::preset_picker(presets))
    }

    /// One's own first, then the built-in ones, the first nine with a number.
    #[must_use]
    pub fn preset_picker(presets: &OwnPresets) -> Picker {
        let item = |(at, preset): (usize, &Preset)| {
            let own = if preset.is_built_in() { "" } else { "own" };
            let number = if at < 9 { (at + 1).to_string() } else { String::new() };
            Item {
                title: preset.title.clone(),
                detail: preset.summary.clone(),
                mark: format!("{own} {number}").trim().to_owned(),
            }
        };
        Picker::new(Purpose::Preset, "Start from", presets.all().enumerate().map(item).collect())
    }
}

/// The fields of [`PresetForm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What it is called.
    Name,
    /// What it is for.
    Summary,
}

/// What a [`PresetForm`] is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// The draft is saved.
    Save,
    /// The preset of this name gets another name or summary.
    Rename(String),
}

/// Asks for a preset's name and summary.
#[derive(Clone, Debug, PartialEq)]
pub struct PresetForm {
    /// What it is for.
    pub task: Task,
    /// The field with the caret.
    pub at: Part,
    /// What is wrong, and what to do about it.
    pub wrong: Option<(String, String)>,
    /// Whether it is being saved.
    pub saving: bool,
    /// Identity, name and room of the draft, as far as they are set.
    names: Vec<(&'static str, String)>,
    /// Whether they are saved with it.
    keeps_names: bool,
    fields: [TextField; 2],
}

impl PresetForm {
    /// Saves the draft: as `own` again, or as a new one.
    #[must_use]
    pub fn save(own: Option<&Preset>, draft: &Draft) -> Self {
        let texts = own.map_or(["", ""], |preset| [preset.name.as_str(), preset.summary.as_str()]);
        let names =
            [("identity", &draft.identity), ("name", &draft.grants.name), ("room", &draft.grants.video.room)];
        Self {
            names: names
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(what, text)| (what, text.clone()))
                .collect(),
            ..Self::with(Task::Save, texts)
        }
    }

    /// Gives a preset another name or summary.
    #[must_use]
    pub fn rename(preset: &Preset) -> Self {
        Self::with(Task::Rename(preset.name.clone()), [&preset.name, &preset.summary])
    }

    fn with(task: Task, texts: [&str; 2]) -> Self {
        Self {
            task,
            at: Part::Name,
            wrong: None,
            saving: false,
            names: Vec::new(),
            keeps_names: true,
            fields: texts.map(|text| TextField::new(Kind::Line, text)),
        }
    }

    /// A field.
    #[must_use]
    pub fn field(&self, part: Part) -> &TextField {
        &self.fields[part as usize]
    }

    /// The field with the caret.
    pub fn field_mut(&mut self) -> &mut TextField {
        &mut self.fields[self.at as usize]
    }

    /// Switches between saving identity, name and room, and leaving them out.
    pub fn keep_names(&mut self) {
        self.keeps_names = self.names.is_empty() || !self.keeps_names;
    }

    /// The draft, without identity, name and room if they are left out.
    #[must_use]
    pub fn kept(&self, draft: &Draft) -> Draft {
        let mut draft = draft.clone();
        if !self.keeps_names {
            draft.identity.clear();
            draft.grants.name.clear();
            draft.grants.video.room.clear();
        }
        draft
    }
}

/// The list, and beside it what the preset under the cursor would change.
pub(super) fn list(model: &Model, picker: &Picker, frame: &mut Frame<'_>, body: Rect) {
    if body.width < WIDE_ENOUGH {
        return pick(model, picker, frame, body);
    }
    // The same for every preset, so that nothing moves while one looks through them.
    let area = centred(body, body.width.min(110) - 2, HEIGHT);
    pick_in(model, picker, false, frame, Rect { width: LIST, ..area });
    let right = Rect { x: area.x + LIST, width: area.width.saturating_sub(LIST), ..area };
    let theme = model.options.theme;
    let preset = picker.taken().and_then(|index| model.presets.at(index));
    let title = preset.map_or(Cow::Borrowed(""), |preset| visible(&preset.title));
    beside(theme, &title, right, frame, |width| {
        preset.map(|preset| preview(model, preset, width)).unwrap_or_default()
    });
}

/// What the preset is for, what it would change in the draft, and what the token could do then.
fn preview(model: &Model, preset: &Preset, width: u16) -> Vec<Line<'static>> {
    let theme = model.options.theme;
    let mut lines = Vec::new();
    let say = |text: &str, style: Style, lines: &mut Vec<Line<'static>>| {
        for line in paragraph(&visible(text), width, u16::MAX, theme) {
            lines.push(Line::from(Span::styled(line, style)));
        }
    };
    if let Some(trouble) = &model.presets.trouble {
        say(&format!("! {}", trouble.message), theme.bad(), &mut lines);
        say(&trouble.hint, theme.dim(), &mut lines);
        lines.push(Line::default());
    }
    let summary = match (preset.summary.is_empty(), preset.is_built_in()) {
        (true, _) => "one of your own",
        _ => &preset.summary,
    };
    say(summary, theme.dim(), &mut lines);
    let used = placeholders::used(&preset.draft);
    if !used.is_empty() {
        say(&format!("fills in {}", listed(&used, "and")), theme.dim(), &mut lines);
    }
    lines.push(Line::default());
    let after = model.compose.started_from(preset);
    let changes = differences(&model.compose.draft, &after);
    if changes.is_empty() {
        lines.push(Line::from(Span::styled("changes nothing", theme.dim())));
    } else {
        lines.push(Line::from(Span::styled("changes", theme.strong())));
    }
    let arrow = if theme.ascii { "->" } else { "→" };
    for change in changes {
        let value = |value: Option<String>| {
            value.map_or(Span::styled("unset", theme.dim()), |text| Span::raw(beginning(&text, 40)))
        };
        lines.push(Line::from(vec![
            Span::styled(format!("  {:<20} ", label(change.path)), theme.key()),
            value(change.before),
            Span::styled(format!(" {arrow} "), theme.dim()),
            value(change.after),
        ]));
    }
    lines.push(Line::default());
    lines.push(Line::from(Span::styled("this token could then", theme.strong())));
    let filling = &model.compose.filling;
    let moment = Moment::at(model.now, &model.zone, &filling.user);
    let filled = placeholders::fill(&after, &moment, 1, filling.seed).unwrap_or(after);
    let claims = filled.claims(&model.current.key, model.now);
    for line in effect::lines(&claims, model.now, &model.zone) {
        let (sign, style) =
            if line.allowed { (theme.yes(), theme.good()) } else { (theme.no(), theme.dim()) };
        let text = Span::raw(visible(&line.text).into_owned());
        lines.push(Line::from(vec![Span::styled(format!("  {sign} "), style), text]));
    }
    lines
}

/// What the form calls the row of this path.
fn label(path: &'static str) -> &'static str {
    catalog::entry(path).map_or(path, |entry| entry.label.trim())
}

/// Name and summary, and what else is saved with them.
pub(super) fn form(model: &Model, form: &PresetForm, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let title = match &form.task {
        Task::Save => "Save as a preset".to_owned(),
        Task::Rename(name) => format!("Rename {}", visible(name)),
    };
    let inner = open(model, &title, 76, 9, frame, body);
    let fits = |y: u16| Rect { y, height: 1, ..inner }.intersection(inner);
    let note = |text: &'static str| Some(Line::from(Span::styled(text, theme.dim())));
    let name = form.field(Part::Name).text();
    let replaces = model.presets.called(name).is_some() && form.task == Task::Save;
    let about_name = if replaces {
        Some(Line::from(Span::styled(
            "! takes the place of the one of this name; asks first",
            theme.warning(),
        )))
    } else {
        note("anything but the name of a built-in preset")
    };
    labelled(frame, theme, inner, "Name", form.field(Part::Name), form.at == Part::Name, about_name);
    let below = Rect { y: inner.y + 2, ..inner };
    labelled(
        frame,
        theme,
        below,
        "Summary",
        form.field(Part::Summary),
        form.at == Part::Summary,
        note("what it is for, in a line"),
    );
    if form.task == Task::Save {
        let names = names(form);
        let line =
            Line::from(vec![Span::styled(format!("{:<15}", "With it"), theme.dim()), Span::raw(names)]);
        draw_line(frame, &cut(line, inner.width, theme), fits(inner.y + 4));
    }
    if let Some((what, hint)) = &form.wrong {
        // Both are sentences, and get the room that there is.
        let said = [(what, theme.bad(), 2), (hint, theme.dim(), 3)];
        let lines = said.into_iter().flat_map(|(text, style, most)| {
            let lines = paragraph(&visible(text), inner.width, most, theme);
            lines.into_iter().map(move |line| Line::from(Span::styled(line, style)))
        });
        for (y, line) in (inner.y + 4..inner.bottom()).zip(lines) {
            frame.render_widget(Clear, fits(y));
            draw_line(frame, &line, fits(y));
        }
        return;
    }
    let said = if form.saving {
        "saving…"
    } else if form.task == Task::Save {
        "{user} {date} {time} {rand4} {n} are filled in when it is signed"
    } else {
        "what it says stays"
    };
    let line = Line::from(Span::styled(said, theme.dim()));
    draw_line(frame, &cut(line, inner.width, theme), fits(inner.bottom().saturating_sub(1)));
}

fn names(form: &PresetForm) -> String {
    if form.names.is_empty() {
        return "no identity, name or room: each token brings its own".into();
    }
    let names: Vec<String> =
        form.names.iter().map(|(what, text)| format!("{what} {}", beginning(text, 20))).collect();
    if form.keeps_names {
        names.join(", ")
    } else {
        let what: Vec<&str> = form.names.iter().map(|(what, _)| *what).collect();
        format!("no {}", listed(&what, "or"))
    }
}
