//! Reads all pages of a list: each response links to the next page in its `Link` header (RFC 8288).
//!
//! `cargo run -p evergrant-reqwest --example pagination` runs it against embedded servers.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use evergrant::ClientCredentials;
use evergrant_reqwest::reqwest::header::{HeaderMap, LINK};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{AuthServer, MockResponse};
use reqwest::Method;

/// Bounds the list, in case the API links in a circle.
const MAX_PAGES: usize = 1000;

async fn titles(api: &Client) -> Result<Vec<String>, evergrant_reqwest::Error> {
    let mut titles = Vec::new();
    let mut response = api.get("books").send_ok().await?;
    for _ in 0..MAX_PAGES {
        // The link is relative to the response, and may lead out of the base URL. Its origin is checked.
        let next = next_link(response.headers()).map(|link| api.get_link(response.url(), link));
        titles.extend(response.json::<Vec<String>>().await?);
        match next {
            Some(next) => response = next.send_ok().await?,
            None => break,
        }
    }
    Ok(titles)
}

/// Returns the target of the link with the relation `next`.
fn next_link(headers: &HeaderMap) -> Option<&str> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let mut links = links.flat_map(|value| value.split(','));
    links.find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        parameters.contains("rel=\"next\"").then_some(target)
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("bookshop", "not-a-real-secret").start();
    let server = auth.api();
    let checked = auth.clone();
    server.route(Method::GET, "/v1/books", move |request| {
        if !request.bearer_token().is_some_and(|token| checked.accepts(token)) {
            return MockResponse::new(401);
        }
        match request.query.as_deref() {
            None => {
                checked.revoke_all(); // in the middle of the list
                let page = MockResponse::new(200).json(r#"["The Dispossessed"]"#);
                page.header("link", r#"</v1/books?page=2>; rel="next""#)
            }
            Some(_) => MockResponse::new(200).json(r#"["The Lathe of Heaven"]"#),
        }
    });

    let tokens = ClientCredentials::builder("bookshop", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    let api = Client::builder(tokens).base_url(server.url("/v1")).build()?;
    println!("{:?}", titles(&api).await?);
    println!("token requests: {}", auth.token_requests());
    Ok(())
}
