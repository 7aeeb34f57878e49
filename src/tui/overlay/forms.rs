//! Drawing what `Y` opens: the forms with a preview of the one under the cursor, and the QR code.
//!
//! ```text
//! ╭ Copy as ────────╮╭ curl ─────────────────────────────╮
//! │ > type to find  ││ asks the server whether ...       │
//! │                 ││ ! what is left out                │
//! │   token         ││                                   │
//! │   curl          ││ curl -i -H 'Authorization: ...'   │
//! ╰─────────────────╯╰───────────────────────────────────╯
//! ```

use ratatui::layout::{Margin, Rect};
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Clear, Paragraph};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::text::visible;
use crate::token::forms::qr::{Qr, QrError};
use crate::token::forms::{self, About, FORMS, Form, FormId};
use crate::tui::layout::centred;
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::theme::{Palette, Theme};
use crate::tui::view::{cut, framed, paragraph};
use crate::tui::widgets::lines::draw_lines;

use super::picker::{Item, Picker};
use super::view::{pick, pick_in, words};
use super::{Overlay, Purpose};

/// Columns of the list beside a preview.
const LIST: u16 = 31;
/// Rows of both, where there are so many.
const HEIGHT: u16 = 24;
/// Columns from which there is a preview.
const WIDE_ENOUGH: u16 = 60;

impl Overlay {
    /// The forms of a token, to copy it as.
    #[must_use]
    pub fn forms() -> Self {
        let item = |form: &Form| Item {
            title: form.name.to_owned(),
            detail: form.summary.to_owned(),
            mark: String::new(),
        };
        Self::Pick(Picker::new(Purpose::Form, "Copy as", FORMS.iter().map(item).collect()))
    }
}

/// The list, and beside it what the form under the cursor looks like.
pub(super) fn list(model: &Model, picker: &Picker, frame: &mut Frame<'_>, body: Rect) {
    if body.width < WIDE_ENOUGH {
        return pick(model, picker, frame, body);
    }
    // The same for every form, so that nothing moves while one looks through them.
    let area = centred(body, body.width.min(120) - 2, HEIGHT);
    let left = Rect { width: LIST, ..area };
    pick_in(model, picker, false, frame, left);
    let right = Rect { x: area.x + LIST, width: area.width.saturating_sub(LIST), ..area };
    let theme = model.options.theme;
    let form = picker.taken().and_then(|index| FORMS.get(index));
    let title = form.map_or("", |form| form.name);
    beside(theme, title, right, frame, |width| {
        form.map(|form| preview(model, form, usize::from(width))).unwrap_or_default()
    });
}

/// A frame beside a list, with as many of the lines as it has room for.
pub(super) fn beside(
    theme: Theme,
    title: &str,
    area: Rect,
    frame: &mut Frame<'_>,
    lines: impl FnOnce(u16) -> Vec<Line<'static>>,
) {
    let title = if title.is_empty() { String::new() } else { format!(" {title} ") };
    frame.render_widget(Clear, area);
    frame.render_widget(framed(theme, false).title(Span::styled(title, theme.strong())), area);
    let inside = area.inner(Margin::new(2, 1));
    let lines = lines(inside.width);
    let more = lines.len() > usize::from(inside.height);
    let shown = usize::from(inside.height) - usize::from(more);
    let mut lines: Vec<Line<'static>> = lines.into_iter().take(shown).collect();
    if more {
        lines.push(Line::from(Span::styled(theme.ellipsis(), theme.dim())));
    }
    let lines: Vec<Line<'static>> = lines.into_iter().map(|line| cut(line, inside.width, theme)).collect();
    draw_lines(frame, &lines, inside);
}

/// What the form is for, what has to be known about it, and its text with a word for the token.
fn preview(model: &Model, form: &Form, width: usize) -> Vec<Line<'static>> {
    let theme = model.options.theme;
    let columns = u16::try_from(width).unwrap_or(u16::MAX);
    let mut lines = Vec::new();
    let mut say = |text: &str, style: Style| {
        for line in paragraph(text, columns, u16::MAX, theme) {
            lines.push(Line::from(Span::styled(line, style)));
        }
    };
    say(form.summary, theme.dim());
    if let Some(warning) = form.warning() {
        say(&format!("! {warning}"), theme.warning());
    }
    let about = About {
        draft: &model.compose.filled,
        server: Some(&model.current.url),
        project: Some(&model.current.name),
        now: model.now,
    };
    let made = match forms::preview(form.id, &about) {
        Ok(made) => made,
        Err(error) => {
            say(&format!("{} {error}", theme.no()), theme.bad());
            return lines;
        }
    };
    for lack in &made.lacks {
        say(&format!("! {}", visible(lack)), theme.warning());
    }
    lines.push(Line::default());
    if form.id == FormId::Qr {
        lines.push(Line::from(Span::styled("Enter signs and draws it", theme.dim())));
        return lines;
    }
    // Programs are cut at the edge, so that their shape is seen; what is one line is broken there.
    let program = matches!(form.id, FormId::Python | FormId::Node | FormId::Go | FormId::Rust);
    for line in made.text.expose().lines() {
        let line = visible(&line.replace('\t', "    ")).into_owned();
        if program {
            lines.push(Line::from(line));
        } else {
            lines.extend(broken(&line, width).into_iter().map(Line::from));
        }
    }
    lines
}

/// The text in pieces of so many columns.
pub(super) fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        if used + grapheme.width() > width.max(2) {
            lines.push(String::new());
            used = 0;
        }
        used += grapheme.width();
        if let Some(line) = lines.last_mut() {
            line.push_str(grapheme);
        }
    }
    lines
}

/// The code as large as it is, or why it is not drawn.
pub(super) fn qr(
    model: &Model,
    code: &Result<Qr, QrError>,
    link: bool,
    unreachable: bool,
    frame: &mut Frame<'_>,
    body: Rect,
) {
    let theme = model.options.theme;
    let said = match (link, unreachable) {
        (true, false) => "The join link, with the token in it",
        (true, true) => "A phone cannot reach this link's server: localhost is itself there",
        (false, _) => "The token",
    };
    let drawn = code.clone().and_then(|code| {
        let rows = usize::from(body.height.saturating_sub(1));
        code.lines(usize::from(body.width), rows, theme.palette == Palette::Plain)
    });
    match drawn {
        Ok(_) if theme.ascii => {
            let text = "A QR code is drawn with characters that are not ASCII; take the join link instead";
            words(model, "QR code", vec![Line::from(Span::styled(text, theme.warning()))], frame, body);
        }
        Ok(lines) => {
            frame.render_widget(Clear, body);
            let style = if unreachable { theme.warning() } else { theme.dim() };
            let said = cut(Line::from(Span::styled(said, style)), body.width, theme);
            frame.render_widget(said.centered(), Rect { height: 1, ..body });
            let below = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
            let width = lines.first().map_or(0, |line| line.chars().count());
            let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
            let spot = centred(below, small(width), small(lines.len()));
            let lines: Vec<Line<'static>> = lines.into_iter().map(Line::from).collect();
            frame.render_widget(Paragraph::new(Text::from(lines)).style(ink(theme)), spot);
        }
        Err(error) => {
            let lines = vec![
                Line::from(Span::styled(error.to_string(), theme.warning())),
                Line::from(Span::styled(error.hint(), theme.dim())),
            ];
            words(model, "QR code", lines, frame, body);
        }
    }
}

/// Black on white in every theme that has colours: cameras want it so.
fn ink(theme: Theme) -> Style {
    match theme.palette {
        Palette::Plain => Style::new(),
        _ => Style::new().fg(Color::Black).bg(Color::White),
    }
}
