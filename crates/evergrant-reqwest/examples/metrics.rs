//! Two workers that share one token, and what Prometheus would read of them.
//!
//! `cargo run -p evergrant-reqwest --example metrics` has them call an embedded API for a while, with its share of trouble, and prints the
//! metrics as text. A service gives that text from a route of its own, or has the exporter listen by itself (its feature
//! `http-listener`).
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::Duration;

use evergrant::ClientCredentials;
use evergrant::store::MemoryStore;
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{Answer, AuthServer};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Histograms need buckets, and the exporter's default, quantiles of each process, cannot be summed up over a fleet.
fn install_exporter() -> Result<PrometheusHandle, Box<dyn Error>> {
    let seconds = [0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0];
    let lifetimes = [0.0, 10.0, 60.0, 300.0, 900.0, 3600.0];
    let exporter = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("evergrant_fetch_seconds".to_owned()), &seconds)?
        .set_buckets_for_metric(Matcher::Full("evergrant_wait_seconds".to_owned()), &seconds)?
        .set_buckets_for_metric(
            Matcher::Full("evergrant_token_remaining_seconds".to_owned()),
            &lifetimes,
        )?
        .install_recorder()?;
    evergrant::describe_metrics();
    Ok(exporter)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let exporter = install_exporter()?;
    let auth = AuthServer::builder().client("worker", "not-a-real-secret").start();
    let api = auth.api();
    // Stands for Redis or Postgres, which `evergrant-store` knows.
    let store = MemoryStore::new();
    let worker = || -> Result<Client, Box<dyn Error>> {
        let tokens = ClientCredentials::new("worker", "not-a-real-secret")
            .token_url(auth.token_url())
            .retry_pause(Duration::from_millis(10))
            .store(store.clone())
            .build(Transport::default())?;
        Ok(Client::builder(tokens).base_url(api.url("/")).build()?)
    };
    let workers = [worker()?, worker()?];

    // The server is overloaded at first: the one worker that fetches tries again, and the other one waits for its token.
    auth.next(Answer::new(503));
    let (one, other) = tokio::join!(workers[0].get("books").send_ok(), workers[1].get("books").send_ok());
    one?;
    other?;
    for call in 0..200 {
        // And later the token is revoked: a 401, a new token for both workers, and the call is repeated.
        if call == 100 {
            auth.revoke_all();
        }
        workers[call % 2].get("books").send_ok().await?;
    }

    print!("{}", exporter.render());
    Ok(())
}
