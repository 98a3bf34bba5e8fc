//! Authorizes the calls of a tonic client, and recovers from a revoked token.
//!
//! `cargo run -p evergrant-tower --features tonic --example tonic` runs it against an embedded gRPC server, which
//! returns `UNAUTHENTICATED` for an invalid token.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

#[path = "support/books_grpc_service.rs"]
mod rpc;

use std::error::Error;

use evergrant::ClientCredentials;
use evergrant_reqwest::Transport;
use evergrant_testing::AuthServer;
use evergrant_tower::{AuthorizeLayer, Unauthenticated};
use tonic::transport::Endpoint;

use self::rpc::{Books, BooksServer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("bookshop", "not-a-real-secret").start();
    let url = BooksServer::start(&auth.api())
        .await
        .map_err(|error| error.to_string())?;

    let tokens = ClientCredentials::builder("bookshop", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    let channel = Endpoint::from_shared(url.clone())?.connect_lazy();
    let channel = AuthorizeLayer::builder(tokens).base_url(url).grpc_channel(channel)?;
    let mut books = Books::new(channel); // a generated client accepts the channel in the same way

    for copy in ["first copy", "second copy", "third copy"] {
        let title = books.title(tonic::Request::new(copy.to_owned())).await?;
        println!("{title}, {} token request(s) so far", auth.token_requests());
        if copy == "first copy" {
            auth.revoke_all();
            println!("token revoked; the server rejects the next call, which is replayed with a new token");
        }
    }

    let mut unauthenticated = tonic::Request::new("no copy".to_owned());
    unauthenticated.extensions_mut().insert(Unauthenticated);
    if let Err(status) = books.title(unauthenticated).await {
        println!("without credentials: {}", status.message());
    }
    Ok(())
}
