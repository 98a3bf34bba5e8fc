//! hyper-util's client with authorized requests: `cargo run -p evergrant-tower --example hyper` runs it against an embedded
//! authorization server and API, revokes its token in between, and ends.
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

    let tokens = ClientCredentials::new("bookshop", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    let authorize = AuthorizeLayer::builder(tokens).base_url(api.url("")).build()?;
    // A layer that follows redirects would go above `authorize`: each hop is authorized then.
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
            println!("the token is revoked; the next call is refused, and recovers");
        }
    }
    Ok(())
}
