//! The form: its rows, and below them what one has to know about the row under the cursor.

use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use crate::claims::catalog::{Entry, Field, Group};
use crate::claims::draft::Draft;
use crate::claims::problems::Severity;
use crate::clock::relative;
use crate::text::{beginning, visible};
use crate::tui::layout::first_row;
use crate::tui::model::Model;
use crate::tui::painter::Frame;
use crate::tui::screens::compose::{Pane, Row};
use crate::tui::theme::Theme;
use crate::tui::view::{cut, paragraph};
use crate::tui::widgets::lines::{draw_bar, draw_line};

/// So many names of a list are written into its row: more than fit.
const MOST_NAMES: usize = 64;

/// Where the rows are, within the form's frame.
pub(super) fn list(area: Rect, model: &Model) -> Rect {
    let inner = area.inner(Margin::new(2, 1));
    Rect { height: inner.height.saturating_sub(about_height(model, inner)), ..inner }
}

fn about_height(model: &Model, inner: Rect) -> u16 {
    match inner.height {
        0..=4 => 0,
        5..=9 => 1,
        10..=15 => 3,
        16..=21 => 5,
        _ if model.size.width >= 100 => 6,
        _ => 5,
    }
}

/// The width of the labels, so that every value starts at the same column.
fn label_width(list: Rect) -> usize {
    if is_tight(list) { 23 } else { 26 }
}

/// Whether there is no room for indented rows and whole sentences.
fn is_tight(list: Rect) -> bool {
    list.width < 44
}

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let list = list(area, model);
    let rows = model.compose.rows();
    let first = first_row(model.compose.cursor, rows.len(), usize::from(list.height));
    if rows.is_empty() {
        draw_line(frame, &Line::from(Span::styled("no row has that in its name", theme.dim())), list);
    }
    for (y, (at, row)) in (list.y..list.bottom()).zip(rows.iter().enumerate().skip(first)) {
        let spot = Rect { y, height: 1, ..list };
        draw_row(model, frame, spot, *row, at == model.compose.cursor);
    }
    let inner = area.inner(Margin::new(2, 1));
    let about = Rect { y: list.bottom(), height: inner.bottom().saturating_sub(list.bottom()), ..inner };
    let text = about_row(model, frame, about);
    frame.render_widget(text, about);
}

fn draw_row(model: &Model, frame: &mut Frame<'_>, spot: Rect, row: Row, under: bool) {
    let theme = model.options.theme;
    let (sign, label, value) = match row {
        Row::Preset => (String::new(), "Preset", preset(model)),
        Row::Group(group) => {
            let open = model.compose.open.contains(&group);
            let sign = if open { theme.opened() } else { theme.closed() };
            let value = if open { Line::default() } else { group_summary(model, group) };
            (format!("{sign} "), group.title(), value)
        }
        Row::Entry(entry) => {
            let sign = match (&model.compose.filter, entry.group) {
                (None, Group::Token) => String::new(),
                _ if is_tight(spot) => format!("{} ", entry_sign(theme, entry, &model.compose.draft)),
                _ => format!("  {} ", entry_sign(theme, entry, &model.compose.draft)),
            };
            (sign, entry.label, value(model, entry, is_tight(spot)))
        }
    };
    let head = format!("{sign}{label}");
    let pad = label_width(spot).saturating_sub(head.width()).max(1);
    let start = u16::try_from(head.width() + pad).unwrap_or(u16::MAX).min(spot.width);
    let room = spot.width - start;
    let editing = model.compose.editing.as_ref().filter(|e| row.entry().is_some_and(|r| r.path == e.path));
    if let Some(editing) = editing {
        let style = if editing.wrong.is_some() { theme.bad() } else { Style::new() };
        let (line, column) = editing.field.view(room, style);
        let head = Span::styled(format!("{head}{}", " ".repeat(pad)), theme.strong());
        draw_line(frame, &Line::from(head), spot);
        let value = Rect { x: spot.x + start, width: room, ..spot };
        // A quiet line shows where to type.
        let fill = usize::from(room).saturating_sub(line.width());
        let mut line = line;
        line.push_span(Span::styled(theme.blank().repeat(fill), theme.dim()));
        draw_line(frame, &line, value);
        frame.set_cursor_position((value.x + column.min(room.saturating_sub(1)), value.y));
        return;
    }
    let style = match row {
        Row::Group(_) => theme.strong(),
        Row::Entry(entry) if !entry.is_set(&model.compose.draft) => theme.dim(),
        _ => Style::new(),
    };
    let mut line = Line::from(vec![Span::styled(head, style), Span::raw(" ".repeat(pad))]);
    line.spans.extend(cut(value, room, theme).spans);
    draw_line(frame, &line, spot);
    if under {
        let focused = model.compose.pane == Pane::Form && model.overlays.is_empty();
        draw_bar(frame, spot, theme, focused);
    }
}

fn preset(model: &Model) -> Line<'static> {
    let mut line = Line::from(visible(&model.compose.origin.title).into_owned());
    if model.compose.is_changed() {
        line.push_span(Span::styled(", changed", model.options.theme.dim()));
    }
    line
}

fn entry_sign(theme: Theme, entry: &Entry, draft: &Draft) -> &'static str {
    match entry.field {
        Field::Flag(at) if *(at.get)(draft) => theme.on(),
        Field::Flag(_) => theme.off(),
        Field::Choice(at, _) => match (at.get)(draft) {
            Some(true) => theme.on(),
            Some(false) => theme.off(),
            None => theme.unset(),
        },
        _ if entry.is_set(draft) => theme.on(),
        _ => theme.unset(),
    }
}

/// The value of a row, or dim what the server makes of it when it is unset.
fn value(model: &Model, entry: &Entry, tight: bool) -> Line<'static> {
    let theme = model.options.theme;
    let draft = &model.compose.draft;
    let dim = |text: String| Line::from(Span::styled(text, theme.dim()));
    let by_default = |text: &str| dim(format!("{}  {text}", theme.dot()));
    let plain = |text: &str| Line::from(visible(text).into_owned());
    match entry.field {
        Field::Flag(at) if *(at.get)(draft) => Line::from("on"),
        Field::Flag(_) => dim("off".into()),
        Field::Choice(at, default) => match (at.get)(draft) {
            Some(true) => Line::from("on"),
            Some(false) => Line::from("off"),
            None => by_default(if tight { default.word() } else { default.said() }),
        },
        Field::Lasting(at) => lasting(model, *(at.get)(draft), tight),
        Field::Sources(_) if !entry.is_set(draft) => by_default("all four"),
        Field::Dispatches(_) if !entry.is_set(draft) => {
            by_default(if tight { "unnamed ones" } else { "every unnamed worker" })
        }
        Field::OneOf(..) if !entry.is_set(draft) => by_default("standard"),
        Field::Count(..) if !entry.is_set(draft) => {
            by_default(if tight { "default" } else { "the server's default" })
        }
        // What keeps the draft from being signed is said where it is mended.
        _ if !entry.is_set(draft) && is_needed(model, entry) => {
            Line::from(Span::styled(format!("{}  needed", theme.dot()), theme.warning()))
        }
        _ if !entry.is_set(draft) => dim(theme.dot().into()),
        Field::Count(at, unit) => {
            let number = Span::raw((at.get)(draft).to_string());
            Line::from(vec![number, Span::styled(format!(" {unit}"), theme.dim())])
        }
        Field::Pairs(at) => {
            let pairs = (at.get)(draft);
            let pair = |(k, v): (&String, &String)| format!("{}={}", beginning(k, 64), beginning(v, 64));
            let few: Vec<String> = pairs.iter().take(4).map(pair).collect();
            let list = few.join(", ");
            match pairs.len() {
                n if n > 1 && (n > few.len() || list.width() > 28) => Line::from(format!("{n} pairs")),
                _ => plain(&list),
            }
        }
        Field::Json(_) => Line::from("set, as JSON"),
        Field::Dispatches(at) => {
            let named =
                |name: &str| if name.is_empty() { "(unnamed)".to_owned() } else { beginning(name, 64) };
            let agents = (at.get)(draft).iter().take(MOST_NAMES);
            let names: Vec<String> = agents.map(|agent| named(&agent.agent_name)).collect();
            plain(&names.join(", "))
        }
        // A long text is cut to what a row can show before it is escaped, so that a megabyte costs nothing.
        Field::Text(at) | Field::LongText(at) | Field::OneOf(at, _) => {
            let text: String = (at.get)(draft).chars().take(200).collect();
            plain(&text)
        }
        Field::Sources(at) | Field::Words(at, _) => {
            let words = (at.get)(draft).iter().take(MOST_NAMES);
            plain(&words.map(|word| beginning(word, 64)).collect::<Vec<_>>().join(", "))
        }
    }
}

fn is_needed(model: &Model, entry: &Entry) -> bool {
    let problems = &model.compose.shown.preview.problems;
    problems.iter().any(|p| p.rule.severity == Severity::Error && p.path == Some(entry.path))
}

fn lasting(model: &Model, ttl: crate::clock::Ttl, tight: bool) -> Line<'static> {
    let end = ttl.expiry(model.now);
    let said = ttl.said(model.now, &model.zone);
    let more = match ttl {
        crate::clock::Ttl::Until(_) => relative(end, model.now),
        crate::clock::Ttl::For(_) if tight => {
            format!("{} {}", model.options.theme.sent(), model.zone.said(end, model.now))
        }
        crate::clock::Ttl::For(_) => format!("until {}", model.zone.said(end, model.now)),
    };
    let gap = if tight { " " } else { "   " };
    Line::from(vec![Span::raw(said), Span::styled(format!("{gap}{more}"), model.options.theme.dim())])
}

/// What a closed group has set in it.
fn group_summary(model: &Model, group: Group) -> Line<'static> {
    let draft = &model.compose.draft;
    let set: Vec<String> = group
        .entries()
        .filter(|entry| entry.is_set(draft))
        .map(|entry| {
            let label = entry.label.trim();
            match entry.field {
                Field::Pairs(at) => match (at.get)(draft).len() {
                    1 => format!("1 {}", label.trim_end_matches('s')),
                    n => format!("{n} {label}"),
                },
                Field::Dispatches(at) => {
                    let agents = (at.get)(draft).iter().take(MOST_NAMES);
                    let names: Vec<String> = agents.map(|a| beginning(&a.agent_name, 64)).collect();
                    format!("{label}: {}", names.join(", "))
                }
                Field::Choice(at, _) if *(at.get)(draft) == Some(false) => format!("{label} off"),
                Field::OneOf(at, _) => format!("{label} {}", beginning((at.get)(draft), 64)),
                _ => label.to_owned(),
            }
        })
        .collect();
    Line::from(visible(&set.join(", ")).into_owned())
}

/// What one has to know about the row under the cursor; while it is edited, what is wrong with the text; while
/// rows are looked for, what is typed.
fn about_row(model: &Model, frame: &mut Frame<'_>, area: Rect) -> Paragraph<'static> {
    let theme = model.options.theme;
    let lead = u16::from(area.height > 3);
    if let Some(filter) = &model.compose.filter {
        const PROMPT: &str = "find  ";
        let prompt = u16::try_from(PROMPT.width()).unwrap_or(0);
        let (line, column) = filter.view(area.width.saturating_sub(prompt), Style::new());
        frame.set_cursor_position((area.x + prompt + column, area.y + lead));
        let mut typed = Line::from(Span::styled(PROMPT, theme.key()));
        typed.spans.extend(line.spans);
        let hint = Line::from(Span::styled("Enter stays on the row, Esc goes back", theme.dim()));
        let mut lines = vec![Line::default(); usize::from(lead)];
        lines.extend([typed, hint]);
        return Paragraph::new(Text::from(lines));
    }
    let mut lines = vec![Line::default(); usize::from(lead)];
    if let Some(editing) = &model.compose.editing
        && let Some((what, hint)) = &editing.wrong
    {
        lines.push(Line::from(Span::styled(visible(what).into_owned(), theme.bad())));
        lines.push(Line::from(Span::styled(visible(hint).into_owned(), theme.dim())));
        return Paragraph::new(Text::from(lines)).wrap(Wrap { trim: true });
    }
    let (title, text) = match model.compose.row() {
        Some(Row::Entry(entry)) => (entry.path, entry.sentence()),
        Some(Row::Preset) => (
            "Preset",
            "What the draft starts from. Identity, name and room stay when you change it, unless the preset names \
             its own. s saves the draft as a preset."
                .to_owned(),
        ),
        Some(Row::Group(group)) => {
            let labels: Vec<&str> = group.entries().map(|entry| entry.label.trim()).collect();
            (group.title(), labels.join(", "))
        }
        None => return Paragraph::new(""),
    };
    if area.height > 1 {
        lines.push(Line::from(title));
    }
    let left = area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(0));
    let text = paragraph(&text, area.width, left, theme);
    lines.extend(text.into_iter().map(|line| Line::from(Span::styled(line, theme.dim()))));
    Paragraph::new(Text::from(lines))
}
