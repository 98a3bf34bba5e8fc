//! Whether the name `localhost` means this machine and no other.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::runtime::{Runtime as _, Timestamp, TokioRuntime};

/// How long a yes counts. A look-up blocks the thread, so it is rare; but what the name means may change, and is looked up again.
const REMEMBERED: Duration = Duration::from_secs(60);

/// For the whole process.
static LOCALHOST: Localhost = Localhost::new();

pub(crate) fn localhost_is_loopback() -> bool {
    LOCALHOST.is_loopback(TokioRuntime::new().now(), || ("localhost", 80).to_socket_addrs())
}

/// What was found out about the name, and until when that counts.
///
/// Only a yes is remembered: a look-up that fails says nothing of the next one. The yes is what programs run on; a `localhost`
/// that is none is a mistake, and each of its requests an error.
struct Localhost(Mutex<Option<Timestamp>>);

impl Localhost {
    const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// The lock is not held during a look-up, so that a slow one holds up nobody who need not look.
    fn is_loopback<A>(&self, now: Timestamp, look_up: impl FnOnce() -> io::Result<A>) -> bool
    where
        A: Iterator<Item = SocketAddr>,
    {
        let known_until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known_until.is_some_and(|until| !now.has_reached(until)) {
            return true;
        }
        let yes = look_up().is_ok_and(are_loopback);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = yes.then(|| now.plus(REMEMBERED));
        yes
    }
}

/// No address at all is no loopback address.
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
    fn localhost_is_this_machine_only_if_every_address_says_so_and_there_is_one() {
        let is_loopback = |list| are_loopback(addresses(list));
        assert!(is_loopback(&["127.0.0.1:80"]) && is_loopback(&["127.0.0.1:80", "[::1]:80"]));
        assert!(!is_loopback(&[]));
        assert!(!is_loopback(&["127.0.0.1:80", "192.0.2.1:80"]));
    }

    /// At a time of the manual clock, with what the name resolves to; gives the outcome, and whether it was looked up.
    fn asked(localhost: &Localhost, now: Timestamp, list: &[&str]) -> (bool, bool) {
        let looked_up = Cell::new(false);
        let outcome = localhost.is_loopback(now, || {
            looked_up.set(true);
            Ok(addresses(list))
        });
        (outcome, looked_up.get())
    }

    const HERE: &[&str] = &["127.0.0.1:80", "[::1]:80"];
    const ELSEWHERE: &[&str] = &["192.0.2.1:80"];

    #[test]
    fn a_remembered_look_up_ends_after_a_minute() {
        let localhost = Localhost::new();
        let start = Timestamp::new(UNIX_EPOCH, Duration::from_secs(1000));
        let at = |seconds| start.plus(Duration::from_secs(seconds));
        assert_eq!(asked(&localhost, start, HERE), (true, true));
        for seconds in [0, 1, 59] {
            assert_eq!(asked(&localhost, at(seconds), ELSEWHERE), (true, false), "{seconds} s");
        }
        assert_eq!(asked(&localhost, at(60), ELSEWHERE), (false, true));
        assert_eq!(
            asked(&localhost, at(61), ELSEWHERE),
            (false, true),
            "nor is it remembered that it was"
        );
        assert_eq!(asked(&localhost, at(62), HERE), (true, true));
        assert_eq!(
            asked(&localhost, at(121), ELSEWHERE),
            (true, false),
            "a minute from the last look-up"
        );
        assert_eq!(asked(&localhost, at(122), HERE), (true, true));
    }

    #[test]
    fn a_wall_clock_that_is_set_back_does_not_stretch_it() {
        let localhost = Localhost::new();
        let day = Duration::from_secs(24 * 60 * 60);
        let before = Timestamp::new(UNIX_EPOCH + day, Duration::from_secs(1000));
        let set_back = |seconds: u64| Timestamp::new(UNIX_EPOCH, Duration::from_secs(1000 + seconds));
        assert_eq!(asked(&localhost, before, HERE), (true, true));
        assert_eq!(asked(&localhost, set_back(59), ELSEWHERE), (true, false));
        assert_eq!(asked(&localhost, set_back(60), ELSEWHERE), (false, true));
    }

    #[test]
    fn a_look_up_that_fails_is_not_remembered() {
        let localhost = Localhost::new();
        let now = Timestamp::new(UNIX_EPOCH, Duration::ZERO);
        let failed = || Err::<std::iter::Empty<_>, _>(io::Error::other("no answer"));
        assert!(!localhost.is_loopback(now, failed));
        assert_eq!(asked(&localhost, now, HERE), (true, true));
    }
}
