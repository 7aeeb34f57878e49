//! A text being edited: a caret that moves by what people see as one character, words, undo by the caller.
//!
//! The text is wiped when dropped and never shown by `{:?}`: what is typed here may be a secret.

use std::fmt;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};
use unicode_width::UnicodeWidthStr;
use zeroize::Zeroizing;

use crate::text::is_unprintable;

/// What may be typed, and how it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line.
    Line,
    /// Several lines: a pasted line break stays one.
    Lines,
    /// One line that shows dots.
    Secret,
}

/// An edit of the text or a move of the caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Types a character.
    Insert(char),
    /// One character back.
    Left,
    /// One character on.
    Right,
    /// To the start of this word or the last.
    WordLeft,
    /// Behind this word or the next.
    WordRight,
    /// To the start of the line.
    Home,
    /// To the end of the line.
    End,
    /// A line up, in several lines.
    Up,
    /// A line down, in several lines.
    Down,
    /// Deletes the character before the caret.
    Backspace,
    /// Deletes the character at the caret.
    Delete,
    /// Deletes back to the start of a word.
    DeleteWord,
    /// Deletes to the start of the line.
    DeleteToStart,
    /// Deletes to the end of the line.
    DeleteToEnd,
}

/// A text field.
#[derive(Clone, PartialEq, Eq)]
pub struct TextField {
    text: Zeroizing<String>,
    /// A byte offset, always at the border of a grapheme cluster.
    caret: usize,
    kind: Kind,
    revealed: bool,
}

impl fmt::Debug for TextField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Secret => f.write_str("TextField(hidden)"),
            _ => write!(f, "TextField({:?} at {})", self.text.as_str(), self.caret),
        }
    }
}

impl TextField {
    /// The longest text that can be typed or pasted, in bytes.
    pub const LONGEST: usize = 1 << 20;

    /// A field with `text` in it and the caret behind it.
    #[must_use]
    pub fn new(kind: Kind, text: &str) -> Self {
        // Room for any secret, so that typing one never leaves a copy behind in a buffer that was too small.
        let mut own = Zeroizing::new(String::with_capacity(text.len().max(512)));
        own.push_str(text);
        Self { caret: own.len(), text: own, kind, revealed: false }
    }

    /// An empty one-line field.
    #[must_use]
    pub fn line() -> Self {
        Self::new(Kind::Line, "")
    }

    /// What is typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What kind of field it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Puts another text in, the caret behind it.
    pub fn replace(&mut self, text: &str) {
        *self = Self { revealed: self.revealed, ..Self::new(self.kind, text) };
    }

    /// Shows or hides a secret.
    pub fn toggle_reveal(&mut self) {
        self.revealed = !self.revealed;
    }

    /// Puts a pasted text in at the caret. A line break at its end is dropped from a one-line field, one inside
    /// becomes a space; a secret keeps it, so that it can be refused for it. Returns whether something was
    /// changed on the way in.
    pub fn paste(&mut self, pasted: &str) -> bool {
        let text = match self.kind {
            Kind::Lines | Kind::Secret => Zeroizing::new(pasted.to_owned()),
            Kind::Line => Zeroizing::new(pasted.trim_end_matches('\n').replace('\n', " ")),
        };
        let room = Self::LONGEST.saturating_sub(self.text.len());
        let fits = (0..=text.len().min(room)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        self.text.insert_str(self.caret, &text[..fits]);
        self.caret += fits;
        self.snap();
        text[..fits] != *pasted
    }

    /// Edits. Returns whether the text is another one now.
    pub fn edit(&mut self, edit: Edit) -> bool {
        let before = self.text.len();
        match edit {
            Edit::Insert('\n') if self.kind != Kind::Lines => {}
            Edit::Insert(c) if before < Self::LONGEST => {
                self.text.insert(self.caret, c);
                self.caret += c.len_utf8();
                self.snap();
            }
            Edit::Insert(_) => {}
            Edit::Left => self.caret = self.left(),
            Edit::Right => self.caret = self.right(),
            Edit::WordLeft => self.caret = self.word_left(),
            Edit::WordRight => self.caret = self.word_right(),
            Edit::Home => self.caret = self.line_start(),
            Edit::End => self.caret = self.line_end(),
            Edit::Up => self.move_line(-1),
            Edit::Down => self.move_line(1),
            Edit::Backspace => self.cut(self.left(), self.caret),
            Edit::Delete => self.cut(self.caret, self.right()),
            Edit::DeleteWord => self.cut(self.word_left(), self.caret),
            Edit::DeleteToStart => self.cut(self.line_start(), self.caret),
            Edit::DeleteToEnd => self.cut(self.caret, self.line_end()),
        }
        self.text.len() != before
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.caret = from;
        self.snap();
    }

    /// Typing or deleting may join clusters (an accent, an emoji's joiner): the caret goes to the next border.
    fn snap(&mut self) {
        // The cursor looks only at what is near, and with the whole text before it it lacks nothing.
        let mut cursor = GraphemeCursor::new(self.caret, self.text.len(), true);
        if !cursor.is_boundary(&self.text, 0).unwrap_or(true) {
            self.caret = cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len());
        }
    }

    fn left(&self) -> usize {
        self.text[..self.caret].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn right(&self) -> usize {
        self.text[self.caret..].graphemes(true).next().map_or(self.caret, |g| self.caret + g.len())
    }

    fn word_left(&self) -> usize {
        let before = &self.text[..self.caret];
        before.unicode_word_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn word_right(&self) -> usize {
        let after = &self.text[self.caret..];
        let next = after.unicode_word_indices().next();
        next.map_or(self.text.len(), |(at, word)| self.caret + at + word.len())
    }

    fn line_start(&self) -> usize {
        self.text[..self.caret].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.caret..].find('\n').map_or(self.text.len(), |at| self.caret + at)
    }

    fn move_line(&mut self, by: isize) {
        let start = self.line_start();
        let column = self.text[start..self.caret].width();
        let target = if by < 0 {
            match start.checked_sub(1) {
                Some(end) => self.text[..end].rfind('\n').map_or(0, |at| at + 1),
                None => return,
            }
        } else {
            match self.text[self.caret..].find('\n') {
                Some(at) => self.caret + at + 1,
                None => return,
            }
        };
        let line = self.text[target..].split('\n').next().unwrap_or_default();
        let mut at = target;
        let mut width = 0;
        for g in line.graphemes(true) {
            if width >= column {
                break;
            }
            width += shown(g).width();
            at += g.len();
        }
        self.caret = at;
    }

    /// The one line, cut to `width` columns so that the caret is in view, and the caret's column in it.
    #[must_use]
    pub fn view(&self, width: u16, style: Style) -> (Line<'static>, u16) {
        let width = usize::from(width.max(1));
        let cell = |g: &str| if self.hides() { "•".into() } else { shown(g) };
        let (before, after) = self.text.split_at(self.caret);
        // As much as there is room for before the caret, which needs a column itself, behind the last character too.
        let mut column = 0;
        let mut cells: Vec<String> = Vec::new();
        for g in before.graphemes(true).rev() {
            let cell = cell(g);
            if column + cell.width() >= width {
                break;
            }
            column += cell.width();
            cells.push(cell);
        }
        cells.reverse();
        let mut out = cells.concat();
        let mut used = column;
        for g in after.graphemes(true) {
            let cell = cell(g);
            if used + cell.width() > width {
                break;
            }
            used += cell.width();
            out.push_str(&cell);
        }
        (Line::from(Span::styled(out, style)), u16::try_from(column).unwrap_or(u16::MAX))
    }

    /// Several lines, wrapped at `width` columns; and the caret's row and column in them. Of a long text only the
    /// `most` rows before the caret and behind it, or a few more: no keystroke lays out a megabyte.
    #[must_use]
    pub fn view_lines(&self, width: u16, most: u16, style: Style) -> (Vec<Line<'static>>, (u16, u16)) {
        let width = usize::from(width.max(1));
        let most = usize::from(most);
        let here = Piece::around(&self.text, self.caret, width);
        let (mut rows, mut caret) = self.wrapped(here, width);
        let mut first = here;
        let mut above: Vec<Vec<String>> = Vec::new();
        let mut count = caret.0;
        while count < most
            && let Some(piece) = first.before(&self.text, width)
        {
            let (wrapped, _) = self.wrapped(piece, width);
            count += wrapped.len();
            above.push(wrapped);
            first = piece;
        }
        let mut last = here;
        while rows.len() - caret.0 <= most
            && let Some(piece) = last.after(&self.text, width)
        {
            rows.extend(self.wrapped(piece, width).0);
            last = piece;
        }
        caret.0 = count;
        let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let lines = above.into_iter().rev().flatten().chain(rows);
        let lines = lines.map(|line| Line::from(Span::styled(line, style))).collect();
        (lines, (small(caret.0), small(caret.1)))
    }

    /// A piece as rows; and where in them the caret is, if it is there.
    fn wrapped(&self, piece: Piece, width: usize) -> (Vec<String>, (usize, usize)) {
        let mut rows = vec![String::new()];
        let mut used = 0;
        let mut caret = (0, 0);
        let text = &self.text[piece.from..piece.to];
        // Behind the last character of a line there is a place for the caret; behind that of a page the next begins.
        let end = (piece.to == piece.line.1).then_some((text.len(), ""));
        for (at, g) in text.grapheme_indices(true).chain(end) {
            let cell = if g.is_empty() { String::new() } else { shown(g) };
            let under = piece.from + at == self.caret;
            if used + cell.width() > width || (used == width && under) {
                rows.push(String::new());
                used = 0;
            }
            if under {
                caret = (rows.len() - 1, used);
            }
            if let Some(last) = rows.last_mut() {
                last.push_str(&cell);
                used += cell.width();
            }
        }
        (rows, caret)
    }

    fn hides(&self) -> bool {
        self.kind == Kind::Secret && !self.revealed
    }
}

/// A part of a text that begins a row: a line, or of a long line a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// The line that it is of, without its break.
    line: (usize, usize),
    /// Which page of the line.
    page: usize,
    from: usize,
    to: usize,
}

impl Piece {
    /// So many rows are a page: in a text of plain letters a page ends where a row does.
    const ROWS: usize = 32;

    fn around(text: &str, at: usize, width: usize) -> Self {
        let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let end = text[at..].find('\n').map_or(text.len(), |to| at + to);
        let page = (at - start) / (width * Self::ROWS);
        let piece = Self::page(text, (start, end), page, width);
        // Where a cluster stands over the border, the page begins behind it.
        if piece.from > at { Self::page(text, (start, end), page - 1, width) } else { piece }
    }

    fn page(text: &str, line: (usize, usize), page: usize, width: usize) -> Self {
        let border = |page: usize| {
            let at = line.0 + page * width * Self::ROWS;
            if at >= line.1 {
                return line.1;
            }
            let at = (at..line.1).find(|at| text.is_char_boundary(*at)).unwrap_or(line.1);
            let mut cursor = GraphemeCursor::new(at, text.len(), true);
            if page == 0 || cursor.is_boundary(text, 0).unwrap_or(true) {
                return at;
            }
            cursor.next_boundary(text, 0).ok().flatten().map_or(line.1, |at| at.min(line.1))
        };
        Self { line, page, from: border(page), to: border(page + 1) }
    }

    fn before(self, text: &str, width: usize) -> Option<Self> {
        if self.page > 0 {
            return Some(Self::page(text, self.line, self.page - 1, width));
        }
        let end = self.line.0.checked_sub(1)?;
        let start = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let last = (end - start).saturating_sub(1) / (width * Self::ROWS);
        Some(Self::page(text, (start, end), last, width))
    }

    fn after(self, text: &str, width: usize) -> Option<Self> {
        if self.to < self.line.1 {
            return Some(Self::page(text, self.line, self.page + 1, width));
        }
        let start = self.line.1 + 1;
        if start > text.len() {
            return None;
        }
        let end = text[start..].find('\n').map_or(text.len(), |to| start + to);
        Some(Self::page(text, (start, end), 0, width))
    }
}

/// A cluster as it is drawn: what a terminal would obey is written out.
fn shown(grapheme: &str) -> String {
    // One letter may carry any number of accents; a cell takes a few.
    const MOST: usize = 32;
    let grapheme = grapheme.char_indices().nth(MOST).map_or(grapheme, |(end, _)| &grapheme[..end]);
    if grapheme.chars().any(is_unprintable) {
        return crate::text::visible(grapheme).into_owned();
    }
    if grapheme.width() == 0 { "\u{25cc}".to_owned() + grapheme } else { grapheme.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> TextField {
        let mut field = TextField::line();
        for c in text.chars() {
            field.edit(Edit::Insert(c));
        }
        field
    }

    fn seen(field: &TextField, width: u16) -> (String, u16) {
        let (line, column) = field.view(width, Style::new());
        (line.to_string(), column)
    }

    #[test]
    fn the_caret_moves_by_what_people_see_as_one_character() {
        let mut field = typed("a👩\u{200d}💻e\u{301}한");
        assert_eq!(seen(&field, 20), ("a👩\u{200d}💻e\u{301}한".into(), 6));
        for column in [4, 3, 1, 0, 0] {
            field.edit(Edit::Left);
            assert_eq!(seen(&field, 20).1, column);
        }
        field.edit(Edit::End);
        field.edit(Edit::Backspace);
        field.edit(Edit::Backspace);
        field.edit(Edit::Backspace);
        assert_eq!(field.text(), "a");
    }

    #[test]
    fn a_long_text_scrolls_with_the_caret() {
        let mut field = typed("abcdefghij");
        assert_eq!(seen(&field, 5), ("ghij".into(), 4));
        field.edit(Edit::Home);
        assert_eq!(seen(&field, 5), ("abcde".into(), 0));
        let wide = typed("会議室会議室");
        assert_eq!(seen(&wide, 5), ("議室".into(), 4));
    }

    #[test]
    fn words_are_jumped_over_and_deleted() {
        let mut field = typed("one two  three");
        field.edit(Edit::DeleteWord);
        assert_eq!(field.text(), "one two  ");
        field.edit(Edit::WordLeft);
        field.edit(Edit::DeleteToEnd);
        assert_eq!(field.text(), "one ");
        field.edit(Edit::Home);
        field.edit(Edit::WordRight);
        field.edit(Edit::DeleteToStart);
        assert_eq!(field.text(), " ");
    }

    #[test]
    fn a_paste_into_one_line_stays_one_line() {
        let mut field = TextField::line();
        assert!(field.paste("alice\nbob\n"));
        assert_eq!(field.text(), "alice bob");
        assert!(!field.paste("x"));
        let mut lines = TextField::new(Kind::Lines, "");
        assert!(!lines.paste("{\n}\n"));
        assert_eq!(lines.text(), "{\n}\n");
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        let mut field = TextField::line();
        field.paste("a\x1b[31mb\u{202e}");
        assert_eq!(seen(&field, 40).0, "a\\u{1b}[31mb\\u{202e}");
    }

    #[test]
    fn a_secret_shows_dots_and_never_debugs() {
        let mut field = TextField::new(Kind::Secret, "fake-canary");
        assert_eq!(seen(&field, 20).0, "•••••••••••");
        assert!(!format!("{field:?}").contains("canary"));
        field.toggle_reveal();
        assert_eq!(seen(&field, 20).0, "fake-canary");
    }

    #[test]
    fn several_lines_wrap_and_the_caret_keeps_its_column() {
        let mut field = TextField::new(Kind::Lines, "abcdef\ngh");
        let (lines, caret) = field.view_lines(4, 40, Style::new());
        assert_eq!(lines.iter().map(ToString::to_string).collect::<Vec<_>>(), ["abcd", "ef", "gh"]);
        assert_eq!(caret, (2, 2));
        field.edit(Edit::Up);
        assert_eq!(field.view_lines(10, 40, Style::new()).1, (0, 2));
        field.edit(Edit::Down);
        field.edit(Edit::Down);
        assert_eq!(field.view_lines(10, 40, Style::new()).1, (1, 2));
    }

    #[test]
    fn of_a_long_text_the_rows_around_the_caret_are_those_of_the_whole() {
        let texts = [
            "abcdefghij".repeat(200),
            "é会👩\u{200d}💻e\u{301}\u{202e}x".repeat(80),
            format!("{}\n\n{}\n{}", "ab ".repeat(300), "c".repeat(256), "d\n".repeat(60)),
        ];
        for text in texts {
            let mut field = TextField::new(Kind::Lines, &text);
            for width in [1, 7, 8, 20] {
                for caret in (0..=text.len()).step_by(37).chain([text.len()]) {
                    field.caret = caret;
                    if !text.is_char_boundary(caret) {
                        continue;
                    }
                    field.snap();
                    let (all, at) = field.view_lines(width, u16::MAX, Style::new());
                    let (near, here) = field.view_lines(width, 5, Style::new());
                    let from = usize::from(at.0 - here.0);
                    assert_eq!(near, all[from..from + near.len()], "{text:?} at {caret}");
                    assert_eq!(at.1, here.1);
                    assert!(
                        here.0 >= 5.min(at.0)
                            && near.len() >= (usize::from(here.0) + 6).min(all.len() - from)
                    );
                    assert!(near.len() < 2 * (5 + 4 * Piece::ROWS), "{} rows", near.len());
                }
            }
        }
    }

    #[test]
    fn a_huge_paste_is_cut_at_the_limit() {
        let mut field = TextField::line();
        assert!(field.paste(&"é".repeat(TextField::LONGEST)));
        assert!(field.text().len() <= TextField::LONGEST);
    }
}
