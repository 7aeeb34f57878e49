//! A pasted block of `LIVEKIT_URL=`, `LIVEKIT_API_KEY=`, `LIVEKIT_API_SECRET=` lines.

use super::Guarded;
use super::cleaning::assignment;

/// The fields found in a pasted block, still as typed: each goes through its own `parse`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// From `LIVEKIT_URL`, or a line that is an address.
    pub url: Option<String>,
    /// From `LIVEKIT_API_KEY`.
    pub key: Option<String>,
    /// From `LIVEKIT_API_SECRET`.
    pub secret: Option<Guarded>,
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Block")
            .field("url", &self.url)
            .field("key", &self.key)
            .field("secret", &self.secret.as_ref().map(|_| "(hidden)"))
            .finish()
    }
}

/// Reads a block of at least two lines of which at least two fields are recognised: `NAME=value` with any prefix
/// before `LIVEKIT_` (`NEXT_PUBLIC_LIVEKIT_URL`), or YAML's and JSON's `api_key: value`, or three bare lines
/// in the order URL, key, secret. `None` for anything else, so that an ordinary paste stays one, and for more
/// than 64 KiB.
#[must_use]
pub fn read_block(text: &str) -> Option<Block> {
    const LONGEST: usize = 64 << 10;
    if text.len() > LONGEST {
        return None;
    }
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    if !(2..=64).contains(&lines.len()) {
        return None;
    }
    let mut block = Block::default();
    for line in &lines {
        let Some((name, value)) = assignment(line).or_else(|| pair(line)) else { continue };
        let name = name.to_ascii_uppercase();
        if name.ends_with("API_SECRET") {
            block.secret = Some(value.to_owned().into());
        } else if name.ends_with("API_KEY") {
            block.key = Some(value.to_owned());
        } else if name.ends_with("LIVEKIT_URL") || name == "URL" || name == "WS_URL" {
            block.url = Some(value.to_owned());
        }
    }
    let found = [block.url.is_some(), block.key.is_some(), block.secret.is_some()];
    if found.into_iter().filter(|f| *f).count() >= 2 {
        return Some(block);
    }
    match lines[..] {
        [url, key, secret]
            if url.contains("://") && [key, secret].iter().all(|l| !l.contains([' ', ':'])) =>
        {
            Some(Block {
                url: Some(url.to_owned()),
                key: Some(key.to_owned()),
                secret: Some(secret.to_owned().into()),
            })
        }
        _ => None,
    }
}

/// `api_key: value`, `"apiKey": "value",`.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim_start_matches(['-', ' ']).split_once([':', '='])?;
    let value = value.trim().trim_end_matches(',');
    let name = match name.trim().trim_matches(['"', '\'']) {
        "apiKey" => "API_KEY",
        "apiSecret" => "API_SECRET",
        other => other,
    };
    (!value.is_empty()).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Option<(String, String, String)> {
        read_block(text).map(|b| {
            (
                b.url.unwrap_or_default(),
                b.key.unwrap_or_default(),
                b.secret.map(|s| s.to_string()).unwrap_or_default(),
            )
        })
    }

    #[test]
    fn a_block_fills_all_fields_however_it_is_written() {
        let want = Some(("wss://a.example".to_owned(), "APIfake".to_owned(), "fake-secret".to_owned()));
        for text in [
            "LIVEKIT_URL=wss://a.example\nLIVEKIT_API_KEY=APIfake\nLIVEKIT_API_SECRET=fake-secret\n",
            "# mine\nexport LIVEKIT_API_SECRET=fake-secret\n\nexport LIVEKIT_API_KEY=APIfake\nexport NEXT_PUBLIC_LIVEKIT_URL=wss://a.example",
            "- name: x\n  url: wss://a.example\n  api_key: APIfake\n  api_secret: fake-secret",
            "wss://a.example\nAPIfake\nfake-secret",
        ] {
            assert_eq!(fields(text), want, "{text}");
        }
    }

    #[test]
    fn an_ordinary_paste_stays_one() {
        for text in
            ["", "wss://a.example", "LIVEKIT_API_SECRET=fake-secret\n", "two\nlines", "{\n\"a\": 1\n}"]
        {
            assert_eq!(fields(text), None, "{text}");
        }
        let long = format!("LIVEKIT_API_KEY=APIfake\nLIVEKIT_API_SECRET={}", "a".repeat(64 << 10));
        assert_eq!(fields(&long), None);
    }
}
