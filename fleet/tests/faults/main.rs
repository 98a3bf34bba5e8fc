//! Fleets of real processes on real engines, and everything that can befall the two.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod clock;
mod cold;
mod engine;
mod failover;
mod formats;
mod healthy;
mod holder;
mod refusals;
mod support;
