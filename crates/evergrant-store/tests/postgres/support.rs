//! What the tests have in common.

use fleet::engine::Postgres;
pub(crate) use fleet::probe::{KEEP, key, load, open, put, swap, until};

/// How many connections the role has.
pub(crate) fn connections(server: &Postgres) -> usize {
    let count = server.ask("SELECT count(*) FROM pg_stat_activity WHERE usename = 'evergrant'");
    count.unwrap().parse().unwrap()
}
