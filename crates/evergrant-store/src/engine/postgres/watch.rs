//! Looks at a server's messages before the driver does: a server says how a password is to be proved to it, and the driver would do as
//! it is told.

use std::error::Error;
use std::fmt;

/// Whether a server is given the password itself, and what to do about it if not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClearText {
    Allowed,
    /// No permission changes that.
    RefusedOffLoopback,
    Refused,
}

/// What a server has asked for in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// The password itself, over a connection without encryption.
    ClearText { on_loopback: bool },
    /// Work without end.
    Iterations,
}

/// Follows the messages that arrive, from one to the next.
pub(super) struct Watch {
    clear_text: ClearText,
    /// The message's type and length, and of those about authentication the beginning of what they say.
    head: Vec<u8>,
    /// What is still to come of it.
    rest: usize,
}

/// A message's type, and its length without the type.
const HEADER: usize = 5;
/// About authentication, and what it says there.
const AUTHENTICATION: u8 = b'R';
const CLEAR_TEXT: u32 = 3;
const SASL_CONTINUE: u32 = 11;
/// As much of a message about authentication as is looked at.
const LOOKED_AT: usize = 1024;
/// So often is a password hashed for a server, and no more often: that is for it to say (RFC 5802 section 5.1), and blocks a thread
/// meanwhile. Servers ask for a few thousand; the driver's own limit is the same.
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
                    // It counts itself.
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

    /// Of a message that is complete.
    fn judge(&self) -> Result<(), Demand> {
        let body = &self.head[HEADER..];
        let Some((kind, data)) = body.split_first_chunk().filter(|_| self.head[0] == AUTHENTICATION) else {
            return Ok(());
        };
        match (u32::from_be_bytes(*kind), self.clear_text) {
            (CLEAR_TEXT, ClearText::Refused) => Err(Demand::ClearText { on_loopback: true }),
            (CLEAR_TEXT, ClearText::RefusedOffLoopback) => Err(Demand::ClearText { on_loopback: false }),
            // What is longer than what is looked at may say anything.
            (SASL_CONTINUE, _) if body.len() == LOOKED_AT || !is_little_work(data) => Err(Demand::Iterations),
            _ => Ok(()),
        }
    }
}

/// Whether a server's first message of SCRAM (RFC 5802 section 7) asks for no more hashing than we do, as far as it can be read.
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
                "the server asks for the password in clear text, over a connection without encryption; have it use scram-sha-256 \
                 (pg_hba.conf), or TLS (sslmode=verify-full), or allow it with danger_allow_clear_text_password(), which is \
                 --danger-clear-text-store-password of the program",
            ),
            Self::ClearText { on_loopback: false } => f.write_str(
                "the server asks for the password in clear text, over a connection without encryption, and is not on this machine; \
                 have it use scram-sha-256 (pg_hba.conf), or TLS (sslmode=verify-full)",
            ),
            Self::Iterations => write!(
                f,
                "the server asks for the password to be hashed more than {MOST_ITERATIONS} times; have it use fewer \
                 (scram_iterations), and set the password again"
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

    /// What is found in these messages, if they arrive in pieces of this size.
    fn found(messages: &[u8], clear_text: ClearText, size: usize) -> Result<(), Demand> {
        let mut watch = Watch::new(clear_text);
        messages.chunks(size).try_for_each(|piece| watch.see(piece))
    }

    #[test]
    fn a_password_in_clear_text_is_noticed_wherever_it_is_asked_for_and_nothing_else_is_mistaken_for_it() {
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
            assert_eq!(found(&asked, ClearText::Refused, size), demand(true));
            assert_eq!(found(&asked, ClearText::RefusedOffLoopback, size), demand(false));
            assert_eq!(found(&asked, ClearText::Allowed, size), Ok(()));
            assert_eq!(found(&others, ClearText::Refused, size), Ok(()));
        }
    }

    #[test]
    fn a_server_that_asks_for_work_without_end_is_not_obeyed() {
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
                assert_eq!(found(&sent, ClearText::Allowed, size), demand, "{message}");
            }
        }
        for nonce in (LOOKED_AT - 40..LOOKED_AT + 10).chain([2 * LOOKED_AT]) {
            let long = format!("r={},s=c2FsdA==,i=4294967295", "n".repeat(nonce));
            let sent = authentication(SASL_CONTINUE, long.as_bytes());
            assert_eq!(
                found(&sent, ClearText::Allowed, 100),
                Err(Demand::Iterations),
                "{nonce}"
            );
        }
    }
}
