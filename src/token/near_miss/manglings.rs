//! The keys that a mangled secret gives: what people, shells and editors really do to one.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::Kind;

/// A key to try, and what happened if it is the one.
pub(super) struct Mangling {
    pub(super) kind: &'static Kind,
    pub(super) key: Zeroizing<Vec<u8>>,
}

struct Manglings(Vec<Mangling>);

impl Manglings {
    fn add(&mut self, kind: &'static Kind, key: impl Into<Vec<u8>>) {
        let key = Zeroizing::new(key.into());
        if !key.is_empty() {
            self.0.push(Mangling { kind, key });
        }
    }
}

/// Every key that is tried for a secret, the likeliest first. Not more than [`MOST`].
pub(super) fn manglings(secret: &str) -> Vec<Mangling> {
    let mut all = Manglings(Vec::with_capacity(MOST));
    around(&mut all, secret);
    encoded(&mut all, secret);
    changed(&mut all, secret);
    all.0
}

/// What stands beside the secret, or was there and is gone.
fn around(all: &mut Manglings, secret: &str) {
    all.add(&super::TRIMMED, secret.trim());
    for end in ["\n", "\r\n"] {
        all.add(&super::LINE_BREAK, format!("{secret}{end}"));
    }
    for key in [
        format!("{secret} "),
        format!(" {secret}"),
        format!(" {secret} "),
        format!("{secret}\t"),
        format!("\t{secret}"),
    ] {
        all.add(&super::SPACE, key);
    }
    all.add(&super::BYTE_ORDER_MARK, format!("\u{feff}{secret}"));
    for hidden in ['\u{200b}', '\u{a0}'] {
        all.add(&super::INVISIBLE, format!("{secret}{hidden}"));
        all.add(&super::INVISIBLE, format!("{hidden}{secret}"));
    }
    for quote in ['"', '\''] {
        all.add(&super::QUOTED, format!("{quote}{secret}{quote}"));
        for end in ["\n", "\r\n"] {
            all.add(&super::QUOTED_LINE_BREAK, format!("{quote}{secret}{quote}{end}"));
        }
    }
    for name in ["LIVEKIT_API_SECRET=", "API_SECRET="] {
        all.add(&super::VARIABLE_NAME, format!("{name}{secret}"));
    }
}

/// The secret as some format writes or reads it.
fn encoded(all: &mut Manglings, secret: &str) {
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json.trim_start_matches('"');
    let json = json.strip_suffix('"').unwrap_or(json);
    all.add(&super::JSON_ESCAPED, json);
    // PHP and some others escape the slash too.
    all.add(&super::JSON_ESCAPED, json.replace('/', "\\/"));
    all.add(&super::URL_ENCODED, percent_encoded(secret));
    if let Some(decoded) = percent_decoded(secret) {
        all.add(&super::URL_DECODED, decoded.as_slice());
        // A form's decoder takes + for a space.
        let spaced = decoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte });
        all.add(&super::URL_DECODED, spaced.collect::<Vec<u8>>());
    }
    all.add(&super::PADDING_LOST, secret.trim_end_matches('='));
    for padding in ["=", "=="] {
        all.add(&super::PADDING_ADDED, format!("{secret}{padding}"));
    }
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        if let Ok(bytes) = engine.decode(secret) {
            all.add(&super::BASE64_DECODED, bytes);
        }
        all.add(&super::BASE64_ENCODED, engine.encode(secret));
    }
    // `echo SECRET | base64` takes the line break along.
    all.add(&super::BASE64_ENCODED, STANDARD.encode(format!("{secret}\n")));
    if let Some(bytes) = from_hex(secret) {
        all.add(&super::HEX_DECODED, bytes);
    }
    let hex = to_hex(secret);
    all.add(&super::HEX_ENCODED, hex.to_ascii_uppercase());
    all.add(&super::HEX_ENCODED, hex);
}

/// The secret's own characters, not all of them as they were.
fn changed(all: &mut Manglings, secret: &str) {
    all.add(&super::UPPER_CASE, secret.to_uppercase());
    all.add(&super::LOWER_CASE, secret.to_lowercase());
    for between in ["", "\n", " "] {
        all.add(&super::DOUBLED, format!("{secret}{between}{secret}"));
    }
    let mut rest = secret.chars();
    if rest.next().is_some() {
        all.add(&super::FIRST_LOST, rest.as_str());
    }
    let mut rest = secret.chars();
    if rest.next_back().is_some() {
        all.add(&super::LAST_LOST, rest.as_str());
    }
}

/// The most keys that are tried for one secret.
pub(super) const MOST: usize = 64;

/// What programs sign with when nobody gave them a secret.
pub(super) fn placeholders() -> impl Iterator<Item = &'static str> {
    [
        "undefined",
        "null",
        "None",
        "LIVEKIT_API_SECRET",
        "$LIVEKIT_API_SECRET",
        "${LIVEKIT_API_SECRET}",
        "%LIVEKIT_API_SECRET%",
        "<your API secret>",
        "<your LiveKit API secret>",
        "your-api-secret",
        "your_api_secret",
        "api-secret",
    ]
    .into_iter()
}

/// As `encodeURIComponent` does it, also for what it leaves alone beyond letters and digits.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `None` where a `%` is not followed by two digits: no decoder takes that.
fn percent_decoded(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(if byte == b'%' { digit(bytes.next()?)? << 4 | digit(bytes.next()?)? } else { byte });
    }
    Some(out)
}

fn to_hex(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len() * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        _ = write!(out, "{byte:02x}");
        out
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || text.len() % 2 == 1 {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_tries_is_bounded_whatever_the_secret() {
        for secret in ["", "x", "00ff", "fake%2Bsecret==", &"a".repeat(10_000), "\u{feff}会 \"\\"] {
            assert!(manglings(secret).len() <= MOST, "{}", manglings(secret).len());
        }
        assert!(placeholders().count() <= 16);
    }

    #[test]
    fn what_is_decoded_was_encoded() {
        assert_eq!(percent_encoded("a+b/c=é"), "a%2Bb%2Fc%3D%C3%A9");
        assert_eq!(percent_decoded("a%2Bb%2fc%3D").unwrap().as_slice(), b"a+b/c=");
        assert_eq!(percent_decoded("a%2"), None);
        assert_eq!(from_hex(&to_hex("fake é")).unwrap(), "fake é".as_bytes());
        assert_eq!(from_hex("0g"), None);
    }
}
