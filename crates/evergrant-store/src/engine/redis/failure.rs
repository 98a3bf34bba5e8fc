//! Failures of commands: what to try next, and the conversion to store errors.
//!
//! The text of a server's error may contain the password or a record in any encoding. It is matched but never shown:
//! see [`error_descriptions`](super::error_descriptions).

use std::io;

use evergrant::error::innermost;
use evergrant::store::{StoreError, StoreErrorKind};
use redis::{ErrorKind, RedisError};

use super::address::Address;
use super::error_descriptions::said;

/// A failed command.
#[derive(Debug)]
pub(super) enum Failure {
    Redis(RedisError),
    /// No response in time.
    Silent,
}

/// What to try next. Except for [`Repeat`](Self::Repeat), the command had no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Advice {
    /// Send the text of the script.
    SendScript,
    /// Another server has the slot from now on.
    GoTo(Address),
    /// Another server has this key during a migration.
    AskAt(Address),
    /// The server is not a master.
    FindMaster,
    /// The connection broke before or after the command was executed.
    Repeat,
    GiveUp,
}

impl Failure {
    pub(super) fn advice(&self, from: &Address) -> Advice {
        let Self::Redis(error) = self else {
            return Advice::GiveUp;
        };
        let named = || error.redirect_node().and_then(|(address, _)| from.named_by(address));
        match (error.code(), named()) {
            (Some("NOSCRIPT"), _) => Advice::SendScript,
            (Some("READONLY"), _) => Advice::FindMaster,
            (Some("MOVED"), Some(address)) => Advice::GoTo(address),
            (Some("ASK"), Some(address)) => Advice::AskAt(address),
            _ if self.is_broken() => Advice::Repeat,
            _ => Advice::GiveUp,
        }
    }

    /// Returns whether the connection cannot be used any more.
    pub(super) fn is_broken(&self) -> bool {
        match self {
            Self::Redis(error) => matches!(error.kind(), ErrorKind::Io | ErrorKind::Parse),
            Self::Silent => true,
        }
    }

    /// Returns whether the server requires authentication.
    pub(super) fn asks_for_login(&self) -> bool {
        self.code() == Some("NOAUTH")
    }

    /// Returns whether the user has no permission for the command.
    pub(super) fn is_forbidden(&self) -> bool {
        self.code() == Some("NOPERM")
    }

    /// Converts to a store error with the server's address.
    pub(super) fn at(&self, address: &Address) -> StoreError {
        StoreError::new(self.kind(), format!("{address}: {}", self.text()))
    }

    /// Converts an error during authentication. An unknown error there is a rejection.
    pub(super) fn at_the_door(&self, address: &Address) -> StoreError {
        match (self.kind(), self.code()) {
            (StoreErrorKind::Other, Some(_)) => {
                StoreError::new(StoreErrorKind::Rejected, format!("{address}: {}", self.text()))
            }
            _ => self.at(address),
        }
    }

    fn kind(&self) -> StoreErrorKind {
        let Self::Redis(error) = self else {
            return StoreErrorKind::Timeout;
        };
        match (error.kind(), error.code().unwrap_or_default()) {
            (ErrorKind::Io, _) if error.is_timeout() => StoreErrorKind::Timeout,
            (ErrorKind::Io, _) => StoreErrorKind::Unavailable,
            (_, "NOAUTH" | "NOPERM" | "WRONGPASS" | "DENIED") => StoreErrorKind::Rejected,
            (
                _,
                "ASK" | "CLUSTERDOWN" | "LOADING" | "MASTERDOWN" | "MOVED" | "NOREPLICAS" | "READONLY" | "TRYAGAIN",
            ) => StoreErrorKind::Unavailable,
            (_, "BUSY") => StoreErrorKind::Timeout,
            (_, "WRONGTYPE") => StoreErrorKind::Unusable,
            // Newer servers return NOPERM here too.
            (_, "ERR") if self.detail().starts_with("The user executing the script") => StoreErrorKind::Rejected,
            (_, "ERR") if self.detail().contains("max number of clients") => StoreErrorKind::Unavailable,
            _ => StoreErrorKind::Other,
        }
    }

    fn text(&self) -> String {
        let Self::Redis(error) = self else {
            return "no response".to_owned();
        };
        match (error.code(), error.kind()) {
            (Some(code), _) => said(code, self.detail()),
            (None, ErrorKind::Io) => innermost(error),
            // A parse error of the driver may contain the reply.
            (None, _) => error.category().to_owned(),
        }
    }

    fn code(&self) -> Option<&str> {
        match self {
            Self::Redis(error) => error.code(),
            Self::Silent => None,
        }
    }

    /// Returns the text after the error code.
    fn detail(&self) -> &str {
        match self {
            Self::Redis(error) => error.detail().unwrap_or_default(),
            Self::Silent => "",
        }
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        Self::Redis(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Redis(error.into())
    }
}

/// Returns the error for an unexpected reply. The reply is not shown, because it may contain a record.
pub(super) fn senseless(address: &Address) -> StoreError {
    StoreError::new(StoreErrorKind::Other, format!("{address}: unexpected reply"))
}

#[cfg(test)]
mod tests {
    use redis::parse_redis_value;

    use super::*;

    fn failure(answer: &str) -> Failure {
        let value = parse_redis_value(format!("-{answer}\r\n").as_bytes()).unwrap();
        value.extract_error().unwrap_err().into()
    }

    fn address(text: &str) -> Address {
        Address::parse(text, 1).unwrap()
    }

    #[test]
    fn redirects_are_followed() {
        let from = address("10.0.0.1:1");
        for (answer, advice) in [
            ("MOVED 1234 10.0.0.2:2", Advice::GoTo(address("10.0.0.2:2"))),
            ("MOVED 1234 :2", Advice::GoTo(address("10.0.0.1:2"))),
            ("ASK 1234 10.0.0.2:2", Advice::AskAt(address("10.0.0.2:2"))),
            ("MOVED nonsense", Advice::GiveUp),
            ("NOSCRIPT No matching script.", Advice::SendScript),
            (
                "READONLY You can't write against a read only replica.",
                Advice::FindMaster,
            ),
            ("OOM command not allowed", Advice::GiveUp),
        ] {
            assert_eq!(failure(answer).advice(&from), advice, "{answer}");
        }
        assert_eq!(
            Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)).advice(&from),
            Advice::Repeat
        );
        assert_eq!(Failure::Silent.advice(&from), Advice::GiveUp);
    }

    #[test]
    fn error_codes_map_to_kinds() {
        for (answer, kind) in [
            ("NOAUTH Authentication required.", StoreErrorKind::Rejected),
            ("WRONGPASS invalid username-password pair", StoreErrorKind::Rejected),
            ("NOPERM this user has no permissions", StoreErrorKind::Rejected),
            (
                "ERR The user executing the script can't run this command or subcommand",
                StoreErrorKind::Rejected,
            ),
            ("LOADING Redis is loading", StoreErrorKind::Unavailable),
            ("CLUSTERDOWN The cluster is down", StoreErrorKind::Unavailable),
            ("ERR max number of clients reached", StoreErrorKind::Unavailable),
            ("BUSY Redis is busy running a script.", StoreErrorKind::Timeout),
            ("WRONGTYPE Operation against a key", StoreErrorKind::Unusable),
            (
                "OOM command not allowed when used memory > 'maxmemory'.",
                StoreErrorKind::Other,
            ),
        ] {
            assert_eq!(failure(answer).at(&address("a:1")).kind(), kind, "{answer}");
        }
    }

    #[test]
    fn the_text_of_an_error_is_not_shown() {
        for (answer, shown) in [
            (
                "ERR unknown command 'EVALSHA', with args beginning with: 'ffff' '1' '=not-a-real-token' ",
                "a:1: ERR, unknown command 'EVALSHA'",
            ),
            ("WRONGPASS not-a-real-secret", "a:1: WRONGPASS"),
            ("ERR invalid AUTH not-a-real-secret", "a:1: ERR"),
            ("not-a-real-secret", "a:1: unknown error code"),
            ("NOT-A-REAL-SECRET what is this?", "a:1: unknown error code"),
            ("MOVED not-a-real-secret", "a:1: MOVED"),
            (
                "ERR unknown command 'not-a-real-secret' EVAL",
                "a:1: ERR, unknown command 'EVAL'",
            ),
        ] {
            let error = failure(answer).at(&address("a:1"));
            let text = format!("{error} {error:?}");
            assert!(text.contains(shown), "{text}");
            assert!(!text.to_lowercase().contains("not-a-real"), "{text}");
        }
    }
}
