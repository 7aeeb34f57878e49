//! Whether an AI agent reads what is printed here, and the refusal to show it a secret.
//!
//! An agent's transcript is kept and sent to others, so a secret in it is a secret lost. Tokens, which expire, are
//! made all the same, and `roomkey run` hands a secret to a program without showing it.

use std::ffi::OsString;

use super::{Failure, Session};

/// Variables that agents set for the commands they run, and who they are. From their documentation and from
/// @vercel/detect-agent 1.2 and is-ai-agent 0.3, which collect them.
const MARKERS: [(&str, &str); 19] = [
    ("CLAUDECODE", "Claude Code"),
    ("CLAUDE_CODE", "Claude Code"),
    ("CURSOR_AGENT", "Cursor"),
    ("GEMINI_CLI", "Gemini CLI"),
    ("CODEX_SANDBOX", "Codex"),
    ("CODEX_CI", "Codex"),
    ("CODEX_THREAD_ID", "Codex"),
    ("ANTIGRAVITY_AGENT", "Antigravity"),
    ("AUGMENT_AGENT", "Augment"),
    ("OPENCODE", "OpenCode"),
    ("OPENCODE_CLIENT", "OpenCode"),
    ("CLINE_ACTIVE", "Cline"),
    ("TRAE_AI_SHELL_ID", "TRAE"),
    ("GOOSE_TERMINAL", "Goose"),
    ("AMP_CURRENT_THREAD_ID", "Amp"),
    ("QWEN_CODE", "Qwen Code"),
    ("CRUSH", "Crush"),
    ("AI_AGENT", "an AI agent"),
    ("AGENT", "an AI agent"),
];

/// For commands that print a secret.
#[derive(clap::Args, Debug)]
pub(super) struct AgentArgs {
    /// Show the secret although an AI agent seems to read it
    #[arg(long)]
    allow_in_agent: bool,
}

impl AgentArgs {
    /// The error that showing a secret to an agent is, unless it was allowed.
    pub(super) fn refuse(&self, session: &Session) -> Result<(), Failure> {
        match found(&|name| session.ports.variable(name)) {
            Some((variable, who)) if !self.allow_in_agent => Err(Failure::InAgent { variable, who }),
            _ => Ok(()),
        }
    }
}

/// The first marker that is set. Empty, `0` and `false` are not.
fn found(lookup: &dyn Fn(&str) -> Option<OsString>) -> Option<(&'static str, &'static str)> {
    let set =
        |name: &str| lookup(name).is_some_and(|value| !value.is_empty() && value != "0" && value != "false");
    MARKERS.into_iter().find(|(name, _)| set(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_marker_is_seen_and_only_when_it_is_set() {
        assert_eq!(found(&|_| None), None);
        for (name, who) in MARKERS {
            for (value, seen) in
                [("1", true), ("claude-code_2.1", true), ("", false), ("0", false), ("false", false)]
            {
                let lookup = |asked: &str| (asked == name).then(|| OsString::from(value));
                assert_eq!(found(&lookup).is_some(), seen, "{name}={value}");
                assert!(!seen || found(&lookup).unwrap().1 == who);
            }
        }
    }
}
