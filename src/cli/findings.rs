//! A checklist on standard output: a row for each finding, with its cure below.

use serde_json::{Value, json};

use super::{Console, Failure, Ink};
use crate::finding::{Finding, Outcome};
use crate::text::visible;

/// The rows for `--json`.
pub(super) fn as_json(findings: &[Finding]) -> Vec<Value> {
    findings
        .iter()
        .map(|found| {
            json!({"id": found.id, "result": found.outcome.as_str(), "detail": found.detail, "hint": found.hint})
        })
        .collect()
}

/// The rows for people, below a first line.
pub(super) fn print(console: Console, first: &str, findings: &[Finding]) -> Result<(), Failure> {
    let widest = findings.iter().map(|found| found.id.len()).max().unwrap_or(0);
    let mut lines = vec![console.paint(Ink::Strong, first)];
    for found in findings {
        let (ink, mark) = mark(found.outcome);
        lines.push(format!("{} {:<widest$}  {}", console.paint(ink, mark), found.id, visible(&found.detail)));
        if !found.hint.is_empty() {
            lines.push(console.paint(Ink::Faint, &format!("  {:widest$}  {}", "", visible(&found.hint))));
        }
    }
    console.payload(&lines.join("\n"))
}

/// The answer that the exit code gives: no, if anything failed.
pub(super) fn answer(findings: &[Finding]) -> Result<(), Failure> {
    let failed = findings.iter().any(|finding| finding.outcome == Outcome::Failed);
    if failed { Err(Failure::Refused) } else { Ok(()) }
}

fn mark(outcome: Outcome) -> (Ink, &'static str) {
    match outcome {
        Outcome::Ok => (Ink::Good, "✓"),
        Outcome::Warning => (Ink::Caution, "!"),
        Outcome::Failed => (Ink::Bad, "✗"),
        Outcome::Skipped => (Ink::Faint, "·"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_a_word_and_a_mark_of_its_own() {
        let all = [Outcome::Ok, Outcome::Warning, Outcome::Failed, Outcome::Skipped];
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                assert_ne!(one.as_str(), other.as_str());
                assert_ne!(mark(*one).1, mark(*other).1);
            }
        }
    }
}
