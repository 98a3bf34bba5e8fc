//! What a server and the driver say, as the store's errors. A server may repeat the password or a row, in any spelling: its code is
//! shown, and what that means, in words of ours; none of its own.

use std::error::Error as _;
use std::io;

use evergrant::error::innermost;
use evergrant::store::{StoreError, StoreErrorKind};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::connect::Unconnected;
use super::watch::Demand;
use super::words;
use crate::engine::certificates;

/// For statements.
pub(super) fn store_error(error: &Error) -> StoreError {
    match error.code() {
        Some(code) => StoreError::new(kind(code), words::said(code.code())),
        None => broken(error),
    }
}

/// For connections on their way, to a database that is perhaps named.
pub(super) fn unconnected(problem: &Unconnected, database: Option<&str>) -> StoreError {
    match (problem, database) {
        (Unconnected::Driver(error), Some(database)) if error.code() == Some(&SqlState::INVALID_CATALOG_NAME) => {
            let problem = format!("the database {database:?} does not exist [3D000]");
            StoreError::new(StoreErrorKind::Other, problem)
        }
        (Unconnected::Driver(error), _) => store_error(error),
        #[cfg(unix)]
        (Unconnected::Socket(error), _) => StoreError::new(StoreErrorKind::Unavailable, error.to_string()),
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

/// What the driver has found by itself. Its kinds tell themselves apart by their text alone.
fn broken(error: &Error) -> StoreError {
    let text = error.to_string();
    let caused_by = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    if let Some(demand) = caused_by.and_then(|error| error.get_ref()?.downcast_ref::<Demand>()) {
        return StoreError::new(StoreErrorKind::Refused, demand.to_string());
    }
    match (text.as_str(), caused_by) {
        ("invalid configuration", _) => StoreError::new(StoreErrorKind::Refused, innermost(error)),
        // What it says of the reason, it may have from the server.
        ("authentication error", _) => StoreError::new(
            StoreErrorKind::Refused,
            "the server asks for a proof of the password that is not known here, or gives none of its own; have it use scram-sha-256 \
             (pg_hba.conf), and see that it is the right server",
        ),
        ("error performing TLS handshake", Some(cause)) => StoreError::new(
            StoreErrorKind::Unavailable,
            format!("TLS: {}", certificates::cause(cause, "sslrootcert")),
        ),
        ("error connecting to server", _) => StoreError::new(StoreErrorKind::Unavailable, innermost(error)),
        // The operating system's are nobody else's words.
        (_, Some(cause)) if cause.raw_os_error().is_some() => {
            StoreError::new(StoreErrorKind::Unavailable, cause.to_string())
        }
        _ => StoreError::new(StoreErrorKind::Unavailable, text),
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
