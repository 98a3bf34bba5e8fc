//! The builder of the password grant.

use super::TokenManagerBuilder;
use crate::client_auth::SharedClientAuth;
use crate::grant::Password;
use crate::manager::TokenManager;

impl Password {
    /// Returns a builder for a token manager with the password grant, for this user and client.
    ///
    /// A plain secret as `auth` means [`ClientSecretBasic`](crate::client_auth::ClientSecretBasic). See
    /// [`client_auth`](crate::client_auth) for other client authentication methods.
    pub fn builder(self, client_id: impl Into<String>, auth: impl Into<SharedClientAuth>) -> TokenManagerBuilder<Self> {
        TokenManager::builder(self, client_id, auth)
    }
}
