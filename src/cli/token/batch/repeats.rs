//! Participants that come twice: the second to join puts the first out (roommanager.go:398-400).

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// How many participants are remembered: their fingerprints take 16 MiB.
const MOST: usize = 1_800_000;

/// Fingerprints of participants, up to [`MOST`] of them.
#[derive(Default)]
pub(super) struct Repeats {
    seen: HashSet<u64, BuildHasherDefault<AsItIs>>,
    /// How many came again.
    pub(super) count: u64,
    /// The first that did: its row, its identity.
    pub(super) first: Option<(u64, String)>,
    /// How many could not be compared with all before.
    pub(super) beyond: u64,
}

impl Repeats {
    /// Takes note of a participant.
    pub(super) fn see(&mut self, row: u64, identity: String, fingerprint: u64) {
        if self.seen.contains(&fingerprint) {
            self.count += 1;
            self.first.get_or_insert((row, identity));
        } else if self.seen.len() < MOST {
            self.seen.insert(fingerprint);
        } else {
            self.beyond += 1;
        }
    }
}

/// A fingerprint is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_before_is_counted_and_the_first_is_named() {
        let mut repeats = Repeats::default();
        for (row, fingerprint) in [(1, 10), (2, 20), (3, 10), (4, 10), (5, 20)] {
            repeats.see(row, format!("p{fingerprint}"), fingerprint);
        }
        assert_eq!((repeats.count, repeats.first, repeats.beyond), (3, Some((3, "p10".into())), 0));
    }

    #[test]
    fn memory_is_bounded_and_what_is_beyond_is_counted() {
        let mut repeats = Repeats::default();
        for n in 0..MOST as u64 + 5 {
            repeats.see(n, String::new(), n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        assert_eq!((repeats.count, repeats.beyond, repeats.seen.len()), (0, 5, MOST));
    }
}
