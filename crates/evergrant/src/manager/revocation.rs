//! Revocation of tokens at the authorization server (RFC 7009).

use super::{TokenManager, UserTokens};
use crate::error::Error;
use crate::token::Token;

impl TokenManager {
    /// Revokes the current token at the authorization server (RFC 7009), and discards it. If there is a refresh token,
    /// revokes it first. If there is no token, sends nothing.
    ///
    /// - **A user's token**: the user is signed out, and calls fail with [`Error::SignInRequired`] until the next
    ///   sign-in. A renewal in progress is awaited, and its token is revoked.
    /// - **A client's own token**: the next call fetches a new one.
    /// - **With a store**: the token in the store is revoked, whichever process fetched it, and no process uses it any
    ///   more. A user's record is removed; no process renews the token meanwhile or restores the record later.
    ///
    /// The client authenticates as at the token endpoint. The URL is the manager's
    /// [`revocation_url`](crate::TokenManagerBuilder::revocation_url), otherwise the `revocation_endpoint` in the
    /// metadata of the [issuer](crate::TokenManagerBuilder::issuer). Transient failures are
    /// [retried](crate::TokenManagerBuilder::retries). A server may support refresh tokens only
    /// (`unsupported_token_type`): if the refresh token is revoked, this is not an error, and the access token stays
    /// valid until it expires.
    ///
    /// ```no_run
    /// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// use evergrant::ClientCredentials;
    ///
    /// let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .revocation_url("https://auth.example.com/oauth2/revoke")
    ///     .build(transport)?;
    /// tokens.token().await?;
    /// tokens.revoke().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Endpoint`] if the server has no revocation endpoint, rejects the request or does not respond, and
    /// [`Error::StoreFailed`] if a user's record cannot be read or removed. The token then stays in use: call this
    /// method again, or sign the user out with [`UserTokens::sign_out`] alone.
    pub async fn revoke(&self) -> Result<(), Error> {
        self.lifecycle.revoke().await
    }

    /// Revokes a token of this client at the authorization server (RFC 7009), for an application that stores tokens
    /// itself. If the token has a refresh token, revokes it first. Same as [`revoke`](Self::revoke), but does not
    /// change the manager or its store.
    ///
    /// # Errors
    /// [`Error::Endpoint`] if the server has no revocation endpoint, rejects the request or does not respond.
    pub async fn revoke_token(&self, token: &Token) -> Result<(), Error> {
        self.endpoint().revoke(token).await
    }
}

impl UserTokens {
    /// Revokes a user's token at the authorization server (RFC 7009), and signs the user out of the application. Same
    /// as [`TokenManager::revoke`] of the user's manager.
    ///
    /// # Errors
    /// Same as [`TokenManager::revoke`]. The user is then still signed in: call this method again, or
    /// [`sign_out`](Self::sign_out), which asks only the store.
    pub async fn revoke(&self, user_id: &str) -> Result<(), Error> {
        self.for_user(user_id).revoke().await
    }
}
