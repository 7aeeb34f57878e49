//! What a pasted error means: in the place of the whole screen, until `Esc`.

use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::explain::Explanation;
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::theme::Theme;
use crate::tui::view::{cut, framed, paragraph};
use crate::tui::widgets::lines::draw_lines;

/// How many lines it takes, and how many of them are in view.
#[must_use]
pub(crate) fn height(model: &Model, explanation: &Explanation, body: Rect) -> (usize, usize) {
    let inner = inside(body);
    (lines(explanation, inner.width, model).len(), usize::from(inner.height))
}

/// Lines longer than this are hard to read.
const WIDEST: u16 = 96;

fn inside(body: Rect) -> Rect {
    let inner = body.inner(Margin::new(2, 1));
    Rect { width: inner.width.min(WIDEST), ..inner }
}

pub(super) fn draw(model: &Model, explanation: &Explanation, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let block = framed(theme, true).title(Span::styled(" What this error means ", theme.strong()));
    frame.render_widget(block, body);
    let area = inside(body);
    let lines = lines(explanation, area.width, model);
    let first = model.inspect.scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    draw_lines(frame, &lines[first..], area);
}

fn lines(explanation: &Explanation, width: u16, model: &Model) -> Vec<Line<'static>> {
    let theme = model.options.theme;
    let dim = |text: &str| Line::from(Span::styled(text.to_owned(), theme.dim()));
    let mut matches = explanation.matches.iter();
    let mut lines = Vec::new();
    if let Some(first) = matches.next() {
        let entry = &first.entry;
        let titles = paragraph(entry.title, width.saturating_sub(2), 3, theme);
        lines.extend(titles.into_iter().enumerate().map(|(i, title)| {
            let sign = if i == 0 { format!("{} ", theme.no()) } else { "  ".into() };
            Line::from(vec![Span::styled(sign, theme.bad()), Span::styled(title, theme.strong())])
        }));
        lines.push(dim(&format!("  {}", entry.id)));
        lines.push(Line::default());
        if let Some(claim) = first.claim {
            lines.extend(row("claim", claim, width, theme));
        }
        lines.extend(row("why", &entry.cause, width, theme));
        lines.extend(row("cure", &entry.cure, width, theme));
        if let Some(said) = first.saying {
            lines.push(Line::default());
            lines.extend(row("found", &format!("{} ({})", said.text, said.by), width, theme));
        }
    }
    let others: Vec<_> = matches.collect();
    if !others.is_empty() {
        lines.extend([Line::default(), dim("Also in this text")]);
        let widest = others.iter().map(|other| other.entry.id.width()).max().unwrap_or(0);
        lines.extend(others.iter().map(|other| {
            let id = Span::styled(format!("  {:widest$}  ", other.entry.id), theme.key());
            cut(Line::from(vec![id, Span::raw(other.entry.title)]), width, theme)
        }));
    }
    lines.push(Line::default());
    lines.push(dim(if model.inspect.token.is_some() {
        "Esc goes back to the token."
    } else {
        "Esc goes back."
    }));
    lines
}

/// A word in front, and the text behind it in a column of its own; where there is little room, below it.
fn row(label: &str, text: &str, width: u16, theme: Theme) -> Vec<Line<'static>> {
    let indent: u16 = if width < 56 { 0 } else { 7 };
    let label = Span::styled(format!("{label:<7}"), theme.dim());
    let text = paragraph(text, width.saturating_sub(indent), u16::MAX, theme);
    if indent == 0 {
        return std::iter::once(Line::from(label)).chain(text.into_iter().map(Line::from)).collect();
    }
    let mut lead = Some(label);
    text.into_iter()
        .map(|text| {
            Line::from(vec![lead.take().unwrap_or_else(|| Span::raw(" ".repeat(7))), Span::raw(text)])
        })
        .collect()
}
