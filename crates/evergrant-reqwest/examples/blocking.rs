//! A program without async: many threads share one client and one token, and a revoked token goes unnoticed.
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

    let tokens = ClientCredentials::new("tool", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    let api = blocking::Client::builder(tokens.clone())
        .base_url(server.url("/"))
        .build()?;

    thread::scope(|scope| {
        let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| api.get("books").send_ok())).collect();
        for call in calls {
            let answer = call.join().map_err(|_| "a thread panicked")??;
            let books: Vec<Book> = answer.json()?;
            println!("{} books, the first is {}", books.len(), books[0].title);
        }
        Ok::<_, Box<dyn Error>>(())
    })?;
    println!("token requests of eight threads: {}", auth.token_requests());

    auth.revoke_all();
    let mut answer = api.post("echo").body("sent twice, answered once\n").send_ok()?;
    answer.copy_to(&mut std::io::stdout())?;

    // What is async about the manager is waited for as well.
    let token = api.wait(tokens.token())??;
    println!(
        "generation {}, {} token requests",
        token.generation(),
        auth.token_requests()
    );
    Ok(())
}
