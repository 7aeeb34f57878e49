//! What `roomkey token inspect --json` prints, field by field as it is documented.

use super::json::Json;
use super::{Inspection, Older, Report};
use crate::claims::Claims;
use crate::claims::effect::{self, Permission};
use crate::claims::problems::Problem;
use crate::clock::Timestamp;
use crate::token::near_miss::NearMiss;
use serde::Serialize;

/// An inspection and its report as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary<'a> {
    header: &'a Json,
    claims: &'a Json,
    project: Option<&'a str>,
    signature: &'static str,
    checks: Vec<Checked<'a>>,
    verdict: &'static str,
    server: Option<Served<'a>>,
    identity: Option<&'a str>,
    effective: Option<Permission>,
    can: Vec<String>,
    problems: Vec<Found<'a>>,
    issued_at: Option<Timestamp>,
    not_before: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    expires_in_seconds: Option<i64>,
    near_miss: Option<Missed<'a>>,
    older_servers: Vec<Differs>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Differs {
    until: &'static str,
    from: Option<&'static str>,
    detail: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Checked<'a> {
    id: &'static str,
    ok: Option<bool>,
    detail: &'a str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Served<'a> {
    status: u16,
    text: &'a str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Missed<'a> {
    kind: &'static str,
    message: &'a str,
    hint: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Found<'a> {
    id: &'static str,
    severity: &'static str,
    message: &'a str,
    hint: &'static str,
}

impl Inspection {
    /// Everything there is to say, for JSON. `project` is the name of the project that was verified against,
    /// `problems` what was found wrong with the claims, `near_miss` what else made the signature. Times are Unix seconds. `identity`, `effective` and the
    /// times are `null` and `can` is empty where the server cannot read the claims.
    #[must_use]
    pub fn summary<'a>(
        &'a self,
        report: &'a Report,
        project: Option<&'a str>,
        problems: &'a [Problem],
        near_miss: Option<&'a NearMiss>,
        now: Timestamp,
    ) -> Summary<'a> {
        let claims = self.claims.as_ref().ok();
        let expires_at = claims.and_then(|claims| claims.expires_at);
        Summary {
            header: &self.header,
            claims: &self.payload,
            project,
            signature: report.signature.as_str(),
            checks: report
                .checks
                .iter()
                .map(|check| Checked { id: check.id, ok: check.ok, detail: &check.detail })
                .collect(),
            verdict: report.verdict.as_str(),
            server: report.server.as_ref().map(|a| Served { status: a.status, text: &a.text }),
            identity: claims.map(Claims::effective_identity),
            effective: claims.and_then(effect::permission),
            can: claims.map(effect::apis).unwrap_or_default(),
            problems: problems
                .iter()
                .map(|problem| Found {
                    id: problem.rule.id,
                    severity: problem.rule.severity.as_str(),
                    message: &problem.message,
                    hint: problem.rule.cure,
                })
                .collect(),
            issued_at: claims.and_then(|claims| claims.issued_at),
            not_before: claims.and_then(|claims| claims.not_before),
            expires_at,
            expires_in_seconds: expires_at.map(|at| at.since(now)),
            near_miss: near_miss.map(|miss| Missed {
                kind: miss.kind,
                message: &miss.sentence,
                hint: miss.hint,
            }),
            older_servers: self
                .older_servers(report)
                .into_iter()
                .map(|Older { until, from, detail }| Differs { until, from, detail })
                .collect(),
        }
    }
}
