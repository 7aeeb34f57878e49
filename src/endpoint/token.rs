//! The token that came, as far as it can be judged without its secret.

use super::Target;
use crate::claims::Claims;
use crate::clock::{Timestamp, length};
use crate::finding::Finding;
use crate::text::beginning;
use crate::token::inspect::{Verdict, inspect};

/// A client that keeps tokens fetches a new one this many seconds before the old one ends
/// (client-sdk-js TokenSource.ts).
const EARLY: i64 = 60;
/// A life that is longer than a client could need, in seconds.
const LONG: i64 = 86_400;

/// Whether a server takes it, a client keeps it rightly, and it allows what was asked for and no more.
pub(super) fn judge(target: &Target, token: &str, now: Timestamp) -> Vec<Finding> {
    let inspection = match inspect(token) {
        Ok(inspection) => inspection,
        Err(error) => {
            return vec![Finding::failed("token", error.to_string(), "answer what toJwt() gives, whole")];
        }
    };
    let report = inspection.verify(None, now);
    let mut findings = Vec::new();
    if report.verdict == Verdict::Refused {
        let why = report
            .sentence
            .trim_end_matches('.')
            .replace("A server refuses this token", "a server refuses it");
        findings.push(Finding::failed("token", why, "roomkey inspect says more about it"));
    } else if let Some(told) = inspection.told() {
        findings.push(Finding::failed("token", format!("roomkey {told}"), "answer the token alone"));
    } else {
        findings.push(Finding::ok("token", "well-formed; its signature is the server's to check"));
    }
    let Ok(claims) = &inspection.claims else { return findings };
    findings.push(keeping(claims, now));
    findings.push(joining(target, claims));
    findings.push(power(claims));
    findings
}

/// Whether a client that keeps tokens fetches a new one in time.
fn keeping(claims: &Claims, now: Timestamp) -> Finding {
    const ID: &str = "lifetime";
    let (Some(start), Some(end)) = (claims.not_before, claims.expires_at) else {
        let lacks = if claims.expires_at.is_none() { "exp" } else { "nbf" };
        return Finding::failed(
            ID,
            format!("without {lacks} clients keep the token for ever, even when it has expired"),
            format!("set {lacks}"),
        );
    };
    let life = end.since(now.max(start));
    let said = format!("{} left", length(life.max(0)));
    if start.since(now) > 0 {
        return Finding::warning(
            ID,
            format!(
                "its nbf is {} ahead of this clock, so clients fetch it again each time",
                length(start.since(now))
            ),
            "set the clock of the endpoint",
        );
    }
    if life <= EARLY {
        return Finding::warning(
            ID,
            format!("{said}: clients fetch a new one each time"),
            "give it some minutes",
        );
    }
    if life > LONG {
        return Finding::warning(
            ID,
            format!("{said}; nobody can take it back before"),
            "minutes are enough: a connected client gets fresh tokens from the server",
        );
    }
    Finding::ok(ID, said)
}

/// Whether it joins as whom and where it was asked for.
fn joining(target: &Target, claims: &Claims) -> Finding {
    const ID: &str = "join";
    let video = &claims.grants.video;
    let shown = |text: &str| beginning(text, 60);
    let (room, identity) = (shown(&video.room), shown(claims.effective_identity()));
    if !video.room_join {
        return Finding::failed(ID, "it does not allow to join (no roomJoin)", "grant roomJoin and the room");
    }
    if video.room.is_empty() || claims.effective_identity().is_empty() {
        let lacks = if video.room.is_empty() { "room" } else { "identity" };
        return Finding::failed(
            ID,
            format!("it joins without {lacks}, which servers refuse"),
            format!("set the {lacks}"),
        );
    }
    let said = format!("{room} as {identity}");
    if video.room != target.room || claims.effective_identity() != target.identity {
        return Finding::warning(
            ID,
            format!("{said}, though {} as {} was asked for", target.room, target.identity),
            "if it is meant so, clients must not ask for either",
        );
    }
    Finding::ok(ID, said)
}

/// Whether it allows what no participant should have.
fn power(claims: &Claims) -> Finding {
    const ID: &str = "power";
    let (video, grants) = (&claims.grants.video, &claims.grants);
    let too_much: Vec<&str> = [
        ("roomAdmin", video.room_admin),
        ("roomCreate", video.room_create),
        ("roomList", video.room_list),
        ("roomRecord", video.room_record),
        ("ingressAdmin", video.ingress_admin),
        ("hidden", video.hidden),
        ("recorder", video.recorder),
        ("agent", video.agent),
        ("sip.admin", grants.sip.admin),
        ("sip.call", grants.sip.call),
    ]
    .into_iter()
    .filter_map(|(name, has)| has.then_some(name))
    .collect();
    if too_much.is_empty() {
        return Finding::ok(ID, "nothing but its own room");
    }
    Finding::warning(
        ID,
        format!("whoever asks gets {}", too_much.join(", ")),
        "keep these on your server; a participant needs none of them",
    )
}
