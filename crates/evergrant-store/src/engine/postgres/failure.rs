//! What the driver says, as the store's errors: without details, for these may quote a row.

use evergrant::error::innermost;
use evergrant::store::{StoreError, StoreErrorKind};
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

/// For statements, and for connections on their way.
pub(super) fn store_error(error: &Error) -> StoreError {
    match error.as_db_error() {
        Some(answer) => StoreError::new(kind(answer.code()), text(answer)),
        None => broken(error),
    }
}

/// No answer in time; `what` was waited for.
pub(super) fn timeout(what: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Timeout, what)
}

/// Whether the connection is of no more use: lost, or ended by the server, or to a server that no longer writes.
pub(super) fn is_broken(error: &Error) -> bool {
    let answer = error.as_db_error();
    answer.is_none_or(|answer| kind(answer.code()) == StoreErrorKind::Unavailable)
}

/// Whether the table, or its schema, is not there.
pub(super) fn is_table_missing(error: &Error) -> bool {
    let missing = [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME];
    error.code().is_some_and(|code| missing.contains(code))
}

fn kind(code: &SqlState) -> StoreErrorKind {
    match code.code() {
        // Undone because another one was faster: only where transactions are isolated more strictly than by default.
        "40001" | "40P01" => StoreErrorKind::Contended,
        "42501" => StoreErrorKind::Refused,
        code if code.starts_with("28") => StoreErrorKind::Refused,
        // A server that does not write, or no longer; too many connections.
        "25006" | "53300" => StoreErrorKind::Unavailable,
        // Lock not available; cancelled, which `statement_timeout` does too.
        "55P03" | "57014" => StoreErrorKind::Timeout,
        // The connection; the transaction ended by a limit on idle time; shutting down, starting up.
        code if ["08", "25P", "57P"].iter().any(|class| code.starts_with(class)) => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Other,
    }
}

fn text(answer: &DbError) -> String {
    format!("{} [{}]", answer.message(), answer.code().code())
}

fn broken(error: &Error) -> StoreError {
    let cause = innermost(error);
    // The driver tells its kinds apart by their text alone.
    match error.to_string().as_str() {
        "authentication error" | "invalid configuration" => StoreError::new(StoreErrorKind::Refused, cause),
        "error performing TLS handshake" => StoreError::new(
            StoreErrorKind::Unavailable,
            format!("TLS: {cause}; sslrootcert=FILE in its URL names the certificates to trust"),
        ),
        _ => StoreError::new(StoreErrorKind::Unavailable, cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_told_apart_by_what_is_to_be_done() {
        let kinds = [
            (StoreErrorKind::Refused, &["28P01", "28000", "42501"][..]),
            (
                StoreErrorKind::Unavailable,
                &["25006", "53300", "57P01", "57P03", "08006", "25P03"],
            ),
            (StoreErrorKind::Timeout, &["57014", "55P03"]),
            (StoreErrorKind::Contended, &["40001", "40P01"]),
            (StoreErrorKind::Other, &["3D000", "42P01", "53100", "22021"]),
        ];
        for (expected, codes) in kinds {
            for code in codes {
                assert_eq!(kind(&SqlState::from_code(code)), expected, "{code}");
            }
        }
    }
}
