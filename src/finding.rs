//! What was found out about one thing, and what to do about it: the rows of a checklist.

/// How one thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// It works, but not as well or as safely as it could.
    Warning,
    /// It does not work.
    Failed,
    /// It was not looked at; the detail says why.
    Skipped,
}

impl Outcome {
    /// `ok`, `warning`, `failed`, `skipped`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One row of a checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a word or two. Stable.
    pub id: &'static str,
    /// How it is.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: String,
    /// What to do about it; empty if there is nothing to do.
    pub hint: String,
}

impl Finding {
    /// It is as it should be.
    #[must_use]
    pub fn ok(id: &'static str, detail: impl Into<String>) -> Self {
        Self { id, outcome: Outcome::Ok, detail: detail.into(), hint: String::new() }
    }

    /// It was not looked at.
    #[must_use]
    pub fn skipped(id: &'static str, why: impl Into<String>) -> Self {
        Self { id, outcome: Outcome::Skipped, detail: why.into(), hint: String::new() }
    }

    /// It could be better.
    #[must_use]
    pub fn warning(id: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { id, outcome: Outcome::Warning, detail: detail.into(), hint: hint.into() }
    }

    /// It does not work.
    #[must_use]
    pub fn failed(id: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { id, outcome: Outcome::Failed, detail: detail.into(), hint: hint.into() }
    }
}
