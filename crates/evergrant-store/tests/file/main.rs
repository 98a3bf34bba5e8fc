//! The file store: its contract, among threads and processes that may be killed, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod contract;
#[cfg(unix)]
mod crash;
mod encryption;
#[cfg(unix)]
mod member;
#[cfg(unix)]
mod processes;
#[cfg(unix)]
mod safety;
mod support;
