//! Which mangled secret, or whose, made a signature that does not fit.
//!
//! What can have happened is listed in [`KINDS`]; the keys that are tried for each are in `manglings`. Their number is
//! fixed, but for one try for each other project.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::inspect::{Credentials, Inspection};
use super::key_matches;
use crate::project::ApiSecret;
use crate::text::visible;

mod manglings;

use manglings::{manglings, placeholders};

/// One way for a signature to be nearly right.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// A word for programs: `line-break`, `quoted`, `other-project`. Stable.
    pub id: &'static str,
    /// What happened, in one sentence without a full stop.
    pub what: &'static str,
    /// What the program that signs is to do.
    pub hint: &'static str,
}

impl Kind {
    /// Whether the token's `iss` is the secret.
    fn leaks_secret(&self) -> bool {
        [SWAPPED.id, SECRET_AS_ISSUER.id].contains(&self.id)
    }

    /// What a server answers: it looks for the key before it looks at the signature.
    #[must_use]
    pub fn answer(&self) -> &'static str {
        if self.leaks_secret() { "invalid API key" } else { "signature is invalid" }
    }
}

macro_rules! kinds {
    ($($name:ident $id:literal $what:literal, $hint:literal;)+) => {
        $(static $name: Kind = Kind { id: $id, what: $what, hint: $hint };)+
        /// Every kind, in the order in which they are looked for.
        pub static KINDS: &[&Kind] = &[$(&$name),+];
    };
}

kinds! {
    SECRET_AS_ISSUER "secret-as-issuer" "its iss is the API secret: whoever sees this token can sign others",
        "put the API key into iss, and replace this key and secret on the server: the secret is known now";
    SWAPPED "swapped" "API key and secret are swapped: whoever sees this token has the secret",
        "exchange them where it is signed, and replace both on the server: the secret is known now";
    KEY_AS_SECRET "key-as-secret" "it was signed with the API key in place of the secret",
        "give LIVEKIT_API_KEY and LIVEKIT_API_SECRET each its own value";
    TRIMMED "trimmed" "it was signed with this secret without the space around it",
        "store the secret as the server has it";
    LINE_BREAK "line-break" "it was signed with this secret and a line break behind it",
        "trim the secret when it is read";
    SPACE "space" "it was signed with this secret and a space or a tab beside it",
        "trim the secret when it is read";
    BYTE_ORDER_MARK "byte-order-mark" "it was signed with this secret and a byte order mark in front of it",
        "save the file that holds the secret as UTF-8 without a BOM";
    INVISIBLE "invisible" "it was signed with this secret and an invisible character beside it",
        "type the first and the last character anew instead of pasting them";
    QUOTED "quoted" "it was signed with this secret in quotes",
        "take the quotes off: whatever read the secret keeps them";
    QUOTED_LINE_BREAK "quoted-line-break" "it was signed with this secret in quotes and a line break behind them",
        "take the quotes off and trim: whatever read the secret keeps both";
    VARIABLE_NAME "variable-name" "it was signed with this secret and its variable's name in front",
        "give the value only";
    JSON_ESCAPED "json-escaped" "it was signed with this secret as JSON escapes it",
        "read it with a JSON library instead of cutting it out of the text";
    URL_ENCODED "url-encoded" "it was signed with this secret encoded for a URL (%2B for +)",
        "decode it where it is taken from the URL, and keep secrets out of URLs";
    URL_DECODED "url-decoded" "it was signed with this secret decoded as if it came from a URL",
        "use the secret as the text it is: + and % stand for themselves";
    PADDING_LOST "padding-lost" "it was signed with this secret without the = at its end",
        "split at the first = only where the secret is read, and keep the rest";
    PADDING_ADDED "padding-added" "it was signed with this secret and = added at its end",
        "use the secret as the text it is, without padding it";
    BASE64_DECODED "base64-decoded" "it was signed with what this secret is when decoded from base64",
        "use the secret as the text it is, without decoding it";
    BASE64_ENCODED "base64-encoded" "it was signed with this secret encoded as base64",
        "decode it once where it is read; a Kubernetes secret is shown encoded";
    HEX_DECODED "hex-decoded" "it was signed with what this secret is when decoded from hex",
        "use the secret as the text it is, without decoding it";
    HEX_ENCODED "hex-encoded" "it was signed with this secret encoded as hex",
        "use the secret as the text it is, without encoding it";
    UPPER_CASE "upper-case" "it was signed with this secret in capitals",
        "keep the secret's letters as they are: case counts";
    LOWER_CASE "lower-case" "it was signed with this secret in small letters",
        "keep the secret's letters as they are: case counts";
    DOUBLED "doubled" "it was signed with this secret twice over, as if pasted twice",
        "put it in once";
    FIRST_LOST "first-lost" "it was signed with this secret without its first character",
        "copy the secret again, whole";
    LAST_LOST "last-lost" "it was signed with this secret without its last character",
        "copy the secret again, whole";
    HALF_ROTATED "half-rotated" "API key and secret are not of one pair: one is the project's old one, one the present one",
        "take key and secret of the same pair";
    OTHER_PROJECT "other-project" "it was signed with the secret of another project",
        "take key and secret from the same project";
    DEV_SECRET "dev-secret" "it was signed with secret, the secret of livekit-server --dev",
        "give the program this project's LIVEKIT_API_SECRET";
    NOT_FILLED_IN "not-filled-in" "it was signed with a placeholder in place of a secret",
        "set LIVEKIT_API_SECRET where the program runs, and see that it is expanded and read";
    EMPTY "empty" "it was signed with an empty secret",
        "set LIVEKIT_API_SECRET where the program runs";
}

/// What made a signature instead of the right secret. Has no secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// A word for programs: that of a [`Kind`].
    pub kind: &'static str,
    /// What happened, in one sentence without a full stop.
    pub sentence: String,
    /// What the program that signs is to do.
    pub hint: &'static str,
}

impl NearMiss {
    fn of(kind: &Kind) -> Self {
        Self { kind: kind.id, sentence: kind.what.to_owned(), hint: kind.hint }
    }

    fn with(kind: &Kind, sentence: String) -> Self {
        Self { sentence, ..Self::of(kind) }
    }

    /// Whether the token's `iss` is a secret, which is then not to be shown.
    #[must_use]
    pub fn leaks_secret(&self) -> bool {
        KINDS.iter().any(|kind| kind.id == self.kind && kind.leaks_secret())
    }
}

/// Looks for what made the signature of a token that the secret of `credentials` did not make. `others` are further
/// projects. Tries a fixed number of keys, and one or two for each other project, as far as 256 MiB of hashing go; a
/// signature that no HMAC-SHA256 can be is looked up nowhere.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "finding a mangled secret needs the secret")]
pub fn near_miss<'a>(
    token: &Inspection,
    credentials: Option<Credentials<'_>>,
    others: impl IntoIterator<Item = Credentials<'a>>,
) -> Option<NearMiss> {
    if URL_SAFE_NO_PAD.decode(token.signature_part()).map(|bytes| bytes.len()) != Ok(SIGNATURE) {
        return None;
    }
    let length = token.signed_part().len();
    let left = Cell::new(MOST_HASHED);
    let made = |key: &[u8]| {
        let enough = left.get() >= length;
        left.set(left.get().saturating_sub(length));
        enough && key_matches(token.signed_part(), token.signature_part(), key)
    };
    if let Some(Credentials { key, secret, .. }) = credentials {
        let (key, secret) = (key.as_str(), secret.expose());
        let in_issuer = token.issuer() == secret;
        if made(secret.as_bytes()) {
            return in_issuer.then(|| NearMiss::of(&SECRET_AS_ISSUER));
        }
        if made(key.as_bytes()) {
            return Some(NearMiss::of(if in_issuer { &SWAPPED } else { &KEY_AS_SECRET }));
        }
        let mut mangled = manglings(secret).into_iter().filter(|m| *m.key != *secret.as_bytes());
        if let Some(found) = mangled.find(|m| made(&m.key)) {
            return Some(NearMiss::of(found.kind));
        }
    }
    let own = credentials.map(|credentials| credentials.name);
    for Credentials { name, key, secret, old } in others {
        if left.get() < length {
            return None;
        }
        let same_project = own == Some(name);
        let (name, secret) = (visible(name), secret.expose());
        let in_issuer = token.issuer() == secret;
        if in_issuer && made(key.as_str().as_bytes()) {
            let sentence =
                format!("API key and secret of {name} are swapped: whoever sees this token has the secret");
            return Some(NearMiss::with(&SWAPPED, sentence));
        }
        if made(secret.as_bytes()) {
            return Some(if in_issuer {
                let sentence =
                    format!("its iss is the API secret of {name}: whoever sees this token can sign others");
                NearMiss::with(&SECRET_AS_ISSUER, sentence)
            } else if same_project {
                let (key, secret) = if old { ("present", "old") } else { ("old", "present") };
                let sentence =
                    format!("it has the {key} key of {name}, and was signed with the {secret} secret");
                NearMiss::with(&HALF_ROTATED, sentence)
            } else if old {
                NearMiss::with(&OTHER_PROJECT, format!("it was signed with {name}'s old secret"))
            } else {
                NearMiss::with(&OTHER_PROJECT, format!("it was signed with {name}'s secret"))
            });
        }
    }
    if made(ApiSecret::dev().expose().as_bytes()) {
        return Some(NearMiss::of(&DEV_SECRET));
    }
    if placeholders().any(|word| made(word.as_bytes())) {
        return Some(NearMiss::of(&NOT_FILLED_IN));
    }
    made(b"").then(|| NearMiss::of(&EMPTY))
}

/// Bytes that are hashed at most, of the token's as often as there are keys to try: about a second's work. That is
/// every mangling of a token of 4 MiB, and of one of 1 KiB a quarter of a million projects.
const MOST_HASHED: usize = 256 << 20;

/// Bytes of an HMAC-SHA256.
const SIGNATURE: usize = 32;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::claims::draft::Draft;
    use crate::clock::Timestamp;
    use crate::project::ApiKey;
    use crate::token::inspect::{inspect, taken_apart};
    use crate::token::sign;

    fn signed(secret: &str) -> Inspection {
        let claims = Draft::default().claims(&ApiKey::dev(), Timestamp::from_unix(1_795_531_327));
        let token = sign(&claims, &ApiSecret::verbatim(secret.into())).unwrap();
        inspect(token.expose()).unwrap()
    }

    fn missed(token: &Inspection, secret: &str) -> Option<NearMiss> {
        let (key, secret) = (ApiKey::dev(), ApiSecret::verbatim(secret.to_owned()));
        let other = ApiSecret::verbatim("fake-other".into());
        let credentials = Credentials { name: "acme", key: &key, secret: &secret, old: false };
        near_miss(
            token,
            Some(credentials),
            [Credentials { name: "other", key: &key, secret: &other, old: false }],
        )
    }

    #[test]
    fn every_kind_has_its_own_id_and_words() {
        let ids: HashSet<&str> = KINDS.iter().map(|kind| kind.id).collect();
        assert_eq!(ids.len(), KINDS.len());
        for kind in KINDS {
            assert!(!kind.what.is_empty() && !kind.what.ends_with('.'), "{}", kind.id);
            assert!(!kind.hint.is_empty() && !kind.hint.ends_with('.'), "{}", kind.id);
        }
    }

    #[test]
    fn a_long_token_and_ten_thousand_projects_are_given_up_in_time() {
        let mut draft = Draft::default();
        draft.grants.metadata = "m".repeat(4 << 20);
        let claims = draft.claims(&ApiKey::dev(), Timestamp::from_unix(1_795_531_327));
        let token = sign(&claims, &ApiSecret::verbatim("fake-strange".into())).unwrap();
        // Longer than any that would be taken apart.
        let token = taken_apart(token.expose().to_owned(), Vec::new()).unwrap();
        let asked = Cell::new(0_u32);
        let (key, other) = (ApiKey::dev(), ApiSecret::verbatim("fake-other".into()));
        let others = (0..10_000).map(|_| {
            asked.set(asked.get() + 1);
            Credentials { name: "acme-prod", key: &key, secret: &other, old: false }
        });
        assert_eq!(near_miss(&token, None, others), None);
        assert!(asked.get() < 64, "{}", asked.get());
    }

    #[test]
    fn what_no_hmac_can_be_is_looked_up_nowhere() {
        for signature in ["", "AAAA", "!", &"A".repeat(86)] {
            let token = signed("fake-right\n");
            let token = inspect(&format!("{}.{signature}", token.signed_part())).unwrap();
            let none = std::iter::from_fn(|| panic!("asked for another project"));
            assert_eq!(near_miss(&token, None, none), None);
        }
    }

    #[test]
    fn the_right_secret_and_a_strange_one_are_no_near_miss() {
        assert_eq!(missed(&signed("fake-right"), "fake-right"), None);
        assert_eq!(missed(&signed("fake-strange"), "fake-right"), None);
    }

    #[test]
    fn without_credentials_the_other_projects_and_the_well_known_secrets_are_tried() {
        let other = ApiSecret::verbatim("fake-other".into());
        let key = ApiKey::dev();
        let others = [Credentials { name: "acme-prod", key: &key, secret: &other, old: false }];
        let found = |with: &str| near_miss(&signed(with), None, others).map(|miss| miss.kind);
        assert_eq!(found("fake-other"), Some("other-project"));
        assert_eq!(found("secret"), Some("dev-secret"));
        assert_eq!(found("undefined"), Some("not-filled-in"));
        assert_eq!(found(""), Some("empty"));
        assert_eq!(found("fake-strange"), None);
    }

    #[test]
    fn old_secrets_are_tried_and_a_pair_of_two_times_is_told() {
        let (old, new, key) =
            (ApiSecret::verbatim("fake-old".into()), ApiSecret::verbatim("fake-new".into()), ApiKey::dev());
        let pair = |name, secret, old| Credentials { name, key: &key, secret, old };
        let said = |with: &str, own, other| {
            near_miss(&signed(with), Some(own), [other]).map(|miss| (miss.kind, miss.sentence)).unwrap()
        };
        let (kind, sentence) = said("fake-old", pair("acme", &new, false), pair("acme", &old, true));
        assert_eq!(
            (kind, &*sentence),
            ("half-rotated", "it has the present key of acme, and was signed with the old secret")
        );
        let (kind, sentence) = said("fake-new", pair("acme", &old, true), pair("acme", &new, false));
        assert_eq!(
            (kind, &*sentence),
            ("half-rotated", "it has the old key of acme, and was signed with the present secret")
        );
        let (kind, sentence) = said("fake-old", pair("other", &new, false), pair("acme", &old, true));
        assert_eq!((kind, &*sentence), ("other-project", "it was signed with acme's old secret"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_unrelated_secret_is_never_taken_for_a_mangled_one(
            secret in "\\PC{8,60}",
            unrelated in "[A-Za-z0-9+/=]{12,60}",
        ) {
            prop_assume!(!unrelated.contains(&secret) && !secret.contains(&unrelated));
            prop_assert_eq!(missed(&signed(&unrelated), &secret), None);
        }

        #[test]
        fn the_right_secret_is_never_a_near_miss(secret in "\\PC{1,60}") {
            prop_assert_eq!(missed(&signed(&secret), &secret), None);
        }

        #[test]
        fn what_is_said_of_a_mangled_secret_does_not_show_it(
            secret in "[A-Za-z0-9+/]{20,50}={0,2}",
            which in any::<prop::sample::Index>(),
        ) {
            let tried: Vec<_> = manglings(&secret)
                .into_iter()
                .filter(|m| *m.key != *secret.as_bytes() && std::str::from_utf8(&m.key).is_ok())
                .collect();
            let mangled = &tried[which.index(tried.len())];
            let miss = missed(&signed(std::str::from_utf8(&mangled.key).unwrap()), &secret);
            let said = format!("{miss:?}");
            prop_assert!(miss.is_some() && !said.contains(&secret), "{}", said);
        }
    }
}
