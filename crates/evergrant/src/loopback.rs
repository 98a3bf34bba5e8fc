//! Whether the name `localhost` means this machine and no other.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::OnceLock;

/// Only a yes is remembered: a look-up that fails says nothing of the next one. The yes is what programs run on, so the
/// look-up blocks a thread of theirs once; a `localhost` that is none is a mistake, and each of its requests an error.
pub(crate) fn localhost_is_loopback() -> bool {
    static YES: OnceLock<()> = OnceLock::new();
    if YES.get().is_some() {
        return true;
    }
    let yes = ("localhost", 80).to_socket_addrs().is_ok_and(are_loopback);
    if yes {
        YES.get_or_init(|| ());
    }
    yes
}

/// No address at all is no loopback address.
fn are_loopback(addresses: impl Iterator<Item = SocketAddr>) -> bool {
    let mut addresses = addresses.peekable();
    addresses.peek().is_some() && addresses.all(|address| address.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_is_this_machine_only_if_every_address_says_so_and_there_is_one() {
        let addresses = |list: &[&str]| -> Vec<SocketAddr> { list.iter().map(|text| text.parse().unwrap()).collect() };
        let is_loopback = |list| are_loopback(addresses(list).into_iter());
        assert!(is_loopback(&["127.0.0.1:80"]) && is_loopback(&["127.0.0.1:80", "[::1]:80"]));
        assert!(!is_loopback(&[]));
        assert!(!is_loopback(&["127.0.0.1:80", "192.0.2.1:80"]));
    }
}
