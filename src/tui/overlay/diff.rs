//! Two tokens side by side, or where there is little room one under the other.
//!
//! ```text
//! ╭ Difference ─────────────────────────────────────────────╮
//! │ the difference in a sentence                            │
//! │ what the clock says to both                             │
//! ╰─────────────────────────────────────────────────────────╯
//! ╭ 4 claims differ, 7 do not ──────────────────────────────╮
//! │ Claims              a  the inspected   b  the other      │
//! │ ~ video.room        "demo"             "lobby"           │
//! │                                                         │
//! │ what the row under the cursor means, and its values     │
//! ╰─────────────────────────────────────────────────────────╯
//! ```

use ratatui::layout::{Margin, Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use unicode_width::UnicodeWidthChar;

use crate::claims::{Held, catalog};
use crate::clock::{Timestamp, Zone};
use crate::text::is_unprintable;
use crate::token::diff::{Diff, Entry, Kind, Side, State, Told};
use crate::tui::layout::{areas, centred};
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::screens::inspect::other::Other;
use crate::tui::theme::Theme;
use crate::tui::view::{cut, framed, paragraph};
use crate::tui::widgets::lines::{draw_bar, draw_line, draw_lines};

/// How the table is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Three columns: from 100.
    Beside,
    /// The name, and behind it the two values one under the other: from 60.
    Stacked,
    /// The name, and under it the two values.
    Narrow,
}

impl Shape {
    fn of(width: u16) -> Self {
        match width {
            100.. => Self::Beside,
            60.. => Self::Stacked,
            _ => Self::Narrow,
        }
    }

    /// Lines between two sections.
    fn gap(self) -> usize {
        usize::from(self == Self::Beside)
    }

    /// Lines for each entry.
    fn lines(self) -> usize {
        match self {
            Self::Beside => 1,
            Self::Stacked => 2,
            Self::Narrow => 3,
        }
    }
}

/// Where the parts are.
struct Parts {
    shape: Shape,
    framed: bool,
    /// Whether it is told what the clock says.
    clock: bool,
    sentence: Rect,
    table: Rect,
    list: Rect,
    /// What the row under the cursor means; nothing where there is no room.
    about: Rect,
}

impl Parts {
    fn of(body: Rect, other: &Other, theme: Theme, now: Timestamp) -> Self {
        let shape = Shape::of(body.width);
        // Where there is hardly room the sentence has no frame, and the clock is told only where it is the point.
        let framed = body.height >= 14;
        let clock = framed || is_ailing(other, now);
        let most = if framed { 3 } else { 4 - u16::from(clock) };
        let lines = paragraph(
            &other.diff.sentence,
            body.width.saturating_sub(4 + 2 * u16::from(framed)),
            most,
            theme,
        );
        let lines = u16::try_from(lines.len()).unwrap_or(most);
        let height = lines + u16::from(clock) + if framed { 2 } else { 0 };
        let sentence = Rect { height: height.min(body.height), ..body };
        let table = Rect { y: sentence.bottom(), height: body.height - sentence.height, ..body };
        let inner = table.inner(Margin::new(2, 1));
        let about = if inner.height >= 14 { 4 } else { 0 };
        let list = Rect { height: inner.height - about, ..inner };
        let about = Rect { y: list.bottom() + about.min(1), height: about.saturating_sub(1), ..inner };
        Self { shape, framed, clock, sentence, table, list, about }
    }
}

/// How many entries are in view.
#[must_use]
pub fn height(model: &Model) -> usize {
    let body = areas(Rect::new(0, 0, model.size.width, model.size.height)).body;
    let Some(other) = &model.inspect.other else { return 1 };
    let parts = Parts::of(body, other, model.options.theme, model.now);
    (usize::from(parts.list.height) / parts.shape.lines()).max(1)
}

/// Draws the difference over the whole of `body`.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    let Some(other) = &model.inspect.other else { return };
    let theme = model.options.theme;
    frame.render_widget(Clear, body);
    let parts = Parts::of(body, other, theme, model.now);
    sentence(model, other, frame, &parts);

    let (differ, same) = other.tally();
    let title = match (differ, same) {
        (0, _) => " no claim differs ".to_owned(),
        (1, 0) => " 1 claim differs ".to_owned(),
        (n, 0) => format!(" {n} claims differ "),
        (1, same) => format!(" 1 claim differs, {same} the same "),
        (n, same) => format!(" {n} claims differ, {same} the same "),
    };
    let mut block = framed(theme, true).title(Span::styled(title, theme.strong()));
    if other.all {
        block = block.title(Line::from(Span::styled(" all are shown ", theme.dim())).right_aligned());
    }
    frame.render_widget(block, parts.table);
    table(model, other, frame, &parts);
    about(model, other, frame, parts.about);
}

/// The sentence, and whether the two are alive.
fn sentence(model: &Model, other: &Other, frame: &mut Frame<'_>, parts: &Parts) {
    let theme = model.options.theme;
    let inner = parts.sentence.inner(Margin::new(if parts.framed { 2 } else { 1 }, u16::from(parts.framed)));
    if parts.framed {
        let block = framed(theme, false).title(Span::styled(" Difference ", theme.strong()));
        frame.render_widget(block, parts.sentence);
    }
    let (sign, style) = if other.diff.is_same() { ("=", theme.good()) } else { ("~", theme.warning()) };
    let height = inner.height.saturating_sub(u16::from(parts.clock));
    let mut lines: Vec<Line<'static>> =
        paragraph(&other.diff.sentence, inner.width.saturating_sub(2), height, theme)
            .into_iter()
            .enumerate()
            .map(|(i, text)| {
                let lead = if i == 0 { format!("{sign} ") } else { "  ".into() };
                Line::from(vec![Span::styled(lead, style), Span::styled(text, theme.strong())])
            })
            .collect();
    if parts.clock {
        let style = if is_ailing(other, model.now) { theme.warning() } else { theme.dim() };
        let clock = Span::styled(format!("  {}", other.diff.times.now(model.now)), style);
        lines.push(cut(Line::from(clock), inner.width, theme));
    }
    draw_lines(frame, &lines, inner);
}

/// Whether one of them is of no use at this moment.
fn is_ailing(other: &Other, now: Timestamp) -> bool {
    let times = &other.diff.times;
    [times.a, times.b].iter().any(|life| life.state(now) != State::Alive)
}

/// The columns of a list this wide: the name's, and each value's.
fn columns(shape: Shape, width: u16) -> (u16, u16) {
    match shape {
        Shape::Beside => {
            let name = (width / 3).clamp(20, 44);
            (name, (width - name) / 2 - 2)
        }
        Shape::Stacked => {
            let name = (width * 2 / 5).clamp(20, 32);
            (name, width.saturating_sub(name + 4))
        }
        Shape::Narrow => (width.saturating_sub(2), width.saturating_sub(4)),
    }
}

/// The entries in view under their headings. What is not in view is not looked at.
fn table(model: &Model, other: &Other, frame: &mut Frame<'_>, parts: &Parts) {
    let theme = model.options.theme;
    let (area, shape) = (parts.list, parts.shape);
    let (each, gap) = (shape.lines(), shape.gap());
    let height = usize::from(area.height);
    if other.count() == 0 {
        let nothing = Span::styled("nothing differs; a shows what is the same", theme.dim());
        draw_line(
            frame,
            &cut(Line::from(nothing), area.width, theme),
            Rect { height: area.height.min(1), ..area },
        );
        return;
    }
    // The heading of its section stays in view with the first of its entries.
    let mut total = 0;
    let mut cursor = (0, 0);
    let mut passed = 0;
    for section in &other.sections {
        let of = section.entries.len();
        if (passed..passed + of).contains(&other.cursor) {
            let within = other.cursor - passed;
            let from = total + 1 + within * each;
            cursor = (if within == 0 { from - 1 } else { from }, from + each);
        }
        passed += of;
        total += 1 + of * each + gap;
    }
    let total = total - gap;
    let first = first_line(cursor, total, height);
    let mut line = 0;
    let mut index = 0;
    for (at, section) in other.sections.iter().enumerate() {
        let lines = 1 + section.entries.len() * each;
        if line + lines > first && line < first + height {
            let head = heading(theme, section.title, at == 0, other, shape, area.width);
            draw_line(frame, &head, spot(area, first, line));
            let skipped = first.saturating_sub(line + 1) / each;
            let shown = section.entries.iter().enumerate().skip(skipped).take(height / each + 2);
            for (within, entry) in shown {
                let told = other.diff.told(*entry, usize::from(area.width), model.now, &model.zone);
                let under = index + within == other.cursor;
                for (k, drawn) in drawn(theme, &told, shape, area.width).into_iter().enumerate() {
                    let spot = spot(area, first, line + 1 + within * each + k);
                    draw_line(frame, &cut(drawn, area.width, theme), spot);
                    if under {
                        draw_bar(frame, spot, theme, true);
                    }
                }
            }
        }
        line += lines + gap;
        index += section.entries.len();
    }
}

/// The first line to show, so that those from `cursor.0` to `cursor.1` are in view with something ahead of them.
fn first_line(cursor: (usize, usize), total: usize, height: usize) -> usize {
    if total <= height {
        return 0;
    }
    let ahead = (height / 4).min(3);
    (cursor.1 + ahead).saturating_sub(height).min(total - height).min(cursor.0)
}

/// The row of a line when `first` is the one at the top; no room if it is out of view.
fn spot(area: Rect, first: usize, line: usize) -> Rect {
    match line.checked_sub(first).and_then(|at| u16::try_from(at).ok()) {
        Some(at) if at < area.height => Rect { y: area.y + at, height: 1, ..area },
        _ => Rect::ZERO,
    }
}

/// A section's heading; over the first one the columns are named.
fn heading(
    theme: Theme,
    title: &'static str,
    first: bool,
    other: &Other,
    shape: Shape,
    width: u16,
) -> Line<'static> {
    let mut line = Line::from(Span::styled(title, theme.key()));
    if !first {
        return line;
    }
    let narrow = shape == Shape::Narrow;
    let (one, another) = if narrow { ("inspected", "other") } else { ("the inspected one", "the other one") };
    let (a, b) = if other.swapped { (another, one) } else { (one, another) };
    let (name, value) = columns(shape, width);
    let pad = |to: usize, line: &Line<'_>| " ".repeat(to.saturating_sub(line.width()).max(1));
    let lead = if narrow { 2 } else { usize::from(name) + 2 };
    line.push_span(Span::raw(pad(lead, &line)));
    if shape == Shape::Beside {
        line.push_span(Span::styled("a  ", theme.strong()));
        line.push_span(Span::styled(a, theme.dim()));
        line.push_span(Span::raw(pad(lead + usize::from(value) + 2, &line)));
    } else {
        line.push_span(Span::styled("a ", theme.strong()));
        line.push_span(Span::styled(format!("{a}, "), theme.dim()));
    }
    line.push_span(Span::styled(if shape == Shape::Beside { "b  " } else { "b " }, theme.strong()));
    line.push_span(Span::styled(b, theme.dim()));
    cut(line, width, theme)
}

/// How a kind looks: a sign and a colour.
fn sign(theme: Theme, kind: Kind) -> (&'static str, Style) {
    match kind {
        Kind::Changed => ("~", theme.warning()),
        Kind::OnlyA => ("-", theme.bad()),
        Kind::OnlyB => ("+", theme.good()),
        Kind::Same | Kind::SameMeaning => ("=", theme.dim()),
    }
}

/// The lines of an entry, as many as the shape has.
fn drawn(theme: Theme, told: &Told, shape: Shape, width: u16) -> Vec<Line<'static>> {
    let (sign, style) = sign(theme, told.kind);
    let plain = if told.kind.differs() { Style::new() } else { theme.dim() };
    let (name, value) = columns(shape, width);
    let fit = |text: &str, room: u16, style: Style| {
        let mut line = cut(Line::from(Span::styled(text.to_owned(), style)), room, theme);
        let fill = usize::from(room).saturating_sub(line.width());
        line.push_span(Span::raw(" ".repeat(fill)));
        line.spans
    };
    let mark = Span::styled(format!("{sign} "), style);
    let remark = || Span::styled(told.remark.clone(), theme.dim());
    let Some(values) = &told.values else {
        let mut lines =
            vec![Line::from(vec![mark, Span::styled(told.name.clone(), plain), Span::raw("  "), remark()])];
        lines.resize(shape.lines(), Line::default());
        return lines;
    };
    let [a, b] = values
        .each_ref()
        .map(|value| if theme.ascii { value.replace('·', ".").replace('…', "~") } else { value.clone() });
    let side = |letter: &'static str, text: &str, room: u16| {
        let mut spans = vec![Span::styled(letter, theme.dim())];
        spans.extend(fit(text, room, style));
        spans
    };
    let mut head = vec![mark];
    match shape {
        Shape::Beside => {
            head.extend(fit(&told.name, name, plain));
            head.extend(fit(&a, value, style));
            head.push(Span::raw("  "));
            if told.remark.is_empty() {
                head.extend(fit(&b, value, style));
            } else {
                head.push(Span::styled(b, style));
                head.push(Span::raw("  "));
                head.push(remark());
            }
            vec![Line::from(head)]
        }
        Shape::Stacked => {
            head.extend(fit(&told.name, name, plain));
            head.extend(side("a ", &a, value));
            let note = fit(&told.remark, name, theme.dim());
            let mut below = vec![Span::raw("  ")];
            below.extend(note);
            below.extend(side("b ", &b, value));
            vec![Line::from(head), Line::from(below)]
        }
        Shape::Narrow => {
            head.extend(fit(&told.name, name, plain));
            let indented = |letter, text: &str| {
                let mut spans = vec![Span::raw("  ")];
                spans.extend(side(letter, text, value));
                Line::from(spans)
            };
            vec![Line::from(head), indented("a ", &a), indented("b ", &b)]
        }
    }
}

/// What the row under the cursor means.
fn about(model: &Model, other: &Other, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let Some(entry) = other.under_cursor().filter(|_| !area.is_empty()) else { return };
    let text = match entry {
        Entry::Claim(_) | Entry::Header(_) => {
            match other.diff.row(entry).and_then(|row| row.entry).and_then(catalog::entry) {
                Some(entry) => entry.sentence(),
                None => String::new(),
            }
        }
        Entry::Join => "What a server answers to a join, apart from times and signature.".into(),
        Entry::Permission(_) => "What the participant may do in its room, as the server computes it.".into(),
        Entry::OnlyA(_) | Entry::OnlyB(_) | Entry::Both(_) => {
            "Calls of the server's API that the token opens.".into()
        }
        Entry::Time(_) => "Servers allow 60 s more at both ends.".into(),
    };
    let mut lines: Vec<Line<'static>> = paragraph(&text, area.width, area.height.saturating_sub(1), theme)
        .into_iter()
        .map(|line| Line::from(Span::styled(line, theme.dim())))
        .collect();
    lines.insert(0, Line::from(Span::styled("Enter shows both values whole", theme.dim())));
    draw_lines(frame, &lines, area);
}

/// Asks for the other token.
pub(super) fn ask(model: &Model, refused: Option<&(String, String)>, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let width = body.width.saturating_sub(2).min(64);
    let key = |key: &'static str, what: &'static str| {
        Line::from(vec![Span::styled(format!("{key:<7}"), theme.key()), Span::raw(what)])
    };
    let mut lines = vec![
        Line::from(Span::styled("Hold it against which token?", theme.strong())),
        Line::default(),
        key("paste", "the other token, with whatever is around it"),
        key("r", "take it from the clipboard"),
    ];
    if let Some((what, hint)) = refused {
        let said = |text: &str, style: Style| {
            paragraph(text, width.saturating_sub(4), 2, theme)
                .into_iter()
                .map(|line| Line::from(Span::styled(line, style)))
                .collect::<Vec<_>>()
        };
        lines.push(Line::default());
        lines.extend(said(&format!("{} {what}", theme.no()), theme.bad()));
        lines.extend(said(hint, theme.dim()));
    }
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let area = centred(body, width, height);
    frame.render_widget(Clear, area);
    frame.render_widget(framed(theme, true).title(Span::styled(" Difference ", theme.strong())), area);
    let inner = area.inner(Margin::new(2, 1));
    let lines: Vec<Line<'static>> = lines.into_iter().map(|line| cut(line, inner.width, theme)).collect();
    draw_lines(frame, &lines, inner);
}

/// The two values of a row, whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    title: String,
    /// What each is, and the text of it.
    sides: [(String, String); 2],
    lines: Vec<ValueLine>,
    /// The first line shown.
    pub scroll: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum ValueLine {
    Head(String),
    Part(String),
}

impl Values {
    /// The values of an entry, broken into lines for a terminal of this size.
    #[must_use]
    pub fn of(diff: &Diff, entry: Entry, size: Size, now: Timestamp, zone: &Zone) -> Self {
        let told = diff.told(entry, 200, now, zone);
        let shown = told.values.unwrap_or_default();
        let values = [Side::A, Side::B].map(|side| diff.row(entry).and_then(|row| row.value(side)));
        let side = |letter: &str, held: Option<&Held>, shown: &str| match held
            .map(|held| (held, held.as_str()))
        {
            Some((_, Some(text))) => (format!("{letter}  a text of {} bytes", text.len()), text.to_owned()),
            Some((held, None)) => {
                (letter.to_owned(), serde_json::to_string_pretty(&held.value()).unwrap_or_default())
            }
            None => (letter.to_owned(), shown.to_owned()),
        };
        let sides = if shown.iter().all(String::is_empty) {
            [(told.remark, String::new()), <_>::default()]
        } else {
            [side("a", values[0], &shown[0]), side("b", values[1], &shown[1])]
        };
        let mut new = Self { title: told.name, sides, lines: Vec::new(), scroll: 0 };
        new.wrap(size);
        new
    }

    /// Breaks the texts into lines anew.
    pub fn wrap(&mut self, size: Size) {
        let width = usize::from(size.width.saturating_sub(6)).clamp(8, 100);
        self.lines.clear();
        for (head, text) in self.sides.iter().filter(|(head, _)| !head.is_empty()) {
            if !self.lines.is_empty() {
                self.lines.push(ValueLine::Part(String::new()));
            }
            self.lines.push(ValueLine::Head(head.clone()));
            wrap(text, width, &mut self.lines);
        }
        self.scroll = 0;
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lines.len()
    }
}

/// Breaks a text into lines of `width` columns and where it breaks itself, with everything unprintable written out.
fn wrap(text: &str, width: usize, into: &mut Vec<ValueLine>) {
    let mut line = String::new();
    let mut used = 0;
    let mut add = |c: char, into: &mut Vec<ValueLine>, line: &mut String| {
        let columns = c.width().unwrap_or(0);
        if used + columns > width {
            into.push(ValueLine::Part(std::mem::take(line)));
            used = 0;
        }
        used += columns;
        line.push(c);
        if c == '\n' {
            line.pop();
            into.push(ValueLine::Part(std::mem::take(line)));
            used = 0;
        }
    };
    for c in text.chars() {
        if c != '\n' && is_unprintable(c) {
            c.escape_default().for_each(|c| add(c, into, &mut line));
        } else {
            add(c, into, &mut line);
        }
    }
    if !line.is_empty() {
        into.push(ValueLine::Part(line));
    }
}

/// How many lines of the values are in view.
#[must_use]
pub fn values_height(size: Size) -> usize {
    usize::from(size.height.saturating_sub(4)).max(1)
}

/// Draws the two values of a row.
pub(super) fn values(model: &Model, values: &Values, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let shown = values_height(model.size);
    let first = values.scroll.min(values.lines.len().saturating_sub(shown));
    let lines: Vec<Line<'static>> = values.lines[first..]
        .iter()
        .take(shown)
        .map(|line| match line {
            ValueLine::Head(text) => Line::from(Span::styled(text.clone(), theme.key())),
            ValueLine::Part(text) => Line::from(text.clone()),
        })
        .collect();
    // As wide as what is in view, and never narrower than the title.
    let title = cut(Line::from(format!(" {} ", values.title)), body.width.saturating_sub(4), theme);
    let widest =
        if values.lines.len() > shown { 100 } else { lines.iter().map(Line::width).max().unwrap_or(0) };
    let width = small(widest.max(title.width()).max(24) + 4);
    let area = centred(body, width, small(values.lines.len() + 2));
    frame.render_widget(Clear, area);
    let mut block = framed(theme, true).title(title.style(theme.strong()));
    if values.lines.len() > shown {
        block = block.title_bottom(Line::from(Span::styled(" j k scroll ", theme.dim())).right_aligned());
    }
    frame.render_widget(block, area);
    let inner = area.inner(Margin::new(2, 1));
    let lines: Vec<Line<'static>> = lines.into_iter().map(|line| cut(line, inner.width, theme)).collect();
    draw_lines(frame, &lines, inner);
}
