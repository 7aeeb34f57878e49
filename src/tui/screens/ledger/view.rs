//! Drawing the ledger.
//!
//! ```text
//! ╭ Ledger ──────────────────────── 3 still work, 12 in all ─╮
//! │   issued    project   room   identity   may         left │
//! │ ● 14:42:09  acme      demo   alice      join …    59 min │
//! ╰──────────────────────────────────────────────────────────╯
//! ╭ Details ─────────────────────────────────────────────────╮
//! │ the row under the cursor, whether it can be taken back,  │
//! │ and the command that helps                               │
//! ╰──────────────────────────────────────────────────────────╯
//! ```

use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use crate::clock::{length, relative};
use crate::ledger::{LEEWAY, Row};
use crate::text::{grouped, visible};
use crate::tui::layout::{Room, areas, centred, first_row, table_rows};
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::theme::Theme;
use crate::tui::view::{cut, framed, paragraph, strip};
use crate::tui::widgets::lines::{draw_bar, draw_line, draw_lines, draw_text};

use super::{Pane, State};

/// Where each part is; one that is not shown has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    list: Rect,
    details: Rect,
    alone: bool,
}

impl Parts {
    /// The parts of a body of this size.
    #[must_use]
    pub fn of(body: Rect, model: &Model) -> Self {
        let room = Room::of(Rect::new(0, 0, model.size.width, model.size.height));
        if room == Room::Narrow || body.height < 18 {
            let (list, details) = match model.ledger.pane {
                Pane::List => (body, Rect::ZERO),
                Pane::Details => (Rect::ZERO, body),
            };
            return Self { list, details, alone: true };
        }
        let height = if room == Room::Wide { 13 } else { 12 };
        let [list, details] = Layout::vertical([Constraint::Min(0), Constraint::Length(height)]).areas(body);
        Self { list, details, alone: false }
    }

    /// The rows alone, without the frame, the heads and the filter.
    fn rows(&self, model: &Model) -> Rect {
        table_rows(self.list.inner(Margin::new(2, 1)), model.ledger.filter.is_some())
    }

    /// The pane at this place.
    #[must_use]
    pub fn at(&self, at: Position) -> Option<Pane> {
        [(self.list, Pane::List), (self.details, Pane::Details)]
            .into_iter()
            .find_map(|(area, pane)| area.contains(at).then_some(pane))
    }

    /// The row at this place.
    #[must_use]
    pub fn row_at(&self, model: &Model, at: Position) -> Option<usize> {
        let rows = self.rows(model);
        let first = first_row(model.ledger.cursor, model.ledger.shown(), usize::from(rows.height));
        rows.contains(at).then(|| first + usize::from(at.y - rows.y))
    }
}

fn of_model(model: &Model) -> Parts {
    Parts::of(areas(Rect::new(0, 0, model.size.width, model.size.height)).body, model)
}

/// How many rows are in view.
#[must_use]
pub fn list_height(model: &Model) -> usize {
    usize::from(of_model(model).rows(model).height)
}

/// How many lines the details have, and how many of them are in view.
#[must_use]
pub fn details_height(model: &Model) -> (usize, usize) {
    let inner = of_model(model).details.inner(Margin::new(2, 1));
    let lines = model.ledger.selected().map_or(0, |row| details(model, row, inner.width).len());
    (lines, usize::from(inner.height))
}

/// Draws the ledger.
pub fn draw(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    let ledger = &model.ledger;
    if let State::Failed(failure) = &ledger.state {
        let theme = model.options.theme;
        let lines = vec![
            Line::from(Span::styled("The ledger cannot be read", theme.strong())),
            Line::default(),
            Line::from(Span::styled(format!("{} {}", theme.no(), visible(&failure.message)), theme.bad())),
            Line::from(Span::raw(visible(&failure.hint).into_owned())),
            Line::default(),
            dim(theme, "It is read again as soon as that is done. Tokens are signed all the same."),
        ];
        return words(lines, frame, body, 72);
    }
    if ledger.total() == 0 {
        return empty(model, frame, body);
    }
    let parts = Parts::of(body, model);
    if !parts.list.is_empty() {
        list(model, frame, parts);
    }
    if !parts.details.is_empty() {
        let theme = model.options.theme;
        let focused = ledger.pane == Pane::Details && model.overlays.is_empty();
        let mut block = framed(theme, focused);
        block = if parts.alone {
            block.title(panes(theme, Pane::Details, focused))
        } else {
            block.title(Span::styled(" Details ", if focused { theme.strong() } else { Style::new() }))
        };
        let inner = parts.details.inner(Margin::new(2, 1));
        frame.render_widget(block, parts.details);
        let lines = ledger.selected().map_or_else(Vec::new, |row| details(model, row, inner.width));
        let first = ledger.scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
        draw_lines(frame, &lines[first..], inner);
    }
}

fn dim(theme: Theme, text: &str) -> Line<'static> {
    Line::from(Span::styled(text.to_owned(), theme.dim()))
}

fn words(lines: Vec<Line<'static>>, frame: &mut Frame<'_>, body: Rect, widest: u16) {
    let width = body.width.saturating_sub(4).min(widest);
    let rows: usize = lines
        .iter()
        .map(|line| paragraph(&line.to_string(), width, u16::MAX, Theme::default()).len().max(1))
        .sum();
    let area = centred(body, width, u16::try_from(rows).unwrap_or(body.height));
    frame.render_widget(Paragraph::new(Text::from(lines)).wrap(Wrap { trim: false }), area);
}

/// What there is to say while nothing is in it.
fn empty(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let strong = |text: &'static str| Line::from(Span::styled(text, theme.strong()));
    let key = |key: &'static str, what: &'static str| {
        Line::from(vec![Span::styled(format!("{key:<4}"), theme.key()), Span::raw(what)])
    };
    let lines = match (&model.ledger.state, model.ledger.on) {
        (State::Unread | State::Reading, _) => vec![dim(theme, "reading the ledger")],
        (_, false) => vec![
            strong("The ledger is off"),
            Line::default(),
            Line::from("Tokens that you sign are not written down."),
            Line::default(),
            key("O", "writes them down from now on"),
        ],
        _ => vec![
            strong("What did I hand out, and what still works?"),
            Line::default(),
            Line::from("Nothing yet. Every token that you sign is listed here:"),
            Line::from("to whom, for which room, until when. Never the token itself."),
            Line::default(),
            key("1", "the composer, where y signs one"),
            key("O", "switches this list off"),
        ],
    };
    words(lines, frame, body, 62);
}

/// The panes as tabs, where there is room for one of them.
fn panes(theme: Theme, shown: Pane, focused: bool) -> Line<'static> {
    let names = ["Ledger", "Details"].into_iter().map(str::to_owned);
    strip(names, Some(usize::from(shown == Pane::Details)), focused, theme)
}

fn summary(model: &Model) -> String {
    let ledger = &model.ledger;
    let off = if ledger.on { "" } else { "off: nothing new is written down, " };
    let number = |n: usize| grouped(u64::try_from(n).unwrap_or(u64::MAX));
    let all = number(ledger.total());
    let looking = if ledger.is_looking() || ledger.state == State::Reading { ", reading" } else { "" };
    let damaged = match &ledger.state {
        State::Read(damage) if damage.lines() == 1 => ", 1 line cannot be read".to_owned(),
        State::Read(damage) if damage.lines() > 1 => {
            format!(", {} lines cannot be read", grouped(damage.lines()))
        }
        _ => String::new(),
    };
    let counts = match (ledger.is_filtered(), ledger.alive()) {
        (true, _) => format!("{} of {all} match", number(ledger.shown())),
        (_, 1) => format!("1 still works, {all} in all"),
        (_, alive) => format!("{} still work, {all} in all", number(alive)),
    };
    format!(" {off}{counts}{looking}{damaged} ")
}

fn list(model: &Model, frame: &mut Frame<'_>, parts: Parts) {
    let theme = model.options.theme;
    let ledger = &model.ledger;
    let focused = ledger.pane == Pane::List && model.overlays.is_empty();
    let mut block = framed(theme, focused);
    let title = if parts.alone {
        panes(theme, Pane::List, focused)
    } else {
        Line::from(Span::styled(" Ledger ", if focused { theme.strong() } else { Style::new() }))
    };
    let room = usize::from(parts.list.width).saturating_sub(title.width() + 3);
    let said = summary(model);
    if said.width() <= room {
        block = block.title(Line::from(Span::styled(said, theme.dim())).right_aligned());
    } else {
        let said =
            cut(Line::from(Span::styled(said, theme.dim())), parts.list.width.saturating_sub(4), theme);
        block = block.title_bottom(said);
    }
    frame.render_widget(block.title(title), parts.list);

    let rows = parts.rows(model);
    let columns = Columns::of(rows.width);
    if rows.y > parts.list.y + 1 {
        let heads = Rect { y: rows.y - 1, height: 1, ..rows };
        let texts = ["issued", "project", "room", "identity", "may", "left"];
        columns.draw_texts(frame, texts, |_| theme.dim(), heads, theme);
    }
    let first = first_row(ledger.cursor, ledger.shown(), usize::from(rows.height));
    for (y, at) in (rows.y..rows.bottom()).zip(first..) {
        let Some(row) = ledger.row(at) else { break };
        let spot = Rect { y, height: 1, ..rows };
        columns.draw(model, row, frame, spot);
        if at == ledger.cursor {
            draw_bar(frame, spot, theme, focused);
        }
    }
    if ledger.shown() == 0 && !rows.is_empty() {
        let text = if ledger.is_looking() { "looking" } else { "no row has that in it" };
        draw_line(frame, &dim(theme, text), Rect { height: 1, ..rows });
    }
    if let Some(filter) = &ledger.filter {
        let spot = Rect { y: rows.bottom(), height: 1, ..rows };
        draw_line(frame, &Line::from(Span::styled("/ ", theme.key())), spot);
        let text = Rect { x: spot.x + 2, width: spot.width.saturating_sub(2), ..spot };
        let (line, column) = filter.view(text.width, Style::new());
        draw_line(frame, &line, text);
        frame.set_cursor_position((text.x + column.min(text.width.saturating_sub(1)), text.y));
    }
}

/// How wide each column is; the space behind it is part of it. One that does not fit is 0.
#[derive(Clone, Copy)]
struct Columns {
    issued: usize,
    project: usize,
    room: usize,
    identity: usize,
    may: usize,
    left: usize,
}

/// The sign before each row.
const SIGN: usize = 2;
/// `59 min 51 s`, `364 d 23 h`, `leeway 59 s`.
const LEFT: usize = 11;

impl Columns {
    fn of(width: u16) -> Self {
        let width = usize::from(width);
        let issued = if width < 56 { 0 } else { 12 };
        let rest = width.saturating_sub(SIGN + issued + LEFT);
        let share = |percent: usize| rest * percent / 100;
        let (project, room, may) = match width {
            ..56 => (0, share(42), 0),
            56..96 => (share(28), share(34), 0),
            _ => (share(18), share(25), share(30)),
        };
        Self { issued, project, room, identity: rest - project - room - may, may, left: LEFT }
    }

    /// Draws a text into each column, with two of space between them; the last is aligned to the right.
    fn draw_texts(
        self,
        frame: &mut Frame<'_>,
        texts: [&str; 6],
        style: impl Fn(usize) -> Style,
        row: Rect,
        theme: Theme,
    ) {
        let widths = [self.issued, self.project, self.room, self.identity, self.may, self.left];
        let mut from = SIGN;
        for (at, (text, width)) in texts.into_iter().zip(widths).enumerate() {
            let (lead, room) = match at {
                5 => (width.saturating_sub(text.width()), width),
                _ => (0, width.saturating_sub(2)),
            };
            let at_column = |column: usize| u16::try_from(column).unwrap_or(u16::MAX).min(row.width);
            let (start, end) = (at_column(from + lead), at_column(from + room));
            let cell = Rect { x: row.x + start, width: end - start, ..row };
            draw_text(frame, text, style(at), cell, theme);
            from += width;
        }
    }

    fn draw(self, model: &Model, row: &Row, frame: &mut Frame<'_>, spot: Rect) {
        let theme = model.options.theme;
        let alive = row.is_alive(model.now);
        let seconds = row.expires_at.since(model.now);
        let end = match seconds {
            _ if !alive => theme.dim(),
            ..=300 => theme.warning(),
            _ => theme.good(),
        };
        let style = |at| match at {
            5 => end,
            _ if !alive => theme.dim(),
            _ => Style::new(),
        };
        draw_line(frame, &Line::from(Span::styled(if alive { theme.on() } else { theme.off() }, end)), spot);
        let (issued, left, who) = (issued(model, row), left(seconds, alive), row.who());
        let [project, room, who, may] = [&*row.project, &*row.room, &*who, &*row.grants].map(visible);
        self.draw_texts(frame, [&issued, &project, &room, &who, &may, &left], style, spot, theme);
    }
}

/// `14:42:09` today, `yesterday`, `Mon 30 Nov`, `2046-11-19`.
fn issued(model: &Model, row: &Row) -> String {
    let said = model.zone.said(row.at, model.now);
    match said.rsplit_once(' ') {
        Some((day, _)) => day.to_owned(),
        None if said.contains('-') => said,
        None => model.zone.time_of_day(row.at),
    }
}

/// `59 min 51 s`, `leeway 12 s` while a server still takes what has expired, `expired`.
fn left(seconds: i64, alive: bool) -> String {
    match (alive, seconds) {
        (false, _) => "expired".into(),
        (true, 1..) => length(seconds),
        (true, _) => format!("leeway {}", length(LEEWAY + seconds)),
    }
}

/// The row under the cursor in full, and what can be done about it.
fn details(model: &Model, row: &Row, width: u16) -> Vec<Line<'static>> {
    const LABEL: usize = 13;
    let theme = model.options.theme;
    let (now, zone) = (model.now, &model.zone);
    let field = |label: &str, value: String, style: Style| {
        let label = Span::styled(format!("{label:<LABEL$}"), theme.dim());
        let value = Span::styled(visible(&value).into_owned(), style);
        cut(Line::from(vec![label, value]), width, theme)
    };
    let plain = Style::new();
    let end = if row.is_alive(now) { theme.good() } else { theme.bad() };
    let expires = format!("{}, {}", zone.said(row.expires_at, now), relative(row.expires_at, now));
    let issued = format!("{}, {}, {}", zone.said(row.at, now), relative(row.at, now), row.by.said());
    let mut lines = vec![
        field("Fingerprint", row.fingerprint.to_string(), theme.key()),
        field("Issued", issued, plain),
        field("API key", format!("{} {} {}", row.key, theme.dot(), row.url), plain),
        field("May", row.grants.clone(), plain),
        field("Expires", expires, end),
    ];
    if width < 56 {
        // The list has no room for these.
        lines.insert(1, field("Project", row.project.clone(), plain));
    }
    let told = row.revocation(now);
    if width >= 90 {
        lines.push(Line::default());
    }
    let text = visible(&told.sentences.join(" ")).into_owned();
    lines.extend(paragraph(&text, width, 8, theme).into_iter().map(Line::from));
    if let Some(command) = &told.command {
        let command = visible(command).into_owned();
        let broken = paragraph(&command, width, 6, theme);
        lines.extend(broken.into_iter().map(|line| Line::from(Span::styled(line, theme.key()))));
    }
    lines
}
