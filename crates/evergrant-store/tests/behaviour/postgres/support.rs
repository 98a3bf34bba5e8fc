//! Helpers for the tests of the Postgres store.

use store_faults::engine::Postgres;
pub(crate) use store_faults::store_helpers::{RECORD_TTL, key, load, open, put, swap, wait_until};

/// Returns the number of connections of the role.
pub(crate) fn connections(server: &Postgres) -> usize {
    let count = server.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'evergrant'");
    count.unwrap().parse().unwrap()
}
