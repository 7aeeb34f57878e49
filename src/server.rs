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
use crate::claims::problems::Severity;
use crate::clock::Timestamp;
use crate::project::{Listing, Project};
use crate::text::Sensitive;
use crate::token::{Fingerprint, SignError, sign};

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
    match grant(&admitted, request, policy, &project.listing, now) {
        Ok(granted) => granted.sign(&admitted, project),
        Err(refusal) => admitted.refused(refusal),
    }
}

/// A token that may be signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Granted {
    /// What would be signed.
    pub claims: Claims,
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
    listing: &Listing,
    now: Timestamp,
) -> Result<Granted, Refusal> {
    if request.body.len() > BODY_CAP {
        return Err(too_big(BODY_CAP));
    }
    let asked = if request.head.method == http::Method::GET {
        asked::Asked::read_query(request.head.target.query().unwrap_or_default(), admitted.shape, now)?
    } else {
        asked::Asked::read(&request.body, admitted.shape, now)?
    };
    let asker = admitted.subject.clone().unwrap_or_else(|| asked.identity.clone());
    let draft = narrow::narrow(asked, policy, admitted.subject.as_deref(), request.nonce)?;
    let preview = draft.preview(&listing.key, now);
    if let Some(error) = preview.problems.iter().find(|problem| problem.rule.severity == Severity::Error) {
        let reason = if error.rule.id == "config-secret" { Reason::Secret } else { Reason::Invalid };
        return Err(Refusal::new(reason, crate::text::redact(&error.message)));
    }
    Ok(Granted { claims: preview.claims, asker })
}

/// The refusal of a body over so many bytes.
#[must_use]
pub fn too_big(cap: usize) -> Refusal {
    Refusal::new(Reason::TooBig, format!("the body is over {} KiB", cap / 1024))
}

impl Granted {
    /// Signs, and writes the answer in the shape in which it was asked for.
    #[must_use]
    pub fn sign(&self, admitted: &Admitted, project: &Project) -> Response {
        let signed = sign(&self.claims, &project.secret);
        let token = match &signed {
            Ok(token) => token,
            Err(SignError { .. }) => {
                return admitted.refused(Refusal::new(Reason::Failed, "the token could not be signed"));
            }
        };
        let (grants, identity) = (&self.claims.grants, &self.claims.identity);
        let handed = route::Handed {
            url: &project.listing.url.ws(),
            token: token.expose(),
            room: &grants.video.room,
            name: if grants.name.is_empty() { identity } else { &grants.name },
        };
        let body = admitted.shape.body(&handed);
        let mut response = Response::new(admitted.shape.status(), body, admitted.cors.clone());
        response.headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        response.outcome = Outcome {
            issued: true,
            identity: identity.clone(),
            room: grants.video.room.clone(),
            key: admitted.key.clone(),
            fingerprint: Some(token.fingerprint()),
            ..Outcome::default()
        };
        response
    }
}

impl Response {
    fn new(status: u16, body: Sensitive, cors: Option<HeaderValue>) -> Self {
        let mut headers = vec![
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            // What is answered depends on who asks, also where nobody in particular does.
            (VARY, HeaderValue::from_static("Origin")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
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
        response.outcome =
            Outcome { reason: Some(refusal.reason), sentence: refusal.sentence, ..Outcome::default() };
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
