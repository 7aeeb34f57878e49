//! From a drawn frame to what the terminal has to change.
//!
//! In place of [`ratatui::Terminal`], which goes over every cell of the screen several times for each frame: on a
//! large screen that alone takes longer than everything else a keystroke does. Nearly all rows of a frame are as they
//! were. Here those are only looked at once, and ratatui's own [`Buffer::diff_iter`] is asked about the others.

use ratatui::backend::{Backend, ClearType};
use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::layout::{Position, Rect, Size};
use ratatui::widgets::Widget;

/// What is drawn onto: the cells of one frame, all of them blank at the start.
pub struct Frame<'a> {
    cells: &'a mut Buffer,
    cursor: Option<Position>,
}

impl Frame<'_> {
    /// The whole screen.
    #[must_use]
    pub fn area(&self) -> Rect {
        self.cells.area
    }

    /// The cells.
    pub fn buffer_mut(&mut self) -> &mut Buffer {
        self.cells
    }

    /// Draws a widget.
    pub fn render_widget(&mut self, widget: impl Widget, area: Rect) {
        widget.render(area, self.cells);
    }

    /// Shows the cursor, and where. It is hidden in a frame that does not say.
    pub fn set_cursor_position(&mut self, position: impl Into<Position>) {
        self.cursor = Some(position.into());
    }
}

/// Draws frames, and sends to the terminal what differs from the one before.
pub struct Painter<B> {
    backend: B,
    /// What the terminal shows.
    shown: Buffer,
    /// The next frame; blank between two.
    next: Buffer,
    row: Row,
}

/// Room for a row that differs: as it was and as it is to be.
#[derive(Default)]
struct Row {
    before: Buffer,
    after: Buffer,
}

impl<B: Backend> Painter<B> {
    /// For a terminal that shows nothing yet.
    ///
    /// # Errors
    /// What the backend said when asked for the size.
    pub fn new(backend: B) -> Result<Self, B::Error> {
        let size = backend.size()?;
        let mut new =
            Self { backend, shown: Buffer::default(), next: Buffer::default(), row: Row::default() };
        new.start_over(size);
        Ok(new)
    }

    /// Where it is drawn to.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    /// Draws a frame in the size that the terminal has now.
    ///
    /// # Errors
    /// What the backend said.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> Result<(), B::Error> {
        let size = self.backend.size()?;
        if size != self.shown.area.as_size() {
            // Whatever a terminal makes of what it shows when its size changes.
            self.start_over(size);
            self.backend.clear_region(ClearType::All)?;
        }
        let mut frame = Frame { cells: &mut self.next, cursor: None };
        draw(&mut frame);
        let cursor = frame.cursor;
        self.send()?;
        match cursor {
            None => self.backend.hide_cursor()?,
            Some(position) => {
                self.backend.set_cursor_position(position)?;
                self.backend.show_cursor()?;
            }
        }
        self.backend.flush()
    }

    fn start_over(&mut self, size: Size) {
        let area = Rect::from((Position::ORIGIN, size));
        self.shown = Buffer::empty(area);
        self.next = Buffer::empty(area);
        let row = Buffer::empty(Rect { height: 1, ..area });
        self.row = Row { before: row.clone(), after: row };
    }

    /// Sends what differs, row by row, and makes the next frame blank.
    fn send(&mut self) -> Result<(), B::Error> {
        let Self { backend, shown, next, row: Row { before, after } } = self;
        let width = usize::from(shown.area.width);
        if width == 0 {
            return Ok(());
        }
        let rows = shown.content.chunks_exact_mut(width).zip(next.content.chunks_exact_mut(width));
        for (y, (shown, next)) in (0..).zip(rows) {
            if shown.iter().zip(&*next).all(|(shown, next)| is_settled(shown, next)) {
                next.iter_mut().for_each(Cell::reset);
                continue;
            }
            before.area.y = y;
            after.area.y = y;
            before.content.swap_with_slice(shown);
            after.content.swap_with_slice(next);
            let sent = backend.draw(before.diff_iter(after));
            after.content.swap_with_slice(shown);
            before.content.iter_mut().for_each(Cell::reset);
            before.content.swap_with_slice(next);
            sent?;
        }
        Ok(())
    }
}

/// Whether the cell is shown as it is to be. Only then is ratatui not asked, so a doubt is a no.
fn is_settled(shown: &Cell, next: &Cell) -> bool {
    is_same_text(shown.symbol().as_bytes(), next.symbol().as_bytes())
        && shown.fg == next.fg
        && shown.bg == next.bg
        && shown.modifier == next.modifier
        && next.diff_option == CellDiffOption::None
        && shown.diff_option == CellDiffOption::None
}

/// Without a call for the two lengths that nearly all cells have: a letter, a line of a frame.
fn is_same_text(one: &[u8], other: &[u8]) -> bool {
    match (one.len(), other.len()) {
        (1, 1) => one[0] == other[0],
        (3, 3) => one[..3] == other[..3],
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::backend::{TestBackend, WindowSize};
    use ratatui::style::{Color, Modifier, Style};

    use super::*;

    const AREA: Rect = Rect::new(0, 0, 12, 6);

    /// A text somewhere in a frame, or a cell that is never, or always, sent.
    #[derive(Clone, Debug)]
    enum Stroke {
        Text(u16, u16, String, Style),
        Option(u16, u16, CellDiffOption),
    }

    fn stroke() -> impl Strategy<Value = Stroke> {
        let text = prop::collection::vec(
            prop::sample::select(vec!["a", "b", " ", "│", "é", "e\u{301}", "会", "⌨️", "👩‍🚀", "\u{200b}"]),
            0..8,
        )
        .prop_map(|parts| parts.concat());
        let style = prop::sample::select(vec![
            Style::new(),
            Style::new().fg(Color::Cyan),
            Style::new().bg(Color::Indexed(7)),
            Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::REVERSED),
        ]);
        let option = prop::sample::select(vec![CellDiffOption::Skip, CellDiffOption::AlwaysUpdate]);
        prop_oneof![
            20 => (0..AREA.width, 0..AREA.height, text, style).prop_map(|(x, y, t, s)| Stroke::Text(x, y, t, s)),
            1 => (0..AREA.width, 0..AREA.height, option).prop_map(|(x, y, o)| Stroke::Option(x, y, o)),
        ]
    }

    fn paint(strokes: &[Stroke], cells: &mut Buffer) {
        for stroke in strokes {
            match stroke {
                Stroke::Text(x, y, text, style) => cells.set_string(*x, *y, text, *style),
                Stroke::Option(x, y, option) => _ = cells[(*x, *y)].set_diff_option(*option),
            }
        }
    }

    /// Keeps what it is sent.
    #[derive(Default)]
    struct Kept(Vec<(u16, u16, Cell)>);

    impl Backend for Kept {
        type Error = std::convert::Infallible;

        fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(
            &mut self,
            content: I,
        ) -> Result<(), Self::Error> {
            self.0.extend(content.map(|(x, y, cell)| (x, y, cell.clone())));
            Ok(())
        }

        fn size(&self) -> Result<Size, Self::Error> {
            Ok(AREA.as_size())
        }

        fn hide_cursor(&mut self) -> Result<(), Self::Error> {
            Ok(())
        }

        fn flush(&mut self) -> Result<(), Self::Error> {
            Ok(())
        }

        fn show_cursor(&mut self) -> Result<(), Self::Error> {
            unreachable!()
        }

        fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
            unreachable!()
        }

        fn set_cursor_position<P: Into<Position>>(&mut self, _: P) -> Result<(), Self::Error> {
            unreachable!()
        }

        fn clear(&mut self) -> Result<(), Self::Error> {
            unreachable!()
        }

        fn clear_region(&mut self, _: ClearType) -> Result<(), Self::Error> {
            unreachable!()
        }

        fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
            unreachable!()
        }
    }

    #[test]
    fn what_is_sent_is_what_ratatui_finds_in_the_whole_of_two_frames() {
        let frames = prop::collection::vec(prop::collection::vec(stroke(), 0..10), 1..6);
        proptest!(|(mut frames in frames)| {
            // Most frames are nearly the one before.
            for i in 1..frames.len() {
                let (before, after) = frames.split_at_mut(i);
                let kept = before[i - 1].len().saturating_sub(1);
                after[0].splice(..0, before[i - 1][..kept].iter().cloned());
            }
            let mut painter = Painter::new(Kept::default()).unwrap();
            let mut before = Buffer::empty(AREA);
            for strokes in frames {
                let mut after = Buffer::empty(AREA);
                paint(&strokes, &mut after);
                painter.draw(|frame| paint(&strokes, frame.buffer_mut())).unwrap();
                let sent = std::mem::take(&mut painter.backend.0);
                let sent: Vec<_> = sent.iter().map(|(x, y, cell)| (*x, *y, cell)).collect();
                prop_assert_eq!(sent, before.diff(&after));
                prop_assert_eq!(&painter.shown, &after);
                prop_assert_eq!(&painter.next, &Buffer::empty(AREA));
                before = after;
            }
        });
    }

    #[test]
    fn every_frame_is_what_was_drawn_in_it_and_in_the_size_of_the_terminal() {
        let mut painter = Painter::new(TestBackend::new(5, 2)).unwrap();
        painter.draw(|frame| frame.render_widget("hello", frame.area())).unwrap();
        painter.backend().assert_buffer_lines(["hello", "     "]);
        painter.draw(|frame| frame.render_widget("hey", Rect::new(0, 1, 5, 1))).unwrap();
        painter.backend().assert_buffer_lines(["     ", "hey  "]);
        painter.backend.resize(3, 3);
        painter.draw(|frame| frame.render_widget("hey", frame.area())).unwrap();
        painter.backend().assert_buffer_lines(["hey", "   ", "   "]);
        painter.backend.resize(0, 0);
        painter.draw(|frame| frame.render_widget("hey", frame.area())).unwrap();
        painter.backend.resize(4, 1);
        painter.draw(|frame| frame.render_widget("hey", frame.area())).unwrap();
        painter.backend().assert_buffer_lines(["hey "]);
    }

    #[test]
    fn the_cursor_is_where_the_frame_shows_it_and_hidden_in_one_that_does_not() {
        let mut painter = Painter::new(TestBackend::new(5, 2)).unwrap();
        painter.draw(|frame| frame.set_cursor_position((3, 1))).unwrap();
        assert!(painter.backend().cursor_visible());
        assert_eq!(painter.backend().cursor_position(), Position::new(3, 1));
        painter.draw(|_| {}).unwrap();
        assert!(!painter.backend().cursor_visible());
    }
}
