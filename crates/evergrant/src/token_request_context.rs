//! The context of a token request, for grants and client authentication methods.

use std::time::SystemTime;

use url::Url;

use crate::error::Error;
use crate::runtime::SharedRuntime;

/// The context of a token request, which is passed to a [`Grant`](crate::Grant) or a
/// [`ClientAuth`](crate::client_auth::ClientAuth) method.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequestContext<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) token_endpoint: &'a Url,
    pub(crate) issuer: Option<&'a str>,
    pub(crate) runtime: &'a SharedRuntime,
}

impl<'a> TokenRequestContext<'a> {
    /// Returns the client id.
    #[must_use]
    pub fn client_id(&self) -> &'a str {
        self.client_id
    }

    /// Returns the URL of the token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> &'a Url {
        self.token_endpoint
    }

    /// Returns the issuer identifier of the authorization server (RFC 8414 section 2), if it is set.
    #[must_use]
    pub fn issuer(&self) -> Option<&'a str> {
        self.issuer
    }

    /// Returns the current time on the manager's clock, for the claims `iat` and `exp` of an assertion.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.runtime.now().wall()
    }

    /// Returns random bytes from the manager's [`Runtime`](crate::runtime::Runtime), for a `jti` or a salt.
    ///
    /// # Errors
    /// [`Error::Callback`] if no random numbers are available.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.runtime.fill_random(&mut bytes).map_err(Error::client_auth)?;
        Ok(bytes)
    }
}
