//! Drawing what is served, and the tables of what came.
//!
//! ```text
//! ╭ Serve ─────────────────── 12 signed · 3 refused · 4/s ─╮
//! │ ● tokens of acme for 2 min                             │
//! │ the URL, the line for a client, what may be asked      │
//! │ ○ webhooks                                             │
//! ╰────────────────────────────────────────────────────────╯
//! ╭ Requests 15 │ Webhooks 0 ──────────────────────────────╮
//! │   time      origin     identity   room     answer      │
//! │ ✓ 14:42:09  localhost  alice      demo     201, 0.4 ms │
//! ╰────────────────────────────────────────────────────────╯
//! ```

use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::server::Policy;
use crate::server::listener::Row;
use crate::server::summary::{Summary, any_of};
use crate::text::{grouped, visible};
use crate::tui::layout::{Room, areas, first_row, table_rows};
use crate::tui::message::{Ceiling, Failure};
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::theme::Theme;
use crate::tui::view::{cut, framed, paragraph, strip};
use crate::tui::widgets::lines::{draw_bar, draw_line, draw_lines};
use crate::webhook::receive::Heard;

use super::table::{Entry, Table};
use super::{Pane, Serving, State, client_line, curl_line};

/// The rows of what is served, with its frame.
const ABOUT: u16 = 12;
/// Where values begin.
const LABEL: usize = 11;

/// Where each part is; one that is not shown has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    about: Rect,
    table: Rect,
    alone: bool,
}

impl Parts {
    /// The parts of a body of this size.
    #[must_use]
    pub fn of(body: Rect, model: &Model) -> Self {
        let room = Room::of(Rect::new(0, 0, model.size.width, model.size.height));
        if room == Room::Narrow || body.height < 18 {
            let (about, table) = match model.serve.pane {
                Pane::About => (body, Rect::ZERO),
                Pane::Requests | Pane::Webhooks => (Rect::ZERO, body),
            };
            return Self { about, table, alone: true };
        }
        let [about, table] = Layout::vertical([Constraint::Length(ABOUT), Constraint::Min(0)]).areas(body);
        Self { about, table, alone: false }
    }

    /// The rows alone, without the frame, the heads and the filter.
    fn rows(&self, model: &Model) -> Rect {
        table_rows(self.table.inner(Margin::new(2, 1)), model.serve.filter.is_some())
    }

    /// The part at this place.
    #[must_use]
    pub fn pane_at(&self, model: &Model, at: Position) -> Option<Pane> {
        let shown = match model.serve.pane {
            Pane::About => Pane::Requests,
            pane => pane,
        };
        if !self.table.contains(at) || at.y != self.table.y {
            return self.table.contains(at).then_some(shown);
        }
        // The words in the frame.
        let mut from = usize::from(self.table.x) + 2;
        for (pane, word) in words(model, self.alone) {
            let to = from + word.width();
            if (from..to).contains(&usize::from(at.x)) {
                return Some(pane);
            }
            from = to + 3;
        }
        None
    }

    /// The row at this place.
    #[must_use]
    pub fn row_at(&self, model: &Model, at: Position) -> Option<usize> {
        let rows = self.rows(model);
        let first = first_row(model.serve.cursor(), model.serve.shown(), usize::from(rows.height));
        rows.contains(at).then(|| first + usize::from(at.y - rows.y))
    }
}

fn of_model(model: &Model) -> Parts {
    Parts::of(areas(Rect::new(0, 0, model.size.width, model.size.height)).body, model)
}

/// Whether there is room for one part at a time.
#[must_use]
pub fn is_one_at_a_time(model: &Model) -> bool {
    of_model(model).alone
}

/// How many rows are in view.
#[must_use]
pub fn list_height(model: &Model) -> usize {
    usize::from(of_model(model).rows(model).height)
}

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    let parts = Parts::of(body, model);
    if !parts.about.is_empty() {
        about(model, frame, parts);
    }
    match model.serve.pane {
        _ if parts.table.is_empty() => {}
        Pane::Webhooks => table(model, &model.serve.heard, frame, parts),
        Pane::Requests | Pane::About => table(model, &model.serve.requests, frame, parts),
    }
}

/// The parts as words, where they share one place.
fn words(model: &Model, alone: bool) -> Vec<(Pane, String)> {
    let counted = |word: &str, count: usize| match count {
        0 => word.to_owned(),
        count => format!("{word} {count}"),
    };
    let about = alone.then(|| (Pane::About, "Serve".to_owned()));
    let tables = [
        (Pane::Requests, counted("Requests", model.serve.requests.len())),
        (Pane::Webhooks, counted("Webhooks", model.serve.heard.len())),
    ];
    about.into_iter().chain(tables).collect()
}

fn titles(model: &Model, alone: bool, focused: bool) -> Line<'static> {
    let words = words(model, alone);
    let pane = model.serve.pane;
    let shown = words.iter().position(|(of, _)| *of == pane).or((!alone).then_some(0));
    strip(words.into_iter().map(|(_, word)| word), shown, focused, model.options.theme)
}

// ---- what is served

/// Lines with labels, cut at the edge.
struct Lines {
    out: Vec<Line<'static>>,
    theme: Theme,
    width: u16,
}

impl Lines {
    fn push(&mut self, line: Line<'static>) {
        self.out.push(cut(line, self.width, self.theme));
    }

    fn field(&mut self, label: &str, value: &str, style: Style) {
        self.keyed(label, value, style, "", "");
    }

    /// A value with a key at the right edge that does something with it.
    fn keyed(&mut self, label: &str, value: &str, style: Style, key: &'static str, does: &'static str) {
        let value = visible(value).into_owned();
        let mut line = Line::from(vec![
            Span::styled(format!("{label:<LABEL$}"), self.theme.dim()),
            Span::styled(value, style),
        ]);
        let wide = if key.is_empty() { 0 } else { key.width() + does.width() + 1 };
        let room = self.width.saturating_sub(u16::try_from(wide + 2).unwrap_or(0));
        if wide == 0 || self.width < 60 {
            return self.push(line);
        }
        line = cut(line, room, self.theme);
        let pad = usize::from(self.width).saturating_sub(line.width() + wide);
        line.push_span(Span::raw(" ".repeat(pad)));
        line.push_span(Span::styled(key, self.theme.key()));
        line.push_span(Span::styled(format!(" {does}"), self.theme.dim()));
        self.push(line);
    }

    /// What went wrong, and below it what to do.
    fn failed(&mut self, message: &str, hint: &str) {
        let theme = self.theme;
        let room = self.width.saturating_sub(2);
        let told = [(message, theme.no(), theme.bad()), (hint, " ", theme.dim())];
        for (text, sign, style) in told {
            for (i, text) in paragraph(&visible(text), room, 2, theme).into_iter().enumerate() {
                let sign = if i == 0 { sign } else { " " };
                self.push(Line::from(Span::styled(format!("{sign} {text}"), style)));
            }
        }
    }

    /// What a policy comes to.
    fn summary(&mut self, summary: &Summary) {
        let fixed = |is: bool| if is { " (no request changes it)" } else { "" };
        self.field("It can", &format!("{}; for {}", summary.can.join("; "), summary.life()), Style::new());
        let names = [
            format!("rooms: {}{}", any_of(&summary.rooms), fixed(summary.room_is_fixed)),
            format!("identities: {}{}", any_of(&summary.identities), fixed(summary.identity_is_fixed)),
            format!("agents: {}", any_of(&summary.agents)),
        ];
        self.field("May ask", &names.join(&format!(" {} ", self.theme.dot())), Style::new());
        if summary.identity_is_fixed && summary.can.first().is_some_and(|can| can == "join") {
            let all = "everybody gets this identity, and whoever comes next throws the one before out";
            self.push(Line::from(vec![
                Span::styled(format!("! {all}"), self.theme.warning()),
                Span::styled(format!(" {} unset it in Compose", self.theme.dot()), self.theme.dim()),
            ]));
        }
        let who = format!("{} {} pages of: {}", summary.who(), self.theme.dot(), summary.pages(true));
        self.field("Who asks", &who, Style::new());
    }
}

fn about(model: &Model, frame: &mut Frame<'_>, parts: Parts) {
    let theme = model.options.theme;
    let focused = parts.alone && model.overlays.is_empty();
    let title = if parts.alone {
        titles(model, true, focused)
    } else {
        Line::from(Span::styled(" Serve ", theme.strong()))
    };
    let mut block = framed(theme, focused).title(title);
    if let Some(serving) = model.serve.tokens.on() {
        let counts = serving.pace.counts;
        let said = format!(
            " {} signed {dot} {} refused {dot} {}/s ",
            grouped(counts.issued),
            grouped(counts.refused),
            grouped(serving.pace.per_second),
            dot = theme.dot()
        );
        let said = Line::from(Span::styled(said, theme.dim())).right_aligned();
        block = if parts.alone { block.title_bottom(said) } else { block.title(said) };
    }
    let inner = parts.about.inner(Margin::new(2, 1));
    frame.render_widget(block, parts.about);
    let mut lines = Lines { out: Vec::new(), theme, width: inner.width };
    match &model.serve.tokens {
        State::On(serving) => running(model, serving, &mut lines),
        State::Off => stopped(model, None, &mut lines),
        State::Failed(failure) => stopped(model, Some(failure), &mut lines),
    }
    // The last line is for the webhooks, whatever else there is to say.
    let mut last = Lines { out: Vec::new(), theme, width: inner.width };
    webhooks(model, &mut last);
    let room = usize::from(inner.height).saturating_sub(last.out.len());
    lines.out.truncate(room);
    draw_lines(frame, &lines.out, inner);
    let below = u16::try_from(last.out.len()).unwrap_or(1).min(inner.height);
    let spot = Rect { y: inner.bottom() - below, height: below, ..inner };
    draw_lines(frame, &last.out, spot);
}

fn running(model: &Model, serving: &Serving, lines: &mut Lines) {
    let theme = lines.theme;
    let name = visible(serving.project.name.as_str()).into_owned();
    let since = crate::clock::length(model.now.since(serving.since).max(0));
    let mut line = Line::from(vec![
        Span::styled(format!("{} ", theme.on()), theme.good()),
        Span::styled(format!("handing out tokens of {name}"), theme.strong()),
        Span::styled(format!(" for {since}"), theme.dim()),
    ]);
    if serving.project.name != model.current.name {
        line.push_span(Span::styled(" (not the current project)", theme.warning()));
    }
    lines.push(line);
    if let Some((message, hint)) = &serving.not_recorded {
        let lost = serving.pace.counts.not_recorded;
        lines.push(Line::from(vec![
            Span::styled(format!("! {lost} tokens are not in the ledger: {}", visible(message)), theme.bad()),
            Span::styled(format!(" {} {}", theme.dot(), visible(hint)), theme.dim()),
        ]));
    }
    for odd in serving.odd.iter().take(2) {
        lines.push(Line::from(Span::styled(format!("! {}", visible(odd)), theme.warning())));
    }
    lines.field("URL", &serving.url, theme.key());
    lines.keyed("Client", &client_line(&serving.url), Style::new(), "y", "copies it");
    lines.keyed("curl", &curl_line(serving), Style::new(), "Y", "copies it");
    let changed = matches!(&serving.ceiling, Ceiling::Draft(draft) if *draft != model.compose.draft);
    let from = match &serving.ceiling {
        Ceiling::File(path) => path.clone(),
        Ceiling::Draft(_) if changed => {
            "the draft as it was; it has changed since: s stops, s starts with the new one".into()
        }
        Ceiling::Draft(_) => "what the draft in Compose allows".into(),
    };
    lines.field("At most", &from, if changed { theme.warning() } else { Style::new() });
    lines.summary(&serving.summary);
    if !serving.refusals.is_empty() {
        let mut all = serving.refusals.clone();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let said: Vec<String> = all.iter().map(|(why, count)| format!("{} {count}", why.as_str())).collect();
        lines.field("Refused", &said.join(", "), theme.warning());
    }
}

fn stopped(model: &Model, failure: Option<&Failure>, lines: &mut Lines) {
    let theme = lines.theme;
    let name = visible(model.current.name.as_str()).into_owned();
    lines.push(Line::from(vec![
        Span::styled(format!("{} ", theme.off()), theme.dim()),
        Span::styled("s", theme.key()),
        Span::raw(format!(" hands out tokens of {name} to the app you are building")),
    ]));
    if let Some(failure) = failure {
        lines.failed(&failure.message, &failure.hint);
    }
    let choices = &model.serve.choices;
    let url = match choices.port {
        0 => "http://localhost, on any port that is free".to_owned(),
        port => format!("http://localhost:{port}/"),
    };
    lines.keyed("URL", &url, theme.key(), "e", "changes it");
    lines.field("For", &model.current.url.ws(), Style::new());
    if let Some(path) = &choices.policy {
        lines.field("At most", &format!("what {path} says"), Style::new());
        return;
    }
    lines.field("At most", "what the draft in Compose allows", Style::new());
    let mut policy = Policy::under((*model.compose.draft).clone());
    policy.guard.origins.clone_from(&choices.origins);
    lines.summary(&Summary::of(&policy, &model.current, model.now, &model.zone));
    match policy.check(&model.current.key, model.now) {
        // What was told already is told once.
        Err(fault) if failure.is_none() => lines.failed(&fault.to_string(), &fault.hint()),
        _ => {}
    }
}

fn webhooks(model: &Model, lines: &mut Lines) {
    let theme = lines.theme;
    match &model.serve.webhooks {
        State::On(hearing) => {
            let counts = hearing.pace.counts;
            let said = format!(
                "webhooks of {} at {} {dot} {} verified, {} refused",
                visible(hearing.project.name.as_str()),
                hearing.url,
                counts.issued,
                counts.refused,
                dot = theme.dot()
            );
            lines.push(Line::from(vec![
                Span::styled(format!("{} ", theme.on()), theme.good()),
                Span::raw(said),
            ]));
        }
        State::Failed(failure) => lines.failed(&failure.message, &failure.hint),
        State::Off => {
            let port = model.serve.choices.webhook_port;
            let at = if port == 0 { String::new() } else { format!(" at http://localhost:{port}/") };
            lines.push(Line::from(vec![
                Span::styled(format!("{} ", theme.off()), theme.dim()),
                Span::styled("w", theme.key()),
                Span::raw(format!(" receives a server's webhooks{at}, and verifies them")),
            ]));
        }
    }
}

// ---- the tables

/// A row of a table as cells.
trait Cells: Entry {
    /// What the columns are called.
    const HEADS: [&'static str; 5];
    /// What is said while there is none.
    const NONE: &'static str;
    /// The widths of all but the last column, which has the rest.
    fn widths(width: usize) -> [usize; 4];
    /// Its cells, and whether it went well.
    fn cells(&self, model: &Model) -> ([String; 5], bool);
}

impl Cells for Row {
    const HEADS: [&'static str; 5] = ["time", "origin", "identity", "room", "answer"];
    const NONE: &'static str = "nobody has asked for a token yet";

    fn widths(width: usize) -> [usize; 4] {
        match width {
            ..56 => [0, 0, width * 2 / 5, 0],
            56..96 => [10, 0, width / 5, width / 6],
            _ => [10, width / 4, width / 6, width / 7],
        }
    }

    fn cells(&self, model: &Model) -> ([String; 5], bool) {
        let outcome = &self.outcome;
        let answer = match outcome.reason {
            None => format!("{}, {:.1} ms", self.status, self.took.as_secs_f64() * 1_000.0),
            Some(reason) => format!("{} {}: {}", self.status, reason.as_str(), outcome.sentence),
        };
        let origin = if self.origin.is_empty() { self.peer.to_string() } else { self.origin.clone() };
        let cells =
            [model.zone.time_of_day(self.at), origin, outcome.identity.clone(), outcome.room.clone(), answer];
        (cells, outcome.reason.is_none())
    }
}

impl Cells for Heard {
    const HEADS: [&'static str; 5] = ["time", "event", "room", "identity", "verdict"];
    const NONE: &'static str = "no webhook has come in yet";

    fn widths(width: usize) -> [usize; 4] {
        match width {
            ..56 => [0, width / 2, 0, 0],
            56..96 => [10, width / 3, width / 6, 0],
            _ => [10, width / 4, width / 7, width / 6],
        }
    }

    fn cells(&self, model: &Model) -> ([String; 5], bool) {
        let [event, room, identity] = self.about();
        let event = if event.is_empty() { "(no event)" } else { event };
        let verdict = if self.accepted() { "verified".into() } else { format!("refused: {}", self.why()) };
        let cells = [
            model.zone.time_of_day(self.at),
            event.to_owned(),
            room.to_owned(),
            identity.to_owned(),
            verdict,
        ];
        (cells, self.accepted())
    }
}

/// The sign before each row.
const SIGN: usize = 2;

fn line<T: Cells>(texts: [String; 5], width: u16, last: Style, theme: Theme, all: Style) -> Line<'static> {
    let width = usize::from(width).saturating_sub(SIGN);
    let [a, b, c, d] = T::widths(width);
    let rest = width.saturating_sub(a + b + c + d);
    let mut out = Line::default();
    for (at, (text, width)) in texts.into_iter().zip([a, b, c, d, rest]).enumerate() {
        let room = if at == 4 { width } else { width.saturating_sub(2) };
        if room == 0 {
            continue;
        }
        let style = if at == 4 { last } else { all };
        let text = visible(&text).into_owned();
        let cell = cut(Line::from(Span::styled(text, style)), u16::try_from(room).unwrap_or(u16::MAX), theme);
        let pad = width.saturating_sub(cell.width());
        out.spans.extend(cell.spans);
        out.push_span(Span::raw(" ".repeat(pad)));
    }
    out
}

fn table<T: Cells>(model: &Model, table: &Table<T>, frame: &mut Frame<'_>, parts: Parts) {
    let theme = model.options.theme;
    let focused = model.overlays.is_empty();
    let mut block = framed(theme, focused).title(titles(model, parts.alone, focused));
    let hidden = not_shown(model);
    if table.is_filtered() {
        let said = format!(" {} of {} match ", table.shown(), table.len());
        block = block.title_bottom(Line::from(Span::styled(said, theme.dim())).right_aligned());
    } else if hidden > 0 {
        let said = format!(" {} not shown ", grouped(hidden));
        block = block.title_bottom(Line::from(Span::styled(said, theme.warning())).right_aligned());
    }
    frame.render_widget(block, parts.table);
    let rows = parts.rows(model);
    if rows.y > parts.table.y + 1 {
        let heads = T::HEADS.map(str::to_owned);
        let mut line = line::<T>(heads, rows.width, theme.dim(), theme, theme.dim());
        line.spans.insert(0, Span::raw(" ".repeat(SIGN)));
        draw_line(frame, &line, Rect { y: rows.y - 1, height: 1, ..rows });
    }
    let first = first_row(table.cursor(), table.shown(), usize::from(rows.height));
    for (y, at) in (rows.y..rows.bottom()).zip(first..) {
        let Some(row) = table.row(at) else { break };
        let spot = Rect { y, height: 1, ..rows };
        let (cells, good) = row.cells(model);
        let (sign, style) = if good { (theme.yes(), theme.good()) } else { (theme.no(), theme.bad()) };
        let mut line = line::<T>(cells, rows.width, style, theme, Style::new());
        line.spans.insert(0, Span::styled(format!("{sign} "), style));
        draw_line(frame, &line, spot);
        if at == table.cursor() {
            draw_bar(frame, spot, theme, focused);
        }
    }
    if table.shown() == 0 && !rows.is_empty() {
        let text = if table.is_filtered() { "no row has that in it" } else { T::NONE };
        let broken = paragraph(text, rows.width, rows.height, theme);
        let lines: Vec<Line<'static>> =
            broken.into_iter().map(|text| Line::from(Span::styled(text, theme.dim()))).collect();
        draw_lines(frame, &lines, rows);
    }
    if let Some(filter) = &model.serve.filter {
        let spot = Rect { y: rows.bottom(), height: 1, ..rows };
        draw_line(frame, &Line::from(Span::styled("/ ", theme.key())), spot);
        let text = Rect { x: spot.x + 2, width: spot.width.saturating_sub(2), ..spot };
        let (line, column) = filter.view(text.width, Style::new());
        draw_line(frame, &line, text);
        frame.set_cursor_position((text.x + column.min(text.width.saturating_sub(1)), text.y));
    }
}

/// How many came and are not in the table that is shown.
fn not_shown(model: &Model) -> u64 {
    let serve = &model.serve;
    match serve.pane {
        Pane::Webhooks => {
            let dropped = serve.webhooks.on().map_or(0, |hearing| hearing.pace.counts.rows_dropped);
            serve.heard.forgotten() + dropped
        }
        Pane::Requests | Pane::About => {
            let dropped = serve.tokens.on().map_or(0, |serving| serving.pace.counts.rows_dropped);
            serve.requests.forgotten() + dropped
        }
    }
}
