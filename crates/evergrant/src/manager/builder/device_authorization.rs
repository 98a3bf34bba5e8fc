//! Settings of the device authorization grant.

use super::TokenManagerBuilder;
use crate::client_auth::SharedClientAuth;
use crate::discovery::Endpoint;
use crate::grant::{AuthorizationCode, DeviceAuthorization};
use crate::manager::TokenManager;

impl DeviceAuthorization {
    /// Returns a builder for a token manager with the device authorization grant. The client is usually a
    /// [`PublicClient`](crate::client_auth::PublicClient).
    ///
    /// A plain secret as `auth` means [`ClientSecretBasic`](crate::client_auth::ClientSecretBasic). See
    /// [`client_auth`](crate::client_auth) for other client authentication methods.
    pub fn builder(client_id: impl Into<String>, auth: impl Into<SharedClientAuth>) -> TokenManagerBuilder<Self> {
        TokenManager::builder(Self, client_id, auth)
    }
}

impl TokenManagerBuilder<DeviceAuthorization> {
    /// Sets the URL of the device authorization endpoint (RFC 8628 section 3.1). Not needed with an
    /// [`issuer`](Self::issuer) and without a token URL: the issuer's metadata then contains the endpoint.
    pub fn device_authorization_url(self, url: impl Into<String>) -> Self {
        self.endpoint_url(Endpoint::DeviceAuthorization, url.into())
    }
}

impl TokenManagerBuilder<AuthorizationCode> {
    /// Sets the URL of the device authorization endpoint (RFC 8628 section 3.1), for a program that can sign users in
    /// with a redirect or on another device. Not needed with an [`issuer`](Self::issuer) and without a token URL.
    pub fn device_authorization_url(self, url: impl Into<String>) -> Self {
        self.endpoint_url(Endpoint::DeviceAuthorization, url.into())
    }
}
