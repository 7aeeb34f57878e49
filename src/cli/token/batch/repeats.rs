//! Participants that come twice: the second to join puts the first out (roommanager.go:398-400).
//!
//! What is remembered of a participant is five bytes of a hash, in one of two small buckets of a table that never grows:
//! memory does not depend on how many there are. Two different participants are taken for one another once in some
//! 100,000 runs of a million.

/// How many participants share a bucket.
const BUCKET: usize = 8;
/// How many buckets there are: together 6.4 MB, which is full at 1.28 million participants.
const BUCKETS: usize = 160_000;

/// Part of a hash; nobody's is all zeroes.
type Mark = [u8; 5];

const NOBODY: Mark = [0; 5];

/// Marks of participants, up to [`BUCKETS`] times [`BUCKET`] of them.
#[derive(Default)]
pub(super) struct Repeats {
    /// Empty until there is one.
    buckets: Vec<[Mark; BUCKET]>,
    /// How many came again.
    pub(super) count: u64,
    /// The first that did: its row, its identity.
    pub(super) first: Option<(u64, String)>,
    /// How many had no place, so that nobody who comes later is compared with them.
    pub(super) beyond: u64,
}

impl Repeats {
    /// Takes note of a participant. `identity` is asked for only if it came before.
    pub(super) fn see(&mut self, row: u64, fingerprint: u64, identity: impl FnOnce() -> String) {
        if self.buckets.is_empty() {
            self.buckets = vec![[NOBODY; BUCKET]; BUCKETS];
        }
        let (mark, [one, other]) = of(fingerprint);
        if self.buckets[one].contains(&mark) || self.buckets[other].contains(&mark) {
            self.count += 1;
            if self.first.is_none() {
                self.first = Some((row, identity()));
            }
            return;
        }
        // The emptier one, so that they fill up alike.
        let at = if self.taken(other) < self.taken(one) { other } else { one };
        if !self.put(at, mark) && !self.make_room(at, mark) {
            self.beyond += 1;
        }
    }

    fn taken(&self, at: usize) -> usize {
        self.buckets[at].iter().filter(|slot| **slot != NOBODY).count()
    }

    fn put(&mut self, at: usize, mark: Mark) -> bool {
        let count = self.taken(at);
        let slot = self.buckets[at].get_mut(count);
        slot.map(|slot| *slot = mark).is_some()
    }

    /// Moves one that is in a full bucket to its other one, and takes its place.
    fn make_room(&mut self, at: usize, mark: Mark) -> bool {
        for slot in 0..BUCKET {
            let moved = self.buckets[at][slot];
            if self.put(other(moved, at), moved) {
                self.buckets[at][slot] = mark;
                return true;
            }
        }
        false
    }
}

/// The mark and the two places of a fingerprint: the upper 40 bits, and a bucket by the lower 24.
fn of(fingerprint: u64) -> (Mark, [usize; 2]) {
    let mut mark = NOBODY;
    mark.copy_from_slice(&(fingerprint >> 24).max(1).to_be_bytes()[3..]);
    let one = ((fingerprint & 0xff_ffff) * BUCKETS as u64) >> 24;
    // Below `BUCKETS`.
    let one = usize::try_from(one).unwrap_or(0);
    (mark, [one, other(mark, one)])
}

/// The other bucket of a mark that could be in this one; of that it is this one. It goes by both, so that marks that are
/// alike by chance are mostly elsewhere.
fn other(mark: Mark, at: usize) -> usize {
    let mut bytes = [0; 8];
    bytes[3..].copy_from_slice(&mark);
    let mark = u64::from_be_bytes(bytes);
    let spread = ((mark.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) * BUCKETS as u64) >> 32;
    (usize::try_from(spread).unwrap_or(0) + BUCKETS - at) % BUCKETS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits as well mixed as those of a hash.
    fn mixed(n: u64) -> u64 {
        crate::claims::placeholders::Chance::of(n).number()
    }

    #[test]
    fn what_came_before_is_counted_and_the_first_is_named() {
        let mut repeats = Repeats::default();
        for (row, who) in [(1, 10), (2, 20), (3, 10), (4, 10), (5, 20)] {
            repeats.see(row, mixed(who), || format!("p{who}"));
        }
        assert_eq!((repeats.count, repeats.first, repeats.beyond), (3, Some((3, "p10".into())), 0));
        let mut odd = Repeats::default();
        // A hash without a bit has a mark too.
        odd.see(1, 0, String::new);
        assert_eq!(odd.count, 0);
        odd.see(2, 0, String::new);
        assert_eq!(odd.count, 1);
    }

    #[test]
    fn of_a_million_each_is_told_from_all_others_and_comes_again_only_once() {
        let mut repeats = Repeats::default();
        for n in 0..1_000_000 {
            repeats.see(n, mixed(n), String::new);
        }
        assert_eq!((repeats.count, repeats.beyond), (0, 0));
        for n in (0..1_000_000).step_by(1_000) {
            repeats.see(n, mixed(n), String::new);
        }
        assert_eq!(repeats.count, 1_000);
    }

    #[test]
    fn what_has_no_place_is_counted_and_the_table_stays_as_large_as_it_is() {
        let mut repeats = Repeats::default();
        let all = (BUCKETS * BUCKET) as u64;
        for n in 0..all * 2 {
            repeats.see(n, mixed(n), String::new);
        }
        assert!(repeats.beyond >= all && repeats.beyond < all + all / 20, "{}", repeats.beyond);
        assert_eq!((repeats.count, repeats.buckets.capacity()), (0, BUCKETS));
    }
}
