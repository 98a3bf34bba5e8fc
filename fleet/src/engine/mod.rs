//! Engines that run on free ports of loopback, each with its own temporary folder, and that end with their handle.
//!
//! Everything here blocks for as long as it takes, which is bounded: an engine that does not start, or does not answer, is an
//! error with the end of its log.

mod cluster;
mod folder;
mod install;
mod node;
mod ports;
mod postgres;
pub(crate) mod process;
mod redis;
mod resp;
mod sentinel;
mod valkey;
pub(crate) mod wait;

pub use self::cluster::{RedisCluster, SlotMove};
pub use self::folder::Folder;
pub use self::install::install;
pub use self::postgres::{Postgres, PostgresBuilder};
pub use self::redis::{Redis, RedisBuilder};
pub use self::resp::Reply;
pub use self::sentinel::RedisSentinel;
pub use interop::Authority;
