//! Many tokens as text: a line for each, in one of a few forms.

use crate::claims::Claims;
use crate::clock::Timestamp;

/// How many tokens are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line.
    #[default]
    Jsonl,
    /// A table.
    Csv,
    /// Variables.
    Env,
    /// The tokens alone.
    Token,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Jsonl, Self::Csv, Self::Env, Self::Token];

    /// What it is called where one is chosen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Env => "env",
            Self::Token => "token",
        }
    }

    /// What its lines are.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Jsonl => "{identity, room, name, access_token, expires_at} a line",
            Self::Csv => "The same as a table, with a first line of names",
            Self::Env => "LIVEKIT_TOKEN_1=... by the number of the row",
            Self::Token => "The tokens alone",
        }
    }
}

/// Whose a token is: what stands beside it in its line.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'a> {
    /// Who joins with it.
    pub identity: &'a str,
    /// The room.
    pub room: &'a str,
    /// The display name.
    pub name: &'a str,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl<'a> From<&'a Claims> for Whose<'a> {
    fn from(claims: &'a Claims) -> Self {
        Self {
            identity: &claims.identity,
            room: &claims.grants.video.room,
            name: &claims.grants.name,
            expires_at: claims.expires_at.unwrap_or(Timestamp::from_unix(0)),
        }
    }
}

/// Writes the lines of one format.
pub struct Lines {
    format: Format,
    /// The last instant written out: mostly the next is the same.
    last: Option<(Timestamp, String)>,
}

/// What every line of a table is about.
const HEADER: &str = "identity,room,name,access_token,expires_at\n";

impl Lines {
    /// A writer of this format.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format, last: None }
    }

    /// What stands above all lines.
    #[must_use]
    pub fn header(format: Format) -> &'static str {
        if format == Format::Csv { HEADER } else { "" }
    }

    /// Appends the line of a token, the `row`th. `sign` appends the token itself.
    ///
    /// # Errors
    /// What `sign` says; half a line is then there.
    pub fn write<E>(
        &mut self,
        row: u64,
        whose: &Whose<'_>,
        out: &mut String,
        sign: impl FnOnce(&mut String) -> Result<(), E>,
    ) -> Result<(), E> {
        let texts = [whose.identity, whose.room, whose.name];
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
                out.push_str(self.expiry(whose.expires_at));
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
                out.push_str(self.expiry(whose.expires_at));
                out.push_str("\"}");
            }
        }
        out.push('\n');
        Ok(())
    }

    fn expiry(&mut self, at: Timestamp) -> &str {
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
                .write(row, &(&claims).into(), &mut out, |out| {
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
