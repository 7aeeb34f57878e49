//! TLS: a certificate and its key, from PEM.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What a TLS server proves itself with.
#[derive(Clone)]
pub struct Tls(pub(super) Arc<ServerConfig>);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls(hidden)")
    }
}

impl Tls {
    /// Reads a certificate with its chain, and the key of the first.
    ///
    /// # Errors
    /// [`TlsError`], which never repeats what it read.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, TlsError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::NotPem { what: "certificate" })?;
        if chain.is_empty() {
            return Err(TlsError::Missing { what: "certificate" });
        }
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| match error {
            rustls::pki_types::pem::Error::NoItemsFound => TlsError::Missing { what: "private key" },
            _ => TlsError::NotPem { what: "private key" },
        })?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::Unusable { why: error.to_string() })?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => TlsError::Mismatch,
                other => TlsError::Unusable { why: other.to_string() },
            })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

/// Why a certificate and a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// Something else than PEM.
    #[error("the TLS {what} is not PEM")]
    NotPem {
        /// `certificate` or `private key`.
        what: &'static str,
    },
    /// PEM without it.
    #[error("there is no {what} in its file")]
    Missing {
        /// `certificate` or `private key`.
        what: &'static str,
    },
    /// The key of another certificate.
    #[error("the TLS private key is not the key of the certificate")]
    Mismatch,
    /// A kind that is not known.
    #[error("the TLS certificate or key cannot be used: {why}")]
    Unusable {
        /// The library's words.
        why: String,
    },
}

impl TlsError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Mismatch => "give the key that the certificate was made with".into(),
            Self::Unusable { .. } => {
                "use an RSA key of 2048 bits or more, or one of P-256, P-384 or Ed25519".into()
            }
            _ => "files in PEM begin with -----BEGIN; the certificate comes first, then its chain".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (String, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    #[test]
    fn a_certificate_needs_its_own_key() {
        let ((certificate, key), (_, other)) = (pair(), pair());
        assert!(Tls::from_pem(&certificate, &key).is_ok());
        for (certificate, key, error) in [
            (certificate.as_str(), other.as_str(), TlsError::Mismatch),
            ("", &key, TlsError::Missing { what: "certificate" }),
            (&certificate, "", TlsError::Missing { what: "private key" }),
            (&certificate, &certificate, TlsError::Missing { what: "private key" }),
            (
                "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
                &key,
                TlsError::NotPem { what: "certificate" },
            ),
            (
                &certificate,
                "-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----\n",
                TlsError::NotPem { what: "private key" },
            ),
        ] {
            let wrong = Tls::from_pem(certificate, key).unwrap_err();
            assert_eq!(wrong, error);
            assert!(!wrong.hint().is_empty());
        }
    }
}
