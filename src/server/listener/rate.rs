//! Rates: how often one address, or one identity, may ask.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many askers are remembered. Beyond that the ones that are within their rate are forgotten, and if there are
/// none, newcomers are not counted: a limit that can be flooded must not keep honest clients out.
const MOST_KNOWN: usize = 20_000;
/// How often they are looked through for that: in a flood, looking for each newcomer would cost more than the answers.
const SWEEP: Duration = Duration::from_secs(1);

/// So many a minute for each asker, a quarter of them at once. The generic cell rate algorithm: one instant for each
/// asker, up to which its allowance is used.
#[derive(Debug)]
pub(super) struct Rate<K> {
    period: Duration,
    burst: u32,
    known: Mutex<Known<K>>,
}

#[derive(Debug)]
struct Known<K> {
    used_until: HashMap<K, Instant>,
    swept: Option<Instant>,
}

impl<K: Eq + Hash> Rate<K> {
    /// `None` for 0 a minute, which is no limit.
    pub(super) fn per_minute(number: u32) -> Option<Self> {
        (number > 0).then(|| Self {
            period: Duration::from_secs(60) / number,
            burst: (number / 4).max(1),
            known: Mutex::new(Known { used_until: HashMap::new(), swept: None }),
        })
    }

    /// Takes one from the allowance.
    ///
    /// # Errors
    /// It is used up; with the seconds, rounded up, after which there is one again.
    pub(super) fn take(&self, asker: K, now: Instant) -> Result<(), u32> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Known { used_until, swept } = &mut *known;
        if used_until.len() >= MOST_KNOWN && !used_until.contains_key(&asker) {
            if swept.is_none_or(|swept| now.duration_since(swept) >= SWEEP) {
                *swept = Some(now);
                used_until.retain(|_, until| *until > now);
            }
            if used_until.len() >= MOST_KNOWN {
                return Ok(());
            }
        }
        let until = used_until.entry(asker).or_insert(now);
        let start = (*until).max(now);
        let ahead = start.duration_since(now);
        let room = self.period * (self.burst - 1);
        if ahead > room {
            let wait = ahead.saturating_sub(room).as_secs_f64().ceil();
            // A wait is at most one period, which is at most a minute.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 60")]
            return Err((wait as u32).max(1));
        }
        *until = start + self.period;
        Ok(())
    }
}

/// What counts as one address: all of IPv4, and of IPv6 the half that a customer is given.
pub(super) fn asker(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        four @ IpAddr::V4(_) => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asker_may_ask_a_quarter_at_once_and_the_rest_over_the_minute() {
        let rate = Rate::per_minute(60).unwrap();
        let start = Instant::now();
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        assert!((0..15).all(|_| rate.take("a", at(0.0)).is_ok()));
        assert_eq!(rate.take("a", at(0.0)), Err(1));
        assert_eq!(rate.take("b", at(0.0)), Ok(()));
        assert_eq!(rate.take("a", at(1.01)), Ok(()));
        assert_eq!(rate.take("a", at(1.02)), Err(1));
        let allowed = (0..6_000).filter(|i| rate.take("c", at(f64::from(*i) / 100.0)).is_ok()).count();
        assert!((60..=76).contains(&allowed), "{allowed}");
    }

    #[test]
    fn one_a_minute_is_one_a_minute_and_none_is_no_limit() {
        let rate = Rate::per_minute(1).unwrap();
        let now = Instant::now();
        assert_eq!(rate.take("a", now), Ok(()));
        assert_eq!(rate.take("a", now), Err(60));
        assert_eq!(rate.take("a", now + Duration::from_secs(61)), Ok(()));
        assert!(Rate::<&str>::per_minute(0).is_none());
    }

    #[test]
    fn a_flood_of_askers_takes_no_more_memory_than_it_may_and_locks_nobody_out() {
        let rate = Rate::per_minute(1).unwrap();
        let now = Instant::now();
        for asker in 0..2 * MOST_KNOWN {
            assert_eq!(rate.take(asker, now), Ok(()));
        }
        assert_eq!(rate.known.lock().unwrap().used_until.len(), MOST_KNOWN);
        assert_eq!(rate.take(1, now), Err(60));
        let later = now + Duration::from_secs(120);
        assert_eq!(rate.take(usize::MAX, later), Ok(()));
        assert_eq!(rate.known.lock().unwrap().used_until.len(), 1);
    }

    #[test]
    fn addresses_of_one_customer_are_one_asker() {
        let of = |text: &str| asker(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
