//! A command-line tool that keeps its token between runs: loads it, uses it, stores each new one.
//!
//! `cargo run -p evergrant-reqwest --example stored_token` plays two runs of such a tool against an embedded server: the second
//! sends no token request.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::fs;

use evergrant::{ClientCredentials, TokenFile};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::AuthServer;

async fn run(auth: &AuthServer, api_url: &str, file: &TokenFile) -> Result<(), Box<dyn Error>> {
    let mut builder = ClientCredentials::new("tool", "not-a-real-secret").token_url(auth.token_url());
    // An expired token counts as missing; a broken file is worth a word, and a new token.
    match file.load() {
        Ok(Some(token)) => builder = builder.token(token),
        Ok(None) => {}
        Err(error) => println!("ignoring {file:?}: {error}"),
    }
    let (stored, done) = std::sync::mpsc::channel();
    let target = file.clone();
    let tokens = builder
        .on_token_update(move |token| {
            let _ = stored.send(target.save(&token));
        })
        .build(Transport::default())?;
    let api = Client::builder(tokens).base_url(api_url).build()?;
    let answer = api.get("books").send_ok().await?;
    println!(
        "{} with {} token request(s) so far",
        answer.status(),
        auth.token_requests()
    );
    // A short-lived program lets its callback finish.
    drop(api);
    done.iter().collect::<Result<Vec<()>, _>>()?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("tool", "not-a-real-secret").start();
    let api = auth.api();
    let path = std::env::temp_dir().join(format!("evergrant-example-{}.json", std::process::id()));
    let file = TokenFile::new(&path);
    let outcome = async {
        run(&auth, &api.url("/"), &file).await?;
        run(&auth, &api.url("/"), &file).await
    };
    let outcome = outcome.await;
    let _ = fs::remove_file(&path);
    outcome
}
