//! A webhook as it came in: from a body and a header, or from a whole request as a tool saved it.

/// What a receiver got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The value of `Authorization`, as it came; `None` without that header.
    pub authorization: Option<String>,
    /// The value of `Content-Type`.
    pub content_type: Option<String>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl Request {
    /// Reads a request as it goes over the wire: `POST /webhook HTTP/1.1`, headers, an empty line, the body. `None` if
    /// the text does not begin like one.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let first = bytes.split(|byte| *byte == b'\n').next()?;
        let first = std::str::from_utf8(first).ok()?.trim_end();
        let mut words = first.split(' ');
        let method = words.next()?.bytes().all(|byte| byte.is_ascii_uppercase()) && !first.is_empty();
        if !method || !words.next_back()?.starts_with("HTTP/") {
            return None;
        }
        let mut request = Self::default();
        let mut rest = &bytes[first.len()..];
        loop {
            rest = after_line(rest)?;
            let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                request.body = after_line(rest).unwrap_or_default().to_vec();
                return Some(request);
            }
            let Some((name, value)) = std::str::from_utf8(line).ok().and_then(|line| line.split_once(':'))
            else {
                continue;
            };
            let value = Some(value.trim().to_owned());
            match name.to_ascii_lowercase().as_str() {
                "authorization" => request.authorization = value,
                "content-type" => request.content_type = value,
                _ => {}
            }
        }
    }
}

/// What stands behind the first line break.
fn after_line(bytes: &[u8]) -> Option<&[u8]> {
    let at = bytes.iter().position(|byte| *byte == b'\n')?;
    Some(&bytes[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_request_is_header_and_body() {
        for end in ["\r\n", "\n"] {
            let text = [
                "POST /hook HTTP/1.1",
                "Host: a",
                "AUTHORIZATION:  abc ",
                "content-type: x/y",
                "",
                "{\"a\":1}\r\n",
            ];
            let request = Request::parse(text.join(end).as_bytes()).unwrap();
            assert_eq!(request.authorization.as_deref(), Some("abc"));
            assert_eq!(request.content_type.as_deref(), Some("x/y"));
            assert_eq!(request.body, b"{\"a\":1}\r\n");
        }
    }

    #[test]
    fn a_body_alone_is_no_request() {
        for text in ["", "{}", "{\"event\": \"x\"}\n\n", "POST", "HTTP/1.1 200 OK\n\n", "POST / HTTP/1.1"] {
            assert_eq!(Request::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Request::parse(b"POST / HTTP/1.1\n\xff\xfe\n\n").unwrap().body, b"");
    }
}
