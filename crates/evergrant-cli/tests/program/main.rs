//! Tests of the built binary: its output and its exit codes.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod assertions;
mod browser;
#[cfg(feature = "store")]
mod cache;
mod call;
mod command_line;
mod connections;
#[cfg(feature = "demo")]
mod demo;
mod discover;
mod failures;
mod features;
#[cfg(feature = "generate")]
mod generate;
#[cfg(feature = "generate")]
mod inspect;
mod login;
mod nonstandard_servers;
mod profile;
mod responses;
mod session;
#[cfg(feature = "store")]
mod shared_stores;
#[cfg(feature = "store")]
mod store;
mod support;
mod token;
#[cfg(feature = "generate")]
mod tutorial;
mod user;
