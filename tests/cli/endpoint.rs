//! `roomkey endpoint check`, against endpoints as people write them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::support::home::Home;
use crate::support::server::{http, says, serve_proxy, serve_tls};

/// An endpoint that answers this, by method, to as many requests as it is sent.
fn endpoint(answer: fn(&str, &str) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    // Ends with the test's process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.unwrap(), answer);
        }
    });
    url
}

fn serve(stream: TcpStream, answer: fn(&str, &str) -> String) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let method = line.split(' ').next().unwrap().to_owned();
    let (mut length, mut origin) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if let Some(value) = line.strip_prefix("origin:") {
            value.trim().clone_into(&mut origin);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut stream = stream;
    stream.write_all(answer(&method, &origin).as_bytes()).unwrap();
}

fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// As an Express server with the package cors and without `await`.
fn unawaited(method: &str, _: &str) -> String {
    let cors = "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: content-type\r\n";
    match method {
        "OPTIONS" => response("204 No Content", cors, ""),
        _ => response("200 OK", cors, "{\"token\":{}}"),
    }
}

#[test]
fn what_keeps_a_client_from_an_endpoint_is_a_checklist_with_cures() {
    let home = Home::new();
    let url = endpoint(unawaited);
    let run = home.run(&["endpoint", "check", &url]);
    assert_eq!(run.code, 1, "{}", run.err);
    let (port, ms) = (url.split(':').nth(2).unwrap().split('/').next().unwrap(), " in 0 ms");
    let mut text = run.out.replace(port, "PORT");
    if let Some(at) = text.find("200 in ") {
        let end = at + text[at..].find(" ms").unwrap() + 3;
        text.replace_range(at + 3..end, ms);
    }
    insta::assert_snapshot!("endpoint-check", text.trim_end());
    let json = home.run(&["endpoint", "check", &url, "--json"]).json();
    let token =
        json["checks"].as_array().unwrap().iter().find(|check| check["id"] == "participant_token").unwrap();
    assert_eq!(
        (token["result"].as_str(), token["hint"].as_str()),
        (Some("failed"), Some("write await token.toJwt() in the endpoint"),)
    );
}

#[test]
fn an_endpoint_that_does_not_answer_cannot_be_told_of() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let silent = home.run(&["endpoint", "check", &url, "--timeout", "1"]);
    assert!(silent.code == 2 && silent.out.contains("no answer within 1 s"), "{}", silent.out);
    drop(listener);
    let gone = home.run(&["endpoint", "check", &url]);
    assert!(gone.code == 2 && gone.out.contains("nothing listens there"), "{}", gone.out);
    for wrong in ["localhost", "ftp://a/", "http://", "a b"] {
        home.run(&["endpoint", "check", wrong]).failed(2, "this is no address of an endpoint", "7878");
    }
}

#[test]
fn a_bearer_key_is_sent_and_is_in_no_output() {
    fn guarded(method: &str, _: &str) -> String {
        match method {
            "OPTIONS" => response("204 No Content", "", ""),
            _ => response("401 Unauthorized", "", "{\"error\":\"no key\"}"),
        }
    }
    let home = Home::new();
    let key = "fake-bearer-key-0123456789-0123456789-abcd";
    let file = home.write("key", format!("{key}\n"));
    let run = home.run(&["endpoint", "check", &endpoint(guarded), "--bearer-file", file.to_str().unwrap()]);
    assert!(run.code == 1 && run.out.contains("401: {\"error\":\"no key\"}"), "{}", run.out);
    assert!(!run.out.contains(key) && !run.err.contains(key));
}

#[test]
fn an_endpoint_over_tls_is_trusted_by_a_file_of_ones_own_and_reached_through_a_proxy() {
    let answer = http("500 Internal Server Error", "", "{\"error\":\"seen\"}");
    let server = serve_tls(&["tokens.example", "localhost"], (2020, 2090), says(answer));
    let (ca, port) = (server.ca.to_str().unwrap(), server.port);
    let home = Home::new();
    let local = format!("https://localhost:{port}/");
    let unknown = home.run(&["endpoint", "check", &local]);
    assert!(
        unknown.code == 2 && unknown.out.contains("an authority that is not trusted here"),
        "{unknown:?}"
    );
    assert!(unknown.out.contains("--ca-file"), "{unknown:?}");
    let trusted = home.run(&["endpoint", "check", &local, "--ca-file", ca]);
    assert!(trusted.code == 1 && trusted.out.contains("500: {\"error\":\"seen\"}"), "{trusted:?}");

    let (proxy, requests) = serve_proxy("200 Connection established", port);
    let home = home.set("https_proxy", format!("http://someone:fake-password@127.0.0.1:{proxy}"));
    let url = "https://tokens.example/api/token";
    let through = home.run(&["endpoint", "check", url, "--ca-file", ca]);
    assert!(through.code == 1 && through.out.contains("500: {\"error\":\"seen\"}"), "{through:?}");
    let asked: Vec<String> = requests.try_iter().collect();
    assert!(
        asked.len() == 4 && asked.iter().all(|asked| asked.starts_with("CONNECT tokens.example:443 ")),
        "{asked:?}"
    );
    let home = home.set("NO_PROXY", "tokens.example");
    let past = home.run(&["endpoint", "check", url, "--timeout", "2"]);
    assert!(past.code == 2 && requests.try_recv().is_err(), "{past:?}");
    assert!(!format!("{through:?}{past:?}").contains("fake-password"));
}
