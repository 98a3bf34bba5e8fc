//! Clients of the emulation, sample values, and helpers that inspect errors and requests.

use std::time::Duration;

use bookstore::models::{FantasyBook, NewOrder, Problem, Product, User};
use bookstore::{
    ApiKeyCredentials, Client, ClientBuilder, ClientCredentialsCredentials, Error, OAuthScopeClientCredentials,
};
use emulations::Bookstore;

/// Credentials for all scopes, without retries.
pub(crate) fn credentials(shop: &Bookstore) -> ClientCredentialsCredentials {
    bare_credentials(shop).scopes(OAuthScopeClientCredentials::ALL)
}

/// Credentials without scopes, without retries.
pub(crate) fn bare_credentials(shop: &Bookstore) -> ClientCredentialsCredentials {
    ClientCredentialsCredentials::new(Bookstore::CLIENT_ID, Bookstore::CLIENT_SECRET)
        .token_url(shop.token_url())
        .configure(|tokens| tokens.retries(0))
}

/// A client builder for the emulation, without credentials.
pub(crate) fn builder(shop: &Bookstore) -> ClientBuilder {
    Client::builder()
        .base_url(shop.api_url())
        .timeout(Duration::from_secs(20))
}

/// A client with the specified credentials and the API key.
pub(crate) fn client_with(shop: &Bookstore, credentials: ClientCredentialsCredentials) -> Client {
    builder(shop)
        .client_credentials_credentials(credentials)
        .api_key_credentials(ApiKeyCredentials::new(Bookstore::API_KEY))
        .build()
        .unwrap()
}

/// A client with all credentials.
pub(crate) fn client(shop: &Bookstore) -> Client {
    client_with(shop, credentials(shop))
}

/// A client with only an API key.
pub(crate) fn client_with_key(shop: &Bookstore, key: &str) -> Client {
    builder(shop)
        .api_key_credentials(ApiKeyCredentials::new(key))
        .build()
        .unwrap()
}

pub(crate) fn fantasy() -> FantasyBook {
    FantasyBook::new("Another Example", "A. Nonymous")
}

pub(crate) fn order() -> NewOrder {
    NewOrder::new(User::new("user-2", "John Doe"), vec![Product::new("book-2", 3)])
}

/// Returns the status and the typed body of an API error.
pub(crate) fn problem<T: std::fmt::Debug>(outcome: Result<T, Error<Problem>>) -> (u16, Problem) {
    let error = outcome.unwrap_err();
    let api = error.api().unwrap_or_else(|| panic!("{error}"));
    let problem = api.error().unwrap_or_else(|| panic!("no typed body: {error}"));
    (api.status().as_u16(), problem.clone())
}

/// Returns the status and the code of an API error.
pub(crate) fn code<T: std::fmt::Debug>(outcome: Result<T, Error<Problem>>) -> (u16, String) {
    let (status, problem) = problem(outcome);
    assert!(!problem.message.is_empty());
    (status, problem.code)
}

/// Returns the number of token requests and the number of API calls.
pub(crate) fn requests(shop: &Bookstore) -> (usize, usize) {
    (shop.auth_requests().len(), shop.api_requests().len())
}

/// Makes a call that needs a token.
pub(crate) async fn list_books(client: &Client) -> Result<usize, Error> {
    let books = client.books().list_books().send().await;
    books.map(|books| books.len()).map_err(Error::untyped)
}

/// Returns the token that the last call sent.
pub(crate) fn sent_token(shop: &Bookstore) -> String {
    let request = shop.api_requests().pop().unwrap();
    let header = request.header("authorization").unwrap();
    header.strip_prefix("Bearer ").unwrap().to_owned()
}
