//! Origins and hosts, as headers name them.

/// `https://app.example.com`, `http://localhost:3000`: scheme, host, and a port that is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Reads an origin as a browser sends it.
    ///
    /// # Errors
    /// [`OriginError`] for `*`, for `null`, and for what is more or less than an origin.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let text = text.trim().trim_end_matches('/');
        let given = || text.chars().take(80).collect();
        if text.contains('*') {
            return Err(OriginError::Star);
        }
        let wrong = || OriginError::Malformed { given: given() };
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        let in_scheme = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
        let in_host =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':' | b'[' | b']' | b'_');
        if scheme.is_empty()
            || !scheme.bytes().all(in_scheme)
            || rest.is_empty()
            || !rest.bytes().all(in_host)
        {
            return Err(wrong());
        }
        let rest = match scheme {
            "http" => rest.strip_suffix(":80").unwrap_or(rest),
            "https" => rest.strip_suffix(":443").unwrap_or(rest),
            _ => rest,
        };
        Ok(Self(format!("{scheme}://{rest}").to_ascii_lowercase()))
    }

    /// The origin as a browser sends it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no origin to allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Every page of the web.
    #[error("* would let every page that a visitor opens ask for tokens")]
    Star,
    /// Something else.
    #[error("\"{}\" is not an origin", crate::text::visible(given))]
    Malformed {
        /// As given, cut short.
        given: String,
    },
}

impl OriginError {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> String {
        "name each origin as the browser's address bar has it, such as https://app.example.com, without a path".into()
    }
}

/// The host of `host:port`; `None` for what is neither.
pub(super) fn without_port(text: &str) -> Option<&str> {
    let (host, port) = match text.rfind(']') {
        Some(end) => text.split_at(end + 1),
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    let fine = !host.is_empty()
        && (port.is_empty() || port.starts_with(':'))
        && digits.bytes().all(|b| b.is_ascii_digit());
    fine.then_some(host)
}

/// RFC 6761 section 6.3: names that browsers resolve to this machine without asking anybody.
pub(super) fn is_localhost(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.rsplit_once('.').is_some_and(|(_, last)| last.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_kept_as_a_browser_sends_it() {
        for (given, kept) in [
            ("https://App.Example.com/", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:5173", "http://[::1]:5173"),
            ("capacitor://localhost", "capacitor://localhost"),
        ] {
            assert_eq!(Origin::parse(given).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn a_star_and_what_is_no_origin_are_refused_with_what_to_write() {
        for wrong in [
            "*",
            "https://*.example.com",
            "null",
            "app.example.com",
            "https://a/b",
            "https://",
            "https://a b",
            "",
        ] {
            let error = Origin::parse(wrong).unwrap_err();
            assert!(error.hint().contains("https://app.example.com"), "{wrong}");
            assert_eq!(wrong.contains('*'), error == OriginError::Star, "{wrong}");
        }
    }

    #[test]
    fn a_host_is_told_from_its_port() {
        for (text, host) in [
            ("localhost", Some("localhost")),
            ("localhost:7878", Some("localhost")),
            ("[::1]:7878", Some("[::1]")),
            ("[::1]", Some("[::1]")),
            ("127.0.0.1:", Some("127.0.0.1")),
            ("a:b", None),
            ("a:1:2", None),
            ("[::1]x", None),
            (":80", None),
            ("", None),
        ] {
            assert_eq!(without_port(text), host, "{text}");
        }
        assert!(is_localhost("LOCALHOST") && is_localhost("app.localhost"));
        assert!(!is_localhost("localhost.evil.example") && !is_localhost("notlocalhost"));
    }
}
