//! Three ways to test code that calls an API: with `wiremock`, with `evergrant-testing`, and with a type in place of
//! the client.
//!
//! `cargo run -p evergrant-reqwest --example mock_servers` runs them, as a test would.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use evergrant::runtime::BoxFuture;
use evergrant::{ClientCredentials, TokenManager};
use evergrant_reqwest::{Client, Execute, Transport};
use evergrant_testing::{AuthServer, MockResponse};
use reqwest::{Method, Request, Response, Url};
use serde_json::json;
use wiremock::matchers::{bearer_token, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// The code under test.
struct Shop<A> {
    api: A,
    base: Url,
}

impl<A: Execute> Shop<A> {
    async fn titles(&self) -> Result<Vec<String>, evergrant_reqwest::Error> {
        let url = self.base.join("titles").expect("a path");
        let response = self.api.execute(Request::new(Method::GET, url)).await?;
        Ok(response.error_for_status()?.json().await?)
    }
}

fn shop(tokens: TokenManager, base: &str) -> Result<Shop<Client>, Box<dyn Error>> {
    let api = Client::builder(tokens).base_url(base).build()?;
    let base = api.base_url().clone();
    Ok(Shop { api, base })
}

/// Plain `http` is allowed, because the server is on this machine.
async fn with_wiremock() -> Result<(), Box<dyn Error>> {
    let server = MockServer::start().await;
    let token = json!({ "access_token": "not-a-real-token", "token_type": "Bearer", "expires_in": 3600 });
    let token = Mock::given(method("POST"))
        .and(path("/token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(token));
    token.expect(1).mount(&server).await;
    let titles = Mock::given(path("/v1/titles")).and(bearer_token("not-a-real-token"));
    let titles = titles.respond_with(ResponseTemplate::new(200).set_body_json(["The Dispossessed"]));
    titles.mount(&server).await;

    let tokens = ClientCredentials::builder("shop", "not-a-real-secret")
        .token_url(format!("{}/token", server.uri()))
        .build(Transport::default())?;
    println!("{:?}", shop(tokens, &format!("{}/v1/", server.uri()))?.titles().await?);
    Ok(())
}

/// These servers check what the client sends, and have faults: here, the token is revoked, and the API fails once.
async fn with_evergrant_testing() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("shop", "not-a-real-secret").start();
    let server = auth.api();
    server.route(Method::GET, "/v1/titles", |_| {
        MockResponse::new(200).json(r#"["The Lathe of Heaven"]"#)
    });

    let tokens = ClientCredentials::builder("shop", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    let shop = shop(tokens, &server.url("/v1/"))?;
    server.next(MockResponse::new(401));
    println!("{:?}, {} token requests", shop.titles().await?, auth.token_requests());
    server.next(MockResponse::new(503));
    println!("{}", shop.titles().await.expect_err("the API is down"));
    Ok(())
}

/// No server, and no credentials.
async fn with_a_type() -> Result<(), Box<dyn Error>> {
    struct Mocked;

    impl Execute for Mocked {
        fn execute(&self, request: Request) -> BoxFuture<'static, Result<Response, evergrant_reqwest::Error>> {
            let titles = json!([request.url().path()]).to_string();
            Box::pin(async { Ok(http::Response::new(titles).into()) })
        }
    }

    let shop = Shop {
        api: Mocked,
        base: Url::parse("https://api.example.com/v1/")?,
    };
    println!("{:?}", shop.titles().await?);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    with_wiremock().await?;
    with_evergrant_testing().await?;
    with_a_type().await
}
