//! A trusted issuer: bearer tokens that somebody else's login signed (OIDC, or any JWT with a subject), so that who
//! asks is who logged in. The identity of the token that is handed out is then the subject, and nothing else.
//!
//! Keys come from a JWKS file (RFC 7517). `RS256`, `ES256` and `EdDSA` are verified, each only with a key of its own
//! kind; no key is fetched, and no `alg` of a token is believed beyond that.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::text::visible;

/// How far two clocks may be apart, in seconds: as LiveKit's server has it.
const LEEWAY: i64 = 60;

/// Whose tokens are believed.
#[derive(Clone, PartialEq, Eq)]
pub struct Issuer {
    name: String,
    audience: Option<String>,
    keys: Vec<PublicKey>,
}

#[derive(Clone, PartialEq, Eq)]
struct PublicKey {
    id: Option<String>,
    kind: Kind,
}

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer({}, {} keys)", self.name, self.keys.len())
    }
}

impl Issuer {
    /// Reads the keys of an issuer. `audience` is what a token must be for; without it any will do.
    ///
    /// # Errors
    /// [`IssuerError`] if the text is no JWKS, or none of its keys can be used.
    pub fn parse(name: &str, audience: Option<&str>, jwks: &str) -> Result<Self, IssuerError> {
        if name.is_empty() {
            return Err(IssuerError::NoName);
        }
        let whole: Value = serde_json::from_str(jwks).map_err(|error| IssuerError::NotJwks {
            why: format!("it is not JSON (line {} column {})", error.line(), error.column()),
        })?;
        let listed = whole.get("keys").and_then(Value::as_array);
        let listed =
            listed.ok_or_else(|| IssuerError::NotJwks { why: "it has no list called keys".into() })?;
        let keys: Vec<PublicKey> =
            listed.iter().filter_map(Value::as_object).filter_map(PublicKey::read).collect();
        if keys.is_empty() {
            return Err(IssuerError::NoKey { listed: listed.len() });
        }
        Ok(Self { name: name.to_owned(), audience: audience.map(str::to_owned), keys })
    }

    /// The `iss` of its tokens.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose token this is: its subject.
    ///
    /// # Errors
    /// Why it is not believed, as the end of a sentence. Nothing of the token is in it.
    pub fn subject(&self, token: &str, now: Timestamp) -> Result<String, &'static str> {
        let (signed, signature) = token.rsplit_once('.').ok_or("it is not a JWT")?;
        let (header, payload) = signed.split_once('.').ok_or("it is not a JWT")?;
        let header = object(header).ok_or("its header cannot be read")?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        if header.contains_key("crit") {
            return Err("its header has extensions that are not known");
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "its signature cannot be read")?;
        let (id, algorithm) = (text("kid"), text("alg").unwrap_or_default());
        let fits = |key: &&PublicKey| {
            key.kind.algorithm() == algorithm && (id.is_none() || key.id.is_none() || key.id.as_deref() == id)
        };
        if !self.keys.iter().any(|key| fits(&key)) {
            return Err("no key that is trusted here is the one it names");
        }
        if !self.keys.iter().filter(fits).any(|key| key.kind.made(signed.as_bytes(), &signature)) {
            return Err("its signature is wrong");
        }
        let claims = object(payload).ok_or("its claims cannot be read")?;
        let time = |name: &str| claims.get(name).and_then(Value::as_f64);
        #[expect(clippy::cast_precision_loss, reason = "seconds of our time are far below 2^53")]
        let (early, late) = (now.plus(-LEEWAY).as_unix() as f64, now.plus(LEEWAY).as_unix() as f64);
        if claims.get("iss").and_then(Value::as_str) != Some(&self.name) {
            return Err("somebody else issued it");
        }
        match time("exp") {
            None => return Err("it has no end"),
            Some(end) if end <= early => return Err("it is expired"),
            Some(_) => {}
        }
        if claims.contains_key("nbf") && time("nbf").is_none_or(|start| start > late) {
            return Err("it is not valid yet");
        }
        if let Some(wanted) = &self.audience {
            let is_ours = |value: &Value| value.as_str() == Some(wanted);
            let ours = match claims.get("aud") {
                Some(Value::Array(all)) => all.iter().any(is_ours),
                Some(one) => is_ours(one),
                None => false,
            };
            if !ours {
                return Err("it is for somebody else");
            }
        }
        match claims.get("sub").and_then(Value::as_str) {
            Some(subject) if !subject.is_empty() => Ok(subject.to_owned()),
            _ => Err("it has no subject"),
        }
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

impl PublicKey {
    /// A key that can verify; keys for something else, and of kinds that are not known, are left out.
    fn read(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let kind = match (text("kty")?, text("crv")) {
            // ring refuses fewer than 2048 bits; said here, a key that never fits is not trusted in vain.
            ("RSA", _) => Kind::Rsa { n: bytes("n").filter(|n| n.len() >= 256)?, e: bytes("e")? },
            ("EC", Some("P-256")) => {
                let (x, y) = (bytes("x").filter(|x| x.len() == 32)?, bytes("y").filter(|y| y.len() == 32)?);
                // SEC 1 section 2.3.3: a point that is not compressed.
                Kind::P256([&[4][..], &x, &y].concat())
            }
            ("OKP", Some("Ed25519")) => Kind::Ed25519(bytes("x").filter(|x| x.len() == 32)?),
            _ => return None,
        };
        if text("alg").is_some_and(|algorithm| algorithm != kind.algorithm()) {
            return None;
        }
        Some(Self { id: text("kid").map(str::to_owned), kind })
    }
}

impl Kind {
    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }

    fn made(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            Self::Ed25519(point) => UnparsedPublicKey::new(&ED25519, point).verify(message, signature),
        }
        .is_ok()
    }
}

/// Why an issuer cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// An empty name, which a token without `iss` would have.
    #[error("an issuer has a name, the iss of its tokens")]
    NoName,
    /// Something else than a set of keys.
    #[error("the JWKS file cannot be used: {}", visible(why))]
    NotJwks {
        /// What is wrong with it.
        why: String,
    },
    /// Only keys of other kinds, or for other uses.
    #[error("none of the {listed} keys of the JWKS file can verify a token")]
    NoKey {
        /// How many there are.
        listed: usize,
    },
}

impl IssuerError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoName => "give it as its tokens have it, such as https://login.example.com/".into(),
            Self::NotJwks { .. } => {
                "save what the issuer's jwks_uri answers, {\"keys\": [...]}, as it is".into()
            }
            Self::NoKey { .. } => {
                "RSA keys from 2048 bits (RS256), P-256 (ES256) and Ed25519 (EdDSA) are known".into()
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);
    const ISS: &str = "https://login.example.com/";

    fn encoded(bytes: impl AsRef<[u8]>) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// A key pair for ES256, with its JWK.
    pub(in crate::server) struct Login {
        pair: EcdsaKeyPair,
        jwk: Value,
    }

    impl Login {
        pub(in crate::server) fn new(id: &str) -> Self {
            let random = SystemRandom::new();
            let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
                .unwrap();
            let point = pair.public_key().as_ref();
            let jwk = json!({"kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "x": encoded(&point[1..33]), "y": encoded(&point[33..])});
            Self { pair, jwk }
        }

        pub(in crate::server) fn sign(&self, header: &Value, claims: &Value) -> String {
            let signed = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
            let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
            format!("{signed}.{}", encoded(signature))
        }

        pub(in crate::server) fn issuer(&self) -> Issuer {
            Issuer::parse(ISS, Some("rooms"), &json!({"keys": [self.jwk]}).to_string()).unwrap()
        }
    }

    pub(in crate::server) fn claims(change: Value) -> Value {
        let mut claims =
            json!({"iss": ISS, "sub": "alice", "aud": ["other", "rooms"], "exp": NOW.plus(60).as_unix()});
        let Value::Object(change) = change else { panic!() };
        claims.as_object_mut().unwrap().extend(change);
        claims
    }

    #[test]
    fn a_token_of_the_issuer_is_its_subjects() {
        let login = Login::new("one");
        let header = json!({"alg": "ES256", "kid": "one"});
        let issuer = login.issuer();
        assert_eq!(issuer.subject(&login.sign(&header, &claims(json!({}))), NOW), Ok("alice".into()));
        let bare = json!({"alg": "ES256"});
        assert_eq!(
            issuer.subject(&login.sign(&bare, &claims(json!({"aud": "rooms"}))), NOW),
            Ok("alice".into())
        );
        for (change, why) in [
            (json!({"iss": "https://evil.example/"}), "somebody else issued it"),
            (json!({"iss": null}), "somebody else issued it"),
            (json!({"exp": NOW.plus(-60).as_unix()}), "it is expired"),
            (json!({"exp": null}), "it has no end"),
            (json!({"exp": "2046-01-01"}), "it has no end"),
            (json!({"nbf": NOW.plus(61).as_unix()}), "it is not valid yet"),
            (json!({"nbf": "soon"}), "it is not valid yet"),
            (json!({"aud": "other"}), "it is for somebody else"),
            (json!({"aud": null}), "it is for somebody else"),
            (json!({"sub": ""}), "it has no subject"),
            (json!({"sub": 7}), "it has no subject"),
        ] {
            assert_eq!(
                issuer.subject(&login.sign(&header, &claims(change.clone())), NOW),
                Err(why),
                "{change}"
            );
        }
    }

    #[test]
    fn a_token_that_is_forged_in_any_way_is_nobodys() {
        let (login, other) = (Login::new("one"), Login::new("one"));
        let issuer = login.issuer();
        let good = login.sign(&json!({"alg": "ES256", "kid": "one"}), &claims(json!({})));
        let part = |index: usize| good.split('.').nth(index).unwrap().to_owned();
        let none = encoded(r#"{"alg":"none"}"#);
        let hmac = encoded(r#"{"alg":"HS256","kid":"one"}"#);
        for (token, why) in [
            (
                other.sign(&json!({"alg": "ES256", "kid": "one"}), &claims(json!({}))),
                "its signature is wrong",
            ),
            (
                login.sign(&json!({"alg": "ES256", "kid": "two"}), &claims(json!({}))),
                "no key that is trusted here is the one it names",
            ),
            (
                login.sign(&json!({"alg": "RS256", "kid": "one"}), &claims(json!({}))),
                "no key that is trusted here is the one it names",
            ),
            (
                login.sign(&json!({"alg": "ES256", "crit": ["x"]}), &claims(json!({}))),
                "its header has extensions that are not known",
            ),
            (format!("{none}.{}.", part(1)), "no key that is trusted here is the one it names"),
            (format!("{hmac}.{}.{}", part(1), part(2)), "no key that is trusted here is the one it names"),
            (
                format!("{}.{}.{}", part(0), encoded(claims(json!({"sub": "root"})).to_string()), part(2)),
                "its signature is wrong",
            ),
            (format!("{}.{}.", part(0), part(1)), "its signature is wrong"),
            (format!("{}.{}.!", part(0), part(1)), "its signature cannot be read"),
            (part(0), "it is not a JWT"),
            ("..".into(), "its header cannot be read"),
            (String::new(), "it is not a JWT"),
        ] {
            assert_eq!(issuer.subject(&token, NOW), Err(why), "{token}");
        }
    }

    #[test]
    fn the_example_of_rfc_7515_is_verified_with_its_rsa_key() {
        // Appendix A.2.
        let jwks = r#"{"keys":[{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}]}"#;
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        let issuer = Issuer::parse("joe", None, jwks).unwrap();
        let then = Timestamp::from_unix(1_300_819_380);
        // Its only fault is that it is nobody's.
        assert_eq!(issuer.subject(token, then), Err("it has no subject"));
        assert_eq!(issuer.subject(token, NOW), Err("it is expired"));
        assert_eq!(issuer.subject(&token.replace(".cC4h", ".cC4i"), then), Err("its signature is wrong"));
    }

    #[test]
    fn an_ed25519_key_verifies_as_well() {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key())});
        let issuer = Issuer::parse(ISS, None, &json!({"keys": [{"kty": "oct"}, jwk]}).to_string()).unwrap();
        let signed = format!("{}.{}", encoded(r#"{"alg":"EdDSA"}"#), encoded(claims(json!({})).to_string()));
        let token = format!("{signed}.{}", encoded(pair.sign(signed.as_bytes())));
        assert_eq!(issuer.subject(&token, NOW), Ok("alice".into()));
        assert_eq!(format!("{issuer:?}"), "Issuer(https://login.example.com/, 1 keys)");
    }

    #[test]
    fn keys_that_cannot_verify_are_told_from_those_that_can() {
        let usable = Login::new("one").jwk;
        for (jwks, error) in [
            ("{".to_owned(), "the JWKS file cannot be used: it is not JSON (line 1 column 1)"),
            ("{}".to_owned(), "the JWKS file cannot be used: it has no list called keys"),
            (r#"{"keys":[]}"#.to_owned(), "none of the 0 keys of the JWKS file can verify a token"),
            (r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#.to_owned(), "none of the 1 keys of the JWKS file can verify a token"),
            (json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "enc", "x": usable["x"], "y": usable["y"]}]}).to_string(), "none of the 1 keys of the JWKS file can verify a token"),
        ] {
            let wrong = Issuer::parse(ISS, None, &jwks).unwrap_err();
            assert_eq!(wrong.to_string(), error);
            assert!(!wrong.hint().is_empty());
        }
        assert_eq!(
            Issuer::parse("", None, &json!({"keys": [usable]}).to_string()).unwrap_err(),
            IssuerError::NoName
        );
    }
}
