//! The servers and the manual clock. Each file covers one topic.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod assertions;
mod clock;
mod routes;
mod servers;
mod users;
