//! `roomkey token batch`: a token for each row of a file, or as many as wanted.
//!
//! One thread cuts the file into pieces of whole rows, as many as there are cores sign them, and this one writes in
//! the order of the rows. Only a few pieces are under way at any time, so memory does not grow with the file.

use std::fs::File;
use std::hash::RandomState;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use clap::builder::PossibleValue;
use clap::{Args, FromArgMatches, ValueEnum};

use super::super::credentials::{self, Chosen, CredentialArgs};
use super::super::production::ProductionArgs;
use super::super::{Failure, Session, secret};
use super::draft::DraftArgs;
use crate::claims::placeholders::{DraftTemplate, Template};
use crate::claims::problems;
use crate::token::Signer;
use crate::token::lines::{Format, Lines};

mod columns;
mod mint;
mod record;
mod repeats;
mod rows;
mod tally;

use columns::Wrong;
use mint::{Bad, Minted, Minter, Order, Recipe};
use record::Recorder;
use rows::{Cut, Cutter, Piece, Shape};
use tally::{Taken, Tally};

/// What `{n}` is written as in a text of help, where clap takes it for a line break: with an escape sequence inside that
/// does nothing, and that goes where there are no colours.
macro_rules! n {
    () => {
        "{\u{1b}[0mn}"
    };
}

/// Make a token for each row of a file, or as many as wanted
#[derive(Args, Debug)]
#[command(
    long_about = concat!(
        "Make a token for each row of a file, or as many as wanted\n\nThe flags are those of token create; a row is \
         laid over them. The first line of a CSV file names the columns, each like a flag (identity, room, name, \
         valid-for) or a path of roomkey grants (video.canPublish, attributes.role); an empty value leaves what the \
         flags say. A JSONL file has an object with the same names a line, or with whole objects as a draft has \
         them. Without --preset, --draft or any grant, each token may join its room.\n\nIn the texts of flags ",
        n!(),
        " is the number of the row, {rand4} four letters or digits, {date} and {time} those of now, {user} who is at \
         the keyboard.\n\nTokens are written in the order of the rows while the file is still being read. A row that \
         cannot be signed stops everything, with its number and what to do; --skip-bad goes on without it."
    ),
    after_long_help = concat!(
        "\
Examples:
  roomkey token batch --from people.csv --room demo > tokens.jsonl
  roomkey token batch -n 50 --identity 'load-",
        n!(),
        "' --room demo --format token
  roomkey token batch --from people.jsonl --preset viewer --valid-for 30m --format csv
  generate-people | roomkey token batch --from - -p acme | head -1

people.csv:
  identity,room,name,video.canPublish
  alice,demo,\"Alice B.\",
  bob,demo,,false

Exit codes:
  0  every row was signed
  1  some were skipped (--skip-bad), or you did not type the name of the production project
  2  stopped: a row or the file cannot be used, wrong usage, or no credentials"
    )
)]
pub(in super::super) struct Batch {
    /// CSV or JSONL file of rows; - is standard input
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Rows",
        required_unless_present = "count",
        conflicts_with = "count"
    )]
    from: Option<PathBuf>,
    /// This many tokens, of the flags alone
    #[arg(short = 'n', long, value_name = "N", help_heading = "Rows", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Leave this column out; by commas or repeated
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', help_heading = "Rows")]
    ignore: Vec<String>,
    /// Go on without the rows that cannot be signed
    #[arg(long, help_heading = "Rows")]
    skip_bad: bool,
    #[command(flatten)]
    draft: Flags,
    /// Sign in spite of errors that a server would refuse
    #[arg(long, help_heading = "Output")]
    force: bool,
    /// Do not write the tokens down in the ledger
    #[arg(
        long,
        help_heading = "Output",
        long_help = "Do not write the tokens down in the ledger\n\nThere each of the first thousand has a row of its own, and all \
                     others have one together."
    )]
    no_ledger: bool,
    /// How the tokens are written
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        conflicts_with = "json",
        help_heading = "Output"
    )]
    format: Format,
    #[command(flatten)]
    production: ProductionArgs,
    #[command(flatten)]
    credentials: CredentialArgs,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.summary()))
    }
}

/// The flags of a draft, of which `--name` has no letter: `-n` is the number of tokens.
#[derive(Debug)]
struct Flags(DraftArgs);

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        DraftArgs::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl Args for Flags {
    fn augment_args(command: clap::Command) -> clap::Command {
        DraftArgs::augment_args(command).mut_arg("name", |name| name.short(None))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        DraftArgs::augment_args_for_update(command).mut_arg("name", |name| name.short(None))
    }
}

pub(in super::super) fn run(session: &Session, args: &Batch) -> Result<(), Failure> {
    args.credentials.secret.refuse_argument()?;
    secret::only_one_reads_stdin(&[
        ("--from -", args.from.as_deref() == Some(Path::new("-"))),
        ("--draft -", args.draft.0.reads_stdin()),
        ("--api-secret-stdin", args.credentials.secret.api_secret_stdin),
        ("--env-file -", session.env_file_is_stdin()),
    ])?;
    let console = session.console;
    let tell = |text: &str| console.note(text);
    let draft = args.draft.0.draft(&tell, &session.ports.presets(), session.now, &session.zone)?;
    // Looked at before the store is: a wrong header should cost nobody a passphrase.
    let input = args.from.as_deref().map(|path| Input::open(path, &args.ignore)).transpose()?;
    let Chosen { project, .. } = credentials::choose(session, &args.credentials)?;
    for problem in problems::of_project(&project) {
        console.problem(&problem, None);
    }
    let policy = session.ports.policy(&project.listing.name)?;
    let powers = policy.asks_twice(&draft.claims(&project.listing.key, session.now));
    args.production.ask(session, &project.listing.name, &powers)?;
    // Who was asked about the flags has not seen the rows; what they add needs --yes-production.
    let meant = if args.production.yes_production { None } else { Some(powers) };
    let (shape, columns) =
        input.as_ref().map_or((Shape::Jsonl, Vec::new()), |input| (input.shape, input.columns.clone()));
    let recorder = Recorder::new(session, !args.no_ledger);
    let moment = session.moment();
    let identity = draft.identity.clone();
    let mut recipe = Recipe {
        base: DraftTemplate::read(draft, &moment),
        shape,
        columns,
        ignored: args.ignore.clone(),
        joins: !args.draft.0.starts_from_something(),
        generate: args.draft.0.generate,
        force: args.force,
        skip_bad: args.skip_bad,
        format: args.format,
        key: project.listing.key.clone(),
        policy,
        meant,
        recorded: None,
        zone: session.zone.clone(),
        may_repeat: input.is_some() || !Template::read(&identity, &moment).is_unique(),
        hasher: RandomState::new(),
    };
    let signer = Signer::new(&project.secret)?;
    // The ledger needs the secret to see that it is in no row.
    recipe.recorded = recorder.is_on().then(|| Arc::new(project));
    let size = input.as_ref().and_then(|input| input.bytes);
    let mut tally = Tally::new(console, size, args.count, recorder);
    tally.write(Lines::header(args.format))?;
    let pool = Pool::start(&recipe, &signer, input, args.count);
    let ended = pool.collect(|minted| tally.take(minted));
    tally.finish();
    match ended? {
        Some(bad) => Err(bad.into()),
        None if tally.skipped > 0 => Err(Failure::Refused),
        None => Ok(()),
    }
}

/// An opened file, with its header read.
struct Input {
    cutter: Cutter<Box<dyn Read + Send>>,
    shape: Shape,
    columns: Vec<columns::Column>,
    /// Its size, where that is known.
    bytes: Option<u64>,
}

impl Input {
    fn open(path: &Path, ignored: &[String]) -> Result<Self, Failure> {
        let stdin = path.as_os_str() == "-";
        let name = if stdin { "standard input".to_owned() } else { path.display().to_string() };
        let unreadable = |why: String, cure| Failure::Unreadable { what: name.clone(), why, cure };
        let mut bytes = None;
        let from: Box<dyn Read + Send> = if stdin {
            Box::new(io::stdin())
        } else {
            let failed = |error: io::Error| {
                unreadable(
                    format!("cannot be read: {}", secret::plain(&error)),
                    "check the path and its permissions",
                )
            };
            let file = File::open(path).map_err(failed)?;
            let about = file.metadata().map_err(failed)?;
            if about.is_dir() {
                return Err(unreadable("is a folder".into(), "give a file"));
            }
            bytes = about.is_file().then_some(about.len());
            Box::new(file)
        };
        let cut = |cut: Cut| Failure::from(Bad { row: 0, line: Some(1), wrong: wrong(&cut) });
        let mut cutter = Cutter::new(from).map_err(cut)?;
        let shape = cutter.shape().map_err(cut)?;
        let mut columns = Vec::new();
        if let Shape::Csv(comma) = shape {
            let header = cutter.header(shape).map_err(cut)?;
            let empty = || unreadable("is empty".into(), "begin with a line such as identity,room,name");
            columns = header_columns(&header.ok_or_else(empty)?, comma, ignored)?;
        }
        Ok(Self { cutter, shape, columns, bytes })
    }

    /// The next rows, or what is wrong with the file; `None` at its end.
    fn next(&mut self) -> Option<Order> {
        match self.cutter.next(self.shape) {
            Ok(piece) => piece.map(Order::Rows),
            Err(cut) => Some(Order::Broken(wrong(&cut))),
        }
    }
}

fn header_columns(header: &Piece, comma: u8, ignored: &[String]) -> Result<Vec<columns::Column>, Failure> {
    let mut names = Vec::new();
    let mut line = 1;
    let mut read = || -> Result<Vec<columns::Column>, Wrong> {
        let Some((_, at, bytes)) = header.rows(Shape::Csv(comma)).next() else { return Ok(Vec::new()) };
        line = at;
        let text = std::str::from_utf8(bytes).map_err(|_| Wrong {
            what: "it is not text (UTF-8)".into(),
            cure: "save the file as UTF-8".into(),
        })?;
        rows::values(text, comma, &mut names).map_err(|_| Wrong {
            what: "its quotes do not fit".into(),
            cure: "begin with a line such as identity,room,name".into(),
        })?;
        columns::read(&names, ignored)
    };
    read().map_err(|wrong| Bad { row: 0, line: Some(line), wrong }.into())
}

fn wrong(cut: &Cut) -> Wrong {
    match cut {
        Cut::Read(error) => Wrong {
            what: format!("the file cannot be read any further: {}", secret::plain(error)),
            cure: "check the disk or the network it is on, and begin again".into(),
        },
        Cut::TooLong { line, quoted: true, .. } => Wrong {
            what: format!("a quote that opens in line {line} or below is never closed"),
            cure: "close it; a quote inside a value is written twice".into(),
        },
        Cut::TooLong { line, .. } => Wrong {
            what: format!("the row in line {line} has more than 4 MiB"),
            cure: "check that the file has line breaks".into(),
        },
    }
}

impl From<Bad> for Failure {
    fn from(bad: Bad) -> Self {
        Self::Row { row: bad.row, line: bad.line, what: bad.wrong.what, cure: bad.wrong.cure }
    }
}

/// The threads at work. The `i`th order goes to the `i`th of them, in turns, and its lines are taken from there: so
/// the order of the rows is kept without sorting, and nobody runs ahead.
struct Pool {
    minted: Vec<Receiver<(Minted, Option<Wrong>)>>,
    threads: Vec<thread::JoinHandle<()>>,
}

/// How many pieces wait at each end of a thread.
const WAITING: usize = 1;
/// The most threads: beyond, one that reads and one that writes cannot keep them busy.
const MOST_THREADS: usize = 16;
/// How many are made at once of the flags alone.
const NUMBERS: u64 = 512;

impl Pool {
    fn start(recipe: &Recipe, signer: &Signer, input: Option<Input>, count: Option<u64>) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let (mut orders, mut pool) = (Vec::new(), Self { minted: Vec::new(), threads: Vec::new() });
        for _ in 0..cores {
            let (order, take) = sync_channel::<Order>(WAITING);
            let (give, minted) = sync_channel(WAITING);
            let mut minter = Minter::new(recipe.clone(), signer.clone());
            orders.push(order);
            pool.minted.push(minted);
            pool.threads.push(thread::spawn(move || {
                for order in take {
                    let minted = minter.mint(&order);
                    let broken = if let Order::Broken(wrong) = order { Some(wrong) } else { None };
                    if give.send((minted, broken)).is_err() {
                        return;
                    }
                }
            }));
        }
        // Not waited for: when a row is bad, it may sit at a pipe that has no more to say for hours.
        thread::spawn(move || match input {
            Some(mut input) => hand_out(&orders, std::iter::from_fn(|| input.next())),
            None => hand_out(&orders, numbers(count.unwrap_or(0))),
        });
        pool
    }

    /// Gives everything that was minted to `take`, in order, until it is done or `take` wants no more. What stopped
    /// it early, if it was a row or the file.
    fn collect(self, mut take: impl FnMut(Minted) -> Result<Taken, Failure>) -> Result<Option<Bad>, Failure> {
        for minted in self.minted.iter().cycle() {
            let Ok((minted, broken)) = minted.recv() else { break };
            if let Some(wrong) = broken {
                return Ok(Some(Bad { row: 0, line: None, wrong }));
            }
            match take(minted)? {
                Taken::More => {}
                Taken::Closed => return Ok(None),
                Taken::Stopped(bad) => return Ok(Some(bad)),
            }
        }
        for thread in self.threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
        Ok(None)
    }
}

fn hand_out(to: &[SyncSender<Order>], orders: impl Iterator<Item = Order>) {
    for (order, to) in orders.zip(to.iter().cycle()) {
        if to.send(order).is_err() {
            return;
        }
    }
}

fn numbers(count: u64) -> impl Iterator<Item = Order> {
    (0..count.div_ceil(NUMBERS)).map(move |i| {
        let first = i * NUMBERS;
        Order::Numbers { first: first + 1, count: NUMBERS.min(count - first) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_cut_into_orders() {
        let orders: Vec<(u64, u64)> = numbers(1_025)
            .map(|order| match order {
                Order::Numbers { first, count } => (first, count),
                _ => panic!("rows of what?"),
            })
            .collect();
        assert_eq!(orders, [(1, 512), (513, 512), (1_025, 1)]);
    }
}
