//! Asking, as a browser and a client do.

use http::{HeaderValue, Method};
use serde_json::{Value, json};

use super::cors::FOREIGN;
use super::{Asked, Exchange, Observed, Silence, Target};
use crate::exchange::{Asker, NoAnswer, Place, Request, USER_AGENT, within};
use crate::text::{Sensitive, redact, visible};

/// The most that is read of a body, in bytes.
const BODY_CAP: usize = 1 << 20;

/// Asks everything, one after the other, each within the asker's limit. `bearer` is sent as a client of the app would
/// send it.
#[must_use]
pub fn observe(target: &Target, bearer: Option<&Sensitive>, asker: &Asker) -> Observed {
    let preflight = |origin: &str| {
        let headers = if bearer.is_some() { "authorization,content-type" } else { "content-type" };
        let headers = vec![
            ("Origin", header(origin)?),
            ("Access-Control-Request-Method", HeaderValue::from_static("POST")),
            ("Access-Control-Request-Headers", HeaderValue::from_static(headers)),
        ];
        asked(target, asker, Method::OPTIONS, headers, String::new())
    };
    let post = |body: &Value| {
        let mut headers = vec![
            ("Origin", header(&target.origin)?),
            ("Content-Type", HeaderValue::from_static("application/json")),
        ];
        if let Some(bearer) = bearer {
            let mut value = header(&format!("Bearer {}", bearer.expose()))?;
            value.set_sensitive(true);
            headers.push(("Authorization", value));
        }
        asked(target, asker, Method::POST, headers, body.to_string())
    };
    let first = post(&json!({
        "room_name": target.room,
        "participant_identity": target.identity,
        "participant_name": "roomkey",
        "participant_metadata": "{\"from\":\"roomkey\"}",
        "participant_attributes": {"from": "roomkey"},
    }));
    // What does not answer at all need not be waited for four times.
    if let Err(silence) = &first {
        let why = format!("not asked: {}", silence.why);
        let not = Err(Silence { why, cure: silence.cure.clone() });
        return Observed { preflight: not.clone(), foreign: not.clone(), post: first, empty: not };
    }
    Observed {
        preflight: preflight(&target.origin),
        foreign: preflight(FOREIGN),
        post: first,
        empty: post(&json!({})),
    }
}

fn header(text: &str) -> Result<HeaderValue, Silence> {
    HeaderValue::from_str(text).map_err(|_| Silence {
        why: "the origin or the bearer key cannot be sent as a header".into(),
        cure: "write them without spaces and control characters".into(),
    })
}

fn asked(
    target: &Target,
    asker: &Asker,
    method: Method,
    headers: Vec<(&'static str, HeaderValue)>,
    body: String,
) -> Asked {
    let url = target.url.to_string();
    let answer = within(&Place::of_address(&target.url), asker, move |line| {
        let request = Request {
            method,
            url: &url,
            user_agent: USER_AGENT,
            headers,
            body: body.as_bytes(),
            cap: &|_| BODY_CAP,
        };
        line.send(&request, std::time::Duration::ZERO)
    });
    let answer = answer.map_err(|error| told(&error, asker))?;
    if let Some(broken) = answer.broken {
        let why = format!("its answer broke off: {}", visible(&redact(&broken.to_string())));
        return Err(Silence { why, cure: broken.hint() });
    }
    let headers = answer.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Ok(Exchange {
        status: answer.status,
        headers: headers.collect(),
        body: String::from_utf8_lossy(&answer.body).into_owned(),
        latency_ms: u64::try_from(answer.latency.as_millis()).unwrap_or(u64::MAX),
    })
}

fn told(error: &NoAnswer, asker: &Asker) -> Silence {
    const START: &str = "start the endpoint, and check the address";
    let (why, cure) = match error {
        NoAnswer::Timeout { .. } => (format!("no answer within {} s", asker.limit.as_secs()), START.into()),
        NoAnswer::NoSuchHost { .. } => ("its name has no address".into(), START.into()),
        NoAnswer::Refused { .. } => {
            ("nothing listens there: the connection was refused".into(), START.into())
        }
        other => (visible(&redact(&other.to_string())).into_owned(), other.hint()),
    };
    Silence { why, cure }
}
