//! Scripted servers on loopback, with and without TLS.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Anything that carries a request and its answer.
pub(crate) trait Conversation: Read + Write {}
impl<T: Read + Write> Conversation for T {}

/// What a server does with a connection once it has read the request.
pub(crate) type Script = Arc<dyn Fn(&mut dyn Conversation, &str) + Send + Sync>;

/// The signature of a token that asks whether signatures are looked at: 32 zero bytes.
const NO_SIGNATURE: &str = ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A server of this script: its port, and the requests that came.
pub(crate) fn serve(script: Script) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (script, send) = (Arc::clone(&script), send.clone());
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                let request = request(&mut stream);
                let _ = send.send(request.clone());
                script(&mut stream, &request);
            });
        }
    });
    (port, requests)
}

/// The whole request: closing a connection with bytes unread resets it, and the answer is lost.
pub(crate) fn request(stream: &mut dyn Conversation) -> String {
    let mut all = Vec::new();
    let mut buffer = [0; 16_384];
    loop {
        let read = stream.read(&mut buffer).unwrap_or(0);
        all.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&all).into_owned();
        let length = |head: &str| {
            let head = head.to_lowercase();
            let value = head.split("content-length: ").nth(1)?.split_whitespace().next()?;
            value.parse::<usize>().ok()
        };
        let complete =
            text.split_once("\r\n\r\n").is_some_and(|(head, body)| body.len() >= length(head).unwrap_or(0));
        // What is no HTTP is a TLS greeting that came to a plain port.
        if read == 0 || complete || all.first().is_some_and(|byte| !byte.is_ascii_uppercase()) {
            return text;
        }
    }
}

/// Says the same to everybody.
pub(crate) fn says(text: impl Into<Vec<u8>>) -> Script {
    let text = text.into();
    Arc::new(move |stream, _| {
        let _ = stream.write_all(&text);
    })
}

/// Says this, but refuses a signature that nobody made, as a LiveKit server does.
pub(crate) fn livekit(text: impl Into<Vec<u8>>) -> Script {
    let text = text.into();
    Arc::new(move |stream, request| {
        let refusal = http(
            "401 Unauthorized",
            "",
            "invalid authorization token: token signature is invalid: signature is invalid",
        );
        let answer = if is_control(request) { refusal.as_bytes() } else { &text };
        let _ = stream.write_all(answer);
    })
}

/// Whether the request has the signature that nobody made.
pub(crate) fn is_control(request: &str) -> bool {
    request.lines().any(|line| line.trim_end().ends_with(NO_SIGNATURE))
}

/// Says this much, and then nothing for a long time.
pub(crate) fn then_hangs(text: impl Into<Vec<u8>>) -> Script {
    let text = text.into();
    Arc::new(move |stream, _| {
        let _ = stream.write_all(&text).and_then(|()| stream.flush());
        std::thread::sleep(Duration::from_secs(30));
    })
}

/// Says this much at once, and then goes on byte by byte.
pub(crate) fn then_drips(text: impl Into<Vec<u8>>) -> Script {
    let text = text.into();
    Arc::new(move |stream, _| {
        let _ = stream.write_all(&text);
        for _ in 0..1_000 {
            if stream.write_all(b"x").and_then(|()| stream.flush()).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    })
}

/// An answer that says how long it is.
pub(crate) fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
}

/// A port of loopback that nothing listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server with a certificate.
pub(crate) struct Tls {
    pub(crate) port: u16,
    /// The certificate of its authority.
    pub(crate) ca: PathBuf,
    _folder: tempfile::TempDir,
}

/// A TLS server with a certificate for these names, valid from and until the first of January of these years, from an
/// authority of its own.
pub(crate) fn serve_tls(names: &[&str], (from, until): (i32, i32), script: Script) -> Tls {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = rcgen::CertificateParams::new(names).unwrap();
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority_certificate.pem()).unwrap();

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (config, script) = (Arc::clone(&config), Arc::clone(&script));
            std::thread::spawn(move || {
                let connection = rustls::ServerConnection::new(config).unwrap();
                let mut stream: rustls::StreamOwned<_, TcpStream> =
                    rustls::StreamOwned::new(connection, stream.unwrap());
                let request = request(&mut stream);
                if !request.is_empty() {
                    script(&mut stream, &request);
                    stream.conn.send_close_notify();
                }
                let _ = stream.flush();
                let _ = stream.conn.complete_io(&mut stream.sock);
            });
        }
    });
    Tls { port, ca, _folder: folder }
}

/// What a proxy is asked for is answered with this status, and with 200 everything goes on to this port.
pub(crate) fn serve_proxy(status: &'static str, target: u16) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let send = send.clone();
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                let _ = send.send(request(&mut stream));
                stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).unwrap();
                if !status.starts_with("200") {
                    return;
                }
                let mut onward = TcpStream::connect(("127.0.0.1", target)).unwrap();
                let (mut back, mut to) = (onward.try_clone().unwrap(), stream.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut back, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Write);
                });
                let _ = std::io::copy(&mut stream, &mut onward);
                let _ = onward.shutdown(std::net::Shutdown::Write);
            });
        }
    });
    (port, requests)
}

/// A port whose queue of connections is full, so that connecting to it gets no answer; as long as what is returned
/// beside it is kept.
#[cfg(target_os = "linux")]
pub(crate) fn full_port() -> (u16, impl Sized) {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 0)).unwrap();
    listen(&socket, 0).unwrap();
    let address = std::net::SocketAddr::try_from(getsockname(&socket).unwrap()).unwrap();
    let mut queued = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        queued.push(stream);
        assert!(queued.len() < 64, "the queue is never full");
    }
    (address.port(), (socket, queued))
}
