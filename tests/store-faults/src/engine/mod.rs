//! Engines on free ports of loopback, each with its own temporary folder. Dropping the handle of an engine ends it.
//!
//! All functions block the thread, for a limited time. An engine that does not start or does not respond is an error
//! with the end of its log.

mod file_store_folder;
mod install;
mod install_valkey;
mod postgres;
mod redis;
mod redis_cluster;
mod redis_process;
mod redis_protocol;
mod redis_sentinel;

pub use self::file_store_folder::Folder;
pub use self::install::install;
pub use self::postgres::{Postgres, PostgresBuilder};
pub use self::redis::{Redis, RedisBuilder};
pub use self::redis_cluster::{RedisCluster, SlotMigration};
pub use self::redis_protocol::Reply;
pub use self::redis_sentinel::RedisSentinel;
pub use interop::Authority;
