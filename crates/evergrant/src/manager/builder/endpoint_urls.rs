//! The builder settings for the URLs of other endpoints than the token endpoint.

use std::collections::BTreeMap;

use url::Url;

use super::TokenManagerBuilder;
use crate::discovery::Endpoint;
use crate::error::BuildError;
use crate::grant::Grant;
use crate::token_endpoint::url_setting;

impl<G: Grant> TokenManagerBuilder<G> {
    /// Sets the URL of the revocation endpoint (RFC 7009), for [`TokenManager::revoke`](crate::TokenManager::revoke).
    /// Not needed with an [`issuer`](Self::issuer) and without a token URL: the issuer's metadata then contains the
    /// revocation endpoint.
    pub fn revocation_url(self, url: impl Into<String>) -> Self {
        self.endpoint_url(Endpoint::Revocation, url.into())
    }

    /// Sets the URL of the introspection endpoint (RFC 7662), for
    /// [`TokenManager::introspection`](crate::TokenManager::introspection). Not needed with an
    /// [`issuer`](Self::issuer) and without a token URL: the issuer's metadata then contains the introspection
    /// endpoint.
    pub fn introspection_url(self, url: impl Into<String>) -> Self {
        self.endpoint_url(Endpoint::Introspection, url.into())
    }

    pub(super) fn endpoint_url(mut self, endpoint: Endpoint, url: String) -> Self {
        self.endpoint_urls.insert(endpoint, url);
        self
    }

    /// Validates the URLs of the endpoints.
    pub(super) fn check_endpoint_urls(&self) -> Result<BTreeMap<Endpoint, Url>, BuildError> {
        let urls = self.endpoint_urls.iter();
        urls.map(|(endpoint, url)| Ok((*endpoint, self.plaintext.parse_endpoint(url_setting(*endpoint), url)?)))
            .collect()
    }
}
