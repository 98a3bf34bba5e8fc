//! The documented metrics, as a Prometheus exporter shows them.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod calls;
mod exporter;
mod fetches;
mod fleet;
mod labels;
#[expect(dead_code, reason = "the tests of fleets need more of it")]
#[path = "../fleet/support.rs"]
mod support;

use evergrant::{ClientCredentials, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Transport;

use crate::support::{CLIENT, SECRET, World};

/// Of a process by itself.
fn builder(world: &World) -> TokenManagerBuilder {
    ClientCredentials::new(CLIENT, SECRET)
        .token_url(world.auth.token_url())
        .runtime(world.clock.clone())
        .retries(0)
}

fn alone(world: &World) -> TokenManager {
    builder(world).build(Transport::default()).unwrap()
}
