//! A server stream that outlives its token: the client rejects the token, and opens the stream again.
//!
//! `cargo run -p evergrant-tower --features tonic --example grpc_streaming` runs it against an embedded gRPC server,
//! which ends each stream after one message with `UNAUTHENTICATED`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

#[path = "support/books_grpc_service.rs"]
mod rpc;

use std::error::Error;

use evergrant::{ClientCredentials, Generation, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::AuthServer;
use evergrant_tower::{AuthorizeLayer, GrpcChannel};
use http::uri::PathAndQuery;
use tonic::client::Grpc;
use tonic::transport::Endpoint;
use tonic::{Code, Status};

use self::rpc::{Books, BooksServer, Text, WATCH};

/// Number of times that the stream is opened.
const MAX_STREAMS: usize = 2;

/// Opens the stream again after its token expired. The layer does not: the caller already received messages.
async fn watch(channel: &GrpcChannel, tokens: &TokenManager) -> Result<(), Status> {
    for _ in 0..MAX_STREAMS {
        let mut client = Grpc::new(channel.clone()); // `BooksClient::new(..)` for a generated client
        client.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let request = tonic::Request::new("all".to_owned());
        let response = client
            .server_streaming(request, PathAndQuery::from_static(WATCH), Text)
            .await?;
        let generation = response.extensions().get::<Generation>().copied();
        let mut titles = response.into_inner();
        loop {
            match titles.message().await {
                Ok(Some(title)) => println!("{title}"),
                Ok(None) => return Ok(()),
                Err(status) if status.code() == Code::Unauthenticated => {
                    println!(
                        "{}: {:?}",
                        status.message(),
                        generation.map(|generation| tokens.reject(generation))
                    );
                    break;
                }
                Err(status) => return Err(status),
            }
        }
    }
    Ok(())
}

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
    let channel = AuthorizeLayer::builder(tokens.clone())
        .base_url(url)
        .grpc_channel(channel)?;

    println!(
        "{}",
        Books::new(channel.clone())
            .title(tonic::Request::new("one copy".to_owned()))
            .await?
    );
    watch(&channel, &tokens).await?;
    println!("token requests: {}", auth.token_requests());
    Ok(())
}
