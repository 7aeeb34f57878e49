//! Text that must not leak, and text that must not be trusted.
//!
//! [`Sensitive`] and [`Pasted`] hold text that never reaches a log, an error or a `{:?}`; both are wiped when
//! dropped. [`visible`] makes text from outside safe to draw, [`redact`] safe to report. Nothing here knows what the text means.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use zeroize::Zeroize;

/// Text that is wiped when it is dropped, with the room behind it. As a slice: byte by byte, as a `String` is wiped,
/// takes milliseconds where somebody pasted a megabyte.
#[derive(Clone, PartialEq, Eq)]
struct Wiped(String);

impl Drop for Wiped {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.resize(bytes.capacity(), 0);
        bytes.as_mut_slice().zeroize();
    }
}

/// Text on its way to the clipboard: a token, or a secret the user asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive(Wiped);

impl Sensitive {
    /// Takes the text over; the caller's copy is this one.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Wiped(text))
    }

    /// The text itself, for the one place that sends it where the user asked.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0.0
    }
}

/// What a terminal's bracketed paste, or a read of the clipboard, delivered: it may be a secret, a token, or
/// anything at all.
#[derive(Clone, PartialEq, Eq)]
pub struct Pasted(Wiped);

impl Pasted {
    /// Takes the text over. Carriage returns become newlines: tmux delivers pasted line feeds as `\r`.
    #[must_use]
    pub fn new(text: String) -> Self {
        let text = Wiped(text);
        if !text.0.contains('\r') {
            return Self(text);
        }
        let mut lines = text.0.split('\r');
        let mut clean = Wiped(String::with_capacity(text.0.len()));
        clean.0.push_str(lines.next().unwrap_or_default());
        for line in lines {
            clean.0.push('\n');
            clean.0.push_str(line.strip_prefix('\n').unwrap_or(line));
        }
        Self(clean)
    }

    /// The text itself, for the field or the parser it was pasted into.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0.0
    }
}

macro_rules! hidden_debug {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    )+};
}
hidden_debug!(Sensitive, Pasted);

/// Whether a terminal would obey this character, or draw it in a way that hides what the text really is:
/// control characters, direction overrides and isolates, line separators, and characters of no width that no
/// script needs. The joiners U+200C and U+200D stay: emoji and several scripts are written with them.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

/// Whether it is printable ASCII and nothing else: most text is, and this is told sixteen bytes at a time.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
}

/// The text with every [unprintable](is_unprintable) character written out (`\n`, `\u{202e}`), so that a
/// terminal shows it instead of obeying it. Text without any is borrowed.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, is_unprintable)
}

/// The first `most` characters, [visible], with `…` behind them if there are more: text from outside in a sentence
/// of ours. No more of the text than that is looked at, however long it is.
#[must_use]
pub fn beginning(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => visible(text).into_owned(),
        Some((end, _)) => format!("{}…", visible(&text[..end])),
    }
}

/// `a`, `a and b`, `a, b and c`; with `and` or another word before the last. Nothing of nothing.
#[must_use]
pub fn listed<T: AsRef<str>>(items: &[T], and: &str) -> String {
    let Some((last, first)) = items.split_last() else { return String::new() };
    let last = last.as_ref();
    if first.is_empty() {
        return last.to_owned();
    }
    let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
    format!("{} {and} {last}", first.join(", "))
}

/// `acme is`, `acme and beta are`, `nothing is`.
#[must_use]
pub fn are<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => "nothing is".into(),
        [one] => format!("{} is", one.as_ref()),
        several => format!("{} are", listed(several, "and")),
    }
}

/// As [`visible`], for text of several lines: `\n` stays a line break.
#[must_use]
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && is_unprintable(c))
}

/// The text with these characters written out, in stretches: there may be megabytes between two of them.
fn escaped(text: &str, hostile: impl Fn(char) -> bool) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((at, c)) = first(rest, &hostile) {
        if out.is_empty() {
            out.reserve(text.len() + 16);
        }
        out.push_str(&rest[..at]);
        push_escaped(c, &mut out);
        rest = &rest[at + c.len_utf8()..];
    }
    if rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// As [`char::escape_default`] writes an unprintable character.
fn push_escaped(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ => {
            out.push_str("\\u{");
            let number = u32::from(c);
            // Of the eight digits of a number those behind its leading zeros.
            let first = (number | 1).leading_zeros() / 4;
            out.extend((first..8).filter_map(|at| char::from_digit(number >> (28 - at * 4) & 15, 16)));
            out.push('}');
        }
    }
}

/// The first of these characters, which no printable ASCII character is.
fn first(text: &str, is: impl Fn(char) -> bool) -> Option<(usize, char)> {
    let mut at = 0;
    loop {
        let odd = text.as_bytes()[at..].iter().position(|b| !matches!(b, b' '..=b'~'))?;
        let c = text[at + odd..].chars().next()?;
        if is(c) {
            return Some((at + odd, c));
        }
        at += odd + c.len_utf8();
    }
}

/// A number to be read in threes: `1,234,567`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The text with everything in it that looks like a token (`eyJ…`) or a secret (32 letters and digits or more in
/// one word) replaced by `(hidden)`: for messages whose origin is not known.
#[must_use]
pub fn redacted(text: &str) -> Cow<'_, str> {
    let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '=' | '.');
    let mut out = String::new();
    let (mut at, mut done) = (0, 0);
    while let Some(start) = text[at..].find(in_word) {
        let start = at + start;
        let end = text[start..].find(|c| !in_word(c)).map_or(text.len(), |length| start + length);
        if is_confidential(&text[start..end]) {
            out.push_str(&text[done..start]);
            out.push_str("(hidden)");
            done = end;
        }
        at = end;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

fn is_confidential(word: &str) -> bool {
    if word.len() < 16 {
        return false;
    }
    let mixed = |part: &str| {
        part.len() >= 32
            && part.bytes().any(|b| b.is_ascii_digit())
            && part.bytes().any(|b| b.is_ascii_alphabetic())
    };
    let token = word.find("eyJ").is_some_and(|at| word.len() - at >= 16);
    token || word.split('.').any(mixed)
}

/// Where JSON Web Tokens stand in a text: runs of base64url in two or more parts, of which one begins as JSON
/// objects do. What they say is not looked at; a part may be cut short. Whatever stands before the header and
/// in the same run (`Bearer.`) belongs to it.
pub fn token_spans(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            if !is_part(bytes[at]) {
                at += 1;
                continue;
            }
            let start = at;
            let run = first_that_is_not(&bytes[at..], |b| is_part(b) || b == b'.');
            at = run.map_or(bytes.len(), |end| at + end);
            let run = &text[start..at];
            let mut parts = run.split('.');
            let header = parts.find(|part| begins_an_object(part));
            if header.is_some() && parts.next().is_some_and(|part| part.len() > 1) {
                return Some(start..at);
            }
        }
        None
    })
}

/// Where the first byte stands that is not of a kind. A kind that is made of ranges is looked for many bytes at a time,
/// once it has lasted for longer than a word.
pub(crate) fn first_that_is_not(bytes: &[u8], kind: impl Fn(u8) -> bool) -> Option<usize> {
    const WORD: usize = 16;
    const STEP: usize = 64;
    let (word, rest) = bytes.split_at(bytes.len().min(WORD));
    if let Some(at) = word.iter().position(|b| !kind(*b)) {
        return Some(at);
    }
    let whole = |chunk: &&[u8]| chunk.iter().fold(true, |all, b| all & kind(*b));
    let passed = rest.chunks(STEP).take_while(whole).count() * STEP;
    let at = rest.get(passed..)?.iter().position(|b| !kind(*b))?;
    Some(word.len() + passed + at)
}

/// Whether a part in base64url begins with `{` and then what may follow it in a JSON object with members.
fn begins_an_object(part: &str) -> bool {
    match part.as_bytes() {
        [b'e', b'y', third, rest @ ..] => matches!(third, b'A'..=b'D' | b'I'..=b'L') && rest.len() >= 5,
        [b'e', b'w', third, rest @ ..] => matches!(third, b'k'..=b'r' | b'0'..=b'3') && rest.len() >= 12,
        _ => false,
    }
}

/// The text with everything that looks like a token replaced by `eyJ…(hidden)`, for errors, logs and crash
/// reports. Text without any is borrowed.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for span in token_spans(text) {
        out.push_str(&text[done..span.start]);
        out.push_str("eyJ…(hidden)");
        done = span.end;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// The candidate that `wanted` was probably meant to be: the nearest by edit distance, if it is near enough
/// that suggesting it helps (a third of the word, at least one letter). Case is ignored, as are `_` and `-`.
#[must_use]
pub fn did_you_mean<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |s: &str| {
        s.chars()
            .filter(|c| !matches!(c, '_' | '-'))
            .flat_map(char::to_lowercase)
            .take(128)
            .collect::<Vec<_>>()
    };
    let wanted = fold(wanted);
    let most = (wanted.len() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let folded = fold(candidate);
            // A word that is wholly contained in the other ("roomName" for "room") is nearer than it measures.
            let contained = wanted.len() >= 3
                && folded.len() >= 3
                && (wanted.starts_with(&folded) || folded.starts_with(&wanted) || folded.ends_with(&wanted));
            // Words are at least as far apart as their lengths: most need no closer look.
            if !contained && wanted.len().abs_diff(folded.len()) > most {
                return None;
            }
            let distance = edit_distance(&wanted, &folded);
            Some((if contained { distance.min(1) } else { distance }, distance, candidate))
        })
        .filter(|(distance, _, _)| *distance <= most)
        .min_by_key(|(distance, tie, _)| (*distance, *tie))
        .map(|(_, _, candidate)| candidate)
}

/// The Damerau-Levenshtein distance (optimal string alignment): inserts, deletes, replacements and swaps of
/// neighbours each cost one.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unprintable_character_is_written_as_rust_writes_it() {
        for c in (0..=0x10_FFFF).filter_map(char::from_u32).filter(|c| is_unprintable(*c)) {
            assert_eq!(visible(&c.to_string()), c.escape_default().to_string());
        }
    }

    #[test]
    fn the_first_odd_byte_is_found_wherever_it_stands() {
        for length in 0..200 {
            let mut bytes = vec![b'a'; length];
            assert_eq!(first_that_is_not(&bytes, |b| b == b'a'), None, "{length}");
            for at in (0..length).rev() {
                bytes[at] = b'!';
                assert_eq!(first_that_is_not(&bytes, |b| b == b'a'), Some(at), "{at} of {length}");
            }
        }
    }

    #[test]
    fn a_paste_has_line_feeds_whatever_the_terminal_made_of_them() {
        for (given, kept) in
            [("a", "a"), ("a\rb", "a\nb"), ("a\r\nb\r", "a\nb\n"), ("\r\r\n\n", "\n\n\n"), ("", "")]
        {
            assert_eq!(Pasted::new(given.into()).expose(), kept, "{given:?}");
        }
    }

    #[test]
    fn numbers_are_read_in_threes() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(visible("plain 会議室 🎥"), "plain 会議室 🎥");
        assert_eq!(visible("a\x1b[2Jb\u{202e}c\r\n"), "a\\u{1b}[2Jb\\u{202e}c\\r\\n");
        assert_eq!(visible_lines("a\nb\x07"), "a\nb\\u{7}");
    }

    #[test]
    fn a_long_text_shows_its_beginning() {
        assert_eq!(beginning("ab", 2), "ab");
        assert_eq!(beginning("é\x1bc", 2), "é\\u{1b}…");
        assert_eq!(beginning(&"x".repeat(1 << 20), 3), "xxx…");
    }

    #[test]
    fn tokens_and_secrets_are_hidden_and_the_rest_stays() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln";
        assert_eq!(redacted(&format!("?access_token={token}&x=1")), "?(hidden)&x=1");
        assert_eq!(redacted("'fakesecretfakesecretfakesecret0123'"), "'(hidden)'");
        for plain in
            ["--allow-update-metadata", "src/a/b.rs:10", "eyJ", "wss://acme.livekit.cloud", "é 会議室"]
        {
            assert!(matches!(redacted(plain), Cow::Borrowed(_)), "{plain}");
        }
    }

    #[test]
    fn joined_emoji_stay_whole() {
        assert!(matches!(visible("👩\u{200d}💻"), Cow::Borrowed(_)));
    }

    #[test]
    fn debug_never_shows_what_is_inside() {
        let shown = format!("{:?} {:?}", Sensitive::new("canary".into()), Pasted::new("canary".into()));
        assert_eq!(shown, "Sensitive(hidden) Pasted(hidden)");
    }

    #[test]
    fn a_paste_has_one_kind_of_line_break() {
        assert_eq!(Pasted::new("a\rb\r\nc\n".into()).expose(), "a\nb\nc\n");
    }

    #[test]
    fn what_looks_like_a_token_is_hidden_wherever_it_stands() {
        for (text, shown) in [
            (
                "invalid token: eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJLIn0.c2ln, error",
                "invalid token: eyJ…(hidden), error",
            ),
            ("?access_token=eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJLIn0.c2ln&x=1", "?access_token=eyJ…(hidden)&x=1"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJpc3Mi", "eyJ…(hidden)"),
            ("Bearer.eyJhbGciOiJIUzI1NiJ9.eyJpc3Mi.x é", "eyJ…(hidden) é"),
            ("ewogICJhbGciOiAiSFMyNTYiCn0.ewogIH0.c2ln", "eyJ…(hidden)"),
            ("eyAiYWxnIjogIkhTMjU2In0.e30.c2ln", "eyJ…(hidden)"),
        ] {
            assert_eq!(redact(text), shown);
        }
    }

    #[test]
    fn what_does_not_look_like_a_token_stays() {
        for text in [
            "",
            "wss://example.livekit.cloud/rtc",
            "ewok.example.com",
            "eyJ…",
            "eyJhbGciOiJIUzI1NiJ9",
            "a.b.c",
        ] {
            assert!(matches!(redact(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_slip_of_the_fingers_is_understood_and_nonsense_is_not() {
        let words = ["room", "roomJoin", "canPublish", "canPublishData", "hidden"];
        assert_eq!(did_you_mean("roomName", words), Some("room"));
        assert_eq!(did_you_mean("can_publish", words), Some("canPublish"));
        assert_eq!(did_you_mean("canPubilsh", words), Some("canPublish"));
        assert_eq!(did_you_mean("hiden", words), Some("hidden"));
        assert_eq!(did_you_mean("zebra", words), None);
    }
}
