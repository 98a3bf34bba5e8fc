//! Converts errors of the server and the driver to store errors. The text of a server's error may contain the password
//! or a row in any encoding. Only its code is shown, with a description.

use std::error::Error as _;
use std::io;

use evergrant::error::innermost;
use evergrant::store::{StoreError, StoreErrorKind};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::connect::Unconnected;
use super::error_descriptions;
use super::server_message_inspection::Demand;
use crate::engine::certificates;

/// Converts the error of a statement.
pub(super) fn store_error(error: &Error) -> StoreError {
    match error.code() {
        Some(code) => StoreError::new(kind(code), error_descriptions::said(code.code())),
        None => broken(error),
    }
}

/// Converts the error of a connection attempt. `database` is the name in the URL, if any.
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

/// Returns the error for a timeout.
pub(super) fn timeout(what: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Timeout, what)
}

/// Returns whether the connection cannot be used any more: it is lost, the server ended it, or the server does not
/// accept writes.
pub(super) fn is_broken(error: &Error) -> bool {
    let reported = error.as_db_error();
    reported.is_none_or(|reported| kind(reported.code()) == StoreErrorKind::Unavailable)
}

/// Returns whether the table or its schema does not exist.
pub(super) fn is_table_missing(error: &Error) -> bool {
    let missing = [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME];
    error.code().is_some_and(|code| missing.contains(code))
}

fn kind(code: &SqlState) -> StoreErrorKind {
    match code.code() {
        // Serialization failure or deadlock: only with stricter transaction isolation than the default.
        "40001" | "40P01" => StoreErrorKind::Contended,
        "42501" => StoreErrorKind::Rejected,
        code if code.starts_with("28") => StoreErrorKind::Rejected,
        // A read-only server; too many connections.
        "25006" | "53300" => StoreErrorKind::Unavailable,
        // Lock not available; cancelled, such as by `statement_timeout`.
        "55P03" | "57014" => StoreErrorKind::Timeout,
        // Connection failure; idle transaction timeout; shutdown, startup.
        code if ["08", "25P", "57P"].iter().any(|class| code.starts_with(class)) => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Other,
    }
}

/// Converts an error of the driver. Its kinds can be distinguished only by their text.
fn broken(error: &Error) -> StoreError {
    let text = error.to_string();
    let caused_by = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    if let Some(demand) = caused_by.and_then(|error| error.get_ref()?.downcast_ref::<Demand>()) {
        return StoreError::new(StoreErrorKind::Rejected, demand.to_string());
    }
    match (text.as_str(), caused_by) {
        ("invalid configuration", _) => StoreError::new(StoreErrorKind::Rejected, innermost(error)),
        // The reason may contain text of the server.
        ("authentication error", _) => StoreError::new(
            StoreErrorKind::Rejected,
            "the server requests an unsupported proof of the password, or does not prove its own identity; configure \
             it for scram-sha-256 (pg_hba.conf), and check that it is the right server",
        ),
        ("error performing TLS handshake", Some(cause)) => StoreError::new(
            StoreErrorKind::Unavailable,
            format!("TLS: {}", certificates::cause(cause, "sslrootcert")),
        ),
        ("error connecting to server", _) => StoreError::new(StoreErrorKind::Unavailable, innermost(error)),
        // Errors of the operating system contain no text of the server.
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
    fn error_codes_map_to_kinds() {
        let kinds = [
            (StoreErrorKind::Rejected, &["28P01", "28000", "42501"][..]),
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
