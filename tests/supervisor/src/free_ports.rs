//! Finds free ports for servers that do not listen immediately.

use std::iter;
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};

/// The first port of the range, below the kernel's ports for outgoing connections.
const FIRST: u16 = 12_000;
const COUNT: u16 = 20_000;

/// Number of ports that are tried for one server.
const TRIES: u32 = 5;

/// Returns a loopback port on which no program listens. Each port is returned once per process.
///
/// Another process may take the port first: see [`retry_port_conflicts`].
///
/// # Errors
/// All ports are in use.
pub fn free_port() -> Result<u16> {
    static PORTS: Mutex<Option<Ports>> = Mutex::new(None);
    let mut ports = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
    ports.get_or_insert_with(Ports::new).free().with_context(|| {
        let last = FIRST + COUNT - 1;
        format!("no free port between {FIRST} and {last}")
    })
}

/// Calls `start`, which starts a server on [free ports](free_port) and has the server's log in its errors. Calls it
/// again, five times at most, while another process has taken a port first.
///
/// # Errors
/// The error of `start`.
pub fn retry_port_conflicts<T>(mut start: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 1..TRIES {
        match start() {
            Err(error) if format!("{error:#}").contains("Address already in use") => {}
            outcome => return outcome,
        }
    }
    start()
}

#[derive(Debug)]
struct Ports {
    next: u16,
    remaining: u16,
}

impl Ports {
    /// Starts at a different port in each process, because test processes run concurrently.
    fn new() -> Self {
        let offset = std::process::id().wrapping_mul(41) % u32::from(COUNT);
        Self {
            next: u16::try_from(offset).unwrap_or(0),
            remaining: COUNT,
        }
    }

    fn step(&mut self) -> Option<u16> {
        self.remaining = self.remaining.checked_sub(1)?;
        let port = FIRST + self.next;
        self.next = (self.next + 1) % COUNT;
        Some(port)
    }

    fn free(&mut self) -> Option<u16> {
        iter::from_fn(|| self.step()).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_unique_and_free() {
        let (first, second) = (free_port().unwrap(), free_port().unwrap());
        assert_ne!(first, second);
        TcpListener::bind(("127.0.0.1", first)).unwrap();
        TcpListener::bind(("127.0.0.1", second)).unwrap();
    }

    #[test]
    fn a_port_in_use_is_skipped() {
        let first = Ports::new().free().unwrap();
        let _busy = TcpListener::bind(("127.0.0.1", first)).unwrap();
        assert_ne!(Ports::new().free(), Some(first));
    }
    #[test]
    fn a_start_is_repeated_only_after_a_port_conflict() {
        let mut tries = 0;
        let mut start = |problems: &[&str]| {
            tries = 0;
            retry_port_conflicts(|| {
                tries += 1;
                match problems.get(tries - 1) {
                    Some(problem) => Err(anyhow::anyhow!("the log ends: {problem}")),
                    None => Ok(tries),
                }
            })
        };
        assert_eq!(start(&["bind: Address already in use"; 2]).unwrap(), 3);
        assert!(start(&["bind: Address already in use"; 5]).is_err());
        assert!(start(&["out of memory"]).is_err());
    }
}
