//! The settings: what a user chose once, without secrets, in `settings.toml` of the configuration folder.
//!
//! People edit this file too. A wrong value is an error that names the line; what roomkey does not know it
//! leaves where it is, comments included.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::files::{Disk, FileError, Others, Paths, read};
use crate::project::ProjectName;
use crate::text::{did_you_mean, visible};

pub mod pin;
pub mod policies;
pub mod presets;
pub mod serve;
mod words;

pub use self::words::{Backend, Theme, UnknownWord};

/// What a user chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `store`: where projects are kept; `None` as long as nothing has been chosen.
    pub store: Option<Backend>,
    /// `default_project`: the project of commands that name none.
    pub default_project: Option<ProjectName>,
    /// `clear_token_seconds`: how long a copied token stays on the clipboard; `None` (written `0`) for ever.
    pub clear_token_after: Option<Duration>,
    /// `clear_secret_seconds`: the same for a copied secret.
    pub clear_secret_after: Option<Duration>,
    /// `ledger`: whether the tokens that are issued are written down.
    pub ledger: bool,
    /// `mouse`: whether the terminal's mouse is taken.
    pub mouse: bool,
    /// `ascii`: whether borders are drawn with `+-|`; `None` leaves it to the locale.
    pub ascii: Option<bool>,
    /// `theme`: the colours.
    pub theme: Theme,
    /// What was chosen for the Serve screen.
    pub serve: serve::Serve,
    /// Keys in the file that roomkey does not know: kept, but worth a word.
    pub unknown: Vec<UnknownKey>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            store: None,
            default_project: None,
            clear_token_after: Some(Duration::from_secs(45)),
            clear_secret_after: Some(Duration::from_secs(15)),
            ledger: true,
            mouse: false,
            ascii: None,
            theme: Theme::default(),
            serve: serve::Serve::default(),
            unknown: Vec::new(),
        }
    }
}

/// A key of the file that means nothing to roomkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// The key.
    pub key: String,
    /// Its line, counted from 1.
    pub line: usize,
    /// What was probably meant.
    pub nearest: Option<&'static str>,
}

/// One setting: its key, how it is read, and how it is written. `None` is not written.
struct Row {
    key: &'static str,
    wants: &'static str,
    read: fn(&mut Settings, &DeValue<'_>) -> Option<()>,
    write: fn(&Settings) -> Option<String>,
}

/// Every setting there is.
const ROWS: [Row; 12] = [
    Row {
        key: "store",
        wants: "\"keyring\", \"vault\", \"memory\" or \"env\"",
        read: |s, v| v.as_str()?.parse().ok().map(|backend| s.store = Some(backend)),
        write: |s| s.store.map(|backend| quoted(backend.as_str())),
    },
    Row {
        key: "default_project",
        wants: "the name of a project, in quotes",
        read: |s, v| ProjectName::parse(v.as_str()?).ok().map(|name| s.default_project = Some(name)),
        write: |s| s.default_project.as_ref().map(|name| quoted(name.as_str())),
    },
    Row {
        key: "clear_token_seconds",
        wants: "a number of seconds up to 86400, or 0 for never",
        read: |s, v| seconds(v).map(|after| s.clear_token_after = after),
        write: |s| Some(s.clear_token_after.map_or(0, |after| after.as_secs()).to_string()),
    },
    Row {
        key: "clear_secret_seconds",
        wants: "a number of seconds up to 86400, or 0 for never",
        read: |s, v| seconds(v).map(|after| s.clear_secret_after = after),
        write: |s| Some(s.clear_secret_after.map_or(0, |after| after.as_secs()).to_string()),
    },
    Row {
        key: "ledger",
        wants: "true or false",
        read: |s, v| v.as_bool().map(|on| s.ledger = on),
        write: |s| Some(s.ledger.to_string()),
    },
    Row {
        key: "mouse",
        wants: "true or false",
        read: |s, v| v.as_bool().map(|on| s.mouse = on),
        write: |s| Some(s.mouse.to_string()),
    },
    Row {
        key: "ascii",
        wants: "true or false",
        read: |s, v| v.as_bool().map(|on| s.ascii = Some(on)),
        write: |s| s.ascii.map(|on| on.to_string()),
    },
    Row {
        key: "theme",
        wants: "\"terminal\", \"dark\", \"light\" or \"high-contrast\"",
        read: |s, v| v.as_str()?.parse().ok().map(|theme| s.theme = theme),
        write: |s| Some(quoted(s.theme.as_str())),
    },
    Row {
        key: "serve_port",
        wants: "a port from 0 to 65535; 0 is any that is free",
        read: |s, v| serve::port(v).map(|port| s.serve.port = port),
        write: |s| Some(s.serve.port.to_string()),
    },
    Row {
        key: "serve_webhook_port",
        wants: "a port from 0 to 65535; 0 is any that is free",
        read: |s, v| serve::port(v).map(|port| s.serve.webhook_port = port),
        write: |s| Some(s.serve.webhook_port.to_string()),
    },
    Row {
        key: "serve_origins",
        wants: "a list of origins: [\"https://app.example.com\"]",
        read: |s, v| serve::texts(v).map(|origins| s.serve.origins = origins),
        write: |s| serve::written(&s.serve.origins),
    },
    Row {
        key: "serve_policy",
        wants: "the path of a policy file, in quotes",
        read: |s, v| v.as_str().map(|path| s.serve.policy = Some(path.to_owned())),
        write: |s| s.serve.policy.as_deref().map(quoted),
    },
];

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// `Some(None)` is "never".
#[expect(clippy::option_option, reason = "outside: is it a value; inside: does it mean never")]
fn seconds(value: &DeValue<'_>) -> Option<Option<Duration>> {
    let number = value.as_integer()?;
    let seconds = u64::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| *n <= 86_400)?;
    Some((seconds > 0).then(|| Duration::from_secs(seconds)))
}

impl Settings {
    /// Reads the text of a settings file; `path` is for the errors.
    ///
    /// # Errors
    /// [`SettingsError::Syntax`] or [`SettingsError::Value`], with the line.
    pub fn parse(text: &str, path: &Path) -> Result<Self, SettingsError> {
        let table = parse_table(text, path)?;
        let mut settings = Self::default();
        for (key, value) in table.get_ref() {
            let line = line_of(text, key.span().start);
            match ROWS.iter().find(|row| row.key == key.get_ref().as_ref()) {
                Some(row) => {
                    (row.read)(&mut settings, value.get_ref()).ok_or_else(|| SettingsError::Value {
                        path: path.to_owned(),
                        line,
                        key: row.key,
                        wants: row.wants,
                    })?;
                }
                None => settings.unknown.push(UnknownKey {
                    key: key.get_ref().to_string(),
                    line,
                    nearest: did_you_mean(key.get_ref(), ROWS.iter().map(|row| row.key)),
                }),
            }
        }
        settings.unknown.sort_by_key(|unknown| unknown.line);
        Ok(settings)
    }

    /// The text with every setting in which `self` differs from `before` changed, and all else as it was.
    fn patch(&self, before: &Self, text: &str, path: &Path) -> Result<String, SettingsError> {
        let mut text = text.to_owned();
        for row in &ROWS {
            let wanted = (row.write)(self);
            if wanted == (row.write)(before) {
                continue;
            }
            let table = parse_table(&text, path)?;
            let there = table.get_ref().iter().find(|(key, _)| key.get_ref().as_ref() == row.key);
            let spans = there.map(|(key, value)| (key.span(), value.span()));
            let free = end_of_plain_keys(&text, table.get_ref());
            drop(table);
            match (spans, wanted) {
                (Some((_, value)), Some(new)) => text.replace_range(value, &new),
                (Some((key, value)), None) => {
                    text.replace_range(whole_lines(&text, key.start..value.end), "");
                }
                (None, Some(new)) => {
                    let gap = if text[..free].is_empty() || text[..free].ends_with('\n') { "" } else { "\n" };
                    text.insert_str(free, &format!("{gap}{} = {new}\n", row.key));
                }
                (None, None) => {}
            }
        }
        Ok(text)
    }
}

fn parse_table<'t>(text: &'t str, path: &Path) -> Result<Spanned<DeTable<'t>>, SettingsError> {
    DeTable::parse(text).map_err(|error| SettingsError::Syntax {
        path: path.to_owned(),
        line: line_of(text, error.span().map_or(0, |span| span.start)),
        problem: visible(error.message()).replace('\n', ", "),
    })
}

/// Where a key can be added so that it belongs to no `[table]`: behind the last one that does not.
fn end_of_plain_keys(text: &str, table: &DeTable<'_>) -> usize {
    let last = table
        .iter()
        .filter(|(_, value)| {
            let array_of_tables =
                value.get_ref().as_array().is_some_and(|array| array.iter().any(|v| v.get_ref().is_table()));
            !value.get_ref().is_table() && !array_of_tables
        })
        .map(|(_, value)| value.span().end)
        .max();
    match last {
        Some(end) => whole_lines(text, end..end).end,
        None if text.starts_with('\u{feff}') => '\u{feff}'.len_utf8(),
        None => 0,
    }
}

fn whole_lines(text: &str, part: Range<usize>) -> Range<usize> {
    let start = text[..part.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[part.end..].find('\n').map_or(text.len(), |at| part.end + at + 1);
    start..end
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at.min(text.len())].matches('\n').count() + 1
}

/// The settings file.
#[derive(Clone)]
pub struct SettingsFile {
    path: PathBuf,
    disk: Disk,
}

impl SettingsFile {
    /// `settings.toml` in the configuration folder. It need not exist.
    #[must_use]
    pub fn new(paths: &Paths, disk: Disk) -> Self {
        Self { path: paths.config.join("settings.toml"), disk }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says; the defaults if there is none.
    ///
    /// # Errors
    /// [`SettingsError`], with the line.
    pub fn read(&self) -> Result<Settings, SettingsError> {
        Settings::parse(&self.text()?, &self.path)
    }

    /// Changes settings: reads them anew, lets `change` at them, and writes what it changed. Comments and
    /// unknown keys stay.
    ///
    /// # Errors
    /// [`SettingsError`]; the file is then as it was.
    pub fn change(&self, change: impl FnOnce(&mut Settings)) -> Result<Settings, SettingsError> {
        let held = self.disk.hold(&self.path)?;
        let text = self.text()?;
        let before = Settings::parse(&text, &self.path)?;
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            held.replace(after.patch(&before, &text, &self.path)?.as_bytes())?;
        }
        Ok(after)
    }

    fn text(&self) -> Result<String, SettingsError> {
        let bytes = read(&self.path, Others::MayRead)?.unwrap_or_default();
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(SettingsError::NotText { path: self.path.clone() }),
        }
    }
}

/// Why the settings cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A value of the wrong kind.
    #[error("{}, line {line}: {key} must be {wants}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The setting.
        key: &'static str,
        /// What could stand there.
        wants: &'static str,
    },
    /// No TOML.
    #[error("{}, line {line}: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The reader's words.
        problem: String,
    },
    /// Not UTF-8.
    #[error("{} is not text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
}

impl SettingsError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Value { key, .. } => format!("mend that line, or remove it to get the default of {key}"),
            Self::Syntax { .. } => "mend that line, or remove it".into(),
            Self::NotText { path } => format!("move it away: mv '{0}' '{0}.old'", path.display()),
            Self::File(error) => error.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, SettingsError> {
        Settings::parse(text, Path::new("settings.toml"))
    }

    fn file(text: &str) -> (tempfile::TempDir, SettingsFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = SettingsFile::new(&Paths::under(folder.path()), Disk::default());
        file.disk.hold(&file.path).unwrap().replace(text.as_bytes()).unwrap();
        (folder, file)
    }

    #[test]
    fn no_file_means_the_defaults_and_reading_makes_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = SettingsFile::new(&Paths::under(folder.path()), Disk::default());
        assert_eq!(file.read().unwrap(), Settings::default());
        assert!(!file.path().exists());
    }

    #[test]
    fn every_setting_can_be_changed_and_is_read_back() {
        let (_folder, file) = file("");
        let wanted = Settings {
            store: Some(Backend::Vault),
            default_project: Some(ProjectName::parse("a \"b\" \\ 会議").unwrap()),
            clear_token_after: None,
            clear_secret_after: Some(Duration::from_secs(5)),
            ledger: false,
            mouse: true,
            ascii: Some(false),
            theme: Theme::HighContrast,
            serve: serve::Serve {
                port: 0,
                webhook_port: 65_535,
                origins: vec!["https://a.example".into(), "\"".into()],
                policy: Some("C:\\policy \"x\".toml".into()),
            },
            unknown: Vec::new(),
        };
        file.change(|settings| *settings = wanted.clone()).unwrap();
        assert_eq!(file.read().unwrap(), wanted);
        file.change(|settings| *settings = Settings::default()).unwrap();
        assert_eq!(file.read().unwrap(), Settings::default());
    }

    #[test]
    fn a_change_leaves_comments_order_and_unknown_keys_alone() {
        let (_folder, file) = file(
            "# mine\nfuture = [1,\n  2] # keep\nmouse = false # not now\n\n[table]\nstore = \"not the store\"\n",
        );
        file.change(|settings| {
            settings.mouse = true;
            settings.store = Some(Backend::Vault);
        })
        .unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert_eq!(
            text,
            "# mine\nfuture = [1,\n  2] # keep\nmouse = true # not now\nstore = \"vault\"\n\n[table]\nstore = \"not the store\"\n"
        );
        file.change(|settings| settings.store = None).unwrap();
        assert!(!std::fs::read_to_string(file.path()).unwrap().contains("vault"));
    }

    #[test]
    fn a_key_is_added_above_tables_and_behind_an_unfinished_line() {
        for (before, after) in [
            ("", "mouse = true\n"),
            ("theme = \"dark\"", "theme = \"dark\"\nmouse = true\n"),
            ("[t]\na = 1\n", "mouse = true\n[t]\na = 1\n"),
            ("[[t]]\na = 1\n", "mouse = true\n[[t]]\na = 1\n"),
            ("# only a comment\n", "mouse = true\n# only a comment\n"),
        ] {
            let settings = parse(before).unwrap();
            let changed = Settings { mouse: true, ..settings.clone() };
            let text = changed.patch(&settings, before, Path::new("x")).unwrap();
            assert_eq!(text, after);
            assert!(parse(&text).unwrap().mouse);
        }
    }

    #[test]
    fn a_wrong_value_names_file_line_and_cure() {
        for (text, line, key) in [
            ("\nstore = \"vualt\"", 2, "store"),
            ("store = 3", 1, "store"),
            ("default_project = \"\"", 1, "default_project"),
            ("a = 1\n\nclear_token_seconds = -1", 3, "clear_token_seconds"),
            ("serve_port = 65536", 1, "serve_port"),
            ("serve_origins = \"https://a.example\"", 1, "serve_origins"),
            ("clear_secret_seconds = 86401", 1, "clear_secret_seconds"),
            ("ledger = \"off\"", 1, "ledger"),
            ("mouse = \"yes\"", 1, "mouse"),
            ("theme = \"pink\"", 1, "theme"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.to_string().starts_with(&format!("settings.toml, line {line}: {key} must be ")));
            assert!(error.hint().contains("that line"), "{error}");
        }
        let error = parse("mouse = true\nmouse = = 3").unwrap_err();
        assert!(error.to_string().starts_with("settings.toml, line 2: "), "{error}");
    }

    #[test]
    fn a_broken_file_is_never_written_over() {
        let (_folder, file) = file("mouse = maybe\n");
        assert!(file.change(|settings| settings.mouse = true).is_err());
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "mouse = maybe\n");
    }

    #[test]
    fn an_unknown_key_is_told_with_what_was_meant() {
        let settings = parse("mous = true\n\nstoer = 1\nfuture = 1").unwrap();
        let told: Vec<_> = settings.unknown.iter().map(|u| (u.key.as_str(), u.line, u.nearest)).collect();
        assert_eq!(told, [("mous", 1, Some("mouse")), ("stoer", 3, Some("store")), ("future", 4, None)]);
    }

    fn any_settings() -> impl proptest::strategy::Strategy<Value = Settings> {
        use proptest::option::of;
        use proptest::prelude::*;
        use proptest::sample::select;
        let after = || of(1_u64..86_400).prop_map(|seconds| seconds.map(Duration::from_secs));
        let name = r#"[a-z"'\\ #=\[\]é会]{1,12}"#.prop_map(|text| ProjectName::parse(&text).ok());
        let backend = of(select(Backend::ALL.as_slice()));
        let theme = select(Theme::ALL.as_slice());
        let flags = any::<(bool, bool)>();
        let text = || r#"[a-z"'\\ #=\[\],é会]{1,12}"#;
        let serve = (any::<u16>(), any::<u16>(), prop::collection::vec(text(), 0..3), of(text())).prop_map(
            |(port, webhook_port, origins, policy)| serve::Serve { port, webhook_port, origins, policy },
        );
        (backend, name, after(), after(), flags, any::<Option<bool>>(), theme, serve).prop_map(
            |(store, default_project, clear_token_after, clear_secret_after, flags, ascii, theme, serve)| {
                Settings {
                    store,
                    default_project,
                    clear_token_after,
                    clear_secret_after,
                    ledger: flags.0,
                    mouse: flags.1,
                    ascii,
                    theme,
                    serve,
                    unknown: Vec::new(),
                }
            },
        )
    }

    proptest::proptest! {
        #[test]
        fn any_change_is_read_back_and_touches_nothing_else(first in any_settings(), second in any_settings()) {
            let path = Path::new("settings.toml");
            let (top, bottom) = ("# mine\nfuture = '''\n[a]\nmouse = 1''' # keep\n", "\n[table] # too\nmouse = 7\n");
            let mut text = format!("{top}{bottom}");
            for wanted in [first, second] {
                let before = Settings::parse(&text, path).unwrap();
                text = wanted.patch(&before, &text, path).unwrap();
                let after = Settings::parse(&text, path).unwrap();
                assert_eq!(Settings { unknown: Vec::new(), ..after }, wanted);
                assert!(text.starts_with(top) && text.ends_with(bottom), "{text}");
            }
        }
    }
}
