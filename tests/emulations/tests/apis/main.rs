//! Tests of the emulations with plain HTTP requests.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod bookstore;
mod common;
mod multiauth;
mod operations;
mod thingspace;
mod verizon_edge;
