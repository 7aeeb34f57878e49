//! Sending a question.

use std::time::Duration;

use http::{HeaderValue, Method};

use super::answer::{self, CheckReport};
use super::reading::{self, Reading, Received};
use super::{About, Question, Skew};
use crate::clock::Timestamp;
use crate::exchange::{Asker, Line, NoAnswer, Place, Request, USER_AGENT, within};
use crate::text::Sensitive;

/// The most that is read of a body, in bytes, beside the token that it may repeat.
const BODY_CAP: usize = 64 * 1024;
/// As much of a list as tells that it is one, in bytes.
const LIST_BEGIN: usize = 1024;
/// What the control leaves of the limit, so that the answer to the question itself is still told.
const MARGIN: Duration = Duration::from_millis(150);

/// Asks, and gives the answer or why there is none. Blocks for no longer than the asker's limit.
///
/// # Errors
/// [`NoAnswer`]: there was no answer. An answer that says no is a report.
pub fn ask(question: &Question, asker: &Asker) -> Result<CheckReport, NoAnswer> {
    let own = question.clone();
    within(&Place::of_server(&question.url), asker, move |line| exchange(&own, line))
}

/// Asks, and believes a yes only when a wrong signature gets a no.
fn exchange(question: &Question, line: &Line) -> Result<CheckReport, NoAnswer> {
    let mut report = send(question, line, &question.token, Duration::ZERO)?;
    if report.accepted() == Some(true) {
        report.reading = control(question, line, report.reading);
    }
    Ok(report)
}

/// What a yes is worth: the same request with a token that no server can accept.
fn control(question: &Question, line: &Line, yes: Reading) -> Reading {
    let report = send(question, line, &question.control(), MARGIN);
    match report.map(|report| (report.status, report.accepted())) {
        Ok((_, Some(false)) | (401 | 403, _)) => yes,
        // Whatever says 406 to everybody is no LiveKit server either.
        Ok((_, Some(true))) if yes == Reading::Unwell => Reading::NotLiveKit,
        Ok((_, Some(true))) => Reading::NotLooking,
        Ok(_) | Err(_) => Reading::Unconfirmed,
    }
}

/// Sends one request with this token, `margin` before the limit at the latest.
fn send(
    question: &Question,
    line: &Line,
    token: &Sensitive,
    margin: Duration,
) -> Result<CheckReport, NoAnswer> {
    let url = &question.url;
    let mut bearer =
        HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| NoAnswer::Unsendable)?;
    bearer.set_sensitive(true);
    let mut headers = vec![("Authorization", bearer)];
    let body = question.about.body();
    if body.is_some() {
        headers.push(("Content-Type", HeaderValue::from_static("application/json")));
    }
    let list = !matches!(question.about, About::Key | About::Join);
    let cap = |status| if status == 200 && list { LIST_BEGIN } else { BODY_CAP + token.expose().len() };
    let request = Request {
        method: if body.is_some() { Method::POST } else { Method::GET },
        url: &format!("{}{}", url.http(), question.about.path()),
        user_agent: USER_AGENT,
        headers,
        body: body.as_deref().unwrap_or_default().as_bytes(),
        cap: &cap,
    };
    let before = Timestamp::now_millis();
    let answer = line.send(&request, margin)?;
    let after = before + i64::try_from(answer.latency.as_millis()).unwrap_or(i64::MAX);
    if let Some(broken) = answer.broken {
        return Err(broken);
    }
    let status = answer.status;
    let body = String::from_utf8_lossy(&answer.body);
    let received = Received {
        status,
        location: Some(answer.header("location")).filter(|_| answer.headers.contains_key("location")),
        content_type: answer.header("content-type"),
        body: &body,
    };
    let place = Place::of_server(url);
    if !place.is_secure() && status == 400 && (body.contains("HTTPS server") || body.contains("HTTPS port")) {
        return Err(NoAnswer::SpeaksTls { at: place.at().to_owned(), scheme: "ws" });
    }
    let reading = reading::read(&question.about, &received);
    let date = Some(answer.header("date")).and_then(Timestamp::from_http_date);
    Ok(CheckReport {
        about: question.about.clone(),
        status,
        words: answer::words(&received, &reading, &question.about, token.expose()),
        latency_ms: u64::try_from(answer.latency.as_millis()).unwrap_or(u64::MAX),
        skew: date.map(|date| Skew::measure(date, before, after)),
        reading,
    })
}
