//! The authorization request (RFC 6749 section 4.1) with PKCE (RFC 7636) and `state`, and the redirect from the
//! authorization server.

mod device;
pub(crate) mod redirect;
mod redirect_uri_path;
mod request;

use std::collections::HashSet;

use url::Url;

pub use self::device::DeviceRequest;
pub(crate) use self::redirect_uri_path::random_path_segment;
pub(crate) use self::request::AuthorizationParameters;
pub use self::request::{AuthorizationRequest, AuthorizationRequestJsonError};

/// The settings of a sign-in.
#[derive(Debug, Clone)]
pub(crate) struct SignInSettings {
    /// `None` if the metadata of the issuer has it.
    pub(crate) authorization_url: Option<Url>,
    pub(crate) redirect_uri: String,
    pub(crate) parameters: Vec<(String, String)>,
    /// The segment of the redirect URI's path that replaces a `state` that the server drops, if this is allowed.
    pub(crate) state_path_segment: Option<String>,
}

/// The issuer that redirects must come from (RFC 9207).
#[derive(Debug, Clone)]
pub(crate) struct ExpectedIssuer {
    pub(crate) issuer: String,
    /// Whether a redirect without issuer is rejected too.
    pub(crate) is_required: bool,
}

/// Parameters of the authorization URL that this crate sets (RFC 6749 section 4.1.1, RFC 7636, RFC 9126).
pub(crate) const RESERVED_PARAMETERS: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "request_uri",
];

/// A parameter in the query of an authorization URL that a sign-in adds too.
pub(crate) enum Conflict {
    /// This crate adds it.
    Reserved(String),
    /// The application adds it.
    Added(String),
}

impl Conflict {
    /// Finds a parameter that would be sent twice.
    pub(crate) fn find(url: &Url, parameters: &[(String, String)]) -> Option<Self> {
        let names = || url.query_pairs().map(|(name, _)| name.into_owned());
        let added: HashSet<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
        let reserved = names().find(|name| RESERVED_PARAMETERS.contains(&name.as_str()));
        let added = || names().find(|name| added.contains(name.as_str()));
        reserved.map(Self::Reserved).or_else(|| added().map(Self::Added))
    }

    pub(crate) fn problem(&self) -> String {
        match self {
            Self::Reserved(name) => format!("its query contains `{name}`, which each sign-in adds"),
            Self::Added(name) => format!("its query contains `{name}`, which authorization_param(..) adds too"),
        }
    }
}
