//! The device authorization grant (RFC 8628): a user signs in on another device.

use std::future::ready;

use super::{Grant, GrantRequest};
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

/// The device authorization grant (RFC 8628): tokens of a user who signs in on another device, for programs without a
/// browser. Build a token manager with [`builder`](Self::builder), and sign the user in with
/// [`SignIn::begin_device`](crate::SignIn::begin_device).
///
/// As with [`AuthorizationCode`](super::AuthorizationCode), the token manager renews a token with its refresh token.
/// If there is no refresh token, or if the server rejects it, calls fail with
/// [`Error::SignInRequired`](crate::Error::SignInRequired) until the user signs in again.
///
/// ```
/// use evergrant::DeviceAuthorization;
/// use evergrant::client_auth::PublicClient;
///
/// let builder = DeviceAuthorization::builder("client-id", PublicClient)
///     .device_authorization_url("https://auth.example.com/oauth2/device_authorization")
///     .token_url("https://auth.example.com/oauth2/token");
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct DeviceAuthorization;

impl Grant for DeviceAuthorization {
    fn name(&self) -> &str {
        "device authorization"
    }

    fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        Box::pin(ready(Err(Error::grant("a user must sign in first"))))
    }

    fn needs_user(&self) -> bool {
        true
    }
}
