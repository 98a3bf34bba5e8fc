//! The store for Postgres, on a real server: the contract, who is let in, the table, and what happens when the server goes away.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod connection;
mod contract;
mod faults;
mod hostile;
mod network;
#[path = "../common/password.rs"]
mod password;
mod pooler;
mod schema;
mod support;
