//! Checks that `localhost` resolves to this machine only.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::runtime::{Runtime as _, Timestamp, TokioRuntime};

/// How long a positive result is cached. A look-up blocks the thread, so results are cached, but only briefly, because
/// the address may change.
const CACHE_TIME: Duration = Duration::from_secs(60);

/// The cache of this process.
static LOCALHOST: Localhost = Localhost::new();

pub(crate) fn localhost_is_loopback() -> bool {
    LOCALHOST.is_loopback(TokioRuntime::new().now(), || ("localhost", 80).to_socket_addrs())
}

/// Until when a positive result is cached.
///
/// Negative results are not cached: a look-up may fail temporarily, and a `localhost` that is not this machine is a
/// misconfiguration whose requests all fail.
struct Localhost(Mutex<Option<Timestamp>>);

impl Localhost {
    const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Does not hold the lock during a look-up, so that a slow look-up blocks no other thread.
    fn is_loopback<A>(&self, now: Timestamp, look_up: impl FnOnce() -> io::Result<A>) -> bool
    where
        A: Iterator<Item = SocketAddr>,
    {
        let cached_until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cached_until.is_some_and(|until| !now.has_reached(until)) {
            return true;
        }
        let is_loopback = look_up().is_ok_and(are_loopback);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = is_loopback.then(|| now.plus(CACHE_TIME));
        is_loopback
    }
}

/// Returns whether all addresses are loopback addresses. `false` without addresses.
fn are_loopback(addresses: impl Iterator<Item = SocketAddr>) -> bool {
    let mut addresses = addresses.peekable();
    addresses.peek().is_some() && addresses.all(|address| address.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::UNIX_EPOCH;

    use super::*;

    fn addresses(list: &[&str]) -> std::vec::IntoIter<SocketAddr> {
        let list: Vec<_> = list.iter().map(|text| text.parse().unwrap()).collect();
        list.into_iter()
    }

    #[test]
    fn localhost_is_loopback_only_if_all_of_its_addresses_are() {
        let is_loopback = |list| are_loopback(addresses(list));
        assert!(is_loopback(&["127.0.0.1:80"]) && is_loopback(&["127.0.0.1:80", "[::1]:80"]));
        assert!(!is_loopback(&[]));
        assert!(!is_loopback(&["127.0.0.1:80", "192.0.2.1:80"]));
    }

    /// Queries at a time, with the addresses of the name. Returns the result, and whether the name was looked up.
    fn query(localhost: &Localhost, now: Timestamp, list: &[&str]) -> (bool, bool) {
        let looked_up = Cell::new(false);
        let outcome = localhost.is_loopback(now, || {
            looked_up.set(true);
            Ok(addresses(list))
        });
        (outcome, looked_up.get())
    }

    const LOOPBACK: &[&str] = &["127.0.0.1:80", "[::1]:80"];
    const REMOTE: &[&str] = &["192.0.2.1:80"];

    #[test]
    fn a_positive_result_is_cached_for_a_minute() {
        let localhost = Localhost::new();
        let start = Timestamp::new(UNIX_EPOCH, Duration::from_secs(1000));
        let at = |seconds| start.plus(Duration::from_secs(seconds));
        assert_eq!(query(&localhost, start, LOOPBACK), (true, true));
        for seconds in [0, 1, 59] {
            assert_eq!(query(&localhost, at(seconds), REMOTE), (true, false), "{seconds} s");
        }
        assert_eq!(query(&localhost, at(60), REMOTE), (false, true));
        assert_eq!(
            query(&localhost, at(61), REMOTE),
            (false, true),
            "the negative result is not cached either"
        );
        assert_eq!(query(&localhost, at(62), LOOPBACK), (true, true));
        assert_eq!(
            query(&localhost, at(121), REMOTE),
            (true, false),
            "a minute from the last look-up"
        );
        assert_eq!(query(&localhost, at(122), LOOPBACK), (true, true));
    }

    #[test]
    fn a_wall_clock_that_is_set_back_does_not_extend_the_cache_time() {
        let localhost = Localhost::new();
        let day = Duration::from_secs(24 * 60 * 60);
        let before = Timestamp::new(UNIX_EPOCH + day, Duration::from_secs(1000));
        let set_back = |seconds: u64| Timestamp::new(UNIX_EPOCH, Duration::from_secs(1000 + seconds));
        assert_eq!(query(&localhost, before, LOOPBACK), (true, true));
        assert_eq!(query(&localhost, set_back(59), REMOTE), (true, false));
        assert_eq!(query(&localhost, set_back(60), REMOTE), (false, true));
    }

    #[test]
    fn a_failed_look_up_is_not_cached() {
        let localhost = Localhost::new();
        let now = Timestamp::new(UNIX_EPOCH, Duration::ZERO);
        let failed = || Err::<std::iter::Empty<_>, _>(io::Error::other("no response"));
        assert!(!localhost.is_loopback(now, failed));
        assert_eq!(query(&localhost, now, LOOPBACK), (true, true));
    }
}
