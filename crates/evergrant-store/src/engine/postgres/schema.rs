//! The table's schema: made and brought up to date by the first process that comes, in one transaction, under a lock that all take.

use evergrant::store::{StoreError, StoreErrorKind};
use tokio_postgres::Error;
use tokio_postgres::types::Type;

use super::failure;
use super::session::Session;
use super::table::Table;

/// What leads from each version to the next. As files they name the table by its usual name, so that they can be run by hand.
const MIGRATIONS: [&str; 1] = [include_str!("../../../migrations/0001_tokens.sql")];
const NAME_IN_MIGRATIONS: &str = "evergrant_tokens";
/// What is before the version in the table's comment.
const COMMENT: &str = "evergrant schema ";

/// One transaction at a time in a database: "evergrant" in hexadecimal digits, as far as they fit.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
                     SET LOCAL lock_timeout = '2s'; \
                     SELECT pg_advisory_xact_lock(x'6576657267726e74'::bigint)";
/// A look into `pg_class`, and not by `to_regclass` alone: that may answer from what it found before the lock was ours.
const FIND: &str = "SELECT obj_description(oid, 'pg_class') FROM pg_class WHERE oid = to_regclass($1)";

/// What there is under the table's name.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Version(usize),
    /// A table that is not ours.
    Foreign,
}

/// Makes sure that the table is there, and of the version that we know.
pub(super) async fn ensure(session: &mut Session, table: &Table) -> Result<(), StoreError> {
    if find(session, table).await? == Found::Version(MIGRATIONS.len()) {
        return Ok(());
    }
    // What was found may be half of what another process is about to make: the lock waits for that.
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
        "the table {} has schema {version}, and this version of evergrant knows {} at most; upgrade evergrant here, or use another \
         table",
        table.name,
        MIGRATIONS.len()
    );
    StoreError::new(StoreErrorKind::Other, problem)
}

fn foreign(table: &Table) -> StoreError {
    let problem = format!(
        "the table {} is not evergrant's: its comment is not `{COMMENT}{}`; name another one with table= in the store's URL",
        table.name,
        MIGRATIONS.len()
    );
    StoreError::new(StoreErrorKind::Other, problem)
}

fn not_made(table: &Table, error: &Error) -> StoreError {
    let error = failure::store_error(error);
    let cause = evergrant::error::innermost(&error);
    if error.kind() != StoreErrorKind::Refused {
        return StoreError::new(error.kind(), format!("the table {}: {cause}", table.name));
    }
    let problem = format!(
        "{cause}: the table {} cannot be made; have somebody run evergrant's migrations who may, and grant SELECT, INSERT, UPDATE \
         and DELETE on it, or name a table in a schema of yours with table=schema.name in the store's URL",
        table.name
    );
    StoreError::new(StoreErrorKind::Refused, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_migration_leaves_its_number_in_the_comment() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            let comment = format!("COMMENT ON TABLE {NAME_IN_MIGRATIONS} IS '{COMMENT}{}';", index + 1);
            assert!(migration.contains(&comment), "{comment}");
        }
    }

    #[test]
    fn only_a_table_with_our_comment_is_ours() {
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
