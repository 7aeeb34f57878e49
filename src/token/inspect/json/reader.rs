//! Reads a text into cells.

use super::{Broken, Cell, Members, Node, Tag, small};

/// A text, and how far it is read.
pub(super) struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) cells: Vec<Cell>,
    deepest: usize,
    /// Objects so far in which a key is there more than once.
    repeats: usize,
}

type Read<T> = Result<T, Broken>;

impl<'a> Reader<'a> {
    /// At the beginning of a text of which values this deep are read.
    pub(super) fn new(text: &'a str, cells: Vec<Cell>, deepest: usize) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, cells, deepest, repeats: 0 }
    }

    pub(super) fn broken(&self, why: &'static str) -> Broken {
        Broken { at: self.at, why }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Puts a cell down for what begins here, and gives its place; [`Self::close`] says what it is and where it ends.
    fn open(&mut self) -> usize {
        self.cells.push(Cell { tag: Tag::Null, start: small(self.at), end: 0, after: 0, repeats: false });
        self.cells.len() - 1
    }

    fn close(&mut self, place: usize, tag: Tag) {
        let after = small(self.cells.len());
        let end = small(self.at);
        let cell = &mut self.cells[place];
        (cell.tag, cell.end, cell.after) = (tag, end, after);
    }

    pub(super) fn value(&mut self, depth: usize) -> Read<()> {
        if depth > self.deepest {
            return Err(self.broken("nested too deep"));
        }
        self.space();
        let repeats = self.repeats;
        let place = self.open();
        let tag = match self.peek() {
            None => return Err(self.broken("it ends too soon")),
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => self.string()?,
            Some(b't') => self.word("true", Tag::True)?,
            Some(b'f') => self.word("false", Tag::False)?,
            Some(b'n') => self.word("null", Tag::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => return Err(self.broken("no value can begin like this")),
        };
        self.close(place, tag);
        if tag == Tag::Object {
            let node = Node { text: self.text, cells: &self.cells, at: place };
            self.repeats += usize::from(!Members(node.inside()).are_distinct());
        }
        self.cells[place].repeats = self.repeats > repeats;
        Ok(())
    }

    fn word(&mut self, word: &'static str, tag: Tag) -> Read<Tag> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(tag)
        } else {
            Err(self.broken("no value can begin like this"))
        }
    }

    fn object(&mut self, depth: usize) -> Read<Tag> {
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Tag::Object);
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.broken("a key must be a text"));
            }
            let key = self.open();
            let tag = self.string()?;
            self.close(key, tag);
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.broken("a colon must follow a key"));
            }
            self.at += 1;
            self.value(depth + 1)?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.broken("a comma or } must follow a value")),
            }
        }
        self.at += 1;
        Ok(Tag::Object)
    }

    fn list(&mut self, depth: usize) -> Read<Tag> {
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Tag::List);
        }
        loop {
            self.value(depth + 1)?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.broken("a comma or ] must follow a value")),
            }
        }
        self.at += 1;
        Ok(Tag::List)
    }

    fn number(&mut self) -> Read<Tag> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Tag::Number)
    }

    fn digits(&mut self) -> Read<()> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.broken("not a number")) } else { Ok(()) }
    }

    fn string(&mut self) -> Read<Tag> {
        self.at += 1;
        let mut tag = Tag::Text;
        loop {
            let plain = self.bytes[self.at..].iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20));
            self.at = plain.map_or(self.bytes.len(), |plain| self.at + plain);
            match self.peek() {
                None => return Err(self.broken("a text has no end")),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(tag);
                }
                Some(b'\\') => {
                    tag = Tag::Escaped;
                    self.at += 1;
                    self.escape()?;
                }
                Some(_) => return Err(self.broken("a control character stands in a text")),
            }
        }
    }

    pub(super) fn escape(&mut self) -> Read<char> {
        let c = match self.peek() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let first = self.hex()?;
                if (0xd800..0xdc00).contains(&first) && self.bytes[self.at..].starts_with(b"\\u") {
                    let back = self.at;
                    self.at += 2;
                    let second = self.hex()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let pair = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = back;
                }
                return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => return Err(self.broken("no such escape")),
        };
        self.at += 1;
        Ok(c)
    }

    fn hex(&mut self) -> Read<u32> {
        let digits = self.bytes.get(self.at..self.at + 4).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else { return Err(self.broken("no such escape")) };
        let value = digits.iter().filter_map(|d| char::from(*d).to_digit(16)).fold(0, |n, d| n * 16 + d);
        self.at += 4;
        Ok(value)
    }
}
