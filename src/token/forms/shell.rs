//! Words of a command line for a POSIX shell.

use crate::text::is_unprintable;

/// The text as one word. What a shell would read otherwise is quoted; what a terminal would obey while the line is
/// pasted (a control character ends or edits the line there) is written in octal and made by `printf`. A NUL cannot
/// be in a word at all: see [`speakable`].
pub(super) fn word(text: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    // zsh reads =x as the path of the program x.
    if !text.is_empty() && !text.starts_with('=') && text.chars().all(bare) {
        return text.to_owned();
    }
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => out.push_str(r"'\''"),
            '\n' => out.push('\n'),
            c if is_unprintable(c) => {
                let mut bytes = [0; 4];
                let octal: Vec<String> =
                    c.encode_utf8(&mut bytes).bytes().map(|byte| format!("\\{byte:03o}")).collect();
                out.push_str(&format!("'\"$(printf '{}')\"'", octal.concat()));
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// `--flag word`, or `--flag=word` where the word would be taken for a flag.
pub(super) fn flag(name: &str, text: &str) -> String {
    let between = if text.starts_with('-') { '=' } else { ' ' };
    format!("{name}{between}{}", word(text))
}

/// Whether a command line can carry the text.
pub(super) fn speakable(text: &str) -> bool {
    !text.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_as_they_are() {
        for text in ["demo", "alice-7f3a", "video.canPublish=false", "wss://a.example:7880/x"] {
            assert_eq!(word(text), text);
        }
    }

    #[test]
    fn everything_else_is_quoted() {
        for (text, quoted) in [
            ("", "''"),
            ("a b", "'a b'"),
            ("$HOME `id` \\", r"'$HOME `id` \'"),
            ("it's", r"'it'\''s'"),
            ("~", "'~'"),
            ("=ls", "'=ls'"),
            ("a\nb", "'a\nb'"),
            ("\u{3}", r#"''"$(printf '\003')"''"#),
            ("\u{202e}", r#"''"$(printf '\342\200\256')"''"#),
        ] {
            assert_eq!(word(text), quoted);
        }
        assert_eq!(flag("--room", "-x"), "--room=-x");
        assert_eq!(flag("--room", "x y"), "--room 'x y'");
    }
}
