//! A program over plain reqwest is moved to the authorized client: its set-up changes, and no call.
//!
//! `unchanged_calls.rs` has the program's calls. It is compiled twice, with the set-up of `setup_with_plain_reqwest.rs`
//! and that of `setup_with_authorized_client.rs`.
//!
//! `cargo run -p evergrant-reqwest --example moving_from_reqwest` runs both against embedded servers.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(clippy::duplicate_mod, reason = "the same calls are compiled for two clients")]

mod setup_with_authorized_client;
mod setup_with_plain_reqwest;

use std::error::Error;

use evergrant_testing::{ApiServer, AuthServer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let open = ApiServer::unprotected();
    let before = setup_with_plain_reqwest::run(&open).await?;

    let auth = AuthServer::builder().client("bookshop", "not-a-real-secret").start();
    let protected = auth.api();
    let after = setup_with_authorized_client::run(&auth, &protected).await?;

    for (before, after) in before.iter().zip(&after) {
        println!("{after}");
        assert_eq!(before, after);
    }
    let (sent, authorized) = (protected.requests(), |token: Option<&str>| token.is_some());
    assert!(sent.iter().all(|request| authorized(request.header("authorization"))));
    println!("{} requests with one token: {}", sent.len(), auth.token_requests() == 1);
    Ok(())
}
