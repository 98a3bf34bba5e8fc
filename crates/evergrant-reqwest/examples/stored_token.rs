//! A command-line tool that keeps its token between runs: loads it, uses it, stores each new one.
//!
//! `cargo run -p evergrant-reqwest --example stored_token` plays two runs of such a tool against an embedded server: the second
//! sends no token request.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use evergrant::{ClientCredentials, Token};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::AuthServer;

async fn run(auth: &AuthServer, api_url: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let mut builder = ClientCredentials::new("tool", "not-a-real-secret").token_url(auth.token_url());
    if let Ok(text) = fs::read_to_string(file) {
        // An expired token counts as missing; a broken file is worth a word, and a new token.
        match Token::from_json(&text) {
            Ok(token) => builder = builder.token(token),
            Err(error) => println!("ignoring {}: {error}", file.display()),
        }
    }
    let (stored, done) = std::sync::mpsc::channel();
    let target = file.to_owned();
    let tokens = builder
        .on_token_update(move |token| {
            let _ = stored.send(store(&token, &target));
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

/// Readable by its owner alone.
fn store(token: &Token, file: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(token.expose_json().as_bytes())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("tool", "not-a-real-secret").start();
    let api = auth.api();
    let file: PathBuf = std::env::temp_dir().join(format!("evergrant-example-{}.json", std::process::id()));
    let outcome = async {
        run(&auth, &api.url("/"), &file).await?;
        run(&auth, &api.url("/"), &file).await
    };
    let outcome = outcome.await;
    let _ = fs::remove_file(&file);
    outcome
}
