//! The engine for Postgres: records are rows of one table. Single statements compare and swap them; `NOTIFY` sends
//! notifications of changes.
//!
//! ```text
//! PostgresStore ─▶ Pool ─▶ Session (one connection) ─▶ schema (once), statements (table)
//!              └─▶ Listener (a separate connection) ─▶ Changes
//! ```

mod change_notifications;
mod connect;
mod connection_session;
mod error_descriptions;
mod failure;
mod inspected_stream;
mod pool;
mod schema;
mod server_message_inspection;
mod settings;
mod table;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use evergrant::Secret;
use evergrant::store::{
    Changes, Loaded, MAX_RECORD_SIZE, StoreError, StoreErrorKind, StoreKey, Swap, SwapOutcome, TokenStore,
};

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql, Type};

use self::connection_session::Values;
use self::pool::Pool;
use self::settings::Settings;
use super::change_listener::Listener;
use super::{MAX_KEYS, PostgresSettings, check_length, too_long, too_many_keys};
use crate::error::StoreBuildError;
use crate::time_limits::timeout;

/// Records in a table. Connects when it is first used.
pub(crate) struct PostgresStore {
    settings: Arc<Settings>,
    pool: Arc<Pool>,
    listener: Listener<Settings>,
}

/// Timeout of an operation.
const LIMIT: Duration = Duration::from_secs(2);
/// Maximum lifetime of a record, within the range of a timestamp.
const LONGEST_KEPT: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Whether a statement may be repeated when its result was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Allowed,
    Never,
}

impl PostgresStore {
    pub(crate) fn new(settings: PostgresSettings) -> Result<Self, StoreBuildError> {
        let settings = Arc::new(Settings::new(&settings)?);
        Ok(Self {
            pool: Arc::new(Pool::new(Arc::clone(&settings))),
            listener: Listener::new(Arc::clone(&settings)),
            settings,
        })
    }

    async fn query(&self, repeat: Repeat, statement: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        let wait = self.pool.wait();
        let result = timeout(LIMIT, self.query_twice(repeat, statement, values)).await;
        let Ok(outcome) = result else {
            return Err(failure::timeout("no response within 2 s"));
        };
        wait.over();
        outcome
    }

    /// Runs a statement, and repeats it once if the first attempt had no effect or may be repeated.
    async fn query_twice(&self, repeat: Repeat, statement: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        let mut first = true;
        loop {
            let mut session = self.pool.lend().await?;
            let error = match session.query(statement, values).await {
                Ok(rows) => {
                    self.pool.give_back(session);
                    return Ok(rows);
                }
                Err(error) => error,
            };
            let repeated = if failure::is_broken(&error) {
                drop(session);
                self.pool.close_idle();
                repeat == Repeat::Allowed
            } else if failure::is_table_missing(&error) {
                drop(session);
                self.pool.table_missed();
                true
            } else {
                self.pool.give_back(session);
                false
            };
            if !(first && repeated) {
                return Err(failure::store_error(&error));
            }
            first = false;
        }
    }
}

impl TokenStore for PostgresStore {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.listener.ensure_started();
        let name = key.to_string();
        let table = &self.settings.table;
        let values: [(&(dyn ToSql + Sync), Type); 1] = [(&name, Type::TEXT)];
        let rows = self.query(Repeat::Allowed, &table.statements.load, &values).await?;
        let row = rows.first().ok_or_else(no_row)?;
        let now: SystemTime = column(row, 0)?;
        let length: Option<i32> = column(row, 1)?;
        let record: Option<String> = column(row, 2)?;
        // A malicious server may return more than requested.
        let length = record
            .as_ref()
            .map_or_else(|| length.unwrap_or_default().unsigned_abs() as usize, String::len);
        if length > MAX_RECORD_SIZE {
            return Err(too_long(length as u64, key, &format_args!("the table {}", table.name)));
        }
        Ok(Loaded {
            record: record.map(Secret::from),
            now: now.duration_since(UNIX_EPOCH).unwrap_or_default(),
        })
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        check_length(&swap)?;
        let table = &self.settings.table;
        let key = key.to_string();
        let seconds = swap.ttl.min(LONGEST_KEPT).as_secs_f64();
        let expected = swap.expected.as_ref().map(Secret::expose);
        let record = swap.record.as_ref().map(Secret::expose);
        let statement = match (expected, record) {
            (None, Some(_)) => &table.statements.put,
            (Some(_), Some(_)) => &table.statements.replace,
            (Some(_), None) => &table.statements.remove,
            (None, None) => &table.statements.absent,
        };
        let mut values: Vec<(&(dyn ToSql + Sync), Type)> = vec![(&key, Type::TEXT)];
        let texts = expected.iter().chain(&record);
        values.extend(texts.map(|text| (text as &(dyn ToSql + Sync), Type::TEXT)));
        if record.is_some() {
            values.push((&seconds, Type::FLOAT8));
        }
        values.push((&swap.notify, Type::BOOL));
        values.push((&table.name, Type::TEXT));
        match self.query(Repeat::Never, statement, &values).await {
            Ok(rows) if rows.is_empty() => Ok(SwapOutcome::Conflict),
            Ok(_) => Ok(SwapOutcome::Done),
            // With stricter transaction isolation, a conflict is a serialization failure.
            Err(error) if error.kind() == StoreErrorKind::Contended => Ok(SwapOutcome::Conflict),
            Err(error) => Err(error),
        }
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        let table = &self.settings.table;
        let rows = self.query(Repeat::Allowed, &table.statements.keys, &[]).await?;
        if rows.len() > MAX_KEYS {
            return Err(too_many_keys(&format_args!("the table {}", table.name)));
        }
        let texts: Vec<String> = rows.iter().map(|row| column(row, 0)).collect::<Result<_, _>>()?;
        // Texts that are not store keys were not written by evergrant.
        Ok(texts.iter().filter_map(|text| text.parse().ok()).collect())
    }

    fn changes(&self) -> Option<&Changes> {
        Some(self.listener.changes())
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("hosts", &self.settings.config.get_hosts())
            .field("table", &self.settings.table.name)
            .finish_non_exhaustive()
    }
}

fn column<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, StoreError> {
    row.try_get(index).map_err(|error| failure::store_error(&error))
}

fn no_row() -> StoreError {
    StoreError::new(StoreErrorKind::Other, "a statement returned no row")
}
