//! Making one kind of text of what people paste: a log with colours, a line of a browser's console, JSON in JSON.

use crate::text::{is_unprintable, token_spans};

/// The longest text that is looked at, in bytes. Of a longer one the beginning and the end count: a log says what
/// happened at one of them.
pub(super) const LONGEST: usize = 64 << 10;

/// What stands in the place of a token.
const TOKEN: &str = "<token>";

/// The text in small letters, with one space for any white space, without colours, tokens, escapes and invisible
/// characters.
pub(super) fn plain(text: &str) -> String {
    let text = shortened(text);
    let mut out = Plain { text: String::with_capacity(text.len()) };
    let mut done = 0;
    for span in token_spans(&text) {
        out.push(&text[done..span.start]);
        out.text.push_str(TOKEN);
        done = span.end;
    }
    out.push(&text[done..]);
    out.text
}

/// The beginning and the end, where there is more than is looked at.
fn shortened(text: &str) -> std::borrow::Cow<'_, str> {
    if text.len() <= LONGEST {
        return text.into();
    }
    let half = LONGEST / 2;
    let (first, last) = (boundary(text, half), boundary(text, text.len() - half));
    format!("{}\n{}", &text[..first], &text[last..]).into()
}

/// The last place at or before `at` where a character begins.
pub(super) fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

struct Plain {
    text: String,
}

impl Plain {
    fn push(&mut self, text: &str) {
        let mut at = 0;
        while let Some(&byte) = text.as_bytes().get(at) {
            // Most of it is like this, and quickly done.
            if matches!(byte, b'!'..=b'~') && byte != b'\\' {
                self.text.push(char::from(byte.to_ascii_lowercase()));
                at += 1;
                continue;
            }
            at += self.push_one(&text[at..]);
        }
    }

    /// Takes what stands at the start, and gives its length.
    fn push_one(&mut self, text: &str) -> usize {
        if let Some(length) = colour(text) {
            return length;
        }
        let c = text.chars().next().unwrap_or_default();
        match c {
            '\\' => {
                // As JSON, Go and Rust write a text inside a text.
                let (meant, length) = escape(text);
                self.put(meant);
                return length;
            }
            '\u{201c}'..='\u{201f}' => self.put('"'),
            '\u{2018}'..='\u{201b}' => self.put('\''),
            c => self.put(c),
        }
        c.len_utf8()
    }

    fn put(&mut self, c: char) {
        if c.is_whitespace() || (c.is_control()) {
            if !self.text.ends_with(' ') {
                self.text.push(' ');
            }
        } else if !is_unprintable(c) {
            self.text.push(c.to_ascii_lowercase());
        }
    }
}

/// The length of the escape sequence at the start, if there is one: as a terminal gets it, or written out by a logger.
fn colour(text: &str) -> Option<usize> {
    const LONGEST: usize = 64;
    let start =
        ["\u{1b}", "\\u001b", "\\x1b", "\\033", "\\e"].into_iter().find(|start| text.starts_with(start))?;
    let rest = &text.as_bytes()[start.len()..];
    let end = match rest.first()? {
        b'[' => rest.iter().take(LONGEST).skip(1).position(|b| (0x40..=0x7e).contains(b))? + 2,
        b']' => rest.iter().take(LONGEST).position(|b| *b == 7)? + 1,
        _ => return None,
    };
    Some(start.len() + end)
}

/// What the escape at the start means, and its length.
fn escape(text: &str) -> (char, usize) {
    let bytes = text.as_bytes();
    match bytes.get(1) {
        Some(b'"') => ('"', 2),
        Some(b'\'') => ('\'', 2),
        Some(b'/') => ('/', 2),
        Some(b'n' | b't' | b'r') => (' ', 2),
        Some(b'u') => {
            match text.get(2..6).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32) {
                Some(c) => (c, 6),
                None => ('\\', 1),
            }
        }
        _ => ('\\', 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_escapes_line_breaks_and_tokens_are_out_of_the_way() {
        for (text, is) in [
            ("\u{1b}[31mError:\u{1b}[0m  Token\n is\tEXPIRED", "error: token is expired"),
            (r#"{"msg":"missing \"exp\" claim\n\u001b[0m"}"#, r#"{"msg":"missing "exp" claim "}"#),
            ("proto:\u{a0}(line 1:17)", "proto: (line 1:17)"),
            (r"proto:\u00a0(line", "proto: (line"),
            ("“quoted” it’s", "\"quoted\" it's"),
            ("tok\u{200b}en", "token"),
            (
                "invalid token: eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJLIn0.c2ln, error",
                "invalid token: <token>, error",
            ),
            ("\u{1b}]0;title\u{7}x\u{1b}", "x "),
            ("\\", "\\"),
            ("\\u12", "\\u12"),
        ] {
            assert_eq!(plain(text), is, "{text:?}");
        }
    }

    #[test]
    fn of_a_long_text_beginning_and_end_are_looked_at() {
        let long = format!("first{}last", "é".repeat(LONGEST));
        let plain = plain(&long);
        assert!(plain.len() <= LONGEST + 1 && plain.starts_with("first") && plain.ends_with("last"));
    }
}
