//! Drawing the question how many, and the table of the tokens.
//!
//! ```text
//! ╭ 50 tokens for acme ───────────────────────────────────────────────╮
//! │  n  identity   name      expires   fingerprint                     │
//! │  1  load-1     Load 1    20:42     3f9c0a12be77                    │
//! │  …                                                                 │
//! │ ! what is odd about them                                           │
//! │ the token under the cursor, hidden until v                         │
//! ╰────────────────────────────────────────────────────────────────────╯
//! ```

use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;
use unicode_width::UnicodeWidthStr;

use crate::text::{beginning, visible};
use crate::tui::layout::{areas, first_row};
use crate::tui::message::many::One;
use crate::tui::model::Model;
use crate::tui::overlay::forms::broken;
use crate::tui::overlay::view::{labelled, open};
use crate::tui::painter::Frame;
use crate::tui::view::{cut, framed};
use crate::tui::widgets::lines::{draw_bar, draw_line, draw_text};

use super::{HowMany, Part, Table};

/// Draws the question.
pub(in crate::tui::overlay) fn ask(model: &Model, form: &HowMany, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    let inner = open(model, "Many participants", 76, 10, frame, body);
    let moment = model.moment();
    for (i, part) in Part::ALL.into_iter().enumerate() {
        let y = inner.y + u16::try_from(i * 2).unwrap_or(0);
        let remark = form.remark(part, &moment).map(|(wrong, text)| {
            let style = if wrong { theme.bad() } else { theme.dim() };
            Line::from(Span::styled(visible(&text).into_owned(), style))
        });
        labelled(frame, theme, Rect { y, ..inner }, part.label(), form.field(part), form.at == i, remark);
    }
    let note = match (&form.refused, form.signing) {
        (Some((what, hint)), _) => Line::from(vec![
            Span::styled(visible(what).into_owned(), theme.bad()),
            Span::styled(format!(" {} {}", theme.dot(), visible(hint)), theme.dim()),
        ]),
        (None, true) => Line::from(Span::styled("signing…", theme.dim())),
        (None, false) => Line::from(Span::styled(
            "all else is the draft's; {n} counts, also {rand4} {user} {date} {time}",
            theme.dim(),
        )),
    };
    let spot = Rect { y: inner.y + 7, height: 1, ..inner }.intersection(body);
    draw_line(frame, &cut(note, spot.width, theme), spot);
}

/// Where the parts of the table are.
struct Parts {
    heads: Rect,
    rows: Rect,
    filter: Rect,
    said: Rect,
    token: Rect,
}

impl Parts {
    fn of(body: Rect, table: &Table) -> Self {
        let inner = body.inner(Margin::new(2, 1));
        let token = match (table.revealed, inner.height) {
            (true, 20..) => 6,
            (true, _) => 4,
            (false, _) => 1,
        };
        let said = u16::try_from(table.said.len()).unwrap_or(0).min(2);
        let filter = u16::from(table.filter.is_some());
        let below = (token + said + filter).min(inner.height.saturating_sub(2));
        let heads = Rect { height: 1.min(inner.height), ..inner };
        let rows = Rect { y: inner.y + 1, height: inner.height.saturating_sub(below + 1), ..inner };
        let mut y = rows.bottom();
        let mut next = |height: u16| {
            let part = Rect { y, height: height.min(inner.bottom().saturating_sub(y)), ..inner };
            y += part.height;
            part
        };
        Self { heads, rows, filter: next(filter), said: next(said), token: next(token) }
    }
}

/// How many rows are in view.
#[must_use]
pub fn height(model: &Model, table: &Table) -> usize {
    let body = areas(Rect::new(0, 0, model.size.width, model.size.height)).body;
    usize::from(Parts::of(body, table).rows.height)
}

/// The row at this place.
#[must_use]
pub fn row_at(body: Rect, table: &Table, at: ratatui::layout::Position) -> Option<usize> {
    let rows = Parts::of(body, table).rows;
    let first = first_row(table.cursor, table.shown(), usize::from(rows.height));
    rows.contains(at).then(|| first + usize::from(at.y - rows.y)).filter(|row| *row < table.shown())
}

/// The columns, as wide as what is in view.
struct Columns {
    number: usize,
    identity: usize,
    /// None where nobody in view has a name.
    name: Option<usize>,
    expires: usize,
    fingerprint: bool,
}

/// More of an identity or a name than anybody reads.
const WIDEST: usize = 40;

/// Draws the table.
pub(in crate::tui::overlay) fn table(model: &Model, table: &Table, frame: &mut Frame<'_>, body: Rect) {
    let theme = model.options.theme;
    frame.render_widget(Clear, body);
    let all = table.made.tokens.len();
    let tokens = if all == 1 { "token" } else { "tokens" };
    let title = format!(" {all} {tokens} for {} ", visible(&table.project));
    frame.render_widget(framed(theme, true).title(Span::styled(title, theme.strong())), body);
    let parts = Parts::of(body, table);
    let first = first_row(table.cursor, table.shown(), usize::from(parts.rows.height));
    let seen: Vec<(usize, &One)> =
        (first..first + usize::from(parts.rows.height)).filter_map(|at| Some((at, table.row(at)?))).collect();
    let widest = |text: fn(&One) -> String, head: &str| {
        seen.iter().map(|(_, one)| text(one).width()).max().unwrap_or(0).max(head.width())
    };
    let last = table.made.tokens.last().map_or(1, |one| one.n);
    let expires = |one: &One| model.zone.said(one.expires_at, model.now);
    let columns = Columns {
        number: last.to_string().len(),
        identity: widest(identity, "identity"),
        name: seen.iter().any(|(_, one)| !one.name.is_empty()).then(|| widest(name, "name")),
        expires: seen.iter().map(|(_, one)| expires(one).width()).max().unwrap_or(0).max("expires".len()),
        fingerprint: parts.rows.width >= 56,
    };
    let heads = row(&columns, ["n", "identity", "name", "expires", "fingerprint"].map(str::to_owned));
    draw_text(frame, &heads, theme.dim(), parts.heads, theme);
    for ((at, one), y) in seen.iter().zip(parts.rows.y..) {
        let texts = [one.n.to_string(), identity(one), name(one), expires(one), one.fingerprint.to_string()];
        let spot = Rect { y, height: 1, ..parts.rows };
        draw_text(frame, &row(&columns, texts), Style::new(), spot, theme);
        if *at == table.cursor {
            draw_bar(frame, spot, theme, true);
        }
    }
    if seen.is_empty() {
        draw_line(frame, &Line::from(Span::styled("no row has that in it", theme.dim())), parts.rows);
    }
    if let Some(filter) = &table.filter {
        let spot = parts.filter;
        let (line, column) = filter.view(spot.width.saturating_sub(2), Style::new());
        let mut prompt = Line::from(Span::styled("/ ", theme.key()));
        prompt.spans.extend(line.spans);
        draw_line(frame, &prompt, spot);
        frame.set_cursor_position((spot.x + 2 + column, spot.y));
    }
    for (text, y) in table.said.iter().zip(parts.said.y..parts.said.bottom()) {
        let line = Line::from(Span::styled(format!("! {}", visible(text)), theme.warning()));
        draw_line(frame, &cut(line, parts.said.width, theme), Rect { y, height: 1, ..parts.said });
    }
    token(model, table, frame, parts.token);
}

/// The token under the cursor: its length until it is revealed, then as much of it as there is room for.
fn token(model: &Model, table: &Table, frame: &mut Frame<'_>, spot: Rect) {
    let theme = model.options.theme;
    let Some(one) = table.selected() else { return };
    if !table.revealed {
        let hidden = format!("{}  {} characters, v shows it", theme.bullet().repeat(12), one.token.len());
        draw_line(frame, &cut(Line::from(Span::styled(hidden, theme.dim())), spot.width, theme), spot);
        return;
    }
    let (width, height) = (usize::from(spot.width.max(1)), usize::from(spot.height));
    let text = beginning(one.token.expose(), width * height);
    for (line, y) in broken(&text, width).into_iter().zip(spot.y..spot.bottom()) {
        draw_line(frame, &Line::from(line), Rect { y, height: 1, ..spot });
    }
}

fn identity(one: &One) -> String {
    visible(&beginning(&one.identity, WIDEST)).into_owned()
}

fn name(one: &One) -> String {
    visible(&beginning(&one.name, WIDEST)).into_owned()
}

fn row(columns: &Columns, [number, identity, name, expires, fingerprint]: [String; 5]) -> String {
    let left =
        |text: String, width: usize| format!("{text}{}  ", " ".repeat(width.saturating_sub(text.width())));
    let pad = " ".repeat(columns.number.saturating_sub(number.width()));
    let mut line = format!("{pad}{number}  {}", left(identity, columns.identity));
    if let Some(width) = columns.name {
        line.push_str(&left(name, width));
    }
    line.push_str(&left(expires, columns.expires));
    if columns.fingerprint {
        line.push_str(&fingerprint);
    }
    line
}
