//! Settings of the client credentials grant.

use super::TokenManagerBuilder;
use crate::client_auth::SharedClientAuth;
use crate::grant::ClientCredentials;
use crate::manager::TokenManager;

impl ClientCredentials {
    /// Returns a builder for a token manager with the client credentials grant.
    ///
    /// A plain secret as `auth` means [`ClientSecretBasic`](crate::client_auth::ClientSecretBasic). See
    /// [`client_auth`](crate::client_auth) for other client authentication methods, for secrets that change while the
    /// program runs, and for clients without a secret.
    pub fn builder(client_id: impl Into<String>, auth: impl Into<SharedClientAuth>) -> TokenManagerBuilder<Self> {
        TokenManager::builder(Self::default(), client_id, auth)
    }
}

impl TokenManagerBuilder<ClientCredentials> {
    /// Sets the `grant_type` of token requests to a server-specific name or URI (RFC 6749 section 4.5). Default:
    /// `client_credentials`.
    ///
    /// The grant must work like client credentials: without a user, and with any number of token requests. Set its
    /// parameters with [`param`](Self::param). Building the manager fails with
    /// [`BuildError::OutOfRange`](crate::BuildError::OutOfRange) for grant types that need a user.
    ///
    /// ```
    /// use evergrant::ClientCredentials;
    ///
    /// let builder = ClientCredentials::builder("client-id", "not-a-real-secret")
    ///     .grant_type("account_credentials")
    ///     .param("account_id", "77");
    /// ```
    pub fn grant_type(mut self, name: impl Into<String>) -> Self {
        self.grant.set_grant_type(name.into());
        self
    }
}
