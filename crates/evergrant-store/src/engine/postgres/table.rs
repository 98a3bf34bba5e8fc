//! The name of the table and its statements.

use evergrant::store::MAX_RECORD_SIZE;

use crate::engine::MAX_KEYS;
use crate::error::StoreBuildError;

/// A table and its statements.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// The name in the URL, and the channel for notifications.
    pub(super) name: String,
    /// The quoted name.
    pub(super) quoted: String,
    pub(super) statements: Statements,
}

/// The statements. Each operation is a single statement, so that it is atomic and does not depend on connection state.
#[derive(Debug, Clone)]
pub(super) struct Statements {
    /// $1 key. Returns one row: the time, the length of the record or null, and the record or null. The record is null
    /// too if it is too long.
    pub(super) load: String,
    /// $1 key, $2 record, $3 seconds, $4 whether to notify, $5 channel. Returns a row if there was no record.
    pub(super) put: String,
    /// $1 key, $2 expected, $3 record, $4 seconds, $5 whether to notify, $6 channel. Returns a row if the record was
    /// the expected one.
    pub(super) replace: String,
    /// $1 key, $2 expected, $3 whether to notify, $4 channel. Returns a row if the record was the expected one.
    pub(super) remove: String,
    /// $1 key, $2 whether to notify, $3 channel. Returns a row if there is no record.
    pub(super) absent: String,
    /// Returns the keys, up to one more than the maximum.
    pub(super) keys: String,
}

/// Maximum length of a name or channel in Postgres.
const LONGEST: usize = 63;

impl Table {
    pub(super) fn named(name: &str) -> Result<Self, StoreBuildError> {
        let (schema, table) = match name.split_once('.') {
            Some((schema, table)) => (Some(schema), table),
            None => (None, name),
        };
        if name.len() > LONGEST || !is_plain(table) || !schema.is_none_or(is_plain) {
            return Err(StoreBuildError::invalid_url(format!(
                "table= must be a name of lower-case letters, digits and underscores, optionally with a schema and a \
                 dot before it, of at most {LONGEST} characters"
            )));
        }
        let quoted = match schema {
            Some(schema) => format!("\"{schema}\".\"{table}\""),
            None => format!("\"{table}\""),
        };
        Ok(Self {
            name: name.to_owned(),
            statements: Statements::on(&quoted),
            quoted,
        })
    }
}

/// Returns whether the name needs no quoting, unless it is a keyword.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.chars().all(plain) && name.starts_with(|c: char| !c.is_ascii_digit())
}

impl Statements {
    /// Builds the statements. They read the clock when a row is evaluated, after the wait for concurrent writers.
    fn on(table: &str) -> Self {
        Self {
            load: format!(
                "SELECT clock_timestamp(), octet_length(record), \
                 CASE WHEN octet_length(record) <= {MAX_RECORD_SIZE} THEN record END \
                 FROM (SELECT 1) AS one LEFT JOIN {table} ON key = $1 AND keep_until > clock_timestamp()"
            ),
            // Inserting a row also deletes expired rows, except locked ones.
            put: format!(
                "WITH put AS (\
                   INSERT INTO {table} AS old (key, record, keep_until) \
                   VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3)) \
                   ON CONFLICT (key) DO UPDATE SET record = excluded.record, keep_until = excluded.keep_until \
                   WHERE old.keep_until <= clock_timestamp() RETURNING key), \
                 swept AS (\
                   DELETE FROM {table} WHERE key IN (\
                     SELECT key FROM {table} WHERE keep_until < clock_timestamp() - interval '1 hour' AND key <> $1 \
                     LIMIT 100 FOR UPDATE SKIP LOCKED)) \
                 SELECT CASE WHEN $4 THEN pg_notify($5, key) END FROM put"
            ),
            replace: format!(
                "WITH put AS (\
                   UPDATE {table} SET record = $3, keep_until = clock_timestamp() + make_interval(secs => $4) \
                   WHERE key = $1 AND record = $2 AND keep_until > clock_timestamp() RETURNING key) \
                 SELECT CASE WHEN $5 THEN pg_notify($6, key) END FROM put"
            ),
            remove: format!(
                "WITH gone AS (\
                   DELETE FROM {table} WHERE key = $1 AND record = $2 AND keep_until > clock_timestamp() RETURNING key) \
                 SELECT CASE WHEN $3 THEN pg_notify($4, key) END FROM gone"
            ),
            absent: format!(
                "SELECT CASE WHEN $2 THEN pg_notify($3, $1) END \
                 WHERE NOT EXISTS (SELECT FROM {table} WHERE key = $1 AND keep_until > clock_timestamp())"
            ),
            keys: format!(
                "SELECT key FROM {table} WHERE keep_until > clock_timestamp() ORDER BY key LIMIT {}",
                MAX_KEYS + 1
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_an_optional_schema() {
        assert_eq!(Table::named("tokens_2").unwrap().quoted, r#""tokens_2""#);
        assert_eq!(Table::named("auth.tokens").unwrap().quoted, r#""auth"."tokens""#);
        for wrong in [
            "",
            "Tokens",
            "a b",
            "a\"b",
            "a.b.c",
            ".a",
            "a.",
            "2a",
            "a;drop",
            &"a".repeat(64),
        ] {
            assert!(Table::named(wrong).is_err(), "{wrong}");
        }
    }
}
