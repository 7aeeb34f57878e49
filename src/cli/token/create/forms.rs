//! `--as` and `--qr`: the token in another form, or what makes it again.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::super::super::{Failure, Session};
use super::Create;
use crate::ports;
use crate::project::ProjectName;
use crate::project::ServerUrl;
use crate::text::Sensitive;
use crate::token::Token;
use crate::token::forms::qr::Qr;
use crate::token::forms::{self, About, FORMS, Form, FormError, FormId, Made};

/// The values of `--as`: the table's words.
pub(super) fn parser() -> impl TypedValueParser<Value = String> {
    PossibleValuesParser::new(FORMS.iter().map(|form| PossibleValue::new(form.word).help(form.summary)))
}

impl Create {
    /// The form that was asked for; none is the token alone.
    pub(super) fn form(&self) -> Option<&'static Form> {
        if self.qr {
            return Some(FormId::Qr.form());
        }
        FORMS.iter().find(|form| self.form.as_deref() == Some(form.word))
    }
}

/// Fills in the form. What of the draft is not in it is told.
pub(super) fn make(
    session: &Session,
    args: &Create,
    form: &Form,
    about: &About<'_>,
    token: Option<&Token>,
) -> Result<Made, Failure> {
    let made = forms::make(form.id, about, token)?;
    for lack in &made.lacks {
        session.console.warning(&format!("{}: {lack}", form.name), None);
    }
    if form.id == FormId::Roomkey && (args.credentials.url.is_some() || args.credentials.api_key.is_some()) {
        session
            .console
            .note("--url and --api-key are not in the line: it takes the project that is set where it runs");
    }
    if let Some(warning) = form.warning()
        && made.text.expose().starts_with("http")
    {
        session.console.warning(warning, Some("do not pass it on; it works until the token expires"));
    }
    Ok(made)
}

/// The project that the line of `--as roomkey` names: the one that was named here.
pub(super) fn named(session: &Session, args: &Create) -> Result<Option<ProjectName>, Failure> {
    if args.credentials.dev { Ok(Some(ProjectName::local_dev())) } else { session.named() }
}

/// Writes the form to standard output; the QR code is drawn.
pub(super) fn print(session: &Session, form: &Form, about: &About<'_>, made: &Made) -> Result<(), Failure> {
    if form.id != FormId::Qr {
        return session.console.payload(made.text.expose().trim_end_matches('\n'));
    }
    let console = session.console;
    // Whatever shows a file or a pipe is as wide as it needs to be.
    let size = if console.terminal { crossterm::terminal::size().ok() } else { None };
    let (columns, rows) = size.map_or((usize::MAX, usize::MAX), |(w, h)| (usize::from(w), usize::from(h)));
    console.payload(&drawing(&made.text, columns, rows, console.colored())?)?;
    if about.server.is_some_and(ServerUrl::is_loopback) && made.text.expose().starts_with("http") {
        let here = match ports::lan_address() {
            Some(address) => format!("this machine's address in its network is {address}"),
            None => "this machine is in no network".into(),
        };
        console.warning(
            "a phone does not reach the server of this link: localhost is the phone itself there",
            Some(&format!("{here}; and LiveKit Meet, a page over https, connects to wss:// only")),
        );
    }
    Ok(())
}

/// The lines of the code. With colours it is black on white whatever the terminal's are; without, the light modules
/// are drawn, since most terminals write light on dark.
fn drawing(text: &Sensitive, columns: usize, rows: usize, colored: bool) -> Result<String, Failure> {
    let code = Qr::of(text).map_err(FormError::from)?;
    // What is higher than the terminal can be scrolled to; what is wider is broken.
    let lines = code
        .lines(columns, rows, !colored)
        .or_else(|_| code.lines(columns, usize::MAX, !colored))
        .map_err(FormError::from)?;
    let line = |line: &String| if colored { format!("\x1b[30;107m{line}\x1b[0m") } else { line.clone() };
    Ok(lines.iter().map(line).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use clap::Parser;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::claims::catalog::{self, Field};
    use crate::claims::draft::Draft;
    use crate::claims::grants::AgentDispatch;
    use crate::claims::presets::own::Shelf;
    use crate::claims::{Pairs, presets};
    use crate::clock::{Timestamp, Ttl, Zone};
    use crate::settings::presets::Presets;
    use crate::text::is_unprintable;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn text() -> Sensitive {
        Sensitive::new("https://a.example".into())
    }

    #[test]
    fn a_code_too_wide_for_the_terminal_is_an_error_and_one_too_high_is_not() {
        let failure = drawing(&text(), 24, 100, false).unwrap_err();
        assert!(failure.to_string().starts_with("the QR code needs 25 columns"), "{failure}");
        assert!(failure.hint().contains("enlarge the terminal") && failure.exit_code() == 2);
        assert_eq!(drawing(&text(), 80, 5, false).unwrap().lines().count(), 15);
    }

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        create: Create,
        // These are everybody's in the real tree.
        #[arg(long)]
        project: Option<String>,
        #[arg(long)]
        json: bool,
    }

    /// What a shell makes of each line: the words behind `roomkey token create`.
    fn words(lines: &[String]) -> Vec<Vec<String>> {
        let script = format!(
            "roomkey() {{ printf '%s\\0' \"$@\"; printf 'end of line\\0'; }}\n{}\n",
            lines.join("\n")
        );
        let mut shell = Command::new("sh").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = shell.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let mut runs = vec![Vec::new()];
        for word in said.split_terminator('\0') {
            match word {
                "end of line" => runs.push(Vec::new()),
                word => runs.last_mut().unwrap().push(word.to_owned()),
            }
        }
        assert_eq!(runs.pop(), Some(Vec::new()));
        runs
    }

    /// The draft that comes of a line, and the project that it names.
    fn read_back(words: &[String]) -> (Draft, Option<String>, bool) {
        let alone = Alone::try_parse_from(&words[1..]).unwrap_or_else(|error| panic!("{words:?}: {error}"));
        let made = alone
            .create
            .draft
            .draft(&|_| {}, &Presets::memory(Shelf::default()), NOW, &Zone::utc())
            .unwrap_or_else(|error| panic!("{words:?}: {error}"));
        assert!(!alone.json);
        (made, alone.project, alone.create.credentials.dev)
    }

    fn line(draft: &Draft, project: Option<&ProjectName>) -> Made {
        forms::make(FormId::Roomkey, &About { draft, server: None, project, now: NOW }, None).unwrap()
    }

    #[test]
    fn the_line_for_every_preset_makes_the_preset_again() {
        for preset in presets::built_in() {
            let mut draft = preset.draft.clone();
            for (identity, room) in [("", ""), ("alice", "demo"), ("it's $me", "a b\n`c`")] {
                identity.clone_into(&mut draft.identity);
                room.clone_into(&mut draft.grants.video.room);
                let made = line(&draft, None);
                assert_eq!(made.lacks, [""; 0]);
                let read = words(&[made.text.expose().to_owned()]);
                assert_eq!(read_back(&read[0]), (draft.clone(), None, false), "{}", made.text.expose());
            }
        }
    }

    #[test]
    fn the_line_names_the_project_that_was_named() {
        let named = |name: &str| {
            let name = ProjectName::parse(name).unwrap();
            let (_, project, dev) =
                read_back(&words(&[line(&Draft::default(), Some(&name)).text.expose().to_owned()])[0]);
            (project, dev)
        };
        assert_eq!(named("acme's $one"), (Some("acme's $one".into()), false));
        assert_eq!(named("local dev"), (None, true));
    }

    /// Sets the row to something odd, whatever it takes.
    fn set(draft: &mut Draft, entry: &catalog::Entry, number: u32, texts: &[String]) {
        let text = texts.first().cloned().unwrap_or_default();
        let pairs = || texts.chunks(2).map(|pair| (pair[0].clone(), pair[pair.len() - 1].clone())).collect();
        match entry.field {
            Field::Flag(at) => *(at.get_mut)(draft) = number.is_multiple_of(2),
            Field::Choice(at, _) => {
                *(at.get_mut)(draft) = [None, Some(false), Some(true)][number as usize % 3];
            }
            Field::Text(at) | Field::LongText(at) | Field::OneOf(at, _) => *(at.get_mut)(draft) = text,
            Field::Count(at, _) => *(at.get_mut)(draft) = number,
            Field::Sources(at) | Field::Words(at, _) => *(at.get_mut)(draft) = texts.to_vec(),
            Field::Pairs(at) => *(at.get_mut)(draft) = pairs(),
            Field::Dispatches(at) => {
                let agent = |name: &String| AgentDispatch {
                    agent_name: name.clone(),
                    metadata: if number.is_multiple_of(2) { String::new() } else { text.clone() },
                    attributes: if number.is_multiple_of(3) { pairs() } else { Pairs::new() },
                    ..AgentDispatch::default()
                };
                *(at.get_mut)(draft) = texts.iter().map(agent).collect();
            }
            Field::Json(at) => *(at.get_mut)(draft) = Some(json!({"room": {"layout": text}, "n": number})),
            Field::Lasting(at) => {
                *(at.get_mut)(draft) = if number.is_multiple_of(2) {
                    Ttl::For(u64::from(number) % (Ttl::LONGEST + 1))
                } else {
                    Ttl::Until(NOW.plus(1 + i64::from(number % 1_000_000)))
                };
            }
        }
    }

    fn odd_text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z]{1,6}",
            "\\PC{0,8}",
            "[\\x01-\\x7f\u{80}-\u{9f}\u{202e}\u{feff}é'\"$`\\\\]{0,6}",
            prop::sample::select(
                &["unset", "[]", "{}", "null", "a,b", "-x", "--force", "=x", "~", " x ", "mic", "\n", ""][..]
            )
            .prop_map(str::to_owned),
        ]
    }

    fn odd_draft() -> impl Strategy<Value = Draft> {
        let rows = prop::collection::vec(
            (any::<prop::sample::Index>(), any::<u32>(), prop::collection::vec(odd_text(), 0..4)),
            0..10,
        );
        (rows, prop::option::of(odd_text())).prop_map(|(rows, unknown)| {
            let mut draft = Draft::default();
            for (row, number, texts) in rows {
                set(&mut draft, row.get(catalog::ENTRIES), number, &texts);
            }
            if let Some(text) = unknown {
                draft.grants.unknown.insert("theirs".into(), json!({"a": [text], "b": null}).into());
                draft.grants.video.unknown.insert("later".into(), json!(text).into());
            }
            draft
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_line_for_any_draft_makes_the_draft_again(drafts in prop::collection::vec(odd_draft(), 24)) {
            let lines: Vec<String> = drafts.iter().map(|draft| line(draft, None).text.expose().to_owned()).collect();
            for ((draft, line), words) in drafts.iter().zip(&lines).zip(words(&lines)) {
                prop_assert_eq!(&read_back(&words).0, draft, "{}", line);
                prop_assert!(!line.contains(|c: char| c != '\n' && is_unprintable(c)), "{:?}", line);
            }
        }
    }

    #[test]
    fn a_coloured_code_is_dark_on_light_and_a_plain_one_draws_the_light() {
        let colored = drawing(&text(), 80, 40, true).unwrap();
        assert!(colored.lines().all(|line| line.starts_with("\x1b[30;107m") && line.ends_with("\x1b[0m")));
        let first = |text: &str| text.lines().next().unwrap().chars().filter(|c| *c == '█').count();
        assert_eq!((first(&colored), first(&drawing(&text(), 80, 40, false).unwrap())), (0, 29));
    }
}
