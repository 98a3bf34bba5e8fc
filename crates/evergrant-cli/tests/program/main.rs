//! Tests of the built binary: its output and its exit codes.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod browser;
mod call;
mod cargo_features;
mod client_assertions;
mod command_line;
mod connections;
#[cfg(feature = "demo")]
mod demo;
mod device_login;
mod discover;
mod error_messages_and_exit_codes;
#[cfg(feature = "generate")]
mod generate;
#[cfg(feature = "generate")]
mod inspect;
mod login;
mod nonstandard_responses;
mod nonstandard_servers;
mod profile;
#[cfg(feature = "store")]
mod shared_stores;
mod signing_in_user;
#[cfg(feature = "store")]
mod store;
mod support;
mod token;
#[cfg(feature = "store")]
mod token_cache;
#[cfg(feature = "generate")]
mod tutorial;
mod user_token_file;
