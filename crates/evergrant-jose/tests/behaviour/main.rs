//! Client authentication with signed assertions, against the embedded authorization server.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod algorithms;
mod assertions;
mod certificates;
mod foreign_assertions;
mod key_errors;
mod rotation;
mod secrecy;
mod signed_assertions;
mod store_keys;
mod support;
