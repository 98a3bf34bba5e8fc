//! The metadata of an authorization server: endpoints, capabilities and flags.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use super::issuer::Issuer;
use super::metadata_document::{shown, strings};
use crate::error::{BuildError, DiscoveryProblem};
use crate::origin::{Origin, PlaintextPolicy};

/// The member with the endpoints for clients with a certificate (RFC 8705 section 5).
const ALIASES: &str = "mtls_endpoint_aliases";

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

/// The metadata of an authorization server (RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3): its endpoints
/// and its capabilities. Returned by [`Discovery::server`](super::Discovery::server) and
/// [`TokenManager::server_metadata`](crate::TokenManager::server_metadata).
#[derive(Clone, PartialEq, Eq)]
pub struct ServerMetadata {
    issuer: String,
    url: Url,
    endpoints: BTreeMap<Endpoint, Url>,
    mtls_endpoints: BTreeMap<Endpoint, Url>,
    invalid: Vec<(String, String)>,
    lists: BTreeMap<Capability, Vec<String>>,
    flags: Vec<&'static str>,
}

macro_rules! named {
    (
        $(#[$docs:meta])* $type:ident;
        $($(#[$doc:meta])* $variant:ident = $name:literal,)+
    ) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$doc])* #[doc = concat!("(`", $name, "`).")] $variant,)+
        }

        impl $type {
            /// All variants of this enum, in the order of their definition.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the name of the member of the server's metadata (RFC 8414 section 2) that this variant stands
            /// for.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

named! {
    /// An endpoint of an authorization server.
    ///
    /// ```
    /// use evergrant::discovery::Endpoint;
    ///
    /// assert_eq!(Endpoint::Token.name(), "token_endpoint");
    /// ```
    Endpoint;
    /// The token endpoint
    Token = "token_endpoint",
    /// The authorization endpoint, where users sign in
    Authorization = "authorization_endpoint",
    /// The endpoint for pushed authorization requests, RFC 9126
    PushedAuthorization = "pushed_authorization_request_endpoint",
    /// The device authorization endpoint, RFC 8628
    DeviceAuthorization = "device_authorization_endpoint",
    /// The endpoint for revocation, RFC 7009
    Revocation = "revocation_endpoint",
    /// The endpoint for introspection, RFC 7662
    Introspection = "introspection_endpoint",
    /// The endpoint for the registration of clients, RFC 7591
    Registration = "registration_endpoint",
    /// The keys of the server, RFC 7517
    Jwks = "jwks_uri",
    /// The endpoint with claims about a user, OpenID Connect Core
    Userinfo = "userinfo_endpoint",
    /// The endpoint that signs a user out, OpenID Connect RP-Initiated Logout
    EndSession = "end_session_endpoint",
}

named! {
    /// A capability of an authorization server. The metadata of the server can contain a list of the values that it
    /// supports.
    ///
    /// ```
    /// use evergrant::discovery::Capability;
    ///
    /// assert_eq!(Capability::GrantTypes.name(), "grant_types_supported");
    /// ```
    Capability;
    /// Grant types
    GrantTypes = "grant_types_supported",
    /// Client authentication methods of the token endpoint
    ClientAuthMethods = "token_endpoint_auth_methods_supported",
    /// Signature algorithms of client assertions at the token endpoint
    ClientAuthAlgorithms = "token_endpoint_auth_signing_alg_values_supported",
    /// Scopes
    Scopes = "scopes_supported",
    /// Response types of the authorization endpoint
    ResponseTypes = "response_types_supported",
    /// Response modes of the authorization endpoint
    ResponseModes = "response_modes_supported",
    /// PKCE methods, RFC 7636
    CodeChallengeMethods = "code_challenge_methods_supported",
    /// Signature algorithms of DPoP proofs, RFC 9449
    DpopAlgorithms = "dpop_signing_alg_values_supported",
    /// Signature algorithms of ID tokens
    IdTokenAlgorithms = "id_token_signing_alg_values_supported",
    /// Signature algorithms of request objects, RFC 9101
    RequestObjectAlgorithms = "request_object_signing_alg_values_supported",
    /// Client authentication methods of the revocation endpoint
    RevocationAuthMethods = "revocation_endpoint_auth_methods_supported",
    /// Client authentication methods of the introspection endpoint
    IntrospectionAuthMethods = "introspection_endpoint_auth_methods_supported",
}

const ISS_IN_REDIRECT: &str = "authorization_response_iss_parameter_supported";
const REQUIRES_PAR: &str = "require_pushed_authorization_requests";
const CERTIFICATE_BOUND: &str = "tls_client_certificate_bound_access_tokens";

impl ServerMetadata {
    /// Reads the document that was found at `url`. The error is the issuer that the document belongs to instead; empty
    /// if it names none.
    pub(super) fn read(
        issuer: &Issuer,
        url: Url,
        members: &Map<String, Value>,
        plaintext: &PlaintextPolicy,
    ) -> Result<Self, String> {
        let found = members.get("issuer").and_then(Value::as_str).unwrap_or_default();
        if !issuer.is(found) {
            return Err(shown(found));
        }
        let mut metadata = Self {
            issuer: found.to_owned(),
            url,
            endpoints: BTreeMap::new(),
            mtls_endpoints: BTreeMap::new(),
            invalid: Vec::new(),
            lists: BTreeMap::new(),
            flags: Vec::new(),
        };
        metadata.endpoints = metadata.read_endpoints(issuer, members, "", plaintext);
        if let Some(Value::Object(aliases)) = members.get(ALIASES) {
            metadata.mtls_endpoints = metadata.read_endpoints(issuer, aliases, &format!("{ALIASES}."), plaintext);
        }
        let lists = Capability::ALL.iter().copied();
        metadata.lists = lists
            .filter_map(|list| Some((list, strings(members, list.name())?)))
            .collect();
        let is_set = |name: &&str| members.get(*name) == Some(&Value::Bool(true));
        metadata.flags = [ISS_IN_REDIRECT, REQUIRES_PAR, CERTIFICATE_BOUND]
            .into_iter()
            .filter(is_set)
            .collect();
        Ok(metadata)
    }

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
    /// metadata has no such list: the server may then support any value.
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

    /// Checks that the server lists the client authentication method, its signature algorithm and the grant of a token
    /// request.
    ///
    /// Without a list, nothing is rejected. Servers leave out `none`, which is not an authentication method,
    /// `refresh_token`, which follows from the refresh token that they have issued, and methods without a registered
    /// name.
    pub(crate) fn check_request(
        &self,
        auth_name: &str,
        algorithm: Option<&str>,
        grant_type: &str,
    ) -> Result<(), DiscoveryProblem> {
        // The names of this crate's methods continue with a variant.
        let method = auth_name.split(',').next().unwrap_or_default();
        if REGISTERED_METHODS.contains(&method) && self.lists(Capability::ClientAuthMethods, method) == Some(false) {
            let (method, listed) = (method.to_owned(), self.shown_list(Capability::ClientAuthMethods));
            return Err(DiscoveryProblem::ClientAuthNotListed { method, listed });
        }
        if let Some(algorithm) = algorithm
            && self.lists(Capability::ClientAuthAlgorithms, algorithm) == Some(false)
        {
            let (algorithm, listed) = (algorithm.to_owned(), self.shown_list(Capability::ClientAuthAlgorithms));
            return Err(DiscoveryProblem::AlgorithmNotListed { algorithm, listed });
        }
        if grant_type != "refresh_token" && self.lists(Capability::GrantTypes, grant_type) == Some(false) {
            let (grant_type, listed) = (grant_type.to_owned(), self.shown_list(Capability::GrantTypes));
            return Err(DiscoveryProblem::GrantNotListed { grant_type, listed });
        }
        Ok(())
    }

    fn shown_list(&self, capability: Capability) -> Vec<String> {
        let values = self.list(capability).unwrap_or_default();
        values.iter().map(|value| shown(value)).collect()
    }

    /// Reads endpoints. Those with invalid URLs are noted, because a client may not need them.
    fn read_endpoints(
        &mut self,
        issuer: &Issuer,
        members: &Map<String, Value>,
        prefix: &str,
        plaintext: &PlaintextPolicy,
    ) -> BTreeMap<Endpoint, Url> {
        let mut endpoints = BTreeMap::new();
        for endpoint in Endpoint::ALL {
            let name = endpoint.name();
            let Some(value) = members.get(name).filter(|value| !value.is_null()) else {
                continue;
            };
            let text = value.as_str().ok_or_else(|| "it is not a string".to_owned());
            match text.and_then(|text| endpoint_url(name, text, issuer, plaintext)) {
                Ok(url) => {
                    endpoints.insert(*endpoint, url);
                }
                Err(problem) => self.invalid.push((format!("{prefix}{name}"), problem)),
            }
        }
        endpoints
    }
}

fn endpoint_url(name: &'static str, text: &str, issuer: &Issuer, plaintext: &PlaintextPolicy) -> Result<Url, String> {
    let url = plaintext.parse_endpoint(name, text).map_err(|error| match error {
        BuildError::InvalidUrl { problem, .. } => problem,
        BuildError::NotEncrypted { origin, .. } => {
            format!(
                "it is not encrypted ({origin}); danger_allow_http_to(\"{origin}\") allows it where plain http is safe"
            )
        }
        other => other.to_string(),
    })?;
    let encrypted = |url: &Url| url.scheme() == "https";
    let allowed = Origin::of(&url).is_some_and(|origin| plaintext.has_added(&origin));
    match encrypted(issuer.url()) && !encrypted(&url) && !allowed {
        true => Err("it is not encrypted, but the issuer is".to_owned()),
        false => Ok(url),
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
