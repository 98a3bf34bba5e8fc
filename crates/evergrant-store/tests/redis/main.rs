//! Stores in Redis and Valkey, on real servers: the contract, who is let in, and what happens when servers go away.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod access;
mod cluster;
mod contract;
mod faults;
mod hostile;
#[path = "../common/password.rs"]
mod password;
mod records;
mod sentinel;
mod support;
