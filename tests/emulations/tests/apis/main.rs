//! Tests of the emulations with plain HTTP requests.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod bookstore;
mod every_operation_is_served;
mod http_requests;
mod multiauth;
mod thingspace;
mod verizon_edge;
