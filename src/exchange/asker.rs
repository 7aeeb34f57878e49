//! How a question is sent: within which time, past which proxy, trusting whom, and how it is called off.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Place;
use crate::text::Sensitive;

/// Ends a question from another thread. Clones end the same one.
#[derive(Clone, Debug, Default)]
pub struct Canceller(Arc<AtomicBool>);

impl Canceller {
    /// Calls the question off: whoever waits for the answer goes on within a tenth of a second.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was called off.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl PartialEq for Canceller {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The limits and the surroundings of a question.
#[derive(Clone, PartialEq)]
pub struct Asker {
    /// The longest that all of it may take.
    pub limit: Duration,
    /// The longest that connecting may take, TLS included.
    pub connect: Duration,
    /// PEM certificates to trust instead of Mozilla's.
    pub ca_file: Option<PathBuf>,
    /// Ends it early.
    pub canceller: Canceller,
    proxy_secure: Option<Sensitive>,
    proxy_plain: Option<Sensitive>,
    no_proxy: String,
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address of a proxy may hold a password.
        f.debug_struct("Asker")
            .field("limit", &self.limit)
            .field("ca_file", &self.ca_file)
            .finish_non_exhaustive()
    }
}

impl Default for Asker {
    fn default() -> Self {
        Self {
            limit: Duration::from_secs(10),
            connect: Duration::from_secs(5),
            ca_file: None,
            canceller: Canceller::default(),
            proxy_secure: None,
            proxy_plain: None,
            no_proxy: String::new(),
        }
    }
}

impl Asker {
    /// As the environment says: SSL_CERT_FILE, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, the last four in small
    /// letters too.
    #[must_use]
    pub fn from_environment(lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let find = |name: &str| {
            lookup(&name.to_ascii_lowercase())
                .or_else(|| lookup(name))
                .filter(|value| !value.trim().is_empty())
        };
        let proxy = |name| find(name).or_else(|| find("ALL_PROXY")).map(Sensitive::new);
        Self {
            ca_file: lookup("SSL_CERT_FILE").filter(|file| !file.is_empty()).map(PathBuf::from),
            proxy_secure: proxy("HTTPS_PROXY"),
            proxy_plain: proxy("HTTP_PROXY"),
            no_proxy: find("NO_PROXY").unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The same with this limit.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// The same, ended early by this.
    #[must_use]
    pub fn called_off_by(self, canceller: Canceller) -> Self {
        Self { canceller, ..self }
    }

    /// The same that trusts the certificates in this file only.
    #[must_use]
    pub fn trusting(self, file: impl Into<PathBuf>) -> Self {
        Self { ca_file: Some(file.into()), ..self }
    }

    /// The proxy on the way to this place. None is on the way to this machine.
    pub(super) fn proxy(&self, place: &Place) -> Option<&Sensitive> {
        if place.is_loopback() || is_excepted(&place.host, &place.at, &self.no_proxy) {
            return None;
        }
        if place.is_secure() { self.proxy_secure.as_ref() } else { self.proxy_plain.as_ref() }
    }
}

/// Whether NO_PROXY names a host: `*`, the host, the host with its port as in `place`, or a domain above it with or
/// without a dot or `*.` in front.
fn is_excepted(host: &str, place: &str, no_proxy: &str) -> bool {
    no_proxy.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let entry = entry.to_ascii_lowercase();
        let entry = entry.strip_prefix('*').unwrap_or(&entry);
        let domain = entry.trim_start_matches('.');
        domain.is_empty()
            || host == domain
            || place == domain
            || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ServerUrl;

    #[test]
    fn the_proxy_is_the_environments_but_never_to_this_machine_or_to_an_exception() {
        let asker = Asker::from_environment(&|name| match name {
            "HTTPS_PROXY" => Some("http://user:fake-password@proxy:1".into()),
            "http_proxy" => Some("http://proxy:2".into()),
            "NO_PROXY" => Some("internal.example, .corp,port.example:7880".into()),
            _ => None,
        });
        let proxy = |url: &str| {
            let place = Place::of_server(&ServerUrl::parse(url).unwrap().value);
            asker.proxy(&place).map(Sensitive::expose)
        };
        assert_eq!(proxy("wss://a.example"), Some("http://user:fake-password@proxy:1"));
        assert_eq!(proxy("ws://a.example"), Some("http://proxy:2"));
        for direct in [
            "ws://localhost:7880",
            "wss://127.0.0.1",
            "wss://[::1]:1",
            "wss://x.internal.example",
            "wss://a.corp",
            "ws://port.example:7880",
        ] {
            assert_eq!(proxy(direct), None, "{direct}");
        }
        for proxied in ["wss://notinternal.example", "ws://port.example:7881"] {
            assert!(proxy(proxied).is_some(), "{proxied}");
        }
        assert!(!format!("{asker:?}").contains("fake-password"));
    }
}
