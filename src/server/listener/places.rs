//! Places: how many connections there may be at a time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::rate::asker;
use crate::server::counters::Counters;

/// The places that are left. One address of another machine may have half of them, so that one client that holds on
/// to all it gets does not keep everybody else out.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    by_address: bool,
    taken: Mutex<Taken>,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    of: HashMap<IpAddr, usize>,
}

impl Places {
    /// `by_address` says whether addresses tell clients apart: not behind a proxy.
    pub(super) fn new(most: usize, by_address: bool, counters: Arc<Counters>) -> Self {
        Self { most: most.max(1), by_address, taken: Mutex::default(), counters }
    }

    /// A place, if there is one for this address.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = asker(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let half = self.most.div_ceil(2);
        let counted = self.by_address && !address.is_loopback();
        let has = taken.of.get(&address).copied().unwrap_or_default();
        if taken.all >= self.most || (counted && has >= half) {
            self.counters.turned_away();
            return None;
        }
        taken.all += 1;
        if counted {
            taken.of.insert(address, has + 1);
        }
        self.counters.opened();
        Some(Place { places: self.clone(), address })
    }
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(has) = taken.of.get_mut(&self.address) {
            *has -= 1;
            if *has == 0 {
                taken.of.remove(&self.address);
            }
        }
        self.places.counters.closed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_gets_half_of_the_places_and_gives_them_back() {
        let counters = Arc::new(Counters::default());
        let places = Arc::new(Places::new(4, true, counters.clone()));
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let held: Vec<Place> = std::iter::from_fn(|| places.take(one)).collect();
        assert_eq!(held.len(), 2);
        let others: Vec<Place> = std::iter::from_fn(|| places.take(other)).collect();
        assert_eq!((others.len(), places.take("127.0.0.1".parse().unwrap()).is_some()), (2, false));
        assert_eq!((counters.now().open, counters.now().turned_away), (4, 3));
        drop(held);
        assert!(places.take(one).is_some());
        drop(others);
        assert_eq!(counters.now().open, 0);
        assert!(places.taken.lock().unwrap().of.is_empty());
    }

    #[test]
    fn this_machine_and_a_proxy_may_have_them_all() {
        for (by_address, address) in [(true, "127.0.0.1"), (false, "192.0.2.1")] {
            let places = Arc::new(Places::new(4, by_address, Arc::default()));
            let held: Vec<Place> = std::iter::from_fn(|| places.take(address.parse().unwrap())).collect();
            assert_eq!(held.len(), 4);
        }
    }
}
