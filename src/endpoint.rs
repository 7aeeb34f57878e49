//! Somebody else's token endpoint, as LiveKit's clients see it: what it answers, and what a browser makes of that.
//!
//! [`wire::observe`] asks it the way `TokenSource.endpoint` and a browser do; [`judge`] says what is wrong with the
//! answers. The specification is semantics.md section 6 and needs.md section 3. Asking makes the endpoint sign a token;
//! nobody joins with it, and it is never shown.

use crate::clock::Timestamp;
use crate::finding::Finding;
use crate::project::is_loopback_host;

mod answer;
mod cors;
mod token;
pub mod wire;

/// What is asked, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address, as given: `http://localhost:7878/`.
    pub url: http::Uri,
    /// The page that asks: `http://localhost:3000`.
    pub origin: String,
    /// The room that is asked for.
    pub room: String,
    /// The identity that is asked for.
    pub identity: String,
}

impl Target {
    /// Whether the endpoint is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(self.url.host().unwrap_or_default())
    }

    /// Whether the way there is encrypted.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.url.scheme_str() == Some("https")
    }
}

/// One answer.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The HTTP status.
    pub status: u16,
    /// Its headers, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body, cut at 1 MiB. Has a token in it.
    pub body: String,
    /// From the start to the head of the answer, in milliseconds.
    pub latency_ms: u64,
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Exchange {
    /// The value of a header; the first of several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Whether the status is one that clients take for yes.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// What happened, as a sentence without a full stop.
    pub why: String,
    /// What to do about it.
    pub cure: String,
}

/// What came of asking.
pub type Asked = Result<Exchange, Silence>;

/// Everything that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// `OPTIONS`, as a browser sends it before the `POST`.
    pub preflight: Asked,
    /// The same from a page that has no business there.
    pub foreign: Asked,
    /// `POST` with room, name, identity, metadata and attributes.
    pub post: Asked,
    /// `POST` with `{}`, as a client without options sends it.
    pub empty: Asked,
}

/// What is right and wrong with an endpoint, in the order in which a client meets it.
#[must_use]
pub fn judge(target: &Target, observed: &Observed, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![address(target)];
    let post = match &observed.post {
        Ok(post) => post,
        Err(silence) => {
            findings.push(Finding::failed("answer", silence.why.clone(), silence.cure.clone()));
            return findings;
        }
    };
    findings.push(cors::preflight(target, &observed.preflight));
    findings.push(cors::foreign(target, &observed.foreign));
    findings.push(answer::status(target, post));
    findings.push(cors::answer(target, post));
    if post.is_success() {
        findings.extend(answer::fields(target, post, now));
    }
    findings.push(answer::empty(&observed.empty));
    findings
}

fn address(target: &Target) -> Finding {
    const ID: &str = "address";
    if target.is_secure() || target.is_loopback() {
        return Finding::ok(ID, target.url.to_string());
    }
    Finding::failed(
        ID,
        "tokens would travel unencrypted",
        "serve it over https:// on any machine but this one; pages over https:// cannot ask it at all",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::claims::draft::Draft;
    use crate::clock::Zone;
    use crate::finding::Outcome;
    use crate::project::Project;
    use crate::token::sign;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);
    const ORIGIN: &str = "http://localhost:3000";

    fn target(url: &str) -> Target {
        Target {
            url: url.parse().unwrap(),
            origin: ORIGIN.into(),
            room: "demo".into(),
            identity: "alice".into(),
        }
    }

    fn token_at(draft: &str, now: Timestamp) -> String {
        let draft = Draft::from_json(draft, now, &Zone::utc()).unwrap();
        let project = Project::local_dev();
        sign(&draft.claims(&project.listing.key, now), &project.secret).unwrap().expose().to_owned()
    }

    fn token(draft: &str) -> String {
        token_at(draft, NOW)
    }

    const GOOD: &str = r#"{"identity": "alice", "ttl": "15m", "video": {"roomJoin": true, "room": "demo"}}"#;

    fn exchange(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Exchange { status, headers, body: body.to_owned(), latency_ms: 3 }
    }

    fn good() -> Observed {
        let allow = ("access-control-allow-origin", ORIGIN);
        let body = json!({"server_url": "wss://acme.example", "participant_token": token(GOOD)}).to_string();
        Observed {
            preflight: Ok(exchange(204, &[allow, ("access-control-allow-headers", "Content-Type")], "")),
            foreign: Ok(exchange(403, &[], "")),
            post: Ok(exchange(201, &[allow], &body)),
            empty: Ok(exchange(201, &[allow], &body)),
        }
    }

    fn judged(observed: &Observed) -> Vec<Finding> {
        let found = judge(&target("http://localhost:7878/"), observed, NOW);
        for finding in &found {
            assert!(!finding.detail.contains("eyJ") && !finding.hint.contains("eyJ"), "{finding:?}");
            let wants_hint = matches!(finding.outcome, Outcome::Failed | Outcome::Warning);
            assert_eq!(!finding.hint.is_empty(), wants_hint, "{finding:?}");
        }
        found
    }

    /// What is not as it should be.
    fn wrong(observed: &Observed) -> Vec<(&'static str, Outcome, String)> {
        judged(observed)
            .into_iter()
            .filter(|finding| finding.outcome != Outcome::Ok)
            .map(|finding| (finding.id, finding.outcome, finding.detail))
            .collect()
    }

    #[test]
    fn a_good_endpoint_has_nothing_wrong_with_it() {
        assert_eq!(wrong(&good()), []);
        let ids: Vec<&str> = judged(&good()).iter().map(|finding| finding.id).collect();
        let all = [
            "address",
            "preflight",
            "other pages",
            "answer",
            "CORS",
            "body",
            "server_url",
            "participant_token",
            "token",
            "lifetime",
            "join",
            "power",
            "no options",
        ];
        assert_eq!(ids, all);
    }

    fn with_post(status: u16, body: &str) -> Observed {
        let allow = ("access-control-allow-origin", ORIGIN);
        Observed { post: Ok(exchange(status, &[allow], body)), ..good() }
    }

    #[test]
    fn each_wrong_answer_is_one_finding_that_names_it() {
        let fields = |body: Value| with_post(201, &body.to_string());
        let url = "wss://acme.example";
        let good_token = token(GOOD);
        for (observed, id, want) in [
            (with_post(404, "nope"), "answer", "404: nope"),
            (
                with_post(500, "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"),
                "answer",
                "500: Bearer (hidden)",
            ),
            (with_post(308, ""), "answer", "a redirect loses the POST"),
            (with_post(200, "\u{1b}[2J"), "body", "not JSON"),
            (fields(json!({"server_url": url, "participant_token": {}})), "participant_token", "not awaited"),
            (fields(json!({"server_url": url, "token": {}})), "participant_token", "not awaited"),
            (
                fields(json!({"server_url": url, "token": good_token})),
                "participant_token",
                "answered as token",
            ),
            (fields(json!({"server_url": url, "participant_token": 7})), "participant_token", "is no text"),
            (fields(json!({"server_url": url})), "participant_token", "it is missing"),
            (fields(json!({"participant_token": good_token})), "server_url", "it is missing"),
            (fields(json!({"url": url, "participant_token": good_token})), "server_url", "answered as url"),
            (
                fields(json!({"server_url": "acme.example", "participant_token": good_token})),
                "server_url",
                "no scheme",
            ),
            (
                fields(json!({"server_url": "https://cloud.livekit.io", "participant_token": good_token})),
                "server_url",
                "",
            ),
            (fields(json!({"server_url": url, "participant_token": "eyJx"})), "token", ""),
        ] {
            let wrong = wrong(&observed);
            assert_eq!(wrong.len(), 1, "{want}: {wrong:?}");
            assert_eq!((wrong[0].0, wrong[0].1), (id, Outcome::Failed), "{wrong:?}");
            assert!(wrong[0].2.contains(want), "{want}: {wrong:?}");
        }
    }

    #[test]
    fn a_token_that_clients_cannot_use_or_should_not_have_is_named() {
        let with = |token: String| {
            with_post(
                201,
                &json!({"serverUrl": "ws://localhost:7880", "participantToken": token}).to_string(),
            )
        };
        let draft = |more: &str| {
            token(&format!(
                r#"{{"identity": "alice", {more}, "video": {{"roomJoin": true, "room": "demo"}}}}"#
            ))
        };
        let video = |more: &str| {
            token(&format!(
                r#"{{"identity": "alice", "video": {{"roomJoin": true, "room": "demo", {more}}}}}"#
            ))
        };
        for (token, id, outcome, want) in [
            (draft(r#""ttl": "30s""#), "lifetime", Outcome::Warning, "each time"),
            (draft(r#""ttl": "2 days""#), "lifetime", Outcome::Warning, "nobody can take it back"),
            (token_at(GOOD, NOW.plus(30)), "lifetime", Outcome::Warning, "ahead of this clock"),
            (
                video(r#""roomAdmin": true, "roomList": true"#),
                "power",
                Outcome::Warning,
                "gets roomAdmin, roomList",
            ),
            (
                token(r#"{"identity": "alice", "video": {"room": "demo"}}"#),
                "join",
                Outcome::Failed,
                "no roomJoin",
            ),
            (
                token(r#"{"identity": "alice", "video": {"roomJoin": true}}"#),
                "join",
                Outcome::Failed,
                "without room",
            ),
            (
                token(r#"{"video": {"roomJoin": true, "room": "demo"}}"#),
                "join",
                Outcome::Failed,
                "without identity",
            ),
            (
                token(r#"{"identity": "bob", "video": {"roomJoin": true, "room": "demo"}}"#),
                "join",
                Outcome::Warning,
                "demo as bob, though demo as alice was asked for",
            ),
            (token_at(GOOD, NOW.plus(-7_200)), "token", Outcome::Failed, "it expired"),
        ] {
            let wrong: Vec<_> = wrong(&with(token)).into_iter().filter(|(found, ..)| *found == id).collect();
            assert_eq!(wrong.len(), 1, "{want}");
            assert_eq!(wrong[0].1, outcome);
            assert!(wrong[0].2.contains(want), "{want}: {wrong:?}");
        }
    }

    #[test]
    fn a_token_without_times_is_kept_for_ever_and_that_is_told() {
        let project = Project::local_dev();
        let mut claims = Draft::from_json(GOOD, NOW, &Zone::utc()).unwrap().claims(&project.listing.key, NOW);
        claims.not_before = None;
        let token = sign(&claims, &project.secret).unwrap().expose().to_owned();
        let body = json!({"server_url": "wss://a.example", "participant_token": token}).to_string();
        let wrong = wrong(&with_post(201, &body));
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].2.starts_with("without nbf clients keep the token for ever"), "{wrong:?}");
    }

    #[test]
    fn what_a_browser_would_stop_is_named() {
        let allow = ("access-control-allow-origin", ORIGIN);
        let content = ("access-control-allow-headers", "x-other, Content-Type");
        for (preflight, want) in [
            (exchange(405, &[], ""), "OPTIONS is answered 405"),
            (exchange(204, &[content], ""), "there is no Access-Control-Allow-Origin"),
            (
                exchange(204, &[("access-control-allow-origin", "http://a.example"), content], ""),
                "not http://localhost:3000",
            ),
            (exchange(204, &[allow], ""), "does not allow the header Content-Type"),
        ] {
            let wrong = wrong(&Observed { preflight: Ok(preflight), ..good() });
            assert_eq!((wrong.len(), wrong[0].0, wrong[0].1), (1, "preflight", Outcome::Failed), "{wrong:?}");
            assert!(wrong[0].2.contains(want), "{want}: {wrong:?}");
        }
        let any = exchange(204, &[("access-control-allow-origin", "*"), content], "");
        let open = Observed { preflight: Ok(any.clone()), foreign: Ok(any), ..good() };
        let wrong = wrong(&open);
        assert_eq!((wrong.len(), wrong[0].0, wrong[0].1), (1, "other pages", Outcome::Warning), "{wrong:?}");
        let hidden = Observed { post: Ok(exchange(201, &[], &good().post.unwrap().body)), ..good() };
        let hidden: Vec<_> = judged(&hidden).into_iter().filter(|f| f.outcome == Outcome::Failed).collect();
        assert_eq!(hidden.iter().map(|finding| finding.id).collect::<Vec<_>>(), ["CORS"]);
    }

    #[test]
    fn an_address_that_is_neither_here_nor_encrypted_fails() {
        for (url, ok) in [
            ("http://localhost:1/", true),
            ("http://app.localhost/", true),
            ("http://127.0.0.2/", true),
            ("http://[::1]:7878/x", true),
            ("https://a.example/", true),
            ("http://a.example/", false),
            ("http://10.0.0.5:7878/", false),
        ] {
            assert_eq!(address(&target(url)).outcome == Outcome::Ok, ok, "{url}");
        }
    }

    #[test]
    fn an_endpoint_that_does_not_answer_is_two_rows_and_no_more() {
        let silence = || Silence { why: "nothing listens there".into(), cure: "start it".into() };
        let nothing = || Err(silence());
        let observed =
            Observed { preflight: nothing(), foreign: nothing(), post: nothing(), empty: nothing() };
        let found = judge(&target("http://localhost:1/"), &observed, NOW);
        assert_eq!(found.iter().map(|finding| finding.id).collect::<Vec<_>>(), ["address", "answer"]);
    }
}
