//! The settings: the checked and typed keys of a profile.

mod build;
mod client_auth_method;
mod http;
mod read;
mod read_store;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ::http::StatusCode;
use evergrant::client_auth::ClientAuthMethod;
use evergrant::origin::Origin;

pub(crate) use self::client_auth_method::auth_method;
pub use self::http::HttpOptions;
pub(crate) use self::read::{FileAccess, read};
use crate::profile_location::ProfileLocation;
use crate::secret::SecretRef;
use crate::store::StoreSettings;
use crate::token_header::TokenHeader;

/// The checked and typed keys of a [`Profile`](crate::Profile). A program can override them, for example with
/// command-line flags, before it builds a token manager or a client. The [crate documentation](crate) has a table of
/// all keys with their defaults.
///
/// ```
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// # let profile: evergrant_profile::Profile = toml::from_str("")?;
/// let mut settings = profile.settings()?;
/// if let Some(url) = std::env::args().nth(1) {
///     settings.base_url = Some(url);
/// }
/// let client = settings.client(settings.tokens()?)?.build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Settings {
    pub(crate) location: Option<ProfileLocation>,
    /// The URL of the token endpoint (`token_url`).
    pub token_url: Option<String>,
    /// The URL of the authorization endpoint (`authorization_url`). If it is set, tokens belong to a user who signs in.
    pub authorization_url: Option<String>,
    /// The redirect URI of the sign-in (`redirect_uri`).
    pub redirect_uri: Option<String>,
    /// Additional parameters of the authorization URL (`authorization_params`).
    pub authorization_params: Vec<(String, String)>,
    /// Whether a sign-in accepts a redirect without `state` (`danger_allow_missing_state`).
    pub allow_missing_state: bool,
    /// The client id (`client_id`).
    pub client_id: Option<String>,
    /// The reference to the client's secret (`client_secret_env`, `client_secret_file`).
    pub secret: Option<SecretRef>,
    /// The client authentication method (`auth`). `None` selects the default.
    pub auth: Option<ClientAuthMethod>,
    /// The scopes to request (`scopes`).
    pub scopes: Vec<String>,
    /// The `audience` parameter of token requests (`audience`).
    pub audience: Option<String>,
    /// The `resource` parameters of token requests (`resources`, RFC 8707).
    pub resources: Vec<String>,
    /// Additional parameters of token requests (`params`).
    pub params: Vec<(String, String)>,
    /// A custom grant type in place of `client_credentials` (`grant_type`).
    pub grant_type: Option<String>,
    /// Whether token requests also contain `client_id` in the body (`client_id_in_body`).
    pub client_id_in_body: bool,
    /// Whether token requests send the parameters as JSON instead of a form (`json_body`).
    pub json_body: bool,
    /// Additional headers of token requests (`token_headers`).
    pub token_headers: Vec<TokenHeader>,
    /// Other names for the token type `Bearer` that are accepted in token responses (`token_types`).
    pub token_types: Vec<String>,
    /// The path of the access token in the token response, with names separated by dots (`access_token_at`).
    pub access_token_at: Option<String>,
    /// The `User-Agent` of all requests (`user_agent`).
    pub user_agent: Option<String>,
    /// The time limit of one token request, of waiting for a token, of connecting, and of each read of a response
    /// (`timeout`).
    pub timeout: Option<Duration>,
    /// The path of a PEM file with certificates to trust in addition to those of the system (`ca_file`).
    pub ca_file: Option<PathBuf>,
    /// Whether HTTP/1 requests write header names like `Content-Type` (`title_case_headers`).
    pub title_case_headers: bool,
    /// Origins to which credentials may be sent unencrypted (`danger_allow_http_to`).
    pub plaintext_origins: Vec<Origin>,
    /// The base URL of the API (`base_url`). Its origin receives the token.
    pub base_url: Option<String>,
    /// Additional origins that receive the token (`allow_origins`).
    pub allow_origins: Vec<Origin>,
    /// Statuses by which the API rejects a token, in addition to 401 (`renew_on`).
    pub renew_on: Vec<StatusCode>,
    /// The settings of the token store (`cache`, `store`, `store_*`, `credential_label`).
    pub store: StoreSettings,
}

impl Settings {
    /// Returns the name and the file of the profile for use in messages, such as ``the profile `shop` of
    /// /etc/shop.toml``. Returns `None` for settings that are not from a profile.
    #[must_use]
    pub fn location(&self) -> Option<String> {
        self.location.as_ref().map(ProfileLocation::description)
    }
}

/// Omits URLs and other values, which may contain secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
