//! Where things are: pure geometry, for drawing and for the mouse.

use ratatui::layout::{Constraint, Layout, Rect};

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Two columns with every pane in view: from 100 columns and 30 rows.
    Wide,
    /// The form, and beside it one of the other panes: from 60 columns.
    Medium,
    /// One pane at a time: from 40 columns and 12 rows.
    Narrow,
    /// Too little to draw anything.
    None,
}

impl Room {
    /// What fits into `area`.
    #[must_use]
    pub const fn of(area: Rect) -> Self {
        match (area.width, area.height) {
            (w, h) if w < 40 || h < 12 => Self::None,
            (w, _) if w < 60 => Self::Narrow,
            (w, h) if w < 100 || h < 30 => Self::Medium,
            _ => Self::Wide,
        }
    }
}

/// The three bands of every screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas {
    /// Tabs, project, clock.
    pub header: Rect,
    /// The screen itself.
    pub body: Rect,
    /// The hint line, or a toast.
    pub hints: Rect,
}

/// The bands of a terminal of this size.
#[must_use]
pub fn areas(area: Rect) -> Areas {
    let [header, body, hints] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)]).areas(area);
    Areas { header, body, hints }
}

/// Whether a table in this place has a line of heads over its rows.
const fn has_heads(inner: Rect) -> bool {
    inner.width >= 56 && inner.height > 4
}

/// The rows of a table, without its heads and the line of its filter.
#[must_use]
pub fn table_rows(inner: Rect, filtered: bool) -> Rect {
    let heads = u16::from(has_heads(inner));
    let taken = (heads + u16::from(filtered)).min(inner.height);
    Rect { y: inner.y + heads, height: inner.height - taken, ..inner }
}

/// A box of `width` by `height` in the middle of `area`, or as much of it as fits.
#[must_use]
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height);
    Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height)
}

/// The first row to show of `total`, so that `cursor` is in view of `height` rows and the list does not end
/// before the pane does.
#[must_use]
pub fn first_row(cursor: usize, total: usize, height: usize) -> usize {
    if height == 0 || total <= height {
        return 0;
    }
    // A list begins at its top for as long as it can; what comes next is seen before the cursor is there.
    let ahead = (height / 4).min(3);
    cursor.saturating_sub(height - 1 - ahead).min(total - height)
}

/// The next of `all` behind `from`, or the one before; at the ends around.
///
/// # Panics
/// If `all` is empty.
#[must_use]
pub fn step_around<T: Copy + PartialEq>(all: &[T], from: T, forward: bool) -> T {
    let at = all.iter().position(|one| *one == from).unwrap_or(0);
    all[(at + if forward { 1 } else { all.len() - 1 }) % all.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_always_in_view_and_no_room_is_wasted() {
        for total in 0..40 {
            for height in 1..20 {
                for cursor in 0..total {
                    let first = first_row(cursor, total, height);
                    assert!(first <= cursor && cursor < first + height);
                    assert!(total <= height || first + height <= total);
                }
            }
        }
    }

    #[test]
    fn the_breakpoints_are_those_of_the_design() {
        let room = |w, h| Room::of(Rect::new(0, 0, w, h));
        assert_eq!(room(120, 40), Room::Wide);
        assert_eq!(room(100, 30), Room::Wide);
        assert_eq!(room(80, 24), Room::Medium);
        assert_eq!(room(60, 24), Room::Medium);
        assert_eq!(room(40, 12), Room::Narrow);
        assert_eq!(room(39, 12), Room::None);
        assert_eq!(room(80, 11), Room::None);
    }
}
