//! How far two clocks are apart.

use crate::clock::{Timestamp, length};

/// What the server allows between its clock and the one that signed, in seconds (semantics.md section 3).
const LEEWAY: i64 = 60;
/// From here on a difference between clocks is worth a warning, in seconds.
const NOTABLE: i64 = 10;

/// How far the server's clock is ahead of this machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// Seconds; negative if the server is behind. Zero if the difference is within the uncertainty.
    pub seconds: i64,
    /// How far off that may be, in milliseconds: `Date` has whole seconds, and was written at some point of the
    /// round trip.
    pub uncertainty_ms: i64,
}

impl Skew {
    /// From the server's `Date`, and this machine's clock before and after, in milliseconds since the epoch.
    #[must_use]
    pub fn measure(date: Timestamp, before_ms: i64, after_ms: i64) -> Self {
        let trip = after_ms.saturating_sub(before_ms).max(0);
        let apart = date
            .as_unix()
            .saturating_mul(1_000)
            .saturating_add(500)
            .saturating_sub(before_ms.saturating_add(trip / 2));
        let uncertainty_ms = 1_000 + trip / 2;
        let seconds = if apart.saturating_abs() <= uncertainty_ms { 0 } else { apart / 1_000 };
        Self { seconds, uncertainty_ms }
    }

    /// `clock 0 s apart`, `server's clock 3 min ahead`.
    #[must_use]
    pub fn said(self) -> String {
        match self.seconds {
            0 => "clock 0 s apart".into(),
            1.. => format!("server's clock {} ahead", length(self.seconds)),
            _ => format!("server's clock {} behind", length(self.seconds)),
        }
    }

    /// What follows from a difference that matters.
    #[must_use]
    pub fn warning(self) -> Option<String> {
        if self.seconds.abs() < NOTABLE {
            return None;
        }
        let refused = if self.seconds.abs() <= LEEWAY {
            "tokens still work: servers allow 60 s"
        } else if self.seconds > 0 {
            "tokens signed here expire that much too early"
        } else {
            "tokens with nbf signed here are not valid yet, others live too long"
        };
        let to = if self.seconds > 0 { "ahead" } else { "behind" };
        Some(format!("the server's clock is {} {to}; {refused}", length(self.seconds)))
    }

    /// What to do about a [warning](Self::warning).
    #[must_use]
    pub const fn cure() -> &'static str {
        "set the clock that is wrong, best by NTP"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_as_far_apart_as_can_be_known() {
        let at = |seconds| Skew::measure(Timestamp::from_unix(seconds), 100_000, 100_200);
        assert_eq!(at(100), Skew { seconds: 0, uncertainty_ms: 1_100 });
        assert_eq!(at(99).seconds, 0);
        assert_eq!(at(400).said(), "server's clock 5 min ahead");
        assert!(at(0).warning().unwrap().contains("not valid yet"));
        assert!(at(120).warning().unwrap().contains("still work"));
        assert!(at(400).warning().unwrap().contains("too early"));
        assert_eq!(Skew::measure(Timestamp::from_unix(i64::MAX), i64::MIN, i64::MAX).seconds.signum(), 1);
    }
}
