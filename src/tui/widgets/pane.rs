//! The frame of a pane: the border and the titles in it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::border;
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders, Widget};

/// A border with titles. It is drawn as a [`Block`] draws it, but touches no cell inside, of which there are some ten
/// thousand in a large terminal.
#[derive(Clone, Debug)]
pub struct PaneFrame<'a> {
    top: Block<'a>,
    bottom: Block<'a>,
    set: border::Set<'a>,
    style: Style,
}

impl<'a> PaneFrame<'a> {
    /// A border of these signs.
    #[must_use]
    pub fn new(set: border::Set<'a>, style: Style) -> Self {
        let block = |side| {
            let borders = Borders::LEFT | Borders::RIGHT | side;
            Block::new().borders(borders).border_set(set).border_style(style)
        };
        Self { top: block(Borders::TOP), bottom: block(Borders::BOTTOM), set, style }
    }

    /// With a title in its upper border, where the line is aligned to.
    #[must_use]
    pub fn title(self, title: impl Into<Line<'a>>) -> Self {
        Self { top: self.top.title_top(title), ..self }
    }

    /// With a title in its lower border.
    #[must_use]
    pub fn title_bottom(self, title: impl Into<Line<'a>>) -> Self {
        Self { bottom: self.bottom.title_bottom(title), ..self }
    }
}

impl Widget for PaneFrame<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(*buffer.area());
        if area.height < 2 || area.width < 2 {
            return;
        }
        for y in area.top() + 1..area.bottom() - 1 {
            for (x, sign) in
                [(area.left(), self.set.vertical_left), (area.right() - 1, self.set.vertical_right)]
            {
                buffer[(x, y)].set_symbol(sign).set_style(self.style);
            }
        }
        self.top.render(Rect { height: 1, ..area }, buffer);
        self.bottom.render(Rect { y: area.bottom() - 1, height: 1, ..area }, buffer);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::{Color, Stylize};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_drawn_is_what_a_block_draws(
            (x, y, width, height) in (0_u16..20, 0_u16..8, 2_u16..30, 2_u16..12),
            titles in proptest::collection::vec("[a-z ✓]{0,9}", 3),
        ) {
            let [left, right, below] = &titles[..] else { unreachable!() };
            let style = Style::new().fg(Color::Cyan);
            let (left, right) = (Line::from(left.clone().bold()), Line::from(right.clone()).right_aligned());
            let below = Line::from(below.clone()).right_aligned();
            let whole = Rect::new(0, 0, 24, 10);
            let area = Rect::new(x, y, width, height).intersection(whole);
            prop_assume!(area.width >= 2 && area.height >= 2);

            let mut ours = Buffer::filled(whole, ratatui::buffer::Cell::new("░"));
            let mut theirs = ours.clone();
            let frame = PaneFrame::new(border::ROUNDED, style).title(left.clone()).title(right.clone());
            frame.title_bottom(below.clone()).render(area, &mut ours);
            let block = Block::bordered().border_set(border::ROUNDED).border_style(style);
            block.title(left).title_top(right).title_bottom(below).render(area, &mut theirs);
            prop_assert_eq!(ours, theirs);
        }
    }
}
