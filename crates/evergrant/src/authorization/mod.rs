//! The authorization request (RFC 6749 section 4.1) with PKCE (RFC 7636) and `state`, and the redirect that ends a
//! sign-in.

pub(crate) mod redirect;
mod request;
mod unguessable_path;

use url::Url;

pub use self::request::{AuthorizationRequest, AuthorizationRequestJsonError};
pub(crate) use self::unguessable_path::random_path_segment;

/// The settings of a sign-in.
#[derive(Debug, Clone)]
pub(crate) struct SignInSettings {
    pub(crate) authorization_url: Url,
    pub(crate) redirect_uri: String,
    /// The issuer that the server states in redirects (RFC 9207).
    pub(crate) issuer: Option<String>,
    pub(crate) parameters: Vec<(String, String)>,
    /// The segment of the redirect URI's path that replaces a `state` that the server drops, if this is allowed.
    pub(crate) state_path_segment: Option<String>,
}
