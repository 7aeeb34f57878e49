//! A real livekit-server: what it says to each question, and what roomkey makes of it.

use roomkey::check::{About, Question, Reading, ask};
use roomkey::claims::Claims;
use roomkey::clock::Timestamp;
use roomkey::project::{ApiKey, ApiSecret, Listing, Project};
use roomkey::text::Sensitive;
use roomkey::token::sign;

use super::{asker, url};
use crate::support::livekit_server::{LiveKit, SECRET, program};

fn claims(change: impl FnOnce(&mut Claims)) -> Claims {
    let mut claims = Claims { issuer: "devkey".into(), identity: "alice".into(), ..Claims::default() };
    claims.expires_at = Some(Timestamp::now().plus(600));
    change(&mut claims);
    claims
}

#[test]
fn a_real_server_knows_its_key_and_its_secret_and_no_other() {
    let Some(program) = program("a_real_server_knows_its_key_and_its_secret_and_no_other") else { return };
    let server = LiveKit::start(&program);
    let check = |key: ApiKey, secret: &str| {
        let listing = Listing { url: url("ws", "127.0.0.1", server.port), key, ..Listing::local_dev() };
        let project = Project::new(listing, ApiSecret::verbatim(secret.into()));
        ask(&Question::of_project(&project, Timestamp::now()).unwrap(), &asker(5_000)).unwrap()
    };
    let right = check(ApiKey::dev(), SECRET);
    assert_eq!((&right.reading, right.words.as_str()), (&Reading::Accepted, "OK"));
    assert!(right.skew.is_some_and(|skew| skew.seconds.abs() < 3), "{right:?}");
    assert_eq!(check(ApiKey::dev(), "fake-other-secret").reading, Reading::WrongSecret);
    assert_eq!(check(ApiKey::parse("APInobody").unwrap().value, SECRET).reading, Reading::UnknownKey);
}

#[test]
fn a_real_servers_every_answer_to_a_token_is_understood() {
    let Some(program) = program("a_real_servers_every_answer_to_a_token_is_understood") else { return };
    let server = LiveKit::start(&program);
    let server_url = url("ws", "127.0.0.1", server.port);
    let of = |claims: &Claims| {
        let token = sign(claims, &ApiSecret::verbatim(SECRET.into())).unwrap();
        let question =
            Question::of_token(server_url.clone(), Sensitive::new(token.expose().to_owned()), Some(claims));
        let report = ask(&question, &asker(5_000)).unwrap();
        for part in token.expose().split('.').skip(1) {
            assert!(!format!("{report:?}").contains(part), "{report:?}");
        }
        report
    };
    for (what, claims, about, reading) in cases() {
        let report = of(&claims);
        assert_eq!((&report.about, &report.reading), (&about, &reading), "{what}: {report:?}");
    }
}

fn join(claims: &mut Claims) {
    claims.grants.video.room_join = true;
    claims.grants.video.room = "demo".into();
}

/// Tokens, what they are asked for, and what comes of it.
fn cases() -> Vec<(&'static str, Claims, About, Reading)> {
    let now = Timestamp::now();
    vec![
        ("join", claims(join), About::Join, Reading::Accepted),
        ("list", claims(|c| c.grants.video.room_list = true), About::ListRooms, Reading::Accepted),
        (
            "participants of no room",
            claims(|c| {
                c.grants.video.room_admin = true;
                c.grants.video.room = "nobody-is-here".into();
            }),
            About::ListParticipants { room: "nobody-is-here".into() },
            Reading::Accepted,
        ),
        ("egress", claims(|c| c.grants.video.room_record = true), About::ListEgress, Reading::ServiceOff),
        ("ingress", claims(|c| c.grants.video.ingress_admin = true), About::ListIngress, Reading::ServiceOff),
        ("sip", claims(|c| c.grants.sip.admin = true), About::ListTrunks, Reading::ServiceOff),
        ("no grant", claims(|_| {}), About::Key, Reading::Accepted),
        (
            "expired",
            claims(|c| {
                join(c);
                c.expires_at = Some(now.plus(-120));
            }),
            About::Join,
            Reading::Expired,
        ),
        (
            "not yet",
            claims(|c| {
                join(c);
                c.not_before = Some(now.plus(300));
            }),
            About::Join,
            Reading::NotYet,
        ),
        ("no room", claims(|c| c.grants.video.room_join = true), About::Join, Reading::Refused),
        (
            "no identity",
            claims(|c| {
                join(c);
                c.identity = String::new();
            }),
            About::Join,
            Reading::Refused,
        ),
        (
            "a long room",
            claims(|c| {
                join(c);
                c.grants.video.room = "x".repeat(257);
            }),
            About::Join,
            Reading::Refused,
        ),
        (
            "larger than what roomkey reads of an answer",
            claims(|c| {
                join(c);
                c.grants.metadata = "x".repeat(100_000);
                c.expires_at = Some(now.plus(-120));
            }),
            About::Join,
            Reading::Expired,
        ),
        (
            "larger than a server takes",
            claims(|c| {
                join(c);
                c.grants.metadata = "x".repeat(1_000_000);
            }),
            About::Join,
            Reading::TooLong,
        ),
    ]
}
