//! Taking the addresses.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use crate::server::Policy;

/// How often a free port is looked for that is free on every address.
const TRIES: usize = 8;

/// Addresses that are taken, and not served yet.
#[derive(Debug)]
pub struct Bound {
    pub(super) listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

impl Bound {
    /// Where it will listen.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Whether this may be served under a policy: what others can reach wants a key.
    ///
    /// # Errors
    /// [`ListenError::NeedsKey`].
    pub fn check(&self, policy: &Policy) -> Result<(), ListenError> {
        match self.addresses.iter().find(|at| !at.ip().is_loopback()) {
            Some(at) if policy.guard.asks_nobody() => Err(ListenError::NeedsKey { at: *at }),
            _ => Ok(()),
        }
    }
}

/// Takes this machine's own addresses, `127.0.0.1` and `::1`. A machine without IPv6, or without IPv4, has one of
/// them. Port 0 is any that is free.
///
/// # Errors
/// [`ListenError`], if neither can be had, or one is taken.
pub fn loopback(port: u16) -> Result<Bound, ListenError> {
    take(&[IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)], port, true)
}

/// Takes these addresses, all of them.
///
/// # Errors
/// [`ListenError`], if one cannot be had.
pub fn bind(addresses: &[IpAddr], port: u16) -> Result<Bound, ListenError> {
    take(addresses, port, false)
}

fn take(addresses: &[IpAddr], port: u16, spare: bool) -> Result<Bound, ListenError> {
    let mut tries = if port == 0 { TRIES } else { 1 };
    loop {
        tries -= 1;
        match once(addresses, port, spare) {
            Err(ListenError::Taken { .. }) if tries > 0 => {}
            done => return done,
        }
    }
}

fn once(addresses: &[IpAddr], port: u16, spare: bool) -> Result<Bound, ListenError> {
    let mut bound = Bound { listeners: Vec::new(), addresses: Vec::new() };
    let mut missing = None;
    for address in addresses {
        // All are on the port that the first one got.
        let port = bound.addresses.first().map_or(port, SocketAddr::port);
        let wanted = SocketAddr::new(*address, port);
        let taken = TcpListener::bind(wanted).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        match taken {
            Ok((at, listener)) => {
                bound.addresses.push(at);
                bound.listeners.push(listener);
            }
            Err(error) => match ListenError::of(wanted, &error) {
                absent @ ListenError::NoSuchAddress { .. } if spare => missing = Some(absent),
                other => return Err(other),
            },
        }
    }
    match missing {
        Some(error) if bound.listeners.is_empty() => Err(error),
        _ => Ok(bound),
    }
}

/// Why there is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListenError {
    /// Somebody else has the port.
    #[error("port {} of {} is taken", at.port(), at.ip())]
    Taken {
        /// What was wanted.
        at: SocketAddr,
    },
    /// A port that is not for everybody.
    #[error("port {} needs more rights than this program has", at.port())]
    Denied {
        /// What was wanted.
        at: SocketAddr,
    },
    /// An address of another machine, or of no network at all.
    #[error("this machine does not have the address {}", at.ip())]
    NoSuchAddress {
        /// What was wanted.
        at: SocketAddr,
    },
    /// Anything else.
    #[error("{at} cannot be listened at: {why}")]
    Failed {
        /// What was wanted.
        at: SocketAddr,
        /// The system's words.
        why: String,
    },
    /// Others could ask, and would not be asked for a key.
    #[error("{} can be reached by others, and no bearer key is set", at.ip())]
    NeedsKey {
        /// Where.
        at: SocketAddr,
    },
    /// No threads.
    #[error("the endpoint cannot be started: {why}")]
    Runtime {
        /// The system's words.
        why: String,
    },
}

impl ListenError {
    fn of(at: SocketAddr, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::Taken { at },
            io::ErrorKind::PermissionDenied => Self::Denied { at },
            io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported => Self::NoSuchAddress { at },
            // The kernel is without IPv6 altogether.
            _ if error.raw_os_error() == Some(UNSUPPORTED_FAMILY) => Self::NoSuchAddress { at },
            _ => Self::Failed { at, why: error.to_string() },
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Taken { .. } => {
                "another one may be running; choose another with --port N, or any free one with --port 0"
                    .into()
            }
            Self::Denied { .. } => "choose a port from 1024 on".into(),
            Self::NoSuchAddress { .. } => {
                "give one of this machine's own; 0.0.0.0 and :: are all of them".into()
            }
            Self::NeedsKey { .. } => {
                "give keys with --key-file FILE, one name = key a line; make one with openssl rand -hex 32"
                    .into()
            }
            Self::Failed { .. } | Self::Runtime { .. } => "see what the system says, and try again".into(),
        }
    }
}

/// EAFNOSUPPORT.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSUPPORTED_FAMILY: i32 = 97;
#[cfg(target_os = "windows")]
const UNSUPPORTED_FAMILY: i32 = 10_047;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "windows")))]
const UNSUPPORTED_FAMILY: i32 = 47;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_the_same_on_both_addresses() {
        let bound = loopback(0).unwrap();
        let ports: Vec<u16> = bound.addresses().iter().map(SocketAddr::port).collect();
        assert!(ports[0] != 0 && ports.iter().all(|port| *port == ports[0]), "{ports:?}");
        assert!(bound.addresses().iter().all(|at| at.ip().is_loopback()));
    }

    #[test]
    fn a_taken_port_and_a_foreign_address_are_told_with_what_to_do() {
        let bound = loopback(0).unwrap();
        let at = bound.addresses()[0];
        let taken = loopback(at.port()).unwrap_err();
        assert_eq!(taken, ListenError::Taken { at });
        assert_eq!(taken.to_string(), format!("port {} of 127.0.0.1 is taken", at.port()));
        assert!(taken.hint().contains("--port 0"));
        // TEST-NET-1 (RFC 5737) is nobody's.
        let foreign = bind(&["192.0.2.1".parse().unwrap()], 0).unwrap_err();
        assert!(matches!(foreign, ListenError::NoSuchAddress { .. }), "{foreign:?}");
        assert!(foreign.hint().contains("0.0.0.0"));
    }
}
