//! Finding the token in what people paste: headers, addresses, JSON, log lines, wrapped text.
//!
//! What stands *around* a token is taken off and told. What is left *in* it (padding, `Bearer.`) stays: a server
//! would judge it as it is.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

use super::InspectError;
use crate::text::{first_that_is_not, token_spans};

/// The longest text that is looked at; a token in it may be as long as [`super::LONGEST`].
pub(super) const LONGEST: usize = 8 << 20;

/// The length of an HS256 signature in base64url.
const SIGNATURE: usize = 43;

/// Something that was taken off to get at the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// Spaces or line breaks around it.
    Space,
    /// Line breaks or spaces inside, from a terminal or a mail that wrapped it.
    Wrapping,
    /// `"…"`, `'…'` or `` `…` ``.
    Quotes,
    /// A byte order mark or characters of no width.
    Invisible,
    /// `Authorization:` in front.
    HeaderName,
    /// `Bearer ` in front.
    Bearer,
    /// An address it was a parameter of.
    Address,
    /// JSON it was a value of.
    Json,
    /// Other text around it.
    Text,
    /// Further tokens behind the first.
    OtherTokens,
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Space => "space around it",
            Self::Wrapping => "line breaks inside it",
            Self::Quotes => "quotes around it",
            Self::Invisible => "invisible characters",
            Self::HeaderName => "Authorization: in front",
            Self::Bearer => "Bearer in front",
            Self::Address => "the address around it",
            Self::Json => "the JSON around it",
            Self::Text => "the text around it",
            Self::OtherTokens => "the tokens after the first",
        })
    }
}

/// The first token in a text, as it stands there; `None` if there is none. For deciding what a paste is.
#[must_use]
pub fn find_token(text: &str) -> Option<&str> {
    token_spans(text).next().map(|span| &text[span])
}

/// The token's text as a server would be given it, and what was taken off.
pub(super) fn extract(text: &str) -> Result<(String, Vec<Removed>), InspectError> {
    if text.len() > LONGEST {
        return Err(InspectError::TooLong { bytes: text.len() });
    }
    let mut removed = Vec::new();
    let invisible = |c: char| matches!(c, '\u{FEFF}' | '\u{200B}' | '\u{2060}' | '\u{00AD}');
    let cleaned;
    // Most texts are ASCII, which is quickly known, and then there is none.
    let text = if !text.is_ascii() && text.contains(invisible) {
        note(&mut removed, Removed::Invisible);
        cleaned = text.replace(invisible, "");
        cleaned.as_str()
    } else {
        text
    };
    let rest = strip(text, &mut removed);
    if rest.is_empty() {
        return Err(InspectError::Empty);
    }
    if run(rest) == rest.len() && !assigns(rest) && is_in_parts(rest) {
        return Ok((rest.to_owned(), removed));
    }
    if let Some(token) = unwrapped(rest) {
        note(&mut removed, Removed::Wrapping);
        return Ok((token, removed));
    }
    let (token, mut others) = surrounded(rest, &mut removed)?;
    if others.next().is_some() {
        note(&mut removed, Removed::OtherTokens);
    }
    Ok((token, removed))
}

fn note(removed: &mut Vec<Removed>, what: Removed) {
    if !removed.contains(&what) {
        removed.push(what);
    }
}

/// Takes off what stands around, again and again until nothing is left to take off.
fn strip<'a>(text: &'a str, removed: &mut Vec<Removed>) -> &'a str {
    let mut rest = text;
    loop {
        let before = rest.len();
        let trimmed = rest.trim();
        if trimmed.len() < rest.len() {
            note(removed, Removed::Space);
            rest = trimmed;
        }
        if let Some(value) = after_word(rest, "authorization:") {
            note(removed, Removed::HeaderName);
            rest = value;
        }
        if let Some(value) = after_word(rest, "bearer ") {
            note(removed, Removed::Bearer);
            rest = value;
        }
        if let Some(inner) = ['"', '\'', '`'].into_iter().find_map(|q| rest.strip_prefix(q)?.strip_suffix(q))
        {
            note(removed, Removed::Quotes);
            rest = inner;
        }
        if rest.len() == before {
            return rest;
        }
    }
}

fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

/// What may stand in a token that something went wrong with: also padding, and the signs of plain base64.
fn belongs(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'=' | b'+' | b'/')
}

/// Where a text stops to be what may stand in a token.
fn run(text: &str) -> usize {
    first_that_is_not(text.as_bytes(), belongs).unwrap_or(text.len())
}

/// Whether an `=` stands where no padding can: `token=eyJ…`.
fn assigns(text: &str) -> bool {
    let behind = text.match_indices('=').filter_map(|(at, _)| text.as_bytes().get(at + 1));
    behind.into_iter().any(|b| !matches!(b, b'=' | b'.'))
}

/// Whether one of the parts is an object in base64, and so the text a token and not a word or an address.
fn is_in_parts(text: &str) -> bool {
    text.split('.').any(|part| decode(part).is_some_and(|bytes| looks_like_an_object(&bytes)))
}

fn looks_like_an_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}

/// Pieces that are a token once the white space between them is gone.
fn unwrapped(text: &str) -> Option<String> {
    // Megabytes of a log come by here too. The questions that a log fails at its first lines stand first, and
    // the text is copied only when it is a token.
    let (first, rest) = text.split_at(run(text));
    if !rest.starts_with(char::is_whitespace) || !begins_with_a_header(first) {
        return None;
    }
    if text.bytes().filter(|b| *b == b'.').nth(2).is_some() {
        return None;
    }
    if !text.split_whitespace().all(|piece| run(piece) == piece.len()) {
        return None;
    }
    let whole: String = text.split_whitespace().collect();
    is_in_parts(&whole).then_some(whole)
}

/// Whether an ASCII piece starts a token: its beginning, as far as whole groups of four go, is that of an object.
fn begins_with_a_header(piece: &str) -> bool {
    const ENOUGH: usize = 1024;
    let part = piece.split('.').next().unwrap_or(piece);
    let whole = part.len().min(ENOUGH) / 4 * 4;
    decode(&part[..whole]).is_some_and(|bytes| looks_like_an_object(&bytes))
}

/// The first token inside other text, with the lines that it was wrapped over; and the spans of the others.
fn surrounded<'a>(
    text: &'a str,
    removed: &mut Vec<Removed>,
) -> Result<(String, impl Iterator<Item = std::ops::Range<usize>> + 'a), InspectError> {
    let mut spans = token_spans(text);
    let Some(span) = spans.next() else { return Err(no_token(text)) };
    let mut token = text[span.clone()].to_owned();
    let mut end = span.end;
    let padding = text[end..].bytes().take_while(|b| *b == b'=').count();
    token.push_str(&text[end..end + padding]);
    end += padding;
    let mut dots = token.matches('.').count();
    while let Some((piece, after)) = continuation(&token, dots, &text[end..]) {
        token.push_str(piece);
        dots += piece.matches('.').count();
        end += after;
        note(removed, Removed::Wrapping);
    }
    // A full stop that ends a sentence is none of the token's.
    let whole = token.trim_end_matches('.').len();
    if token[..whole].matches('.').count() >= 2 {
        token.truncate(whole);
    }
    let before = &text[..span.start];
    let address = ["token=", "jwt=", "join_token="].iter().any(|name| before.ends_with(name));
    note(
        removed,
        if address && before.contains(['?', '#', '&']) {
            Removed::Address
        } else if before.trim_end().ends_with('"') && text[end..].trim_start().starts_with('"') {
            Removed::Json
        } else {
            Removed::Text
        },
    );
    Ok((token, spans.filter(move |other| other.start >= end)))
}

/// The piece of the next line that goes on with the token, and how far it reaches. Only a token that lacks
/// something goes on: a part, or the rest of its signature. It has that many dots; counting them again for each
/// line of a megabyte would take seconds.
fn continuation<'a>(token: &str, dots: usize, rest: &'a str) -> Option<(&'a str, usize)> {
    let lacking = match dots {
        0 | 1 => true,
        2 => token.rsplit('.').next().is_some_and(|signature| signature.len() < SIGNATURE),
        _ => false,
    };
    let line = rest.trim_start_matches([' ', '\t', '\r']).strip_prefix('\n')?;
    let line = line.trim_start();
    let end = first_that_is_not(line.as_bytes(), |b| belongs(b) && !matches!(b, b'+' | b'/'));
    let end = end.unwrap_or(line.len());
    let (piece, behind) = line.split_at(end);
    let ends_there = behind.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | ','));
    (lacking && !piece.is_empty() && ends_there).then(|| (piece, rest.len() - behind.len()))
}

fn no_token(text: &str) -> InspectError {
    if text.trim_start().starts_with('{') && serde_json::from_str::<serde_json::Value>(text).is_ok() {
        return InspectError::OnlyJson;
    }
    if run(text) == text.len() {
        return match text.split('.').count() {
            1 => InspectError::OnePart,
            _ => InspectError::NotBase64 { part: "the header" },
        };
    }
    InspectError::NoToken
}

/// Base64url or plain base64, padded or not: whatever can be read.
pub(super) fn decode(part: &str) -> Option<Vec<u8>> {
    const FORGIVING: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, FORGIVING);
    if first_that_is_not(part.as_bytes(), |b| !matches!(b, b'+' | b'/')).is_some() {
        return ENGINE.decode(part.replace('+', "-").replace('/', "_")).ok();
    }
    ENGINE.decode(part).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJBUElmYWtlIiwic3ViIjoiYWxpY2UifQ.3c0a_5R9plR3JhjN6VnQ0viAEaLr7vBmfl-GlJ8U-as";

    fn found(text: &str) -> (String, Vec<Removed>) {
        extract(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn a_bare_token_is_left_alone() {
        assert_eq!(found(TOKEN), (TOKEN.to_owned(), vec![]));
    }

    #[test]
    fn what_stands_around_is_taken_off_and_told() {
        let (head, tail) = TOKEN.split_at(60);
        let (middle, last) = tail.split_at(40);
        for (text, removed) in [
            (format!("  {TOKEN}\n"), vec![Removed::Space]),
            (format!("\"{TOKEN}\""), vec![Removed::Quotes]),
            (format!("\u{feff}{TOKEN}"), vec![Removed::Invisible]),
            (format!("Bearer {TOKEN}"), vec![Removed::Bearer]),
            (
                format!("authorization: bearer {TOKEN}"),
                vec![Removed::HeaderName, Removed::Space, Removed::Bearer],
            ),
            (format!("{head}\n{middle}\r\n  {last}"), vec![Removed::Wrapping]),
            (
                format!("wss://x.livekit.cloud/rtc?access_token={TOKEN}&auto_subscribe=1"),
                vec![Removed::Address],
            ),
            (
                format!("https://meet.livekit.io/custom?liveKitUrl=wss%3A%2F%2Fx&token={TOKEN}"),
                vec![Removed::Address],
            ),
            (
                format!(r#"{{"server_url":"wss://x.livekit.cloud","participant_token":"{TOKEN}"}}"#),
                vec![Removed::Json],
            ),
            (format!("2026-11-24 INFO token={TOKEN}, room=demo"), vec![Removed::Text]),
            (format!("LIVEKIT_TOKEN={TOKEN}"), vec![Removed::Text]),
            (format!("the token is {TOKEN}."), vec![Removed::Text]),
            (format!("token: {head}\n{middle}\n{last}\nnext line"), vec![Removed::Wrapping, Removed::Text]),
            (format!("{TOKEN}\n{TOKEN}"), vec![Removed::Text, Removed::OtherTokens]),
        ] {
            assert_eq!(found(&text), (TOKEN.to_owned(), removed), "{text}");
        }
    }

    #[test]
    fn what_is_left_inside_stays_for_the_server_to_judge() {
        for text in [format!("{TOKEN}="), format!("Bearer.{TOKEN}"), format!("{TOKEN}.x")] {
            assert_eq!(found(&text), (text.clone(), vec![]));
        }
        let padded = found(&format!("token: {TOKEN}="));
        assert_eq!(padded, (format!("{TOKEN}="), vec![Removed::Text]));
    }

    #[test]
    fn a_first_piece_that_is_not_ascii_is_no_header() {
        for text in ["eyJ{h\u{F8F82} a", "{h\u{F8F82}\na.b", "\u{e4}\u{e4} eyJ"] {
            assert_eq!(extract(text).unwrap_err(), InspectError::NoToken, "{text:?}");
        }
    }

    #[test]
    fn a_missing_signature_is_no_hindrance() {
        let unsigned = TOKEN.rsplit_once('.').unwrap().0;
        assert_eq!(found(unsigned).0, unsigned);
        assert_eq!(found(&format!("x: {unsigned} y")).0, unsigned);
    }

    #[test]
    fn text_without_a_token_says_what_it_is() {
        for (text, error) in [
            ("", InspectError::Empty),
            (" \n\"\"", InspectError::Empty),
            ("hello there", InspectError::NoToken),
            ("wss://x.livekit.cloud", InspectError::NoToken),
            ("secret", InspectError::OnePart),
            ("aaaa.bbbb.cccc", InspectError::NotBase64 { part: "the header" }),
            (r#"{"iss":"K"}"#, InspectError::OnlyJson),
            ("\u{1b}[2J\0", InspectError::NoToken),
        ] {
            assert_eq!(extract(text).unwrap_err(), error, "{text:?}");
            assert_eq!(find_token(text), None);
        }
        let huge = "a".repeat(LONGEST + 1);
        assert_eq!(extract(&huge).unwrap_err(), InspectError::TooLong { bytes: LONGEST + 1 });
    }

    #[test]
    fn a_megabyte_wrapped_over_many_lines_is_put_together() {
        let long = format!("eyJhbGciOiJIUzI1NiJ9.eyJ{}.{}", "a".repeat(1 << 20), "c".repeat(43));
        let lines: Vec<&str> =
            long.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let (token, removed) = found(&format!("token: {}\nnext", lines.join("\n")));
        assert!(token == long);
        assert_eq!(removed, [Removed::Wrapping, Removed::Text]);
    }

    #[test]
    fn the_first_token_is_found_for_the_paste() {
        assert_eq!(find_token(&format!("a b {TOKEN} c")), Some(TOKEN));
    }
}
