//! The token endpoint's side of a listener: lets the gates decide, counts, and tells what came of it.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, Instant};

use http::HeaderValue;
use http::header::{CONNECTION, ORIGIN};
use hyper::body::Incoming;

use super::connection::{Service, read};
use super::issued::{Issued, IssuedSender};
use super::rate::{Rate, asker};
use super::{Limits, Plan, Row, Tls};
use crate::claims::placeholders;
use crate::clock::Timestamp;
use crate::server::counters::Counters;
use crate::server::{
    Admitted, BODY_CAP, Gate, Head, Issuing, Outcome, Policy, Reason, Refusal, Request, Response, admit,
    grant,
};
use crate::text::{redact, redacted};
use crate::token::SignError;

/// What an endpoint answers with.
pub(super) struct Endpoint {
    policy: Policy,
    issuing: Issuing,
    limits: Limits,
    rows: Option<SyncSender<Row>>,
    issued: Option<IssuedSender>,
    counters: Arc<Counters>,
    by_address: Option<Rate<IpAddr>>,
    by_identity: Option<Rate<String>>,
}

impl Endpoint {
    /// The endpoint of a plan; what the listener itself needs of it is handed back.
    ///
    /// # Errors
    /// [`SignError`] if its secret cannot sign, which is a defect.
    pub(super) fn of(plan: Plan, counters: Arc<Counters>) -> Result<(Self, Limits, Option<Tls>), SignError> {
        let Plan { mut policy, project, limits, tls, rows, issued } = plan;
        if placeholders::used(&policy.ceiling).is_empty() {
            // There is nothing to fill in, and no need to look for it in every request.
            policy.filling = None;
        }
        let endpoint = Self {
            policy,
            issuing: Issuing::new(&project)?,
            limits,
            rows,
            issued,
            counters,
            by_address: Rate::per_minute(limits.per_address),
            by_identity: Rate::per_minute(limits.per_identity),
        };
        Ok((endpoint, limits, tls))
    }
}

impl Service for Endpoint {
    async fn answer(&self, head: Head, body: Incoming, peer: IpAddr) -> Response {
        let started = Instant::now();
        let peer = client(&head, peer, self.limits.proxies);
        let allowed = self.by_address.as_ref().map_or(Ok(()), |rate| rate.take(asker(peer), started));
        let (head, mut response) = match (admit(&head, &self.policy.guard, Timestamp::now()), allowed) {
            (Gate::Open(admitted), Ok(())) => self.token(&admitted, head, body, started).await,
            (Gate::Open(admitted), Err(wait)) => (head, admitted.refused(too_often(wait))),
            (Gate::Closed(response), Err(wait)) if response.outcome.reason.is_some() => {
                // Whether a key was right is not to be learnt faster than this.
                (head, Response::refusal(too_often(wait), None))
            }
            (Gate::Closed(response), _) => (head, *response),
            (Gate::Metrics, _) => {
                (head, Response::plain(200, &self.counters.prometheus(), "text/plain; version=0.0.4", None))
            }
        };
        let outcome = std::mem::take(&mut response.outcome);
        self.tell(&head, peer, response.status, outcome, started.elapsed());
        response
    }
}

impl Endpoint {
    /// A request that may ask: reads its body, and answers it.
    async fn token(
        &self,
        admitted: &Admitted,
        head: Head,
        body: Incoming,
        started: Instant,
    ) -> (Head, Response) {
        let body = match read(body, BODY_CAP, self.limits.body).await {
            Ok(body) => body,
            Err(refusal) => {
                let mut response = admitted.refused(refusal);
                // What is left of the body is not waited for.
                response.headers.push((CONNECTION, HeaderValue::from_static("close")));
                return (head, response);
            }
        };
        let request = Request { head, body, nonce: nonce() };
        let granted = grant(admitted, &request, &self.policy, &self.issuing.key, Timestamp::now());
        let granted = granted.and_then(|granted| match &self.by_identity {
            Some(rate) if !granted.asker.is_empty() => match rate.take(granted.asker.clone(), started) {
                Ok(()) => Ok(granted),
                Err(wait) => Err(too_often(wait).of(&granted.asker, &granted.claims.grants.video.room)),
            },
            _ => Ok(granted),
        });
        let response = match granted {
            Ok(granted) => {
                let response = granted.sign(admitted, &self.issuing);
                if let (Some(issued), Some(fingerprint)) = (&self.issued, response.outcome.fingerprint)
                    && !issued.take(Issued { claims: granted.claims, fingerprint }).await
                {
                    self.counters.not_recorded(1);
                }
                response
            }
            Err(refusal) => admitted.refused(refusal),
        };
        (request.head, response)
    }

    /// Counts, and puts a row into the log if somebody takes it. What only asks whether the server is there is not
    /// worth one.
    fn tell(&self, head: &Head, peer: IpAddr, status: u16, mut outcome: Outcome, took: Duration) {
        self.counters.answered(outcome.issued, outcome.reason, took);
        let Some(rows) = self.rows.as_ref().filter(|_| outcome.issued || outcome.reason.is_some()) else {
            return;
        };
        for text in [&mut outcome.identity, &mut outcome.room] {
            if let Cow::Owned(hidden) = redact(text) {
                *text = hidden;
            }
        }
        let row = Row {
            at: Timestamp::now(),
            peer,
            origin: short(&redacted(head.header(&ORIGIN).unwrap_or_default())),
            method: short(head.method.as_str()),
            path: short(&redacted(head.target.path())),
            status,
            outcome,
            took,
        };
        if let Err(TrySendError::Full(_)) = rows.try_send(row) {
            self.counters.dropped_row();
        }
    }
}

fn short(text: &str) -> String {
    const MOST: usize = 120;
    // Never more characters than bytes.
    if text.len() <= MOST { text.to_owned() } else { text.chars().take(MOST).collect() }
}

fn too_often(wait: u32) -> Refusal {
    Refusal::new(Reason::Rate, format!("too many requests; try again in {wait} s")).after(wait)
}

/// Two numbers of the standard library's, which seeds them from the system's random ones. They have to be unlikely to
/// come twice, not secret.
fn nonce() -> u128 {
    let number = || u128::from(RandomState::new().hash_one(0));
    (number() << 64) | number()
}

/// Whom the outermost of our own proxies heard from: what stands before it in `X-Forwarded-For` anybody can write.
fn client(head: &Head, peer: IpAddr, proxies: usize) -> IpAddr {
    let Some(back) = proxies.checked_sub(1) else { return peer };
    let chain = head.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = chain.flat_map(|value| value.split(',')).map(str::trim).collect();
    let named = hops.len().checked_sub(1 + back).and_then(|at| hops.get(at));
    named.and_then(|hop| hop.parse().ok()).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::tests::head;

    #[test]
    fn only_what_our_own_proxies_wrote_is_believed() {
        let peer: IpAddr = "192.0.2.9".parse().unwrap();
        let of = |headers: &[(&str, &str)], proxies| {
            client(&head(http::Method::POST, "/", headers), peer, proxies).to_string()
        };
        let forged = [("x-forwarded-for", "10.9.9.9, 203.0.113.1"), ("x-forwarded-for", "192.0.2.8")];
        assert_eq!(of(&forged, 0), "192.0.2.9");
        assert_eq!(of(&forged, 1), "192.0.2.8");
        assert_eq!(of(&forged, 2), "203.0.113.1");
        assert_eq!(of(&forged, 4), "192.0.2.9");
        assert_eq!(of(&[("x-forwarded-for", "unknown")], 1), "192.0.2.9");
        assert_eq!(of(&[], 1), "192.0.2.9");
    }

    #[test]
    fn numbers_for_names_do_not_come_twice() {
        let seen: std::collections::HashSet<u128> = (0..10_000).map(|_| nonce()).collect();
        assert_eq!(seen.len(), 10_000);
        let low: std::collections::HashSet<u128> = seen.iter().map(|n| n & 0xffff_ffff_ffff).collect();
        assert_eq!(low.len(), 10_000);
    }
}
