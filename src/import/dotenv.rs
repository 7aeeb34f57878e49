//! `.env` files, as the tools write them.

use zeroize::Zeroizing;

/// The value of a variable: the last one counts, quotes come off, a comment behind it too.
#[must_use]
pub fn value_of(text: &str, variable: &str) -> Option<Zeroizing<String>> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim();
            let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
            (name.trim() == variable).then(|| unquoted(value.trim()))
        })
        .rfind(|value| !value.is_empty())
        .map(|value| Zeroizing::new(value.to_owned()))
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some((inner, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner;
        }
    }
    value.split(" #").next().unwrap_or(value).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_env_file_is_read_as_the_tools_write_it() {
        let text = "\
# LIVEKIT_URL=wss://old.example
export LIVEKIT_URL=wss://a.example # the staging one
LIVEKIT_API_KEY='APIfake'
LIVEKIT_API_SECRET=first-fake
LIVEKIT_API_SECRET=\"fake # secret==\" # mine
NEXT_PUBLIC_LIVEKIT_URL=wss://other.example
";
        let value = |name| value_of(text, name).map(|value| value.to_string());
        assert_eq!(value("LIVEKIT_URL").as_deref(), Some("wss://a.example"));
        assert_eq!(value("LIVEKIT_API_KEY").as_deref(), Some("APIfake"));
        assert_eq!(value("LIVEKIT_API_SECRET").as_deref(), Some("fake # secret=="));
        assert_eq!(value("LIVEKIT_REGION"), None);
    }
}
