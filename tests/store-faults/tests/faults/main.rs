//! Faults in fleets of real processes that share tokens through real engines.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod clock_skew;
mod engine_faults;
mod failover;
mod first_fetch;
mod lease_holder;
mod no_faults;
mod record_versions;
mod rejections;
mod support;
mod user_tokens;
