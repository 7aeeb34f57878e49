//! The panes beside the form: what the token allows, what would be signed, what is wrong, the token.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::clock::relative;
use crate::tui::layout::first_row;
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::screens::compose::Pane;
use crate::tui::view::cut;
use crate::tui::widgets::lines::{draw_bar, draw_line, draw_lines};
use crate::tui::widgets::sentences::{can_lines, problem_line};

use super::index;

pub(super) fn can(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let lines = can_lines(&model.compose.shown.can, model.options.theme, area.width);
    let hidden = lines.len().saturating_sub(usize::from(area.height));
    let first = model.compose.scroll[index(Pane::Can)].min(hidden);
    draw_lines(frame, &lines[first..], area);
}

pub(super) fn claims(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let lines = &model.compose.shown.claims;
    let height = usize::from(area.height);
    let mut first = model.compose.scroll[index(Pane::Claims)].min(lines.len().saturating_sub(height));
    // While the form has the focus, what was changed last is kept in view.
    if model.compose.pane == Pane::Form
        && let Some(changed) = model.compose.changed
        && let Some(at) = lines.position(changed)
    {
        first = first_row(at, lines.len(), height);
    }
    let theme = model.options.theme;
    let drawn: Vec<Line<'static>> = lines
        .from(first)
        .take(height)
        .map(|line| cut(line.draw(theme, model.now, &model.zone, model.compose.changed), area.width, theme))
        .collect();
    draw_lines(frame, &drawn, area);
}

pub(super) fn problems(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let problems = &model.compose.shown.preview.problems;
    if problems.is_empty() {
        draw_line(frame, &Line::from(Span::styled("none", theme.dim())), area);
        return;
    }
    let focused = model.compose.pane == Pane::Problems && model.overlays.is_empty();
    let ids = problems.iter().map(|p| p.rule.id.width()).max().unwrap_or(0);
    let first = first_row(model.compose.problem, problems.len(), usize::from(area.height));
    for (y, (at, problem)) in (area.y..area.bottom()).zip(problems.iter().enumerate().skip(first)) {
        let spot = Rect { y, height: 1, ..area };
        draw_line(frame, &problem_line(theme, problem, ids, area.width), spot);
        if focused && at == model.compose.problem {
            draw_bar(frame, spot, theme, true);
        }
    }
}

/// How much room the token wants: one line, or when it is shown whole as many as it takes.
pub(super) fn signed_height(model: &Model, width: u16) -> u16 {
    match &model.compose.signed {
        Some(signed) if model.compose.revealed => {
            let lines = signed.token.len().div_ceil(usize::from(width.saturating_sub(4).max(1)));
            u16::try_from(lines).unwrap_or(u16::MAX).min(12) + 3
        }
        Some(_) => 4,
        None => 3,
    }
}

/// The beginning of a token, in `height` lines of `width` characters.
pub(crate) fn wrapped(token: &str, width: usize, height: usize) -> Vec<Line<'static>> {
    let mut chars = token.chars();
    let rows = std::iter::from_fn(|| {
        let row: String = chars.by_ref().take(width).collect();
        (!row.is_empty()).then(|| Line::from(row))
    });
    rows.take(height).collect()
}

pub(super) fn signed(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let Some(signed) = &model.compose.signed else {
        let hint = Span::styled(" signs it and copies it", theme.dim());
        draw_line(frame, &Line::from(vec![Span::styled("y", theme.key()), hint]), area);
        return;
    };
    let left = signed.expires_at.since(model.now);
    let state = match left {
        _ if !model.compose.is_signed_as_shown() => {
            Span::styled("the form has changed since", theme.warning())
        }
        ..=0 => Span::styled("expired", theme.bad()),
        1..=60 => {
            Span::styled(format!("expires {}", relative(signed.expires_at, model.now)), theme.warning())
        }
        _ => Span::styled(format!("expires {}", relative(signed.expires_at, model.now)), theme.dim()),
    };
    let width = usize::from(area.width.max(1));
    let height = usize::from(area.height.saturating_sub(1).max(1));
    let mut lines: Vec<Line<'static>> = if model.compose.revealed {
        wrapped(signed.token.expose(), width, height)
    } else {
        // The header is the same for every token; showing it gives nothing away.
        let head: String = signed.token.expose().chars().take(width.saturating_sub(12).min(36)).collect();
        vec![Line::from(vec![Span::raw(head), Span::styled(theme.bullet().repeat(10), theme.dim())])]
    };
    let hint = if model.compose.revealed { "v hides it" } else { "v reveals it" };
    let pad = width.saturating_sub(state.width() + hint.width()).max(1);
    lines.push(Line::from(vec![state, Span::raw(" ".repeat(pad)), Span::styled(hint, theme.dim())]));
    draw_lines(frame, &lines, area);
}
