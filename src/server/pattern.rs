//! Patterns for rooms, identities and agents: `*` stands for any text, `?` for one character, everything else for
//! itself. Letters are told apart by case, as LiveKit does.

use std::fmt;

/// `support-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

/// The longest pattern, in bytes. LiveKit's names have 256.
const LONGEST: usize = 256;

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`PatternError`] for one that is empty or longer than any name.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        match text.len() {
            0 => Err(PatternError::Empty),
            1..=LONGEST => Ok(Self(text.to_owned())),
            bytes => Err(PatternError::TooLong { bytes }),
        }
    }

    /// The pattern that everything matches.
    #[must_use]
    pub fn any() -> Self {
        Self("*".into())
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole text is like this. Takes at most the product of the two lengths, whatever they say.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let (mut pattern, mut rest) = (self.0.as_str(), text);
        // Where to go on when what came after the last star does not fit: one character later.
        let mut retry: Option<(&str, &str)> = None;
        loop {
            let mut ahead = pattern.chars();
            match (ahead.next(), rest.chars().next()) {
                (Some('*'), _) => {
                    pattern = ahead.as_str();
                    retry = Some((pattern, rest));
                    continue;
                }
                (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {
                    pattern = ahead.as_str();
                    rest = &rest[found.len_utf8()..];
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            let Some((after_star, from)) = retry else { return false };
            let Some(skipped) = from.chars().next() else { return false };
            rest = &from[skipped.len_utf8()..];
            pattern = after_star;
            retry = Some((after_star, rest));
        }
    }

    /// A text that matches, made with `filling` in the place of what is open: `support-7f3a` for `support-*`,
    /// `room-7f3a` for `*` and the word `room`. A pattern without anything open gives itself.
    #[must_use]
    pub fn example(&self, word: &str, filling: &str) -> String {
        if self.0 == "*" {
            return format!("{word}-{filling}");
        }
        let mut digits = filling.chars().cycle();
        let mut filled = false;
        let mut out = String::with_capacity(self.0.len() + filling.len());
        for c in self.0.chars() {
            match c {
                '*' if filled => {}
                '*' => {
                    out.push_str(filling);
                    filled = true;
                }
                '?' => out.push(digits.next().unwrap_or('0')),
                c => out.push(c),
            }
        }
        out
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing in it: it would match nothing.
    #[error("a pattern is empty")]
    Empty,
    /// Longer than any name.
    #[error("a pattern has {bytes} bytes; no name has more than 256")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
}

impl PatternError {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> String {
        "write a name, or a part of one with * for any text, such as support-*".into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn stars_and_question_marks_stand_for_what_they_say() {
        for (wanted, text, so) in [
            ("*", "", true),
            ("*", "anything/at all", true),
            ("demo", "demo", true),
            ("demo", "Demo", false),
            ("demo", "demo2", false),
            ("demo-*", "demo-", true),
            ("demo-*", "demo", false),
            ("*-demo", "a-demo-demo", true),
            ("a*b*c", "a1b2b3c", true),
            ("a*b*c", "a1b2b3", false),
            ("会議-?", "会議-一", true),
            ("会議-?", "会議-", false),
            ("?", "ab", false),
            ("**", "", true),
        ] {
            assert_eq!(pattern(wanted).matches(text), so, "{wanted} {text}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_what_one_is() {
        assert_eq!(Pattern::parse("").unwrap_err(), PatternError::Empty);
        let long = Pattern::parse(&"x".repeat(257)).unwrap_err();
        assert_eq!(long.to_string(), "a pattern has 257 bytes; no name has more than 256");
        assert!(long.hint().contains("support-*"));
    }

    #[test]
    fn an_example_is_named_after_the_pattern() {
        assert_eq!(pattern("*").example("room", "7f3a"), "room-7f3a");
        assert_eq!(pattern("support-*").example("room", "7f3a"), "support-7f3a");
        assert_eq!(pattern("lobby").example("room", "7f3a"), "lobby");
        assert_eq!(pattern("a-??-*-*").example("room", "7f3a"), "a-7f-7f3a-");
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        let hostile = pattern(&"*a".repeat(128));
        assert!(!hostile.matches(&"a".repeat(60_000)[..].replace("aaaaaaaa", "aaaaaaab")));
    }

    proptest! {
        #[test]
        fn an_example_matches_its_own_pattern(text in "[a-z会*?-]{1,20}", filling in "[0-9a-f]{1,12}") {
            let pattern = pattern(&text);
            prop_assert!(pattern.matches(&pattern.example("room", &filling)));
        }

        #[test]
        fn a_pattern_without_stars_matches_itself_alone(text in "[a-z会]{1,20}", other in "[a-z会]{0,20}") {
            prop_assert_eq!(pattern(&text).matches(&other), text == other);
        }
    }
}
