//! The metadata of an authorization server: endpoints, capabilities and flags.

use std::collections::BTreeMap;
use std::fmt;

use url::Url;

use super::metadata_names::{Capability, Endpoint};

pub(super) const ISS_IN_REDIRECT: &str = "authorization_response_iss_parameter_supported";
pub(super) const REQUIRES_PAR: &str = "require_pushed_authorization_requests";
pub(super) const CERTIFICATE_BOUND: &str = "tls_client_certificate_bound_access_tokens";

/// The metadata of an authorization server (RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3): its endpoints
/// and its capabilities. Returned by [`Discovery::server`](super::Discovery::server) and
/// [`TokenManager::server_metadata`](crate::TokenManager::server_metadata).
#[derive(Clone, PartialEq, Eq)]
pub struct ServerMetadata {
    pub(super) issuer: String,
    pub(super) url: Url,
    pub(super) endpoints: BTreeMap<Endpoint, Url>,
    pub(super) mtls_endpoints: BTreeMap<Endpoint, Url>,
    pub(super) invalid: Vec<(String, String)>,
    pub(super) lists: BTreeMap<Capability, Vec<String>>,
    pub(super) flags: Vec<&'static str>,
}

impl ServerMetadata {
    /// Returns the issuer identifier exactly as the metadata contains it. Use it as the audience of client assertions.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the URL of the document that contained the metadata.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the URL of an endpoint. Returns `None` if the server has no such endpoint, or if the URL is
    /// [invalid](Self::invalid_endpoints).
    #[must_use]
    pub fn endpoint(&self, endpoint: Endpoint) -> Option<&Url> {
        self.endpoints.get(&endpoint)
    }

    /// Returns the URL of an endpoint for clients with a certificate (`mtls_endpoint_aliases`, RFC 8705 section 5).
    /// Returns the usual URL if the metadata has no separate one.
    #[must_use]
    pub fn mtls_endpoint(&self, endpoint: Endpoint) -> Option<&Url> {
        self.mtls_endpoints.get(&endpoint).or_else(|| self.endpoint(endpoint))
    }

    /// Returns the endpoints whose URL cannot be used, such as a URL without TLS. Each pair contains the name of the
    /// metadata's member and the problem.
    #[must_use]
    pub fn invalid_endpoints(&self) -> &[(String, String)] {
        &self.invalid
    }

    /// Returns the values that the server lists for a capability, such as its grant types. Returns `None` if the
    /// metadata has no such list or an empty one: the server may then support any value.
    #[must_use]
    pub fn list(&self, capability: Capability) -> Option<&[String]> {
        self.lists.get(&capability).map(Vec::as_slice)
    }

    /// Returns whether the server lists this value for a capability. Returns `None` if the metadata has no such list:
    /// the server may then support the value or not.
    #[must_use]
    pub fn lists(&self, capability: Capability, value: &str) -> Option<bool> {
        self.list(capability)
            .map(|values| values.iter().any(|listed| listed == value))
    }

    /// Returns whether the server adds its issuer identifier to redirects
    /// (`authorization_response_iss_parameter_supported`, RFC 9207).
    #[must_use]
    pub fn has_issuer_in_redirects(&self) -> bool {
        self.flags.contains(&ISS_IN_REDIRECT)
    }

    /// Returns whether the server accepts only pushed authorization requests (`require_pushed_authorization_requests`,
    /// RFC 9126 section 5).
    #[must_use]
    pub fn requires_pushed_authorization(&self) -> bool {
        self.flags.contains(&REQUIRES_PAR)
    }

    /// Returns whether the server can bind access tokens to the client's certificate
    /// (`tls_client_certificate_bound_access_tokens`, RFC 8705 section 3.3).
    #[must_use]
    pub fn has_certificate_bound_tokens(&self) -> bool {
        self.flags.contains(&CERTIFICATE_BOUND)
    }
}

impl fmt::Debug for ServerMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerMetadata")
            .field("issuer", &self.issuer)
            .field("endpoints", &self.endpoints.keys())
            .finish_non_exhaustive()
    }
}
