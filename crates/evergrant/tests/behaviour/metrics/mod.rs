//! The documented metrics, through a Prometheus exporter.

mod calls;
mod fetches;
mod labels;
mod leases_and_store_errors;
mod prometheus_recorder;

use evergrant::{ClientCredentials, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Transport;

use crate::process_fleet::support::{CLIENT, Fixture, SECRET};

/// Returns a builder of a manager without a shared store.
fn builder(fixture: &Fixture) -> TokenManagerBuilder {
    ClientCredentials::builder(CLIENT, SECRET)
        .token_url(fixture.auth.token_url())
        .runtime(fixture.clock.clone())
        .retries(0)
}

fn unshared(fixture: &Fixture) -> TokenManager {
    builder(fixture).build(Transport::default()).unwrap()
}
