//! How a batch is written: a line for each token.

use clap::ValueEnum;

use crate::claims::Claims;
use crate::clock::Timestamp;

/// `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// {identity, room, name, access_token, expires_at} a line
    #[default]
    Jsonl,
    /// The same as a table, with a first line of names
    Csv,
    /// LIVEKIT_TOKEN_1=... by the number of the row
    Env,
    /// The tokens alone
    Token,
}

/// Writes the lines of one format.
pub(super) struct Lines {
    format: Format,
    /// The last instant written out: mostly the next is the same.
    last: Option<(Timestamp, String)>,
}

/// What every line of a table is about.
const HEADER: &str = "identity,room,name,access_token,expires_at\n";

impl Lines {
    pub(super) fn new(format: Format) -> Self {
        Self { format, last: None }
    }

    /// What stands above all lines.
    pub(super) fn header(format: Format) -> &'static str {
        if format == Format::Csv { HEADER } else { "" }
    }

    /// Appends the line of a token. `sign` appends the token itself.
    pub(super) fn write<E>(
        &mut self,
        row: u64,
        claims: &Claims,
        out: &mut String,
        sign: impl FnOnce(&mut String) -> Result<(), E>,
    ) -> Result<(), E> {
        let texts = [&claims.identity, &claims.grants.video.room, &claims.grants.name];
        match self.format {
            Format::Token => sign(out)?,
            Format::Env => {
                out.push_str("LIVEKIT_TOKEN_");
                out.push_str(&row.to_string());
                out.push('=');
                sign(out)?;
            }
            Format::Csv => {
                for text in texts {
                    cell(text, out);
                    out.push(',');
                }
                sign(out)?;
                out.push(',');
                out.push_str(self.expiry(claims));
            }
            Format::Jsonl => {
                for (name, text) in ["{\"identity\":", ",\"room\":", ",\"name\":"].iter().zip(texts) {
                    out.push_str(name);
                    // A text always is JSON.
                    out.push_str(&serde_json::to_string(text).unwrap_or_default());
                }
                // A token is letters, digits, dots, - and _.
                out.push_str(",\"access_token\":\"");
                sign(out)?;
                out.push_str("\",\"expires_at\":\"");
                out.push_str(self.expiry(claims));
                out.push_str("\"}");
            }
        }
        out.push('\n');
        Ok(())
    }

    fn expiry(&mut self, claims: &Claims) -> &str {
        let at = claims.expires_at.unwrap_or(Timestamp::from_unix(0));
        let same = self.last.as_ref().is_some_and(|(last, _)| *last == at);
        if !same {
            self.last = None;
        }
        &self.last.get_or_insert_with(|| (at, at.iso())).1
    }
}

/// A value of a table, in quotes where it needs them (RFC 4180).
fn cell(text: &str, out: &mut String) {
    if text.contains([',', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(format: Format) -> String {
        let mut out = Lines::header(format).to_owned();
        let mut lines = Lines::new(format);
        for (row, identity) in [(1, "alice"), (2, "b,\"c\"\n")] {
            let claims = Claims {
                identity: identity.into(),
                expires_at: Some(Timestamp::from_unix(1_795_534_927)),
                ..Claims::default()
            };
            lines
                .write(row, &claims, &mut out, |out| {
                    out.push_str("a.b.c");
                    Ok::<(), ()>(())
                })
                .unwrap();
        }
        out
    }

    #[test]
    fn every_format_is_what_its_readers_read() {
        assert_eq!(lines(Format::Token), "a.b.c\na.b.c\n");
        assert_eq!(lines(Format::Env), "LIVEKIT_TOKEN_1=a.b.c\nLIVEKIT_TOKEN_2=a.b.c\n");
        assert_eq!(
            lines(Format::Csv),
            "identity,room,name,access_token,expires_at\nalice,,,a.b.c,2026-11-24T15:42:07Z\n\
             \"b,\"\"c\"\"\n\",,,a.b.c,2026-11-24T15:42:07Z\n"
        );
        let second = lines(Format::Jsonl).lines().nth(1).unwrap().to_owned();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&second).unwrap(),
            serde_json::json!({"identity": "b,\"c\"\n", "room": "", "name": "", "access_token": "a.b.c",
                               "expires_at": "2026-11-24T15:42:07Z"})
        );
    }
}
