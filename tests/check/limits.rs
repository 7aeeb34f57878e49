//! Nothing hangs longer than the limit, and nothing waits once it is called off.

use std::time::{Duration, Instant};

use roomkey::check::{CheckError, Question, ask};

use super::{asker, join_question, key_question, list_question, url};
use crate::support::server::{serve, then_drips, then_hangs};

/// Servers that stop at every step of an answer, by what they do.
fn stuck() -> Vec<(&'static str, Question)> {
    let on = |script| url("ws", "127.0.0.1", serve(script).0);
    let head = "HTTP/1.1 200 OK\r\nX-Long: ";
    let body = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    vec![
        ("says nothing", key_question(on(then_hangs("")))),
        ("hangs in the TLS handshake", key_question(url("wss", "127.0.0.1", serve(then_hangs("")).0))),
        ("hangs in the head", key_question(on(then_hangs(head)))),
        ("drips its head", key_question(on(then_drips(head)))),
        ("hangs in the body", join_question(on(then_hangs(body))).0),
        ("drips its body", join_question(on(then_drips(body))).0),
        ("hangs before the list", list_question(on(then_hangs(body)))),
    ]
}

#[test]
fn a_server_that_stops_anywhere_is_left_at_the_limit() {
    for (what, question) in stuck() {
        let started = Instant::now();
        let error = ask(&question, &asker(600)).unwrap_err();
        let CheckError::Timeout { begun, .. } = error else { panic!("{what}: {error:?}") };
        assert_eq!(begun, what.contains("body") || what.contains("list"), "{what}");
        assert!(error.to_string().contains("within 0.6 s"), "{error}");
        assert!(started.elapsed() < Duration::from_millis(1_600), "{what}: {:?}", started.elapsed());
    }
}

#[test]
fn a_question_is_called_off_wherever_it_is() {
    for (what, question) in stuck() {
        let asker = asker(10_000);
        let canceller = asker.canceller.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            canceller.cancel();
        });
        let started = Instant::now();
        assert_eq!(ask(&question, &asker), Err(CheckError::Cancelled), "{what}");
        assert!(started.elapsed() < Duration::from_millis(1_200), "{what}: {:?}", started.elapsed());
    }
}

#[test]
fn a_question_called_off_before_it_is_asked_is_not_asked() {
    let (port, requests) = serve(then_hangs(""));
    let asker = asker(5_000);
    asker.canceller.cancel();
    assert_eq!(ask(&key_question(url("ws", "127.0.0.1", port)), &asker), Err(CheckError::Cancelled));
    std::thread::sleep(Duration::from_millis(200));
    assert!(requests.try_recv().is_err());
}

/// Looking a name up cannot be made to hang here; that whatever hangs is left is shown beside the code.
#[cfg(target_os = "linux")]
#[test]
fn a_port_that_does_not_answer_is_left_at_the_limit_for_connecting_and_when_called_off() {
    let (port, _kept) = crate::support::server::full_port();
    let question = key_question(url("ws", "127.0.0.1", port));
    let mut hasty = asker(5_000);
    hasty.connect = Duration::from_millis(400);
    let started = Instant::now();
    let error = ask(&question, &hasty).unwrap_err();
    assert!(
        matches!(error, CheckError::Timeout { begun: false, limit, .. } if limit == hasty.connect),
        "{error:?}"
    );
    assert!(started.elapsed() < Duration::from_millis(1_400), "{:?}", started.elapsed());

    let patient = asker(10_000);
    let canceller = patient.canceller.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        canceller.cancel();
    });
    let started = Instant::now();
    assert_eq!(ask(&question, &patient), Err(CheckError::Cancelled));
    assert!(started.elapsed() < Duration::from_millis(1_200), "{:?}", started.elapsed());
}
