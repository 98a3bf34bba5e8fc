//! The client credentials grant (RFC 6749 section 4.4): the program acts for itself.

use super::Grant;
use crate::Secret;
use crate::exchange::CredentialProvider;
use crate::manager::TokenManagerBuilder;

/// The client credentials grant. Its constructors start a [`TokenManagerBuilder`].
///
/// ```
/// use evergrant::ClientCredentials;
///
/// let builder = ClientCredentials::new("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .scopes(["books.read", "orders.read"])
///     .audience("https://api.example.com");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ClientCredentials;

impl ClientCredentials {
    /// A client with a fixed secret.
    #[expect(clippy::new_ret_no_self, reason = "the grant names the builder that it starts")]
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> TokenManagerBuilder {
        TokenManagerBuilder::with_secret(Grant::ClientCredentials, client_id, client_secret)
    }

    /// A client whose secret is read before each attempt, so that a rotated one is picked up without a restart.
    ///
    /// ```
    /// use evergrant::{ClientCredentials, ClientSecrets, Error};
    ///
    /// let builder = ClientCredentials::with_credential_provider("client-id", || async {
    ///     let secret = std::fs::read_to_string("/run/secrets/client").map_err(Error::credential_provider)?;
    ///     Ok(ClientSecrets::new(secret.trim_end()))
    /// });
    /// ```
    pub fn with_credential_provider(
        client_id: impl Into<String>,
        provider: impl CredentialProvider,
    ) -> TokenManagerBuilder {
        TokenManagerBuilder::with_provider(Grant::ClientCredentials, client_id, provider)
    }

    /// A public client, which has no secret (client authentication method `none`).
    pub fn public(client_id: impl Into<String>) -> TokenManagerBuilder {
        TokenManagerBuilder::public(Grant::ClientCredentials, client_id)
    }
}
