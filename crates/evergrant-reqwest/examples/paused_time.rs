//! Tests code that waits for hours, in an instant: tokio's clock is paused, and tokens live on a `ManualClock`.
//!
//! `cargo run -p evergrant-reqwest --example paused_time` runs it, as `#[tokio::test(start_paused = true)]` would.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::Duration;

use evergrant::ClientCredentials;
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{AuthServer, ManualClock};
use serde_json::Value;
use tokio::time::{Instant, sleep};

const HOUR: Duration = Duration::from_secs(3600);

/// The code under test.
async fn read_books_every_hour(api: &Client, hours: u32) -> Result<usize, evergrant_reqwest::Error> {
    let mut count = 0;
    for _ in 0..hours {
        let books: Vec<Value> = api.get("books").send_ok().await?.json().await?;
        count += books.len();
        sleep(HOUR).await;
    }
    Ok(count)
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = ManualClock::new();
    let auth = AuthServer::builder()
        .client("bookshop", "not-a-real-secret")
        .clock(&clock)
        .start();
    let server = auth.api();
    // A paused clock moves by itself whenever the program waits for a server. The manual clock does not, so no token
    // expires and no time limit is reached while a response is on its way.
    let tokens = ClientCredentials::builder("bookshop", "not-a-real-secret")
        .token_url(auth.token_url())
        .runtime(clock.clone())
        .build(Transport::default())?;
    let api = Client::builder(tokens).base_url(server.url("/")).build()?;

    let start = Instant::now();
    let count = read_books_every_hour(&api, 24).await?;
    let passed = start.elapsed().as_secs() / HOUR.as_secs();
    println!(
        "{count} books in {passed} hours, {} token request",
        auth.token_requests()
    );

    clock.advance(24 * HOUR);
    read_books_every_hour(&api, 1).await?;
    println!("{} token requests after the token expired", auth.token_requests());
    Ok(())
}
