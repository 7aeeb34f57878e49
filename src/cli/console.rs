//! What is said, and where: the payload on standard output, everything else on standard error.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use clap::builder::styling::{AnsiColor, Style};

use super::Failure;
use crate::claims::problems::{Problem, Severity};
use crate::text::{visible, visible_lines};

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colors {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    #[default]
    Auto,
    /// Also into pipes and files.
    Always,
    /// Not at all.
    Never,
}

impl Colors {
    /// Whether to colour what goes to standard output.
    #[must_use]
    pub fn wanted(self) -> bool {
        Console::new(self, false).out_colored
    }
}

/// What a piece of text means; only meaning is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// Allowed, alive.
    Good,
    /// Warned about.
    Caution,
    /// Refused, wrong.
    Bad,
    /// A name to be typed: a path, a key.
    Name,
    /// What can be left unread.
    Faint,
    /// A heading.
    Strong,
}

impl Ink {
    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Caution => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Name => AnsiColor::Cyan.on_default(),
            Self::Faint => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
        }
    }
}

/// The two outputs of this run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    /// Whether standard output is a terminal.
    pub(super) terminal: bool,
    out_colored: bool,
    err_colored: bool,
    quiet: bool,
}

impl Console {
    /// The console of this process.
    pub(super) fn new(colors: Colors, quiet: bool) -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let plain = set("NO_COLOR").is_some() || set("TERM").as_deref() == Some(OsStr::new("dumb"));
        let colored = |terminal: bool| match colors {
            Colors::Always => true,
            Colors::Never => false,
            Colors::Auto => terminal && !plain,
        };
        let terminal = io::stdout().is_terminal();
        Self {
            terminal,
            out_colored: colored(terminal),
            err_colored: colored(io::stderr().is_terminal()),
            quiet,
        }
    }

    /// Whether notes are silenced.
    pub(super) fn is_quiet(self) -> bool {
        self.quiet
    }

    /// Text for standard output, in this ink.
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        painted(self.out_colored, ink, text)
    }

    /// Whether standard output takes colours.
    pub(super) fn colored(self) -> bool {
        self.out_colored
    }

    /// Text from outside for standard output: a terminal would obey what is in it, so there it is written out.
    pub(super) fn foreign(self, text: &str) -> Cow<'_, str> {
        if self.terminal { visible(text) } else { Cow::Borrowed(text) }
    }

    /// Writes the payload and a line break. A reader that has gone away has seen enough.
    pub(super) fn payload(self, text: &str) -> Result<(), Failure> {
        self.payload_bytes(&[text.as_bytes(), b"\n"].concat())
    }

    /// As [`Console::payload`], as it is.
    pub(super) fn payload_bytes(self, bytes: &[u8]) -> Result<(), Failure> {
        written(bytes).map(drop)
    }

    /// As [`Console::payload`], for one of many lines. Whether somebody still reads.
    pub(super) fn row(self, text: &str) -> Result<bool, Failure> {
        written(&[text.as_bytes(), b"\n"].concat())
    }

    /// A JSON document as the payload: indented for a terminal, in one line for a program.
    pub(super) fn json(self, value: &serde_json::Value) -> Result<(), Failure> {
        let text =
            if self.terminal { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
        // JSON escapes control characters, but not those that turn the direction of writing.
        let text = text.unwrap_or_default();
        self.payload(&if self.terminal { visible_lines(&text) } else { text.into() })
    }

    /// A line on standard error that `-q` silences.
    pub(super) fn note(self, text: &str) {
        if !self.quiet {
            err(&visible_lines(text));
        }
    }

    /// A line on standard error that was asked for, and so is not silenced.
    pub(super) fn aside(self, text: &str) {
        err(&visible_lines(text));
    }

    /// As [`Console::note`], with its first word in ink.
    pub(super) fn marked(self, ink: Ink, mark: &str, text: &str) {
        if !self.quiet {
            err(&format!("{} {}", painted(self.err_colored, ink, mark), visible_lines(text)));
        }
    }

    /// Appends what [`Console::marked`] writes, without a line break; `text` is [visible] already.
    pub(super) fn push_marked(self, ink: Ink, mark: fmt::Arguments<'_>, text: &str, out: &mut String) {
        _ = if self.err_colored {
            let style = ink.style();
            write!(out, "{style}{mark}{style:#} ")
        } else {
            write!(out, "{mark} ")
        };
        out.push_str(text);
    }

    /// Whole lines that are made already, in one go; `-q` silences them.
    pub(super) fn lines(self, lines: &str) {
        if !self.quiet && !lines.is_empty() {
            // If nobody can read them, there is nobody to tell.
            drop(io::stderr().lock().write_all(lines.as_bytes()));
        }
    }

    /// `warning: ...` with what to do about it; `-q` silences it.
    pub(super) fn warning(self, text: &str, hint: Option<&str>) {
        self.marked(Ink::Caution, "warning:", text);
        if let Some(hint) = hint {
            self.marked(Ink::Faint, "   hint:", hint);
        }
    }

    /// A problem by its severity, and its cure; `how` is what to type for it. `-q` never silences an error.
    pub(super) fn problem(self, problem: &Problem, how: Option<&str>) {
        let (ink, mark) = match problem.rule.severity {
            Severity::Error => (Ink::Bad, "error:"),
            Severity::Warning => (Ink::Caution, "warning:"),
            Severity::Note => (Ink::Faint, "note:"),
        };
        let loud = Self { quiet: self.quiet && problem.rule.severity != Severity::Error, ..self };
        let id = painted(self.err_colored, Ink::Faint, &format!("[{}]", problem.rule.id));
        if !loud.quiet {
            err(&format!("{} {} {id}", painted(self.err_colored, ink, mark), visible(&problem.message)));
        }
        let how = how.map_or_else(String::new, |how| format!(" ({how})"));
        loud.marked(Ink::Faint, "   hint:", &format!("{}{how}", problem.rule.cure));
    }

    /// Why a command failed, and what to do about it. Never silenced.
    pub(super) fn error(self, text: &str, hint: &str) {
        err(&format!("{} {}", painted(self.err_colored, Ink::Bad, "error:"), visible_lines(text)));
        if !hint.is_empty() {
            err(&format!("{} {}", painted(self.err_colored, Ink::Name, "hint:"), visible_lines(hint)));
        }
    }

    /// Help, as clap renders it.
    pub(super) fn help(self, text: &clap::builder::StyledStr) -> Result<(), Failure> {
        let text = if self.out_colored { text.ansi().to_string() } else { text.to_string() };
        self.payload(text.trim_end())
    }

    /// Bytes for the terminal itself, on whichever output is one: an escape sequence that carries a copy.
    pub(super) fn to_terminal(self, bytes: &[u8]) {
        let done = if self.terminal {
            io::stdout().lock().write_all(bytes)
        } else {
            io::stderr().lock().write_all(bytes)
        };
        // A terminal that has gone away copies nothing, and has nobody to tell.
        drop(done);
    }
}

fn painted(colored: bool, ink: Ink, text: &str) -> String {
    if !colored || text.is_empty() {
        return text.to_owned();
    }
    let style = ink.style();
    format!("{style}{text}{style:#}")
}

/// Bytes on standard output. Whether somebody still reads.
fn written(bytes: &[u8]) -> Result<bool, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::Output { why: error.to_string() }),
    }
}

/// A line on standard error. If nobody can read it, there is nobody to tell.
fn err(line: &str) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}
