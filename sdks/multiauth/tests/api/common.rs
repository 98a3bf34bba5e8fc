//! Clients of the emulation, and helpers that inspect errors and requests.

use emulations::Multiauth;
use evergrant_sdk::evergrant;
use evergrant_testing::RecordedRequest;
use multiauth::{Client, ClientBuilder, Error, Token};

use crate::schemes::Scheme;

/// A client builder for the emulation, without credentials.
pub(crate) fn builder(multiauth: &Multiauth) -> ClientBuilder {
    Client::builder()
        .base_url(multiauth.api_url())
        .auth_server_url(multiauth.auth_url())
}

/// A client with credentials for the specified schemes.
pub(crate) fn client_with(multiauth: &Multiauth, schemes: &[Scheme]) -> Client {
    let configure = |builder, scheme: &Scheme| scheme.configure(builder);
    schemes.iter().fold(builder(multiauth), configure).build().unwrap()
}

/// Signs a user in at the authorization server, and returns the token.
pub(crate) async fn sign_in(multiauth: &Multiauth, client: &Client) -> Token {
    let sign_in = client.oauth_acg_manager().unwrap().sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = multiauth.auth().visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await.unwrap()
}

/// Returns the last call that the API received.
pub(crate) fn last_call(multiauth: &Multiauth) -> RecordedRequest {
    multiauth.api_requests().pop().unwrap()
}

/// Whether neither the API nor the authorization server has received a request.
pub(crate) fn nothing_sent(multiauth: &Multiauth) -> bool {
    multiauth.api_requests().is_empty() && multiauth.auth_requests().is_empty()
}

/// Returns the authorization error of a call.
#[track_caller]
pub(crate) fn authorization_error<E>(error: Error<E>) -> evergrant::Error {
    match error {
        Error::Authorization(error) => error,
        other => panic!("{other}"),
    }
}
