//! The stores, and errors in their URLs and settings. Redis and Postgres run on real servers.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

#[cfg(feature = "file")]
mod file;
mod invalid_settings;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod test_password;
