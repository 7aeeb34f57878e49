//! The token endpoint: a request in, a signed token or one sentence out.
//!
//! [`respond`] is the whole decision, without a socket and without a clock. It goes through three gates, which the
//! [`listener`] takes one by one: [`admit`] looks at the head of a request (who may ask at all), [`grant`] reads its
//! body and narrows the [`Policy`]'s ceiling to a draft, [`Granted::sign`] signs. Everything that can be refused is
//! refused before the last.
//!
//! The wire is LiveKit's standard endpoint, as `TokenSource.endpoint` of livekit-client calls it (needs.md section 3,
//! semantics.md section 6).

use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue};

use crate::claims::Claims;
use crate::claims::problems::{self, Severity, of_policy};
use crate::clock::Timestamp;
use crate::project::{ApiKey, Project};
use crate::text::Sensitive;
use crate::token::{Fingerprint, Payload, SignError, Signer};

mod asked;
pub mod counters;
mod error;
pub mod guard;
pub mod issuer;
pub mod keys;
pub mod listener;
mod narrow;
pub mod origin;
pub mod pattern;
pub mod policy;
mod refusal;
mod route;
pub mod summary;

pub use error::ServeError;
pub use guard::{Admitted, Gate, Guard, Head, admit};
pub use policy::Policy;
pub use refusal::{Reason, Refusal};
pub use route::Shape;

/// The largest body that is read, in bytes.
pub const BODY_CAP: usize = 64 * 1024;

/// So many headers has an answer, but for a preflight's.
const HEADERS: usize = 6;

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method, target and headers.
    pub head: Head,
    /// The body.
    pub body: Vec<u8>,
    /// A number nobody guesses, for the names that are made up.
    pub nonce: u128,
}

/// One answer. Its body may have a token in it, so it is not shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, but for those about the connection.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Sensitive,
    /// What came of the request, for the log and the counters.
    pub outcome: Outcome,
}

/// What came of a request. Has no token, no key, and nothing else that must not be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether a token was signed.
    pub issued: bool,
    /// Why not.
    pub reason: Option<Reason>,
    /// Why not, in one sentence.
    pub sentence: String,
    /// For whom.
    pub identity: String,
    /// For which room.
    pub room: String,
    /// The name of the key that asked.
    pub key: Option<String>,
    /// What the token is known by.
    pub fingerprint: Option<Fingerprint>,
}

/// Answers a request. Nothing is signed unless the answer has a token in it.
#[must_use]
pub fn respond(request: &Request, policy: &Policy, project: &Project, now: Timestamp) -> Response {
    let admitted = match admit(&request.head, &policy.guard, now) {
        Gate::Open(admitted) => admitted,
        Gate::Closed(response) => return *response,
        Gate::Metrics => return Response::plain(200, "", "text/plain", None),
    };
    let signed = grant(&admitted, request, policy, &project.listing.key, now)
        .and_then(|granted| Ok((granted, Issuing::new(project).map_err(|_| unsigned())?)));
    match signed {
        Ok((granted, issuing)) => granted.sign(&admitted, &issuing),
        Err(refusal) => admitted.refused(refusal),
    }
}

/// A project made ready to sign for one request after the other.
pub struct Issuing {
    key: ApiKey,
    /// The server's address, as JSON.
    url: String,
    signer: Signer,
}

impl Issuing {
    /// Makes the project ready. Its secret is not kept, what it makes of HMAC is.
    ///
    /// # Errors
    /// [`SignError`], which is a defect.
    pub fn new(project: &Project) -> Result<Self, SignError> {
        let mut url = String::new();
        route::push_json(&project.listing.url.ws(), &mut url);
        Ok(Self { key: project.listing.key.clone(), url, signer: Signer::new(&project.secret)? })
    }
}

fn unsigned() -> Refusal {
    Refusal::new(Reason::Failed, "the token could not be signed")
}

/// A token that may be signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Granted {
    /// What would be signed. It is large, and goes from hand to hand.
    pub claims: Box<Claims>,
    /// Who asked, as it was asked: without an ending of its own, and empty if the identity is made up.
    pub asker: String,
}

/// Reads what is asked for and narrows the ceiling to it.
///
/// # Errors
/// [`Refusal`]: it is not what the endpoint reads, or more than the policy allows, or a LiveKit server would refuse it.
pub fn grant(
    admitted: &Admitted,
    request: &Request,
    policy: &Policy,
    key: &ApiKey,
    now: Timestamp,
) -> Result<Granted, Refusal> {
    if request.body.len() > BODY_CAP {
        return Err(too_big(BODY_CAP));
    }
    let mut asked = if request.head.method == http::Method::GET {
        asked::Asked::read_query(request.head.target.query().unwrap_or_default(), admitted.shape, now)?
    } else {
        asked::Asked::read(&request.body, admitted.shape, now)?
    };
    granted(admitted, request, policy, key, now, &mut asked)
        .map_err(|refusal| refusal.of(admitted.subject.as_deref().unwrap_or(&asked.identity), &asked.room))
}

fn granted(
    admitted: &Admitted,
    request: &Request,
    policy: &Policy,
    key: &ApiKey,
    now: Timestamp,
    asked: &mut asked::Asked,
) -> Result<Granted, Refusal> {
    let asker = admitted.subject.clone().unwrap_or_else(|| asked.identity.clone());
    // The upper half goes into no name that is made up.
    let seed = u64::try_from(request.nonce >> 64).unwrap_or_default();
    let policy = policy.filled(now, seed);
    let draft = narrow::narrow(asked, &policy, admitted.subject.as_deref(), request.nonce)?;
    let ttl = draft.ttl;
    let claims = Box::new(draft.into_claims(key, now));
    if let Some(error) = problems::first_error(&claims, Some(ttl), now) {
        let reason = if error.rule.id == "config-secret" { Reason::Secret } else { Reason::Invalid };
        return Err(Refusal::new(reason, crate::text::redact(&error.message)));
    }
    within_project(&claims, &policy)?;
    Ok(Granted { claims, asker })
}

/// What may not be signed for the project is not handed out, whatever the rest of the policy says.
fn within_project(claims: &Claims, policy: &Policy) -> Result<(), Refusal> {
    let problems = of_policy(claims, &policy.project);
    if let Some(error) = problems.iter().find(|problem| problem.rule.severity == Severity::Error) {
        let reason = if error.rule.id == "policy-ttl" { Reason::Ttl } else { Reason::Grant };
        return Err(Refusal::new(reason, error.message.clone()));
    }
    match policy.project.asks_twice(claims).first() {
        Some(power) if !policy.production_meant => {
            let sentence = format!("{power} is administrative, and the project is production");
            Err(Refusal::new(Reason::Grant, sentence))
        }
        _ => Ok(()),
    }
}

/// The refusal of a body over so many bytes.
#[must_use]
pub fn too_big(cap: usize) -> Refusal {
    Refusal::new(Reason::TooBig, format!("the body is over {} KiB", cap / 1024))
}

impl Granted {
    /// Signs, and writes the answer in the shape in which it was asked for.
    #[must_use]
    pub fn sign(&self, admitted: &Admitted, issuing: &Issuing) -> Response {
        let Ok(payload) = Payload::of(&self.claims) else { return admitted.refused(unsigned()) };
        let Claims { identity, grants, .. } = &*self.claims;
        let handed = route::Handed {
            url: &issuing.url,
            room: &grants.video.room,
            name: if grants.name.is_empty() { identity } else { &grants.name },
        };
        let (body, fingerprint) = admitted.shape.body(&handed, &issuing.signer, &payload);
        let mut response = Response::new(admitted.shape.status(), body, admitted.cors.clone());
        response.headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        response.outcome = Outcome {
            issued: true,
            identity: identity.clone(),
            room: grants.video.room.clone(),
            key: admitted.key.clone(),
            fingerprint: Some(fingerprint),
            ..Outcome::default()
        };
        response
    }
}

impl Response {
    fn new(status: u16, body: Sensitive, cors: Option<HeaderValue>) -> Self {
        let mut headers = Vec::with_capacity(HEADERS);
        headers.push((CACHE_CONTROL, HeaderValue::from_static("no-store")));
        // What is answered depends on who asks, also where nobody in particular does.
        headers.push((VARY, HeaderValue::from_static("Origin")));
        headers.push((X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")));
        if let Some(origin) = cors {
            headers.push((ACCESS_CONTROL_ALLOW_ORIGIN, origin));
        }
        Self { status, headers, body, outcome: Outcome::default() }
    }

    fn empty(status: u16, cors: Option<HeaderValue>) -> Self {
        Self::new(status, Sensitive::new(String::new()), cors)
    }

    /// An answer in text that is no secret.
    pub(crate) fn plain(status: u16, text: &str, kind: &'static str, cors: Option<HeaderValue>) -> Self {
        let mut response = Self::new(status, Sensitive::new(text.to_owned()), cors);
        response.headers.push((CONTENT_TYPE, HeaderValue::from_static(kind)));
        response
    }

    /// `{"error": "..."}`, which livekit-client shows as it is.
    pub(crate) fn refusal(refusal: Refusal, cors: Option<HeaderValue>) -> Self {
        let body = serde_json::json!({ "error": refusal.sentence }).to_string();
        let mut response = Self::plain(refusal.reason.status(), &body, "application/json", cors);
        if refusal.retry_after > 0 {
            response.headers.push((RETRY_AFTER, HeaderValue::from(refusal.retry_after)));
        }
        let Refusal { reason, sentence, identity, room, .. } = refusal;
        response.outcome = Outcome { reason: Some(reason), sentence, identity, room, ..Outcome::default() };
        response
    }

    /// A header's text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.to_str().ok())
    }
}

#[cfg(test)]
mod tests;
