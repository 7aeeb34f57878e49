//! Drawing what lies over a screen.

use std::ops::Range;

use ratatui::layout::{Margin, Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Clear, Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use crate::claims::catalog::{self, Field};
use crate::claims::grants::AgentDispatch;
use crate::claims::problems::Problem;
use crate::text::{beginning, grouped, visible};
use crate::tui::asking::Answered;
use crate::tui::keymap::{BINDINGS, Binding, Context};
use crate::tui::layout::{centred, first_row};
use crate::tui::model::{Model, Screen};
use crate::tui::painter::Frame;
use crate::tui::screens::projects::{Part, ProjectForm, Remark};
use crate::tui::theme::Theme;
use crate::tui::view::{cut, framed, paragraph};
use crate::tui::widgets::answer::lines as answer_lines;
use crate::tui::widgets::lines::{draw_bar, draw_line, draw_lines};
use crate::tui::widgets::sentences::severity;

use super::picker::Picker;
use super::{
    AgentForm, AgentsEditor, Confirm, LongText, Overlay, PairsEditor, Passphrase, Purpose, checklist,
};
use super::{diff, forms, guard, import, many, presets, serve};

/// Draws one overlay into the middle of `body`.
pub fn draw(model: &Model, overlay: &Overlay, frame: &mut Frame<'_>, body: Rect) {
    match overlay {
        Overlay::Help { contexts, scroll } => help(model, contexts, *scroll, frame, body),
        Overlay::Pick(picker) if picker.purpose == Purpose::Form => forms::list(model, picker, frame, body),
        Overlay::Pick(picker) if picker.purpose == Purpose::Preset => {
            presets::list(model, picker, frame, body);
        }
        Overlay::Preset(form) => presets::form(model, form, frame, body),
        Overlay::Pick(picker) => pick(model, picker, frame, body),
        Overlay::Checklist { path, cursor } => check(model, path, *cursor, frame, body),
        Overlay::Pairs(editor) => pairs(model, editor, frame, body),
        Overlay::Agents(editor) => agents(model, editor, frame, body),
        Overlay::LongText(text) => long_text(model, text, frame, body),
        Overlay::Project(form) => project(model, form, frame, body),
        Overlay::Policy(form) => guard::policy(model, form, frame, body),
        Overlay::Rotate(form) => guard::rotate(model, form, frame, body),
        Overlay::Production(asked) => guard::production(model, asked, frame, body),
        Overlay::Confirm(question) => confirm(model, question, frame, body),
        Overlay::Problem(found) => problem(model, found, frame, body),
        Overlay::Answer(answered) => answer(model, answered, frame, body),
        Overlay::Passphrase(passphrase) => ask_passphrase(model, passphrase, frame, body),
        Overlay::NoStore(failure) => {
            let theme = model.options.theme;
            let mut lines = vec![Line::from(Span::styled(failure.message.clone(), theme.warning()))];
            if !failure.hint.is_empty() {
                lines.push(Line::from(Span::styled(failure.hint.clone(), theme.dim())));
            }
            lines.extend([
                Line::default(),
                offer(theme, "v", "vault", "keep projects in one encrypted file"),
                offer(theme, "m", "memory", "keep projects for this run only"),
                offer(theme, "Esc", "not now", ""),
            ]);
            words(model, "No keyring", lines, frame, body);
        }
        Overlay::Token => {
            let text = model.compose.signed.as_ref().map_or("", |signed| signed.token.expose());
            selectable(model, "the token", text, frame, body);
        }
        Overlay::Diff => diff::draw(model, frame, body),
        Overlay::OtherToken { refused } => diff::ask(model, refused.as_ref(), frame, body),
        Overlay::Values(values) => diff::values(model, values, frame, body),
        Overlay::Import(desk) => import::view::draw(model, desk, frame, body),
        Overlay::HowMany(form) => many::view::ask(model, form, frame, body),
        Overlay::Table(table) => many::view::table(model, table, frame, body),
        Overlay::Serve(form) => serve::form(model, form, frame, body),
        Overlay::Arrived(shown) => serve::draw(model, shown, frame, body),
        Overlay::Text(text) => selectable(model, "it", text.expose(), frame, body),
        Overlay::Qr { code, link, unreachable } => forms::qr(model, code, *link, *unreachable, frame, body),
    }
}

fn offer(theme: Theme, key: &'static str, what: &'static str, detail: &'static str) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!("{key:<5}"), theme.key()),
        Span::raw(format!("{what:<10}")),
        Span::styled(detail, theme.dim()),
    ])
}

/// An empty frame in the middle of `body`; what is inside it.
pub(super) fn open(
    model: &Model,
    title: &str,
    width: u16,
    height: u16,
    frame: &mut Frame<'_>,
    body: Rect,
) -> Rect {
    let theme = model.options.theme;
    let area = centred(body, width, height);
    frame.render_widget(Clear, area);
    let title = Span::styled(format!(" {title} "), theme.strong());
    frame.render_widget(framed(theme, true).title(title), area);
    area.inner(Margin::new(2, 1))
}

/// A box of text as small as the text.
pub(super) fn words(
    model: &Model,
    title: &str,
    lines: Vec<Line<'static>>,
    frame: &mut Frame<'_>,
    body: Rect,
) {
    let room = usize::from(body.width.saturating_sub(4)).min(76);
    let widest = lines.iter().map(Line::width).max().unwrap_or(0).clamp(title.width() + 2, room.max(20));
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let theme = model.options.theme;
    let rows = |line: &Line<'_>| paragraph(&line.to_string(), small(widest), u16::MAX, theme).len().max(1);
    let rows: usize = lines.iter().map(rows).sum();
    let inner = open(model, title, small(widest + 4), small(rows + 2), frame, body);
    frame.render_widget(Paragraph::new(Text::from(lines)).wrap(Wrap { trim: false }), inner);
}

// ---- help

/// The lines of the help for these contexts: a heading for each place, then its keys.
#[must_use]
pub fn help_rows(contexts: &[Context]) -> Vec<(String, &'static str)> {
    let mut rows = Vec::new();
    let mut section = |title: &'static str, of: &dyn Fn(&Binding) -> bool| {
        rows.push((String::new(), title));
        for binding in BINDINGS.iter().filter(|b| of(b) && !b.help.is_empty()) {
            let keys: Vec<String> = binding.keys.iter().map(|key| key.said()).collect();
            rows.push((keys.join(" "), binding.help));
        }
    };
    for context in contexts {
        match context {
            Context::Compose => section("Compose", &|b| b.context == Context::Compose),
            Context::Pane => {
                section("Compose, panes", &|b| matches!(b.context, Context::Pane | Context::Compose));
            }
            Context::Inspect => section("Inspect", &|b| b.context == Context::Inspect),
            Context::Explained => section("Inspect, an error", &|b| b.context == Context::Explained),
            Context::Ledger => section("Ledger", &|b| b.context == Context::Ledger),
            Context::Table => section("Many participants", &|b| b.context == Context::Table),
            Context::Diff => section("Difference", &|b| b.context == Context::Diff),
            Context::Projects => section("Projects", &|b| b.context == Context::Projects),
            Context::Serve => section("Serve", &|b| b.context == Context::Serve),
            Context::Welcome | Context::Stranded => {
                section("Welcome", &|b| b.context == *context);
            }
            _ => {}
        }
    }
    rows.push((String::new(), "Moving"));
    rows.push(("arrows hjkl".into(), "move"));
    rows.push(("PgUp PgDn g G".into(), "by pages, to the ends"));
    rows.push(("Tab Shift-Tab".into(), "next pane, pane before"));
    let mut section = |title: &'static str, of: &dyn Fn(&Binding) -> bool| {
        rows.push((String::new(), title));
        for binding in BINDINGS.iter().filter(|b| of(b) && !b.help.is_empty()) {
            let keys: Vec<String> = binding.keys.iter().map(|key| key.said()).collect();
            rows.push((keys.join(" "), binding.help));
        }
    };
    section("Everywhere", &|b| {
        matches!(b.context, Context::Global | Context::Always) && !b.help.contains("pane")
    });
    rows.push((String::new(), "In a text"));
    rows.push(("Enter".into(), "accept"));
    rows.push(("Esc".into(), "leave it as it was; Ctrl-R brings back what was typed"));
    rows.push(("Ctrl-Y".into(), "accept, sign and copy"));
    rows.push(("Ctrl-W Ctrl-U Ctrl-K".into(), "delete a word, to the start, to the end"));
    rows
}

/// How many lines of the help are in view.
#[must_use]
pub fn help_height(size: Size) -> usize {
    usize::from(size.height.saturating_sub(4)).max(1)
}

fn help(model: &Model, contexts: &[Context], scroll: usize, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let rows = help_rows(contexts);
    let keys = rows.iter().map(|(keys, _)| keys.width()).max().unwrap_or(0);
    let lines: Vec<Line<'static>> = rows
        .into_iter()
        .map(|(key, what)| {
            if key.is_empty() {
                Line::from(Span::styled(what, theme.strong()))
            } else {
                Line::from(vec![Span::styled(format!("  {key:<keys$}  "), theme.key()), Span::raw(what)])
            }
        })
        .collect();
    let widest = lines.iter().map(Line::width).max().unwrap_or(0) + 4;
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let inner = open(model, "Keys", small(widest), small(lines.len() + 2), frame, body);
    let shown = usize::from(inner.height);
    let first = scroll.min(lines.len().saturating_sub(shown));
    let more = lines.len() > shown;
    let text: Vec<Line<'static>> =
        lines.into_iter().skip(first).map(|line| cut(line, inner.width, theme)).collect();
    draw_lines(frame, &text, inner);
    if more {
        let note = " j k scroll ";
        let spot =
            Rect::new(inner.right().saturating_sub(small(note.len())), inner.bottom(), small(note.len()), 1);
        draw_line(frame, &Line::from(Span::styled(note, theme.dim())), spot.intersection(body));
    }
}

// ---- pickers and lists

pub(super) fn pick(model: &Model, picker: &Picker, frame: &mut Frame<'_>, body: Rect) {
    let widest = picker.widest();
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let width =
        small(widest.title.min(60) + widest.detail.min(60) + widest.mark + 10).clamp(36, body.width.max(36));
    let height = small(picker.items().len() + 4).min(body.height.saturating_sub(2).max(8)).min(20);
    pick_in(model, picker, true, frame, centred(body, width, height));
}

/// A list to pick from that fills `area`; the details of its rows only if they are wanted.
pub(super) fn pick_in(model: &Model, picker: &Picker, details: bool, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.options.theme;
    let items = picker.items();
    let titles = picker.widest().title.min(60);
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let inner = open(model, picker.title, area.width, area.height, frame, area);
    let query = Rect { height: 1, ..inner };
    let (line, column) = picker.query.view(query.width.saturating_sub(2), Style::new());
    let mut prompt = Line::from(Span::styled("> ", theme.key()));
    if picker.query.text().is_empty() {
        prompt.push_span(Span::styled("type to find", theme.dim()));
    }
    prompt.spans.extend(line.spans);
    draw_line(frame, &prompt, query);
    frame.set_cursor_position((query.x + 2 + column, query.y));
    let list = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    if picker.hits().is_empty() {
        let nothing = match picker.purpose {
            Purpose::Project => "no project has that in its name",
            _ => "nothing has that in its name",
        };
        draw_line(frame, &Line::from(Span::styled(nothing, theme.dim())), list);
    }
    let first = first_row(picker.cursor, picker.hits().len(), usize::from(list.height));
    for (y, (at, hit)) in (list.y..list.bottom()).zip(picker.hits().iter().enumerate().skip(first)) {
        let item = &items[hit.index];
        let spot = Rect { y, height: 1, ..list };
        let mut line = Line::default();
        for (i, c) in visible(&item.title).chars().enumerate() {
            let marked = u32::try_from(i).is_ok_and(|i| hit.marked.contains(&i));
            let style = if marked { theme.key().patch(theme.strong()) } else { Style::new() };
            line.push_span(Span::styled(c.to_string(), style));
        }
        if details {
            let pad = titles.saturating_sub(item.title.width()) + 2;
            line.push_span(Span::styled(
                format!("{}{}", " ".repeat(pad), visible(&item.detail)),
                theme.dim(),
            ));
        }
        let room = spot.width.saturating_sub(small(item.mark.width() + 1));
        let mut line = cut(line, room, theme);
        let fill = usize::from(spot.width).saturating_sub(line.width() + item.mark.width());
        line.push_span(Span::raw(" ".repeat(fill)));
        line.push_span(Span::styled(item.mark.clone(), theme.key()));
        draw_line(frame, &line, spot);
        if at == picker.cursor {
            draw_bar(frame, spot, theme, true);
        }
    }
}

fn check(model: &Model, path: &str, cursor: usize, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let Some(entry) = catalog::entry(path) else { return };
    let chosen: &[String] = match entry.field {
        Field::Sources(at) | Field::Words(at, _) => (at.get)(&model.compose.draft),
        _ => return,
    };
    let words = checklist(path);
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let none = if path == "video.canPublishSources" { "none chosen: all four" } else { "none chosen" };
    let inner = open(model, entry.label, 38, small(words.len() + 4), frame, body);
    for (i, word) in words.iter().enumerate() {
        let on = chosen.iter().any(|have| have == word);
        let sign = if on { theme.on() } else { theme.off() };
        let text = format!("{sign} {word}");
        let fill = usize::from(inner.width).saturating_sub(text.width());
        let style = if i == cursor { theme.cursor(true) } else { Style::new() };
        let spot = Rect { y: inner.y + small(i), height: 1, ..inner }.intersection(inner);
        draw_line(frame, &Line::from(format!("{text}{}", " ".repeat(fill))).style(style), spot);
    }
    if chosen.is_empty() {
        let spot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
        draw_line(frame, &Line::from(Span::styled(none, theme.dim())), spot);
    }
}

fn pairs(model: &Model, editor: &PairsEditor, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let Some(entry) = catalog::entry(editor.path) else { return };
    let Field::Pairs(at) = entry.field else { return };
    let pairs = (at.get)(&model.compose.draft);
    let row = |(key, value): (&String, &String)| {
        format!("{}  =  {}", beginning(key, MOST_COLUMNS), beginning(value, MOST_COLUMNS))
    };
    let rows = |seen: Range<usize>| pairs.iter().skip(seen.start).take(seen.len()).map(row).collect();
    let note = match &editor.wrong {
        Some(wrong) => Span::styled(wrong.clone(), theme.bad()),
        None => Span::styled("text keys, text values", theme.dim()),
    };
    list(
        model,
        &ListShape {
            title: entry.label,
            count: pairs.len(),
            rows: &rows,
            cursor: editor.cursor,
            add: "add key=value",
        },
        frame,
        body,
        |frame, spot| {
            if let Some(field) = &editor.field {
                let (line, column) = field.view(spot.width, Style::new());
                frame.render_widget(Clear, spot);
                draw_line(frame, &line, spot);
                frame.set_cursor_position((spot.x + column, spot.y));
            }
        },
        note,
    );
}

/// More columns than a row of a list has.
const MOST_COLUMNS: usize = 128;

/// More rows than a list shows at once.
const MOST_ROWS: usize = 21;

struct ListShape<'a> {
    title: &'a str,
    count: usize,
    /// Those of these places.
    rows: &'a dyn Fn(Range<usize>) -> Vec<String>,
    cursor: usize,
    add: &'a str,
}

/// A list that can be changed: its rows, a line that adds, and below it a note. `over` draws over the row under
/// the cursor.
fn list(
    model: &Model,
    shape: &ListShape<'_>,
    frame: &mut Frame<'_>,
    body: Rect,
    over: impl FnOnce(&mut Frame<'_>, Rect),
    note: Span<'static>,
) {
    let theme = model.options.theme;
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    // Of a list that is longer than the box only what is in view is written: the box is as wide as it gets then.
    let widest = match shape.count {
        MOST_ROWS.. => 70,
        few => (shape.rows)(0..few).iter().map(|row| row.width()).max().unwrap_or(0).clamp(44, 70),
    };
    let total = shape.count + 1;
    let inner = open(model, shape.title, small(widest + 4), small(total + 4).min(20), frame, body);
    let rows = Rect { height: inner.height.saturating_sub(2), ..inner };
    let first = first_row(shape.cursor, total, usize::from(rows.height));
    let mut under = rows;
    let last = (first + usize::from(rows.height)).min(shape.count);
    let mut seen = (shape.rows)(first..last).into_iter();
    for (y, at) in (rows.y..rows.bottom()).zip(first..total) {
        let spot = Rect { y, height: 1, ..rows };
        let line = match seen.next() {
            Some(row) => Line::from(row),
            None => Line::from(vec![
                Span::styled("+ ", theme.key()),
                Span::styled(shape.add.to_owned(), theme.dim()),
            ]),
        };
        draw_line(frame, &cut(line, spot.width, theme), spot);
        if at == shape.cursor {
            draw_bar(frame, spot, theme, true);
            under = spot;
        }
    }
    over(frame, Rect { height: 1, ..under });
    let spot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    draw_line(frame, &cut(Line::from(note), spot.width, theme), spot);
}

fn agents(model: &Model, editor: &AgentsEditor, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let Some(entry) = catalog::entry(editor.path) else { return };
    let Field::Dispatches(at) = entry.field else { return };
    let all = (at.get)(&model.compose.draft);
    let row = |agent: &AgentDispatch| {
        let name = if agent.agent_name.is_empty() { "(every unnamed worker)" } else { &agent.agent_name };
        let more: Vec<String> = [("metadata", &agent.metadata), ("deployment", &agent.deployment)]
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(label, text)| format!("  {label} {}", beginning(text, MOST_COLUMNS)))
            .collect();
        format!("{}{}", beginning(name, MOST_COLUMNS), more.concat())
    };
    let rows = |seen: Range<usize>| all[seen].iter().map(row).collect();
    let note = Span::styled("they join when this join creates the room", theme.dim());
    let shape = ListShape {
        title: "Agents to dispatch",
        count: all.len(),
        rows: &rows,
        cursor: editor.cursor,
        add: "add an agent",
    };
    list(model, &shape, frame, body, |_, _| {}, note);
    if let Some(form) = &editor.form {
        agent_form(model, form, frame, body);
    }
}

fn agent_form(model: &Model, form: &AgentForm, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let inner = open(model, "Agent", 62, 10, frame, body);
    for (i, (label, field)) in AgentForm::LABELS.iter().zip(form.fields()).enumerate() {
        let y = inner.y + u16::try_from(i * 2).unwrap_or(0);
        let remark = form.remark(i).map(|(wrong, text)| {
            Line::from(Span::styled(text, if wrong { theme.bad() } else { theme.dim() }))
        });
        labelled(frame, theme, Rect { y, ..inner }, label, field, form.at == i, remark);
    }
}

/// A field with its label in front and a remark below.
pub(super) fn labelled(
    frame: &mut Frame<'_>,
    theme: Theme,
    spot: Rect,
    label: &str,
    field: &crate::tui::widgets::text_field::TextField,
    focused: bool,
    remark: Option<Line<'static>>,
) {
    const LABEL: u16 = 15;
    let style = if focused { theme.strong() } else { theme.dim() };
    let clip = frame.area();
    let row = Rect { height: 1, ..spot }.intersection(clip);
    draw_line(frame, &Line::from(Span::styled(label.to_owned(), style)), row);
    let value = Rect { x: spot.x + LABEL, width: spot.width.saturating_sub(LABEL), height: 1, ..spot };
    let (line, column) = field.view(value.width, Style::new());
    // A quiet line shows where to type.
    let fill = usize::from(value.width).saturating_sub(line.width());
    let mut shown = line;
    shown.push_span(Span::styled(theme.blank().repeat(fill), theme.dim()));
    draw_line(frame, &shown, value.intersection(clip));
    if focused {
        frame.set_cursor_position((value.x + column.min(value.width.saturating_sub(1)), value.y));
    }
    if let Some(remark) = remark {
        let below = Rect { y: spot.y + 1, ..value };
        draw_line(frame, &cut(remark, below.width, theme), below.intersection(clip));
    }
}

// ---- editors

fn long_text(model: &Model, text: &LongText, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let Some(entry) = catalog::entry(text.path) else { return };
    let width = body.width.saturating_sub(4).min(90);
    let (lines, caret) = text.field.view_lines(width.saturating_sub(4), body.height, Style::new());
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let height = small(lines.len() + 4).clamp(9, body.height.max(9));
    let inner = open(model, entry.path, width, height, frame, body);
    let area = Rect { height: inner.height.saturating_sub(2), ..inner };
    let first = first_row(usize::from(caret.0), lines.len(), usize::from(area.height));
    let shown: Vec<Line<'static>> = lines.into_iter().skip(first).take(usize::from(area.height)).collect();
    draw_lines(frame, &shown, area);
    let y = area.y + caret.0.saturating_sub(small(first));
    frame.set_cursor_position((area.x + caret.1.min(area.width.saturating_sub(1)), y));
    let note = match &text.wrong {
        Some((what, hint)) => Line::from(vec![
            Span::styled(visible(what).into_owned(), theme.bad()),
            Span::styled(format!(" {} {}", theme.dot(), visible(hint)), theme.dim()),
        ]),
        None => Line::from(Span::styled(visible(&text.said).into_owned(), theme.dim())),
    };
    let spot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    draw_line(frame, &cut(note, spot.width, theme), spot);
}

fn project(model: &Model, form: &ProjectForm, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let title =
        form.changes.as_ref().map_or_else(|| "Add a project".to_owned(), |name| format!("Change {name}"));
    let inner = open(model, &title, 76, 12, frame, body);
    for (i, part) in Part::ALL.into_iter().enumerate() {
        let y = inner.y + u16::try_from(i * 2).unwrap_or(0);
        let remark = form.remark(part, &model.projects.stored).map(|remark| match remark {
            Remark::Wrong(what, _) => Line::from(Span::styled(what, theme.bad())),
            Remark::Warning(text) => Line::from(Span::styled(format!("! {text}"), theme.warning())),
            Remark::Cleaned(text) => Line::from(Span::styled(text, theme.key())),
            Remark::Fine(text) => Line::from(Span::styled(text, theme.dim())),
        });
        labelled(frame, theme, Rect { y, ..inner }, part.label(), form.field(part), form.at == part, remark);
    }
    let cure = match form.remark(form.at, &model.projects.stored) {
        Some(Remark::Wrong(_, hint)) => Some(hint),
        _ => None,
    };
    let note = match (&form.refused, form.saving) {
        (Some((what, hint)), _) => Line::from(vec![
            Span::styled(what.clone(), theme.bad()),
            Span::styled(format!(" {} {hint}", theme.dot()), theme.dim()),
        ]),
        (None, true) => Line::from(Span::styled("saving…", theme.dim())),
        (None, false) => Line::from(Span::styled(
            cure.unwrap_or_else(|| {
                "paste a .env block and it fills all fields; Ctrl-R shows the secret".into()
            }),
            theme.dim(),
        )),
    };
    let spot = Rect { y: inner.y + 9, height: 1, ..inner }.intersection(body);
    draw_line(frame, &cut(note, spot.width, theme), spot);
}

fn ask_passphrase(model: &Model, passphrase: &Passphrase, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let title = if passphrase.new { "A passphrase for the new vault" } else { "The vault's passphrase" };
    let height = if passphrase.new { 7 } else { 5 };
    let inner = open(model, title, 62, height, frame, body);
    let [first, again] = passphrase.fields();
    labelled(frame, theme, inner, "Passphrase", first, !passphrase.at_again, None);
    if passphrase.new {
        let spot = Rect { y: inner.y + 2, ..inner };
        labelled(frame, theme, spot, "Once more", again, passphrase.at_again, None);
    }
    let note = match (&passphrase.wrong, passphrase.opening) {
        (Some(wrong), _) => Span::styled(wrong.clone(), theme.bad()),
        (None, true) => Span::styled("opening…", theme.dim()),
        (None, false) if passphrase.new => {
            Span::styled("without it nobody opens the vault, or resets it", theme.dim())
        }
        (None, false) => Span::styled("asked once each time roomkey starts", theme.dim()),
    };
    let spot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    draw_line(frame, &cut(Line::from(note), spot.width, theme), spot);
}

// ---- things to read and to answer

fn confirm(model: &Model, question: &Confirm, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let keys = |yes: &'static str, no: &'static str| {
        Line::from(vec![
            Span::styled("y ", theme.key()),
            Span::raw(format!("{yes}   ")),
            Span::styled("Esc ", theme.key()),
            Span::raw(no),
        ])
    };
    match question {
        Confirm::Remove(name) => {
            let lines = vec![
                Line::from(format!("Its key and secret leave the {}.", model.store_name())),
                Line::from(Span::styled(
                    "Tokens that are out there go on working until they expire.",
                    theme.dim(),
                )),
                Line::default(),
                keys("remove", "keep"),
            ];
            words(model, &format!("Remove {}?", visible(name.as_str())), lines, frame, body);
        }
        Confirm::ForgetOld(listing) => guard::forget(model, listing, keys("forget", "keep"), frame, body),
        Confirm::ReplacePreset(name) => {
            let lines = vec![
                Line::from("What it says now is then gone; the draft takes its place."),
                Line::default(),
                keys("replace", "not like this"),
            ];
            words(model, &format!("Replace the preset {}?", visible(name)), lines, frame, body);
        }
        Confirm::RemovePreset(name) => {
            let lines = vec![
                Line::from("Tokens that were made from it go on working."),
                Line::default(),
                keys("delete", "keep"),
            ];
            words(model, &format!("Delete the preset {}?", visible(name)), lines, frame, body);
        }
        Confirm::Purge(count) => {
            let rows = if *count == 1 { "row" } else { "rows" };
            let lines = vec![
                Line::from("What still works stays. That these were issued is then known nowhere."),
                Line::default(),
                keys("remove", "keep"),
            ];
            let count = grouped(u64::try_from(*count).unwrap_or(u64::MAX));
            words(model, &format!("Remove {count} {rows} of expired tokens?"), lines, frame, body);
        }
        Confirm::SignAnyway(errors) => {
            let mut lines: Vec<Line<'static>> = errors
                .iter()
                .map(|e| {
                    Line::from(vec![
                        Span::styled(format!("{} ", theme.no()), theme.bad()),
                        Span::raw(visible(e).into_owned()),
                    ])
                })
                .collect();
            lines.push(Line::default());
            lines.push(keys("sign anyway", "not like this"));
            words(model, "A server would refuse it", lines, frame, body);
        }
    }
}

fn answer(model: &Model, answered: &Answered, frame: &mut Frame<'_>, body: Rect) {
    let width = body.width.saturating_sub(4).min(72);
    let at = (model.now, &model.zone);
    let lines = answer_lines(answered, model.options.theme, width, at);
    words(model, "Server", lines, frame, body);
}

fn problem(model: &Model, problem: &Problem, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let (sign, style) = severity(theme, problem.rule.severity);
    let mut lines = vec![
        Line::from(Span::styled(format!("{sign} {}", visible(&problem.message)), style)),
        Line::default(),
        Line::from(problem.rule.why),
        Line::default(),
        Line::from(vec![Span::styled("Cure  ", theme.key()), Span::raw(problem.rule.cure)]),
    ];
    if problem.path.is_some() && model.screen == Screen::Compose {
        lines.push(Line::default());
        lines.push(Line::from(Span::styled("Enter goes to the row, Esc closes", theme.dim())));
    }
    words(model, &format!("{}: {}", problem.rule.severity.as_str(), problem.rule.id), lines, frame, body);
}

/// A text alone on the screen and unbroken by frames, so that the terminal can select it.
fn selectable(model: &Model, what: &str, text: &str, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    frame.render_widget(Clear, body);
    let heading = Line::from(Span::styled(
        format!("No clipboard can be reached. Select {what} with the mouse; Esc goes back."),
        theme.warning(),
    ));
    frame.render_widget(Paragraph::new(heading), Rect { height: 1, ..body });
    let below = Rect { y: body.y + 2, height: body.height.saturating_sub(2), ..body };
    let (width, height) = (usize::from(below.width.max(1)), usize::from(below.height));
    // No more of a long text than can be seen.
    let rows: Vec<Line<'static>> = text
        .lines()
        .take(height)
        .flat_map(|line| {
            let line = line.replace('\t', "    ");
            forms::broken(&visible(&beginning(&line, width * height)), width)
        })
        .take(height)
        .map(Line::from)
        .collect();
    draw_lines(frame, &rows, below);
}
