// A receiver as the documentation of LiveKit's SDK for Rust has it. Prints its port; ends with its standard input.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use livekit_api::access_token::TokenVerifier;
use livekit_api::webhooks::WebhookReceiver;

fn answer(stream: &mut TcpStream, receiver: &WebhookReceiver) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut length, mut authorization, mut content_type) = (0, String::new(), String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or_default(),
            "authorization" => authorization = value.to_owned(),
            "content-type" => content_type = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body);
    let (status, said) = match receiver.receive(&body, &authorization) {
        Ok(event) => ("200 OK", format!("{} {} {content_type}", event.event, event.id)),
        Err(error) => ("401 Unauthorized", error.to_string()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", said.len());
    stream.write_all(head.as_bytes())?;
    stream.write_all(said.as_bytes())
}

fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let receiver = WebhookReceiver::new(TokenVerifier::with_api_key(&args[1], &args[2]));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            if let Err(error) = answer(&mut stream, &receiver) {
                eprintln!("{error}");
            }
        }
    });
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}
