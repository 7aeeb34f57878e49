//! Asking real servers on loopback: what each does is told in one sentence, nothing hangs, no token shows.

use std::time::Duration;

use roomkey::check::{Asker, CheckError, CheckReport, Question, ask};
use roomkey::claims::Claims;
use roomkey::clock::Timestamp;
use roomkey::project::{ApiKey, ApiSecret, Listing, Project, ServerUrl};
use roomkey::text::Sensitive;
use roomkey::token::sign;

use crate::support::home::CANARY;
use crate::support::server::{Script, serve};

mod answers;
mod commands;
mod limits;
mod proxy;
#[cfg(target_os = "linux")]
mod real;
#[cfg(target_os = "linux")]
mod screens;
mod tls;

fn url(scheme: &str, host: &str, port: u16) -> ServerUrl {
    ServerUrl::parse(&format!("{scheme}://{host}:{port}")).unwrap().value
}

fn key_question(url: ServerUrl) -> Question {
    let listing = Listing { url, key: ApiKey::dev(), ..Listing::local_dev() };
    let project = Project::new(listing, ApiSecret::verbatim(CANARY.into()));
    Question::of_project(&project, Timestamp::now()).unwrap()
}

fn token(change: impl FnOnce(&mut Claims)) -> (String, Claims) {
    let mut claims =
        Claims { issuer: "devkey".into(), identity: "canary-identity".into(), ..Claims::default() };
    claims.expires_at = Some(Timestamp::now().plus(600));
    change(&mut claims);
    (sign(&claims, &ApiSecret::dev()).unwrap().expose().to_owned(), claims)
}

fn join_question(url: ServerUrl) -> (Question, String) {
    let (token, claims) = token(|claims| {
        claims.grants.video.room_join = true;
        claims.grants.video.room = "demo".into();
    });
    (Question::of_token(url, Sensitive::new(token.clone()), Some(&claims)), token)
}

fn list_question(url: ServerUrl) -> Question {
    let (token, claims) = token(|claims| claims.grants.video.room_list = true);
    Question::of_token(url, Sensitive::new(token), Some(&claims))
}

fn asker(limit_ms: u64) -> Asker {
    Asker::default().within(Duration::from_millis(limit_ms))
}

/// Asks a plain server of this script whether it knows a key.
fn answered(script: Script) -> Result<CheckReport, CheckError> {
    ask(&key_question(url("ws", "127.0.0.1", serve(script).0)), &asker(5_000))
}

/// The same for a join.
fn join_answered(script: Script) -> CheckReport {
    ask(&join_question(url("ws", "127.0.0.1", serve(script).0)).0, &asker(5_000)).unwrap()
}
