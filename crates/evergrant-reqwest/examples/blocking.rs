//! A program without async code: many threads share one client and one token, and a revoked token is replaced.
//!
//! `cargo run -p evergrant-reqwest --features blocking --example blocking`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::thread;

use evergrant::ClientCredentials;
use evergrant_reqwest::{Transport, blocking};
use evergrant_testing::AuthServer;
use serde::Deserialize;

#[derive(Deserialize)]
struct Book {
    title: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("tool", "not-a-real-secret").start();
    let server = auth.api();

    let tokens = ClientCredentials::builder("tool", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    let api = blocking::Client::builder(tokens.clone())
        .base_url(server.url("/"))
        .build()?;

    thread::scope(|scope| {
        let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| api.get("books").send_ok())).collect();
        for call in calls {
            let response = call.join().map_err(|_| "a thread panicked")??;
            let books: Vec<Book> = response.json()?;
            println!("{} books, the first is {}", books.len(), books[0].title);
        }
        Ok::<_, Box<dyn Error>>(())
    })?;
    println!("token requests of eight threads: {}", auth.token_requests());

    auth.revoke_all();
    let mut response = api.post("echo").body("sent twice, one response\n").send_ok()?;
    response.copy_to(&mut std::io::stdout())?;

    // `wait` runs the async methods of the manager.
    let token = api.wait(tokens.token())??;
    println!(
        "generation {}, {} token requests",
        token.generation(),
        auth.token_requests()
    );
    Ok(())
}
