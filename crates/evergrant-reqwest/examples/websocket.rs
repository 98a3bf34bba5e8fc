//! A WebSocket with a token, by the crate reqwest-websocket. A revoked token is replaced before the handshake.
//!
//! `cargo run -p evergrant-reqwest --features websocket --example websocket` runs it against an embedded server.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use evergrant::ClientCredentials;
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::AuthServer;
use futures_util::{SinkExt as _, TryStreamExt as _};
use reqwest_websocket::{Message, Upgrade as _};
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::StatusCode;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("bookshop", "not-a-real-secret").start();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("ws://{}/prices", listener.local_addr()?);
    let checked = auth.clone();
    thread::spawn(move || serve(&listener, &checked));

    let tokens = ClientCredentials::builder("bookshop", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    // A WebSocket needs HTTP/1. The origin of a `ws` URL is the one of its HTTP request.
    let api = Client::builder(tokens.clone())
        .base_url(url.replace("ws://", "http://"))
        .http(|| reqwest::Client::builder().http1_only())
        .build()?;

    tokens.token().await?;
    auth.revoke_all();
    let mut socket = api.get(url).upgrade().send().await?.into_websocket().await?;
    socket.send(Message::Text("The Dispossessed".to_owned())).await?;
    println!(
        "{:?}, {} token requests",
        socket.try_next().await?,
        auth.token_requests()
    );
    Ok(())
}

/// Returns a message to its sender, on connections with a valid token.
fn serve(listener: &TcpListener, auth: &AuthServer) {
    #[expect(clippy::result_large_err, reason = "the type of tungstenite's callbacks")]
    let check = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        let header = request
            .headers()
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let token = header.and_then(|header| header.strip_prefix("Bearer "));
        if token.is_some_and(|token| auth.accepts(token)) {
            return Ok(response);
        }
        let mut rejection = ErrorResponse::new(None);
        *rejection.status_mut() = StatusCode::UNAUTHORIZED;
        Err(rejection)
    };
    for stream in listener.incoming().flatten() {
        if let Ok(mut socket) = tungstenite::accept_hdr(stream, check)
            && let Ok(message) = socket.read()
        {
            let _ = socket.send(message);
        }
    }
}
