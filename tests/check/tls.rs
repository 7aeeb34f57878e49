//! TLS, and what can be wrong with it.

use roomkey::check::{Asker, CheckError, Reading, ask};

use super::{answered, asker, key_question, url};
use crate::support::server::{http, livekit, says, serve, serve_tls};

fn ok() -> crate::support::server::Script {
    livekit(http("200 OK", "", "OK"))
}

#[test]
fn tls_is_trusted_with_the_right_authority_name_and_time_only() {
    let server = serve_tls(&["localhost"], (2020, 2090), ok());
    let question = key_question(url("wss", "localhost", server.port));
    assert_eq!(ask(&question, &asker(5_000).trusting(&server.ca)).unwrap().reading, Reading::Accepted);
    let unknown = ask(&question, &asker(5_000)).unwrap_err();
    assert!(matches!(unknown, CheckError::UnknownAuthority { .. }), "{unknown:?}");
    let elsewhere = key_question(url("wss", "127.0.0.1", server.port));
    let name = ask(&elsewhere, &asker(5_000).trusting(&server.ca)).unwrap_err();
    assert!(matches!(name, CheckError::WrongName { .. }), "{name:?}");
    for (years, sentence) in [
        ((2020, 2021), "the certificate of localhost is expired"),
        ((2090, 2091), "the certificate of localhost is not valid yet"),
    ] {
        let server = serve_tls(&["localhost"], years, ok());
        let question = key_question(url("wss", "localhost", server.port));
        let error = ask(&question, &asker(5_000).trusting(&server.ca)).unwrap_err();
        assert_eq!(error.to_string(), sentence);
        assert!(error.hint().contains("clock"), "{}", error.hint());
    }
}

#[test]
fn the_environment_names_the_authority_too() {
    let server = serve_tls(&["localhost"], (2020, 2090), ok());
    let question = key_question(url("wss", "localhost", server.port));
    let file = server.ca.to_str().unwrap().to_owned();
    let asker = Asker::from_environment(&|name| (name == "SSL_CERT_FILE").then(|| file.clone()));
    assert_eq!(ask(&question, &asker).unwrap().reading, Reading::Accepted);
}

#[test]
fn a_file_of_certificates_that_is_none_is_named() {
    let server = serve_tls(&["localhost"], (2020, 2090), ok());
    let question = key_question(url("wss", "localhost", server.port));
    for wrong in ["", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&server.ca, wrong).unwrap();
        let error = ask(&question, &asker(5_000).trusting(&server.ca)).unwrap_err();
        assert!(matches!(error, CheckError::CaFile { .. }), "{error:?}");
        assert!(error.to_string().contains("ca.pem"), "{error}");
    }
    let error = ask(&question, &asker(5_000).trusting("/nowhere/ca.pem")).unwrap_err();
    assert!(error.to_string().contains("/nowhere/ca.pem"), "{error}");
}

#[test]
fn the_wrong_scheme_is_told_both_ways() {
    let server = serve_tls(&["localhost"], (2020, 2090), ok());
    let tls = ask(&key_question(url("ws", "127.0.0.1", server.port)), &asker(5_000)).unwrap_err();
    assert!(matches!(tls, CheckError::SpeaksTls { .. }), "{tls:?}");
    let go = http("400 Bad Request", "", "Client sent an HTTP request to an HTTPS server.\n");
    assert!(matches!(answered(says(go)), Err(CheckError::SpeaksTls { .. })));
    let (port, _) = serve(says(http("400 Bad Request", "", "")));
    let plain = ask(&key_question(url("wss", "127.0.0.1", port)), &asker(5_000)).unwrap_err();
    assert!(matches!(plain, CheckError::SpeaksPlain { .. }), "{plain:?}");
}
