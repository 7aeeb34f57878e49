//! What a token allows and what is wrong with it, as lines.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::claims::effect;
use crate::claims::problems::{Problem, Severity};
use crate::text::visible;
use crate::tui::theme::Theme;
use crate::tui::view::cut;

/// What the token allows, as lines that fit `width`.
#[must_use]
pub fn can_lines(shown: &[effect::Line], theme: Theme, width: u16) -> Vec<Line<'static>> {
    // Reasons share a column where they fit.
    let column = shown
        .iter()
        .filter(|line| !line.reason.is_empty())
        .map(|line| line.text.width())
        .filter(|text| text + 24 <= usize::from(width))
        .max()
        .unwrap_or(0);
    shown.iter().flat_map(|line| wrapped(sentence(theme, line, column, width), width)).collect()
}

fn sentence(theme: Theme, line: &effect::Line, column: usize, width: u16) -> Line<'static> {
    let (sign, sign_style, style) = if line.allowed {
        (theme.yes(), theme.good(), Style::new())
    } else {
        (theme.no(), theme.dim(), theme.dim())
    };
    let mut out = Line::from(vec![
        Span::styled(format!("{sign} "), sign_style),
        Span::styled(line.text.clone(), style),
    ]);
    if line.reason.is_empty() {
        return out;
    }
    let pad = column.saturating_sub(line.text.width()) + 2;
    let fits = 2 + line.text.width() + pad + line.reason.width() <= usize::from(width);
    // What nobody chose is quiet; what somebody did is worth a look.
    let style = if line.reason.contains("default") { theme.dim() } else { theme.warning() };
    out.push_span(Span::raw(" ".repeat(if fits { pad } else { 1 })));
    out.push_span(Span::styled(line.reason, style));
    out
}

/// Breaks a line at words, with what follows indented as far as its sign is wide.
fn wrapped(line: Line<'static>, width: u16) -> Vec<Line<'static>> {
    let width = usize::from(width.max(8));
    if line.width() <= width {
        return vec![line];
    }
    let mut out = Vec::new();
    let mut current = Line::default();
    for span in line.spans {
        for word in span.content.split_inclusive(' ') {
            if current.width() + word.trim_end().width() > width && current.width() > 2 {
                out.push(std::mem::replace(&mut current, Line::from("  ")));
            }
            current.push_span(Span::styled(word.to_owned(), span.style));
        }
    }
    out.push(current);
    out
}

/// How a severity looks: a sign and a colour.
#[must_use]
pub fn severity(theme: Theme, severity: Severity) -> (&'static str, Style) {
    match severity {
        Severity::Error => (theme.no(), theme.bad()),
        Severity::Warning => ("!", theme.warning()),
        Severity::Note => (theme.dot(), theme.dim()),
    }
}

/// A problem in one line; `ids` is the width of the widest name.
#[must_use]
pub fn problem_line(theme: Theme, problem: &Problem, ids: usize, width: u16) -> Line<'static> {
    let (sign, style) = severity(theme, problem.rule.severity);
    let mut line = Line::from(Span::styled(format!("{sign} "), style));
    // Where there is little room, the sentence is worth more than the name.
    if width >= 56 {
        line.push_span(Span::styled(format!("{:ids$}  ", problem.rule.id), style));
    }
    line.push_span(Span::raw(visible(&problem.message).into_owned()));
    cut(line, width, theme)
}
