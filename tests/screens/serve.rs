//! The token endpoint and the webhooks, as they are seen.

use std::time::Duration;

use roomkey::claims::draft::Draft;
use roomkey::ports::serving::Recording;
use roomkey::server::counters::Counts;
use roomkey::server::listener::Row;
use roomkey::server::origin::Origin;
use roomkey::server::summary::Summary;
use roomkey::server::{Outcome, Policy, Reason};
use roomkey::token::Fingerprint;
use roomkey::tui::message::{Begun, Requests, ServerJob, ServerNews};
use roomkey::webhook::receive::{Heard, judge};
use roomkey::webhook::request::Request;
use roomkey::webhook::tamper::{Tampering, outgoing};

use super::*;

fn tell(model: &mut Model, news: ServerNews) {
    update::update(model, Msg::Reply(Reply::Server(news)));
}

fn failed() -> Failure {
    Failure {
        message: "port 7878 of 127.0.0.1 is taken".into(),
        hint: "another one may be running; e chooses another port, 0 is any that is free".into(),
        cure: Cure::Words,
    }
}

/// A program that serves what its draft allows.
fn serving(size: (u16, u16)) -> Model {
    let mut model = program(size);
    let ticket = match &press(&mut model, "5s")[..] {
        [Effect::Server(ServerJob::Serve { ticket, .. })] => *ticket,
        other => panic!("{other:?}"),
    };
    let mut policy = Policy::under(Draft::clone(&model.compose.draft));
    policy.guard.origins = vec![Origin::parse("https://app.example.com").unwrap()];
    let summary = Summary::of(&policy, &three()[1], NOW, &Zone::utc());
    let begun = Begun { url: "http://localhost:7878/".into(), summary, odd: Vec::new() };
    tell(&mut model, ServerNews::Serving { ticket, result: Ok(Box::new(begun)) });
    later(&mut model, 74);
    model
}

fn later(model: &mut Model, seconds: i64) {
    update::update(model, Msg::Tick(NOW.plus(seconds)));
}

fn row(ago: i64, origin: &str, who: &str, refused: Option<(Reason, &str)>) -> Row {
    let (reason, sentence) = refused.unzip();
    Row {
        at: NOW.plus(70 - ago),
        peer: "127.0.0.1".parse().unwrap(),
        origin: origin.into(),
        method: "POST".into(),
        path: "/".into(),
        status: reason.map_or(201, Reason::status),
        outcome: Outcome {
            issued: reason.is_none(),
            reason,
            sentence: sentence.unwrap_or_default().into(),
            identity: who.into(),
            room: if who.is_empty() { String::new() } else { "demo".into() },
            key: None,
            fingerprint: reason.is_none().then(|| Fingerprint::of(who)),
        },
        took: Duration::from_micros(420),
    }
}

/// A program to which requests have come.
fn asked(size: (u16, u16)) -> Model {
    let mut model = serving(size);
    let app = "http://localhost:3000";
    let rows = vec![
        row(60, app, "alice", None),
        row(52, app, "bob", None),
        row(31, app, "", Some((Reason::Room, "the room \"backstage\" is not allowed here"))),
        row(12, "", "会議-participant", None),
        row(
            2,
            "https://evil.example",
            "",
            Some((
                Reason::Origin,
                "the origin \"https://evil.example\" is not allowed; whoever runs this server can allow it with --allow-origin",
            )),
        ),
    ];
    let counts = Counts { issued: 1_207, refused: 2, rows_dropped: 1_204, ..Counts::default() };
    let refusals = vec![(Reason::Origin, 1), (Reason::Room, 1)];
    tell(&mut model, ServerNews::Requests(Box::new(Requests { rows, counts, refusals })));
    model
}

fn heard(event: &str, wrong: Option<Tampering>) -> Heard {
    let project = Project::new(three()[1].clone(), ApiSecret::dev());
    let body = format!(
        r#"{{"event":"{event}","room":{{"sid":"RM_fake","name":"demo","numParticipants":2}},"participant":{{"identity":"alice","state":"ACTIVE"}},"id":"EV_fake","createdAt":"1795531380"}}"#
    );
    let now = NOW.plus(60);
    let sent = outgoing(&project.listing.key, &project.secret, body.into_bytes(), wrong, now).unwrap();
    let authorization = sent.authorization.as_ref().map(|token| token.expose().to_owned());
    let request =
        Request { authorization, content_type: Some("application/webhook+json".into()), body: sent.body };
    Heard {
        at: now,
        peer: "127.0.0.1".parse().unwrap(),
        path: "/webhook".into(),
        authorization: sent.authorization,
        report: Ok(judge(&request, &[project], now)),
        body: request.body,
    }
}

/// A program to which webhooks have come.
fn heard_some(size: (u16, u16)) -> Model {
    let mut model = asked(size);
    let ticket = match &press(&mut model, "w")[..] {
        [Effect::Server(ServerJob::Hear { ticket, .. })] => *ticket,
        other => panic!("{other:?}"),
    };
    tell(&mut model, ServerNews::Hearing { ticket, result: Ok("http://localhost:7879/".into()) });
    let unread = Heard {
        report: Err("webhooks are posted; this is no page to look at".into()),
        body: Vec::new(),
        ..heard("room_started", None)
    };
    let heard = vec![
        heard("room_started", None),
        heard("participant_joined", None),
        heard("room_started", Some(Tampering::Signature)),
        unread,
        heard("participant_joined", Some(Tampering::Body)),
    ];
    let counts = Counts { issued: 2, refused: 3, ..Counts::default() };
    tell(&mut model, ServerNews::Heard { heard, counts });
    later(&mut model, 82);
    model
}

fn then(at: impl Fn((u16, u16)) -> Model, keys: &'static str) -> impl Fn((u16, u16)) -> Model {
    move |size| {
        let mut model = at(size);
        press(&mut model, keys);
        model
    }
}

#[test]
fn what_would_be_served() {
    snapshots("serve_stopped", then(filled, "5"));
    snapshots("serve_taken", |size| {
        let mut model = program(size);
        let ticket = match &press(&mut model, "5s")[..] {
            [Effect::Server(ServerJob::Serve { ticket, .. })] => *ticket,
            other => panic!("{other:?}"),
        };
        tell(&mut model, ServerNews::Serving { ticket, result: Err(failed()) });
        later(&mut model, 20);
        model
    });
    snapshots("serve_form", then(program, "5e<tab>*"));
}

#[test]
fn what_is_served_and_who_came() {
    snapshots("serve_empty", serving);
    snapshots("serve_rows", asked);
    snapshots("serve_refused", then(asked, "<enter>"));
    snapshots("serve_signed", then(asked, "j<enter>"));
    snapshots("serve_finding", then(asked, "/room"));
    snapshots("serve_not_recorded", |size| {
        let mut model = asked(size);
        let counts = Counts { issued: 1_207, not_recorded: 3, ..Counts::default() };
        let all = Requests { rows: Vec::new(), counts, refusals: Vec::new() };
        tell(&mut model, ServerNews::Requests(Box::new(all)));
        tell(
            &mut model,
            ServerNews::Recording(Recording::Failed {
                message: "ledger.jsonl cannot be written: no space left on device".into(),
                hint: "make room on the disk".into(),
            }),
        );
        model
    });
    snapshots("serve_elsewhere", then(asked, "1"));
}

#[test]
fn which_webhooks_came() {
    snapshots("serve_webhooks", heard_some);
    snapshots("serve_webhook_refused", then(heard_some, "<enter>"));
    snapshots("serve_webhook", then(heard_some, "jjj<enter>"));
}
