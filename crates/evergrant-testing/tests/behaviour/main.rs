//! The servers and the manual clock. Each file covers one topic.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod api_routes;
mod assertion_grants;
mod manual_clock;
mod servers;
mod users;
