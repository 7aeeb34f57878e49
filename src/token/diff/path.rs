//! Where a value stands, without writing the way to it out again for every value: a token of 1 MiB may have a
//! hundred thousand values under one key of any length.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use crate::text::is_unprintable;

/// A key is shown up to here.
const LONGEST_KEY: usize = 120;

/// A path is shown up to here.
const LONGEST: usize = 1_000;

/// A place in a token: `video.canPublish`, `roomConfig.agents.0.agentName`, `attributes["lk.x"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Option<Arc<Link>>);

#[derive(Debug, PartialEq, Eq)]
struct Link {
    from: Path,
    step: Step,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Key(Box<str>),
    Item(usize),
}

impl Path {
    pub(super) fn key(&self, key: &str) -> Self {
        self.to(Step::Key(key.into()))
    }

    pub(super) fn item(&self, index: usize) -> Self {
        self.to(Step::Item(index))
    }

    /// The key, if it is one at the top.
    pub(super) fn only_key(&self) -> Option<&str> {
        match self.0.as_deref() {
            Some(Link { from: Self(None), step: Step::Key(key) }) => Some(key),
            _ => None,
        }
    }

    fn to(&self, step: Step) -> Self {
        Self(Some(Arc::new(Link { from: self.clone(), step })))
    }

    fn steps(&self) -> Vec<&Step> {
        let mut steps = Vec::new();
        let mut at = self;
        while let Some(link) = &at.0 {
            steps.push(&link.step);
            at = &link.from;
        }
        steps.reverse();
        steps
    }
}

impl fmt::Display for Path {
    /// Keys that would not be told apart otherwise stand in brackets; keys and paths of great length are cut.
    /// Never writes anything that a terminal would obey.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        for step in self.steps() {
            if out.len() > LONGEST {
                out.push('…');
                break;
            }
            match step {
                Step::Item(index) => _ = write!(out, ".{index}"),
                Step::Key(key) if is_plain(key) => {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(key);
                }
                Step::Key(key) => {
                    out.push_str("[\"");
                    for c in key.chars().take(LONGEST_KEY) {
                        match c {
                            '"' | '\\' => out.extend(['\\', c]),
                            c if is_unprintable(c) => out.extend(c.escape_default()),
                            c => out.push(c),
                        }
                    }
                    out.push_str(if key.chars().nth(LONGEST_KEY).is_some() { "…\"]" } else { "\"]" });
                }
            }
        }
        f.write_str(&out)
    }
}

/// Whether a key can stand between dots: no dot in it, no index, nothing to write out.
fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= LONGEST_KEY
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        && !key.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_one_would_write_it_and_no_two_are_alike() {
        let top = Path::default();
        let agents = top.key("roomConfig").key("agents");
        assert_eq!(agents.item(0).key("agentName").to_string(), "roomConfig.agents.0.agentName");
        assert_eq!(top.key("a").key("b").to_string(), "a.b");
        assert_eq!(top.key("a.b").to_string(), r#"["a.b"]"#);
        assert_eq!(agents.key("0").to_string(), r#"roomConfig.agents["0"]"#);
        assert_eq!(top.key("").to_string(), r#"[""]"#);
        assert_eq!(top.key("q\"\\\u{1b}\u{202e}").to_string(), r#"["q\"\\\u{1b}\u{202e}"]"#);
    }

    #[test]
    fn neither_a_long_key_nor_a_long_way_fills_the_screen() {
        let mut path = Path::default();
        for _ in 0..100 {
            path = path.key(&"k".repeat(1_000));
        }
        assert!(path.to_string().len() < 1_300, "{}", path.to_string().len());
    }
}
