//! The authorization code grant (RFC 6749 section 4.1): a user signs in with the authorization server.

use std::future::ready;

use super::{Grant, GrantRequest};
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

/// The authorization code grant (RFC 6749 section 4.1): tokens of a user who signs in with the authorization server.
/// Build a token manager with [`builder`](Self::builder).
///
/// The token manager renews a token with its refresh token. Without a refresh token, or after the server has rejected
/// it, calls fail with [`Error::SignInRequired`](crate::Error::SignInRequired) until the user signs in again.
///
/// [`TokenManager::sign_in`](crate::TokenManager::sign_in) signs a user in. For many users, use
/// [`UserTokens`](crate::UserTokens). A token manager can also start with a token that was stored earlier, as in this
/// example.
///
/// ```
/// use evergrant::client_auth::PublicClient;
/// use evergrant::{AuthorizationCode, Token};
///
/// let stored = Token::new("not-a-real-token").with_refresh_token("not-a-real-refresh-token");
/// let builder = AuthorizationCode::builder("client-id", PublicClient)
///     .token_url("https://auth.example.com/oauth2/token")
///     .token(stored);
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct AuthorizationCode;

impl Grant for AuthorizationCode {
    fn name(&self) -> &str {
        "authorization code"
    }

    fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        Box::pin(ready(Err(Error::grant("a user must sign in first"))))
    }

    fn needs_user(&self) -> bool {
        true
    }
}
