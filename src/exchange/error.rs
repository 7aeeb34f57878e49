//! Why there was no answer.

use std::time::Duration;

/// Why a server could not be asked, or gave no answer. Holds nothing of what was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The name has no address.
    #[error("there is no server called {host}: the name has no address")]
    NoSuchHost {
        /// The host.
        host: String,
    },
    /// Nothing listens there.
    #[error("nothing listens at {at}: the connection was refused")]
    Refused {
        /// The address.
        at: String,
    },
    /// No way to it, or another failure of the network.
    #[error("{at} cannot be reached: {why}")]
    Unreachable {
        /// The address.
        at: String,
        /// The system's words.
        why: String,
    },
    /// No whole answer within the limit.
    #[error(
        "{at} {} within {} s", if *begun { "began an answer and did not end it" } else { "gave no answer" },
        limit.as_secs_f32()
    )]
    Timeout {
        /// The address.
        at: String,
        /// The limit that passed.
        limit: Duration,
        /// Whether the head of an answer had come.
        begun: bool,
    },
    /// The connection ended before the answer did.
    #[error("{at} closed the connection before its answer was complete")]
    ClosedEarly {
        /// The address.
        at: String,
    },
    /// Bytes that are no HTTP.
    #[error("what answers at {at} does not speak HTTP")]
    NotHttp {
        /// The address.
        at: String,
    },
    /// More headers than any server has a use for.
    #[error("what answers at {at} sends more headers than a LiveKit server does")]
    TooManyHeaders {
        /// The address.
        at: String,
    },
    /// ws:// or http:// to a port that speaks TLS.
    #[error("{at} speaks TLS, and the address says {scheme}://")]
    SpeaksTls {
        /// The address.
        at: String,
        /// Its scheme, as written.
        scheme: &'static str,
    },
    /// wss:// or https:// to a port that does not speak TLS.
    #[error("{at} does not speak TLS, and the address says {scheme}://")]
    SpeaksPlain {
        /// The address.
        at: String,
        /// Its scheme, as written.
        scheme: &'static str,
    },
    /// A certificate of an authority that is not trusted.
    #[error("the certificate of {host} is from an authority that is not trusted here")]
    UnknownAuthority {
        /// The host.
        host: String,
    },
    /// A certificate that is over, or not yet valid, by this machine's clock.
    #[error("the certificate of {host} is {}", if *over { "expired" } else { "not valid yet" })]
    CertificateTime {
        /// The host.
        host: String,
        /// Expired, or else not yet valid.
        over: bool,
    },
    /// A certificate for another name.
    #[error("the certificate that answers for {host} is for another name")]
    WrongName {
        /// The host.
        host: String,
    },
    /// Another failure of TLS.
    #[error("no TLS with {host}: {why}")]
    Tls {
        /// The host.
        host: String,
        /// rustls's words.
        why: String,
    },
    /// The proxy did not connect.
    #[error("the proxy did not connect to {at}")]
    Proxy {
        /// The address.
        at: String,
    },
    /// The proxy itself cannot be reached.
    #[error("the proxy {proxy} cannot be reached: {why}")]
    NoProxy {
        /// Its host and port.
        proxy: String,
        /// The system's words.
        why: String,
    },
    /// The proxy wants to know who asks.
    #[error("the proxy {proxy} wants a name and a password")]
    ProxyPassword {
        /// Its host and port.
        proxy: String,
    },
    /// A proxy address that is none.
    #[error("the proxy in the environment is not an address")]
    BadProxy,
    /// The file of certificates is of no use.
    #[error("the certificates in {file} cannot be used: {why}")]
    CaFile {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A token that cannot be sent: it has characters that no header takes.
    #[error("the token cannot be sent: it has characters in it that no token has")]
    Unsendable,
    /// Made-up projects have no servers.
    #[error("the demo asks no server")]
    Demo,
    /// Called off.
    #[error("the question was called off")]
    Cancelled,
}

impl NoAnswer {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoSuchHost { .. } => "look for a slip in the address, and whether this machine is online",
            Self::Refused { .. } => "start the server, or correct the port; livekit-server listens on 7880",
            Self::Unreachable { .. } => "look at the network, the VPN and the firewall",
            Self::Timeout { begun: true, .. } => "look at the server and at the proxy in front of it; ask again",
            Self::Timeout { .. } => "a firewall may drop the packets; ask again, the commands wait longer with --timeout",
            Self::ClosedEarly { .. } => "look at the server's log and at the proxy in front of it",
            Self::NotHttp { .. } | Self::TooManyHeaders { .. } => "check host and port: this is no LiveKit server",
            Self::SpeaksTls { scheme, .. } => return format!("write {scheme}s:// instead of {scheme}://"),
            Self::SpeaksPlain { scheme, .. } => {
                let plain = scheme.strip_suffix('s').unwrap_or(scheme);
                return format!("write {plain}:// instead of {scheme}://, or the port that has TLS");
            }
            Self::UnknownAuthority { .. } => {
                "name a file with the authority's certificate in SSL_CERT_FILE or --ca-file; clients have to trust it too"
            }
            Self::CertificateTime { .. } => "renew the certificate; if it is good, set this machine's clock",
            Self::WrongName { .. } => "use the name that the certificate is for",
            Self::Tls { .. } => "look at the TLS settings of the server or of the proxy in front of it",
            Self::Proxy { .. } => "it may allow CONNECT to few ports only; look at its rules, or add the host to NO_PROXY",
            Self::NoProxy { .. } => "correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, or add the host to NO_PROXY",
            Self::ProxyPassword { .. } => "write them into the proxy's address: http://name:password@host:port",
            Self::BadProxy => "correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY: http://host:port",
            Self::CaFile { .. } => "give a readable PEM file with certificates, in --ca-file or SSL_CERT_FILE",
            Self::Unsendable => "copy the token again",
            Self::Demo => "start roomkey without --demo",
            Self::Cancelled => "ask again when it suits",
        }
        .into()
    }
}
