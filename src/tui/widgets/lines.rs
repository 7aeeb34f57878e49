//! Lines of text, drawn as ratatui draws them, but sooner.
//!
//! ratatui divides every text into graphemes and looks up how wide each of them is. Nearly all text here is printable
//! ASCII, of which each byte is a column, and the whole screen is drawn for every keystroke.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use crate::text::is_plain;
use crate::tui::painter::Frame;
use crate::tui::theme::Theme;
use crate::tui::view::cut;

/// Draws a line at the top of an area: what does not fit is cut off, its style is the whole row's.
pub fn draw_line(frame: &mut Frame<'_>, line: &Line<'_>, area: Rect) {
    put(line, area, frame.buffer_mut());
}

/// Draws lines one under the other, as many as there is room for.
pub fn draw_lines(frame: &mut Frame<'_>, lines: &[Line<'_>], area: Rect) {
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        put(line, Rect { y, height: 1, ..area }, frame.buffer_mut());
    }
}

/// Draws a text at the start of a row, cut where it does not fit, with a sign that it was.
pub fn draw_text(frame: &mut Frame<'_>, text: &str, style: Style, row: Rect, theme: Theme) {
    if is_plain(text) && text.len() <= usize::from(row.width) {
        put_plain(text, style, row.intersection(frame.area()), frame.buffer_mut());
    } else {
        let line = cut(Line::from(Span::styled(text.to_owned(), style)), row.width, theme);
        put(&line, row, frame.buffer_mut());
    }
}

/// Makes a row that is drawn already the one under the cursor: one bar from edge to edge.
pub fn draw_bar(frame: &mut Frame<'_>, row: Rect, theme: Theme, focused: bool) {
    frame.buffer_mut().set_style(row, Style::reset().patch(theme.cursor(focused)));
}

fn put(line: &Line<'_>, area: Rect, buffer: &mut Buffer) {
    if !matches!(line.alignment, None | Some(Alignment::Left)) {
        return line.render(area, buffer);
    }
    let area = area.intersection(*buffer.area());
    if area.is_empty() || line.spans.iter().all(|span| columns(&span.content) == 0) {
        return;
    }
    let mut rest = Rect { height: 1, ..area };
    if line.style != Style::default() {
        buffer.set_style(rest, line.style);
    }
    for span in &line.spans {
        if rest.is_empty() {
            break;
        }
        let text = &*span.content;
        let width = columns(text);
        if is_plain(text) {
            put_plain(text, span.style, rest, buffer);
        } else if width > 0 {
            span.render(rest, buffer);
        }
        let width = u16::try_from(width).unwrap_or(u16::MAX).min(rest.width);
        rest = Rect { x: rest.x + width, width: rest.width - width, ..rest };
    }
}

/// Draws printable ASCII from the start of a row that is within the buffer.
fn put_plain(text: &str, style: Style, row: Rect, buffer: &mut Buffer) {
    if row.is_empty() {
        return;
    }
    let first = buffer.index_of(row.x, row.y);
    let cells = &mut buffer.content[first..first + usize::from(row.width)];
    for (cell, at) in cells.iter_mut().zip(0..text.len()) {
        cell.set_symbol(&text[at..=at]).set_style(style);
    }
}

fn columns(text: &str) -> usize {
    if is_plain(text) { text.len() } else { text.width() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::{Color, Stylize};
    use ratatui::text::Span;

    use super::*;

    fn drawn(draw: impl Fn(Rect, &mut Buffer)) -> Buffer {
        let whole = Rect::new(0, 0, 12, 3);
        let mut buffer = Buffer::filled(whole, ratatui::buffer::Cell::new("░"));
        buffer.set_style(whole, Style::new().fg(Color::Red));
        draw(Rect::new(2, 1, 8, 1), &mut buffer);
        draw(Rect::new(9, 2, 30, 4), &mut buffer);
        draw(Rect::new(3, 0, 0, 1), &mut buffer);
        buffer
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_drawn_is_what_ratatui_draws(
            texts in proptest::collection::vec("[a-z ~]{0,6}|[a-c·✓会\u{301}👩‍💻\u{200b}\t]{0,5}", 0..4),
            aligned in 0..4,
            styled in any::<bool>(),
        ) {
            let spans: Vec<Span<'_>> = texts
                .iter()
                .enumerate()
                .map(|(i, text)| if i % 2 == 0 { Span::raw(text.clone()) } else { text.clone().green().bold() })
                .collect();
            let mut line = Line::from(spans);
            if styled {
                line = line.style(Style::new().on_blue());
            }
            line = match aligned {
                0 => line.centered(),
                1 => line.right_aligned(),
                2 => line.left_aligned(),
                _ => line,
            };
            let ours = drawn(|area, buffer| put(&line, area, buffer));
            let theirs = drawn(|area, buffer| (&line).render(area, buffer));
            prop_assert_eq!(ours, theirs);
        }
    }
}
