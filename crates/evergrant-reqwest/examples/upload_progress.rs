//! Uploads a file in parts and shows the progress. A stream cannot be sent twice, so the program repeats the upload.
//!
//! `cargo run -p evergrant-reqwest --example upload_progress` runs it against embedded servers.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::io;
use std::path::Path;
use std::time::Duration;

use evergrant::{ClientCredentials, TokenManager};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::AuthServer;
use futures_util::stream;
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Body, Response, StatusCode};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

const PART: usize = 64 * 1024;

async fn upload(api: &Client, tokens: &TokenManager, path: &Path) -> Result<Response, Box<dyn Error>> {
    // The upload takes some minutes, and its token must be valid until the end.
    tokens.token_valid_for(Duration::from_secs(600)).await?;
    let mut is_first = true;
    loop {
        let length = tokio::fs::metadata(path).await?.len();
        let request = api.put("films/1").header(CONTENT_LENGTH, length);
        let response = request
            .body(with_progress(File::open(path).await?, length))
            .send()
            .await?;
        // The 401 rejected the token, so the next call fetches another one.
        if response.status() != StatusCode::UNAUTHORIZED || !is_first {
            return Ok(response.error_for_status()?);
        }
        println!("the API rejects the token");
        is_first = false;
    }
}

/// Reads a file part by part, as fast as the connection takes them.
fn with_progress(file: File, length: u64) -> Body {
    Body::wrap_stream(stream::try_unfold((file, 0), move |(mut file, mut sent)| async move {
        let mut part = vec![0; PART];
        let read = file.read(&mut part).await?;
        part.truncate(read);
        sent += read as u64;
        println!("{} %", sent * 100 / length.max(1));
        Ok::<_, io::Error>((read > 0).then_some((part, (file, sent))))
    }))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("cinema", "not-a-real-secret").start();
    let server = auth.api();
    let tokens = ClientCredentials::builder("cinema", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    let api = Client::builder(tokens.clone()).base_url(server.url("/v1")).build()?;

    let folder = tempfile::tempdir()?;
    let film = folder.path().join("film");
    tokio::fs::write(&film, vec![0; 3 * PART]).await?;
    tokens.token().await?;
    auth.revoke_all();
    println!("{}", upload(&api, &tokens, &film).await?.status());
    Ok(())
}
