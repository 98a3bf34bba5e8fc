//! Downloads a file that the API redirects to storage, and resumes when the connection breaks.
//!
//! `cargo run -p evergrant-reqwest --example resumable_download` runs it against embedded servers.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::io;
use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use evergrant::ClientCredentials;
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{AuthServer, MockResponse};
use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use reqwest::header::{ETAG, IF_RANGE, RANGE};
use tokio::net::TcpListener;

const MAX_ATTEMPTS: usize = 5;

/// Each attempt asks the API again, because links to storage expire. `Range` and `If-Range` reach the storage, and the
/// token does not.
async fn download(api: &Client, path: &str) -> Result<Vec<u8>, evergrant_reqwest::Error> {
    let (mut file, mut etag) = (Vec::new(), None);
    let mut attempts = 0;
    loop {
        attempts += 1;
        let mut request = api.get(path);
        if let Some(etag) = &etag {
            request = request
                .header(RANGE, format!("bytes={}-", file.len()))
                .header(IF_RANGE, etag);
        }
        let mut response = request.send_ok().await?;
        if response.status() != StatusCode::PARTIAL_CONTENT {
            file.clear(); // the whole file, which may have changed
        }
        etag = response.headers().get(ETAG).cloned();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => file.extend_from_slice(&chunk),
                Ok(None) => return Ok(file),
                Err(error) if attempts == MAX_ATTEMPTS => return Err(error.into()),
                Err(error) => break println!("{error}; {} bytes so far", file.len()),
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("cinema", "not-a-real-secret").start();
    let server = auth.api();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let film = format!("http://{}/film", listener.local_addr()?);
    tokio::spawn(axum::serve(listener, Router::new().route("/film", get(storage))).into_future());
    server.route(Method::GET, "/v1/films/1", move |_| {
        MockResponse::new(302).header("location", &film)
    });

    let tokens = ClientCredentials::builder("cinema", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    let api = Client::builder(tokens).base_url(server.url("/v1")).build()?;
    println!("{}", String::from_utf8_lossy(&download(&api, "films/1").await?));
    Ok(())
}

/// Storage that breaks the connection after eight bytes.
async fn storage(headers: HeaderMap) -> Response {
    const FILM: &str = "a film of some length";
    assert!(!headers.contains_key("authorization"));
    let range = headers
        .get(RANGE)
        .and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")?.strip_suffix('-'));
    let start = range.and_then(|start| start.parse().ok()).unwrap_or(0);
    let status = match start {
        0 => StatusCode::OK,
        _ => StatusCode::PARTIAL_CONTENT,
    };
    let rest = &FILM[start..];
    let parts = match rest.split_at_checked(8) {
        Some((part, _)) => vec![Ok(part), Err(io::Error::other("broken"))],
        None => vec![Ok(rest)],
    };
    let head = [("etag", "\"1\"".to_owned()), ("content-length", rest.len().to_string())];
    (status, head, Body::from_stream(stream::iter(parts).then(sent))).into_response()
}

/// Lets the server send what it has.
async fn sent<T>(part: T) -> T {
    tokio::task::yield_now().await;
    part
}
