//! QR codes for a terminal: two modules in a character, one above the other.

use qrcode::{Color, EcLevel, QrCode};
use zeroize::ZeroizeOnDrop;

use crate::text::Sensitive;

/// Light modules around the code: ISO/IEC 18004 wants four. Cameras still find it with two.
const MARGINS: [usize; 2] = [4, 2];

/// A QR code.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct Qr {
    /// Row by row; dark is true. A reader has the token in it, so it is no less secret.
    dark: Vec<bool>,
    width: usize,
}

impl std::fmt::Debug for Qr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Qr(hidden)")
    }
}

impl Qr {
    /// The code that says this text, with the least correction of errors: a screen has no dirt on it, and the code
    /// is large enough as it is.
    ///
    /// # Errors
    /// [`QrError::TooLong`].
    pub fn of(text: &Sensitive) -> Result<Self, QrError> {
        let bytes = text.expose().len();
        let code = QrCode::with_error_correction_level(text.expose(), EcLevel::L)
            .map_err(|_| QrError::TooLong { bytes })?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { dark, width: code.width() })
    }

    /// Columns and rows with the smallest margin.
    #[must_use]
    pub fn least_size(&self) -> (usize, usize) {
        self.size(MARGINS[1])
    }

    fn size(&self, margin: usize) -> (usize, usize) {
        let side = self.width + 2 * margin;
        (side, side.div_ceil(2))
    }

    /// The lines of the code with the widest margin that fits into so many columns and rows; `inverted` draws the
    /// light modules, for a terminal that writes light on dark and whose colours are not to be set.
    ///
    /// # Errors
    /// [`QrError::TooLarge`].
    pub fn lines(&self, columns: usize, rows: usize, inverted: bool) -> Result<Vec<String>, QrError> {
        let fits = |margin: &usize| {
            let (width, height) = self.size(*margin);
            width <= columns && height <= rows
        };
        let Some(margin) = MARGINS.into_iter().find(|margin| fits(margin)) else {
            let (need_columns, need_rows) = self.least_size();
            return Err(QrError::TooLarge { need_columns, need_rows, columns, rows });
        };
        let (side, height) = self.size(margin);
        let line = |row: usize| {
            (0..side)
                .map(|x| {
                    let drawn = |y| self.is_dark(x, y, margin) != inverted;
                    match (drawn(2 * row), drawn(2 * row + 1)) {
                        (true, true) => '█',
                        (true, false) => '▀',
                        (false, true) => '▄',
                        (false, false) => ' ',
                    }
                })
                .collect()
        };
        Ok((0..height).map(line).collect())
    }

    fn is_dark(&self, x: usize, y: usize, margin: usize) -> bool {
        let inside = |at: usize| at.checked_sub(margin).filter(|at| *at < self.width);
        inside(x).zip(inside(y)).is_some_and(|(x, y)| self.dark[y * self.width + x])
    }
}

/// Why a code cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// More than the largest code holds.
    #[error("{bytes} bytes are too many for a QR code: it holds 2953 at the most")]
    TooLong {
        /// The length of the text.
        bytes: usize,
    },
    /// The terminal is too small for it.
    #[error("the QR code needs {need_columns} columns and {need_rows} rows; here are {columns} and {rows}")]
    TooLarge {
        /// Columns with the smallest margin.
        need_columns: usize,
        /// Rows with the smallest margin.
        need_rows: usize,
        /// Columns there are.
        columns: usize,
        /// Rows there are.
        rows: usize,
    },
}

impl QrError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::TooLong { .. } => "make the token smaller: metadata and attributes cost most".into(),
            Self::TooLarge { .. } => {
                "enlarge the terminal or take a smaller font; a shorter token makes a smaller code".into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn qr(text: &str) -> Qr {
        Qr::of(&Sensitive::new(text.into())).unwrap()
    }

    #[test]
    fn the_margin_is_four_where_there_is_room_and_two_where_there_is_less() {
        let code = qr("https://a.example");
        assert_eq!((code.width, code.least_size()), (21, (25, 13)));
        for (columns, rows, margin) in [(80, 40, 4), (29, 15, 4), (28, 15, 2), (29, 14, 2), (25, 13, 2)] {
            let lines = code.lines(columns, rows, false).unwrap();
            assert_eq!(lines[0].chars().count(), 21 + 2 * margin);
            assert!(lines[..margin / 2].iter().all(|line| line.trim().is_empty()), "{lines:#?}");
            assert!(!lines[margin / 2].trim().is_empty());
        }
        assert_eq!(
            code.lines(24, 13, false).unwrap_err().to_string(),
            "the QR code needs 25 columns and 13 rows; here are 24 and 13"
        );
    }

    #[test]
    fn inverted_is_the_same_with_light_for_dark() {
        let code = qr("eyJ.fake");
        let swap = |line: &String| -> String {
            line.chars()
                .map(|c| match c {
                    '█' => ' ',
                    ' ' => '█',
                    '▀' => '▄',
                    _ => '▀',
                })
                .collect()
        };
        let dark = code.lines(99, 99, false).unwrap();
        assert_eq!(dark.iter().map(swap).collect::<Vec<_>>(), code.lines(99, 99, true).unwrap());
    }

    #[test]
    fn more_than_a_code_holds_is_refused_with_a_cure() {
        assert!(Qr::of(&Sensitive::new("x".repeat(2_953))).is_ok());
        let error = Qr::of(&Sensitive::new("x".repeat(2_954))).unwrap_err();
        assert!(error.to_string().starts_with("2954 bytes are too many"));
        assert!(!error.hint().is_empty());
    }

    #[test]
    fn a_code_shows_nothing_in_debug() {
        assert_eq!(format!("{:?}", qr("x")), "Qr(hidden)");
    }
}
