//! Every question that a server asks of a token, with the answer.
//!
//! The questions are those of semantics.md section 3. A person wants all the answers, a server gives the first
//! refusal: [`Report::checks`] has the ones, [`Report::server`] the other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::questions::{self, Question};
use super::{Inspection, paste};
use crate::claims::effect::{self, LONGEST_NAME};
use crate::claims::problems::{self, Problem};
use crate::claims::{Claims, WrongType};
use crate::clock::{Timestamp, length, relative};
use crate::project::{ApiKey, ApiSecret, Project};
use crate::text::{beginning, visible};
use crate::token::signature_matches;

/// Seconds by which a server lets a clock be wrong (protocol/auth/verifier.go:10).
const LEEWAY: i64 = 60;

/// The last second that Go's clock can count. A later one comes out as a time long before the first.
const LAST: Timestamp = Timestamp::from_unix(i64::MAX - 62_135_596_800);

/// The algorithms that the server's reader knows. Another one is no token at all to it; of these it takes only
/// HS256.
const ALGORITHMS: [&str; 14] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384",
    "PS512", "EdDSA", "none",
];

/// What every refusal of the token itself begins with.
const INVALID: &str = "invalid authorization token";

/// A key with its secret, to verify against.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// What they are called: `acme-staging`, `the given key`.
    pub name: &'a str,
    /// The key.
    pub key: &'a ApiKey,
    /// The secret.
    pub secret: &'a ApiSecret,
    /// Whether they are a project's old pair, kept for verifying.
    pub old: bool,
}

impl<'a> Credentials<'a> {
    /// The pair of a project that goes by this key: the old one if it is that one's, else the present one.
    #[must_use]
    pub fn of(project: &'a Project, key: &str) -> Self {
        let old = Self::old_of(project).filter(|_| project.listing.had(key));
        old.unwrap_or_else(|| project.into())
    }

    /// The pair that a project keeps for verifying, if it does.
    #[must_use]
    pub fn old_of(project: &'a Project) -> Option<Self> {
        let (key, secret) = project.old_pair()?;
        Some(Self { name: project.listing.name.as_str(), key, secret, old: true })
    }

    /// Every pair of a project, the present one first.
    pub fn all_of(project: &'a Project) -> impl Iterator<Item = Self> {
        std::iter::once(project.into()).chain(Self::old_of(project))
    }
}

impl<'a> From<&'a Project> for Credentials<'a> {
    fn from(project: &'a Project) -> Self {
        let Project { listing, secret, .. } = project;
        Self { name: listing.name.as_str(), key: &listing.key, secret, old: false }
    }
}

/// What came of comparing a token with a key and its secret. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// What the credentials are called.
    pub name: String,
    /// Their key.
    pub key: ApiKey,
    /// Whether their secret made the signature.
    pub signature: Signature,
    /// Whether they are a project's old pair.
    pub old: bool,
}

impl Compared {
    /// What is to be known of a token that an old key signed.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        if self.old && self.signature == Signature::Valid {
            problems::of_old_key(&self.name)
        } else {
            Vec::new()
        }
    }
}

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// `not-expired`. Stable.
    pub id: &'static str,
    /// The question as a statement: `not expired`.
    pub label: &'static str,
    /// The answer; `None` where it cannot be told.
    pub ok: Option<bool>,
    /// What was found, measured where it can be: `3 min 12 s too late`. Printable.
    pub detail: String,
}

impl Check {
    fn of(question: &Question, ok: Option<bool>, detail: impl Into<String>) -> Self {
        Self { id: question.id, label: question.label, ok, detail: detail.into() }
    }
}

/// Whether the secret made the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// It did.
    Valid,
    /// It did not.
    Invalid,
    /// There was no secret to ask, or it belongs to another key.
    Unchecked,
}

impl Signature {
    /// `valid`, `invalid`, `unchecked`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Unchecked => "unchecked",
        }
    }
}

/// Whether a server takes the token. Whether it then lets its holder join is [`Report::server`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Accepted,
    /// It does not.
    Refused,
    /// Nothing speaks against it, but the signature was not checked.
    Unknown,
}

impl Verdict {
    /// `accepted`, `refused`, `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// What a server says to a join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body. It may repeat text of the token: make it visible before showing it.
    pub text: String,
}

/// A token, questioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Every question, in a fixed order.
    pub checks: Vec<Check>,
    /// Whether the secret made the signature.
    pub signature: Signature,
    /// Whether a server takes the token.
    pub verdict: Verdict,
    /// What a current server answers to a join with it; `None` while the verdict is unknown.
    pub server: Option<Answer>,
    /// The verdict for people, one sentence with a full stop, printable.
    pub sentence: String,
}

impl Report {
    /// Takes a text of the token out of everything that is said: its `iss`, where that turned out to be a secret.
    pub fn conceal(&mut self, text: &str) {
        // So short a secret is a word, and taking it out would only garble the sentence.
        if text.len() < 8 {
            return;
        }
        let text = shown(text);
        for said in
            std::iter::once(&mut self.sentence).chain(self.checks.iter_mut().map(|check| &mut check.detail))
        {
            if said.contains(&text) {
                *said = said.replace(&text, CONCEALED);
            }
        }
    }
}

impl Inspection {
    /// Asks every question. Without credentials, or with those of another key, the signature stays unchecked.
    #[must_use]
    pub fn verify(&self, credentials: Option<Credentials<'_>>, now: Timestamp) -> Report {
        self.review(credentials.map(|credentials| self.compare(credentials)).as_ref(), now)
    }

    /// Compares with a key and its secret. What is found needs the secret no more, so it can be kept, and asked
    /// again as time goes by.
    #[must_use]
    pub fn compare(&self, credentials: Credentials<'_>) -> Compared {
        Compared {
            name: credentials.name.to_owned(),
            key: credentials.key.clone(),
            signature: self.signature(credentials),
            old: credentials.old,
        }
    }

    /// As [`Inspection::verify`], with a comparison made before.
    #[must_use]
    pub fn review(&self, compared: Option<&Compared>, now: Timestamp) -> Report {
        let signature = compared.map_or(Signature::Unchecked, |compared| compared.signature);
        let questions = Questions { token: self, credentials: compared, now, signature };
        let mut checks = questions.of_the_token();
        checks.extend(questions.of_the_join());
        let refusal = questions.refusal();
        let verdict = match (&refusal, signature) {
            (Some(_), _) => Verdict::Refused,
            (None, Signature::Valid) => Verdict::Accepted,
            (None, _) => Verdict::Unknown,
        };
        let join = self.claims.as_ref().ok().map(effect::join);
        let sentence = questions.sentence(refusal.as_ref(), verdict, join);
        let server = match (refusal, verdict, join) {
            (Some(refusal), ..) => Some(Answer { status: 401, text: refusal.text }),
            (None, Verdict::Accepted, Some(join)) => {
                Some(Answer { status: join.status, text: join.text.to_owned() })
            }
            _ => None,
        };
        Report { checks, signature, verdict, server, sentence }
    }

    fn signature(&self, credentials: Credentials<'_>) -> Signature {
        if credentials.key.as_str() != self.issuer() {
            return Signature::Unchecked;
        }
        // Go ignores the bits of the last character that belong to no byte; jsonwebtoken does not.
        let canonical = paste::decode(self.signature_part()).map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let made = canonical.is_some_and(|s| signature_matches(self.signed_part(), &s, credentials.secret));
        if self.algorithm() == "HS256" && made { Signature::Valid } else { Signature::Invalid }
    }
}

/// Why a server refuses a token.
struct Refusal {
    /// What it answers.
    text: String,
    /// Why, for people: goes on after `A server refuses this token: `.
    why: String,
}

struct Questions<'a> {
    token: &'a Inspection,
    credentials: Option<&'a Compared>,
    now: Timestamp,
    signature: Signature,
}

impl Questions<'_> {
    /// The first refusal, in the order of the server's code: the parts, the key, the types, the algorithm, the
    /// signature, the times. protocol/auth/verifier.go reads all claims before it looks at the algorithm, so a
    /// wrong type comes before a wrong signature.
    fn refusal(&self) -> Option<Refusal> {
        let token = self.token;
        let algorithm = token.algorithm();
        let refuse = |tail: &str, why: String| Some(Refusal { text: format!("{INVALID}{tail}"), why });
        if let Some(broken) = &token.parts.broken {
            return refuse("", broken.clone());
        }
        if let Some(refusal) = token.refusal.as_ref().filter(|refusal| refusal.registered) {
            return refuse("", wrong_type(&refusal.wrong));
        }
        if !ALGORITHMS.contains(&algorithm) {
            return refuse("", self.wrong_algorithm());
        }
        if token.issuer().is_empty() || self.other_key() {
            return Some(Refusal { text: "invalid API key".into(), why: self.wrong_key() });
        }
        if let Some(refusal) = &token.refusal {
            let tail = format!(": token is malformed: could not JSON decode claim: {}", refusal.text);
            return refuse(&tail, wrong_type(&refusal.wrong));
        }
        if algorithm != "HS256" {
            let tail = format!(": token signature is invalid: signing method {algorithm} is invalid");
            return refuse(&tail, self.wrong_algorithm());
        }
        if self.signature == Signature::Invalid {
            return refuse(": token signature is invalid: signature is invalid", self.wrong_signature());
        }
        let claims = token.claims.as_ref().ok()?;
        let exp = match claims.expires_at {
            None => Some("token is missing required claim: exp claim is required"),
            Some(at) if at.plus(LEEWAY) <= self.now || at > LAST => Some("token is expired"),
            Some(_) => None,
        };
        let nbf = claims.not_before.filter(|at| at.plus(-LEEWAY) > self.now && *at <= LAST);
        let texts: Vec<&str> = exp.into_iter().chain(nbf.map(|_| "token is not valid yet")).collect();
        if texts.is_empty() {
            return None;
        }
        let tail = format!(": token has invalid claims: {}", texts.join(", "));
        let why = match (exp, claims.expires_at, nbf) {
            (Some(_), Some(at), _) if at > LAST => {
                "its exp is beyond what a server can count, which makes it the past".into()
            }
            (Some(_), Some(at), _) => {
                format!("it expired {} (60 s of leeway are over)", relative(at, self.now))
            }
            (Some(_), None, _) => "it has no exp, so it would never expire".into(),
            (None, _, Some(at)) => {
                format!("it becomes valid {} (60 s of leeway do not reach)", relative(at, self.now))
            }
            (None, ..) => return None,
        };
        refuse(&tail, why)
    }

    fn other_key(&self) -> bool {
        self.credentials.is_some_and(|c| c.key.as_str() != self.token.issuer())
    }

    fn wrong_key(&self) -> String {
        let issuer = self.token.issuer();
        match self.credentials {
            _ if issuer.is_empty() => "it names no API key (iss)".into(),
            Some(c) => format!("its key {} is not {}, the key of {}", shown(issuer), c.key, visible(&c.name)),
            None => format!("its key {} is unknown", shown(issuer)),
        }
    }

    fn wrong_algorithm(&self) -> String {
        match self.token.algorithm() {
            "" => "its header names no algorithm; LiveKit takes HS256".into(),
            "none" => "it is not signed at all (alg none); LiveKit takes HS256".into(),
            other => format!("it is signed with {}; LiveKit takes only HS256", shown(other)),
        }
    }

    fn wrong_signature(&self) -> String {
        match self.credentials {
            _ if self.token.signature_part().is_empty() => "its signature is missing".into(),
            Some(c) => format!("the secret of {} did not make its signature", visible(&c.name)),
            None => "its signature is wrong".into(),
        }
    }

    fn of_the_token(&self) -> Vec<Check> {
        let token = self.token;
        let claims = token.claims.as_ref();
        let json = match token.duplicates.as_slice() {
            [] => "header and payload".to_owned(),
            [one] => format!("{} is there twice; the last counts", shown(one)),
            [one, more @ ..] => {
                format!("{} and {} more are there twice; the last counts", shown(one), more.len())
            }
        };
        let hs256 = token.algorithm() == "HS256";
        let key = match (self.credentials, token.issuer()) {
            (_, "") => (Some(false), self.wrong_key()),
            (Some(_), _) if self.other_key() => (Some(false), self.wrong_key()),
            (Some(c), issuer) => (Some(true), format!("{} is {}", shown(issuer), visible(&c.name))),
            (None, issuer) => (None, format!("{} is in no project at hand", shown(issuer))),
        };
        let signature = match self.signature {
            Signature::Valid => (Some(true), "made with this secret".to_owned()),
            Signature::Invalid if !hs256 => (Some(false), self.wrong_algorithm()),
            Signature::Invalid => (Some(false), self.wrong_signature()),
            Signature::Unchecked => (None, "there is no secret to check it with".to_owned()),
        };
        vec![
            match &token.parts.broken {
                None => Check::of(&questions::PARTS, Some(true), "header, payload, signature"),
                Some(why) => Check::of(&questions::PARTS, Some(false), why.clone()),
            },
            Check::of(&questions::JSON, Some(true), json),
            Check::of(
                &questions::ALG,
                Some(hs256),
                if hs256 { "HS256".into() } else { self.wrong_algorithm() },
            ),
            Check::of(&questions::KEY, key.0, key.1),
            Check::of(&questions::SIGNATURE, signature.0, signature.1),
            match claims {
                Ok(_) => Check::of(&questions::TYPES, Some(true), "every claim is of its type"),
                Err(wrong) => Check::of(&questions::TYPES, Some(false), wrong_type(wrong)),
            },
            Self::expiry_present(claims.ok()),
            self.expiry(claims.ok()),
            self.start(claims.ok()),
        ]
    }

    fn expiry_present(claims: Option<&Claims>) -> Check {
        let (ok, detail) = match claims.map(|claims| claims.expires_at) {
            None => (None, UNREADABLE.to_owned()),
            Some(None) => {
                (Some(false), "no exp; up to v1.13.5 it never expires, later it is refused".to_owned())
            }
            Some(Some(at)) => (Some(true), at.iso()),
        };
        Check::of(&questions::EXP_PRESENT, ok, detail)
    }

    fn expiry(&self, claims: Option<&Claims>) -> Check {
        let (ok, detail) = match claims.map(|claims| claims.expires_at) {
            None => (None, UNREADABLE.to_owned()),
            Some(None) => (None, "there is no exp".to_owned()),
            Some(Some(at)) if at > LAST => (Some(false), "exp is beyond what a server can count".to_owned()),
            Some(Some(at)) => match self.now.since(at) {
                late if late >= LEEWAY => {
                    (Some(false), format!("expired {} ago; 60 s of leeway are over", length(late)))
                }
                late @ 0.. => (Some(true), format!("expired {} ago, within 60 s of leeway", length(late))),
                left => (Some(true), format!("{} left", length(left))),
            },
        };
        Check::of(&questions::NOT_EXPIRED, ok, detail)
    }

    fn start(&self, claims: Option<&Claims>) -> Check {
        let (ok, detail) = match claims.map(|claims| claims.not_before) {
            None => (None, UNREADABLE.to_owned()),
            Some(None) => (Some(true), "no nbf: valid from the beginning".to_owned()),
            Some(Some(at)) => match at.since(self.now) {
                early if early > LEEWAY => {
                    (Some(false), format!("valid in {}; 60 s of leeway do not reach", length(early)))
                }
                early @ 1.. => (Some(true), format!("valid in {}, within 60 s of leeway", length(early))),
                since => (Some(true), format!("for {}", length(since))),
            },
        };
        Check::of(&questions::ALREADY_VALID, ok, detail)
    }

    /// What a join is asked after the token was accepted.
    fn of_the_join(&self) -> Vec<Check> {
        let Ok(claims) = &self.token.claims else {
            let unread = [
                &questions::VIDEO,
                &questions::ROOM_JOIN,
                &questions::IDENTITY,
                &questions::IDENTITY_LENGTH,
                &questions::ROOM,
                &questions::ROOM_LENGTH,
            ];
            return unread.map(|question| Check::of(question, None, UNREADABLE)).to_vec();
        };
        let video = &claims.grants.video;
        let (identity, room) = (claims.effective_identity(), video.room.as_str());
        let check = |question, ok: bool, yes: String, no: &str| {
            Check::of(question, Some(ok), if ok { yes } else { no.to_owned() })
        };
        let measured = |question, text: &str| {
            let ok = (!text.is_empty()).then_some(text.len() <= LONGEST_NAME);
            Check::of(question, ok, format!("{} of {LONGEST_NAME} bytes", text.len()))
        };
        let from = if claims.identity.is_empty() { " (from jti)" } else { "" };
        vec![
            check(&questions::VIDEO, claims.has_video, "there".into(), "no video grant"),
            check(&questions::ROOM_JOIN, video.room_join, "on".into(), "off: it joins no room"),
            check(
                &questions::IDENTITY,
                !identity.is_empty(),
                format!("{}{from}", shown(identity)),
                "no identity (sub)",
            ),
            measured(&questions::IDENTITY_LENGTH, identity),
            check(&questions::ROOM, !room.is_empty(), shown(room), "no room"),
            measured(&questions::ROOM_LENGTH, room),
        ]
    }

    fn sentence(
        &self,
        refusal: Option<&Refusal>,
        verdict: Verdict,
        join: Option<effect::JoinAnswer>,
    ) -> String {
        if let Some(refusal) = refusal {
            return format!("A server refuses this token: {}.", refusal.why);
        }
        let Ok(claims) = &self.token.claims else { return String::new() };
        let left = match claims.expires_at.map(|at| at.since(self.now)) {
            Some(left @ 1..) => format!(" for another {}", length(left)),
            Some(_) => " only by its 60 s of leeway".into(),
            None => String::new(),
        };
        let video = &claims.grants.video;
        let joins = match join.map_or("", |join| join.text) {
            "success" => format!("joins {} as {}", shown(&video.room), shown(claims.effective_identity())),
            _ if !video.room_join => "it joins no room".into(),
            "no room name" => "it joins nothing: it has no room".into(),
            "identity cannot be empty" => "it joins nothing: it has no identity".into(),
            text => format!("it joins nothing: {text}"),
        };
        match verdict {
            Verdict::Unknown => {
                let key = shown(self.token.issuer());
                format!(
                    "Whether a server accepts this token is unknown: the secret of {key} is not at hand to check the signature."
                )
            }
            _ if joins.starts_with("joins") => format!("A server accepts this token{left}: it {joins}."),
            _ => format!("A server accepts this token{left}, but {joins}."),
        }
    }
}

/// What stands in the place of a text that was taken out.
pub const CONCEALED: &str = "(hidden: it is a secret)";

const UNREADABLE: &str = "cannot be told: the claims are refused";

/// `canPublish is the text "false", not true or false`.
fn wrong_type(wrong: &WrongType) -> String {
    let path = wrong.path.strip_prefix("video.").unwrap_or(&wrong.path);
    format!("{} is {}, not {}", beginning(path, 128), beginning(&wrong.found, 128), wrong.expected)
}

/// Text of a token inside a sentence: printable, and cut where it would fill the line.
fn shown(text: &str) -> String {
    beginning(text, 64)
}
