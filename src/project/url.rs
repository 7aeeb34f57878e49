//! Server addresses: read as people write them, kept as `ws://` or `wss://`, shown both ways.

use std::fmt;

use super::{Cleaned, cleaning, visible};

/// Where a LiveKit server is. Kept as the clients use it (`wss://host[:port][/path]`, no slash at the end);
/// the server's HTTP API is at the same place with `http` for `ws`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerUrl {
    secure: bool,
    /// Host, with a port if one was given: `localhost:7880`, `[::1]:7880`.
    authority: String,
    /// Empty, or `/` and something.
    path: String,
}

impl ServerUrl {
    /// `ws://localhost:7880`, where `livekit-server --dev` listens.
    #[must_use]
    pub fn local_dev() -> Self {
        Self { secure: false, authority: "localhost:7880".into(), path: String::new() }
    }

    /// Reads an address, after cleaning it: a bare host (`acme.livekit.cloud`), `ws(s)://` or `http(s)://`.
    /// A bare host is taken as `wss://`, a loopback one as `ws://`.
    ///
    /// # Errors
    /// [`UrlError`], which says what to give instead.
    pub fn parse(text: &str) -> Result<Cleaned<Self>, UrlError> {
        let Cleaned { value, removed } = cleaning::clean(text);
        Self::parse_clean(&value).map(|value| Cleaned { value, removed })
    }

    fn parse_clean(text: &str) -> Result<Self, UrlError> {
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        let wrong = |why| UrlError::Malformed { text: text.chars().take(80).collect(), why };
        if text.len() > 2_048 {
            return Err(wrong("it is too long"));
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        if rest.contains('@') {
            return Err(UrlError::Credentials);
        }
        let uri: http::Uri = format!("http://{rest}").parse().map_err(|_| wrong("it is not a host"))?;
        let authority = uri.authority().map(|a| a.as_str().to_ascii_lowercase()).unwrap_or_default();
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        if host.is_empty() {
            return Err(wrong("the host is missing"));
        }
        if authority.len() > host.len() && uri.port_u16().is_none_or(|port| port == 0) {
            return Err(wrong("the port is not a number from 1 to 65535"));
        }
        if host == "cloud.livekit.io" || host == "meet.livekit.io" || host == "docs.livekit.io" {
            return Err(UrlError::NotAServer { host });
        }
        if uri.query().is_some() || rest.contains('#') {
            return Err(wrong("an address ends before ? and #"));
        }
        let secure = match scheme.as_deref() {
            Some("wss" | "https") => true,
            Some("ws" | "http") => false,
            None => !is_loopback_host(&host),
            Some(other) => return Err(UrlError::Scheme { scheme: other.to_owned() }),
        };
        // Clients append /rtc themselves; with a slash kept at the end they would ask for //rtc.
        let path = uri.path().trim_end_matches('/');
        let path = path.strip_suffix("/rtc").unwrap_or(path);
        Ok(Self { secure, authority, path: path.to_owned() })
    }

    /// `wss://…` or `ws://…`: what clients connect to.
    #[must_use]
    pub fn ws(&self) -> String {
        self.with_scheme("ws")
    }

    /// `https://…` or `http://…`: where the server's API is.
    #[must_use]
    pub fn http(&self) -> String {
        self.with_scheme("http")
    }

    fn with_scheme(&self, scheme: &str) -> String {
        format!("{scheme}{}://{}{}", if self.secure { "s" } else { "" }, self.authority, self.path)
    }

    /// The host without port and brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.authority.as_str();
        match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((v6, _)) => v6,
            None => authority.split(':').next().unwrap_or(authority),
        }
    }

    fn has_port(&self) -> bool {
        self.authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(self.host())
    }

    /// Whether it is a LiveKit Cloud project.
    #[must_use]
    pub fn is_cloud(&self) -> bool {
        self.host().ends_with(".livekit.cloud")
    }

    /// What is odd about it, if anything. None of these keeps it from being stored.
    #[must_use]
    pub fn notes(&self) -> Vec<UrlNote> {
        let mut notes = Vec::new();
        if !self.secure && !self.is_loopback() {
            notes.push(UrlNote::InsecureRemote);
        }
        if self.is_loopback() && !self.has_port() {
            notes.push(UrlNote::LoopbackWithoutPort);
        }
        if self.secure && self.is_loopback() {
            notes.push(UrlNote::SecureLoopback);
        }
        notes
    }
}

/// An address of the web as it is, `http://` or `https://` with a host; `None` for everything else.
#[must_use]
pub fn web_address(text: &str) -> Option<http::Uri> {
    let address: http::Uri = text.trim().parse().ok()?;
    let web = matches!(address.scheme_str(), Some("http" | "https"));
    (web && address.host().is_some_and(|host| !host.is_empty())).then_some(address)
}

/// Whether a host is this machine, by name or by address; brackets around an address do no harm.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.ws())
    }
}

/// Something odd about a server's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlNote {
    /// `ws://` to another machine: tokens travel in clear.
    #[error("ws:// to another machine sends tokens in clear; use wss:// if the server has TLS")]
    InsecureRemote,
    /// `localhost` without a port.
    #[error("no port given: livekit-server listens on 7880 by default")]
    LoopbackWithoutPort,
    /// TLS to this machine.
    #[error("wss:// to this machine: livekit-server --dev speaks ws://")]
    SecureLoopback,
}

/// Why a text is no server address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing given.
    #[error("a project needs the address of its server")]
    Empty,
    /// A user name or password in it.
    #[error("an address cannot carry a user name or a password")]
    Credentials,
    /// LiveKit's dashboard, docs or Meet instead of a server.
    #[error("{host} is not a LiveKit server")]
    NotAServer {
        /// The host as given.
        host: String,
    },
    /// `ftp://` and the like.
    #[error("{}:// is not an address of a LiveKit server", visible(scheme))]
    Scheme {
        /// The scheme as given.
        scheme: String,
    },
    /// No address at all.
    #[error("\"{}\" is not an address: {why}", visible(text))]
    Malformed {
        /// The text as given, cut short.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl UrlError {
    /// What to give instead.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotAServer { .. } => {
                "give the project's own URL, wss://NAME.livekit.cloud: it is on the dashboard's settings page"
            }
            Self::Credentials => "give the address alone; the key and the secret have fields of their own",
            _ => "for example wss://acme.livekit.cloud or ws://localhost:7880",
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ws(text: &str) -> String {
        ServerUrl::parse(text).map_or_else(|e| e.to_string(), |c| c.value.ws())
    }

    #[test]
    fn every_way_to_write_a_server_becomes_one() {
        for text in [
            "wss://acme.livekit.cloud",
            "https://acme.livekit.cloud/",
            "acme.livekit.cloud",
            "ACME.livekit.cloud",
            "LIVEKIT_URL=wss://acme.livekit.cloud\n",
            "\"wss://acme.livekit.cloud\"",
            "wss://acme.livekit.cloud/rtc",
        ] {
            assert_eq!(ws(text), "wss://acme.livekit.cloud", "{text:?}");
        }
        assert_eq!(ws("localhost:7880"), "ws://localhost:7880");
        assert_eq!(ws("http://127.0.0.1:7880"), "ws://127.0.0.1:7880");
        assert_eq!(ws("[::1]:7880"), "ws://[::1]:7880");
        assert_eq!(ws("https://example.org/livekit/"), "wss://example.org/livekit");
        assert_eq!(
            ServerUrl::parse("wss://a.example:443/x").unwrap().value.http(),
            "https://a.example:443/x"
        );
    }

    #[test]
    fn what_is_no_server_is_refused_with_a_cure() {
        for (text, said) in [
            ("", "a project needs the address of its server"),
            ("https://cloud.livekit.io/projects/p_x/settings", "cloud.livekit.io is not a LiveKit server"),
            ("ftp://x", "ftp:// is not an address of a LiveKit server"),
            ("wss://user:pw@host", "an address cannot carry a user name or a password"),
            ("two words", "\"two words\" is not an address: it is not a host"),
            (
                "wss://h:99999",
                "\"wss://h:99999\" is not an address: the port is not a number from 1 to 65535",
            ),
            ("wss://", "\"wss://\" is not an address: it is not a host"),
            ("wss://h/?token=x", "\"wss://h/?token=x\" is not an address: an address ends before ? and #"),
        ] {
            let error = ServerUrl::parse(text).unwrap_err();
            assert_eq!(error.to_string(), said);
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn odd_addresses_are_kept_and_remarked_on() {
        let notes = |text| ServerUrl::parse(text).unwrap().value.notes();
        assert_eq!(notes("ws://10.0.0.5:7880"), [UrlNote::InsecureRemote]);
        assert_eq!(notes("ws://localhost"), [UrlNote::LoopbackWithoutPort]);
        assert_eq!(notes("wss://acme.livekit.cloud"), []);
    }
}
