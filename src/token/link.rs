//! A link that joins: LiveKit Meet with the server and the token in it.

use super::Token;
use crate::project::ServerUrl;
use crate::text::Sensitive;

/// `https://meet.livekit.io/custom?liveKitUrl=…&token=…`, as `lk token create --open meet` makes it. Whoever has
/// the link has the token.
#[must_use]
pub fn meet(server: &ServerUrl, token: &Token) -> Sensitive {
    meet_with(server, token.expose())
}

pub(super) fn meet_with(server: &ServerUrl, token: &str) -> Sensitive {
    Sensitive::new(format!(
        "https://meet.livekit.io/custom?liveKitUrl={}&token={token}",
        encoded(&server.ws())
    ))
}

/// The text as the value of a query: all but letters, digits and `-._~` in percent.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_encoded_and_the_token_stands_as_it_is() {
        let server = ServerUrl::parse("wss://x.livekit.cloud").unwrap().value;
        let token = Token(Sensitive::new("a.b.c".into()));
        assert_eq!(
            meet(&server, &token).expose(),
            "https://meet.livekit.io/custom?liveKitUrl=wss%3A%2F%2Fx.livekit.cloud&token=a.b.c"
        );
    }
}
