//! What is known of each server before it runs: where its endpoints are, and what it is entitled to do differently.

mod command;
mod folder;
mod ports;
mod process;
mod proxies;
mod supervised;

use evergrant::ClientAuth;

pub(crate) use self::folder::Folder;
pub(crate) use self::ports::Ports;
pub(crate) use self::process::Running;
pub(crate) use self::proxies::{PACKAGES as PROXY_PACKAGES, Proxies};

/// One third-party authorization server, with our script in `servers/NAME`.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) platform: Platform,
    pub(crate) token_path: &'static str,
    /// Of the pages where users sign in.
    pub(crate) authorization_path: Option<&'static str>,
    pub(crate) introspection_path: Option<&'static str>,
    pub(crate) revocation_path: Option<&'static str>,
    /// The form of `Authorization: Basic` that it understands; it matters for special characters only.
    pub(crate) basic: ClientAuth,
    pub(crate) unknown_scope: UnknownScope,
    /// The status with which its API answers a token that is no longer good.
    pub(crate) bad_token: u16,
    /// The error code for a request without `grant_type`.
    pub(crate) malformed: &'static str,
    /// The error code for parameters in JSON; `None` where they are taken.
    pub(crate) json: Option<&'static str>,
    /// Whether its API names a bad token in `WWW-Authenticate` (RFC 6750 section 3).
    pub(crate) challenges: bool,
    /// Whether it can require a scope of a client.
    pub(crate) requires_scope: bool,
    /// Whether it binds tokens to a client's key (DPoP, RFC 9449), as we run it.
    pub(crate) binds_tokens: bool,
    /// Whether our proxies stand in front of it.
    pub(crate) proxies: bool,
}

/// What a server's script runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    Node,
    Python,
    Ruby,
}

/// What a server does when asked for a scope that it does not have. RFC 6749 section 3.3 allows both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownScope {
    Refused,
    Dropped,
}

pub(crate) const SERVERS: [Server; 5] = [
    Server {
        name: "oidc-provider",
        platform: Platform::Node,
        token_path: "token",
        authorization_path: Some("auth"),
        introspection_path: Some("token/introspection"),
        revocation_path: Some("token/revocation"),
        basic: ClientAuth::Basic,
        unknown_scope: UnknownScope::Dropped,
        bad_token: 401,
        malformed: "invalid_request",
        json: Some("invalid_request"),
        challenges: true,
        requires_scope: false,
        binds_tokens: true,
        proxies: false,
    },
    Server {
        name: "node-oauth2-server",
        platform: Platform::Node,
        token_path: "oauth/token",
        authorization_path: None,
        introspection_path: None,
        revocation_path: None,
        basic: ClientAuth::BasicRaw,
        unknown_scope: UnknownScope::Refused,
        bad_token: 401,
        malformed: "invalid_request",
        json: Some("invalid_request"),
        challenges: true,
        requires_scope: true,
        binds_tokens: false,
        proxies: true,
    },
    Server {
        name: "authlib",
        platform: Platform::Python,
        token_path: "oauth/token",
        authorization_path: None,
        introspection_path: Some("oauth/introspect"),
        revocation_path: Some("oauth/revoke"),
        basic: ClientAuth::Basic,
        unknown_scope: UnknownScope::Refused,
        bad_token: 401,
        malformed: "unsupported_grant_type",
        json: Some("unsupported_grant_type"),
        challenges: true,
        requires_scope: true,
        binds_tokens: false,
        proxies: false,
    },
    Server {
        name: "django-oauth-toolkit",
        platform: Platform::Python,
        token_path: "o/token/",
        authorization_path: None,
        introspection_path: Some("o/introspect/"),
        revocation_path: Some("o/revoke_token/"),
        basic: ClientAuth::Basic,
        unknown_scope: UnknownScope::Refused,
        bad_token: 403,
        malformed: "unsupported_grant_type",
        json: Some("unsupported_grant_type"),
        challenges: false,
        requires_scope: true,
        binds_tokens: false,
        proxies: false,
    },
    Server {
        name: "doorkeeper",
        platform: Platform::Ruby,
        token_path: "oauth/token",
        authorization_path: None,
        introspection_path: Some("oauth/introspect"),
        revocation_path: Some("oauth/revoke"),
        basic: ClientAuth::BasicRaw,
        unknown_scope: UnknownScope::Refused,
        bad_token: 401,
        malformed: "invalid_request",
        json: None,
        challenges: true,
        requires_scope: false,
        binds_tokens: false,
        proxies: false,
    },
];
