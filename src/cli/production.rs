//! An administrative token of a production project: asked for twice.

use clap::Args;

use super::{Failure, Session, secret};
use crate::project::ProjectName;
use crate::text::listed;

/// That it is meant.
#[derive(Args, Debug, Default)]
pub(super) struct ProductionArgs {
    /// Sign an administrative token for a project marked as production without asking
    #[arg(long, help_heading = "Output")]
    pub(super) yes_production: bool,
}

impl ProductionArgs {
    /// Asks for the project's name if there are such grants; `powers` are their paths. A letter is typed without looking, a name is
    /// not.
    pub(super) fn ask(
        &self,
        session: &Session,
        name: &ProjectName,
        powers: &[String],
    ) -> Result<(), Failure> {
        if powers.is_empty() || self.yes_production {
            return Ok(());
        }
        if !session.can_ask() {
            return Err(Failure::ProductionUnasked { name: name.clone(), powers: listed(powers, "and") });
        }
        let question = format!(
            "{name} is production, and this gives {}. Type the project's name to sign it: ",
            listed(powers, "and")
        );
        let typed = match secret::asked(&question) {
            Err(Failure::NotAnswered) => String::new(),
            typed => typed?,
        };
        if typed.trim() == name.as_str() { Ok(()) } else { Err(Failure::ProductionKept) }
    }
}
