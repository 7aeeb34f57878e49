//! What servers say, and what roomkey says of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use roomkey::check::{CheckError, Question, Reading, Skew, ask};
use roomkey::text::Sensitive;

use super::{answered, asker, join_answered, join_question, key_question, list_question, token, url};
use crate::support::server::{
    Script, free_port, http, is_control, livekit, says, serve, then_drips, then_hangs,
};

#[test]
fn a_join_is_asked_with_the_header_and_never_in_the_address() {
    let (port, requests) = serve(livekit(http("200 OK", "", "success")));
    let (question, token) = join_question(url("ws", "127.0.0.1", port));
    let report = ask(&question, &asker(5_000)).unwrap();
    assert_eq!((report.accepted(), report.words.as_str()), (Some(true), "success"));
    let request = requests.recv().unwrap();
    assert!(request.starts_with("GET /rtc/validate HTTP/1.1\r\n"), "{request}");
    assert!(request.to_lowercase().contains(&format!("authorization: bearer {}", token.to_lowercase())));
}

#[test]
fn an_admin_token_only_lists() {
    let (port, requests) = serve(livekit(http("200 OK", "", r#"{"participants":[]}"#)));
    let (token, claims) = token(|claims| {
        claims.grants.video.room_admin = true;
        claims.grants.video.room = "demo".into();
    });
    let server = url("ws", "127.0.0.1", port);
    let question = Question::of_token(server, Sensitive::new(token), Some(&claims));
    let report = ask(&question, &asker(5_000)).unwrap();
    assert_eq!((report.accepted(), report.words.as_str()), (Some(true), ""));
    let request = requests.recv().unwrap();
    assert!(request.starts_with("POST /twirp/livekit.RoomService/ListParticipants "), "{request}");
}

/// Every text of semantics.md section 3, as the newest server says it and as v1.13.5 does.
#[test]
fn every_refusal_is_told_by_its_cause_in_one_sentence() {
    let refusals = [
        ("token signature is invalid: signature is invalid", Reading::WrongSecret, "the secret is wrong"),
        (
            "token signature is invalid: signing method HS384 is invalid",
            Reading::WrongAlgorithm,
            "not signed with HS256",
        ),
        ("token is malformed: could not JSON decode claim: x", Reading::WrongClaim, "a type that the server"),
        (
            "token has invalid claims: token is missing required claim: exp claim is required",
            Reading::NoExpiry,
            "has no exp",
        ),
        ("token has invalid claims: token is expired", Reading::Expired, "expired by the server's clock"),
        (
            "token has invalid claims: token is not valid yet",
            Reading::NotYet,
            "not valid yet by the server's clock",
        ),
        // go-jose, before v1.13.0.
        ("go-jose/go-jose: error in cryptographic primitive", Reading::WrongSecret, "the secret is wrong"),
    ];
    let mut cases = Vec::new();
    for (tail, reading, sentence) in refusals {
        cases.push((401, format!("invalid authorization token: {tail}"), reading.clone(), sentence));
        cases.push((401, format!("invalid token: e.y.J, error: {tail}"), reading, sentence));
    }
    let others: [(u16, &str, Reading, &str); 27] = [
        (
            401,
            "invalid authorization header. Must start with Bearer ",
            Reading::HeaderChanged,
            "did not arrive as it was sent",
        ),
        (401, "invalid authorization token", Reading::Unreadable, "cannot read this token"),
        (401, "invalid API key", Reading::UnknownKey, "does not know this key"),
        (401, "invalid API key: devkey", Reading::UnknownKey, "does not know this key"),
        (
            401,
            "no permissions to access the room",
            Reading::NotPermitted,
            "does not permit GET /rtc/validate",
        ),
        (401, "permissions denied", Reading::NotPermitted, "does not permit GET /rtc/validate"),
        (
            401,
            r#"{"code":"unauthenticated","msg":"permissions denied"}"#,
            Reading::NotPermitted,
            "does not permit",
        ),
        (400, "identity cannot be empty", Reading::Refused, "refuses: identity cannot be empty"),
        (
            400,
            "participant identity length exceeds limits: max length 256",
            Reading::Refused,
            "identity length exceeds limits",
        ),
        (400, "no room name", Reading::Refused, "refuses: no room name"),
        (
            400,
            "room name length exceeds limits: max length 256",
            Reading::Refused,
            "room name length exceeds",
        ),
        (400, "join_request is required", Reading::Refused, "refuses: join_request is required"),
        (404, "requested room does not exist", Reading::Refused, "refuses: requested room does not exist"),
        (503, "node has exceeded its configured limit", Reading::Refused, "refuses: node has exceeded"),
        (401, "<h1>Who are you?</h1>", Reading::Guarded, "something in front of the server refuses it"),
        (403, "blocked", Reading::Guarded, "something in front of the server refuses it"),
        (404, "404 page not found", Reading::NoSuchPath, "there is no GET /rtc/validate at this address"),
        (405, "", Reading::WrongMethod, "does not take GET /rtc/validate"),
        (426, "", Reading::OtherProtocol, "wants another protocol"),
        (429, "slow down", Reading::Busy, "wants a pause"),
        (431, "", Reading::TooLong, "the token is too long"),
        (500, "oops", Reading::Failed, "has an error of its own"),
        (
            502,
            "<html><title>502 Bad Gateway</title>",
            Reading::NoServerBehind,
            "it reaches no server behind it",
        ),
        (503, "no healthy upstream", Reading::Unavailable, "is not available now"),
        (200, "<!doctype html><title>Welcome</title>", Reading::WebPage, "is a web page"),
        (404, "<html>nothing here", Reading::WebPage, "is a web page"),
        (200, "pong", Reading::NotLiveKit, "is not a LiveKit server"),
    ];
    cases
        .extend(others.map(|(status, text, reading, sentence)| (status, text.to_owned(), reading, sentence)));
    for (status, text, reading, sentence) in cases {
        let report = join_answered(livekit(http(&format!("{status} X"), "", &text)));
        assert_eq!((report.status, &report.reading), (status, &reading), "{text}");
        let said = report.sentence();
        assert!(said.contains(sentence) && said.lines().count() == 1, "{text}: {said}");
        assert!(!report.hint().is_empty() && report.accepted() != Some(true), "{text}");
    }
}

#[test]
fn a_node_that_is_not_well_and_a_service_that_is_off_are_told_beside_the_yes() {
    let report = answered(livekit(http("406 Not Acceptable", "", "Not Ready"))).unwrap();
    assert_eq!((report.reading, report.status), (Reading::Unwell, 406));
    // As livekit-server v1.13.5 without Redis says it.
    let off = r#"{"code":"internal","msg":"twirp error unknown: egress not connected (redis required)"}"#;
    let (port, _) = serve(livekit(http("500 Internal Server Error", "", off)));
    let (token, claims) = token(|claims| claims.grants.video.room_record = true);
    let question = Question::of_token(url("ws", "127.0.0.1", port), Sensitive::new(token), Some(&claims));
    let report = ask(&question, &asker(5_000)).unwrap();
    assert_eq!(report.accepted(), Some(true));
    assert_eq!(report.sentence(), "the token permits ListEgress, but this server runs without that service");
    assert!(report.words.starts_with("twirp error unknown: egress"), "{}", report.words);
}

#[test]
fn what_says_yes_to_everybody_is_not_believed() {
    for report in [
        answered(says(http("200 OK", "", "OK"))).unwrap(),
        join_answered(says(http("200 OK", "", "success"))),
        ask(&list_question(url("ws", "127.0.0.1", serve(says(http("200 OK", "", "{}"))).0)), &asker(5_000))
            .unwrap(),
    ] {
        assert_eq!((report.accepted(), &report.reading), (None, &Reading::NotLooking));
        assert!(report.sentence().contains("it does not look at tokens"), "{}", report.sentence());
    }
    let unwell = answered(says(http("406 Not Acceptable", "", "Not Ready"))).unwrap();
    assert_eq!(unwell.reading, Reading::NotLiveKit);
}

#[test]
fn a_yes_that_cannot_be_compared_is_told_within_the_limit() {
    let hangs = then_hangs("");
    let busy = says(http("429 Too Many Requests", "", ""));
    let closes = says("");
    for other in [hangs, busy, closes] {
        let script: Script = Arc::new(move |stream, request| {
            if is_control(request) {
                other(stream, request);
            } else {
                let _ = stream.write_all(http("200 OK", "", "OK").as_bytes());
            }
        });
        let started = Instant::now();
        let report = ask(&key_question(url("ws", "127.0.0.1", serve(script).0)), &asker(1_000)).unwrap();
        assert_eq!((report.accepted(), report.reading), (None, Reading::Unconfirmed));
        assert!(started.elapsed() < Duration::from_millis(1_500), "{:?}", started.elapsed());
    }
}

#[test]
fn the_wrong_signature_takes_nothing_of_the_token_along() {
    let (port, requests) = serve(livekit(http("200 OK", "", "success")));
    let (question, token) = join_question(url("ws", "127.0.0.1", port));
    assert_eq!(ask(&question, &asker(5_000)).unwrap().accepted(), Some(true));
    let (first, second) = (requests.recv().unwrap(), requests.recv().unwrap());
    assert!(first.contains(&token) && !is_control(&first));
    assert!(is_control(&second) && second.starts_with("GET /rtc/validate "), "{second}");
    for part in token.split('.').skip(1) {
        assert!(!second.contains(part), "{second}");
    }
    assert!(requests.try_recv().is_err());
}

#[test]
fn after_a_no_nothing_more_is_asked() {
    let (port, requests) = serve(says(http("401 Unauthorized", "", "invalid API key")));
    let report = ask(&key_question(url("ws", "127.0.0.1", port)), &asker(5_000)).unwrap();
    assert_eq!(report.reading, Reading::UnknownKey);
    requests.recv().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert!(requests.try_recv().is_err());
}

#[test]
fn an_old_server_that_repeats_the_token_shows_none_of_it() {
    let echo: Script = Arc::new(|stream, request| {
        let bearer = request.lines().find_map(|line| line.split("Bearer ").nth(1)).unwrap_or_default();
        let body = format!(
            "invalid token: {bearer}, error: go-jose/go-jose: error in cryptographic primitive\x1b[2J"
        );
        let _ = stream.write_all(http("401 Unauthorized", "", &body).as_bytes());
    });
    // Longer than anything that is read of an answer otherwise.
    for name in [String::new(), "canary ".repeat(20_000)] {
        let (token, claims) = token(|claims| {
            claims.grants.name.clone_from(&name);
            claims.grants.video.room_join = true;
        });
        let server = url("ws", "127.0.0.1", serve(Arc::clone(&echo)).0);
        let question = Question::of_token(server, Sensitive::new(token.clone()), Some(&claims));
        let report = ask(&question, &asker(5_000)).unwrap();
        assert_eq!(report.reading, Reading::WrongSecret);
        let shown = format!("{report:?} {} {} {question:?}", report.sentence(), report.evidence());
        for part in token.split('.') {
            assert!(!shown.contains(&part[..part.len().min(40)]), "{shown}");
        }
        assert!(!shown.contains('\x1b'), "{shown}");
    }
}

#[test]
fn a_list_longer_than_anybody_reads_is_a_yes_as_soon_as_it_is_one() {
    let mut list = String::from("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n{\"rooms\":[");
    list.push_str(&r#"{"sid":"RM_x","name":"a"},"#.repeat(200));
    let drips = then_drips(list.clone());
    let script: Script = Arc::new(move |stream, request| {
        let refusal = livekit("");
        if is_control(request) { refusal(stream, request) } else { drips(stream, request) }
    });
    let started = Instant::now();
    let report = ask(&list_question(url("ws", "127.0.0.1", serve(script).0)), &asker(5_000)).unwrap();
    assert_eq!((report.accepted(), report.words.as_str()), (Some(true), ""));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn a_wrong_clock_is_told_with_what_follows() {
    let report = answered(livekit(http("200 OK", "Date: Tue, 24 Nov 2020 14:42:07 GMT\r\n", "OK"))).unwrap();
    assert_eq!(report.accepted(), Some(true));
    let skew = report.skew.unwrap();
    assert!(skew.seconds < -86_400 && skew.uncertainty_ms >= 1_000);
    let warning = skew.warning().unwrap();
    assert!(warning.starts_with("the server's clock ") && warning.contains(" behind; "), "{warning}");
    assert!(report.evidence().contains(" behind"), "{}", report.evidence());
    let ahead = answered(livekit(http("200 OK", "Date: Tue, 24 Nov 2099 14:42:07 GMT\r\n", "OK"))).unwrap();
    assert!(ahead.skew.and_then(Skew::warning).unwrap().contains("expire that much too early"));
    let none = answered(livekit(http("200 OK", "Date: soon\r\n", "OK"))).unwrap();
    assert_eq!(none.skew, None);
}

#[test]
fn a_redirect_is_told_with_its_target_and_not_followed() {
    let (target, requests) = serve(says(http("200 OK", "", "OK")));
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("Location: http://user:fake@localhost:{target}/x?y=z\r\n");
        let report = answered(says(http(status, &location, ""))).unwrap();
        assert_eq!(report.accepted(), None);
        assert_eq!(
            report.sentence(),
            format!("the server points to http://localhost:{target}, which was not asked")
        );
    }
    assert!(requests.try_recv().is_err());
}

#[test]
fn what_is_no_answer_is_told_apart() {
    let closes = answered(says("HTTP/1.1 200 OK\r\nContent-Le")).unwrap_err();
    assert!(matches!(closes, CheckError::ClosedEarly { .. }), "{closes:?}");
    let half = answered(says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nO")).unwrap_err();
    assert!(matches!(half, CheckError::ClosedEarly { .. }), "{half:?}");
    let garbage = answered(says("\x07SSH-2.0-x\r\n\r\n")).unwrap_err();
    assert!(matches!(garbage, CheckError::NotHttp { .. }), "{garbage:?}");
    let flood =
        format!("HTTP/1.1 200 OK\r\n{}\r\n", format!("X-Flood: {}\r\n", "x".repeat(1_000)).repeat(200));
    let flood = answered(says(flood)).unwrap_err();
    assert!(matches!(flood, CheckError::TooManyHeaders { .. }), "{flood:?}");
    let huge = answered(says(http("200 OK", "", &"x".repeat(4_000_000)))).unwrap();
    assert!(huge.reading == Reading::NotLiveKit && huge.words.len() < 400);

    let refused = ask(&key_question(url("ws", "127.0.0.1", free_port())), &asker(5_000)).unwrap_err();
    assert!(matches!(refused, CheckError::Refused { .. }), "{refused:?}");
    let nobody = ask(&key_question(url("ws", "nobody.invalid", 7_880)), &asker(8_000)).unwrap_err();
    assert!(matches!(nobody, CheckError::NoSuchHost { .. } | CheckError::Timeout { .. }), "{nobody:?}");
    for error in [closes, half, garbage, flood, refused, nobody] {
        assert!(!error.hint().is_empty() && error.to_string().lines().count() == 1);
    }
}
