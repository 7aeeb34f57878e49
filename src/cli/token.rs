//! `roomkey token`: making tokens and taking them apart.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Failure, Session};
use crate::claims::problems::Problem;

mod batch;
mod check;
pub(super) mod create;
mod diff;
pub(super) mod draft;
pub(super) mod inspect;

/// Make access tokens, and take them apart
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Token {
    Create(Box<create::Create>),
    Batch(Box<batch::Batch>),
    Inspect(inspect::Inspect),
    Check(check::Check),
    Diff(diff::DiffTokens),
}

pub(super) fn run(session: &Session, token: &Token) -> Result<(), Failure> {
    match token {
        Token::Create(args) => create::run(session, args),
        Token::Batch(args) => batch::run(session, args),
        Token::Inspect(args) => inspect::run(session, args),
        Token::Check(args) => check::run(session, args),
        Token::Diff(args) => diff::run(session, args),
    }
}

/// Problems as every `--json` has them.
fn problems_json(problems: &[Problem]) -> Value {
    problems
        .iter()
        .map(|problem| {
            json!({
                "id": problem.rule.id,
                "severity": problem.rule.severity.as_str(),
                "message": problem.message,
                "hint": problem.rule.cure,
            })
        })
        .collect()
}
