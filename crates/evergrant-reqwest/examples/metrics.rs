//! Two workers that share one token, and the metrics that Prometheus reads from them.
//!
//! `cargo run -p evergrant-reqwest --example metrics` calls an embedded API while some requests fail, and prints the
//! metrics as text. A service returns that text from one of its routes, or lets the exporter listen on a port (feature
//! `http-listener`).
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::Duration;

use evergrant::ClientCredentials;
use evergrant::RetryPolicy;
use evergrant::store::MemoryStore;
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{AuthServer, MockResponse};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Histograms need buckets: the exporter's default, quantiles of each process, cannot be aggregated over a fleet.
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
    // In place of Redis or Postgres, which `evergrant-store` supports.
    let store = MemoryStore::new();
    let worker = || -> Result<Client, Box<dyn Error>> {
        let tokens = ClientCredentials::builder("worker", "not-a-real-secret")
            .token_url(auth.token_url())
            .retries(RetryPolicy::default().pause(Duration::from_millis(10)))
            .store(store.clone())
            .build(Transport::default())?;
        Ok(Client::builder(tokens).base_url(api.url("/")).build()?)
    };
    let workers = [worker()?, worker()?];

    // The server is overloaded at first: one worker retries the fetch, and the other waits for the token.
    auth.next(MockResponse::new(503));
    let (one, other) = tokio::join!(workers[0].get("books").send_ok(), workers[1].get("books").send_ok());
    one?;
    other?;
    for call in 0..200 {
        // Later the token is revoked: after a 401, both workers get a new token, and the call is replayed.
        if call == 100 {
            auth.revoke_all();
        }
        workers[call % 2].get("books").send_ok().await?;
    }

    print!("{}", exporter.render());
    Ok(())
}
