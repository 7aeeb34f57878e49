//! Rows of a CSV or JSONL file: cut into pieces of whole rows by one thread, taken apart by others.

use std::io::Read;

/// How the rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// RFC 4180, with this between the values.
    Csv(u8),
    /// A JSON object a line.
    Jsonl,
}

/// Some rows, whole ones.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    /// The number of its first row, from 1.
    pub(super) row: u64,
    /// The line of its first row, from 1.
    pub(super) line: u64,
}

/// Why no piece could be cut.
#[derive(Debug)]
pub(super) enum Cut {
    /// The system's words.
    Read(std::io::Error),
    /// A row that does not end.
    TooLong { line: u64, quoted: bool },
}

/// How much is read at once: small, since a row of input becomes ten times as much output.
const READ: usize = 16 << 10;
/// The longest row.
const LONGEST: usize = 4 << 20;

/// Where in a row a byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Nothing of the value has been seen.
    Start,
    Plain,
    Quoted,
    /// Behind a quote within quotes: the end of the value, or the first half of a doubled one.
    Quote,
}

impl At {
    fn next(self, byte: u8, comma: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Quote,
            (Self::Start | Self::Quote, b'"') | (Self::Quoted, _) => Self::Quoted,
            (_, b'\n') => Self::Start,
            (_, byte) if byte == comma => Self::Start,
            _ => Self::Plain,
        }
    }
}

/// Cuts what it reads at the ends of rows.
pub(super) struct Cutter<R> {
    from: R,
    buffer: Vec<u8>,
    over: bool,
    /// Of the row that the buffer begins with.
    row: u64,
    line: u64,
}

impl<R: Read> Cutter<R> {
    /// Begins to read; a byte order mark is left out.
    pub(super) fn new(from: R) -> Result<Self, Cut> {
        let mut cutter = Self { from, buffer: Vec::new(), over: false, row: 1, line: 1 };
        while cutter.buffer.len() < 3 && !cutter.over {
            cutter.read()?;
        }
        if cutter.buffer.starts_with(b"\xef\xbb\xbf") {
            cutter.buffer.drain(..3);
        }
        Ok(cutter)
    }

    /// Looks at what the rows are: JSON begins with a brace, and a header shows what stands between the values.
    pub(super) fn shape(&mut self) -> Result<Shape, Cut> {
        loop {
            let start = self.buffer.iter().position(|byte| !byte.is_ascii_whitespace());
            let first = &self.buffer[start.unwrap_or(self.buffer.len())..];
            if first.first() == Some(&b'{') {
                return Ok(Shape::Jsonl);
            }
            if self.over || start.is_some() && first.contains(&b'\n') {
                let line = first.split(|byte| *byte == b'\n').next().unwrap_or_default();
                let comma = [b',', b';', b'\t'].into_iter().find(|comma| line.contains(comma));
                return Ok(Shape::Csv(comma.unwrap_or(b',')));
            }
            self.read()?;
        }
    }

    /// The header of a CSV file, and nothing else; `None` if there is no row at all.
    pub(super) fn header(&mut self, shape: Shape) -> Result<Option<Piece>, Cut> {
        let header = self.cut(shape, true)?;
        // It is no row.
        self.row = 1;
        Ok(header)
    }

    /// The next rows; `None` at the end.
    pub(super) fn next(&mut self, shape: Shape) -> Result<Option<Piece>, Cut> {
        self.cut(shape, false)
    }

    fn cut(&mut self, shape: Shape, only_one: bool) -> Result<Option<Piece>, Cut> {
        let mut looked_at = 0;
        let mut at = At::Start;
        let mut line_is_blank = true;
        // Of the whole rows seen so far: where they end, and how many rows and lines they are.
        let (mut end, mut rows, mut lines) = (0, 0, 0);
        let mut lines_seen = 0;
        loop {
            while let Some(byte) = self.buffer.get(looked_at).copied() {
                looked_at += 1;
                at = match shape {
                    Shape::Csv(comma) => at.next(byte, comma),
                    Shape::Jsonl => At::Start,
                };
                line_is_blank &= byte.is_ascii_whitespace();
                if byte != b'\n' {
                    continue;
                }
                lines_seen += 1;
                if at == At::Start {
                    end = looked_at;
                    lines = lines_seen;
                    rows += u64::from(!std::mem::replace(&mut line_is_blank, true));
                    if only_one && rows == 1 {
                        break;
                    }
                }
            }
            if end > 0 && (rows > 0 || !only_one) {
                return Ok(Some(self.take(end, rows, lines)));
            }
            if self.over {
                if at == At::Quoted {
                    return Err(self.too_long(at));
                }
                let all = self.buffer.len();
                return Ok((all > 0).then(|| self.take(all, rows + u64::from(!line_is_blank), lines_seen)));
            }
            if self.buffer.len() > LONGEST {
                return Err(self.too_long(at));
            }
            self.read()?;
        }
    }

    fn too_long(&self, at: At) -> Cut {
        Cut::TooLong { line: self.line, quoted: at == At::Quoted }
    }

    fn take(&mut self, end: usize, rows: u64, lines: u64) -> Piece {
        let rest = self.buffer.split_off(end);
        let piece =
            Piece { bytes: std::mem::replace(&mut self.buffer, rest), row: self.row, line: self.line };
        self.row += rows;
        self.line += lines;
        piece
    }

    /// Reads what is there, and no more: rows that come slowly are to be answered as they come.
    fn read(&mut self) -> Result<(), Cut> {
        let before = self.buffer.len();
        self.buffer.resize(before + READ, 0);
        let read = loop {
            match self.from.read(&mut self.buffer[before..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                done => break done,
            }
        };
        self.buffer.truncate(before + read.as_ref().map_or(0, |read| *read));
        self.over = read.map_err(Cut::Read)? == 0;
        Ok(())
    }
}

impl Piece {
    /// The rows in it, each with its number and its line. Blank lines are none.
    pub(super) fn rows(&self, shape: Shape) -> Rows<'_> {
        Rows { rest: &self.bytes, shape, row: self.row, line: self.line }
    }
}

/// Goes through the rows of a piece.
pub(super) struct Rows<'a> {
    rest: &'a [u8],
    shape: Shape,
    row: u64,
    line: u64,
}

impl<'a> Iterator for Rows<'a> {
    type Item = (u64, u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let mut at = At::Start;
            let end = self.rest.iter().position(|byte| match self.shape {
                Shape::Jsonl => *byte == b'\n',
                Shape::Csv(comma) => {
                    at = at.next(*byte, comma);
                    *byte == b'\n' && at == At::Start
                }
            });
            let (row, rest) = match end {
                Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
                None => (self.rest, &self.rest[self.rest.len()..]),
            };
            let line = self.line;
            let taken = &self.rest[..self.rest.len() - rest.len()];
            self.line += taken.split(|byte| *byte == b'\n').skip(1).map(|_| 1).sum::<u64>();
            self.rest = rest;
            if row.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let number = self.row;
            self.row += 1;
            return Some((number, line, row.strip_suffix(b"\r").unwrap_or(row)));
        }
    }
}

/// What is wrong with the quotes of a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadQuotes;

/// The values of a CSV row. `into` is emptied first; what it has is used again.
pub(super) fn values(row: &str, comma: u8, into: &mut Vec<String>) -> Result<usize, BadQuotes> {
    fn open(into: &mut Vec<String>, count: &mut usize) {
        match into.get_mut(*count) {
            Some(used) => used.clear(),
            None => into.push(String::new()),
        }
        *count += 1;
    }
    let (mut count, mut at, mut begin) = (0, At::Start, 0);
    open(into, &mut count);
    for (i, byte) in row.bytes().enumerate() {
        let before = at;
        at = at.next(byte, comma);
        match (before, at) {
            (At::Start, At::Quoted) => begin = i + 1,
            (At::Quote, At::Quoted) | (At::Start, At::Plain) => begin = i,
            (At::Quoted, At::Quote) | (At::Plain, At::Start) => into[count - 1].push_str(&row[begin..i]),
            (At::Quote, At::Plain) => return Err(BadQuotes),
            _ => {}
        }
        if at == At::Start {
            open(into, &mut count);
        }
    }
    match at {
        At::Quoted => return Err(BadQuotes),
        At::Plain => into[count - 1].push_str(&row[begin..]),
        At::Start | At::Quote => {}
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            into[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn all(text: &str, from: impl Read) -> Vec<(u64, u64, String)> {
        let mut cutter = Cutter::new(from).unwrap();
        let shape = cutter.shape().unwrap();
        let mut out = Vec::new();
        if shape != Shape::Jsonl
            && let Some(header) = cutter.header(shape).unwrap()
        {
            assert_eq!(header.rows(shape).count(), 1, "{text:?}");
        }
        while let Some(piece) = cutter.next(shape).unwrap() {
            out.extend(
                piece
                    .rows(shape)
                    .map(|(row, line, bytes)| (row, line, String::from_utf8(bytes.to_vec()).unwrap())),
            );
        }
        out
    }

    #[test]
    fn rows_are_counted_alike_however_they_arrive() {
        for (text, want) in [
            ("identity,room\na,b\nc,d", &[(1, 2, "a,b"), (2, 3, "c,d")][..]),
            ("\u{feff}\r\n\nidentity\r\na\r\n\r\nb\r\n", &[(1, 4, "a"), (2, 6, "b")]),
            ("x\n\"a\nb\",c\n\"d\"\"\n\"\ne", &[(1, 2, "\"a\nb\",c"), (2, 4, "\"d\"\"\n\""), (3, 6, "e")]),
            ("x\n5\" tall\nb\n", &[(1, 2, "5\" tall"), (2, 3, "b")]),
            ("{\"a\":\"\\\"\"}\n\n{\"b\":1}\n", &[(1, 1, "{\"a\":\"\\\"\"}"), (2, 3, "{\"b\":1}")]),
            ("identity", &[]),
            ("", &[]),
        ] {
            let want: Vec<(u64, u64, String)> =
                want.iter().map(|(row, line, text)| (*row, *line, (*text).to_owned())).collect();
            assert_eq!(all(text, text.as_bytes()), want, "{text:?}");
            assert_eq!(all(text, Slow(text.as_bytes())), want, "{text:?}, slowly");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_the_reading() {
        for text in ["x\n\"a\nb\n".to_owned(), format!("x\nok\n\"{}", "a\n".repeat(3 << 20))] {
            let mut cutter = Cutter::new(text.as_bytes()).unwrap();
            let shape = cutter.shape().unwrap();
            cutter.header(shape).unwrap();
            let error = loop {
                match cutter.next(shape) {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("it was read"),
                    Err(error) => break error,
                }
            };
            assert!(matches!(error, Cut::TooLong { quoted: true, .. }), "{error:?}");
        }
    }

    #[test]
    fn values_are_read_as_rfc_4180_writes_them() {
        let read = |row: &str| {
            let mut into = vec!["left over".to_owned(); 2];
            values(row, b',', &mut into).map(|count| into[..count].to_vec())
        };
        for (row, want) in [
            ("a,b", &["a", "b"][..]),
            ("", &[""]),
            (",", &["", ""]),
            ("\"a,b\",\"\",c", &["a,b", "", "c"]),
            (r#""say ""hi""",x"#, &["say \"hi\"", "x"]),
            ("\"two\nlines\"", &["two\nlines"]),
            (r#"{"a":1},5" tall"#, &[r#"{"a":1}"#, "5\" tall"]),
            (" a , b ", &[" a ", " b "]),
            ("会議,🎥", &["会議", "🎥"]),
        ] {
            assert_eq!(read(row).unwrap(), want, "{row:?}");
        }
        for bad in ["\"a\"b,c", "\"a", "\"a\" ,b"] {
            assert_eq!(read(bad), Err(BadQuotes), "{bad:?}");
        }
    }

    #[test]
    fn what_stands_between_the_values_is_seen_in_the_header() {
        for (text, shape) in [
            ("identity,room\n", Shape::Csv(b',')),
            ("identity;room\n", Shape::Csv(b';')),
            ("identity\troom\n", Shape::Csv(b'\t')),
            ("identity\n", Shape::Csv(b',')),
            ("identity", Shape::Csv(b',')),
            (" \n {\"identity\": \"a\"}", Shape::Jsonl),
        ] {
            assert_eq!(Cutter::new(text.as_bytes()).unwrap().shape().unwrap(), shape, "{text:?}");
        }
    }
}
