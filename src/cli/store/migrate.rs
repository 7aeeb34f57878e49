//! `roomkey store migrate`.

use serde_json::json;

use super::super::{Failure, Ink, Session};
use super::projects;
use crate::settings::Backend;
use crate::store::migrate::{self, Fate};
use crate::store::{Store, StoreError};

/// Move the projects to another store
///
/// Copies every project, reads it back from where it is kept now and compares it; only then, and only with --delete-source,
/// are they removed where they were. From then on the other store is the one that is used without --store. Stopped at any
/// point, every project is in at least one of the two.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  roomkey store migrate --to vault --dry-run
  roomkey store migrate --to vault
  roomkey --store keyring store migrate --to vault --delete-source

--json prints {from, to, dry_run, projects: [{name, action}], deleted}; action is copied, same, replaced or differs.

Exit codes:
  0  moved, or nothing to do
  1  --dry-run: projects of the same name differ
  2  not moved: a store did not answer, or projects differ and --replace was not given")]
pub(in super::super) struct Migrate {
    /// Where to
    #[arg(long, value_name = "STORE", value_parser = ["keyring", "vault"])]
    to: String,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Overwrite projects of the same name that differ
    #[arg(long)]
    replace: bool,
    /// Remove the projects from where they were, once they have been compared
    #[arg(long)]
    delete_source: bool,
}

pub(in super::super) fn run(session: &Session, args: &Migrate) -> Result<(), Failure> {
    let target: Backend = args.to.parse().unwrap_or(Backend::Vault);
    let mut from = session.store()?;
    if from.backend() == target {
        return Err(StoreError::SameStore { backend: target }.into());
    }
    if args.delete_source && from.backend() == Backend::Environment {
        return Err(StoreError::ReadOnly { backend: Backend::Environment }.into());
    }
    let mut to = session.ports.with_store(target).open_store()?;
    if args.dry_run {
        if to.probe()?.locked {
            session.unlock_to_write(to.as_mut())?;
        }
    } else {
        session.unlock_to_write(to.as_mut())?;
    }
    let plan = migrate::plan(from.as_ref(), to.as_ref())?;
    if args.dry_run {
        tell(session, args, from.as_ref(), &plan, false)?;
        let differ = plan.iter().any(|(_, fate)| *fate == Fate::Differs) && !args.replace;
        return if differ { Err(Failure::Refused) } else { Ok(()) };
    }
    migrate::copy(from.as_ref(), to.as_mut(), &plan, args.replace)?;
    if args.delete_source {
        migrate::remove_source(from.as_mut(), &plan)?;
    }
    tell(session, args, from.as_ref(), &plan, args.delete_source)?;
    choose(session, target)
}

/// The store that the projects are in now is the one to use.
fn choose(session: &Session, target: Backend) -> Result<(), Failure> {
    if session.ports.settings()?.store != Some(target) {
        session.ports.change_settings(|settings| settings.store = Some(target))?;
        session
            .console
            .note(&format!("projects are kept in the {target} from now on; --store says otherwise"));
    }
    Ok(())
}

fn tell(
    session: &Session,
    args: &Migrate,
    from: &dyn Store,
    plan: &[(crate::project::ProjectName, Fate)],
    deleted: bool,
) -> Result<(), Failure> {
    let (console, from) = (session.console, from.backend());
    let action = |fate: Fate| match fate {
        Fate::Copied => "copied",
        Fate::Same => "same",
        Fate::Differs if args.replace => "replaced",
        Fate::Differs => "differs",
    };
    if session.global.json {
        let rows: Vec<_> =
            plan.iter().map(|(name, fate)| json!({"name": name.as_str(), "action": action(*fate)})).collect();
        return console.json(&json!({
            "from": from.as_str(), "to": args.to, "dry_run": args.dry_run, "projects": rows, "deleted": deleted,
        }));
    }
    if plan.is_empty() {
        console.note(&format!("there are no projects in the {from}"));
        return Ok(());
    }
    let lines: Vec<String> = plan
        .iter()
        .map(|(name, fate)| {
            let ink = if action(*fate) == "differs" { Ink::Bad } else { Ink::Faint };
            format!(
                "{}{}",
                console.paint(ink, &format!("{:<10}", action(*fate))),
                console.foreign(name.as_str())
            )
        })
        .collect();
    console.payload(&lines.join("\n"))?;
    let count = projects(plan.len());
    console.note(&match (args.dry_run, deleted) {
        (true, _) => format!("{count} would go from the {from} to the {}; nothing was changed", args.to),
        (false, true) => {
            format!("{count} went from the {from} to the {}, compared there and removed here", args.to)
        }
        (false, false) => format!(
            "{count} copied from the {from} to the {} and compared; the {from} has them still: roomkey --store {from} \
             store migrate --to {} --delete-source",
            args.to, args.to
        ),
    });
    Ok(())
}
