//! A webhook as a receiver of ours hears it: judged, and kept to be looked at.

use std::net::IpAddr;

use super::request::Request;
use super::verify::{Report, token, verify};
use crate::clock::Timestamp;
use crate::project::Project;
use crate::text::Sensitive;
use crate::token::inspect::{Credentials, Verdict};

/// One that came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// When.
    pub at: Timestamp,
    /// From whom.
    pub peer: IpAddr,
    /// The path that it was posted to.
    pub path: String,
    /// The value of `Authorization`: of use for this body only, and for five minutes.
    pub authorization: Option<Sensitive>,
    /// The body, byte for byte; empty if it was not read.
    pub body: Vec<u8>,
    /// What a receiver makes of it; or why it was not read, in one sentence without a full stop.
    pub report: Result<Report, String>,
}

impl Heard {
    /// Whether a receiver accepts it.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.report.as_ref().is_ok_and(|report| report.verdict == Verdict::Accepted)
    }

    /// What a receiver makes of it, as a sentence.
    #[must_use]
    pub fn sentence(&self) -> &str {
        self.report.as_ref().map_or_else(|why| why, |report| &report.sentence)
    }

    /// Event, room and identity, as the body has them; empty where it does not.
    #[must_use]
    pub fn about(&self) -> [&str; 3] {
        let told = self.report.as_ref().ok().and_then(|report| report.told.as_ref());
        told.map_or([""; 3], |told| [&told.event, &told.room, &told.identity])
    }

    /// What it was refused for, in a few words: a check's detail, or why it was not read. Empty if it was accepted.
    #[must_use]
    pub fn why(&self) -> &str {
        match &self.report {
            _ if self.accepted() => "",
            Err(why) => why,
            Ok(report) => report
                .checks
                .iter()
                .find(|check| check.ok == Some(false) && check.id != "event")
                .map_or(&report.sentence, |check| &check.detail),
        }
    }
}

/// Asks every question of a webhook, with the secret of whichever of these projects has, or had, the key that it names; where
/// none has, it is held against the first.
#[must_use]
pub fn judge(request: &Request, projects: &[Project], now: Timestamp) -> Report {
    let token = token(request);
    let compared = token.as_ref().and_then(|token| {
        let named =
            projects.iter().flat_map(Credentials::all_of).find(|pair| pair.key.as_str() == token.issuer());
        named.or_else(|| projects.first().map(Credentials::from)).map(|pair| token.compare(pair))
    });
    verify(request, token.as_ref(), compared.as_ref(), now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{ApiKey, ApiSecret, Listing};
    use crate::webhook::tamper::{Tampering, outgoing};

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn project(key: &str) -> Project {
        let listing = Listing { key: ApiKey::parse(key).unwrap().value, ..Listing::local_dev() };
        Project::new(listing, ApiSecret::verbatim(format!("fake-secret-of-{key}-0123456789abcdef")))
    }

    fn heard(signer: &Project, wrong: Option<Tampering>, known: &[Project]) -> Heard {
        let body = br#"{"event":"room_started","room":{"name":"demo"}}"#.to_vec();
        let sent = outgoing(&signer.listing.key, &signer.secret, body, wrong, NOW).unwrap();
        let request = Request {
            authorization: sent.authorization.as_ref().map(|token| token.expose().to_owned()),
            content_type: None,
            body: sent.body,
        };
        Heard {
            at: NOW,
            peer: "127.0.0.1".parse().unwrap(),
            path: "/".into(),
            report: Ok(judge(&request, known, NOW)),
            authorization: sent.authorization,
            body: request.body,
        }
    }

    #[test]
    fn any_of_the_keys_may_have_signed_it() {
        let (one, other) = (project("APIone"), project("APIother"));
        let known = [one.clone(), other.clone()];
        for signer in [&one, &other] {
            let heard = heard(signer, None, &known);
            assert!(heard.accepted(), "{}", heard.sentence());
            assert_eq!((heard.about(), heard.why()), (["room_started", "demo", ""], ""));
        }
        let foreign = heard(&project("APIthird"), None, &known);
        assert!(!foreign.accepted());
        assert!(foreign.why().contains("APIthird"), "{}", foreign.why());
    }

    #[test]
    fn every_tampering_is_refused_with_a_reason_of_its_own_and_nothing_of_the_token() {
        let one = project("APIone");
        let mut whys = std::collections::BTreeSet::new();
        for (wrong, word, _) in Tampering::ALL {
            let heard = heard(&one, Some(wrong), std::slice::from_ref(&one));
            assert!(!heard.accepted() && !heard.why().is_empty(), "{word}");
            assert!(whys.insert(heard.why().to_owned()), "{word} is told as another: {}", heard.why());
            assert!(!format!("{heard:?}").contains("eyJ"), "{word}");
        }
    }
}
