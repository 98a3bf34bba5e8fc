//! Profiles in several formats, with references to secrets, against an embedded server.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod client_assertions;
mod configuration_formats;
mod error_messages;
mod managers_and_clients;
#[cfg(all(feature = "toml", unix))]
mod profile_file;
