//! Profiles in several formats, with references to secrets, against an embedded server.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod assertions;
mod errors;
#[cfg(all(feature = "toml", unix))]
mod file;
mod formats;
mod managers_and_clients;
