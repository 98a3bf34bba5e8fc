//! Watches the server's messages before the driver receives them, because the server selects the authentication method,
//! and the driver would use any method.

use std::error::Error;
use std::fmt;

/// Whether the server may receive the password in clear text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClearText {
    Allowed,
    /// Never allowed, because the server is on another machine.
    RefusedOffLoopback,
    Refused,
}

/// A request of the server that is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// The password in clear text over an unencrypted connection.
    ClearText { on_loopback: bool },
    /// Too many hash iterations.
    Iterations,
}

/// Parses the received messages.
pub(super) struct Watch {
    clear_text: ClearText,
    /// Type and length of the current message, and the beginning of its body if it is about authentication.
    head: Vec<u8>,
    /// Number of bytes of the message that have not been received.
    rest: usize,
}

/// Size of the type and the length of a message. The length does not include the type.
const HEADER: usize = 5;
/// The type of authentication messages, and two of their codes.
const AUTHENTICATION: u8 = b'R';
const CLEAR_TEXT: u32 = 3;
const SASL_CONTINUE: u32 = 11;
/// Number of bytes of an authentication message that are inspected.
const LOOKED_AT: usize = 1024;
/// Maximum number of hash iterations. The server selects the number (RFC 5802 section 5.1), and hashing blocks a
/// thread. Servers request a few thousand. The driver has the same limit.
const MOST_ITERATIONS: u32 = 100_000;

impl Watch {
    pub(super) fn new(clear_text: ClearText) -> Self {
        Self {
            clear_text,
            head: Vec::new(),
            rest: 0,
        }
    }

    pub(super) fn see(&mut self, mut bytes: &[u8]) -> Result<(), Demand> {
        while !bytes.is_empty() {
            if self.head.len() < HEADER {
                let part = bytes.len().min(HEADER - self.head.len());
                self.head.extend_from_slice(&bytes[..part]);
                bytes = &bytes[part..];
                if let [_, a, b, c, d] = self.head[..] {
                    // The length includes its own size.
                    self.rest = (u32::from_be_bytes([a, b, c, d]) as usize).saturating_sub(4);
                }
            }
            let (part, others) = bytes.split_at(bytes.len().min(self.rest));
            bytes = others;
            self.rest -= part.len();
            if self.head.first() == Some(&AUTHENTICATION) {
                let room = (HEADER + LOOKED_AT).saturating_sub(self.head.len());
                self.head.extend_from_slice(&part[..part.len().min(room)]);
            }
            if self.head.len() >= HEADER && self.rest == 0 {
                self.judge()?;
                self.head.clear();
            }
        }
        Ok(())
    }

    /// Checks a complete message.
    fn judge(&self) -> Result<(), Demand> {
        let body = &self.head[HEADER..];
        let Some((kind, data)) = body.split_first_chunk().filter(|_| self.head[0] == AUTHENTICATION) else {
            return Ok(());
        };
        match (u32::from_be_bytes(*kind), self.clear_text) {
            (CLEAR_TEXT, ClearText::Refused) => Err(Demand::ClearText { on_loopback: true }),
            (CLEAR_TEXT, ClearText::RefusedOffLoopback) => Err(Demand::ClearText { on_loopback: false }),
            // A message longer than the inspected bytes may contain anything.
            (SASL_CONTINUE, _) if body.len() == LOOKED_AT || !is_little_work(data) => Err(Demand::Iterations),
            _ => Ok(()),
        }
    }
}

/// Returns whether the server's first SCRAM message (RFC 5802 section 7) requests an acceptable number of iterations.
fn is_little_work(message: &[u8]) -> bool {
    let mut fields = message.split(|byte| *byte == b',');
    let iterations = fields.find_map(|field| field.strip_prefix(b"i="));
    let number = iterations.and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u32>().ok());
    number.is_some_and(|number| number <= MOST_ITERATIONS)
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClearText { on_loopback: true } => f.write_str(
                "the server requests the password in clear text over an unencrypted connection; configure it for \
                 scram-sha-256 (pg_hba.conf), or use TLS (sslmode=verify-full), or allow it with \
                 danger_allow_clear_text_password() \
                 (--danger-clear-text-store-password of the program)",
            ),
            Self::ClearText { on_loopback: false } => f.write_str(
                "the server requests the password in clear text over an unencrypted connection and is not on this \
                 machine; configure it for scram-sha-256 (pg_hba.conf), or use TLS (sslmode=verify-full)",
            ),
            Self::Iterations => write!(
                f,
                "the server requests more than {MOST_ITERATIONS} hash iterations of the password; reduce \
                 scram_iterations and set the password again"
            ),
        }
    }
}

impl Error for Demand {}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind], &length[..], body].concat()
    }

    fn authentication(kind: u32, data: &[u8]) -> Vec<u8> {
        message(b'R', &[&kind.to_be_bytes()[..], data].concat())
    }

    /// Checks messages that arrive in pieces of this size.
    fn check(messages: &[u8], clear_text: ClearText, size: usize) -> Result<(), Demand> {
        let mut watch = Watch::new(clear_text);
        messages.chunks(size).try_for_each(|piece| watch.see(piece))
    }

    #[test]
    fn requests_for_a_clear_text_password_are_detected() {
        let asked = [
            message(b'N', b"SNOTICE\0R\0\0\0\x08\0\0\0\x03\0"),
            message(b'S', b""),
            authentication(CLEAR_TEXT, b""),
        ]
        .concat();
        let others = [
            authentication(0, b""),
            authentication(5, b"salt"),
            authentication(10, b"SCRAM-SHA-256\0\0"),
            message(b'D', &asked),
            message(b'Z', b"I"),
        ]
        .concat();
        for size in [1, 2, 3, 7, 1000] {
            let demand = |on_loopback| Err(Demand::ClearText { on_loopback });
            assert_eq!(check(&asked, ClearText::Refused, size), demand(true));
            assert_eq!(check(&asked, ClearText::RefusedOffLoopback, size), demand(false));
            assert_eq!(check(&asked, ClearText::Allowed, size), Ok(()));
            assert_eq!(check(&others, ClearText::Refused, size), Ok(()));
        }
    }

    #[test]
    fn too_many_iterations_are_rejected() {
        for (message, demand) in [
            ("r=nonce,s=c2FsdA==,i=4096", Ok(())),
            ("r=nonce,s=c2FsdA==,i=100000", Ok(())),
            ("r=nonce,s=c2FsdA==,i=100001", Err(Demand::Iterations)),
            ("r=nonce,s=c2FsdA==,i=4294967295", Err(Demand::Iterations)),
            ("r=nonce,s=c2FsdA==,i=99999999999", Err(Demand::Iterations)),
            ("r=nonce,s=c2FsdA==", Err(Demand::Iterations)),
        ] {
            let sent = authentication(SASL_CONTINUE, message.as_bytes());
            for size in [1, 10, 1000] {
                assert_eq!(check(&sent, ClearText::Allowed, size), demand, "{message}");
            }
        }
        for nonce in (LOOKED_AT - 40..LOOKED_AT + 10).chain([2 * LOOKED_AT]) {
            let long = format!("r={},s=c2FsdA==,i=4294967295", "n".repeat(nonce));
            let sent = authentication(SASL_CONTINUE, long.as_bytes());
            assert_eq!(
                check(&sent, ClearText::Allowed, 100),
                Err(Demand::Iterations),
                "{nonce}"
            );
        }
    }
}
