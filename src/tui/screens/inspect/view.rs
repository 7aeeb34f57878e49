//! Drawing the inspector.
//!
//! ```text
//! ╭ Token ─────────────────────────────────╮
//! │ the verdict in one sentence            │
//! │ its life as a line, with now on it     │
//! ╰────────────────────────────────────────╯
//! ╭ Checks ─────────╮╭ Claims ─────────────╮
//! │                 ││ and what the line   │
//! ├ Problems ───────┤│ under the cursor is │
//! │                 │├ It would let … ─────┤
//! ╰─────────────────╯╰─────────────────────╯
//! ```

use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use crate::clock::{length, relative};
use crate::text::visible;
use crate::token::inspect::{Older, Verdict};
use crate::tui::layout::{Room, areas, centred, first_row};
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::theme::Theme;
use crate::tui::view::{cut, framed, paragraph, strip};
use crate::tui::widgets::answer;
use crate::tui::widgets::json::short_path;
use crate::tui::widgets::lines::{draw_bar, draw_line, draw_lines};
use crate::tui::widgets::pane::PaneFrame;
use crate::tui::widgets::sentences::{can_lines, problem_line};

use super::{Inspected, Pane};

pub(crate) mod explained;

/// The most lines that a server's answer takes from the panes below it.
const MOST_SAID: usize = 10;

/// Where each part is; those that are not shown have no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    room: Room,
    verdict: Rect,
    rects: [Rect; 4],
}

fn index(pane: Pane) -> usize {
    Pane::ALL.iter().position(|p| *p == pane).unwrap_or(0)
}

impl Parts {
    /// The parts of a body of this size.
    #[must_use]
    pub fn of(body: Rect, model: &Model) -> Self {
        let room = Room::of(Rect::new(0, 0, model.size.width, model.size.height));
        let Some(token) = &model.inspect.token else {
            return Self { room, verdict: Rect::ZERO, rects: [Rect::ZERO; 4] };
        };
        let width = body.width.saturating_sub(4);
        let sentence = sentence(model, token, width, room).len();
        let miss = near_miss(token, width.saturating_sub(2), room, model.options.theme).len();
        let said = answer(model, token, width, room).len();
        let frame = if room == Room::Narrow { 2 } else { 3 };
        let height = u16::try_from(sentence + miss + said).unwrap_or(1) + frame;
        let [verdict, rest] = Layout::vertical([Constraint::Length(height), Constraint::Min(0)]).areas(body);
        let mut rects = [Rect::ZERO; 4];
        match room {
            Room::Wide => {
                let [left, right] =
                    Layout::horizontal([Constraint::Percentage(48), Constraint::Min(0)]).areas(rest);
                let rows = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).saturating_add(2);
                let checks = rows(token.report.checks.len());
                let [checks, problems] =
                    Layout::vertical([Constraint::Length(checks), Constraint::Min(3)]).areas(left);
                let can =
                    rows(can_lines(&token.can, model.options.theme, right.width.saturating_sub(4)).len());
                let [claims, can] = Layout::vertical([
                    Constraint::Min(8),
                    Constraint::Length(can.clamp(3, rest.height * 2 / 5)),
                ])
                .areas(right);
                rects = [checks, claims, can, problems];
            }
            Room::Medium => {
                let [left, right] =
                    Layout::horizontal([Constraint::Percentage(50), Constraint::Min(0)]).areas(rest);
                rects[0] = left;
                rects[index(model.inspect.beside)] = right;
            }
            Room::Narrow => rects[index(model.inspect.pane)] = rest,
            Room::None => {}
        }
        Self { room, verdict, rects }
    }

    /// The pane at this place.
    #[must_use]
    pub fn at(&self, at: Position) -> Option<Pane> {
        Pane::ALL.into_iter().find(|pane| self.rects[index(*pane)].contains(at))
    }
}

/// How many lines of a pane are in view.
#[must_use]
pub fn pane_height(model: &Model, pane: Pane) -> usize {
    let body = areas(Rect::new(0, 0, model.size.width, model.size.height)).body;
    usize::from(Parts::of(body, model).rects[index(pane)].height.saturating_sub(2))
}

/// Draws the inspector.
pub fn draw(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    if let Some(explanation) = &model.inspect.explained {
        return explained::draw(model, explanation, frame, body);
    }
    let Some(token) = &model.inspect.token else {
        return invitation(model, frame, body);
    };
    let parts = Parts::of(body, model);
    verdict(model, token, frame, parts.verdict, parts.room);
    for pane in Pane::ALL {
        let area = parts.rects[index(pane)];
        if area.is_empty() {
            continue;
        }
        let block = block(model, token, parts.room, pane);
        let inner = area.inner(Margin::new(2, 1));
        frame.render_widget(block, area);
        match pane {
            Pane::Checks => checks(model, token, frame, inner),
            Pane::Claims => claims(model, token, frame, inner),
            Pane::Can => can(model, token, frame, inner),
            Pane::Problems => problems(model, token, frame, inner),
        }
    }
}

/// What there is to do while no token was given.
fn invitation(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let key = |key: &'static str, what: &'static str| {
        Line::from(vec![Span::styled(format!("{key:<8}"), theme.key()), Span::raw(what)])
    };
    let dim = |text: &str| Line::from(Span::styled(text.to_owned(), theme.dim()));
    let mut lines = vec![
        Line::from(Span::styled("Why would a server refuse this token?", theme.strong())),
        Line::default(),
        key("paste", "a token, with whatever stands around it"),
        key("", "or an error's text: it is explained"),
        key("r", "take it from the clipboard"),
        Line::default(),
        dim(
            "Bearer, quotes, a URL, JSON or a log line around it do no harm. Nothing but c sends it, to its own server.",
        ),
    ];
    if let Some((what, hint)) = &model.inspect.refused {
        lines.push(Line::default());
        lines.push(Line::from(Span::styled(format!("{} {}", theme.no(), visible(what)), theme.bad())));
        lines.push(dim(&visible(hint)));
    }
    let width = body.width.saturating_sub(2).min(60);
    let area = centred(body, width, u16::try_from(lines.len() + 2).unwrap_or(body.height));
    frame.render_widget(Paragraph::new(Text::from(lines)).wrap(Wrap { trim: false }), area);
}

fn block(model: &Model, token: &Inspected, room: Room, pane: Pane) -> PaneFrame<'static> {
    let theme = model.options.theme;
    let focused = model.inspect.pane == pane && model.overlays.is_empty();
    let block = framed(theme, focused);
    let style = if focused { theme.strong() } else { Style::new() };
    let tabs = match (room, pane) {
        (Room::Wide, _) | (Room::Medium, Pane::Checks) => &[][..],
        (Room::Medium, _) => &Pane::ALL[1..],
        _ => &Pane::ALL[..],
    };
    if tabs.is_empty() {
        return block.title(Span::styled(format!(" {} ", heading(token, pane, room)), style));
    }
    let shown = if tabs.len() == Pane::ALL.len() { model.inspect.pane } else { model.inspect.beside };
    let words = tabs.iter().map(|tab| heading(token, *tab, room));
    block.title(strip(words, tabs.iter().position(|tab| *tab == shown), focused, theme))
}

fn heading(token: &Inspected, pane: Pane, room: Room) -> String {
    match (pane, room) {
        (Pane::Checks, _) => "Checks".into(),
        (Pane::Claims, _) => "Claims".into(),
        (Pane::Can, Room::Wide) => "It would let its holder".into(),
        (Pane::Can, _) => "Can".into(),
        (Pane::Problems, Room::Narrow) => format!("! {}", token.problems.len()),
        (Pane::Problems, _) if token.problems.is_empty() => "Problems".into(),
        (Pane::Problems, _) => format!("Problems {}", token.problems.len()),
    }
}

/// The verdict in lines, which share a small screen with what the server said.
fn sentence(model: &Model, token: &Inspected, width: u16, room: Room) -> Vec<String> {
    let most = if room == Room::Narrow && token.answer.is_some() { 2 } else { 3 };
    paragraph(&token.report.sentence, width.saturating_sub(2), most, model.options.theme)
}

/// What the server said, in as many lines as there is room for.
fn answer(model: &Model, token: &Inspected, width: u16, room: Room) -> Vec<Line<'static>> {
    let (theme, at) = (model.options.theme, (model.now, &model.zone));
    match (&token.answer, room) {
        (None, _) => Vec::new(),
        (Some(answered), Room::Narrow) => vec![answer::headline(answered, theme, width)],
        (Some(answered), _) => {
            let mut lines = answer::lines(answered, theme, width, at);
            lines.truncate(MOST_SAID);
            lines
        }
    }
}

/// The verdict in one sentence, the token's life as a line, and what the server says if it was asked.
fn verdict(model: &Model, token: &Inspected, frame: &mut Frame<'_>, area: Rect, room: Room) {
    let theme = model.options.theme;
    let (sign, style) = match token.report.verdict {
        Verdict::Accepted if token.report.server.as_ref().is_some_and(|server| server.status == 200) => {
            (theme.yes(), theme.good())
        }
        Verdict::Accepted => ("!", theme.warning()),
        Verdict::Refused => (theme.no(), theme.bad()),
        Verdict::Unknown => ("?", theme.warning()),
    };
    let against = match (&token.compared, token.asked) {
        (Some(compared), _) => format!(" project: {} ", visible(&compared.name)),
        (None, true) => " no project has its key ".into(),
        (None, false) => " looking for its project ".into(),
    };
    let title = match token.inspection.told() {
        Some(told) => format!(" {told} "),
        None => " Token ".to_owned(),
    };
    let room_for_title = area.width.saturating_sub(4 + u16::try_from(against.width()).unwrap_or(0));
    let title = cut(Line::from(title), room_for_title, theme);
    let block = framed(theme, false)
        .title(title)
        .title(Line::from(Span::styled(against, theme.dim())).right_aligned());
    let block = match token.issued_said(model.now) {
        Some(said) => {
            let said = format!(" {} ", visible(&said));
            block.title_bottom(cut(Line::from(said), area.width.saturating_sub(4), theme))
        }
        None => block,
    };
    let inner = area.inner(Margin::new(2, 1));
    frame.render_widget(block, area);
    let mut lines: Vec<Line<'static>> = sentence(model, token, inner.width, room)
        .into_iter()
        .enumerate()
        .map(|(i, text)| {
            let lead = if i == 0 { format!("{sign} ") } else { "  ".into() };
            Line::from(vec![Span::styled(lead, style), Span::styled(text, style)])
        })
        .collect();
    lines.extend(near_miss(token, inner.width.saturating_sub(2), room, theme));
    if room != Room::Narrow {
        lines.push(life(model, token, inner.width));
    }
    lines.extend(answer(model, token, inner.width, room));
    draw_lines(frame, &lines, inner);
}

/// What made the signature instead, and what to do about it. Where there is little room the sentence is worth more
/// than the hint.
fn near_miss(token: &Inspected, width: u16, room: Room, theme: Theme) -> Vec<Line<'static>> {
    let Some(miss) = &token.near_miss else { return Vec::new() };
    let said = [(miss.sentence.as_str(), theme.warning(), 3), (miss.hint, theme.dim(), 2)];
    let said = said.into_iter().take(if room == Room::Narrow { 1 } else { 2 });
    said.flat_map(|(text, style, most)| {
        let lines = paragraph(text, width, most, theme);
        lines.into_iter().map(move |line| Line::from(Span::styled(format!("  {line}"), style)))
    })
    .collect()
}

/// `  13:42:00 ─────●──────── 14:42:00   27 min left`.
fn life(model: &Model, token: &Inspected, width: u16) -> Line<'static> {
    let theme = model.options.theme;
    let dim = |text: String| Span::styled(text, theme.dim());
    let Ok(claims) = &token.inspection.claims else { return Line::default() };
    let Some(end) = claims.expires_at else {
        return Line::from(dim("  no exp: it has no end".into()));
    };
    let left = end.since(model.now);
    let style = match left {
        ..=0 => theme.bad(),
        1..=300 => theme.warning(),
        _ => theme.good(),
    };
    let said = match left {
        ..=0 => format!("expired {}", relative(end, model.now)),
        _ => format!("{} left", length(left)),
    };
    let Some(start) = claims.not_before.or(claims.issued_at) else {
        return Line::from(vec![
            dim(format!("  until {}   ", model.zone.said(end, model.now))),
            Span::styled(said, style),
        ]);
    };
    let (from, to) = (
        format!("  {} ", model.zone.said(start, model.now)),
        format!(" {}   ", model.zone.said(end, model.now)),
    );
    let room = usize::from(width).saturating_sub(from.width() + to.width() + said.width()).clamp(4, 60);
    let whole = end.since(start).max(1);
    let passed = model.now.since(start).clamp(0, whole);
    let steps = i64::try_from(room - 1).unwrap_or(1);
    let at = usize::try_from(i128::from(passed) * i128::from(steps) / i128::from(whole))
        .unwrap_or(0)
        .min(room - 1);
    let (dash, dot) = if theme.ascii { ("-", "*") } else { ("─", "●") };
    Line::from(vec![
        dim(from),
        Span::styled(dash.repeat(at), style),
        Span::styled(dot, style),
        dim(dash.repeat(room - 1 - at)),
        dim(to),
        Span::styled(said, style),
    ])
}

fn checks(model: &Model, token: &Inspected, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let checks = &token.report.checks;
    let labels = checks.iter().map(|check| check.label.width()).max().unwrap_or(0);
    let wide = usize::from(area.width) >= labels + 24;
    let lines: Vec<Line<'static>> = checks
        .iter()
        .flat_map(|check| {
            let (sign, style) = match check.ok {
                Some(true) => (theme.yes(), theme.good()),
                Some(false) => (theme.no(), theme.bad()),
                None => (theme.dot(), theme.dim()),
            };
            let label = match check.ok {
                Some(false) => theme.bad(),
                Some(true) => Style::new(),
                None => theme.dim(),
            };
            let head = Line::from(vec![
                Span::styled(format!("{sign} "), style),
                Span::styled(format!("{:labels$}", check.label), label),
            ]);
            // What is right needs no words where there is little room; what is wrong gets as many as it takes.
            let detail = if wide || check.ok == Some(false) { check.detail.clone() } else { String::new() };
            let indent = if wide { labels + 4 } else { 4 };
            let room = area.width.saturating_sub(u16::try_from(indent).unwrap_or(0));
            let most = if check.ok == Some(false) { 4 } else { 1 };
            let mut out = vec![head];
            for (i, text) in paragraph(&detail, room, most, theme).into_iter().enumerate() {
                let text =
                    Span::styled(text, if check.ok == Some(false) { Style::new() } else { theme.dim() });
                match out.last_mut() {
                    Some(line) if i == 0 && wide => line.spans.extend([Span::raw("  "), text]),
                    _ => out.push(Line::from(vec![Span::raw(" ".repeat(indent)), text])),
                }
            }
            out
        })
        .collect();
    let height = usize::from(area.height);
    let first = if model.inspect.pane == Pane::Checks { model.inspect.scroll } else { 0 };
    let first = first.min(lines.len().saturating_sub(height));
    let lines: Vec<Line<'static>> = lines.into_iter().skip(first).take(height).collect();
    draw_lines(frame, &lines, area);
}

fn claims(model: &Model, token: &Inspected, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let focused = model.inspect.pane == Pane::Claims && model.overlays.is_empty();
    // What the line under the cursor means is said only to whoever moves along the lines.
    let about = match model.inspect.about() {
        Some((_, text)) if focused && area.height > 9 => paragraph(&text, area.width, 4, theme),
        _ => Vec::new(),
    };
    let taken = if about.is_empty() { 0 } else { u16::try_from(about.len()).unwrap_or(0) + 1 };
    let list = Rect { height: area.height.saturating_sub(taken), ..area };
    let wrong = token.inspection.claims.as_ref().err().map(|wrong| short_path(&wrong.path));
    let first = first_row(model.inspect.line, token.lines.len(), usize::from(list.height));
    for (y, (at, line)) in (list.y..list.bottom()).zip((first..).zip(token.lines.from(first))) {
        let mut drawn = cut(line.draw(theme, model.now, &model.zone, None), list.width, theme);
        if wrong.as_deref() == Some(line.path.as_str()) {
            drawn = drawn.style(theme.bad());
            drawn.spans.iter_mut().for_each(|span| span.style = theme.bad());
        }
        let spot = Rect { y, height: 1, ..list };
        draw_line(frame, &drawn, spot);
        if focused && at == model.inspect.line {
            draw_bar(frame, spot, theme, true);
        }
    }
    let text: Vec<Line<'static>> =
        about.into_iter().map(|line| Line::from(Span::styled(line, theme.dim()))).collect();
    let below = Rect { y: list.bottom() + 1, height: taken.saturating_sub(1), ..area };
    draw_lines(frame, &text, below.intersection(area));
}

fn can(model: &Model, token: &Inspected, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let mut lines = can_lines(&token.can, theme, area.width);
    if lines.is_empty() {
        lines.push(Line::from(Span::styled("nothing: a server cannot read its claims", theme.dim())));
    }
    let first = if model.inspect.pane == Pane::Can { model.inspect.scroll } else { 0 };
    let first = first.min(lines.len().saturating_sub(usize::from(area.height)));
    draw_lines(frame, &lines[first..], area);
}

/// The problems, and behind them what older servers do otherwise.
fn problems(model: &Model, token: &Inspected, frame: &mut Frame<'_>, area: Rect) {
    let theme: Theme = model.options.theme;
    let rows = token.problems.len() + token.older.len();
    if rows == 0 {
        draw_line(frame, &Line::from(Span::styled("none", theme.dim())), area);
        return;
    }
    let focused = model.inspect.pane == Pane::Problems && model.overlays.is_empty();
    let chosen = model.inspect.problem.min(rows - 1);
    // A note has nothing behind it that Enter would open, so all of it is said here.
    let note = chosen.checked_sub(token.problems.len()).and_then(|at| token.older.get(at));
    let whole = match note {
        Some(note) if focused => {
            let text = format!("Servers up to {}: {}.", note.until, note.detail);
            paragraph(&text, area.width, area.height.saturating_sub(1).min(3), theme)
        }
        _ => Vec::new(),
    };
    let gap = u16::from(area.height > 5);
    let taken = if whole.is_empty() { 0 } else { u16::try_from(whole.len()).unwrap_or(0) + gap };
    let list = Rect { height: area.height.saturating_sub(taken), ..area };
    let ids = token.problems.iter().map(|p| p.rule.id.width()).max().unwrap_or(0);
    let first = first_row(chosen, rows, usize::from(list.height));
    for (y, at) in (list.y..list.bottom()).zip(first..rows) {
        let line = match at.checked_sub(token.problems.len()).and_then(|at| token.older.get(at)) {
            Some(older) => older_line(older, ids, list.width, theme),
            None => problem_line(theme, &token.problems[at], ids, list.width),
        };
        let spot = Rect { y, height: 1, ..list };
        draw_line(frame, &line, spot);
        if focused && at == chosen {
            draw_bar(frame, spot, theme, true);
        }
    }
    let text: Vec<Line<'static>> =
        whole.into_iter().map(|line| Line::from(Span::styled(line, theme.dim()))).collect();
    let below = Rect { y: list.bottom() + gap, height: taken.saturating_sub(gap), ..area };
    draw_lines(frame, &text, below.intersection(area));
}

/// `· <=v1.13.5  without exp it is accepted and never expires`, in the columns of the problems.
fn older_line(older: &Older, ids: usize, width: u16, theme: Theme) -> Line<'static> {
    let version = format!("{}{}", if theme.ascii { "<=" } else { "≤ " }, older.until);
    let ids = if width >= 56 { ids } else { 0 };
    cut(
        Line::from(vec![
            Span::styled(format!("{} ", theme.dot()), theme.dim()),
            Span::styled(format!("{version:ids$}  "), theme.dim()),
            Span::raw(older.detail.clone()),
        ]),
        width,
        theme,
    )
}
