//! Token stores for [evergrant](https://docs.rs/evergrant). Processes that use the same client share one token through
//! files, Redis or Postgres.
//!
//! ```no_run
//! use evergrant::ClientCredentials;
//! use evergrant_store::{KeyRing, store};
//!
//! # fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
//! let keys = KeyRing::from_env("EVERGRANT_STORE_KEYS")?;
//! let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
//!     .token_url("https://auth.example.com/oauth2/token")
//!     .store(store("rediss://tokens.example.com:6379/0").encryption(keys).build()?)
//!     .build(transport)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Stores
//! | URL | feature | location |
//! |---|---|---|
//! | `memory:` | | this process; each [`build`](StoreBuilder::build) creates a separate store |
//! | `file:/folder`, `file:folder` | `file` | a folder of this user, for the processes of one machine |
//! | `redis://user:password@host:port/db`, `rediss://` with TLS | `redis` | Redis; also `valkey://` and `valkeys://` |
//! | `redis+cluster://host,host:port`, `rediss+cluster://` | `redis` | Redis Cluster |
//! | `redis+sentinel://host,host:port/service/db`, `rediss+sentinel://` | `redis` | Redis with Sentinel |
//! | `postgres://user:password@host:port/database` | `postgres` | a table in Postgres; accepts libpq's options |
//!
//! Redis URLs accept `?prefix=` (the prefix of the keys, default `evergrant`) and `?ca=/path` (a file of trusted
//! certificates). Postgres URLs accept `?table=` (default `evergrant_tokens`), `sslmode`, `sslrootcert` and other
//! options of libpq.
//!
//! No feature of this crate is enabled by default. A store connects on first use, and reconnects after a failure.
//!
//! # Files
//! Each record (the entry for one token) is a file `<key>.json`. A writer locks `<key>.lock`, writes `<key>.new`, and
//! renames it to `<key>.json`, which replaces the record atomically. A process that is killed at any point leaves
//! either the old record or the new one. On Unix the folder has mode 0700 and the files have mode 0600. Symbolic links,
//! files of other users, and files that other users can read are rejected.
//!
//! The store uses the machine's wall clock, so the folder should be on a local file system. The modification time of a
//! file is the expiry of its record; the file may be removed one day later. The file store sends no notifications: a
//! call that waits for a token reads the record periodically. All processes of this user can read the tokens unless
//! they are encrypted.
//!
//! # Servers
//! The store does not trust the responses of servers. The text of a server's error may contain the password, so it does
//! not appear in errors, events or logs; instead, they contain the error code and a description by this library. A
//! record has at most 1 MiB in each store. A longer record in Redis or Postgres is an error
//! ([`Unusable`](evergrant::store::StoreErrorKind::Unusable)), and stays in the server until it is removed there. The
//! connection is closed if a server sends more than 16 MiB in response to one request. Listing more than 100,000 keys
//! is an error. If a cluster server or a Sentinel redirects to a host whose name contains the password, the redirect is
//! rejected.
//!
//! # Postgres
//! The store uses one table. The first process creates it or migrates it to the current schema. A role that cannot
//! create tables uses an existing table, created with the SQL in this crate's `migrations`, and needs `SELECT`,
//! `INSERT`, `UPDATE` and `DELETE` on that table; `?table=schema.name` sets the name of the table. Expired rows are
//! deleted when new rows are inserted.
//!
//! `sslmode` has the same values as in libpq, with stricter verification: each encrypted connection is verified, with
//! the system's certificates or those in `sslrootcert=FILE`. `require` and `verify-full` also verify the host name;
//! `verify-ca` does not, and requires the file. `allow` and `prefer` guarantee no encryption and are treated as
//! unencrypted. Without `sslmode`, connections to other machines are verified as with `verify-full`, and connections
//! within this machine are not encrypted. If the URL has several hosts, the store uses a host that accepts writes.
//!
//! Configure the server for `scram-sha-256`, which proves the password without sending it. `md5` is accepted, but is
//! weaker: an eavesdropper can try passwords offline. A server that requests the password itself (`password`, and some
//! proxies) receives it over TLS. Without TLS it receives the password only on this machine or through a Unix socket,
//! and only with [`danger_allow_clear_text_password`](StoreBuilder::danger_allow_clear_text_password). A server that
//! requests more than 100,000 hash iterations is rejected.
//!
//! Each process has one connection for notifications and up to four for operations. Idle connections are closed. The
//! server cancels a statement after 2 s, even if the process has ended. Statements do not depend on connection state,
//! so a pooler such as PgBouncer can be used. With transaction pooling there are no notifications, and a call that
//! waits for a token reads the record periodically.
//!
//! # Encryption
//! In Redis and Postgres, others may be able to read the stored tokens. A store in Redis or Postgres therefore requires
//! an explicit choice: [`encryption`](StoreBuilder::encryption) with a [`KeyRing`], or
//! [`danger_plaintext`](StoreBuilder::danger_plaintext). Connections to other machines must be encrypted too.
//!
//! # Events
//! The stores emit these events, in addition to the events of evergrant and on the same target `evergrant`:
//! `evergrant.key_ring_unavailable` (warn), `evergrant.store_not_swept` (debug) when old files cannot be removed, and
//! `evergrant.store_notifications_lost` (debug) while there is no connection for notifications.

mod builder;
mod engine;
mod engine_by_url;
mod error;
mod insecure_connections;
mod key_ring;
pub mod secure_file;
mod spawn_blocking;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod time_limits;

pub use self::builder::{StoreBuilder, store};
pub use self::error::StoreBuildError;
pub use self::key_ring::KeyRing;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
