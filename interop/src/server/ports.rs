//! Free ports for servers that take a while until they listen.

use std::iter;
use std::net::TcpListener;

/// Gives each port once, from below the range that outgoing connections are given theirs from.
#[derive(Debug)]
pub(crate) struct Ports {
    next: u16,
    left: u16,
}

const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

impl Ports {
    /// Starts somewhere else in every process, for two suites may run beside each other.
    pub(crate) fn new() -> Self {
        let offset = std::process::id().wrapping_mul(17) % u32::from(COUNT);
        Self {
            next: u16::try_from(offset).unwrap_or(0),
            left: COUNT,
        }
    }

    fn step(&mut self) -> Option<u16> {
        self.left = self.left.checked_sub(1)?;
        let port = FIRST + self.next;
        self.next = (self.next + 1) % COUNT;
        Some(port)
    }
}

impl Iterator for Ports {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        iter::from_fn(|| self.step()).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once_and_never_one_in_use() {
        let mut ports = Ports::new();
        let first = ports.next().unwrap();
        let second = ports.next().unwrap();
        assert_ne!(first, second);

        let _busy = TcpListener::bind(("127.0.0.1", first)).unwrap();
        assert_ne!(Ports::new().next(), Some(first));
    }
}
