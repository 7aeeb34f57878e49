//! The guard: who may ask at all. Everything that can be told from the head of a request, before its body is read
//! and long before anything is signed.
//!
//! What it keeps away: pages of other origins that make a visitor's browser ask (the `Origin` header, and
//! `Sec-Fetch-Site` where that is missing), pages that got their own name to point at this machine (the `Host`
//! header), forms and simple requests that a browser sends without a preflight (`Content-Type`), and everybody
//! without a key where keys are wanted. No answer ever has `Access-Control-Allow-Origin: *`.

use std::net::{IpAddr, Ipv4Addr};

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ALLOW, AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use super::Response;
use super::issuer::Issuer;
use super::keys::Keys;
use super::origin::{Origin, is_localhost, without_port};
use super::refusal::{Reason, Refusal, said};
use super::route::{Route, Shape};
use crate::clock::Timestamp;

const REQUEST_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The Android emulator's name for the machine it runs on.
const EMULATOR_HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 2, 2));
/// A container's name for the machine it runs on.
const CONTAINER_HOST: &str = "host.docker.internal";

/// Who may ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Addresses that the listener is bound to. None, and loopback ones only, mean: this machine alone.
    pub bound: Vec<IpAddr>,
    /// Names that the `Host` header may have besides those of this machine, in lower case, without a port.
    pub hosts: Vec<String>,
    /// Origins whose pages may ask, besides pages of this machine while only it can ask.
    pub origins: Vec<Origin>,
    /// Bearer keys, one of which must be given. None: nobody is asked for one.
    pub keys: Keys,
    /// Whose bearer tokens are believed beside the keys. Who brings one can be nobody but its subject.
    pub issuer: Option<Issuer>,
    /// Whether the routes of older samples are served.
    pub compat: bool,
    /// Whether `/metrics` is served.
    pub metrics: bool,
}

/// The head of a request.
#[derive(Clone, Debug)]
pub struct Head {
    /// `POST`.
    pub method: Method,
    /// Path and query, or what a proxy is asked with.
    pub target: Uri,
    /// The headers.
    pub headers: HeaderMap,
}

impl Head {
    /// A header's text; `None` if it is missing, doubled, or not text.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }
}

/// What the guard made of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Gate {
    /// It is answered already.
    Closed(Box<Response>),
    /// The counters are asked for, by someone who may.
    Metrics,
    /// A token is asked for, and may be.
    Open(Admitted),
}

/// A request that may ask.
#[derive(Clone, Debug, PartialEq)]
pub struct Admitted {
    /// In which shape it asks and wants its answer.
    pub shape: Shape,
    /// The name of its key, or of the issuer of its token.
    pub key: Option<String>,
    /// Whose token it brought: the only identity it can get.
    pub subject: Option<String>,
    /// The origin whose page may read the answer.
    pub(super) cors: Option<HeaderValue>,
}

impl Admitted {
    /// The answer to a request that is refused after all.
    #[must_use]
    pub fn refused(&self, refusal: Refusal) -> Response {
        let mut response = Response::refusal(refusal, self.cors.clone());
        response.outcome.key.clone_from(&self.key);
        response
    }
}

/// Looks at the head of a request.
#[must_use]
pub fn admit(head: &Head, guard: &Guard, now: Timestamp) -> Gate {
    match guard.admit(head, now) {
        Ok(gate) => gate,
        Err((refusal, cors)) => {
            let reason = refusal.reason;
            let mut response = Response::refusal(refusal, cors);
            match reason {
                Reason::Method => response.headers.push((ALLOW, guard.methods(head))),
                Reason::Key => response.headers.push((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
                _ => {}
            }
            Gate::Closed(Box::new(response))
        }
    }
}

type Turned = (Refusal, Option<HeaderValue>);

/// Who asks.
#[derive(Default)]
struct Bearer {
    key: Option<String>,
    subject: Option<String>,
}

impl Guard {
    /// Whether nobody has to say who asks.
    #[must_use]
    pub fn asks_nobody(&self) -> bool {
        self.keys.is_empty() && self.issuer.is_none()
    }

    /// Whether only this machine can ask.
    #[must_use]
    pub fn is_loopback_only(&self) -> bool {
        self.bound.iter().all(IpAddr::is_loopback)
    }

    fn admit(&self, head: &Head, now: Timestamp) -> Result<Gate, Turned> {
        self.check_host(head).map_err(|refusal| (refusal, None))?;
        let cors = self.check_origin(head).map_err(|refusal| (refusal, None))?;
        let turned = |reason, sentence: &str| (Refusal::new(reason, sentence), cors.clone());
        let route = match Route::of(&head.method, head.target.path(), self) {
            Some(route) => route,
            None if head.method == Method::GET => {
                return Err(turned(
                    Reason::Method,
                    "this is a token endpoint: ask with POST and a JSON body",
                ));
            }
            None => return Err(turned(Reason::Method, "this endpoint takes POST, and OPTIONS before it")),
        };
        let shape = match route {
            Route::Health => {
                return Ok(Gate::Closed(Box::new(Response::plain(200, "ok\n", "text/plain", cors))));
            }
            Route::Preflight => return Ok(Gate::Closed(Box::new(self.preflight(head, cors.as_ref())))),
            Route::Metrics => None,
            Route::Token(shape) => Some(shape),
        };
        let Bearer { key, subject } = self.check_key(head, now).map_err(|refusal| (refusal, cors.clone()))?;
        let Some(shape) = shape else { return Ok(Gate::Metrics) };
        if head.method == Method::POST && !is_json(head) {
            return Err(turned(
                Reason::ContentType,
                "the body must be JSON: send Content-Type: application/json",
            ));
        }
        Ok(Gate::Open(Admitted { shape, key, subject, cors }))
    }

    fn check_host(&self, head: &Head) -> Result<(), Refusal> {
        let refuse = |text: &str| {
            let mut sentence = format!("the host {} is not served here", said(text));
            if !self.is_loopback_only() {
                sentence.push_str("; whoever runs this server can allow it with --allow-host");
            }
            Refusal::new(Reason::Host, sentence)
        };
        let mut named = 0;
        for value in head.headers.get_all(HOST) {
            let text = value.to_str().map_err(|_| refuse("(not text)"))?;
            if !self.serves(text) {
                return Err(refuse(text));
            }
            named += 1;
        }
        // RFC 9112 section 3.2.2: the target's authority counts over the header, and either may be looked at further on.
        if let Some(authority) = head.target.authority() {
            if !self.serves(authority.as_str()) {
                return Err(refuse(authority.as_str()));
            }
            return Ok(());
        }
        if named == 1 { Ok(()) } else { Err(Refusal::new(Reason::Host, "a request names its host once")) }
    }

    /// Whether a host, with or without a port, is one of this server's names.
    fn serves(&self, host: &str) -> bool {
        let Some(host) = without_port(host) else { return false };
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            // A page can have a name point anywhere, but it cannot have an address for its name.
            let everywhere = self.bound.iter().any(IpAddr::is_unspecified);
            return address.is_loopback()
                || everywhere
                || self.bound.contains(&address)
                || (self.is_loopback_only() && address == EMULATOR_HOST);
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        is_localhost(&host)
            || (self.is_loopback_only() && host == CONTAINER_HOST)
            || self.hosts.contains(&host)
    }

    /// The origin to reflect; `None` for a request that comes from no page.
    fn check_origin(&self, head: &Head) -> Result<Option<HeaderValue>, Refusal> {
        let mut values = head.headers.get_all(ORIGIN).iter();
        let Some(value) = values.next() else {
            // An image or a script of a page is fetched without Origin, but not without this.
            return match head.header(&FETCH_SITE) {
                Some("cross-site" | "same-site") => {
                    Err(Refusal::new(Reason::Origin, "a page of another origin asked without saying which"))
                }
                _ => Ok(None),
            };
        };
        let text = value.to_str().unwrap_or("(not text)");
        if values.next().is_none() && self.allows(text) {
            return Ok(Some(value.clone()));
        }
        let sentence = if text == "null" {
            "pages without an origin (files, sandboxed frames) are not allowed; open the page from a local server".to_owned()
        } else {
            format!(
                "the origin {} is not allowed; whoever runs this server can allow it with --allow-origin",
                said(text)
            )
        };
        Err(Refusal::new(Reason::Origin, sentence))
    }

    fn allows(&self, origin: &str) -> bool {
        if self.origins.iter().any(|known| known.as_str() == origin) {
            return true;
        }
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        let Some(host) = host.filter(|_| self.is_loopback_only()).and_then(without_port) else {
            return false;
        };
        match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => is_localhost(host),
        }
    }

    fn check_key(&self, head: &Head, now: Timestamp) -> Result<Bearer, Refusal> {
        if self.asks_nobody() {
            return Ok(Bearer::default());
        }
        let Some(text) = head.header(&AUTHORIZATION) else {
            let sentence = "this endpoint wants a key: send Authorization: Bearer and the key";
            return Err(Refusal::new(Reason::Key, sentence));
        };
        let scheme = text.get(..7).unwrap_or_default();
        let given =
            text.get(7..).filter(|_| scheme.eq_ignore_ascii_case("bearer ")).unwrap_or_default().trim();
        if let Some(name) = self.keys.name_of(given) {
            return Ok(Bearer { key: Some(name.to_owned()), subject: None });
        }
        match &self.issuer {
            Some(issuer) if given.contains('.') => match issuer.subject(given, now) {
                Ok(subject) => Ok(Bearer { key: Some(issuer.name().to_owned()), subject: Some(subject) }),
                Err(why) => {
                    Err(Refusal::new(Reason::Key, format!("the bearer token is not accepted: {why}")))
                }
            },
            _ => Err(Refusal::new(Reason::Key, "the key is not known here")),
        }
    }

    /// RFC 9110 and the fetch standard: what may follow.
    fn preflight(&self, head: &Head, cors: Option<&HeaderValue>) -> Response {
        let mut response = Response::empty(204, cors.cloned());
        response.headers.push((ALLOW, self.methods(head)));
        if cors.is_none() {
            return response;
        }
        response.headers.push((ACCESS_CONTROL_ALLOW_METHODS, self.methods(head)));
        let asked = head.headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        let headers = asked.unwrap_or_else(|| HeaderValue::from_static("content-type"));
        response.headers.push((ACCESS_CONTROL_ALLOW_HEADERS, headers));
        response.headers.push((ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")));
        if head.header(&REQUEST_PRIVATE_NETWORK) == Some("true") {
            response.headers.push((ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true")));
        }
        response
    }

    fn methods(&self, head: &Head) -> HeaderValue {
        let reads = Route::of(&Method::GET, head.target.path(), self).is_some();
        HeaderValue::from_static(if reads { "GET, POST, OPTIONS" } else { "POST, OPTIONS" })
    }
}

fn is_json(head: &Head) -> bool {
    let kind = head.header(&CONTENT_TYPE).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::super::tests::head;
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);
    const JSON: (&str, &str) = ("content-type", "application/json");
    const KEY: &str = "fake-bearer-key-0123456789abcdef";

    fn gate(guard: &Guard, headers: &[(&str, &str)]) -> (u16, Option<Reason>) {
        match admit(&head(Method::POST, "/", headers), guard, NOW) {
            Gate::Open(_) => (0, None),
            Gate::Metrics => (1, None),
            Gate::Closed(response) => (response.status, response.outcome.reason),
        }
    }

    const OPEN: (u16, Option<Reason>) = (0, None);
    const HOST_REFUSED: (u16, Option<Reason>) = (403, Some(Reason::Host));
    const ORIGIN_REFUSED: (u16, Option<Reason>) = (403, Some(Reason::Origin));

    fn bound(addresses: &[&str]) -> Guard {
        Guard { bound: addresses.iter().map(|text| text.parse().unwrap()).collect(), ..Guard::default() }
    }

    #[test]
    fn only_names_of_this_machine_are_answered_to() {
        let here = bound(&["127.0.0.1", "::1"]);
        for host in [
            "localhost",
            "LOCALHOST:7878",
            "app.localhost:1",
            "127.0.0.1:7878",
            "127.1.2.3",
            "[::1]:7878",
            "10.0.2.2:7878",
            "host.docker.internal",
        ] {
            assert_eq!(gate(&here, &[("host", host), JSON]), OPEN, "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "192.168.1.2",
            "[::2]",
            "0.0.0.0:7878",
            "",
            "localhost:x",
            "127.0.0.1.nip.io",
        ] {
            assert_eq!(gate(&here, &[("host", host), JSON]), HOST_REFUSED, "{host}");
        }
        assert_eq!(gate(&here, &[JSON]), HOST_REFUSED);
        assert_eq!(gate(&here, &[("host", "localhost"), ("host", "evil.example"), JSON]), HOST_REFUSED);
        assert_eq!(gate(&here, &[("host", "localhost"), ("host", "localhost"), JSON]), HOST_REFUSED);
    }

    #[test]
    fn the_target_counts_over_the_host_header() {
        let here = bound(&["127.0.0.1"]);
        for (target, open) in [("http://localhost:7878/", true), ("http://evil.example/", false)] {
            let gate = admit(&head(Method::POST, target, &[("host", "localhost"), JSON]), &here, NOW);
            assert_eq!(matches!(gate, Gate::Open(_)), open, "{target}");
        }
    }

    #[test]
    fn a_server_for_others_answers_to_its_addresses_and_the_names_it_was_given() {
        let mut there = bound(&["192.168.1.2"]);
        there.hosts = vec!["tokens.example.com".into()];
        for (host, expected) in [
            ("192.168.1.2:7878", OPEN),
            ("localhost", OPEN),
            ("Tokens.Example.com.", OPEN),
            ("192.168.1.3", HOST_REFUSED),
            ("10.0.2.2", HOST_REFUSED),
            ("host.docker.internal", HOST_REFUSED),
            ("other.example.com", HOST_REFUSED),
        ] {
            assert_eq!(gate(&there, &[("host", host), JSON]), expected, "{host}");
        }
        assert_eq!(gate(&bound(&["0.0.0.0"]), &[("host", "192.168.1.3"), JSON]), OPEN);
    }

    #[test]
    fn pages_of_this_machine_may_ask_and_no_others() {
        let mut here = bound(&["127.0.0.1"]);
        here.origins = vec![Origin::parse("https://app.example.com").unwrap()];
        let with =
            |guard: &Guard, origin: &str| gate(guard, &[("host", "localhost"), JSON, ("origin", origin)]);
        for origin in [
            "http://localhost:3000",
            "https://127.0.0.1",
            "http://[::1]:5173",
            "http://app.localhost",
            "https://app.example.com",
        ] {
            assert_eq!(with(&here, origin), OPEN, "{origin}");
        }
        for origin in [
            "https://evil.example",
            "null",
            "",
            "http://localhost.evil.example",
            "http://localhost:x",
            "file://",
            "https://app.example.com.evil.example",
            "https://app.example.com:8443",
            "http://localhost@evil.example",
        ] {
            assert_eq!(with(&here, origin), ORIGIN_REFUSED, "{origin}");
        }
        let twice =
            [("host", "localhost"), JSON, ("origin", "http://localhost"), ("origin", "https://evil.example")];
        assert_eq!(gate(&here, &twice), ORIGIN_REFUSED);
        let there = Guard { bound: bound(&["192.168.1.2"]).bound, ..here };
        assert_eq!(with(&there, "http://localhost:3000"), ORIGIN_REFUSED);
        assert_eq!(with(&there, "https://app.example.com"), OPEN);
    }

    #[test]
    fn a_page_that_hides_its_origin_is_told_by_its_browser() {
        for (site, expected) in [
            ("cross-site", ORIGIN_REFUSED),
            ("same-site", ORIGIN_REFUSED),
            ("same-origin", OPEN),
            ("none", OPEN),
        ] {
            assert_eq!(
                gate(&Guard::default(), &[("host", "localhost"), JSON, ("sec-fetch-site", site)]),
                expected
            );
        }
    }

    #[test]
    fn what_is_not_json_by_its_type_is_refused() {
        for (kind, status) in [
            ("application/json", 0),
            ("Application/JSON; charset=utf-8", 0),
            ("text/plain", 415),
            ("application/x-www-form-urlencoded", 415),
            ("application/jsonp", 415),
            ("", 415),
        ] {
            assert_eq!(
                gate(&Guard::default(), &[("host", "localhost"), ("content-type", kind)]).0,
                status,
                "{kind}"
            );
        }
        assert_eq!(gate(&Guard::default(), &[("host", "localhost")]).0, 415);
        assert_eq!(
            gate(&Guard::default(), &[("host", "localhost"), JSON, ("content-type", "text/plain")]).0,
            415
        );
    }

    #[test]
    fn where_keys_are_wanted_only_a_known_one_opens() {
        let guard =
            Guard { keys: Keys::parse(&format!("web = {KEY}")).unwrap(), metrics: true, ..Guard::default() };
        let bearer = format!("Bearer {KEY}");
        for (given, status) in [
            (bearer.as_str(), 0),
            (&format!("bearer  {KEY}"), 0),
            (KEY, 401),
            ("Bearer fake-other-key-0123456789abcdef", 401),
            ("Bearer ", 401),
            (&format!("Basic {KEY}"), 401),
            (&format!("Bearer {KEY}x"), 401),
        ] {
            let headers = [("host", "localhost"), JSON, ("authorization", given)];
            assert_eq!(gate(&guard, &headers).0, status, "{given}");
        }
        assert_eq!(gate(&guard, &[("host", "localhost"), JSON]), (401, Some(Reason::Key)));
        let twice =
            [("host", "localhost"), JSON, ("authorization", bearer.as_str()), ("authorization", "Bearer x")];
        assert_eq!(gate(&guard, &twice).0, 401);
        let get = |path: &str, headers: &[(&str, &str)]| match admit(
            &head(Method::GET, path, headers),
            &guard,
            NOW,
        ) {
            Gate::Metrics => 1,
            Gate::Closed(response) => response.status,
            Gate::Open(_) => 0,
        };
        assert_eq!(get("/metrics", &[("host", "localhost")]), 401);
        assert_eq!(get("/metrics", &[("host", "localhost"), ("authorization", &bearer)]), 1);
        assert_eq!(get("/healthz", &[("host", "localhost")]), 200);
        assert_eq!(get("/healthz", &[("host", "evil.example")]), 403);
        let Gate::Closed(response) =
            admit(&head(Method::POST, "/", &[("host", "localhost"), JSON]), &guard, NOW)
        else {
            panic!()
        };
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
    }

    #[test]
    fn a_preflight_is_answered_with_what_was_asked_and_no_more() {
        let ask = |headers: &[(&str, &str)]| {
            let all = [&[("host", "localhost:7878")], headers].concat();
            match admit(&head(Method::OPTIONS, "/any/path", &all), &Guard::default(), NOW) {
                Gate::Closed(response) => *response,
                other => panic!("{other:?}"),
            }
        };
        let asked = ask(&[
            ("origin", "http://localhost:3000"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,x-sandbox-id"),
            ("access-control-request-private-network", "true"),
        ]);
        for (name, value) in [
            ("access-control-allow-origin", "http://localhost:3000"),
            ("access-control-allow-methods", "POST, OPTIONS"),
            ("access-control-allow-headers", "content-type,x-sandbox-id"),
            ("access-control-max-age", "600"),
            ("access-control-allow-private-network", "true"),
            ("vary", "Origin"),
        ] {
            assert_eq!(asked.header(name), Some(value), "{name}");
        }
        assert_eq!((asked.status, asked.body.expose()), (204, ""));
        let other = ask(&[("origin", "https://evil.example"), ("access-control-request-method", "POST")]);
        assert_eq!(other.status, 403);
        assert!(other.headers.iter().all(|(name, _)| !name.as_str().starts_with("access-control")));
        let plain = ask(&[("origin", "http://localhost:3000")]);
        assert_eq!(plain.header("access-control-allow-private-network"), None);
    }

    #[test]
    fn an_allowed_page_can_read_why_it_was_refused() {
        let headers =
            [("host", "localhost"), ("origin", "http://localhost:3000"), ("content-type", "text/plain")];
        let Gate::Closed(response) = admit(&head(Method::POST, "/", &headers), &Guard::default(), NOW) else {
            panic!()
        };
        assert_eq!(
            (response.status, response.header("access-control-allow-origin")),
            (415, Some("http://localhost:3000"))
        );
        let get = admit(&head(Method::GET, "/", &[("host", "localhost")]), &Guard::default(), NOW);
        let Gate::Closed(response) = get else { panic!() };
        assert_eq!((response.status, response.header("allow")), (405, Some("POST, OPTIONS")));
    }
}
