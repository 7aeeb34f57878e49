//! What a server is asked, from which screen, and what it answered.

use crate::check::{CheckError, CheckReport, Expected};
use crate::clock::Timestamp;
use crate::project::ProjectName;

/// Where the answer is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Of the draft in the composer.
    Compose,
    /// Of the token in the inspector.
    Inspect,
    /// Of this project's key and secret.
    Project(ProjectName),
}

/// A question on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Where its answer is wanted.
    pub place: Place,
    /// Host and port that are asked, as shown.
    pub host: String,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Host and port that were asked, as shown.
    pub host: String,
    /// When the answer came.
    pub at: Timestamp,
    /// The answer, or why there is none.
    pub result: Result<CheckReport, CheckError>,
    /// What was expected, if anything.
    pub expected: Option<Expected>,
}

impl Answered {
    /// Yes, no, or none of both.
    #[must_use]
    pub fn accepted(&self) -> Option<bool> {
        self.result.as_ref().ok().and_then(CheckReport::accepted)
    }

    /// The answer in one sentence, without a full stop and without whose it is.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.result {
            Ok(report) => report.sentence(),
            Err(error) => error.to_string(),
        }
    }

    /// What to do about it; empty for a yes.
    #[must_use]
    pub fn hint(&self) -> String {
        match &self.result {
            Ok(report) => report.hint(),
            Err(error) => error.hint(),
        }
    }
}
