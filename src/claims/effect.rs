//! What claims allow, computed as LiveKit's server computes it; never as an SDK's comment says.

use super::Claims;
use crate::clock::{Timestamp, Zone};

/// One sentence about what a token lets its holder do, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whether it is allowed.
    pub allowed: bool,
    /// `send data`.
    pub text: String,
    /// Why not, or why in spite of appearances: `you switched it off`, `off by default`.
    pub reason: &'static str,
}

/// What the token lets its holder do, most important first, as sentences without a full stop.
#[must_use]
pub fn lines(claims: &Claims, now: Timestamp, zone: &Zone) -> Vec<Line> {
    let _ = (claims, now, zone);
    Vec::new()
}
