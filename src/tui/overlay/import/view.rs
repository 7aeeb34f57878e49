//! Drawing an import.
//!
//! ```text
//! ╭ Import from lk's ~/.livekit/cli-config.yaml ───────────────────────╮
//! │ save      shop      wss://shop.example     APIshop   new           │
//! │ ?         acme      wss://other.example    APIother  differs: URL  │
//! │ -         beta      wss://beta.example     APIbeta   same          │
//! │                                                                    │
//! │ acme is there already, with another URL: s r n                     │
//! ╰────────────────────────────────────────────────────────────────────╯
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::import::Change;
use crate::text::visible;
use crate::tui::layout::first_row;
use crate::tui::message::import::{Imported, Offer, Plan, Wish};
use crate::tui::model::Model;
use crate::tui::overlay::view::{open, words};
use crate::tui::painter::Frame;
use crate::tui::theme::Theme;
use crate::tui::view::cut;
use crate::tui::widgets::lines::{draw_bar, draw_line};

use super::{Import, Stage};

/// Draws it.
pub(in crate::tui::overlay) fn draw(model: &Model, import: &Import, frame: &mut Frame<'_>, body: Rect) {
    match &import.stage {
        Stage::Places { offers, cursor } => places(model, import, offers.as_deref(), *cursor, frame, body),
        Stage::Plan { plan: found, wishes, cursor } => {
            plan(model, import, found, wishes, *cursor, frame, body);
        }
        Stage::Done { imported, lk, emptied } => {
            let theme = model.options.theme;
            let mut lines = saved(theme, imported, model.store_name());
            match (lk, emptied) {
                (None, _) => {}
                (Some(path), None) => {
                    lines.push(Line::default());
                    let text = format!("Their secrets are still in the clear in {}.", visible(path));
                    lines.push(Line::from(Span::styled(text, theme.warning())));
                    lines.push(Line::from(vec![
                        Span::styled("b ", theme.key()),
                        Span::raw("takes them out; a copy of the file as it was stays beside it"),
                    ]));
                }
                (Some(_), Some(emptied)) if emptied.count == 0 => {
                    lines.push(Line::default());
                    lines.push(Line::from("There was no secret left to take out."));
                }
                (Some(path), Some(emptied)) => {
                    let secrets = if emptied.count == 1 { "secret" } else { "secrets" };
                    lines.push(Line::default());
                    lines.push(Line::from(format!(
                        "Took {} {secrets} out of {}.",
                        emptied.count,
                        visible(path)
                    )));
                    let text =
                        format!("The file as it was, secrets and all, is {}.", visible(&emptied.backup));
                    lines.push(Line::from(Span::styled(text, theme.warning())));
                    let text = "Remove it once lk is not needed any more, or gets them by roomkey run -- lk";
                    lines.push(Line::from(Span::styled(text, theme.dim())));
                }
            }
            if let Some(note) = note(theme, import) {
                lines.push(Line::default());
                lines.push(note);
            }
            words(model, "Imported", lines, frame, body);
        }
    }
}

/// What went wrong, or that one has to wait.
fn note(theme: Theme, import: &Import) -> Option<Line<'static>> {
    match (&import.refused, import.busy) {
        (Some((what, hint)), _) => Some(Line::from(vec![
            Span::styled(visible(what).into_owned(), theme.bad()),
            Span::styled(format!(" {} {}", theme.dot(), visible(hint)), theme.dim()),
        ])),
        (None, true) => Some(Line::from(Span::styled("a moment…", theme.dim()))),
        (None, false) => None,
    }
}

fn saved(theme: Theme, imported: &Imported, store: &str) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = imported
        .saved
        .iter()
        .take(12)
        .map(|(name, replaced)| {
            let done = if *replaced { "replaced" } else { "saved" };
            Line::from(vec![
                Span::styled(format!("{} ", theme.yes()), theme.good()),
                Span::raw(format!("{done} {} in the {store}", visible(name.as_str()))),
            ])
        })
        .collect();
    if imported.saved.len() > 12 {
        lines.push(Line::from(format!("and {} more", imported.saved.len() - 12)));
    }
    if imported.saved.is_empty() {
        lines.push(Line::from("Nothing was saved."));
    }
    if imported.skipped > 0 {
        let (count, are) = (imported.skipped, if imported.skipped == 1 { "is" } else { "are" });
        let text = format!("{count} {are} left as before");
        lines.push(Line::from(Span::styled(text, theme.dim())));
    }
    lines
}

/// `lk's /home/kim/.livekit/cli-config.yaml  acme, beta`.
fn offered(offer: &Offer) -> (String, String) {
    let names: Vec<&str> = offer.names.iter().map(crate::project::ProjectName::as_str).collect();
    (visible(&offer.source.to_string()).into_owned(), visible(&names.join(", ")).into_owned())
}

fn places(
    model: &Model,
    import: &Import,
    offers: Option<&[Offer]>,
    cursor: usize,
    frame: &mut Frame<'_>,
    body: Rect,
) {
    let theme = model.options.theme;
    let rows: Vec<(String, String)> = offers.unwrap_or_default().iter().map(offered).collect();
    let widest = rows.iter().map(|(source, names)| source.width() + names.width() + 2).max().unwrap_or(0);
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let width = small(widest + 4).clamp(66, 100).min(body.width);
    let inner = open(model, "Import projects", width, small(rows.len().clamp(1, 12) + 5), frame, body);
    let list = Rect { height: inner.height.saturating_sub(3), ..inner };
    if rows.is_empty() {
        let text = match offers {
            None => "looking…",
            Some(_) => "no configuration of lk, no .env or livekit.yaml here, no LIVEKIT_ variables",
        };
        draw_line(frame, &cut(Line::from(Span::styled(text, theme.dim())), list.width, theme), list);
    }
    let first = first_row(cursor, rows.len(), usize::from(list.height));
    for ((at, (source, names)), y) in rows.iter().enumerate().skip(first).zip(list.y..list.bottom()) {
        let line =
            Line::from(vec![Span::raw(format!("{source}  ")), Span::styled(names.clone(), theme.dim())]);
        let spot = Rect { y, height: 1, ..list };
        draw_line(frame, &cut(line, spot.width, theme), spot);
        if at == cursor {
            draw_bar(frame, spot, theme, true);
        }
    }
    let hint = "or paste lk's configuration, a .env block, a livekit.yaml";
    let hint = Line::from(Span::styled(hint, theme.dim()));
    let spot = Rect { y: inner.bottom().saturating_sub(2), height: 1, ..inner };
    draw_line(frame, &cut(hint, spot.width, theme), spot);
    if let Some(note) = note(theme, import) {
        let spot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
        draw_line(frame, &cut(note, spot.width, theme), spot);
    }
}

const fn said(wish: Option<Wish>) -> &'static str {
    match wish {
        None => "?",
        Some(Wish::Save) => "save",
        Some(Wish::Skip) => "skip",
        Some(Wish::Replace) => "replace",
        Some(Wish::Rename) => "rename",
    }
}

fn plan(
    model: &Model,
    import: &Import,
    plan: &Plan,
    wishes: &[Option<Wish>],
    cursor: usize,
    frame: &mut Frame<'_>,
    body: Rect,
) {
    let theme = model.options.theme;
    let cells: Vec<[String; 4]> = plan
        .rows
        .iter()
        .map(|row| {
            let listing = &row.listing;
            let star = if row.is_default { "* " } else { "" };
            let texts = [
                format!("{star}{}", listing.name),
                row.change.said(&listing.name),
                listing.url.ws(),
                listing.key.to_string(),
            ];
            texts.map(|text| visible(&text).into_owned())
        })
        .collect();
    let widest: Vec<usize> =
        (0..4).map(|at| cells.iter().map(|row| row[at].width()).max().unwrap_or(0)).collect();
    let all: usize = 9 + widest.iter().map(|width| width + 2).sum::<usize>();
    let below = 2 + plan.left_out.len().min(4);
    let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let title = format!("Import from {}", visible(&plan.source.to_string()));
    let width = small((all + 4).max(title.width() + 6)).clamp(66, 118).min(body.width);
    let inner = open(model, &title, width, small(plan.rows.len().max(1) + below + 3), frame, body);
    let list = Rect { height: inner.height.saturating_sub(small(below)), ..inner };
    let first = first_row(cursor, cells.len(), usize::from(list.height));
    for ((at, row), y) in cells.iter().enumerate().skip(first).zip(list.y..list.bottom()) {
        let wish = wishes.get(at).copied().flatten();
        let style = match wish {
            None => theme.warning(),
            Some(Wish::Skip) => theme.dim(),
            Some(_) => theme.good(),
        };
        let mut line = Line::from(Span::styled(format!("{:<9}", said(wish)), style));
        for (text, widest) in row.iter().zip(&widest) {
            line.push_span(Span::raw(format!("{text}{}  ", " ".repeat(widest - text.width()))));
        }
        let spot = Rect { y, height: 1, ..list };
        draw_line(frame, &cut(line, spot.width, theme), spot);
        if at == cursor {
            draw_bar(frame, spot, theme, true);
        }
    }
    let mut y = list.bottom();
    let mut put = |line: Line<'static>| {
        let spot = Rect { y, height: 1, ..inner }.intersection(inner);
        draw_line(frame, &cut(line, spot.width, theme), spot);
        y += 1;
    };
    for (name, why) in plan.left_out.iter().take(4) {
        let text = format!("left out {}: {}", visible(name), visible(why));
        put(Line::from(Span::styled(text, theme.warning())));
    }
    put(Line::default());
    put(note(theme, import).unwrap_or_else(|| about(theme, plan, wishes, cursor)));
}

/// What is to be said of the row under the cursor.
fn about(theme: Theme, plan: &Plan, wishes: &[Option<Wish>], cursor: usize) -> Line<'static> {
    let Some(row) = plan.rows.get(cursor) else { return Line::default() };
    let name = visible(row.listing.name.as_str()).into_owned();
    let key = |key: &'static str| Span::styled(key, theme.key());
    match (&row.change, wishes.get(cursor).copied().flatten()) {
        (Change::Differs { .. }, None) => Line::from(vec![
            Span::styled(format!("{name} is there already: "), theme.warning()),
            key("s"),
            Span::raw(" keep  "),
            key("r"),
            Span::raw(" replace  "),
            key("n"),
            Span::raw(" rename the new one"),
        ]),
        _ if !row.notes.is_empty() => {
            Line::from(Span::styled(visible(&row.notes.join("; ")).into_owned(), theme.dim()))
        }
        _ => Line::from(Span::styled("what is read stays as it is", theme.dim())),
    }
}
