//! `roomkey token diff A B`: two tokens held against each other.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};

use clap::Args;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;
use zeroize::Zeroizing;

use super::super::secret;
use super::super::{Failure, Ink, Session};
use crate::text::token_spans;
use crate::token::diff::{Diff, Entry, Kind, State, Told, diff};
use crate::token::inspect::{Inspection, inspect};

/// Say what is between two tokens: their claims, and what those come to
///
/// "It works for him": compares what the two say, what a server makes of it, which APIs they open and when they live.
/// The first line is the difference in a sentence. The order of keys, base64 and spellings that a server takes for the
/// same are no difference.
///
/// A and B are tokens, @FILE, or - for standard input; whatever stands around a token does no harm. Without B, the
/// other one is read from standard input, or from the clipboard where that is a terminal. Without both, or with - alone,
/// standard input has the two.
///
/// In the table ~ is changed, - is only in A, + is only in B; what is written differently and means the same to a server
/// has a = before it. No secret is asked for, and nothing is verified: that is roomkey inspect.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey token diff eyJhbGciOi... eyJhbGciOi...
  roomkey token diff @his.txt @mine.txt --all
  pbpaste | roomkey token diff @his.txt
  cat both.txt | roomkey token diff - --json | jq -r .sentence

Exit codes:
  0  the same, apart from when they were made and end, and from the signature
  1  different
  2  could not tell: one of them is no token, or cannot be read")]
pub(in super::super) struct DiffTokens {
    /// The first token, @FILE, or - for standard input
    #[arg(value_name = "A")]
    a: Option<String>,
    /// The second token, @FILE, or - for standard input
    #[arg(value_name = "B")]
    b: Option<String>,
    /// Show what is the same, too
    #[arg(long)]
    all: bool,
}

pub(in super::super) fn run(session: &Session, args: &DiffTokens) -> Result<(), Failure> {
    let [a, b] = texts(session, args)?;
    let a = taken_apart(session, "A", &a)?;
    let b = taken_apart(session, "B", &b)?;
    let diff = diff(&a, &b);
    if session.global.json {
        let summary = serde_json::to_value(diff.summary(args.all, session.now)).unwrap_or_default();
        session.console.json(&summary)?;
    } else {
        session.console.payload(&in_words(session, &diff, args.all))?;
    }
    if diff.is_same() { Ok(()) } else { Err(Failure::Refused) }
}

/// What each argument stands for.
fn texts(session: &Session, args: &DiffTokens) -> Result<[Zeroizing<String>; 2], Failure> {
    let piped = !io::stdin().is_terminal();
    secret::only_one_reads_stdin(&[
        ("A", args.a.as_deref() == Some("-")),
        ("B", args.b.as_deref() == Some("-")),
        ("--env-file -", session.env_file_is_stdin()),
    ])?;
    match (args.a.as_deref(), args.b.as_deref()) {
        (None, None) if !piped => Err(Failure::OneToken { why: "none was given".into() }),
        (None | Some("-"), None) => both_of(&secret::stdin()?),
        (Some(a), Some(b)) => Ok([given(a)?, given(b)?]),
        (Some(a), None) if piped => Ok([given(a)?, secret::stdin()?]),
        (Some(a), None) => match session.ports.clipboard().read() {
            Ok(pasted) => Ok([given(a)?, Zeroizing::new(pasted.expose().to_owned())]),
            Err(error) => Err(Failure::OneToken { why: format!("the clipboard has none: {error}") }),
        },
        (None, Some(_)) => Err(Failure::OneToken { why: "A is missing".into() }),
    }
}

fn given(argument: &str) -> Result<Zeroizing<String>, Failure> {
    match argument.strip_prefix('@') {
        _ if argument == "-" => secret::stdin(),
        Some(path) => secret::file(path.as_ref()),
        None => Ok(Zeroizing::new(argument.to_owned())),
    }
}

/// The two tokens of one text, each with what stands around it.
fn both_of(text: &str) -> Result<[Zeroizing<String>; 2], Failure> {
    let spans: Vec<_> = token_spans(text).take(3).collect();
    match spans.as_slice() {
        [first, second] => {
            // A token that was wrapped goes on behind what was found of it.
            let between = &text[first.end..second.start];
            let middle = first.end + between.rfind('\n').unwrap_or(0);
            Ok([&text[..middle], &text[middle..]].map(|part| Zeroizing::new(part.trim().to_owned())))
        }
        [] => Err(Failure::OneToken { why: "standard input has no token".into() }),
        [_] => Err(Failure::OneToken { why: "standard input has only one".into() }),
        _ => Err(Failure::OneToken { why: "standard input has more than two".into() }),
    }
}

fn taken_apart(session: &Session, name: &str, text: &str) -> Result<Inspection, Failure> {
    let inspection = inspect(text).map_err(|error| Failure::NotAToken { name: name.to_owned(), error })?;
    if let Some(told) = inspection.told() {
        session.console.note(&format!("{name}: {told}"));
    }
    Ok(inspection)
}

/// The report for people: the sentence first, then what it rests on, in columns.
fn in_words(session: &Session, diff: &Diff, all: bool) -> String {
    let console = session.console;
    let columns = Columns::here(console.terminal);
    let told = |entry: &Entry| diff.told(*entry, columns.most(), session.now, &session.zone);
    let sections: Vec<(&str, Vec<Told>)> = diff
        .table(all)
        .iter()
        .map(|section| (section.title, section.entries.iter().map(told).collect()))
        .collect();
    let columns = columns.fitted(sections.iter().flat_map(|(_, lines)| lines));
    let (ink, mark) = if diff.is_same() { (Ink::Good, "=") } else { (Ink::Caution, "~") };
    let mut out = console.paint(ink, &format!("{mark} {}", diff.sentence));
    // That one has expired is why it works for him.
    if [diff.times.a, diff.times.b].iter().any(|life| life.state(session.now) != State::Alive) {
        out.push('\n');
        out.push_str(&console.paint(Ink::Caution, &format!("  {}", diff.times.now(session.now))));
    }
    for (title, lines) in &sections {
        let title = padded(title, columns.name + 4);
        let heads = format!("{}  b", padded("a", columns.a));
        // APIs have names only, and their signs say whose they are.
        let heads = if lines.iter().any(|line| line.values.is_some()) { heads } else { String::new() };
        let title = if heads.is_empty() { title.trim_end() } else { &title };
        _ = write!(out, "\n\n{}{}", console.paint(Ink::Strong, title), console.paint(Ink::Faint, &heads));
        for line in lines {
            out.push('\n');
            out.push_str(&columns.drawn(session, line));
        }
    }
    out
}

/// How wide the columns are: as the longest in them, unless that would leave the others no room.
#[derive(Clone, Copy)]
struct Columns {
    /// Of the terminal; nothing where there is none, and then nothing is cut.
    screen: Option<usize>,
    name: usize,
    a: usize,
}

impl Columns {
    fn here(terminal: bool) -> Self {
        let size = || crossterm::terminal::size().map_or(100, |(columns, _)| usize::from(columns));
        Self { screen: terminal.then(size), name: 0, a: 0 }
    }

    /// More than so many characters of a value are never needed.
    fn most(self) -> usize {
        self.screen.unwrap_or(usize::MAX / 8)
    }

    fn fitted<'l>(self, lines: impl Iterator<Item = &'l Told>) -> Self {
        let cap = self.screen.map_or(40, |screen| (screen / 3).max(12));
        let (mut name, mut a) = (4, 1);
        for line in lines {
            if let Some([first, _]) = &line.values {
                name = name.max(line.name.width().min(cap));
                a = a.max(first.width().min(cap));
            }
        }
        Self { name, a, ..self }
    }

    fn drawn(self, session: &Session, line: &Told) -> String {
        let console = session.console;
        let (ink, sign) = match line.kind {
            Kind::Changed => (Ink::Caution, "~"),
            Kind::OnlyA => (Ink::Bad, "-"),
            Kind::OnlyB => (Ink::Good, "+"),
            Kind::Same | Kind::SameMeaning => (Ink::Faint, "="),
        };
        let mark = console.paint(ink, sign);
        let remark = if line.remark.is_empty() { String::new() } else { format!("  {}", line.remark) };
        let remark = console.paint(Ink::Faint, &remark);
        let Some([a, b]) = &line.values else { return format!("{mark} {}{remark}", line.name) };
        let values = match self.screen {
            None => format!("{}  {b}", padded(a, self.a)),
            Some(screen) => {
                let room = screen.saturating_sub(self.name + self.a + 6).max(8);
                format!("{}  {}", padded(&cut(a, self.a), self.a), cut(b, room))
            }
        };
        let name = padded(&line.name, self.name);
        let name = if line.kind.differs() { name } else { console.paint(Ink::Faint, &name) };
        format!("{mark} {name}  {}{remark}", console.paint(ink, values.trim_end()))
    }
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Cut to so many columns.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.graphemes(true) {
        if out.width() + c.width() >= width {
            break;
        }
        out.push_str(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tokens_are_found_in_one_text_however_they_stand_there() {
        let (a, b) =
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJiIn0.c2ln");
        let wrapped = format!("{}\n{}\n{b}\n", &a[..30], &a[30..]);
        for text in [
            format!("{a}\n{b}\n"),
            format!("{a} {b}"),
            format!("his:  Bearer {a}\nmine: Bearer {b}"),
            format!(r#"["{a}", "{b}"]"#),
            wrapped,
        ] {
            let [one, other] = both_of(&text).unwrap();
            assert_eq!(inspect(&one).unwrap().payload.to_map()["sub"], "a", "{text}");
            assert_eq!(inspect(&other).unwrap().payload.to_map()["sub"], "b", "{text}");
        }
        for text in ["", "hello", a, &format!("{a}\n{a}\n{b}")] {
            assert!(matches!(both_of(text), Err(Failure::OneToken { .. })), "{text}");
        }
    }

    #[test]
    fn what_is_cut_fits() {
        assert_eq!(cut("demo", 4), "demo");
        assert_eq!(cut("demonstration", 5), "demo…");
        assert_eq!(cut("会議室", 4), "会…");
    }
}
