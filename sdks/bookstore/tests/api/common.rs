//! Clients of an emulation, and what is asked of their failures.

use std::time::Duration;

use bookstore::models::{FantasyBook, NewOrder, Problem, Product, User};
use bookstore::{
    ApiKeyCredentials, Client, ClientBuilder, ClientCredentialsCredentials, Error, OAuthScopeClientCredentials,
};
use emulations::Bookstore;

/// For all scopes, with its token endpoint here, and impatient.
pub(crate) fn credentials(shop: &Bookstore) -> ClientCredentialsCredentials {
    bare_credentials(shop).scopes(OAuthScopeClientCredentials::ALL)
}

/// The same without scopes.
pub(crate) fn bare_credentials(shop: &Bookstore) -> ClientCredentialsCredentials {
    ClientCredentialsCredentials::new(Bookstore::CLIENT_ID, Bookstore::CLIENT_SECRET)
        .token_url(shop.token_url())
        .configure(|tokens| tokens.retries(0))
}

/// Leads to the emulation, without credentials.
pub(crate) fn builder(shop: &Bookstore) -> ClientBuilder {
    Client::builder()
        .base_url(shop.api_url())
        .timeout(Duration::from_secs(20))
}

/// With these credentials, and the key.
pub(crate) fn client_with(shop: &Bookstore, credentials: ClientCredentialsCredentials) -> Client {
    builder(shop)
        .client_credentials_credentials(credentials)
        .api_key_credentials(ApiKeyCredentials::new(Bookstore::API_KEY))
        .build()
        .unwrap()
}

/// With all credentials there are.
pub(crate) fn client(shop: &Bookstore) -> Client {
    client_with(shop, credentials(shop))
}

/// With the key alone.
pub(crate) fn keyed(shop: &Bookstore, key: &str) -> Client {
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

/// The status and the typed body of an API's failure.
pub(crate) fn problem<T: std::fmt::Debug>(outcome: Result<T, Error<Problem>>) -> (u16, Problem) {
    let error = outcome.unwrap_err();
    let api = error.api().unwrap_or_else(|| panic!("{error}"));
    let problem = api.error().unwrap_or_else(|| panic!("no typed body: {error}"));
    (api.status().as_u16(), problem.clone())
}

/// The same, with the problem's code alone.
pub(crate) fn code<T: std::fmt::Debug>(outcome: Result<T, Error<Problem>>) -> (u16, String) {
    let (status, problem) = problem(outcome);
    assert!(!problem.message.is_empty());
    (status, problem.code)
}

/// How often tokens were asked for, and how often operations were called.
pub(crate) fn requests(shop: &Bookstore) -> (usize, usize) {
    (shop.auth_requests().len(), shop.api_requests().len())
}

/// A call that needs a token.
pub(crate) async fn list_books(client: &Client) -> Result<usize, Error> {
    let books = client.books().list_books().send().await;
    books.map(|books| books.len()).map_err(Error::untyped)
}

/// The token of the last call.
pub(crate) fn sent_token(shop: &Bookstore) -> String {
    let request = shop.api_requests().pop().unwrap();
    let header = request.header("authorization").unwrap();
    header.strip_prefix("Bearer ").unwrap().to_owned()
}
