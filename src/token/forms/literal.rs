//! Texts and JSON as literals of a programming language: what stands between the quotes is what comes out, and what
//! the reader sees is what stands there. Characters that hide or turn text are escaped everywhere.

use serde_json::Value;

use crate::text::is_unprintable;

/// A language, as far as its literals go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    JavaScript,
    Go,
    Rust,
}

impl Language {
    /// The text as a literal of a string.
    pub(super) fn text(self, text: &str) -> String {
        let has = |c| text.contains(c);
        let plain = !text.contains(is_unprintable);
        match self {
            // Fewer backslashes: JSON in a literal is read more often than written.
            Self::Go if plain && (has('"') || has('\\')) && !has('`') => format!("`{text}`"),
            Self::Rust if plain && (has('"') || has('\\')) && !text.contains("\"#") => {
                format!("r#\"{text}\"#")
            }
            Self::Python if has('"') && !has('\'') => self.quoted(text, '\''),
            Self::JavaScript if has('"') || !has('\'') => self.quoted(text, '\''),
            _ => self.quoted(text, '"'),
        }
    }

    fn quoted(self, text: &str, quote: char) -> String {
        let mut out = String::with_capacity(text.len() + 2);
        out.push(quote);
        for c in text.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c == quote => out.extend(['\\', c]),
                c if is_unprintable(c) => out.push_str(&self.escape(c)),
                c => out.push(c),
            }
        }
        out.push(quote);
        out
    }

    fn escape(self, c: char) -> String {
        let code = u32::from(c);
        match self {
            Self::Rust => format!("\\u{{{code:x}}}"),
            Self::JavaScript if code > 0xffff => format!("\\u{{{code:x}}}"),
            _ if code > 0xffff => format!("\\U{code:08x}"),
            _ => format!("\\u{code:04x}"),
        }
    }

    /// JSON as a literal of the language, its lines behind the first indented by `indent`. For the two that have
    /// such literals, Python and JavaScript; the others take JSON as a text.
    pub(super) fn value(self, value: &Value, indent: &str) -> String {
        let python = self == Self::Python;
        let inner = format!("{indent}{}", self.step());
        match value {
            Value::Null => if python { "None" } else { "null" }.into(),
            Value::Bool(true) if python => "True".into(),
            Value::Bool(false) if python => "False".into(),
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.value(item, &inner)).collect();
                self.wrapped('[', &items, ']', indent)
            }
            Value::Object(map) => {
                let pairs: Vec<String> =
                    map.iter().map(|(key, value)| self.pair(key, value, &inner)).collect();
                self.wrapped('{', &pairs, '}', indent)
            }
        }
    }

    /// A member of an object: `key: value`.
    pub(super) fn pair(self, key: &str, value: &Value, indent: &str) -> String {
        format!("{}: {}", self.key(key), self.value(value, indent))
    }

    fn key(self, key: &str) -> String {
        let starts = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$');
        let identifier = starts && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
        match self {
            // As a plain key it would set the object's prototype.
            Self::JavaScript if key == "__proto__" => "['__proto__']".into(),
            Self::JavaScript if identifier => key.to_owned(),
            _ => self.text(key),
        }
    }

    /// How far one level is indented.
    pub(super) fn step(self) -> &'static str {
        match self {
            Self::Python | Self::Rust => "    ",
            Self::JavaScript => "  ",
            Self::Go => "\t",
        }
    }

    /// The items between brackets: in one line if that is short, else one a line with a comma behind each.
    pub(super) fn wrapped(self, open: char, items: &[String], close: char, indent: &str) -> String {
        let spaced = open == '{' && matches!(self, Self::JavaScript | Self::Rust);
        let pad = if spaced && !items.is_empty() { " " } else { "" };
        let line = format!("{open}{pad}{}{pad}{close}", items.join(", "));
        if line.len() <= 72 && !line.contains('\n') {
            return line;
        }
        let mut out = format!("{open}\n");
        for item in items {
            out.push_str(&format!("{indent}{}{item},\n", self.step()));
        }
        format!("{out}{indent}{close}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ODD: &str = "a\"b'c`d\\e\nf\tg\r${x} é 会\u{1f600}\u{202e}\u{0}\u{e0001}\"#";

    #[test]
    fn each_language_quotes_in_its_own_way() {
        let said = |language: Language, text| language.text(text);
        assert_eq!(said(Language::Python, "it's"), r#""it's""#);
        assert_eq!(said(Language::Python, r#"{"a":1}"#), r#"'{"a":1}'"#);
        assert_eq!(said(Language::JavaScript, "it's ${x}"), r#""it's ${x}""#);
        assert_eq!(said(Language::JavaScript, "demo"), "'demo'");
        assert_eq!(said(Language::Go, r#"{"a":"\n"}"#), r#"`{"a":"\n"}`"#);
        assert_eq!(said(Language::Go, "`\"`"), r#""`\"`""#);
        assert_eq!(said(Language::Rust, r#"{"a":1}"#), r##"r#"{"a":1}"#"##);
        assert_eq!(said(Language::Rust, "\"#"), r##""\"#""##);
    }

    #[test]
    fn nothing_that_hides_or_turns_text_is_left_in_a_literal() {
        for language in [Language::Python, Language::JavaScript, Language::Go, Language::Rust] {
            let literal = language.text(ODD);
            assert!(!literal.contains(is_unprintable), "{literal}");
        }
        assert_eq!(Language::Rust.text("\u{202e}"), r#""\u{202e}""#);
        assert_eq!(Language::Go.text("\u{e0001}"), r#""\U000e0001""#);
        assert_eq!(Language::Python.text("\u{202e}\0"), r#""\u202e\u0000""#);
        assert_eq!(Language::JavaScript.text("\u{e0001}"), r"'\u{e0001}'");
    }

    #[test]
    fn json_becomes_the_literals_of_the_language() {
        let value = json!({"ok": true, "none": null, "a-b": [1, 2.5], "__proto__": {"x": "y"}});
        assert_eq!(
            Language::JavaScript.value(&value, ""),
            "{ ok: true, none: null, 'a-b': [1, 2.5], ['__proto__']: { x: 'y' } }"
        );
        assert_eq!(
            Language::Python.value(&value, ""),
            r#"{"ok": True, "none": None, "a-b": [1, 2.5], "__proto__": {"x": "y"}}"#
        );
    }

    #[test]
    fn what_is_too_long_for_a_line_has_one_each() {
        let value = json!({"first": "x".repeat(40), "second": "y".repeat(40)});
        let (x, y) = ("x".repeat(40), "y".repeat(40));
        assert_eq!(
            Language::JavaScript.value(&value, "  "),
            format!("{{\n    first: '{x}',\n    second: '{y}',\n  }}")
        );
    }
}
