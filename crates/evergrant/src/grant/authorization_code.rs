//! The authorization code grant (RFC 6749 section 4.1): a user signs in with the server, and the program never sees how.

use super::Grant;
use crate::Secret;
use crate::exchange::CredentialProvider;
use crate::manager::TokenManagerBuilder;

/// The authorization code grant. Its constructors start a [`TokenManagerBuilder`].
///
/// A token is renewed with its refresh token. Where there is none, or the server no longer takes it, calls fail with
/// [`Error::SignInRequired`](crate::Error::SignInRequired) until the user has signed in again.
///
/// With the feature `sign-in`, `TokenManager::sign_in` leads a user through the server's pages. Without it, the manager starts
/// from a token that was stored earlier.
///
/// ```
/// use evergrant::{AuthorizationCode, Token};
///
/// let stored = Token::new("not-a-real-token").with_refresh_token("not-a-real-refresh-token");
/// let builder = AuthorizationCode::public("client-id")
///     .token_url("https://auth.example.com/oauth2/token")
///     .token(stored);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct AuthorizationCode;

impl AuthorizationCode {
    /// A client with a fixed secret, such as a web application.
    #[expect(clippy::new_ret_no_self, reason = "the grant names the builder that it starts")]
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> TokenManagerBuilder {
        TokenManagerBuilder::with_secret(Grant::AuthorizationCode, client_id, client_secret)
    }

    /// A client whose secret is read before each attempt, so that a rotated one is picked up without a restart.
    pub fn with_credential_provider(
        client_id: impl Into<String>,
        provider: impl CredentialProvider,
    ) -> TokenManagerBuilder {
        TokenManagerBuilder::with_provider(Grant::AuthorizationCode, client_id, provider)
    }

    /// A public client, which has no secret (method `none`): a program on its user's own machine (RFC 8252 section 8.4).
    pub fn public(client_id: impl Into<String>) -> TokenManagerBuilder {
        TokenManagerBuilder::public(Grant::AuthorizationCode, client_id)
    }
}
