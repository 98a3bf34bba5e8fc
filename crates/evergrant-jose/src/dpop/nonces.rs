//! The last nonce of each server, in bounded memory.

use std::sync::{Mutex, PoisonError};

/// Maximum number of servers.
const MAX_SERVERS: usize = 128;

/// Maximum length of a nonce in bytes.
const MAX_LENGTH: usize = 1024;

/// The nonces by origin, the one that was used last at the end.
#[derive(Default)]
pub(super) struct Nonces(Mutex<Vec<(String, String)>>);

impl Nonces {
    pub(super) fn get(&self, origin: &str) -> Option<String> {
        let mut nonces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let position = nonces.iter().rposition(|(known, _)| known == origin)?;
        // The server that is used least is the first to be dropped.
        let last = nonces.len() - 1;
        nonces[position..=last].rotate_left(1);
        nonces.last().map(|(_, nonce)| nonce.clone())
    }

    /// Stores the nonce of a server. Returns whether it is valid (RFC 9449 section 8.1).
    pub(super) fn set(&self, origin: &str, nonce: &str) -> bool {
        let is_allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        if nonce.is_empty() || nonce.len() > MAX_LENGTH || !nonce.bytes().all(is_allowed) {
            return false;
        }
        let mut nonces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match nonces.iter_mut().find(|(known, _)| known == origin) {
            Some((_, last)) if last == nonce => {}
            Some((_, last)) => nonce.clone_into(last),
            None => {
                if nonces.len() == MAX_SERVERS {
                    nonces.remove(0);
                }
                nonces.push((origin.to_owned(), nonce.to_owned()));
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_that_was_used_least_recently_is_dropped() {
        let nonces = Nonces::default();
        let origin = |number: usize| format!("https://{number}.example.com");
        for number in 0..MAX_SERVERS {
            assert!(nonces.set(&origin(number), "first"));
        }
        assert_eq!(nonces.get(&origin(0)).as_deref(), Some("first"));
        assert!(nonces.set(&origin(0), "second"));
        assert!(nonces.set("https://another.example.com", "n"));
        assert_eq!(nonces.get(&origin(0)).as_deref(), Some("second"));
        assert_eq!(nonces.get(&origin(1)), None);
        assert_eq!(nonces.get(&origin(2)).as_deref(), Some("first"));
    }

    #[test]
    fn a_nonce_with_other_characters_or_of_excessive_length_is_ignored() {
        let nonces = Nonces::default();
        let long = "n".repeat(MAX_LENGTH + 1);
        for nonce in ["", "a b", "a\"b", "a\\b", "é", long.as_str()] {
            assert!(!nonces.set("https://a.example.com", nonce), "{nonce:?}");
        }
        assert!(nonces.set("https://a.example.com", &long[1..]));
    }
}
