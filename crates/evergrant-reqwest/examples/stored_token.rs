//! A command-line tool that stores its token between runs: it loads the token, uses it, and saves each new one.
//!
//! `cargo run -p evergrant-reqwest --example stored_token` runs it twice against an embedded server. The second run
//! sends no token request.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::fs;

use evergrant::{ClientCredentials, TokenFile};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::AuthServer;

async fn run(auth: &AuthServer, api_url: &str, file: &TokenFile) -> Result<(), Box<dyn Error>> {
    let mut builder = ClientCredentials::builder("tool", "not-a-real-secret").token_url(auth.token_url());
    // An expired token counts as missing. An invalid file is reported and replaced.
    match file.load() {
        Ok(Some(token)) => builder = builder.token(token),
        Ok(None) => {}
        Err(error) => println!("ignoring {file:?}: {error}"),
    }
    let (saved, results) = std::sync::mpsc::channel();
    let target = file.clone();
    let tokens = builder
        .on_token_update(move |token| {
            let _ = saved.send(target.save(&token));
        })
        .build(Transport::default())?;
    let api = Client::builder(tokens).base_url(api_url).build()?;
    let response = api.get("books").send_ok().await?;
    println!(
        "{} with {} token request(s) so far",
        response.status(),
        auth.token_requests()
    );
    // A short-lived program waits for its callback.
    drop(api);
    results.iter().collect::<Result<Vec<()>, _>>()?;
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
