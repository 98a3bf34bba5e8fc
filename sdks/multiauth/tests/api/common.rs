//! Clients of the emulation.

use emulations::Multiauth;
use evergrant_sdk::evergrant;
use evergrant_testing::RecordedRequest;
use multiauth::{Client, ClientBuilder, Error, Token};

use crate::schemes::Scheme;

/// A client in the making that reaches the emulation, and has no credentials.
pub(crate) fn bare(multiauth: &Multiauth) -> ClientBuilder {
    Client::builder()
        .base_url(multiauth.api_url())
        .auth_server_url(multiauth.auth_url())
}

/// A client with these schemes configured.
pub(crate) fn with(multiauth: &Multiauth, schemes: &[Scheme]) -> Client {
    let give = |builder, scheme: &Scheme| scheme.give(builder);
    schemes.iter().fold(bare(multiauth), give).build().unwrap()
}

/// Leads the user through the authorization server's pages, and back.
pub(crate) async fn sign_in(multiauth: &Multiauth, client: &Client) -> Token {
    let sign_in = client.oauth_acg_manager().unwrap().sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = multiauth.auth().visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await.unwrap()
}

/// The latest call that reached the API.
pub(crate) fn last_call(multiauth: &Multiauth) -> RecordedRequest {
    multiauth.api_requests().pop().unwrap()
}

/// Whether neither the API nor the authorization server has seen anything.
pub(crate) fn nothing_sent(multiauth: &Multiauth) -> bool {
    multiauth.api_requests().is_empty() && multiauth.auth_requests().is_empty()
}

/// What kept a call from being authorized.
#[track_caller]
pub(crate) fn authorization<E>(error: Error<E>) -> evergrant::Error {
    match error {
        Error::Authorization(error) => error,
        other => panic!("{other}"),
    }
}
