//! Which mangled secret, or whose, made a signature that does not fit.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::inspect::Inspection;
use super::key_matches;
use crate::project::ApiSecret;
use crate::text::visible;

/// What made a signature instead of the right secret. Has no secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// A word for programs: `line-break`, `quoted`, `other-project`.
    pub kind: &'static str,
    /// What happened, in one sentence.
    pub sentence: String,
    /// What the program that signs is to do.
    pub hint: &'static str,
}

/// Looks for what made the signature of a token that `secret` did not make. `others` are further projects, each
/// a name and its secret. Tries a fixed number of keys, and one for each other project, as far as [`MOST_HASHED`]
/// goes; a signature that no HMAC-SHA256 can be is looked up nowhere.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "finding a mangled secret needs the secret")]
pub fn near_miss<'a>(
    token: &Inspection,
    credentials: Option<(&str, &ApiSecret)>,
    others: impl IntoIterator<Item = (&'a str, &'a ApiSecret)>,
) -> Option<NearMiss> {
    if decoded_length(token.signature_part()) != Some(SIGNATURE) {
        return None;
    }
    let left = Cell::new(MOST_HASHED);
    let made = |key: &[u8]| {
        let enough = left.get() >= token.signed_part().len();
        left.set(left.get().saturating_sub(token.signed_part().len()));
        enough && key_matches(token.signed_part(), token.signature_part(), key)
    };
    if let Some((key, secret)) = credentials {
        let secret = secret.expose();
        let swapped = token.issuer() == secret;
        match (made(secret.as_bytes()), swapped) {
            (true, false) => return None,
            (true, true) => {
                return Some(miss("secret-as-issuer", "its iss is the secret, not the API key", PAIR));
            }
            (false, _) if made(key.as_bytes()) => {
                let (kind, what) = if swapped {
                    ("swapped", "the API key and the secret are swapped")
                } else {
                    ("key-as-secret", "it was signed with the API key in place of the secret")
                };
                return Some(miss(kind, what, PAIR));
            }
            (false, _) => {}
        }
        let found = manglings(secret).into_iter().find(|m| *m.key != *secret.as_bytes() && made(&m.key));
        if let Some(found) = found {
            return Some(miss(found.kind, found.what, found.hint));
        }
    }
    for (name, secret) in others {
        if left.get() < token.signed_part().len() {
            return None;
        }
        if made(secret.expose().as_bytes()) {
            let sentence = format!("it was signed with {}'s secret", visible(name));
            let hint = "take key and secret from the same project";
            return Some(NearMiss { kind: "other-project", sentence, hint });
        }
    }
    let dev = ApiSecret::dev();
    made(dev.expose().as_bytes()).then(|| {
        let what = "it was signed with secret, the secret of livekit-server --dev";
        miss("dev-secret", what, "give the program this project's LIVEKIT_API_SECRET")
    })
}

/// Bytes that are hashed at most, of the token's as often as there are keys to try: about a second's work. That is
/// every mangling of a token of 8 MiB, and of one of 1 KiB a quarter of a million projects.
const MOST_HASHED: usize = 256 << 20;

/// Bytes of an HMAC-SHA256.
const SIGNATURE: usize = 32;

fn decoded_length(signature: &str) -> Option<usize> {
    URL_SAFE_NO_PAD.decode(signature).ok().map(|bytes| bytes.len())
}

const PAIR: &str = "give LIVEKIT_API_KEY and LIVEKIT_API_SECRET each its own value";
const TRIM: &str = "trim the secret when it is read";
const QUOTES: &str = "take the quotes off: whatever read the secret keeps them";
const TEXT: &str = "use the secret as the text it is, without decoding or encoding it";

fn miss(kind: &'static str, sentence: &str, hint: &'static str) -> NearMiss {
    NearMiss { kind, sentence: sentence.to_owned(), hint }
}

struct Mangling {
    kind: &'static str,
    key: Zeroizing<Vec<u8>>,
    what: &'static str,
    hint: &'static str,
}

fn manglings(secret: &str) -> Vec<Mangling> {
    const BREAK: &str = "it was signed with this secret and a line break behind it";
    const SPACE: &str = "it was signed with this secret and a space beside it";
    const QUOTED: &str = "it was signed with this secret in quotes";
    const QUOTED_BREAK: &str = "it was signed with this secret in quotes, and a line break behind them";
    const NAMED: &str = "it was signed with this secret and its variable's name in front";
    const TRIMMED: &str = "it was signed with this secret without the space around it";
    const DECODED: &str = "it was signed with what this secret is when decoded from base64";
    const ENCODED: &str = "it was signed with this secret encoded as base64";
    let mut all = Vec::new();
    let mut add = |kind, key: Vec<u8>, what, hint| {
        all.push(Mangling { kind, key: Zeroizing::new(key), what, hint });
    };
    add("trimmed", secret.trim().into(), TRIMMED, "store the secret as the server has it");
    for end in ["\n", "\r\n"] {
        add("line-break", format!("{secret}{end}").into(), BREAK, TRIM);
    }
    for key in [format!("{secret} "), format!(" {secret}"), format!(" {secret} ")] {
        add("space", key.into(), SPACE, TRIM);
    }
    for quote in ['"', '\''] {
        add("quoted", format!("{quote}{secret}{quote}").into(), QUOTED, QUOTES);
        for end in ["\n", "\r\n"] {
            add("quoted-line-break", format!("{quote}{secret}{quote}{end}").into(), QUOTED_BREAK, QUOTES);
        }
    }
    for name in ["LIVEKIT_API_SECRET=", "API_SECRET="] {
        add("variable-name", format!("{name}{secret}").into(), NAMED, "give the value only");
    }
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        if let Ok(bytes) = engine.decode(secret) {
            add("base64-decoded", bytes, DECODED, TEXT);
        }
        add("base64-encoded", engine.encode(secret).into(), ENCODED, TEXT);
    }
    if let Some(bytes) = unhex(secret) {
        add("hex-decoded", bytes, "it was signed with what this secret is when decoded from hex", TEXT);
    }
    all
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    if text.is_empty() || text.len() % 2 == 1 {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::draft::Draft;
    use crate::clock::Timestamp;
    use crate::project::ApiKey;
    use crate::token::{inspect::inspect, sign};

    const SECRET: &str = "0123456789abcdefabcd";

    fn signed(secret: &str) -> Inspection {
        let claims = Draft::default().claims(&ApiKey::dev(), Timestamp::from_unix(1_795_531_327));
        let token = sign(&claims, &ApiSecret::verbatim(secret.into())).unwrap();
        inspect(token.expose()).unwrap()
    }

    fn kind(signed_with: &str) -> Option<&'static str> {
        let secret = ApiSecret::verbatim(SECRET.into());
        let other = ApiSecret::verbatim("fake-other".into());
        let found = near_miss(&signed(signed_with), Some(("devkey", &secret)), [("acme-prod", &other)])?;
        assert!(!format!("{found:?}").contains(SECRET));
        Some(found.kind)
    }

    #[test]
    fn each_mangling_is_named() {
        for (with, want) in [
            (format!("{SECRET}\n"), "line-break"),
            (format!("{SECRET}\r\n"), "line-break"),
            (format!("{SECRET} "), "space"),
            (format!("\"{SECRET}\""), "quoted"),
            (format!("'{SECRET}'\n"), "quoted-line-break"),
            (format!("LIVEKIT_API_SECRET={SECRET}"), "variable-name"),
            (STANDARD.encode(SECRET), "base64-encoded"),
            ("devkey".into(), "key-as-secret"),
            ("fake-other".into(), "other-project"),
            ("secret".into(), "dev-secret"),
        ] {
            assert_eq!(kind(&with), Some(want), "{with:?}");
        }
    }

    #[test]
    fn a_long_token_and_ten_thousand_projects_are_given_up_in_time() {
        let mut draft = Draft::default();
        draft.grants.metadata = "m".repeat(4 << 20);
        let claims = draft.claims(&ApiKey::dev(), Timestamp::from_unix(1_795_531_327));
        let token = sign(&claims, &ApiSecret::verbatim("fake-strange".into())).unwrap();
        let token = inspect(token.expose()).unwrap();
        let asked = Cell::new(0_u32);
        let other = ApiSecret::verbatim("fake-other".into());
        let others = (0..10_000).map(|_| {
            asked.set(asked.get() + 1);
            ("acme-prod", &other)
        });
        assert_eq!(near_miss(&token, None, others), None);
        assert!(asked.get() < 64, "{}", asked.get());
    }

    #[test]
    fn what_no_hmac_can_be_is_looked_up_nowhere() {
        for signature in ["", "AAAA", "!", &"A".repeat(86)] {
            let token = signed(&format!("{SECRET}\n"));
            let token = inspect(&format!("{}.{signature}", token.signed_part())).unwrap();
            let none = std::iter::from_fn(|| panic!("asked for another project"));
            assert_eq!(near_miss(&token, None, none), None);
        }
    }

    #[test]
    fn the_right_secret_and_a_strange_one_are_no_near_miss() {
        assert_eq!(kind(SECRET), None);
        assert_eq!(kind("fake-strange"), None);
    }
}
