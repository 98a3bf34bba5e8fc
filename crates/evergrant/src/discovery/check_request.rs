//! Checks a token request against the metadata of the authorization server.

use url::Url;

use super::metadata::ServerMetadata;
use super::metadata_document::shown;
use super::metadata_names::{Capability, Endpoint};
use super::read_metadata::ALIASES;
use crate::error::DiscoveryProblem;

/// The registered client authentication methods (RFC 7591 section 2, RFC 8705 section 2, OpenID Connect Core 1.0
/// section 9), without `none`.
const REGISTERED_METHODS: [&str; 6] = [
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
];

impl ServerMetadata {
    /// Returns the URL of an endpoint that a request needs.
    pub(crate) fn required(&self, endpoint: Endpoint) -> Result<&Url, DiscoveryProblem> {
        let name = endpoint.name();
        self.endpoint(endpoint).ok_or_else(|| {
            let invalid = self.invalid.iter().find(|(invalid, _)| invalid == name);
            let problem = invalid.map_or("it is missing", |(_, problem)| problem).to_owned();
            DiscoveryProblem::Endpoint { name, problem }
        })
    }

    /// Returns the URL of an endpoint that a request of a client with a certificate needs: the alias, if there is one.
    pub(crate) fn required_with_certificate(&self, endpoint: Endpoint) -> Result<&Url, DiscoveryProblem> {
        let name = format!("{ALIASES}.{}", endpoint.name());
        if let Some((_, problem)) = self.invalid.iter().find(|(invalid, _)| *invalid == name) {
            let (name, problem) = (ALIASES, problem.clone());
            return Err(DiscoveryProblem::Endpoint { name, problem });
        }
        match self.mtls_endpoint(endpoint) {
            Some(alias) => Ok(alias),
            None => self.required(endpoint),
        }
    }

    /// Checks that the server lists the client authentication method, its signature algorithm and the grant of a
    /// request to this endpoint.
    ///
    /// Without a list, nothing is rejected. Servers leave out `none`, which is not an authentication method,
    /// `refresh_token`, which follows from the refresh token that they have issued, and methods without a registered
    /// name.
    pub(crate) fn check_request(
        &self,
        endpoint: Endpoint,
        auth_name: &str,
        algorithm: Option<&str>,
        grant_type: &str,
    ) -> Result<(), DiscoveryProblem> {
        // Other endpoints have no lists of their own, and authenticate clients like the token endpoint.
        let (methods, algorithms) = match endpoint {
            Endpoint::Revocation => (Capability::RevocationAuthMethods, None),
            Endpoint::Introspection => (Capability::IntrospectionAuthMethods, None),
            _ => (Capability::ClientAuthMethods, Some(Capability::ClientAuthAlgorithms)),
        };
        // The names of this crate's methods continue with a variant.
        let method = auth_name.split(',').next().unwrap_or_default();
        if REGISTERED_METHODS.contains(&method) && self.lists(methods, method) == Some(false) {
            let (method, listed) = (method.to_owned(), self.shown_list(methods));
            return Err(DiscoveryProblem::ClientAuthNotListed { method, listed });
        }
        if let Some(algorithms) = algorithms {
            self.check_algorithm(algorithms, algorithm)?;
        }
        let is_grant = !matches!(grant_type, "" | "refresh_token");
        if is_grant && self.lists(Capability::GrantTypes, grant_type) == Some(false) {
            let (grant_type, listed) = (grant_type.to_owned(), self.shown_list(Capability::GrantTypes));
            return Err(DiscoveryProblem::GrantNotListed { grant_type, listed });
        }
        Ok(())
    }

    /// Checks that the server lists the signature algorithm of an assertion or a proof. Without a list, nothing is
    /// rejected.
    pub(crate) fn check_algorithm(&self, list: Capability, algorithm: Option<&str>) -> Result<(), DiscoveryProblem> {
        match algorithm {
            Some(algorithm) if self.lists(list, algorithm) == Some(false) => {
                let (algorithm, listed) = (algorithm.to_owned(), self.shown_list(list));
                Err(DiscoveryProblem::AlgorithmNotListed { algorithm, listed })
            }
            _ => Ok(()),
        }
    }

    fn shown_list(&self, capability: Capability) -> Vec<String> {
        let values = self.list(capability).unwrap_or_default();
        values.iter().map(|value| shown(value)).collect()
    }
}
