//! Asking, as a browser and a client do.

use std::io::Read;
use std::time::Instant;

use http::Request;
use serde_json::{Value, json};
use ureq::Agent;

use super::cors::FOREIGN;
use super::{Asked, Exchange, Observed, Target};
use crate::text::{Sensitive, redact, visible};

/// The most that is read of a body, in bytes.
const BODY_CAP: u64 = 1 << 20;

/// Asks everything, one after the other. `bearer` is sent as a client of the app would send it.
#[must_use]
pub fn observe(target: &Target, bearer: Option<&Sensitive>) -> Observed {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .allow_non_standard_methods(true)
        .timeout_global(Some(target.limit))
        .user_agent(concat!("roomkey/", env!("CARGO_PKG_VERSION")))
        .build();
    let agent = config.new_agent();
    let preflight = |origin: &str| {
        let headers = if bearer.is_some() { "authorization,content-type" } else { "content-type" };
        let request = Request::options(&target.url)
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", headers)
            .body(());
        let request = request.map_err(|error| error.to_string())?;
        let started = Instant::now();
        received(agent.run(request), started, target)
    };
    let post = |body: &Value| {
        let mut request = Request::post(&target.url)
            .header("Origin", &target.origin)
            .header("Content-Type", "application/json");
        if let Some(bearer) = bearer {
            let value = http::HeaderValue::from_str(&format!("Bearer {}", bearer.expose()));
            let mut value = value.map_err(|_| "the bearer key cannot be sent as a header".to_owned())?;
            value.set_sensitive(true);
            request = request.header("Authorization", value);
        }
        let request = request.body(body.to_string()).map_err(|error| error.to_string())?;
        let started = Instant::now();
        received(agent.run(request), started, target)
    };
    let asked = post(&json!({
        "room_name": target.room,
        "participant_identity": target.identity,
        "participant_name": "roomkey",
        "participant_metadata": "{\"from\":\"roomkey\"}",
        "participant_attributes": {"from": "roomkey"},
    }));
    // What does not answer at all need not be waited for four times.
    if let Err(why) = &asked {
        let not = Err(format!("not asked: {why}"));
        return Observed { preflight: not.clone(), foreign: not.clone(), post: asked, empty: not };
    }
    Observed {
        preflight: preflight(&target.origin),
        foreign: preflight(FOREIGN),
        post: asked,
        empty: post(&json!({})),
    }
}

fn received(
    sent: Result<http::Response<ureq::Body>, ureq::Error>,
    started: Instant,
    target: &Target,
) -> Asked {
    let mut response = sent.map_err(|error| told(&error, target))?;
    let latency_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut body = Vec::new();
    response
        .body_mut()
        .as_reader()
        .take(BODY_CAP)
        .read_to_end(&mut body)
        .map_err(|error| format!("its answer broke off: {}", visible(&redact(&error.to_string()))))?;
    let headers = response.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Ok(Exchange {
        status: response.status().as_u16(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        latency_ms,
    })
}

fn told(error: &ureq::Error, target: &Target) -> String {
    match error {
        ureq::Error::Timeout(_) => format!("no answer within {} s", target.limit.as_secs()),
        ureq::Error::HostNotFound => "its name has no address".into(),
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            "nothing listens there: the connection was refused".into()
        }
        ureq::Error::Io(error) if error.to_string().contains("lookup") => "its name has no address".into(),
        other => format!("it could not be asked: {}", visible(&redact(&other.to_string()))),
    }
}
