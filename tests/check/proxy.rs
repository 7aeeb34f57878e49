//! Proxies. LiveKit's clients reach a server through them by CONNECT, for ws:// as for wss:// (RFC 6455, section 4.1),
//! and so does roomkey.

use std::time::Duration;

use roomkey::check::{Asker, CheckError, CheckReport, Question, Reading, ask};

use super::{asker, key_question, url};
use crate::support::server::{free_port, http, livekit, serve, serve_proxy, serve_tls};

/// Asks with these variables, trusting this file.
fn through(
    variables: &[(&str, String)],
    ca: Option<&std::path::Path>,
    question: &Question,
) -> Result<CheckReport, CheckError> {
    let find =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let asker = Asker::from_environment(&find).within(Duration::from_secs(5));
    ask(
        question,
        &match ca {
            Some(file) => asker.trusting(file),
            None => asker,
        },
    )
}

#[test]
fn a_server_behind_a_proxy_is_reached_and_the_proxy_sees_no_token() {
    let server = serve_tls(&["rooms.example"], (2020, 2090), livekit(http("200 OK", "", "OK")));
    let (proxy, requests) = serve_proxy("200 Connection established", server.port);
    let question = key_question(url("wss", "rooms.example", 443));
    let variables = [("HTTPS_PROXY", format!("http://someone:fake-password@127.0.0.1:{proxy}"))];
    let report = through(&variables, Some(&server.ca), &question).unwrap();
    assert_eq!(report.reading, Reading::Accepted);
    let request = requests.recv().unwrap();
    assert!(request.starts_with("CONNECT rooms.example:443 ") && !request.contains("eyJ"), "{request}");
    assert!(request.contains("Proxy-Authorization: Basic "), "{request}");
}

#[test]
fn a_plain_server_behind_a_proxy_is_reached_as_a_client_would() {
    let (server, _) = serve(livekit(http("200 OK", "", "OK")));
    let (proxy, requests) = serve_proxy("200 OK", server);
    let question = key_question(url("ws", "rooms.example", 7880));
    let variables = [("http_proxy", format!("http://127.0.0.1:{proxy}"))];
    assert_eq!(through(&variables, None, &question).unwrap().reading, Reading::Accepted);
    let request = requests.recv().unwrap();
    assert!(request.starts_with("CONNECT rooms.example:7880 ") && !request.contains("eyJ"), "{request}");
}

#[test]
fn what_no_proxy_names_is_reached_without_it() {
    let (proxy, requests) = serve_proxy("200 OK", free_port());
    for no_proxy in ["*", "nobody.invalid", ".invalid", "other.example, nobody.invalid:7880"] {
        let variables =
            [("ALL_PROXY", format!("http://127.0.0.1:{proxy}")), ("NO_PROXY", no_proxy.to_owned())];
        let error = through(&variables, None, &key_question(url("ws", "nobody.invalid", 7880))).unwrap_err();
        assert!(
            matches!(error, CheckError::NoSuchHost { .. } | CheckError::Timeout { .. }),
            "{no_proxy}: {error:?}"
        );
    }
    // This machine is never behind a proxy.
    let (server, _) = serve(livekit(http("200 OK", "", "OK")));
    let variables = [("ALL_PROXY", format!("http://127.0.0.1:{proxy}"))];
    let report = through(&variables, None, &key_question(url("ws", "localhost", server))).unwrap();
    assert_eq!(report.reading, Reading::Accepted);
    assert!(requests.try_recv().is_err());
}

#[test]
fn what_is_wrong_with_a_proxy_is_told_apart_and_without_its_password() {
    let question = key_question(url("wss", "nobody.invalid", 443));
    let of = |proxy: String| through(&[("HTTPS_PROXY", proxy)], None, &question).unwrap_err();
    let (port, requests) = serve_proxy("403 Forbidden", 0);
    let refuses = of(format!("http://127.0.0.1:{port}"));
    assert_eq!(refuses.to_string(), "the proxy did not connect to nobody.invalid:443");
    let request = requests.recv().unwrap();
    assert!(request.starts_with("CONNECT nobody.invalid:443 ") && !request.contains("eyJ"), "{request}");
    let (port, _) = serve_proxy("407 Proxy Authentication Required", 0);
    let password = of(format!("http://someone:fake-password@127.0.0.1:{port}"));
    assert_eq!(password.to_string(), format!("the proxy 127.0.0.1:{port} wants a name and a password"));
    let free = free_port();
    let gone = of(format!("http://someone:fake-password@127.0.0.1:{free}"));
    assert_eq!(
        gone.to_string(),
        format!("the proxy 127.0.0.1:{free} cannot be reached: the connection was refused")
    );
    let none = of("gopher://\u{7f}".into());
    assert_eq!(none, CheckError::BadProxy);
    for error in [refuses, password, gone, none] {
        assert!(!format!("{error:?} {error} {}", error.hint()).contains("fake-password"));
    }
}

#[test]
fn a_proxy_that_hangs_is_left_at_the_limit() {
    let (port, _) = serve(crate::support::server::then_hangs(""));
    let question = key_question(url("wss", "nobody.invalid", 443));
    let find = |name: &str| (name == "HTTPS_PROXY").then(|| format!("http://127.0.0.1:{port}"));
    let started = std::time::Instant::now();
    let error = ask(&question, &Asker::from_environment(&find).within(asker(700).limit)).unwrap_err();
    assert!(matches!(error, CheckError::Timeout { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_millis(1_200));
}
