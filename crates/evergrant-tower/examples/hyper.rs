//! Authorizes the requests of hyper-util's client, and recovers from a revoked token.
//!
//! `cargo run -p evergrant-tower --example hyper` runs it against an embedded authorization server and API.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use bytes::Bytes;
use evergrant::ClientCredentials;
use evergrant_reqwest::Transport;
use evergrant_testing::AuthServer;
use evergrant_tower::AuthorizeLayer;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::{Service as _, ServiceBuilder, ServiceExt as _};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("bookshop", "not-a-real-secret").start();
    let api = auth.api();

    let tokens = ClientCredentials::builder("bookshop", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    let authorize = AuthorizeLayer::builder(tokens).base_url(api.url("")).build()?;
    // Add a layer that follows redirects above `authorize`, which then authorizes each hop.
    let mut client = ServiceBuilder::new()
        .layer(authorize)
        .service(Client::builder(TokioExecutor::new()).build_http());

    for order in ["one book", "two books", "three books"] {
        let request = Request::post(api.url("/echo")).body(Full::<Bytes>::from(order))?;
        let response = client.ready().await?.call(request).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        println!(
            "{} {:?}, {} token request(s) so far",
            head.status,
            body,
            auth.token_requests()
        );
        if order == "one book" {
            auth.revoke_all();
            println!("token revoked; the API rejects the next request, which is replayed with a new token");
        }
    }
    Ok(())
}
