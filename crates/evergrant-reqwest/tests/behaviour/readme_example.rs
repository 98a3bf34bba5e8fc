//! The example of the README, against local servers.

use evergrant::ClientCredentials;
use evergrant_testing::AuthServer;

#[derive(serde::Deserialize)]
struct Book {
    title: String,
}

#[tokio::test]
async fn the_readme_example_runs() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthServer::builder().client("client-id", "client-secret").start();
    let api_server = auth.api();
    let (sender, updates) = std::sync::mpsc::channel();

    let tokens = ClientCredentials::builder("client-id", "client-secret")
        .token_url(auth.token_url())
        .scopes(["books.read", "orders.read"])
        .on_token_update(move |token| {
            let _ = sender.send(token.expires_at());
        })
        .build(evergrant_reqwest::Transport::default())?;
    let api = evergrant_reqwest::Client::builder(tokens)
        .base_url(api_server.url("/v1/"))
        .build()?;
    let books: Vec<Book> = api.get("books").send().await?.json().await?;

    assert_eq!(books[0].title, "The Dispossessed");
    assert!(updates.recv()?.is_some());
    Ok(())
}
