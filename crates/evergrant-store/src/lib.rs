//! Token stores for [evergrant](https://docs.rs/evergrant): one token for all processes that use the same client, kept in files,
//! Redis or Postgres.
//!
//! ```no_run
//! use evergrant::ClientCredentials;
//! use evergrant_store::{KeyRing, store};
//!
//! # fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
//! let keys = KeyRing::from_env("EVERGRANT_STORE_KEYS")?;
//! let tokens = ClientCredentials::new("client-id", "not-a-real-secret")
//!     .token_url("https://auth.example.com/oauth2/token")
//!     .store(store("rediss://tokens.example.com:6379/0").encryption(keys).build()?)
//!     .build(transport)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Stores
//! | URL | feature | where |
//! |---|---|---|
//! | `memory:` | | this process; a store of its own for each [`build`](StoreBuilder::build) |
//! | `file:/folder`, `file:folder` | `file` | a folder that is this user's alone, for the processes of one machine |
//! | `redis://user:password@host:port/db`, `rediss://` with TLS | `redis` | Redis; `valkey://` and `valkeys://` alike |
//! | `redis+cluster://host,host:port`, `rediss+cluster://` | `redis` | Redis Cluster |
//! | `redis+sentinel://host,host:port/service/db`, `rediss+sentinel://` | `redis` | Redis behind Sentinel |
//! | `postgres://user:password@host:port/database` | `postgres` | a table in Postgres; the options are libpq's |
//!
//! Redis knows `?prefix=` (of its keys, `evergrant` by default) and `?ca=/path` (the certificates to trust). Postgres knows
//! `?table=` (`evergrant_tokens` by default), beside `sslmode`, `sslrootcert` and what else libpq has.
//!
//! No feature is enabled by default. All stores connect when they are first used, and again after a failure.
//!
//! # Files
//! Each record is a file `<key>.json`, replaced as a whole by renaming; writers lock `<key>.lock`, and write `<key>.new` first. A
//! process that is killed at any point leaves the old record or the new one. On Unix the folder is made with mode 0700 and the files
//! with 0600; links, and whatever belongs to others or can be read by them, are refused.
//!
//! The clock is the machine's wall clock, so the folder should be on a file system of this machine. A file's modification time says
//! until when its record is of use; a day later it may be removed. There are no notifications: who waits for a token looks again.
//! Any process of this user can read the tokens, unless they are encrypted.
//!
//! # Servers
//! What a server answers is not trusted. Its words reach no error, event or log, for they may repeat the password that it was given: its
//! error codes do, with their meaning in words of this library. A record is at most 1 MiB long in every store; a longer one is an error
//! ([`Unusable`](evergrant::store::StoreErrorKind::Unusable) in Redis and Postgres), stays in the server, and has to be removed there. A
//! server that sends more than 16 MiB without being asked again is disconnected, and more than 100,000 keys are not listed. A server of
//! a cluster, or a Sentinel, that names another one by the password is not followed.
//!
//! # Postgres
//! One table, made and brought up to date by the process that comes first. A role that may make none uses one that somebody else has
//! made by the SQL in this crate's `migrations`, with `SELECT`, `INSERT`, `UPDATE` and `DELETE` on it; `?table=schema.name` says where.
//! Rows that are of no use to anybody go when new ones come.
//!
//! `sslmode` means what it means to libpq, and more: whatever is encrypted is verified, by the system's certificates or by those in
//! `sslrootcert=FILE`. That is by the host's name too with `require` and `verify-full`, and without it with `verify-ca`, which needs
//! the file. `allow` and `prefer` promise nothing, and count as unencrypted. Without `sslmode`, connections to other machines are
//! verified as with `verify-full`, and those within this one are not encrypted. Of several hosts, one that takes writes is used.
//!
//! A server is shown a proof of the password: have it ask for `scram-sha-256`. It may ask for `md5` as well, which is weaker: who listens can
//! try passwords against what was sent. One that asks for the password itself (`password`, and some proxies) is given it over
//! TLS; without, only on this machine or through a socket, and only with
//! [`danger_allow_clear_text_password`](StoreBuilder::danger_allow_clear_text_password). Nor is the password hashed more often for a
//! server than a hundred thousand times.
//!
//! A process has one connection for notifications, and up to four for operations, which are closed when there was nothing to do for
//! a while. The server gives up on a statement after 2 s, also when the process is gone. Statements need no connection of their own,
//! so a pooler such as PgBouncer may stand in between; where it shares connections by transaction, no notifications come through,
//! and who waits for a token looks again.
//!
//! # Encryption
//! In Redis and Postgres others may read what is stored, so both ask for a decision: [`encryption`](StoreBuilder::encryption) with a
//! [`KeyRing`], which says how it works, or [`danger_plaintext`](StoreBuilder::danger_plaintext). Off loopback their connections must
//! be encrypted too.
//!
//! # Events
//! Beside evergrant's own, on the target `evergrant`: `evergrant.key_ring_unavailable` (warn), `evergrant.store_not_swept`
//! (debug) when old files cannot be removed, and `evergrant.store_notifications_lost` (debug) while a server's notifications do not
//! arrive.

mod blocking;
mod builder;
mod engine;
mod error;
mod key_ring;
mod private;
#[cfg(feature = "file")]
pub mod private_file;
mod url;

pub use self::builder::{StoreBuilder, store};
pub use self::error::StoreBuildError;
pub use self::key_ring::KeyRing;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
