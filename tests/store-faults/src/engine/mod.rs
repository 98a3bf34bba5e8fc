//! Engines on free ports of loopback, each with its own temporary folder. Dropping the handle of an engine ends it.
//!
//! All functions block the thread, for a limited time. An engine that does not start or does not respond is an error
//! with the end of its log.

mod cluster;
mod folder;
mod install;
mod install_valkey;
mod node;
mod postgres;
mod redis;
mod resp;
mod sentinel;

pub use self::cluster::{RedisCluster, SlotMigration};
pub use self::folder::Folder;
pub use self::install::install;
pub use self::postgres::{Postgres, PostgresBuilder};
pub use self::redis::{Redis, RedisBuilder};
pub use self::resp::Reply;
pub use self::sentinel::RedisSentinel;
pub use interop::Authority;
