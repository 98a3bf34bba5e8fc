//! The schema of the table. The first process creates or migrates it, in one transaction and under an advisory lock.

use evergrant::store::{StoreError, StoreErrorKind};
use tokio_postgres::Error;
use tokio_postgres::types::Type;

use super::connection_session::Session;
use super::failure;
use super::table::Table;

/// The migration to each version. The files have the default name of the table, so that they can be run by hand.
const MIGRATIONS: [&str; 1] = [include_str!("../../../migrations/0001_tokens.sql")];
const NAME_IN_MIGRATIONS: &str = "evergrant_tokens";
/// The text before the version in the comment on the table.
const COMMENT: &str = "evergrant schema ";

/// Allows one migration at a time in a database. The number is "evergrnt" in ASCII.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
                     SET LOCAL lock_timeout = '2s'; \
                     SELECT pg_advisory_xact_lock(x'6576657267726e74'::bigint)";
/// Reads `pg_class`: `to_regclass` alone may return a result from before the lock was acquired.
const FIND: &str = "SELECT obj_description(oid, 'pg_class') FROM pg_class WHERE oid = to_regclass($1)";

/// What exists under the name of the table.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Version(usize),
    /// A table that evergrant did not create.
    Foreign,
}

/// Creates or migrates the table if necessary.
pub(super) async fn ensure(session: &mut Session, table: &Table) -> Result<(), StoreError> {
    if find(session, table).await? == Found::Version(MIGRATIONS.len()) {
        return Ok(());
    }
    // Another process may be creating the table: the lock waits for it.
    session.run(BEGIN).await.map_err(|error| failure::store_error(&error))?;
    let done = match find(session, table).await? {
        Found::Version(version) if version > MIGRATIONS.len() => return Err(newer(table, version)),
        Found::Foreign => return Err(foreign(table)),
        Found::Version(version) => version,
        Found::Nothing => 0,
    };
    let mut statements = MIGRATIONS[done..].join("\n").replace(NAME_IN_MIGRATIONS, &table.quoted);
    statements.push_str("\nCOMMIT");
    session.run(&statements).await.map_err(|error| not_made(table, &error))
}

async fn find(session: &mut Session, table: &Table) -> Result<Found, StoreError> {
    let rows = session.query(FIND, &[(&table.quoted, Type::TEXT)]).await;
    let rows = rows.map_err(|error| failure::store_error(&error))?;
    let Some(row) = rows.first() else {
        return Ok(Found::Nothing);
    };
    let comment: Option<String> = row.try_get(0).map_err(|error| failure::store_error(&error))?;
    Ok(version(comment.as_deref()))
}

fn version(comment: Option<&str>) -> Found {
    let version = comment.and_then(|comment| comment.strip_prefix(COMMENT)?.parse().ok());
    version
        .filter(|version| *version > 0)
        .map_or(Found::Foreign, Found::Version)
}

fn newer(table: &Table, version: usize) -> StoreError {
    let problem = format!(
        "the table {} has schema {version}, but this version of evergrant supports at most {}; upgrade evergrant, or \
         use another table",
        table.name,
        MIGRATIONS.len()
    );
    StoreError::new(StoreErrorKind::Other, problem)
}

fn foreign(table: &Table) -> StoreError {
    let problem = format!(
        "the table {} is not evergrant's: its comment is not `{COMMENT}{}`; use another table with table= in the \
         store's URL",
        table.name,
        MIGRATIONS.len()
    );
    StoreError::new(StoreErrorKind::Other, problem)
}

fn not_made(table: &Table, error: &Error) -> StoreError {
    let error = failure::store_error(error);
    let cause = evergrant::error::innermost(&error);
    if error.kind() != StoreErrorKind::Rejected {
        return StoreError::new(error.kind(), format!("the table {}: {cause}", table.name));
    }
    let problem = format!(
        "{cause}: the table {} cannot be created; run evergrant's migrations with another role and grant SELECT, \
         INSERT, UPDATE and DELETE on it, or use a table in another schema with table=schema.name in the store's URL",
        table.name
    );
    StoreError::new(StoreErrorKind::Rejected, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_migration_sets_its_version_in_the_comment() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            let comment = format!("COMMENT ON TABLE {NAME_IN_MIGRATIONS} IS '{COMMENT}{}';", index + 1);
            assert!(migration.contains(&comment), "{comment}");
        }
    }

    #[test]
    fn tables_without_a_version_are_foreign() {
        assert_eq!(version(Some("evergrant schema 1")), Found::Version(1));
        assert_eq!(version(Some("evergrant schema 12")), Found::Version(12));
        for foreign in [
            None,
            Some(""),
            Some("users"),
            Some("evergrant schema 0"),
            Some("evergrant schema x"),
        ] {
            assert_eq!(version(foreign), Found::Foreign);
        }
    }
}
