//! Whether a token can be taken back, and what helps. The truth of LiveKit, not a wish.
//!
//! A self-hosted server (1.13.5) never reads `revoke_token_ts`: a token works until it expires, unless its key goes.
//! LiveKit Cloud refuses the tokens of a participant that was removed whose `nbf` is before that moment plus one
//! minute (protocol, livekit_room.proto, RoomParticipantIdentity; needs.md row 36). A participant inside stays there
//! when its token expires: the server hands it fresh ones (semantics.md section 3).

use super::Row;
use crate::clock::{Timestamp, relative};

/// The truth about one row at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// In sentences, the most important first.
    pub sentences: Vec<String>,
    /// The command of LiveKit's `lk` that helps, if one does. It asks a server, which roomkey does not.
    pub command: Option<String>,
}

impl Row {
    /// What can be done about it at `now`.
    #[must_use]
    pub fn revocation(&self, now: Timestamp) -> Revocation {
        let mut sentences = Vec::new();
        let command = if self.joins { self.remove_command() } else { None };
        if !self.is_alive(now) {
            sentences.push(format!("It expired {}: a server refuses it.", relative(self.expires_at, now)));
            if self.joins {
                sentences.push("Whoever is inside already stays until it leaves or is removed.".into());
            }
            return Revocation { sentences, command };
        }
        let by_key = if self.is_local_dev() {
            "start the server with another key, which ends every token of devkey".to_owned()
        } else {
            format!("make a new API key for the project, which ends every token of {}", self.key)
        };
        match (self.joins, self.is_cloud()) {
            (true, true) => {
                sentences.push(
                    "LiveKit Cloud takes it back when its participant is removed from the room.".into(),
                );
                sentences.push(
                    "A new token for the same participant may be refused for a minute after that.".into(),
                );
            }
            (true, false) => {
                sentences.push(format!(
                    "A self-hosted server cannot take it back: it works until it expires, unless you {by_key}."
                ));
                sentences.push("Removing the participant puts it out of the room; it can join again.".into());
            }
            (false, _) => {
                sentences.push(format!(
                    "It cannot be taken back: it works until it expires, unless you {by_key}."
                ));
            }
        }
        if command.is_some() && !self.is_local_dev() {
            sentences.push("lk takes the secret from LIVEKIT_API_SECRET.".into());
        }
        Revocation { sentences, command }
    }

    fn is_local_dev(&self) -> bool {
        self.key == "devkey" && self.url == "ws://localhost:7880"
    }

    /// `lk room participants remove`, as of lk 2.18.3 (cmd/lk/room.go). `None` for a batch, and where `lk` would read
    /// the room's name as a template (pkg/util/templates.go).
    fn remove_command(&self) -> Option<String> {
        let template = ["%t", "%x", "%U"].iter().any(|part| self.room.contains(part));
        if self.room.is_empty() || self.identity.is_empty() || self.count > 1 || template {
            return None;
        }
        let server = if self.is_local_dev() {
            "--dev".to_owned()
        } else {
            format!("--url {} --api-key {}", shell(&self.url), shell(&self.key))
        };
        let dashes = if self.identity.starts_with('-') { "-- " } else { "" };
        Some(format!(
            "lk {server} room participants remove --room={} {dashes}{}",
            shell(&self.room),
            shell(&self.identity)
        ))
    }
}

/// As one word of a POSIX shell.
fn shell(word: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '@' | ',' | '+');
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, row};
    use super::*;

    fn said(row: &Row, later: i64) -> (String, Option<String>) {
        let told = row.revocation(NOW.plus(later));
        (told.sentences.join(" "), told.command)
    }

    #[test]
    fn a_self_hosted_server_cannot_and_cloud_can() {
        let cloud = row("alice", 3_600);
        let (text, command) = said(&cloud, 60);
        assert!(text.starts_with("LiveKit Cloud takes it back when its participant is removed"), "{text}");
        assert!(text.contains("may be refused for a minute"), "{text}");
        assert_eq!(
            command.as_deref(),
            Some(
                "lk --url wss://acme.livekit.cloud --api-key APIfake room participants remove --room=demo alice"
            )
        );
        let own = Row { url: "wss://live.example".into(), ..cloud };
        let (text, command) = said(&own, 60);
        assert!(
            text.starts_with(
                "A self-hosted server cannot take it back: it works until it expires, unless you make"
            ),
            "{text}"
        );
        assert!(text.contains("a new API key") && text.contains("every token of APIfake"), "{text}");
        assert!(text.contains("it can join again") && command.is_some());
    }

    #[test]
    fn what_has_expired_is_refused_but_whoever_is_inside_stays() {
        let (text, command) = said(&row("alice", 60), 200);
        assert_eq!(
            text,
            "It expired 2 min 20 s ago: a server refuses it. Whoever is inside already stays until it leaves or is removed."
        );
        assert!(command.is_some());
        // The leeway is over after a minute, not before.
        assert!(said(&row("alice", 60), 119).0.starts_with("LiveKit Cloud"));
        assert!(said(&row("alice", 60), 120).0.starts_with("It expired"));
    }

    #[test]
    fn a_token_that_joins_nothing_ends_only_with_its_key() {
        let row = Row { joins: false, room: String::new(), identity: String::new(), ..row("", 3_600) };
        let (text, command) = said(&row, 0);
        assert!(text.starts_with("It cannot be taken back") && text.contains("a new API key"), "{text}");
        assert_eq!(command, None);
    }

    #[test]
    fn a_command_is_safe_to_paste_and_absent_where_lk_would_do_something_else() {
        let odd = Row { room: "it's $(here)".into(), ..row("-rf会", 3_600) };
        assert!(said(&odd, 0).1.unwrap().ends_with(r"--room='it'\''s $(here)' -- '-rf会'"));
        let dev = Row { url: "ws://localhost:7880".into(), key: "devkey".into(), ..row("alice", 3_600) };
        assert_eq!(said(&dev, 0).1.unwrap(), "lk --dev room participants remove --room=demo alice");
        let (text, _) = said(&dev, 0);
        assert!(
            text.contains("start the server with another key") && !text.contains("LIVEKIT_API_SECRET"),
            "{text}"
        );
        assert_eq!(said(&Row { room: "demo-%t".into(), ..row("alice", 3_600) }, 0).1, None);
        assert_eq!(said(&Row { count: 50, ..row("load-1", 3_600) }, 0).1, None);
    }
}
