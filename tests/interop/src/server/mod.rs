//! The servers: endpoints and deviations from the standards.

mod process;
mod proxies;
mod server_folder;
mod start_command;

use evergrant::client_auth::ClientAuthMethod;
use evergrant_jose::Algorithm;

pub(crate) use self::process::RunningServer;
pub(crate) use self::proxies::{PACKAGES as PROXY_PACKAGES, Proxies};
use crate::assertion_keys;

/// A third-party authorization server. Its script is in `servers/NAME`.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) platform: Platform,
    pub(crate) token_path: &'static str,
    /// Path of the sign-in page.
    pub(crate) authorization_path: Option<&'static str>,
    pub(crate) introspection_path: Option<&'static str>,
    pub(crate) revocation_path: Option<&'static str>,
    /// The encoding of `Authorization: Basic` that it accepts; relevant for special characters only.
    pub(crate) basic: ClientAuthMethod,
    pub(crate) unknown_scope: UnknownScope,
    /// The status with which its API rejects an invalid token.
    pub(crate) rejected_token_status: u16,
    /// The error code for a request without `grant_type`.
    pub(crate) malformed_request_code: &'static str,
    /// The error code for parameters in JSON; `None` if it accepts them.
    pub(crate) json_rejection_code: Option<&'static str>,
    /// Whether its API reports an invalid token in `WWW-Authenticate` (RFC 6750 section 3).
    pub(crate) sends_challenges: bool,
    /// Whether it can require a scope in a client's requests.
    pub(crate) requires_scope: bool,
    /// Whether it binds tokens to a client's key (DPoP, RFC 9449) in this configuration.
    pub(crate) binds_tokens: bool,
    /// Whether it publishes its metadata (RFC 8414, OpenID Connect Discovery) at its root.
    pub(crate) publishes_metadata: bool,
    /// The algorithms of client assertions that it verifies (RFC 7523 section 2.2).
    pub(crate) assertion_algorithms: &'static [Algorithm],
    /// Whether it binds a token to the requested resource (RFC 8707), and shows it in introspection.
    pub(crate) has_resources: bool,
    /// Whether it has the JWT bearer grant (RFC 7523 section 2.1) for the clients with a key.
    pub(crate) has_jwt_bearer: bool,
    /// Whether the proxies run in front of it.
    pub(crate) proxies: bool,
}

/// The language runtime of a server's script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    Node,
    Python,
    Ruby,
}

/// How a server handles an unknown scope. RFC 6749 section 3.3 allows both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownScope {
    Rejected,
    Dropped,
}

/// All that its documentation of `enabledJWA.clientAuthSigningAlgValues` lists, which are all that we have.
const OIDC_PROVIDER_ALGORITHMS: &[Algorithm] = &assertion_keys::ALGORITHMS;

/// Those that its library, joserfc, verifies by default.
const AUTHLIB_ALGORITHMS: [Algorithm; 3] = [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256];

pub(crate) const SERVERS: [Server; 5] = [
    Server {
        name: "oidc-provider",
        platform: Platform::Node,
        token_path: "token",
        authorization_path: Some("auth"),
        introspection_path: Some("token/introspection"),
        revocation_path: Some("token/revocation"),
        basic: ClientAuthMethod::Basic,
        unknown_scope: UnknownScope::Dropped,
        rejected_token_status: 401,
        malformed_request_code: "invalid_request",
        json_rejection_code: Some("invalid_request"),
        sends_challenges: true,
        requires_scope: false,
        binds_tokens: true,
        publishes_metadata: true,
        assertion_algorithms: OIDC_PROVIDER_ALGORITHMS,
        has_resources: true,
        has_jwt_bearer: false,
        proxies: false,
    },
    Server {
        name: "node-oauth2-server",
        platform: Platform::Node,
        token_path: "oauth/token",
        authorization_path: None,
        introspection_path: None,
        revocation_path: None,
        basic: ClientAuthMethod::BasicRaw,
        unknown_scope: UnknownScope::Rejected,
        rejected_token_status: 401,
        malformed_request_code: "invalid_request",
        json_rejection_code: Some("invalid_request"),
        sends_challenges: true,
        requires_scope: true,
        binds_tokens: false,
        publishes_metadata: false,
        assertion_algorithms: &[],
        has_resources: false,
        has_jwt_bearer: false,
        proxies: true,
    },
    Server {
        name: "authlib",
        platform: Platform::Python,
        token_path: "oauth/token",
        authorization_path: None,
        introspection_path: Some("oauth/introspect"),
        revocation_path: Some("oauth/revoke"),
        basic: ClientAuthMethod::Basic,
        unknown_scope: UnknownScope::Rejected,
        rejected_token_status: 401,
        malformed_request_code: "unsupported_grant_type",
        json_rejection_code: Some("unsupported_grant_type"),
        sends_challenges: true,
        requires_scope: true,
        binds_tokens: false,
        publishes_metadata: true,
        assertion_algorithms: &AUTHLIB_ALGORITHMS,
        has_resources: false,
        has_jwt_bearer: true,
        proxies: false,
    },
    Server {
        name: "django-oauth-toolkit",
        platform: Platform::Python,
        token_path: "o/token/",
        authorization_path: None,
        introspection_path: Some("o/introspect/"),
        revocation_path: Some("o/revoke_token/"),
        basic: ClientAuthMethod::Basic,
        unknown_scope: UnknownScope::Rejected,
        rejected_token_status: 403,
        malformed_request_code: "unsupported_grant_type",
        json_rejection_code: Some("unsupported_grant_type"),
        sends_challenges: false,
        requires_scope: true,
        binds_tokens: false,
        publishes_metadata: false,
        assertion_algorithms: &[],
        has_resources: false,
        has_jwt_bearer: false,
        proxies: false,
    },
    Server {
        name: "doorkeeper",
        platform: Platform::Ruby,
        token_path: "oauth/token",
        authorization_path: None,
        introspection_path: Some("oauth/introspect"),
        revocation_path: Some("oauth/revoke"),
        basic: ClientAuthMethod::BasicRaw,
        unknown_scope: UnknownScope::Rejected,
        rejected_token_status: 401,
        malformed_request_code: "invalid_request",
        json_rejection_code: None,
        sends_challenges: true,
        requires_scope: false,
        binds_tokens: false,
        publishes_metadata: false,
        assertion_algorithms: &[],
        has_resources: false,
        has_jwt_bearer: false,
        proxies: false,
    },
];
