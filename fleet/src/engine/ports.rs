//! Free ports for servers that take a while until they listen.

use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::PoisonError;

use anyhow::{Context as _, Result};

/// Below the range that outgoing connections are given theirs from.
const FIRST: u16 = 12_000;
const COUNT: u16 = 8_000;

/// A port that nobody listens on, and that this process has not been given before.
///
/// Another process may be faster all the same, so a server that finds its port taken is to be started again on another one.
pub(crate) fn free() -> Result<u16> {
    static GIVEN: Mutex<u16> = Mutex::new(0);
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    // Starts somewhere else in every process, for tests run beside each other.
    let offset = u16::try_from(std::process::id().wrapping_mul(41) % u32::from(COUNT)).unwrap_or(0);
    let mut candidates = (0..COUNT).map(|_| {
        *given = (*given + 1) % COUNT;
        FIRST + (offset + *given) % COUNT
    });
    candidates
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .context("no free port between 12000 and 20000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once_and_is_free() {
        let (first, second) = (free().unwrap(), free().unwrap());
        assert_ne!(first, second);
        TcpListener::bind(("127.0.0.1", first)).unwrap();
        TcpListener::bind(("127.0.0.1", second)).unwrap();
    }
}
