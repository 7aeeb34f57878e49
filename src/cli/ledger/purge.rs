//! `roomkey ledger purge`.

use super::super::failure::beginning;
use super::super::{Failure, Session};
use crate::clock::Timestamp;
use crate::ledger::{self, Purged};

/// Remove rows from the ledger
///
/// Those of expired tokens, unless --before or --all says otherwise. Asks first on a terminal; elsewhere --yes has to say
/// it. Tokens go on working as long as they do: only what is known of them here is removed.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey ledger purge
  roomkey ledger purge --before 2026-11-01
  roomkey ledger purge --before 30d --yes
  roomkey ledger purge --all

Exit codes:
  0  removed, or there was nothing to remove
  1  you said no
  2  not removed: nobody to ask, or the ledger cannot be read or written")]
pub(in super::super) struct Purge {
    /// Rows of tokens that no server takes any more; this is the default
    #[arg(long, conflicts_with_all = ["before", "all"])]
    expired: bool,
    /// Rows of before this moment, alive or not: 2026-11-01, 30d for 30 days ago
    #[arg(long, value_name = "MOMENT", conflicts_with = "all")]
    before: Option<String>,
    /// All rows
    #[arg(long)]
    all: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(in super::super) fn run(session: &Session, args: &Purge) -> Result<(), Failure> {
    let which = match &args.before {
        Some(text) => {
            let moment = Timestamp::past(text, session.now, &session.zone)
                .ok_or_else(|| Failure::NotAMoment { given: beginning(text) })?;
            ledger::Purge::Before(moment)
        }
        None if args.all => ledger::Purge::All,
        None => ledger::Purge::Expired,
    };
    let ledger = session.ports.ledger()?;
    if !args.yes {
        let counted = ledger.count(which, session.now)?;
        if counted.gone > 0 {
            confirm(session, counted)?;
        }
    }
    let Purged { gone, kept } = ledger.purge(which, session.now)?;
    session.console.note(&match (gone, kept) {
        (0, 0) => "the ledger is empty".to_owned(),
        (0, kept) => format!("nothing to remove; {kept} stay"),
        (gone, kept) => format!("removed {}; {kept} stay", rows(gone)),
    });
    Ok(())
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".into() } else { format!("{count} rows") }
}

fn confirm(session: &Session, counted: Purged) -> Result<(), Failure> {
    let rows = rows(counted.gone);
    if !session.can_ask() {
        return Err(Failure::PurgeNoYes { rows });
    }
    let question =
        format!("Remove {rows} from the ledger? {} stay. The tokens work on. [y/N] ", counted.kept);
    if session.ask(&question)? { Ok(()) } else { Err(Failure::LedgerKept) }
}
