//! Faults in fleets of real processes that share tokens through real engines.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod clock_skew;
mod engine_faults;
mod failed_first_fetch;
mod failed_lease_holder;
mod failover;
mod no_faults;
mod record_versions;
mod shared_rejections;
mod support;
mod user_tokens;
